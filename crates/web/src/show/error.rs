//! The page for what did not work.

use crate::lang::Lang;
use askama::Template;

/// What did not work, and what to do; the id leads the operator to the log line.
#[derive(Clone, Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The language of the page.
    pub lang: Lang,
    /// The HTTP status.
    pub status: u16,
    /// What happened, short.
    pub title: String,
    /// What it means and what to do.
    pub words: String,
    /// The id of the log line.
    pub id: Option<String>,
}

impl ErrorPage {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// The page of a status that has words of its own; any other speaks as 500 or 404 does.
    pub fn of(lang: Lang, status: u16, id: Option<String>) -> Self {
        let (title, words) = match status {
            401 | 403 => ("errors-403", "errors-403-words"),
            400..=499 => ("errors-404", "errors-404-words"),
            _ => ("errors-500", "errors-500-words"),
        };
        Self {
            lang,
            status,
            title: lang.say(title),
            words: lang.say(words),
            id,
        }
    }

    /// A broken server.
    pub fn sample(lang: Lang) -> Self {
        Self::of(lang, 500, Some("01JD-SAMPLE-7F3A".to_owned()))
    }
}
