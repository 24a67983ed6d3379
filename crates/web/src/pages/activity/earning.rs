//! What one act earns, said before anybody records it.

use std::sync::Arc;

use domain::evidence::{Grade, Kind, Rule};
use domain::measure::{Carbon, Day, Decimal};
use domain::methodology::{Context, InputKind, Methodology, Said, Unquantified, quantify};

use super::words;
use crate::lang::Lang;
use crate::pages::carbon;

/// The grade that a person reaches by hand: a photo, else a declaration; none if neither is accepted.
pub(in crate::pages) fn by_hand(methodology: &Methodology) -> Option<Grade> {
    [Grade::E1, Grade::E0]
        .into_iter()
        .find(|grade| methodology.accepts(*grade))
}

/// The kinds of files and readings, beside photos, by which a person proves it.
pub(in crate::pages) fn by_file(methodology: &Methodology, rule: &Rule) -> Vec<Kind> {
    if !methodology.accepts(Grade::E2) {
        return Vec::new();
    }
    let fits = |kind: &Kind| match kind {
        Kind::Photo => false,
        Kind::Track => true,
        Kind::Steps => rule.steps.is_some(),
        Kind::Meter => rule.used.is_some(),
    };
    rule.proofs.iter().copied().filter(fits).collect()
}

/// The grade for which the earning is said: by hand, else the best that is accepted.
fn usual(methodology: &Methodology) -> Option<Grade> {
    let best = || Grade::ALL.into_iter().rev().find(|grade| methodology.accepts(*grade));
    by_hand(methodology).or_else(best)
}

/// Whether factors for it are in force in this region, as far as its worked examples tell.
pub(in crate::pages) fn counts_in(methodology: &Arc<Methodology>, region: &str, day: Day) -> bool {
    let Some(grade) = usual(methodology) else { return false };
    let context = Context { region, day, grade };
    methodology.examples.iter().any(|example| {
        let said = example
            .inputs
            .iter()
            .map(|(name, value)| (name.as_str(), Said::Text(value)));
        let inputs = methodology.read_inputs(said);
        let refused = inputs.and_then(|inputs| quantify(methodology, inputs, &context)).err();
        !matches!(refused, Some(Unquantified::NoFactor { .. }))
    })
}

/// Weighted milligrams of an act of which one thing is said.
fn worth(methodology: &Arc<Methodology>, context: &Context<'_>, said: Option<(&str, &str)>) -> Option<i64> {
    let said = said.map(|(name, value)| (name, Said::Text(value)));
    let inputs = methodology.read_inputs(said).ok()?;
    Some(quantify(methodology, inputs, context).ok()?.weighted.mg())
}

/// What one act earns: `+200 g`, or for what is measured `250 g/km`; nothing where more than one thing has to be said.
pub(in crate::pages) fn earns(methodology: &Arc<Methodology>, region: &str, day: Day, lang: Lang) -> Option<String> {
    let context = Context {
        region,
        day,
        grade: usual(methodology)?,
    };
    if let Some(mg) = worth(methodology, &context, None) {
        return Some(format!("+{}", carbon(mg, lang)));
    }
    let mut open = methodology.inputs.iter().filter(|input| input.default.is_none());
    let (Some(input), None) = (open.next(), open.next()) else {
        return None;
    };
    let InputKind::Number { unit, places, min, max } = &input.kind else {
        return None;
    };
    let one = 10_i64.checked_pow(u32::from(*places))?;
    let value = |steps: i64| Decimal::new(steps, *places).to_string();
    let of = |steps: i64| worth(methodology, &context, Some((&input.name, &value(steps))));
    // one unit, or ten, a hundred, a thousand of them, until it is a gram
    let mut steps = one.max(*min);
    let mut mg = of(steps)?;
    while mg < 1_000 && steps.checked_mul(10).is_some_and(|more| more <= *max) {
        steps *= 10;
        mg = of(steps)?;
    }
    let twice = of((steps * 2).min(*max))?;
    let proportional = steps * 2 <= *max && (twice - mg * 2).abs() <= 1;
    if !proportional || steps % one != 0 {
        return None;
    }
    let per = match steps / one {
        1 => words::unit(unit.name(), lang),
        _ => words::amount(&Decimal::new(steps / one, 0).grouped(), unit.name(), lang),
    };
    Some(format!("{}/{per}", Carbon::from_mg(mg).show(lang.into())))
}

#[cfg(test)]
mod tests {
    use domain::methodology::catalogue;

    use super::*;

    #[test]
    fn what_an_act_earns_is_said_per_act_or_per_unit() {
        let day = Day::parse("2026-11-24").unwrap();
        let said = |file: &str| {
            let (_, text) = catalogue::FILES.iter().find(|(name, _)| *name == file).unwrap();
            earns(&Methodology::parse(text).unwrap(), "CN-SH", day, Lang::En)
        };
        assert_eq!(said("metro-trip.toml").as_deref(), Some("+200 g"));
        assert_eq!(said("cycling-for-driving.toml").as_deref(), Some("250 g/km"));
        assert_eq!(said("walking-by-steps.toml").as_deref(), Some("8.2 g/1,000 steps"));
        let counts = |file: &str| {
            let (_, text) = catalogue::FILES.iter().find(|(name, _)| *name == file).unwrap();
            counts_in(&Methodology::parse(text).unwrap(), "CN-SH", day)
        };
        assert!(counts("metro-trip.toml") && counts("household-electricity.toml"));
        assert!(!counts("vegetarian-meal.toml"), "its factors are for another country");
        assert_eq!(said("household-electricity.toml"), None, "two readings have to be said");
    }
}
