//! What people are asked to agree to, in a programme's own words. A text never changes; a later one replaces it.

use domain::measure::{ProgrammeId, Text};
use domain::participant::Consent;

use crate::{Db, StoreError};

/// The texts in force, each with the instant since which it is.
pub async fn in_force(db: &mut Db, programme: ProgrammeId) -> Result<Vec<(Consent, i64, Text)>, StoreError> {
    let rows = db
        .rows(
            "SELECT consent, since_us, zh, en FROM consent_text WHERE programme = $1 ORDER BY since_us DESC",
            &[programme.number().into()],
        )
        .await?;
    let mut texts: Vec<(Consent, i64, Text)> = Vec::new();
    for row in rows {
        let name = row.text(0)?;
        let consent = Consent::named(name).ok_or_else(|| StoreError::corrupt(format!("consent {name}")))?;
        if texts.iter().all(|(known, ..)| *known != consent) {
            let text = Text {
                zh: row.text(2)?.to_owned(),
                en: row.text(3)?.to_owned(),
            };
            texts.push((consent, row.int(1)?, text));
        }
    }
    texts.sort_by_key(|(consent, ..)| *consent as u8);
    Ok(texts)
}

/// Puts a text in force from now on. Of two in the same instant the later counts.
pub async fn set(
    db: &mut Db,
    programme: ProgrammeId,
    consent: Consent,
    text: &Text,
    now_us: i64,
) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO consent_text (programme, consent, since_us, zh, en) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (programme, consent, since_us) DO UPDATE SET zh = excluded.zh, en = excluded.en",
        &[
            programme.number().into(),
            consent.name().into(),
            now_us.into(),
            (&text.zh).into(),
            (&text.en).into(),
        ],
    )
    .await?;
    Ok(())
}
