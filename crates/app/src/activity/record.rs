//! Records as they are shown.

use domain::evidence::{self, Grade, Kind, Sign};
use domain::measure::{EntryId, ParticipantId, Text};
use domain::methodology::{Category, Working, recompute};
use serde::Serialize;
use store::activity::{ActRow, Appeal, Code, Entry};
use store::evidence::{Decision, Proof, State, Submission};
use store::ledger::Reversal;

use super::report::{Origin, prepare};
use crate::evidence::Waiting;
use crate::{Catalogue, Refused};

/// Where a record stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It waits to be decided on.
    Submitted,
    /// A person decides on it.
    InReview,
    /// The participant was asked for more proof.
    MoreWanted,
    /// Booked.
    Credited,
    /// It confirms a record that was credited before, and adds what the better evidence is worth.
    Raised,
    /// Not booked, with a reason.
    Refused,
    /// Not booked, and the participant objects.
    Appealed,
    /// Booked and taken back.
    Reversed,
    /// Points are held for an order.
    Held,
    /// Points were spent on an order.
    Spent,
    /// Points held for an order went back.
    Released,
    /// An entry that takes a credit back.
    Reversal,
    /// Points of a prize.
    Prize,
    /// Points of a prize that was taken back.
    Returned,
}

/// One line of a statement, or one record.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RecordView {
    /// Whose it is.
    #[schema(value_type = String)]
    pub participant: ParticipantId,
    /// The record; none while it waits.
    #[schema(value_type = Option<String>)]
    pub record: Option<EntryId>,
    /// The number under which it was submitted, if it had to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub submission: Option<EntryId>,
    /// Where it stands.
    pub state: Standing,
    /// When it was booked, microseconds since the epoch.
    pub booked_us: i64,
    /// Reduction that it moves, in mg CO2e.
    pub mg: i64,
    /// Points that it moves, in thousandths.
    pub points_milli: i64,
    /// The entry or order that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub about: Option<EntryId>,
    /// Why it was refused: a stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What makes the reason concrete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Milligrams that ceilings took away, with the period over which they count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<(String, i64)>,
    /// What a second source added to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raised: Option<RaisedView>,
    /// The act, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<ActView>,
    /// The participant's objection, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appeal_words: Option<String>,
    /// Whether the appeal was upheld, once it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appeal_upheld: Option<bool>,
    /// The answer to an appeal, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appeal_answer: Option<String>,
    /// Why it was taken back, or is asked to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reversal_why: Option<String>,
    /// What was seen in its proofs, what weighs most first; of others' submissions only that there is one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub signs: Vec<Sign>,
    /// The kinds of its proofs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub proofs: Vec<Kind>,
    /// What a reviewer asked for, if more proof is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
}

/// What a second source added to a record.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RaisedView {
    /// The entry that says so.
    #[schema(value_type = String)]
    pub record: EntryId,
    /// When it was booked, microseconds since the epoch.
    pub booked_us: i64,
    /// What it added, in mg CO2e; may be nothing.
    pub mg: i64,
    /// What that earned, in thousandths of a point.
    pub points_milli: i64,
}

/// An act, as shown.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ActView {
    /// The behaviour.
    pub behaviour: String,
    /// Its category.
    #[schema(value_type = String)]
    pub category: Category,
    /// The methodology's title.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub title: Text,
    /// The version that was applied.
    pub methodology: String,
    /// The caller's name for it.
    pub event: Option<String>,
    /// When it began, microseconds since the epoch.
    pub started_us: i64,
    /// When it ended.
    pub ended_us: i64,
    /// The civil day on which it counts.
    pub day: String,
    /// The grade of its evidence.
    #[schema(value_type = String)]
    pub grade: Grade,
    /// The weight of that grade, in thousandths.
    pub weight_thousandths: u16,
    /// The reduction before weight and ceilings, in mg CO2e.
    pub gross_mg: i64,
    /// After weight, before ceilings.
    pub weighted_mg: i64,
}

/// A page of a statement.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct StatementPage {
    /// Newest first.
    pub entries: Vec<RecordView>,
    /// Where the next page begins, if there is one.
    #[schema(value_type = Option<String>)]
    pub next: Option<EntryId>,
}

/// Takes out of a sign under which number somebody else sent what is like this.
fn hide_others(sign: &mut Sign) {
    match sign {
        Sign::PhotoAlike { submission, own, .. }
        | Sign::PhotoResembles { submission, own, .. }
        | Sign::TrackAgain { submission, own, .. }
        | Sign::StepsSeries { submission, own, .. }
            if !*own =>
        {
            *submission = EntryId::new(0);
        }
        _ => {}
    }
}

/// Code and detail of a refusal.
pub(super) fn reason(entry: &Entry) -> (Option<String>, Option<String>) {
    match (&entry.code, &entry.reason) {
        (Code::Refused, Some(reason)) => match reason.split_once(' ') {
            Some((code, detail)) => (Some(code.to_owned()), Some(detail.to_owned())),
            None => (Some(reason.clone()), None),
        },
        _ => (None, None),
    }
}

/// What ceilings took away: `day 1000;month 5`.
fn cuts(entry: &Entry) -> Vec<(String, i64)> {
    let Some(text) = entry.reason.as_ref().filter(|_| entry.code == Code::Credited) else {
        return Vec::new();
    };
    let cut = |cut: &str| {
        let (per, mg) = cut.split_once(' ')?;
        Some((per.to_owned(), mg.parse().ok()?))
    };
    text.split(';').filter_map(cut).collect()
}

/// Computes an act again from what is stored of it.
pub(crate) fn recomputed(catalogue: &Catalogue, act: &ActRow) -> Result<Working, Refused> {
    let version = catalogue
        .version(act.methodology)
        .ok_or(Refused::NotFound("methodology"))?;
    Ok(recompute(&version.methodology, &act.inputs, &act.factors, act.grade)?)
}

impl RecordView {
    pub(crate) fn of_entry(
        catalogue: &Catalogue,
        entry: &Entry,
        appeal: Option<Appeal>,
        reversal: Option<Reversal>,
    ) -> Result<Self, Refused> {
        let (reason, detail) = reason(entry);
        // a reversal that was declined is none
        let reversal = reversal.filter(|reversal| reversal.declined_by.is_none());
        let reversed = reversal.as_ref().is_some_and(|reversal| reversal.reversing.is_some());
        let appealed = appeal.as_ref().is_some_and(|appeal| appeal.upheld.is_none());
        let act = match &entry.act {
            None => None,
            Some(act) => {
                let working = recomputed(catalogue, act)?;
                let methodology = &working.methodology;
                Some(ActView {
                    behaviour: methodology.behaviour.clone(),
                    category: methodology.category,
                    title: methodology.title.clone(),
                    methodology: methodology.reference(),
                    event: act.event.clone(),
                    started_us: act.started_us,
                    ended_us: act.ended_us,
                    day: act.day.to_string(),
                    grade: act.grade,
                    weight_thousandths: working.weight.thousandths(),
                    gross_mg: working.gross.mg(),
                    weighted_mg: working.weighted.mg(),
                })
            }
        };
        Ok(RecordView {
            participant: entry.participant,
            record: Some(entry.id),
            submission: None,
            state: match entry.code {
                Code::Credited if reversed => Standing::Reversed,
                Code::Credited => Standing::Credited,
                Code::Raised => Standing::Raised,
                Code::Refused if appealed => Standing::Appealed,
                Code::Refused => Standing::Refused,
                Code::Reversal => Standing::Reversal,
                Code::Held => Standing::Held,
                Code::Spent => Standing::Spent,
                Code::Released => Standing::Released,
                Code::Prize => Standing::Prize,
                Code::Returned => Standing::Returned,
            },
            booked_us: entry.at_us,
            mg: entry.mg.mg(),
            points_milli: entry.points.milli(),
            about: entry.about.map(EntryId::new),
            reason,
            detail,
            cuts: cuts(entry),
            raised: None,
            act,
            appeal_upheld: appeal.as_ref().and_then(|appeal| appeal.upheld),
            appeal_words: appeal.as_ref().map(|appeal| appeal.words.clone()),
            appeal_answer: appeal.and_then(|appeal| appeal.answer),
            reversal_why: reversal.map(|reversal| reversal.why),
            signs: Vec::new(),
            proofs: Vec::new(),
            asked: None,
        })
    }

    /// The same with what a second source added: the evidence is then the best there is.
    pub(crate) fn with_raise(
        mut self,
        catalogue: &Catalogue,
        entry: &Entry,
        raise: Option<Entry>,
    ) -> Result<Self, Refused> {
        let (Some(raise), Some(row), Some(act)) = (raise, &entry.act, &mut self.act) else {
            return Ok(self);
        };
        let grade = Grade::E4;
        let working = recomputed(catalogue, &ActRow { grade, ..row.clone() })?;
        act.grade = grade;
        act.weight_thousandths = working.weight.thousandths();
        act.weighted_mg = working.weighted.mg();
        self.raised = Some(RaisedView {
            record: raise.id,
            booked_us: raise.at_us,
            mg: raise.mg.mg(),
            points_milli: raise.points.milli(),
        });
        Ok(self)
    }

    /// With what its submission's books tell: what was seen, what proves it, what was asked for.
    pub(super) fn with_evidence(mut self, decisions: &[Decision], proofs: &[Proof], asked: Option<String>) -> Self {
        // a reviewer's decision need not repeat what the rules saw
        let verdicts = decisions.iter().rev();
        let mut verdicts = verdicts.filter_map(|one| serde_json::from_str::<evidence::Verdict>(&one.verdict).ok());
        let signs = verdicts.find(|verdict| !verdict.signs.is_empty());
        self.signs = signs.map(|verdict| verdict.signs).unwrap_or_default();
        for sign in &mut self.signs {
            hide_others(sign);
        }
        for proof in proofs {
            if !self.proofs.contains(&proof.kind) {
                self.proofs.push(proof.kind);
            }
        }
        self.asked = asked.filter(|_| self.state == Standing::MoreWanted);
        self
    }

    pub(crate) fn of_submission(catalogue: &Catalogue, submission: &Submission) -> Result<Self, Refused> {
        let participant = submission.participant;
        let waiting: Waiting =
            serde_json::from_str(&submission.body).map_err(|_| Refused::NotFound("readable submission"))?;
        let report = super::Report::from_json(waiting.report.as_bytes())?;
        let in_force = catalogue.methodology_for(submission.programme, &report.behaviour)?;
        let methodology = &in_force.methodology;
        let grade = waiting.channel.grade();
        let programme = catalogue.programme_by_id(submission.programme)?;
        let origin = Origin {
            partner: waiting.partner,
            channel: waiting.channel,
            photo: waiting.photo,
            now_us: submission.made_us,
            grade: None,
            refused_for: None,
        };
        // what it would earn before ceilings; a version in force since may no longer read it
        let act = prepare(catalogue, programme, &origin, participant, &report).map(|post| post.act);
        let act = act.ok();
        let started_us = act.as_ref().map_or(submission.made_us, |act| act.started_us);
        Ok(RecordView {
            participant,
            record: None,
            submission: Some(submission.id),
            state: match submission.state {
                State::New | State::Decided => Standing::Submitted,
                State::Asked => Standing::InReview,
                State::More => Standing::MoreWanted,
                State::Settled => Standing::Refused,
            },
            booked_us: submission.made_us,
            mg: 0,
            points_milli: 0,
            about: None,
            reason: submission.problem.clone(),
            detail: None,
            cuts: Vec::new(),
            raised: None,
            act: Some(ActView {
                behaviour: methodology.behaviour.clone(),
                category: methodology.category,
                title: methodology.title.clone(),
                methodology: methodology.reference(),
                event: None,
                started_us,
                ended_us: act.as_ref().map_or(started_us, |act| act.ended_us),
                day: programme.zone.day_of(started_us).to_string(),
                grade,
                weight_thousandths: methodology.weight(grade).thousandths(),
                gross_mg: act.as_ref().map_or(0, |act| act.working.gross.mg()),
                weighted_mg: act.as_ref().map_or(0, |act| act.working.weighted.mg()),
            }),
            appeal_words: None,
            appeal_upheld: None,
            appeal_answer: None,
            reversal_why: None,
            signs: Vec::new(),
            proofs: Vec::new(),
            asked: None,
        })
    }
}
