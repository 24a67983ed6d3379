//! How a competition ended.

use app::{AwardView, CompetitionView, Error, OwnResult, PodiumView, Refused};
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::competition::{Stage, What};
use domain::measure::Decimal;

use super::words::{date, moment, place, scale};
use super::{Me, Ours, here};
use crate::State;
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{Certificate, CompetePlace, Fact, Icon, PodiumStep, ResultPage, Scale, WonPrize, share_image};

/// Who is here, with a competition whose days are all final.
async fn over(state: &State, signed: Signed, id: &str, lang: Lang) -> Result<(Me, CompetitionView), Oops> {
    let (me, one) = here(state, signed, id, lang).await?;
    if !matches!(one.stage, Stage::Frozen | Stage::Closed) {
        return Err(Oops::new(Refused::NotFound("result").into(), lang));
    }
    Ok((me, one))
}

/// Rows of the result page.
const SHOWN: u32 = 20;

pub(super) async fn result(state: Ours, lang: Lang, signed: Signed, Path(id): Path<String>) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let (me, one) = over(&state, signed, &id, lang).await?;
    let (app, programme, who) = (&state.app, &me.programme, me.participant);
    let podium = app
        .podium(&me.caller, programme, one.id, 1, SHOWN)
        .await
        .map_err(oops)?;
    let own = app.own_result(&me.caller, programme, one.id, who).await.map_err(oops)?;
    let awards = app.own_awards(&me.caller, programme, who).await.map_err(oops)?;
    let scale = scale(&one.terms, one.terms.last, lang);
    let page = ResultPage {
        lang,
        back: (
            format!("/compete/{}", one.id),
            one.title.in_lang(lang.into()).to_owned(),
        ),
        words: closed_words(&me, &one, &podium, lang),
        mine: own.place.as_ref().map(|row| {
            let rank = lang.say_with("competition-rank", &[("rank", row.rank.to_string().as_str())]);
            (rank, scale.words(row.score))
        }),
        podium: steps(&podium, &scale, lang),
        rows: podium.places.iter().map(|row| place(row, &scale, lang)).collect(),
        teams: podium
            .teams
            .iter()
            .map(|team| team_row(&one, team, &scale, lang))
            .collect(),
        won: won(&one, &own, &awards, lang),
        certificate: own.place.as_ref().filter(|_| !own.provisional).map(|_| {
            let here = format!("/compete/{}", one.id);
            (format!("{here}/certificate"), format!("{here}/share.svg"))
        }),
        proof: proof(&podium, lang),
        scale,
    };
    me.race(lang, lang.say("competition-result"), page.render())
}

/// Since when the results stand.
fn closed_words(me: &Me, one: &CompetitionView, podium: &PodiumView, lang: Lang) -> String {
    let Some(closed_us) = one.closed_us.filter(|_| !podium.provisional) else {
        let until = moment(&me.programme.zone, one.audited_us, lang);
        return lang.say_with("competition-frozen-words", &[("until", until.as_str())]);
    };
    let day = date(me.programme.zone.day_of(closed_us), lang);
    if podium.revision == 0 {
        return lang.say_with("competition-closed-on", &[("day", day.as_str())]);
    }
    let count = podium.revision.to_string();
    lang.say_with(
        "competition-closed-anew",
        &[("day", day.as_str()), ("count", count.as_str())],
    )
}

/// The first three as they stand: the second, the first, the third. Nothing where more than three share the ranks.
fn steps(podium: &PodiumView, scale: &Scale, lang: Lang) -> Vec<PodiumStep> {
    let step = |rank: u8| {
        let row = podium.places.get(usize::from(rank) - 1)?;
        Some(PodiumStep {
            rank: u8::try_from(row.rank).unwrap_or(rank),
            name: place(row, scale, lang).name,
            score: scale.words(row.score),
        })
    };
    [2, 1, 3].into_iter().filter_map(step).collect()
}

fn team_row(one: &CompetitionView, team: &app::TeamResult, scale: &Scale, lang: Lang) -> CompetePlace {
    CompetePlace {
        rank: team.rank.map(|rank| rank.to_string()).unwrap_or_default(),
        name: team.name.clone(),
        below: lang.say_with("competition-members", &[("count", team.members.to_string().as_str())]),
        score: scale.number(team.sum, team.members),
        mine: team.mine,
        key: team.id.to_string(),
        href: Some(format!("/compete/{}/teams/{}", one.id, team.id)),
    }
}

/// What one won, with what becomes of it.
fn won(one: &CompetitionView, own: &OwnResult, awards: &[AwardView], lang: Lang) -> Vec<WonPrize> {
    let icon = |what: &What| match what {
        What::Points { .. } => Icon::Leaf,
        What::Reward { .. } => Icon::Ticket,
        What::Leave { .. } => Icon::Clock,
        What::Goods => Icon::Gift,
    };
    let mine: Vec<&AwardView> = awards.iter().filter(|award| award.competition == one.id).collect();
    if mine.is_empty() {
        // results that are being looked at have no awards yet
        let row = |won: &app::WinnerRow| WonPrize {
            icon: icon(&won.what),
            title: won.title.in_lang(lang.into()).to_owned(),
            words: lang.say("competition-prize-waiting"),
            href: None,
        };
        return own.won.iter().map(row).collect();
    }
    let row = |award: &&AwardView| {
        let (key, href) = match award.state {
            app::AwardState::Won => ("competition-prize-waiting", None),
            app::AwardState::Given => (
                "competition-prize-given",
                match award.what {
                    What::Reward { .. } => Some("/vouchers".to_owned()),
                    What::Points { .. } => Some("/me/statement".to_owned()),
                    _ => None,
                },
            ),
            app::AwardState::TakenBack => ("competition-prize-taken-back", None),
        };
        WonPrize {
            icon: icon(&award.what),
            title: award.title.in_lang(lang.into()).to_owned(),
            words: lang.say_with(key, &[("reason", award.note.as_str())]),
            href,
        }
    };
    mine.iter().map(row).collect()
}

/// What anybody can check.
fn proof(podium: &PodiumView, lang: Lang) -> Vec<Fact> {
    let mut proof = vec![
        Fact::new(lang.say("competition-digest"), &podium.digest),
        Fact::new(lang.say("competition-seed-hash"), &podium.seed_hash),
    ];
    proof.extend(
        podium
            .seed
            .as_ref()
            .map(|seed| Fact::new(lang.say("competition-seed"), seed)),
    );
    proof
}

/// The certificate of whoever has a place in final results.
async fn made(state: &State, me: &Me, one: &CompetitionView, lang: Lang) -> Result<Certificate, Error> {
    let (app, programme) = (&state.app, &me.programme);
    let own = app.own_result(&me.caller, programme, one.id, me.participant).await?;
    let place = own.place.as_ref().filter(|_| !own.provisional);
    let place = place.ok_or(Refused::NotFound("certificate"))?;
    let podium = app.podium(&me.caller, programme, one.id, 1, 1).await?;
    let score = scale(&one.terms, one.terms.last, lang).words(place.score);
    let count = Decimal::new(i64::try_from(own.entrants).unwrap_or(i64::MAX), 0).grouped();
    let rank = place.rank.to_string();
    let terms = &one.terms;
    Ok(Certificate {
        lang,
        back: (format!("/compete/{}/result", one.id), lang.say("competition-result")),
        programme: programme.title.in_lang(lang.into()).to_owned(),
        title: format!(
            "{} · {}",
            one.title.in_lang(lang.into()),
            lang.say_with(
                "competition-dates",
                &[
                    ("first", date(terms.first, lang).as_str()),
                    ("last", date(terms.last, lang).as_str())
                ]
            )
        ),
        // one's own certificate: also of who is not named on the board
        alias: me.alias.clone(),
        words: lang.say_with(
            "competition-certificate-words",
            &[
                ("rank", rank.as_str()),
                ("count", count.as_str()),
                ("score", score.as_str()),
            ],
        ),
        rank,
        facts: vec![Fact::new(lang.say("competition-digest"), podium.digest)],
    })
}

pub(super) async fn certificate(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, Oops> {
    let (me, one) = over(&state, signed, &id, lang).await?;
    let page = made(&state, &me, &one, lang).await.map_err(|e| Oops::new(e, lang))?;
    me.race(lang, lang.say("competition-certificate"), page.render())
}

pub(super) async fn image(state: Ours, lang: Lang, signed: Signed, Path(id): Path<String>) -> Result<Response, Oops> {
    let (me, one) = over(&state, signed, &id, lang).await?;
    let page = made(&state, &me, &one, lang).await.map_err(|e| Oops::new(e, lang))?;
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, share_image(&page)).into_response())
}
