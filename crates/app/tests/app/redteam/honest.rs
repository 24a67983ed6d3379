//! Honest proofs, most of them real: the recordings of people, moved to the days of the test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::evidence::Kind;
use domain::evidence::track::Point as Read;

use super::Field;
use super::forge::{CYCLIST, Point, gpx, hours_csv, human_hours, jpeg, scene, track_csv, way, with_camera};
use crate::world::{DAY_US, HOUR_US, MIDNIGHT_US, START_US, Told};

/// Honest proofs of one kind.
#[derive(Clone, Copy, Debug)]
pub enum Honest {
    RealPhotos,
    MadePhotos,
    RealRides,
    RealBuses,
    MadeCommutes,
    RealSteps,
    MadeSteps,
}

pub const ALL: [Honest; 7] = [
    Honest::RealPhotos,
    Honest::MadePhotos,
    Honest::RealRides,
    Honest::RealBuses,
    Honest::MadeCommutes,
    Honest::RealSteps,
    Honest::MadeSteps,
];

/// A file or folder of the real data; without it the part is skipped, and says so.
fn data(path: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("PUHUI_DATA").map(PathBuf::from)?;
    Some(folder.join(path)).filter(|path| path.exists())
}

impl Honest {
    pub fn name(self) -> &'static str {
        match self {
            Honest::RealPhotos => "real photos, sent within the hour",
            Honest::MadePhotos => "made scenes, sent within the hour",
            Honest::RealRides => "real rides",
            Honest::RealBuses => "real bus trips",
            Honest::MadeCommutes => "the same commute by three people on five days",
            Honest::RealSteps => "real days of wristbands",
            Honest::MadeSteps => "made days of phones",
        }
    }

    /// Sends them; `false` if what they are made from is missing.
    pub async fn play(self, field: &mut Field) -> bool {
        let played = match self {
            Honest::RealPhotos => real_photos(field).await,
            Honest::RealRides => real_tracks(field, "MotionTypes.BICYCLING", "cycling-for-driving").await,
            Honest::RealBuses => real_tracks(field, "MotionTypes.IN_VEHICLE", "bus-trip").await,
            Honest::RealSteps => real_steps(field).await,
            Honest::MadePhotos => {
                for seed in 0..40 {
                    let who = field.someone().await;
                    let at = START_US - HOUR_US;
                    field
                        .metro(who, at, with_camera(&jpeg(&scene(90_000 + seed), 88), at, None))
                        .await;
                }
                Some(())
            }
            Honest::MadeCommutes => {
                for rider in 0..3 {
                    let who = field.someone().await;
                    for day in 1..=5 {
                        // the way is that of the rider; pace, rests and noise are those of the day
                        let points = commute(500 + rider, day);
                        field.ride(who, gpx(&points), 5_000).await;
                    }
                }
                Some(())
            }
            Honest::MadeSteps => {
                for seed in 0..20 {
                    let who = field.someone().await;
                    let hours = human_hours(70_000 + seed);
                    let steps = i64::from(hours.iter().sum::<u32>());
                    field
                        .steps(who, MIDNIGHT_US - DAY_US, hours_csv("11/23/2026", &hours), steps)
                        .await;
                }
                Some(())
            }
        };
        if played.is_none() {
            println!("skipped: {}: PUHUI_DATA is not set, or lacks it", self.name());
        }
        played.is_some()
    }
}

/// One way, ridden on a day: the corners are the same, everything else is the day's.
fn commute(route: u64, day: i64) -> Vec<Point> {
    let corners = way(
        route,
        0,
        5.0,
        super::forge::Pace {
            noise: 0.0,
            stops: false,
            ..CYCLIST
        },
    );
    let start = MIDNIGHT_US - day * DAY_US + 8 * HOUR_US + day * 41_000_000;
    let seed = route * 100 + u64::try_from(day).unwrap();
    let rhythm = way(seed, start, 6.5, CYCLIST);
    let noise = super::forge::jittered(&corners, seed, 3.0);
    // so far along the way as the day's rhythm has gone
    let gone = along(&rhythm);
    let marks = along(&noise);
    let mut points = Vec::new();
    for (at, gone) in rhythm.iter().zip(&gone) {
        let Some(after) = marks.iter().position(|mark| mark >= gone) else {
            break;
        };
        let before = after.saturating_sub(1);
        let span = (marks[after] - marks[before]).max(1e-9);
        let share = ((gone - marks[before]) / span).clamp(0.0, 1.0);
        let (from, to) = (noise[before], noise[after]);
        points.push((from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share, at.2));
    }
    points
}

/// Kilometres gone by each point.
fn along(points: &[Point]) -> Vec<f64> {
    let mut gone = 0.0;
    let mut last = points[0];
    points
        .iter()
        .map(|point| {
            let (north, east) = (
                (point.0 - last.0) * 111.2,
                (point.1 - last.1) * 111.2 * point.0.to_radians().cos(),
            );
            gone += north.hypot(east);
            last = *point;
            gone
        })
        .collect()
}

async fn real_photos(field: &mut Field) -> Option<()> {
    let folder = data("photos")?;
    let mut files = Vec::new();
    for part in ["exif_gps", "exif_orientation", "exif_misc", "objects", "text"] {
        for file in std::fs::read_dir(folder.join(part)).unwrap() {
            files.push(file.unwrap().path());
        }
    }
    files.sort();
    for file in files {
        // pictures without pixels to speak of are another test's matter
        let Ok(picture) = image::open(&file) else { continue };
        if picture.width().max(picture.height()) < 300 {
            continue;
        }
        let who = field.someone().await;
        let at = START_US - HOUR_US;
        let picture = picture.thumbnail(900, 900);
        field.metro(who, at, with_camera(&jpeg(&picture, 90), at, None)).await;
    }
    Some(())
}

/// Sections of real trips of a sensed mode, one person each, moved to yesterday.
async fn real_tracks(field: &mut Field, mode: &str, behaviour: &str) -> Option<()> {
    let sections = data("trips/emission/sections.csv")?;
    let points = data("trips/emission/points.csv")?;
    let mut wanted = Vec::new();
    for line in std::fs::read_to_string(sections).unwrap().lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        if fields[3] == mode {
            wanted.push((fields[0].to_owned(), fields[7].parse::<f64>().unwrap()));
        }
    }
    let mut tracks: BTreeMap<String, Vec<Point>> = BTreeMap::new();
    for line in std::fs::read_to_string(points).unwrap().lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |at: usize| fields[at].parse::<f64>().unwrap();
        if fields[2].is_empty() {
            continue; // some sections have no times
        }
        // milliseconds in some rows, seconds in others
        let seconds = if number(2) > 1e11 {
            number(2) / 1000.0
        } else {
            number(2)
        };
        #[expect(clippy::cast_possible_truncation, reason = "an instant")]
        let at_us = (seconds * 1e6) as i64;
        tracks
            .entry(fields[0].to_owned())
            .or_default()
            .push((number(3), number(4), at_us));
    }
    for (section, metres) in wanted {
        let Some(points) = tracks
            .get(&section)
            .filter(|points| points.len() >= 15 && metres > 800.0)
        else {
            continue;
        };
        let by = MIDNIGHT_US - DAY_US + 8 * HOUR_US - points[0].2;
        let who = field.someone().await;
        let act = Told::new(who, "", behaviour, START_US);
        field
            .send(act, Kind::Track, track_csv(&super::forge::shifted(points, by)), 0)
            .await;
    }
    if behaviour == "cycling-for-driving" {
        for file in ["trips/fit/garmin-edge-820-bike.fit"] {
            let Some(path) = data(file) else { continue };
            let points = read(&path);
            let by = MIDNIGHT_US - DAY_US + 8 * HOUR_US - points[0].2;
            let who = field.someone().await;
            let act = Told::new(who, "", behaviour, START_US);
            field
                .send(act, Kind::Track, track_csv(&super::forge::shifted(&points, by)), 0)
                .await;
        }
    }
    Some(())
}

/// A recording in any format, read by the reader that is tested elsewhere.
fn read(path: &Path) -> Vec<Point> {
    let bytes = std::fs::read(path).unwrap();
    let recording = outside::track::read(&bytes, &outside::track::Limits::default()).unwrap();
    let point = |point: &Read| {
        let at_us = point.at_us?;
        Some((f64::from(point.lat_e7) / 1e7, f64::from(point.lon_e7) / 1e7, at_us))
    };
    recording.points.iter().filter_map(point).collect()
}

/// The hours of 33 people over a month: person, day, hours; a day without any step is no day.
async fn real_steps(field: &mut Field) -> Option<()> {
    let path = data("steps/fitbit_hourlySteps_merged.csv")?;
    let mut days: BTreeMap<(String, String), [u32; 24]> = BTreeMap::new();
    for line in std::fs::read_to_string(path).unwrap().lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let hour: usize = fields[2].split(':').next().unwrap().parse().unwrap();
        days.entry((fields[0].to_owned(), fields[1].to_owned())).or_default()[hour] = fields[3].parse().unwrap();
    }
    let mut people: BTreeMap<String, Vec<[u32; 24]>> = BTreeMap::new();
    for ((person, _), hours) in days {
        if hours.iter().sum::<u32>() > 0 {
            people.entry(person).or_default().push(hours);
        }
    }
    for hours in people.into_values() {
        let who = field.someone().await;
        // one day a morning, as a phone sends them
        for (back, hours) in (1_i64..=28).zip(hours) {
            let day_us = MIDNIGHT_US - back * DAY_US;
            let at = jiff::Timestamp::from_microsecond(day_us).unwrap();
            let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
            let day = zone.to_datetime(at).strftime("%m/%d/%Y").to_string();
            let steps = i64::from(hours.iter().sum::<u32>());
            field.world.clock.set(day_us + DAY_US + 9 * HOUR_US);
            field.steps(who, day_us, hours_csv(&day, &hours), steps).await;
        }
        field.world.clock.set(START_US);
    }
    Some(())
}
