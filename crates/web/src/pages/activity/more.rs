//! More proof for an act that was sent, where a reviewer asked for it or an objection waits.

use app::{Error, NewProof, RecordView, Refused};
use axum::extract::{Multipart, Path};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use domain::evidence::Kind;
use domain::measure::EntryId;

use super::records::moment;
use super::sending::{part, too_large};
use super::sent::{id, wants_more};
use super::{Me, Ours, me};
use crate::door::{Oops, Signed, device, status, words};
use crate::lang::Lang;
use crate::show::{Form, FormField, Input, MoreProof, Page};

pub(super) async fn form(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(submission): Path<String>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    let id = id(&submission).map_err(oops)?;
    let record = state.app.record(&me.caller, &me.programme, me.participant, id).await;
    let record = record.map_err(oops)?;
    if wants_more(&record).is_none() {
        return Ok(Redirect::to(&format!("/sent/{id}")).into_response());
    }
    page(&state, &me, (id, &record), None, lang)
}

fn page(
    state: &Ours,
    me: &Me,
    (id, record): (EntryId, &RecordView),
    wrong: Option<String>,
    lang: Lang,
) -> Result<Response, Oops> {
    let act = record.act.as_ref().ok_or(Refused::NotFound("record"));
    let act = act.map_err(|e| Oops::new(e.into(), lang))?;
    let here = format!("/sent/{id}/more");
    // the same kind as before: only of that kind does another one help
    let tracks = record.proofs.contains(&Kind::Track);
    let (name, label, accept) = if tracks {
        ("track", "activity-file", ".gpx,.fit,.tcx,.geojson,.json,.csv")
    } else {
        ("photo", "activity-photo", "image/*")
    };
    let file = FormField::new(name, lang.say(label), Input::File { accept }).error(wrong);
    let more = MoreProof {
        lang,
        back: format!("/sent/{id}"),
        title: act.title.in_lang(lang.into()).to_owned(),
        when: moment(&me.programme, act.started_us, state.app.now_us(), lang),
        asked: record.asked.clone(),
        form: Form::new(here, me.csrf.clone(), lang.say("activity-more-send")).with(file),
    };
    me.act_page(lang, lang.say("activity-more-add"), Page::Plain, more.render())
}

pub(super) async fn send(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(submission): Path<String>,
    headers: HeaderMap,
    mut form: Multipart,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    let id = id(&submission).map_err(oops)?;
    let (mut csrf, mut proof, mut large) = (String::new(), None, false);
    while let Some(mut field) = form.next_field().await.map_err(|e| {
        let (field, what) = (String::new(), e.body_text());
        oops(Refused::Invalid { field, what }.into())
    })? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = part(&mut field, state.limits.upload)
            .await
            .map_err(|e| oops(e.into()))?;
        match (name.as_str(), bytes) {
            ("csrf", Some(bytes)) => csrf = String::from_utf8_lossy(&bytes).into_owned(),
            ("photo" | "track", Some(bytes)) if !bytes.is_empty() => {
                proof = Kind::named(&name).map(|kind| (kind, bytes));
            }
            (_, None) => large = true,
            _ => {}
        }
    }
    me.check(&csrf).map_err(oops)?;
    let device = device(&headers).map(|words| app::device_mark(me.programme.id, &words));
    let outcome = match proof {
        _ if large => Err(too_large().into()),
        None => Err(Error::from(Refused::Photo {
            code: "photo.missing",
            what: "a file is needed".to_owned(),
        })),
        Some((kind, bytes)) => {
            let proof = NewProof { kind, bytes, device };
            let added = state
                .app
                .add_proof(&me.caller, &me.programme, (me.participant, id), proof);
            added.await.map(|_| ())
        }
    };
    match outcome {
        Ok(()) | Err(Error::Refused(Refused::Settled(_))) => Ok(Redirect::to(&format!("/sent/{id}")).into_response()),
        Err(Error::Refused(refused)) => {
            let record = state.app.record(&me.caller, &me.programme, me.participant, id).await;
            let record = record.map_err(oops)?;
            let wrong = Some(words(&refused, None, lang));
            let mut response = page(&state, &me, (id, &record), wrong, lang)?;
            *response.status_mut() = status(&refused);
            Ok(response)
        }
        Err(error) => Err(oops(error)),
    }
}
