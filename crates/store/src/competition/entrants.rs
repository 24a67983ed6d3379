//! Who competes, and in which team.

use domain::competition::Status;
use domain::measure::{Day, ParticipantId, bucket_of};

use super::readings::day;
use crate::{Db, Engine, Row, StoreError};

/// Somebody who competes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entrant {
    /// The competition.
    pub competition: i64,
    /// Who.
    pub participant: ParticipantId,
    /// What stands for the participant in public, by chance.
    pub ticket: i64,
    /// When it joined.
    pub joined_us: i64,
    /// Its team.
    pub team: Option<i64>,
    /// Whether the board shows no alias.
    pub nameless: bool,
    /// Whether it still competes.
    pub status: Status,
    /// Why it was disqualified.
    pub reason: Option<String>,
    /// Its own mean a day before the window, for a handicap.
    pub baseline: i64,
    /// What its days count to.
    pub score: i64,
    /// When that was reached.
    pub reached_us: i64,
    /// The newest civil day with a value.
    pub today: Day,
    /// What counts of it.
    pub today_value: i64,
    /// When that was reached.
    pub today_us: i64,
}

/// What a board keeps of an entrant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// Who.
    pub participant: ParticipantId,
    /// When it joined.
    pub joined_us: i64,
    /// Its team.
    pub team: Option<i64>,
    /// Whether it still competes.
    pub status: Status,
    /// What its days count to.
    pub score: i64,
    /// When that was reached.
    pub reached_us: i64,
    /// The newest civil day with a value.
    pub today: Day,
    /// What counts of it.
    pub today_value: i64,
    /// When that was reached.
    pub today_us: i64,
    /// When the row was changed last.
    pub changed_us: i64,
}

const COLUMNS: &str =
    "competition, participant, ticket, joined_us, team, shown, status, reason, baseline, score, reached_us,
    today, today_value, today_us";

pub(super) fn status(number: i64) -> Result<Status, StoreError> {
    Status::from_number(number).ok_or_else(|| StoreError::corrupt("an entrant's status"))
}

fn from_row(row: &Row) -> Result<Entrant, StoreError> {
    Ok(Entrant {
        competition: row.int(0)?,
        participant: ParticipantId::new(row.int(1)?),
        ticket: row.int(2)?,
        joined_us: row.int(3)?,
        team: row.opt_int(4)?,
        nameless: row.int(5)? == 1,
        status: status(row.int(6)?)?,
        reason: row.opt_text(7)?.map(str::to_owned),
        baseline: row.int(8)?,
        score: row.int(9)?,
        reached_us: row.int(10)?,
        today: day(row.int(11)?)?,
        today_value: row.int(12)?,
        today_us: row.int(13)?,
    })
}

/// Somebody's entry to a competition.
pub async fn entrant(db: &mut Db, competition: i64, who: ParticipantId) -> Result<Option<Entrant>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM entrant WHERE bucket = $1 AND competition = $2 AND participant = $3");
    let row = db
        .row(
            &sql,
            &[bucket_of(who.number()).into(), competition.into(), who.number().into()],
        )
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// What keeps everybody else from changing rows that were read, until the transaction ends: on SQLite nobody else writes.
fn alone(db: &Db) -> &'static str {
    match db.engine() {
        Engine::Sqlite => "",
        Engine::Postgres => " FOR UPDATE",
    }
}

/// The same for a transaction that changes it, or the days that it counts: nobody else does so meanwhile.
pub async fn entrant_alone(db: &mut Db, competition: i64, who: ParticipantId) -> Result<Option<Entrant>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM entrant WHERE bucket = $1 AND competition = $2 AND participant = $3{}",
        alone(db)
    );
    let params = [bucket_of(who.number()).into(), competition.into(), who.number().into()];
    db.row(&sql, &params).await?.as_ref().map(from_row).transpose()
}

/// Everybody's, in the order of joining.
pub async fn entrants(db: &mut Db, competition: i64) -> Result<Vec<Entrant>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM entrant WHERE competition = $1 ORDER BY joined_us, ticket");
    let rows = db.rows(&sql, &[competition.into()]).await?;
    rows.iter().map(from_row).collect()
}

/// Those of a bucket.
pub async fn entrants_of(db: &mut Db, competition: i64, bucket: u8) -> Result<Vec<Entrant>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM entrant WHERE bucket = $1 AND competition = $2 ORDER BY participant");
    let rows = db.rows(&sql, &[bucket.into(), competition.into()]).await?;
    rows.iter().map(from_row).collect()
}

/// The competitions that a participant entered, with its entry.
pub async fn competitions_of(db: &mut Db, who: ParticipantId) -> Result<Vec<Entrant>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM entrant WHERE bucket = $1 AND participant = $2 ORDER BY competition");
    let rows = db
        .rows(&sql, &[bucket_of(who.number()).into(), who.number().into()])
        .await?;
    rows.iter().map(from_row).collect()
}

/// The same for a transaction that changes them.
pub async fn entries_alone(db: &mut Db, who: ParticipantId) -> Result<Vec<Entrant>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM entrant WHERE bucket = $1 AND participant = $2 ORDER BY competition{}",
        alone(db)
    );
    let rows = db
        .rows(&sql, &[bucket_of(who.number()).into(), who.number().into()])
        .await?;
    rows.iter().map(from_row).collect()
}

/// What changed for a board since an instant, everything if that is zero; handed to `each`.
pub async fn changed_since(
    db: &mut Db,
    competition: i64,
    since_us: i64,
    mut each: impl FnMut(Seat),
) -> Result<(), StoreError> {
    db.each(
        "SELECT participant, joined_us, team, status, score, reached_us, changed_us, today, today_value, today_us
         FROM entrant WHERE competition = $1 AND changed_us >= $2",
        &[competition.into(), since_us.into()],
        |row| {
            each(Seat {
                participant: ParticipantId::new(row.int(0)?),
                joined_us: row.int(1)?,
                team: row.opt_int(2)?,
                status: status(row.int(3)?)?,
                score: row.int(4)?,
                reached_us: row.int(5)?,
                changed_us: row.int(6)?,
                today: day(row.int(7)?)?,
                today_value: row.int(8)?,
                today_us: row.int(9)?,
            });
            Ok(())
        },
    )
    .await?;
    Ok(())
}

/// Writes a new entry.
pub async fn enter(db: &mut Db, new: &Entrant, now_us: i64) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO entrant (bucket, competition, participant, ticket, joined_us, team, shown, baseline, changed_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            bucket_of(new.participant.number()).into(),
            new.competition.into(),
            new.participant.number().into(),
            new.ticket.into(),
            new.joined_us.into(),
            new.team.into(),
            new.nameless.into(),
            new.baseline.into(),
            now_us.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Writes what became of an entry.
pub async fn set_entrant(db: &mut Db, after: &Entrant, now_us: i64) -> Result<(), StoreError> {
    db.run(
        "UPDATE entrant SET team = $4, status = $5, reason = $6, score = $7, reached_us = $8, baseline = $9,
             today = $10, today_value = $11, today_us = $12, changed_us = $13, joined_us = $14
         WHERE bucket = $1 AND competition = $2 AND participant = $3",
        &[
            bucket_of(after.participant.number()).into(),
            after.competition.into(),
            after.participant.number().into(),
            after.team.into(),
            after.status.number().into(),
            after.reason.as_ref().into(),
            after.score.into(),
            after.reached_us.into(),
            after.baseline.into(),
            after.today.epoch_days().into(),
            after.today_value.into(),
            after.today_us.into(),
            now_us.into(),
            after.joined_us.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Whether the board shows somebody's alias.
pub async fn set_shown(
    db: &mut Db,
    competition: i64,
    who: ParticipantId,
    nameless: bool,
    now_us: i64,
) -> Result<bool, StoreError> {
    let changed = db
        .run(
            "UPDATE entrant SET shown = $4, changed_us = $5 WHERE bucket = $1 AND competition = $2 AND participant = $3",
            &[
                bucket_of(who.number()).into(),
                competition.into(),
                who.number().into(),
                nameless.into(),
                now_us.into(),
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: i64,
    /// The competition.
    pub competition: i64,
    /// Its name.
    pub name: String,
    /// Who may rename it.
    pub captain: Option<ParticipantId>,
    /// When it was formed.
    pub formed_us: i64,
}

fn team_from_row(row: &Row) -> Result<Team, StoreError> {
    Ok(Team {
        id: row.int(0)?,
        competition: row.int(1)?,
        name: row.text(2)?.to_owned(),
        captain: row.opt_int(3)?.map(ParticipantId::new),
        formed_us: row.int(4)?,
    })
}

const TEAM_COLUMNS: &str = "id, competition, name, captain, formed_us";

/// Every team of a competition, by its name.
pub async fn teams(db: &mut Db, competition: i64) -> Result<Vec<Team>, StoreError> {
    let sql = format!("SELECT {TEAM_COLUMNS} FROM team WHERE competition = $1 ORDER BY name");
    let rows = db.rows(&sql, &[competition.into()]).await?;
    rows.iter().map(team_from_row).collect()
}

/// A team.
pub async fn team(db: &mut Db, id: i64) -> Result<Option<Team>, StoreError> {
    let sql = format!("SELECT {TEAM_COLUMNS} FROM team WHERE id = $1");
    db.row(&sql, &[id.into()])
        .await?
        .as_ref()
        .map(team_from_row)
        .transpose()
}

/// The team that an invitation leads to, by the SHA-256 of what the link holds.
pub async fn by_invitation(db: &mut Db, secret: &[u8; 32]) -> Result<Option<Team>, StoreError> {
    let sql = format!("SELECT {TEAM_COLUMNS} FROM team WHERE invitation = $1");
    let row = db.row(&sql, &[secret.into()]).await?;
    row.as_ref().map(team_from_row).transpose()
}

/// How many still belong to each team.
pub async fn team_sizes(db: &mut Db, competition: i64) -> Result<Vec<(i64, i64)>, StoreError> {
    let rows = db
        .rows(
            "SELECT team, count(*) FROM entrant WHERE competition = $1 AND team IS NOT NULL AND status < 2
             GROUP BY team",
            &[competition.into()],
        )
        .await?;
    rows.iter().map(|row| Ok((row.int(0)?, row.int(1)?))).collect()
}

/// Writes a new team; says whether its name was free.
pub async fn insert_team(db: &mut Db, new: &Team, invitation: &[u8; 32]) -> Result<bool, StoreError> {
    let written = db
        .run(
            "INSERT INTO team (id, competition, name, captain, invitation, formed_us) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (competition, name) DO NOTHING",
            &[
                new.id.into(),
                new.competition.into(),
                (&new.name).into(),
                new.captain.map(ParticipantId::number).into(),
                invitation.into(),
                new.formed_us.into(),
            ],
        )
        .await?;
    Ok(written == 1)
}

/// Gives a team another name, or another invitation; says whether the name was free.
pub async fn rename_team(db: &mut Db, id: i64, name: &str) -> Result<bool, StoreError> {
    let renamed = db
        .run(
            "UPDATE team SET name = $2 WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM team t, team o
                 WHERE o.id = $1 AND t.competition = o.competition AND t.name = $2 AND t.id <> $1)",
            &[id.into(), name.into()],
        )
        .await?;
    Ok(renamed == 1)
}

/// Gives a team another invitation: links that were given out before lead nowhere.
pub async fn set_invitation(db: &mut Db, id: i64, invitation: &[u8; 32]) -> Result<(), StoreError> {
    db.run(
        "UPDATE team SET invitation = $2 WHERE id = $1",
        &[id.into(), invitation.into()],
    )
    .await?;
    Ok(())
}
