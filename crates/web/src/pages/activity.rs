//! Acts: the sheets to send them, what became of them, appeals.

use axum::Router;

use crate::State;

pub(super) fn routes() -> Router<State> {
    Router::new()
}
