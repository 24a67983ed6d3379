//! What waits for reviewers, and what they said.

use domain::measure::{Carbon, EntryId, ParticipantId, ProgrammeId, bucket_of};

use super::{COLUMNS, State, Submission, from_row};
use crate::{Db, StoreError};

/// What narrows the queue down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueFilter {
    /// Only this behaviour; empty narrows nothing.
    pub behaviour: String,
    /// Only where this sign was seen; empty narrows nothing.
    pub sign: String,
    /// Only what is worth at least this.
    pub least: Carbon,
    /// Only what is worth at most this.
    pub most: Option<Carbon>,
}

impl QueueFilter {
    /// A pattern that a submission's signs match.
    fn pattern(&self) -> String {
        // codes are letters and dots: nothing here means something to LIKE
        let plain = |c: &char| c.is_ascii_lowercase() || *c == '.';
        match self.sign.chars().filter(plain).collect::<String>() {
            sign if sign.is_empty() => "%".to_owned(),
            sign => format!("% {sign} %"),
        }
    }
}

/// Which of a programme's submissions wait for a person and are meant by a filter; parameters 1 to 5.
const WHERE: &str = "programme = $1 AND state = 1 AND ($2 = '' OR behaviour = $2) AND signs LIKE $3 AND worth >= $4
    AND worth <= $5";

/// Submissions that wait for a person, those that wait longest first; after a place, at most `limit`. With each, how
/// many reviewers would credit it already.
pub async fn queue(
    db: &mut Db,
    programme: ProgrammeId,
    filter: &QueueFilter,
    after: Option<(i64, EntryId)>,
    limit: u32,
) -> Result<Vec<(Submission, i64)>, StoreError> {
    let columns = format!(
        "{COLUMNS}, (SELECT count(DISTINCT r.login) FROM review r WHERE r.bucket = submission.bucket
                     AND r.participant = submission.participant AND r.submission = submission.id
                     AND r.said = 'credit' AND NOT EXISTS (
                         SELECT 1 FROM review m WHERE m.bucket = r.bucket AND m.participant = r.participant
                         AND m.submission = r.submission AND m.said = 'more' AND m.n > r.n))"
    );
    let sql = format!(
        "SELECT {columns} FROM submission WHERE {WHERE} AND (asked_us > $6 OR asked_us = $6 AND id > $7)
         ORDER BY asked_us, id LIMIT $8"
    );
    let (at_us, id) = after.map_or((i64::MIN, i64::MIN), |(at_us, id)| (at_us, id.number()));
    let rows = db
        .rows(
            &sql,
            &[
                programme.number().into(),
                (&filter.behaviour).into(),
                (&filter.pattern()).into(),
                filter.least.mg().into(),
                filter.most.map_or(i64::MAX, Carbon::mg).into(),
                at_us.into(),
                id.into(),
                i64::from(limit).into(),
            ],
        )
        .await?;
    rows.iter().map(|row| Ok((from_row(row)?, row.int(16)?))).collect()
}

/// How many submissions wait for a person and are meant by a filter; with a place, how many of them before it.
pub async fn queue_length(
    db: &mut Db,
    programme: ProgrammeId,
    filter: &QueueFilter,
    before: Option<(i64, EntryId)>,
) -> Result<i64, StoreError> {
    let sql = format!("SELECT count(*) FROM submission WHERE {WHERE} AND (asked_us < $6 OR asked_us = $6 AND id < $7)");
    let (at_us, id) = before.map_or((i64::MAX, i64::MAX), |(at_us, id)| (at_us, id.number()));
    let row = db
        .row(
            &sql,
            &[
                programme.number().into(),
                (&filter.behaviour).into(),
                (&filter.pattern()).into(),
                filter.least.mg().into(),
                filter.most.map_or(i64::MAX, Carbon::mg).into(),
                at_us.into(),
                id.into(),
            ],
        )
        .await?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// How long people took, in microseconds, for the submissions of a programme that they answered last; at most `limit`.
pub async fn answer_times(db: &mut Db, programme: ProgrammeId, limit: u32) -> Result<Vec<i64>, StoreError> {
    let rows = db
        .rows(
            "SELECT settled_us - asked_us FROM submission
             WHERE programme = $1 AND state = 4 AND asked_us IS NOT NULL AND settled_us IS NOT NULL
             ORDER BY settled_us DESC LIMIT $2",
            &[programme.number().into(), i64::from(limit).into()],
        )
        .await?;
    rows.iter().map(|row| row.int(0)).collect()
}

/// The submission of a number in a programme, whoever sent it.
pub async fn by_number(db: &mut Db, programme: ProgrammeId, id: EntryId) -> Result<Option<Submission>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM submission WHERE id = $1 AND programme = $2");
    let row = db.row(&sql, &[id.number().into(), programme.number().into()]).await?;
    row.as_ref().map(from_row).transpose()
}

/// Hands a settled submission back to be booked anew: an appeal was upheld.
pub async fn reopen(db: &mut Db, participant: ParticipantId, id: EntryId) -> Result<bool, StoreError> {
    super::step(db, participant, id, (State::Settled, State::Decided), None).await
}

/// What a reviewer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Which of the submission's reviews it is, from 0.
    pub n: i64,
    /// When, microseconds since the epoch.
    pub at_us: i64,
    /// Who: a login.
    pub login: i64,
    /// `credit`, `refuse` or `more`; of an appeal `uphold` or `decline`.
    pub said: String,
    /// The code of a sign, for a refusal.
    pub reason: String,
    /// In the reviewer's words.
    pub words: String,
}

/// Keeps what a reviewer said.
pub async fn insert_review(
    db: &mut Db,
    (participant, submission): (ParticipantId, EntryId),
    review: &Review,
) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO review (bucket, participant, submission, n, at_us, login, said, reason, words)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            bucket_of(participant.number()).into(),
            participant.number().into(),
            submission.number().into(),
            review.n.into(),
            review.at_us.into(),
            review.login.into(),
            (&review.said).into(),
            (&review.reason).into(),
            (&review.words).into(),
        ],
    )
    .await?;
    Ok(())
}

/// What reviewers said of a submission, in order.
pub async fn reviews(db: &mut Db, participant: ParticipantId, submission: EntryId) -> Result<Vec<Review>, StoreError> {
    let rows = db
        .rows(
            "SELECT n, at_us, login, said, reason, words FROM review
             WHERE bucket = $1 AND participant = $2 AND submission = $3 ORDER BY n",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                submission.number().into(),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Review {
                n: row.int(0)?,
                at_us: row.int(1)?,
                login: row.int(2)?,
                said: row.text(3)?.to_owned(),
                reason: row.text(4)?.to_owned(),
                words: row.text(5)?.to_owned(),
            })
        })
        .collect()
}

/// Those who sign in for a participant: account and language.
pub async fn accounts_of(db: &mut Db, participant: ParticipantId) -> Result<Vec<(String, String)>, StoreError> {
    let rows = db
        .rows(
            "SELECT l.account, l.lang FROM membership m JOIN login l ON l.id = m.login
             WHERE m.participant = $1 AND m.role = 'participant' ORDER BY l.id LIMIT 10",
            &[participant.number().into()],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())))
        .collect()
}

/// How many appeals of a programme that nobody answered were made before an instant.
pub async fn appeals_before(db: &mut Db, programme: ProgrammeId, before_us: i64) -> Result<i64, StoreError> {
    let row = db
        .row(
            "SELECT count(*) FROM appeal w JOIN participant p ON p.bucket = w.bucket AND p.id = w.participant
             WHERE w.upheld IS NULL AND w.made_us < $2 AND p.programme = $1",
            &[programme.number().into(), before_us.into()],
        )
        .await?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Behaviours and signs of what waits longest for a person, at most `limit`: what a queue can be narrowed by.
pub async fn waiting_kinds(
    db: &mut Db,
    programme: ProgrammeId,
    limit: u32,
) -> Result<Vec<(String, String)>, StoreError> {
    let rows = db
        .rows(
            "SELECT behaviour, signs FROM submission WHERE programme = $1 AND state = 1 ORDER BY asked_us LIMIT $2",
            &[programme.number().into(), i64::from(limit).into()],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())))
        .collect()
}

/// The account name of a login, if there still is one.
pub async fn account(db: &mut Db, login: i64) -> Result<Option<String>, StoreError> {
    let row = db
        .row("SELECT account FROM login WHERE id = $1", &[login.into()])
        .await?;
    row.map(|row| row.text(0).map(str::to_owned)).transpose()
}
