//! CSV, as RFC 4180 and spreadsheets write it.
//!
//! A usual row is read where it stands, eight bytes at a time. Whatever is unusual in a row (an escaped quote, a line
//! break within a field, a unit, an exponent, a value out of bounds, a field too many) sends that row alone through
//! `csv-core` and the domain, which read it or say what is wrong.

use std::io::Read;

use domain::methodology::Said;
use indicatif::ProgressBar;
use memchr::{memchr, memchr_iter, memchr2, memrchr};

use super::batch::{Batch, Outcome, Quantifier};
use super::blocks::{BLOCK, Blocks};
use super::digits::{field_end, field_len, word};
use super::plan::{Names, Target, Usual};
use super::{RowError, Stop};

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// A CSV file that is being read.
pub struct Csv {
    blocks: Blocks,
    layout: Layout,
    records: Records,
    /// The line on which the data begins, from 1.
    line: u64,
}

/// What the columns of the file give.
struct Layout {
    targets: Vec<Option<Target>>,
    /// Inputs that have no column.
    absent: Vec<usize>,
    with_contexts: bool,
}

/// Id, day, region and grade of the row that is being read.
#[derive(Default, Clone, Copy)]
struct Texts<'a> {
    id: &'a [u8],
    day: &'a [u8],
    region: &'a [u8],
    grade: &'a [u8],
}

impl<'a> Texts<'a> {
    fn set(&mut self, target: Target, text: &'a [u8]) {
        match target {
            Target::Id => self.id = text,
            Target::Day => self.day = text,
            Target::Region => self.region = text,
            Target::Grade => self.grade = text,
            Target::Input(_) => {}
        }
    }
}

impl Csv {
    /// Reads the header.
    pub fn open(
        source: Box<dyn Read>,
        progress: ProgressBar,
        names: &Names,
        map: &[(String, String)],
        inputs: usize,
    ) -> Result<Self, Stop> {
        let mut blocks = Blocks::new(source, progress);
        blocks.refill()?;
        if blocks.data().starts_with(BOM) {
            blocks.consume(BOM.len());
        }
        let mut records = Records::new();
        let mut line = 1;
        let header = match records.read(blocks.data(), blocks.is_last()) {
            Found::Record(bytes) => {
                line += lines_in(&blocks.data()[..bytes]);
                blocks.consume(bytes);
                let fields = (0..records.len()).map(|i| String::from_utf8_lossy(records.field(i)).trim().to_owned());
                fields.collect::<Vec<_>>()
            }
            Found::Nothing => return Err(Stop::NoHeader),
            Found::Unfinished => return Err(Stop::TooLong(1)),
        };
        let targets = names.targets(&header, map)?;
        let with_contexts = targets.iter().flatten().any(|target| target.is_context());
        Ok(Csv {
            blocks,
            layout: Layout {
                absent: (0..inputs)
                    .filter(|input| !targets.contains(&Some(Target::Input(*input))))
                    .collect(),
                targets,
                with_contexts,
            },
            records,
            line,
        })
    }

    /// What each column gives.
    pub fn targets(&self) -> impl Iterator<Item = Target> + '_ {
        self.layout.targets.iter().flatten().copied()
    }

    /// Reads rows until the batch is full or the file ends.
    pub fn fill(&mut self, quantifier: &mut Quantifier, batch: &mut Batch) -> Result<(), Stop> {
        while !batch.is_full() {
            self.usual_rows(quantifier, batch);
            if batch.is_full() {
                return Ok(());
            }
            if memchr(b'\n', self.blocks.data()).is_none() && self.blocks.refill()? {
                continue;
            }
            match self.records.read(self.blocks.data(), self.blocks.is_last()) {
                Found::Record(bytes) => {
                    let record = &self.blocks.data()[..bytes];
                    let blank = record.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
                    let first_line = self.line + lines_in(&record[..blank]);
                    self.line += lines_in(record);
                    batch.on_line(first_line);
                    let lines = (first_line, self.line.max(first_line + 1) - 1);
                    let (outcome, id) = self.layout.alone(quantifier, &self.records, lines);
                    batch.push_id(id);
                    batch.end_alone(&quantifier.usual, outcome);
                    self.blocks.consume(bytes);
                }
                Found::Nothing => return Ok(()),
                Found::Unfinished => {
                    if !self.blocks.refill()? && !self.blocks.is_last() {
                        return Err(Stop::TooLong(self.line));
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads usual rows from whole lines, up to the first unusual one.
    fn usual_rows(&mut self, quantifier: &mut Quantifier, batch: &mut Batch) {
        let Some(last_line_end) = memrchr(b'\n', self.blocks.data()) else {
            return;
        };
        if !quantifier.takes_columns() {
            return;
        }
        let bytes = self.blocks.padded();
        let mut at = 0;
        batch.on_line(self.line);
        let before = batch.len();
        let with_texts = self.layout.with_contexts || batch.with_ids();
        let mut texts = Texts::default();
        while at <= last_line_end && !batch.is_full() {
            let Some(next) = self.layout.usual_row(bytes, at, &quantifier.usual, batch, &mut texts) else {
                break;
            };
            let mut context = 0;
            if with_texts {
                context = quantifier.context(texts.day, texts.region, texts.grade);
                batch.push_id(texts.id);
            }
            batch.end_row(context);
            at = next;
        }
        self.line += u64::try_from(batch.len() - before).unwrap_or(0);
        self.blocks.consume(at);
    }
}

fn lines_in(bytes: &[u8]) -> u64 {
    u64::try_from(memchr_iter(b'\n', bytes).count()).unwrap_or(0)
}

impl Layout {
    /// Reads the row that begins at `at`; gives where the next one begins, or `None` if this one is unusual.
    #[inline]
    fn usual_row<'a>(
        &self,
        bytes: &'a [u8],
        mut at: usize,
        usual: &[Usual],
        batch: &mut Batch,
        texts: &mut Texts<'a>,
    ) -> Option<usize> {
        if matches!(bytes.get(at)?, b'\n' | b'\r') {
            return None; // an empty line is no row
        }
        let last = self.targets.len() - 1;
        for (i, target) in self.targets.iter().enumerate() {
            let mut eight = word(bytes, at)?;
            let (mut start, mut len) = (at, field_len(eight));
            let mut behind = at + len;
            let mut separator = (len < 8).then(|| eight >> (8 * len));
            if eight.to_le_bytes()[0] == b'"' {
                start = at + 1;
                len = memchr2(b'"', b'\n', bytes.get(start..)?)?;
                behind = start + len + 1;
                if bytes[start + len] != b'"' {
                    return None;
                }
                eight = word(bytes, start)?;
                separator = word(bytes, behind);
            } else if separator.is_none() {
                behind = field_end(bytes, behind)?;
                len = behind - start;
                separator = word(bytes, behind);
            }
            match target {
                None => {}
                Some(Target::Input(input)) => {
                    let usual = usual.get(*input)?;
                    let value = if len <= 8 {
                        usual.short(eight, len)?
                    } else {
                        usual.text(bytes.get(start..start + len)?)?
                    };
                    batch.set(*input, value);
                }
                Some(text) => texts.set(*text, bytes.get(start..start + len)?),
            }
            at = match separator?.to_le_bytes()[0] {
                b',' if i < last => behind + 1,
                b'\n' if i == last => behind + 1,
                b'\r' if i == last && bytes.get(behind + 1) == Some(&b'\n') => behind + 2,
                _ => return None,
            };
        }
        for input in &self.absent {
            batch.set(*input, usual.get(*input)?.missing()?);
        }
        Some(at)
    }

    /// Quantifies the record that has just been found.
    fn alone<'a>(&self, quantifier: &mut Quantifier, records: &'a Records, lines: (u64, u64)) -> (Outcome, &'a [u8]) {
        let mut texts = Texts::default();
        let mut said = Vec::with_capacity(self.targets.len());
        let mut not_text = None;
        for (i, target) in self.targets.iter().enumerate() {
            let Some(target) = target else { continue };
            let field = records.field(i);
            texts.set(*target, field);
            if let Target::Input(input) = target {
                match std::str::from_utf8(field) {
                    Ok(text) if text.trim().is_empty() => said.push((*input, Said::Nothing)),
                    Ok(text) => said.push((*input, Said::Text(text))),
                    Err(_) => not_text = not_text.or(Some(*input)),
                }
            }
        }
        let outcome = if records.len() == self.targets.len() {
            if let Some(input) = not_text.and_then(|input| quantifier.methodology.inputs.get(input)) {
                Err(RowError::NotText(input.name.clone()))
            } else {
                let context = quantifier.context(texts.day, texts.region, texts.grade);
                quantifier.alone(said, context)
            }
        } else {
            Err(RowError::Fields {
                found: records.len(),
                expected: self.targets.len(),
                lines,
            })
        };
        (outcome, texts.id)
    }
}

/// One record at a time, by the book.
struct Records {
    core: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
}

enum Found {
    /// A record that ends behind this many bytes.
    Record(usize),
    /// The data ends within a record.
    Unfinished,
    /// The file has ended.
    Nothing,
}

impl Records {
    fn new() -> Self {
        Records {
            core: within_file(),
            text: vec![0; 1024],
            ends: vec![0; 64],
            fields: 0,
        }
    }

    /// Finds the record that begins the data; `is_last` if no more data follow.
    fn read(&mut self, data: &[u8], is_last: bool) -> Found {
        use csv_core::ReadRecordResult::{End, InputEmpty, OutputEndsFull, OutputFull, Record};
        let (mut bytes, mut text) = (0, 0);
        self.fields = 0;
        loop {
            if bytes == data.len() && !is_last {
                self.core = within_file();
                return Found::Unfinished;
            }
            let (result, read, written, ended) =
                self.core
                    .read_record(&data[bytes..], &mut self.text[text..], &mut self.ends[self.fields..]);
            bytes += read;
            text += written;
            self.fields += ended;
            match result {
                InputEmpty => {}
                OutputFull => self.text.resize(self.text.len() + BLOCK, 0),
                OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                End => return Found::Nothing,
                Record => break,
            }
        }
        if data.get(bytes.wrapping_sub(1)) == Some(&b'\r') {
            match data.get(bytes) {
                Some(b'\n') => bytes += 1,
                None if !is_last => return Found::Unfinished,
                _ => {}
            }
        }
        Found::Record(bytes)
    }

    fn len(&self) -> usize {
        self.fields
    }

    /// A field of the record, empty if there is none.
    fn field(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        match self.ends[..self.fields].get(at) {
            Some(end) => &self.text[start..*end],
            None => &[],
        }
    }
}

/// A reader that is past the beginning of the file, where alone a byte order mark means nothing.
fn within_file() -> csv_core::Reader {
    let mut core = csv_core::Reader::new();
    core.read_record(b"\n", &mut [0], &mut [0]);
    core
}
