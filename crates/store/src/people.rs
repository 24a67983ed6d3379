//! Who is in charge of a participant, links that invite somebody to be, and as whom a session acts.

use domain::measure::{ParticipantId, ProgrammeId, bucket_of};
use domain::participant::Kind;
use domain::programme::Role;

use crate::{Db, StoreError};

/// A participant of a login, with what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// The programme.
    pub programme: ProgrammeId,
    /// The participant.
    pub participant: ParticipantId,
    /// What others see.
    pub alias: String,
    /// Person or small entity.
    pub kind: Kind,
}

/// Every participant that a login is or is in charge of: persons first, then small entities by name.
pub async fn own(db: &mut Db, login: i64) -> Result<Vec<Own>, StoreError> {
    let rows = db
        .rows(
            "SELECT programme, participant FROM membership
             WHERE login = $1 AND role = 'participant' AND participant <> 0 ORDER BY programme, participant",
            &[login.into()],
        )
        .await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        let participant = ParticipantId::new(row.int(1)?);
        let found = db
            .row(
                "SELECT p.kind, f.alias FROM participant p JOIN profile f ON f.bucket = p.bucket AND f.id = p.id
                 WHERE p.bucket = $1 AND p.id = $2",
                &[bucket_of(participant.number()).into(), participant.number().into()],
            )
            .await?;
        let Some(found) = found else { continue };
        all.push(Own {
            programme: ProgrammeId::new(row.int(0)?),
            participant,
            alias: found.text(1)?.to_owned(),
            kind: Kind::from_number(found.int(0)?).ok_or_else(|| StoreError::corrupt("a participant's kind"))?,
        });
    }
    all.sort_by(|a, b| (a.programme, a.kind.number(), &a.alias).cmp(&(b.programme, b.kind.number(), &b.alias)));
    Ok(all)
}

/// Those in charge of a participant: login and account name.
pub async fn in_charge(db: &mut Db, participant: ParticipantId) -> Result<Vec<(i64, String)>, StoreError> {
    let rows = db
        .rows(
            "SELECT l.id, l.account FROM membership m JOIN login l ON l.id = m.login
             WHERE m.participant = $1 AND m.role = 'participant' ORDER BY l.account",
            &[participant.number().into()],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.int(0)?, row.text(1)?.to_owned())))
        .collect()
}

/// Takes somebody's charge of a participant away; `false` if they had none. Sessions that act as it act as themselves.
pub async fn remove(db: &mut Db, participant: ParticipantId, login: i64) -> Result<bool, StoreError> {
    let gone = db
        .run(
            "DELETE FROM membership WHERE participant = $1 AND role = 'participant' AND login = $2",
            &[participant.number().into(), login.into()],
        )
        .await?;
    db.run(
        "UPDATE token SET acting = 0 WHERE login = $1 AND acting = $2",
        &[login.into(), participant.number().into()],
    )
    .await?;
    Ok(gone == 1)
}

/// Sets as whom a session looks at pages.
pub async fn act_as(db: &mut Db, secret: &[u8; 32], participant: ParticipantId) -> Result<(), StoreError> {
    db.run(
        "UPDATE token SET acting = $2 WHERE secret = $1",
        &[secret.into(), participant.number().into()],
    )
    .await?;
    Ok(())
}

/// A link that makes whoever follows it something in a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The programme.
    pub programme: ProgrammeId,
    /// The role there.
    pub role: Role,
    /// The participant it puts somebody in charge of; none for staff.
    pub participant: Option<ParticipantId>,
    /// Who invites.
    pub made_by: i64,
    /// Until when it can be followed.
    pub expires_us: i64,
}

/// Keeps an invitation by the SHA-256 of its secret.
pub async fn invite(db: &mut Db, secret: &[u8; 32], new: &Invitation, now_us: i64) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO invitation (secret, programme, role, participant, made_by, made_us, expires_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            secret.into(),
            new.programme.number().into(),
            new.role.name().into(),
            new.participant.map_or(0, ParticipantId::number).into(),
            new.made_by.into(),
            now_us.into(),
            new.expires_us.into(),
        ],
    )
    .await?;
    Ok(())
}

/// An invitation that can still be followed.
pub async fn invitation(db: &mut Db, secret: &[u8; 32], now_us: i64) -> Result<Option<Invitation>, StoreError> {
    let row = db
        .row(
            "SELECT programme, role, participant, made_by, expires_us FROM invitation
             WHERE secret = $1 AND expires_us > $2",
            &[secret.into(), now_us.into()],
        )
        .await?;
    row.map(|row| {
        let role = row.text(1)?.to_owned();
        Ok(Invitation {
            programme: ProgrammeId::new(row.int(0)?),
            role: Role::named(&role).ok_or_else(|| StoreError::corrupt(format!("role {role}")))?,
            participant: Some(row.int(2)?).filter(|id| *id != 0).map(ParticipantId::new),
            made_by: row.int(3)?,
            expires_us: row.int(4)?,
        })
    })
    .transpose()
}

/// Uses an invitation up; `false` if somebody did before.
pub async fn use_up(db: &mut Db, secret: &[u8; 32]) -> Result<bool, StoreError> {
    Ok(db
        .run("DELETE FROM invitation WHERE secret = $1", &[secret.into()])
        .await?
        == 1)
}

/// How many invitations to be in charge of a participant wait, and takes back those that are out of force.
pub async fn waiting(db: &mut Db, participant: ParticipantId, now_us: i64) -> Result<i64, StoreError> {
    db.run(
        "DELETE FROM invitation WHERE participant = $1 AND expires_us <= $2",
        &[participant.number().into(), now_us.into()],
    )
    .await?;
    let row = db
        .row(
            "SELECT count(*) FROM invitation WHERE participant = $1",
            &[participant.number().into()],
        )
        .await?;
    row.map_or(Ok(0), |row| row.int(0))
}
