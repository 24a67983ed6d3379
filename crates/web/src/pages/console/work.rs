//! What waits for somebody: appeals, reversals, orders.

use axum::Router;

use crate::State;

pub(super) fn routes() -> Router<State> {
    Router::new()
}
