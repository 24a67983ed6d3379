//! A team, and pages of the whole board.

use askama::Template;

use super::super::form::{Field, Form, Input};
use super::super::of;
use super::{Place, Scale, sample_places};
use crate::lang::Lang;

/// A team with its members, or the way to one.
#[derive(Clone, Debug, Template)]
#[template(path = "compete/team.html")]
pub struct TeamPage {
    /// The language of the page.
    pub lang: Lang,
    /// The competition: address and title.
    pub back: (String, String),
    /// What the team is called, or what is to be done.
    pub title: String,
    /// What to know.
    pub words: String,
    /// What went wrong, if something did.
    pub error: Option<String>,
    /// A fresh invitation link, shown once.
    pub link: Option<String>,
    /// The members.
    pub rows: Vec<Place>,
    /// How their scores are written.
    pub scale: Scale,
    /// A way on: address and words.
    pub door: Option<(String, String)>,
    /// What can be done: each with a heading and what to know.
    pub deeds: Vec<(String, String, Form)>,
}

impl TeamPage {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A captain's team with a fresh link.
    pub fn sample(lang: Lang) -> Self {
        let deed = |key: &str, form: Form| {
            (
                lang.say(&format!("{key}-title")),
                lang.say(&format!("{key}-words")),
                form,
            )
        };
        let form = |to: &str, key: &str| Form::new(format!("/compete/1/team/{to}"), "sample", lang.say(key));
        TeamPage {
            lang,
            back: (
                "/compete/1".to_owned(),
                of(lang, "十一月健步赢假期", "Walk & Win in November"),
            ),
            title: of(lang, "走走停停队", "Stop and Go"),
            words: of(lang, "5 名成员 · 第 2 名", "5 members · rank 2"),
            error: None,
            door: None,
            link: Some("https://puhui.example/compete/join/t_sample".to_owned()),
            rows: sample_places(lang, 1, 3),
            scale: Scale {
                divisor: 1,
                digits: 0,
                unit: lang.say("competition-unit-steps-day"),
            },
            deeds: vec![
                deed("competition-invite", form("invite", "competition-invite")),
                deed(
                    "competition-rename",
                    form("rename", "competition-rename").with(Field::line("name", lang.say("competition-team-name"))),
                ),
            ],
        }
    }

    /// Whoever has no team yet.
    pub fn sample_none(lang: Lang) -> Self {
        let name = Field::line("name", lang.say("competition-team-name")).hint(lang.say("competition-team-name-hint"));
        let form = Form::new("/compete/1/team", "sample", lang.say("competition-form")).with(name);
        TeamPage {
            title: lang.say("competition-team-none"),
            words: lang.say("competition-team-none-words"),
            link: None,
            rows: Vec::new(),
            deeds: vec![(
                lang.say("competition-form-title"),
                lang.say("competition-form-words"),
                form,
            )],
            ..Self::sample(lang)
        }
    }
}

/// A page of the whole board, or of the teams.
#[derive(Clone, Debug, Template)]
#[template(path = "compete/ranks.html")]
pub struct Ranks {
    /// The language of the page.
    pub lang: Lang,
    /// The competition: address and title.
    pub back: (String, String),
    /// What is listed.
    pub title: String,
    /// The rows.
    pub rows: Vec<Place>,
    /// How their scores are written.
    pub scale: Scale,
    /// Where the first page is, if this is none.
    pub first: Option<String>,
    /// Where the next page is.
    pub next: Option<String>,
}

impl Ranks {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// The second page.
    pub fn sample(lang: Lang) -> Self {
        Ranks {
            lang,
            back: (
                "/compete/1".to_owned(),
                of(lang, "十一月健步赢假期", "Walk & Win in November"),
            ),
            title: lang.say("competition-ranks"),
            rows: sample_places(lang, 21, 23),
            scale: Scale {
                divisor: 1,
                digits: 0,
                unit: lang.say("competition-unit-steps-day"),
            },
            first: Some("/compete/1/ranks".to_owned()),
            next: Some("/compete/1/ranks?from=41".to_owned()),
        }
    }
}
