//! CSV: a header that names time, latitude and longitude, in any order and among other columns.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::{Format, Gathered, Limits, Recording, TrackError, decimetres, place_e7, time};

const TIME: [&str; 8] = [
    "time",
    "timestamp",
    "ts",
    "datetime",
    "date_time",
    "utc",
    "recorded_at",
    "at",
];
const LAT: [&str; 3] = ["lat", "latitude", "y"];
const LON: [&str; 5] = ["lon", "lng", "long", "longitude", "x"];
const ACCURACY: [&str; 4] = ["accuracy", "accuracy_m", "horizontal_accuracy", "acc"];
/// A header is no longer than this, in bytes.
const HEADER: usize = 4096;

pub(super) fn read(text: &str, limits: &Limits) -> Result<Recording, TrackError> {
    let header = text.trim_start().lines().next().unwrap_or_default();
    if header.len() > HEADER {
        return Err(TrackError::NotATrack);
    }
    let count = |mark: char| header.matches(mark).count();
    let delimiter = [',', ';', '\t']
        .into_iter()
        .max_by_key(|mark| count(*mark))
        .unwrap_or(',');
    let mut rows = ReaderBuilder::new()
        .delimiter(u8::try_from(delimiter).unwrap_or(b','))
        .trim(Trim::All)
        .flexible(true)
        .from_reader(text.trim_start().as_bytes());
    let names: Vec<String> = rows
        .headers()
        .map_err(|_| TrackError::NotATrack)?
        .iter()
        .map(|name| name.to_lowercase().replace([' ', '-'], "_"))
        .collect();
    let column = |wanted: &[&str]| {
        wanted
            .iter()
            .find_map(|name| names.iter().position(|have| have == name))
    };
    let (Some(lat), Some(lon)) = (column(&LAT), column(&LON)) else {
        return Err(TrackError::NotATrack);
    };
    let columns = Columns {
        lat,
        lon,
        at: column(&TIME),
        accuracy: column(&ACCURACY),
        decimal_comma: delimiter != ',',
    };

    let mut gathered = Gathered::new(Format::Csv, limits);
    let mut row = StringRecord::new();
    // the last row of a file that was cut short is short of cells or digits: what is wrong with it is not held against it
    let mut wrong: Option<TrackError> = None;
    loop {
        let line = rows.position().line();
        match rows.read_record(&mut row) {
            Ok(false) => break,
            Ok(true) => {}
            Err(_) => return Err(TrackError::at_line(line, "no row of a table")),
        }
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        let line = row.position().map_or(line, csv::Position::line);
        match columns.point(&row) {
            Ok((None, None, _)) => {}
            Ok((at_us, place, accuracy)) => gathered.record(at_us, place, accuracy)?,
            Err(what) => wrong = Some(TrackError::at_line(line, what)),
        }
    }
    match wrong {
        Some(wrong) if text.ends_with('\n') || gathered.records == 0 => Err(wrong),
        wrong => gathered.finish(wrong.is_some()),
    }
}

/// Where things stand in a row.
struct Columns {
    lat: usize,
    lon: usize,
    at: Option<usize>,
    accuracy: Option<usize>,
    /// Whether a comma may stand for the point in a number.
    decimal_comma: bool,
}

/// Time, place and accuracy.
type Cells = (Option<i64>, Option<(i32, i32)>, Option<u32>);

impl Columns {
    fn point(&self, row: &StringRecord) -> Result<Cells, &'static str> {
        let cell = |at: usize| row.get(at).filter(|cell| !cell.is_empty());
        let number = |at: usize| {
            cell(at).map(|cell| {
                if self.decimal_comma && cell.contains(',') {
                    cell.replace(',', ".").parse::<f64>()
                } else {
                    cell.parse()
                }
            })
        };
        let at_us = match self.at.and_then(cell) {
            None => None,
            Some(cell) => Some(
                time::any(cell)
                    .ok_or("a time needs its offset, as 2026-11-24T08:12:00+08:00, or be seconds since 1970")?,
            ),
        };
        let place = match (number(self.lat), number(self.lon)) {
            (None, None) => None,
            (Some(Ok(lat)), Some(Ok(lon))) => Some(place_e7(lat, lon).ok_or("a point that is not on the earth")?),
            _ => return Err("latitude or longitude is no number"),
        };
        let accuracy = self.accuracy.and_then(number).and_then(Result::ok);
        Ok((at_us, place, accuracy.and_then(decimetres)))
    }
}
