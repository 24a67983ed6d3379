//! Where a recording was at each share of its time: small enough to keep, and enough to know the recording again.

use super::Point;
use super::clean::clean;
use super::earth::{NORTH_M, Plane, float, whole};
use crate::evidence::Limits;

/// Equal shares of the time.
const SHARES: usize = 64;
/// Places looked at in each share: their mean is kept, so that points moved by some metres each fall back into line.
const LOOKS: usize = 8;
/// The first byte of the stored form.
const VERSION: u8 = 1;
/// Of two recordings laid over each other at the same clock, at least this many shares must lie in both.
const LEAST_SHARED: usize = SHARES * 3 / 4;
/// One recording may begin earlier, or end later, than the other by this part of the shorter one's time.
const OVERHANG: f64 = 0.2;
/// The smallest cell of a key, in metres.
const LEAST_CELL_M: u32 = 256;

/// Where a recording was, on average, in each of 64 equal shares of its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// When it began, microseconds since the epoch.
    pub began_us: i64,
    /// How long it took, in milliseconds.
    pub lasted_ms: u32,
    /// Latitude and longitude in units of 10^-5 degrees, about a metre.
    spots: Vec<(i32, i32)>,
}

impl Pace {
    /// `None` where the recording has no times, or is longer than 49 days: nothing can be told of its pace.
    pub fn of(points: &[Point], _limits: &Limits) -> Option<Self> {
        let track = clean(points);
        let fixes = track.fixes;
        let (first, last) = (fixes.first()?, fixes.last()?);
        let lasted_ms = u32::try_from((last.at_us - first.at_us) / 1000).ok()?;
        if !track.timed || lasted_ms == 0 {
            return None;
        }
        let plane = Plane::at(first.lat_e7, first.lon_e7);
        let places: Vec<(f64, (f64, f64))> = fixes
            .iter()
            .map(|fix| (first.seconds_to(fix), plane.place(fix.lat_e7, fix.lon_e7)))
            .collect();
        let step = first.seconds_to(last) / float(i64::try_from(SHARES * LOOKS).ok()?);
        let mut next = 1;
        let mut spots = Vec::with_capacity(SHARES);
        let mut at = step / 2.0;
        for _ in 0..SHARES {
            let (mut east, mut north) = (0.0, 0.0);
            for _ in 0..LOOKS {
                while next + 1 < places.len() && places[next].0 < at {
                    next += 1;
                }
                let (x, y) = between(places[next - 1], places[next], at);
                (east, north) = (east + x, north + y);
                at += step;
            }
            let looks = f64::from(u32::try_from(LOOKS).ok()?);
            spots.push(plane.position_e5((east / looks, north / looks)));
        }
        Some(Pace {
            began_us: first.at_us,
            lasted_ms,
            spots,
        })
    }

    /// How far apart two recordings are, in metres: the mean distance between where they were at the same share of their
    /// time, or at the same time since they began, or would have been had one of them been cut short a little at either
    /// end, whichever is least; forwards or backwards. A recording that is sent again moved in time, trimmed, slowed
    /// down, turned round or with its points moved a little is near 0; two rides on the same way are not, since nobody
    /// meets the same lights twice.
    pub fn apart_m(&self, other: &Pace) -> u32 {
        let (long, short) = if self.lasted_ms >= other.lasted_ms {
            (self, other)
        } else {
            (other, self)
        };
        let Some(origin) = long.spots.first() else {
            return u32::MAX;
        };
        let plane = Plane::at(origin.0.saturating_mul(100), origin.1.saturating_mul(100));
        let (long_way, short_way) = (long.places(&plane), short.places(&plane));
        let back: Vec<(f64, f64)> = short_way.iter().rev().copied().collect();
        let times = f64::from(long.lasted_ms) / f64::from(short.lasted_ms.max(1));
        whole(least_apart(&long_way, &short_way, times).min(least_apart(&long_way, &back, times)))
    }

    fn places(&self, plane: &Plane) -> Vec<(f64, f64)> {
        self.spots
            .iter()
            .map(|(lat, lon)| plane.place(lat.saturating_mul(100), lon.saturating_mul(100)))
            .collect()
    }

    /// Keys under which the recording is found again. Rough: where it began, was at half time and ended, in cells of an
    /// eighth of its way.
    pub fn keys(&self) -> Vec<i64> {
        let level = cell_level(self.way_m());
        let [start, half, end] = self.landmarks();
        vec![key(level, cell(start, level), cell(half, level), cell(end, level))]
    }

    /// The keys of every recording that may be this one: a landmark may lie up to half a cell off.
    pub fn lookup(&self) -> Vec<i64> {
        let way = self.way_m();
        let mut levels: Vec<u32> = [way / 7 * 6, way, way / 6 * 7].into_iter().map(cell_level).collect();
        levels.dedup();
        let [start, half, end] = self.landmarks();
        let mut keys = Vec::new();
        for level in levels {
            for start in cells_near(start, level) {
                for half in cells_near(half, level) {
                    for end in cells_near(end, level) {
                        keys.push(key(level, start, half, end));
                    }
                }
            }
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// A key that tells the same recording, moved in time, and no place: how long it took and how far apart its places
    /// lie. It may be kept when the track itself, and everything that says where it went, is deleted. Always negative,
    /// while the keys of places are not. A collision is one in 2^63.
    pub fn rhythm(&self) -> i64 {
        let steps = self.spots.windows(2).flat_map(|pair| {
            // metres, from units of 10^-5 degrees: what matters is that the same gives the same
            [pair[1].0.wrapping_sub(pair[0].0), pair[1].1.wrapping_sub(pair[0].1)]
        });
        !hashed(std::iter::once(self.lasted_ms.cast_signed()).chain(steps))
    }

    fn landmarks(&self) -> [(i32, i32); 3] {
        [0, SHARES / 2, SHARES - 1].map(|i| self.spots.get(i).copied().unwrap_or_default())
    }

    fn way_m(&self) -> u32 {
        let Some(first) = self.spots.first() else { return 0 };
        let plane = Plane::at(first.0.saturating_mul(100), first.1.saturating_mul(100));
        let places = self.places(&plane);
        whole(places.windows(2).map(|pair| apart(pair[0], pair[1])).sum())
    }

    /// For storing: a byte for the version, then differences, each in as few bytes as it needs.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        write(&mut bytes, self.began_us);
        write(&mut bytes, self.lasted_ms.into());
        let mut last = (0, 0);
        for (lat, lon) in &self.spots {
            write(&mut bytes, i64::from(*lat) - last.0);
            write(&mut bytes, i64::from(*lon) - last.1);
            last = (i64::from(*lat), i64::from(*lon));
        }
        bytes
    }

    /// What [`Pace::to_bytes`] wrote; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (version, mut rest) = bytes.split_first()?;
        if *version != VERSION {
            return None;
        }
        let began_us = read(&mut rest)?;
        let lasted_ms = u32::try_from(read(&mut rest)?).ok()?;
        let mut spots = Vec::with_capacity(SHARES);
        let mut last = (0_i64, 0_i64);
        for _ in 0..SHARES {
            last.0 = last.0.checked_add(read(&mut rest)?)?;
            last.1 = last.1.checked_add(read(&mut rest)?)?;
            spots.push((i32::try_from(last.0).ok()?, i32::try_from(last.1).ok()?));
        }
        rest.is_empty().then_some(Pace {
            began_us,
            lasted_ms,
            spots,
        })
    }
}

/// Where one is at a time between two places that have times.
fn between(a: (f64, (f64, f64)), b: (f64, (f64, f64)), at: f64) -> (f64, f64) {
    let share = if b.0 > a.0 { (at - a.0) / (b.0 - a.0) } else { 0.0 };
    let share = share.clamp(0.0, 1.0);
    (a.1.0 + (b.1.0 - a.1.0) * share, a.1.1 + (b.1.1 - a.1.1) * share)
}

fn apart(a: (f64, f64), b: (f64, f64)) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

fn mean(metres: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = metres.fold((0.0, 0.0), |(sum, count), metres| (sum + metres, count + 1.0));
    if count > 0.0 { sum / count } else { f64::MAX }
}

/// The mean distance in metres by shares, or at the same clock with the best shift. `times` is how many times longer the
/// first took.
fn least_apart(long: &[(f64, f64)], short: &[(f64, f64)], times: f64) -> f64 {
    let shares = mean(long.iter().zip(short).map(|(a, b)| apart(*a, *b)));
    let at_clock = |shift: f64| {
        // all in shares of the long one
        let mut shared = 0;
        let apart = mean(short.iter().enumerate().filter_map(|(i, place)| {
            let at = shift + (index(i) + 0.5) / times - 0.5;
            let on = along(long, at)?;
            shared += 1;
            Some(apart(on, *place))
        }));
        if shared >= LEAST_SHARED { apart } else { f64::MAX }
    };
    let size = index(long.len());
    let spare = OVERHANG * size / times;
    let (mut from, mut to) = (-spare, size - size / times + spare);
    let mut best = (f64::MAX, 0.0);
    for _ in 0..3 {
        let step = (to - from) / 32.0;
        for i in 0..=32_u32 {
            let shift = from + step * f64::from(i);
            let apart = at_clock(shift);
            if apart < best.0 {
                best = (apart, shift);
            }
        }
        (from, to) = (best.1 - step, best.1 + step);
    }
    shares.min(best.0)
}

fn index(i: usize) -> f64 {
    u32::try_from(i).map_or(f64::MAX, f64::from)
}

/// The place at a share that need not be whole; `None` outside of the recording.
fn along(places: &[(f64, f64)], at: f64) -> Option<(f64, f64)> {
    if !(at > -0.5 && at < index(places.len()) - 0.5) {
        return None;
    }
    let low = usize::try_from(whole(at.max(0.0).floor()))
        .ok()?
        .min(places.len().checked_sub(2)?);
    Some(between(
        (index(low), places[low]),
        (index(low + 1), places[low + 1]),
        at,
    ))
}

/// The size of cells: the power of two of metres that is an eighth of the way or more.
fn cell_level(way_m: u32) -> u32 {
    (way_m / 8).max(LEAST_CELL_M).next_power_of_two().trailing_zeros()
}

/// Row and column of a place among cells of 2^level metres, with what remains. Each row has columns of its own, as wide
/// in metres as they are high.
fn row(lat_e5: i32, level: u32) -> (i32, f64) {
    let exact = f64::from(lat_e5) * 100.0 * NORTH_M / 2_f64.powi(i32::try_from(level).unwrap_or(0));
    split(exact)
}

fn column(row: i32, lon_e5: i32, level: u32) -> (i32, f64) {
    let size = 2_f64.powi(i32::try_from(level).unwrap_or(0));
    let lat = (f64::from(row) + 0.5) * size / NORTH_M / 1e7;
    split(f64::from(lon_e5) * 100.0 * NORTH_M * lat.to_radians().cos() / size)
}

fn split(exact: f64) -> (i32, f64) {
    let floor = exact.floor();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the earth has fewer cells of 256 m on a line"
    )]
    let whole = floor as i32;
    (whole, exact - floor)
}

fn cell((lat, lon): (i32, i32), level: u32) -> (i32, i32) {
    let row = row(lat, level).0;
    (row, column(row, lon, level).0)
}

/// The cell of a place and those three that are nearest to it.
fn cells_near((lat, lon): (i32, i32), level: u32) -> [(i32, i32); 4] {
    let beside = |(at, rest): (i32, f64)| if rest < 0.5 { at - 1 } else { at + 1 };
    let own = row(lat, level);
    let other = beside(own);
    let (here, there) = (column(own.0, lon, level), column(other, lon, level));
    [
        (own.0, here.0),
        (own.0, beside(here)),
        (other, there.0),
        (other, beside(there)),
    ]
}

/// The same for both directions of the way.
fn key(level: u32, start: (i32, i32), half: (i32, i32), end: (i32, i32)) -> i64 {
    let (first, last) = (start.min(end), start.max(end));
    let level = i32::try_from(level).unwrap_or(0);
    hashed([level, first.0, first.1, half.0, half.1, last.0, last.1])
}

/// FNV-1a over numbers, never negative.
fn hashed(numbers: impl IntoIterator<Item = i32>) -> i64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for number in numbers {
        for byte in number.to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    (hash >> 1).cast_signed()
}

/// Seven bits a byte, the lowest first; the sign is folded into the lowest bit.
fn write(bytes: &mut Vec<u8>, number: i64) {
    let mut rest = ((number << 1) ^ (number >> 63)).cast_unsigned();
    loop {
        let low = u8::try_from(rest & 0x7f).unwrap_or(0);
        rest >>= 7;
        if rest == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

fn read(bytes: &mut &[u8]) -> Option<i64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
        }
    }
    None
}
