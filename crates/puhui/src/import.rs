//! `puhui import`: a file of acts into a programme, by the same path as a partner's feed.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::{App, Caller, Inputs, Mode, NewParticipant, Receipt, Refused, Report, Said};
use clap::ValueEnum;
use domain::participant::{Consent, Kind};
use domain::programme::Programme;
use indicatif::{ProgressBar, ProgressStyle};

use crate::Stop;
use crate::config::Place;

/// Bring a file of acts into a programme.
///
/// NDJSON has a record a line, as the bulk API takes it. CSV has the columns event, participant or reference,
/// behaviour, started_at, and perhaps ended_at and region; every other column is an input of that name. Importing a
/// file again changes nothing.
///
/// Exit status: 0 if every line was decided, 1 if some could not be, 2 if nothing could be done.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// The programme's name in addresses
    #[arg(long, short)]
    programme: String,
    /// CSV (name ends with .csv) or NDJSON
    file: PathBuf,
    /// What the lines are: `event` (grade E3) or `reading` of a device (E2)
    #[arg(long, default_value = "reading")]
    mode: How,
    /// Enrol whoever a reference names and nobody knows, with consent to device readings and partner events
    #[arg(long)]
    enrol: bool,
    /// Print a line of JSON for each line of the file
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum How {
    Event,
    Reading,
}

/// Lines decided together.
const TOGETHER: usize = 1_000;

#[derive(Default)]
struct Counts {
    credited: u64,
    credited_mg: i128,
    refused: u64,
    repeated: u64,
    failed: u64,
}

pub(crate) async fn run(args: Args) -> Result<(), Stop> {
    let app = args.place.clone().settle()?.open().await?;
    let programme = Arc::clone(app.catalogue().programme(&args.programme)?);
    let mut counts = Counts::default();
    let outcome = import(&app, &programme, &args, &mut counts).await;
    app.close().await;
    outcome?;
    eprintln!(
        "{} credited with {} g, {} refused, {} repeated, {} failed",
        counts.credited,
        counts.credited_mg / 1000,
        counts.refused,
        counts.repeated,
        counts.failed
    );
    if counts.failed == 0 {
        Ok(())
    } else {
        Err(Stop::finding(format!("{} lines failed", counts.failed)))
    }
}

async fn import(app: &App, programme: &Arc<Programme>, args: &Args, counts: &mut Counts) -> Result<(), Stop> {
    let open = || File::open(&args.file).map_err(|e| Stop::new(format!("{}: {e}", args.file.display())));
    let length = open()?.metadata()?.len();
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta}") {
        bar.set_style(style);
    }
    let mut number = 0;
    if is_csv(&args.file) {
        let mut reader = csv::Reader::from_reader(BufReader::new(open()?));
        let headers: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
        let mut rows: Vec<csv::StringRecord> = Vec::with_capacity(TOGETHER);
        let mut records = reader.into_records();
        loop {
            rows.clear();
            for row in records.by_ref().take(TOGETHER) {
                rows.push(row?);
            }
            if rows.is_empty() {
                break;
            }
            bar.set_position(
                rows.last()
                    .and_then(csv::StringRecord::position)
                    .map_or(0, csv::Position::byte),
            );
            let reports = rows.iter().map(|row| Ok(from_row(&headers, row))).collect();
            decide(app, programme, args, reports, &mut number, counts).await?;
        }
    } else {
        let mut lines = BufReader::new(open()?).split(b'\n');
        loop {
            let mut chunk: Vec<Vec<u8>> = Vec::with_capacity(TOGETHER);
            for line in lines.by_ref().take(TOGETHER) {
                let line = line?;
                bar.inc(line.len() as u64 + 1);
                chunk.push(line);
            }
            if chunk.is_empty() {
                break;
            }
            let filled = chunk
                .iter()
                .map(|line| line.trim_ascii())
                .filter(|line| !line.is_empty());
            let reports = filled.map(Report::from_json).collect();
            decide(app, programme, args, reports, &mut number, counts).await?;
        }
    }
    bar.finish_and_clear();
    Ok(())
}

fn is_csv(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"))
}

/// A row of a CSV file as a report.
fn from_row<'a>(headers: &'a [String], row: &'a csv::StringRecord) -> Report<'a> {
    let mut report = Report {
        event: Cow::Borrowed(""),
        participant: None,
        reference: None,
        behaviour: Cow::Borrowed(""),
        started_at: Cow::Borrowed(""),
        ended_at: None,
        inputs: Inputs::default(),
        region: None,
    };
    for (header, value) in headers.iter().zip(row.iter()).filter(|(_, value)| !value.is_empty()) {
        let value = Cow::Borrowed(value);
        match header.as_str() {
            "event" => report.event = value,
            "participant" => report.participant = Some(value),
            "reference" => report.reference = Some(value),
            "behaviour" => report.behaviour = value,
            "started_at" => report.started_at = value,
            "ended_at" => report.ended_at = Some(value),
            "region" => report.region = Some(value),
            input => report.inputs.0.push((Cow::Borrowed(input), Said::Text(value))),
        }
    }
    report
}

async fn decide(
    app: &App,
    programme: &Arc<Programme>,
    args: &Args,
    reports: Vec<Result<Report<'_>, Refused>>,
    number: &mut u64,
    counts: &mut Counts,
) -> Result<(), Stop> {
    if args.enrol {
        let mut references: Vec<&str> = reports
            .iter()
            .flatten()
            .filter_map(|report| report.reference.as_deref())
            .collect();
        references.sort_unstable();
        references.dedup();
        for reference in references {
            let new = NewParticipant {
                kind: Kind::Person,
                alias: reference.chars().take(40).collect(),
                lang: "zh".to_owned(),
                reference: Some(reference.to_owned()),
                consents: vec![Consent::Programme, Consent::DeviceReadings, Consent::PartnerEvents],
            };
            app.register_participant(&Caller::console(), programme, new, None)
                .await?;
        }
    }
    let mode = if args.mode == How::Event {
        Mode::Event
    } else {
        Mode::Reading
    };
    for outcome in app.submit_many(&Caller::console(), programme, mode, reports).await? {
        *number += 1;
        count(&outcome, counts);
        if let Err(refused) = &outcome
            && counts.failed <= 5
        {
            eprintln!("record {number}: {refused}");
        }
        if args.json {
            match &outcome {
                Ok(receipt) => println!("{}", serde_json::to_string(receipt)?),
                Err(refused) => println!("{}", serde_json::json!({ "record": number, "problem": refused.code() })),
            }
        }
    }
    Ok(())
}

fn count(outcome: &Result<Receipt, Refused>, counts: &mut Counts) {
    match outcome {
        Err(_) => counts.failed += 1,
        Ok(receipt) if receipt.repeated => counts.repeated += 1,
        Ok(receipt) if receipt.state == "credited" => {
            counts.credited += 1;
            counts.credited_mg += i128::from(receipt.credited_mg);
        }
        Ok(_) => counts.refused += 1,
    }
}
