//! Dividing the net proceeds of a sale.
//!
//! By largest remainder, twice: first among the four pots of the plan, then the participants' pot among the participants
//! in proportion to their credited milligrams. Ties go to the larger remainder, then to the larger contribution, then to
//! the lower participant number; among pots in the order participants, gifts, welfare, fee.
//!
//! A batch that is sold in parts pays each part by the same contributions. Where a rounded share is too small to pay,
//! the same people would win the odd unit in each sale. So a sale looks at all that the batch has earned so far: each is
//! brought as near as possible to their share of it. Whoever has had that share already, by an earlier odd unit, gets
//! nothing this time, and the others divide as if they were alone. The first sale of a batch is plain largest remainder.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::plan::Plan;
use crate::measure::{Carbon, Currency, Money, ParticipantId, bucket_of, share_out};
use crate::registry::seal::Contribution;

/// A participant's claim on the proceeds of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entitled {
    /// What the participant brought: zero or more; zero for somebody whose records were all taken back since.
    pub contribution: Contribution,
    /// What earlier sales of this batch have allocated to the participant, in minor units; zero or more.
    pub received: i64,
}

/// What a sale brings a participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Whom.
    pub participant: ParticipantId,
    /// For what.
    pub credited: Carbon,
    /// How much, in minor units; zero or more.
    pub amount: i64,
}

/// The net proceeds by what they go to, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pots {
    /// To the participants, line by line.
    pub participants: i64,
    /// To gifts for everybody.
    pub gifts: i64,
    /// To public welfare. Takes the participants' pot too where nobody has a claim on it.
    pub welfare: i64,
    /// To the platform.
    pub fee: i64,
}

/// Why a sale cannot be divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AllocateError {
    /// Another currency than the plan's.
    #[error("the plan is in {}, the sale in {}", .0.code(), .1.code())]
    Currency(Currency, Currency),
    /// Below zero.
    #[error("the net proceeds are negative")]
    Negative,
    /// Not in the order (bucket, participant), or somebody twice.
    #[error("participant {0} does not come after the one before")]
    Order(ParticipantId),
    /// A contribution or an amount received below zero.
    #[error("participant {0} has a negative contribution or has received a negative amount")]
    Claim(ParticipantId),
    /// A sum leaves 64 bits.
    #[error("a sum is out of range")]
    Range,
}

/// The net proceeds of a sale, divided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    currency: Currency,
    pots: Pots,
    lines: Vec<Line>,
}

impl Allocation {
    /// What the net proceeds go to.
    pub const fn pots(&self) -> Pots {
        self.pots
    }

    /// A line for each participant, in the order in which they were given; also where it is nothing.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The currency of all amounts.
    pub const fn currency(&self) -> Currency {
        self.currency
    }
}

/// Divides the net proceeds of a sale by a plan. `entitled` comes in the canonical order (bucket, participant) and has
/// everybody who contributed to the batch. Takes time in proportion to their number.
pub fn allocate(net: Money, plan: &Plan, entitled: &[Entitled]) -> Result<Allocation, AllocateError> {
    if net.currency != plan.currency() {
        return Err(AllocateError::Currency(plan.currency(), net.currency));
    }
    let (weight, received) = checked(entitled)?;
    let shares = plan.terms().shares;
    let weights = [shares.participants, shares.gifts, shares.welfare, shares.fee].map(|share| u64::from(share.get()));
    let parts = share_out(net.minor, &weights).map_err(|_| AllocateError::Negative)?; // a plan has a weight
    let [participants, gifts, welfare, fee] = parts[..] else {
        return Err(AllocateError::Range); // as many parts as weights
    };
    let mut pots = Pots {
        participants,
        gifts,
        welfare,
        fee,
    };
    let mut lines: Vec<Line> = entitled
        .iter()
        .map(|one| Line {
            participant: one.contribution.participant,
            credited: one.contribution.credited,
            amount: 0,
        })
        .collect();
    if weight == 0 {
        // cannot leave the range: both are parts of the net
        pots.welfare += pots.participants;
        pots.participants = 0;
    } else {
        divide(participants, entitled, weight, received, &mut lines);
    }
    Ok(Allocation {
        currency: net.currency,
        pots,
        lines,
    })
}

/// The sums of contributions and of what was received, each of which fits 64 bits.
fn checked(entitled: &[Entitled]) -> Result<(i64, i64), AllocateError> {
    let (mut weight, mut received) = (0i64, 0i64);
    let mut last = None;
    for one in entitled {
        let participant = one.contribution.participant;
        let place = (bucket_of(participant.number()), participant);
        if last.is_some_and(|last| last >= place) {
            return Err(AllocateError::Order(participant));
        }
        last = Some(place);
        if one.contribution.credited < Carbon::ZERO || one.received < 0 {
            return Err(AllocateError::Claim(participant));
        }
        weight = weight
            .checked_add(one.contribution.credited.mg())
            .ok_or(AllocateError::Range)?;
        received = received.checked_add(one.received).ok_or(AllocateError::Range)?;
    }
    Ok((weight, received))
}

/// Divides `total` among those who have not had their share yet. `weight` is above zero.
fn divide(total: i64, entitled: &[Entitled], mut weight: i64, mut received: i64, lines: &mut [Line]) {
    // what everybody should have had by now, less what they have had, times `weight`: below 2^127 either way
    let owed = |one: &Entitled, weight: i64, received: i64| {
        let earned = i128::from(received) + i128::from(total);
        earned * i128::from(one.contribution.credited.mg()) - i128::from(one.received) * i128::from(weight)
    };
    let mut among: Vec<usize> = (0..entitled.len()).collect();
    loop {
        let (all, had) = (weight, received);
        among.retain(|&i| {
            let stays = owed(&entitled[i], all, had) >= 0;
            if !stays {
                weight -= entitled[i].contribution.credited.mg();
                received -= entitled[i].received;
            }
            stays
        });
        // what is owed to those who stay sums to `total × weight` or more, so somebody with a weight stays
        if (all, had) == (weight, received) {
            break;
        }
    }
    let divisor = i128::from(weight);
    let mut left = total;
    let mut remainders: Vec<(i64, usize)> = Vec::with_capacity(among.len());
    for i in among {
        let owed = owed(&entitled[i], weight, received);
        let (whole, rest) = (owed / divisor, owed % divisor);
        // no more than the total, and less than the divisor
        let (whole, rest) = (
            i64::try_from(whole).unwrap_or(i64::MAX),
            i64::try_from(rest).unwrap_or(i64::MAX),
        );
        lines[i].amount = whole;
        left -= whole;
        remainders.push((rest, i));
    }
    // the remainders sum to `left × weight` and each is below `weight`, so there are more of them than `left`
    let odd = usize::try_from(left).unwrap_or(0).min(remainders.len());
    if odd > 0 {
        let rank = |&(rest, i): &(i64, usize)| {
            let contribution = entitled[i].contribution;
            (Reverse(rest), Reverse(contribution.credited), contribution.participant)
        };
        remainders.select_nth_unstable_by_key(odd - 1, rank);
        for (_, i) in &remainders[..odd] {
            lines[*i].amount += 1;
        }
    }
}
