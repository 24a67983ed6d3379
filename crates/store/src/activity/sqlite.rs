//! The hot path on SQLite: row by row with prepared statements, which costs no round trip.

use std::collections::HashMap;

use domain::activity::ClaimKey;
use rusqlite::{OptionalExtension, params};

use super::{Claimed, Loaded, PersonKey, Writes, claim_bucket, person};
use crate::{Db, StoreError};

fn connection(db: &mut Db) -> Result<&mut rusqlite::Connection, StoreError> {
    db.sqlite().ok_or_else(|| StoreError::Engine("not SQLite".to_owned()))
}

pub(super) fn load(db: &mut Db, keys: &[ClaimKey], wanted: &[PersonKey]) -> Result<Loaded, StoreError> {
    let connection = connection(db)?;
    let mut claims = HashMap::with_capacity(keys.len());
    let mut find =
        connection.prepare_cached("SELECT participant, entry, body FROM claim WHERE bucket = ?1 AND key = ?2")?;
    for key in keys {
        let found = find
            .query_row(params![claim_bucket(key), key.0], |row| {
                Ok(Claimed {
                    participant: row.get(0)?,
                    entry: row.get(1)?,
                    body: row.get(2)?,
                })
            })
            .optional()?;
        if let Some(found) = found {
            claims.insert(*key, found);
        }
    }
    let mut people = HashMap::with_capacity(wanted.len());
    let mut find = connection.prepare_cached(
        "SELECT bucket, id, programme, open, consents, credited_mg, points_in, last_entry, version, history,
                partners_out
         FROM participant WHERE bucket = ?1 AND id = ?2",
    )?;
    for key in wanted {
        let mut rows = find.query(params![key.0, key.1])?;
        if let Some(row) = rows.next()? {
            let history = row
                .get_ref(9)?
                .as_str()
                .map_err(|e| StoreError::Engine(e.to_string()))?;
            people.insert(*key, person(|i| Ok(row.get(i)?), history, row.get(10)?)?);
        }
    }
    Ok((claims, people))
}

pub(super) fn store(db: &mut Db, writes: &Writes<'_>) -> Result<(), StoreError> {
    let connection = connection(db)?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO entry (bucket, participant, id, code, at_us, mg, points, methodology, channel, grade, partner,
                            event, started_us, ended_us, day, inputs, factors, reason, photo, about)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
    )?;
    for entry in &writes.entries {
        let act = &entry.post.act;
        insert.execute(params![
            entry.bucket,
            act.participant.number(),
            entry.id,
            entry.code.number(),
            entry.post.at_us,
            entry.mg,
            entry.points,
            entry.methodology,
            act.channel.number(),
            entry.grade.number(),
            act.partner,
            entry.post.event,
            entry.interval_us.0,
            entry.interval_us.1,
            entry.day.epoch_days(),
            entry.inputs,
            entry.factors,
            entry.reason,
            act.photo.as_ref().map(|prints| prints.as_flattened()),
            entry.about,
        ])?;
    }
    let mut insert = connection
        .prepare_cached("INSERT INTO claim (bucket, key, participant, entry, body) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (key, claim) in &writes.claims {
        insert.execute(params![
            claim_bucket(key),
            key.0,
            claim.participant,
            claim.entry,
            claim.body
        ])?;
    }
    let mut update = connection.prepare_cached(
        "UPDATE participant SET credited_mg = ?4, points_in = ?5, last_entry = ?6, history = ?7, version = ?3 + 1
         WHERE bucket = ?1 AND id = ?2 AND version = ?3",
    )?;
    for ((bucket, id), person, history) in &writes.people {
        let changed = update.execute(params![
            bucket,
            id,
            person.version,
            person.credited_mg,
            person.points_in,
            person.last_entry,
            history
        ])?;
        if changed != 1 {
            return Err(StoreError::Conflict("a participant changed meanwhile".to_owned()));
        }
    }
    let mut upsert = connection.prepare_cached(
        "INSERT INTO programme_account
             (bucket, programme, issued_mg, reversed_mg, points_issued, points_returned, points_held, points_spent)
         VALUES (?1, ?2, ?3, 0, ?4, 0, 0, 0)
         ON CONFLICT (bucket, programme) DO UPDATE
         SET issued_mg = issued_mg + excluded.issued_mg, points_issued = points_issued + excluded.points_issued",
    )?;
    for ((bucket, programme), issued) in &writes.issued {
        upsert.execute(params![bucket, programme, issued.mg, issued.points])?;
    }
    let mut upsert = connection.prepare_cached(
        "INSERT INTO daily (programme, day, methodology, shard, acts, refused, mg, points)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (programme, day, methodology, shard) DO UPDATE
         SET acts = acts + excluded.acts, refused = refused + excluded.refused,
             mg = mg + excluded.mg, points = points + excluded.points",
    )?;
    for ((programme, day, methodology), sums) in &writes.daily {
        upsert.execute(params![
            programme,
            day,
            methodology,
            writes.shard,
            sums.acts,
            sums.refused,
            sums.mg,
            sums.points
        ])?;
    }
    Ok(())
}
