//! Looking at results before they are final, and changing them afterwards: days that are odd, disqualifications.
//!
//! Invariant: whoever changes what a result is made of also changes the competition's row, guarded by its version, so that
//! no close comes in between; after the close it takes two people, and every prize that moves is noted.

use std::sync::Arc;

use domain::competition::{HourCurve, Stage, Status, What, award_changes};
use domain::measure::{Carbon, Day, Id, ParticipantId, Points, ProgrammeId, bucket_of};
use domain::programme::{Deed, Programme};
use serde::{Deserialize, Serialize};
use store::activity::Code;
use store::competition::{self as books, AwardState, Correction, Entrant, Stored, StoredAward, Tallied};
use store::ledger::{self as ledger, Posting};
use store::{Db, StoreError, participant};

use super::close::{crown_anew, sum_again};
use super::notices::{News, tell};
use super::of_programme;
use super::prizes::{unpay, what};
use crate::audit::Note;
use crate::{App, Caller, Error, Refused};

/// How many days a list has.
const MOST_DAYS: u32 = 1_000;
const DAY_US: i64 = 86_400_000_000;

/// A day against which something speaks, as shown to staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SignedDayView {
    /// Whose.
    #[schema(value_type = String)]
    pub participant: ParticipantId,
    /// What others see of it; empty, if it was erased.
    pub alias: String,
    /// The civil day.
    #[schema(value_type = String)]
    pub day: Day,
    /// What counts of it, in the metric's unit; nothing, if it was voided.
    pub value: i64,
    /// Codes of what speaks against it.
    pub signs: Vec<String>,
    /// What was known at the end of each hour, of the source that counts.
    pub hours: Vec<i64>,
    /// What was told after the cut-off; it does not count.
    pub late: Option<i64>,
    /// Whether somebody looked at it.
    pub checked: bool,
    /// Why it does not count, if somebody decided so.
    pub voided: Option<String>,
}

/// A change of final results that somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CorrectionView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: Id,
    /// Who is to be disqualified.
    #[schema(value_type = String)]
    pub participant: ParticipantId,
    /// What others see of it; empty, if it was erased.
    pub alias: String,
    /// Why.
    pub reason: String,
    /// When it was asked for, in microseconds since the epoch.
    pub asked_us: i64,
    /// Whether the caller asked for it, and so cannot agree.
    pub own: bool,
    /// When it was decided.
    pub decided_us: Option<i64>,
    /// Whether somebody agreed.
    pub agreed: bool,
}

/// Why a result cannot be changed before it is final, if it cannot.
fn unless_final(stored: &Stored) -> Result<(), Refused> {
    match stored.stage {
        Stage::Open | Stage::Frozen => Ok(()),
        Stage::Draft => Err(Refused::NotFound("competition")),
        Stage::Closed => Err(Refused::Settled("its results are final; ask for a correction")),
        Stage::Cancelled => Err(Refused::Settled("it was called off")),
    }
}

/// Whether one of these participants entered a competition.
async fn competes(db: &mut Db, stored: &Stored, who: &[(ProgrammeId, ParticipantId)]) -> Result<bool, StoreError> {
    for (_, who) in who {
        if books::entrant(db, stored.id, *who).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

impl App {
    /// The days of a competition against which something speaks, for staff; at most 1000.
    pub async fn signed_days(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
    ) -> Result<Vec<SignedDayView>, Error> {
        caller.may(Deed::ManageCompetition, programme.id, None)?;
        let here = programme.clone();
        let look = async move |db: &mut Db| {
            if of_programme(db, &here, id.number()).await?.is_none() {
                return Ok(None);
            }
            let mut views = Vec::new();
            for found in books::signed_days(db, id.number(), MOST_DAYS).await? {
                let (who, tallied) = (found.participant, found.tallied);
                let readings = books::readings(db, who, tallied.day, tallied.day).await?;
                let best = readings.iter().max_by_key(|one| one.value);
                let curve = best.and_then(|best| HourCurve::from_bytes(&best.curve));
                let profile = participant::profile(db, who).await?;
                views.push(SignedDayView {
                    participant: who,
                    alias: profile.map(|profile| profile.alias).unwrap_or_default(),
                    day: tallied.day,
                    value: if tallied.voided.is_none() { tallied.value } else { 0 },
                    signs: tallied.signs.split_whitespace().map(str::to_owned).collect(),
                    hours: curve.map_or_else(Vec::new, |curve| (0..24).map(|hour| curve.at(hour)).collect()),
                    late: tallied.late,
                    checked: tallied.checked_by.is_some(),
                    voided: tallied.voided,
                });
            }
            Ok(Some(views))
        };
        Ok(self.0.store.read(look).await?.ok_or(Refused::NotFound("competition"))?)
    }

    /// Decides on a day before results are final: it is kept, or it does not count, for a reason. What was decided can be
    /// decided otherwise.
    pub async fn check_day(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        (who, day): (ParticipantId, Day),
        keep: bool,
        reason: &str,
    ) -> Result<(), Error> {
        caller.may(Deed::ManageCompetition, programme.id, None)?;
        let reason = reason.trim().to_owned();
        if !keep || !reason.is_empty() {
            Refused::unless_plain("reason", &reason, 500)?;
        }
        let own = caller.participants();
        let (here, person, changed_us) = (Arc::clone(programme), caller.person(), self.changed_us());
        let deed = if keep {
            "competition.keep_day"
        } else {
            "competition.void_day"
        };
        let about = format!("competition {id} {who} {day}");
        let note = self.note(caller, programme.id, deed, about, &*reason);
        self.once(bucket_of(who.number()), None, async move |db: &mut Db| {
            let Some(stored) = of_programme(db, &here, id.number()).await? else {
                return Ok(Err(Refused::NotFound("competition")));
            };
            if let Err(no) = unless_final(&stored) {
                return Ok(Err(no));
            }
            if competes(db, &stored, &own).await? {
                return Ok(Err(Refused::SecondPerson)); // nobody judges a race of their own
            }
            if books::entrant_alone(db, stored.id, who).await?.is_none() {
                return Ok(Err(Refused::NotFound("entry")));
            }
            let Some(before) = books::tally(db, stored.id, who, day).await? else {
                return Ok(Err(Refused::NotFound("day")));
            };
            let after = Tallied {
                checked_by: Some(person),
                voided: (!keep).then(|| reason.clone()),
                ..before
            };
            books::set_tally(db, stored.id, who, &after).await?;
            sum_again(db, &stored, who, changed_us).await?;
            crown_anew(db, stored.id).await?;
            note.write(db).await?;
            books::update(db, &stored).await.map(Ok)
        })
        .await?;
        self.wake_board(id);
        Ok(())
    }

    /// Disqualifies somebody before results are final.
    pub async fn disqualify(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        who: ParticipantId,
        reason: &str,
    ) -> Result<(), Error> {
        caller.may(Deed::ManageCompetition, programme.id, None)?;
        let reason = reason.trim().to_owned();
        Refused::unless_plain("reason", &reason, 500)?;
        let own = caller.participants();
        let (here, now_us, changed_us) = (Arc::clone(programme), self.now_us(), self.changed_us());
        let news_id = self.next_id();
        let about = format!("competition {id} {who}");
        let note = self.note(caller, programme.id, "competition.disqualify", about, &*reason);
        self.once(bucket_of(who.number()), None, async move |db: &mut Db| {
            let Some(stored) = of_programme(db, &here, id.number()).await? else {
                return Ok(Err(Refused::NotFound("competition")));
            };
            if let Err(no) = unless_final(&stored) {
                return Ok(Err(no));
            }
            if competes(db, &stored, &own).await? {
                return Ok(Err(Refused::SecondPerson)); // nobody judges a race of their own
            }
            let Some(before) = books::entrant_alone(db, stored.id, who).await? else {
                return Ok(Err(Refused::NotFound("entry")));
            };
            if before.status == Status::Out {
                return Ok(Ok(()));
            }
            put_out(db, &stored, before, &reason, (news_id, now_us, changed_us)).await?;
            crown_anew(db, stored.id).await?;
            note.write(db).await?;
            books::update(db, &stored).await.map(Ok)
        })
        .await?;
        self.wake_board(id);
        Ok(())
    }

    /// Asks for somebody to be disqualified though results are final; another person has to agree.
    pub async fn ask_correction(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        who: ParticipantId,
        reason: &str,
    ) -> Result<Id, Error> {
        caller.may(Deed::CorrectResult, programme.id, None)?;
        let reason = reason.trim().to_owned();
        Refused::unless_plain("reason", &reason, 500)?;
        let new = Correction {
            id: self.next_id(),
            competition: id.number(),
            participant: who,
            reason,
            asked_by: caller.person(),
            asked_us: self.now_us(),
            agreed_by: None,
            decided_us: None,
        };
        let number = Id::new(new.id);
        let about = format!("competition {id} {who}");
        let note = self.note(caller, programme.id, "correction.ask", about, &*new.reason);
        let here = Arc::clone(programme);
        self.once(0, None, async move |db: &mut Db| {
            let Some(stored) = of_programme(db, &here, id.number()).await? else {
                return Ok(Err(Refused::NotFound("competition")));
            };
            if stored.stage != Stage::Closed {
                return Ok(Err(Refused::Settled("its results are not final")));
            }
            let entrant = books::entrant(db, stored.id, who).await?;
            match entrant {
                None => return Ok(Err(Refused::NotFound("entry"))),
                Some(entrant) if entrant.status == Status::Out => {
                    return Ok(Err(Refused::Settled("it is disqualified already")));
                }
                Some(_) => {}
            }
            let asked = books::corrections(db, stored.id).await?;
            if asked
                .iter()
                .any(|one| one.participant == who && one.decided_us.is_none())
            {
                return Ok(Err(Refused::Settled("this was asked for before")));
            }
            books::ask_correction(db, &new).await?;
            note.write(db).await?;
            Ok(Ok(()))
        })
        .await?;
        Ok(number)
    }

    /// The corrections of a competition, oldest first.
    pub async fn corrections(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
    ) -> Result<Vec<CorrectionView>, Error> {
        if !caller.can(Deed::ApproveCorrection, programme.id) {
            caller.may(Deed::CorrectResult, programme.id, None)?;
        }
        let (here, person) = (programme.clone(), caller.person());
        let look = async move |db: &mut Db| {
            if of_programme(db, &here, id.number()).await?.is_none() {
                return Ok(None);
            }
            let mut views = Vec::new();
            for one in books::corrections(db, id.number()).await? {
                let profile = participant::profile(db, one.participant).await?;
                views.push(CorrectionView {
                    id: Id::new(one.id),
                    participant: one.participant,
                    alias: profile.map(|profile| profile.alias).unwrap_or_default(),
                    reason: one.reason,
                    asked_us: one.asked_us,
                    own: one.asked_by == person,
                    decided_us: one.decided_us,
                    agreed: one.decided_us.is_some() && one.agreed_by.is_some(),
                });
            }
            Ok(Some(views))
        };
        Ok(self.0.store.read(look).await?.ok_or(Refused::NotFound("competition"))?)
    }

    /// Decides on a correction that somebody else asked for. Agreed to, the results are made anew by the same rules, and
    /// prizes move: what was not given goes on, what was given comes back as far as it can, and those who move up win.
    pub async fn decide_correction(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        correction: Id,
        agree: bool,
    ) -> Result<(), Error> {
        caller.may(Deed::ApproveCorrection, programme.id, None)?;
        let (app, here, person) = (self.clone(), Arc::clone(programme), caller.person());
        let deed = if agree {
            "correction.agree"
        } else {
            "correction.decline"
        };
        let own = caller.participants();
        let note = self.note(caller, programme.id, deed, format!("competition {id}"), "");
        self.once(0, None, async move |db: &mut Db| {
            let Some(stored) = of_programme(db, &here, id.number()).await? else {
                return Ok(Err(Refused::NotFound("competition")));
            };
            if competes(db, &stored, &own).await? {
                return Ok(Err(Refused::SecondPerson)); // nobody judges a race of their own
            }
            let asked = books::corrections(db, stored.id).await?;
            let Some(asked) = asked.into_iter().find(|one| one.id == correction.number()) else {
                return Ok(Err(Refused::NotFound("correction")));
            };
            if asked.asked_by == person {
                return Ok(Err(Refused::SecondPerson));
            }
            let now_us = app.now_us();
            if !books::decide_correction(db, asked.id, agree.then_some(person), now_us).await? {
                return Ok(Err(Refused::Settled("it was decided before")));
            }
            let about = format!("competition {id} {}", asked.participant);
            let note = note.about(about).with_detail(&*asked.reason);
            note.write(db).await?;
            if agree {
                app.correct(db, stored, &asked, &note).await?;
            }
            Ok(Ok(()))
        })
        .await?;
        self.wake_board(id);
        self.0.jobs_wanted.notify_one();
        Ok(())
    }

    /// Makes final results anew without somebody, and moves the prizes.
    async fn correct(&self, db: &mut Db, stored: Stored, asked: &Correction, note: &Note) -> Result<(), StoreError> {
        let now_us = self.now_us();
        let before = books::results(db, &stored).await?.podium;
        if let Some(entrant) = books::entrant_alone(db, stored.id, asked.participant).await? {
            let times = (self.next_id(), now_us, self.changed_us());
            put_out(db, &stored, entrant, &asked.reason, times).await?;
        }
        crown_anew(db, stored.id).await?;
        let podium = books::results(db, &stored).await?.podium;
        let after = Stored {
            revision: stored.revision + 1,
            result: Some(podium.digest.to_vec()),
            ..stored
        };
        let changes = award_changes(&before.awards, &podium.awards);
        for gone in &changes.withdrawn {
            let prize = i64::try_from(gone.prize).unwrap_or(i64::MAX);
            let held = books::award(db, after.id, prize, gone.participant).await?;
            if let Some(held) = held.filter(|held| held.state != AwardState::TakenBack) {
                self.take_back(db, &after, held, &asked.reason, note).await?;
            }
        }
        for new in &changes.added {
            let prize = i64::try_from(new.prize).unwrap_or(i64::MAX);
            let award = StoredAward {
                competition: after.id,
                prize,
                participant: new.participant,
                rank: new.by.number(),
                state: AwardState::Won,
                revision: after.revision,
                won_us: now_us,
                given_us: None,
                given_by: None,
                note: String::new(),
            };
            books::insert_award(db, &award).await?;
            self.renew(db, &after, &award).await?;
            self.hook_won(db, &after, &award).await?;
            let news = News::Won {
                competition: Id::new(after.id),
                prize,
            };
            tell(db, new.participant, (self.next_id(), now_us), &news).await?;
            self.note_move(db, note, &award, "won").await?;
        }
        self.settle_escrows(db, &after).await?;
        books::update(db, &after).await
    }

    /// Takes an award back: what was not given goes to somebody else; what was given comes back as far as it can.
    async fn take_back(
        &self,
        db: &mut Db,
        stored: &Stored,
        award: StoredAward,
        reason: &str,
        note: &Note,
    ) -> Result<(), StoreError> {
        let (from, who, now_us) = (award.state, award.participant, self.now_us());
        let (mut back, mut words) = (true, reason.to_owned());
        if from == AwardState::Given {
            match *what(stored, award.prize)? {
                What::Points { milli } => {
                    back = self.return_points(db, stored, who, milli).await?;
                    if !back {
                        words = format!("{} points are owed: {reason}", Points::from_milli(milli));
                    }
                }
                What::Reward { .. } => {
                    // the piece is out of the store; its voucher, if nobody used it, is good for nothing any more
                    back = false;
                    let code = voucher_of(&award);
                    let ended = store::rewards::set_voucher_expiry(db, code, now_us - 1).await?;
                    let fate = if ended { "was called off" } else { "was used" };
                    words = format!("{code} {fate}: {reason}");
                }
                // the employer takes leave off again, and goods are handed back
                What::Leave { .. } | What::Goods => {}
            }
            if back {
                books::move_escrow(db, stored.id, award.prize, -1, 0).await?;
            }
        }
        let gone = StoredAward {
            state: AwardState::TakenBack,
            revision: stored.revision,
            given_us: award.given_us.filter(|_| !back),
            note: words.clone(),
            ..award
        };
        if !books::move_award(db, from, &gone).await? {
            return Err(StoreError::Conflict("an award moved meanwhile".to_owned()));
        }
        self.hook_taken_back(db, stored, &gone, reason).await?;
        let news = News::TakenBack {
            competition: Id::new(stored.id),
            prize: gone.prize,
            reason: reason.to_owned(),
        };
        if participant::profile(db, who).await?.is_some() {
            tell(db, who, (self.next_id(), now_us), &news).await?;
        }
        self.note_move(db, note, &gone, &words).await
    }

    /// Books points of a prize back, if the balance covers them.
    async fn return_points(
        &self,
        db: &mut Db,
        stored: &Stored,
        who: ParticipantId,
        milli: i64,
    ) -> Result<bool, StoreError> {
        let points = Points::from_milli(milli);
        let Some(person) = participant::get(db, who)
            .await?
            .filter(|person| person.available() >= points)
        else {
            return Ok(false);
        };
        let posting = Posting {
            code: Code::Returned,
            mg: Carbon::ZERO,
            points,
            about: stored.id,
        };
        let now_us = self.now_us();
        ledger::book(db, &person, posting, now_us)
            .await?
            .map_err(|no| StoreError::Conflict(format!("points cannot be returned: {no}")))?;
        unpay(db, stored.programme, stored.id, milli, self.next_id(), now_us).await?;
        Ok(true)
    }

    /// A voucher that was called off is good again, once its award is somebody's again who never lost it.
    async fn renew(&self, db: &mut Db, stored: &Stored, award: &StoredAward) -> Result<(), StoreError> {
        let found = books::award(db, stored.id, award.prize, award.participant).await?;
        let Some(found) = found.filter(|found| found.state == AwardState::Given) else {
            return Ok(());
        };
        let mut code = String::new();
        if let What::Reward { reward } = what(stored, award.prize)?
            && let Some(reward) = store::rewards::get(db, *reward).await?
        {
            voucher_of(&found).clone_into(&mut code);
            let days = i64::from(reward.reward.voucher_days);
            let expires_us = self.now_us().saturating_add(days.saturating_mul(DAY_US));
            store::rewards::set_voucher_expiry(db, &code, expires_us).await?;
        }
        let kept = StoredAward { note: code, ..found };
        books::move_award(db, AwardState::Given, &kept).await.map(drop)
    }

    async fn note_move(&self, db: &mut Db, note: &Note, award: &StoredAward, words: &str) -> Result<(), StoreError> {
        let about = format!(
            "award {} {} {}",
            Id::new(award.competition),
            award.prize,
            award.participant
        );
        note.about(about)
            .numbered(self.next_id())
            .with_detail(words)
            .write(db)
            .await
    }
}

/// The code at the beginning of an award's note.
fn voucher_of(award: &StoredAward) -> &str {
    award.note.split_whitespace().next().unwrap_or_default()
}

/// Puts somebody out, and says so.
async fn put_out(
    db: &mut Db,
    stored: &Stored,
    before: Entrant,
    reason: &str,
    (news_id, now_us, changed_us): (i64, i64, i64),
) -> Result<(), StoreError> {
    let who = before.participant;
    let after = Entrant {
        status: Status::Out,
        reason: Some(reason.to_owned()),
        ..before
    };
    books::set_entrant(db, &after, changed_us).await?;
    let news = News::Disqualified {
        competition: Id::new(stored.id),
        reason: reason.to_owned(),
    };
    if participant::profile(db, who).await?.is_some() {
        tell(db, who, (news_id, now_us), &news).await?;
    }
    Ok(())
}
