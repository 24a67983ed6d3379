//! Civil days of a competition: when they end, whose day a reading is, and what of a reading is taken.
//!
//! ```text
//! now ──┬─ starts ────────── ends ───────────── cut-off ─────>
//! Ahead │     Running         │    Provisional     │    Final
//! ```
//!
//! Invariant: a day's value only rises, and stands still from its cut-off on.

use serde::{Deserialize, Serialize};

use super::{Scoring, Terms};
use crate::evidence::steps::{self, RESTLESS_STEPS};
use crate::evidence::{Policy, Sign, StepsFacts, gravity};
use crate::measure::{Day, Decimal, Zone};

const DAY_MIN: u32 = 1440;
const DAY_US: i64 = 86_400_000_000;
const HOUR_S: i32 = 3600;

/// Offsets of civil clocks that are in use, in seconds east of Greenwich: from UTC-12 to UTC+14.
const OFFSETS_S: std::ops::RangeInclusive<i32> = -12 * HOUR_S..=14 * HOUR_S;

/// How far a phone's clock may be ahead of ours where its reading decides on the day.
const CLOCK_AHEAD_US: i64 = 5 * 60 * 1_000_000;

/// How far a civil day of a competition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DayState {
    /// It has not begun.
    Ahead,
    /// It is today.
    Running,
    /// It is over, and late readings may still raise it.
    Provisional {
        /// The first instant at which it is final, microseconds since the epoch.
        final_us: i64,
    },
    /// Nothing changes it any more.
    Final,
}

impl Terms {
    /// The first instant at which a day is final, in microseconds since the epoch. Minutes are those of the civil clock:
    /// a cut-off at noon stays at noon where the clock changes in between.
    pub fn cut_off_us(&self, zone: &Zone, day: Day) -> i64 {
        zone.at_minute(day.plus(1), self.cut_off_min)
    }

    /// The first instant at which every day of the window is final.
    pub fn ends_us(&self, zone: &Zone) -> i64 {
        self.cut_off_us(zone, self.last)
    }

    /// The first instant after the days for a look at the results; civil days after [`Terms::ends_us`].
    pub fn audited_us(&self, zone: &Zone) -> i64 {
        let minutes = self.audit_days.saturating_mul(DAY_MIN).saturating_add(self.cut_off_min);
        zone.at_minute(self.last.plus(1), minutes)
    }

    /// Days of the window that have begun by today; 0 before the first.
    pub fn begun(&self, today: Day) -> i64 {
        let passed = i64::from(today.epoch_days()) - i64::from(self.first.epoch_days()) + 1;
        passed.clamp(0, self.days().max(0))
    }

    /// What a score shows as: the sum as it is, or the mean over the days that have begun, in tenths, rounded half up
    /// from the exact quotient. Ranks follow the score, never what is shown.
    pub fn shown(&self, score: i64, today: Day) -> Decimal {
        match self.scoring {
            Scoring::Total => Decimal::new(score, 0),
            Scoring::Average => {
                let days = i128::from(self.begun(today).max(1));
                let tenths = (i128::from(score) * 20 + days).div_euclid(days * 2);
                Decimal::new(clamped(tenths), 1)
            }
        }
    }

    /// How far a day is.
    pub fn day_state(&self, zone: &Zone, day: Day, now_us: i64) -> DayState {
        let final_us = self.cut_off_us(zone, day);
        if now_us < zone.at_minute(day, 0) {
            DayState::Ahead
        } else if now_us < zone.at_minute(day.plus(1), 0) {
            DayState::Running
        } else if now_us < final_us {
            DayState::Provisional { final_us }
        } else {
            DayState::Final
        }
    }
}

/// The nearest number that 64 bits hold.
pub(super) fn clamped(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}

/// When a source says that it measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// The instant, microseconds since the epoch.
    pub at_us: i64,
    /// How far the source's civil clock is ahead of UTC, in seconds; UTC-12 to UTC+14.
    pub offset_s: i32,
}

/// What a reading says of its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Told {
    /// The civil day, by the source's own midnight.
    pub day: Option<Day>,
    /// When it was measured.
    pub measured: Option<Measured>,
}

/// Why the day of a reading is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DayError {
    /// The day has begun nowhere on earth.
    #[error("the day {0} has begun nowhere yet")]
    Ahead(Day),
    /// The day has begun further east, and nothing says that the source is there.
    #[error("the day {0} has not begun here yet; a measurement with its offset from UTC shows where it has")]
    Elsewhere(Day),
    /// It was measured before its day began.
    #[error("it was measured before the day {0} began")]
    Before(Day),
    /// It was measured later than now.
    #[error("it was measured more than five minutes later than now; the clock of the source is ahead")]
    Clock,
    /// No civil clock is so far from UTC.
    #[error("no civil clock is {0} seconds ahead of UTC")]
    Offset(i32),
}

impl DayError {
    /// Its name, the same for ever.
    pub const fn code(self) -> &'static str {
        match self {
            DayError::Ahead(_) => "day.ahead",
            DayError::Elsewhere(_) => "day.elsewhere",
            DayError::Before(_) => "measured.before",
            DayError::Clock => "measured.ahead",
            DayError::Offset(_) => "measured.offset",
        }
    }

    /// The field that is at fault.
    pub const fn field(self) -> &'static str {
        match self {
            DayError::Ahead(_) | DayError::Elsewhere(_) => "day",
            DayError::Before(_) | DayError::Clock | DayError::Offset(_) => "measured",
        }
    }
}

/// The civil day that a reading belongs to. A day that the source names is its own: a traveller's phone counts by its
/// own midnight. Else the programme's zone decides by the instant, which is never later than now.
pub fn civil_day(zone: &Zone, now_us: i64, told: &Told) -> Result<Day, DayError> {
    if let Some(measured) = told.measured
        && !OFFSETS_S.contains(&measured.offset_s)
    {
        return Err(DayError::Offset(measured.offset_s));
    }
    let in_time = |measured: Measured| measured.at_us <= now_us.saturating_add(CLOCK_AHEAD_US);
    let Some(day) = told.day else {
        return match told.measured {
            Some(measured) if !in_time(measured) => Err(DayError::Clock),
            Some(measured) => Ok(zone.day_of(measured.at_us.min(now_us))),
            None => Ok(zone.day_of(now_us)),
        };
    };
    let midnight_us = i64::from(day.epoch_days()).saturating_mul(DAY_US);
    let begins_us = |offset_s: i32| midnight_us.saturating_sub(i64::from(offset_s) * 1_000_000);
    if now_us < begins_us(*OFFSETS_S.end()) {
        return Err(DayError::Ahead(day));
    }
    if let Some(measured) = told.measured
        && measured.at_us < begins_us(measured.offset_s)
    {
        return Err(DayError::Before(day));
    }
    if now_us < zone.at_minute(day, 0) {
        // only what was measured can show that the day has begun where the source is
        match told.measured {
            None => return Err(DayError::Elsewhere(day)),
            Some(measured) if !in_time(measured) => return Err(DayError::Clock),
            Some(_) => {}
        }
    }
    Ok(day)
}

/// What became of a value that a source told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is the source's first of the day, or more than before.
    Raised,
    /// It is what was known.
    Same,
    /// It is less than was known, which stays.
    Lower,
}

/// What becomes of a source's value for a day: a source can only raise a day.
pub fn raise(known: Option<i64>, value: i64) -> Taken {
    match known {
        Some(known) if value < known => Taken::Lower,
        Some(known) if value == known => Taken::Same,
        _ => Taken::Raised,
    }
}

/// The value that counts of what several sources told of one day, each with when it was reached: two sources of one
/// walk count once. The highest; of equal ones the one reached first. Above a day's ceiling all are equal, so give what
/// counts of each.
pub fn best(sources: &[(i64, i64)]) -> Option<(i64, i64)> {
    let order = |(value, reached_us): &(i64, i64)| (*value, std::cmp::Reverse(*reached_us));
    sources.iter().copied().max_by_key(order)
}

const HOURS: usize = 24;

/// What was known of a day's value at the end of each of its hours. It never falls from one hour to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HourCurve {
    /// `None` where nothing was told in that hour.
    known: [Option<i64>; HOURS],
}

impl HourCurve {
    /// Notes that the day's value was `value` in an hour, 0 to 23; any other hour is passed over. What is less than was
    /// known by then counts as no rise; hours that were noted later are raised too. Says whether the curve changed.
    pub fn note(&mut self, hour: u8, value: i64) -> bool {
        let hour = usize::from(hour);
        let value = self
            .known
            .iter()
            .take(hour + 1)
            .flatten()
            .fold(value.max(0), |most, one| most.max(*one));
        let before = *self;
        if let Some(slot) = self.known.get_mut(hour) {
            *slot = Some(value);
        }
        for later in self.known.iter_mut().skip(hour).flatten() {
            *later = value.max(*later);
        }
        before != *self
    }

    /// What was known at the end of an hour, 0 to 23; 0 before anything was told.
    pub fn at(&self, hour: u8) -> i64 {
        let until = self.known.iter().take(usize::from(hour) + 1);
        until.flatten().last().copied().unwrap_or(0)
    }

    /// How much came in each hour, if that is known well enough to judge it. What came over several hours without a
    /// word is put into the last of them, as long as it is less than makes an hour that any sign looks at.
    pub fn hours(&self) -> Option<[u32; HOURS]> {
        let mut hours = [0; HOURS];
        let (mut value, mut told) = (0, true);
        for (slot, known) in hours.iter_mut().zip(self.known) {
            if let Some(known) = known {
                let more = u32::try_from(known - value).ok()?;
                if !told && more >= RESTLESS_STEPS {
                    return None;
                }
                (*slot, value) = (more, known);
            }
            told = known.is_some();
        }
        (value > 0).then_some(hours)
    }

    /// As it is stored: three bytes that mark the hours told, then for each the rise as a varint (seven bits a byte, the
    /// lowest first).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut mask = 0_u32;
        let mut rises = Vec::with_capacity(HOURS);
        let mut before = 0;
        for (hour, known) in self.known.iter().enumerate() {
            if let Some(known) = known {
                mask |= 1 << hour;
                write_varint((known - before).unsigned_abs(), &mut rises);
                before = *known;
            }
        }
        let [first, second, third, _] = mask.to_le_bytes();
        let mut bytes = vec![first, second, third];
        bytes.append(&mut rises);
        bytes
    }

    /// Reads what [`HourCurve::to_bytes`] wrote; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let ([first, second, third], mut rest) = bytes.split_first_chunk()?;
        let mask = u32::from_le_bytes([*first, *second, *third, 0]);
        let mut curve = HourCurve::default();
        let mut value = 0_i64;
        for (hour, slot) in curve.known.iter_mut().enumerate() {
            if mask & (1 << hour) != 0 {
                let rise = i64::try_from(read_varint(&mut rest)?).ok()?;
                value = value.checked_add(rise)?;
                *slot = Some(value);
            }
        }
        rest.is_empty().then_some(curve)
    }
}

fn write_varint(mut number: u64, to: &mut Vec<u8>) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            to.push(low & 0x7F);
            return;
        }
        to.push(low | 0x80);
    }
}

/// Takes a varint off the front; `None` if it is cut, too large, or longer than it need be.
fn read_varint(from: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for place in (0..64).step_by(7) {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        let digits = u64::from(byte & 0x7F);
        if digits.leading_zeros() < place || (*byte == 0 && place > 0) {
            return None;
        }
        number |= digits << place;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// What the rules of evidence say against a day of steps by itself, what weighs most first. Copies and second sources
/// take the books, and are not looked for.
pub fn day_signs(facts: &StepsFacts, policy: &Policy) -> Vec<Sign> {
    let mut signs: Vec<Sign> = steps::amount(facts.steps, &policy.limits).into_iter().collect();
    signs.extend(steps::shape(facts, &policy.limits));
    signs.sort_by_key(|sign| std::cmp::Reverse(gravity(policy.action(sign.code()))));
    signs
}

#[cfg(test)]
mod tests;
