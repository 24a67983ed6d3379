//! Text to integers, eight bytes at a time.
//!
//! Everything here answers `None` when a text is in any way unusual; the exact path of the domain then reads it, and
//! says what is wrong with it. What is answered is what the exact path would have answered.

const POWERS: [i64; 19] = {
    let mut powers = [1; 19];
    let mut i = 1;
    while i < powers.len() {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x8080_8080_8080_8080;

/// Eight bytes, the first one lowest.
#[inline]
pub fn word(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|eight| u64::from_le_bytes(*eight))
}

/// The first `len` bytes of a word, 1 to 8.
pub fn first(word: u64, len: usize) -> u64 {
    word & (u64::MAX >> ((64 - 8 * len) & 63))
}

/// Marks the bytes that are equal to `byte`; right up to the first mark.
fn equal(word: u64, byte: u8) -> u64 {
    let zero = word ^ (ONES * u64::from(byte));
    zero.wrapping_sub(ONES) & !zero & TOPS
}

/// How many bytes of the word stand before the first comma, end of line or other control byte; 8 if there is none.
#[inline]
pub fn field_len(word: u64) -> usize {
    const CONTROL_END: u64 = 0x0E; // \n, \r, \t, NUL...
    let control = word.wrapping_sub(ONES * CONTROL_END);
    let comma = (word ^ (ONES * u64::from(b','))).wrapping_sub(ONES);
    // neither sign is in a byte whose own top bit is set
    let found = (control | comma) & !word & TOPS;
    found.trailing_zeros() as usize / 8
}

/// Where the unquoted field that starts at `at` ends, by the same signs.
pub fn field_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut here = at;
    loop {
        let len = field_len(word(bytes, here)?);
        here += len;
        if len < 8 {
            return Some(here);
        }
    }
}

/// `mantissa / 10^fraction` in steps of `places`, rounded toward zero.
fn at_places(mantissa: i64, fraction: usize, places: u8) -> Option<i64> {
    let places = usize::from(places);
    if places >= fraction {
        mantissa.checked_mul(*POWERS.get(places - fraction)?)
    } else {
        Some(mantissa / POWERS.get(fraction - places)?)
    }
}

/// The decimal in the first `len` bytes of a word, 1 to 8, in steps of `places`.
#[inline]
pub fn short_steps(word: u64, len: usize, places: u8) -> Option<i64> {
    let word = first(word, len);
    let point = equal(word, b'.');
    let (word, len, fraction) = if point == 0 {
        (word, len, 0)
    } else {
        let before = point.trailing_zeros() as usize / 8;
        if before == 0 || before + 1 == len {
            return None;
        }
        let low = first(word, before);
        (
            low | ((word ^ low) >> 8 & !first(u64::MAX, before)),
            len - 1,
            len - 1 - before,
        )
    };
    let digits = word ^ first(ONES * u64::from(b'0'), len);
    if (digits.wrapping_add(ONES * 0x76) | digits) & TOPS != 0 {
        return None; // some byte is above nine
    }
    // the last digit moves to the top byte; then pairs, then fours, then all eight
    let ones = digits << ((64 - 8 * len) & 63);
    let pairs = (ones * 10 + (ones >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    let all = (fours * 10_000 + (fours >> 32)) & 0xFFFF_FFFF;
    at_places(all.cast_signed(), fraction, places)
}

/// A plain decimal such as `-12.50` of at most 18 digits, in steps of `places`.
pub fn steps(text: &[u8], places: u8) -> Option<i64> {
    const MOST_DIGITS: usize = 18;
    let (sign, text) = match text {
        [b'-', rest @ ..] => (-1, rest),
        _ => (1, text),
    };
    let whole = memchr::memchr(b'.', text).unwrap_or(text.len());
    let fraction = text.get(whole + 1..).unwrap_or_default();
    let digits = whole + fraction.len();
    if whole == 0 || (fraction.is_empty() && whole != text.len()) || digits > MOST_DIGITS {
        return None;
    }
    let mut mantissa = 0;
    for byte in text[..whole].iter().chain(fraction) {
        if !byte.is_ascii_digit() {
            return None;
        }
        mantissa = mantissa * 10 + i64::from(byte - b'0');
    }
    at_places(sign * mantissa, fraction.len(), places)
}

#[cfg(test)]
mod tests {
    use domain::measure::Decimal;
    use proptest::prelude::*;

    use super::*;

    fn short(text: &str, places: u8) -> Option<i64> {
        let mut eight = [b'7'; 8];
        eight[..text.len()].copy_from_slice(text.as_bytes());
        short_steps(u64::from_le_bytes(eight), text.len(), places)
    }

    #[test]
    fn usual_decimals_are_read_and_unusual_ones_are_left() {
        for (text, places, expected) in [
            ("0", 0, Some(0)),
            ("12.5", 3, Some(12_500)),
            ("12345678", 2, Some(1_234_567_800)),
            ("1.99999", 2, Some(199)),
            ("007.10", 1, Some(71)),
            ("5.", 1, None),
            (".5", 1, None),
            ("1.2.3", 1, None),
            ("1e3", 1, None),
            ("+1", 1, None),
            ("1 m", 1, None),
            ("\u{0661}", 1, None),
        ] {
            assert_eq!(short(text, places), expected, "{text}");
            assert_eq!(steps(text.as_bytes(), places), expected, "{text}");
        }
        assert_eq!(steps(b"-2.55", 1), Some(-25));
        assert_eq!(steps(b"1234567890123456789", 0), None);
        assert_eq!(steps(b"999999999999999999", 9), None);
        assert_eq!(steps(b"", 0), None);
        assert_eq!(steps(b"-", 0), None);
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_the_domain_reads(text in "-?[0-9]{0,12}(\\.[0-9]{0,9})?|[0-9.e+ -]{1,8}", places in 0u8..=9) {
            let slow = Decimal::parse(&text).ok().and_then(|d| d.at_places(places)).map(|(steps, _)| steps);
            if let Some(fast) = steps(text.as_bytes(), places) {
                prop_assert_eq!(Some(fast), slow);
            }
            if (1..=8).contains(&text.len())
                && let Some(fast) = short(&text, places)
            {
                prop_assert_eq!(Some(fast), slow);
            }
        }

        #[test]
        fn a_field_ends_at_the_first_comma_or_control_byte(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b','), Just(b'\n'), 0x20u8..=0xFF], 0..40)) {
            let mut padded = bytes.clone();
            padded.extend_from_slice(b"\n0000000");
            let expected = padded.iter().position(|b| *b == b',' || *b < 0x0E);
            prop_assert_eq!(field_end(&padded, 0), expected);
        }
    }
}
