//! The board of a competition.

use askama::Template;

use crate::lang::Lang;

/// What stands in the tab while no competition is running.
#[derive(Clone, Debug, Template)]
#[template(path = "compete.html")]
pub struct Compete {
    /// The language of the page.
    pub lang: Lang,
}

impl Compete {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// The page without a competition.
    pub fn sample(lang: Lang) -> Self {
        Compete { lang }
    }
}
