//! The one-way auction: one seller, a floor, sealed bids until an end; the best bids win, the earlier of two as good.

use super::auction::{self, Interest};
use super::{
    Accepted, AccountNo, Book, Cancelled, Gone, MemberNo, Mode, OrderNo, Outcome, Pricing, Refused, Side, Step, Trade,
};

/// A bid; without tonnes it was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bid {
    pub(super) number: u32,
    pub(super) account: AccountNo,
    pub(super) member: MemberNo,
    pub(super) price_minor: u32,
    pub(super) tonnes: u32,
}

/// The auction that is open, with its bids in the order of their coming.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub(super) number: u32,
    pub(super) account: AccountNo,
    pub(super) member: MemberNo,
    pub(super) tonnes: u32,
    pub(super) floor_minor: u32,
    pub(super) until_us: i64,
    pub(super) pricing: Pricing,
    pub(super) bids: Vec<Bid>,
}

impl Book {
    pub(super) fn open_auction(
        &mut self,
        account: AccountNo,
        (tonnes, floor_minor): (u32, u32),
        until_us: i64,
        pricing: Pricing,
        now_us: i64,
        out: &mut Outcome,
    ) -> Result<Accepted, Refused> {
        let owner = self.accounts.get(account)?;
        owner.may_trade()?;
        let day = self.today()?.day;
        if self.halted {
            return Err(Refused::Halted);
        }
        self.fits(Mode::Auction, tonnes)?;
        if self.offer.is_some() {
            return Err(Refused::AuctionOpen);
        }
        if until_us <= now_us || self.zone.day_of(now_us) != day || self.zone.day_of(until_us) != day {
            return Err(Refused::AuctionEnd { until_us });
        }
        self.affordable(floor_minor)?;
        let needed = owner.covers(Side::Sell, floor_minor, tonnes, &self.profile.fees)?;
        self.has_number()?;

        let member = owner.member;
        let number = self.core.skip();
        let order = self.order_no(number);
        self.accounts
            .hold(account, Side::Sell, Step::Freeze, needed, order, out);
        self.offer = Some(Offer {
            number,
            account,
            member,
            tonnes,
            floor_minor,
            until_us,
            pricing,
            bids: Vec::new(),
        });
        Ok(Accepted::Order(order))
    }

    /// Is it a price on a tick that the profile bounds?
    fn affordable(&self, price_minor: u32) -> Result<(), Refused> {
        self.profile.on_tick(price_minor)?;
        let (low_minor, high_minor) = (self.profile.tick_minor, self.profile.max_price_minor);
        if price_minor > high_minor {
            return Err(Refused::OutsideBand {
                price_minor,
                low_minor,
                high_minor,
            });
        }
        Ok(())
    }

    pub(super) fn bid(
        &mut self,
        account: AccountNo,
        tonnes: u32,
        price_minor: u32,
        now_us: i64,
        out: &mut Outcome,
    ) -> Result<Accepted, Refused> {
        let owner = self.accounts.get(account)?;
        owner.may_trade()?;
        let offer = self.offer.as_ref().ok_or(Refused::NoAuction)?;
        if self.halted {
            return Err(Refused::Halted);
        }
        let Offer {
            until_us, floor_minor, ..
        } = *offer;
        if now_us >= until_us {
            return Err(Refused::AuctionOver { until_us });
        }
        if owner.member == offer.member {
            return Err(Refused::SelfTrade { member: owner.member });
        }
        self.fits(Mode::Auction, tonnes)?;
        self.affordable(price_minor)?;
        if price_minor < floor_minor {
            return Err(Refused::BelowFloor {
                price_minor,
                floor_minor,
            });
        }
        let needed = owner.covers(Side::Buy, price_minor, tonnes, &self.profile.fees)?;
        self.has_number()?;

        let member = owner.member;
        let number = self.core.skip();
        let order = self.order_no(number);
        self.accounts.hold(account, Side::Buy, Step::Freeze, needed, order, out);
        if let Some(offer) = &mut self.offer {
            offer.bids.push(Bid {
                number,
                account,
                member,
                price_minor,
                tonnes,
            });
        }
        Ok(Accepted::Order(order))
    }

    pub(super) fn close_auction(&mut self, now_us: i64, out: &mut Outcome) -> Result<Accepted, Refused> {
        let until_us = self.offer.as_ref().ok_or(Refused::NoAuction)?.until_us;
        if now_us < until_us {
            return Err(Refused::AuctionRuns { until_us });
        }
        if self.halted {
            return Err(Refused::Halted);
        }
        let offer = self.offer.take().ok_or(Refused::NoAuction)?;
        let tick = self.profile.tick_minor;
        let bids: Vec<Interest> = offer
            .bids
            .iter()
            .map(|bid| Interest {
                side: Side::Buy,
                level: bid.price_minor / tick,
                tonnes: bid.tonnes,
            })
            .collect();
        let won = auction::winners(&bids, u64::from(offer.tonnes));
        let gets = won.map_or_else(|| vec![0; bids.len()], |won| auction::allocate(&bids, &won));
        let sell = self.order_no(offer.number);
        let mut left = offer.tonnes;
        for (bid, gets) in offer.bids.iter().zip(gets).filter(|(bid, _)| bid.tonnes > 0) {
            let mut owed = self.needs(Side::Buy, bid.price_minor, bid.tonnes);
            let buy = self.order_no(bid.number);
            if gets > 0 {
                let price_minor = match (offer.pricing, won) {
                    (Pricing::Uniform, Some(won)) => won.level * tick,
                    _ => bid.price_minor,
                };
                let trade = Trade {
                    number: 0,
                    mode: Mode::Auction,
                    price_minor,
                    tonnes: gets,
                    buyer: bid.account,
                    seller: offer.account,
                    buy,
                    sell,
                    taker: None,
                };
                owed -= self.trade(trade, out);
                left -= gets;
            }
            self.accounts
                .hold(bid.account, Side::Buy, Step::Release, owed, buy, out);
            gone(buy, bid.tonnes - gets, Gone::Outbid, out);
        }
        self.accounts
            .hold(offer.account, Side::Sell, Step::Release, i64::from(left), sell, out);
        gone(sell, left, Gone::Unfilled, out);
        Ok(Accepted::Order(sell))
    }

    pub(super) fn cancel_bid(
        &mut self,
        number: u32,
        account: AccountNo,
        order: OrderNo,
        out: &mut Outcome,
    ) -> Result<(), Refused> {
        let unknown = Refused::UnknownOrder { order };
        let offer = self.offer.as_mut().ok_or(unknown)?;
        if number == offer.number {
            // what was announced stands until its end
            let until_us = offer.until_us;
            return Err(Refused::AuctionRuns { until_us });
        }
        let at = offer.bids.binary_search_by_key(&number, |bid| bid.number);
        let bid = at
            .ok()
            .and_then(|at| offer.bids.get_mut(at))
            .filter(|bid| bid.tonnes > 0);
        let bid = bid.ok_or(unknown)?;
        if bid.account != account {
            return Err(Refused::NotYours { order });
        }
        let bid_was = *bid;
        bid.tonnes = 0;
        self.give_back(bid_was, Gone::Cancelled, out);
        Ok(())
    }

    fn give_back(&mut self, bid: Bid, why: Gone, out: &mut Outcome) {
        let order = self.order_no(bid.number);
        let amount = self.needs(Side::Buy, bid.price_minor, bid.tonnes);
        self.accounts
            .hold(bid.account, Side::Buy, Step::Release, amount, order, out);
        gone(order, bid.tonnes, why, out);
    }

    /// A member was stopped: its bids go; if it is the seller, the auction does.
    pub(super) fn sweep_bids(&mut self, member: MemberNo, out: &mut Outcome) {
        let Some(mut offer) = self.offer.take() else {
            return;
        };
        let off = offer.member == member;
        for bid in offer
            .bids
            .iter_mut()
            .filter(|bid| bid.tonnes > 0 && (off || bid.member == member))
        {
            let bid_was = *bid;
            bid.tonnes = 0;
            self.give_back(bid_was, if off { Gone::CalledOff } else { Gone::Killed }, out);
        }
        if off {
            let sell = self.order_no(offer.number);
            self.accounts.hold(
                offer.account,
                Side::Sell,
                Step::Release,
                i64::from(offer.tonnes),
                sell,
                out,
            );
            gone(sell, offer.tonnes, Gone::Killed, out);
        } else {
            self.offer = Some(offer);
        }
    }
}

/// Tells of what was not traded, if anything was not.
fn gone(order: OrderNo, tonnes: u32, why: Gone, out: &mut Outcome) {
    if tonnes > 0 {
        out.cancelled.push(Cancelled { order, tonnes, why });
    }
}
