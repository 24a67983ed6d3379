//! How much two grey pictures differ when they are laid over each other as well as they can be.
//!
//! Shape: first every way to hold the second picture, at five scales and all shifts up to a seventh of its side, on a
//! grid of a few hundred points; then the best of those, bettered step by step at full size; last, block by block, how
//! well the details agree.

use super::prints::Plane;
use super::{Looks, TONES};

/// A way to lay the second picture on the first: where its middle comes to lie, how large and how turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lay {
    /// The way to hold it: 1 mirrored, 2 upended, 4 turned over the diagonal.
    way: u8,
    /// How far its middle lies from the first one's, in 16ths of a pixel.
    right: i32,
    down: i32,
    /// A step of one pixel in the first is so many 1024ths of a pixel in the second.
    scale: i32,
    /// The same step sideways: the tangent of the turn, in 1024ths.
    turn: i32,
}

impl Lay {
    /// Whether the pictures show the very same cut of the scene.
    fn is_whole(self) -> bool {
        self.right.abs().max(self.down.abs()) <= 12 && (self.scale - 1024).abs() <= 20 && self.turn.abs() <= 12
    }
}

/// Pixels along a side of a block in which details are compared.
const BLOCK: i32 = 8;

/// Contrast of a block, in grey levels, below which agreement counts less and less: noise is no detail.
const FAINT: i64 = 3;

/// The share of the blocks, in hundredths, that may differ altogether: a caption or a mark was laid over them.
const COVERED_PERCENT: usize = 25;

/// Something covers a part of the picture when one block in so many agrees worse than this, in thousandths.
const LOST_SHARE: usize = 20;
const LOST_PERMILLE: i64 = 800;

/// The least share of the smaller picture that must lie over the other, in thousandths.
const OVERLAP_PERMILLE: i64 = 600;

/// How many thousandths of distance a thousandth of disagreement in tone makes, where two pictures show the same cut of
/// a scene: a copy keeps the order of its tones, another exposure or development of the scene does not.
const TONE_WEIGHT: u16 = 4;

/// The most that tone can add: a mark of half-transparent strokes changes tones as well, and must still be found.
const TONE_MOST: u16 = 150;

/// How far apart two photos are, in thousandths: up to some 50 the same picture (faint parts never
/// agree wholly), 1000 another one. Plain pictures are like nothing.
///
/// Takes about as long as a photo of a megapixel takes to decode; made for the few candidates of a search.
pub fn apart(one: &Looks, other: &Looks) -> u16 {
    if one.is_plain() || other.is_plain() {
        return 1000;
    }
    let pair = Pair {
        one: Plane::of(one).blurred(),
        other: Plane::of(other).blurred(),
    };
    let mut least = 1000;
    for lay in pair.rough() {
        let lay = pair.bettered(lay, &FINE_STEPS);
        let (agreement, covered) = pair.agreement(lay);
        let mut apart = u16::try_from(1000 - agreement.clamp(0, 1000)).unwrap_or(1000);
        if apart < least && lay.is_whole() && !covered {
            apart += (tones_apart(&one.tones, &other.tones, lay.way) * TONE_WEIGHT).min(TONE_MOST);
        }
        least = least.min(apart);
    }
    least
}

/// A step of the search for the best lay: by how many 16ths of a pixel and 1024ths of size and turn it goes, over
/// points how many pixels apart it compares, and how often at most it goes on.
#[derive(Clone, Copy)]
struct Step {
    shift: i32,
    size: i32,
    points: i32,
    rounds: u8,
}

const fn step(shift: i32, size: i32, points: i32, rounds: u8) -> Step {
    Step {
        shift,
        size,
        points,
        rounds,
    }
}

const ROUGH_STEPS: [Step; 2] = [step(32, 64, 4, 6), step(16, 32, 3, 4)];
const FINE_STEPS: [Step; 3] = [step(8, 16, 3, 4), step(4, 8, 2, 4), step(2, 4, 2, 3)];

struct Pair {
    one: Plane,
    other: Plane,
}

impl Pair {
    /// Where in the second picture a point of the first lies: from the middle of one, from the corner of the other, in
    /// 16ths of a pixel.
    fn place(&self, lay: Lay, x: i32, y: i32) -> Option<(i32, i32)> {
        // both from the middle, in 16ths
        let (u, v) = (
            ((x * lay.scale - y * lay.turn) >> 10) + lay.right,
            ((x * lay.turn + y * lay.scale) >> 10) + lay.down,
        );
        let (u, v) = if lay.way & 4 == 0 { (u, v) } else { (v, u) };
        let u = if lay.way & 1 == 0 { u } else { -u };
        let v = if lay.way & 2 == 0 { v } else { -v };
        let (u, v) = (u + (self.other.width - 1) * 8, v + (self.other.height - 1) * 8);
        let within = (-8..=self.other.width * 16 - 8).contains(&u) && (-8..=self.other.height * 16 - 8).contains(&v);
        within.then_some((u, v))
    }

    /// The pixel of the second picture that lies over a point of the first.
    fn over(&self, lay: Lay, x: i32, y: i32) -> Option<i32> {
        self.place(lay, x, y).map(|(u, v)| self.other.between(u, v))
    }

    /// How the pictures go together over points `step` pixels apart: correlation in thousandths.
    fn together(&self, lay: Lay, step: i32) -> i64 {
        let mut sums = Sums::default();
        let mut all = 0;
        let mut y = step / 2;
        while y < self.one.height {
            let mut x = step / 2;
            while x < self.one.width {
                all += 1;
                let (from_x, from_y) = (x * 16 - (self.one.width - 1) * 8, y * 16 - (self.one.height - 1) * 8);
                if let Some(other) = self.over(lay, from_x, from_y) {
                    sums.add(self.one.at(x, y), other);
                }
                x += step;
            }
            y += step;
        }
        if sums.count * 1000 < all * OVERLAP_PERMILLE {
            return -1000;
        }
        sums.correlation(0)
    }

    /// The best lays of a rough search.
    fn rough(&self) -> Vec<Lay> {
        let mut lays = Vec::new();
        let reach = self.one.width.min(self.one.height) * 16 / 7;
        let step = 4;
        for way in 0..8 {
            for scale in [840, 930, 1024, 1130, 1250] {
                let mut best: Option<(i64, Lay)> = None;
                for right in -3..=3 {
                    for down in -3..=3 {
                        let lay = Lay {
                            way,
                            right: right * reach / 3,
                            down: down * reach / 3,
                            scale,
                            turn: 0,
                        };
                        let together = self.together(lay, step);
                        if best.is_none_or(|(most, _)| together > most) {
                            best = Some((together, lay));
                        }
                    }
                }
                lays.extend(best);
            }
        }
        let bettered = |most: usize, lays: &mut Vec<(i64, Lay)>| {
            lays.sort_by_key(|(together, _)| std::cmp::Reverse(*together));
            lays.truncate(most);
        };
        bettered(6, &mut lays);
        for (together, lay) in &mut lays {
            *lay = self.bettered(*lay, &ROUGH_STEPS);
            *together = self.together(*lay, 2);
        }
        bettered(2, &mut lays);
        lays.into_iter().map(|(_, lay)| lay).collect()
    }

    /// Bettered step by step, in smaller and smaller steps.
    fn bettered(&self, lay: Lay, steps: &[Step]) -> Lay {
        let mut lay = lay;
        for Step {
            shift,
            size,
            points,
            rounds,
        } in steps.iter().copied()
        {
            let mut most = self.together(lay, points);
            for _ in 0..rounds {
                let before = most;
                for (right, down, scale, turn) in [
                    (shift, 0, 0, 0),
                    (-shift, 0, 0, 0),
                    (0, shift, 0, 0),
                    (0, -shift, 0, 0),
                    (0, 0, size, 0),
                    (0, 0, -size, 0),
                    (0, 0, 0, size),
                    (0, 0, 0, -size),
                ] {
                    let next = Lay {
                        right: lay.right + right,
                        down: lay.down + down,
                        scale: lay.scale + scale,
                        turn: lay.turn + turn,
                        ..lay
                    };
                    if !(700..=1450).contains(&next.scale) || next.turn.abs() > 120 {
                        continue;
                    }
                    let together = self.together(next, points);
                    if together > most {
                        (most, lay) = (together, next);
                    }
                }
                if most == before {
                    break;
                }
            }
        }
        lay
    }

    /// How well details agree, block by block, in thousandths, and whether something was laid over a part of one picture.
    fn agreement(&self, lay: Lay) -> (i64, bool) {
        let mut blocks = Vec::new();
        let mut top = 0;
        while top + BLOCK / 2 <= self.one.height {
            let mut left = 0;
            while left + BLOCK / 2 <= self.one.width {
                let mut sums = Sums::default();
                for y in top..(top + BLOCK).min(self.one.height) {
                    for x in left..(left + BLOCK).min(self.one.width) {
                        let (from_x, from_y) = (x * 16 - (self.one.width - 1) * 8, y * 16 - (self.one.height - 1) * 8);
                        if let Some(other) = self.over(lay, from_x, from_y) {
                            sums.add(self.one.at(x, y), other);
                        }
                    }
                }
                if sums.count * 2 >= i64::from(BLOCK * BLOCK) {
                    blocks.push((sums.correlation(FAINT), sums.contrast()));
                }
                left += BLOCK;
            }
            top += BLOCK;
        }
        // a faint block says little either way; of the others the worst are left out, as far as they may be covered
        blocks.retain(|(_, weight)| *weight > FAINT * 16);
        blocks.sort_unstable();
        let covered = blocks.len() * COVERED_PERCENT / 100;
        let (mut sum, mut weights) = (0, 0);
        for (agreement, weight) in &blocks[covered..] {
            sum += agreement * weight;
            weights += weight;
        }
        let lost = blocks
            .iter()
            .filter(|(agreement, _)| *agreement < LOST_PERMILLE)
            .count();
        (
            if weights == 0 { 0 } else { sum / weights },
            lost * LOST_SHARE >= blocks.len(),
        )
    }
}

/// Sums for a correlation.
#[derive(Default)]
struct Sums {
    count: i64,
    one: i64,
    other: i64,
    one_squared: i64,
    other_squared: i64,
    both: i64,
}

impl Sums {
    fn add(&mut self, one: i32, other: i32) {
        // in 16ths of a grey level, so that the squares of a whole picture stay far within 64 bits
        let (one, other) = (i64::from(one >> 4), i64::from(other >> 4));
        self.count += 1;
        self.one += one;
        self.other += other;
        self.one_squared += one * one;
        self.other_squared += other * other;
        self.both += one * other;
    }

    /// Count squared times the variance of either picture.
    fn spreads(&self) -> (i64, i64) {
        (
            self.count * self.one_squared - self.one * self.one,
            self.count * self.other_squared - self.other * self.other,
        )
    }

    /// The standard deviation of whichever has more of it, in 16ths of a grey level.
    fn contrast(&self) -> i64 {
        let (one, other) = self.spreads();
        one.max(other).max(0).isqrt() / self.count.max(1)
    }

    /// Pearson's correlation in thousandths, drawn towards zero where there is less contrast than `faint` grey levels.
    fn correlation(&self, faint: i64) -> i64 {
        let (one, other) = self.spreads();
        let faint = (faint * 16 * self.count).pow(2);
        let spread = (one + faint).max(0).isqrt() * (other + faint).max(0).isqrt();
        let both = self.count * self.both - self.one * self.other;
        if spread == 0 {
            0
        } else {
            (i128::from(both) * 1000 / i128::from(spread)).try_into().unwrap_or(0)
        }
    }
}

/// How badly the brightness of areas of one picture tells that of the other: how far the second lie from the rising
/// curve that fits them best, against how far they lie from their own mean, in thousandths.
fn tones_apart(one: &[u8], other: &[u8], way: u8) -> u16 {
    let mut pairs: Vec<(u8, u8)> = Vec::with_capacity(TONES * TONES);
    for (n, tone) in one.iter().enumerate() {
        let (u, v) = (n % TONES, n / TONES);
        let (u, v) = if way & 4 == 0 { (u, v) } else { (v, u) };
        let u = if way & 1 == 0 { u } else { TONES - 1 - u };
        let v = if way & 2 == 0 { v } else { TONES - 1 - v };
        pairs.extend(other.get(v * TONES + u).map(|other| (*tone, *other)));
    }
    let back = pairs.iter().map(|(one, other)| (*other, *one)).collect();
    off_the_curve(pairs).max(off_the_curve(back))
}

/// How far the second of each pair lies from the best rising curve over the first.
fn off_the_curve(mut pairs: Vec<(u8, u8)>) -> u16 {
    pairs.sort_unstable();
    let tones = || pairs.iter().map(|(_, tone)| i64::from(*tone) * 256);
    // neighbours that fall are pooled until nothing falls (isotonic regression; Ayer and others 1955)
    let mut pools: Vec<(i64, i64)> = Vec::new();
    for tone in tones() {
        let mut pool = (tone, 1);
        while let Some(before) = pools.last().filter(|before| before.0 * pool.1 > pool.0 * before.1) {
            pool = (pool.0 + before.0, pool.1 + before.1);
            pools.pop();
        }
        pools.push(pool);
    }
    let curve = pools
        .iter()
        .flat_map(|(sum, count)| (0..*count).map(move |_| sum / count));
    let mut off: Vec<i64> = tones().zip(curve).map(|(tone, curve)| (tone - curve).abs()).collect();
    off.sort_unstable();
    off.truncate(off.len() * (100 - COVERED_PERCENT) / 100);
    let mean = |values: &mut dyn Iterator<Item = i64>, count: usize| {
        values.sum::<i64>() / i64::try_from(count.max(1)).unwrap_or(1)
    };
    let middle = mean(&mut tones(), pairs.len());
    let spread = mean(&mut tones().map(|tone| (tone - middle).abs()), pairs.len());
    let off = mean(&mut off.iter().copied(), off.len());
    u16::try_from((off * 1000 / (spread + 256)).min(1000)).unwrap_or(1000)
}
