//! The book of one instrument: takes commands in order, keeps accounts, hours and numbers.
//!
//! Shape of every command: ask everything that could refuse it, then do it; nothing fails half-way.

use std::collections::{BTreeMap, BTreeSet};

use super::account::{Account, Accounts, frozen_asset};
use super::block::Proposal;
use super::offer::Offer;
use super::today::Today;
use super::{
    Accepted, AccountNo, Asset, Calendar, Cancelled, Class, Command, Core, Fill, Gone, MemberNo, Mode, OrderNo,
    Outcome, Posting, Profile, ProfileError, Refused, Seen, Side, Step, Terms, Trade,
};
use crate::measure::{Day, Zone};

/// All money and all units of a book together stay below this, so that no sum of theirs leaves 64 bits.
const TOTAL_MAX: i64 = 1 << 61;

/// Where a book takes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Start {
    /// The closing price of the last trading day, or the price from which the first one's band is measured.
    pub last_close: Option<u32>,
    /// The last day that has closed.
    pub last_day: Option<Day>,
    /// The number of the last order there has been.
    pub orders: u64,
    /// The number of the last trade there has been.
    pub trades: u64,
}

/// A book with its accounts.
#[derive(Debug, Clone)]
pub struct Book {
    pub(super) profile: Profile,
    /// The book's own terms: size, and with listing the levels to pick from.
    pub(super) terms: Option<Terms>,
    pub(super) calendar: Calendar,
    pub(super) zone: Zone,
    pub(super) accounts: Accounts,
    pub(super) killed: BTreeSet<MemberNo>,
    pub(super) core: Core,
    /// The order with number 0 in `core` has this number.
    pub(super) first_order: u64,
    pub(super) trades: u64,
    pub(super) today: Option<Today>,
    pub(super) last_day: Option<Day>,
    pub(super) last_close: Option<u32>,
    pub(super) halted: bool,
    pub(super) now_us: i64,
    /// Prices of the call's orders by member and side, so that nobody meets themselves there.
    pub(super) calls: BTreeMap<(u32, Side, u32), u32>,
    pub(super) proposals: BTreeMap<u32, Proposal>,
    pub(super) offer: Option<Offer>,
    /// Fees taken, minor units.
    pub(super) fees_minor: i64,
    /// All money and units that came in and have not left.
    pub(super) totals: [i64; 2],
    pub(super) fills: Vec<Fill>,
}

impl Book {
    /// A book before its first command, under a profile and the calendar that it names.
    pub fn new(profile: Profile, calendar: Calendar, start: Start) -> Result<Self, ProfileError> {
        if calendar.id != profile.calendar {
            return Err(ProfileError::Unfit(
                "the calendar is not the one that the profile names",
            ));
        }
        Ok(Book {
            zone: profile.zone()?,
            terms: profile.book_terms().cloned(),
            profile,
            calendar,
            accounts: Accounts::default(),
            killed: BTreeSet::new(),
            core: Core::new(1),
            first_order: start.orders + 1,
            trades: start.trades,
            today: None,
            last_day: start.last_day,
            last_close: start.last_close,
            halted: false,
            now_us: i64::MIN,
            calls: BTreeMap::new(),
            proposals: BTreeMap::new(),
            offer: None,
            fees_minor: 0,
            totals: [0, 0],
            fills: Vec::new(),
        })
    }

    /// Does what a command says at an instant (microseconds since the epoch), or says why not.
    pub fn apply(&mut self, command: &Command, now_us: i64) -> Outcome {
        let mut out = Outcome::default();
        self.apply_into(command, now_us, &mut out);
        out
    }

    /// As `apply`, into an outcome that is used again.
    pub fn apply_into(&mut self, command: &Command, now_us: i64, out: &mut Outcome) {
        out.clear();
        let done = if now_us < self.now_us {
            let last_us = self.now_us;
            Err(Refused::ClockBack { now_us, last_us })
        } else {
            self.run(command, now_us, out)
        };
        match done {
            Ok(accepted) => {
                self.now_us = now_us;
                out.accepted = Some(accepted);
            }
            Err(refused) => out.refused = Some(refused),
        }
    }

    fn run(&mut self, command: &Command, now_us: i64, out: &mut Outcome) -> Result<Accepted, Refused> {
        match *command {
            Command::Place(ref place) => self.place(place, now_us, out),
            Command::Cancel { account, order } => self.cancel(account, order, out),
            Command::Pick { account, order, tonnes } => self.pick(account, order, tonnes, now_us, out),
            Command::Admit { member, class } => self.admit(member, class),
            Command::Deposit {
                account,
                asset,
                amount,
                saleable_from,
            } => self.deposit(account, asset, amount, saleable_from, out),
            Command::Withdraw { account, asset, amount } => self.withdraw(account, asset, amount, out),
            Command::Open { day } => self.open(day, out),
            Command::Uncross => self.uncross(now_us, out),
            Command::CloseDay => self.close_day(now_us, out),
            Command::Halt if self.halted => Err(Refused::Halted),
            Command::Resume if !self.halted => Err(Refused::NotHalted),
            Command::Halt | Command::Resume => {
                self.halted = matches!(command, Command::Halt);
                Ok(Accepted::Done)
            }
            Command::Kill { member } => self.kill(member, out),
            Command::Revive { member } => {
                if !self.killed.remove(&member) {
                    return Err(Refused::NotKilled { member });
                }
                self.mark(member, false);
                Ok(Accepted::Done)
            }
            Command::Disconnect { member } => {
                self.sweep(
                    Gone::Disconnected,
                    |order| order.member == member.0 && order.on_disconnect,
                    out,
                );
                Ok(Accepted::Done)
            }
            Command::Propose {
                account,
                to,
                side,
                price_minor,
                tonnes,
            } => self.propose(
                Proposal {
                    account,
                    to,
                    side,
                    price_minor,
                    tonnes,
                },
                now_us,
                out,
            ),
            Command::Confirm {
                account,
                order,
                side,
                price_minor,
                tonnes,
            } => self.confirm(account, order, (side, price_minor, tonnes), now_us, out),
            Command::OpenAuction {
                account,
                tonnes,
                floor_minor,
                until_us,
                pricing,
            } => {
                let pricing = pricing.unwrap_or(self.profile.auction_pricing);
                self.open_auction(account, (tonnes, floor_minor), until_us, pricing, now_us, out)
            }
            Command::Bid {
                account,
                tonnes,
                price_minor,
            } => self.bid(account, tonnes, price_minor, now_us, out),
            Command::CloseAuction => self.close_auction(now_us, out),
        }
    }

    fn admit(&mut self, member: MemberNo, class: Class) -> Result<Accepted, Refused> {
        let number = u32::try_from(self.accounts.0.len()).map_err(|_| Refused::Full)?;
        let eligible = self.profile.eligible.contains(&class);
        let killed = self.killed.contains(&member);
        self.accounts.0.push(Account::new(member, class, eligible, killed));
        Ok(Accepted::Account(AccountNo(number)))
    }

    fn deposit(
        &mut self,
        account: AccountNo,
        asset: Asset,
        amount: i64,
        saleable_from: Option<Day>,
        out: &mut Outcome,
    ) -> Result<Accepted, Refused> {
        self.accounts.get(account)?;
        let total = &mut self.totals[asset as usize];
        let sum = total.checked_add(amount).filter(|sum| *sum <= TOTAL_MAX && amount > 0);
        *total = sum.ok_or(Refused::Amount)?;
        let step = match saleable_from {
            Some(from) if asset == Asset::Units => Step::Lock(from),
            _ => Step::Deposit,
        };
        let posting = Posting {
            account,
            asset,
            step,
            amount,
            order: None,
        };
        self.accounts.post(posting, out);
        Ok(Accepted::Done)
    }

    fn withdraw(
        &mut self,
        account: AccountNo,
        asset: Asset,
        amount: i64,
        out: &mut Outcome,
    ) -> Result<Accepted, Refused> {
        let owner = self.accounts.get(account)?;
        if amount <= 0 {
            return Err(Refused::Amount);
        }
        match asset {
            Asset::Money if owner.money.free < amount => {
                return Err(Refused::InsufficientMoney {
                    needed_minor: amount,
                    free_minor: owner.money.free,
                });
            }
            Asset::Units if owner.units.free < amount => {
                return Err(Refused::InsufficientUnits {
                    needed_t: amount,
                    free_t: owner.units.free,
                });
            }
            _ => {}
        }
        self.totals[asset as usize] -= amount;
        let posting = Posting {
            account,
            asset,
            step: Step::Withdraw,
            amount,
            order: None,
        };
        self.accounts.post(posting, out);
        Ok(Accepted::Done)
    }

    fn kill(&mut self, member: MemberNo, out: &mut Outcome) -> Result<Accepted, Refused> {
        if !self.killed.insert(member) {
            return Err(Refused::Killed { member });
        }
        self.mark(member, true);
        self.sweep(Gone::Killed, |order| order.member == member.0, out);
        let accounts = self.accounts_of(member);
        self.sweep_proposals(Gone::Killed, |proposal| accounts.contains(&proposal.account), out);
        self.sweep_bids(member, out);
        Ok(Accepted::Done)
    }

    fn mark(&mut self, member: MemberNo, killed: bool) {
        let accounts = self.accounts.0.iter_mut().filter(|account| account.member == member);
        accounts.for_each(|account| account.killed = killed);
    }

    fn accounts_of(&self, member: MemberNo) -> BTreeSet<AccountNo> {
        (0..)
            .map(AccountNo)
            .zip(&self.accounts.0)
            .filter(|(_, account)| account.member == member)
            .map(|(number, _)| number)
            .collect()
    }

    fn cancel(&mut self, account: AccountNo, order: OrderNo, out: &mut Outcome) -> Result<Accepted, Refused> {
        self.today()?;
        self.accounts.get(account)?;
        let unknown = Refused::UnknownOrder { order };
        let number = self.number(order).ok_or(unknown)?;
        if let Some(seen) = self.core.order(number) {
            if seen.account != account.0 {
                return Err(Refused::NotYours { order });
            }
            self.drop_order(seen, Gone::Cancelled, out);
        } else if let Some(proposal) = self.proposals.get(&number) {
            if proposal.account != account {
                return Err(Refused::NotYours { order });
            }
            self.drop_proposal(number, Gone::Cancelled, out);
        } else {
            self.cancel_bid(number, account, order, out)?;
        }
        Ok(Accepted::Done)
    }

    /// Takes a resting order out and gives back what it froze.
    pub(super) fn drop_order(&mut self, seen: Seen, why: Gone, out: &mut Outcome) {
        if self.core.cancel(seen.number).is_some() {
            self.release(seen, why, out);
        }
    }

    /// Gives back what an order that has left the book froze for the tonnes it did not trade.
    pub(super) fn release(&mut self, seen: Seen, why: Gone, out: &mut Outcome) {
        let order = self.order_no(seen.number);
        let price = self.price_of(seen.level);
        let amount = self.needs(seen.side, price, seen.left);
        let account = AccountNo(seen.account);
        self.accounts
            .hold(account, seen.side, Step::Release, amount, order, out);
        out.cancelled.push(Cancelled {
            order,
            tonnes: seen.left,
            why,
        });
        self.leaves_call(seen);
    }

    pub(super) fn sweep(&mut self, why: Gone, which: impl Fn(&Seen) -> bool, out: &mut Outcome) {
        let found: Vec<Seen> = self.core.orders().filter(which).collect();
        for seen in found {
            self.drop_order(seen, why, out);
        }
    }

    // --- what the parts share ---------------------------------------------------------------------

    /// The number under which the day's book knows an order.
    pub(super) fn number(&self, order: OrderNo) -> Option<u32> {
        u32::try_from(order.0.checked_sub(self.first_order)?).ok()
    }

    pub(super) const fn order_no(&self, number: u32) -> OrderNo {
        OrderNo(self.first_order + number as u64)
    }

    /// What a side must freeze for so many tonnes at a limit.
    pub(super) const fn needs(&self, side: Side, price_minor: u32, tonnes: u32) -> i64 {
        match side {
            Side::Buy => self.profile.fees.need(price_minor, tonnes),
            Side::Sell => tonnes as i64,
        }
    }

    /// The price of a level of the day's book.
    pub(super) fn price_of(&self, level: u32) -> u32 {
        let low = self.today.as_ref().map_or(0, |today| today.prices.0);
        low + level * self.profile.tick_minor
    }

    pub(super) fn fits(&self, mode: Mode, tonnes: u32) -> Result<(), Refused> {
        let terms = self.profile.mode.get(&mode).ok_or(Refused::ModeNotAllowed { mode })?;
        sized(terms, self.profile.lot_t, tonnes)
    }

    pub(super) fn has_number(&self) -> Result<(), Refused> {
        if self.core.next_number() >= u32::MAX - 1 {
            return Err(Refused::Full);
        }
        Ok(())
    }

    /// Makes a trade of which both sides are frozen; returns what the buyer pays with its fee.
    pub(super) fn trade(&mut self, mut trade: Trade, out: &mut Outcome) -> i64 {
        self.trades += 1;
        trade.number = self.trades;
        let mut saleable_from = None;
        if let Some(today) = &mut self.today {
            saleable_from = today.saleable_from;
            today.note(&trade);
        }
        let (fees, settlement) = (&self.profile.fees, self.profile.settlement);
        let (pays, fees) = self.accounts.deliver(&trade, fees, settlement, saleable_from, out);
        self.fees_minor += fees;
        self.totals[Asset::Money as usize] -= fees;
        out.trades.push(trade);
        pays
    }

    // --- what can be seen -------------------------------------------------------------------------

    /// The rules.
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The day that is open.
    pub fn day(&self) -> Option<Day> {
        self.today.as_ref().map(|today| today.day)
    }

    /// The lowest and highest price of the day's book, minor units a tonne.
    pub fn prices(&self) -> Option<(u32, u32)> {
        self.today.as_ref().map(|today| today.prices)
    }

    /// The last closing price.
    pub const fn last_close(&self) -> Option<u32> {
        self.last_close
    }

    /// Whether trading is halted.
    pub const fn is_halted(&self) -> bool {
        self.halted
    }

    /// An account.
    pub fn account(&self, account: AccountNo) -> Option<&Account> {
        self.accounts.0.get(account.0 as usize)
    }

    /// How many accounts there are.
    pub fn accounts(&self) -> usize {
        self.accounts.0.len()
    }

    /// Fees taken so far, minor units.
    pub const fn fees_minor(&self) -> i64 {
        self.fees_minor
    }

    /// The best prices of a side and the tonnes at each, best first.
    pub fn depth(&self, side: Side) -> impl Iterator<Item = (u32, u64)> {
        self.core
            .depth(side)
            .map(|(level, tonnes)| (self.price_of(level), tonnes))
    }

    /// A resting order: its account, side, limit in minor units, and tonnes left.
    pub fn order(&self, order: OrderNo) -> Option<(AccountNo, Side, u32, u32)> {
        let seen = self.core.order(self.number(order)?)?;
        Some((AccountNo(seen.account), seen.side, self.price_of(seen.level), seen.left))
    }

    /// What an order freezes.
    pub const fn freezes(side: Side) -> Asset {
        frozen_asset(side)
    }
}

/// Is a quantity a whole number of lots, and within the terms?
pub(super) fn sized(terms: &Terms, lot_t: u32, tonnes: u32) -> Result<(), Refused> {
    let (min_t, max_t) = (terms.min_t, terms.max_t);
    if tonnes == 0 || !tonnes.is_multiple_of(lot_t) {
        return Err(Refused::OddLot { lot_t });
    }
    if tonnes < min_t {
        return Err(Refused::TooSmall { tonnes, min_t });
    }
    if tonnes > max_t {
        return Err(Refused::TooLarge { tonnes, max_t });
    }
    Ok(())
}
