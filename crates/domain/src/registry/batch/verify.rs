//! What a verifier may state about a batch, and who may not be one.

use super::super::origin::Digest;
use super::super::sample::{Finding, Found, Sample, Size, seed};
use super::{Actor, Done, MATERIAL_PERMILLE, Published, Refused, Rejected, Step, Submitted, Verified, allowed};
use crate::programme::Role;

/// What a verifier states.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// The word that the sample was drawn with.
    pub word: &'a str,
    /// The sample.
    pub sample: &'a Sample,
    /// What was found about its records.
    pub findings: &'a [Finding],
    /// The statement itself.
    pub text: &'a str,
}

impl Statement<'_> {
    /// SHA-256 over what was verified, the draw, every finding, the verdict and the words.
    pub fn digest(&self, contents: Digest, right: bool) -> Digest {
        let mut parts: Vec<Vec<u8>> = vec![
            b"statement".to_vec(),
            contents.0.to_vec(),
            vec![u8::from(right)],
            self.sample.seed.0.to_vec(),
            self.text.trim().as_bytes().to_vec(),
        ];
        for drawn in &self.sample.drawn {
            parts.push(drawn.entry.number().to_le_bytes().to_vec());
        }
        let mut findings: Vec<&Finding> = self.findings.iter().collect();
        findings.sort_by_key(|finding| finding.entry);
        for finding in findings {
            let (kind, right) = match finding.found {
                Found::Agrees => (0, 0),
                Found::Overstated(right) => (1, right.mg()),
                Found::Understated(right) => (2, right.mg()),
                Found::Unsupported => (3, 0),
            };
            let (entry, right) = (finding.entry.number().to_le_bytes(), right.to_le_bytes());
            parts.push([&entry[..], &[kind], &right].concat());
            parts.push(finding.note.trim().as_bytes().to_vec());
        }
        Digest::of(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }
}

/// Roles of those who run the programme or send it acts: none of them verifies.
const OPERATING: [Role; 7] = [
    Role::Partner,
    Role::Merchant,
    Role::Reviewer,
    Role::Editor,
    Role::Support,
    Role::Finance,
    Role::Admin,
];

impl Submitted {
    /// The batch as it was published.
    pub const fn published(&self) -> &Published {
        &self.published
    }

    fn verifier(&self, by: Actor<'_>, at_us: i64) -> Result<Done, Refused> {
        let done = allowed(Step::Verify, by, at_us)?;
        if let Some(role) = by.roles.iter().find(|role| OPERATING.contains(role)) {
            return Err(Refused::Operates(*role));
        }
        if by.contributes {
            return Err(Refused::Contributes);
        }
        let hands = [self.published.sealed.done, self.published.done, self.done];
        if hands.iter().any(|hand| hand.by == by.user) {
            return Err(Refused::HadAHand);
        }
        Ok(done)
    }

    fn drawn_from_this(&self, statement: &Statement<'_>) -> Result<(), Refused> {
        if statement.text.trim().is_empty() {
            return Err(Refused::Wordless);
        }
        if statement.sample.seed != seed(self.published.sealed.contents, statement.word) {
            return Err(Refused::OtherSample);
        }
        Ok(())
    }

    /// States that it is right: the whole sample was looked at, and what is wrong is not material.
    pub fn verify(self, statement: &Statement<'_>, by: Actor<'_>, at_us: i64) -> Result<Verified, Refused> {
        let done = self.verifier(by, at_us)?;
        self.drawn_from_this(statement)?;
        let (least, size) = (Size::of(self.published.sealed.total.records), statement.sample.size);
        if size.random < least.random || size.risky < least.risky {
            return Err(Refused::SmallSample {
                random: least.random,
                risky: least.risky,
            });
        }
        let outcome = statement.sample.outcome(statement.findings)?;
        let permille = outcome.error_permille();
        if permille > MATERIAL_PERMILLE {
            return Err(Refused::Material { permille });
        }
        let statement = statement.digest(self.published.sealed.contents, true);
        Ok(Verified {
            submitted: self,
            outcome,
            statement,
            done,
        })
    }

    /// States that it is not right, with what was found so far.
    pub fn reject(self, statement: &Statement<'_>, by: Actor<'_>, at_us: i64) -> Result<Rejected, Refused> {
        let done = self.verifier(by, at_us)?;
        self.drawn_from_this(statement)?;
        let digest = statement.digest(self.published.sealed.contents, false);
        Ok(Rejected {
            submitted: self,
            findings: statement.findings.to_vec(),
            statement: digest,
            done,
        })
    }
}
