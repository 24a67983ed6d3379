//! What one can do: one async function per verb.
//!
//! Each verb asks [`Caller::may`], loads values, calls the rules, and writes what they returned in one transaction.
//! Invariant: every verb that writes is idempotent by key, and nothing is written by one that is refused.

mod access;
mod activity;
mod audit;
mod catalogue;
mod competition;
mod consent;
mod console;
mod error;
mod evidence;
mod export;
mod job;
mod join;
mod leave;
mod ledger;
mod mail;
mod methodology;
mod participant;
mod partner;
mod passkey;
mod people;
mod programme;
mod public;
mod reset;
mod rewards;
mod staff;
mod throttle;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use domain::activity::ClaimKey;
use domain::measure::{ParticipantId, ProgrammeId, make_id};
use outside::blobs::Blobs;
use outside::chance::random_id;
use outside::clock::Clock;
use outside::mail::Mailer;
use outside::password::Passwords;
use outside::photo::Limits;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::access::Answer;
use store::{Db, Store, StoreError};
use tokio::sync::Semaphore;

pub use access::{Caller, Session, Who, form_key, form_token};
pub use activity::{
    ActView, Days, Inputs, Mode, RaisedView, Receipt, RecordView, Report, Said, Standing, StatementPage, Which,
};
pub use audit::{AuditFilter, AuditPage, AuditView};
pub use catalogue::{Catalogue, InForce};
pub use competition::{
    AwardView, BoardView, Champion, CompetitionListed, CompetitionView, CorrectionView, DayCurve, DayStory, DayView,
    EntrantListed, EntryView, HookView, LateDay, LeagueView, LineFault, MOST_LINES, NEWS_TO_CHOOSE, Need,
    NewCompetition, NewDayReading, NewHook, NewTeam, News, NewsWanted, NoticeView, OwnDay, OwnResult, Picture,
    PodiumView, PrizeStock, ReadingOutcome, ReadingState, Replay, Row, SignedDayView, TeamImport, TeamLine,
    TeamListLine, TeamListed, TeamResult, TeamRow, TeamView, Viewer, WinnerRow,
};
pub use consent::ConsentView;
pub use console::{
    AppealView, CATEGORIES, DayFigures, FailingJob, Frozen, ListOrder, ListedParticipant, Overview, ParticipantDetail,
    ParticipantFilter, ParticipantsPage, Period, RecordCursor, RecordDetail, RecordFilter, RecordsPage, ReversalState,
    ReversalView, Stand, Waiting, Work,
};
pub use error::{Broken, Error, Refused};
pub use evidence::{
    AlikeView, Batch, Changed, Count, DryRun, DryRunView, EvidenceMonth, Fate, Followed, Letters, MOST_TOGETHER,
    NewProof, NewReading, PolicyInForce, PolicyView, ProofView, Queue, QueueCursor, QueuedView, Retention,
    ReviewFilter, ReviewView, SaidView, Say, Scan, StepsFate, StepsOutcome, Submitted, device_mark, scratch,
};
pub use join::{Joined, NewAccount};
pub use ledger::{AvoidedView, Like, Likeness, LineView, MonthView, SupplyView, TakenBack};
pub use mail::{Letter, LetterView};
pub use methodology::{
    Comparison, CreditedView, DraftView, MethodologyView, Progress, Shift, Top, month_before, try_act,
};
pub use outside::signature;
pub use participant::{Agreed, BalanceView, ConsentChange, NewParticipant, OwnAppeal, OwnPartner, ParticipantView};
pub use partner::{FeedView, PartnerCredentials, PartnerToken, PartnerView, SetSigning};
pub use passkey::{PasskeyView, Proof, Site};
pub use people::{InCharge, InvitationView, NewEntity, Own};
pub use programme::{NewProgramme, Settings};
pub use public::{PublicMonth, PublicView};
pub use rewards::{
    Imported, NewReward, OrderFilter, OrderRow, OrderView, RewardChange, RewardRow, RewardView, VoucherView,
};
pub use staff::{NewStaff, STAFF_ROLES, StaffView};
pub use store::access::Membership;
pub use store::competition::{AwardState, EntrantFilter, EntrantOrder, ListedEntrant};
pub use store::partner::{Fault as FeedFault, Hour as FeedHour};

/// What the application is made with.
pub struct Parts {
    /// The books.
    pub store: Store,
    /// Where photos go.
    pub blobs: Blobs,
    /// The time.
    pub clock: Clock,
    /// How passwords are hashed.
    pub passwords: Passwords,
    /// What a photo may be.
    pub photos: Limits,
    /// Where the models for reading text are, if they are installed there.
    pub models: Option<PathBuf>,
    /// How letters go out; without it they stay where they were written.
    pub mailer: Option<Mailer>,
}

/// The application, open. Clones share it.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    blobs: Blobs,
    clock: Clock,
    passwords: Passwords,
    photos: Limits,
    /// Reads text in photos, where its models are installed.
    reader: Option<Arc<outside::text::Reader>>,
    mailer: Option<Mailer>,
    /// One text at a time is read in a photo.
    texts: Semaphore,
    /// Letters on their way to the server of letters at once.
    letters: Semaphore,
    throttle: throttle::Throttle,
    /// Decoding takes hundreds of megabytes for the largest photos, and hashing a password 19: a few at once.
    heavy: Semaphore,
    counter: AtomicU32,
    catalogue: RwLock<Arc<Catalogue>>,
    /// One reload at a time: of two, the one that read earlier must not be kept.
    reloading: tokio::sync::Mutex<()>,
    references: RwLock<HashMap<(ProgrammeId, String), ParticipantId>>,
    jobs_wanted: tokio::sync::Notify,
    kept: console::Kept,
    /// Photos of each programme, for finding those that look alike.
    looks: evidence::Looks,
    /// Methodologies that are not published yet.
    trials: methodology::Trials,
    /// Evidence policies that are not in force yet.
    dry_runs: evidence::DryRuns,
    /// What partners sent, until it is written.
    feed: partner::Feed,
    ceremonies: passkey::Ceremonies,
    /// Boards of competitions that somebody looked at.
    boards: competition::Boards,
    /// Results of competitions that somebody looked at.
    results: competition::KeptResults,
    /// Competitions that take readings.
    running: competition::Running,
    /// The last time that was given to a change which boards follow.
    last_change_us: std::sync::atomic::AtomicI64,
}

/// What operators watch.
#[derive(Debug, Clone, Copy)]
pub struct Health {
    /// Commits made since the start.
    pub commits: u64,
    /// Jobs that are not done.
    pub jobs_waiting: i64,
    /// Of these, jobs that failed before.
    pub jobs_failing: i64,
}

/// A caller's idempotency key with the fingerprint of what it came with.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    claim: ClaimKey,
    body: i64,
}

impl Key {
    /// The key of a caller for a verb, and what was asked.
    pub fn new(caller: &Caller, verb: &str, key: &str, body: &[u8]) -> Self {
        let who = caller.fingerprint();
        let claim = ClaimKey::of(&[b"answer", who.as_bytes(), verb.as_bytes(), key.as_bytes()]);
        Key {
            claim,
            body: fingerprint(&[body]),
        }
    }
}

/// 64 bits of a SHA-256: enough to tell two bodies under one key apart.
fn fingerprint(parts: &[&[u8]]) -> i64 {
    let key = ClaimKey::of(parts);
    i64::from_le_bytes([
        key.0[0], key.0[1], key.0[2], key.0[3], key.0[4], key.0[5], key.0[6], key.0[7],
    ])
}

impl App {
    /// Opens the application on its parts.
    pub async fn open(parts: Parts) -> Result<Self, Error> {
        let Parts {
            store,
            blobs,
            clock,
            passwords,
            photos,
            models,
            mailer,
        } = parts;
        let app = App(Arc::new(Inner {
            store,
            blobs,
            clock,
            passwords,
            photos,
            reader: evidence::reader_in(models.as_deref()),
            mailer,
            texts: Semaphore::new(1),
            letters: Semaphore::new(4),
            throttle: throttle::Throttle::default(),
            heavy: Semaphore::new(2),
            // two processes that were started together would otherwise make the same ids
            counter: AtomicU32::new(u32::try_from(random_id().map_err(Error::outside)? & 0xF_FFFF).unwrap_or_default()),
            catalogue: RwLock::default(),
            reloading: tokio::sync::Mutex::new(()),
            references: RwLock::new(HashMap::new()),
            jobs_wanted: tokio::sync::Notify::new(),
            kept: console::Kept::default(),
            looks: evidence::Looks::default(),
            trials: methodology::Trials::default(),
            dry_runs: evidence::DryRuns::default(),
            feed: partner::Feed::default(),
            ceremonies: passkey::Ceremonies::default(),
            boards: competition::Boards::default(),
            results: competition::KeptResults::default(),
            running: competition::Running::default(),
            last_change_us: std::sync::atomic::AtomicI64::new(i64::MIN),
        }));
        app.reload_catalogue().await?;
        Ok(app)
    }

    /// The books, for what looks at them from outside the rules: verification, backup.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Microseconds since the epoch.
    pub fn now_us(&self) -> i64 {
        self.0.clock.now_us()
    }

    /// The programmes and methodologies in force now.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.0.catalogue.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn reload_catalogue(&self) -> Result<(), Error> {
        let alone = self.0.reloading.lock().await;
        let mut fresh = self.0.store.read(async |db: &mut Db| Catalogue::load(db).await).await?;
        self.settle_policies(&mut fresh).await?;
        *self.0.catalogue.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        drop(alone);
        Ok(())
    }

    /// A new time-ordered number.
    fn next_id(&self) -> i64 {
        make_id(self.now_us(), self.0.counter.fetch_add(1, Ordering::Relaxed))
    }

    /// Runs a write once per key: a retry gets the answer that was given, another body under the same key is refused.
    async fn once<T, F>(&self, bucket: u8, key: Option<Key>, f: F) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        F: AsyncFn(&mut Db) -> Result<Result<T, Refused>, StoreError> + Send + 'static,
    {
        let now_us = self.now_us();
        let outcome = self
            .0
            .store
            .write(bucket, async move |db: &mut Db| {
                if let Some(key) = key
                    && let Some(before) = store::access::answer(db, &key.claim).await?
                {
                    if before.body != key.body {
                        return Ok(Err(Refused::KeyReused));
                    }
                    let answer = serde_json::from_str(&before.text);
                    return answer
                        .map(Ok)
                        .map_err(|e| StoreError::Engine(format!("a kept answer: {e}")));
                }
                let outcome = f(db).await?;
                if let (Some(key), Ok(value)) = (key, &outcome) {
                    let text =
                        serde_json::to_string(value).map_err(|e| StoreError::Engine(format!("an answer: {e}")))?;
                    store::access::keep_answer(
                        db,
                        &key.claim,
                        &Answer {
                            body: key.body,
                            status: 200,
                            text,
                        },
                        now_us,
                    )
                    .await?;
                }
                Ok(outcome)
            })
            .await?;
        Ok(outcome?)
    }

    /// What operators watch.
    pub async fn health(&self) -> Result<Health, Error> {
        let commits = self.0.store.commits();
        let (waiting, failing) = self
            .0
            .store
            .read(async |db: &mut Db| store::job::counts(db).await)
            .await?;
        Ok(Health {
            commits,
            jobs_waiting: waiting,
            jobs_failing: failing,
        })
    }

    /// Finishes what was accepted and closes the books.
    pub async fn close(&self) {
        if let Err(error) = self.flush_feed().await {
            tracing::warn!(%error, "the log of the partners");
        }
        self.0.store.close().await;
    }
}
