//! How many photos of 12 megapixels one core judges in a second: read, checked, scaled, encoded, hashed and looked at;
//! beside the bare decoding of the same file, which nobody can do without.
//!
//! `cargo bench -p outside --bench photo [-- ROUNDS]`

use std::hint::black_box;
use std::time::{Duration, Instant};

use domain::measure::Zone;
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use outside::photo::{Asked, Limits, read};

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn timed<T>(job: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(job());
    start.elapsed()
}

/// 4000 × 3000 pixels with edges, gradients and grain, as a phone makes them: about 5 MB.
fn photo() -> Result<Vec<u8>, image::ImageError> {
    let mut state = 1_u32;
    let image = RgbImage::from_fn(4000, 3000, |x, y| {
        // xorshift
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let grain = state & 15;
        let tile = (x / 190 * 7 + y / 130 * 13) % 11 * 14;
        let value = |shift: u32| u8::try_from((tile + (x >> 5) + (y >> (5 + shift)) + grain).min(255)).unwrap_or(255);
        Rgb([value(0), value(1), value(2)])
    });
    let mut bytes = Vec::new();
    image.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 88))?;
    Ok(bytes)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rounds = std::env::args()
        .find_map(|arg| arg.parse().ok())
        .unwrap_or(15_usize)
        .max(1);
    let bytes = photo()?;
    let zone = Zone::named("Asia/Shanghai").ok_or("no such zone")?;
    let asked = Asked {
        zone: &zone,
        place: true,
    };
    let limits = Limits::default();
    let (mut whole, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        whole.push(timed(|| read(&bytes, &limits, &asked)));
        bare.push(timed(|| image::load_from_memory(&bytes)));
    }
    whole.sort_unstable();
    bare.sort_unstable();
    let (whole, bare) = (whole[rounds / 2].as_secs_f64(), bare[rounds / 2].as_secs_f64());
    println!(
        "a JPEG of 12 megapixels, {} KB, median of {rounds} rounds on one core",
        bytes.len() / 1000
    );
    println!("judged:       {:6.1} ms, {:5.1} a second", whole * 1e3, 1.0 / whole);
    println!("only decoded: {:6.1} ms, {:5.1} a second", bare * 1e3, 1.0 / bare);
    println!("judging takes {:.2} times as long as decoding", whole / bare);
    Ok(())
}
