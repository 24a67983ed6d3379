//! What API and pages share: who calls, in which language, and how a refusal or a fault is told.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use app::{Broken, Caller, Error, Refused};
use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts, OptionalFromRequestParts, Request, State as SharedState};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use domain::evidence::SIGNS;
use domain::rewards;
use serde::Serialize;

use crate::State;
use crate::lang::Lang;
use crate::show::{ErrorPage, Page, Shell};

/// The cookie of a session. The prefix binds it to this host, HTTPS and all paths.
pub(crate) const SESSION: &str = "__Host-puhui";

/// Who calls, and the secret that was shown for it.
pub(crate) struct Signed {
    pub(crate) caller: Caller,
    pub(crate) token: Option<String>,
    /// Path and query of what was asked for, of a form's page where one was sent; the frame of a page keeps them when
    /// the language is switched.
    pub(crate) address: String,
}

/// The cookie that tells one browser from another. It names nobody, is the same whoever signs in, and nothing of it is
/// kept but a hash.
pub(crate) const DEVICE: &str = "__Host-puhui-device";

/// The words of the browser's mark, if it has one.
pub(crate) fn device(headers: &HeaderMap) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    let words = jar.get(DEVICE).map(|cookie| cookie.value().to_owned());
    words.filter(|words| (16..=64).contains(&words.len()))
}

fn shown_token(headers: &HeaderMap) -> Option<String> {
    if let Some(bearer) = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()) {
        return bearer.strip_prefix("Bearer ").map(str::to_owned);
    }
    CookieJar::from_headers(headers)
        .get(SESSION)
        .map(|cookie| cookie.value().to_owned())
}

impl FromRequestParts<State> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let address = address(parts);
        let Some(token) = shown_token(&parts.headers) else {
            return Ok(Signed {
                caller: Caller::anonymous(),
                token: None,
                address,
            });
        };
        let by_cookie = !parts.headers.contains_key(header::AUTHORIZATION);
        match state.app.caller(&token).await {
            Ok(caller) => Ok(Signed {
                caller,
                token: Some(token),
                address,
            }),
            // an old cookie is no reason to refuse what needs no sign-in; an old token is
            Err(Error::Refused(Refused::SignIn)) if by_cookie => Ok(Signed {
                caller: Caller::anonymous(),
                token: None,
                address,
            }),
            Err(error) => Err(Problem::new(error, language(parts))),
        }
    }
}

/// What can be asked for again: the answer to a form may have an address of its own that only takes forms.
fn address(parts: &Parts) -> String {
    let asked = || parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    if parts.method.is_safe() {
        return asked();
    }
    let page = parts.headers.get(header::REFERER).and_then(|v| v.to_str().ok());
    let page = page
        .and_then(|url| url.split_once("://"))
        .and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
    page.filter(|path| !path.starts_with("//"))
        .map_or_else(asked, str::to_owned)
}

fn language(parts: &Parts) -> Lang {
    let query = parts.uri.query().unwrap_or_default();
    let asked = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("lang="))
        .and_then(Lang::from_tag);
    let kept = || {
        CookieJar::from_headers(&parts.headers)
            .get("lang")
            .and_then(|c| Lang::from_tag(c.value()))
    };
    let liked = || {
        let header = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
        header.map(Lang::from_accept_language)
    };
    asked.or_else(kept).or_else(liked).unwrap_or_default()
}

impl<S: Send + Sync> FromRequestParts<S> for Lang {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(language(parts))
    }
}

/// The `Idempotency-Key` of a write.
pub(crate) struct IdempotencyKey(pub(crate) String);

impl OptionalFromRequestParts<State> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Option<Self>, Problem> {
        let Some(value) = parts.headers.get("idempotency-key") else {
            return Ok(None);
        };
        match value.to_str() {
            Ok(key) if (1..=128).contains(&key.len()) => Ok(Some(IdempotencyKey(key.to_owned()))),
            _ => {
                let what = "needs 1 to 128 visible ASCII characters".to_owned();
                let refused = Refused::Invalid {
                    field: "Idempotency-Key".to_owned(),
                    what,
                };
                Err(Problem::new(refused.into(), language(parts)))
            }
        }
    }
}

/// RFC 9457 problem details.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemDetails {
    /// A stable name of the kind of problem, as a URN.
    #[serde(rename = "type")]
    pub kind: String,
    /// What is wrong, in the caller's language.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong, precisely, in English.
    pub detail: String,
    /// The field that is wrong, as a JSON pointer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Points that are missing for an order, in thousandths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_milli: Option<i64>,
}

/// An error on its way to a caller of the API.
pub(crate) struct Problem {
    error: Error,
    lang: Lang,
    unit: Option<String>,
}

impl Problem {
    pub(crate) fn new(error: Error, lang: Lang) -> Self {
        Problem {
            error,
            lang,
            unit: None,
        }
    }

    /// With what the programme calls its points.
    pub(crate) fn in_unit(error: Error, lang: Lang, unit: &domain::measure::Text) -> Self {
        Problem {
            error,
            lang,
            unit: Some(unit.in_lang(lang.into()).to_owned()),
        }
    }
}

/// The HTTP status of a refusal.
pub(crate) fn status(refused: &Refused) -> StatusCode {
    match refused {
        Refused::SignIn | Refused::Credentials | Refused::Passkey(_) | Refused::Signature(_) => {
            StatusCode::UNAUTHORIZED
        }
        Refused::NotAllowed(_) | Refused::SecondPerson => StatusCode::FORBIDDEN,
        Refused::NotFound(_) => StatusCode::NOT_FOUND,
        Refused::Taken(_)
        | Refused::Settled(_)
        | Refused::Changed
        | Refused::LastAdmin
        | Refused::Frozen
        | Refused::Reward(_) => StatusCode::CONFLICT,
        Refused::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refused::Photo {
            code: "photo.too_large",
            ..
        } => StatusCode::PAYLOAD_TOO_LARGE,
        Refused::Photo {
            code: "photo.not_a_photo" | "photo.heic",
            ..
        } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// An answer that tells of a refusal, with its status and when it makes sense to try again.
pub(crate) fn mark(mut response: Response, refused: &Refused) -> Response {
    *response.status_mut() = status(refused);
    if let Refused::TooMany { seconds } = refused {
        response.headers_mut().insert(header::RETRY_AFTER, (*seconds).into());
    }
    response
}

/// A refusal as problem details, in a language.
pub(crate) fn details(refused: &Refused, unit: Option<&str>, lang: Lang) -> ProblemDetails {
    let missing_milli = match refused {
        Refused::Reward(rewards::Refused::Short { have, need }) => Some(need.milli() - have.milli()),
        _ => None,
    };
    ProblemDetails {
        kind: format!("urn:puhui:problem:{}", refused.code()),
        title: words(refused, unit, lang),
        status: status(refused).as_u16(),
        detail: refused.to_string(),
        pointer: refused.pointer(),
        missing_milli,
    }
}

/// A refusal in words that the person can act on.
pub(crate) fn words(refused: &Refused, unit: Option<&str>, lang: Lang) -> String {
    match refused {
        Refused::Reward(rewards::Refused::Short { have, need }) => {
            let missing = domain::measure::Points::from_milli(need.milli() - have.milli()).to_string();
            let points = lang.say("refusal-points");
            let unit = unit.unwrap_or(&points);
            lang.say_with("refusal-reward-short", &[("missing", missing.as_str()), ("unit", unit)])
        }
        Refused::Activity(why) => reason_words(why.code(), Some(&why.detail()), lang),
        Refused::TooMany { seconds } => {
            let minutes = (seconds + 59).div_euclid(60).to_string();
            reason_words(refused.code(), Some(&minutes), lang)
        }
        other => reason_words(other.code(), None, lang),
    }
}

/// A stored reason in words: its code names the message, its detail makes it concrete.
pub(crate) fn reason_words(code: &str, detail: Option<&str>, lang: Lang) -> String {
    let key = format!("refusal-{}", code.replace(['.', '_'], "-"));
    let detail = detail.unwrap_or_default();
    if code == "evidence.refused" && SIGNS.contains(&detail) {
        let sign = crate::show::months::sign_words(detail, lang);
        return lang.say_with("refusal-evidence-because", &[("sign", sign.as_str())]);
    }
    if let Some((per, limit)) = detail.split_once(' ') {
        let per = lang.say(&format!("refusal-per-{per}"));
        let limit = match (code, limit.parse::<i64>()) {
            ("cap.mass", Ok(mg)) => domain::measure::Carbon::from_mg(mg).show(lang.into()),
            _ => limit.to_owned(),
        };
        return lang.say_with(&key, &[("per", per.as_str()), ("limit", limit.as_str())]);
    }
    lang.say_with(&key, &[("detail", detail)])
}

impl From<Lang> for domain::measure::Lang {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Zh => domain::measure::Lang::Zh,
            Lang::En => domain::measure::Lang::En,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let details = match &self.error {
            Error::Refused(refused) => details(refused, self.unit.as_deref(), self.lang),
            Error::Broken(Broken::Busy) => broken(StatusCode::SERVICE_UNAVAILABLE, "busy", self.lang),
            Error::Broken(why) => {
                tracing::error!(%why, "broken");
                broken(StatusCode::INTERNAL_SERVER_ERROR, "broken", self.lang)
            }
        };
        let status = StatusCode::from_u16(details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(details)).into_response();
        if let Error::Refused(refused) = &self.error {
            response = mark(response, refused);
        }
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            header::HeaderValue::from_static("application/problem+json"),
        );
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        response
    }
}

fn broken(status: StatusCode, code: &str, lang: Lang) -> ProblemDetails {
    ProblemDetails {
        kind: format!("urn:puhui:problem:{code}"),
        title: lang.say(&format!("refusal-{code}")),
        status: status.as_u16(),
        detail: "the request was not carried out; try again, and tell the operator the X-Request-Id if it stays so"
            .to_owned(),
        pointer: None,
        missing_milli: None,
    }
}

/// An error on its way to somebody at a page.
pub(crate) struct Oops {
    error: Error,
    lang: Lang,
}

impl Oops {
    pub(crate) fn new(error: Error, lang: Lang) -> Self {
        Oops { error, lang }
    }

    /// A template failed: a mistake of ours.
    pub(crate) fn template(error: &askama::Error, lang: Lang) -> Self {
        Oops {
            error: Error::Broken(Broken::Outside(error.to_string())),
            lang,
        }
    }
}

impl IntoResponse for Oops {
    fn into_response(self) -> Response {
        match &self.error {
            Error::Refused(Refused::SignIn) => Redirect::to("/signin").into_response(),
            Error::Refused(refused) => mark(error_page(status(refused), self.lang, String::new()), refused),
            Error::Broken(why) => {
                tracing::error!(%why, "broken");
                error_page(StatusCode::INTERNAL_SERVER_ERROR, self.lang, String::new())
            }
        }
    }
}

fn error_page(status: StatusCode, lang: Lang, address: String) -> Response {
    let page = ErrorPage::of(lang, status.as_u16(), None);
    let title = page.title.clone();
    let whole = page.render().and_then(|inner| {
        // it may well be somebody who signed in
        let sign_in = false;
        let frame = Shell::open(lang, title, Page::Plain, inner);
        Shell {
            sign_in,
            address,
            ..frame
        }
        .render()
    });
    match whole {
        Ok(html) => (status, axum::response::Html(html)).into_response(),
        Err(_) => status.into_response(),
    }
}

/// Whatever no route answers.
pub(crate) async fn not_found(lang: Lang, request: Request) -> Response {
    if request.uri().path().starts_with("/api/") {
        return Problem::new(Refused::NotFound("address").into(), lang).into_response();
    }
    let address = request
        .uri()
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    error_page(StatusCode::NOT_FOUND, lang, address)
}

/// Ready as soon as the books answer.
pub(crate) async fn ready(SharedState(state): SharedState<State>) -> Response {
    match state.app.health().await {
        Ok(_) => "ready\n".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the books do not answer\n").into_response(),
    }
}

/// Figures for Prometheus.
pub(crate) async fn metrics(SharedState(state): SharedState<State>) -> Response {
    match (state.app.health().await, state.app.evidence_totals().await) {
        (Ok(health), Ok(totals)) => {
            let mut evidence = String::new();
            for what in [
                "judged", "credited", "asked", "refused", "unbooked", "sampled", "clawback",
            ] {
                let count = totals.get(what).copied().unwrap_or_default();
                let _ = writeln!(evidence, "puhui_evidence_total{{what=\"{what}\"}} {count}"); // a String takes all
            }
            let (commits, waiting, failing) = (health.commits, health.jobs_waiting, health.jobs_failing);
            let text = format!(
                "# HELP puhui_commits_total Commits made by the lanes.\n# TYPE puhui_commits_total counter\n\
                 puhui_commits_total {commits}\n\
                 # HELP puhui_jobs_waiting Jobs that are not done.\n# TYPE puhui_jobs_waiting gauge\n\
                 puhui_jobs_waiting {waiting}\n\
                 # HELP puhui_jobs_failing Of these, jobs that failed before.\n# TYPE puhui_jobs_failing gauge\n\
                 puhui_jobs_failing {failing}\n\
                 # HELP puhui_evidence_total What happened to evidence.\n# TYPE puhui_evidence_total counter\n{evidence}"
            );
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
        }
        _ => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Where the client is, as far as it is known.
pub(crate) struct Client(pub(crate) Option<IpAddr>);

impl FromRequestParts<State> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|ConnectInfo(address)| address.ip());
        Ok(Client(if state.trusted_proxy {
            forwarded(&parts.headers).or(peer)
        } else {
            peer
        }))
    }
}

/// The address that the nearest proxy saw: the last of all that are named, for everything before it is the client's
/// own word.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

/// Refuses what another site makes a browser send here, with the person's cookie or to sign them in as somebody else.
///
/// Browsers say where a form was sent from: by `Sec-Fetch-Site` since 2020 (Safari since 2023), by `Origin` on every
/// POST before that, and the oldest web-views at least by `Referer`, which our policy keeps for our own pages. What
/// says nothing of the kind is no browser of a person: it may use the API, but neither a page's form nor a cookie.
pub(crate) async fn same_origin(SharedState(state): SharedState<State>, request: Request, next: Next) -> Response {
    if sent_from_here(&request, &state.public_url) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "this form was sent from another site\n").into_response()
}

fn sent_from_here(request: &Request, public_url: &str) -> bool {
    let headers = request.headers();
    if request.method().is_safe() || headers.contains_key(header::AUTHORIZATION) {
        return true;
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    // behind a proxy that does not pass the host on, the configured address is the one that people see
    let authority = |url: &str| {
        url.split_once("://")
            .map(|(_, rest)| rest.split('/').next().unwrap_or(rest).to_owned())
    };
    let ours = |url: &str| {
        let there = authority(url);
        there.is_some() && (there.as_deref() == text("host") || there == authority(public_url))
    };
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    if let Some(page) = text("origin").or_else(|| text("referer")) {
        return ours(page);
    }
    let path = request.uri().path();
    let machines = path.starts_with("/api/") || path.starts_with("/oauth/");
    machines && CookieJar::from_headers(headers).get(SESSION).is_none()
}

/// One line a request.
pub(crate) async fn log(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // whoever reads the log must not be able to follow an invitation
    let path = path
        .strip_prefix("/invitation/")
        .map_or(path, |_| "/invitation/…")
        .to_owned();
    let method = request.method().clone();
    let id = request
        .headers()
        .get("x-request-id")
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let response = next.run(request).await;
    tracing::info!(%method, path, status = response.status().as_u16(), id, "request");
    response
}

#[cfg(test)]
mod tests;
