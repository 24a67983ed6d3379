//! A new version: written, checked, decided on last month, published.

use app::{Comparison, DraftView, Error, Progress, Refused, Shift};
use axum::Form as Posted;
use axum::extract::{Multipart, Path, State as Shared};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use domain::programme::Deed;
use serde::Deserialize;

use super::super::super::{Ours, carbon};
use super::super::{Desk, desk};
use super::compare::{change, compared};
use super::read::sections;
use super::{ROOM, grouped};
use crate::door::{Oops, Signed, reason_words, status, words};
use crate::lang::Lang;
use crate::show::{
    Cell, Chart, ChartBar, Column, Fact, Folio, FolioBlock as Block, Form, FormField as Field, Input, Section, Table,
};

/// Seconds after which a page whose comparison still runs asks again.
const AGAIN: &str = "3";

/// Only who may publish comes here.
fn editor(state: &crate::State, signed: Signed, lang: Lang, slug: &str) -> Result<Desk, Oops> {
    let desk = desk(&state.app, signed, lang, slug)?;
    if desk.can(Deed::PublishMethodology) {
        Ok(desk)
    } else {
        Err(desk.oops(Refused::NotFound("page for this role")))
    }
}

pub(super) async fn ask(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
) -> Result<Response, Oops> {
    let desk = editor(&state, signed, lang, &slug)?;
    page(&desk, String::new(), None)
}

fn page(desk: &Desk, text: String, faults: Option<Vec<String>>) -> Result<Response, Oops> {
    let lang = desk.lang;
    let form = Form::new(desk.at("/methodologies/new"), &desk.csrf, lang.say("methodology-check"))
        .with(
            Field::new(
                "file",
                lang.say("methodology-upload"),
                Input::File {
                    accept: ".toml,text/plain",
                },
            )
            .optional(),
        )
        .with(
            Field::new("text", lang.say("methodology-paste"), Input::Area)
                .value(text)
                .hint(lang.say("methodology-paste-words"))
                .optional(),
        );
    let mut folio = Folio {
        words: lang.say("methodology-new-words"),
        ..Folio::new(lang, lang.say("methodology-new"))
    }
    .back(desk.at(ROOM), lang.say("console-methodologies"));
    if let Some(faults) = faults {
        let count = faults.len().to_string();
        folio.said = Some((
            true,
            lang.say_with("methodology-faults-count", &[("count", count.as_str())]),
        ));
        folio = folio.with(
            Section::new("faults", lang.say("methodology-faults"))
                .wide()
                .with(Block::List(faults)),
        );
    }
    let folio = folio.with(
        Section::new("write", lang.say("methodology-file"))
            .wide()
            .with(Block::Form(form)),
    );
    desk.page(ROOM, lang.say("methodology-new"), folio.render())
}

pub(super) async fn check(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    mut form: Multipart,
) -> Result<Response, Oops> {
    let desk = editor(&state, signed, lang, &slug)?;
    let (mut csrf, mut text, mut file) = (String::new(), String::new(), String::new());
    let invalid = |what: String| {
        let field = "file".to_owned();
        Oops::new(Error::Refused(Refused::Invalid { field, what }), lang)
    };
    while let Some(field) = form.next_field().await.map_err(|e| invalid(e.body_text()))? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(|e| invalid(e.body_text()))?;
        let value = String::from_utf8_lossy(&bytes).into_owned();
        match name.as_str() {
            "csrf" => csrf = value,
            "text" => text = value,
            "file" => file = value,
            _ => {}
        }
    }
    desk.check(&csrf)?;
    // a form sends line breaks as CR LF; the file has its own
    let text = if file.trim().is_empty() {
        text.replace("\r\n", "\n")
    } else {
        file
    };
    let drafted = state.app.draft_methodology(&desk.caller, &desk.programme, &text);
    match drafted.map_err(|e| desk.oops(e))? {
        Ok(id) => Ok(Redirect::to(&desk.at(&format!("/methodologies/draft/{id}"))).into_response()),
        Err(faults) => {
            let faults = faults.iter().map(ToString::to_string).collect();
            let mut response = page(&desk, text, Some(faults))?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

pub(super) async fn show(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let desk = editor(&state, signed, lang, &slug)?;
    draft_page(&state, &desk, &id, None)
}

fn draft_page(state: &crate::State, desk: &Desk, id: &str, error: Option<&Refused>) -> Result<Response, Oops> {
    let lang = desk.lang;
    let draft = match state.app.draft(&desk.caller, &desk.programme, id) {
        Ok(draft) => draft,
        Err(Error::Refused(Refused::NotFound(_))) => {
            let mut response = gone(desk)?;
            *response.status_mut() = StatusCode::NOT_FOUND;
            return Ok(response);
        }
        Err(error) => return Err(desk.oops(error)),
    };
    let catalogue = state.app.catalogue();
    let methodology = &draft.methodology;
    let taken = catalogue.named(&methodology.id, Some(&methodology.version)).ok();
    let title = methodology.title.in_lang(lang.into());
    let mut folio = Folio {
        chips: vec![("wait", lang.say("methodology-draft"))],
        words: methodology.reference(),
        said: error.map(|refused| (true, words(refused, None, lang))),
        ..Folio::new(lang, title)
    }
    .back(desk.at("/methodologies/new"), lang.say("methodology-new"));
    folio = folio.with(month(desk, &draft));
    if let Ok(in_force) = catalogue.methodology_for(desk.programme.id, &methodology.behaviour) {
        folio
            .sections
            .extend(compared(&in_force.methodology, methodology, lang));
    } else {
        let words = lang.say("methodology-first");
        folio = folio.with(
            Section::new("differences", lang.say("methodology-differences"))
                .wide()
                .with(Block::Words(words)),
        );
    }
    let publish = Section::new("publish", lang.say("methodology-publish"));
    folio = folio.with(match taken {
        Some(known) if known.methodology.text != methodology.text => {
            publish.with(Block::Say(true, lang.say("methodology-raise-version")))
        }
        _ => publish
            .words(lang.say("methodology-publish-words"))
            .with(Block::Form(publish_form(desk, id, error))),
    });
    folio.sections.push(
        Section::new("kept", lang.say("methodology-draft-kept"))
            .with(Block::Words(lang.say("methodology-draft-words"))),
    );
    let today = desk.programme.zone.day_of(state.app.now_us());
    folio
        .sections
        .extend(sections(methodology, today, lang).into_iter().filter(|s| s.id != "sum"));
    let mut response = desk.page(ROOM, title, folio.render())?;
    if matches!(draft.progress, Progress::Running(_)) {
        let refresh = HeaderName::from_static("refresh");
        response.headers_mut().insert(refresh, HeaderValue::from_static(AGAIN));
    }
    Ok(response)
}

fn publish_form(desk: &Desk, id: &str, refused: Option<&Refused>) -> Form {
    let lang = desk.lang;
    let address = desk.at(&format!("/methodologies/draft/{id}/publish"));
    let unconfirmed = matches!(refused, Some(Refused::Invalid { field, .. }) if field == "confirm");
    let error = unconfirmed.then(|| lang.say("methodology-confirm-needed"));
    Form::new(address, &desk.csrf, lang.say("methodology-publish"))
        .with(Field::new("confirm", lang.say("methodology-confirm"), Input::Check).error(error))
}

/// A draft that was forgotten.
fn gone(desk: &Desk) -> Result<Response, Oops> {
    let lang = desk.lang;
    let folio = Folio::new(lang, lang.say("methodology-draft-gone"))
        .back(desk.at("/methodologies/new"), lang.say("methodology-new"))
        .with(
            Section::new("kept", lang.say("methodology-draft-kept"))
                .with(Block::Words(lang.say("methodology-draft-words"))),
        );
    desk.page(ROOM, lang.say("methodology-draft-gone"), folio.render())
}

/// Last month under the draft.
fn month(desk: &Desk, draft: &DraftView) -> Section {
    let lang = desk.lang;
    let (first, last) = (draft.month.0.to_string(), draft.month.1.to_string());
    let days = [("first", first.as_str()), ("last", last.as_str())];
    let section = Section::new("month", lang.say("methodology-month"))
        .words(lang.say_with("methodology-month-words", &days))
        .wide();
    match &draft.progress {
        Progress::Running(percent) => {
            let shown = percent.to_string();
            let words = lang.say_with("methodology-running", &[("percent", shown.as_str())]);
            section.with(Block::Progress(*percent, words))
        }
        Progress::Failed(_) => section.with(Block::Say(true, lang.say("methodology-failed"))),
        Progress::Done(comparison) if comparison.records == 0 => {
            section.with(Block::Words(lang.say("methodology-month-none")))
        }
        Progress::Done(comparison) => outcome(desk, section, comparison),
    }
}

/// A sum in mg as grams for people; beyond the range of a record it is shown as the largest.
fn sum(mg: i128, lang: Lang) -> String {
    carbon(i64::try_from(mg).unwrap_or(i64::MAX), lang)
}

fn count(number: u64) -> String {
    grouped(i64::try_from(number).unwrap_or(i64::MAX))
}

fn outcome(desk: &Desk, section: Section, comparison: &Comparison) -> Section {
    let lang = desk.lang;
    let bounded = |mg: i128| i64::try_from(mg).unwrap_or(i64::MAX);
    let (old, new) = (bounded(comparison.old_mg), bounded(comparison.new_mg));
    let figures = vec![
        Fact::new(lang.say("methodology-records"), count(comparison.records)),
        Fact::new(lang.say("methodology-was-credited"), sum(comparison.old_mg, lang)),
        Fact::new(lang.say("methodology-would-be"), sum(comparison.new_mg, lang)),
        Fact::new(lang.say("methodology-change"), change(old, new, lang)),
    ];
    let bars = Shift::ALL.into_iter().map(|shift| {
        let records = comparison.shifts[shift as usize];
        ChartBar {
            label: lang.say(&format!("methodology-shift-{}", shift.name())),
            parts: vec![(i64::try_from(records).unwrap_or(i64::MAX), count(records))],
        }
    });
    let most = comparison.shifts.iter().max().copied().unwrap_or_default();
    let chart = Chart {
        id: "shifts".to_owned(),
        words: lang.say("methodology-shifts-words"),
        series: vec![lang.say("methodology-records")],
        bars: bars.collect(),
        axis: lang.say("methodology-shift"),
        top: count(most),
    };
    let mut section = section.with(Block::Figures(figures)).with(Block::Chart(chart));
    if !comparison.reasons.is_empty() {
        section = section.with(Block::Table(reasons(comparison, lang)));
    }
    if !comparison.top.is_empty() {
        section = section.with(Block::Fold(lang.say("methodology-top"), top(desk, comparison)));
    }
    section
}

fn reasons(comparison: &Comparison, lang: Lang) -> Table {
    let rows = comparison.reasons.iter().map(|(code, (records, mg))| {
        vec![
            Cell::text(plain_reason(code, lang)),
            Cell::text(count(*records)),
            Cell::text(sum(*mg, lang)),
        ]
    });
    Table {
        caption: lang.say("methodology-reasons"),
        columns: vec![
            Column::text(lang.say("methodology-reasons")),
            Column::number(lang.say("methodology-records")),
            Column::number(lang.say("methodology-was-credited")),
        ],
        rows: rows.collect(),
        ..Table::default()
    }
}

/// Why many records would get nothing; the words of one refusal name its limit, which differs here.
fn plain_reason(code: &str, lang: Lang) -> String {
    match code {
        "cap.count" | "cap.mass" => lang.say("methodology-reason-cap"),
        other => reason_words(other, None, lang),
    }
}

fn top(desk: &Desk, comparison: &Comparison) -> Table {
    let lang = desk.lang;
    let rows = comparison.top.iter().map(|top| {
        let new = match top.reason {
            Some(code) => plain_reason(code, lang),
            None => carbon(top.new_mg, lang),
        };
        vec![
            if desk.can(Deed::ReadParticipant) {
                let at = format!("/records/{}/{}", top.participant, top.record);
                Cell::link(desk.at(&at), top.record.to_string())
            } else {
                Cell::Code(top.record.to_string())
            },
            Cell::text(top.day.to_string()),
            Cell::text(carbon(top.old_mg, lang)),
            Cell::text(new),
            Cell::text(change(top.old_mg, top.new_mg, lang)),
        ]
    });
    Table {
        caption: lang.say("methodology-top"),
        columns: vec![
            Column::text(lang.say("methodology-record")),
            Column::text(lang.say("methodology-day")),
            Column::number(lang.say("methodology-was-credited")),
            Column::number(lang.say("methodology-would-be")),
            Column::number(lang.say("methodology-change")),
        ],
        rows: rows.collect(),
        ..Table::default()
    }
}

#[derive(Deserialize)]
pub(super) struct Publish {
    csrf: String,
    #[serde(default)]
    confirm: String,
}

pub(super) async fn publish(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Posted(form): Posted<Publish>,
) -> Result<Response, Oops> {
    let desk = editor(&state, signed, lang, &slug)?;
    desk.check(&form.csrf)?;
    let refuse = |refused: &Refused| -> Result<Response, Oops> {
        let mut response = draft_page(&state, &desk, &id, Some(refused))?;
        *response.status_mut() = status(refused);
        Ok(response)
    };
    if form.confirm != "1" {
        let (field, what) = ("confirm".to_owned(), "is needed".to_owned());
        return refuse(&Refused::Invalid { field, what });
    }
    let draft = match state.app.draft(&desk.caller, &desk.programme, &id) {
        Ok(draft) => draft.methodology,
        Err(Error::Refused(refused)) => return refuse(&refused),
        Err(error) => return Err(desk.oops(error)),
    };
    let published = state
        .app
        .publish_methodology(&desk.caller, &desk.programme, &draft.text)
        .await;
    match published {
        Ok(_) => {
            let at = desk.at(&format!("/methodologies/{}/{}", draft.id, draft.version));
            Ok(Redirect::to(&at).into_response())
        }
        Err(Error::Refused(refused)) => refuse(&refused),
        Err(error) => Err(desk.oops(error)),
    }
}
