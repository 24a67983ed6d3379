//! Tables: Fitbit by day, hour or minute, Google Fit by day, and anything with a column of days and one of steps.
//!
//! The first line that names such columns says what the table is; before it may stand a title. Cells are divided by
//! comma, semicolon or tab. Spreadsheets in Chinese write GBK, so names of columns are known in both encodings.

use std::io::BufRead;

use csv_core::ReadRecordResult;
use domain::evidence::StepsFacts;
use domain::measure::Day;

use super::collect::Counts;
use super::guard::Guard;
use super::{Limits, StepsError, failed};

/// Lines among which the names of columns must stand.
const TITLE_LINES: usize = 5;
/// Bytes of one line's cells, and how many cells.
const LINE: usize = 16 * 1024;
const CELLS: usize = 256;

/// Names that a column of days goes by, without spaces and in lower case; in GBK as well.
const DAY: &[&[u8]] = &[b"day", b"date", "日期".as_bytes(), b"\xc8\xd5\xc6\xda"];
const STEPS: &[&[u8]] = &[
    b"steps",
    b"step",
    b"stepcount",
    b"steptotal",
    b"totalsteps",
    "步数".as_bytes(),
    b"\xb2\xbd\xca\xfd",
];
const SOURCE: &[&[u8]] = &[b"source", b"device", "来源".as_bytes(), b"\xc0\xb4\xd4\xb4"];
const HOUR: &[&[u8]] = &[b"hour", "小时".as_bytes(), b"\xd0\xa1\xca\xb1"];
/// A column that Google's table has and few others.
const GOOGLE: &[&[u8]] = &[b"moveminutescount", b"heartminutes", b"heartpoints"];

/// What the columns of a table are, by their number.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Columns {
    origin: Origin,
    day: usize,
    steps: Steps,
    source: Option<usize>,
    /// A column that says whose row it is.
    person: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Fitbit,
    Google,
    Any,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Steps {
    /// A day's sum.
    Sum(usize),
    /// An hour's sum; the hour stands in a column of its own, or else behind the day.
    Hour { hour: Option<usize>, steps: usize },
    /// Sixty columns from this one on; the hour stands behind the day.
    Minutes(usize),
}

/// Whether a table that begins so has a column of steps.
pub(super) fn has_steps(head: &[u8]) -> bool {
    let mut rows = Rows::new(head);
    let mut input = Guard::new(head, u64::MAX);
    let limits = Limits::default();
    (0..TITLE_LINES).any(|_| matches!(rows.next(&mut input, &limits), Ok(Some(row)) if columns(&row).is_some()))
}

pub(super) fn read<R: BufRead>(mut input: Guard<R>, limits: &Limits) -> Result<Vec<StepsFacts>, StepsError> {
    let looks_like = "table";
    let mut rows = match input.fill_buf() {
        Ok(head) => Rows::new(head),
        Err(error) => return Err(failed(&input, &error, limits)),
    };
    let mut counts = Counts::new(limits);
    let mut known: Option<Columns> = None;
    let mut person: Option<Vec<u8>> = None;
    let mut titles = 0;
    loop {
        let row = match rows.next(&mut input, limits) {
            Ok(Some(row)) => row,
            Ok(None) => break,
            // a file without any line that is sound is no table at all
            Err(StepsError::Broken(_)) if known.is_none() => return Err(StepsError::NotSteps { looks_like }),
            Err(error) => return Err(error),
        };
        let line = row.line;
        if row.cells().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        let Some(columns) = &known else {
            known = columns(&row);
            titles += 1;
            if known.is_none() && titles >= TITLE_LINES {
                return Err(StepsError::NotSteps { looks_like });
            }
            // a table without names of columns: day, steps, source
            let Some(bare) = bare(&row).filter(|_| titles == 1 && known.is_none()) else {
                continue;
            };
            take(&bare, &row, &mut counts, &mut person).map_err(|why| at_line(line, why))?;
            known = Some(bare);
            continue;
        };
        take(columns, &row, &mut counts, &mut person).map_err(|why| at_line(line, why))?;
    }
    match known {
        None => Err(StepsError::NotSteps { looks_like }),
        Some(_) if counts.is_empty() => Err(StepsError::NoSteps),
        Some(_) => Ok(counts.finish()),
    }
}

/// Why a row is not taken.
enum Why {
    Row(&'static str),
    Other(StepsError),
}

impl From<StepsError> for Why {
    fn from(error: StepsError) -> Self {
        Why::Other(error)
    }
}

fn at_line(line: u64, why: Why) -> StepsError {
    match why {
        Why::Row(why) => StepsError::Broken(format!("line {line}: {why}")),
        Why::Other(error) => error,
    }
}

/// Counts one row.
fn take(columns: &Columns, row: &Row<'_>, counts: &mut Counts<'_>, person: &mut Option<Vec<u8>>) -> Result<(), Why> {
    const CUT: Why = Why::Row("it is cut short");
    const NUMBER: Why = Why::Row("the steps are no whole number");
    if let Some(column) = columns.person {
        let whose = row.cell(column).ok_or(CUT)?;
        match person {
            Some(known) if *known != whose => return Err(StepsError::SeveralPeople.into()),
            Some(_) => {}
            None => *person = Some(whose.to_vec()),
        }
    }
    let stamp = row.text(columns.day).ok_or(CUT)?;
    let (date, time) = match stamp.split_once([' ', 'T']) {
        Some((date, time)) => (date, time),
        None => (stamp, ""),
    };
    let fitbit = columns.origin == Origin::Fitbit;
    let day = if fitbit { american(date) } else { plain(date) };
    let day = day.ok_or(Why::Row("the day cannot be read; write it as 2026-11-24"))?;

    let name = match (columns.origin, columns.source.and_then(|column| row.text(column))) {
        (Origin::Fitbit, _) => "fitbit".to_owned(),
        (Origin::Google, _) => "google".to_owned(),
        (Origin::Any, Some(source)) if !source.is_empty() => format!("csv:{source}"),
        (Origin::Any, _) => "csv".to_owned(),
    };
    match &columns.steps {
        Steps::Sum(column) => {
            // a day without a number is one on which nothing was counted
            if let Some(steps) = number(row.text(*column).ok_or(CUT)?).ok_or(NUMBER)? {
                let source = counts.source(&name)?;
                counts.sum(day, source, steps)?;
            }
        }
        Steps::Hour { hour, steps } => {
            let time = hour.map_or(Some(time), |column| row.text(column)).ok_or(CUT)?;
            let hour = hour_of(time).ok_or(Why::Row("the hour cannot be read"))?;
            if let Some(steps) = number(row.text(*steps).ok_or(CUT)?).ok_or(NUMBER)? {
                let source = counts.source(&name)?;
                counts.hour(day, source, hour, steps)?;
            }
        }
        Steps::Minutes(first) => {
            let hour = hour_of(time).ok_or(Why::Row("the hour cannot be read"))?;
            let mut minutes = [0; 60];
            for (at, slot) in minutes.iter_mut().enumerate() {
                let cell = row.text(first + at).ok_or(CUT)?;
                *slot = number(cell).ok_or(NUMBER)?.unwrap_or(0);
            }
            let source = counts.source(&name)?;
            counts.minutes(day, source, hour, &minutes)?;
        }
    }
    Ok(())
}

/// What the columns are, if this row names them.
fn columns(row: &Row<'_>) -> Option<Columns> {
    let names: Vec<Vec<u8>> = row.cells().map(plain_name).collect();
    let one_of = |list: &[&[u8]]| names.iter().position(|name| list.contains(&name.as_slice()));
    let steps = one_of(STEPS);
    let person = names.iter().position(|name| name == b"id");
    let fitbit = |day, steps| Columns {
        origin: Origin::Fitbit,
        day,
        steps,
        source: None,
        person,
    };
    let (day, hour) = (one_of(&[b"activityday", b"activitydate"]), one_of(&[b"activityhour"]));
    let minutes = one_of(&[b"steps00"]).filter(|first| {
        let last = names.get(first + 59);
        last.is_some_and(|name| name == b"steps59")
    });
    match (day, hour, minutes, steps) {
        (_, Some(hour), Some(first), _) => return Some(fitbit(hour, Steps::Minutes(first))),
        (Some(day), Some(hour), None, Some(steps)) => {
            let hour = Some(hour);
            return Some(fitbit(day, Steps::Hour { hour, steps }));
        }
        (None, Some(stamp), None, Some(steps)) => {
            let hour = None;
            return Some(fitbit(stamp, Steps::Hour { hour, steps }));
        }
        (Some(day), None, None, Some(steps)) => return Some(fitbit(day, Steps::Sum(steps))),
        _ => {}
    }
    let (day, steps) = (one_of(DAY)?, steps?);
    Some(Columns {
        origin: if one_of(GOOGLE).is_some() {
            Origin::Google
        } else {
            Origin::Any
        },
        day,
        steps: match one_of(HOUR) {
            Some(hour) => Steps::Hour {
                hour: Some(hour),
                steps,
            },
            None => Steps::Sum(steps),
        },
        source: one_of(SOURCE),
        person: None,
    })
}

/// The columns of a table that begins with its first day.
fn bare(row: &Row<'_>) -> Option<Columns> {
    plain(row.text(0)?)?;
    number(row.text(1)?)??;
    Some(Columns {
        origin: Origin::Any,
        day: 0,
        steps: Steps::Sum(1),
        source: Some(2),
        person: None,
    })
}

/// Lower case, without spaces, underscores and what a name has in brackets.
fn plain_name(cell: &[u8]) -> Vec<u8> {
    let name = cell.split(|byte| *byte == b'(').next().unwrap_or_default();
    name.iter()
        .filter(|byte| !byte.is_ascii_whitespace() && **byte != b'_')
        .map(u8::to_ascii_lowercase)
        .collect()
}

/// `2026-11-24`, `2026/11/24`, `2026.11.24`, `20261124`, `2026年11月24日`
fn plain(date: &str) -> Option<Day> {
    if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) {
        return civil(&date[..4], &date[4..6], &date[6..]);
    }
    let date = date.strip_suffix('日').unwrap_or(date);
    let mut parts = date.split(['-', '/', '.', '年', '月']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = parts.next().is_none() && year.len() == 4;
    whole.then(|| civil(year, month, day)).flatten()
}

/// Fitbit's `4/12/2016`, the month first.
fn american(date: &str) -> Option<Day> {
    let mut parts = date.split('/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = parts.next().is_none() && year.len() == 4;
    whole.then(|| civil(year, month, day)).flatten()
}

/// A day of the years 1970 to 2199.
fn civil(year: &str, month: &str, day: &str) -> Option<Day> {
    let part = |text: &str| {
        let plain = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (year, month, day) = (part(year)?, part(month)?, part(day)?);
    let sound = (1970..2200).contains(&year);
    sound
        .then(|| Day::parse(&format!("{year:04}-{month:02}-{day:02}")))
        .flatten()
}

/// The hour of `0:00:00`, `13:00`, `7`, `12:00:00 AM`.
fn hour_of(time: &str) -> Option<usize> {
    let time = time.trim();
    let (clock, half) = match time.rsplit_once(' ') {
        Some((clock, half)) => (clock, half),
        None => (time, ""),
    };
    let hour = clock.split(':').next()?;
    let plain = (1..=2).contains(&hour.len()) && hour.bytes().all(|byte| byte.is_ascii_digit());
    let hour: usize = plain.then(|| hour.parse().ok()).flatten()?;
    match half {
        "" if hour < 24 => Some(hour),
        "AM" | "am" if (1..=12).contains(&hour) => Some(hour % 12),
        "PM" | "pm" if (1..=12).contains(&hour) => Some(hour % 12 + 12),
        _ => None,
    }
}

/// A whole number, perhaps with commas between thousands or with zeros behind a point. `Some(None)` is an empty cell,
/// `None` no number.
#[expect(
    clippy::option_option,
    reason = "an empty cell, a number, and neither are three things"
)]
fn number(text: &str) -> Option<Option<u32>> {
    if text.is_empty() {
        return Some(None);
    }
    let (number, rest) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = number.split(',');
    let first = groups.next()?;
    let mut digits = first.to_owned();
    let grouped = number.contains(',');
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        digits.push_str(group);
    }
    let sound = !first.is_empty()
        && (!grouped || first.len() <= 3)
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && rest.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| digits.parse().ok()).flatten().map(Some)
}

/// One row, in the buffer of [`Rows`].
struct Row<'a> {
    text: &'a [u8],
    ends: &'a [usize],
    /// Where it stands in the file, from 1.
    line: u64,
}

impl<'a> Row<'a> {
    fn cell(&self, at: usize) -> Option<&'a [u8]> {
        let end = *self.ends.get(at)?;
        let start = if at == 0 { 0 } else { *self.ends.get(at - 1)? };
        self.text.get(start..end)
    }

    /// A cell as text, without spaces around it; one that is no UTF-8 reads as empty.
    fn text(&self, at: usize) -> Option<&'a str> {
        self.cell(at)
            .map(|cell| std::str::from_utf8(cell).unwrap_or_default().trim())
    }

    fn cells(&self) -> impl Iterator<Item = &'a [u8]> + '_ {
        (0..self.ends.len()).filter_map(|at| self.cell(at))
    }
}

/// Rows one at a time, in a buffer of fixed size.
struct Rows {
    reader: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Rows {
    /// For a table that begins so.
    fn new(head: &[u8]) -> Self {
        let first = head
            .split(|byte| *byte == b'\n')
            .find(|line| !line.trim_ascii().is_empty());
        let first = first.unwrap_or_default();
        let delimiter = [b'\t', b';', b','].into_iter().max_by_key(|delimiter| {
            let divided = first.split(|byte| byte == delimiter);
            divided.count()
        });
        let delimiter = delimiter.unwrap_or(b',');
        Rows {
            reader: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            text: vec![0; LINE],
            ends: vec![0; CELLS],
        }
    }

    fn next<R: BufRead>(&mut self, input: &mut Guard<R>, limits: &Limits) -> Result<Option<Row<'_>>, StepsError> {
        let (mut text, mut ends) = (0, 0);
        let mut ended_line = false;
        input.begin_piece();
        loop {
            let buffer = match input.fill_buf() {
                Ok(buffer) => buffer,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(input, &error, limits)),
            };
            let (result, read, wrote, ended) =
                self.reader
                    .read_record(buffer, &mut self.text[text..], &mut self.ends[ends..]);
            ended_line = buffer[..read].last().map_or(ended_line, |last| *last == b'\n');
            input.consume(read);
            text += wrote;
            ends += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    let line = self.reader.line();
                    return Err(StepsError::Broken(format!(
                        "line {line}: it is longer than any should be"
                    )));
                }
            }
        }
        Ok(Some(Row {
            text: &self.text[..text],
            ends: &self.ends[..ends],
            line: self.reader.line() - u64::from(ended_line),
        }))
    }
}
