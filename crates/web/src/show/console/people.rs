//! One participant, as staff see it.

use askama::Template;

use crate::lang::Lang;
use crate::show::form::{Field, Form, Input};
use crate::show::table::{Cell, Column, Table};
use crate::show::{Amount, Fact, grams, of};

/// The page of a participant.
#[derive(Clone, Debug, Template)]
#[template(path = "console/participant.html")]
pub struct ParticipantPage {
    /// The language of the page.
    pub lang: Lang,
    /// Where the list is.
    pub back: String,
    /// The alias, or the id where that is all one may know.
    pub title: String,
    /// Whether the account is open, stopped or closed: tone and words.
    pub state: (&'static str, String),
    /// Whether the reader may change nothing.
    pub read_only: bool,
    /// What was just done.
    pub done: Option<String>,
    /// Why the account is stopped.
    pub frozen: Option<Vec<Fact>>,
    /// What it has.
    pub figures: Vec<(String, Amount)>,
    /// Who it is, as far as one may know.
    pub facts: Vec<Fact>,
    /// Its records, newest first.
    pub records: Table,
    /// Where all its records are.
    pub all_records: String,
    /// Its orders, newest first.
    pub orders: Table,
    /// How the account is stopped or let go on.
    pub closing: Option<Closing>,
    /// What staff did with it, for those who may read that.
    pub deeds: Option<Table>,
}

/// How an account is stopped or let go on.
#[derive(Clone, Debug)]
pub struct Closing {
    /// The title.
    pub title: String,
    /// What it means.
    pub words: String,
    /// The form.
    pub form: Form,
}

impl ParticipantPage {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A stopped participant, as support sees it.
    pub fn sample(lang: Lang) -> Self {
        let records = Table {
            caption: lang.say("console-records"),
            columns: vec![
                Column::text(lang.say("console-behaviour")),
                Column::number(lang.say("console-credited")),
            ],
            rows: vec![vec![
                Cell::link(
                    "/console/demo/records/4Q7X0M2N9K3PA/0R5S6T7V8W9XY",
                    of(lang, "地铁出行", "Metro trip"),
                ),
                Cell::text(grams(lang, "200")),
            ]],
            empty: lang.say("console-no-records"),
            ..Table::default()
        };
        let orders = Table {
            caption: lang.say("console-orders"),
            columns: vec![Column::text(lang.say("console-reward"))],
            empty: lang.say("console-no-orders"),
            ..Table::default()
        };
        let form = Form::new(
            "/console/demo/participants/4Q7X0M2N9K3PA/freeze",
            "sample",
            lang.say("console-unfreeze"),
        )
        .with(Field::new("why", lang.say("console-why"), Input::Area).hint(lang.say("console-why-hint")));
        ParticipantPage {
            lang,
            back: "/console/demo/participants".to_owned(),
            title: of(lang, "小满", "Xiaoman"),
            state: ("wait", lang.say("console-frozen")),
            read_only: false,
            done: Some(lang.say("console-done-freeze")),
            frozen: Some(vec![
                Fact::new(
                    lang.say("console-why"),
                    of(lang, "同一张照片反复提交", "The same photo again and again"),
                ),
                Fact::new(lang.say("console-who"), "support@demo.example"),
            ]),
            figures: vec![
                (
                    lang.say("console-reduction"),
                    Amount::new("12.6", of(lang, "千克", "kg")),
                ),
                (lang.say("console-available"), Amount::new("1,204", of(lang, "克", "g"))),
            ],
            facts: vec![
                Fact::new(lang.say("console-id"), "4Q7X0M2N9K3PA"),
                Fact::new(lang.say("console-account"), "x***@demo.example"),
            ],
            records,
            all_records: "/console/demo/records?participant=4Q7X0M2N9K3PA".to_owned(),
            orders,
            closing: Some(Closing {
                title: lang.say("console-unfreeze"),
                words: lang.say("console-unfreeze-words"),
                form,
            }),
            deeds: None,
        }
    }
}
