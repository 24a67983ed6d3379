//! The hash of a book's state: everything that later commands could depend on, in a canonical order.

use sha2::{Digest, Sha256};

use super::today::Call;
use super::{Book, Side};

/// Numbers in the order in which they are told, each as eight bytes.
struct Canon(Sha256);

impl Canon {
    fn put(&mut self, number: i64) {
        self.0.update(number.to_le_bytes());
    }

    fn all<const N: usize>(&mut self, numbers: [i64; N]) {
        for number in numbers {
            self.put(number);
        }
    }

    /// A number that may not be there.
    fn maybe(&mut self, number: Option<i64>) {
        self.all([i64::from(number.is_some()), number.unwrap_or(0)]);
    }

    /// A list's length before what is in it, so that no two states are written alike.
    fn len(&mut self, length: usize) {
        self.put(i64::try_from(length).unwrap_or(i64::MAX));
    }
}

const fn of_side(side: Side) -> i64 {
    side as i64
}

impl Book {
    /// SHA-256 over the whole state. Two books that took the same commands have the same; one tonne, fen or turn in a
    /// queue makes another.
    pub fn hash(&self) -> [u8; 32] {
        let mut canon = Canon(Sha256::new());
        canon.len(self.profile.id.len());
        canon.0.update(self.profile.id.as_bytes());
        canon.all([
            i64::from(self.halted),
            self.now_us,
            self.first_order.cast_signed(),
            i64::from(self.core.next_number()),
            self.trades.cast_signed(),
            self.fees_minor,
            self.totals[0],
            self.totals[1],
        ]);
        canon.maybe(self.last_day.map(|day| i64::from(day.epoch_days())));
        canon.maybe(self.last_close.map(i64::from));
        canon.maybe(self.today.as_ref().map(|today| i64::from(today.day.epoch_days())));
        if let Some(today) = &self.today {
            canon.put(match today.call {
                Call::None => 0,
                Call::Until(until_us) => until_us,
                Call::Done => -1,
            });
            let (value, tonnes, last) = today.traded();
            canon.0.update(value.to_le_bytes());
            canon.put(tonnes.cast_signed());
            canon.maybe(last.map(i64::from));
        }

        canon.len(self.accounts.0.len());
        for account in &self.accounts.0 {
            let due = account.due;
            canon.all([
                i64::from(account.member.0),
                account.class as i64,
                account.money.free,
                account.money.frozen,
                account.units.free,
                account.units.frozen,
                due.money_out,
                due.money_in,
                due.units_out,
                due.units_in,
                due.fees,
            ]);
            canon.len(account.locked.len());
            for (day, tonnes) in &account.locked {
                canon.all([i64::from(day.epoch_days()), *tonnes]);
            }
        }
        canon.len(self.killed.len());
        self.killed.iter().for_each(|member| canon.put(i64::from(member.0)));

        canon.len(self.core.orders().count());
        for order in self.core.orders() {
            canon.all([
                i64::from(order.number),
                of_side(order.side),
                i64::from(order.level),
                i64::from(order.left),
                i64::from(order.account),
                i64::from(order.on_disconnect),
            ]);
        }
        canon.len(self.proposals.len());
        for (number, proposal) in &self.proposals {
            canon.all([
                i64::from(*number),
                i64::from(proposal.account.0),
                i64::from(proposal.to.0),
                of_side(proposal.side),
                i64::from(proposal.price_minor),
                i64::from(proposal.tonnes),
            ]);
        }
        canon.put(i64::from(self.offer.is_some()));
        if let Some(offer) = &self.offer {
            canon.all([
                i64::from(offer.number),
                i64::from(offer.account.0),
                i64::from(offer.tonnes),
                i64::from(offer.floor_minor),
                offer.until_us,
                offer.pricing as i64,
            ]);
            let bids = offer.bids.iter().filter(|bid| bid.tonnes > 0);
            canon.len(bids.clone().count());
            for bid in bids {
                canon.all([
                    i64::from(bid.number),
                    i64::from(bid.account.0),
                    i64::from(bid.price_minor),
                    i64::from(bid.tonnes),
                ]);
            }
        }
        canon.0.finalize().into()
    }
}
