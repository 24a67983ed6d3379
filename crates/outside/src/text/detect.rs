//! Where text stands: the detector's picture of likelihoods, cut at a threshold into patches, each patch in the
//! smallest rectangle around it, the rectangle grown by what the detector was taught to shrink.
//!
//! The thresholds are those that the models are published with (differentiable binarisation, Liao et al. 2020).

use image::{RgbImage, imageops};
use rten::Model;

use super::{Limits, TextError, real, run, whole};

/// A pixel of text has at least this likelihood.
const PIXEL: f32 = 0.3;
/// A patch of text has at least this mean.
const PATCH: f32 = 0.5;
/// How much larger a line is than its patch: area over perimeter, times this, on every side.
const GROWN: f32 = 1.6;
/// Patches of less than so many pixels either way, as the detector sees them, are specks.
const SPECK: f32 = 3.0;
/// So much larger than the smallest rectangle an upright one may be: printed lines mostly lie straight.
const UPRIGHT: f32 = 1.15;

/// A rectangle of text in the photo, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Region {
    /// The middle: across, down.
    pub(super) middle: [f32; 2],
    /// The unit vector along the line, pointing right.
    pub(super) along: [f32; 2],
    /// Length along the line and across it.
    pub(super) size: [f32; 2],
}

/// The regions of a photo from top to bottom, those of one row from left to right.
pub(super) fn regions(model: &Model, photo: &RgbImage, limits: &Limits) -> Result<Vec<Region>, TextError> {
    let (width, height) = photo.dimensions();
    let longer = real(width.max(height) as usize);
    let shrink = (real(limits.side as usize) / longer).min(1.0);
    let fit = |side: u32| whole((real(side as usize) * shrink / 32.0).round()).max(1) * 32;
    let seen = [fit(width), fit(height)];
    let pixels = u32::try_from(seen[0]).ok().zip(u32::try_from(seen[1]).ok());
    let (across, down) = pixels.ok_or_else(|| TextError::Photo("too large".to_owned()))?;
    let small = imageops::resize(photo, across, down, imageops::FilterType::Triangle);
    let (likely, shape) = run(model, planes(&small), seen[1], seen[0])?;
    if shape != [1, 1, seen[1], seen[0]] {
        return Err(TextError::Model(format!("the detector answers {shape:?}")));
    }
    let scale = [
        real(width as usize) / real(seen[0]),
        real(height as usize) / real(seen[1]),
    ];
    let mut regions: Vec<Region> = patches(&likely, seen[0])
        .iter()
        .filter_map(|patch| patch.region(scale))
        .collect();
    regions.sort_by(|a, b| (b.size[0] * b.size[1]).total_cmp(&(a.size[0] * a.size[1])));
    regions.truncate(limits.lines);
    in_reading_order(&mut regions);
    Ok(regions)
}

/// Blue, green and red planes, -1 to 1, as both models were taught.
pub(super) fn planes(picture: &RgbImage) -> Vec<f32> {
    let plane = |channel: usize| picture.pixels().map(move |p| f32::from(p.0[channel]) / 127.5 - 1.0);
    plane(2).chain(plane(1)).chain(plane(0)).collect()
}

/// Pixels that hang together, as the first and last of each of their rows.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Patch {
    /// Across and down.
    ends: Vec<[f32; 2]>,
}

/// The likely patches of a picture of likelihoods, row by row from the top.
pub(super) fn patches(likely: &[f32], width: usize) -> Vec<Patch> {
    let width = width.max(1);
    let height = likely.len() / width;
    let mut fresh: Vec<bool> = likely.iter().map(|p| *p > PIXEL).collect();
    let mut found = Vec::new();
    let mut waiting = Vec::new();
    for start in 0..height * width {
        if !fresh[start] {
            continue;
        }
        fresh[start] = false;
        waiting.push(start);
        let (mut sum, mut count) = (0.0_f32, 0_usize);
        // first and last pixel by row; the first row is that of the start, and none is left out
        let top = start / width;
        let mut rows: Vec<(usize, usize)> = Vec::new();
        while let Some(at) = waiting.pop() {
            let (x, y) = (at % width, at / width);
            sum += likely[at];
            count += 1;
            if rows.len() <= y - top {
                rows.resize(y - top + 1, (x, x));
            }
            let row = &mut rows[y - top];
            *row = (row.0.min(x), row.1.max(x));
            for below in y.saturating_sub(1)..(y + 2).min(height) {
                for beside in x.saturating_sub(1)..(x + 2).min(width) {
                    let next = below * width + beside;
                    if fresh[next] {
                        fresh[next] = false;
                        waiting.push(next);
                    }
                }
            }
        }
        if sum / real(count) >= PATCH {
            let ends = rows.iter().zip(top..).flat_map(|((first, last), y)| {
                let down = real(y);
                [[real(*first), down], [real(*last), down]]
            });
            let ends = ends.collect();
            found.push(Patch { ends });
        }
    }
    found
}

impl Patch {
    /// The line in the photo that the patch lies in; nothing for a speck.
    pub(super) fn region(&self, scale: [f32; 2]) -> Option<Region> {
        let hull = hull(&self.ends);
        let upright = around(&hull, [1.0, 0.0]);
        let mut best = upright;
        for (from, to) in hull.iter().zip(hull.iter().cycle().skip(1)) {
            let edge = [to[0] - from[0], to[1] - from[1]];
            let length = edge[0].hypot(edge[1]);
            if length > 0.0 {
                let tilted = around(&hull, [edge[0] / length, edge[1] / length]);
                if tilted.area() < best.area() {
                    best = tilted;
                }
            }
        }
        let mut region = if upright.area() <= best.area() * UPRIGHT {
            upright
        } else {
            best
        };
        if region.size[0].min(region.size[1]) < SPECK {
            return None;
        }
        let grown = 2.0 * GROWN * region.area() / (2.0 * (region.size[0] + region.size[1]));
        region.size = region.size.map(|side| side + grown);
        Some(region.turned().scaled(scale))
    }
}

impl Region {
    fn area(&self) -> f32 {
        self.size[0] * self.size[1]
    }

    /// The same rectangle with `along` pointing right, at most 45° off.
    fn turned(mut self) -> Self {
        let [x, y] = self.along;
        if x.abs() < y.abs() {
            self.along = [y, -x];
            self.size.reverse();
        }
        if self.along[0] < 0.0 {
            self.along = self.along.map(|part| -part);
        }
        self
    }

    /// In the pixels of the photo, which was shrunk by almost the same in both directions.
    fn scaled(mut self, scale: [f32; 2]) -> Self {
        let [x, y] = self.along;
        let along = [x * scale[0], y * scale[1]];
        let across = (y * scale[0]).hypot(x * scale[1]);
        let length = along[0].hypot(along[1]);
        self.middle = [self.middle[0] * scale[0], self.middle[1] * scale[1]];
        self.size = [self.size[0] * length, self.size[1] * across];
        self.along = along.map(|part| part / length);
        self
    }
}

/// The rectangle along a direction around the pixels at these points.
fn around(points: &[[f32; 2]], along: [f32; 2]) -> Region {
    let [x, y] = along;
    let spread = |direction: [f32; 2]| {
        let places = points.iter().map(|p| p[0] * direction[0] + p[1] * direction[1]);
        let (least, most) = places.fold((f32::MAX, f32::MIN), |(least, most), place| {
            (least.min(place), most.max(place))
        });
        (f32::midpoint(least, most), most - least + 1.0)
    };
    let ((u, length), (v, height)) = (spread(along), spread([-y, x]));
    Region {
        // half a pixel on: a pixel's place is its corner
        middle: [u * x - v * y + 0.5, u * y + v * x + 0.5],
        along,
        size: [length, height],
    }
}

/// The convex hull (Andrew 1979), of points that come row by row.
fn hull(points: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let mut chain: Vec<[f32; 2]> = Vec::new();
    let mut half = |points: &mut dyn Iterator<Item = &[f32; 2]>| {
        let start = chain.len();
        for point in points {
            while let [.., a, b] = &chain[start..] {
                let turn = (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0]);
                if turn > 0.0 {
                    break;
                }
                chain.pop();
            }
            chain.push(*point);
        }
    };
    half(&mut points.iter());
    half(&mut points.iter().rev());
    chain.dedup();
    chain
}

/// From top to bottom; what overlaps by half its height is one row, from left to right.
pub(super) fn in_reading_order(regions: &mut [Region]) {
    regions.sort_by(|a, b| a.middle[1].total_cmp(&b.middle[1]));
    let mut start = 0;
    while let Some(first) = regions.get(start).copied() {
        let reach = first.middle[1] + first.size[1].min(first.size[0]) / 2.0;
        let row = regions[start..]
            .partition_point(|region| region.middle[1] < reach)
            .max(1);
        regions[start..start + row].sort_by(|a, b| a.middle[0].total_cmp(&b.middle[0]));
        start += row;
    }
}
