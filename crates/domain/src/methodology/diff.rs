//! What differs between two methodologies, line by line, and what it makes of their worked examples.

use std::sync::Arc;

use super::{Cap, ClaimPart, Context, Example, Input, InputKind, Methodology, Said, Unquantified, Working, quantify};
use crate::evidence::Grade;
use crate::measure::{Carbon, Decimal, Lang, Period};

/// To which part of a methodology a line belongs, in the order in which they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Title, behaviour, category, note.
    About,
    /// Something that has to be said about an act.
    Input,
    /// A value of a factor.
    Factor,
    /// A formula.
    Formula,
    /// What a grade of evidence weighs.
    Weight,
    /// A ceiling.
    Cap,
    /// What makes two records the same act.
    Claim,
    /// One of the twelve headings.
    Heading,
}

impl Part {
    /// Its name for machines and message files.
    pub const fn name(self) -> &'static str {
        match self {
            Part::About => "about",
            Part::Heading => "heading",
            Part::Input => "input",
            Part::Factor => "factor",
            Part::Formula => "formula",
            Part::Weight => "weight",
            Part::Cap => "cap",
            Part::Claim => "claim",
        }
    }
}

/// One statement of a methodology: what it is about and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The part that it belongs to.
    pub part: Part,
    /// What it is about, unique within its part.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// A statement that two methodologies do not share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The part that it belongs to.
    pub part: Part,
    /// What it is about.
    pub name: String,
    /// What the old one says, if it speaks of it.
    pub old: Option<String>,
    /// What the new one says, if it speaks of it.
    pub new: Option<String>,
}

/// What both methodologies make of a worked example of either.
#[derive(Debug, Clone)]
pub struct Effect {
    /// The example.
    pub example: Example,
    /// What the old one makes of it.
    pub old: Result<Carbon, Unquantified>,
    /// What the new one makes of it.
    pub new: Result<Carbon, Unquantified>,
}

/// Everything that a methodology says, in the order of its parts.
pub fn statements(methodology: &Methodology, lang: Lang) -> Vec<Statement> {
    let mut out = Vec::new();
    let mut say = |part, name: &str, text: String| {
        let name = name.to_owned();
        out.push(Statement { part, name, text });
    };
    say(Part::About, "title", methodology.title.in_lang(lang).to_owned());
    say(Part::About, "behaviour", methodology.behaviour.clone());
    say(
        Part::About,
        "category",
        format!("{:?}", methodology.category).to_lowercase(),
    );
    if let Some(note) = &methodology.note {
        say(Part::About, "note", note.in_lang(lang).to_owned());
    }
    for (key, text) in &methodology.headings {
        say(Part::Heading, key, text.in_lang(lang).to_owned());
    }
    for input in &methodology.inputs {
        say(Part::Input, &input.name, asked(input, lang));
    }
    for factor in &methodology.factors {
        for row in &factor.rows {
            let choice = methodology.choice_of(factor, row).map(|(_, choice)| choice);
            let choice = choice.map(|choice| format!(" {choice}")).unwrap_or_default();
            let name = format!("{} · {} {}{choice} · {}", factor.name, row.region, row.year, row.kind);
            let day = |word, day: Option<_>| day.map(|day| format!(", {word} {day}")).unwrap_or_default();
            let until = day("from", row.valid_from) + &day("until", row.valid_to);
            let text = format!("{} {}{until} ({})", row.value, factor.unit.name(), row.source);
            say(Part::Factor, &name, text);
        }
    }
    for step in &methodology.steps {
        say(Part::Formula, &step.name, step.formula.clone());
    }
    say(Part::Formula, "baseline", methodology.formulas.baseline.clone());
    say(Part::Formula, "project", methodology.formulas.project.clone());
    if let Some(leakage) = &methodology.formulas.leakage {
        say(Part::Formula, "leakage", leakage.clone());
    }
    for grade in Grade::ALL {
        if methodology.accepts(grade) {
            say(Part::Weight, &grade.to_string(), methodology.weight(grade).to_string());
        }
    }
    for cap in &methodology.caps {
        let (name, text) = ceiling(cap, lang);
        say(Part::Cap, name, text);
    }
    let key: Vec<String> = methodology
        .claim
        .iter()
        .map(|part| claimed(part, &methodology.inputs))
        .collect();
    say(Part::Claim, "key", key.join(" + "));
    say(Part::Claim, "exclusive", methodology.exclusive.to_string());
    out
}

/// What may be said for an input: `km, 0.1 to 100; 1 if nothing is said`.
fn asked(input: &Input, lang: Lang) -> String {
    let label = input.label.in_lang(lang);
    let bounds = match &input.kind {
        InputKind::Number { unit, places, min, max } => {
            let shown = |steps| Decimal::new(steps, *places);
            format!("{label}: {} – {} {}", shown(*min), shown(*max), unit.name())
        }
        InputKind::Choice(choices) => format!("{label}: {}", choices.join(" / ")),
    };
    match input.default {
        Some(given) => format!("{bounds} (= {})", input.shown(given)),
        None => bounds,
    }
}

fn ceiling(cap: &Cap, lang: Lang) -> (&'static str, String) {
    let name = match cap.per {
        Period::Day => "day",
        Period::Month => "month",
        Period::Year => "year",
    };
    let count = cap.count.map(|count| format!("{count} ×"));
    let mass = cap.mass.map(|mass| mass.show(lang));
    let both: Vec<String> = count.into_iter().chain(mass).collect();
    (name, both.join(", "))
}

fn claimed(part: &ClaimPart, inputs: &[Input]) -> String {
    match part {
        ClaimPart::Event => "event".to_owned(),
        ClaimPart::Participant => "participant".to_owned(),
        ClaimPart::Day => "day".to_owned(),
        ClaimPart::Start => "start".to_owned(),
        ClaimPart::Photo => "photo".to_owned(),
        ClaimPart::Input(at) => inputs
            .get(*at)
            .map_or_else(String::new, |input| format!("input:{}", input.name)),
    }
}

/// What differs, in the order of the parts: what the old one says, with what became of it, then what is new.
pub fn differences(old: &Methodology, new: &Methodology, lang: Lang) -> Vec<Difference> {
    let (before, mut after) = (statements(old, lang), statements(new, lang));
    let mut out = Vec::new();
    for statement in before {
        let Statement { part, name, text } = statement;
        let at = after.iter().position(|other| other.part == part && other.name == name);
        let now = at.map(|at| after.remove(at).text);
        if now.as_ref() != Some(&text) {
            let old = Some(text);
            out.push(Difference {
                part,
                name,
                old,
                new: now,
            });
        }
    }
    out.extend(after.into_iter().map(|statement| Difference {
        part: statement.part,
        name: statement.name,
        old: None,
        new: Some(statement.text),
    }));
    out.sort_by_key(|difference| difference.part);
    out
}

/// Works an example by a methodology that need not be its own.
///
/// # Errors
/// If the methodology cannot quantify it.
pub fn work(methodology: &Arc<Methodology>, example: &Example) -> Result<Working, Unquantified> {
    let context = Context {
        region: &example.region,
        day: example.day,
        grade: example.grade,
    };
    let said = |(name, value): &(String, String)| (name.clone(), value.clone());
    let said: Vec<(String, String)> = example.inputs.iter().map(said).collect();
    let said = said.iter().map(|(name, value)| (name.as_str(), Said::Text(value)));
    let inputs = methodology.read_inputs(said)?;
    quantify(methodology, inputs, &context)
}

/// What both make of the worked examples of the old one, and of those that only the new one has.
pub fn effects(old: &Arc<Methodology>, new: &Arc<Methodology>) -> Vec<Effect> {
    let same =
        |a: &Example, b: &Example| (&a.inputs, &a.region, a.day, a.grade) == (&b.inputs, &b.region, b.day, b.grade);
    let added = new
        .examples
        .iter()
        .filter(|e| !old.examples.iter().any(|known| same(known, e)));
    let effect = |example: &Example| Effect {
        example: example.clone(),
        old: work(old, example).map(|working| working.weighted),
        new: work(new, example).map(|working| working.weighted),
    };
    old.examples.iter().chain(added).map(effect).collect()
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::FILES;
    use super::*;

    fn shipped(name: &str) -> &'static str {
        FILES.iter().find(|(file, _)| *file == name).unwrap().1
    }

    #[test]
    fn a_changed_factor_is_one_difference_and_its_effect_is_shown() {
        let text = shipped("metro-trip.toml");
        let old = Methodology::parse(text).unwrap();
        let changed = text
            .replace("1.0.0", "1.1.0")
            .replace("value = \"200\"", "value = \"150\"")
            .replace("\"200 g\"", "\"150 g\"")
            .replace("\"100 g\"", "\"75 g\"");
        let new = Methodology::parse(&changed).unwrap();
        let differences = differences(&old, &new, Lang::En);
        assert_eq!(differences.len(), 1, "{differences:?}");
        assert_eq!(differences[0].part, Part::Factor);
        assert!(differences[0].new.as_ref().unwrap().starts_with("150 "));
        let effects = effects(&old, &new);
        assert_eq!(effects.len(), 2);
        assert_eq!(effects[0].old, Ok(Carbon::from_mg(200_000)));
        assert_eq!(effects[0].new, Ok(Carbon::from_mg(150_000)));
    }

    #[test]
    fn every_shipped_methodology_equals_itself() {
        for (file, text) in FILES {
            let one = Methodology::parse(text).unwrap();
            assert_eq!(differences(&one, &one, Lang::Zh), [], "{file}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let text = shipped("metro-trip.toml")
            .replace("scope = {", "scoop = {")
            .replace("unit = \"trip\"", "unit = \"trups\"")
            .replace("E0 = \"0.5\"", "E0 = \"5\"");
        let places: Vec<String> = Methodology::check(&text)
            .unwrap_err()
            .into_iter()
            .map(|f| f.place)
            .collect();
        assert_eq!(
            places,
            [
                "headings.scope",
                "headings.scoop",
                "input trips.unit",
                "evidence.weights.E0"
            ]
        );
        let wrong = shipped("metro-trip.toml")
            .replace("\"200 g\"", "\"201 g\"")
            .replace("\"100 g\"", "\"99 g\"");
        assert_eq!(Methodology::check(&wrong).unwrap_err().len(), 2);
        assert_eq!(Methodology::check("= nothing").unwrap_err()[0].place, "line 1");
    }
}
