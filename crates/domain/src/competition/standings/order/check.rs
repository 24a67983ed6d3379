//! The invariants, for tests.

use super::node::LEAF;
use super::{Order, Seats};

impl<R: Copy + Ord + std::fmt::Debug> Order<R> {
    /// Panics unless every invariant of the module holds.
    pub(in crate::competition::standings) fn check<S: Seats<Rest = R>>(&self, seats: &S) {
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
    pub(in crate::competition::standings) fn room(&self) -> usize {
        (self.leaves.len() - self.spare_leaves.len()) * LEAF
    }
}
