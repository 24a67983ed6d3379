//! An Apple Health export of any length, made as it is read: a phone and a watch, day after day from 2000-01-01 on.

use std::fmt::Write as _;
use std::io::{self, Read};

use jiff::civil::Date;

/// What the phone counts each day.
pub const PHONE_STEPS: u32 = 60 * 71;
/// What the watch counts each day.
pub const WATCH_STEPS: u32 = 120 * 64;

const FIRST: Date = Date::constant(2000, 1, 1);

/// The export. It keeps one day in memory, and puts the date in.
pub struct Export {
    /// Bytes still to come, about: the last day is always whole.
    left: u64,
    chunk: Vec<u8>,
    at: usize,
    day: Vec<u8>,
    /// Where dates stand in `day`.
    dates: Vec<usize>,
    date: Date,
    done: bool,
}

impl Export {
    /// About so many bytes.
    pub fn new(bytes: u64) -> Self {
        let day = day();
        let date = FIRST.to_string();
        let dates = day.match_indices(&date).map(|(at, _)| at).collect();
        Export {
            left: bytes,
            chunk: head().into_bytes(),
            at: 0,
            day: day.into_bytes(),
            dates,
            date: FIRST,
            done: false,
        }
    }

    /// The next chunk: a day, or the end.
    fn next(&mut self) -> bool {
        self.left = self.left.saturating_sub(self.chunk.len() as u64);
        self.at = 0;
        if self.done {
            self.chunk.clear();
        } else if self.left == 0 {
            self.chunk = b"</HealthData>\n".to_vec();
            self.done = true;
        } else {
            let date = self.date.to_string();
            self.chunk.clone_from(&self.day);
            for at in &self.dates {
                self.chunk[*at..at + date.len()].copy_from_slice(date.as_bytes());
            }
            self.date = self.date.tomorrow().unwrap_or(FIRST);
        }
        !self.chunk.is_empty()
    }
}

impl Read for Export {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() && !self.next() {
            return Ok(0);
        }
        let amount = out.len().min(self.chunk.len() - self.at);
        out[..amount].copy_from_slice(&self.chunk[self.at..self.at + amount]);
        self.at += amount;
        Ok(amount)
    }
}

fn head() -> String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE HealthData [\n<!ELEMENT HealthData (ExportDate,Me,Record*)>\n\
     <!ATTLIST HealthData\n  locale CDATA #REQUIRED\n>\n]>\n<HealthData locale=\"zh_CN\">\n \
     <ExportDate value=\"2026-11-24 09:00:00 +0800\"/>\n \
     <Me HKCharacteristicTypeIdentifierDateOfBirth=\"\" HKCharacteristicTypeIdentifierBiologicalSex=\"\"/>\n"
        .to_owned()
}

/// One day: every 5 minutes from 8:00 a pulse and energy, steps of the phone for five hours and of the watch for ten.
fn day() -> String {
    let mut text = String::new();
    let mut record = |kind: &str, source: &str, unit: &str, minute: u32, value: u32, inside: &str| {
        let at = |minute: u32| format!("{FIRST} {:02}:{:02}:07 +0800", 8 + minute / 60, minute % 60);
        let (start, end) = (at(minute), at(minute + 5));
        let device =
            "&lt;&lt;HKDevice: 0x2812a3c80&gt;, name:设备, manufacturer:Apple Inc., model:设备, hardware:X1,1&gt;";
        let close = if inside.is_empty() { "/>" } else { ">" };
        let _ = writeln!(
            text,
            " <Record type=\"HKQuantityTypeIdentifier{kind}\" sourceName=\"{source}\" sourceVersion=\"17.1\" \
             device=\"{device}\" unit=\"{unit}\" creationDate=\"{end}\" startDate=\"{start}\" endDate=\"{end}\" \
             value=\"{value}\"{close}{inside}"
        );
    };
    for n in 0..120 {
        let inside = "\n  <MetadataEntry key=\"HKMetadataKeyHeartRateMotionContext\" value=\"0\"/>\n </Record>";
        record(
            "HeartRate",
            "小明的 Apple Watch",
            "count/min",
            n * 5,
            60 + n % 50,
            inside,
        );
        record("ActiveEnergyBurned", "小明的 Apple Watch", "kcal", n * 5, 5 + n % 9, "");
        record("DistanceWalkingRunning", "小明的 iPhone", "km", n * 5, 1, "");
        record("BasalEnergyBurned", "小明的 Apple Watch", "kcal", n * 5, 6, "");
        record("StepCount", "小明的 Apple Watch", "count", n * 5, 64, "");
        if n < 60 {
            record("StepCount", "小明的 iPhone", "count", n * 5, 71, "");
        }
    }
    text
}
