//! Checkpoints of SQLite's write-ahead log, on a thread of their own. Invariant: the log stays small unless
//! a reader holds an old snapshot; then it is cut as soon as that reader has gone.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::StoreError;

const TICK: Duration = Duration::from_millis(250);
const TICKS_BETWEEN_COPIES: u64 = 20;
const TICKS_BETWEEN_COPIES_OF_A_LONG_LOG: u64 = 2;
const LONG_BYTES: u64 = 16 << 20;
const TOO_LONG_BYTES: u64 = 256 << 20;
const TICKS_UNTIL_IDLE: u64 = 20;
const TICKS_AFTER_A_FAILED_CUT: u64 = 40;

/// Lets the checkpointer in between two batches. SQLite's locks are not fair: a lane under load begins
/// again within microseconds, and a checkpoint that polls would wait for minutes.
#[derive(Default)]
pub(crate) struct Gate {
    closed: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    /// Waits while a checkpoint needs the books for itself.
    pub(crate) fn pass(&self) {
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.opened.wait_while(closed, |closed| *closed));
    }

    fn set(&self, closed: bool) {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = closed;
        self.opened.notify_all();
    }
}

/// The checkpointer: watches one log until all other threads have left the books.
pub(crate) struct Checkpointer {
    pub(crate) books: PathBuf,
    pub(crate) gate: Arc<Gate>,
    pub(crate) commits: Arc<AtomicU64>,
}

impl Checkpointer {
    /// Runs until every other end of `stop` is dropped, whatever happens: a log that nobody copies fills the disk.
    pub(crate) fn work(self, stop: &Receiver<()>) {
        while let Err(error) = self.watch(stop) {
            tracing::error!(%error, "checkpoint failed");
            if stop.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    }

    fn watch(&self, stop: &Receiver<()>) -> Result<(), StoreError> {
        let connection = rusqlite::Connection::open(&self.books)?;
        connection.busy_timeout(Duration::from_millis(500))?;
        let page_bytes: u32 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
        let file = log_of(&self.books);
        // What was committed when last looked at and when last copied; ticks since.
        let (mut seen, mut copied) = (0, 0);
        let (mut idle, mut age, mut wait) = (0, 0, 0_u64);
        while stop.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            let file_bytes = std::fs::metadata(&file).map_or(0, |file| file.len());
            let commits = self.commits.load(Ordering::Relaxed);
            idle = if commits == seen { idle + 1 } else { 0 };
            (seen, age, wait) = (commits, age + 1, wait.saturating_sub(1));
            let mut cut = (idle >= TICKS_UNTIL_IDLE && file_bytes > 0).then_some("TRUNCATE");
            let due = if file_bytes > LONG_BYTES {
                TICKS_BETWEEN_COPIES_OF_A_LONG_LOG
            } else {
                TICKS_BETWEEN_COPIES
            };
            if commits != copied && age >= due {
                let log_bytes = checkpoint(&connection, "PASSIVE")?.1 * u64::from(page_bytes);
                (copied, age) = (commits, 0);
                if log_bytes > TOO_LONG_BYTES {
                    // To write over a file costs a sixth of making it longer, so it is kept if it may be.
                    cut = Some(if log_bytes > 2 * TOO_LONG_BYTES {
                        "TRUNCATE"
                    } else {
                        "RESTART"
                    });
                }
            }
            if let Some(mode) = cut.filter(|_| wait == 0) {
                // Most was copied beside the writer, which is held up for the rest only.
                self.gate.set(true);
                let cut = checkpoint(&connection, mode);
                self.gate.set(false);
                if cut?.0 {
                    wait = TICKS_AFTER_A_FAILED_CUT;
                    tracing::warn!(file_bytes, "a reader keeps the write-ahead log from being cut");
                }
            }
        }
        Ok(())
    }
}

/// Whether somebody was in the way, and how many pages the log has.
fn checkpoint(connection: &rusqlite::Connection, mode: &str) -> Result<(bool, u64), StoreError> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    let (busy, pages) = connection.query_row(&sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    Ok((busy != 0, u64::try_from(pages).unwrap_or(0)))
}

pub(crate) fn log_of(books: &Path) -> PathBuf {
    crate::beside(books, "-wal")
}
