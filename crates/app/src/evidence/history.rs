//! What the books know that bears on a proof.

use domain::evidence::looks::{Looks as Look, apart};
use domain::evidence::track::Pace;
use domain::evidence::{Again, Agreeing, Facts, History, Kind};
use store::activity::Post;
use store::evidence::{self as books, Like, Proof, Submission};
use store::{Db, StoreError};

use crate::{App, Error};

/// How long another source's count of a day is looked for.
const LOOK_BACK_US: i64 = 400 * 86_400_000_000;

/// How many likes of a proof a decision looks at.
const MOST_LIKES: usize = 12;

/// Recordings that share a key and are compared.
const MOST_COMPARED: usize = 64;

impl App {
    /// The facts of a submission's proofs, and what is known beside them.
    pub(super) async fn grounds(&self, submission: &Submission, post: &Post) -> Result<(Facts, History), Error> {
        let (participant, id) = (submission.participant, submission.id);
        let proofs = self
            .0
            .store
            .read(async move |db: &mut Db| books::proofs(db, participant, id).await)
            .await?;
        let facts = self.facts(submission, &proofs).await?;
        let (mut photos, mut tracks) = (Vec::new(), Vec::new());
        for proof in &proofs {
            match (proof.kind, &proof.print) {
                (Kind::Photo, Some(print)) => photos.extend(self.photos_like(submission, proof.id, print).await?),
                (Kind::Track, Some(print)) => tracks.extend(self.tracks_like(submission, proof.id, print).await?),
                _ => {}
            }
        }
        let series = match facts.steps.as_ref().and_then(|steps| steps.series) {
            Some(series) => {
                let id = proofs
                    .iter()
                    .find(|proof| proof.kind == Kind::Steps)
                    .map_or(0, |proof| proof.id);
                self.same_series(submission, id, series).await?
            }
            None => Vec::new(),
        };
        let (sent, now_us, act) = (submission.clone(), submission.made_us, post.clone());
        let day = facts.steps.as_ref().map(|steps| steps.day);
        let reading = match &facts.meter {
            Some(meter) => self.reading_before(participant, meter).await?,
            None => None,
        };
        let history = self
            .0
            .store
            .read(async move |db: &mut Db| -> Result<History, StoreError> {
                let (mut last_hour, mut last_day, refused) = books::counts(db, participant, id, now_us).await?;
                if day.is_some() {
                    // a file of steps is a month of acts at once, and nobody has more days than there are
                    (last_hour, last_day) = (0, 0);
                }
                let accounts = match &sent.device {
                    Some(device) => books::accounts_on(db, sent.programme, device, participant).await?,
                    None => 0,
                };
                // by the rule that will book it, so that what is judged is what is booked
                let confirmed = store::activity::would_confirm(db, &act).await?;
                let agreeing = confirmed
                    .into_iter()
                    .map(|(record, interval_us)| Agreeing { record, interval_us });
                let before = books::decisions(db, participant, id).await?;
                let mut history = History {
                    agreeing: agreeing.collect(),
                    last_hour: small(last_hour),
                    last_day: small(last_day),
                    refused: small(refused),
                    accounts: small(accounts),
                    asked_for_more: !before.is_empty(),
                    ..History::default()
                };
                let since_us = now_us - LOOK_BACK_US;
                if let Some(day) = day {
                    for (other, facts) in books::own_proofs(db, participant, Kind::Steps, since_us).await? {
                        let facts: Facts = serde_json::from_str(&facts).unwrap_or_default();
                        let steps = facts.steps.filter(|steps| steps.day == day && other != id);
                        history.sources.extend(steps.map(|steps| (steps.source, steps.steps)));
                    }
                }
                Ok(history)
            })
            .await?;
        Ok((
            facts,
            History {
                photos,
                tracks,
                series,
                reading: reading.map(|before| (before.at_us, before.milli, before.digits)),
                ..history
            },
        ))
    }

    /// What readers found, text included where a rule asks for it.
    async fn facts(&self, submission: &Submission, proofs: &[Proof]) -> Result<Facts, Error> {
        let mut facts = Facts::default();
        for proof in proofs.iter().filter(|proof| !proof.facts.is_empty()) {
            let one: Facts = serde_json::from_str(&proof.facts).map_err(Error::outside)?;
            facts.photos.extend(one.photos);
            facts.track = facts.track.or(one.track);
            facts.steps = facts.steps.or(one.steps);
            facts.meter = facts.meter.or(one.meter);
        }
        let rule = self.policy(submission.programme).policy.rule(&submission.behaviour);
        if !rule.words.is_empty() || rule.time || rule.amount {
            for proof in proofs.iter().filter(|proof| proof.kind == Kind::Photo) {
                if let Some(text) = self.read_text(&proof.blob).await? {
                    facts.text.get_or_insert_default().lines.extend(text.lines);
                }
            }
        }
        Ok(facts)
    }

    /// The proofs of a kind with these numbers that came before another one, with other submissions.
    async fn earlier(
        &self,
        submission: &Submission,
        kind: Kind,
        before: i64,
        ids: Vec<i64>,
    ) -> Result<Vec<Like>, Error> {
        let programme = submission.programme;
        let mut likes = self
            .0
            .store
            .read(async move |db: &mut Db| books::likes(db, programme, kind, &ids).await)
            .await?;
        // of two that come in together, the earlier one is the original
        likes.retain(|like| like.id < before && like.submission != submission.id);
        // what was refused for its time, a ceiling or the like may be put right and sent again by the same participant,
        // and who copied it since does not stand in the way
        let own = |like: &Like| like.unspent && like.participant == submission.participant;
        if let Some(mine) = likes.iter().filter(|like| own(like)).map(|like| like.id).min() {
            let beside = |like: &Like| own(like) || (like.faulted && like.id > mine);
            likes.retain(|like| !beside(like));
        }
        Ok(likes)
    }

    /// Earlier photos of the programme that look like this one, the likest first.
    async fn photos_like(&self, submission: &Submission, id: i64, print: &[u8]) -> Result<Vec<Again>, Error> {
        let look = Look::from_bytes(print).map_err(Error::outside)?;
        let ids = self.looks_like(submission.programme, &look).await?;
        let likes = self.earlier(submission, Kind::Photo, id, ids).await?;
        Ok(likest(likes.iter().filter_map(|like| {
            let facts: Facts = serde_json::from_str(&like.facts).unwrap_or_default();
            let taken = facts.photos.first().and_then(|photo| photo.taken.as_ref());
            let other = Look::from_bytes(&like.print).ok()?;
            Some(again(
                submission,
                like,
                apart(&look, &other).into(),
                taken.map(|taken| taken.at_us),
            ))
        })))
    }

    /// Earlier tracks of the programme that go the same way at the same pace, the likest first.
    async fn tracks_like(&self, submission: &Submission, id: i64, print: &[u8]) -> Result<Vec<Again>, Error> {
        let Some(pace) = Pace::from_bytes(print) else {
            return Ok(Vec::new());
        };
        // found even when the other track was deleted
        let same = self.sharing(submission, Kind::Track, vec![pace.rhythm()]).await?;
        let mut ids = self.sharing(submission, Kind::Track, pace.lookup()).await?;
        ids.retain(|id| !same.contains(id));
        ids.extend(&same);
        let likes = self.earlier(submission, Kind::Track, id, ids).await?;
        Ok(likest(likes.iter().filter_map(|like| {
            if same.contains(&like.id) {
                let facts: Facts = serde_json::from_str(&like.facts).unwrap_or_default();
                return Some(again(
                    submission,
                    like,
                    0,
                    facts.track.and_then(|track| track.started_us),
                ));
            }
            let other = Pace::from_bytes(&like.print)?;
            Some(again(submission, like, pace.apart_m(&other), Some(other.began_us)))
        })))
    }

    /// Earlier days of the programme with the very same series of steps.
    async fn same_series(&self, submission: &Submission, id: i64, series: u64) -> Result<Vec<Again>, Error> {
        let ids = self
            .sharing(submission, Kind::Steps, vec![series.cast_signed()])
            .await?;
        let likes = self.earlier(submission, Kind::Steps, id, ids).await?;
        Ok(likest(likes.iter().map(|like| again(submission, like, 0, None))))
    }

    async fn sharing(&self, submission: &Submission, kind: Kind, keys: Vec<i64>) -> Result<Vec<i64>, Error> {
        let programme = submission.programme;
        let found = async move |db: &mut Db| books::sharing_keys(db, programme, kind, &keys, MOST_COMPARED).await;
        Ok(self.0.store.read(found).await?)
    }
}

fn small(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn again(submission: &Submission, like: &Like, apart: u32, began_us: Option<i64>) -> Again {
    Again {
        submission: like.submission,
        own: like.participant == submission.participant,
        sent_us: like.made_us,
        apart,
        began_us,
    }
}

fn likest(found: impl Iterator<Item = Again>) -> Vec<Again> {
    let mut found: Vec<Again> = found.collect();
    found.sort_by_key(|again| (again.apart, again.submission));
    found.truncate(MOST_LIKES);
    found
}
