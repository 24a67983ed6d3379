//! The registry: grams of many people become whole tonnes with serial numbers.

pub mod calendar;
pub mod holdings;
pub mod issue;
pub mod lineage;
pub mod origin;
pub mod report;
pub mod retire;
pub mod seal;
pub mod serial;
