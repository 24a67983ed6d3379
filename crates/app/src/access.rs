//! Who calls, what they may do, and how they come in.

use std::net::IpAddr;

use domain::activity::ClaimKey;
use domain::measure::{ParticipantId, PartnerId, ProgrammeId};
use domain::programme::{Deed, NotAllowed, Relation, Role, Scope, may};
use outside::chance::{fingerprint, random_id, secret_token};
use outside::password::Password;
use store::Db;
use store::access::{self as books, Holder, Membership};

use crate::throttle::Attempt;
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
        /// What this token lets it do.
        scopes: Vec<Scope>,
        /// Whether it must sign what it sends.
        signs: bool,
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
            Who::Partner {
                programme: own, scopes, ..
            } => {
                if !Scope::allow(scopes, deed) {
                    let role = Role::Partner;
                    return Err(NotAllowed { role, deed }.into());
                }
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

    /// Whether the caller may know who a participant is: itself, and those who may enrol participants. Everybody else
    /// who reads records sees numbers only.
    pub(crate) fn knows(&self, programme: ProgrammeId, participant: ParticipantId) -> bool {
        self.participants().contains(&(programme, participant)) || self.can(Deed::RegisterParticipant, programme)
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

const SESSION_SECONDS: i64 = 14 * 86_400;

pub(crate) fn secret(prefix: &str) -> Result<String, Error> {
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
        let account = sought(account);
        Refused::unless_plain("account", &account, 200)?;
        let password = Password::new(password).map_err(|e| Refused::invalid("password", e.to_string()))?;
        let hash = self
            .heavy(move |app| app.0.passwords.hash(&password))
            .await?
            .map_err(Error::outside)?;
        let id = random_id().map_err(Error::outside)?;
        let lang = lang.to_owned();
        let programmes: std::collections::BTreeSet<_> = memberships.iter().map(|m| m.programme).collect();
        let notes: Vec<_> = programmes
            .into_iter()
            .map(|programme| {
                let here = memberships.iter().filter(|m| m.programme == programme);
                let roles: Vec<&str> = here.map(|m| m.role.name()).collect();
                let about = format!("login {}", domain::measure::Id::new(id));
                self.note(caller, programme, "login.create", about, roles.join(" "))
            })
            .collect();
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
                for note in &notes {
                    note.write(db).await?;
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

    /// Signs somebody in by account and password. `from` is the address of the client, where it is known: too many
    /// wrong passwords for an account or from an address are [`Refused::TooMany`].
    pub async fn sign_in(&self, account: &str, password: &str, from: Option<IpAddr>) -> Result<Session, Error> {
        let account = sought(account);
        let sought = account.clone();
        let login = self
            .0
            .store
            .read(async move |db: &mut Db| books::login(db, &sought).await)
            .await?;
        let Ok(password) = Password::new(password) else {
            return Err(Refused::Credentials.into());
        };
        let hash = login.as_ref().map(|login| login.password.clone());
        let right = self
            .heavy(move |app| {
                // asked and counted here, where few run at once: a crowd of guesses cannot slip past the count
                let (throttle, now_us) = (&app.0.throttle, app.now_us());
                let known = Attempt::Password(&account);
                throttle.check(known, now_us)?;
                if let Some(from) = from {
                    throttle.check(Attempt::Wrong(from), now_us)?;
                }
                let right = match hash {
                    Some(hash) => app.0.passwords.verify(&password, &hash),
                    // as long as for a known account, so that nobody learns which accounts there are
                    None => app.0.passwords.verify_unknown(&password),
                }
                .map_err(Error::outside)?;
                if right {
                    throttle.clear(known);
                } else {
                    throttle.count(known, now_us);
                    if let Some(from) = from {
                        throttle.count(Attempt::Wrong(from), now_us);
                    }
                }
                Ok::<bool, Error>(right)
            })
            .await??;
        let Some(login) = login.filter(|_| right) else {
            return Err(Refused::Credentials.into());
        };
        self.open_session(login.id, login.lang).await
    }

    /// A session of a login whose right to it was checked.
    pub(crate) async fn open_session(&self, login: i64, lang: String) -> Result<Session, Error> {
        let token = secret("ps_")?;
        self.keep_token(&token, Holder::Login(login), SESSION_SECONDS).await?;
        Ok(Session {
            token,
            seconds: SESSION_SECONDS,
            lang,
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
                    Holder::Partner(id) => store::partner::get(db, id)
                        .await?
                        .filter(|partner| partner.open)
                        .map(|partner| crate::partner::who(partner, token.scopes.as_deref())),
                })
            })
            .await?;
        who.map(|who| Caller { who }).ok_or_else(|| Refused::SignIn.into())
    }
}

/// An account name as it is kept: an e-mail address in lower case, or a phone number with its country, +86 where
/// none was said. Says what is wrong with anything else.
pub(crate) fn account_name(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.contains('@') {
        return email(text).ok_or("is no e-mail address");
    }
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '\u{a0}'))
        .collect();
    let digits = match (digits.strip_prefix('+'), digits.strip_prefix("00")) {
        (Some(rest), _) | (None, Some(rest)) => rest.to_owned(),
        (None, None) if digits.len() == 11 && digits.starts_with('1') => format!("86{digits}"),
        (None, None) => return Err("is neither an e-mail address nor a phone number"),
    };
    if (8..=15).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit()) && !digits.starts_with('0') {
        Ok(format!("+{digits}"))
    } else {
        Err("is no phone number")
    }
}

fn email(text: &str) -> Option<String> {
    let (name, host) = text.rsplit_once('@')?;
    let named = (1..=64).contains(&name.len()) && !name.contains(['@', '"', '<', '>', ',', ';', ':', '\\', '(', ')']);
    let labelled = |label: &str| {
        let plain = label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
        (1..=63).contains(&label.len()) && plain && !label.starts_with('-') && !label.ends_with('-')
    };
    let hosted = host.contains('.') && host.split('.').all(labelled);
    let fits = text.len() <= 200 && text.bytes().all(|c| c.is_ascii_graphic());
    (named && hosted && fits).then(|| text.to_ascii_lowercase())
}

/// The account that somebody means: also names that were given out by hand.
pub(crate) fn sought(text: &str) -> String {
    // no account has a zero byte, and PostgreSQL cannot be asked for one
    account_name(text).unwrap_or_else(|_| text.trim().to_lowercase().replace('\0', " "))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_one_name_however_it_is_written() {
        for (written, kept) in [
            (" Xiaoman@Demo.Example ", "xiaoman@demo.example"),
            ("a.b+c@mail.demo.example", "a.b+c@mail.demo.example"),
            ("13800000000", "+8613800000000"),
            ("138 0000-0000", "+8613800000000"),
            ("+86 138 0000 0000", "+8613800000000"),
            ("0086 138 0000 0000", "+8613800000000"),
            ("+44 (20) 7946-0000", "+442079460000"),
        ] {
            assert_eq!(account_name(written).as_deref(), Ok(kept), "{written}");
            assert_eq!(sought(written), kept);
        }
        for wrong in [
            "",
            "student",
            "@demo.example",
            "a@demo",
            "a@b@demo.example",
            "a b@demo.example",
            "a@demo..example",
            "a@-demo.example",
            "满@demo.example",
            "a@demo.example\r\nBcc: b@demo.example",
            "1380000000",
            "+861380000000012345",
            "+86 one",
            "+0123456789",
        ] {
            assert!(account_name(wrong).is_err(), "{wrong}");
        }
        assert_eq!(sought(" Student\0"), "student ");
    }
}
