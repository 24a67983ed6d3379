//! What many people walked, by minute.

use std::collections::BTreeMap;
use std::path::Path;

use domain::measure::Day;

use crate::Stop;

/// What a source tells of somebody at some minute: the day's steps so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) person: usize,
    pub(super) day: Day,
    pub(super) steps: u32,
}

/// The steps of many people. Minutes count from the beginning of the first day; a day has 1440 of them.
#[derive(Debug, Default)]
pub(super) struct Walks {
    people: Vec<String>,
    /// Steps that were added in a minute, by person and day.
    added: BTreeMap<(usize, i32, i64), u32>,
    /// Sums of days, told the next morning.
    sums: BTreeMap<(usize, i32), u32>,
    minutes: BTreeMap<i64, Vec<Told>>,
}

/// When a day's sum is told: at eight the next morning.
const MORNING: i64 = 1440 + 8 * 60;

impl Walks {
    pub(super) fn people(&self) -> &[String] {
        &self.people
    }

    pub(super) fn first_day(&self) -> Option<Day> {
        self.days().next().map(Day::from_epoch_days)
    }

    pub(super) fn last_day(&self) -> Option<Day> {
        self.days().next_back().map(Day::from_epoch_days)
    }

    fn days(&self) -> impl DoubleEndedIterator<Item = i32> {
        let mut days: Vec<i32> = self.added.keys().map(|(_, day, _)| *day).collect();
        days.extend(self.sums.keys().map(|(_, day)| *day));
        days.sort_unstable();
        days.dedup();
        days.into_iter()
    }

    /// Each minute in which something is told, with what.
    pub(super) fn minutes(&self) -> impl Iterator<Item = (&i64, &Vec<Told>)> {
        self.minutes.iter()
    }

    fn person(&mut self, id: &str) -> usize {
        match self.people.iter().position(|known| known == id) {
            Some(place) => place,
            None => {
                self.people.push(id.to_owned());
                self.people.len() - 1
            }
        }
    }

    /// Reads an export: its header says whether it tells minutes, hours or days.
    pub(super) fn read(&mut self, path: &Path) -> Result<(), Stop> {
        let wrong = |line: usize, what: &str| Stop::new(format!("{}, line {line}: {what}", path.display()));
        let mut reader = csv::Reader::from_path(path).map_err(|e| Stop::new(format!("{}: {e}", path.display())))?;
        let header: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
        let column = |name: &str| header.iter().position(|one| one == name);
        let Some(id) = column("Id") else {
            return Err(wrong(1, "there is no column Id"));
        };
        let (when, first) = if let (Some(when), Some(first)) = (column("ActivityHour"), column("Steps00")) {
            (when, first)
        } else if let (Some(when), Some(first)) = (column("ActivityDay"), column("StepTotal")) {
            (when, first)
        } else {
            return Err(wrong(
                1,
                "it tells neither ActivityHour and Steps00… nor ActivityDay and StepTotal",
            ));
        };
        let hour_column = column("ActivityHour").filter(|_| column("Steps00").is_none());
        let wide = column("Steps00").is_some();
        for (place, row) in reader.records().enumerate() {
            let (row, line) = (row?, place + 2);
            let field = |at: usize| row.get(at).unwrap_or_default();
            let (day, hour) = moment(field(when)).ok_or_else(|| wrong(line, "no such time"))?;
            let person = self.person(field(id));
            let steps = |at: usize| field(at).parse::<u32>().map_err(|_| wrong(line, "no number of steps"));
            if wide {
                for minute in 0..60 {
                    let added = steps(first + minute)?;
                    if added > 0 {
                        let at = i64::from(hour) * 60 + i64::try_from(minute)?;
                        *self.added.entry((person, day.epoch_days(), at)).or_default() += added;
                    }
                }
            } else if let Some(at) = hour_column {
                let hour: i64 = field(at)
                    .split(':')
                    .next()
                    .and_then(|hour| hour.parse().ok())
                    .filter(|hour| (0..24).contains(hour))
                    .ok_or_else(|| wrong(line, "no such hour"))?;
                let added = steps(first)?;
                if added > 0 {
                    *self
                        .added
                        .entry((person, day.epoch_days(), hour * 60 + 59))
                        .or_default() += added;
                }
            } else {
                self.sums.insert((person, day.epoch_days()), steps(first)?);
            }
        }
        self.tell();
        Ok(())
    }

    /// Thirty people of no real kind over four weeks: each has its own pace and its own evening.
    pub(super) fn made_up(seed: u64) -> Self {
        let mut state = seed.max(1);
        let mut below = move |n: u32| {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            u32::try_from((state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % u64::from(n.max(1))).unwrap_or(0)
        };
        let mut walks = Walks::default();
        let first = Day::parse("2026-11-02").map_or(0, Day::epoch_days);
        for number in 0..30 {
            let person = walks.person(&format!("walker {:02}", number + 1));
            let usual = 4_000 + below(9_000);
            for day in first..first + 28 {
                let mut left = usual / 2 + below(usual);
                while left > 0 {
                    // three walks in four are by day, one late in the evening
                    let hour = if below(4) == 0 { 20 + below(4) } else { 7 + below(13) };
                    let steps = (40 + below(80)).min(left);
                    let at = i64::from(hour * 60 + below(60));
                    *walks.added.entry((person, day, at)).or_default() += steps;
                    left -= steps;
                }
            }
        }
        walks.tell();
        walks
    }

    /// Lays out what is told when.
    fn tell(&mut self) {
        self.minutes.clear();
        let Some(first) = self.first_day().map(Day::epoch_days) else {
            return;
        };
        let begin = |day: i32| i64::from(day - first) * 1440;
        let mut so_far: BTreeMap<(usize, i32), u32> = BTreeMap::new();
        for ((person, day, at), added) in &self.added {
            let steps = so_far.entry((*person, *day)).or_default();
            *steps += added;
            let told = Told {
                person: *person,
                day: Day::from_epoch_days(*day),
                steps: *steps,
            };
            self.minutes.entry(begin(*day) + at).or_default().push(told);
        }
        for ((person, day), sum) in &self.sums {
            if so_far.get(&(*person, *day)).is_none_or(|steps| steps < sum) {
                let told = Told {
                    person: *person,
                    day: Day::from_epoch_days(*day),
                    steps: *sum,
                };
                self.minutes.entry(begin(*day) + MORNING).or_default().push(told);
            }
        }
    }
}

/// Day and hour of `4/12/2016` or `4/12/2016 1:00:00 PM`.
fn moment(text: &str) -> Option<(Day, u8)> {
    let (date, clock) = text.split_once(' ').unwrap_or((text, ""));
    let mut parts = date.split('/').map(str::parse::<u16>);
    let (month, day, year) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let day = Day::parse(&format!("{year:04}-{month:02}-{day:02}"))?;
    if clock.is_empty() {
        return Some((day, 0));
    }
    let hour: u8 = clock.split(':').next()?.parse().ok()?;
    let hour = match (hour, clock.ends_with("PM")) {
        (12, false) => 0,
        (12, true) => 12,
        (hour @ 1..12, false) => hour,
        (hour @ 1..12, true) => hour + 12,
        _ => return None,
    };
    Some((day, hour))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_american_clock_are_read() {
        let day = Day::parse("2016-04-12").unwrap();
        for (text, hour) in [
            ("4/12/2016", 0),
            ("4/12/2016 12:00:00 AM", 0),
            ("4/12/2016 1:00:00 AM", 1),
            ("4/12/2016 12:00:00 PM", 12),
            ("4/12/2016 11:00:00 PM", 23),
        ] {
            assert_eq!(moment(text), Some((day, hour)), "{text}");
        }
        for wrong in ["", "4/12", "13/41/2016", "4/12/2016 13:00:00 PM", "yesterday"] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn made_up_walks_rise_through_a_day_and_differ_by_seed() {
        let (one, same, other) = (Walks::made_up(1), Walks::made_up(1), Walks::made_up(2));
        assert_eq!(one.minutes, same.minutes);
        assert_ne!(one.minutes, other.minutes);
        assert_eq!(one.people().len(), 30);
        let mut last: BTreeMap<(usize, Day), u32> = BTreeMap::new();
        for told in one.minutes.values().flatten() {
            let before = last.insert((told.person, told.day), told.steps);
            assert!(before.is_none_or(|before| before < told.steps));
        }
    }
}
