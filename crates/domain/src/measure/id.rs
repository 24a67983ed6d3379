//! Identifiers: 63-bit integers, written for people and URLs as 13 characters of Crockford's base 32.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A positive 63-bit number that names one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(i64);

/// Not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an identifier: 13 characters of 0-9 and a-z without i, l, o, u")]
pub struct IdError(String);

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl Id {
    /// From the stored number.
    pub const fn new(number: i64) -> Self {
        Id(number)
    }

    /// The stored number.
    pub const fn number(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0u8; 13];
        let mut rest = self.0.unsigned_abs();
        for slot in text.iter_mut().rev() {
            *slot = ALPHABET[usize::try_from(rest & 31).unwrap_or(0)];
            rest >>= 5;
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl FromStr for Id {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let refuse = || IdError(text.chars().take(20).collect());
        if text.len() != 13 {
            return Err(refuse());
        }
        let mut number: u128 = 0;
        for byte in text.bytes() {
            let digit = ALPHABET.iter().position(|c| *c == byte).ok_or_else(refuse)?;
            number = number * 32 + digit as u128;
        }
        i64::try_from(number).map(Id).map_err(|_| refuse())
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Id);

        impl $name {
            /// From the stored number.
            pub const fn new(number: i64) -> Self {
                $name(Id::new(number))
            }

            /// The stored number.
            pub const fn number(self) -> i64 {
                self.0.number()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.parse().map($name)
            }
        }
    )*};
}

id! {
    /// A programme.
    ProgrammeId;
    /// A participant; its bucket follows from it.
    ParticipantId;
    /// A partner.
    PartnerId;
    /// A reward.
    RewardId;
    /// An order for a reward.
    OrderId;
    /// A row of the journal: an activity record or another posting of a participant.
    EntryId;
}

/// The bucket of a participant or key: one of 256 fixed lots that every hot table is keyed by first.
/// Never changes for a given number.
pub const fn bucket_of(number: i64) -> u8 {
    // Fibonacci hashing spreads sequential numbers; the top byte has the best-mixed bits
    (number.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8
}

/// A time-ordered identifier: milliseconds since 1970 in the upper 43 bits, then a counter of 20 bits that the
/// maker raises within a millisecond.
pub const fn make_id(at_us: i64, counter: u32) -> i64 {
    (((at_us / 1000) << 20) | (counter & 0xF_FFFF) as i64) & i64::MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_is_read_as_it_is_written(number in 0..=i64::MAX) {
            let text = Id::new(number).to_string();
            prop_assert_eq!(text.parse::<Id>(), Ok(Id::new(number)));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,16}") {
            let _ = text.parse::<Id>();
        }
    }

    #[test]
    fn ids_follow_time() {
        assert!(make_id(2_000_000, 0) > make_id(1_999_000, 0xF_FFFF));
        assert!("zzzzzzzzzzzzz".parse::<Id>().is_err());
    }

    #[test]
    fn buckets_are_even() {
        let mut counts = [0u32; 256];
        for i in 0..256_000 {
            counts[usize::from(bucket_of(make_id(1_700_000_000_000_000, 0) + i))] += 1;
        }
        assert!(counts.iter().all(|n| (500..2000).contains(n)), "{counts:?}");
    }
}
