//! stub
use super::{Handicap, Terms};
use crate::measure::Day;
use serde::{Deserialize, Serialize};
/// status
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// a
    In,
    /// a
    Left,
    /// a
    Out,
}
/// a
pub fn score(_terms: &Terms, _baseline: i64, _days: impl Iterator<Item = (Day, i64, i64)>) -> (i64, i64) {
    (0, 0)
}
/// a
pub fn baseline(_rule: &Handicap, _days: impl Iterator<Item = i64>) -> i64 {
    0
}
