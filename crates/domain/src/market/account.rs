//! What an account holds: free, frozen for orders and trades that wait for settlement, and locked until it may be sold.
//!
//! Invariant: no balance is ever negative, and frozen is what open orders may cost plus what unsettled trades do.

use super::{
    AccountNo, Asset, Class, Fees, MemberNo, OrderNo, Outcome, Posting, Refused, Settlement, Side, Step, Trade,
};
use crate::measure::Day;

/// An amount in two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balance {
    /// Can be used.
    pub free: i64,
    /// Waits for orders or settlement.
    pub frozen: i64,
}

/// What trades of the day, not yet settled, give and take. Outgoing parts lie in `frozen` until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Due {
    /// Money to pay, fees included, minor units.
    pub money_out: i64,
    /// Money to get, fees taken off, minor units.
    pub money_in: i64,
    /// Units to deliver, tonnes.
    pub units_out: i64,
    /// Units to get, tonnes.
    pub units_in: i64,
    /// Fees in the above, minor units.
    pub fees: i64,
}

/// A trading account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Whose it is.
    pub member: MemberNo,
    /// What kind of owner.
    pub class: Class,
    /// Whether owners of its kind may trade here.
    pub(super) eligible: bool,
    /// Whether its member is stopped.
    pub(super) killed: bool,
    /// Minor units.
    pub money: Balance,
    /// Tonnes.
    pub units: Balance,
    /// Tonnes bought, by the day from which they can be sold.
    pub locked: Vec<(Day, i64)>,
    /// What the day's end will bring.
    pub due: Due,
}

impl Account {
    pub(super) const fn new(member: MemberNo, class: Class, eligible: bool, killed: bool) -> Self {
        let none = Balance { free: 0, frozen: 0 };
        Account {
            member,
            class,
            eligible,
            killed,
            money: none,
            units: none,
            locked: Vec::new(),
            due: Due {
                money_out: 0,
                money_in: 0,
                units_out: 0,
                units_in: 0,
                fees: 0,
            },
        }
    }

    /// Tonnes that cannot be sold yet.
    pub fn locked_t(&self) -> i64 {
        self.locked.iter().map(|(_, tonnes)| tonnes).sum()
    }

    /// Does to the balances what a posting says. The only place that moves them.
    pub(super) fn book(&mut self, posting: Posting) {
        let amount = posting.amount;
        let balance = match posting.asset {
            Asset::Money => &mut self.money,
            Asset::Units => &mut self.units,
        };
        match posting.step {
            Step::Deposit | Step::Receive => balance.free += amount,
            Step::Withdraw => balance.free -= amount,
            Step::Freeze => (balance.free, balance.frozen) = (balance.free - amount, balance.frozen + amount),
            Step::Release => (balance.free, balance.frozen) = (balance.free + amount, balance.frozen - amount),
            Step::Pay => balance.frozen -= amount,
            Step::Lock(from) => match self.locked.last_mut() {
                Some((day, tonnes)) if *day == from => *tonnes += amount,
                _ => self.locked.push((from, amount)),
            },
            Step::Unlock => balance.free += amount,
        }
        debug_assert!(
            balance.free >= 0 && balance.frozen >= 0,
            "{posting:?} leaves {balance:?}"
        );
    }

    /// May it trade at all?
    pub(super) const fn may_trade(&self) -> Result<(), Refused> {
        if !self.eligible {
            return Err(Refused::NotEligible { class: self.class });
        }
        if self.killed {
            return Err(Refused::Killed { member: self.member });
        }
        Ok(())
    }

    /// Is there enough for one side of a trade at most so large and expensive? Says how much is to be frozen.
    pub(super) fn covers(&self, side: Side, price_minor: u32, tonnes: u32, fees: &Fees) -> Result<i64, Refused> {
        match side {
            Side::Buy => {
                let (needed_minor, free_minor) = (fees.need(price_minor, tonnes), self.money.free);
                if needed_minor > free_minor {
                    return Err(Refused::InsufficientMoney {
                        needed_minor,
                        free_minor,
                    });
                }
                Ok(needed_minor)
            }
            Side::Sell => {
                let (needed_t, free_t) = (i64::from(tonnes), self.units.free);
                if needed_t <= free_t {
                    return Ok(needed_t);
                }
                let locked_t = self.locked_t();
                // the day on which enough of it will be free
                let mut sum = free_t;
                let mut locked = self.locked.clone();
                locked.sort_unstable();
                let day = locked.iter().find(|(_, tonnes)| {
                    sum += tonnes;
                    sum >= needed_t
                });
                Err(match day {
                    Some((from, _)) => Refused::NotYetSaleable {
                        needed_t,
                        free_t,
                        locked_t,
                        from: *from,
                    },
                    None => Refused::InsufficientUnits { needed_t, free_t },
                })
            }
        }
    }
}

/// All accounts of a book.
#[derive(Debug, Clone, Default)]
pub(super) struct Accounts(pub(super) Vec<Account>);

/// What an order freezes: money for a buyer, units for a seller.
pub(super) const fn frozen_asset(side: Side) -> Asset {
    match side {
        Side::Buy => Asset::Money,
        Side::Sell => Asset::Units,
    }
}

impl Accounts {
    pub(super) fn get(&self, account: AccountNo) -> Result<&Account, Refused> {
        self.0
            .get(account.0 as usize)
            .ok_or(Refused::UnknownAccount { account })
    }

    /// Books a posting and tells of it; nothing of nothing.
    pub(super) fn post(&mut self, posting: Posting, out: &mut Outcome) {
        if posting.amount > 0 {
            self.0[posting.account.0 as usize].book(posting);
            out.postings.push(posting);
        }
    }

    /// Freezes or releases what one side of an order needs.
    pub(super) fn hold(
        &mut self,
        account: AccountNo,
        side: Side,
        step: Step,
        amount: i64,
        order: OrderNo,
        out: &mut Outcome,
    ) {
        let posting = Posting {
            account,
            asset: frozen_asset(side),
            step,
            amount,
            order: Some(order),
        };
        self.post(posting, out);
    }

    /// Moves or, until the day's end, notes what a trade gives and takes. Both sides are frozen already. Returns what
    /// the buyer pays, fee included, and the two fees.
    pub(super) fn deliver(
        &mut self,
        trade: &Trade,
        fees: &Fees,
        settlement: Settlement,
        saleable_from: Option<Day>,
        out: &mut Outcome,
    ) -> (i64, i64) {
        let (value, tonnes) = (trade.value_minor(), i64::from(trade.tonnes));
        let (buyer_fee, seller_fee) = (fees.buyer(value, trade.tonnes), fees.seller(value, trade.tonnes));
        let (pays, gets) = (value + buyer_fee, value - seller_fee);
        match settlement {
            Settlement::DayEnd => {
                let due = &mut self.0[trade.buyer.0 as usize].due;
                due.money_out += pays;
                due.units_in += tonnes;
                due.fees += buyer_fee;
                let due = &mut self.0[trade.seller.0 as usize].due;
                due.money_in += gets;
                due.units_out += tonnes;
                due.fees += seller_fee;
            }
            Settlement::AtTrade => {
                let step = saleable_from.map_or(Step::Receive, Step::Lock);
                for (account, asset, step, amount, order) in [
                    (trade.buyer, Asset::Money, Step::Pay, pays, trade.buy),
                    (trade.seller, Asset::Units, Step::Pay, tonnes, trade.sell),
                    (trade.seller, Asset::Money, Step::Receive, gets, trade.sell),
                    (trade.buyer, Asset::Units, step, tonnes, trade.buy),
                ] {
                    let order = Some(order);
                    self.post(
                        Posting {
                            account,
                            asset,
                            step,
                            amount,
                            order,
                        },
                        out,
                    );
                }
            }
        }
        (pays, buyer_fee + seller_fee)
    }

    /// Settles what the day's trades are due, each account's sums at once.
    pub(super) fn settle_day(&mut self, saleable_from: Option<Day>, out: &mut Outcome) {
        let step = saleable_from.map_or(Step::Receive, Step::Lock);
        for number in 0..self.0.len() {
            let due = std::mem::take(&mut self.0[number].due);
            let account = AccountNo(u32::try_from(number).unwrap_or(u32::MAX)); // numbers are given as u32
            for (asset, step, amount) in [
                (Asset::Money, Step::Pay, due.money_out),
                (Asset::Units, Step::Pay, due.units_out),
                (Asset::Money, Step::Receive, due.money_in),
                (Asset::Units, step, due.units_in),
            ] {
                self.post(
                    Posting {
                        account,
                        asset,
                        step,
                        amount,
                        order: None,
                    },
                    out,
                );
            }
            out.nets.extend(super::settle::net_of(account, due));
        }
    }

    /// What can be sold from a day on, or before it, becomes free.
    pub(super) fn unlock(&mut self, day: Day, out: &mut Outcome) {
        for number in 0..self.0.len() {
            let locked = std::mem::take(&mut self.0[number].locked);
            let (ripe, rest): (Vec<_>, Vec<_>) = locked.into_iter().partition(|(from, _)| *from <= day);
            self.0[number].locked = rest;
            let posting = Posting {
                account: AccountNo(u32::try_from(number).unwrap_or(u32::MAX)),
                asset: Asset::Units,
                step: Step::Unlock,
                amount: ripe.iter().map(|(_, tonnes)| tonnes).sum(),
                order: None,
            };
            self.post(posting, out);
        }
    }
}
