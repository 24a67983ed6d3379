//! A participant's own part in a competition: entering, its team, its days, leaving.

use app::{AwardView, DayStory, EntryView, Error, LeagueView, NewTeam, OwnDay, OwnResult, Refused};
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Json, day as civil_day, id, key, programme};
use crate::State;
use crate::door::{IdempotencyKey, Problem, Signed};
use crate::lang::Lang;

/// Shows a participant's own entry
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/participants/{participant}/competitions/{competition}", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path), ("competition" = String, Path)),
    responses((status = 200, body = EntryView), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn get(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, competition)): Path<(String, String, String)>,
) -> Result<axum::Json<EntryView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let entry = state
        .app
        .entry(&signed.caller, &programme, competition, participant)
        .await;
    let entry = entry.and_then(|entry| Ok(entry.ok_or(Refused::NotFound("entry"))?));
    entry.map(axum::Json).map_err(problem)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entering {
    /// What a team's invitation link holds; without it one enters alone, or stays in the team that one is in.
    #[serde(default)]
    invitation: Option<String>,
}

/// Enters a competition, alone or into the team of an invitation
///
/// Entering again changes nothing, but for the team.
#[utoipa::path(put, path = "/api/v1/programmes/{programme}/participants/{participant}/competitions/{competition}", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path), ("competition" = String, Path)),
    request_body = Entering,
    responses((status = 200, body = EntryView), (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn enter(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, competition)): Path<(String, String, String)>,
    Json(Entering { invitation }): Json<Entering>,
) -> Result<axum::Json<EntryView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let invitation = invitation.as_deref();
    let entered = state
        .app
        .enter_competition(&signed.caller, &programme, competition, participant, invitation);
    entered.await.map(axum::Json).map_err(problem)
}

/// Leaves a competition
#[utoipa::path(delete, path = "/api/v1/programmes/{programme}/participants/{participant}/competitions/{competition}", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path), ("competition" = String, Path)),
    responses((status = 204), (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn leave(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, competition)): Path<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let left = state
        .app
        .leave_competition(&signed.caller, &programme, competition, participant);
    left.await.map(|()| StatusCode::NO_CONTENT).map_err(problem)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shown {
    /// Whether the board shows the alias.
    shown: bool,
}

/// Shows or hides a participant's alias on the board
#[utoipa::path(put, path = "/api/v1/programmes/{programme}/participants/{participant}/competitions/{competition}/alias", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path), ("competition" = String, Path)),
    request_body = Shown,
    responses((status = 204), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn shown(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, competition)): Path<(String, String, String)>,
    Json(Shown { shown }): Json<Shown>,
) -> Result<StatusCode, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let set = state
        .app
        .show_on_board(&signed.caller, &programme, competition, participant, !shown);
    set.await.map(|()| StatusCode::NO_CONTENT).map_err(problem)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Called {
    /// The team's name, 1 to 60 bytes; no other team of the competition is called so.
    name: String,
}

/// Forms a team, of which the participant becomes captain
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/participants/{participant}/competitions/{competition}/team", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path), ("competition" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = Called,
    responses((status = 201, body = NewTeam), (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn form_team(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, competition)): Path<(String, String, String)>,
    idempotency: Option<IdempotencyKey>,
    Json(Called { name }): Json<Called>,
) -> Result<(StatusCode, axum::Json<NewTeam>), Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let asked = format!("{slug} {participant} {competition} {name}");
    let key = key(&signed.caller, "team", idempotency, &asked);
    let formed = state
        .app
        .form_team(&signed.caller, &programme, competition, participant, &name, key);
    Ok((StatusCode::CREATED, axum::Json(formed.await.map_err(problem)?)))
}

/// Gives the participant's team another name, as its captain
#[utoipa::path(put, path = "/api/v1/programmes/{programme}/participants/{participant}/competitions/{competition}/team", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path), ("competition" = String, Path)),
    request_body = Called,
    responses((status = 204), (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn rename_team(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, competition)): Path<(String, String, String)>,
    Json(Called { name }): Json<Called>,
) -> Result<StatusCode, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let renamed = state
        .app
        .rename_team(&signed.caller, &programme, competition, participant, &name);
    renamed.await.map(|()| StatusCode::NO_CONTENT).map_err(problem)
}

/// Leaves the team, while teams can change
#[utoipa::path(delete, path = "/api/v1/programmes/{programme}/participants/{participant}/competitions/{competition}/team", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path), ("competition" = String, Path)),
    responses((status = 204), (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn leave_team(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, competition)): Path<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let left = state
        .app
        .leave_team(&signed.caller, &programme, competition, participant);
    left.await.map(|()| StatusCode::NO_CONTENT).map_err(problem)
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Invitation {
    /// What the link `/compete/join/…` ends with.
    invitation: String,
}

/// Makes a new invitation to the team, as its captain; earlier ones lead nowhere from then on
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/participants/{participant}/competitions/{competition}/team/invitation", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path), ("competition" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 200, body = Invitation), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn invite(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, competition)): Path<(String, String, String)>,
    idempotency: Option<IdempotencyKey>,
) -> Result<axum::Json<Invitation>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let key = key(
        &signed.caller,
        "invite",
        idempotency,
        &format!("{slug} {participant} {competition}"),
    );
    let made = state
        .app
        .invite_to_team(&signed.caller, &programme, competition, participant, key);
    made.await
        .map(|invitation| axum::Json(Invitation { invitation }))
        .map_err(problem)
}

/// Shows a participant's own days
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/participants/{participant}/competitions/{competition}/days", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path), ("competition" = String, Path)),
    responses((status = 200, body = [OwnDay]), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn days(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, competition)): Path<(String, String, String)>,
) -> Result<axum::Json<Vec<OwnDay>>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let days = state
        .app
        .own_days(&signed.caller, &programme, competition, participant)
        .await;
    days.map(axum::Json).map_err(problem)
}

/// Shows a participant's league of the newest round; nothing before the first are formed
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/participants/{participant}/competitions/{competition}/league", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path), ("competition" = String, Path)),
    responses((status = 200, body = Option<LeagueView>), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn league(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, competition)): Path<(String, String, String)>,
) -> Result<axum::Json<Option<LeagueView>>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let league = state
        .app
        .own_league(&signed.caller, &programme, competition, participant)
        .await;
    league.map(axum::Json).map_err(problem)
}

/// Tells a participant's day: its ranks hour by hour, and when it led
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/participants/{participant}/competitions/{competition}/days/{day}", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path), ("competition" = String, Path), ("day" = String, Path)),
    responses((status = 200, body = DayStory), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn story(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, competition, day)): Path<(String, String, String, String)>,
) -> Result<axum::Json<DayStory>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let day = civil_day(&day).map_err(problem)?;
    let story = state
        .app
        .day_story(&signed.caller, &programme, competition, participant, day)
        .await;
    story.map(axum::Json).map_err(problem)
}

/// Shows what a participant made of a competition, once every day is final
#[utoipa::path(get,
    path = "/api/v1/programmes/{programme}/participants/{participant}/competitions/{competition}/result",
    tag = "competitions", security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path),
           ("competition" = String, Path)),
    responses((status = 200, body = OwnResult), (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn result(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, competition)): Path<(String, String, String)>,
) -> Result<axum::Json<OwnResult>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let competition = id(&competition, "competition").map_err(problem)?;
    let own = state
        .app
        .own_result(&signed.caller, &programme, competition, participant)
        .await;
    own.map(axum::Json).map_err(problem)
}

/// Lists what a participant won in competitions, and how far each prize is
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/participants/{participant}/awards", tag = "competitions",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path)),
    responses((status = 200, body = [AwardView]), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn awards(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant)): Path<(String, String)>,
) -> Result<axum::Json<Vec<AwardView>>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let awards = state.app.own_awards(&signed.caller, &programme, participant).await;
    awards.map(axum::Json).map_err(problem)
}
