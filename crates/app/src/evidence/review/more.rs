//! More proof of an act that was sent before: a reviewer asked, or the participant objects to a refusal.

use domain::activity::{Channel, ClaimKey};
use domain::evidence::Kind;
use domain::measure::{EntryId, ParticipantId, bucket_of};
use domain::participant::Consent;
use domain::programme::{Deed, Programme};
use store::evidence::{self as books, State};
use store::{Db, activity, job};

use super::super::{NewProof, Submitted};
use crate::activity::Report;
use crate::evidence::Waiting;
use crate::{App, Caller, Error, Key, Refused};

/// More files than anybody looks at.
const MOST_PROOFS: usize = 10;

impl App {
    /// Adds a file to the proofs of an act, where a reviewer asked for more or an appeal waits. What was asked for is
    /// judged again; the same file again changes nothing.
    pub async fn add_proof(
        &self,
        caller: &Caller,
        programme: &Programme,
        (participant, id): (ParticipantId, EntryId),
        proof: NewProof,
    ) -> Result<Submitted, Error> {
        caller.may(Deed::SubmitActivity, programme.id, Some(participant))?;
        let consents = [Consent::Programme, Channel::of(proof.kind).consent()];
        let consents = self.unless_consented(programme, participant, &consents).await?;
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| books::submission(db, participant, id).await)
            .await?;
        let found = found
            .filter(|found| found.programme == programme.id)
            .ok_or(Refused::NotFound("submission"))?;
        let rule = self.policy(programme.id).policy.rule(&found.behaviour);
        if proof.kind != Kind::Photo && !rule.proofs.contains(&proof.kind) {
            let what = format!("a {} does not prove this behaviour", proof.kind.name());
            return Err(Refused::invalid("proof", what).into());
        }
        let kind = proof.kind;
        let waiting: Waiting = serde_json::from_str(&found.body).map_err(Error::outside)?;
        let day = programme
            .zone
            .day_of(Report::from_json(waiting.report.as_bytes())?.began_us()?);
        let reading = self.read_proof(programme, (&rule, consents), day, proof).await?;
        let key = Key {
            claim: ClaimKey::of(&[b"more", &id.number().to_le_bytes(), &reading.content]),
            body: crate::fingerprint(&[&reading.content]),
        };
        let (number, job, now_us, scope) = (self.next_id(), self.next_id(), self.now_us(), programme.id);
        let facts = serde_json::to_string(&reading.facts).map_err(Error::outside)?;
        let (blob, print, keys) = (reading.blob, reading.print, reading.keys);
        let added = async move |db: &mut Db| {
            let Some(found) = books::submission(db, participant, id).await? else {
                return Ok(Err(Refused::NotFound("submission")));
            };
            let appealed = match (found.state, found.entry) {
                (State::Settled, Some(entry)) => activity::appeal(db, participant, entry).await?,
                _ => None,
            };
            let open = appealed.is_some_and(|appeal| appeal.upheld.is_none());
            if found.state != State::More && !open {
                return Ok(Err(Refused::Settled("nobody asked for more")));
            }
            let before = books::proofs(db, participant, id).await?;
            if before.len() >= MOST_PROOFS {
                return Ok(Err(Refused::invalid(
                    "proof",
                    format!("at most {MOST_PROOFS} for one act"),
                )));
            }
            let stored = books::Proof {
                n: i64::try_from(before.len()).unwrap_or(i64::MAX),
                id: number,
                kind,
                blob: blob.clone(),
                facts: facts.clone(),
                print: print.clone(),
                made_us: now_us,
                keep_until_us: None,
                deleted_us: None,
            };
            books::insert_proof(db, scope, (participant, id), &stored, &keys).await?;
            if found.state == State::More {
                books::step(db, participant, id, (State::More, State::New), None).await?;
                let payload = format!("{} {}", participant.number(), id.number());
                job::ask(db, job, "judge", &payload, now_us).await?;
            }
            Ok(Ok(id.number()))
        };
        let number = self.once(bucket_of(participant.number()), Some(key), added).await?;
        self.0.jobs_wanted.notify_one();
        Ok(Submitted {
            participant,
            submission: EntryId::new(number),
        })
    }
}
