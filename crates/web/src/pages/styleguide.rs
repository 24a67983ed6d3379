//! The guide of the design system: for who builds pages, so only in debug builds and the demo.

use app::Refused;
use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::{Ours, html};
use crate::door::{Oops, Signed};
use crate::lang::Lang;
use crate::show::{Page, Shell, Styleguide};
use crate::{State, asset};

pub(super) fn routes() -> Router<State> {
    Router::new().route("/styleguide", get(styleguide))
}

async fn styleguide(state: Ours, lang: Lang, signed: Signed) -> Result<Response, Oops> {
    if !cfg!(debug_assertions) && state.demo.is_empty() {
        return Err(Oops::new(Refused::NotFound("address").into(), lang));
    }
    let inner = Styleguide::of(lang).render().map_err(|e| Oops::template(&e, lang))?;
    let shell = Shell {
        address: signed.address,
        more: vec![asset::PUBLIC_CSS, *asset::STYLEGUIDE_CSS],
        ..Shell::open(lang, lang.say("part-guide"), Page::Plain, inner)
    };
    html(&shell, lang)
}
