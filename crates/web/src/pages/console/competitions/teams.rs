//! Teams: a list read in, invitations, who moves where.

use app::{EntrantListed, Error, Key, NewTeam, Refused, TeamImport, TeamLine};
use axum::Form as Posted;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use domain::competition::Stage;
use domain::measure::Id;
use domain::programme::Deed;
use serde::Deserialize;

use super::super::super::Ours;
use super::super::grouped;
use super::open::Done;
use super::{At, participant};
use crate::State;
use crate::csv::of_table;
use crate::door::{Oops, Signed, status, words};
use crate::lang::Lang;
use crate::show::{
    Cell, Choice, Column, Fact, Folio, FolioBlock as Block, Form, FormField as Field, Input, Section, Table,
};

/// 20,000 lines of a team and a member, and the form around them.
const LIST_BYTES: usize = 2 * 1024 * 1024;
/// Lines that a page shows; what was refused comes first.
const SHOWN: usize = 200;
/// Teams that a page shows; the file has them all.
const SHOWN_TEAMS: usize = 200;

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{slug}/competitions/{id}/teams", get(teams).post(found))
        .route("/console/{slug}/competitions/{id}/teams.csv", get(csv))
        .route(
            "/console/{slug}/competitions/{id}/teams/import",
            post(import).layer(DefaultBodyLimit::max(LIST_BYTES)),
        )
        .route(
            "/console/{slug}/competitions/{id}/teams/apply",
            post(apply).layer(DefaultBodyLimit::max(3 * LIST_BYTES)),
        )
        .route("/console/{slug}/competitions/{id}/teams/invitation", post(invite))
        .route("/console/{slug}/competitions/{id}/entrants/{who}/team", post(put))
}

/// Whether teams can change: while the competition is open, until the day on which they are fixed.
fn can_change(at: &At) -> bool {
    let fixed_after = at.terms().teams.map(|rule| rule.fixed_after);
    at.desk.can(Deed::ManageCompetition)
        && at.view.stage == Stage::Open
        && fixed_after.is_some_and(|day| at.today <= day)
}

/// What was tried on the page.
#[derive(Default)]
struct Tried<'a> {
    said: Option<(bool, String)>,
    name: &'a str,
    list: &'a str,
    import: Option<&'a TeamImport>,
    invitation: Option<&'a NewTeam>,
    refused: Option<(&'static str, &'a Refused)>,
}

async fn teams(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    let tried = Tried {
        said: done.words(&["team"], lang),
        ..Tried::default()
    };
    page(&state, &at, tried).await
}

async fn page(state: &State, at: &At, tried: Tried<'_>) -> Result<Response, Oops> {
    let (lang, desk) = (at.lang(), &at.desk);
    let Some(rule) = at.terms().teams else {
        return Err(desk.oops(Refused::NotFound("team")));
    };
    let open = can_change(at);
    let all = state.app.teams_listed(&desk.caller, &desk.programme, at.id()).await;
    let all = all.map_err(|e| desk.oops(e))?;
    let fixed = rule.fixed_after.to_string();
    let day = [("day", fixed.as_str())];
    let words = match (open, at.view.stage) {
        (true, _) => lang.say_with("contest-teams-open", &day),
        (false, Stage::Draft) => lang.say("contest-teams-draft"),
        (false, _) => lang.say_with("contest-teams-fixed", &day),
    };
    let mut folio = Folio {
        said: tried.said.clone(),
        words,
        ..at.folio("/teams")
    };
    if let Some(new) = tried.invitation {
        folio = folio.with(invitation(state, at, new));
    }
    if let Some(import) = tried.import {
        folio = folio.with(shown(at, import, tried.list));
    }
    if desk.can(Deed::ManageCompetition) && (open || at.view.stage == Stage::Draft) {
        folio = folio.with(list_section(at, &tried));
    }
    if open {
        folio = folio.with(found_section(at, &tried)?);
    }
    folio = folio.with(listed(at, &all, open));
    match tried.refused {
        Some((_, refused)) => at.page_with(&folio, status(refused)),
        None => at.page(&folio),
    }
}

/// Every team; the names lead to who belongs to it.
fn table(at: &At, all: &[app::TeamListed], many: usize) -> Table {
    let lang = at.lang();
    let word = |key: &str| lang.say(&format!("contest-column-{key}"));
    let least = at.terms().teams.map_or(1, |rule| i64::from(rule.min_members));
    let named = at.desk.can(Deed::ReadParticipant) && at.view.stage != Stage::Draft;
    let rows = all.iter().take(many).map(|team| {
        vec![
            if named {
                Cell::link(at.to(&format!("/entrants?team={}", team.id)), &team.name)
            } else {
                Cell::text(&*team.name)
            },
            Cell::text(grouped(team.members)),
            if team.members < least {
                Cell::chip("wait", lang.say("contest-team-small"))
            } else {
                Cell::text("")
            },
            Cell::text(lang.say(if team.captain {
                "contest-team-captain"
            } else {
                "contest-team-listed"
            })),
            Cell::text(at.desk.time(team.formed_us)),
        ]
    });
    Table {
        caption: lang.say("contest-tab-teams"),
        columns: vec![
            Column::text(word("team")),
            Column::number(word("members")),
            Column::text(word("ranked")),
            Column::text(word("captain")),
            Column::text(word("formed")),
        ],
        rows: rows.collect(),
        csv: (!all.is_empty()).then(|| at.to("/teams.csv")),
        empty: lang.say("contest-no-teams"),
        ..Table::default()
    }
}

fn listed(at: &At, all: &[app::TeamListed], open: bool) -> Section {
    let lang = at.lang();
    let table = table(at, all, SHOWN_TEAMS);
    let mut section = Section::new("teams", lang.say("contest-tab-teams")).wide();
    if all.len() > SHOWN_TEAMS {
        let count = grouped(i64::try_from(all.len()).unwrap_or(i64::MAX));
        section = section.words(lang.say_with("contest-teams-many", &[("count", count.as_str())]));
    }
    section = section.with(Block::Table(table));
    if open && !all.is_empty() {
        let choices = all
            .iter()
            .take(SHOWN_TEAMS)
            .map(|team| Choice::new(team.id.to_string(), &*team.name, false));
        let form = Form::new(at.to("/teams/invitation"), &at.desk.csrf, lang.say("contest-invite")).with(
            Field::new(
                "team",
                lang.say("contest-column-team"),
                Input::Select(choices.collect()),
            )
            .hint(lang.say("contest-invite-hint")),
        );
        section = section.with(Block::Form(form));
    }
    section
}

/// A list, as text or as a file.
fn list_section(at: &At, tried: &Tried<'_>) -> Section {
    let lang = at.lang();
    let refused = tried.refused.filter(|(form, _)| *form == "list").map(|(_, no)| no);
    let at_field = matches!(refused, Some(Refused::Invalid { .. }));
    let text = Field::new("list", lang.say("contest-list-text"), Input::Area)
        .value(tried.list)
        .hint(lang.say("contest-list-hint"))
        .error(refused.filter(|_| at_field).map(|_| lang.say("contest-wrong-list")))
        .optional();
    let accept = ".csv,.txt,text/csv,text/plain";
    let file = Field::new("file", lang.say("contest-list-file"), Input::File { accept }).optional();
    let form = Form {
        error: refused.filter(|_| !at_field).map(|refused| words(refused, None, lang)),
        ..Form::new(at.to("/teams/import"), &at.desk.csrf, lang.say("contest-list-try"))
    };
    Section::new("import", lang.say("contest-import"))
        .words(lang.say("contest-import-words"))
        .with(Block::Form(form.with(text).with(file)))
}

fn found_section(at: &At, tried: &Tried<'_>) -> Result<Section, Oops> {
    let lang = at.lang();
    let refused = tried.refused.filter(|(form, _)| *form == "found").map(|(_, no)| no);
    let error = refused.map(|refused| match refused {
        Refused::Taken(_) => lang.say("contest-wrong-team-taken"),
        Refused::Invalid { .. } => lang.say("contest-wrong-team-name"),
        other => words(other, None, lang),
    });
    let form = Form {
        key: app::form_key().map_err(|e| at.desk.oops(e))?,
        ..Form::new(at.to("/teams"), &at.desk.csrf, lang.say("contest-found-go"))
    };
    let name = Field::line("name", lang.say("contest-found-name"))
        .value(tried.name)
        .error(error);
    Ok(Section::new("found", lang.say("contest-found"))
        .words(lang.say("contest-found-words"))
        .with(Block::Form(form.with(name))))
}

/// What a line does, in words.
fn does(line: &TeamLine, lang: Lang) -> Cell {
    match line {
        TeamLine::Enters => Cell::chip("", lang.say("contest-line-enters")),
        TeamLine::Joins => Cell::chip("", lang.say("contest-line-joins")),
        TeamLine::Moves { from } => Cell::chip("wait", lang.say_with("contest-line-moves", &[("from", from.as_str())])),
        TeamLine::Same => Cell::chip("calm", lang.say("contest-line-same")),
        TeamLine::Refused(fault) => Cell::chip("no", lang.say(&format!("contest-fault-{}", fault.name()))),
    }
}

/// What a list would do, or did, line by line.
fn shown(at: &At, import: &TeamImport, list: &str) -> Section {
    let lang = at.lang();
    let count = |number: usize| grouped(i64::try_from(number).unwrap_or(i64::MAX));
    let word = |key: &str| lang.say(&format!("contest-column-{key}"));
    let figures = vec![
        Fact::new(lang.say("contest-lines"), count(import.lines.len())),
        Fact::new(lang.say("contest-lines-change"), count(import.changes())),
        Fact::new(lang.say("contest-lines-refused"), count(import.refused())),
        Fact::new(lang.say("contest-lines-formed"), count(import.formed.len())),
    ];
    let refused = |line: &&app::TeamListLine| matches!(line.does, TeamLine::Refused(_));
    let first = import.lines.iter().filter(refused);
    let then = import.lines.iter().filter(|line| !refused(line));
    let rows = first.chain(then).take(SHOWN).map(|line| {
        vec![
            Cell::text(line.number.to_string()),
            Cell::text(&*line.team),
            Cell::text(&*line.member),
            does(&line.does, lang),
        ]
    });
    let table = Table {
        caption: lang.say("contest-import"),
        columns: vec![
            Column::number(word("line")),
            Column::text(word("team")),
            Column::text(word("member")),
            Column::text(word("does")),
        ],
        rows: rows.collect(),
        ..Table::default()
    };
    let (title, words) = if import.applied {
        ("contest-import-done", "contest-import-done-words")
    } else {
        ("contest-import-would", "contest-import-would-words")
    };
    let mut section = Section::new("lines", lang.say(title))
        .words(lang.say(words))
        .wide()
        .with(Block::Figures(figures));
    if import.lines.len() > SHOWN {
        section = section.with(Block::Words(lang.say("contest-lines-many")));
    }
    section = section.with(Block::Table(table));
    if !import.applied && import.changes() > 0 {
        if at.view.stage == Stage::Open {
            let form = Form::new(at.to("/teams/apply"), &at.desk.csrf, lang.say("contest-import-apply"))
                .with(Field::hidden("list", list));
            section = section.with(Block::Form(form));
        } else {
            section = section.with(Block::Say(true, lang.say("contest-import-later")));
        }
    }
    section
}

/// The one page on which an invitation stands.
fn invitation(state: &State, at: &At, new: &NewTeam) -> Section {
    let lang = at.lang();
    let link = format!("{}/compete/join/{}", state.public_url, new.invitation);
    Section::new("invitation", lang.say("contest-invitation"))
        .wide()
        .with(Block::Say(true, lang.say("contest-invitation-once")))
        .with(Block::Secrets(vec![Fact::new(&*new.name, link)]))
}

async fn csv(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    let all = state
        .app
        .teams_listed(&at.desk.caller, &at.desk.programme, at.id())
        .await;
    let all = all.map_err(|e| at.desk.oops(e))?;
    let table = table(&at, &all, usize::MAX);
    Ok(of_table(&format!("{slug}-{}-teams.csv", at.id()), &table))
}

/// What the form of a list holds.
#[derive(Default, Deserialize)]
struct SentList {
    csrf: String,
    list: String,
}

async fn read_list(desk: &super::Desk, mut form: Multipart) -> Result<SentList, Oops> {
    let mut sent = SentList::default();
    let broken = || {
        desk.oops(Refused::Invalid {
            field: "list".to_owned(),
            what: "is no form that can be read".to_owned(),
        })
    };
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(|_| broken())?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match name.as_str() {
            "csrf" => sent.csrf = text,
            "list" | "file" if !text.trim().is_empty() => sent.list = text,
            _ => {}
        }
    }
    Ok(sent)
}

async fn import(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    form: Multipart,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    let sent = read_list(&at.desk, form).await?;
    at.desk.check(&sent.csrf)?;
    read_in(&state, &at, &sent.list, false).await
}

async fn apply(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Posted(sent): Posted<SentList>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    at.desk.check(&sent.csrf)?;
    read_in(&state, &at, &sent.list, true).await
}

/// The page with what a list would do, or did.
async fn read_in(state: &State, at: &At, list: &str, apply: bool) -> Result<Response, Oops> {
    let (lang, desk) = (at.lang(), &at.desk);
    // a form sends line breaks as CR LF
    let list = list.replace("\r\n", "\n");
    let app = &state.app;
    let done = app
        .import_teams(&desk.caller, &desk.programme, at.id(), &list, apply)
        .await;
    match done {
        Ok(import) => {
            let tried = Tried {
                said: import.applied.then(|| (false, lang.say("contest-done-imported"))),
                // what was written is not offered again
                list: if import.applied { "" } else { &list },
                import: Some(&import),
                ..Tried::default()
            };
            page(state, at, tried).await
        }
        Err(Error::Refused(refused @ (Refused::Invalid { .. } | Refused::Settled(_)))) => {
            let tried = Tried {
                list: &list,
                refused: Some(("list", &refused)),
                ..Tried::default()
            };
            page(state, at, tried).await
        }
        Err(error) => Err(desk.oops(error)),
    }
}

#[derive(Deserialize)]
struct Found {
    csrf: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    name: String,
}

async fn found(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Posted(form): Posted<Found>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    at.desk.check(&form.csrf)?;
    let (app, desk) = (&state.app, &at.desk);
    let body = format!("{id} {}", form.name);
    let key = Key::new(&desk.caller, "team", &form.key, body.as_bytes());
    let made = app
        .found_team(&desk.caller, &desk.programme, at.id(), &form.name, Some(key))
        .await;
    after_invitation(&state, &at, made, &form.name).await
}

/// The page with an invitation on it, or with what was wrong.
async fn after_invitation(state: &State, at: &At, made: Result<NewTeam, Error>, name: &str) -> Result<Response, Oops> {
    match made {
        Ok(new) => {
            let tried = Tried {
                invitation: Some(&new),
                ..Tried::default()
            };
            let mut response = page(state, at, tried).await?;
            *response.status_mut() = StatusCode::CREATED;
            Ok(response)
        }
        Err(Error::Refused(refused @ (Refused::Invalid { .. } | Refused::Settled(_) | Refused::Taken(_)))) => {
            let tried = Tried {
                name,
                refused: Some(("found", &refused)),
                ..Tried::default()
            };
            page(state, at, tried).await
        }
        Err(error) => Err(at.desk.oops(error)),
    }
}

#[derive(Deserialize)]
struct Chosen {
    csrf: String,
    #[serde(default)]
    team: String,
}

async fn invite(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id)): Path<(String, String)>,
    Posted(form): Posted<Chosen>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    at.desk.check(&form.csrf)?;
    let team: Id = form.team.parse().map_err(|_| at.desk.oops(Refused::NotFound("team")))?;
    let app = &state.app;
    let made = app
        .renew_invitation(&at.desk.caller, &at.desk.programme, at.id(), team)
        .await;
    after_invitation(&state, &at, made, "").await
}

/// The form that puts an entrant into another team, while teams can change.
pub(super) async fn move_section(state: &State, at: &At, one: &EntrantListed) -> Result<Option<Section>, Oops> {
    if !can_change(at) {
        return Ok(None);
    }
    let (lang, desk) = (at.lang(), &at.desk);
    let all = state.app.teams_listed(&desk.caller, &desk.programme, at.id()).await;
    let all = all.map_err(|e| desk.oops(e))?;
    let now = one.entrant.team.as_deref();
    let mut choices = vec![Choice::new("", lang.say("contest-no-team"), now.is_none())];
    choices.extend(all.into_iter().map(|team| {
        let chosen = now == Some(team.name.as_str());
        Choice::new(team.id.to_string(), team.name, chosen)
    }));
    let form = Form::new(
        at.to(&format!("/entrants/{}/team", one.entrant.participant)),
        &desk.csrf,
        lang.say("contest-move-go"),
    )
    .with(Field::new("team", lang.say("contest-column-team"), Input::Select(choices)).optional());
    let fixed = at
        .terms()
        .teams
        .map(|rule| rule.fixed_after.to_string())
        .unwrap_or_default();
    Ok(Some(
        Section::new("move", lang.say("contest-move"))
            .words(lang.say_with("contest-teams-open", &[("day", fixed.as_str())]))
            .with(Block::Form(form)),
    ))
}

async fn put(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, id, who)): Path<(String, String, String)>,
    Posted(form): Posted<Chosen>,
) -> Result<Response, Oops> {
    let at = At::load(&state, signed, lang, &slug, &id).await?;
    at.desk.check(&form.csrf)?;
    let person = participant(&at.desk, &who)?;
    let team = match form.team.as_str() {
        "" => None,
        team => {
            let team: Id = team.parse().map_err(|_| at.desk.oops(Refused::NotFound("team")))?;
            Some(team)
        }
    };
    let app = &state.app;
    let moved = app
        .move_member(&at.desk.caller, &at.desk.programme, at.id(), person, team)
        .await;
    match moved {
        Ok(()) => Ok(at.go(&format!("/entrants/{person}?done=moved"))),
        Err(Error::Refused(refused @ Refused::Settled(_))) => {
            let said = Some((true, words(&refused, None, lang)));
            super::watch::entrant_page(&state, &at, &who, said, Some(status(&refused))).await
        }
        Err(error) => Err(at.desk.oops(error)),
    }
}
