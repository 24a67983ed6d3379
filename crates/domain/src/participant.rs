//! Participants: persons and small entities, and what they consented to.

use serde::{Deserialize, Serialize};

/// Who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One human being.
    Person,
    /// A shop, household, class or office.
    SmallEntity,
}

impl Kind {
    /// As it is stored.
    pub const fn number(self) -> i64 {
        match self {
            Kind::Person => 0,
            Kind::SmallEntity => 1,
        }
    }

    /// From the stored number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Kind::Person),
            1 => Some(Kind::SmallEntity),
            _ => None,
        }
    }
}

/// What a participant can agree to, each by itself and each revocable. Location and health-like data are sensitive
/// personal information (PIPL art. 28), hence one consent a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Taking part: that acts are recorded at all.
    Programme,
    /// That partners report acts.
    PartnerEvents,
    /// That readings of devices (steps, rides) are used.
    DeviceReadings,
    /// That photos are kept and compared.
    Photos,
    /// That the programme claims the reductions and pools them for sale.
    Delegation,
    /// That recorded tracks, and the place of photos, are used.
    Location,
    /// That steps which a device counted are used.
    Steps,
}

impl Consent {
    /// Every kind.
    pub const ALL: [Consent; 7] = [
        Consent::Programme,
        Consent::PartnerEvents,
        Consent::DeviceReadings,
        Consent::Photos,
        Consent::Delegation,
        Consent::Location,
        Consent::Steps,
    ];

    /// Its name in requests and in the books.
    pub const fn name(self) -> &'static str {
        match self {
            Consent::Programme => "programme",
            Consent::PartnerEvents => "partner_events",
            Consent::DeviceReadings => "device_readings",
            Consent::Photos => "photos",
            Consent::Delegation => "delegation",
            Consent::Location => "location",
            Consent::Steps => "steps",
        }
    }

    /// The consent of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|consent| consent.name() == name)
    }

    const fn bit(self) -> i64 {
        1 << self as i64
    }
}

/// The consents that are in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Consents(i64);

impl Consents {
    /// From the stored bits.
    pub const fn from_bits(bits: i64) -> Self {
        Consents(bits)
    }

    /// As they are stored.
    pub const fn bits(self) -> i64 {
        self.0
    }

    /// Whether one is in force.
    pub const fn has(self, consent: Consent) -> bool {
        self.0 & consent.bit() != 0
    }

    /// With one more.
    #[must_use]
    pub const fn with(self, consent: Consent) -> Self {
        Consents(self.0 | consent.bit())
    }

    /// With one less.
    #[must_use]
    pub const fn without(self, consent: Consent) -> Self {
        Consents(self.0 & !consent.bit())
    }

    /// Those in force.
    pub fn iter(self) -> impl Iterator<Item = Consent> {
        Consent::ALL.into_iter().filter(move |consent| self.has(*consent))
    }
}

/// What decides whether a participant's acts may be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether the account is open.
    pub open: bool,
    /// The consents in force.
    pub consents: Consents,
    /// Whether the participant does not want the events of the partner that reports the act.
    pub partner_out: bool,
}
