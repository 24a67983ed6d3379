//! The clock: the only place that reads the time of day.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where `now` comes from. Clones of a fixed clock show the same time.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The operating system's clock.
    System,
    /// A clock that moves only when told to: tests, demonstrations, replays. Microseconds as in
    /// [`Clock::now_us`].
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `us` microseconds since 1970-01-01T00:00:00Z.
    pub fn fixed(us: i64) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(us)))
    }

    /// Microseconds since 1970-01-01T00:00:00Z; negative before. Two calls may go backwards when the
    /// operating system corrects its clock.
    pub fn now_us(&self) -> i64 {
        match self {
            Self::System => system_us(),
            Self::Fixed(us) => us.load(Ordering::SeqCst),
        }
    }

    /// Puts a fixed clock, and all its clones, to `us`. Nobody sets the system's clock from here:
    /// there it does nothing.
    pub fn set(&self, us: i64) {
        if let Self::Fixed(now) = self {
            now.store(us, Ordering::SeqCst);
        }
    }

    /// Moves a fixed clock by `us` microseconds, back if negative; wraps at the ends of `i64`. Does
    /// nothing on the system's clock.
    pub fn advance(&self, us: i64) {
        if let Self::Fixed(now) = self {
            now.fetch_add(us, Ordering::SeqCst);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the time of day"
)]
fn system_us() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |us| -us),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_fixed_clock_move_together() {
        let clock = Clock::fixed(1_000);
        let other = clock.clone();
        clock.advance(500);
        assert_eq!(other.now_us(), 1_500);
        other.set(-7);
        assert_eq!(clock.now_us(), -7);
    }

    #[test]
    fn the_system_clock_is_past_2025_and_cannot_be_set() {
        let clock = Clock::System;
        clock.set(0);
        clock.advance(-1);
        assert!(clock.now_us() > 1_735_689_600_000_000);
    }
}
