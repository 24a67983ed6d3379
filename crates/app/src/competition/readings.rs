//! Readings: what a source counted on a civil day, and what of it counts in which competition.
//!
//! Shape: read the request, then, in one transaction a bucket: load what the source told before and which competitions
//! the participant is in, decide by the rules, write the reading, each competition's tally, and the entrant's score.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use domain::activity::Refusal;
use domain::competition::{
    DayState, HourCurve, Measured, Metric, Stage, Status, Taken, Terms, Told, best, civil_day, raise, score,
};
use domain::measure::{Day, Id, ParticipantId, ProgrammeId, Zone, bucket_of};
use domain::participant::{Consent, Consents};
use domain::programme::{Deed, Programme};
use outside::clock::Clock;
use serde::{Deserialize, Serialize};
use store::competition::{self as books, Entrant, Stored, StoredReading, Tallied};
use store::{Db, StoreError, participant};

use crate::{App, Caller, Error, Refused, Who};

/// What a source counted on a day.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDayReading<'a> {
    /// Whose it is, by the id here; or by the partner's own id in `reference`; neither if it is the caller's.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub participant: Option<ParticipantId>,
    /// Whose it is, by the partner's own id.
    #[serde(default, borrow)]
    #[schema(value_type = Option<String>)]
    pub reference: Option<Cow<'a, str>>,
    /// The civil day that the source counted, e.g. `2026-11-24`; else the day of `measured_at` in the programme's zone.
    #[serde(default, borrow)]
    #[schema(value_type = Option<String>)]
    pub day: Option<Cow<'a, str>>,
    /// When the source was asked, RFC 3339 with its own offset.
    #[serde(default, borrow)]
    #[schema(value_type = Option<String>)]
    pub measured_at: Option<Cow<'a, str>>,
    /// What counted: `phone`, `wristband`; at most 60 bytes.
    #[serde(borrow)]
    #[schema(value_type = String)]
    pub source: Cow<'a, str>,
    /// The day's steps so far, 0 to 200000.
    pub steps: i64,
}

impl<'a> NewDayReading<'a> {
    /// Reads it from JSON, without copying what needs none.
    pub fn from_json(text: &'a [u8]) -> Result<Self, Refused> {
        serde_json::from_slice(text).map_err(|e| {
            let what = e.to_string();
            let field = what.split('`').nth(1).filter(|_| what.contains("field"));
            Refused::invalid(field.unwrap_or(""), what.clone())
        })
    }
}

/// What became of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReadingOutcome {
    /// The civil day that it counts for.
    #[schema(value_type = String)]
    pub day: Day,
    /// What became of it: `raised`, `same` or `lower` than what the source told before, or `late`: past the day's
    /// cut-off in every competition that covers the day, kept and not counted.
    #[schema(value_type = String)]
    pub state: ReadingState,
    /// The competitions in which the day now counts more.
    pub competitions: u32,
}

/// What became of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadingState {
    /// The source counts more than before.
    Raised,
    /// As much as before.
    Same,
    /// Less than before: what was told stays.
    Lower,
    /// Past the cut-off: kept, not counted.
    Late,
}

/// No pair of legs makes more in a day; what says so is no reading.
const MOST_STEPS: i64 = 200_000;
/// The longest name of a source, in bytes.
const SOURCE_MOST: usize = 60;

/// A reading that can be decided on.
#[derive(Debug, Clone)]
struct Ready {
    place: usize,
    who: ParticipantId,
    day: Day,
    source: String,
    value: i64,
    measured_us: Option<i64>,
}

/// The open competitions of each programme, read once.
#[derive(Default)]
pub(crate) struct Running(RwLock<HashMap<ProgrammeId, Arc<Vec<Stored>>>>);

/// The days of a competition in which somebody has a value.
pub(super) fn sum(terms: &Terms, entrant: Entrant, tallies: &[Tallied]) -> Entrant {
    let counted = tallies.iter().filter(|one| one.voided.is_none());
    let days = counted.clone().map(|one| (one.day, one.value, one.reached_us));
    let (total, reached_us) = score(terms, entrant.baseline, days);
    let newest = counted.max_by_key(|one| one.day);
    Entrant {
        score: total,
        reached_us: if total == 0 { entrant.joined_us } else { reached_us },
        today: newest.map_or(terms.first, |one| one.day),
        today_value: newest.map_or(0, |one| one.value),
        today_us: newest.map_or(entrant.joined_us, |one| one.reached_us),
        ..entrant
    }
}

/// Counts what a day's sources told in one competition; the entrant after it, or `None` if nothing changes.
async fn count_day(
    db: &mut Db,
    zone: &Zone,
    stored: &Stored,
    who: ParticipantId,
    (day, value): (Day, i64),
    now_us: i64,
) -> Result<Counted, StoreError> {
    let before = books::tally(db, stored.id, who, day).await?;
    let known = before.as_ref().map(|one| one.value);
    let counted = stored.terms.counted(value);
    let blank = || Tallied {
        day,
        value: 0,
        reached_us: now_us,
        late: None,
        late_us: None,
        signs: String::new(),
        checked_by: None,
        voided: None,
    };
    if stored.stage != Stage::Open || stored.terms.day_state(zone, day, now_us) == DayState::Final {
        let most = known.max(before.as_ref().and_then(|one| one.late)).unwrap_or(0);
        if counted > most {
            let after = Tallied {
                late: Some(counted),
                late_us: Some(now_us),
                ..before.unwrap_or_else(blank)
            };
            books::set_tally(db, stored.id, who, &after).await?;
        }
        return Ok(Counted::Late);
    }
    if raise(known, counted) != Taken::Raised {
        return Ok(Counted::Nothing);
    }
    let after = Tallied {
        value: counted,
        reached_us: now_us,
        ..before.unwrap_or_else(blank)
    };
    books::set_tally(db, stored.id, who, &after).await?;
    Ok(Counted::Raised)
}

enum Counted {
    Raised,
    Nothing,
    Late,
}

/// Counts every reading of the window anew that is there already: for somebody who has just joined.
pub(super) async fn count_anew(
    db: &mut Db,
    programme: &Programme,
    stored: &Stored,
    entrant: Entrant,
    now_us: i64,
) -> Result<Entrant, StoreError> {
    if stored.terms.metric == Metric::Steps {
        let who = entrant.participant;
        let mut days: BTreeMap<Day, Vec<(i64, i64)>> = BTreeMap::new();
        for reading in books::readings(db, who, stored.terms.first, stored.terms.last).await? {
            days.entry(reading.day)
                .or_default()
                .push((reading.value, reading.reached_us));
        }
        for (day, sources) in days {
            if let Some((value, _)) = best(&sources) {
                count_day(db, &programme.zone, stored, who, (day, value), now_us).await?;
            }
        }
    }
    let tallies = books::tallies(db, stored.id, entrant.participant).await?;
    Ok(sum(&stored.terms, entrant, &tallies))
}

/// Decides on a participant's readings and writes them. `changed_us` is what boards follow.
async fn take(
    db: &mut Db,
    programme: &Programme,
    running: &[Stored],
    (readings, through_partner): (&[Ready], bool),
    (now_us, changed_us): (i64, i64),
) -> Result<Vec<(usize, Result<ReadingOutcome, Refused>)>, StoreError> {
    let Some(who) = readings.first().map(|one| one.who) else {
        return Ok(Vec::new());
    };
    let refused = |why: Refused| Ok(readings.iter().map(|one| (one.place, Err(why.clone()))).collect());
    let Some(person) = participant::get(db, who)
        .await?
        .filter(|p| p.programme == programme.id && p.open)
    else {
        return refused(Refused::NotFound("participant"));
    };
    if let Some(missing) = missing_consent(person.consents, through_partner) {
        return refused(Refusal::NoConsent(missing).into());
    }
    let entered: Vec<Entrant> = books::entries_alone(db, who).await?;
    // another process may have opened one since this one looked
    let mut opened = Vec::new();
    for entrant in &entered {
        if running.iter().all(|one| one.id != entrant.competition) {
            opened.extend(books::get(db, entrant.competition).await?);
        }
    }
    let find = |id: i64| running.iter().chain(&opened).find(|one| one.id == id);
    let mut outcomes = Vec::with_capacity(readings.len());
    let mut touched: Vec<i64> = Vec::new();
    let first = readings
        .iter()
        .map(|one| one.day)
        .min()
        .unwrap_or(Day::from_epoch_days(0));
    let last = readings.iter().map(|one| one.day).max().unwrap_or(first);
    let mut known = books::readings(db, who, first, last).await?;
    for reading in readings {
        let same = |one: &&mut StoredReading| one.day == reading.day && one.source == reading.source;
        let before = known.iter_mut().find(same);
        let taken = raise(before.as_ref().map(|one| one.value), reading.value);
        if taken != Taken::Raised {
            let state = if taken == Taken::Same {
                ReadingState::Same
            } else {
                ReadingState::Lower
            };
            outcomes.push((
                reading.place,
                Ok(ReadingOutcome {
                    day: reading.day,
                    state,
                    competitions: 0,
                }),
            ));
            continue;
        }
        let mut curve = before
            .as_ref()
            .and_then(|one| HourCurve::from_bytes(&one.curve))
            .unwrap_or_default();
        // the hour by the source's own clock as far as it can be, by ours otherwise
        let at_us = reading.measured_us.map_or(now_us, |at| at.min(now_us));
        if let Some(hour) = hour_of(&programme.zone, reading.day, at_us) {
            curve.note(hour, reading.value);
        }
        let after = StoredReading {
            day: reading.day,
            source: reading.source.clone(),
            value: reading.value,
            reached_us: now_us,
            curve: curve.to_bytes(),
        };
        books::set_reading(db, who, &after).await?;
        match before {
            Some(one) => *one = after,
            None => known.push(after),
        }
        let sources: Vec<(i64, i64)> = known
            .iter()
            .filter(|one| one.day == reading.day)
            .map(|one| (one.value, one.reached_us))
            .collect();
        let value = best(&sources).map_or(reading.value, |(value, _)| value);
        let (mut raised, mut late, mut covered) = (0, 0, 0);
        for entrant in &entered {
            let Some(stored) = find(entrant.competition)
                .filter(|one| one.terms.metric == Metric::Steps && one.terms.covers(reading.day))
            else {
                continue;
            };
            if entrant.status != Status::In {
                continue;
            }
            covered += 1;
            match count_day(db, &programme.zone, stored, who, (reading.day, value), now_us).await? {
                Counted::Raised => {
                    raised += 1;
                    if !touched.contains(&stored.id) {
                        touched.push(stored.id);
                    }
                }
                Counted::Late => late += 1,
                Counted::Nothing => {}
            }
        }
        outcomes.push((
            reading.place,
            Ok(ReadingOutcome {
                day: reading.day,
                state: if covered > 0 && late == covered {
                    ReadingState::Late
                } else {
                    ReadingState::Raised
                },
                competitions: raised,
            }),
        ));
    }
    for entrant in entered.into_iter().filter(|one| touched.contains(&one.competition)) {
        if let Some(stored) = find(entrant.competition) {
            let tallies = books::tallies(db, stored.id, who).await?;
            books::set_entrant(db, &sum(&stored.terms, entrant, &tallies), changed_us).await?;
        }
    }
    Ok(outcomes)
}

fn missing_consent(given: Consents, through_partner: bool) -> Option<Consent> {
    let mut needed = vec![Consent::Programme, Consent::Steps];
    needed.extend(through_partner.then_some(Consent::PartnerEvents));
    needed.into_iter().find(|consent| !given.has(*consent))
}

/// The hour of a civil day at an instant: 23 once the day is over, none before it begins.
fn hour_of(zone: &Zone, day: Day, at_us: i64) -> Option<u8> {
    let here = zone.day_of(at_us);
    if here < day {
        return None;
    }
    if here > day {
        return Some(23);
    }
    zone.clock_time(at_us).get(11..13).and_then(|hour| hour.parse().ok())
}

impl App {
    /// A time that never goes back within this process: what boards follow.
    pub(super) fn changed_us(&self) -> i64 {
        let now = self.now_us();
        let last = &self.0.last_change_us;
        let before = last.fetch_max(now, std::sync::atomic::Ordering::SeqCst);
        before.max(now)
    }

    /// Forgets which competitions of a programme run: one was opened, or is over.
    pub(super) fn forget_running(&self, programme: ProgrammeId) {
        let mut running = self.0.running.0.write().unwrap_or_else(PoisonError::into_inner);
        running.remove(&programme);
    }

    /// The competitions of a programme that run or are being looked at.
    pub(super) async fn running(&self, programme: ProgrammeId) -> Result<Arc<Vec<Stored>>, Error> {
        let known = {
            let running = self.0.running.0.read().unwrap_or_else(PoisonError::into_inner);
            running.get(&programme).cloned()
        };
        if let Some(known) = known {
            return Ok(known);
        }
        let all = self
            .0
            .store
            .read(async move |db: &mut Db| books::all(db, programme).await)
            .await?;
        let live = |one: &Stored| one.stage != Stage::Draft;
        let fresh: Arc<Vec<Stored>> = Arc::new(all.into_iter().filter(live).collect());
        let mut running = self.0.running.0.write().unwrap_or_else(PoisonError::into_inner);
        running.insert(programme, Arc::clone(&fresh));
        Ok(fresh)
    }

    /// Reads one reading of a request.
    fn ready(
        &self,
        caller: &Caller,
        programme: &Programme,
        (place, who): (usize, ParticipantId),
        new: &NewDayReading<'_>,
    ) -> Result<Ready, Refused> {
        caller.may(Deed::SubmitActivity, programme.id, Some(who))?;
        Refused::unless_plain("source", &new.source, SOURCE_MOST)?;
        if !(0..=MOST_STEPS).contains(&new.steps) {
            return Err(Refused::invalid("steps", format!("needs 0 to {MOST_STEPS}")));
        }
        let day = match &new.day {
            Some(text) => Some(super::day_field("day", text)?),
            None => None,
        };
        let measured = match &new.measured_at {
            Some(text) => Some(instant(text)?),
            None => None,
        };
        let told = Told { day, measured };
        let day = civil_day(&programme.zone, self.now_us(), &told).map_err(|no| {
            let field = if no.field() == "day" { "day" } else { "measured_at" };
            Refused::invalid(field, no.to_string())
        })?;
        Ok(Ready {
            place,
            who,
            day,
            source: new.source.to_string(),
            value: new.steps,
            measured_us: measured.map(|measured| measured.at_us),
        })
    }

    /// Takes what sources counted. A source can only raise a day; two sources count once, the higher; past a day's
    /// cut-off a reading is kept and marked, and does not count. Answers in the same order. The same reading again
    /// changes nothing.
    pub async fn take_readings(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        new: &[NewDayReading<'_>],
    ) -> Result<Vec<Result<ReadingOutcome, Refused>>, Error> {
        let mut answers: Vec<Option<Result<ReadingOutcome, Refused>>> = vec![None; new.len()];
        let mut by_person: BTreeMap<ParticipantId, Vec<Ready>> = BTreeMap::new();
        let own = caller.participant_in(programme.id);
        let named: Vec<_> = new
            .iter()
            .map(|one| (one.participant, one.reference.as_deref()))
            .collect();
        let people = self.resolve(programme.id, &named).await?;
        for (place, (one, who)) in new.iter().zip(people).enumerate() {
            let who = match who {
                Some(who) => Ok(who),
                None if one.reference.is_some() => Err(Refused::NotFound("participant")),
                None if caller.who == Who::Anonymous => Err(Refused::SignIn),
                None => own.ok_or_else(|| Refused::invalid("participant", "say whose reading it is")),
            };
            match who.and_then(|who| self.ready(caller, programme, (place, who), one)) {
                Ok(ready) => by_person.entry(ready.who).or_default().push(ready),
                Err(no) => answers[place] = Some(Err(no)),
            }
        }
        let mut by_bucket: BTreeMap<u8, Vec<Vec<Ready>>> = BTreeMap::new();
        for (who, readings) in by_person {
            by_bucket.entry(bucket_of(who.number())).or_default().push(readings);
        }
        let running = self.running(programme.id).await?;
        let through_partner = matches!(caller.who, Who::Partner { .. });
        let mut waiting = Vec::new();
        for (bucket, people) in by_bucket {
            let (here, running, clock) = (Arc::clone(programme), Arc::clone(&running), self.0.clock.clone());
            let app = self.clone();
            let write = async move |db: &mut Db| {
                let mut outcomes = Vec::new();
                for readings in &people {
                    // decided by the clock of the moment in which it is written, so that no cut-off is missed
                    let times = (Clock::now_us(&clock), app.changed_us());
                    outcomes.extend(take(db, &here, &running, (readings, through_partner), times).await?);
                }
                Ok(outcomes)
            };
            let app = self.clone();
            waiting.push(async move { app.0.store.write(bucket, write).await });
        }
        for outcomes in futures_util::future::join_all(waiting).await {
            for (place, outcome) in outcomes? {
                answers[place] = Some(outcome);
            }
        }
        for one in running.iter() {
            self.wake_board(Id::new(one.id));
        }
        let gone = || Err(Refused::NotFound("participant"));
        Ok(answers.into_iter().map(|answer| answer.unwrap_or_else(gone)).collect())
    }
}

impl App {
    /// Takes the days of a participant's own file as readings of the sources that it names. A day that cannot be taken
    /// changes nothing.
    pub(crate) async fn read_file_days(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        who: ParticipantId,
        days: &[(Day, String, u32)],
    ) -> Result<(), Error> {
        let mut readings = Vec::with_capacity(days.len());
        for (day, source, steps) in days {
            readings.push(NewDayReading {
                participant: Some(who),
                reference: None,
                day: Some(Cow::Owned(day.to_string())),
                measured_at: None,
                source: Cow::Borrowed(&source[..source.floor_char_boundary(SOURCE_MOST)]),
                steps: i64::from(*steps),
            });
        }
        self.take_readings(caller, programme, &readings).await?;
        Ok(())
    }
}

/// An instant with the offset it was written in, in seconds.
fn instant(text: &str) -> Result<Measured, Refused> {
    let wrong = || {
        Refused::invalid(
            "measured_at",
            "is no RFC 3339 time with an offset, e.g. 2026-11-24T08:12:00+08:00",
        )
    };
    let pieces = jiff::fmt::temporal::DateTimeParser::new()
        .parse_timestamp(text)
        .map_err(|_| wrong())?;
    Ok(Measured {
        at_us: pieces.as_microsecond(),
        offset_s: offset_of(text).ok_or_else(wrong)?,
    })
}

/// The offset at the end of an RFC 3339 time, in seconds.
fn offset_of(text: &str) -> Option<i32> {
    if text.ends_with(['Z', 'z']) {
        return Some(0);
    }
    let tail = text.get(text.len().checked_sub(6)?..)?;
    let sign = match tail.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = tail.get(1..)?.split_once(':')?;
    Some(sign * (hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60))
}
