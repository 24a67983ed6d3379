//! One record: everything about it, its reversal, its appeal.

use app::{Error, RecordDetail, Refused, ReversalState, Standing};
use axum::Form;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::activity::Channel;
use domain::measure::{EntryId, ParticipantId};
use domain::methodology::Line;
use domain::programme::Deed;
use serde::Deserialize;

use super::super::super::home::grade_words;
use super::super::super::why::symbols;
use super::super::super::{Ours, carbon, split};
use super::super::audit::deeds;
use super::super::{Desk, address, desk, standing, wrong};
use crate::State;
use crate::door::{Oops, Signed, reason_words, status, words};
use crate::lang::Lang;
use crate::show::{
    Cell, Choice, Column, Fact, Form as FormView, FormField, Input, RecordPage, Reversal, SecondPerson, Table,
};

type Ids = (ParticipantId, EntryId);

fn ids(desk: &Desk, participant: &str, record: &str) -> Result<Ids, Oops> {
    let unknown = || desk.oops(Refused::NotFound("record"));
    let participant = participant.parse().map_err(|_| unknown())?;
    Ok((participant, record.parse().map_err(|_| unknown())?))
}

#[derive(Deserialize)]
pub(super) struct Done {
    done: Option<String>,
}

pub(super) async fn record(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, record)): Path<(String, String, String)>,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let ids = ids(&desk, &participant, &record)?;
    let done = match done.done.as_deref() {
        Some(word @ ("ask" | "agree" | "decline" | "appeal")) => Some(lang.say(&format!("console-done-{word}"))),
        _ => None,
    };
    page(&state, &desk, ids, done, None).await
}

/// A record's page; `typed` is a form that was refused, with why.
async fn page(
    state: &State,
    desk: &Desk,
    ids: Ids,
    done: Option<String>,
    typed: Option<(&Act, Refused)>,
) -> Result<Response, Oops> {
    let lang = desk.lang;
    let found = state
        .app
        .record_detail(&desk.caller, &desk.programme, ids, lang.into())
        .await
        .map_err(|e| desk.oops(e))?;
    let status = typed.as_ref().map_or(StatusCode::OK, |(_, refused)| status(refused));
    let (record, (tone, key)) = (&found.record, standing(found.record.state));
    let Some(act) = &record.act else {
        return Err(desk.oops(Refused::NotFound("record")));
    };
    let points = desk.points(record.points_milli);
    let mut facts = vec![
        Fact::new(lang.say("console-booked"), desk.time(record.booked_us)),
        Fact::new(lang.say("console-day"), &*act.day),
        Fact::new(lang.say("console-points"), format!("{} {}", points.value, points.unit)),
        Fact::new(lang.say("console-methodology"), &*act.methodology),
        Fact::new(lang.say("console-record-id"), ids.1.to_string()),
        Fact::new(lang.say("console-participant-id"), ids.0.to_string()),
    ];
    if let Some(answer) = &record.appeal_answer {
        facts.push(Fact::new(lang.say("console-answer"), &**answer));
    }
    let reason = record.reason.as_deref();
    let reason = reason.map(|code| reason_words(code, record.detail.as_deref(), lang));
    let page = RecordPage {
        lang,
        back: desk.at("/records"),
        title: act.title.in_lang(lang.into()).to_owned(),
        when: span(desk, act.started_us, act.ended_us),
        amount: split(&carbon(record.mg, lang)),
        state: (tone, lang.say(key)),
        read_only: desk.is_reader(),
        done,
        // what is wrong with a field is said there
        error: typed
            .as_ref()
            .filter(|(_, refused)| !matches!(refused, Refused::Invalid { .. }))
            .map(|(_, refused)| words(refused, None, lang)),
        reason,
        facts,
        evidence: evidence(desk, &found, act),
        photo: record
            .submission
            .filter(|_| desk.can(Deed::ReadEvidence))
            .map(|submission| photo(desk, submission, ids.0)),
        inputs: found
            .working
            .inputs
            .iter()
            .map(|line| Fact::new(&line.label, value(line)))
            .collect(),
        steps: steps(desk, &found, act),
        factors: factors(desk, &found),
        participant: desk.at(&format!("/participants/{}", ids.0)),
        appeal: found
            .appeal
            .clone()
            .map(|words| (words, decision(desk, &found, ids, typed.as_ref()))),
        reversal: reversal(desk, &found, ids, typed.as_ref()),
        deeds: deeds(state, desk, &format!("record {} {}", ids.0, ids.1)).await?,
    };
    let mut response = desk.page("/records", page.title.clone(), page.render())?;
    *response.status_mut() = status;
    Ok(response)
}

fn photo(desk: &Desk, submission: EntryId, participant: ParticipantId) -> String {
    let whose = [
        ("programme", desk.programme.slug.as_str()),
        ("participant", &participant.to_string()),
    ];
    address(&format!("/evidence/{submission}"), &whose)
}

fn span(desk: &Desk, from_us: i64, to_us: i64) -> String {
    if from_us == to_us {
        return desk.time(from_us);
    }
    format!("{} – {}", desk.time(from_us), desk.time(to_us))
}

fn evidence(desk: &Desk, found: &RecordDetail, act: &app::ActView) -> Vec<Fact> {
    let lang = desk.lang;
    let channel = match found.channel {
        Channel::Declaration => "declaration",
        Channel::Photo => "photo",
        Channel::Device => "device",
        Channel::Partner => "partner",
        Channel::Track => "track",
        Channel::Steps => "steps",
        Channel::Meter => "meter",
    };
    let mut facts = vec![
        Fact::new(lang.say("console-grade"), grade_words(act.grade, lang)),
        Fact::new(
            lang.say("console-channel"),
            lang.say(&format!("console-channel-{channel}")),
        ),
    ];
    if let Some(partner) = &found.partner {
        facts.push(Fact::new(lang.say("console-partner"), &**partner));
    }
    if let Some(event) = &act.event {
        facts.push(Fact::new(lang.say("console-event"), &**event));
    }
    if found.photo && found.record.submission.is_none() {
        facts.push(Fact::new(lang.say("console-photo"), lang.say("console-photo-kept")));
    }
    facts
}

/// A value with its unit, marked where it was cut to be shown.
fn value(line: &Line) -> String {
    let sign = if line.exact { "" } else { "≈ " };
    let unit = line.unit.replace("CO2e", "CO₂e");
    format!("{sign}{} {unit}", line.value).trim_end().to_owned()
}

fn steps(desk: &Desk, found: &RecordDetail, act: &app::ActView) -> Table {
    let (lang, working) = (desk.lang, &found.working);
    let line = |sign: &str, line: &Line| {
        let text = format!("{sign}{}", line.label);
        let below = symbols(&line.formula).replace("CO2e", "CO₂e");
        vec![Cell::Two { text, below }, Cell::text(value(line))]
    };
    let mut rows: Vec<Vec<Cell>> = working.steps.iter().map(|step| line("", step)).collect();
    rows.push(line("", &working.baseline));
    rows.push(line("− ", &working.project));
    rows.extend(working.leakage.iter().map(|leakage| line("− ", leakage)));
    let weight = domain::measure::Decimal::new(i64::from(act.weight_thousandths), 1);
    let grade = lang.say_with("activity-weight", &[("grade", act.grade.to_string().as_str())]);
    rows.push(vec![
        Cell::text(format!("× {grade}")),
        Cell::text(format!("{weight} %")),
    ]);
    for (per, mg) in &found.record.cuts {
        let per = lang.say(&format!("refusal-per-{per}"));
        let words = lang.say_with("activity-above-cap", &[("per", per.as_str())]);
        rows.push(vec![Cell::text(format!("− {words}")), Cell::text(carbon(*mg, lang))]);
    }
    if !matches!(found.record.state, Standing::Refused | Standing::Appealed) {
        let words = format!("= {}", lang.say("activity-credited"));
        rows.push(vec![Cell::text(words), Cell::text(carbon(found.record.mg, lang))]);
    }
    Table {
        caption: lang.say("activity-worked"),
        columns: vec![
            Column::text(lang.say("console-step")),
            Column::number(lang.say("console-value")),
        ],
        rows,
        ..Table::default()
    }
}

fn factors(desk: &Desk, found: &RecordDetail) -> Table {
    let lang = desk.lang;
    let rows = found.working.factors.iter().map(|factor| {
        let source = factor.url.as_deref().filter(|url| url.starts_with("https://"));
        vec![
            Cell::Two {
                text: factor.label.clone(),
                below: format!("{} · {} · {}", factor.region, factor.year, factor.kind),
            },
            Cell::text(format!("{} {}", factor.value, factor.unit.replace("CO2e", "CO₂e"))),
            match source {
                Some(url) => Cell::link(url, &*factor.source),
                None => Cell::text(&*factor.source),
            },
        ]
    });
    Table {
        caption: lang.say("activity-factors"),
        columns: vec![
            Column::text(lang.say("console-factor")),
            Column::number(lang.say("console-value")),
            Column::text(lang.say("activity-source")),
        ],
        rows: rows.collect(),
        empty: lang.say("console-none"),
        ..Table::default()
    }
}

/// How a reversal stands, and what this person can do about it.
fn reversal(desk: &Desk, found: &RecordDetail, ids: Ids, typed: Option<&(&Act, Refused)>) -> Option<Reversal> {
    let lang = desk.lang;
    let (asks, answers) = (desk.can(Deed::RequestReversal), desk.can(Deed::ApproveReversal));
    let action = desk.at(&format!("/records/{}/{}/reversal", ids.0, ids.1));
    let form = |word: &str, key: &str, typed: Option<&(&Act, Refused)>| {
        let typed = typed.filter(|(act, _)| act.word == word);
        let of_field = typed.and_then(|(_, refused)| wrong(refused, "why", &lang.say("console-why-needed"), lang).0);
        let why = typed.map(|(act, _)| act.why.clone()).unwrap_or_default();
        let mut form = FormView::new(&*action, &*desk.csrf, lang.say(key)).with(FormField::hidden("word", word));
        if word != "agree" {
            let field = FormField::new("why", lang.say("console-why"), Input::Area);
            form = form.with(field.value(why).hint(lang.say("console-why-hint")).error(of_field));
        }
        form.danger = word == "ask";
        form
    };
    let open = found.reversal.as_ref().filter(|reversal| !reversal.declined);
    match open {
        None if found.record.state == Standing::Credited && asks => Some(Reversal {
            facts: declined(desk, found.reversal.as_ref()),
            next: SecondPerson::Forms(vec![form("ask", "console-ask", typed)]),
        }),
        None => None,
        Some(open) => {
            let facts = vec![
                Fact::new(lang.say("console-why"), &*open.why),
                Fact::new(lang.say("console-asked-by"), &*open.asker),
            ];
            let next = match (open.reversing, answers) {
                (Some(_), _) => SecondPerson::Nothing,
                (None, true) if !open.own => SecondPerson::Forms(vec![
                    form("agree", "console-agree", typed),
                    form("decline", "console-decline", typed),
                ]),
                (None, _) if desk.is_reader() => SecondPerson::Nothing,
                (None, _) => SecondPerson::Other {
                    button: lang.say("console-agree"),
                    why: lang.say(if open.own {
                        "console-second-person"
                    } else {
                        "console-finance-agrees"
                    }),
                },
            };
            Some(Reversal { facts, next })
        }
    }
}

fn declined(desk: &Desk, reversal: Option<&ReversalState>) -> Vec<Fact> {
    let lang = desk.lang;
    let declined = reversal.filter(|reversal| reversal.declined);
    declined
        .map(|reversal| Fact::new(lang.say("console-declined-before"), &*reversal.why))
        .into_iter()
        .collect()
}

/// The form that answers an appeal, for those who may.
fn decision(desk: &Desk, found: &RecordDetail, ids: Ids, typed: Option<&(&Act, Refused)>) -> SecondPerson {
    let lang = desk.lang;
    if !desk.can(Deed::DecideAppeal) {
        return SecondPerson::Nothing;
    }
    if found.own {
        return SecondPerson::Other {
            button: lang.say("console-decide"),
            why: lang.say("console-own-case-words"),
        };
    }
    let chosen = typed.map(|(act, _)| act.word.as_str()).unwrap_or_default();
    let choices = [("", "choose"), ("uphold", "uphold"), ("dismiss", "dismiss")]
        .map(|(value, key)| Choice::new(value, lang.say(&format!("console-{key}")), chosen == value));
    let of_field = typed.and_then(|(_, refused)| wrong(refused, "answer", &lang.say("console-answer-needed"), lang).0);
    let action = desk.at(&format!("/records/{}/{}/appeal", ids.0, ids.1));
    let form = FormView::new(action, &*desk.csrf, lang.say("console-decide"))
        .with(FormField::new(
            "word",
            lang.say("console-decision"),
            Input::Select(choices.to_vec()),
        ))
        .with(
            FormField::new("answer", lang.say("console-answer"), Input::Area)
                .value(typed.map(|(act, _)| act.answer.clone()).unwrap_or_default())
                .hint(lang.say("console-answer-hint"))
                .error(of_field),
        );
    SecondPerson::Forms(vec![form])
}

/// What a form of a record's page asks for.
#[derive(Deserialize)]
pub(super) struct Act {
    csrf: String,
    /// `ask`, `agree` or `decline` a reversal; `uphold` or `dismiss` an appeal.
    word: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    answer: String,
}

pub(super) async fn act(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, record)): Path<(String, String, String)>,
    Form(form): Form<Act>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    desk.check(&form.csrf)?;
    let ids = ids(&desk, &participant, &record)?;
    let (app, caller, programme) = (&state.app, &desk.caller, &desk.programme);
    let (outcome, done) = match form.word.as_str() {
        "ask" => (app.request_reversal(caller, programme, ids, &form.why).await, "ask"),
        "agree" => {
            let agreed = app.approve_reversal_telling(caller, programme, ids, Some(crate::show::taken_back));
            (agreed.await.map(drop), "agree")
        }
        "decline" => (app.decline_reversal(caller, programme, ids, &form.why).await, "decline"),
        word @ ("uphold" | "dismiss") => {
            let upheld = word == "uphold";
            let decided = app.decide_appeal(caller, programme, ids, upheld, &form.answer).await;
            (decided, "appeal")
        }
        _ => (Err(Refused::NotFound("decision").into()), ""),
    };
    match outcome {
        Ok(()) => {
            let to = desk.at(&format!("/records/{}/{}", ids.0, ids.1));
            Ok(Redirect::to(&address(&to, &[("done", done)])).into_response())
        }
        Err(Error::Refused(refused)) => page(&state, &desk, ids, None, Some((&form, refused))).await,
        Err(error) => Err(desk.oops(error)),
    }
}
