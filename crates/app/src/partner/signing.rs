//! Signed events: a partner with a key signs what it sends, so that a token alone is not enough to report in its name.
//!
//! One invariant: the key leaves the books only to check a signature, and its secret is shown once, when it is made. No
//! note, answer or log holds either.

use domain::measure::{PartnerId, bucket_of};
use domain::programme::{Deed, Programme};
use outside::chance::random_id;
use outside::signature::{Headers, Secret, SignatureError, verify};
use store::Db;
use store::partner as books;

use super::about;
use crate::{App, Caller, Error, Key, Refused, Who};

/// What becomes of a partner's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetSigning {
    /// It gets one, and must sign from now on.
    On,
    /// It gets another; the one that it has is good for a day.
    Renew,
    /// It has none any more, and need not sign.
    Off,
}

impl SetSigning {
    /// Every one.
    pub const ALL: [SetSigning; 3] = [SetSigning::On, SetSigning::Renew, SetSigning::Off];

    /// Its name in forms.
    pub const fn name(self) -> &'static str {
        match self {
            SetSigning::On => "on",
            SetSigning::Renew => "renew",
            SetSigning::Off => "off",
        }
    }

    const fn deed(self) -> &'static str {
        match self {
            SetSigning::On => "partner.sign",
            SetSigning::Renew => "partner.sign_renew",
            SetSigning::Off => "partner.sign_off",
        }
    }
}

/// For how long the key before a new one is good.
const BEFORE_US: i64 = 24 * 3_600 * 1_000_000;

impl App {
    /// Makes a partner sign what it sends, or no longer. Gives the new secret, which is shown once; none on turning it
    /// off. Asking again under the same key changes nothing, and does not show the secret again.
    pub async fn set_signing(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: PartnerId,
        to: SetSigning,
        key: Option<Key>,
    ) -> Result<Option<String>, Error> {
        caller.may(Deed::ManageAccess, programme.id, None)?;
        let programme = programme.id;
        let secret = match to {
            SetSigning::On | SetSigning::Renew => Some(Secret::random().map_err(Error::outside)?),
            SetSigning::Off => None,
        };
        let mark = random_id().map_err(Error::outside)?;
        let (new, before_until_us) = (secret.clone(), self.now_us() + BEFORE_US);
        let note = self.note(caller, programme, to.deed(), about(id), "");
        let done = self
            .once(bucket_of(id.number()), key, async move |db: &mut Db| {
                let found = books::get(db, id).await?;
                let Some(partner) = found.filter(|partner| partner.programme == programme) else {
                    return Ok(Err(Refused::NotFound("partner")));
                };
                match (to, partner.signs) {
                    (SetSigning::On, true) => {
                        let why = "its events are signed already; renew the secret if it was lost";
                        return Ok(Err(Refused::Settled(why)));
                    }
                    (SetSigning::Renew, false) => {
                        return Ok(Err(Refused::Settled("its events are not signed; turn that on first")));
                    }
                    (SetSigning::Off, false) => return Ok(Ok(mark)),
                    _ => {}
                }
                match &new {
                    Some(new) => books::renew_signing_key(db, id, new.bytes(), before_until_us).await?,
                    None => books::delete_signing_keys(db, id).await?,
                }
                note.with_detail(&*partner.name).write(db).await?;
                Ok(Ok(mark))
            })
            .await?;
        if done != mark && secret.is_some() {
            let why = "this was done before, and the secret was shown then; renew it if it was lost";
            return Err(Refused::Settled(why).into());
        }
        Ok(secret.map(|secret| secret.reveal()))
    }

    /// Checks that a partner which must sign has signed this very body of late. An id of a message is taken once:
    /// again with the same body it passes, since events are known by their own names, with another it is
    /// [`Refused::KeyReused`]. Everybody else passes, and nothing is read for them.
    pub async fn check_signature(&self, caller: &Caller, headers: Headers<'_>, body: &[u8]) -> Result<(), Error> {
        let Who::Partner { id, signs: true, .. } = caller.who else {
            return Ok(());
        };
        let now_us = self.now_us();
        let keys = self
            .0
            .store
            .read(async move |db: &mut Db| books::signing_keys(db, id, now_us).await)
            .await?;
        if keys.is_empty() {
            return Ok(()); // turned off in this very moment
        }
        let secrets: Result<Vec<Secret>, SignatureError> = keys.iter().map(|key| Secret::from_bytes(key)).collect();
        let secrets = secrets.map_err(Error::outside)?;
        let signed = verify(headers, body, &secrets, now_us).map_err(Refused::from)?;
        let key = Key::new(caller, "signature", signed.id, body);
        self.once(bucket_of(id.number()), Some(key), async |_: &mut Db| Ok(Ok(())))
            .await
    }
}
