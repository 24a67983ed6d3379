//! What a verifier looks at: a random and a risk-based sample that anybody can draw again, findings, and what they come
//! to.
//!
//! Every record draws the number SHA-256(seed ‖ record). The lowest numbers are the random sample; among the records
//! that look risky, the riskiest, the largest and then the lowest numbers are the other. The order in which records come
//! does not matter, and only the sample is kept. The seed mixes the digest of the sealed batch with a word of the
//! verifier's: the operator could not know it when sealing, the verifier cannot choose records.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::origin::Digest;
use crate::evidence::Grade;
use crate::measure::{Carbon, EntryId, ParticipantId};

/// The seed of a draw, from the digest of what was sealed and a word that the verifier gives afterwards; both are
/// recorded.
pub fn seed(contents: Digest, word: &str) -> Digest {
    Digest::of(&[b"sample", &contents.0, word.trim().as_bytes()])
}

/// How many records are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Drawn at random.
    pub random: u64,
    /// Chosen by risk, at most.
    pub risky: u64,
}

/// The least random sample, where there are so many records.
pub const LEAST: u64 = 30;

impl Size {
    /// The usual size for so many records: the square root, rounded up, as IAF MD 1 takes of the sites of an
    /// organisation, but at least [`LEAST`]; and half as many by risk. That records are sampled like sites, the least
    /// number and the half are our rule; a verifier may draw more.
    pub fn of(records: u64) -> Self {
        let root = records.isqrt();
        let root = root + u64::from(root * root < records);
        let random = root.max(LEAST).min(records);
        Size {
            random,
            risky: random.div_ceil(2).min(records - random),
        }
    }
}

/// What makes a record worth a look. The points are ours: weak evidence first, then what people decided, then size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Risk {
    /// The grade of the evidence: 4, 3, 2, 1 points for E0 to E3, none for E4.
    pub grade: Grade,
    /// A person accepted it: 2 points.
    pub reviewed: bool,
    /// It was first refused, then credited on appeal: 2 points.
    pub appealed: bool,
    /// It is among the largest by the verifier's own bound: 3 points.
    pub large: bool,
}

impl Risk {
    /// 0 to 11 points; a record without any is not chosen by risk.
    pub fn points(self) -> u8 {
        let grade = match self.grade {
            Grade::E0 => 4,
            Grade::E1 => 3,
            Grade::E2 => 2,
            Grade::E3 => 1,
            Grade::E4 => 0,
        };
        grade + 2 * u8::from(self.reviewed) + 2 * u8::from(self.appealed) + 3 * u8::from(self.large)
    }
}

/// Why a record was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// By lot.
    Random,
    /// By so many points of risk.
    Risk(u8),
}

/// A record that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// The record.
    pub entry: EntryId,
    /// Whose it is.
    pub participant: ParticipantId,
    /// What was credited.
    pub credited: Carbon,
    /// Why it was drawn.
    pub why: Why,
}

type Lot = u128;
/// Ordered so that the greatest is the first to go.
type ByLot = (Lot, EntryId, ParticipantId, Carbon, u8);
type ByRisk = (Reverse<u8>, Reverse<Carbon>, Lot, EntryId, ParticipantId);

/// A draw going on. Records may come in any order, each once.
#[derive(Debug, Clone)]
pub struct Draw {
    seed: Digest,
    size: Size,
    random: BinaryHeap<ByLot>,
    risky: BinaryHeap<ByRisk>,
}

fn keep<T: Ord>(heap: &mut BinaryHeap<T>, most: u64, one: T) {
    if u64::try_from(heap.len()).is_ok_and(|len| len < most) {
        heap.push(one);
    } else if let Some(mut last) = heap.peek_mut()
        && one < *last
    {
        *last = one;
    }
}

impl Draw {
    /// Begins a draw.
    pub fn new(seed: Digest, size: Size) -> Self {
        Draw {
            seed,
            size,
            random: BinaryHeap::new(),
            risky: BinaryHeap::new(),
        }
    }

    /// Lets a record of the batch draw its number.
    pub fn consider(&mut self, entry: EntryId, participant: ParticipantId, credited: Carbon, risk: Risk) {
        let mut hash = Sha256::new();
        hash.update(self.seed.0);
        hash.update(entry.number().to_be_bytes());
        let mut lot = [0; 16];
        lot.copy_from_slice(&hash.finalize()[..16]);
        let (lot, points) = (u128::from_be_bytes(lot), risk.points());
        keep(
            &mut self.random,
            self.size.random,
            (lot, entry, participant, credited, points),
        );
        if points > 0 {
            // as many more as the random sample could take away
            let most = self.size.risky.saturating_add(self.size.random);
            keep(
                &mut self.risky,
                most,
                (Reverse(points), Reverse(credited), lot, entry, participant),
            );
        }
    }

    /// The sample, when every record has drawn.
    pub fn finish(self) -> Sample {
        let random = self.random.into_sorted_vec();
        let mut drawn: BTreeMap<EntryId, Drawn> = random
            .into_iter()
            .map(|(_, entry, participant, credited, _)| {
                (
                    entry,
                    Drawn {
                        entry,
                        participant,
                        credited,
                        why: Why::Random,
                    },
                )
            })
            .collect();
        let mut left = self.size.risky;
        for (Reverse(points), Reverse(credited), _, entry, participant) in self.risky.into_sorted_vec() {
            if left == 0 {
                break;
            }
            drawn.entry(entry).or_insert_with(|| {
                left -= 1;
                Drawn {
                    entry,
                    participant,
                    credited,
                    why: Why::Risk(points),
                }
            });
        }
        Sample {
            seed: self.seed,
            size: self.size,
            drawn: drawn.into_values().collect(),
        }
    }
}

/// The records that a verifier looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// From what it was drawn.
    pub seed: Digest,
    /// How many were asked for.
    pub size: Size,
    /// The records, by number; each once.
    pub drawn: Vec<Drawn>,
}

/// What the verifier found about a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// Evidence, replayed working and credit agree.
    Agrees,
    /// Too much was credited; this would be right.
    Overstated(Carbon),
    /// Less was credited than would be right. Nothing has to be done.
    Understated(Carbon),
    /// The evidence does not show the act: nothing should have been credited.
    Unsupported,
}

/// A verifier's finding about one record of the sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The record.
    pub entry: EntryId,
    /// What was found.
    pub found: Found,
    /// In the verifier's words; may be empty where everything agrees.
    pub note: String,
}

/// Why findings do not make an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfinished {
    /// A record of the sample was not looked at.
    #[error("record {0} of the sample has no finding")]
    Unlooked(EntryId),
    /// A finding about a record outside the sample.
    #[error("record {0} is not in the sample")]
    Foreign(EntryId),
    /// Two findings about one record.
    #[error("record {0} has two findings")]
    Twice(EntryId),
    /// Where something is wrong, the verifier says what.
    #[error("the finding about record {0} says nothing")]
    Wordless(EntryId),
    /// What would be right is not less than what was credited, or not more, or negative.
    #[error("the amount that would be right for record {0} does not fit the finding")]
    Amount(EntryId),
    /// A sum leaves 64 bits.
    #[error("the sum of the sample is out of range")]
    Range,
}

/// What the findings come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Records looked at.
    pub records: u64,
    /// Records that are not as they should be.
    pub wrong: u64,
    /// What was credited in the random sample.
    pub random: Carbon,
    /// What too much was credited in the random sample.
    pub random_overstated: Carbon,
    /// What too much was credited in the whole sample; must be taken back before issue.
    pub overstated: Carbon,
}

impl Outcome {
    /// What too much was credited in the random sample, in thousandths of it, rounded up: an estimate for the batch.
    pub fn error_permille(&self) -> u16 {
        let (part, whole) = (i128::from(self.random_overstated.mg()), i128::from(self.random.mg()));
        let permille = if whole > 0 {
            (part * 1000 + whole - 1) / whole
        } else {
            0
        };
        u16::try_from(permille).unwrap_or(u16::MAX)
    }
}

impl Sample {
    /// What findings come to: exactly one about each record of the sample.
    pub fn outcome(&self, findings: &[Finding]) -> Result<Outcome, Unfinished> {
        let mut by_entry: BTreeMap<EntryId, &Finding> = BTreeMap::new();
        for finding in findings {
            if by_entry.insert(finding.entry, finding).is_some() {
                return Err(Unfinished::Twice(finding.entry));
            }
        }
        let mut outcome = Outcome {
            records: 0,
            wrong: 0,
            random: Carbon::ZERO,
            random_overstated: Carbon::ZERO,
            overstated: Carbon::ZERO,
        };
        let add = |sum: &mut Carbon, more| {
            *sum = sum.checked_add(more).ok_or(Unfinished::Range)?;
            Ok(())
        };
        for drawn in &self.drawn {
            let finding = by_entry.remove(&drawn.entry).ok_or(Unfinished::Unlooked(drawn.entry))?;
            let amount = Unfinished::Amount(drawn.entry);
            let too_much = match finding.found {
                Found::Agrees => Carbon::ZERO,
                Found::Unsupported => drawn.credited,
                Found::Overstated(right) if Carbon::ZERO <= right && right < drawn.credited => {
                    Carbon::from_mg(drawn.credited.mg() - right.mg())
                }
                Found::Understated(right) if right > drawn.credited => Carbon::ZERO,
                Found::Overstated(_) | Found::Understated(_) => return Err(amount),
            };
            outcome.records += 1;
            if finding.found != Found::Agrees {
                outcome.wrong += 1;
                if finding.note.trim().is_empty() {
                    return Err(Unfinished::Wordless(drawn.entry));
                }
            }
            add(&mut outcome.overstated, too_much)?;
            if drawn.why == Why::Random {
                add(&mut outcome.random, drawn.credited)?;
                add(&mut outcome.random_overstated, too_much)?;
            }
        }
        by_entry
            .keys()
            .next()
            .map_or(Ok(outcome), |entry| Err(Unfinished::Foreign(*entry)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn risk(points: u8) -> Risk {
        Risk {
            grade: Grade::E4,
            reviewed: points & 1 > 0,
            appealed: points & 2 > 0,
            large: points & 4 > 0,
        }
    }

    fn drawn(seed: Digest, size: Size, records: &[(i64, i64, u8)]) -> Sample {
        let mut draw = Draw::new(seed, size);
        for (entry, mg, points) in records {
            draw.consider(
                EntryId::new(*entry),
                ParticipantId::new(entry / 10),
                Carbon::from_mg(*mg),
                risk(*points),
            );
        }
        draw.finish()
    }

    #[test]
    fn the_sample_grows_with_the_root() {
        for (records, random, risky) in [
            (0, 0, 0),
            (1, 1, 0),
            (30, 30, 0),
            (40, 30, 10),
            (900, 30, 15),
            (901, 31, 16),
            (10_000_000, 3163, 1582),
        ] {
            assert_eq!(Size::of(records), Size { random, risky }, "{records}");
        }
        assert!(Size::of(u64::MAX).random > 4_000_000_000);
    }

    #[test]
    fn the_seed_decides_and_nobody_else() {
        let contents = Digest::of(&[b"a batch"]);
        let records: Vec<_> = (1..=2000).map(|n| (n, 1000 + n, u8::from(n % 100 == 0) * 4)).collect();
        let size = Size::of(2000);
        let one = drawn(seed(contents, "word"), size, &records);
        let backwards: Vec<_> = records.iter().rev().copied().collect();
        assert_eq!(one, drawn(seed(contents, " word "), size, &backwards));
        assert_ne!(one.drawn, drawn(seed(contents, "other"), size, &records).drawn);
        assert_ne!(seed(contents, "word"), seed(Digest::of(&[b"another"]), "word"));
        let by_risk = one
            .drawn
            .iter()
            .filter(|drawn| matches!(drawn.why, Why::Risk(3)))
            .count();
        let both = one
            .drawn
            .iter()
            .filter(|d| d.why == Why::Random && d.entry.number() % 100 == 0)
            .count();
        assert_eq!(by_risk, 20 - both);
        assert_eq!(one.drawn.len(), 45 + by_risk);
    }

    /// A draw that others can do with any tool: the numbers were computed apart from this code, with Python's hashlib.
    #[test]
    fn a_lot_is_the_hash_of_seed_and_record() {
        let records: Vec<_> = (1..=8).map(|n| (n, 10, 0)).collect();
        let sample = drawn(Digest([7; 32]), Size { random: 3, risky: 0 }, &records);
        let entries: Vec<i64> = sample.drawn.iter().map(|drawn| drawn.entry.number()).collect();
        assert_eq!(entries, [2, 4, 6]);
    }

    #[test]
    fn findings_are_about_the_whole_sample() {
        let sample = drawn(
            Digest([1; 32]),
            Size { random: 2, risky: 1 },
            &[(1, 100, 0), (2, 300, 0), (3, 50, 4)],
        );
        let finding = |entry, found, note: &str| Finding {
            entry: EntryId::new(entry),
            found,
            note: note.to_owned(),
        };
        let all = |n| {
            sample
                .drawn
                .iter()
                .take(n)
                .map(|d| finding(d.entry.number(), Found::Agrees, ""))
                .collect::<Vec<_>>()
        };
        let whole = sample.outcome(&all(3)).unwrap();
        assert_eq!((whole.records, whole.wrong, whole.error_permille()), (3, 0, 0));
        assert_eq!(
            sample.outcome(&all(2)),
            Err(Unfinished::Unlooked(sample.drawn[2].entry))
        );
        let with = |finding: Finding| {
            let mut all = all(3);
            all.retain(|own| own.entry != finding.entry);
            all.push(finding);
            sample.outcome(&all)
        };
        assert_eq!(
            with(finding(9, Found::Agrees, "")),
            Err(Unfinished::Foreign(EntryId::new(9)))
        );
        assert_eq!(
            with(finding(2, Found::Unsupported, " ")),
            Err(Unfinished::Wordless(EntryId::new(2)))
        );
        for found in [
            Found::Overstated(Carbon::from_mg(300)),
            Found::Overstated(Carbon::from_mg(-1)),
            Found::Understated(Carbon::from_mg(300)),
        ] {
            assert_eq!(with(finding(2, found, "x")), Err(Unfinished::Amount(EntryId::new(2))));
        }
        let outcome = with(finding(2, Found::Overstated(Carbon::from_mg(299)), "one too many")).unwrap();
        assert_eq!((outcome.wrong, outcome.overstated.mg()), (1, 1));
        let outcome = with(finding(2, Found::Unsupported, "no ride")).unwrap();
        assert_eq!(outcome.overstated.mg(), 300);
        let mut twice = all(3);
        twice.push(twice[0].clone());
        assert!(matches!(sample.outcome(&twice), Err(Unfinished::Twice(_))));
    }

    #[test]
    fn the_error_is_estimated_from_the_random_part_and_rounded_up() {
        let outcome = Outcome {
            records: 3,
            wrong: 1,
            random: Carbon::from_mg(3000),
            random_overstated: Carbon::from_mg(1),
            overstated: Carbon::from_mg(500),
        };
        assert_eq!(outcome.error_permille(), 1);
        assert_eq!(
            Outcome {
                random: Carbon::ZERO,
                ..outcome
            }
            .error_permille(),
            0
        );
    }

    proptest! {
        #[test]
        fn a_sample_is_what_sorting_all_records_gives(
            masses in prop::collection::vec((1i64..50, 0u8..8), 0..120),
            random in 0u64..20,
            risky in 0u64..20,
            seed: [u8; 32],
        ) {
            let records: Vec<_> = (1i64..).zip(&masses).map(|(n, (mg, points))| (n, *mg, *points)).collect();
            let lot = |entry: i64| {
                let mut hash = Sha256::new();
                hash.update(seed);
                hash.update(entry.to_be_bytes());
                let hash: [u8; 32] = hash.finalize().into();
                hash
            };
            let mut order: Vec<i64> = records.iter().map(|record| record.0).collect();
            order.sort_by_key(|entry| lot(*entry));
            order.truncate(usize::try_from(random).unwrap());
            let mut chosen: Vec<_> = records.iter().filter(|r| r.2 > 0 && !order.contains(&r.0)).collect();
            chosen.sort_by_key(|r| (Reverse(risk(r.2).points()), Reverse(r.1), lot(r.0)));
            order.extend(chosen.iter().map(|r| r.0).take(usize::try_from(risky).unwrap()));
            order.sort_unstable();
            let sample = drawn(Digest(seed), Size { random, risky }, &records);
            prop_assert_eq!(sample.drawn.iter().map(|d| d.entry.number()).collect::<Vec<_>>(), order);
        }
    }
}
