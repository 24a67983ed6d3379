//! One side of a book: a queue for each price, and a bitmap that finds the best of them.
//!
//! Prices are *ranks* here: 0 is the best price there can be on this side, so one search serves both sides.
//! Invariant: a bit is set exactly where the queue of its rank holds an order, and `best` is the lowest of them.

/// No order, no rank.
pub(super) const NONE: u32 = u32::MAX;

/// The orders at one price: the ends of a list through the slots of the book, and what they add up to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    pub(super) head: u32,
    pub(super) tail: u32,
    pub(super) tonnes: u64,
}

const EMPTY: Level = Level {
    head: NONE,
    tail: NONE,
    tonnes: 0,
};

/// A side: the levels by rank, and three layers of bits above them, 64 to one.
#[derive(Debug, Clone)]
pub(super) struct Ladder {
    pub(super) levels: Vec<Level>,
    bits: [Vec<u64>; 3],
    best: u32,
}

/// The word of a bit, and its place there.
const fn split(at: u32) -> (usize, u32) {
    ((at >> 6) as usize, at & 63)
}

impl Ladder {
    /// An empty side of so many prices, fewer than `NONE`.
    pub(super) fn new(ranks: u32) -> Self {
        let words = |count: u32| vec![0; count.div_ceil(64).max(1) as usize];
        let second = ranks.div_ceil(64);
        Ladder {
            levels: vec![EMPTY; ranks as usize],
            bits: [words(ranks), words(second), words(second.div_ceil(64))],
            best: NONE,
        }
    }

    /// The best rank that has an order, else `NONE`.
    pub(super) const fn best(&self) -> u32 {
        self.best
    }

    /// An order came to an empty level.
    pub(super) fn occupy(&mut self, rank: u32) {
        self.best = self.best.min(rank);
        let mut at = rank;
        for layer in &mut self.bits {
            let (word, bit) = split(at);
            let before = layer[word];
            layer[word] = before | 1 << bit;
            if before != 0 {
                return; // the layers above know already
            }
            at >>= 6;
        }
    }

    /// The last order left a level.
    pub(super) fn vacate(&mut self, rank: u32) {
        let mut at = rank;
        for layer in &mut self.bits {
            let (word, bit) = split(at);
            layer[word] &= !(1 << bit);
            if layer[word] != 0 {
                break;
            }
            at >>= 6;
        }
        if self.best == rank {
            self.best = self.from(rank);
        }
    }

    /// The first rank at or behind this one that has an order, else `NONE`.
    pub(super) fn from(&self, rank: u32) -> u32 {
        let mut at = rank;
        for (depth, layer) in (0..).zip(&self.bits) {
            let (word, bit) = split(at);
            let here = layer.get(word).map_or(0, |bits| bits & (u64::MAX << bit));
            if here != 0 {
                return self.down(depth, (at & !63) | here.trailing_zeros());
            }
            at = (at >> 6) + 1;
        }
        // above the last layer the words are looked at one by one: 16 of them cover four million prices
        let top = &self.bits[2];
        let found = (at as usize..top.len()).find(|&word| top[word] != 0);
        found.map_or(NONE, |word| {
            self.down(2, u32::try_from(word << 6).unwrap_or(0) | top[word].trailing_zeros())
        })
    }

    /// The first rank below a bit of a layer.
    fn down(&self, depth: u32, bit: u32) -> u32 {
        (0..depth as usize).rev().fold(bit, |at, layer| {
            (at << 6) | self.bits[layer][at as usize].trailing_zeros()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_bitmap_finds_what_a_search_one_by_one_finds(
            ranks in prop_oneof![1u32..200, 4_000u32..5_000, 262_000u32..900_000],
            flips in prop::collection::vec(any::<u32>(), 1..120),
        ) {
            let mut ladder = Ladder::new(ranks);
            let mut taken = std::collections::BTreeSet::new();
            for flip in flips {
                // half of them close together, so that words fill up and empty
                let rank = if flip % 2 == 0 { flip % ranks } else { (flip >> 8) % ranks.min(70) };
                if taken.remove(&rank) {
                    ladder.vacate(rank);
                } else {
                    taken.insert(rank);
                    ladder.occupy(rank);
                }
                prop_assert_eq!(ladder.best(), taken.first().copied().unwrap_or(NONE));
                prop_assert_eq!(ladder.from(rank), taken.range(rank..).next().copied().unwrap_or(NONE));
                if rank + 1 < ranks {
                    prop_assert_eq!(ladder.from(rank + 1), taken.range(rank + 1..).next().copied().unwrap_or(NONE));
                }
            }
        }
    }
}
