//! Published methodology versions, and which of them are in force.

use std::sync::Arc;

use domain::measure::{Carbon, Day, ProgrammeId};
use domain::methodology::Methodology;

use crate::activity::{Code, Entry, read};
use crate::{Db, StoreError};

/// A published version and the number under which records name it.
#[derive(Debug, Clone)]
pub struct Published {
    /// Its number.
    pub number: i64,
    /// The version itself.
    pub methodology: Arc<Methodology>,
    /// When it was published.
    pub published_us: i64,
}

/// Every version ever published, in order.
pub async fn all(db: &mut Db) -> Result<Vec<Published>, StoreError> {
    let rows = db
        .rows(
            "SELECT number, text, published_us FROM methodology ORDER BY number",
            &[],
        )
        .await?;
    let mut published = Vec::with_capacity(rows.len());
    for row in rows {
        let number = row.int(0)?;
        let methodology =
            Methodology::parse(row.text(1)?).map_err(|e| StoreError::corrupt(format!("methodology {number}: {e}")))?;
        published.push(Published {
            number,
            methodology,
            published_us: row.int(2)?,
        });
    }
    Ok(published)
}

/// Publishes a version. The number of the version, and whether it is new; `None` if the same version was published
/// with another text.
pub async fn publish(
    db: &mut Db,
    methodology: &Methodology,
    sha256: &[u8; 32],
    now_us: i64,
) -> Result<Option<(i64, bool)>, StoreError> {
    let known = db
        .row(
            "SELECT number, sha256 FROM methodology WHERE id = $1 AND version = $2",
            &[(&methodology.id).into(), (&methodology.version).into()],
        )
        .await?;
    if let Some(row) = known {
        let same = row.blob(1)? == sha256;
        return Ok(if same { Some((row.int(0)?, false)) } else { None });
    }
    let last = db.row("SELECT max(number) FROM methodology", &[]).await?;
    let number = last.map_or(Ok(None), |row| row.opt_int(0))?.unwrap_or(0) + 1;
    db.run(
        "INSERT INTO methodology (number, id, version, text, sha256, published_us) VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            number.into(),
            (&methodology.id).into(),
            (&methodology.version).into(),
            (&methodology.text).into(),
            sha256.into(),
            now_us.into(),
        ],
    )
    .await?;
    Ok(Some((number, true)))
}

/// Makes a version the one that quantifies its behaviour in a programme from now on.
pub async fn put_in_force(
    db: &mut Db,
    programme: ProgrammeId,
    behaviour: &str,
    number: i64,
    now_us: i64,
) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO in_force (programme, behaviour, methodology, since_us) VALUES ($1, $2, $3, $4)
         ON CONFLICT (programme, behaviour)
         DO UPDATE SET methodology = excluded.methodology, since_us = excluded.since_us",
        &[
            programme.number().into(),
            behaviour.into(),
            number.into(),
            now_us.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Programme, behaviour and the number of the version in force, for all programmes.
pub async fn in_force(db: &mut Db) -> Result<Vec<(ProgrammeId, String, i64)>, StoreError> {
    let rows = db
        .rows(
            "SELECT programme, behaviour, methodology FROM in_force ORDER BY programme, behaviour",
            &[],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((ProgrammeId::new(row.int(0)?), row.text(1)?.to_owned(), row.int(2)?)))
        .collect()
}

/// What a programme credited by a version: its number, acts, and the reduction.
pub type Credited = (i64, i64, Carbon);

/// What a programme credited since a civil day, by version.
pub async fn credited_since(db: &mut Db, programme: ProgrammeId, day: Day) -> Result<Vec<Credited>, StoreError> {
    let rows = db
        .rows(
            "SELECT methodology, CAST(sum(acts) AS BIGINT), CAST(sum(mg) AS BIGINT) FROM daily
             WHERE programme = $1 AND day >= $2 GROUP BY methodology",
            &[programme.number().into(), day.epoch_days().into()],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.int(0)?, row.int(1)?, Carbon::from_mg(row.int(2)?))))
        .collect()
}

/// Shows every credited act of a programme in one bucket that one of these versions quantified, in the order in which
/// each participant's were booked, participant by participant; nothing is held.
pub async fn each_credited(
    db: &mut Db,
    bucket: u8,
    programme: ProgrammeId,
    versions: &[i64],
    mut show: impl FnMut(Entry) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT {} FROM entry WHERE bucket = $1 AND code = $3
             AND participant IN (SELECT id FROM participant WHERE bucket = $1 AND programme = $2)
         ORDER BY participant, id",
        read::COLUMNS
    );
    let params = [bucket.into(), programme.number().into(), Code::Credited.number().into()];
    db.each(&sql, &params, |row| {
        let entry = read::from_row(row)?;
        match &entry.act {
            Some(act) if versions.contains(&act.methodology) => show(entry),
            _ => Ok(()),
        }
    })
    .await?;
    Ok(())
}
