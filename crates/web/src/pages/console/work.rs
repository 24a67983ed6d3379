//! What waits for somebody: appeals, reversals, orders.

use app::{RecordView, Refused};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use domain::programme::Deed;

use super::super::{Ours, carbon};
use super::{Desk, desk, grouped};
use crate::State;
use crate::csv::of_table;
use crate::door::{Oops, Signed, reason_words};
use crate::lang::Lang;
use crate::show::{Cell, Column, Table, WorkPage};

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{programme}/work", get(work))
        .route("/console/{programme}/waiting/{list}", get(csv))
}

async fn work(state: Ours, lang: Lang, signed: Signed, Path(slug): Path<String>) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let found = state.app.work_waiting(&desk.caller, &desk.programme).await;
    let found = found.map_err(|e| desk.oops(e))?;
    let waiting = found.waiting;
    let tables = tables(&desk, &found).into_iter();
    let tables = tables.map(|(_, title, count, table)| (title, count, table)).collect();
    let mut links = Vec::new();
    if waiting.orders > 0 && desk.can(Deed::ReadOrders) {
        links.push((
            lang.say_with("console-waiting-orders", &[("count", grouped(waiting.orders).as_str())]),
            Some(desk.at("/orders")),
        ));
    }
    if waiting.submissions > 0 {
        let count = grouped(waiting.submissions);
        links.push((
            lang.say_with("console-waiting-photos", &[("count", count.as_str())]),
            desk.can(Deed::ReadEvidence).then(|| desk.at("/review")),
        ));
    }
    let page = WorkPage {
        lang,
        read_only: desk.is_reader(),
        done: None,
        tables,
        links,
    };
    desk.page("/work", lang.say("console-work"), page.render())
}

/// The lists of what waits: word, title, how many there are, and the list.
fn tables(desk: &Desk, found: &app::Work) -> Vec<(&'static str, String, String, Table)> {
    let (lang, waiting) = (desk.lang, found.waiting);
    let mut tables = Vec::new();
    if desk.can(Deed::ReadParticipant) {
        let rows = found.appeals.iter().map(|appeal| {
            let reason = appeal.record.reason.as_deref().unwrap_or("settled");
            vec![
                to_record(desk, &appeal.record),
                Cell::text(reason_words(reason, appeal.record.detail.as_deref(), lang)),
                Cell::text(short(&appeal.words)),
                Cell::text(desk.time(appeal.made_us)),
                Cell::text(desk.time(appeal.due_us)),
                if appeal.overdue && !appeal.own {
                    Cell::chip("no", lang.say("console-appeal-overdue"))
                } else if appeal.own {
                    Cell::chip("calm", lang.say("console-own-case"))
                } else {
                    Cell::chip("wait", lang.say("console-to-decide"))
                },
            ]
        });
        let heads = ["behaviour", "reason", "in-their-words", "when", "due", "state"];
        tables.push((
            "appeals",
            lang.say("console-appeals"),
            grouped(waiting.appeals),
            table(desk, "appeals", &heads, rows.collect()),
        ));
        let rows = found.reversals.iter().map(|reversal| {
            vec![
                to_record(desk, &reversal.record),
                Cell::text(carbon(reversal.record.mg, lang)),
                Cell::text(short(&reversal.why)),
                Cell::Two {
                    text: reversal.asker.clone(),
                    below: desk.time(reversal.asked_us),
                },
                if reversal.own {
                    Cell::chip("calm", lang.say("console-needs-other"))
                } else {
                    Cell::chip("wait", lang.say("console-to-decide"))
                },
            ]
        });
        let heads = ["behaviour", "credited", "why", "asked-by", "state"];
        tables.push((
            "reversals",
            lang.say("console-reversals"),
            grouped(waiting.reversals),
            table(desk, "reversals", &heads, rows.collect()),
        ));
    }
    if !found.jobs.is_empty() {
        let rows = found.jobs.iter().map(|job| {
            vec![
                Cell::Code(job.kind.clone()),
                Cell::text(short(&job.problem)),
                Cell::text(grouped(job.tries)),
                Cell::text(desk.time(job.run_us)),
            ]
        });
        let heads = ["job", "problem", "tries", "next-try"];
        tables.push((
            "jobs",
            lang.say("console-jobs"),
            grouped(waiting.jobs),
            table(desk, "jobs", &heads, rows.collect()),
        ));
    }
    tables
}

/// One of the lists as a file, e.g. `appeals.csv`.
async fn csv(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, list)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let found = state.app.work_waiting(&desk.caller, &desk.programme).await;
    let found = found.map_err(|e| desk.oops(e))?;
    let mut tables = tables(&desk, &found).into_iter();
    let asked = tables.find(|(word, ..)| list.strip_suffix(".csv") == Some(*word));
    let (.., table) = asked.ok_or_else(|| desk.oops(Refused::NotFound("list")))?;
    Ok(of_table(&format!("{slug}-{list}"), &table))
}

fn table(desk: &Desk, word: &str, heads: &[&str], rows: Vec<Vec<Cell>>) -> Table {
    let lang = desk.lang;
    Table {
        caption: lang.say(&format!("console-{word}")),
        columns: heads
            .iter()
            .map(|head| Column::text(lang.say(&format!("console-{head}"))))
            .collect(),
        csv: (!rows.is_empty()).then(|| desk.at(&format!("/waiting/{word}.csv"))),
        rows,
        empty: lang.say("console-nothing-waits"),
        ..Table::default()
    }
}

/// What was done, leading to its record.
fn to_record(desk: &Desk, record: &RecordView) -> Cell {
    let title = record.act.as_ref().map(|act| act.title.in_lang(desk.lang.into()));
    let id = record.record.map(|id| id.to_string()).unwrap_or_default();
    Cell::link(
        desk.at(&format!("/records/{}/{id}", record.participant)),
        title.unwrap_or_default(),
    )
}

/// The beginning of a long text; the whole stands where one decides.
fn short(text: &str) -> String {
    match text.char_indices().nth(120) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
