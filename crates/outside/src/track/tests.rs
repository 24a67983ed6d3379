use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;

use domain::evidence::track::{Pace, TrackFacts};
use domain::evidence::{Again, Claim, Facts, Grade, History, Outcome, Policy, judge};
use domain::measure::{Carbon, Day, EntryId};
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

fn claim(behaviour: &str, facts: &TrackFacts) -> Claim {
    let ended_us = facts.ended_us.unwrap_or(1_790_000_000_000_000);
    Claim {
        behaviour: behaviour.to_owned(),
        started_us: facts.started_us.unwrap_or(ended_us),
        ended_us,
        civil: String::new(),
        day: Day::parse("2026-11-24").unwrap(),
        distance_m: None,
        steps: None,
        sent_us: ended_us + 60_000_000,
        worth: Carbon::from_mg(500_000),
        grade: Grade::E2,
        draw: 999,
    }
}

/// The outcome and the codes of what was seen.
fn judged(behaviour: &str, track: &TrackFacts, tracks: Vec<Again>) -> (Outcome, Vec<&'static str>) {
    let facts = Facts {
        track: Some(track.clone()),
        ..Facts::default()
    };
    let history = History {
        tracks,
        ..History::default()
    };
    let verdict = judge(&claim(behaviour, track), &facts, &history, Policy::shipped());
    let codes = verdict.signs.iter().map(domain::evidence::Sign::code).collect();
    (verdict.outcome, codes)
}

/// The sum of Karney's geodesics from each place to the next, without those over breaks.
fn karney_m(points: &[Point]) -> f64 {
    use geographiclib_rs::{Geodesic, InverseGeodesic};
    let earth = Geodesic::wgs84();
    let degrees = |e7: i32| f64::from(e7) / 1e7;
    let legs = points.windows(2).filter(|pair| !pair[1].breaks);
    legs.map(|pair| {
        let (a, b) = (&pair[0], &pair[1]);
        let metres: f64 = earth.inverse(
            degrees(a.lat_e7),
            degrees(a.lon_e7),
            degrees(b.lat_e7),
            degrees(b.lon_e7),
        );
        metres
    })
    .sum()
}

#[test]
fn distances_of_clean_recordings_are_within_one_percent_of_karneys_geodesics() {
    // the last number is what the device itself says, if it does, in metres (session, total distance)
    for (file, device_m) in [
        ("gpx/movingpandas_304_to_UL.gpx", None),
        ("gpx/Mojstrovka.gpx", None),
        ("gpx/cerknicko-jezero.gpx", None),
        ("gpx/cerknicko-without-times.gpx", None),
        ("fit/garmin-edge-820-bike.fit", Some(457.12)),
        ("fit/garmin-fenix-5-run.fit", Some(157.56)),
        ("fit/garmin-fenix-5-walk.fit", Some(67.85)),
        ("fit/sample-activity.fit", None),
    ] {
        let Some(bytes) = sample("distances", file) else { return };
        let recording = read_default(&bytes).unwrap();
        let facts = facts(&recording);
        let (ours, karney) = (f64::from(facts.distance_m), karney_m(&recording.points));
        println!("{file}: {ours} m, Karney {karney:.1} m, device {device_m:?}");
        // who stands often wavers meanwhile, which is no way: the sum of all legs is longer
        let share = if facts.stops > 10 { 0.02 } else { 0.01 };
        assert!((ours - karney).abs() <= karney * share + 0.5, "{file}: {ours} {karney}");
        if let Some(device) = device_m {
            // the device counts by its own sensor and begins before the first place
            assert!((ours - device).abs() <= device * 0.03, "{file}: {ours} {device}");
        }
    }
}

#[test]
fn distances_of_sensed_sections_are_within_one_percent_but_for_wavering_at_rest() {
    let Some(sections) = sections("sections") else { return };
    let (mut all, mut near) = (0, 0);
    for section in &sections {
        let facts = facts(&section.recording);
        // clean: nothing left out, nothing jumps, and in motion nearly all the time
        if facts.left_out > 0 || facts.teleports > 0 || facts.distance_m < 500 || facts.stopped_s * 10 > facts.moving_s
        {
            continue;
        }
        all += 1;
        let off = (f64::from(facts.distance_m) - section.distance_m).abs() / section.distance_m;
        near += i32::from(off <= 0.01);
        assert!(
            off <= 0.02,
            "{}: {} {}",
            section.id,
            facts.distance_m,
            section.distance_m
        );
    }
    println!("{near} of {all} clean sections within 1 %");
    assert!(near * 100 >= all * 97, "{near} of {all}");
}

const BEHAVIOURS: [&str; 4] = ["walking-by-steps", "cycling-for-driving", "bus-trip", "metro-trip"];

#[test]
fn walking_and_cycling_are_told_apart_and_cars_are_no_bicycles() {
    let Some(sections) = sections("confusion") else { return };
    let mut table: BTreeMap<(String, &str), [u32; 4]> = BTreeMap::new();
    let mut cut: BTreeMap<&str, [u32; 2]> = BTreeMap::new();
    for section in &sections {
        let facts = facts(&section.recording);
        let mode = match section.mode.as_str() {
            "ON_FOOT" | "WALKING" => "on foot",
            "BICYCLING" => "bicycle",
            "IN_VEHICLE" => "vehicle",
            _ => continue,
        };
        if facts.started_us.is_none() {
            continue;
        }
        if facts.speed.p85 > 0 && facts.points >= 5 && facts.distance_m >= 100 {
            cut.entry(mode).or_default()[usize::from(facts.speed.p85 > 135)] += 1;
        }
        for behaviour in BEHAVIOURS {
            let (outcome, codes) = judged(behaviour, &facts, Vec::new());
            let cell = match outcome {
                _ if codes.contains(&"track.short") => 3,
                Outcome::Credit(Grade::E2) => 0,
                Outcome::Credit(_) => 1,
                Outcome::Ask(_) => 1,
                Outcome::Refuse(_) => 2,
            };
            table.entry((mode.to_owned(), behaviour)).or_default()[cell] += 1;
        }
    }
    println!("sensed / claimed: credited at E2, lowered or asked, refused, too short");
    for ((mode, behaviour), cells) in &table {
        println!("{mode:8} {behaviour:20} {cells:?}");
    }
    println!("below and above 13.5 km/h: {cut:?}");
    let cell = |mode: &str, behaviour| table[&(mode.to_owned(), behaviour)];
    assert!(
        cut["on foot"][1] * 10 <= cut["on foot"][0],
        "nine of ten walks lie below the cut"
    );
    assert!(
        cut["bicycle"][0] * 3 <= cut["bicycle"][1],
        "three of four rides lie above the cut"
    );
    let cars = cell("vehicle", "cycling-for-driving");
    assert!(
        cars[2] * 10 >= (cars[0] + cars[1] + cars[2]) * 7,
        "seven of ten cars are no bicycle: {cars:?}"
    );
    assert_eq!(cell("vehicle", "walking-by-steps")[0], 0, "no car walks");
    assert_eq!(cell("vehicle", "bus-trip")[2], 0, "no vehicle is refused as a bus");
}

#[test]
fn what_cannot_be_a_ride_gets_a_clear_answer() {
    let Some(bytes) = sample("answers", "fit/sample-activity-indoor-trainer.fit") else {
        return;
    };
    let trainer = read_default(&bytes).unwrap();
    assert!(trainer.points.is_empty() && trainer.span_us.is_some() && trainer.serial.is_some());
    let (outcome, codes) = judged("cycling-for-driving", &facts(&trainer), Vec::new());
    assert_eq!(outcome, Outcome::Refuse("track.placeless".to_owned()));
    assert_eq!(codes, ["track.placeless"]);

    let cut = read_default(&sample("answers", "fit/activity-unexpected-eof.fit").unwrap()).unwrap();
    assert!(cut.cut);
    assert_eq!(cut.points.len(), 14, "what is whole is read");
    let (outcome, _) = judged("walking-by-steps", &facts(&cut), Vec::new());
    assert_eq!(outcome, Outcome::Refuse("track.short".to_owned()));

    for file in ["gpx/cerknicko-without-times.gpx", "gpx/Mojstrovka.gpx"] {
        let untimed = facts(&read_default(&sample("answers", file).unwrap()).unwrap());
        let (outcome, codes) = judged("walking-by-steps", &untimed, Vec::new());
        assert_eq!(
            (outcome, codes),
            (Outcome::Refuse("track.untimed".to_owned()), vec!["track.untimed"])
        );
    }
    for file in [
        "gpx/unicode.gpx",
        "gpx/gpx_with_garmin_extension.gpx",
        "fit/MonitoringFile.fit",
    ] {
        assert_eq!(
            read_default(&sample("answers", file).unwrap()),
            Err(TrackError::Empty),
            "{file}"
        );
    }
}

#[test]
fn honest_recordings_are_credited() {
    for (file, behaviour, wanted) in [
        ("gpx/movingpandas_304_to_UL.gpx", "bus-trip", Outcome::Credit(Grade::E1)),
        (
            "gpx/korita-zbevnica.gpx",
            "walking-by-steps",
            Outcome::Credit(Grade::E2),
        ),
        (
            "gpx/cerknicko-jezero.gpx",
            "walking-by-steps",
            Outcome::Credit(Grade::E2),
        ),
        (
            "fit/garmin-fenix-5-run.fit",
            "walking-by-steps",
            Outcome::Credit(Grade::E2),
        ),
        (
            "fit/garmin-edge-820-bike.fit",
            "cycling-for-driving",
            Outcome::Credit(Grade::E2),
        ),
        (
            "fit/sample-activity.fit",
            "cycling-for-driving",
            Outcome::Credit(Grade::E1),
        ),
    ] {
        let Some(bytes) = sample("honest", file) else { return };
        let (outcome, codes) = judged(behaviour, &facts(&read_default(&bytes).unwrap()), Vec::new());
        assert_eq!(outcome, wanted, "{file}: {codes:?}");
    }
}

fn pace(points: &[Point]) -> Pace {
    Pace::of(points, limits()).unwrap()
}

fn facts_of_way(points: &[Point]) -> u32 {
    TrackFacts::of(points, limits()).distance_m
}

/// Points moved by up to `metres` each way, by a cheap sequence of numbers.
fn jittered(points: &[Point], metres: i32) -> Vec<Point> {
    let mut seed = 7_u32;
    let mut step = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        i32::try_from(seed >> 16).unwrap() % (2 * metres * 90 + 1) - metres * 90
    };
    let moved = |p: &Point| Point {
        lat_e7: p.lat_e7 + step(),
        lon_e7: p.lon_e7 + step(),
        ..*p
    };
    points.iter().map(moved).collect()
}

#[test]
fn a_recording_sent_again_is_found_and_honest_rides_on_the_same_way_are_not() {
    let Some(sections) = sections("again") else { return };
    let mut recordings: Vec<(String, Vec<Point>)> = Vec::new();
    for section in sections {
        let facts = facts(&section.recording);
        if facts.distance_m >= 400 && facts.teleports == 0 && facts.points >= 10 && facts.started_us.is_some() {
            recordings.push((section.id, section.recording.points));
        }
    }
    for file in [
        "gpx/movingpandas_304_to_UL.gpx",
        "gpx/korita-zbevnica.gpx",
        "fit/sample-activity.fit",
    ] {
        recordings.push((
            file.to_owned(),
            read_default(&sample("again", file).unwrap()).unwrap().points,
        ));
    }
    let paces: Vec<(String, Pace)> = recordings
        .iter()
        .map(|(id, points)| (id.clone(), pace(points)))
        .collect();
    let limit = limits().again_metres;

    let mut missed = BTreeMap::new();
    for ((id, points), (_, original)) in recordings.iter().zip(&paces) {
        let shifted: Vec<Point> = points
            .iter()
            .map(|p| Point {
                at_us: p.at_us.map(|at| at + 604_800_000_000),
                ..*p
            })
            .collect();
        let slower = shifted.iter().map(|p| Point {
            at_us: p.at_us.map(|at| at + (at % 10_000_000_000_000) / 20),
            ..*p
        });
        let trim = points.len() / 30 + 1;
        for (name, copy) in [
            ("shifted", shifted.clone()),
            ("jittered", jittered(&shifted, 5)),
            ("trimmed", shifted[trim..].to_vec()),
            ("slower", slower.collect()),
        ] {
            let copy = pace(&copy);
            let apart = original.apart_m(&copy);
            let found = copy.lookup().iter().any(|key| original.keys().contains(key));
            let way = facts_of_way(points);
            if apart > limit.max(way / 1000).min((way / 50).max(5)) || !found {
                println!("{name} {id}: {apart} m apart, found {found}");
                *missed.entry(name).or_insert(0) += 1;
            }
        }
        assert_eq!(Pace::from_bytes(&original.to_bytes()).as_ref(), Some(original));
    }
    assert!(
        !missed.contains_key("shifted") && !missed.contains_key("slower"),
        "{missed:?}"
    );
    println!("{} recordings, missed {missed:?}", recordings.len());

    for (i, (a, one)) in paces.iter().enumerate() {
        for (b, two) in &paces[i + 1..] {
            let apart = one.apart_m(two);
            let together = one.began_us.abs_diff(two.began_us) < 600_000_000;
            if apart <= 150 {
                let found = one.lookup().iter().any(|key| two.keys().contains(key));
                println!("{a} and {b}: {apart} m apart, together {together}, found {found}");
            }
            let again = Again {
                submission: EntryId::new(7),
                own: false,
                sent_us: 0,
                apart,
                began_us: Some(two.began_us),
            };
            let track = TrackFacts::of(&recordings[i].1, limits());
            let (_, codes) = judged("cycling-for-driving", &track, vec![again]);
            assert!(
                together || !codes.contains(&"track.again"),
                "{a} and {b} are {apart} m apart"
            );
        }
    }
}

#[test]
fn the_same_file_from_two_people_is_refused_and_a_shared_ride_is_not() {
    let began_us = 1_790_000_000_000_000;
    let ride = facts(&read_default(script(400, |i| i % 7).as_bytes()).unwrap());
    let again = |apart, own, later_us| Again {
        submission: EntryId::new(7),
        own,
        sent_us: began_us,
        apart,
        began_us: ride.started_us.map(|at| at + later_us),
    };
    for (other, wanted) in [
        (again(0, false, 0), "track.again"),
        (again(9, true, 20_000_000), "track.again"),
        (again(9, false, 604_800_000_000), "track.again"),
        (again(9, false, 20_000_000), "track.together"),
    ] {
        let (_, codes) = judged("cycling-for-driving", &ride, vec![other]);
        assert!(codes.contains(&wanted), "{codes:?}");
    }
}

/// A ride to the north and round corners, a point every 5 s, as CSV; `more` metres more than 20 in each leg.
fn script(points: i32, more: impl Fn(i32) -> i32) -> String {
    let mut text = "time,lat,lon\n".to_owned();
    let (mut lat, mut lon) = (31.2, 121.4);
    for i in 0..points {
        let metres = f64::from(20 + 2 * more(i));
        if i / 40 % 2 == 0 {
            lat += metres / 111_195.0;
        } else {
            lon += metres / 95_000.0;
        }
        writeln!(text, "{},{lat:.7},{lon:.7}", 1_790_000_000 + i * 5).unwrap();
    }
    text
}

#[test]
fn a_script_with_a_constant_pace_is_asked_about() {
    let steady = facts(&read_default(script(400, |_| 0).as_bytes()).unwrap());
    let (outcome, codes) = judged("cycling-for-driving", &steady, Vec::new());
    assert!(matches!(outcome, Outcome::Ask(_)), "{steady:?}");
    assert!(codes.contains(&"track.regular"));
}

#[test]
fn formats_are_told_by_content_and_damage_by_its_place() {
    let gpx =
        r#"<gpx creator="A &amp; B"><trk><trkseg><trkpt lat="1" lon="2"><time>2026-11-24T08:12:00Z</time></trkpt>"#;
    let cut = read_default(gpx.as_bytes()).unwrap();
    assert!(cut.cut && cut.format == Format::Gpx && cut.points.len() == 1);
    let tcx = "<TrainingCenterDatabase><Track><Trackpoint><Time>2026-11-24T08:12:00Z</Time><Position><LatitudeDegrees>1</LatitudeDegrees><LongitudeDegrees>2</LongitudeDegrees></Position></Trackpoint></Track><Creator><Name>Edge</Name><UnitId>12</UnitId></Creator></TrainingCenterDatabase>";
    let tcx = read_default(tcx.as_bytes()).unwrap();
    assert_eq!((tcx.points.len(), tcx.serial.as_deref()), (1, Some("12")));
    let json = r#"{"type":"Feature","properties":{"coordTimes":["2026-11-24T08:12:00Z",1790000000000]},"geometry":{"type":"LineString","coordinates":[[2,1],[2.5,1,9]]}}"#;
    let json = read_default(json.as_bytes()).unwrap();
    assert_eq!(json.points[1].at_us, Some(1_790_000_000_000_000));
    let csv = "Zeit;ts;lat;lon;accuracy\n;1790000000;1,5;2,5;7\n;1790000005000;1,6;2,5;7\n";
    let csv = read_default(csv.as_bytes()).unwrap();
    assert_eq!(csv.points[1].at_us, Some(1_790_000_005_000_000));
    assert_eq!(csv.points[0].accuracy_dm, Some(70));
    for (text, code) in [
        ("hello", "track.not_a_track"),
        ("<html></html>", "track.not_a_track"),
        ("{\"a\":1}", "track.not_a_track"),
        ("lat,lon\n91,5\n1,2\n", "track.broken"),
        ("<gpx><trk></gpx></trk>", "track.broken"),
        ("<gpx></gpx>", "track.empty"),
    ] {
        assert_eq!(read_default(text.as_bytes()).unwrap_err().code(), code, "{text}");
    }
    let few = Limits { bytes: 200, points: 2 };
    assert_eq!(
        read(script(3, |_| 0).as_bytes(), &few).unwrap_err().code(),
        "track.too_many_points"
    );
    assert_eq!(read(&[b' '; 201], &few).unwrap_err().code(), "track.too_large");
}

#[test]
fn an_entity_bomb_is_not_expanded() {
    let bomb = r#"<!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><gpx creator="&b;"><trk><trkpt lat="1" lon="2"><time>&b;</time></trkpt></trk></gpx>"#;
    assert_eq!(read_default(bomb.as_bytes()).unwrap().maker.as_deref(), Some("&b;"));
}

proptest! {
    #[test]
    fn mutated_files_are_read_or_refused_and_their_facts_hold(
        which in 0_usize..8,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        length in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let files = ["fit/garmin-fenix-5-walk.fit", "fit/activity-unexpected-eof.fit", "gpx/track-with-empty-segment.gpx", "gpx/unicode.gpx"];
        let mut bytes = match which {
            0 => script(20, |i| i % 5).into_bytes(),
            1 => br#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"times":[[1,2],[3,4]]},"geometry":{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]}}]}"#.to_vec(),
            2 => b"<TrainingCenterDatabase><Track><Trackpoint><Time>2026-11-24T08:12:00Z</Time></Trackpoint></Track></TrainingCenterDatabase>".to_vec(),
            3 => b"\x0c\x10\x64\x00\x40\x00\x00\x00.FIT\x40\x00\x00\x14\x00\x03\xfd\x04\x86\x00\x04\x85\x01\x04\x85\x00aaaabbbbcccc\x80".to_vec(),
            n => match sample("mutated", files[n - 4]) { Some(bytes) => bytes, None => return Ok(()) },
        };
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cut {
            bytes.truncate(length.index(bytes.len() + 1));
        }
        if let Ok(recording) = read_default(&bytes) {
            check(&recording.points)?;
        }
    }

    #[test]
    fn facts_hold_for_any_points(
        points in prop::collection::vec((prop::option::of(any::<i64>()), any::<i32>(), any::<i32>(), prop::option::of(any::<u32>()), any::<bool>()), 0..60),
    ) {
        let points: Vec<Point> = points
            .into_iter()
            .map(|(at_us, lat_e7, lon_e7, accuracy_dm, breaks)| Point { at_us, lat_e7: lat_e7 % 900_000_000, lon_e7: lon_e7 % 1_800_000_000, accuracy_dm, breaks })
            .collect();
        check(&points)?;
    }

    #[test]
    fn bytes_that_are_no_pace_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Some(pace) = Pace::from_bytes(&bytes) {
            pace.apart_m(&pace);
            pace.lookup();
        }
    }

    #[test]
    fn distances_are_within_a_thousandth_of_karneys(lat in -89.0_f64..89.0, lon in -180.0_f64..180.0, dlat in -3.0_f64..3.0, dlon in -3.0_f64..3.0) {
        let place = |lat: f64, lon: f64| {
            let (lat_e7, lon_e7) = place_e7(lat.clamp(-90.0, 90.0), (lon + 540.0).rem_euclid(360.0) - 180.0).unwrap();
            Point { at_us: None, lat_e7, lon_e7, accuracy_dm: None, breaks: false }
        };
        let (a, b) = (place(lat, lon), place(lat + dlat, lon + dlon));
        let (ours, karney) = (domain::evidence::track::apart_m(&a, &b), karney_m(&[a, b]));
        prop_assert!((ours - karney).abs() <= karney * 0.001 + 0.01, "{} {}", ours, karney);
    }
}

fn check(points: &[Point]) -> Result<(), TestCaseError> {
    let facts = TrackFacts::of(points, limits());
    prop_assert!(facts.left_out <= facts.points);
    prop_assert!(facts.straight_permille <= 1000);
    prop_assert!(facts.sketch.len() <= 64 && facts.sketch.iter().all(|(x, y)| *x <= 1000 && *y <= 1000));
    prop_assert!(facts.speed.p50 <= facts.speed.p85 && facts.speed.p85 <= facts.speed.p95);
    prop_assert!(facts.started_us <= facts.ended_us);
    if let Some(pace) = Pace::of(points, limits()) {
        prop_assert_eq!(pace.apart_m(&pace), 0);
        prop_assert!(pace.keys().iter().all(|key| pace.lookup().contains(key)));
        prop_assert_eq!(Pace::from_bytes(&pace.to_bytes()), Some(pace));
    }
    Ok(())
}
