//! Teams: all of them, one with its members, one's own.

use app::{CompetitionView, EntryView, Error, Key, TeamView};
use axum::Form;
use axum::extract::{Path, Query};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use domain::competition::{Stage, Status};
use domain::measure::Id;
use serde::Deserialize;

use super::board::{From, ROWS, paged};
use super::enter::refused_words;
use super::words::{date, place, scale, team_place};
use super::{Bare, Me, Ours, here};
use crate::State;
use crate::door::{Oops, Signed, status};
use crate::lang::Lang;
use crate::pages::participant::origin;
use crate::show::{Form as FormView, FormField, TeamPage};

pub(super) async fn teams(
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
        .team_page(&me.caller, &me.programme, one.id, first, ROWS + 1)
        .await;
    let rows = rows.map_err(|e| Oops::new(e, lang))?;
    let scale = scale(&one.terms, me.today(&state), lang);
    let places = rows.iter().map(|row| team_place(one.id, row, &scale, lang)).collect();
    let page = paged(&one, "teams", "competition-teams", places, (first, scale), lang);
    me.race(lang, page.title.clone(), page.render())
}

/// A page about a team or about having none, with nothing on it yet.
fn blank(state: &State, me: &Me, one: &CompetitionView, lang: Lang) -> TeamPage {
    TeamPage {
        lang,
        back: (
            format!("/compete/{}", one.id),
            one.title.in_lang(lang.into()).to_owned(),
        ),
        title: String::new(),
        words: String::new(),
        error: None,
        link: None,
        rows: Vec::new(),
        scale: scale(&one.terms, me.today(state), lang),
        door: None,
        deeds: Vec::new(),
    }
}

/// The members of a team, and the words below its name.
async fn fill(state: &State, me: &Me, one: &CompetitionView, team: Id, page: &mut TeamPage) -> Result<(), Error> {
    let (app, lang) = (&state.app, page.lang);
    let rows = app.team_members(&me.caller, &me.programme, one.id, team).await?;
    let members = lang.say_with("competition-members", &[("count", rows.len().to_string().as_str())]);
    let least = one.terms.teams.map_or(1, |rule| rule.min_members);
    let lacks = u64::from(least).saturating_sub(rows.len() as u64);
    page.words = if lacks > 0 {
        let lacks = lang.say_with("competition-team-few", &[("count", lacks.to_string().as_str())]);
        format!("{members} · {lacks}")
    } else {
        members
    };
    let own_team = |row: &app::Row| app::Row {
        team: None,
        ..row.clone()
    };
    page.rows = rows
        .iter()
        .map(|row| place(&own_team(row), &page.scale, lang))
        .collect();
    Ok(())
}

pub(super) async fn members(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path((id, team)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let (me, one) = here(&state, signed, &id, lang).await?;
    let nothing = || oops(app::Refused::NotFound("team").into());
    let team: Id = team.parse().map_err(|_| nothing())?;
    let mut page = blank(&state, &me, &one, lang);
    page.title = state
        .app
        .team_name(&me.caller, &me.programme, one.id, team)
        .await
        .map_err(oops)?;
    fill(&state, &me, &one, team, &mut page).await.map_err(oops)?;
    let entry = state
        .app
        .entry(&me.caller, &me.programme, one.id, me.participant)
        .await
        .map_err(oops)?;
    if entry.and_then(|entry| entry.team).is_some_and(|mine| mine.id == team) {
        page.door = Some((format!("/compete/{}/team", one.id), lang.say("competition-team-mine")));
    }
    me.race(lang, page.title.clone(), page.render())
}

pub(super) async fn mine(state: Ours, lang: Lang, signed: Signed, Path(id): Path<String>) -> Result<Response, Oops> {
    let (me, one) = here(&state, signed, &id, lang).await?;
    mine_page(&state, &me, &one, (None, None), lang).await
}

/// One's own team, or how to get one; perhaps with a fresh link, or with what went wrong.
async fn mine_page(
    state: &State,
    me: &Me,
    one: &CompetitionView,
    (link, error): (Option<String>, Option<String>),
    lang: Lang,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let nothing = || oops(app::Refused::NotFound("team").into());
    let rule = one.terms.teams.ok_or_else(nothing)?;
    let entry = state
        .app
        .entry(&me.caller, &me.programme, one.id, me.participant)
        .await
        .map_err(oops)?;
    let entry: EntryView = entry.filter(|entry| entry.status == Status::In).ok_or_else(nothing)?;
    let changing = one.stage == Stage::Open && me.today(state) <= rule.fixed_after;
    let mut page = TeamPage {
        error,
        link,
        ..blank(state, me, one, lang)
    };
    let at = |to: &str| format!("/compete/{}/team{to}", one.id);
    let key = app::form_key().map_err(oops)?;
    let keyed = |form: FormView| FormView {
        key: key.clone(),
        ..form
    };
    if let Some(team) = &entry.team {
        page.title.clone_from(&team.name);
        fill(state, me, one, team.id, &mut page).await.map_err(oops)?;
        page.deeds = deeds(me, team, changing, &at, keyed, lang);
        if changing {
            let until = lang.say_with(
                "competition-leave-team-words",
                &[("day", date(rule.fixed_after, lang).as_str())],
            );
            let leave = FormView {
                danger: true,
                ..FormView::new(at("/leave"), &me.csrf, lang.say("competition-leave-team"))
            };
            page.deeds
                .push((lang.say("competition-leave-team-title"), until, leave));
        }
    } else {
        page.title = lang.say("competition-team-none");
        page.words = lang.say(if changing {
            "competition-team-none-words"
        } else {
            "competition-teams-fixed"
        });
        if changing {
            let name = FormField::line("name", lang.say("competition-team-name"));
            let name = name.hint(lang.say("competition-team-name-hint"));
            let form = keyed(FormView::new(at(""), &me.csrf, lang.say("competition-form")).with(name));
            page.deeds = vec![(
                lang.say("competition-form-title"),
                lang.say("competition-form-words"),
                form,
            )];
        }
    }
    me.race(lang, page.title.clone(), page.render())
}

/// What a captain can do.
fn deeds(
    me: &Me,
    team: &TeamView,
    changing: bool,
    at: &impl Fn(&str) -> String,
    keyed: impl Fn(FormView) -> FormView,
    lang: Lang,
) -> Vec<(String, String, FormView)> {
    if !team.captain {
        return Vec::new();
    }
    let invite = keyed(FormView::new(at("/invite"), &me.csrf, lang.say("competition-invite")));
    let name = FormField::line("name", lang.say("competition-team-name")).value(&team.name);
    let rename = FormView::new(at("/rename"), &me.csrf, lang.say("competition-rename")).with(name);
    let titled = |key: &str, form| {
        (
            lang.say(&format!("{key}-title")),
            lang.say(&format!("{key}-words")),
            form,
        )
    };
    let mut deeds = Vec::new();
    if changing {
        deeds.push(titled("competition-invite", invite));
    }
    deeds.push(titled("competition-rename", rename));
    deeds
}

#[derive(Deserialize)]
pub(super) struct Called {
    csrf: String,
    #[serde(default)]
    key: String,
    name: String,
}

#[derive(Deserialize)]
pub(super) struct Keyed {
    csrf: String,
    key: String,
}

/// The page of one's team after a form: as it is now, with a link, or with what was refused.
async fn told(
    state: &State,
    me: &Me,
    one: &CompetitionView,
    outcome: Result<Option<String>, Error>,
    lang: Lang,
) -> Result<Response, Oops> {
    match outcome {
        Ok(None) => Ok(Redirect::to(&format!("/compete/{}/team?done=saved", one.id)).into_response()),
        Ok(link) => mine_page(state, me, one, (link, None), lang).await,
        Err(Error::Refused(refused)) => {
            let error = Some(refused_words(&refused, lang));
            let mut page = mine_page(state, me, one, (None, error), lang).await?;
            *page.status_mut() = status(&refused);
            Ok(page)
        }
        Err(error) => Err(Oops::new(error, lang)),
    }
}

/// What an invitation link is.
fn link(state: &State, headers: &HeaderMap, secret: &str) -> String {
    format!("{}/compete/join/{secret}", origin(state, headers))
}

pub(super) async fn form(
    state: Ours,
    lang: Lang,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(form): Form<Called>,
) -> Result<Response, Oops> {
    let (me, one) = here(&state, signed, &id, lang).await?;
    me.check(&form.csrf).map_err(|e| Oops::new(e, lang))?;
    let asked = format!("{} {}", one.id, form.name);
    let key = Some(Key::new(&me.caller, "team", &form.key, asked.as_bytes()));
    let formed = state
        .app
        .form_team(&me.caller, &me.programme, one.id, me.participant, &form.name, key)
        .await;
    let formed = formed.map(|team| Some(link(&state, &headers, &team.invitation)));
    told(&state, &me, &one, formed, lang).await
}

pub(super) async fn rename(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(id): Path<String>,
    Form(form): Form<Called>,
) -> Result<Response, Oops> {
    let (me, one) = here(&state, signed, &id, lang).await?;
    me.check(&form.csrf).map_err(|e| Oops::new(e, lang))?;
    let renamed = state
        .app
        .rename_team(&me.caller, &me.programme, one.id, me.participant, &form.name)
        .await;
    told(&state, &me, &one, renamed.map(|()| None), lang).await
}

pub(super) async fn invite(
    state: Ours,
    lang: Lang,
    signed: Signed,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(form): Form<Keyed>,
) -> Result<Response, Oops> {
    let (me, one) = here(&state, signed, &id, lang).await?;
    me.check(&form.csrf).map_err(|e| Oops::new(e, lang))?;
    let asked = one.id.to_string();
    let key = Some(Key::new(&me.caller, "invite", &form.key, asked.as_bytes()));
    let made = state
        .app
        .invite_to_team(&me.caller, &me.programme, one.id, me.participant, key)
        .await;
    let made = made.map(|secret| Some(link(&state, &headers, &secret)));
    told(&state, &me, &one, made, lang).await
}

pub(super) async fn leave(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(id): Path<String>,
    Form(form): Form<Bare>,
) -> Result<Response, Oops> {
    let (me, one) = here(&state, signed, &id, lang).await?;
    me.check(&form.csrf).map_err(|e| Oops::new(e, lang))?;
    let left = state
        .app
        .leave_team(&me.caller, &me.programme, one.id, me.participant)
        .await;
    told(&state, &me, &one, left.map(|()| None), lang).await
}
