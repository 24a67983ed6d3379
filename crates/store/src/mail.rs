//! Letters on their way, written with the fact that wants them told.

use crate::{Db, Row, StoreError};

/// A letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: i64,
    /// An e-mail address.
    pub recipient: String,
    /// What it is about.
    pub subject: String,
    /// Plain text; empty once it was sent.
    pub body: String,
    /// When it was written.
    pub made_us: i64,
    /// When it was sent.
    pub sent_us: Option<i64>,
    /// Why it never will be.
    pub problem: Option<String>,
}

const COLUMNS: &str = "id, recipient, subject, body, made_us, sent_us, problem";

fn from_row(row: &Row) -> Result<Message, StoreError> {
    Ok(Message {
        id: row.int(0)?,
        recipient: row.text(1)?.to_owned(),
        subject: row.text(2)?.to_owned(),
        body: row.text(3)?.to_owned(),
        made_us: row.int(4)?,
        sent_us: row.opt_int(5)?,
        problem: row.opt_text(6)?.map(str::to_owned),
    })
}

/// Writes a letter.
pub async fn insert(
    db: &mut Db,
    id: i64,
    recipient: &str,
    subject: &str,
    body: &str,
    now_us: i64,
) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO message (id, recipient, subject, body, made_us) VALUES ($1, $2, $3, $4, $5)",
        &[id.into(), recipient.into(), subject.into(), body.into(), now_us.into()],
    )
    .await?;
    Ok(())
}

/// A letter.
pub async fn get(db: &mut Db, id: i64) -> Result<Option<Message>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM message WHERE id = $1");
    db.row(&sql, &[id.into()]).await?.as_ref().map(from_row).transpose()
}

/// The latest letters, newest first.
pub async fn latest(db: &mut Db, limit: u32) -> Result<Vec<Message>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM message ORDER BY id DESC LIMIT $1");
    let rows = db.rows(&sql, &[i64::from(limit).into()]).await?;
    rows.iter().map(from_row).collect()
}

/// Notes that a letter was sent, and wipes what it said.
pub async fn sent(db: &mut Db, id: i64, now_us: i64) -> Result<(), StoreError> {
    db.run(
        "UPDATE message SET sent_us = $2, body = '', problem = NULL WHERE id = $1",
        &[id.into(), now_us.into()],
    )
    .await?;
    Ok(())
}

/// Notes why a letter will never be sent, and wipes what it said.
pub async fn given_up(db: &mut Db, id: i64, problem: &str) -> Result<(), StoreError> {
    db.run(
        "UPDATE message SET problem = $2, body = '' WHERE id = $1",
        &[id.into(), problem.into()],
    )
    .await?;
    Ok(())
}

/// Takes a letter back.
pub async fn delete(db: &mut Db, id: i64) -> Result<(), StoreError> {
    db.run("DELETE FROM message WHERE id = $1", &[id.into()]).await?;
    Ok(())
}

/// Forgets letters that were written before an instant.
pub async fn delete_before(db: &mut Db, before_us: i64) -> Result<(), StoreError> {
    db.run("DELETE FROM message WHERE made_us < $1", &[before_us.into()])
        .await?;
    Ok(())
}
