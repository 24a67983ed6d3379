//! What anybody may know of a programme: counts and sums, never a person.

use domain::measure::{Day, ProgrammeId};

use crate::{Db, Row, StoreError};

/// Acts and what they came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// Acts credited.
    pub acts: i64,
    /// Acts refused.
    pub refused: i64,
    /// What was credited, in mg.
    pub mg: i64,
}

const SUMS: &str = "CAST(sum(acts) AS BIGINT), CAST(sum(refused) AS BIGINT), CAST(sum(mg) AS BIGINT)";

fn count(row: &Row, first: usize) -> Result<Count, StoreError> {
    let sum = |i| row.opt_int(i).map(Option::unwrap_or_default);
    Ok(Count {
        acts: sum(first)?,
        refused: sum(first + 1)?,
        mg: sum(first + 2)?,
    })
}

/// Everything that a programme counted so far.
pub async fn total(db: &mut Db, programme: ProgrammeId) -> Result<Count, StoreError> {
    let sql = format!("SELECT {SUMS} FROM daily WHERE programme = $1");
    let row = db.row(&sql, &[programme.number().into()]).await?;
    row.as_ref().map_or(Ok(Count::default()), |row| count(row, 0))
}

/// What a programme counted since a day, by day of the act and number of the methodology version.
pub async fn daily(db: &mut Db, programme: ProgrammeId, since: Day) -> Result<Vec<(Day, i64, Count)>, StoreError> {
    let sql = format!(
        "SELECT day, methodology, {SUMS} FROM daily WHERE programme = $1 AND day >= $2
         GROUP BY day, methodology ORDER BY day, methodology"
    );
    let rows = db
        .rows(&sql, &[programme.number().into(), i64::from(since.epoch_days()).into()])
        .await?;
    rows.iter()
        .map(|row| {
            let day = i32::try_from(row.int(0)?).map_err(|_| StoreError::corrupt("a day"))?;
            Ok((Day::from_epoch_days(day), row.int(1)?, count(row, 2)?))
        })
        .collect()
}

/// How many participants a programme has.
pub async fn participants(db: &mut Db, programme: ProgrammeId) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM profile WHERE programme = $1";
    let row = db.row(sql, &[programme.number().into()]).await?;
    row.map_or(Ok(0), |row| row.int(0))
}
