//! What a line says: its rectangle laid straight, 48 pixels high, and spelt by the recogniser.

use domain::evidence::text::{LINE_CHARACTERS, Line};
use image::{Rgb, RgbImage};
use rten::Model;

use super::detect::{Region, planes};
use super::{TextError, real, run, whole};

/// The height of a line that the recogniser was taught.
const HEIGHT: u32 = 48;
/// A longer line is squeezed: at 48 pixels of height this holds some 60 Chinese characters.
const WIDTH_MAX: usize = 3_200;
const WIDTH_MIN: usize = 16;
/// A rectangle so many times as high as wide holds a line that was turned.
const TURNED: f32 = 1.5;

/// Characters by the recogniser's number: none, those of its list, a space.
pub(super) fn alphabet(list: &str) -> Vec<String> {
    let listed = list.lines().map(str::to_owned);
    std::iter::once(String::new())
        .chain(listed)
        .chain(std::iter::once(" ".to_owned()))
        .collect()
}

/// Spells one line.
pub(super) fn line(model: &Model, alphabet: &[String], photo: &RgbImage, region: &Region) -> Result<Line, TextError> {
    let strip = straightened(photo, region);
    let (width, height) = (strip.width() as usize, strip.height() as usize);
    let (likely, shape) = run(model, planes(&strip), height, width)?;
    match *shape {
        [1, steps, letters] if letters == alphabet.len() && steps > 0 => Ok(spelt(&likely, alphabet)),
        _ => Err(TextError::Model(format!("the recogniser answers {shape:?}"))),
    }
}

/// The best letter of each step, without repetitions and gaps (Graves et al. 2006, best path).
pub(super) fn spelt(likely: &[f32], alphabet: &[String]) -> Line {
    let mut text = String::new();
    let (mut sum, mut count) = (0.0_f32, 0_usize);
    let mut before = 0;
    for step in likely.chunks_exact(alphabet.len().max(1)) {
        let first = (0, f32::MIN);
        let best = step
            .iter()
            .enumerate()
            .fold(first, |best, (letter, p)| if *p > best.1 { (letter, *p) } else { best });
        if best.0 != 0 && best.0 != before && count < LINE_CHARACTERS {
            text.push_str(&alphabet[best.0]);
            sum += best.1;
            count += 1;
        }
        before = best.0;
    }
    let sure = whole(sum / real(count.max(1)) * 1000.0).min(1000);
    Line {
        text,
        sure_permille: u16::try_from(sure).unwrap_or(1000),
    }
}

/// The pixels of a rectangle, laid straight.
pub(super) fn straightened(photo: &RgbImage, region: &Region) -> RgbImage {
    let Region {
        middle,
        mut along,
        mut size,
    } = *region;
    if size[1] >= size[0] * TURNED {
        along = [-along[1], along[0]];
        size.reverse();
    }
    let scale = size[1].max(1.0) / real(HEIGHT as usize);
    let width = whole((size[0] / scale).round()).clamp(WIDTH_MIN, WIDTH_MAX);
    let step = [size[0].max(1.0) / real(width), scale];
    // of a large line several pixels fall into one of the strip: without their mean thin strokes get lost
    let samples = step.map(|step| whole(step.ceil()).clamp(1, 8));
    let mut strip = RgbImage::new(u32::try_from(width).unwrap_or(HEIGHT), HEIGHT);
    for (x, y, pixel) in strip.enumerate_pixels_mut() {
        let mut sum = [0.0_f32; 3];
        for i in 0..samples[0] {
            for j in 0..samples[1] {
                let part = |at: u32, i: usize, of: usize| real(at as usize) + (real(i) + 0.5) / real(of);
                let u = part(x, i, samples[0]) * step[0] - size[0] / 2.0;
                let v = part(y, j, samples[1]) * step[1] - size[1] / 2.0;
                let at = [
                    middle[0] + u * along[0] - v * along[1],
                    middle[1] + u * along[1] + v * along[0],
                ];
                let seen = between(photo, at);
                sum = [sum[0] + seen[0], sum[1] + seen[1], sum[2] + seen[2]];
            }
        }
        let count = real(samples[0] * samples[1]);
        *pixel = Rgb(sum.map(|sum| u8::try_from(whole((sum / count).round())).unwrap_or(u8::MAX)));
    }
    strip
}

/// The colour at a place between pixels; beyond the edge that of the edge.
pub(super) fn between(photo: &RgbImage, [x, y]: [f32; 2]) -> [f32; 3] {
    let split = |place: f32, side: u32| {
        let place = (place - 0.5).clamp(0.0, real(side as usize - 1));
        let first = u32::try_from(whole(place)).unwrap_or(0).min(side - 1);
        (first, (first + 1).min(side - 1), place.fract())
    };
    let (left, right, over) = split(x, photo.width());
    let (top, bottom, down) = split(y, photo.height());
    let colour = |x, y| photo.get_pixel(x, y).0.map(f32::from);
    let mix = |a: [f32; 3], b: [f32; 3], share: f32| {
        [0, 1, 2].map(|channel: usize| a[channel] + (b[channel] - a[channel]) * share)
    };
    let above = mix(colour(left, top), colour(right, top), over);
    let below = mix(colour(left, bottom), colour(right, bottom), over);
    mix(above, below, down)
}
