//! Leaves and blocks of the tree, each for itself.

use super::Seats;
use super::small;

/// Entries of a leaf. More make a rank dearer, fewer make the tree larger than a cache; 30 to 62 were measured.
pub(super) const LEAF: usize = 46;

/// Leaves of a block.
pub(super) const BLOCK: usize = 64;

#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Leaf {
    pub(super) len: u32,
    pub(super) block: u32,
    pub(super) slots: [u32; LEAF],
    pub(super) keys: [u128; LEAF],
}

/// What stands where nothing does, so that a search may look at all places alike.
pub(super) const NOTHING: u32 = u32::MAX;

pub(super) const EMPTY_LEAF: Leaf = Leaf {
    len: 0,
    block: 0,
    slots: [NOTHING; LEAF],
    keys: [0; LEAF],
};

#[derive(Debug, Clone, Copy)]
pub(super) struct Block<R> {
    /// The bound of each leaf: no entry of it is less.
    pub(super) keys: [u128; BLOCK],
    pub(super) rests: [R; BLOCK],
    pub(super) leaves: [u32; BLOCK],
    pub(super) counts: [u16; BLOCK],
    pub(super) len: usize,
}

impl Leaf {
    pub(super) fn keys(&self) -> &[u128] {
        &self.keys[..self.len as usize]
    }

    pub(super) fn slots(&self) -> &[u32] {
        &self.slots[..self.len as usize]
    }

    pub(super) fn push(&mut self, key: u128, slot: u32) {
        let at = self.len as usize;
        (self.keys[at], self.slots[at]) = (key, slot);
        self.len += 1;
    }

    /// Takes an entry out; the last one fills the gap.
    pub(super) fn remove(&mut self, at: usize) {
        let last = self.len as usize - 1;
        (self.keys[at], self.slots[at]) = (self.keys[last], self.slots[last]);
        self.slots[last] = NOTHING;
        self.len -= 1;
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (u128, u32)> {
        self.keys().iter().copied().zip(self.slots().iter().copied())
    }

    /// How many entries are less. Up to `alone` entries of the same key are known not to be.
    pub(super) fn before<S: Seats>(&self, seats: &S, key: u128, rest: S::Rest, alone: u32) -> u32 {
        let (mut less, mut level) = (0, 0);
        for other in self.keys() {
            less += u32::from(*other < key);
            level += u32::from(*other <= key);
        }
        if level <= less + alone {
            return less;
        }
        let equal = self.entries().filter(|(other, _)| *other == key);
        less + small(equal.filter(|(_, slot)| seats.rest(*slot) < rest).count())
    }
}

impl<R: Copy> Block<R> {
    pub(super) fn with(rest: R) -> Block<R> {
        Block {
            keys: [0; BLOCK],
            rests: [rest; BLOCK],
            leaves: [NOTHING; BLOCK],
            counts: [0; BLOCK],
            len: 0,
        }
    }

    pub(super) fn insert(&mut self, at: usize, leaf: u32, count: u32, bound: (u128, R)) {
        let len = self.len;
        self.keys.copy_within(at..len, at + 1);
        self.rests.copy_within(at..len, at + 1);
        self.leaves.copy_within(at..len, at + 1);
        self.counts.copy_within(at..len, at + 1);
        (self.keys[at], self.rests[at]) = bound;
        self.leaves[at] = leaf;
        self.counts[at] = u16::try_from(count).unwrap_or(u16::MAX);
        self.len += 1;
    }

    pub(super) fn remove(&mut self, at: usize) {
        let len = self.len;
        self.keys.copy_within(at + 1..len, at);
        self.rests.copy_within(at + 1..len, at);
        self.leaves.copy_within(at + 1..len, at);
        self.counts.copy_within(at + 1..len, at);
        self.leaves[len - 1] = NOTHING;
        self.len -= 1;
    }

    pub(super) fn append(&mut self, from: &Block<R>, range: std::ops::Range<usize>) {
        let (at, more) = (self.len, range.len());
        self.keys[at..at + more].copy_from_slice(&from.keys[range.clone()]);
        self.rests[at..at + more].copy_from_slice(&from.rests[range.clone()]);
        self.leaves[at..at + more].copy_from_slice(&from.leaves[range.clone()]);
        self.counts[at..at + more].copy_from_slice(&from.counts[range]);
        self.len += more;
    }

    /// Entries of the leaves before this one.
    pub(super) fn sum(&self, to: usize) -> u32 {
        let counts = (0..).zip(&self.counts);
        u32::from(
            counts
                .map(|(n, count): (u16, _)| if usize::from(n) < to { *count } else { 0 })
                .sum::<u16>(),
        )
    }
}

pub(super) fn entry_of(leaf: &Leaf, slot: u32) -> usize {
    index_of(&leaf.slots, slot)
}

/// Where the one place is that has this value. Looks at all of them, since a branch would wait for memory.
pub(super) fn index_of<const N: usize>(all: &[u32; N], value: u32) -> usize {
    let found = (0..)
        .zip(all)
        .map(|(n, other): (u32, _)| if *other == value { n } else { 0 });
    let found = found.sum::<u32>() as usize;
    debug_assert_eq!(all[found], value);
    found
}
