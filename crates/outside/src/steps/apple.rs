//! Apple Health's export: XML of any length, of which only records of steps count.
//!
//! Reading begins at the root, so no entity can have been declared, and ends with it. Depth, tags and texts are limited.

use std::io::BufRead;

use domain::evidence::StepsFacts;
use domain::measure::Zone;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Error, Reader, XmlVersion};

use super::collect::{Calendar, Counts};
use super::guard::Guard;
use super::{Limits, StepsError, failed, find};

const ROOT: &[u8] = b"<HealthData";
const STEPS: &str = "HKQuantityTypeIdentifierStepCount";

/// Tags within tags; the export has four.
const DEPTH: u32 = 64;

/// Where the root begins.
pub(super) fn root(head: &[u8]) -> Option<usize> {
    let at = find(head, ROOT)?;
    let next = head.get(at + ROOT.len())?;
    (next.is_ascii_whitespace() || *next == b'>').then_some(at)
}

/// One record of steps.
struct Record {
    source: usize,
    seconds: (i64, i64),
    steps: u32,
}

pub(super) fn read<R: BufRead>(input: Guard<R>, zone: &Zone, limits: &Limits) -> Result<Vec<StepsFacts>, StepsError> {
    let mut reader = Reader::from_reader(input);
    reader.config_mut().check_end_names = false; // names are not needed, and would be kept
    let since_s = limits
        .since
        .map_or(i64::MIN, |since| zone.start_of(since).div_euclid(1_000_000));
    let mut found = Found {
        counts: Counts::new(limits),
        calendar: Calendar::new(zone),
        since_s,
        typed: 0,
        unreadable: 0,
    };
    let mut buffer = Vec::new();
    let mut depth = 0_u32;
    // a record that has tags inside, and whether one of them says that it was typed
    let mut open: Option<(Record, bool)> = None;
    loop {
        buffer.clear();
        reader.get_mut().begin_piece();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Empty(tag)) => {
                if depth == 1 {
                    if let Some(record) = found.record(&tag)? {
                        found.take(&record)?;
                    }
                } else if let Some((_, typed)) = &mut open {
                    *typed |= says_typed(&tag);
                }
            }
            Ok(Event::Start(tag)) => {
                if depth == 1 {
                    open = found.record(&tag)?.map(|record| (record, false));
                } else if let Some((_, typed)) = &mut open {
                    *typed |= says_typed(&tag);
                }
                depth += 1;
                if depth > DEPTH {
                    return Err(StepsError::Broken("tags lie too deep in each other".to_owned()));
                }
            }
            Ok(Event::End(_)) => {
                depth = depth.saturating_sub(1);
                match open.take() {
                    Some((_, true)) if depth == 1 => found.typed += 1,
                    Some((record, false)) if depth == 1 => found.take(&record)?,
                    still => open = still,
                }
                if depth == 0 {
                    break;
                }
            }
            Ok(Event::Eof) => return Err(StepsError::Broken("it is cut short".to_owned())),
            Ok(_) => {}
            Err(Error::Io(error)) => return Err(failed(reader.get_ref(), &error, limits)),
            Err(error) => {
                let at = reader.error_position();
                return Err(StepsError::Broken(format!("{error} (byte {at} of its data)")));
            }
        }
    }
    found.finish()
}

struct Found<'a> {
    counts: Counts<'a>,
    calendar: Calendar<'a>,
    since_s: i64,
    typed: u64,
    unreadable: u64,
}

impl Found<'_> {
    /// The record of a tag, if it is one of steps in the days that count.
    fn record(&mut self, tag: &BytesStart<'_>) -> Result<Option<Record>, StepsError> {
        if tag.name().as_ref() != "Record" {
            return Ok(None);
        }
        let (mut source, mut start, mut end, mut value) = (None, None, None, None);
        let mut steps = false;
        for attribute in tag.attributes().with_checks(false) {
            // what comes after a damaged attribute cannot be told apart
            let Ok(attribute) = attribute else { break };
            match attribute.key.as_ref() {
                "type" if attribute.value == STEPS => steps = true,
                "type" => return Ok(None),
                "sourceName" => source = Some(attribute),
                "startDate" => start = instant(&attribute.value),
                "endDate" => end = instant(&attribute.value),
                "value" => value = whole(&attribute.value),
                _ => {}
            }
        }
        if !steps {
            return Ok(None);
        }
        let (Some(start_s), Some(end_s), Some(value)) = (start, end, value) else {
            self.unreadable += 1;
            return Ok(None);
        };
        if end_s < start_s {
            self.unreadable += 1;
            return Ok(None);
        }
        if end_s < self.since_s {
            return Ok(None);
        }
        let name = source.map_or_else(String::new, |source| {
            let plain = source
                .normalized_value(XmlVersion::Implicit1_0)
                .map(std::borrow::Cow::into_owned);
            plain.unwrap_or_else(|_| source.value.into_owned())
        });
        let source = self.counts.source(&format!("apple:{name}"))?;
        Ok(Some(Record {
            source,
            seconds: (start_s, end_s),
            steps: value,
        }))
    }

    fn take(&mut self, record: &Record) -> Result<(), StepsError> {
        self.counts
            .stretch(&mut self.calendar, record.source, record.seconds, record.steps)
    }

    fn finish(self) -> Result<Vec<StepsFacts>, StepsError> {
        if !self.counts.is_empty() {
            Ok(self.counts.finish())
        } else if self.typed > 0 {
            Err(StepsError::Typed)
        } else if self.unreadable > 0 {
            let count = self.unreadable;
            Err(StepsError::Broken(format!(
                "none of its {count} records of steps can be read"
            )))
        } else {
            Err(StepsError::NoSteps)
        }
    }
}

/// Whether this tag inside a record says that a person typed it.
fn says_typed(tag: &BytesStart<'_>) -> bool {
    let is = |name: &str, value: &str| {
        let attribute = tag.try_get_attribute(name).ok().flatten();
        attribute.is_some_and(|attribute| attribute.value == value)
    };
    tag.name().as_ref() == "MetadataEntry" && is("key", "HKWasUserEntered") && is("value", "1")
}

/// A count of steps; what comes after the point is left out.
fn whole(text: &str) -> Option<u32> {
    let (number, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!number.is_empty() && digits(number) && digits(rest))
        .then(|| number.parse().ok())
        .flatten()
}

/// Reads `2026-11-24 08:01:23 +0800` to seconds since the epoch; years 1970 to 2199.
fn instant(text: &str) -> Option<i64> {
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b' ',
        h1,
        h2,
        b':',
        i1,
        i2,
        b':',
        s1,
        s2,
        b' ',
        sign @ (b'+' | b'-'),
        oh1,
        oh2,
        om1,
        om2,
    ] = *<&[u8; 25]>::try_from(text.as_bytes()).ok()?
    else {
        return None;
    };
    let two = |tens: u8, ones: u8| {
        let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
        digits.then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
    };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    let (month, day) = (two(m1, m2)?, two(d1, d2)?);
    let (hour, minute, second) = (two(h1, h2)?, two(i1, i2)?, two(s1, s2)?);
    let offset_s = two(oh1, oh2)? * 3600 + two(om1, om2)? * 60;
    let sound = (1970..2200).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61
        && offset_s <= 15 * 3600;
    let offset_s = if sign == b'-' { -offset_s } else { offset_s };
    sound.then(|| days_before(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset_s)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, counted in years that begin in March, so that the leap day
/// is the last (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leaps = year / 4 - year / 100 + year / 400;
    year * 365 + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_as_the_calendar_has_them() {
        let mut day: jiff::civil::Date = "1970-01-02".parse().unwrap();
        while day.year() < 2110 {
            let text = format!("{day} 23:59:07 +0800");
            let expected = jiff::tz::TimeZone::UTC.to_timestamp(day.at(15, 59, 7, 0)).unwrap();
            assert_eq!(instant(&text), Some(expected.as_second()), "{text}");
            day = day.tomorrow().unwrap();
        }
        assert_eq!(instant("1970-01-01 00:00:00 +0000"), Some(0));
        assert_eq!(instant("2026-11-24 08:01:23 -0330"), Some(1_795_519_883));
    }

    #[test]
    fn what_is_no_instant_is_none() {
        for text in [
            "",
            "2026-11-24T08:01:23 +0800",
            "2026-11-24 08:01:23",
            "2026-13-24 08:01:23 +0800",
            "2026-11-24 24:01:23 +0800",
            "2026-11-24 08:01:23 +9900",
            "1969-11-24 08:01:23 +0800",
            "2026-11-2x 08:01:23 +0800",
            "2026-11-24 08:01:23 +08000",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn counts_are_whole() {
        for (text, steps) in [
            ("532", Some(532)),
            ("532.9", Some(532)),
            ("0", Some(0)),
            ("4294967295", Some(u32::MAX)),
            ("4294967296", None),
            ("-5", None),
            ("+5", None),
            ("1e3", None),
            ("", None),
            (".5", None),
        ] {
            assert_eq!(whole(text), steps, "{text}");
        }
    }
}
