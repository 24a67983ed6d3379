//! Counting: what a file tells of days, hours, minutes or stretches of time becomes the facts of each day and source.
//!
//! Invariant: whatever a source tells twice (the same day, hour, minute or second) counts once.

use std::collections::BTreeMap;

use domain::evidence::StepsFacts;
use domain::evidence::steps::{series_of_days, series_of_hours};
use domain::measure::{Day, Zone};

use super::{Limits, StepsError};

const DAY_S: i64 = 86_400;
const MINUTES: usize = 1440;

/// A stretch of more seconds than this tells nothing of hours: some apps write one record a day.
const COARSE_S: i64 = 2 * 3600;
/// So does one of less than a minute with more steps than legs make in one: a sum, written as if of a moment.
const SUDDEN_STEPS: u32 = 400;
/// A stretch of more seconds than this tells nothing of minutes.
const MINUTE_S: i64 = 90;
/// A stretch of more seconds than this is no record of walking, and is not counted.
const LONGEST_S: i64 = 2 * DAY_S;

/// Characters of a source's name.
const SOURCE_MAX: usize = 60;

/// A civil day and its first and last second (exclusive) since the epoch.
#[derive(Clone, Copy)]
struct Bounds {
    day: Day,
    start_s: i64,
    end_s: i64,
}

/// Days of a zone, the last one kept: records mostly follow each other.
pub(super) struct Calendar<'a> {
    zone: &'a Zone,
    last: Option<Bounds>,
}

impl<'a> Calendar<'a> {
    pub(super) fn new(zone: &'a Zone) -> Self {
        Calendar { zone, last: None }
    }

    fn day_of(&mut self, at_s: i64) -> Bounds {
        if let Some(last) = self.last
            && (last.start_s..last.end_s).contains(&at_s)
        {
            return last;
        }
        let day = self.zone.day_of(at_s.saturating_mul(1_000_000));
        let next = Day::from_epoch_days(day.epoch_days().saturating_add(1));
        let start = |day| self.zone.start_of(day).div_euclid(1_000_000);
        let bounds = Bounds {
            day,
            start_s: start(day).min(at_s),
            end_s: start(next).max(at_s + 1),
        };
        self.last = Some(bounds);
        bounds
    }
}

/// What is counted so far.
pub(super) struct Counts<'a> {
    limits: &'a Limits,
    sources: Vec<String>,
    days: BTreeMap<(Day, usize), Count>,
}

/// One day of one source.
#[derive(Default)]
struct Count {
    sum: u64,
    hours: Option<Box<[u32; 24]>>,
    minutes: Option<Box<Minutes>>,
    /// Whether something in it tells nothing of hours.
    coarse: bool,
    /// The longest stretch in it.
    longest_s: i64,
}

/// Steps by minute of the day, and which seconds of it have been told, a bit each.
struct Minutes {
    steps: [u32; MINUTES],
    told: [u64; MINUTES],
}

impl<'a> Counts<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Counts {
            limits,
            sources: Vec::new(),
            days: BTreeMap::new(),
        }
    }

    /// The number of a source, by its name.
    pub(super) fn source(&mut self, name: &str) -> Result<usize, StepsError> {
        let plain: String = name.chars().filter(|c| !c.is_control()).take(SOURCE_MAX).collect();
        if let Some(known) = self.sources.iter().position(|known| *known == plain) {
            return Ok(known);
        }
        if self.sources.len() >= self.limits.sources {
            let limit = self.limits.sources;
            return Err(StepsError::TooManySources { limit });
        }
        self.sources.push(plain);
        Ok(self.sources.len() - 1)
    }

    fn kept(&self, day: Day) -> bool {
        self.limits.since.is_none_or(|since| day >= since)
    }

    fn count(&mut self, day: Day, source: usize) -> Result<&mut Count, StepsError> {
        let full = self.days.len() >= self.limits.days;
        if full && !self.days.contains_key(&(day, source)) {
            let limit = self.limits.days;
            return Err(StepsError::TooManyDays { limit });
        }
        Ok(self.days.entry((day, source)).or_default())
    }

    /// A day's sum; told again, the larger counts.
    pub(super) fn sum(&mut self, day: Day, source: usize, steps: u32) -> Result<(), StepsError> {
        if self.kept(day) {
            let count = self.count(day, source)?;
            count.sum = count.sum.max(steps.into());
        }
        Ok(())
    }

    /// An hour (0 to 23); told again, the larger counts.
    pub(super) fn hour(&mut self, day: Day, source: usize, hour: usize, steps: u32) -> Result<(), StepsError> {
        if self.kept(day) {
            let hours = self.count(day, source)?.hours.get_or_insert_default();
            if let Some(slot) = hours.get_mut(hour) {
                *slot = steps.max(*slot);
            }
        }
        Ok(())
    }

    /// The sixty minutes of an hour (0 to 23); told again, the larger count.
    pub(super) fn minutes(
        &mut self,
        day: Day,
        source: usize,
        hour: usize,
        steps: &[u32; 60],
    ) -> Result<(), StepsError> {
        if self.kept(day) {
            let minutes = self.count(day, source)?.minutes.get_or_insert_with(Minutes::new);
            for (slot, steps) in minutes.steps.iter_mut().skip(hour * 60).zip(steps) {
                *slot = (*steps).max(*slot);
            }
        }
        Ok(())
    }

    /// A stretch of time in seconds since the epoch; what falls into seconds that were told already is left out, as the
    /// share that they are of it.
    pub(super) fn stretch(
        &mut self,
        calendar: &mut Calendar<'_>,
        source: usize,
        (start_s, end_s): (i64, i64),
        steps: u32,
    ) -> Result<(), StepsError> {
        let length_s = end_s.saturating_sub(start_s).max(1);
        if length_s > LONGEST_S {
            return Ok(());
        }
        let coarse = length_s > COARSE_S || (length_s < 60 && steps > SUDDEN_STEPS);
        let end_s = start_s.saturating_add(length_s);
        let upto = |at_s: i64| share(steps, at_s - start_s, length_s);
        let mut at_s = start_s;
        while at_s < end_s {
            let bounds = calendar.day_of(at_s);
            let until_s = end_s.min(bounds.end_s);
            if self.kept(bounds.day) {
                let count = self.count(bounds.day, source)?;
                count.coarse |= coarse;
                count.longest_s = count.longest_s.max(length_s);
                // a day on which the clocks change has another length: its seconds are laid over a plain day
                let place = |at_s: i64| (at_s - bounds.start_s) * DAY_S / (bounds.end_s - bounds.start_s).max(1);
                let from = place(at_s).clamp(0, DAY_S - 1);
                let to = place(until_s).clamp(from + 1, DAY_S);
                let minutes = count.minutes.get_or_insert_with(Minutes::new);
                count.sum += u64::from(minutes.cover(from, to, upto(until_s) - upto(at_s)));
            }
            at_s = until_s;
        }
        Ok(())
    }

    /// Whether nothing was counted.
    pub(super) fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// The facts, by day, then source.
    pub(super) fn finish(self) -> Vec<StepsFacts> {
        let mut sums: BTreeMap<usize, BTreeMap<Day, u32>> = BTreeMap::new();
        let mut facts = Vec::with_capacity(self.days.len());
        for ((day, source), count) in self.days {
            let one = count.facts(day, self.sources.get(source).cloned().unwrap_or_default());
            sums.entry(source).or_default().insert(day, one.steps);
            facts.push((source, one));
        }
        let facts = facts.into_iter().map(|(source, mut one)| {
            one.series = match &one.hours {
                Some(hours) => series_of_hours(hours),
                None => sums.get(&source).and_then(|sums| series(sums, one.day)),
            };
            one
        });
        let mut facts: Vec<StepsFacts> = facts.collect();
        facts.sort_by(|a, b| (a.day, &a.source).cmp(&(b.day, &b.source)));
        facts
    }
}

/// The facts of a source that tells sums only.
pub(super) fn by_sums(source: &str, sums: &BTreeMap<Day, u32>) -> Vec<StepsFacts> {
    let facts = sums.iter().map(|(day, steps)| StepsFacts {
        day: *day,
        source: source.to_owned(),
        steps: *steps,
        hours: None,
        busiest_minute: None,
        busiest_ten_minutes: None,
        series: series(sums, *day),
    });
    facts.collect()
}

/// The fingerprint of a day and the four before it.
fn series(sums: &BTreeMap<Day, u32>, day: Day) -> Option<u64> {
    let mut five = [0; 5];
    for (sum, back) in five.iter_mut().rev().zip(0..) {
        *sum = *sums.get(&Day::from_epoch_days(day.epoch_days().checked_sub(back)?))?;
    }
    series_of_days(&five)
}

/// `steps × part / whole`, rounded down; parts of a whole add up to it.
fn share(steps: u32, part: i64, whole: i64) -> u32 {
    u32::try_from(i64::from(steps) * part / whole.max(1)).unwrap_or(steps)
}

impl Minutes {
    fn new() -> Box<Self> {
        Box::new(Minutes {
            steps: [0; MINUTES],
            told: [0; MINUTES],
        })
    }

    /// Spreads steps over the seconds `from..to` of the day and says how many fell into seconds not told before.
    fn cover(&mut self, from: i64, to: i64, steps: u32) -> u32 {
        let length = to - from;
        let (mut fresh, mut counted) = (0_i64, 0_u32);
        for minute in from / 60..=(to - 1) / 60 {
            let Ok(at) = usize::try_from(minute) else { break };
            let (Some(slot), Some(told)) = (self.steps.get_mut(at), self.told.get_mut(at)) else {
                break;
            };
            let first = |second: i64| (1_u64 << (second - minute * 60).clamp(0, 60)) - 1;
            let seconds = first(to) & !first(from);
            fresh += i64::from((seconds & !*told).count_ones());
            *told |= seconds;
            let upto = share(steps, fresh, length);
            *slot = slot.saturating_add(upto - counted);
            counted = upto;
        }
        counted
    }
}

impl Count {
    fn facts(self, day: Day, source: String) -> StepsFacts {
        let minutes = self.minutes.as_ref().map(|minutes| &minutes.steps);
        let by_minutes = minutes.map(|minutes| minutes.iter().map(|steps| u64::from(*steps)).sum::<u64>());
        let by_hours = self
            .hours
            .as_ref()
            .map(|hours| hours.iter().map(|steps| u64::from(*steps)).sum::<u64>());
        let steps = self.sum.max(by_minutes.unwrap_or(0)).max(by_hours.unwrap_or(0));
        let minutes = minutes.filter(|_| !self.coarse);
        let hours = minutes.map(|minutes| {
            let mut hours = [0_u32; 24];
            for (hour, minutes) in hours.iter_mut().zip(minutes.chunks(60)) {
                *hour = minutes.iter().fold(0, |sum, steps| sum.saturating_add(*steps));
            }
            hours
        });
        let busiest = |minutes: &[u32; MINUTES], width| {
            let sums = minutes
                .windows(width)
                .map(|window| window.iter().fold(0_u32, |sum, steps| sum.saturating_add(*steps)));
            sums.max().unwrap_or(0)
        };
        StepsFacts {
            day,
            source,
            steps: u32::try_from(steps).unwrap_or(u32::MAX),
            hours: hours.or(self.hours.map(|hours| *hours)),
            busiest_minute: minutes
                .filter(|_| self.longest_s <= MINUTE_S)
                .map(|minutes| busiest(minutes, 1)),
            busiest_ten_minutes: minutes.map(|minutes| busiest(minutes, 10)),
            series: None,
        }
    }
}
