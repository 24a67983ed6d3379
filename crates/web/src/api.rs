//! The API, version 1: JSON for partners' systems and for whoever has a session.

mod access;
mod activity;
mod competition;
mod entry;
mod ledger;
mod live;
mod methodology;
mod notice;
mod participant;
mod programme;
mod reading;
mod review;
mod rewards;

use std::sync::Arc;

use app::{App, Caller, Error, Key, Refused};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use domain::measure::Day;
use domain::programme::Programme;
use serde::de::DeserializeOwned;
use utoipa::OpenApi;
use utoipa::openapi::security::{ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::door::{IdempotencyKey, Problem};
use crate::lang::Lang;
use crate::{Limits, State};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Puhui API",
        version = "1.0.0",
        description = "Carbon inclusion: report low-carbon acts, see how each number came about, spend points. \
                       Masses are whole milligrams of CO2e, points whole thousandths, money minor units, instants \
                       microseconds since 1970 UTC or RFC 3339 where a text is asked. Errors are RFC 9457 problem \
                       details.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(crate::door::ProblemDetails)),
    modifiers(&Security)
)]
struct Document;

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("session", SecurityScheme::Http(bearer));
        let client = Flow::ClientCredentials(ClientCredentials::new("/oauth/token", Scopes::new()));
        components.add_security_scheme("partner", SecurityScheme::OAuth2(OAuth2::new([client])));
    }
}

/// The routes of the API and the document that describes them.
pub(crate) fn router(limits: &Limits) -> (Router<State>, utoipa::openapi::OpenApi) {
    let large = OpenApiRouter::new()
        .routes(routes!(activity::bulk))
        .routes(routes!(reading::bulk))
        .layer(DefaultBodyLimit::max(limits.bulk));
    let uploads = OpenApiRouter::new()
        .routes(routes!(activity::photo))
        .routes(routes!(activity::proof))
        .layer(DefaultBodyLimit::max(limits.upload));
    // measured while it goes to disk
    let streams = OpenApiRouter::new()
        .routes(routes!(activity::steps))
        .layer(DefaultBodyLimit::disable());
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(access::token))
        .routes(routes!(access::sign_in, access::sign_out))
        .routes(routes!(access::join))
        .routes(routes!(access::create_partner))
        .routes(routes!(programme::list))
        .routes(routes!(programme::get))
        .routes(routes!(programme::behaviours))
        .routes(routes!(ledger::supply))
        .routes(routes!(methodology::list))
        .routes(routes!(methodology::get))
        .routes(routes!(methodology::publish))
        .routes(routes!(participant::register))
        .routes(routes!(participant::get))
        .routes(routes!(participant::balances))
        .routes(routes!(participant::give_consent, participant::withdraw_consent))
        .routes(routes!(activity::submit))
        .routes(routes!(activity::statement))
        .routes(routes!(activity::get))
        .routes(routes!(activity::working))
        .routes(routes!(activity::appeal))
        .routes(routes!(activity::decide_appeal))
        .routes(routes!(review::list))
        .routes(routes!(review::get, review::say))
        .routes(routes!(ledger::request_reversal))
        .routes(routes!(ledger::approve_reversal))
        .routes(routes!(rewards::list, rewards::create))
        .routes(routes!(rewards::restock))
        .routes(routes!(rewards::fund))
        .routes(routes!(rewards::orders, rewards::order))
        .routes(routes!(rewards::cancel))
        .routes(routes!(rewards::fulfil))
        .routes(routes!(rewards::use_voucher))
        .routes(routes!(competition::list, competition::create))
        .routes(routes!(competition::get, competition::change))
        .routes(routes!(competition::open))
        .routes(routes!(competition::cancel))
        .routes(routes!(competition::board))
        .routes(routes!(live::live))
        .routes(routes!(competition::ranks))
        .routes(routes!(competition::teams))
        .routes(routes!(competition::members))
        .routes(routes!(competition::days))
        .routes(routes!(competition::day))
        .routes(routes!(entry::get, entry::enter, entry::leave))
        .routes(routes!(entry::shown))
        .routes(routes!(entry::form_team, entry::rename_team, entry::leave_team))
        .routes(routes!(entry::invite))
        .routes(routes!(entry::days))
        .routes(routes!(entry::league))
        .routes(routes!(entry::story))
        .routes(routes!(entry::result))
        .routes(routes!(entry::awards))
        .routes(routes!(competition::podium))
        .routes(routes!(notice::list))
        .routes(routes!(notice::read))
        .routes(routes!(notice::wanted, notice::want))
        .routes(routes!(reading::submit))
        .merge(large)
        .merge(uploads)
        .merge(streams)
        .split_for_parts()
}

/// A JSON body whose errors are told as problems.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<State> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &State) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let Ok(lang) = <Lang as axum::extract::FromRequestParts<State>>::from_request_parts(&mut parts, state).await;
        match axum::Json::<T>::from_request(Request::from_parts(parts, body), state).await {
            Ok(axum::Json(value)) => Ok(Json(value)),
            Err(rejection) => Err(Problem::new(unreadable(&rejection).into(), lang)),
        }
    }
}

fn unreadable(rejection: &JsonRejection) -> Refused {
    let what = rejection.body_text();
    // serde names the field between backticks, and the path in front of a colon
    let field = what.split('`').nth(1).unwrap_or("body").to_owned();
    Refused::Invalid { field, what }
}

/// The programme of a path.
fn programme(app: &App, slug: &str) -> Result<Arc<Programme>, Error> {
    Ok(Arc::clone(app.catalogue().programme(slug)?))
}

/// The key of a write with what was asked.
fn key(caller: &Caller, verb: &str, key: Option<IdempotencyKey>, asked: &str) -> Option<Key> {
    key.map(|IdempotencyKey(key)| Key::new(caller, verb, &key, asked.as_bytes()))
}

/// A civil day in a path; whatever is none names nothing.
fn day(text: &str) -> Result<Day, Error> {
    Day::parse(text).ok_or_else(|| Refused::NotFound("day").into())
}

/// An id in a path; whatever is none names nothing.
fn id<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, Error> {
    text.parse().map_err(|_| Refused::NotFound(what).into())
}
