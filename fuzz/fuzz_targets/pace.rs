//! Any bytes as the pace of two recordings, compared.
#![no_main]

use domain::evidence::track::Pace;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (one, other) = bytes.split_at(bytes.len() / 2);
    if let (Some(one), Some(other)) = (Pace::from_bytes(one), Pace::from_bytes(other)) {
        one.apart_m(&other);
        one.keys();
        one.lookup();
    }
});
