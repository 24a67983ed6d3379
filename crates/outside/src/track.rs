//! Tracks: a file that a stranger uploads becomes points, or is refused with a reason that helps.
//!
//! Shape: size, then the format by content (never by name), then one pass that keeps positions, times and accuracy and
//! nothing else. Memory is bounded by the file and [`Limits::points`]; no format's references, includes or links are
//! followed. A file that was cut short is read as far as it is whole, since a flat battery is no fraud; one that is
//! damaged inside is refused.

mod fit;
mod geojson;
mod table;
mod time;
mod xml;

#[cfg(test)]
mod tests;

use domain::evidence::track::Point;
use thiserror::Error;

/// What [`read`] accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of an upload.
    pub bytes: usize,
    /// Most points of a recording; each takes 40 bytes of memory.
    pub points: usize,
}

impl Default for Limits {
    /// 20 MiB, 200,000 points: two days and nights at one point a second.
    fn default() -> Self {
        Limits {
            bytes: 20 * 1024 * 1024,
            points: 200_000,
        }
    }
}

/// What kind of file it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// GPS Exchange Format, 1.0 or 1.1.
    Gpx,
    /// Flexible and Interoperable Data Transfer, of watches and bicycle computers.
    Fit,
    /// Training Center XML.
    Tcx,
    /// GeoJSON, RFC 7946.
    GeoJson,
    /// A table of text with a header.
    Csv,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// What kind of file it was.
    pub format: Format,
    /// Points in the order of the file. None where a device recorded without positions: an indoor trainer.
    pub points: Vec<Point>,
    /// The earliest and latest time of anything recorded, with or without position, microseconds since the epoch.
    pub span_us: Option<(i64, i64)>,
    /// The program or device that made it, as the file says, at most 60 characters.
    pub maker: Option<String>,
    /// The serial number of the device, as the file says, at most 60 characters.
    pub serial: Option<String>,
    /// Whether the file was cut short; the points are those before the cut.
    pub cut: bool,
}

/// Why an upload was refused. Every case is something the person can act on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TrackError {
    /// More than `limit` bytes.
    #[error("the file has more than {limit} bytes: export one trip alone")]
    TooLarge {
        /// [`Limits::bytes`].
        limit: usize,
    },
    /// None of the formats.
    #[error(
        "this is no recorded track: send a GPX, FIT, TCX or GeoJSON file, or a CSV file whose first line names time, lat and lon"
    )]
    NotATrack,
    /// One of the formats, but nothing was recorded in it: only marked places, a planned route, a day's steps.
    #[error(
        "the file holds no recording, perhaps a planned route or single places: export the recorded activity itself"
    )]
    Empty,
    /// It is damaged, at a place that is told.
    #[error("the file is damaged ({place}: {what}): export it once more from where it was recorded")]
    Broken {
        /// `line 12`, `byte 3400`
        place: String,
        /// What is wrong there, a few words.
        what: &'static str,
    },
    /// More than `limit` points.
    #[error("the recording has more than {limit} points: export one trip alone")]
    TooManyPoints {
        /// [`Limits::points`].
        limit: usize,
    },
}

impl TrackError {
    /// A stable name for the case.
    pub const fn code(&self) -> &'static str {
        match self {
            TrackError::TooLarge { .. } => "track.too_large",
            TrackError::NotATrack => "track.not_a_track",
            TrackError::Empty => "track.empty",
            TrackError::Broken { .. } => "track.broken",
            TrackError::TooManyPoints { .. } => "track.too_many_points",
        }
    }

    fn at_byte(place: impl std::fmt::Display, what: &'static str) -> Self {
        let place = format!("byte {place}");
        TrackError::Broken { place, what }
    }

    fn at_line(line: impl std::fmt::Display, what: &'static str) -> Self {
        let place = format!("line {line}");
        TrackError::Broken { place, what }
    }
}

/// Reads a recorded track. Never panics; takes time in proportion to the file.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Recording, TrackError> {
    if bytes.len() > limits.bytes {
        return Err(TrackError::TooLarge { limit: limits.bytes });
    }
    if fit::is_one(bytes) {
        return fit::read(bytes, limits);
    }
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    match text.trim_start().chars().next() {
        Some('<') => xml::read(&text, limits),
        Some('{') => geojson::read(&text, limits),
        _ => table::read(&text, limits),
    }
}

/// What is gathered while a file is read.
struct Gathered {
    format: Format,
    most: usize,
    points: Vec<Point>,
    /// Whether a break lies before the next point.
    breaks: bool,
    /// Things recorded, with or without position.
    records: usize,
    span_us: Option<(i64, i64)>,
    maker: Option<String>,
    serial: Option<String>,
}

impl Gathered {
    fn new(format: Format, limits: &Limits) -> Self {
        Gathered {
            format,
            most: limits.points,
            points: Vec::new(),
            breaks: false,
            records: 0,
            span_us: None,
            maker: None,
            serial: None,
        }
    }

    /// A break lies here.
    fn pause(&mut self) {
        self.breaks = true;
    }

    /// Something was recorded, perhaps at a place: ten-millionths of a degree north and east.
    fn record(
        &mut self,
        at_us: Option<i64>,
        place_e7: Option<(i32, i32)>,
        accuracy_dm: Option<u32>,
    ) -> Result<(), TrackError> {
        self.records += 1;
        if self.records > self.most {
            return Err(TrackError::TooManyPoints { limit: self.most });
        }
        if let Some(at) = at_us {
            let (first, last) = self.span_us.unwrap_or((at, at));
            self.span_us = Some((first.min(at), last.max(at)));
        }
        if let Some((lat_e7, lon_e7)) = place_e7 {
            self.points.push(Point {
                at_us,
                lat_e7,
                lon_e7,
                accuracy_dm,
                breaks: std::mem::take(&mut self.breaks) && !self.points.is_empty(),
            });
        }
        Ok(())
    }

    fn finish(self, cut: bool) -> Result<Recording, TrackError> {
        if self.records == 0 {
            return Err(TrackError::Empty);
        }
        Ok(Recording {
            format: self.format,
            points: self.points,
            span_us: self.span_us,
            maker: self.maker,
            serial: self.serial,
            cut,
        })
    }
}

/// At most 60 characters of one line; `None` if nothing remains.
fn short(text: &str) -> Option<String> {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
    (!text.is_empty()).then_some(text)
}

/// Ten-millionths of a degree, if it is no further than `most` degrees from zero.
fn degrees_e7(degrees: f64, most: f64) -> Option<i32> {
    #[expect(clippy::cast_possible_truncation, reason = "at most 180 × 10^7")]
    (degrees.abs() <= most).then(|| (degrees * 1e7).round() as i32)
}

fn place_e7(lat: f64, lon: f64) -> Option<(i32, i32)> {
    Some((degrees_e7(lat, 90.0)?, degrees_e7(lon, 180.0)?))
}

/// Decimetres, from metres that a file says; nonsense is none.
fn decimetres(metres: f64) -> Option<u32> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the range"
    )]
    (0.0..=1e8).contains(&metres).then(|| (metres * 10.0).round() as u32)
}
