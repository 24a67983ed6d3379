//! Competitions: until there is one, the tab says so.

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::{Ours, html, me};
use crate::State;
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{Compete, Page, TabWord};

pub(super) fn routes() -> Router<State> {
    Router::new().route("/compete", get(compete))
}

async fn compete(state: Ours, lang: Lang, signed: Signed) -> Result<Response, Oops> {
    let me = me(&state.app, signed).await.map_err(|e| Oops::new(e, lang))?;
    let inner = Compete { lang }.render().map_err(|e| Oops::template(&e, lang))?;
    html(
        &me.shell(
            lang,
            lang.say("competition-title"),
            Page::Plain,
            Some(TabWord::Compete),
            inner,
        ),
        lang,
    )
}
