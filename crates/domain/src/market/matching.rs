//! The bare matching of one instrument: price before time, nothing of accounts, money or hours.
//!
//! Shape: resting orders live in slots that are used again; each price has a list through them, first come first;
//! numbers are dense, so a table leads from a number to its slot. Placing, matching one order and cancelling take
//! constant time whatever the depth. Prices are *levels* counted from 0 up.
//! Invariant: a slot is on exactly one list as long as its `left` is positive, and its number leads to it.

use super::ladder::{Ladder, NONE};
use super::{SelfTrade, Side};

/// An order on its way in.
#[derive(Debug, Clone, Copy)]
pub struct Incoming {
    /// Which side it stands on.
    pub side: Side,
    /// Its limit, as a level.
    pub level: u32,
    /// Tonnes, more than none.
    pub tonnes: u32,
    /// Whose units and money it moves.
    pub account: u32,
    /// Whose it is: nobody trades with themselves.
    pub member: u32,
    /// Whether it goes when its owner's line goes.
    pub on_disconnect: bool,
}

/// An order in the book.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resting {
    rank: u32,
    left: u32,
    next: u32,
    prev: u32,
    number: u32,
    account: u32,
    member: u32,
    flags: u32,
}

const ASK: u32 = 1;
const ON_DISCONNECT: u32 = 2;

impl Resting {
    const fn side(&self) -> Side {
        if self.flags & ASK == 0 { Side::Buy } else { Side::Sell }
    }
}

/// What is known of a resting order from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Its number.
    pub number: u32,
    /// Its side.
    pub side: Side,
    /// Its limit, as a level.
    pub level: u32,
    /// Tonnes that are still wanted.
    pub left: u32,
    /// Its account.
    pub account: u32,
    /// Its owner.
    pub member: u32,
    /// Whether it goes when its owner's line goes.
    pub on_disconnect: bool,
}

/// What happened to a resting order when another came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill {
    /// The resting order.
    pub number: u32,
    /// Its account.
    pub account: u32,
    /// Its level, at which the trade is made.
    pub level: u32,
    /// Tonnes traded; tonnes taken out where it was cancelled instead.
    pub tonnes: u32,
    /// Tonnes that it wanted before.
    pub before: u32,
    /// False where it was not traded but cancelled, because both orders are one member's.
    pub traded: bool,
}

/// The two sides of a book.
#[derive(Debug, Clone)]
pub struct Core {
    sides: [Ladder; 2],
    slots: Vec<Resting>,
    free: u32,
    /// Slot by number; `NONE` once it has left the book.
    places: Vec<u32>,
    top: u32,
}

impl Core {
    /// An empty book of so many prices, at least one and fewer than 2^32 - 1.
    pub fn new(levels: u32) -> Self {
        Core {
            sides: [Ladder::new(levels), Ladder::new(levels)],
            slots: Vec::new(),
            free: NONE,
            places: Vec::new(),
            top: levels.saturating_sub(1),
        }
    }

    /// The highest level.
    pub const fn top(&self) -> u32 {
        self.top
    }

    const fn rank(&self, side: Side, level: u32) -> u32 {
        match side {
            Side::Buy => self.top - level,
            Side::Sell => level,
        }
    }

    /// The number that the next order gets.
    pub fn next_number(&self) -> u32 {
        u32::try_from(self.places.len()).unwrap_or(NONE)
    }

    /// Matches an order against the other side at the resting orders' prices, best price first, then first come. Says
    /// how many tonnes are left, and whether it was stopped at an order of the same member. Puts nothing in the book.
    pub fn take(&mut self, order: &Incoming, self_trade: SelfTrade, fills: &mut Vec<Fill>) -> (u32, bool) {
        let other = order.side.other();
        let limit = self.rank(other, order.level);
        let (top, book) = (self.top, &mut self.sides[other as usize]);
        let mut left = order.tonnes;
        while left > 0 && book.best() <= limit && book.best() != NONE {
            let rank = book.best();
            let level = &mut book.levels[rank as usize];
            let price = if other == Side::Buy { top - rank } else { rank };
            // one price to its end, or to the order's
            while left > 0 && level.head != NONE {
                let slot = level.head;
                let resting = &mut self.slots[slot as usize];
                let own = resting.member == order.member;
                if own && self_trade == SelfTrade::CancelNewest {
                    resting.prev = NONE;
                    return (left, true);
                }
                let before = resting.left;
                let tonnes = if own { before } else { before.min(left) };
                if !own {
                    left -= tonnes;
                }
                resting.left -= tonnes;
                level.tonnes -= u64::from(tonnes);
                fills.push(Fill {
                    number: resting.number,
                    account: resting.account,
                    level: price,
                    tonnes,
                    before,
                    traded: !own,
                });
                if resting.left == 0 {
                    self.places[resting.number as usize] = NONE;
                    level.head = resting.next;
                    resting.next = self.free;
                    self.free = slot;
                }
            }
            if level.head == NONE {
                level.tail = NONE;
                book.vacate(rank);
            } else {
                self.slots[level.head as usize].prev = NONE;
            }
        }
        (left, false)
    }

    /// How many tonnes `take` would trade now.
    pub fn reachable(&self, order: &Incoming, self_trade: SelfTrade) -> u32 {
        let other = order.side.other();
        let limit = self.rank(other, order.level);
        let book = &self.sides[other as usize];
        let (mut found, mut rank) = (0u32, book.best());
        while rank != NONE && rank <= limit {
            let mut slot = book.levels[rank as usize].head;
            while slot != NONE && found < order.tonnes {
                let resting = &self.slots[slot as usize];
                if resting.member != order.member {
                    found = found.saturating_add(resting.left);
                } else if self_trade == SelfTrade::CancelNewest {
                    return found;
                }
                slot = resting.next;
            }
            if found >= order.tonnes || rank == self.top {
                break;
            }
            rank = book.from(rank + 1);
        }
        found.min(order.tonnes)
    }

    /// Uses up a number for something that is no order of this book.
    pub fn skip(&mut self) -> u32 {
        let number = self.next_number();
        self.places.push(NONE);
        number
    }

    /// Gives the next number to an order of which `left` tonnes go to the end of its queue; with none left, only
    /// the number is used up. Matches nothing.
    pub fn rest(&mut self, order: &Incoming, left: u32) -> u32 {
        let number = self.next_number();
        if left == 0 {
            return self.skip();
        }
        let rank = self.rank(order.side, order.level);
        let book = &mut self.sides[order.side as usize];
        let level = &mut book.levels[rank as usize];
        let resting = Resting {
            rank,
            left,
            next: NONE,
            prev: level.tail,
            number,
            account: order.account,
            member: order.member,
            flags: u32::from(order.side == Side::Sell) * ASK + u32::from(order.on_disconnect) * ON_DISCONNECT,
        };
        let slot = if self.free == NONE {
            self.slots.push(resting);
            u32::try_from(self.slots.len() - 1).unwrap_or(NONE) // no more slots than numbers
        } else {
            let slot = self.free;
            self.free = self.slots[slot as usize].next;
            self.slots[slot as usize] = resting;
            slot
        };
        self.places.push(slot);
        if level.tail == NONE {
            level.head = slot;
        } else {
            self.slots[level.tail as usize].next = slot;
        }
        let first = level.tail == NONE;
        level.tail = slot;
        level.tonnes += u64::from(left);
        if first {
            book.occupy(rank);
        }
        number
    }

    /// Matches an order and lets the rest of it stand; stopped at its member's own order, the rest is dropped.
    /// Returns its number and what stands.
    pub fn limit(&mut self, order: &Incoming, self_trade: SelfTrade, fills: &mut Vec<Fill>) -> (u32, u32) {
        let (left, stopped) = self.take(order, self_trade, fills);
        let rests = if stopped { 0 } else { left };
        (self.rest(order, rests), rests)
    }

    fn slot_of(&self, number: u32) -> Option<u32> {
        self.places.get(number as usize).copied().filter(|slot| *slot != NONE)
    }

    fn see(&self, slot: u32) -> Seen {
        let resting = &self.slots[slot as usize];
        let side = resting.side();
        Seen {
            number: resting.number,
            side,
            level: self.rank(side, resting.rank), // its own inverse
            left: resting.left,
            account: resting.account,
            member: resting.member,
            on_disconnect: resting.flags & ON_DISCONNECT != 0,
        }
    }

    /// A resting order by its number.
    pub fn order(&self, number: u32) -> Option<Seen> {
        self.slot_of(number).map(|slot| self.see(slot))
    }

    /// Takes tonnes out of a resting order, which keeps its turn; at most what is left of it. With nothing left it
    /// leaves the book. Returns it as it was before.
    pub fn reduce(&mut self, number: u32, tonnes: u32) -> Option<Seen> {
        let slot = self.slot_of(number)?;
        let seen = self.see(slot);
        let tonnes = tonnes.min(seen.left);
        let resting = &mut self.slots[slot as usize];
        let (rank, prev, next) = (resting.rank, resting.prev, resting.next);
        resting.left -= tonnes;
        let gone = resting.left == 0;
        let book = &mut self.sides[seen.side as usize];
        let level = &mut book.levels[rank as usize];
        level.tonnes -= u64::from(tonnes);
        if gone {
            resting.next = self.free;
            self.free = slot;
            self.places[number as usize] = NONE;
            match prev {
                NONE => level.head = next,
                _ => self.slots[prev as usize].next = next,
            }
            match next {
                NONE => level.tail = prev,
                _ => self.slots[next as usize].prev = prev,
            }
            if level.head == NONE {
                book.vacate(rank);
            }
        }
        Some(seen)
    }

    /// Takes an order out of the book. Returns it as it was.
    pub fn cancel(&mut self, number: u32) -> Option<Seen> {
        self.reduce(number, u32::MAX)
    }

    /// The best level of a side.
    pub fn best(&self, side: Side) -> Option<u32> {
        let rank = self.sides[side as usize].best();
        (rank != NONE).then(|| self.rank(side, rank))
    }

    /// The best levels of a side and the tonnes at each, best first.
    pub fn depth(&self, side: Side) -> impl Iterator<Item = (u32, u64)> {
        let book = &self.sides[side as usize];
        let taken = |rank: u32| (rank != NONE).then_some(rank);
        std::iter::successors(taken(book.best()), move |&rank| {
            if rank == self.top {
                None
            } else {
                taken(book.from(rank + 1))
            }
        })
        .map(move |rank| (self.rank(side, rank), book.levels[rank as usize].tonnes))
    }

    /// Every resting order, in the order of their numbers, which is that of their coming.
    pub fn orders(&self) -> impl Iterator<Item = Seen> {
        self.places
            .iter()
            .filter(|slot| **slot != NONE)
            .map(|slot| self.see(*slot))
    }
}
