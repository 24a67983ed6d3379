//! From grams to tonnes: whole units, the remainder carried, a buffer withheld, and what happens when credited grams
//! turn out false afterwards.

use serde::{Deserialize, Serialize};

use super::serial::{Prefix, SerialRange};
use crate::measure::Carbon;

/// Milligrams of a unit.
pub const MG_PER_TONNE: i64 = 1_000_000_000;

/// A share in thousandths, 0 to 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Permille(u16);

impl Permille {
    /// 0 to 1000.
    pub const fn new(permille: u16) -> Option<Self> {
        if permille <= 1000 {
            Some(Permille(permille))
        } else {
            None
        }
    }

    /// 0 to 1000.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for Permille {
    type Error = &'static str;

    fn try_from(permille: u16) -> Result<Self, Self::Error> {
        Permille::new(permille).ok_or("a share is 0 to 1000 thousandths")
    }
}

impl From<Permille> for u16 {
    fn from(permille: Permille) -> u16 {
        permille.0
    }
}

/// Why a pool cannot be issued from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// The batch holds nothing, or a negative amount.
    #[error("a batch holds more than nothing")]
    Nothing,
    /// More was taken back than was sealed, or a negative amount.
    #[error("{reversed} were taken back of {sealed}")]
    Reversed {
        /// What was sealed.
        sealed: Carbon,
        /// What was taken back.
        reversed: Carbon,
    },
    /// Not less than a tonne, or negative.
    #[error("a remainder of {0} is not between nothing and one tonne")]
    Remainder(Carbon),
    /// The sum leaves 64 bits.
    #[error("the pool is out of range")]
    Range,
}

/// The grams that units are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(Carbon, Carbon)", into = "(Carbon, Carbon)")]
pub struct Pool {
    /// What is left of the batch's own.
    own: Carbon,
    /// The remainder of an earlier batch.
    carried: Carbon,
}

impl Pool {
    /// What was sealed, less what was taken back since, and the remainder carried over: less than a tonne.
    pub fn new(sealed: Carbon, reversed: Carbon, carried: Carbon) -> Result<Self, PoolError> {
        if sealed <= Carbon::ZERO {
            return Err(PoolError::Nothing);
        }
        if reversed < Carbon::ZERO || reversed > sealed {
            return Err(PoolError::Reversed { sealed, reversed });
        }
        Pool::try_from((Carbon::from_mg(sealed.mg() - reversed.mg()), carried))
    }

    /// All of it.
    pub const fn total(self) -> Carbon {
        Carbon::from_mg(self.own.mg() + self.carried.mg())
    }
}

impl TryFrom<(Carbon, Carbon)> for Pool {
    type Error = PoolError;

    /// What is left of the batch's own, perhaps nothing, and what was carried over.
    fn try_from((own, carried): (Carbon, Carbon)) -> Result<Self, PoolError> {
        if own < Carbon::ZERO {
            return Err(PoolError::Nothing);
        }
        if !(0..MG_PER_TONNE).contains(&carried.mg()) {
            return Err(PoolError::Remainder(carried));
        }
        own.checked_add(carried).ok_or(PoolError::Range)?;
        Ok(Pool { own, carried })
    }
}

impl From<Pool> for (Carbon, Carbon) {
    fn from(pool: Pool) -> Self {
        (pool.own, pool.carried)
    }
}

/// Units made of a pool: the whole tonnes in it, numbered from 1. Everything that it says follows from pool and share,
/// so that it cannot be told wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    prefix: Prefix,
    pool: Pool,
    buffer: Permille,
}

/// Makes units of a pool. The buffer is the given share of the whole tonnes, rounded **up** to whole tonnes: a promise
/// to the buyer is not rounded away. It takes the highest numbers. A pool below one tonne makes no units and is carried
/// on as a whole.
pub const fn issue(pool: Pool, buffer: Permille, prefix: Prefix) -> Issue {
    Issue { prefix, pool, buffer }
}

impl Issue {
    fn range(&self, first: u64, last: u64) -> Option<SerialRange> {
        SerialRange::new(self.prefix.clone(), first, last).ok() // refuses only an empty one
    }

    /// All units; none if the pool was below one tonne.
    pub fn all(&self) -> Option<SerialRange> {
        self.range(1, self.tonnes())
    }

    /// The units that can be sold.
    pub fn free(&self) -> Option<SerialRange> {
        self.range(1, self.tonnes() - self.withheld())
    }

    /// The units withheld.
    pub fn buffer(&self) -> Option<SerialRange> {
        let tonnes = self.tonnes();
        self.range(tonnes - self.withheld() + 1, tonnes)
    }

    /// What the serial numbers have in common.
    pub const fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// How many units, in tonnes; at most [`LAST_NUMBER`](super::serial::LAST_NUMBER).
    pub const fn tonnes(&self) -> u64 {
        (self.pool.total().mg() / MG_PER_TONNE).unsigned_abs() // a pool is not negative
    }

    /// How many of them are withheld, in tonnes; not more than there are.
    pub fn withheld(&self) -> u64 {
        (self.tonnes() * u64::from(self.buffer.get())).div_ceil(1000)
    }

    /// What the batch's own records brought.
    pub const fn own(&self) -> Carbon {
        self.pool.own
    }

    /// What was carried over from an earlier batch; it is in the first unit.
    pub const fn carried(&self) -> Carbon {
        self.pool.carried
    }

    /// What is carried to the next batch: less than a tonne.
    pub const fn remainder(&self) -> Carbon {
        Carbon::from_mg(self.pool.total().mg() % MG_PER_TONNE)
    }
}

/// What stands behind the units of a batch beside the grams in them, after reductions turned out false.
///
/// `valid grams in units = live units × 1 t + cover − owed × 1 t`, where live units are those not cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Backing {
    /// Good grams of cancelled units that nothing false has used up yet.
    cover: Carbon,
    /// Units that should be cancelled and could not be: the operator's debt, in tonnes.
    owed: u64,
}

/// What is to be done because credited grams turned out false after issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Clawback {
    /// Units of the buffer to cancel now.
    pub cancel: u64,
    /// Units that the buffer could not cover and that the operator owes from now on, in addition to what it owed.
    pub short: u64,
    /// What stands behind the units afterwards.
    pub after: Backing,
}

/// Why a clawback or a payment of the debt is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BackingError {
    /// Nothing, or less.
    #[error("a clawback takes back more than nothing")]
    Nothing,
    /// More than is owed.
    #[error("{owed} t are owed, not {paid} t")]
    Overpaid {
        /// What is owed.
        owed: u64,
        /// What was to be paid.
        paid: u64,
    },
    /// A sum leaves its range.
    #[error("the amount is out of range")]
    Range,
}

impl Backing {
    /// Good grams of cancelled units that nothing false has used up yet: less than a tonne.
    pub const fn cover(self) -> Carbon {
        self.cover
    }

    /// The operator's debt, in tonnes. While there is one, no unit of the batch should be sold.
    pub const fn owed(self) -> u64 {
        self.owed
    }

    /// Takes grams back that units were made of. As many units as it takes, rounded up, are cancelled; what the last
    /// one has too many covers the next clawback. `buffer` is what the buffer holds, in tonnes; where it is short, the
    /// operator owes the rest.
    pub fn claw_back(self, reversed: Carbon, buffer: u64) -> Result<Clawback, BackingError> {
        if reversed <= Carbon::ZERO {
            return Err(BackingError::Nothing);
        }
        let open = (reversed.mg() - self.cover.mg()).max(0).unsigned_abs();
        let units = open.div_ceil(MG_PER_TONNE.unsigned_abs());
        let cancel = units.min(buffer);
        let short = units - cancel;
        let made = i64::try_from(units)
            .ok()
            .and_then(|units| units.checked_mul(MG_PER_TONNE));
        let cover = made
            .and_then(|made| i64::checked_add(made, self.cover.mg()))
            .map(|cover| Carbon::from_mg(cover - reversed.mg()))
            .ok_or(BackingError::Range)?;
        let owed = self.owed.checked_add(short).ok_or(BackingError::Range)?;
        Ok(Clawback {
            cancel,
            short,
            after: Backing { cover, owed },
        })
    }

    /// Pays of the debt by units that were cancelled: bought back, or of a later buffer.
    pub fn pay(self, cancelled: u64) -> Result<Self, BackingError> {
        let owed = self.owed.checked_sub(cancelled).filter(|_| cancelled > 0);
        let owed = owed.ok_or(BackingError::Overpaid {
            owed: self.owed,
            paid: cancelled,
        })?;
        Ok(Backing { owed, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::super::serial::LAST_NUMBER;
    use super::*;
    use proptest::prelude::*;

    fn prefix() -> Prefix {
        Prefix::new("BJ", "walk", 2026, 1).unwrap()
    }

    fn made(pool: &str, carried: &str, buffer: u16) -> Issue {
        let carbon = |text| Carbon::parse(text).unwrap();
        let pool = Pool::new(carbon(pool), Carbon::ZERO, carbon(carried)).unwrap();
        issue(pool, Permille::new(buffer).unwrap(), prefix())
    }

    #[test]
    fn odd_sizes_leave_a_remainder() {
        let odd = made("25.51 t", "0 t", 0);
        assert_eq!(odd.all().unwrap().to_string(), "CN-BJ-walk-2026-1-1-25");
        assert_eq!(
            (odd.remainder(), odd.buffer()),
            (Carbon::parse("510 kg").unwrap(), None)
        );
        let next = made("0.49 t", "510 kg", 0);
        assert_eq!((next.tonnes(), next.remainder()), (1, Carbon::ZERO));
        let small = made("0.2 t", "0.3 t", 100);
        assert_eq!((small.all(), small.free(), small.buffer()), (None, None, None));
        assert_eq!(small.remainder(), Carbon::parse("500 kg").unwrap());
    }

    #[test]
    fn the_buffer_is_rounded_up_and_has_the_highest_numbers() {
        let batch = made("24,000.7 t", "0 t", 30);
        assert_eq!(batch.free().unwrap().to_string(), "CN-BJ-walk-2026-1-1-23280");
        assert_eq!(batch.buffer().unwrap().to_string(), "CN-BJ-walk-2026-1-23281-24000");
        assert_eq!(made("33 t", "0 t", 31).buffer().unwrap().tonnes(), 2); // 1.023
        let all = made("2 t", "0 t", 1000);
        assert_eq!((all.free(), all.buffer()), (None, all.all()));
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<Issue>(&text).unwrap(), all);
        assert!(serde_json::from_str::<Issue>(&text.replace("1000", "1001")).is_err());
    }

    #[test]
    fn what_is_no_pool_is_refused() {
        let mg = Carbon::from_mg;
        assert_eq!(Pool::new(mg(0), mg(0), mg(0)), Err(PoolError::Nothing));
        assert_eq!(
            Pool::new(mg(5), mg(6), mg(0)),
            Err(PoolError::Reversed {
                sealed: mg(5),
                reversed: mg(6)
            })
        );
        assert_eq!(
            Pool::new(mg(5), mg(0), mg(MG_PER_TONNE)),
            Err(PoolError::Remainder(mg(MG_PER_TONNE)))
        );
        assert_eq!(Pool::new(mg(i64::MAX), mg(0), mg(1)), Err(PoolError::Range));
        let most = issue(
            Pool::new(mg(i64::MAX), mg(0), mg(0)).unwrap(),
            Permille::default(),
            prefix(),
        );
        assert_eq!(most.all().unwrap().last(), LAST_NUMBER);
    }

    #[test]
    fn a_short_buffer_is_the_operators_debt() {
        let kg = |n: i64| Carbon::from_mg(n * 1_000_000);
        let first = Backing::default().claw_back(kg(10), 3).unwrap();
        assert_eq!((first.cancel, first.short, first.after.cover()), (1, 0, kg(990)));
        let covered = first.after.claw_back(kg(990), 2).unwrap();
        assert_eq!((covered.cancel, covered.after), (0, Backing::default()));
        let short = covered.after.claw_back(kg(4_500), 2).unwrap();
        assert_eq!((short.cancel, short.short, short.after.owed()), (2, 3, 3));
        assert_eq!(short.after.pay(4), Err(BackingError::Overpaid { owed: 3, paid: 4 }));
        assert_eq!(short.after.pay(0), Err(BackingError::Overpaid { owed: 3, paid: 0 }));
        assert_eq!(short.after.pay(3).unwrap().owed(), 0);
        assert_eq!(
            Backing::default().claw_back(Carbon::ZERO, 1),
            Err(BackingError::Nothing)
        );
        // the largest clawback that there can be is still exact
        let most = Backing::default().claw_back(Carbon::from_mg(i64::MAX), 0);
        assert_eq!(most, Err(BackingError::Range));
    }

    proptest! {
        #[test]
        fn false_grams_never_stay_in_live_units(
            steps in prop::collection::vec((1i64..5_000_000_000, 0u64..4), 1..40),
        ) {
            let (mut backing, mut live, mut buffer, mut valid) = (Backing::default(), 1000u64, 60u64, 1000 * i128::from(MG_PER_TONNE));
            for (mg, paid) in steps {
                let clawback = backing.claw_back(Carbon::from_mg(mg), buffer).unwrap();
                valid -= i128::from(mg);
                live -= clawback.cancel;
                buffer -= clawback.cancel;
                backing = clawback.after;
                prop_assert!(clawback.short == 0 || buffer == 0);
                if let Ok(after) = backing.pay(paid) {
                    (backing, live) = (after, live - paid);
                }
                prop_assert!((0..MG_PER_TONNE).contains(&backing.cover().mg()));
                let (live, owed) = (i128::from(live), i128::from(backing.owed()));
                prop_assert_eq!(valid, (live - owed) * i128::from(MG_PER_TONNE) + i128::from(backing.cover().mg()));
            }
        }
    }
}
