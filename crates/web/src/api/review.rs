//! The review queue: list, look, decide.

use app::{Error, Followed, QueuedView, Refused, ReviewFilter, ReviewView, Say};
use axum::extract::{Path, Query, State as Shared};
use axum::http::HeaderMap;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::measure::Carbon;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Json, id, programme};
use crate::State;
use crate::door::{IdempotencyKey, Problem, Signed};
use crate::lang::Lang;

/// What narrows the queue down, and where a page of it begins.
#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct Wanted {
    /// Only this behaviour.
    behaviour: Option<String>,
    /// Only where this sign was seen.
    sign: Option<String>,
    /// Only what is worth at least so many milligrams.
    at_least_mg: Option<i64>,
    /// From the `Link` header or `next` of the page before.
    cursor: Option<String>,
    /// 1 to 200; 50 if left out.
    limit: Option<u32>,
}

/// A page of the queue.
#[derive(Serialize, ToSchema)]
pub(crate) struct QueuePage {
    /// Those first that wait longest.
    reviews: Vec<QueuedView>,
    /// How many wait that the filter means.
    count: i64,
    /// The median of the time that people took lately, in microseconds.
    usual_us: Option<i64>,
    /// Where the next page begins, if there is one.
    next: Option<String>,
}

/// Lists the acts that wait for a reviewer, those first that wait longest
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/reviews", tag = "reviews",
    security(("session" = [])), params(("programme" = String, Path, description = "slug"), Wanted),
    responses((status = 200, body = QueuePage), (status = 403, body = crate::door::ProblemDetails)))]
pub(crate) async fn list(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let after = match wanted.cursor.as_deref() {
        None => None,
        Some(cursor) => {
            let place = cursor.split_once('.');
            let place = place.and_then(|(at_us, id)| Some((at_us.parse().ok()?, id.parse().ok()?)));
            Some(place.ok_or_else(|| {
                let what = "is no cursor of the queue".to_owned();
                let field = "cursor".to_owned();
                problem(Refused::Invalid { field, what }.into())
            })?)
        }
    };
    let filter = ReviewFilter {
        behaviour: wanted.behaviour.unwrap_or_default(),
        sign: wanted.sign.unwrap_or_default(),
        least: Carbon::from_mg(wanted.at_least_mg.unwrap_or(0)),
    };
    let limit = wanted.limit.unwrap_or(50);
    let found = state
        .app
        .review_queue(&signed.caller, &programme, &filter, after, limit);
    let found = found.await.map_err(problem)?;
    let next = found.next.map(|(at_us, id)| format!("{at_us}.{id}"));
    let mut headers = HeaderMap::new();
    if let Some(next) = &next {
        let at = format!("</api/v1/programmes/{slug}/reviews?cursor={next}&limit={limit}>; rel=\"next\"");
        if let Ok(value) = at.parse() {
            headers.insert(header::LINK, value);
        }
    }
    let page = QueuePage {
        reviews: found.acts,
        count: found.count,
        usual_us: found.usual_us,
        next,
    };
    Ok((headers, axum::Json(page)).into_response())
}

/// Shows one act with everything that bears on it: facts, signs, look-alikes, what reviewers said
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/reviews/{participant}/{submission}", tag = "reviews",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path),
           ("submission" = String, Path)),
    responses((status = 200, body = ReviewView), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn get(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, submission)): Path<(String, String, String)>,
) -> Result<axum::Json<ReviewView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let submission = id(&submission, "submission").map_err(problem)?;
    let look = state
        .app
        .review_one(&signed.caller, &programme, (participant, submission));
    look.await.map(axum::Json).map_err(problem)
}

/// What a reviewer says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saying {
    /// `credit`, `refuse` or `more`.
    say: String,
    /// The code of the sign that is the reason for a refusal.
    #[serde(default)]
    reason: String,
    /// For the participant; needed where more is asked for.
    #[serde(default)]
    words: String,
}

/// What followed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Answered {
    /// `decided`, `one_more` (a second reviewer has to say the same) or `asked`.
    followed: Followed,
}

/// Says whether a proof convinces
///
/// Nobody judges an act of their own, nobody counts twice, and above the programme's limit two reviewers have to say
/// that it does. Send an `Idempotency-Key` to make a retry safe.
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/reviews/{participant}/{submission}", tag = "reviews",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path),
           ("submission" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = Saying,
    responses((status = 200, body = Answered), (status = 403, body = crate::door::ProblemDetails),
              (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn say(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, submission)): Path<(String, String, String)>,
    idempotency: Option<IdempotencyKey>,
    Json(saying): Json<Saying>,
) -> Result<axum::Json<Answered>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let at = (
        id(&participant, "participant").map_err(problem)?,
        id(&submission, "submission").map_err(problem)?,
    );
    let Saying { say, reason, words } = saying;
    let asked = format!("{slug} {participant} {submission} {say} {reason} {words}");
    let say = match say.as_str() {
        "credit" => Say::Credit,
        "refuse" => Say::Refuse { reason },
        "more" => Say::More,
        _ => {
            let (field, what) = ("say".to_owned(), "is none of credit, refuse, more".to_owned());
            return Err(problem(Refused::Invalid { field, what }.into()));
        }
    };
    let look = state
        .app
        .review_one(&signed.caller, &programme, at)
        .await
        .map_err(problem)?;
    let letters = crate::pages::review_letters(&say, &look.act.title, &words);
    let key = super::key(&signed.caller, "review", idempotency, &asked);
    let followed = state
        .app
        .review_say(&signed.caller, &programme, at, (say, &words), letters, key);
    let followed = followed.await.map_err(problem)?;
    Ok(axum::Json(Answered { followed }))
}
