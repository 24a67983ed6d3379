//! How fast a long Apple export is read, and in how much memory: a gigabyte made on the fly, beside a loop that only asks
//! the same XML reader for its events, and one that only takes the bytes.
//!
//! `cargo bench -p outside --bench steps`; `MB=2048` for another length, `RUNS=5` for more runs.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a bench measures time and stops at whatever goes wrong; its ratios need no exactness"
)]

#[path = "steps/export.rs"]
mod export;

use std::io::{BufReader, Read};
use std::time::Instant;

use domain::measure::{Day, Zone};
use export::Export;
use outside::steps::{self, Limits};
use quick_xml::Reader;
use quick_xml::events::Event;

fn number(name: &str, or: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(or)
}

/// The most memory that this process ever held, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

fn bytes_only(bytes: u64) -> u64 {
    let mut buffer = vec![0; 128 * 1024];
    let mut export = Export::new(bytes);
    let mut total = 0;
    loop {
        match export.read(&mut buffer).expect("bytes in memory") {
            0 => return total,
            more => total += more as u64,
        }
    }
}

fn events_only(bytes: u64) -> u64 {
    let mut reader = Reader::from_reader(BufReader::with_capacity(128 * 1024, Export::new(bytes)));
    let mut buffer = Vec::new();
    let mut events = 0;
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).expect("a sound export") {
            Event::Eof => return events,
            _ => events += 1,
        }
    }
}

fn read(bytes: u64, since: Option<Day>) -> u64 {
    let zone = Zone::named("Asia/Shanghai").expect("a zone of the database");
    let limits = Limits {
        since,
        days: 40_000,
        ..Limits::default()
    };
    let facts = steps::stream(Export::new(bytes), &zone, &limits).expect("a sound export");
    for day in &facts {
        let expected = if day.source.ends_with("iPhone") {
            export::PHONE_STEPS
        } else {
            export::WATCH_STEPS
        };
        assert_eq!(day.steps, expected, "{day:?}");
    }
    facts.len() as u64
}

fn main() {
    let bytes = number("MB", 1024) << 20;
    let runs = number("RUNS", 3);
    let total = bytes_only(bytes);
    // the days of the last month only, as a programme asks for
    let days = total / (bytes_only(1) - 700);
    let last_month = Day::parse("2000-01-01").map(|first| {
        let back = i32::try_from(days).unwrap_or(i32::MAX) - 31;
        Day::from_epoch_days(first.epoch_days() + back.max(0))
    });
    println!(
        "{total} bytes, about {days} days; peak before anything is read: {} KiB",
        peak_kib()
    );

    let mut best: [f64; 4] = [f64::INFINITY; 4];
    let mut peaks = [0; 4];
    let mut counted = [0; 4];
    for _ in 0..runs {
        let loops: [&dyn Fn() -> u64; 4] = [
            &|| bytes_only(bytes),
            &|| events_only(bytes),
            &|| read(bytes, last_month),
            &|| read(bytes, None),
        ];
        for (n, run) in loops.iter().enumerate() {
            let begun = Instant::now();
            counted[n] = run();
            best[n] = best[n].min(begun.elapsed().as_secs_f64());
            if peaks[n] == 0 {
                peaks[n] = peak_kib(); // it only grows: in the order of the loops
            }
        }
    }
    let names = [
        "bytes only",
        "events of quick-xml only",
        "steps of the last month",
        "steps of every day",
    ];
    for (n, name) in names.iter().enumerate() {
        println!(
            "{name:26} {:7.3} s {:7.0} MB/s {:5.2} × events only, peak {:6} KiB, {} counted",
            best[n],
            total as f64 / best[n] / 1e6,
            best[n] / best[1],
            peaks[n],
            counted[n],
        );
    }
}
