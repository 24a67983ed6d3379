//! What all competitions of a programme share: the budget for prizes, and who hears of leave days.

use app::{Error, Key, NewHook, Refused};
use axum::Form as Posted;
use axum::Router;
use axum::extract::{Path, Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::measure::{Decimal, Points};
use domain::programme::Deed;
use serde::Deserialize;

use super::super::super::Ours;
use super::super::{Desk, desk, grouped};
use super::ROOM;
use super::open::Done;
use crate::State;
use crate::door::{Oops, Signed, status, words};
use crate::lang::Lang;
use crate::show::{Fact, Folio, FolioBlock as Block, Form, FormField as Field, Input, Section};

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{slug}/competitions/settings", get(show))
        .route("/console/{slug}/competitions/settings/fund", post(fund))
        .route("/console/{slug}/competitions/settings/hook", post(hook))
}

/// What was tried, and what was typed.
#[derive(Default)]
struct Tried<'a> {
    said: Option<(bool, String)>,
    form: &'static str,
    text: &'a str,
    refused: Option<&'a Refused>,
    new: Option<&'a NewHook>,
}

async fn show(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let tried = Tried {
        said: done.words(&["funded"], lang),
        ..Tried::default()
    };
    page(&state, &desk, &tried).await
}

async fn page(state: &State, desk: &Desk, tried: &Tried<'_>) -> Result<Response, Oops> {
    let lang = desk.lang;
    let mut folio = Folio {
        said: tried.said.clone(),
        ..Folio::new(lang, lang.say("contest-settings"))
    }
    .back(desk.at(ROOM), lang.say("console-competitions"));
    if let Some(new) = tried.new {
        let secrets = vec![
            Fact::new(lang.say("contest-hook-url"), &*new.url),
            Fact::new(lang.say("contest-hook-secret"), &*new.secret),
        ];
        folio = folio.with(
            Section::new("secret", lang.say("contest-hook-new"))
                .wide()
                .with(Block::Say(true, lang.say("contest-hook-once")))
                .with(Block::Secrets(secrets)),
        );
    }
    folio = folio.with(budget(state, desk, tried).await?);
    if desk.can(Deed::ReadSettings) {
        folio = folio.with(hooks(state, desk, tried).await?);
    }
    let mut response = desk.page(ROOM, lang.say("contest-settings"), folio.render())?;
    if let Some(refused) = tried.refused {
        *response.status_mut() = status(refused);
    } else if tried.new.is_some() {
        *response.status_mut() = StatusCode::CREATED;
    }
    Ok(response)
}

/// What is wrong with a form: at its field, or with the whole.
fn fault(tried: &Tried<'_>, form: &str, key: &str, lang: Lang) -> (Option<String>, Option<String>) {
    match tried.refused.filter(|_| tried.form == form) {
        None => (None, None),
        Some(Refused::Invalid { .. }) => (Some(lang.say(key)), None),
        Some(other) => (None, Some(words(other, None, lang))),
    }
}

async fn budget(state: &State, desk: &Desk, tried: &Tried<'_>) -> Result<Section, Oops> {
    let lang = desk.lang;
    let oops = |e: Error| desk.oops(e);
    let free = state
        .app
        .prize_budget(&desk.caller, &desk.programme)
        .await
        .map_err(oops)?;
    let held = state
        .app
        .prizes_held(&desk.caller, &desk.programme)
        .await
        .map_err(oops)?;
    let points = |points: Points| {
        let amount = desk.points(points.milli());
        format!("{} {}", amount.value, amount.unit)
    };
    let section = Section::new("budget", lang.say("contest-budget"))
        .words(lang.say("contest-budget-words"))
        .with(Block::Figures(vec![
            Fact::new(lang.say("contest-budget-free"), points(free)),
            Fact::new(lang.say("contest-budget-held"), points(held)),
        ]));
    if !desk.can(Deed::FundRewards) {
        return Ok(section.with(Block::Words(lang.say("contest-budget-finance"))));
    }
    let (at_field, whole) = fault(tried, "fund", "contest-wrong-points", lang);
    let unit = desk.programme.points.unit.in_lang(lang.into());
    let input = Input::Line {
        kind: "number",
        autocomplete: "off",
    };
    let field = Field::new("points", lang.say_with("contest-fund-points", &[("unit", unit)]), input)
        .value(if tried.form == "fund" { tried.text } else { "" })
        .error(at_field);
    let form = Form {
        key: app::form_key().map_err(oops)?,
        error: whole,
        ..Form::new(
            desk.at("/competitions/settings/fund"),
            &desk.csrf,
            lang.say("contest-fund-go"),
        )
    };
    Ok(section.with(Block::Form(form.with(field))))
}

async fn hooks(state: &State, desk: &Desk, tried: &Tried<'_>) -> Result<Section, Oops> {
    let lang = desk.lang;
    let hook = state.app.hook_view(&desk.caller, &desk.programme).await;
    let hook = hook.map_err(|e| desk.oops(e))?;
    let mut section = Section::new("hook", lang.say("contest-hook")).words(lang.say("contest-hook-words"));
    section = match &hook {
        None => section.with(Block::Words(lang.say("contest-hook-none"))),
        Some(hook) => {
            let facts = vec![
                Fact::new(lang.say("contest-hook-url"), &*hook.url),
                Fact::new(lang.say("contest-hook-sent"), grouped(hook.sent)),
            ];
            let section = section.with(Block::Facts(facts));
            match &hook.problem {
                Some(problem) => {
                    let problem = problem.as_str();
                    let words = lang.say_with("contest-hook-problem", &[("problem", problem)]);
                    section.with(Block::Say(true, words))
                }
                None => section,
            }
        }
    };
    if !desk.can(Deed::ManageAccess) {
        return Ok(section);
    }
    let (at_field, whole) = fault(tried, "hook", "contest-wrong-url", lang);
    let input = Input::Line {
        kind: "url",
        autocomplete: "off",
    };
    let field = Field::new("url", lang.say("contest-hook-url"), input)
        .value(if tried.form == "hook" { tried.text } else { "" })
        .hint(lang.say("contest-hook-hint"))
        .error(at_field);
    let form = Form {
        error: whole,
        ..Form::new(
            desk.at("/competitions/settings/hook"),
            &desk.csrf,
            lang.say("contest-hook-go"),
        )
    };
    Ok(section.with(Block::Form(form.with(field))))
}

#[derive(Deserialize)]
struct Fund {
    csrf: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    points: String,
}

async fn fund(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Posted(form): Posted<Fund>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    desk.check(&form.csrf)?;
    let typed = form.points.trim();
    let milli = Decimal::parse_grouped(typed)
        .ok()
        .and_then(|points| points.at_places(3));
    let funded = match milli {
        Some((milli, true)) => {
            let key = Key::new(
                &desk.caller,
                "fund prizes",
                &form.key,
                format!("{slug} {milli}").as_bytes(),
            );
            let points = Points::from_milli(milli);
            let app = &state.app;
            app.fund_prizes(&desk.caller, &desk.programme, points, Some(key)).await
        }
        _ => Err(Error::from(Refused::Invalid {
            field: "points".to_owned(),
            what: String::new(),
        })),
    };
    match funded {
        Ok(_) => Ok(Redirect::to(&desk.at("/competitions/settings?done=funded")).into_response()),
        Err(Error::Refused(refused @ (Refused::Invalid { .. } | Refused::Settled(_) | Refused::KeyReused))) => {
            let tried = Tried {
                form: "fund",
                text: typed,
                refused: Some(&refused),
                ..Tried::default()
            };
            page(&state, &desk, &tried).await
        }
        Err(error) => Err(desk.oops(error)),
    }
}

#[derive(Deserialize)]
struct Hook {
    csrf: String,
    #[serde(default)]
    url: String,
}

async fn hook(
    Shared(state): Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Posted(form): Posted<Hook>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    desk.check(&form.csrf)?;
    match state.app.set_hook(&desk.caller, &desk.programme, &form.url).await {
        Ok(new) => {
            let tried = Tried {
                new: Some(&new),
                ..Tried::default()
            };
            page(&state, &desk, &tried).await
        }
        Err(Error::Refused(refused @ (Refused::Invalid { .. } | Refused::Settled(_)))) => {
            let tried = Tried {
                form: "hook",
                text: &form.url,
                refused: Some(&refused),
                ..Tried::default()
            };
            page(&state, &desk, &tried).await
        }
        Err(error) => Err(desk.oops(error)),
    }
}
