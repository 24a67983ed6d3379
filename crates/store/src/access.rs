//! Who may come in: logins, memberships, partners, tokens; and the answers kept for retries.
//!
//! Secrets are stored only as hashes.

use domain::activity::ClaimKey;
use domain::measure::{ParticipantId, PartnerId, ProgrammeId};
use domain::programme::{Role, Scope};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Whose it is.
    pub holder: Holder,
    /// As which of its participants the session looks at pages, if one was chosen.
    pub acting: Option<ParticipantId>,
    /// Of a partner's scopes, those that it asked for with this token; none where it asked for all.
    pub scopes: Option<Vec<Scope>>,
}

/// Whose token this is, if it is in force.
pub async fn token(db: &mut Db, secret: &[u8; 32], now_us: i64) -> Result<Option<Token>, StoreError> {
    let row = db
        .row(
            "SELECT login, partner, acting, scopes FROM token WHERE secret = $1 AND expires_us > $2",
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
    let scopes = Some(crate::partner::scopes(row.text(3)?)?).filter(|scopes| !scopes.is_empty());
    Ok(Some(Token { holder, acting, scopes }))
}

/// The account name of a login.
pub async fn account(db: &mut Db, login: i64) -> Result<Option<String>, StoreError> {
    let row = db
        .row("SELECT account FROM login WHERE id = $1", &[login.into()])
        .await?;
    row.map(|row| Ok(row.text(0)?.to_owned())).transpose()
}

/// Ends a token.
pub async fn delete_token(db: &mut Db, secret: &[u8; 32]) -> Result<(), StoreError> {
    db.run("DELETE FROM token WHERE secret = $1", &[secret.into()]).await?;
    Ok(())
}

/// Ends every session of a login.
pub async fn delete_sessions(db: &mut Db, login: i64) -> Result<(), StoreError> {
    db.run("DELETE FROM token WHERE login = $1", &[login.into()]).await?;
    Ok(())
}

/// Replaces the password of a login.
pub async fn set_password(db: &mut Db, login: i64, password: &str) -> Result<(), StoreError> {
    db.run(
        "UPDATE login SET password = $2 WHERE id = $1",
        &[login.into(), password.into()],
    )
    .await?;
    Ok(())
}

/// Lets whoever shows a secret choose a new password for a login. An earlier secret of the login is void.
pub async fn insert_reset(
    db: &mut Db,
    secret: &[u8; 32],
    login: i64,
    now_us: i64,
    expires_us: i64,
) -> Result<(), StoreError> {
    delete_resets(db, login).await?;
    db.run(
        "INSERT INTO password_reset (secret, login, made_us, expires_us) VALUES ($1, $2, $3, $4)",
        &[secret.into(), login.into(), now_us.into(), expires_us.into()],
    )
    .await?;
    Ok(())
}

/// The login whose password a secret lets one choose, if it is in force.
pub async fn reset(db: &mut Db, secret: &[u8; 32], now_us: i64) -> Result<Option<i64>, StoreError> {
    let row = db
        .row(
            "SELECT login FROM password_reset WHERE secret = $1 AND expires_us > $2",
            &[secret.into(), now_us.into()],
        )
        .await?;
    row.map(|row| row.int(0)).transpose()
}

/// Voids every secret that lets one choose a new password for a login.
pub async fn delete_resets(db: &mut Db, login: i64) -> Result<(), StoreError> {
    db.run("DELETE FROM password_reset WHERE login = $1", &[login.into()])
        .await?;
    Ok(())
}

/// Forgets tokens, resets and invitations that are out of force.
pub async fn delete_expired(db: &mut Db, now_us: i64) -> Result<(), StoreError> {
    for table in ["token", "password_reset", "invitation"] {
        db.run(&format!("DELETE FROM {table} WHERE expires_us <= $1"), &[now_us.into()])
            .await?;
    }
    Ok(())
}

/// Forgets answers of a bucket that were given before an instant: a retry after that is a new request.
pub async fn delete_answers(db: &mut Db, bucket: u8, before_us: i64) -> Result<(), StoreError> {
    db.run(
        "DELETE FROM answer WHERE bucket = $1 AND at_us < $2",
        &[bucket.into(), before_us.into()],
    )
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
