//! Orders: hand over, call off.

use axum::Router;

use crate::State;

pub(super) fn routes() -> Router<State> {
    Router::new()
}
