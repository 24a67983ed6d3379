//! Competitions: windows of civil days, scores, standings, days that become final, and prizes.
//!
//! Everything here is a function of totals, so that a close can be replayed to the same podium.

pub mod standings;
