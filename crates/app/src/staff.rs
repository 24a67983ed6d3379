//! Staff: who works in a programme, and as what.

use domain::measure::{Id, bucket_of};
use domain::programme::{Deed, Programme, Role};
use outside::chance::random_id;
use outside::password::Password;
use store::access::{self, Membership};
use store::{Db, staff as books};

use crate::access::secret;
use crate::{App, Caller, Error, Refused};

/// The roles that somebody can work in.
pub const STAFF_ROLES: [Role; 8] = [
    Role::Admin,
    Role::Support,
    Role::Reviewer,
    Role::Finance,
    Role::Editor,
    Role::Merchant,
    Role::Verifier,
    Role::Regulator,
];

/// Somebody who works in a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffView {
    /// The login.
    pub login: i64,
    /// Its account name.
    pub account: String,
    /// Its roles there.
    pub roles: Vec<Role>,
}

/// Somebody who was let in.
#[derive(Clone, PartialEq, Eq)]
pub struct NewStaff {
    /// The account name.
    pub account: String,
    /// The password to begin with, shown once; none if the account was known and keeps its own.
    pub password: Option<String>,
}

/// What a note about somebody is about.
fn about(login: i64) -> String {
    format!("login {}", Id::new(login))
}

impl App {
    /// Who works in a programme, by account name.
    pub async fn staff(&self, caller: &Caller, programme: &Programme) -> Result<Vec<StaffView>, Error> {
        caller.may(Deed::ReadSettings, programme.id, None)?;
        let programme = programme.id;
        let rows = self
            .0
            .store
            .read(async move |db: &mut Db| books::all(db, programme).await)
            .await?;
        let mut staff: Vec<StaffView> = Vec::new();
        for (login, account, role) in rows {
            match staff.last_mut() {
                Some(last) if last.login == login => last.roles.push(role),
                _ => staff.push(StaffView {
                    login,
                    account,
                    roles: vec![role],
                }),
            }
        }
        Ok(staff)
    }

    /// Lets somebody work in a programme. An account that is known gets the roles besides what it has, and keeps its
    /// password; doing it again changes nothing.
    pub async fn add_staff(
        &self,
        caller: &Caller,
        programme: &Programme,
        account: &str,
        roles: &[Role],
    ) -> Result<NewStaff, Error> {
        caller.may(Deed::ManageAccess, programme.id, None)?;
        let account = account.trim().to_lowercase();
        Refused::unless_plain("account", &account, 200)?;
        if roles.is_empty() || roles.iter().any(|role| !STAFF_ROLES.contains(role)) {
            return Err(Refused::invalid("roles", "at least one role of staff is needed").into());
        }
        let fresh: String = secret("")?.chars().take(16).collect();
        let password = Password::new(&fresh).map_err(|e| Refused::invalid("password", e.to_string()))?;
        let hash = self
            .heavy(move |app| app.0.passwords.hash(&password))
            .await?
            .map_err(Error::outside)?;
        let id = random_id().map_err(Error::outside)?;
        let (programme, roles, name) = (programme.id, roles.to_vec(), account.clone());
        let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
        let note = self.note(
            caller,
            programme,
            "staff.add",
            "",
            format!("{name}: {}", names.join(", ")),
        );
        let new = self
            .0
            .store
            .write(bucket_of(0), async move |db: &mut Db| {
                let known = access::login(db, &name).await?;
                let new = known.is_none() && access::insert_login(db, id, &name, &hash, "zh").await?;
                let login = known.map_or(id, |login| login.id);
                for role in &roles {
                    let membership = Membership {
                        programme,
                        role: *role,
                        participant: None,
                    };
                    access::insert_membership(db, login, &membership).await?;
                }
                note.about(about(login)).write(db).await?;
                Ok(new)
            })
            .await?;
        Ok(NewStaff {
            account,
            password: Some(fresh).filter(|_| new),
        })
    }

    /// Takes a role from somebody; takes effect at once. The last administrator of a programme stays.
    pub async fn remove_role(
        &self,
        caller: &Caller,
        programme: &Programme,
        login: i64,
        role: Role,
    ) -> Result<(), Error> {
        caller.may(Deed::ManageAccess, programme.id, None)?;
        if !STAFF_ROLES.contains(&role) {
            return Err(Refused::NotFound("role of staff").into());
        }
        let programme = programme.id;
        let note = self.note(caller, programme, "staff.remove", about(login), role.name());
        // in one lane with every other change of staff, so that two administrators cannot remove each other
        let gone = self
            .0
            .store
            .write(bucket_of(0), async move |db: &mut Db| {
                if role == Role::Admin {
                    let staff = books::all(db, programme).await?;
                    let other = |(who, _, role): &(i64, String, Role)| *role == Role::Admin && *who != login;
                    if !staff.iter().any(other) {
                        return Ok(Err(Refused::LastAdmin));
                    }
                }
                let gone = books::remove(db, programme, login, role).await?;
                if gone {
                    note.write(db).await?;
                }
                Ok(Ok(gone))
            })
            .await??;
        if gone {
            Ok(())
        } else {
            Err(Refused::NotFound("role of this person").into())
        }
    }
}
