//! Orders for the book: what is asked of them, and how they meet.

use super::book::sized;
use super::today::Call;
use super::{
    Accepted, AccountNo, Book, Cancelled, Gone, Incoming, Mode, OrderNo, Outcome, Place, Refused, Seen, SelfTrade,
    Side, Step, Tif, Trade,
};

impl Book {
    pub(super) fn place(&mut self, place: &Place, now_us: i64, out: &mut Outcome) -> Result<Accepted, Refused> {
        let Place {
            account, side, tonnes, ..
        } = *place;
        let owner = self.accounts.get(account)?;
        owner.may_trade()?;
        let mode = self.book_mode(now_us)?;
        let waits = place.tif == Tif::Day && place.price_minor.is_some();
        if mode != Mode::Continuous && !waits {
            return Err(Refused::KindNotInMode { mode });
        }
        let today = self.today()?;
        if let (Mode::Continuous, Call::Until(_)) = (mode, today.call) {
            return Err(Refused::CallPending);
        }
        if let Some(terms) = &self.terms {
            sized(terms, self.profile.lot_t, tonnes)?;
        }
        let (low_minor, high_minor) = today.prices;
        let price_minor = match (place.price_minor, side) {
            (Some(price_minor), _) => self.profile.on_tick(price_minor)?,
            (None, _) if self.terms.as_ref().is_none_or(|terms| terms.band_permille.is_none()) => {
                return Err(Refused::NeedsLimit);
            }
            (None, Side::Buy) => high_minor,
            (None, Side::Sell) => low_minor,
        };
        if !(low_minor..=high_minor).contains(&price_minor) {
            return Err(Refused::OutsideBand {
                price_minor,
                low_minor,
                high_minor,
            });
        }
        let needed = owner.covers(side, price_minor, tonnes, &self.profile.fees)?;
        let incoming = Incoming {
            side,
            level: (price_minor - low_minor) / self.profile.tick_minor,
            tonnes,
            account: account.0,
            member: owner.member.0,
            on_disconnect: place.on_disconnect,
        };
        if mode == Mode::Call && self.would_meet_itself(&incoming) {
            return Err(Refused::SelfTrade { member: owner.member });
        }
        self.has_number()?;
        if place.tif == Tif::Fok {
            let reachable_t = self.core.reachable(&incoming, self.profile.self_trade);
            if reachable_t < tonnes {
                return Err(Refused::NotFillable { reachable_t, tonnes });
            }
        }

        let order = self.order_no(self.core.next_number());
        self.accounts.hold(account, side, Step::Freeze, needed, order, out);
        if mode == Mode::Continuous {
            self.meet(&incoming, needed, waits, out);
        } else {
            self.core.rest(&incoming, tonnes);
            self.enters_call(mode, &incoming);
        }
        Ok(Accepted::Order(order))
    }

    fn book_mode(&self, now_us: i64) -> Result<Mode, Refused> {
        let today = self.today()?;
        if self.halted {
            return Err(Refused::Halted);
        }
        today.book_mode(now_us).ok_or_else(|| {
            let book = [Mode::Listing, Mode::Continuous].into_iter();
            let mut has = book.filter(|mode| self.profile.mode.contains_key(mode));
            has.next()
                .map_or(Refused::ModeNotAllowed { mode: Mode::Continuous }, |mode| {
                    Refused::OutsideHours {
                        mode,
                        now_us,
                        opens_us: today.opens(mode, now_us),
                    }
                })
        })
    }

    /// Matches an order for which `frozen` is held, and lets the rest wait or go.
    fn meet(&mut self, incoming: &Incoming, frozen: i64, waits: bool, out: &mut Outcome) {
        let mut fills = std::mem::take(&mut self.fills);
        let (left, stopped) = self.core.take(incoming, self.profile.self_trade, &mut fills);
        let rests = if waits && !stopped { left } else { 0 };
        let number = self.core.rest(incoming, rests);
        let order = self.order_no(number);
        let (account, side) = (AccountNo(incoming.account), incoming.side);

        let mut used = 0;
        for fill in fills.drain(..) {
            if !fill.traded {
                let seen = Seen {
                    number: fill.number,
                    side: side.other(),
                    level: fill.level,
                    left: fill.tonnes,
                    account: fill.account,
                    member: incoming.member,
                    on_disconnect: false,
                };
                self.release(seen, Gone::SelfTrade, out);
                continue;
            }
            let standing = (AccountNo(fill.account), self.order_no(fill.number));
            let price = self.price_of(fill.level);
            let trade = trade(Mode::Continuous, (price, fill.tonnes), side, (account, order), standing);
            let pays = self.trade(trade, out);
            used += match side {
                Side::Buy => pays,
                Side::Sell => {
                    // parts of a buyer's order may cost less in fees than the whole was reckoned at
                    let whole = self.needs(Side::Buy, price, fill.before);
                    let rest = self.needs(Side::Buy, price, fill.before - fill.tonnes);
                    self.accounts.hold(
                        standing.0,
                        Side::Buy,
                        Step::Release,
                        whole - rest - pays,
                        standing.1,
                        out,
                    );
                    i64::from(fill.tonnes)
                }
            };
        }
        self.fills = fills;

        let keeps = self.needs(side, self.price_of(incoming.level), rests);
        self.accounts
            .hold(account, side, Step::Release, frozen - used - keeps, order, out);
        if left > rests {
            let why = if stopped && self.profile.self_trade == SelfTrade::CancelNewest {
                Gone::SelfTrade
            } else {
                Gone::Unfilled
            };
            out.cancelled.push(Cancelled {
                order,
                tonnes: left - rests,
                why,
            });
        }
    }

    /// Listing: takes tonnes of an order that is shown, at its price.
    pub(super) fn pick(
        &mut self,
        account: AccountNo,
        order: OrderNo,
        tonnes: u32,
        now_us: i64,
        out: &mut Outcome,
    ) -> Result<Accepted, Refused> {
        let owner = self.accounts.get(account)?;
        owner.may_trade()?;
        let mode = self.book_mode(now_us)?;
        let levels = self.terms.as_ref().and_then(|terms| terms.pick_levels);
        let levels = levels.ok_or(Refused::KindNotInMode { mode })?;
        let shown = self.number(order).and_then(|number| self.core.order(number));
        let shown = shown.ok_or(Refused::UnknownOrder { order })?;
        let mut best = self
            .core
            .depth(shown.side)
            .take(levels as usize)
            .map(|(level, _)| level);
        let among = best.any(|level| level == shown.level);
        drop(best);
        if !among {
            return Err(Refused::NotAmongBest { order, levels });
        }
        if shown.member == owner.member.0 {
            return Err(Refused::SelfTrade { member: owner.member });
        }
        if tonnes != shown.left {
            self.fits(mode, tonnes)?; // the last of an order can be picked however little it is
        }
        if tonnes > shown.left {
            let left_t = shown.left;
            return Err(Refused::MoreThanLeft { left_t, tonnes });
        }
        let (side, price) = (shown.side.other(), self.price_of(shown.level));
        let needed = owner.covers(side, price, tonnes, &self.profile.fees)?;
        self.has_number()?;

        let picking = self.core.skip();
        let picking = self.order_no(picking);
        self.accounts.hold(account, side, Step::Freeze, needed, picking, out);
        self.core.reduce(shown.number, tonnes);
        let standing = (AccountNo(shown.account), order);
        let pays = self.trade(trade(mode, (price, tonnes), side, (account, picking), standing), out);
        if side == Side::Sell {
            let whole = self.needs(Side::Buy, price, shown.left);
            let rest = self.needs(Side::Buy, price, shown.left - tonnes);
            self.accounts
                .hold(standing.0, Side::Buy, Step::Release, whole - rest - pays, order, out);
        }
        Ok(Accepted::Order(picking))
    }
}

/// A trade between an order that came in and one that stood; its number is still to be given.
pub(super) fn trade(
    mode: Mode,
    (price_minor, tonnes): (u32, u32),
    taker: Side,
    came: (AccountNo, OrderNo),
    stood: (AccountNo, OrderNo),
) -> Trade {
    let (buy, sell) = match taker {
        Side::Buy => (came, stood),
        Side::Sell => (stood, came),
    };
    Trade {
        number: 0,
        mode,
        price_minor,
        tonnes,
        buyer: buy.0,
        seller: sell.0,
        buy: buy.1,
        sell: sell.1,
        taker: Some(taker),
    }
}
