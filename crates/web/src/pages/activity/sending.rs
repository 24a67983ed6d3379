//! Sending an act: by form, or by the script that keeps photos on the phone.

use std::borrow::Cow;

use app::{Error, Inputs, Mode, Refused, Report, Said};
use axum::Json;
use axum::extract::Path;
use axum::extract::multipart::{Field, Multipart};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::sheet::{Entered, act_of, field_name, show};
use super::{Me, Ours, me};
use crate::door::{Oops, Problem, Signed, status, words};
use crate::lang::Lang;

/// What a form brought.
#[derive(Default)]
struct Sent {
    csrf: String,
    event: String,
    started: String,
    proof: String,
    inputs: Vec<(String, String)>,
    photo: Vec<u8>,
}

/// Any part of the form but the photo, in bytes.
const MOST_WORDS: usize = 4096;
/// More parts than any sheet has.
const MOST_PARTS: usize = 40;

fn invalid(field: &str, what: &str) -> Refused {
    Refused::Invalid {
        field: field.to_owned(),
        what: what.to_owned(),
    }
}

/// Reads a part up to `most` bytes. What is beyond is read and let go, so that the browser listens to the answer.
async fn part(field: &mut Field<'_>, most: usize) -> Result<Option<Vec<u8>>, Refused> {
    let (mut bytes, mut seen) = (Vec::new(), 0_usize);
    while let Some(chunk) = field.chunk().await.map_err(|e| invalid("", &e.body_text()))? {
        seen += chunk.len();
        if seen > most.saturating_mul(8) {
            return Err(too_large());
        }
        if seen <= most {
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok((seen <= most).then_some(bytes))
}

fn too_large() -> Refused {
    Refused::Photo {
        code: "photo.too_large",
        what: "the photo has too many bytes".to_owned(),
    }
}

async fn read(form: &mut Multipart, most: usize) -> Result<(Sent, Option<Refused>), Refused> {
    let mut sent = Sent::default();
    let mut large = None;
    let mut parts = 0;
    while let Some(mut field) = form.next_field().await.map_err(|e| invalid("", &e.body_text()))? {
        parts += 1;
        if parts > MOST_PARTS {
            return Err(invalid("", "has too many parts"));
        }
        let name = field.name().unwrap_or_default().to_owned();
        if name == "photo" {
            match part(&mut field, most).await? {
                Some(bytes) => sent.photo = bytes,
                None => large = Some(too_large()),
            }
            continue;
        }
        let bytes = part(&mut field, MOST_WORDS).await?;
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.ok_or_else(|| invalid(&name, "is too long or no text"))?;
        match name.as_str() {
            "csrf" => sent.csrf = text,
            "event" => sent.event = text,
            "started" => sent.started = text,
            "proof" => sent.proof = text,
            other => {
                if let Some(input) = other.strip_prefix("in-") {
                    sent.inputs.push((input.to_owned(), text));
                }
            }
        }
    }
    Ok((sent, large))
}

pub(super) async fn send(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(behaviour): Path<String>,
    headers: HeaderMap,
    mut form: Multipart,
) -> Result<Response, Response> {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let script = accept.is_some_and(|accept| accept.starts_with("application/json"));
    let failed = |error: Error| {
        if script {
            Problem::new(error, lang).into_response()
        } else {
            Oops::new(error, lang).into_response()
        }
    };
    let me = me(&state.app, signed).await.map_err(failed)?;
    let read = read(&mut form, state.limits.upload).await;
    let (sent, large) = read.map_err(|refused| failed(refused.into()))?;
    me.check(&sent.csrf).map_err(failed)?;
    act_of(&state, &me, &behaviour).map_err(failed)?;
    let outcome = match large {
        Some(refused) => Err(refused.into()),
        None => report(&state, &me, &behaviour, &sent).await,
    };
    match outcome {
        Ok(href) if script => Ok(Json(serde_json::json!({ "href": href })).into_response()),
        Ok(href) => Ok(Redirect::to(&href).into_response()),
        Err(Error::Refused(refused)) if !script => {
            let status = status(&refused);
            let entered = entered(&refused, sent, lang);
            let mut page = show(&state, &me, &behaviour, &entered, lang)
                .await
                .map_err(IntoResponse::into_response)?;
            *page.status_mut() = status;
            Ok(page)
        }
        Err(error) => Err(failed(error)),
    }
}

/// Reports what was sent; where its outcome is shown.
async fn report(state: &Ours, me: &Me, behaviour: &str, sent: &Sent) -> Result<String, Error> {
    let started_us = me.programme.zone.instant(&sent.started);
    let started_us = started_us.ok_or_else(|| invalid("started_at", "is no date and time"))?;
    let started_at =
        jiff::Timestamp::from_microsecond(started_us).map_err(|_| invalid("started_at", "is out of range"))?;
    let said = sent.inputs.iter().filter(|(_, value)| !value.trim().is_empty());
    let said = said.map(|(name, value)| {
        let value = value.trim();
        (Cow::Borrowed(name.as_str()), Said::Text(Cow::Borrowed(value)))
    });
    let report = Report {
        event: Cow::Borrowed(&sent.event),
        participant: None,
        reference: None,
        behaviour: Cow::Borrowed(behaviour),
        started_at: Cow::Owned(started_at.to_string()),
        ended_at: None,
        inputs: Inputs(said.collect()),
        region: None,
    };
    if sent.proof == "declared" {
        let sent = state.app.submit(&me.caller, &me.programme, Mode::Event, report);
        let receipt = sent.await?;
        return Ok(match receipt.record {
            Some(record) if receipt.state == "credited" => format!("/why/{record}?done=recorded"),
            Some(record) => format!("/why/{record}"),
            None => "/".to_owned(),
        });
    }
    if sent.photo.is_empty() {
        return Err(Refused::Photo {
            code: "photo.missing",
            what: "a photo is needed, or the declaration alone".to_owned(),
        }
        .into());
    }
    let photo = sent.photo.clone();
    let submitted = state.app.submit_photo(&me.caller, &me.programme, report, photo).await?;
    Ok(format!("/sent/{}", submitted.submission))
}

/// What was typed, beside what was wrong with it.
fn entered(refused: &Refused, sent: Sent, lang: Lang) -> Entered {
    let said = match refused {
        Refused::KeyReused => lang.say("activity-again"),
        other => words(other, None, lang),
    };
    let pointer = refused.pointer().unwrap_or_default();
    let field = match pointer.trim_start_matches('/') {
        "started_at" => "started",
        "photo" => "photo",
        other => other.strip_prefix("inputs/").unwrap_or_default(),
    };
    let known = field.is_empty() || ["started", "photo"].contains(&field) || {
        let name = field_name(field);
        sent.inputs.iter().any(|(input, _)| field_name(input) == name)
    };
    Entered {
        // a name that was used for something else is of no more use
        event: (*refused != Refused::KeyReused).then_some(sent.event),
        started: Some(sent.started),
        inputs: sent.inputs,
        wrong: Some((if known { field.to_owned() } else { String::new() }, said)),
    }
}
