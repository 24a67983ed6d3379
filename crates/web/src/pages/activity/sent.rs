//! What became of an act that was sent; its photo; the objection to a refusal.

use app::{Error, RecordView, Refused, Standing};
use axum::Form;
use axum::extract::{Path, Query};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use domain::measure::EntryId;
use serde::Deserialize;

use super::records::moment;
use super::{Me, Ours, me};
use crate::door::{Oops, Signed, status, words};
use crate::lang::Lang;
use crate::pages::home::icon;
use crate::pages::why::{photo, reasons, refusal};
use crate::pages::{carbon, split};
use crate::show::{Appeal, Form as FormView, FormField, Input, Outcome, Page, Sent};

pub(super) fn id(text: &str) -> Result<EntryId, Error> {
    Ok(text.parse().map_err(|_| Refused::NotFound("record"))?)
}

pub(super) async fn sent(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(submission): Path<String>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    let id = id(&submission).map_err(oops)?;
    let found = state.app.record(&me.caller, &me.programme, me.participant, id).await;
    let record = found.map_err(oops)?;
    let act = record.act.as_ref().ok_or(Refused::NotFound("record"));
    let act = act.map_err(|e| oops(e.into()))?;
    let outcome = match record.state {
        Standing::Submitted => Outcome::Checking {
            would: (act.weighted_mg > 0).then(|| {
                let amount = carbon(act.weighted_mg, lang);
                lang.say_with("activity-sent-would", &[("amount", amount.as_str())])
            }),
        },
        Standing::InReview => {
            let days = state.app.answer_days(&me.programme).to_string();
            Outcome::InReview {
                within: lang.say_with("activity-sent-within", &[("days", days.as_str())]),
            }
        }
        Standing::MoreWanted => Outcome::More {
            asked: record.asked.clone(),
        },
        Standing::Refused | Standing::Appealed => Outcome::Refused {
            reason: refusal(&me, &record, lang),
        },
        _ => Outcome::Credited {
            amount: split(&format!("+{}", carbon(record.mg, lang))),
        },
    };
    let sent = Sent {
        lang,
        icon: icon(&act.behaviour, act.category),
        title: act.title.in_lang(lang.into()).to_owned(),
        when: moment(&me.programme, act.started_us, state.app.now_us(), lang),
        photo: photo(&record),
        reasons: if matches!(outcome, Outcome::Credited { .. } | Outcome::Checking { .. }) {
            Vec::new()
        } else {
            reasons(&me, &record, lang)
        },
        more: wants_more(&record),
        outcome,
        here: format!("/sent/{id}"),
        why: record.record.map(|id| format!("/why/{id}")),
        another: "/acts".to_owned(),
    };
    let title = sent.title.clone();
    me.act_page(lang, title, Page::Plain, sent.render())
}

/// Where more proof helps: a reviewer asked for it, or an objection waits.
pub(super) fn wants_more(record: &RecordView) -> Option<String> {
    let waits =
        record.state == Standing::MoreWanted || record.state == Standing::Appealed && record.appeal_upheld.is_none();
    let id = record.submission.filter(|_| waits)?;
    Some(format!("/sent/{id}/more"))
}

/// Whose photo is asked for, if not one's own.
#[derive(Deserialize)]
pub(super) struct Whose {
    programme: Option<String>,
    participant: Option<String>,
}

/// The photo of a submission: to its owner, and to staff who may read its participant.
pub(super) async fn evidence(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(submission): Path<String>,
    Query(whose): Query<Whose>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let id = id(&submission).map_err(oops)?;
    let bytes = if let (Some(slug), Some(participant)) = (whose.programme, whose.participant) {
        let catalogue = state.app.catalogue();
        let programme = catalogue.programme(&slug).map_err(|e| oops(e.into()))?;
        let participant = participant.parse();
        let participant = participant.map_err(|_| oops(Refused::NotFound("participant").into()))?;
        state.app.evidence(&signed.caller, programme, participant, id).await
    } else {
        let me = me(&state.app, signed).await.map_err(oops)?;
        state.app.evidence(&me.caller, &me.programme, me.participant, id).await
    };
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg"),
        (header::CONTENT_DISPOSITION, "inline"),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    let bytes = bytes.map_err(|error| match error {
        // whose photo it is, and whether there is one, is nobody else's business
        Error::Refused(Refused::NotAllowed(_)) => oops(Refused::NotFound("photo").into()),
        error => oops(error),
    });
    Ok((headers, bytes?).into_response())
}

/// A record of this participant, and nothing if there is no refusal in it that can still be objected to.
async fn refused(state: &Ours, me: &Me, id: EntryId) -> Result<Option<RecordView>, Error> {
    let record = state.app.record(&me.caller, &me.programme, me.participant, id).await?;
    let open = record.state == Standing::Refused && record.appeal_words.is_none() && record.record.is_some();
    Ok(open.then_some(record))
}

fn form(state: &Ours, me: &Me, record: &RecordView, typed: &str, wrong: Option<String>, lang: Lang) -> Option<Appeal> {
    let act = record.act.as_ref()?;
    let id = record.record?;
    let words = FormField::new("words", lang.say("activity-appeal-words"), Input::Area)
        .hint(lang.say("activity-appeal-hint"))
        .value(typed)
        .error(wrong);
    Some(Appeal {
        lang,
        back: format!("/why/{id}"),
        title: act.title.in_lang(lang.into()).to_owned(),
        when: moment(&me.programme, act.started_us, state.app.now_us(), lang),
        reason: refusal(me, record, lang),
        form: FormView::new(
            format!("/appeal/{id}"),
            me.csrf.clone(),
            lang.say("activity-appeal-send"),
        )
        .with(words),
    })
}

fn page(
    state: &Ours,
    me: &Me,
    record: &RecordView,
    (typed, wrong): (&str, Option<String>),
    lang: Lang,
) -> Result<Response, Oops> {
    let appeal = form(state, me, record, typed, wrong, lang);
    let appeal = appeal.ok_or_else(|| Oops::new(Refused::NotFound("refused record").into(), lang))?;
    me.act_page(lang, lang.say("activity-appeal-title"), Page::Plain, appeal.render())
}

pub(super) async fn appeal(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(record): Path<String>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    let id = id(&record).map_err(oops)?;
    match refused(&state, &me, id).await.map_err(oops)? {
        Some(record) => page(&state, &me, &record, ("", None), lang),
        // what was decided or is being looked at is told where the record is
        None => Ok(Redirect::to(&format!("/why/{id}")).into_response()),
    }
}

#[derive(Deserialize)]
pub(super) struct Objection {
    csrf: String,
    words: String,
}

pub(super) async fn send_appeal(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(record): Path<String>,
    Form(form): Form<Objection>,
) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let me = me(&state.app, signed).await.map_err(oops)?;
    me.check(&form.csrf).map_err(oops)?;
    let id = id(&record).map_err(oops)?;
    let appeal = state
        .app
        .appeal(&me.caller, &me.programme, me.participant, id, &form.words);
    match appeal.await {
        // said before: pressed twice, or from another window
        Ok(()) | Err(Error::Refused(Refused::Settled(_))) => {
            Ok(Redirect::to(&format!("/why/{id}?done=appealed")).into_response())
        }
        Err(Error::Refused(refused @ Refused::Invalid { .. })) => {
            let record = self::refused(&state, &me, id).await.map_err(oops)?;
            let record = record.ok_or_else(|| oops(Refused::NotFound("refused record").into()))?;
            let wrong = Some(words(&refused, None, lang));
            let mut response = page(&state, &me, &record, (&form.words, wrong), lang)?;
            *response.status_mut() = status(&refused);
            Ok(response)
        }
        Err(error) => Err(oops(error)),
    }
}
