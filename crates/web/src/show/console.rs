//! The frame of the operator's console, and its pages.

use askama::Template;

use super::Person;
use crate::asset;
use crate::lang::Lang;

/// A page of the console in its frame.
#[derive(Clone, Debug, Template)]
#[template(path = "console/frame.html")]
pub struct Frame {
    /// The language of the page.
    pub lang: Lang,
    /// The title of the page.
    pub title: String,
    /// The programme that is worked on.
    pub programme: String,
    /// Its name in addresses.
    pub slug: String,
    /// Other programmes of this person: name and address.
    pub others: Vec<(String, String)>,
    /// Who works, with the token of the sign-out form.
    pub person: Person,
    /// The roles, in words.
    pub roles: String,
    /// Where one can go.
    pub rooms: Vec<Room>,
    /// Path and query of the page: switching the language keeps them.
    pub address: String,
    /// The rendered inside; not escaped.
    pub inner: String,
}

/// A room of the console.
#[derive(Clone, Debug)]
pub struct Room {
    /// The symbol without `i-`.
    pub icon: &'static str,
    /// The key of its name.
    pub message: &'static str,
    /// Where it is; none while it does not exist.
    pub href: Option<String>,
    /// Whether this is it.
    pub here: bool,
    /// How much waits there.
    pub waiting: Option<String>,
}

impl Frame {
    /// The whole page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Ok(super::icon::with_symbols(&Template::render(self)?))
    }

    fn tongue(&self) -> String {
        super::shell::in_language(&self.address, self.lang.other())
    }

    fn sheets(&self) -> [String; 2] {
        [asset::CSS.href(), asset::CONSOLE_CSS.href()]
    }

    fn script(&self) -> String {
        asset::SCRIPT.href()
    }
}
