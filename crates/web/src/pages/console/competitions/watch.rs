//! A competition while it runs: who competes, how the days went, what came too late.

use app::{EntrantFilter, EntrantListed, EntrantOrder, OwnDay};
use axum::Router;
use axum::extract::{Path, Query, State as Shared};
use axum::response::Response;
use axum::routing::get;
use domain::competition::{DayState, Status};
use domain::measure::Id;
use domain::programme::Deed;
use serde::Deserialize;

use super::super::super::Ours;
use super::super::{address, grouped};
use super::open::Done;
use super::{At, participant};
use crate::State;
use crate::csv::in_pages;
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{
    Cell, Choice, Column, Fact, Folio, FolioBlock as Block, FormField as Field, Input, Section, Sort, Table,
};

/// How many rows a page of entrants has.
const ROWS: u32 = 50;
/// Rows that are read at once for a file.
const PIECE: u32 = 1_000;

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{slug}/competitions/{id}/entrants", get(entrants))
        .route("/console/{slug}/competitions/{id}/entrants.csv", get(csv))
        .route("/console/{slug}/competitions/{id}/entrants/{who}", get(entrant))
        .route("/console/{slug}/competitions/{id}/days", get(days))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    q: String,
    team: String,
    status: String,
    sort: String,
    skip: String,
}

impl Asked {
    fn order(&self) -> EntrantOrder {
        match self.sort.as_str() {
            "joined" => EntrantOrder::Joined,
            "alias" => EntrantOrder::Alias,
            _ => EntrantOrder::Score,
        }
    }

    fn status(&self) -> Option<Status> {
        match self.status.as_str() {
            "in" => Some(Status::In),
            "left" => Some(Status::Left),
            "out" => Some(Status::Out),
            _ => None,
        }
    }

    fn filter(&self) -> EntrantFilter {
        let typed = self.q.trim();
        let id = typed.parse().ok();
        EntrantFilter {
            alias: if id.is_some() { String::new() } else { typed.to_owned() },
            id,
            team: self.team.parse::<Id>().ok().map(Id::number),
            status: self.status(),
            order: self.order(),
            skip: self.skip.parse().unwrap_or(0),
        }
    }

    fn address(&self, at: &At, path: &str, sort: &str, skip: u32) -> String {
        let skip = if skip == 0 { String::new() } else { skip.to_string() };
        let query = [
            ("q", self.q.trim()),
            ("team", self.team.as_str()),
            ("status", self.status.as_str()),
            ("sort", sort),
            ("skip", skip.as_str()),
        ];
        address(&at.to(path), &query)
    }
}

/// The chip of an entrant's status.
pub(super) fn status_chip(status: Status, lang: Lang) -> (&'static str, String) {
    match status {
        Status::In => ("", lang.say("contest-status-in")),
        Status::Left => ("calm", lang.say("contest-status-left")),
        Status::Out => ("no", lang.say("contest-status-out")),
    }
}

async fn entrants(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    let filter = asked.filter();
    let skip = filter.skip;
    let (app, desk) = (&state.app, &at.desk);
    // one more than is shown says whether there is another page
    let found = app.entrants(&desk.caller, &desk.programme, at.id(), filter, ROWS + 1);
    let mut found = found.await.map_err(|e| desk.oops(e))?;
    let more = found.len() > ROWS as usize;
    found.truncate(ROWS as usize);
    let word = |key: &str| lang.say(&format!("contest-column-{key}"));
    let sort = |name: &str, column: Column| {
        let now = match (name, asked.order()) {
            ("joined", EntrantOrder::Joined) | ("", EntrantOrder::Score) => "descending",
            ("alias", EntrantOrder::Alias) => "ascending",
            _ => "none",
        };
        Column {
            sort: Some(Sort {
                href: asked.address(&at, "/entrants", name, 0),
                now,
            }),
            ..column
        }
    };
    let mut columns = vec![
        Column::text(word("rank")),
        sort("alias", Column::text(word("alias"))),
        sort("", Column::number(word("score"))),
    ];
    if at.terms().teams.is_some() {
        columns.push(Column::text(word("team")));
    }
    columns.push(sort("joined", Column::text(word("joined"))));
    columns.push(Column::text(word("status")));
    let table = Table {
        caption: lang.say("contest-tab-entrants"),
        columns,
        rows: found.iter().map(|one| row(&at, one)).collect(),
        filters: filters(&state, &at, &asked).await?,
        filtered: !(asked.q.is_empty() && asked.team.is_empty() && asked.status.is_empty()),
        here: at.to("/entrants"),
        first: (skip > 0).then(|| asked.address(&at, "/entrants", &asked.sort, 0)),
        next: more.then(|| asked.address(&at, "/entrants", &asked.sort, skip + ROWS)),
        csv: Some(asked.address(&at, "/entrants.csv", &asked.sort, 0)),
        empty: lang.say("contest-nobody"),
    };
    let section = Section::new("entrants", lang.say("contest-tab-entrants")).words(lang.say("contest-entrants-words"));
    let folio = at.folio("/entrants").with(section.wide().with(Block::Table(table)));
    at.page(&folio)
}

async fn filters(state: &State, at: &At, asked: &Asked) -> Result<Vec<Field>, Oops> {
    let lang = at.lang();
    let any = |chosen: &str| Choice::new("", lang.say("part-any"), chosen.is_empty());
    let mut statuses = vec![any(&asked.status)];
    for (name, status) in [("in", Status::In), ("left", Status::Left), ("out", Status::Out)] {
        statuses.push(Choice::new(name, status_chip(status, lang).1, asked.status == name));
    }
    let mut filters = vec![
        Field::line("q", lang.say("contest-search")).value(&*asked.q).optional(),
        Field::new("status", lang.say("contest-column-status"), Input::Select(statuses)).optional(),
    ];
    if at.terms().teams.is_some() {
        let teams = state
            .app
            .teams_listed(&at.desk.caller, &at.desk.programme, at.id())
            .await;
        let teams = teams.map_err(|e| at.desk.oops(e))?;
        // a list of thousands is no list to choose from
        if teams.len() <= 300 {
            let mut choices = vec![any(&asked.team)];
            choices.extend(teams.into_iter().map(|team| {
                let id = team.id.to_string();
                let chosen = id == asked.team;
                Choice::new(id, team.name, chosen)
            }));
            filters.push(Field::new("team", lang.say("contest-column-team"), Input::Select(choices)).optional());
        }
    }
    if !asked.sort.is_empty() {
        filters.push(Field::hidden("sort", &*asked.sort));
    }
    Ok(filters)
}

fn row(at: &At, one: &EntrantListed) -> Vec<Cell> {
    let (lang, entrant) = (at.lang(), &one.entrant);
    let name = if entrant.alias.is_empty() {
        entrant.participant.to_string()
    } else {
        entrant.alias.clone()
    };
    let (tone, status) = status_chip(entrant.status, lang);
    let mut row = vec![
        Cell::text(one.rank.map(|rank| rank.to_string()).unwrap_or_default()),
        Cell::link(at.to(&format!("/entrants/{}", entrant.participant)), name),
        Cell::text(at.score(entrant.score)),
    ];
    if at.terms().teams.is_some() {
        row.push(Cell::text(entrant.team.clone().unwrap_or_default()));
    }
    row.push(Cell::text(at.desk.time(entrant.joined_us)));
    row.push(Cell::chip(tone, status));
    row
}

async fn csv(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    let header = [
        "rank",
        "participant",
        "alias",
        "on_board",
        "team",
        "joined",
        "status",
        "reason",
        "baseline_a_day",
        "score",
        "reached",
    ];
    let name = format!("{slug}-{}-entrants.csv", at.id());
    let (app, caller) = (state.app.clone(), at.desk.caller.clone());
    let (programme, id) = (at.desk.programme.clone(), at.id());
    let filter = asked.filter();
    let page = move |skip: u32| {
        let (app, caller, programme) = (app.clone(), caller.clone(), programme.clone());
        let filter = EntrantFilter { skip, ..filter.clone() };
        async move {
            let found = app.entrants(&caller, &programme, id, filter, PIECE).await?;
            let next = (found.len() == PIECE as usize).then(|| skip.saturating_add(PIECE));
            let rows = found.into_iter().map(|one| {
                let entrant = one.entrant;
                let status = match entrant.status {
                    Status::In => "in",
                    Status::Left => "left",
                    Status::Out => "disqualified",
                };
                vec![
                    one.rank.map(|rank| rank.to_string()).unwrap_or_default(),
                    entrant.participant.to_string(),
                    entrant.alias,
                    (!entrant.nameless).to_string(),
                    entrant.team.unwrap_or_default(),
                    programme.zone.clock_time(entrant.joined_us),
                    status.to_owned(),
                    entrant.reason.unwrap_or_default(),
                    entrant.baseline.to_string(),
                    entrant.score.to_string(),
                    programme.zone.clock_time(entrant.reached_us),
                ]
            });
            Ok::<_, app::Error>((rows.collect(), next))
        }
    };
    in_pages(&name, &header, 0, page).await.map_err(|e| at.desk.oops(e))
}

/// The chip of a day's state.
fn day_chip(state: DayState, lang: Lang) -> (&'static str, String) {
    match state {
        DayState::Ahead => ("calm", lang.say("contest-day-ahead")),
        DayState::Running => ("wait", lang.say("contest-day-running")),
        DayState::Provisional { .. } => ("wait", lang.say("contest-day-provisional")),
        DayState::Final => ("", lang.say("contest-day-final")),
    }
}

async fn entrant(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id, who)): Path<(String, String, String)>,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    let said = done.words(&["moved", "out", "asked"], lang);
    entrant_page(&state, &at, &who, said, None).await
}

/// One entrant; `refused` is what became of a form on the page.
pub(super) async fn entrant_page(
    state: &State,
    at: &At,
    who: &str,
    said: Option<(bool, String)>,
    code: Option<axum::http::StatusCode>,
) -> Result<Response, Oops> {
    let lang = at.lang();
    let desk = &at.desk;
    let who = participant(desk, who)?;
    let only = EntrantFilter {
        id: Some(who),
        ..EntrantFilter::default()
    };
    let found = state
        .app
        .entrants(&desk.caller, &desk.programme, at.id(), only, 1)
        .await;
    let found = found.map_err(|e| desk.oops(e))?;
    let one = found
        .first()
        .ok_or_else(|| desk.oops(app::Refused::NotFound("entrant")))?;
    let entrant = &one.entrant;
    let days = state.app.own_days(&desk.caller, &desk.programme, at.id(), who).await;
    let days = days.map_err(|e| desk.oops(e))?;
    let word = |key: &str| lang.say(&format!("contest-column-{key}"));
    let mut facts = vec![
        Fact::new(word("rank"), one.rank.map_or_else(String::new, |rank| rank.to_string())),
        Fact::new(word("score"), at.score(entrant.score)),
        Fact::new(word("joined"), desk.time(entrant.joined_us)),
    ];
    if at.terms().teams.is_some() {
        facts.push(Fact::new(word("team"), entrant.team.clone().unwrap_or_default()));
    }
    if at.terms().handicap.is_some() {
        facts.push(Fact::new(word("baseline"), at.amount(entrant.baseline)));
    }
    facts.push(Fact::new(
        word("on-board"),
        lang.say(if entrant.nameless {
            "contest-nameless"
        } else {
            "contest-named"
        }),
    ));
    if let Some(reason) = &entrant.reason {
        facts.push(Fact::new(word("reason"), reason));
    }
    let name = if entrant.alias.is_empty() {
        who.to_string()
    } else {
        entrant.alias.clone()
    };
    let links = vec![(
        desk.at(&format!("/participants/{who}")),
        lang.say("contest-participant"),
    )];
    let mut folio = Folio {
        chips: vec![status_chip(entrant.status, lang)],
        said,
        ..Folio::new(lang, name)
    }
    .back(at.to("/entrants"), at.title())
    .with(
        Section::new("about", lang.say("contest-entrant"))
            .with(Block::Facts(facts))
            .with(Block::Links(links)),
    );
    if desk.can(Deed::ManageCompetition) && entrant.status == Status::In {
        folio.sections.extend(super::teams::move_section(state, at, one).await?);
    }
    folio.sections.extend(super::audit::out_section(at, one));
    let table = Table {
        caption: lang.say("contest-own-days"),
        columns: vec![
            Column::text(word("day")),
            Column::text(word("day-state")),
            Column::number(word("value")),
            Column::number(word("late")),
            Column::text(word("note")),
        ],
        rows: days
            .iter()
            .filter(|day| day.state != DayState::Ahead)
            .map(|day| own_day(at, day))
            .collect(),
        empty: lang.say("contest-no-days"),
        ..Table::default()
    };
    let section = Section::new("days", lang.say("contest-own-days"));
    folio = folio.with(section.wide().with(Block::Table(table)));
    match code {
        Some(code) => at.page_with(&folio, code),
        None => at.page(&folio),
    }
}

fn own_day(at: &At, day: &OwnDay) -> Vec<Cell> {
    let lang = at.lang();
    let (tone, state) = day_chip(day.state, lang);
    let mut notes = Vec::new();
    notes.extend(day.champion.then(|| lang.say("contest-champion")));
    notes.extend(day.voided.as_ref().map(|why| {
        let why = why.as_str();
        lang.say_with("contest-voided", &[("why", why)])
    }));
    vec![
        Cell::text(day.day.to_string()),
        Cell::chip(tone, state),
        Cell::text(at.amount(day.value)),
        Cell::text(day.late.map(|late| at.amount(late)).unwrap_or_default()),
        Cell::text(notes.join(" · ")),
    ]
}

async fn days(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    let (app, desk) = (&state.app, &at.desk);
    let found = app.competition_days(&desk.caller, &desk.programme, at.id()).await;
    let found = found.map_err(|e| desk.oops(e))?;
    let word = |key: &str| lang.say(&format!("contest-column-{key}"));
    let row = |day: &app::DayView| {
        let (tone, state) = day_chip(day.state, lang);
        let champion = day.champion.as_ref().map(|one| {
            let name = one.name.clone().unwrap_or_else(|| lang.say("contest-nameless"));
            Cell::Two {
                text: name,
                below: at.amount(one.value),
            }
        });
        vec![
            Cell::text(day.day.to_string()),
            Cell::chip(tone, state),
            Cell::text(desk.time(day.final_us)),
            champion.unwrap_or_else(|| Cell::text("")),
            Cell::text(day.walkers.map(grouped).unwrap_or_default()),
        ]
    };
    let table = Table {
        caption: lang.say("contest-days"),
        columns: vec![
            Column::text(word("day")),
            Column::text(word("day-state")),
            Column::text(word("final")),
            Column::text(word("champion")),
            Column::number(word("walkers")),
        ],
        rows: found.iter().map(row).collect(),
        ..Table::default()
    };
    let mut folio = at.folio("/days").with(board(&state, &at).await?).with(
        Section::new("days", lang.say("contest-days"))
            .wide()
            .with(Block::Table(table)),
    );
    if desk.can(Deed::ReadParticipant) {
        folio = folio.with(late(&state, &at).await?);
    }
    at.page(&folio)
}

/// How the competition stands now.
async fn board(state: &State, at: &At) -> Result<Section, Oops> {
    let (lang, desk) = (at.lang(), &at.desk);
    let seen = state.app.see_board(&desk.caller, &desk.programme, at.id(), None).await;
    let seen = seen.map_err(|e| desk.oops(e))?;
    let word = |key: &str| lang.say(&format!("contest-column-{key}"));
    let name = |row: &app::Row| row.name.clone().unwrap_or_else(|| lang.say("contest-nameless"));
    let teams = at.terms().teams.is_some();
    let rows = seen.top.iter().map(|row| {
        let mut cells = vec![
            Cell::text(row.rank.to_string()),
            Cell::text(name(row)),
            Cell::text(at.score(row.score)),
        ];
        cells.extend(teams.then(|| Cell::text(row.team.clone().unwrap_or_default())));
        cells
    });
    let mut columns = vec![
        Column::text(word("rank")),
        Column::text(word("alias")),
        Column::number(word("score")),
    ];
    columns.extend(teams.then(|| Column::text(word("team"))));
    let table = Table {
        caption: lang.say("contest-board"),
        columns,
        rows: rows.collect(),
        empty: lang.say("contest-nobody"),
        ..Table::default()
    };
    let mut figures = vec![Fact::new(
        word("entrants"),
        grouped(i64::try_from(seen.entrants).unwrap_or(i64::MAX)),
    )];
    if let Some(best) = seen.today.first() {
        figures.push(Fact::new(
            lang.say_with("contest-leads", &[("day", seen.day.to_string().as_str())]),
            format!("{} · {}", name(best), at.amount(best.score)),
        ));
    }
    Ok(Section::new("board", lang.say("contest-board"))
        .wide()
        .with(Block::Figures(figures))
        .with(Block::Table(table)))
}

/// Values that came after their day was final.
async fn late(state: &State, at: &At) -> Result<Section, Oops> {
    let (lang, desk) = (at.lang(), &at.desk);
    let late = state.app.late_days(&desk.caller, &desk.programme, at.id()).await;
    let late = late.map_err(|e| desk.oops(e))?;
    let word = |key: &str| lang.say(&format!("contest-column-{key}"));
    let rows = late.iter().map(|one| {
        let name = if one.alias.is_empty() {
            one.participant.to_string()
        } else {
            one.alias.clone()
        };
        vec![
            Cell::text(one.day.to_string()),
            Cell::link(at.to(&format!("/entrants/{}", one.participant)), name),
            Cell::text(at.amount(one.value)),
            Cell::text(at.amount(one.late)),
            Cell::text(desk.time(one.late_us)),
        ]
    });
    Ok(Section::new("late", lang.say("contest-late"))
        .words(lang.say("contest-late-words"))
        .wide()
        .with(Block::Table(Table {
            caption: lang.say("contest-late"),
            columns: vec![
                Column::text(word("day")),
                Column::text(word("alias")),
                Column::number(word("value")),
                Column::number(word("late")),
                Column::text(word("came")),
            ],
            rows: rows.collect(),
            empty: lang.say("contest-none-late"),
            ..Table::default()
        })))
}
