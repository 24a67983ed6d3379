//! The same program over columns: for bulk.
//!
//! When a file is read, the bounds of its inputs and the values of its factors are pushed through the program. If no
//! intermediate result can leave 64 bits and nothing divides, whole columns are computed with plain integer loops;
//! the overflow check has been made once, for every row that is within bounds. Any other chunk of rows, and any
//! other program, is computed row by row. Both do the same integer arithmetic, so the results are the same.

use super::program::{Comparison, Op, Pair, Program};
use super::{Context, Factor, Given, Input, InputKind, Inputs, Methodology, Unquantified};
use crate::measure::Carbon;

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
    /// The rows of this earlier register.
    Same(u16),
}

/// What depends on nothing but one choice: its value for each choice.
struct Table {
    input: usize,
    values: Vec<i64>,
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
        results.gross_mg.resize(rows, 0);
        results.weighted_mg.resize(rows, 0);
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
            let (gross, weighted) = quantified.unwrap_or_else(|why| {
                results.failed.push((row, why));
                (Carbon::ZERO, Carbon::ZERO)
            });
            results.gross_mg[row] = gross.mg();
            results.weighted_mg[row] = weighted.mg();
        }
    }
}

struct Machine<'a> {
    methodology: &'a Methodology,
    weight: i64,
    registers: Vec<Register>,
    /// For each register that is one.
    tables: Vec<Option<Table>>,
    /// Whether the rows of a register are looked at.
    needed: Vec<bool>,
    scale_num: i64,
    scale_den: i64,
}

impl<'a> Machine<'a> {
    /// Folds everything that is the same for all rows, or for all rows with the same choice. `None` if some choice has
    /// no factor: rows must then be looked at one by one.
    fn bind(methodology: &'a Methodology, context: &Context<'_>) -> Result<Option<Self>, Unquantified> {
        let mut factors = Vec::with_capacity(methodology.factors.len());
        for factor in &methodology.factors {
            let Some((input, choices)) = factor.by else {
                let row = factor.choose(context, None)?;
                factors.push(Table {
                    input: usize::MAX,
                    values: vec![factor.rows[row].steps],
                });
                continue;
            };
            let mut values = Vec::with_capacity(choices);
            for choice in 0..choices {
                match factor.choose(context, u16::try_from(choice).ok()) {
                    Ok(row) => values.push(factor.rows[row].steps),
                    Err(_) => return Ok(None),
                }
            }
            factors.push(Table { input, values });
        }
        let program = &methodology.program;
        let mut registers: Vec<Register> = Vec::with_capacity(program.slots.len());
        let mut tables: Vec<Option<Table>> = Vec::with_capacity(program.slots.len());
        for slot in &program.slots {
            // a constant counts as a table of whatever stands beside it
            let folded = match slot.op {
                Op::Constant(number) => Some((usize::MAX, vec![narrow(number)])),
                Op::Factor(at) => factors.get(usize::from(at)).map(|f| (f.input, f.values.clone())),
                Op::Known(_) | Op::Applies(_) => Some((usize::MAX, vec![1])), // columns hold known values only
                op => fold(op, &registers, &tables),
            };
            let (register, table) = match (folded, slot.op) {
                (Some((usize::MAX, values)), _) => (Register::All(values[0]), None),
                (Some((input, values)), _) => (Register::Each(Vec::new()), Some(Table { input, values })),
                (None, Op::Input(at)) => (Register::Input(usize::from(at)), None),
                (None, op) => (same(op, &registers).unwrap_or(Register::Each(Vec::new())), None),
            };
            registers.push(register);
            tables.push(table);
        }
        let mut needed = vec![false; registers.len()];
        needed[usize::from(program.reduction)] = true;
        for i in (0..registers.len()).rev() {
            if !needed[i] || tables[i].is_some() {
                continue;
            }
            match registers[i] {
                Register::Same(at) => needed[usize::from(at)] = true,
                Register::Each(_) => operands(program.slots[i].op, |at| needed[usize::from(at)] = true),
                Register::All(_) | Register::Input(_) => {}
            }
        }
        let scale = program.slots[usize::from(program.reduction)].scale;
        Ok(Some(Machine {
            methodology,
            weight: i64::from(methodology.weight(context.grade).thousandths()),
            registers,
            tables,
            needed,
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
            // the sign of either difference tells, as nothing within bounds can wrap and one of the two does not
            let outside = column[rows.clone()]
                .iter()
                .fold(0, |signs, v| signs | v.wrapping_sub(low) | high.wrapping_sub(*v));
            if outside < 0 {
                return false;
            }
        }
        for i in 0..self.registers.len() {
            if self.needed[i] {
                self.step(i, columns, &rows);
            }
        }
        let reduction = self.methodology.program.reduction;
        let gross = &mut results.gross_mg[rows.clone()];
        match view(&self.registers, reduction, columns, &rows) {
            View::All(number) => gross.fill(number * self.scale_num / self.scale_den),
            View::Each(numbers) => floor_scaled(numbers, self.scale_num, self.scale_den, gross),
        }
        if self.weight == 1000 {
            results.weighted_mg[rows.clone()].copy_from_slice(&results.gross_mg[rows.clone()]);
        } else {
            let weighted = &mut results.weighted_mg[rows.clone()];
            let (num, den) = (self.scale_num * self.weight, self.scale_den * 1000);
            match view(&self.registers, reduction, columns, &rows) {
                View::All(number) => weighted.fill(number * num / den),
                View::Each(numbers) => floor_scaled(numbers, num, den, weighted),
            }
        }
        let signs = results.gross_mg[rows.clone()]
            .iter()
            .fold(0, |signs, mg| signs | mg.wrapping_sub(1));
        if signs < 0 {
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
        out.resize(rows.len(), 0);
        if let Some(Table { input, values }) = &self.tables[i] {
            for (out, choice) in out.iter_mut().zip(&columns[*input][rows.clone()]) {
                *out = usize::try_from(*choice)
                    .ok()
                    .and_then(|i| values.get(i))
                    .copied()
                    .unwrap_or(0);
            }
            return;
        }
        let get = |at: u16| view(done, at, columns, rows);
        match self.methodology.program.slots[i].op {
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
            Op::Input(_) | Op::Factor(_) | Op::Constant(_) | Op::Known(_) | Op::Applies(_) | Op::Divide(..) => {}
        }
    }
}

/// The table of an operation over tables of one choice and constants; constants alone give a table of no input.
fn fold(op: Op, registers: &[Register], tables: &[Option<Table>]) -> Option<(usize, Vec<i64>)> {
    let known = |at: u16| match (&tables[usize::from(at)], &registers[usize::from(at)]) {
        (Some(table), _) => Some((table.input, table.values.as_slice())),
        (None, Register::All(number)) => Some((usize::MAX, std::slice::from_ref(number))),
        _ => None,
    };
    let over = |a: u16, b: u16, f: &dyn Fn(i64, i64) -> i64| {
        let ((i, a), (j, b)) = (known(a)?, known(b)?);
        if i != j && i != usize::MAX && j != usize::MAX {
            return None;
        }
        let value = |k: usize| f(a[k.min(a.len() - 1)], b[k.min(b.len() - 1)]);
        Some((i.min(j), (0..a.len().max(b.len())).map(value).collect()))
    };
    let pair = |p: Pair, f: fn(i64, i64) -> i64| {
        let (x, y) = (narrow(p.left_times), narrow(p.right_times));
        over(p.left, p.right, &|a, b| f(a * x, b * y))
    };
    match op {
        Op::Add(p) => pair(p, |a, b| a + b),
        Op::Multiply(a, b) => over(a, b, &|a, b| a * b),
        Op::Min(p) => pair(p, i64::min),
        Op::Max(p) => pair(p, i64::max),
        Op::First(p) => pair(Pair { right: p.left, ..p }, |a, _| a),
        _ => None,
    }
}

/// The register that an operation only repeats.
fn same(op: Op, registers: &[Register]) -> Option<Register> {
    let is = |at: u16, number: i64| matches!(registers[usize::from(at)], Register::All(n) if n == number);
    match op {
        Op::Add(p) if p.left_times == 1 && is(p.right, 0) => Some(Register::Same(p.left)),
        Op::Add(p) if p.right_times == 1 && is(p.left, 0) => Some(Register::Same(p.right)),
        Op::Multiply(a, b) if is(b, 1) => Some(Register::Same(a)),
        Op::Multiply(a, b) if is(a, 1) => Some(Register::Same(b)),
        Op::First(p) if p.left_times == 1 => Some(Register::Same(p.left)),
        _ => None,
    }
}

/// Calls `f` with every slot that an operation looks at.
fn operands(op: Op, mut f: impl FnMut(u16)) {
    match op {
        Op::Input(_) | Op::Factor(_) | Op::Constant(_) => {}
        Op::Not(a) | Op::Known(a) | Op::Applies(a) | Op::ChoiceIs(a, _) => f(a),
        Op::Multiply(a, b) | Op::Divide(a, b) | Op::And(a, b) | Op::Or(a, b) => [a, b].into_iter().for_each(f),
        Op::Add(p) | Op::Min(p) | Op::Max(p) | Op::First(p) | Op::Compare(_, p) => {
            [p.left, p.right].into_iter().for_each(f);
        }
        Op::If(condition, p) => [condition, p.left, p.right].into_iter().for_each(f),
        Op::IfTruth(condition, a, b) => [condition, a, b].into_iter().for_each(f),
    }
}

/// A number that `prove` has shown to fit.
fn narrow(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(0)
}

fn view<'a>(registers: &'a [Register], mut at: u16, columns: &[&'a [i64]], rows: &std::ops::Range<usize>) -> View<'a> {
    loop {
        match &registers[usize::from(at)] {
            Register::All(number) => return View::All(*number),
            Register::Each(numbers) => return View::Each(numbers),
            Register::Input(at) => return View::Each(&columns[*at][rows.clone()]),
            Register::Same(earlier) => at = *earlier,
        }
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
    let (left, right) = (narrow(pair.left_times), narrow(pair.right_times));
    each(a, b, out, |a, b| f(a * left, b * right));
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

/// `number * num / den`, rounded down where it is positive, which is all that is credited; the divisors that decimals give are compiled in, as a division by a number known
/// only at run time costs ten times as much.
fn floor_scaled(numbers: &[i64], num: i64, den: i64, out: &mut [i64]) {
    fn by<const DEN: i64>(numbers: &[i64], num: i64, out: &mut [i64]) {
        for (out, number) in out.iter_mut().zip(numbers) {
            *out = *number * num / DEN;
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
                *out = *number * num / den;
            }
        }
    }
}
