//! What participants are told in the product itself, and whether they want to be.

use domain::measure::{ParticipantId, bucket_of};

use crate::{Db, StoreError};

/// What is told to a participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its id, growing with time.
    pub id: i64,
    /// What kind.
    pub kind: String,
    /// What it needs to be told, as JSON.
    pub body: String,
    /// When it happened.
    pub made_us: i64,
    /// When it was read.
    pub read_us: Option<i64>,
}

/// Tells a participant something.
pub async fn notify(db: &mut Db, who: ParticipantId, notice: &Notice) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO notice (bucket, participant, id, kind, body, made_us) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (bucket, participant, id) DO NOTHING",
        &[
            bucket_of(who.number()).into(),
            who.number().into(),
            notice.id.into(),
            (&notice.kind).into(),
            (&notice.body).into(),
            notice.made_us.into(),
        ],
    )
    .await?;
    Ok(())
}

/// What a participant was told, newest first.
pub async fn notices(db: &mut Db, who: ParticipantId, limit: u32) -> Result<Vec<Notice>, StoreError> {
    let rows = db
        .rows(
            "SELECT id, kind, body, made_us, read_us FROM notice WHERE bucket = $1 AND participant = $2
             ORDER BY id DESC LIMIT $3",
            &[bucket_of(who.number()).into(), who.number().into(), limit.into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Notice {
                id: row.int(0)?,
                kind: row.text(1)?.to_owned(),
                body: row.text(2)?.to_owned(),
                made_us: row.int(3)?,
                read_us: row.opt_int(4)?,
            })
        })
        .collect()
}

/// Whether there is anything that a participant has not read.
pub async fn unread(db: &mut Db, who: ParticipantId) -> Result<bool, StoreError> {
    // read is read up to the newest, so the newest tells of all
    let newest = notices(db, who, 1).await?;
    Ok(newest.first().is_some_and(|notice| notice.read_us.is_none()))
}

/// Notes that everything until `last` was read.
pub async fn read_notices(db: &mut Db, who: ParticipantId, last: i64, now_us: i64) -> Result<(), StoreError> {
    db.run(
        "UPDATE notice SET read_us = $4 WHERE bucket = $1 AND participant = $2 AND id <= $3 AND read_us IS NULL",
        &[
            bucket_of(who.number()).into(),
            who.number().into(),
            last.into(),
            now_us.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Which news a participant does not want, and between which hours none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Kinds that are not wanted.
    pub off: Vec<String>,
    /// From which hour of the civil clock nothing is told, to which; equal hours mean never.
    pub quiet: (i64, i64),
}

/// What a participant wants to be told.
pub async fn wanted(db: &mut Db, who: ParticipantId) -> Result<Option<Wanted>, StoreError> {
    let row = db
        .row(
            "SELECT notices_off, quiet_from, quiet_to FROM profile WHERE bucket = $1 AND id = $2",
            &[bucket_of(who.number()).into(), who.number().into()],
        )
        .await?;
    row.map(|row| {
        Ok(Wanted {
            off: row.text(0)?.split_whitespace().map(str::to_owned).collect(),
            quiet: (row.int(1)?, row.int(2)?),
        })
    })
    .transpose()
}

/// Changes what a participant wants to be told.
pub async fn set_wanted(db: &mut Db, who: ParticipantId, wanted: &Wanted) -> Result<(), StoreError> {
    db.run(
        "UPDATE profile SET notices_off = $3, quiet_from = $4, quiet_to = $5 WHERE bucket = $1 AND id = $2",
        &[
            bucket_of(who.number()).into(),
            who.number().into(),
            (&wanted.off.join(" ")).into(),
            wanted.quiet.0.into(),
            wanted.quiet.1.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Whether a participant was told something of a kind since an instant.
pub async fn told_since(db: &mut Db, who: ParticipantId, kind: &str, since_us: i64) -> Result<bool, StoreError> {
    let row = db
        .row(
            "SELECT 1 FROM notice WHERE bucket = $1 AND participant = $2 AND kind = $3 AND made_us > $4 LIMIT 1",
            &[
                bucket_of(who.number()).into(),
                who.number().into(),
                kind.into(),
                since_us.into(),
            ],
        )
        .await?;
    Ok(row.is_some())
}
