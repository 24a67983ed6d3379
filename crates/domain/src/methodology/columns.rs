//! The same program over columns: for bulk.
//!
//! When a file is read, the bounds of its inputs and the values of its factors are pushed through the program. If no
//! intermediate result can leave 64 bits and nothing divides, whole columns are computed with plain integer loops;
//! the overflow check has been made once, for every row that is within bounds. Any other chunk of rows, and any
//! other program, is computed row by row. Both do the same integer arithmetic, so the results are the same.

use super::program::{Comparison, Op, Pair, Program};
use super::{Context, Factor, Given, Input, InputKind, Inputs, Methodology, Unquantified};

/// Rows computed together: a few registers of this length stay in the first-level cache.
const CHUNK: usize = 1024;

/// A proof that a program stays within 64 bits for every row within bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fits(());

type Range = (i128, i128);

fn hull(corners: [Option<i128>; 4]) -> Option<Range> {
    let [a, b, c, d] = corners;
    let all = [a?, b?, c?, d?];
    Some((all.into_iter().min()?, all.into_iter().max()?))
}

fn fits((low, high): Range) -> Option<Range> {
    (i64::try_from(low).is_ok() && i64::try_from(high).is_ok()).then_some((low, high))
}

fn scaled((low, high): Range, times: i128) -> Option<Range> {
    i64::try_from(times).ok()?;
    let (a, b) = (low.checked_mul(times)?, high.checked_mul(times)?);
    fits((a.min(b), a.max(b)))
}

/// Pushes the bounds through the program.
pub(super) fn prove(program: &Program, inputs: &[Input], factors: &[Factor]) -> Option<Fits> {
    let mut ranges: Vec<Range> = Vec::with_capacity(program.slots.len());
    for slot in &program.slots {
        let of = |at: u16| ranges.get(usize::from(at)).copied();
        let both = |pair: Pair| {
            Some((
                scaled(of(pair.left)?, pair.left_times)?,
                scaled(of(pair.right)?, pair.right_times)?,
            ))
        };
        let range = match slot.op {
            Op::Input(at) => match &inputs.get(usize::from(at))?.kind {
                InputKind::Number { min, max, .. } => (i128::from(*min), i128::from(*max)),
                InputKind::Choice(choices) => (0, i128::try_from(choices.len()).ok()?),
            },
            Op::Factor(at) => {
                let rows = &factors.get(usize::from(at))?.rows;
                (
                    rows.iter().map(|r| i128::from(r.steps)).min()?,
                    rows.iter().map(|r| i128::from(r.steps)).max()?,
                )
            }
            Op::Constant(number) => (number, number),
            Op::Add(pair) => {
                let ((a, b), (c, d)) = both(pair)?;
                (a + c, b + d)
            }
            Op::Multiply(a, b) => {
                let ((a, b), (c, d)) = (of(a)?, of(b)?);
                hull([a.checked_mul(c), a.checked_mul(d), b.checked_mul(c), b.checked_mul(d)])?
            }
            Op::Min(pair) | Op::Max(pair) | Op::First(pair) | Op::If(_, pair) => {
                let ((a, b), (c, d)) = both(pair)?;
                (a.min(c), b.max(d))
            }
            Op::Compare(_, pair) => {
                both(pair)?;
                (0, 1)
            }
            Op::ChoiceIs(..)
            | Op::And(..)
            | Op::Or(..)
            | Op::Not(_)
            | Op::Known(_)
            | Op::Applies(_)
            | Op::IfTruth(..) => (0, 1),
            Op::Divide(..) => return None,
        };
        ranges.push(fits(range)?);
    }
    let scale = program.slots.get(usize::from(program.reduction))?.scale;
    i64::try_from(scale.den()).ok()?;
    // the weight multiplies by up to a thousand before the division
    let result = scaled(*ranges.get(usize::from(program.reduction))?, scale.num())?;
    scaled(result, 1000)?;
    Some(Fits(()))
}

/// What a run over columns gives, row by row.
#[derive(Debug, Default)]
pub struct ColumnResults {
    /// Gross reduction in mg, before the evidence weight.
    pub gross_mg: Vec<i64>,
    /// Weighted reduction in mg, before caps.
    pub weighted_mg: Vec<i64>,
    /// Rows that could not be quantified; their numbers above are zero.
    pub failed: Vec<(usize, Unquantified)>,
}

/// A register: one number for all rows, or one a row.
enum View<'a> {
    All(i64),
    Each(&'a [i64]),
}

enum Register {
    All(i64),
    Each(Vec<i64>),
    /// The rows of this input column.
    Input(usize),
}

impl Methodology {
    /// Quantifies whole columns, one a named input in the order of [`Methodology::inputs`]: numbers as integers of
    /// the input's smallest step, choices as their position. Every row is under the same region, day and grade.
    ///
    /// # Errors
    /// If the columns differ in length or number, or no factor is in force for region and day.
    pub fn quantify_columns(
        &self,
        context: &Context<'_>,
        columns: &[&[i64]],
        results: &mut ColumnResults,
    ) -> Result<(), Unquantified> {
        let rows = columns.first().map_or(0, |column| column.len());
        if columns.len() != self.inputs.len() || columns.iter().any(|column| column.len() != rows) {
            return Err(Unquantified::Columns);
        }
        results.failed.clear();
        for out in [&mut results.gross_mg, &mut results.weighted_mg] {
            out.clear();
            out.resize(rows, 0);
        }
        let mut machine = if self.fits.is_some() {
            Machine::bind(self, context)?
        } else {
            None
        };
        let mut start = 0;
        while start < rows {
            let end = (start + CHUNK).min(rows);
            let done = machine
                .as_mut()
                .is_some_and(|machine| machine.run(columns, start..end, results));
            if !done {
                self.row_by_row(context, columns, start..end, results);
            }
            start = end;
        }
        Ok(())
    }

    fn row_by_row(
        &self,
        context: &Context<'_>,
        columns: &[&[i64]],
        rows: std::ops::Range<usize>,
        results: &mut ColumnResults,
    ) {
        for row in rows {
            let given = self.inputs.iter().zip(columns).map(|(input, column)| match input.kind {
                InputKind::Number { .. } => Given::Number(column[row]),
                InputKind::Choice(_) => Given::Choice(u16::try_from(column[row]).unwrap_or(u16::MAX)),
            });
            let quantified = self
                .checked_inputs(Inputs::from_given(given))
                .and_then(|inputs| self.outcome(context, &inputs));
            match quantified {
                Ok((gross, weighted)) => {
                    results.gross_mg[row] = gross.mg();
                    results.weighted_mg[row] = weighted.mg();
                }
                Err(why) => results.failed.push((row, why)),
            }
        }
    }
}

struct Machine<'a> {
    methodology: &'a Methodology,
    weight: i64,
    registers: Vec<Register>,
    /// For a factor that depends on a choice: its value for each choice.
    gathered: Vec<Option<Vec<i64>>>,
    scale_num: i64,
    scale_den: i64,
}

impl<'a> Machine<'a> {
    /// Folds everything that is the same for all rows. `None` if some choice has no factor: rows must then be looked
    /// at one by one.
    fn bind(methodology: &'a Methodology, context: &Context<'_>) -> Result<Option<Self>, Unquantified> {
        let mut gathered = Vec::new();
        let mut constants = Vec::new();
        for factor in &methodology.factors {
            match factor.by {
                None => {
                    let row = factor.choose(context, None)?;
                    constants.push(factor.rows[row].steps);
                    gathered.push(None);
                }
                Some((_, choices)) => {
                    let mut table = Vec::with_capacity(choices);
                    for choice in 0..choices {
                        match factor.choose(context, u16::try_from(choice).ok()) {
                            Ok(row) => table.push(factor.rows[row].steps),
                            Err(_) => return Ok(None),
                        }
                    }
                    constants.push(0);
                    gathered.push(Some(table));
                }
            }
        }
        let program = &methodology.program;
        let mut registers: Vec<Register> = Vec::with_capacity(program.slots.len());
        for slot in &program.slots {
            registers.push(match slot.op {
                Op::Input(at) => Register::Input(usize::from(at)),
                Op::Constant(number) => Register::All(i64::try_from(number).unwrap_or(0)), // proven to fit
                Op::Factor(at) if gathered[usize::from(at)].is_none() => Register::All(constants[usize::from(at)]),
                Op::Known(_) | Op::Applies(_) => Register::All(1), // columns hold known values only
                _ => Register::Each(Vec::new()),
            });
        }
        // what follows from constants alone is a constant: `ef_car - ef_bike` costs nothing a row
        for i in 0..registers.len() {
            let (done, rest) = registers.split_at_mut(i);
            let known = |at: u16| match done.get(usize::from(at)) {
                Some(Register::All(number)) => Some(*number),
                _ => None,
            };
            let pair = |pair: Pair| {
                Some((
                    known(pair.left)? * narrow(pair.left_times),
                    known(pair.right)? * narrow(pair.right_times),
                ))
            };
            let folded = match program.slots[i].op {
                Op::Add(p) => pair(p).map(|(a, b)| a + b),
                Op::Multiply(a, b) => known(a).zip(known(b)).map(|(a, b)| a * b),
                Op::Min(p) => pair(p).map(|(a, b)| a.min(b)),
                Op::Max(p) => pair(p).map(|(a, b)| a.max(b)),
                Op::First(p) => known(p.left).map(|a| a * narrow(p.left_times)),
                _ => None,
            };
            if let Some(number) = folded {
                rest[0] = Register::All(number);
            }
        }
        let scale = program.slots[usize::from(program.reduction)].scale;
        Ok(Some(Machine {
            methodology,
            weight: i64::from(methodology.weight(context.grade).thousandths()),
            registers,
            gathered,
            scale_num: narrow(scale.num()),
            scale_den: narrow(scale.den()),
        }))
    }

    /// Computes a chunk; `false` if some row of it is out of bounds.
    fn run(&mut self, columns: &[&[i64]], rows: std::ops::Range<usize>, results: &mut ColumnResults) -> bool {
        for (input, column) in self.methodology.inputs.iter().zip(columns) {
            let (low, high) = match &input.kind {
                InputKind::Number { min, max, .. } => (*min, *max),
                InputKind::Choice(choices) => (0, i64::try_from(choices.len()).unwrap_or(0) - 1),
            };
            let outside = column[rows.clone()]
                .iter()
                .fold(false, |bad, v| bad | (*v < low) | (*v > high));
            if outside {
                return false;
            }
        }
        for i in 0..self.registers.len() {
            self.step(i, columns, &rows);
        }
        let reduction = usize::from(self.methodology.program.reduction);
        let gross = &mut results.gross_mg[rows.clone()];
        match view(&self.registers[reduction], columns, &rows) {
            View::All(number) => gross.fill((number * self.scale_num).div_euclid(self.scale_den)),
            View::Each(numbers) => floor_scaled(numbers, self.scale_num, self.scale_den, gross),
        }
        if self.weight == 1000 {
            results.weighted_mg[rows.clone()].copy_from_slice(&results.gross_mg[rows.clone()]);
        } else {
            let weighted = &mut results.weighted_mg[rows.clone()];
            let (num, den) = (self.scale_num * self.weight, self.scale_den * 1000);
            match view(&self.registers[reduction], columns, &rows) {
                View::All(number) => weighted.fill((number * num).div_euclid(den)),
                View::Each(numbers) => floor_scaled(numbers, num, den, weighted),
            }
        }
        let least = results.gross_mg[rows.clone()]
            .iter()
            .fold(i64::MAX, |least, mg| least.min(*mg));
        if least <= 0 {
            for row in rows {
                if results.gross_mg[row] <= 0 {
                    results.gross_mg[row] = 0;
                    results.weighted_mg[row] = 0;
                    results.failed.push((row, Unquantified::NoReduction));
                }
            }
        }
        true
    }

    fn step(&mut self, i: usize, columns: &[&[i64]], rows: &std::ops::Range<usize>) {
        let (done, rest) = self.registers.split_at_mut(i);
        let Some(Register::Each(out)) = rest.first_mut() else {
            return;
        };
        out.clear();
        out.resize(rows.len(), 0);
        let get = |at: u16| view(&done[usize::from(at)], columns, rows);
        match self.methodology.program.slots[i].op {
            Op::Factor(at) => {
                let factor = &self.methodology.factors[usize::from(at)];
                if let (Some(table), Some((input, _))) = (&self.gathered[usize::from(at)], factor.by) {
                    for (out, choice) in out.iter_mut().zip(&columns[input][rows.clone()]) {
                        *out = usize::try_from(*choice)
                            .ok()
                            .and_then(|i| table.get(i))
                            .copied()
                            .unwrap_or(0);
                    }
                }
            }
            Op::Add(Pair {
                left,
                right,
                left_times,
                right_times,
            }) => match (narrow(left_times), narrow(right_times)) {
                (1, 1) => each(get(left), get(right), out, |a, b| a + b),
                (1, -1) => each(get(left), get(right), out, |a, b| a - b),
                (x, y) => each(get(left), get(right), out, |a, b| a * x + b * y),
            },
            Op::Multiply(a, b) => each(get(a), get(b), out, |a, b| a * b),
            Op::Min(p) => paired(p, get(p.left), get(p.right), out, i64::min),
            Op::Max(p) => paired(p, get(p.left), get(p.right), out, i64::max),
            Op::First(p) => paired(p, get(p.left), get(p.right), out, |a, _| a),
            Op::Compare(comparison, p) => match comparison {
                Comparison::Less => paired(p, get(p.left), get(p.right), out, |a, b| i64::from(a < b)),
                Comparison::AtMost => paired(p, get(p.left), get(p.right), out, |a, b| i64::from(a <= b)),
                Comparison::Equal => paired(p, get(p.left), get(p.right), out, |a, b| i64::from(a == b)),
                Comparison::Unequal => paired(p, get(p.left), get(p.right), out, |a, b| i64::from(a != b)),
            },
            Op::ChoiceIs(at, wanted) => {
                let wanted = i64::from(wanted);
                each(get(at), View::All(0), out, |a, _| i64::from(a == wanted));
            }
            Op::And(a, b) => each(get(a), get(b), out, |a, b| a & b),
            Op::Or(a, b) => each(get(a), get(b), out, |a, b| a | b),
            Op::Not(a) => each(get(a), View::All(0), out, |a, _| 1 - a),
            Op::If(condition, p) => {
                let (x, y) = (narrow(p.left_times), narrow(p.right_times));
                select(&get(condition), &get(p.left), &get(p.right), out, x, y);
            }
            Op::IfTruth(condition, a, b) => select(&get(condition), &get(a), &get(b), out, 1, 1),
            Op::Input(_) | Op::Constant(_) | Op::Known(_) | Op::Applies(_) | Op::Divide(..) => {}
        }
    }
}

/// A number that `prove` has shown to fit.
fn narrow(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(0)
}

fn view<'a>(register: &'a Register, columns: &[&'a [i64]], rows: &std::ops::Range<usize>) -> View<'a> {
    match register {
        Register::All(number) => View::All(*number),
        Register::Each(numbers) => View::Each(numbers),
        Register::Input(at) => View::Each(&columns[*at][rows.clone()]),
    }
}

fn each(a: View<'_>, b: View<'_>, out: &mut [i64], f: impl Fn(i64, i64) -> i64) {
    match (a, b) {
        (View::Each(a), View::Each(b)) => {
            for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                *out = f(*a, *b);
            }
        }
        (View::Each(a), View::All(b)) => {
            for (out, a) in out.iter_mut().zip(a) {
                *out = f(*a, b);
            }
        }
        (View::All(a), View::Each(b)) => {
            for (out, b) in out.iter_mut().zip(b) {
                *out = f(a, *b);
            }
        }
        (View::All(a), View::All(b)) => out.fill(f(a, b)),
    }
}

fn paired(pair: Pair, a: View<'_>, b: View<'_>, out: &mut [i64], f: impl Fn(i64, i64) -> i64) {
    let (x, y) = (narrow(pair.left_times), narrow(pair.right_times));
    each(a, b, out, |a, b| f(a * x, b * y));
}

fn select(condition: &View<'_>, a: &View<'_>, b: &View<'_>, out: &mut [i64], x: i64, y: i64) {
    let at = |view: &View<'_>, row: usize| match view {
        View::All(number) => *number,
        View::Each(numbers) => numbers[row],
    };
    for (row, out) in out.iter_mut().enumerate() {
        *out = if at(condition, row) == 1 {
            at(a, row) * x
        } else {
            at(b, row) * y
        };
    }
}

/// `floor(number * num / den)`; the divisors that decimals give are compiled in, as a division by a number known
/// only at run time costs ten times as much.
fn floor_scaled(numbers: &[i64], num: i64, den: i64, out: &mut [i64]) {
    fn by<const DEN: i64>(numbers: &[i64], num: i64, out: &mut [i64]) {
        for (out, number) in out.iter_mut().zip(numbers) {
            *out = (*number * num).div_euclid(DEN);
        }
    }
    match den {
        1 => by::<1>(numbers, num, out),
        10 => by::<10>(numbers, num, out),
        100 => by::<100>(numbers, num, out),
        1_000 => by::<1_000>(numbers, num, out),
        10_000 => by::<10_000>(numbers, num, out),
        100_000 => by::<100_000>(numbers, num, out),
        1_000_000 => by::<1_000_000>(numbers, num, out),
        den => {
            for (out, number) in out.iter_mut().zip(numbers) {
                *out = (*number * num).div_euclid(den);
            }
        }
    }
}
