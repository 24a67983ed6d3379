//! What somebody signs in with: passkeys, which are public keys, and the password.

use crate::{Db, Row, StoreError};

/// A public key of a login. The private one never leaves its owner's device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// What the device calls it; nothing secret, and unique.
    pub id: Vec<u8>,
    /// Whose it is.
    pub login: i64,
    /// What its owner calls it.
    pub name: String,
    /// The key and the counter that goes with it, as the ceremony left them.
    pub credential: Vec<u8>,
    /// When it was added.
    pub made_us: i64,
    /// When it last signed its owner in.
    pub used_us: Option<i64>,
}

const COLUMNS: &str = "id, login, name, credential, made_us, used_us";

fn from_row(row: &Row) -> Result<Passkey, StoreError> {
    Ok(Passkey {
        id: row.blob(0)?.to_vec(),
        login: row.int(1)?,
        name: row.text(2)?.to_owned(),
        credential: row.blob(3)?.to_vec(),
        made_us: row.int(4)?,
        used_us: row.opt_int(5)?,
    })
}

/// Adds a passkey; `false` if a key of this id is known.
pub async fn insert(db: &mut Db, new: &Passkey) -> Result<bool, StoreError> {
    let added = db
        .run(
            "INSERT INTO passkey (id, login, name, credential, made_us) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
            &[
                new.id.as_slice().into(),
                new.login.into(),
                (&new.name).into(),
                new.credential.as_slice().into(),
                new.made_us.into(),
            ],
        )
        .await?;
    Ok(added == 1)
}

/// The passkey of an id.
pub async fn get(db: &mut Db, id: &[u8]) -> Result<Option<Passkey>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM passkey WHERE id = $1");
    db.row(&sql, &[id.into()]).await?.as_ref().map(from_row).transpose()
}

/// The passkeys of a login, oldest first.
pub async fn all(db: &mut Db, login: i64) -> Result<Vec<Passkey>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM passkey WHERE login = $1 ORDER BY made_us, id");
    db.rows(&sql, &[login.into()]).await?.iter().map(from_row).collect()
}

/// Notes that a passkey signed its owner in, with the counter it showed; `false` if it is gone.
pub async fn used(db: &mut Db, id: &[u8], credential: &[u8], now_us: i64) -> Result<bool, StoreError> {
    let changed = db
        .run(
            "UPDATE passkey SET credential = $2, used_us = $3 WHERE id = $1",
            &[id.into(), credential.into(), now_us.into()],
        )
        .await?;
    Ok(changed == 1)
}

/// Gives a passkey of a login another name; `false` if it has none of this id.
pub async fn rename(db: &mut Db, login: i64, id: &[u8], name: &str) -> Result<bool, StoreError> {
    let changed = db
        .run(
            "UPDATE passkey SET name = $3 WHERE id = $1 AND login = $2",
            &[id.into(), login.into(), name.into()],
        )
        .await?;
    Ok(changed == 1)
}

/// Removes a passkey of a login; `false` if it has none of this id.
pub async fn delete(db: &mut Db, login: i64, id: &[u8]) -> Result<bool, StoreError> {
    let gone = db
        .run(
            "DELETE FROM passkey WHERE id = $1 AND login = $2",
            &[id.into(), login.into()],
        )
        .await?;
    Ok(gone == 1)
}

/// The account name and the argon2id string of a login.
pub async fn password(db: &mut Db, login: i64) -> Result<Option<(String, String)>, StoreError> {
    let row = db
        .row("SELECT account, password FROM login WHERE id = $1", &[login.into()])
        .await?;
    row.map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())))
        .transpose()
}

/// Changes a password and ends every session of the login but the one that asks.
pub async fn change_password(db: &mut Db, login: i64, password: &str, keep: &[u8; 32]) -> Result<(), StoreError> {
    db.run(
        "UPDATE login SET password = $2 WHERE id = $1",
        &[login.into(), password.into()],
    )
    .await?;
    db.run(
        "DELETE FROM token WHERE login = $1 AND secret <> $2",
        &[login.into(), keep.into()],
    )
    .await?;
    Ok(())
}

/// Changes the language in which somebody is met when they sign in.
pub async fn set_lang(db: &mut Db, login: i64, lang: &str) -> Result<(), StoreError> {
    db.run("UPDATE login SET lang = $2 WHERE id = $1", &[login.into(), lang.into()])
        .await?;
    Ok(())
}
