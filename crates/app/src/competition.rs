//! Competitions: writing, opening and calling off; what everybody sees of them.
//!
//! ```text
//! readings ─┐                         ┌─ board (memory, follows the books) ─> pages, streams
//! credits ──┴─> tally, entrant (books)┤
//!                                     └─ jobs: day close → freeze → (audit) → close → prizes
//! ```

mod acts;
mod audit;
mod awards;
mod board;
mod close;
mod compete;
mod desk;
mod hooks;
mod leagues;
mod live;
mod notices;
mod prizes;
mod readings;
mod results;
mod story;
mod teams;
mod view;

use std::sync::Arc;

use domain::competition::{Stage, Terms, TermsError};
use domain::measure::{Day, Id, Text};
use domain::programme::{Deed, Programme};
use serde::{Deserialize, Serialize};
use store::competition::{self as books, Stored};
use store::{Db, StoreError};

use crate::{App, Caller, Error, Key, Refused};

pub use audit::{CorrectionView, SignedDayView};
pub use awards::AwardView;
pub(crate) use board::Boards;
pub use compete::{EntryView, NewTeam, TeamView};
pub use desk::{CompetitionListed, DayCurve, EntrantListed, LateDay, Need, PrizeStock};
pub use hooks::{HookView, NewHook};
pub use leagues::LeagueView;
pub use live::Viewer;
pub use notices::{NEWS_TO_CHOOSE, News, NewsWanted, NoticeView};
pub(crate) use readings::Running;
pub use readings::{NewDayReading, ReadingOutcome, ReadingState};
pub(crate) use results::Kept as KeptResults;
pub use results::{OwnResult, PodiumView, Replay, TeamResult, WinnerRow};
pub use story::{Champion, DayStory, DayView, OwnDay};
pub use teams::{LineFault, MOST_LINES, TeamImport, TeamLine, TeamListLine, TeamListed};
pub use view::{BoardView, Picture, Row, TeamRow};

/// What a competition is made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCompetition {
    /// Its title.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub title: Text,
    /// What everybody agrees to by joining.
    #[schema(value_type = Object)]
    pub terms: Terms,
}

/// A competition, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CompetitionView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: Id,
    /// Its title.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub title: Text,
    /// What everybody agrees to by joining.
    #[schema(value_type = Object)]
    pub terms: Terms,
    /// How far it is.
    #[schema(value_type = String)]
    pub stage: Stage,
    /// The SHA-256 of what draws the lots, in hexadecimal.
    pub seed_hash: String,
    /// What draws the lots, in hexadecimal; published once results are final.
    pub seed: Option<String>,
    /// When it was opened, in microseconds since the epoch.
    pub opened_us: Option<i64>,
    /// When the last day is final, in microseconds since the epoch.
    pub ends_us: i64,
    /// Until when results are looked at, in microseconds since the epoch.
    pub audited_us: i64,
    /// When every day was final.
    pub frozen_us: Option<i64>,
    /// When results became final.
    pub closed_us: Option<i64>,
    /// How often results were changed after they had become final.
    pub revision: i64,
    /// The digest of the results, in hexadecimal.
    pub result: Option<String>,
}

impl From<TermsError> for Refused {
    fn from(error: TermsError) -> Self {
        // prizes[2].last → prizes/2/last
        let field = error.field.replace(['.', '['], "/").replace(']', "");
        Refused::invalid(format!("terms/{field}"), error.problem)
    }
}

/// Two hexadecimal digits a byte.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves.map(|half| char::from(DIGITS[usize::from(half)])).collect()
}

fn view(programme: &Programme, stored: Stored) -> CompetitionView {
    let over = matches!(stored.stage, Stage::Closed | Stage::Cancelled);
    CompetitionView {
        id: Id::new(stored.id),
        title: stored.title,
        seed_hash: hex(&domain::competition::promise(&stored.seed)),
        seed: over.then(|| hex(&stored.seed)),
        stage: stored.stage,
        opened_us: stored.opened_us,
        ends_us: stored.terms.ends_us(&programme.zone),
        audited_us: stored.terms.audited_us(&programme.zone),
        frozen_us: stored.frozen_us,
        closed_us: stored.closed_us,
        revision: stored.revision,
        result: stored.result.as_deref().map(hex),
        terms: stored.terms,
    }
}

/// A competition of a programme, in a transaction.
async fn of_programme(db: &mut Db, programme: &Programme, id: i64) -> Result<Option<Stored>, StoreError> {
    Ok(books::get(db, id)
        .await?
        .filter(|found| found.programme == programme.id))
}

impl App {
    /// A competition that the caller may see: everybody, once it is open; before that, who works here.
    async fn find_competition(&self, caller: &Caller, programme: &Programme, id: Id) -> Result<Stored, Error> {
        let (number, this) = (id.number(), programme.id);
        let found = async move |db: &mut Db| books::get(db, number).await;
        let found = self.0.store.read(found).await?;
        let seen = |stored: &Stored| {
            stored.programme == this && (stored.stage != Stage::Draft || caller.can(Deed::ReadConsole, this))
        };
        Ok(found.filter(seen).ok_or(Refused::NotFound("competition"))?)
    }

    /// The competitions of a programme, the one that ends last first. Drafts are shown to who works here.
    pub async fn competitions(&self, caller: &Caller, programme: &Programme) -> Result<Vec<CompetitionView>, Error> {
        caller.may(Deed::ReadPublic, programme.id, None)?;
        let id = programme.id;
        let all = self
            .0
            .store
            .read(async move |db: &mut Db| books::all(db, id).await)
            .await?;
        let drafts = caller.can(Deed::ReadConsole, programme.id);
        let shown = all.into_iter().filter(|one| drafts || one.stage != Stage::Draft);
        Ok(shown.map(|one| view(programme, one)).collect())
    }

    /// One of them.
    pub async fn competition(&self, caller: &Caller, programme: &Programme, id: Id) -> Result<CompetitionView, Error> {
        caller.may(Deed::ReadPublic, programme.id, None)?;
        Ok(view(programme, self.find_competition(caller, programme, id).await?))
    }

    /// What a new competition may be, in full.
    fn plain_competition(&self, programme: &Programme, new: &NewCompetition) -> Result<(), Refused> {
        Refused::unless_plain("title/zh", &new.title.zh, 200)?;
        Refused::unless_plain("title/en", &new.title.en, 200)?;
        new.terms.check()?;
        let catalogue = self.catalogue();
        for (number, behaviour) in new.terms.behaviours.iter().enumerate() {
            if catalogue.methodology_for(programme.id, behaviour).is_err() {
                return Err(Refused::invalid(
                    format!("terms/behaviours/{number}"),
                    "is no behaviour of this programme",
                ));
            }
        }
        for (number, prize) in new.terms.prizes.iter().enumerate() {
            for (lang, text) in [("zh", &prize.title.zh), ("en", &prize.title.en)] {
                Refused::unless_plain(&format!("terms/prizes/{number}/title/{lang}"), text, 200)?;
            }
        }
        Ok(())
    }

    /// Writes a draft.
    pub async fn create_competition(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        new: NewCompetition,
        key: Option<Key>,
    ) -> Result<CompetitionView, Error> {
        caller.may(Deed::ManageCompetition, programme.id, None)?;
        self.plain_competition(programme, &new)?;
        let stored = Stored {
            id: self.next_id(),
            programme: programme.id,
            title: new.title,
            terms: new.terms,
            stage: Stage::Draft,
            seed: outside::chance::seed().map_err(Error::outside)?,
            made_us: self.now_us(),
            opened_us: None,
            frozen_us: None,
            closed_us: None,
            revision: 0,
            result: None,
            version: 0,
        };
        let about = format!("competition {}", Id::new(stored.id));
        let note = self.note(
            caller,
            programme.id,
            "competition.create",
            about,
            stored.title.zh.clone(),
        );
        let here = Arc::clone(programme);
        self.once(0, key, async move |db: &mut Db| {
            books::insert(db, &stored).await?;
            note.write(db).await?;
            Ok(Ok(view(&here, stored.clone())))
        })
        .await
    }

    /// Changes a draft. What is open stays as it was declared.
    pub async fn change_competition(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        new: NewCompetition,
    ) -> Result<CompetitionView, Error> {
        caller.may(Deed::ManageCompetition, programme.id, None)?;
        self.plain_competition(programme, &new)?;
        let note = self.note(
            caller,
            programme.id,
            "competition.change",
            format!("competition {id}"),
            new.title.zh.clone(),
        );
        let here = Arc::clone(programme);
        self.once(0, None, async move |db: &mut Db| {
            let Some(before) = of_programme(db, &here, id.number()).await? else {
                return Ok(Err(Refused::NotFound("competition")));
            };
            if before.stage != Stage::Draft {
                return Ok(Err(Refused::Settled("what is open stays as it was declared")));
            }
            let after = Stored {
                title: new.title.clone(),
                terms: new.terms.clone(),
                ..before
            };
            books::update(db, &after).await?;
            note.write(db).await?;
            Ok(Ok(view(&here, after)))
        })
        .await
    }

    /// Opens a competition: its terms are fixed, its prizes set aside, its days will be closed. Not once its first day
    /// is over.
    pub async fn open_competition(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
    ) -> Result<CompetitionView, Error> {
        caller.may(Deed::ManageCompetition, programme.id, None)?;
        let now_us = self.now_us();
        let ids: Vec<i64> = (0..64).map(|_| self.next_id()).collect();
        let note = self.note(
            caller,
            programme.id,
            "competition.open",
            format!("competition {id}"),
            "",
        );
        let here = Arc::clone(programme);
        let opened = self
            .once(0, None, async move |db: &mut Db| {
                let Some(before) = of_programme(db, &here, id.number()).await? else {
                    return Ok(Err(Refused::NotFound("competition")));
                };
                match before.stage {
                    Stage::Draft => {}
                    Stage::Open => return Ok(Ok(view(&here, before))),
                    _ => return Ok(Err(Refused::Settled("it is over"))),
                }
                if here.zone.day_of(now_us) > before.terms.first {
                    return Ok(Err(Refused::invalid("terms/first", "lies in the past")));
                }
                if let Err(no) = prizes::set_aside(db, &here, &before, &ids, now_us).await? {
                    return Ok(Err(no));
                }
                let after = Stored {
                    stage: Stage::Open,
                    opened_us: Some(now_us),
                    ..before
                };
                close::ask_day(db, ids[0], &here, &after, after.terms.first).await?;
                books::update(db, &after).await?;
                note.write(db).await?;
                Ok(Ok(view(&here, after)))
            })
            .await?;
        self.forget_running(programme.id);
        self.0.jobs_wanted.notify_one();
        Ok(opened)
    }

    /// Calls a competition off before its results are final: what was set aside goes back.
    pub async fn cancel_competition(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        id: Id,
        reason: &str,
    ) -> Result<CompetitionView, Error> {
        caller.may(Deed::ManageCompetition, programme.id, None)?;
        Refused::unless_plain("reason", reason, 500)?;
        let now_us = self.now_us();
        let ids: Vec<i64> = (0..64).map(|_| self.next_id()).collect();
        let note = self.note(
            caller,
            programme.id,
            "competition.cancel",
            format!("competition {id}"),
            reason,
        );
        let here = Arc::clone(programme);
        let why = reason.to_owned();
        let cancelled = self
            .once(0, None, async move |db: &mut Db| {
                let Some(before) = of_programme(db, &here, id.number()).await? else {
                    return Ok(Err(Refused::NotFound("competition")));
                };
                match before.stage {
                    Stage::Draft => {}
                    Stage::Open | Stage::Frozen => prizes::bring_back(db, &here, &before, &ids, now_us).await?,
                    Stage::Cancelled => return Ok(Ok(view(&here, before))),
                    Stage::Closed => return Ok(Err(Refused::Settled("its results are final"))),
                }
                let after = Stored {
                    stage: Stage::Cancelled,
                    closed_us: Some(now_us),
                    ..before
                };
                books::update(db, &after).await?;
                note.write(db).await?;
                close::ask_tell_cancelled(db, ids[63], after.id, &why, now_us).await?;
                Ok(Ok(view(&here, after)))
            })
            .await?;
        self.forget_running(programme.id);
        self.0.jobs_wanted.notify_one();
        Ok(cancelled)
    }
}

/// A civil day of a request.
fn day_field(field: &str, text: &str) -> Result<Day, Refused> {
    Day::parse(text).ok_or_else(|| Refused::invalid(field, "is no civil day such as 2026-11-24"))
}
