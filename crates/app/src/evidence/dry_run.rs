//! A policy that is tried: last month's decisions made again under it, before it is in force.
//!
//! Shape as of a methodology's draft: it lives in memory, named by what it says; a task of its own reads the books
//! bucket by bucket, so that whoever asked can leave the page and come back. Nothing is written, and a restart forgets.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use domain::activity::Channel;
use domain::evidence::{self, Claim, Grounds, Outcome, Policy, RULES, Verdict};
use domain::measure::{Day, EntryId, ParticipantId, ProgrammeId};
use domain::programme::{Deed, Programme};
use store::activity::{ActRow, Entry};
use store::evidence::months;
use store::{Db, StoreError};

use super::moved;
use crate::methodology::month_before;
use crate::{App, Caller, Catalogue, Error, Refused};

/// Policies tried at once; the oldest is forgotten first.
const MOST_RUNS: usize = 16;
/// Examples told one by one.
const MOST_CHANGED: usize = 20;
const BUCKETS: u32 = 256;
/// How acts come in that nobody sent a file for.
const REPORTED: [Channel; 3] = [Channel::Declaration, Channel::Device, Channel::Partner];

/// The policies that are tried, of all programmes.
#[derive(Debug, Default)]
pub(crate) struct DryRuns(Mutex<VecDeque<Arc<Run>>>);

#[derive(Debug)]
struct Run {
    programme: ProgrammeId,
    id: String,
    differences: String,
    policy: Arc<Policy>,
    month: (Day, Day),
    buckets: AtomicU32,
    outcome: OnceLock<Result<DryRun, String>>,
}

/// What becomes of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is credited at once.
    Credited,
    /// A person decides.
    Asked,
    /// It is refused; the participant may appeal.
    Refused,
}

impl Fate {
    /// From best to worst.
    pub const ALL: [Fate; 3] = [Fate::Credited, Fate::Asked, Fate::Refused];

    /// Its name for message files.
    pub const fn name(self) -> &'static str {
        match self {
            Fate::Credited => "credited",
            Fate::Asked => "asked",
            Fate::Refused => "refused",
        }
    }

    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Credit(_) => Fate::Credited,
            Outcome::Ask(_) => Fate::Asked,
            Outcome::Refuse(_) => Fate::Refused,
        }
    }
}

/// An act whose fate would be another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Whose it is.
    pub participant: ParticipantId,
    /// The submission, or the record of a report without a file.
    pub about: EntryId,
    /// The record that it became, if it did; of a report itself.
    pub record: Option<EntryId>,
    /// What the rules said.
    pub from: Fate,
    /// What they would say.
    pub to: Fate,
    /// The sign that weighs most in the stricter of the two.
    pub sign: String,
    /// What it is worth, in mg CO2e.
    pub mg: i64,
}

/// What would change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DryRun {
    /// Decisions that were made again.
    pub decisions: u64,
    /// Reports without a file that were looked at again.
    pub reports: u64,
    /// Decisions of earlier rules or without grounds, which cannot be made again.
    pub left_out: u64,
    /// How many go from which fate to which, in the order of [`Fate::ALL`], and what they are worth in mg CO2e; those
    /// that stay included.
    pub moves: [[(u64, i128); 3]; 3],
    /// Which sign changes what: how many, and what they are worth in mg CO2e.
    pub signs: BTreeMap<(String, Fate, Fate), (u64, i128)>,
    /// Those worth most, at most twenty.
    pub examples: Vec<Changed>,
}

/// A policy that is tried.
#[derive(Debug, Clone)]
pub struct DryRunView {
    /// Its name in addresses.
    pub id: String,
    /// Where it differs from the one that is shipped.
    pub differences: String,
    /// All of it.
    pub policy: Arc<Policy>,
    /// First and last civil day that are decided again.
    pub month: (Day, Day),
    /// Hundredths of the books that were read.
    pub percent: u32,
    /// What would change, once that is known; or why it never will be.
    pub outcome: Option<Result<DryRun, String>>,
}

impl DryRun {
    fn add(&mut self, one: Changed) {
        let (from, to) = (one.from as usize, one.to as usize);
        let cell = &mut self.moves[from][to];
        cell.0 += 1;
        cell.1 += i128::from(one.mg);
        if one.from == one.to {
            return;
        }
        let key = (one.sign.clone(), one.from, one.to);
        let sum = self.signs.entry(key).or_default();
        sum.0 += 1;
        sum.1 += i128::from(one.mg);
        let at = self.examples.partition_point(|known| known.mg >= one.mg);
        self.examples.insert(at, one);
        self.examples.truncate(MOST_CHANGED);
    }

    /// How many acts would have another fate.
    pub fn changed(&self) -> u64 {
        self.signs.values().map(|(count, _)| count).sum()
    }
}

/// What explains a change: the sign above all of the stricter verdict.
fn above_all(old: &Verdict, new: &Verdict) -> String {
    let stricter = if Fate::of(&new.outcome) >= Fate::of(&old.outcome) {
        new
    } else {
        old
    };
    match &stricter.outcome {
        Outcome::Refuse(code) => code.clone(),
        Outcome::Credit(_) | Outcome::Ask(_) => {
            let first = stricter.signs.first();
            first.map_or_else(String::new, |sign| sign.code().to_owned())
        }
    }
}

/// Under what a month is decided again.
struct Bench {
    catalogue: Arc<Catalogue>,
    programme: Arc<Programme>,
    policy: Arc<Policy>,
    in_force: Arc<Policy>,
    /// From the first instant of the month to the first after it.
    span_us: (i64, i64),
    /// Versions of behaviours in which somebody moves.
    versions: Vec<i64>,
}

impl Bench {
    /// The act of a record that was reported without a file, as the rules see it.
    fn claim(&self, entry: &Entry, act: &ActRow, policy: &Policy) -> Result<Claim, StoreError> {
        let version = self
            .catalogue
            .version(act.methodology)
            .ok_or_else(|| StoreError::Corrupt {
                what: format!("methodology {}", act.methodology),
            })?;
        let inputs = version.methodology.stored_inputs(&act.inputs);
        let (distance_m, steps) = inputs.map_or((None, None), |inputs| moved(&version.methodology, &inputs, policy));
        Ok(Claim {
            behaviour: version.methodology.behaviour.clone(),
            started_us: act.started_us,
            ended_us: act.ended_us,
            civil: String::new(),
            day: act.day,
            distance_m,
            steps,
            sent_us: entry.at_us,
            worth: entry.mg,
            grade: act.grade,
            draw: 999,
        })
    }

    fn reported(&self, entry: &Entry, act: &ActRow) -> Result<Changed, StoreError> {
        let clean = |claim: &Claim| Verdict {
            outcome: Outcome::Credit(claim.grade),
            risk: 0,
            signs: Vec::new(),
        };
        let judged = |policy: &Policy| -> Result<Verdict, StoreError> {
            let claim = self.claim(entry, act, policy)?;
            Ok(evidence::judge_report(&claim, policy).unwrap_or_else(|| clean(&claim)))
        };
        // what is in force now, so that a later change of the policy is not laid to the draft's account
        let (old, new) = (judged(&self.in_force)?, judged(&self.policy)?);
        Ok(Changed {
            participant: entry.participant,
            about: entry.id,
            record: Some(entry.id),
            from: Fate::of(&old.outcome),
            to: Fate::of(&new.outcome),
            sign: above_all(&old, &new),
            mg: entry.mg.mg(),
        })
    }
}

impl App {
    /// Checks a policy and begins to decide last month again under it. The same text again is the same run.
    pub fn try_policy(&self, caller: &Caller, programme: &Arc<Programme>, differences: &str) -> Result<String, Error> {
        caller.may(Deed::ManagePolicy, programme.id, None)?;
        let policy = Arc::new(super::policy::checked(differences)?);
        let hash = outside::chance::fingerprint(differences);
        let id = hash[..8]
            .iter()
            .fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
        let zone = &programme.zone;
        let month = month_before(zone.day_of(self.now_us()));
        let run = Arc::new(Run {
            programme: programme.id,
            id: id.clone(),
            differences: differences.to_owned(),
            policy: Arc::clone(&policy),
            month,
            buckets: AtomicU32::new(0),
            outcome: OnceLock::new(),
        });
        {
            let mut runs = self.0.dry_runs.0.lock().unwrap_or_else(PoisonError::into_inner);
            // asked for again it is done anew: the policy in force, or the records, may have changed
            let running = |known: &Arc<Run>| {
                known.programme == run.programme && known.id == run.id && known.outcome.get().is_none()
            };
            if runs.iter().any(running) {
                return Ok(id);
            }
            runs.retain(|known| known.programme != run.programme || known.id != run.id);
            if runs.len() == MOST_RUNS {
                runs.pop_front();
            }
            runs.push_back(Arc::clone(&run));
        }
        let catalogue = self.catalogue();
        let moves = |behaviour: &str| {
            let rule = policy.rule(behaviour);
            rule.mode.is_some() || rule.steps.is_some()
        };
        let versions = catalogue.published();
        let versions = versions.filter(|version| moves(&version.methodology.behaviour));
        let bench = Arc::new(Bench {
            versions: versions.map(|version| version.number).collect(),
            in_force: catalogue.policy(programme.id).policy,
            programme: Arc::clone(programme),
            span_us: (
                zone.start_of(month.0),
                zone.start_of(Day::from_epoch_days(month.1.epoch_days() + 1)),
            ),
            catalogue,
            policy,
        });
        let app = self.clone();
        tokio::spawn(async move {
            let outcome = app.decide_again(&bench, &run).await.map_err(|error| {
                tracing::warn!(%error, "trying a policy");
                error.to_string()
            });
            let _ = run.outcome.set(outcome);
        });
        Ok(id)
    }

    /// A policy that is tried, if it is still known.
    pub fn tried_policy(&self, caller: &Caller, programme: &Programme, id: &str) -> Result<DryRunView, Error> {
        caller.may(Deed::ManagePolicy, programme.id, None)?;
        let runs = self.0.dry_runs.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = runs
            .iter()
            .rev()
            .find(|run| run.programme == programme.id && run.id == id);
        let run = found.ok_or(Refused::NotFound("draft"))?;
        Ok(DryRunView {
            id: run.id.clone(),
            differences: run.differences.clone(),
            policy: Arc::clone(&run.policy),
            month: run.month,
            percent: run.buckets.load(Ordering::Relaxed) * 100 / BUCKETS,
            outcome: run.outcome.get().cloned(),
        })
    }

    /// Reads the books bucket by bucket; nothing is held but sums and a few examples.
    async fn decide_again(&self, bench: &Arc<Bench>, run: &Run) -> Result<DryRun, Error> {
        let mut total = DryRun::default();
        for bucket in 0..=u8::MAX {
            let (bench, so_far) = (Arc::clone(bench), std::mem::take(&mut total));
            let read = async move |db: &mut Db| {
                let mut found = so_far.clone();
                let mut held: HashSet<(ParticipantId, EntryId)> = HashSet::new();
                let (programme, span_us) = (bench.programme.id, bench.span_us);
                months::each_decided(db, bucket, programme, span_us, |participant, about, entry, decision| {
                    held.extend(entry.map(|entry| (participant, entry)));
                    let old: Option<Verdict> = serde_json::from_str(&decision.verdict).ok();
                    let grounds: Option<Grounds> = serde_json::from_str(&decision.grounds).ok();
                    let (Some(old), Some(grounds), RULES) = (old, grounds, decision.rules) else {
                        found.left_out += 1;
                        return Ok(());
                    };
                    let new = grounds.judge(&bench.policy);
                    found.decisions += 1;
                    found.add(Changed {
                        participant,
                        about,
                        record: entry,
                        from: Fate::of(&old.outcome),
                        to: Fate::of(&new.outcome),
                        sign: above_all(&old, &new),
                        mg: grounds.claim.worth.mg(),
                    });
                    Ok(())
                })
                .await?;
                let channels = REPORTED.map(Channel::number);
                let which = (&*bench.versions, &channels[..]);
                months::each_reported(db, bucket, programme, which, span_us, |entry| {
                    // what was held for a person was decided on, and is counted there
                    let known = held.contains(&(entry.participant, entry.id));
                    if let (Some(act), false) = (&entry.act, known) {
                        found.reports += 1;
                        found.add(bench.reported(&entry, act)?);
                    }
                    Ok(())
                })
                .await?;
                Ok(found)
            };
            total = self.0.store.read(read).await?;
            run.buckets.fetch_add(1, Ordering::Relaxed);
        }
        Ok(total)
    }
}
