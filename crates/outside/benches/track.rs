//! Tracks read and summed up, per second on one core, against the peer that parses GPX alone. The files are made here, of
//! the size that real recordings have: an hour and a quarter at a point every two seconds.
//!
//! `cargo bench -p outside --bench track`

use std::fmt::Write as _;
use std::time::Instant;

use domain::evidence::Policy;
use domain::evidence::track::{Pace, TrackFacts};
use outside::track::{Limits, read};

const POINTS: u32 = 2200;

/// Latitude and longitude in ten-millionths of a degree: a way with bends and a pace that varies.
fn place(i: u32) -> (i32, i32) {
    let t = f64::from(i);
    let lat = 31.2e7 + t * 500.0 + (t / 40.0).sin() * 9000.0;
    let lon = 121.4e7 + t * 300.0 + (t / 70.0).cos() * 15_000.0;
    #[expect(clippy::cast_possible_truncation, reason = "degrees")]
    (lat as i32, lon as i32)
}

fn gpx() -> Vec<u8> {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\" creator=\"bench\" \
                    xmlns=\"http://www.topografix.com/GPX/1/1\"><trk><trkseg>\n"
        .to_owned();
    for i in 0..POINTS {
        let (lat, lon) = place(i);
        let (lat, lon) = (f64::from(lat) / 1e7, f64::from(lon) / 1e7);
        let second = 2 * i;
        let (h, m, s) = (7 + second / 3600, second / 60 % 60, second % 60);
        let _ = write!(
            text,
            "   <trkpt lat=\"{lat:.7}\" lon=\"{lon:.7}\">\n    <ele>19.5</ele>\n    \
             <time>2026-02-18T{h:02}:{m:02}:{s:02}Z</time>\n   </trkpt>\n"
        );
    }
    text.push_str("</trkseg></trk></gpx>\n");
    text.into_bytes()
}

fn fit() -> Vec<u8> {
    // file_id with its kind, then records with time, latitude, longitude and ten bytes that nobody reads
    let mut data = vec![0x40, 0, 0, 0, 0, 1, 0, 1, 0, 0, 4];
    data.extend([0x40, 0, 0, 20, 0, 4, 253, 4, 0x86, 0, 4, 0x85, 1, 4, 0x85, 9, 10, 13]);
    for i in 0..POINTS {
        let (lat, lon) = place(i);
        data.push(0);
        data.extend((1_100_000_000 + 2 * i).to_le_bytes());
        for e7 in [lat, lon] {
            let semicircles = i64::from(e7) * (1 << 31) / 1_800_000_000;
            data.extend(i32::try_from(semicircles).unwrap_or(0).to_le_bytes());
        }
        data.extend([7; 10]);
    }
    let mut file = vec![12, 0x10, 0, 0];
    // without its last bytes, so that it needs no checksum: it is read all the same
    file.extend(u32::try_from(data.len() + 1).unwrap_or(0).to_le_bytes());
    file.extend(b".FIT");
    file.extend(data);
    file
}

/// Rounds a second, the best of five.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
fn rate(mut once: impl FnMut()) -> f64 {
    let mut best: f64 = 0.0;
    for _ in 0..5 {
        let begin = Instant::now();
        let mut rounds = 0.0;
        while begin.elapsed().as_millis() < 400 {
            once();
            rounds += 1.0;
        }
        best = best.max(rounds / begin.elapsed().as_secs_f64());
    }
    best
}

fn main() {
    let limits = Limits::default();
    let policy = &Policy::shipped().limits;
    let (gpx, fit) = (gpx(), fit());
    let peer = rate(|| {
        std::hint::black_box(gpx::read(gpx.as_slice()).is_ok());
    });
    println!("gpx, the peer, parse alone: {peer:.0} a second ({} bytes)", gpx.len());
    for (name, bytes) in [("GPX", &gpx), ("FIT", &fit)] {
        let parse = rate(|| {
            std::hint::black_box(read(bytes, &limits).is_ok());
        });
        let whole = rate(|| {
            if let Ok(recording) = read(bytes, &limits) {
                std::hint::black_box(TrackFacts::of(&recording.points, policy));
                std::hint::black_box(Pace::of(&recording.points, policy));
            }
        });
        let points = read(bytes, &limits).map_or(0, |recording| recording.points.len());
        println!(
            "{name}: {points} points, {} bytes: read {parse:.0} a second ({:.1} × the peer), read, facts and pace \
             {whole:.0} a second ({:.1} ×)",
            bytes.len(),
            parse / peer,
            whole / peer
        );
    }
}
