//! The potential calculator: what a behaviour would avoid in a year if so many people did it so often.
//!
//! Invariant: every result is the exact product of what was assumed, rounded down to a tonne; what leaves the range of
//! exact arithmetic is refused.

use crate::measure::{Carbon, Decimal};
use crate::methodology::Fraction;

/// Emissions of personal consumption in China in 2019, in tonnes CO2e: 3.7 billion, nearly a third of the country's
/// total (China Daily, 2023).
pub const CONSUMPTION_T: i64 = 3_700_000_000;

/// People of China, as the same source counts them.
pub const POPULATION: i64 = 1_400_000_000;

const MOST_PEOPLE: i64 = 10_000_000_000;
const MOST_TIMES: i64 = 1_000;

/// What was assumed wrongly: one name a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The number of people.
    #[error("population: needs a whole number from 1 to 10,000,000,000")]
    Population,
    /// The share of people who take part.
    #[error("participation: needs a percentage from 0 to 100, with at most two decimals")]
    Participation,
    /// The share of acts that replace the baseline.
    #[error("replaced: needs a percentage from 0 to 100, with at most two decimals")]
    Replaced,
    /// How often.
    #[error("times: needs a number from 0 to 1,000, with at most three decimals")]
    Times,
    /// The stretch over which the times count.
    #[error("per: needs day, week, month or year")]
    Per,
    /// The result is beyond 64 bits of tonnes.
    #[error("the result is out of range")]
    Range,
}

/// What holds for every behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumptions {
    population: i64,
    /// Hundredths of a percent.
    participation: i64,
    /// Hundredths of a percent.
    replaced: i64,
}

impl Assumptions {
    /// Reads people, the percentage that takes part, and the percentage of acts that really replace the baseline.
    pub fn read(population: &str, participation: &str, replaced: &str) -> Result<Self, Unusable> {
        let people = exactly(population, 0).filter(|people| (1..=MOST_PEOPLE).contains(people));
        let percent = |text: &str| {
            let text = text.trim().trim_end_matches('%').trim_end();
            exactly(text, 2).filter(|hundredths| (0..=10_000).contains(hundredths))
        };
        Ok(Assumptions {
            population: people.ok_or(Unusable::Population)?,
            participation: percent(participation).ok_or(Unusable::Participation)?,
            replaced: percent(replaced).ok_or(Unusable::Replaced)?,
        })
    }

    /// How many people there are.
    pub const fn population(&self) -> i64 {
        self.population
    }
}

/// A decimal of at most so many places, in steps of the last.
fn exactly(text: &str, places: u8) -> Option<i64> {
    let (steps, exact) = Decimal::parse_grouped(text.trim()).ok()?.at_places(places)?;
    exact.then_some(steps)
}

/// Over what times are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// 365 in a year.
    Day,
    /// 365/7 in a year.
    Week,
    /// 12 in a year.
    Month,
    /// The year itself.
    Year,
}

impl Per {
    /// From the shortest.
    pub const ALL: [Per; 4] = [Per::Day, Per::Week, Per::Month, Per::Year];

    /// Its name in addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Per::Day => "day",
            Per::Week => "week",
            Per::Month => "month",
            Per::Year => "year",
        }
    }

    const fn in_a_year(self) -> (i128, i128) {
        match self {
            Per::Day => (365, 1),
            Per::Week => (365, 7),
            Per::Month => (12, 1),
            Per::Year => (1, 1),
        }
    }
}

/// How often somebody who takes part does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frequency {
    times_milli: i64,
    per: Per,
}

impl Frequency {
    /// Reads how many times, and over what.
    pub fn read(times: &str, per: &str) -> Result<Self, Unusable> {
        let per = Per::ALL.into_iter().find(|known| known.name() == per);
        let times_milli = exactly(times, 3).filter(|milli| (0..=MOST_TIMES * 1_000).contains(milli));
        Ok(Frequency {
            times_milli: times_milli.ok_or(Unusable::Times)?,
            per: per.ok_or(Unusable::Per)?,
        })
    }

    /// Whether it never happens.
    pub const fn is_never(self) -> bool {
        self.times_milli == 0
    }

    /// How many times.
    pub const fn times(self) -> Decimal {
        Decimal::new(self.times_milli, 3)
    }

    /// Over what.
    pub const fn per(self) -> Per {
        self.per
    }
}

/// Tonnes CO2e a year that a behaviour avoids, rounded down.
///
/// # Errors
/// [`Unusable::Range`] beyond 64 bits.
pub fn yearly_t(assumed: &Assumptions, per_act: Carbon, frequency: Frequency) -> Result<i64, Unusable> {
    let (days, weeks) = frequency.per.in_a_year();
    let factors = [
        (i128::from(assumed.population), 1),
        (i128::from(assumed.participation), 10_000),
        (i128::from(assumed.replaced), 10_000),
        (i128::from(frequency.times_milli), 1_000),
        (days, weeks),
    ];
    let start = Fraction::new(i128::from(per_act.mg()), 1_000_000_000);
    let product = factors.into_iter().try_fold(start, |product, (num, den)| {
        Some(product?.times(Fraction::new(num, den)?))
    });
    product
        .flatten()
        .and_then(|tonnes| i64::try_from(tonnes.floor()).ok())
        .ok_or(Unusable::Range)
}

/// What part of a whole something is, in hundredths of a percent, rounded down.
pub fn hundredths_of_percent(part_t: i64, whole_t: i64) -> i64 {
    let share = i128::from(part_t) * 10_000 / i128::from(whole_t.max(1));
    i64::try_from(share).unwrap_or(i64::MAX)
}

/// Tonnes for reading: millions of tonnes to two decimals from a hundred thousand on, whole tonnes below.
pub fn megatonnes(t: i64) -> Option<Decimal> {
    (t >= 100_000).then(|| Decimal::new(t / 10_000, 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn g(text: &str) -> Carbon {
        Carbon::from_g(text).unwrap()
    }

    #[test]
    fn everybody_off_the_car_once_a_week() {
        let assumed = Assumptions::read("1,400,000,000", "100", "100").unwrap();
        let weekly = Frequency::read("1", "week").unwrap();
        // 1.4e9 × 750 g × 365/7 = 54.75 Mt
        assert_eq!(yearly_t(&assumed, g("750"), weekly), Ok(54_750_000));
        assert_eq!(megatonnes(54_750_000).unwrap().to_string(), "54.75");
        assert_eq!(hundredths_of_percent(54_750_000, CONSUMPTION_T), 147);
    }

    #[test]
    fn each_assumption_counts_once() {
        let all = Assumptions::read("1000000", "100", "100").unwrap();
        let some = Assumptions::read("1000000", "10 %", "25").unwrap();
        let daily = Frequency::read("2", "day").unwrap();
        assert_eq!(yearly_t(&all, g("100"), daily), Ok(73_000));
        assert_eq!(yearly_t(&some, g("100"), daily), Ok(1_825));
        for (per, tonnes) in [("day", 36_500), ("week", 5_214), ("month", 1_200), ("year", 100)] {
            assert_eq!(
                yearly_t(&all, g("100"), Frequency::read("1", per).unwrap()),
                Ok(tonnes),
                "{per}"
            );
        }
    }

    #[test]
    fn what_cannot_be_assumed_is_named_by_its_field() {
        for population in [
            "",
            "0",
            "-1",
            "1.5",
            "10000000001",
            "1e9",
            "9223372036854775808",
            "people",
        ] {
            assert_eq!(
                Assumptions::read(population, "1", "1"),
                Err(Unusable::Population),
                "{population}"
            );
        }
        for percent in ["", "101", "-1", "0.001", "1e1", "NaN", "100.01"] {
            assert_eq!(
                Assumptions::read("1", percent, "1"),
                Err(Unusable::Participation),
                "{percent}"
            );
            assert_eq!(
                Assumptions::read("1", "1", percent),
                Err(Unusable::Replaced),
                "{percent}"
            );
        }
        for times in ["", "-1", "1001", "0.0001", "twice"] {
            assert_eq!(Frequency::read(times, "day"), Err(Unusable::Times), "{times}");
        }
        assert_eq!(Frequency::read("1", "hour"), Err(Unusable::Per));
    }

    #[test]
    fn the_largest_assumptions_are_exact_or_refused() {
        let most = Assumptions::read("10000000000", "100", "100").unwrap();
        let often = Frequency::read("1000", "day").unwrap();
        assert_eq!(yearly_t(&most, g("1000000"), often), Ok(3_650_000_000_000_000));
        assert_eq!(yearly_t(&most, Carbon::from_mg(i64::MAX), often), Err(Unusable::Range));
        assert_eq!(hundredths_of_percent(i64::MAX, 1), i64::MAX);
    }

    proptest! {
        #[test]
        fn more_of_anything_never_avoids_less(
            people in 1i64..10_000_000_000, share in 0i64..=10_000, milli in 0i64..=1_000_000, mg in 0i64..1_000_000_000_000,
        ) {
            let percent = Decimal::new(share, 2).to_string();
            let assumed = Assumptions::read(&people.to_string(), &percent, "50").unwrap();
            let more = Assumptions::read(&(people + 1).to_string(), &percent, "50").unwrap();
            let frequency = Frequency::read(&Decimal::new(milli, 3).to_string(), "week").unwrap();
            let t = yearly_t(&assumed, Carbon::from_mg(mg), frequency).unwrap();
            prop_assert!(yearly_t(&more, Carbon::from_mg(mg), frequency).unwrap() >= t);
        }
    }
}
