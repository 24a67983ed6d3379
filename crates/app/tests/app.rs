//! The application against the books, on both engines: a second model, damage, crowds, bad input, photos.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test fails it by panicking"
)]

#[path = "app/access.rs"]
mod access;
#[path = "app/auditor.rs"]
mod auditor;
#[path = "app/bad_input.rs"]
mod bad_input;
#[path = "app/close.rs"]
mod close;
#[path = "app/compete.rs"]
mod compete;
#[path = "app/corruption.rs"]
mod corruption;
#[path = "app/damage.rs"]
mod damage;
#[path = "app/desk.rs"]
mod desk;
#[path = "app/dice.rs"]
mod dice;
#[path = "app/hooks.rs"]
mod hooks;
#[path = "app/keeping.rs"]
mod keeping;
#[path = "app/league.rs"]
mod league;
#[path = "app/leave.rs"]
mod leave;
#[path = "app/mine.rs"]
mod mine;
#[path = "app/model.rs"]
mod model;
#[path = "app/nameless.rs"]
mod nameless;
#[path = "app/notes.rs"]
mod notes;
#[path = "app/oversell.rs"]
mod oversell;
#[path = "app/passkey.rs"]
mod passkey;
#[path = "app/people.rs"]
mod people;
#[path = "app/photo.rs"]
mod photo;
#[path = "app/prizes.rs"]
mod prizes;
#[path = "app/public.rs"]
mod public;
#[path = "app/raise.rs"]
mod raise;
#[path = "app/redteam.rs"]
mod redteam;
#[path = "app/review.rs"]
mod review;
#[path = "app/rules.rs"]
mod rules;
#[path = "app/shop.rs"]
mod shop;
#[path = "app/signing.rs"]
mod signing;
#[path = "app/sources.rs"]
mod sources;
#[path = "app/statement.rs"]
mod statement;
#[path = "app/teams.rs"]
mod teams;
#[path = "app/world.rs"]
mod world;
