//! The rules of carbon inclusion, as pure functions over values.
//!
//! Nothing here does I/O, reads a clock or takes chances: time, ids and randomness are arguments, and every
//! function can be called from a test with plain values. Each module is one word of the product's vocabulary.

pub mod activity;
pub mod competition;
pub mod evidence;
pub mod ledger;
pub mod market;
pub mod measure;
pub mod methodology;
pub mod participant;
pub mod potential;
pub mod proceeds;
pub mod programme;
pub mod registry;
pub mod rewards;
