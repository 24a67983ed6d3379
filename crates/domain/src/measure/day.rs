//! Civil days, months and years of a programme's time zone.

use std::fmt;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A civil day, as days since 1970-01-01. Written as text, e.g. `2026-11-24`; days that were written as their number are
/// read as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl de::Visitor<'_> for Reader {
            type Value = Day;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a civil day such as 2026-11-24")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Day, E> {
                Day::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Day, E> {
                let days = i32::try_from(number);
                days.map(Day)
                    .map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Day, E> {
                let days = i32::try_from(number);
                days.map(Day)
                    .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

impl Day {
    /// From days since 1970-01-01.
    pub const fn from_epoch_days(days: i32) -> Self {
        Day(days)
    }

    /// Days since 1970-01-01.
    pub const fn epoch_days(self) -> i32 {
        self.0
    }

    /// Reads `2026-11-24`.
    pub fn parse(text: &str) -> Option<Self> {
        let date: Date = text.parse().ok()?;
        Some(Self::of_date(date))
    }

    fn of_date(date: Date) -> Self {
        let days = date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24;
        Day(i32::try_from(days).unwrap_or(0)) // a civil date is within +-9999 years
    }

    /// The civil date.
    pub fn date(self) -> Date {
        let span = jiff::Span::new().try_days(self.0).unwrap_or_default();
        Date::constant(1970, 1, 1).saturating_add(span)
    }

    /// The day so many days later; earlier if negative. Stays at the ends of the range.
    #[must_use]
    pub const fn plus(self, days: i32) -> Self {
        Day(self.0.saturating_add(days))
    }

    /// The calendar year.
    pub fn year(self) -> i16 {
        self.date().year()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date())
    }
}

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    /// 1 to 12.
    month: i8,
}

impl Month {
    /// The month that a day lies in.
    pub fn of(day: Day) -> Self {
        let date = day.date();
        Month {
            year: date.year(),
            month: date.month(),
        }
    }

    /// Reads `2026-11`; years 1970 to 9998.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let plain = year.len() == 4 && month.len() == 2 && digits(year) && digits(month);
        let (year, month) = (year.parse().ok()?, month.parse().ok()?);
        (plain && (1970..9999).contains(&year) && (1..=12).contains(&month)).then_some(Month { year, month })
    }

    /// Its first day.
    pub fn first(self) -> Day {
        Date::new(self.year, self.month, 1).map_or(Day(0), Day::of_date)
    }

    /// The month `months` later, or earlier if negative.
    #[must_use]
    pub fn plus(self, months: i16) -> Self {
        let number = (i32::from(self.year) * 12 + i32::from(self.month) - 1 + i32::from(months)).max(0);
        Month {
            year: i16::try_from(number / 12).unwrap_or(i16::MAX),
            month: i8::try_from(number % 12 + 1).unwrap_or(1),
        }
    }

    /// The calendar year.
    pub const fn year(self) -> i16 {
        self.year
    }

    /// 1 to 12.
    pub const fn number(self) -> i8 {
        self.month
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// A stretch of civil time over which a cap counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// One civil day.
    Day,
    /// One calendar month.
    Month,
    /// One calendar year.
    Year,
}

impl Period {
    /// The number of the period that a day lies in; equal numbers mean the same period.
    pub fn number(self, day: Day) -> i32 {
        match self {
            Period::Day => day.0,
            Period::Month => i32::from(day.date().year()) * 12 + i32::from(day.date().month()) - 1,
            Period::Year => i32::from(day.year()),
        }
    }
}

/// A time zone by its IANA name, e.g. `Asia/Shanghai`.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone of a name, if the time zone database knows it.
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Zone)
    }

    /// The civil day on which an instant (microseconds since the epoch, UTC) falls here.
    pub fn day_of(&self, at_us: i64) -> Day {
        Timestamp::from_microsecond(at_us).map_or(Day(0), |at| Day::of_date(self.0.to_datetime(at).date()))
    }

    /// The instant's civil date and time here, for people: `2026-11-24 08:12`.
    pub fn clock_time(&self, at_us: i64) -> String {
        Timestamp::from_microsecond(at_us).map_or_else(
            |_| String::new(),
            |at| self.0.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string(),
        )
    }

    /// The instant's civil date and time here, to the second: `2026-11-24T08:12:00`; empty beyond the range.
    pub fn civil(&self, at_us: i64) -> String {
        Timestamp::from_microsecond(at_us).map_or_else(
            |_| String::new(),
            |at| self.0.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        )
    }

    /// The instant of a civil date and time here, as a form sends it: `2026-11-24T08:12`, perhaps with seconds; in
    /// microseconds since the epoch. A time that a change of the clock skips or repeats is read as jiff does by default.
    pub fn instant(&self, civil: &str) -> Option<i64> {
        let civil: jiff::civil::DateTime = civil.parse().ok()?;
        self.0.to_timestamp(civil).ok().map(Timestamp::as_microsecond)
    }

    /// The instant at which the clock on the wall shows so many minutes after the midnight that begins a civil day, in
    /// microseconds since the epoch; minutes beyond a day count on in the days that follow. A time that a change of
    /// the clock skips or repeats is read as jiff does by default. Beyond the calendar's range it is UTC's.
    pub fn at_minute(&self, day: Day, minute: u32) -> i64 {
        let (days, minute) = (minute / 1440, minute % 1440);
        let day = day.plus(i32::try_from(days).unwrap_or(i32::MAX));
        let time = i8::try_from(minute / 60).ok().zip(i8::try_from(minute % 60).ok());
        let civil = time.and_then(|(hour, minute)| jiff::civil::Time::new(hour, minute, 0, 0).ok());
        let exact = civil.and_then(|time| self.0.to_timestamp(day.date().to_datetime(time)).ok());
        exact.filter(|_| Day::of_date(day.date()) == day).map_or_else(
            || (i64::from(day.0) * 1440 + i64::from(minute)).saturating_mul(60_000_000),
            Timestamp::as_microsecond,
        )
    }

    /// The first instant of a civil day here, in microseconds since the epoch.
    pub fn start_of(&self, day: Day) -> i64 {
        self.0
            .to_timestamp(day.date().at(0, 0, 0, 0))
            .map_or(0, Timestamp::as_microsecond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_as_text_and_read_as_number_too() {
        let day = Day::parse("2026-11-24").unwrap();
        assert_eq!(serde_json::to_string(&day).unwrap(), "\"2026-11-24\"");
        for text in ["\"2026-11-24\"", "20781"] {
            assert_eq!(serde_json::from_str::<Day>(text).unwrap(), day, "{text}");
        }
        for text in ["\"2026-13-01\"", "99999999999", "1.5", "null", "\"\""] {
            assert!(serde_json::from_str::<Day>(text).is_err(), "{text}");
        }
        assert_eq!(serde_json::from_str::<Day>("-1").unwrap(), Day::from_epoch_days(-1));
    }

    #[test]
    fn a_civil_day_is_the_zones_own() {
        let shanghai = Zone::named("Asia/Shanghai").unwrap();
        let late: Timestamp = "2026-11-24T16:00:00Z".parse().unwrap();
        assert_eq!(shanghai.day_of(late.as_microsecond()).to_string(), "2026-11-25");
        assert_eq!(shanghai.day_of(late.as_microsecond() - 1).to_string(), "2026-11-24");
        assert_eq!(
            shanghai.start_of(Day::parse("2026-11-25").unwrap()),
            late.as_microsecond()
        );
        assert_eq!(shanghai.instant("2026-11-25T00:00"), Some(late.as_microsecond()));
        assert_eq!(shanghai.instant("25 November"), None);
        assert!(Zone::named("Mars/Olympus").is_none());
    }

    #[test]
    fn months_follow_each_other_over_the_end_of_a_year() {
        let month = Month::parse("2026-12").unwrap();
        assert_eq!(month.plus(1).to_string(), "2027-01");
        assert_eq!(month.plus(-12).to_string(), "2025-12");
        assert_eq!(month.plus(-11).first().to_string(), "2026-01-01");
        assert_eq!(Month::of(Day::parse("2026-12-31").unwrap()), month);
        for wrong in ["2026-13", "2026-00", "2026-1", "+026-01", "1969-12", "9999-01", "x"] {
            assert_eq!(Month::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn periods_count_from_day_to_year() {
        let day = Day::parse("2026-11-24").unwrap();
        assert_eq!(Period::Year.number(day), 2026);
        assert_eq!(Period::Month.number(day), 2026 * 12 + 10);
        assert_eq!(Period::Day.number(Day::parse("1970-01-01").unwrap()), 0);
        assert_eq!(Day::parse("1969-12-31").unwrap().epoch_days(), -1);
    }
}
