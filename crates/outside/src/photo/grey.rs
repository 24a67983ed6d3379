//! From colours to brightness: a small grey grid of the picture, and how bright it is as a whole.

use domain::evidence::Looks;
use domain::evidence::photo::Brightness;
use image::RgbImage;

/// Brightness of a pixel in 256ths of a grey level, weighted as ITU-R BT.601 does.
fn luma(pixel: &[u8]) -> u32 {
    match pixel {
        [red, green, blue] => 77 * u32::from(*red) + 150 * u32::from(*green) + 29 * u32::from(*blue),
        _ => 0,
    }
}

/// What the picture looks like, and how bright it is.
pub(super) fn of(image: &RgbImage) -> (Option<Looks>, Brightness) {
    let (width, height) = image.dimensions();
    let (across, down) = Looks::size_for(width, height);
    let row_len = (width as usize * 3).max(3);

    let mut histogram = [0_u64; 256];
    let mut lumas = Vec::with_capacity(width as usize);
    let mut rows: Vec<Vec<u32>> = vec![Vec::with_capacity(height as usize); across as usize];
    for row in image.as_raw().chunks_exact(row_len) {
        lumas.clear();
        lumas.extend(row.chunks_exact(3).map(luma));
        for luma in &lumas {
            histogram[(*luma >> 8) as usize & 255] += 1;
        }
        for (column, mean) in rows.iter_mut().zip(means(&lumas, across)) {
            column.push(mean);
        }
    }
    let mut cells = vec![0; (across * down) as usize];
    for (x, column) in rows.iter().enumerate() {
        for (y, mean) in means(column, down).into_iter().enumerate() {
            cells[y * across as usize + x] = u16::try_from(mean).unwrap_or(u16::MAX);
        }
    }
    (Looks::of(across, down, &cells), brightness(&histogram))
}

/// The means of `count` equal stretches of a row. A stretch may end within a value, or lie within one.
fn means(values: &[u32], count: u32) -> Vec<u32> {
    let (len, count) = (values.len() as u64, u64::from(count));
    if len == 0 {
        return Vec::new();
    }
    let mut means = Vec::with_capacity(values.len());
    // lengths are counted in `count`ths of a value: a value is `count` long, a stretch `len`
    let (mut at, mut left) = (values.iter(), 0);
    let mut value = 0;
    for _ in 0..count {
        let (mut sum, mut wanted) = (0, len);
        while wanted > 0 {
            if left == 0 {
                value = at.next().copied().map_or(value, u64::from);
                left = count;
            }
            let take = left.min(wanted);
            sum += value * take;
            left -= take;
            wanted -= take;
        }
        means.push(u32::try_from(sum / len).unwrap_or(u32::MAX));
    }
    means
}

fn brightness(histogram: &[u64; 256]) -> Brightness {
    let count: u64 = histogram.iter().sum::<u64>().max(1);
    let weighted = |power: u32| {
        histogram
            .iter()
            .zip(0_u64..)
            .map(|(n, grey)| n * grey.pow(power))
            .sum::<u64>()
    };
    let (sum, squares) = (weighted(1), weighted(2));
    let square = |n: u64| u128::from(n) * u128::from(n);
    let variance = (u128::from(count) * u128::from(squares) - square(sum)) / square(count);
    let permille = |part: &[u64]| u16::try_from(part.iter().sum::<u64>() * 1000 / count).unwrap_or(1000);
    Brightness {
        mean: u8::try_from(sum / count).unwrap_or(u8::MAX),
        spread: u8::try_from(variance.isqrt()).unwrap_or(u8::MAX),
        dark_permille: permille(&histogram[..32]),
        glare_permille: permille(&histogram[225..]),
    }
}
