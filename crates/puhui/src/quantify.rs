//! `puhui quantify`: activity data in, reductions out, without a server.
//!
//! A file is read in batches of some thousand rows ([`batch`]); each batch is quantified, summed and written before the
//! next is read, so memory does not grow with the file. A row that is wrong is counted and named and stops nothing.

mod batch;
mod blocks;
mod csv;
mod digits;
mod ndjson;
mod output;
mod parquet;
mod plan;
mod summary;

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::ValueEnum;
use domain::evidence::Grade;
use domain::measure::Day;
use domain::methodology::{Methodology, Unquantified, catalogue};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use batch::{Batch, Quantifier};
use output::Output;
use plan::{Flags, Names, Target, accepted};
use summary::Summary;

/// Rows that are named on standard error; all are in the output.
const NAMED: u64 = 5;

/// Quantify a file of activity data, offline.
///
/// Columns are matched to the inputs of the methodology by name. The columns `day`, `region` and `grade`, if there are
/// any, count for their row; a column `id` is passed on. An empty field counts as not said. Numbers may carry a unit
/// ("1200 m").
///
/// Written for each row: its number, its id, gross_mg (the reduction in milligrams), credited_mg (after the evidence
/// weight, before any cap: caps need to know what else a participant did), and what is wrong with it.
///
/// Exit status: 0 if every row was quantified, 1 if some failed, 2 if nothing could be done.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// CSV, NDJSON or Parquet; `-` for standard input
    pub file: PathBuf,
    /// A methodology that Puhui ships, or a methodology file
    #[arg(long, short, value_name = "ID[@VERSION]|FILE.toml")]
    pub methodology: String,
    /// Region of rows that do not say theirs
    #[arg(long, default_value = "CN")]
    pub region: String,
    /// Civil day of rows that do not say theirs, e.g. 2026-11-24 [default: today]
    #[arg(long, value_parser = day)]
    pub day: Option<Day>,
    /// Evidence grade of rows that do not say theirs, E0 to E4
    #[arg(long, default_value = "E3", value_parser = grade)]
    pub grade: Grade,
    /// Where to write rows; `-` for standard output, which is the default without --summary
    #[arg(long, short)]
    pub output: Option<PathBuf>,
    /// Format of the output [default: what its name ends with, else csv]
    #[arg(long)]
    pub format: Option<Format>,
    /// Format of FILE [default: what its name ends with, else csv]
    #[arg(long)]
    pub input_format: Option<Format>,
    /// Use a column for an input, or for day, region, grade or id; may be repeated
    #[arg(long, value_name = "COLUMN=INPUT", value_parser = pair)]
    pub map: Vec<(String, String)>,
    /// Print sums; rows are written only with --output
    #[arg(long)]
    pub summary: bool,
    /// Print the sums as JSON
    #[arg(long, requires = "summary")]
    pub json: bool,
}

/// A format of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    fn of(path: &Path) -> Self {
        match path.extension().and_then(|e| e.to_str()) {
            Some("ndjson" | "jsonl") => Format::Ndjson,
            Some("parquet") => Format::Parquet,
            _ => Format::Csv,
        }
    }
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "not a day like 2026-11-24".to_owned())
}

fn grade(text: &str) -> Result<Grade, String> {
    Grade::parse(text).ok_or_else(|| "not a grade from E0 to E4".to_owned())
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (column, input) = text.rsplit_once('=').ok_or("expected COLUMN=INPUT")?;
    Ok((column.to_owned(), input.to_owned()))
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// Too few or too many fields.
    #[error("{found} fields, expected {expected}{}", spanned(*.lines))]
    Fields {
        /// How many there are.
        found: usize,
        /// How many the header has.
        expected: usize,
        /// First and last line of the row.
        lines: (u64, u64),
    },
    /// Bytes that are no text.
    #[error("{0} is not UTF-8")]
    NotText(String),
    /// A list, an object, true or false.
    #[error("{0} is neither a number nor a text")]
    NotAValue(String),
    /// A line that is no JSON object.
    #[error("{0}")]
    Json(String),
    /// Not a civil day.
    #[error("day is \"{0}\", expected a day like 2026-11-24")]
    Day(String),
    /// Not a grade.
    #[error("grade is \"{0}\", expected E0 to E4")]
    Grade(String),
    /// A grade that earns nothing here.
    #[error("the methodology does not accept evidence of grade {0}")]
    NotAccepted(Grade),
    /// The methodology says no.
    #[error(transparent)]
    Unquantified(#[from] Unquantified),
}

/// A forgotten quote swallows lines; that is worth saying.
fn spanned((first, last): (u64, u64)) -> String {
    if first == last {
        String::new()
    } else {
        format!(" (from line {first} to line {last}: is a quote left open?)")
    }
}

impl RowError {
    /// A stable name for machines.
    pub fn code(&self) -> &'static str {
        match self {
            RowError::Fields { .. } => "row.fields",
            RowError::NotText(_) => "row.not_text",
            RowError::NotAValue(_) => "row.not_a_value",
            RowError::Json(_) => "row.json",
            RowError::Day(_) => "row.day",
            RowError::Grade(_) => "row.grade",
            RowError::NotAccepted(_) => "row.grade_not_accepted",
            RowError::Unquantified(why) => why.code(),
        }
    }
}

/// Why nothing more can be done.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// No such methodology among those that Puhui ships.
    #[error("no methodology \"{0}\"; there are {1}, and files that end in .toml")]
    NoMethodology(String, String),
    /// The methodology file is wrong.
    #[error("{0}: {1}")]
    Methodology(String, String),
    /// A file that cannot be opened.
    #[error("{0}: {1}")]
    Open(String, io::Error),
    /// The input broke off.
    #[error("cannot read: {0}")]
    Read(#[from] io::Error),
    /// The output cannot be written.
    #[error("cannot write: {0}")]
    Write(io::Error),
    /// Broken or unsupported Parquet.
    #[error("{0}")]
    Parquet(#[from] ::parquet::errors::ParquetError),
    /// Parquet has its index at the end.
    #[error("Parquet cannot be read from standard input")]
    ParquetStream,
    /// An empty CSV file.
    #[error("the file has no header")]
    NoHeader,
    /// One record larger than a block.
    #[error("line {0}: a record is longer than {kib} KiB; is a quote left open?", kib = blocks::BLOCK / 1024)]
    TooLong(u64),
    /// `--map` to nothing.
    #[error("--map: \"{0}\" is no input of the methodology, nor day, region, grade or id")]
    Map(String),
    /// `--map` from nothing.
    #[error("--map: no column \"{0}\"; there are {1}")]
    NoColumn(String, String),
    /// Two columns for one input.
    #[error("\"{0}\" is there twice")]
    Twice(String),
    /// A Parquet column that holds neither numbers nor texts.
    #[error("column {0} holds neither numbers, texts nor days")]
    ColumnType(String),
    /// A Parquet column that ends before the others.
    #[error("column {0} is shorter than its row group")]
    ShortColumn(String),
    /// The grade of the flags.
    #[error("{0}; say another --grade")]
    Grade(RowError),
    /// The output would overwrite the input.
    #[error("the output is the input")]
    Same,
}

enum Source {
    Csv(Box<csv::Csv>),
    Ndjson(ndjson::Ndjson),
    Parquet(parquet::Parquet),
}

impl Source {
    fn fill(&mut self, quantifier: &mut Quantifier, batch: &mut Batch) -> Result<(), Stop> {
        match self {
            Source::Csv(csv) => csv.fill(quantifier, batch),
            Source::Ndjson(ndjson) => ndjson.fill(quantifier, batch),
            Source::Parquet(parquet) => parquet.fill(quantifier, batch),
        }
    }

    /// Whether some column gives a target; a line of NDJSON may say anything.
    fn may_give(&self, wanted: impl Fn(Target) -> bool) -> bool {
        match self {
            Source::Csv(csv) => csv.targets().any(wanted),
            Source::Ndjson(_) => true,
            Source::Parquet(parquet) => parquet.targets().any(wanted),
        }
    }
}

/// Runs the command; `today` is the day of rows for which nothing says another.
pub fn run(args: &Args, today: Day) -> ExitCode {
    match quantify(args, today) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        // whoever read the output has seen enough
        Err(Stop::Write(e)) if e.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("puhui quantify: {why}");
            ExitCode::from(2)
        }
    }
}

/// The number of rows that failed.
fn quantify(args: &Args, today: Day) -> Result<u64, Stop> {
    let methodology = methodology(&args.methodology)?;
    let flags = Flags {
        region: args.region.clone(),
        day: args.day.unwrap_or(today),
        grade: args.grade,
    };
    let mut summary = Summary {
        methodology: methodology.reference(),
        region: flags.region.clone(),
        day: flags.day.to_string(),
        grade: flags.grade.to_string(),
        ..Summary::default()
    };
    let progress = progress();
    let mut source = open(args, &methodology, &progress)?;
    if !source.may_give(|target| target == Target::Grade) {
        accepted(&methodology, flags.grade).map_err(Stop::Grade)?;
    }
    for (at, input) in methodology.inputs.iter().enumerate() {
        if !source.may_give(|target| target == Target::Input(at)) {
            let default = input.default.map(|given| format!("; {} counts", input.shown(given)));
            eprintln!("no column for {}{}", input.name, default.unwrap_or_default());
        }
    }
    let writes_rows = args.output.is_some() || !args.summary;
    let with_ids = writes_rows && source.may_give(|target| target == Target::Id);
    let mut output = if writes_rows {
        Some(create(args, with_ids)?)
    } else {
        None
    };
    let mut quantifier = Quantifier::new(methodology, flags);
    let mut batch = Batch::new(&quantifier.usual, source.may_give(Target::is_context), with_ids);
    loop {
        source.fill(&mut quantifier, &mut batch)?;
        if batch.len() == 0 {
            break;
        }
        quantifier.compute(&mut batch);
        name_failures(&batch, summary.failed, &progress);
        summary.add(&batch);
        if let Some(output) = &mut output {
            output.write(&batch)?;
        }
        batch.clear();
    }
    progress.finish_and_clear();
    if let Some(output) = output {
        output.finish()?;
    }
    say(args, &summary)?;
    Ok(summary.failed)
}

fn say(args: &Args, summary: &Summary) -> Result<(), Stop> {
    if summary.failed > NAMED {
        eprintln!("... and {} more", summary.failed - NAMED);
    }
    if !args.summary {
        eprintln!(
            "{} rows, {} failed, {} credited before caps",
            summary.rows,
            summary.failed,
            summary::mass(summary.credited_mg)
        );
        return Ok(());
    }
    let text = if args.json {
        serde_json::to_string(summary).map_err(|e| Stop::Write(e.into()))?
    } else {
        summary.to_string()
    };
    if args.output.as_deref().is_some_and(is_standard) {
        eprintln!("{text}");
        return Ok(());
    }
    writeln!(io::stdout(), "{text}").map_err(Stop::Write)
}

fn name_failures(batch: &Batch, before: u64, progress: &ProgressBar) {
    let more = usize::try_from(NAMED.saturating_sub(before)).unwrap_or(0);
    for (row, why) in batch.failed.iter().take(more) {
        let line = batch.line(*row).map(|line| format!(" (line {line})"));
        let number = batch.row_number(*row);
        progress.suspend(|| eprintln!("row {number}{}: {why}", line.unwrap_or_default()));
    }
}

fn methodology(wanted: &str) -> Result<Arc<Methodology>, Stop> {
    let wrong = |why: &dyn std::fmt::Display| Stop::Methodology(wanted.to_owned(), why.to_string());
    if Path::new(wanted)
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("toml"))
    {
        let text = std::fs::read_to_string(wanted).map_err(|e| wrong(&e))?;
        return Methodology::parse(&text).map_err(|e| wrong(&e));
    }
    let (id, version) = wanted.split_once('@').map_or((wanted, None), |(id, v)| (id, Some(v)));
    let shipped = catalogue::FILES
        .iter()
        .map(|(name, text)| (name.trim_end_matches(".toml"), *text));
    for (name, text) in shipped.clone() {
        if name == id {
            let methodology = Methodology::parse(text).map_err(|e| wrong(&e))?;
            return match version {
                Some(version) if version != methodology.version => {
                    Err(Stop::NoMethodology(wanted.to_owned(), methodology.reference()))
                }
                _ => Ok(methodology),
            };
        }
    }
    let names: Vec<_> = shipped.map(|(name, _)| name).collect();
    Err(Stop::NoMethodology(wanted.to_owned(), names.join(", ")))
}

fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Without colour, and only where somebody watches.
fn progress() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let progress = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
    if let Ok(style) = ProgressStyle::with_template("[{elapsed}] {bar:40} {percent}% ({eta} left)") {
        progress.set_style(style);
    }
    progress
}

fn open(args: &Args, methodology: &Methodology, progress: &ProgressBar) -> Result<Source, Stop> {
    let names = Names::new(&args.map, methodology)?;
    let format = args.input_format.unwrap_or_else(|| Format::of(&args.file));
    let source: Box<dyn Read> = if is_standard(&args.file) {
        Box::new(io::stdin())
    } else {
        let failed = |e| Stop::Open(args.file.display().to_string(), e);
        let file = File::open(&args.file).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        if about.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        if format == Format::Parquet {
            let parquet = parquet::Parquet::open(file, progress.clone(), &names, &args.map)?;
            return Ok(Source::Parquet(parquet));
        }
        if about.is_file() {
            progress.set_length(about.len());
        }
        Box::new(file)
    };
    match format {
        Format::Csv => {
            let csv = csv::Csv::open(source, progress.clone(), &names, &args.map, methodology.inputs.len())?;
            Ok(Source::Csv(Box::new(csv)))
        }
        Format::Ndjson => Ok(Source::Ndjson(ndjson::Ndjson::open(source, progress.clone(), names))),
        Format::Parquet => Err(Stop::ParquetStream),
    }
}

fn create(args: &Args, with_ids: bool) -> Result<Output, Stop> {
    let path = args.output.as_deref().unwrap_or(Path::new("-"));
    let format = args.format.unwrap_or_else(|| Format::of(path));
    if is_standard(path) {
        return Output::open(format, Box::new(io::stdout()), with_ids);
    }
    // creating the output empties it, so it must not be what is being read
    if let (Ok(output), Ok(input)) = (path.canonicalize(), args.file.canonicalize())
        && output == input
    {
        return Err(Stop::Same);
    }
    let file = File::create(path).map_err(|e| Stop::Open(path.display().to_string(), e))?;
    Output::open(format, Box::new(file), with_ids)
}

#[cfg(test)]
mod tests;
