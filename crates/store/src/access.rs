//! Who may come in: logins, memberships, partners, tokens; and the answers kept for retries.
//!
//! Secrets are stored only as hashes.

use domain::activity::ClaimKey;
use domain::measure::{ParticipantId, PartnerId, ProgrammeId};
use domain::programme::Role;

use crate::activity::claim_bucket;
use crate::{Db, StoreError};

/// Somebody who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Its id.
    pub id: i64,
    /// The argon2id string of the password.
    pub password: String,
    /// `zh` or `en`.
    pub lang: String,
}

/// What a login is in a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The programme.
    pub programme: ProgrammeId,
    /// The role there.
    pub role: Role,
    /// The participant it is or is in charge of.
    pub participant: Option<ParticipantId>,
}

/// Adds a login; `false` if the account name is taken.
pub async fn insert_login(db: &mut Db, id: i64, account: &str, password: &str, lang: &str) -> Result<bool, StoreError> {
    let added = db
        .run(
            "INSERT INTO login (id, account, password, lang) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            &[id.into(), account.into(), password.into(), lang.into()],
        )
        .await?;
    Ok(added == 1)
}

/// The login of an account name.
pub async fn login(db: &mut Db, account: &str) -> Result<Option<Login>, StoreError> {
    let row = db
        .row(
            "SELECT id, password, lang FROM login WHERE account = $1",
            &[account.into()],
        )
        .await?;
    row.map(|row| {
        Ok(Login {
            id: row.int(0)?,
            password: row.text(1)?.to_owned(),
            lang: row.text(2)?.to_owned(),
        })
    })
    .transpose()
}

/// Makes a login something in a programme.
pub async fn insert_membership(db: &mut Db, login: i64, membership: &Membership) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO membership (login, programme, role, participant) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        &[
            login.into(),
            membership.programme.number().into(),
            membership.role.name().into(),
            membership.participant.map_or(0, ParticipantId::number).into(),
        ],
    )
    .await?;
    Ok(())
}

/// Everything that a login is.
pub async fn memberships(db: &mut Db, login: i64) -> Result<Vec<Membership>, StoreError> {
    let rows = db
        .rows(
            "SELECT programme, role, participant FROM membership WHERE login = $1 ORDER BY programme, role, participant",
            &[login.into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let role = row.text(1)?.to_owned();
            Ok(Membership {
                programme: ProgrammeId::new(row.int(0)?),
                role: Role::named(&role).ok_or_else(|| StoreError::corrupt(format!("role {role}")))?,
                participant: Some(row.int(2)?).filter(|id| *id != 0).map(ParticipantId::new),
            })
        })
        .collect()
}

/// A system that reports acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// Its programme.
    pub programme: ProgrammeId,
    /// Its name.
    pub name: String,
    /// The SHA-256 of its secret.
    pub secret: Vec<u8>,
    /// Whether it may come in.
    pub open: bool,
}

/// Adds a partner.
pub async fn insert_partner(
    db: &mut Db,
    id: PartnerId,
    programme: ProgrammeId,
    name: &str,
    client: &str,
    secret: &[u8; 32],
) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO partner (id, programme, name, client, secret, open) VALUES ($1, $2, $3, $4, $5, 1)",
        &[
            id.number().into(),
            programme.number().into(),
            name.into(),
            client.into(),
            secret.into(),
        ],
    )
    .await?;
    Ok(())
}

const PARTNER_COLUMNS: &str = "id, programme, name, secret, open";

async fn partner_where(db: &mut Db, column: &str, value: crate::Param<'_>) -> Result<Option<Partner>, StoreError> {
    let row = db
        .row(
            &format!("SELECT {PARTNER_COLUMNS} FROM partner WHERE {column} = $1"),
            &[value],
        )
        .await?;
    row.map(|row| {
        Ok(Partner {
            id: PartnerId::new(row.int(0)?),
            programme: ProgrammeId::new(row.int(1)?),
            name: row.text(2)?.to_owned(),
            secret: row.blob(3)?.to_vec(),
            open: row.int(4)? == 1,
        })
    })
    .transpose()
}

/// The partner of a client id.
pub async fn partner_by_client(db: &mut Db, client: &str) -> Result<Option<Partner>, StoreError> {
    partner_where(db, "client", client.into()).await
}

/// The partner of an id.
pub async fn partner(db: &mut Db, id: PartnerId) -> Result<Option<Partner>, StoreError> {
    partner_where(db, "id", id.number().into()).await
}

/// Whose a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A person's session.
    Login(i64),
    /// A partner's access token.
    Partner(PartnerId),
}

/// Keeps a token by its hash.
pub async fn insert_token(
    db: &mut Db,
    secret: &[u8; 32],
    holder: Holder,
    now_us: i64,
    expires_us: i64,
) -> Result<(), StoreError> {
    let (login, partner) = match holder {
        Holder::Login(login) => (Some(login), None),
        Holder::Partner(partner) => (None, Some(partner.number())),
    };
    db.run(
        "INSERT INTO token (secret, login, partner, made_us, expires_us) VALUES ($1, $2, $3, $4, $5)",
        &[
            secret.into(),
            login.into(),
            partner.into(),
            now_us.into(),
            expires_us.into(),
        ],
    )
    .await?;
    Ok(())
}

/// A token that is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Whose it is.
    pub holder: Holder,
    /// As which of its participants the session looks at pages, if one was chosen.
    pub acting: Option<ParticipantId>,
}

/// Whose token this is, if it is in force.
pub async fn token(db: &mut Db, secret: &[u8; 32], now_us: i64) -> Result<Option<Token>, StoreError> {
    let row = db
        .row(
            "SELECT login, partner, acting FROM token WHERE secret = $1 AND expires_us > $2",
            &[secret.into(), now_us.into()],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let holder = match (row.opt_int(0)?, row.opt_int(1)?) {
        (Some(login), None) => Holder::Login(login),
        (None, Some(partner)) => Holder::Partner(PartnerId::new(partner)),
        _ => return Err(StoreError::corrupt("a token of nobody")),
    };
    let acting = Some(row.int(2)?).filter(|id| *id != 0).map(ParticipantId::new);
    Ok(Some(Token { holder, acting }))
}

/// The account name of a login.
pub async fn account(db: &mut Db, login: i64) -> Result<Option<String>, StoreError> {
    let row = db
        .row("SELECT account FROM login WHERE id = $1", &[login.into()])
        .await?;
    row.map(|row| Ok(row.text(0)?.to_owned())).transpose()
}

/// The language in which a login is met.
pub async fn lang(db: &mut Db, login: i64) -> Result<Option<String>, StoreError> {
    let row = db.row("SELECT lang FROM login WHERE id = $1", &[login.into()]).await?;
    row.map(|row| Ok(row.text(0)?.to_owned())).transpose()
}

/// Ends a token.
pub async fn delete_token(db: &mut Db, secret: &[u8; 32]) -> Result<(), StoreError> {
    db.run("DELETE FROM token WHERE secret = $1", &[secret.into()]).await?;
    Ok(())
}

/// Forgets tokens that are out of force.
pub async fn delete_expired_tokens(db: &mut Db, now_us: i64) -> Result<(), StoreError> {
    db.run("DELETE FROM token WHERE expires_us <= $1", &[now_us.into()])
        .await?;
    Ok(())
}

/// An answer that was given under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The fingerprint of what was asked.
    pub body: i64,
    /// The HTTP status.
    pub status: i64,
    /// The body of the answer.
    pub text: String,
}

/// The answer that was given under a key, if any.
pub async fn answer(db: &mut Db, key: &ClaimKey) -> Result<Option<Answer>, StoreError> {
    let row = db
        .row(
            "SELECT body, status, answer FROM answer WHERE bucket = $1 AND key = $2",
            &[claim_bucket(key).into(), (&key.0).into()],
        )
        .await?;
    row.map(|row| {
        Ok(Answer {
            body: row.int(0)?,
            status: row.int(1)?,
            text: row.text(2)?.to_owned(),
        })
    })
    .transpose()
}

/// Keeps an answer, in the transaction that made it true.
pub async fn keep_answer(db: &mut Db, key: &ClaimKey, answer: &Answer, now_us: i64) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO answer (bucket, key, body, status, answer, at_us) VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            claim_bucket(key).into(),
            (&key.0).into(),
            answer.body.into(),
            answer.status.into(),
            (&answer.text).into(),
            now_us.into(),
        ],
    )
    .await?;
    Ok(())
}
