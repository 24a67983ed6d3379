//! Trading days: Monday to Friday without the holidays that are named for a year.

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use super::ProfileError;
use crate::measure::{Day, Text};

/// When a country's exchanges are closed besides weekends. A make-up workday on a weekend is no trading day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Its word, by which a profile names it.
    pub id: String,
    /// The years that are known.
    #[serde(rename = "year")]
    pub years: Vec<Year>,
}

/// The holidays of a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Year {
    /// The calendar year.
    pub year: i16,
    /// Where they were announced.
    pub source: String,
    /// The holidays.
    pub closed: Vec<Closed>,
}

/// A holiday, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// Its name.
    pub name: Text,
    /// Its first day, `2026-02-15`.
    pub from: String,
    /// Its last day.
    pub to: String,
}

impl Closed {
    fn days(&self) -> Option<(Day, Day)> {
        Some((Day::parse(&self.from)?, Day::parse(&self.to)?)).filter(|(from, to)| from <= to)
    }
}

impl Calendar {
    /// Reads a calendar's file.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let calendar: Calendar = toml::from_str(text).map_err(|error| ProfileError::Unreadable(error.to_string()))?;
        for closed in calendar.years.iter().flat_map(|year| &year.closed) {
            if closed.days().is_none() {
                return Err(ProfileError::Holiday(format!("{} to {}", closed.from, closed.to)));
            }
        }
        Ok(calendar)
    }

    /// Whether the holidays of the day's year are known.
    pub fn knows(&self, day: Day) -> bool {
        self.years.iter().any(|year| year.year == day.year())
    }

    /// The holiday of a day.
    pub fn holiday(&self, day: Day) -> Option<&Closed> {
        self.years
            .iter()
            .flat_map(|year| &year.closed)
            .find(|closed| closed.days().is_some_and(|(from, to)| (from..=to).contains(&day)))
    }

    /// Whether there is trading on a day; in a year that is not known, on every weekday.
    pub fn is_trading_day(&self, day: Day) -> bool {
        let weekend = matches!(day.date().weekday(), Weekday::Saturday | Weekday::Sunday);
        !weekend && self.holiday(day).is_none()
    }

    /// The trading day so many trading days after a day.
    pub fn after(&self, day: Day, trading_days: u32) -> Day {
        let mut at = day;
        for _ in 0..trading_days {
            at = at.plus(1);
            // the longest closure there has been is ten days
            for _ in 0..31 {
                if self.is_trading_day(at) {
                    break;
                }
                at = at.plus(1);
            }
        }
        at
    }
}
