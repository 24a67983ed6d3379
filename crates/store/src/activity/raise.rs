//! The record that an act confirms: looked up only where the act would be refused.

use std::collections::HashMap;
use std::sync::Arc;

use domain::activity::{ClaimKey, First, Second, meet, photo_claims};
use domain::evidence::{ABOUT_US, Grade, Source};
use domain::measure::{Carbon, EntryId, Points, make_id};
use domain::methodology::{Methodology, recompute};

use super::read::{self, ActRow};
use super::{Claimed, Code, Entry, NewEntry, Post, Shared, person_key};
use crate::{Db, Engine, StoreError};

/// A credited record that an act tells of a second time.
pub(super) struct Found {
    pub(super) id: i64,
    pub(super) methodology: i64,
    pub(super) inputs: String,
    pub(super) factors: String,
    pub(super) first: First,
}

/// An act that is reported may have ended this far ahead of the clock by which it was booked; generous.
const AHEAD_US: i64 = 15 * 60 * 1_000_000;

/// The record that an act confirms, if there is one: of the same participant, behaviour and day, credited, not taken
/// back and not raised; in the books or earlier in the batch.
pub(super) async fn confirmed(
    db: &mut Db,
    shared: &Shared,
    post: &Post,
    claims: &HashMap<ClaimKey, Claimed>,
    batch: &[NewEntry<'_>],
) -> Result<Option<Found>, StoreError> {
    let act = &post.act;
    let photo = photo_claims(&post.programme, act.photo.as_ref());
    if photo.iter().any(|key| claims.contains_key(key)) {
        return Ok(None); // the same photo again proves nothing
    }
    let holder = act.claims.iter().find_map(|key| claims.get(key));
    if holder.is_some_and(|holder| holder.participant != act.participant.number()) {
        return Ok(None);
    }
    if holder.is_none() && !act.working.methodology.exclusive {
        return Ok(None); // it would be an act of its own
    }
    let (bucket, participant) = person_key(act.participant);
    // what agrees with it was booked after it began, or nearly so
    let since = make_id((act.started_us - ABOUT_US - AHEAD_US).max(0), 0);
    let sql = format!(
        "SELECT {}, (SELECT r.reversing FROM reversal r
                     WHERE r.bucket = e.bucket AND r.participant = e.participant AND r.entry = e.id)
         FROM entry e WHERE bucket = $1 AND participant = $2 AND id >= $3 AND code IN (1, 7)
                      AND started_us <= $4 AND ended_us >= $5 ORDER BY id",
        read::COLUMNS
    );
    let rows = db
        .rows(
            &sql,
            &[
                bucket.into(),
                participant.into(),
                since.into(),
                act.ended_us.saturating_add(ABOUT_US).into(),
                act.started_us.saturating_sub(ABOUT_US).into(),
            ],
        )
        .await?;
    let mut candidates: Vec<Entry> = Vec::new();
    let mut raised: Vec<i64> = Vec::new();
    for row in &rows {
        let entry = read::from_row(row)?;
        match entry.code {
            Code::Raised => raised.extend(entry.about),
            _ if row.opt_int(19)?.is_none() => candidates.push(entry),
            _ => {}
        }
    }
    for entry in batch
        .iter()
        .filter(|entry| entry.post.act.participant == act.participant)
    {
        match entry.code {
            Code::Raised => raised.extend(entry.about),
            Code::Credited => candidates.push(written(entry)),
            _ => {}
        }
    }
    for entry in candidates {
        let id = entry.id.number();
        let Some(row) = &entry.act else { continue };
        let collides = match holder {
            Some(holder) => holder.entry == id,
            None => meet((row.started_us, row.ended_us), (act.started_us, act.ended_us)),
        };
        if !collides || row.day != act.day || raised.contains(&id) {
            continue;
        }
        let methodology = shared.versions.get(db, row.methodology).await?;
        if methodology.id != act.working.methodology.id {
            continue;
        }
        let first = first(&methodology, &entry, row)?;
        if first.is_confirmed_by(&act.second()) {
            return Ok(Some(Found {
                id,
                methodology: row.methodology,
                inputs: row.inputs.clone(),
                factors: row.factors.clone(),
                first,
            }));
        }
    }
    Ok(None)
}

/// The record that an act would confirm if it were posted now, with its begin and end.
pub async fn would_confirm(db: &mut Db, post: &Post) -> Result<Option<(EntryId, (i64, i64))>, StoreError> {
    let (claims, _) = match db.engine() {
        Engine::Sqlite => super::sqlite::load(db, &post.act.claims, &[])?,
        Engine::Postgres => super::postgres::load(db, &post.act.claims, &[]).await?,
    };
    let found = confirmed(db, &Shared::default(), post, &claims, &[]).await?;
    Ok(found.map(|found| (EntryId::new(found.id), found.first.interval_us)))
}

/// A stored record as it would be with the best evidence.
pub(crate) fn first(methodology: &Arc<Methodology>, entry: &Entry, row: &ActRow) -> Result<First, StoreError> {
    let working = recompute(methodology, &row.inputs, &row.factors, Grade::E4)
        .map_err(|e| StoreError::corrupt(format!("entry {}: {e}", entry.id)))?;
    Ok(First {
        working,
        day: row.day,
        interval_us: (row.started_us, row.ended_us),
        source: Source {
            channel: row.channel,
            partner: row.partner,
        },
        credited: entry.mg,
        points: entry.points,
    })
}

/// A row of the batch as it will stand in the books, as far as it matters here.
fn written(entry: &NewEntry<'_>) -> Entry {
    let act = &entry.post.act;
    Entry {
        participant: act.participant,
        id: EntryId::new(entry.id),
        code: entry.code,
        at_us: entry.post.at_us,
        mg: Carbon::from_mg(entry.mg),
        points: Points::from_milli(entry.points),
        about: entry.about,
        reason: None,
        act: Some(ActRow {
            methodology: entry.methodology,
            channel: act.channel,
            grade: entry.grade,
            partner: act.partner,
            event: None,
            started_us: entry.interval_us.0,
            ended_us: entry.interval_us.1,
            day: entry.day,
            inputs: entry.inputs.clone(),
            factors: entry.factors.clone(),
            photo: None,
        }),
    }
}

/// What the second source said, as it is stored beside a raise: `said START END GROSS`, in microseconds and mg.
pub(super) fn said(second: &Second) -> String {
    let (start, end) = second.interval_us;
    format!("said {start} {end} {}", second.gross.mg())
}

/// Reads what [`said`] wrote; `None` if it is damaged.
pub(crate) fn read_said(text: &str, source: Source) -> Option<Second> {
    let mut numbers = text.strip_prefix("said ")?.split(' ').map(str::parse::<i64>);
    let mut next = || numbers.next()?.ok();
    let (start, end, gross) = (next()?, next()?, next()?);
    Some(Second {
        interval_us: (start, end),
        source,
        gross: Carbon::from_mg(gross),
    })
}
