//! What becomes of each participant's share: paid, put into gifts, given away, or kept until it is worth paying.

use serde::{Deserialize, Serialize};

use super::allocate::{Allocation, Line};
use super::plan::{Choice, Plan};
use super::sale::Sale;
use crate::measure::{Carbon, Money, ParticipantId};
use crate::registry::lineage::Whereabouts;
use crate::registry::serial::SerialRange;

/// What the books know of a participant before a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purse {
    /// What the participant chose, if anything.
    pub choice: Option<Choice>,
    /// What was kept of earlier payouts, in minor units; zero or more.
    pub kept: i64,
    /// Whether the participant has left: what is due then goes to public welfare.
    pub left: bool,
}

/// What becomes of what is due to a participant, in minor units: at most one of the first three is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Paid {
    /// Paid out.
    pub cash: i64,
    /// Put into gifts.
    pub gift: i64,
    /// Given to public welfare.
    pub welfare: i64,
    /// Kept for the next payout, since it is less than the plan's least.
    pub kept: i64,
}

/// A sum left 64 bits, or an amount was negative; nothing may be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what is due to participant {0} is out of range")]
pub struct OutOfRange(pub ParticipantId);

/// What becomes of a line. What was kept earlier follows the choice that is in force now.
pub fn pay(line: &Line, plan: &Plan, purse: Purse) -> Result<Paid, OutOfRange> {
    let due = line
        .amount
        .checked_add(purse.kept)
        .filter(|_| line.amount >= 0 && purse.kept >= 0);
    let due = due.ok_or(OutOfRange(line.participant))?;
    let terms = plan.terms();
    let choice = if purse.left {
        Choice::Welfare
    } else {
        purse.choice.unwrap_or(terms.unchosen)
    };
    let none = Paid::default();
    Ok(match choice {
        Choice::Cash if due < terms.least.minor => Paid { kept: due, ..none },
        Choice::Cash => Paid { cash: due, ..none },
        Choice::Gift => Paid { gift: due, ..none },
        Choice::Welfare => Paid { welfare: due, ..none },
    })
}

/// The sums of a payout, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// The net proceeds.
    pub net: i128,
    /// What had been kept earlier.
    pub brought: i128,
    /// Paid out.
    pub cash: i128,
    /// Put into gifts, the plan's share included.
    pub gifts: i128,
    /// Given to public welfare, the plan's share included.
    pub welfare: i128,
    /// To the platform.
    pub fee: i128,
    /// Kept for later payouts.
    pub kept: i128,
}

impl Totals {
    /// Whether everything that came in went somewhere: net and brought = cash, gifts, welfare, fee and kept.
    pub const fn balance(&self) -> bool {
        self.net + self.brought == self.cash + self.gifts + self.welfare + self.fee + self.kept
    }
}

/// Pays an allocation: asks for each participant's purse, and hands each line over with what becomes of it. The totals
/// are summed apart from the lines' own arithmetic, so that [`Totals::balance`] proves something.
pub fn pay_all(
    allocation: &Allocation,
    plan: &Plan,
    net: Money,
    mut purse: impl FnMut(ParticipantId) -> Purse,
    mut each: impl FnMut(&Line, Paid),
) -> Result<Totals, OutOfRange> {
    let pots = allocation.pots();
    let mut totals = Totals {
        net: net.minor.into(),
        gifts: pots.gifts.into(),
        welfare: pots.welfare.into(),
        fee: pots.fee.into(),
        ..Totals::default()
    };
    for line in allocation.lines() {
        let purse = purse(line.participant);
        let paid = pay(line, plan, purse)?;
        totals.brought += i128::from(purse.kept);
        totals.cash += i128::from(paid.cash);
        totals.gifts += i128::from(paid.gift);
        totals.welfare += i128::from(paid.welfare);
        totals.kept += i128::from(paid.kept);
        each(line, paid);
    }
    Ok(totals)
}

/// What a participant is told of a payout: "your 1,204 g were in batch B, serials …, sold at …, your share CNY 0.06".
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PayoutLine<'a> {
    /// Whose.
    pub participant: ParticipantId,
    /// What of the participant's grams was in the batch.
    pub credited: Carbon,
    /// The units that these grams lie in, all of them or in part; none if all are in the remainder.
    pub serials: Option<SerialRange>,
    /// What of the grams is in no unit of this batch, but in its remainder.
    pub in_remainder: Carbon,
    /// The batch, the trades, the units that were sold and their prices.
    pub sale: &'a Sale,
    /// The participant's share.
    pub amount: Money,
    /// What became of it, and of what was kept earlier.
    pub paid: Paid,
}

impl<'a> PayoutLine<'a> {
    /// The line of a participant whose grams are somewhere in the batch.
    pub fn new(line: &Line, paid: Paid, sale: &'a Sale, grams: &Whereabouts) -> Self {
        let range = |(first, last)| SerialRange::new(sale.batch().clone(), first, last).ok();
        PayoutLine {
            participant: line.participant,
            credited: line.credited,
            serials: grams.units.and_then(range),
            in_remainder: grams.in_remainder,
            sale,
            amount: Money {
                minor: line.amount,
                currency: sale.net().currency,
            },
            paid,
        }
    }
}
