//! What holds for any lines, against naive models.

use std::collections::BTreeSet;

use num_rational::Ratio;
use proptest::prelude::*;
use proptest::sample::Index;

use super::tests::{day, terms, winners};
use super::*;
use crate::competition::TeamRule;

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![6 => Just(Status::In), 1 => Just(Status::Left), 1 => Just(Status::Out)]
}

/// Lines with many ties: few values for everything but the ticket, which is the place in the list.
fn lines() -> impl Strategy<Value = Vec<Line>> {
    let score = prop_oneof![5 => 0_i64..4, 1 => 0..i64::MAX];
    let one = (0_i64..3, prop::option::of(0_i64..5), status(), score, 0_i64..3);
    prop::collection::vec(one, 0..40).prop_map(|rows| {
        let line = |(number, (joined_us, team, status, score, reached_us)): (i64, _)| Line {
            participant: ParticipantId::new(number + 1_000),
            ticket: (number * 37 % 101).unsigned_abs(),
            joined_us,
            team,
            status,
            score,
            reached_us,
        };
        (0..).zip(rows).map(line).collect()
    })
}

fn teams() -> impl Strategy<Value = Vec<TeamLine>> {
    prop::collection::vec(0_i64..2, 5).prop_map(|formed| {
        (0..)
            .zip(formed)
            .map(|(id, formed_us)| TeamLine { id, formed_us })
            .collect()
    })
}

fn to() -> impl Strategy<Value = To> {
    prop_oneof![
        (1_u32..20, 0_u32..20).prop_map(|(first, more)| To::Rank {
            first,
            last: first + more
        }),
        (1_u32..4, 0_u32..4).prop_map(|(first, more)| To::Team {
            first,
            last: first + more
        }),
        (1_u32..20, 1_i64..4).prop_map(|(winners, at_least)| To::Draw { winners, at_least }),
        (1_u32..20, 1_i64..4).prop_map(|(pieces, at_least)| To::Threshold { at_least, pieces }),
    ]
}

fn some_terms() -> impl Strategy<Value = Terms> {
    let rule = (1_u32..4, 0_u32..4);
    (prop::collection::vec(to(), 0..6), rule).prop_map(|(prizes, (min_members, more))| Terms {
        teams: Some(TeamRule {
            min_members,
            max_members: min_members + more,
            fixed_after: day("2026-11-07"),
        }),
        ..terms(prizes)
    })
}

/// A team's mean and when it was reached, in fractions of any size.
fn mean(lines: &[Line], team: i64) -> (Option<Ratio<i128>>, usize, i64) {
    let members: Vec<&Line> = lines
        .iter()
        .filter(|line| line.team == Some(team) && line.status != Status::Out)
        .collect();
    let sum: i128 = members.iter().map(|line| i128::from(line.score)).sum();
    let mean = (!members.is_empty()).then(|| Ratio::new(sum, members.len() as i128));
    (
        mean,
        members.len(),
        members.iter().map(|line| line.reached_us).max().unwrap_or(0),
    )
}

proptest! {
    #[test]
    fn the_order_of_lines_changes_nothing(
        terms in some_terms(),
        lines in lines(),
        teams in teams(),
        seed: [u8; 32],
        swaps in prop::collection::vec((any::<Index>(), any::<Index>()), 0..40),
    ) {
        let podium = close(&terms, &seed, &lines, &teams);
        let (mut shuffled, mut turned) = (lines.clone(), teams);
        for (one, other) in swaps {
            if !shuffled.is_empty() {
                shuffled.swap(one.index(lines.len()), other.index(lines.len()));
            }
        }
        turned.reverse();
        prop_assert_eq!(close(&terms, &seed, &shuffled, &turned), podium);
    }

    #[test]
    fn a_prize_never_has_more_winners_than_pieces_and_nobody_wins_it_twice(
        terms in some_terms(),
        lines in lines(),
        teams in teams(),
        seed: [u8; 32],
    ) {
        prop_assert_eq!(terms.check(), Ok(()));
        let podium = close(&terms, &seed, &lines, &teams);
        let mut seen = BTreeSet::new();
        for award in &podium.awards {
            let winner = lines.iter().find(|line| line.participant == award.participant).unwrap();
            prop_assert_eq!(winner.status, Status::In);
            prop_assert!(matches!(award.by, Won::Team(_)) || winner.score > 0);
            prop_assert!(seen.insert((award.prize, award.participant)));
        }
        for (number, prize) in terms.prizes.iter().enumerate() {
            let given = podium.awards.iter().filter(|award| award.prize == number).count();
            prop_assert!(given <= usize::try_from(terms.pieces(prize).unwrap()).unwrap());
            // nor fewer than can be won
            let reaching = |least| lines.iter().filter(move |line| line.status == Status::In && line.score >= least);
            let expected = match prize.to {
                To::Rank { first, last } => reaching(1).count().min(last as usize).saturating_sub(first as usize - 1),
                To::Draw { winners, at_least } => reaching(at_least).count().min(winners as usize),
                To::Threshold { at_least, pieces } => reaching(at_least).count().min(pieces as usize),
                To::Team { .. } => given,
            };
            prop_assert_eq!(given, expected);
        }
    }

    #[test]
    fn a_rank_is_one_more_than_there_are_people_ahead(
        terms in some_terms(),
        lines in lines(),
        teams in teams(),
        seed: [u8; 32],
    ) {
        let podium = close(&terms, &seed, &lines, &teams);
        let lots = Lots::new(&seed, &digest(&lines));
        let ahead = |one: &Line, other: &Line| {
            if one.score != other.score {
                one.score > other.score
            } else if one.reached_us != other.reached_us {
                one.reached_us < other.reached_us
            } else if one.joined_us != other.joined_us {
                one.joined_us < other.joined_us
            } else {
                lots.tie(one.ticket) < lots.tie(other.ticket)
            }
        };
        let taking_part: Vec<&Line> = lines.iter().filter(|line| line.status == Status::In).collect();
        prop_assert_eq!(podium.places.len(), taking_part.len());
        for line in &taking_part {
            let rank = 1 + taking_part.iter().filter(|other| ahead(other, line)).count();
            let place = podium.places.iter().find(|place| place.participant == line.participant).unwrap();
            prop_assert_eq!(place.rank as usize, rank);
        }
    }

    #[test]
    fn teams_stand_in_the_order_of_their_exact_means(
        terms in some_terms(),
        lines in lines(),
        teams in teams(),
        seed: [u8; 32],
    ) {
        let podium = close(&terms, &seed, &lines, &teams);
        let least = terms.teams.as_ref().unwrap().min_members as usize;
        prop_assert_eq!(podium.teams.len(), teams.len());
        for place in &podium.teams {
            let (_, members, _) = mean(&lines, place.team);
            prop_assert_eq!((place.rank.is_some(), place.members as usize), (members >= least, members));
        }
        for (rank, pair) in (1_u32..).zip(podium.teams.windows(2)) {
            let ((one, _, one_us), (other, _, other_us)) = (mean(&lines, pair[0].team), mean(&lines, pair[1].team));
            if pair[1].rank.is_some() {
                prop_assert_eq!((pair[0].rank, pair[1].rank), (Some(rank), Some(rank + 1)));
                prop_assert!(one > other || (one == other && one_us <= other_us));
            }
        }
    }

    #[test]
    fn a_disqualification_moves_exactly_those_behind(
        terms in some_terms(),
        lines in lines(),
        teams in teams(),
        seed: [u8; 32],
        who: Index,
    ) {
        let before = close(&terms, &seed, &lines, &teams);
        prop_assume!(!before.places.is_empty());
        let out = before.places[who.index(before.places.len())];
        let mut lines = lines;
        for line in &mut lines {
            if line.participant == out.participant {
                line.status = Status::Out;
            }
        }
        let after = close(&terms, &seed, &lines, &teams);
        let expected: Vec<Place> = before
            .places
            .iter()
            .filter(|place| place.participant != out.participant)
            .map(|place| Place { rank: place.rank - u32::from(place.rank > out.rank), ..*place })
            .collect();
        prop_assert_eq!(&after.places, &expected);

        let changes = award_changes(&before.awards, &after.awards);
        for (number, prize) in terms.prizes.iter().enumerate() {
            if matches!(prize.to, To::Team { .. }) {
                continue; // a team's mean may move it either way
            }
            let lost = winners(&changes.withdrawn, number);
            let gained = winners(&changes.added, number);
            // a prize of later ranks is also lost by whoever moves up out of them, to a better one
            let leaves = match prize.to {
                To::Rank { first, .. } => before.places.get(out.rank.max(first) as usize - 1),
                _ => Some(&out),
            };
            let leaves = leaves.map(|place| place.participant.number());
            prop_assert!(lost.iter().all(|number| Some(*number) == leaves), "{lost:?}");
            prop_assert!(gained.len() <= lost.len());
        }
        // what is kept, with what is added, is what is given now
        let pairs = |awards: &[Award]| awards.iter().map(|award| (award.prize, award.participant)).collect::<BTreeSet<_>>();
        let mut now = pairs(&before.awards);
        for gone in pairs(&changes.withdrawn) {
            prop_assert!(now.remove(&gone));
        }
        for new in pairs(&changes.added) {
            prop_assert!(now.insert(new));
        }
        prop_assert_eq!(now, pairs(&after.awards));
    }
}
