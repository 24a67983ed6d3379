//! Staff: who works in a programme, and as what.

use domain::measure::ProgrammeId;
use domain::programme::Role;

use crate::{Db, StoreError};

/// Everybody who works in a programme: login, account name, role; by account name.
pub async fn all(db: &mut Db, programme: ProgrammeId) -> Result<Vec<(i64, String, Role)>, StoreError> {
    let rows = db
        .rows(
            "SELECT l.id, l.account, m.role FROM membership m JOIN login l ON l.id = m.login
             WHERE m.programme = $1 AND m.role <> $2 ORDER BY l.account, m.role",
            &[programme.number().into(), Role::Participant.name().into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let role = row.text(2)?;
            let role = Role::named(role).ok_or_else(|| StoreError::corrupt(format!("role {role}")))?;
            Ok((row.int(0)?, row.text(1)?.to_owned(), role))
        })
        .collect()
}

/// Takes a role from somebody; `false` if they did not have it.
pub async fn remove(db: &mut Db, programme: ProgrammeId, login: i64, role: Role) -> Result<bool, StoreError> {
    let gone = db
        .run(
            "DELETE FROM membership WHERE programme = $1 AND login = $2 AND role = $3",
            &[programme.number().into(), login.into(), role.name().into()],
        )
        .await?;
    Ok(gone > 0)
}
