//! Sending an act: by form, or by the script that keeps photos on the phone.

use std::borrow::Cow;
use std::fs::File;

use app::{Error, Inputs, Mode, NewProof, NewReading, Refused, Report, Said, StepsFate};
use axum::Json;
use axum::extract::Path;
use axum::extract::multipart::{Field, Multipart};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::evidence::Kind;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use super::records::day_name;
use super::sheet::{Entered, act_of, field_name, show};
use super::{Me, Ours, me};
use crate::Limits;
use crate::door::{Oops, Problem, Signed, device, reason_words, status, words};
use crate::lang::Lang;
use crate::show::{Page, StepsDay, StepsSent};

/// What a form brought.
#[derive(Default)]
struct Sent {
    csrf: String,
    event: String,
    started: String,
    proof: String,
    inputs: Vec<(String, String)>,
    /// What a meter shows, and the like.
    reading: Vec<(String, String)>,
    photo: Vec<u8>,
    /// A track.
    file: Vec<u8>,
    /// A file of steps, which may be larger than memory: on disk, under no name.
    large: Option<File>,
    /// What tells this browser from others.
    device: Option<String>,
}

/// What the fields of each form but the first begin with.
const FORMS: [&str; 3] = ["track-", "steps-", "meter-"];
/// The fields of a meter's reading.
const READING: [&str; 4] = ["meter", "shows", "digits", "replaced"];
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
pub(super) async fn part(field: &mut Field<'_>, most: usize) -> Result<Option<Vec<u8>>, Refused> {
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

pub(super) fn too_large() -> Refused {
    Refused::Photo {
        code: "photo.too_large",
        what: "the photo has too many bytes".to_owned(),
    }
}

/// Writes a part to a file without a name, up to `most` bytes; `None` if it is larger.
async fn spool(field: &mut Field<'_>, most: u64) -> Result<Option<File>, Error> {
    let broken = |e: std::io::Error| Error::Broken(app::Broken::Outside(e.to_string()));
    let mut file = tokio::fs::File::from_std(app::scratch()?);
    let mut seen = 0_u64;
    while let Some(chunk) = field.chunk().await.map_err(|e| invalid("file", &e.body_text()))? {
        seen = seen.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if seen > most {
            return Ok(None);
        }
        file.write_all(&chunk).await.map_err(broken)?;
    }
    file.flush().await.map_err(broken)?;
    file.rewind().await.map_err(broken)?;
    Ok(Some(file.into_std().await).filter(|_| seen > 0))
}

async fn read(form: &mut Multipart, limits: &Limits) -> Result<(Sent, Option<Refused>), Error> {
    let most = limits.upload;
    let mut sent = Sent::default();
    let mut large = None;
    let mut parts = 0;
    while let Some(mut field) = form.next_field().await.map_err(|e| invalid("", &e.body_text()))? {
        parts += 1;
        if parts > MOST_PARTS {
            return Err(invalid("", "has too many parts").into());
        }
        let whole = field.name().unwrap_or_default().to_owned();
        // a sheet may have several forms: their fields carry the kind of proof in front
        let name = FORMS
            .iter()
            .find_map(|form| whole.strip_prefix(form))
            .unwrap_or(&whole)
            .to_owned();
        if whole == "steps-file" {
            sent.large = spool(&mut field, limits.steps).await?;
            if sent.large.is_none() {
                large = Some(Refused::Proof {
                    code: "steps.too_large",
                    what: format!("is empty, or has more than {} bytes", limits.steps),
                });
                break; // what is beyond may be gigabytes
            }
            continue;
        }
        if name == "file" {
            match part(&mut field, most).await? {
                Some(bytes) => sent.file = bytes,
                None => {
                    large = Some(Refused::Proof {
                        code: "track.too_large",
                        what: format!("has more than {most} bytes"),
                    });
                }
            }
            continue;
        }
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
                } else if READING.contains(&other) {
                    sent.reading.push((other.to_owned(), text));
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
    let read = read(&mut form, &state.limits).await;
    let (mut sent, large) = read.map_err(failed)?;
    sent.device = device(&headers);
    me.check(&sent.csrf).map_err(failed)?;
    act_of(&state, &me, &behaviour).map_err(failed)?;
    let outcome = match large {
        Some(refused) => Err(refused.into()),
        None if sent.proof == Kind::Steps.name() => {
            let told = steps(&state, &me, &behaviour, &mut sent, lang).await;
            match told {
                Ok(page) => return page.map_err(IntoResponse::into_response),
                Err(error) => Err(error),
            }
        }
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

/// Sends a file of steps; what became of its days.
async fn steps(
    state: &Ours,
    me: &Me,
    behaviour: &str,
    sent: &mut Sent,
    lang: Lang,
) -> Result<Result<Response, Oops>, Error> {
    let file = sent.large.take().ok_or_else(|| missing_file("steps.none"))?;
    let mark = sent.mark(me);
    let outcomes = state
        .app
        .submit_steps(&me.caller, &me.programme, behaviour, file, mark)
        .await?;
    let today = me.programme.zone.day_of(state.app.now_us());
    let sent_now = outcomes.iter().filter(|one| matches!(one.fate, StepsFate::Sent { .. }));
    let sent_now = sent_now.count().to_string();
    let day = |one: &app::StepsOutcome| {
        let (tone, state, href) = match &one.fate {
            StepsFate::Sent { submission } => (
                "wait",
                lang.say("activity-steps-sent"),
                Some(format!("/sent/{submission}")),
            ),
            StepsFate::Credited { record } => ("", lang.say("activity-steps-credited"), Some(format!("/why/{record}"))),
            StepsFate::Before => ("calm", lang.say("activity-steps-before"), None),
            StepsFate::NotOver => ("calm", lang.say("activity-steps-open"), None),
            StepsFate::Refused { code } => ("no", reason_words(code, None, lang), None),
        };
        let steps = domain::measure::Decimal::new(i64::from(one.steps), 0).grouped();
        let said = [("steps", steps.as_str()), ("source", one.source.as_str())];
        StepsDay {
            day: day_name(one.day, today, lang),
            steps: lang.say_with("activity-steps-of", &said),
            tone,
            state,
            href,
        }
    };
    let page = StepsSent {
        lang,
        back: format!("/act/{behaviour}"),
        told: lang.say_with("activity-steps-told", &[("days", sent_now.as_str())]),
        days: outcomes.iter().rev().map(day).collect(),
    };
    Ok(me.act_page(lang, lang.say("activity-steps-received"), Page::Plain, page.render()))
}

fn missing_file(code: &'static str) -> Refused {
    Refused::Proof {
        code,
        what: "a file is needed".to_owned(),
    }
}

impl Sent {
    /// The mark of the browser in this programme.
    fn mark(&self, me: &Me) -> Option<[u8; 32]> {
        self.device
            .as_deref()
            .map(|words| app::device_mark(me.programme.id, words))
    }

    fn said(&self, name: &str) -> String {
        let found = self.reading.iter().find(|(said, _)| said == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

/// Reports what was sent; where its outcome is shown.
async fn report(state: &Ours, me: &Me, behaviour: &str, sent: &Sent) -> Result<String, Error> {
    // a track knows its own times
    let started_us = match Kind::named(&sent.proof) {
        Some(Kind::Track) => Some(state.app.now_us()),
        _ => me.programme.zone.instant(&sent.started),
    };
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
    let device = sent.mark(me);
    if sent.proof == Kind::Meter.name() {
        let reading = NewReading {
            meter: sent.said("meter"),
            shows: sent.said("shows"),
            digits: sent.said("digits").trim().parse().unwrap_or(0),
            replaced: sent.said("replaced") == "1",
            photo: (!sent.photo.is_empty()).then(|| sent.photo.clone()),
        };
        let submitted = state
            .app
            .submit_meter(&me.caller, &me.programme, report, reading, device)
            .await?;
        return Ok(format!("/sent/{}", submitted.submission));
    }
    if sent.proof == Kind::Track.name() {
        if sent.file.is_empty() {
            return Err(missing_file("track.missing").into());
        }
        let proof = NewProof {
            kind: Kind::Track,
            bytes: sent.file.clone(),
            device,
        };
        let submitted = state.app.submit_proof(&me.caller, &me.programme, report, proof).await?;
        return Ok(format!("/sent/{}", submitted.submission));
    }
    if sent.photo.is_empty() {
        return Err(Refused::Photo {
            code: "photo.missing",
            what: "a photo is needed, or the declaration alone".to_owned(),
        }
        .into());
    }
    let proof = NewProof {
        kind: Kind::Photo,
        bytes: sent.photo.clone(),
        device,
    };
    let submitted = state.app.submit_proof(&me.caller, &me.programme, report, proof).await?;
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
        "file" => "file",
        reading if READING.contains(&reading) => reading,
        other => other.strip_prefix("inputs/").unwrap_or_default(),
    };
    let known = field.is_empty() || ["started", "photo", "file"].contains(&field) || READING.contains(&field) || {
        let name = field_name(field);
        sent.inputs.iter().any(|(input, _)| field_name(input) == name)
    };
    Entered {
        // a name that was used for something else is of no more use
        event: (*refused != Refused::KeyReused).then_some(sent.event),
        started: Some(sent.started).filter(|started| !started.is_empty()),
        inputs: sent.inputs.into_iter().chain(sent.reading).collect(),
        proof: sent.proof,
        wrong: Some((if known { field.to_owned() } else { String::new() }, said)),
    }
}
