//! Programmes in the books.

use domain::measure::{ProgrammeId, Text, Zone};
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
    })
}

/// Every programme, by slug.
pub async fn all(db: &mut Db) -> Result<Vec<Programme>, StoreError> {
    let rows = db
        .rows(&format!("SELECT {COLUMNS} FROM programme ORDER BY slug"), &[])
        .await?;
    rows.iter().map(from_row).collect()
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
