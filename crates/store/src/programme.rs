//! Programmes in the books.

use std::collections::HashMap;

use domain::measure::{Day, ProgrammeId, Text, Zone};
use domain::programme::{PointsRule, Programme};

use crate::{Db, Row, StoreError};

const COLUMNS: &str = "id, slug, title_zh, title_en, zone, region, starts_us, milli_per_g, unit_zh, unit_en, joinable";

fn from_row(row: &Row) -> Result<Programme, StoreError> {
    let zone_name = row.text(4)?.to_owned();
    let zone = Zone::named(&zone_name).ok_or_else(|| StoreError::corrupt(format!("time zone {zone_name}")))?;
    Ok(Programme {
        id: ProgrammeId::new(row.int(0)?),
        slug: row.text(1)?.to_owned(),
        title: Text {
            zh: row.text(2)?.to_owned(),
            en: row.text(3)?.to_owned(),
        },
        zone,
        zone_name,
        region: row.text(5)?.to_owned(),
        starts_us: row.int(6)?,
        points: PointsRule {
            milli_per_g: row.int(7)?,
            unit: Text {
                zh: row.text(8)?.to_owned(),
                en: row.text(9)?.to_owned(),
            },
        },
        joinable: row.int(10)? == 1,
        rates: Vec::new(),
    })
}

/// Every programme, by slug.
pub async fn all(db: &mut Db) -> Result<Vec<Programme>, StoreError> {
    let rows = db
        .rows(&format!("SELECT {COLUMNS} FROM programme ORDER BY slug"), &[])
        .await?;
    let mut rates = rates(db).await?;
    let mut programmes = Vec::with_capacity(rows.len());
    for row in &rows {
        let programme = from_row(row)?;
        let rates = rates.remove(&programme.id).unwrap_or_default();
        programmes.push(Programme { rates, ..programme });
    }
    Ok(programmes)
}

async fn rates(db: &mut Db) -> Result<HashMap<ProgrammeId, Vec<(Day, i64)>>, StoreError> {
    let rows = db
        .rows(
            "SELECT programme, day, milli_per_g FROM points_rate ORDER BY programme, day",
            &[],
        )
        .await?;
    let mut rates: HashMap<ProgrammeId, Vec<(Day, i64)>> = HashMap::new();
    for row in rows {
        let day = i32::try_from(row.int(1)?).map_err(|_| StoreError::corrupt("the day of a rate"))?;
        let rate = (Day::from_epoch_days(day), row.int(2)?);
        rates.entry(ProgrammeId::new(row.int(0)?)).or_default().push(rate);
    }
    Ok(rates)
}

/// Adds a programme; `false` if its slug is taken.
pub async fn insert(db: &mut Db, programme: &Programme) -> Result<bool, StoreError> {
    let sql = format!(
        "INSERT INTO programme ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING"
    );
    let points = &programme.points;
    let added = db
        .run(
            &sql,
            &[
                programme.id.number().into(),
                (&programme.slug).into(),
                (&programme.title.zh).into(),
                (&programme.title.en).into(),
                (&programme.zone_name).into(),
                (&programme.region).into(),
                programme.starts_us.into(),
                points.milli_per_g.into(),
                (&points.unit.zh).into(),
                (&points.unit.en).into(),
                programme.joinable.into(),
            ],
        )
        .await?;
    Ok(added == 1)
}

/// Writes what may change of a programme: titles, start, names of points, whether people may join. The rate of points
/// changes by [`set_rate`] only.
pub async fn update(db: &mut Db, programme: &Programme) -> Result<(), StoreError> {
    db.run(
        "UPDATE programme SET title_zh = $2, title_en = $3, starts_us = $4, unit_zh = $5, unit_en = $6, joinable = $7
         WHERE id = $1",
        &[
            programme.id.number().into(),
            (&programme.title.zh).into(),
            (&programme.title.en).into(),
            programme.starts_us.into(),
            (&programme.points.unit.zh).into(),
            (&programme.points.unit.en).into(),
            programme.joinable.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Sets what a gram earns on a civil day and later, in thousandths of a point. The day must not have begun.
pub async fn set_rate(db: &mut Db, programme: ProgrammeId, day: Day, milli_per_g: i64) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO points_rate (programme, day, milli_per_g) VALUES ($1, $2, $3)
         ON CONFLICT (programme, day) DO UPDATE SET milli_per_g = excluded.milli_per_g",
        &[programme.number().into(), day.epoch_days().into(), milli_per_g.into()],
    )
    .await?;
    Ok(())
}
