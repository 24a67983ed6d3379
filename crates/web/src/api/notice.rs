//! What participants are told: that somebody passed them, that results are final.

use app::{Error, NewsWanted, NoticeView};
use axum::extract::{Path, Query, State as Shared};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Json, id, programme};
use crate::State;
use crate::door::{Problem, Signed};
use crate::lang::Lang;

/// How many.
#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct Newest {
    /// 1 to 200; 50 if left out.
    limit: Option<u32>,
}

/// Lists what a participant was told, newest first
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/participants/{participant}/notices", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path), Newest),
    responses((status = 200, body = [NoticeView]), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn list(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant)): Path<(String, String)>,
    Query(newest): Query<Newest>,
) -> Result<axum::Json<Vec<NoticeView>>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let limit = newest.limit.unwrap_or(50);
    let notices = state.app.notices(&signed.caller, &programme, participant, limit).await;
    notices.map(axum::Json).map_err(problem)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Until {
    /// The newest notice that was read.
    last: String,
}

/// Notes that everything until a notice was read
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/participants/{participant}/notices/read", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path)),
    request_body = Until,
    responses((status = 204), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn read(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant)): Path<(String, String)>,
    Json(Until { last }): Json<Until>,
) -> Result<StatusCode, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let last = id(&last, "notice").map_err(problem)?;
    let read = state
        .app
        .read_notices(&signed.caller, &programme, participant, last)
        .await;
    read.map(|()| StatusCode::NO_CONTENT).map_err(problem)
}

/// Shows which news a participant wants
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/participants/{participant}/notices/wanted", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path)),
    responses((status = 200, body = NewsWanted), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn wanted(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant)): Path<(String, String)>,
) -> Result<axum::Json<NewsWanted>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let wanted = state.app.news_wanted(&signed.caller, &programme, participant).await;
    wanted.map(axum::Json).map_err(problem)
}

/// Changes which news a participant wants
#[utoipa::path(put, path = "/api/v1/programmes/{programme}/participants/{participant}/notices/wanted", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path)),
    request_body = NewsWanted,
    responses((status = 204), (status = 422, body = crate::door::ProblemDetails)))]
pub(crate) async fn want(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant)): Path<(String, String)>,
    Json(wanted): Json<NewsWanted>,
) -> Result<StatusCode, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let set = state
        .app
        .want_news(&signed.caller, &programme, participant, wanted)
        .await;
    set.map(|()| StatusCode::NO_CONTENT).map_err(problem)
}
