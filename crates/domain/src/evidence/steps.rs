//! Steps of a civil day by one source, and what of them no pair of legs makes.

use serde::{Deserialize, Serialize};

use super::{Claim, History, Policy, Sign};
use crate::measure::Day;

/// The steps of one day, as one source counts them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepsFacts {
    /// The civil day.
    pub day: Day,
    /// What counted them: `wechat`, `apple:<device>`, `fitbit`…, at most 60 characters.
    pub source: String,
    /// The day's steps.
    pub steps: u32,
    /// Steps by hour of the day, if the source tells.
    pub hours: Option<[u32; 24]>,
    /// The most steps in any minute, if the source tells.
    pub busiest_minute: Option<u32>,
    /// The most steps in any ten minutes on end, if the source tells.
    pub busiest_ten_minutes: Option<u32>,
    /// A fingerprint of the hours (or minutes): the same series twice is the same recording.
    pub series: Option<u64>,
}

/// What speaks against the steps.
pub(super) fn signs(_steps: &StepsFacts, _claim: &Claim, _history: &History, _policy: &Policy) -> Vec<Sign> {
    Vec::new()
}
