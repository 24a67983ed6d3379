//! Days that become final, and the close: jobs that may run twice, be cut off anywhere, and race.
//!
//! ```text
//! open ─> close-day (each day, at its cut-off) ─> frozen ─ somebody closes ─> close-competition ─> closed
//!          signs of the day, champion, next job                 days summed anew, podium, awards, jobs
//! ```
//!
//! Invariant: what a job decides is written in one transaction that also changes the competition's row, guarded by its
//! version: of two that close, one finds that it is done. Whoever changes a result bumps that version too.

use std::collections::HashMap;
use std::sync::Arc;

use domain::competition::{HourCurve, Metric, Stage, Status, What, champion, day_signs};
use domain::evidence::{Action, Policy, StepsFacts, Tone};
use domain::measure::{Day, Id, ParticipantId, make_id};
use domain::programme::{Deed, Programme};
use store::competition::{
    self as books, AwardState, Entrant, FinalDay, Results, Stored, StoredAward, StoredReading, Tallied,
};
use store::{Db, StoreError};

use super::notices::{News, tell};
use super::prizes::{hold, what};
use super::readings::sum;
use super::{CompetitionView, of_programme, view};
use crate::{App, Caller, Error, Refused};

/// News with whom it is for and its number.
type Told = (ParticipantId, i64, News);

/// Buckets of participants.
const BUCKETS: std::ops::RangeInclusive<u8> = 0..=u8::MAX;

/// Asks for a day to be closed once it is final.
pub(super) async fn ask_day(
    db: &mut Db,
    job: i64,
    programme: &Programme,
    stored: &Stored,
    day: Day,
) -> Result<(), StoreError> {
    let payload = format!("{} {}", stored.id, day.epoch_days());
    let final_us = stored.terms.cut_off_us(&programme.zone, day);
    store::job::ask(db, job, "close-day", &payload, final_us).await
}

/// Asks for everybody who entered to be told that a competition was called off.
pub(super) async fn ask_tell_cancelled(
    db: &mut Db,
    job: i64,
    competition: i64,
    reason: &str,
    now_us: i64,
) -> Result<(), StoreError> {
    let payload = format!("{competition} 0 {reason}");
    store::job::ask(db, job, "tell-cancelled", &payload, now_us).await
}

/// Who had the most on a day as the books stand, and how many had anything.
async fn crowned(db: &mut Db, competition: i64, day: Day, final_us: i64) -> Result<FinalDay, StoreError> {
    let candidates = books::champion_candidates(db, competition, day).await?;
    let best = champion(candidates.into_iter());
    Ok(FinalDay {
        day,
        final_us,
        champion: best.map(|line| line.participant),
        value: best.map_or(0, |line| line.value),
        walkers: books::tally_counts(db, competition, day).await?,
    })
}

/// Crowns the champions of the days that are final anew: a day was voided, or somebody was disqualified or left.
pub(super) async fn crown_anew(db: &mut Db, competition: i64) -> Result<(), StoreError> {
    for before in books::final_days(db, competition).await? {
        let after = crowned(db, competition, before.day, before.final_us).await?;
        if after != before {
            books::crown(db, competition, &after).await?;
        }
    }
    Ok(())
}

/// What the rules of evidence say against a day, as codes with spaces between them; nothing, unless it is enough for a person
/// to look at a proof: that a source tells no hours is odd of nobody by itself.
fn signs(policy: &Policy, readings: &[StoredReading]) -> String {
    // the source that counts for the day is the one that is looked at
    let best = readings
        .iter()
        .max_by_key(|one| (one.value, std::cmp::Reverse(one.reached_us)));
    let Some(best) = best else { return String::new() };
    let facts = StepsFacts {
        day: best.day,
        source: best.source.clone(),
        steps: u32::try_from(best.value).unwrap_or(u32::MAX),
        hours: HourCurve::from_bytes(&best.curve).and_then(|curve| curve.hours()),
        busiest_minute: None,
        busiest_ten_minutes: None,
        series: None,
    };
    let found = day_signs(&facts, policy);
    let mut risk = 0_u16;
    let mut looked_at = false;
    for sign in &found {
        looked_at |= policy.tone(sign.code()) == Tone::Strong;
        if let Action::Risk(more) = policy.action(sign.code()) {
            risk = risk.saturating_add(more);
        }
    }
    if !looked_at && risk < policy.limits.ask_from_risk {
        return String::new();
    }
    let codes: Vec<&str> = found.iter().map(domain::evidence::Sign::code).collect();
    codes.join(" ")
}

/// Adds up somebody's days again.
pub(super) async fn sum_again(
    db: &mut Db,
    stored: &Stored,
    who: ParticipantId,
    changed_us: i64,
) -> Result<(), StoreError> {
    if let Some(entrant) = books::entrant_alone(db, stored.id, who).await? {
        let tallies = books::tallies(db, stored.id, who).await?;
        books::set_entrant(db, &sum(&stored.terms, entrant, &tallies), changed_us).await?;
    }
    Ok(())
}

impl App {
    /// Closes a day that is final, and freezes the competition after its last: the job.
    pub(crate) async fn close_day(&self, competition: i64, day: i64) -> Result<(), Error> {
        let day = Day::from_epoch_days(i32::try_from(day).map_err(Error::outside)?);
        let stored = self.stored(competition).await?;
        if stored.stage != Stage::Open {
            return Ok(());
        }
        let programme = Arc::clone(self.catalogue().programme_by_id(stored.programme)?);
        if self.now_us() < stored.terms.cut_off_us(&programme.zone, day) {
            return Err(Error::outside("the day is not final by this clock"));
        }
        if stored.terms.metric == Metric::Steps {
            self.judge_day(&stored, day).await?;
        } else {
            self.follow_acts().await?;
        }
        let app = self.clone();
        let here = Arc::clone(&programme);
        let close = async move |db: &mut Db| {
            let now_us = app.now_us();
            let Some(stored) = books::get(db, competition)
                .await?
                .filter(|stored| stored.stage == Stage::Open)
            else {
                return Ok(());
            };
            let done = crowned(db, competition, day, now_us).await?;
            if !books::close_day(db, competition, &done).await? {
                return Ok(());
            }
            let after = if day < stored.terms.last {
                ask_day(db, app.next_id(), &here, &stored, day.plus(1)).await?;
                stored
            } else {
                // whoever left meanwhile is no champion any more
                crown_anew(db, competition).await?;
                Stored {
                    stage: Stage::Frozen,
                    frozen_us: Some(now_us),
                    ..stored
                }
            };
            books::update(db, &after).await
        };
        self.0.store.write(0, close).await?;
        self.forget_running(programme.id);
        self.wake_board(Id::new(competition));
        Ok(())
    }

    /// Judges everybody's readings of a day that is final, a bucket at a time. Again: it finds the same.
    async fn judge_day(&self, stored: &Stored, day: Day) -> Result<(), Error> {
        let policy = self.policy(stored.programme).policy;
        let competition = stored.id;
        for bucket in BUCKETS {
            let policy = Arc::clone(&policy);
            let look = async move |db: &mut Db| {
                let mut found: Vec<(ParticipantId, String)> = Vec::new();
                for (who, _) in books::walked(db, competition, bucket, day).await? {
                    let codes = signs(&policy, &books::readings(db, who, day, day).await?);
                    if !codes.is_empty() {
                        found.push((who, codes));
                    }
                }
                Ok(found)
            };
            let found = self.0.store.read(look).await?;
            if found.is_empty() {
                continue;
            }
            let note = async move |db: &mut Db| {
                for (who, codes) in &found {
                    books::set_signs(db, competition, *who, day, codes).await?;
                }
                Ok(())
            };
            self.0.store.write(bucket, note).await?;
        }
        Ok(())
    }

    /// Asks for the results to become final: once every day is, and once the days for a look are over or nothing is left
    /// to look at. Again: nothing changes.
    pub async fn close_competition(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
    ) -> Result<CompetitionView, Error> {
        caller.may(Deed::ManageCompetition, programme.id, None)?;
        let (now_us, job) = (self.now_us(), self.next_id());
        let about = format!("competition {id}");
        let note = self.note(caller, programme.id, "competition.close", about, "");
        let here = Arc::clone(programme);
        let asked = self
            .once(0, None, async move |db: &mut Db| {
                let Some(stored) = of_programme(db, &here, id.number()).await? else {
                    return Ok(Err(Refused::NotFound("competition")));
                };
                match stored.stage {
                    Stage::Frozen => {}
                    Stage::Closed => return Ok(Ok(view(&here, stored))),
                    Stage::Cancelled => return Ok(Err(Refused::Settled("it was called off"))),
                    Stage::Draft | Stage::Open => return Ok(Err(Refused::Settled("not every day is final"))),
                }
                if now_us < stored.terms.audited_us(&here.zone) && books::unchecked_days(db, stored.id).await? > 0 {
                    return Ok(Err(Refused::Settled(
                        "days against which something speaks wait for a look, and there is time left for it",
                    )));
                }
                store::job::ask(db, job, "close-competition", &format!("{} 0", stored.id), now_us).await?;
                note.write(db).await?;
                Ok(Ok(view(&here, stored)))
            })
            .await?;
        self.0.jobs_wanted.notify_one();
        Ok(asked)
    }

    /// Makes the results final: the job.
    pub(crate) async fn finish_competition(&self, competition: i64) -> Result<(), Error> {
        let stored = self.stored(competition).await?;
        if stored.stage != Stage::Frozen {
            return Ok(());
        }
        if stored.terms.metric != Metric::Steps {
            self.follow_acts().await?;
        }
        self.sum_anew(&stored).await?;
        let app = self.clone();
        let close = async move |db: &mut Db| {
            let Some(stored) = books::get(db, competition)
                .await?
                .filter(|stored| stored.stage == Stage::Frozen)
            else {
                return Ok(());
            };
            app.close_in(db, stored).await
        };
        self.0.store.write(0, close).await?;
        self.forget_running(stored.programme);
        self.wake_board(Id::new(competition));
        self.0.jobs_wanted.notify_one();
        Ok(())
    }

    /// Adds up everybody's days again, a bucket at a time, and writes where the books differ.
    async fn sum_anew(&self, stored: &Stored) -> Result<(), Error> {
        for bucket in BUCKETS {
            let known = stored.clone();
            let look = async move |db: &mut Db| {
                let mut days: HashMap<ParticipantId, Vec<Tallied>> = HashMap::new();
                books::each_tally(db, known.id, bucket, |who, tallied| {
                    days.entry(who).or_default().push(tallied);
                })
                .await?;
                let entrants = books::entrants_of(db, known.id, bucket).await?;
                let differs = |before: &Entrant| {
                    let own = days.get(&before.participant).map_or(&[][..], Vec::as_slice);
                    sum(&known.terms, before.clone(), own) != *before
                };
                let found = entrants.into_iter().filter(differs).map(|one| one.participant);
                Ok(found.collect::<Vec<_>>())
            };
            let differing = self.0.store.read(look).await?;
            if differing.is_empty() {
                continue;
            }
            let (stored, changed_us) = (stored.clone(), self.changed_us());
            let again = async move |db: &mut Db| {
                for who in &differing {
                    sum_again(db, &stored, *who, changed_us).await?;
                }
                Ok(())
            };
            self.0.store.write(bucket, again).await?;
        }
        Ok(())
    }

    /// Writes the results of a frozen competition: champions, awards, what is set aside for them, stage, jobs.
    async fn close_in(&self, db: &mut Db, stored: Stored) -> Result<(), StoreError> {
        let now_us = self.now_us();
        crown_anew(db, stored.id).await?;
        let Results { podium, .. } = books::results(db, &stored).await?;
        let after = Stored {
            stage: Stage::Closed,
            closed_us: Some(now_us),
            result: Some(podium.digest.to_vec()),
            ..stored
        };
        for award in &podium.awards {
            let new = StoredAward {
                competition: after.id,
                prize: i64::try_from(award.prize).unwrap_or(i64::MAX),
                participant: award.participant,
                rank: award.by.number(),
                state: AwardState::Won,
                revision: after.revision,
                won_us: now_us,
                given_us: None,
                given_by: None,
                note: String::new(),
            };
            books::insert_award(db, &new).await?;
            self.hook_won(db, &after, &new).await?;
        }
        self.settle_escrows(db, &after).await?;
        books::update(db, &after).await?;
        let payload = format!("{} {}", after.id, after.revision);
        store::job::ask(db, self.next_id(), "tell-results", &payload, now_us).await
    }

    /// Holds for each prize what its winners wait for, lets the rest go, and asks for it to be handed over.
    pub(super) async fn settle_escrows(&self, db: &mut Db, stored: &Stored) -> Result<(), StoreError> {
        let mut waiting: HashMap<i64, i64> = HashMap::new();
        for award in books::awards(db, stored.id).await? {
            if award.state == AwardState::Won {
                *waiting.entry(award.prize).or_default() += 1;
            }
        }
        for escrow in books::escrows(db, stored.id).await? {
            let wanted = waiting.get(&escrow.prize).copied().unwrap_or(0);
            let ids = [self.next_id(), self.next_id()];
            hold(db, stored.programme, stored, escrow.prize, wanted, ids, self.now_us()).await?;
            let by_job = matches!(what(stored, escrow.prize)?, What::Points { .. } | What::Reward { .. });
            if by_job && wanted > 0 {
                self.ask_give(db, stored.id, escrow.prize).await?;
            }
        }
        Ok(())
    }

    /// Tells everybody who competed that results are final, and those who won by this revision what they won: the job. A
    /// bucket at a time; again, nobody is told twice, for the news have the same numbers.
    pub(crate) async fn tell_results(&self, competition: i64, revision: i64) -> Result<(), Error> {
        let stored = self.stored(competition).await?;
        let Some(closed_us) = stored.closed_us.filter(|_| stored.stage == Stage::Closed) else {
            return Ok(());
        };
        let look = {
            let stored = stored.clone();
            async move |db: &mut Db| {
                let results = books::results(db, &stored).await?;
                Ok((results, books::awards(db, stored.id).await?))
            }
        };
        let (results, awards) = self.0.store.read(look).await?;
        let ranks: HashMap<ParticipantId, u64> = results
            .podium
            .places
            .iter()
            .map(|place| (place.participant, u64::from(place.rank)))
            .collect();
        let mut won: HashMap<ParticipantId, Vec<i64>> = HashMap::new();
        let counts = |award: &&StoredAward| award.state != AwardState::TakenBack && award.revision == revision;
        for award in awards.iter().filter(counts) {
            won.entry(award.participant).or_default().push(award.prize);
        }
        let mut by_bucket: HashMap<u8, Vec<Entrant>> = HashMap::new();
        for one in results.entrants {
            let bucket = domain::measure::bucket_of(one.participant.number());
            by_bucket.entry(bucket).or_default().push(one);
        }
        for (bucket, people) in by_bucket {
            let mut news: Vec<Told> = Vec::new();
            for one in people.iter().filter(|one| ranks.contains_key(&one.participant)) {
                let (who, id) = (one.participant, Id::new(competition));
                let rank = ranks.get(&who).copied();
                news.push((
                    who,
                    told_id(closed_us, competition, 0),
                    News::Closed { competition: id, rank },
                ));
                for prize in won.get(&who).into_iter().flatten() {
                    let told = News::Won {
                        competition: id,
                        prize: *prize,
                    };
                    news.push((who, told_id(closed_us, competition, prize + 1), told));
                }
            }
            self.tell_all(bucket, news, closed_us).await?;
        }
        Ok(())
    }

    /// Tells everybody who entered that a competition was called off: the job.
    pub(crate) async fn tell_cancelled(&self, competition: i64, reason: &str) -> Result<(), Error> {
        let stored = self.stored(competition).await?;
        let Some(closed_us) = stored.closed_us.filter(|_| stored.stage == Stage::Cancelled) else {
            return Ok(());
        };
        for bucket in BUCKETS {
            let look = async move |db: &mut Db| books::entrants_of(db, competition, bucket).await;
            let people = self.0.store.read(look).await?;
            let told = |one: &Entrant| {
                let news = News::Cancelled {
                    competition: Id::new(competition),
                    reason: reason.to_owned(),
                };
                (one.participant, told_id(closed_us, competition, 0), news)
            };
            let in_it = people.iter().filter(|one| one.status == Status::In);
            let news: Vec<Told> = in_it.map(told).collect();
            if !news.is_empty() {
                self.tell_all(bucket, news, closed_us).await?;
            }
        }
        Ok(())
    }

    /// Tells people of a bucket what they want to know.
    async fn tell_all(&self, bucket: u8, news: Vec<Told>, at_us: i64) -> Result<(), Error> {
        let write = async move |db: &mut Db| {
            for (who, id, news) in &news {
                let wanted = store::notice::wanted(db, *who).await?;
                // whoever has left the programme is told nothing
                if wanted.is_some_and(|wanted| !wanted.off.iter().any(|kind| kind == news.kind())) {
                    tell(db, *who, (*id, at_us), news).await?;
                }
            }
            Ok(())
        };
        Ok(self.0.store.write(bucket, write).await?)
    }
}

/// The number of news about results: the same each time the job runs.
fn told_id(closed_us: i64, competition: i64, number: i64) -> i64 {
    // the low bits tell competitions that close in one instant apart, and the prizes of each
    let counter = (competition & 0x3FFF) << 6 | (number & 0x3F);
    make_id(closed_us, u32::try_from(counter).unwrap_or(0))
}
