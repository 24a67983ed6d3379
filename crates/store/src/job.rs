//! Work that a transaction asked for: written with the fact that wants it, done afterwards, at least once.

use crate::{Db, StoreError};

/// A piece of work that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: i64,
    /// Which handler does it.
    pub kind: String,
    /// What the handler needs to know.
    pub payload: String,
    /// How often it was tried.
    pub tries: i64,
}

/// Asks for work at or after an instant.
pub async fn ask(db: &mut Db, id: i64, kind: &str, payload: &str, run_us: i64) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO job (id, kind, payload, run_us, tries) VALUES ($1, $2, $3, $4, 0)",
        &[id.into(), kind.into(), payload.into(), run_us.into()],
    )
    .await?;
    Ok(())
}

/// Takes the jobs that are due, at most `limit`, and hides them from other workers until `hidden_until_us`: a worker
/// that dies leaves them to be taken again then.
pub async fn take(db: &mut Db, now_us: i64, hidden_until_us: i64, limit: u32) -> Result<Vec<Job>, StoreError> {
    let rows = db
        .rows(
            "UPDATE job SET run_us = $2, tries = tries + 1
             WHERE id IN (SELECT id FROM job WHERE run_us <= $1 ORDER BY run_us LIMIT $3) AND run_us <= $1
             RETURNING id, kind, payload, tries",
            &[now_us.into(), hidden_until_us.into(), i64::from(limit).into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Job {
                id: row.int(0)?,
                kind: row.text(1)?.to_owned(),
                payload: row.text(2)?.to_owned(),
                tries: row.int(3)?,
            })
        })
        .collect()
}

/// Whether any job is due.
pub async fn due(db: &mut Db, now_us: i64) -> Result<bool, StoreError> {
    Ok(db
        .row("SELECT id FROM job WHERE run_us <= $1 LIMIT 1", &[now_us.into()])
        .await?
        .is_some())
}

/// Forgets a job that is done.
pub async fn done(db: &mut Db, id: i64) -> Result<(), StoreError> {
    db.run("DELETE FROM job WHERE id = $1", &[id.into()]).await?;
    Ok(())
}

/// Puts a job off that failed.
pub async fn retry(db: &mut Db, id: i64, problem: &str, run_us: i64) -> Result<(), StoreError> {
    db.run(
        "UPDATE job SET problem = $2, run_us = $3 WHERE id = $1",
        &[id.into(), problem.into(), run_us.into()],
    )
    .await?;
    Ok(())
}

/// How many jobs wait, and how many of them have failed before.
pub async fn counts(db: &mut Db) -> Result<(i64, i64), StoreError> {
    let row = db.row("SELECT count(*), count(problem) FROM job", &[]).await?;
    row.map_or(Ok((0, 0)), |row| Ok((row.int(0)?, row.int(1)?)))
}
