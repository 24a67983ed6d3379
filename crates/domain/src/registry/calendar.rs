//! Working days: Monday to Friday, less the holidays, plus the weekend days that are worked for them (调休).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::measure::Day;

/// The working days of a stretch of time, as the state announces them a year ahead. Says nothing about other days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// The first day that it knows.
    pub from: Day,
    /// The last day that it knows.
    pub through: Day,
    /// Weekdays that are free.
    pub holidays: BTreeSet<Day>,
    /// Weekend days that are worked.
    pub worked: BTreeSet<Day>,
}

/// A day that the calendar does not know; ask again when it has been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the working days of {0} are not known; the calendar needs the holidays of that year")]
pub struct UnknownDay(pub Day);

impl Calendar {
    /// Whether a day is worked.
    pub fn is_working(&self, day: Day) -> Result<bool, UnknownDay> {
        if day < self.from || day > self.through {
            return Err(UnknownDay(day));
        }
        // 1970-01-01 was a Thursday: Monday is 0
        let weekend = (day.epoch_days().rem_euclid(7) + 3) % 7 >= 5;
        Ok(if weekend {
            self.worked.contains(&day)
        } else {
            !self.holidays.contains(&day)
        })
    }

    /// The first day after `count` whole working days that follow a day: what is published on that day was then shown
    /// for so many working days, the day of publishing not counted.
    pub fn after(&self, day: Day, count: u32) -> Result<Day, UnknownDay> {
        let (mut day, mut shown) = (day, 0);
        while shown < count {
            day = day.plus(1);
            shown += u32::from(self.is_working(day)?);
        }
        Ok(day.plus(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn calendar() -> Calendar {
        // a made-up week off and a Sunday worked for it
        Calendar {
            from: day("2026-01-01"),
            through: day("2026-12-31"),
            holidays: (1..=7).map(|n| day(&format!("2026-10-0{n}"))).collect(),
            worked: [day("2026-10-10")].into(),
        }
    }

    #[test]
    fn weekends_and_holidays_do_not_count() {
        let calendar = calendar();
        for (text, working) in [
            ("2026-11-23", true),  // Monday
            ("2026-11-27", true),  // Friday
            ("2026-11-28", false), // Saturday
            ("2026-11-29", false), // Sunday
            ("2026-10-01", false),
            ("2026-10-10", true), // a Saturday that is worked
        ] {
            assert_eq!(calendar.is_working(day(text)), Ok(working), "{text}");
        }
        assert_eq!(
            calendar.is_working(day("2027-01-01")),
            Err(UnknownDay(day("2027-01-01")))
        );
    }

    #[test]
    fn seven_working_days_are_shown_in_full() {
        let calendar = calendar();
        // Monday 23rd: 24, 25, 26, 27, 30, 1, 2
        assert_eq!(calendar.after(day("2026-11-23"), 7), Ok(day("2026-12-03")));
        // Wednesday 30 September: 8, 9, 10 (worked), 12, 13, 14, 15 October
        assert_eq!(calendar.after(day("2026-09-30"), 7), Ok(day("2026-10-16")));
        assert_eq!(calendar.after(day("2026-11-23"), 0), Ok(day("2026-11-24")));
        assert_eq!(calendar.after(day("2026-12-28"), 7), Err(UnknownDay(day("2027-01-01"))));
    }
}
