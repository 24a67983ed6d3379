//! What a reviewer looks at: the queue, and one act with everything that bears on it.

use std::collections::BTreeMap;

use domain::evidence::{Claim, Facts, Grade, History, Kind, Outcome, Policy, Sign, Tone, Verdict};
use domain::measure::{Carbon, EntryId, ParticipantId, Text};
use domain::programme::{Deed, Programme};
use serde::Serialize;
use store::activity::{self, Code};
use store::evidence::queue::{self, QueueFilter};
use store::evidence::{self as books, State, Submission};
use store::{Db, StoreError};

use super::super::Grounds;
use super::{MOST_TOGETHER, current, takes_two, together};
use crate::{App, Caller, Catalogue, Error, RecordView, Refused, Standing};

/// How much of the queue is looked at for what it can be narrowed by.
const LOOKED_AT: u32 = 2_000;
/// Answers of which the usual time is told.
const ANSWERS: u32 = 101;
/// Look-alikes that are shown beside a proof.
const MOST_ALIKE: usize = 4;

/// What narrows the queue down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviewFilter {
    /// Only this behaviour; empty narrows nothing.
    pub behaviour: String,
    /// Only where this sign was seen; empty narrows nothing.
    pub sign: String,
    /// Only what is worth at least this.
    pub least: Carbon,
}

impl ReviewFilter {
    fn stored(&self) -> QueueFilter {
        QueueFilter {
            behaviour: self.behaviour.clone(),
            sign: self.sign.clone(),
            least: self.least,
            most: None,
        }
    }
}

/// A place in the queue: since when it waits, and its number.
pub type QueueCursor = (i64, EntryId);

/// One act in the queue.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct QueuedView {
    /// Whose it is.
    #[schema(value_type = String)]
    pub participant: ParticipantId,
    /// Its number.
    #[schema(value_type = String)]
    pub submission: EntryId,
    /// The behaviour.
    pub behaviour: String,
    /// What that is called.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub title: Text,
    /// What it would be credited before ceilings, in mg CO2e.
    pub worth_mg: i64,
    /// Since when a person is waited for, microseconds since the epoch.
    pub asked_us: i64,
    /// Codes of everything that was seen, what weighs most first.
    pub signs: Vec<String>,
    /// Whether a first reviewer said that it convinces, and a second one has to.
    pub one_more: bool,
    /// Whether it is the caller's own act, which somebody else has to judge.
    pub own: bool,
    /// Whether it may be accepted together with others.
    pub together: bool,
}

/// A part of the queue, those first that wait longest.
#[derive(Debug, Clone)]
pub struct Queue {
    /// The acts.
    pub acts: Vec<QueuedView>,
    /// Where the next part begins, if there is one.
    pub next: Option<QueueCursor>,
    /// How many wait that the filter means.
    pub count: i64,
    /// The median of the time that people took lately, in microseconds.
    pub usual_us: Option<i64>,
    /// Behaviours that wait, with their titles and how many.
    pub behaviours: Vec<(String, Text, usize)>,
    /// Signs that were seen in what waits, with how many.
    pub signs: Vec<(String, usize)>,
}

/// What would be accepted together.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The acts.
    pub acts: Vec<QueuedView>,
    /// What they are worth together.
    pub worth: Carbon,
    /// How many that the filter means are left out, because each needs a look of its own.
    pub left_out: i64,
}

/// A file that proves an act.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ProofView {
    /// Which of the act's proofs it is, from 0.
    pub n: i64,
    /// `photo`, `track`, `steps`, `meter`.
    #[schema(value_type = String)]
    pub kind: Kind,
    /// When it came in, microseconds since the epoch.
    pub made_us: i64,
    /// Whether the raw file can still be looked at.
    pub kept: bool,
}

/// A proof that came before and is like one of this act.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AlikeView {
    /// Whose it is.
    #[schema(value_type = String)]
    pub participant: ParticipantId,
    /// Under which number it was sent.
    #[schema(value_type = String)]
    pub submission: EntryId,
    /// Whether the same participant sent it.
    pub own: bool,
    /// When it was sent, microseconds since the epoch.
    pub sent_us: i64,
    /// What kind of proof it is.
    #[schema(value_type = String)]
    pub kind: Kind,
    /// How far apart the two are: of photos in thousandths, of tracks in metres, of series of steps 0.
    pub apart: u32,
    /// What became of it.
    pub state: Standing,
    /// The first photo of it that can still be looked at.
    pub photo: Option<i64>,
}

/// What a reviewer said.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SaidView {
    /// When, microseconds since the epoch.
    pub at_us: i64,
    /// Who: the account name. Participants are not told.
    pub who: Option<String>,
    /// `credit`, `refuse`, `more`; of an appeal `uphold`, `decline`.
    pub said: String,
    /// The code of a sign, for a refusal.
    pub reason: Option<String>,
    /// In their words.
    pub words: String,
}

/// One act as a reviewer sees it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub struct ReviewView {
    /// What the queue says of it.
    #[serde(flatten)]
    pub act: QueuedView,
    /// The act as its participant sees it.
    pub record: RecordView,
    /// Whether it waits for a reviewer now.
    pub waits: bool,
    /// Whether the caller can say something: no reader, not their own, not said before.
    pub may: bool,
    /// Whether the caller said something of it before.
    pub said_before: bool,
    /// Whether a credit takes two reviewers.
    pub takes_two: bool,
    /// The grade that a credit would have.
    #[schema(value_type = Option<String>)]
    pub grade: Option<Grade>,
    /// What the rules took it for.
    #[schema(value_type = Option<Object>)]
    pub claim: Option<Claim>,
    /// What readers found.
    #[schema(value_type = Object)]
    pub facts: Facts,
    /// Everything that was seen, what weighs most first.
    #[schema(value_type = Vec<Object>)]
    pub seen: Vec<Sign>,
    /// Thousandths of risk.
    pub risk: u16,
    /// Its files.
    pub proofs: Vec<ProofView>,
    /// Proofs like these.
    pub alike: Vec<AlikeView>,
    /// What reviewers said.
    pub said: Vec<SaidView>,
    /// How many of the queue wait longer, and how many wait in all.
    pub place: (i64, i64),
}

impl App {
    /// A part of what waits for reviewers, those first that wait longest.
    pub async fn review_queue(
        &self,
        caller: &Caller,
        programme: &Programme,
        filter: &ReviewFilter,
        after: Option<QueueCursor>,
        limit: u32,
    ) -> Result<Queue, Error> {
        caller.may(Deed::ReadEvidence, programme.id, None)?;
        let (scope, limit, filter) = (programme.id, limit.clamp(1, 200), filter.stored());
        let (mut found, count, mut times, kinds) = self
            .0
            .store
            .read(async move |db: &mut Db| {
                Ok((
                    queue::queue(db, scope, &filter, after, limit + 1).await?,
                    queue::queue_length(db, scope, &filter, None).await?,
                    queue::answer_times(db, scope, ANSWERS).await?,
                    queue::waiting_kinds(db, scope, LOOKED_AT).await?,
                ))
            })
            .await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next = more.then(|| found.last().map(|(last, _)| (last.asked_us.unwrap_or(0), last.id)));
        times.sort_unstable();
        let (mut behaviours, mut signs) = (BTreeMap::new(), BTreeMap::new());
        for (behaviour, seen) in &kinds {
            *behaviours.entry(behaviour.clone()).or_insert(0) += 1;
            for sign in seen.split(' ').filter(|sign| !sign.is_empty()) {
                *signs.entry(sign.to_owned()).or_insert(0) += 1;
            }
        }
        let (catalogue, policy) = (self.catalogue(), self.policy(programme.id).policy);
        let titled = |(behaviour, count): (String, usize)| {
            let title = title(&catalogue, programme, &behaviour);
            (behaviour, title, count)
        };
        Ok(Queue {
            acts: found
                .iter()
                .map(|(one, credits)| queued(&catalogue, programme, &policy, caller, one, *credits))
                .collect(),
            next: next.flatten(),
            count,
            usual_us: times.get(times.len() / 2).copied(),
            behaviours: behaviours.into_iter().map(titled).collect(),
            signs: signs.into_iter().collect(),
        })
    }

    /// What of the queue a reviewer could accept together, by a filter.
    pub async fn review_batch(
        &self,
        caller: &Caller,
        programme: &Programme,
        filter: &ReviewFilter,
    ) -> Result<Batch, Error> {
        caller.may(Deed::JudgeEvidence, programme.id, None)?;
        let limit = self.policy(programme.id).policy.limits.two_reviewers_above_g;
        let (scope, all) = (programme.id, filter.stored());
        let small = QueueFilter {
            most: Some(Carbon::from_mg(limit.saturating_mul(1000))),
            ..all.clone()
        };
        let (found, count) = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let found = queue::queue(db, scope, &small, None, LOOKED_AT).await?;
                Ok((found, queue::queue_length(db, scope, &all, None).await?))
            })
            .await?;
        let (catalogue, policy) = (self.catalogue(), self.policy(programme.id).policy);
        let acts: Vec<QueuedView> = found
            .iter()
            .map(|(one, credits)| queued(&catalogue, programme, &policy, caller, one, *credits))
            .filter(|act| act.together && !act.own)
            .take(MOST_TOGETHER as usize)
            .collect();
        let worth = acts.iter().map(|act| act.worth_mg).fold(0_i64, i64::saturating_add);
        Ok(Batch {
            left_out: count - i64::try_from(acts.len()).unwrap_or(0),
            worth: Carbon::from_mg(worth),
            acts,
        })
    }

    /// One act with everything that bears on it.
    pub async fn review_one(
        &self,
        caller: &Caller,
        programme: &Programme,
        (participant, id): (ParticipantId, EntryId),
    ) -> Result<ReviewView, Error> {
        caller.may(Deed::ReadEvidence, programme.id, None)?;
        let scope = programme.id;
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let Some(found) = books::submission(db, participant, id).await? else {
                    return Ok(None);
                };
                let reviews = queue::reviews(db, participant, id).await?;
                let mut said = Vec::with_capacity(reviews.len());
                for review in &reviews {
                    said.push(SaidView {
                        at_us: review.at_us,
                        who: queue::account(db, review.login).await?,
                        said: review.said.clone(),
                        reason: Some(review.reason.clone()).filter(|reason| !reason.is_empty()),
                        words: review.words.clone(),
                    });
                }
                let decisions = books::decisions(db, participant, id).await?;
                let proofs = books::proofs(db, participant, id).await?;
                let all = QueueFilter::default();
                let place = (
                    queue::queue_length(db, scope, &all, found.asked_us.map(|at_us| (at_us, id))).await?,
                    queue::queue_length(db, scope, &all, None).await?,
                );
                Ok(Some((found, reviews, said, decisions, proofs, place)))
            })
            .await?;
        let found = found.filter(|(found, ..)| found.programme == programme.id && !found.body.is_empty());
        let (found, reviews, said, decisions, proofs, place) = found.ok_or(Refused::NotFound("submission"))?;
        let rules = decisions.iter().rev().find(|decision| decision.made_by == 0);
        let grounds: Option<Grounds> = rules.and_then(|rules| serde_json::from_str(&rules.grounds).ok());
        let verdict: Option<Verdict> = rules.and_then(|rules| serde_json::from_str(&rules.verdict).ok());
        let (claim, facts, history) = match grounds {
            Some(Grounds { claim, facts, history }) => (Some(claim), facts, history),
            None => (None, Facts::default(), History::default()),
        };
        let alike = self.alike(programme, &history).await?;
        let (catalogue, policy) = (self.catalogue(), self.policy(programme.id).policy);
        let now = current(&reviews);
        let credits = now.iter().filter(|review| review.said == "credit").count();
        let me = caller.person();
        let act = queued(
            &catalogue,
            programme,
            &policy,
            caller,
            &found,
            i64::try_from(credits).unwrap_or(0),
        );
        let (waits, said_before) = (
            matches!(found.state, State::Asked | State::More),
            now.iter().any(|review| review.login == me),
        );
        Ok(ReviewView {
            may: waits && !act.own && !said_before && caller.can(Deed::JudgeEvidence, programme.id),
            record: RecordView::of_submission(&catalogue, &found)?,
            waits,
            said_before,
            takes_two: takes_two(&found, policy.limits.two_reviewers_above_g),
            grade: verdict.as_ref().and_then(|verdict| match verdict.outcome {
                Outcome::Ask(grade) | Outcome::Credit(grade) => Some(grade),
                Outcome::Refuse(_) => None,
            }),
            claim,
            facts,
            risk: verdict.as_ref().map_or(0, |verdict| verdict.risk),
            seen: verdict.map(|verdict| verdict.signs).unwrap_or_default(),
            proofs: proofs
                .iter()
                .map(|proof| ProofView {
                    n: proof.n,
                    kind: proof.kind,
                    made_us: proof.made_us,
                    kept: !proof.blob.is_empty() && proof.deleted_us.is_none(),
                })
                .collect(),
            alike,
            said,
            place,
            act,
        })
    }

    /// The look-alikes of a proof that came before it.
    async fn alike(&self, programme: &Programme, history: &History) -> Result<Vec<AlikeView>, Error> {
        let kinds = [
            (Kind::Photo, &history.photos),
            (Kind::Track, &history.tracks),
            (Kind::Steps, &history.series),
        ];
        let again = kinds
            .into_iter()
            .flat_map(|(kind, found)| found.iter().map(move |one| (kind, one.clone())));
        let again: Vec<_> = again.take(MOST_ALIKE).collect();
        let scope = programme.id;
        let look = async move |db: &mut Db| -> Result<Vec<AlikeView>, StoreError> {
            let mut alike = Vec::with_capacity(again.len());
            for (kind, one) in &again {
                let Some(other) = queue::by_number(db, scope, one.submission).await? else {
                    continue; // it was erased
                };
                let entry = match other.entry {
                    Some(entry) => activity::entry(db, other.participant, entry).await?,
                    None => None,
                };
                let proofs = books::proofs(db, other.participant, other.id).await?;
                let photo = proofs
                    .iter()
                    .find(|proof| proof.kind == Kind::Photo && !proof.blob.is_empty());
                alike.push(AlikeView {
                    participant: other.participant,
                    submission: other.id,
                    own: one.own,
                    sent_us: one.sent_us,
                    kind: *kind,
                    apart: one.apart,
                    state: match (other.state, entry.map(|entry| entry.code)) {
                        (State::Settled, Some(Code::Credited)) => Standing::Credited,
                        (State::Settled, _) => Standing::Refused,
                        (State::Asked, _) => Standing::InReview,
                        (State::More, _) => Standing::MoreWanted,
                        (State::New | State::Decided, _) => Standing::Submitted,
                    },
                    photo: photo.filter(|photo| photo.deleted_us.is_none()).map(|photo| photo.n),
                });
            }
            Ok(alike)
        };
        Ok(self.0.store.read(look).await?)
    }

    /// One of the photos that prove an act, a JPEG without metadata.
    pub async fn proof_photo(
        &self,
        caller: &Caller,
        programme: &Programme,
        (participant, submission): (ParticipantId, EntryId),
        n: i64,
    ) -> Result<Vec<u8>, Error> {
        caller.may(Deed::ReadEvidence, programme.id, Some(participant))?;
        self.readable(caller, programme, participant).await?;
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| books::proofs(db, participant, submission).await)
            .await?;
        let photo = found
            .into_iter()
            .find(|proof| proof.n == n && proof.kind == Kind::Photo && proof.deleted_us.is_none());
        let name = photo.ok_or(Refused::NotFound("photo"))?.blob;
        let name = name.parse().map_err(|_| Refused::NotFound("photo"))?;
        let blobs = self.0.blobs.clone();
        let read = tokio::task::spawn_blocking(move || blobs.get(&name)).await;
        match read.map_err(Error::outside)? {
            Ok(bytes) => Ok(bytes),
            Err(outside::blobs::BlobError::Missing(_)) => Err(Refused::NotFound("photo").into()),
            Err(error) => Err(Error::outside(error)),
        }
    }

    /// What reviewers said of an act, for its participant and for staff; who said it is told to staff only.
    pub async fn reviewed(
        &self,
        caller: &Caller,
        programme: &Programme,
        (participant, submission): (ParticipantId, EntryId),
    ) -> Result<Vec<SaidView>, Error> {
        self.readable(caller, programme, participant).await?;
        let reviews = self
            .0
            .store
            .read(async move |db: &mut Db| queue::reviews(db, participant, submission).await)
            .await?;
        let said = |review: queue::Review| SaidView {
            at_us: review.at_us,
            who: None,
            said: review.said,
            reason: Some(review.reason).filter(|reason| !reason.is_empty()),
            words: review.words,
        };
        Ok(reviews.into_iter().map(said).collect())
    }
}

fn title(catalogue: &Catalogue, programme: &Programme, behaviour: &str) -> Text {
    match catalogue.methodology_for(programme.id, behaviour) {
        Ok(in_force) => in_force.methodology.title.clone(),
        Err(_) => Text {
            zh: behaviour.to_owned(),
            en: behaviour.to_owned(),
        },
    }
}

fn queued(
    catalogue: &Catalogue,
    programme: &Programme,
    policy: &Policy,
    caller: &Caller,
    one: &Submission,
    credits: i64,
) -> QueuedView {
    let mut signs: Vec<String> = one
        .signs
        .split(' ')
        .filter(|sign| !sign.is_empty())
        .map(str::to_owned)
        .collect();
    signs.sort_by_key(|sign| std::cmp::Reverse(policy.tone(sign)));
    if let Some(at) = signs.iter().position(|sign| policy.tone(sign) == Tone::Clear) {
        // that more came, or the lot, says why it is here; what fits says nothing
        signs[at..].sort_by_key(|sign| !(sign.starts_with("review") || sign.starts_with("audit")));
    }
    QueuedView {
        participant: one.participant,
        submission: one.id,
        behaviour: one.behaviour.clone(),
        title: title(catalogue, programme, &one.behaviour),
        worth_mg: one.worth.mg(),
        asked_us: one.asked_us.unwrap_or(one.made_us),
        signs,
        one_more: credits > 0,
        own: caller.participants().contains(&(programme.id, one.participant)),
        together: together(one, policy),
    }
}
