//! A small page with one thing to do: ask for a link, choose a password, be told that it is done.

use super::{Form, FormField, Input, of};
use crate::lang::Lang;
use askama::Template;

/// A sign, a title, a few words, perhaps a form, perhaps ways on.
#[derive(Clone, Debug, Template)]
#[template(path = "ask.html")]
pub struct Ask {
    /// The language of the page.
    pub lang: Lang,
    /// The symbol without its `i-`.
    pub icon: &'static str,
    /// What it is about.
    pub title: String,
    /// What to know, a paragraph each.
    pub words: Vec<String>,
    /// What to fill in.
    pub form: Option<Form>,
    /// Ways on.
    pub links: Vec<Link>,
}

/// A way on.
#[derive(Clone, Debug)]
pub struct Link {
    /// Where to.
    pub href: String,
    /// What it is called.
    pub text: String,
}

impl Link {
    /// A way on of address and name.
    pub fn new(href: impl Into<String>, text: impl Into<String>) -> Self {
        Link {
            href: href.into(),
            text: text.into(),
        }
    }
}

impl Ask {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// For a link to choose a new password; `account` is what was typed.
    pub fn forgot(lang: Lang, account: &str, error: Option<String>) -> Self {
        let input = Input::Line {
            kind: "text",
            autocomplete: "username",
        };
        let field = FormField::new("account", lang.say("access-email"), input).value(account);
        Ask {
            lang,
            icon: "key",
            title: lang.say("access-forgot"),
            words: vec![lang.say("access-forgot-words")],
            form: Some(Form {
                error,
                ..Form::new("/forgot", "", lang.say("access-forgot-do")).with(field)
            }),
            links: vec![Link::new("/signin", lang.say("access-back-to-signin"))],
        }
    }

    /// Whatever was asked for: the same words whether the account is known or not. In a demo there is an outbox to
    /// look at.
    pub fn asked(lang: Lang, demo: bool) -> Self {
        let outbox = demo.then(|| Link::new("/outbox", lang.say("access-outbox")));
        Ask {
            lang,
            icon: "mail",
            title: lang.say("access-asked"),
            words: vec![lang.say("access-asked-words"), lang.say("access-asked-none")],
            form: None,
            links: outbox
                .into_iter()
                .chain([Link::new("/signin", lang.say("access-back-to-signin"))])
                .collect(),
        }
    }

    /// For a new password by the secret of a link.
    pub fn reset(lang: Lang, token: &str, wrong: Option<String>, error: Option<String>) -> Self {
        let input = Input::Line {
            kind: "password",
            autocomplete: "new-password",
        };
        let field = FormField::new("password", lang.say("access-new-password"), input)
            .hint(lang.say("access-password-hint"))
            .error(wrong);
        Ask {
            lang,
            icon: "key",
            title: lang.say("access-reset"),
            words: vec![lang.say("access-reset-words")],
            form: Some(Form {
                error,
                ..Form::new("/reset", "", lang.say("access-reset-do"))
                    .with(FormField::hidden("token", token))
                    .with(field)
            }),
            links: Vec::new(),
        }
    }

    /// The link was used or is too old.
    pub fn gone(lang: Lang) -> Self {
        Ask {
            lang,
            icon: "wait",
            title: lang.say("access-gone"),
            words: vec![lang.say("access-gone-words")],
            form: None,
            links: vec![
                Link::new("/forgot", lang.say("access-again")),
                Link::new("/signin", lang.say("access-back-to-signin")),
            ],
        }
    }

    /// Nothing here is open to join.
    pub fn closed(lang: Lang) -> Self {
        Ask {
            lang,
            icon: "leaf",
            title: lang.say("access-closed"),
            words: vec![lang.say("access-closed-words")],
            form: None,
            links: vec![Link::new("/signin", lang.say("access-back-to-signin"))],
        }
    }

    /// A form with something wrong.
    pub fn sample(lang: Lang) -> Self {
        let wrong = lang.say("access-wrong-password");
        let error = of(
            lang,
            "请过 12 分钟再试。",
            "Too many attempts. Try again in 12 minutes.",
        );
        Self::reset(lang, "sample", Some(wrong), Some(error))
    }
}
