//! The bare matching beside the crate `lobster`: limit, market and cancel as they are there; immediate-or-cancel as a
//! limit that is cancelled at once, fill-or-kill as a limit that is sent only if its depth would fill it.

use lobster::{OrderBook, OrderEvent, OrderType, Side as Theirs};

use super::*;

fn theirs(side: Side) -> Theirs {
    match side {
        Side::Buy => Theirs::Bid,
        Side::Sell => Theirs::Ask,
    }
}

/// Sends the same random orders to both; `width` prices, of which the middle moves by up to `swing`.
fn agree(orders: u32, seed: u64, width: u32, swing: u32) {
    const LEVELS: u32 = 1 << 14;
    let (mut core, mut peer) = (Core::new(LEVELS), OrderBook::default());
    let (mut dice, mut fills) = (Dice(seed), Vec::new());
    let (mut traded, mut middle) = (0u64, LEVELS / 2);
    for number in 0..orders {
        let says = format!("seed {seed}, order {number}");
        let side = dice.side();
        if dice.roll(500) == 0 && swing > 0 {
            middle = width + (middle + LEVELS + dice.roll(u64::from(swing)) - swing / 2) % (LEVELS - 2 * width);
        }
        let incoming = Incoming {
            side,
            level: middle - width / 2 + dice.roll(u64::from(width)),
            tonnes: 1 + dice.roll(400),
            account: 0,
            member: number, // nobody meets themselves: lobster knows no owners
            on_disconnect: false,
        };
        let limit = OrderType::Limit {
            id: u128::from(number),
            side: theirs(side),
            qty: u64::from(incoming.tonnes),
            price: u64::from(incoming.level),
        };
        let cancel = |number: u32| OrderType::Cancel { id: u128::from(number) };
        fills.clear();
        let event = match dice.roll(20) {
            0..4 => {
                // mostly one of the last thousand, which is often still there
                let victim = number.saturating_sub(dice.roll(1_000) + 1);
                core.cancel(victim);
                assert_eq!(core.skip(), number);
                peer.execute(cancel(victim))
            }
            4 => {
                let all = if side == Side::Buy { LEVELS - 1 } else { 0 };
                let (left, _) = core.take(
                    &Incoming { level: all, ..incoming },
                    SelfTrade::CancelNewest,
                    &mut fills,
                );
                assert_eq!((core.skip(), left <= incoming.tonnes), (number, true));
                peer.execute(OrderType::Market {
                    id: u128::from(number),
                    side: theirs(side),
                    qty: u64::from(incoming.tonnes),
                })
            }
            5 => {
                core.take(&incoming, SelfTrade::CancelNewest, &mut fills);
                core.skip();
                let event = peer.execute(limit);
                peer.execute(cancel(number));
                event
            }
            6 => {
                let reachable = core.reachable(&incoming, SelfTrade::CancelNewest);
                // their depth walks every order, so it is asked now and then only
                if number % 64 == 0 {
                    let depth = peer.depth(0);
                    let levels = if side == Side::Buy { &depth.asks } else { &depth.bids };
                    let meets = levels.iter().filter(|level| match side {
                        Side::Buy => level.price <= u64::from(incoming.level),
                        Side::Sell => level.price >= u64::from(incoming.level),
                    });
                    let there: u64 = meets.map(|level| level.qty).sum();
                    assert_eq!(u64::from(reachable), there.min(u64::from(incoming.tonnes)), "{says}");
                }
                if reachable < incoming.tonnes {
                    core.skip();
                    continue;
                }
                let (_, left) = core.limit(&incoming, SelfTrade::CancelNewest, &mut fills);
                assert_eq!(left, 0, "{says}");
                peer.execute(limit)
            }
            _ => {
                let (given, _) = core.limit(&incoming, SelfTrade::CancelNewest, &mut fills);
                assert_eq!(given, number);
                peer.execute(limit)
            }
        };
        let ours: Vec<(u128, u64, u64)> = fills
            .iter()
            .map(|fill| (u128::from(fill.number), u64::from(fill.level), u64::from(fill.tonnes)))
            .collect();
        let theirs: Vec<(u128, u64, u64)> = match event {
            OrderEvent::Filled { fills, .. } | OrderEvent::PartiallyFilled { fills, .. } => {
                fills.iter().map(|fill| (fill.order_2, fill.price, fill.qty)).collect()
            }
            _ => Vec::new(),
        };
        assert_eq!(ours, theirs, "{says}");
        traded += theirs.iter().map(|fill| fill.2).sum::<u64>();
        assert_eq!(core.best(Side::Buy).map(u64::from), peer.max_bid(), "{says}");
        assert_eq!(core.best(Side::Sell).map(u64::from), peer.min_ask(), "{says}");
    }
    assert!(traded > u64::from(orders), "{traded} t traded");
    let depth = peer.depth(0);
    for (side, mut levels) in [(Side::Buy, depth.bids), (Side::Sell, depth.asks)] {
        if side == Side::Buy {
            levels.reverse();
        }
        let theirs: Vec<(u64, u64)> = levels.iter().map(|level| (level.price, level.qty)).collect();
        let ours: Vec<(u64, u64)> = core
            .depth(side)
            .map(|(level, tonnes)| (u64::from(level), tonnes))
            .collect();
        assert_eq!(ours, theirs, "seed {seed}");
    }
}

#[test]
fn a_hundred_thousand_orders_trade_as_in_lobster() {
    agree(40_000, 1, 20, 0);
    agree(30_000, 2, 300, 0);
    agree(30_000, 3, 100, 400);
}

/// `cargo test -p domain --release market -- --ignored two_million`
#[test]
#[ignore = "lobster takes minutes for it in a debug build"]
fn two_million_orders_trade_as_in_lobster() {
    for seed in 10..20 {
        agree(200_000, seed, of(&[20, 60, 300, 1_000], seed), of(&[0, 400], seed));
    }
}
