//! What somebody signs in with: passkeys beside the password.
//!
//! A ceremony is begun here, carried out by browser and device, and finished here. What was begun is kept in memory,
//! for five minutes at most: of several processes on the same books, the one that began a ceremony must finish it.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use outside::chance::fingerprint;
use outside::password::Password;
use serde::Serialize;
use store::Db;
use store::passkey::{self as books, Passkey};
use webauthn_rp::bin::{Decode, Encode};
use webauthn_rp::request::auth::AuthenticationVerificationOptions;
use webauthn_rp::request::register::{
    CredProtect, PublicKeyCredentialUserEntity, RegistrationVerificationOptions, UserHandle, Username,
};
use webauthn_rp::request::{
    AsciiDomain, ExtensionInfo, FixedCapHashSet, InsertResult, PublicKeyCredentialDescriptor, RpId,
};
use webauthn_rp::response::auth::Authentication;
use webauthn_rp::response::register::{DynamicState, Registration, StaticState};
use webauthn_rp::response::{AuthTransports, CredentialId};
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthenticationServerState, DiscoverableCredentialRequestOptions,
    PublicKeyCredentialCreationOptions, RegistrationServerState,
};

use crate::{App, Broken, Caller, Error, Letter, Refused, Session, Who};

/// The number of a login, as devices keep it.
const HANDLE: usize = 8;
/// The part of a stored credential that changes: counter, backup, attachment.
const CHANGING: usize = 7;
const MOST_PASSKEYS: usize = 20;
const MOST_CEREMONIES: usize = 10_000;

/// Where people open the pages: passkeys are bound to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    origin: String,
    host: String,
}

impl Site {
    /// The site of an address such as `https://carbon.example`. `None` where browsers offer no passkeys: without
    /// encryption (but on `localhost`), and on a bare IP address.
    pub fn of(public_url: &str) -> Option<Self> {
        let origin = public_url.trim_end_matches('/').to_ascii_lowercase();
        let (scheme, place) = origin.split_once("://")?;
        let host = place.split_once(':').map_or(place, |(host, _)| host).to_owned();
        let plain = !place.contains('/') && host.parse::<IpAddr>().is_err();
        let safe = scheme == "https" || scheme == "http" && host == "localhost";
        let known = AsciiDomain::try_from(host.clone()).is_ok();
        (plain && safe && known).then_some(Site { origin, host })
    }

    /// The address without a path, e.g. `https://carbon.example`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    fn rp_id(&self) -> Result<RpId, Error> {
        let domain = AsciiDomain::try_from(self.host.clone()).map_err(Error::outside)?;
        Ok(RpId::Domain(domain))
    }
}

/// Ceremonies that were begun.
pub(crate) struct Ceremonies {
    adding: Mutex<FixedCapHashSet<RegistrationServerState<HANDLE>>>,
    signing_in: Mutex<FixedCapHashSet<DiscoverableAuthenticationServerState>>,
}

impl Default for Ceremonies {
    fn default() -> Self {
        Ceremonies {
            adding: Mutex::new(FixedCapHashSet::new(MOST_CEREMONIES)),
            signing_in: Mutex::new(FixedCapHashSet::new(MOST_CEREMONIES)),
        }
    }
}

/// A passkey, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyView {
    /// Its id in hexadecimal digits.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was added, microseconds since the epoch.
    pub made_us: i64,
    /// When it last signed its owner in.
    pub used_us: Option<i64>,
}

fn began(outcome: InsertResult) -> Result<(), Error> {
    match outcome {
        InsertResult::Success => Ok(()),
        InsertResult::CapacityFull | InsertResult::Duplicate => Err(Broken::Busy.into()),
    }
}

fn json(options: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(options).map_err(Error::outside)
}

fn refused(why: impl std::fmt::Display) -> Error {
    Refused::Passkey(why.to_string()).into()
}

fn login_of(caller: &Caller) -> Result<(i64, &str), Refused> {
    match &caller.who {
        Who::Person { login, account, .. } => Ok((*login, account)),
        _ => Err(Refused::SignIn),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let pairs = digits.chunks_exact(2);
    let whole = pairs.remainder().is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    whole.then(|| pairs.map(byte).collect()).flatten()
}

impl App {
    /// The caller's passkeys, oldest first.
    pub async fn passkeys(&self, caller: &Caller) -> Result<Vec<PasskeyView>, Error> {
        let (login, _) = login_of(caller)?;
        let all = self
            .0
            .store
            .read(async move |db: &mut Db| books::all(db, login).await)
            .await?;
        let view = |key: Passkey| PasskeyView {
            id: hex(&key.id),
            name: key.name,
            made_us: key.made_us,
            used_us: key.used_us,
        };
        Ok(all.into_iter().map(view).collect())
    }

    /// Begins to add a passkey: the options for `navigator.credentials.create`, as JSON.
    pub async fn begin_passkey(&self, caller: &Caller, site: &Site) -> Result<String, Error> {
        let (login, account) = login_of(caller)?;
        let known = self
            .0
            .store
            .read(async move |db: &mut Db| books::all(db, login).await)
            .await?;
        if known.len() >= MOST_PASSKEYS {
            return Err(Refused::Passkey(format!("nobody has more than {MOST_PASSKEYS} passkeys")).into());
        }
        // a device that has one already says so instead of making another
        let known = known.into_iter().filter_map(|key| {
            Some(PublicKeyCredentialDescriptor {
                id: CredentialId::decode(key.id).ok()?,
                transports: AuthTransports::NONE,
            })
        });
        let (rp_id, handle) = (site.rp_id()?, UserHandle::from(login.to_be_bytes()));
        let mut user = PublicKeyCredentialUserEntity::from(&handle);
        if let Ok(name) = Username::try_from(account) {
            user.name = name;
        }
        let mut options = PublicKeyCredentialCreationOptions::passkey(&rp_id, user, known.collect());
        // to insist on it shuts out every device that does not know the extension
        options.extensions.cred_protect = CredProtect::UserVerificationRequired(ExtensionInfo::AllowDontEnforceValue);
        let (server, client) = options.start_ceremony().map_err(Error::outside)?;
        let mut adding = self.0.ceremonies.adding.lock().unwrap_or_else(PoisonError::into_inner);
        began(adding.insert_or_replace_all_expired(server))?;
        json(&client)
    }

    /// Adds the passkey that the device made; `answer` is what the browser says of it, as JSON.
    pub async fn finish_passkey(&self, caller: &Caller, site: &Site, name: &str, answer: &str) -> Result<(), Error> {
        let (login, _) = login_of(caller)?;
        let name = name.trim().to_owned();
        Refused::unless_plain("name", &name, 80)?;
        let answer = Registration::from_json_relaxed(answer.as_bytes()).map_err(refused)?;
        let challenge = answer.challenge_relaxed().map_err(refused)?;
        let begun = {
            let mut adding = self.0.ceremonies.adding.lock().unwrap_or_else(PoisonError::into_inner);
            adding.take(&challenge)
        };
        let begun = begun.ok_or_else(|| refused("nothing was begun, or it took too long"))?;
        let origins = [site.origin.as_str()];
        let options = RegistrationVerificationOptions::<&str, &str> {
            allowed_origins: &origins,
            error_on_unsolicited_extensions: false,
            ..RegistrationVerificationOptions::default()
        };
        let made = begun.verify(&site.rp_id()?, &answer, &options).map_err(refused)?;
        if made.user_id().as_ref() != login.to_be_bytes() {
            return Err(refused("it was begun by somebody else"));
        }
        let Ok(mut credential) = made.dynamic_state().encode().map(|state| state.to_vec());
        let Ok(key) = made.static_state().encode();
        credential.extend(key);
        let passkey = Passkey {
            id: made.id().as_ref().to_vec(),
            login,
            name,
            credential,
            made_us: self.now_us(),
            used_us: None,
        };
        let added = self
            .0
            .store
            .write(0, async move |db: &mut Db| books::insert(db, &passkey).await)
            .await?;
        added
            .then_some(())
            .ok_or_else(|| refused("this passkey was added before"))
    }

    /// Begins to sign somebody in by passkey: the options for `navigator.credentials.get`, as JSON.
    pub fn begin_sign_in(&self, site: &Site) -> Result<String, Error> {
        let rp_id = site.rp_id()?;
        let options = DiscoverableCredentialRequestOptions::passkey(&rp_id);
        let (server, client) = options.start_ceremony().map_err(Error::outside)?;
        let mut signing_in = self
            .0
            .ceremonies
            .signing_in
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        began(signing_in.insert_or_replace_all_expired(server))?;
        json(&client)
    }

    /// Signs somebody in by what their device signed.
    pub async fn finish_sign_in(&self, site: &Site, answer: &str) -> Result<Session, Error> {
        let login = self.shown_passkey(site, answer).await?;
        let lang = async move |db: &mut Db| store::access::lang(db, login).await;
        let lang = self.0.store.read(lang).await?.ok_or(Refused::Credentials)?;
        self.open_session(login, lang).await
    }

    /// Whose passkey signed; the counter that it showed is kept, so that a copy of it is noticed.
    async fn shown_passkey(&self, site: &Site, answer: &str) -> Result<i64, Error> {
        let answer = Authentication::<HANDLE, true>::from_json_relaxed(answer.as_bytes()).map_err(refused)?;
        let challenge = answer.challenge_relaxed().map_err(refused)?;
        let begun = {
            let signing_in = &self.0.ceremonies.signing_in;
            signing_in
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(&challenge)
        };
        let begun = begun.ok_or_else(|| refused("nothing was begun, or it took too long"))?;
        let id = answer.raw_id().as_ref().to_vec();
        let wanted = id.clone();
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| books::get(db, &wanted).await)
            .await?;
        let found = found.ok_or_else(|| refused("nobody here has this passkey"))?;
        let broken = || Error::outside("a stored passkey cannot be read");
        let (changing, fixed) = found.credential.split_at_checked(CHANGING).ok_or_else(broken)?;
        let changing: [u8; CHANGING] = changing.try_into().map_err(Error::outside)?;
        let changing = DynamicState::decode(changing).map_err(Error::outside)?;
        let key = StaticState::decode(fixed).map_err(Error::outside)?;
        let handle = UserHandle::from(found.login.to_be_bytes());
        let mut credential =
            AuthenticatedCredential::new(answer.raw_id(), &handle, key, changing).map_err(Error::outside)?;
        let origins = [site.origin.as_str()];
        let options = AuthenticationVerificationOptions::<&str, &str> {
            allowed_origins: &origins,
            error_on_unsolicited_extensions: false,
            ..AuthenticationVerificationOptions::default()
        };
        begun
            .verify(&site.rp_id()?, &answer, &mut credential, &options)
            .map_err(refused)?;
        let Ok(changed) = credential.dynamic_state().encode();
        let (credential, now_us) = ([&changed[..], fixed].concat(), self.now_us());
        let used = async move |db: &mut Db| books::used(db, &id, &credential, now_us).await;
        if self.0.store.write(0, used).await? {
            Ok(found.login)
        } else {
            Err(refused("this passkey was removed"))
        }
    }

    /// Calls a passkey of the caller something else.
    pub async fn rename_passkey(&self, caller: &Caller, id: &str, name: &str) -> Result<(), Error> {
        let (login, _) = login_of(caller)?;
        let name = name.trim().to_owned();
        Refused::unless_plain("name", &name, 80)?;
        let id = unhex(id).ok_or(Refused::NotFound("passkey"))?;
        let renamed = self
            .0
            .store
            .write(0, async move |db: &mut Db| books::rename(db, login, &id, &name).await)
            .await?;
        Ok(renamed.then_some(()).ok_or(Refused::NotFound("passkey"))?)
    }

    /// Removes a passkey of the caller. One that is gone is as good as removed.
    pub async fn remove_passkey(&self, caller: &Caller, id: &str) -> Result<(), Error> {
        let (login, _) = login_of(caller)?;
        let id = unhex(id).ok_or(Refused::NotFound("passkey"))?;
        self.0
            .store
            .write(0, async move |db: &mut Db| books::delete(db, login, &id).await)
            .await?;
        Ok(())
    }

    /// Changes the caller's password and ends their other sessions; `token` is the session that asks. `letter` tells
    /// the owner of the address.
    pub async fn change_password(
        &self,
        caller: &Caller,
        token: &str,
        (old, new): (&str, &str),
        letter: Letter,
    ) -> Result<(), Error> {
        let (login, account) = login_of(caller)?;
        let account = account.to_owned();
        self.prove(caller, None, &Proof::Password(old)).await?;
        let new = Password::new(new).map_err(|e| Refused::invalid("new", e.to_string()))?;
        let hash = self
            .heavy(move |app| app.0.passwords.hash(&new))
            .await?
            .map_err(Error::outside)?;
        let keep = fingerprint(token);
        let post = self.post(letter);
        let change = async move |db: &mut Db| {
            books::change_password(db, login, &hash, &keep).await?;
            post.to(db, &account).await
        };
        self.0.store.write(0, change).await?;
        self.0.jobs_wanted.notify_one();
        Ok(())
    }

    /// Checks that it is the caller who sits there, before something that cannot be undone.
    pub(crate) async fn prove(&self, caller: &Caller, site: Option<&Site>, proof: &Proof<'_>) -> Result<(), Error> {
        let (login, _) = login_of(caller)?;
        let right = match (proof, site) {
            (Proof::Passkey(answer), Some(site)) => self.shown_passkey(site, answer).await? == login,
            (Proof::Passkey(_), None) => false,
            (Proof::Password(text), _) => {
                let known = self
                    .0
                    .store
                    .read(async move |db: &mut Db| books::password(db, login).await)
                    .await?;
                let (Some((_, hash)), Ok(password)) = (known, Password::new(*text)) else {
                    return Err(Refused::Credentials.into());
                };
                self.heavy(move |app| app.0.passwords.verify(&password, &hash))
                    .await?
                    .map_err(Error::outside)?
            }
        };
        Ok(right.then_some(()).ok_or(Refused::Credentials)?)
    }
}

/// What shows that it is still the same person.
#[derive(Debug, Clone, Copy)]
pub enum Proof<'a> {
    /// The password, typed again.
    Password(&'a str),
    /// What a passkey signed for a ceremony that [`App::begin_sign_in`] began, as JSON.
    Passkey(&'a str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_encrypted_or_this_machine_and_has_a_name() {
        for (url, host) in [
            ("https://carbon.example", Some("carbon.example")),
            ("https://Carbon.Example:8443/", Some("carbon.example")),
            ("http://localhost:8080", Some("localhost")),
            ("http://carbon.example", None),
            ("https://127.0.0.1:8080", None),
            ("https://carbon.example/app", None),
            ("carbon.example", None),
            ("", None),
        ] {
            assert_eq!(Site::of(url).map(|site| site.host).as_deref(), host, "{url}");
        }
    }

    #[test]
    fn an_id_survives_its_digits() {
        let id = [0, 1, 0xfe, 0xff];
        assert_eq!(unhex(&hex(&id)).unwrap(), id);
        for bad in ["0", "zz", "0é"] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }
}
