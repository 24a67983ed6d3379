//! Matchers that are slow and plainly right, beside the engine on random flows.

use super::*;

#[derive(Debug, Clone)]
struct Order {
    number: u64,
    side: Side,
    price: u32,
    left: u32,
    account: u32,
    member: u32,
    on_disconnect: bool,
}

/// A book as a heap of orders that is sorted whenever somebody asks.
#[derive(Default)]
struct Naive {
    orders: Vec<Order>,
}

type Deals = Vec<(u64, u64, u32, u32)>;

impl Naive {
    /// Orders of a side, the best first, the earlier of two as good first.
    fn sorted(&self, side: Side) -> Vec<Order> {
        let mut found: Vec<Order> = self.orders.iter().filter(|order| order.side == side).cloned().collect();
        found.sort_by_key(|order| {
            let price = i64::from(order.price);
            (if side == Side::Buy { -price } else { price }, order.number)
        });
        found
    }

    fn take_out(&mut self, number: u64, tonnes: u32) {
        let order = self.orders.iter_mut().find(|order| order.number == number).unwrap();
        order.left -= tonnes;
        self.orders.retain(|order| order.left > 0);
    }

    /// Trades and what was cancelled, or nothing if all was wanted and not to be had.
    fn place(&mut self, mut order: Order, tif: Tif, market: bool, rule: SelfTrade) -> Option<(Deals, Vec<(u64, u32)>)> {
        let (mut deals, mut gone) = (Vec::new(), Vec::new());
        let mut stopped = false;
        for other in self.sorted(order.side.other()) {
            let meets = match order.side {
                Side::Buy => other.price <= order.price,
                Side::Sell => other.price >= order.price,
            };
            if order.left == 0 || !meets {
                break;
            }
            if other.member == order.member {
                match rule {
                    SelfTrade::CancelNewest => {
                        stopped = true;
                        break;
                    }
                    SelfTrade::CancelResting => gone.push((other.number, other.left)),
                }
                continue;
            }
            let tonnes = order.left.min(other.left);
            let (buy, sell) = match order.side {
                Side::Buy => (order.number, other.number),
                Side::Sell => (other.number, order.number),
            };
            deals.push((buy, sell, other.price, tonnes));
            order.left -= tonnes;
        }
        if tif == Tif::Fok && order.left > 0 {
            return None;
        }
        for (buy, sell, _, tonnes) in &deals {
            self.take_out(if order.side == Side::Buy { *sell } else { *buy }, *tonnes);
        }
        for (number, tonnes) in &gone {
            self.take_out(*number, *tonnes);
        }
        if order.left > 0 {
            if tif == Tif::Day && !market && !stopped {
                self.orders.push(order);
            } else {
                gone.push((order.number, order.left));
            }
        }
        Some((deals, gone))
    }
}

fn gone(out: &Outcome) -> Vec<(u64, u32)> {
    out.cancelled.iter().map(|gone| (gone.order.0, gone.tonnes)).collect()
}

/// What the engine shows of its book, against the naive one.
fn same_book(book: &Book, naive: &Naive, says: &str) {
    for side in [Side::Buy, Side::Sell] {
        let mut levels: Vec<(u32, u64)> = Vec::new();
        for order in naive.sorted(side) {
            match levels.last_mut() {
                Some((price, tonnes)) if *price == order.price => *tonnes += u64::from(order.left),
                _ => levels.push((order.price, u64::from(order.left))),
            }
            let shown = (AccountNo(order.account), side, order.price, order.left);
            assert_eq!(book.order(OrderNo(order.number)), Some(shown), "{says}");
        }
        assert_eq!(book.depth(side).collect::<Vec<_>>(), levels, "{says}");
    }
}

#[test]
fn continuous_trading_agrees_with_sorting_everything_each_time() {
    for seed in 0..24 {
        let rule = of(&[SelfTrade::CancelNewest, SelfTrade::CancelResting], seed);
        let mut profile = shipped("local");
        profile.self_trade = rule;
        profile.fees = Fees {
            buyer_ppm: 7_500,
            seller_ppm: 1_234,
            buyer_a_tonne: 1,
            seller_a_tonne: 0,
        };
        let members = [0, 1, 1, 2, 3];
        let (mut book, mut naive) = (open(profile, &members), Naive::default());
        let mut dice = Dice(seed);
        let width = of(&[6, 40, 1_900], seed); // a crowded book, and one across the whole band
        let now = at("10:00");
        let mut next = 1;
        for step in 0..700 {
            let says = format!("seed {seed}, step {step}");
            let roll = dice.roll(100);
            if (0..20).contains(&roll) {
                let order = 1 + u64::from(dice.roll(next + 2));
                let known = naive.orders.iter().find(|o| o.number == order).cloned();
                let account = known.as_ref().map_or(0, |order| order.account);
                let cancel = Command::Cancel {
                    account: AccountNo(account),
                    order: OrderNo(order),
                };
                let out = book.apply(&cancel, now);
                assert_eq!(
                    gone(&out),
                    known.iter().map(|o| (o.number, o.left)).collect::<Vec<_>>(),
                    "{says}"
                );
                naive.orders.retain(|o| o.number != order);
            } else if roll == 20 {
                let member = dice.roll(4);
                let out = did(
                    &mut book,
                    Command::Disconnect {
                        member: MemberNo(member),
                    },
                    now,
                );
                let goes = |order: &Order| order.member == member && order.on_disconnect;
                let expected: Vec<_> = naive
                    .orders
                    .iter()
                    .filter(|o| goes(o))
                    .map(|o| (o.number, o.left))
                    .collect();
                assert_eq!(gone(&out), expected, "{says}");
                naive.orders.retain(|order| !goes(order));
            } else {
                let account = dice.roll(5);
                let side = dice.side();
                let market = dice.roll(10) == 0;
                let price = 5_000 - width / 2 + dice.roll(u64::from(width));
                let tif = [Tif::Day, Tif::Day, Tif::Day, Tif::Ioc, Tif::Fok][dice.roll(5) as usize];
                let place = Place {
                    tif,
                    price_minor: (!market).then_some(price),
                    on_disconnect: dice.roll(3) == 0,
                    ..limit(account, side, 1 + dice.roll(300), 0)
                };
                let order = Order {
                    number: next,
                    side,
                    price: match (market, side) {
                        (false, _) => price,
                        (true, Side::Buy) => 6_000,
                        (true, Side::Sell) => 4_000,
                    },
                    left: place.tonnes,
                    account,
                    member: members[account as usize],
                    on_disconnect: place.on_disconnect,
                };
                let out = book.apply(&Command::Place(place), now);
                match naive.place(order, tif, market, rule) {
                    Some((expected, cancelled)) => {
                        assert_eq!(out.refused, None, "{says}");
                        assert_eq!(deals(&out), expected, "{says}");
                        let mut left = gone(&out);
                        let mut cancelled = cancelled;
                        left.sort_unstable();
                        cancelled.sort_unstable();
                        assert_eq!(left, cancelled, "{says}");
                        next += 1;
                    }
                    None => assert!(
                        matches!(out.refused, Some(Refused::NotFillable { .. })),
                        "{says}: {out:?}"
                    ),
                }
            }
            if step % 10 == 0 {
                same_book(&book, &naive, &says);
            }
        }
        same_book(&book, &naive, &format!("seed {seed}"));
    }
}

#[test]
fn listing_lets_pick_among_the_best_levels_and_nothing_else() {
    for seed in 0..10 {
        let levels = of(&[5, 1], seed);
        let profile = shipped(if levels == 5 { "cea" } else { "phcer" });
        let members = [0, 1, 2, 2];
        let (mut book, mut naive) = (open(profile, &members), Naive::default());
        let (mut dice, now) = (Dice(900 + seed), at("10:00"));
        let mut next = 1;
        for step in 0..600 {
            let says = format!("seed {seed}, step {step}");
            let account = dice.roll(4);
            let member = members[account as usize];
            if dice.roll(10) < 4 || naive.orders.is_empty() {
                let (side, price) = (dice.side(), 4_990 + dice.roll(20));
                let tonnes = 1 + dice.roll(50);
                let out = did(&mut book, Command::Place(limit(account, side, tonnes, price)), now);
                assert!(
                    out.trades.is_empty(),
                    "{says}: an order that is listed matches nothing by itself"
                );
                naive.orders.push(Order {
                    number: next,
                    side,
                    price,
                    left: tonnes,
                    account,
                    member,
                    on_disconnect: false,
                });
                next += 1;
                continue;
            }
            let picked = naive.orders[dice.roll(naive.orders.len() as u64) as usize].clone();
            let tonnes = 1 + dice.roll(u64::from(picked.left) + 3);
            let mut best: Vec<u32> = naive.sorted(picked.side).iter().map(|order| order.price).collect();
            best.dedup();
            let among = best.iter().take(levels as usize).any(|price| *price == picked.price);
            let order = OrderNo(picked.number);
            let pick = Command::Pick {
                account: AccountNo(account),
                order,
                tonnes,
            };
            let expected = if !among {
                Some(Refused::NotAmongBest { order, levels })
            } else if picked.member == member {
                let member = MemberNo(member);
                Some(Refused::SelfTrade { member })
            } else if tonnes > picked.left {
                let left_t = picked.left;
                Some(Refused::MoreThanLeft { left_t, tonnes })
            } else {
                None
            };
            let out = book.apply(&pick, now);
            assert_eq!(out.refused, expected, "{says}");
            if expected.is_none() {
                let (buy, sell) = match picked.side {
                    Side::Sell => (next, picked.number),
                    Side::Buy => (picked.number, next),
                };
                assert_eq!(deals(&out), [(buy, sell, picked.price, tonnes)], "{says}");
                naive.take_out(picked.number, tonnes);
                next += 1;
            }
            same_book(&book, &naive, &says);
        }
    }
}

/// The call's price by trying every price there is.
fn call_price(orders: &[Order], prices: std::ops::RangeInclusive<u32>, last: u32) -> Option<(u32, u64)> {
    let sum = |side: Side, fits: &dyn Fn(u32) -> bool| -> u64 {
        let found = orders.iter().filter(|order| order.side == side && fits(order.price));
        found.map(|order| u64::from(order.left)).sum()
    };
    let mut best: Option<(u32, u64)> = None;
    let mut candidates: Vec<_> = prices
        .map(|price| {
            let (demand, supply) = (sum(Side::Buy, &|p| p >= price), sum(Side::Sell, &|p| p <= price));
            let volume = demand.min(supply);
            let unserved = sum(Side::Buy, &|p| p > price) > volume || sum(Side::Sell, &|p| p < price) > volume;
            (price, volume, demand.abs_diff(supply), unserved)
        })
        .filter(|(_, volume, ..)| *volume > 0)
        .collect();
    if let Some(most) = candidates.iter().map(|c| c.1).max() {
        candidates.retain(|c| c.1 == most);
        let least = candidates.iter().map(|c| c.2).min().unwrap();
        candidates.retain(|c| c.2 == least);
        if candidates.iter().any(|c| !c.3) {
            candidates.retain(|c| !c.3);
        }
        let near = candidates.iter().map(|c| c.0.abs_diff(last)).min().unwrap();
        candidates.retain(|c| c.0.abs_diff(last) == near);
        best = candidates.first().map(|c| (c.0, c.1));
    }
    best
}

#[test]
fn the_call_meets_where_trying_every_price_says_and_serves_price_then_time() {
    let mut met = 0;
    for seed in 0..150 {
        let mut book = market(shipped("local"), &[0, 1, 2, 3, 4, 5, 6]);
        did(&mut book, Command::Open { day: wednesday() }, at("09:00"));
        let mut naive = Naive::default();
        let mut dice = Dice(7_000 + seed);
        let width = of(&[8, 60, 1_500], seed);
        for number in 1..=u64::from(dice.roll(60)) {
            // buyers and sellers are different members, so that nobody is refused for meeting themselves
            let side = dice.side();
            let account = if side == Side::Buy {
                dice.roll(3)
            } else {
                3 + dice.roll(4)
            };
            let price = 5_000 - width / 2 + dice.roll(u64::from(width));
            let tonnes = 1 + dice.roll(40);
            did(
                &mut book,
                Command::Place(limit(account, side, tonnes, price)),
                at("09:20"),
            );
            naive.orders.push(Order {
                number,
                side,
                price,
                left: tonnes,
                account,
                member: account,
                on_disconnect: false,
            });
        }
        let expected = call_price(&naive.orders, 4_000..=6_000, 5_000);
        let out = did(&mut book, Command::Uncross, at("09:25"));
        let traded: u64 = out.trades.iter().map(|trade| u64::from(trade.tonnes)).sum();
        let prices: std::collections::BTreeSet<u32> = out.trades.iter().map(|trade| trade.price_minor).collect();
        assert_eq!(prices.len() == 1, expected.is_some(), "seed {seed}");
        assert_eq!(prices.first().map(|price| (*price, traded)), expected, "seed {seed}");
        met += u32::from(expected.is_some());
        for side in [Side::Buy, Side::Sell] {
            let mut left = traded;
            for order in naive.sorted(side) {
                let gets = u64::from(order.left).min(left);
                left -= gets;
                let of = |trade: &&Trade| [trade.buy, trade.sell][side as usize] == OrderNo(order.number);
                let got: u64 = out.trades.iter().filter(of).map(|trade| u64::from(trade.tonnes)).sum();
                assert_eq!(got, gets, "seed {seed}, order {}", order.number);
                naive.take_out(order.number, u32::try_from(gets).unwrap());
            }
        }
        same_book(&book, &naive, &format!("seed {seed}"));
        let best = |side| book.depth(side).next().map(|(price, _)| price);
        if let (Some(bid), Some(ask)) = (best(Side::Buy), best(Side::Sell)) {
            assert!(bid < ask, "seed {seed}: {bid} and {ask} cross after the call");
        }
    }
    assert!(met > 100, "{met} calls met");
}

#[test]
fn the_best_bids_win_an_auction_and_the_earlier_of_two_as_good() {
    for seed in 0..100 {
        let mut profile = shipped("phcer");
        profile.auction_pricing = of(&[Pricing::Uniform, Pricing::PayAsBid], seed);
        let uniform = seed % 2 == 0;
        let mut book = open(profile, &[0, 1, 2, 3]);
        let mut dice = Dice(70 + seed);
        let supply = 1 + dice.roll(200);
        let offer = Command::OpenAuction {
            account: AccountNo(0),
            tonnes: supply,
            floor_minor: 1_232,
            until_us: at("11:00"),
            pricing: None,
        };
        did(&mut book, offer, at("10:00"));
        let mut bids: Vec<(u64, u32, u32)> = Vec::new();
        for number in 2..2 + u64::from(dice.roll(25)) {
            let (tonnes, price_minor) = (1 + dice.roll(60), 1_232 + dice.roll(9));
            let account = AccountNo(1 + dice.roll(3));
            did(
                &mut book,
                Command::Bid {
                    account,
                    tonnes,
                    price_minor,
                },
                at("10:30"),
            );
            if dice.roll(8) == 0 {
                let order = OrderNo(number);
                did(&mut book, Command::Cancel { account, order }, at("10:30"));
            } else {
                bids.push((number, price_minor, tonnes));
            }
        }
        bids.sort_by_key(|(number, price, _)| (std::cmp::Reverse(*price), *number));
        let (mut left, mut expected) = (supply, Vec::new());
        for (number, price, tonnes) in &bids {
            let gets = left.min(*tonnes);
            left -= gets;
            if gets > 0 {
                expected.push((*number, 1, *price, gets));
            }
        }
        if uniform && let Some(last) = expected.last().map(|deal| deal.2) {
            for deal in &mut expected {
                deal.2 = last;
            }
        }
        let out = did(&mut book, Command::CloseAuction, at("11:00"));
        let mut got = deals(&out);
        got.sort_unstable();
        expected.sort_unstable();
        assert_eq!(got, expected, "seed {seed}");
        // nothing stays frozen but what was traded and waits for the day's end
        for number in 0..4 {
            let account = book.account(AccountNo(number)).unwrap();
            assert_eq!(account.money.frozen, account.due.money_out, "seed {seed}");
            assert_eq!(account.units.frozen, account.due.units_out, "seed {seed}");
        }
    }
}
