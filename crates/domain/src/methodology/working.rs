//! The working of a number: everything that led to it, kept as values and written out on demand.

use std::sync::Arc;

use super::exact::Fraction;
use super::program::{Cell, Type};
use super::{Inputs, Methodology, Unquantified};
use crate::evidence::{Grade, Weight};
use crate::measure::{Carbon, Lang, Period};

/// A ceiling that cut a credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapCut {
    /// Over what it counts.
    pub per: Period,
    /// The ceiling.
    pub ceiling: Carbon,
    /// How much of this act it took away.
    pub cut: Carbon,
}

/// How an act came to its milligrams.
#[derive(Debug, Clone)]
pub struct Working {
    /// The version that was applied.
    pub methodology: Arc<Methodology>,
    /// What was said about the act.
    pub inputs: Inputs,
    /// The row of each factor that was in force.
    pub factor_rows: Vec<u16>,
    /// The grade of the evidence.
    pub grade: Grade,
    /// The weight of that grade.
    pub weight: Weight,
    /// Baseline less project less leakage, rounded down to a milligram.
    pub gross: Carbon,
    /// Gross times weight, from the exact value, rounded down.
    pub weighted: Carbon,
    /// Ceilings that cut it.
    pub caps: Vec<CapCut>,
    /// What is booked.
    pub credited: Carbon,
    cells: Vec<Cell>,
}

/// A value in words and numbers.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Line {
    /// The name in the formulas.
    pub name: String,
    /// The label for people.
    pub label: String,
    /// The formula as written; empty for an input.
    pub formula: String,
    /// The value, exact unless marked.
    pub value: String,
    /// Its unit.
    pub unit: String,
    /// Whether the value is written out exactly.
    pub exact: bool,
}

/// A factor that was used.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FactorLine {
    /// The name in the formulas.
    pub name: String,
    /// The label for people.
    pub label: String,
    /// The value as published.
    pub value: String,
    /// Its unit.
    pub unit: String,
    /// The region it is for.
    pub region: String,
    /// The year it describes.
    pub year: i16,
    /// What kind of value it is.
    pub kind: String,
    /// Where it was published.
    pub source: String,
    /// The source's address, if known.
    pub url: Option<String>,
}

/// A working written out in one language.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Explained {
    /// `metro-trip@1.0.0`.
    pub methodology: String,
    /// Its title.
    pub title: String,
    /// What was said.
    pub inputs: Vec<Line>,
    /// The factors in force.
    pub factors: Vec<FactorLine>,
    /// Named intermediate results.
    pub steps: Vec<Line>,
    /// What would have been emitted.
    pub baseline: Line,
    /// What was emitted.
    pub project: Line,
    /// What was only moved elsewhere, if the methodology looks at that.
    pub leakage: Option<Line>,
}

impl Working {
    pub(super) fn compute(
        methodology: &Arc<Methodology>,
        inputs: Inputs,
        factor_rows: Vec<u16>,
        grade: Grade,
    ) -> Result<Self, Unquantified> {
        let mut cells = Vec::with_capacity(methodology.program.slots.len());
        let exact = methodology.evaluate(&inputs, &factor_rows, &mut cells)?;
        let (gross, weighted) = methodology.milligrams(exact, grade)?;
        Ok(Working {
            weight: methodology.weight(grade),
            methodology: Arc::clone(methodology),
            inputs,
            factor_rows,
            grade,
            gross,
            weighted,
            caps: Vec::new(),
            credited: weighted,
            cells,
        })
    }

    /// The factor rows as they are stored beside a record: `0,3`.
    pub fn stored_factor_rows(&self) -> String {
        self.factor_rows
            .iter()
            .map(u16::to_string)
            .collect::<Vec<_>>()
            .join(",")
    }

    /// Writes the calculation out.
    pub fn explain(&self, lang: Lang) -> Explained {
        let methodology = &self.methodology;
        let inputs = methodology.inputs.iter().zip(self.inputs.iter()).map(|(input, given)| {
            let shown = input.shown(given);
            let (value, unit) = shown.split_once(' ').unwrap_or((&shown, ""));
            Line {
                name: input.name.clone(),
                label: input.label.in_lang(lang).to_owned(),
                formula: String::new(),
                value: value.to_owned(),
                unit: unit.to_owned(),
                exact: true,
            }
        });
        let factors = methodology
            .factors
            .iter()
            .zip(&self.factor_rows)
            .filter_map(|(factor, row)| {
                let row = factor.rows.get(usize::from(*row))?;
                Some(FactorLine {
                    name: factor.name.clone(),
                    label: factor.label.in_lang(lang).to_owned(),
                    value: row.value.to_string(),
                    unit: factor.unit.name().to_owned(),
                    region: row.region.clone(),
                    year: row.year,
                    kind: row.kind.clone(),
                    source: row.source.clone(),
                    url: row.url.clone(),
                })
            });
        let steps = methodology
            .steps
            .iter()
            .map(|step| self.line(&step.name, step.label.in_lang(lang), &step.formula, step.slot));
        let words = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
        let formulas = &methodology.formulas;
        let program = &methodology.program;
        Explained {
            methodology: methodology.reference(),
            title: methodology.title.in_lang(lang).to_owned(),
            inputs: inputs.collect(),
            factors: factors.collect(),
            steps: steps.collect(),
            baseline: self.line(
                "baseline",
                words("基准线排放", "Baseline emissions"),
                &formulas.baseline,
                program.baseline,
            ),
            project: self.line(
                "project",
                words("项目排放", "Project emissions"),
                &formulas.project,
                program.project,
            ),
            leakage: program.leakage.map(|slot| {
                let formula = formulas.leakage.as_deref().unwrap_or_default();
                self.line("leakage", words("泄漏", "Leakage"), formula, slot)
            }),
        }
    }

    fn line(&self, name: &str, label: &str, formula: &str, slot: u16) -> Line {
        let (value, unit, exact) = self.value(slot);
        let (name, label, formula) = (name.to_owned(), label.to_owned(), formula.to_owned());
        Line {
            name,
            label,
            formula,
            value,
            unit,
            exact,
        }
    }

    fn value(&self, at: u16) -> (String, String, bool) {
        let (Some(slot), Some(cell)) = (
            self.methodology.program.slots.get(usize::from(at)),
            self.cells.get(usize::from(at)),
        ) else {
            return ("?".to_owned(), String::new(), false);
        };
        match (cell, &slot.kind) {
            (Cell::Number { num, den }, Type::Number(unit)) => {
                let value = Fraction::new(*num, *den)
                    .and_then(|steps| steps.times(slot.scale))
                    .and_then(|base| base.over(unit.size()));
                let (text, exact) = value.map_or(("?".to_owned(), false), |value| value.decimal(6));
                (text, unit.name().to_owned(), exact)
            }
            (Cell::Truth(truth), _) => (truth.to_string(), String::new(), true),
            (Cell::NotApplicable, _) => ("n/a".to_owned(), String::new(), true),
            _ => ("?".to_owned(), String::new(), false),
        }
    }
}

/// Recomputes a working from what is stored beside a record: the inputs and the factor rows that were in force.
///
/// # Errors
/// If what is stored does not belong to this methodology, which an audit must report.
pub fn recompute(
    methodology: &Arc<Methodology>,
    inputs: &str,
    factor_rows: &str,
    grade: Grade,
) -> Result<Working, Unquantified> {
    let inputs = methodology.stored_inputs(inputs)?;
    let rows: Vec<u16> = factor_rows
        .split(',')
        .filter(|row| !row.is_empty())
        .map(|row| row.parse().unwrap_or(u16::MAX))
        .collect();
    if rows.len() != methodology.factors.len() {
        return Err(Unquantified::Columns);
    }
    Working::compute(methodology, inputs, rows, grade)
}
