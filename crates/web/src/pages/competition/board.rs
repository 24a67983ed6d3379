//! The board of a competition, and pages of it.

use app::{BoardView, CompetitionView, EntryView, Error, OwnDay};
use axum::extract::{Path, Query};
use axum::response::Response;
use domain::competition::{DayState, Metric, Stage, Status};
use domain::measure::{Day, Decimal};
use domain::participant::Consent;
use serde::Deserialize;

use super::words::{self, date, day_scale, moment, place, scale, standing, team_place};
use super::{Me, Ours, here};
use crate::State;
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{
    Board, BoardDay, Chart, ChartBar, CompeteJoining, CompetePlace, CompeteStanding, Form, FormField, Ranks, Scale,
};

pub(super) async fn board(state: Ours, lang: Lang, signed: Signed, Path(id): Path<String>) -> Result<Response, Oops> {
    let (me, one) = here(&state, signed, &id, lang).await?;
    board_page(&state, &me, &one, None, lang).await
}

/// The board, perhaps with what went wrong.
pub(super) async fn board_page(
    state: &State,
    me: &Me,
    one: &CompetitionView,
    error: Option<String>,
    lang: Lang,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let (app, programme, who) = (&state.app, &me.programme, me.participant);
    let entry = app.entry(&me.caller, programme, one.id, who).await.map_err(oops)?;
    let seen = app
        .see_board(&me.caller, programme, one.id, Some(who))
        .await
        .map_err(oops)?;
    let days = days(state, me, one, entry.is_some(), lang).await.map_err(oops)?;
    let league = app.own_league(&me.caller, programme, one.id, who).await.map_err(oops)?;
    let (now_us, today, terms) = (app.now_us(), me.today(state), &one.terms);
    let (scale, day_scale) = (scale(terms, today, lang), day_scale(terms.metric, lang));
    let here = format!("/compete/{}", one.id);
    let competes = entry.as_ref().is_some_and(|entry| entry.status == Status::In);
    let open = one.stage == Stage::Open && today <= terms.last;
    let joining = if competes || !open || gone(entry.as_ref()) {
        None
    } else {
        Some(joining(state, me, one, lang).await.map_err(oops)?)
    };
    let rows = |rows: &[app::Row], scale: &Scale| -> Vec<CompetePlace> {
        rows.iter().map(|row| place(row, scale, lang)).collect()
    };
    let teams: Vec<CompetePlace> = seen
        .teams
        .iter()
        .map(|team| team_place(one.id, team, &scale, lang))
        .collect();
    let below = seen
        .my_team
        .as_ref()
        .filter(|mine| seen.teams.iter().all(|team| team.id != mine.id));
    let leader = seen.today.first().map(|first| {
        let (name, value) = (place(first, &day_scale, lang).name, day_scale.words(first.score));
        lang.say_with(
            "competition-leader",
            &[("name", name.as_str()), ("value", value.as_str())],
        )
    });
    let live = (one.stage == Stage::Open).then(|| {
        let href = format!("/api/v1/programmes/{}/competitions/{}/live", programme.slug, one.id);
        crate::show::CompeteLive {
            gap_by_day: terms.handicap.is_none(),
            civil: today.to_string(),
            ..Board::live_words(lang, href, seen.day.to_string())
        }
    });
    let baseline = entry.as_ref().map(|entry| entry.baseline);
    let page = Board {
        lang,
        title: one.title.in_lang(lang.into()).to_owned(),
        when: words::when(terms, today, lang),
        stage: if open && today < terms.first {
            ("calm", lang.say("competition-stage-ahead"))
        } else {
            words::stage(one, now_us, lang)
        },
        stage_words: stage_words(me, one, today, lang),
        entrants: words::entrants(seen.entrants, lang),
        error,
        mine: mine(me, one, entry.as_ref(), &seen, now_us, lang),
        joining,
        live,
        around: if seen.entrants > 1 {
            rows(&seen.around, &scale)
        } else {
            Vec::new()
        },
        league: league.map(|league| (league_words(&league, lang), rows(&league.rows, &day_scale))),
        top: rows(&seen.top, &scale),
        more: seen.entrants > seen.top.len() as u64,
        day: date(seen.day, lang),
        day_href: format!("{here}/days/{}", seen.day),
        today: rows(&seen.today, &day_scale),
        leader: leader.unwrap_or_default(),
        has_teams: terms.teams.is_some(),
        teams,
        my_team: below.map(|team| team_place(one.id, team, &scale, lang)),
        chart: days.1,
        days: days.0,
        prizes: words::prizes(programme, terms, lang),
        rules: words::rules(
            one,
            &behaviours(state, me, one, lang),
            baseline.filter(|_| competes),
            lang,
        ),
        result: matches!(one.stage, Stage::Frozen | Stage::Closed).then(|| format!("{here}/result")),
        deeds: deeds(me, one, entry.as_ref(), lang),
        team_door: team_door(one, entry.as_ref().filter(|_| competes), lang),
        here,
        scale,
        day_scale,
    };
    me.race(lang, page.title.clone(), page.render())
}

/// Which league it is, until when, and who moves after it.
fn league_words(league: &app::LeagueView, lang: Lang) -> String {
    let until = date(league.last, lang);
    let [tier, tiers, round, up, down] =
        [league.tier, league.tiers, league.round, league.up, league.down].map(|number| number.to_string());
    lang.say_with(
        "competition-league-words",
        &[
            ("tier", tier.as_str()),
            ("tiers", tiers.as_str()),
            ("round", round.as_str()),
            ("until", until.as_str()),
            ("up", up.as_str()),
            ("down", down.as_str()),
        ],
    )
}

/// Whether somebody may not come back.
fn gone(entry: Option<&EntryView>) -> bool {
    entry.is_some_and(|entry| match entry.status {
        Status::In => false,
        Status::Left => entry.team.is_some(),
        Status::Out => true,
    })
}

/// What else is to be known about how far it is.
fn stage_words(me: &Me, one: &CompetitionView, today: Day, lang: Lang) -> String {
    let until = |key: &str, at_us: i64| {
        let until = moment(&me.programme.zone, at_us, lang);
        lang.say_with(key, &[("until", until.as_str())])
    };
    match one.stage {
        Stage::Open if today > one.terms.last => until("competition-ending-words", one.ends_us),
        Stage::Frozen => until("competition-frozen-words", one.audited_us),
        Stage::Cancelled => lang.say("competition-cancelled-words"),
        _ => String::new(),
    }
}

/// The viewer's place, or why it has none.
fn mine(
    me: &Me,
    one: &CompetitionView,
    entry: Option<&EntryView>,
    seen: &BoardView,
    now_us: i64,
    lang: Lang,
) -> Option<CompeteStanding> {
    let out = match (entry?.status, &entry?.reason) {
        (Status::In, _) => return standing(&me.programme, &one.terms, seen, now_us, lang),
        (Status::Left, _) if entry?.team.is_none() => return None,
        (Status::Left, _) => lang.say("competition-left"),
        (Status::Out, reason) => {
            let reason = reason.as_deref().unwrap_or_default();
            lang.say_with("competition-out", &[("reason", reason)])
        }
    };
    Some(CompeteStanding {
        out: Some(out),
        ..CompeteStanding::default()
    })
}

/// How to get in: what is missing, or the button.
async fn joining(state: &State, me: &Me, one: &CompetitionView, lang: Lang) -> Result<CompeteJoining, Error> {
    let needs = missing(state, me, one).await?;
    let needs = needs.map(|consent| lang.say(needs_words(consent)));
    let form = Form::new(
        format!("/compete/{}/enter", one.id),
        &me.csrf,
        lang.say("competition-join"),
    );
    Ok(CompeteJoining {
        words: lang.say("competition-join-words"),
        form: needs.is_none().then_some(form),
        needs,
    })
}

/// What has to be agreed to first.
pub(super) const fn needs_words(consent: Consent) -> &'static str {
    match consent {
        Consent::Steps => "competition-consent-needed",
        _ => "competition-consent-needed-programme",
    }
}

/// The first consent that is missing for taking part.
pub(super) async fn missing(state: &State, me: &Me, one: &CompetitionView) -> Result<Option<Consent>, Error> {
    let view = state.app.participant(&me.caller, &me.programme, me.participant).await?;
    let mut needed = vec![Consent::Programme];
    needed.extend((one.terms.metric == Metric::Steps).then_some(Consent::Steps));
    Ok(needed.into_iter().find(|consent| !view.consents.contains(consent)))
}

/// What the viewer can change about taking part.
fn deeds(me: &Me, one: &CompetitionView, entry: Option<&EntryView>, lang: Lang) -> Vec<Form> {
    let Some(entry) = entry.filter(|entry| entry.status == Status::In) else {
        return Vec::new();
    };
    let at = |to: &str| format!("/compete/{}/{to}", one.id);
    let (words, value) = if entry.nameless {
        ("competition-show", "0")
    } else {
        ("competition-hide", "1")
    };
    let alias = Form::new(at("alias"), &me.csrf, lang.say(words)).with(FormField::hidden("nameless", value));
    let leave = Form {
        danger: true,
        ..Form::new(at("leave"), &me.csrf, lang.say("competition-leave"))
    };
    let mut deeds = vec![alias];
    deeds.extend((one.stage == Stage::Open).then_some(leave));
    deeds
}

/// Where the viewer's team is looked after, or a team is formed.
fn team_door(one: &CompetitionView, entry: Option<&EntryView>, lang: Lang) -> Option<(String, String)> {
    one.terms.teams?;
    let key = match &entry?.team {
        Some(_) => "competition-team-mine",
        None => "competition-team-door",
    };
    Some((format!("/compete/{}/team", one.id), lang.say(key)))
}

/// The names of the behaviours that count; empty if all do.
fn behaviours(state: &State, me: &Me, one: &CompetitionView, lang: Lang) -> String {
    let catalogue = state.app.catalogue();
    let name = |behaviour: &String| match catalogue.methodology_for(me.programme.id, behaviour) {
        Ok(found) => found.methodology.title.in_lang(lang.into()).to_owned(),
        Err(_) => behaviour.clone(),
    };
    let names: Vec<String> = one.terms.behaviours.iter().map(name).collect();
    names.join(if lang == Lang::Zh { "、" } else { ", " })
}

/// The most days that are listed and drawn: of a year, the last of it.
const MOST_DAYS: usize = 62;

/// The days that have begun, newest first, and the viewer's as a chart.
async fn days(
    state: &State,
    me: &Me,
    one: &CompetitionView,
    entered: bool,
    lang: Lang,
) -> Result<(Vec<BoardDay>, Option<Chart>), Error> {
    let (app, programme) = (&state.app, &me.programme);
    let days = app.competition_days(&me.caller, programme, one.id).await?;
    let own = if entered {
        app.own_days(&me.caller, programme, one.id, me.participant).await?
    } else {
        Vec::new()
    };
    let scale = day_scale(one.terms.metric, lang);
    let begun = days
        .iter()
        .filter(|day| day.state != DayState::Ahead)
        .rev()
        .take(MOST_DAYS);
    let row = |day: &app::DayView| {
        let words = match (&day.champion, day.state) {
            (Some(best), _) => {
                let name = best.name.clone().unwrap_or_else(|| lang.say("competition-nameless"));
                format!("{name} {}", scale.words(best.value))
            }
            (None, DayState::Running) => lang.say("competition-day-running"),
            (None, DayState::Provisional { final_us }) => {
                let until = moment(&programme.zone, final_us, lang);
                lang.say_with("competition-day-until", &[("until", until.as_str())])
            }
            (None, _) => lang.say("competition-day-nobody"),
        };
        let mine = own.iter().find(|own| own.day == day.day && own.value > 0);
        BoardDay {
            href: format!("/compete/{}/days/{}", one.id, day.day),
            day: date(day.day, lang),
            words,
            mine: mine.map(|own| scale.words(own.value)).unwrap_or_default(),
            champion: day.champion.as_ref().is_some_and(|best| best.mine),
        }
    };
    let listed: Vec<BoardDay> = begun.map(row).collect();
    Ok((listed, chart(&own, &scale, lang)))
}

/// One's own days as bars: what is final, and what may still rise.
fn chart(own: &[OwnDay], scale: &Scale, lang: Lang) -> Option<Chart> {
    let begun: Vec<&OwnDay> = own.iter().filter(|day| day.state != DayState::Ahead).collect();
    let shown = &begun[begun.len().saturating_sub(MOST_DAYS)..];
    let best = shown.iter().map(|day| day.value).max().filter(|best| *best > 0)?;
    let bar = |day: &&OwnDay| {
        let (value, nothing) = ((day.value, scale.words(day.value)), (0, String::new()));
        ChartBar {
            label: Decimal::new(i64::from(day.day.date().day()), 0).to_string(),
            parts: match day.state {
                DayState::Final => vec![value, nothing],
                _ => vec![nothing, value],
            },
        }
    };
    let best = scale.words(best);
    Some(Chart {
        id: "my-days".to_owned(),
        words: lang.say_with("competition-chart", &[("best", best.as_str())]),
        series: vec![lang.say("competition-final"), lang.say("competition-provisional")],
        bars: shown.iter().map(bar).collect(),
        axis: lang.say("competition-day"),
        top: best,
    })
}

#[derive(Deserialize)]
pub(super) struct From {
    /// The first place of the page.
    pub(super) from: Option<u64>,
}

/// Rows of a page.
pub(super) const ROWS: u32 = 50;

pub(super) async fn ranks(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(id): Path<String>,
    Query(query): Query<From>,
) -> Result<Response, Oops> {
    let (me, one) = here(&state, signed, &id, lang).await?;
    let first = query.from.unwrap_or(1).max(1);
    let rows = state
        .app
        .board_page(&me.caller, &me.programme, one.id, first, ROWS + 1)
        .await;
    let rows = rows.map_err(|e| Oops::new(e, lang))?;
    let scale = scale(&one.terms, me.today(&state), lang);
    let places = rows.iter().map(|row| place(row, &scale, lang)).collect();
    let page = paged(&one, "ranks", "competition-ranks", places, (first, scale), lang);
    me.race(lang, page.title.clone(), page.render())
}

/// A page of rows, of which there is one more than is shown where there is a next page.
pub(super) fn paged(
    one: &CompetitionView,
    path: &str,
    title: &str,
    mut rows: Vec<CompetePlace>,
    (first, scale): (u64, Scale),
    lang: Lang,
) -> Ranks {
    let here = format!("/compete/{}/{path}", one.id);
    let more = rows.len() > ROWS as usize;
    rows.truncate(ROWS as usize);
    Ranks {
        lang,
        back: (
            format!("/compete/{}", one.id),
            one.title.in_lang(lang.into()).to_owned(),
        ),
        title: lang.say(title),
        rows,
        scale,
        next: more.then(|| format!("{here}?from={}", first.saturating_add(u64::from(ROWS)))),
        first: (first > 1).then_some(here),
    }
}
