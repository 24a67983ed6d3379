//! Pages for people.

mod access;
mod activity;
mod competition;
mod console;
mod home;
mod ledger;
mod methodology;
mod participant;
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

/// The routes of the pages.
pub(crate) fn router(openapi: Arc<utoipa::openapi::OpenApi>) -> Router<State> {
    let mut router = Router::new()
        .route("/", get(home::home))
        .route("/why/{record}", get(why::why))
        .merge(access::routes())
        .merge(activity::routes())
        .merge(competition::routes())
        .merge(console::routes())
        .merge(ledger::routes())
        .merge(methodology::routes())
        .merge(participant::routes())
        .merge(programme::routes())
        .merge(rewards::routes())
        .merge(styleguide::routes())
        .route("/api/docs", get(async move |lang: Lang| docs(&openapi, lang)));
    for file in asset::ALL {
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
    router.layer(axum::middleware::from_fn(keep_language))
}

/// Remembers a language that was asked for in the address.
async fn keep_language(request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let asked = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("lang="))
        .and_then(Lang::from_tag);
    let mut response = next.run(request).await;
    if let Some(lang) = asked {
        let cookie = format!("lang={}; Path=/; Max-Age=31536000; SameSite=Lax", lang.word());
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
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
    Ok(Me {
        caller: signed.caller,
        programme,
        participant,
        alias,
        own,
        csrf: app::form_token(&token),
        token,
    })
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
            tabs: Tab::four(&TABS, here),
            sign_in: false,
            more: Vec::new(),
            inner,
        }
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
