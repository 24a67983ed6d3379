//! Against a sorted list and plain recomputation, under random histories.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// splitmix64
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }

    fn number(&mut self, end: i64) -> i64 {
        self.below(end.cast_unsigned()).cast_signed()
    }

    fn size(&mut self, end: u64) -> usize {
        usize::try_from(self.below(end)).unwrap()
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}

/// The board as anybody would write it first.
#[derive(Default)]
struct Naive {
    members: BTreeMap<i64, Member>,
    teams: BTreeMap<i64, i64>,
}

fn better(one: &Member, other: &Member) -> bool {
    let place = |m: &Member| (std::cmp::Reverse(m.score), m.reached_us, m.joined_us);
    place(one) < place(other)
}

impl Naive {
    fn sorted(&self) -> Vec<Standing> {
        let mut all: Vec<Member> = self.members.values().copied().collect();
        all.sort_by_key(|m| (std::cmp::Reverse(m.score), m.reached_us, m.joined_us, m.id));
        let mut sorted: Vec<Standing> = Vec::new();
        for (place, member) in (1..).zip(all) {
            let rank = match sorted.last() {
                Some(last) if !better(&last.member, &member) => last.rank,
                _ => place,
            };
            sorted.push(Standing { rank, member });
        }
        sorted
    }

    fn rank(&self, id: i64) -> Option<u64> {
        let mine = self.members.get(&id)?;
        Some(self.members.values().filter(|other| better(other, mine)).count() as u64 + 1)
    }

    fn teams(&self, least: u32) -> Vec<TeamStanding> {
        let mut all = Vec::new();
        for (number, formed_us) in &self.teams {
            let of_it: Vec<&Member> = self.members.values().filter(|m| m.team == Some(*number)).collect();
            all.push(TeamStanding {
                rank: None,
                number: *number,
                formed_us: *formed_us,
                sum: of_it.iter().map(|m| i128::from(m.score)).sum(),
                members: u32::try_from(of_it.len()).unwrap(),
                reached_us: of_it.iter().filter(|m| m.score > 0).map(|m| m.reached_us).max(),
            });
        }
        let crossed = |one: &TeamStanding, other: &TeamStanding| {
            let mean = (other.sum * i128::from(one.members)).cmp(&(one.sum * i128::from(other.members)));
            mean.then((one.reached_us, one.formed_us).cmp(&(other.reached_us, other.formed_us)))
        };
        let (mut ranked, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|t| t.members >= least.max(1));
        ranked.sort_by(|one, other| crossed(one, other).then(one.number.cmp(&other.number)));
        for n in 0..ranked.len() {
            let ahead = ranked.iter().filter(|other| crossed(other, &ranked[n]).is_lt()).count();
            ranked[n].rank = Some(ahead as u64 + 1);
        }
        ranked.extend(rest);
        ranked
    }
}

fn check(board: &Standings) {
    board.order.check(&board.people);
}

/// Every question, compared.
fn compare(board: &Standings, naive: &Naive, least: u32, chance: &mut Chance) {
    check(board);
    let sorted = naive.sorted();
    assert_eq!(board.len(), sorted.len());
    assert_eq!(board.iter().collect::<Vec<_>>(), sorted);
    let ids: Vec<ParticipantId> = sorted.iter().map(|s| s.member.id).collect();
    let ranks: Vec<Option<u64>> = sorted.iter().map(|s| Some(s.rank)).collect();
    assert_eq!(board.ranks(&ids), ranks);
    for (place, standing) in sorted.iter().enumerate() {
        if !chance.one_in(7) {
            continue;
        }
        assert_eq!(board.rank(standing.member.id), Some(standing.rank));
        assert_eq!(board.get(standing.member.id), Some(standing.member));
        let n = chance.size(5);
        let around = &sorted[place.saturating_sub(n)..(place + n + 1).min(sorted.len())];
        assert_eq!(
            board.around(standing.member.id, u32::try_from(n).unwrap()).unwrap(),
            around
        );
        assert_eq!(
            board.page(place as u64 + 1, 3),
            sorted[place..(place + 3).min(sorted.len())]
        );
    }
    assert_eq!(board.page(sorted.len() as u64 + 1, 3), []);
    assert_eq!(board.top(4), sorted[..4.min(sorted.len())]);

    let teams = naive.teams(least);
    let ranked: Vec<TeamStanding> = teams.iter().filter(|t| t.rank.is_some()).copied().collect();
    assert_eq!(board.teams().collect::<Vec<_>>(), ranked);
    for team in &teams {
        assert_eq!(board.team(team.number), Some(*team));
        assert_eq!(board.team_rank(team.number), team.rank);
        let of_it: Vec<Standing> = sorted
            .iter()
            .filter(|s| s.member.team == Some(team.number))
            .copied()
            .collect();
        assert_eq!(board.members_of(team.number).unwrap(), of_it);
    }

    let members = naive.members.values().copied();
    let again = Standings::from_members(least, naive.teams.clone(), members).unwrap();
    check(&again);
    assert_eq!(again.iter().collect::<Vec<_>>(), sorted);
    assert_eq!(again.teams().collect::<Vec<_>>(), ranked);

    let outline = board.outline();
    assert_eq!(Outline::from_bytes(&outline.to_bytes()), Ok(outline.clone()));
    assert_eq!(outline.members(), sorted.len() as u64);
    for standing in &sorted {
        let (best, worst) = outline.rank_of(standing.member.score);
        assert!(best <= standing.rank && standing.rank <= worst);
    }
}

struct Kind {
    seed: u64,
    ids: i64,
    teams: i64,
    least: u32,
    scores: i64,
    instants: i64,
    joins: i64,
    steps: usize,
    compare_every: usize,
    /// Enters of ten deeds, so that a board grows or shrinks.
    enters: u64,
}

fn history(kind: &Kind) {
    let mut chance = Chance(kind.seed);
    let mut board = Standings::new(kind.least);
    let mut naive = Naive::default();
    for number in 0..kind.teams {
        let formed = chance.number(3);
        board.form(number * 1000, formed).unwrap();
        assert_eq!(board.form(number * 1000, 5), Err(Refused::TeamExists(number * 1000)));
        naive.teams.insert(number * 1000, formed);
    }
    let reading = |chance: &mut Chance| Reading {
        id: ParticipantId::new(chance.number(kind.ids)),
        score: if chance.one_in(3) {
            0
        } else {
            chance.number(kind.scores)
        },
        reached_us: chance.number(kind.instants) - kind.instants / 2,
    };
    for step in 0..kind.steps {
        let id = chance.number(kind.ids);
        let who = ParticipantId::new(id);
        match chance.below(20) {
            n if n < kind.enters => {
                let Reading { score, reached_us, .. } = reading(&mut chance);
                let team = (kind.teams > 0 && !chance.one_in(4)).then(|| chance.number(kind.teams) * 1000);
                let joined_us = chance.number(kind.joins);
                let member = Member {
                    id: who,
                    joined_us,
                    team,
                    score,
                    reached_us,
                };
                let known = naive.members.contains_key(&id);
                let entered = if known { Err(Refused::AlreadyIn(who)) } else { Ok(()) };
                assert_eq!(board.enter(&member), entered);
                naive.members.entry(id).or_insert(member);
            }
            n if n < 10 => {
                let removed = board.remove(who);
                assert_eq!(removed, naive.members.remove(&id).ok_or(Refused::Unknown(who)));
            }
            n if n < 12 => {
                let readings: Vec<Reading> = (0..chance.below(150)).map(|_| reading(&mut chance)).collect();
                let known = |r: &&Reading| naive.members.contains_key(&r.id.number());
                let known: Vec<Reading> = readings.iter().filter(known).copied().collect();
                if known.len() < readings.len() {
                    assert!(matches!(board.set_many(&readings), Err(Refused::Unknown(_))));
                }
                board.set_many(&known).unwrap();
                for next in known {
                    let member = naive.members.get_mut(&next.id.number()).unwrap();
                    (member.score, member.reached_us) = (next.score, next.reached_us);
                }
            }
            _ => {
                let Reading { score, reached_us, .. } = reading(&mut chance);
                match naive.members.get_mut(&id) {
                    Some(member) => {
                        board.set(who, score, reached_us).unwrap();
                        (member.score, member.reached_us) = (score, reached_us);
                    }
                    None => assert_eq!(board.set(who, score, reached_us), Err(Refused::Unknown(who))),
                }
            }
        }
        if step % 16 == 0 {
            assert_eq!(board.rank(who), naive.rank(id));
        }
        if step % kind.compare_every == 0 {
            compare(&board, &naive, kind.least, &mut chance);
        }
    }
    compare(&board, &naive, kind.least, &mut chance);
}

const SMALL: Kind = Kind {
    seed: 1,
    ids: 200,
    teams: 9,
    least: 2,
    scores: 12,
    instants: 5,
    joins: 3,
    steps: 20_000,
    compare_every: 500,
    enters: 5,
};

#[test]
fn a_small_board_where_everybody_ties_agrees_with_a_sorted_list() {
    history(&SMALL);
    history(&Kind {
        seed: 2,
        ids: 30,
        teams: 4,
        least: 0,
        ..SMALL
    });
    history(&Kind {
        seed: 3,
        ids: 700,
        teams: 100,
        least: 5,
        ..SMALL
    });
}

#[test]
fn a_board_of_one_score_and_one_instant_agrees_with_a_sorted_list() {
    history(&Kind {
        seed: 4,
        ids: 900,
        scores: 1,
        instants: 1,
        joins: 2,
        ..SMALL
    });
    history(&Kind {
        seed: 5,
        ids: 900,
        scores: 1,
        instants: 1,
        joins: 1,
        ..SMALL
    });
}

#[test]
fn a_board_as_wide_as_numbers_go_agrees_with_a_sorted_list() {
    history(&Kind {
        seed: 6,
        scores: i64::MAX,
        instants: i64::MAX,
        joins: i64::MAX,
        ..SMALL
    });
}

#[test]
fn a_board_of_many_blocks_agrees_with_a_sorted_list() {
    let large = Kind {
        ids: 30_000,
        teams: 1_000,
        scores: 4_000,
        instants: 50,
        steps: 60_000,
        compare_every: 30_000,
        enters: 9,
        ..SMALL
    };
    history(&Kind { seed: 7, ..large });
}

fn plain(id: i64, score: i64) -> Member {
    Member {
        id: ParticipantId::new(id),
        joined_us: id,
        team: None,
        score,
        reached_us: id,
    }
}

#[test]
fn a_board_that_empties_and_fills_again_keeps_its_shape() {
    let mut chance = Chance(8);
    let members = (0..40_000).map(|id| plain(id, chance.number(1 << 40)));
    let mut board = Standings::from_members(1, [], members).unwrap();
    for kept in [20_000, 5_000, 300, 0] {
        let leaving = board.len() - kept;
        let leave: Vec<ParticipantId> = board.iter().map(|s| s.member.id).collect();
        // every second from the front first, so that all leaves shrink together
        let (even, odd): (Vec<_>, Vec<_>) = leave.iter().enumerate().partition(|(n, _)| n % 2 == 0);
        for (_, id) in even.into_iter().chain(odd).take(leaving) {
            board.remove(*id).unwrap();
        }
        check(&board);
        assert_eq!(board.len(), kept);
        assert!(
            board.order.room() <= board.len() * 3 + 48 * 4,
            "{} for {kept}",
            board.order.room()
        );
    }
    assert!(board.is_empty());
    assert_eq!(board.top(3), []);
    assert_eq!(board.outline().rank_of(5), (1, 1));
    for id in 0..10_000 {
        board.enter(&plain(id, id * 3)).unwrap();
    }
    check(&board);
    assert_eq!(board.rank(ParticipantId::new(9_999)), Some(1));
    assert_eq!(board.rank(ParticipantId::new(0)), Some(10_000));
    assert_eq!(board.rank(ParticipantId::new(10_000)), None);
}

#[test]
fn leaves_stay_full_enough_while_everybody_walks() {
    let mut chance = Chance(9);
    let mut board = Standings::from_members(1, [], (0..20_000).map(|id| plain(id, chance.number(300_000)))).unwrap();
    for now in 0..200_000 {
        let id = ParticipantId::new(chance.number(20_000));
        let score = board.get(id).unwrap().score;
        board.set(id, score + 50 + chance.number(2_950), now).unwrap();
    }
    check(&board);
    let share = board.len() * 100 / board.order.room();
    assert!(share >= 70, "{share} of 100");
}

#[test]
fn equals_share_a_rank_and_the_next_is_counted_on() {
    let member = |id, score, reached_us, joined_us| Member {
        joined_us,
        reached_us,
        ..plain(id, score)
    };
    // the ids run against the order in which they came
    let members = [
        member(9, 500, 20, 1),
        member(8, 500, 20, 1),
        member(7, 500, 20, 2),
        member(6, 500, 10, 9),
        member(5, 501, 99, 9),
        member(4, 0, -5, 1),
    ];
    let board = Standings::from_members(1, [], members).unwrap();
    let listed: Vec<(u64, i64)> = board.iter().map(|s| (s.rank, s.member.id.number())).collect();
    assert_eq!(listed, [(1, 5), (2, 6), (3, 8), (3, 9), (5, 7), (6, 4)]);
    assert_eq!(board.page(4, 1)[0].rank, 3);
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let mut board = Standings::new(1);
    let id = ParticipantId::new(1);
    assert_eq!(board.enter(&plain(1, -1)), Err(Refused::Negative(id)));
    let astray = Member {
        team: Some(3),
        ..plain(1, 0)
    };
    assert_eq!(board.enter(&astray), Err(Refused::NoTeam(3)));
    assert!(board.is_empty());
    board.enter(&plain(1, 10)).unwrap();
    assert_eq!(board.set(id, -1, 0), Err(Refused::Negative(id)));
    let fine = Reading {
        id,
        score: 20,
        reached_us: 0,
    };
    assert_eq!(
        board.set_many(&[fine, Reading { score: -3, ..fine }]),
        Err(Refused::Negative(id))
    );
    assert_eq!(board.get(id), Some(plain(1, 10)));
    assert_eq!(board.remove(id), Ok(plain(1, 10)));
    assert_eq!(board.remove(id), Err(Refused::Unknown(id)));
}

#[test]
fn a_team_wins_a_tie_by_having_been_there_first() {
    let mut board = Standings::new(2);
    board.form(1, 0).unwrap();
    board.form(2, 1).unwrap();
    for (id, team) in [(10, 1), (11, 1), (20, 2), (21, 2)] {
        board
            .enter(&Member {
                team: Some(team),
                ..plain(id, 0)
            })
            .unwrap();
    }
    // nobody has a score: the one formed first
    assert_eq!((board.team_rank(1), board.team_rank(2)), (Some(1), Some(2)));
    let mut set = |id, score, at| board.set(ParticipantId::new(id), score, at).unwrap();
    set(10, 400, 100);
    set(20, 100, 50);
    set(21, 300, 60);
    assert_eq!((board.team_rank(1), board.team_rank(2)), (Some(2), Some(1)));
    // the reading of member 10 is corrected to an earlier instant
    board.set(ParticipantId::new(10), 400, 55).unwrap();
    assert_eq!((board.team_rank(1), board.team_rank(2)), (Some(1), Some(2)));
    board.remove(ParticipantId::new(11)).unwrap();
    assert_eq!((board.team_rank(1), board.team_rank(2)), (None, Some(1)));
    assert_eq!(board.team(1).unwrap().sum, 400);
}

fn outline_of(scores: &mut [i64]) -> Outline {
    scores.sort_unstable_by(|one, other| other.cmp(one));
    Outline::of(|| scores.iter().copied())
}

#[test]
fn an_outline_of_few_scores_is_exact() {
    let outline = outline_of(&mut [0, 0, 0, 7, 7, 12]);
    let ranks = [13, 12, 8, 7, 3, 0].map(|score| outline.rank_of(score));
    assert_eq!(ranks, [(1, 1), (1, 1), (2, 2), (2, 3), (4, 4), (4, 6)]);
    assert!(outline.to_bytes().len() < 20);
}

#[test]
fn an_outline_of_very_many_scores_is_small_and_says_how_much_it_knows() {
    let mut chance = Chance(10);
    let mut scores: Vec<i64> = (0..300_000)
        .map(|_| if chance.one_in(5) { 0 } else { chance.number(1 << 20) })
        .collect();
    let outline = outline_of(&mut scores);
    let bytes = outline.to_bytes();
    assert!(bytes.len() < 30_000, "{}", bytes.len());
    assert_eq!(Outline::from_bytes(&bytes), Ok(outline.clone()));
    assert_eq!(outline.members(), 300_000);
    for score in (0..1 << 20).step_by(37).chain(scores[..2_000].iter().copied()) {
        let ahead = scores.partition_point(|other| *other > score) as u64;
        let equal = scores.partition_point(|other| *other >= score) as u64 - ahead;
        let (best, worst) = outline.rank_of(score);
        assert!(
            best <= ahead + 1 && ahead + equal.max(1) <= worst,
            "{score}: {ahead} {equal} {best} {worst}"
        );
        // a fifteen-hundredth of all
        assert!(worst - best <= equal.max(300_000 / 1_500));
    }
    // the first thousand, and the many who have nothing, are exact
    assert_eq!(
        outline.rank_of(scores[999]).0,
        scores.partition_point(|other| *other > scores[999]) as u64 + 1
    );
    assert_eq!(
        outline.rank_of(0),
        (scores.partition_point(|other| *other > 0) as u64 + 1, 300_000)
    );
}

proptest! {
    #[test]
    fn bytes_that_are_no_outline_are_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..60), score in any::<i64>()) {
        let _ = Outline::from_bytes(&bytes).map(|outline| outline.rank_of(score));
        if let Some(first) = bytes.first_mut() {
            *first = 1;
        }
        if let Ok(outline) = Outline::from_bytes(&bytes) {
            prop_assert!(outline.rank_of(score).0 <= outline.rank_of(score).1);
            prop_assert_eq!(outline.to_bytes(), bytes);
        }
    }

    #[test]
    fn an_outline_survives_its_bytes(mut scores in prop::collection::vec(prop_oneof![0..20_i64, 0..=i64::MAX], 0..300)) {
        let outline = outline_of(&mut scores);
        let bytes = outline.to_bytes();
        prop_assert_eq!(Outline::from_bytes(&bytes), Ok(outline));
        for cut in 0..bytes.len() {
            let _ = Outline::from_bytes(&bytes[..cut]);
        }
    }
}
