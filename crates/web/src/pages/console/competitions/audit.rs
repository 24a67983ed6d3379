//! Days against which something speaks, one after the other; and who is disqualified.

use app::{EntrantListed, Error, Refused, SignedDayView};
use axum::Form as Posted;
use axum::Router;
use axum::extract::{Path, Query, State as Shared};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::competition::{Stage, Status};
use domain::measure::{Day, ParticipantId};
use domain::programme::Deed;
use serde::Deserialize;

use super::super::super::Ours;
use super::super::{address, grouped};
use super::{At, participant};
use crate::State;
use crate::door::{Oops, Signed, status, words};
use crate::lang::Lang;
use crate::show::evidence::{Reason, tone_class, tone_words};
use crate::show::months::sign_words;
use crate::show::{
    Chart, ChartBar, DayDeeds, DayPane, DaysPage, Fact, FolioBlock as Block, Form, FormField as Field, Input, Queued,
    Section,
};

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{slug}/competitions/{id}/audit", get(look).post(say))
        .route("/console/{slug}/competitions/{id}/entrants/{who}/out", post(out))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    at: String,
    done: String,
}

/// A day in an address: participant and civil day with a dot between them.
fn place(text: &str) -> Option<(ParticipantId, Day)> {
    let (who, day) = text.split_once('.')?;
    Some((who.parse().ok()?, Day::parse(day)?))
}

fn mark(day: &SignedDayView) -> String {
    format!("{}.{}", day.participant, day.day)
}

/// Whether nobody decided on a day.
fn is_open(day: &SignedDayView) -> bool {
    !day.checked
}

async fn look(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    let said = match asked.done.as_str() {
        word @ ("kept" | "voided") => Some((false, lang.say(&format!("contest-done-{word}")))),
        _ => None,
    };
    page(&state, &at, place(&asked.at), said, None).await
}

/// Whose day it is.
fn name(day: &SignedDayView) -> String {
    if day.alias.is_empty() {
        day.participant.to_string()
    } else {
        day.alias.clone()
    }
}

async fn page(
    state: &State,
    at: &At,
    wanted: Option<(ParticipantId, Day)>,
    said: Option<(bool, String)>,
    refused: Option<&Refused>,
) -> Result<Response, Oops> {
    let (lang, desk) = (at.lang(), &at.desk);
    let days = state.app.signed_days(&desk.caller, &desk.programme, at.id()).await;
    let mut days = days.map_err(|e| desk.oops(e))?;
    // what waits comes first, in the order of days
    days.sort_by_key(|day| !is_open(day));
    let here = wanted.and_then(|(who, day)| days.iter().position(|one| one.participant == who && one.day == day));
    let here = here.or_else(|| (!days.is_empty()).then_some(0));
    let row = |(number, day): (usize, &SignedDayView)| Queued {
        title: name(day),
        worth: at.amount(day.value),
        age: day.day.to_string(),
        who: day.participant.to_string(),
        sign: day.signs.first().map(|sign| (tone(day), short(sign, lang))),
        mark: decided(day, lang),
        href: address(&at.to("/audit"), &[("at", &mark(day))]),
        here: here == Some(number),
    };
    let open = days.iter().filter(|day| is_open(day)).count();
    let pane = match here.and_then(|here| Some((here, days.get(here)?))) {
        Some((number, day)) => Some(pane(state, at, &days, (number, day)).await?),
        None => None,
    };
    let lead = match at.view.stage {
        Stage::Open => lang.say_with("contest-audit-open", &[("when", desk.time(at.view.ends_us).as_str())]),
        Stage::Frozen => lang.say_with(
            "contest-audit-until",
            &[("when", desk.time(at.view.audited_us).as_str())],
        ),
        _ => lang.say("contest-audit-over"),
    };
    let page = DaysPage {
        lang,
        title: at.title().to_owned(),
        back: (desk.at(super::ROOM), lang.say("console-competitions")),
        tabs: at.tabs("/audit"),
        count: grouped(i64::try_from(open).unwrap_or(i64::MAX)),
        read_only: !may_decide(at),
        said,
        lead,
        rows: days.iter().enumerate().map(row).collect(),
        empty: lang.say("contest-audit-none"),
        pane,
    };
    let mut response = desk.page(super::ROOM, at.title(), page.render())?;
    if let Some(refused) = refused {
        *response.status_mut() = status(refused);
    }
    Ok(response)
}

/// A sign in a word or two.
fn short(sign: &str, lang: Lang) -> String {
    lang.say(&format!("review-sign-{}", sign.replace('.', "-")))
}

fn tone(day: &SignedDayView) -> &'static str {
    if is_open(day) { "wait" } else { "calm" }
}

/// What was decided on a day.
fn decided(day: &SignedDayView, lang: Lang) -> Option<String> {
    match (&day.voided, day.checked) {
        (Some(why), _) => Some(lang.say_with("contest-voided", &[("why", why.as_str())])),
        (None, true) => Some(lang.say("contest-day-kept")),
        (None, false) => None,
    }
}

/// Whether a day can be decided on: until results are final.
fn may_decide(at: &At) -> bool {
    matches!(at.view.stage, Stage::Open | Stage::Frozen) && at.desk.can(Deed::ManageCompetition)
}

async fn pane(
    state: &State,
    at: &At,
    days: &[SignedDayView],
    (number, day): (usize, &SignedDayView),
) -> Result<DayPane, Oops> {
    let (lang, desk) = (at.lang(), &at.desk);
    let (who, on) = (day.participant, day.day);
    let app = &state.app;
    let sources = app.day_curves(&desk.caller, &desk.programme, at.id(), who, on).await;
    let sources = sources.map_err(|e| desk.oops(e))?;
    let mut facts = Vec::new();
    let mut curves = Vec::new();
    for (place, source) in sources.iter().enumerate() {
        let told = lang.say_with(
            "contest-told",
            &[
                ("amount", at.amount(source.value).as_str()),
                ("when", desk.time(source.reached_us).as_str()),
            ],
        );
        facts.push(Fact::new(&*source.source, told));
        if let Some(hours) = source.hours {
            let bars = hours.iter().enumerate().map(|(hour, steps)| ChartBar {
                label: hour.to_string(),
                parts: vec![(i64::from(*steps), grouped(i64::from(*steps)))],
            });
            let most = hours.iter().max().copied().unwrap_or(0);
            curves.push(Chart {
                id: format!("hours-{place}"),
                words: lang.say_with("contest-curve", &[("source", source.source.as_str())]),
                axis: lang.say("review-steps-hour"),
                series: vec![lang.say("review-steps")],
                bars: bars.collect(),
                top: grouped(i64::from(most)),
            });
        }
    }
    if let Some(late) = day.late {
        facts.push(Fact::new(lang.say("contest-column-late"), at.amount(late)));
    }
    let policy = app.policy_in_force(&desk.caller, &desk.programme);
    let policy = policy.map_err(|e| desk.oops(e))?.policy;
    let reasons = day.signs.iter().map(|sign| {
        let tone = policy.tone(sign);
        Reason {
            tone: tone_class(tone),
            weight: tone_words(tone, lang),
            words: sign_words(sign, lang),
        }
    });
    let to = |other: &SignedDayView| address(&at.to("/audit"), &[("at", &mark(other))]);
    let (place, count) = ((number + 1).to_string(), days.len().to_string());
    let entrant = at.to(&format!("/entrants/{who}"));
    Ok(DayPane {
        title: format!("{} · {on}", name(day)),
        worth: at.amount(day.value),
        place: lang.say_with("review-place", &[("place", place.as_str()), ("count", count.as_str())]),
        no_curve: curves.is_empty().then(|| lang.say("contest-no-curve")),
        curves,
        reasons: reasons.collect(),
        facts,
        note: decided(day, lang),
        deeds: may_decide(at).then(|| DayDeeds {
            action: at.to("/audit"),
            csrf: desk.csrf.clone(),
            disqualify: format!("{entrant}#out"),
            hidden: vec![("at", mark(day))],
        }),
        previous: number.checked_sub(1).and_then(|before| days.get(before)).map(to),
        next: days.get(number + 1).map(to),
        entrant,
    })
}

#[derive(Deserialize)]
struct Said {
    csrf: String,
    at: String,
    say: String,
    #[serde(default)]
    words: String,
}

async fn say(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Posted(form): Posted<Said>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    let desk = &at.desk;
    desk.check(&form.csrf)?;
    let (who, day) = place(&form.at).ok_or_else(|| desk.oops(Refused::NotFound("day")))?;
    let keep = form.say == "keep";
    let app = &state.app;
    let decided = app
        .check_day(&desk.caller, &desk.programme, at.id(), (who, day), keep, &form.words)
        .await;
    match decided {
        Ok(()) => {
            let days = app.signed_days(&desk.caller, &desk.programme, at.id()).await;
            let days = days.map_err(|e| desk.oops(e))?;
            // on to the next that waits; back to this one if none does
            let next = days.iter().find(|day| is_open(day));
            let to = next.map_or_else(|| format!("{who}.{day}"), mark);
            let done = if keep { "kept" } else { "voided" };
            let to = address(&at.to("/audit"), &[("at", &to), ("done", done)]);
            Ok(Redirect::to(&to).into_response())
        }
        Err(Error::Refused(refused @ (Refused::Invalid { .. } | Refused::Settled(_)))) => {
            let said = match &refused {
                Refused::Invalid { .. } => lang.say("contest-wrong-reason"),
                other => words(other, None, lang),
            };
            page(&state, &at, Some((who, day)), Some((true, said)), Some(&refused)).await
        }
        Err(error) => Err(desk.oops(error)),
    }
}

/// The form that disqualifies an entrant; once results are final, that asks for it.
pub(super) fn out_section(at: &At, one: &EntrantListed) -> Option<Section> {
    let lang = at.lang();
    let (deed, key) = match at.view.stage {
        Stage::Open | Stage::Frozen => (Deed::ManageCompetition, "out"),
        Stage::Closed => (Deed::CorrectResult, "correct"),
        _ => return None,
    };
    if one.entrant.status == Status::Out || !at.desk.can(deed) {
        return None;
    }
    let named = |what: &str| lang.say(&format!("contest-{key}{what}"));
    let form = Form {
        danger: true,
        ..Form::new(
            at.to(&format!("/entrants/{}/out", one.entrant.participant)),
            &at.desk.csrf,
            named("-go"),
        )
    };
    let field = Field::new("reason", lang.say("contest-out-reason"), Input::Area).hint(lang.say("contest-out-hint"));
    Some(
        Section::new("out", named(""))
            .words(named("-words"))
            .with(Block::Form(form.with(field))),
    )
}

#[derive(Deserialize)]
struct Why {
    csrf: String,
    #[serde(default)]
    reason: String,
}

async fn out(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id, who)): Path<(String, String, String)>,
    Posted(form): Posted<Why>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    let desk = &at.desk;
    desk.check(&form.csrf)?;
    let person = participant(desk, &who)?;
    let (app, caller, programme) = (&state.app, &desk.caller, &desk.programme);
    let (done, word) = if at.view.stage == Stage::Closed {
        let asked = app
            .ask_correction(caller, programme, at.id(), person, &form.reason)
            .await;
        (asked.map(|_| ()), "asked")
    } else {
        let out = app.disqualify(caller, programme, at.id(), person, &form.reason).await;
        (out, "out")
    };
    match done {
        Ok(()) => Ok(at.go(&format!("/entrants/{person}?done={word}"))),
        Err(Error::Refused(refused @ (Refused::Invalid { .. } | Refused::Settled(_)))) => {
            let said = match &refused {
                Refused::Invalid { .. } => lang.say("contest-wrong-reason"),
                other => words(other, None, lang),
            };
            let code = Some(status(&refused));
            super::watch::entrant_page(&state, &at, &who, Some((true, said)), code).await
        }
        Err(error) => Err(desk.oops(error)),
    }
}
