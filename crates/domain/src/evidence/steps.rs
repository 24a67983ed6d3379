//! Steps of a civil day by one source, and what of them no pair of legs makes.
//!
//! Shape: a reader outside counts steps by day and source; [`by_day`] lets one source count for each day; the signs
//! look at what that source tells of the day. What somebody says of the day's sum alone is weighed with the claim.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Claim, History, Limits, Policy, Sign};
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
    /// The most steps in any ten minutes on end, if the source tells. A source that counts in longer pieces tells a
    /// little less than there were, never more.
    pub busiest_ten_minutes: Option<u32>,
    /// A fingerprint of the hours, else of the sums of this day and the four before: the same series twice is the
    /// same recording. See [`series_of_hours`] and [`series_of_days`].
    pub series: Option<u64>,
}

/// The source whose numbers come from WeChat itself, decrypted with the participant's session key: nobody typed them.
pub const WECHAT: &str = "wechat";

/// The steps that count for one day, and what else was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaySteps {
    /// The source that counts.
    pub counted: StepsFacts,
    /// The other sources of the day and their steps, by name. They add nothing.
    pub others: Vec<(String, u32)>,
}

/// Lets one source count for each day, in the order of days: a phone and a wristband carried on the same walk are one
/// walk. It is the source with the most steps, because what the other missed was still walked; of equal ones that
/// which tells more, then the first by name.
pub fn by_day(facts: Vec<StepsFacts>) -> Vec<DaySteps> {
    let mut days: BTreeMap<Day, Vec<StepsFacts>> = BTreeMap::new();
    for one in facts {
        days.entry(one.day).or_default().push(one);
    }
    let mut merged = Vec::with_capacity(days.len());
    for mut sources in days.into_values() {
        sources.sort_by(|a, b| {
            let rank = |f: &StepsFacts| std::cmp::Reverse((f.steps, f.busiest_minute.is_some(), f.hours.is_some()));
            rank(a).cmp(&rank(b)).then_with(|| a.source.cmp(&b.source))
        });
        let mut sources = sources.into_iter();
        if let Some(counted) = sources.next() {
            let mut others: Vec<(String, u32)> = sources.map(|other| (other.source, other.steps)).collect();
            others.sort();
            merged.push(DaySteps { counted, others });
        }
    }
    merged
}

/// Hours with steps that a day must have for its series to be told from any other.
const SERIES_HOURS: usize = 5;

/// The fingerprint of a day by its hours. It knows neither day nor source, so a copy moved in time is found; a day
/// with fewer than five hours on foot has none, because two people may well share it.
pub fn series_of_hours(hours: &[u32; 24]) -> Option<u64> {
    let walked = hours.iter().filter(|steps| **steps > 0).count();
    (walked >= SERIES_HOURS).then(|| fingerprint(b"hours", hours))
}

/// The fingerprint of five sums on end, for sources that tell no hours: the day's own is the last. A series with a day
/// at rest has none.
pub fn series_of_days(sums: &[u32; 5]) -> Option<u64> {
    (!sums.contains(&0)).then(|| fingerprint(b"days", sums))
}

fn fingerprint(kind: &[u8], steps: &[u32]) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(kind);
    for count in steps {
        hasher.update(count.to_le_bytes());
    }
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(hasher.finalize());
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// An hour with so many steps is one of unrest: four minutes on foot.
pub(crate) const RESTLESS_STEPS: u32 = 250;

/// Hours that a day needs before they can be called alike as a whole. Of 659 real days with so many, the one with the
/// most even hours varies by 108 thousandths.
const FLAT_HOURS: usize = 6;

/// Hours on end that are compared with each other, and the steps that each of them has. Of 934 real days, two have
/// four such hours that vary by less than 80 thousandths.
const FLAT_RUN: (usize, u32) = (4, 1000);

/// An hour of so many steps has minutes worth comparing, and its fastest minute is more than so many thousandths above
/// the mean. The steadiest hour of 919 real days, a run at 176 steps a minute, lies 39 below its fastest minute.
const STEADY_HOUR: (u32, u32) = (3000, 20);

/// Nowhere on earth does a day end earlier than 14 hours before it does in Greenwich.
const EARLIEST_END_US: i64 = 14 * 3_600_000_000;
const DAY_US: i64 = 86_400_000_000;

/// What speaks against so many steps in a day.
pub(crate) fn amount(steps: u32, limits: &Limits) -> Option<Sign> {
    if steps > limits.steps_refuse {
        let limit = limits.steps_refuse;
        Some(Sign::StepsImpossible { steps, limit })
    } else if steps > limits.steps_ask {
        let limit = limits.steps_ask;
        Some(Sign::StepsMany { steps, limit })
    } else {
        None
    }
}

/// What speaks against the way in which the day's steps were made, whoever made them.
pub(crate) fn shape(steps: &StepsFacts, limits: &Limits) -> Vec<Sign> {
    let mut signs = Vec::new();
    signs.extend(cadence(steps, limits.steps_a_minute));
    if let Some(hours) = &steps.hours {
        let night = hours[..5].iter().fold(0_u32, |sum, hour| sum.saturating_add(*hour));
        if night > limits.night_steps {
            signs.push(Sign::StepsNight { steps: night });
        }
        let restless = hours.iter().filter(|hour| **hour >= RESTLESS_STEPS).count();
        let restless = u8::try_from(restless).unwrap_or(24); // there are 24 hours
        if restless >= limits.restless_hours {
            signs.push(Sign::StepsRestless { hours: restless });
        }
        if let Some(permille) = flat(hours, steps.busiest_minute, limits.flat_permille) {
            signs.push(Sign::StepsFlat { permille });
        }
    } else if steps.source != WECHAT && steps.steps > 0 {
        signs.push(Sign::StepsBare);
    }
    signs
}

/// What speaks against the steps. The claim runs over the whole civil day: it ends with the first instant of the next.
pub(super) fn signs(steps: &StepsFacts, claim: &Claim, history: &History, policy: &Policy) -> Vec<Sign> {
    let mut signs = shape(steps, &policy.limits);
    // the same day of the same person again is no copy: the day counts once anyhow
    let same_day = |began: i64| (claim.started_us..claim.ended_us).contains(&began);
    let copied = history
        .series
        .iter()
        .find(|other| !(other.own && other.began_us.is_some_and(same_day)));
    if let Some(other) = copied {
        signs.push(Sign::StepsSeries {
            submission: other.submission,
            own: other.own,
        });
    }
    let another = history.sources.iter().filter(|(source, _)| *source != steps.source);
    if let Some((source, counted)) = another.max_by_key(|(_, counted)| *counted) {
        signs.push(Sign::StepsTwice {
            source: source.clone(),
            steps: *counted,
        });
    }
    let next_day = (i64::from(steps.day.epoch_days()) + 1).saturating_mul(DAY_US);
    if claim.sent_us < claim.ended_us || claim.sent_us < next_day.saturating_sub(EARLIEST_END_US) {
        signs.push(Sign::StepsEarly { day: steps.day });
    }
    signs
}

/// Faster than legs: over ten minutes or an hour, or by a quarter more in one minute, which a sprint or a shaken wrist
/// may reach.
fn cadence(steps: &StepsFacts, limit: u32) -> Option<Sign> {
    let over = |count: Option<u32>, minutes: u32, limit: u32| {
        let per_minute = count? / minutes;
        (per_minute > limit).then_some(Sign::StepsCadence { per_minute, limit })
    };
    let busiest_hour = steps.hours.as_ref().and_then(|hours| hours.iter().copied().max());
    over(steps.busiest_ten_minutes, 10, limit)
        .or_else(|| over(busiest_hour, 60, limit))
        .or_else(|| over(steps.busiest_minute, 1, limit.saturating_add(limit / 4)))
}

/// How little the hours vary, in thousandths, where it is less than a person does: all hours on foot, four hours on
/// end, or the minutes of one hour.
fn flat(hours: &[u32; 24], busiest_minute: Option<u32>, limit: u16) -> Option<u16> {
    let walked: Vec<u32> = hours.iter().copied().filter(|hour| *hour >= RESTLESS_STEPS).collect();
    let whole = (walked.len() >= FLAT_HOURS).then(|| variation(&walked));
    let (run, least) = FLAT_RUN;
    let runs = hours
        .windows(run)
        .filter(|run| run.iter().all(|hour| *hour >= least))
        .map(variation)
        .min();
    let steadiest = [whole, runs].into_iter().flatten().min().filter(|found| *found < limit);
    let (worth, steady) = STEADY_HOUR;
    let steady_hour = || {
        let (hour, minute) = (hours.iter().copied().max()?, u64::from(busiest_minute?));
        let below = (minute * 60).checked_sub(u64::from(hour))? * 1000 / (minute * 60).max(1);
        let below = u16::try_from(below).ok()?;
        (hour >= worth && u32::from(below) < steady).then_some(below)
    };
    steadiest.or_else(steady_hour)
}

/// Standard deviation in thousandths of the mean, rounded down; of nothing, or of zeros, 0.
fn variation(counts: &[u32]) -> u16 {
    let n = counts.len() as u128;
    let sum: u128 = counts.iter().map(|count| u128::from(*count)).sum();
    let squares: u128 = counts.iter().map(|count| u128::from(*count).pow(2)).sum();
    if sum == 0 {
        return 0;
    }
    let permille = ((n * squares - sum * sum) * 1_000_000 / (sum * sum)).isqrt();
    u16::try_from(permille).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests;
