use proptest::prelude::*;

use super::*;
use crate::competition::Template;
use crate::evidence::{Claim, Facts, Grade, History, judge};
use crate::measure::Carbon;

const MINUTE_US: i64 = 60_000_000;
const HOUR_US: i64 = 60 * MINUTE_US;

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn at(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_microsecond()
}

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

fn terms(first: &str, last: &str) -> Terms {
    Terms {
        last: day(last),
        ..Template::WalkAndWin.terms(day(first))
    }
}

// --- when a day is final ------------------------------------------------------------------------

#[test]
fn noon_stays_noon_where_the_clock_changes() {
    let berlin = zone("Europe/Berlin");
    let terms = terms("2026-03-01", "2026-10-31");
    for (counted, noon) in [
        ("2026-03-27", "2026-03-28T11:00:00Z"),
        ("2026-03-28", "2026-03-29T10:00:00Z"),
        ("2026-03-29", "2026-03-30T10:00:00Z"),
        ("2026-10-23", "2026-10-24T10:00:00Z"),
        ("2026-10-24", "2026-10-25T11:00:00Z"),
        ("2026-10-25", "2026-10-26T11:00:00Z"),
    ] {
        assert_eq!(terms.cut_off_us(&berlin, day(counted)), at(noon), "{counted}");
    }
}

#[test]
fn a_cut_off_that_the_clock_skips_or_repeats_is_read_once() {
    let berlin = zone("Europe/Berlin");
    let half_past_two = Terms {
        cut_off_min: 150,
        ..terms("2026-03-01", "2026-10-31")
    };
    // skipped: the clock shows 03:30; repeated: the first time
    assert_eq!(
        half_past_two.cut_off_us(&berlin, day("2026-03-28")),
        at("2026-03-29T01:30:00Z")
    );
    assert_eq!(
        half_past_two.cut_off_us(&berlin, day("2026-10-24")),
        at("2026-10-25T00:30:00Z")
    );
}

#[test]
fn a_week_of_grace_and_the_look_at_the_results_count_in_civil_days() {
    let berlin = zone("Europe/Berlin");
    let terms = Terms {
        cut_off_min: 10_080,
        audit_days: 5,
        ..terms("2026-03-01", "2026-03-24")
    };
    assert_eq!(terms.ends_us(&berlin), at("2026-03-31T22:00:00Z"));
    assert_eq!(terms.audited_us(&berlin), at("2026-04-05T22:00:00Z"));
    let at_once = Terms {
        cut_off_min: 0,
        audit_days: 0,
        ..terms
    };
    assert_eq!(at_once.ends_us(&berlin), at("2026-03-24T23:00:00Z"));
    assert_eq!(at_once.audited_us(&berlin), at_once.ends_us(&berlin));
}

#[test]
fn a_day_goes_from_ahead_to_final_and_each_border_belongs_to_the_later() {
    let berlin = zone("Europe/Berlin");
    let terms = terms("2026-03-01", "2026-03-31");
    let short = day("2026-03-29"); // of 23 hours
    let (starts, ends, final_us) = (
        at("2026-03-28T23:00:00Z"),
        at("2026-03-29T22:00:00Z"),
        at("2026-03-30T10:00:00Z"),
    );
    for (now_us, state) in [
        (starts - 1, DayState::Ahead),
        (starts, DayState::Running),
        (ends - 1, DayState::Running),
        (ends, DayState::Provisional { final_us }),
        (final_us - 1, DayState::Provisional { final_us }),
        (final_us, DayState::Final),
    ] {
        assert_eq!(terms.day_state(&berlin, short, now_us), state, "{now_us}");
    }
    let at_once = Terms {
        cut_off_min: 0,
        ..terms
    };
    assert_eq!(at_once.day_state(&berlin, short, ends), DayState::Final);
}

#[test]
fn a_month_ends_at_the_noon_after_its_last_day_and_the_leap_day_is_a_day() {
    let shanghai = zone("Asia/Shanghai");
    let terms = Template::WalkAndWin.terms(day("2028-02-01"));
    assert_eq!(terms.last, day("2028-02-29"));
    assert_eq!(terms.ends_us(&shanghai), at("2028-03-01T04:00:00Z"));
    assert_eq!(terms.begun(day("2028-02-28")), 28);
    assert_eq!(terms.begun(day("2028-02-29")), 29);
    assert_eq!(terms.begun(day("2028-03-01")), 29);
    assert_eq!(terms.begun(day("2028-01-31")), 0);
}

proptest! {
    #[test]
    fn a_later_day_is_never_final_before_an_earlier_one(
        first in -40_000_i32..60_000,
        minutes in 0_u32..=10_080,
        place in prop::sample::select(vec!["Europe/Berlin", "Pacific/Apia", "America/Santiago", "Asia/Shanghai"]),
    ) {
        let zone = zone(place);
        let terms = Terms { cut_off_min: minutes, ..terms("2026-01-01", "2026-01-31") };
        let one = Day::from_epoch_days(first);
        prop_assert!(terms.cut_off_us(&zone, one) <= terms.cut_off_us(&zone, one.plus(1)));
        prop_assert!(zone.start_of(one.plus(1)) <= terms.cut_off_us(&zone, one));
        prop_assert_eq!(zone.at_minute(one, 0), zone.start_of(one));
    }

    #[test]
    fn no_day_or_time_breaks_the_clock(days: i32, minutes: u32, now_us: i64) {
        let terms = Terms { cut_off_min: minutes, audit_days: minutes, ..terms("2026-01-01", "2026-01-31") };
        let zone = zone("Europe/Berlin");
        terms.day_state(&zone, Day::from_epoch_days(days), now_us);
        terms.audited_us(&zone);
        terms.begun(Day::from_epoch_days(days));
    }
}

// --- what a score shows as ----------------------------------------------------------------------

#[test]
fn a_mean_is_rounded_half_up_and_a_sum_is_shown_as_it_is() {
    let average = terms("2026-11-01", "2026-11-30");
    let shown = |score, today| average.shown(score, day(today)).to_string();
    assert_eq!(shown(497_241, "2026-11-30"), "16574.7");
    assert_eq!(shown(1, "2026-11-20"), "0.1"); // 0.05
    assert_eq!(shown(1, "2026-11-21"), "0"); // 0.0476
    assert_eq!(shown(7_000, "2026-11-01"), "7000");
    assert_eq!(shown(0, "2026-10-31"), "0");
    let total = Terms {
        scoring: Scoring::Total,
        ..average.clone()
    };
    assert_eq!(total.shown(497_241, day("2026-11-30")), Decimal::new(497_241, 0));
}

proptest! {
    #[test]
    fn what_is_shown_is_within_half_a_tenth_of_the_mean(score in 0..i64::MAX, days in 1_i32..=30) {
        let terms = terms("2026-11-01", "2026-11-30");
        let shown = i128::from(terms.shown(score / 20, terms.first.plus(days - 1)).mantissa());
        let (exact, n) = (i128::from(score / 20) * 10, i128::from(days));
        // exact / n - 1/2 < shown <= exact / n + 1/2
        prop_assert!(exact * 2 - n < shown * n * 2 && shown * n * 2 <= exact * 2 + n);
    }
}

// --- whose day a reading is ---------------------------------------------------------------------

fn told(day_told: Option<&str>, measured: Option<(&str, i32)>) -> Told {
    Told {
        day: day_told.map(day),
        measured: measured.map(|(instant, hours)| Measured {
            at_us: at(instant),
            offset_s: hours * HOUR_S,
        }),
    }
}

#[test]
fn the_programmes_midnight_decides_on_an_instant() {
    let shanghai = zone("Asia/Shanghai");
    let now = at("2026-11-25T09:00:00Z");
    for (instant, counted) in [
        ("2026-11-24T15:59:59.999Z", "2026-11-24"),
        ("2026-11-24T16:00:00Z", "2026-11-25"),
        ("2026-11-25T08:00:00Z", "2026-11-25"),
        ("2020-02-28T16:30:00Z", "2020-02-29"),
    ] {
        // the instant decides, whatever the source's own clock shows
        for offset in [-8, 0, 8] {
            let told = told(None, Some((instant, offset)));
            assert_eq!(civil_day(&shanghai, now, &told), Ok(day(counted)), "{instant}");
        }
    }
    assert_eq!(civil_day(&shanghai, now, &Told::default()), Ok(day("2026-11-25")));
}

#[test]
fn a_day_that_the_source_names_is_its_own() {
    let shanghai = zone("Asia/Shanghai");
    // 26 November here; still the 25th in Los Angeles
    let now = at("2026-11-25T20:00:00Z");
    let los_angeles = told(Some("2026-11-25"), Some(("2026-11-25T19:59:00Z", -8)));
    assert_eq!(civil_day(&shanghai, now, &los_angeles), Ok(day("2026-11-25")));
    // the evening before in Los Angeles is the 26th here, and yet the 25th's steps
    let bare = told(Some("2026-11-25"), None);
    assert_eq!(civil_day(&shanghai, now, &bare), Ok(day("2026-11-25")));
}

#[test]
fn a_day_that_has_begun_nowhere_is_refused() {
    let shanghai = zone("Asia/Shanghai");
    let kiritimati = at("2026-11-24T10:00:00Z"); // midnight at UTC+14
    let there = told(Some("2026-11-25"), Some(("2026-11-24T10:00:00Z", 14)));
    assert_eq!(civil_day(&shanghai, kiritimati, &there), Ok(day("2026-11-25")));
    let early = civil_day(&shanghai, kiritimati - 1, &there);
    assert_eq!(early, Err(DayError::Ahead(day("2026-11-25"))));
}

#[test]
fn a_day_that_has_begun_elsewhere_needs_a_measurement_from_there() {
    let berlin = zone("Europe/Berlin");
    let now = at("2026-11-24T17:00:00Z"); // one at night in Shanghai, six in the evening in Berlin
    let tomorrow = day("2026-11-25");
    for (measured, expected) in [
        (None, Err(DayError::Elsewhere(tomorrow))),
        (Some(("2026-11-24T16:30:00Z", 8)), Ok(tomorrow)),
        (Some(("2026-11-24T16:30:00Z", 1)), Err(DayError::Before(tomorrow))),
        // a clock that is ahead would make its own tomorrow
        (Some(("2026-11-24T23:30:00Z", 1)), Err(DayError::Clock)),
        (Some(("2026-11-24T17:05:00Z", 8)), Ok(tomorrow)),
        (Some(("2026-11-24T17:05:00.000001Z", 8)), Err(DayError::Clock)),
    ] {
        let told = told(Some("2026-11-25"), measured);
        assert_eq!(civil_day(&berlin, now, &told), expected, "{measured:?}");
    }
}

#[test]
fn a_measurement_before_its_day_is_refused_and_one_long_after_is_not() {
    let shanghai = zone("Asia/Shanghai");
    let now = at("2026-11-26T09:00:00Z");
    let yesterday = |instant| told(Some("2026-11-25"), Some((instant, 8)));
    let taken = |instant| civil_day(&shanghai, now, &yesterday(instant));
    assert_eq!(taken("2026-11-24T15:59:59Z"), Err(DayError::Before(day("2026-11-25"))));
    assert_eq!(taken("2026-11-24T16:00:00Z"), Ok(day("2026-11-25")));
    assert_eq!(taken("2026-11-26T08:59:00Z"), Ok(day("2026-11-25")));
    // a clock ahead decides nothing here: the day is long begun
    assert_eq!(taken("2026-11-27T08:59:00Z"), Ok(day("2026-11-25")));
}

#[test]
fn a_clock_a_little_ahead_makes_no_tomorrow() {
    let shanghai = zone("Asia/Shanghai");
    let now = at("2026-11-24T15:57:00Z"); // 23:57
    let ahead = told(None, Some(("2026-11-24T16:02:00Z", 8)));
    assert_eq!(civil_day(&shanghai, now, &ahead), Ok(day("2026-11-24")));
    let more = told(None, Some(("2026-11-24T16:02:01Z", 8)));
    assert_eq!(civil_day(&shanghai, now, &more), Err(DayError::Clock));
}

#[test]
fn an_offset_that_no_clock_has_is_refused() {
    let utc = zone("UTC");
    for (offset, code) in [
        (15, Some("measured.offset")),
        (-13, Some("measured.offset")),
        (14, None),
        (-12, None),
    ] {
        let told = told(Some("2026-11-20"), Some(("2026-11-23T10:00:00Z", offset)));
        let refused = civil_day(&utc, at("2026-11-24T10:00:00Z"), &told).err();
        assert_eq!(refused.map(DayError::code), code, "{offset}");
    }
}

#[test]
fn each_refusal_has_a_code_of_its_own_that_begins_with_its_field() {
    let d = day("2026-11-24");
    let all = [
        DayError::Ahead(d),
        DayError::Elsewhere(d),
        DayError::Before(d),
        DayError::Clock,
        DayError::Offset(0),
    ];
    let codes: std::collections::BTreeSet<_> = all.iter().map(|error| error.code()).collect();
    assert_eq!(codes.len(), all.len());
    assert!(
        all.iter()
            .all(|error| error.code().split('.').next() == Some(error.field()))
    );
}

proptest! {
    #[test]
    fn no_reading_breaks_the_day_and_none_makes_a_day_before_it_began(
        now_us in -60_000_000_000_000_000_i64..200_000_000_000_000_000,
        ahead in prop::option::of(-3_i32..3),
        measured in prop::option::of((-90_000_000_000_i64..90_000_000_000, -60_000_i32..60_000)),
    ) {
        let zone = zone("Europe/Berlin");
        let told = Told {
            day: ahead.map(|days| zone.day_of(now_us).plus(days)),
            measured: measured.map(|(us, offset_s)| Measured { at_us: now_us + us, offset_s }),
        };
        if let Ok(day) = civil_day(&zone, now_us, &told) {
            let begins_somewhere = i64::from(day.epoch_days()) * DAY_US - 14 * HOUR_US;
            prop_assert!(begins_somewhere <= now_us);
            prop_assert!(told.day.is_none_or(|named| named == day));
        }
        let wild = Told {
            day: ahead.map(|days| Day::from_epoch_days(days.wrapping_mul(i32::MAX / 3))),
            measured: measured.map(|(us, offset_s)| Measured { at_us: us.wrapping_mul(i64::MAX / 7), offset_s }),
        };
        let _ = civil_day(&zone, now_us.wrapping_mul(77), &wild);
    }
}

// --- what is taken ------------------------------------------------------------------------------

#[test]
fn a_source_can_only_raise_a_day() {
    assert_eq!(raise(None, 0), Taken::Raised);
    assert_eq!(raise(Some(0), 1), Taken::Raised);
    assert_eq!(raise(Some(9_000), 9_000), Taken::Same);
    assert_eq!(raise(Some(9_000), 8_999), Taken::Lower);
}

#[test]
fn two_sources_of_one_day_count_once() {
    assert_eq!(best(&[]), None);
    assert_eq!(best(&[(7_000, 5), (9_000, 9), (8_000, 1)]), Some((9_000, 9)));
    assert_eq!(best(&[(9_000, 9), (9_000, 7), (9_000, 8)]), Some((9_000, 7)));
}

// --- the curve of a day -------------------------------------------------------------------------

fn curve(notes: &[(u8, i64)]) -> HourCurve {
    let mut curve = HourCurve::default();
    for (hour, value) in notes {
        curve.note(*hour, *value);
    }
    curve
}

#[test]
fn a_curve_says_what_was_known_by_an_hour() {
    let told = curve(&[(7, 310), (9, 4_000), (22, 9_000)]);
    let known: Vec<i64> = [0, 6, 7, 8, 9, 21, 22, 23, 99].map(|hour| told.at(hour)).to_vec();
    assert_eq!(known, [0, 0, 310, 310, 4_000, 4_000, 9_000, 9_000, 9_000]);
    let mut again = told;
    assert!(!again.note(9, 4_000));
    assert!(!again.note(10_u8.wrapping_add(20), 50_000));
    assert!(again.note(10, 3_000), "a word of an hour is kept even if nothing rose");
    assert_eq!((again.at(10), again.at(21)), (4_000, 4_000));
    assert!(again.note(8, 5_000));
    assert_eq!(
        (again.at(7), again.at(8), again.at(10), again.at(23)),
        (310, 5_000, 5_000, 9_000)
    );
}

#[test]
fn hours_are_judged_only_where_they_were_told_one_by_one() {
    let fine: Vec<(u8, i64)> = (0..24).map(|hour| (hour, i64::from(hour) * 400)).collect();
    let hours = curve(&fine).hours().unwrap();
    assert_eq!((hours[0], hours[1], hours[23]), (0, 400, 400));

    // a wristband that is read in the evening has not made its day in one hour
    assert_eq!(curve(&[(8, 0), (20, 15_000)]).hours(), None);
    assert_eq!(curve(&[(0, 15_000)]).hours().map(|hours| hours[0]), Some(15_000));
    assert_eq!(curve(&[(1, 15_000)]).hours(), None);
    // what is too little for any sign may come late
    let night = curve(&[(6, 249), (7, 3_000), (8, 3_100)]).hours().unwrap();
    assert_eq!((night[6], night[7], night[8], night[9]), (249, 2_751, 100, 0));
    assert_eq!(curve(&[(6, 250), (7, 3_000)]).hours(), None);
    assert_eq!(curve(&[]).hours(), None);
    assert_eq!(curve(&[(0, i64::MAX)]).hours(), None);
}

#[test]
fn a_curve_of_a_day_of_steps_is_short() {
    let steps: Vec<(u8, i64)> = (6..23).map(|hour| (hour, i64::from(hour - 5) * 900)).collect();
    let bytes = curve(&steps).to_bytes();
    assert_eq!(bytes.len(), 3 + 17 * 2);
    assert_eq!(HourCurve::default().to_bytes(), [0, 0, 0]);
}

#[test]
fn bytes_that_no_curve_writes_are_no_curve() {
    for bytes in [
        &[][..],
        &[0, 0],
        &[0, 0, 0, 0],                                                          // more than is marked
        &[1, 0, 0],                                                             // less
        &[1, 0, 0, 0x80],                                                       // a cut varint
        &[1, 0, 0, 0x80, 0],                                                    // a long zero
        &[1, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], // 2^64 - 1
        &[1, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02], // beyond 64 bits
    ] {
        assert_eq!(HourCurve::from_bytes(bytes), None, "{bytes:?}");
    }
    let most = curve(&[(0, i64::MAX)]);
    assert_eq!(HourCurve::from_bytes(&most.to_bytes()), Some(most));
    // two rises that together leave 64 bits
    let mut over = most.to_bytes();
    over[0] = 3;
    over.push(1);
    assert_eq!(HourCurve::from_bytes(&over), None);
}

fn notes() -> impl Strategy<Value = Vec<(u8, i64)>> {
    let value = prop_oneof![0_i64..60_000, any::<i64>()];
    prop::collection::vec((0_u8..26, value), 0..60)
}

proptest! {
    #[test]
    fn a_curve_is_the_most_that_was_noted_by_each_hour(notes in notes()) {
        let curve = curve(&notes);
        for hour in 0_u8..24 {
            let known = notes.iter().filter(|(noted, _)| *noted <= hour).map(|(_, value)| *value).max();
            prop_assert_eq!(curve.at(hour), known.unwrap_or(0).max(0));
        }
        prop_assert_eq!(HourCurve::from_bytes(&curve.to_bytes()), Some(curve));
        if let Some(hours) = curve.hours() {
            prop_assert_eq!(hours.iter().map(|hour| i64::from(*hour)).sum::<i64>(), curve.at(23));
        }
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        if let Some(curve) = HourCurve::from_bytes(&bytes) {
            prop_assert_eq!(curve.to_bytes(), bytes);
        }
    }

    #[test]
    fn broken_curves_are_never_misread(notes in notes(), place: prop::sample::Index, bit in 0_u8..8) {
        let mut bytes = curve(&notes).to_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        if let Some(curve) = HourCurve::from_bytes(&bytes) {
            prop_assert_eq!(curve.to_bytes(), bytes);
        }
    }

    #[test]
    fn sources_in_any_order_count_alike(mut sources in prop::collection::vec((0_i64..5, 0_i64..5), 0..8)) {
        let counted = best(&sources);
        sources.reverse();
        prop_assert_eq!(best(&sources), counted);
        prop_assert_eq!(counted.map(|(value, _)| value), sources.iter().map(|(value, _)| *value).max());
    }
}

// --- signs --------------------------------------------------------------------------------------

fn facts(hours: Option<[u32; 24]>, steps: u32) -> StepsFacts {
    StepsFacts {
        day: Day::from_epoch_days(20_000),
        source: "fitbit".to_owned(),
        steps,
        hours,
        busiest_minute: None,
        busiest_ten_minutes: None,
        series: None,
    }
}

proptest! {
    #[test]
    fn a_day_is_asked_what_a_proof_of_it_is_asked(
        hours in prop::option::of(prop::array::uniform24(prop_oneof![Just(0_u32), 0_u32..9_000])),
        steps in 0_u32..120_000,
        minute in prop::option::of(0_u32..300),
    ) {
        let steps = hours.as_ref().map_or(steps, |hours| hours.iter().sum());
        let facts = StepsFacts { busiest_minute: minute, ..facts(hours, steps) };
        let started_us = i64::from(facts.day.epoch_days()) * DAY_US;
        // sent in time, by somebody of whom nothing else is known
        let claim = Claim {
            behaviour: "walking-by-steps".to_owned(),
            started_us,
            ended_us: started_us + DAY_US,
            civil: String::new(),
            day: facts.day,
            distance_m: None,
            steps: Some(steps),
            sent_us: started_us + DAY_US,
            worth: Carbon::ZERO,
            grade: Grade::E0,
            draw: 999,
        };
        let proof = Facts { steps: Some(facts.clone()), ..Facts::default() };
        let policy = Policy::shipped();
        let verdict = judge(&claim, &proof, &History::default(), policy);
        let codes = |signs: &[Sign]| {
            let mut codes: Vec<_> = signs.iter().map(Sign::code).collect();
            codes.sort_unstable();
            codes
        };
        prop_assert_eq!(codes(&day_signs(&facts, policy)), codes(&verdict.signs));
    }
}

#[test]
fn what_weighs_most_is_told_first() {
    let pushed = facts(Some([4_117; 24]), 98_808);
    let signs = day_signs(&pushed, Policy::shipped());
    assert_eq!(signs.first().map(Sign::code), Some("steps.many"));
    assert_eq!(signs.last().map(Sign::code), Some("steps.night"));
    let mut honest = [0; 24];
    honest[7..12].copy_from_slice(&[310, 1_864, 2_460, 676, 360]);
    assert_eq!(day_signs(&facts(Some(honest), 5_670), Policy::shipped()), []);
}
