//! From points to the summary that is kept.

use super::clean::{Clean, Fix, clean};
use super::earth::{permille, whole};
use super::sketch::sketch;
use super::{Mode, Point, Speeds, TrackFacts};
use crate::evidence::Limits;

/// Speed is taken over at least so many seconds: a receiver that wavers by some metres each second does not run.
const WINDOW_S: f64 = 10.0;
/// Variation is told over at least so many seconds, so that wavering added to a script's points does not hide it.
const VARIATION_WINDOW_S: f64 = 30.0;
/// Slower than this, in m/s, is rest.
const REST: f64 = 0.5;
/// The least seconds that make a stop.
const STOP_S: f64 = 10.0;
/// A leg of more seconds than this counts as so many where percentiles are taken: one gap is not half of a trip.
const WEIGHT_S: f64 = 60.0;
/// A jump is at least so many metres: below it may be a receiver that finds itself.
const JUMP_M: f64 = 200.0;

impl TrackFacts {
    /// Sums up a recording. Points without positions are not to be given: an empty list is a recording without places.
    pub fn of(points: &[Point], limits: &Limits) -> Self {
        let Clean { fixes, timed } = clean(points);
        let count = u32::try_from(points.len()).unwrap_or(u32::MAX);
        let counted = u32::try_from(fixes.len()).unwrap_or(u32::MAX);
        let mut facts = TrackFacts {
            points: count,
            left_out: count - counted,
            started_us: fixes.first().filter(|_| timed).map(|fix| fix.at_us),
            ended_us: fixes.last().filter(|_| timed).map(|fix| fix.at_us),
            distance_m: 0,
            moving_s: 0,
            stopped_s: 0,
            stops: 0,
            speed: Speeds::default(),
            longest_gap_s: 0,
            teleports: 0,
            straight_permille: 0,
            variation_permille: 0,
            looks_like: Vec::new(),
            sketch: sketch(&fixes),
        };
        let mut way = 0.0;
        if timed {
            let mut motion = Motion::default();
            for (run, jumps) in runs(&fixes, f64::from(limits.teleport) / 36.0) {
                motion.add(run);
                facts.teleports += u32::from(jumps);
            }
            way = motion.way_m;
            facts.moving_s = whole(motion.moving_s);
            facts.stopped_s = whole(motion.stopped_s);
            facts.stops = motion.stops;
            facts.longest_gap_s = whole(motion.gap_s);
            facts.speed = motion.speeds();
            facts.variation_permille = permille(variation(&motion.steady));
        } else {
            for pair in fixes.windows(2).filter(|pair| !pair[1].breaks) {
                way += pair[0].metres_to(&pair[1]);
            }
        }
        facts.distance_m = whole(way);
        // what lies over breaks and jumps belongs to the line, if not to the way
        let line: f64 = fixes.windows(2).map(|pair| pair[0].metres_to(&pair[1])).sum();
        if let (Some(first), Some(last)) = (fixes.first(), fixes.last())
            && line > 0.0
        {
            facts.straight_permille = permille((first.metres_to(last) / line).min(1.0));
        }
        if timed {
            facts.looks_like = looks_like(&facts, limits);
        }
        facts
    }
}

/// Pieces of a recording without a break or jump in them, each with whether a jump ends it.
fn runs(fixes: &[Fix], fastest: f64) -> impl Iterator<Item = (&[Fix], bool)> {
    let jumps = move |a: &Fix, b: &Fix| {
        let metres = a.metres_to(b);
        !b.breaks && metres > JUMP_M && metres / a.seconds_to(b) > fastest
    };
    let mut rest = fixes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = (1..rest.len())
            .find(|i| rest[*i].breaks || jumps(&rest[*i - 1], &rest[*i]))
            .unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        let jumped = match (run.last(), after.first()) {
            (Some(a), Some(b)) => jumps(a, b),
            _ => false,
        };
        Some((run, jumped))
    })
}

/// What is added up over the runs of a recording.
#[derive(Default)]
struct Motion {
    way_m: f64,
    moving_m: f64,
    moving_s: f64,
    stopped_s: f64,
    stops: u32,
    gap_s: f64,
    /// Speed in m/s and its weight in seconds, of each leg in motion.
    speeds: Vec<(f64, f64)>,
    /// The same over longer windows.
    steady: Vec<(f64, f64)>,
}

impl Motion {
    fn add(&mut self, run: &[Fix]) {
        let Some(legs) = run.len().checked_sub(1).filter(|legs| *legs > 0) else {
            return;
        };
        let mut speeds = Vec::with_capacity(legs);
        let mut rests = vec![false; legs];
        let mut marked = 0;
        for (from, to) in windows(run, WINDOW_S) {
            let speed = speed(&run[from], &run[to]);
            speeds.push(speed);
            if speed < REST {
                // each leg is marked once, however many windows lie over it
                rests[from.max(marked).min(to)..to].fill(true);
                marked = marked.max(to);
            }
        }
        let mut leg = 0;
        while leg < legs {
            let rest = rests[leg];
            let until = (leg..legs).find(|i| rests[*i] != rest).unwrap_or(legs);
            if rest {
                // wavering at rest is no way: only what remains of it counts
                self.way_m += run[leg].metres_to(&run[until]);
                let seconds = run[leg].seconds_to(&run[until]);
                self.stopped_s += seconds;
                self.stops += u32::from(seconds >= STOP_S && leg > 0 && until < legs);
            } else {
                for i in leg..until {
                    let (metres, seconds) = (run[i].metres_to(&run[i + 1]), run[i].seconds_to(&run[i + 1]));
                    self.way_m += metres;
                    self.moving_m += metres;
                    self.moving_s += seconds;
                    self.gap_s = self.gap_s.max(seconds);
                    self.speeds.push((speeds[i], seconds.min(WEIGHT_S)));
                }
            }
            leg = until;
        }
        // along the way, not across: corners do not make a steady pace vary
        let mut way = vec![0.0];
        for pair in run.windows(2) {
            way.push(way[way.len() - 1] + pair[0].metres_to(&pair[1]));
        }
        for (i, (from, to)) in windows(run, VARIATION_WINDOW_S).enumerate() {
            if !rests[i] {
                let seconds = run[i].seconds_to(&run[i + 1]).min(WEIGHT_S);
                let speed = (way[to] - way[from]) / run[from].seconds_to(&run[to]);
                self.steady.push((speed, seconds));
            }
        }
    }

    fn speeds(&mut self) -> Speeds {
        self.speeds.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let weight: f64 = self.speeds.iter().map(|(_, weight)| weight).sum();
        let below = |share: f64| {
            let mut sum = 0.0;
            let found = self.speeds.iter().find(|(_, weight)| {
                sum += weight;
                sum >= share
            });
            found.or(self.speeds.last()).map_or(0, |(speed, _)| tenths(*speed))
        };
        Speeds {
            mean: if self.moving_s > 0.0 {
                tenths(self.moving_m / self.moving_s)
            } else {
                0
            },
            p50: below(0.5 * weight),
            p85: below(0.85 * weight),
            p95: below(0.95 * weight),
        }
    }
}

/// For each leg, the points between which its speed is taken: from its start on until `least_s` have passed; near the
/// end, the last `least_s` of the run.
fn windows(run: &[Fix], least_s: f64) -> impl Iterator<Item = (usize, usize)> {
    let last = run.len().saturating_sub(1);
    let tail = run[..last]
        .iter()
        .rposition(|fix| fix.seconds_to(&run[last]) >= least_s)
        .unwrap_or(0);
    let mut to = 0;
    (0..last).map(move |leg| {
        if leg >= tail {
            return (tail, last);
        }
        to = to.max(leg + 1);
        while to < last && run[leg].seconds_to(&run[to]) < least_s {
            to += 1;
        }
        (leg, to)
    })
}

/// In m/s.
fn speed(from: &Fix, to: &Fix) -> f64 {
    from.metres_to(to) / from.seconds_to(to)
}

/// From m/s to tenths of km/h.
fn tenths(speed: f64) -> u32 {
    whole(speed * 36.0)
}

/// Standard deviation as a share of the mean, of speeds with their weights.
fn variation(speeds: &[(f64, f64)]) -> f64 {
    let weight: f64 = speeds.iter().map(|(_, weight)| weight).sum();
    if weight <= 0.0 {
        return 0.0;
    }
    let mean = speeds.iter().map(|(speed, weight)| speed * weight).sum::<f64>() / weight;
    if mean <= 0.0 {
        return 0.0;
    }
    let square = speeds
        .iter()
        .map(|(speed, weight)| (speed - mean) * (speed - mean) * weight)
        .sum::<f64>();
    (square / weight).sqrt() / mean
}

/// What moves like this, best first. On foot and by bicycle are told apart at the 85th percentile of speed (real trips:
/// walking 95 % below 12.9 km/h, cycling 95 % above 14.2); within 5 % of that cut it may be either. Bus, car and taxi
/// overlap wholly; frequent stops speak for the bus, minutes without a point at speed for the metro.
pub(super) fn looks_like(facts: &TrackFacts, limits: &Limits) -> Vec<Mode> {
    let Speeds { mean, p50, p85, p95 } = facts.speed;
    let cut = limits.walk_p85;
    if p85 == 0 {
        return Vec::new();
    }
    if p85 * 100 < cut.saturating_mul(95) {
        return vec![Mode::Walking];
    }
    if p85 <= cut {
        return vec![Mode::Walking, Mode::Cycling];
    }
    if p85 * 100 <= cut.saturating_mul(105) {
        return vec![Mode::Cycling, Mode::Walking];
    }
    let fast = limits.cycle_p85;
    if p85 <= fast && p95 * 4 <= fast.saturating_mul(5) {
        return vec![Mode::Cycling, Mode::Bus, Mode::Car];
    }
    // who races, rides steadily; who rides downhill is that fast for a while only; a car in town may do the same
    let racing = p85 * 4 <= fast.saturating_mul(5) && p95 * 20 <= p50.saturating_mul(27);
    if (p85 <= fast || racing) && p95 * 2 <= fast.saturating_mul(3) {
        return vec![Mode::Car, Mode::Bus, Mode::Cycling];
    }
    let mut modes = if facts.longest_gap_s >= METRO_GAP_S && p85 >= METRO_P85 {
        vec![Mode::Metro, Mode::Car, Mode::Bus, Mode::Rail]
    } else if u64::from(facts.stops) * 1000 >= u64::from(facts.distance_m) * BUS_STOPS_IN_TEN_KM / 10 {
        vec![Mode::Bus, Mode::Car, Mode::Metro, Mode::Rail]
    } else {
        vec![Mode::Car, Mode::Bus, Mode::Metro, Mode::Rail]
    };
    modes.retain(|mode| mean <= super::fastest_mean(*mode, limits));
    modes
}

/// A gap that a tunnel makes, in seconds.
const METRO_GAP_S: u32 = 120;
/// Where a metro has gaps it is fast, in tenths of km/h.
const METRO_P85: u32 = 400;
/// Stops in ten kilometres from which on it looks like a bus.
const BUS_STOPS_IN_TEN_KM: u64 = 12;
