//! One record, as staff see it.

use askama::Template;

use crate::lang::Lang;
use crate::show::form::{Choice, Field, Form, Input};
use crate::show::table::{Cell, Column, Table};
use crate::show::{Amount, Fact, grams, of};

/// The page of a record.
#[derive(Clone, Debug, Template)]
#[template(path = "console/record.html")]
pub struct RecordPage {
    /// The language of the page.
    pub lang: Lang,
    /// Where the list is.
    pub back: String,
    /// The behaviour.
    pub title: String,
    /// When the act happened.
    pub when: String,
    /// What was credited.
    pub amount: Amount,
    /// Where it stands: tone and words.
    pub state: (&'static str, String),
    /// Whether the reader may change nothing.
    pub read_only: bool,
    /// What was just done.
    pub done: Option<String>,
    /// Why what was just asked for was not done.
    pub error: Option<String>,
    /// Why it was refused, for people.
    pub reason: Option<String>,
    /// Ids, times, how it came in.
    pub facts: Vec<Fact>,
    /// What proves it.
    pub evidence: Vec<Fact>,
    /// Where the photo that proves it is.
    pub photo: Option<String>,
    /// What was said about it.
    pub inputs: Vec<Fact>,
    /// The calculation, step by step.
    pub steps: Table,
    /// The factors with their sources.
    pub factors: Table,
    /// Where the participant is.
    pub participant: String,
    /// How a reversal stands, or can be asked for.
    pub reversal: Option<Reversal>,
    /// The appeal, in the participant's words, and how it is decided.
    pub appeal: Option<(String, SecondPerson)>,
    /// What staff did with it, for those who may read that.
    pub deeds: Option<Table>,
}

/// How a reversal stands.
#[derive(Clone, Debug)]
pub struct Reversal {
    /// What is known of it.
    pub facts: Vec<Fact>,
    /// What is to be done.
    pub next: SecondPerson,
}

/// Something that not everybody may do.
#[derive(Clone, Debug)]
pub enum SecondPerson {
    /// These forms do it.
    Forms(Vec<Form>),
    /// Somebody else has to, and why; the button is named but cannot be pressed.
    Other {
        /// What the button would do.
        button: String,
        /// Why it cannot be pressed.
        why: String,
    },
    /// Nothing is to be done here.
    Nothing,
}

impl RecordPage {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A credited record whose reversal waits for somebody else.
    pub fn sample(lang: Lang) -> Self {
        let columns = |keys: [&str; 2]| {
            let [words, value] = keys.map(|key| lang.say(&format!("console-{key}")));
            vec![Column::text(words), Column::number(value)]
        };
        let steps = Table {
            caption: lang.say("activity-worked"),
            columns: columns(["step", "value"]),
            rows: vec![vec![
                Cell::Two {
                    text: of(lang, "基准线排放", "Baseline emissions"),
                    below: "trips × avoided".to_owned(),
                },
                Cell::text(grams(lang, "200")),
            ]],
            ..Table::default()
        };
        let factors = Table {
            caption: lang.say("activity-factors"),
            columns: columns(["factor", "value"]),
            rows: vec![vec![
                Cell::text(of(lang, "每次减排量", "Avoided per trip")),
                Cell::text(format!("200 {}", of(lang, "克/次", "g/trip"))),
            ]],
            ..Table::default()
        };
        RecordPage {
            lang,
            back: "/console/demo/records".to_owned(),
            title: of(lang, "地铁出行", "Metro trip"),
            when: "2026-11-24 08:12".to_owned(),
            amount: Amount::new("200", of(lang, "克", "g")),
            state: ("", lang.say("console-stand-credited")),
            read_only: false,
            done: Some(lang.say("console-done-ask")),
            error: None,
            reason: None,
            facts: vec![Fact::new(lang.say("console-record-id"), "0R5S6T7V8W9XY")],
            evidence: vec![Fact::new(
                lang.say("console-channel"),
                lang.say("console-channel-partner"),
            )],
            photo: Some("/evidence/0R5S6T7V8W9XY?programme=demo&participant=4Q7X0M2N9K3PA".to_owned()),
            inputs: vec![Fact::new(of(lang, "次数", "Trips"), "1")],
            steps,
            factors,
            participant: "/console/demo/participants/4Q7X0M2N9K3PA".to_owned(),
            reversal: Some(Reversal {
                facts: vec![Fact::new(lang.say("console-why"), of(lang, "刷卡重复", "Tapped twice"))],
                next: SecondPerson::Other {
                    button: lang.say("console-agree"),
                    why: lang.say("console-second-person"),
                },
            }),
            appeal: None,
            deeds: Some(Table {
                caption: lang.say("console-audit"),
                columns: vec![
                    Column::text(lang.say("console-who")),
                    Column::text(lang.say("console-deed")),
                ],
                rows: vec![vec![
                    Cell::text("support@demo.example"),
                    Cell::text(lang.say("console-deed-reversal-ask")),
                ]],
                ..Table::default()
            }),
        }
    }

    /// A refused record with an appeal that can be decided.
    pub fn sample_appeal(lang: Lang) -> Self {
        let choices = vec![
            Choice::new("", lang.say("console-choose"), true),
            Choice::new("uphold", lang.say("console-uphold"), false),
        ];
        let form = Form::new("/console/demo/records/a/b/appeal", "sample", lang.say("console-decide"))
            .with(Field::new("word", lang.say("console-decision"), Input::Select(choices)))
            .with(
                Field::new("answer", lang.say("console-answer"), Input::Area)
                    .error(Some(lang.say("refusal-field-invalid"))),
            );
        RecordPage {
            state: ("wait", lang.say("console-stand-appealed")),
            done: None,
            reason: Some(of(lang, "一天最多计入 5 次。", "No more than 5 count in one day.")),
            reversal: None,
            appeal: Some((
                of(lang, "那天我坐了六次地铁。", "I took the metro six times that day."),
                SecondPerson::Forms(vec![form]),
            )),
            ..Self::sample(lang)
        }
    }

    /// A credited record whose reversal can be agreed to or declined.
    pub fn sample_second(lang: Lang) -> Self {
        let decline = Form {
            danger: true,
            ..Form::new(
                "/console/demo/records/a/b/reversal/decline",
                "sample",
                lang.say("console-decline"),
            )
        };
        RecordPage {
            done: None,
            reversal: Some(Reversal {
                facts: vec![Fact::new(lang.say("console-why"), of(lang, "刷卡重复", "Tapped twice"))],
                next: SecondPerson::Forms(vec![
                    Form::new(
                        "/console/demo/records/a/b/reversal/agree",
                        "sample",
                        lang.say("console-agree"),
                    ),
                    decline.with(Field::line("why", lang.say("console-why"))),
                ]),
            }),
            ..Self::sample(lang)
        }
    }
}
