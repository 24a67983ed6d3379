//! Readings of meters: they only go up, roll over at their last digit, and are replaced now and then.

use serde::{Deserialize, Serialize};

use super::{Claim, History, Policy, Sign};

/// One reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterFacts {
    /// The number on the meter's plate, at most 40 characters.
    pub meter: String,
    /// When it was read, microseconds since the epoch.
    pub at_us: i64,
    /// What it showed, in thousandths of its unit.
    pub milli: i64,
    /// Digits before the point: after the highest number it begins at zero again.
    pub digits: u8,
    /// Whether the meter was replaced since the reading before.
    pub replaced: bool,
}

/// What speaks against the reading.
pub(super) fn signs(_meter: &MeterFacts, _claim: &Claim, _history: &History, _policy: &Policy) -> Vec<Sign> {
    Vec::new()
}
