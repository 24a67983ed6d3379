//! Which points of a recording count.

use super::Point;
use super::earth::{Spot, float};

/// 1980-01-06, when the clock of GPS begins. Programs write earlier times where they have none.
const GPS_BEGINS_US: i64 = 315_964_800_000_000;
/// A radius of more than 100 m, in decimetres, is an antenna mast's, not a street's.
const ACCURATE_DM: u32 = 1000;
/// An outlier comes back within so many points, else it is a jump.
const OUTLIERS: usize = 5;
/// Nearer than this, in metres, nothing is called an outlier.
const OUTLIER_M: f64 = 30.0;
/// Slower than this, in m/s, nothing is called an outlier.
const OUTLIER_SPEED: f64 = 5.0;

/// A point that counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fix {
    pub(super) at_us: i64,
    pub(super) lat_e7: i32,
    pub(super) lon_e7: i32,
    pub(super) spot: Spot,
    pub(super) breaks: bool,
}

impl Fix {
    pub(super) fn seconds_to(&self, other: &Fix) -> f64 {
        float(other.at_us.saturating_sub(self.at_us)) / 1e6
    }

    pub(super) fn metres_to(&self, other: &Fix) -> f64 {
        self.spot.metres_to(&other.spot)
    }
}

/// The points that count.
#[derive(Debug, Clone)]
pub(super) struct Clean {
    /// In order; with times that rise from each to the next if `timed`.
    pub(super) fixes: Vec<Fix>,
    /// Whether they have times. Without, all `at_us` are 0.
    pub(super) timed: bool,
}

/// Leaves out places that are none, inaccurate ones, those whose time does not rise, and outliers. A recording of which
/// less than half has times has none.
pub(super) fn clean(points: &[Point]) -> Clean {
    let placed = |p: &Point| {
        (p.lat_e7, p.lon_e7) != (0, 0)
            && p.lat_e7.unsigned_abs() <= 900_000_000
            && p.lon_e7.unsigned_abs() <= 1_800_000_000
            && p.accuracy_dm.is_none_or(|dm| dm <= ACCURATE_DM)
    };
    let time = |p: &Point| p.at_us.filter(|at| *at >= GPS_BEGINS_US);
    let count = points.iter().filter(|p| placed(p)).count();
    let with_time = points.iter().filter(|p| placed(p) && time(p).is_some()).count();
    let timed = with_time >= 2 && with_time * 2 >= count;

    let mut fixes = Vec::with_capacity(if timed { with_time } else { count });
    let mut breaks = false;
    for point in points {
        breaks |= point.breaks;
        let at_us = if timed { time(point) } else { Some(0) };
        if let Some(at_us) = at_us
            && placed(point)
        {
            fixes.push(Fix {
                at_us,
                lat_e7: point.lat_e7,
                lon_e7: point.lon_e7,
                spot: Spot::of(point),
                breaks: breaks && !fixes.is_empty(),
            });
            breaks = false;
        }
    }
    if !timed {
        return Clean { fixes, timed };
    }
    let fixes = on_the_line(rising(fixes));
    if fixes.len() < 2 {
        let fixes = fixes.into_iter().map(|fix| Fix { at_us: 0, ..fix }).collect();
        return Clean { fixes, timed: false };
    }
    Clean { fixes, timed }
}

/// Keeps the fixes whose place in the list is true; a break before one that goes is a break before the next that stays.
fn keep(fixes: Vec<Fix>, stays: &[bool]) -> Vec<Fix> {
    let mut kept = Vec::with_capacity(fixes.len());
    let mut breaks = false;
    for (fix, stays) in fixes.into_iter().zip(stays) {
        breaks |= fix.breaks;
        if *stays {
            let breaks = std::mem::take(&mut breaks) && !kept.is_empty();
            kept.push(Fix { breaks, ..fix });
        }
    }
    kept
}

/// The longest run of fixes, not necessarily neighbours, whose times rise: one wrong time, early or late, costs itself
/// and not what follows.
fn rising(fixes: Vec<Fix>) -> Vec<Fix> {
    if fixes.is_sorted_by(|a, b| a.at_us < b.at_us) {
        return fixes;
    }
    // Patience sorting: `ends[n]` is the fix with the earliest time that ends a run of n + 1.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(fixes.len());
    for (i, fix) in fixes.iter().enumerate() {
        let length = ends.partition_point(|end| fixes[*end].at_us < fix.at_us);
        before.push(length.checked_sub(1).map(|n| ends[n]));
        if length == ends.len() {
            ends.push(i);
        } else {
            ends[length] = i;
        }
    }
    let mut stays = vec![false; fixes.len()];
    let mut at = ends.last().copied();
    while let Some(i) = at {
        stays[i] = true;
        at = before[i];
    }
    keep(fixes, &stays)
}

/// Leaves out fixes that lie off the line and from which it comes back within a few points.
fn on_the_line(fixes: Vec<Fix>) -> Vec<Fix> {
    let mut speeds: Vec<f64> = fixes
        .windows(2)
        .map(|pair| pair[0].metres_to(&pair[1]) / pair[0].seconds_to(&pair[1]))
        .filter(|speed| *speed > 0.5)
        .collect();
    let Some(middle) = speeds.len().checked_sub(1).map(|last| last / 2) else {
        return fixes;
    };
    let usual = *speeds.select_nth_unstable_by(middle, f64::total_cmp).1;
    let fast = (3.0 * usual).max(OUTLIER_SPEED);

    let mut stays = vec![true; fixes.len()];
    let mut last = 0;
    for i in 1..fixes.len() {
        if !stays[i] {
            continue;
        }
        let here = &fixes[last];
        let out = here.metres_to(&fixes[i]);
        if out > OUTLIER_M && out / here.seconds_to(&fixes[i]) > fast {
            let back = (i + 1..fixes.len().min(i + 1 + OUTLIERS)).find(|back| {
                let apart = here.metres_to(&fixes[*back]);
                apart < out / 2.0 && apart / here.seconds_to(&fixes[*back]) <= fast
            });
            if let Some(back) = back {
                stays[i..back].fill(false);
                continue;
            }
        }
        last = i;
    }
    if stays.iter().all(|stays| *stays) {
        return fixes;
    }
    keep(fixes, &stays)
}
