//! Drafts: a version that is not published yet, and last month decided again under it.
//!
//! A draft lives in memory, named by what it says; a task of its own decides the month again, bucket by bucket, so that
//! whoever asked can leave the page and come back. Nothing is written, and a restart forgets drafts: whoever writes one
//! keeps the file.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use domain::activity::{Act, ClaimKey, History, Past, Verdict, credit};
use domain::measure::{Carbon, Day, EntryId, ParticipantId, ProgrammeId};
use domain::methodology::{Context, Methodology, MethodologyError, quantify, recompute};
use domain::participant::{Consent, Consents, Standing};
use domain::programme::{Deed, Programme};
use store::activity::{ActRow, Entry};
use store::{Db, StoreError};

use super::month_before;
use crate::{App, Caller, Catalogue, Error, Refused};

/// Drafts kept; the oldest is forgotten first.
const MOST_DRAFTS: usize = 16;
/// Differences told one by one.
const MOST_TOP: usize = 20;
const BUCKETS: u32 = 256;

/// The drafts of all programmes.
#[derive(Debug, Default)]
pub struct Trials(Mutex<VecDeque<Arc<Draft>>>);

#[derive(Debug)]
struct Draft {
    programme: ProgrammeId,
    id: String,
    methodology: Arc<Methodology>,
    month: (Day, Day),
    buckets: AtomicU32,
    outcome: OnceLock<Result<Comparison, String>>,
}

/// How far the comparison is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// So many hundredths of the books were read.
    Running(u32),
    /// Done.
    Done(Box<Comparison>),
    /// It could not be finished.
    Failed(String),
}

/// A draft and what it would change.
#[derive(Debug, Clone)]
pub struct DraftView {
    /// Its name in addresses.
    pub id: String,
    /// What it says.
    pub methodology: Arc<Methodology>,
    /// First and last civil day that are compared.
    pub month: (Day, Day),
    /// How far the comparison is.
    pub progress: Progress,
}

/// How the credit of a record shifts, for the distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shift {
    /// It would not be credited at all.
    Gone,
    /// Less than half of what it was.
    Half,
    /// Less, but half or more.
    Less,
    /// The same, to the milligram.
    Same,
    /// More, up to twice as much.
    More,
    /// More than twice as much.
    Double,
}

impl Shift {
    /// From the worst to the best.
    pub const ALL: [Shift; 6] = [
        Shift::Gone,
        Shift::Half,
        Shift::Less,
        Shift::Same,
        Shift::More,
        Shift::Double,
    ];

    /// Its name for message files.
    pub const fn name(self) -> &'static str {
        match self {
            Shift::Gone => "gone",
            Shift::Half => "half",
            Shift::Less => "less",
            Shift::Same => "same",
            Shift::More => "more",
            Shift::Double => "double",
        }
    }

    fn of(old_mg: i64, new_mg: i64) -> Self {
        let (old, new) = (i128::from(old_mg), i128::from(new_mg));
        if new == 0 {
            Shift::Gone
        } else if new * 2 < old {
            Shift::Half
        } else if new < old {
            Shift::Less
        } else if new == old {
            Shift::Same
        } else if new <= old * 2 {
            Shift::More
        } else {
            Shift::Double
        }
    }
}

/// A record whose credit would change by much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Top {
    /// Whose it is.
    pub participant: ParticipantId,
    /// The record.
    pub record: EntryId,
    /// The civil day of the act.
    pub day: Day,
    /// What was credited, in mg CO2e.
    pub old_mg: i64,
    /// What would be, in mg CO2e; zero if nothing.
    pub new_mg: i64,
    /// Why it would be nothing: a stable code.
    pub reason: Option<&'static str>,
}

impl Top {
    fn change(&self) -> u64 {
        self.new_mg.abs_diff(self.old_mg)
    }
}

/// What was credited in a month beside what would be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// Records.
    pub records: u64,
    /// What they were credited, in mg CO2e.
    pub old_mg: i128,
    /// What they would be, in mg CO2e.
    pub new_mg: i128,
    /// How many shift how far, in the order of [`Shift::ALL`].
    pub shifts: [u64; 6],
    /// Why some would get nothing: a stable code with how many, and what they were credited in mg.
    pub reasons: BTreeMap<&'static str, (u64, i128)>,
    /// The largest changes, largest first; at most twenty.
    pub top: Vec<Top>,
}

impl Comparison {
    fn add(&mut self, one: Top) {
        self.records += 1;
        self.old_mg += i128::from(one.old_mg);
        self.new_mg += i128::from(one.new_mg);
        self.shifts[Shift::of(one.old_mg, one.new_mg) as usize] += 1;
        if let Some(reason) = one.reason {
            let (records, mg) = self.reasons.entry(reason).or_default();
            *records += 1;
            *mg += i128::from(one.old_mg);
        }
        if one.change() == 0 || self.top.len() == MOST_TOP && self.top[MOST_TOP - 1].change() >= one.change() {
            return;
        }
        let at = self.top.partition_point(|known| known.change() >= one.change());
        self.top.insert(at, one);
        self.top.truncate(MOST_TOP);
    }
}

/// Under what a month is decided again.
struct Bench {
    catalogue: Arc<Catalogue>,
    programme: Arc<Programme>,
    draft: Arc<Methodology>,
    month: (Day, Day),
}

impl Bench {
    fn in_month(&self, act: &ActRow) -> bool {
        (self.month.0..=self.month.1).contains(&act.day)
    }

    /// Decides the acts of one participant again, in the order in which they were booked. What lies outside the month
    /// counts against the ceilings as it was credited.
    fn again(&self, entries: &[Entry], comparison: &mut Comparison) -> Result<(), StoreError> {
        let acts = || entries.iter().filter_map(|entry| Some((entry, entry.act.as_ref()?)));
        let mut past = Vec::new();
        for (entry, act) in acts().filter(|(_, act)| !self.in_month(act)) {
            past.push(Past {
                methodology: self.version(act)?,
                day: act.day,
                interval_us: (act.started_us, act.ended_us),
                credited: entry.mg,
                raise: false,
            });
        }
        let mut history = History::whole(past);
        for (entry, act) in acts().filter(|(_, act)| self.in_month(act)) {
            let outcome = self.decide(entry, act, &mut history)?;
            comparison.add(Top {
                participant: entry.participant,
                record: entry.id,
                day: act.day,
                old_mg: entry.mg.mg(),
                new_mg: outcome.map_or(0, Carbon::mg),
                reason: outcome.err(),
            });
        }
        Ok(())
    }

    fn version(&self, act: &ActRow) -> Result<&Arc<Methodology>, StoreError> {
        let version = self.catalogue.version(act.methodology);
        version
            .map(|version| &version.methodology)
            .ok_or_else(|| corrupt(format!("methodology {}", act.methodology)))
    }

    /// What an act would be credited, or the code of what speaks against it.
    fn decide(
        &self,
        entry: &Entry,
        act: &ActRow,
        history: &mut History,
    ) -> Result<Result<Carbon, &'static str>, StoreError> {
        let region = self.region(act)?;
        let context = Context {
            region: &region,
            day: act.day,
            grade: act.grade,
        };
        let inputs = self.draft.stored_inputs(&act.inputs);
        let working = match inputs.and_then(|inputs| quantify(&self.draft, inputs, &context)) {
            Ok(working) => working,
            Err(why) => return Ok(Err(why.code())),
        };
        let act = Act {
            participant: entry.participant,
            channel: act.channel,
            partner: act.partner,
            started_us: act.started_us,
            ended_us: act.ended_us,
            day: act.day,
            working,
            retry: ClaimKey([0; 16]),
            body: 0,
            claims: Vec::new(),
            photo: None,
            refused_for: None,
        };
        let standing = Standing {
            open: true,
            consents: Consent::ALL.into_iter().fold(Consents::default(), Consents::with),
            partner_out: false,
        };
        Ok(
            match credit(&act, &self.programme, standing, None, history, entry.at_us) {
                Verdict::Credited { credited, .. } => Ok(credited),
                Verdict::Refused(why) => Err(why.code()),
            },
        )
    }

    /// Where the act happened. The books keep the factors that were in force, not the region: where the programme's
    /// own region gives them it is that one, else that of the first factor which differs.
    fn region(&self, act: &ActRow) -> Result<String, StoreError> {
        let version = self.version(act)?;
        let own = self.programme.region.clone();
        let damaged = |e: domain::methodology::Unquantified| corrupt(format!("a record: {e}"));
        let then = recompute(version, &act.inputs, &act.factors, act.grade).map_err(damaged)?;
        let context = Context {
            region: &own,
            day: act.day,
            grade: act.grade,
        };
        let here = quantify(version, then.inputs.clone(), &context);
        let here = here.map(|here| here.factor_rows).unwrap_or_default();
        let rows = version.factors.iter().zip(then.factor_rows.iter().enumerate());
        for (factor, (at, row)) in rows {
            if here.get(at) != Some(row)
                && let Some(row) = factor.rows.get(usize::from(*row))
            {
                return Ok(row.region.clone());
            }
        }
        Ok(own)
    }
}

fn corrupt(what: String) -> StoreError {
    StoreError::Corrupt { what }
}

impl App {
    /// Checks a draft and begins to decide last month again under it. The same text again is the same draft.
    ///
    /// # Errors
    /// `Ok(Err(_))` is everything that is wrong with the text.
    pub fn draft_methodology(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        text: &str,
    ) -> Result<Result<String, Vec<MethodologyError>>, Error> {
        caller.may(Deed::PublishMethodology, programme.id, None)?;
        let methodology = match Methodology::check(text) {
            Ok(methodology) => methodology,
            Err(faults) => return Ok(Err(faults)),
        };
        let hash = outside::chance::fingerprint(text);
        let id = hash[..8]
            .iter()
            .fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
        let month = month_before(programme.zone.day_of(self.now_us()));
        let draft = Arc::new(Draft {
            programme: programme.id,
            id: id.clone(),
            methodology,
            month,
            buckets: AtomicU32::new(0),
            outcome: OnceLock::new(),
        });
        {
            let mut drafts = self.0.trials.0.lock().unwrap_or_else(PoisonError::into_inner);
            let same = |known: &&Arc<Draft>| {
                known.programme == draft.programme && known.id == draft.id && known.month == draft.month
            };
            // one that failed is tried again
            if drafts
                .iter()
                .find(same)
                .is_some_and(|known| !matches!(known.outcome.get(), Some(Err(_))))
            {
                return Ok(Ok(id));
            }
            drafts.retain(|known| !same(&known));
            if drafts.len() == MOST_DRAFTS {
                drafts.pop_front();
            }
            drafts.push_back(Arc::clone(&draft));
        }
        let bench = Arc::new(Bench {
            catalogue: self.catalogue(),
            programme: Arc::clone(programme),
            draft: Arc::clone(&draft.methodology),
            month,
        });
        let app = self.clone();
        tokio::spawn(async move {
            let outcome = app.compare(&bench, &draft).await;
            let outcome = outcome.map_err(|error| {
                tracing::warn!(%error, "comparing a draft");
                error.to_string()
            });
            let _ = draft.outcome.set(outcome);
        });
        Ok(Ok(id))
    }

    /// A draft of a programme, if it is still known.
    pub fn draft(&self, caller: &Caller, programme: &Programme, id: &str) -> Result<DraftView, Error> {
        caller.may(Deed::PublishMethodology, programme.id, None)?;
        let drafts = self.0.trials.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = drafts
            .iter()
            .rev()
            .find(|draft| draft.programme == programme.id && draft.id == id);
        let draft = found.ok_or(Refused::NotFound("draft"))?;
        let progress = match draft.outcome.get() {
            None => Progress::Running(draft.buckets.load(Ordering::Relaxed) * 100 / BUCKETS),
            Some(Ok(comparison)) => Progress::Done(Box::new(comparison.clone())),
            Some(Err(words)) => Progress::Failed(words.clone()),
        };
        Ok(DraftView {
            id: draft.id.clone(),
            methodology: Arc::clone(&draft.methodology),
            month: draft.month,
            progress,
        })
    }

    /// Reads the books bucket by bucket; of a bucket only one participant's acts are held at a time.
    async fn compare(&self, bench: &Arc<Bench>, draft: &Draft) -> Result<Comparison, Error> {
        let behaviour = &bench.draft.behaviour;
        let published = bench.catalogue.published();
        let versions: Arc<Vec<i64>> = Arc::new(
            published
                .filter(|version| version.methodology.behaviour == *behaviour)
                .map(|version| version.number)
                .collect(),
        );
        let mut total = Comparison::default();
        for bucket in 0..=u8::MAX {
            let (bench, versions, programme) = (Arc::clone(bench), Arc::clone(&versions), draft.programme);
            let so_far = std::mem::take(&mut total);
            let read = async move |db: &mut Db| {
                let mut comparison = so_far.clone();
                let mut acts: Vec<Entry> = Vec::new();
                store::methodology::each_credited(db, bucket, programme, &versions, |entry| {
                    if acts.first().is_some_and(|first| first.participant != entry.participant) {
                        bench.again(&acts, &mut comparison)?;
                        acts.clear();
                    }
                    acts.push(entry);
                    Ok(())
                })
                .await?;
                bench.again(&acts, &mut comparison)?;
                Ok(comparison)
            };
            total = self.0.store.read(read).await?;
            draft.buckets.fetch_add(1, Ordering::Relaxed);
        }
        Ok(total)
    }
}
