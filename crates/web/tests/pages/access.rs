//! The pages of coming in.

use web::asset;
use web::lang::Lang;
use web::show::{Ask, Choose, Join, Outbox, Page, Shell, Signin};

/// Each page with its name, in its frame.
pub(crate) fn pages(lang: Lang) -> Vec<(&'static str, String)> {
    let framed = |title: &str, inner: Result<String, askama::Error>| {
        let shell = Shell {
            sign_in: false,
            more: vec![asset::ACCESS_CSS, asset::ACCESS_SCRIPT],
            ..Shell::open(lang, title, Page::Plain, inner.unwrap())
        };
        shell.render().unwrap()
    };
    vec![
        ("join", framed("join", Join::sample(lang).render())),
        ("join-wrong", framed("join", Join::sample_error(lang).render())),
        ("choose", framed("join", Choose::sample(lang).render())),
        ("closed", framed("join", Ask::closed(lang).render())),
        ("signin", framed("sign in", Signin::sample(lang).render())),
        ("wrong", framed("sign in", Signin::sample_error(lang).render())),
        ("signin-said", framed("sign in", Signin::sample_said(lang).render())),
        ("forgot", framed("forgot", Ask::forgot(lang, "", None).render())),
        ("asked", framed("asked", Ask::asked(lang, true).render())),
        (
            "reset",
            framed("reset", Ask::reset(lang, "sample", None, None).render()),
        ),
        ("reset-wrong", framed("reset", Ask::sample(lang).render())),
        ("gone", framed("reset", Ask::gone(lang).render())),
        ("outbox", framed("outbox", Outbox::sample(lang).render())),
        ("outbox-empty", framed("outbox", Outbox::sample_empty(lang).render())),
    ]
}
