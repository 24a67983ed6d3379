//! The journal, read back: single entries, statements, claims.

use domain::activity::{Channel, ClaimKey};
use domain::evidence::Grade;
use domain::measure::{Carbon, Day, EntryId, ParticipantId, Points, bucket_of};

use super::claim_bucket;
use crate::{Db, Row, StoreError};

/// What an entry of the journal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// An act that was credited: both ledgers.
    Credited,
    /// An act that was refused: no ledger.
    Refused,
    /// A credit taken back: both ledgers.
    Reversal,
    /// Points held for an order.
    Held,
    /// Held points spent.
    Spent,
    /// Held points let go.
    Released,
    /// What a second source adds to a credited act, which it is about: both ledgers. It has the act's own inputs, and
    /// the source, event and photo of the second.
    Raised,
    /// Points of a prize, which come with no reduction; it is about a competition.
    Prize,
    /// Points of a prize that was taken back.
    Returned,
}

impl Code {
    const ALL: [Code; 9] = [
        Code::Credited,
        Code::Refused,
        Code::Reversal,
        Code::Held,
        Code::Spent,
        Code::Released,
        Code::Raised,
        Code::Prize,
        Code::Returned,
    ];

    /// As it is stored.
    pub const fn number(self) -> i64 {
        self as i64 + 1
    }

    /// From the stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.number() == number)
    }
}

/// One row of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose it is.
    pub participant: ParticipantId,
    /// Its id; greater than that of every earlier entry of the participant.
    pub id: EntryId,
    /// What it is.
    pub code: Code,
    /// When it was booked.
    pub at_us: i64,
    /// The reduction it moves.
    pub mg: Carbon,
    /// The points it moves.
    pub points: Points,
    /// The entry or order that it is about.
    pub about: Option<i64>,
    /// What makes a refusal concrete, or what ceilings cut.
    pub reason: Option<String>,
    /// The act, if it is one.
    pub act: Option<ActRow>,
}

/// What recomputes an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActRow {
    /// The number of the methodology version.
    pub methodology: i64,
    /// How it came in.
    pub channel: Channel,
    /// The grade of its evidence.
    pub grade: Grade,
    /// The partner that reported it, or zero.
    pub partner: i64,
    /// What the caller called it.
    pub event: Option<String>,
    /// When it began.
    pub started_us: i64,
    /// When it ended.
    pub ended_us: i64,
    /// The civil day on which it began.
    pub day: Day,
    /// What was said about it.
    pub inputs: String,
    /// The rows of the factors that were in force.
    pub factors: String,
    /// The prints of its photo, one after the other.
    pub photo: Option<Vec<u8>>,
}

/// The columns of [`Entry`], for `SELECT`.
pub(crate) const COLUMNS: &str = "participant, id, code, at_us, mg, points, about, reason, methodology, channel, grade,
    partner, event, started_us, ended_us, day, inputs, factors, photo";

/// Reads the columns of [`COLUMNS`].
pub(crate) fn from_row(row: &Row) -> Result<Entry, StoreError> {
    let damaged = |what: &str| StoreError::corrupt(format!("the {what} of an entry"));
    let act = match row.opt_int(8)? {
        None => None,
        Some(methodology) => Some(ActRow {
            methodology,
            channel: Channel::from_number(row.int(9)?).ok_or_else(|| damaged("channel"))?,
            grade: Grade::from_number(row.int(10)?).ok_or_else(|| damaged("grade"))?,
            partner: row.int(11)?,
            event: row.opt_text(12)?.map(str::to_owned),
            started_us: row.int(13)?,
            ended_us: row.int(14)?,
            day: Day::from_epoch_days(i32::try_from(row.int(15)?).map_err(|_| damaged("day"))?),
            inputs: row.text(16)?.to_owned(),
            factors: row.text(17)?.to_owned(),
            photo: row.opt_blob(18)?.map(<[u8]>::to_vec),
        }),
    };
    Ok(Entry {
        participant: ParticipantId::new(row.int(0)?),
        id: EntryId::new(row.int(1)?),
        code: Code::from_number(row.int(2)?).ok_or_else(|| damaged("code"))?,
        at_us: row.int(3)?,
        mg: Carbon::from_mg(row.int(4)?),
        points: Points::from_milli(row.int(5)?),
        about: row.opt_int(6)?,
        reason: row.opt_text(7)?.map(str::to_owned),
        act,
    })
}

/// One entry of a participant.
pub async fn entry(db: &mut Db, participant: ParticipantId, id: EntryId) -> Result<Option<Entry>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM entry WHERE bucket = $1 AND participant = $2 AND id = $3");
    let bucket = bucket_of(participant.number());
    let row = db
        .row(&sql, &[bucket.into(), participant.number().into(), id.number().into()])
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// The entry that raises a record, if a second source confirmed it.
pub async fn raise_of(db: &mut Db, participant: ParticipantId, record: EntryId) -> Result<Option<Entry>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM entry WHERE bucket = $1 AND participant = $2 AND id > $3 AND code = 7 AND about = $3"
    );
    let bucket = bucket_of(participant.number());
    let row = db
        .row(
            &sql,
            &[bucket.into(), participant.number().into(), record.number().into()],
        )
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// A participant's entries, newest first, at most `limit`, older than `before` if that is given.
pub async fn entries(
    db: &mut Db,
    participant: ParticipantId,
    before: Option<EntryId>,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    entries_wanted(db, participant, &Wanted::default(), before, limit).await
}

/// Which entries of a participant are asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// What they are; all if empty.
    pub codes: Vec<Code>,
    /// The methodology versions of their acts; all, and what is no act, if none is given.
    pub methodologies: Option<Vec<i64>>,
}

/// Those of a participant's entries that are wanted, newest first, as [`entries`] gives them.
pub async fn entries_wanted(
    db: &mut Db,
    participant: ParticipantId,
    wanted: &Wanted,
    before: Option<EntryId>,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let list = |numbers: &[i64]| numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    let codes: Vec<i64> = wanted.codes.iter().map(|code| code.number()).collect();
    let codes = match codes.as_slice() {
        [] => String::new(),
        codes => format!("AND code IN ({})", list(codes)),
    };
    let methodologies = match wanted.methodologies.as_deref() {
        None => String::new(),
        Some([]) => return Ok(Vec::new()),
        Some(numbers) => format!("AND methodology IN ({})", list(numbers)),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM entry WHERE bucket = $1 AND participant = $2 AND id < $3 {codes} {methodologies}
         ORDER BY id DESC LIMIT $4"
    );
    let before = before.map_or(i64::MAX, EntryId::number);
    let rows = db
        .rows(
            &sql,
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                before.into(),
                i64::from(limit).into(),
            ],
        )
        .await?;
    rows.iter().map(from_row).collect()
}

/// What a participant was credited on each civil day since `from` and not taken back: day, reduction, acts.
pub async fn days(db: &mut Db, participant: ParticipantId, from: Day) -> Result<Vec<(Day, Carbon, i64)>, StoreError> {
    let rows = db
        .rows(
            "SELECT e.day, CAST(sum(e.mg) AS BIGINT), CAST(sum(CASE e.code WHEN 1 THEN 1 ELSE 0 END) AS BIGINT)
             FROM entry e
             WHERE e.bucket = $1 AND e.participant = $2 AND e.code IN (1, 7) AND e.day >= $3
               AND NOT EXISTS (SELECT 1 FROM reversal r WHERE r.bucket = e.bucket AND r.participant = e.participant
                               AND r.entry = CASE e.code WHEN 7 THEN e.about ELSE e.id END
                               AND r.reversing IS NOT NULL)
             GROUP BY e.day ORDER BY e.day",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                i64::from(from.epoch_days()).into(),
            ],
        )
        .await?;
    let damaged = || StoreError::corrupt("the day of an entry");
    let day = |row: &Row| {
        let day = i32::try_from(row.int(0)?).map_err(|_| damaged())?;
        Ok((Day::from_epoch_days(day), Carbon::from_mg(row.int(1)?), row.int(2)?))
    };
    rows.iter().map(day).collect()
}

/// The entry that holds a claim.
pub async fn entry_by_claim(db: &mut Db, key: &ClaimKey) -> Result<Option<Entry>, StoreError> {
    let found = db
        .row(
            "SELECT participant, entry FROM claim WHERE bucket = $1 AND key = $2",
            &[claim_bucket(key).into(), (&key.0).into()],
        )
        .await?;
    match found {
        Some(row) => entry(db, ParticipantId::new(row.int(0)?), EntryId::new(row.int(1)?)).await,
        None => Ok(None),
    }
}

/// A participant's objection to a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appeal {
    /// In the participant's words.
    pub words: String,
    /// Whether it was upheld, once somebody decided.
    pub upheld: Option<bool>,
    /// What the participant was told.
    pub answer: Option<String>,
}

/// Keeps an appeal; `false` if there is one already.
pub async fn insert_appeal(
    db: &mut Db,
    participant: ParticipantId,
    entry: EntryId,
    words: &str,
    now_us: i64,
) -> Result<bool, StoreError> {
    let added = db
        .run(
            "INSERT INTO appeal (bucket, participant, entry, words, made_us) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                entry.number().into(),
                words.into(),
                now_us.into(),
            ],
        )
        .await?;
    Ok(added == 1)
}

/// The appeal against a record.
pub async fn appeal(db: &mut Db, participant: ParticipantId, entry: EntryId) -> Result<Option<Appeal>, StoreError> {
    let row = db
        .row(
            "SELECT words, upheld, answer FROM appeal WHERE bucket = $1 AND participant = $2 AND entry = $3",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                entry.number().into(),
            ],
        )
        .await?;
    row.map(|row| {
        let upheld = row.opt_int(1)?.map(|upheld| upheld == 1);
        Ok(Appeal {
            words: row.text(0)?.to_owned(),
            upheld,
            answer: row.opt_text(2)?.map(str::to_owned),
        })
    })
    .transpose()
}

/// A participant's appeals, newest first, at most 100: the record, when it was made, the appeal.
pub async fn appeals(db: &mut Db, participant: ParticipantId) -> Result<Vec<(EntryId, i64, Appeal)>, StoreError> {
    let rows = db
        .rows(
            "SELECT entry, made_us, words, upheld, answer FROM appeal WHERE bucket = $1 AND participant = $2
             ORDER BY made_us DESC, entry DESC LIMIT 100",
            &[bucket_of(participant.number()).into(), participant.number().into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let appeal = Appeal {
                words: row.text(2)?.to_owned(),
                upheld: row.opt_int(3)?.map(|upheld| upheld == 1),
                answer: row.opt_text(4)?.map(str::to_owned),
            };
            Ok((EntryId::new(row.int(0)?), row.int(1)?, appeal))
        })
        .collect()
}

/// Decides an appeal; `false` if it was decided before.
pub async fn decide_appeal(
    db: &mut Db,
    participant: ParticipantId,
    entry: EntryId,
    (upheld, answer): (bool, &str),
    decided_by: i64,
    now_us: i64,
) -> Result<bool, StoreError> {
    let changed = db
        .run(
            "UPDATE appeal SET upheld = $4, answer = $5, decided_by = $6, decided_us = $7
             WHERE bucket = $1 AND participant = $2 AND entry = $3 AND upheld IS NULL",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                entry.number().into(),
                upheld.into(),
                answer.into(),
                decided_by.into(),
                now_us.into(),
            ],
        )
        .await?;
    Ok(changed == 1)
}
