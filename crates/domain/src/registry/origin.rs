//! Where a batch comes from: programme, methodology set and period. Unique, so that the same grams are not issued twice.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::measure::{Day, ProgrammeId};

/// 32 bytes of SHA-256, written as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of parts that belong together; no two different lists of parts give the same bytes to hash.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(part);
        }
        Digest(hash.finalize().into())
    }

    /// Reads 64 small hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let small = |b: &u8| b.is_ascii_digit() || (b'a'..=b'f').contains(b);
        if text.len() != 64 || !text.as_bytes().iter().all(small) {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
        }
        Some(Digest(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl TryFrom<String> for Digest {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Digest::parse(&text).ok_or("a digest has 64 small hexadecimal digits")
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

/// Why a batch cannot come from there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// The last day comes before the first.
    #[error("the period ends before it begins")]
    Order,
    /// Units have one vintage.
    #[error("a period lies within one calendar year: its units have one vintage")]
    Years,
    /// Not of the form.
    #[error("\"{0}\" is no methodology with its version, like metro-trip@1.0.0")]
    Methodology(String),
    /// None, or far too many.
    #[error("a batch has 1 to 1,000 methodologies")]
    Count,
    /// Twice the same.
    #[error("{0} is named twice")]
    Twice(String),
}

/// The civil days of a batch, within one calendar year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(Day, Day)", into = "(Day, Day)")]
pub struct Period {
    first: Day,
    last: Day,
}

impl Period {
    /// From a first to a last day, both included.
    pub fn new(first: Day, last: Day) -> Result<Self, OriginError> {
        if last < first {
            return Err(OriginError::Order);
        }
        if first.year() != last.year() {
            return Err(OriginError::Years);
        }
        Ok(Period { first, last })
    }

    /// Its first day.
    pub const fn first(self) -> Day {
        self.first
    }

    /// Its last day.
    pub const fn last(self) -> Day {
        self.last
    }

    /// The year of its reductions.
    pub fn vintage(self) -> i16 {
        self.first.year()
    }

    /// Whether a day lies in it.
    pub fn has(self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }
}

impl TryFrom<(Day, Day)> for Period {
    type Error = OriginError;

    fn try_from((first, last): (Day, Day)) -> Result<Self, OriginError> {
        Self::new(first, last)
    }
}

impl From<Period> for (Day, Day) {
    fn from(period: Period) -> (Day, Day) {
        (period.first, period.last)
    }
}

/// The methodologies, each in one version, whose reductions a batch pools. Sorted, none twice, not empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct MethodologySet(Vec<String>);

impl MethodologySet {
    /// From references like `metro-trip@1.0.0`, in any order; at most 1,000.
    pub fn new<T: Into<String>>(references: impl IntoIterator<Item = T>) -> Result<Self, OriginError> {
        let mut all: Vec<String> = references.into_iter().map(Into::into).take(1001).collect();
        if !(1..=1000).contains(&all.len()) {
            return Err(OriginError::Count);
        }
        for reference in &all {
            let (id, version) = reference.split_once('@').unwrap_or_default();
            let name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            let number = |b: u8| b.is_ascii_digit() || b == b'.';
            let formed = !id.is_empty() && id.bytes().all(name) && !version.is_empty() && version.bytes().all(number);
            if !formed || reference.len() > 100 {
                return Err(OriginError::Methodology(reference.chars().take(40).collect()));
            }
        }
        all.sort_unstable();
        let twice = all.windows(2).find(|pair| pair[0] == pair[1]);
        twice.map_or(Ok(()), |pair| Err(OriginError::Twice(pair[0].clone())))?;
        Ok(MethodologySet(all))
    }

    /// The references, sorted.
    pub fn references(&self) -> &[String] {
        &self.0
    }

    /// The place of a reference in the set.
    pub fn position(&self, reference: &str) -> Option<usize> {
        self.0.binary_search_by(|own| own.as_str().cmp(reference)).ok()
    }

    /// The methodologies' ids, whatever their versions, each once.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let mut last = None;
        let ids = self
            .0
            .iter()
            .map(|reference| reference.split('@').next().unwrap_or_default());
        ids.filter(move |id| last.replace(*id) != Some(*id))
    }

    /// The word for it in serial numbers: the methodology's id if there is but one, else
    /// [`SEVERAL`](super::serial::SEVERAL).
    pub fn word(&self) -> &str {
        let mut ids = self.ids();
        match (ids.next(), ids.next()) {
            (Some(only), None) => only,
            _ => super::serial::SEVERAL,
        }
    }
}

impl TryFrom<Vec<String>> for MethodologySet {
    type Error = OriginError;

    fn try_from(references: Vec<String>) -> Result<Self, OriginError> {
        Self::new(references)
    }
}

impl From<MethodologySet> for Vec<String> {
    fn from(set: MethodologySet) -> Vec<String> {
        set.0
    }
}

/// What makes a batch unique.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The programme.
    pub programme: ProgrammeId,
    /// The methodologies.
    pub methodologies: MethodologySet,
    /// The period.
    pub period: Period,
}

impl Origin {
    /// The digest of its text, for a unique index.
    pub fn digest(&self) -> Digest {
        Digest::of(&[b"origin", self.to_string().as_bytes()])
    }
}

impl fmt::Display for Origin {
    /// `0000000000001/2026-01-01..2026-12-31/bus@1.0.0+metro-trip@1.0.0`: no two origins have the same text, since
    /// none of the separators occurs in a part.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}..{}/", self.programme, self.period.first, self.period.last)?;
        for (i, reference) in self.methodologies.0.iter().enumerate() {
            if i > 0 {
                f.write_char('+')?;
            }
            f.write_str(reference)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn period(first: &str, last: &str) -> Result<Period, OriginError> {
        Period::new(Day::parse(first).unwrap(), Day::parse(last).unwrap())
    }

    #[test]
    fn an_origin_is_the_same_in_whatever_order_it_was_said() {
        let origin = |references: [&str; 2]| Origin {
            programme: ProgrammeId::new(1),
            methodologies: MethodologySet::new(references).unwrap(),
            period: period("2026-01-01", "2026-12-31").unwrap(),
        };
        let one = origin(["metro-trip@1.0.0", "bus@1.0.0"]);
        let other = origin(["bus@1.0.0", "metro-trip@1.0.0"]);
        assert_eq!(
            one.to_string(),
            "0000000000001/2026-01-01..2026-12-31/bus@1.0.0+metro-trip@1.0.0"
        );
        assert_eq!(one.digest(), other.digest());
        assert_ne!(one.digest(), origin(["bus@1.0.1", "metro-trip@1.0.0"]).digest());
        assert_eq!(one.methodologies.word(), "multi");
        assert_eq!(origin(["bus@1.0.0", "bus@1.1.0"]).methodologies.word(), "bus");
        let text = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<Origin>(&text).unwrap(), one);
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        assert_eq!(period("2026-02-01", "2026-01-31"), Err(OriginError::Order));
        assert_eq!(period("2025-12-31", "2026-01-01"), Err(OriginError::Years));
        assert_eq!(MethodologySet::new([] as [&str; 0]), Err(OriginError::Count));
        assert_eq!(
            MethodologySet::new(["bus@1", "bus@1"]),
            Err(OriginError::Twice("bus@1".to_owned()))
        );
        for wrong in ["bus", "@1", "bus@", "bus@1+x@1", "bus@1/2", "Bus@1"] {
            assert_eq!(
                MethodologySet::new([wrong]),
                Err(OriginError::Methodology(wrong.to_owned()))
            );
        }
    }

    proptest! {
        #[test]
        fn a_digest_reads_as_it_prints(bytes: [u8; 32]) {
            prop_assert_eq!(Digest::parse(&Digest(bytes).to_string()), Some(Digest(bytes)));
        }

        #[test]
        fn no_text_makes_the_readers_panic(text in "\\PC{0,70}") {
            let _ = (Digest::parse(&text), MethodologySet::new([text]));
        }
    }
}
