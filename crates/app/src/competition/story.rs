//! The story of a day: how scores stood hour by hour, and who led when.

use std::sync::Arc;

use domain::competition::standings::Outline;
use domain::competition::{DayState, HourCurve, Stage};
use domain::measure::{Day, Id, ParticipantId};
use domain::programme::{Deed, Programme};
use serde::{Deserialize, Serialize};
use store::Db;
use store::competition::{self as books, FinalDay, Stored};

use super::board::{Board, News};
use super::view::Eyes;
use crate::{App, Caller, Error, Refused};

/// A day of a competition, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DayView {
    /// The civil day.
    #[schema(value_type = String)]
    pub day: Day,
    /// Whether it has begun, may still rise, or is final.
    #[schema(value_type = String)]
    pub state: DayState,
    /// When it becomes final, in microseconds since the epoch.
    pub final_us: i64,
    /// What the board calls who had the most, once the day is final; without a name, if it does not want to be named.
    pub champion: Option<Champion>,
    /// How many have a value above zero, once the day is final.
    pub walkers: Option<i64>,
}

/// Who had the most on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Champion {
    /// What the board calls it.
    pub name: Option<String>,
    /// What stands for the participant in public, in hexadecimal.
    pub ticket: String,
    /// How much, in the metric's unit.
    pub value: i64,
    /// Whether it is the caller.
    pub mine: bool,
}

/// A participant's own day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OwnDay {
    /// The civil day.
    #[schema(value_type = String)]
    pub day: Day,
    /// Whether it may still rise.
    #[schema(value_type = String)]
    pub state: DayState,
    /// What counts of it.
    pub value: i64,
    /// What was told after the cut-off and does not count.
    pub late: Option<i64>,
    /// Why it does not count, if somebody decided so.
    pub voided: Option<String>,
    /// Whether it was the day's best.
    pub champion: bool,
}

/// The ranks of a participant through a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DayStory {
    /// The civil day.
    #[schema(value_type = String)]
    pub day: Day,
    /// Hour, value at its end, best and worst rank that this can have been.
    pub hours: Vec<(u8, i64, u64, u64)>,
    /// From when to when the participant led, in microseconds since the epoch; without an end while it leads.
    pub led: Vec<(i64, Option<i64>)>,
}

impl App {
    /// Notes what a look at a board brought.
    pub(super) async fn tell(&self, board: &Arc<Board>, news: News) -> Result<(), Error> {
        let competition = board.competition;
        for lead in news.leads {
            let note = async move |db: &mut Db| books::note_lead(db, competition, &lead).await;
            self.0.store.write(0, note).await?;
        }
        self.keep_hour(board).await?;
        self.tell_passed(board, &news.passed).await
    }

    /// Keeps how scores stood, once after each hour.
    async fn keep_hour(&self, board: &Arc<Board>) -> Result<(), Error> {
        let stored = self.stored(board.competition).await?;
        let programme = Arc::clone(self.catalogue().programme_by_id(stored.programme)?);
        let now_us = self.now_us();
        let today = programme.zone.day_of(now_us);
        // the hour that ended last: of yesterday, in the first hour of a day
        let hour: u8 = programme
            .zone
            .clock_time(now_us)
            .get(11..13)
            .and_then(|h| h.parse().ok())
            .unwrap_or(0);
        let (of, hour) = if hour == 0 {
            (today.plus(-1), 23)
        } else {
            (today, hour - 1)
        };
        if board.day() != of || !board.terms.covers(of) || !board.first_of_hour(of, hour) {
            return Ok(());
        }
        let (competition, bytes) = (board.competition, board.outline().to_bytes());
        let keep = async move |db: &mut Db| books::keep_hour(db, competition, of, hour, &bytes).await;
        Ok(self.0.store.write(0, keep).await?)
    }

    /// The days of a competition, with the champions of those that are final.
    pub async fn competition_days(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
    ) -> Result<Vec<DayView>, Error> {
        caller.may(Deed::ReadPublic, programme.id, None)?;
        let stored = self.find_competition(caller, programme, id).await?;
        let number = id.number();
        let finals = self
            .0
            .store
            .read(async move |db: &mut Db| books::final_days(db, number).await)
            .await?;
        let board = self.board(&stored).await?;
        let crowned: Vec<ParticipantId> = finals.iter().filter_map(|done| done.champion).collect();
        let names = self.names(&board, Eyes::of(caller, programme), &crowned).await?;
        let own = caller.participant_in(programme.id);
        let champion = |done: &FinalDay| {
            let who = done.champion?;
            let name = names.get(&who);
            Some(Champion {
                name: name.and_then(|name| name.alias.clone()),
                ticket: name.map(|name| format!("{:016x}", name.ticket)).unwrap_or_default(),
                value: done.value,
                mine: own == Some(who),
            })
        };
        let now_us = self.now_us();
        let days = (stored.terms.first.epoch_days()..=stored.terms.last.epoch_days()).map(Day::from_epoch_days);
        let view = |day: Day| {
            let done = finals.iter().find(|done| done.day == day);
            DayView {
                day,
                state: stored.terms.day_state(&programme.zone, day, now_us),
                final_us: stored.terms.cut_off_us(&programme.zone, day),
                champion: done.and_then(champion),
                walkers: done.map(|done| done.walkers),
            }
        };
        Ok(days.map(view).collect())
    }

    /// How everybody stood on one day, the best first, at most 200.
    pub async fn day_board(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
        day: Day,
    ) -> Result<Vec<super::Row>, Error> {
        caller.may(Deed::ReadPublic, programme.id, None)?;
        let stored = self.find_competition(caller, programme, id).await?;
        let number = id.number();
        let values = self
            .0
            .store
            .read(async move |db: &mut Db| books::day_board(db, number, day, 200).await)
            .await?;
        let board = self.board(&stored).await?;
        self.rows(&board, Eyes::of(caller, programme), &ranked(&values)).await
    }

    /// A participant's own days.
    pub async fn own_days(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
        who: ParticipantId,
    ) -> Result<Vec<OwnDay>, Error> {
        caller.may(Deed::ReadParticipant, programme.id, Some(who))?;
        let stored = self.find_competition(caller, programme, id).await?;
        let number = id.number();
        let look = async move |db: &mut Db| {
            let tallies = books::tallies(db, number, who).await?;
            Ok((tallies, books::final_days(db, number).await?))
        };
        let (tallies, finals) = self.0.store.read(look).await?;
        let now_us = self.now_us();
        let days = (stored.terms.first.epoch_days()..=stored.terms.last.epoch_days()).map(Day::from_epoch_days);
        let view = |day: Day| {
            let found = tallies.iter().find(|one| one.day == day);
            let voided = found.and_then(|one| one.voided.clone());
            OwnDay {
                day,
                state: stored.terms.day_state(&programme.zone, day, now_us),
                value: found.filter(|_| voided.is_none()).map_or(0, |one| one.value),
                late: found.and_then(|one| one.late),
                champion: finals.iter().any(|done| done.day == day && done.champion == Some(who)),
                voided,
            }
        };
        Ok(days.map(view).collect())
    }

    /// How a participant's day went, hour by hour, and when it led.
    pub async fn day_story(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
        who: ParticipantId,
        day: Day,
    ) -> Result<DayStory, Error> {
        caller.may(Deed::ReadParticipant, programme.id, Some(who))?;
        let stored = self.find_competition(caller, programme, id).await?;
        if !stored.terms.covers(day) {
            return Err(Refused::NotFound("day").into());
        }
        let (number, ceiling) = (id.number(), stored.terms.clone());
        let from_us = programme.zone.start_of(day);
        let look = async move |db: &mut Db| {
            let readings = books::readings(db, who, day, day).await?;
            let hours = books::hours(db, number, day).await?;
            Ok((readings, hours, books::leads(db, number, from_us, 10_000).await?))
        };
        let (readings, hours, leads) = self.0.store.read(look).await?;
        let curves: Vec<HourCurve> = readings
            .iter()
            .filter_map(|reading| HourCurve::from_bytes(&reading.curve))
            .collect();
        let at = |hour: u8| {
            let most = curves.iter().map(|curve| curve.at(hour)).max().unwrap_or(0);
            ceiling.counted(most)
        };
        let mut told = Vec::new();
        for (hour, bytes) in hours {
            let Ok(outline) = Outline::from_bytes(&bytes) else {
                continue;
            };
            let value = at(hour);
            let (best, worst) = outline.rank_of(value);
            told.push((hour, value, best, worst));
        }
        let of_day: Vec<_> = leads.into_iter().filter(|lead| lead.day == day).collect();
        let mut led = Vec::new();
        for (place, lead) in of_day.iter().enumerate() {
            if lead.participant == who {
                led.push((lead.at_us, of_day.get(place + 1).map(|next| next.at_us)));
            }
        }
        Ok(DayStory { day, hours: told, led })
    }

    /// A competition that is known to be there.
    pub(super) async fn stored(&self, id: i64) -> Result<Stored, Error> {
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| books::get(db, id).await)
            .await?;
        Ok(found.ok_or(Refused::NotFound("competition"))?)
    }

    /// Opens the boards of competitions that run, so that their days have a story though nobody looks.
    pub(super) async fn open_boards(&self) -> Result<(), Error> {
        for programme in self.catalogue().programmes() {
            for stored in self.running(programme.id).await?.iter() {
                let ends_us = stored.terms.ends_us(&programme.zone);
                if stored.stage == Stage::Open && self.now_us() < ends_us {
                    self.keep_board(stored);
                }
            }
        }
        Ok(())
    }
}

/// Places by value, then by when it was reached, then by when one joined.
fn ranked(values: &[books::DayValue]) -> Vec<domain::competition::standings::Standing> {
    let members = values.iter().map(|one| domain::competition::standings::Member {
        id: one.participant,
        joined_us: one.joined_us,
        team: None,
        score: one.value,
        reached_us: one.reached_us,
    });
    domain::competition::standings::Standings::from_members(1, [], members)
        .map(|order| order.iter().collect())
        .unwrap_or_default()
}
