//! Competitions: the list, the board, days, teams, news, results.

mod board;
mod day;
mod enter;
mod news;
mod result;
mod team;
pub(in crate::pages) mod words;

use app::{CompetitionView, Error, Refused};
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use domain::competition::Stage;
use domain::measure::{Day, Id};
use serde::Deserialize;

use super::{Me, Ours, html, me};
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{Compete, CompeteGroup, CompeteRow, Page, Race, Shell, TabWord};
use crate::{State, asset};

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/compete", get(compete))
        .route("/compete/notices", get(news::news).post(news::want))
        .route("/compete/join/{secret}", get(enter::invited).post(enter::accept))
        .route("/compete/{id}", get(board::board))
        .route("/compete/{id}/enter", post(enter::enter))
        .route("/compete/{id}/leave", post(enter::leave))
        .route("/compete/{id}/alias", post(enter::alias))
        .route("/compete/{id}/ranks", get(board::ranks))
        .route("/compete/{id}/teams", get(team::teams))
        .route("/compete/{id}/teams/{team}", get(team::members))
        .route("/compete/{id}/team", get(team::mine).post(team::form))
        .route("/compete/{id}/team/rename", post(team::rename))
        .route("/compete/{id}/team/invite", post(team::invite))
        .route("/compete/{id}/team/leave", post(team::leave))
        .route("/compete/{id}/days/{day}", get(day::day))
        .route("/compete/{id}/result", get(result::result))
        .route("/compete/{id}/certificate", get(result::certificate))
        .route("/compete/{id}/share.svg", get(result::image))
}

/// A form with nothing in it.
#[derive(Deserialize)]
struct Bare {
    csrf: String,
}

/// Who is here, with a competition of its programme.
async fn here(state: &State, signed: Signed, id: &str, lang: Lang) -> Result<(Me, CompetitionView), Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    let id: Id = id.parse().map_err(|_| oops(Refused::NotFound("competition").into()))?;
    let found = state.app.competition(&me.caller, &me.programme, id).await;
    let found = found.map_err(oops)?;
    // a draft is looked at in the console
    if found.stage == Stage::Draft {
        return Err(oops(Refused::NotFound("competition").into()));
    }
    Ok((me, found))
}

impl Me {
    /// A page of this room.
    fn race(&self, lang: Lang, title: String, inner: Result<String, askama::Error>) -> Result<Response, Oops> {
        let inner = inner.map_err(|e| Oops::template(&e, lang))?;
        let shell = self.shell(lang, title, Page::Plain, Some(TabWord::Compete), inner);
        let more = vec![asset::COMPETE_CSS, asset::BOARD];
        html(&Shell { more, ..shell }, lang)
    }

    /// Today, where the programme is.
    fn today(&self, state: &State) -> Day {
        self.programme.zone.day_of(state.app.now_us())
    }
}

/// Competitions whose board is looked at for the list.
const LOOKED_AT: usize = 10;
/// Competitions that are over and still listed.
const OVER: usize = 20;

/// Whether a competition belongs to a group, by the day that it is.
type Fits = fn(&CompetitionView, Day) -> bool;

async fn compete(state: Ours, lang: Lang, signed: Signed) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    let all = state.app.competitions(&me.caller, &me.programme).await.map_err(oops)?;
    let today = me.today(&state);
    let groups: [(&'static str, &str, Fits); 3] = [
        ("running", "competition-running", |one, today| {
            one.stage == Stage::Open && one.terms.first <= today
        }),
        ("ahead", "competition-to-come", |one, today| {
            one.stage == Stage::Open && one.terms.first > today
        }),
        ("over", "competition-over", |one, _| {
            matches!(one.stage, Stage::Frozen | Stage::Closed | Stage::Cancelled)
        }),
    ];
    let mut shown = Vec::new();
    for (id, key, fits) in groups {
        let mut rows = Vec::new();
        for one in all.iter().filter(|one| fits(one, today)).take(OVER) {
            rows.push(
                listed(&state, &me, one, rows.len() < LOOKED_AT, lang)
                    .await
                    .map_err(oops)?,
            );
        }
        if !rows.is_empty() {
            let title = lang.say(key);
            shown.push(CompeteGroup { id, title, rows });
        }
    }
    let page = Compete {
        lang,
        news: me.news,
        groups: shown,
    };
    me.race(lang, lang.say("competition-title"), page.render())
}

/// A competition in the list, with the viewer's place if its board is to be looked at.
async fn listed(state: &State, me: &Me, one: &CompetitionView, look: bool, lang: Lang) -> Result<CompeteRow, Error> {
    let today = me.today(state);
    let mut row = CompeteRow {
        href: format!("/compete/{}", one.id),
        title: one.title.in_lang(lang.into()).to_owned(),
        when: words::when(&one.terms, today, lang),
        rank: String::new(),
        words: String::new(),
        mark: None,
    };
    if one.stage == Stage::Cancelled {
        row.mark = Some(("no", lang.say("competition-stage-cancelled")));
        return Ok(row);
    }
    if !look {
        return Ok(row);
    }
    let seen = state
        .app
        .see_board(&me.caller, &me.programme, one.id, Some(me.participant));
    let seen = seen.await?;
    row.words = words::entrants(seen.entrants, lang);
    let over = one.stage != Stage::Open;
    match &seen.me {
        Some(mine) => {
            row.rank = mine.rank.to_string();
            if !over {
                row.words = words::gap(&one.terms, &seen, today, lang);
            }
        }
        None if !over && today <= one.terms.last => row.mark = Some(("", lang.say("competition-join"))),
        None => {}
    }
    if over {
        let (tone, words) = words::stage(one, state.app.now_us(), lang);
        row.mark = Some((tone, words));
    }
    Ok(row)
}

/// The competition that a participant's first page tells of: one that it is in, or one that it can join.
pub(super) async fn running(state: &State, me: &Me, lang: Lang) -> Result<Option<Race>, Error> {
    let all = state.app.competitions(&me.caller, &me.programme).await?;
    let (today, now_us) = (me.today(state), state.app.now_us());
    let runs = |one: &&CompetitionView| one.stage == Stage::Open && one.terms.covers(today);
    let mut open = None;
    for one in all.iter().filter(runs).take(LOOKED_AT) {
        let seen = state
            .app
            .see_board(&me.caller, &me.programme, one.id, Some(me.participant));
        let seen = seen.await?;
        let race = Race {
            href: format!("/compete/{}", one.id),
            title: one.title.in_lang(lang.into()).to_owned(),
            rank: String::new(),
            words: lang.say("competition-join-title"),
            below: words::entrants(seen.entrants, lang),
        };
        if let Some(mine) = words::standing(&me.programme, &one.terms, &seen, now_us, lang) {
            return Ok(Some(Race {
                rank: mine.rank,
                words: mine.gap,
                below: mine.today,
                ..race
            }));
        }
        open = open.or(Some(race));
    }
    Ok(open)
}
