//! One JSON object a line. Numbers are taken as they are written, so that no digit is lost.

use std::borrow::Cow;
use std::io::Read;

use domain::methodology::Said;
use indicatif::ProgressBar;
use memchr::memchr;
use serde::Deserialize;
use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::batch::{Batch, Outcome, Quantifier};
use super::blocks::Blocks;
use super::plan::{Names, Target};
use super::{RowError, Stop};

/// An NDJSON file that is being read.
pub struct Ndjson {
    blocks: Blocks,
    names: Names,
    line: u64,
}

impl Ndjson {
    /// Nothing has been read yet.
    pub fn open(source: Box<dyn Read>, progress: ProgressBar, names: Names) -> Self {
        Ndjson {
            blocks: Blocks::new(source, progress),
            names,
            line: 1,
        }
    }

    /// Reads rows until the batch is full or the file ends.
    pub fn fill(&mut self, quantifier: &mut Quantifier, batch: &mut Batch) -> Result<(), Stop> {
        while !batch.is_full() {
            let data = self.blocks.data();
            let (line, behind) = match memchr(b'\n', data) {
                Some(end) => (&data[..end], end + 1),
                None if self.blocks.is_last() && data.is_empty() => return Ok(()),
                None if self.blocks.is_last() => (data, data.len()),
                None => {
                    if !self.blocks.refill()? && !self.blocks.is_last() {
                        return Err(Stop::TooLong(self.line));
                    }
                    continue;
                }
            };
            if !line.trim_ascii().is_empty() {
                batch.on_line(self.line);
                match self.usual_row(line, quantifier, batch) {
                    Ok(context) => batch.end_row(context),
                    Err(outcome) => batch.end_alone(&quantifier.usual, outcome),
                }
            }
            self.line += 1;
            self.blocks.consume(behind);
        }
        Ok(())
    }

    /// Reads a row into columns and gives its context; an unusual row is quantified at once.
    fn usual_row(&self, line: &[u8], quantifier: &mut Quantifier, batch: &mut Batch) -> Result<u32, Outcome> {
        let mut cells = Cells::new(quantifier.usual.len());
        let read = std::str::from_utf8(line)
            .map_err(|_| "not UTF-8".to_owned())
            .and_then(|text| {
                let mut json = serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}'));
                Row {
                    names: &self.names,
                    cells: &mut cells,
                }
                .deserialize(&mut json)
                .and_then(|()| json.end())
                .map_err(|e| e.to_string())
            });
        batch.push_id(cells.id.as_text().as_bytes());
        if let Err(what) = read {
            return Err(Err(RowError::Json(what)));
        }
        let [day, region, grade] = [&cells.day, &cells.region, &cells.grade].map(|cell| cell.as_text().as_bytes());
        let context = quantifier.context(day, region, grade);
        let usual = quantifier.takes_columns()
            && quantifier
                .usual
                .iter()
                .zip(&cells.inputs)
                .enumerate()
                .all(|(input, (usual, cell))| {
                    let value = match cell {
                        Cell::Nothing => usual.missing(),
                        Cell::Number(text) => usual.text(text.as_bytes()),
                        Cell::Text(text) if text.is_empty() => None,
                        Cell::Text(text) => usual.text(text.as_bytes()),
                        Cell::Other => None,
                    };
                    value.map(|value| batch.set(input, value)).is_some()
                });
        if usual {
            return Ok(context);
        }
        let other = cells.inputs.iter().position(|cell| matches!(cell, Cell::Other));
        if let Some(input) = other.and_then(|input| quantifier.methodology.inputs.get(input)) {
            return Err(Err(RowError::NotAValue(input.name.clone())));
        }
        let said = cells.inputs.iter().enumerate().map(|(input, cell)| {
            let said = match cell {
                Cell::Number(text) => Said::Number(text),
                Cell::Text(text) if !text.trim().is_empty() => Said::Text(text),
                _ => Said::Nothing,
            };
            (input, said)
        });
        Err(quantifier.alone(said, context))
    }
}

/// What a row says of one name.
#[derive(Default)]
enum Cell<'a> {
    #[default]
    Nothing,
    Number(&'a str),
    Text(Cow<'a, str>),
    /// A list, an object, true or false.
    Other,
}

impl<'a> Cell<'a> {
    fn new(raw: &'a str) -> Self {
        match raw.as_bytes().first() {
            Some(b'"') => serde_json::from_str(raw).map_or(Cell::Other, |Text(text)| Cell::Text(text)),
            Some(b'-' | b'0'..=b'9') => Cell::Number(raw),
            Some(b'n') => Cell::Nothing,
            _ => Cell::Other,
        }
    }

    fn as_text(&self) -> &str {
        match self {
            Cell::Nothing => "",
            Cell::Number(text) => text,
            Cell::Text(text) => text,
            Cell::Other => "?",
        }
    }
}

struct Cells<'a> {
    inputs: Vec<Cell<'a>>,
    id: Cell<'a>,
    day: Cell<'a>,
    region: Cell<'a>,
    grade: Cell<'a>,
}

impl<'a> Cells<'a> {
    fn new(inputs: usize) -> Self {
        Cells {
            inputs: (0..inputs).map(|_| Cell::Nothing).collect(),
            id: Cell::Nothing,
            day: Cell::Nothing,
            region: Cell::Nothing,
            grade: Cell::Nothing,
        }
    }

    fn get(&mut self, target: Target) -> Option<&mut Cell<'a>> {
        match target {
            Target::Input(input) => self.inputs.get_mut(input),
            Target::Id => Some(&mut self.id),
            Target::Day => Some(&mut self.day),
            Target::Region => Some(&mut self.region),
            Target::Grade => Some(&mut self.grade),
        }
    }
}

/// A text that is borrowed unless it has escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads an object into cells; names that mean nothing are passed over.
struct Row<'r, 'a> {
    names: &'r Names,
    cells: &'r mut Cells<'a>,
}

impl<'de> DeserializeSeed<'de> for Row<'_, 'de> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(Text(name)) = map.next_key()? {
            match self.names.target(&name).and_then(|target| self.cells.get(target)) {
                Some(cell) => *cell = Cell::new(map.next_value::<&RawValue>()?.get()),
                None => {
                    map.next_value::<serde::de::IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}
