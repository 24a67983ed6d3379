//! Evidence: what proves an act, and how much that proof is worth.
//!
//! Shape: a reader outside turns a raw file into [`Facts`]; [`judge`] weighs them, with what is known of the participant
//! ([`History`]) and the programme's [`Policy`], and says credit, ask a person, or refuse, with every [`Sign`] that it
//! saw. Invariant: nothing here reads a clock, a file or chance, so a stored decision can be replayed to the same
//! [`Verdict`].

mod judge;
pub mod looks;
pub mod meter;
pub mod photo;
pub mod policy;
mod sample;
mod sign;
mod source;
pub mod steps;
pub mod text;
pub mod track;

use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use judge::gravity;
pub use judge::{Again, Agreeing, Claim, History, Outcome, Verdict, judge, judge_report};
pub use looks::Looks;
pub use meter::MeterFacts;
pub use photo::PhotoFacts;
pub use policy::{Action, Limits, Policy, PolicyError, Rule, Tone};
pub use sign::{SIGNS, Sign, Value};
pub use source::{ABOUT_US, Source, agree, independent};
pub use steps::StepsFacts;
pub use text::TextFacts;
pub use track::TrackFacts;

/// The version of the rules by which decisions are made: it grows with every change of [`judge`], or of what it reads,
/// that may turn a stored decision into another one. A decision is replayed as long as this number is that of the
/// decision.
pub const RULES: i64 = 1;

/// Everything that a decision was made on beside the policy, as it is stored with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounds {
    /// The act.
    pub claim: Claim,
    /// What readers found in its proofs.
    pub facts: Facts,
    /// What the books knew.
    pub history: History,
}

impl Grounds {
    /// The decision that these grounds lead to under a policy.
    pub fn judge(&self, policy: &Policy) -> Verdict {
        judge(&self.claim, &self.facts, &self.history, policy)
    }
}

/// How good a proof is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grade {
    /// Declared, nothing more.
    E0,
    /// A photo or screenshot that nobody has used before.
    E1,
    /// A device sensor.
    E2,
    /// An event that a partner vouches for.
    E3,
    /// Two independent sources agree.
    E4,
}

impl Grade {
    /// From worst to best.
    pub const ALL: [Grade; 5] = [Grade::E0, Grade::E1, Grade::E2, Grade::E3, Grade::E4];

    /// 0 to 4.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// 0 to 4, as it is stored.
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// From the stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| grade.number() == number)
    }

    /// Reads `E0` to `E4`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| grade.to_string() == text)
    }

    /// The next lower one; `E0` has none.
    #[must_use]
    pub fn lowered(self) -> Self {
        Self::ALL[self.index().saturating_sub(1)]
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E{}", self.index())
    }
}

/// The share of a gross reduction that evidence earns, in thousandths: 0 to 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weight(u16);

impl Weight {
    /// Nothing is credited.
    pub const ZERO: Weight = Weight(0);

    /// From thousandths; `None` above one.
    pub fn from_thousandths(thousandths: u16) -> Option<Self> {
        (thousandths <= 1000).then_some(Weight(thousandths))
    }

    /// Thousandths, 0 to 1000.
    pub const fn thousandths(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Weight {
    /// `50 %`, `12.5 %`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", crate::measure::Decimal::new(i64::from(self.0), 1))
    }
}

/// What kind of raw proof a participant can send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A photo or screenshot.
    Photo,
    /// A recorded track: GPX, FIT, GeoJSON, CSV.
    Track,
    /// Steps by day: a health export, a wristband's CSV, WeChat.
    Steps,
    /// The reading of a meter.
    Meter,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 4] = [Kind::Photo, Kind::Track, Kind::Steps, Kind::Meter];

    /// Its name in requests and in the books.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Photo => "photo",
            Kind::Track => "track",
            Kind::Steps => "steps",
            Kind::Meter => "meter",
        }
    }

    /// The kind of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The grade of a proof of this kind that nothing speaks against.
    pub const fn grade(self) -> Grade {
        match self {
            Kind::Photo => Grade::E1,
            Kind::Track | Kind::Steps | Kind::Meter => Grade::E2,
        }
    }
}

/// What readers found in the proofs of one act. Everything that a decision uses is here, in [`History`] or in
/// [`Claim`]; it is stored with the decision.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Photos, the first one sent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<PhotoFacts>,
    /// What was read in them; nothing where no reader is installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextFacts>,
    /// A recorded track.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<TrackFacts>,
    /// The steps of a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<StepsFacts>,
    /// The reading of a meter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meter: Option<MeterFacts>,
}

impl Facts {
    /// The best grade that proofs of these kinds can have.
    pub fn grade(&self) -> Grade {
        if self.track.is_some() || self.steps.is_some() {
            Grade::E2
        } else if !self.photos.is_empty() {
            Grade::E1
        } else if self.meter.is_some() {
            Grade::E2
        } else {
            Grade::E0
        }
    }
}
