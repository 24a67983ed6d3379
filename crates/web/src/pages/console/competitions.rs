//! Competitions: written, opened, watched, looked through, closed, and their prizes handed out.

mod audit;
mod draft;
mod form;
mod open;
mod results;
mod settings;
mod teams;
mod watch;

use app::{CompetitionListed, CompetitionView, Need};
use axum::Router;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::competition::{Prize, Stage, Terms};
use domain::measure::{Day, Id, RewardId};
use domain::programme::Deed;

use super::super::Ours;
use super::{Desk, desk, grouped};
use crate::State;
use crate::csv::of_table;
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::contest;
use crate::show::{Cell, Column, Folio, FolioBlock as Block, Section, Segment, Table};

const ROOM: &str = "/competitions";

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{slug}/competitions", get(list))
        .route("/console/{slug}/competitions.csv", get(csv))
        .merge(settings::routes())
        .merge(draft::routes())
        .merge(open::routes())
        .merge(watch::routes())
        .merge(teams::routes())
        .merge(audit::routes())
        .merge(results::routes())
}

/// The chip of a stage.
fn stage_chip(stage: Stage, lang: Lang) -> (&'static str, String) {
    let (tone, word) = match stage {
        Stage::Draft => ("calm", "draft"),
        Stage::Open => ("", "open"),
        Stage::Frozen => ("wait", "frozen"),
        Stage::Closed => ("", "closed"),
        Stage::Cancelled => ("no", "cancelled"),
    };
    (tone, lang.say(&format!("contest-stage-{word}")))
}

/// What a competition needs, in words, and the page of the competition where it is done.
pub(super) fn need(need: Need, lang: Lang) -> (String, &'static str) {
    let count = |key: &str, count: i64| lang.say_with(key, &[("count", grouped(count).as_str())]);
    match need {
        Need::Opening { days } if days < 0 => (lang.say("contest-need-late"), ""),
        Need::Opening { days } => (count("contest-need-opening", i64::from(days)), ""),
        Need::Days(days) => (count("contest-need-days", days), "/audit"),
        Need::Closing => (lang.say("contest-need-closing"), "/results"),
        Need::Corrections(some) => (count("contest-need-corrections", some), "/results"),
        Need::Prizes(some) => (count("contest-need-prizes", some), "/results"),
    }
}

fn listed(desk: &Desk, all: &[CompetitionListed]) -> Table {
    let lang = desk.lang;
    let word = |key: &str| lang.say(&format!("contest-column-{key}"));
    let row = |one: &CompetitionListed| {
        let view = &one.competition;
        let (tone, stage) = stage_chip(view.stage, lang);
        let waits: Vec<String> = one.waits.iter().map(|what| need(*what, lang).0).collect();
        vec![
            Cell::link(desk.at(&format!("{ROOM}/{}", view.id)), view.title.in_lang(lang.into())),
            Cell::chip(tone, stage),
            Cell::text(format!("{} – {}", view.terms.first, view.terms.last)),
            Cell::text(lang.say(&format!("contest-metric-{}", view.terms.metric.name()))),
            Cell::text(grouped(one.entrants)),
            Cell::text(waits.join(" · ")),
        ]
    };
    Table {
        caption: lang.say("console-competitions"),
        columns: vec![
            Column::text(word("title")),
            Column::text(word("stage")),
            Column::text(word("window")),
            Column::text(word("metric")),
            Column::number(word("entrants")),
            Column::text(word("waits")),
        ],
        rows: all.iter().map(row).collect(),
        here: desk.at(ROOM),
        csv: (!all.is_empty()).then(|| desk.at("/competitions.csv")),
        empty: lang.say("contest-none"),
        ..Table::default()
    }
}

async fn list(Shared(state): Ours, lang: Lang, signed: Signed, Path(slug): Path<String>) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let all = state.app.competitions_listed(&desk.caller, &desk.programme).await;
    let all = all.map_err(|e| desk.oops(e))?;
    let mut folio = Folio {
        words: lang.say("contest-words"),
        ..Folio::new(lang, lang.say("console-competitions"))
    };
    if desk.can(Deed::ManageCompetition) {
        let new = desk.at("/competitions/new");
        folio.acts.push((new, lang.say("contest-new"), true));
    }
    folio
        .acts
        .push((desk.at("/competitions/settings"), lang.say("contest-settings"), false));
    let section = Section::new("list", lang.say("contest-list"));
    let folio = folio.with(section.wide().with(Block::Table(listed(&desk, &all))));
    desk.page(ROOM, lang.say("console-competitions"), folio.render())
}

async fn csv(Shared(state): Ours, lang: Lang, signed: Signed, Path(slug): Path<String>) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let all = state.app.competitions_listed(&desk.caller, &desk.programme).await;
    let all = all.map_err(|e| desk.oops(e))?;
    Ok(of_table(&format!("{slug}-competitions.csv"), &listed(&desk, &all)))
}

/// Somebody at work on one competition.
struct At {
    desk: Desk,
    view: CompetitionView,
    /// The civil day of the programme.
    today: Day,
    /// What the store has: id and title.
    rewards: Vec<(RewardId, String)>,
}

/// The pages of a competition: address below it, and the key of its name.
const TABS: [(&str, &str); 6] = [
    ("", "contest-tab-about"),
    ("/entrants", "contest-tab-entrants"),
    ("/days", "contest-tab-days"),
    ("/teams", "contest-tab-teams"),
    ("/audit", "contest-tab-audit"),
    ("/results", "contest-tab-results"),
];

impl At {
    async fn load(state: &State, signed: Signed, lang: Lang, slug: &str, id: &str) -> Result<Self, Oops> {
        let desk = desk(&state.app, signed, lang, slug)?;
        Self::of(state, desk, id).await
    }

    async fn of(state: &State, desk: Desk, id: &str) -> Result<Self, Oops> {
        let lang = desk.lang;
        let id: Id = id
            .parse()
            .map_err(|_| desk.oops(app::Refused::NotFound("competition")))?;
        let view = state.app.competition(&desk.caller, &desk.programme, id).await;
        let view = view.map_err(|e| desk.oops(e))?;
        let rewards = rewards(state, &desk, lang).await?;
        let today = desk.programme.zone.day_of(state.app.now_us());
        Ok(At {
            desk,
            view,
            today,
            rewards,
        })
    }

    fn lang(&self) -> Lang {
        self.desk.lang
    }

    fn id(&self) -> Id {
        self.view.id
    }

    fn terms(&self) -> &Terms {
        &self.view.terms
    }

    /// An address of this competition.
    fn to(&self, path: &str) -> String {
        self.desk.at(&format!("{ROOM}/{}{path}", self.view.id))
    }

    fn title(&self) -> &str {
        self.view.title.in_lang(self.lang().into())
    }

    fn tabs(&self, here: &str) -> Vec<Segment> {
        let lang = self.lang();
        let shown = TABS.into_iter().filter(|(path, _)| match *path {
            "/teams" => self.terms().teams.is_some(),
            // participants are named there
            "/entrants" => self.view.stage != Stage::Draft && self.desk.can(Deed::ReadParticipant),
            "/audit" => self.view.stage != Stage::Draft && self.desk.can(Deed::ManageCompetition),
            "/days" | "/results" => self.view.stage != Stage::Draft,
            _ => true,
        });
        let tab = |(path, key): (&str, &str)| Segment {
            name: lang.say(key),
            href: self.to(path),
            here: path == here,
        };
        let tabs: Vec<Segment> = shown.map(tab).collect();
        if tabs.len() > 1 { tabs } else { Vec::new() }
    }

    /// A page of this competition without sections yet.
    fn folio(&self, here: &str) -> Folio {
        Folio {
            chips: vec![stage_chip(self.view.stage, self.lang())],
            tabs: self.tabs(here),
            ..Folio::new(self.lang(), self.title())
        }
        .back(self.desk.at(ROOM), self.lang().say("console-competitions"))
    }

    fn page(&self, folio: &Folio) -> Result<Response, Oops> {
        self.desk.page(ROOM, folio.title.clone(), folio.render())
    }

    fn page_with(&self, folio: &Folio, code: StatusCode) -> Result<Response, Oops> {
        let mut response = self.page(folio)?;
        *response.status_mut() = code;
        Ok(response)
    }

    fn reward(&self, id: RewardId) -> String {
        let found = self.rewards.iter().find(|(reward, _)| *reward == id);
        found.map_or_else(|| id.to_string(), |(_, title)| title.clone())
    }

    /// What a prize is.
    fn what(&self, prize: &Prize) -> String {
        let unit = &self.desk.programme.points.unit;
        contest::what(&prize.what, unit, |id| self.reward(id), self.lang())
    }

    /// A prize by its place in the terms.
    fn prize_title(&self, place: usize) -> String {
        let prize = self.terms().prizes.get(place);
        prize.map_or_else(String::new, |prize| prize.title.in_lang(self.lang().into()).to_owned())
    }

    fn score(&self, score: i64) -> String {
        contest::score(self.terms(), score, self.today, self.lang())
    }

    fn amount(&self, value: i64) -> String {
        contest::amount(self.terms().metric, value, self.lang())
    }

    fn go(&self, path: &str) -> Response {
        Redirect::to(&self.to(path)).into_response()
    }
}

/// What the store has: id and title.
async fn rewards(state: &State, desk: &Desk, lang: Lang) -> Result<Vec<(RewardId, String)>, Oops> {
    let rows = state.app.reward_rows(&desk.caller, &desk.programme).await;
    let rows = rows.map_err(|e| desk.oops(e))?;
    let named = |row: app::RewardRow| (row.reward.id, row.reward.title.in_lang(lang.into()).to_owned());
    Ok(rows.into_iter().map(named).collect())
}

/// A participant in an address.
fn participant(desk: &Desk, text: &str) -> Result<domain::measure::ParticipantId, Oops> {
    text.parse()
        .map_err(|_| desk.oops(app::Refused::NotFound("participant")))
}
