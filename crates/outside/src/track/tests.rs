use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;

use domain::evidence::track::{Mode, Pace, TrackFacts};
use domain::evidence::{Again, Claim, Facts, Grade, History, Outcome, Policy, judge};
use domain::measure::{Carbon, EntryId};
use proptest::prelude::*;

use super::*;

/// A file of the shared test data, or `None` and a line that says which test skipped it.
fn sample(test: &str, file: &str) -> Option<Vec<u8>> {
    let folder = std::env::var("PUHUI_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned());
    let path = format!("{folder}/trips/{file}");
    if let Ok(bytes) = fs::read(&path) {
        return Some(bytes);
    }
    let line = format!("outside::track::{test}: skipped, no {path}");
    eprintln!("{line}");
    if let Ok(skips) = std::env::var("PUHUI_TEST_SKIPS") {
        let mut file = OpenOptions::new().create(true).append(true).open(skips).unwrap();
        writeln!(file, "{line}").unwrap();
    }
    None
}

fn limits() -> &'static domain::evidence::Limits {
    &Policy::shipped().limits
}

fn read_default(bytes: &[u8]) -> Result<Recording, TrackError> {
    read(bytes, &Limits::default())
}

fn facts(recording: &Recording) -> TrackFacts {
    TrackFacts::of(&recording.points, limits())
}

/// A section of a trip as a phone sensed it.
struct Section {
    id: String,
    mode: String,
    distance_m: f64,
    recording: Recording,
}

/// Sections of real trips, each read as a CSV file of its own.
fn sections(test: &str) -> Option<Vec<Section>> {
    let (sections, points) = (
        sample(test, "emission/sections.csv")?,
        sample(test, "emission/points.csv")?,
    );
    let (sections, points) = (String::from_utf8(sections).unwrap(), String::from_utf8(points).unwrap());
    let (header, rows) = points.split_once('\n').unwrap();
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for row in rows.lines() {
        let id = row.split(',').next().unwrap();
        let file = files.entry(id).or_insert_with(|| format!("{header}\n"));
        writeln!(file, "{row}").unwrap();
    }
    let mut rows = csv::Reader::from_reader(sections.as_bytes());
    let sections = rows.records().map(|row| {
        let row = row.unwrap();
        let file = files.get(&row[0])?;
        Some(Section {
            id: row[0].to_owned(),
            mode: row[3].trim_start_matches("MotionTypes.").to_owned(),
            distance_m: row[7].parse().unwrap_or(0.0),
            recording: read_default(file.as_bytes()).unwrap(),
        })
    });
    Some(sections.flatten().collect())
}

#[test]
fn explore() {
    for f in fs::read_dir("/work/shared/data/trips/gpx")
        .unwrap()
        .chain(fs::read_dir("/work/shared/data/trips/fit").unwrap())
    {
        let f = f.unwrap().path();
        let r = read_default(&fs::read(&f).unwrap());
        match r {
            Ok(r) => {
                let mut x = facts(&r);
                x.sketch.clear();
                println!(
                    "{} {:?} cut {} {:?} {:?} {:?}\n   {x:?}",
                    f.file_name().unwrap().display(),
                    r.format,
                    r.cut,
                    r.maker,
                    r.serial,
                    r.span_us
                );
            }
            Err(e) => println!("{} {} {e}", f.file_name().unwrap().display(), e.code()),
        }
    }
    for s in sections("x").unwrap() {
        let x = facts(&s.recording);
        println!(
            "{} {} n{} out{} d{} said{:.0} mov{} stop{} stops{} {:?} gap{} tele{} str{} var{} {:?}",
            s.id,
            s.mode,
            x.points,
            x.left_out,
            x.distance_m,
            s.distance_m,
            x.moving_s,
            x.stopped_s,
            x.stops,
            x.speed,
            x.longest_gap_s,
            x.teleports,
            x.straight_permille,
            x.variation_permille,
            x.looks_like
        );
    }
}
