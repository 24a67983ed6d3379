//! Proceeds: the money of a sale goes back to those whose grams were sold, to the last minor unit.
//!
//! ```text
//! trades of one batch ─> sale ─ less fees ─> net ─ plan ─> fee, gifts, welfare, participants
//!                                              participants ─ pro rata to credited mg ─> lines ─ choice ─> paid, kept
//! ```
//!
//! Invariant: nothing is made or lost. The pots sum to the net, the lines to the participants' pot, and what is paid and
//! kept to what was allocated and brought along.

pub mod allocate;
pub mod payout;
pub mod plan;
pub mod sale;

#[cfg(test)]
mod tests;
