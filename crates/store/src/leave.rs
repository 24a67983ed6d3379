//! Erasing who a participant is, so that the books stay whole without it.

use domain::measure::{ParticipantId, bucket_of};
use domain::participant::Consents;

use crate::participant::{self, Participant};
use crate::{Db, StoreError};

/// Closes a participant and forgets who it was: profile, references, those in charge, invitations, its own words.
/// Withdraws what it consented to. The journal, its balances and its claims stay, under a number that names nobody.
/// Photos are wiped afterwards, see [`photos`].
pub async fn close(db: &mut Db, before: &Participant, made_by: &str, now_us: i64) -> Result<(), StoreError> {
    let mut now = before.clone();
    for consent in before.consents.iter() {
        now.consents = participant::set_consent(db, &now, consent, false, made_by, now_us).await?;
        now.version += 1;
    }
    let id = before.id.number();
    let bucket = bucket_of(id);
    let closed = db
        .run(
            "UPDATE participant SET open = 0, consents = $4, partners_out = '', version = version + 1
             WHERE bucket = $1 AND id = $2 AND version = $3",
            &[
                bucket.into(),
                id.into(),
                now.version.into(),
                Consents::default().bits().into(),
            ],
        )
        .await?;
    if closed != 1 {
        return Err(StoreError::Conflict("a participant changed meanwhile".to_owned()));
    }
    for sql in [
        "DELETE FROM profile WHERE bucket = $1 AND id = $2",
        // of an act that still waits nothing becomes: what was said about it goes with the photo
        "UPDATE submission SET body = '', device = NULL, state = 4,
                problem = coalesce(problem, CASE WHEN entry IS NULL THEN 'participant.closed' END)
         WHERE bucket = $1 AND participant = $2",
        // what decisions were made on tells where somebody was and what they wrote
        "DELETE FROM decision WHERE bucket = $1 AND participant = $2",
        "UPDATE review SET words = '' WHERE bucket = $1 AND participant = $2",
        "UPDATE proof SET facts = '', print = NULL WHERE bucket = $1 AND participant = $2",
        "UPDATE appeal SET words = '', answer = NULL WHERE bucket = $1 AND participant = $2",
    ] {
        db.run(sql, &[bucket.into(), id.into()]).await?;
    }
    for sql in [
        "DELETE FROM membership WHERE participant = $1",
        "DELETE FROM proof_key WHERE participant = $1",
        "DELETE FROM invitation WHERE participant = $1",
        "UPDATE token SET acting = 0 WHERE acting = $1",
    ] {
        db.run(sql, &[id.into()]).await?;
    }
    db.run(
        "DELETE FROM reference WHERE programme = $1 AND participant = $2",
        &[before.programme.number().into(), id.into()],
    )
    .await?;
    Ok(())
}

/// Forgets somebody who signs in, if nothing hangs on the login any more; says whether it is gone.
pub async fn forget_login(db: &mut Db, login: i64) -> Result<bool, StoreError> {
    let held = db
        .row("SELECT login FROM membership WHERE login = $1 LIMIT 1", &[login.into()])
        .await?;
    if held.is_some() {
        return Ok(false);
    }
    db.run(
        "DELETE FROM message WHERE recipient = (SELECT account FROM login WHERE id = $1)",
        &[login.into()],
    )
    .await?;
    for sql in [
        "DELETE FROM token WHERE login = $1",
        "DELETE FROM passkey WHERE login = $1",
        "DELETE FROM password_reset WHERE login = $1",
        "DELETE FROM invitation WHERE made_by = $1",
        "DELETE FROM login WHERE id = $1",
    ] {
        db.run(sql, &[login.into()]).await?;
    }
    Ok(true)
}

/// The raw proofs of a participant: the number of the submission and the name among the blobs.
pub async fn photos(db: &mut Db, participant: ParticipantId) -> Result<Vec<(i64, String)>, StoreError> {
    let rows = db
        .rows(
            "SELECT submission, blob FROM proof WHERE bucket = $1 AND participant = $2 ORDER BY submission, n",
            &[bucket_of(participant.number()).into(), participant.number().into()],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.int(0)?, row.text(1)?.to_owned())))
        .collect()
}

/// Whether anybody else sent the very same file: equal files share one blob.
pub async fn shared(db: &mut Db, participant: ParticipantId, blob: &str) -> Result<bool, StoreError> {
    let other = db
        .row(
            "SELECT id FROM proof WHERE blob = $1 AND participant <> $2 AND deleted_us IS NULL LIMIT 1",
            &[blob.into(), participant.number().into()],
        )
        .await?;
    Ok(other.is_some())
}

/// Forgets a submission whose raw proofs are wiped.
pub async fn forget_submission(db: &mut Db, participant: ParticipantId, id: i64) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM proof WHERE bucket = $1 AND participant = $2 AND submission = $3",
        "DELETE FROM review WHERE bucket = $1 AND participant = $2 AND submission = $3",
        "DELETE FROM submission WHERE bucket = $1 AND participant = $2 AND id = $3",
    ] {
        db.run(
            sql,
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                id.into(),
            ],
        )
        .await?;
    }
    Ok(())
}
