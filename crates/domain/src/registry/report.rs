//! The monitoring report: what a batch holds, by methodology, vintage and grade, what stayed out, and how sure it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::origin::{Digest, Origin};
use super::seal::{Contents, Exclusion, Sum};
use crate::evidence::Grade;
use crate::measure::{Carbon, Day};

/// A line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// By what it was quantified.
    pub methodology: String,
    /// The year of the acts.
    pub vintage: i16,
    /// The grade of the evidence.
    pub grade: Grade,
    /// Records and mass.
    pub sum: Sum,
}

/// How far the total may be off, relative to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uncertainty {
    /// In thousandths of the total, rounded up.
    Permille(u16),
    /// Nobody has said how uncertain these methodologies are; it is not taken for nothing.
    Unknown(Vec<String>),
}

/// What the operator submits of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Programme, methodologies, period.
    pub origin: Origin,
    /// The worst grade taken.
    pub minimum: Grade,
    /// The day of sealing.
    pub sealed_on: Day,
    /// Sums by methodology, vintage and grade.
    pub rows: Vec<Row>,
    /// Records and mass of the batch.
    pub total: Sum,
    /// How many participants contributed.
    pub participants: u64,
    /// What stayed out, by reason.
    pub excluded: Vec<(Exclusion, Sum)>,
    /// How far the total may be off.
    pub uncertainty: Uncertainty,
    /// What the records were.
    pub contents: Digest,
}

impl Report {
    /// The report of what was sealed. `permille` has the relative uncertainty of each methodology's sum, by reference.
    pub fn of(contents: &Contents, permille: &BTreeMap<String, u16>) -> Self {
        let (terms, vintage) = (contents.terms(), contents.terms().origin.period.vintage());
        let rows = contents.sums().map(|(methodology, grade, sum)| Row {
            methodology: methodology.to_owned(),
            vintage,
            grade,
            sum,
        });
        let rows: Vec<Row> = rows.collect();
        let mut sums: BTreeMap<&str, Carbon> = BTreeMap::new();
        for row in &rows {
            let sum = sums.entry(&row.methodology).or_default();
            *sum = sum.checked_add(row.sum.credited).unwrap_or(*sum); // never beyond the total, which is in range
        }
        let unknown: Vec<String> = sums
            .keys()
            .filter(|name| !permille.contains_key(**name))
            .map(|name| (*name).to_owned())
            .collect();
        let known: Vec<(Carbon, u16)> = sums
            .iter()
            .filter_map(|(name, sum)| permille.get(*name).map(|u| (*sum, *u)))
            .collect();
        Report {
            origin: terms.origin.clone(),
            minimum: terms.minimum,
            sealed_on: terms.on,
            total: contents.total(),
            participants: u64::try_from(contents.contributions().len()).unwrap_or(u64::MAX),
            excluded: contents.excluded().collect(),
            uncertainty: if unknown.is_empty() {
                Uncertainty::Permille(combined(&known))
            } else {
                Uncertainty::Unknown(unknown)
            },
            contents: contents.digest(),
            rows,
        }
    }
}

/// The relative uncertainty of a sum of independent parts, in thousandths and rounded up: the least `r` with
/// `(r × Σx)² ≥ Σ(u × x)²` (error propagation in quadrature, IPCC 2006 Guidelines, volume 1, equation 3.2). Exact.
/// Within a methodology errors are taken to go all one way, so its sum has the uncertainty of one record.
pub fn combined(parts: &[(Carbon, u16)]) -> u16 {
    let mass = |carbon: Carbon| u128::from(carbon.mg().unsigned_abs());
    let total: u128 = parts.iter().map(|(carbon, _)| mass(*carbon)).sum();
    let squares = parts
        .iter()
        .map(|(carbon, permille)| square(mass(*carbon) * u128::from(*permille)));
    let wanted = squares.fold((0, 0), plus);
    // quadrature never exceeds the greatest part's uncertainty
    let (mut low, mut high) = (0, parts.iter().map(|(_, permille)| *permille).max().unwrap_or(0));
    while low < high {
        let middle = low + (high - low) / 2;
        if square(total * u128::from(middle)) >= wanted {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// The square of a number below 2^96, as upper and lower 128 bits.
const fn square(n: u128) -> (u128, u128) {
    let (upper, lower) = (n >> 64, n & u64::MAX as u128);
    let cross = 2 * upper * lower; // below 2^97
    let (low, carry) = (lower * lower).overflowing_add(cross << 64);
    (upper * upper + (cross >> 64) + carry as u128, low)
}

const fn plus(one: (u128, u128), other: (u128, u128)) -> (u128, u128) {
    let (low, carry) = one.1.overflowing_add(other.1);
    (one.0 + other.0 + carry as u128, low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_rational::BigRational;
    use proptest::prelude::*;

    #[test]
    fn independent_parts_add_in_quadrature() {
        let t = |n: i64| Carbon::from_mg(n * 1_000_000_000);
        assert_eq!(combined(&[(t(100), 100)]), 100);
        // sqrt((100 × 0.3)² + (100 × 0.4)²) / 200 = 0.25
        assert_eq!(combined(&[(t(100), 300), (t(100), 400)]), 250);
        // sqrt(2) × 50 / 100 / 1000 = 0.0707...: up
        assert_eq!(combined(&[(t(50), 100), (t(50), 100)]), 71);
        assert_eq!(combined(&[(t(50), 0), (t(50), 0)]), 0);
        assert_eq!(combined(&[]), 0);
    }

    proptest! {
        #[test]
        fn a_square_has_all_its_bits(n in 0..1u128 << 96) {
            let big = |n: u128| BigRational::from_integer(n.into());
            let (high, low) = square(n);
            let twice = plus((high, low), (high, low));
            let read = |(high, low)| big(high) * big(u128::MAX) + big(high) + big(low);
            prop_assert_eq!(read((high, low)), big(n) * big(n));
            prop_assert_eq!(read(twice), big(n) * big(n) * big(2));
        }

        #[test]
        fn the_root_is_exact_at_any_size(parts in prop::collection::vec((1i64.., any::<u16>()), 1..8)) {
            let parts: Vec<_> = parts.into_iter().map(|(mg, u)| (Carbon::from_mg(mg / 8), u)).collect();
            let r = combined(&parts);
            let big = |n: i128| BigRational::new(n.into(), 1.into());
            let total = parts.iter().map(|(c, _)| big(c.mg().into())).sum::<BigRational>();
            let wanted = parts.iter().map(|(c, u)| big(c.mg().into()) * big((*u).into())).map(|x| x.clone() * x);
            let wanted: BigRational = wanted.sum();
            let reached = |r: u16| { let x = total.clone() * big(r.into()); x.clone() * x };
            prop_assert!(reached(r) >= wanted);
            prop_assert!(r == 0 || reached(r - 1) < wanted);
        }
    }
}
