//! Readings: what sources counted on civil days, one by one and in bulk.

use app::{Error, NewDayReading, ReadingOutcome, Refused};
use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::activity::{TOGETHER, broken, check_signature};
use super::programme;
use crate::State;
use crate::door::{Problem, ProblemDetails, Signed, details};
use crate::lang::Lang;

/// Tells what a source counted on a day
///
/// A source can only raise a day until its cut-off, and two sources of a day count once, the higher; so the same
/// reading again changes nothing. A partner whose events are signed signs it.
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/readings", tag = "competitions",
    security(("partner" = []), ("session" = [])),
    params(("programme" = String, Path, description = "slug")), request_body = NewDayReading,
    responses((status = 200, body = ReadingOutcome), (status = 401, body = crate::door::ProblemDetails),
              (status = 422, body = crate::door::ProblemDetails)))]
pub(crate) async fn submit(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<axum::Json<ReadingOutcome>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    check_signature(&state, &signed, &headers, &body)
        .await
        .map_err(problem)?;
    let reading = NewDayReading::from_json(&body).map_err(|no| problem(no.into()))?;
    let taken = state.app.take_readings(&signed.caller, &programme, &[reading]).await;
    let outcome = taken.map_err(problem)?.pop();
    let outcome = outcome.unwrap_or(Err(Refused::NotFound("participant")));
    outcome.map(axum::Json).map_err(|no| problem(no.into()))
}

/// One line of the answer to a feed of readings.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReadingLine {
    /// The line of the feed, from 1.
    line: usize,
    /// What became of it.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    outcome: Option<ReadingOutcome>,
    /// Why it failed; the other lines stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemDetails>,
}

/// Tells many readings as NDJSON; answers one line each, in order, once all are decided
///
/// A line that fails does not touch the others. Sending the same feed again changes nothing. A partner whose events
/// are signed signs the feed as a whole.
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/readings/bulk", tag = "competitions",
    security(("partner" = []), ("session" = [])), params(("programme" = String, Path, description = "slug")),
    request_body(content = String, content_type = "application/x-ndjson", description = "one reading a line"),
    responses((status = 200, content_type = "application/x-ndjson", body = ReadingLine),
              (status = 401, body = crate::door::ProblemDetails),
              (status = 413, body = crate::door::ProblemDetails)))]
pub(crate) async fn bulk(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    check_signature(&state, &signed, &headers, &body)
        .await
        .map_err(problem)?;
    let lines: Vec<&[u8]> = body.split(|byte| *byte == b'\n').collect();
    let mut answer: Vec<u8> = Vec::with_capacity(body.len());
    for (chunk, first) in lines.chunks(TOGETHER).zip((0..).step_by(TOGETHER)) {
        // of each line its number, and its place among those that can be read
        let mut told: Vec<(usize, Result<usize, Refused>)> = Vec::with_capacity(chunk.len());
        let mut readings = Vec::with_capacity(chunk.len());
        for (line, number) in chunk.iter().zip(first + 1..) {
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            let read = if line.len() > state.limits.line {
                let what = format!("the line is longer than {} bytes", state.limits.line);
                let field = String::new();
                Err(Refused::Invalid { field, what })
            } else {
                NewDayReading::from_json(line)
            };
            told.push((
                number,
                read.map(|reading| {
                    readings.push(reading);
                    readings.len() - 1
                }),
            ));
        }
        let taken = state.app.take_readings(&signed.caller, &programme, &readings).await;
        let taken = taken.map_err(problem)?;
        for (line, read) in told {
            let outcome = read.and_then(|place| match taken.get(place) {
                Some(outcome) => outcome.clone(),
                None => Err(Refused::NotFound("participant")),
            });
            let (outcome, refused) = match outcome {
                Ok(outcome) => (Some(outcome), None),
                Err(refused) => (None, Some(details(&refused, None, lang))),
            };
            let line = ReadingLine {
                line,
                outcome,
                problem: refused,
            };
            serde_json::to_writer(&mut answer, &line).map_err(|e| problem(broken(e)))?;
            answer.push(b'\n');
        }
    }
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], answer).into_response())
}
