//! Who is in charge of a participant, and as whom one acts.

use domain::measure::{ParticipantId, ProgrammeId, bucket_of};
use domain::participant::{Consent, Consents, Kind};
use domain::programme::{Deed, Programme, Role};
use outside::chance::{fingerprint, random_id, secret_token};
use serde::{Deserialize, Serialize};
use store::access::{self, Membership};
use store::people::{self as books, Invitation};
use store::{Db, participant};

use crate::{App, Caller, Error, Key, Refused, Who};

pub use store::people::Own;

const INVITATION_US: i64 = 7 * 86_400 * 1_000_000;
const MOST_INVITATIONS: i64 = 20;
/// Every small entity has ceilings of its own: nobody should be in charge of a street of them.
const MOST_ENTITIES: usize = 5;

/// A small entity that somebody makes.
#[derive(Debug, Clone)]
pub struct NewEntity {
    /// What others see; 1 to 40 characters.
    pub alias: String,
    /// `zh` or `en`.
    pub lang: String,
    /// Consents given for it.
    pub consents: Vec<Consent>,
}

/// Somebody in charge of a participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InCharge {
    /// The number of its login.
    pub login: i64,
    /// Its account with the middle left out.
    pub account: String,
    /// Whether it is the caller.
    pub me: bool,
}

/// A link to become in charge of a participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationView {
    /// The programme.
    pub programme: ProgrammeId,
    /// What the participant is called.
    pub alias: String,
    /// Until when it can be followed, microseconds since the epoch.
    pub expires_us: i64,
}

#[derive(Serialize, Deserialize)]
struct Made {
    id: ParticipantId,
}

/// An account that its owner knows again and nobody else learns: `l…i@example.com`, `138…02`.
fn masked(account: &str) -> String {
    let (name, host) = account.split_once('@').unwrap_or((account, ""));
    let letters: Vec<char> = name.chars().collect();
    let keep = if host.is_empty() { 3 } else { 1 };
    let first: String = letters.iter().take(keep).collect();
    let last: String = letters
        .iter()
        .skip(letters.len().saturating_sub(keep - 1).max(keep))
        .collect();
    if host.is_empty() {
        format!("{first}…{last}")
    } else {
        format!("{first}…@{host}")
    }
}

impl App {
    /// Every participant that the caller is or is in charge of, by programme; persons before small entities.
    pub async fn own(&self, caller: &Caller) -> Result<Vec<Own>, Error> {
        let Who::Person { login, .. } = &caller.who else {
            return Err(Refused::SignIn.into());
        };
        let login = *login;
        Ok(self
            .0
            .store
            .read(async move |db: &mut Db| books::own(db, login).await)
            .await?)
    }

    /// Makes a small entity (a shop, household, class or office) that the caller is in charge of.
    pub async fn create_entity(
        &self,
        caller: &Caller,
        programme: &Programme,
        new: NewEntity,
        key: Option<Key>,
    ) -> Result<ParticipantId, Error> {
        caller.may(Deed::Join, programme.id, None)?;
        let Who::Person { login, .. } = caller.who else {
            return Err(Refused::SignIn.into());
        };
        if !programme.joinable {
            return Err(Refused::NotFound("programme that one can join").into());
        }
        let alias = crate::participant::alias("alias", &new.alias)?;
        let lang = crate::participant::lang("lang", &new.lang)?;
        if !new.consents.contains(&Consent::Programme) {
            return Err(Refused::invalid("consents", "nobody takes part without consenting to \"programme\"").into());
        }
        let row = participant::NewParticipant {
            id: ParticipantId::new(random_id().map_err(Error::outside)?),
            programme: programme.id,
            kind: Kind::SmallEntity,
            alias,
            lang: lang.to_owned(),
            reference: None,
            consents: new.consents.into_iter().fold(Consents::default(), Consents::with),
            made_by: caller.words(),
        };
        let (programme, now_us) = (programme.id, self.now_us());
        let made = self
            .once(bucket_of(row.id.number()), key, async move |db: &mut Db| {
                let own = books::own(db, login).await?;
                let entities = own
                    .iter()
                    .filter(|o| o.programme == programme && o.kind == Kind::SmallEntity);
                if entities.count() >= MOST_ENTITIES {
                    return Ok(Err(Refused::Settled("nobody is in charge of more small entities")));
                }
                if participant::insert(db, &row, now_us).await?.is_err() {
                    return Ok(Err(Refused::NotFound("participant")));
                }
                let membership = Membership {
                    programme,
                    role: Role::Participant,
                    participant: Some(row.id),
                };
                access::insert_membership(db, login, &membership).await?;
                Ok(Ok(Made { id: row.id }))
            })
            .await?;
        Ok(made.id)
    }

    /// A small entity whose people the caller may name.
    async fn entity(&self, caller: &Caller, programme: &Programme, id: ParticipantId) -> Result<(), Error> {
        caller.may(Deed::ManagePeople, programme.id, Some(id))?;
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| participant::get(db, id).await)
            .await?;
        let found = found.filter(|p| p.programme == programme.id && p.kind == Kind::SmallEntity);
        Ok(found.map(|_| ()).ok_or(Refused::NotFound("small entity"))?)
    }

    /// Who is in charge of a small entity.
    pub async fn people(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
    ) -> Result<Vec<InCharge>, Error> {
        self.entity(caller, programme, id).await?;
        let me = caller.person();
        let people = self
            .0
            .store
            .read(async move |db: &mut Db| books::in_charge(db, id).await)
            .await?;
        let view = |(login, account): (i64, String)| InCharge {
            login,
            account: if login == me { account } else { masked(&account) },
            me: login == me,
        };
        Ok(people.into_iter().map(view).collect())
    }

    /// Makes a link that puts whoever follows it first in charge of a small entity; good for seven days.
    pub async fn invite_person(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
    ) -> Result<String, Error> {
        self.entity(caller, programme, id).await?;
        let secret = secret_token("").map_err(Error::outside)?;
        let (hash, now_us) = (fingerprint(&secret), self.now_us());
        let invitation = Invitation {
            programme: programme.id,
            role: Role::Participant,
            participant: Some(id),
            made_by: caller.person(),
            expires_us: now_us + INVITATION_US,
        };
        self.0
            .store
            .write(bucket_of(id.number()), async move |db: &mut Db| {
                if books::waiting(db, id, now_us).await? >= MOST_INVITATIONS {
                    return Ok(Err(Refused::Settled("too many invitations wait")));
                }
                books::invite(db, &hash, &invitation, now_us).await?;
                Ok(Ok(()))
            })
            .await??;
        Ok(secret)
    }

    /// What an invitation is to, for whoever holds its secret.
    pub async fn invitation(&self, secret: &str) -> Result<InvitationView, Error> {
        let (hash, now_us) = (fingerprint(secret), self.now_us());
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let Some(found) = books::invitation(db, &hash, now_us).await? else {
                    return Ok(None);
                };
                let Some(id) = found.participant else { return Ok(None) };
                Ok(participant::profile(db, id).await?.map(|profile| (found, profile)))
            })
            .await?;
        let (found, profile) = found.ok_or(Refused::NotFound("invitation"))?;
        Ok(InvitationView {
            programme: found.programme,
            alias: profile.alias,
            expires_us: found.expires_us,
        })
    }

    /// Follows an invitation: the caller is in charge from now on. It works once.
    pub async fn accept_invitation(&self, caller: &Caller, secret: &str) -> Result<ParticipantId, Error> {
        let Who::Person { login, .. } = caller.who else {
            return Err(Refused::SignIn.into());
        };
        let (hash, now_us) = (fingerprint(secret), self.now_us());
        let accepted = self
            .0
            .store
            .write(0, async move |db: &mut Db| {
                let Some(found) = books::invitation(db, &hash, now_us).await? else {
                    return Ok(Err(Refused::NotFound("invitation")));
                };
                let Some(id) = found.participant else {
                    return Ok(Err(Refused::NotFound("invitation")));
                };
                // of two who follow it at once the second finds nothing to delete
                if participant::profile(db, id).await?.is_none() || !books::use_up(db, &hash).await? {
                    return Ok(Err(Refused::NotFound("invitation")));
                }
                let membership = Membership {
                    programme: found.programme,
                    role: found.role,
                    participant: found.participant,
                };
                access::insert_membership(db, login, &membership).await?;
                Ok(Ok(id))
            })
            .await?;
        Ok(accepted?)
    }

    /// Takes somebody's charge of a small entity away, or gives up one's own; the last one stays.
    pub async fn remove_person(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
        login: i64,
    ) -> Result<(), Error> {
        self.entity(caller, programme, id).await?;
        self.0
            .store
            .write(bucket_of(id.number()), async move |db: &mut Db| {
                let people = books::in_charge(db, id).await?;
                if !people.iter().any(|(known, _)| *known == login) {
                    return Ok(Err(Refused::NotFound("person")));
                }
                if people.len() == 1 {
                    return Ok(Err(Refused::Settled("somebody has to be in charge")));
                }
                books::remove(db, id, login).await?;
                Ok(Ok(()))
            })
            .await??;
        Ok(())
    }

    /// Sets as which of its participants a session looks at pages.
    pub async fn act_as(&self, caller: &Caller, token: &str, id: ParticipantId) -> Result<(), Error> {
        // asked of the books: it may have become the caller's since the caller came in
        if !self.own(caller).await?.iter().any(|own| own.participant == id) {
            return Err(Refused::NotFound("participant").into());
        }
        let hash = fingerprint(token);
        let set = async move |db: &mut Db| books::act_as(db, &hash, id).await;
        Ok(self.0.store.write(hash[0], set).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn an_account_shows_its_ends_only() {
        assert_eq!(masked("xiaoman@demo.example"), "x…@demo.example");
        assert_eq!(masked("+8613800000002"), "+86…02");
        assert_eq!(masked("ab"), "ab…");
        assert_eq!(masked(""), "…");
    }
}
