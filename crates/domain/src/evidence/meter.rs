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
    /// What the participant says went through it since the reading before, in thousandths, where the act says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said_milli: Option<i64>,
}

/// An earlier reading of the same meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// When it was read, microseconds since the epoch.
    pub at_us: i64,
    /// What it showed, in thousandths of its unit.
    pub milli: i64,
    /// Digits before the point.
    pub digits: u8,
}

/// What went through a meter between two readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// In thousandths of the unit, never negative.
    pub milli: i64,
    /// Whether it passed its highest number in between.
    pub rolled: bool,
    /// Thousandths of the unit a day, rounded up; two readings of the same day count as a day.
    pub milli_per_day: i64,
}

/// Why two readings do not tell what went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MeterError {
    /// No meter has so many digits, or none.
    #[error("a meter has from 1 to {MOST_DIGITS} digits before the point")]
    Digits,
    /// A reading that the meter cannot show.
    #[error("a meter of {digits} digits cannot show this number")]
    Range {
        /// Digits before the point.
        digits: u8,
    },
    /// The later reading is not later.
    #[error("the reading is not later than the one before")]
    Order,
    /// Another meter hangs there now: what went through the old one is not known.
    #[error("the meter was replaced: its first reading has nothing to be compared with")]
    Replaced,
    /// It went backwards, and not from its highest numbers to its lowest.
    #[error("the meter shows less than before")]
    Back,
}

/// Digits before the point of the longest meter that is believed.
pub const MOST_DIGITS: u8 = 12;

/// A meter is believed to have rolled over if less than one part in so many of all its numbers lies between: whoever
/// turns it back a little would have used nearly all of them.
const ROLLED_PART: i64 = 10;

const DAY_US: i128 = 86_400_000_000;

/// Thousandths that a meter of so many digits counts before it begins at zero again.
fn range(digits: u8) -> Result<i64, MeterError> {
    if (1..=MOST_DIGITS).contains(&digits) {
        Ok(10_i64.pow(u32::from(digits)) * 1000)
    } else {
        Err(MeterError::Digits)
    }
}

/// Whether a meter of so many digits can show this number at all: what a form asks before it takes a reading.
pub fn can_show(digits: u8, milli: i64) -> Result<(), MeterError> {
    if (0..range(digits)?).contains(&milli) {
        Ok(())
    } else {
        Err(MeterError::Range { digits })
    }
}

/// What went through the meter between an earlier reading and this one.
pub fn used_between(before: Reading, now: &MeterFacts) -> Result<Used, MeterError> {
    can_show(now.digits, now.milli)?;
    if now.replaced || now.digits != before.digits {
        return Err(MeterError::Replaced);
    }
    can_show(before.digits, before.milli)?;
    let numbers = range(now.digits)?;
    let elapsed = i128::from(now.at_us) - i128::from(before.at_us);
    if elapsed <= 0 {
        return Err(MeterError::Order);
    }
    let rolled = now.milli < before.milli;
    let milli = now.milli - before.milli + if rolled { numbers } else { 0 };
    if rolled && milli > numbers / ROLLED_PART {
        return Err(MeterError::Back);
    }
    let elapsed = elapsed.max(DAY_US);
    let per_day = (i128::from(milli) * DAY_US + elapsed - 1) / elapsed;
    Ok(Used {
        milli,
        rolled,
        // at most `milli`, because at least a day counts
        milli_per_day: i64::try_from(per_day).unwrap_or(i64::MAX),
    })
}

/// What speaks against the reading.
pub(super) fn signs(meter: &MeterFacts, _claim: &Claim, history: &History, policy: &Policy) -> Vec<Sign> {
    let Some((at_us, milli, digits)) = history.reading else {
        return vec![Sign::MeterFirst];
    };
    let used = match used_between(Reading { at_us, milli, digits }, meter) {
        Ok(used) => used,
        Err(MeterError::Replaced) => return vec![Sign::MeterReplaced],
        Err(MeterError::Digits | MeterError::Range { .. } | MeterError::Order | MeterError::Back) => {
            return vec![Sign::MeterBack {
                before_milli: milli,
                now_milli: meter.milli,
            }];
        }
    };
    let mut signs = Vec::new();
    if used.rolled {
        signs.push(Sign::MeterRolled);
    }
    if used.milli_per_day > policy.limits.meter_units_a_day.saturating_mul(1000) {
        signs.push(Sign::MeterJump {
            milli_per_day: used.milli_per_day,
        });
    }
    if let Some(said_milli) = meter.said_milli
        && said_milli != used.milli
    {
        signs.push(Sign::MeterSaid {
            said_milli,
            read_milli: used.milli,
        });
    }
    signs
}

#[cfg(test)]
mod tests;
