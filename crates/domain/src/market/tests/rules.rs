//! The shipped rules are readable, sourced, and what the sources say.

use super::*;

#[test]
fn every_shipped_profile_and_calendar_is_read() {
    for (id, text) in PROFILES {
        let profile = Profile::parse(text).unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(profile.id, id);
        assert!(calendar(&profile.calendar).is_some(), "{id}");
        // as data and back
        let again: Profile = serde_json::from_str(&serde_json::to_string(&profile).unwrap()).unwrap();
        assert_eq!(again, profile);
    }
    for (id, text) in CALENDARS {
        assert_eq!(Calendar::parse(text).unwrap().id, id);
    }
}

#[test]
fn the_national_market_is_as_its_notices_say() {
    let cea = shipped("cea");
    let listing = &cea.mode[&Mode::Listing];
    assert_eq!(
        (listing.band_permille, listing.max_t, listing.pick_levels),
        (Some(100), 99_999, Some(5))
    );
    let hours: Vec<String> = listing.hours.iter().map(|hours| String::from(*hours)).collect();
    assert_eq!(hours, ["09:30-11:30", "13:00-15:00"]);
    assert_eq!((cea.tick_minor, cea.lot_t, cea.resale_days), (1, 1, 1));
    assert!(!cea.eligible.contains(&Class::Individual));
    assert_eq!(shipped("ccer").mode.keys().collect::<Vec<_>>(), [&Mode::Listing]);
    assert_eq!(shipped("phcer").mode[&Mode::Listing].pick_levels, Some(1));
}

#[test]
fn rules_without_a_source_or_that_do_not_fit_are_refused() {
    let text = PROFILES[0].1;
    let broken = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        Profile::parse(&text.replacen(from, to, 1)).unwrap_err()
    };
    let source = text.lines().find(|line| line.starts_with("resale_days = \"")).unwrap();
    assert_eq!(broken(source, ""), ProfileError::NoSource("resale_days".to_owned()));
    let source = text
        .lines()
        .find(|line| line.starts_with("\"mode.block.band_permille\""))
        .unwrap();
    assert_eq!(
        broken(source, ""),
        ProfileError::NoSource("mode.block.band_permille".to_owned())
    );
    assert_eq!(
        broken("lot_t = \"1 t", "lots = \"1 t"),
        ProfileError::NoSource("lot_t".to_owned())
    );
    let invented = broken("[sources]", "[sources]\ncolour = \"none\"");
    assert_eq!(invented, ProfileError::NoRule("colour".to_owned()));
    for (from, to) in [
        ("tick_minor = 1", "tick_minor = 0"),
        ("band_permille = 100", "band_permille = 1000"),
        ("pick_levels = 5", "pick_levels = 0"),
        ("min_t = 1\nmax_t = 99999", "min_t = 9\nmax_t = 8"),
        ("max_price_minor = 4000000", "max_price_minor = 5000000"),
    ] {
        assert!(matches!(broken(from, to), ProfileError::Range(_)), "{to}");
    }
    for (from, to) in [
        ("eligible = [\"organisation\", \"legal_entity\"]", "eligible = []"),
        ("hours = [\"13:00-15:00\"]", "hours = []"),
        ("[mode.auction]", "[mode.auction]\nhours = [\"10:00-11:00\"]"),
    ] {
        assert!(matches!(broken(from, to), ProfileError::Unfit(_)), "{to}");
    }
    for (from, to) in [
        ("09:30-11:30", "11:30-09:30"),
        ("09:30-11:30", "9:30-11:30"),
        ("buyer_permille = \"0\"", "buyer_permille = \"0.0001\""),
        ("buyer_permille = \"0\"", "buyer_permille = \"1001\""),
        ("lot_t = 1", "lot_t = 1\nlots = 2"),
    ] {
        assert!(matches!(broken(from, to), ProfileError::Unreadable(_)), "{to}");
    }
    assert_eq!(
        broken("Asia/Shanghai", "Mars/Olympus"),
        ProfileError::Zone("Mars/Olympus".to_owned())
    );
}

#[test]
fn the_calendar_closes_on_weekends_and_holidays_only() {
    let china = calendar("cn").unwrap();
    let day = |text: &str| Day::parse(text).unwrap();
    for open in [
        "2026-01-05",
        "2026-02-13",
        "2026-02-24",
        "2026-04-07",
        "2026-10-08",
        "2026-11-25",
    ] {
        assert!(china.is_trading_day(day(open)), "{open}");
    }
    for closed in [
        "2026-01-02",
        "2026-02-16",
        "2026-02-28",
        "2026-06-19",
        "2026-10-01",
        "2026-11-28",
    ] {
        assert!(!china.is_trading_day(day(closed)), "{closed}");
    }
    assert_eq!(china.holiday(day("2026-02-17")).unwrap().name.en, "Spring Festival");
    assert_eq!(china.after(day("2026-02-13"), 1), day("2026-02-24"));
    assert_eq!(china.after(day("2026-11-27"), 2), day("2026-12-01"));
    assert_eq!(china.after(day("2026-11-27"), 0), day("2026-11-27"));
    // 261 weekdays less 19 that are holidays: 2, 6, 1, 3, 1, 1 and 5
    let days = (0..365).map(|n| day("2026-01-01").plus(n));
    assert_eq!(days.filter(|day| china.is_trading_day(*day)).count(), 242);
}

#[test]
fn fees_of_parts_never_exceed_the_fee_of_the_whole() {
    let fees = Fees {
        buyer_ppm: 7_500,
        seller_ppm: 999_999,
        buyer_a_tonne: 3,
        seller_a_tonne: 200,
    };
    assert_eq!(fees.buyer(1_000_000, 10), 7_530);
    assert_eq!(fees.seller(100, 1), 100, "no fee is more than the proceeds");
    let mut dice = Dice(5);
    for _ in 0..20_000 {
        let (price, parts) = (1 + dice.roll(20_000), [dice.roll(3_000), dice.roll(70), 1]);
        let sum: i64 = parts.iter().map(|tonnes| fees.need(price, *tonnes)).sum();
        let whole = fees.need(price, parts.iter().sum());
        assert!(sum <= whole && whole - sum < 3, "{price} {parts:?}");
    }
    // the largest that a profile allows stays within 64 bits
    let most = Fees {
        buyer_ppm: 1_000_000,
        buyer_a_tonne: 1 << 26,
        ..fees
    };
    let exact = (i128::from(1u32 << 26) * i128::from(u32::MAX)) * 3;
    assert_eq!(i128::from(most.need(1 << 26, u32::MAX)), exact);
}

#[test]
fn a_band_is_never_wider_than_it_says_nor_a_tick_too_narrow() {
    let mut dice = Dice(8);
    let mut profile = shipped("cea");
    let mut terms = profile.mode[&Mode::Listing].clone();
    for _ in 0..20_000 {
        let (last, band) = (1 + dice.roll(200_000), 1 + dice.roll(999));
        profile.tick_minor = 1 + dice.roll(7);
        terms.band_permille = Some(band);
        let tick = u64::from(profile.tick_minor);
        // in thousandths of a minor unit, exactly
        let (lowest, highest) = (
            u64::from(last) * u64::from(1_000 - band),
            u64::from(last) * u64::from(1_000 + band),
        );
        match profile.prices(&terms, Some(last)) {
            Some((low, high)) => {
                let (low, high) = (u64::from(low), u64::from(high));
                assert!(low.is_multiple_of(tick) && high.is_multiple_of(tick) && low > 0);
                assert!(low * 1_000 >= lowest && high * 1_000 <= highest);
                assert!(low == tick || (low - tick) * 1_000 < lowest);
                assert!((high + tick) * 1_000 > highest);
            }
            None => assert!(
                highest / 1_000 / tick * tick * 1_000 < lowest.max(1),
                "{last} {band} {tick}"
            ),
        }
    }
    assert_eq!(profile.prices(&terms, None), None);
    terms.band_permille = None;
    profile.tick_minor = 3;
    assert_eq!(profile.prices(&terms, None), Some((3, 3_999_999)));
}
