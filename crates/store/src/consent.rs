//! What people are asked to agree to, in a programme's own words.

use domain::measure::{ProgrammeId, Text};
use domain::participant::Consent;

use crate::{Db, StoreError};

/// A programme's own words for a consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentText {
    /// For which.
    pub consent: Consent,
    /// Since when they are asked.
    pub since_us: i64,
    /// The words.
    pub text: Text,
}

/// The words in force: the latest for each consent that the programme has its own for.
pub async fn texts(db: &mut Db, programme: ProgrammeId) -> Result<Vec<ConsentText>, StoreError> {
    let rows = db
        .rows(
            "SELECT consent, since_us, zh, en FROM consent_text t
             WHERE programme = $1 AND since_us = (SELECT max(since_us) FROM consent_text
                                                  WHERE programme = t.programme AND consent = t.consent)
             ORDER BY consent",
            &[programme.number().into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let name = row.text(0)?;
            Ok(ConsentText {
                consent: Consent::named(name).ok_or_else(|| StoreError::corrupt(format!("consent {name}")))?,
                since_us: row.int(1)?,
                text: Text {
                    zh: row.text(2)?.to_owned(),
                    en: row.text(3)?.to_owned(),
                },
            })
        })
        .collect()
}

/// Adds words that replace those before; what was asked earlier stays in the books.
pub async fn insert_text(db: &mut Db, programme: ProgrammeId, new: &ConsentText) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO consent_text (programme, consent, since_us, zh, en) VALUES ($1, $2, $3, $4, $5)",
        &[
            programme.number().into(),
            new.consent.name().into(),
            new.since_us.into(),
            (&new.text.zh).into(),
            (&new.text.en).into(),
        ],
    )
    .await?;
    Ok(())
}
