//! How long a search for look-alikes takes among 1 and 10 million photos, on one core, and how much memory they take.
//!
//! `cargo bench -p domain --bench looks [-- PHOTOS...]`. The photos are drawn scenes: the prints of 5,000 of them are
//! strewn, with bits changed at random, over all photos, so that common surroundings are as common as in pictures.
//! Times are CPU time. A thousand other scenes are planted and looked for by altered copies of them.

use std::fs;
use std::hint::black_box;
use std::time::Duration;

use domain::evidence::Looks;
use domain::evidence::looks::{self, Index};

const POOL: u64 = 5_000;
const PLANTED: u64 = 1_000;

/// splitmix64
fn mixed(seed: u64) -> u64 {
    let mut z = seed
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn unit(seed: u64) -> f64 {
    f64::from(u32::try_from(mixed(seed) >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}

/// A scene: noise of five sizes, the coarser the stronger, as in photos, and a horizon.
fn scene(seed: u64, x: f64, y: f64) -> f64 {
    let mut sum = 0.0;
    for (octave, strength) in [(2.0, 60.0), (4.0, 45.0), (8.0, 30.0), (16.0, 20.0), (32.0, 10.0)] {
        let (u, v) = (x * octave, y * octave);
        let (left, top) = (u.floor(), v.floor());
        let smooth = |t: f64| t * t * (3.0 - 2.0 * t);
        let (right, down) = (smooth(u - left), smooth(v - top));
        let corner = |dx: f64, dy: f64| {
            let at = ((left + dx + 100.0) * 1000.0 + top + dy + 100.0) * 64.0 + octave;
            unit(seed.wrapping_mul(1_000_003) ^ at.to_bits())
        };
        let above = corner(0.0, 0.0) * (1.0 - right) + corner(1.0, 0.0) * right;
        let below = corner(0.0, 1.0) * (1.0 - right) + corner(1.0, 1.0) * right;
        sum += (above * (1.0 - down) + below * down - 0.5) * strength;
    }
    sum + if y < 0.3 + unit(seed) * 0.3 { 150.0 } else { 100.0 }
}

/// The scene cut off at the left and top by a share, turned, mirrored, and with noise.
fn looks(seed: u64, cut: f64, turn: f64, mirrored: bool, noise: f64) -> Looks {
    let (width, height) = Looks::size_for(4000, 3000);
    let mut cells = Vec::new();
    for row in 0..height {
        for column in 0..width {
            let x = (f64::from(column) + 0.5) / f64::from(width);
            let x = if mirrored { 1.0 - x } else { x };
            let y = (f64::from(row) + 0.5) / f64::from(height);
            let (x, y) = (cut + x * (1.0 - cut), cut + y * (1.0 - cut));
            let (u, v) = (x + (y - 0.5) * turn * 0.75, y - (x - 0.5) * turn / 0.75);
            let grain = (unit(seed ^ u64::from(row * 997 + column) << 20) - 0.5) * noise;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
            cells.push(((scene(seed, u, v * 0.75) + grain).clamp(0.0, 255.0) * 256.0) as u16);
        }
    }
    Looks::of(width, height, &cells).unwrap_or_else(|| unreachable!("the grid has its size"))
}

fn resident_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}

/// Time that this thread was computing: what others do on the machine does not count.
fn computed() -> Duration {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

fn timed<T>(job: impl FnOnce() -> T) -> (T, Duration) {
    let start = computed();
    let result = black_box(job());
    (result, computed().saturating_sub(start))
}

fn main() {
    let sizes: Vec<u64> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let sizes = if sizes.is_empty() {
        vec![1_000_000, 10_000_000]
    } else {
        sizes
    };
    let (pool, took) = timed(|| {
        (0..POOL)
            .flat_map(|n| looks(n, 0.0, 0.0, false, 4.0).prints().to_vec())
            .collect::<Vec<_>>()
    });
    println!("{POOL} scenes drawn and read in {took:?}, {} prints", pool.len());
    let planted: Vec<Looks> = (0..PLANTED).map(|n| looks(1 << 40 | n, 0.0, 0.0, false, 4.0)).collect();
    let altered: Vec<Looks> = (0..PLANTED)
        .map(|n| {
            let cut = [0.0, 0.05, 0.1][usize::try_from(n % 3).unwrap_or(0)];
            looks(
                1 << 40 | n,
                cut,
                [0.0, 0.052, -0.052, 0.0, 0.0][usize::try_from(n % 5).unwrap_or(0)],
                n % 2 == 1,
                12.0,
            )
        })
        .collect();

    let (mut apart, pairs) = (Vec::new(), planted.iter().zip(&altered));
    for (one, other) in pairs.take(200) {
        let (distance, took) = timed(|| looks::apart(one, other));
        apart.push((took, distance));
    }
    apart.sort_unstable();
    println!("apart of two: p50 {:?}, p99 {:?}", apart[100].0, apart[198].0);

    for size in sizes {
        let before = resident_mib();
        let strewn = (0..size).map(|n| {
            let prints = (0..24).map(|k| {
                let chance = mixed(n * 24 + k);
                let print = pool[usize::try_from(chance % pool.len() as u64).unwrap_or(0)];
                // two to five bits of forty
                (0..2 + (chance >> 40) % 4).fold(print, |print, bit| print ^ 1 << (mixed(chance ^ bit) % 40))
            });
            (i64::try_from(n).unwrap_or(0), prints.collect())
        });
        let known = (0..)
            .zip(&planted)
            .map(|(n, looks): (i64, _)| (-1 - n, looks.prints().to_vec()));
        let (mut index, built) = timed(|| Index::build(strewn.chain(known)));
        let memory = resident_mib().saturating_sub(before);

        let (mut times, mut found, mut candidates) = (Vec::new(), 0, 0);
        for (n, looks) in (0_i64..).zip(&altered) {
            let (hits, took) = timed(|| index.search(looks));
            times.push(took);
            candidates += hits.len();
            found += usize::from(hits.iter().any(|hit| hit.id == -1 - n));
        }
        times.sort_unstable();
        println!(
            "{size} photos: built in {built:.1?}, {memory} MiB; search p50 {:?}, p99 {:?}, most {:?}; {found} of {PLANTED} altered copies found, {} candidates in all",
            times[times.len() / 2],
            times[times.len() * 99 / 100],
            times[times.len() - 1],
            candidates,
        );
        let ((), took) = timed(|| {
            (0_i64..)
                .zip(&altered)
                .for_each(|(n, looks)| index.insert(i64::MAX - n, looks));
        });
        let mut times: Vec<_> = altered.iter().map(|looks| timed(|| index.search(looks)).1).collect();
        times.sort_unstable();
        println!(
            "    {PLANTED} more taken in at {:?} each; search then p99 {:?}",
            took / 1_000,
            times[times.len() * 99 / 100]
        );
    }
}
