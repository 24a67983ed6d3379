//! What a summary of a track says for or against the act.

use super::{Mode, TrackFacts, fastest_mean};
use crate::evidence::{Again, Claim, History, Limits, Policy, Sign};

const DAY_US: i64 = 86_400_000_000;
/// A way of less than this is no trip, in metres.
const LEAST_M: u32 = 100;
/// Only of longer ways is asked whether they bend, in metres.
const STRAIGHT_FROM_M: u32 = 2000;
/// Only of longer motion is asked whether its pace varies, in seconds.
const REGULAR_FROM_S: u32 = 300;
/// The same recording lies no further apart than this part of its way.
const SHORT_SHARE: u32 = 50;
/// On a long way 64 places tell less exactly: this part of it is the same recording too.
const LONG_SHARE: u32 = 1000;
/// But so many metres are always the same recording.
const LEAST_AGAIN_M: u32 = 5;
/// Two people ride together if they begin within so many microseconds: ten minutes.
const TOGETHER_US: i64 = 600_000_000;
/// And lie no further apart than so many times the distance that makes a recording the same.
const TOGETHER_TIMES: u32 = 4;
/// Two receivers never agree to within so many metres, all the way; nearer, it is one recording.
const OWN_RECEIVER_M: u32 = 2;

/// What speaks against the track, or is worth noting.
pub(in crate::evidence) fn signs(track: &TrackFacts, claim: &Claim, history: &History, policy: &Policy) -> Vec<Sign> {
    let limits = &policy.limits;
    let mode = policy.behaviour.get(&claim.behaviour).and_then(|rule| rule.mode);
    let counted = track.points - track.left_out.min(track.points);
    let mut signs = Vec::new();
    if track.points == 0 {
        return vec![Sign::TrackPlaceless];
    }
    if counted < limits.track_points || track.distance_m < LEAST_M {
        signs.push(Sign::TrackShort {
            points: counted,
            metres: track.distance_m,
        });
    }
    signs.extend(history.tracks.iter().filter_map(|other| again(track, other, limits)));
    let Some(ended_us) = track.ended_us else {
        signs.push(Sign::TrackUntimed);
        return signs;
    };
    if track.teleports > 0 {
        signs.push(Sign::TrackTeleport { jumps: track.teleports });
    }
    if let Some(mode) = mode {
        signs.extend(moves(track, mode, limits));
    }
    let rails = matches!(mode, Some(Mode::Metro | Mode::Rail));
    if !rails && track.distance_m >= STRAIGHT_FROM_M && track.straight_permille > limits.straight_permille {
        signs.push(Sign::TrackStraight {
            permille: track.straight_permille,
        });
    }
    if track.moving_s >= REGULAR_FROM_S && track.variation_permille < limits.regular_permille {
        signs.push(Sign::TrackRegular {
            permille: track.variation_permille,
        });
    }
    if mode != Some(Mode::Metro) && track.longest_gap_s > limits.gap_seconds {
        signs.push(Sign::TrackGaps {
            seconds: track.longest_gap_s,
        });
    }
    let days = claim.sent_us.saturating_sub(ended_us) / DAY_US;
    if days >= limits.track_age_days {
        signs.push(Sign::TrackOld { days });
    }
    signs
}

/// Whether it moves as is claimed.
fn moves(track: &TrackFacts, claimed: Mode, limits: &Limits) -> Vec<Sign> {
    let Some(seen) = track.looks_like.first().copied() else {
        return Vec::new();
    };
    if seen == claimed {
        return Vec::new();
    }
    if track.looks_like.contains(&claimed) {
        return vec![Sign::TrackUnsure { claimed }];
    }
    let mut signs = vec![Sign::TrackMode { claimed, seen }];
    let limit = match claimed {
        Mode::Walking => limits.walk_p85,
        Mode::Cycling => limits.cycle_p85,
        other => fastest_mean(other, limits),
    };
    let p85 = track.speed.p85;
    if p85 > limit {
        signs.push(Sign::TrackFast { p85, limit });
    }
    signs
}

/// Whether it is a recording that was sent before, or somebody else's who rode along.
fn again(track: &TrackFacts, other: &Again, limits: &Limits) -> Option<Sign> {
    let begins_apart = match (track.started_us, other.began_us) {
        (Some(a), Some(b)) => a.abs_diff(b).cast_signed(),
        _ => i64::MAX,
    };
    let together = !other.own
        && begins_apart <= TOGETHER_US
        && other.apart > OWN_RECEIVER_M
        && other.apart <= limits.again_metres.saturating_mul(TOGETHER_TIMES);
    if together {
        return Some(Sign::TrackTogether {
            submission: other.submission,
        });
    }
    // on a short way two walks at an even pace lie close together anyway
    let scale = (track.distance_m / SHORT_SHARE).max(LEAST_AGAIN_M);
    let limit = limits.again_metres.max(track.distance_m / LONG_SHARE).min(scale);
    (other.apart <= limit).then_some(Sign::TrackAgain {
        submission: other.submission,
        own: other.own,
        metres: other.apart,
    })
}
