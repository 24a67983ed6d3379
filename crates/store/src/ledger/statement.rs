//! A participant's months: what was avoided by day of the act, what was booked when.

use domain::measure::{Carbon, Day, OrderId, ParticipantId, Points, Text, bucket_of, make_id};

use crate::activity::{COLUMNS, Code, Entry, from_row};
use crate::{Db, StoreError};

/// What acts of one day by one methodology version avoided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Avoided {
    /// The civil day of the acts.
    pub day: Day,
    /// The number of the methodology version.
    pub methodology: i64,
    /// Credited and not taken back.
    pub mg: Carbon,
    /// How many acts.
    pub acts: i64,
}

/// What a participant's acts from one day to another avoided, both included; acts that were taken back do not count.
pub async fn avoided(
    db: &mut Db,
    participant: ParticipantId,
    (from, to): (Day, Day),
) -> Result<Vec<Avoided>, StoreError> {
    let rows = db
        .rows(
            "SELECT e.day, e.methodology, CAST(sum(e.mg) AS BIGINT),
                    CAST(sum(CASE e.code WHEN 1 THEN 1 ELSE 0 END) AS BIGINT) FROM entry e
             LEFT JOIN reversal r ON r.bucket = e.bucket AND r.participant = e.participant
                                     AND r.entry = CASE e.code WHEN 7 THEN e.about ELSE e.id END
                                     AND r.reversing IS NOT NULL
             WHERE e.bucket = $1 AND e.participant = $2 AND e.code IN (1, 7) AND e.day BETWEEN $3 AND $4
               AND r.entry IS NULL
             GROUP BY e.day, e.methodology ORDER BY e.day, e.methodology",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                from.epoch_days().into(),
                to.epoch_days().into(),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let day = i32::try_from(row.int(0)?).map_err(|_| StoreError::corrupt("the day of an entry"))?;
            Ok(Avoided {
                day: Day::from_epoch_days(day),
                methodology: row.int(1)?,
                mg: Carbon::from_mg(row.int(2)?),
                acts: row.int(3)?,
            })
        })
        .collect()
}

/// What entries of one kind moved in a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// The kind.
    pub code: Code,
    /// Reduction.
    pub mg: Carbon,
    /// Points.
    pub points: Points,
}

/// What a participant's entries moved that were booked from one instant until before another, by kind.
pub async fn moved(
    db: &mut Db,
    participant: ParticipantId,
    (from_us, until_us): (i64, i64),
) -> Result<Vec<Moved>, StoreError> {
    let rows = db
        .rows(
            "SELECT code, CAST(sum(mg) AS BIGINT), CAST(sum(points) AS BIGINT) FROM entry
             WHERE bucket = $1 AND participant = $2 AND id >= $3 AND at_us >= $4 AND at_us < $5 GROUP BY code",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                make_id(from_us, 0).into(),
                from_us.into(),
                until_us.into(),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Moved {
                code: Code::from_number(row.int(0)?).ok_or_else(|| StoreError::corrupt("the code of an entry"))?,
                mg: Carbon::from_mg(row.int(1)?),
                points: Points::from_milli(row.int(2)?),
            })
        })
        .collect()
}

/// An entry with the methodology version of the entry that it takes back, if it does.
pub type Booked = (Entry, Option<i64>);

/// A participant's entries that were booked from one instant until before another, newest first, at most `limit`.
pub async fn booked(
    db: &mut Db,
    participant: ParticipantId,
    (from_us, until_us): (i64, i64),
    limit: u32,
) -> Result<Vec<Booked>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, (SELECT b.methodology FROM entry b
                            WHERE b.bucket = entry.bucket AND b.participant = entry.participant AND b.id = entry.about)
         FROM entry WHERE bucket = $1 AND participant = $2 AND id >= $3 AND at_us >= $4 AND at_us < $5
         ORDER BY id DESC LIMIT $6"
    );
    // ids follow time: an entry is never older than its id says
    let rows = db
        .rows(
            &sql,
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                make_id(from_us, 0).into(),
                from_us.into(),
                until_us.into(),
                i64::from(limit).into(),
            ],
        )
        .await?;
    rows.iter().map(|row| Ok((from_row(row)?, row.opt_int(19)?))).collect()
}

/// What a participant's orders from one id to another are of.
pub async fn order_titles(
    db: &mut Db,
    participant: ParticipantId,
    (from, to): (OrderId, OrderId),
) -> Result<Vec<(OrderId, Text)>, StoreError> {
    let rows = db
        .rows(
            "SELECT o.id, r.title_zh, r.title_en FROM reward_order o JOIN reward r ON r.id = o.reward
             WHERE o.bucket = $1 AND o.participant = $2 AND o.id BETWEEN $3 AND $4",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                from.number().into(),
                to.number().into(),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let title = Text {
                zh: row.text(1)?.to_owned(),
                en: row.text(2)?.to_owned(),
            };
            Ok((OrderId::new(row.int(0)?), title))
        })
        .collect()
}
