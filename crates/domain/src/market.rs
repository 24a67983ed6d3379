//! The exchange: one engine for one instrument, four ways to trade, and the rules of a market as data.
//!
//! Shape: a [`Profile`] says what a market allows; a [`Book`] takes one [`Command`] after the other with the time it
//! came, and answers with trades, postings and numbers, or with why not. [`Core`] is the bare matching under it,
//! [`auction`] the calculation of auctions, [`settle`] who owes whom for a trade. Prices are minor units a tonne on a
//! tick, quantities are whole tonnes.
//!
//! Invariants: the same commands give the same trades and the same [`Book::hash`]; a refused command changes nothing;
//! what an order may cost is frozen when it comes in, so that matching cannot fail and nothing is ever oversold; units
//! and money are only moved, never made.

mod account;
pub mod auction;
mod block;
mod book;
mod calendar;
mod call;
mod command;
mod ladder;
mod matching;
mod offer;
mod place;
mod profile;
mod settle;
mod shipped;
mod state;
#[cfg(test)]
mod tests;
mod today;

use serde::{Deserialize, Serialize};

pub use account::{Account, Balance, Due};
pub use book::{Book, Start};
pub use calendar::{Calendar, Closed};
pub use command::{
    Accepted, Asset, Cancelled, Command, Gone, Outcome, Place, Posting, Pricing, Refused, Step, Tif, Trade,
};
pub use matching::{Core, Fill, Incoming, Seen};
pub use profile::{Class, Close, Fees, Hours, Mode, Profile, ProfileError, SelfTrade, Settlement, Terms};
pub use settle::{Leg, Net, Party, net, settle};
pub use shipped::{CALENDARS, PROFILES, calendar, profile};

/// A side of the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Money for units.
    Buy,
    /// Units for money.
    Sell,
}

impl Side {
    /// The one across.
    #[must_use]
    pub const fn other(self) -> Side {
        match self {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        }
    }
}

/// A trading account; numbers are given in order from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountNo(pub u32);

/// A member of the exchange, who has one or more accounts; the caller's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MemberNo(pub u32);

/// An order, block proposal, auction or bid; numbers are given in order, and none is used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderNo(pub u64);
