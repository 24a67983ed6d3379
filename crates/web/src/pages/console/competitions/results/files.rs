//! Results, awards and leave days as files.

use app::{AwardState, AwardView, Error, Refused};
use axum::extract::{Path, State as Shared};
use axum::response::Response;
use domain::competition::{Stage, What};
use domain::measure::Decimal;

use super::super::super::super::Ours;
use super::super::At;
use crate::State;
use crate::csv::{attachment, in_pages};
use crate::door::{Oops, Signed};
use crate::lang::Lang;

/// Places that are read at once for a file.
const PIECE: u32 = 200;

pub(super) async fn places_csv(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let at = with_results(&state, (signed, lang), &slug, &id).await?;
    let name = format!("{slug}-{}-results.csv", at.id());
    let header = ["rank", "name", "ticket", "team", "score", "shown", "reached"];
    let (app, caller) = (state.app.clone(), at.desk.caller.clone());
    let (programme, id, terms) = (at.desk.programme.clone(), at.id(), at.terms().clone());
    let last = terms.last;
    let page = move |first: u64| {
        let (app, caller, programme, terms) = (app.clone(), caller.clone(), programme.clone(), terms.clone());
        async move {
            let podium = app.podium(&caller, &programme, id, first, PIECE).await?;
            let next = (podium.places.len() == PIECE as usize).then(|| first.saturating_add(u64::from(PIECE)));
            let rows = podium.places.into_iter().map(|row| {
                vec![
                    row.rank.to_string(),
                    row.name.unwrap_or_default(),
                    row.ticket,
                    row.team.unwrap_or_default(),
                    row.score.to_string(),
                    terms.shown(row.score, last).to_string(),
                    programme.zone.clock_time(row.reached_us),
                ]
            });
            Ok::<_, Error>((rows.collect(), next))
        }
    };
    in_pages(&name, &header, 1, page).await.map_err(|e| at.desk.oops(e))
}

/// A competition whose results can be had as files.
async fn with_results(state: &State, (signed, lang): (Signed, Lang), slug: &str, id: &str) -> Result<At, Oops> {
    let at = At::load(state, signed, lang, slug, id).await?;
    if matches!(at.view.stage, Stage::Frozen | Stage::Closed) {
        Ok(at)
    } else {
        Err(at.desk.oops(Refused::NotFound("result")))
    }
}

async fn awards(state: &State, at: &At) -> Result<Vec<AwardView>, Oops> {
    let found = state.app.awards(&at.desk.caller, &at.desk.programme, at.id()).await;
    found.map_err(|e| at.desk.oops(e))
}

pub(super) async fn awards_csv(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let at = with_results(&state, (signed, lang), &slug, &id).await?;
    let header = [
        "prize",
        "what",
        "participant",
        "alias",
        "reference",
        "accounts",
        "rank",
        "team",
        "state",
        "given",
        "note",
    ];
    let found = awards(&state, &at).await?;
    let row = |award: &AwardView| {
        let place = usize::try_from(award.prize).unwrap_or(usize::MAX);
        let prize = at.terms().prizes.get(place);
        let state = match award.state {
            AwardState::Won => "won",
            AwardState::Given => "given",
            AwardState::TakenBack => "taken_back",
        };
        vec![
            award.title.in_lang(lang.into()).to_owned(),
            prize.map(|prize| at.what(prize)).unwrap_or_default(),
            award.participant.to_string(),
            award.alias.clone(),
            award.reference.clone().unwrap_or_default(),
            award.accounts.join(" "),
            award.rank.map(|rank| rank.to_string()).unwrap_or_default(),
            award.team.clone().unwrap_or_default(),
            state.to_owned(),
            award.given_us.map(|at_us| at.desk.time(at_us)).unwrap_or_default(),
            award.note.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    let name = format!("{slug}-{}-awards.csv", at.id());
    Ok(attachment(&name, &header, rows.into_iter()))
}

/// Leave days for whoever keeps them: one line a winner that still has it.
pub(super) async fn leave_csv(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let at = with_results(&state, (signed, lang), &slug, &id).await?;
    let header = [
        "reference",
        "accounts",
        "participant",
        "alias",
        "days",
        "prize",
        "state",
    ];
    let found = awards(&state, &at).await?;
    let row = |award: &AwardView| {
        let What::Leave { half_days } = award.what else {
            return None;
        };
        let state = match award.state {
            AwardState::Won => "won",
            AwardState::Given => "given",
            AwardState::TakenBack => return None,
        };
        Some(vec![
            award.reference.clone().unwrap_or_default(),
            award.accounts.join(" "),
            award.participant.to_string(),
            award.alias.clone(),
            Decimal::new(i64::from(half_days) * 5, 1).to_string(),
            award.title.in_lang(lang.into()).to_owned(),
            state.to_owned(),
        ])
    };
    let rows: Vec<Vec<String>> = found.iter().filter_map(row).collect();
    let name = format!("{slug}-{}-leave.csv", at.id());
    Ok(attachment(&name, &header, rows.into_iter()))
}
