//! What staff looks at: entrants to search, readings that came late, what waits.

use domain::competition::Status;
use domain::measure::{Day, ParticipantId, ProgrammeId};

use super::entrants::status;
use super::readings::day;
use crate::console::like;
use crate::{Db, StoreError};

/// By what entrants are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EntrantOrder {
    /// By the score, best first; of equals who reached it first.
    #[default]
    Score,
    /// By when they joined, newest first.
    Joined,
    /// By alias.
    Alias,
}

/// Which entrants are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntrantFilter {
    /// A part of the alias; empty narrows nothing.
    pub alias: String,
    /// Only this one.
    pub id: Option<ParticipantId>,
    /// Only of this team.
    pub team: Option<i64>,
    /// Only with this status.
    pub status: Option<Status>,
    /// By what they are sorted.
    pub order: EntrantOrder,
    /// How many to pass over.
    pub skip: u32,
}

/// An entrant in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedEntrant {
    /// Who.
    pub participant: ParticipantId,
    /// What others see; empty once the person left the programme.
    pub alias: String,
    /// Whether the board shows no alias.
    pub nameless: bool,
    /// The team's name.
    pub team: Option<String>,
    /// When it joined.
    pub joined_us: i64,
    /// Whether it still competes.
    pub status: Status,
    /// Why it was disqualified.
    pub reason: Option<String>,
    /// The mean a day before the window, for a handicap.
    pub baseline: i64,
    /// What the days count to.
    pub score: i64,
    /// When that was reached.
    pub reached_us: i64,
}

/// Entrants of a competition. A page costs what the competition has entrants: it is looked at by staff, not by everybody.
pub async fn listed_entrants(
    db: &mut Db,
    competition: i64,
    filter: &EntrantFilter,
    limit: u32,
) -> Result<Vec<ListedEntrant>, StoreError> {
    let order = match filter.order {
        EntrantOrder::Score => "e.status, e.score DESC, e.reached_us, e.joined_us, e.participant",
        EntrantOrder::Joined => "e.joined_us DESC, e.participant DESC",
        EntrantOrder::Alias => "lower(coalesce(f.alias, '')), e.participant",
    };
    let sql = format!(
        "SELECT e.participant, coalesce(f.alias, ''), e.shown, t.name, e.joined_us, e.status, e.reason, e.baseline,
                e.score, e.reached_us
         FROM entrant e LEFT JOIN profile f ON f.bucket = e.bucket AND f.id = e.participant
              LEFT JOIN team t ON t.id = e.team
         WHERE e.competition = $1 AND ($2 = '' OR lower(f.alias) LIKE '%' || $2 || '%' ESCAPE '!')
           AND ($3 = -1 OR e.participant = $4) AND ($5 = -1 OR e.team = $5) AND ($6 = -1 OR e.status = $6)
         ORDER BY {order} LIMIT $7 OFFSET $8"
    );
    let only = filter.id.map_or(-1, ParticipantId::number);
    let rows = db
        .rows(
            &sql,
            &[
                competition.into(),
                like(&filter.alias).as_str().into(),
                (if filter.id.is_some() { 0 } else { -1 }).into(),
                only.into(),
                filter.team.unwrap_or(-1).into(),
                filter.status.map_or(-1, Status::number).into(),
                limit.into(),
                filter.skip.into(),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(ListedEntrant {
                participant: ParticipantId::new(row.int(0)?),
                alias: row.text(1)?.to_owned(),
                nameless: row.int(2)? == 1,
                team: row.opt_text(3)?.map(str::to_owned),
                joined_us: row.int(4)?,
                status: status(row.int(5)?)?,
                reason: row.opt_text(6)?.map(str::to_owned),
                baseline: row.int(7)?,
                score: row.int(8)?,
                reached_us: row.int(9)?,
            })
        })
        .collect()
}

/// How many compete in each competition of a programme.
pub async fn entrant_counts(db: &mut Db, programme: ProgrammeId) -> Result<Vec<(i64, i64)>, StoreError> {
    let rows = db
        .rows(
            "SELECT c.id, count(*) FROM competition c JOIN entrant e ON e.competition = c.id
             WHERE c.programme = $1 AND e.status = 0 GROUP BY c.id",
            &[programme.number().into()],
        )
        .await?;
    rows.iter().map(|row| Ok((row.int(0)?, row.int(1)?))).collect()
}

/// What was told of a day after its cut-off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateDay {
    /// Whose.
    pub participant: ParticipantId,
    /// What others see.
    pub alias: String,
    /// The civil day.
    pub day: Day,
    /// What counts.
    pub value: i64,
    /// What came too late.
    pub late: i64,
    /// When.
    pub late_us: i64,
}

/// Days with a value that came too late, the newest first, at most `limit`.
pub async fn late_days(db: &mut Db, competition: i64, limit: u32) -> Result<Vec<LateDay>, StoreError> {
    let rows = db
        .rows(
            "SELECT t.participant, coalesce(f.alias, ''), t.day, t.value, t.late, t.late_us
             FROM tally t LEFT JOIN profile f ON f.bucket = t.bucket AND f.id = t.participant
             WHERE t.competition = $1 AND t.late IS NOT NULL AND t.late_us IS NOT NULL
             ORDER BY t.late_us DESC, t.participant LIMIT $2",
            &[competition.into(), limit.into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(LateDay {
                participant: ParticipantId::new(row.int(0)?),
                alias: row.text(1)?.to_owned(),
                day: day(row.int(2)?)?,
                value: row.int(3)?,
                late: row.int(4)?,
                late_us: row.int(5)?,
            })
        })
        .collect()
}

/// What waits for somebody in a competition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CompetitionWaits {
    /// Days against which something speaks and that nobody looked at.
    pub days: i64,
    /// Awards that nobody handed out.
    pub awards: i64,
    /// Corrections on which nobody decided.
    pub corrections: i64,
}

/// What waits in a competition.
pub async fn waits(db: &mut Db, competition: i64) -> Result<CompetitionWaits, StoreError> {
    let mut counts = [0; 3];
    for (count, sql) in counts.iter_mut().zip([
        "SELECT count(*) FROM tally WHERE competition = $1 AND signs <> '' AND checked_by IS NULL",
        "SELECT count(*) FROM award WHERE competition = $1 AND state = 0",
        "SELECT count(*) FROM correction WHERE competition = $1 AND decided_us IS NULL",
    ]) {
        let row = db.row(sql, &[competition.into()]).await?;
        *count = row.map_or(Ok(0), |row| row.int(0))?;
    }
    let [days, awards, corrections] = counts;
    Ok(CompetitionWaits {
        days,
        awards,
        corrections,
    })
}
