//! Copies of the books; of a SQLite file also while it is in use. Invariant: a copy appears under its name only when it
//! is whole, checked and on disk.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use tokio_postgres::config::Host;

use crate::{StoreError, beside, lock_books};

const PAGES_A_STEP: i32 = 1024;

/// Copies the books behind `from`, which holds a snapshot or is alone.
pub(crate) fn copy(from: &Connection, to: &Path) -> Result<(), StoreError> {
    let partial = beside(to, ".partial");
    remove_if_there(&partial)?;
    let copied = copy_pages(from, &partial).and_then(|()| publish(&partial, to));
    if copied.is_err() {
        drop(remove_if_there(&partial)); // the first error is the one to tell
    }
    copied
}

fn copy_pages(from: &Connection, to: &Path) -> Result<(), StoreError> {
    let mut copy = Connection::open(to)?;
    {
        let pages = Backup::new(from, &mut copy)?;
        while pages.step(PAGES_A_STEP)? != StepResult::Done {}
    }
    check(&copy)
}

fn publish(partial: &Path, to: &Path) -> Result<(), StoreError> {
    let folder = match to.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    File::open(partial)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(partial, to))
        .and_then(|()| File::open(folder)?.sync_all())
        .map_err(|error| StoreError::file(to, &error))
}

fn check(books: &Connection) -> Result<(), StoreError> {
    let verdict: String = books.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(StoreError::Corrupt { what: verdict })
    }
}

fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::file(path, &error)),
        _ => Ok(()),
    }
}

/// Puts the copy `from` in place as the books `to`, which must not exist yet.
pub fn restore(from: &Path, to: &Path) -> Result<(), StoreError> {
    let _lock = lock_books(to)?;
    // A log left beside books that are gone would be replayed into the new ones.
    for path in [to.to_owned(), crate::wal::log_of(to)] {
        if path.exists() {
            return Err(StoreError::Exists(path.display().to_string()));
        }
    }
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    check(&source)?;
    copy(&source, to)
}

/// What to type on PostgreSQL. The password is left to `~/.pgpass`.
pub(crate) fn pg_dump(config: &tokio_postgres::Config, to: &Path) -> String {
    let host = config.get_hosts().iter().find_map(|host| match host {
        Host::Tcp(host) => Some(format!(" --host={host}")),
        Host::Unix(_) => None,
    });
    let port = config.get_ports().first().map(|port| format!(" --port={port}"));
    let user = config.get_user().map(|user| format!(" --username={user}"));
    let database = config.get_dbname().map(|name| format!(" {name}"));
    let options: String = [host, port, user, database].into_iter().flatten().collect();
    format!("pg_dump --format=custom --file={}{options}", to.display())
}
