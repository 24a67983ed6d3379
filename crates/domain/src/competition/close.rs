//! Scores and the close: final lines in; podium, teams and awards out.
//!
//! ```text
//! days ─ score ─> line ─┬─ places ──┬─> awards ─ award_changes ─> what a disqualification moves
//!                       └─ teams  ──┘
//! ```
//!
//! Equal scores are told apart by who reached the score earlier, then by who joined earlier, and at the close alone by
//! the lot, so that there are never more winners than pieces. Invariant: the podium is a function of terms, seed and
//! lines, whatever the order of lines.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::day::clamped;
use super::draw::{Lots, digest};
use super::{Terms, To};
use crate::measure::{Day, ParticipantId};

/// How somebody stands to a competition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Takes part.
    In,
    /// Left after teams were fixed: not ranked, wins nothing, counts on in the team's mean.
    Left,
    /// Disqualified: not ranked, wins nothing, and the team's mean is taken without.
    Out,
}

impl Status {
    /// As it is stored.
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// From the stored number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Status::In),
            1 => Some(Status::Left),
            2 => Some(Status::Out),
            _ => None,
        }
    }
}

/// A score and when it was reached, in microseconds since the epoch: the sum of what counts of each day in the window,
/// at most one value a day. With a handicap it is the thousandths of the baseline (per day) that the sum makes, rounded
/// down. The score was reached when the last value that counts was; 0 if none does.
///
/// `reached_us` of a day is when what counts was reached: a raise beyond the day's ceiling does not move it.
pub fn score(terms: &Terms, baseline: i64, days: impl Iterator<Item = (Day, i64, i64)>) -> (i64, i64) {
    let (mut sum, mut reached) = (0_i128, 0);
    for (day, value, reached_us) in days {
        let counted = terms.counted(value);
        if terms.covers(day) && counted > 0 {
            sum += i128::from(counted);
            reached = reached_us.max(reached);
        }
    }
    if let Some(handicap) = &terms.handicap {
        sum = sum * 1000 / i128::from(baseline.max(handicap.floor).max(1));
    }
    (clamped(sum), reached)
}

/// The baseline of a handicap, per day: the mean of what counts of the days before the window, rounded down. A day
/// without a value counts zero; days outside the handicap's stretch are passed over; without a handicap it is 0.
pub fn baseline(terms: &Terms, days: impl Iterator<Item = (Day, i64)>) -> i64 {
    let Some(handicap) = &terms.handicap else {
        return 0;
    };
    let before = |day: Day| i64::from(terms.first.epoch_days()) - i64::from(day.epoch_days());
    let stretch = 1..=i64::from(handicap.days);
    let sum: i128 = days
        .filter(|(day, _)| stretch.contains(&before(*day)))
        .map(|(_, value)| i128::from(terms.counted(value)))
        .sum();
    clamped(sum / i128::from(handicap.days.max(1)))
}

/// Somebody's final line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Who.
    pub participant: ParticipantId,
    /// The public number drawn by chance at joining; no two lines share one.
    pub ticket: u64,
    /// When they joined.
    pub joined_us: i64,
    /// Their team.
    pub team: Option<i64>,
    /// How they stand to the competition.
    pub status: Status,
    /// The score, zero or more. A disqualification leaves it as it is.
    pub score: i64,
    /// When it was reached.
    pub reached_us: i64,
}

/// A team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TeamLine {
    /// Its number.
    pub id: i64,
    /// When it was formed.
    pub formed_us: i64,
}

/// Somebody's value of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayLine {
    /// Who.
    pub participant: ParticipantId,
    /// The public number drawn by chance at joining.
    pub ticket: u64,
    /// When they joined.
    pub joined_us: i64,
    /// What counts of the day.
    pub value: i64,
    /// When it was reached.
    pub reached_us: i64,
}

/// The champion of a day among those who take part: the highest value, then the one reached earlier, then who joined
/// earlier, then the lower ticket. Nobody if all are zero.
pub fn champion(lines: impl Iterator<Item = DayLine>) -> Option<DayLine> {
    lines
        .filter(|line| line.value > 0)
        .min_by_key(|line| (Reverse(line.value), line.reached_us, line.joined_us, line.ticket))
}

/// A place of the podium; no two share a rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub rank: u32,
    /// Who.
    pub participant: ParticipantId,
    /// The score.
    pub score: i64,
    /// When it was reached.
    pub reached_us: i64,
    /// When they joined.
    pub joined_us: i64,
}

/// A team's place. Its score is the mean `sum / members`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TeamPlace {
    /// From 1; none for a team with too few members.
    pub rank: Option<u32>,
    /// Which.
    pub team: i64,
    /// The sum over its members.
    pub sum: i64,
    /// Members that count: those who take part and those who left after teams were fixed.
    pub members: u32,
}

/// By what somebody won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Won {
    /// By this rank.
    Rank(u32),
    /// With this team.
    Team(i64),
    /// In a draw, in this turn from 1.
    Draw(u32),
    /// By a score that was high enough, on this rank.
    Threshold(u32),
}

impl Won {
    /// The rank, the team or the turn, as it is stored beside the prize.
    pub const fn number(self) -> i64 {
        match self {
            Won::Rank(number) | Won::Draw(number) | Won::Threshold(number) => number as i64,
            Won::Team(team) => team,
        }
    }
}

/// A piece of a prize that somebody won.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Award {
    /// The place of the prize in the terms, from 0.
    pub prize: usize,
    /// Who won.
    pub participant: ParticipantId,
    /// By what.
    pub by: Won,
}

/// The outcome of a competition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Podium {
    /// Everybody who takes part, by rank.
    pub places: Vec<Place>,
    /// Teams by rank, then those that are not ranked.
    pub teams: Vec<TeamPlace>,
    /// What is given, by prize.
    pub awards: Vec<Award>,
    /// The digest that the lots were drawn with.
    pub digest: [u8; 32],
}

/// Closes a competition. A score of zero wins nothing, nor does a team whose sum is zero; a prize for a team goes to
/// each member who takes part, whatever their own score.
pub fn close(terms: &Terms, seed: &[u8; 32], lines: &[Line], teams: &[TeamLine]) -> Podium {
    let digest = digest(lines);
    let lots = Lots::new(seed, &digest);
    let mut ranked: Vec<&Line> = lines.iter().filter(|line| line.status == Status::In).collect();
    ranked.sort_by_cached_key(|line| {
        (
            Reverse(line.score),
            line.reached_us,
            line.joined_us,
            lots.tie(line.ticket),
        )
    });
    let places: Vec<Place> = (1..)
        .zip(&ranked)
        .map(|(rank, line)| Place {
            rank,
            participant: line.participant,
            score: line.score,
            reached_us: line.reached_us,
            joined_us: line.joined_us,
        })
        .collect();
    let teams = rank_teams(terms, &lots, lines, teams);
    let awards = awards(terms, &lots, &ranked, &teams);
    Podium {
        places,
        teams,
        awards,
        digest,
    }
}

/// A team with what its members make of it.
struct Tally {
    line: TeamLine,
    sum: i128,
    members: u32,
    reached_us: i64,
    /// The best lot of its members.
    lot: Option<[u8; 32]>,
    ranked: bool,
}

impl Tally {
    fn add(&mut self, line: &Line, lot: [u8; 32]) {
        self.sum += i128::from(line.score);
        self.members = self.members.saturating_add(1);
        self.reached_us = self.reached_us.max(line.reached_us);
        self.lot = Some(self.lot.map_or(lot, |best| best.min(lot)));
    }

    /// Who is ahead: the ranked, the higher mean, the earlier to reach it, the earlier formed, the lot. Means are
    /// compared as fractions: 95 bits of sum and 32 of members stay within 127. Only teams without members have no lot;
    /// they win nothing, and stand in the order of their numbers.
    fn order(&self, other: &Tally) -> Ordering {
        let mean = |one: &Tally, two: &Tally| one.sum * i128::from(two.members.max(1));
        let key = |team: &Tally| (team.reached_us, team.line.formed_us, team.lot, team.line.id);
        let ranked = other.ranked.cmp(&self.ranked);
        ranked
            .then_with(|| mean(other, self).cmp(&mean(self, other)))
            .then_with(|| key(self).cmp(&key(other)))
    }
}

fn rank_teams(terms: &Terms, lots: &Lots, lines: &[Line], teams: &[TeamLine]) -> Vec<TeamPlace> {
    let Some(rule) = &terms.teams else {
        return Vec::new();
    };
    let empty = |line: &TeamLine| Tally {
        line: *line,
        sum: 0,
        members: 0,
        reached_us: 0,
        lot: None,
        ranked: false,
    };
    let mut tallies: BTreeMap<i64, Tally> = teams.iter().map(|line| (line.id, empty(line))).collect();
    for line in lines.iter().filter(|line| line.status != Status::Out) {
        if let Some(tally) = line.team.and_then(|team| tallies.get_mut(&team)) {
            tally.add(line, lots.tie(line.ticket));
        }
    }
    let mut tallies: Vec<Tally> = tallies.into_values().collect();
    for tally in &mut tallies {
        tally.ranked = tally.members >= rule.min_members.max(1);
    }
    tallies.sort_by(Tally::order);
    (1..)
        .zip(tallies)
        .map(|(rank, tally)| TeamPlace {
            rank: tally.ranked.then_some(rank),
            team: tally.line.id,
            sum: clamped(tally.sum),
            members: tally.members,
        })
        .collect()
}

/// Who wins what; `ranked` are the lines of those who take part, by rank.
fn awards(terms: &Terms, lots: &Lots, ranked: &[&Line], teams: &[TeamPlace]) -> Vec<Award> {
    let most_members = terms.teams.as_ref().map_or(0, |rule| rule.max_members);
    let mut members: BTreeMap<i64, Vec<&Line>> = BTreeMap::new();
    for line in ranked {
        if let Some(team) = line.team {
            members.entry(team).or_default().push(line);
        }
    }
    let mut awards = Vec::new();
    for (number, prize) in terms.prizes.iter().enumerate() {
        let mut give = |line: &Line, by: Won| {
            awards.push(Award {
                prize: number,
                participant: line.participant,
                by,
            });
        };
        let reaching = |least: i64| {
            (1_u32..)
                .zip(ranked)
                .filter(move |(_, line)| line.score >= least.max(1))
        };
        match prize.to {
            To::Rank { first, last } => reaching(1)
                .filter(|(rank, _)| (first..=last).contains(rank))
                .for_each(|(rank, line)| give(line, Won::Rank(rank))),
            To::Team { first, last } => {
                let won =
                    |team: &&TeamPlace| team.sum > 0 && team.rank.is_some_and(|rank| (first..=last).contains(&rank));
                for team in teams.iter().filter(won) {
                    let escrowed = (0..most_members).zip(members.get(&team.team).into_iter().flatten());
                    escrowed.for_each(|(_, line)| give(line, Won::Team(team.team)));
                }
            }
            To::Draw { winners, at_least } => {
                let salt = u32::try_from(number).unwrap_or(u32::MAX); // there are at most 30 prizes
                let mut drawn: Vec<&Line> = reaching(at_least).map(|(_, line)| *line).collect();
                drawn.sort_by_cached_key(|line| lots.draw(line.ticket, salt));
                (1..=winners)
                    .zip(drawn)
                    .for_each(|(turn, line)| give(line, Won::Draw(turn)));
            }
            To::Threshold { at_least, pieces } => (0..pieces)
                .zip(reaching(at_least))
                .for_each(|(_, (rank, line))| give(line, Won::Threshold(rank))),
        }
    }
    awards
}

/// What changes between two closes. Who keeps a prize keeps it, on whatever rank.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// What was given and is taken back.
    pub withdrawn: Vec<Award>,
    /// What is given in its stead.
    pub added: Vec<Award>,
}

/// What a disqualification after the close moves.
pub fn award_changes(before: &[Award], after: &[Award]) -> Changes {
    let without = |awards: &[Award], others: &[Award]| {
        let others: BTreeSet<_> = others.iter().map(|award| (award.prize, award.participant)).collect();
        let missing = |award: &&Award| !others.contains(&(award.prize, award.participant));
        awards.iter().filter(missing).copied().collect()
    };
    Changes {
        withdrawn: without(before, after),
        added: without(after, before),
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
