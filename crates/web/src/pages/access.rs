//! Joining, signing in and out, a new password.

use std::collections::HashMap;
use std::sync::Arc;

use app::{Caller, Error, Letter, NewAccount, Refused, Session, Who};
use axum::extract::{Path, Query};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use domain::measure::Zone;
use domain::participant::Consent;
use domain::programme::Programme;
use serde::Deserialize;

use super::{Ours, html, language_cookie};
use crate::asset;
use crate::door::{Client, DEVICE, Oops, SESSION, Signed, mark, words};
use crate::lang::Lang;
use crate::show::{Agree, Ask, Choose, Icon, Join, LetterSheet, Outbox, Page, Programme as Shown, Shell, Signin};

pub(super) fn routes() -> Router<crate::State> {
    Router::new()
        .route("/join", get(choose))
        .route("/join/{programme}", get(join_form).post(join))
        .route("/signin", get(form).post(sign_in))
        .route("/signout", post(sign_out))
        .route("/forgot", get(forgot_form).post(forgot))
        .route("/reset", get(reset_form).post(reset))
        .route("/outbox", get(outbox))
}

fn framed(lang: Lang, title: String, inner: Result<String, askama::Error>) -> Result<Response, Oops> {
    framed_with(lang, title, inner, &[])
}

fn framed_with(
    lang: Lang,
    title: String,
    inner: Result<String, askama::Error>,
    scripts: &[asset::Asset],
) -> Result<Response, Oops> {
    let inner = inner.map_err(|e| Oops::template(&e, lang))?;
    let shell = Shell {
        sign_in: false,
        more: [&[asset::ACCESS_CSS, asset::ACCESS_SCRIPT], scripts].concat(),
        ..Shell::open(lang, title, Page::Plain, inner)
    };
    html(&shell, lang)
}

fn ask(lang: Lang, page: &Ask) -> Result<Response, Oops> {
    framed(lang, page.title.clone(), page.render())
}

/// Whether an address leads to a page of this site and nowhere else.
pub(super) fn is_local(path: &str) -> bool {
    let plain = path.bytes().all(|c| c.is_ascii_graphic() && c != b'\\');
    plain && path.len() <= 512 && path.starts_with('/') && !path.starts_with("//")
}

/// A text as the value of a query.
pub(super) fn in_query(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
    let written = text.bytes().map(|byte| match byte {
        byte if plain(byte) => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    });
    written.collect()
}

/// Joinable programmes.
fn open(state: &crate::State) -> Vec<Arc<Programme>> {
    let catalogue = state.app.catalogue();
    let open = catalogue.programmes().iter().filter(|one| one.joinable);
    open.map(Arc::clone).collect()
}

async fn choose(state: Ours, lang: Lang) -> Result<Response, Oops> {
    let open = open(&state);
    match open.as_slice() {
        [] => ask(lang, &Ask::closed(lang)),
        [one] => Ok(Redirect::to(&format!("/join/{}", one.slug)).into_response()),
        several => {
            let programmes = several.iter().map(|one| Shown {
                name: one.title.in_lang(lang.into()).to_owned(),
                words: String::new(),
                icon: Icon::Leaf,
                href: Some(format!("/join/{}", one.slug)),
                figures: Vec::new(),
            });
            let page = Choose {
                lang,
                programmes: programmes.collect(),
            };
            framed(lang, lang.say("access-join"), page.render())
        }
    }
}

/// What the form of joining carries; the ticked consents by their names.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Joining {
    account: String,
    password: String,
    alias: String,
    csrf: String,
    key: String,
    #[serde(flatten)]
    rest: HashMap<String, String>,
}

impl Joining {
    fn consents(&self) -> Vec<Consent> {
        let given = |consent: &Consent| self.rest.contains_key(consent.name());
        Consent::ALL.into_iter().filter(given).collect()
    }
}

async fn join_page(
    state: &crate::State,
    lang: Lang,
    signed: &Signed,
    programme: &Programme,
    typed: &Joining,
    refused: Option<&Refused>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let own = state.app.consent_texts(programme).await.map_err(oops)?;
    let given: Vec<String> = typed.consents().iter().map(|one| one.name().to_owned()).collect();
    let name = programme.title.in_lang(lang.into());
    let known = matches!(signed.caller.who, Who::Person { .. });
    let mut page = Join {
        lang,
        action: format!("/join/{}", programme.slug),
        csrf: signed
            .token
            .as_deref()
            .filter(|_| known)
            .map(app::form_token)
            .unwrap_or_default(),
        key: app::form_key().map_err(oops)?,
        fields: if known {
            vec![Join::alias(lang, &typed.alias)]
        } else {
            Join::fields(lang, &typed.account, &typed.alias)
        },
        agrees: Agree::all(lang, &own, &given),
        unagreed: None,
        error: None,
        taken: matches!(refused, Some(Refused::Taken(_))),
        title: lang.say_with("access-join-one", &[("programme", name)]),
    };
    let wrong = match refused {
        Some(Refused::Taken(_)) => Some(("account", lang.say("access-taken"))),
        Some(Refused::Invalid { field, .. }) => match field.as_str() {
            "account" => Some(("account", lang.say("access-wrong-account"))),
            "password" => Some(("password", lang.say("access-wrong-password"))),
            "alias" => Some(("alias", lang.say("access-wrong-alias"))),
            "consents" => Some(("consents", lang.say("access-wrong-consents"))),
            _ => None,
        },
        _ => None,
    };
    match (wrong, refused) {
        (Some(("consents", wrong)), _) => page.unagreed = Some(wrong),
        (Some((field, wrong)), _) => {
            for one in page.fields.iter_mut().filter(|one| one.name == field) {
                one.error = Some(wrong.clone());
            }
        }
        (None, Some(refused)) => page.error = Some(words(refused, None, lang)),
        (None, None) => {}
    }
    let response = framed(lang, page.title.clone(), page.render())?;
    Ok(match refused {
        Some(refused) => mark(response, refused),
        None => response,
    })
}

/// The programme, if it is open to join.
fn joinable(state: &crate::State, lang: Lang, slug: &str) -> Result<Arc<Programme>, Oops> {
    let found = open(state).into_iter().find(|one| one.slug == slug);
    found.ok_or_else(|| Oops::new(Refused::NotFound("programme that is open to join").into(), lang))
}

async fn join_form(state: Ours, lang: Lang, signed: Signed, Path(slug): Path<String>) -> Result<Response, Oops> {
    let programme = joinable(&state, lang, &slug)?;
    join_page(&state, lang, &signed, &programme, &Joining::default(), None).await
}

async fn join(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Client(from): Client,
    jar: CookieJar,
    Path(slug): Path<String>,
    Form(typed): Form<Joining>,
) -> Result<Response, Oops> {
    let programme = joinable(&state, lang, &slug)?;
    if let (Who::Person { .. }, Some(token)) = (&signed.caller.who, &signed.token) {
        check(token, &typed.csrf, lang)?;
    }
    let new = NewAccount {
        account: typed.account.clone(),
        password: typed.password.clone(),
        alias: typed.alias.clone(),
        lang: lang.word().to_owned(),
        consents: typed.consents(),
    };
    let joined = state.app.join(&signed.caller, &programme, new, from, &typed.key).await;
    match joined {
        Ok(joined) => {
            let home = Redirect::to("/");
            if let Some(opened) = joined.session {
                return Ok((marked(jar).add(session(opened)), home).into_response());
            }
            // whoever joins one more programme wants to be there
            if let Some(token) = &signed.token {
                let acting = state.app.act_as(&signed.caller, token, joined.participant).await;
                acting.map_err(|e| Oops::new(e, lang))?;
            }
            Ok(home.into_response())
        }
        // who takes part already finds everything at home
        Err(Error::Refused(Refused::Settled(_))) => Ok(Redirect::to("/").into_response()),
        Err(Error::Refused(refused)) => join_page(&state, lang, &signed, &programme, &typed, Some(&refused)).await,
        Err(error) => Err(Oops::new(error, lang)),
    }
}

/// A form must carry what only a page of this session knows.
fn check(token: &str, csrf: &str, lang: Lang) -> Result<(), Oops> {
    if app::form_token(token) == csrf {
        return Ok(());
    }
    Err(Oops::new(Refused::NotFound("form of this session").into(), lang))
}

#[derive(Deserialize, Default)]
struct Door {
    next: Option<String>,
    said: Option<String>,
}

fn door(
    state: &crate::State,
    lang: Lang,
    account: String,
    asked: Door,
    error: Option<String>,
) -> Result<Response, Oops> {
    let form = Signin {
        lang,
        account,
        error,
        said: asked
            .said
            .filter(|said| said == "reset")
            .map(|_| lang.say("access-reset-done")),
        join: !open(state).is_empty(),
        next: asked.next.filter(|next| is_local(next)),
        logins: state.demo.clone(),
    };
    let passkey = if state.site.is_some() {
        &[asset::PASSKEY][..]
    } else {
        &[]
    };
    framed_with(lang, lang.say("shell-signin"), form.render(), passkey)
}

async fn form(state: Ours, lang: Lang, signed: Signed, Query(asked): Query<Door>) -> Result<Response, Oops> {
    let inside = matches!(signed.caller.who, Who::Person { .. });
    // in a demo one goes from account to account
    if inside && asked.said.is_none() && state.demo.is_empty() {
        let next = asked.next.filter(|next| is_local(next) && !next.starts_with("/signin"));
        return Ok(Redirect::to(next.as_deref().unwrap_or("/")).into_response());
    }
    door(&state, lang, String::new(), asked, None)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SignIn {
    account: String,
    password: String,
    next: Option<String>,
}

pub(super) fn session(opened: Session) -> Cookie<'static> {
    let kept = std::time::Duration::from_secs(u64::try_from(opened.seconds).unwrap_or_default());
    let mut cookie = bare(opened.token);
    // a web-view forgets everything else as soon as it is closed
    cookie.set_max_age(kept.try_into().ok());
    cookie
}

pub(super) fn bare(token: String) -> Cookie<'static> {
    Cookie::build((SESSION, token))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}

/// Marks a browser that has no mark yet, for a year: two accounts on one phone are told by it.
pub(super) fn marked(jar: CookieJar) -> CookieJar {
    if jar.get(DEVICE).is_some() {
        return jar;
    }
    let Ok(words) = app::form_key() else { return jar };
    let mut cookie = bare(words);
    cookie.set_name(DEVICE);
    cookie.set_max_age(std::time::Duration::from_hours(365 * 24).try_into().ok());
    jar.add(cookie)
}

/// The profile's language for a browser that comes in, unless one was `chosen` there.
pub(super) fn with_profile(mut response: Response, profile: &str, chosen: bool) -> Response {
    let profile = Lang::from_tag(profile).filter(|_| !chosen);
    if let Some(Ok(value)) = profile.map(|lang| HeaderValue::from_str(&language_cookie(lang))) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

async fn sign_in(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Client(from): Client,
    jar: CookieJar,
    Form(form): Form<SignIn>,
) -> Result<Response, Oops> {
    match state.app.sign_in(&form.account, &form.password, from).await {
        Ok(opened) => {
            // the session that was shown, if any, ends: nobody goes on in one that somebody else may know
            if let Some(before) = &signed.token {
                state.app.sign_out(before).await.map_err(|e| Oops::new(e, lang))?;
            }
            let (profile, chosen) = (opened.lang.clone(), jar.get("lang").is_some());
            let next = form.next.filter(|next| is_local(next));
            let to = Redirect::to(next.as_deref().unwrap_or("/"));
            let response = (marked(jar).add(session(opened)), to).into_response();
            Ok(with_profile(response, &profile, chosen))
        }
        Err(Error::Refused(refused @ (Refused::Credentials | Refused::TooMany { .. }))) => {
            let said = match refused {
                Refused::Credentials => lang.say("errors-signin"),
                _ => words(&refused, None, lang),
            };
            let asked = Door {
                next: form.next,
                said: None,
            };
            Ok(mark(door(&state, lang, form.account, asked, Some(said))?, &refused))
        }
        Err(error) => Err(Oops::new(error, lang)),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
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
    if let Some(token) = &signed.token {
        check(token, &form.csrf, lang)?;
        state.app.sign_out(token).await.map_err(|e| Oops::new(e, lang))?;
    }
    let gone = jar.remove(bare(String::new()));
    Ok(([(header::CACHE_CONTROL, "no-store")], gone, Redirect::to("/")).into_response())
}

async fn forgot_form(lang: Lang) -> Result<Response, Oops> {
    ask(lang, &Ask::forgot(lang, "", None))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Forgot {
    account: String,
}

async fn forgot(state: Ours, lang: Lang, Client(from): Client, Form(form): Form<Forgot>) -> Result<Response, Oops> {
    let letter = |token: &str| {
        let link = format!("{}/reset?token={token}", state.public_url);
        Letter {
            subject: lang.say("access-letter-reset-subject"),
            body: lang.say_with("access-letter-reset-body", &[("link", &link)]),
        }
    };
    match state.app.forgot(&form.account, from, letter).await {
        Ok(()) => ask(lang, &Ask::asked(lang, !state.demo.is_empty())),
        Err(Error::Refused(refused)) => {
            let error = Some(words(&refused, None, lang));
            Ok(mark(ask(lang, &Ask::forgot(lang, &form.account, error))?, &refused))
        }
        Err(error) => Err(Oops::new(error, lang)),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Link {
    token: String,
}

fn gone(lang: Lang) -> Result<Response, Oops> {
    let mut response = ask(lang, &Ask::gone(lang))?;
    *response.status_mut() = StatusCode::GONE;
    Ok(response)
}

async fn reset_form(state: Ours, lang: Lang, Query(link): Query<Link>) -> Result<Response, Oops> {
    let good = state.app.may_reset(&link.token).await;
    if good.map_err(|e| Oops::new(e, lang))? {
        return ask(lang, &Ask::reset(lang, &link.token, None, None));
    }
    gone(lang)
}

/// Tells the owner of an address that somebody, perhaps not they, changed the password.
pub(super) fn password_changed(lang: Lang) -> Letter {
    Letter {
        subject: lang.say("access-letter-changed-subject"),
        body: lang.say("access-letter-changed-body"),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Reset {
    token: String,
    password: String,
}

async fn reset(state: Ours, lang: Lang, Client(from): Client, Form(form): Form<Reset>) -> Result<Response, Oops> {
    let told = password_changed(lang);
    match state.app.reset(&form.token, &form.password, from, told).await {
        Ok(()) => Ok(Redirect::to("/signin?said=reset").into_response()),
        Err(Error::Refused(Refused::NotFound(_))) => gone(lang),
        Err(Error::Refused(refused)) => {
            let (wrong, error) = match &refused {
                Refused::Invalid { .. } => (Some(lang.say("access-wrong-password")), None),
                other => (None, Some(words(other, None, lang))),
            };
            let page = Ask::reset(lang, &form.token, wrong, error);
            Ok(mark(ask(lang, &page)?, &refused))
        }
        Err(error) => Err(Oops::new(error, lang)),
    }
}

/// The letters of a demo. Anywhere else there is no such page: letters hold links that open accounts.
async fn outbox(state: Ours, lang: Lang) -> Result<Response, Oops> {
    if state.demo.is_empty() {
        return Err(Oops::new(Refused::NotFound("page").into(), lang));
    }
    // whoever runs the demo sits at its machine
    let letters = state.app.outbox(&Caller::console()).await;
    let catalogue = state.app.catalogue();
    let zone: Option<&Zone> = catalogue.programmes().first().map(|programme| &programme.zone);
    let letters = letters.map_err(|e| Oops::new(e, lang))?.into_iter().map(|letter| {
        let when = zone.map(|zone| zone.clock_time(letter.made_us)).unwrap_or_default();
        LetterSheet::new(
            &letter.recipient,
            &when,
            &letter.subject,
            &letter.body,
            &state.public_url,
        )
    });
    let page = Outbox {
        lang,
        letters: letters.collect(),
    };
    framed(lang, lang.say("access-outbox"), page.render())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_of_ours_is_gone_back_to() {
        for local in ["/", "/store?page=2", "/console/campus/work"] {
            assert!(is_local(local), "{local}");
        }
        for other in [
            "",
            "store",
            "//elsewhere.example",
            "/\\elsewhere.example",
            "https://elsewhere.example",
            "/a\r\nset-cookie: x",
            "/步",
        ] {
            assert!(!is_local(other), "{other}");
        }
        assert!(!is_local(&format!("/{}", "a".repeat(600))));
        assert_eq!(in_query("/store?a=1&b=步"), "/store%3Fa%3D1%26b%3D%E6%AD%A5");
    }
}
