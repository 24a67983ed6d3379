//! Real days of 33 people with wristbands, as they are, and with what cheats would put into them.

use std::collections::{BTreeMap, HashMap};

use domain::evidence::steps::{by_day, series_of_hours};
use domain::evidence::{Again, Claim, Facts, Grade, History, Outcome, Policy, Sign, StepsFacts, Verdict, judge};
use domain::measure::{Carbon, EntryId};

use super::*;

const DAYS: &str = "steps/fitbit_dailySteps_merged.csv";
const HOURS: &str = "steps/fitbit_hourlySteps_merged.csv";
const MINUTES: &str = "steps/fitbit_minuteStepsWide_merged.csv";

/// The file of each person in a file of several.
fn people(file: &[u8]) -> BTreeMap<String, String> {
    let text = std::str::from_utf8(file).unwrap();
    let (names, rows) = text.split_once('\n').unwrap();
    let mut people: BTreeMap<String, String> = BTreeMap::new();
    for row in rows.lines() {
        let id = row.split(',').next().unwrap().to_owned();
        let own = people.entry(id).or_insert_with(|| format!("{names}\n"));
        own.push_str(row);
        own.push('\n');
    }
    people
}

/// Every day of everybody: whose, and the facts.
fn days(test: &str, file: &str) -> Option<Vec<(String, StepsFacts)>> {
    let file = sample(test, file)?;
    assert_eq!(read_default(&file), Err(StepsError::SeveralPeople));
    let mut all = Vec::new();
    for (person, own) in people(&file) {
        let facts = read_default(own).unwrap();
        all.extend(by_day(facts).into_iter().map(|day| (person.clone(), day.counted)));
    }
    Some(all)
}

fn judged(steps: &StepsFacts, history: &History) -> Verdict {
    let next = Day::from_epoch_days(steps.day.epoch_days() + 1);
    let ended_us = zone().start_of(next);
    let claim = Claim {
        behaviour: "walking-by-steps".to_owned(),
        started_us: zone().start_of(steps.day),
        ended_us,
        civil: String::new(),
        day: steps.day,
        distance_m: None,
        steps: Some(steps.steps),
        sent_us: ended_us + 3_600_000_000,
        worth: Carbon::from_mg(500_000),
        grade: Grade::E0,
        draw: 999,
    };
    let facts = Facts {
        steps: Some(steps.clone()),
        ..Facts::default()
    };
    judge(&claim, &facts, history, Policy::shipped())
}

fn passes(steps: &StepsFacts) -> bool {
    matches!(judged(steps, &History::default()).outcome, Outcome::Credit(_))
}

/// The day with other hours, as a file by hours would tell it.
fn with_hours(day: &StepsFacts, change: impl Fn(&mut [u32; 24])) -> StepsFacts {
    let mut hours = day.hours.unwrap();
    change(&mut hours);
    StepsFacts {
        hours: Some(hours),
        steps: hours.iter().sum(),
        busiest_minute: None,
        busiest_ten_minutes: None,
        series: series_of_hours(&hours),
        ..day.clone()
    }
}

#[test]
fn of_honest_days_98_in_100_pass_without_a_person_in_every_format() {
    for (file, expected, grade) in [
        (DAYS, 940, Grade::E1),
        (HOURS, 934, Grade::E2),
        (MINUTES, 919, Grade::E2),
    ] {
        let Some(days) = days("of_honest_days_98_in_100_pass", file) else {
            return;
        };
        assert_eq!(days.len(), expected);
        let passed = days.iter().filter(|(_, day)| passes(day)).count();
        let mut odd = HashMap::new();
        for (_, day) in days.iter().filter(|(_, day)| !passes(day)) {
            for sign in judged(day, &History::default()).signs {
                *odd.entry(sign.code()).or_insert(0) += 1;
            }
        }
        println!("{file}: {passed} of {} pass; signs of the others: {odd:?}", days.len());
        assert!(passed * 100 >= days.len() * 98, "{file}: {passed} of {}", days.len());
        let graded = |day: &StepsFacts| {
            let outcome = judged(day, &History::default()).outcome;
            day.steps == 0 || !passes(day) || outcome == Outcome::Credit(grade)
        };
        assert!(days.iter().all(|(_, day)| graded(day)));
    }
}

#[test]
fn zero_days_worn_nights_and_the_longest_walk_pass() {
    let Some(days) = days("zero_days_worn_nights_and_the_longest_walk_pass", HOURS) else {
        return;
    };
    let zero = days.iter().filter(|(_, day)| day.steps == 0);
    let worn = days.iter().filter(|(_, day)| {
        let night = &day.hours.unwrap()[..5];
        night.iter().filter(|steps| **steps > 0).count() >= 4 && night.iter().sum::<u32>() < 5000
    });
    let longest = days.iter().max_by_key(|(_, day)| day.steps).unwrap();
    assert_eq!(longest.1.steps, 36_019);
    assert!(zero.clone().count() > 30 && worn.clone().count() > 30);
    for (person, day) in zero.chain(worn).chain([longest]) {
        assert!(
            passes(day),
            "{person} {}: {:?}",
            day.day,
            judged(day, &History::default()).signs
        );
    }
}

#[test]
fn the_formats_of_the_same_days_agree() {
    let (Some(hours), Some(minutes)) = (days("the_formats_agree", HOURS), days("the_formats_agree", MINUTES)) else {
        return;
    };
    let hours: HashMap<_, _> = hours.into_iter().map(|(who, day)| ((who, day.day), day)).collect();
    let of_hours = |who: &String, day: &StepsFacts| hours.get(&(who.clone(), day.day));
    let same = minutes
        .iter()
        .filter(|(who, day)| of_hours(who, day).is_some_and(|other| other.hours == day.hours));
    // the minutes of a person's last day are not all there
    assert_eq!(same.clone().count(), 885);
    for (who, day) in same {
        assert_eq!(of_hours(who, day).unwrap().series, day.series);
        assert!(day.busiest_minute.unwrap() * 10 >= day.busiest_ten_minutes.unwrap());
    }
}

/// What a cheat would do with a day.
type Attack = (&'static str, Box<dyn Fn(&StepsFacts) -> StepsFacts>);

#[test]
fn what_cheats_put_into_real_days_never_passes_alone() {
    let Some(days) = days("what_cheats_put_into_real_days", HOURS) else {
        return;
    };
    let attacks: Vec<Attack> = vec![
        (
            "98,800 steps in even pushes",
            Box::new(|day| with_hours(day, |hours| hours.fill(98_800 / 24))),
        ),
        (
            "98,800 steps at once",
            Box::new(|day| with_hours(day, |hours| hours[8] += 98_800)),
        ),
        (
            "a sum of 98,800 typed",
            Box::new(|day| StepsFacts {
                steps: 98_800,
                hours: None,
                ..with_hours(day, |_| {})
            }),
        ),
        (
            "pushes under 9,000 an hour all night",
            Box::new(|day| with_hours(day, |hours| hours[..5].fill(8900))),
        ),
        (
            "small pushes all night",
            Box::new(|day| with_hours(day, |hours| hours[..6].fill(1100))),
        ),
        (
            "a shaker for five hours of the evening, 110 a minute, first and last hour cut",
            Box::new(|day| {
                with_hours(day, |hours| {
                    for (hour, steps) in hours[17..23].iter_mut().zip([4000, 6600, 6580, 6612, 6595, 2200]) {
                        *hour = steps;
                    }
                })
            }),
        ),
        (
            "a script that pushes 1,500 an hour from 8 to 22",
            Box::new(|day| with_hours(day, |hours| hours[8..22].fill(1500))),
        ),
        (
            "a script that pushes 2,000 an hour, 10 % up or down",
            Box::new(|day| {
                with_hours(day, |hours| {
                    for (n, hour) in hours[8..22].iter_mut().enumerate() {
                        *hour = [1810, 2150, 2010, 2190, 1850, 1930, 2090][n % 7];
                    }
                })
            }),
        ),
        (
            "legs that run at 230 a minute for an hour",
            Box::new(|day| with_hours(day, |hours| hours[12] = 13_800)),
        ),
        (
            "no rest",
            Box::new(|day| {
                with_hours(day, |hours| {
                    for (n, hour) in hours.iter_mut().enumerate() {
                        *hour += [300, 700, 450, 900][n % 4];
                    }
                })
            }),
        ),
    ];
    for (name, attack) in attacks {
        let passed = days.iter().filter(|(_, day)| passes(&attack(day))).count();
        println!("{name}: {passed} of {} pass", days.len());
        assert_eq!(passed, 0, "{name}");
    }
}

#[test]
fn a_shaker_at_constant_cadence_is_found_by_its_minutes_on_every_real_day() {
    let Some(days) = days("a_shaker_at_constant_cadence", MINUTES) else {
        return;
    };
    for (person, day) in days {
        // an hour at 200 a minute, one step up or down: faster than anything else in the day
        let shaken = StepsFacts {
            busiest_minute: day.busiest_minute.max(Some(201)),
            busiest_ten_minutes: day.busiest_ten_minutes.max(Some(2000)),
            ..with_hours(&day, |hours| hours[20] = 12_000)
        };
        let faster = day.busiest_minute > Some(201);
        assert!(faster || !passes(&shaken), "{person} {}", day.day);
    }
}

#[test]
fn somebody_elses_series_is_refused_and_no_two_honest_days_share_one() {
    for file in [DAYS, HOURS, MINUTES] {
        let Some(days) = days("somebody_elses_series_is_refused", file) else {
            return;
        };
        let mut known: HashMap<u64, &str> = HashMap::new();
        for (person, day) in &days {
            if let Some(series) = day.series {
                assert_eq!(known.insert(series, person), None, "{person} {}", day.day);
            }
        }
        assert!(
            known.len() * 100 >= days.len() * 65,
            "{file}: {} of {}",
            known.len(),
            days.len()
        );

        // the whole file of somebody, a week later, as one's own
        let (_, own) = people(&sample("somebody_elses_series", file).unwrap())
            .pop_first()
            .unwrap();
        let moved: String = own
            .lines()
            .enumerate()
            .map(|(n, line)| if n == 0 { format!("{line}\n") } else { later(line) })
            .collect();
        let copied = read_default(&moved).unwrap();
        let with_series: Vec<_> = copied.iter().filter(|day| day.series.is_some()).collect();
        assert!(with_series.len() >= 20, "{file}: {}", with_series.len());
        for day in with_series {
            assert!(known.contains_key(&day.series.unwrap()));
            let history = History {
                series: vec![Again {
                    submission: EntryId::new(1),
                    own: false,
                    sent_us: 0,
                    apart: 0,
                    began_us: None,
                }],
                ..History::default()
            };
            let verdict = judged(day, &history);
            assert_eq!(verdict.outcome, Outcome::Refuse("steps.series".to_owned()));
            assert!(
                verdict
                    .signs
                    .iter()
                    .any(|sign| matches!(sign, Sign::StepsSeries { .. }))
            );
        }
    }
}

/// The row, 31 days later.
fn later(line: &str) -> String {
    let (id, rest) = line.split_once(',').unwrap();
    let (month, rest) = rest.split_once('/').unwrap();
    let (day, rest) = rest.split_once('/').unwrap();
    let date = jiff::civil::date(2016, month.parse().unwrap(), day.parse().unwrap());
    let date = date.saturating_add(jiff::Span::new().days(31));
    format!("7{id},{}/{}/{rest}\n", date.month(), date.day())
}
