//! The decision: facts, history and policy in; credit, ask a person or refuse out, with every sign that was seen.

use serde::{Deserialize, Serialize};

use super::policy::{Action, Plain};
use super::{Facts, Grade, Policy, Sign, meter, photo, steps, text, track};
use crate::measure::{Carbon, Day, EntryId};

/// The act that the proofs are to prove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The behaviour.
    pub behaviour: String,
    /// When it began, microseconds since the epoch.
    pub started_us: i64,
    /// When it ended.
    pub ended_us: i64,
    /// Its beginning in the programme's zone, `2026-11-24T08:12:00`: what a ticket would print. Empty is unknown.
    #[serde(default)]
    pub civil: String,
    /// The civil day on which it counts.
    pub day: Day,
    /// The way that it is said to have taken, in metres, where the methodology asks for one.
    pub distance_m: Option<u32>,
    /// The steps that it is said to have taken, where the methodology asks.
    pub steps: Option<u32>,
    /// When its proof came in.
    pub sent_us: i64,
    /// What it would be credited at its grade, before ceilings.
    pub worth: Carbon,
    /// The grade that its channel gives: of what a participant sends, that of its proofs.
    pub grade: Grade,
    /// A number from 0 to 999, drawn when it came in.
    pub draw: u16,
}

/// A proof that came before and is like this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// Under which number it was sent.
    pub submission: EntryId,
    /// Whether the same participant sent it.
    pub own: bool,
    /// When it was sent.
    pub sent_us: i64,
    /// How far apart the two are: of photos in thousandths, of tracks in metres, of series of steps 0.
    pub apart: u32,
    /// When the other was taken or began, if it says.
    pub began_us: Option<i64>,
}

/// A record of the same participant and behaviour, from another source, at about the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreeing {
    /// The record.
    pub record: EntryId,
    /// When it began and ended.
    pub interval_us: (i64, i64),
}

/// What the books know that bears on the proof.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct History {
    /// Photos like these, of the whole programme.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<Again>,
    /// Tracks like this one, of the whole programme.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<Again>,
    /// The same series of steps, of the whole programme.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<Again>,
    /// What other sources counted on the same day, for the same participant: source and steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<(String, u32)>,
    /// The reading of the same meter before this one: when, thousandths, digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<(i64, i64, u8)>,
    /// Records from other sources that tell of the same event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agreeing: Vec<Agreeing>,
    /// Proofs that the participant sent in the hour before, this one left out.
    #[serde(default)]
    pub last_hour: u32,
    /// Proofs in the 24 hours before.
    #[serde(default)]
    pub last_day: u32,
    /// Proofs refused for cause in the 90 days before.
    #[serde(default)]
    pub refused: u32,
    /// Other accounts that sent from the same device.
    #[serde(default)]
    pub accounts: u32,
    /// Whether a reviewer had asked for more.
    #[serde(default)]
    pub asked_for_more: bool,
}

/// What is to happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Credit, with evidence of this grade.
    Credit(Grade),
    /// A person decides; the grade is what a credit would have.
    Ask(Grade),
    /// No credit, for this sign above all.
    Refuse(String),
}

/// A decision with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What is to happen.
    pub outcome: Outcome,
    /// Thousandths of risk, added up.
    pub risk: u16,
    /// Everything that was seen, what weighs most first.
    pub signs: Vec<Sign>,
}

/// Decides on the proofs of an act.
pub fn judge(claim: &Claim, facts: &Facts, history: &History, policy: &Policy) -> Verdict {
    let mut signs = Vec::new();
    if !facts.photos.is_empty() {
        signs.extend(photo::signs(&facts.photos, claim, history, policy));
        signs.extend(text::signs(facts.text.as_ref(), claim, policy));
    }
    if let Some(track) = &facts.track {
        signs.extend(track::signs(track, claim, history, policy));
    }
    if let Some(steps) = &facts.steps {
        signs.extend(steps::signs(steps, claim, history, policy));
    }
    if let Some(meter) = &facts.meter {
        signs.extend(meter::signs(meter, claim, history, policy));
    }
    signs.extend(plausible(claim, policy));
    if *facts != Facts::default() {
        signs.extend(late(claim, policy));
    }
    signs.extend(about_the_sender(claim, history, policy));
    weigh(signs, claim, claim.grade.max(facts.grade()), policy)
}

/// Decides on an act that somebody reports without a file, by what can be told from what was said alone; `None` if
/// nothing is odd. Cheap enough for the flood of partners' events, which may come in long after the act.
pub fn judge_report(claim: &Claim, policy: &Policy) -> Option<Verdict> {
    let signs = plausible(claim, policy);
    (!signs.is_empty()).then(|| weigh(signs, claim, claim.grade, policy))
}

/// What follows from signs.
fn weigh(mut signs: Vec<Sign>, claim: &Claim, mut grade: Grade, policy: &Policy) -> Verdict {
    let mut risk = 0_u16;
    let (mut ask, mut refuse) = (false, None);
    signs.sort_by_key(|sign| std::cmp::Reverse(gravity(policy.action(sign.code()))));
    for sign in &signs {
        match policy.action(sign.code()) {
            Action::Risk(more) => risk = risk.saturating_add(more),
            Action::Plain(Plain::Note) => {}
            Action::Plain(Plain::Lower) => grade = grade.lowered(),
            Action::Plain(Plain::Raise) => grade = Grade::E4,
            Action::Plain(Plain::Ask) => ask = true,
            Action::Plain(Plain::Refuse) => refuse = refuse.or_else(|| Some(sign.code().to_owned())),
        }
    }
    if !ask && refuse.is_none() && risk < policy.limits.ask_from_risk && claim.draw < policy.limits.audit_permille {
        signs.push(Sign::AuditSample);
        ask |= policy.action("audit.sample") == Action::Plain(Plain::Ask);
    }
    let outcome = match refuse {
        Some(code) => Outcome::Refuse(code),
        None if ask || risk >= policy.limits.ask_from_risk => Outcome::Ask(grade),
        None => Outcome::Credit(grade),
    };
    Verdict { outcome, risk, signs }
}

/// How much a consequence weighs, for the order in which signs are told.
pub(crate) fn gravity(action: Action) -> u16 {
    match action {
        Action::Plain(Plain::Refuse) => u16::MAX,
        Action::Plain(Plain::Ask) => u16::MAX - 1,
        Action::Plain(Plain::Lower | Plain::Raise) => 1001,
        Action::Risk(risk) => risk,
        Action::Plain(Plain::Note) => 0,
    }
}

const DAY_US: i64 = 86_400_000_000;

/// Whether a participant sends its proof too late.
fn late(claim: &Claim, policy: &Policy) -> Option<Sign> {
    let days = claim.sent_us.saturating_sub(claim.ended_us) / DAY_US;
    (days > policy.limits.report_within_days).then_some(Sign::ActLate { days })
}

/// What is known of the act and its sender, whatever the proof.
fn about_the_sender(claim: &Claim, history: &History, policy: &Policy) -> Vec<Sign> {
    let limits = &policy.limits;
    let mut signs = Vec::new();
    if let Some(other) = history.agreeing.first() {
        signs.push(Sign::ActAgreed { record: other.record });
    }
    for (count, most, hours) in [
        (history.last_hour, limits.proofs_an_hour, 1),
        (history.last_day, limits.proofs_a_day, 24),
    ] {
        if count >= most {
            signs.push(Sign::ActMany {
                count: count + 1,
                hours,
            });
            break;
        }
    }
    if history.refused > 0 {
        signs.push(Sign::ActRefused { count: history.refused });
    }
    if history.accounts >= limits.accounts_a_device {
        signs.push(Sign::DeviceShared {
            accounts: history.accounts,
        });
    }
    if claim.worth.mg() / 1000 > limits.ask_above_g {
        signs.push(Sign::ActLarge { worth: claim.worth });
    }
    if history.asked_for_more {
        signs.push(Sign::ReviewMore);
    }
    signs
}

/// What can be told from what was said alone.
fn plausible(claim: &Claim, policy: &Policy) -> Vec<Sign> {
    let limits = &policy.limits;
    let mut signs = Vec::new();
    signs.extend(claim.steps.and_then(|steps| steps::amount(steps, limits)));
    let seconds = claim.ended_us.saturating_sub(claim.started_us) / 1_000_000;
    let mode = policy.behaviour.get(&claim.behaviour).and_then(|rule| rule.mode);
    if let (Some(metres), Some(mode)) = (claim.distance_m, mode)
        && seconds > 0
    {
        // tenths of km/h: m/s × 3.6 × 10
        let speed = u32::try_from(i64::from(metres) * 36 / seconds).unwrap_or(u32::MAX);
        let limit = track::fastest_mean(mode, limits);
        if speed > limit {
            signs.push(Sign::ActFast { speed, limit });
        }
    }
    signs
}
