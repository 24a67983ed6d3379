//! Signing in and out.

use app::{Error, Refused};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use serde::Deserialize;

use super::{Ours, html, me};
use crate::asset;
use crate::door::{Oops, SESSION, Signed};
use crate::lang::Lang;
use crate::show::{Page, Shell, Signin};

pub(super) fn routes() -> Router<crate::State> {
    Router::new()
        .route("/signin", get(form).post(sign_in))
        .route("/signout", post(sign_out))
}

fn page(state: &crate::State, lang: Lang, account: String, failed: bool) -> Result<Response, Oops> {
    let form = Signin {
        lang,
        csrf: String::new(),
        account,
        error: failed.then(|| lang.say("errors-signin")),
        next: None,
        logins: state.demo.clone(),
    };
    let inner = form.render().map_err(|e| Oops::template(&e, lang))?;
    let passkey = state.site.as_ref().map(|_| asset::PASSKEY);
    let shell = Shell {
        sign_in: false,
        more: passkey.into_iter().collect(),
        ..Shell::open(lang, lang.say("shell-signin"), Page::Plain, inner)
    };
    html(&shell, lang)
}

async fn form(state: Ours, lang: Lang) -> Result<Response, Oops> {
    page(&state, lang, String::new(), false)
}

#[derive(Deserialize)]
struct SignIn {
    account: String,
    password: String,
}

pub(super) fn session(token: String) -> Cookie<'static> {
    Cookie::build((SESSION, token))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}

async fn sign_in(state: Ours, lang: Lang, jar: CookieJar, Form(form): Form<SignIn>) -> Result<Response, Oops> {
    match state.app.sign_in(&form.account, &form.password).await {
        Ok(opened) => Ok((jar.add(session(opened.token)), Redirect::to("/")).into_response()),
        Err(Error::Refused(Refused::Credentials)) => {
            let mut response = page(&state, lang, form.account, true)?;
            *response.status_mut() = axum::http::StatusCode::UNAUTHORIZED;
            Ok(response)
        }
        Err(error) => Err(Oops::new(error, lang)),
    }
}

#[derive(Deserialize)]
struct SignOut {
    csrf: String,
}

async fn sign_out(
    state: Ours,
    lang: Lang,
    jar: CookieJar,
    signed: Signed,
    Form(form): Form<SignOut>,
) -> Result<Response, Oops> {
    let token = signed.token.clone();
    if let (Ok(me), Some(token)) = (me(&state.app, signed).await, token) {
        me.check(&form.csrf).map_err(|e| Oops::new(e, lang))?;
        state.app.sign_out(&token).await.map_err(|e| Oops::new(e, lang))?;
    }
    let gone = jar.remove(session(String::new()));
    Ok(([(header::CACHE_CONTROL, "no-store")], gone, Redirect::to("/")).into_response())
}
