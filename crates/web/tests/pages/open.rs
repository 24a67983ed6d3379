//! The pages for everybody.

use web::asset;
use web::lang::Lang;
use web::show::{
    Calculator, FactorBook, Methodologies, MethodologyPage, Page, ProgrammePage, Shell, Styleguide, Welcome,
};

/// Each page with its name, in its frame.
pub(crate) fn pages(lang: Lang) -> Vec<(&'static str, String)> {
    let open = |address: &str, page, inner: Result<String, askama::Error>| {
        let shell = Shell {
            address: address.to_owned(),
            more: vec![asset::PUBLIC_CSS],
            ..Shell::open(lang, "open", page, inner.unwrap())
        };
        shell.render().unwrap()
    };
    let signed_in = |inner: Result<String, askama::Error>| {
        let shell = Shell {
            more: vec![asset::PUBLIC_CSS],
            ..Shell::sample(lang, "open", Page::Plain, None, inner.unwrap())
        };
        shell.render().unwrap()
    };
    vec![
        ("open-welcome", open("/", Page::Hero, Welcome::sample(lang).render())),
        (
            "open-welcome-empty",
            open("/", Page::Hero, Welcome::sample_empty(lang).render()),
        ),
        (
            "open-programme",
            open("/p/campus", Page::Plain, ProgrammePage::sample(lang).render()),
        ),
        (
            "open-programme-empty",
            signed_in(ProgrammePage::sample_empty(lang).render()),
        ),
        (
            "open-methodologies",
            open("/methodologies?q=", Page::Plain, Methodologies::sample(lang).render()),
        ),
        (
            "open-methodologies-none",
            open(
                "/methodologies",
                Page::Plain,
                Methodologies::sample_empty(lang).render(),
            ),
        ),
        (
            "open-methodology",
            open(
                "/methodologies/carpool/1.0.0",
                Page::Plain,
                MethodologyPage::sample(lang).render(),
            ),
        ),
        (
            "open-factors",
            open(
                "/factors?kind=a&region=b",
                Page::Plain,
                FactorBook::sample(lang).render(),
            ),
        ),
        (
            "open-calculator",
            open("/calculator", Page::Plain, Calculator::sample(lang).render()),
        ),
        (
            "open-calculator-wrong",
            signed_in(Calculator::sample_wrong(lang).render()),
        ),
        ("open-styleguide", {
            let frame = Shell::open(lang, "guide", Page::Plain, Styleguide::of(lang).render().unwrap());
            let more = vec![asset::PUBLIC_CSS, *asset::STYLEGUIDE_CSS];
            Shell { more, ..frame }.render().unwrap()
        }),
    ]
}

#[test]
fn a_visitor_keeps_the_address_when_switching_the_language() {
    for (name, page) in pages(Lang::En) {
        if name == "open-factors" {
            assert!(
                page.contains("href=\"/factors?kind=a&#38;region=b&#38;lang=zh\""),
                "{page}"
            );
            assert_eq!(page.matches("aria-current=\"page\"").count(), 1);
        }
    }
}

#[test]
fn a_source_that_is_no_web_address_is_not_followed() {
    let mut book = MethodologyPage::sample(Lang::En);
    book.paper.note = Some("<script>alert(1)</script>".to_owned());
    let page = book.render().unwrap();
    assert!(!page.contains("<script>"));
    assert!(!page.contains("javascript:"));
}
