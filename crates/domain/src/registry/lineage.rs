//! Which gram is in which unit, both ways.
//!
//! The grams of a batch lie one behind the other: first what was carried over from the earlier batch, then the
//! contributions in canonical order. Unit `n` is the milligrams from `(n − 1) t` to `n t`; what lies behind the last
//! unit is the remainder, and comes first in the next batch. The contributions may be participants' sums or single
//! records: both orders agree, since a participant's records lie side by side.

use std::ops::Range;

use super::issue::{Issue, MG_PER_TONNE};
use crate::measure::Carbon;

/// Milligrams from a position to another in the line of a batch; half open.
pub type Stretch = Range<i64>;

/// Why there is no line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineageError {
    /// A contribution of nothing.
    #[error("contribution {0} is not more than nothing")]
    Nothing(usize),
    /// The contributions are not those that the units were made of.
    #[error("the contributions come to {found}, the batch was made of {wanted}")]
    Sum {
        /// What the issue was made of.
        wanted: Carbon,
        /// What the contributions come to.
        found: Carbon,
    },
    /// The sum leaves 64 bits.
    #[error("the sum is out of range")]
    Range,
}

/// The line of a batch's grams. Eight bytes a contribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// Where each contribution ends, counted from the beginning of the line; rising.
    ends: Vec<i64>,
    carried: i64,
    /// Where the last unit ends.
    units_end: i64,
}

/// Where a stretch of grams is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    /// Its place in the line.
    pub stretch: Stretch,
    /// The first and the last unit that it lies in, both included; none if all of it is in the remainder.
    pub units: Option<(u64, u64)>,
    /// How much of it is in units.
    pub in_units: Carbon,
    /// How much of it is in the remainder.
    pub in_remainder: Carbon,
}

/// A contribution's part of some units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The contribution, by its place in canonical order.
    pub index: usize,
    /// How much of it is there.
    pub mass: Carbon,
}

impl Lineage {
    /// The line of an issue's grams: contributions in canonical order, as they were when the units were made.
    pub fn new(issue: &Issue, contributions: impl IntoIterator<Item = Carbon>) -> Result<Self, LineageError> {
        let contributions = contributions.into_iter();
        let mut ends = Vec::with_capacity(contributions.size_hint().0);
        let carried = issue.carried().mg();
        let mut end = carried;
        for (index, mass) in contributions.enumerate() {
            if mass <= Carbon::ZERO {
                return Err(LineageError::Nothing(index));
            }
            end = end.checked_add(mass.mg()).ok_or(LineageError::Range)?;
            ends.push(end);
        }
        if end - carried != issue.own().mg() {
            return Err(LineageError::Sum {
                wanted: issue.own(),
                found: Carbon::from_mg(end - carried),
            });
        }
        Ok(Lineage {
            ends,
            carried,
            units_end: end - issue.remainder().mg(),
        })
    }

    /// How many contributions.
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none: a batch of which everything was taken back.
    pub const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn end(&self) -> i64 {
        self.ends.last().copied().unwrap_or(self.carried)
    }

    /// What was carried over: the beginning of the line.
    pub const fn carried(&self) -> Stretch {
        0..self.carried
    }

    /// What is carried on: the end of the line, less than a tonne.
    pub fn remainder(&self) -> Stretch {
        self.units_end..self.end()
    }

    /// The place of a contribution.
    pub fn stretch(&self, index: usize) -> Option<Stretch> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(self.carried, |before| self.ends[before]);
        Some(start..end)
    }

    /// Where a contribution's grams are.
    pub fn locate(&self, index: usize) -> Option<Whereabouts> {
        self.stretch(index).and_then(|stretch| self.whereabouts(stretch))
    }

    /// Where a stretch of the line is; `None` if it is empty or does not lie in the line.
    pub fn whereabouts(&self, stretch: Stretch) -> Option<Whereabouts> {
        if stretch.is_empty() || stretch.start < 0 || stretch.end > self.end() {
            return None;
        }
        let in_units = (stretch.end.min(self.units_end) - stretch.start).max(0);
        let unit = |mg: i64| (mg / MG_PER_TONNE).unsigned_abs() + 1;
        Some(Whereabouts {
            units: (in_units > 0).then(|| (unit(stretch.start), unit(stretch.start + in_units - 1))),
            in_units: Carbon::from_mg(in_units),
            in_remainder: Carbon::from_mg(stretch.end - stretch.start - in_units),
            stretch,
        })
    }

    /// The place of a unit range's grams, from a first to a last number, both included; `None` if the batch has no such
    /// units.
    pub fn of_units(&self, first: u64, last: u64) -> Option<Stretch> {
        let start = i64::try_from(first.checked_sub(1)?).ok()?.checked_mul(MG_PER_TONNE)?;
        let end = i64::try_from(last).ok()?.checked_mul(MG_PER_TONNE)?;
        (start < end && end <= self.units_end).then_some(start..end)
    }

    /// Whose grams lie in a stretch: what of it was carried over, and the contributions' parts, in order. A search by
    /// halves for the first, then one step a part.
    pub fn inside(&self, stretch: Stretch) -> (Carbon, impl Iterator<Item = Part>) {
        let carried = (stretch.end.min(self.carried) - stretch.start.max(0)).max(0);
        let begin = stretch.start.max(self.carried);
        let first = self.ends.partition_point(|end| *end <= begin);
        let mut from = begin;
        let parts = self.ends[first..].iter().enumerate().map_while(move |(step, end)| {
            let to = stretch.end.min(*end);
            let mass = to - from;
            from = to;
            (mass > 0).then(|| Part {
                index: first + step,
                mass: Carbon::from_mg(mass),
            })
        });
        (Carbon::from_mg(carried), parts)
    }

    /// Where a stretch of what was carried over lay in the line of the earlier batch, whose line is given; that one's
    /// remainder is this one's beginning.
    pub fn in_earlier(&self, earlier: &Lineage, stretch: Stretch) -> Option<Stretch> {
        let remainder = earlier.remainder();
        let fits = remainder.end - remainder.start == self.carried;
        let within = 0 <= stretch.start && stretch.start < stretch.end && stretch.end <= self.carried;
        (fits && within).then(|| remainder.start + stretch.start..remainder.start + stretch.end)
    }

    /// Where the part of a stretch that is in this batch's remainder lies in the line of the next batch.
    pub fn in_next(&self, stretch: &Stretch) -> Option<Stretch> {
        let (start, end) = (stretch.start.max(self.units_end), stretch.end.min(self.end()));
        (start < end).then(|| start - self.units_end..end - self.units_end)
    }
}

#[cfg(test)]
mod tests {
    use super::super::issue::{Permille, Pool, issue};
    use super::super::serial::Prefix;
    use super::*;
    use proptest::prelude::*;

    const T: i64 = MG_PER_TONNE;

    fn made(carried: i64, contributions: &[i64]) -> (Issue, Lineage) {
        let own = Carbon::from_mg(contributions.iter().sum());
        let pool = Pool::new(own, Carbon::ZERO, Carbon::from_mg(carried)).unwrap();
        let issue = issue(pool, Permille::default(), Prefix::new("BJ", "walk", 2026, 1).unwrap());
        let lineage = Lineage::new(&issue, contributions.iter().map(|mg| Carbon::from_mg(*mg))).unwrap();
        (issue, lineage)
    }

    #[test]
    fn a_gram_is_followed_into_its_unit_and_back() {
        let (issue, lineage) = made(T / 4, &[T / 2, T, T / 2 + 1, T / 2 - 2]);
        assert_eq!((issue.tonnes(), issue.remainder().mg()), (2, 3 * T / 4 - 1));
        let here = lineage.locate(1).unwrap();
        assert_eq!((here.stretch.clone(), here.units), (3 * T / 4..7 * T / 4, Some((1, 2))));
        assert_eq!(lineage.locate(3).unwrap().units, None);
        let split = lineage.locate(2).unwrap();
        assert_eq!((split.in_units.mg(), split.in_remainder.mg()), (T / 4, T / 4 + 1));
        assert_eq!(lineage.in_next(&split.stretch), Some(0..T / 4 + 1));
        let (carried, parts) = lineage.inside(lineage.of_units(1, 1).unwrap());
        assert_eq!(carried.mg(), T / 4);
        let parts: Vec<_> = parts.map(|part| (part.index, part.mass.mg())).collect();
        assert_eq!(parts, [(0, T / 2), (1, T / 4)]);
        for (first, last) in [(0, 1), (2, 1), (2, 3), (3, 3), (1, u64::MAX)] {
            assert_eq!(lineage.of_units(first, last), None);
        }
        assert_eq!(lineage.locate(4), None);
    }

    #[test]
    fn other_contributions_than_those_issued_are_refused() {
        let (issue, _) = made(0, &[T, T]);
        let line = |mg: &[i64]| Lineage::new(&issue, mg.iter().map(|mg| Carbon::from_mg(*mg)));
        assert_eq!(
            line(&[T]),
            Err(LineageError::Sum {
                wanted: Carbon::from_mg(2 * T),
                found: Carbon::from_mg(T)
            })
        );
        assert_eq!(line(&[2 * T, 0]), Err(LineageError::Nothing(1)));
        assert_eq!(line(&[i64::MAX, 1]), Err(LineageError::Range));
    }

    proptest! {
        #[test]
        fn both_ways_agree(
            first in prop::collection::vec(1i64..3 * T, 1..40),
            second in prop::collection::vec(1i64..T, 1..40),
            cut in 0u64..60,
        ) {
            let (earlier_issue, earlier) = made(0, &first);
            let (issue, line) = made(earlier_issue.remainder().mg(), &second);
            // each contribution is whole: its parts in the units, and the remainder
            let mut found = vec![0; second.len()];
            for unit in 1..=issue.tonnes() {
                let stretch = line.of_units(unit, unit).unwrap();
                let (carried, parts) = line.inside(stretch);
                let mut full = carried.mg();
                prop_assert!(unit == 1 || full == 0);
                for part in parts {
                    let units = line.locate(part.index).unwrap().units.unwrap();
                    prop_assert!((units.0..=units.1).contains(&unit));
                    found[part.index] += part.mass.mg();
                    full += part.mass.mg();
                }
                prop_assert_eq!(full, T);
            }
            for (index, mg) in second.iter().enumerate() {
                let here = line.locate(index).unwrap();
                let (carried, parts) = line.inside(here.stretch.clone());
                let whole = Part { index, mass: Carbon::from_mg(*mg) };
                prop_assert_eq!((carried, parts.collect::<Vec<_>>()), (Carbon::ZERO, vec![whole]));
                prop_assert_eq!(here.in_units.mg(), found[index]);
                prop_assert_eq!(here.in_units.mg() + here.in_remainder.mg(), *mg);
            }
            // any cut of the units gives the same parts in sum
            if let Some(left) = line.of_units(1, cut) {
                let (carried, parts) = line.inside(left.clone());
                prop_assert_eq!(carried.mg() + parts.map(|part| part.mass.mg()).sum::<i64>(), left.end - left.start);
            }
            // what was carried over is found again where it came from
            if issue.carried() > Carbon::ZERO {
                let back = line.in_earlier(&earlier, line.carried()).unwrap();
                prop_assert_eq!(&back, &earlier.remainder());
                let (_, parts) = earlier.inside(back.clone());
                let mut sum = 0;
                for part in parts {
                    sum += part.mass.mg();
                    let there = earlier.locate(part.index).unwrap();
                    prop_assert_eq!(there.in_remainder, part.mass);
                    prop_assert!(earlier.in_next(&there.stretch).is_some());
                }
                prop_assert_eq!(sum, issue.carried().mg());
            } else {
                prop_assert_eq!(line.in_earlier(&earlier, 0..1), None);
            }
        }
    }
}
