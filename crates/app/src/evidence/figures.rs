//! What happened to evidence, month by month: counted where it happens, shown to everybody.
//!
//! Nobody can be told from these figures: they name no participant, and the doors show small counts as "fewer than 5".

use std::collections::BTreeMap;

use domain::evidence::{Outcome, Verdict};
use domain::measure::{Day, Period};
use domain::programme::Programme;
use store::Db;
use store::evidence::{Decision, months};

use crate::{App, Error};

/// An appeal came in.
pub(crate) const APPEAL: &str = "appeal";
/// An appeal was upheld.
pub(crate) const UPHELD: &str = "appeal upheld";
/// A credit was taken back.
pub(crate) const CLAWBACK: &str = "clawback";
/// The sign of what was drawn by lot.
pub(crate) const SAMPLE: &str = "audit.sample";

/// Months that are told, this one included.
const MONTHS: i32 = 12;
/// How long figures are kept in memory, in microseconds: the median looks at a month of submissions.
const KEPT_US: i64 = 60_000_000;

/// What is counted when a submission is booked.
pub(super) fn booked(decisions: &[Decision], refused_for: Option<&str>, credited: bool) -> Vec<String> {
    let mut what = match refused_for {
        Some(why) => vec!["refused".to_owned(), format!("refused {why}")],
        None if credited => vec!["credited".to_owned()],
        None => vec!["unbooked".to_owned()],
    };
    if credited && decisions.iter().all(|one| one.made_by == 0) {
        what.push("credited at once".to_owned());
    }
    if refused_for.is_some() && decisions.iter().any(drawn) {
        what.push("sampled bad".to_owned());
    }
    what
}

/// Whether the rules let a person look only because the lot fell on it.
fn drawn(decision: &Decision) -> bool {
    let verdict: Option<Verdict> = serde_json::from_str(&decision.verdict).ok();
    decision.made_by == 0
        && verdict.is_some_and(|verdict| {
            matches!(verdict.outcome, Outcome::Ask(_)) && verdict.signs.iter().any(|sign| sign.code() == SAMPLE)
        })
}

/// How often something happened, and about how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// How often.
    pub count: i64,
    /// About how much, in mg CO2e.
    pub mg: i64,
}

/// What happened to evidence in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceMonth {
    /// The first day of the month.
    pub first: Day,
    /// Acts with proof, and odd reports, that the rules decided on.
    pub judged: Count,
    /// Credited without a person.
    pub at_once: Count,
    /// Credited, by the rules or a person.
    pub credited: Count,
    /// Where a person decided.
    pub asked: Count,
    /// Refused for their evidence.
    pub refused: Count,
    /// Of these, by the sign above all: a code with its count, most first.
    pub reasons: Vec<(String, Count)>,
    /// Not credited for another reason: a ceiling, a consent that was withdrawn.
    pub unbooked: Count,
    /// Clean evidence that was drawn by lot for a person to look at.
    pub sampled: Count,
    /// Of these, refused.
    pub sampled_bad: Count,
    /// Appeals that came in.
    pub appeals: Count,
    /// Appeals that were upheld.
    pub upheld: Count,
    /// Credits that were taken back.
    pub clawed_back: Count,
    /// The median time from coming in to being settled, in microseconds.
    pub median_us: Option<i64>,
}

/// The first day of a month by its number.
fn first_of(month: i32, today: Day) -> Day {
    // civil days of a month are found by walking back: months have at most 31
    let mut day = today;
    while Period::Month.number(day) > month {
        day = Day::from_epoch_days(day.epoch_days() - i32::from(day.date().day()));
    }
    Day::from_epoch_days(day.epoch_days() - i32::from(day.date().day()) + 1)
}

impl EvidenceMonth {
    fn of(first: Day, counts: &BTreeMap<String, Count>, median_us: Option<i64>) -> Self {
        let get = |what: &str| counts.get(what).copied().unwrap_or_default();
        let mut reasons: Vec<(String, Count)> = counts
            .iter()
            .filter_map(|(what, count)| Some((what.strip_prefix("refused ")?.to_owned(), *count)))
            .collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(count.count));
        EvidenceMonth {
            first,
            judged: get("judged"),
            at_once: get("credited at once"),
            credited: get("credited"),
            asked: get("asked"),
            refused: get("refused"),
            reasons,
            unbooked: get("unbooked"),
            sampled: get("sampled"),
            sampled_bad: get("sampled bad"),
            appeals: get(APPEAL),
            upheld: get(UPHELD),
            clawed_back: get(CLAWBACK),
            median_us,
        }
    }
}

impl App {
    /// What happened to the evidence of a programme in the last twelve months, newest first; months in which nothing
    /// happened are left out. Public.
    pub async fn evidence_months(&self, programme: &Programme) -> Result<Vec<EvidenceMonth>, Error> {
        let (id, now_us) = (programme.id, self.now_us());
        if let Some(kept) = self.0.kept.evidence(id, now_us - KEPT_US) {
            return Ok(kept);
        }
        let zone = programme.zone.clone();
        let today = zone.day_of(now_us);
        let this = Period::Month.number(today);
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let mut found: BTreeMap<i32, BTreeMap<String, Count>> = BTreeMap::new();
                for (month, what, count, mg) in months::since(db, id, this - MONTHS + 1).await? {
                    let count = Count { count, mg: mg.mg() };
                    found.entry(month).or_default().insert(what, count);
                }
                let mut told = Vec::new();
                for (month, counts) in found.into_iter().rev() {
                    let first = first_of(month, today);
                    let span = (zone.start_of(first), zone.start_of(next_month(first)));
                    let median_us = months::median_wait_us(db, id, span).await?;
                    told.push(EvidenceMonth::of(first, &counts, median_us));
                }
                Ok(told)
            })
            .await?;
        self.0.kept.keep_evidence(id, now_us, found.clone());
        Ok(found)
    }

    /// What happened to evidence in all programmes this month and before, for what watches: what, how often.
    pub async fn evidence_totals(&self) -> Result<BTreeMap<String, i64>, Error> {
        let catalogue = self.catalogue();
        let ids: Vec<_> = catalogue.programmes().iter().map(|programme| programme.id).collect();
        let totals = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let mut totals: BTreeMap<String, i64> = BTreeMap::new();
                for id in &ids {
                    for (_, what, count, _) in months::since(db, *id, 0).await? {
                        *totals.entry(what).or_default() += count;
                    }
                }
                Ok(totals)
            })
            .await?;
        Ok(totals)
    }
}

/// The first day of the month after the one that begins on this day.
fn next_month(first: Day) -> Day {
    let later = Day::from_epoch_days(first.epoch_days() + 31);
    Day::from_epoch_days(later.epoch_days() - i32::from(later.date().day()) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_on_their_first_day() {
        let day = |text| Day::parse(text).unwrap();
        let today = day("2026-03-31");
        let month = Period::Month.number(day("2025-12-09"));
        assert_eq!(first_of(month, today), day("2025-12-01"));
        assert_eq!(first_of(Period::Month.number(today), today), day("2026-03-01"));
        assert_eq!(next_month(day("2026-02-01")), day("2026-03-01"));
        assert_eq!(next_month(day("2025-12-01")), day("2026-01-01"));
    }
}
