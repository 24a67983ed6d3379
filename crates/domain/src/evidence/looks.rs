//! What a photo looks like: enough of it to find the same picture again when it was compressed, resized, cropped,
//! mirrored, turned a little, brightened or written upon, and not a pixel more.
//!
//! Shape: a reader outside brings the photo down to a small grey picture ([`Looks::of`]). In it, the strongest blobs are
//! looked up and each one's surroundings become a [print](Looks::prints) of 40 bits. The [`Index`] finds earlier photos that share
//! prints; [`apart`] then lays two grey pictures over each other and says how much they differ. Invariant: what is found
//! by prints alone decides nothing, only [`apart`] does; and it is integers throughout, so a comparison can be repeated
//! anywhere with the same result.

mod index;
mod overlay;
mod prints;

pub use index::{Candidate, Index};
pub use overlay::apart;

use thiserror::Error;

/// About how many pixels the grey picture has.
const AREA: u32 = 3_072;

/// Fewest and most pixels along a side of the grey picture.
const SIDES: (u32, u32) = (16, 160);

/// The most prints that a photo has.
pub const PRINTS: usize = 24;

/// With fewer prints than this a picture is too plain to be told from others.
const FEWEST_PRINTS: usize = 3;

/// How far around a cell, in cells, its surroundings reach: what is stored of a cell is how it differs from them.
const AROUND: usize = 6;

/// Contrast in 256ths of a grey level below which detail counts less and less: noise and compression make as much.
const FAINT: i64 = 2 * 256;

/// What one standard deviation of the surroundings becomes in the stored picture, and what their mean becomes.
const DEVIATION: i64 = 40;
const MIDDLE: i64 = 128;

/// The picture's brightness is kept of so many equal areas along either side.
const TONES: usize = 8;

/// The first byte of the stored form.
const VERSION: u8 = 1;

/// What a photo looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looks {
    width: u8,
    height: u8,
    /// Row by row, how each cell differs from its surroundings: 128 not at all, 168 by one standard deviation.
    grey: Vec<u8>,
    /// The brightness of 8 × 8 equal areas, row by row.
    tones: Vec<u8>,
    prints: Vec<u64>,
}

/// Why bytes are no [`Looks`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("these bytes do not say what a photo looks like")]
pub struct NoLooks;

impl Looks {
    /// The size of the grey picture for a photo of this size: its form, and about as many pixels for every photo.
    pub fn size_for(width: u32, height: u32) -> (u32, u32) {
        let (width, height) = (u64::from(width.max(1)), u64::from(height.max(1)));
        let side = |this: u64, other: u64| {
            // 16 times the side, rounded
            let side = (256 * u64::from(AREA) * this / other).isqrt();
            u32::try_from((side + 8) / 16)
                .unwrap_or(SIDES.1)
                .clamp(SIDES.0, SIDES.1)
        };
        (side(width, height), side(height, width))
    }

    /// From the mean brightness of each cell of a photo, row by row, in 256ths of a grey level; the grid has
    /// [`Looks::size_for`] cells. `None` where it has not.
    pub fn of(width: u32, height: u32, cells: &[u16]) -> Option<Self> {
        let (width, height) = (u8::try_from(width).ok()?, u8::try_from(height).ok()?);
        if cells.len() != usize::from(width) * usize::from(height) || cells.is_empty() {
            return None;
        }
        let mut looks = Looks {
            grey: detail(usize::from(width), cells),
            tones: tones(usize::from(width), cells),
            width,
            height,
            prints: Vec::new(),
        };
        looks.prints = prints::of(&looks);
        if looks.prints.len() < FEWEST_PRINTS {
            looks.prints.clear();
        }
        Some(looks)
    }

    /// Whether it is too plain (a dark room, a wall, a page of one colour) to be told from other plain ones: it is then
    /// like nothing, and only the very same pixels can show that it was sent before.
    pub fn is_plain(&self) -> bool {
        self.prints.is_empty()
    }

    /// What the index holds of it: up to [`PRINTS`] prints of 40 bits, none if it is plain.
    pub fn prints(&self) -> &[u64] {
        &self.prints
    }

    /// The form in which it is kept: a version, the count of prints, the prints at 5 bytes each, the sides and the
    /// pixels of the grey picture. 2 to 4 KB.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION, u8::try_from(self.prints.len()).unwrap_or(0)];
        for print in &self.prints {
            bytes.extend_from_slice(&print.to_le_bytes()[..5]);
        }
        bytes.extend([self.width, self.height]);
        bytes.extend_from_slice(&self.grey);
        bytes.extend_from_slice(&self.tones);
        bytes
    }

    /// From the kept form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NoLooks> {
        let (prints, rest) = prints_of(bytes).ok_or(NoLooks)?;
        let [width, height, rest @ ..] = rest else {
            return Err(NoLooks);
        };
        let (across, down) = (usize::from(*width), usize::from(*height));
        let (grey, tones) = rest.split_at_checked(across * down).ok_or(NoLooks)?;
        if grey.is_empty() || tones.len() != TONES * TONES {
            return Err(NoLooks);
        }
        Ok(Looks {
            width: *width,
            height: *height,
            grey: grey.to_vec(),
            tones: tones.to_vec(),
            prints,
        })
    }
}

/// How each cell differs from the mean of its surroundings, in terms of their standard deviation.
fn detail(width: usize, cells: &[u16]) -> Vec<u8> {
    let height = cells.len() / width;
    // sums of everything above and to the left: of values, of their squares
    let mut sums = vec![(0_i64, 0_i64); (width + 1) * (height + 1)];
    for y in 0..height {
        let mut row = (0, 0);
        for x in 0..width {
            let value = i64::from(cells[y * width + x]);
            row = (row.0 + value, row.1 + value * value);
            let above = sums[y * (width + 1) + x + 1];
            sums[(y + 1) * (width + 1) + x + 1] = (above.0 + row.0, above.1 + row.1);
        }
    }
    let mut detail = Vec::with_capacity(cells.len());
    for y in 0..height {
        let (top, bottom) = (y.saturating_sub(AROUND), (y + AROUND + 1).min(height));
        for x in 0..width {
            let (left, right) = (x.saturating_sub(AROUND), (x + AROUND + 1).min(width));
            let [a, b, c, d] =
                [(top, left), (top, right), (bottom, left), (bottom, right)].map(|(y, x)| sums[y * (width + 1) + x]);
            let count = i64::try_from((bottom - top) * (right - left)).unwrap_or(1);
            let (sum, squares) = (d.0 - b.0 - c.0 + a.0, d.1 - b.1 - c.1 + a.1);
            let mean = sum / count;
            let deviation = ((squares - sum / count * sum) / count).max(0).isqrt();
            let off = (i64::from(cells[y * width + x]) - mean) * DEVIATION / (deviation + FAINT);
            detail.push(u8::try_from((MIDDLE + off).clamp(0, 255)).unwrap_or(0));
        }
    }
    detail
}

/// The mean brightness of 8 × 8 areas. They overlap by a cell where they do not divide the picture evenly, so that a
/// mirrored picture has the same areas.
fn tones(width: usize, cells: &[u16]) -> Vec<u8> {
    let height = cells.len() / width;
    let stretch = |n: usize, side: usize| n * side / TONES..((n + 1) * side).div_ceil(TONES);
    let mut tones = Vec::with_capacity(TONES * TONES);
    for (down, across) in (0..TONES).flat_map(|down| (0..TONES).map(move |across| (down, across))) {
        let columns = stretch(across, width);
        let rows = stretch(down, height).map(|y| &cells[y * width..][columns.clone()]);
        let (sum, count) = rows
            .flatten()
            .fold((0_u32, 0), |(sum, count), cell| (sum + u32::from(*cell), count + 1));
        tones.push(u8::try_from(sum / count.max(1) / 256).unwrap_or(u8::MAX));
    }
    tones
}

/// The most bytes at the head of the kept form that hold the prints: a store that fills an [`Index`] need not read more.
pub const HEAD_BYTES: usize = 2 + 5 * PRINTS;

/// The prints from the head of the kept form, at least [`HEAD_BYTES`] of it where it has as many.
pub fn prints_from_head(bytes: &[u8]) -> Result<Vec<u64>, NoLooks> {
    prints_of(bytes).map(|(prints, _)| prints).ok_or(NoLooks)
}

fn prints_of(bytes: &[u8]) -> Option<(Vec<u64>, &[u8])> {
    let [VERSION, count, rest @ ..] = bytes else {
        return None;
    };
    let count = usize::from(*count);
    if count > PRINTS {
        return None;
    }
    let (prints, rest) = rest.split_at_checked(5 * count)?;
    let prints = prints
        .chunks_exact(5)
        .map(|five| five.iter().rev().fold(0, |print, byte| print << 8 | u64::from(*byte)))
        .collect();
    Some((prints, rest))
}

#[cfg(test)]
mod tests;
