//! Methodologies: how a kind of act becomes a number of milligrams, and the proof of that number.
//!
//! A methodology is a reviewed text file ([`Methodology::parse`]): inputs with unit and bounds, factors with region,
//! year and source, formulas, evidence weights, caps, and worked examples that must come out right or the file is
//! refused. [`quantify`] turns one act into a [`Working`] that can be explained and recomputed;
//! [`Methodology::quantify_columns`] does the same arithmetic for bulk.
//!
//! Invariant: the same methodology text, inputs, factor rows and grade give the same milligrams for ever.

pub mod catalogue;
mod columns;
mod compile;
pub mod diff;
mod exact;
mod file;
mod formula;
mod inputs;
mod program;
mod unit;
mod working;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use columns::ColumnResults;
pub use exact::Fraction;
pub use file::HEADINGS;
pub use inputs::{Given, Inputs, Said};
pub use unit::{Unit, UnknownUnit};
pub use working::{CapCut, Explained, FactorLine, Line, Working, recompute};

use crate::evidence::{Grade, Weight};
#[cfg(test)]
use crate::measure::Lang;
use crate::measure::{Carbon, Day, Decimal, Period, Text};
use program::{Cell, Fault, Program};

/// Seven categories of daily life (T/ACEF 031-2022).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// 衣
    Clothing,
    /// 食
    Food,
    /// 住
    Home,
    /// 行
    Travel,
    /// 用
    Goods,
    /// 办公
    Office,
    /// 数字金融
    Digital,
}

/// Why a methodology file is refused: where, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct MethodologyError {
    /// The key in the file, with the column inside a formula.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

/// Why an act could not be quantified. Nothing here is the machine's fault; each names what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unquantified {
    /// An input that this methodology does not have.
    #[error("{input} is no input of this methodology")]
    UnknownInput {
        /// As it was called.
        input: String,
    },
    /// Not readable as a number.
    #[error("{input}: {what}")]
    NotANumber {
        /// The input.
        input: String,
        /// What is wrong with it.
        what: String,
    },
    /// A number in a unit that cannot be converted.
    #[error("{input} is in {given}, expected {expected}")]
    WrongUnit {
        /// The input.
        input: String,
        /// The unit that was given.
        given: String,
        /// A unit that fits.
        expected: String,
    },
    /// Outside the physical bounds of the input.
    #[error("{input} is {given}, outside {min} to {max}")]
    OutOfBounds {
        /// The input.
        input: String,
        /// The value with its unit.
        given: String,
        /// The least that is possible, with its unit.
        min: String,
        /// The most that is possible, with its unit.
        max: String,
    },
    /// None of the choices.
    #[error("{input} is \"{given}\", expected one of {choices}")]
    UnknownChoice {
        /// The input.
        input: String,
        /// What was said.
        given: String,
        /// What may be said.
        choices: String,
    },
    /// Something that the formula needs was not said.
    #[error("missing: {inputs}")]
    Missing {
        /// The inputs, comma-separated.
        inputs: String,
    },
    /// The result does not apply to what was said.
    #[error("the methodology does not apply to this act")]
    NotApplicable,
    /// No factor is in force.
    #[error("no value of {factor} is in force in {region} on {day}")]
    NoFactor {
        /// The factor.
        factor: String,
        /// The region that was asked for.
        region: String,
        /// The civil day of the act.
        day: String,
    },
    /// Baseline less project is zero or less.
    #[error("this act avoids nothing")]
    NoReduction,
    /// A divisor was zero.
    #[error("division by zero in the calculation")]
    DivisionByZero,
    /// A value left the range of exact arithmetic.
    #[error("a value in the calculation is out of range")]
    Overflow,
    /// Columns of different length or number.
    #[error("the columns do not match the inputs")]
    Columns,
}

impl Unquantified {
    /// A stable name for machines and message files.
    pub const fn code(&self) -> &'static str {
        match self {
            Unquantified::UnknownInput { .. } => "input.unknown",
            Unquantified::NotANumber { .. } => "input.not_a_number",
            Unquantified::WrongUnit { .. } => "input.wrong_unit",
            Unquantified::OutOfBounds { .. } => "input.out_of_bounds",
            Unquantified::UnknownChoice { .. } => "input.unknown_choice",
            Unquantified::Missing { .. } => "input.missing",
            Unquantified::NotApplicable => "methodology.not_applicable",
            Unquantified::NoFactor { .. } => "methodology.no_factor",
            Unquantified::NoReduction => "methodology.no_reduction",
            Unquantified::DivisionByZero => "methodology.division_by_zero",
            Unquantified::Overflow => "methodology.overflow",
            Unquantified::Columns => "methodology.columns",
        }
    }

    /// The input that is wrong, or the first that is missing, if one is.
    pub fn input(&self) -> Option<&str> {
        match self {
            Unquantified::UnknownInput { input }
            | Unquantified::NotANumber { input, .. }
            | Unquantified::WrongUnit { input, .. }
            | Unquantified::OutOfBounds { input, .. }
            | Unquantified::UnknownChoice { input, .. } => Some(input),
            Unquantified::Missing { inputs } => inputs.split(", ").next(),
            _ => None,
        }
    }
}

/// Something that has to be said about an act.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its name in formulas and requests.
    pub name: String,
    /// Its label for people.
    pub label: Text,
    /// What may be said.
    pub kind: InputKind,
    /// What counts if nothing is said.
    pub default: Option<Given>,
}

/// What may be said for an input.
#[derive(Debug, Clone)]
pub enum InputKind {
    /// A quantity.
    Number {
        /// Its unit.
        unit: Unit,
        /// Digits kept behind the point; finer ones are dropped.
        places: u8,
        /// The least possible value, in steps of the last place.
        min: i64,
        /// The greatest possible value, in steps of the last place.
        max: i64,
    },
    /// One of these texts.
    Choice(Vec<String>),
}

/// An emission factor or other sourced number, by region and year.
#[derive(Debug, Clone)]
pub struct Factor {
    /// Its name in formulas.
    pub name: String,
    /// Its label for people.
    pub label: Text,
    /// Its unit.
    pub unit: Unit,
    /// Decimal places in which all of its values are held.
    places: u8,
    /// The choice input that selects among the rows, and how many choices it has.
    by: Option<(usize, usize)>,
    /// Every value.
    pub rows: Vec<FactorRow>,
    /// Region → the next wider region, from the file.
    wider: Arc<BTreeMap<String, String>>,
}

/// One value of a factor.
#[derive(Debug, Clone)]
pub struct FactorRow {
    /// The value as published.
    pub value: Decimal,
    /// The value in steps of the factor's last place.
    steps: i64,
    /// ISO 3166-2 code, or a code of the file's own for a grid.
    pub region: String,
    /// The year that the value describes.
    pub year: i16,
    /// What kind of value it is: average, life-cycle, programme figure… Kinds are never mixed.
    pub kind: String,
    /// Where it was published.
    pub source: String,
    /// An address of the source, if one is known.
    pub url: Option<String>,
    /// First day on which it may be used.
    pub valid_from: Option<Day>,
    /// Last day on which it may be used.
    pub valid_to: Option<Day>,
    choice: Option<u16>,
}

impl Factor {
    /// Whether two of its rows are for the same region, choice and kind, so that the later year replaces the earlier.
    pub fn is_same_kind(&self, one: &FactorRow, other: &FactorRow) -> bool {
        (&one.region, &one.kind, one.choice) == (&other.region, &other.kind, other.choice)
    }

    /// The value in force in a region on a day, if there is one. Of a factor that has a value for each choice of an
    /// input, there is none.
    pub fn in_force(&self, region: &str, day: Day) -> Option<&FactorRow> {
        let context = Context {
            region,
            day,
            grade: Grade::E0,
        };
        self.choose(&context, None).ok().map(|at| &self.rows[at])
    }

    /// The row in force: the narrowest region that has one, then the latest year not after the act's.
    fn choose(&self, context: &Context<'_>, choice: Option<u16>) -> Result<usize, Unquantified> {
        let year = context.day.year();
        let mut region = Some(context.region);
        while let Some(here) = region {
            let in_force = self.rows.iter().enumerate().filter(|(_, row)| {
                row.region == here
                    && row.year <= year
                    && (self.by.is_none() || row.choice == choice)
                    && row.valid_from.is_none_or(|from| from <= context.day)
                    && row.valid_to.is_none_or(|to| to >= context.day)
            });
            if let Some((i, _)) = in_force.max_by_key(|(_, row)| row.year) {
                return Ok(i);
            }
            region = self.wider.get(here).map(String::as_str);
        }
        Err(Unquantified::NoFactor {
            factor: self.name.clone(),
            region: context.region.to_owned(),
            day: context.day.to_string(),
        })
    }
}

/// A ceiling over a stretch of civil time, for one participant and methodology.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    /// Over what.
    pub per: Period,
    /// How many acts are credited.
    pub count: Option<u32>,
    /// How much is credited in all.
    pub mass: Option<Carbon>,
}

/// What makes two records the same act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimPart {
    /// The partner's event, or the caller's key.
    Event,
    /// The participant.
    Participant,
    /// The civil day on which it happened.
    Day,
    /// The instant at which it began.
    Start,
    /// The pixels of the photo.
    Photo,
    /// What was said for the input of this position.
    Input(usize),
}

/// A worked example of the file.
#[derive(Debug, Clone)]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// Name and value of each input.
    pub inputs: Vec<(String, String)>,
    /// Region and day under which it is worked.
    pub region: String,
    /// The civil day.
    pub day: Day,
    /// The grade of its evidence.
    pub grade: Grade,
    /// What must come out, before caps.
    pub expect: Carbon,
    /// Where the example is published, if it is.
    pub source: Option<String>,
}

/// A named intermediate result.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name in formulas.
    pub name: String,
    /// Its label for people.
    pub label: Text,
    /// As written.
    pub formula: String,
    slot: u16,
}

/// The formulas as written, for people.
#[derive(Debug, Clone)]
pub struct Formulas {
    /// What would have been emitted.
    pub baseline: String,
    /// What was emitted.
    pub project: String,
    /// What was only moved elsewhere.
    pub leakage: Option<String>,
}

/// A published version of a methodology.
#[derive(Debug, Clone)]
pub struct Methodology {
    /// Stable name, e.g. `metro-trip`.
    pub id: String,
    /// Version, e.g. `1.0.0`.
    pub version: String,
    /// The behaviour it quantifies.
    pub behaviour: String,
    /// The behaviour's category.
    pub category: Category,
    /// Its title.
    pub title: Text,
    /// What else people should know of the number: spread between programmes, doubts.
    pub note: Option<Text>,
    /// The twelve headings of the Guangdong template, by key.
    pub headings: Vec<(&'static str, Text)>,
    /// What has to be said about an act.
    pub inputs: Vec<Input>,
    /// The numbers it relies on.
    pub factors: Vec<Factor>,
    /// Named intermediate results.
    pub steps: Vec<Step>,
    /// The formulas as written.
    pub formulas: Formulas,
    /// Evidence weights E0 to E4; `None` where the grade is not accepted.
    weights: [Option<Weight>; 5],
    /// Ceilings.
    pub caps: Vec<Cap>,
    /// What makes two records the same act.
    pub claim: Vec<ClaimPart>,
    /// Whether a participant can do only one such act at a time.
    pub exclusive: bool,
    /// Worked examples; they came out right when the file was read.
    pub examples: Vec<Example>,
    /// The file as it was read.
    pub text: String,
    program: Program,
    fits: Option<columns::Fits>,
}

/// Under what an act is quantified.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Region code of the act, e.g. `CN-SH`.
    pub region: &'a str,
    /// The civil day on which it happened.
    pub day: Day,
    /// The grade of its evidence.
    pub grade: Grade,
}

impl Methodology {
    /// `metro-trip@1.0.0`.
    pub fn reference(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// The weight of a grade; zero where the grade is not accepted.
    pub fn weight(&self, grade: Grade) -> Weight {
        self.weights[grade.index()].unwrap_or(Weight::ZERO)
    }

    /// Whether evidence of this grade is accepted at all.
    pub fn accepts(&self, grade: Grade) -> bool {
        self.weights[grade.index()].is_some()
    }

    /// Which choice of which input a value of a factor is for; `None` where the factor does not depend on a choice.
    pub fn choice_of(&self, factor: &Factor, row: &FactorRow) -> Option<(&Input, &str)> {
        let (input, _) = factor.by?;
        let input = self.inputs.get(input)?;
        match &input.kind {
            InputKind::Choice(choices) => Some((input, choices.get(usize::from(row.choice?))?)),
            InputKind::Number { .. } => None,
        }
    }

    fn factor_rows(&self, context: &Context<'_>, inputs: &Inputs) -> Result<Vec<u16>, Unquantified> {
        let mut rows = Vec::with_capacity(self.factors.len());
        for factor in &self.factors {
            let choice = match factor.by.map(|(input, _)| inputs.at(input)) {
                Some(Given::Choice(choice)) => Some(choice),
                Some(_) => {
                    rows.push(u16::MAX); // no choice made: whatever needs the factor is missing it
                    continue;
                }
                None => None,
            };
            rows.push(u16::try_from(factor.choose(context, choice)?).unwrap_or(u16::MAX));
        }
        Ok(rows)
    }

    /// Runs the program; the cells of the result are the proof.
    fn evaluate(&self, inputs: &Inputs, rows: &[u16], cells: &mut Vec<Cell>) -> Result<Fraction, Unquantified> {
        let mut input_cells = [Cell::Missing; MOST_INPUTS];
        for (cell, given) in input_cells.iter_mut().zip(inputs.iter()) {
            *cell = match given {
                Given::Number(steps) => Cell::whole(i128::from(steps)),
                Given::Choice(choice) => Cell::Choice(choice),
                Given::Missing => Cell::Missing,
                Given::NotApplicable => Cell::NotApplicable,
            };
        }
        let mut factor_cells = [Cell::Missing; MOST_FACTORS];
        for ((cell, factor), row) in factor_cells.iter_mut().zip(&self.factors).zip(rows) {
            if let Some(row) = factor.rows.get(usize::from(*row)) {
                *cell = Cell::whole(i128::from(row.steps));
            }
        }
        self.program.run(
            &input_cells[..self.inputs.len()],
            &factor_cells[..self.factors.len()],
            cells,
        );
        let scale = self.program.slots[usize::from(self.program.reduction)].scale;
        match cells.get(usize::from(self.program.reduction)) {
            Some(Cell::Number { num, den }) => Fraction::new(*num, *den)
                .and_then(|steps| steps.times(scale))
                .ok_or(Unquantified::Overflow),
            Some(Cell::NotApplicable) => Err(Unquantified::NotApplicable),
            Some(Cell::Fault(Fault::DivisionByZero, _)) => Err(Unquantified::DivisionByZero),
            Some(Cell::Fault(Fault::Overflow, _)) => Err(Unquantified::Overflow),
            _ => {
                let missing = self
                    .inputs
                    .iter()
                    .zip(inputs.iter())
                    .filter(|(_, given)| *given == Given::Missing);
                let inputs = missing
                    .map(|(input, _)| input.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", ");
                Err(Unquantified::Missing { inputs })
            }
        }
    }

    /// Gross and weighted milligrams of an exact reduction; both rounded down.
    fn milligrams(&self, exact: Fraction, grade: Grade) -> Result<(Carbon, Carbon), Unquantified> {
        if exact.num() <= 0 {
            return Err(Unquantified::NoReduction);
        }
        let weight = Fraction::new(i128::from(self.weight(grade).thousandths()), 1000).ok_or(Unquantified::Overflow)?;
        let weighted = exact.times(weight).ok_or(Unquantified::Overflow)?.floor();
        let gross = i64::try_from(exact.floor()).map_err(|_| Unquantified::Overflow)?;
        if gross == 0 {
            return Err(Unquantified::NoReduction);
        }
        let weighted = i64::try_from(weighted).map_err(|_| Unquantified::Overflow)?;
        Ok((Carbon::from_mg(gross), Carbon::from_mg(weighted)))
    }

    /// Only the numbers, for bulk.
    fn outcome(&self, context: &Context<'_>, inputs: &Inputs) -> Result<(Carbon, Carbon), Unquantified> {
        let rows = self.factor_rows(context, inputs)?;
        let mut cells = Vec::with_capacity(self.program.slots.len());
        let exact = self.evaluate(inputs, &rows, &mut cells)?;
        self.milligrams(exact, context.grade)
    }
}

/// More inputs than this, and the file is refused.
const MOST_INPUTS: usize = 16;
/// More factors than this, and the file is refused.
const MOST_FACTORS: usize = 16;

/// Quantifies one act: the working up to and including the evidence weight, before caps.
pub fn quantify(
    methodology: &Arc<Methodology>,
    inputs: Inputs,
    context: &Context<'_>,
) -> Result<Working, Unquantified> {
    let rows = methodology.factor_rows(context, &inputs)?;
    Working::compute(methodology, inputs, rows, context.grade)
}

#[cfg(test)]
mod tests;
