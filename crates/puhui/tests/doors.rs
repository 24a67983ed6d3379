//! The product from outside: the real binary, real HTTP, real files, a real browser.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::format_push_string,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, their data is made here, and their server goes by the machine's clock"
)]

#[path = "doors/access.rs"]
mod access;
#[path = "doors/acts.rs"]
mod acts;
#[path = "doors/bad_input.rs"]
mod bad_input;
#[path = "doors/browser/mod.rs"]
mod browser;
#[path = "doors/me.rs"]
mod me;
#[path = "doors/open.rs"]
mod open;
#[path = "doors/openapi.rs"]
mod openapi;
#[path = "doors/race.rs"]
mod race;
#[path = "doors/rights.rs"]
mod rights;
#[path = "doors/signing.rs"]
mod signing;
#[path = "doors/story.rs"]
mod story;
#[path = "doors/tenant.rs"]
mod tenant;
#[path = "doors/visit.rs"]
mod visit;
#[path = "doors/walk.rs"]
mod walk;
#[path = "doors/weights.rs"]
mod weights;
#[path = "doors/words.rs"]
mod words;
#[path = "doors/world.rs"]
mod world;
