//! Serial numbers: one a tonne, kept as ranges that split and merge and never overlap.
//!
//! `CN-BJ-metro-trip-2026-7-1-24000` are the units 1 to 24,000 of batch 7 of the programme BJ. A methodology's id may
//! have hyphens, nothing else may; so the parts are told from both ends, and a text has one reading.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The last number that a unit can have: as many tonnes as 64-bit milligrams can say.
pub const LAST_NUMBER: u64 = 9_223_372_036;

/// The word in the place of the methodology where a batch pools several.
pub const SEVERAL: &str = "multi";

const COUNTRY: &str = "CN";

/// What is wrong with a serial number or a prefix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SerialError {
    /// Too few parts, or far too long.
    #[error("a serial range reads CN-<programme>-<methodology>-<vintage>-<batch>-<first>-<last>")]
    Parts,
    /// Another country.
    #[error("a serial number begins with CN-, not \"{0}\"")]
    Country(String),
    /// Not 2 to 12 capital letters and digits.
    #[error("\"{0}\" is no programme code: 2 to 12 capital letters and digits")]
    Programme(String),
    /// Not a methodology's id.
    #[error("\"{0}\" is no methodology: 1 to 60 small letters, digits and hyphens")]
    Methodology(String),
    /// Not a year.
    #[error("\"{0}\" is no vintage: a year from 1970 to 9998")]
    Vintage(String),
    /// Not a batch number.
    #[error("\"{0}\" is no batch number: 1 to 4294967295, without leading zeros")]
    Batch(String),
    /// Not a unit's number.
    #[error("\"{0}\" is no unit number: 1 to {LAST_NUMBER}, without leading zeros")]
    Number(String),
    /// The last comes before the first.
    #[error("the range ends at {last}, before it begins at {first}")]
    Order {
        /// The number it begins with.
        first: u64,
        /// The number it ends with.
        last: u64,
    },
}

/// Why two ranges do not make one, or one does not make two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Apart {
    /// The two are of different batches.
    #[error("the ranges are of different batches")]
    Foreign,
    /// The two share units: one of them is false.
    #[error("the ranges overlap")]
    Overlap,
    /// There is something between the two.
    #[error("the ranges do not touch")]
    Gap,
    /// The cut would leave one part without units, or lies outside.
    #[error("the range cannot be cut there")]
    Outside,
    /// It has fewer units than were asked for, or none were asked for.
    #[error("the range has {have} units, {need} were asked for")]
    Count {
        /// The units it has.
        have: u64,
        /// The units asked for.
        need: u64,
    },
}

/// What the serial numbers of one batch have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prefix {
    programme: Box<str>,
    methodology: Box<str>,
    vintage: i16,
    batch: u32,
}

/// At most 40 characters of a wrong text, for the message.
fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

/// An integer as it prints: digits without leading zeros.
fn canonical(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (digits && !text.starts_with('0')).then(|| text.parse().ok())?
}

impl Prefix {
    /// The prefix of a batch. `programme` is 2 to 12 capital letters and digits; `methodology` a methodology's id, or
    /// [`SEVERAL`]; `vintage` the year of the reductions, 1970 to 9998; `batch` counts from 1 within the programme.
    pub fn new(programme: &str, methodology: &str, vintage: i16, batch: u32) -> Result<Self, SerialError> {
        let code = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        if !(2..=12).contains(&programme.len()) || !programme.bytes().all(code) {
            return Err(SerialError::Programme(shown(programme)));
        }
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !(1..=60).contains(&methodology.len()) || !methodology.bytes().all(plain) {
            return Err(SerialError::Methodology(shown(methodology)));
        }
        if !(1970..9999).contains(&vintage) {
            return Err(SerialError::Vintage(vintage.to_string()));
        }
        if batch == 0 {
            return Err(SerialError::Batch(batch.to_string()));
        }
        Ok(Prefix {
            programme: programme.into(),
            methodology: methodology.into(),
            vintage,
            batch,
        })
    }

    /// The programme's code.
    pub fn programme(&self) -> &str {
        &self.programme
    }

    /// The methodology's id, or [`SEVERAL`].
    pub fn methodology(&self) -> &str {
        &self.methodology
    }

    /// The year of the reductions.
    pub const fn vintage(&self) -> i16 {
        self.vintage
    }

    /// The batch's number within the programme.
    pub const fn batch(&self) -> u32 {
        self.batch
    }

    fn of_parts(text: &str) -> Result<Self, SerialError> {
        let (country, rest) = text.split_once('-').ok_or(SerialError::Parts)?;
        if country != COUNTRY {
            return Err(SerialError::Country(shown(country)));
        }
        let (programme, rest) = rest.split_once('-').ok_or(SerialError::Parts)?;
        let mut from_the_end = rest.rsplitn(3, '-');
        let (Some(batch), Some(vintage), Some(methodology)) =
            (from_the_end.next(), from_the_end.next(), from_the_end.next())
        else {
            return Err(SerialError::Parts);
        };
        let year = canonical(vintage).and_then(|year| i16::try_from(year).ok());
        let year = year.ok_or_else(|| SerialError::Vintage(shown(vintage)))?;
        let number = canonical(batch).and_then(|batch| u32::try_from(batch).ok());
        let number = number.ok_or_else(|| SerialError::Batch(shown(batch)))?;
        Self::new(programme, methodology, year, number)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{COUNTRY}-{}-{}-{}-{}",
            self.programme, self.methodology, self.vintage, self.batch
        )
    }
}

impl FromStr for Prefix {
    type Err = SerialError;

    fn from_str(text: &str) -> Result<Self, SerialError> {
        if text.len() > MOST_TEXT {
            return Err(SerialError::Parts);
        }
        Self::of_parts(text)
    }
}

/// Longer than any serial number.
const MOST_TEXT: usize = 140;

/// Units of one batch, from a first to a last number; at least one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SerialRange {
    prefix: Prefix,
    first: u64,
    last: u64,
}

impl SerialRange {
    /// The units `first` to `last` of a batch, both included; 1 to [`LAST_NUMBER`].
    pub fn new(prefix: Prefix, first: u64, last: u64) -> Result<Self, SerialError> {
        for number in [first, last] {
            if !(1..=LAST_NUMBER).contains(&number) {
                return Err(SerialError::Number(number.to_string()));
            }
        }
        if first > last {
            return Err(SerialError::Order { first, last });
        }
        Ok(SerialRange { prefix, first, last })
    }

    /// The part of this range that has these numbers: for callers that have cut it from this range.
    fn part(&self, first: u64, last: u64) -> Self {
        SerialRange {
            prefix: self.prefix.clone(),
            first,
            last,
        }
    }

    /// What its numbers have in common.
    pub const fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// Its first number.
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// Its last number.
    pub const fn last(&self) -> u64 {
        self.last
    }

    /// How many units it has, in tonnes; at least one.
    pub const fn tonnes(&self) -> u64 {
        self.last - self.first + 1
    }

    /// Whether every unit of the other is one of its own.
    pub fn contains(&self, other: &SerialRange) -> bool {
        self.prefix == other.prefix && self.first <= other.first && other.last <= self.last
    }

    /// The units that are in both.
    pub fn common(&self, other: &SerialRange) -> Option<SerialRange> {
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        (self.prefix == other.prefix && first <= last).then(|| self.part(first, last))
    }

    /// Cut in two, the second beginning with a number. Neither is empty, and they cannot overlap.
    pub fn split(self, second: u64) -> Result<(SerialRange, SerialRange), Apart> {
        if second <= self.first || second > self.last {
            return Err(Apart::Outside);
        }
        let right = self.part(second, self.last);
        Ok((
            SerialRange {
                last: second - 1,
                ..self
            },
            right,
        ))
    }

    /// Its lowest `n` units, and what is left.
    pub fn take(self, n: u64) -> Result<(SerialRange, Option<SerialRange>), Apart> {
        let have = self.tonnes();
        if n == 0 || n > have {
            return Err(Apart::Count { have, need: n });
        }
        if n == have {
            return Ok((self, None));
        }
        let second = self.first + n;
        self.split(second).map(|(taken, rest)| (taken, Some(rest)))
    }

    /// One range of two that touch, in either order.
    pub fn merge(self, other: SerialRange) -> Result<SerialRange, Apart> {
        if self.prefix != other.prefix {
            return Err(Apart::Foreign);
        }
        let (low, high) = if self.first <= other.first {
            (self, other)
        } else {
            (other, self)
        };
        match high.first.checked_sub(low.last) {
            None | Some(0) => Err(Apart::Overlap),
            Some(1) => Ok(SerialRange { last: high.last, ..low }),
            Some(_) => Err(Apart::Gap),
        }
    }
}

impl fmt::Display for SerialRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.prefix, self.first, self.last)
    }
}

impl FromStr for SerialRange {
    type Err = SerialError;

    fn from_str(text: &str) -> Result<Self, SerialError> {
        if text.len() > MOST_TEXT {
            return Err(SerialError::Parts);
        }
        let mut from_the_end = text.rsplitn(3, '-');
        let (Some(last), Some(first), Some(prefix)) = (from_the_end.next(), from_the_end.next(), from_the_end.next())
        else {
            return Err(SerialError::Parts);
        };
        let prefix = Prefix::of_parts(prefix)?;
        let number = |text: &str| canonical(text).ok_or_else(|| SerialError::Number(shown(text)));
        Self::new(prefix, number(first)?, number(last)?)
    }
}

impl TryFrom<String> for Prefix {
    type Error = SerialError;

    fn try_from(text: String) -> Result<Self, SerialError> {
        text.parse()
    }
}

impl From<Prefix> for String {
    fn from(prefix: Prefix) -> String {
        prefix.to_string()
    }
}

impl TryFrom<String> for SerialRange {
    type Error = SerialError;

    fn try_from(text: String) -> Result<Self, SerialError> {
        text.parse()
    }
}

impl From<SerialRange> for String {
    fn from(range: SerialRange) -> String {
        range.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range(text: &str) -> SerialRange {
        text.parse().unwrap()
    }

    #[test]
    fn a_range_prints_as_it_reads() {
        for text in [
            "CN-BJ-metro-trip-2026-7-1-24000",
            "CN-B2-multi-1970-4294967295-9223372036-9223372036",
            "CN-BJ-bus-2020-2026-1-5-5",
        ] {
            assert_eq!(range(text).to_string(), text);
        }
        let range = range("CN-BJ-bus-2020-2026-1-5-6");
        let prefix = range.prefix();
        assert_eq!(
            (prefix.methodology(), prefix.vintage(), prefix.batch()),
            ("bus-2020", 2026, 1)
        );
        assert_eq!(range.tonnes(), 2);
    }

    #[test]
    fn a_wrong_text_is_told_what_is_wrong() {
        let long = format!("CN-BJ-{}-2026-1-1-2", "a".repeat(200));
        let wrong = |text: &str| text.parse::<SerialRange>().unwrap_err();
        for text in ["", "CN", "CN-BJ-1-2", "-------", &long] {
            assert!(
                matches!(wrong(text), SerialError::Parts | SerialError::Country(_)),
                "{text}: {}",
                wrong(text)
            );
        }
        for (text, error) in [
            ("US-BJ-walk-2026-1-1-2", SerialError::Country("US".to_owned())),
            ("CN-bj-walk-2026-1-1-2", SerialError::Programme("bj".to_owned())),
            ("CN-BJ-Walk-2026-1-1-2", SerialError::Methodology("Walk".to_owned())),
            ("CN-BJ--2026-1-1-2", SerialError::Methodology(String::new())),
            ("CN-BJ-walk-26-1-1-2", SerialError::Vintage("26".to_owned())),
            ("CN-BJ-walk-2026-01-1-2", SerialError::Batch("01".to_owned())),
            ("CN-BJ-walk-2026-0-1-2", SerialError::Batch("0".to_owned())),
            ("CN-BJ-walk-2026-1-0-2", SerialError::Number("0".to_owned())),
            ("CN-BJ-walk-2026-1-1-２", SerialError::Number("２".to_owned())),
            ("CN-BJ-walk-2026-1-1-+2", SerialError::Number("+2".to_owned())),
            (
                "CN-BJ-walk-2026-1-1-9223372037",
                SerialError::Number("9223372037".to_owned()),
            ),
            ("CN-BJ-walk-2026-1-9-2", SerialError::Order { first: 9, last: 2 }),
        ] {
            assert_eq!(wrong(text), error, "{text}");
        }
    }

    #[test]
    fn a_range_is_cut_so_that_the_parts_cannot_overlap() {
        let all = range("CN-BJ-walk-2026-1-1-100");
        let (left, right) = all.clone().split(26).unwrap();
        assert_eq!(left, range("CN-BJ-walk-2026-1-1-25"));
        assert_eq!(right, range("CN-BJ-walk-2026-1-26-100"));
        for outside in [0, 1, 101, u64::MAX] {
            assert_eq!(all.clone().split(outside), Err(Apart::Outside));
        }
        assert_eq!(all.clone().take(0), Err(Apart::Count { have: 100, need: 0 }));
        assert_eq!(all.clone().take(101), Err(Apart::Count { have: 100, need: 101 }));
        assert_eq!(all.clone().take(100), Ok((all.clone(), None)));
        assert!(left.common(&right).is_none());
        assert_eq!(
            all.common(&range("CN-BJ-walk-2026-1-90-120")),
            Some(range("CN-BJ-walk-2026-1-90-100"))
        );
        assert!(all.contains(&left) && !left.contains(&all));
        assert_eq!(left.clone().merge(all.clone()), Err(Apart::Overlap));
        assert_eq!(right.clone().merge(left.clone()), Ok(all));
        assert_eq!(left.clone().merge(range("CN-BJ-walk-2026-1-27-30")), Err(Apart::Gap));
        assert_eq!(left.merge(range("CN-BJ-walk-2026-2-26-30")), Err(Apart::Foreign));
    }

    #[test]
    fn a_stored_range_that_is_none_is_refused() {
        let text = "\"CN-BJ-walk-2026-1-3-9\"";
        let read: SerialRange = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        assert!(serde_json::from_str::<SerialRange>("\"CN-BJ-walk-2026-1-9-3\"").is_err());
    }

    proptest! {
        #[test]
        fn cutting_loses_no_unit(first in 1u64..1000, n in 1u64..1000, at in 0u64..2100) {
            let prefix = Prefix::new("BJ", "walk", 2026, 1).unwrap();
            let all = SerialRange::new(prefix, first, first + n - 1).unwrap();
            if let Ok((left, right)) = all.clone().split(at) {
                prop_assert_eq!(left.tonnes() + right.tonnes(), all.tonnes());
                prop_assert!(left.last() < right.first());
                prop_assert_eq!(right.merge(left).unwrap(), all.clone());
            } else {
                prop_assert!(at <= first || at > all.last());
            }
            if let Ok((taken, rest)) = all.clone().take(at) {
                prop_assert_eq!(taken.tonnes(), at);
                prop_assert_eq!(taken.first(), first);
                prop_assert_eq!(rest.map_or(0, |rest| rest.tonnes()) + at, n);
            } else {
                prop_assert!(at == 0 || at > n);
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,60}|CN(-[A-Za-z0-9é]{0,5}){0,9}") {
            if let Ok(range) = text.parse::<SerialRange>() {
                prop_assert_eq!(range.to_string(), text.clone());
            }
            if let Ok(prefix) = text.parse::<Prefix>() {
                prop_assert_eq!(prefix.to_string(), text);
            }
        }
    }
}
