//! Partners: letting them in, and the log of what they sent.
//!
//! The log counts in memory and is written once a second, and on closing, so that reporting an act never waits for it:
//! a crash may lose a second of this log, never of the books.

mod signing;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::activity::retry_key;
use domain::measure::{ParticipantId, PartnerId, bucket_of};
use domain::programme::{Deed, Programme, Scope};
use outside::chance::{fingerprint, random_id};
use serde::{Deserialize, Serialize};
use store::access::{self, Holder};
use store::partner::{self as books, FAULTS_KEPT, Fault, Hour, Partner};
use store::{Db, StoreError};

pub use self::signing::SetSigning;
use crate::access::secret;
use crate::{App, Caller, Error, Key, Receipt, RecordView, Refused, Who};

/// What a new partner is given; the secret is shown once and not kept.
#[derive(Clone, Serialize, Deserialize)]
pub struct PartnerCredentials {
    /// Its id.
    pub id: PartnerId,
    /// The client id of OAuth 2.0.
    pub client_id: String,
    /// The client secret of OAuth 2.0.
    pub client_secret: String,
}

/// An access token of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerToken {
    /// The secret to show from now on.
    pub token: String,
    /// For how long, in seconds.
    pub seconds: i64,
    /// What it lets the partner do.
    pub scopes: Vec<Scope>,
}

/// A partner, as staff sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerView {
    /// Its id.
    pub id: PartnerId,
    /// Its name.
    pub name: String,
    /// The client id of OAuth 2.0.
    pub client_id: String,
    /// What it was let in for.
    pub scopes: Vec<Scope>,
    /// Whether it may come in.
    pub open: bool,
    /// When it was added, microseconds since the epoch; none if that was not noted.
    pub made_us: Option<i64>,
    /// Whether it must sign what it sends.
    pub signs: bool,
}

/// What a partner sent of late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedView {
    /// By hours since the epoch, only those in which something came.
    pub hours: Vec<(i64, Hour)>,
    /// The last events of which nothing could be kept, newest first.
    pub faults: Vec<Fault>,
}

const TOKEN_SECONDS: i64 = 3_600;
const HOUR_US: i64 = 3_600_000_000;

/// What was counted since the log was last written.
#[derive(Debug, Default)]
pub(crate) struct Feed(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    hours: HashMap<(PartnerId, i64), Hour>,
    faults: HashMap<PartnerId, Vec<(i64, Fault)>>,
}

impl Feed {
    fn take(&self) -> Counted {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(crate) fn who(partner: Partner, asked: Option<&[Scope]>) -> Who {
    let mut scopes = partner.scopes;
    scopes.retain(|scope| asked.is_none_or(|asked| asked.contains(scope)));
    Who::Partner {
        id: partner.id,
        programme: partner.programme,
        name: partner.name,
        scopes,
        signs: partner.signs,
    }
}

/// What a note about a partner is about.
fn about(id: PartnerId) -> String {
    format!("partner {id}")
}

fn view(partner: Partner) -> PartnerView {
    PartnerView {
        id: partner.id,
        name: partner.name,
        client_id: partner.client,
        scopes: partner.scopes,
        open: partner.open,
        made_us: Some(partner.made_us).filter(|made_us| *made_us > 0),
        signs: partner.signs,
    }
}

impl App {
    /// Adds a partner to a programme. Asking again under the same key adds none, and does not show the secret again.
    pub async fn create_partner(
        &self,
        caller: &Caller,
        programme: &Programme,
        name: &str,
        scopes: &[Scope],
        key: Option<Key>,
    ) -> Result<PartnerCredentials, Error> {
        caller.may(Deed::ManageAccess, programme.id, None)?;
        Refused::unless_plain("name", name.trim(), 80)?;
        if scopes.is_empty() {
            return Err(Refused::invalid("scopes", "at least one is needed").into());
        }
        let id = PartnerId::new(random_id().map_err(Error::outside)?);
        let credentials = PartnerCredentials {
            id,
            client_id: format!("partner-{id}"),
            client_secret: secret("pk_")?,
        };
        let partner = Partner {
            id,
            programme: programme.id,
            name: name.trim().to_owned(),
            client: credentials.client_id.clone(),
            secret: fingerprint(&credentials.client_secret).to_vec(),
            open: true,
            scopes: scopes.to_vec(),
            made_us: self.now_us(),
            signs: false,
        };
        let note = self.note(caller, programme.id, "partner.create", about(id), &*partner.name);
        let added = self
            .once(bucket_of(id.number()), key, async move |db: &mut Db| {
                books::insert(db, &partner).await?;
                note.write(db).await?;
                Ok(Ok(partner.id.number()))
            })
            .await?;
        if added == id.number() {
            Ok(credentials)
        } else {
            Err(Refused::Settled("this partner was added before; rotate its secret if it was lost").into())
        }
    }

    /// Gives a partner an access token for its credentials (OAuth 2.0 client credentials), for all of its scopes or
    /// those that it asks for, with spaces between them.
    pub async fn partner_token(
        &self,
        client_id: &str,
        client_secret: &str,
        scope: Option<&str>,
    ) -> Result<PartnerToken, Error> {
        let (client, hash) = (client_id.replace('\0', " "), fingerprint(client_secret));
        let partner = self
            .0
            .store
            .read(async move |db: &mut Db| books::by_client(db, &client).await)
            .await?;
        // both sides are hashes of 256 random bits: comparing them tells nothing about the secret
        let partner = partner.filter(|partner| partner.open && partner.secret == hash);
        let Some(partner) = partner else {
            return Err(Refused::Credentials.into());
        };
        let asked = match scope.map(Scope::list) {
            None => None,
            Some(Ok(scopes)) if scopes.iter().all(|scope| partner.scopes.contains(scope)) => {
                Some(scopes).filter(|scopes| !scopes.is_empty())
            }
            Some(_) => {
                let granted = Scope::words(&partner.scopes);
                return Err(Refused::invalid("scope", format!("this partner may ask for: {granted}")).into());
            }
        };
        let token = secret("pt_")?;
        let (hash, now_us, id) = (fingerprint(&token), self.now_us(), partner.id);
        let narrowed = asked.clone();
        self.0
            .store
            .write(hash[0], async move |db: &mut Db| {
                let expires_us = now_us + TOKEN_SECONDS * 1_000_000;
                access::insert_token(db, &hash, Holder::Partner(id), now_us, expires_us).await?;
                match &narrowed {
                    Some(scopes) => books::narrow_token(db, &hash, scopes).await,
                    None => Ok(()),
                }
            })
            .await?;
        Ok(PartnerToken {
            token,
            seconds: TOKEN_SECONDS,
            scopes: asked.unwrap_or(partner.scopes),
        })
    }

    /// The partners of a programme, by name.
    pub async fn partners(&self, caller: &Caller, programme: &Programme) -> Result<Vec<PartnerView>, Error> {
        caller.may(Deed::ReadPartners, programme.id, None)?;
        let programme = programme.id;
        let partners = self
            .0
            .store
            .read(async move |db: &mut Db| books::all(db, programme).await)
            .await?;
        Ok(partners.into_iter().map(view).collect())
    }

    /// A partner of a programme.
    pub async fn partner(&self, caller: &Caller, programme: &Programme, id: PartnerId) -> Result<PartnerView, Error> {
        caller.may(Deed::ReadPartners, programme.id, None)?;
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| books::get(db, id).await)
            .await?;
        let partner = found.filter(|partner| partner.programme == programme.id);
        Ok(view(partner.ok_or(Refused::NotFound("partner"))?))
    }

    /// Changes a partner in its own transaction, and notes the deed.
    async fn change_partner(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: PartnerId,
        deed: &'static str,
        change: impl Fn(&mut Partner) -> bool + Send + 'static,
    ) -> Result<PartnerView, Error> {
        caller.may(Deed::ManageAccess, programme.id, None)?;
        let programme = programme.id;
        let note = self.note(caller, programme, deed, about(id), "");
        let changed = self
            .0
            .store
            .write(bucket_of(id.number()), async move |db: &mut Db| {
                let found = books::get(db, id).await?;
                let Some(mut partner) = found.filter(|partner| partner.programme == programme) else {
                    return Ok(Err(Refused::NotFound("partner")));
                };
                if change(&mut partner) {
                    books::delete_tokens(db, id).await?;
                }
                books::update(db, &partner).await?;
                note.with_detail(&*partner.name).write(db).await?;
                Ok(Ok(view(partner)))
            })
            .await??;
        Ok(changed)
    }

    /// Changes what a partner may do; takes effect on tokens that are in use.
    pub async fn set_partner_scopes(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: PartnerId,
        scopes: &[Scope],
    ) -> Result<PartnerView, Error> {
        if scopes.is_empty() {
            return Err(Refused::invalid("scopes", "at least one is needed").into());
        }
        let scopes = scopes.to_vec();
        let change = move |partner: &mut Partner| {
            partner.scopes.clone_from(&scopes);
            false
        };
        self.change_partner(caller, programme, id, "partner.scopes", change)
            .await
    }

    /// Gives a partner a new secret, which is shown once. The old one and every token are out of force at once.
    pub async fn rotate_partner_secret(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: PartnerId,
    ) -> Result<PartnerCredentials, Error> {
        let client_secret = secret("pk_")?;
        let hash = fingerprint(&client_secret).to_vec();
        let change = move |partner: &mut Partner| {
            partner.secret.clone_from(&hash);
            true
        };
        let changed = self
            .change_partner(caller, programme, id, "partner.rotate", change)
            .await?;
        Ok(PartnerCredentials {
            id,
            client_id: changed.client_id,
            client_secret,
        })
    }

    /// Lets a partner in, or no longer; on closing its tokens end.
    pub async fn open_partner(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: PartnerId,
        open: bool,
    ) -> Result<PartnerView, Error> {
        let deed = if open { "partner.open" } else { "partner.close" };
        let change = move |partner: &mut Partner| {
            partner.open = open;
            !open
        };
        self.change_partner(caller, programme, id, deed, change).await
    }

    /// What a partner sent since an instant, and its last faults.
    pub async fn feed(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: PartnerId,
        since_us: i64,
    ) -> Result<FeedView, Error> {
        self.partner(caller, programme, id).await?;
        self.flush_feed().await?;
        let view = async move |db: &mut Db| {
            Ok(FeedView {
                hours: books::hours(db, id, since_us.div_euclid(HOUR_US)).await?,
                faults: books::faults(db, id, u32::try_from(FAULTS_KEPT).unwrap_or(u32::MAX)).await?,
            })
        };
        Ok(self.0.store.read(view).await?)
    }

    /// The record that came of a partner's event, if one did.
    pub async fn partner_event(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: PartnerId,
        event: &str,
    ) -> Result<Option<RecordView>, Error> {
        self.partner(caller, programme, id).await?;
        // a partner's events are its own, whoever took part
        let key = retry_key(programme.id.number(), id.number(), ParticipantId::new(0), event);
        let entry = self
            .0
            .store
            .read(async move |db: &mut Db| store::activity::entry_by_claim(db, &key).await)
            .await?;
        let catalogue = self.catalogue();
        let shown = entry.map(|entry| RecordView::of_entry(&catalogue, &entry, None, None));
        Ok(shown.transpose()?)
    }

    /// Counts what a partner sent, by the answers it was given; `events` are its own names, in the same order.
    pub(crate) fn count_feed(
        &self,
        caller: &Caller,
        events: &[Option<std::borrow::Cow<'_, str>>],
        answers: &[Result<Receipt, Refused>],
    ) {
        let Who::Partner { id, .. } = &caller.who else { return };
        let now_us = self.now_us();
        let (mut sent, mut faults) = (Hour::default(), Vec::new());
        for (event, answer) in events.iter().zip(answers) {
            match answer {
                Ok(receipt) if receipt.repeated => sent.repeated += 1,
                Ok(receipt) if receipt.reason.is_some() => sent.refused += 1,
                Ok(receipt) => {
                    sent.credited += 1;
                    sent.mg = sent.mg.saturating_add(receipt.credited_mg);
                }
                Err(refused) => {
                    sent.faulty += 1;
                    if faults.len() < FAULTS_KEPT {
                        faults.push((self.next_id(), fault(now_us, event.as_deref(), refused)));
                    }
                }
            }
        }
        let mut counted = self.0.feed.0.lock().unwrap_or_else(PoisonError::into_inner);
        add(
            counted.hours.entry((*id, now_us.div_euclid(HOUR_US))).or_default(),
            &sent,
        );
        if !faults.is_empty() {
            let kept = counted.faults.entry(*id).or_default();
            kept.extend(faults);
            let over = kept.len().saturating_sub(FAULTS_KEPT);
            kept.drain(..over);
        }
    }

    /// Writes what was counted since the last time.
    pub async fn flush_feed(&self) -> Result<(), Error> {
        let counted = self.0.feed.take();
        if counted.hours.is_empty() {
            return Ok(());
        }
        let counted = std::sync::Arc::new(counted);
        let written = std::sync::Arc::clone(&counted);
        let write = async move |db: &mut Db| -> Result<(), StoreError> {
            for ((partner, hour), sent) in &written.hours {
                books::add_hour(db, *partner, *hour, sent).await?;
            }
            for (partner, faults) in &written.faults {
                books::add_faults(db, *partner, faults).await?;
            }
            Ok(())
        };
        if let Err(error) = self.0.store.write(0, write).await {
            let mut now = self.0.feed.0.lock().unwrap_or_else(PoisonError::into_inner);
            for (key, sent) in &counted.hours {
                add(now.hours.entry(*key).or_default(), sent);
            }
            return Err(error.into());
        }
        Ok(())
    }
}

fn add(hour: &mut Hour, more: &Hour) {
    hour.credited += more.credited;
    hour.refused += more.refused;
    hour.repeated += more.repeated;
    hour.faulty += more.faulty;
    hour.mg = hour.mg.saturating_add(more.mg);
}

/// PostgreSQL keeps no zero byte, and nobody reads more than a line of each.
fn fault(at_us: i64, event: Option<&str>, refused: &Refused) -> Fault {
    let short = |text: &str, most: usize| -> String { text.chars().filter(|c| *c != '\0').take(most).collect() };
    Fault {
        at_us,
        event: short(event.unwrap_or_default(), 128),
        code: refused.code().to_owned(),
        detail: short(&refused.to_string(), 300),
    }
}
