//! From formulas to a program: names are resolved, units checked, scales fixed, cycles refused.

use std::collections::HashMap;

use super::exact::Fraction;
use super::formula::{Function, Kind, Node, Operator};
use super::program::{Comparison, Op, Pair, Program, Slot, Type};
use super::unit::Unit;
use super::{Factor, Input, InputKind, MethodologyError};
use crate::measure::Decimal;

/// A named formula of the file, read but not compiled.
pub(super) struct Formula {
    pub(super) place: String,
    pub(super) node: Node,
}

/// Everything that a calculation may name.
pub(super) struct Source<'a> {
    pub(super) inputs: &'a [Input],
    pub(super) factors: &'a [Factor],
    /// By name, in the order of the file.
    pub(super) steps: &'a [(String, Formula)],
    pub(super) baseline: &'a Formula,
    pub(super) project: &'a Formula,
    pub(super) leakage: Option<&'a Formula>,
}

/// Compiles a calculation; also returns the slot of each step, in the order of the file.
pub(super) fn compile(source: &Source<'_>) -> Result<(Program, Vec<u16>), MethodologyError> {
    let mut compiler = Compiler {
        source,
        slots: Vec::new(),
        names: HashMap::new(),
        open: Vec::new(),
    };
    let mut steps = Vec::with_capacity(source.steps.len());
    for (name, formula) in source.steps {
        steps.push(compiler.name(name, &formula.place, formula.node.column)?);
    }
    let baseline = compiler.carbon(source.baseline)?;
    let project = compiler.carbon(source.project)?;
    let leakage = source.leakage.map(|formula| compiler.carbon(formula)).transpose()?;
    let place = &source.baseline.place;
    let mut reduction = compiler.sum(baseline, project, -1, place, 1)?;
    if let Some(leakage) = leakage {
        reduction = compiler.sum(reduction, leakage, -1, place, 1)?;
    }
    Ok((
        Program {
            slots: compiler.slots,
            baseline,
            project,
            leakage,
            reduction,
        },
        steps,
    ))
}

struct Compiler<'a> {
    source: &'a Source<'a>,
    slots: Vec<Slot>,
    names: HashMap<String, u16>,
    /// Steps being compiled: meeting one again is a cycle.
    open: Vec<String>,
}

fn error(place: &str, column: usize, what: String) -> MethodologyError {
    MethodologyError {
        place: format!("{place}, column {column}"),
        what,
    }
}

impl Compiler<'_> {
    fn push(
        &mut self,
        op: Op,
        kind: Type,
        scale: Fraction,
        place: &str,
        column: usize,
    ) -> Result<u16, MethodologyError> {
        let at = u16::try_from(self.slots.len()).ok().filter(|at| *at < 512);
        let at = at.ok_or_else(|| error(place, column, "the calculation has more than 512 operations".to_owned()))?;
        self.slots.push(Slot { op, kind, scale });
        Ok(at)
    }

    fn slot(&self, at: u16) -> &Slot {
        &self.slots[usize::from(at)]
    }

    fn carbon(&mut self, formula: &Formula) -> Result<u16, MethodologyError> {
        let at = self.node(&formula.node, &formula.place)?;
        match &self.slot(at).kind {
            Type::Number(unit) if unit.is_carbon() => Ok(at),
            Type::Number(unit) => Err(error(
                &formula.place,
                formula.node.column,
                format!("must come out in CO2e, not in {unit}"),
            )),
            _ => Err(error(
                &formula.place,
                formula.node.column,
                "must come out in CO2e, not as a truth".to_owned(),
            )),
        }
    }

    fn name(&mut self, name: &str, place: &str, column: usize) -> Result<u16, MethodologyError> {
        if let Some(at) = self.names.get(name) {
            return Ok(*at);
        }
        let source = self.source;
        let at = if let Some(i) = source.inputs.iter().position(|input| input.name == name) {
            let index = u16::try_from(i).unwrap_or(u16::MAX);
            let (kind, scale) = match &source.inputs[i].kind {
                InputKind::Number { unit, places, .. } => (Type::Number(unit.clone()), scale_of(unit, *places)),
                InputKind::Choice(_) => (Type::Choice(i), Some(Fraction::ONE)),
            };
            let scale = scale.ok_or_else(|| error(place, column, format!("{name} has too fine a unit")))?;
            self.push(Op::Input(index), kind, scale, place, column)?
        } else if let Some(i) = source.factors.iter().position(|factor| factor.name == name) {
            let index = u16::try_from(i).unwrap_or(u16::MAX);
            let factor = &source.factors[i];
            let scale = scale_of(&factor.unit, factor.places)
                .ok_or_else(|| error(place, column, format!("{name} has too fine a unit")))?;
            self.push(
                Op::Factor(index),
                Type::Number(factor.unit.clone()),
                scale,
                place,
                column,
            )?
        } else if let Some((_, formula)) = source.steps.iter().find(|(step, _)| step == name) {
            if self.open.iter().any(|open| open == name) {
                let cycle = self.open.join(" → ");
                return Err(error(
                    place,
                    column,
                    format!("the steps go in a circle: {cycle} → {name}"),
                ));
            }
            self.open.push(name.to_owned());
            let at = self.node(&formula.node, &formula.place)?;
            self.open.pop();
            at
        } else {
            return Err(error(place, column, format!("\"{name}\" is no input, factor or step")));
        };
        self.names.insert(name.to_owned(), at);
        Ok(at)
    }

    fn node(&mut self, node: &Node, place: &str) -> Result<u16, MethodologyError> {
        let column = node.column;
        match &node.kind {
            Kind::Number(number, unit) => self.constant(*number, unit, place, column),
            Kind::Name(name) => self.name(name, place, column),
            Kind::Text(text) => Err(error(
                place,
                column,
                format!("the text \"{text}\" can only be compared with a choice"),
            )),
            Kind::Negate(inner) => {
                let inner = self.node(inner, place)?;
                let Type::Number(unit) = self.slot(inner).kind.clone() else {
                    return Err(error(place, column, "only a number can be negated".to_owned()));
                };
                let zero = self.constant(Decimal::new(0, 0), &unit, place, column)?;
                self.sum(zero, inner, -1, place, column)
            }
            Kind::Not(inner) => {
                let inner = self.truth(inner, place)?;
                self.push(Op::Not(inner), Type::Truth, Fraction::ONE, place, column)
            }
            Kind::Binary(operator, left, right) => self.binary(*operator, left, right, place, column),
            Kind::If(condition, then, otherwise) => {
                let condition = self.truth(condition, place)?;
                let then = self.node(then, place)?;
                let otherwise = self.node(otherwise, place)?;
                if self.slot(then).kind == Type::Truth && self.slot(otherwise).kind == Type::Truth {
                    let op = Op::IfTruth(condition, then, otherwise);
                    return self.push(op, Type::Truth, Fraction::ONE, place, column);
                }
                let (pair, kind, scale) = self.pair(then, otherwise, "choose between", place, column)?;
                self.push(Op::If(condition, pair), kind, scale, place, column)
            }
            Kind::Call(function, arguments) => self.call(*function, arguments, place, column),
        }
    }

    fn constant(&mut self, number: Decimal, unit: &Unit, place: &str, column: usize) -> Result<u16, MethodologyError> {
        let scale =
            scale_of(unit, number.places()).ok_or_else(|| error(place, column, "the number is too fine".to_owned()))?;
        self.push(
            Op::Constant(i128::from(number.mantissa())),
            Type::Number(unit.clone()),
            scale,
            place,
            column,
        )
    }

    fn truth(&mut self, node: &Node, place: &str) -> Result<u16, MethodologyError> {
        let at = self.node(node, place)?;
        if self.slot(at).kind == Type::Truth {
            Ok(at)
        } else {
            Err(error(place, node.column, "expected something true or false".to_owned()))
        }
    }

    fn number(&mut self, node: &Node, place: &str) -> Result<(u16, Unit), MethodologyError> {
        let at = self.node(node, place)?;
        match &self.slot(at).kind {
            Type::Number(unit) => Ok((at, unit.clone())),
            _ => Err(error(place, node.column, "expected a number".to_owned())),
        }
    }

    /// Brings two numbers of equal dimensions to a common scale.
    fn pair(
        &self,
        left: u16,
        right: u16,
        verb: &str,
        place: &str,
        column: usize,
    ) -> Result<(Pair, Type, Fraction), MethodologyError> {
        let (a, b) = (self.slot(left), self.slot(right));
        let (Type::Number(x), Type::Number(y)) = (&a.kind, &b.kind) else {
            return Err(error(place, column, format!("cannot {verb} what is not a number")));
        };
        if !x.same_dimensions(y) {
            return Err(error(place, column, format!("cannot {verb} {x} and {y}")));
        }
        let aligned = a.scale.common_measure(b.scale).and_then(|scale| {
            let left_times = a.scale.over(scale)?.num();
            let right_times = b.scale.over(scale)?.num();
            Some((
                Pair {
                    left,
                    right,
                    left_times,
                    right_times,
                },
                scale,
            ))
        });
        let (pair, scale) =
            aligned.ok_or_else(|| error(place, column, format!("{x} and {y} have no common measure in range")))?;
        Ok((pair, a.kind.clone(), scale))
    }

    fn sum(&mut self, left: u16, right: u16, sign: i128, place: &str, column: usize) -> Result<u16, MethodologyError> {
        let verb = if sign > 0 { "add" } else { "subtract" };
        let (mut pair, kind, scale) = self.pair(left, right, verb, place, column)?;
        pair.right_times *= sign;
        self.push(Op::Add(pair), kind, scale, place, column)
    }

    fn binary(
        &mut self,
        operator: Operator,
        left: &Node,
        right: &Node,
        place: &str,
        column: usize,
    ) -> Result<u16, MethodologyError> {
        use Operator as O;
        match operator {
            O::And | O::Or => {
                let (a, b) = (self.truth(left, place)?, self.truth(right, place)?);
                let op = if operator == O::And {
                    Op::And(a, b)
                } else {
                    Op::Or(a, b)
                };
                self.push(op, Type::Truth, Fraction::ONE, place, column)
            }
            O::Add | O::Subtract => {
                let (a, _) = self.number(left, place)?;
                let (b, _) = self.number(right, place)?;
                self.sum(a, b, if operator == O::Add { 1 } else { -1 }, place, column)
            }
            O::Multiply | O::Divide => {
                let (a, x) = self.number(left, place)?;
                let (b, y) = self.number(right, place)?;
                let (sa, sb) = (self.slot(a).scale, self.slot(b).scale);
                let (unit, scale, op) = if operator == O::Multiply {
                    (x.times(&y), sa.times(sb), Op::Multiply(a, b))
                } else {
                    (x.over(&y), sa.over(sb), Op::Divide(a, b))
                };
                match (unit, scale) {
                    (Some(unit), Some(scale)) => self.push(op, Type::Number(unit), scale, place, column),
                    _ => Err(error(
                        place,
                        column,
                        format!("{x} {} {y} is out of range", operator.sign()),
                    )),
                }
            }
            O::Less | O::AtMost | O::Greater | O::AtLeast | O::Equal | O::Unequal => {
                if let Some(at) = self.choice_comparison(operator, left, right, place, column)? {
                    return Ok(at);
                }
                let (mut a, _) = self.number(left, place)?;
                let (mut b, _) = self.number(right, place)?;
                let comparison = match operator {
                    O::Less | O::Greater => Comparison::Less,
                    O::AtMost | O::AtLeast => Comparison::AtMost,
                    O::Equal => Comparison::Equal,
                    _ => Comparison::Unequal,
                };
                if matches!(operator, O::Greater | O::AtLeast) {
                    (a, b) = (b, a);
                }
                let (pair, _, _) = self.pair(a, b, "compare", place, column)?;
                self.push(Op::Compare(comparison, pair), Type::Truth, Fraction::ONE, place, column)
            }
        }
    }

    /// `mode == "metro"`: a choice against one of its texts.
    fn choice_comparison(
        &mut self,
        operator: Operator,
        left: &Node,
        right: &Node,
        place: &str,
        column: usize,
    ) -> Result<Option<u16>, MethodologyError> {
        let Kind::Text(text) = &right.kind else { return Ok(None) };
        let at = self.node(left, place)?;
        let Type::Choice(input) = self.slot(at).kind else {
            return Err(error(
                place,
                column,
                format!("\"{text}\" can only be compared with a choice"),
            ));
        };
        let InputKind::Choice(choices) = &self.source.inputs[input].kind else {
            return Err(error(place, column, "not a choice".to_owned()));
        };
        let wanted = choices
            .iter()
            .position(|choice| choice == text)
            .and_then(|i| u16::try_from(i).ok());
        let wanted = wanted.ok_or_else(|| {
            error(
                place,
                right.column,
                format!("\"{text}\" is none of the choices {}", choices.join(", ")),
            )
        })?;
        let is = self.push(Op::ChoiceIs(at, wanted), Type::Truth, Fraction::ONE, place, column)?;
        match operator {
            Operator::Equal => Ok(Some(is)),
            Operator::Unequal => self
                .push(Op::Not(is), Type::Truth, Fraction::ONE, place, column)
                .map(Some),
            _ => Err(error(
                place,
                column,
                format!("a choice has no order for \"{}\"", operator.sign()),
            )),
        }
    }

    fn call(
        &mut self,
        function: Function,
        arguments: &[Node],
        place: &str,
        column: usize,
    ) -> Result<u16, MethodologyError> {
        if let (Function::Known | Function::Applies, [argument]) = (function, arguments) {
            let at = self.node(argument, place)?;
            let op = if function == Function::Known {
                Op::Known(at)
            } else {
                Op::Applies(at)
            };
            return self.push(op, Type::Truth, Fraction::ONE, place, column);
        }
        let mut folded: Option<u16> = None;
        for argument in arguments {
            let (next, _) = self.number(argument, place)?;
            folded = Some(match folded {
                None => next,
                Some(so_far) => {
                    let verb = "choose between";
                    let (pair, kind, scale) = self.pair(so_far, next, verb, place, column)?;
                    let op = match function {
                        Function::Min => Op::Min(pair),
                        Function::Max => Op::Max(pair),
                        _ => Op::First(pair),
                    };
                    self.push(op, kind, scale, place, column)?
                }
            });
        }
        folded.ok_or_else(|| error(place, column, "nothing to choose from".to_owned()))
    }
}

/// Base units per integer step of a number with so many decimal places.
fn scale_of(unit: &Unit, places: u8) -> Option<Fraction> {
    unit.size().over(Fraction::whole(10i128.pow(u32::from(places))))
}
