//! The ledger: reversals by two people, the supply, the check of the books.

mod statement;

use domain::measure::{Carbon, Day, EntryId, ParticipantId, Period, Points, Text, bucket_of};
use domain::programme::{Deed, Programme};
use serde::Serialize;
use store::activity::Code;
use store::ledger::{self as books, Posting, Supply};
use store::verify::{Report, VerifyError};
use store::{Db, participant};

use crate::evidence::figures;
use crate::{App, Caller, Error, Letter, Refused};

pub use statement::{AvoidedView, Like, Likeness, LineView, MonthView};

/// What a programme has issued and what is outstanding.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SupplyView {
    /// Reductions credited, in mg CO2e.
    pub credited_mg: i64,
    /// Of these, taken back.
    pub reversed_mg: i64,
    /// Points issued, in thousandths.
    pub points_issued_milli: i64,
    /// Points spent.
    pub points_spent_milli: i64,
    /// Points taken back.
    pub points_returned_milli: i64,
    /// Points held for orders.
    pub points_held_milli: i64,
    /// Points that the programme still owes.
    pub points_outstanding_milli: i64,
}

impl From<Supply> for SupplyView {
    fn from(supply: Supply) -> Self {
        let (issued, spent) = (supply.points_issued.milli(), supply.points_spent.milli());
        let returned = supply.points_returned.milli();
        SupplyView {
            credited_mg: supply.issued.mg(),
            reversed_mg: supply.reversed.mg(),
            points_issued_milli: issued,
            points_spent_milli: spent,
            points_returned_milli: returned,
            points_held_milli: supply.points_held.milli(),
            points_outstanding_milli: issued - spent - returned,
        }
    }
}

/// A credit that was taken back, for the letter that says so.
#[derive(Debug, Clone)]
pub struct TakenBack {
    /// The language of the participant.
    pub lang: String,
    /// What the programme is called.
    pub programme: Text,
    /// What the act was.
    pub title: Text,
    /// The civil day on which it counted.
    pub day: Day,
    /// What was credited for it, in mg CO2e.
    pub mg: i64,
    /// The reason that was given.
    pub why: String,
}

impl App {
    /// What a programme has issued and what is outstanding; public.
    pub async fn supply(&self, programme: &Programme) -> Result<SupplyView, Error> {
        let id = programme.id;
        Ok(self
            .0
            .store
            .read(async move |db: &mut Db| books::supply(db, id).await)
            .await?
            .into())
    }

    /// Asks for a credited record to be taken back; somebody else has to agree.
    pub async fn request_reversal(
        &self,
        caller: &Caller,
        programme: &Programme,
        (participant, record): (ParticipantId, EntryId),
        why: &str,
    ) -> Result<(), Error> {
        caller.may(Deed::RequestReversal, programme.id, Some(participant))?;
        Refused::unless_plain("why", why.trim(), 500)?;
        let (why, person, now_us) = (why.trim().to_owned(), caller.person(), self.now_us());
        let programme = programme.id;
        let note = self.note(
            caller,
            programme,
            "reversal.ask",
            record_words(participant, record),
            &*why,
        );
        self.0
            .store
            .write(bucket_of(participant.number()), async move |db: &mut Db| {
                let owner = participant::get(db, participant)
                    .await?
                    .filter(|p| p.programme == programme);
                let entry = store::activity::entry(db, participant, record).await?;
                let entry = entry.filter(|entry| entry.code == Code::Credited && owner.is_some());
                if entry.is_none() {
                    return Ok(Err(Refused::NotFound("credited record")));
                }
                let added = books::ask_reversal(db, participant, record, &why, person, now_us).await?;
                if !added {
                    return Ok(Err(Refused::Settled("a reversal was asked for before")));
                }
                note.write(db).await?;
                Ok(Ok(()))
            })
            .await??;
        self.0.kept.recount(programme);
        Ok(())
    }

    /// Agrees to a reversal that somebody else asked for, and books it: a visible entry the other way. Points that
    /// were spent meanwhile cannot be taken back; the programme bears them.
    pub async fn approve_reversal(
        &self,
        caller: &Caller,
        programme: &Programme,
        record: (ParticipantId, EntryId),
    ) -> Result<EntryId, Error> {
        self.approve_reversal_telling(caller, programme, record, None).await
    }

    /// The same, with a letter in words of the door's to those in charge of the participant.
    pub async fn approve_reversal_telling(
        &self,
        caller: &Caller,
        programme: &Programme,
        (participant, record): (ParticipantId, EntryId),
        words: Option<fn(&TakenBack) -> Letter>,
    ) -> Result<EntryId, Error> {
        caller.may(Deed::ApproveReversal, programme.id, Some(participant))?;
        let (person, now_us, title) = (caller.person(), self.now_us(), programme.title.clone());
        let month = Period::Month.number(programme.zone.day_of(now_us));
        let (app, catalogue, programme) = (self.clone(), self.catalogue(), programme.id);
        let note = self.note(
            caller,
            programme,
            "reversal.agree",
            record_words(participant, record),
            "",
        );
        let reversing = self
            .0
            .store
            .write(bucket_of(participant.number()), async move |db: &mut Db| {
                let owner = participant::get(db, participant)
                    .await?
                    .filter(|p| p.programme == programme);
                let asked = books::reversal(db, participant, record).await?;
                let (Some(owner), Some(asked)) = (owner, asked) else {
                    return Ok(Err(Refused::NotFound("reversal")));
                };
                if let Some(reversing) = asked.reversing {
                    return Ok(Ok(reversing));
                }
                if asked.asked_by == person {
                    return Ok(Err(Refused::SecondPerson));
                }
                if asked.declined_by.is_some() {
                    return Ok(Err(Refused::Settled("the reversal was declined")));
                }
                let Some(entry) = store::activity::entry(db, participant, record).await? else {
                    return Ok(Err(Refused::NotFound("record")));
                };
                // what a second source added goes with it
                let raise = store::activity::raise_of(db, participant, record).await?;
                let (more_mg, more_points) = raise.map_or((0, 0), |raise| (raise.mg.mg(), raise.points.milli()));
                let earned = entry.points.milli() + more_points;
                let points = Points::from_milli(earned.min(owner.available().milli()));
                let about = record.number();
                let posting = Posting {
                    code: Code::Reversal,
                    mg: Carbon::from_mg(entry.mg.mg() + more_mg),
                    points,
                    about,
                };
                match books::book(db, &owner, posting, now_us).await? {
                    Ok(reversing) => {
                        books::agree_reversal(db, participant, record, person, reversing, now_us).await?;
                        note.with_detail(&*asked.why).write(db).await?;
                        store::evidence::count(db, programme, month, figures::CLAWBACK, entry.mg).await?;
                        let version = entry
                            .act
                            .as_ref()
                            .map(|act| (catalogue.version(act.methodology), act.day));
                        if let (Some(words), Some((Some(version), day)), Some(profile)) =
                            (words, version, participant::profile(db, participant).await?)
                        {
                            let letter = words(&TakenBack {
                                lang: profile.lang,
                                programme: title.clone(),
                                title: version.methodology.title.clone(),
                                day,
                                mg: entry.mg.mg(),
                                why: asked.why.clone(),
                            });
                            for (_, account) in store::people::in_charge(db, participant).await? {
                                app.post(letter.clone()).to(db, &account).await?;
                            }
                        }
                        Ok(Ok(reversing))
                    }
                    Err(_) => Ok(Err(Refused::Settled("the participant no longer holds this reduction"))),
                }
            })
            .await??;
        self.0.kept.recount(programme);
        self.0.jobs_wanted.notify_one();
        Ok(reversing)
    }

    /// Declines a reversal that somebody else asked for, with a reason; it may be asked for anew.
    pub async fn decline_reversal(
        &self,
        caller: &Caller,
        programme: &Programme,
        (participant, record): (ParticipantId, EntryId),
        why: &str,
    ) -> Result<(), Error> {
        caller.may(Deed::ApproveReversal, programme.id, Some(participant))?;
        Refused::unless_plain("why", why.trim(), 500)?;
        let (person, now_us, programme) = (caller.person(), self.now_us(), programme.id);
        let about = record_words(participant, record);
        let note = self.note(caller, programme, "reversal.decline", about, why.trim());
        self.0
            .store
            .write(bucket_of(participant.number()), async move |db: &mut Db| {
                let owner = participant::get(db, participant)
                    .await?
                    .filter(|p| p.programme == programme);
                let asked = books::reversal(db, participant, record).await?;
                let Some(asked) = asked.filter(|_| owner.is_some()) else {
                    return Ok(Err(Refused::NotFound("reversal")));
                };
                if asked.asked_by == person {
                    return Ok(Err(Refused::SecondPerson));
                }
                if !books::decline_reversal(db, participant, record, person, now_us).await? {
                    return Ok(Err(Refused::Settled("the reversal was settled before")));
                }
                note.write(db).await?;
                Ok(Ok(()))
            })
            .await??;
        self.0.kept.recount(programme);
        Ok(())
    }

    /// Recomputes the books; the first fault, if there is one.
    pub async fn verify(&self) -> Result<Result<Report, store::verify::Fault>, Error> {
        let checked = self
            .0
            .store
            .read(async |db: &mut Db| match store::verify::verify(db).await {
                Ok(report) => Ok(Ok(report)),
                Err(VerifyError::Fault(fault)) => Ok(Err(fault)),
                Err(VerifyError::Store(error)) => Err(error),
            })
            .await?;
        self.0.kept.verified(self.now_us(), checked.is_ok());
        Ok(checked)
    }
}

/// What a note about a record is about.
pub(crate) fn record_words(participant: ParticipantId, record: EntryId) -> String {
    format!("record {participant} {record}")
}
