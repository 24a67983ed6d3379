//! Using units up: with a purpose and a beneficiary, under a number that anybody can check.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::holdings::{Holdings, Pick, Refused as NotMoved};
use super::serial::SerialRange;
use crate::measure::Id;

/// What units are used up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To meet an obligation.
    Compliance,
    /// Against one's own emissions, without an obligation.
    Voluntary,
    /// Against the emissions of an event.
    Event,
    /// For the public good, against nobody's emissions.
    Welfare,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Purpose; 4] = [
        Purpose::Compliance,
        Purpose::Voluntary,
        Purpose::Event,
        Purpose::Welfare,
    ];

    /// Its name in requests and in the books.
    pub const fn name(self) -> &'static str {
        match self {
            Purpose::Compliance => "compliance",
            Purpose::Voluntary => "voluntary",
            Purpose::Event => "event",
            Purpose::Welfare => "welfare",
        }
    }

    /// The purpose of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }
}

/// The number of a retirement: `RT-BJ-2026-17-08`. The last two digits check the others by ISO 7064 MOD 97-10, as those
/// of an IBAN do: a digit mistyped or two neighbours exchanged are noticed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RetirementNumber {
    programme: Box<str>,
    year: i16,
    sequence: u32,
}

/// What is wrong with the number of a retirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not of the form.
    #[error("a retirement's number reads RT-<programme>-<year>-<sequence>-<two check digits>")]
    Form,
    /// Of the form, but the check digits say that something was mistyped.
    #[error("the check digits do not fit: something is mistyped")]
    Check,
}

impl RetirementNumber {
    /// The number of a programme's `sequence`-th retirement of a year, from 1. `programme` is 2 to 12 capital letters
    /// and digits, `year` is 1970 to 9998.
    pub fn new(programme: &str, year: i16, sequence: u32) -> Result<Self, NumberError> {
        let code = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        let plain = (2..=12).contains(&programme.len()) && programme.bytes().all(code);
        if !plain || !(1970..9999).contains(&year) || sequence == 0 {
            return Err(NumberError::Form);
        }
        Ok(RetirementNumber {
            programme: programme.into(),
            year,
            sequence,
        })
    }

    /// The two check digits: what makes the whole, letters read as 10 to 35, leave 1 when divided by 97.
    fn check(&self) -> u32 {
        let body = format!("{}{}{}00", self.programme, self.year, self.sequence);
        let rest = body
            .chars()
            .filter_map(|c| c.to_digit(36))
            .fold(0, |rest, value| (rest * if value < 10 { 10 } else { 100 } + value) % 97);
        98 - rest
    }
}

impl fmt::Display for RetirementNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "RT-{}-{}-{}-{:02}",
            self.programme,
            self.year,
            self.sequence,
            self.check()
        )
    }
}

impl FromStr for RetirementNumber {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let parts: Vec<&str> = text.splitn(6, '-').collect();
        let ["RT", programme, year, sequence, check] = parts[..] else {
            return Err(NumberError::Form);
        };
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if check.len() != 2
            || [year, sequence].iter().any(|text| text.starts_with('0'))
            || ![year, sequence, check].into_iter().all(digits)
        {
            return Err(NumberError::Form);
        }
        let form = |_| NumberError::Form;
        let number = Self::new(programme, year.parse().map_err(form)?, sequence.parse().map_err(form)?)?;
        if check.parse() == Ok(number.check()) {
            Ok(number)
        } else {
            Err(NumberError::Check)
        }
    }
}

impl TryFrom<String> for RetirementNumber {
    type Error = NumberError;

    fn try_from(text: String) -> Result<Self, NumberError> {
        text.parse()
    }
}

impl From<RetirementNumber> for String {
    fn from(number: RetirementNumber) -> String {
        number.to_string()
    }
}

/// What a retirement is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dedication {
    /// What the units are used up for.
    pub purpose: Purpose,
    /// For whom: 1 to 120 characters.
    pub beneficiary: String,
    /// What else is said of it: up to 500 characters.
    pub note: String,
}

/// Units used up: what a certificate says. The ranges are not empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retirement {
    /// Its number.
    pub number: RetirementNumber,
    /// Whose units they were.
    pub account: Id,
    /// The units, lowest first.
    pub ranges: Vec<SerialRange>,
    /// What for.
    pub dedication: Dedication,
    /// When, microseconds since the epoch.
    pub at_us: i64,
}

impl Retirement {
    /// How many units, in tonnes.
    pub fn tonnes(&self) -> u64 {
        self.ranges.iter().map(SerialRange::tonnes).sum()
    }
}

/// Why units are not used up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The units do not move.
    #[error(transparent)]
    Units(#[from] NotMoved),
    /// Nobody, or too long a name.
    #[error("the beneficiary is named in 1 to 120 characters")]
    Beneficiary,
    /// Too long.
    #[error("a note has up to 500 characters")]
    Note,
}

/// Uses held units up, for good. The caller gives the next number of the programme.
pub fn retire(
    holdings: &mut Holdings,
    pick: Pick<'_>,
    dedication: Dedication,
    number: RetirementNumber,
    at_us: i64,
) -> Result<Retirement, Refused> {
    let beneficiary = dedication.beneficiary.trim();
    if beneficiary.is_empty() || beneficiary.chars().count() > 120 {
        return Err(Refused::Beneficiary);
    }
    if dedication.note.chars().count() > 500 {
        return Err(Refused::Note);
    }
    let ranges = holdings.use_up(pick)?;
    let dedication = Dedication {
        beneficiary: beneficiary.to_owned(),
        ..dedication
    };
    Ok(Retirement {
        number,
        account: holdings.account(),
        ranges,
        dedication,
        at_us,
    })
}

#[cfg(test)]
mod tests {
    use super::super::holdings::State;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_retirement_uses_units_up_once() {
        let mut holdings = Holdings::new(Id::new(7));
        holdings
            .deposit(State::Held, &"CN-BJ-walk-2026-1-1-1500".parse().unwrap())
            .unwrap();
        let number = RetirementNumber::new("BJ", 2026, 1).unwrap();
        let dedication = |beneficiary: &str| Dedication {
            purpose: Purpose::Event,
            beneficiary: beneficiary.to_owned(),
            note: String::new(),
        };
        let mut run = |beneficiary: &str, n| {
            retire(
                &mut holdings,
                Pick::Lowest(n),
                dedication(beneficiary),
                number.clone(),
                0,
            )
        };
        assert_eq!(run("  ", 10), Err(Refused::Beneficiary));
        assert_eq!(run(&"长".repeat(121), 10), Err(Refused::Beneficiary));
        let retirement = run(" A marathon ", 1000).unwrap();
        assert_eq!(retirement.tonnes(), 1000);
        assert_eq!(retirement.dedication.beneficiary, "A marathon");
        assert_eq!(
            run("again", 1000),
            Err(Refused::Units(NotMoved::Short { have: 500, need: 1000 }))
        );
        assert_eq!(holdings.of(State::Retired).tonnes(), 1000);
    }

    /// Computed apart from this code, as the check of an IBAN is: the letters as numbers, 98 less the rest by 97.
    #[test]
    fn the_check_digits_are_those_of_the_standard() {
        let number = |programme, sequence| RetirementNumber::new(programme, 2026, sequence).unwrap().to_string();
        assert_eq!(number("BJ", 17), "RT-BJ-2026-17-08");
        assert_eq!(number("Z9A", 4_294_967_295), "RT-Z9A-2026-4294967295-82");
        let mistyped = "RT-BJ-2026-71-08".parse::<RetirementNumber>();
        assert_eq!(mistyped, Err(NumberError::Check));
        assert_eq!("RT-BJ-2026-17".parse::<RetirementNumber>(), Err(NumberError::Form));
    }

    proptest! {
        #[test]
        fn a_mistyped_number_is_noticed(
            programme in "[A-Z0-9]{2,12}",
            year in 1970i16..9999,
            sequence in 1u32..,
            at in any::<prop::sample::Index>(),
            digit in 0u8..10,
        ) {
            let text = RetirementNumber::new(&programme, year, sequence).unwrap().to_string();
            prop_assert_eq!(text.parse::<RetirementNumber>().unwrap().to_string(), text.clone());
            let digits: Vec<usize> = (3..text.len()).filter(|i| text.as_bytes()[*i].is_ascii_digit()).collect();
            let i = *at.get(&digits);
            let mut wrong = text.clone().into_bytes();
            wrong[i] = b'0' + digit;
            if wrong != text.as_bytes() {
                prop_assert!(String::from_utf8(wrong).unwrap().parse::<RetirementNumber>().is_err());
            }
            let mut swapped = text.clone().into_bytes();
            let pair = (i, i + 1);
            if pair.1 < swapped.len() && swapped[pair.1].is_ascii_digit() && swapped[i] != swapped[pair.1] {
                swapped.swap(pair.0, pair.1);
                prop_assert!(String::from_utf8(swapped).unwrap().parse::<RetirementNumber>().is_err());
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,30}|RT(-[A-Z0-9é]{0,5}){0,6}") {
            if let Ok(number) = text.parse::<RetirementNumber>() {
                prop_assert_eq!(number.to_string(), text);
            }
        }
    }
}
