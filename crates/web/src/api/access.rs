//! Coming in: OAuth 2.0 client credentials for partners, sessions for people.

use app::{Error, NewAccount, PartnerCredentials, Refused};
use axum::Form;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use domain::participant::Consent;
use domain::programme::Scope;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Json, programme};
use crate::State;
use crate::door::{Client, IdempotencyKey, Problem, Signed};
use crate::lang::Lang;

#[derive(Deserialize, ToSchema)]
pub(crate) struct TokenForm {
    /// `client_credentials`
    grant_type: String,
    /// Unless sent by HTTP Basic.
    client_id: Option<String>,
    /// Unless sent by HTTP Basic.
    client_secret: Option<String>,
    /// Some of the partner's scopes, with spaces between them; all of them if left out.
    scope: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Token {
    access_token: String,
    /// `Bearer`
    token_type: &'static str,
    /// Seconds.
    expires_in: i64,
    /// What it lets the partner do: `participants`, `records`.
    scope: String,
}

/// Gets an access token for a partner (RFC 6749, section 4.4)
#[utoipa::path(post, path = "/oauth/token", tag = "access",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Token), (status = 401, body = crate::door::ProblemDetails)))]
pub(crate) async fn token(
    Shared(state): Shared<State>,
    lang: Lang,
    headers: HeaderMap,
    Form(form): Form<TokenForm>,
) -> Result<Response, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    if form.grant_type != "client_credentials" {
        let what = "only client_credentials is known".to_owned();
        return Err(problem(
            Refused::Invalid {
                field: "grant_type".to_owned(),
                what,
            }
            .into(),
        ));
    }
    let (client, secret) = match (form.client_id, form.client_secret) {
        (Some(client), Some(secret)) => (client, secret),
        _ => basic(&headers).ok_or_else(|| problem(Refused::Credentials.into()))?,
    };
    let scope = form.scope.as_deref();
    let granted = state
        .app
        .partner_token(&client, &secret, scope)
        .await
        .map_err(problem)?;
    let token = Token {
        access_token: granted.token,
        token_type: "Bearer",
        expires_in: granted.seconds,
        scope: Scope::words(&granted.scopes),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], axum::Json(token)).into_response())
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Basic ")?;
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded).ok()?;
    let (client, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((client.to_owned(), secret.to_owned()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    account: String,
    password: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// To be sent as `Authorization: Bearer`.
    token: String,
    /// Seconds.
    expires_in: i64,
}

/// Signs a person in
#[utoipa::path(post, path = "/api/v1/session", tag = "access", request_body = SignIn,
    responses((status = 200, body = SessionView), (status = 401, body = crate::door::ProblemDetails),
        (status = 429, body = crate::door::ProblemDetails)))]
pub(crate) async fn sign_in(
    Shared(state): Shared<State>,
    lang: Lang,
    Client(from): Client,
    Json(form): Json<SignIn>,
) -> Result<Response, Problem> {
    let session = state
        .app
        .sign_in(&form.account, &form.password, from)
        .await
        .map_err(|e| Problem::new(e, lang))?;
    let view = SessionView {
        token: session.token,
        expires_in: session.seconds,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], axum::Json(view)).into_response())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMember {
    /// E-mail address or phone number; left out by somebody who is signed in.
    #[serde(default)]
    account: String,
    /// 8 to 128 characters; left out by somebody who is signed in.
    #[serde(default)]
    password: String,
    /// What others see; 1 to 40 characters.
    alias: String,
    /// `zh` or `en`.
    #[serde(default)]
    lang: String,
    /// Consents given; `programme` must be among them.
    #[schema(value_type = Vec<String>)]
    consents: Vec<Consent>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct MemberView {
    /// As which participant.
    participant: String,
    /// The session of a new login; somebody who was signed in keeps theirs.
    session: Option<SessionView>,
}

/// Joins a programme that is open to everybody
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/join", tag = "access", security((), ("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewMember,
    responses((status = 201, body = MemberView), (status = 409, body = crate::door::ProblemDetails),
        (status = 422, body = crate::door::ProblemDetails), (status = 429, body = crate::door::ProblemDetails)))]
pub(crate) async fn join(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Client(from): Client,
    Path(slug): Path<String>,
    idempotency: Option<IdempotencyKey>,
    Json(new): Json<NewMember>,
) -> Result<Response, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let new = NewAccount {
        account: new.account,
        password: new.password,
        alias: new.alias,
        lang: new.lang,
        consents: new.consents,
    };
    let key = idempotency.map(|key| key.0).unwrap_or_default();
    let joined = state.app.join(&signed.caller, &programme, new, from, &key).await;
    let joined = joined.map_err(problem)?;
    let view = MemberView {
        participant: joined.participant.to_string(),
        session: joined.session.map(|session| SessionView {
            token: session.token,
            expires_in: session.seconds,
        }),
    };
    let kept_nowhere = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, kept_nowhere, axum::Json(view)).into_response())
}

/// Ends the session or token that the request carries
#[utoipa::path(delete, path = "/api/v1/session", tag = "access", security(("session" = []), ("partner" = [])),
    responses((status = 204)))]
pub(crate) async fn sign_out(Shared(state): Shared<State>, lang: Lang, signed: Signed) -> Result<StatusCode, Problem> {
    if let Some(token) = signed.token {
        state.app.sign_out(&token).await.map_err(|e| Problem::new(e, lang))?;
    }
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPartner {
    /// 1 to 80 characters.
    name: String,
    /// What it may do: `participants` (enrol), `records` (report); both if left out.
    #[serde(default = "every_scope")]
    #[schema(value_type = Vec<String>)]
    scopes: Vec<Scope>,
}

fn every_scope() -> Vec<Scope> {
    Scope::ALL.to_vec()
}

#[derive(Serialize, ToSchema)]
pub(crate) struct PartnerView {
    id: String,
    client_id: String,
    /// Shown once.
    client_secret: String,
}

/// Adds a partner to a programme
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/partners", tag = "access", security(("session" = [])),
    params(("programme" = String, Path, description = "slug")), request_body = NewPartner,
    responses((status = 201, body = PartnerView), (status = 403, body = crate::door::ProblemDetails)))]
pub(crate) async fn create_partner(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Json(new): Json<NewPartner>,
) -> Result<Response, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let PartnerCredentials {
        id,
        client_id,
        client_secret,
    } = state
        .app
        .create_partner(&signed.caller, &programme, &new.name, &new.scopes, None)
        .await
        .map_err(problem)?;
    let view = PartnerView {
        id: id.to_string(),
        client_id,
        client_secret,
    };
    Ok((
        StatusCode::CREATED,
        [(header::CACHE_CONTROL, "no-store")],
        axum::Json(view),
    )
        .into_response())
}
