//! The ledger: what a programme has issued, and reversals by two people.

use app::{Error, SupplyView};
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Json, id, programme};
use crate::State;
use crate::door::{Problem, Signed};
use crate::lang::Lang;

/// Shows what a programme has issued and what is outstanding; public
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/supply", tag = "ledger",
    params(("programme" = String, Path, description = "slug")),
    responses((status = 200, body = SupplyView), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn supply(
    Shared(state): Shared<State>,
    lang: Lang,
    Path(slug): Path<String>,
) -> Result<axum::Json<SupplyView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    state.app.supply(&programme).await.map(axum::Json).map_err(problem)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Why {
    /// The reason, as the participant will read it.
    why: String,
}

/// Asks for a credited record to be taken back; another person has to agree
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/participants/{participant}/records/{record}/reversal",
    tag = "ledger", security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path),
           ("record" = String, Path)),
    request_body = Why,
    responses((status = 204), (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn request_reversal(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, record)): Path<(String, String, String)>,
    Json(Why { why }): Json<Why>,
) -> Result<StatusCode, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let record = (
        id(&participant, "participant").map_err(problem)?,
        id(&record, "record").map_err(problem)?,
    );
    state
        .app
        .request_reversal(&signed.caller, &programme, record, &why)
        .await
        .map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Reversed {
    /// The entry that takes the credit back.
    reversing: String,
}

/// Agrees to a reversal that somebody else asked for, and books it
#[utoipa::path(post,
    path = "/api/v1/programmes/{programme}/participants/{participant}/records/{record}/reversal/approval",
    tag = "ledger", security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path),
           ("record" = String, Path)),
    responses((status = 200, body = Reversed), (status = 403, body = crate::door::ProblemDetails)))]
pub(crate) async fn approve_reversal(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, record)): Path<(String, String, String)>,
) -> Result<axum::Json<Reversed>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let record = (
        id(&participant, "participant").map_err(problem)?,
        id(&record, "record").map_err(problem)?,
    );
    let reversing = state
        .app
        .approve_reversal_telling(&signed.caller, &programme, record, Some(crate::show::taken_back))
        .await
        .map_err(problem)?;
    Ok(axum::Json(Reversed {
        reversing: reversing.to_string(),
    }))
}
