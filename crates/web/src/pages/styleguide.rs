//! Every component in one place; in the demo and in development only.

use axum::Router;

use crate::State;

pub(super) fn routes() -> Router<State> {
    Router::new()
}
