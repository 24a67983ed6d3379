use proptest::prelude::*;

use super::*;
use crate::evidence::{Again, Facts, Grade, Outcome, Verdict, judge};
use crate::measure::{Carbon, EntryId};

const HOUR_US: i64 = 3_600_000_000;
const TODAY: i32 = 20_000;

/// Somebody's real working day: a way to work, lunch, a walk in the evening.
const HONEST: [u32; 24] = [
    0, 0, 0, 0, 0, 12, 310, 1864, 2460, 676, 360, 253, 1221, 466, 263, 163, 344, 1705, 2210, 520, 240, 95, 30, 0,
];

fn facts(hours: Option<[u32; 24]>, steps: u32) -> StepsFacts {
    StepsFacts {
        day: Day::from_epoch_days(TODAY),
        source: "fitbit".to_owned(),
        steps,
        hours,
        busiest_minute: None,
        busiest_ten_minutes: None,
        series: None,
    }
}

fn by_hours(hours: [u32; 24]) -> StepsFacts {
    facts(Some(hours), hours.iter().sum())
}

/// The claim of a whole day, eight hours ahead of Greenwich, sent an hour after it was over.
fn claim(steps: u32) -> Claim {
    let started_us = i64::from(TODAY) * DAY_US - 8 * HOUR_US;
    Claim {
        behaviour: "walking-by-steps".to_owned(),
        started_us,
        ended_us: started_us + DAY_US,
        civil: String::new(),
        day: Day::from_epoch_days(TODAY),
        distance_m: None,
        steps: Some(steps),
        sent_us: started_us + DAY_US + HOUR_US,
        worth: Carbon::from_mg(500_000),
        grade: Grade::E0,
        draw: 999,
    }
}

fn judged(steps: StepsFacts, history: &History) -> Verdict {
    let claim = claim(steps.steps);
    let facts = Facts {
        steps: Some(steps),
        ..Facts::default()
    };
    judge(&claim, &facts, history, Policy::shipped())
}

fn codes(steps: StepsFacts) -> Vec<&'static str> {
    judged(steps, &History::default())
        .signs
        .iter()
        .map(Sign::code)
        .collect()
}

fn again(own: bool, began_us: Option<i64>) -> Again {
    Again {
        submission: EntryId::new(7),
        own,
        sent_us: 0,
        apart: 0,
        began_us,
    }
}

#[test]
fn an_honest_day_is_credited_without_a_sign() {
    let verdict = judged(by_hours(HONEST), &History::default());
    assert_eq!(verdict.outcome, Outcome::Credit(Grade::E2));
    assert_eq!(verdict.signs, []);
}

#[test]
fn a_sum_that_anybody_can_type_counts_a_grade_less_and_wechats_does_not() {
    let verdict = judged(facts(None, 8000), &History::default());
    assert_eq!(verdict.outcome, Outcome::Credit(Grade::E1));
    let wechat = StepsFacts {
        source: WECHAT.to_owned(),
        ..facts(None, 8000)
    };
    assert_eq!(judged(wechat, &History::default()).outcome, Outcome::Credit(Grade::E2));
}

#[test]
fn pushes_of_98_800_steps_never_pass_alone() {
    let even = [98_800 / 24; 24];
    assert_eq!(
        codes(by_hours(even)),
        ["steps.restless", "steps.flat", "steps.many", "steps.night"]
    );
    let sum = judged(facts(None, 98_800), &History::default());
    assert!(matches!(sum.outcome, Outcome::Ask(_)));
    let more = judged(facts(None, 100_001), &History::default());
    assert_eq!(more.outcome, Outcome::Refuse("steps.impossible".to_owned()));
}

#[test]
fn pushes_under_9_000_an_hour_all_night_are_asked_about() {
    let mut hours = HONEST;
    hours[..5].fill(8900);
    let verdict = judged(by_hours(hours), &History::default());
    assert!(matches!(verdict.outcome, Outcome::Ask(_)));
    let seen: Vec<_> = verdict.signs.iter().map(Sign::code).collect();
    assert!(
        seen.contains(&"steps.night") && seen.contains(&"steps.flat"),
        "{seen:?}"
    );
}

#[test]
fn a_shaker_is_found_by_its_even_hours_even_if_first_and_last_are_cut() {
    let mut hours = [0; 24];
    hours[9..16].copy_from_slice(&[4100, 6003, 5990, 6011, 5998, 6002, 2300]);
    assert_eq!(codes(by_hours(hours)), ["steps.flat"]);
}

#[test]
fn a_shaker_for_an_hour_is_found_by_its_even_minutes() {
    let mut hours = HONEST;
    hours[20] = 7170;
    let shaken = StepsFacts {
        busiest_minute: Some(121),
        ..by_hours(hours)
    };
    assert_eq!(codes(shaken), ["steps.flat"]);
    let run = StepsFacts {
        busiest_minute: Some(125),
        ..by_hours(hours)
    };
    assert_eq!(codes(run), [""; 0]);
}

#[test]
fn small_even_pushes_are_found_over_the_whole_day() {
    let mut hours = [0; 24];
    for (n, hour) in hours.iter_mut().skip(7).take(14).enumerate() {
        *hour = [700, 760, 720, 690][n % 4];
    }
    assert_eq!(codes(by_hours(hours)), ["steps.flat"]);
}

#[test]
fn faster_than_legs_is_asked_about_at_every_fineness() {
    let minute = StepsFacts {
        busiest_minute: Some(276),
        ..by_hours(HONEST)
    };
    let ten = StepsFacts {
        busiest_ten_minutes: Some(2210),
        ..by_hours(HONEST)
    };
    let mut hours = HONEST;
    hours[8] = 221 * 60;
    for fast in [minute, ten, by_hours(hours)] {
        assert_eq!(codes(fast), ["steps.cadence"]);
    }
    let sprint = StepsFacts {
        busiest_minute: Some(275),
        busiest_ten_minutes: Some(2209),
        ..by_hours(HONEST)
    };
    assert_eq!(codes(sprint), [""; 0]);
}

#[test]
fn hours_without_rest_are_asked_about() {
    let mut hours = [0; 24];
    for (n, hour) in (0_u32..).zip(hours.iter_mut().take(19)) {
        *hour = 250 + n * 40;
    }
    assert_eq!(codes(by_hours(hours)), ["steps.restless"]);
    hours[0] = 249;
    assert_eq!(codes(by_hours(hours)), [""; 0]);
}

#[test]
fn somebody_elses_series_is_refused_and_ones_own_of_the_same_day_is_not() {
    let mine = claim(0).started_us;
    for (other, refused) in [
        (again(false, Some(mine)), true),
        (again(false, None), true),
        (again(true, Some(mine)), false),
        (again(true, Some(mine - DAY_US)), true),
        (again(true, None), true),
    ] {
        let history = History {
            series: vec![other.clone()],
            ..History::default()
        };
        let verdict = judged(by_hours(HONEST), &history);
        let expected = if refused {
            Outcome::Refuse("steps.series".to_owned())
        } else {
            Outcome::Credit(Grade::E2)
        };
        assert_eq!(verdict.outcome, expected, "{other:?}");
    }
}

#[test]
fn a_second_source_is_told_and_does_not_stand_in_the_way() {
    let history = History {
        sources: vec![
            ("fitbit".to_owned(), 9),
            ("apple:Watch".to_owned(), 900),
            ("wechat".to_owned(), 9000),
        ],
        ..History::default()
    };
    let verdict = judged(by_hours(HONEST), &history);
    assert_eq!(verdict.outcome, Outcome::Credit(Grade::E2));
    let told = Sign::StepsTwice {
        source: "wechat".to_owned(),
        steps: 9000,
    };
    assert_eq!(verdict.signs, [told]);
}

#[test]
fn a_day_that_is_not_over_is_refused() {
    let steps = by_hours(HONEST);
    let mut early = claim(steps.steps);
    early.sent_us = early.ended_us - 1;
    let signs = signs(&steps, &early, &History::default(), Policy::shipped());
    assert_eq!(signs, [Sign::StepsEarly { day: steps.day }]);

    // a claim that ends early does not end the day
    let mut short = claim(steps.steps);
    short.ended_us = short.started_us + HOUR_US;
    short.sent_us = short.ended_us;
    let signs = super::signs(&steps, &short, &History::default(), Policy::shipped());
    assert_eq!(signs, [Sign::StepsEarly { day: steps.day }]);
}

#[test]
fn of_several_sources_the_one_with_the_most_steps_counts() {
    let of = |day, source: &str, steps| StepsFacts {
        day: Day::from_epoch_days(day),
        source: source.to_owned(),
        ..facts(None, steps)
    };
    let days = by_day(vec![
        of(2, "apple:iPhone", 7000),
        of(1, "fitbit", 100),
        of(2, "apple:Watch", 9000),
        of(2, "csv", 9000),
    ]);
    assert_eq!(days.len(), 2);
    assert_eq!(days[0].counted.source, "fitbit");
    assert_eq!(days[1].counted.source, "apple:Watch");
    assert_eq!(
        days[1].others,
        [("apple:iPhone".to_owned(), 7000), ("csv".to_owned(), 9000)]
    );
}

#[test]
fn a_series_is_known_again_and_a_short_one_is_not() {
    let mut other = HONEST;
    other[7] += 1;
    assert_eq!(series_of_hours(&HONEST), series_of_hours(&HONEST.clone()));
    assert_ne!(series_of_hours(&HONEST), series_of_hours(&other));
    let mut short = [0; 24];
    short[8..12].fill(500);
    assert_eq!(series_of_hours(&short), None);
    assert!(series_of_days(&[1, 2, 3, 4, 5]).is_some());
    assert_eq!(series_of_days(&[1, 2, 0, 4, 5]), None);
}

proptest! {
    #[test]
    fn no_day_breaks_the_signs(
        hours in prop::option::of(prop::array::uniform24(any::<u32>())),
        minute in any::<Option<u32>>(),
        ten in any::<Option<u32>>(),
        steps in any::<u32>(),
        day in any::<i32>(),
    ) {
        let steps = StepsFacts {
            day: Day::from_epoch_days(day),
            busiest_minute: minute,
            busiest_ten_minutes: ten,
            ..facts(hours, steps)
        };
        signs(&steps, &claim(0), &History::default(), Policy::shipped());
    }

    #[test]
    fn a_day_counts_once_and_nothing_is_lost(
        rows in prop::collection::vec((0_i32..5, 0_u8..4, 0_u32..50_000), 0..40),
    ) {
        let all: Vec<StepsFacts> = rows
            .iter()
            .map(|(day, source, steps)| StepsFacts {
                day: Day::from_epoch_days(*day),
                source: source.to_string(),
                ..facts(None, *steps)
            })
            .collect();
        let days = by_day(all);
        prop_assert_eq!(days.iter().map(|day| 1 + day.others.len()).sum::<usize>(), rows.len());
        for (one, next) in days.iter().zip(days.iter().skip(1)) {
            prop_assert!(one.counted.day < next.counted.day);
        }
        for day in &days {
            prop_assert!(day.others.iter().all(|(_, steps)| *steps <= day.counted.steps));
        }
    }
}
