//! Any bytes as a photo: decoded, measured and written anew, or refused.
#![no_main]

use domain::measure::Zone;
use libfuzzer_sys::fuzz_target;
use outside::photo::{Asked, Limits, read};

fuzz_target!(|bytes: &[u8]| {
    // a photo of these sizes takes a millisecond, so that the fuzzer sees many
    let limits = Limits {
        pixels: 1 << 18,
        side: 2_000,
        ..Limits::default()
    };
    let Some(zone) = Zone::named("Asia/Shanghai") else { return };
    if let Ok(photo) = read(bytes, &limits, &Asked { zone: &zone, place: true }) {
        assert!(photo.jpeg.starts_with(&[0xff, 0xd8]));
        assert!(domain::evidence::Looks::from_bytes(&photo.looks.to_bytes()).is_ok());
    }
});
