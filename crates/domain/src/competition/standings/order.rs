//! An ordered list that knows positions: a counted tree of fixed height with fat leaves.
//!
//! Shape: entries `(key, slot)` lie sorted in leaves of at most [`LEAF`], leaves in blocks of at most [`BLOCK`], blocks in
//! one flat list with a Fenwick tree of their sizes. A slot is the caller's small number of a thing; `homes` tells its leaf,
//! so that whoever has a slot reaches its entry without a search. Keys ascend. Entries of one key are told apart by
//! what the caller keeps beside the slot: searches take `earlier`, which says whether a slot with the very key that is
//! sought stands before it.
//!
//! Invariants: no leaf and no block is empty; the first entry of every leaf is repeated in its block, and that of every
//! block in the list; `homes` and `Leaf::block` point back.

/// Entries of a leaf. 24 to 64 measured about the same; more cost copying, fewer cost memory.
const LEAF: usize = 48;

/// Leaves of a block.
const BLOCK: usize = 128;

/// A full leaf gives entries to a neighbour that has at most this many, and is split if there is none.
const ROOMY: usize = LEAF * 7 / 8;

/// Neighbours that fit into one leaf of this many are joined.
const JOINED: usize = LEAF * 7 / 8;

/// Entries of a leaf, and leaves of a block, when many are laid down at once.
const LAID: (usize, usize) = (LEAF * 5 / 6, BLOCK * 3 / 4);

#[derive(Debug, Clone, Copy)]
struct Leaf {
    keys: [u128; LEAF],
    slots: [u32; LEAF],
    len: u32,
    block: u32,
}

const EMPTY_LEAF: Leaf = Leaf {
    keys: [0; LEAF],
    slots: [0; LEAF],
    len: 0,
    block: 0,
};

#[derive(Debug, Clone, Copy)]
struct Block {
    /// The first entry of each leaf.
    keys: [u128; BLOCK],
    slots: [u32; BLOCK],
    leaves: [u32; BLOCK],
    counts: [u16; BLOCK],
    len: usize,
}

const EMPTY_BLOCK: Block = Block {
    keys: [0; BLOCK],
    slots: [0; BLOCK],
    leaves: [0; BLOCK],
    counts: [0; BLOCK],
    len: 0,
};

/// The list.
#[derive(Debug, Clone, Default)]
pub(super) struct Order {
    leaves: Vec<Leaf>,
    spare_leaves: Vec<u32>,
    blocks: Vec<Block>,
    spare_blocks: Vec<u32>,
    /// Where each block stands in `top`.
    ordinals: Vec<u32>,
    top: Top,
    /// The leaf of each slot.
    homes: Vec<u32>,
}

/// The blocks in order.
#[derive(Debug, Clone, Default)]
struct Top {
    blocks: Vec<u32>,
    /// The first entry of each.
    keys: Vec<u128>,
    slots: Vec<u32>,
    counts: Vec<u32>,
    /// A Fenwick tree over `counts`: entry n sums the last 2^k of them up to n, where 2^k is the lowest bit of n + 1.
    sums: Vec<u32>,
}

/// Where an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spot {
    /// Of the block in the list.
    ordinal: usize,
    /// Of the leaf in the block.
    at: usize,
    /// Of the entry in the leaf.
    entry: usize,
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

/// How many entries stand before the one sought.
fn search(keys: &[u128], slots: &[u32], key: u128, earlier: &impl Fn(u32) -> bool) -> usize {
    let from = keys.partition_point(|other| *other < key);
    if keys.get(from) != Some(&key) {
        return from;
    }
    let to = from + keys[from..].partition_point(|other| *other == key);
    from + slots[from..to].partition_point(|slot| earlier(*slot))
}

impl Leaf {
    fn keys(&self) -> &[u128] {
        &self.keys[..self.len as usize]
    }

    fn slots(&self) -> &[u32] {
        &self.slots[..self.len as usize]
    }

    fn insert(&mut self, at: usize, key: u128, slot: u32) {
        let len = self.len as usize;
        self.keys.copy_within(at..len, at + 1);
        self.slots.copy_within(at..len, at + 1);
        (self.keys[at], self.slots[at]) = (key, slot);
        self.len += 1;
    }

    fn remove(&mut self, at: usize) {
        let len = self.len as usize;
        self.keys.copy_within(at + 1..len, at);
        self.slots.copy_within(at + 1..len, at);
        self.len -= 1;
    }

    /// Takes the entries of `from` in a range, behind its own.
    fn append(&mut self, from: &Leaf, range: std::ops::Range<usize>) {
        let (at, more) = (self.len as usize, range.len());
        self.keys[at..at + more].copy_from_slice(&from.keys[range.clone()]);
        self.slots[at..at + more].copy_from_slice(&from.slots[range]);
        self.len += small(more);
    }
}

impl Block {
    fn insert(&mut self, at: usize, leaf: u32, of: &Leaf) {
        let len = self.len;
        self.keys.copy_within(at..len, at + 1);
        self.slots.copy_within(at..len, at + 1);
        self.leaves.copy_within(at..len, at + 1);
        self.counts.copy_within(at..len, at + 1);
        self.leaves[at] = leaf;
        self.len += 1;
        self.note(at, of);
    }

    fn remove(&mut self, at: usize) {
        let len = self.len;
        self.keys.copy_within(at + 1..len, at);
        self.slots.copy_within(at + 1..len, at);
        self.leaves.copy_within(at + 1..len, at);
        self.counts.copy_within(at + 1..len, at);
        self.len -= 1;
    }

    /// Repeats what a leaf says of itself.
    fn note(&mut self, at: usize, of: &Leaf) {
        (self.keys[at], self.slots[at]) = (of.keys[0], of.slots[0]);
        self.counts[at] = u16::try_from(of.len).unwrap_or(u16::MAX);
    }

    fn append(&mut self, from: &Block, range: std::ops::Range<usize>) {
        let (at, more) = (self.len, range.len());
        self.keys[at..at + more].copy_from_slice(&from.keys[range.clone()]);
        self.slots[at..at + more].copy_from_slice(&from.slots[range.clone()]);
        self.leaves[at..at + more].copy_from_slice(&from.leaves[range.clone()]);
        self.counts[at..at + more].copy_from_slice(&from.counts[range]);
        self.len += more;
    }

    fn sum(&self, to: usize) -> u32 {
        self.counts[..to].iter().map(|count| u32::from(*count)).sum()
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

impl Order {
    /// Lays down entries that come in order. Slots are below `slots`.
    pub(super) fn laid(entries: &[(u128, u32)], slots: usize) -> Order {
        let mut order = Order {
            homes: vec![0; slots],
            ..Order::default()
        };
        let leaves = entries.len().div_ceil(LAID.0);
        order.leaves.reserve_exact(leaves);
        order.blocks.reserve_exact(leaves.div_ceil(LAID.1));
        for some in entries.chunks(LAID.0 * LAID.1) {
            let mut block = EMPTY_BLOCK;
            let number = small(order.blocks.len());
            for few in some.chunks(LAID.0) {
                let mut leaf = EMPTY_LEAF;
                for (key, slot) in few {
                    leaf.insert(leaf.len as usize, *key, *slot);
                    order.homes[*slot as usize] = small(order.leaves.len());
                }
                leaf.block = number;
                block.insert(block.len, small(order.leaves.len()), &leaf);
                order.leaves.push(leaf);
            }
            order.blocks.push(block);
            order.ordinals.push(number);
            order.link(order.top.blocks.len(), number);
        }
        order.top.sum_up();
        order
    }

    /// The key of a slot that is in the list.
    pub(super) fn key(&self, slot: u32) -> u128 {
        let leaf = &self.leaves[self.homes[slot as usize] as usize];
        leaf.keys[entry_of(leaf, slot)]
    }

    /// How many entries stand before this slot, among equals too.
    pub(super) fn position(&self, slot: u32) -> u32 {
        let leaf = &self.leaves[self.homes[slot as usize] as usize];
        self.count_before(leaf.block, self.homes[slot as usize], entry_of(leaf, slot))
    }

    /// How many entries stand before the one sought: for a slot with others of its key, by `earlier`.
    pub(super) fn ahead(&self, slot: u32, earlier: &impl Fn(u32) -> bool) -> u32 {
        let home = self.homes[slot as usize];
        let leaf = &self.leaves[home as usize];
        let entry = entry_of(leaf, slot);
        let key = leaf.keys[entry];
        if entry > 0 && leaf.keys[entry - 1] != key {
            return self.count_before(leaf.block, home, entry);
        }
        let spot = self.find(key, earlier);
        let block = &self.blocks[self.top.blocks[spot.ordinal] as usize];
        self.top.before(spot.ordinal) + block.sum(spot.at) + small(spot.entry)
    }

    fn count_before(&self, block: u32, leaf: u32, entry: usize) -> u32 {
        let (number, block) = (block as usize, &self.blocks[block as usize]);
        self.top.before(self.ordinals[number] as usize) + block.sum(leaf_in(block, leaf)) + small(entry)
    }

    fn find(&self, key: u128, earlier: &impl Fn(u32) -> bool) -> Spot {
        let ordinal = search(&self.top.keys, &self.top.slots, key, earlier).saturating_sub(1);
        let block = &self.blocks[self.top.blocks[ordinal] as usize];
        let at = search(&block.keys[..block.len], &block.slots[..block.len], key, earlier).saturating_sub(1);
        let leaf = &self.leaves[block.leaves[at] as usize];
        let entry = search(leaf.keys(), leaf.slots(), key, earlier);
        Spot { ordinal, at, entry }
    }

    /// The leaf into which a key would go.
    pub(super) fn leaf_for(&self, key: u128) -> u32 {
        let ordinal = self.top.keys.partition_point(|other| *other < key).saturating_sub(1);
        let Some(block) = self.top.blocks.get(ordinal) else {
            return 0;
        };
        let block = &self.blocks[*block as usize];
        let at = block.keys[..block.len].partition_point(|other| *other < key);
        block.leaves[at.saturating_sub(1)]
    }

    /// The leaf of a slot.
    pub(super) fn home(&self, slot: u32) -> u32 {
        self.homes[slot as usize]
    }

    /// Reads some of a leaf, so that it is near when its turn comes.
    pub(super) fn glance(&self, leaf: u32) -> u64 {
        let Some(leaf) = self.leaves.get(leaf as usize) else {
            return 0;
        };
        let keys = leaf.keys.iter().step_by(4).fold(0, |all, key| all ^ key);
        let slots = leaf.slots.iter().step_by(16).fold(leaf.block, |all, slot| all ^ slot);
        u64::try_from(keys & u128::from(u64::MAX)).unwrap_or(0) ^ u64::from(slots)
    }

    /// Takes in a slot that is not in the list.
    pub(super) fn insert(&mut self, slot: u32, key: u128, earlier: &impl Fn(u32) -> bool) {
        while self.homes.len() <= slot as usize {
            push(&mut self.homes, 0);
        }
        if self.top.blocks.is_empty() {
            *self = Order {
                homes: std::mem::take(&mut self.homes),
                ..Order::laid(&[(key, 0)], 1)
            };
            self.leaves[0].slots[0] = slot;
            self.homes[slot as usize] = 0;
            self.repeat_first(0, 0);
            return;
        }
        loop {
            let Spot { ordinal, at, entry } = self.find(key, earlier);
            let block = &mut self.blocks[self.top.blocks[ordinal] as usize];
            let home = block.leaves[at];
            let leaf = &mut self.leaves[home as usize];
            if leaf.len as usize == LEAF {
                self.relieve(ordinal, at);
                continue;
            }
            leaf.insert(entry, key, slot);
            block.counts[at] += 1;
            self.homes[slot as usize] = home;
            self.top.add(ordinal, true);
            if entry == 0 {
                self.repeat_first(ordinal, at);
            }
            return;
        }
    }

    /// Takes out a slot that is in the list.
    pub(super) fn remove(&mut self, slot: u32) {
        let home = self.homes[slot as usize];
        let leaf = &mut self.leaves[home as usize];
        let entry = entry_of(leaf, slot);
        leaf.remove(entry);
        let (len, number) = (leaf.len as usize, leaf.block as usize);
        let ordinal = self.ordinals[number] as usize;
        let block = &mut self.blocks[number];
        let at = leaf_in(block, home);
        block.counts[at] -= 1;
        self.top.add(ordinal, false);
        if len == 0 {
            self.drop_leaf(ordinal, at);
            return;
        }
        let fits = |other: Option<&u16>| other.is_some_and(|count| usize::from(*count) + len <= JOINED);
        let (after, before) = (
            fits(block.counts[..block.len].get(at + 1)),
            at > 0 && fits(block.counts.get(at - 1)),
        );
        if entry == 0 {
            self.repeat_first(ordinal, at);
        }
        if after {
            self.join(ordinal, at);
        } else if before {
            self.join(ordinal, at - 1);
        }
    }

    /// Gives a slot that is in the list another key. What `earlier` asks about it may have changed before.
    pub(super) fn shift(&mut self, slot: u32, key: u128, earlier: &impl Fn(u32) -> bool) {
        let home = self.homes[slot as usize];
        let leaf = &mut self.leaves[home as usize];
        let entry = entry_of(leaf, slot);
        let old = leaf.keys[entry];
        let after = key > old || entry > 0 && leaf.keys[entry - 1] < key;
        let before = key < old || leaf.keys().get(entry + 1).is_some_and(|next| key < *next);
        if after && before {
            leaf.keys[entry] = key;
            if entry == 0 {
                let number = leaf.block as usize;
                let at = leaf_in(&self.blocks[number], home);
                self.repeat_first(self.ordinals[number] as usize, at);
            }
            return;
        }
        self.remove(slot);
        self.insert(slot, key, earlier);
    }

    /// The first entry of a leaf changed.
    fn repeat_first(&mut self, ordinal: usize, at: usize) {
        let block = &mut self.blocks[self.top.blocks[ordinal] as usize];
        let leaf = &self.leaves[block.leaves[at] as usize];
        block.note(at, leaf);
        if at == 0 {
            (self.top.keys[ordinal], self.top.slots[ordinal]) = (block.keys[0], block.slots[0]);
        }
    }

    /// Makes room in a full leaf.
    fn relieve(&mut self, ordinal: usize, at: usize) {
        let number = self.top.blocks[ordinal];
        let block = &mut self.blocks[number as usize];
        let after = block.counts[..block.len].get(at + 1).copied().unwrap_or(u16::MAX);
        let before = if at > 0 { block.counts[at - 1] } else { u16::MAX };
        let least = usize::from(after.min(before));
        if least <= ROOMY {
            let left = if after < before { at } else { at - 1 };
            self.pour(ordinal, left, (LEAF + least) / 2);
        } else if block.len == BLOCK {
            self.split_block(ordinal);
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
            block.insert(at + 1, leaf, &fresh);
            self.pour(ordinal, at, LEAF / 2);
        }
    }

    /// Moves entries between a leaf and the next, until the first has so many.
    fn pour(&mut self, ordinal: usize, at: usize, left: usize) {
        let block = &mut self.blocks[self.top.blocks[ordinal] as usize];
        let (one, other) = (block.leaves[at], block.leaves[at + 1]);
        let (mut first, mut second) = (self.leaves[one as usize], self.leaves[other as usize]);
        let (len, next) = (first.len as usize, second.len as usize);
        if len > left {
            let mut moved = Leaf { len: 0, ..second };
            moved.append(&first, left..len);
            moved.slots().iter().for_each(|slot| self.homes[*slot as usize] = other);
            moved.append(&second, 0..next);
            second = moved;
            first.len = small(left);
        } else {
            let more = left - len;
            first.append(&second, 0..more);
            first.slots()[len..]
                .iter()
                .for_each(|slot| self.homes[*slot as usize] = one);
            second.keys.copy_within(more..next, 0);
            second.slots.copy_within(more..next, 0);
            second.len -= small(more);
        }
        block.note(at, &first);
        block.note(at + 1, &second);
        self.leaves[one as usize] = first;
        self.leaves[other as usize] = second;
    }

    /// Joins a leaf with the next.
    fn join(&mut self, ordinal: usize, at: usize) {
        let block = &self.blocks[self.top.blocks[ordinal] as usize];
        let all = usize::from(block.counts[at]) + usize::from(block.counts[at + 1]);
        self.pour(ordinal, at, all);
        self.drop_leaf(ordinal, at + 1);
    }

    /// Takes out a leaf that is empty.
    fn drop_leaf(&mut self, ordinal: usize, at: usize) {
        let number = self.top.blocks[ordinal];
        let block = &mut self.blocks[number as usize];
        self.spare_leaves.push(block.leaves[at]);
        block.remove(at);
        let len = block.len;
        if len == 0 {
            self.unlink(ordinal);
        } else {
            if at == 0 {
                self.repeat_first(ordinal, 0);
            }
            if len <= BLOCK / 4 {
                let len_of = |n: usize| self.top.blocks.get(n).map(|block| self.blocks[*block as usize].len);
                let fits = |other: Option<usize>| other.is_some_and(|other| other + len <= BLOCK * 3 / 4);
                if fits(len_of(ordinal + 1)) {
                    self.join_blocks(ordinal);
                } else if ordinal > 0 && fits(len_of(ordinal - 1)) {
                    self.join_blocks(ordinal - 1);
                }
            }
        }
    }

    fn split_block(&mut self, ordinal: usize) {
        let block = &mut self.blocks[self.top.blocks[ordinal] as usize];
        let mut second = EMPTY_BLOCK;
        second.append(block, BLOCK / 2..BLOCK);
        block.len = BLOCK / 2;
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
        let second = self.blocks[self.top.blocks[ordinal + 1] as usize];
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
        self.top.slots.insert(ordinal, block.slots[0]);
        self.top.counts.insert(ordinal, block.sum(block.len));
    }

    fn unlink(&mut self, ordinal: usize) {
        self.spare_blocks.push(self.top.blocks.remove(ordinal));
        self.top.keys.remove(ordinal);
        self.top.slots.remove(ordinal);
        self.top.counts.remove(ordinal);
        self.count_again();
    }

    fn count_again(&mut self) {
        for (ordinal, number) in (0..).zip(&self.top.blocks) {
            self.ordinals[*number as usize] = ordinal;
        }
        self.top.sum_up();
    }

    /// The entries from a position on.
    pub(super) fn from(&self, position: u32) -> Entries<'_> {
        let (ordinal, mut left) = self.top.find(position);
        let mut at = 0;
        if let Some(number) = self.top.blocks.get(ordinal) {
            let block = &self.blocks[*number as usize];
            while left >= u32::from(block.counts[at]) {
                left -= u32::from(block.counts[at]);
                at += 1;
            }
        }
        Entries {
            order: self,
            spot: Spot {
                ordinal,
                at,
                entry: left as usize,
            },
        }
    }
}

fn entry_of(leaf: &Leaf, slot: u32) -> usize {
    let found = leaf.slots().iter().position(|other| *other == slot);
    found.unwrap_or_else(|| unreachable!("a slot is in the leaf that is its home"))
}

fn leaf_in(block: &Block, leaf: u32) -> usize {
    let found = block.leaves[..block.len].iter().position(|other| *other == leaf);
    found.unwrap_or_else(|| unreachable!("a leaf is in the block that it names"))
}

/// Entries in order.
#[derive(Debug, Clone)]
pub(super) struct Entries<'a> {
    order: &'a Order,
    spot: Spot,
}

impl Iterator for Entries<'_> {
    type Item = (u128, u32);

    fn next(&mut self) -> Option<(u128, u32)> {
        let Order {
            top, blocks, leaves, ..
        } = self.order;
        let block = &blocks[*top.blocks.get(self.spot.ordinal)? as usize];
        let leaf = &leaves[block.leaves[self.spot.at] as usize];
        let found = (leaf.keys[self.spot.entry], leaf.slots[self.spot.entry]);
        self.spot.entry += 1;
        if self.spot.entry == leaf.len as usize {
            self.spot.entry = 0;
            self.spot.at += 1;
            if self.spot.at == block.len {
                self.spot.at = 0;
                self.spot.ordinal += 1;
            }
        }
        Some(found)
    }
}

#[cfg(test)]
impl Order {
    /// Panics unless every invariant of the module holds; `listed` is what decides between equal keys.
    pub(super) fn check<R: Ord>(&self, listed: impl Fn(u32) -> R) {
        let mut last: Option<(u128, R)> = None;
        let (mut leaves, mut sum) = (0, 0);
        for (ordinal, number) in self.top.blocks.iter().enumerate() {
            let block = &self.blocks[*number as usize];
            assert!(block.len > 0);
            assert_eq!(self.ordinals[*number as usize] as usize, ordinal);
            assert_eq!(self.top.counts[ordinal], block.sum(block.len));
            assert_eq!(self.top.before(ordinal), sum);
            assert_eq!(
                (self.top.keys[ordinal], self.top.slots[ordinal]),
                (block.keys[0], block.slots[0])
            );
            for at in 0..block.len {
                let leaf = &self.leaves[block.leaves[at] as usize];
                assert!(leaf.len > 0);
                assert_eq!(leaf.block, *number);
                assert_eq!(u32::from(block.counts[at]), leaf.len);
                assert_eq!((block.keys[at], block.slots[at]), (leaf.keys[0], leaf.slots[0]));
                for (key, slot) in leaf.keys().iter().zip(leaf.slots()) {
                    assert_eq!(self.homes[*slot as usize], block.leaves[at]);
                    assert_eq!(self.position(*slot), sum);
                    let this = (*key, listed(*slot));
                    assert!(last.is_none_or(|last| last < this));
                    last = Some(this);
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
