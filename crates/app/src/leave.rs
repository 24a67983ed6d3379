//! Closing an account: who it was is forgotten, the books stay whole.

use domain::measure::{ParticipantId, bucket_of};
use domain::participant::Kind;
use domain::programme::{Deed, Programme};
use domain::rewards::State;
use store::{Db, StoreError, leave as books, participant, people, rewards};

use crate::{App, Caller, Error, Proof, Refused, Site};

/// Orders called off before an account is closed; more than anybody has.
const MOST_ORDERS: u32 = 10_000;

impl App {
    /// Closes an account for good. Orders that wait are called off. Name, references, login (if it was for this
    /// alone), photos and what was written go; consents end. The bookings stay under a number that names nobody, with
    /// the points that were left, which nobody can spend any more. Says whether the login is gone too.
    ///
    /// One who was frozen may leave as well. Of several people in charge of a small entity, the last one closes it.
    pub async fn leave(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
        site: Option<&Site>,
        proof: &Proof<'_>,
    ) -> Result<bool, Error> {
        caller.may(Deed::Leave, programme.id, Some(id))?;
        self.readable(caller, programme, id).await?;
        self.prove(caller, site, proof).await?;
        self.call_off(caller, programme, id).await?;
        let (login, words) = (caller.person(), caller.words());
        let (now_us, job) = (self.now_us(), self.next_id());
        let gone = self
            .0
            .store
            .write(bucket_of(id.number()), async move |db: &mut Db| {
                let (Some(before), Some(_)) = (participant::get(db, id).await?, participant::profile(db, id).await?)
                else {
                    return Ok(Err(Refused::NotFound("participant")));
                };
                if before.kind == Kind::SmallEntity && people::in_charge(db, id).await?.len() > 1 {
                    return Ok(Err(Refused::Settled("others are in charge too")));
                }
                if waiting(db, id).await?.is_some() {
                    return Err(StoreError::Conflict("an order was made meanwhile".to_owned()));
                }
                books::close(db, &before, &words, now_us).await?;
                store::job::ask(db, job, "forget", &format!("{} 0", id.number()), now_us).await?;
                Ok(Ok(books::forget_login(db, login).await?))
            })
            .await??;
        // what partners call it may be given to somebody else from now on
        self.0
            .references
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .retain(|_, known| *known != id);
        self.forget_alias(id);
        self.0.jobs_wanted.notify_one();
        Ok(gone)
    }

    async fn call_off(&self, caller: &Caller, programme: &Programme, id: ParticipantId) -> Result<(), Error> {
        loop {
            let order = self
                .0
                .store
                .read(async move |db: &mut Db| waiting(db, id).await)
                .await?;
            let Some(order) = order else { return Ok(()) };
            match self.cancel_order(caller, programme, id, order).await {
                Ok(_) | Err(Error::Refused(Refused::Reward(domain::rewards::Refused::Settled))) => {}
                Err(other) => return Err(other),
            }
        }
    }

    /// Wipes the photos of somebody who left: the job behind [`App::leave`].
    pub(crate) async fn forget_photos(&self, id: ParticipantId) -> Result<(), Error> {
        let photos = self
            .0
            .store
            .read(async move |db: &mut Db| {
                if participant::profile(db, id).await?.is_some() {
                    return Ok(Vec::new());
                }
                let mut photos = Vec::new();
                for (submission, blob) in books::photos(db, id).await? {
                    photos.push((submission, books::shared(db, id, &blob).await?, blob));
                }
                Ok(photos)
            })
            .await?;
        for (submission, shared, blob) in photos {
            if let (false, Ok(name)) = (shared, blob.parse()) {
                self.heavy(move |app| app.0.blobs.delete(&name))
                    .await?
                    .map_err(Error::outside)?;
            }
            let forget = async move |db: &mut Db| books::forget_submission(db, id, submission).await;
            self.0.store.write(bucket_of(id.number()), forget).await?;
        }
        Ok(())
    }
}

/// An order that still holds points.
async fn waiting(db: &mut Db, id: ParticipantId) -> Result<Option<domain::measure::OrderId>, StoreError> {
    let orders = rewards::orders(db, id, MOST_ORDERS).await?;
    let waits = orders.into_iter().find(|found| found.order.state == State::Reserved);
    Ok(waits.map(|found| found.order.id))
}
