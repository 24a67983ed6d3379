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

#[cfg(test)]
mod check;
mod entries;
mod node;
mod top;

use std::hint::black_box;

pub(in crate::competition::standings) use entries::Entries;
use node::{BLOCK, Block, EMPTY_LEAF, LEAF, Leaf, NOTHING, entry_of, index_of};
use top::{Top, last_below, search};

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
        let ordinal = last_below(&self.top.keys, key);
        let block = self.block(ordinal);
        let at = last_below(&block.keys[..block.len], key);
        let leaf = self.leaf(block.leaves[at]);
        // the count is near already, the length of the leaf is not
        let end = usize::from(block.counts[at]).min(LEAF - 1);
        black_box((leaf.len, leaf.slots[end], leaf.keys[end]));
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
}
