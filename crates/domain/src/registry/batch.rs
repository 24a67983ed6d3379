//! The life of a batch, a type a stage.
//!
//! ```text
//! Draft ─ seal ─> Sealed ─ publish ─> Published ─ submit ─> Submitted ─ verify ─> Verified ─ issue ─> Issued
//!   ^                                                           └─ reject ─> Rejected
//!   └──────────────────────────────── reopen ───────────────────────────────────┘
//! ```
//!
//! A stage can only be made from the one before, by somebody who may. [`Batch`] is whichever stage it is, to be stored.

mod verify;

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, UnknownDay};
use super::issue::{Backing, BackingError, Clawback, Issue, Permille, Pool, PoolError, issue};
use super::origin::{Digest, Origin};
use super::sample::{Finding, Outcome, Unfinished};
use super::seal::{Contents, Sum, Terms};
use super::serial::{Prefix, SerialError};
use crate::evidence::Grade;
use crate::measure::{Carbon, Day, Id};
use crate::programme::Role;

pub use verify::Statement;

/// Working days for which the split is shown before a batch may be submitted, after Guangdong's rules.
pub const SHOWN_WORKING_DAYS: u32 = 7;

/// From more than so many thousandths of error in the random sample, a batch cannot be stated to be right. Five per cent
/// is usual in the verification of emissions; that it is asked of the sample's estimate is our rule.
pub const MATERIAL_PERMILLE: u16 = 50;

/// Somebody who does something to a batch, with every role that the person has in its programme.
#[derive(Debug, Clone, Copy)]
pub struct Actor<'a> {
    /// Who.
    pub user: Id,
    /// As what.
    pub roles: &'a [Role],
    /// Whether grams of the person's own are in the batch; such a person does not verify it.
    pub contributes: bool,
}

/// What is done to a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Its records are fixed.
    Seal,
    /// The split of its proceeds is shown.
    Publish,
    /// It goes to the verifier.
    Submit,
    /// It is stated to be right, or not.
    Verify,
    /// A rejected one is taken up again.
    Reopen,
    /// Its units are made.
    Issue,
}

impl Step {
    /// The role that may do it.
    pub const fn role(self) -> Role {
        match self {
            Step::Seal | Step::Publish | Step::Submit | Step::Reopen => Role::Finance,
            Step::Verify => Role::Verifier,
            Step::Issue => Role::Admin,
        }
    }
}

/// Why a step is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The person does not have the role.
    #[error("that is for somebody who is {}", .0.role().name())]
    Role(Step),
    /// A verifier is a third party, and this person also works for the operator or a partner.
    #[error("who verifies may not also be {} of the programme", .0.name())]
    Operates(Role),
    /// A verifier may not have had a hand in the batch.
    #[error("who verifies may not have had a hand in the batch")]
    HadAHand,
    /// A verifier may not gain by the batch.
    #[error("who verifies may not have grams in the batch")]
    Contributes,
    /// Two persons submit and issue.
    #[error("who submitted the batch may not issue its units: a second person does")]
    SecondPerson,
    /// What was sealed is another batch.
    #[error("what was sealed does not belong to this draft")]
    OtherTerms,
    /// The split has not been shown long enough.
    #[error("the split is shown until {opens}; the batch may be submitted from that day on")]
    Shown {
        /// The first day on which it may be submitted.
        opens: Day,
    },
    /// The calendar does not reach far enough.
    #[error(transparent)]
    Calendar(#[from] UnknownDay),
    /// The sample was not drawn from this batch and word.
    #[error("the sample was not drawn from this batch with this word")]
    OtherSample,
    /// The sample is too small.
    #[error("the sample takes at least {random} records at random and {risky} by risk")]
    SmallSample {
        /// By lot.
        random: u64,
        /// By risk, where there are so many.
        risky: u64,
    },
    /// The findings are not complete.
    #[error(transparent)]
    Findings(#[from] Unfinished),
    /// Too much is wrong.
    #[error("the sample is overstated by {permille} ‰; more than {MATERIAL_PERMILLE} ‰ cannot be stated to be right")]
    Material {
        /// Of the random sample's mass.
        permille: u16,
    },
    /// A statement or a rejection without a word.
    #[error("a statement has words")]
    Wordless,
    /// What the verifier found too much is not yet taken back.
    #[error("{0} that the verifier found too much must be taken back first")]
    StillOverstated(Carbon),
    /// The remainder belongs to another programme or other methodologies, or is of this very batch.
    #[error("the remainder is not of an earlier batch of this programme and these methodologies")]
    OtherRemainder,
    /// The remainder was carried before.
    #[error("the remainder was carried into batch {0}")]
    CarriedBefore(NonZeroU32),
    /// There is no pool.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// There are no serial numbers for it.
    #[error(transparent)]
    Serial(#[from] SerialError),
}

/// Who did a step, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Who.
    pub by: Id,
    /// When, microseconds since the epoch.
    pub at_us: i64,
}

fn allowed(step: Step, by: Actor<'_>, at_us: i64) -> Result<Done, Refused> {
    if by.roles.contains(&step.role()) {
        Ok(Done { by: by.user, at_us })
    } else {
        Err(Refused::Role(step))
    }
}

/// What a batch shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    number: NonZeroU32,
    origin: Origin,
    minimum: Grade,
}

/// A batch whose records are fixed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    draft: Draft,
    total: Sum,
    contents: Digest,
    done: Done,
}

/// A batch whose split is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    sealed: Sealed,
    plan: Digest,
    on: Day,
    opens: Day,
    done: Done,
}

/// A batch before the verifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    published: Published,
    done: Done,
}

/// A batch that the verifier states to be right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    submitted: Submitted,
    outcome: Outcome,
    statement: Digest,
    done: Done,
}

/// A batch that the verifier does not state to be right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    submitted: Submitted,
    findings: Vec<Finding>,
    statement: Digest,
    done: Done,
}

/// A batch whose units were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    verified: Verified,
    issue: Issue,
    carried_into: Option<NonZeroU32>,
    backing: Backing,
    done: Done,
}

impl Draft {
    /// A batch in preparation. `number` counts batches within the programme; the caller keeps origins unique.
    pub const fn new(number: NonZeroU32, origin: Origin, minimum: Grade) -> Self {
        Draft {
            number,
            origin,
            minimum,
        }
    }

    /// Its number within the programme.
    pub const fn number(&self) -> NonZeroU32 {
        self.number
    }

    /// Programme, methodologies, period.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What it asks of records if it is sealed on a day.
    pub fn terms(&self, on: Day) -> Terms {
        Terms {
            origin: self.origin.clone(),
            minimum: self.minimum,
            on,
        }
    }

    /// Fixes its records.
    pub fn seal(self, contents: &Contents, by: Actor<'_>, at_us: i64) -> Result<Sealed, Refused> {
        let done = allowed(Step::Seal, by, at_us)?;
        let terms = contents.terms();
        if terms.origin != self.origin || terms.minimum != self.minimum {
            return Err(Refused::OtherTerms);
        }
        Ok(Sealed {
            draft: self,
            total: contents.total(),
            contents: contents.digest(),
            done,
        })
    }
}

impl Sealed {
    /// What it shall be.
    pub const fn draft(&self) -> &Draft {
        &self.draft
    }

    /// Its records and their mass.
    pub const fn total(&self) -> Sum {
        self.total
    }

    /// What its records are.
    pub const fn contents(&self) -> Digest {
        self.contents
    }

    /// Shows the split of its proceeds, by the digest of the plan, from a civil day on. The day from which it may be
    /// submitted is fixed then, by the calendar as it is known.
    pub fn publish(
        self,
        plan: Digest,
        on: Day,
        calendar: &Calendar,
        by: Actor<'_>,
        at_us: i64,
    ) -> Result<Published, Refused> {
        let done = allowed(Step::Publish, by, at_us)?;
        let opens = calendar.after(on, SHOWN_WORKING_DAYS)?;
        Ok(Published {
            sealed: self,
            plan,
            on,
            opens,
            done,
        })
    }
}

impl Published {
    /// What is shown.
    pub const fn plan(&self) -> Digest {
        self.plan
    }

    /// Since when it is shown.
    pub const fn on(&self) -> Day {
        self.on
    }

    /// The first day on which it may be submitted.
    pub const fn opens(&self) -> Day {
        self.opens
    }

    /// The batch as it was sealed.
    pub const fn sealed(&self) -> &Sealed {
        &self.sealed
    }

    /// Hands it to the verifier, on a civil day.
    pub fn submit(self, on: Day, by: Actor<'_>, at_us: i64) -> Result<Submitted, Refused> {
        let done = allowed(Step::Submit, by, at_us)?;
        if on < self.opens {
            return Err(Refused::Shown { opens: self.opens });
        }
        Ok(Submitted { published: self, done })
    }
}

impl Rejected {
    /// What was found.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The digest of the verifier's statement.
    pub const fn statement(&self) -> Digest {
        self.statement
    }

    /// The batch as it was submitted.
    pub const fn submitted(&self) -> &Submitted {
        &self.submitted
    }

    /// Takes it up again: its records are in no batch from then on, number and origin stay.
    pub fn reopen(self, by: Actor<'_>, at_us: i64) -> Result<Draft, Refused> {
        allowed(Step::Reopen, by, at_us)?;
        Ok(self.submitted.published.sealed.draft)
    }
}

/// What units are made with, beside the batch itself.
#[derive(Debug)]
pub struct Making<'a> {
    /// The programme's code in serial numbers: 2 to 12 capital letters and digits.
    pub programme: &'a str,
    /// What was taken back of the batch's records since it was sealed.
    pub reversed: Carbon,
    /// The batch whose remainder comes first.
    pub earlier: Option<&'a mut Issued>,
    /// The share that is withheld.
    pub buffer: Permille,
}

impl Verified {
    /// What the verifier's findings came to.
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The digest of the verifier's statement.
    pub const fn statement(&self) -> Digest {
        self.statement
    }

    /// The batch as it was submitted.
    pub const fn submitted(&self) -> &Submitted {
        &self.submitted
    }

    /// Makes its units. The earlier batch remembers where its remainder went, so that it goes there once; it is
    /// unchanged if this is refused.
    pub fn issue(self, making: Making<'_>, by: Actor<'_>, at_us: i64) -> Result<Issued, Refused> {
        let done = allowed(Step::Issue, by, at_us)?;
        if done.by == self.submitted.done.by {
            return Err(Refused::SecondPerson);
        }
        if making.reversed < self.outcome.overstated {
            let left = self.outcome.overstated.mg() - making.reversed.mg().max(0);
            return Err(Refused::StillOverstated(Carbon::from_mg(left)));
        }
        let sealed = &self.submitted.published.sealed;
        let Draft { number, origin, .. } = &sealed.draft;
        let mut carried = Carbon::ZERO;
        if let Some(earlier) = &making.earlier {
            let from = earlier.draft();
            let ids = |origin: &Origin| origin.methodologies.ids().map(str::to_owned).collect::<Vec<_>>();
            if from.origin.programme != origin.programme || ids(&from.origin) != ids(origin) || from.number == *number {
                return Err(Refused::OtherRemainder);
            }
            if let Some(into) = earlier.carried_into {
                return Err(Refused::CarriedBefore(into));
            }
            carried = earlier.issue.remainder();
        }
        let pool = Pool::new(sealed.total.credited, making.reversed, carried)?;
        let prefix = Prefix::new(
            making.programme,
            origin.methodologies.word(),
            origin.period.vintage(),
            number.get(),
        )?;
        if let Some(earlier) = making.earlier {
            earlier.carried_into = Some(*number);
        }
        let issue = issue(pool, making.buffer, prefix);
        Ok(Issued {
            verified: self,
            issue,
            carried_into: None,
            backing: Backing::default(),
            done,
        })
    }
}

impl Issued {
    /// Its units.
    pub const fn units(&self) -> &Issue {
        &self.issue
    }

    /// What it was meant to be.
    pub const fn draft(&self) -> &Draft {
        &self.verified.submitted.published.sealed.draft
    }

    /// The batch as it was verified.
    pub const fn verified(&self) -> &Verified {
        &self.verified
    }

    /// The batch that its remainder went to.
    pub const fn carried_into(&self) -> Option<NonZeroU32> {
        self.carried_into
    }

    /// What stands behind its units.
    pub const fn backing(&self) -> Backing {
        self.backing
    }

    /// Takes grams back that turned out false; `buffer` is what its buffer still holds, in tonnes. The caller cancels
    /// as many units of it.
    pub fn claw_back(&mut self, reversed: Carbon, buffer: u64) -> Result<Clawback, BackingError> {
        let clawback = self.backing.claw_back(reversed, buffer)?;
        self.backing = clawback.after;
        Ok(clawback)
    }

    /// Pays of what the buffer could not cover, by units that were cancelled.
    pub fn pay(&mut self, cancelled: u64) -> Result<(), BackingError> {
        self.backing = self.backing.pay(cancelled)?;
        Ok(())
    }
}

/// A batch at whichever stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each stage is documented as a type")]
pub enum Batch {
    Draft(Draft),
    Sealed(Sealed),
    Published(Published),
    Submitted(Submitted),
    Verified(Verified),
    Rejected(Rejected),
    Issued(Issued),
}

impl Batch {
    /// What it is meant to be.
    pub const fn draft(&self) -> &Draft {
        match self {
            Batch::Draft(draft) => draft,
            Batch::Sealed(sealed) => &sealed.draft,
            Batch::Published(published) => &published.sealed.draft,
            Batch::Submitted(submitted) => &submitted.published.sealed.draft,
            Batch::Verified(verified) => &verified.submitted.published.sealed.draft,
            Batch::Rejected(rejected) => &rejected.submitted.published.sealed.draft,
            Batch::Issued(issued) => issued.draft(),
        }
    }

    /// The name of its stage in requests and in the books.
    pub const fn stage(&self) -> &'static str {
        match self {
            Batch::Draft(_) => "draft",
            Batch::Sealed(_) => "sealed",
            Batch::Published(_) => "published",
            Batch::Submitted(_) => "submitted",
            Batch::Verified(_) => "verified",
            Batch::Rejected(_) => "rejected",
            Batch::Issued(_) => "issued",
        }
    }
}

#[cfg(test)]
mod tests;
