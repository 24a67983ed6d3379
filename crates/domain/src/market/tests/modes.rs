//! Block trades and one-way auctions: what agrees, and what is refused.

use super::*;

#[test]
fn block_terms_must_agree() {
    let mut book = open(shipped("cea"), &[0, 1, 1, 2]);
    let now = at("13:30");
    let propose = |to, price_minor, tonnes| Command::Propose {
        account: AccountNo(0),
        to: AccountNo(to),
        side: Side::Sell,
        price_minor,
        tonnes,
    };
    let mode = Mode::Block;
    let closed = Refused::OutsideHours {
        mode,
        now_us: at("10:00"),
        opens_us: Some(at("13:00")),
    };
    assert_eq!(refused(&mut book, propose(1, 6_500, 100_000), at("10:00")), closed);
    assert_eq!(
        refused(&mut book, propose(1, 6_500, 99_999), now),
        Refused::TooSmall {
            tonnes: 99_999,
            min_t: 100_000
        }
    );
    assert!(matches!(
        refused(&mut book, propose(1, 6_501, 100_000), now),
        Refused::OutsideBand { .. }
    ));
    let member = MemberNo(0);
    assert_eq!(
        refused(&mut book, propose(0, 6_500, 100_000), now),
        Refused::SelfTrade { member }
    );
    let order = did(&mut book, propose(1, 6_500, 100_000), now).order().unwrap();
    let confirm = |account, side, price_minor, tonnes| Command::Confirm {
        account: AccountNo(account),
        order,
        side,
        price_minor,
        tonnes,
    };
    let terms = Refused::TermsDiffer {
        side: Side::Sell,
        price_minor: 6_500,
        tonnes: 100_000,
    };
    for (side, price, tonnes) in [
        (Side::Sell, 6_500, 100_000), // both want to sell
        (Side::Buy, 6_499, 100_000),
        (Side::Buy, 6_501, 100_000), // not even a better price is what was agreed
        (Side::Buy, 6_500, 100_001),
    ] {
        assert_eq!(refused(&mut book, confirm(1, side, price, tonnes), now), terms);
    }
    assert_eq!(
        refused(&mut book, confirm(3, Side::Buy, 6_500, 100_000), now),
        Refused::NotProposedToYou { order }
    );
    assert_eq!(
        refused(&mut book, confirm(2, Side::Buy, 6_500, 100_000), now),
        Refused::NotProposedToYou { order }
    );
    let out = did(&mut book, confirm(1, Side::Buy, 6_500, 100_000), now);
    assert_eq!(out.trades[0].value_minor(), 650_000_000);
    assert_eq!(
        refused(&mut book, confirm(1, Side::Buy, 6_500, 100_000), now),
        Refused::UnknownOrder { order }
    );
    // a block moves no close
    let out = did(&mut book, Command::CloseDay, at("15:00"));
    assert_eq!(out.accepted, Some(Accepted::Closed(Some(5_000))));
}

#[test]
fn an_auction_keeps_its_floor_and_serves_ties_by_time() {
    let mut book = open(shipped("phcer"), &[0, 1, 2, 3]);
    let offer = |until: &str| Command::OpenAuction {
        account: AccountNo(0),
        tonnes: 100,
        floor_minor: 1_699,
        until_us: at(until),
        pricing: Some(Pricing::Uniform),
    };
    let bid = |account, tonnes, price_minor| Command::Bid {
        account: AccountNo(account),
        tonnes,
        price_minor,
    };
    let now = at("10:00");
    assert_eq!(refused(&mut book, bid(1, 10, 2_388), now), Refused::NoAuction);
    let until_us = at("09:59");
    assert_eq!(
        refused(&mut book, offer("09:59"), now),
        Refused::AuctionEnd { until_us }
    );
    let order = did(&mut book, offer("11:00"), now).order().unwrap();
    assert_eq!(refused(&mut book, offer("11:00"), now), Refused::AuctionOpen);
    let low = Refused::BelowFloor {
        price_minor: 1_698,
        floor_minor: 1_699,
    };
    assert_eq!(refused(&mut book, bid(1, 10, 1_698), now), low);
    assert_eq!(
        refused(&mut book, bid(0, 10, 2_000), now),
        Refused::SelfTrade { member: MemberNo(0) }
    );
    let account = AccountNo(0);
    let until_us = at("11:00");
    assert_eq!(
        refused(&mut book, Command::Cancel { account, order }, now),
        Refused::AuctionRuns { until_us }
    );
    for (account, tonnes, price) in [(1, 40, 2_300), (2, 50, 2_388), (3, 40, 2_300)] {
        did(&mut book, bid(account, tonnes, price), now);
    }
    assert_eq!(
        refused(&mut book, Command::CloseAuction, now),
        Refused::AuctionRuns { until_us }
    );
    assert_eq!(
        refused(&mut book, bid(1, 10, 2_000), at("11:00")),
        Refused::AuctionOver { until_us }
    );
    assert_eq!(refused(&mut book, Command::CloseDay, at("15:00")), Refused::AuctionOpen);
    let out = did(&mut book, Command::CloseAuction, at("15:00"));
    // 50 for the best; of the two as good the earlier gets all of its 40, the later the last 10
    assert_eq!(deals(&out), [(2, 1, 2_300, 40), (3, 1, 2_300, 50), (4, 1, 2_300, 10)]);
}
