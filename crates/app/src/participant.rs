//! Participants: enrolling, consents, balances.

use domain::measure::{ParticipantId, bucket_of};
use domain::participant::{Consent, Consents, Kind};
use domain::programme::{Deed, Programme};
use outside::chance::random_id;
use serde::{Deserialize, Serialize};
use store::Db;
use store::participant::{self as books, Participant};

use crate::{App, Caller, Error, Key, Refused};

/// What is asked of somebody who joins.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewParticipant {
    /// Person or small entity.
    #[schema(value_type = String)]
    pub kind: Kind,
    /// What others see; 1 to 40 characters.
    pub alias: String,
    /// `zh` or `en`.
    #[serde(default)]
    pub lang: String,
    /// What the partner calls it, unique in the programme.
    pub reference: Option<String>,
    /// Consents given.
    #[schema(value_type = Vec<String>)]
    pub consents: Vec<Consent>,
}

/// A participant, as shown.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ParticipantView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: ParticipantId,
    /// Person or small entity.
    #[schema(value_type = String)]
    pub kind: Kind,
    /// Whether the account is open.
    pub open: bool,
    /// What others see.
    pub alias: Option<String>,
    /// `zh` or `en`.
    pub lang: Option<String>,
    /// Consents in force.
    #[schema(value_type = Vec<String>)]
    pub consents: Vec<Consent>,
}

/// What a participant has.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct BalanceView {
    /// Reductions credited and not taken back, in mg CO2e.
    pub reduction_mg: i64,
    /// Points that can be spent, in thousandths.
    pub points_available_milli: i64,
    /// Points held for orders, in thousandths.
    pub points_held_milli: i64,
    /// Points earned in all, in thousandths.
    pub points_earned_milli: i64,
    /// Points spent or taken back, in thousandths.
    pub points_gone_milli: i64,
}

impl App {
    /// Enrols a participant. A reference that is known gives its participant again.
    pub async fn register_participant(
        &self,
        caller: &Caller,
        programme: &Programme,
        new: NewParticipant,
        key: Option<Key>,
    ) -> Result<ParticipantView, Error> {
        caller.may(Deed::RegisterParticipant, programme.id, None)?;
        unless_printable(&new.alias)?;
        if let Some(reference) = &new.reference {
            Refused::unless_plain("reference", reference, 128)?;
        }
        let lang = known_lang(&new.lang)?;
        unless_agreed(&new.consents)?;
        let row = books::NewParticipant {
            id: ParticipantId::new(random_id().map_err(Error::outside)?),
            programme: programme.id,
            kind: new.kind,
            alias: new.alias,
            lang: lang.to_owned(),
            reference: new.reference,
            consents: new.consents.into_iter().fold(Consents::default(), Consents::with),
            made_by: caller.words(),
        };
        let now_us = self.now_us();
        self.once(bucket_of(row.id.number()), key, async move |db: &mut Db| {
            let id = match books::insert(db, &row, now_us).await? {
                Ok(()) => row.id,
                Err(holder) => holder,
            };
            let Some(participant) = books::get(db, id).await? else {
                return Ok(Err(Refused::NotFound("participant")));
            };
            Ok(Ok(view(&participant, books::profile(db, id).await?)))
        })
        .await
    }

    /// A participant that the caller may read, and its programme's right to be asked about.
    pub(crate) async fn readable(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
    ) -> Result<Participant, Error> {
        caller.may(Deed::ReadParticipant, programme.id, Some(id))?;
        let programme = programme.id;
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| books::get(db, id).await)
            .await?;
        Ok(found
            .filter(|found| found.programme == programme)
            .ok_or(Refused::NotFound("participant"))?)
    }

    /// A participant, as shown.
    pub async fn participant(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
    ) -> Result<ParticipantView, Error> {
        let participant = self.readable(caller, programme, id).await?;
        if !caller.knows(programme.id, id) {
            return Ok(view(&participant, None));
        }
        let profile = self
            .0
            .store
            .read(async move |db: &mut Db| books::profile(db, id).await)
            .await?;
        Ok(view(&participant, profile))
    }

    /// What a participant has.
    pub async fn balances(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
    ) -> Result<BalanceView, Error> {
        let participant = self.readable(caller, programme, id).await?;
        Ok(BalanceView {
            reduction_mg: participant.reduction().mg(),
            points_available_milli: participant.available().milli(),
            points_held_milli: participant.points_held.milli(),
            points_earned_milli: participant.points_in.milli(),
            points_gone_milli: participant.points_out.milli(),
        })
    }

    /// Gives or withdraws a consent, in force from now on.
    pub async fn set_consent(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
        consent: Consent,
        given: bool,
    ) -> Result<Vec<Consent>, Error> {
        caller.may(Deed::ChangeConsent, programme.id, Some(id))?;
        let (programme, words, now_us) = (programme.id, caller.words(), self.now_us());
        let consents = self
            .0
            .store
            .write(bucket_of(id.number()), async move |db: &mut Db| {
                let before = books::get(db, id).await?.filter(|p| p.programme == programme);
                let Some(before) = before else {
                    return Ok(Err(Refused::NotFound("participant")));
                };
                books::set_consent(db, &before, consent, given, &words, now_us)
                    .await
                    .map(Ok)
            })
            .await??;
        Ok(consents.iter().collect())
    }
}

/// Refuses an alias that is empty, too long or cannot be shown.
pub(crate) fn unless_printable(alias: &str) -> Result<(), Refused> {
    let letters = alias.chars().count();
    if !(1..=40).contains(&letters) || alias.chars().any(char::is_control) {
        return Err(Refused::invalid("alias", "needs 1 to 40 printable characters"));
    }
    Ok(())
}

/// The language that is meant; Chinese where none was said.
pub(crate) fn known_lang(lang: &str) -> Result<&'static str, Refused> {
    match lang {
        "" | "zh" => Ok("zh"),
        "en" => Ok("en"),
        other => Err(Refused::invalid("lang", format!("\"{other}\" is neither zh nor en"))),
    }
}

/// Refuses those who do not agree to take part at all.
pub(crate) fn unless_agreed(consents: &[Consent]) -> Result<(), Refused> {
    if consents.contains(&Consent::Programme) {
        return Ok(());
    }
    let what = "nobody takes part without consenting to \"programme\"";
    Err(Refused::invalid("consents", what))
}

fn view(participant: &Participant, profile: Option<books::Profile>) -> ParticipantView {
    let (alias, lang) = profile.map(|profile| (profile.alias, profile.lang)).unzip();
    ParticipantView {
        id: participant.id,
        kind: participant.kind,
        open: participant.open,
        alias,
        lang,
        consents: participant.consents.iter().collect(),
    }
}
