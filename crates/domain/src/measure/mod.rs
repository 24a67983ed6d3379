//! Exact quantities: grams, points, money, civil days, and division that loses nothing.
//!
//! Invariant: no quantity is ever held in binary floating point, and every operation that can leave the range of
//! its integer says so instead of wrapping.

mod day;
mod decimal;
mod id;
mod share;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use day::{Day, Month, Period, Zone};
pub(crate) use decimal::pow10;
pub use decimal::{Decimal, DecimalError};
pub use id::{EntryId, Id, IdError, OrderId, ParticipantId, PartnerId, ProgrammeId, RewardId, bucket_of, make_id};
pub use share::{ShareError, share_out};

/// A language that Puhui speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Simplified Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

/// A short text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// The text in one language.
    pub fn in_lang(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// Why a quantity could not be read or computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// The number itself is unreadable.
    #[error(transparent)]
    Decimal(#[from] DecimalError),
    /// A number without one of the known units behind it.
    #[error("\"{0}\" has no unit of mass; write mg, g, kg or t (毫克, 克, 千克, 吨)")]
    NoUnit(String),
    /// Smaller than the smallest quantity that is booked.
    #[error("\"{0}\" is finer than one milligram")]
    TooFine(String),
    /// Outside what a 64-bit integer holds.
    #[error("the amount is out of range")]
    Range,
}

/// A mass of CO2 equivalent in whole milligrams; may be negative in a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Carbon(i64);

const MASS_UNITS: [(&str, u8); 8] = [
    ("mg", 0),
    ("毫克", 0),
    ("kg", 6),
    ("千克", 6),
    ("公斤", 6),
    ("克", 3),
    ("吨", 9),
    ("g", 3),
];

impl Carbon {
    /// Nothing.
    pub const ZERO: Carbon = Carbon(0);

    /// From whole milligrams.
    pub const fn from_mg(mg: i64) -> Self {
        Carbon(mg)
    }

    /// From a decimal number of grams, e.g. `"65.5"`.
    pub fn from_g(text: &str) -> Result<Self, MeasureError> {
        Self::scaled(text, text, 3)
    }

    /// Whole milligrams.
    pub const fn mg(self) -> i64 {
        self.0
    }

    /// Reads a number with its unit in either language: `"65.5 g"`, `"1.25 千克"`, `"24,000 t"`.
    pub fn parse(text: &str) -> Result<Self, MeasureError> {
        let trimmed = text.trim();
        let found = MASS_UNITS.iter().chain(&[("t", 9)]).find_map(|(unit, places)| {
            let number = trimmed.strip_suffix(unit)?.trim_end();
            number
                .ends_with(|c: char| c.is_ascii_digit() || c == '.')
                .then_some((number, *places))
        });
        let (number, places) = found.ok_or_else(|| MeasureError::NoUnit(text.to_owned()))?;
        Self::scaled(number, text, places)
    }

    fn scaled(number: &str, whole: &str, places: u8) -> Result<Self, MeasureError> {
        let decimal = Decimal::parse_grouped(number)?;
        let (mg, exact) = decimal.at_places(places).ok_or(MeasureError::Range)?;
        if exact {
            Ok(Carbon(mg))
        } else {
            Err(MeasureError::TooFine(whole.to_owned()))
        }
    }

    /// The sum, or `None` beyond the range (about 9.2 billion tonnes).
    pub fn checked_add(self, other: Carbon) -> Option<Carbon> {
        self.0.checked_add(other.0).map(Carbon)
    }

    /// The difference, or `None` beyond the range.
    pub fn checked_sub(self, other: Carbon) -> Option<Carbon> {
        self.0.checked_sub(other.0).map(Carbon)
    }

    /// The exact amount in the unit that suits its size, for people: `65.5 g`, `1.25 千克`, `24,000 t`.
    pub fn show(self, lang: Lang) -> String {
        let (places, en, zh) = match self.0.unsigned_abs() {
            0..1_000_000 => (3, "g", "克"),
            1_000_000..1_000_000_000 => (6, "kg", "千克"),
            _ => (9, "t", "吨"),
        };
        let number = Decimal::new(self.0, places).grouped();
        match lang {
            Lang::Zh => format!("{number} {zh}"),
            Lang::En => format!("{number} {en}"),
        }
    }
}

impl fmt::Display for Carbon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.show(Lang::En))
    }
}

/// Points in whole thousandths; what a programme owes for a credited reduction. No currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Points(i64);

impl Points {
    /// None.
    pub const ZERO: Points = Points(0);

    /// From whole thousandths of a point.
    pub const fn from_milli(milli: i64) -> Self {
        Points(milli)
    }

    /// From a decimal number of points, e.g. `"500"`; at most three decimal places.
    pub fn parse(text: &str) -> Result<Self, MeasureError> {
        let (milli, exact) = Decimal::parse_grouped(text)?.at_places(3).ok_or(MeasureError::Range)?;
        if exact {
            Ok(Points(milli))
        } else {
            Err(MeasureError::TooFine(text.to_owned()))
        }
    }

    /// Whole thousandths of a point.
    pub const fn milli(self) -> i64 {
        self.0
    }

    /// The sum, or `None` beyond the range.
    pub fn checked_add(self, other: Points) -> Option<Points> {
        self.0.checked_add(other.0).map(Points)
    }

    /// The difference, or `None` beyond the range.
    pub fn checked_sub(self, other: Points) -> Option<Points> {
        self.0.checked_sub(other.0).map(Points)
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Decimal::new(self.0, 3).grouped())
    }
}

/// An amount of money in minor units (fen, cents) of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units; two decimal places for every currency that Puhui ships.
    pub minor: i64,
    /// ISO 4217 code.
    pub currency: Currency,
}

/// A currency by its ISO 4217 code, with two minor digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the code is the meaning")]
pub enum Currency {
    CNY,
    EUR,
    GBP,
    HKD,
    SGD,
    USD,
}

impl Currency {
    /// Every currency, in the order of their codes.
    pub const ALL: [Currency; 6] = [
        Currency::CNY,
        Currency::EUR,
        Currency::GBP,
        Currency::HKD,
        Currency::SGD,
        Currency::USD,
    ];

    /// The ISO 4217 code.
    pub const fn code(self) -> &'static str {
        match self {
            Currency::CNY => "CNY",
            Currency::EUR => "EUR",
            Currency::GBP => "GBP",
            Currency::HKD => "HKD",
            Currency::SGD => "SGD",
            Currency::USD => "USD",
        }
    }

    /// The currency of a code, if it is one of ours.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.code() == code)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        let whole = Decimal::new(i64::try_from(minor / 100).unwrap_or(i64::MAX), 0).grouped();
        write!(f, "{} {sign}{whole}.{:02}", self.currency.code(), minor % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grams_are_read_and_printed_in_both_languages() {
        for (text, mg) in [
            ("65.5 g", 65_500),
            ("1.25 千克", 1_250_000),
            ("24,000 t", 24_000_000_000_000),
            ("7mg", 7),
            ("3 公斤", 3_000_000),
            ("0.001 克", 1),
            ("-2.5 kg", -2_500_000),
        ] {
            assert_eq!(Carbon::parse(text), Ok(Carbon(mg)), "{text}");
        }
        assert_eq!(Carbon(65_500).show(Lang::Zh), "65.5 克");
        assert_eq!(Carbon(1_250_000).show(Lang::En), "1.25 kg");
        assert_eq!(Carbon(24_000_000_000_000).show(Lang::Zh), "24,000 吨");
        assert_eq!(Carbon(-1).show(Lang::En), "-0.001 g");
    }

    #[test]
    fn what_is_no_mass_is_refused() {
        for text in [
            "",
            "g",
            "12",
            "12 lb",
            "1.0001 mg",
            "1e3",
            "１ g",
            "9,223,372,036,854,776 t",
            "1,00 g",
            "NaN g",
        ] {
            assert!(Carbon::parse(text).is_err(), "{text}");
        }
        assert!(matches!(Carbon::from_g("0.0001"), Err(MeasureError::TooFine(_))));
    }

    #[test]
    fn money_prints_with_its_currency() {
        let sale = Money {
            minor: 120_000_000,
            currency: Currency::CNY,
        };
        assert_eq!(sale.to_string(), "CNY 1,200,000.00");
        assert_eq!(
            Money {
                minor: -5,
                currency: Currency::USD
            }
            .to_string(),
            "USD -0.05"
        );
    }
}
