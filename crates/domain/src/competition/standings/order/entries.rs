//! Reading the list.

use super::{Order, Seats, Spot};

impl<R: Copy + Ord> Order<R> {
    /// The entries from a position on.
    pub(in crate::competition::standings) fn from<'a, S: Seats<Rest = R>>(
        &'a self,
        seats: &'a S,
        position: u32,
    ) -> Entries<'a, S> {
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

/// Entries in order.
#[derive(Debug, Clone)]
pub(in crate::competition::standings) struct Entries<'a, S: Seats> {
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
