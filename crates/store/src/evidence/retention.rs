//! How long raw files are kept: which are due, which went, and which are needed.
//!
//! Invariant: a proof is marked as deleted after its file went, so one that dies in between is done again.

use domain::evidence::Kind;
use domain::measure::{EntryId, ParticipantId, ProgrammeId, bucket_of};

use crate::{Db, Row, StoreError};

/// A proof whose raw file is to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// In which programme.
    pub programme: ProgrammeId,
    /// Whose it is.
    pub participant: ParticipantId,
    /// Of which submission.
    pub submission: EntryId,
    /// Which of its proofs.
    pub n: i64,
    /// The proof's own number.
    pub id: i64,
    /// What kind it is.
    pub kind: Kind,
    /// The name of the raw file; empty where there is none.
    pub blob: String,
}

const COLUMNS: &str = "p.programme, p.participant, p.submission, p.n, p.id, p.kind, p.blob";
/// A raw file is needed as long as its act is not settled, whatever was decided before.
const SETTLED: &str = "JOIN submission s ON s.bucket = p.bucket AND s.participant = p.participant
    AND s.id = p.submission AND s.state = 4";

fn from_row(row: &Row) -> Result<Due, StoreError> {
    Ok(Due {
        programme: ProgrammeId::new(row.int(0)?),
        participant: ParticipantId::new(row.int(1)?),
        submission: EntryId::new(row.int(2)?),
        n: row.int(3)?,
        id: row.int(4)?,
        kind: Kind::named(row.text(5)?).ok_or_else(|| StoreError::corrupt("the kind of a proof"))?,
        blob: row.text(6)?.to_owned(),
    })
}

/// Proofs whose time was up at an instant, longest due first, at most `limit`.
pub async fn due(db: &mut Db, at_us: i64, limit: u32) -> Result<Vec<Due>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM proof p {SETTLED}
         WHERE p.deleted_us IS NULL AND p.keep_until_us <= $1 ORDER BY p.keep_until_us LIMIT $2"
    );
    let rows = db.rows(&sql, &[at_us.into(), i64::from(limit).into()]).await?;
    rows.iter().map(from_row).collect()
}

/// A participant's proofs of a kind whose raw file is still there, of acts that are settled.
pub async fn kept(db: &mut Db, participant: ParticipantId, kind: Kind) -> Result<Vec<Due>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM proof p {SETTLED}
         WHERE p.bucket = $1 AND p.participant = $2 AND p.kind = $3 AND p.deleted_us IS NULL"
    );
    let key = [
        bucket_of(participant.number()).into(),
        participant.number().into(),
        kind.name().into(),
    ];
    db.rows(&sql, &key).await?.iter().map(from_row).collect()
}

/// Submissions of a participant that wait for a person and have a proof of a kind, with where they stand.
pub async fn asked_with(
    db: &mut Db,
    participant: ParticipantId,
    kind: Kind,
) -> Result<Vec<(EntryId, i64)>, StoreError> {
    let rows = db
        .rows(
            "SELECT DISTINCT s.id, s.state FROM submission s
             JOIN proof p ON p.bucket = s.bucket AND p.participant = s.participant AND p.submission = s.id
             WHERE s.bucket = $1 AND s.participant = $2 AND s.state IN (1, 2) AND p.kind = $3",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                kind.name().into(),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((EntryId::new(row.int(0)?), row.int(1)?)))
        .collect()
}

/// Whether another proof than this one needs the very same file.
pub async fn needed(db: &mut Db, due: &Due, at_us: i64) -> Result<bool, StoreError> {
    let sql = "SELECT p.id FROM proof p
               LEFT JOIN submission s ON s.bucket = p.bucket AND s.participant = p.participant AND s.id = p.submission
               WHERE p.blob = $1 AND p.deleted_us IS NULL
                 AND NOT (p.participant = $2 AND p.submission = $3 AND p.n = $4)
                 AND (p.keep_until_us IS NULL OR p.keep_until_us > $5 OR s.state < 4) LIMIT 1";
    let key = [
        (&due.blob).into(),
        due.participant.number().into(),
        due.submission.number().into(),
        due.n.into(),
        at_us.into(),
    ];
    Ok(db.row(sql, &key).await?.is_some())
}

/// Notes that the raw file of a proof went. Of a track, what finds its like goes too: it tells where somebody was.
pub async fn deleted(db: &mut Db, due: &Due, now_us: i64) -> Result<(), StoreError> {
    db.run(
        "UPDATE proof SET deleted_us = $5, print = CASE WHEN kind = 'track' THEN NULL ELSE print END
         WHERE bucket = $1 AND participant = $2 AND submission = $3 AND n = $4 AND deleted_us IS NULL",
        &[
            bucket_of(due.participant.number()).into(),
            due.participant.number().into(),
            due.submission.number().into(),
            due.n.into(),
            now_us.into(),
        ],
    )
    .await?;
    if due.kind == Kind::Track {
        db.run(
            // what says where it went; the rhythm, which is below zero, finds the recording again and tells no place
            "DELETE FROM proof_key WHERE participant = $1 AND proof = $2 AND key >= 0",
            &[due.participant.number().into(), due.id.into()],
        )
        .await?;
    }
    Ok(())
}

/// What became of raw files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    /// Proofs whose raw file is still there, in time.
    pub live: i64,
    /// Of these, those of acts that are not settled: their time has not begun.
    pub waiting: i64,
    /// Proofs whose time was up, ever.
    pub due: i64,
    /// Raw files that were deleted, ever; more than were due where somebody withdrew a consent.
    pub deleted: i64,
    /// Proofs whose time was up before the instant of grace, and whose file was not deleted.
    pub overdue: i64,
    /// When the last one was deleted.
    pub last_us: Option<i64>,
}

/// Counts what became of raw files, in one programme or all. What was due before `grace_us` must be gone.
pub async fn kept_counts(
    db: &mut Db,
    programme: Option<ProgrammeId>,
    (now_us, grace_us): (i64, i64),
) -> Result<Kept, StoreError> {
    let row = db
        .row(
            "SELECT count(CASE WHEN p.deleted_us IS NULL THEN 1 END),
                    count(CASE WHEN p.deleted_us IS NULL AND s.state < 4 THEN 1 END),
                    count(CASE WHEN s.state = 4 AND p.keep_until_us <= $2 THEN 1 END),
                    count(p.deleted_us),
                    count(CASE WHEN p.deleted_us IS NULL AND s.state = 4 AND p.keep_until_us <= $3 THEN 1 END),
                    max(p.deleted_us)
             FROM proof p
             JOIN submission s ON s.bucket = p.bucket AND s.participant = p.participant AND s.id = p.submission
             WHERE CAST($1 AS BIGINT) = 0 OR p.programme = $1",
            &[
                programme.map_or(0, ProgrammeId::number).into(),
                now_us.into(),
                grace_us.into(),
            ],
        )
        .await?;
    row.map_or(Ok(Kept::default()), |row| {
        Ok(Kept {
            live: row.int(0)?,
            waiting: row.int(1)?,
            due: row.int(2)?,
            deleted: row.int(3)?,
            overdue: row.int(4)?,
            last_us: row.opt_int(5)?,
        })
    })
}

/// The names of raw files that are needed and begin with the digits of this byte.
pub async fn live_names(db: &mut Db, outer: u8) -> Result<Vec<String>, StoreError> {
    // `g` follows the last digit
    let (from, to) = (format!("{outer:02x}"), format!("{outer:02x}g"));
    let rows = db
        .rows(
            "SELECT DISTINCT blob FROM proof WHERE blob >= $1 AND blob < $2 AND deleted_us IS NULL",
            &[(&from).into(), (&to).into()],
        )
        .await?;
    rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
}
