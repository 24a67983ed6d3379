//! Times of day in text, the dates that go with them, and whether they are those of the act.

use std::fmt;

use jiff::civil;

use crate::evidence::Claim;

/// A date as it stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    /// The year, where it says.
    pub year: Option<i16>,
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31, maybe of no such day.
    pub day: i8,
    /// Whether day and month may stand the other way round, as in 3/4/2026.
    pub either: bool,
}

/// A time of day as it stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The date that it goes with: the one before it, else the first one after it.
    pub date: Option<Date>,
    /// Minutes since midnight, below 1,440.
    pub minute: i16,
}

impl fmt::Display for Moment {
    /// `2026-11-24 08:12`, `11-24 08:12`, `08:12`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(date) = self.date {
            if let Some(year) = date.year {
                write!(f, "{year:04}-")?;
            }
            write!(f, "{:02}-{:02} ", date.month, date.day)?;
        }
        write!(f, "{:02}:{:02}", self.minute / 60, self.minute % 60)
    }
}

/// Every time of day in lines that [`super::normalised`] gave, from top to bottom.
pub fn moments(lines: &[Vec<char>]) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::new();
    let mut last = None;
    let mut first = None;
    for line in lines {
        let mut at = 0;
        while at < line.len() {
            if !line[at].is_ascii_digit() {
                at += 1;
            } else if let Some((date, end)) = date(line, at) {
                last = Some(date);
                first = first.or(last);
                at = end;
            } else if let Some((minute, end)) = time(line, at) {
                moments.push(Moment { date: last, minute });
                at = end;
            } else {
                at += digits(line, at);
            }
        }
    }
    for moment in &mut moments {
        moment.date = moment.date.or(first);
    }
    moments
}

fn digits(line: &[char], at: usize) -> usize {
    let rest = line.get(at..).unwrap_or_default();
    rest.iter().take_while(|c| c.is_ascii_digit()).count()
}

/// A number of up to `most` digits, and where it ends.
fn number(line: &[char], at: usize, most: usize) -> Option<(i16, usize)> {
    let count = digits(line, at).min(most);
    let text: String = line.get(at..at + count)?.iter().collect();
    Some((text.parse().ok()?, at + count))
}

fn is(line: &[char], at: usize, allowed: &[char]) -> bool {
    line.get(at).is_some_and(|c| allowed.contains(c))
}

/// Behind spaces.
fn skip(line: &[char], at: usize) -> usize {
    let rest = line.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|c| **c == ' ').count()
}

/// `2026-11-24`, `2026年11月24日`, `11月24日`, `24/11/2026`; `11-24` only before a time. Day and time may touch, as
/// readers of text lose spaces.
fn date(line: &[char], at: usize) -> Option<(Date, usize)> {
    let seps = ['-', '/', '.', '年', '月'];
    let count = digits(line, at);
    if count == 4 && is(line, at + 4, &seps) {
        let (year, end) = number(line, at, 4)?;
        let (month, end) = number(line, skip(line, end + 1), 2).filter(|(_, end)| is(line, *end, &seps))?;
        let (day, end) = number(line, skip(line, end + 1), 2)?;
        return dated(Some(year), month, day, false)
            .map(|date| (date, end + usize::from(is(line, end, &['日', '号']))));
    }
    if count > 2 {
        return None;
    }
    let (one, end) = number(line, at, 2)?;
    if is(line, end, &['月']) {
        let (day, end) = number(line, skip(line, end + 1), 2)?;
        return dated(None, one, day, false).map(|date| (date, end + usize::from(is(line, end, &['日', '号']))));
    }
    if !is(line, end, &['/', '-', '.']) {
        return None;
    }
    let sep = line[end];
    let (two, end) = number(line, end + 1, 2)?;
    if is(line, end, &[sep]) && digits(line, end + 1) >= 4 {
        let (year, end) = number(line, end + 1, 4)?;
        let day_first = dated(Some(year), two, one, one <= 12 && two <= 12);
        return day_first
            .or_else(|| dated(Some(year), one, two, false))
            .map(|date| (date, end));
    }
    let before_a_time = sep != '.' && time(line, skip(line, end)).is_some();
    dated(None, one, two, false)
        .filter(|_| before_a_time)
        .map(|date| (date, end))
}

fn dated(year: Option<i16>, month: i16, day: i16, either: bool) -> Option<Date> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let real = year.is_none_or(|year| (2000..=2999).contains(&year)) && (1..=12).contains(&month);
    (real && (1..=31).contains(&day)).then_some(Date {
        year,
        month,
        day,
        either,
    })
}

/// `08:12`, `8:12:30`, `8点12分`, `下午6:05`, `6:05 PM`.
fn time(line: &[char], at: usize) -> Option<(i16, usize)> {
    if digits(line, at) > 2 {
        return None;
    }
    let (mut hour, end) = number(line, at, 2)?;
    if !is(line, end, &[':', '点', '时']) {
        return None;
    }
    let minutes_at = end + 1;
    if digits(line, minutes_at) != 2 {
        return None;
    }
    let (minute, mut end) = number(line, minutes_at, 2)?;
    if is(line, end, &[':']) && digits(line, end + 1) == 2 {
        end += 3;
    } else if is(line, end, &['分']) {
        end += 1;
    }
    let before: Vec<char> = line[..at].iter().rev().copied().filter(|c| *c != ' ').take(2).collect();
    let after = skip(line, end);
    let meridiem = |half: char| {
        let letter = |at: usize, c: char| line.get(at).is_some_and(|seen| seen.eq_ignore_ascii_case(&c));
        letter(after, half) && letter(after + 1, 'm')
    };
    let late = matches!(
        before.as_slice(),
        ['午', '下' | '中'] | ['上', '晚'] | ['间', '夜' | '晚']
    );
    if hour < 12 && (meridiem('p') || (late && !(before == ['午', '中'] && hour > 3))) {
        hour += 12;
    } else if hour == 12 && (meridiem('a') || before == ['晨', '凌']) {
        hour = 0;
    }
    (hour < 24 && minute < 60).then_some((hour * 60 + minute, end))
}

/// When the act was, and how far off a time may be.
#[derive(Debug)]
pub(super) struct Act {
    began: civil::DateTime,
    lasted_minutes: i64,
    off_minutes: i64,
}

const MINUTE_US: i64 = 60_000_000;
const DAY_MINUTES: i64 = 1440;

impl Act {
    /// Nothing where the claim does not say its civil time.
    pub(super) fn of(claim: &Claim, off_minutes: u32) -> Option<Self> {
        let lasted_us = claim.ended_us.saturating_sub(claim.started_us).max(0);
        Some(Act {
            began: claim.civil.parse().ok()?,
            lasted_minutes: lasted_us / MINUTE_US,
            off_minutes: off_minutes.into(),
        })
    }

    /// The time that is nearest to the act, and how many minutes beyond what is allowed.
    pub(super) fn nearest(&self, moments: &[Moment]) -> Option<(Moment, i64)> {
        moments
            .iter()
            .map(|moment| (*moment, self.beyond(moment)))
            .min_by_key(|(_, beyond)| *beyond)
    }

    fn beyond(&self, moment: &Moment) -> i64 {
        let days: Vec<i64> = match moment.date {
            // an act near midnight: the time may be of the day before or after
            None => vec![-1, 0, 1],
            Some(date) => self.days(date),
        };
        let began = i64::from(self.began.hour()) * 60 + i64::from(self.began.minute());
        let off = days.into_iter().map(|day| {
            let at = day * DAY_MINUTES + i64::from(moment.minute);
            let early = began - self.off_minutes - at;
            let late = at - (began + self.lasted_minutes + self.off_minutes);
            early.max(late).max(0)
        });
        off.min().unwrap_or(i64::MAX)
    }

    /// How many days after the act's a date can be.
    fn days(&self, date: Date) -> Vec<i64> {
        let years = match date.year {
            Some(year) => year..=year,
            None => self.began.year() - 1..=self.began.year() + 1,
        };
        let orders = [(date.month, date.day), (date.day, date.month)];
        let orders = orders.into_iter().take(1 + usize::from(date.either));
        orders
            .flat_map(|(month, day)| years.clone().map(move |year| (year, month, day)))
            .filter_map(|(year, month, day)| civil::Date::new(year, month, day).ok())
            .map(|day| i64::from((day - self.began.date()).get_days()))
            .collect()
    }
}
