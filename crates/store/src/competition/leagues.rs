//! Leagues: who is in which group in which round.

use std::collections::HashMap;

use domain::measure::{Day, ParticipantId};

use crate::{Db, Row, StoreError};

/// Somebody's league in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seated {
    /// Who.
    pub participant: ParticipantId,
    /// The round, from 0.
    pub round: i64,
    /// The tier, 0 the lowest.
    pub tier: i64,
    /// The group within the round.
    pub group: i64,
}

const COLUMNS: &str = "participant, round, tier, grp";

fn from_row(row: &Row) -> Result<Seated, StoreError> {
    Ok(Seated {
        participant: ParticipantId::new(row.int(0)?),
        round: row.int(1)?,
        tier: row.int(2)?,
        group: row.int(3)?,
    })
}

/// Everybody's league in a round, by group.
pub async fn seated(db: &mut Db, competition: i64, round: i64) -> Result<Vec<Seated>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM league WHERE competition = $1 AND round = $2 ORDER BY grp, participant");
    let rows = db.rows(&sql, &[competition.into(), round.into()]).await?;
    rows.iter().map(from_row).collect()
}

/// Somebody's league in the newest round.
pub async fn own_seat(db: &mut Db, competition: i64, who: ParticipantId) -> Result<Option<Seated>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM league WHERE competition = $1 AND participant = $2 ORDER BY round DESC LIMIT 1");
    let row = db.row(&sql, &[competition.into(), who.number().into()]).await?;
    row.as_ref().map(from_row).transpose()
}

/// The members of a group.
pub async fn group(db: &mut Db, competition: i64, round: i64, group: i64) -> Result<Vec<ParticipantId>, StoreError> {
    let rows = db
        .rows(
            "SELECT participant FROM league WHERE competition = $1 AND round = $2 AND grp = $3 ORDER BY participant",
            &[competition.into(), round.into(), group.into()],
        )
        .await?;
    rows.iter().map(|row| Ok(ParticipantId::new(row.int(0)?))).collect()
}

/// Writes somebody's league in a round; what is there stays.
pub async fn seat(db: &mut Db, competition: i64, new: &Seated) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO league (competition, round, participant, tier, grp) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (competition, participant, round) DO NOTHING",
        &[
            competition.into(),
            new.round.into(),
            new.participant.number().into(),
            new.tier.into(),
            new.group.into(),
        ],
    )
    .await?;
    Ok(())
}

/// What the days from `first` to `last` count to, and when that was reached; of everybody with anything.
pub async fn sums(
    db: &mut Db,
    competition: i64,
    first: Day,
    last: Day,
) -> Result<HashMap<ParticipantId, (i64, i64)>, StoreError> {
    let rows = db
        .rows(
            "SELECT participant, CAST(sum(value) AS BIGINT), max(reached_us) FROM tally
             WHERE competition = $1 AND day >= $2 AND day <= $3 AND value > 0 AND voided IS NULL
             GROUP BY participant",
            &[competition.into(), first.epoch_days().into(), last.epoch_days().into()],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((ParticipantId::new(row.int(0)?), (row.int(1)?, row.int(2)?))))
        .collect()
}
