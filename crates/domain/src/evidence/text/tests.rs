use proptest::prelude::*;

use super::*;
use crate::evidence::Grade;
use crate::measure::{Carbon, Day};

const MINUTE_US: i64 = 60_000_000;

/// A ride from 8:12 to 8:47 on 24 November 2026.
fn ride() -> Claim {
    Claim {
        behaviour: "metro-trip".to_owned(),
        started_us: 0,
        ended_us: 35 * MINUTE_US,
        civil: "2026-11-24T08:12:00".to_owned(),
        day: Day::parse("2026-11-24").unwrap(),
        distance_m: None,
        steps: None,
        sent_us: 60 * MINUTE_US,
        worth: Carbon::ZERO,
        grade: Grade::E1,
        draw: 999,
    }
}

fn facts(lines: &[&str]) -> TextFacts {
    let line = |text: &&str| Line {
        text: (*text).to_owned(),
        sure_permille: 990,
    };
    TextFacts {
        lines: lines.iter().map(line).collect(),
    }
}

/// The codes of what is seen in lines of text about [`ride`].
fn seen(lines: &[&str]) -> Vec<&'static str> {
    let signs = signs(Some(&facts(lines)), &ride(), Policy::shipped());
    signs.iter().map(Sign::code).collect()
}

fn times(line: &str) -> Vec<String> {
    moments(&[normalised(line)]).iter().map(ToString::to_string).collect()
}

#[test]
fn a_ticket_of_the_ride_fits() {
    let ticket = [
        "乘车记录",
        "地铁2号线",
        "¥5.00",
        "2026-11-24",
        "人民广场08:12",
        "张江高科08:47",
    ];
    assert_eq!(seen(&ticket), ["text.fits"]);
    let found = "地铁 · #号线 · 2026-11-24 08:12".to_owned();
    let signs = signs(Some(&facts(&ticket)), &ride(), Policy::shipped());
    assert_eq!(signs, [Sign::TextFits { found }]);
}

#[test]
fn a_ticket_of_another_day_tells_of_another_time() {
    assert_eq!(seen(&["地铁2号线", "2026-11-23 08:12"]), ["text.time"]);
    assert_eq!(seen(&["地铁2号线", "11月23日", "08:12"]), ["text.time"]);
    assert_eq!(seen(&["地铁2号线", "08:12", "2025-11-24"]), ["text.time"]);
    let other = signs(
        Some(&facts(&["地铁", "2026-11-24 12:00 15:00"])),
        &ride(),
        Policy::shipped(),
    );
    assert_eq!(
        other,
        [Sign::TextTime {
            found: "2026-11-24 12:00".to_owned()
        }]
    );
}

#[test]
fn a_time_may_be_off_by_the_limit_and_no_more() {
    assert_eq!(seen(&["地铁", "07:12"]), ["text.fits"]);
    assert_eq!(seen(&["地铁", "07:11"]), ["text.time"]);
    assert_eq!(seen(&["地铁", "09:47"]), ["text.fits"]);
    assert_eq!(seen(&["地铁", "09:48"]), ["text.time"]);
}

#[test]
fn a_ride_over_midnight_fits_the_times_of_both_days() {
    let night = Claim {
        civil: "2026-12-31 23:50".to_owned(),
        ..ride()
    };
    for line in [
        "2027-01-01 00:20",
        "2026-12-31 23:50",
        "00:20",
        "1月1日 0:20",
        "01/01/2027 00:20",
    ] {
        let signs = signs(Some(&facts(&["地铁", line])), &night, Policy::shipped());
        assert_eq!(signs[0].code(), "text.fits", "{line}");
    }
}

#[test]
fn what_is_missing_or_unread_is_told() {
    assert_eq!(seen(&["愚园路", "08:12"]), ["text.missing"]);
    assert_eq!(seen(&["地铁2号线", "张江高科"]), ["text.untimed"]);
    assert_eq!(seen(&[]), ["text.untimed", "text.missing"]);
    let policy = Policy::shipped();
    assert_eq!(signs(None, &ride(), policy), [Sign::TextUnread]);
    let dark = Claim {
        behaviour: "lights-off".to_owned(),
        ..ride()
    };
    assert_eq!(signs(None, &dark, policy), []);
    let unclocked = Claim {
        civil: String::new(),
        ..ride()
    };
    let signs = signs(Some(&facts(&["地铁", "23:59"])), &unclocked, policy);
    assert_eq!(signs[0].code(), "text.fits", "without a civil time nothing is compared");
}

#[test]
fn an_amount_is_looked_for_only_where_the_rule_asks() {
    let rule = "[behaviour.metro-trip]\nproofs = [\"photo\"]\nwords = [\"地铁\"]\namount = true\n";
    let policy = Policy::parse(rule).unwrap();
    let seen = |lines: &[&str]| signs(Some(&facts(lines)), &ride(), &policy);
    let found = "地铁 · ¥5.00".to_owned();
    assert_eq!(seen(&["地铁", "票价 5.00 元"]), [Sign::TextFits { found }]);
    let wanted = "¥".to_owned();
    assert_eq!(seen(&["地铁", "5.00"]), [Sign::TextMissing { wanted }]);
}

#[test]
fn words_are_found_in_whatever_form_they_stand() {
    for (line, word, said) in [
        ("欢迎乘坐地铁２号线", "#号线", true),
        ("地铁 二 号线", "#号线", true),
        ("号线", "#号线", false),
        ("公交71路", "#路", true),
        ("愚园路", "#路", false),
        ("ＭＥＴＲＯ　Line 2", "metro", true),
        ("MetroLine2", "Line #", true),
        ("MetroLine 12", "line", true),
        ("Offline", "Line", false),
        ("Business", "Bus", false),
        ("Bus 71", "bus", true),
        ("人民厂场", "人民广场", true),
        ("人民厂汤", "人民广场", false),
        ("地钦", "地铁", false),
        ("Yuyuan Gardon", "Yuyuan Garden", true),
        ("x1号线", "1号线", true),
        ("11号线", "1号线", false),
        ("", "地铁", false),
        ("地铁", "", false),
        ("地铁", "地铁站台上", false),
    ] {
        assert_eq!(says(&normalised(line), word), said, "{word} in {line}");
    }
}

#[test]
fn times_are_read_as_people_write_them() {
    for (line, read) in [
        ("08:12", &["08:12"][..]),
        ("8:12-8:47", &["08:12", "08:47"]),
        ("2026-11-24 08:12", &["2026-11-24 08:12"]),
        ("2026-11-2408:12:30", &["2026-11-24 08:12"]),
        ("2026/1/4 8:05", &["2026-01-04 08:05"]),
        ("2026年11月24日８：１２", &["2026-11-24 08:12"]),
        ("2026年11月 4日 8点12分", &["2026-11-04 08:12"]),
        ("11-24 08:12", &["11-24 08:12"]),
        ("11月24日 下午6:05", &["11-24 18:05"]),
        ("24/11/2026 6:05 PM", &["2026-11-24 18:05"]),
        ("12:30am", &["00:30"]),
        (
            "中午12:05 中午 1:10 上午11:10 晚上 9:00 凌晨12:10",
            &["12:05", "13:10", "11:10", "21:00", "00:10"],
        ),
        ("08：12 2026-11-24", &["2026-11-24 08:12"]),
        ("24:00 8:60 123:45 1:234 5.00 20261124081200734", &[]),
        ("11-24", &[]),
        ("", &[]),
    ] {
        assert_eq!(times(line), read, "{line}");
    }
}

#[test]
fn a_date_of_unclear_order_fits_either_way() {
    let may = Claim {
        civil: "2026-05-04T08:12".to_owned(),
        ..ride()
    };
    for (line, code) in [
        ("04/05/2026 08:12", "text.fits"),
        ("05/04/2026 08:12", "text.fits"),
        ("06/04/2026 08:12", "text.time"),
        ("31/02/2026 08:12", "text.time"),
    ] {
        let signs = signs(Some(&facts(&["地铁", line])), &may, Policy::shipped());
        assert_eq!(signs[0].code(), code, "{line}");
    }
}

#[test]
fn amounts_need_their_currency() {
    for (line, read) in [
        ("¥5.00", &["¥5.00"][..]),
        ("￥ 5", &["¥5"]),
        ("票价5.00元，优惠 0.5 元", &["¥5.00", "¥0.5"]),
        ("cny 4.00 RMB12", &["¥4.00", "¥12"]),
        ("5.00", &[]),
        ("¥20261124081200", &[]),
        ("12元.", &["¥12"]),
        ("¥", &[]),
    ] {
        assert_eq!(amounts(&normalised(line)), read, "{line}");
    }
}

/// Characters that mean something here, and a few that do not.
fn line() -> impl Strategy<Value = String> {
    let odd = "[0-9:.年月日点分上下午晚/ ¥元路号线aPmİß２：￥-]{0,40}";
    prop_oneof![odd.prop_map(String::from), any::<String>()]
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(lines in prop::collection::vec(line(), 0..8), word in line(), civil in line()) {
        let claim = Claim { civil, ended_us: i64::MAX, started_us: i64::MIN, ..ride() };
        let mut policy = Policy::shipped().clone();
        let rule = policy.behaviour.get_mut("metro-trip").unwrap();
        rule.words = vec![word];
        rule.amount = true;
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        for claim in [claim, ride()] {
            prop_assert!(signs(Some(&facts(&lines)), &claim, &policy).len() <= 3);
        }
    }

    #[test]
    fn every_time_is_read_back(month in 1..=12_i16, day in 1..=28_i16, hour in 0..24_i16, minute in 0..60_i16) {
        let told = format!("2026-{month:02}-{day:02} {hour:02}:{minute:02}");
        prop_assert_eq!(times(&told), vec![told.clone()]);
        prop_assert_eq!(times(&told.replace(' ', "")), vec![told.clone()]);
        let chinese = format!("2026年{month}月{day}日{hour}:{minute:02}");
        prop_assert_eq!(times(&chinese), vec![told]);
    }

    #[test]
    fn a_word_is_said_by_any_line_that_it_stands_in(before in "[一-三]{0,5}", word in "[地-埋]{1,8}", after in "[一-三 ]{0,5}") {
        let line = [before, word.clone(), after].concat();
        prop_assert!(says(&normalised(&line), &word), "{} in {}", word, line);
    }
}

/// A long text takes as long as its length says: ten times the text far less than a hundred times the work.
#[test]
fn a_text_of_a_million_characters_is_no_burden() {
    let hostile = ["1:1 ", "2026-1 ", "11月", "¥1.", "地", "      ", "1-1-"];
    for part in hostile {
        let line = part.repeat(1_000_000 / part.len());
        assert!(!seen(&[&line]).is_empty());
    }
}
