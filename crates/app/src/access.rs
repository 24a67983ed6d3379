//! Who calls, what they may do, and how they come in.

use domain::activity::ClaimKey;
use domain::measure::{ParticipantId, PartnerId, ProgrammeId, bucket_of};
use domain::programme::{Deed, Programme, Relation, Role, may};
use outside::chance::{fingerprint, random_id, secret_token};
use outside::password::Password;
use serde::{Deserialize, Serialize};
use store::Db;
use store::access::{self as books, Holder, Membership};

use crate::{App, Error, Refused};

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Nobody known.
    Anonymous,
    /// Somebody who signed in.
    Person {
        /// The login.
        login: i64,
        /// Its account name: e-mail address or phone number.
        account: String,
        /// What it is in which programme.
        memberships: Vec<Membership>,
        /// As which of its participants it looks at pages, if it chose one.
        acting: Option<ParticipantId>,
    },
    /// A system that reports acts.
    Partner {
        /// Its id.
        id: PartnerId,
        /// Its programme.
        programme: ProgrammeId,
        /// Its name.
        name: String,
    },
    /// Somebody at the machine that holds the books, who could open the file as well.
    Console,
}

/// The one on whose behalf a verb runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who it is.
    pub who: Who,
}

impl Caller {
    /// Nobody known.
    pub const fn anonymous() -> Self {
        Caller { who: Who::Anonymous }
    }

    /// Somebody at the machine.
    pub const fn console() -> Self {
        Caller { who: Who::Console }
    }

    /// A name that no other caller has.
    pub(crate) fn fingerprint(&self) -> String {
        match &self.who {
            Who::Anonymous => "anonymous".to_owned(),
            Who::Person { login, .. } => format!("login {login}"),
            Who::Partner { id, .. } => format!("partner {id}"),
            Who::Console => "console".to_owned(),
        }
    }

    /// On whose word something is noted: in the consent log, in an entry.
    pub(crate) fn words(&self) -> String {
        match &self.who {
            Who::Partner { name, .. } => format!("partner {name}"),
            Who::Person { .. } => "participant".to_owned(),
            _ => self.fingerprint(),
        }
    }

    /// Every participant that a signed-in person is or is in charge of, with its programme; first the one that it
    /// acts as.
    pub fn participants(&self) -> Vec<(ProgrammeId, ParticipantId)> {
        let Who::Person {
            memberships, acting, ..
        } = &self.who
        else {
            return Vec::new();
        };
        let mut all: Vec<_> = memberships
            .iter()
            .filter(|m| m.role == Role::Participant)
            .filter_map(|m| Some((m.programme, m.participant?)))
            .collect();
        all.sort_by_key(|(_, participant)| Some(*participant) != *acting);
        all
    }

    /// The participant as which a signed-in person acts in a programme.
    pub fn participant_in(&self, programme: ProgrammeId) -> Option<ParticipantId> {
        let mut all = self.participants().into_iter();
        all.find_map(|(there, participant)| (there == programme).then_some(participant))
    }

    /// The programmes in which a signed-in person works, with its roles there.
    pub fn desks(&self) -> Vec<(ProgrammeId, Vec<Role>)> {
        let Who::Person { memberships, .. } = &self.who else {
            return Vec::new();
        };
        let mut desks: Vec<(ProgrammeId, Vec<Role>)> = Vec::new();
        for m in memberships.iter().filter(|m| m.role != Role::Participant) {
            match desks.iter_mut().find(|(programme, _)| *programme == m.programme) {
                Some((_, roles)) => roles.push(m.role),
                None => desks.push((m.programme, vec![m.role])),
            }
        }
        desks
    }

    /// Whether it makes sense to offer a deed in a programme; the verb asks again.
    pub fn can(&self, deed: Deed, programme: ProgrammeId) -> bool {
        self.may(deed, programme, None).is_ok()
    }

    /// Whether the caller may do a deed in a programme, perhaps about a participant. This is the one place where
    /// rights are asked; it looks at everything that the caller is there.
    pub(crate) fn may(
        &self,
        deed: Deed,
        programme: ProgrammeId,
        participant: Option<ParticipantId>,
    ) -> Result<(), Refused> {
        match &self.who {
            Who::Console => Ok(()),
            Who::Anonymous => may(Role::Anonymous, deed, Relation::Stranger).map_err(|_| Refused::SignIn),
            Who::Partner { programme: own, .. } => {
                let relation = if *own == programme {
                    Relation::Programme
                } else {
                    Relation::Stranger
                };
                Ok(may(Role::Partner, deed, relation)?)
            }
            Who::Person { memberships, .. } => {
                let mut answer = may(Role::Anonymous, deed, Relation::Stranger);
                for membership in memberships.iter().filter(|m| m.programme == programme) {
                    let own = participant.is_some() && membership.participant == participant;
                    let relation = if own { Relation::Own } else { Relation::Programme };
                    answer = answer.or_else(|_| may(membership.role, deed, relation));
                }
                Ok(answer?)
            }
        }
    }

    /// The number under which a deed that takes two people notes this one.
    pub(crate) fn person(&self) -> i64 {
        match &self.who {
            Who::Person { login, .. } => *login,
            Who::Partner { id, .. } => id.number(),
            Who::Anonymous | Who::Console => 0,
        }
    }
}

/// What somebody who came in holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The secret to show from now on.
    pub token: String,
    /// For how long, in seconds.
    pub seconds: i64,
    /// `zh` or `en`.
    pub lang: String,
}

/// What a new partner is given; the secret is shown once.
#[derive(Clone, Serialize, Deserialize)]
pub struct PartnerCredentials {
    /// Its id.
    pub id: PartnerId,
    /// The client id of OAuth 2.0.
    pub client_id: String,
    /// The client secret of OAuth 2.0.
    pub client_secret: String,
}

const SESSION_SECONDS: i64 = 14 * 86_400;
const TOKEN_SECONDS: i64 = 3_600;

fn secret(prefix: &str) -> Result<String, Error> {
    secret_token(prefix).map_err(Error::outside)
}

impl App {
    /// Adds somebody who can sign in.
    pub async fn create_login(
        &self,
        caller: &Caller,
        account: &str,
        password: &str,
        lang: &str,
        memberships: Vec<Membership>,
    ) -> Result<i64, Error> {
        for membership in &memberships {
            caller.may(Deed::ManageAccess, membership.programme, None)?;
        }
        let account = account.trim().to_lowercase();
        Refused::unless_plain("account", &account, 200)?;
        let password = Password::new(password).map_err(|e| Refused::invalid("password", e.to_string()))?;
        let hash = self
            .heavy(move |app| app.0.passwords.hash(&password))
            .await?
            .map_err(Error::outside)?;
        let id = random_id().map_err(Error::outside)?;
        let lang = lang.to_owned();
        let written = self
            .0
            .store
            .write(0, async move |db: &mut Db| {
                if !books::insert_login(db, id, &account, &hash, &lang).await? {
                    return Ok(Err(Refused::Taken(account.clone())));
                }
                for membership in &memberships {
                    books::insert_membership(db, id, membership).await?;
                }
                Ok(Ok(()))
            })
            .await?;
        written?;
        Ok(id)
    }

    /// Runs something that takes much memory or processor time, a few at once, off the event loop.
    pub(crate) async fn heavy<T: Send + 'static>(
        &self,
        work: impl FnOnce(&App) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let permit = self.0.heavy.acquire().await.map_err(Error::outside)?;
        let app = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&app))
            .await
            .map_err(Error::outside)?;
        drop(permit);
        Ok(done)
    }

    /// Signs somebody in by account and password.
    pub async fn sign_in(&self, account: &str, password: &str) -> Result<Session, Error> {
        // no account has a zero byte, and PostgreSQL cannot be asked for one
        let account = account.trim().to_lowercase().replace('\0', " ");
        let login = self
            .0
            .store
            .read(async move |db: &mut Db| books::login(db, &account).await)
            .await?;
        let Ok(password) = Password::new(password) else {
            return Err(Refused::Credentials.into());
        };
        let hash = login.as_ref().map(|login| login.password.clone());
        let right = self
            .heavy(move |app| match hash {
                Some(hash) => app.0.passwords.verify(&password, &hash),
                // as long as for a known account, so that nobody learns which accounts there are
                None => app.0.passwords.verify_unknown(&password),
            })
            .await?
            .map_err(Error::outside)?;
        let Some(login) = login.filter(|_| right) else {
            return Err(Refused::Credentials.into());
        };
        self.open_session(login.id).await
    }

    /// A new session of somebody who showed who they are.
    pub(crate) async fn open_session(&self, login: i64) -> Result<Session, Error> {
        let lang = self
            .0
            .store
            .read(async move |db: &mut Db| books::lang(db, login).await)
            .await?;
        let token = secret("ps_")?;
        self.keep_token(&token, Holder::Login(login), SESSION_SECONDS).await?;
        Ok(Session {
            token,
            seconds: SESSION_SECONDS,
            lang: lang.ok_or(Refused::Credentials)?,
        })
    }

    async fn keep_token(&self, token: &str, holder: Holder, seconds: i64) -> Result<(), Error> {
        let (hash, now_us) = (fingerprint(token), self.now_us());
        let keep =
            async move |db: &mut Db| books::insert_token(db, &hash, holder, now_us, now_us + seconds * 1_000_000).await;
        Ok(self.0.store.write(hash[0], keep).await?)
    }

    /// Ends a session or token.
    pub async fn sign_out(&self, token: &str) -> Result<(), Error> {
        let hash = fingerprint(token);
        Ok(self
            .0
            .store
            .write(hash[0], async move |db: &mut Db| books::delete_token(db, &hash).await)
            .await?)
    }

    /// Gives a partner an access token for its credentials (OAuth 2.0 client credentials).
    pub async fn partner_token(&self, client_id: &str, client_secret: &str) -> Result<Session, Error> {
        let (client, hash) = (client_id.replace('\0', " "), fingerprint(client_secret));
        let partner = self
            .0
            .store
            .read(async move |db: &mut Db| books::partner_by_client(db, &client).await)
            .await?;
        // both sides are hashes of 256 random bits: comparing them tells nothing about the secret
        let partner = partner.filter(|partner| partner.open && partner.secret == hash);
        let Some(partner) = partner else {
            return Err(Refused::Credentials.into());
        };
        let token = secret("pt_")?;
        self.keep_token(&token, Holder::Partner(partner.id), TOKEN_SECONDS)
            .await?;
        Ok(Session {
            token,
            seconds: TOKEN_SECONDS,
            lang: String::new(),
        })
    }

    /// Who holds this token; roles are read afresh, so that a change takes effect at once.
    pub async fn caller(&self, token: &str) -> Result<Caller, Error> {
        let (hash, now_us) = (fingerprint(token), self.now_us());
        let who = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let Some(token) = books::token(db, &hash, now_us).await? else {
                    return Ok(None);
                };
                Ok(match token.holder {
                    Holder::Login(login) => {
                        let memberships = books::memberships(db, login).await?;
                        let mut acting = token.acting;
                        if acting.is_none() && memberships.iter().filter(|m| m.participant.is_some()).count() > 1 {
                            // oneself before the small entities that one is in charge of
                            let own = store::people::own(db, login).await?;
                            acting = own.first().map(|own| own.participant);
                        }
                        Some(Who::Person {
                            login,
                            account: books::account(db, login).await?.unwrap_or_default(),
                            memberships,
                            acting,
                        })
                    }
                    Holder::Partner(id) => {
                        books::partner(db, id)
                            .await?
                            .filter(|p| p.open)
                            .map(|partner| Who::Partner {
                                id,
                                programme: partner.programme,
                                name: partner.name,
                            })
                    }
                })
            })
            .await?;
        who.map(|who| Caller { who }).ok_or_else(|| Refused::SignIn.into())
    }

    /// Adds a partner to a programme.
    pub async fn create_partner(
        &self,
        caller: &Caller,
        programme: &Programme,
        name: &str,
    ) -> Result<PartnerCredentials, Error> {
        caller.may(Deed::ManageAccess, programme.id, None)?;
        Refused::unless_plain("name", name, 80)?;
        let id = PartnerId::new(random_id().map_err(Error::outside)?);
        let credentials = PartnerCredentials {
            id,
            client_id: format!("partner-{id}"),
            client_secret: secret("pk_")?,
        };
        let (programme, name) = (programme.id, name.to_owned());
        let (client, hash) = (credentials.client_id.clone(), fingerprint(&credentials.client_secret));
        self.0
            .store
            .write(bucket_of(id.number()), async move |db: &mut Db| {
                books::insert_partner(db, id, programme, &name, &client, &hash).await
            })
            .await?;
        Ok(credentials)
    }
}

/// What a form of a session carries, so that only its own pages can send it.
pub fn form_token(session: &str) -> String {
    ClaimKey::of(&[b"form", session.as_bytes()])
        .0
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// A fresh idempotency key for a form: pressing twice does once.
pub fn form_key() -> Result<String, Error> {
    secret("")
}
