//! Some thousand rows at a time: usual rows as columns, unusual ones alone.
//!
//! Invariant: both ways give the same milligrams and the same errors, so it does not show which way a row went.

use std::sync::Arc;

use domain::methodology::{ColumnResults, Methodology, Said, quantify};

use super::RowError;
use super::plan::{Contexts, Flags, Usual};

/// Rows that are quantified together.
pub const ROWS: usize = 8192;

/// Gross and credited milligrams of a row, or why there are none.
pub type Outcome = Result<(i64, i64), RowError>;

/// Rows that have been read, then what came out.
#[derive(Debug, Default)]
pub struct Batch {
    /// The number of the first row in the file, from 1.
    pub first_row: u64,
    /// Gross reduction of each row in mg; zero where it failed.
    pub gross_mg: Vec<i64>,
    /// What is left of it after the evidence weight.
    pub credited_mg: Vec<i64>,
    /// Rows that failed, in order.
    pub failed: Vec<(usize, RowError)>,
    /// One value a row for each input.
    columns: Vec<Vec<i64>>,
    /// The number of the context of each row; empty if the flags count for all.
    contexts: Vec<u32>,
    ids: Option<Ids>,
    alone: Vec<(usize, Outcome)>,
    /// From this row on, the line in the file is the row's number and this many more.
    lines: Vec<(usize, u64)>,
    len: usize,
}

#[derive(Debug, Default)]
struct Ids {
    text: String,
    ends: Vec<usize>,
}

impl Batch {
    /// Room for [`ROWS`] rows.
    pub fn new(usual: &[Usual], with_contexts: bool, with_ids: bool) -> Self {
        Batch {
            first_row: 1,
            columns: usual.iter().map(|_| vec![0; ROWS]).collect(),
            contexts: if with_contexts { vec![0; ROWS] } else { Vec::new() },
            ids: with_ids.then(Ids::default),
            ..Batch::default()
        }
    }

    /// How many rows have been read.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is room for no more.
    pub fn is_full(&self) -> bool {
        self.len == ROWS
    }

    /// Goes on to the next rows.
    pub fn clear(&mut self) {
        self.first_row += u64::try_from(self.len).unwrap_or(0);
        self.len = 0;
        self.alone.clear();
        self.failed.clear();
        if let Some(ids) = &mut self.ids {
            ids.text.clear();
            ids.ends.clear();
        }
        let last = self.lines.pop();
        self.lines.clear();
        self.lines.extend(last.map(|(_, more)| (0, more)));
    }

    /// Sets an input of the row that is being read.
    pub fn set(&mut self, input: usize, value: i64) {
        self.columns[input][self.len] = value;
    }

    /// Ends a row of which every input has been set.
    pub fn end_row(&mut self, context: u32) {
        if let Some(number) = self.contexts.get_mut(self.len) {
            *number = context;
        }
        self.len += 1;
    }

    /// Ends a row whose outcome is known already.
    pub fn end_alone(&mut self, usual: &[Usual], outcome: Outcome) {
        for (column, usual) in self.columns.iter_mut().zip(usual) {
            column[self.len] = usual.filler();
        }
        self.alone.push((self.len, outcome));
        self.end_row(0);
    }

    /// The rows that were quantified alone.
    #[cfg(test)]
    pub fn alone_rows(&self) -> Vec<usize> {
        self.alone.iter().map(|(row, _)| *row).collect()
    }

    /// Whether ids are kept.
    pub fn with_ids(&self) -> bool {
        self.ids.is_some()
    }

    /// Keeps the id of the row that is being read.
    pub fn push_id(&mut self, id: &[u8]) {
        if let Some(ids) = &mut self.ids {
            ids.text.push_str(&String::from_utf8_lossy(id));
            ids.ends.push(ids.text.len());
        }
    }

    /// The id of a row, if the file has any and they are kept.
    pub fn id(&self, row: usize) -> Option<&str> {
        let ids = self.ids.as_ref()?;
        let start = row
            .checked_sub(1)
            .map_or(Some(0), |before| ids.ends.get(before).copied())?;
        ids.text.get(start..*ids.ends.get(row)?)
    }

    /// Says that the row that is being read begins on this line.
    pub fn on_line(&mut self, line: u64) {
        let more = line.saturating_sub(self.row_number(self.len));
        if self.lines.last().is_none_or(|(_, known)| *known != more) {
            self.lines.push((self.len, more));
        }
    }

    /// The line of a row, if the file has lines.
    pub fn line(&self, row: usize) -> Option<u64> {
        let after = self.lines.partition_point(|(from, _)| *from <= row);
        let (_, more) = self.lines.get(after.checked_sub(1)?)?;
        Some(self.row_number(row) + more)
    }

    /// The number of a row in the file.
    pub fn row_number(&self, row: usize) -> u64 {
        self.first_row + u64::try_from(row).unwrap_or(0)
    }
}

/// Quantifies rows under a methodology.
#[derive(Debug)]
pub struct Quantifier {
    /// The methodology.
    pub methodology: Arc<Methodology>,
    /// How the usual values of each input are read.
    pub usual: Vec<Usual>,
    /// Under what rows are quantified.
    pub contexts: Contexts,
    results: ColumnResults,
}

impl Quantifier {
    /// With the context that counts where a row does not say.
    pub fn new(methodology: Arc<Methodology>, flags: Flags) -> Self {
        Quantifier {
            usual: methodology.inputs.iter().map(Usual::new).collect(),
            contexts: Contexts::new(flags),
            results: ColumnResults::default(),
            methodology,
        }
    }

    /// Whether rows can be columns: without an input there is no column to count rows by.
    pub fn takes_columns(&self) -> bool {
        !self.usual.is_empty()
    }

    /// The number of a context.
    pub fn context(&mut self, day: &[u8], region: &[u8], grade: &[u8]) -> u32 {
        self.contexts.number(&self.methodology, day, region, grade)
    }

    /// Quantifies one row, whatever it says.
    pub fn alone<'a>(&self, said: impl IntoIterator<Item = (usize, Said<'a>)>, context: u32) -> Outcome {
        let named = said
            .into_iter()
            .filter_map(|(input, said)| Some((self.methodology.inputs.get(input)?.name.as_str(), said)));
        let inputs = self.methodology.read_inputs(named)?;
        let working = quantify(&self.methodology, inputs, &self.contexts.get(context)?)?;
        Ok((working.gross.mg(), working.weighted.mg()))
    }

    /// Quantifies every row of a batch.
    pub fn compute(&mut self, batch: &mut Batch) {
        batch.gross_mg.resize(batch.len, 0);
        batch.credited_mg.resize(batch.len, 0);
        let contexts = batch.contexts.get(..batch.len).unwrap_or_default();
        if contexts.windows(2).all(|pair| pair[0] == pair[1]) {
            let columns: Vec<&[i64]> = batch.columns.iter().map(|column| &column[..batch.len]).collect();
            let context = contexts.first().copied().unwrap_or(0);
            columns_under(
                &self.methodology,
                &self.contexts,
                context,
                &columns,
                &mut self.results,
                &mut batch.failed,
            );
            if self.takes_columns() {
                std::mem::swap(&mut batch.gross_mg, &mut self.results.gross_mg);
                std::mem::swap(&mut batch.credited_mg, &mut self.results.weighted_mg);
            }
        } else {
            self.compute_by_context(batch);
        }
        self.contexts.trim();
        if batch.alone.is_empty() {
            return;
        }
        let alone = std::mem::take(&mut batch.alone);
        batch
            .failed
            .retain(|(row, _)| alone.binary_search_by_key(row, |(row, _)| *row).is_err());
        for (row, outcome) in alone {
            let (gross, credited) = outcome.unwrap_or_else(|why| {
                batch.failed.push((row, why));
                (0, 0)
            });
            (batch.gross_mg[row], batch.credited_mg[row]) = (gross, credited);
        }
        batch.failed.sort_by_key(|(row, _)| *row);
    }

    /// Rows of different contexts are brought together, and their results back to where they belong.
    fn compute_by_context(&mut self, batch: &mut Batch) {
        let context = |row: &usize| batch.contexts[*row];
        let mut order: Vec<usize> = (0..batch.len).collect();
        order.sort_by_key(context);
        let mut gathered: Vec<Vec<i64>> = batch.columns.iter().map(|_| Vec::new()).collect();
        let mut failed = Vec::new();
        for rows in order.chunk_by(|a, b| context(a) == context(b)) {
            for (out, column) in gathered.iter_mut().zip(&batch.columns) {
                out.clear();
                out.extend(rows.iter().map(|row| column[*row]));
            }
            let columns: Vec<&[i64]> = gathered.iter().map(Vec::as_slice).collect();
            let context = rows.first().map_or(0, context);
            columns_under(
                &self.methodology,
                &self.contexts,
                context,
                &columns,
                &mut self.results,
                &mut failed,
            );
            for ((row, gross), credited) in rows.iter().zip(&self.results.gross_mg).zip(&self.results.weighted_mg) {
                (batch.gross_mg[*row], batch.credited_mg[*row]) = (*gross, *credited);
            }
            batch.failed.extend(failed.drain(..).map(|(at, why)| (rows[at], why)));
        }
        batch.failed.sort_by_key(|(row, _)| *row);
    }
}

/// Quantifies columns under one context; a context that is wrong is what is wrong with each of their rows.
fn columns_under(
    methodology: &Methodology,
    contexts: &Contexts,
    context: u32,
    columns: &[&[i64]],
    results: &mut ColumnResults,
    failed: &mut Vec<(usize, RowError)>,
) {
    let rows = columns.first().map_or(0, |column| column.len());
    let done = contexts.get(context).and_then(|context| {
        methodology
            .quantify_columns(&context, columns, results)
            .map_err(RowError::from)
    });
    match done {
        Ok(()) => failed.extend(results.failed.drain(..).map(|(row, why)| (row, why.into()))),
        Err(why) => {
            for out in [&mut results.gross_mg, &mut results.weighted_mg] {
                out.clear();
                out.resize(rows, 0);
            }
            failed.extend((0..rows).map(|row| (row, why.clone())));
        }
    }
}
