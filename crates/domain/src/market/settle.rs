//! Who owes whom for a trade, and what a day's trades come to for each account.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::account::Due;
use super::{AccountNo, Profile, Trade};
use crate::ledger::{Amount, Ledger};
use crate::measure::Money;

/// An end of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// A trading account.
    Account(AccountNo),
    /// Whoever runs the market, for its fees.
    Exchange,
}

/// One movement of a settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// Who gives.
    pub from: Party,
    /// Who gets.
    pub to: Party,
    /// What, more than nothing.
    pub amount: Amount,
}

/// The legs of a trade: units one way, money the other, and the fees that there are. Exact to the minor unit; what the
/// engine posts for the trade is their sum.
pub fn settle(trade: &Trade, profile: &Profile) -> Vec<Leg> {
    let (buyer, seller) = (Party::Account(trade.buyer), Party::Account(trade.seller));
    let money = |minor| {
        Amount::from(Money {
            minor,
            currency: profile.currency,
        })
    };
    let value = trade.value_minor();
    let units = Amount {
        ledger: Ledger::Unit,
        quantity: i64::from(trade.tonnes),
    };
    let mut legs = vec![
        Leg {
            from: seller,
            to: buyer,
            amount: units,
        },
        Leg {
            from: buyer,
            to: seller,
            amount: money(value),
        },
    ];
    for (from, fee) in [
        (buyer, profile.fees.buyer(value, trade.tonnes)),
        (seller, profile.fees.seller(value, trade.tonnes)),
    ] {
        if fee > 0 {
            legs.push(Leg {
                from,
                to: Party::Exchange,
                amount: money(fee),
            });
        }
    }
    legs
}

/// What trades come to for one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Net {
    /// The account.
    pub account: AccountNo,
    /// Tonnes got, less those given.
    pub units_t: i64,
    /// Money got, less that paid and all fees, minor units.
    pub money_minor: i64,
    /// Fees in that, minor units.
    pub fees_minor: i64,
}

/// The net of what is due; none if nothing is.
pub(super) fn net_of(account: AccountNo, due: Due) -> Option<Net> {
    (due != Due::default()).then_some(Net {
        account,
        units_t: due.units_in - due.units_out,
        money_minor: due.money_in - due.money_out,
        fees_minor: due.fees,
    })
}

/// The netting of trades, by account. Units add up to nothing; so does money with the fees.
pub fn net(trades: &[Trade], profile: &Profile) -> Vec<Net> {
    let mut sums: BTreeMap<AccountNo, Due> = BTreeMap::new();
    for trade in trades {
        let value = trade.value_minor();
        let fee = profile.fees.buyer(value, trade.tonnes);
        let due = sums.entry(trade.buyer).or_default();
        due.units_in += i64::from(trade.tonnes);
        due.money_out += value + fee;
        due.fees += fee;
        let fee = profile.fees.seller(value, trade.tonnes);
        let due = sums.entry(trade.seller).or_default();
        due.units_out += i64::from(trade.tonnes);
        due.money_in += value - fee;
        due.fees += fee;
    }
    sums.into_iter()
        .filter_map(|(account, due)| net_of(account, due))
        .collect()
}
