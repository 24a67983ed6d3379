//! Taking one's data along, and leaving.

use std::fs::File;
use std::io::Read as _;

use app::{Error, Proof, Refused};
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Form, Router};
use axum_extra::extract::cookie::CookieJar;
use domain::participant::Kind;
use futures_util::stream;
use serde::Deserialize;

use super::{Bare, Me, Ours, again, checked, html, mine};
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::pages::access::bare;
use crate::show::{Form as FormView, Page, Sheet, Shell};
use crate::{State, asset};

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/me/export", get(export_page).post(export))
        .route("/me/close", get(close_page).post(close))
}

async fn export_page(state: Ours, lang: Lang, signed: Signed) -> Result<Response, Oops> {
    let me = mine(&state, signed, lang).await?;
    let points = ["profile", "records", "orders", "photos"];
    let points = points.map(|point| lang.say(&format!("participant-export-{point}")));
    let sheet = Sheet {
        lang,
        back: Some(("/me", lang.say("shell-tab-me"))),
        icon: "down",
        title: lang.say("participant-export"),
        words: lang.say("participant-export-words"),
        lists: vec![(lang.say("participant-export-what"), points.to_vec())],
        form: Some(FormView::new("/me/export", &me.csrf, lang.say("participant-export-do"))),
        passkey: false,
        link: None,
    };
    me.room(lang, "participant-export", sheet.render())
}

/// A file as it is read, 64 KiB at a time, away from the event loop.
fn body(file: File) -> Body {
    let read = async |mut file: File| {
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; 64 * 1024];
            let length = file.read(&mut piece)?;
            piece.truncate(length);
            Ok::<_, std::io::Error>((piece, file))
        });
        let (piece, file) = read.await.map_err(std::io::Error::other)??;
        Ok::<_, std::io::Error>((!piece.is_empty()).then_some((piece, file)))
    };
    Body::from_stream(stream::try_unfold(file, read))
}

async fn export(state: Ours, lang: Lang, signed: Signed, Form(form): Form<Bare>) -> Result<Response, Oops> {
    let me = checked(&state, signed, &form.csrf, lang).await?;
    let readme = Lang::ALL.map(|lang| lang.say("participant-export-readme")).join("\n\n");
    let file = state
        .app
        .export(&me.caller, &me.programme, me.participant, lang.into(), &readme)
        .await
        .map_err(|e| Oops::new(e, lang))?;
    let day = me.programme.zone.day_of(state.app.now_us());
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"puhui-{day}.zip\""),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, body(file)).into_response())
}

async fn closing(state: &State, me: &Me, lang: Lang, form: FormView) -> Result<Response, Oops> {
    let oops = |e: Error| Oops::new(e, lang);
    let balances = state.app.balances(&me.caller, &me.programme, me.participant).await;
    let points = me.points(balances.map_err(oops)?.points_available_milli, lang);
    let points = format!("{} {}", points.value, points.unit);
    let entity = me.kind() == Kind::SmallEntity;
    let shared = entity
        && state
            .app
            .people(&me.caller, &me.programme, me.participant)
            .await
            .map_err(oops)?
            .len()
            > 1;
    let goes = ["name", "photos", "consents", "orders"];
    let goes = goes.map(|what| lang.say(&format!("participant-close-goes-{what}")));
    let mut stays = vec![
        lang.say("participant-close-stays-books"),
        lang.say_with("participant-close-stays-points", &[("points", points.as_str())]),
    ];
    if me.own.len() > 1 {
        stays.push(lang.say("participant-close-others"));
    }
    let mut sheet = Sheet {
        lang,
        back: Some(("/me", lang.say("shell-tab-me"))),
        icon: "out",
        title: format!("{} · {}", lang.say("participant-close"), me.alias),
        words: lang.say("participant-close-words"),
        lists: vec![
            (lang.say("participant-close-goes"), goes.to_vec()),
            (lang.say("participant-close-stays"), stays),
        ],
        form: Some(form),
        passkey: state.site.is_some(),
        link: None,
    };
    if shared {
        sheet.words = lang.say("participant-close-shared");
        sheet.lists = Vec::new();
        sheet.form = None;
        sheet.passkey = false;
        sheet.link = Some(("/me/people".to_owned(), lang.say("participant-people")));
    }
    me.room(lang, "participant-close", sheet.render())
}

async fn close_page(state: Ours, lang: Lang, signed: Signed) -> Result<Response, Oops> {
    let me = mine(&state, signed, lang).await?;
    let form = Sheet::closing(lang, &me.csrf, None, false);
    closing(&state, &me, lang, form).await
}

#[derive(Deserialize)]
struct Close {
    csrf: String,
    sure: Option<String>,
    #[serde(default)]
    password: String,
    answer: Option<String>,
}

async fn close(
    state: Ours,
    lang: Lang,
    jar: CookieJar,
    signed: Signed,
    Form(form): Form<Close>,
) -> Result<Response, Oops> {
    let me = checked(&state, signed, &form.csrf, lang).await?;
    let sure = form.sure.is_some();
    let wrong = async |refused: Refused, field: &str, key: &str| {
        let form = Sheet::closing(lang, &me.csrf, Some((field, key)), sure);
        again(closing(&state, &me, lang, form).await, &refused)
    };
    if !sure {
        return wrong(Refused::Settled("unsure"), "sure", "participant-close-unsure").await;
    }
    let proof = match &form.answer {
        Some(answer) => Proof::Passkey(answer),
        None => Proof::Password(&form.password),
    };
    let left = state
        .app
        .leave(&me.caller, &me.programme, me.participant, state.site.as_ref(), &proof)
        .await;
    let gone = match left {
        Ok(gone) => gone,
        Err(Error::Refused(refused @ Refused::Credentials)) if form.password.is_empty() => {
            return wrong(refused, "password", "participant-close-password").await;
        }
        Err(Error::Refused(refused @ Refused::Credentials)) => {
            return wrong(refused, "password", "participant-password-wrong").await;
        }
        Err(Error::Refused(refused @ Refused::Passkey(_))) => {
            return wrong(refused, "", "participant-passkey-failed").await;
        }
        Err(Error::Refused(refused @ Refused::Settled(_))) => {
            return wrong(refused, "", "participant-close-shared").await;
        }
        Err(error) => return Err(Oops::new(error, lang)),
    };
    let sheet = Sheet {
        lang,
        back: None,
        icon: "leaf",
        title: lang.say("participant-closed"),
        words: lang.say("participant-closed-words"),
        lists: Vec::new(),
        form: None,
        passkey: false,
        link: Some(("/".to_owned(), lang.say("participant-home"))),
    };
    let inner = sheet.render().map_err(|e| Oops::template(&e, lang))?;
    let frame = Shell::open(lang, sheet.title.clone(), Page::Plain, inner);
    let more = vec![asset::ME_CSS];
    let page = html(
        &Shell {
            more,
            sign_in: false,
            ..frame
        },
        lang,
    )?;
    let jar = if gone { jar.remove(bare(String::new())) } else { jar };
    Ok((StatusCode::OK, jar, page).into_response())
}
