//! The worker: does what transactions asked for. Two workers do no harm, and one that dies leaves its work to be taken
//! again.

use std::time::Duration;

use domain::measure::{EntryId, OrderId, ParticipantId};
use store::Db;
use store::job::{self as books, Job};

use crate::{App, Error};

const HIDDEN_US: i64 = 60_000_000;
const AT_ONCE: u32 = 64;
/// How long answers to retries and letters are kept.
const KEPT_US: i64 = 7 * DAY_US;
const DAY_US: i64 = 86_400_000_000;
const POLL: Duration = Duration::from_secs(1);

impl App {
    /// Does jobs until `stop` resolves.
    pub async fn work(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut purged_us = i64::MIN;
        loop {
            if let Err(error) = self.flush_feed().await {
                tracing::warn!(%error, "the log of the partners");
            }
            if self.now_us().saturating_sub(purged_us) >= DAY_US {
                purged_us = self.now_us();
                if let Err(error) = self.purge().await {
                    tracing::warn!(%error, "purge");
                }
            }
            match self.run_due_jobs().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => tracing::warn!(%error, "jobs"),
            }
            tokio::select! {
                () = &mut stop => return,
                () = self.0.jobs_wanted.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Does the jobs that are due; says how many were taken.
    pub async fn run_due_jobs(&self) -> Result<usize, Error> {
        let now_us = self.now_us();
        if !self
            .0
            .store
            .read(async move |db: &mut Db| books::due(db, now_us).await)
            .await?
        {
            return Ok(0);
        }
        let take = async move |db: &mut Db| books::take(db, now_us, now_us + HIDDEN_US, AT_ONCE).await;
        let jobs = self.0.store.write(0, take).await?;
        let taken = jobs.len();
        for job in jobs {
            if job.kind == "hook" || job.kind == "mail" && self.0.mailer.is_some() {
                // somebody else's server may be slow: a photo that waits to be judged must not wait for it
                let app = self.clone();
                tokio::spawn(async move {
                    if let Err(error) = app.send_out(&job, now_us + HIDDEN_US / 2).await {
                        tracing::warn!(%error, "jobs");
                    }
                });
                continue;
            }
            let outcome = self.do_job(&job).await;
            self.finish(&job, outcome).await?;
        }
        Ok(taken)
    }

    /// Forgets a job that was done, puts one off that failed.
    async fn finish(&self, job: &Job, outcome: Result<(), Error>) -> Result<(), Error> {
        let (id, tries) = (job.id, job.tries);
        let problem = outcome.err().map(|error| error.to_string());
        if let Some(problem) = &problem {
            tracing::warn!(job = id, kind = job.kind, tries, problem, "job failed");
        }
        let later_us = self.now_us() + 1_000_000 * (1 << tries.clamp(0, 12));
        let note = async move |db: &mut Db| match &problem {
            None => books::done(db, id).await,
            Some(problem) => books::retry(db, id, problem, later_us).await,
        };
        Ok(self.0.store.write(0, note).await?)
    }

    /// Sends one letter or event, a few at once. One that had to wait for its turn is left to be taken again, for by then
    /// another worker may have it.
    async fn send_out(&self, job: &Job, latest_us: i64) -> Result<(), Error> {
        let _turn = self.0.letters.acquire().await.map_err(Error::outside)?;
        if self.now_us() > latest_us {
            return Ok(());
        }
        let outcome = self.do_job(job).await;
        self.finish(job, outcome).await
    }

    /// Forgets what is out of force or was kept for retries only: tokens, links, letters, answers; and the raw files
    /// of proofs whose time is up.
    pub async fn purge(&self) -> Result<(), Error> {
        let now_us = self.now_us();
        let before_us = now_us - KEPT_US;
        self.0
            .store
            .write(0, async move |db: &mut Db| {
                store::access::delete_expired(db, now_us).await?;
                store::partner::delete_old_signing_keys(db, now_us).await?;
                store::mail::delete_before(db, before_us).await
            })
            .await?;
        // one short transaction a bucket, so that nobody's act waits behind all of them
        for bucket in 0..=u8::MAX {
            let forget = async move |db: &mut Db| store::access::delete_answers(db, bucket, before_us).await;
            self.0.store.write(bucket, forget).await?;
        }
        self.delete_due().await.map(drop)
    }

    async fn do_job(&self, job: &Job) -> Result<(), Error> {
        if job.kind == "mail" {
            let letter = job.payload.parse().map_err(Error::outside)?;
            return self.mail(letter).await;
        }
        if job.kind == "hook" {
            return self.deliver(&job.payload).await;
        }
        let mut numbers = job.payload.split(' ').map(str::parse::<i64>);
        // a participant or a competition, and what of it
        let (Some(Ok(first)), Some(Ok(about))) = (numbers.next(), numbers.next()) else {
            return Err(Error::outside(format!("job {}: payload {}", job.id, job.payload)));
        };
        let participant = ParticipantId::new(first);
        match job.kind.as_str() {
            "judge" => self.judge(participant, EntryId::new(about)).await,
            "judge-waiting" => self.judge_waiting(participant).await,
            "wipe-raw" => self.wipe_raw(participant, about).await,
            "forget" => self.forget_photos(participant).await,
            "close-day" => self.close_day(first, about).await,
            "close-competition" => self.finish_competition(first).await,
            "tell-cancelled" => {
                let reason = job.payload.splitn(3, ' ').nth(2).unwrap_or_default();
                self.tell_cancelled(first, reason).await
            }
            "tell-results" => self.tell_results(first, about).await,
            "give-prize" => self.give_prize(first, about).await,
            "expire" => self.expire_order(participant, OrderId::new(about)).await,
            other => Err(Error::outside(format!("no handler for {other}"))),
        }
    }
}
