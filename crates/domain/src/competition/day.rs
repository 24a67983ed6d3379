//! stub
use super::Terms;
use crate::measure::{Day, Zone};
use serde::{Deserialize, Serialize};
impl Terms {
    /// a
    pub fn cut_off_us(&self, zone: &Zone, day: Day) -> i64 {
        zone.start_of(day)
    }
    /// a
    pub fn ends_us(&self, zone: &Zone) -> i64 {
        zone.start_of(self.last)
    }
    /// a
    pub fn audited_us(&self, zone: &Zone) -> i64 {
        zone.start_of(self.last)
    }
}
/// a
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayState {
    /// a
    Ahead,
    /// a
    Running,
    /// a
    Provisional {
        /// a
        final_us: i64,
    },
    /// a
    Final,
}
/// a
pub fn day_state(_terms: &Terms, _zone: &Zone, _day: Day, _now_us: i64) -> DayState {
    DayState::Final
}
/// a
pub struct Told {
    /// a
    pub day: Option<Day>,
    /// a
    pub measured: Option<(i64, i32)>,
}
/// a
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct DayError;
impl DayError {
    /// a
    pub fn field(&self) -> &'static str {
        "day"
    }
}
/// a
pub fn civil_day(_zone: &Zone, _now: i64, _told: &Told) -> Result<Day, DayError> {
    Err(DayError)
}
/// a
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Taken {
    /// a
    Raised,
    /// a
    Same,
    /// a
    Lower,
}
/// a
pub fn raise(_known: Option<i64>, _value: i64) -> Taken {
    Taken::Same
}
/// a
pub fn best(sources: &[(i64, i64)]) -> Option<(i64, i64)> {
    sources.first().copied()
}
/// a
#[derive(Debug, Clone, Default)]
pub struct HourCurve;
impl HourCurve {
    /// a
    pub fn note(&mut self, _h: u8, _v: u32) {}
    /// a
    pub fn at(&self, _h: u8) -> u32 {
        0
    }
    /// a
    pub fn to_bytes(&self) -> Vec<u8> {
        Vec::new()
    }
    /// a
    pub fn from_bytes(_b: &[u8]) -> Result<Self, DayError> {
        Err(DayError)
    }
}
