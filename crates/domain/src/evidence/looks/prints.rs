//! Where a grey picture is most itself, and what it looks like there.

use super::{Looks, PRINTS};

/// Half the distance between samples of a print is 1.25 pixels: 8 × 8 samples reach 8.75 pixels either way.
const STEP_16THS: i32 = 40;

/// A blob whose surroundings reach further beyond the border than this many pixels has no print.
const OVER: i32 = 2;

/// Two blobs lie at least so many pixels apart.
const SPACING: i32 = 2;

/// The weakest blob that counts, in 256ths of a grey level of the stretched picture.
const WEAKEST: i32 = 5 * 256;

/// The frequencies whose signs make the bits of a print, coarse ones first; bit 39 is the first.
const FREQUENCIES: [(usize, usize); 40] = frequencies();

const fn frequencies() -> [(usize, usize); 40] {
    let mut all = [(0, 0); 40];
    let (mut n, mut sum) = (0, 1);
    while n < 40 {
        // of the sum 8 only the middle five: the set stays whole when the picture is turned over its diagonal
        let mut u = if sum > 7 { 2 } else { 0 };
        while u <= sum && n < 40 {
            all[n] = (u, sum - u);
            n += 1;
            u += 1;
        }
        sum += 1;
    }
    all
}

/// Where the frequency stands whose two parts are exchanged.
const EXCHANGED: [usize; 40] = {
    let mut all = [0; 40];
    let mut n = 0;
    while n < 40 {
        let mut other = 0;
        while FREQUENCIES[other].0 != FREQUENCIES[n].1 || FREQUENCIES[other].1 != FREQUENCIES[n].0 {
            other += 1;
        }
        all[n] = other;
        n += 1;
    }
    all
};

/// cos((2 x + 1) u π / 16) × 1024, by u and x.
const COSINES: [[i32; 8]; 8] = [
    [1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024],
    [1004, 851, 569, 200, -200, -569, -851, -1004],
    [946, 392, -392, -946, -946, -392, 392, 946],
    [851, -200, -1004, -569, 569, 1004, 200, -851],
    [724, -724, -724, 724, 724, -724, -724, 724],
    [569, -1004, 200, 851, -851, -200, 1004, -569],
    [392, -946, 946, -392, -392, 946, -946, 392],
    [200, -569, 851, -1004, 1004, -851, 569, -200],
];

/// A grey picture in 256ths of a grey level.
pub(super) struct Plane {
    pub(super) width: i32,
    pub(super) height: i32,
    cells: Vec<i32>,
}

impl Plane {
    pub(super) fn of(looks: &Looks) -> Self {
        Plane {
            width: looks.width.into(),
            height: looks.height.into(),
            cells: looks.grey.iter().map(|grey| i32::from(*grey) * 256).collect(),
        }
    }

    /// The pixel; beyond the border, the nearest one.
    pub(super) fn at(&self, x: i32, y: i32) -> i32 {
        let (x, y) = (x.clamp(0, self.width - 1), y.clamp(0, self.height - 1));
        usize::try_from(y * self.width + x).map_or(0, |at| self.cells[at])
    }

    /// Between pixels, at 16ths of one.
    pub(super) fn between(&self, x_16ths: i32, y_16ths: i32) -> i32 {
        let (x, y) = (x_16ths >> 4, y_16ths >> 4);
        let (right, down) = (x_16ths & 15, y_16ths & 15);
        let above = self.at(x, y) * (16 - right) + self.at(x + 1, y) * right;
        let below = self.at(x, y + 1) * (16 - right) + self.at(x + 1, y + 1) * right;
        (above * (16 - down) + below * down) >> 8
    }

    /// Blurred by one pixel: the weights 1 4 6 4 1 either way.
    pub(super) fn blurred(&self) -> Self {
        let pass = |from: &Plane, right: i32, down: i32| {
            let mut cells = Vec::with_capacity(from.cells.len());
            for y in 0..from.height {
                for x in 0..from.width {
                    let at = |n: i32| from.at(x + n * right, y + n * down);
                    cells.push((at(-2) + at(2) + 4 * (at(-1) + at(1)) + 6 * at(0) + 8) >> 4);
                }
            }
            Plane {
                width: from.width,
                height: from.height,
                cells,
            }
        };
        pass(&pass(self, 1, 0), 0, 1)
    }

    fn less(&self, other: &Plane) -> Self {
        Plane {
            width: self.width,
            height: self.height,
            cells: self.cells.iter().zip(&other.cells).map(|(a, b)| a - b).collect(),
        }
    }
}

/// A blob: its strength, and its middle in 16ths of a pixel.
struct Blob {
    strength: i32,
    x: i32,
    y: i32,
}

/// The blobs of a picture, the strongest first, and the picture blurred as prints are taken from it.
fn blobs(looks: &Looks) -> (Vec<Blob>, Plane) {
    let fine = Plane::of(looks).blurred();
    let middle = fine.blurred().blurred();
    let mut coarse = middle.blurred();
    for _ in 0..5 {
        coarse = coarse.blurred();
    }
    let reach = STEP_16THS * 7 / 32 - OVER;
    let mut blobs: Vec<Blob> = Vec::new();
    for ring in [fine.less(&middle), middle.less(&coarse)] {
        for y in reach.max(1)..(ring.height - reach).min(ring.height - 1) {
            for x in reach.max(1)..(ring.width - reach).min(ring.width - 1) {
                blobs.extend(blob_at(&ring, x, y));
            }
        }
    }
    blobs.sort_by_key(|blob| std::cmp::Reverse(blob.strength));
    let mut kept: Vec<Blob> = Vec::with_capacity(PRINTS);
    for blob in blobs {
        let near = |other: &Blob| (other.x - blob.x).abs().max((other.y - blob.y).abs()) < SPACING * 16;
        if kept.len() < PRINTS && !kept.iter().any(near) {
            kept.push(blob);
        }
    }
    (kept, fine)
}

/// Whether the pixel is brighter, or darker, than all around it, and not merely a point of an edge.
fn blob_at(ring: &Plane, x: i32, y: i32) -> Option<Blob> {
    let value = ring.at(x, y);
    if value.abs() < WEAKEST {
        return None;
    }
    let sign = value.signum();
    let around = |dx: i32, dy: i32| sign * ring.at(x + dx, y + dy);
    for (dx, dy) in [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)] {
        if around(dx, dy) >= sign * value {
            return None;
        }
    }
    // curvature across and along; an edge is curved one way only (as in Lowe 2004, section 4.1, with a ratio of 6)
    let across = around(-1, 0) + around(1, 0) - 2 * around(0, 0);
    let down = around(0, -1) + around(0, 1) - 2 * around(0, 0);
    let skew = (around(1, 1) + around(-1, -1) - around(1, -1) - around(-1, 1)) / 4;
    let (trace, determinant) = (
        i64::from(across + down),
        i64::from(across) * i64::from(down) - i64::from(skew).pow(2),
    );
    if determinant <= 0 || trace * trace * 6 >= determinant * 49 {
        return None;
    }
    // the top of a parabola through three points, in 16ths
    let top = |before: i32, after: i32, curve: i32| {
        if curve == 0 {
            0
        } else {
            (8 * (before - after) / curve).clamp(-8, 8)
        }
    };
    Some(Blob {
        strength: value.abs(),
        x: x * 16 + top(around(-1, 0), around(1, 0), across),
        y: y * 16 + top(around(0, -1), around(0, 1), down),
    })
}

/// How strongly each frequency stands in the surroundings of a point, in the order of [`FREQUENCIES`].
fn strengths(plane: &Plane, x: i32, y: i32, step_16ths: i32) -> [i32; 40] {
    let mut samples = [[0; 8]; 8];
    for (row, down) in samples.iter_mut().zip(0..) {
        for (sample, right) in row.iter_mut().zip(0..) {
            *sample = plane.between(
                x + (2 * right - 7) * step_16ths / 2,
                y + (2 * down - 7) * step_16ths / 2,
            );
        }
    }
    let mut rows = [[0; 8]; 8];
    for (u, cosines) in COSINES.iter().enumerate() {
        for (row, sampled) in rows.iter_mut().zip(&samples) {
            row[u] = cosines.iter().zip(sampled).map(|(c, s)| c * (s >> 4)).sum::<i32>() >> 10;
        }
    }
    FREQUENCIES.map(|(u, v)| rows.iter().zip(COSINES[v]).map(|(row, c)| row[u] * c).sum::<i32>() >> 10)
}

fn bits(strengths: &[i32; 40]) -> u64 {
    strengths
        .iter()
        .fold(0, |bits, strength| bits << 1 | u64::from(*strength > 0))
}

/// The prints of a picture.
pub(super) fn of(looks: &Looks) -> Vec<u64> {
    let (blobs, plane) = blobs(looks);
    blobs
        .iter()
        .map(|blob| bits(&strengths(&plane, blob.x, blob.y, STEP_16THS)))
        .collect()
}

/// A print to look for.
pub(super) struct Probe {
    /// Which blob it is of.
    pub(super) blob: u8,
    /// The print.
    pub(super) print: u64,
    /// The bits among the first 24 that are most in doubt, the most doubtful first.
    pub(super) doubtful: [u64; DOUBTFUL],
    /// How many of these may be wrong.
    pub(super) flips: u32,
}

/// Of so many doubtful bits one or two may be wrong: 7 or 22 prints are looked up for each.
pub(super) const DOUBTFUL: usize = 6;

/// Scales at which prints are looked for: a cropped picture shows its parts larger.
const STEPS_16THS: [i32; 5] = [32, 36, 40, 44, 50];

/// What to look for: every blob at three scales and in the eight ways to hold a picture.
pub(super) fn probes(looks: &Looks) -> Vec<Probe> {
    let (blobs, plane) = blobs(looks);
    let mut probes = Vec::with_capacity(blobs.len() * 24);
    for (n, blob) in (0..).zip(&blobs) {
        for step in STEPS_16THS {
            let straight = strengths(&plane, blob.x, blob.y, step);
            for way in 0..8 {
                let held = held(&straight, way);
                let mut doubt: Vec<usize> = (0..24).collect();
                doubt.sort_by_key(|bit| held[*bit].abs());
                let mut doubtful = [0; DOUBTFUL];
                for (slot, bit) in doubtful.iter_mut().zip(doubt) {
                    *slot = 1 << (39 - bit);
                }
                probes.push(Probe {
                    blob: n,
                    print: bits(&held),
                    doubtful,
                    // where most copies are, two
                    flips: if way < 2 && (36..=44).contains(&step) { 2 } else { 1 },
                });
            }
        }
    }
    probes
}

/// The strengths of the surroundings mirrored (bit 0 of `way`), upended (bit 1), turned over the diagonal (bit 2): a
/// cosine of odd frequency changes its sign when it is read backwards.
fn held(straight: &[i32; 40], way: u8) -> [i32; 40] {
    let mut held = [0; 40];
    for (n, slot) in held.iter_mut().enumerate() {
        let from = if way & 4 == 0 { n } else { EXCHANGED[n] };
        let (u, v) = FREQUENCIES[from];
        let odd = (u & 1 == 1 && way & 1 == 1) != (v & 1 == 1 && way & 2 == 2);
        *slot = if odd { -straight[from] } else { straight[from] };
    }
    held
}
