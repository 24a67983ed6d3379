//! Apple's export, as phones write it and as nobody should.

use super::*;

#[path = "../../../benches/steps/export.rs"]
mod export;

#[test]
fn a_phone_and_a_watch_are_two_sources_of_one_day() {
    let export = apple(
        &[
            record("小明的 iPhone", "08:00:00", "08:10:00", 900),
            record("小明的 iPhone", "12:00:00", "12:05:00", 400),
            record("A &amp; B", "08:00:00", "08:09:00", 950),
            "<Record type=\"HKQuantityTypeIdentifierHeartRate\" sourceName=\"A\" value=\"70\"/>".to_owned(),
        ]
        .concat(),
    );
    assert_eq!(
        sums(&export),
        [
            sum("2026-11-20", "apple:A & B", 950),
            sum("2026-11-20", "apple:小明的 iPhone", 1300)
        ]
    );
    let facts = read_default(&export).unwrap();
    let hours = facts[1].hours.unwrap();
    assert_eq!((hours[8], hours[12]), (900, 400));
    assert_eq!(facts[1].busiest_ten_minutes, Some(900));
    assert_eq!(
        facts[1].busiest_minute, None,
        "stretches of ten minutes tell of no minute"
    );
}

#[test]
fn records_of_a_minute_tell_of_minutes() {
    let export = apple(
        &[
            record("w", "08:00:00", "08:01:00", 120),
            record("w", "08:01:00", "08:02:00", 111),
        ]
        .concat(),
    );
    let facts = read_default(export).unwrap();
    assert_eq!(facts[0].busiest_minute, Some(120));
    assert_eq!(facts[0].busiest_ten_minutes, Some(231));
}

#[test]
fn what_one_source_tells_twice_counts_once() {
    let once = record("w", "08:00:00", "08:10:00", 1000);
    let half = record("w", "08:05:00", "08:15:00", 1000);
    assert_eq!(sums(apple(&once.repeat(3)))[0].2, 1000);
    assert_eq!(sums(apple(&[once.clone(), half.clone()].concat()))[0].2, 1500);
    assert_eq!(sums(apple(&[half, once].concat()))[0].2, 1500);
}

#[test]
fn a_walk_over_midnight_belongs_to_both_days() {
    let export = apple(&full_record(
        "w",
        "2026-11-20 15:50:00 +0000",
        "2026-11-20 16:20:00 +0000",
        301,
    ));
    assert_eq!(
        sums(export),
        [sum("2026-11-20", "apple:w", 100), sum("2026-11-21", "apple:w", 201)]
    );
}

#[test]
fn days_on_which_clocks_change_lose_nothing() {
    let berlin = Zone::named("Europe/Berlin").unwrap();
    for day in ["2026-03-29", "2026-10-25"] {
        let records: String = (0..24)
            .map(|hour| {
                let at = |minute: u32| format!("{day} {hour:02}:{minute:02}:00 +0100");
                full_record("w", &at(10), &at(50), 400)
            })
            .collect();
        let facts = read(Cursor::new(apple(&records)), &berlin, &Limits::default()).unwrap();
        let total: u32 = facts.iter().map(|one| one.steps).sum();
        assert_eq!(total, 24 * 400, "{day}: {facts:?}");
    }
}

#[test]
fn steps_that_were_typed_in_do_not_count() {
    let typed = |value: &str| {
        record("健康", "08:00:00", "08:10:00", 50_000).replace(
            "/>",
            &format!("><MetadataEntry key=\"HKWasUserEntered\" value=\"{value}\"/></Record>"),
        )
    };
    let walked = record("w", "09:00:00", "09:10:00", 900);
    assert_eq!(
        sums(apple(&[typed("1"), walked].concat())),
        [sum("2026-11-20", "apple:w", 900)]
    );
    assert_eq!(read_default(apple(&typed("1"))), Err(StepsError::Typed));
    assert_eq!(sums(apple(&typed("0")))[0].2, 50_000);
}

#[test]
fn a_record_for_a_whole_day_tells_nothing_of_hours() {
    let day = apple(&record("w", "00:00:00", "23:59:59", 8000));
    let moment = apple(&record("w", "23:59:59", "23:59:59", 8000));
    for export in [day, moment] {
        let facts = read_default(export).unwrap();
        assert_eq!((facts[0].steps, facts[0].hours), (8000, None));
        assert_eq!(facts[0].busiest_ten_minutes, None);
    }
}

#[test]
fn only_days_that_count_are_kept() {
    let records: String = (1..=28)
        .map(|day| {
            let at = |time: &str| format!("2026-11-{day:02} {time} +0800");
            full_record("w", &at("08:00:00"), &at("08:10:00"), 900)
        })
        .collect();
    let export = apple(&records);
    let limits = Limits {
        since: Day::parse("2026-11-20"),
        days: 9,
        ..Limits::default()
    };
    assert_eq!(read_with(&export, &limits).unwrap().len(), 9);
    let limits = Limits { days: 8, ..limits };
    assert_eq!(read_with(&export, &limits), Err(StepsError::TooManyDays { limit: 8 }));
    let limits = Limits {
        since: Day::parse("2026-12-01"),
        ..limits
    };
    assert_eq!(read_with(&export, &limits), Err(StepsError::NoSteps));
}

#[test]
fn an_export_that_is_cut_short_is_told_so() {
    let export = apple(&record("w", "08:00:00", "08:10:00", 900).repeat(40));
    let mut read_whole = 0;
    for cut in 0..export.len() {
        let Err(error) = read_default(&export[..cut]) else {
            read_whole += 1;
            continue;
        };
        assert!(
            matches!(error, StepsError::Broken(_) | StepsError::NotSteps { .. }),
            "{cut}: {error:?}"
        );
    }
    assert_eq!(read_whole, 1, "only the last line's end may be missing");
}

#[test]
fn bombs_of_xml_have_no_effect() {
    let entities = "<!DOCTYPE HealthData [<!ENTITY a \"xxxxxxxxxx\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>";
    let export = format!(
        "<?xml version=\"1.0\"?>{entities}<HealthData>{}</HealthData>",
        record("&b;", "08:00:00", "08:10:00", 900)
    );
    assert_eq!(sums(export), [sum("2026-11-20", "apple:&b;", 900)]);

    let broken = |export: String| {
        let error = read_default(&export).unwrap_err();
        assert_eq!(error.code(), "steps.broken", "{error}");
        error.to_string()
    };
    assert!(broken(apple(&"<a>".repeat(100_000))).contains("too deep"));
    for long in [
        format!("<a b=\"{}\"/>", "x".repeat(2 << 20)),
        format!("<!-- {} -->", "x".repeat(2 << 20)),
        format!("<![CDATA[{}]]>", "x".repeat(2 << 20)),
        "x".repeat(2 << 20),
    ] {
        assert!(broken(apple(&long)).contains("longer than any should be"));
    }
    let many = format!("<Record {}/>", "a=\"\" ".repeat(150_000));
    assert_eq!(read_default(apple(&many)), Err(StepsError::NoSteps));
}

#[test]
fn records_that_cannot_be_read_are_left_out_unless_all_are() {
    let odd = record("w", "08:00:00", "8 o'clock", 900);
    let backwards = record("w", "08:10:00", "08:00:00", 900);
    let negative = record("w", "08:00:00", "08:10:00", 900).replace("\"900\"", "\"-900\"");
    let odd = [odd, backwards, negative].concat();
    let good = record("w", "09:00:00", "09:10:00", 900);
    assert_eq!(sums(apple(&[odd.clone(), good].concat()))[0].2, 900);
    let error = read_default(apple(&odd)).unwrap_err().to_string();
    assert!(error.contains("none of its 3 records"), "{error}");
}

#[test]
fn a_source_has_a_name_of_bounded_length_and_there_are_not_too_many() {
    let long = apple(&record(&"长".repeat(500), "08:00:00", "08:10:00", 900));
    assert_eq!(read_default(long).unwrap()[0].source.chars().count(), 60);
    let many: String = (0..33)
        .map(|n| record(&format!("app {n}"), "08:00:00", "08:10:00", 1))
        .collect();
    assert_eq!(
        read_default(apple(&many)),
        Err(StepsError::TooManySources { limit: 32 })
    );
}

#[test]
fn a_long_export_is_read_in_constant_memory() {
    let peak = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok())
    };
    let limits = Limits {
        since: Day::parse("2000-01-02"),
        ..Limits::default()
    };
    let read = |bytes| stream(export::Export::new(bytes), &zone(), &limits).unwrap();
    let short = read(1 << 20);
    let before = peak();
    let long = read(24 << 20);
    let after = peak();
    for one in &long {
        let watch = one.source.ends_with("Watch");
        let steps = if watch {
            export::WATCH_STEPS
        } else {
            export::PHONE_STEPS
        };
        assert_eq!(
            (one.steps, one.busiest_ten_minutes),
            (steps, Some(if watch { 128 } else { 142 }))
        );
    }
    assert!(long.len() > 10 * short.len());
    // only alone in its process does the figure mean anything
    if let (Some(before), Some(after), Ok(_)) = (before, after, std::env::var("NEXTEST")) {
        assert!(after - before < 8 * 1024, "{before} KiB, then {after} KiB");
    }
}
