//! GeoJSON: lines and points, with times as programs write them beside: `coordTimes` or `times` of a line, `time` of a
//! point. Read in one pass, without a tree of values in memory.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Format, Gathered, Limits, Recording, TrackError, decimetres, place_e7, short, time};

pub(super) fn read(text: &str, limits: &Limits) -> Result<Recording, TrackError> {
    let mut reading = Reading {
        gathered: Gathered::new(Format::GeoJson, limits),
        refused: None,
        seen: false,
    };
    let mut json = serde_json::Deserializer::from_str(text);
    let done = Object(&mut reading).deserialize(&mut json).and_then(|()| json.end());
    if let Some(refused) = reading.refused {
        return Err(refused);
    }
    match done {
        Ok(()) if reading.seen => reading.gathered.finish(false),
        Ok(()) => Err(TrackError::NotATrack),
        // whole features before the cut are read
        Err(e) if e.is_eof() && reading.gathered.records > 0 => reading.gathered.finish(true),
        Err(_) if !reading.seen => Err(TrackError::NotATrack),
        Err(e) => Err(TrackError::at_line(e.line(), "the JSON is not as GeoJSON has it")),
    }
}

/// What GeoJSON calls its objects.
const NAMES: [&str; 9] = [
    "FeatureCollection",
    "Feature",
    "GeometryCollection",
    "LineString",
    "MultiLineString",
    "Point",
    "MultiPoint",
    "Polygon",
    "MultiPolygon",
];

struct Reading {
    gathered: Gathered,
    refused: Option<TrackError>,
    /// Whether anything of GeoJSON was seen.
    seen: bool,
}

/// A feature, a collection of features or geometries, or a bare geometry.
struct Object<'a>(&'a mut Reading);

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a GeoJSON object")
    }

    /// A feature may have no geometry.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut coordinates: Option<&RawValue> = None;
        let mut geometry: Option<&RawValue> = None;
        let mut properties: Option<&RawValue> = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" => {
                    let name = map.next_value::<&RawValue>()?.get().trim_matches('"');
                    self.0.seen |= NAMES.contains(&name);
                }
                "features" | "geometries" => map.next_value_seed(Objects(&mut *self.0))?,
                "coordinates" => coordinates = Some(map.next_value()?),
                "geometry" => geometry = Some(map.next_value()?),
                "properties" => properties = Some(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let properties = properties.map(Properties::read).unwrap_or_default();
        if let Some(shape) = geometry.and_then(|raw| serde_json::from_str::<Option<Shape>>(raw.get()).ok()?) {
            coordinates = shape.coordinates;
        }
        let Some(coordinates) = coordinates else { return Ok(()) };
        let most = self.0.gathered.most;
        let mut places = Vec::new();
        let walk = Walk {
            places: &mut places,
            most,
        };
        let walked = walk.deserialize(&mut serde_json::Deserializer::from_str(coordinates.get()));
        if places.len() > most {
            return self.0.refuse(TrackError::TooManyPoints { limit: most });
        }
        walked.map_err(A::Error::custom)?;
        self.0.add(&places, &properties)
    }
}

impl Reading {
    fn refuse<E: serde::de::Error>(&mut self, error: TrackError) -> Result<(), E> {
        let told = E::custom(&error);
        self.refused = Some(error);
        Err(told)
    }

    fn add<E: serde::de::Error>(&mut self, places: &[Place], properties: &Properties) -> Result<(), E> {
        if self.gathered.maker.is_none() {
            self.gathered.maker = properties.maker.as_deref().and_then(short);
        }
        if places.len() > 1 {
            self.gathered.pause();
        }
        for (i, place) in places.iter().enumerate() {
            if place.breaks {
                self.gathered.pause();
            }
            let Some(at) = place_e7(place.lat, place.lon) else {
                let place = format!("point {}", self.gathered.records + 1);
                let what = "it is not on the earth";
                return self.refuse(TrackError::Broken { place, what });
            };
            let at_us = properties.times.get(i).copied().flatten();
            let accuracy = properties.accuracy.and_then(decimetres);
            if let Err(error) = self.gathered.record(at_us, Some(at), accuracy) {
                return self.refuse(error);
            }
        }
        Ok(())
    }
}

/// A list of objects.
struct Objects<'a>(&'a mut Reading);

impl<'de> DeserializeSeed<'de> for Objects<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Objects<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of GeoJSON objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Object(&mut *self.0))?.is_some() {}
        Ok(())
    }
}

#[derive(Deserialize)]
struct Shape<'a> {
    #[serde(borrow)]
    coordinates: Option<&'a RawValue>,
}

/// What stands beside a geometry.
#[derive(Default)]
struct Properties {
    times: Vec<Option<i64>>,
    accuracy: Option<f64>,
    maker: Option<String>,
}

impl Properties {
    /// What is not as expected is left out.
    fn read(raw: &RawValue) -> Self {
        let mut properties = Properties::default();
        let Ok(entries) = serde_json::from_str::<Entries>(raw.get()) else {
            return properties;
        };
        for (key, value) in entries.0 {
            match key {
                Key::Times => {
                    let mut times = Times(Vec::new());
                    let whole = (&mut times).deserialize(&mut serde_json::Deserializer::from_str(value.get()));
                    if whole.is_ok() && times.0.len() > properties.times.len() {
                        properties.times = times.0;
                    }
                }
                Key::Beside => {
                    let beside = Properties::read(value);
                    if beside.times.len() > properties.times.len() {
                        properties.times = beside.times;
                    }
                }
                Key::Accuracy => properties.accuracy = serde_json::from_str(value.get()).ok(),
                Key::Maker => properties.maker = serde_json::from_str(value.get()).ok(),
                Key::Other => {}
            }
        }
        properties
    }
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
enum Key {
    #[serde(
        rename = "coordTimes",
        alias = "times",
        alias = "timestamps",
        alias = "time",
        alias = "timestamp",
        alias = "ts"
    )]
    Times,
    #[serde(rename = "coordinateProperties")]
    Beside,
    #[serde(rename = "accuracy")]
    Accuracy,
    #[serde(rename = "creator", alias = "device", alias = "source")]
    Maker,
    #[serde(other)]
    Other,
}

/// The entries of an object that are known, at most 16.
struct Entries<'a>(Vec<(Key, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Known;
        impl<'de> Visitor<'de> for Known {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("properties")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<Key, &RawValue>()? {
                    if key != Key::Other && entries.len() < 16 {
                        entries.push((key, value));
                    }
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Known)
    }
}

/// More times than this are not kept: it is more than a recording may have points.
const TIMES: usize = 1_000_000;

/// A time, or lists of them in lists, laid end to end.
struct Times(Vec<Option<i64>>);

impl Times {
    fn push(&mut self, at_us: Option<i64>) {
        if self.0.len() < TIMES {
            self.0.push(at_us);
        }
    }
}

impl<'de> DeserializeSeed<'de> for &mut Times {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Times {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("times")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.push(None);
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "times stay below 2^53")]
    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.push(time::since_epoch(number as f64));
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "times stay below 2^53")]
    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.push(time::since_epoch(number as f64));
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.push(time::since_epoch(number));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.push(time::any(text));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(&mut *self)?.is_some() {}
        Ok(())
    }
}

struct Place {
    lat: f64,
    lon: f64,
    /// Whether it begins a line.
    breaks: bool,
}

/// Positions in lists in lists, laid end to end; stops at one more than `most`.
struct Walk<'a> {
    places: &'a mut Vec<Place>,
    most: usize,
}

/// What an element of coordinates was.
enum Node {
    Number(f64),
    Position,
    List,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("coordinates")
    }

    #[expect(clippy::cast_precision_loss, reason = "degrees are small")]
    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "degrees are small")]
    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Number(number))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut numbers = Vec::new();
        let begins = self.places.len();
        while let Some(node) = {
            let (places, most) = (&mut *self.places, self.most);
            seq.next_element_seed(Walk { places, most })?
        } {
            match node {
                // longitude, latitude, perhaps a height
                Node::Number(number) if numbers.len() < 4 => numbers.push(number),
                Node::Number(_) => return Err(A::Error::custom("more numbers than a position has")),
                Node::Position if begins + 1 == self.places.len() => {
                    if let Some(place) = self.places.last_mut() {
                        place.breaks = true;
                    }
                }
                Node::Position | Node::List => {}
            }
            if self.places.len() > self.most {
                return Err(A::Error::custom("too many points"));
            }
        }
        match numbers[..] {
            [] => Ok(Node::List),
            [lon, lat, ..] if begins == self.places.len() => {
                self.places.push(Place {
                    lat,
                    lon,
                    breaks: false,
                });
                Ok(Node::Position)
            }
            _ => Err(A::Error::custom("no position")),
        }
    }
}
