//! Every refusal by its reason, and the seed's sale.

use super::*;

const OUT_OF_BAND: Refused = Refused::OutsideBand {
    price_minor: 0,
    low_minor: 4_500,
    high_minor: 5_500,
};

#[test]
fn the_seeds_24000_tonnes_are_sold_to_two_buyers_for_1200000_yuan() {
    let profile = shipped("phcer");
    let start = Start {
        last_close: Some(5_000),
        orders: 41,
        trades: 7,
        ..Start::default()
    };
    let mut book = Book::new(profile.clone(), calendar("cn").unwrap(), start).unwrap();
    for member in 0..3 {
        let class = Class::LegalEntity;
        did(
            &mut book,
            Command::Admit {
                member: MemberNo(member),
                class,
            },
            at("08:00"),
        );
    }
    give(&mut book, 0, Asset::Units, 24_000);
    give(&mut book, 1, Asset::Money, 80_000_000);
    give(&mut book, 2, Asset::Money, 40_000_000);
    did(&mut book, Command::Open { day: wednesday() }, at("09:00"));
    let price = profile.price("50.00").unwrap();
    let listed = did(
        &mut book,
        sell(0, profile.tonnes("24,000").unwrap(), price),
        at("09:30"),
    );
    assert_eq!(listed.order(), Some(OrderNo(42)));
    let pick = |account, tonnes| Command::Pick {
        account: AccountNo(account),
        order: OrderNo(42),
        tonnes,
    };
    let mut trades = did(&mut book, pick(1, 16_000), at("10:00")).trades;
    trades.extend(did(&mut book, pick(2, 8_000), at("10:01")).trades);
    assert_eq!(trades.iter().map(Trade::value_minor).sum::<i64>(), 120_000_000);
    assert_eq!(trades.iter().map(|trade| trade.number).collect::<Vec<_>>(), [8, 9]);
    // nothing has moved before the day's end, and nobody has it twice
    assert_eq!(book.account(AccountNo(0)).unwrap().money.free, 0);
    assert_eq!(
        book.account(AccountNo(1)).unwrap().money,
        Balance {
            free: 0,
            frozen: 80_000_000
        }
    );
    let out = did(&mut book, Command::CloseDay, at("15:00"));
    assert_eq!(out.accepted, Some(Accepted::Closed(Some(5_000))));
    assert_eq!(out.nets, net(&trades, &profile));
    assert_eq!(book.account(AccountNo(0)).unwrap().money.free, 120_000_000);
    assert_eq!(
        book.account(AccountNo(2)).unwrap().locked,
        [(wednesday().plus(1), 8_000)]
    );
    let legs = settle(&trades[0], &profile);
    assert_eq!(legs.len(), 2, "no fees: {legs:?}");
    assert_eq!(legs[1].amount.quantity, 80_000_000);
}

#[test]
fn odd_sizes_and_prices_below_a_minor_unit_are_refused() {
    let profile = shipped("phcer");
    assert_eq!(profile.tonnes("25.51"), Err(Refused::OddLot { lot_t: 1 }));
    assert_eq!(profile.tonnes("0"), Err(Refused::OddLot { lot_t: 1 }));
    assert_eq!(profile.tonnes("-1"), Err(Refused::Unreadable));
    assert_eq!(profile.price("0.004"), Err(Refused::BelowMinor));
    assert_eq!(profile.price("12.32"), Ok(1_232));
    assert_eq!(profile.price("fifty"), Err(Refused::Unreadable));
    let mut five = shipped("cea");
    (five.tick_minor, five.lot_t) = (5, 10);
    five.mode.get_mut(&Mode::Listing).unwrap().min_t = 20;
    let mut book = open(five, &[0, 1]);
    let now = at("10:00");
    let tick_minor = 5;
    for price_minor in [0, 5_003] {
        let off = Refused::OffTick {
            price_minor,
            tick_minor,
        };
        assert_eq!(refused(&mut book, buy(0, 20, price_minor), now), off);
    }
    assert_eq!(
        refused(&mut book, buy(0, 25, 5_000), now),
        Refused::OddLot { lot_t: 10 }
    );
    assert_eq!(refused(&mut book, buy(0, 0, 5_000), now), Refused::OddLot { lot_t: 10 });
    assert_eq!(
        refused(&mut book, buy(0, 10, 5_000), now),
        Refused::TooSmall { tonnes: 10, min_t: 20 }
    );
    let max_t = 99_999;
    assert_eq!(
        refused(&mut book, sell(0, 100_000, 5_000), now),
        Refused::TooLarge { tonnes: 100_000, max_t }
    );
}

#[test]
fn prices_outside_the_band_are_refused_and_the_band_follows_the_close() {
    let mut book = open(shipped("cea"), &[0, 1]);
    assert_eq!(book.prices(), Some((4_500, 5_500)));
    for price in [4_499, 5_501] {
        let Refused::OutsideBand { price_minor, .. } = refused(&mut book, buy(0, 1, price), at("10:00")) else {
            panic!("another reason");
        };
        assert_eq!(price_minor, price);
    }
    let why = Refused::OutsideBand {
        price_minor: 4_499,
        low_minor: 4_500,
        high_minor: 5_500,
    };
    assert_eq!(refused(&mut book, sell(1, 1, 4_499), at("10:00")), why);
    assert_eq!((why.code(), OUT_OF_BAND.code()), ("outside_band", "outside_band"));
    // 10 t at 55.00 and 1 t at 50.01: the mean is 54.5464
    for (tonnes, price) in [(10, 5_500), (1, 5_001)] {
        let order = did(&mut book, sell(0, tonnes, price), at("10:00")).order().unwrap();
        let account = AccountNo(1);
        did(&mut book, Command::Pick { account, order, tonnes }, at("10:00"));
        did(&mut book, Command::Disconnect { member: MemberNo(9) }, at("10:00"));
    }
    let out = did(&mut book, Command::CloseDay, at("15:00"));
    assert_eq!(out.accepted, Some(Accepted::Closed(Some(5_455))));
    let day = wednesday().plus(1);
    did(&mut book, Command::Open { day }, on(day, "09:00"));
    // 49.095 to 60.005, rounded into the band
    assert_eq!(book.prices(), Some((4_910, 6_000)));
}

#[test]
fn a_thin_day_leaves_the_close_of_phcer_as_it_was() {
    for (tonnes, close) in [(100, 5_000), (101, 5_200)] {
        let mut book = open(shipped("phcer"), &[0, 1]);
        let order = did(&mut book, sell(0, tonnes, 5_200), at("10:00")).order().unwrap();
        let account = AccountNo(1);
        did(&mut book, Command::Pick { account, order, tonnes }, at("10:00"));
        let out = did(&mut book, Command::CloseDay, at("15:00"));
        assert_eq!(out.accepted, Some(Accepted::Closed(Some(close))));
    }
}

#[test]
fn hours_and_days_are_kept() {
    let mut book = market(shipped("cea"), &[0, 1]);
    let order = buy(0, 1, 5_000);
    assert_eq!(refused(&mut book, order, at("10:00")), Refused::NotOpen);
    let day = |text: &str| Day::parse(text).unwrap();
    let opening = |text: &str| Command::Open { day: day(text) };
    let now = at("08:30");
    let sunday = Refused::NoTradingDay { day: day("2026-11-29") };
    assert_eq!(refused(&mut book, opening("2026-11-29"), now), sunday);
    let holiday = Refused::NoTradingDay { day: day("2026-10-01") };
    assert_eq!(refused(&mut book, opening("2026-10-01"), now), holiday);
    // offices work on this Saturday, the exchange does not
    assert!(matches!(
        refused(&mut book, opening("2026-10-10"), now),
        Refused::NoTradingDay { .. }
    ));
    assert_eq!(
        refused(&mut book, opening("2027-01-04"), now),
        Refused::NoCalendar { year: 2027 }
    );
    did(&mut book, opening("2026-11-25"), at("09:00"));
    assert_eq!(
        refused(&mut book, opening("2026-11-26"), at("09:00")),
        Refused::StillOpen { day: wednesday() }
    );
    for (clock, opens) in [("09:29", Some("09:30")), ("11:30", Some("13:00")), ("15:00", None)] {
        let closed = Refused::OutsideHours {
            mode: Mode::Listing,
            now_us: at(clock),
            opens_us: opens.map(at),
        };
        assert_eq!(refused(&mut book, order, at(clock)), closed, "{clock}");
    }
    did(&mut book, order, at("09:30"));
    did(&mut book, order, at("11:29"));
    let back = Refused::ClockBack {
        now_us: at("11:00"),
        last_us: at("11:29"),
    };
    assert_eq!(refused(&mut book, order, at("11:00")), back);
    let until_us = at("15:00");
    assert_eq!(
        refused(&mut book, Command::CloseDay, at("14:59")),
        Refused::StillTrading { until_us }
    );
    let out = did(&mut book, Command::CloseDay, at("15:00"));
    assert!(out.cancelled.iter().all(|gone| gone.why == Gone::Expired) && out.cancelled.len() == 2);
    let passed = Refused::DayPassed {
        day: wednesday(),
        last: wednesday(),
    };
    assert_eq!(refused(&mut book, opening("2026-11-25"), at("16:00")), passed);
}

#[test]
fn what_was_bought_is_sold_the_next_trading_day_at_the_earliest() {
    let thursday = Day::parse("2026-09-24").unwrap(); // before the long weekend of Mid-Autumn
    let start = Start {
        last_close: Some(5_000),
        ..Start::default()
    };
    let mut book = Book::new(shipped("local"), calendar("cn").unwrap(), start).unwrap();
    for (account, asset) in [(0, Asset::Units), (1, Asset::Money)] {
        let (member, class) = (MemberNo(account), Class::LegalEntity);
        let deposit = Command::Deposit {
            account: AccountNo(account),
            asset,
            amount: 1_000_000,
            saleable_from: None,
        };
        for command in [Command::Admit { member, class }, deposit] {
            did(&mut book, command, on(thursday, "08:00"));
        }
    }
    did(&mut book, Command::Open { day: thursday }, on(thursday, "09:00"));
    did(&mut book, Command::Uncross, on(thursday, "09:25"));
    did(&mut book, sell(0, 10, 5_000), on(thursday, "10:00"));
    did(&mut book, buy(1, 10, 5_000), on(thursday, "10:00"));
    let monday = Day::parse("2026-09-28").unwrap();
    let not_yet = Refused::NotYetSaleable {
        needed_t: 4,
        free_t: 0,
        locked_t: 10,
        from: monday,
    };
    assert_eq!(refused(&mut book, sell(1, 4, 5_000), on(thursday, "10:01")), not_yet);
    let never = Refused::InsufficientUnits {
        needed_t: 11,
        free_t: 0,
    };
    assert_eq!(refused(&mut book, sell(1, 11, 5_000), on(thursday, "10:01")), never);
    let asset = Asset::Units;
    let withdraw = Command::Withdraw {
        account: AccountNo(1),
        asset,
        amount: 1,
    };
    assert_eq!(
        refused(&mut book, withdraw, on(thursday, "10:01")),
        Refused::InsufficientUnits { needed_t: 1, free_t: 0 }
    );
    // the seller may use the money at once, as delivery is against payment with the trade
    assert_eq!(book.account(AccountNo(0)).unwrap().money.free, 50_000);
    did(&mut book, Command::CloseDay, on(thursday, "15:00"));
    did(&mut book, Command::Open { day: monday }, on(monday, "09:00"));
    did(&mut book, Command::Uncross, on(monday, "09:25"));
    did(&mut book, sell(1, 10, 5_000), on(monday, "09:30"));
}

#[test]
fn too_little_is_refused_with_what_is_missing() {
    let mut profile = shipped("local");
    profile.fees.buyer_ppm = 10_000;
    let mut book = market(profile, &[0]);
    let class = Class::LegalEntity;
    did(
        &mut book,
        Command::Admit {
            member: MemberNo(7),
            class,
        },
        at("08:00"),
    );
    give(&mut book, 1, Asset::Money, 50_500);
    did(&mut book, Command::Open { day: wednesday() }, at("09:00"));
    did(&mut book, Command::Uncross, at("09:25"));
    let now = at("10:00");
    let short = |needed_minor, free_minor| Refused::InsufficientMoney {
        needed_minor,
        free_minor,
    };
    assert_eq!(refused(&mut book, buy(1, 11, 5_000), now), short(55_550, 50_500));
    // a market order is reckoned at the band's top, 60.00
    let market = Command::Place(Place {
        price_minor: None,
        ..limit(1, Side::Buy, 9, 0)
    });
    assert_eq!(refused(&mut book, market, now), short(54_540, 50_500));
    let order = did(&mut book, buy(1, 10, 5_000), now).order().unwrap();
    assert_eq!(
        book.account(AccountNo(1)).unwrap().money,
        Balance {
            free: 0,
            frozen: 50_500
        }
    );
    assert_eq!(refused(&mut book, buy(1, 1, 4_000), now), short(4_040, 0));
    assert_eq!(
        refused(&mut book, sell(1, 1, 4_000), now),
        Refused::InsufficientUnits { needed_t: 1, free_t: 0 }
    );
    // a better price gives the difference back, and an order that is taken back all of it
    did(
        &mut book,
        Command::Cancel {
            account: AccountNo(1),
            order,
        },
        now,
    );
    did(&mut book, sell(0, 4, 4_900), now);
    did(&mut book, buy(1, 10, 5_000), now);
    let money = book.account(AccountNo(1)).unwrap().money;
    assert_eq!(
        money,
        Balance {
            free: 50_500 - 19_796 - 30_300,
            frozen: 30_300
        }
    );
}

#[test]
fn nobody_trades_with_themselves() {
    let mut profile = shipped("local");
    profile.self_trade = SelfTrade::CancelNewest;
    let mut newest = open(profile, &[0, 0, 1]);
    let now = at("10:00");
    did(&mut newest, sell(2, 5, 5_000), now);
    let own = did(&mut newest, sell(0, 5, 5_001), now).order().unwrap();
    let out = did(&mut newest, buy(1, 20, 5_002), now);
    assert_eq!(deals(&out), [(3, 1, 5_000, 5)]);
    let why = Gone::SelfTrade;
    let order = OrderNo(3);
    assert_eq!(out.cancelled, [Cancelled { order, tonnes: 15, why }]);
    assert!(newest.order(own).is_some());

    let mut resting = open(shipped("local"), &[0, 0, 1]);
    did(&mut resting, sell(0, 5, 5_000), now);
    did(&mut resting, sell(2, 5, 5_001), now);
    let out = did(&mut resting, buy(1, 20, 5_002), now);
    assert_eq!(deals(&out), [(3, 2, 5_001, 5)]);
    let order = OrderNo(1);
    assert_eq!(out.cancelled, [Cancelled { order, tonnes: 5, why }]);
    assert_eq!(resting.order(OrderNo(3)).unwrap().3, 15);

    let mut call = market(shipped("local"), &[0, 0, 1]);
    did(&mut call, Command::Open { day: wednesday() }, at("09:00"));
    let gathering = at("09:20");
    let first = did(&mut call, sell(0, 5, 5_000), gathering).order().unwrap();
    let member = MemberNo(0);
    assert_eq!(
        refused(&mut call, buy(1, 5, 5_000), gathering),
        Refused::SelfTrade { member }
    );
    did(&mut call, buy(1, 5, 4_999), gathering);
    did(
        &mut call,
        Command::Cancel {
            account: AccountNo(0),
            order: first,
        },
        gathering,
    );
    did(&mut call, buy(1, 5, 5_000), gathering);
}

#[test]
fn who_may_not_trade_does_not() {
    let mut book = market(shipped("ccer"), &[0, 1]);
    let class = Class::Individual;
    did(
        &mut book,
        Command::Admit {
            member: MemberNo(5),
            class,
        },
        at("08:00"),
    );
    give(&mut book, 2, Asset::Money, 1_000_000);
    did(&mut book, Command::Open { day: wednesday() }, at("09:00"));
    let now = at("10:00");
    assert_eq!(
        refused(&mut book, buy(2, 1, 5_000), now),
        Refused::NotEligible { class }
    );
    assert_eq!(
        refused(&mut book, buy(9, 1, 5_000), now),
        Refused::UnknownAccount { account: AccountNo(9) }
    );
    let order = did(&mut book, sell(0, 10, 5_000), now).order().unwrap();
    let pick = |account| Command::Pick {
        account: AccountNo(account),
        order,
        tonnes: 1,
    };
    assert_eq!(refused(&mut book, pick(2), now), Refused::NotEligible { class });
    let take_back = Command::Cancel {
        account: AccountNo(1),
        order,
    };
    assert_eq!(refused(&mut book, take_back, now), Refused::NotYours { order });
    let offer = Command::OpenAuction {
        account: AccountNo(0),
        tonnes: 1,
        floor_minor: 1,
        until_us: at("11:00"),
        pricing: None,
    };
    assert_eq!(
        refused(&mut book, offer, now),
        Refused::ModeNotAllowed { mode: Mode::Auction }
    );
    let tif = Tif::Ioc;
    let at_once = Command::Place(Place {
        tif,
        ..limit(0, Side::Sell, 1, 5_000)
    });
    assert_eq!(
        refused(&mut book, at_once, now),
        Refused::KindNotInMode { mode: Mode::Listing }
    );
    // stopped: everything goes, nothing comes
    let member = MemberNo(0);
    let out = did(&mut book, Command::Kill { member }, now);
    assert_eq!(
        out.cancelled,
        [Cancelled {
            order,
            tonnes: 10,
            why: Gone::Killed
        }]
    );
    assert_eq!(refused(&mut book, sell(0, 10, 5_000), now), Refused::Killed { member });
    assert_eq!(
        refused(&mut book, Command::Kill { member }, now),
        Refused::Killed { member }
    );
    did(&mut book, Command::Revive { member }, now);
    did(&mut book, sell(0, 10, 5_000), now);
    did(&mut book, Command::Halt, now);
    assert_eq!(refused(&mut book, sell(0, 10, 5_000), now), Refused::Halted);
    did(
        &mut book,
        Command::Cancel {
            account: AccountNo(0),
            order: OrderNo(2),
        },
        now,
    );
    did(&mut book, Command::Resume, now);
    did(&mut book, sell(0, 10, 5_000), now);
}

#[test]
fn without_a_band_a_market_order_needs_a_limit_and_any_price_up_to_the_guard_is_taken() {
    let mut profile = shipped("local");
    for mode in [Mode::Call, Mode::Continuous] {
        profile.mode.get_mut(&mode).unwrap().band_permille = None;
    }
    let mut book = open(profile, &[0, 1]);
    let now = at("10:00");
    let market = Command::Place(Place {
        price_minor: None,
        ..limit(0, Side::Buy, 9, 0)
    });
    assert_eq!(refused(&mut book, market, now), Refused::NeedsLimit);
    did(&mut book, sell(0, 10, 1_000_000), now);
    did(&mut book, buy(0, 10, 1), now);
    assert!(matches!(
        refused(&mut book, buy(1, 1, 1_000_001), now),
        Refused::OutsideBand { .. }
    ));
    assert_eq!(
        deals(&did(&mut book, buy(1, 1, 1_000_000), now)),
        [(3, 1, 1_000_000, 1)]
    );
    let fok = Command::Place(Place {
        tif: Tif::Fok,
        ..limit(1, Side::Buy, 10, 1_000_000)
    });
    assert_eq!(
        refused(&mut book, fok, now),
        Refused::NotFillable {
            reachable_t: 9,
            tonnes: 10
        }
    );
}

#[test]
fn every_refusal_has_the_code_that_it_is_serialised_with() {
    let day = wednesday();
    let order = OrderNo(1);
    for refused in [
        OUT_OF_BAND,
        Refused::NotOpen,
        Refused::NoTradingDay { day },
        Refused::NotYours { order },
        Refused::KindNotInMode { mode: Mode::Call },
        Refused::InsufficientMoney {
            needed_minor: 2,
            free_minor: 1,
        },
        Refused::NotYetSaleable {
            needed_t: 1,
            free_t: 0,
            locked_t: 1,
            from: day,
        },
        Refused::TermsDiffer {
            side: Side::Buy,
            price_minor: 1,
            tonnes: 1,
        },
        Refused::NeedsLimit,
    ] {
        let text = serde_json::to_value(refused).unwrap();
        assert_eq!(text["code"], refused.code());
        assert_eq!(serde_json::from_value::<Refused>(text).unwrap(), refused);
        assert!(!refused.to_string().is_empty());
    }
}
