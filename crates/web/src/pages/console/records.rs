//! Records: filter, look inside, reverse, answer appeals.

mod one;

use app::{Error, RecordCursor, RecordFilter, RecordView, Refused, Stand};
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::{get, post};
use domain::measure::{Day, EntryId, ParticipantId};
use domain::programme::Programme;
use serde::Deserialize;

use super::super::{Ours, carbon};
use super::{Desk, address, desk, place, standing};
use crate::State;
use crate::csv::in_pages;
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{Cell, Choice, Column, FormField, Input, Listing, Table};

/// How many rows a page of the list has.
const ROWS: u32 = 50;

/// Rows that are read at once for a file.
const PIECE: u32 = 1_000;

pub(super) fn routes() -> Router<State> {
    let one = "/console/{programme}/records/{participant}/{record}";
    Router::new()
        .route("/console/{programme}/records", get(list))
        .route("/console/{programme}/records.csv", get(csv))
        .route(one, get(one::record))
        .route(&format!("{one}/reversal"), post(one::act))
        .route(&format!("{one}/appeal"), post(one::act))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    behaviour: String,
    state: String,
    grade: String,
    participant: String,
    from: String,
    to: String,
    after: String,
}

impl Asked {
    fn stand(&self) -> Option<Stand> {
        match self.state.as_str() {
            "credited" => Some(Stand::Credited),
            "refused" => Some(Stand::Refused),
            "appealed" => Some(Stand::Appealed),
            "reversed" => Some(Stand::Reversed),
            _ => None,
        }
    }

    /// What is asked for; nothing if a participant is named that cannot be.
    fn filter(&self) -> Option<RecordFilter> {
        let participant = match self.participant.trim() {
            "" => None,
            typed => Some(typed.parse().ok()?),
        };
        Some(RecordFilter {
            behaviour: self.behaviour.clone(),
            stand: self.stand(),
            grade: self.grade.parse().ok(),
            participant,
            from: Day::parse(&self.from),
            to: Day::parse(&self.to),
            after: place(&self.after).map(|[at_us, participant, entry]| RecordCursor {
                at_us,
                participant: ParticipantId::new(participant),
                entry: EntryId::new(entry),
            }),
        })
    }

    fn is_narrow(&self) -> bool {
        let all = [
            &self.behaviour,
            &self.state,
            &self.grade,
            &self.participant,
            &self.from,
            &self.to,
        ];
        all.into_iter().any(|one| !one.is_empty())
    }

    fn address(&self, desk: &Desk, path: &str, after: &str) -> String {
        let query = [
            ("behaviour", self.behaviour.as_str()),
            ("state", self.state.as_str()),
            ("grade", self.grade.as_str()),
            ("participant", self.participant.trim()),
            ("from", self.from.as_str()),
            ("to", self.to.as_str()),
            ("after", after),
        ];
        address(&desk.at(path), &query)
    }
}

fn cursor(at: RecordCursor) -> String {
    format!("{}.{}.{}", at.at_us, at.participant.number(), at.entry.number())
}

async fn list(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let found = match asked.filter() {
        Some(filter) => state.app.records(&desk.caller, &desk.programme, filter, ROWS).await,
        None => Err(Refused::NotFound("participant").into()),
    };
    let (records, next) = match found {
        Ok(page) => (page.records, page.next),
        Err(Error::Refused(Refused::NotFound("participant"))) => (Vec::new(), None),
        Err(error) => return Err(desk.oops(error)),
    };
    // a page that is not full, and more to look at: the filter lets little through
    let scanned = next.is_some() && records.len() < ROWS as usize;
    let empty = if scanned {
        "console-scanned-none"
    } else {
        "console-no-records"
    };
    let head = |key: &str| Column::text(lang.say(key));
    let page = Listing {
        lang,
        title: lang.say("console-records"),
        lead: scanned.then(|| lang.say("console-scanned")),
        read_only: desk.is_reader(),
        table: Table {
            caption: lang.say("console-records"),
            columns: vec![
                head("console-behaviour"),
                head("console-participant"),
                head("console-booked"),
                head("console-day"),
                head("console-grade"),
                Column::number(lang.say("console-credited")),
                head("console-state"),
            ],
            rows: records.iter().map(|record| row(&desk, record)).collect(),
            filters: filters(&state, &desk, &asked),
            filtered: asked.is_narrow(),
            here: desk.at("/records"),
            first: (!asked.after.is_empty()).then(|| asked.address(&desk, "/records", "")),
            next: next.map(|next| asked.address(&desk, "/records", &cursor(next))),
            csv: Some(asked.address(&desk, "/records.csv", "")),
            empty: lang.say(empty),
        },
    };
    desk.page("/records", page.title.clone(), page.render())
}

fn filters(state: &State, desk: &Desk, asked: &Asked) -> Vec<FormField> {
    let lang = desk.lang;
    let any = |chosen: &str| Choice::new("", lang.say("part-any"), chosen.is_empty());
    let mut behaviours = vec![any(&asked.behaviour)];
    for (behaviour, version) in state.app.catalogue().in_force(desk.programme.id) {
        let title = version.methodology.title.in_lang(lang.into());
        behaviours.push(Choice::new(behaviour, title, asked.behaviour == behaviour));
    }
    let mut states = vec![any(&asked.state)];
    states.extend(["credited", "refused", "appealed", "reversed"].map(|state| {
        let words = lang.say(&format!("console-stand-{state}"));
        Choice::new(state, words, asked.state == state)
    }));
    let mut grades = vec![any(&asked.grade)];
    grades.extend(["0", "1", "2", "3", "4"].map(|grade| {
        let words = format!("E{grade} · {}", lang.say(&format!("activity-grade-{grade}")));
        Choice::new(grade, words, asked.grade == grade)
    }));
    let select =
        |name: &str, key: &str, choices| FormField::new(name, lang.say(key), Input::Select(choices)).optional();
    let date = |name: &str, key: &str, value: &str| {
        let input = Input::Line {
            kind: "date",
            autocomplete: "off",
        };
        FormField::new(name, lang.say(key), input).value(value).optional()
    };
    vec![
        select("behaviour", "console-behaviour", behaviours),
        select("state", "console-state", states),
        select("grade", "console-grade", grades),
        date("from", "console-from", &asked.from),
        date("to", "console-to", &asked.to),
        FormField::line("participant", lang.say("console-participant-id"))
            .value(&*asked.participant)
            .optional(),
    ]
}

fn row(desk: &Desk, record: &RecordView) -> Vec<Cell> {
    let lang = desk.lang;
    let act = record.act.as_ref();
    let title = act
        .map(|act| act.title.in_lang(lang.into()).to_owned())
        .unwrap_or_default();
    let id = record.record.map(|id| id.to_string()).unwrap_or_default();
    let (tone, key) = standing(record.state);
    vec![
        Cell::link(desk.at(&format!("/records/{}/{id}", record.participant)), title),
        Cell::link(
            desk.at(&format!("/participants/{}", record.participant)),
            record.participant.to_string(),
        ),
        Cell::text(desk.time(record.booked_us)),
        Cell::text(act.map(|act| act.day.clone()).unwrap_or_default()),
        Cell::text(act.map(|act| act.grade.to_string()).unwrap_or_default()),
        Cell::text(carbon(record.mg, lang)),
        Cell::chip(tone, lang.say(key)),
    ]
}

async fn csv(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let filter = asked
        .filter()
        .ok_or_else(|| desk.oops(Refused::NotFound("participant")));
    let from = RecordFilter { after: None, ..filter? };
    let (app, caller, programme) = (state.app.clone(), desk.caller.clone(), desk.programme.clone());
    let page = move |at: RecordFilter| {
        let (app, caller, programme) = (app.clone(), caller.clone(), programme.clone());
        async move {
            let found = app.records(&caller, &programme, at.clone(), PIECE).await?;
            let rows = found.records.iter().map(|record| cells(&programme, record, lang));
            let next = found.next.map(|next| RecordFilter {
                after: Some(next),
                ..at
            });
            Ok::<_, Error>((rows.collect(), next))
        }
    };
    let header = [
        "record",
        "participant",
        "booked",
        "behaviour",
        "methodology",
        "day",
        "grade",
        "gross_mg",
        "credited_mg",
        "points_milli",
        "state",
        "reason",
    ];
    let file = in_pages(&format!("{slug}-records.csv"), &header, from, page).await;
    file.map_err(|e| desk.oops(e))
}

/// A record in a file.
fn cells(programme: &Programme, record: &RecordView, lang: Lang) -> Vec<String> {
    let act = record.act.as_ref();
    let text = |of: fn(&app::ActView) -> String| act.map(of).unwrap_or_default();
    let (_, key) = standing(record.state);
    vec![
        record.record.map(|id| id.to_string()).unwrap_or_default(),
        record.participant.to_string(),
        programme.zone.clock_time(record.booked_us),
        text(|act| act.behaviour.clone()),
        text(|act| act.methodology.clone()),
        text(|act| act.day.clone()),
        text(|act| act.grade.to_string()),
        text(|act| act.gross_mg.to_string()),
        record.mg.to_string(),
        record.points_milli.to_string(),
        lang.say(key),
        record.reason.clone().unwrap_or_default(),
    ]
}
