//! The review queue: one act after the other, by hand or several together.

mod look;

use app::{Error, Followed, Key, Letter, Letters, Queue, QueueCursor, Refused, ReviewFilter, ReviewView, Say};
use axum::Form;
use axum::Router;
use axum::extract::{Path, Query};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::measure::{Carbon, EntryId, ParticipantId, Text};
use domain::programme::Deed;
use serde::Deserialize;

use super::super::{Ours, carbon};
use super::{Desk, address, desk, grouped};
use crate::State;
use crate::door::{Oops, Signed, words};
use crate::lang::Lang;
use crate::show::evidence::tone_class;
use crate::show::{Cell, Choice, Column, Form as FormView, FormField, Input, Queued, ReviewPage, Table, TogetherPage};

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/console/{programme}/review", get(queue).post(say))
        .route("/console/{programme}/review/together", get(together).post(accept))
        .route("/console/{programme}/review/{participant}/{submission}/{n}", get(photo))
}

/// How many acts the list shows.
const SHOWN: u32 = 30;
/// Worths from which the queue can be narrowed down, in grams.
const WORTHS: [i64; 3] = [1_000, 10_000, 50_000];

type Ids = (ParticipantId, EntryId);

/// What narrows the queue down and which act is looked at, as addresses and forms carry it.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(super) struct Asked {
    behaviour: String,
    sign: String,
    /// Grams.
    worth: String,
    /// Where the list goes on.
    after: String,
    /// The act: participant and submission with a dot between them.
    at: String,
    done: String,
    count: String,
}

impl Asked {
    fn filter(&self) -> ReviewFilter {
        let grams: i64 = self.worth.parse().unwrap_or(0);
        ReviewFilter {
            behaviour: self.behaviour.clone(),
            sign: self.sign.clone(),
            least: Carbon::from_mg(grams.clamp(0, 1_000_000_000) * 1000),
        }
    }

    fn is_narrow(&self) -> bool {
        [&self.behaviour, &self.sign, &self.worth]
            .iter()
            .any(|one| !one.is_empty())
    }

    fn cursor(&self) -> Option<QueueCursor> {
        let (at_us, id) = self.after.split_once('.')?;
        Some((at_us.parse().ok()?, id.parse().ok()?))
    }

    /// The address of the queue by this filter, perhaps at an act.
    fn href(&self, desk: &Desk, path: &str, more: &[(&str, &str)]) -> String {
        let mut query = vec![
            ("behaviour", self.behaviour.as_str()),
            ("sign", self.sign.as_str()),
            ("worth", self.worth.as_str()),
        ];
        query.extend(more);
        address(&desk.at(path), &query)
    }
}

/// An act as addresses name it.
fn name((participant, submission): Ids) -> String {
    format!("{participant}.{submission}")
}

fn ids(text: &str) -> Option<Ids> {
    let (participant, submission) = text.split_once('.')?;
    Some((participant.parse().ok()?, submission.parse().ok()?))
}

async fn queue(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    page(&state, &desk, &asked, None).await
}

async fn page(state: &State, desk: &Desk, asked: &Asked, refused: Option<Refused>) -> Result<Response, Oops> {
    let (lang, app) = (desk.lang, &state.app);
    let found = app
        .review_queue(&desk.caller, &desk.programme, &asked.filter(), asked.cursor(), SHOWN)
        .await
        .map_err(|e| desk.oops(e))?;
    let first = found.acts.first().map(|act| (act.participant, act.submission));
    let at = ids(&asked.at).or(first);
    let look = match at {
        None => None,
        Some(at) => match app.review_one(&desk.caller, &desk.programme, at).await {
            Ok(look) => Some(look),
            Err(Error::Refused(Refused::NotFound(_))) if !asked.at.is_empty() => None,
            Err(error) => return Err(desk.oops(error)),
        },
    };
    let status = refused.as_ref().map_or(axum::http::StatusCode::OK, crate::door::status);
    let done = done(asked, lang);
    let now_us = app.now_us();
    let pane = match &look {
        None => None,
        Some(look) => Some(look::pane(state, desk, asked, &found, look)?),
    };
    let page = ReviewPage {
        lang,
        count: grouped(found.count),
        read_only: !desk.can(Deed::JudgeEvidence),
        done,
        error: refused.map(|refused| words(&refused, None, lang)),
        here: desk.at("/review"),
        filters: filters(asked, &found, lang),
        filtered: asked.is_narrow(),
        rows: found
            .acts
            .iter()
            .map(|act| Queued {
                title: act.title.in_lang(lang.into()).to_owned(),
                worth: carbon(act.worth_mg, lang),
                age: lang.say_with("review-ago", &[("time", &span(now_us - act.asked_us, lang))]),
                who: act.participant.to_string(),
                sign: act.signs.first().map(|code| {
                    let tone = app.tone(&desk.programme, code);
                    (tone_class(tone), short(code, lang))
                }),
                mark: match (act.own, act.one_more) {
                    (true, _) => Some(lang.say("review-own")),
                    (_, true) => Some(lang.say("review-one-more")),
                    _ => None,
                },
                href: asked.href(
                    desk,
                    "/review",
                    &[
                        ("after", &asked.after),
                        ("at", &name((act.participant, act.submission))),
                    ],
                ),
                here: at == Some((act.participant, act.submission)),
            })
            .collect(),
        empty: if asked.is_narrow() {
            lang.say("review-none-such")
        } else {
            lang.say("review-none")
        },
        first: (!asked.after.is_empty()).then(|| asked.href(desk, "/review", &[])),
        more: found
            .next
            .map(|(at_us, id)| asked.href(desk, "/review", &[("after", &format!("{at_us}.{id}"))])),
        together: (found.count > 1 && desk.can(Deed::JudgeEvidence)).then(|| asked.href(desk, "/review/together", &[])),
        pane,
    };
    let mut response = desk.page("/review", lang.say("console-review"), page.render())?;
    *response.status_mut() = status;
    Ok(response)
}

fn done(asked: &Asked, lang: Lang) -> Option<String> {
    match asked.done.as_str() {
        "credit" => Some(lang.say("review-done-credit")),
        "first" => Some(lang.say("review-done-first")),
        "refuse" => Some(lang.say("review-done-refuse")),
        "more" => Some(lang.say("review-done-more")),
        "together" => {
            let count: i64 = asked.count.parse().unwrap_or(0);
            Some(lang.say_with("review-done-together", &[("count", &grouped(count))]))
        }
        _ => None,
    }
}

fn filters(asked: &Asked, found: &Queue, lang: Lang) -> Vec<FormField> {
    let any = |chosen: &str| Choice::new("", lang.say("part-any"), chosen.is_empty());
    let counted = |title: &str, count: usize| {
        let count = count.to_string();
        lang.say_with("review-kind", &[("title", title), ("count", &count)])
    };
    let mut behaviours = vec![any(&asked.behaviour)];
    behaviours.extend(found.behaviours.iter().map(|(behaviour, title, count)| {
        let title = counted(title.in_lang(lang.into()), *count);
        Choice::new(&**behaviour, title, asked.behaviour == *behaviour)
    }));
    let mut signs = vec![any(&asked.sign)];
    signs.extend(
        found
            .signs
            .iter()
            .map(|(sign, count)| Choice::new(&**sign, counted(&short(sign, lang), *count), asked.sign == *sign)),
    );
    let mut worths = vec![any(&asked.worth)];
    worths.extend(WORTHS.map(|grams| {
        let worth = carbon(grams * 1000, lang);
        let label = lang.say_with("review-at-least", &[("worth", &worth)]);
        Choice::new(grams.to_string(), label, asked.worth == grams.to_string())
    }));
    vec![
        FormField::new("behaviour", lang.say("review-behaviour"), Input::Select(behaviours)).optional(),
        FormField::new("sign", lang.say("review-sign"), Input::Select(signs)).optional(),
        FormField::new("worth", lang.say("review-worth"), Input::Select(worths)).optional(),
    ]
}

/// A sign in a few words.
fn short(code: &str, lang: Lang) -> String {
    lang.say(&format!("review-sign-{}", code.replace('.', "-")))
}

/// A stretch of time at a glance.
fn span(us: i64, lang: Lang) -> String {
    let seconds = us.max(0) / 1_000_000;
    let (key, count) = match seconds {
        0..120 => ("review-seconds", seconds),
        120..7_200 => ("review-minutes", seconds / 60),
        7_200..172_800 => ("review-hours", seconds / 3_600),
        _ => ("review-days", seconds / 86_400),
    };
    lang.say_with(key, &[("count", &grouped(count))])
}

/// What a form of the queue says.
#[derive(Deserialize)]
pub(super) struct Said {
    csrf: String,
    key: String,
    /// `credit`, `refuse` or `more`.
    say: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    words: String,
    /// The act that comes after.
    #[serde(default)]
    next: String,
    at: String,
    #[serde(default)]
    behaviour: String,
    #[serde(default)]
    sign: String,
    #[serde(default)]
    worth: String,
}

async fn say(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Form(form): Form<Said>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    desk.check(&form.csrf)?;
    let at = ids(&form.at).ok_or_else(|| desk.oops(Refused::NotFound("submission")))?;
    let say = match form.say.as_str() {
        "credit" => Say::Credit,
        "refuse" => Say::Refuse {
            reason: form.reason.clone(),
        },
        "more" => Say::More,
        _ => return Err(desk.oops(Refused::NotFound("deed"))),
    };
    let title = match state.app.review_one(&desk.caller, &desk.programme, at).await {
        Ok(look) => look.act.title,
        Err(error) => return Err(desk.oops(error)),
    };
    let body = format!("{} {} {} {}", form.at, form.say, form.reason, form.words);
    let key = Key::new(&desk.caller, "review", &form.key, body.as_bytes());
    let letters = letters(&say, &title, &form.words);
    let followed = state
        .app
        .review_say(
            &desk.caller,
            &desk.programme,
            at,
            (say, &form.words),
            letters,
            Some(key),
        )
        .await;
    let asked = Asked {
        behaviour: form.behaviour,
        sign: form.sign,
        worth: form.worth,
        at: form.at,
        ..Asked::default()
    };
    match followed {
        Ok(followed) => {
            let done = match followed {
                Followed::OneMore => "first",
                Followed::Decided | Followed::Asked => form.say.as_str(),
            };
            let to = asked.href(&desk, "/review", &[("at", &form.next), ("done", done)]);
            Ok(Redirect::to(&to).into_response())
        }
        Err(Error::Refused(refused)) => page(&state, &desk, &asked, Some(refused)).await,
        Err(error) => Err(desk.oops(error)),
    }
}

/// The letters that tell a participant what was said, in both languages.
pub(crate) fn letters(say: &Say, title: &Text, words: &str) -> Option<Letters> {
    let letter = |lang: Lang| {
        let title = title.in_lang(lang.into());
        match say {
            Say::Credit => None,
            Say::Refuse { reason } => {
                let reason = short(reason, lang);
                let values = [("title", title), ("reason", reason.as_str()), ("words", words.trim())];
                Some(Letter {
                    subject: lang.say("review-letter-refuse-subject"),
                    body: lang.say_with("review-letter-refuse-body", &values),
                })
            }
            Say::More => Some(Letter {
                subject: lang.say_with("review-letter-more-subject", &[("title", title)]),
                body: lang.say_with("review-letter-more-body", &[("title", title), ("words", words.trim())]),
            }),
        }
    };
    Some(Letters {
        zh: letter(Lang::Zh)?,
        en: letter(Lang::En)?,
    })
}

async fn together(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let batch = state
        .app
        .review_batch(&desk.caller, &desk.programme, &asked.filter())
        .await;
    let batch = batch.map_err(|e| desk.oops(e))?;
    let now_us = state.app.now_us();
    let count = grouped(i64::try_from(batch.acts.len()).unwrap_or(0));
    let rows = batch.acts.iter().map(|act| {
        let at = name((act.participant, act.submission));
        vec![
            Cell::link(
                asked.href(&desk, "/review", &[("at", &at)]),
                act.title.in_lang(lang.into()),
            ),
            Cell::text(carbon(act.worth_mg, lang)),
            Cell::text(lang.say_with("review-ago", &[("time", &span(now_us - act.asked_us, lang))])),
            Cell::Code(act.participant.to_string()),
            Cell::text(
                act.signs
                    .iter()
                    .map(|sign| short(sign, lang))
                    .collect::<Vec<_>>()
                    .join(" · "),
            ),
        ]
    });
    let these: Vec<String> = batch
        .acts
        .iter()
        .map(|act| name((act.participant, act.submission)))
        .collect();
    let form = FormView::new(
        asked.href(&desk, "/review/together", &[]),
        &*desk.csrf,
        lang.say_with("review-together-go", &[("count", &count)]),
    )
    .with(FormField::hidden("these", these.join(" ")));
    let most = app::MOST_TOGETHER.to_string();
    let values = [
        ("count", count.as_str()),
        ("worth", &carbon(batch.worth.mg(), lang)),
        ("left", &grouped(batch.left_out)),
    ];
    let page = TogetherPage {
        lang,
        back: asked.href(&desk, "/review", &[]),
        words: lang.say_with("review-together-words", &values),
        rule: lang.say_with("review-together-rule", &[("most", &most)]),
        table: Table {
            caption: lang.say("review-together-title"),
            columns: vec![
                Column::text(lang.say("review-behaviour")),
                Column::number(lang.say("review-worth")),
                Column::text(lang.say("console-when")),
                Column::text(lang.say("console-participant-id")),
                Column::text(lang.say("review-sign")),
            ],
            rows: rows.collect(),
            empty: lang.say("review-together-none"),
            ..Table::default()
        },
        form: (!batch.acts.is_empty()).then_some(form),
    };
    desk.page("/review", lang.say("review-together-title"), page.render())
}

/// Which acts were shown to be approved together.
#[derive(Deserialize)]
pub(super) struct These {
    csrf: String,
    these: String,
}

async fn accept(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    Form(form): Form<These>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    desk.check(&form.csrf)?;
    let these: Vec<Ids> = form.these.split(' ').filter_map(ids).collect();
    let credited = state.app.review_many(&desk.caller, &desk.programme, &these).await;
    let count = credited.map_err(|e| desk.oops(e))?.to_string();
    let to = asked.href(&desk, "/review", &[("done", "together"), ("count", &count)]);
    Ok(Redirect::to(&to).into_response())
}

/// One of the photos of an act.
async fn photo(
    state: Ours,
    lang: Lang,
    signed: Signed,
    Path((slug, participant, submission, n)): Path<(String, String, String, i64)>,
) -> Result<Response, Oops> {
    let desk = desk(&state.app, signed, lang, &slug)?;
    let at = ids(&format!("{participant}.{submission}")).ok_or_else(|| desk.oops(Refused::NotFound("photo")))?;
    let bytes = state.app.proof_photo(&desk.caller, &desk.programme, at, n).await;
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg"),
        (header::CONTENT_DISPOSITION, "inline"),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, bytes.map_err(|e| desk.oops(e))?).into_response())
}

/// The acts before and after one in the list.
fn around(found: &Queue, at: &ReviewView) -> (Option<Ids>, Option<Ids>) {
    let name = |act: &app::QueuedView| (act.participant, act.submission);
    let here = found.acts.iter().position(|act| act.submission == at.act.submission);
    match here {
        Some(here) => (
            here.checked_sub(1).and_then(|at| found.acts.get(at)).map(name),
            found.acts.get(here + 1).map(name),
        ),
        None => (None, found.acts.first().map(name)),
    }
}
