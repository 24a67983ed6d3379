//! A formula compiled to a flat program: each slot holds one operation over earlier slots.
//!
//! Every number is an integer of a size fixed when the file is read (`scale`, base units per integer step), so that
//! no digit is lost and rows and columns do the same arithmetic. Only division adds a denominator at run time.
//! Invariant: evaluation is total. What cannot be computed is a named fault in its slot, never a panic.

use super::exact::{Fraction, gcd};
use super::unit::Unit;

/// The value of a slot in one evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    /// `num / den` steps of the slot's scale; `den` is positive.
    Number {
        num: i128,
        den: i128,
    },
    Truth(bool),
    Choice(u16),
    /// The caller did not say.
    Missing,
    /// It makes no sense here.
    NotApplicable,
    Fault(Fault, u16),
}

/// Why a slot has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    DivisionByZero,
    Overflow,
}

impl Cell {
    pub(super) const fn whole(num: i128) -> Self {
        Cell::Number { num, den: 1 }
    }
}

/// What a slot computes. Pairs that need equal scales carry the whole numbers that bring both to the slot's scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Input(u16),
    Factor(u16),
    Constant(i128),
    Add(Pair),
    Multiply(u16, u16),
    Divide(u16, u16),
    Min(Pair),
    Max(Pair),
    First(Pair),
    Compare(Comparison, Pair),
    ChoiceIs(u16, u16),
    And(u16, u16),
    Or(u16, u16),
    Not(u16),
    Known(u16),
    Applies(u16),
    /// The condition, and the two branches.
    If(u16, Pair),
    /// If both branches are truths.
    IfTruth(u16, u16, u16),
}

/// Two slots and the factors that bring them to a common scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) left: u16,
    pub(super) right: u16,
    pub(super) left_times: i128,
    pub(super) right_times: i128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    AtMost,
    Equal,
    Unequal,
}

/// The type of a slot.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Type {
    Number(Unit),
    Truth,
    /// One of the choices of the input with this index.
    Choice(usize),
}

#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) op: Op,
    pub(super) kind: Type,
    /// Base units per integer step; one for truths and choices.
    pub(super) scale: Fraction,
}

/// A compiled calculation.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) slots: Vec<Slot>,
    pub(super) baseline: u16,
    pub(super) project: u16,
    pub(super) leakage: Option<u16>,
    pub(super) reduction: u16,
}

impl Program {
    /// Runs the program over one row into `cells`, which is cleared first.
    pub(super) fn run(&self, inputs: &[Cell], factors: &[Cell], cells: &mut Vec<Cell>) {
        cells.clear();
        for (i, slot) in self.slots.iter().enumerate() {
            let here = u16::try_from(i).unwrap_or(u16::MAX);
            let get = |at: u16| cells.get(usize::from(at)).copied().unwrap_or(Cell::Missing);
            let cell = match slot.op {
                Op::Input(at) => inputs.get(usize::from(at)).copied().unwrap_or(Cell::Missing),
                Op::Factor(at) => factors.get(usize::from(at)).copied().unwrap_or(Cell::Missing),
                Op::Constant(number) => Cell::whole(number),
                Op::Add(pair) => add(pair, get(pair.left), get(pair.right), here),
                Op::Multiply(a, b) => multiply(get(a), get(b), here),
                Op::Divide(a, b) => divide(get(a), get(b), here),
                Op::Min(pair) => pick(pair, get(pair.left), get(pair.right), here, std::cmp::Ordering::Less),
                Op::Max(pair) => pick(pair, get(pair.left), get(pair.right), here, std::cmp::Ordering::Greater),
                Op::First(pair) => match get(pair.left) {
                    Cell::Missing | Cell::NotApplicable => rescaled(get(pair.right), pair.right_times, here),
                    known => rescaled(known, pair.left_times, here),
                },
                Op::Compare(comparison, pair) => compare(comparison, pair, get(pair.left), get(pair.right), here),
                Op::ChoiceIs(at, wanted) => match get(at) {
                    Cell::Choice(chosen) => Cell::Truth(chosen == wanted),
                    other => other,
                },
                Op::And(a, b) => match (get(a), get(b)) {
                    (Cell::Truth(false), _) | (_, Cell::Truth(false)) => Cell::Truth(false),
                    (Cell::Truth(true), other) | (other, _) => other,
                },
                Op::Or(a, b) => match (get(a), get(b)) {
                    (Cell::Truth(true), _) | (_, Cell::Truth(true)) => Cell::Truth(true),
                    (Cell::Truth(false), other) | (other, _) => other,
                },
                Op::Not(a) => match get(a) {
                    Cell::Truth(truth) => Cell::Truth(!truth),
                    other => other,
                },
                Op::Known(a) => match get(a) {
                    fault @ Cell::Fault(..) => fault,
                    other => Cell::Truth(other != Cell::Missing),
                },
                Op::Applies(a) => match get(a) {
                    fault @ Cell::Fault(..) => fault,
                    other => Cell::Truth(other != Cell::NotApplicable),
                },
                Op::If(condition, pair) => match get(condition) {
                    Cell::Truth(true) => rescaled(get(pair.left), pair.left_times, here),
                    Cell::Truth(false) => rescaled(get(pair.right), pair.right_times, here),
                    other => other,
                },
                Op::IfTruth(condition, a, b) => match get(condition) {
                    Cell::Truth(true) => get(a),
                    Cell::Truth(false) => get(b),
                    other => other,
                },
            };
            cells.push(cell);
        }
    }
}

/// A fraction brought into lowest terms only when it has to be: most programs never divide.
fn number(num: Option<i128>, den: Option<i128>, here: u16) -> Cell {
    match (num, den) {
        (Some(num), Some(den)) => Cell::Number { num, den },
        _ => Cell::Fault(Fault::Overflow, here),
    }
}

fn reduced(num: i128, den: i128) -> (i128, i128) {
    if den == 1 {
        return (num, den);
    }
    // den > 0, so the divisor is at most den and fits
    let divisor = i128::try_from(gcd(num.unsigned_abs(), den.unsigned_abs())).unwrap_or(1);
    (num / divisor, den / divisor)
}

fn rescaled(cell: Cell, times: i128, here: u16) -> Cell {
    match cell {
        Cell::Number { num, den } => {
            let (num, den) = reduced(num, den);
            number(num.checked_mul(times), Some(den), here)
        }
        other => other,
    }
}

/// Which of two special values wins: a fault, then a missing one, then one that does not apply.
fn special(a: Cell, b: Cell) -> Cell {
    let rank = |cell: Cell| match cell {
        Cell::Fault(..) => 3,
        Cell::Missing => 2,
        Cell::NotApplicable => 1,
        _ => 0,
    };
    if rank(b) > rank(a) { b } else { a }
}

fn add(pair: Pair, a: Cell, b: Cell, here: u16) -> Cell {
    match (rescaled(a, pair.left_times, here), rescaled(b, pair.right_times, here)) {
        (Cell::Number { num: x, den: 1 }, Cell::Number { num: y, den: 1 }) => number(x.checked_add(y), Some(1), here),
        (Cell::Number { num: x, den: p }, Cell::Number { num: y, den: q }) => {
            let sum = x
                .checked_mul(q)
                .zip(y.checked_mul(p))
                .and_then(|(x, y)| x.checked_add(y));
            match (sum, p.checked_mul(q)) {
                (Some(num), Some(den)) => {
                    let (num, den) = reduced(num, den);
                    Cell::Number { num, den }
                }
                _ => Cell::Fault(Fault::Overflow, here),
            }
        }
        // a term that does not apply adds nothing
        (known @ Cell::Number { .. }, Cell::NotApplicable) | (Cell::NotApplicable, known @ Cell::Number { .. }) => {
            known
        }
        (a, b) => special(a, b),
    }
}

fn multiply(a: Cell, b: Cell, here: u16) -> Cell {
    match (a, b) {
        (Cell::Number { num: x, den: 1 }, Cell::Number { num: y, den: 1 }) => number(x.checked_mul(y), Some(1), here),
        (Cell::Number { num: x, den: p }, Cell::Number { num: y, den: q }) => {
            let ((x, q), (y, p)) = (reduced(x, q), reduced(y, p));
            number(x.checked_mul(y), p.checked_mul(q), here)
        }
        (a, b) => special(a, b),
    }
}

fn divide(a: Cell, b: Cell, here: u16) -> Cell {
    match (a, b) {
        (Cell::Number { .. }, Cell::Number { num: 0, .. }) => Cell::Fault(Fault::DivisionByZero, here),
        (Cell::Number { .. }, Cell::Number { num: y, den: q }) => {
            let flipped = if y < 0 {
                number(q.checked_neg(), y.checked_neg(), here)
            } else {
                Cell::Number { num: q, den: y }
            };
            match multiply(a, flipped, here) {
                Cell::Number { num, den } => {
                    let (num, den) = reduced(num, den);
                    Cell::Number { num, den }
                }
                other => other,
            }
        }
        (a, b) => special(a, b),
    }
}

/// Compares two numbers of one scale; `None` beyond 128 bits.
fn order(x: i128, p: i128, y: i128, q: i128) -> Option<std::cmp::Ordering> {
    if p == q {
        Some(x.cmp(&y))
    } else {
        Some(x.checked_mul(q)?.cmp(&y.checked_mul(p)?))
    }
}

fn pick(pair: Pair, a: Cell, b: Cell, here: u16, wanted: std::cmp::Ordering) -> Cell {
    match (rescaled(a, pair.left_times, here), rescaled(b, pair.right_times, here)) {
        (left @ Cell::Number { num: x, den: p }, right @ Cell::Number { num: y, den: q }) => match order(x, p, y, q) {
            Some(found) if found == wanted.reverse() => right,
            Some(_) => left,
            None => Cell::Fault(Fault::Overflow, here),
        },
        (known @ Cell::Number { .. }, Cell::NotApplicable) | (Cell::NotApplicable, known @ Cell::Number { .. }) => {
            known
        }
        (a, b) => special(a, b),
    }
}

fn compare(comparison: Comparison, pair: Pair, a: Cell, b: Cell, here: u16) -> Cell {
    match (rescaled(a, pair.left_times, here), rescaled(b, pair.right_times, here)) {
        (Cell::Number { num: x, den: p }, Cell::Number { num: y, den: q }) => match order(x, p, y, q) {
            Some(found) => Cell::Truth(match comparison {
                Comparison::Less => found.is_lt(),
                Comparison::AtMost => found.is_le(),
                Comparison::Equal => found.is_eq(),
                Comparison::Unequal => found.is_ne(),
            }),
            None => Cell::Fault(Fault::Overflow, here),
        },
        (a, b) => special(a, b),
    }
}
