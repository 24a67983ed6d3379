//! What last month's decisions were, for figures and for a policy that is tried.

use domain::measure::{Carbon, EntryId, ParticipantId, ProgrammeId};

use super::Decision;
use crate::activity::{Entry, read};
use crate::{Db, StoreError};

/// What was counted since a month, by month: month, what, how often, about how much; oldest first.
pub async fn since(
    db: &mut Db,
    programme: ProgrammeId,
    month: i32,
) -> Result<Vec<(i32, String, i64, Carbon)>, StoreError> {
    let rows = db
        .rows(
            "SELECT month, what, count, mg FROM evidence_month WHERE programme = $1 AND month >= $2 ORDER BY month, what",
            &[programme.number().into(), i64::from(month).into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let month = i32::try_from(row.int(0)?).map_err(|_| StoreError::corrupt("a month"))?;
            Ok((
                month,
                row.text(1)?.to_owned(),
                row.int(2)?,
                Carbon::from_mg(row.int(3)?),
            ))
        })
        .collect()
}

/// Shows each decision of the rules on the submissions of a bucket that came in within a stretch of time: the last one
/// of each, with whether the submission is settled by it.
pub async fn each_decided(
    db: &mut Db,
    bucket: u8,
    programme: ProgrammeId,
    (from_us, to_us): (i64, i64),
    mut show: impl FnMut(ParticipantId, EntryId, Option<EntryId>, Decision) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    db.each(
        "SELECT d.participant, d.submission, s.entry, d.n, d.at_us, d.made_by, d.rules, d.policy, d.grounds, d.verdict
         FROM submission s
         JOIN decision d ON d.bucket = s.bucket AND d.participant = s.participant AND d.submission = s.id
         WHERE s.bucket = $1 AND s.programme = $2 AND s.made_us >= $3 AND s.made_us < $4
           AND d.made_by = 0 AND d.grounds <> ''
           AND d.n = (SELECT max(n) FROM decision o WHERE o.bucket = d.bucket AND o.participant = d.participant
                      AND o.submission = d.submission AND o.made_by = 0)
         ORDER BY d.participant, d.submission",
        &[bucket.into(), programme.number().into(), from_us.into(), to_us.into()],
        |row| {
            let decision = Decision {
                n: row.int(3)?,
                at_us: row.int(4)?,
                made_by: row.int(5)?,
                rules: row.int(6)?,
                policy: row.int(7)?,
                grounds: row.text(8)?.to_owned(),
                verdict: row.text(9)?.to_owned(),
            };
            show(
                ParticipantId::new(row.int(0)?),
                EntryId::new(row.int(1)?),
                row.opt_int(2)?.map(EntryId::new),
                decision,
            )
        },
    )
    .await
}

/// Shows each act of a bucket that came in within a stretch of time by one of these channels and was credited by one of
/// these versions: those that partners and devices report without a file.
pub async fn each_reported(
    db: &mut Db,
    bucket: u8,
    programme: ProgrammeId,
    (versions, channels): (&[i64], &[i64]),
    (from_us, to_us): (i64, i64),
    mut show: impl FnMut(Entry) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    if versions.is_empty() || channels.is_empty() {
        return Ok(0);
    }
    let list = |numbers: &[i64]| numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    let sql = format!(
        "SELECT {} FROM entry WHERE bucket = $1 AND code = 1 AND at_us >= $2 AND at_us < $3
           AND methodology IN ({}) AND channel IN ({})
           AND participant IN (SELECT id FROM participant WHERE bucket = $1 AND programme = $4)
         ORDER BY participant, id",
        read::COLUMNS,
        list(versions),
        list(channels)
    );
    db.each(
        &sql,
        &[bucket.into(), from_us.into(), to_us.into(), programme.number().into()],
        |row| show(read::from_row(row)?),
    )
    .await
}

/// The median time from coming in to being settled, in microseconds, of submissions that came in within a stretch of
/// time; of an even number the shorter of the middle two.
pub async fn median_wait_us(
    db: &mut Db,
    programme: ProgrammeId,
    (from_us, to_us): (i64, i64),
) -> Result<Option<i64>, StoreError> {
    const SETTLED: &str = "FROM submission WHERE programme = $1 AND made_us >= $2 AND made_us < $3
                           AND settled_us IS NOT NULL";
    let key = [programme.number().into(), from_us.into(), to_us.into()];
    let count = db.row(&format!("SELECT count(*) {SETTLED}"), &key).await?;
    let count = count.map_or(Ok(0), |row| row.int(0))?;
    if count == 0 {
        return Ok(None);
    }
    let sql = format!("SELECT settled_us - made_us {SETTLED} ORDER BY 1 LIMIT 1 OFFSET $4");
    let key = [
        programme.number().into(),
        from_us.into(),
        to_us.into(),
        ((count - 1) / 2).into(),
    ];
    db.row(&sql, &key).await?.map(|row| row.int(0)).transpose()
}
