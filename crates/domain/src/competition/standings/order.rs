//! An ordered list that knows positions: a counted tree of fixed height with fat leaves.
//!
//! Shape: entries `(key, slot)` lie in leaves of at most [`LEAF`], leaves in blocks of at most [`BLOCK`], blocks in one flat
//! list with a Fenwick tree of their sizes. Leaves, blocks and the list are in order, what is within a leaf is not: an entry
//! comes in at the end of its leaf and leaves its gap to the last one, so that a change touches a few cache lines, and a
//! leaf is sorted when somebody reads it. A slot is the caller's small number of a thing. The caller keeps each slot's leaf
//! and what decides between equal keys ([`Seats`]), so that whoever has a slot reaches its entry without a search.
//!
//! Invariants: no leaf and no block is empty; every entry is at or above the bound of its leaf and below the next one, where
//! the bound of the very first leaf does not count; homes and `Leaf::block` point back.

use std::hint::{black_box, select_unpredictable};

/// Entries of a leaf. More make a rank dearer, fewer make the tree larger than a cache; 30 to 62 were measured.
const LEAF: usize = 46;

/// Leaves of a block.
const BLOCK: usize = 64;

/// A full leaf gives entries to a neighbour that has at most this many, and is split if there is none.
const ROOMY: usize = LEAF * 3 / 4;

/// Neighbours that fit into one leaf of this many are joined.
const JOINED: usize = LEAF * 7 / 8;

/// Entries of a leaf, and leaves of a block, when many are laid down at once.
const LAID: (usize, usize) = (LEAF * 5 / 6, BLOCK * 3 / 4);

/// What the caller keeps for each slot.
pub(super) trait Seats {
    /// What decides between equal keys; no two slots have the same.
    type Rest: Copy + Ord;

    /// What decides for this slot.
    fn rest(&self, slot: u32) -> Self::Rest;

    /// The least that a slot may have that is not better than this one.
    fn level(&self, slot: u32) -> Self::Rest;

    /// The leaf of a slot.
    fn home(&self, slot: u32) -> u32;

    /// Keeps the leaf of a slot.
    fn set_home(&mut self, slot: u32, leaf: u32);
}

#[derive(Debug, Clone, Copy)]
#[repr(C)]
struct Leaf {
    len: u32,
    block: u32,
    slots: [u32; LEAF],
    keys: [u128; LEAF],
}

/// What stands where nothing does, so that a search may look at all places alike.
const NOTHING: u32 = u32::MAX;

const EMPTY_LEAF: Leaf = Leaf {
    len: 0,
    block: 0,
    slots: [NOTHING; LEAF],
    keys: [0; LEAF],
};

#[derive(Debug, Clone, Copy)]
struct Block<R> {
    /// The bound of each leaf: no entry of it is less.
    keys: [u128; BLOCK],
    rests: [R; BLOCK],
    leaves: [u32; BLOCK],
    counts: [u16; BLOCK],
    len: usize,
}

/// The list.
#[derive(Debug, Clone)]
pub(super) struct Order<R> {
    leaves: Vec<Leaf>,
    spare_leaves: Vec<u32>,
    blocks: Vec<Block<R>>,
    spare_blocks: Vec<u32>,
    /// Where each block stands in the list.
    ordinals: Vec<u32>,
    top: Top,
    /// The bound of each block in the list, beside `top.keys`.
    rests: Vec<R>,
}

/// The blocks in order.
#[derive(Debug, Clone, Default)]
struct Top {
    blocks: Vec<u32>,
    /// The bound of each.
    keys: Vec<u128>,
    counts: Vec<u32>,
    /// A Fenwick tree over `counts`: entry n sums the last 2^k of them up to n, where 2^k is the lowest bit of n + 1.
    sums: Vec<u32>,
}

/// Adds to the end; grows by an eighth, since a doubled list of ten millions would idle for long.
pub(super) fn push<T>(list: &mut Vec<T>, value: T) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len() / 8 + 4);
    }
    list.push(value);
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The last of these bounds that is not above a key, or the first. Never branches on a bound: a wrong guess would have
/// to wait for the bound, and with it all that comes after.
fn last_below(bounds: &[u128], key: u128) -> usize {
    let (mut found, mut left) = (0, bounds.len());
    while left > 1 {
        let half = left / 2;
        found = select_unpredictable(bounds[found + half] <= key, found + half, found);
        left -= half;
    }
    found
}

/// As [`last_below`], where more than the key decides.
fn search<R: Ord>(keys: &[u128], rests: &[R], key: u128, rest: &R) -> usize {
    let found = last_below(keys, key);
    if keys[found] != key {
        return found;
    }
    let equal = keys[..found].partition_point(|bound| *bound < key);
    let found = equal + rests[equal..=found].partition_point(|bound| bound <= rest);
    found.saturating_sub(1)
}

impl Leaf {
    fn keys(&self) -> &[u128] {
        &self.keys[..self.len as usize]
    }

    fn slots(&self) -> &[u32] {
        &self.slots[..self.len as usize]
    }

    fn push(&mut self, key: u128, slot: u32) {
        let at = self.len as usize;
        (self.keys[at], self.slots[at]) = (key, slot);
        self.len += 1;
    }

    /// Takes an entry out; the last one fills the gap.
    fn remove(&mut self, at: usize) {
        let last = self.len as usize - 1;
        (self.keys[at], self.slots[at]) = (self.keys[last], self.slots[last]);
        self.slots[last] = NOTHING;
        self.len -= 1;
    }

    fn entries(&self) -> impl Iterator<Item = (u128, u32)> {
        self.keys().iter().copied().zip(self.slots().iter().copied())
    }

    /// How many entries are less. Up to `alone` entries of the same key are known not to be.
    fn before<S: Seats>(&self, seats: &S, key: u128, rest: S::Rest, alone: u32) -> u32 {
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
    fn with(rest: R) -> Block<R> {
        Block {
            keys: [0; BLOCK],
            rests: [rest; BLOCK],
            leaves: [NOTHING; BLOCK],
            counts: [0; BLOCK],
            len: 0,
        }
    }

    fn insert(&mut self, at: usize, leaf: u32, count: u32, bound: (u128, R)) {
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

    fn remove(&mut self, at: usize) {
        let len = self.len;
        self.keys.copy_within(at + 1..len, at);
        self.rests.copy_within(at + 1..len, at);
        self.leaves.copy_within(at + 1..len, at);
        self.counts.copy_within(at + 1..len, at);
        self.leaves[len - 1] = NOTHING;
        self.len -= 1;
    }

    fn append(&mut self, from: &Block<R>, range: std::ops::Range<usize>) {
        let (at, more) = (self.len, range.len());
        self.keys[at..at + more].copy_from_slice(&from.keys[range.clone()]);
        self.rests[at..at + more].copy_from_slice(&from.rests[range.clone()]);
        self.leaves[at..at + more].copy_from_slice(&from.leaves[range.clone()]);
        self.counts[at..at + more].copy_from_slice(&from.counts[range]);
        self.len += more;
    }

    /// Entries of the leaves before this one.
    fn sum(&self, to: usize) -> u32 {
        let counts = (0..).zip(&self.counts);
        u32::from(
            counts
                .map(|(n, count): (u16, _)| if usize::from(n) < to { *count } else { 0 })
                .sum::<u16>(),
        )
    }
}

impl Top {
    fn add(&mut self, ordinal: usize, more: bool) {
        let one = if more { 1 } else { u32::MAX };
        self.counts[ordinal] = self.counts[ordinal].wrapping_add(one);
        let mut n = ordinal;
        while let Some(sum) = self.sums.get_mut(n) {
            *sum = sum.wrapping_add(one);
            n |= n + 1;
        }
    }

    /// Entries of the blocks before this one.
    fn before(&self, ordinal: usize) -> u32 {
        let (mut n, mut sum) = (ordinal, 0);
        while n > 0 {
            sum += self.sums[n - 1];
            n &= n - 1;
        }
        sum
    }

    /// The block in which the entry at this position is, and its position in there.
    fn find(&self, position: u32) -> (usize, u32) {
        let (mut ordinal, mut left) = (0, position);
        let mut step = (self.sums.len() + 1).next_power_of_two();
        while step > 0 {
            if let Some(sum) = self.sums.get(ordinal + step - 1).filter(|sum| **sum <= left) {
                ordinal += step;
                left -= sum;
            }
            step /= 2;
        }
        (ordinal, left)
    }

    fn sum_up(&mut self) {
        self.sums.clear();
        for n in 0..self.counts.len() {
            let mut sum = self.counts[n];
            let mut bit = 1;
            while (n + 1) & bit == 0 {
                sum += self.sums[n - bit];
                bit *= 2;
            }
            self.sums.push(sum);
        }
    }
}

impl<R> Default for Order<R> {
    fn default() -> Order<R> {
        Order {
            leaves: Vec::new(),
            spare_leaves: Vec::new(),
            blocks: Vec::new(),
            spare_blocks: Vec::new(),
            ordinals: Vec::new(),
            top: Top::default(),
            rests: Vec::new(),
        }
    }
}

/// Where a leaf is: of its block in the list, and of itself in the block.
pub(super) type Spot = (usize, usize);

impl<R: Copy + Ord> Order<R> {
    /// Lays down entries that come in order.
    pub(super) fn laid<S: Seats<Rest = R>>(seats: &mut S, entries: &[(u128, u32)]) -> Order<R> {
        let mut order = Order::default();
        let leaves = entries.len().div_ceil(LAID.0);
        order.leaves.reserve_exact(leaves);
        order.blocks.reserve_exact(leaves.div_ceil(LAID.1));
        for some in entries.chunks(LAID.0 * LAID.1) {
            let mut block = Block::with(seats.rest(some[0].1));
            let number = small(order.blocks.len());
            for few in some.chunks(LAID.0) {
                let (mut leaf, home) = (EMPTY_LEAF, small(order.leaves.len()));
                for (key, slot) in few {
                    leaf.push(*key, *slot);
                    seats.set_home(*slot, home);
                }
                leaf.block = number;
                block.insert(block.len, home, leaf.len, (few[0].0, seats.rest(few[0].1)));
                order.leaves.push(leaf);
            }
            order.blocks.push(block);
            order.ordinals.push(number);
            order.link(order.top.blocks.len(), number);
        }
        order.top.sum_up();
        order
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.leaves.capacity() * size_of::<Leaf>()
            + self.blocks.capacity() * size_of::<Block<R>>()
            + (self.spare_leaves.capacity() + self.spare_blocks.capacity() + self.ordinals.capacity()) * 4
            + self.top.blocks.capacity() * (16 + 4 + 4 + 4 + size_of::<R>())
    }

    fn leaf(&self, number: u32) -> &Leaf {
        &self.leaves[number as usize]
    }

    fn block(&self, ordinal: usize) -> &Block<R> {
        &self.blocks[self.top.blocks[ordinal] as usize]
    }

    fn block_mut(&mut self, ordinal: usize) -> &mut Block<R> {
        &mut self.blocks[self.top.blocks[ordinal] as usize]
    }

    fn find(&self, key: u128, rest: &R) -> Spot {
        let ordinal = search(&self.top.keys, &self.rests, key, rest);
        let block = self.block(ordinal);
        (
            ordinal,
            search(&block.keys[..block.len], &block.rests[..block.len], key, rest),
        )
    }

    /// Where a leaf is.
    fn spot(&self, leaf: u32) -> Spot {
        let number = self.leaf(leaf).block as usize;
        let block = &self.blocks[number];
        (self.ordinals[number] as usize, index_of(&block.leaves, leaf))
    }

    /// Entries before this leaf.
    fn before(&self, (ordinal, at): Spot) -> u32 {
        self.top.before(ordinal) + self.block(ordinal).sum(at)
    }

    /// The key of a slot that is in the list.
    pub(super) fn key<S: Seats<Rest = R>>(&self, seats: &S, slot: u32) -> u128 {
        let leaf = self.leaf(seats.home(slot));
        leaf.keys[entry_of(leaf, slot)]
    }

    /// How many entries stand before this slot, equals too.
    pub(super) fn position<S: Seats<Rest = R>>(&self, seats: &S, slot: u32) -> u32 {
        let home = seats.home(slot);
        let leaf = self.leaf(home);
        let key = leaf.keys[entry_of(leaf, slot)];
        self.before(self.spot(home)) + leaf.before(seats, key, seats.rest(slot), 1)
    }

    /// How many entries are better than this slot: those before it that are not its equals.
    pub(super) fn better<S: Seats<Rest = R>>(&self, seats: &S, slot: u32) -> u32 {
        let home = seats.home(slot);
        black_box(self.glance_keys(home));
        let leaf = self.leaf(home);
        let key = leaf.keys[entry_of(leaf, slot)];
        let (spot, level) = (self.spot(home), seats.level(slot));
        // where the bound is less, no earlier leaf has equals
        if self.block(spot.0).keys[spot.1] < key {
            return self.before(spot) + leaf.before(seats, key, level, 1);
        }
        let spot = self.find(key, &level);
        let leaf = self.leaf(self.block(spot.0).leaves[spot.1]);
        self.before(spot) + leaf.before(seats, key, level, 0)
    }

    /// Reads where a slot's entry is looked for, so that it is near when its turn comes.
    pub(super) fn glance(&self, home: u32) -> u32 {
        let leaf = self.leaf(home);
        leaf.slots.iter().step_by(16).fold(leaf.block, |all, slot| all ^ slot)
    }

    /// Reads a leaf, as [`Order::glance`].
    pub(super) fn glance_keys(&self, home: u32) -> u128 {
        self.leaf(home).keys.iter().step_by(4).fold(0, |all, key| all ^ key)
    }

    /// Where a key will likely go, to be told to [`Order::shift`]. Reads the end of that leaf, as [`Order::glance`].
    pub(super) fn goal(&self, key: u128) -> Spot {
        let ordinal = self.top.keys.partition_point(|bound| *bound <= key).saturating_sub(1);
        let block = self.block(ordinal);
        let at = block.keys[..block.len]
            .partition_point(|bound| *bound <= key)
            .saturating_sub(1);
        let leaf = self.leaf(block.leaves[at]);
        let end = (leaf.len as usize).min(LEAF - 1);
        black_box((leaf.slots[end], leaf.keys[end]));
        (ordinal, at)
    }

    /// Whether every entry of this key, whatever decides between equals, belongs in the leaf at this spot.
    fn holds(&self, (ordinal, at): Spot, key: u128) -> bool {
        let Some(number) = self.top.blocks.get(ordinal) else {
            return false;
        };
        let block = &self.blocks[*number as usize];
        let next = block.keys[..block.len].get(at + 1).or(self.top.keys.get(ordinal + 1));
        at < block.len && (block.keys[at] < key || (ordinal, at) == (0, 0)) && next.is_none_or(|next| key < *next)
    }

    /// Takes in a slot that is not in the list.
    pub(super) fn insert<S: Seats<Rest = R>>(&mut self, seats: &mut S, slot: u32, key: u128) {
        if self.top.blocks.is_empty() {
            *self = Order::laid(seats, &[(key, slot)]);
            return;
        }
        let rest = seats.rest(slot);
        while !self.put(seats, slot, key, self.find(key, &rest)) {}
    }

    /// Puts an entry into the leaf at this spot, or makes room there.
    fn put<S: Seats<Rest = R>>(&mut self, seats: &mut S, slot: u32, key: u128, (ordinal, at): Spot) -> bool {
        let block = self.block_mut(ordinal);
        let home = block.leaves[at];
        let room = usize::from(block.counts[at]) < LEAF;
        if room {
            block.counts[at] += 1;
            self.leaves[home as usize].push(key, slot);
            seats.set_home(slot, home);
            self.top.add(ordinal, true);
        } else {
            self.relieve(seats, ordinal, at);
        }
        room
    }

    /// Takes out a slot that is in the list.
    pub(super) fn remove<S: Seats<Rest = R>>(&mut self, seats: &mut S, slot: u32) {
        let home = seats.home(slot);
        let entry = entry_of(self.leaf(home), slot);
        self.take_out(seats, home, entry, self.spot(home));
    }

    fn take_out<S: Seats<Rest = R>>(&mut self, seats: &mut S, home: u32, entry: usize, (ordinal, at): Spot) {
        self.leaves[home as usize].remove(entry);
        self.top.add(ordinal, false);
        let block = self.block_mut(ordinal);
        block.counts[at] -= 1;
        let len = usize::from(block.counts[at]);
        let fits = |other: Option<&u16>| other.is_some_and(|count| usize::from(*count) + len <= JOINED);
        if len == 0 {
            self.drop_leaf(ordinal, at);
        } else if fits(block.counts[..block.len].get(at + 1)) {
            self.join(seats, ordinal, at);
        } else if at > 0 && fits(block.counts.get(at - 1)) {
            self.join(seats, ordinal, at - 1);
        }
    }

    /// Gives a slot that is in the list another key. What decides between equals may have changed before.
    pub(super) fn shift<S: Seats<Rest = R>>(&mut self, seats: &mut S, slot: u32, key: u128, goal: Spot) {
        let home = seats.home(slot);
        let entry = entry_of(self.leaf(home), slot);
        let spot = self.spot(home);
        if self.holds(spot, key) {
            self.leaves[home as usize].keys[entry] = key;
            return;
        }
        self.take_out(seats, home, entry, spot);
        if !self.holds(goal, key) || !self.put(seats, slot, key, goal) {
            self.insert(seats, slot, key);
        }
    }

    /// Makes room in a full leaf, or in its block.
    fn relieve<S: Seats<Rest = R>>(&mut self, seats: &mut S, ordinal: usize, at: usize) {
        let number = self.top.blocks[ordinal];
        let block = &mut self.blocks[number as usize];
        let after = block.counts[..block.len].get(at + 1).copied().unwrap_or(u16::MAX);
        let before = if at > 0 { block.counts[at - 1] } else { u16::MAX };
        let least = usize::from(after.min(before));
        if least > ROOMY && block.len == BLOCK {
            self.split_block(ordinal);
            return;
        }
        let home = block.leaves[at];
        let mut all: Vec<(u128, u32)> = self.leaves[home as usize].entries().collect();
        let in_order = |one: &(u128, u32), other: &(u128, u32)| {
            one.0
                .cmp(&other.0)
                .then_with(|| seats.rest(one.1).cmp(&seats.rest(other.1)))
        };
        let to_left = least <= ROOMY && before <= after;
        let given = if least <= ROOMY { (LEAF - least) / 2 } else { LEAF / 2 };
        let cut = if to_left { given } else { LEAF - given };
        let (_, first, _) = all.select_nth_unstable_by(cut, in_order);
        let bound = (first.0, seats.rest(first.1));
        let (taker, own) = if to_left {
            (block.keys[at], block.rests[at]) = bound;
            (at - 1, cut..LEAF)
        } else if least <= ROOMY {
            (block.keys[at + 1], block.rests[at + 1]) = bound;
            (at + 1, 0..cut)
        } else {
            let fresh = Leaf {
                block: number,
                ..EMPTY_LEAF
            };
            let leaf = if let Some(spare) = self.spare_leaves.pop() {
                self.leaves[spare as usize] = fresh;
                spare
            } else {
                push(&mut self.leaves, fresh);
                small(self.leaves.len() - 1)
            };
            block.insert(at + 1, leaf, 0, bound);
            (at + 1, 0..cut)
        };
        let other = block.leaves[taker];
        self.leaves[home as usize] = Leaf {
            block: number,
            ..EMPTY_LEAF
        };
        for (n, (key, slot)) in all.into_iter().enumerate() {
            let goes = if own.contains(&n) { home } else { other };
            self.leaves[goes as usize].push(key, slot);
            if goes == other {
                seats.set_home(slot, other);
            }
        }
        let moved = u16::try_from(given).unwrap_or(0);
        block.counts[at] -= moved;
        block.counts[taker] += moved;
    }

    /// Joins a leaf with the next.
    fn join<S: Seats<Rest = R>>(&mut self, seats: &mut S, ordinal: usize, at: usize) {
        let block = self.block_mut(ordinal);
        let (one, other) = (block.leaves[at], block.leaves[at + 1]);
        block.counts[at] += block.counts[at + 1];
        let moved = self.leaves[other as usize];
        for (key, slot) in moved.entries() {
            self.leaves[one as usize].push(key, slot);
            seats.set_home(slot, one);
        }
        self.drop_leaf(ordinal, at + 1);
    }

    /// Takes out a leaf that is empty.
    fn drop_leaf(&mut self, ordinal: usize, at: usize) {
        let block = self.block_mut(ordinal);
        let leaf = block.leaves[at];
        block.remove(at);
        let len = block.len;
        let bound = (block.keys[0], block.rests[0]);
        self.spare_leaves.push(leaf);
        if len == 0 {
            self.unlink(ordinal);
            return;
        }
        (self.top.keys[ordinal], self.rests[ordinal]) = bound;
        if len <= BLOCK / 4 {
            let len_of = |n: usize| (n < self.top.blocks.len()).then(|| self.block(n).len);
            let fits = |other: Option<usize>| other.is_some_and(|other| other + len <= BLOCK * 3 / 4);
            if fits(len_of(ordinal + 1)) {
                self.join_blocks(ordinal);
            } else if ordinal > 0 && fits(len_of(ordinal - 1)) {
                self.join_blocks(ordinal - 1);
            }
        }
    }

    fn split_block(&mut self, ordinal: usize) {
        let block = self.block_mut(ordinal);
        let mut second = Block::with(block.rests[0]);
        second.append(block, BLOCK / 2..BLOCK);
        block.len = BLOCK / 2;
        block.leaves[BLOCK / 2..].fill(NOTHING);
        self.top.counts[ordinal] = block.sum(block.len);
        let number = if let Some(spare) = self.spare_blocks.pop() {
            self.blocks[spare as usize] = second;
            spare
        } else {
            push(&mut self.blocks, second);
            self.ordinals.push(0);
            small(self.blocks.len() - 1)
        };
        for leaf in &second.leaves[..second.len] {
            self.leaves[*leaf as usize].block = number;
        }
        self.link(ordinal + 1, number);
        self.count_again();
    }

    /// Takes the leaves of the next block into this one.
    fn join_blocks(&mut self, ordinal: usize) {
        let number = self.top.blocks[ordinal];
        let second = *self.block(ordinal + 1);
        for leaf in &second.leaves[..second.len] {
            self.leaves[*leaf as usize].block = number;
        }
        let block = &mut self.blocks[number as usize];
        block.append(&second, 0..second.len);
        self.top.counts[ordinal] = block.sum(block.len);
        self.unlink(ordinal + 1);
    }

    fn link(&mut self, ordinal: usize, number: u32) {
        let block = &self.blocks[number as usize];
        self.top.blocks.insert(ordinal, number);
        self.top.keys.insert(ordinal, block.keys[0]);
        self.top.counts.insert(ordinal, block.sum(block.len));
        self.rests.insert(ordinal, block.rests[0]);
    }

    fn unlink(&mut self, ordinal: usize) {
        self.spare_blocks.push(self.top.blocks.remove(ordinal));
        self.top.keys.remove(ordinal);
        self.top.counts.remove(ordinal);
        self.rests.remove(ordinal);
        self.count_again();
    }

    fn count_again(&mut self) {
        for (ordinal, number) in (0..).zip(&self.top.blocks) {
            self.ordinals[*number as usize] = ordinal;
        }
        self.top.sum_up();
    }

    /// The entries from a position on.
    pub(super) fn from<'a, S: Seats<Rest = R>>(&'a self, seats: &'a S, position: u32) -> Entries<'a, S> {
        let (ordinal, mut left) = self.top.find(position);
        let mut at = 0;
        if ordinal < self.top.blocks.len() {
            let block = self.block(ordinal);
            while left >= u32::from(block.counts[at]) {
                left -= u32::from(block.counts[at]);
                at += 1;
            }
        }
        let mut entries = Entries {
            order: self,
            seats,
            next: (ordinal, at),
            sorted: Vec::new(),
        };
        entries.turn();
        entries
            .sorted
            .truncate(entries.sorted.len().saturating_sub(left as usize));
        entries
    }
}

fn entry_of(leaf: &Leaf, slot: u32) -> usize {
    index_of(&leaf.slots, slot)
}

/// Where the one place is that has this value. Looks at all of them, since a branch would wait for memory.
fn index_of<const N: usize>(all: &[u32; N], value: u32) -> usize {
    let found = (0..)
        .zip(all)
        .map(|(n, other): (u32, _)| if *other == value { n } else { 0 });
    let found = found.sum::<u32>() as usize;
    debug_assert_eq!(all[found], value);
    found
}

/// Entries in order.
#[derive(Debug, Clone)]
pub(super) struct Entries<'a, S: Seats> {
    order: &'a Order<S::Rest>,
    seats: &'a S,
    /// The leaf after the one that is read.
    next: Spot,
    /// What is left of the leaf that is read, from its end.
    sorted: Vec<(u128, u32)>,
}

impl<S: Seats> Entries<'_, S> {
    /// Turns to the next leaf, if there is one.
    fn turn(&mut self) {
        let (ordinal, at) = self.next;
        if ordinal == self.order.top.blocks.len() {
            return;
        }
        let block = self.order.block(ordinal);
        self.next = if at + 1 < block.len {
            (ordinal, at + 1)
        } else {
            (ordinal + 1, 0)
        };
        self.sorted.extend(self.order.leaf(block.leaves[at]).entries());
        let seats = self.seats;
        self.sorted.sort_unstable_by(|one, other| {
            let rest = |slot: u32| seats.rest(slot);
            other.0.cmp(&one.0).then_with(|| rest(other.1).cmp(&rest(one.1)))
        });
    }
}

impl<S: Seats> Iterator for Entries<'_, S> {
    type Item = (u128, u32);

    fn next(&mut self) -> Option<(u128, u32)> {
        if self.sorted.is_empty() {
            self.turn();
        }
        self.sorted.pop()
    }
}

#[cfg(test)]
impl<R: Copy + Ord + std::fmt::Debug> Order<R> {
    /// Panics unless every invariant of the module holds.
    pub(super) fn check<S: Seats<Rest = R>>(&self, seats: &S) {
        let mut last: Option<(u128, R)> = None;
        let (mut leaves, mut sum) = (0, 0);
        for (ordinal, number) in self.top.blocks.iter().enumerate() {
            let block = self.block(ordinal);
            assert!(block.len > 0);
            assert_eq!(self.ordinals[*number as usize] as usize, ordinal);
            assert_eq!(self.top.counts[ordinal], block.sum(block.len));
            assert_eq!(self.top.before(ordinal), sum);
            assert_eq!(
                (self.top.keys[ordinal], self.rests[ordinal]),
                (block.keys[0], block.rests[0])
            );
            for at in 0..block.len {
                let leaf = self.leaf(block.leaves[at]);
                assert!(leaf.len > 0);
                assert_eq!(leaf.block, *number);
                assert_eq!(u32::from(block.counts[at]), leaf.len);
                let bound = (block.keys[at], block.rests[at]);
                assert!(last.is_none_or(|last| last < bound || leaves == 0));
                let mut entries: Vec<_> = leaf
                    .entries()
                    .map(|(key, slot)| ((key, seats.rest(slot)), slot))
                    .collect();
                entries.sort_unstable();
                assert!(leaves == 0 || bound <= entries[0].0);
                for (entry, slot) in entries {
                    assert_eq!(seats.home(slot), block.leaves[at]);
                    assert_eq!(self.position(seats, slot), sum);
                    assert!(last.is_none_or(|last| last < entry));
                    last = Some(entry);
                    sum += 1;
                }
                leaves += 1;
            }
        }
        assert_eq!(leaves + self.spare_leaves.len(), self.leaves.len());
        assert_eq!(self.top.blocks.len() + self.spare_blocks.len(), self.blocks.len());
    }

    /// Entries that fit into the leaves in use.
    pub(super) fn room(&self) -> usize {
        (self.leaves.len() - self.spare_leaves.len()) * LEAF
    }
}
