//! How much a core can match: bare, with every check, in an auction; beside the crate `lobster` and a book on a sorted map.
//!
//! `cargo bench -p domain --bench market [-- ROUNDS]`. All contestants take turns in each round, on the same flows; the
//! figures are medians of CPU time of this thread. Flows:
//! shallow: 80 % limits within ten ticks of a middle that drifts a tick now and then, 10 % cancels, 10 % orders that
//! cross, of up to 800 t;
//! deep: 70 % limits around a fixed middle, 29 % cancels, 1 % that cross, so that the book piles up;
//! fixed: as shallow, the middle stays;
//! swings: as shallow, but the middle jumps and runs over 100,000 ticks (CNY 1,000).

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::hint::black_box;
use std::time::Duration;

use domain::market::auction::{self, Interest};
use domain::market::{
    AccountNo, Asset, Book, Class, Command, Core, Incoming, MemberNo, OrderNo, Outcome, Place, SelfTrade, Side, Start,
    Tif, calendar, profile,
};
use domain::measure::{Day, Zone};
use lobster::{OrderBook, OrderEvent, OrderType};

/// splitmix64
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn roll(&mut self, sides: u32) -> u32 {
        u32::try_from(self.next() % u64::from(sides)).unwrap_or(0)
    }

    fn side(&mut self) -> Side {
        if self.roll(2) == 0 { Side::Buy } else { Side::Sell }
    }
}

/// Time that this thread was computing: what others do on the machine does not count.
fn computed() -> Duration {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

/// As often as fits into a quarter of a second, for the kernel counts in steps of milliseconds: time of one run.
fn often<T>(mut job: impl FnMut() -> T) -> (T, Duration) {
    let (start, mut runs) = (computed(), 0);
    loop {
        let result = black_box(job());
        runs += 1;
        let took = computed().saturating_sub(start);
        if took > Duration::from_millis(250) {
            return (result, took / runs);
        }
    }
}

fn timed<T>(job: impl FnOnce() -> T) -> (T, Duration) {
    let start = computed();
    let result = black_box(job());
    (result, computed().saturating_sub(start))
}

#[derive(Clone, Copy)]
enum Op {
    Limit { side: Side, level: u32, tonnes: u32 },
    Cross { side: Side, tonnes: u32 },
    Cancel { number: u32 },
}

struct Flow {
    name: &'static str,
    levels: u32,
    ops: Vec<Op>,
}

/// How a flow's middle moves.
#[derive(Clone, Copy, PartialEq)]
enum Middle {
    Fixed,
    Drifts,
    Swings,
}

/// `limits` and `cancels` in hundredths, the rest crosses; `reach` ticks each side of the middle.
fn flow(name: &'static str, count: u32, levels: u32, (limits, cancels): (u32, u32), reach: u32, moves: Middle) -> Flow {
    let mut dice = Dice(2026);
    let mut middle = levels / 2;
    let ops = (0..count)
        .map(|number| {
            let step = match moves {
                Middle::Drifts if dice.roll(10) == 0 => 1,
                Middle::Swings if dice.roll(8_000) == 0 => levels / 3,
                Middle::Swings if dice.roll(4) == 0 => 40,
                _ => 0,
            };
            if step > 0 {
                // evenly up or down by as much as a step
                middle = (middle + dice.roll(2 * step + 1)).saturating_sub(step);
                middle = middle.clamp(reach + 1, levels - reach - 2);
            }
            let kind = dice.roll(100);
            let side = dice.side();
            if kind < limits {
                let away = 1 + dice.roll(reach);
                let level = if side == Side::Buy {
                    middle - away
                } else {
                    middle + away
                };
                let tonnes = 1 + dice.roll(100);
                Op::Limit { side, level, tonnes }
            } else if kind < limits + cancels {
                // in a piling book any order, else one of the last
                let back = if limits == 70 { number } else { number.min(200) };
                let number = number.saturating_sub(1 + dice.roll(back.max(1)));
                Op::Cancel { number }
            } else {
                let tonnes = 1 + dice.roll(800);
                Op::Cross { side, tonnes }
            }
        })
        .collect();
    Flow { name, levels, ops }
}

/// Every contestant says how many tonnes it traded: they must agree.
fn ours(flow: &Flow) -> u64 {
    let mut core = Core::new(flow.levels);
    let (mut fills, mut traded) = (Vec::new(), 0);
    for (op, number) in flow.ops.iter().zip(0..) {
        match *op {
            Op::Limit { side, level, tonnes } => {
                core.limit(
                    &incoming(side, level, tonnes, number),
                    SelfTrade::CancelNewest,
                    &mut fills,
                );
            }
            Op::Cross { side, tonnes } => {
                let level = if side == Side::Buy { core.top() } else { 0 };
                core.take(
                    &incoming(side, level, tonnes, number),
                    SelfTrade::CancelNewest,
                    &mut fills,
                );
                core.skip();
            }
            Op::Cancel { number } => {
                core.cancel(number);
                core.skip();
            }
        }
        traded += fills.drain(..).map(|fill| u64::from(fill.tonnes)).sum::<u64>();
    }
    traded
}

fn incoming(side: Side, level: u32, tonnes: u32, number: u32) -> Incoming {
    Incoming {
        side,
        level,
        tonnes,
        account: number,
        member: number,
        on_disconnect: false,
    }
}

fn lobsters(flow: &Flow) -> u64 {
    let mut book = OrderBook::default();
    let side = |side| match side {
        Side::Buy => lobster::Side::Bid,
        Side::Sell => lobster::Side::Ask,
    };
    let mut traded = 0;
    for (op, id) in flow.ops.iter().zip(0u128..) {
        let event = book.execute(match *op {
            Op::Limit {
                side: at,
                level,
                tonnes,
            } => OrderType::Limit {
                id,
                side: side(at),
                qty: u64::from(tonnes),
                price: u64::from(level),
            },
            Op::Cross { side: at, tonnes } => OrderType::Market {
                id,
                side: side(at),
                qty: u64::from(tonnes),
            },
            Op::Cancel { number } => OrderType::Cancel { id: u128::from(number) },
        });
        if let OrderEvent::Filled { filled_qty, .. } | OrderEvent::PartiallyFilled { filled_qty, .. } = event {
            traded += filled_qty;
        }
    }
    traded
}

/// The same book on a sorted map of queues, to see what the ladder is worth where prices swing.
#[derive(Default)]
struct Sorted {
    sides: [BTreeMap<u32, VecDeque<u32>>; 2],
    /// Tonnes left by number; none once it is gone. Queues drop such numbers when they meet them.
    left: Vec<u32>,
}

impl Sorted {
    fn take(&mut self, side: Side, limit: Option<u32>, mut tonnes: u32) -> u32 {
        let book = &mut self.sides[side.other() as usize];
        while tonnes > 0 {
            let best = if side == Side::Buy {
                book.first_entry()
            } else {
                book.last_entry()
            };
            let Some(mut best) = best else { break };
            let meets = limit.is_none_or(|limit| {
                if side == Side::Buy {
                    *best.key() <= limit
                } else {
                    *best.key() >= limit
                }
            });
            if !meets {
                break;
            }
            let queue = best.get_mut();
            while let Some(&number) = queue.front() {
                let left = &mut self.left[number as usize];
                let fill = tonnes.min(*left);
                *left -= fill;
                tonnes -= fill;
                if *left > 0 {
                    break;
                }
                queue.pop_front();
            }
            if queue.is_empty() {
                best.remove();
            }
        }
        tonnes
    }
}

fn sorted(flow: &Flow) -> u64 {
    let (mut book, mut traded) = (Sorted::default(), 0u64);
    for (op, number) in flow.ops.iter().zip(0u32..) {
        let mut rests = 0;
        match *op {
            Op::Limit { side, level, tonnes } => {
                rests = book.take(side, Some(level), tonnes);
                traded += u64::from(tonnes - rests);
                if rests > 0 {
                    book.sides[side as usize].entry(level).or_default().push_back(number);
                }
            }
            Op::Cross { side, tonnes } => traded += u64::from(tonnes - book.take(side, None, tonnes)),
            Op::Cancel { number } => {
                if let Some(left) = book.left.get_mut(number as usize) {
                    *left = 0;
                }
            }
        }
        book.left.push(rests);
    }
    traded
}

const ACCOUNTS: u32 = 1_000;
const DAY: &str = "2026-11-25";

fn instant(clock: &str) -> i64 {
    let zone = Zone::named("Asia/Shanghai").unwrap_or_else(|| unreachable!("jiff knows Shanghai"));
    zone.instant(&format!("{DAY}T{clock}"))
        .unwrap_or_else(|| unreachable!("a civil time"))
}

/// A market under the local profile, with rich accounts of 250 members, opened.
fn market() -> Book {
    let (Some(profile), Some(calendar), Some(day)) = (profile("local"), calendar("cn"), Day::parse(DAY)) else {
        unreachable!("they are shipped");
    };
    let start = Start {
        last_close: Some(5_000),
        ..Start::default()
    };
    let Ok(mut book) = Book::new(profile, calendar, start) else {
        unreachable!("the shipped profile names the shipped calendar");
    };
    let before = instant("08:00");
    for account in 0..ACCOUNTS {
        let (member, class) = (MemberNo(account / 4), Class::LegalEntity);
        book.apply(&Command::Admit { member, class }, before);
        for asset in [Asset::Money, Asset::Units] {
            let deposit = Command::Deposit {
                account: AccountNo(account),
                asset,
                amount: 1_000_000_000_000_000,
                saleable_from: None,
            };
            book.apply(&deposit, before);
        }
    }
    book.apply(&Command::Open { day }, before);
    book
}

/// The flow as commands. A cancel names its order's account, as it must. The 2,001 prices of the band are the levels.
fn commands(flow: &Flow) -> Vec<Command> {
    let mut dice = Dice(7);
    let mut owners: Vec<(AccountNo, u64)> = Vec::with_capacity(flow.ops.len());
    let mut orders = 0;
    flow.ops
        .iter()
        .map(|op| {
            let account = AccountNo(dice.roll(ACCOUNTS));
            if !matches!(op, Op::Cancel { .. }) {
                orders += 1;
            }
            owners.push((account, orders));
            let place = |side, tonnes, price_minor, tif| {
                Command::Place(Place {
                    account,
                    side,
                    tonnes,
                    price_minor,
                    tif,
                    on_disconnect: false,
                })
            };
            match *op {
                Op::Limit { side, level, tonnes } => place(side, tonnes, Some(4_000 + level), Tif::Day),
                Op::Cross { side, tonnes } => place(side, tonnes, None, Tif::Ioc),
                Op::Cancel { number } => {
                    let (account, order) = owners[number as usize];
                    let order = OrderNo(order);
                    Command::Cancel { account, order }
                }
            }
        })
        .collect()
}

fn checked(mut book: Book, commands: &[Command]) -> (u64, u64, u64) {
    let mut out = Outcome::default();
    book.apply_into(&Command::Uncross, instant("09:25"), &mut out);
    let (start, mut traded, mut refused, mut postings) = (instant("09:30"), 0, 0, 0);
    for (command, now) in commands.iter().zip(start..) {
        book.apply_into(command, now, &mut out);
        traded += out.trades.iter().map(|trade| u64::from(trade.tonnes)).sum::<u64>();
        refused += u64::from(out.refused.is_some());
        postings += out.postings.len() as u64;
    }
    (traded, refused, postings)
}

fn auction_of(count: u32) -> Vec<Interest> {
    let mut dice = Dice(99);
    (0..count)
        .map(|_| Interest {
            side: dice.side(),
            level: dice.roll(1_024) + dice.roll(1_025),
            tonnes: 1 + dice.roll(100),
        })
        .collect()
}

/// What is traded in a call, by pairs of orders, and how much.
fn auctioned(orders: &[Interest]) -> (usize, u64) {
    let Some(cross) = auction::cross(orders, 1_000) else {
        return (0, 0);
    };
    let gets = auction::allocate(orders, &cross);
    (auction::pair(orders, &gets).len(), cross.tonnes)
}

/// A call of so many orders with accounts: placing them, and letting them meet.
fn called(orders: &[Interest]) -> (Duration, Duration, usize) {
    let mut book = market();
    let mut out = Outcome::default();
    let mut dice = Dice(3);
    let gathering = instant("09:20");
    let places: Vec<Command> = orders
        .iter()
        .map(|order| {
            // members are on one side each, else they would be refused for meeting themselves
            let account = dice.roll(ACCOUNTS / 8) * 8 + u32::from(order.side == Side::Sell) * 4;
            Command::Place(Place {
                account: AccountNo(account),
                side: order.side,
                tonnes: order.tonnes,
                price_minor: Some(4_000 + order.level.min(2_000)),
                tif: Tif::Day,
                on_disconnect: false,
            })
        })
        .collect();
    let ((), placing) = timed(|| {
        for place in &places {
            book.apply_into(place, gathering, &mut out);
        }
    });
    let ((), meeting) = timed(|| book.apply_into(&Command::Uncross, instant("09:25"), &mut out));
    (placing, meeting, out.trades.len())
}

struct Row {
    name: String,
    /// Nanoseconds an operation, by round.
    took: Vec<f64>,
}

#[expect(clippy::cast_precision_loss, reason = "a figure to be printed")]
fn nanos(took: Duration, operations: usize) -> f64 {
    took.as_nanos() as f64 / operations as f64
}

fn median(took: &[f64]) -> f64 {
    let mut sorted = took.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn note(rows: &mut Vec<Row>, name: &str, took: f64) {
    match rows.iter_mut().find(|row| row.name == name) {
        Some(row) => row.took.push(took),
        None => rows.push(Row {
            name: name.to_owned(),
            took: vec![took],
        }),
    }
}

fn main() {
    let rounds = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(7);
    let shallow = flow("shallow", 400_000, 2_001, (80, 10), 10, Middle::Drifts);
    let fixed = flow("shallow, fixed", 400_000, 2_001, (80, 10), 10, Middle::Fixed);
    let deep = flow("deep", 800_000, 2_001, (70, 29), 10, Middle::Fixed);
    let spread = flow("deep, 900 prices", 800_000, 2_001, (70, 29), 900, Middle::Fixed);
    let swings = flow("swings", 400_000, 100_000, (80, 10), 10, Middle::Swings);
    let orders = commands(&shallow);
    let crowd = auction_of(1_000_000);

    let mut rows: Vec<Row> = Vec::new();
    for _ in 0..rounds {
        let mut agreed = None;
        for (name, contestant) in [
            ("ours", ours as fn(&Flow) -> u64),
            ("lobster", lobsters),
            ("sorted map", sorted),
        ] {
            let (traded, took) = timed(|| contestant(&shallow));
            note(
                &mut rows,
                &format!("{}: {name}", shallow.name),
                nanos(took, shallow.ops.len()),
            );
            assert_eq!(*agreed.get_or_insert(traded), traded, "{name} trades otherwise");
        }
        for flow in [&shallow, &fixed, &deep, &spread, &swings] {
            let mut agreed = None;
            let contestants = [
                ("ours", ours as fn(&Flow) -> u64),
                ("sorted map", sorted),
                ("lobster", lobsters),
            ];
            // lobster would take minutes for the others
            let shallow = flow.name.starts_with("shallow");
            for (name, contestant) in contestants.into_iter().take(if shallow { 3 } else { 2 }) {
                let (traded, took) = often(|| contestant(flow));
                note(
                    &mut rows,
                    &format!("{}: {name}", flow.name),
                    nanos(took, flow.ops.len()),
                );
                assert_eq!(*agreed.get_or_insert(traded), traded, "{name} trades otherwise");
            }
        }
        // setting up a market is a hundredth of it
        let ((traded, refused, postings), took) = often(|| checked(market(), &orders));
        note(&mut rows, "every check: ours", nanos(took, orders.len()));
        black_box((traded, refused, postings));
        let ((pairs, _), took) = often(|| auctioned(black_box(&crowd)));
        note(&mut rows, "auction: ours", nanos(took, crowd.len()));
        black_box(pairs);
        let (placing, meeting, _) = called(&crowd);
        note(
            &mut rows,
            "call with accounts, placing: ours",
            nanos(placing, crowd.len()),
        );
        note(
            &mut rows,
            "call with accounts, meeting: ours",
            nanos(meeting, crowd.len()),
        );
    }

    println!("nanoseconds of CPU an operation, median of {rounds} rounds (least to most)");
    for row in &rows {
        let (least, most) = row
            .took
            .iter()
            .fold((f64::MAX, 0.0_f64), |(a, b), took| (a.min(*took), b.max(*took)));
        println!(
            "{:<36} {:>8.1}   ({least:.1} to {most:.1})",
            row.name,
            median(&row.took)
        );
    }
    let of = |name: &str| {
        rows.iter()
            .find(|row| row.name == name)
            .map_or(f64::NAN, |row| median(&row.took))
    };
    let checks = of("every check: ours");
    println!(
        "shallow, lobster / ours: {:.1} (goal: 10 or more)",
        of("shallow: lobster") / of("shallow: ours")
    );
    println!(
        "deep / shallow, ours: {:.2} (goal: 3 or less)",
        of("deep: ours") / of("shallow: ours")
    );
    println!(
        "swings / shallow, ours: {:.2}",
        of("swings: ours") / of("shallow: ours")
    );
    println!(
        "swings, sorted map / ours: {:.2}",
        of("swings: sorted map") / of("swings: ours")
    );
    println!(
        "every check: {:.1} M orders a second (goal: 5 or more)",
        1_000.0 / checks
    );
    println!(
        "auction of a million orders: {:.1} ms (goal: 50 or less)",
        of("auction: ours")
    );
    let book = market();
    let (traded, refused, postings) = checked(book, &orders);
    println!(
        "with every check: {traded} t traded, {refused} of {} refused, {postings} postings",
        orders.len()
    );
}
