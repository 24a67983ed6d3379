//! How one is called and signs in.

use app::{Error, Refused};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Me, Ours, again, checked, mine, when};
use crate::State;
use crate::door::{Oops, Problem, Signed};
use crate::lang::Lang;
use crate::pages::access::{marked, password_changed, session, with_profile};
use crate::show::me::Passkey;
use crate::show::{Form as FormView, Settings};

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/me/settings", get(settings))
        .route("/me/settings/profile", post(profile))
        .route("/me/settings/password", post(password))
        .route("/me/settings/passkey", post(passkey))
        .route("/passkey/add", post(begin_adding))
        .route("/passkey/added", post(add))
        .route("/passkey/signin", post(begin_sign_in))
        .route("/passkey/signed", post(sign_in))
}

async fn page(
    state: &State,
    me: &Me,
    lang: Lang,
    (profile, password): (Option<FormView>, Option<FormView>),
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let view = state
        .app
        .participant(&me.caller, &me.programme, me.participant)
        .await
        .map_err(oops)?;
    let passkeys = state.app.passkeys(&me.caller).await.map_err(oops)?;
    let row = |key: app::PasskeyView| {
        let made = when(&me.programme, key.made_us, lang);
        let when = match key.used_us.map(|us| when(&me.programme, us, lang)) {
            None => lang.say_with("participant-passkey-when", &[("made", made.as_str())]),
            Some(used) => lang.say_with("participant-passkey-used", &[("made", &made), ("used", &used)]),
        };
        Passkey {
            id: key.id,
            name: key.name,
            when,
        }
    };
    let account = match &me.caller.who {
        app::Who::Person { account, .. } => account.clone(),
        _ => String::new(),
    };
    let language = view.lang.unwrap_or_default();
    let page = Settings {
        lang,
        profile: profile.unwrap_or_else(|| Settings::profile(lang, &me.csrf, &me.alias, &language, None)),
        account,
        password: password.unwrap_or_else(|| Settings::password(lang, &me.csrf, None)),
        passkeys: passkeys.into_iter().map(row).collect(),
        offered: state.site.is_some(),
        csrf: me.csrf.clone(),
    };
    me.room(lang, "participant-settings", page.render())
}

async fn settings(state: Ours, lang: Lang, signed: Signed) -> Result<Response, Oops> {
    let me = mine(&state, signed, lang).await?;
    page(&state, &me, lang, (None, None)).await
}

#[derive(Deserialize)]
struct Profile {
    csrf: String,
    alias: String,
    lang: String,
}

async fn profile(state: Ours, lang: Lang, signed: Signed, Form(form): Form<Profile>) -> Result<Response, Oops> {
    let me = checked(&state, signed, &form.csrf, lang).await?;
    let (id, alias) = (me.participant, form.alias.as_str());
    let changed = state
        .app
        .change_profile(&me.caller, &me.programme, id, alias, &form.lang)
        .await;
    match changed {
        // the address carries the language once, and the browser keeps it
        Ok(()) => {
            let word = Lang::from_tag(&form.lang).unwrap_or(lang).word();
            Ok(Redirect::to(&format!("/me/settings?done=saved&lang={word}")).into_response())
        }
        Err(Error::Refused(refused @ Refused::Invalid { .. })) => {
            let wrong = Some(lang.say("participant-alias-wrong"));
            let form = Settings::profile(lang, &me.csrf, alias, &form.lang, wrong);
            again(page(&state, &me, lang, (Some(form), None)).await, &refused)
        }
        Err(error) => Err(Oops::new(error, lang)),
    }
}

#[derive(Deserialize)]
struct Password {
    csrf: String,
    old: String,
    new: String,
}

async fn password(state: Ours, lang: Lang, signed: Signed, Form(form): Form<Password>) -> Result<Response, Oops> {
    let me = checked(&state, signed, &form.csrf, lang).await?;
    let (passwords, told) = ((form.old.as_str(), form.new.as_str()), password_changed(lang));
    let changed = state.app.change_password(&me.caller, &me.token, passwords, told).await;
    let (refused, wrong) = match changed {
        Ok(()) => return Ok(Redirect::to("/me/settings?done=password").into_response()),
        Err(Error::Refused(refused @ Refused::Credentials)) => (refused, ("old", "participant-password-wrong")),
        Err(Error::Refused(refused @ Refused::Invalid { .. })) => (refused, ("new", "participant-password-weak")),
        Err(error) => return Err(Oops::new(error, lang)),
    };
    let form = Settings::password(lang, &me.csrf, Some(wrong));
    again(page(&state, &me, lang, (None, Some(form))).await, &refused)
}

#[derive(Deserialize)]
struct ChangePasskey {
    csrf: String,
    id: String,
    name: String,
    #[serde(rename = "do")]
    deed: String,
}

async fn passkey(state: Ours, lang: Lang, signed: Signed, Form(form): Form<ChangePasskey>) -> Result<Response, Oops> {
    let me = checked(&state, signed, &form.csrf, lang).await?;
    let remove = form.deed == "remove";
    let changed = if remove {
        state.app.remove_passkey(&me.caller, &form.id).await
    } else {
        state.app.rename_passkey(&me.caller, &form.id, &form.name).await
    };
    changed.map_err(|e| Oops::new(e, lang))?;
    let done = if remove { "removed" } else { "saved" };
    Ok(Redirect::to(&format!("/me/settings?done={done}")).into_response())
}

/// What a script of a page sends: the token of its session in a header, which no form of another site can set.
fn from_page(signed: &Signed, headers: &HeaderMap) -> Result<(), Error> {
    let shown = headers.get("x-csrf").and_then(|value| value.to_str().ok());
    let known = signed.token.as_deref().map(app::form_token);
    if shown.is_some() && shown == known.as_deref() {
        Ok(())
    } else {
        Err(Refused::SignIn.into())
    }
}

fn site(state: &State) -> Result<&app::Site, Error> {
    Ok(state
        .site
        .as_ref()
        .ok_or(Refused::NotFound("passkeys at this address"))?)
}

/// JSON that is JSON already.
fn json(text: String) -> Response {
    let headers = [("content-type", "application/json"), ("cache-control", "no-store")];
    (headers, text).into_response()
}

async fn begin_adding(state: Ours, lang: Lang, signed: Signed, headers: HeaderMap) -> Result<Response, Problem> {
    let begun = async {
        from_page(&signed, &headers)?;
        state.app.begin_passkey(&signed.caller, site(&state)?).await
    };
    begun.await.map(json).map_err(|e| Problem::new(e, lang))
}

#[derive(Deserialize)]
struct Added {
    name: String,
    answer: Box<RawValue>,
}

async fn add(
    state: Ours,
    lang: Lang,
    signed: Signed,
    headers: HeaderMap,
    Json(added): Json<Added>,
) -> Result<Response, Problem> {
    let done = async {
        from_page(&signed, &headers)?;
        let (site, answer) = (site(&state)?, added.answer.get());
        state
            .app
            .finish_passkey(&signed.caller, site, &added.name, answer)
            .await
    };
    done.await.map_err(|e| Problem::new(e, lang))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn begin_sign_in(state: Ours, lang: Lang) -> Result<Response, Problem> {
    let begun = site(&state).and_then(|site| state.app.begin_sign_in(site));
    begun.map(json).map_err(|e| Problem::new(e, lang))
}

#[derive(Deserialize)]
struct Signature {
    answer: Box<RawValue>,
}

async fn sign_in(state: Ours, lang: Lang, jar: CookieJar, Json(signed): Json<Signature>) -> Result<Response, Problem> {
    let opened = async { state.app.finish_sign_in(site(&state)?, signed.answer.get()).await };
    let opened = opened.await.map_err(|e| Problem::new(e, lang))?;
    let chosen = jar.get("lang").is_some();
    let profile = opened.lang.clone();
    let response = (StatusCode::NO_CONTENT, marked(jar).add(session(opened))).into_response();
    Ok(with_profile(response, &profile, chosen))
}
