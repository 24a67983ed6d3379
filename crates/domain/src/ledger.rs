//! Accounts and transfers, in the manner of TigerBeetle: two sides, one amount, pending, post and void.
//!
//! Invariants: a transfer exists only balanced (one positive amount leaves one account and enters another of the same
//! ledger); an account that must not go below zero never does, holds included; nothing is ever changed, a mistake is
//! undone by a transfer the other way.

use crate::measure::{Carbon, Currency, Money, Points};

/// What is counted. Amounts of different ledgers never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ledger {
    /// Milligrams of CO2e.
    Reduction,
    /// Thousandths of a point.
    Points,
    /// Minor units of a currency.
    Money(Currency),
    /// Whole tonnes.
    Unit,
}

impl Ledger {
    /// As it is stored: `reduction`, `points`, `money:CNY`, `unit`.
    pub fn name(self) -> String {
        match self {
            Ledger::Reduction => "reduction".to_owned(),
            Ledger::Points => "points".to_owned(),
            Ledger::Money(currency) => format!("money:{}", currency.code()),
            Ledger::Unit => "unit".to_owned(),
        }
    }

    /// The ledger of a stored name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "reduction" => Some(Ledger::Reduction),
            "points" => Some(Ledger::Points),
            "unit" => Some(Ledger::Unit),
            other => Currency::from_code(other.strip_prefix("money:")?).map(Ledger::Money),
        }
    }
}

/// A quantity of one ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// What is counted.
    pub ledger: Ledger,
    /// How much, in the ledger's smallest unit.
    pub quantity: i64,
}

impl From<Carbon> for Amount {
    fn from(carbon: Carbon) -> Self {
        Amount {
            ledger: Ledger::Reduction,
            quantity: carbon.mg(),
        }
    }
}

impl From<Points> for Amount {
    fn from(points: Points) -> Self {
        Amount {
            ledger: Ledger::Points,
            quantity: points.milli(),
        }
    }
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Amount {
            ledger: Ledger::Money(money.currency),
            quantity: money.minor,
        }
    }
}

/// How far an account may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Floor {
    /// Anywhere: an issuance account.
    Free,
    /// Never below zero: what has left it and what is held never exceeds what has entered it.
    Zero,
}

/// An account of one ledger and its four sums, all non-negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub id: i64,
    /// What it counts.
    pub ledger: Ledger,
    /// How far it may go.
    pub floor: Floor,
    /// Left it for good.
    pub debits_posted: i64,
    /// Held to leave it.
    pub debits_pending: i64,
    /// Entered it for good.
    pub credits_posted: i64,
    /// Held to enter it.
    pub credits_pending: i64,
}

impl Account {
    /// A new, empty account.
    pub const fn new(id: i64, ledger: Ledger, floor: Floor) -> Self {
        Account {
            id,
            ledger,
            floor,
            debits_posted: 0,
            debits_pending: 0,
            credits_posted: 0,
            credits_pending: 0,
        }
    }

    /// What it holds, holds not yet taken off; negative only where that is allowed.
    pub const fn balance(&self) -> i64 {
        self.credits_posted.saturating_sub(self.debits_posted)
    }

    /// What can leave it.
    pub const fn available(&self) -> i64 {
        self.balance().saturating_sub(self.debits_pending)
    }
}

/// What a transfer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Moves the amount at once.
    Plain,
    /// Holds the amount until it is posted or voided.
    Pending,
    /// Moves what the transfer of this number held.
    Post(i64),
    /// Lets go of what the transfer of this number held.
    Void(i64),
}

/// Why a transfer cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unbalanced {
    /// Zero or less.
    #[error("a transfer moves more than nothing")]
    NotPositive,
    /// Both sides are the same account.
    #[error("a transfer has two accounts")]
    SameAccount,
    /// The accounts or the amount count different things.
    #[error("the accounts and the amount are of different ledgers")]
    MixedLedgers,
}

/// Why the books refuse a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// More than there is.
    #[error("the account holds {available}, the transfer needs {needed}")]
    Short {
        /// What could leave the account.
        available: i64,
        /// What should.
        needed: i64,
    },
    /// A sum left 64 bits.
    #[error("a sum is out of range")]
    Range,
    /// Not the accounts that the transfer names, or no such hold.
    #[error("the transfer does not belong to these accounts")]
    Foreign,
}

/// An amount leaving one account and entering another. Exists only balanced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    debit: i64,
    credit: i64,
    amount: Amount,
    phase: Phase,
}

impl Transfer {
    /// Moves an amount from one account to another at once.
    pub fn between(debit: &Account, credit: &Account, amount: impl Into<Amount>) -> Result<Self, Unbalanced> {
        let amount = amount.into();
        if amount.quantity <= 0 {
            return Err(Unbalanced::NotPositive);
        }
        if debit.id == credit.id {
            return Err(Unbalanced::SameAccount);
        }
        if debit.ledger != credit.ledger || debit.ledger != amount.ledger {
            return Err(Unbalanced::MixedLedgers);
        }
        Ok(Transfer {
            debit: debit.id,
            credit: credit.id,
            amount,
            phase: Phase::Plain,
        })
    }

    /// Holds an amount on its way from one account to another.
    pub fn hold(debit: &Account, credit: &Account, amount: impl Into<Amount>) -> Result<Self, Unbalanced> {
        Ok(Transfer {
            phase: Phase::Pending,
            ..Self::between(debit, credit, amount)?
        })
    }

    /// Moves what this hold, which has the given number, held. `None` if this is no hold.
    pub fn post(&self, number: i64) -> Option<Self> {
        (self.phase == Phase::Pending).then(|| Transfer {
            phase: Phase::Post(number),
            ..self.clone()
        })
    }

    /// Lets go of what this hold, which has the given number, held. `None` if this is no hold.
    pub fn void(&self, number: i64) -> Option<Self> {
        (self.phase == Phase::Pending).then(|| Transfer {
            phase: Phase::Void(number),
            ..self.clone()
        })
    }

    /// The account that the amount leaves.
    pub const fn debit(&self) -> i64 {
        self.debit
    }

    /// The account that the amount enters.
    pub const fn credit(&self) -> i64 {
        self.credit
    }

    /// The amount.
    pub const fn amount(&self) -> Amount {
        self.amount
    }

    /// What it does.
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// Books the transfer in both accounts, or changes neither.
    pub fn apply(&self, debit: &mut Account, credit: &mut Account) -> Result<(), Refused> {
        if debit.id != self.debit || credit.id != self.credit || debit.ledger != self.amount.ledger {
            return Err(Refused::Foreign);
        }
        let quantity = self.amount.quantity;
        let plus = |sum: i64| sum.checked_add(quantity).ok_or(Refused::Range);
        let minus = |sum: i64| {
            sum.checked_sub(quantity)
                .filter(|sum| *sum >= 0)
                .ok_or(Refused::Foreign)
        };
        let covered = || {
            let available = debit.available();
            if debit.floor == Floor::Zero && available < quantity {
                Err(Refused::Short {
                    available,
                    needed: quantity,
                })
            } else {
                Ok(())
            }
        };
        match self.phase {
            Phase::Plain => {
                covered()?;
                (debit.debits_posted, credit.credits_posted) =
                    (plus(debit.debits_posted)?, plus(credit.credits_posted)?);
            }
            Phase::Pending => {
                covered()?;
                (debit.debits_pending, credit.credits_pending) =
                    (plus(debit.debits_pending)?, plus(credit.credits_pending)?);
            }
            Phase::Post(_) => {
                let pending = (minus(debit.debits_pending)?, minus(credit.credits_pending)?);
                (debit.debits_posted, credit.credits_posted) =
                    (plus(debit.debits_posted)?, plus(credit.credits_posted)?);
                (debit.debits_pending, credit.credits_pending) = pending;
            }
            Phase::Void(_) => {
                (debit.debits_pending, credit.credits_pending) =
                    (minus(debit.debits_pending)?, minus(credit.credits_pending)?);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pair() -> (Account, Account) {
        (
            Account::new(1, Ledger::Points, Floor::Free),
            Account::new(2, Ledger::Points, Floor::Zero),
        )
    }

    #[test]
    fn what_does_not_balance_cannot_be_built() {
        let (issuance, person) = pair();
        let yuan = Account::new(3, Ledger::Money(Currency::CNY), Floor::Zero);
        let points = Points::from_milli(5);
        assert_eq!(
            Transfer::between(&issuance, &person, Points::ZERO),
            Err(Unbalanced::NotPositive)
        );
        assert_eq!(
            Transfer::between(&issuance, &issuance, points),
            Err(Unbalanced::SameAccount)
        );
        assert_eq!(
            Transfer::between(&issuance, &yuan, points),
            Err(Unbalanced::MixedLedgers)
        );
        assert_eq!(
            Transfer::between(&issuance, &person, Carbon::from_mg(5)),
            Err(Unbalanced::MixedLedgers)
        );
    }

    #[test]
    fn a_hold_is_posted_or_voided() {
        let (mut issuance, mut person) = pair();
        let points = Points::from_milli;
        Transfer::between(&issuance, &person, points(513))
            .unwrap()
            .apply(&mut issuance, &mut person)
            .unwrap();
        let hold = Transfer::hold(&person, &issuance, points(500)).unwrap();
        hold.apply(&mut person, &mut issuance).unwrap();
        assert_eq!((person.balance(), person.available()), (513, 13));
        assert_eq!(
            Transfer::hold(&person, &issuance, points(500))
                .unwrap()
                .apply(&mut person, &mut issuance),
            Err(Refused::Short {
                available: 13,
                needed: 500
            })
        );
        hold.post(7).unwrap().apply(&mut person, &mut issuance).unwrap();
        assert_eq!((person.balance(), person.available()), (13, 13));
        // the same hold cannot be used again
        assert_eq!(
            hold.void(7).unwrap().apply(&mut person, &mut issuance),
            Err(Refused::Foreign)
        );
    }

    proptest! {
        #[test]
        fn no_order_of_transfers_makes_or_loses_anything(steps in prop::collection::vec((0u8..6, 1i64..1000), 0..200)) {
            let mut accounts = [
                Account::new(0, Ledger::Points, Floor::Free),
                Account::new(1, Ledger::Points, Floor::Zero),
                Account::new(2, Ledger::Points, Floor::Zero),
            ];
            let mut holds: Vec<Transfer> = Vec::new();
            for (step, quantity) in steps {
                let (from, to) = [(0, 1), (1, 2), (2, 1), (0, 2), (1, 0), (2, 0)][usize::from(step)];
                let amount = Points::from_milli(quantity);
                let transfer = match quantity % 4 {
                    0 => Transfer::hold(&accounts[from], &accounts[to], amount).unwrap(),
                    1 if !holds.is_empty() => holds.swap_remove(0).post(1).unwrap(),
                    2 if !holds.is_empty() => holds.swap_remove(0).void(1).unwrap(),
                    _ => Transfer::between(&accounts[from], &accounts[to], amount).unwrap(),
                };
                let (from, to) = (usize::try_from(transfer.debit()).unwrap(), usize::try_from(transfer.credit()).unwrap());
                let [debit, credit] = accounts.get_disjoint_mut([from, to]).unwrap();
                let before = (debit.clone(), credit.clone());
                match transfer.apply(debit, credit) {
                    Ok(()) if transfer.phase() == Phase::Pending => holds.push(transfer),
                    Ok(()) => {}
                    Err(_) => prop_assert_eq!(before, (debit.clone(), credit.clone())),
                }
                let sum = |f: fn(&Account) -> i64| accounts.iter().map(f).sum::<i64>();
                prop_assert_eq!(sum(|a| a.debits_posted), sum(|a| a.credits_posted));
                prop_assert_eq!(sum(|a| a.debits_pending), sum(|a| a.credits_pending));
                prop_assert!(accounts[1].available() >= 0 && accounts[2].available() >= 0);
            }
        }
    }
}
