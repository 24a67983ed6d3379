//! Competitions, as everybody sees them, and what who runs them does.

use app::{BoardView, CompetitionView, DayView, Error, NewCompetition, PodiumView, Row, TeamRow};
use axum::extract::{Path, Query, State as Shared};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Json, day as civil_day, id, key, programme};
use crate::State;
use crate::door::{IdempotencyKey, Problem, Signed};
use crate::lang::Lang;

/// Lists the competitions of a programme, the one that ends last first; public
///
/// Drafts are shown to who works here.
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/competitions", tag = "competitions",
    params(("programme" = String, Path, description = "slug")),
    responses((status = 200, body = [CompetitionView]), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn list(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
) -> Result<axum::Json<Vec<CompetitionView>>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let all = state.app.competitions(&signed.caller, &programme).await;
    all.map(axum::Json).map_err(problem)
}

/// Writes a draft of a competition
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/competitions", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewCompetition,
    responses((status = 201, body = CompetitionView), (status = 422, body = crate::door::ProblemDetails)))]
pub(crate) async fn create(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    idempotency: Option<IdempotencyKey>,
    Json(new): Json<NewCompetition>,
) -> Result<(StatusCode, axum::Json<CompetitionView>), Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let key = key(&signed.caller, "competition", idempotency, &format!("{slug} {new:?}"));
    let made = state.app.create_competition(&signed.caller, &programme, new, key).await;
    Ok((StatusCode::CREATED, axum::Json(made.map_err(problem)?)))
}

/// Shows a competition; public
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/competitions/{competition}", tag = "competitions",
    params(("programme" = String, Path, description = "slug"), ("competition" = String, Path)),
    responses((status = 200, body = CompetitionView), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn get(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, competition)): Path<(String, String)>,
) -> Result<axum::Json<CompetitionView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let found = state.app.competition(&signed.caller, &programme, competition).await;
    found.map(axum::Json).map_err(problem)
}

/// Changes a draft
///
/// What is open stays as it was declared.
#[utoipa::path(put, path = "/api/v1/programmes/{programme}/competitions/{competition}", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("competition" = String, Path)),
    request_body = NewCompetition,
    responses((status = 200, body = CompetitionView), (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn change(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, competition)): Path<(String, String)>,
    Json(new): Json<NewCompetition>,
) -> Result<axum::Json<CompetitionView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let changed = state
        .app
        .change_competition(&signed.caller, &programme, competition, new);
    changed.await.map(axum::Json).map_err(problem)
}

/// Opens a competition: its terms are fixed, its prizes are set aside
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/competitions/{competition}/open", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("competition" = String, Path)),
    responses((status = 200, body = CompetitionView), (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn open(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, competition)): Path<(String, String)>,
) -> Result<axum::Json<CompetitionView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let opened = state
        .app
        .open_competition(&signed.caller, &programme, competition)
        .await;
    opened.map(axum::Json).map_err(problem)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Why {
    /// Why, as everybody who takes part is told.
    reason: String,
}

/// Calls a competition off before its results are final
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/competitions/{competition}/cancel", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("competition" = String, Path)),
    request_body = Why,
    responses((status = 200, body = CompetitionView), (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn cancel(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, competition)): Path<(String, String)>,
    Json(Why { reason }): Json<Why>,
) -> Result<axum::Json<CompetitionView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let cancelled = state
        .app
        .cancel_competition(&signed.caller, &programme, competition, &reason);
    cancelled.await.map(axum::Json).map_err(problem)
}

/// Shows the board: the first, the teams, and the caller among its neighbours; public
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/competitions/{competition}/board", tag = "competitions",
    params(("programme" = String, Path, description = "slug"), ("competition" = String, Path)),
    responses((status = 200, body = BoardView), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn board(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, competition)): Path<(String, String)>,
) -> Result<axum::Json<BoardView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let who = signed.caller.participant_in(programme.id);
    let seen = state.app.see_board(&signed.caller, &programme, competition, who).await;
    seen.map(axum::Json).map_err(problem)
}

/// From where on, and how many.
#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct From {
    /// The place to begin with, from 1; 1 if left out.
    first: Option<u64>,
    /// 1 to 200; 50 if left out.
    limit: Option<u32>,
}

/// Shows a page of the whole board; public
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/competitions/{competition}/ranks", tag = "competitions",
    params(("programme" = String, Path, description = "slug"), ("competition" = String, Path), From),
    responses((status = 200, body = [Row]), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn ranks(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, competition)): Path<(String, String)>,
    Query(from): Query<From>,
) -> Result<axum::Json<Vec<Row>>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let (first, limit) = (from.first.unwrap_or(1).max(1), from.limit.unwrap_or(50));
    let page = state
        .app
        .board_page(&signed.caller, &programme, competition, first, limit)
        .await;
    page.map(axum::Json).map_err(problem)
}

/// Shows a page of the teams; after those with a rank come none; public
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/competitions/{competition}/teams", tag = "competitions",
    params(("programme" = String, Path, description = "slug"), ("competition" = String, Path), From),
    responses((status = 200, body = [TeamRow]), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn teams(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, competition)): Path<(String, String)>,
    Query(from): Query<From>,
) -> Result<axum::Json<Vec<TeamRow>>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let (first, limit) = (from.first.unwrap_or(1).max(1), from.limit.unwrap_or(50));
    let page = state
        .app
        .team_page(&signed.caller, &programme, competition, first, limit)
        .await;
    page.map(axum::Json).map_err(problem)
}

/// Shows a team's members in their order; public
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/competitions/{competition}/teams/{team}/members", tag = "competitions",
    params(("programme" = String, Path, description = "slug"), ("competition" = String, Path), ("team" = String, Path)),
    responses((status = 200, body = [Row]), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn members(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, competition, team)): Path<(String, String, String)>,
) -> Result<axum::Json<Vec<Row>>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let team = id(&team, "team").map_err(problem)?;
    let members = state
        .app
        .team_members(&signed.caller, &programme, competition, team)
        .await;
    members.map(axum::Json).map_err(problem)
}

/// Shows the days with their champions, and which may still change; public
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/competitions/{competition}/days", tag = "competitions",
    params(("programme" = String, Path, description = "slug"), ("competition" = String, Path)),
    responses((status = 200, body = [DayView]), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn days(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, competition)): Path<(String, String)>,
) -> Result<axum::Json<Vec<DayView>>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let days = state
        .app
        .competition_days(&signed.caller, &programme, competition)
        .await;
    days.map(axum::Json).map_err(problem)
}

/// Shows how everybody stood on one day, the best first, at most 200; public
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/competitions/{competition}/days/{day}", tag = "competitions",
    params(("programme" = String, Path, description = "slug"), ("competition" = String, Path), ("day" = String, Path)),
    responses((status = 200, body = [Row]), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn day(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, competition, day)): Path<(String, String, String)>,
) -> Result<axum::Json<Vec<Row>>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let day = civil_day(&day).map_err(problem)?;
    let rows = state.app.day_board(&signed.caller, &programme, competition, day).await;
    rows.map(axum::Json).map_err(problem)
}

/// Shows the results, once every day is final: places, teams, champions, who won what; public
///
/// Provisional until the days for a look are over; then the seed of the lots is told too.
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/competitions/{competition}/podium", tag = "competitions",
    params(("programme" = String, Path, description = "slug"), ("competition" = String, Path), From),
    responses((status = 200, body = PodiumView), (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn podium(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, competition)): Path<(String, String)>,
    Query(from): Query<From>,
) -> Result<axum::Json<PodiumView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let (first, limit) = (from.first.unwrap_or(1).max(1), from.limit.unwrap_or(50));
    let podium = state
        .app
        .podium(&signed.caller, &programme, competition, first, limit)
        .await;
    podium.map(axum::Json).map_err(problem)
}
