//! The operator's console: figures, what waits, lists of people and records.
//!
//! Invariant: no question here looks at more rows than its bound; who a participant is, is told only to callers who
//! may know it.

mod people;
mod records;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::measure::{Day, ProgrammeId};
use domain::methodology::Category;
use domain::programme::{Deed, Programme};
use store::Db;
use store::console::{self as books};

pub use people::{Frozen, ListOrder, ListedParticipant, ParticipantDetail, ParticipantFilter, ParticipantsPage};
pub use records::{RecordCursor, RecordDetail, RecordFilter, RecordsPage, ReversalState, Stand};
pub use store::console::FailingJob;

use crate::{App, Caller, Error, EvidenceMonth, RecordView, SupplyView};

/// Every category, in the order of charts.
pub const CATEGORIES: [Category; 7] = [
    Category::Travel,
    Category::Food,
    Category::Home,
    Category::Clothing,
    Category::Goods,
    Category::Office,
    Category::Digital,
];

/// How many of each kind the work page shows; the rest comes up as these are done.
const MOST_WAITING: u32 = 50;

/// For how long counts that look at every participant are kept.
const KEPT_US: i64 = 60_000_000;

/// For how long the number of things that wait is kept.
const COUNTED_US: i64 = 1_000_000;

/// What is kept in memory beside the books: counts that are dear, and when the books were verified.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<Notes>);

#[derive(Debug, Default)]
struct Notes {
    verified: Option<(i64, bool)>,
    active: HashMap<ProgrammeId, (i64, (i64, [i64; 3]))>,
    waiting: HashMap<ProgrammeId, (i64, Waiting)>,
    evidence: HashMap<ProgrammeId, (i64, Vec<EvidenceMonth>)>,
}

impl Kept {
    fn with<T>(&self, f: impl FnOnce(&mut Notes) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes that the books were verified, and whether they are as they must be.
    pub(crate) fn verified(&self, now_us: i64, sound: bool) {
        self.with(|notes| notes.verified = Some((now_us, sound)));
    }

    /// The figures of evidence, if they were counted since an instant.
    pub(crate) fn evidence(&self, programme: ProgrammeId, since_us: i64) -> Option<Vec<EvidenceMonth>> {
        self.with(|notes| {
            let kept = notes.evidence.get(&programme).filter(|(at_us, _)| *at_us > since_us);
            kept.map(|(_, months)| months.clone())
        })
    }

    /// Keeps the figures of evidence for a moment.
    pub(crate) fn keep_evidence(&self, programme: ProgrammeId, now_us: i64, months: Vec<EvidenceMonth>) {
        self.with(|notes| notes.evidence.insert(programme, (now_us, months)));
    }

    /// What waits in a programme has changed.
    pub(crate) fn recount(&self, programme: ProgrammeId) {
        self.with(|notes| notes.waiting.remove(&programme));
    }
}

/// What happened in a period that ends today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    /// How many civil days it has.
    pub days: i32,
    /// Acts that were credited, by the day on which they happened.
    pub acts: i64,
    /// Acts that were refused.
    pub refused: i64,
    /// What was credited, in mg CO2e.
    pub credited_mg: i64,
    /// Points spent on orders that were made in the period, in thousandths.
    pub spent_milli: i64,
    /// Participants with an entry in the period.
    pub active: i64,
}

/// What one category did on one civil day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayFigures {
    /// The day.
    pub day: Day,
    /// The category.
    pub category: Category,
    /// Acts that were credited.
    pub acts: i64,
    /// Acts that were refused.
    pub refused: i64,
    /// What was credited, in mg CO2e.
    pub mg: i64,
}

/// What waits for staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Proofs that a person has to decide on.
    pub submissions: i64,
    /// Appeals that nobody answered.
    pub appeals: i64,
    /// Of these, those that nobody answered in time.
    pub overdue: i64,
    /// Reversals that need a second person.
    pub reversals: i64,
    /// Orders that nobody handed over.
    pub orders: i64,
    /// Jobs that failed and are tried again.
    pub jobs: i64,
}

/// The figures of a programme.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The civil day of the programme.
    pub today: Day,
    /// Today, seven days, thirty days.
    pub periods: [Period; 3],
    /// Participants in all.
    pub participants: i64,
    /// What was issued and is outstanding.
    pub supply: SupplyView,
    /// Whether the figures by day add up to the programme's accounts.
    pub balanced: bool,
    /// When this process last verified the books, and whether they were sound.
    pub verified: Option<(i64, bool)>,
    /// What waits.
    pub waiting: Waiting,
    /// The figures by day and category, oldest first; days without acts are missing.
    pub daily: Vec<DayFigures>,
}

/// An appeal that nobody answered.
#[derive(Debug, Clone)]
pub struct AppealView {
    /// The refused record.
    pub record: RecordView,
    /// In the participant's words.
    pub words: String,
    /// When it was made, microseconds since the epoch.
    pub made_us: i64,
    /// Until when it is to be answered.
    pub due_us: i64,
    /// Whether that is past.
    pub overdue: bool,
    /// Whether it is the caller's own case, which somebody else has to decide.
    pub own: bool,
}

/// A reversal that needs a second person.
#[derive(Debug, Clone)]
pub struct ReversalView {
    /// The credited record.
    pub record: RecordView,
    /// Why it shall be taken back.
    pub why: String,
    /// Who asked.
    pub asker: String,
    /// When, microseconds since the epoch.
    pub asked_us: i64,
    /// Whether the caller asked, so that somebody else has to answer.
    pub own: bool,
}

/// What waits for staff, oldest first.
#[derive(Debug, Clone)]
pub struct Work {
    /// How much waits in all.
    pub waiting: Waiting,
    /// Appeals; none for those who may not read records.
    pub appeals: Vec<AppealView>,
    /// Reversals; none for those who may not read records.
    pub reversals: Vec<ReversalView>,
    /// Jobs that fail.
    pub jobs: Vec<FailingJob>,
}

impl App {
    /// The figures of a programme, with the daily ones of the last `days` civil days.
    pub async fn overview(&self, caller: &Caller, programme: &Programme, days: i32) -> Result<Overview, Error> {
        caller.may(Deed::ReadConsole, programme.id, None)?;
        let (id, zone, now_us) = (programme.id, programme.zone.clone(), self.now_us());
        let today = zone.day_of(now_us);
        let back = |days: i32| Day::from_epoch_days(today.epoch_days() - days + 1);
        let lengths = [1, 7, 30];
        let since_us = lengths.map(|days| zone.start_of(back(days)));
        let days = days.clamp(30, 366);
        let (from, supply, waiting) = (back(days), self.supply(programme).await?, self.count_waiting(id).await?);
        let fresh = self.0.kept.with(|notes| {
            let kept = notes.active.get(&id).filter(|(at_us, _)| now_us - at_us < KEPT_US);
            kept.map(|(_, counts)| *counts)
        });
        let (figures, ever, spent, (participants, active)) = self
            .0
            .store
            .read(async move |db: &mut Db| {
                // one moment, or a batch between two questions would seem to throw the books out of balance
                db.snapshot().await?;
                let figures = books::figures(db, id, from, today).await?;
                let ever = (
                    books::credited_ever(db, id).await?,
                    store::ledger::supply(db, id).await?,
                );
                let mut spent = [0; 3];
                for (spent, since_us) in spent.iter_mut().zip(since_us) {
                    *spent = books::spent_since(db, id, since_us).await?.milli();
                }
                let counts = match fresh {
                    Some(counts) => counts,
                    None => books::active(db, id, since_us).await?,
                };
                Ok((figures, ever, spent, counts))
            })
            .await?;
        let (verified, counted) = (self.0.kept.with(|notes| notes.verified), (participants, active));
        if fresh.is_none() {
            self.0.kept.with(|notes| notes.active.insert(id, (now_us, counted)));
        }
        let mut periods = [Period::default(); 3];
        for (i, period) in periods.iter_mut().enumerate() {
            *period = Period {
                days: lengths[i],
                spent_milli: spent[i],
                active: active[i],
                ..Period::default()
            };
            for one in figures.iter().filter(|one| one.day >= back(lengths[i])) {
                period.acts += one.acts;
                period.refused += one.refused;
                period.credited_mg += one.credited.mg();
            }
        }
        let catalogue = self.catalogue();
        let mut daily: Vec<DayFigures> = Vec::new();
        for one in &figures {
            let Some(version) = catalogue.version(one.methodology) else {
                continue;
            };
            let category = version.methodology.category;
            match daily
                .iter_mut()
                .rev()
                .take(CATEGORIES.len())
                .find(|d| d.day == one.day && d.category == category)
            {
                Some(same) => {
                    same.acts += one.acts;
                    same.refused += one.refused;
                    same.mg += one.credited.mg();
                }
                None => daily.push(DayFigures {
                    day: one.day,
                    category,
                    acts: one.acts,
                    refused: one.refused,
                    mg: one.credited.mg(),
                }),
            }
        }
        let ((mg, points), accounts) = ever;
        Ok(Overview {
            today,
            periods,
            participants,
            supply,
            balanced: accounts.issued.mg() == mg && accounts.points_issued.milli() == points,
            verified,
            waiting,
            daily,
        })
    }

    /// Counts what waits in a programme, for the sidebar; kept for a moment.
    pub async fn count_waiting(&self, programme: ProgrammeId) -> Result<Waiting, Error> {
        let now_us = self.now_us();
        let kept = self.0.kept.with(|notes| notes.waiting.get(&programme).copied());
        if let Some((at_us, waiting)) = kept
            && now_us - at_us < COUNTED_US
        {
            return Ok(waiting);
        }
        let before_us = now_us - self.appeal_us(programme);
        let (counts, overdue, jobs) = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let counts = books::waiting(db, programme).await?;
                let overdue = store::evidence::queue::appeals_before(db, programme, before_us).await?;
                Ok((
                    counts,
                    overdue,
                    books::failing_jobs(db, programme, MOST_WAITING).await?.len(),
                ))
            })
            .await?;
        let waiting = Waiting {
            submissions: counts.submissions,
            appeals: counts.appeals,
            overdue,
            reversals: counts.reversals,
            orders: counts.orders,
            jobs: i64::try_from(jobs).unwrap_or(i64::MAX),
        };
        self.0
            .kept
            .with(|notes| notes.waiting.insert(programme, (now_us, waiting)));
        Ok(waiting)
    }

    /// How long an appeal may wait for its answer in a programme, in microseconds.
    pub fn appeal_us(&self, programme: ProgrammeId) -> i64 {
        const DAY_US: i64 = 86_400_000_000;
        self.policy(programme).policy.limits.appeal_days * DAY_US
    }

    /// How much a sign speaks against an act in a programme.
    pub fn tone(&self, programme: &Programme, sign: &str) -> domain::evidence::Tone {
        self.policy(programme.id).policy.tone(sign)
    }

    /// The evidence policy in force in a programme.
    pub fn evidence_policy(&self, programme: &Programme) -> std::sync::Arc<domain::evidence::Policy> {
        self.policy(programme.id).policy
    }

    /// What was counted last by [`App::count_waiting`]; nothing if it was never asked.
    pub fn counted_waiting(&self, programme: ProgrammeId) -> Waiting {
        let kept = self.0.kept.with(|notes| notes.waiting.get(&programme).copied());
        kept.map(|(_, waiting)| waiting).unwrap_or_default()
    }

    /// What waits for staff in a programme.
    pub async fn work_waiting(&self, caller: &Caller, programme: &Programme) -> Result<Work, Error> {
        caller.may(Deed::ReadConsole, programme.id, None)?;
        let (id, reads) = (programme.id, caller.can(Deed::ReadParticipant, programme.id));
        self.0.kept.recount(id);
        let waiting = self.count_waiting(id).await?;
        let (appeals, reversals, jobs) = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let jobs = books::failing_jobs(db, id, MOST_WAITING).await?;
                if !reads {
                    return Ok((Vec::new(), Vec::new(), jobs));
                }
                let appeals = books::open_appeals(db, id, MOST_WAITING).await?;
                Ok((appeals, books::open_reversals(db, id, MOST_WAITING).await?, jobs))
            })
            .await?;
        let (catalogue, own, me) = (self.catalogue(), caller.participants(), caller.person());
        let (now_us, within_us) = (self.now_us(), self.appeal_us(id));
        let appeals = appeals.into_iter().map(|appeal| {
            let due_us = appeal.made_us + within_us;
            Ok(AppealView {
                due_us,
                overdue: due_us < now_us,
                own: own.contains(&(id, appeal.entry.participant)),
                record: RecordView::of_entry(&catalogue, &appeal.entry, None, None)?,
                words: appeal.words,
                made_us: appeal.made_us,
            })
        });
        let reversals = reversals.into_iter().map(|reversal| {
            Ok(ReversalView {
                own: reversal.asked_by == me,
                record: RecordView::of_entry(&catalogue, &reversal.entry, None, None)?,
                why: reversal.why,
                asker: asker(reversal.asker, reversal.asked_by),
                asked_us: reversal.asked_us,
            })
        });
        Ok(Work {
            waiting,
            appeals: appeals.collect::<Result<_, Error>>()?,
            reversals: reversals.collect::<Result<_, Error>>()?,
            jobs,
        })
    }
}

/// A login as colleagues see it.
fn asker(account: Option<String>, login: i64) -> String {
    match (account, login) {
        (Some(account), _) => account,
        (None, 0) => "console".to_owned(),
        (None, login) => domain::measure::Id::new(login).to_string(),
    }
}
