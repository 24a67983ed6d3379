//! Any bytes as a recorded track: GPX, TCX, FIT, GeoJSON, CSV; and the facts of what was read.
#![no_main]

use domain::evidence::track::Pace;
use domain::evidence::{Policy, TrackFacts};
use libfuzzer_sys::fuzz_target;
use outside::track::{Limits, read};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits {
        points: 5_000,
        ..Limits::default()
    };
    if let Ok(recording) = read(bytes, &limits) {
        let policy = &Policy::shipped().limits;
        let facts = TrackFacts::of(&recording.points, policy);
        assert!(facts.points as usize <= recording.points.len());
        if let Some(pace) = Pace::of(&recording.points, policy) {
            assert_eq!(Pace::from_bytes(&pace.to_bytes()).as_ref(), Some(&pace));
        }
    }
});
