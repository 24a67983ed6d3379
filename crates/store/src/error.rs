//! What can go wrong below the rules. Invariant: no error carries a secret of the books' address.

use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID, SQLITE_CONSTRAINT_UNIQUE};
use tokio_postgres::error::SqlState;

/// Why the books did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The engine cannot be reached, or the answer was lost: the request may or may not have been written.
    #[error("the books cannot be reached: {0}")]
    Unavailable(String),
    /// The queue is full; nothing was done, ask again later.
    #[error("the books are busy")]
    Busy,
    /// Another transaction came first; doing the same again may succeed.
    #[error("another transaction came first: {0}")]
    Conflict(String),
    /// What is stored cannot be what this program wrote.
    #[error("the books are damaged: {what}")]
    Corrupt {
        /// The thing that cannot be read, and where.
        what: String,
    },
    /// A sum in the books would leave 64 bits.
    #[error("a sum is out of range")]
    Range,
    /// The engine refused a statement: a mistake in this program.
    #[error("the engine refused: {0}")]
    Engine(String),
    /// The schema could not be brought to this program's version, or is not at it.
    #[error("schema: {0}")]
    Migration(String),
    /// Another process owns these books.
    #[error("another process owns these books: {0} is locked")]
    Locked(String),
    /// A write was asked of books that were opened for reading.
    #[error("these books were opened for reading only")]
    ReadOnly,
    /// The address of the books makes no sense.
    #[error("address of the books: {0}")]
    Url(String),
    /// A file to be written is there already.
    #[error("{0} exists and is not overwritten")]
    Exists(String),
    /// PostgreSQL brings its own tool for backups.
    #[error("PostgreSQL is backed up by its own tool: {command}")]
    UsePgDump {
        /// What to type.
        command: String,
    },
}

impl StoreError {
    /// What is stored cannot be what this program wrote.
    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }

    /// Something was done to a file of the books and failed.
    pub(crate) fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Unavailable(format!("{}: {error}", path.display()))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(code, _) = &error else {
            return Self::Engine(error.to_string());
        };
        match code.code {
            ErrorCode::ConstraintViolation
                if matches!(
                    code.extended_code,
                    SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_ROWID
                ) =>
            {
                Self::Conflict(error.to_string())
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Corrupt {
                what: error.to_string(),
            },
            ErrorCode::CannotOpen | ErrorCode::DiskFull | ErrorCode::SystemIoFailure => {
                Self::Unavailable(error.to_string())
            }
            _ => Self::Engine(error.to_string()),
        }
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        // The outer message is only "db error": what happened stands in the causes.
        let mut said = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            said = format!("{said}: {inner}");
            if inner.is::<std::io::Error>() {
                return Self::Unavailable(said);
            }
            cause = inner.source();
        }
        let Some(code) = error.code() else {
            return if error.is_closed() {
                Self::Unavailable(said)
            } else {
                Self::Engine(said)
            };
        };
        if [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::UNIQUE_VIOLATION,
        ]
        .contains(code)
        {
            return Self::Conflict(said);
        }
        match code.code() {
            "XX001" | "XX002" => Self::Corrupt { what: said },
            // 08 connection, 53 out of disk, memory or connections, 57P0x the server is going or coming.
            code if ["08", "53", "57P"].iter().any(|class| code.starts_with(class)) => Self::Unavailable(said),
            _ => Self::Engine(said),
        }
    }
}
