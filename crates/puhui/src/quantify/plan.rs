//! What each column of a file means to a methodology, and under what its rows are quantified.

use std::collections::HashMap;

use domain::evidence::Grade;
use domain::measure::Day;
use domain::methodology::{Context, Given, Input, InputKind, Methodology};

use super::digits::{first, short_steps, steps};
use super::{RowError, Stop};

/// What a column gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A name for the row in the output.
    Id,
    /// The civil day of the act.
    Day,
    /// Its region.
    Region,
    /// The grade of its evidence.
    Grade,
    /// The input at this position.
    Input(usize),
}

impl Target {
    fn named(name: &str, methodology: &Methodology) -> Option<Self> {
        if let Some(input) = methodology.inputs.iter().position(|input| input.name == name) {
            return Some(Target::Input(input));
        }
        match name {
            "id" => Some(Target::Id),
            "day" => Some(Target::Day),
            "region" => Some(Target::Region),
            "grade" => Some(Target::Grade),
            _ => None,
        }
    }

    /// Whether it is part of the context.
    pub fn is_context(self) -> bool {
        matches!(self, Target::Day | Target::Region | Target::Grade)
    }
}

/// Which column gives what: by its own name, unless `--map` says otherwise.
#[derive(Debug, Default)]
pub struct Names(Vec<(String, Target)>);

impl Names {
    /// Every name that means something, `--map` first.
    pub fn new(map: &[(String, String)], methodology: &Methodology) -> Result<Self, Stop> {
        let mut names: Vec<(String, Target)> = Vec::new();
        for (column, target) in map {
            let found = Target::named(target, methodology).ok_or_else(|| Stop::Map(target.clone()))?;
            if names.iter().any(|(name, target)| name == column || *target == found) {
                return Err(Stop::Twice(target.clone()));
            }
            names.push((column.clone(), found));
        }
        let inputs = methodology.inputs.iter().map(|input| input.name.as_str());
        for name in inputs.chain(["id", "day", "region", "grade"]) {
            if let Some(target) = Target::named(name, methodology)
                && !names.iter().any(|(known, taken)| known == name || *taken == target)
            {
                names.push((name.to_owned(), target));
            }
        }
        Ok(Names(names))
    }

    /// What a column gives.
    pub fn target(&self, column: &str) -> Option<Target> {
        self.0
            .iter()
            .find(|(name, _)| name == column)
            .map(|(_, target)| *target)
    }

    /// What each column of a header gives.
    pub fn targets(&self, header: &[String], map: &[(String, String)]) -> Result<Vec<Option<Target>>, Stop> {
        if let Some((column, _)) = map.iter().find(|(column, _)| !header.contains(column)) {
            return Err(Stop::NoColumn(column.clone(), header.join(", ")));
        }
        let targets: Vec<_> = header.iter().map(|column| self.target(column)).collect();
        for (i, target) in targets.iter().enumerate() {
            if target.is_some() && targets[..i].contains(target) {
                return Err(Stop::Twice(header[i].clone()));
            }
        }
        Ok(targets)
    }
}

/// How the usual values of an input are read; anything else is left to the domain.
#[derive(Debug)]
pub struct Usual {
    kind: UsualKind,
    default: Option<i64>,
}

#[derive(Debug)]
enum UsualKind {
    Number { places: u8, min: i64, max: i64 },
    Choice(Choices),
}

impl Usual {
    /// How an input is read.
    pub fn new(input: &Input) -> Self {
        let kind = match &input.kind {
            InputKind::Number { places, min, max, .. } => UsualKind::Number {
                places: *places,
                min: *min,
                max: *max,
            },
            InputKind::Choice(choices) => UsualKind::Choice(Choices::new(choices)),
        };
        let default = match input.default {
            Some(Given::Number(steps)) => Some(steps),
            Some(Given::Choice(choice)) => Some(i64::from(choice)),
            _ => None,
        };
        Usual { kind, default }
    }

    /// A value that stands in the place of a row which is quantified alone.
    pub fn filler(&self) -> i64 {
        match self.kind {
            UsualKind::Number { min, .. } => min,
            UsualKind::Choice(_) => 0,
        }
    }

    /// The value that counts if nothing is said.
    pub fn missing(&self) -> Option<i64> {
        self.default
    }

    /// A value within bounds, from its text.
    pub fn text(&self, text: &[u8]) -> Option<i64> {
        if text.is_empty() {
            return self.default;
        }
        match &self.kind {
            UsualKind::Number { places, .. } => self.within(steps(text, *places)?),
            UsualKind::Choice(choices) => choices.position(text),
        }
    }

    /// The same, if the text is the first `len` bytes of a word.
    #[inline]
    pub fn short(&self, word: u64, len: usize) -> Option<i64> {
        if len == 0 {
            return self.default;
        }
        match &self.kind {
            UsualKind::Number { places, .. } => self.within(short_steps(word, len, *places)?),
            UsualKind::Choice(choices) => choices.short(first(word, len), len),
        }
    }

    /// A whole number with `scale` digits behind the point.
    pub fn number(&self, mantissa: i64, scale: u8) -> Option<i64> {
        match self.kind {
            UsualKind::Number { places, .. } => {
                self.within(domain::measure::Decimal::new(mantissa, scale).at_places(places)?.0)
            }
            UsualKind::Choice(_) => None,
        }
    }

    fn within(&self, steps: i64) -> Option<i64> {
        match self.kind {
            UsualKind::Number { min, max, .. } => (min <= steps && steps <= max).then_some(steps),
            UsualKind::Choice(_) => None,
        }
    }
}

/// The choices of an input. Those of at most eight bytes stand in a table in which each has a place of its own, so
/// that finding one costs a multiplication and a comparison.
#[derive(Debug)]
struct Choices {
    all: Vec<String>,
    table: Vec<Place>,
    multiplier: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Place {
    text: u64,
    len: usize,
    choice: i64,
}

impl Choices {
    const PLACES: usize = 256;

    fn new(all: &[String]) -> Self {
        let mut choices = Choices {
            all: all.to_vec(),
            table: Vec::new(),
            multiplier: 0,
        };
        let multipliers = (1..1000).map(|i: u64| 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(2 * i + 1));
        for multiplier in multipliers {
            choices.multiplier = multiplier;
            choices.table = vec![Place::default(); Self::PLACES];
            if choices.fill() {
                return choices;
            }
        }
        choices.table.clear(); // too many choices: they are looked for one by one
        choices
    }

    fn fill(&mut self) -> bool {
        for (choice, text) in (0..).zip(&self.all) {
            let (true, len) = (text.len() <= 8, text.len()) else {
                continue;
            };
            let mut eight = [0; 8];
            eight[..len].copy_from_slice(text.as_bytes());
            let text = u64::from_le_bytes(eight);
            let place = &mut self.table[slot(text, self.multiplier)];
            if place.len > 0 {
                return false;
            }
            *place = Place { text, len, choice };
        }
        true
    }

    #[inline]
    fn short(&self, text: u64, len: usize) -> Option<i64> {
        let Some(place) = self.table.get(slot(text, self.multiplier)) else {
            return self.position(text.to_le_bytes().get(..len)?);
        };
        // a NUL at its end would make a text look shorter
        (place.text == text && place.len == len).then_some(place.choice)
    }

    fn position(&self, text: &[u8]) -> Option<i64> {
        let at = self.all.iter().position(|choice| choice.as_bytes() == text)?;
        i64::try_from(at).ok()
    }
}

fn slot(text: u64, multiplier: u64) -> usize {
    usize::from((text.wrapping_mul(multiplier) >> 56) as u8)
}

/// Under what a row is quantified, if its own columns do not say.
#[derive(Debug, Clone)]
pub struct Flags {
    /// Region code.
    pub region: String,
    /// Civil day.
    pub day: Day,
    /// Grade of the evidence.
    pub grade: Grade,
}

impl Flags {
    /// As the domain wants it.
    pub fn context(&self) -> Context<'_> {
        Context {
            region: &self.region,
            day: self.day,
            grade: self.grade,
        }
    }
}

/// Every context that rows were found to be under, by number.
#[derive(Debug)]
pub struct Contexts {
    flags: Flags,
    known: Vec<Result<Flags, RowError>>,
    numbers: HashMap<Vec<u8>, u32>,
    key: Vec<u8>,
    last: (Vec<u8>, u32),
}

impl Contexts {
    /// More are forgotten between batches, so that memory stays bounded.
    const MOST: usize = 16 * 1024;

    /// None but the one of the flags, which is number 0.
    pub fn new(flags: Flags) -> Self {
        Contexts {
            flags,
            known: Vec::new(),
            numbers: HashMap::new(),
            key: Vec::new(),
            last: (Vec::new(), 0),
        }
    }

    /// The number of a context; valid until [`Contexts::trim`].
    pub fn number(&mut self, methodology: &Methodology, day: &[u8], region: &[u8], grade: &[u8]) -> u32 {
        self.key.clear();
        for part in [day, region, grade] {
            self.key.extend_from_slice(part.trim_ascii());
            self.key.push(0);
        }
        if self.key == self.last.0 {
            return self.last.1;
        }
        let number = if let Some(number) = self.numbers.get(&self.key) {
            *number
        } else {
            self.known.push(self.read(methodology, day, region, grade));
            let number = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
            self.numbers.insert(self.key.clone(), number);
            number
        };
        self.last = (self.key.clone(), number);
        number
    }

    fn read(&self, methodology: &Methodology, day: &[u8], region: &[u8], grade: &[u8]) -> Result<Flags, RowError> {
        let mut flags = self.flags.clone();
        let [day, region, grade] = [day, region, grade].map(|text| shown(String::from_utf8_lossy(text).trim()));
        if !day.is_empty() {
            flags.day = Day::parse(&day).ok_or(RowError::Day(day))?;
        }
        if !region.is_empty() {
            flags.region = region;
        }
        if !grade.is_empty() {
            flags.grade = Grade::parse(&grade).ok_or(RowError::Grade(grade))?;
        }
        accepted(methodology, flags.grade)?;
        Ok(flags)
    }

    /// The context of a number.
    pub fn get(&self, number: u32) -> Result<Context<'_>, RowError> {
        let known = usize::try_from(number)
            .ok()
            .and_then(|n| self.known.get(n.checked_sub(1)?));
        match known {
            Some(Ok(flags)) => Ok(flags.context()),
            Some(Err(why)) => Err(why.clone()),
            None => Ok(self.flags.context()),
        }
    }

    /// Forgets what a file of garbage has piled up.
    pub fn trim(&mut self) {
        if self.known.len() > Self::MOST {
            *self = Contexts::new(self.flags.clone());
        }
    }
}

/// Evidence that a methodology does not accept earns nothing, and that must be said.
pub fn accepted(methodology: &Methodology, grade: Grade) -> Result<(), RowError> {
    if methodology.accepts(grade) {
        Ok(())
    } else {
        Err(RowError::NotAccepted(grade))
    }
}

/// As much of a text as an error repeats; no day, region or grade is longer.
fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}
