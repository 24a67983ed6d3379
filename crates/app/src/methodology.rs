//! Methodologies: publishing a version, putting it in force, showing it, trying it.

mod trial;

use std::collections::HashMap;
use std::sync::Arc;

use domain::activity::ClaimKey;
use domain::evidence::Grade;
use domain::measure::{Carbon, Day, Period};
use domain::methodology::{Category, Context, Methodology, Said, Working, quantify};
use domain::programme::{Deed, Programme};
use serde::Serialize;
use store::Db;

pub use trial::{Comparison, DraftView, Progress, Shift, Top, Trials};

use crate::{App, Caller, Error, Refused};

/// A published version, for people and machines.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MethodologyView {
    /// `metro-trip@1.0.0`.
    pub reference: String,
    /// Its behaviour.
    pub behaviour: String,
    /// Its category.
    #[schema(value_type = String)]
    pub category: Category,
    /// The file, which holds everything: headings, inputs, factors with sources, formulas, examples.
    pub text: String,
}

/// What a version credited in a programme over some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CreditedView {
    /// Acts.
    pub acts: i64,
    /// Reduction.
    pub mg: i64,
}

impl App {
    /// What a programme credited in the last thirty days by each version, by its number.
    pub async fn credited_lately(
        &self,
        caller: &Caller,
        programme: &Programme,
    ) -> Result<HashMap<i64, CreditedView>, Error> {
        caller.may(Deed::ReadConsole, programme.id, None)?;
        let today = programme.zone.day_of(self.now_us()).epoch_days();
        let (programme, since) = (programme.id, Day::from_epoch_days(today - 29));
        let rows = self
            .0
            .store
            .read(async move |db: &mut Db| store::methodology::credited_since(db, programme, since).await)
            .await?;
        let view = |(number, acts, reduction): (i64, i64, Carbon)| {
            let mg = reduction.mg();
            (number, CreditedView { acts, mg })
        };
        Ok(rows.into_iter().map(view).collect())
    }

    /// Publishes a version; publishing the same text again changes nothing. `true` if it is new.
    pub async fn publish_methodology(
        &self,
        caller: &Caller,
        programme: &Programme,
        text: &str,
    ) -> Result<(String, bool), Error> {
        caller.may(Deed::PublishMethodology, programme.id, None)?;
        let methodology = Methodology::parse(text).map_err(Refused::from)?;
        let reference = methodology.reference();
        let (hash, now_us, programme) = (outside::chance::fingerprint(text), self.now_us(), programme.id);
        let about = format!("methodology {reference}");
        let note = self.note(caller, programme, "methodology.publish", about, &*methodology.behaviour);
        let published = self
            .0
            .store
            .write(ClaimKey::of(&[reference.as_bytes()]).0[0], async move |db: &mut Db| {
                let published = store::methodology::publish(db, &methodology, &hash, now_us).await?;
                if let Some((number, _)) = published {
                    store::methodology::put_in_force(db, programme, &methodology.behaviour, number, now_us).await?;
                    note.write(db).await?;
                }
                Ok(published)
            })
            .await?;
        self.reload_catalogue().await?;
        match published {
            Some((_, new)) => Ok((reference, new)),
            None => Err(Refused::Taken(format!(
                "{reference}, with another text: a published version never changes"
            ))
            .into()),
        }
    }
}

/// Works out what an act would come to, without writing anything. Empty values count as not said.
///
/// # Errors
/// If the evidence is not accepted or the methodology cannot quantify it.
pub fn try_act(
    methodology: &Arc<Methodology>,
    said: &[(String, String)],
    region: &str,
    day: Day,
    grade: Grade,
) -> Result<Working, Refused> {
    if !methodology.accepts(grade) {
        return Err(domain::activity::Refusal::Grade(grade).into());
    }
    let said = said
        .iter()
        .filter(|(_, value)| !value.trim().is_empty())
        .map(|(name, value)| (name.as_str(), Said::Text(value)));
    let inputs = methodology.read_inputs(said)?;
    Ok(quantify(methodology, inputs, &Context { region, day, grade })?)
}

/// The first and last civil day of the month before that of a day.
pub fn month_before(day: Day) -> (Day, Day) {
    let of = |day: Day, number: i32| Period::Month.number(day) == number;
    let this = Period::Month.number(day);
    let mut last = day;
    while of(last, this) {
        last = Day::from_epoch_days(last.epoch_days() - 1);
    }
    let mut first = last;
    while of(Day::from_epoch_days(first.epoch_days() - 1), this - 1) {
        first = Day::from_epoch_days(first.epoch_days() - 1);
    }
    (first, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_month_before_is_a_whole_one() {
        let month = |day: &str| {
            let (first, last) = month_before(Day::parse(day).unwrap());
            (first.to_string(), last.to_string())
        };
        let expect = |first: &str, last: &str| (first.to_owned(), last.to_owned());
        assert_eq!(month("2026-11-24"), expect("2026-10-01", "2026-10-31"));
        assert_eq!(month("2026-03-31"), expect("2026-02-01", "2026-02-28"));
        assert_eq!(month("2027-01-01"), expect("2026-12-01", "2026-12-31"));
    }
}
