//! Prizes: what is set aside for them, and who got them.

use domain::measure::ParticipantId;

use crate::{Db, Row, StoreError};

/// What is set aside for a prize.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Escrow {
    /// The prize's place in the terms.
    pub prize: i64,
    /// Pieces set aside at the opening.
    pub pieces: i64,
    /// Of these, given.
    pub given: i64,
    /// The transfer that holds points.
    pub transfer: Option<i64>,
    /// The reward whose pieces are reserved.
    pub reward: Option<i64>,
    /// Of the pieces, back where they came from.
    pub returned: i64,
}

/// Sets something aside for a prize.
pub async fn insert_escrow(db: &mut Db, competition: i64, escrow: &Escrow) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO escrow (competition, prize, pieces, given, transfer, reward, returned)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            competition.into(),
            escrow.prize.into(),
            escrow.pieces.into(),
            escrow.given.into(),
            escrow.transfer.into(),
            escrow.reward.into(),
            escrow.returned.into(),
        ],
    )
    .await?;
    Ok(())
}

/// What is set aside for a competition's prizes.
pub async fn escrows(db: &mut Db, competition: i64) -> Result<Vec<Escrow>, StoreError> {
    let rows = db
        .rows(
            "SELECT prize, pieces, given, transfer, reward, returned FROM escrow WHERE competition = $1 ORDER BY prize",
            &[competition.into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Escrow {
                prize: row.int(0)?,
                pieces: row.int(1)?,
                given: row.int(2)?,
                transfer: row.opt_int(3)?,
                reward: row.opt_int(4)?,
                returned: row.int(5)?,
            })
        })
        .collect()
}

/// Moves pieces of a prize to hands, or back where they came from; negative numbers move them back into escrow.
pub async fn move_escrow(
    db: &mut Db,
    competition: i64,
    prize: i64,
    given: i64,
    returned: i64,
) -> Result<(), StoreError> {
    let moved = db
        .run(
            "UPDATE escrow SET given = given + $3, returned = returned + $4
             WHERE competition = $1 AND prize = $2 AND given + returned + $3 + $4 <= pieces
               AND given + $3 >= 0 AND returned + $4 >= 0",
            &[competition.into(), prize.into(), given.into(), returned.into()],
        )
        .await?;
    if moved == 1 {
        Ok(())
    } else {
        Err(StoreError::corrupt("a prize has no pieces left in escrow"))
    }
}

/// Notes which transfer holds a prize's points now.
pub async fn set_escrow_transfer(
    db: &mut Db,
    competition: i64,
    prize: i64,
    transfer: Option<i64>,
) -> Result<(), StoreError> {
    db.run(
        "UPDATE escrow SET transfer = $3 WHERE competition = $1 AND prize = $2",
        &[competition.into(), prize.into(), transfer.into()],
    )
    .await?;
    Ok(())
}

/// Sets more pieces aside for a prize: in place of those that could not be taken back.
pub async fn extend_escrow(db: &mut Db, competition: i64, prize: i64, pieces: i64) -> Result<(), StoreError> {
    db.run(
        "UPDATE escrow SET pieces = pieces + $3 WHERE competition = $1 AND prize = $2",
        &[competition.into(), prize.into(), pieces.into()],
    )
    .await?;
    Ok(())
}

/// How far an award is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AwardState {
    /// Somebody has to hand it over, or the job will.
    Won,
    /// It was handed over.
    Given,
    /// It was taken back.
    TakenBack,
}

impl AwardState {
    /// As it is stored.
    pub const fn number(self) -> i64 {
        self as i64
    }

    const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(AwardState::Won),
            1 => Some(AwardState::Given),
            2 => Some(AwardState::TakenBack),
            _ => None,
        }
    }
}

/// What somebody won.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAward {
    /// The competition.
    pub competition: i64,
    /// The prize's place in the terms.
    pub prize: i64,
    /// Who won it.
    pub participant: ParticipantId,
    /// By which rank of its own, of its team, or of its lot.
    pub rank: i64,
    /// How far it is.
    pub state: AwardState,
    /// The revision of the results that it follows from.
    pub revision: i64,
    /// When results became final.
    pub won_us: i64,
    /// When it was handed over; of one that was taken back only while it did not come back.
    pub given_us: Option<i64>,
    /// Who handed it over; nobody, if the job did.
    pub given_by: Option<i64>,
    /// The voucher's code, what staff noted, or why it was taken back; the code comes first and ends at a space.
    pub note: String,
}

const COLUMNS: &str = "competition, prize, participant, rank, state, revision, won_us, given_us, given_by, note";

fn from_row(row: &Row) -> Result<StoredAward, StoreError> {
    Ok(StoredAward {
        competition: row.int(0)?,
        prize: row.int(1)?,
        participant: ParticipantId::new(row.int(2)?),
        rank: row.int(3)?,
        state: AwardState::from_number(row.int(4)?).ok_or_else(|| StoreError::corrupt("an award's state"))?,
        revision: row.int(5)?,
        won_us: row.int(6)?,
        given_us: row.opt_int(7)?,
        given_by: row.opt_int(8)?,
        note: row.text(9)?.to_owned(),
    })
}

/// Writes what somebody won, or won again after it had been taken back; a prize is somebody's at most once. What never
/// came back is given again as it is.
pub async fn insert_award(db: &mut Db, new: &StoredAward) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO award (competition, prize, participant, rank, state, revision, won_us, note)
         VALUES ($1, $2, $3, $4, 0, $5, $6, '')
         ON CONFLICT (competition, prize, participant) DO UPDATE
         SET rank = excluded.rank, revision = excluded.revision, won_us = excluded.won_us,
             state = CASE WHEN award.given_us IS NULL THEN 0 ELSE 1 END,
             note = CASE WHEN award.given_us IS NULL THEN '' ELSE award.note END
         WHERE award.state = 2",
        &[
            new.competition.into(),
            new.prize.into(),
            new.participant.number().into(),
            new.rank.into(),
            new.revision.into(),
            new.won_us.into(),
        ],
    )
    .await?;
    Ok(())
}

/// A competition's awards, by prize and rank.
pub async fn awards(db: &mut Db, competition: i64) -> Result<Vec<StoredAward>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM award WHERE competition = $1 ORDER BY prize, rank, participant");
    let rows = db.rows(&sql, &[competition.into()]).await?;
    rows.iter().map(from_row).collect()
}

/// Awards of a prize that wait to be handed over, by rank, after these places, at most `limit`.
pub async fn waiting(
    db: &mut Db,
    competition: i64,
    prize: i64,
    (rank, after): (i64, i64),
    limit: u32,
) -> Result<Vec<StoredAward>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM award WHERE competition = $1 AND prize = $2 AND state = 0
            AND (rank > $3 OR rank = $3 AND participant > $4)
         ORDER BY rank, participant LIMIT $5"
    );
    let params = [
        competition.into(),
        prize.into(),
        rank.into(),
        after.into(),
        limit.into(),
    ];
    let rows = db.rows(&sql, &params).await?;
    rows.iter().map(from_row).collect()
}

/// One of them.
pub async fn award(
    db: &mut Db,
    competition: i64,
    prize: i64,
    who: ParticipantId,
) -> Result<Option<StoredAward>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM award WHERE competition = $1 AND prize = $2 AND participant = $3");
    let row = db
        .row(&sql, &[competition.into(), prize.into(), who.number().into()])
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// What a participant won, newest first.
pub async fn awards_of(db: &mut Db, who: ParticipantId) -> Result<Vec<StoredAward>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM award WHERE participant = $1 ORDER BY won_us DESC, competition, prize");
    let rows = db.rows(&sql, &[who.number().into()]).await?;
    rows.iter().map(from_row).collect()
}

/// Moves an award on from `from`; says whether it stood there. Of two that try, one does.
pub async fn move_award(db: &mut Db, from: AwardState, after: &StoredAward) -> Result<bool, StoreError> {
    let moved = db
        .run(
            "UPDATE award SET state = $5, given_us = $6, given_by = $7, note = $8, revision = $9
             WHERE competition = $1 AND prize = $2 AND participant = $3 AND state = $4",
            &[
                after.competition.into(),
                after.prize.into(),
                after.participant.number().into(),
                from.number().into(),
                after.state.number().into(),
                after.given_us.into(),
                after.given_by.into(),
                (&after.note).into(),
                after.revision.into(),
            ],
        )
        .await?;
    Ok(moved == 1)
}

/// A disqualification that was asked for after results had become final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// Its id.
    pub id: i64,
    /// The competition.
    pub competition: i64,
    /// Who shall be disqualified.
    pub participant: ParticipantId,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub asked_by: i64,
    /// When.
    pub asked_us: i64,
    /// Who agreed.
    pub agreed_by: Option<i64>,
    /// When it was agreed to or declined.
    pub decided_us: Option<i64>,
}

/// Asks for a correction.
pub async fn ask_correction(db: &mut Db, new: &Correction) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO correction (id, competition, participant, reason, asked_by, asked_us)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            new.id.into(),
            new.competition.into(),
            new.participant.number().into(),
            (&new.reason).into(),
            new.asked_by.into(),
            new.asked_us.into(),
        ],
    )
    .await?;
    Ok(())
}

/// A competition's corrections, oldest first.
pub async fn corrections(db: &mut Db, competition: i64) -> Result<Vec<Correction>, StoreError> {
    let rows = db
        .rows(
            "SELECT id, competition, participant, reason, asked_by, asked_us, agreed_by, decided_us
             FROM correction WHERE competition = $1 ORDER BY id",
            &[competition.into()],
        )
        .await?;
    rows.iter().map(correction_from_row).collect()
}

fn correction_from_row(row: &Row) -> Result<Correction, StoreError> {
    Ok(Correction {
        id: row.int(0)?,
        competition: row.int(1)?,
        participant: ParticipantId::new(row.int(2)?),
        reason: row.text(3)?.to_owned(),
        asked_by: row.int(4)?,
        asked_us: row.int(5)?,
        agreed_by: row.opt_int(6)?,
        decided_us: row.opt_int(7)?,
    })
}

/// Decides on a correction; says whether it was still open. Declined, if nobody agreed.
pub async fn decide_correction(db: &mut Db, id: i64, agreed_by: Option<i64>, now_us: i64) -> Result<bool, StoreError> {
    let decided = db
        .run(
            "UPDATE correction SET agreed_by = $2, decided_us = $3 WHERE id = $1 AND decided_us IS NULL",
            &[id.into(), agreed_by.into(), now_us.into()],
        )
        .await?;
    Ok(decided == 1)
}
