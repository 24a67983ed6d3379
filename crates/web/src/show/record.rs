//! Records as rows, by day, and the page that lists them all.

use super::{FormField, Icon, Input, grams, of};
use crate::lang::Lang;
use askama::Template;

/// One activity record as a row.
#[derive(Clone, Debug)]
pub struct Record {
    /// The symbol of its behaviour or category.
    pub icon: Icon,
    /// What was done.
    pub title: String,
    /// When, as the reader would say it.
    pub when: String,
    /// The grade of its evidence, short.
    pub evidence: Option<String>,
    /// What became of it.
    pub state: State,
    /// Where it is explained.
    pub href: Option<String>,
}

/// What became of a record.
#[derive(Clone, Debug)]
pub enum State {
    /// Posted to the ledger.
    Credited {
        /// With sign and unit, e.g. `+200 g`.
        amount: String,
    },
    /// Waiting for a check.
    Checking {
        /// What it would be.
        amount: String,
    },
    /// A person decides on it, or waits for more proof.
    Review {
        /// What it would be.
        amount: String,
        /// Whether more proof is wanted.
        more: bool,
    },
    /// Not credited.
    Refused {
        /// Why, in a few words.
        reason: String,
    },
    /// Points that moved for an order, or an entry that takes something back.
    Points {
        /// With sign and unit.
        amount: String,
    },
    /// Credited once and taken back by a visible entry.
    Reversed {
        /// What was taken back.
        amount: String,
    },
}

impl State {
    pub(super) fn tone(&self) -> &'static str {
        match self {
            Self::Credited { .. } => "",
            Self::Checking { .. } | Self::Review { .. } => "wait",
            Self::Refused { .. } => "no",
            Self::Reversed { .. } | Self::Points { .. } => "calm",
        }
    }

    pub(super) fn reason(&self) -> Option<&str> {
        match self {
            Self::Refused { reason } => Some(reason),
            _ => None,
        }
    }
}

/// The records of a day.
#[derive(Clone, Debug)]
pub struct RecordDay {
    /// The day as the reader would say it.
    pub name: String,
    /// What it brought, with unit; nothing if it brought nothing.
    pub total: Option<String>,
    /// Newest first.
    pub records: Vec<Record>,
}

/// All records of a person: filtered, by day, page by page.
#[derive(Clone, Debug, Template)]
#[template(path = "acts/records.html")]
pub struct Records {
    /// The language of the page.
    pub lang: Lang,
    /// What the list can be narrowed by.
    pub filters: Vec<FormField>,
    /// Whether it is.
    pub filtered: bool,
    /// Newest first.
    pub days: Vec<RecordDay>,
    /// What is said where there is nothing.
    pub empty: String,
    /// Where older ones are.
    pub older: Option<String>,
    /// Where the newest are, if these are not.
    pub newest: Option<String>,
}

impl Records {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// Some of Xiaoman's records.
    pub fn sample(lang: Lang) -> Self {
        let select = |name: &str, zh: &str, en: &str| {
            let any = super::Choice::new("", lang.say("part-any"), true);
            FormField::new(name, of(lang, zh, en), Input::Select(vec![any])).optional()
        };
        Self {
            lang,
            filters: vec![select("state", "状态", "State"), select("category", "类别", "Category")],
            filtered: false,
            days: sample_days(lang),
            empty: String::new(),
            older: Some("/records?before=1".to_owned()),
            newest: None,
        }
    }

    /// A filter that finds nothing.
    pub fn sample_none(lang: Lang) -> Self {
        Self {
            filtered: true,
            days: Vec::new(),
            empty: lang.say("activity-records-none"),
            older: None,
            newest: Some("/records".to_owned()),
            ..Self::sample(lang)
        }
    }
}

/// The sample records by day.
pub(super) fn sample_days(lang: Lang) -> Vec<RecordDay> {
    let mut records = sample_records(lang).into_iter();
    let mut day = |zh: &str, en: &str, total: Option<&str>, count| RecordDay {
        name: of(lang, zh, en),
        total: total.map(|number| format!("+{}", grams(lang, number))),
        records: records.by_ref().take(count).collect(),
    };
    vec![
        day("今天", "Today", Some("200"), 2),
        day("昨天", "Yesterday", Some("200"), 2),
        day("11月18日 周三", "Wed 11/18", Some("47.5"), 1),
        day("11月16日 周一", "Mon 11/16", Some("65.5"), 2),
    ]
}

/// Newest first: a checked one, credited ones, a refused one, one that was taken back.
pub(super) fn sample_records(lang: Lang) -> Vec<Record> {
    let plus = |number: &str| format!("+{}", grams(lang, number));
    let record = |icon, title: String, when: String, evidence: String, state, href: &str| Record {
        icon,
        title,
        when,
        evidence: Some(evidence),
        state,
        href: Some(href.to_owned()),
    };
    let photo = of(lang, "E1 照片", "E1 photo");
    let partner = of(lang, "E3 合作方", "E3 partner");
    let metro = of(lang, "地铁出行", "Metro trip");
    let today = |time: &str| time.to_owned();
    let yesterday = |time: &str| time.to_owned();
    vec![
        record(
            Icon::Metro,
            metro.clone(),
            today("18:20"),
            photo.clone(),
            State::Checking {
                amount: grams(lang, "200"),
            },
            "/why/7",
        ),
        record(
            Icon::Metro,
            metro.clone(),
            today("08:12"),
            photo.clone(),
            State::Credited { amount: plus("200") },
            "/why/6",
        ),
        record(
            Icon::Metro,
            metro.clone(),
            yesterday("17:55"),
            photo.clone(),
            State::Credited { amount: plus("200") },
            "/why/5",
        ),
        record(
            Icon::Metro,
            metro,
            yesterday("08:03"),
            photo.clone(),
            State::Refused {
                reason: of(lang, "这张照片之前用过", "This photo was used before"),
            },
            "/why/4",
        ),
        record(
            Icon::NoTableware,
            of(lang, "外卖不要餐具", "Order without tableware"),
            "12:31".to_owned(),
            partner,
            State::Credited { amount: plus("47.5") },
            "/why/3",
        ),
        record(
            Icon::LightsOff,
            of(lang, "离开教室随手关灯", "Classroom lights off"),
            "21:40".to_owned(),
            photo.clone(),
            State::Credited { amount: plus("65.5") },
            "/why/2",
        ),
        record(
            Icon::LightsOff,
            of(lang, "离开教室随手关灯", "Classroom lights off"),
            "21:38".to_owned(),
            photo,
            State::Reversed {
                amount: grams(lang, "65.5"),
            },
            "/why/1",
        ),
    ]
}
