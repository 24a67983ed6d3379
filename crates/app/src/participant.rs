//! Participants: enrolling, consents, balances.

use domain::measure::{EntryId, ParticipantId, PartnerId, Text, bucket_of};
use domain::participant::{Consent, Consents, Kind};
use domain::programme::{Deed, Programme, Scope};
use outside::chance::random_id;
use serde::{Deserialize, Serialize};
use store::participant::{self as books, Participant};
use store::{Db, activity, partner, passkey};

use crate::{App, Caller, Error, Key, Refused, Who};

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

/// A partner that may report acts of a participant, or once did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPartner {
    /// Its id.
    pub id: PartnerId,
    /// Its name.
    pub name: String,
    /// Whether the participant wants its events.
    pub wanted: bool,
    /// Whether it ever reported an act.
    pub reported: bool,
}

/// What somebody agreed to, or no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreed {
    /// A consent.
    To(Consent),
    /// The events of the partner of this name.
    Partner(PartnerId, String),
}

impl Agreed {
    /// Its name in exports: `photos`, `partner Metro`.
    pub fn words(&self) -> String {
        match self {
            Agreed::To(consent) => consent.name().to_owned(),
            Agreed::Partner(_, name) => format!("partner {name}"),
        }
    }

    /// Whether it is this consent.
    pub fn is(&self, consent: Consent) -> bool {
        *self == Agreed::To(consent)
    }
}

/// A consent given or withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentChange {
    /// Which.
    pub consent: Agreed,
    /// Whether it was given.
    pub given: bool,
    /// When, microseconds since the epoch.
    pub at_us: i64,
}

/// An objection to a refusal, as its participant sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnAppeal {
    /// The record.
    pub record: EntryId,
    /// What the act was.
    pub title: Text,
    /// When the appeal was made, microseconds since the epoch.
    pub made_us: i64,
    /// In the participant's words.
    pub words: String,
    /// Whether it was upheld, once somebody decided.
    pub upheld: Option<bool>,
    /// What the participant was told.
    pub answer: Option<String>,
}

/// What others may see as a name.
pub(crate) fn alias(field: &str, text: &str) -> Result<String, Refused> {
    let text = text.trim();
    if (1..=40).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(Refused::invalid(field, "needs 1 to 40 printable characters"))
    }
}

/// A language of the product; Chinese where none is said.
pub(crate) fn lang(field: &str, text: &str) -> Result<&'static str, Refused> {
    match text {
        "" | "zh" => Ok("zh"),
        "en" => Ok("en"),
        other => Err(Refused::invalid(field, format!("\"{other}\" is neither zh nor en"))),
    }
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
        let alias = alias("alias", &new.alias)?;
        if let Some(reference) = &new.reference {
            Refused::unless_plain("reference", reference, 128)?;
        }
        let lang = lang("lang", &new.lang)?;
        unless_agreed(&new.consents)?;
        let row = books::NewParticipant {
            id: ParticipantId::new(random_id().map_err(Error::outside)?),
            programme: programme.id,
            kind: new.kind,
            alias,
            lang: lang.to_owned(),
            reference: new.reference,
            consents: new.consents.into_iter().fold(Consents::default(), Consents::with),
            made_by: caller.words(),
        };
        let now_us = self.now_us();
        // what a partner sends stands in its feed
        let note = matches!(caller.who, Who::Person { .. }).then(|| {
            let about = format!("participant {}", row.id);
            self.note(caller, programme.id, "participant.enrol", about, "")
        });
        // what is kept for a retry names nobody: the answer is looked up afresh
        let id = self
            .once(bucket_of(row.id.number()), key, async move |db: &mut Db| {
                if let Some(known) = books::insert(db, &row, now_us).await?.err() {
                    return Ok(Ok(known));
                }
                if let Some(note) = &note {
                    note.write(db).await?;
                }
                Ok(Ok(row.id))
            })
            .await?;
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let Some(participant) = books::get(db, id).await? else {
                    return Ok(None);
                };
                Ok(Some(view(&participant, books::profile(db, id).await?)))
            })
            .await?;
        Ok(found.ok_or(Refused::NotFound("participant"))?)
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
        // what was kept under it is needed no longer
        let wipe = App::wipe_job(consent).filter(|_| !given);
        let job = self.next_id();
        let consents = self
            .0
            .store
            .write(bucket_of(id.number()), async move |db: &mut Db| {
                let before = books::get(db, id).await?.filter(|p| p.programme == programme);
                let Some(before) = before else {
                    return Ok(Err(Refused::NotFound("participant")));
                };
                if let Some((kind, about)) = wipe
                    && before.consents.has(consent)
                {
                    let payload = format!("{} {about}", id.number());
                    store::job::ask(db, job, kind, &payload, now_us).await?;
                }
                books::set_consent(db, &before, consent, given, &words, now_us)
                    .await
                    .map(Ok)
            })
            .await??;
        self.0.jobs_wanted.notify_one();
        Ok(consents.iter().collect())
    }

    /// Every consent given and withdrawn, newest first.
    pub async fn consent_log(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
    ) -> Result<Vec<ConsentChange>, Error> {
        self.readable(caller, programme, id).await?;
        let programme = programme.id;
        let (log, partners) = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let log = books::consent_log(db, id).await?;
                let named = log
                    .iter()
                    .any(|(agreed, ..)| matches!(agreed, books::Agreed::Partner(_)));
                let partners = if named {
                    partner::all(db, programme).await?
                } else {
                    Vec::new()
                };
                Ok((log, partners))
            })
            .await?;
        let change = |(agreed, given, at_us)| ConsentChange {
            consent: match agreed {
                books::Agreed::To(consent) => Agreed::To(consent),
                books::Agreed::Partner(id) => {
                    let name = partners.iter().find(|partner| partner.id == id);
                    Agreed::Partner(id, name.map_or_else(|| id.to_string(), |partner| partner.name.clone()))
                }
            },
            given,
            at_us,
        };
        Ok(log.into_iter().map(change).collect())
    }

    /// The partners that may report acts of a participant, and those that once did, by name.
    pub async fn own_partners(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
    ) -> Result<Vec<OwnPartner>, Error> {
        let participant = self.readable(caller, programme, id).await?;
        let programme = programme.id;
        let (partners, reported) = self
            .0
            .store
            .read(async move |db: &mut Db| Ok((partner::all(db, programme).await?, books::partners_of(db, id).await?)))
            .await?;
        let may = |partner: &partner::Partner| partner.open && partner.scopes.contains(&Scope::Records);
        let own = partners.into_iter().map(|partner| {
            let may = may(&partner);
            let own = OwnPartner {
                wanted: !participant.partners_out.contains(&partner.id),
                reported: reported.contains(&partner.id),
                id: partner.id,
                name: partner.name,
            };
            (may, own)
        });
        // a switch that was turned stays in sight, or nobody could turn it back
        let own = own.filter(|(may, own)| *may || own.reported || !own.wanted);
        Ok(own.map(|(_, own)| own).collect())
    }

    /// Wants the events of one partner, or no longer, in force from now on.
    pub async fn set_partner_wanted(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
        partner_id: PartnerId,
        wanted: bool,
    ) -> Result<(), Error> {
        caller.may(Deed::ChangeConsent, programme.id, Some(id))?;
        let (programme, words, now_us) = (programme.id, caller.words(), self.now_us());
        self.0
            .store
            .write(bucket_of(id.number()), async move |db: &mut Db| {
                let before = books::get(db, id).await?.filter(|p| p.programme == programme);
                let Some(before) = before else {
                    return Ok(Err(Refused::NotFound("participant")));
                };
                let known = partner::get(db, partner_id).await?;
                if known.is_none_or(|partner| partner.programme != programme) {
                    return Ok(Err(Refused::NotFound("partner")));
                }
                books::set_partner(db, &before, partner_id, wanted, &words, now_us)
                    .await
                    .map(Ok)
            })
            .await??;
        Ok(())
    }

    /// Changes what others see of a participant, and the language in which it and the caller are spoken to.
    pub async fn change_profile(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
        name: &str,
        language: &str,
    ) -> Result<(), Error> {
        // whoever says who is in charge says what it is called
        caller.may(Deed::ManagePeople, programme.id, Some(id))?;
        self.readable(caller, programme, id).await?;
        let (name, language) = (alias("alias", name)?, lang("lang", language)?);
        let login = match caller.who {
            Who::Person { login, .. } => Some(login),
            _ => None,
        };
        let changed = self
            .0
            .store
            .write(bucket_of(id.number()), async move |db: &mut Db| {
                if let Some(login) = login {
                    passkey::set_lang(db, login, language).await?;
                }
                books::rename(db, id, &name, language).await
            })
            .await?;
        self.forget_alias(id);
        Ok(changed.then_some(()).ok_or(Refused::NotFound("participant"))?)
    }

    /// A participant's objections, newest first, with their answers.
    pub async fn appeals(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: ParticipantId,
    ) -> Result<Vec<OwnAppeal>, Error> {
        self.readable(caller, programme, id).await?;
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let mut found = Vec::new();
                for (record, made_us, appeal) in activity::appeals(db, id).await? {
                    let entry = activity::entry(db, id, record).await?;
                    let act = entry.and_then(|entry| entry.act);
                    found.push((record, made_us, appeal, act.map(|act| act.methodology)));
                }
                Ok(found)
            })
            .await?;
        let catalogue = self.catalogue();
        let title = |methodology: Option<i64>| {
            let version = methodology.and_then(|number| catalogue.version(number));
            version.map(|version| version.methodology.title.clone())
        };
        let view = |(record, made_us, appeal, methodology): (_, _, activity::Appeal, _)| OwnAppeal {
            record,
            title: title(methodology).unwrap_or_else(|| Text {
                zh: String::new(),
                en: String::new(),
            }),
            made_us,
            words: appeal.words,
            upheld: appeal.upheld,
            answer: appeal.answer,
        };
        Ok(found.into_iter().map(view).collect())
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
