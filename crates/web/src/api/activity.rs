//! Activity records: reporting acts one by one, in bulk and with a photo; statements, workings, appeals.

use app::signature;
use app::{Error, Mode, NewProof, Receipt, RecordView, Refused, Report, StatementPage, StepsOutcome, Submitted};
use axum::body::{Body, Bytes};
use axum::extract::{Multipart, Path, Query, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::evidence::Kind;
use domain::methodology::Explained;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use utoipa::ToSchema;

use super::{Json, id, programme};
use crate::State;
use crate::door::{Problem, ProblemDetails, Signed, details};
use crate::lang::Lang;

/// The shape of a reported act, for the document; read by `app`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read without copying")]
pub(crate) struct NewRecord {
    /// Your own name for the event, 1 to 128 bytes: reporting it again with the same body changes nothing.
    event: String,
    /// The participant's id. A person who signed in may leave it out.
    participant: Option<String>,
    /// The participant by the reference under which you enrolled it.
    reference: Option<String>,
    /// The behaviour.
    behaviour: String,
    /// RFC 3339 with offset.
    started_at: String,
    /// RFC 3339 with offset; the same instant if left out.
    ended_at: Option<String>,
    /// Numbers or texts, perhaps with a unit: `{"distance": 3.2}` or `{"distance": "3200 m"}`.
    inputs: std::collections::BTreeMap<String, serde_json::Value>,
    /// The region whose factors apply, if not the programme's.
    region: Option<String>,
}

/// How partners' reports are meant.
#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct How {
    /// `event`: you saw the act yourself (grade E3). `reading`: a device of the participant measured it (E2).
    #[serde(default)]
    #[param(value_type = Option<String>)]
    mode: Mode,
}

/// A partner with a key signs the very bytes that it sends, so they are looked at before anybody reads them.
pub(super) async fn check_signature(
    state: &State,
    signed: &Signed,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Error> {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let shown = signature::Headers {
        id: header(signature::ID),
        timestamp: header(signature::TIMESTAMP),
        signature: header(signature::SIGNATURE),
    };
    state.app.check_signature(&signed.caller, shown, body).await
}

/// Reports one act
///
/// A partner whose events are signed sends `webhook-id`, `webhook-timestamp` and `webhook-signature` beside the body.
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/records", tag = "records",
    security(("partner" = []), ("session" = [])),
    params(("programme" = String, Path, description = "slug"), How), request_body = NewRecord,
    responses((status = 200, body = Receipt), (status = 401, body = crate::door::ProblemDetails), (status = 422, body = crate::door::ProblemDetails)))]
pub(crate) async fn submit(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(how): Query<How>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<axum::Json<Receipt>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    check_signature(&state, &signed, &headers, &body)
        .await
        .map_err(problem)?;
    let report = Report::from_json(&body).map_err(|refused| problem(refused.into()))?;
    state
        .app
        .submit(&signed.caller, &programme, how.mode, report)
        .await
        .map(axum::Json)
        .map_err(problem)
}

/// One line of the answer to a bulk feed.
#[derive(Serialize, ToSchema)]
pub(crate) struct BulkLine {
    /// The line of the feed, from 1.
    line: usize,
    /// What became of it.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    receipt: Option<Receipt>,
    /// Why it failed; the other lines stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemDetails>,
}

/// Lines decided together.
pub(super) const TOGETHER: usize = 1_000;

/// Reports many acts as NDJSON; answers one line each, in order, once all are decided
///
/// A line that fails does not touch the others. Sending the same feed again changes nothing, and each line says so.
/// A partner whose events are signed signs the feed as a whole.
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/records/bulk", tag = "records",
    security(("partner" = [])), params(("programme" = String, Path, description = "slug"), How),
    request_body(content = String, content_type = "application/x-ndjson", description = "one record a line"),
    responses((status = 200, content_type = "application/x-ndjson", body = BulkLine),
              (status = 401, body = crate::door::ProblemDetails),
              (status = 413, body = crate::door::ProblemDetails)))]
pub(crate) async fn bulk(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(how): Query<How>,
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
        let mut numbers = Vec::with_capacity(chunk.len());
        let mut reports = Vec::with_capacity(chunk.len());
        for (line, number) in chunk.iter().zip(first + 1..) {
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            numbers.push(number);
            reports.push(if line.len() > state.limits.line {
                let what = format!("the line is longer than {} bytes", state.limits.line);
                Err(Refused::Invalid {
                    field: String::new(),
                    what,
                })
            } else {
                Report::from_json(line)
            });
        }
        let answers = state
            .app
            .submit_many(&signed.caller, &programme, how.mode, reports)
            .await
            .map_err(problem)?;
        for (number, outcome) in numbers.into_iter().zip(answers) {
            let line = match outcome {
                Ok(receipt) => BulkLine {
                    line: number,
                    receipt: Some(receipt),
                    problem: None,
                },
                Err(refused) => BulkLine {
                    line: number,
                    receipt: None,
                    problem: Some(details(&refused, None, lang)),
                },
            };
            serde_json::to_writer(&mut answer, &line).map_err(|e| problem(broken(e)))?;
            answer.push(b'\n');
        }
    }
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], answer).into_response())
}

pub(super) fn broken(error: impl std::fmt::Display) -> Error {
    Error::Broken(app::Broken::Outside(error.to_string()))
}

/// The parts of a photo upload.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the form")]
pub(crate) struct PhotoForm {
    /// The act, as JSON.
    record: String,
    /// JPEG, PNG or WebP.
    #[schema(format = Binary)]
    photo: String,
}

/// Reports an act with a photo as proof; decided on within seconds
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/records/photo", tag = "records",
    security(("session" = [])), params(("programme" = String, Path, description = "slug")),
    request_body(content = PhotoForm, content_type = "multipart/form-data"),
    responses((status = 202, body = Submitted), (status = 415, body = crate::door::ProblemDetails)))]
pub(crate) async fn photo(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    mut form: Multipart,
) -> Result<Response, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let [record, photo] = parts(&mut form, ["record", "photo"]).await.map_err(problem)?;
    let report = Report::from_json(&record).map_err(|refused| problem(refused.into()))?;
    let submitted = state
        .app
        .submit_photo(&signed.caller, &programme, report, photo.to_vec())
        .await
        .map_err(problem)?;
    Ok(accepted(&slug, submitted))
}

/// The parts of a form, each there once.
async fn parts<const N: usize>(form: &mut Multipart, names: [&str; N]) -> Result<[Bytes; N], Error> {
    let invalid = |field: &str, what: String| {
        let field = field.to_owned();
        Error::from(Refused::Invalid { field, what })
    };
    let mut found: [Option<Bytes>; N] = [const { None }; N];
    while let Some(field) = form.next_field().await.map_err(|e| invalid("body", e.body_text()))? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(|e| invalid(&name, e.body_text()))?;
        let place = names.iter().position(|wanted| *wanted == name);
        let place = place.ok_or_else(|| invalid(&name, format!("is none of {}", names.join(", "))))?;
        found[place] = Some(bytes);
    }
    if let Some(missing) = found.iter().position(Option::is_none) {
        return Err(invalid(names[missing], "is missing".to_owned()));
    }
    Ok(found.map(Option::unwrap_or_default))
}

/// The answer to a proof that was taken in, with where its outcome will be.
fn accepted(slug: &str, submitted: Submitted) -> Response {
    let (participant, submission) = (submitted.participant, submitted.submission);
    let at = format!("/api/v1/programmes/{slug}/participants/{participant}/records/{submission}");
    (StatusCode::ACCEPTED, [(header::LOCATION, at)], axum::Json(submitted)).into_response()
}

/// The parts of a proof's upload.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the form")]
pub(crate) struct ProofForm {
    /// The act, as JSON. Of a track, its own times and distance count.
    record: String,
    /// `photo` or `track`.
    kind: String,
    /// JPEG, PNG or WebP; GPX, FIT, TCX, GeoJSON or CSV.
    #[schema(format = Binary)]
    file: String,
}

/// Reports an act with a file as proof; decided on within seconds, or by a person
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/records/proof", tag = "records",
    security(("session" = [])), params(("programme" = String, Path, description = "slug")),
    request_body(content = ProofForm, content_type = "multipart/form-data"),
    responses((status = 202, body = Submitted), (status = 422, body = crate::door::ProblemDetails)))]
pub(crate) async fn proof(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    mut form: Multipart,
) -> Result<Response, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let [record, kind, file] = parts(&mut form, ["record", "kind", "file"]).await.map_err(problem)?;
    let kind = std::str::from_utf8(&kind).ok().and_then(Kind::named);
    let kind = kind.filter(|kind| matches!(kind, Kind::Photo | Kind::Track));
    let kind = kind.ok_or_else(|| {
        let (field, what) = ("kind".to_owned(), "is neither photo nor track".to_owned());
        problem(Refused::Invalid { field, what }.into())
    })?;
    let report = Report::from_json(&record).map_err(|refused| problem(refused.into()))?;
    let proof = NewProof {
        kind,
        bytes: file.to_vec(),
        device: None,
    };
    let submitted = state.app.submit_proof(&signed.caller, &programme, report, proof).await;
    Ok(accepted(&slug, submitted.map_err(problem)?))
}

/// Of which behaviour the steps are.
#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct StepsOf {
    /// The programme's behaviour of walking; `walking-by-steps` if left out.
    behaviour: Option<String>,
}

/// Sends a file of steps as the body: one act for each civil day that is over
///
/// Apple Health's export (ZIP or XML), Google Fit, Health Connect, Fitbit, or CSV with the columns day and steps.
/// Sending the same file again changes nothing.
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/records/steps", tag = "records",
    security(("session" = [])), params(("programme" = String, Path, description = "slug"), StepsOf),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Vec<StepsOutcome>), (status = 422, body = crate::door::ProblemDetails)))]
pub(crate) async fn steps(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(of): Query<StepsOf>,
    body: Body,
) -> Result<axum::Json<Vec<StepsOutcome>>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    if signed.caller.participant_in(programme.id).is_none() {
        return Err(problem(Refused::NotFound("participant").into())); // before anything is taken in
    }
    let mut file = tokio::fs::File::from_std(app::scratch().map_err(problem)?);
    let (mut chunks, mut seen) = (body.into_data_stream(), 0_u64);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|e| {
            let (field, what) = ("body".to_owned(), e.to_string());
            problem(Refused::Invalid { field, what }.into())
        })?;
        seen = seen.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if seen > state.limits.steps {
            let what = format!("the file has more than {} bytes", state.limits.steps);
            let code = "steps.too_large";
            return Err(problem(Refused::Proof { code, what }.into()));
        }
        file.write_all(&chunk).await.map_err(|e| problem(broken(e)))?;
    }
    file.flush().await.map_err(|e| problem(broken(e)))?;
    file.rewind().await.map_err(|e| problem(broken(e)))?;
    let behaviour = of.behaviour.as_deref().unwrap_or("walking-by-steps");
    let outcomes = state
        .app
        .submit_steps(&signed.caller, &programme, behaviour, file.into_std().await, None);
    Ok(axum::Json(outcomes.await.map_err(problem)?))
}

/// Where a page of a statement begins and how long it is.
#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct Paging {
    /// From the `Link` header or `next` of the page before.
    cursor: Option<String>,
    /// 1 to 200; 50 if left out.
    limit: Option<u32>,
}

/// Shows a participant's journal, newest first
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/participants/{participant}/statement", tag = "records",
    security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path), Paging),
    responses((status = 200, body = StatementPage), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn statement(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant)): Path<(String, String)>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let who = id(&participant, "participant").map_err(problem)?;
    let before = match &paging.cursor {
        None => None,
        Some(cursor) => Some(cursor.parse().map_err(|_| {
            let what = "is no cursor of a statement".to_owned();
            problem(
                Refused::Invalid {
                    field: "cursor".to_owned(),
                    what,
                }
                .into(),
            )
        })?),
    };
    let limit = paging.limit.unwrap_or(50);
    let page = state
        .app
        .statement(&signed.caller, &programme, who, before, limit)
        .await
        .map_err(problem)?;
    let mut headers = HeaderMap::new();
    if let Some(next) = page.next {
        let at = format!(
            "</api/v1/programmes/{slug}/participants/{participant}/statement?cursor={next}&limit={limit}>; rel=\"next\""
        );
        if let Ok(value) = at.parse() {
            headers.insert(header::LINK, value);
        }
    }
    Ok((headers, axum::Json(page)).into_response())
}

/// Shows a record, or what has become of a submission
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/participants/{participant}/records/{record}",
    tag = "records", security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path),
           ("record" = String, Path)),
    responses((status = 200, body = RecordView), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn get(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, record)): Path<(String, String, String)>,
) -> Result<axum::Json<RecordView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let record = id(&record, "record").map_err(problem)?;
    state
        .app
        .record(&signed.caller, &programme, participant, record)
        .await
        .map(axum::Json)
        .map_err(problem)
}

/// A record with its calculation written out.
#[derive(Serialize, ToSchema)]
pub(crate) struct WorkingView {
    /// The record.
    record: RecordView,
    /// Inputs, factors with source, region and year, steps, baseline and project emissions.
    #[schema(value_type = Object)]
    working: Explained,
}

/// Shows why a record has its number: inputs, factors with sources, steps, weight, ceilings, rounding
#[utoipa::path(get, path = "/api/v1/programmes/{programme}/participants/{participant}/records/{record}/working",
    tag = "records", security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path),
           ("record" = String, Path)),
    responses((status = 200, body = WorkingView), (status = 404, body = crate::door::ProblemDetails)))]
pub(crate) async fn working(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, record)): Path<(String, String, String)>,
) -> Result<axum::Json<WorkingView>, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let record = id(&record, "record").map_err(problem)?;
    let (record, working) = state
        .app
        .working(&signed.caller, &programme, participant, record, lang.into())
        .await
        .map_err(problem)?;
    Ok(axum::Json(WorkingView { record, working }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    /// In the participant's own words.
    words: String,
}

/// Asks for a refused record to be looked at again
#[utoipa::path(post, path = "/api/v1/programmes/{programme}/participants/{participant}/records/{record}/appeal",
    tag = "records", security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path),
           ("record" = String, Path)),
    request_body = Words,
    responses((status = 204), (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn appeal(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, record)): Path<(String, String, String)>,
    Json(Words { words }): Json<Words>,
) -> Result<StatusCode, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let record = id(&record, "record").map_err(problem)?;
    state
        .app
        .appeal(&signed.caller, &programme, participant, record, &words)
        .await
        .map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decision {
    /// Whether the participant is right.
    upheld: bool,
    /// What the participant is told.
    answer: String,
}

/// Decides an appeal with a reasoned answer
#[utoipa::path(post,
    path = "/api/v1/programmes/{programme}/participants/{participant}/records/{record}/appeal/decision",
    tag = "records", security(("session" = [])),
    params(("programme" = String, Path, description = "slug"), ("participant" = String, Path),
           ("record" = String, Path)),
    request_body = Decision,
    responses((status = 204), (status = 409, body = crate::door::ProblemDetails)))]
pub(crate) async fn decide_appeal(
    Shared(state): Shared<State>,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, record)): Path<(String, String, String)>,
    Json(decision): Json<Decision>,
) -> Result<StatusCode, Problem> {
    let problem = |error: Error| Problem::new(error, lang);
    let programme = programme(&state.app, &slug).map_err(problem)?;
    let participant = id(&participant, "participant").map_err(problem)?;
    let record = id(&record, "record").map_err(problem)?;
    let (upheld, answer) = (decision.upheld, decision.answer);
    state
        .app
        .decide_appeal(&signed.caller, &programme, (participant, record), upheld, &answer)
        .await
        .map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
