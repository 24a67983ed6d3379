//! What anybody may know of a programme.

use std::collections::BTreeMap;

use domain::measure::{Day, Period};
use domain::methodology::Category;
use domain::programme::Programme;
use store::Db;
use store::public as books;

use crate::{App, Error, SupplyView};

/// A programme's figures, open to all.
#[derive(Debug, Clone)]
pub struct PublicView {
    /// Reductions and points.
    pub supply: SupplyView,
    /// People and small entities that take part.
    pub participants: i64,
    /// Acts credited so far.
    pub acts: i64,
    /// Acts refused so far.
    pub refused: i64,
    /// The last twelve months that something was done in, oldest first; months between are there too.
    pub months: Vec<PublicMonth>,
}

/// What was done in a civil month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicMonth {
    /// Its first day.
    pub first: Day,
    /// Acts credited.
    pub acts: i64,
    /// Acts refused.
    pub refused: i64,
    /// What was credited, in mg, by category; categories without anything are left out.
    pub mg: BTreeMap<Category, i64>,
}

const MONTHS: usize = 12;

impl App {
    /// A programme's figures; public.
    pub async fn public(&self, programme: &Programme) -> Result<PublicView, Error> {
        let supply = self.supply(programme).await?;
        let mut months = last_months(programme.zone.day_of(self.now_us()));
        let since = months.first().map_or(Day::from_epoch_days(0), |month| month.first);
        let id = programme.id;
        let read = async move |db: &mut Db| {
            let total = books::total(db, id).await?;
            let daily = books::daily(db, id, since).await?;
            Ok((total, daily, books::participants(db, id).await?))
        };
        let (total, daily, participants) = self.0.store.read(read).await?;
        let catalogue = self.catalogue();
        for (day, methodology, count) in daily {
            let number = Period::Month.number(day);
            let Some(month) = months.iter_mut().find(|m| Period::Month.number(m.first) == number) else {
                continue;
            };
            month.acts += count.acts;
            month.refused += count.refused;
            if let (Some(version), true) = (catalogue.version(methodology), count.mg != 0) {
                *month.mg.entry(version.methodology.category).or_default() += count.mg;
            }
        }
        let empty = |month: &PublicMonth| month.acts == 0 && month.refused == 0;
        let begun = months.iter().position(|month| !empty(month)).unwrap_or(months.len());
        Ok(PublicView {
            supply,
            participants,
            acts: total.acts,
            refused: total.refused,
            months: months.split_off(begun),
        })
    }
}

/// The month of a day and those before it, empty.
fn last_months(today: Day) -> Vec<PublicMonth> {
    let mut months: Vec<PublicMonth> = Vec::with_capacity(MONTHS);
    let mut first = first_of_month(today);
    for _ in 0..MONTHS {
        months.push(PublicMonth {
            first,
            acts: 0,
            refused: 0,
            mg: BTreeMap::new(),
        });
        first = first_of_month(Day::from_epoch_days(first.epoch_days() - 1));
    }
    months.reverse();
    months
}

fn first_of_month(day: Day) -> Day {
    Day::from_epoch_days(day.epoch_days() - i32::from(day.date().day()) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_months_end_with_this_one() {
        let months = last_months(Day::parse("2026-03-31").unwrap());
        let first: Vec<String> = months.iter().map(|month| month.first.to_string()).collect();
        assert_eq!(first.len(), 12);
        assert_eq!((first[0].as_str(), first[11].as_str()), ("2025-04-01", "2026-03-01"));
        assert_eq!(first[10], "2026-02-01");
    }
}
