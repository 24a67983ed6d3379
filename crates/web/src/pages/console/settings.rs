//! Settings of the programme, its texts and its staff.

use axum::Router;

use crate::State;

pub(super) fn routes() -> Router<State> {
    Router::new()
}
