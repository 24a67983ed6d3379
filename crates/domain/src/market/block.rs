//! Block trades: one side proposes to the other, the other states the same terms, and the trade is made.

use super::place::trade;
use super::{Accepted, AccountNo, Book, Cancelled, Gone, Mode, OrderNo, Outcome, Refused, Side, Step};

/// A trade that waits for the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Proposal {
    pub(super) account: AccountNo,
    pub(super) to: AccountNo,
    /// The proposer's.
    pub(super) side: Side,
    pub(super) price_minor: u32,
    pub(super) tonnes: u32,
}

impl Book {
    fn block_hours(&self, now_us: i64) -> Result<(u32, u32), Refused> {
        let mode = Mode::Block;
        let today = self.today()?;
        let prices = today.block_prices.ok_or(Refused::ModeNotAllowed { mode })?;
        if self.halted {
            return Err(Refused::Halted);
        }
        if today.is_open(mode, now_us) {
            Ok(prices)
        } else {
            Err(Refused::OutsideHours {
                mode,
                now_us,
                opens_us: today.opens(mode, now_us),
            })
        }
    }

    pub(super) fn propose(&mut self, proposal: Proposal, now_us: i64, out: &mut Outcome) -> Result<Accepted, Refused> {
        let Proposal {
            account,
            to,
            side,
            price_minor,
            tonnes,
        } = proposal;
        let (owner, other) = (self.accounts.get(account)?, self.accounts.get(to)?);
        owner.may_trade()?;
        other.may_trade()?;
        let (low_minor, high_minor) = self.block_hours(now_us)?;
        self.fits(Mode::Block, tonnes)?;
        self.profile.on_tick(price_minor)?;
        if !(low_minor..=high_minor).contains(&price_minor) {
            return Err(Refused::OutsideBand {
                price_minor,
                low_minor,
                high_minor,
            });
        }
        if owner.member == other.member {
            return Err(Refused::SelfTrade { member: owner.member });
        }
        let needed = owner.covers(side, price_minor, tonnes, &self.profile.fees)?;
        self.has_number()?;

        let number = self.core.skip();
        let order = self.order_no(number);
        self.accounts.hold(account, side, Step::Freeze, needed, order, out);
        self.proposals.insert(number, proposal);
        Ok(Accepted::Order(order))
    }

    pub(super) fn confirm(
        &mut self,
        account: AccountNo,
        order: OrderNo,
        (side, price_minor, tonnes): (Side, u32, u32),
        now_us: i64,
        out: &mut Outcome,
    ) -> Result<Accepted, Refused> {
        let owner = self.accounts.get(account)?;
        owner.may_trade()?;
        self.block_hours(now_us)?;
        let unknown = Refused::UnknownOrder { order };
        let number = self.number(order).ok_or(unknown)?;
        let proposal = *self.proposals.get(&number).ok_or(unknown)?;
        if proposal.to != account {
            return Err(Refused::NotProposedToYou { order });
        }
        if (side, price_minor, tonnes) != (proposal.side.other(), proposal.price_minor, proposal.tonnes) {
            return Err(Refused::TermsDiffer {
                side: proposal.side,
                price_minor: proposal.price_minor,
                tonnes: proposal.tonnes,
            });
        }
        let needed = owner.covers(side, price_minor, tonnes, &self.profile.fees)?;
        self.has_number()?;

        let confirming = self.core.skip();
        let confirming = self.order_no(confirming);
        self.accounts.hold(account, side, Step::Freeze, needed, confirming, out);
        self.proposals.remove(&number);
        let (came, stood) = ((account, confirming), (proposal.account, order));
        self.trade(trade(Mode::Block, (price_minor, tonnes), side, came, stood), out);
        Ok(Accepted::Order(confirming))
    }

    pub(super) fn drop_proposal(&mut self, number: u32, why: Gone, out: &mut Outcome) {
        if let Some(proposal) = self.proposals.remove(&number) {
            let order = self.order_no(number);
            let Proposal {
                account,
                side,
                price_minor,
                tonnes,
                ..
            } = proposal;
            let amount = self.needs(side, price_minor, tonnes);
            self.accounts.hold(account, side, Step::Release, amount, order, out);
            out.cancelled.push(Cancelled { order, tonnes, why });
        }
    }

    pub(super) fn sweep_proposals(&mut self, why: Gone, which: impl Fn(&Proposal) -> bool, out: &mut Outcome) {
        let mut found: Vec<u32> = Vec::new();
        found.extend(
            self.proposals
                .iter()
                .filter(|(_, proposal)| which(proposal))
                .map(|(number, _)| number),
        );
        for number in found {
            self.drop_proposal(number, why, out);
        }
    }
}
