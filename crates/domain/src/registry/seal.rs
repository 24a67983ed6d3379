//! Which records go into a batch, and why others do not.
//!
//! A [`Sealing`] looks at one record after another and keeps sums only: per participant, per methodology and grade, per
//! reason. Records come in the canonical order (bucket, participant, entry), which is that of the journal's key; so no
//! record can be counted twice, a participant's grams lie side by side, and two runs over the same books give the same
//! digest.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::origin::{Digest, Origin};
use crate::evidence::Grade;
use crate::measure::{Carbon, Day, EntryId, ParticipantId, bucket_of};

/// For which days a participant lets the programme claim reductions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// The first day whose acts may be claimed.
    pub from: Day,
    /// The last one, where the delegation has a term.
    pub through: Option<Day>,
    /// The day on which it was withdrawn: nothing is claimed from then on, whenever the act was.
    pub withdrawn: Option<Day>,
}

/// A record that may go into a batch, as the books know it on the day of sealing.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Whose act it was.
    pub participant: ParticipantId,
    /// The record.
    pub entry: EntryId,
    /// The civil day of the act.
    pub day: Day,
    /// By what it was quantified, like `metro-trip@1.0.0`.
    pub methodology: &'a str,
    /// The grade of its evidence.
    pub grade: Grade,
    /// What was credited.
    pub credited: Carbon,
    /// The participant's delegation, if there ever was one.
    pub delegation: Option<Delegation>,
    /// Whether it was taken back.
    pub reversed: bool,
    /// Whether somebody may still change it: an appeal, a review, a claim window that is open.
    pub open: bool,
    /// Whether it is in a batch already.
    pub batched: bool,
}

/// Why a record stays out. The first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// It was taken back.
    Reversed,
    /// It is in a batch already.
    Batched,
    /// Its day lies outside the period.
    Period,
    /// The batch is not about its methodology, or not about that version.
    Methodology,
    /// Its evidence is worse than the batch asks for.
    Grade,
    /// It may still change.
    Open,
    /// The participant never let the programme claim reductions.
    Undelegated,
    /// The act came before the delegation.
    BeforeDelegation,
    /// The act came after the delegation's term.
    AfterTerm,
    /// The delegation was withdrawn before the batch was sealed.
    Withdrawn,
    /// Nothing was credited.
    Nothing,
}

impl Exclusion {
    /// Every reason, in the order in which they are asked for.
    pub const ALL: [Exclusion; 11] = [
        Exclusion::Reversed,
        Exclusion::Batched,
        Exclusion::Period,
        Exclusion::Methodology,
        Exclusion::Grade,
        Exclusion::Open,
        Exclusion::Undelegated,
        Exclusion::BeforeDelegation,
        Exclusion::AfterTerm,
        Exclusion::Withdrawn,
        Exclusion::Nothing,
    ];

    /// Its code in reports and in the books; never changes.
    pub const fn code(self) -> &'static str {
        match self {
            Exclusion::Reversed => "reversed",
            Exclusion::Batched => "batched",
            Exclusion::Period => "period",
            Exclusion::Methodology => "methodology",
            Exclusion::Grade => "grade",
            Exclusion::Open => "open",
            Exclusion::Undelegated => "undelegated",
            Exclusion::BeforeDelegation => "before_delegation",
            Exclusion::AfterTerm => "after_term",
            Exclusion::Withdrawn => "withdrawn",
            Exclusion::Nothing => "nothing",
        }
    }

    /// The reason of a code.
    pub fn coded(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// What a batch asks of its records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Programme, methodologies, period.
    pub origin: Origin,
    /// The worst grade that it takes.
    pub minimum: Grade,
    /// The civil day of sealing, on which delegations must be in force.
    pub on: Day,
}

impl Terms {
    /// The place of the record's methodology in the set, or why the record stays out.
    pub fn weigh(&self, record: &Candidate) -> Result<usize, Exclusion> {
        let no = |refused: bool, why| if refused { Err(why) } else { Ok(()) };
        no(record.reversed, Exclusion::Reversed)?;
        no(record.batched, Exclusion::Batched)?;
        no(!self.origin.period.has(record.day), Exclusion::Period)?;
        let position = self.origin.methodologies.position(record.methodology);
        let position = position.ok_or(Exclusion::Methodology)?;
        no(record.grade < self.minimum, Exclusion::Grade)?;
        no(record.open, Exclusion::Open)?;
        let delegation = record.delegation.ok_or(Exclusion::Undelegated)?;
        no(record.day < delegation.from, Exclusion::BeforeDelegation)?;
        no(
            delegation.through.is_some_and(|last| record.day > last),
            Exclusion::AfterTerm,
        )?;
        no(
            delegation.withdrawn.is_some_and(|day| day <= self.on),
            Exclusion::Withdrawn,
        )?;
        no(record.credited <= Carbon::ZERO, Exclusion::Nothing)?;
        Ok(position)
    }
}

/// Records and their mass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sum {
    /// How many records.
    pub records: u64,
    /// What was credited for them.
    pub credited: Carbon,
}

impl Sum {
    fn with(self, credited: Carbon) -> Option<Sum> {
        let credited = self.credited.checked_add(credited)?;
        Some(Sum {
            records: self.records + 1,
            credited,
        })
    }
}

/// What one participant's records in a batch come to; more than nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// Whose.
    pub participant: ParticipantId,
    /// How much.
    pub credited: Carbon,
}

/// Why a sealing cannot go on. Nothing of it may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Not after the record before it: the order is (bucket, participant, entry), each record once.
    #[error("record {0} does not come after the one before it")]
    Order(EntryId),
    /// A sum left 64 bits.
    #[error("the sum of the batch is out of range")]
    Range,
    /// No record was taken.
    #[error("no record meets the terms of the batch")]
    Empty,
}

/// A batch being put together, one record after another.
#[derive(Debug, Clone)]
pub struct Sealing {
    terms: Terms,
    last: Option<(u8, ParticipantId, EntryId)>,
    sums: Vec<[Sum; 5]>,
    excluded: [Sum; Exclusion::ALL.len()],
    contributions: Vec<Contribution>,
    total: Sum,
    hash: Sha256,
}

impl Sealing {
    /// Nothing yet.
    pub fn new(terms: Terms) -> Self {
        let mut hash = Sha256::new();
        hash.update(terms.origin.digest().0);
        hash.update([u8::try_from(terms.minimum.index()).unwrap_or(u8::MAX)]);
        hash.update(terms.on.epoch_days().to_le_bytes());
        Sealing {
            last: None,
            sums: vec![<[Sum; 5]>::default(); terms.origin.methodologies.references().len()],
            excluded: <[Sum; Exclusion::ALL.len()]>::default(),
            contributions: Vec::new(),
            total: Sum::default(),
            hash,
            terms,
        }
    }

    /// Takes the next record in, or says why it stays out.
    pub fn consider(&mut self, record: &Candidate) -> Result<Result<(), Exclusion>, Broken> {
        let place = (bucket_of(record.participant.number()), record.participant, record.entry);
        if self.last.is_some_and(|last| last >= place) {
            return Err(Broken::Order(record.entry));
        }
        self.last = Some(place);
        let methodology = match self.terms.weigh(record) {
            Ok(methodology) => methodology,
            Err(why) => {
                let sum = &mut self.excluded[why as usize];
                *sum = sum.with(record.credited).ok_or(Broken::Range)?;
                return Ok(Err(why));
            }
        };
        self.total = self.total.with(record.credited).ok_or(Broken::Range)?; // no part exceeds the total
        let sum = &mut self.sums[methodology][record.grade.index()];
        *sum = sum.with(record.credited).ok_or(Broken::Range)?;
        match self.contributions.last_mut() {
            Some(own) if own.participant == record.participant => {
                own.credited = own.credited.checked_add(record.credited).ok_or(Broken::Range)?;
            }
            _ => self.contributions.push(Contribution {
                participant: record.participant,
                credited: record.credited,
            }),
        }
        let mut row = [0; 32];
        row[..8].copy_from_slice(&record.participant.number().to_le_bytes());
        row[8..16].copy_from_slice(&record.entry.number().to_le_bytes());
        row[16..24].copy_from_slice(&record.credited.mg().to_le_bytes());
        row[24..28].copy_from_slice(&record.day.epoch_days().to_le_bytes());
        row[28..30].copy_from_slice(&u16::try_from(methodology).unwrap_or(u16::MAX).to_le_bytes());
        row[30] = u8::try_from(record.grade.index()).unwrap_or(u8::MAX);
        self.hash.update(row);
        Ok(Ok(()))
    }

    /// What the batch holds, when every record was looked at.
    pub fn finish(self) -> Result<Contents, Broken> {
        if self.contributions.is_empty() {
            return Err(Broken::Empty);
        }
        Ok(Contents {
            terms: self.terms,
            sums: self.sums,
            excluded: self.excluded,
            contributions: self.contributions,
            total: self.total,
            digest: Digest(self.hash.finalize().into()),
        })
    }
}

/// What a sealed batch holds; not empty.
#[derive(Debug, Clone)]
pub struct Contents {
    terms: Terms,
    sums: Vec<[Sum; 5]>,
    excluded: [Sum; Exclusion::ALL.len()],
    contributions: Vec<Contribution>,
    total: Sum,
    digest: Digest,
}

impl Contents {
    /// What was asked of its records.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Its records and their mass.
    pub const fn total(&self) -> Sum {
        self.total
    }

    /// What each participant brought, in the canonical order (bucket, participant).
    pub fn contributions(&self) -> &[Contribution] {
        &self.contributions
    }

    /// SHA-256 over terms and records: participant, entry, mass, day, methodology and grade of each, in order.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The sums that are not zero, by methodology and grade.
    pub fn sums(&self) -> impl Iterator<Item = (&str, Grade, Sum)> {
        let references = self.terms.origin.methodologies.references();
        references.iter().zip(&self.sums).flat_map(|(reference, grades)| {
            let grades = Grade::ALL.into_iter().zip(grades).filter(|(_, sum)| sum.records > 0);
            grades.map(move |(grade, sum)| (reference.as_str(), grade, *sum))
        })
    }

    /// The sums of what stayed out, by reason, where there are any.
    pub fn excluded(&self) -> impl Iterator<Item = (Exclusion, Sum)> {
        let all = Exclusion::ALL.into_iter().zip(self.excluded);
        all.filter(|(_, sum)| sum.records > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::origin::{MethodologySet, Period};
    use super::*;
    use crate::measure::ProgrammeId;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn terms() -> Terms {
        Terms {
            origin: Origin {
                programme: ProgrammeId::new(1),
                methodologies: MethodologySet::new(["metro-trip@1.0.0", "bus@1.0.0"]).unwrap(),
                period: Period::new(day("2026-01-01"), day("2026-06-30")).unwrap(),
            },
            minimum: Grade::E2,
            on: day("2026-07-10"),
        }
    }

    fn candidate() -> Candidate<'static> {
        Candidate {
            participant: ParticipantId::new(7),
            entry: EntryId::new(1),
            day: day("2026-03-01"),
            methodology: "bus@1.0.0",
            grade: Grade::E3,
            credited: Carbon::from_mg(65_500),
            delegation: Some(Delegation {
                from: day("2026-02-01"),
                through: None,
                withdrawn: None,
            }),
            reversed: false,
            open: false,
            batched: false,
        }
    }

    #[test]
    fn each_exclusion_has_its_reason() {
        let terms = terms();
        let good = candidate();
        assert_eq!(terms.weigh(&good), Ok(0));
        let delegated = |through, withdrawn| {
            Some(Delegation {
                from: day("2026-02-01"),
                through,
                withdrawn,
            })
        };
        for (record, why) in [
            (
                Candidate {
                    reversed: true,
                    batched: true,
                    ..good
                },
                Exclusion::Reversed,
            ),
            (Candidate { batched: true, ..good }, Exclusion::Batched),
            (
                Candidate {
                    day: day("2026-07-01"),
                    ..good
                },
                Exclusion::Period,
            ),
            (
                Candidate {
                    methodology: "bus@1.0.1",
                    ..good
                },
                Exclusion::Methodology,
            ),
            (
                Candidate {
                    grade: Grade::E1,
                    ..good
                },
                Exclusion::Grade,
            ),
            (Candidate { open: true, ..good }, Exclusion::Open),
            (
                Candidate {
                    delegation: None,
                    ..good
                },
                Exclusion::Undelegated,
            ),
            (
                Candidate {
                    day: day("2026-01-31"),
                    ..good
                },
                Exclusion::BeforeDelegation,
            ),
            (
                Candidate {
                    delegation: delegated(Some(day("2026-02-28")), None),
                    ..good
                },
                Exclusion::AfterTerm,
            ),
            (
                Candidate {
                    delegation: delegated(None, Some(day("2026-07-10"))),
                    ..good
                },
                Exclusion::Withdrawn,
            ),
            (
                Candidate {
                    credited: Carbon::ZERO,
                    ..good
                },
                Exclusion::Nothing,
            ),
        ] {
            assert_eq!(terms.weigh(&record), Err(why));
            assert_eq!(Exclusion::coded(why.code()), Some(why));
        }
        // a term that is over, or a withdrawal that comes later, takes nothing back
        let record = Candidate {
            delegation: delegated(Some(day("2026-03-01")), Some(day("2026-07-11"))),
            ..good
        };
        assert_eq!(terms.weigh(&record), Ok(0));
        for (i, why) in Exclusion::ALL.into_iter().enumerate() {
            assert_eq!(why as usize, i);
        }
    }

    #[test]
    fn a_batch_is_the_sum_of_its_records() {
        let mut sealing = Sealing::new(terms());
        let mut people = [7, 8, 9].map(ParticipantId::new);
        people.sort_by_key(|id| (bucket_of(id.number()), *id));
        for participant in people {
            for entry in 1..=3 {
                let entry = EntryId::new(entry + participant.number() * 10);
                let grade = if entry.number() % 10 == 3 { Grade::E1 } else { Grade::E4 };
                sealing
                    .consider(&Candidate {
                        participant,
                        entry,
                        grade,
                        ..candidate()
                    })
                    .unwrap()
                    .ok();
            }
        }
        let contents = sealing.clone().finish().unwrap();
        assert_eq!(
            contents.total(),
            Sum {
                records: 6,
                credited: Carbon::from_mg(6 * 65_500)
            }
        );
        let contributions: Vec<_> = contents
            .contributions()
            .iter()
            .map(|c| (c.participant, c.credited.mg()))
            .collect();
        assert_eq!(contributions, people.map(|id| (id, 131_000)));
        assert_eq!(
            contents.sums().collect::<Vec<_>>(),
            [("bus@1.0.0", Grade::E4, contents.total())]
        );
        let out = Sum {
            records: 3,
            credited: Carbon::from_mg(3 * 65_500),
        };
        assert_eq!(contents.excluded().collect::<Vec<_>>(), [(Exclusion::Grade, out)]);

        // the same record again, or one out of order, breaks the sealing
        let again = Candidate {
            participant: people[2],
            entry: EntryId::new(people[2].number() * 10 + 3),
            ..candidate()
        };
        assert_eq!(sealing.consider(&again), Err(Broken::Order(again.entry)));
        assert_eq!(Sealing::new(terms()).finish().unwrap_err(), Broken::Empty);
    }

    #[test]
    fn the_digest_tells_of_every_field() {
        let digest = |terms: Terms, record: Candidate| {
            let mut sealing = Sealing::new(terms);
            sealing.consider(&record).unwrap().unwrap();
            sealing.finish().unwrap().digest()
        };
        let good = candidate();
        let one = digest(terms(), good);
        assert_eq!(one, digest(terms(), good));
        for other in [
            Candidate {
                participant: ParticipantId::new(8),
                ..good
            },
            Candidate {
                entry: EntryId::new(2),
                ..good
            },
            Candidate {
                day: day("2026-03-02"),
                ..good
            },
            Candidate {
                methodology: "metro-trip@1.0.0",
                ..good
            },
            Candidate {
                grade: Grade::E4,
                ..good
            },
            Candidate {
                credited: Carbon::from_mg(65_501),
                ..good
            },
        ] {
            assert_ne!(one, digest(terms(), other));
        }
        assert_ne!(
            one,
            digest(
                Terms {
                    minimum: Grade::E1,
                    ..terms()
                },
                good
            )
        );
        assert_ne!(
            one,
            digest(
                Terms {
                    on: day("2026-07-11"),
                    ..terms()
                },
                good
            )
        );
    }
}
