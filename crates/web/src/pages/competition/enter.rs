//! Getting in and out.

use app::{CompetitionView, Error, Refused, TeamView};
use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::board::{board_page, missing, needs_words};
use super::words::{day_scale, scale};
use super::{Bare, Me, Ours, here, me};
use crate::State;
use crate::door::{Oops, Signed, status, words};
use crate::lang::Lang;
use crate::show::{Form as FormView, TeamPage};

/// The board again after a form: with the words of what was refused, or the page it leads to.
async fn done(
    state: &State,
    me: &Me,
    one: &CompetitionView,
    outcome: Result<(), Error>,
    then: &str,
    lang: Lang,
) -> Result<Response, Oops> {
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/compete/{}?done={then}", one.id)).into_response()),
        Err(Error::Refused(refused)) => {
            let mut page = board_page(state, me, one, Some(refused_words(&refused, lang)), lang).await?;
            *page.status_mut() = status(&refused);
            Ok(page)
        }
        Err(error) => Err(Oops::new(error, lang)),
    }
}

/// What was refused, in words of this room.
pub(super) fn refused_words(refused: &Refused, lang: Lang) -> String {
    match refused {
        Refused::Taken(_) => lang.say("competition-name-taken"),
        Refused::Invalid { field, .. } if field == "name" => lang.say("competition-name-wrong"),
        Refused::Settled("the team is full") => lang.say("competition-team-full"),
        Refused::Settled("teams are fixed") => lang.say("competition-teams-fixed"),
        other => words(other, None, lang),
    }
}

pub(super) async fn enter(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(id): Path<String>,
    Form(form): Form<Bare>,
) -> Result<Response, Oops> {
    let (me, one) = here(&state, signed, &id, lang).await?;
    me.check(&form.csrf).map_err(|e| Oops::new(e, lang))?;
    let entered = state
        .app
        .enter_competition(&me.caller, &me.programme, one.id, me.participant, None)
        .await;
    done(&state, &me, &one, entered.map(drop), "joined", lang).await
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
        .leave_competition(&me.caller, &me.programme, one.id, me.participant)
        .await;
    done(&state, &me, &one, left, "left-race", lang).await
}

#[derive(Deserialize)]
pub(super) struct Alias {
    csrf: String,
    nameless: u8,
}

pub(super) async fn alias(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(id): Path<String>,
    Form(form): Form<Alias>,
) -> Result<Response, Oops> {
    let (me, one) = here(&state, signed, &id, lang).await?;
    me.check(&form.csrf).map_err(|e| Oops::new(e, lang))?;
    let set = state
        .app
        .show_on_board(&me.caller, &me.programme, one.id, me.participant, form.nameless == 1)
        .await;
    done(&state, &me, &one, set, "saved", lang).await
}

/// Where an invitation leads.
async fn leads_to(state: &State, me: &Me, secret: &str) -> Result<Option<(CompetitionView, TeamView)>, Error> {
    let (id, team) = match state.app.invited_to(&me.programme, secret).await {
        Ok(found) => found,
        Err(Error::Refused(Refused::NotFound(_))) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some((
        state.app.competition(&me.caller, &me.programme, id).await?,
        team,
    )))
}

/// The page of an invitation.
async fn invited_page(
    state: &State,
    me: &Me,
    secret: &str,
    error: Option<String>,
    lang: Lang,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let Some((one, team)) = leads_to(state, me, secret).await.map_err(oops)? else {
        let page = TeamPage {
            lang,
            back: ("/compete".to_owned(), lang.say("competition-title")),
            title: lang.say("competition-invited-gone"),
            words: lang.say("competition-invited-gone-words"),
            error: None,
            link: None,
            rows: Vec::new(),
            scale: day_scale(domain::competition::Metric::Steps, lang),
            door: None,
            deeds: Vec::new(),
        };
        let mut response = me.race(lang, page.title.clone(), page.render())?;
        *response.status_mut() = StatusCode::NOT_FOUND;
        return Ok(response);
    };
    let needs = missing(state, me, &one).await.map_err(oops)?;
    let title = one.title.in_lang(lang.into());
    let members = lang.say_with("competition-members", &[("count", team.members.to_string().as_str())]);
    let title_of = lang.say_with("competition-invited", &[("team", team.name.as_str())]);
    let join = FormView::new(format!("/compete/join/{secret}"), &me.csrf, title_of.clone());
    let (door, deeds) = match needs {
        None => (None, vec![(title_of, lang.say("competition-join-words"), join)]),
        Some(_) => (
            Some(("/me/consents".to_owned(), lang.say("competition-consent-go"))),
            Vec::new(),
        ),
    };
    let error = error.or_else(|| needs.map(|consent| lang.say(needs_words(consent))));
    let page = TeamPage {
        lang,
        back: (format!("/compete/{}", one.id), title.to_owned()),
        title: team.name.clone(),
        words: lang.say_with(
            "competition-invited-words",
            &[("title", title), ("members", members.as_str())],
        ),
        error,
        link: None,
        rows: Vec::new(),
        scale: scale(&one.terms, me.today(state), lang),
        door,
        deeds,
    };
    me.race(lang, page.title.clone(), page.render())
}

pub(super) async fn invited(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(secret): Path<String>,
) -> Result<Response, Oops> {
    let me = me(&state.app, signed).await.map_err(|e| Oops::new(e, lang))?;
    invited_page(&state, &me, &secret, None, lang).await
}

pub(super) async fn accept(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(secret): Path<String>,
    Form(form): Form<Bare>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    me.check(&form.csrf).map_err(oops)?;
    let Some((one, _)) = leads_to(&state, &me, &secret).await.map_err(oops)? else {
        return invited_page(&state, &me, &secret, None, lang).await;
    };
    let entered = state
        .app
        .enter_competition(&me.caller, &me.programme, one.id, me.participant, Some(&secret))
        .await;
    match entered {
        Ok(_) => Ok(Redirect::to(&format!("/compete/{}?done=joined", one.id)).into_response()),
        Err(Error::Refused(refused)) => {
            let error = Some(refused_words(&refused, lang));
            let mut page = invited_page(&state, &me, &secret, error, lang).await?;
            *page.status_mut() = status(&refused);
            Ok(page)
        }
        Err(error) => Err(oops(error)),
    }
}
