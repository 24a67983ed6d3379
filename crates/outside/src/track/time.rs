//! Times as files write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// From `2026-11-24T08:12:00+08:00`, microseconds since the epoch.
pub(super) fn zoned(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond)
}

/// The same; without an offset it is UTC, as GPX and TCX have it.
pub(super) fn zoned_or_utc(text: &str) -> Option<i64> {
    zoned(text).or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        let at = TimeZone::UTC.to_timestamp(civil).ok()?;
        Some(at.as_microsecond())
    })
}

/// From a number of seconds, milliseconds or microseconds since the epoch; which, its size tells: as seconds, 10^11 is the
/// year 5138, as milliseconds 1973. Rows of one file may differ.
pub(super) fn since_epoch(number: f64) -> Option<i64> {
    let us = match number.abs() {
        n if n < 1e11 => number * 1e6,
        n if n < 1e14 => number * 1e3,
        n if n < 1e17 => number,
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "at most 10^17")]
    Some(us.round() as i64)
}

/// From RFC 3339 or a number since the epoch.
pub(super) fn any(text: &str) -> Option<i64> {
    text.parse::<f64>().map_or_else(|_| zoned(text), since_epoch)
}
