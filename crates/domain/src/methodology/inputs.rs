//! What is said about an act, read against what a methodology asks.

use super::exact::Fraction;
use super::unit::Unit;
use super::{Input, InputKind, Methodology, Unquantified};
use crate::measure::{Decimal, pow10};

/// What was said for one input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Given {
    /// A quantity, in steps of the input's last place.
    Number(i64),
    /// The choice at this position.
    Choice(u16),
    /// Nothing.
    Missing,
    /// That it makes no sense here.
    NotApplicable,
}

/// A value as it comes from a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said<'a> {
    /// A number as written, in the input's own unit.
    Number(&'a str),
    /// A text: a number, perhaps with a unit (`"1200 m"`), a choice, or `"n/a"`.
    Text(&'a str),
    /// Nothing.
    Nothing,
}

/// What was said for every input of a methodology, in its order, within bounds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Inputs(Box<[Given]>);

impl Inputs {
    pub(super) fn from_given(given: impl Iterator<Item = Given>) -> Self {
        Inputs(given.collect())
    }

    /// What was said for the input at a position.
    pub(super) fn at(&self, position: usize) -> Given {
        self.0.get(position).copied().unwrap_or(Given::Missing)
    }

    /// Everything that was said, in order.
    pub fn iter(&self) -> impl Iterator<Item = Given> + '_ {
        self.0.iter().copied()
    }
}

impl Input {
    /// Reads one value.
    pub(super) fn read(&self, said: Said<'_>) -> Result<Given, Unquantified> {
        let text = match said {
            Said::Nothing => return Ok(Given::Missing),
            Said::Number(text) | Said::Text(text) => text.trim(),
        };
        if matches!(said, Said::Text(_)) && text.eq_ignore_ascii_case("n/a") {
            return Ok(Given::NotApplicable);
        }
        match &self.kind {
            InputKind::Choice(choices) => choices
                .iter()
                .position(|choice| choice == text)
                .and_then(|i| u16::try_from(i).ok())
                .map(Given::Choice)
                .ok_or_else(|| Unquantified::UnknownChoice {
                    input: self.name.clone(),
                    given: text.chars().take(40).collect(),
                    choices: choices.join(", "),
                }),
            InputKind::Number { unit, places, .. } => {
                let split = text.find(|c: char| c.is_whitespace() || c == '%');
                let (number, given_unit) = match split {
                    Some(at) if matches!(said, Said::Text(_)) => (&text[..at], Some(text[at..].trim())),
                    _ => (text, None),
                };
                let not_a_number = |what: String| Unquantified::NotANumber {
                    input: self.name.clone(),
                    what,
                };
                let decimal = Decimal::parse(number).map_err(|e| not_a_number(e.to_string()))?;
                let steps = match given_unit {
                    None => decimal.at_places(*places).map(|(steps, _)| steps),
                    Some(name) => self.converted(decimal, name, unit, *places)?,
                };
                steps
                    .map(Given::Number)
                    .ok_or_else(|| not_a_number(format!("\"{number}\" is out of range")))
            }
        }
    }

    fn converted(&self, number: Decimal, name: &str, unit: &Unit, places: u8) -> Result<Option<i64>, Unquantified> {
        let given = Unit::parse(name).ok().filter(|given| given.same_dimensions(unit));
        let given = given.ok_or_else(|| Unquantified::WrongUnit {
            input: self.name.clone(),
            given: name.chars().take(40).collect(),
            expected: unit.to_string(),
        })?;
        let exact = Fraction::new(i128::from(number.mantissa()), i128::from(pow10(number.places())))
            .and_then(|value| value.times(given.size()))
            .and_then(|value| value.over(unit.size()))
            .and_then(|value| value.times(Fraction::whole(i128::from(pow10(places)))));
        // toward zero, as for a number in the unit itself
        Ok(exact.and_then(|value| i64::try_from(value.num() / value.den()).ok()))
    }

    pub(super) fn check(&self, given: Given) -> Result<(), Unquantified> {
        match (&self.kind, given) {
            (InputKind::Number { min, max, .. }, Given::Number(steps)) if steps < *min || steps > *max => {
                let shown = |steps: i64| self.shown(Given::Number(steps));
                Err(Unquantified::OutOfBounds {
                    input: self.name.clone(),
                    given: shown(steps),
                    min: shown(*min),
                    max: shown(*max),
                })
            }
            (InputKind::Choice(choices), Given::Choice(choice)) if usize::from(choice) >= choices.len() => {
                Err(Unquantified::UnknownChoice {
                    input: self.name.clone(),
                    given: choice.to_string(),
                    choices: choices.join(", "),
                })
            }
            _ => Ok(()),
        }
    }

    /// A value without its unit, as it is stored.
    fn plain(&self, given: Given) -> Option<String> {
        match (&self.kind, given) {
            (InputKind::Number { places, .. }, Given::Number(steps)) => Some(Decimal::new(steps, *places).to_string()),
            (InputKind::Choice(choices), Given::Choice(choice)) => choices.get(usize::from(choice)).cloned(),
            (_, Given::NotApplicable) => Some("n/a".to_owned()),
            _ => None,
        }
    }

    /// A value with its unit, for people.
    pub fn shown(&self, given: Given) -> String {
        let plain = self.plain(given).unwrap_or_else(|| "?".to_owned());
        match &self.kind {
            InputKind::Number { unit, .. } if !unit.name().is_empty() && matches!(given, Given::Number(_)) => {
                format!("{plain} {}", unit.name())
            }
            _ => plain,
        }
    }
}

impl Methodology {
    /// Reads what was said about an act: names known, values readable, units convertible, everything within bounds.
    /// Digits finer than an input's last place are dropped.
    pub fn read_inputs<'a>(&self, said: impl IntoIterator<Item = (&'a str, Said<'a>)>) -> Result<Inputs, Unquantified> {
        let mut given = vec![Given::Missing; self.inputs.len()].into_boxed_slice();
        for (name, value) in said {
            let position = self.inputs.iter().position(|input| input.name == name);
            let position = position.ok_or_else(|| Unquantified::UnknownInput {
                input: name.chars().take(40).collect(),
            })?;
            given[position] = self.inputs[position].read(value)?;
        }
        self.checked_inputs(Inputs(given))
    }

    /// Fills in defaults and checks bounds.
    pub(super) fn checked_inputs(&self, mut inputs: Inputs) -> Result<Inputs, Unquantified> {
        for (input, given) in self.inputs.iter().zip(inputs.0.iter_mut()) {
            if let (Given::Missing, Some(default)) = (*given, input.default) {
                *given = default;
            }
            input.check(*given)?;
        }
        Ok(inputs)
    }

    /// The inputs as they are stored beside a record, one line: `km=3.2;mode=metro`.
    pub fn write_inputs(&self, inputs: &Inputs) -> String {
        let mut out = String::new();
        for (name, value) in self.said_inputs(inputs) {
            if !out.is_empty() {
                out.push(';');
            }
            out.push_str(&name);
            out.push('=');
            out.push_str(&value);
        }
        out
    }

    /// Reads what [`Methodology::write_inputs`] wrote.
    pub fn stored_inputs(&self, text: &str) -> Result<Inputs, Unquantified> {
        self.read_inputs(read_pairs(text).map(|(name, value)| (name, Said::Text(value))))
    }

    /// Name and value of everything that was said, for an export.
    pub fn said_inputs(&self, inputs: &Inputs) -> Vec<(String, String)> {
        let pairs = self.inputs.iter().zip(inputs.iter());
        pairs
            .filter_map(|(input, given)| Some((input.name.clone(), input.plain(given)?)))
            .collect()
    }
}

/// `name=value;name=value`: names are identifiers and values are decimals or choices, neither of which holds `;`.
fn read_pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(';')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}
