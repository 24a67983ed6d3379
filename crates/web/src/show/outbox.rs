//! The letters of a demo, which go nowhere but here.

use super::of;
use crate::lang::Lang;
use askama::Template;

/// What would have been sent.
#[derive(Clone, Debug, Template)]
#[template(path = "outbox.html")]
pub struct Outbox {
    /// The language of the page.
    pub lang: Lang,
    /// The letters, newest first.
    pub letters: Vec<LetterSheet>,
}

/// A letter.
#[derive(Clone, Debug)]
pub struct LetterSheet {
    /// To whom.
    pub to: String,
    /// When it was written.
    pub when: String,
    /// What it is about.
    pub subject: String,
    /// What it says, by lines; none once it was sent.
    pub lines: Vec<Vec<Piece>>,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its text.
    pub text: String,
    /// Whether it is an address of this site.
    pub link: bool,
}

impl LetterSheet {
    /// A letter of finished text; addresses that begin with `site` become links.
    pub fn new(to: &str, when: &str, subject: &str, body: &str, site: &str) -> Self {
        let pieces = |line: &str| {
            line.split_inclusive(' ')
                .map(|text| Piece {
                    text: text.to_owned(),
                    link: !site.is_empty() && text.strip_prefix(site).is_some_and(|rest| rest.starts_with('/')),
                })
                .collect()
        };
        LetterSheet {
            to: to.to_owned(),
            when: when.to_owned(),
            subject: subject.to_owned(),
            lines: body.lines().map(pieces).collect(),
        }
    }
}

impl Outbox {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A letter that waits and one that was sent.
    pub fn sample(lang: Lang) -> Self {
        let (site, to) = ("http://localhost:8080", "xiaoman@demo.example");
        let link = format!("{site}/reset?token=pr_sample0123456789sample0123456789sample0123456789");
        let body = lang.say_with("access-letter-reset-body", &[("link", &link)]);
        let subject = lang.say("access-letter-reset-subject");
        Self {
            lang,
            letters: vec![
                LetterSheet::new(to, "2026-11-24 09:12", &subject, &body, site),
                LetterSheet::new(
                    to,
                    "2026-11-23 21:40",
                    &of(lang, "较早的一封信", "An earlier letter"),
                    "",
                    site,
                ),
            ],
        }
    }

    /// Nothing yet.
    pub fn sample_empty(lang: Lang) -> Self {
        Self {
            lang,
            letters: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_addresses_become_links() {
        let sheet = LetterSheet::new(
            "",
            "",
            "",
            "see http://a.example/x http://a.example.evil/x javascript:x",
            "http://a.example",
        );
        let links: Vec<bool> = sheet.lines[0].iter().map(|piece| piece.link).collect();
        assert_eq!(links, [false, true, false, false]);
    }
}
