//! The books: the one place that speaks SQL, on SQLite and on PostgreSQL.
//!
//! ```text
//! Store ── write(bucket) ─> lane    (a thread, one writing connection, one commit for all who wait)
//!       └─ read ─────────> reader  (a thread, one reading connection)
//! ```
//!
//! Invariant: what a caller was told is written is on disk.

pub mod access;
pub mod activity;
pub mod audit;
mod backup;
pub mod competition;
pub mod consent;
pub mod console;
mod db;
mod error;
pub mod evidence;
pub mod hook;
pub mod job;
mod lane;
pub mod leave;
pub mod ledger;
pub mod mail;
pub mod methodology;
pub mod notice;
pub mod participant;
pub mod partner;
pub mod passkey;
pub mod people;
pub mod programme;
pub mod public;
pub mod rewards;
mod schema;
pub mod staff;
#[cfg(feature = "testing")]
pub mod testing;
mod value;
pub mod verify;
mod wal;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use domain::measure::bucket_of;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

pub use backup::restore;
pub use db::{Db, Engine};
pub use error::StoreError;
pub use value::{Param, Row};

use activity::{Post, Posted, Shared};
use db::{Place, Purpose};
use lane::{Acts, Call, Lane, Read, Request, Seat};

/// What the store is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// To own the books: migrate, write and read.
    Serve,
    /// To look at them beside a running server.
    ReadOnly,
}

/// How the store is opened.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Writing connections on PostgreSQL; SQLite has one.
    pub lanes: usize,
    /// Reading connections.
    pub readers: usize,
    /// Requests that may wait in a lane before callers are told [`StoreError::Busy`].
    pub queue: usize,
    /// The most requests that share a commit.
    pub batch: usize,
    /// What for.
    pub role: Role,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lanes: 1,
            readers: 2,
            queue: 10_000,
            batch: 2_000,
            role: Role::Serve,
        }
    }
}

/// The books, open. Clones share them.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    place: Place,
    commits: Arc<AtomicU64>,
    doors: RwLock<Option<Doors>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// The ends of the queues. The threads finish what was accepted and stop when these are dropped.
struct Doors {
    lanes: Vec<mpsc::Sender<Request>>,
    readers: mpsc::Sender<Read>,
}

impl Store {
    /// Opens the books at `sqlite://path` or `postgres://user:password@host:port/database`.
    pub async fn open(url: &str, options: Options) -> Result<Self, StoreError> {
        let place = Place::parse(url)?;
        let lock = match (&place, options.role) {
            (Place::Sqlite(path), Role::Serve) => Some(lock_books(path)?),
            _ => None,
        };
        prepare(place.clone(), options.role).await?;

        let commits = Arc::new(AtomicU64::new(0));
        let shared = Arc::new(Shared::default());
        let gate = Arc::new(wal::Gate::default());
        let mut threads = Vec::new();
        let mut lanes = Vec::new();
        let wanted = match (options.role, place.engine()) {
            (Role::ReadOnly, _) => 0,
            (Role::Serve, Engine::Sqlite) => 1,
            (Role::Serve, Engine::Postgres) => options.lanes.max(1),
        };
        // Dropped by each thread as it ends: the checkpointer goes last, and leaves one file without a log.
        let (alive, others_ended) = std::sync::mpsc::channel::<()>();
        for number in 0..wanted {
            let (door, queue) = mpsc::channel(options.queue.max(1));
            lanes.push(door);
            let lane = Lane {
                seat: Seat::new(place.clone(), Purpose::Write),
                gate: gate.clone(),
                commits: commits.clone(),
                shared: shared.clone(),
            };
            let alive = alive.clone();
            threads.push(thread(format!("lane-{number}"), async move || {
                lane.work(queue, options).await;
                drop(alive);
            })?);
        }
        let (door, queue) = mpsc::channel(options.queue.max(1));
        let queue = Arc::new(tokio::sync::Mutex::new(queue));
        for number in 0..options.readers.max(1) {
            let seat = Seat::new(place.clone(), Purpose::Read);
            let (queue, alive) = (queue.clone(), alive.clone());
            threads.push(thread(format!("reader-{number}"), async move || {
                lane::reader(seat, queue).await;
                drop(alive);
            })?);
        }
        if let (Place::Sqlite(path), Role::Serve) = (&place, options.role) {
            let checkpointer = wal::Checkpointer {
                books: path.clone(),
                gate,
                commits: commits.clone(),
            };
            threads.push(thread("checkpointer".to_owned(), async move || {
                checkpointer.work(&others_ended);
                drop(lock);
            })?);
        }
        let doors = Doors { lanes, readers: door };
        Ok(Self(Arc::new(Inner {
            place,
            commits,
            doors: RwLock::new(Some(doors)),
            threads: Mutex::new(threads),
        })))
    }

    /// Which engine keeps these books.
    pub fn engine(&self) -> Engine {
        self.0.place.engine()
    }

    /// How many commits the lanes have made.
    pub fn commits(&self) -> u64 {
        self.0.commits.load(Ordering::Relaxed)
    }

    /// Runs `f` on a reader. Each of its statements sees what is committed by then; [`Db::snapshot`] gives
    /// all of them the same moment, and need not be ended.
    pub async fn read<T, F>(&self, f: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: AsyncFnOnce(&mut Db) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.send(|doors| Ok(&doors.readers), lane::read(f, reply))?;
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Runs `f` in a transaction on the lane of `bucket`, together with whoever else waits there, and
    /// answers once that is durable.
    ///
    /// `f` may run several times, each time on books where it has not run yet. It must hand on every
    /// [`StoreError`] that it meets. To refuse, it returns `Ok(Err(refusal))` and must not have written:
    /// the transaction is not undone for it.
    pub async fn write<T, F>(&self, bucket: u8, f: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: AsyncFn(&mut Db) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.submit(bucket, Request::Write(Box::new(Call { f, value: None, reply })))?;
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Decides on acts and books what is credited; answers in the same order once that is durable. Acts of one
    /// participant are decided in the order in which they stand here.
    pub async fn post(&self, posts: Vec<Post>) -> Result<Vec<Posted>, StoreError> {
        let lanes = self.lanes()?;
        let count = posts.len();
        let mut by_lane: Vec<(Vec<usize>, Vec<Post>)> = (0..lanes).map(|_| Default::default()).collect();
        for (position, post) in posts.into_iter().enumerate() {
            let lane = usize::from(bucket_of(post.act.participant.number())) % lanes;
            by_lane[lane].0.push(position);
            by_lane[lane].1.push(post);
        }
        let mut waiting = Vec::new();
        for (positions, posts) in by_lane.into_iter().filter(|(_, posts)| !posts.is_empty()) {
            let bucket = bucket_of(posts[0].act.participant.number());
            let (reply, answer) = oneshot::channel();
            self.submit(
                bucket,
                Request::Acts(Acts {
                    posts,
                    posted: Vec::new(),
                    reply,
                }),
            )?;
            waiting.push((positions, answer));
        }
        let mut posted: Vec<Option<Posted>> = (0..count).map(|_| None).collect();
        for (positions, answer) in waiting {
            for (position, one) in positions
                .into_iter()
                .zip(answer.await.unwrap_or_else(|_| Err(stopped()))?)
            {
                posted[position] = Some(one);
            }
        }
        posted.into_iter().collect::<Option<_>>().ok_or_else(stopped)
    }

    fn lanes(&self) -> Result<usize, StoreError> {
        let doors = self.0.doors.read().unwrap_or_else(PoisonError::into_inner);
        match doors.as_ref().ok_or_else(stopped)?.lanes.len() {
            0 => Err(StoreError::ReadOnly),
            lanes => Ok(lanes),
        }
    }

    /// Puts a request into the queue of its bucket's lane.
    pub(crate) fn submit(&self, bucket: u8, request: Request) -> Result<(), StoreError> {
        let lane = |doors: &Doors| usize::from(bucket).checked_rem(doors.lanes.len());
        self.send(
            |doors| lane(doors).map(|lane| &doors.lanes[lane]).ok_or(StoreError::ReadOnly),
            request,
        )
    }

    fn send<M>(
        &self,
        door: impl FnOnce(&Doors) -> Result<&mpsc::Sender<M>, StoreError>,
        message: M,
    ) -> Result<(), StoreError> {
        let doors = self.0.doors.read().unwrap_or_else(PoisonError::into_inner);
        let door = door(doors.as_ref().ok_or_else(stopped)?)?;
        door.try_send(message).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Closed(_) => stopped(),
        })
    }

    /// Copies the books to a file while they are in use, and checks the copy.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        if let Place::Postgres(config) = &self.0.place {
            return Err(StoreError::UsePgDump {
                command: backup::pg_dump(config, to),
            });
        }
        let to = to.to_owned();
        self.read(async move |db: &mut Db| {
            db.snapshot().await?;
            // The snapshot begins with the first read; without it each commit would start the copy anew.
            db.row("SELECT count(*) FROM sqlite_schema", &[]).await?;
            db.sqlite()
                .map_or_else(|| Err(stopped()), |books| backup::copy(books, &to))
        })
        .await
    }

    /// Takes no more requests, finishes those that were accepted, and lets go of the books.
    pub async fn close(&self) {
        let inner = self.0.clone();
        // A panic in there has been reported by its thread.
        drop(tokio::task::spawn_blocking(move || inner.stop()).await);
    }
}

impl Inner {
    fn stop(&self) {
        drop(self.doors.write().unwrap_or_else(PoisonError::into_inner).take());
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        // The last clone may have been dropped by a request, and no thread can wait for itself.
        let here = std::thread::current().id();
        if threads.iter().any(|thread| thread.thread().id() == here) {
            return;
        }
        for thread in threads.drain(..) {
            drop(thread.join());
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}

/// Brings the schema up to date, or looks whether it is, before anybody else comes.
async fn prepare(place: Place, role: Role) -> Result<(), StoreError> {
    let (reply, answer) = oneshot::channel();
    thread("migration".to_owned(), async move || {
        let prepared = match role {
            Role::Serve => match Db::open(&place, Purpose::Write).await {
                Ok(mut db) => schema::migrate(&mut db).await,
                Err(error) => Err(error),
            },
            Role::ReadOnly => match Db::open(&place, Purpose::Read).await {
                Ok(mut db) => schema::check(&mut db).await,
                Err(error) => Err(error),
            },
        };
        drop(reply.send(prepared));
    })?;
    answer.await.unwrap_or_else(|_| Err(stopped()))
}

/// A thread with a runtime of its own, so that a connection's work never waits for anybody else's.
fn thread(name: String, work: impl AsyncFnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let failed = |error: std::io::Error| StoreError::Unavailable(format!("thread: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    std::thread::Builder::new()
        .name(name)
        .spawn(move || runtime.block_on(work()))
        .map_err(failed)
}

/// Makes this process the only one to serve these books, until the file is closed.
fn lock_books(books: &Path) -> Result<File, StoreError> {
    let path = beside(books, ".lock");
    let file = File::options()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(|error| StoreError::file(&path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(path.display().to_string())),
        Err(TryLockError::Error(error)) => Err(StoreError::file(&path, &error)),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
