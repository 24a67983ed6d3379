//! The door.

use super::of;
use crate::lang::Lang;
use askama::Template;

/// The sign-in form; posts `account`, `password` and `next` to `/signin`.
#[derive(Clone, Debug, Template)]
#[template(path = "signin.html")]
pub struct Signin {
    /// The language of the page.
    pub lang: Lang,
    /// What was typed as account before.
    pub account: String,
    /// Why it did not work; never says which of the two was wrong.
    pub error: Option<String>,
    /// What was done just now.
    pub said: Option<String>,
    /// Whether there is a programme to join.
    pub join: bool,
    /// Where to go afterwards.
    pub next: Option<String>,
    /// The accounts of a demo; empty anywhere else.
    pub logins: Vec<Login>,
}

/// An account of the demo.
#[derive(Clone, Debug)]
pub struct Login {
    /// Who it is.
    pub who: String,
    /// In which role.
    pub role: String,
    /// The account.
    pub account: String,
    /// The password.
    pub password: String,
}

impl Signin {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// The door of the demo.
    pub fn sample(lang: Lang) -> Self {
        Self {
            lang,
            account: String::new(),
            error: None,
            said: None,
            join: true,
            next: Some("/store".to_owned()),
            logins: vec![
                Login {
                    who: of(lang, "小满", "Xiaoman"),
                    role: of(lang, "学生", "Student"),
                    account: "xiaoman@demo.example".to_owned(),
                    password: "demo-xiaoman".to_owned(),
                },
                Login {
                    who: of(lang, "运营方", "Operator"),
                    role: of(lang, "示范校园", "Demo Campus"),
                    account: "operator@demo.example".to_owned(),
                    password: "demo-operator".to_owned(),
                },
            ],
        }
    }

    /// The same after a wrong password.
    pub fn sample_error(lang: Lang) -> Self {
        Self {
            account: "xiaoman@demo.example".to_owned(),
            error: Some(lang.say("errors-signin")),
            ..Self::sample(lang)
        }
    }

    /// The same after a new password was chosen, anywhere but in a demo.
    pub fn sample_said(lang: Lang) -> Self {
        Self {
            said: Some(lang.say("access-reset-done")),
            next: None,
            logins: Vec::new(),
            ..Self::sample(lang)
        }
    }
}
