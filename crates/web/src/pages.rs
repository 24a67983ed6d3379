//! Pages for people.

mod access;
mod activity;
mod competition;
mod console;
mod home;
mod ledger;
mod methodology;
mod participant;
mod potential;
mod programme;
mod rewards;
mod styleguide;
mod why;

use std::sync::Arc;

use app::{App, Caller, Error, Own, Refused};
use axum::Router;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use domain::measure::{Carbon, ParticipantId};
use domain::programme::Programme;

use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{Amount, Docs, Page, Person, Shell, Tab, TabWord};
use crate::{State, asset};

pub(crate) use console::review_letters;

/// The routes of the pages.
pub(crate) fn router(openapi: Arc<utoipa::openapi::OpenApi>, state: &State) -> Router<State> {
    let mut router = Router::new()
        .route("/", get(home::home))
        .merge(access::routes())
        .merge(activity::routes())
        .merge(competition::routes())
        .merge(console::routes(state))
        .merge(ledger::routes())
        .merge(methodology::routes())
        .merge(participant::routes())
        .merge(potential::routes())
        .merge(programme::routes())
        .merge(rewards::routes())
        .merge(styleguide::routes())
        .merge(why::routes())
        .route("/api/docs", get(async move |lang: Lang| docs(&openapi, lang)));
    for file in asset::ALL.iter().copied().chain([*asset::STYLEGUIDE_CSS]) {
        router = router.route(
            file.path,
            get(async move || {
                let headers = [
                    (header::CONTENT_TYPE, file.media),
                    (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
                ];
                (headers, file.text)
            }),
        );
    }
    router
        .layer(axum::middleware::from_fn(come_back))
        .layer(axum::middleware::from_fn(keep_language))
}

/// Whoever is sent to the door comes back to the page that they wanted.
async fn come_back(request: Request, next: Next) -> Response {
    let wanted = request.uri().path_and_query().map(ToString::to_string);
    let wanted = wanted.filter(|path| request.method().is_safe() && path != "/" && access::is_local(path));
    let mut response = next.run(request).await;
    let to_door = response
        .headers()
        .get(header::LOCATION)
        .is_some_and(|to| to == "/signin");
    if let (true, Some(wanted)) = (to_door, wanted)
        && let Ok(to) = HeaderValue::from_str(&format!("/signin?next={}", access::in_query(&wanted)))
    {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

/// Remembers a language that was asked for in the address.
async fn keep_language(request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let asked = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("lang="))
        .and_then(Lang::from_tag);
    let mut response = next.run(request).await;
    if let Some(Ok(value)) = asked.map(|lang| HeaderValue::from_str(&language_cookie(lang))) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

fn language_cookie(lang: Lang) -> String {
    format!("lang={}; Path=/; Max-Age=31536000; SameSite=Lax", lang.word())
}

fn docs(openapi: &utoipa::openapi::OpenApi, lang: Lang) -> Result<Response, Oops> {
    let value = serde_json::to_value(openapi).unwrap_or_default();
    let template = |e: askama::Error| Oops::template(&e, lang);
    let inner = Docs::from_openapi(&value, lang).render().map_err(template)?;
    let shell = Shell {
        more: vec![asset::DOCS_CSS],
        ..Shell::open(lang, lang.say("api-title"), Page::Plain, inner)
    };
    html(&shell, lang)
}

fn html(shell: &Shell, lang: Lang) -> Result<Response, Oops> {
    let page = shell.render().map_err(|e| Oops::template(&e, lang))?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Html(page)).into_response())
}

/// A participant at its own pages.
struct Me {
    caller: Caller,
    programme: Arc<Programme>,
    participant: ParticipantId,
    alias: String,
    /// Everything that the person is or is in charge of.
    own: Vec<(Own, Arc<Programme>)>,
    token: String,
    csrf: String,
    address: String,
    /// Whether there is news that was not read.
    news: bool,
}

/// Who looks at a page of participants; nobody else comes further.
async fn me(app: &App, signed: Signed) -> Result<Me, Error> {
    let first = signed.caller.participants().first().copied();
    let (Some((programme, participant)), Some(token)) = (first, signed.token) else {
        return Err(match signed.caller.who {
            app::Who::Anonymous => Refused::SignIn.into(),
            _ => Refused::NotFound("page for this role").into(),
        });
    };
    let catalogue = app.catalogue();
    let programme = Arc::clone(catalogue.programme_by_id(programme)?);
    let mut own = Vec::new();
    for one in app.own(&signed.caller).await? {
        let there = Arc::clone(catalogue.programme_by_id(one.programme)?);
        own.push((one, there));
    }
    let alias = own.iter().find(|(own, _)| own.participant == participant);
    let alias = alias.map(|(own, _)| own.alias.clone()).unwrap_or_default();
    let news = app.has_news(&signed.caller, &programme, participant).await?;
    Ok(Me {
        news,
        caller: signed.caller,
        programme,
        participant,
        alias,
        own,
        csrf: app::form_token(&token),
        address: signed.address,
        token,
    })
}

/// A page for everybody in its frame: a participant keeps its own, others get the visitors'.
async fn for_all(
    state: &State,
    lang: Lang,
    signed: Signed,
    title: String,
    page: Page,
    inner: Result<String, askama::Error>,
) -> Result<Response, Oops> {
    let inner = inner.map_err(|e| Oops::template(&e, lang))?;
    let (address, known) = (signed.address.clone(), signed.token.is_some());
    let frame = match me(&state.app, signed).await {
        Ok(me) => me.shell(lang, title, page, None, inner),
        Err(Error::Refused(_)) => Shell {
            address,
            sign_in: !known,
            ..Shell::open(lang, title, page, inner)
        },
        Err(error) => return Err(Oops::new(error, lang)),
    };
    let more = vec![asset::PUBLIC_CSS];
    html(&Shell { more, ..frame }, lang)
}

/// Where the tabs of a participant lead.
const TABS: [(TabWord, &str); 4] = [
    (TabWord::Home, "/"),
    (TabWord::Compete, "/compete"),
    (TabWord::Store, "/store"),
    (TabWord::Me, "/me"),
];

impl Me {
    /// A form must carry what only a page of this session knows.
    fn check(&self, csrf: &str) -> Result<(), Error> {
        if self.csrf == csrf {
            Ok(())
        } else {
            Err(Refused::NotFound("form of this session").into())
        }
    }

    fn shell(&self, lang: Lang, title: String, page: Page, here: Option<TabWord>, inner: String) -> Shell {
        Shell {
            lang,
            title,
            page,
            programme: Some(self.programme.title.in_lang(lang.into()).to_owned()),
            person: Some(Person {
                alias: self.alias.clone(),
                csrf: self.csrf.clone(),
                hats: participant::hats(self, lang),
            }),
            tabs: self.tabs(here),
            sign_in: false,
            address: self.address.clone(),
            more: Vec::new(),
            inner,
        }
    }

    fn tabs(&self, here: Option<TabWord>) -> Vec<Tab> {
        let mut tabs = Tab::four(&TABS, here);
        for tab in tabs.iter_mut().filter(|tab| tab.word == TabWord::Compete) {
            tab.news = self.news;
        }
        tabs
    }

    /// Points as this programme calls them.
    fn points(&self, milli: i64, lang: Lang) -> Amount {
        let unit = self.programme.points.unit.in_lang(lang.into());
        Amount::new(domain::measure::Points::from_milli(milli).to_string(), unit)
    }
}

/// Grams for people.
fn carbon(mg: i64, lang: Lang) -> String {
    Carbon::from_mg(mg).show(lang.into())
}

fn split(text: &str) -> Amount {
    let (value, unit) = text.split_once(' ').unwrap_or((text, ""));
    Amount::new(value, unit)
}

type Ours = Shared<State>;
