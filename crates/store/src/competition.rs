//! Competitions in the books: terms, entrants, days, prizes.
//!
//! Invariant: an entrant's score is what its days count to, written in the transaction that changed a day.

mod awards;
mod days;
mod desk;
mod entrants;
mod readings;
mod results;

use domain::competition::{Stage, Terms};
use domain::measure::{ProgrammeId, Text};

use crate::{Db, Row, StoreError};

pub use awards::{
    AwardState, Correction, Escrow, StoredAward, ask_correction, award, awards, awards_of, corrections,
    decide_correction, escrows, extend_escrow, insert_award, insert_escrow, move_award, move_escrow,
    set_escrow_transfer, waiting,
};
use days::COLUMNS as COLUMNS_OF_TALLY;
pub use days::{
    CountedAct, DayValue, FinalDay, Lead, SignedDay, Tallied, acted_since, champion_candidates, close_day,
    counted_acts, crown, day_board, final_days, hours, keep_hour, leads, note_lead, set_signs, set_tally, signed_days,
    tallies, tally, tally_counts,
};
pub use desk::{
    CompetitionWaits, EntrantFilter, EntrantOrder, LateDay, ListedEntrant, entrant_counts, late_days, listed_entrants,
    waits,
};
pub use entrants::{
    Entrant, Seat, Team, by_invitation, changed_since, competitions_of, enter, entrant, entrant_alone, entrants,
    entrants_of, entries_alone, insert_team, rename_team, set_entrant, set_invitation, set_shown, team, team_sizes,
    teams,
};
pub use readings::{StoredReading, readings, set_reading};
pub use results::{Replayed, Results, each_tally, podium_of, replay, results, unchecked_days, walked};

/// A competition with the version of its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: i64,
    /// Its programme.
    pub programme: ProgrammeId,
    /// Its title.
    pub title: Text,
    /// What everybody agrees to by joining.
    pub terms: Terms,
    /// How far it is.
    pub stage: Stage,
    /// What draws the lots; a secret until results are final.
    pub seed: [u8; 32],
    /// When it was written.
    pub made_us: i64,
    /// When it was opened.
    pub opened_us: Option<i64>,
    /// When every day was final.
    pub frozen_us: Option<i64>,
    /// When results became final.
    pub closed_us: Option<i64>,
    /// How often results were changed after they had become final.
    pub revision: i64,
    /// The digest of the newest results.
    pub result: Option<Vec<u8>>,
    /// Grows with every change.
    pub version: i64,
}

const COLUMNS: &str = "id, programme, title_zh, title_en, terms, stage, seed, made_us, opened_us, frozen_us, closed_us,
    revision, result, version";

fn from_row(row: &Row) -> Result<Stored, StoreError> {
    let damaged = |what: &str| StoreError::corrupt(format!("the {what} of a competition"));
    Ok(Stored {
        id: row.int(0)?,
        programme: ProgrammeId::new(row.int(1)?),
        title: Text {
            zh: row.text(2)?.to_owned(),
            en: row.text(3)?.to_owned(),
        },
        terms: serde_json::from_str(row.text(4)?).map_err(|_| damaged("terms"))?,
        stage: Stage::from_number(row.int(5)?).ok_or_else(|| damaged("stage"))?,
        seed: row.blob(6)?.try_into().map_err(|_| damaged("seed"))?,
        made_us: row.int(7)?,
        opened_us: row.opt_int(8)?,
        frozen_us: row.opt_int(9)?,
        closed_us: row.opt_int(10)?,
        revision: row.int(11)?,
        result: row.opt_blob(12)?.map(<[u8]>::to_vec),
        version: row.int(13)?,
    })
}

/// A competition.
pub async fn get(db: &mut Db, id: i64) -> Result<Option<Stored>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM competition WHERE id = $1");
    db.row(&sql, &[id.into()]).await?.as_ref().map(from_row).transpose()
}

/// Every competition of a programme, the one that ends last first.
pub async fn all(db: &mut Db, programme: ProgrammeId) -> Result<Vec<Stored>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM competition WHERE programme = $1 ORDER BY last_day DESC, id DESC");
    let rows = db.rows(&sql, &[programme.number().into()]).await?;
    rows.iter().map(from_row).collect()
}

/// Every competition at a stage, of all programmes.
pub async fn at_stage(db: &mut Db, stage: Stage) -> Result<Vec<Stored>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM competition WHERE stage = $1 ORDER BY id");
    let rows = db.rows(&sql, &[stage.number().into()]).await?;
    rows.iter().map(from_row).collect()
}

fn terms_text(terms: &Terms) -> Result<String, StoreError> {
    serde_json::to_string(terms).map_err(|e| StoreError::Engine(format!("terms: {e}")))
}

/// Writes a new competition.
pub async fn insert(db: &mut Db, new: &Stored) -> Result<(), StoreError> {
    let terms = terms_text(&new.terms)?;
    db.run(
        "INSERT INTO competition (id, programme, title_zh, title_en, terms, stage, first_day, last_day, seed, made_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            new.id.into(),
            new.programme.number().into(),
            (&new.title.zh).into(),
            (&new.title.en).into(),
            (&terms).into(),
            new.stage.number().into(),
            new.terms.first.epoch_days().into(),
            new.terms.last.epoch_days().into(),
            (&new.seed).into(),
            new.made_us.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Writes what a competition became, if nobody changed it since it was read.
pub async fn update(db: &mut Db, after: &Stored) -> Result<(), StoreError> {
    let terms = terms_text(&after.terms)?;
    let changed = db
        .run(
            "UPDATE competition SET title_zh = $3, title_en = $4, terms = $5, stage = $6, first_day = $7,
                 last_day = $8, opened_us = $9, frozen_us = $10, closed_us = $11, revision = $12, result = $13,
                 version = version + 1
             WHERE id = $1 AND version = $2",
            &[
                after.id.into(),
                after.version.into(),
                (&after.title.zh).into(),
                (&after.title.en).into(),
                (&terms).into(),
                after.stage.number().into(),
                after.terms.first.epoch_days().into(),
                after.terms.last.epoch_days().into(),
                after.opened_us.into(),
                after.frozen_us.into(),
                after.closed_us.into(),
                after.revision.into(),
                after.result.as_ref().into(),
            ],
        )
        .await?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict("a competition changed meanwhile".to_owned()))
    }
}
