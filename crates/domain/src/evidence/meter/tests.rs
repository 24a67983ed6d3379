use proptest::prelude::*;

use super::*;
use crate::evidence::{Facts, Grade, Outcome, judge};
use crate::measure::{Carbon, Day};

const DAY: i64 = 86_400_000_000;

fn reading(day: i64, milli: i64) -> Reading {
    Reading {
        at_us: day * DAY,
        milli,
        digits: 5,
    }
}

fn facts(day: i64, milli: i64) -> MeterFacts {
    MeterFacts {
        meter: "A-1".to_owned(),
        at_us: day * DAY,
        milli,
        digits: 5,
        replaced: false,
        said_milli: None,
    }
}

fn verdict(before: Option<Reading>, now: MeterFacts) -> (Outcome, Vec<&'static str>) {
    let claim = Claim {
        behaviour: "household-electricity".to_owned(),
        started_us: 0,
        ended_us: now.at_us,
        civil: String::new(),
        day: Day::from_epoch_days(0),
        distance_m: None,
        steps: None,
        sent_us: now.at_us,
        worth: Carbon::from_mg(1000),
        grade: Grade::E0,
        draw: 999,
    };
    let history = History {
        reading: before.map(|r| (r.at_us, r.milli, r.digits)),
        ..History::default()
    };
    let facts = Facts {
        meter: Some(now),
        ..Facts::default()
    };
    let verdict = judge(&claim, &facts, &history, Policy::shipped());
    (verdict.outcome, verdict.signs.iter().map(Sign::code).collect())
}

#[test]
fn a_month_of_electricity_is_credited_without_a_sign() {
    let used = used_between(reading(0, 12_345_600), &facts(30, 12_595_900)).unwrap();
    assert_eq!((used.milli, used.rolled, used.milli_per_day), (250_300, false, 8344));
    let (outcome, signs) = verdict(Some(reading(0, 12_345_600)), facts(30, 12_595_900));
    assert_eq!((outcome, signs), (Outcome::Credit(Grade::E2), vec![]));
}

#[test]
fn a_meter_that_passes_its_highest_number_has_not_gone_backwards() {
    let used = used_between(reading(0, 99_900_000), &facts(30, 100_000)).unwrap();
    assert_eq!((used.milli, used.rolled), (200_000, true));
    let (outcome, signs) = verdict(Some(reading(0, 99_900_000)), facts(30, 100_000));
    assert_eq!((outcome, signs), (Outcome::Credit(Grade::E2), vec!["meter.rolled"]));
}

#[test]
fn an_odometer_that_was_turned_back_is_refused_however_long_ago_it_was_read() {
    for (day, now) in [(30, 44_000_000), (30, 44_999_999), (4000, 30_000_000), (4000, 0)] {
        let back = used_between(reading(0, 45_000_000), &facts(day, now));
        assert_eq!(back, Err(MeterError::Back), "{now} after {day} days");
        let (outcome, signs) = verdict(Some(reading(0, 45_000_000)), facts(day, now));
        assert_eq!(outcome, Outcome::Refuse("meter.back".to_owned()));
        assert_eq!(signs, ["meter.back"]);
    }
}

#[test]
fn the_first_reading_has_nothing_to_be_compared_with() {
    let (outcome, _) = verdict(None, facts(1, 5000));
    assert_eq!(outcome, Outcome::Refuse("meter.first".to_owned()));
}

#[test]
fn a_replaced_meter_is_for_a_person() {
    let replaced = MeterFacts {
        replaced: true,
        ..facts(30, 1000)
    };
    let other_digits = MeterFacts {
        digits: 6,
        ..facts(30, 45_100_000)
    };
    for now in [replaced, other_digits] {
        let (outcome, signs) = verdict(Some(reading(0, 45_000_000)), now);
        assert_eq!((outcome, signs), (Outcome::Ask(Grade::E2), vec!["meter.replaced"]));
    }
}

#[test]
fn a_jump_is_for_a_person_and_the_limit_itself_is_none() {
    let (outcome, signs) = verdict(Some(reading(0, 0)), facts(10, 2_000_000));
    assert_eq!((outcome, signs), (Outcome::Credit(Grade::E2), vec![]));
    let (outcome, signs) = verdict(Some(reading(0, 0)), facts(10, 2_000_001));
    assert_eq!((outcome, signs), (Outcome::Ask(Grade::E2), vec!["meter.jump"]));
}

#[test]
fn two_readings_of_a_day_count_as_a_day() {
    let mut now = facts(0, 100_000);
    now.at_us = 1;
    let used = used_between(reading(0, 0), &now).unwrap();
    assert_eq!(used.milli_per_day, 100_000);
}

#[test]
fn what_was_said_must_be_what_the_meter_tells() {
    let said = |milli| MeterFacts {
        said_milli: Some(milli),
        ..facts(30, 110_000)
    };
    let (outcome, _) = verdict(Some(reading(0, 10_000)), said(100_000));
    assert_eq!(outcome, Outcome::Credit(Grade::E2));
    let (outcome, _) = verdict(Some(reading(0, 10_000)), said(99_999));
    assert_eq!(outcome, Outcome::Refuse("meter.said".to_owned()));
}

#[test]
fn readings_that_no_meter_shows_are_named() {
    assert_eq!(can_show(0, 0), Err(MeterError::Digits));
    assert_eq!(can_show(13, 0), Err(MeterError::Digits));
    assert_eq!(can_show(5, -1), Err(MeterError::Range { digits: 5 }));
    assert_eq!(can_show(5, 100_000_000), Err(MeterError::Range { digits: 5 }));
    assert_eq!(can_show(5, 99_999_999), Ok(()));
    assert_eq!(can_show(12, 999_999_999_999_999), Ok(()));
    assert_eq!(used_between(reading(3, 0), &facts(3, 1)), Err(MeterError::Order));
}

proptest! {
    #[test]
    fn the_sum_between_readings_is_what_went_through(
        digits in 1_u8..=12,
        start_permille in 0_i64..1000,
        steps in prop::collection::vec((1_i64..400, 0_i64..=100), 1..40),
    ) {
        let numbers = 10_i64.pow(u32::from(digits)) * 1000;
        let mut through = numbers / 1000 * start_permille;
        let first = through;
        let mut before = Reading { at_us: 0, milli: through % numbers, digits };
        let mut told = 0;
        for (days, share) in steps {
            through += numbers / 1000 * share;
            let now = MeterFacts { digits, ..facts(before.at_us / DAY + days, through % numbers) };
            let used = used_between(before, &now).unwrap();
            prop_assert_eq!(used.rolled, now.milli < before.milli);
            told += used.milli;
            before = Reading { at_us: now.at_us, milli: now.milli, digits };
        }
        prop_assert_eq!(told, through - first);
    }

    #[test]
    fn no_two_readings_break_it(
        before in (any::<i64>(), any::<i64>(), any::<u8>()),
        now in (any::<i64>(), any::<i64>(), any::<u8>(), any::<bool>()),
    ) {
        let before = Reading { at_us: before.0, milli: before.1, digits: before.2 };
        let now = MeterFacts { at_us: now.0, milli: now.1, digits: now.2, replaced: now.3, ..facts(0, 0) };
        if let Ok(used) = used_between(before, &now) {
            prop_assert!(used.milli >= 0 && used.milli_per_day <= used.milli.max(0));
        }
    }
}
