//! GPX and TCX: one pass over the elements, by their names without prefix. Entities are never expanded.

use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::{Format, Gathered, Limits, Recording, TrackError, decimetres, place_e7, short, time};

/// Attributes of an element that are looked at.
const ATTRIBUTES: usize = 32;
/// Bytes of a text that are looked at.
const TEXT: usize = 200;
/// Metres that a receiver is off for each unit of dilution of precision: 5 m, a usual figure for civil receivers.
const METRES_A_DILUTION: f64 = 5.0;

/// A point while its element is open.
#[derive(Default)]
struct Open {
    lat: Option<f64>,
    lon: Option<f64>,
    at_us: Option<i64>,
    accuracy_m: Option<f64>,
}

pub(super) fn read(text: &str, limits: &Limits) -> Result<Recording, TrackError> {
    let mut reader = Reader::from_str(text);
    // lone ampersands stand in many an app's names
    reader.config_mut().allow_dangling_amp = true;
    let mut gathered: Option<Gathered> = None;
    let mut open: Option<Open> = None;
    let mut creator = false;
    let mut said = String::new();
    let mut depth = 0_usize;
    let cut = loop {
        let at = reader.buffer_position();
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(Error::Syntax(_) | Error::IllFormed(IllFormedError::MissingEndTag(_))) => break true,
            Err(_) if gathered.is_none() => return Err(TrackError::NotATrack),
            Err(_) => return Err(TrackError::at_byte(at, "the XML is not well-formed")),
        };
        match event {
            Event::Start(start) => {
                depth += 1;
                said.clear();
                begin(&start, &mut gathered, &mut open, &mut creator, limits, at)?;
            }
            Event::Empty(start) => {
                begin(&start, &mut gathered, &mut open, &mut creator, limits, at)?;
                end(
                    start.local_name().as_ref(),
                    "",
                    gathered.as_mut(),
                    &mut open,
                    &mut creator,
                    at,
                )?;
            }
            Event::Text(text) => push(&mut said, &text.into_inner()),
            Event::CData(text) => push(&mut said, &text.into_inner()),
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                end(
                    tag.local_name().as_ref(),
                    said.trim(),
                    gathered.as_mut(),
                    &mut open,
                    &mut creator,
                    at,
                )?;
                said.clear();
            }
            Event::Eof => break depth > 0,
            _ => {}
        }
    };
    gathered.ok_or(TrackError::NotATrack)?.finish(cut)
}

fn push(said: &mut String, text: &str) {
    if said.len() + text.len() <= TEXT {
        said.push_str(text);
    }
}

fn begin(
    start: &BytesStart<'_>,
    gathered: &mut Option<Gathered>,
    open: &mut Option<Open>,
    creator: &mut bool,
    limits: &Limits,
    at: u64,
) -> Result<(), TrackError> {
    let name = start.local_name();
    let Some(gathered) = gathered else {
        let format = match name.as_ref() {
            "gpx" => Format::Gpx,
            "TrainingCenterDatabase" => Format::Tcx,
            _ => return Err(TrackError::NotATrack),
        };
        let root = gathered.insert(Gathered::new(format, limits));
        root.maker = attribute(start, "creator").and_then(|text| short(&text));
        return Ok(());
    };
    match name.as_ref() {
        "trk" | "trkseg" | "Track" => gathered.pause(),
        "trkpt" => {
            let number = |name| attribute(start, name).and_then(|text| text.trim().parse().ok());
            let (lat, lon) = (number("lat"), number("lon"));
            if lat.is_none() || lon.is_none() {
                return Err(TrackError::at_byte(at, "a point without latitude or longitude"));
            }
            *open = Some(Open {
                lat,
                lon,
                ..Open::default()
            });
        }
        "Trackpoint" => *open = Some(Open::default()),
        "Creator" => *creator = true,
        _ => {}
    }
    Ok(())
}

fn end(
    name: &str,
    said: &str,
    gathered: Option<&mut Gathered>,
    open: &mut Option<Open>,
    creator: &mut bool,
    at: u64,
) -> Result<(), TrackError> {
    let Some(gathered) = gathered else { return Ok(()) };
    if let Some(point) = open {
        match name {
            "time" | "Time" => point.at_us = time::zoned_or_utc(said),
            "LatitudeDegrees" => point.lat = said.parse().ok(),
            "LongitudeDegrees" => point.lon = said.parse().ok(),
            "hdop" if point.accuracy_m.is_none() => {
                point.accuracy_m = said.parse().ok().map(|dilution: f64| dilution * METRES_A_DILUTION);
            }
            "accuracy" => point.accuracy_m = said.parse().ok(),
            "trkpt" | "Trackpoint" => {
                let place = match (point.lat, point.lon) {
                    (Some(lat), Some(lon)) => {
                        let off = TrackError::at_byte(at, "a point that is not on the earth");
                        Some(place_e7(lat, lon).ok_or(off)?)
                    }
                    _ => None,
                };
                gathered.record(point.at_us, place, point.accuracy_m.and_then(decimetres))?;
                *open = None;
            }
            _ => {}
        }
    } else if *creator {
        match name {
            "Name" => gathered.maker = short(said),
            "UnitId" => gathered.serial = short(said).filter(|serial| serial != "0"),
            "Creator" => *creator = false,
            _ => {}
        }
    }
    Ok(())
}

/// The text of an attribute, its entities as they stand.
fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = start.attributes();
    // looking for repeated names takes time by the square of their number
    attributes.with_checks(false);
    attributes
        .take(ATTRIBUTES)
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.local_name().as_ref() == name)
        .map(|attribute| attribute.value.chars().take(TEXT).collect())
}
