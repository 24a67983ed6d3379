//! The worker: does what transactions asked for. Two workers do no harm, and one that dies leaves its work to be taken
//! again.

use std::time::Duration;

use domain::measure::{OrderId, ParticipantId};
use store::Db;
use store::job::{self as books, Job};

use crate::{App, Error};

const HIDDEN_US: i64 = 60_000_000;
const AT_ONCE: u32 = 64;
const POLL: Duration = Duration::from_secs(1);

impl App {
    /// Does jobs until `stop` resolves.
    pub async fn work(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
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
            let outcome = self.do_job(&job).await;
            let (id, tries) = (job.id, job.tries);
            let problem = outcome.err().map(|error| error.to_string());
            if let Some(problem) = &problem {
                tracing::warn!(job = id, kind = job.kind, tries, problem, "job failed");
            }
            let later_us = now_us + 1_000_000 * (1 << tries.clamp(0, 12));
            self.0
                .store
                .write(0, async move |db: &mut Db| match &problem {
                    None => books::done(db, id).await,
                    Some(problem) => books::retry(db, id, problem, later_us).await,
                })
                .await?;
        }
        Ok(taken)
    }

    async fn do_job(&self, job: &Job) -> Result<(), Error> {
        let mut numbers = job.payload.split(' ').map(str::parse::<i64>);
        let (Some(Ok(participant)), Some(Ok(about))) = (numbers.next(), numbers.next()) else {
            return Err(Error::outside(format!("job {}: payload {}", job.id, job.payload)));
        };
        let participant = ParticipantId::new(participant);
        match job.kind.as_str() {
            "judge" => self.judge(participant, about).await,
            "forget" => self.forget_photos(participant).await,
            "expire" => self.expire_order(participant, OrderId::new(about)).await,
            other => Err(Error::outside(format!("no handler for {other}"))),
        }
    }
}
