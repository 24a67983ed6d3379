//! A page that is one table: participants, records, the audit log.

use askama::Template;

use crate::lang::Lang;
use crate::show::form::{Choice, Field, Input};
use crate::show::table::{Cell, Column, Sort, Table};
use crate::show::{grams, of};

/// A page that is one table.
#[derive(Clone, Debug, Template)]
#[template(path = "console/listing.html")]
pub struct Listing {
    /// The language of the page.
    pub lang: Lang,
    /// The title.
    pub title: String,
    /// What the table holds, or how it was narrowed down, in one sentence.
    pub lead: Option<String>,
    /// Whether the reader may change nothing.
    pub read_only: bool,
    /// The table.
    pub table: Table,
}

/// One of some views of the same page.
#[derive(Clone, Debug)]
pub struct Segment {
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub href: String,
    /// Whether it is this one.
    pub here: bool,
}

impl Listing {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// The participants of the sample programme.
    pub fn sample_participants(lang: Lang) -> Self {
        let rows = [
            ("小满", "Xiaoman", "4Q7X0M2N9K3PA", "12.6", ""),
            ("阿禾", "Ahe", "8C1V5T7R2W6YB", "3.1", "wait"),
            (
                "一个特别特别长的参与者名字用来检查表格",
                "Somebody with a name so long that a table must hold it",
                "0A9D8F7G6H5JC",
                "0.2",
                "",
            ),
        ];
        let row = |(zh, en, id, kg, tone): &(&str, &str, &str, &str, &'static str)| {
            let state = if tone.is_empty() {
                "console-open"
            } else {
                "console-frozen"
            };
            vec![
                Cell::link(format!("/console/demo/participants/{id}"), of(lang, zh, en)),
                Cell::Code((*id).to_owned()),
                Cell::text(lang.say("console-kind-person")),
                Cell::text(format!("{kg} {}", of(lang, "千克", "kg"))),
                Cell::text(format!("1,204 {}", of(lang, "克", "g"))),
                Cell::text("2026-11-23 08:12"),
                Cell::text("2026-09-01"),
                Cell::chip(tone, lang.say(state)),
            ]
        };
        let sort = |key: &str, now| Column {
            sort: Some(Sort {
                href: "?sort=x".to_owned(),
                now,
            }),
            ..Column::number(lang.say(key))
        };
        Listing {
            lang,
            title: lang.say("console-participants"),
            lead: Some(lang.say("console-search-hint")),
            read_only: false,
            table: Table {
                caption: lang.say("console-participants"),
                columns: vec![
                    Column::text(lang.say("console-alias")),
                    Column::text(lang.say("console-id")),
                    Column::text(lang.say("console-kind")),
                    sort("console-reduction", "descending"),
                    sort("console-available", "none"),
                    Column::text(lang.say("console-last")),
                    Column::text(lang.say("console-joined")),
                    Column::text(lang.say("console-state")),
                ],
                rows: rows.iter().map(row).collect(),
                filters: vec![Field::line("q", lang.say("console-search")).optional()],
                filtered: true,
                here: "/console/demo/participants".to_owned(),
                first: None,
                next: Some("?after=x".to_owned()),
                csv: Some("/console/demo/participants.csv".to_owned()),
                empty: lang.say("console-nobody"),
            },
        }
    }

    /// The records of the sample programme, for somebody who changes nothing.
    pub fn sample_records(lang: Lang) -> Self {
        let state = |tone, key: &str| Cell::chip(tone, lang.say(key));
        let row = |zh: &str, en: &str, amount: &str, chip: Cell| {
            vec![
                Cell::text("2026-11-24 08:12"),
                Cell::link("/console/demo/records/4Q7X0M2N9K3PA/0R5S6T7V8W9XY", of(lang, zh, en)),
                Cell::Code("4Q7X0M2N9K3PA".to_owned()),
                Cell::text("2026-11-24"),
                Cell::text("E3"),
                Cell::text(grams(lang, amount)),
                chip,
            ]
        };
        let choices = |chosen: &str| {
            vec![
                Choice::new("", lang.say("part-any"), chosen.is_empty()),
                Choice::new("credited", lang.say("console-stand-credited"), chosen == "credited"),
            ]
        };
        let select = |name: &str, key: &str| Field::new(name, lang.say(key), Input::Select(choices(""))).optional();
        Listing {
            lang,
            title: lang.say("console-records"),
            lead: Some(lang.say("console-scanned")),
            read_only: true,
            table: Table {
                caption: lang.say("console-records"),
                columns: vec![
                    Column::text(lang.say("console-booked")),
                    Column::text(lang.say("console-behaviour")),
                    Column::text(lang.say("console-participant")),
                    Column::text(lang.say("console-day")),
                    Column::text(lang.say("console-grade")),
                    Column::number(lang.say("console-credited")),
                    Column::text(lang.say("console-state")),
                ],
                rows: vec![
                    row("地铁出行", "Metro trip", "200", state("", "console-stand-credited")),
                    row("随手关灯", "Lights off", "0", state("no", "console-stand-refused")),
                    row(
                        "骑行替代开车",
                        "Cycling instead of driving",
                        "800",
                        state("calm", "console-stand-reversed"),
                    ),
                ],
                filters: vec![
                    select("behaviour", "console-behaviour"),
                    select("state", "console-state"),
                    Field::line("participant", lang.say("console-participant")).optional(),
                ],
                filtered: false,
                here: "/console/demo/records".to_owned(),
                first: Some("?".to_owned()),
                next: Some("?after=x".to_owned()),
                csv: Some("/console/demo/records.csv".to_owned()),
                empty: lang.say("console-no-records"),
            },
        }
    }

    /// The audit log of the sample programme, empty.
    pub fn sample_empty(lang: Lang) -> Self {
        Listing {
            lang,
            title: lang.say("console-audit"),
            lead: Some(lang.say("console-audit-lead")),
            read_only: true,
            table: Table {
                caption: lang.say("console-audit"),
                columns: vec![Column::text(lang.say("console-when"))],
                here: "/console/demo/audit".to_owned(),
                empty: lang.say("console-no-deeds"),
                ..Table::default()
            },
        }
    }
}
