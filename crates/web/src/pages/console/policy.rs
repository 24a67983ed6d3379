//! The evidence policy: read, tried on last month, put in force; and what became of evidence and of raw files.

use app::{DryRun, DryRunView, Error, Fate, PolicyInForce, PolicyView, Refused, Retention};
use axum::Form as Posted;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Query, State as Shared};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::evidence::policy::Plain;
use domain::evidence::{Action, Policy, Rule, SIGNS};
use domain::measure::{Carbon, Decimal};
use domain::programme::Deed;
use serde::Deserialize;

use super::super::{Ours, carbon};
use super::{Desk, desk, grouped};
use crate::State;
use crate::door::{Oops, Signed, status, words};
use crate::lang::Lang;
use crate::show::months::{months_table, reasons, sign_words};
use crate::show::{Cell, Column, Fact, Folio, FolioBlock as Block, Form, FormField as Field, Input, Section, Table};

const ROOM: &str = "/evidence";
/// A text of the largest size with its form around it, each byte escaped.
const FORM_BYTES: usize = 256 * 1024;
/// Seconds after which a page whose trial still runs asks again.
const AGAIN: &str = "2";

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{slug}/evidence", get(show))
        .route(
            "/console/{slug}/evidence/new",
            get(ask).post(check).layer(DefaultBodyLimit::max(FORM_BYTES)),
        )
        .route("/console/{slug}/evidence/draft/{id}", get(draft))
        .route("/console/{slug}/evidence/draft/{id}/publish", post(publish))
}

/// How a limit is written.
enum Unit {
    Plain,
    Permille,
    Grams,
    /// Tenths of km/h.
    Speed,
}

/// Every limit in the order in which it is told; a test holds the list to the policy.
const LIMITS: [(&str, Unit); 36] = [
    ("ask_from_risk", Unit::Plain),
    ("audit_permille", Unit::Permille),
    ("ask_above_g", Unit::Grams),
    ("two_reviewers_above_g", Unit::Grams),
    ("report_within_days", Unit::Plain),
    ("appeal_days", Unit::Plain),
    ("photo_age_hours", Unit::Plain),
    ("photo_off_minutes", Unit::Plain),
    ("photo_alike_permille", Unit::Permille),
    ("photo_resembles_permille", Unit::Permille),
    ("photo_side", Unit::Plain),
    ("dark_mean", Unit::Plain),
    ("place_metres", Unit::Plain),
    ("text_off_minutes", Unit::Plain),
    ("track_age_days", Unit::Plain),
    ("track_points", Unit::Plain),
    ("straight_permille", Unit::Permille),
    ("regular_permille", Unit::Permille),
    ("gap_seconds", Unit::Plain),
    ("again_metres", Unit::Plain),
    ("walk_p85", Unit::Speed),
    ("cycle_p85", Unit::Speed),
    ("cycle_mean", Unit::Speed),
    ("teleport", Unit::Speed),
    ("steps_ask", Unit::Plain),
    ("steps_refuse", Unit::Plain),
    ("steps_a_minute", Unit::Plain),
    ("night_steps", Unit::Plain),
    ("restless_hours", Unit::Plain),
    ("flat_permille", Unit::Permille),
    ("proofs_an_hour", Unit::Plain),
    ("proofs_a_day", Unit::Plain),
    ("accounts_a_device", Unit::Plain),
    ("meter_units_a_day", Unit::Plain),
    ("track_days", Unit::Plain),
    ("photo_days", Unit::Plain),
];

#[derive(Deserialize)]
struct Done {
    done: Option<String>,
}

async fn show(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let (app, caller, programme) = (&state.app, &desk.caller, &desk.programme);
    let oops = |e: Error| desk.oops(e);
    let in_force = app.policy_in_force(caller, programme).map_err(oops)?;
    let history = app.policy_history(caller, programme).await.map_err(oops)?;
    let months = app.evidence_months(programme).await.map_err(oops)?;
    let kept = app.retention(caller, programme).await.map_err(oops)?;
    let mut folio = Folio {
        words: lang.say("policy-words"),
        said: done.done.map(|_| (false, lang.say("policy-done"))),
        ..Folio::new(lang, lang.say("policy-title"))
    };
    if desk.can(Deed::ManagePolicy) {
        folio
            .acts
            .push((desk.at("/evidence/new"), lang.say("policy-try"), true));
    }
    let mut figures = Section::new("months", lang.say("policy-months"))
        .words(lang.say("policy-months-words"))
        .wide()
        .with(Block::Table(months_table(
            &months,
            Some(format!("/p/{}/evidence.csv", programme.slug)),
            lang,
        )));
    let why = reasons(&months, lang);
    if !why.is_empty() {
        figures = figures
            .with(Block::Words(lang.say("policy-reasons")))
            .with(Block::Facts(why));
    }
    let folio = folio
        .with(figures)
        .with(raw_files(&kept, lang))
        .with(changes(&desk, &in_force, &history))
        .with(behaviours(&in_force.policy, lang))
        .with(limits(&in_force.policy, lang))
        .with(consequences(&in_force.policy, lang));
    desk.page(ROOM, lang.say("policy-title"), folio.render())
}

fn raw_files(kept: &Retention, lang: Lang) -> Section {
    let fact = |key: &str, count| Fact::new(lang.say(&format!("policy-kept-{key}")), grouped(count));
    Section::new("kept", lang.say("policy-kept"))
        .words(lang.say("policy-kept-words"))
        .with(Block::Facts(vec![
            fact("live", kept.live),
            fact("waiting", kept.waiting),
            fact("due", kept.due),
            fact("deleted", kept.deleted),
            fact("overdue", kept.overdue),
        ]))
}

fn changes(desk: &Desk, in_force: &PolicyInForce, history: &[PolicyView]) -> Section {
    let lang = desk.lang;
    let rows = history.iter().map(|one| {
        vec![
            Cell::text(desk.time(one.since_us)),
            Cell::text(one.who.clone().unwrap_or_else(|| lang.say("policy-software"))),
            Cell::text(one.why.clone()),
        ]
    });
    let table = Table {
        caption: lang.say("policy-history"),
        columns: ["when", "who", "why"]
            .map(|key| Column::text(lang.say(&format!("policy-{key}"))))
            .to_vec(),
        rows: rows.collect(),
        empty: lang.say("policy-shipped"),
        ..Table::default()
    };
    let section = Section::new("history", lang.say("policy-history")).with(Block::Table(table));
    if in_force.differences.trim().is_empty() {
        section.with(Block::Words(lang.say("policy-shipped")))
    } else {
        section.with(Block::File(
            lang.say("policy-differences"),
            in_force.differences.clone(),
        ))
    }
}

fn behaviours(policy: &Policy, lang: Lang) -> Section {
    let rows = policy.behaviour.iter().map(|(behaviour, rule)| {
        let kinds: Vec<String> = rule
            .proofs
            .iter()
            .map(|kind| lang.say(&format!("policy-kind-{}", kind.name())))
            .collect();
        vec![
            Cell::Code(behaviour.clone()),
            Cell::text(kinds.join(" · ")),
            Cell::text(asked_for(rule, lang)),
        ]
    });
    let table = Table {
        caption: lang.say("policy-rules"),
        columns: ["behaviour", "proofs", "asks"]
            .map(|key| Column::text(lang.say(&format!("policy-{key}"))))
            .to_vec(),
        rows: rows.collect(),
        ..Table::default()
    };
    Section::new("rules", lang.say("policy-rules"))
        .words(lang.say("policy-rules-words"))
        .wide()
        .with(Block::Table(table))
}

/// What a rule asks of a proof, beside its kind.
fn asked_for(rule: &Rule, lang: Lang) -> String {
    let mut asks = Vec::new();
    if let Some(mode) = rule.mode {
        let name = format!("{mode:?}").to_lowercase();
        asks.push(lang.say(&format!("policy-mode-{name}")));
    }
    for (asked, key) in [
        (rule.camera, "camera"),
        (rule.dark, "dark"),
        (rule.time, "time"),
        (rule.amount, "amount"),
    ] {
        if asked {
            asks.push(lang.say(&format!("policy-asks-{key}")));
        }
    }
    if !rule.words.is_empty() {
        let listed = rule.words.join(", ");
        asks.push(lang.say_with("policy-asks-words", &[("words", listed.as_str())]));
    }
    if !rule.places.is_empty() {
        let count = rule.places.len().to_string();
        asks.push(lang.say_with("policy-asks-places", &[("count", count.as_str())]));
    }
    asks.join(" · ")
}

fn limits(policy: &Policy, lang: Lang) -> Section {
    let values = policy.limits_by_name();
    let line = |(name, unit): &(&str, Unit)| {
        let value = values.get(*name).copied().unwrap_or_default();
        let shown = match unit {
            Unit::Plain => grouped(value),
            Unit::Permille => format!("{} %", Decimal::new(value, 1)),
            Unit::Grams => Carbon::from_mg(value.saturating_mul(1000)).show(lang.into()),
            Unit::Speed => Decimal::new(value, 1).to_string(),
        };
        let key = format!("policy-limit-{}", name.replace('_', "-"));
        lang.say_with(&key, &[("value", shown.as_str())])
    };
    Section::new("limits", lang.say("policy-limits")).with(Block::List(LIMITS.iter().map(line).collect()))
}

fn consequences(policy: &Policy, lang: Lang) -> Section {
    let rows = SIGNS.iter().map(|code| {
        vec![
            Cell::Two {
                text: sign_words(code, lang),
                below: (*code).to_owned(),
            },
            does(policy.action(code), lang),
        ]
    });
    let table = Table {
        caption: lang.say("policy-signs"),
        columns: ["sign", "follows"]
            .map(|key| Column::text(lang.say(&format!("policy-{key}"))))
            .to_vec(),
        rows: rows.collect(),
        ..Table::default()
    };
    Section::new("signs", lang.say("policy-signs")).with(Block::Table(table))
}

fn does(action: Action, lang: Lang) -> Cell {
    let (tone, word) = match action {
        Action::Risk(risk) => {
            let risk = risk.to_string();
            return Cell::text(lang.say_with("policy-does-risk", &[("risk", risk.as_str())]));
        }
        Action::Plain(Plain::Note) => ("calm", "note"),
        Action::Plain(Plain::Lower) => ("calm", "lower"),
        Action::Plain(Plain::Raise) => ("", "raise"),
        Action::Plain(Plain::Ask) => ("wait", "ask"),
        Action::Plain(Plain::Refuse) => ("no", "refuse"),
    };
    Cell::chip(tone, lang.say(&format!("policy-does-{word}")))
}

/// Only who may change the policy comes here.
fn manager(state: &State, signed: Signed, lang: Lang, slug: &str) -> Result<Desk, Oops> {
    let desk = desk(&state.app, signed, lang, slug)?;
    if desk.can(Deed::ManagePolicy) {
        Ok(desk)
    } else {
        Err(desk.oops(Refused::NotFound("page for this role")))
    }
}

async fn ask(Shared(state): Ours, lang: Lang, signed: Signed, Path(slug): Path<String>) -> Result<Response, Oops> {
    let desk = manager(&state, signed, lang, &slug)?;
    let policy = state.app.policy_in_force(&desk.caller, &desk.programme);
    let differences = policy.map_err(|e| desk.oops(e))?.differences;
    page(&desk, differences, None)
}

fn page(desk: &Desk, differences: String, error: Option<String>) -> Result<Response, Oops> {
    let lang = desk.lang;
    let form = Form::new(desk.at("/evidence/new"), &desk.csrf, lang.say("policy-check")).with(
        Field::new("differences", lang.say("policy-differences"), Input::Area)
            .value(differences)
            .hint(lang.say("policy-edit-words"))
            .error(error)
            .optional(),
    );
    let folio = Folio::new(lang, lang.say("policy-edit"))
        .back(desk.at(ROOM), lang.say("policy-title"))
        .with(
            Section::new("write", lang.say("policy-differences"))
                .wide()
                .with(Block::Form(form)),
        );
    desk.page(ROOM, lang.say("policy-edit"), folio.render())
}

#[derive(Deserialize)]
struct Draft {
    csrf: String,
    #[serde(default)]
    differences: String,
}

async fn check(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Posted(form): Posted<Draft>,
) -> Result<Response, Oops> {
    let desk = manager(&state, signed, lang, &slug)?;
    desk.check(&form.csrf)?;
    // a form sends line breaks as CR LF
    let differences = form.differences.replace("\r\n", "\n");
    match state.app.try_policy(&desk.caller, &desk.programme, &differences) {
        Ok(id) => Ok(Redirect::to(&desk.at(&format!("/evidence/draft/{id}"))).into_response()),
        Err(Error::Refused(refused @ Refused::Invalid { .. })) => {
            let what = match &refused {
                Refused::Invalid { what, .. } => what.clone(),
                other => words(other, None, lang),
            };
            let mut response = page(&desk, differences, Some(what))?;
            *response.status_mut() = status(&refused);
            Ok(response)
        }
        Err(error) => Err(desk.oops(error)),
    }
}

async fn draft(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let desk = manager(&state, signed, lang, &slug)?;
    draft_page(&state, &desk, &id, None)
}

fn draft_page(state: &State, desk: &Desk, id: &str, error: Option<&Refused>) -> Result<Response, Oops> {
    let lang = desk.lang;
    let view = match state.app.tried_policy(&desk.caller, &desk.programme, id) {
        Ok(view) => view,
        Err(Error::Refused(Refused::NotFound(_))) => {
            let folio = Folio {
                words: lang.say("policy-gone-words"),
                ..Folio::new(lang, lang.say("policy-gone"))
            }
            .back(desk.at("/evidence/new"), lang.say("policy-edit"));
            let mut response = desk.page(ROOM, lang.say("policy-gone"), folio.render())?;
            *response.status_mut() = StatusCode::NOT_FOUND;
            return Ok(response);
        }
        Err(error) => return Err(desk.oops(error)),
    };
    let form = Form::new(
        desk.at(&format!("/evidence/draft/{id}/publish")),
        &desk.csrf,
        lang.say("policy-publish"),
    )
    .with(Field::line("why", lang.say("policy-why")).error(error.map(|refused| words(refused, None, lang))));
    let folio = Folio {
        chips: vec![("wait", lang.say("methodology-draft"))],
        ..Folio::new(lang, lang.say("policy-title"))
    }
    .back(desk.at("/evidence/new"), lang.say("policy-edit"))
    .with(month(desk, &view))
    .with(
        Section::new("publish", lang.say("policy-publish"))
            .words(lang.say("policy-publish-words"))
            .with(Block::Form(form)),
    )
    .with(
        Section::new("text", lang.say("policy-differences"))
            .with(Block::File(lang.say("policy-differences"), view.differences.clone())),
    );
    let mut response = desk.page(ROOM, lang.say("policy-title"), folio.render())?;
    if view.outcome.is_none() {
        let refresh = HeaderName::from_static("refresh");
        response.headers_mut().insert(refresh, HeaderValue::from_static(AGAIN));
    }
    Ok(response)
}

/// Last month under the draft.
fn month(desk: &Desk, view: &DryRunView) -> Section {
    let lang = desk.lang;
    let (first, last) = (view.month.0.to_string(), view.month.1.to_string());
    let days = [("first", first.as_str()), ("last", last.as_str())];
    let section = Section::new("month", lang.say("policy-month"))
        .words(lang.say_with("policy-month-words", &days))
        .wide();
    match &view.outcome {
        None => {
            let shown = view.percent.to_string();
            let words = lang.say_with("policy-running", &[("percent", shown.as_str())]);
            section.with(Block::Progress(view.percent, words))
        }
        Some(Err(_)) => section.with(Block::Say(true, lang.say("policy-failed"))),
        Some(Ok(run)) => outcome(desk, section, run),
    }
}

fn count(number: u64) -> String {
    grouped(i64::try_from(number).unwrap_or(i64::MAX))
}

fn sum(mg: i128, lang: Lang) -> String {
    carbon(i64::try_from(mg).unwrap_or(i64::MAX), lang)
}

fn fate(fate: Fate, lang: Lang) -> Cell {
    let tone = match fate {
        Fate::Credited => "",
        Fate::Asked => "wait",
        Fate::Refused => "no",
    };
    Cell::chip(tone, lang.say(&format!("policy-fate-{}", fate.name())))
}

fn outcome(desk: &Desk, section: Section, run: &DryRun) -> Section {
    let lang = desk.lang;
    let fact = |key: &str, number| Fact::new(lang.say(&format!("policy-{key}")), count(number));
    let mut section = section.with(Block::Figures(vec![
        fact("decisions", run.decisions),
        fact("reports", run.reports),
        fact("left-out", run.left_out),
        fact("changed", run.changed()),
    ]));
    if run.changed() == 0 {
        return section.with(Block::Words(lang.say("policy-nothing")));
    }
    let word = |key: &str| lang.say(&format!("policy-{key}"));
    let moves = Fate::ALL.into_iter().flat_map(|from| {
        let to = Fate::ALL.into_iter().filter(move |to| *to != from);
        to.map(move |to| (from, to, run.moves[from as usize][to as usize]))
    });
    let rows = moves.filter(|(.., (acts, _))| *acts > 0).map(|(from, to, (acts, mg))| {
        vec![
            fate(from, lang),
            fate(to, lang),
            Cell::text(count(acts)),
            Cell::text(sum(mg, lang)),
        ]
    });
    let columns = vec![
        Column::text(word("from")),
        Column::text(word("to")),
        Column::number(word("count")),
        Column::number(word("grams")),
    ];
    let table = |caption: String, columns: Vec<Column>, rows: Vec<Vec<Cell>>| Table {
        caption,
        columns,
        rows,
        ..Table::default()
    };
    section = section.with(Block::Table(table(word("changed"), columns.clone(), rows.collect())));
    let signs = run.signs.iter().map(|((code, from, to), (acts, mg))| {
        vec![
            Cell::Two {
                text: sign_words(code, lang),
                below: code.clone(),
            },
            fate(*from, lang),
            fate(*to, lang),
            Cell::text(count(*acts)),
            Cell::text(sum(*mg, lang)),
        ]
    });
    let mut by_sign = vec![Column::text(word("sign"))];
    by_sign.extend(columns);
    section = section.with(Block::Table(table(word("by-sign"), by_sign, signs.collect())));
    let examples = run.examples.iter().map(|one| {
        let name = one.about.to_string();
        // what waits for a person is no record yet
        let record = one.record.filter(|_| desk.can(Deed::ReadParticipant));
        vec![
            match record {
                Some(record) => Cell::link(desk.at(&format!("/records/{}/{record}", one.participant)), name),
                None => Cell::Code(name),
            },
            fate(one.from, lang),
            fate(one.to, lang),
            Cell::text(sign_words(&one.sign, lang)),
            Cell::text(carbon(one.mg, lang)),
        ]
    });
    let columns = vec![
        Column::text(word("example")),
        Column::text(word("from")),
        Column::text(word("to")),
        Column::text(word("sign")),
        Column::number(word("grams")),
    ];
    section.with(Block::Fold(
        word("examples"),
        table(word("examples"), columns, examples.collect()),
    ))
}

#[derive(Deserialize)]
struct Publish {
    csrf: String,
    #[serde(default)]
    why: String,
}

async fn publish(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Posted(form): Posted<Publish>,
) -> Result<Response, Oops> {
    let desk = manager(&state, signed, lang, &slug)?;
    desk.check(&form.csrf)?;
    let (app, caller, programme) = (&state.app, &desk.caller, &desk.programme);
    let set = match app.tried_policy(caller, programme, &id) {
        Ok(view) => {
            app.set_policy(caller, programme, &view.differences, form.why.trim())
                .await
        }
        Err(error) => Err(error),
    };
    match set {
        Ok(()) => Ok(Redirect::to(&desk.at("/evidence?done=policy")).into_response()),
        Err(Error::Refused(refused)) => {
            let mut response = draft_page(&state, &desk, &id, Some(&refused))?;
            *response.status_mut() = status(&refused);
            Ok(response)
        }
        Err(error) => Err(desk.oops(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_told() {
        let mut told: Vec<&str> = LIMITS.iter().map(|(name, _)| *name).collect();
        told.sort_unstable();
        let known = Policy::shipped().limits_by_name();
        let known: Vec<&str> = known.keys().map(String::as_str).collect();
        assert_eq!(told, known);
    }
}
