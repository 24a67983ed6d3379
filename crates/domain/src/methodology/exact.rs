//! Exact fractions of 128-bit integers; every operation that would leave them says so.

/// A reduced fraction with a positive denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fraction {
    num: i128,
    den: i128,
}

/// The greatest common divisor of two magnitudes, at least 1.
pub(crate) fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

impl Fraction {
    /// One.
    pub const ONE: Fraction = Fraction { num: 1, den: 1 };

    /// A whole number.
    pub const fn whole(num: i128) -> Self {
        Fraction { num, den: 1 }
    }

    /// `num / den`, reduced; `None` if `den` is zero or an operand has no positive counterpart.
    pub fn new(num: i128, den: i128) -> Option<Self> {
        if den == 0 || num == i128::MIN || den == i128::MIN {
            return None;
        }
        let sign = if den < 0 { -1 } else { 1 };
        let divisor = i128::try_from(gcd(num.unsigned_abs(), den.unsigned_abs())).ok()?;
        Some(Fraction {
            num: sign * (num / divisor),
            den: sign * (den / divisor),
        })
    }

    /// The numerator, carrying the sign.
    pub const fn num(self) -> i128 {
        self.num
    }

    /// The positive denominator.
    pub const fn den(self) -> i128 {
        self.den
    }

    /// The product, or `None` beyond 128 bits.
    pub fn times(self, other: Fraction) -> Option<Fraction> {
        // cross-reduced first, so that only a result that is truly too large overflows
        let left = Fraction::new(self.num, other.den)?;
        let right = Fraction::new(other.num, self.den)?;
        Some(Fraction {
            num: left.num.checked_mul(right.num)?,
            den: left.den.checked_mul(right.den)?,
        })
    }

    /// The quotient, or `None` beyond 128 bits or by zero.
    pub fn over(self, other: Fraction) -> Option<Fraction> {
        if other.num == 0 {
            return None;
        }
        self.times(Fraction::new(other.den, other.num)?)
    }

    /// The largest unit of which both are whole multiples.
    pub fn common_measure(self, other: Fraction) -> Option<Fraction> {
        let den_gcd = i128::try_from(gcd(self.den.unsigned_abs(), other.den.unsigned_abs())).ok()?;
        let den = (self.den / den_gcd).checked_mul(other.den)?;
        let left = self.num.checked_mul(den / self.den)?;
        let right = other.num.checked_mul(den / other.den)?;
        let num = i128::try_from(gcd(left.unsigned_abs(), right.unsigned_abs())).ok()?;
        Fraction::new(num, den)
    }

    /// Rounded toward minus infinity.
    pub fn floor(self) -> i128 {
        self.num.div_euclid(self.den)
    }

    /// Printed as a decimal of at most `places` places, rounded toward zero, and whether that is exact.
    pub fn decimal(self, places: u32) -> (String, bool) {
        let whole = self.num.unsigned_abs() / self.den.unsigned_abs();
        let mut rest = self.num.unsigned_abs() % self.den.unsigned_abs();
        let mut digits = String::new();
        for _ in 0..places {
            if rest == 0 {
                break;
            }
            let Some(next) = rest.checked_mul(10) else { break };
            digits.push_str(&(next / self.den.unsigned_abs()).to_string());
            rest = next % self.den.unsigned_abs();
        }
        let digits = digits.trim_end_matches('0');
        let sign = if self.num < 0 && (whole > 0 || !digits.is_empty()) {
            "-"
        } else {
            ""
        };
        let point = if digits.is_empty() { "" } else { "." };
        (format!("{sign}{whole}{point}{digits}"), rest == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_exact() {
        let third = Fraction::new(1, 3).unwrap();
        assert_eq!(third.times(Fraction::whole(3)), Some(Fraction::ONE));
        assert_eq!(third.decimal(4), ("0.3333".to_owned(), false));
        assert_eq!(Fraction::new(-5, 2).unwrap().floor(), -3);
        assert_eq!(Fraction::new(5, 0), None);
        assert_eq!(Fraction::whole(i128::MAX).times(Fraction::whole(2)), None);
        let half = Fraction::new(1, 2).unwrap();
        assert_eq!(half.common_measure(third), Fraction::new(1, 6));
        assert_eq!(Fraction::whole(1000).common_measure(Fraction::ONE), Some(Fraction::ONE));
    }
}
