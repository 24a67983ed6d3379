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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::competition::Template;

    const RULE: LeagueRule = LeagueRule { size: 30, moving: 5 };

    fn member(number: i64, tier: u32, score: i64) -> Member {
        Member {
            participant: ParticipantId::new(number),
            ticket: number.unsigned_abs(),
            joined_us: number,
            tier,
            score,
            reached_us: 0,
        }
    }

    fn numbers(people: &[ParticipantId]) -> Vec<i64> {
        people.iter().map(|one| one.number()).collect()
    }

    fn sizes(people: i64) -> Vec<usize> {
        let members: Vec<Member> = (0..people).map(|number| member(number, 0, 0)).collect();
        divide(&RULE, &members)
            .iter()
            .map(|group| group.members.len())
            .collect()
    }

    #[test]
    fn rounds_have_seven_days_and_the_last_what_is_left() {
        let day = |text: &str| Day::parse(text).unwrap();
        let february = Template::WalkAndWin.terms(day("2028-02-01"));
        let rounds: Vec<Round> = february.rounds().collect();
        let days: Vec<_> = rounds
            .iter()
            .map(|round| (round.number, round.first.to_string(), round.last.to_string()))
            .collect();
        assert_eq!(days.len(), 5);
        assert_eq!(days[0], (0, "2028-02-01".to_owned(), "2028-02-07".to_owned()));
        assert_eq!(days[4], (4, "2028-02-29".to_owned(), "2028-02-29".to_owned()));
        assert_eq!(february.round_of(day("2028-02-14")), Some(rounds[1]));
        assert_eq!(february.round_of(day("2028-02-15")), Some(rounds[2]));
        for outside in [
            day("2028-01-31"),
            day("2028-03-01"),
            Day::from_epoch_days(i32::MIN),
            Day::from_epoch_days(i32::MAX),
        ] {
            assert_eq!(february.round_of(outside), None);
        }
    }

    #[test]
    fn groups_are_even_and_about_as_large_as_the_rule_says() {
        for (people, expected) in [
            (0, vec![]),
            (1, vec![1]),
            (33, vec![33]),
            (44, vec![44]),
            (45, vec![23, 22]),
            (100, vec![34, 33, 33]),
        ] {
            assert_eq!(sizes(people), expected, "{people}");
        }
    }

    #[test]
    fn neighbours_are_together_first_by_joining_and_then_by_score() {
        let rule = LeagueRule { size: 4, moving: 1 };
        let first: Vec<Member> = [6, 2, 5, 1, 8, 3, 7, 4].map(|number| member(number, 0, 0)).to_vec();
        let groups: Vec<_> = divide(&rule, &first)
            .iter()
            .map(|group| numbers(&group.members))
            .collect();
        assert_eq!(groups, [[1, 2, 3, 4], [5, 6, 7, 8]]);
        let scored: Vec<Member> = first
            .iter()
            .map(|one| Member {
                score: one.participant.number() % 4,
                ..*one
            })
            .collect();
        let groups: Vec<_> = divide(&rule, &scored)
            .iter()
            .map(|group| numbers(&group.members))
            .collect();
        assert_eq!(groups, [[3, 7, 2, 6], [1, 5, 4, 8]]);
    }

    #[test]
    fn the_best_go_up_and_the_last_go_down() {
        let group = |tier| -> Vec<Member> { (1..=30).map(|number| member(number, tier, 100 - number)).collect() };
        let middle = moves(&RULE, &group(2));
        assert_eq!(numbers(&middle.up), [1, 2, 3, 4, 5]);
        assert_eq!(numbers(&middle.down), [26, 27, 28, 29, 30]);
        assert_eq!(moves(&RULE, &group(0)).down, []);
        assert_eq!(moves(&RULE, &group(TIERS - 1)).up, []);
    }

    #[test]
    fn nobody_goes_up_with_nothing_and_small_groups_are_not_turned_over() {
        let walked: Vec<Member> = (1..=30)
            .map(|number| member(number, 1, i64::from(number == 9) * 500))
            .collect();
        assert_eq!(numbers(&moves(&RULE, &walked).up), [9]);
        let five: Vec<Member> = (1..=5).map(|number| member(number, 1, 10 - number)).collect();
        let moved = moves(&RULE, &five);
        assert_eq!((numbers(&moved.up), numbers(&moved.down)), (vec![1, 2], vec![4, 5]));
        assert_eq!(moves(&RULE, &five[..1]), Moves::default());
        assert_eq!(moves(&RULE, &[]), Moves::default());
    }

    fn members() -> impl Strategy<Value = Vec<Member>> {
        prop::collection::vec((0_u32..TIERS, 0_i64..5, 0_i64..3, 0_i64..3), 0..200).prop_map(|rows| {
            let one = |(number, (tier, score, reached_us, joined_us))| Member {
                joined_us,
                reached_us,
                ..member(number, tier, score)
            };
            (0..).zip(rows).map(one).collect()
        })
    }

    proptest! {
        #[test]
        fn everybody_is_in_one_group_of_fair_size_in_any_order(
            mut members in members(),
            size in 4_u32..=100,
            start: prop::sample::Index,
        ) {
            let rule = LeagueRule { size, moving: 1 };
            let groups = divide(&rule, &members);
            let all: BTreeSet<ParticipantId> = groups.iter().flat_map(|group| group.members.clone()).collect();
            prop_assert_eq!(all.len(), members.len());
            prop_assert_eq!(groups.iter().map(|group| group.members.len()).sum::<usize>(), members.len());
            for group in &groups {
                let same_tier: Vec<_> = groups.iter().filter(|other| other.tier == group.tier).collect();
                let of_tier = members.iter().filter(|member| member.tier == group.tier).count();
                let (least, most) = (of_tier / same_tier.len(), of_tier.div_ceil(same_tier.len()));
                prop_assert!((least..=most).contains(&group.members.len()));
                prop_assert!(same_tier.len() == 1 || group.members.len() * 2 >= size as usize);
                prop_assert!(group.members.len() <= size as usize * 3 / 2);
                for one in &group.members {
                    let member = members.iter().find(|member| member.participant == *one).unwrap();
                    prop_assert_eq!(member.tier, group.tier);
                }
            }
            if !members.is_empty() {
                let start = start.index(members.len());
                members.rotate_left(start);
            }
            prop_assert_eq!(divide(&rule, &members), groups);
        }

        #[test]
        fn moves_are_few_and_nobody_moves_twice(mut group in members(), tier in 0_u32..TIERS, moving in 1_u32..50) {
            for member in &mut group {
                member.tier = tier;
            }
            let rule = LeagueRule { size: 100, moving };
            let moved = moves(&rule, &group);
            let both: BTreeSet<_> = moved.up.iter().chain(&moved.down).collect();
            prop_assert_eq!(both.len(), moved.up.len() + moved.down.len());
            prop_assert!(moved.up.len() <= moving as usize && moved.down.len() <= moving as usize);
            let of = |one: &ParticipantId| group.iter().find(|member| member.participant == *one).unwrap();
            prop_assert!(moved.up.iter().all(|one| of(one).score > 0 && tier + 1 < TIERS));
            prop_assert!(moved.down.is_empty() || tier > 0);
            for (up, stays) in moved.up.iter().flat_map(|up| group.iter().map(move |other| (up, other))) {
                prop_assert!(moved.up.contains(&stays.participant) || of(up).score >= stays.score);
            }
            for (down, stays) in moved.down.iter().flat_map(|down| group.iter().map(move |other| (down, other))) {
                prop_assert!(moved.down.contains(&stays.participant) || of(down).score <= stays.score);
            }
            group.reverse();
            prop_assert_eq!(moves(&rule, &group), moved);
        }
    }
}
