//! What of each day counts, days that are final, and the story of a day.

use domain::competition::DayLine;
use domain::measure::{Day, ParticipantId, bucket_of};

use super::readings::day;
use crate::{Db, Row, StoreError};

/// What of a participant's day counts in a competition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tallied {
    /// The civil day.
    pub day: Day,
    /// What counts, after the ceiling.
    pub value: i64,
    /// When that was reached.
    pub reached_us: i64,
    /// What was told after the cut-off; it does not count.
    pub late: Option<i64>,
    /// When.
    pub late_us: Option<i64>,
    /// Codes of what speaks against the day, with spaces between them.
    pub signs: String,
    /// Who looked at it.
    pub checked_by: Option<i64>,
    /// Why it does not count, if somebody decided so.
    pub voided: Option<String>,
}

pub(super) const COLUMNS: &str = "day, value, reached_us, late, late_us, signs, checked_by, voided";

pub(super) fn from_row(row: &Row) -> Result<Tallied, StoreError> {
    Ok(Tallied {
        day: day(row.int(0)?)?,
        value: row.int(1)?,
        reached_us: row.int(2)?,
        late: row.opt_int(3)?,
        late_us: row.opt_int(4)?,
        signs: row.text(5)?.to_owned(),
        checked_by: row.opt_int(6)?,
        voided: row.opt_text(7)?.map(str::to_owned),
    })
}

/// A participant's days in a competition, in their order.
pub async fn tallies(db: &mut Db, competition: i64, who: ParticipantId) -> Result<Vec<Tallied>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM tally WHERE bucket = $1 AND competition = $2 AND participant = $3 ORDER BY day");
    let params = [bucket_of(who.number()).into(), competition.into(), who.number().into()];
    let rows = db.rows(&sql, &params).await?;
    rows.iter().map(from_row).collect()
}

/// One of them.
pub async fn tally(db: &mut Db, competition: i64, who: ParticipantId, on: Day) -> Result<Option<Tallied>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM tally WHERE bucket = $1 AND competition = $2 AND participant = $3 AND day = $4");
    let params = [
        bucket_of(who.number()).into(),
        competition.into(),
        who.number().into(),
        on.epoch_days().into(),
    ];
    db.row(&sql, &params).await?.as_ref().map(from_row).transpose()
}

/// Writes what of a day counts; a row that is there becomes it.
pub async fn set_tally(db: &mut Db, competition: i64, who: ParticipantId, after: &Tallied) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO tally (bucket, competition, participant, day, value, reached_us, late, late_us, signs, checked_by,
                            voided)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (bucket, competition, participant, day) DO UPDATE
         SET value = excluded.value, reached_us = excluded.reached_us, late = excluded.late,
             late_us = excluded.late_us, signs = excluded.signs, checked_by = excluded.checked_by,
             voided = excluded.voided",
        &[
            bucket_of(who.number()).into(),
            competition.into(),
            who.number().into(),
            after.day.epoch_days().into(),
            after.value.into(),
            after.reached_us.into(),
            after.late.into(),
            after.late_us.into(),
            (&after.signs).into(),
            after.checked_by.into(),
            after.voided.as_ref().into(),
        ],
    )
    .await?;
    Ok(())
}

/// Those of a day with the highest value that counts, of those who are in: one of them is its champion. More than one only
/// if they are equal.
pub async fn champion_candidates(db: &mut Db, competition: i64, on: Day) -> Result<Vec<DayLine>, StoreError> {
    let rows = db
        .rows(
            "SELECT t.participant, t.value, t.reached_us, e.joined_us, e.ticket
             FROM tally t JOIN entrant e
               ON e.bucket = t.bucket AND e.competition = t.competition AND e.participant = t.participant
             WHERE t.competition = $1 AND t.day = $2 AND t.voided IS NULL AND e.status = 0
               AND t.value = (SELECT max(m.value) FROM tally m JOIN entrant n
                                ON n.bucket = m.bucket AND n.competition = m.competition
                               AND n.participant = m.participant
                              WHERE m.competition = $1 AND m.day = $2 AND m.voided IS NULL AND n.status = 0)",
            &[competition.into(), on.epoch_days().into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(DayLine {
                participant: ParticipantId::new(row.int(0)?),
                value: row.int(1)?,
                reached_us: row.int(2)?,
                joined_us: row.int(3)?,
                ticket: row.int(4)?.cast_unsigned(),
            })
        })
        .collect()
}

/// How many of those who are in have a value above zero on a day.
pub async fn tally_counts(db: &mut Db, competition: i64, on: Day) -> Result<i64, StoreError> {
    let row = db
        .row(
            "SELECT count(*) FROM tally t JOIN entrant e
               ON e.bucket = t.bucket AND e.competition = t.competition AND e.participant = t.participant
             WHERE t.competition = $1 AND t.day = $2 AND t.value > 0 AND t.voided IS NULL AND e.status = 0",
            &[competition.into(), on.epoch_days().into()],
        )
        .await?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Notes what speaks against a day; what somebody looked at, or what counts of it, stays as it is.
pub async fn set_signs(
    db: &mut Db,
    competition: i64,
    who: ParticipantId,
    on: Day,
    signs: &str,
) -> Result<(), StoreError> {
    db.run(
        "UPDATE tally SET signs = $5 WHERE bucket = $1 AND competition = $2 AND participant = $3 AND day = $4",
        &[
            bucket_of(who.number()).into(),
            competition.into(),
            who.number().into(),
            on.epoch_days().into(),
            signs.into(),
        ],
    )
    .await?;
    Ok(())
}

/// A day that is final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FinalDay {
    /// The civil day.
    pub day: Day,
    /// When it was found final.
    pub final_us: i64,
    /// Who had the most.
    pub champion: Option<ParticipantId>,
    /// How much that was.
    pub value: i64,
    /// How many have a value above zero.
    pub walkers: i64,
}

/// Notes that a day is final; the first note stands.
pub async fn close_day(db: &mut Db, competition: i64, done: &FinalDay) -> Result<bool, StoreError> {
    let written = db
        .run(
            "INSERT INTO competition_day (competition, day, final_us, champion, value, walkers)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (competition, day) DO NOTHING",
            &[
                competition.into(),
                done.day.epoch_days().into(),
                done.final_us.into(),
                done.champion.map(ParticipantId::number).into(),
                done.value.into(),
                done.walkers.into(),
            ],
        )
        .await?;
    Ok(written == 1)
}

/// Gives a final day another champion, after a disqualification or a day that does not count.
pub async fn crown(db: &mut Db, competition: i64, done: &FinalDay) -> Result<(), StoreError> {
    db.run(
        "UPDATE competition_day SET champion = $3, value = $4, walkers = $5 WHERE competition = $1 AND day = $2",
        &[
            competition.into(),
            done.day.epoch_days().into(),
            done.champion.map(ParticipantId::number).into(),
            done.value.into(),
            done.walkers.into(),
        ],
    )
    .await?;
    Ok(())
}

/// The days that are final, in their order.
pub async fn final_days(db: &mut Db, competition: i64) -> Result<Vec<FinalDay>, StoreError> {
    let rows = db
        .rows(
            "SELECT day, final_us, champion, value, walkers FROM competition_day WHERE competition = $1 ORDER BY day",
            &[competition.into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(FinalDay {
                day: day(row.int(0)?)?,
                final_us: row.int(1)?,
                champion: row.opt_int(2)?.map(ParticipantId::new),
                value: row.int(3)?,
                walkers: row.int(4)?,
            })
        })
        .collect()
}

/// Keeps how scores stood at the end of an hour.
pub async fn keep_hour(db: &mut Db, competition: i64, on: Day, hour: u8, outline: &[u8]) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO competition_hour (competition, day, hour, outline) VALUES ($1, $2, $3, $4)
         ON CONFLICT (competition, day, hour) DO UPDATE SET outline = excluded.outline",
        &[competition.into(), on.epoch_days().into(), hour.into(), outline.into()],
    )
    .await?;
    Ok(())
}

/// How scores stood at the end of each hour of a day that was kept.
pub async fn hours(db: &mut Db, competition: i64, on: Day) -> Result<Vec<(u8, Vec<u8>)>, StoreError> {
    let rows = db
        .rows(
            "SELECT hour, outline FROM competition_hour WHERE competition = $1 AND day = $2 ORDER BY hour",
            &[competition.into(), on.epoch_days().into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let hour = u8::try_from(row.int(0)?).map_err(|_| StoreError::corrupt("an hour"))?;
            Ok((hour, row.blob(1)?.to_vec()))
        })
        .collect()
}

/// A change at the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lead {
    /// When.
    pub at_us: i64,
    /// On which civil day.
    pub day: Day,
    /// Who leads since.
    pub participant: ParticipantId,
    /// With what.
    pub value: i64,
}

/// Notes who took the lead.
pub async fn note_lead(db: &mut Db, competition: i64, lead: &Lead) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO competition_lead (competition, at_us, day, participant, value) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (competition, at_us) DO NOTHING",
        &[
            competition.into(),
            lead.at_us.into(),
            lead.day.epoch_days().into(),
            lead.participant.number().into(),
            lead.value.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Who led from when, from an instant on, at most `limit`.
pub async fn leads(db: &mut Db, competition: i64, since_us: i64, limit: u32) -> Result<Vec<Lead>, StoreError> {
    let rows = db
        .rows(
            "SELECT at_us, day, participant, value FROM competition_lead WHERE competition = $1 AND at_us >= $2
             ORDER BY at_us LIMIT $3",
            &[competition.into(), since_us.into(), limit.into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Lead {
                at_us: row.int(0)?,
                day: day(row.int(1)?)?,
                participant: ParticipantId::new(row.int(2)?),
                value: row.int(3)?,
            })
        })
        .collect()
}

/// A day against which something speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedDay {
    /// Whose.
    pub participant: ParticipantId,
    /// What of it counts, and what speaks against it.
    pub tallied: Tallied,
}

/// The days against which something speaks, or that do not count; in the order of days, at most `limit`.
pub async fn signed_days(db: &mut Db, competition: i64, limit: u32) -> Result<Vec<SignedDay>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, participant FROM tally WHERE competition = $1 AND signs <> ''
         ORDER BY day, participant LIMIT $2"
    );
    let rows = db.rows(&sql, &[competition.into(), limit.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(SignedDay {
                participant: ParticipantId::new(row.int(8)?),
                tallied: from_row(row)?,
            })
        })
        .collect()
}

/// Somebody's value on a day, with what decides between equals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayValue {
    /// Whose.
    pub participant: ParticipantId,
    /// What counts.
    pub value: i64,
    /// When that was reached.
    pub reached_us: i64,
    /// When it joined.
    pub joined_us: i64,
}

/// Who had the most on a day, of those who are in; at most `limit`.
pub async fn day_board(db: &mut Db, competition: i64, on: Day, limit: u32) -> Result<Vec<DayValue>, StoreError> {
    let rows = db
        .rows(
            "SELECT t.participant, t.value, t.reached_us, e.joined_us
             FROM tally t JOIN entrant e
               ON e.bucket = t.bucket AND e.competition = t.competition AND e.participant = t.participant
             WHERE t.competition = $1 AND t.day = $2 AND t.value > 0 AND t.voided IS NULL AND e.status = 0
             ORDER BY t.value DESC, t.reached_us, e.joined_us LIMIT $3",
            &[competition.into(), on.epoch_days().into(), limit.into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(DayValue {
                participant: ParticipantId::new(row.int(0)?),
                value: row.int(1)?,
                reached_us: row.int(2)?,
                joined_us: row.int(3)?,
            })
        })
        .collect()
}

/// A credited act, as far as it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedAct {
    /// Its civil day.
    pub day: Day,
    /// When it was booked.
    pub at_us: i64,
    /// What was credited.
    pub mg: i64,
    /// The number of the version that credited it.
    pub methodology: i64,
    /// What was said of it.
    pub inputs: String,
    /// Whether it is the act itself, and not what a second source adds.
    pub first: bool,
}

/// A participant's credited acts of the days from `first` to `last` that were not taken back.
pub async fn counted_acts(
    db: &mut Db,
    who: ParticipantId,
    first: Day,
    last: Day,
) -> Result<Vec<CountedAct>, StoreError> {
    let rows = db
        .rows(
            "SELECT e.day, e.at_us, e.mg, e.methodology, e.inputs, e.code FROM entry e
             WHERE e.bucket = $1 AND e.participant = $2 AND e.code IN (1, 7) AND e.day >= $3 AND e.day <= $4
               AND NOT EXISTS (SELECT 1 FROM entry r WHERE r.bucket = e.bucket AND r.participant = e.participant
                                AND r.code = 3 AND (r.about = e.id OR e.code = 7 AND r.about = e.about))
             ORDER BY e.id",
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
            Ok(CountedAct {
                day: day(row.int(0)?)?,
                at_us: row.int(1)?,
                mg: row.int(2)?,
                methodology: row.int(3)?,
                inputs: row.text(4)?.to_owned(),
                first: row.int(5)? == 1,
            })
        })
        .collect()
}

/// The entrants with something new in the journal since an instant, each with when.
pub async fn acted_since(
    db: &mut Db,
    competition: i64,
    since_us: i64,
) -> Result<Vec<(ParticipantId, i64)>, StoreError> {
    let rows = db
        .rows(
            "SELECT e.participant, max(e.at_us) FROM entry e
             JOIN entrant n ON n.bucket = e.bucket AND n.competition = $1 AND n.participant = e.participant
             WHERE e.at_us >= $2 AND e.code IN (1, 3, 7) GROUP BY e.participant ORDER BY 2",
            &[competition.into(), since_us.into()],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((ParticipantId::new(row.int(0)?), row.int(1)?)))
        .collect()
}
