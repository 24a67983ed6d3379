//! Parquet, column by column, without a table in between.
//!
//! Integers and decimals stay integers. A binary floating point number is taken as its shortest decimal text, which is
//! what was written into it; any other cell is a text, read as in CSV.

use std::fs::File;

use domain::measure::{Day, Decimal};
use domain::methodology::Said;
use indicatif::ProgressBar;
use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{AsBytes, DataType};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::batch::{Batch, Outcome, Quantifier, ROWS};
use super::plan::{Names, Target};
use super::{RowError, Stop};

/// A Parquet file that is being read.
pub struct Parquet {
    file: SerializedFileReader<File>,
    columns: Vec<Column>,
    next_group: usize,
    rows_left: usize,
    progress: ProgressBar,
}

/// A column that means something.
struct Column {
    at: usize,
    name: String,
    target: Target,
    meaning: Meaning,
    /// The level of a value that is there; 0 if none can be missing.
    depth: i16,
    reader: Option<ColumnReader>,
    cells: Vec<Cell>,
}

/// How the stored values of a column are understood.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    Whole { scale: u8 },
    Unsigned,
    Day,
    Real,
    Text,
}

#[derive(Debug)]
enum Cell {
    Nothing,
    Whole(i64, u8),
    Number(String),
    Text(Vec<u8>),
}

impl Parquet {
    /// Reads the schema.
    pub fn open(file: File, progress: ProgressBar, names: &Names, map: &[(String, String)]) -> Result<Self, Stop> {
        let file = SerializedFileReader::new(file)?;
        let schema = file.metadata().file_metadata().schema_descr();
        let header: Vec<String> = schema.columns().iter().map(|column| column.path().string()).collect();
        let targets = names.targets(&header, map)?;
        let mut columns = Vec::new();
        for ((at, target), name) in targets.into_iter().enumerate().zip(header) {
            let Some(target) = target else { continue };
            let descriptor = schema.column(at);
            columns.push(Column {
                at,
                target,
                meaning: meaning(&descriptor).ok_or_else(|| Stop::ColumnType(name.clone()))?,
                name,
                depth: descriptor.max_def_level(),
                reader: None,
                cells: Vec::new(),
            });
        }
        let rows = file.metadata().file_metadata().num_rows();
        progress.set_length(u64::try_from(rows).unwrap_or(0));
        Ok(Parquet {
            file,
            columns,
            next_group: 0,
            rows_left: 0,
            progress,
        })
    }

    /// What the columns give.
    pub fn targets(&self) -> impl Iterator<Item = Target> + '_ {
        self.columns.iter().map(|column| column.target)
    }

    /// Reads rows until the batch is full or the file ends.
    pub fn fill(&mut self, quantifier: &mut Quantifier, batch: &mut Batch) -> Result<(), Stop> {
        while !batch.is_full() {
            if self.rows_left == 0 && !self.open_group()? {
                return Ok(());
            }
            let rows = self.rows_left.min(ROWS - batch.len());
            for column in &mut self.columns {
                column.read(rows)?;
            }
            for row in 0..rows {
                self.row(row, quantifier, batch);
            }
            self.rows_left -= rows;
            self.progress.inc(u64::try_from(rows).unwrap_or(0));
        }
        Ok(())
    }

    /// Opens the next group of rows that has any.
    fn open_group(&mut self) -> Result<bool, Stop> {
        while self.rows_left == 0 {
            if self.next_group == self.file.num_row_groups() {
                return Ok(false);
            }
            let group = self.file.get_row_group(self.next_group)?;
            self.next_group += 1;
            self.rows_left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
            for column in &mut self.columns {
                column.reader = Some(group.get_column_reader(column.at)?);
            }
        }
        Ok(true)
    }

    fn row(&self, row: usize, quantifier: &mut Quantifier, batch: &mut Batch) {
        let text = |target: Target| {
            let column = self.columns.iter().find(|column| column.target == target);
            column.map(|column| column.cells[row].text()).unwrap_or_default()
        };
        batch.push_id(&text(Target::Id));
        let context = quantifier.context(&text(Target::Day), &text(Target::Region), &text(Target::Grade));
        let usual = quantifier.takes_columns()
            && quantifier.usual.iter().enumerate().all(|(input, usual)| {
                let column = self.columns.iter().find(|column| column.target == Target::Input(input));
                let value = match column.map(|column| &column.cells[row]) {
                    None | Some(Cell::Nothing) => usual.missing(),
                    Some(Cell::Whole(mantissa, scale)) => usual.number(*mantissa, *scale),
                    Some(Cell::Number(text)) => usual.text(text.as_bytes()),
                    Some(Cell::Text(text)) => usual.text(text),
                };
                value.map(|value| batch.set(input, value)).is_some()
            });
        if usual {
            batch.end_row(context);
        } else {
            batch.end_alone(&quantifier.usual, self.alone(row, quantifier, context));
        }
    }

    fn alone(&self, row: usize, quantifier: &Quantifier, context: u32) -> Outcome {
        let mut texts = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            if let Target::Input(input) = column.target {
                let cell = &column.cells[row];
                let text = String::from_utf8(cell.text()).map_err(|_| RowError::NotText(column.name.clone()))?;
                texts.push((input, text, matches!(cell, Cell::Text(_))));
            }
        }
        let said = texts.iter().map(|(input, text, is_text)| {
            let said = match is_text {
                _ if text.trim().is_empty() => Said::Nothing,
                true => Said::Text(text),
                false => Said::Number(text),
            };
            (*input, said)
        });
        quantifier.alone(said, context)
    }
}

impl Cell {
    fn text(&self) -> Vec<u8> {
        match self {
            Cell::Nothing => Vec::new(),
            Cell::Whole(mantissa, scale) => Decimal::new(*mantissa, *scale).to_string().into(),
            Cell::Number(text) => text.clone().into(),
            Cell::Text(text) => text.clone(),
        }
    }

    fn decimal(mantissa: i128, scale: u8) -> Self {
        if let (Ok(mantissa), 0..=18) = (i64::try_from(mantissa), scale) {
            return Cell::Whole(mantissa, scale);
        }
        let scale = usize::from(scale);
        let digits = format!("{:0width$}", mantissa.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let sign = if mantissa < 0 { "-" } else { "" };
        Cell::Number(format!("{sign}{whole}.{fraction}"))
    }

    /// A decimal stored as the bytes of a big-endian integer.
    fn decimal_bytes(bytes: &[u8], scale: u8) -> Self {
        let negative = bytes.first().is_some_and(|byte| *byte >= 0x80);
        let mut all = [if negative { 0xFF } else { 0 }; 16];
        let Some(start) = all.len().checked_sub(bytes.len()) else {
            return Cell::Number(format!("a decimal of {} bytes", bytes.len()));
        };
        all[start..].copy_from_slice(bytes);
        Cell::decimal(i128::from_be_bytes(all), scale)
    }
}

/// How a column is understood; `None` if it cannot be.
fn meaning(column: &ColumnDescriptor) -> Option<Meaning> {
    if column.max_rep_level() > 0 {
        return None;
    }
    let (converted, logical) = (column.converted_type(), column.logical_type_ref());
    let decimal = match (converted, logical) {
        (_, Some(LogicalType::Decimal(decimal))) => Some(decimal.scale),
        (ConvertedType::DECIMAL, _) => Some(column.type_scale()),
        _ => None,
    };
    if let Some(scale) = decimal {
        let scale = u8::try_from(scale).ok()?;
        return Some(Meaning::Whole { scale });
    }
    let whole = matches!(column.physical_type(), Type::INT32 | Type::INT64);
    match (column.physical_type(), logical, converted) {
        (Type::INT32, Some(LogicalType::Date), _) | (Type::INT32, None, ConvertedType::DATE) => Some(Meaning::Day),
        (_, Some(LogicalType::Integer(integer)), _) if whole && !integer.is_signed => Some(Meaning::Unsigned),
        (_, None, ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64)
            if whole =>
        {
            Some(Meaning::Unsigned)
        }
        (_, Some(LogicalType::Integer(_)), _)
        | (
            _,
            None,
            ConvertedType::NONE
            | ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64,
        ) if whole => Some(Meaning::Whole { scale: 0 }),
        (Type::FLOAT | Type::DOUBLE, ..) => Some(Meaning::Real),
        (Type::BYTE_ARRAY, ..) => Some(Meaning::Text),
        _ => None, // instants, truths, fixed bytes
    }
}

impl Column {
    fn read(&mut self, rows: usize) -> Result<(), Stop> {
        self.cells.clear();
        let (meaning, depth, cells) = (self.meaning, self.depth, &mut self.cells);
        match &mut self.reader {
            Some(ColumnReader::Int32ColumnReader(reader)) => {
                let cell = |value: &i32| match meaning {
                    Meaning::Day => Cell::Text(Day::from_epoch_days(*value).to_string().into()),
                    Meaning::Unsigned => Cell::Whole(i64::from(value.cast_unsigned()), 0),
                    Meaning::Whole { scale } => Cell::decimal(i128::from(*value), scale),
                    Meaning::Real | Meaning::Text => Cell::Nothing,
                };
                read(reader, rows, depth, cell, cells)?;
            }
            Some(ColumnReader::Int64ColumnReader(reader)) => {
                let cell = |value: &i64| match meaning {
                    Meaning::Unsigned => Cell::decimal(i128::from(value.cast_unsigned()), 0),
                    Meaning::Whole { scale } => Cell::decimal(i128::from(*value), scale),
                    Meaning::Day | Meaning::Real | Meaning::Text => Cell::Nothing,
                };
                read(reader, rows, depth, cell, cells)?;
            }
            Some(ColumnReader::FloatColumnReader(reader)) => {
                read(reader, rows, depth, |value| Cell::Number(value.to_string()), cells)?;
            }
            Some(ColumnReader::DoubleColumnReader(reader)) => {
                read(reader, rows, depth, |value| Cell::Number(value.to_string()), cells)?;
            }
            Some(ColumnReader::ByteArrayColumnReader(reader)) => {
                read(reader, rows, depth, |value| bytes(value.as_bytes(), meaning), cells)?;
            }
            Some(ColumnReader::FixedLenByteArrayColumnReader(reader)) => {
                read(reader, rows, depth, |value| bytes(value.as_bytes(), meaning), cells)?;
            }
            _ => return Err(Stop::ColumnType(self.name.clone())),
        }
        if self.cells.len() == rows {
            Ok(())
        } else {
            Err(Stop::ShortColumn(self.name.clone()))
        }
    }
}

fn bytes(value: &[u8], meaning: Meaning) -> Cell {
    match meaning {
        Meaning::Whole { scale } => Cell::decimal_bytes(value, scale),
        _ => Cell::Text(value.to_vec()),
    }
}

/// Reads values, and puts nothing where a level says that there is none.
fn read<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    depth: i16,
    cell: impl Fn(&T::T) -> Cell,
    cells: &mut Vec<Cell>,
) -> Result<(), Stop> {
    let (mut values, mut levels) = (Vec::with_capacity(rows), Vec::new());
    reader.read_records(rows, Some(&mut levels), None, &mut values)?;
    if depth == 0 {
        cells.extend(values.iter().map(cell));
        return Ok(());
    }
    let mut values = values.iter();
    for level in levels {
        let value = if level == depth { values.next() } else { None };
        cells.push(value.map_or(Cell::Nothing, &cell));
    }
    Ok(())
}
