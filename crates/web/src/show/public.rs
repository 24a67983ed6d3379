//! The public page of a programme: what it counted, what it owes, who pays, and what is not there yet.

use askama::Template;

use super::{Cell, Chart, ChartBar, Column, Fact, Icon, Input, Table, grams, of};
use crate::lang::Lang;

/// A programme, open to all.
#[derive(Clone, Debug, Template)]
#[template(path = "public/programme.html")]
pub struct ProgrammePage {
    /// The language of the page.
    pub lang: Lang,
    /// Its name.
    pub name: String,
    /// Where it is, and since when.
    pub tags: Vec<String>,
    /// Where one joins, if people may by themselves.
    pub join: Option<String>,
    /// The large figures.
    pub figures: Vec<Fact>,
    /// Credited, taken back and what remains.
    pub carbon: Vec<Entry>,
    /// Points issued, spent, taken back and what is owed.
    pub points: Vec<Entry>,
    /// What stands against the points that are owed.
    pub budget: String,
    /// Credited by month and category; none before anything was.
    pub months: Option<Chart>,
    /// What was refused this month.
    pub refused: Vec<Fact>,
    /// What happened to evidence, month by month.
    pub evidence: Table,
    /// Why evidence was refused this month.
    pub reasons: Vec<Fact>,
    /// The rewards and who pays for them.
    pub rewards: Table,
    /// The methodologies in force.
    pub methods: Vec<Method>,
    /// What comes after crediting: batches, units, trades, money.
    pub later: Vec<Fact>,
}

/// A line of an account.
#[derive(Clone, Debug)]
pub struct Entry {
    /// `+`, `−`, `=` or nothing.
    pub sign: &'static str,
    /// What it is.
    pub words: String,
    /// What that means, in a smaller line.
    pub note: Option<String>,
    /// How much.
    pub value: String,
}

impl Entry {
    fn is_sum(&self) -> bool {
        self.sign == "="
    }
}

/// A methodology in force.
#[derive(Clone, Debug)]
pub struct Method {
    /// Its symbol.
    pub icon: Icon,
    /// Its title.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Where it can be read.
    pub href: String,
}

impl ProgrammePage {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// The demo campus after three months.
    pub fn sample(lang: Lang) -> Self {
        let entry = |sign, key: &str, note: Option<&str>, value: String| Entry {
            sign,
            words: lang.say(key),
            note: note.map(|key| lang.say(key)),
            value,
        };
        let kg = |number: &str| format!("{number} {}", of(lang, "千克", "kg"));
        let bar = |label: &str, travel: i64, food: i64| ChartBar {
            label: label.to_owned(),
            parts: vec![(travel, kg(&travel.to_string())), (food, kg(&food.to_string()))],
        };
        Self {
            lang,
            name: of(lang, "示范校园碳普惠", "Demo Campus"),
            tags: vec![
                of(lang, "上海", "Shanghai"),
                of(lang, "自 2026-09-01", "since 2026-09-01"),
            ],
            join: Some("/join/campus".to_owned()),
            figures: vec![
                Fact::new(lang.say("programme-credited"), kg("1,204.5")),
                Fact::new(lang.say("programme-participants"), "1,204"),
                Fact::new(lang.say("programme-acts"), "9,310"),
                Fact::new(lang.say("programme-outstanding"), "804,120"),
            ],
            carbon: vec![
                entry("", "programme-gross", None, kg("1,206")),
                entry("−", "programme-reversed", Some("programme-reversed-words"), kg("1.5")),
                entry("=", "programme-net", None, kg("1,204.5")),
            ],
            points: vec![
                entry("", "programme-issued", None, "1,206,000".to_owned()),
                entry("−", "programme-spent", None, "400,380".to_owned()),
                entry("−", "programme-returned", None, "1,500".to_owned()),
                entry("=", "programme-owed", Some("programme-held"), "804,120".to_owned()),
            ],
            budget: lang.say_with("programme-budget", &[("points", "950,000"), ("unit", "g")]),
            months: Some(Chart {
                id: "months".to_owned(),
                words: lang.say("programme-months"),
                series: vec![of(lang, "行", "Travel"), of(lang, "食", "Food")],
                bars: vec![bar("9", 210, 44), bar("10", 390, 61), bar("11", 430, 70)],
                axis: lang.say("programme-month"),
                top: kg("500"),
            }),
            refused: vec![
                Fact::new(lang.say("programme-refused-acts"), "84"),
                Fact::new(lang.say("programme-refused-share"), "2.1 %"),
            ],
            evidence: Table {
                columns: vec![
                    Column::text(lang.say("policy-month-name")),
                    Column::number(lang.say("policy-judged")),
                    Column::number(lang.say("policy-refused")),
                ],
                rows: vec![vec![
                    Cell::text("2026-11"),
                    Cell::text("1,204"),
                    Cell::Two {
                        text: "38".to_owned(),
                        below: "3.1 %".to_owned(),
                    },
                ]],
                ..super::months::months_table(&[], Some("/p/campus/evidence.csv".to_owned()), lang)
            },
            reasons: vec![
                Fact::new(super::months::sign_words("photo.alike", lang), "21"),
                Fact::new(super::months::sign_words("track.mode", lang), lang.say("policy-few")),
            ],
            rewards: Table {
                caption: lang.say("programme-reward"),
                columns: reward_columns(lang),
                rows: vec![vec![
                    Cell::text(of(lang, "可乐一听", "A can of cola")),
                    Cell::text(of(lang, "示范饮料", "Demo Drinks")),
                    Cell::text("500"),
                    Cell::text("1,900"),
                ]],
                empty: lang.say("programme-no-rewards"),
                ..Table::default()
            },
            methods: vec![Method {
                icon: Icon::Metro,
                title: of(lang, "地铁出行", "Metro trip"),
                version: "1.0.0".to_owned(),
                href: "/methodologies/metro-trip/1.0.0".to_owned(),
            }],
            later: later(lang),
        }
    }

    /// A programme on its first day.
    pub fn sample_empty(lang: Lang) -> Self {
        Self {
            join: None,
            months: None,
            refused: Vec::new(),
            evidence: super::months::months_table(&[], None, lang),
            reasons: Vec::new(),
            rewards: Table {
                rows: Vec::new(),
                ..Self::sample(lang).rewards
            },
            methods: Vec::new(),
            figures: vec![Fact::new(lang.say("programme-credited"), grams(lang, "0"))],
            ..Self::sample(lang)
        }
    }
}

/// The columns of the rewards.
pub fn reward_columns(lang: Lang) -> Vec<Column> {
    vec![
        Column::text(lang.say("programme-reward")),
        Column::text(lang.say("programme-sponsor")),
        Column::number(lang.say("programme-price")),
        Column::number(lang.say("programme-stock")),
    ]
}

/// What comes after crediting; none of it has happened as long as there is no registry.
pub fn later(lang: Lang) -> Vec<Fact> {
    let none = || lang.say("programme-none-yet");
    vec![
        Fact::new(lang.say("programme-batches"), none()),
        Fact::new(lang.say("programme-units-issued"), none()),
        Fact::new(lang.say("programme-units-retired"), none()),
        Fact::new(lang.say("programme-trades"), none()),
        Fact::new(lang.say("programme-paid-out"), none()),
    ]
}
