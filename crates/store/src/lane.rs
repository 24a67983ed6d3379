//! Lanes write, readers read; each is a thread that owns one connection. A lane is a committer:
//!
//! ```text
//! callers -> queue -> [ begin -> run what arrived while the last commit ran -> commit ] -> answers
//! ```
//!
//! Invariant: nobody is told "written" before the commit that holds it is durable, and a request that
//! fails takes nobody with it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::Instant;

use crate::activity::{self, Post, Posted, Shared};
use crate::db::{Db, Engine, Place, Purpose};
use crate::wal::Gate;
use crate::{Options, StoreError};

/// A future that stays on its thread.
type Local<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// One read, its type forgotten; it answers its caller itself.
pub(crate) type Read = Box<dyn for<'a> FnOnce(Result<&'a mut Db, StoreError>) -> Local<'a, ()> + Send>;

pub(crate) fn read<T: Send + 'static>(
    f: impl AsyncFnOnce(&mut Db) -> Result<T, StoreError> + Send + 'static,
    reply: oneshot::Sender<Result<T, StoreError>>,
) -> Read {
    Box::new(move |db| {
        Box::pin(async move {
            let answer = match db {
                Ok(db) => f(db).await,
                Err(error) => Err(error),
            };
            drop(reply.send(answer)); // a caller who left wants no answer
        })
    })
}

/// What a lane is asked to do.
pub(crate) enum Request {
    /// A closure of its own.
    Write(Box<dyn Write>),
    /// Acts, decided together with all others that wait.
    Acts(Acts),
}

/// Acts, what became of them when they were last decided, and who waits for it.
pub(crate) struct Acts {
    pub(crate) posts: Vec<Post>,
    pub(crate) posted: Vec<Posted>,
    pub(crate) reply: oneshot::Sender<Result<Vec<Posted>, StoreError>>,
}

/// One write, its type forgotten.
pub(crate) trait Write: Send {
    fn run<'a>(&'a mut self, db: &'a mut Db) -> Local<'a, Result<(), StoreError>>;
    fn answer(self: Box<Self>, outcome: Result<(), StoreError>);
}

/// A closure, what it returned when it last ran, and who waits for it.
pub(crate) struct Call<F, T> {
    pub(crate) f: F,
    pub(crate) value: Option<T>,
    pub(crate) reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Write for Call<F, T>
where
    F: AsyncFn(&mut Db) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn run<'a>(&'a mut self, db: &'a mut Db) -> Local<'a, Result<(), StoreError>> {
        Box::pin(async {
            self.value = None;
            self.value = Some((self.f)(db).await?);
            Ok(())
        })
    }

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Self { value, reply, .. } = *self;
        let never_ran = || StoreError::Engine("answered before it ran".to_owned());
        drop(reply.send(outcome.and_then(|()| value.ok_or_else(never_ran))));
    }
}

impl Request {
    fn answer(self, outcome: Result<(), StoreError>) {
        match self {
            Self::Write(write) => write.answer(outcome),
            Self::Acts(Acts { posted, reply, .. }) => drop(reply.send(outcome.map(|()| posted))),
        }
    }

    /// How much of a batch it takes up.
    fn weight(&self) -> usize {
        match self {
            Self::Write(_) => 1,
            Self::Acts(acts) => acts.posts.len(),
        }
    }
}

/// Runs all requests in the open transaction: the acts set-wise, then the others in order.
async fn apply(db: &mut Db, shared: &Shared, requests: &mut [Request]) -> Result<(), StoreError> {
    let posts: Vec<&Post> = requests
        .iter()
        .filter_map(|request| match request {
            Request::Acts(acts) => Some(&acts.posts),
            Request::Write(_) => None,
        })
        .flatten()
        .collect();
    let mut posted = if posts.is_empty() {
        Vec::new()
    } else {
        activity::post(db, shared, &posts).await?
    }
    .into_iter();
    for request in requests {
        match request {
            Request::Write(write) => write.run(db).await?,
            Request::Acts(acts) => acts.posted = posted.by_ref().take(acts.posts.len()).collect(),
        }
        if db.lost_transaction() {
            return Err(StoreError::Engine("the transaction ended before its commit".to_owned()));
        }
    }
    Ok(())
}

/// A thread's place at the books: its connection, opened again when it died.
pub(crate) struct Seat {
    place: Place,
    purpose: Purpose,
    db: Option<Db>,
    failures: u32,
    closed_until: Option<Instant>,
}

impl Seat {
    pub(crate) fn new(place: Place, purpose: Purpose) -> Self {
        Self {
            place,
            purpose,
            db: None,
            failures: 0,
            closed_until: None,
        }
    }

    /// The connection. While the server is away, asking costs nothing: it is tried at growing intervals.
    pub(crate) async fn db(&mut self) -> Result<&mut Db, StoreError> {
        if self.db.as_ref().is_some_and(Db::is_closed) {
            self.db = None;
        }
        if self.db.is_none() {
            if self.closed_until.is_some_and(|until| until.elapsed().is_zero()) {
                return Err(StoreError::Unavailable("the server is away".to_owned()));
            }
            match Db::open(&self.place, self.purpose).await {
                Ok(db) => {
                    self.db = Some(db);
                    self.failures = 0;
                    self.closed_until = None;
                }
                Err(error) => {
                    let pause = Duration::from_millis(100 << self.failures.min(6));
                    self.failures += 1;
                    self.closed_until = Some(Instant::now() + pause);
                    tracing::warn!(%error, "cannot open the books");
                    return Err(error);
                }
            }
        }
        self.opened()
    }

    /// The connection as it stands, with the transaction that was begun on it: never a new one.
    fn opened(&mut self) -> Result<&mut Db, StoreError> {
        self.db
            .as_mut()
            .ok_or_else(|| StoreError::Unavailable("no connection".to_owned()))
    }
}

/// Answers reads, one after the other; all readers share one queue.
pub(crate) async fn reader(mut seat: Seat, queue: Arc<Mutex<mpsc::Receiver<Read>>>) {
    loop {
        let next = queue.lock().await.recv().await;
        let Some(read) = next else { return };
        read(seat.db().await).await;
        // A snapshot that was left open would show the next caller an old world.
        if let Some(db) = &mut seat.db
            && db.rollback().await.is_err()
        {
            seat.db = None;
        }
    }
}

/// How often a request that met a conflict is run again, alone.
const TRIES: u32 = 20;

/// The committer.
pub(crate) struct Lane {
    pub(crate) seat: Seat,
    pub(crate) gate: Arc<Gate>,
    pub(crate) commits: Arc<AtomicU64>,
    pub(crate) shared: Arc<Shared>,
}

impl Lane {
    /// Works until the queue is closed and empty.
    pub(crate) async fn work(mut self, mut queue: mpsc::Receiver<Request>, options: Options) {
        let mut waiting = Vec::new();
        while let Some(first) = queue.recv().await {
            let mut weight = first.weight();
            waiting.push(first);
            while weight < options.batch {
                let Ok(next) = queue.try_recv() else { break };
                weight += next.weight();
                waiting.push(next);
            }
            self.settle(&mut waiting).await;
        }
    }

    /// Answers every request. All go together; if that fails ever fewer, so that a poisoned one ends up
    /// alone after a handful of commits, and the order stays.
    async fn settle(&mut self, waiting: &mut Vec<Request>) {
        let mut size = waiting.len();
        let mut tries = 0;
        while !waiting.is_empty() {
            let outcome = self.together(&mut waiting[..size]).await;
            match outcome {
                // The engine failed, not a request: asking it once for each would take the queue for ever.
                Err(StoreError::Unavailable(_) | StoreError::Busy) if self.seat.db.is_none() => size = waiting.len(),
                Err(_) if size > 1 => {
                    size /= 2;
                    continue;
                }
                Err(StoreError::Conflict(_)) if tries < TRIES => {
                    tries += 1;
                    self.give_way(tries).await;
                    continue;
                }
                _ => {}
            }
            for request in waiting.drain(..size) {
                request.answer(outcome.clone());
            }
            (size, tries) = (waiting.len(), 0);
        }
    }

    /// One transaction with these requests in it, or none.
    async fn together(&mut self, requests: &mut [Request]) -> Result<(), StoreError> {
        self.gate.pass();
        let shared = Arc::clone(&self.shared);
        let db = self.begin().await?;
        let outcome = match apply(db, &shared, requests).await {
            Ok(()) => db.commit().await,
            Err(error) => Err(error),
        };
        match &outcome {
            Ok(()) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                // When a server is lost during COMMIT nobody knows: the callers ask again by their keys.
                let lost = db.engine() == Engine::Postgres && matches!(error, StoreError::Unavailable(_));
                if lost || db.rollback().await.is_err() {
                    self.seat.db = None;
                }
            }
        }
        outcome
    }

    /// A connection that died while nobody looked is noticed here, where nothing is lost by a second try.
    async fn begin(&mut self) -> Result<&mut Db, StoreError> {
        if let Err(error) = self.seat.db().await?.begin().await {
            self.seat.db = None;
            if !matches!(error, StoreError::Unavailable(_)) {
                return Err(error);
            }
            if let Err(error) = self.seat.db().await?.begin().await {
                self.seat.db = None;
                return Err(error);
            }
        }
        self.seat.opened()
    }

    /// On SQLite nobody else writes, so that waiting would change nothing.
    async fn give_way(&self, tries: u32) {
        if self.seat.place.engine() == Engine::Postgres {
            tokio::time::sleep(Duration::from_micros(u64::from(tries * tries) * 50)).await;
        }
    }
}
