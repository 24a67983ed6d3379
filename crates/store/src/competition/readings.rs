//! What sources counted, by participant and civil day.

use domain::measure::{Day, ParticipantId, bucket_of};

use crate::{Db, StoreError};

/// What a source counted on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredReading {
    /// The civil day.
    pub day: Day,
    /// What counted it.
    pub source: String,
    /// The highest value that it told.
    pub value: i64,
    /// When it told that, by our clock.
    pub reached_us: i64,
    /// The value at the end of each hour.
    pub curve: Vec<u8>,
}

/// A participant's readings of the days from `first` to `last`, by day and source.
pub async fn readings(
    db: &mut Db,
    who: ParticipantId,
    first: Day,
    last: Day,
) -> Result<Vec<StoredReading>, StoreError> {
    let rows = db
        .rows(
            "SELECT day, source, value, reached_us, curve FROM reading
             WHERE bucket = $1 AND participant = $2 AND day >= $3 AND day <= $4 ORDER BY day, source",
            &[
                bucket_of(who.number()).into(),
                who.number().into(),
                first.epoch_days().into(),
                last.epoch_days().into(),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(StoredReading {
                day: day(row.int(0)?)?,
                source: row.text(1)?.to_owned(),
                value: row.int(2)?,
                reached_us: row.int(3)?,
                curve: row.blob(4)?.to_vec(),
            })
        })
        .collect()
}

/// A civil day from the books.
pub(super) fn day(number: i64) -> Result<Day, StoreError> {
    let days = i32::try_from(number).map_err(|_| StoreError::corrupt("a civil day"))?;
    Ok(Day::from_epoch_days(days))
}

/// Writes what a source counted on a day; one that is there becomes it.
pub async fn set_reading(db: &mut Db, who: ParticipantId, reading: &StoredReading) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO reading (bucket, participant, day, source, value, reached_us, curve)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (bucket, participant, day, source) DO UPDATE
         SET value = excluded.value, reached_us = excluded.reached_us, curve = excluded.curve",
        &[
            bucket_of(who.number()).into(),
            who.number().into(),
            reading.day.epoch_days().into(),
            (&reading.source).into(),
            reading.value.into(),
            reading.reached_us.into(),
            (&reading.curve).into(),
        ],
    )
    .await?;
    Ok(())
}
