//! Steps: a file of many days becomes one act a day, and each day is told what became of it.

use std::borrow::Cow;
use std::fs::File;
use std::sync::Arc;

use domain::activity::Channel;
use domain::evidence::steps::by_day;
use domain::evidence::{Kind, Rule, StepsFacts};
use domain::measure::{Day, EntryId, ParticipantId};
use domain::participant::Consent;
use domain::programme::{Deed, Programme};
use serde::Serialize;
use store::Db;
use store::activity::claim_holders;

use super::prepare;
use super::reading::of_steps;
use crate::activity::{Inputs, Report, Said};
use crate::{App, Caller, Error, Refused};

/// What became of a day of a file of steps.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct StepsOutcome {
    /// The civil day.
    #[schema(value_type = String)]
    pub day: Day,
    /// What counted them.
    pub source: String,
    /// The day's steps.
    pub steps: u32,
    /// What became of it.
    #[serde(flatten)]
    pub fate: StepsFate,
}

/// What became of one day.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum StepsFate {
    /// It is being judged.
    Sent {
        /// The number under which its state can be asked.
        #[schema(value_type = String)]
        submission: EntryId,
    },
    /// It was credited before, from this source or another.
    Credited {
        /// The record.
        #[schema(value_type = String)]
        record: EntryId,
    },
    /// It was sent before.
    Before,
    /// The day is not over: send it tomorrow.
    NotOver,
    /// It was not taken, for a reason of its own.
    Refused {
        /// A stable code.
        code: String,
    },
}

impl App {
    /// Takes a file of steps: one act of the programme's behaviour of steps for each civil day that is over and not
    /// longer ago than acts may be reported. Sending the same file again changes nothing.
    pub async fn submit_steps(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        behaviour: &str,
        file: File,
        device: Option<[u8; 32]>,
    ) -> Result<Vec<StepsOutcome>, Error> {
        let participant = caller
            .participant_in(programme.id)
            .ok_or(Refused::NotFound("participant"))?;
        caller.may(Deed::SubmitActivity, programme.id, Some(participant))?;
        let rule = self.proofs_for(programme, behaviour)?;
        let Some(input) = rule.steps.clone().filter(|_| rule.proofs.contains(&Kind::Steps)) else {
            return Err(Refused::invalid("proof", "steps do not prove this behaviour").into());
        };
        self.unless_consented(programme, participant, &[Consent::Programme, Consent::Steps])
            .await?;
        let today = programme.zone.day_of(self.now_us());
        let within = i32::try_from(self.policy(programme.id).policy.limits.report_within_days).unwrap_or(i32::MAX);
        let first = Day::from_epoch_days(today.epoch_days().saturating_sub(within));
        let first = first.max(programme.zone.day_of(programme.starts_us));
        let mut outcomes = Vec::new();
        let read = by_day(self.read_steps(programme, file, first).await?);
        let walked = read.into_iter().map(|day| day.counted);
        let walked: Vec<StepsFacts> = walked.filter(|facts| facts.day >= first && facts.steps > 0).collect();
        // competitions count the day that is not over as well
        let days = walked
            .iter()
            .map(|facts| (facts.day, facts.source.clone(), facts.steps));
        let days: Vec<(Day, String, u32)> = days.collect();
        self.read_file_days(caller, programme, participant, &days).await?;
        for facts in walked {
            let (day, source, steps) = (facts.day, facts.source.clone(), facts.steps);
            let fate = if day >= today {
                StepsFate::NotOver
            } else {
                self.submit_day(caller, programme, (participant, behaviour, &input), facts, device)
                    .await?
            };
            outcomes.push(StepsOutcome {
                day,
                source,
                steps,
                fate,
            });
        }
        Ok(outcomes)
    }

    async fn submit_day(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        (participant, behaviour, input): (ParticipantId, &str, &str),
        facts: StepsFacts,
        device: Option<[u8; 32]>,
    ) -> Result<StepsFate, Error> {
        let origin = self.origin_of(caller, Channel::Steps)?;
        let day = facts.day;
        let tomorrow = programme.zone.start_of(Day::from_epoch_days(day.epoch_days() + 1));
        let instant = |us: i64| jiff::Timestamp::from_microsecond(us).map(|at| at.to_string());
        let report = Report {
            // the same day again is the same event, whatever the file is called
            event: Cow::Owned(format!("steps {day}")),
            participant: None,
            reference: None,
            behaviour: Cow::Borrowed(behaviour),
            started_at: Cow::Owned(instant(programme.zone.start_of(day)).map_err(Error::outside)?),
            ended_at: Some(Cow::Owned(instant(tomorrow).map_err(Error::outside)?)),
            inputs: Inputs(vec![(
                Cow::Borrowed(input),
                Said::Number(Cow::Owned(facts.steps.to_string())),
            )]),
            region: None,
        };
        let refused = |refused: &Refused| StepsFate::Refused {
            code: refused.code().to_owned(),
        };
        let post = match prepare(&self.catalogue(), programme, &origin, participant, &report) {
            Ok(post) => post,
            Err(why) => return Ok(refused(&why)),
        };
        let claims = post.act.claims;
        let holders = self
            .0
            .store
            .read(async move |db: &mut Db| claim_holders(db, &claims).await)
            .await?;
        if let Some((_, record)) = holders.values().next() {
            return Ok(StepsFate::Credited {
                record: EntryId::new(*record),
            });
        }
        let reading = of_steps(facts)?;
        let kept = self.keep_act(
            programme,
            &origin,
            (participant, &report),
            vec![(Kind::Steps, reading)],
            device,
        );
        match kept.await {
            Ok(submitted) => Ok(StepsFate::Sent {
                submission: submitted.submission,
            }),
            Err(Error::Refused(Refused::KeyReused)) => Ok(StepsFate::Before),
            Err(Error::Refused(why)) => Ok(refused(&why)),
            Err(broken) => Err(broken),
        }
    }

    /// What counts as proof of a behaviour of a programme.
    pub fn proofs_for(&self, programme: &Programme, behaviour: &str) -> Result<Rule, Error> {
        self.catalogue().methodology_for(programme.id, behaviour)?;
        Ok(self.policy(programme.id).policy.rule(behaviour))
    }

    /// Within how many days a person answers, by a programme's policy.
    pub fn answer_days(&self, programme: &Programme) -> i64 {
        self.policy(programme.id).policy.limits.appeal_days
    }
}

/// A file for what is too large to hold, with no name: it is gone once it is closed.
pub fn scratch() -> Result<File, Error> {
    outside::scratch::file().map_err(Error::outside)
}
