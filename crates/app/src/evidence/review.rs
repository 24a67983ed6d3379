//! Reviewers: what a person says of a proof, and what follows.
//!
//! ```text
//! said: review + audit note (+ decision, state, job, letter), one transaction -> judge books the decision
//! ```
//!
//! Invariant: nobody judges an act of their own, and nobody counts twice for the same credit.

mod look;
mod more;

use domain::evidence::{Grade, Outcome, Policy, Tone, Verdict};
use domain::measure::{EntryId, ParticipantId, Period, bucket_of};
use domain::programme::{Deed, Programme};
use serde::{Deserialize, Serialize};
use store::evidence::queue::{self, Review};
use store::evidence::{self as books, Decision, State, Submission};
use store::{Db, StoreError, job};

use super::{Grounds, RULES, Waiting};
use crate::audit::Note;
use crate::mail::Post;
use crate::{App, Caller, Error, Key, Letter, Refused};

pub use look::{AlikeView, Batch, ProofView, Queue, QueueCursor, QueuedView, ReviewFilter, ReviewView, SaidView};

/// How many acts can be accepted together.
pub const MOST_TOGETHER: u32 = 200;

/// What a reviewer says of a proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Say {
    /// It proves the act.
    Credit,
    /// It does not.
    Refuse {
        /// The code of the sign that is the reason.
        reason: String,
    },
    /// The participant shall send more.
    More,
}

impl Say {
    /// As it is stored.
    pub const fn name(&self) -> &'static str {
        match self {
            Say::Credit => "credit",
            Say::Refuse { .. } => "refuse",
            Say::More => "more",
        }
    }
}

/// What followed from what a reviewer said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Followed {
    /// It is decided, and booked within seconds.
    Decided,
    /// Another reviewer has to say the same: it is worth too much for one.
    OneMore,
    /// The participant was asked.
    Asked,
}

/// A letter in each language; the participant gets the one that they read.
#[derive(Debug, Clone)]
pub struct Letters {
    /// In Chinese.
    pub zh: Letter,
    /// In English.
    pub en: Letter,
}

/// The letters of a notice, written with the fact that they tell.
struct Notice {
    zh: Post,
    en: Post,
}

impl Notice {
    async fn to(&self, db: &mut Db, participant: ParticipantId) -> Result<(), StoreError> {
        for (account, lang) in queue::accounts_of(db, participant).await? {
            let post = if lang.starts_with("zh") { &self.zh } else { &self.en };
            // one letter: a household's second adult sees it on the page
            if account.contains('@') {
                return post.to(db, &account).await;
            }
        }
        Ok(())
    }
}

/// Everything that a transaction needs to write what a reviewer said.
struct Spoken {
    who: (ParticipantId, EntryId),
    say: Say,
    words: String,
    login: i64,
    now_us: i64,
    job: i64,
    two_above_g: i64,
    policy: i64,
    month: i32,
    note: Note,
    notice: Option<Notice>,
}

impl App {
    /// Says whether a proof convinces, as a reviewer. Above the programme's limit two reviewers have to say that it
    /// does; the first one is noted. `words` are for the participant. `letters` tell them, unless it was credited.
    pub async fn review_say(
        &self,
        caller: &Caller,
        programme: &Programme,
        (participant, submission): (ParticipantId, EntryId),
        (say, words): (Say, &str),
        letters: Option<Letters>,
        key: Option<Key>,
    ) -> Result<Followed, Error> {
        caller.may(Deed::JudgeEvidence, programme.id, Some(participant))?;
        if caller.participants().contains(&(programme.id, participant)) {
            return Err(Refused::SecondPerson.into()); // nobody judges their own case
        }
        let words = words.trim().to_owned();
        match &say {
            Say::Refuse { reason } if super::named(reason).is_none() => {
                return Err(Refused::invalid("reason", "is no sign that a refusal can name").into());
            }
            Say::More => Refused::unless_plain("words", &words, 2000)?,
            _ if words.is_empty() => {}
            _ => Refused::unless_plain("words", &words, 2000)?,
        }
        let policy = self.policy(programme.id);
        let month = Period::Month.number(programme.zone.day_of(self.now_us()));
        let deed = match &say {
            Say::Credit => "evidence.credit",
            Say::Refuse { .. } => "evidence.refuse",
            Say::More => "evidence.more",
        };
        let detail = match &say {
            Say::Refuse { reason } => format!("{reason} {words}"),
            _ => words.clone(),
        };
        let about = crate::ledger::record_words(participant, submission);
        let spoken = Spoken {
            who: (participant, submission),
            login: caller.person(),
            now_us: self.now_us(),
            job: self.next_id(),
            two_above_g: policy.policy.limits.two_reviewers_above_g,
            policy: policy.number,
            month,
            note: self.note(caller, programme.id, deed, about, detail.trim()),
            notice: letters.filter(|_| say != Say::Credit).map(|letters| Notice {
                zh: self.post(letters.zh),
                en: self.post(letters.en),
            }),
            say,
            words,
        };
        let scope = programme.id;
        let followed = self
            .once(bucket_of(participant.number()), key, async move |db: &mut Db| {
                let found = books::submission(db, participant, submission).await?;
                match found.filter(|found| found.programme == scope) {
                    Some(found) => spoken.write(db, &found).await,
                    None => Ok(Err(Refused::NotFound("submission"))),
                }
            })
            .await;
        self.0.kept.recount(programme.id);
        self.0.jobs_wanted.notify_one();
        followed
    }

    /// Credits several proofs as a reviewer; says how many. What must not be accepted together with others, or was
    /// decided meanwhile, is left alone.
    pub async fn review_many(
        &self,
        caller: &Caller,
        programme: &Programme,
        these: &[(ParticipantId, EntryId)],
    ) -> Result<u32, Error> {
        caller.may(Deed::JudgeEvidence, programme.id, None)?;
        if these.len() > MOST_TOGETHER as usize {
            return Err(Refused::invalid("these", format!("at most {MOST_TOGETHER} together")).into());
        }
        let policy = self.policy(programme.id).policy;
        let mut credited = 0;
        for (participant, id) in these.iter().copied() {
            let found = self
                .0
                .store
                .read(async move |db: &mut Db| books::submission(db, participant, id).await)
                .await?;
            let fits = found.is_some_and(|found| found.state == State::Asked && together(&found, &policy));
            if !fits {
                continue;
            }
            let said = self
                .review_say(caller, programme, (participant, id), (Say::Credit, ""), None, None)
                .await;
            match said {
                Ok(Followed::Decided) => credited += 1,
                Ok(_) | Err(Error::Refused(_)) => {}
                Err(broken) => return Err(broken),
            }
        }
        Ok(credited)
    }

    /// What deciding on an appeal needs, where the refused record came with proof.
    pub(crate) fn appealed(&self, caller: &Caller, programme: &Programme, participant: ParticipantId) -> Appealed {
        let policy = self.policy(programme.id);
        Appealed {
            keep_days: (policy.policy.limits.track_days, policy.policy.limits.photo_days),
            participant,
            login: caller.person(),
            now_us: self.now_us(),
            job: self.next_id(),
            policy: policy.number,
            month: Period::Month.number(programme.zone.day_of(self.now_us())),
        }
    }
}

/// Whether a submission may be accepted together with others: nothing strong speaks against it, one reviewer suffices,
/// and it is no sample, which is drawn for a look of its own.
pub(super) fn together(submission: &Submission, policy: &Policy) -> bool {
    let alone = |code: &str| policy.tone(code) == Tone::Strong || code == "audit.sample";
    !takes_two(submission, policy.limits.two_reviewers_above_g) && !submission.signs.split(' ').any(alone)
}

/// Whether a credit takes two reviewers.
fn takes_two(submission: &Submission, two_above_g: i64) -> bool {
    submission.worth.mg() > two_above_g.saturating_mul(1000)
}

/// The reviews since the participant was last asked for more: what was said before that was said of less.
fn current(reviews: &[Review]) -> &[Review] {
    let after = reviews.iter().rposition(|review| review.said == "more");
    &reviews[after.map_or(0, |at| at + 1)..]
}

impl Spoken {
    async fn write(&self, db: &mut Db, found: &Submission) -> Result<Result<Followed, Refused>, StoreError> {
        let (participant, id) = self.who;
        match found.state {
            State::Asked => {}
            // whoever waits in vain for more may decide without
            State::More if self.say != Say::More => {}
            State::More => return Ok(Err(Refused::Settled("more was asked for already"))),
            State::New | State::Decided | State::Settled => {
                return Ok(Err(Refused::Settled("it was decided on already")));
            }
        }
        let before = queue::reviews(db, participant, id).await?;
        let now = current(&before);
        if now.iter().any(|review| review.login == self.login) {
            return Ok(Err(Refused::SecondPerson));
        }
        let (reason, first) = match &self.say {
            Say::Refuse { reason } => (reason.clone(), false),
            Say::Credit => {
                let others = now.iter().filter(|review| review.said == "credit").count();
                (String::new(), takes_two(found, self.two_above_g) && others == 0)
            }
            Say::More => (String::new(), false),
        };
        let review = Review {
            n: i64::try_from(before.len()).unwrap_or(i64::MAX),
            at_us: self.now_us,
            login: self.login,
            said: self.say.name().to_owned(),
            reason,
            words: self.words.clone(),
        };
        queue::insert_review(db, self.who, &review).await?;
        let followed = match &self.say {
            _ if first => {
                if found.state == State::More {
                    books::step(db, participant, id, (State::More, State::Asked), None).await?;
                }
                Followed::OneMore
            }
            Say::More => {
                books::step(db, participant, id, (found.state, State::More), None).await?;
                books::count(db, found.programme, self.month, "more", found.worth).await?;
                Followed::Asked
            }
            Say::Credit | Say::Refuse { .. } => {
                let refuse = match &self.say {
                    Say::Refuse { reason } => Some(reason.as_str()),
                    Say::Credit | Say::More => None,
                };
                let made = (self.login, self.now_us, self.policy);
                decide(db, found, (found.state, refuse), made, self.job).await?;
                Followed::Decided
            }
        };
        self.note.write(db).await?;
        if let Some(notice) = &self.notice {
            notice.to(db, participant).await?;
        }
        Ok(Ok(followed))
    }
}

/// Writes a person's decision, and asks for it to be booked.
async fn decide(
    db: &mut Db,
    found: &Submission,
    (from, refuse): (State, Option<&str>),
    (login, at_us, policy): (i64, i64, i64),
    job: i64,
) -> Result<(), StoreError> {
    let before = books::decisions(db, found.participant, found.id).await?;
    let rules = before.iter().rev().find(|decision| decision.made_by == 0);
    let seen: Option<Verdict> = rules.and_then(|rules| serde_json::from_str(&rules.verdict).ok());
    let outcome = match refuse {
        Some(reason) => Outcome::Refuse(reason.to_owned()),
        None => Outcome::Credit(grade_of(found, rules, seen.as_ref())),
    };
    let verdict = Verdict {
        outcome,
        risk: seen.as_ref().map_or(0, |seen| seen.risk),
        signs: seen.map(|seen| seen.signs).unwrap_or_default(),
    };
    let decision = Decision {
        n: i64::try_from(before.len()).unwrap_or(i64::MAX),
        at_us,
        made_by: login,
        rules: RULES,
        policy,
        grounds: String::new(),
        verdict: serde_json::to_string(&verdict).map_err(|e| StoreError::Engine(format!("a verdict: {e}")))?,
    };
    books::insert_decision(db, (found.participant, found.id), &decision).await?;
    let (participant, id) = (found.participant, found.id);
    books::step(db, participant, id, (from, State::Decided), None).await?;
    let payload = format!("{} {}", participant.number(), id.number());
    job::ask(db, job, "judge", &payload, at_us).await
}

/// The grade that a credit has: what the rules said that it would have, else what its proofs can have.
fn grade_of(found: &Submission, rules: Option<&Decision>, seen: Option<&Verdict>) -> Grade {
    if let Some(Outcome::Ask(grade) | Outcome::Credit(grade)) = seen.map(|seen| &seen.outcome) {
        return *grade;
    }
    let grounds: Option<Grounds> = rules.and_then(|rules| serde_json::from_str(&rules.grounds).ok());
    if let Some(grounds) = grounds {
        return grounds.claim.grade.max(grounds.facts.grade());
    }
    let waiting: Option<Waiting> = serde_json::from_str(&found.body).ok();
    waiting.map_or(Grade::E0, |waiting| waiting.channel.grade())
}

/// What an appeal needs to be decided on, inside its transaction.
pub(crate) struct Appealed {
    keep_days: (i64, i64),
    participant: ParticipantId,
    login: i64,
    now_us: i64,
    job: i64,
    policy: i64,
    month: i32,
}

impl Appealed {
    /// Notes on the submission of a refused record, if it came from one, how its appeal was decided; credits it where
    /// it was upheld. Refuses whoever reviewed it before.
    pub(crate) async fn write(
        &self,
        db: &mut Db,
        record: EntryId,
        (upheld, answer): (bool, &str),
    ) -> Result<Result<(), Refused>, StoreError> {
        let Some(id) = books::submission_of(db, self.participant, record).await? else {
            return Ok(Ok(()));
        };
        let Some(found) = books::submission(db, self.participant, id).await? else {
            return Ok(Ok(()));
        };
        let before = queue::reviews(db, self.participant, id).await?;
        if before.iter().any(|review| review.login == self.login) {
            return Ok(Err(Refused::SecondPerson));
        }
        let review = Review {
            n: i64::try_from(before.len()).unwrap_or(i64::MAX),
            at_us: self.now_us,
            login: self.login,
            said: if upheld { "uphold" } else { "decline" }.to_owned(),
            reason: String::new(),
            words: answer.to_owned(),
        };
        queue::insert_review(db, (self.participant, id), &review).await?;
        if upheld && found.state == State::Settled && !found.body.is_empty() {
            let made = (self.login, self.now_us, self.policy);
            decide(db, &found, (State::Settled, None), made, self.job).await?;
            books::count(db, found.programme, self.month, "overturned", found.worth).await?;
        } else {
            // what was added to the appeal goes as well, some time after the answer
            books::keep_until(db, (self.participant, id), self.now_us, self.keep_days).await?;
        }
        Ok(Ok(()))
    }
}
