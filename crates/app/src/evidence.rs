//! Evidence: raw files come in, are read and kept; the rules decide, or let a person decide; what was decided is booked.
//!
//! ```text
//! submit: read -> facts -> submission + proof + job, one transaction
//! judge:  facts + history + policy -> decision, one transaction -> book -> settled
//! ```
//!
//! A decision is in the books before anything is booked by it: a worker that dies in between books what was decided.

mod device;
mod dry_run;
pub(crate) mod figures;
mod history;
mod meter;
mod policy;
mod reading;
mod retention;
mod review;
mod steps;

use std::borrow::Cow;
use std::sync::Arc;

use domain::activity::{Channel, ClaimKey, PhotoPrints, Refusal};
use domain::evidence::{self, Claim, Grounds, Kind, Outcome, Policy, RULES, SIGNS, Verdict};
use domain::measure::{Carbon, Decimal, EntryId, ParticipantId, Period, bucket_of};
use domain::methodology::Methodology;
use domain::participant::Consent;
use domain::programme::{Deed, Programme};
use outside::chance::random_id;
use serde::{Deserialize, Serialize};
use store::activity::Post;
use store::evidence::{self as books, Decision, State, Submission};
use store::{Db, participant};

use reading::Reading;

use crate::activity::{Origin, Receipt, Report, prepare};
use crate::{App, Caller, Error, Refused};

pub use device::device_mark;
pub(crate) use dry_run::DryRuns;
pub use dry_run::{Changed, DryRun, DryRunView, Fate};
pub use figures::{Count, EvidenceMonth};
pub use meter::NewReading;
pub use policy::{PolicyInForce, PolicyView};
pub(crate) use reading::{Looks, reader_in};
pub use retention::{Retention, Scan};
pub use review::{
    AlikeView, Batch, Followed, Letters, MOST_TOGETHER, ProofView, Queue, QueueCursor, QueuedView, ReviewFilter,
    ReviewView, SaidView, Say,
};
pub use steps::{StepsFate, StepsOutcome, scratch};

/// What became of a proof that was sent: a record follows within seconds, or a person decides.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Submitted {
    /// Whose act it is.
    #[schema(value_type = String)]
    pub participant: ParticipantId,
    /// The number under which its state can be asked.
    #[schema(value_type = String)]
    pub submission: EntryId,
}

/// A raw file that is to prove an act.
#[derive(Debug, Clone)]
pub struct NewProof {
    /// What it is said to be.
    pub kind: Kind,
    /// The file, as it was sent.
    pub bytes: Vec<u8>,
    /// A keyed hash of what tells one phone from another, if the door knows.
    pub device: Option<[u8; 32]>,
}

/// What is kept of an act until it is decided on.
#[derive(Serialize, Deserialize)]
pub(crate) struct Waiting {
    /// The partner that sent it, or zero.
    pub(crate) partner: i64,
    /// How it came in.
    pub(crate) channel: Channel,
    /// The report, as JSON of its own.
    pub(crate) report: String,
    #[serde(default)]
    pub(crate) photo: Option<PhotoPrints>,
}

impl App {
    /// Takes a photo as proof of an act. What cannot be a photo, or an act, is refused at once; the decision follows.
    pub async fn submit_photo(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        report: Report<'_>,
        bytes: Vec<u8>,
    ) -> Result<Submitted, Error> {
        let proof = NewProof {
            kind: Kind::Photo,
            bytes,
            device: None,
        };
        self.submit_proof(caller, programme, report, proof).await
    }

    /// Takes a file as proof of an act. What cannot be such a file, or an act, is refused at once; the decision follows.
    ///
    /// Of a track, its own times and distance count, not those of the report.
    pub async fn submit_proof(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        report: Report<'_>,
        proof: NewProof,
    ) -> Result<Submitted, Error> {
        let own = caller.participant_in(programme.id);
        let participant = match &report.participant {
            Some(id) => Some(id.parse().map_err(|_| Refused::NotFound("participant"))?),
            None => own,
        };
        let participant: ParticipantId = participant.ok_or(Refused::NotFound("participant"))?;
        caller.may(Deed::SubmitActivity, programme.id, Some(participant))?;
        let channel = Channel::of(proof.kind);
        let origin = self.origin_of(caller, channel)?;
        let policy = self.policy(programme.id);
        let rule = policy.policy.rule(&report.behaviour);
        if proof.kind == Kind::Photo {
            // cheaper than looking at pixels first
            prepare(&self.catalogue(), programme, &origin, participant, &report)?;
        } else if !rule.proofs.contains(&proof.kind) {
            let what = format!("a {} does not prove this behaviour", proof.kind.name());
            return Err(Refused::invalid("proof", what).into());
        }
        self.unless_consented(programme, participant, &[Consent::Programme, channel.consent()])
            .await?;
        let (device, kind) = (proof.device, proof.kind);
        let day = programme.zone.day_of(report.began_us()?);
        let reading = self.read_proof(programme, &rule, day, proof).await?;
        let report = reading.fill(programme, &rule, report)?;
        self.keep_act(
            programme,
            &origin,
            (participant, &report),
            vec![(kind, reading)],
            device,
        )
        .await
    }

    /// Keeps an act with what was read of its proofs, the weightiest first, until it is decided on.
    async fn keep_act(
        &self,
        programme: &Arc<Programme>,
        origin: &Origin,
        (participant, report): (ParticipantId, &Report<'_>),
        readings: Vec<(Kind, Reading)>,
        device: Option<[u8; 32]>,
    ) -> Result<Submitted, Error> {
        let post = prepare(&self.catalogue(), programme, origin, participant, report)?;
        let waiting = Waiting {
            partner: origin.partner,
            channel: origin.channel,
            report: serde_json::to_string(report).map_err(Error::outside)?,
            photo: readings.iter().find_map(|(_, reading)| reading.prints),
        };
        // the caller's key and what came with it: the same upload again is the same submission
        let body = post.act.body.to_le_bytes();
        let mut parts: Vec<&[u8]> = vec![&body];
        parts.extend(readings.iter().map(|(_, reading)| reading.content.as_slice()));
        let content = crate::fingerprint(&parts);
        let key = crate::Key {
            claim: ClaimKey::of(&[b"photo", &post.act.retry.0]),
            body: content,
        };
        let device = device.or(readings.iter().find_map(|(_, reading)| reading.device));
        let new = new_submission(&post, &waiting, device)?;
        let mut proofs = Vec::with_capacity(readings.len());
        for (n, (kind, reading)) in (0..).zip(readings) {
            let proof = books::Proof {
                n,
                id: self.next_id(),
                kind,
                blob: reading.blob,
                facts: serde_json::to_string(&reading.facts).map_err(Error::outside)?,
                print: reading.print,
                made_us: new.made_us,
                keep_until_us: None,
                deleted_us: None,
            };
            proofs.push((proof, reading.keys));
        }
        let submission = self.keep_submission(key, new, proofs).await?;
        Ok(Submitted {
            participant,
            submission,
        })
    }

    /// Refuses a participant that is none of this programme's, or did not consent.
    async fn unless_consented(
        &self,
        programme: &Programme,
        participant: ParticipantId,
        consents: &[Consent],
    ) -> Result<(), Error> {
        let standing = self
            .0
            .store
            .read(async move |db: &mut Db| participant::get(db, participant).await)
            .await?;
        let standing = standing
            .filter(|p| p.programme == programme.id)
            .ok_or(Refused::NotFound("participant"))?;
        match consents.iter().find(|consent| !standing.consents.has(**consent)) {
            Some(missing) => Err(Refused::from(Refusal::NoConsent(*missing)).into()),
            None => Ok(()),
        }
    }

    /// Writes a submission with the job that judges it, once a key.
    async fn keep_submission(
        &self,
        key: crate::Key,
        new: Submission,
        proofs: Vec<(books::Proof, Vec<i64>)>,
    ) -> Result<EntryId, Error> {
        let job = self.next_id();
        let kept = self
            .0
            .store
            .write(bucket_of(new.participant.number()), async move |db: &mut Db| {
                if let Some(before) = store::access::answer(db, &key.claim).await? {
                    return Ok(if before.body == key.body {
                        Ok(before.text.parse().unwrap_or(0))
                    } else {
                        Err(Refused::KeyReused)
                    });
                }
                books::insert(db, &new).await?;
                for (proof, keys) in &proofs {
                    books::insert_proof(db, new.programme, (new.participant, new.id), proof, keys).await?;
                }
                let answer = store::access::Answer {
                    body: key.body,
                    status: 202,
                    text: new.id.number().to_string(),
                };
                store::access::keep_answer(db, &key.claim, &answer, new.made_us).await?;
                let payload = format!("{} {}", new.participant.number(), new.id.number());
                store::job::ask(db, job, "judge", &payload, new.made_us).await?;
                Ok(Ok(new.id.number()))
            })
            .await??;
        self.0.jobs_wanted.notify_one();
        Ok(EntryId::new(kept))
    }

    /// Keeps an act that came without a file for a person to decide on: what a partner or a device reports is odd.
    pub(crate) async fn hold(&self, post: Post, report: &Report<'_>) -> Result<Receipt, Error> {
        let participant = post.act.participant;
        self.unless_consented(
            &post.programme,
            participant,
            &[Consent::Programme, post.act.channel.consent()],
        )
        .await?;
        let waiting = Waiting {
            partner: post.act.partner,
            channel: post.act.channel,
            report: serde_json::to_string(report).map_err(Error::outside)?,
            photo: None,
        };
        let key = crate::Key {
            claim: ClaimKey::of(&[b"held", &post.act.retry.0]),
            body: post.act.body,
        };
        let new = new_submission(&post, &waiting, None)?;
        let submission = self.keep_submission(key, new, Vec::new()).await?;
        Ok(Receipt::in_review(participant, submission))
    }

    /// Decides on a submission, if that is still to be done, and books what was decided. Doing it again changes nothing:
    /// a decision is made once, and the act carries its caller's key.
    pub(crate) async fn judge(&self, participant: ParticipantId, id: EntryId) -> Result<(), Error> {
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| books::submission(db, participant, id).await)
            .await?;
        let Some(submission) = found else {
            return Ok(());
        };
        if self.is_frozen(participant).await? {
            return Ok(()); // it waits as it stands; letting the account go on takes it up again
        }
        match submission.state {
            State::New => {
                if self.decide(&submission).await? {
                    self.book(&submission).await?;
                }
                Ok(())
            }
            State::Decided => self.book(&submission).await,
            State::Asked | State::More | State::Settled => Ok(()),
        }
    }

    /// Whether staff stopped an account.
    async fn is_frozen(&self, participant: ParticipantId) -> Result<bool, Error> {
        let get = async move |db: &mut Db| participant::get(db, participant).await;
        Ok(self.0.store.read(get).await?.is_some_and(|standing| standing.frozen))
    }

    /// Takes up what waited while an account was stopped: the job behind letting it go on.
    pub(crate) async fn judge_waiting(&self, participant: ParticipantId) -> Result<(), Error> {
        let waiting = self
            .0
            .store
            .read(async move |db: &mut Db| books::undecided(db, participant).await)
            .await?;
        for id in waiting {
            self.judge(participant, id).await?;
        }
        Ok(())
    }

    /// Lets the rules decide; says whether anything is to be booked.
    async fn decide(&self, submission: &Submission) -> Result<bool, Error> {
        let waiting: Waiting = serde_json::from_str(&submission.body).map_err(Error::outside)?;
        let report = Report::from_json(waiting.report.as_bytes())?;
        let catalogue = self.catalogue();
        let programme = catalogue.programme_by_id(submission.programme)?;
        let policy = self.policy(programme.id);
        let origin = Origin {
            partner: waiting.partner,
            channel: waiting.channel,
            photo: waiting.photo,
            now_us: submission.made_us,
            grade: None,
            refused_for: None,
        };
        let prepared = prepare(&catalogue, programme, &origin, submission.participant, &report);
        let (verdict, grounds) = if let Ok(post) = prepared {
            let (facts, history) = self.grounds(submission, &post).await?;
            let claim = claim_of(&post, submission, &policy.policy);
            let grounds = Grounds { claim, facts, history };
            let verdict = grounds.judge(&policy.policy);
            (verdict, serde_json::to_string(&grounds).map_err(Error::outside)?)
        } else {
            // a version in force since cannot read it any more: booking says so
            let verdict = Verdict {
                outcome: Outcome::Credit(waiting.channel.grade()),
                risk: 0,
                signs: Vec::new(),
            };
            (verdict, String::new())
        };
        let to = match &verdict.outcome {
            Outcome::Ask(_) => State::Asked,
            Outcome::Credit(_) | Outcome::Refuse(_) => State::Decided,
        };
        let signs: Vec<&str> = verdict.signs.iter().map(evidence::Sign::code).collect();
        let sampled = signs.contains(&figures::SAMPLE);
        let signs = format!(" {} ", signs.join(" "));
        let (participant, id, now_us) = (submission.participant, submission.id, self.now_us());
        let decision = Decision {
            n: 0,
            at_us: now_us,
            made_by: 0,
            rules: RULES,
            policy: policy.number,
            grounds,
            verdict: serde_json::to_string(&verdict).map_err(Error::outside)?,
        };
        let month = Period::Month.number(programme.zone.day_of(submission.made_us));
        let (scope, worth, risk) = (programme.id, submission.worth, i64::from(verdict.risk));
        self.0
            .store
            .write(bucket_of(participant.number()), async move |db: &mut Db| {
                let asked_us = (to == State::Asked).then_some(now_us);
                if !books::step(db, participant, id, (State::New, to), asked_us).await? {
                    return Ok(false); // another worker was faster
                }
                let before = books::decisions(db, participant, id).await?;
                let mut decision = decision.clone();
                decision.n = i64::try_from(before.len()).unwrap_or(i64::MAX);
                books::insert_decision(db, (participant, id), &decision).await?;
                books::note_signs(db, participant, id, (risk, &signs)).await?;
                if before.is_empty() {
                    books::count(db, scope, month, "judged", worth).await?;
                }
                if to == State::Asked {
                    books::count(db, scope, month, "asked", worth).await?;
                }
                if sampled {
                    books::count(db, scope, month, "sampled", worth).await?;
                }
                Ok(to == State::Decided)
            })
            .await
            .map_err(Into::into)
    }

    /// Books what was decided last on a submission, and settles it.
    async fn book(&self, submission: &Submission) -> Result<(), Error> {
        let (participant, id) = (submission.participant, submission.id);
        let decisions = self
            .0
            .store
            .read(async move |db: &mut Db| books::decisions(db, participant, id).await)
            .await?;
        let last = decisions.last().ok_or(Refused::NotFound("decision"))?;
        let verdict: Verdict = serde_json::from_str(&last.verdict).map_err(Error::outside)?;
        let waiting: Waiting = serde_json::from_str(&submission.body).map_err(Error::outside)?;
        let mut report = Report::from_json(waiting.report.as_bytes())?;
        // a credit after an appeal is a record of its own: the refused one keeps its key
        if let (Some(refused), Outcome::Credit(_)) = (submission.entry, &verdict.outcome) {
            report.event = Cow::Owned(format!("appeal {refused}"));
        }
        let (grade, refused_for) = match &verdict.outcome {
            Outcome::Credit(grade) | Outcome::Ask(grade) => (*grade, None),
            Outcome::Refuse(code) => {
                // a code that names no sign must stop the booking, or it would credit
                let sign = named(code).ok_or_else(|| Error::outside(format!("no sign is called {code}")))?;
                (waiting.channel.grade(), Some(sign))
            }
        };
        let catalogue = self.catalogue();
        let programme = catalogue.programme_by_id(submission.programme)?;
        let origin = Origin {
            partner: waiting.partner,
            channel: waiting.channel,
            photo: waiting.photo,
            now_us: self.now_us(),
            grade: Some(grade),
            refused_for,
        };
        let receipt = match prepare(&catalogue, programme, &origin, participant, &report) {
            Ok(post) => {
                let posted = self.0.store.post(vec![post]).await?.pop();
                posted.map_or(Err(Refused::NotFound("answer")), |posted| {
                    Receipt::of_posted(participant, posted)
                })
            }
            Err(refused) => Err(refused),
        };
        let faulted = refused_for.is_some();
        let (entry, problem, credited, raised) = match receipt {
            Ok(receipt) => (receipt.record, None, receipt.credited_mg, receipt.about.is_some()),
            // stopped in between: it waits like all the others
            Err(Refused::Activity(Refusal::Closed)) if self.is_frozen(participant).await? => return Ok(()),
            Err(refused) => (None, Some(refused.code().to_owned()), 0, false),
        };
        let policy = self.policy(programme.id);
        let now_us = self.now_us();
        let month = Period::Month.number(programme.zone.day_of(submission.made_us));
        let (scope, worth) = (programme.id, submission.worth);
        let what = figures::booked(&decisions, refused_for, credited > 0 || raised);
        let mg = if credited > 0 || raised {
            Carbon::from_mg(credited)
        } else {
            worth
        };
        let limits = &policy.policy.limits;
        let keep = (limits.track_days, limits.photo_days);
        self.0
            .store
            .write(bucket_of(participant.number()), async move |db: &mut Db| {
                if books::settle(db, participant, id, (entry, problem.as_deref(), faulted), now_us).await? {
                    for what in &what {
                        books::count(db, scope, month, what, mg).await?;
                    }
                    books::keep_until(db, (participant, id), now_us, keep).await?;
                }
                Ok(())
            })
            .await?;
        Ok(())
    }
}

/// The act that the proofs of a submission are to prove, as the rules see it.
fn claim_of(post: &Post, submission: &Submission, policy: &Policy) -> Claim {
    let act = &post.act;
    let (distance_m, steps) = moved(&act.working.methodology, &act.working.inputs, policy);
    Claim {
        behaviour: act.working.methodology.behaviour.clone(),
        started_us: act.started_us,
        ended_us: act.ended_us,
        civil: post.programme.zone.civil(act.started_us),
        day: act.day,
        distance_m,
        steps,
        sent_us: submission.made_us,
        worth: submission.worth,
        grade: act.working.grade,
        draw: u16::try_from(submission.draw).unwrap_or(999),
    }
}

/// The way in metres and the steps that were said of an act, where its behaviour is one of moving.
pub(crate) fn moved(
    methodology: &Methodology,
    inputs: &domain::methodology::Inputs,
    policy: &Policy,
) -> (Option<u32>, Option<u32>) {
    let Some(rule) = policy.behaviour.get(&methodology.behaviour) else {
        return (None, None);
    };
    if rule.mode.is_none() && rule.steps.is_none() {
        return (None, None);
    }
    let said = methodology.said_inputs(inputs);
    let number = |name: &str, places: u8| -> Option<u32> {
        let (_, value) = said.iter().find(|(said, _)| said == name)?;
        let (scaled, _) = Decimal::parse(value).ok()?.at_places(places)?;
        u32::try_from(scaled).ok()
    };
    // kilometres with three places are metres
    let distance = number(rule.distance.as_deref().unwrap_or("distance"), 3);
    (distance, rule.steps.as_deref().and_then(|name| number(name, 0)))
}

/// What is odd about an act that came without a file, told by the act alone. Cheap: the flood of partners' events
/// goes through it.
pub(crate) fn odd(post: &Post, policy: &Policy) -> Option<Outcome> {
    let act = &post.act;
    let rule = policy.behaviour.get(&act.working.methodology.behaviour)?;
    if rule.mode.is_none() && rule.steps.is_none() {
        return None;
    }
    let (distance_m, steps) = moved(&act.working.methodology, &act.working.inputs, policy);
    let claim = Claim {
        behaviour: act.working.methodology.behaviour.clone(),
        started_us: act.started_us,
        ended_us: act.ended_us,
        civil: String::new(),
        day: act.day,
        distance_m,
        steps,
        sent_us: post.at_us,
        worth: act.working.weighted,
        grade: act.working.grade,
        draw: 999,
    };
    evidence::judge_report(&claim, policy).map(|verdict| verdict.outcome)
}

/// The sign of a code, as refusals name it.
pub(crate) fn named(code: &str) -> Option<&'static str> {
    SIGNS.into_iter().find(|sign| *sign == code)
}

/// A submission of an act that was prepared, still without a place in the books.
fn new_submission(post: &Post, waiting: &Waiting, device: Option<[u8; 32]>) -> Result<Submission, Error> {
    // at random: entries and submissions are asked for by one name, and must not be mistaken for each other
    let fresh = random_id().map_err(Error::outside)?;
    Ok(Submission {
        id: EntryId::new(fresh),
        participant: post.act.participant,
        programme: post.programme.id,
        behaviour: post.act.working.methodology.behaviour.clone(),
        body: serde_json::to_string(waiting).map_err(Error::outside)?,
        made_us: post.at_us,
        state: State::New,
        worth: post.act.working.weighted,
        draw: random_id().map_err(Error::outside)? % 1000,
        device: device.map(Into::into),
        risk: 0,
        signs: String::new(),
        asked_us: None,
        settled_us: None,
        entry: None,
        problem: None,
    })
}
