//! Joining a programme by oneself.
//!
//! Invariant: login, participant, consents and membership are written in one transaction or not at all.

use std::net::IpAddr;

use domain::measure::ParticipantId;
use domain::participant::{Consent, Consents, Kind};
use domain::programme::{Deed, NotAllowed, Programme, Role};
use outside::chance::random_id;
use outside::password::Password;
use store::Db;
use store::access::{self as books, Membership};
use store::participant::{self as participants, NewParticipant};

use crate::access::account_name;
use crate::participant::{known_lang, unless_agreed, unless_printable};
use crate::throttle::Attempt;
use crate::{App, Caller, Error, Key, Refused, Session, Who};

/// What somebody says who joins.
#[derive(Clone)]
pub struct NewAccount {
    /// E-mail address or phone number; of no meaning to somebody who is signed in.
    pub account: String,
    /// The password, 8 to 128 characters; of no meaning to somebody who is signed in.
    pub password: String,
    /// What others see; 1 to 40 characters.
    pub alias: String,
    /// `zh` or `en`.
    pub lang: String,
    /// Consents given; [`Consent::Programme`] must be among them.
    pub consents: Vec<Consent>,
}

/// Somebody who joined.
#[derive(Debug, Clone)]
pub struct Joined {
    /// As which participant.
    pub participant: ParticipantId,
    /// The session of a login that was made with it; somebody who was signed in keeps theirs.
    pub session: Option<Session>,
}

impl App {
    /// Joins a programme that is open to everybody: a new login, or the caller's own, becomes a participant with the
    /// consents given. Joining twice with one key is joining once. `from` is the client's address, where it is known.
    pub async fn join(
        &self,
        caller: &Caller,
        programme: &Programme,
        new: NewAccount,
        from: Option<IpAddr>,
        key: &str,
    ) -> Result<Joined, Error> {
        caller.may(Deed::Join, programme.id, None)?;
        let own = match caller.who {
            Who::Anonymous => None,
            Who::Person { login, .. } => Some(login),
            Who::Partner { .. } | Who::Console => {
                let (role, deed) = (Role::Partner, Deed::Join);
                return Err(NotAllowed { role, deed }.into());
            }
        };
        if !programme.joinable {
            return Err(Refused::NotFound("programme that is open to join").into());
        }
        let mut account = String::new();
        let mut hash = String::new();
        if own.is_none() {
            account = account_name(&new.account).map_err(|what| Refused::invalid("account", what))?;
            Password::new(&*new.password).map_err(|e| Refused::invalid("password", e.to_string()))?;
        }
        let alias = new.alias.trim().to_owned();
        unless_printable(&alias)?;
        let lang = known_lang(&new.lang)?;
        unless_agreed(&new.consents)?;
        let now_us = self.now_us();
        if let Some(from) = from {
            self.0.throttle.check(Attempt::Join(from), now_us)?;
            self.0.throttle.check(Attempt::Wrong(from), now_us)?;
        }
        if own.is_none() {
            let password = Password::new(&*new.password).map_err(Error::outside)?;
            let made = self.heavy(move |app| app.0.passwords.hash(&password)).await?;
            hash = made.map_err(Error::outside)?;
        }
        let row = NewParticipant {
            id: ParticipantId::new(random_id().map_err(Error::outside)?),
            programme: programme.id,
            kind: Kind::Person,
            alias,
            lang: lang.to_owned(),
            reference: None,
            consents: new.consents.iter().copied().fold(Consents::default(), Consents::with),
            made_by: "participant".to_owned(),
        };
        // never the password: what a key came with is kept, and its print could be tried out at leisure
        let body = format!("{account}\n{}\n{lang}\n{}", row.alias, row.consents.bits());
        let key = (!key.is_empty()).then(|| Key::new(caller, &format!("join {}", programme.id), key, body.as_bytes()));
        let login = match own {
            Some(login) => login,
            None => random_id().map_err(Error::outside)?,
        };
        let named = account.clone();
        let join = async move |db: &mut Db| {
            if own.is_some() {
                for m in books::memberships(db, login).await? {
                    let (true, Some(id)) = (m.programme == row.programme, m.participant) else {
                        continue;
                    };
                    let before = participants::get(db, id).await?;
                    if before.is_some_and(|before| before.kind == Kind::Person && before.open) {
                        return Ok(Err(Refused::Settled("takes part already")));
                    }
                }
            } else if !books::insert_login(db, login, &named, &hash, lang).await? {
                return Ok(Err(Refused::Taken(named.clone())));
            }
            // a participant without a reference is never somebody else's
            let _ = participants::insert(db, &row, now_us).await?;
            let membership = Membership {
                programme: row.programme,
                role: Role::Participant,
                participant: Some(row.id),
            };
            books::insert_membership(db, login, &membership).await?;
            Ok(Ok(row.id))
        };
        // the lane of the key, so that pressing twice meets itself there
        let bucket = key.map_or(0, |key| key.claim.0[0]);
        let joined = self.once(bucket, key, join).await;
        if let Some(from) = from {
            match &joined {
                Ok(_) => self.0.throttle.count(Attempt::Join(from), now_us),
                Err(Error::Refused(Refused::Taken(_))) => self.0.throttle.count(Attempt::Wrong(from), now_us),
                Err(_) => {}
            }
        }
        let participant = joined?;
        let session = match own {
            Some(_) => None,
            // by the password, for a key that is sent again proves nothing about who sends it
            None => Some(self.sign_in(&account, &new.password, from).await?),
        };
        Ok(Joined { participant, session })
    }
}
