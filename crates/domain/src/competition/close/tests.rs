use super::*;
use crate::competition::{Handicap, Metric, Prize, Scoring, TeamRule, Template, What};
use crate::measure::Text;

const SEED: [u8; 32] = [7; 32];

pub(super) fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn prize(to: To) -> Prize {
    Prize {
        to,
        what: What::Goods,
        title: Text {
            zh: "奖".to_owned(),
            en: "Prize".to_owned(),
        },
    }
}

pub(super) fn terms(prizes: Vec<To>) -> Terms {
    Terms {
        prizes: prizes.into_iter().map(prize).collect(),
        ..Template::WalkAndWin.terms(day("2026-11-01"))
    }
}

/// Somebody who takes part; joined, reached and ticket are the number.
fn line(number: i64, score: i64) -> Line {
    Line {
        participant: ParticipantId::new(number),
        ticket: number.unsigned_abs(),
        joined_us: number,
        team: None,
        status: Status::In,
        score,
        reached_us: number,
    }
}

fn team(id: i64) -> TeamLine {
    TeamLine { id, formed_us: id }
}

fn order(podium: &Podium) -> Vec<i64> {
    podium.places.iter().map(|place| place.participant.number()).collect()
}

pub(super) fn winners(awards: &[Award], prize: usize) -> Vec<i64> {
    let of_prize = awards.iter().filter(|award| award.prize == prize);
    of_prize.map(|award| award.participant.number()).collect()
}

// --- scores -------------------------------------------------------------------------------------

#[test]
fn only_days_of_the_window_count_and_none_above_its_ceiling() {
    let terms = terms(vec![]);
    let days = [
        ("2026-10-31", 50_000, 1),
        ("2026-11-01", 8_000, 20),
        ("2026-11-02", 98_800, 90),
        ("2026-11-03", 0, 99),
        ("2026-11-04", -5, 99),
        ("2026-11-30", 1_000, 30),
        ("2026-12-01", 50_000, 99),
    ];
    let days = days.map(|(text, value, reached_us)| (day(text), value, reached_us));
    assert_eq!(score(&terms, 0, days.into_iter()), (8_000 + 45_000 + 1_000, 90));
    assert_eq!(score(&terms, 0, [].into_iter()), (0, 0));
}

#[test]
fn the_leap_day_counts() {
    let february = Template::WalkAndWin.terms(day("2028-02-01"));
    let days = [("2028-02-28", 1), ("2028-02-29", 10), ("2028-03-01", 100)];
    let days = days.map(|(text, value)| (day(text), value, 1));
    assert_eq!(score(&february, 0, days.into_iter()), (11, 1));
}

#[test]
fn a_handicap_scores_against_ones_own_past() {
    let terms = Terms {
        handicap: Some(Handicap { days: 3, floor: 3_000 }),
        ..terms(vec![])
    };
    let past = [
        ("2026-10-28", 40_000), // before the stretch
        ("2026-10-29", 5_000),
        ("2026-10-31", 98_800), // 45,000 of them count
        ("2026-11-01", 40_000), // of the window
    ];
    let own = baseline(&terms, past.into_iter().map(|(text, value)| (day(text), value)));
    assert_eq!(own, 16_666); // (5,000 + 0 + 45,000) / 3
    let days = || [(day("2026-11-01"), 10_000, 5), (day("2026-11-02"), 20_000, 9)].into_iter();
    assert_eq!(score(&terms, own, days()), (1_800, 9)); // 30,000 / 16,666 = 1.80007
    assert_eq!(score(&terms, 3_001, days()), (9_996, 9));
    for little in [2_999, 0, -1] {
        assert_eq!(score(&terms, little, days()), (10_000, 9));
    }
    let without = Terms {
        handicap: None,
        ..terms
    };
    assert_eq!(score(&without, own, days()), (30_000, 9));
    assert_eq!(baseline(&without, days().map(|(day, value, _)| (day, value))), 0);
}

#[test]
fn no_value_leaves_the_range_of_a_score() {
    let open = Terms {
        day_ceiling: None,
        handicap: Some(Handicap { days: 2, floor: 1 }),
        ..terms(vec![])
    };
    let most = || (0..30).map(|number| (open.first.plus(number), i64::MAX, i64::MAX));
    assert_eq!(score(&open, 0, most()), (i64::MAX, i64::MAX));
    assert_eq!(
        baseline(
            &open,
            [(open.first.plus(-1), i64::MAX), (open.first.plus(-2), i64::MAX)].into_iter()
        ),
        i64::MAX
    );
    let far = [(Day::from_epoch_days(i32::MIN), 1), (Day::from_epoch_days(i32::MAX), 1)];
    assert_eq!(baseline(&open, far.into_iter()), 0);
}

// --- the champion of a day ----------------------------------------------------------------------

#[test]
fn a_day_is_won_by_the_most_then_the_earlier_then_who_joined_earlier() {
    let of = |number, value, reached_us, joined_us| DayLine {
        participant: ParticipantId::new(number),
        ticket: number.unsigned_abs(),
        joined_us,
        value,
        reached_us,
    };
    let won = |lines: &[DayLine]| champion(lines.iter().copied()).map(|line| line.participant.number());
    assert_eq!(won(&[of(1, 9_000, 5, 1), of(2, 9_001, 9, 9)]), Some(2));
    assert_eq!(won(&[of(1, 9_000, 6, 1), of(2, 9_000, 5, 9)]), Some(2));
    assert_eq!(won(&[of(1, 9_000, 5, 2), of(2, 9_000, 5, 1)]), Some(2));
    assert_eq!(won(&[of(2, 9_000, 5, 1), of(1, 9_000, 5, 1)]), Some(1));
    assert_eq!(won(&[of(1, 0, 5, 1), of(2, 0, 5, 1)]), None);
    assert_eq!(won(&[]), None);
}

// --- places -------------------------------------------------------------------------------------

#[test]
fn equal_scores_are_told_apart_down_to_the_lot() {
    let equal = |number: i64, score, reached_us, joined_us| Line {
        joined_us,
        reached_us,
        ..line(number, score)
    };
    let lines = [
        equal(1, 500, 20, 1),
        equal(2, 500, 10, 9),
        equal(3, 500, 10, 8),
        equal(4, 501, 99, 99),
        equal(5, 500, 10, 8),
        equal(6, 500, 10, 8),
    ];
    // the lots of 3, 5 and 6 were drawn by Python's hashlib, as the module `draw` tells
    let podium = close(&terms(vec![]), &SEED, &lines, &[]);
    assert_eq!(order(&podium), [4, 5, 3, 6, 2, 1]);
    let ranks: Vec<u32> = podium.places.iter().map(|place| place.rank).collect();
    assert_eq!(ranks, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn who_left_or_was_disqualified_has_no_place_and_wins_nothing() {
    let lines = [
        Line {
            status: Status::Out,
            ..line(1, 900)
        },
        Line {
            status: Status::Left,
            ..line(2, 800)
        },
        line(3, 700),
        line(4, 0),
    ];
    let everything = vec![
        To::Rank { first: 1, last: 9 },
        To::Draw {
            winners: 9,
            at_least: 1,
        },
        To::Threshold { at_least: 1, pieces: 9 },
    ];
    let podium = close(&terms(everything), &SEED, &lines, &[]);
    assert_eq!(order(&podium), [3, 4]);
    for prize in 0..3 {
        assert_eq!(winners(&podium.awards, prize), [3], "{prize}");
    }
}

// --- prizes -------------------------------------------------------------------------------------

#[test]
fn each_prize_goes_to_whom_it_was_declared_for() {
    let lines: Vec<Line> = (1..=6).map(|number| line(number, 1_000 - number * 100)).collect();
    let declared = vec![
        To::Rank { first: 1, last: 1 },
        To::Rank { first: 2, last: 4 },
        To::Rank { first: 6, last: 20 },
        To::Threshold {
            at_least: 600,
            pieces: 3,
        },
        To::Threshold {
            at_least: 800,
            pieces: 3,
        },
    ];
    let awards = close(&terms(declared), &SEED, &lines, &[]).awards;
    let won: Vec<_> = (0..5).map(|prize| winners(&awards, prize)).collect();
    assert_eq!(won, [vec![1], vec![2, 3, 4], vec![6], vec![1, 2, 3], vec![1, 2]]);
    let second = awards.iter().find(|award| award.prize == 1).unwrap();
    assert_eq!(second.by, Won::Rank(2));
}

#[test]
fn a_lot_takes_the_score_that_was_declared() {
    let mut lines: Vec<Line> = (1..=40).map(|number| line(number, number * 10)).collect();
    let draw = || {
        terms(vec![
            To::Draw {
                winners: 5,
                at_least: 200
            };
            2
        ])
    };
    let awards = close(&draw(), &SEED, &lines, &[]).awards;
    let first = winners(&awards, 0);
    assert_eq!(first.len(), 5);
    assert!(first.iter().all(|number| *number >= 20), "{first:?}");
    // drawn by Python's hashlib; the second prize is a draw of its own
    assert_eq!(first, FIRST_DRAW);
    assert_eq!(winners(&awards, 1), SECOND_DRAW);
    lines.truncate(21);
    assert_eq!(winners(&close(&draw(), &SEED, &lines, &[]).awards, 0).len(), 2);
}

const FIRST_DRAW: [i64; 5] = [28, 24, 39, 38, 23];
const SECOND_DRAW: [i64; 5] = [31, 35, 39, 27, 22];

// --- teams --------------------------------------------------------------------------------------

fn with_teams(min_members: u32, prizes: Vec<To>) -> Terms {
    Terms {
        teams: Some(TeamRule {
            min_members,
            max_members: 3,
            fixed_after: day("2026-11-07"),
        }),
        ..terms(prizes)
    }
}

fn in_team(team: i64, status: Status, number: i64, score: i64) -> Line {
    Line {
        team: Some(team),
        status,
        ..line(number, score)
    }
}

#[test]
fn a_team_ranks_by_its_mean_and_from_its_least_size_on() {
    let lines = [
        in_team(1, Status::In, 1, 900), // one short of the least size
        in_team(2, Status::In, 2, 500),
        in_team(2, Status::In, 3, 301),
        in_team(3, Status::In, 4, 400),
        in_team(3, Status::In, 5, 400),
        in_team(3, Status::In, 6, 401),
        in_team(4, Status::In, 7, 0),
        in_team(4, Status::In, 8, 0),
        in_team(99, Status::In, 9, 5_000), // no such team
    ];
    let terms = with_teams(2, vec![To::Team { first: 1, last: 9 }]);
    let podium = close(&terms, &SEED, &lines, &[team(1), team(2), team(3), team(4), team(5)]);
    let place = |rank, team, sum, members| TeamPlace {
        rank,
        team,
        sum,
        members,
    };
    let expected = [
        place(Some(1), 2, 801, 2),   // 400.5
        place(Some(2), 3, 1_201, 3), // 400.33
        place(Some(3), 4, 0, 2),
        place(None, 1, 900, 1),
        place(None, 5, 0, 0),
    ];
    assert_eq!(podium.teams, expected);
    assert_eq!(winners(&podium.awards, 0), [2, 3, 6, 4, 5]);
}

#[test]
fn no_mean_rises_by_sending_somebody_away() {
    let team_of = |status| {
        [
            in_team(1, Status::In, 1, 900),
            in_team(1, Status::In, 2, 600),
            in_team(1, status, 3, 0),
        ]
    };
    let terms = with_teams(3, vec![To::Team { first: 1, last: 1 }]);
    let closed = |status| close(&terms, &SEED, &team_of(status), &[team(1)]);
    for (status, rank, members, prizes) in [
        (Status::In, Some(1), 3, vec![1, 2, 3]),
        (Status::Left, Some(1), 3, vec![1, 2]),
        (Status::Out, None, 2, vec![]),
    ] {
        let podium = closed(status);
        let place = podium.teams[0];
        assert_eq!(
            (place.rank, place.sum, place.members),
            (rank, 1_500, members),
            "{status:?}"
        );
        assert_eq!(winners(&podium.awards, 0), prizes, "{status:?}");
    }
}

#[test]
fn equal_teams_are_told_apart_down_to_the_lot() {
    // means of 500 each: team 1 reached it last, 2 was formed after 3 and 4, and those two are left to the lot
    let of = |team, number, score, reached_us| Line {
        reached_us,
        ..in_team(team, Status::In, number, score)
    };
    let lines = [
        of(1, 1, 500, 21),
        of(2, 2, 400, 20),
        of(2, 3, 600, 10),
        of(3, 4, 500, 20),
        of(4, 5, 500, 20),
    ];
    let formed = |id, formed_us| TeamLine { id, formed_us };
    let teams = [formed(1, 0), formed(2, 6), formed(3, 5), formed(4, 5)];
    let podium = close(&with_teams(1, vec![]), &SEED, &lines, &teams);
    let order: Vec<i64> = podium.teams.iter().map(|place| place.team).collect();
    assert_eq!(order, TEAM_LOTS);
}

const TEAM_LOTS: [i64; 4] = [4, 3, 2, 1];

#[test]
fn a_team_that_is_too_large_takes_no_more_than_was_escrowed() {
    let lines: Vec<Line> = (1..=5).map(|number| in_team(1, Status::In, number, number)).collect();
    let podium = close(
        &with_teams(1, vec![To::Team { first: 1, last: 1 }]),
        &SEED,
        &lines,
        &[team(1)],
    );
    assert_eq!(winners(&podium.awards, 0), [5, 4, 3]);
}

// --- after the close ----------------------------------------------------------------------------

#[test]
fn a_disqualified_winner_gives_way_to_the_next() {
    let mut lines: Vec<Line> = (1..=9).map(|number| line(number, 1_000 - number)).collect();
    let declared = vec![
        To::Rank { first: 1, last: 1 },
        To::Rank { first: 2, last: 3 },
        To::Draw {
            winners: 2,
            at_least: 1,
        },
    ];
    let before = close(&terms(declared.clone()), &SEED, &lines, &[]);
    lines[1].status = Status::Out;
    let after = close(&terms(declared), &SEED, &lines, &[]);
    assert_eq!(before.digest, after.digest, "nobody else's lot is drawn anew");
    let changes = award_changes(&before.awards, &after.awards);
    let by_rank = |awards: &[Award]| -> Vec<_> {
        let ranks = awards.iter().filter(|award| award.prize < 2);
        ranks
            .map(|award| (award.prize, award.participant.number(), award.by))
            .collect()
    };
    assert_eq!(by_rank(&changes.withdrawn), [(1, 2, Won::Rank(2))]);
    assert_eq!(by_rank(&changes.added), [(1, 4, Won::Rank(3))]);
    assert_eq!(winners(&after.awards, 0), [1]);
    assert_eq!(award_changes(&after.awards, &after.awards), Changes::default());
}

// --- a real month -------------------------------------------------------------------------------

#[test]
fn a_real_month_of_33_people_has_its_winners() {
    let name = "a real month of wristbands";
    let folder = std::env::var_os("PUHUI_DATA").map(std::path::PathBuf::from);
    let path = folder.map(|folder| folder.join("steps/fitbit_dailySteps_merged.csv"));
    let Some(text) = path.and_then(|path| std::fs::read_to_string(path).ok()) else {
        println!("skipped: {name}: PUHUI_DATA is not set, or lacks it");
        return;
    };
    // Id,ActivityDay,StepTotal with days as 4/12/2016
    let mut days: BTreeMap<i64, Vec<(Day, i64, i64)>> = BTreeMap::new();
    for row in text.lines().skip(1) {
        let fields: Vec<&str> = row.trim().split([',', '/']).collect();
        let &[id, month, number, year, steps] = fields.as_slice() else {
            panic!("{row}");
        };
        let day = day(&format!("{year}-{month:0>2}-{number:0>2}"));
        let reached_us = (i64::from(day.epoch_days()) + 1) * 86_400_000_000 - 1;
        days.entry(id.parse().unwrap())
            .or_default()
            .push((day, steps.parse().unwrap(), reached_us));
    }
    assert_eq!(days.len(), 33);
    let terms = Terms {
        first: day("2016-04-12"),
        last: day("2016-05-12"),
        ..Template::WalkAndWin.terms(day("2016-04-12"))
    };
    let lines: Vec<Line> = (1_i64..)
        .zip(days)
        .map(|(number, (id, days))| {
            let (score, reached_us) = score(&terms, 0, days.into_iter());
            Line {
                participant: ParticipantId::new(id),
                team: Some(number % 6),
                score,
                reached_us,
                ..line(number, 0)
            }
        })
        .collect();
    let teams: Vec<TeamLine> = (0..6).map(team).collect();
    let podium = close(&terms, &SEED, &lines, &teams);
    let top: Vec<_> = podium
        .places
        .iter()
        .take(3)
        .map(|place| (place.participant.number(), place.score))
        .collect();
    assert_eq!(
        top,
        [
            (8_877_689_391, 497_241),
            (8_053_475_328, 457_662),
            (1_503_960_366, 375_619)
        ]
    );
    let shown = terms.shown(podium.places[0].score, terms.last);
    assert_eq!(shown.to_string(), "16040");
    let prizes = Prize::clone(&terms.prizes[0]);
    assert_eq!(
        winners(&podium.awards, 0).len(),
        terms.pieces(&prizes).unwrap() as usize
    );
    // the winning team has five or six members, and each gets a piece
    let first = podium.teams[0];
    assert_eq!(winners(&podium.awards, 1).len(), first.members as usize);
    assert_eq!(
        podium.teams.iter().map(|team| team.sum).sum::<i64>(),
        lines.iter().map(|line| line.score).sum::<i64>()
    );
    assert_eq!((terms.metric, terms.scoring), (Metric::Steps, Scoring::Average));
}
