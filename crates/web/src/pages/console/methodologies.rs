//! Methodologies: read, try, compare, publish.

use axum::Router;

use crate::State;

pub(super) fn routes() -> Router<State> {
    Router::new()
}
