//! Participants, their consents and balances.

use app::{BalanceView, Error, NewParticipant, ParticipantView, Refused};
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use domain::participant::Consent;

use super::{Json, id, programme};
use crate::State;
use crate::door::{IdempotencyKey, Problem, Signed};
use crate::lang::Lang;

/// Enrols a person or small entity; a reference that is known gives its participant again
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/participants", tag = "participants",
    security(("partner" = []), ("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewParticipant,
    responses((status = 201, body = ParticipantView), (status = 422, body = crate::door::ProblemDetails)))]
pub(crate) async fn register(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    idempotency: Option<IdempotencyKey>,
    Json(new): Json<NewParticipant>,
) -> Result<(StatusCode, axum::Json<ParticipantView>), Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let key = super::key(&signed.caller, "register", idempotency, &format!("{slug} {new:?}"));
    let view = state
        .app
        .register_participant(&signed.caller, &programme, new, key)
        .await
        .map_err(problem)?;
    Ok((StatusCode::CREATED, axum::Json(view)))
}

/// Shows a participant
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/participants/{participant}", tag = "participants",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path)),
    responses((status = 200, body = ParticipantView), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn get(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant)): Path<(String, String)>,
) -> Result<axum::Json<ParticipantView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    state
        .app
        .participant(&signed.caller, &programme, participant)
        .await
        .map(axum::Json)
        .map_err(problem)
}

/// Shows what a participant has
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/participants/{participant}/balances", tag = "participants",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path)),
    responses((status = 200, body = BalanceView), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn balances(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant)): Path<(String, String)>,
) -> Result<axum::Json<BalanceView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    state
        .app
        .balances(&signed.caller, &programme, participant)
        .await
        .map(axum::Json)
        .map_err(problem)
}

async fn set_consent(
    state: &State,
    lang: Lang,
    signed: &Signed,
    (slug, participant, consent): (String, String, String),
    given: bool,
) -> Result<axum::Json<Vec<String>>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let consent = Consent::named(&consent).ok_or_else(|| problem(Refused::NotFound("consent").into()))?;
    let consents = state
        .app
        .set_consent(&signed.caller, &programme, participant, consent, given)
        .await
        .map_err(problem)?;
    Ok(axum::Json(
        consents.into_iter().map(|consent| consent.name().to_owned()).collect(),
    ))
}

/// Gives a consent: `programme`, `partner_events`, `device_readings`, `photos` or `delegation`
#[utoipa::path(put, path = "/api/v1/programmes/{programme}/participants/{participant}/consents/{consent}",
    tag = "participants", security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path),
           ("consent" = String, Path)),
    responses((status = 200, body = [String]), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn give_consent(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path(path): Path<(String, String, String)>,
) -> Result<axum::Json<Vec<String>>, Problem> {
    set_consent(&state, lang, &signed, path, true).await
}

/// Withdraws a consent, in force from now on
#[utoipa::path(delete, path = "/api/v1/programmes/{programme}/participants/{participant}/consents/{consent}",
    tag = "participants", security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path),
           ("consent" = String, Path)),
    responses((status = 200, body = [String]), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn withdraw_consent(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path(path): Path<(String, String, String)>,
) -> Result<axum::Json<Vec<String>>, Problem> {
    set_consent(&state, lang, &signed, path, false).await
}
