//! Reading a methodology file: TOML in, a checked [`Methodology`] out, or the place and what is wrong there.
// long because: one file format, read from top to bottom

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;

use super::compile::{Formula, Source, compile};
use super::inputs::Said;
use super::program::Program;
use super::unit::Unit;
use super::{
    Cap, Category, ClaimPart, Example, Factor, FactorRow, Formulas, Given, Input, InputKind, MOST_FACTORS, MOST_INPUTS,
    Methodology, MethodologyError, Step, columns, diff, formula,
};
use crate::evidence::{Grade, Weight};
use crate::measure::{Carbon, Day, Decimal, Period, Text};

/// The twelve headings of Guangdong's methodology template.
pub const HEADINGS: [&str; 12] = [
    "scope",
    "references",
    "terms",
    "applicability",
    "inclusiveness",
    "additionality",
    "no_double_claims",
    "boundary",
    "baseline",
    "calculation",
    "monitoring",
    "verification",
];

/// A file larger than this is refused unread.
const LARGEST: usize = 256 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    version: String,
    behaviour: String,
    category: Category,
    title: Text,
    note: Option<Text>,
    headings: BTreeMap<String, Text>,
    #[serde(default)]
    regions: BTreeMap<String, String>,
    #[serde(rename = "input", default)]
    inputs: Vec<InputTable>,
    #[serde(rename = "factor", default)]
    factors: Vec<FactorTable>,
    calculation: Calculation,
    evidence: Evidence,
    #[serde(rename = "cap", default)]
    caps: Vec<CapTable>,
    claim: Claim,
    #[serde(rename = "example", default)]
    examples: Vec<ExampleTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InputTable {
    name: String,
    label: Text,
    unit: Option<String>,
    #[serde(default)]
    places: u8,
    min: Option<String>,
    max: Option<String>,
    choices: Option<Vec<String>>,
    default: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FactorTable {
    name: String,
    label: Text,
    unit: String,
    by: Option<String>,
    kind: Option<String>,
    source: Option<String>,
    url: Option<String>,
    values: Vec<ValueTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueTable {
    region: String,
    year: i16,
    value: String,
    choice: Option<String>,
    kind: Option<String>,
    source: Option<String>,
    url: Option<String>,
    valid_from: Option<String>,
    valid_to: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Calculation {
    baseline: String,
    project: String,
    leakage: Option<String>,
    #[serde(rename = "step", default)]
    steps: Vec<StepTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepTable {
    name: String,
    label: Text,
    formula: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Evidence {
    weights: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CapTable {
    per: Period,
    count: Option<u32>,
    mass: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    key: Vec<String>,
    #[serde(default)]
    exclusive: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExampleTable {
    name: String,
    #[serde(default)]
    inputs: BTreeMap<String, String>,
    region: String,
    day: String,
    grade: Grade,
    expect: String,
    source: Option<String>,
}

fn error(place: impl Into<String>, what: impl Into<String>) -> MethodologyError {
    MethodologyError {
        place: place.into(),
        what: what.into(),
    }
}

impl Methodology {
    /// Reads and checks a file, examples included.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place: syntax, an unknown unit, units that do not fit, a cycle, a
    /// factor without a source, an example that does not come out right…
    pub fn parse(text: &str) -> Result<Arc<Self>, MethodologyError> {
        Self::check(text).map_err(|mut faults| faults.swap_remove(0))
    }

    /// Reads and checks a file as [`Methodology::parse`] does, for somebody who is writing one.
    ///
    /// # Errors
    /// Everything that is wrong, as far as it can be told: never nothing. A file that is no TOML has one fault; the
    /// formulas are read once what they name is right, and the examples are worked once the formulas are.
    pub fn check(text: &str) -> Result<Arc<Self>, Vec<MethodologyError>> {
        if text.len() > LARGEST {
            return Err(vec![error("file", format!("larger than {LARGEST} bytes"))]);
        }
        let file: File = toml::from_str(text).map_err(|e| {
            let line = e
                .span()
                .map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
            vec![error(format!("line {line}"), e.message().to_owned())]
        })?;
        let methodology = Arc::new(build(file, text)?);
        let wrong = |example| check_example(&methodology, example).err();
        let faults: Vec<MethodologyError> = methodology.examples.iter().filter_map(wrong).collect();
        if faults.is_empty() {
            Ok(methodology)
        } else {
            Err(faults)
        }
    }
}

/// What was found to be wrong so far.
struct Faults(Vec<MethodologyError>);

impl Faults {
    /// The value, or nothing and a fault more.
    fn keep<T>(&mut self, outcome: Result<T, MethodologyError>) -> Option<T> {
        outcome.map_err(|fault| self.0.push(fault)).ok()
    }

    fn keep_all<T>(&mut self, outcomes: impl Iterator<Item = Result<T, MethodologyError>>) -> Vec<T> {
        outcomes.filter_map(|outcome| self.keep(outcome)).collect()
    }
}

fn build(file: File, text: &str) -> Result<Methodology, Vec<MethodologyError>> {
    let mut faults = Faults(Vec::new());
    faults.keep(names(&file));
    let headings = headings(file.headings, &mut faults);
    let inputs = faults.keep_all(file.inputs.into_iter().map(input));
    let wider = Arc::new(file.regions);
    faults.keep(check_regions(&wider));
    // a factor may lean on an input that is wrong: that one is told first
    let factors = faults.keep_all(file.factors.into_iter().map(|table| factor(table, &inputs, &wider)));
    if inputs.len() > MOST_INPUTS || factors.len() > MOST_FACTORS {
        let most = format!("at most {MOST_INPUTS} inputs and {MOST_FACTORS} factors");
        faults.0.push(error("file", most));
    }
    let compiled = if faults.0.is_empty() {
        calculation(&file.calculation, &inputs, &factors, &mut faults)
    } else {
        None // whatever names what is wrong would be told as wrong itself
    };
    let claim = faults.keep(claim(&file.claim.key, &inputs));
    let caps = faults.keep_all(file.caps.into_iter().enumerate().map(|(i, table)| cap(i, table)));
    if file.examples.is_empty() {
        faults.0.push(error("example", "at least one worked example is needed"));
    }
    let examples = faults.keep_all(file.examples.into_iter().map(example));
    let weights = faults.keep(weights(&file.evidence.weights));
    let (Some((program, slots)), Some(claim), Some(weights), true) = (compiled, claim, weights, faults.0.is_empty())
    else {
        return Err(faults.0);
    };
    let steps = file.calculation.steps.into_iter().zip(slots);
    let steps = steps
        .map(|(s, slot)| Step {
            name: s.name,
            label: s.label,
            formula: s.formula,
            slot,
        })
        .collect();
    let fits = columns::prove(&program, &inputs, &factors);
    Ok(Methodology {
        id: file.id,
        version: file.version,
        behaviour: file.behaviour,
        category: file.category,
        title: file.title,
        note: file.note,
        headings,
        inputs,
        factors,
        steps,
        formulas: Formulas {
            baseline: file.calculation.baseline,
            project: file.calculation.project,
            leakage: file.calculation.leakage,
        },
        weights,
        caps,
        claim,
        exclusive: file.claim.exclusive,
        examples,
        text: text.to_owned(),
        program,
        fits,
    })
}

/// The program of the formulas and the slot of each step.
fn calculation(
    tables: &Calculation,
    inputs: &[Input],
    factors: &[Factor],
    faults: &mut Faults,
) -> Option<(Program, Vec<u16>)> {
    let mut read = |place: String, text: &str| {
        let formula = match formula::read(text) {
            Ok(node) => Ok(Formula { place, node }),
            Err(e) => Err(error(format!("{place}, column {}", e.column), e.what)),
        };
        faults.keep(formula)
    };
    let baseline = read("calculation.baseline".to_owned(), &tables.baseline);
    let project = read("calculation.project".to_owned(), &tables.project);
    let leakage = tables.leakage.as_ref().map_or(Some(None), |text| {
        read("calculation.leakage".to_owned(), text).map(Some)
    });
    let mut steps = Vec::new();
    for step in &tables.steps {
        let formula = read(format!("calculation.step {}", step.name), &step.formula)?;
        steps.push((step.name.clone(), formula));
    }
    faults.keep(check_names(inputs, factors, &tables.steps))?;
    let (baseline, project, leakage) = (baseline?, project?, leakage?);
    faults.keep(compile(&Source {
        inputs,
        factors,
        steps: &steps,
        baseline: &baseline,
        project: &project,
        leakage: leakage.as_ref(),
    }))
}

fn names(file: &File) -> Result<(), MethodologyError> {
    for (place, name) in [("id", &file.id), ("behaviour", &file.behaviour)] {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(error(place, format!("\"{name}\" is not made of a-z, 0-9 and -")));
        }
    }
    let numbers: Vec<&str> = file.version.split('.').collect();
    if numbers.len() != 3 || numbers.iter().any(|n| n.parse::<u32>().is_err()) {
        let what = format!("\"{}\" is not of the form 1.0.0", file.version);
        return Err(error("version", what));
    }
    Ok(())
}

fn headings(mut given: BTreeMap<String, Text>, faults: &mut Faults) -> Vec<(&'static str, Text)> {
    let mut out = Vec::with_capacity(HEADINGS.len());
    for key in HEADINGS {
        match given.remove(key) {
            Some(text) if !text.zh.trim().is_empty() && !text.en.trim().is_empty() => out.push((key, text)),
            _ => faults
                .0
                .push(error(format!("headings.{key}"), "is needed, in zh and en")),
        }
    }
    let strange = |key| error(format!("headings.{key}"), "is none of the twelve headings");
    faults.0.extend(given.into_keys().map(strange));
    out
}

fn check_regions(wider: &BTreeMap<String, String>) -> Result<(), MethodologyError> {
    for start in wider.keys() {
        let mut region = start;
        for _ in 0..=wider.len() {
            let Some(next) = wider.get(region) else { break };
            if next == start {
                return Err(error("regions", format!("\"{start}\" lies within itself")));
            }
            region = next;
        }
    }
    Ok(())
}

fn check_names(inputs: &[Input], factors: &[Factor], steps: &[StepTable]) -> Result<(), MethodologyError> {
    let mut seen = HashSet::new();
    let names = inputs.iter().map(|i| ("input", &i.name));
    let names = names.chain(factors.iter().map(|f| ("factor", &f.name)));
    for (place, name) in names.chain(steps.iter().map(|s| ("calculation.step", &s.name))) {
        let word = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !word || formula::RESERVED.contains(&name.as_str()) {
            return Err(error(
                place,
                format!("\"{name}\" cannot be a name: use a-z, 0-9 and _, not a word of formulas"),
            ));
        }
        if !seen.insert(name) {
            return Err(error(place, format!("\"{name}\" is used twice")));
        }
    }
    Ok(())
}

fn decimal(place: &str, text: &str) -> Result<Decimal, MethodologyError> {
    Decimal::parse(text).map_err(|e| error(place, e.to_string()))
}

fn input(table: InputTable) -> Result<Input, MethodologyError> {
    let place = format!("input {}", table.name);
    let kind = match (table.choices, table.unit) {
        (Some(choices), None) => {
            let distinct: HashSet<&String> = choices.iter().collect();
            let plain =
                |c: &String| !c.is_empty() && c.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
            if choices.is_empty() || distinct.len() != choices.len() || !choices.iter().all(plain) {
                return Err(error(place, "choices must be different plain words"));
            }
            InputKind::Choice(choices)
        }
        (None, Some(unit)) => {
            let unit = Unit::parse(&unit).map_err(|e| error(format!("{place}.unit"), e.to_string()))?;
            if table.places > 9 {
                return Err(error(format!("{place}.places"), "at most 9"));
            }
            let bound = |name: &str, text: Option<String>| {
                let place = format!("{place}.{name}");
                let text = text.ok_or_else(|| error(place.clone(), "every number needs physical bounds"))?;
                let (steps, exact) = decimal(&place, &text)?
                    .at_places(table.places)
                    .ok_or_else(|| error(place.clone(), "out of range"))?;
                if exact {
                    Ok(steps)
                } else {
                    Err(error(place, format!("finer than {} places", table.places)))
                }
            };
            let (min, max) = (bound("min", table.min)?, bound("max", table.max)?);
            if min > max {
                return Err(error(format!("{place}.min"), "greater than max"));
            }
            InputKind::Number {
                unit,
                places: table.places,
                min,
                max,
            }
        }
        _ => return Err(error(place, "needs either a unit or choices")),
    };
    let mut input = Input {
        name: table.name,
        label: table.label,
        kind,
        default: None,
    };
    if let Some(text) = table.default {
        let given = input
            .read(Said::Text(&text))
            .and_then(|given| input.check(given).map(|()| given));
        input.default = Some(given.map_err(|e| error(format!("{place}.default"), e.to_string()))?);
    }
    Ok(input)
}

fn factor(
    table: FactorTable,
    inputs: &[Input],
    wider: &Arc<BTreeMap<String, String>>,
) -> Result<Factor, MethodologyError> {
    let place = format!("factor {}", table.name);
    let unit = Unit::parse(&table.unit).map_err(|e| error(format!("{place}.unit"), e.to_string()))?;
    let by = match &table.by {
        None => None,
        Some(name) => {
            let position = inputs.iter().position(|input| input.name == *name);
            match position.map(|i| (i, &inputs[i].kind)) {
                Some((i, InputKind::Choice(choices))) => Some((i, choices)),
                _ => {
                    return Err(error(
                        format!("{place}.by"),
                        format!("\"{name}\" is no choice among the inputs"),
                    ));
                }
            }
        }
    };
    if table.values.is_empty() {
        return Err(error(format!("{place}.values"), "at least one value is needed"));
    }
    let mut decimals = Vec::with_capacity(table.values.len());
    for value in &table.values {
        decimals.push(decimal(
            &format!("{place}.values {} {}", value.region, value.year),
            &value.value,
        )?);
    }
    let places = decimals.iter().map(|d| d.places()).max().unwrap_or(0);
    let mut rows = Vec::with_capacity(decimals.len());
    for (row, value) in table.values.into_iter().zip(decimals) {
        let place = format!("{place}.values {} {}", row.region, row.year);
        let source = row
            .source
            .or_else(|| table.source.clone())
            .filter(|source| !source.trim().is_empty());
        let source = source.ok_or_else(|| error(place.clone(), "has no source"))?;
        let kind = row
            .kind
            .or_else(|| table.kind.clone())
            .filter(|kind| !kind.trim().is_empty());
        let kind = kind.ok_or_else(|| error(place.clone(), "has no kind"))?;
        let steps = value
            .at_places(places)
            .map(|(steps, _)| steps)
            .ok_or_else(|| error(place.clone(), "out of range"))?;
        let day = |text: Option<String>| match text {
            None => Ok(None),
            Some(text) => Day::parse(&text)
                .map(Some)
                .ok_or_else(|| error(place.clone(), format!("\"{text}\" is not a date"))),
        };
        let choice = match (by, &row.choice) {
            (None, None) => None,
            (Some((_, choices)), Some(choice)) => {
                let found = choices
                    .iter()
                    .position(|c| c == choice)
                    .and_then(|i| u16::try_from(i).ok());
                Some(found.ok_or_else(|| error(place.clone(), format!("\"{choice}\" is none of the choices")))?)
            }
            _ => return Err(error(place, "choice and by go together")),
        };
        rows.push(FactorRow {
            value,
            steps,
            region: row.region,
            year: row.year,
            kind,
            source,
            url: row.url.or_else(|| table.url.clone()),
            valid_from: day(row.valid_from)?,
            valid_to: day(row.valid_to)?,
            choice,
        });
    }
    let by = by.map(|(i, choices)| (i, choices.len()));
    Ok(Factor {
        name: table.name,
        label: table.label,
        unit,
        places,
        by,
        rows,
        wider: Arc::clone(wider),
    })
}

fn weights(given: &BTreeMap<String, String>) -> Result<[Option<Weight>; 5], MethodologyError> {
    let mut weights = [None; 5];
    for (name, text) in given {
        let place = format!("evidence.weights.{name}");
        let grade = Grade::parse(name).ok_or_else(|| error(place.clone(), "the grades are E0 to E4"))?;
        let (thousandths, exact) = decimal(&place, text)?
            .at_places(3)
            .ok_or_else(|| error(place.clone(), "out of range"))?;
        let weight = u16::try_from(thousandths)
            .ok()
            .filter(|_| exact)
            .and_then(Weight::from_thousandths);
        weights[grade.index()] =
            Some(weight.ok_or_else(|| error(place, "a weight is 0 to 1 with at most three places"))?);
    }
    if weights.iter().all(Option::is_none) {
        return Err(error("evidence.weights", "no grade is accepted"));
    }
    let accepted: Vec<Weight> = weights.iter().flatten().copied().collect();
    if accepted.windows(2).any(|pair| pair[0] > pair[1]) {
        return Err(error("evidence.weights", "better evidence must not weigh less"));
    }
    Ok(weights)
}

fn carbon(place: &str, text: &str) -> Result<Carbon, MethodologyError> {
    Carbon::parse(text)
        .map_err(|e| error(place, e.to_string()))
        .and_then(|mass| {
            if mass > Carbon::ZERO {
                Ok(mass)
            } else {
                Err(error(place, "must be more than nothing"))
            }
        })
}

fn cap(position: usize, table: CapTable) -> Result<Cap, MethodologyError> {
    let place = format!("cap {}", position + 1);
    if table.count.is_none() && table.mass.is_none() {
        return Err(error(place, "needs a count or a mass"));
    }
    let mass = table.mass.map(|text| carbon(&place, &text)).transpose()?;
    Ok(Cap {
        per: table.per,
        count: table.count,
        mass,
    })
}

fn claim(key: &[String], inputs: &[Input]) -> Result<Vec<ClaimPart>, MethodologyError> {
    if key.is_empty() {
        return Err(error(
            "claim.key",
            "says what makes two records the same act; it cannot be empty",
        ));
    }
    let part = |name: &String| match name.as_str() {
        "event" => Ok(ClaimPart::Event),
        "participant" => Ok(ClaimPart::Participant),
        "day" => Ok(ClaimPart::Day),
        "start" => Ok(ClaimPart::Start),
        "photo" => Ok(ClaimPart::Photo),
        other => match other
            .strip_prefix("input:")
            .and_then(|n| inputs.iter().position(|i| i.name == n))
        {
            Some(position) => Ok(ClaimPart::Input(position)),
            None => Err(error(
                "claim.key",
                format!("\"{other}\" is none of event, participant, day, start, photo, input:NAME"),
            )),
        },
    };
    key.iter().map(part).collect()
}

fn example(table: ExampleTable) -> Result<Example, MethodologyError> {
    let place = format!("example \"{}\"", table.name);
    let day = Day::parse(&table.day).ok_or_else(|| error(place.clone(), format!("\"{}\" is not a date", table.day)))?;
    Ok(Example {
        expect: carbon(&place, &table.expect)?,
        inputs: table.inputs.into_iter().collect(),
        name: table.name,
        region: table.region,
        day,
        grade: table.grade,
        source: table.source,
    })
}

fn check_example(methodology: &Arc<Methodology>, example: &Example) -> Result<(), MethodologyError> {
    let place = || format!("example \"{}\"", example.name);
    if !methodology.accepts(example.grade) {
        return Err(error(place(), format!("{} is not accepted", example.grade)));
    }
    let working = diff::work(methodology, example).map_err(|e| error(place(), e.to_string()))?;
    if working.weighted == example.expect {
        Ok(())
    } else {
        let (found, wanted) = (working.weighted.mg(), example.expect.mg());
        Err(error(place(), format!("comes out as {found} mg, expected {wanted} mg")))
    }
}

impl Given {
    /// Whether something was said.
    pub const fn is_known(self) -> bool {
        matches!(self, Given::Number(_) | Given::Choice(_))
    }
}
