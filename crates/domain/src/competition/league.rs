//! Leagues: small groups of about equal strength, sorted anew every seven days.
//!
//! Everybody begins on the lowest tier. After a round the best of each group go up a tier and the last go down, and
//! each tier is divided anew, neighbours by the last round's score together. Invariant: all of it follows from scores,
//! times and tickets, and everybody is in exactly one group.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{LeagueRule, Terms};
use crate::measure::{Day, ParticipantId};

/// Tiers that there are: whoever goes up after each round of a month ends on the highest.
pub const TIERS: u32 = 5;

const ROUND_DAYS: i32 = 7;

/// Seven days of the window, or what is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// From 0.
    pub number: u32,
    /// Its first day.
    pub first: Day,
    /// Its last day.
    pub last: Day,
}

impl Terms {
    /// The round that a day lies in; none outside the window.
    pub fn round_of(&self, day: Day) -> Option<Round> {
        let passed = day.epoch_days().checked_sub(self.first.epoch_days())?;
        let number = passed.checked_div_euclid(ROUND_DAYS)?;
        let first = self.first.plus(number.checked_mul(ROUND_DAYS)?);
        self.covers(day).then_some(Round {
            number: u32::try_from(number).ok()?,
            first,
            last: first.plus(ROUND_DAYS - 1).min(self.last),
        })
    }

    /// The rounds of the window, in order.
    pub fn rounds(&self) -> impl Iterator<Item = Round> {
        std::iter::successors(self.round_of(self.first), |round| self.round_of(round.last.plus(1)))
    }
}

/// Somebody in the leagues, with what the last round brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub participant: ParticipantId,
    /// The public number drawn by chance at joining; no two members share one.
    pub ticket: u64,
    /// When they joined.
    pub joined_us: i64,
    /// The tier, 0 the lowest; whoever is new begins there.
    pub tier: u32,
    /// The score of the last round; zero before the first.
    pub score: i64,
    /// When it was reached; zero before the first round.
    pub reached_us: i64,
}

impl Member {
    /// The best first.
    fn order(&self) -> impl Ord + use<> {
        (Reverse(self.score), self.reached_us, self.joined_us, self.ticket)
    }
}

/// A group of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its tier.
    pub tier: u32,
    /// Who is in it.
    pub members: Vec<ParticipantId>,
}

/// Divides everybody into groups for the next round, the lowest tier first. Groups of a tier differ by one member at
/// most; there are as many as come nearest to the rule's size, so that only a tier of less than half that size makes a
/// group of less. In a first round nobody has a score, and neighbours by the order of joining are together.
pub fn divide(rule: &LeagueRule, members: &[Member]) -> Vec<Group> {
    let mut tiers: BTreeMap<u32, Vec<&Member>> = BTreeMap::new();
    for member in members {
        tiers.entry(member.tier).or_default().push(member);
    }
    let size = usize::try_from(rule.size.max(1)).unwrap_or(usize::MAX);
    let mut groups = Vec::new();
    for (tier, mut members) in tiers {
        members.sort_by_key(|member| member.order());
        let count = (members.len().saturating_add(size / 2) / size).max(1);
        let (each, more) = (members.len() / count, members.len() % count);
        let mut rest = members.as_slice();
        for number in 0..count {
            let (group, after) = rest.split_at((each + usize::from(number < more)).min(rest.len()));
            rest = after;
            groups.push(Group {
                tier,
                members: group.iter().map(|member| member.participant).collect(),
            });
        }
    }
    groups
}

/// Who changes tier after a round.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moves {
    /// One tier up, the best first.
    pub up: Vec<ParticipantId>,
    /// One tier down, the best first.
    pub down: Vec<ParticipantId>,
}

/// Who of a group changes tier. Nobody goes up from the highest tier, down from the lowest, or up with a score of zero;
/// in a small group at most half go up and half down.
pub fn moves(rule: &LeagueRule, group: &[Member]) -> Moves {
    let mut sorted: Vec<&Member> = group.iter().collect();
    sorted.sort_by_key(|member| member.order());
    let moving = usize::try_from(rule.moving).unwrap_or(usize::MAX).min(sorted.len() / 2);
    let up = sorted
        .iter()
        .take(moving)
        .filter(|member| member.score > 0 && member.tier + 1 < TIERS);
    let down = sorted
        .iter()
        .skip(sorted.len() - moving)
        .filter(|member| member.tier > 0);
    Moves {
        up: up.map(|member| member.participant).collect(),
        down: down.map(|member| member.participant).collect(),
    }
}
