//! Acts: the list, the sheets to send them, what became of them, appeals.

mod earning;
mod list;
mod more;
mod records;
mod sending;
mod sent;
mod sheet;
pub(super) mod words;

use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use super::{Me, Ours, html, me};
use crate::State;
use crate::asset;
use crate::door::{Oops, Problem, Signed};
use crate::lang::Lang;
use crate::show::{Page, Shell, TabWord};

pub(super) use earning::{by_file, by_hand, counts_in, earns};
pub(super) use records::{by_day, moment, weekday};

pub(super) fn routes() -> Router<State> {
    // the upload is measured while it is read, so that what is too large can be told in words
    let sheet = get(sheet::sheet).post(sending::send).layer(DefaultBodyLimit::disable());
    let more = get(more::form).post(more::send).layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/acts", get(list::list))
        .route("/act/{behaviour}", sheet)
        .route("/act/{behaviour}/consent", post(sheet::consent))
        .route("/sent/{submission}", get(sent::sent))
        .route("/sent/{submission}/more", more)
        .route("/evidence/{submission}", get(sent::evidence))
        .route("/records", get(records::records))
        .route("/appeal/{record}", get(sent::appeal).post(sent::send_appeal))
        .route("/csrf", get(csrf))
}

impl Me {
    /// A page about acts: with the sheet that only these need, and the script that keeps photos.
    pub(super) fn act_page(
        &self,
        lang: Lang,
        title: String,
        page: Page,
        inner: Result<String, askama::Error>,
    ) -> Result<Response, Oops> {
        let inner = inner.map_err(|e| Oops::template(&e, lang))?;
        let shell = Shell {
            more: vec![asset::ACTS_CSS, asset::PHOTO],
            ..self.shell(lang, title, page, Some(TabWord::Home), inner)
        };
        html(&shell, lang)
    }
}

/// What a script needs to send a form that waited on the phone: the token of this session, and whose it is.
async fn csrf(state: Ours, lang: Lang, signed: Signed) -> Result<Response, Problem> {
    let me = me(&state.app, signed).await;
    let me = me.map_err(|e| Problem::new(e, lang))?;
    let who = me.participant.to_string();
    let answer = Json(serde_json::json!({ "csrf": me.csrf, "who": who }));
    Ok(([(header::CACHE_CONTROL, "no-store")], answer).into_response())
}
