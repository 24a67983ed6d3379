//! Rewards: what points buy. Stock, price, sponsor's budget, limits; orders, vouchers.
//!
//! Invariant: an order reserves stock and holds points and the sponsor's money together, and lets all of them go or
//! uses all of them together.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::measure::{Money, OrderId, ParticipantId, Points, ProgrammeId, RewardId, Text};

/// A thing in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reward {
    /// Its id.
    pub id: RewardId,
    /// The programme whose points it takes.
    pub programme: ProgrammeId,
    /// Its title.
    pub title: Text,
    /// Who pays for it, by name.
    pub sponsor: String,
    /// The sponsor's budget account in the money ledger, if the sponsor pays per piece.
    pub budget: Option<i64>,
    /// What a piece costs the sponsor.
    pub cost: Option<Money>,
    /// What it costs in points.
    pub price: Points,
    /// Pieces that nobody has ordered.
    pub stock: i64,
    /// Pieces in orders that are not yet fulfilled.
    pub reserved: i64,
    /// How many one person may have.
    pub per_person: Option<u32>,
    /// Whether it can be ordered.
    pub on_sale: bool,
    /// Days after which an order that nobody fulfilled is called off.
    pub hold_days: u32,
    /// Days for which a voucher can be used.
    pub voucher_days: u32,
    /// Whether an order is handed over as it is made.
    pub at_once: bool,
    /// The word of its picture among the icons; empty for the usual one.
    pub icon: String,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Stock, points and money are held.
    Reserved,
    /// Handed over by a voucher; points and money are spent.
    Fulfilled,
    /// Called off; everything went back.
    Cancelled,
    /// Nobody fulfilled it in time; everything went back.
    Expired,
}

impl State {
    /// As it is stored.
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// From the stored number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(State::Reserved),
            1 => Some(State::Fulfilled),
            2 => Some(State::Cancelled),
            3 => Some(State::Expired),
            _ => None,
        }
    }
}

/// A participant's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Whose it is.
    pub participant: ParticipantId,
    /// What was ordered.
    pub reward: RewardId,
    /// What it cost when it was ordered.
    pub price: Points,
    /// Where it stands.
    pub state: State,
    /// When it was made, microseconds since the epoch.
    pub made_us: i64,
    /// When it is called off if nobody fulfils it.
    pub expires_us: i64,
}

/// Why the store says no. Each is something that the person can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not enough points.
    #[error("{} points missing", .need.milli() - .have.milli())]
    Short {
        /// What can be spent.
        have: Points,
        /// What it costs.
        need: Points,
    },
    /// None left.
    #[error("out of stock")]
    OutOfStock,
    /// As many as one person may have.
    #[error("no more than {limit} a person")]
    Limit {
        /// How many one person may have.
        limit: u32,
    },
    /// The sponsor's budget is spent.
    #[error("the sponsor's budget is spent")]
    Budget,
    /// Not offered now.
    #[error("not on sale")]
    NotOnSale,
    /// The order or voucher is past that.
    #[error("it is already settled")]
    Settled,
    /// The voucher's time is over.
    #[error("the voucher has expired")]
    VoucherExpired,
}

impl Refused {
    /// A stable name for machines and message files.
    pub const fn code(&self) -> &'static str {
        match self {
            Refused::Short { .. } => "reward.short",
            Refused::OutOfStock => "reward.out_of_stock",
            Refused::Limit { .. } => "reward.limit",
            Refused::Budget => "reward.budget",
            Refused::NotOnSale => "reward.not_on_sale",
            Refused::Settled => "order.settled",
            Refused::VoucherExpired => "voucher.expired",
        }
    }
}

/// What the decision on an order needs to know of the buyer and the sponsor.
#[derive(Debug, Clone, Copy)]
pub struct Buyer {
    /// Who.
    pub participant: ParticipantId,
    /// Points that can be spent.
    pub available: Points,
    /// Orders of this reward that were not called off.
    pub taken: u32,
    /// What the sponsor's budget still holds, in minor units, if there is a budget.
    pub budget_left: Option<i64>,
}

const DAY_US: i64 = 86_400_000_000;

/// Orders one piece. The caller books what follows: one piece from stock to reserved, the points and the sponsor's
/// money held.
pub fn redeem(reward: &Reward, buyer: Buyer, id: OrderId, now_us: i64) -> Result<Order, Refused> {
    if !reward.on_sale {
        return Err(Refused::NotOnSale);
    }
    if reward.stock <= 0 {
        return Err(Refused::OutOfStock);
    }
    if let Some(limit) = reward.per_person.filter(|limit| buyer.taken >= *limit) {
        return Err(Refused::Limit { limit });
    }
    if buyer.available < reward.price {
        return Err(Refused::Short {
            have: buyer.available,
            need: reward.price,
        });
    }
    if let (Some(left), Some(cost)) = (buyer.budget_left, reward.cost)
        && left < cost.minor
    {
        return Err(Refused::Budget);
    }
    Ok(Order {
        id,
        participant: buyer.participant,
        reward: reward.id,
        price: reward.price,
        state: State::Reserved,
        made_us: now_us,
        expires_us: now_us.saturating_add(i64::from(reward.hold_days).saturating_mul(DAY_US)),
    })
}

impl Order {
    /// Moves on to `state`, which only a reserved order can.
    pub fn settle(&self, state: State, now_us: i64) -> Result<Order, Refused> {
        let in_time = state != State::Expired || now_us >= self.expires_us;
        if self.state == State::Reserved && state != State::Reserved && in_time {
            Ok(Order { state, ..self.clone() })
        } else {
            Err(Refused::Settled)
        }
    }
}

/// The single-use code that hands a reward over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voucher {
    /// The order it fulfils.
    pub order: OrderId,
    /// What the participant shows.
    pub code: String,
    /// Until when it can be used.
    pub expires_us: i64,
    /// When it was used.
    pub used_us: Option<i64>,
}

impl Voucher {
    /// The voucher of an order that was just fulfilled.
    pub fn new(order: &Order, reward: &Reward, code: String, now_us: i64) -> Self {
        let expires_us = now_us.saturating_add(i64::from(reward.voucher_days).saturating_mul(DAY_US));
        Voucher {
            order: order.id,
            code,
            expires_us,
            used_us: None,
        }
    }

    /// Takes the voucher in, once.
    pub fn take(&self, now_us: i64) -> Result<Voucher, Refused> {
        if self.used_us.is_some() {
            return Err(Refused::Settled);
        }
        if now_us > self.expires_us {
            return Err(Refused::VoucherExpired);
        }
        Ok(Voucher {
            used_us: Some(now_us),
            ..self.clone()
        })
    }
}

/// What is wrong with a line of a list of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeFault {
    /// Too long, or holds spaces or signs that no code has.
    Unusable,
    /// The same code stands further up.
    Repeated,
    /// The books know the code already.
    Taken,
}

/// The longest code that is taken, in bytes.
const LONGEST_CODE: usize = 64;

/// Something with the line on which it stands, from 1.
pub type OnLine<T> = (u32, T);

/// Reads codes, one a line; of several columns the first. Empty lines are passed over, and so is a first line that
/// says `code`.
pub fn read_codes(text: &str) -> Result<Vec<OnLine<String>>, Vec<OnLine<CodeFault>>> {
    let text = text.trim_start_matches('\u{feff}');
    let (mut codes, mut faults) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for (line, number) in text.lines().zip(1_u32..) {
        let cell = line.split([',', ';', '\t']).next().unwrap_or_default();
        let code = cell.trim().trim_matches('"').trim();
        if code.is_empty() || codes.is_empty() && faults.is_empty() && code.eq_ignore_ascii_case("code") {
            continue;
        }
        let odd = |c: char| c.is_control() || c.is_whitespace();
        if code.len() > LONGEST_CODE || code.contains(odd) {
            faults.push((number, CodeFault::Unusable));
        } else if seen.insert(code) {
            codes.push((number, code.to_owned()));
        } else {
            faults.push((number, CodeFault::Repeated));
        }
    }
    if faults.is_empty() { Ok(codes) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cola() -> Reward {
        Reward {
            id: RewardId::new(1),
            programme: ProgrammeId::new(1),
            title: Text {
                zh: "12 罐可乐".into(),
                en: "12 cans of cola".into(),
            },
            sponsor: "Demo Drinks".into(),
            budget: None,
            cost: None,
            price: Points::from_milli(500_000),
            stock: 1,
            reserved: 0,
            per_person: Some(1),
            on_sale: true,
            hold_days: 7,
            voucher_days: 30,
            at_once: false,
            icon: String::new(),
        }
    }

    fn buyer(milli: i64) -> Buyer {
        let available = Points::from_milli(milli);
        Buyer {
            participant: ParticipantId::new(1),
            available,
            taken: 0,
            budget_left: None,
        }
    }

    #[test]
    fn cola_is_refused_until_there_are_500_grams() {
        let short = redeem(&cola(), buyer(13_000), OrderId::new(1), 0);
        let (have, need) = (Points::from_milli(13_000), Points::from_milli(500_000));
        assert_eq!(short, Err(Refused::Short { have, need }));
        assert_eq!(
            redeem(&cola(), buyer(513_000), OrderId::new(1), 0).map(|o| o.state),
            Ok(State::Reserved)
        );
    }

    #[test]
    fn each_limit_says_no_by_name() {
        let rich = buyer(9_000_000);
        let order = |reward: &Reward, buyer| redeem(reward, buyer, OrderId::new(1), 0).unwrap_err();
        assert_eq!(order(&Reward { stock: 0, ..cola() }, rich), Refused::OutOfStock);
        assert_eq!(
            order(
                &Reward {
                    on_sale: false,
                    ..cola()
                },
                rich
            ),
            Refused::NotOnSale
        );
        assert_eq!(order(&cola(), Buyer { taken: 1, ..rich }), Refused::Limit { limit: 1 });
        let cost = Some(Money {
            minor: 2400,
            currency: crate::measure::Currency::CNY,
        });
        let sponsored = Reward {
            cost,
            budget: Some(9),
            ..cola()
        };
        assert_eq!(
            order(
                &sponsored,
                Buyer {
                    budget_left: Some(2399),
                    ..rich
                }
            ),
            Refused::Budget
        );
    }

    #[test]
    fn codes_are_read_one_a_line_and_faults_named_by_line() {
        let file = "\u{feff}code,note\r\nAB-1,x\r\n\r\n\"AB-2\";y\nab-1\n";
        let read = read_codes(file).unwrap();
        let expected = [(2, "AB-1"), (4, "AB-2"), (5, "ab-1")].map(|(line, code)| (line, code.to_owned()));
        assert_eq!(read, expected);
        let long = "x".repeat(65);
        assert_eq!(
            read_codes(&format!("A\nA B\nA\n{long}")),
            Err(vec![
                (2, CodeFault::Unusable),
                (3, CodeFault::Repeated),
                (4, CodeFault::Unusable)
            ])
        );
        assert_eq!(read_codes(" \n"), Ok(Vec::new()));
    }

    #[test]
    fn an_order_is_settled_once_and_a_voucher_used_once() {
        let order = redeem(&cola(), buyer(513_000), OrderId::new(1), 0).unwrap();
        let fulfilled = order.settle(State::Fulfilled, 5).unwrap();
        assert_eq!(fulfilled.settle(State::Cancelled, 6), Err(Refused::Settled));
        assert_eq!(order.settle(State::Expired, 6), Err(Refused::Settled));
        assert!(order.settle(State::Expired, order.expires_us).is_ok());
        let voucher = Voucher::new(&fulfilled, &cola(), "ABCD-EFGH-JKMN".into(), 5);
        let used = voucher.take(6).unwrap();
        assert_eq!(used.take(7), Err(Refused::Settled));
        assert_eq!(voucher.take(voucher.expires_us + 1), Err(Refused::VoucherExpired));
    }
}
