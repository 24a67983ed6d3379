//! Partners: systems that report acts; what each may do, and what it sent.

use domain::measure::{PartnerId, ProgrammeId};
use domain::programme::Scope;

use crate::{Db, Row, StoreError};

/// A system that reports acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// Its programme.
    pub programme: ProgrammeId,
    /// Its name.
    pub name: String,
    /// Its client id of OAuth 2.0.
    pub client: String,
    /// The SHA-256 of its secret.
    pub secret: Vec<u8>,
    /// Whether it may come in.
    pub open: bool,
    /// What it was let in for.
    pub scopes: Vec<Scope>,
    /// When it was added, microseconds since the epoch; zero if that was not noted.
    pub made_us: i64,
    /// Whether it has a key and must sign what it sends. The key itself is read only where it is needed.
    pub signs: bool,
}

pub(crate) fn scopes(text: &str) -> Result<Vec<Scope>, StoreError> {
    Scope::list(text).map_err(|word| StoreError::corrupt(format!("scope {word}")))
}

/// Adds a partner; it does not sign yet.
pub async fn insert(db: &mut Db, partner: &Partner) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO partner (id, programme, name, client, secret, open, scopes, made_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            partner.id.number().into(),
            partner.programme.number().into(),
            (&partner.name).into(),
            (&partner.client).into(),
            (&partner.secret).into(),
            partner.open.into(),
            (&Scope::words(&partner.scopes)).into(),
            partner.made_us.into(),
        ],
    )
    .await?;
    Ok(())
}

const COLUMNS: &str = "id, programme, name, client, secret, open, scopes, made_us,
    CASE WHEN signing_key IS NULL THEN 0 ELSE 1 END";

fn from_row(row: &Row) -> Result<Partner, StoreError> {
    Ok(Partner {
        id: PartnerId::new(row.int(0)?),
        programme: ProgrammeId::new(row.int(1)?),
        name: row.text(2)?.to_owned(),
        client: row.text(3)?.to_owned(),
        secret: row.blob(4)?.to_vec(),
        open: row.int(5)? == 1,
        scopes: scopes(row.text(6)?)?,
        made_us: row.int(7)?,
        signs: row.int(8)? == 1,
    })
}

/// The partner of a client id.
pub async fn by_client(db: &mut Db, client: &str) -> Result<Option<Partner>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM partner WHERE client = $1");
    db.row(&sql, &[client.into()]).await?.as_ref().map(from_row).transpose()
}

/// The partner of an id.
pub async fn get(db: &mut Db, id: PartnerId) -> Result<Option<Partner>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM partner WHERE id = $1");
    db.row(&sql, &[id.number().into()])
        .await?
        .as_ref()
        .map(from_row)
        .transpose()
}

/// Every partner of a programme, by name.
pub async fn all(db: &mut Db, programme: ProgrammeId) -> Result<Vec<Partner>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM partner WHERE programme = $1 ORDER BY name, id");
    let rows = db.rows(&sql, &[programme.number().into()]).await?;
    rows.iter().map(from_row).collect()
}

/// Writes what may change of a partner: scopes, secret, whether it may come in.
pub async fn update(db: &mut Db, partner: &Partner) -> Result<(), StoreError> {
    db.run(
        "UPDATE partner SET scopes = $2, secret = $3, open = $4 WHERE id = $1",
        &[
            partner.id.number().into(),
            (&Scope::words(&partner.scopes)).into(),
            (&partner.secret).into(),
            partner.open.into(),
        ],
    )
    .await?;
    Ok(())
}

/// The keys with one of which a partner signs what it sends: its own and, until it has changed over, the one before.
pub async fn signing_keys(db: &mut Db, id: PartnerId, now_us: i64) -> Result<Vec<Vec<u8>>, StoreError> {
    let row = db
        .row(
            "SELECT signing_key, CASE WHEN signing_before_until_us > $2 THEN signing_before END
             FROM partner WHERE id = $1",
            &[id.number().into(), now_us.into()],
        )
        .await?;
    let Some(row) = row else { return Ok(Vec::new()) };
    let keys = [row.opt_blob(0)?, row.opt_blob(1)?];
    Ok(keys.into_iter().flatten().map(<[u8]>::to_vec).collect())
}

/// Gives a partner a key to sign with; the one that it had is good until an instant.
pub async fn renew_signing_key(db: &mut Db, id: PartnerId, key: &[u8], before_until_us: i64) -> Result<(), StoreError> {
    db.run(
        "UPDATE partner SET signing_before = signing_key, signing_before_until_us = $3, signing_key = $2
         WHERE id = $1",
        &[id.number().into(), key.into(), before_until_us.into()],
    )
    .await?;
    Ok(())
}

/// Forgets every key of a partner: it does not sign any more.
pub async fn delete_signing_keys(db: &mut Db, id: PartnerId) -> Result<(), StoreError> {
    db.run(
        "UPDATE partner SET signing_key = NULL, signing_before = NULL, signing_before_until_us = 0 WHERE id = $1",
        &[id.number().into()],
    )
    .await?;
    Ok(())
}

/// Forgets keys that were replaced and are out of force.
pub async fn delete_old_signing_keys(db: &mut Db, now_us: i64) -> Result<(), StoreError> {
    db.run(
        "UPDATE partner SET signing_before = NULL
         WHERE signing_before IS NOT NULL AND signing_before_until_us <= $1",
        &[now_us.into()],
    )
    .await?;
    Ok(())
}

/// Ends every token of a partner.
pub async fn delete_tokens(db: &mut Db, id: PartnerId) -> Result<(), StoreError> {
    db.run("DELETE FROM token WHERE partner = $1", &[id.number().into()])
        .await?;
    Ok(())
}

/// Narrows a partner's token to some of its scopes.
pub async fn narrow_token(db: &mut Db, secret: &[u8; 32], scopes: &[Scope]) -> Result<(), StoreError> {
    db.run(
        "UPDATE token SET scopes = $2 WHERE secret = $1",
        &[secret.into(), (&Scope::words(scopes)).into()],
    )
    .await?;
    Ok(())
}

/// What became of the events of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hour {
    /// Credited.
    pub credited: i64,
    /// Refused, and kept as a record.
    pub refused: i64,
    /// Known before: nothing changed.
    pub repeated: i64,
    /// Of which nothing could be kept.
    pub faulty: i64,
    /// What was credited, in mg CO2e.
    pub mg: i64,
}

/// An event of which nothing could be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// When it came, microseconds since the epoch.
    pub at_us: i64,
    /// What the partner called it; empty if that could not be read.
    pub event: String,
    /// Why: a stable code.
    pub code: String,
    /// What makes it concrete.
    pub detail: String,
}

/// Adds to what a partner sent in an hour (hours since the epoch).
pub async fn add_hour(db: &mut Db, partner: PartnerId, hour: i64, sent: &Hour) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO feed AS f (partner, hour, credited, refused, repeated, faulty, mg)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (partner, hour) DO UPDATE
         SET credited = f.credited + excluded.credited, refused = f.refused + excluded.refused,
             repeated = f.repeated + excluded.repeated, faulty = f.faulty + excluded.faulty, mg = f.mg + excluded.mg",
        &[
            partner.number().into(),
            hour.into(),
            sent.credited.into(),
            sent.refused.into(),
            sent.repeated.into(),
            sent.faulty.into(),
            sent.mg.into(),
        ],
    )
    .await?;
    Ok(())
}

/// What a partner sent from an hour on, by hour.
pub async fn hours(db: &mut Db, partner: PartnerId, from: i64) -> Result<Vec<(i64, Hour)>, StoreError> {
    let rows = db
        .rows(
            "SELECT hour, credited, refused, repeated, faulty, mg FROM feed
             WHERE partner = $1 AND hour >= $2 ORDER BY hour",
            &[partner.number().into(), from.into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let hour = Hour {
                credited: row.int(1)?,
                refused: row.int(2)?,
                repeated: row.int(3)?,
                faulty: row.int(4)?,
                mg: row.int(5)?,
            };
            Ok((row.int(0)?, hour))
        })
        .collect()
}

/// Faults kept of a partner.
pub const FAULTS_KEPT: usize = 200;

/// Keeps faults of a partner, given by their ids, and forgets all but the last [`FAULTS_KEPT`].
pub async fn add_faults(db: &mut Db, partner: PartnerId, faults: &[(i64, Fault)]) -> Result<(), StoreError> {
    for (id, fault) in faults {
        db.run(
            "INSERT INTO feed_fault (id, partner, at_us, event, code, detail) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT DO NOTHING",
            &[
                (*id).into(),
                partner.number().into(),
                fault.at_us.into(),
                (&fault.event).into(),
                (&fault.code).into(),
                (&fault.detail).into(),
            ],
        )
        .await?;
    }
    let kept = i64::try_from(FAULTS_KEPT).unwrap_or(i64::MAX);
    db.run(
        "DELETE FROM feed_fault WHERE partner = $1 AND id <= (
             SELECT id FROM feed_fault WHERE partner = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)",
        &[partner.number().into(), kept.into()],
    )
    .await?;
    Ok(())
}

/// The last faults of a partner, newest first.
pub async fn faults(db: &mut Db, partner: PartnerId, most: u32) -> Result<Vec<Fault>, StoreError> {
    let rows = db
        .rows(
            "SELECT at_us, event, code, detail FROM feed_fault WHERE partner = $1 ORDER BY id DESC LIMIT $2",
            &[partner.number().into(), most.into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Fault {
                at_us: row.int(0)?,
                event: row.text(1)?.to_owned(),
                code: row.text(2)?.to_owned(),
                detail: row.text(3)?.to_owned(),
            })
        })
        .collect()
}
