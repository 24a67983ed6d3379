//! The check of the figures by day.

use std::collections::HashMap;

use domain::measure::{Day, ProgrammeId};

use super::{VerifyError, fault, same};
use crate::activity::{Code, Entry};
use crate::{Db, StoreError};

/// What the entries of all buckets add up to, by programme, day and methodology version: acts, refused, mg, points.
#[derive(Default)]
pub(super) struct Daily(HashMap<(ProgrammeId, i64, i64), [i64; 4]>);

impl Daily {
    /// Counts an entry, if it is an act.
    pub(super) fn add(&mut self, programme: ProgrammeId, entry: &Entry) {
        let Some(act) = &entry.act else { return };
        let key = (programme, i64::from(act.day.epoch_days()), act.methodology);
        let sums = self.0.entry(key).or_default();
        sums[0] += i64::from(entry.code == Code::Credited);
        sums[1] += i64::from(entry.code == Code::Refused);
        sums[2] = sums[2].saturating_add(entry.mg.mg());
        sums[3] = sums[3].saturating_add(entry.points.milli());
    }

    /// The stored figures must be these, and no others.
    pub(super) async fn check(mut self, db: &mut Db) -> Result<(), VerifyError> {
        let rows = db
            .rows(
                "SELECT programme, day, methodology, CAST(sum(acts) AS BIGINT), CAST(sum(refused) AS BIGINT),
                        CAST(sum(mg) AS BIGINT), CAST(sum(points) AS BIGINT)
                 FROM daily GROUP BY programme, day, methodology",
                &[],
            )
            .await?;
        for row in rows {
            let key = (ProgrammeId::new(row.int(0)?), row.int(1)?, row.int(2)?);
            let place = place(key)?;
            let derived = self.0.remove(&key).unwrap_or_default();
            for (i, name) in ["acts", "refused acts", "mg", "points"].into_iter().enumerate() {
                same(&place, name, row.int(i + 3)?, derived[i])?;
            }
        }
        match self.0.into_keys().next() {
            Some(key) => fault(place(key)?, "has no figures"),
            None => Ok(()),
        }
    }
}

fn place((programme, day, methodology): (ProgrammeId, i64, i64)) -> Result<String, StoreError> {
    let day = i32::try_from(day).map_err(|_| StoreError::corrupt("a day of the figures"))?;
    let day = Day::from_epoch_days(day);
    Ok(format!(
        "figures of {day} for methodology {methodology} in programme {programme}"
    ))
}
