//! What a programme's own systems are told of prizes: leave days that were won, for the employer's.
//!
//! Shape: the transaction of the fact asks for a job that holds the whole event; the job signs it and sends it until the
//! receiver takes it. An event keeps its id, so that a receiver may get it twice and counts it once.

use std::sync::Arc;

use domain::competition::What;
use domain::measure::{Id, ProgrammeId};
use domain::programme::{Deed, Programme};
use outside::hook::{Hook as Line, HookError};
use outside::signature::Secret;
use serde::{Deserialize, Serialize};
use store::competition::{Stored, StoredAward};
use store::hook as books;
use store::{Db, StoreError, participant};

use super::prizes::what;
use crate::{App, Caller, Error, Refused};

/// What operators see of a hook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HookView {
    /// The address.
    pub url: String,
    /// How many events were delivered.
    pub sent: i64,
    /// Why the last could not be, if it could not.
    pub problem: Option<String>,
}

/// A hook that was set, with what its events are signed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NewHook {
    /// The address.
    pub url: String,
    /// The secret of the Standard Webhooks specification, `whsec_…`; shown once.
    pub secret: String,
}

/// An event in the JSON format of CloudEvents 1.0.
#[derive(Serialize)]
struct Event<'a> {
    specversion: &'static str,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: &'static str,
    time: String,
    datacontenttype: &'static str,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    programme: &'a str,
    competition: Id,
    competition_title: &'a domain::measure::Text,
    prize: i64,
    half_days: u32,
    participant: domain::measure::ParticipantId,
    /// What a partner calls the winner.
    reference: Option<String>,
    /// The names of the accounts of the winner.
    accounts: Vec<String>,
    revision: i64,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
}

/// What a job that delivers holds.
#[derive(Serialize, Deserialize)]
struct Delivery {
    programme: ProgrammeId,
    id: String,
    body: String,
}

/// A prize was won.
const WON: &str = "org.puhui.prize.won";
/// A prize was taken back.
const TAKEN_BACK: &str = "org.puhui.prize.taken_back";

impl App {
    /// Tells of leave that somebody won, in the transaction of the fact.
    pub(super) async fn hook_won(&self, db: &mut Db, stored: &Stored, award: &StoredAward) -> Result<(), StoreError> {
        self.hook(db, stored, award, WON, "").await
    }

    /// Tells of leave that was taken back.
    pub(super) async fn hook_taken_back(
        &self,
        db: &mut Db,
        stored: &Stored,
        award: &StoredAward,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.hook(db, stored, award, TAKEN_BACK, reason).await
    }

    async fn hook(
        &self,
        db: &mut Db,
        stored: &Stored,
        award: &StoredAward,
        kind: &'static str,
        reason: &str,
    ) -> Result<(), StoreError> {
        let What::Leave { half_days } = *what(stored, award.prize)? else {
            return Ok(());
        };
        if books::hook(db, stored.programme.number()).await?.is_none() {
            return Ok(());
        }
        let slug = self
            .catalogue()
            .programme_by_id(stored.programme)
            .map(|one| one.slug.clone());
        let slug = slug.map_err(|e| StoreError::Engine(e.to_string()))?;
        let (who, now_us) = (award.participant, self.now_us());
        let word = if kind == WON { "won" } else { "back" };
        let (competition, revision) = (Id::new(stored.id), stored.revision);
        let id = format!("{word}-{competition}-{}-{who}-{revision}", award.prize);
        let charge = store::people::in_charge(db, who).await?;
        let event = Event {
            specversion: "1.0",
            id: id.clone(),
            source: format!("/programmes/{slug}/competitions/{competition}"),
            kind,
            time: jiff::Timestamp::from_microsecond(now_us).map_or_else(|_| String::new(), |at| at.to_string()),
            datacontenttype: "application/json",
            data: Data {
                programme: &slug,
                competition,
                competition_title: &stored.title,
                prize: award.prize,
                half_days,
                participant: who,
                reference: participant::reference_of(db, stored.programme, who).await?,
                accounts: charge.into_iter().map(|(_, account)| account).collect(),
                revision,
                reason,
            },
        };
        let text =
            |value: Result<String, serde_json::Error>| value.map_err(|e| StoreError::Engine(format!("event: {e}")));
        let delivery = Delivery {
            programme: stored.programme,
            id,
            body: text(serde_json::to_string(&event))?,
        };
        let payload = text(serde_json::to_string(&delivery))?;
        store::job::ask(db, self.next_id(), "hook", &payload, now_us).await
    }

    /// Sends an event: the job. What is not taken is tried again later.
    pub(crate) async fn deliver(&self, payload: &str) -> Result<(), Error> {
        let delivery: Delivery = serde_json::from_str(payload).map_err(Error::outside)?;
        let programme = delivery.programme.number();
        let look = async move |db: &mut Db| books::hook(db, programme).await;
        let Some(hook) = self.0.store.read(look).await? else {
            // nobody listens any more
            return Ok(());
        };
        let line = Line {
            url: hook.url,
            secret: Secret::from_bytes(&hook.secret).map_err(Error::outside)?,
        };
        let seconds = self.now_us() / 1_000_000;
        let sent = tokio::task::spawn_blocking(move || line.send(&delivery.id, seconds, delivery.body.as_bytes()))
            .await
            .map_err(Error::outside)?;
        let problem = sent.as_ref().err().map(HookError::to_string);
        let note = async move |db: &mut Db| books::note_hook(db, programme, problem.as_deref()).await;
        self.0.store.write(0, note).await?;
        sent.map_err(Error::outside)
    }

    /// Says where a programme's own systems hear of leave days, and gives out what events are signed with: once. An
    /// address that was set before, and its secret, hold no longer.
    pub async fn set_hook(&self, caller: &Caller, programme: &Programme, url: &str) -> Result<NewHook, Error> {
        caller.may(Deed::ManageAccess, programme.id, None)?;
        let url = url.trim().to_owned();
        Refused::unless_plain("url", &url, 500)?;
        if let Err(error) = outside::hook::check(&url) {
            return Err(Refused::invalid("url", error.to_string()).into());
        }
        let secret = Secret::random().map_err(Error::outside)?;
        let new = NewHook {
            url: url.clone(),
            secret: secret.reveal(),
        };
        let (id, now_us) = (programme.id.number(), self.now_us());
        let note = self.note(
            caller,
            programme.id,
            "hook.set",
            format!("programme {}", programme.id),
            &*url,
        );
        let hook = books::Hook {
            url,
            secret: secret.bytes().to_vec(),
            sent: 0,
            problem: None,
        };
        let set = async move |db: &mut Db| {
            books::set_hook(db, id, &hook, now_us).await?;
            note.write(db).await
        };
        self.0.store.write(0, set).await?;
        Ok(new)
    }

    /// Where a programme's own systems hear of leave days, without the secret.
    pub async fn hook_view(&self, caller: &Caller, programme: &Arc<Programme>) -> Result<Option<HookView>, Error> {
        caller.may(Deed::ReadSettings, programme.id, None)?;
        let id = programme.id.number();
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| books::hook(db, id).await)
            .await?;
        Ok(found.map(|hook| HookView {
            url: hook.url,
            sent: hook.sent,
            problem: hook.problem,
        }))
    }
}
