//! What a caller says about an act, and how that becomes an act that can be decided on.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use domain::activity::{Act, Channel, PhotoPrints, claims, retry_key};
use domain::evidence::Grade;
use domain::measure::ParticipantId;
use domain::methodology::{self, Context, quantify};
use domain::programme::Programme;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use store::activity::Post;

use crate::{Catalogue, Refused, fingerprint};

/// Whether a partner vouches for events or passes on readings of devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The partner saw the act itself: a gate, an order, a meter.
    #[default]
    Event,
    /// A device of the participant measured it.
    Reading,
}

/// A value of an input: a JSON number, kept as it was written, or a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said<'a> {
    /// A number, digit by digit.
    Number(Cow<'a, str>),
    /// A text.
    Text(Cow<'a, str>),
}

/// An act as it is reported.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report<'a> {
    /// The caller's own name for the event; reporting it again is recognised by it.
    #[serde(borrow)]
    pub event: Cow<'a, str>,
    /// The participant, by id.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<Cow<'a, str>>,
    /// The participant, by what the partner calls it.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Cow<'a, str>>,
    /// The behaviour.
    #[serde(borrow)]
    pub behaviour: Cow<'a, str>,
    /// When it began: RFC 3339 with offset.
    #[serde(borrow)]
    pub started_at: Cow<'a, str>,
    /// When it ended, if it took time.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Cow<'a, str>>,
    /// What the methodology asks for.
    #[serde(borrow, default)]
    pub inputs: Inputs<'a>,
    /// The region in which it happened, if not the programme's.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Cow<'a, str>>,
}

/// Names and values of inputs, in the order in which they were said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs<'a>(pub Vec<(Cow<'a, str>, Said<'a>)>);

/// More inputs than any methodology has.
const MOST_INPUTS: usize = 64;

impl Serialize for Inputs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = self.0.iter().map(|(name, said)| match said {
            Said::Number(text) | Said::Text(text) => (name, text),
        });
        serializer.collect_map(pairs)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Inputs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Inputs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of numbers and texts")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut pairs: Vec<(Cow<'de, str>, Said<'de>)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<Cow<'de, str>, &'de RawValue>()? {
                    if pairs.len() == MOST_INPUTS || pairs.iter().any(|(said, _)| *said == name) {
                        let what = format!("field `inputs/{name}` is said twice, or one too many");
                        return Err(serde::de::Error::custom(what));
                    }
                    let raw = value.get();
                    let said = match raw.as_bytes().first() {
                        Some(b'"') => {
                            let plain = &raw[1..raw.len() - 1];
                            if plain.contains('\\') {
                                let text: String = serde_json::from_str(raw).map_err(serde::de::Error::custom)?;
                                Said::Text(Cow::Owned(text))
                            } else {
                                Said::Text(Cow::Borrowed(plain))
                            }
                        }
                        Some(b'0'..=b'9' | b'-') => Said::Number(Cow::Borrowed(raw)),
                        _ => {
                            let what = format!("field `inputs/{name}` is neither a number nor a text");
                            return Err(serde::de::Error::custom(what));
                        }
                    };
                    pairs.push((name, said));
                }
                Ok(Inputs(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

impl<'a> Report<'a> {
    /// Reads one JSON object.
    pub fn from_json(text: &'a [u8]) -> Result<Self, Refused> {
        serde_json::from_slice(text).map_err(|e| {
            let what = e.to_string();
            let field = what
                .split('`')
                .nth(1)
                .filter(|_| what.contains("field"))
                .unwrap_or("")
                .to_owned();
            Refused::invalid(field, what)
        })
    }

    /// When it is said to have begun, microseconds since the epoch.
    pub(crate) fn began_us(&self) -> Result<i64, Refused> {
        instant("started_at", &self.started_at)
    }

    /// Whether it says neither by id nor by reference whose act it is.
    pub(crate) fn names_nobody(&self) -> bool {
        self.participant.is_none() && self.reference.is_none()
    }
}

/// On whose word acts come in.
pub(crate) struct Origin {
    /// The partner, or zero for the participant.
    pub(crate) partner: i64,
    pub(crate) channel: Channel,
    pub(crate) photo: Option<PhotoPrints>,
    pub(crate) now_us: i64,
    /// The grade that a decision gave, if it is not that of the channel.
    pub(crate) grade: Option<Grade>,
    /// The sign for which a decision refused it.
    pub(crate) refused_for: Option<&'static str>,
}

fn instant(field: &str, text: &str) -> Result<i64, Refused> {
    let parsed: Result<jiff::Timestamp, _> = text.parse();
    let shown: String = text.chars().take(40).collect();
    parsed.map(jiff::Timestamp::as_microsecond).map_err(|_| {
        Refused::invalid(
            field,
            format!("\"{shown}\" is no RFC 3339 instant such as 2026-11-24T08:12:00+08:00"),
        )
    })
}

/// The longest an act may last: nothing that is reported as one act takes longer.
const LONGEST_US: i64 = 31 * 86_400_000_000;

/// Reads a report against the methodology in force, quantifies it, and makes it an act that can be decided on.
pub(crate) fn prepare(
    catalogue: &Catalogue,
    programme: &Arc<Programme>,
    origin: &Origin,
    participant: ParticipantId,
    report: &Report<'_>,
) -> Result<Post, Refused> {
    Refused::unless_plain("event", &report.event, 128)?;
    let in_force = catalogue.methodology_for(programme.id, &report.behaviour)?;
    let methodology = &in_force.methodology;
    let started_us = instant("started_at", &report.started_at)?;
    let ended_us = match &report.ended_at {
        None => started_us,
        Some(text) => instant("ended_at", text)?,
    };
    if ended_us < started_us || ended_us - started_us > LONGEST_US {
        return Err(Refused::invalid(
            "ended_at",
            "must not lie before started_at, nor 31 days after it",
        ));
    }
    let said = report.inputs.0.iter().map(|(name, said)| {
        let said = match said {
            Said::Number(text) => methodology::Said::Number(text),
            Said::Text(text) => methodology::Said::Text(text),
        };
        (name.as_ref(), said)
    });
    let inputs = methodology.read_inputs(said)?;
    let day = programme.zone.day_of(started_us);
    let grade = origin.grade.unwrap_or(origin.channel.grade());
    let region = report.region.as_deref().unwrap_or(&programme.region);
    let context = Context { region, day, grade };
    if !methodology.accepts(grade) {
        return Err(domain::activity::Refusal::Grade(grade).into());
    }
    let working = quantify(methodology, inputs, &context)?;
    let retry = retry_key(programme.id.number(), origin.partner, participant, &report.event);
    let claims = if methodology.claim == [methodology::ClaimPart::Event] && origin.photo.is_none() {
        Vec::new()
    } else {
        let said = methodology.said_inputs(&working.inputs);
        claims(
            methodology,
            programme,
            participant,
            (started_us, day),
            &retry,
            &said,
            origin.photo.as_ref(),
        )
    };
    let body = body(
        participant,
        report,
        grade,
        (started_us, ended_us),
        origin.photo.as_ref(),
    );
    let act = Act {
        participant,
        channel: origin.channel,
        partner: origin.partner,
        started_us,
        ended_us,
        day,
        working,
        retry,
        body,
        claims,
        photo: origin.photo,
        refused_for: origin.refused_for,
    };
    Ok(Post {
        act,
        programme: Arc::clone(programme),
        methodology: in_force.number,
        event: Some(report.event.to_string()),
        at_us: origin.now_us,
    })
}

/// What tells two bodies under one key apart: everything that was said, not how it was spelled.
fn body(
    participant: ParticipantId,
    report: &Report<'_>,
    grade: Grade,
    (started_us, ended_us): (i64, i64),
    photo: Option<&PhotoPrints>,
) -> i64 {
    let mut said = String::with_capacity(64);
    let mut pairs: Vec<_> = report.inputs.0.iter().collect();
    pairs.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    for (name, value) in pairs {
        let (Said::Number(value) | Said::Text(value)) = value;
        said.push_str(name);
        said.push('=');
        said.push_str(value);
        said.push(';');
    }
    fingerprint(&[
        &participant.number().to_le_bytes(),
        report.behaviour.as_bytes(),
        &started_us.to_le_bytes(),
        &ended_us.to_le_bytes(),
        said.as_bytes(),
        report.region.as_deref().unwrap_or_default().as_bytes(),
        &grade.number().to_le_bytes(),
        photo.map_or(&[], |prints| prints.as_flattened()),
    ])
}
