//! The open shelf: all methodologies, one of them, and the factor book.

use askama::Template;

use super::{Cell, Fact, FormField, Icon, Input, Paper, Table, of};
use crate::lang::Lang;

/// Every published methodology by category.
#[derive(Clone, Debug, Template)]
#[template(path = "public/methodologies.html")]
pub struct Methodologies {
    /// The language of the page.
    pub lang: Lang,
    /// How many there are, in words.
    pub words: String,
    /// What was searched for.
    pub search: FormField,
    /// What was found.
    pub shelves: Vec<Shelf>,
}

/// The methodologies of a category.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// The category's name in addresses.
    pub name: &'static str,
    /// The category.
    pub title: String,
    /// Its symbol.
    pub icon: Icon,
    /// Its methodologies.
    pub volumes: Vec<Volume>,
}

/// A methodology on the shelf.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Its title.
    pub title: String,
    /// Its version.
    pub version: String,
    /// What it gives in its first example.
    pub example: String,
    /// What it needs as proof at least.
    pub evidence: String,
    /// Where it can be read.
    pub href: String,
}

impl Methodologies {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// Two shelves.
    pub fn sample(lang: Lang) -> Self {
        let volume = |zh: &str, en: &str, example: &str, evidence: &str| Volume {
            title: of(lang, zh, en),
            version: "1.0.0".to_owned(),
            example: super::grams(lang, example),
            evidence: evidence.to_owned(),
            href: "/methodologies/metro-trip/1.0.0".to_owned(),
        };
        Self {
            lang,
            words: lang.say_with("paper-count", &[("count", "3")]),
            search: FormField::line("q", lang.say("paper-search")).optional(),
            shelves: vec![
                Shelf {
                    name: "food",
                    title: of(lang, "食", "Food"),
                    icon: Icon::Food,
                    volumes: vec![volume("外卖不要餐具", "No tableware", "47.5", "E1")],
                },
                Shelf {
                    name: "travel",
                    title: of(lang, "行", "Travel"),
                    icon: Icon::Travel,
                    volumes: vec![
                        volume("地铁出行", "Metro trip", "200", "E1"),
                        volume("骑行代替开车", "Cycling instead of driving", "800", "E2"),
                    ],
                },
            ],
        }
    }

    /// Nothing found.
    pub fn sample_empty(lang: Lang) -> Self {
        Self {
            search: FormField::line("q", lang.say("paper-search")).value("xyz").optional(),
            shelves: Vec::new(),
            ..Self::sample(lang)
        }
    }
}

/// A version, with the versions beside it.
#[derive(Clone, Debug, Template)]
#[template(path = "public/methodology.html")]
pub struct MethodologyPage {
    /// The language of the page.
    pub lang: Lang,
    /// The version itself.
    pub paper: Paper,
    /// When it was published, and other facts of its file.
    pub facts: Vec<Fact>,
    /// Where the file can be had.
    pub file: String,
    /// Every version, newest first.
    pub versions: Vec<Version>,
    /// The newest version, if this is not it.
    pub newest: Option<String>,
    /// Programmes that credit by this version.
    pub programmes: Vec<(String, String)>,
    /// Other methodologies of the same behaviour, with what one act avoids by them.
    pub siblings: Vec<Volume>,
}

/// One of the versions.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its number.
    pub number: String,
    /// When it was published.
    pub when: String,
    /// Where it can be read; none for the one that is shown.
    pub href: Option<String>,
}

impl MethodologyPage {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A shipped file with a later version.
    pub fn sample(lang: Lang) -> Self {
        Self {
            lang,
            paper: Paper::sample(lang),
            facts: vec![Fact::new(lang.say("paper-published"), "2026-11-24")],
            file: "/methodologies/carpool/1.0.0/file".to_owned(),
            versions: vec![
                Version {
                    number: "1.1.0".to_owned(),
                    when: "2026-11-24".to_owned(),
                    href: Some("/methodologies/carpool/1.1.0".to_owned()),
                },
                Version {
                    number: "1.0.0".to_owned(),
                    when: "2026-10-01".to_owned(),
                    href: None,
                },
            ],
            newest: Some("/methodologies/carpool/1.1.0".to_owned()),
            programmes: vec![(of(lang, "示范校园碳普惠", "Demo Campus"), "/p/campus".to_owned())],
            siblings: Methodologies::sample(lang)
                .shelves
                .into_iter()
                .flat_map(|shelf| shelf.volumes)
                .take(2)
                .collect(),
        }
    }
}

/// Every value of every factor, and the behaviours that have none.
#[derive(Clone, Debug, Template)]
#[template(path = "public/factors.html")]
pub struct FactorBook {
    /// The language of the page.
    pub lang: Lang,
    /// How many values there are, in words.
    pub words: String,
    /// The values.
    pub values: Table,
    /// Behaviours without a known value, by category.
    pub unknown: Vec<(String, Vec<String>)>,
    /// How many these are, in words.
    pub unknown_words: String,
}

impl FactorBook {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// Two values and three behaviours without one.
    pub fn sample(lang: Lang) -> Self {
        use super::Column;
        let row = |zh: &str, en: &str, value: &str, unit: &str| {
            vec![
                Cell::Two {
                    text: of(lang, zh, en),
                    below: unit.to_owned(),
                },
                Cell::text(value),
                Cell::text(of(lang, "全国", "China")),
                Cell::text("2022"),
                Cell::text(of(lang, "项目数值", "Programme figure")),
                Cell::link("https://example.org/", of(lang, "虚构的来源", "A fictional source")),
                Cell::link("/methodologies/metro-trip/1.0.0", of(lang, "地铁出行", "Metro trip")),
            ]
        };
        Self {
            lang,
            words: lang.say_with("paper-values", &[("count", "2")]),
            values: Table {
                caption: lang.say("paper-book"),
                columns: vec![
                    Column::text(lang.say("activity-factor")),
                    Column::number(lang.say("paper-value")),
                    Column::text(lang.say("activity-region")),
                    Column::text(lang.say("activity-year")),
                    Column::text(lang.say("activity-kind")),
                    Column::text(lang.say("activity-source")),
                    Column::text(lang.say("paper-used-by")),
                ],
                rows: vec![
                    row("每次减排量", "Avoided per trip", "200", "g CO₂e"),
                    row(
                        "电网平均排放因子",
                        "Average factor of the grid",
                        "0.5306",
                        "kg CO₂e/kWh",
                    ),
                ],
                filters: vec![FormField::line("q", lang.say("paper-search")).optional()],
                here: "/factors".to_owned(),
                csv: Some("/factors.csv".to_owned()),
                next: Some("/factors?page=2".to_owned()),
                empty: lang.say("paper-nothing"),
                ..Table::default()
            },
            unknown: vec![
                (
                    of(lang, "行", "Travel"),
                    vec![of(lang, "新能源车驾驶", "Driving an electric car")],
                ),
                (
                    of(lang, "办公", "Office"),
                    vec![
                        of(lang, "走楼梯", "Taking the stairs"),
                        of(lang, "自带杯", "Bringing a cup"),
                    ],
                ),
            ],
            unknown_words: lang.say_with("paper-unknown-words", &[("count", "3")]),
        }
    }
}
