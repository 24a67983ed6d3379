//! What came out of each row, as a file.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde::Serialize;

use super::batch::Batch;
use super::{Format, Stop};

/// Where rows are written.
pub type Sink = Box<dyn Write + Send>;

/// A file that is being written.
pub enum Output {
    /// With a header.
    Csv(Sink, Vec<u8>),
    /// One object a line.
    Ndjson(Sink, Vec<u8>),
    /// In groups of rows.
    Parquet(Box<Groups>),
}

impl Output {
    /// Begins a file.
    pub fn open(format: Format, mut sink: Sink, with_ids: bool) -> Result<Self, Stop> {
        Ok(match format {
            Format::Csv => {
                let id = if with_ids { "id," } else { "" };
                writeln!(sink, "row,{id}gross_mg,credited_mg,error").map_err(Stop::Write)?;
                Output::Csv(sink, Vec::new())
            }
            Format::Ndjson => Output::Ndjson(sink, Vec::new()),
            Format::Parquet => Output::Parquet(Box::new(Groups::open(sink, with_ids)?)),
        })
    }

    /// Writes the rows of a batch.
    pub fn write(&mut self, batch: &Batch) -> Result<(), Stop> {
        match self {
            Output::Csv(sink, text) => {
                text.clear();
                csv(batch, text)
                    .and_then(|()| sink.write_all(text))
                    .map_err(Stop::Write)
            }
            Output::Ndjson(sink, text) => {
                text.clear();
                ndjson(batch, text)
                    .and_then(|()| sink.write_all(text))
                    .map_err(Stop::Write)
            }
            Output::Parquet(groups) => groups.write(batch),
        }
    }

    /// Ends the file.
    pub fn finish(self) -> Result<(), Stop> {
        match self {
            Output::Csv(mut sink, _) | Output::Ndjson(mut sink, _) => sink.flush().map_err(Stop::Write),
            Output::Parquet(groups) => groups.finish(),
        }
    }
}

/// Every row of a batch with its error, if it has one.
fn rows(batch: &Batch) -> impl Iterator<Item = (usize, Option<&super::RowError>)> {
    let mut failed = batch.failed.iter().peekable();
    (0..batch.len()).map(move |row| {
        let error = failed.next_if(|(at, _)| *at == row);
        (row, error.map(|(_, why)| why))
    })
}

fn csv(batch: &Batch, out: &mut Vec<u8>) -> io::Result<()> {
    for (row, error) in rows(batch) {
        write!(out, "{},", batch.row_number(row))?;
        if let Some(id) = batch.id(row) {
            csv_text(id, out);
            out.push(b',');
        }
        match error {
            None => writeln!(out, "{},{},", batch.gross_mg[row], batch.credited_mg[row])?,
            Some(why) => {
                out.extend_from_slice(b",,");
                csv_text(&why.to_string(), out);
                out.push(b'\n');
            }
        }
    }
    Ok(())
}

fn csv_text(text: &str, out: &mut Vec<u8>) {
    if !text.contains([',', '"', '\n', '\r']) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[derive(Serialize)]
struct Line<'a> {
    row: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    gross_mg: Option<i64>,
    credited_mg: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

fn ndjson(batch: &Batch, out: &mut Vec<u8>) -> io::Result<()> {
    for (row, error) in rows(batch) {
        let line = Line {
            row: batch.row_number(row),
            id: batch.id(row),
            gross_mg: error.is_none().then(|| batch.gross_mg[row]),
            credited_mg: error.is_none().then(|| batch.credited_mg[row]),
            error: error.map(ToString::to_string),
            code: error.map(super::RowError::code),
        };
        serde_json::to_writer(&mut *out, &line)?;
        out.push(b'\n');
    }
    Ok(())
}

/// Rows that wait for their group to be full, and the file behind them.
pub struct Groups {
    file: SerializedFileWriter<Sink>,
    with_ids: bool,
    rows: Vec<i64>,
    ids: Vec<ByteArray>,
    /// 1 where the row was quantified, 0 where it failed.
    known: Vec<i16>,
    gross_mg: Vec<i64>,
    credited_mg: Vec<i64>,
    /// The other way round.
    wrong: Vec<i16>,
    errors: Vec<ByteArray>,
}

impl Groups {
    const ROWS: usize = 128 * 1024;

    fn open(sink: Sink, with_ids: bool) -> Result<Self, Stop> {
        let id = if with_ids {
            "REQUIRED BYTE_ARRAY id (UTF8); "
        } else {
            ""
        };
        let schema = parse_message_type(&format!(
            "message rows {{ REQUIRED INT64 row; {id}OPTIONAL INT64 gross_mg; OPTIONAL INT64 credited_mg; \
             OPTIONAL BYTE_ARRAY error (UTF8); }}"
        ))?;
        // every row has its own number and most their own milligrams: a dictionary would only be thrown away
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_dictionary_enabled(false)
            .build();
        Ok(Groups {
            file: SerializedFileWriter::new(sink, Arc::new(schema), Arc::new(properties))?,
            with_ids,
            rows: Vec::new(),
            ids: Vec::new(),
            known: Vec::new(),
            gross_mg: Vec::new(),
            credited_mg: Vec::new(),
            wrong: Vec::new(),
            errors: Vec::new(),
        })
    }

    fn write(&mut self, batch: &Batch) -> Result<(), Stop> {
        for (row, error) in rows(batch) {
            self.rows.push(i64::try_from(batch.row_number(row)).unwrap_or(i64::MAX));
            if self.with_ids {
                self.ids.push(batch.id(row).unwrap_or_default().into());
            }
            self.known.push(i16::from(error.is_none()));
            self.wrong.push(i16::from(error.is_some()));
            match error {
                None => {
                    self.gross_mg.push(batch.gross_mg[row]);
                    self.credited_mg.push(batch.credited_mg[row]);
                }
                Some(why) => self.errors.push(why.to_string().as_str().into()),
            }
        }
        if self.rows.len() >= Self::ROWS {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Stop> {
        fn column<T: DataType>(
            group: &mut parquet::file::writer::SerializedRowGroupWriter<'_, Sink>,
            values: &mut Vec<T::T>,
            levels: Option<&[i16]>,
        ) -> Result<(), Stop> {
            if let Some(mut column) = group.next_column()? {
                column.typed::<T>().write_batch(values, levels, None)?;
                column.close()?;
            }
            values.clear();
            Ok(())
        }
        let mut group = self.file.next_row_group()?;
        column::<Int64Type>(&mut group, &mut self.rows, None)?;
        if self.with_ids {
            column::<ByteArrayType>(&mut group, &mut self.ids, None)?;
        }
        column::<Int64Type>(&mut group, &mut self.gross_mg, Some(&self.known))?;
        column::<Int64Type>(&mut group, &mut self.credited_mg, Some(&self.known))?;
        column::<ByteArrayType>(&mut group, &mut self.errors, Some(&self.wrong))?;
        group.close()?;
        self.known.clear();
        self.wrong.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<(), Stop> {
        if !self.rows.is_empty() {
            self.flush()?;
        }
        self.file.close()?;
        Ok(())
    }
}
