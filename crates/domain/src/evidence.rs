//! Evidence: what proves an act, and how much that proof is worth.

use std::fmt;

use serde::{Deserialize, Serialize};

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
