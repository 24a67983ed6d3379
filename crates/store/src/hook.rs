//! Where a programme's own systems hear of things.

use crate::{Db, StoreError};

/// Where a programme's own systems hear of things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// The address.
    pub url: String,
    /// What signs what is sent there.
    pub secret: Vec<u8>,
    /// How many were delivered.
    pub sent: i64,
    /// Why the last could not be, if it could not.
    pub problem: Option<String>,
}

/// A programme's hook.
pub async fn hook(db: &mut Db, programme: i64) -> Result<Option<Hook>, StoreError> {
    let row = db
        .row(
            "SELECT url, secret, sent, problem FROM hook WHERE programme = $1",
            &[programme.into()],
        )
        .await?;
    row.map(|row| {
        Ok(Hook {
            url: row.text(0)?.to_owned(),
            secret: row.blob(1)?.to_vec(),
            sent: row.int(2)?,
            problem: row.opt_text(3)?.map(str::to_owned),
        })
    })
    .transpose()
}

/// Sets a programme's hook.
pub async fn set_hook(db: &mut Db, programme: i64, hook: &Hook, now_us: i64) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO hook (programme, url, secret, made_us) VALUES ($1, $2, $3, $4)
         ON CONFLICT (programme) DO UPDATE SET url = excluded.url, secret = excluded.secret,
             made_us = excluded.made_us, problem = NULL",
        &[
            programme.into(),
            (&hook.url).into(),
            (&hook.secret).into(),
            now_us.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Notes what became of a delivery.
pub async fn note_hook(db: &mut Db, programme: i64, problem: Option<&str>) -> Result<(), StoreError> {
    db.run(
        "UPDATE hook SET sent = sent + $2, problem = $3 WHERE programme = $1",
        &[programme.into(), problem.is_none().into(), problem.into()],
    )
    .await?;
    Ok(())
}
