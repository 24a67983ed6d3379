//! The tab: competitions, and what one was told.

use askama::Template;

use super::super::form::{Choice, Field, Form, Input};
use super::super::{Icon, of};
use crate::lang::Lang;

/// The competitions of a programme.
#[derive(Clone, Debug, Template)]
#[template(path = "compete/list.html")]
pub struct Compete {
    /// The language of the page.
    pub lang: Lang,
    /// Whether there is news that was not read.
    pub news: bool,
    /// Running, to come, over; those with none are left out.
    pub groups: Vec<Group>,
}

/// Competitions that are as far as each other.
#[derive(Clone, Debug)]
pub struct Group {
    /// Unique in the page.
    pub id: &'static str,
    /// How far they are.
    pub title: String,
    /// The competitions.
    pub rows: Vec<Listing>,
}

/// A competition in the list.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Where it is.
    pub href: String,
    /// What it is called.
    pub title: String,
    /// From when to when, and which day it is.
    pub when: String,
    /// The viewer's rank; empty without one.
    pub rank: String,
    /// How far the next one is, how many compete, or how it ended.
    pub words: String,
    /// What one can do there: tone of the mark and words.
    pub mark: Option<(&'static str, String)>,
}

impl Compete {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// The page with competitions of each kind.
    pub fn sample(lang: Lang) -> Self {
        let row = |number: u32, title: (&str, &str), when: (&str, &str), rank: &str, words: String| Listing {
            href: format!("/compete/{number}"),
            title: of(lang, title.0, title.1),
            when: of(lang, when.0, when.1),
            rank: rank.to_owned(),
            words,
            mark: None,
        };
        let gap = of(lang, "612 步", "612 steps");
        let gap = lang.say_with("competition-gap", &[("gap", &gap), ("rank", "3")]);
        let november = row(
            1,
            ("十一月健步赢假期", "Walk & Win in November"),
            ("第 12 天，共 30 天", "Day 12 of 30"),
            "4",
            gap,
        );
        let week = row(
            2,
            ("无车周", "Car-free week"),
            ("11月12日 – 11月18日", "12 – 18 Nov"),
            "",
            lang.say_with("competition-entrants", &[("count", "24")]),
        );
        let week = Listing {
            mark: Some(("", lang.say("competition-join"))),
            ..week
        };
        let group = |id: &'static str, key: &str, rows| Group {
            id,
            title: lang.say(key),
            rows,
        };
        Compete {
            lang,
            news: true,
            groups: vec![
                group("running", "competition-running", vec![november, week.clone()]),
                group("over", "competition-over", vec![week]),
            ],
        }
    }

    /// The page without a competition.
    pub fn sample_empty(lang: Lang) -> Self {
        Compete {
            lang,
            news: false,
            groups: Vec::new(),
        }
    }
}

/// What one was told.
#[derive(Clone, Debug, Template)]
#[template(path = "compete/news.html")]
pub struct NewsPage {
    /// The language of the page.
    pub lang: Lang,
    /// What, newest first.
    pub rows: Vec<NewsRow>,
    /// Which news one wants.
    pub form: Form,
}

/// A piece of news.
#[derive(Clone, Debug)]
pub struct NewsRow {
    /// Its symbol.
    pub icon: Icon,
    /// What happened.
    pub words: String,
    /// When.
    pub when: String,
    /// Where more of it is.
    pub href: String,
    /// Whether it was not read before.
    pub fresh: bool,
}

impl NewsPage {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// The form of what one wants to be told; `off` are the kinds that one does not, of `kinds`.
    pub fn wanted(lang: Lang, csrf: &str, kinds: &[&str], off: &[String], quiet: (i64, i64)) -> Form {
        let choice = |kind: &&str| {
            let wanted = !off.iter().any(|one| one == kind);
            Choice::new(*kind, lang.say(&format!("competition-news-want-{kind}")), wanted)
        };
        let hours = |chosen: i64| {
            let hour = |hour: i64| Choice::new(hour.to_string(), format!("{hour:02}:00"), hour == chosen);
            Input::Select((0..24).map(hour).collect())
        };
        Form::new("/compete/notices", csrf, lang.say("competition-news-save"))
            .with(Field::new(
                "want",
                lang.say("competition-news-wanted"),
                Input::Checks(kinds.iter().map(choice).collect()),
            ))
            .with(Field::new("from", lang.say("competition-quiet-from"), hours(quiet.0)))
            .with(
                Field::new("until", lang.say("competition-quiet-until"), hours(quiet.1))
                    .hint(lang.say("competition-quiet-words")),
            )
    }

    /// Two pieces of news.
    pub fn sample(lang: Lang) -> Self {
        let row = |words: String, icon, fresh| NewsRow {
            icon,
            words,
            when: of(lang, "2026年11月12日 20:14", "12 Nov 2026, 20:14"),
            href: "/compete/1".to_owned(),
            fresh,
        };
        let passed = lang.say_with(
            "competition-news-passed",
            &[("name", &of(lang, "青禾", "Robin")), ("rank", "5")],
        );
        let won = lang.say_with(
            "competition-news-won",
            &[("prize", &of(lang, "一天带薪假", "A day of leave"))],
        );
        NewsPage {
            lang,
            rows: vec![row(passed, Icon::Walking, true), row(won, Icon::Gift, false)],
            form: Self::wanted(lang, "sample", &["passed", "closed"], &["closed".to_owned()], (22, 8)),
        }
    }

    /// Nothing yet.
    pub fn sample_empty(lang: Lang) -> Self {
        NewsPage {
            rows: Vec::new(),
            ..Self::sample(lang)
        }
    }
}
