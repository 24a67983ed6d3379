//! What the books know that bears on a proof.

use domain::activity::Channel;
use domain::evidence::{Again, Agreeing, Facts, History, Kind};
use store::activity::Post;
use store::evidence::{self as books, Submission};
use store::{Db, StoreError};

use crate::{App, Error};

/// How far two reports of one event may lie apart in time.
const ABOUT_US: i64 = 15 * 60 * 1_000_000;

impl App {
    /// The facts of a submission's proofs, and what is known beside them.
    pub(super) async fn grounds(
        &self,
        submission: &Submission,
        post: &Post,
        channel: Channel,
    ) -> Result<(Facts, History), Error> {
        let (participant, id) = (submission.participant, submission.id);
        let proofs = self
            .0
            .store
            .read(async move |db: &mut Db| books::proofs(db, participant, id).await)
            .await?;
        let mut facts = Facts::default();
        for proof in proofs.iter().filter(|proof| !proof.facts.is_empty()) {
            let one: Facts = serde_json::from_str(&proof.facts).map_err(Error::outside)?;
            facts.photos.extend(one.photos);
            facts.text = facts.text.or(one.text);
            facts.track = facts.track.or(one.track);
            facts.steps = facts.steps.or(one.steps);
            facts.meter = facts.meter.or(one.meter);
        }
        let mut photos: Vec<Again> = Vec::new();
        for proof in proofs.iter().filter(|proof| proof.kind == Kind::Photo) {
            if let Some(print) = &proof.print {
                photos.extend(self.photos_like(submission, print).await?);
            }
        }
        let catalogue = self.catalogue();
        let versions = catalogue.published();
        let versions = versions.filter(|version| version.methodology.behaviour == submission.behaviour);
        let versions: Vec<i64> = versions.map(|version| version.number).collect();
        let about_us = (
            post.act.started_us.saturating_sub(ABOUT_US),
            post.act.ended_us.saturating_add(ABOUT_US),
        );
        let (sent, now_us) = (submission.clone(), submission.made_us);
        let history = self
            .0
            .store
            .read(async move |db: &mut Db| -> Result<History, StoreError> {
                let (last_hour, last_day, refused) = books::counts(db, participant, id, now_us).await?;
                let accounts = match &sent.device {
                    Some(device) => books::accounts_on(db, sent.programme, device, participant).await?,
                    None => 0,
                };
                let sources = books::other_sources(db, participant, &versions, about_us, channel.number()).await?;
                let agreeing = sources.into_iter().map(|(record, from, to)| Agreeing {
                    record,
                    interval_us: (from, to),
                });
                let before = books::decisions(db, participant, id).await?;
                let small = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
                Ok(History {
                    agreeing: agreeing.collect(),
                    last_hour: small(last_hour),
                    last_day: small(last_day),
                    refused: small(refused),
                    accounts: small(accounts),
                    asked_for_more: !before.is_empty(),
                    ..History::default()
                })
            })
            .await?;
        let reading = match &facts.meter {
            Some(meter) => self.reading_before(participant, meter).await?,
            None => None,
        };
        let reading = reading.map(|before| (before.at_us, before.milli, before.digits));
        Ok((
            facts,
            History {
                photos,
                reading,
                ..history
            },
        ))
    }

    /// Earlier photos of the programme that look like this one.
    async fn photos_like(&self, submission: &Submission, print: &[u8]) -> Result<Vec<Again>, Error> {
        let ids = self.looks_like(submission.programme, print).await?;
        let programme = submission.programme;
        let likes = self
            .0
            .store
            .read(async move |db: &mut Db| books::likes(db, programme, Kind::Photo, &ids).await)
            .await?;
        let mut found = Vec::new();
        for like in likes {
            // of two that come in together, the earlier one is the original
            let later = (like.made_us, like.submission) >= (submission.made_us, submission.id);
            if like.submission == submission.id || later {
                continue;
            }
            let facts: Facts = serde_json::from_str(&like.facts).unwrap_or_default();
            found.push(Again {
                submission: like.submission,
                own: like.participant == submission.participant,
                sent_us: like.made_us,
                apart: super::reading::apart(print, &like.print),
                began_us: facts
                    .photos
                    .first()
                    .and_then(|photo| photo.taken.as_ref())
                    .map(|taken| taken.at_us),
            });
        }
        found.sort_by_key(|again| (again.apart, again.submission));
        found.truncate(8);
        Ok(found)
    }
}
