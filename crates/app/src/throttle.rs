//! How often somebody may try: slows down whoever guesses passwords, probes for accounts or asks for letters.
//!
//! Kept in memory, in this process alone: a restart forgets, and two processes behind one address each count for
//! themselves. That is enough to make guessing hopeless, and costs no write an attempt. Invariant: no more than
//! [`SLOTS_MAX`] keys are held, whatever is asked.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::{Refused, fingerprint};

/// The window in which attempts count, in microseconds.
const WINDOW_US: i64 = 15 * 60 * 1_000_000;
/// Keys held at once; some 100 bytes each.
const SLOTS_MAX: usize = 200_000;

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Attempt<'a> {
    /// A wrong password for an account.
    Password(&'a str),
    /// A wrong password, an account that was taken or a link that was none, from a client address.
    Wrong(IpAddr),
    /// Somebody joined from a client address; a whole campus may share one.
    Join(IpAddr),
    /// A letter was asked for from a client address.
    Letter(IpAddr),
    /// A letter was asked for to an account.
    LetterTo(&'a str),
}

impl Attempt<'_> {
    /// The most in a window.
    const fn most(self) -> usize {
        match self {
            Attempt::Password(_) => 5,
            Attempt::Wrong(_) | Attempt::Letter(_) => 50,
            Attempt::Join(_) => 300,
            Attempt::LetterTo(_) => 3,
        }
    }

    fn key(self) -> i64 {
        let (kind, what) = match self {
            Attempt::Password(account) => ("password", account.to_owned()),
            Attempt::Wrong(address) => ("wrong", network(address)),
            Attempt::Join(address) => ("join", network(address)),
            Attempt::Letter(address) => ("letter", network(address)),
            Attempt::LetterTo(account) => ("letter to", account.to_owned()),
        };
        fingerprint(&[b"attempt", kind.as_bytes(), what.as_bytes()])
    }
}

/// The client as networks hand addresses out: one of IPv4, a /64 of IPv6.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

/// The attempts of the last minutes.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<HashMap<i64, VecDeque<i64>>>);

impl Throttle {
    /// Refuses if there were too many already.
    pub(crate) fn check(&self, attempt: Attempt<'_>, now_us: i64) -> Result<(), Refused> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(times) = slots.get_mut(&attempt.key()) else {
            return Ok(());
        };
        forget(times, now_us);
        if times.len() < attempt.most() {
            return Ok(());
        }
        let oldest = times.front().copied().unwrap_or(now_us);
        Err(Refused::TooMany {
            seconds: (oldest + WINDOW_US - now_us).div_euclid(1_000_000) + 1,
        })
    }

    /// Counts one.
    pub(crate) fn count(&self, attempt: Attempt<'_>, now_us: i64) {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= SLOTS_MAX {
            slots.retain(|_, times| {
                forget(times, now_us);
                !times.is_empty()
            });
            if slots.len() >= SLOTS_MAX {
                // a flood of keys: better to count afresh than to grow or to lock everybody out
                slots.clear();
            }
        }
        let times = slots.entry(attempt.key()).or_default();
        forget(times, now_us);
        times.push_back(now_us);
        while times.len() > attempt.most() {
            times.pop_front();
        }
    }

    /// Forgets what was counted: it was the right one after all.
    pub(crate) fn clear(&self, attempt: Attempt<'_>) {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.remove(&attempt.key());
    }
}

fn forget(times: &mut VecDeque<i64>, now_us: i64) {
    while times.front().is_some_and(|at| at + WINDOW_US <= now_us) {
        times.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_attempt_waits_until_the_first_is_a_quarter_of_an_hour_old() {
        let throttle = Throttle::default();
        let who = Attempt::Password("xiaoman@demo.example");
        for second in 0..5 {
            assert_eq!(throttle.check(who, second * 1_000_000), Ok(()));
            throttle.count(who, second * 1_000_000);
        }
        let later = Err(Refused::TooMany { seconds: 891 });
        assert_eq!(throttle.check(who, 10_000_000), later);
        assert_eq!(throttle.check(Attempt::Password("other"), 10_000_000), Ok(()));
        assert!(throttle.check(who, WINDOW_US - 1).is_err());
        assert_eq!(throttle.check(who, WINDOW_US), Ok(()));
        throttle.clear(who);
        assert_eq!(throttle.check(who, 10_000_000), Ok(()));
    }

    #[test]
    fn a_flood_of_accounts_takes_no_more_memory() {
        let throttle = Throttle::default();
        for i in 0..=SLOTS_MAX {
            throttle.count(Attempt::Password(&i.to_string()), 0);
        }
        assert!(throttle.0.lock().unwrap().len() <= SLOTS_MAX);
    }

    #[test]
    fn neighbours_in_a_network_of_ipv6_are_one_client() {
        let key = |text: &str| Attempt::Wrong(text.parse().unwrap()).key();
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
