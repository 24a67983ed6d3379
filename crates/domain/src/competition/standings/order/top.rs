//! The blocks in order: bounds to search by, and sums to count by.

use std::hint::select_unpredictable;

/// The blocks in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Top {
    pub(super) blocks: Vec<u32>,
    /// The bound of each.
    pub(super) keys: Vec<u128>,
    pub(super) counts: Vec<u32>,
    /// A Fenwick tree over `counts`: entry n sums the last 2^k of them up to n, where 2^k is the lowest bit of n + 1.
    pub(super) sums: Vec<u32>,
}

impl Top {
    pub(super) fn add(&mut self, ordinal: usize, more: bool) {
        let one = if more { 1 } else { u32::MAX };
        self.counts[ordinal] = self.counts[ordinal].wrapping_add(one);
        let mut n = ordinal;
        while let Some(sum) = self.sums.get_mut(n) {
            *sum = sum.wrapping_add(one);
            n |= n + 1;
        }
    }

    /// Entries of the blocks before this one.
    pub(super) fn before(&self, ordinal: usize) -> u32 {
        let (mut n, mut sum) = (ordinal, 0);
        while n > 0 {
            sum += self.sums[n - 1];
            n &= n - 1;
        }
        sum
    }

    /// The block in which the entry at this position is, and its position in there.
    pub(super) fn find(&self, position: u32) -> (usize, u32) {
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

    pub(super) fn sum_up(&mut self) {
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

/// The last of these bounds that is not above a key, or the first. Never branches on a bound: a wrong guess would have
/// to wait for the bound, and with it all that comes after.
pub(super) fn last_below(bounds: &[u128], key: u128) -> usize {
    let (mut found, mut left) = (0, bounds.len());
    while left > 1 {
        let half = left / 2;
        found = select_unpredictable(bounds[found + half] <= key, found + half, found);
        left -= half;
    }
    found
}

/// As [`last_below`], where more than the key decides.
pub(super) fn search<R: Ord>(keys: &[u128], rests: &[R], key: u128, rest: &R) -> usize {
    let found = last_below(keys, key);
    if keys[found] != key {
        return found;
    }
    let equal = keys[..found].partition_point(|bound| *bound < key);
    let found = equal + rests[equal..=found].partition_point(|bound| bound <= rest);
    found.saturating_sub(1)
}
