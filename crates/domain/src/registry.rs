//! The registry: grams of many people become whole tonnes with serial numbers, and every gram can be followed.
//!
//! ```text
//! records ─ seal ─> batch ─ show the split, verify ─> issue ─> serial ranges ─> holdings ─ transfer, retire
//!                      └── report, sample                └─ remainder ─> next batch; buffer <─ clawback
//!                          lineage: contribution <──────────────> unit
//! ```
//!
//! Invariant: `grams sealed = grams in units + remainder + taken back`, at every step and in whole milligrams; a unit is
//! in one account and one state.

pub mod audit;
pub mod batch;
pub mod calendar;
pub mod holdings;
pub mod issue;
pub mod lineage;
pub mod origin;
pub mod report;
pub mod retire;
pub mod sample;
pub mod seal;
pub mod serial;

#[cfg(test)]
mod tests;
