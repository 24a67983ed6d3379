//! Random days of every kind of command with little money: an auditor who knows only what the engine says keeps its own
//! accounts beside it, and the day is played again from its journal.

use std::collections::BTreeMap;

use super::*;

/// Free, frozen and locked.
type Holding = [i64; 3];

/// What the auditor knows of an order: account, side, limit, tonnes that may still trade, what is frozen for it.
#[derive(Debug, Clone, Copy)]
struct Known {
    account: AccountNo,
    side: Side,
    limit: u32,
    tonnes: u32,
    frozen: i64,
}

#[derive(Default)]
struct Auditor {
    holdings: BTreeMap<(AccountNo, Asset), Holding>,
    orders: BTreeMap<OrderNo, Known>,
    trades: Vec<Trade>,
    deposited: [i64; 2],
}

impl Auditor {
    /// Keeps accounts by the postings alone.
    fn book(&mut self, out: &Outcome, says: &str) {
        for posting in &out.postings {
            assert!(posting.amount > 0, "{says}: {posting:?}");
            let holding = self.holdings.entry((posting.account, posting.asset)).or_default();
            let amount = posting.amount;
            let [free, frozen, locked] = match posting.step {
                Step::Deposit | Step::Receive => [amount, 0, 0],
                Step::Withdraw => [-amount, 0, 0],
                Step::Freeze => [-amount, amount, 0],
                Step::Release => [amount, -amount, 0],
                Step::Pay => [0, -amount, 0],
                Step::Lock(_) => [0, 0, amount],
                Step::Unlock => [amount, 0, -amount],
            };
            *holding = [holding[0] + free, holding[1] + frozen, holding[2] + locked];
            assert!(holding.iter().all(|part| *part >= 0), "{says}: oversold by {posting:?}");
            match (
                posting.step,
                posting.order.and_then(|order| self.orders.get_mut(&order)),
            ) {
                (Step::Freeze, Some(order)) => order.frozen += amount,
                (Step::Release, Some(order)) => order.frozen -= amount,
                _ => {}
            }
        }
    }

    fn watch(&mut self, command: &Command, out: &Outcome, book: &Book, says: &str) {
        if let Command::Deposit { asset, amount, .. } | Command::Withdraw { asset, amount, .. } = command {
            let sign = if matches!(command, Command::Deposit { .. }) {
                1
            } else {
                -1
            };
            self.deposited[*asset as usize] += sign * amount;
        }
        self.meet(command, out, book);
        self.book(out, says);
        let fees = &book.profile().fees;
        let at_trade = book.profile().settlement == Settlement::AtTrade;
        for trade in &out.trades {
            let value = trade.value_minor();
            assert!(value > 0 && trade.number == self.trades.len() as u64 + 1, "{says}");
            for (order, account, side) in [
                (trade.buy, trade.buyer, Side::Buy),
                (trade.sell, trade.seller, Side::Sell),
            ] {
                let known = self
                    .orders
                    .get_mut(&order)
                    .unwrap_or_else(|| panic!("{says}: nobody placed {order:?}"));
                assert_eq!((known.account, known.side), (account, side), "{says}");
                let through = match side {
                    Side::Buy => trade.price_minor > known.limit,
                    Side::Sell => trade.price_minor < known.limit,
                };
                assert!(!through, "{says}: {trade:?} is through the limit {}", known.limit);
                assert!(trade.tonnes <= known.tonnes, "{says}: more than was ordered");
                known.tonnes -= trade.tonnes;
                known.frozen -= match side {
                    Side::Buy => value + fees.buyer(value, trade.tonnes),
                    Side::Sell => i64::from(trade.tonnes),
                };
            }
            let member = |account| book.account(account).unwrap().member;
            assert_ne!(
                member(trade.buyer),
                member(trade.seller),
                "{says}: a member with itself"
            );
            self.trades.push(*trade);
        }
        for gone in &out.cancelled {
            let known = self.orders.get_mut(&gone.order).unwrap();
            assert!(gone.tonnes <= known.tonnes && gone.tonnes > 0, "{says}: {gone:?}");
            known.tonnes -= gone.tonnes;
        }
        // what is frozen is what open orders may still cost, and nothing for those that are done
        let touched = out.postings.iter().filter_map(|posting| posting.order);
        for order in touched {
            let known = self.orders[&order];
            let may = match known.side {
                Side::Buy => fees.need(known.limit, known.tonnes),
                Side::Sell => i64::from(known.tonnes),
            };
            assert_eq!(known.frozen, may, "{says}: {order:?} {known:?}");
        }
        if matches!(command, Command::CloseDay) && !at_trade {
            assert!(out.nets.iter().map(|net| net.units_t).sum::<i64>() == 0, "{says}");
            let money: i64 = out.nets.iter().map(|net| net.money_minor + net.fees_minor).sum();
            assert_eq!(money, 0, "{says}");
        }
    }

    /// Takes down a new order before its postings come.
    fn meet(&mut self, command: &Command, out: &Outcome, book: &Book) {
        let Some(order) = out.order() else { return };
        let (low, high) = book.prices().unwrap();
        let known = match *command {
            Command::Place(place) => Known {
                account: place.account,
                side: place.side,
                limit: place
                    .price_minor
                    .unwrap_or(if place.side == Side::Buy { high } else { low }),
                tonnes: place.tonnes,
                frozen: 0,
            },
            Command::Pick {
                account,
                order: picked,
                tonnes,
            } => {
                let picked = self.orders[&picked];
                Known {
                    account,
                    side: picked.side.other(),
                    limit: picked.limit,
                    tonnes,
                    frozen: 0,
                }
            }
            Command::Propose {
                account,
                side,
                price_minor: limit,
                tonnes,
                ..
            }
            | Command::Confirm {
                account,
                side,
                price_minor: limit,
                tonnes,
                ..
            } => Known {
                account,
                side,
                limit,
                tonnes,
                frozen: 0,
            },
            Command::OpenAuction {
                account,
                tonnes,
                floor_minor: limit,
                ..
            } => Known {
                account,
                side: Side::Sell,
                limit,
                tonnes,
                frozen: 0,
            },
            Command::Bid {
                account,
                tonnes,
                price_minor: limit,
            } => Known {
                account,
                side: Side::Buy,
                limit,
                tonnes,
                frozen: 0,
            },
            _ => return,
        };
        assert!(self.orders.insert(order, known).is_none(), "{order:?} was given twice");
    }

    /// The engine's balances are the auditor's, and nothing was made or lost.
    fn compare(&self, book: &Book, says: &str) {
        let mut sums = [0i64; 2];
        for number in 0..u32::try_from(book.accounts()).unwrap() {
            let account = book.account(AccountNo(number)).unwrap();
            let of = |asset| {
                self.holdings
                    .get(&(AccountNo(number), asset))
                    .copied()
                    .unwrap_or_default()
            };
            let (money, units) = (account.money, account.units);
            assert_eq!([money.free, money.frozen, 0], of(Asset::Money), "{says}");
            assert_eq!(
                [units.free, units.frozen, account.locked_t()],
                of(Asset::Units),
                "{says}"
            );
            let due = account.due;
            sums[0] += money.free + money.frozen - due.money_out + due.money_in;
            sums[1] += units.free + units.frozen + account.locked_t() - due.units_out + due.units_in;
            let open = |side: Side| -> i64 {
                let own = |known: &&Known| known.account == AccountNo(number) && known.side == side && known.tonnes > 0;
                self.orders.values().filter(own).map(|known| known.frozen).sum()
            };
            assert_eq!(
                money.frozen,
                open(Side::Buy) + due.money_out,
                "{says}: account {number}"
            );
            assert_eq!(
                units.frozen,
                open(Side::Sell) + due.units_out,
                "{says}: account {number}"
            );
        }
        assert_eq!([sums[0] + book.fees_minor(), sums[1]], self.deposited, "{says}");
    }
}

const CLOCK: [&str; 12] = [
    "09:16", "09:20", "09:26", "09:31", "10:00", "10:30", "11:00", "11:45", "13:05", "14:00", "14:59", "15:00",
];

/// A random command; most of them sensible, some not.
fn any_command(dice: &mut Dice, orders: &[OrderNo], known: &BTreeMap<OrderNo, Known>, book: &Book) -> Command {
    let account = AccountNo(dice.roll(9));
    let price = match dice.roll(20) {
        0 => 3_900 + dice.roll(2_200),
        _ => 4_900 + dice.roll(200),
    };
    let tonnes = 1 + dice.roll(40);
    let pick = |dice: &mut Dice| {
        let late = orders.len().saturating_sub(30);
        let at = late + dice.roll(30) as usize;
        orders.get(at).copied().unwrap_or(OrderNo(1 + u64::from(dice.roll(50))))
    };
    match dice.roll(100) {
        0..55 => {
            let tif = [Tif::Day, Tif::Day, Tif::Day, Tif::Day, Tif::Ioc, Tif::Fok][dice.roll(6) as usize];
            Command::Place(Place {
                account,
                side: dice.side(),
                tonnes,
                price_minor: (dice.roll(12) > 0).then_some(price),
                tif,
                on_disconnect: dice.roll(4) == 0,
            })
        }
        55..67 => {
            let order = pick(dice);
            let owner = known.get(&order).map_or(account, |known| known.account);
            let account = if dice.roll(8) == 0 { account } else { owner };
            Command::Cancel { account, order }
        }
        67..79 => Command::Pick {
            account,
            order: pick(dice),
            tonnes,
        },
        79..82 => Command::Propose {
            account,
            to: AccountNo(dice.roll(9)),
            side: dice.side(),
            price_minor: price,
            tonnes: 60,
        },
        82..88 => {
            // mostly what was proposed, from the other side
            let proposed = book.proposals.iter().next();
            let (order, account, side, price_minor) = proposed
                .map_or((OrderNo(1), account, Side::Buy, price), |(n, p)| {
                    (book.order_no(*n), p.to, p.side.other(), p.price_minor)
                });
            Command::Confirm {
                account,
                order,
                side,
                price_minor: if dice.roll(4) == 0 { price } else { price_minor },
                tonnes: 60,
            }
        }
        88 => Command::OpenAuction {
            account,
            tonnes: tonnes * 3,
            floor_minor: price,
            until_us: at("14:30"),
            pricing: [None, Some(Pricing::Uniform)][dice.roll(2) as usize],
        },
        89..94 => Command::Bid {
            account,
            tonnes,
            price_minor: price + dice.roll(50),
        },
        94 => Command::CloseAuction,
        95 => Command::Disconnect {
            member: MemberNo(dice.roll(6)),
        },
        96 => Command::Deposit {
            account,
            asset: [Asset::Money, Asset::Units][dice.roll(2) as usize],
            amount: i64::from(tonnes) * 500,
            saleable_from: [None, Some(wednesday().plus(2))][dice.roll(2) as usize],
        },
        97 => Command::Withdraw {
            account,
            asset: [Asset::Money, Asset::Units][dice.roll(2) as usize],
            amount: i64::from(tonnes),
        },
        98 if dice.roll(25) == 0 => Command::Halt,
        98 => Command::Resume,
        _ => {
            let member = MemberNo(dice.roll(6));
            if dice.roll(30) == 0 {
                Command::Kill { member }
            } else {
                Command::Revive { member }
            }
        }
    }
}

/// A market of eight accounts of six members, one of them a person.
fn begin(id: &str, seed: u64) -> (Book, Vec<(Command, i64)>) {
    let mut profile = shipped(id);
    if let Some(block) = profile.mode.get_mut(&Mode::Block) {
        block.min_t = 60;
    }
    profile.self_trade = of(&[SelfTrade::CancelNewest, SelfTrade::CancelResting], seed);
    profile.resale_days = u32::try_from(seed % 3).unwrap();
    if !seed.is_multiple_of(4) {
        profile.fees = Fees {
            buyer_ppm: 7_500,
            seller_ppm: 333,
            buyer_a_tonne: u32::try_from(seed % 3).unwrap(),
            seller_a_tonne: 2,
        };
    }
    let start = Start {
        last_close: Some(5_000),
        ..Start::default()
    };
    let book = Book::new(profile, calendar("cn").unwrap(), start).unwrap();
    let mut journal = Vec::new();
    for account in 0..9u32 {
        let member = MemberNo(account.min(5));
        let class = if account == 4 {
            Class::Individual
        } else {
            Class::LegalEntity
        };
        journal.push((Command::Admit { member, class }, at("08:00")));
        for (asset, amount) in [(Asset::Money, 1_500_000), (Asset::Units, 300)] {
            let deposit = Command::Deposit {
                account: AccountNo(account),
                asset,
                amount,
                saleable_from: None,
            };
            journal.push((deposit, at("08:00")));
        }
    }
    (book, journal)
}

#[test]
fn no_day_makes_or_loses_anything_and_its_journal_makes_it_again() {
    let (mut trades, mut by_mode) = (0, BTreeMap::<Mode, u32>::new());
    let mut refusals = BTreeMap::<&str, u32>::new();
    for seed in 0..28 {
        let id = of(&["local", "cea", "phcer", "ccer"], seed);
        let (mut book, mut journal) = begin(id, seed);
        let (fresh, mut auditor, mut dice) = (book.clone(), Auditor::default(), Dice(seed * 77));
        let mut outcomes = Vec::new();
        let mut orders = Vec::new();
        let mut step =
            |book: &mut Book, command: Command, now: i64, auditor: &mut Auditor, orders: &mut Vec<OrderNo>| {
                let says = format!("seed {seed}, {command:?}");
                let before = (outcomes.len() % 8 == 0).then(|| book.hash());
                let out = book.apply(&command, now);
                assert_eq!(out.accepted.is_some(), out.refused.is_none(), "{says}");
                match out.refused {
                    Some(refused) => {
                        *refusals.entry(refused.code()).or_default() += 1;
                        assert!(
                            out.trades.is_empty() && out.postings.is_empty() && out.cancelled.is_empty(),
                            "{says}"
                        );
                        assert!(
                            before.is_none_or(|before| before == book.hash()),
                            "{says}: refused, yet changed"
                        );
                    }
                    None => auditor.watch(&command, &out, book, &says),
                }
                orders.extend(out.order());
                auditor.compare(book, &says);
                let best = |side| book.depth(side).next().map(|(price, _)| price);
                // a call that was not uncrossed, for a halt, still crosses, and takes no orders
                let continuous = matches!(command, Command::Place(_) | Command::Uncross)
                    && out.accepted.is_some()
                    && now >= on(wednesday(), "09:26")
                    && book
                        .today
                        .as_ref()
                        .is_some_and(|today| today.call == super::super::today::Call::Done);
                if let (Some(bid), Some(ask), true) = (best(Side::Buy), best(Side::Sell), id == "local" && continuous) {
                    assert!(bid < ask, "{says}: the book crosses");
                }
                outcomes.push(out);
            };
        for (command, now) in journal.clone() {
            step(&mut book, command, now, &mut auditor, &mut orders);
        }
        for (number, day) in [wednesday(), wednesday().plus(1), wednesday().plus(2)]
            .into_iter()
            .enumerate()
        {
            let mut day_steps = vec![(Command::Open { day }, on(day, "09:00"))];
            for clock in CLOCK {
                // a pending call ends at some time after its hour
                if clock == "09:26" || clock == "09:31" {
                    day_steps.push((Command::Uncross, on(day, clock)));
                }
                for _ in 0..44 {
                    day_steps.push((Command::Halt, on(day, clock))); // to be drawn below
                }
            }
            for (command, now) in day_steps {
                let command = match command {
                    Command::Halt => any_command(&mut dice, &orders, &auditor.orders, &book),
                    scheduled => scheduled,
                };
                journal.push((command, now));
                step(&mut book, command, now, &mut auditor, &mut orders);
            }
            for command in [Command::Resume, Command::CloseAuction, Command::CloseDay] {
                journal.push((command, on(day, "15:30")));
                step(&mut book, command, on(day, "15:30"), &mut auditor, &mut orders);
            }
            assert_eq!(book.day(), None, "seed {seed}, day {number}");
        }
        trades += auditor.trades.len();
        for trade in &auditor.trades {
            *by_mode.entry(trade.mode).or_default() += 1;
        }

        // the journal again, as it would be read from disk
        let kept: Vec<(Command, i64)> = serde_json::from_str(&serde_json::to_string(&journal).unwrap()).unwrap();
        let mut again = fresh.clone();
        let same: Vec<Outcome> = kept.iter().map(|(command, now)| again.apply(command, *now)).collect();
        assert_eq!(same, outcomes, "seed {seed}");
        assert_eq!(again.hash(), book.hash(), "seed {seed}");
        // and without what was refused
        let mut lean = fresh;
        for ((command, now), _) in kept.iter().zip(&outcomes).filter(|(_, out)| out.accepted.is_some()) {
            assert!(lean.apply(command, *now).accepted.is_some());
        }
        assert_eq!(lean.hash(), book.hash(), "seed {seed}");

        // legs, netting and postings tell the same sums
        let profile = book.profile();
        let mut by_legs: BTreeMap<(Party, bool), i64> = BTreeMap::new();
        for leg in auditor.trades.iter().flat_map(|trade| settle(trade, profile)) {
            let units = leg.amount.ledger == crate::ledger::Ledger::Unit;
            *by_legs.entry((leg.from, units)).or_default() -= leg.amount.quantity;
            *by_legs.entry((leg.to, units)).or_default() += leg.amount.quantity;
        }
        let exchange = by_legs.get(&(Party::Exchange, false)).copied().unwrap_or(0);
        assert_eq!(exchange, book.fees_minor(), "seed {seed}");
        for net in net(&auditor.trades, profile) {
            let of = |units| by_legs.get(&(Party::Account(net.account), units)).copied().unwrap_or(0);
            assert_eq!((of(true), of(false)), (net.units_t, net.money_minor), "seed {seed}");
        }
    }
    assert!(trades > 1_000 && by_mode.len() == 5, "{by_mode:?} {refusals:?}");
    assert!(by_mode.values().all(|count| *count >= 15), "{by_mode:?} {refusals:?}");
    for code in [
        "insufficient_money",
        "insufficient_units",
        "not_yet_saleable",
        "outside_band",
        "self_trade",
    ] {
        assert!(refusals.contains_key(code), "{code} not among {refusals:?}");
    }
}

#[test]
fn one_tonne_one_fen_or_one_turn_makes_another_hash() {
    let begin = || open(shipped("local"), &[0, 1, 2]);
    let mut hashes = std::collections::BTreeSet::new();
    let days: [&[Command]; 8] = [
        &[],
        &[buy(0, 10, 5_000)],
        &[buy(0, 11, 5_000)],
        &[buy(0, 10, 5_001)],
        &[buy(1, 10, 5_000)],
        &[buy(0, 10, 5_000), buy(1, 10, 5_000)],
        &[buy(1, 10, 5_000), buy(0, 10, 5_000)],
        &[buy(0, 10, 5_000), Command::Halt],
    ];
    for commands in days {
        let mut book = begin();
        for command in commands {
            did(&mut book, *command, at("10:00"));
        }
        assert!(hashes.insert(book.hash()), "{commands:?}");
    }
}
