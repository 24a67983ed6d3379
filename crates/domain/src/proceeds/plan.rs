//! Who gets which share of a sale, as it is published before the batch is submitted.

use serde::{Deserialize, Serialize};

use crate::measure::{Currency, Money};
use crate::registry::issue::Permille;
use crate::registry::origin::Digest;

/// What becomes of a participant's share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Paid out.
    Cash,
    /// Put into gifts.
    Gift,
    /// Given to public welfare.
    Welfare,
}

impl Choice {
    /// Every choice.
    pub const ALL: [Choice; 3] = [Choice::Cash, Choice::Gift, Choice::Welfare];

    /// Its name in requests and in the books.
    pub const fn name(self) -> &'static str {
        match self {
            Choice::Cash => "cash",
            Choice::Gift => "gift",
            Choice::Welfare => "welfare",
        }
    }

    /// The choice of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }
}

/// Shares of the net proceeds, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    /// To the participants, pro rata to what they contributed.
    pub participants: Permille,
    /// To gifts for everybody.
    pub gifts: Permille,
    /// To public welfare.
    pub welfare: Permille,
    /// To the platform.
    pub fee: Permille,
}

/// What a plan says, to be read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The shares; they sum to 1000.
    pub shares: Shares,
    /// The least amount that is paid out in cash; less is kept until it has grown. Not negative.
    pub least: Money,
    /// What becomes of the share of somebody who has not chosen.
    pub unchosen: Choice,
}

/// A published split. Its shares sum to the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Terms", into = "Terms")]
pub struct Plan(Terms);

/// Why terms are no plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// More or less than the whole.
    #[error("the shares sum to {0} thousandths, not to 1000")]
    Sum(u16),
    /// A negative amount.
    #[error("the least payout is negative")]
    Least,
}

impl Plan {
    /// A plan of these terms.
    pub fn new(terms: Terms) -> Result<Self, PlanError> {
        let Shares {
            participants,
            gifts,
            welfare,
            fee,
        } = terms.shares;
        let sum = participants.get() + gifts.get() + welfare.get() + fee.get(); // at most 4000
        if sum != 1000 {
            return Err(PlanError::Sum(sum));
        }
        if terms.least.minor < 0 {
            return Err(PlanError::Least);
        }
        Ok(Plan(terms))
    }

    /// What it says.
    pub const fn terms(&self) -> &Terms {
        &self.0
    }

    /// The currency that it is about.
    pub const fn currency(&self) -> Currency {
        self.0.least.currency
    }

    /// SHA-256 over everything that it says, to be published with it.
    pub fn digest(&self) -> Digest {
        let Shares {
            participants,
            gifts,
            welfare,
            fee,
        } = self.0.shares;
        let shares = [participants, gifts, welfare, fee].map(|share| share.get().to_le_bytes());
        Digest::of(&[
            b"plan",
            shares.as_flattened(),
            &self.0.least.minor.to_le_bytes(),
            self.0.least.currency.code().as_bytes(),
            self.0.unchosen.name().as_bytes(),
        ])
    }
}

impl TryFrom<Terms> for Plan {
    type Error = PlanError;

    fn try_from(terms: Terms) -> Result<Self, PlanError> {
        Plan::new(terms)
    }
}

impl From<Plan> for Terms {
    fn from(plan: Plan) -> Terms {
        plan.0
    }
}
