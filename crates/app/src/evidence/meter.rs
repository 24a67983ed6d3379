//! Readings of meters: what went through since the reading before is worked out here, not said.

use std::borrow::Cow;
use std::sync::Arc;

use domain::activity::Channel;
use domain::evidence::meter::{Reading as Before, can_show, used_between};
use domain::evidence::{Facts, Kind, MeterFacts};
use domain::measure::{Decimal, ParticipantId};
use domain::participant::Consent;
use domain::programme::{Deed, Programme};
use store::Db;
use store::evidence as books;

use super::{NewProof, Reading, Submitted};
use crate::activity::{Report, Said};
use crate::{App, Caller, Error, Refused};

/// A reading that a participant sends.
#[derive(Debug, Clone)]
pub struct NewReading {
    /// The number on the meter's plate, at most 40 characters.
    pub meter: String,
    /// What it shows, as it was typed.
    pub shows: String,
    /// Digits before the point.
    pub digits: u8,
    /// Whether the meter was replaced since the reading before.
    pub replaced: bool,
    /// A photo of it, as it was sent.
    pub photo: Option<Vec<u8>>,
}

/// Earlier readings that are looked through for the one before.
const LOOKED_THROUGH: u32 = 200;

impl App {
    /// Takes the reading of a meter as proof of an act. What went through since the reading before becomes the input
    /// that the policy names, whatever the report says of it. The first reading of a meter is kept to begin with.
    pub async fn submit_meter(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        mut report: Report<'_>,
        new: NewReading,
        device: Option<[u8; 32]>,
    ) -> Result<Submitted, Error> {
        let participant = caller
            .participant_in(programme.id)
            .ok_or(Refused::NotFound("participant"))?;
        caller.may(Deed::SubmitActivity, programme.id, Some(participant))?;
        let rule = self.proofs_for(programme, &report.behaviour)?;
        let Some(input) = rule.used.clone().filter(|_| rule.proofs.contains(&Kind::Meter)) else {
            return Err(Refused::invalid("proof", "a meter does not prove this behaviour").into());
        };
        let mut consents = vec![Consent::Programme];
        consents.extend(new.photo.is_some().then_some(Consent::Photos));
        let consents = self.unless_consented(programme, participant, &consents).await?;
        let mut facts = facts_of(&new, &report)?;
        let day = programme.zone.day_of(facts.at_us);
        let before = self.reading_before(participant, &facts).await?;
        let used_milli = match before.map(|before| used_between(before, &facts)) {
            Some(Ok(used)) => used.milli,
            // what the new one shows went through it; a person decides
            _ if facts.replaced => facts.milli,
            // nothing can be told: the rules refuse it, and keep the reading
            _ => 0,
        };
        // of two readings that come in at once, one is compared with a reading that was not there yet: the rules see it
        facts.said_milli = Some(used_milli);
        let used = Decimal::new(used_milli, 3).to_string();
        report.inputs.0.retain(|(name, _)| *name != input);
        report
            .inputs
            .0
            .push((Cow::Owned(input), Said::Number(Cow::Owned(used))));
        let origin = self.origin_of(caller, Channel::Meter)?;
        let content = format!("{} {} {}", facts.meter, facts.milli, facts.replaced);
        let reading = Reading {
            facts: Facts {
                meter: Some(facts),
                ..Facts::default()
            },
            blob: String::new(),
            print: None,
            keys: Vec::new(),
            prints: None,
            content: content.into_bytes(),
            device: None,
        };
        let mut readings = vec![(Kind::Meter, reading)];
        if let Some(bytes) = new.photo {
            let proof = NewProof {
                kind: Kind::Photo,
                bytes,
                device,
            };
            let mut photo = self.read_proof(programme, (&rule, consents), day, proof).await?;
            // the reading is the act's claim; the same meter may be photographed again
            photo.prints = None;
            readings.push((Kind::Photo, photo));
        }
        self.keep_act(programme, &origin, (participant, &report), readings, device)
            .await
    }

    /// The latest reading of the same meter before this one.
    pub(super) async fn reading_before(
        &self,
        participant: ParticipantId,
        now: &MeterFacts,
    ) -> Result<Option<Before>, Error> {
        let stored = self
            .0
            .store
            .read(async move |db: &mut Db| books::facts_of(db, participant, Kind::Meter, LOOKED_THROUGH).await)
            .await?;
        let earlier = stored.iter().filter_map(|text| {
            let facts: Facts = serde_json::from_str(text).ok()?;
            let meter = facts.meter?;
            (meter.meter == now.meter && meter.at_us < now.at_us).then_some(Before {
                at_us: meter.at_us,
                milli: meter.milli,
                digits: meter.digits,
            })
        });
        Ok(earlier.max_by_key(|before| before.at_us))
    }
}

/// A reading as it was typed.
fn facts_of(new: &NewReading, report: &Report<'_>) -> Result<MeterFacts, Refused> {
    let meter = new.meter.trim();
    if meter.is_empty() || meter.chars().count() > 40 || meter.chars().any(char::is_control) {
        return Err(Refused::invalid("meter", "needs 1 to 40 characters"));
    }
    let number = Decimal::parse(new.shows.trim());
    let number = number.map_err(|_| Refused::invalid("shows", "is no number"))?;
    let milli = number.at_places(3).map(|(milli, _)| milli);
    let milli = milli.ok_or_else(|| Refused::invalid("shows", "is out of range"))?;
    can_show(new.digits, milli).map_err(|e| match e {
        domain::evidence::meter::MeterError::Digits => Refused::invalid("digits", e.to_string()),
        e => Refused::invalid("shows", e.to_string()),
    })?;
    Ok(MeterFacts {
        meter: meter.to_owned(),
        at_us: report.began_us()?,
        milli,
        digits: new.digits,
        replaced: new.replaced,
        said_milli: None,
    })
}
