//! Recorded tracks: from points to distance, time and speed, and what of it cannot be the claimed way of moving.
//!
//! Shape: points that nobody can have recorded are left out ([`clean`]), what remains is summed up ([`TrackFacts`]) and
//! drawn without a map; a [`Pace`] finds the same recording again. Invariant: signs need nothing but the summary, so the
//! points can be deleted.

mod clean;
mod earth;
mod facts;
mod pace;
mod signs;
mod sketch;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use earth::apart_m;
pub use pace::Pace;
pub(super) use signs::signs;

/// One point of a recording, as a reader found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// When, microseconds since the epoch; not every file knows.
    pub at_us: Option<i64>,
    /// North is positive, ten-millionths of a degree.
    pub lat_e7: i32,
    /// East is positive, ten-millionths of a degree.
    pub lon_e7: i32,
    /// Radius within which the receiver believes itself to be, in decimetres.
    pub accuracy_dm: Option<u32>,
    /// Whether a break in the recording (a new segment) lies before it.
    pub breaks: bool,
}

/// A way of moving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// On foot.
    Walking,
    /// By bicycle.
    Cycling,
    /// By bus.
    Bus,
    /// By underground.
    Metro,
    /// By car or taxi.
    Car,
    /// By train.
    Rail,
}

/// The summary of a track: what is kept when the track itself is deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackFacts {
    /// Points read.
    pub points: u32,
    /// Points left out: inaccurate, or off the line.
    pub left_out: u32,
    /// The first instant, if the points have times.
    pub started_us: Option<i64>,
    /// The last instant.
    pub ended_us: Option<i64>,
    /// The way along the points that count, in metres.
    pub distance_m: u32,
    /// Seconds in motion.
    pub moving_s: u32,
    /// Seconds at rest.
    pub stopped_s: u32,
    /// Rests of 10 s and more, between motion and motion.
    pub stops: u32,
    /// Percentiles of the speed between points in motion, in tenths of km/h.
    pub speed: Speeds,
    /// The longest time without a point while the way went on, in seconds. A rest, or a break of the recording (which
    /// adds no distance), is none.
    pub longest_gap_s: u32,
    /// Jumps that nothing on the ground makes.
    pub teleports: u32,
    /// Straight-line distance from end to end as thousandths of the way.
    pub straight_permille: u16,
    /// How much the speed in motion varies: standard deviation as thousandths of the mean. People vary, scripts do not.
    pub variation_permille: u16,
    /// What it moves like, best first; several where speed cannot tell them apart.
    pub looks_like: Vec<Mode>,
    /// The line as a drawing without a map: up to 64 corners in a square of 1000, the first corner at the start.
    pub sketch: Vec<(u16, u16)>,
}

/// Percentiles of speed, tenths of km/h.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Speeds {
    /// Distance over time in motion.
    pub mean: u32,
    /// Half are below.
    pub p50: u32,
    /// 85 in a hundred are below.
    pub p85: u32,
    /// 95 in a hundred are below.
    pub p95: u32,
}

/// The fastest mean speed that is believed of a way of moving, tenths of km/h. Metro and bus run in streets and
/// tunnels; the numbers above the policy's own are round figures beyond timetables (metro 120, bus 100, car 130, rail
/// 350 km/h).
pub(super) fn fastest_mean(mode: Mode, limits: &super::Limits) -> u32 {
    match mode {
        Mode::Walking => limits.walk_p85,
        Mode::Cycling => limits.cycle_mean,
        Mode::Metro => 1200,
        Mode::Bus => 1000,
        Mode::Car => 1300,
        Mode::Rail => 3500,
    }
}
