//! What waits for somebody.

use askama::Template;

use crate::lang::Lang;
use crate::show::form::Input;
use crate::show::of;
use crate::show::table::{Cell, Column, Table};

/// The work page: one table for each kind of work.
#[derive(Clone, Debug, Template)]
#[template(path = "console/work.html")]
pub struct WorkPage {
    /// The language of the page.
    pub lang: Lang,
    /// Whether the reader may change nothing.
    pub read_only: bool,
    /// What was just done.
    pub done: Option<String>,
    /// The kinds of work with their title, how many wait and the ones to be done next.
    pub tables: Vec<(String, String, Table)>,
    /// Work that waits in other rooms: what and how much, and where.
    pub links: Vec<(String, Option<String>)>,
}

impl WorkPage {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// Two appeals, no reversals.
    pub fn sample(lang: Lang) -> Self {
        let row = |zh: &str, en: &str, words_zh: &str, words_en: &str| {
            vec![
                Cell::link("/console/demo/records/4Q7X0M2N9K3PA/0R5S6T7V8W9XY", of(lang, zh, en)),
                Cell::text(of(lang, words_zh, words_en)),
                Cell::text("2026-11-24 08:12"),
            ]
        };
        let table = |key: &str, rows| Table {
            caption: lang.say(key),
            columns: vec![
                Column::text(lang.say("console-behaviour")),
                Column::text(lang.say("console-in-their-words")),
                Column::text(lang.say("console-when")),
            ],
            rows,
            empty: lang.say("console-nothing-waits"),
            ..Table::default()
        };
        let appeals = vec![
            row(
                "地铁出行",
                "Metro trip",
                "那天我坐了六次地铁。",
                "I took the metro six times that day.",
            ),
            row(
                "随手关灯",
                "Lights off",
                "照片是我自己拍的。",
                "I took the photo myself.",
            ),
        ];
        WorkPage {
            lang,
            read_only: false,
            done: Some(lang.say("console-done-appeal")),
            tables: vec![
                (
                    lang.say("console-appeals"),
                    "2".to_owned(),
                    table("console-appeals", appeals),
                ),
                (
                    lang.say("console-reversals"),
                    "0".to_owned(),
                    table("console-reversals", Vec::new()),
                ),
            ],
            links: vec![(
                lang.say_with("console-waiting-orders", &[("count", "12")]),
                Some("/console/demo/orders".to_owned()),
            )],
        }
    }
}
