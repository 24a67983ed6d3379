//! The opening call: orders gather and meet at one price; what is left goes on into continuous trading.

use super::auction::{self, Interest};
use super::today::Call;
use super::{Accepted, AccountNo, Book, Incoming, Mode, Outcome, Refused, Seen, Side, Step, Trade};

impl Book {
    /// Whether an order could meet one of its own member at the call's price.
    pub(super) fn would_meet_itself(&self, order: &Incoming) -> bool {
        let (member, other) = (order.member, order.side.other());
        match order.side {
            Side::Buy => self.calls.range((member, other, 0)..=(member, other, order.level)),
            Side::Sell => self
                .calls
                .range((member, other, order.level)..=(member, other, u32::MAX)),
        }
        .next()
        .is_some()
    }

    pub(super) fn enters_call(&mut self, mode: Mode, order: &Incoming) {
        if mode == Mode::Call {
            *self.calls.entry((order.member, order.side, order.level)).or_default() += 1;
        }
    }

    pub(super) fn leaves_call(&mut self, order: Seen) {
        let key = (order.member, order.side, order.level);
        if let Some(count) = self.calls.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.calls.remove(&key);
            }
        }
    }

    /// Lets the call's orders meet at one price.
    pub(super) fn uncross(&mut self, now_us: i64, out: &mut Outcome) -> Result<Accepted, Refused> {
        let today = self.today()?;
        let Call::Until(until_us) = today.call else {
            return Err(Refused::NoCall);
        };
        if now_us < until_us {
            return Err(Refused::StillTrading { until_us });
        }
        if self.halted {
            return Err(Refused::Halted);
        }
        let (low, high) = today.prices;
        let last = self.last_close.unwrap_or(low).clamp(low, high);
        let last = (last - low) / self.profile.tick_minor;

        let seen: Vec<Seen> = self.core.orders().collect();
        let orders: Vec<Interest> = seen
            .iter()
            .map(|order| Interest {
                side: order.side,
                level: order.level,
                tonnes: order.left,
            })
            .collect();
        if let Some(cross) = auction::cross(&orders, last) {
            let gets = auction::allocate(&orders, &cross);
            let price_minor = self.price_of(cross.level);
            // what the parts of a buyer's order cost, to give back the rest of what was frozen for it
            let mut paid = vec![0; orders.len()];
            for (buy, sell, tonnes) in auction::pair(&orders, &gets) {
                let trade = Trade {
                    number: 0,
                    mode: Mode::Call,
                    price_minor,
                    tonnes,
                    buyer: AccountNo(seen[buy].account),
                    seller: AccountNo(seen[sell].account),
                    buy: self.order_no(seen[buy].number),
                    sell: self.order_no(seen[sell].number),
                    taker: None,
                };
                paid[buy] += self.trade(trade, out);
            }
            for ((order, gets), paid) in seen.iter().zip(gets).zip(paid).filter(|((_, gets), _)| *gets > 0) {
                self.core.reduce(order.number, gets);
                if order.side == Side::Buy {
                    let limit = self.price_of(order.level);
                    let froze =
                        self.needs(Side::Buy, limit, order.left) - self.needs(Side::Buy, limit, order.left - gets);
                    let number = self.order_no(order.number);
                    let account = AccountNo(order.account);
                    self.accounts
                        .hold(account, Side::Buy, Step::Release, froze - paid, number, out);
                }
            }
        }
        self.calls.clear();
        if let Some(today) = &mut self.today {
            today.call = Call::Done;
        }
        Ok(Accepted::Done)
    }
}
