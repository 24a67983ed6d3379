//! A decimal number as it is written: an integer and how many of its digits stand behind the point.

use std::fmt;

/// An exact decimal, `mantissa / 10^places`, of at most 18 significant digits and 18 places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i64,
    places: u8,
}

/// Why a text is not a decimal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not written as a decimal number.
    #[error("\"{0}\" is not a decimal number")]
    NotANumber(String),
    /// More digits than an exact decimal holds.
    #[error("\"{0}\" is out of range: at most 18 digits")]
    TooLong(String),
}

const MOST_PLACES: u8 = 18;

/// `10^n` for `n <= 18`.
pub(crate) const fn pow10(n: u8) -> i64 {
    let mut power = 1;
    let mut i = 0;
    while i < n {
        power *= 10;
        i += 1;
    }
    power
}

impl Decimal {
    /// `mantissa / 10^places`; `places` above 18 count as 18.
    pub const fn new(mantissa: i64, places: u8) -> Self {
        Decimal {
            mantissa,
            places: if places > MOST_PLACES { MOST_PLACES } else { places },
        }
    }

    /// The integer of all digits.
    pub const fn mantissa(self) -> i64 {
        self.mantissa
    }

    /// How many digits stand behind the point.
    pub const fn places(self) -> u8 {
        self.places
    }

    /// Reads `-12.5`, `3`, `1e3`, `2.5E-2`: the numbers of JSON, exactly. No sign `+`, no separators.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        let shown = || text.chars().take(40).collect::<String>();
        let not_a_number = || DecimalError::NotANumber(shown());
        let too_long = || DecimalError::TooLong(shown());
        let (body, exponent) = match text.split_once(['e', 'E']) {
            Some((body, exponent)) => {
                let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
                if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(not_a_number());
                }
                (body, exponent.parse::<i32>().map_err(|_| too_long())?)
            }
            None => (text, 0),
        };
        let (negative, body) = match body.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, body),
        };
        let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
        let well_formed = !whole.is_empty()
            && (body.len() == whole.len() || !fraction.is_empty())
            && whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
        if !well_formed {
            return Err(not_a_number());
        }
        let mut mantissa: i64 = 0;
        for digit in whole.bytes().chain(fraction.trim_end_matches('0').bytes()) {
            mantissa = mantissa
                .checked_mul(10)
                .and_then(|m| m.checked_add(i64::from(digit - b'0')))
                .filter(|m| *m < pow10(18))
                .ok_or_else(too_long)?;
        }
        let written = i32::try_from(fraction.trim_end_matches('0').len()).map_err(|_| too_long())?;
        let mut places = written.checked_sub(exponent).ok_or_else(too_long)?;
        if mantissa == 0 {
            places = 0;
        }
        while places < 0 {
            mantissa = mantissa
                .checked_mul(10)
                .filter(|m| *m < pow10(18))
                .ok_or_else(too_long)?;
            places += 1;
        }
        let places = u8::try_from(places)
            .ok()
            .filter(|p| *p <= MOST_PLACES)
            .ok_or_else(too_long)?;
        Ok(Decimal {
            mantissa: if negative { -mantissa } else { mantissa },
            places,
        })
    }

    /// Reads a number as people write it, with `,` between groups of three: `24,000`, `1,065.5`.
    pub fn parse_grouped(text: &str) -> Result<Self, DecimalError> {
        let text = text.trim();
        let whole = text.split('.').next().unwrap_or(text);
        if !whole.contains(',') {
            if text.contains(['e', 'E']) {
                return Err(DecimalError::NotANumber(text.to_owned()));
            }
            return Self::parse(text);
        }
        let mut groups = whole.strip_prefix('-').unwrap_or(whole).split(',');
        let first = groups.next().unwrap_or("");
        if !(1..=3).contains(&first.len()) || groups.any(|group| group.len() != 3) {
            return Err(DecimalError::NotANumber(text.to_owned()));
        }
        Self::parse(&text.replace(',', "")).map_err(|_| DecimalError::NotANumber(text.to_owned()))
    }

    /// The integer at `places` behind the point, rounded toward zero, and whether that was exact.
    /// `None` beyond 64 bits.
    pub fn at_places(self, places: u8) -> Option<(i64, bool)> {
        if places >= self.places {
            let factor = pow10((places - self.places).min(MOST_PLACES));
            self.mantissa.checked_mul(factor).map(|m| (m, true))
        } else {
            let factor = pow10(self.places - places);
            Some((self.mantissa / factor, self.mantissa % factor == 0))
        }
    }

    /// Printed with groups of three and without idle zeros: `24,000`, `65.5`.
    pub fn grouped(self) -> String {
        let plain = self.to_string();
        let (sign, plain) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
        let mut out = String::with_capacity(plain.len() + 8);
        out.push_str(sign);
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        if !fraction.is_empty() {
            out.push('.');
            out.push_str(fraction);
        }
        out
    }
}

impl fmt::Display for Decimal {
    /// Without idle zeros: `65.5`, `-0.001`, `24000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let divisor = pow10(self.places).unsigned_abs();
        let digits = self.mantissa.unsigned_abs();
        let (whole, fraction) = (digits / divisor, digits % divisor);
        if self.mantissa < 0 {
            f.write_str("-")?;
        }
        write!(f, "{whole}")?;
        if fraction > 0 {
            let padded = format!("{fraction:0width$}", width = usize::from(self.places));
            write!(f, ".{}", padded.trim_end_matches('0'))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_exactly_or_refused() {
        assert_eq!(Decimal::parse("65.50"), Ok(Decimal::new(655, 1)));
        assert_eq!(Decimal::parse("1e3"), Ok(Decimal::new(1000, 0)));
        assert_eq!(Decimal::parse("2.5E-2"), Ok(Decimal::new(25, 3)));
        assert_eq!(Decimal::parse("-0"), Ok(Decimal::new(0, 0)));
        assert_eq!(Decimal::parse("0e999999999"), Ok(Decimal::new(0, 0)));
        for bad in [
            "", "-", ".5", "5.", "1e", "1e400", "1e-400", "NaN", "inf", "0x1", "1_000", "+1", " 1", "1٣",
        ] {
            assert!(Decimal::parse(bad).is_err(), "{bad}");
        }
        assert!(Decimal::parse("1234567890123456789").is_err());
    }

    proptest! {
        #[test]
        fn printing_and_reading_give_the_same_number(mantissa in -(10i64.pow(17))..10i64.pow(17), places in 0u8..=17) {
            let number = Decimal::new(mantissa, places);
            let again = Decimal::parse(&number.to_string()).unwrap();
            prop_assert_eq!(again.at_places(17), number.at_places(17));
            prop_assert_eq!(Decimal::parse_grouped(&number.grouped()), Ok(again));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC*") {
            let _ = Decimal::parse(&text);
            let _ = Decimal::parse_grouped(&text);
        }
    }
}
