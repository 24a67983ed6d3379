//! Proofs: naive models beside the engine, another engine beside it, replay, and every refusal by its reason.

mod days;
mod edges;
mod modes;
mod peer;
mod reference;
mod rules;

use super::*;
use crate::measure::Day;

/// splitmix64: chance that a test can repeat.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 to `sides - 1`.
    pub(super) fn roll(&mut self, sides: u64) -> u32 {
        u32::try_from(self.next() % sides).unwrap()
    }

    pub(super) fn side(&mut self) -> Side {
        if self.roll(2) == 0 { Side::Buy } else { Side::Sell }
    }
}

/// One of several, by turns.
pub(super) fn of<T: Copy>(choices: &[T], turn: u64) -> T {
    choices[usize::try_from(turn).unwrap() % choices.len()]
}

/// Wednesday, 25 November 2026.
pub(super) fn wednesday() -> Day {
    Day::parse("2026-11-25").unwrap()
}

/// A clock time in Shanghai on a day.
pub(super) fn on(day: Day, clock: &str) -> i64 {
    let zone = crate::measure::Zone::named("Asia/Shanghai").unwrap();
    zone.instant(&format!("{day}T{clock}")).unwrap()
}

/// A clock time in Shanghai on that Wednesday.
pub(super) fn at(clock: &str) -> i64 {
    on(wednesday(), clock)
}

pub(super) fn shipped(id: &str) -> Profile {
    profile(id).unwrap()
}

/// A market with the last close at CNY 50.00 whose accounts 0, 1, 2 … belong to these members and are rich.
pub(super) fn market(profile: Profile, members: &[u32]) -> Book {
    let start = Start {
        last_close: Some(5_000),
        ..Start::default()
    };
    let mut book = Book::new(profile, calendar("cn").unwrap(), start).unwrap();
    for (account, member) in (0..).zip(members) {
        let member = MemberNo(*member);
        did(
            &mut book,
            Command::Admit {
                member,
                class: Class::LegalEntity,
            },
            at("08:00"),
        );
        for asset in [Asset::Money, Asset::Units] {
            give(&mut book, account, asset, 1_000_000_000_000);
        }
    }
    book
}

pub(super) fn give(book: &mut Book, account: u32, asset: Asset, amount: i64) {
    let deposit = Command::Deposit {
        account: AccountNo(account),
        asset,
        amount,
        saleable_from: None,
    };
    did(book, deposit, at("08:00"));
}

/// An opened market; where there is a call it is over.
pub(super) fn open(profile: Profile, members: &[u32]) -> Book {
    let mut book = market(profile, members);
    did(&mut book, Command::Open { day: wednesday() }, at("09:00"));
    if book.profile().mode.contains_key(&Mode::Call) {
        did(&mut book, Command::Uncross, at("09:25"));
    }
    book
}

/// Does what must be accepted.
pub(super) fn did(book: &mut Book, command: Command, now_us: i64) -> Outcome {
    let out = book.apply(&command, now_us);
    assert_eq!(out.refused, None, "{command:?}");
    assert!(out.accepted.is_some());
    out
}

/// Does what must be refused, and looks whether it left anything behind.
pub(super) fn refused(book: &mut Book, command: Command, now_us: i64) -> Refused {
    let before = book.hash();
    let out = book.apply(&command, now_us);
    let why = out
        .refused
        .unwrap_or_else(|| panic!("{command:?} was accepted: {out:?}"));
    let empty = Outcome {
        refused: Some(why),
        ..Outcome::default()
    };
    assert_eq!(out, empty, "{command:?}");
    assert_eq!(book.hash(), before, "{command:?}");
    why
}

pub(super) fn limit(account: u32, side: Side, tonnes: u32, price_minor: u32) -> Place {
    Place {
        account: AccountNo(account),
        side,
        tonnes,
        price_minor: Some(price_minor),
        tif: Tif::Day,
        on_disconnect: false,
    }
}

pub(super) fn buy(account: u32, tonnes: u32, price_minor: u32) -> Command {
    Command::Place(limit(account, Side::Buy, tonnes, price_minor))
}

pub(super) fn sell(account: u32, tonnes: u32, price_minor: u32) -> Command {
    Command::Place(limit(account, Side::Sell, tonnes, price_minor))
}

/// Trades as order, order, price and tonnes.
pub(super) fn deals(out: &Outcome) -> Vec<(u64, u64, u32, u32)> {
    let deal = |trade: &Trade| (trade.buy.0, trade.sell.0, trade.price_minor, trade.tonnes);
    out.trades.iter().map(deal).collect()
}
