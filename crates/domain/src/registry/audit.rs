//! The holdings looked at from outside: every unit that was issued is in exactly one account and state.

use serde::{Deserialize, Serialize};

use super::holdings::{Holdings, Ranges, State};
use super::serial::SerialRange;
use crate::measure::Id;

/// Where the units are, in tonnes, over all accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Census {
    /// Ever issued; the sum of the others.
    pub issued: u64,
    /// At their holders' disposal.
    pub held: u64,
    /// Bound by orders.
    pub frozen: u64,
    /// Used up.
    pub retired: u64,
    /// Withheld.
    pub buffer: u64,
    /// Cancelled.
    pub cancelled: u64,
}

/// What an audit found wrong with the holdings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Units are in two places.
    #[error("{range} is in account {} ({}) and in account {} ({})", .one.0, .one.1.name(), .other.0, .other.1.name())]
    Twice {
        /// The units.
        range: SerialRange,
        /// One place.
        one: (Id, State),
        /// The other.
        other: (Id, State),
    },
    /// Units were issued and are nowhere.
    #[error("{0} was issued and is in no account")]
    Lost(SerialRange),
    /// Units are held that nobody issued.
    #[error("{range} in account {account} was never issued")]
    Invented {
        /// The units.
        range: SerialRange,
        /// Who holds them.
        account: Id,
    },
    /// The list of what was issued names units twice.
    #[error("{0} was issued twice")]
    IssuedTwice(SerialRange),
}

/// Checks that every issued unit is in exactly one account and state and that there is no other, and counts them.
/// `issued` are the ranges of all issues, in any order. Takes time in proportion to the number of ranges, sorted.
pub fn audit<'a>(
    issued: impl IntoIterator<Item = &'a SerialRange>,
    all: impl IntoIterator<Item = &'a Holdings>,
) -> Result<Census, Fault> {
    let mut out = Ranges::default();
    for range in issued {
        out.insert(range).map_err(|_| Fault::IssuedTwice(range.clone()))?;
    }
    let mut census = Census {
        issued: out.tonnes(),
        ..Census::default()
    };
    let mut places: Vec<(SerialRange, Id, State)> = Vec::new();
    for holdings in all {
        for (state, range) in holdings.rows() {
            let sum = match state {
                State::Held => &mut census.held,
                State::Frozen => &mut census.frozen,
                State::Retired => &mut census.retired,
                State::Buffer => &mut census.buffer,
                State::Cancelled => &mut census.cancelled,
            };
            *sum += range.tonnes();
            places.push((range, holdings.account(), state));
        }
    }
    places.sort();
    for pair in places.windows(2) {
        if let [(one, account, state), (other, next_account, next_state)] = pair
            && let Some(range) = one.common(other)
        {
            return Err(Fault::Twice {
                range,
                one: (*account, *state),
                other: (*next_account, *next_state),
            });
        }
    }
    for (range, account, _) in places {
        if out.remove(&range).is_err() {
            return Err(Fault::Invented { range, account });
        }
    }
    out.iter().next().map_or(Ok(census), |lost| Err(Fault::Lost(lost)))
}

#[cfg(test)]
mod tests {
    use super::super::holdings::{Pick, Refused, tests::seller, transfer};
    use super::super::serial::Prefix;
    use super::*;
    use proptest::prelude::*;

    fn range(text: &str) -> SerialRange {
        text.parse().unwrap()
    }

    #[test]
    fn an_audit_finds_what_is_wrong() {
        let issued = [range("CN-BJ-walk-2026-1-1-100"), range("CN-BJ-walk-2025-9-1-10")];
        let (whole, mut other) = (seller(), Holdings::new(Id::new(2)));
        let census = Census {
            issued: 110,
            held: 105,
            buffer: 5,
            ..Census::default()
        };
        assert_eq!(audit(&issued, [&whole, &other]), Ok(census));
        assert_eq!(audit(&issued, [&other]), Err(Fault::Lost(issued[1].clone())));
        assert_eq!(
            audit(&issued[..1], [&whole]),
            Err(Fault::Invented {
                range: issued[1].clone(),
                account: Id::new(1)
            })
        );
        assert!(matches!(
            audit([&issued[0], &issued[0]], [&whole]),
            Err(Fault::IssuedTwice(_))
        ));
        other
            .deposit(State::Retired, &range("CN-BJ-walk-2026-1-95-96"))
            .unwrap();
        assert_eq!(
            audit(&issued, [&whole, &other]),
            Err(Fault::Twice {
                range: range("CN-BJ-walk-2026-1-95-95"),
                one: (Id::new(1), State::Held),
                other: (Id::new(2), State::Retired),
            })
        );
        assert_eq!(
            other.deposit(State::Held, &range("CN-BJ-walk-2026-1-96-97")),
            Err(Refused::Doubled(range("CN-BJ-walk-2026-1-96-97")))
        );
    }

    proptest! {
        #[test]
        fn no_order_of_moves_doubles_or_loses_a_unit(
            sizes in prop::collection::vec(1u64..60, 1..4),
            steps in prop::collection::vec((0u8..7, 0usize..3, 0usize..3, 1u64..40, 0usize..8), 0..60),
        ) {
            let mut accounts = [1, 2, 3].map(|id| Holdings::new(Id::new(id)));
            let mut issued = Vec::new();
            for (batch, size) in (1u32..).zip(sizes) {
                let prefix = Prefix::new("BJ", "walk", 2026, batch).unwrap();
                let range = SerialRange::new(prefix, 1, size).unwrap();
                let (sale, buffer) = range.clone().take(size - size / 10).unwrap();
                accounts[0].deposit(State::Held, &sale).unwrap();
                if let Some(buffer) = buffer {
                    accounts[0].deposit(State::Buffer, &buffer).unwrap();
                }
                issued.push(range);
            }
            for (step, a, b, n, which) in steps {
                let before = accounts.clone();
                let rows: Vec<_> = accounts[a].rows().map(|(_, range)| range).collect();
                let one = rows.get(which % rows.len().max(1)).cloned().into_iter().collect::<Vec<_>>();
                let part: Vec<_> = one.iter().map(|range| range.clone().take(n).map_or(range.clone(), |p| p.0)).collect();
                let pick = if n % 3 == 0 { Pick::These(&part) } else { Pick::Lowest(n) };
                let done = match step {
                    0 => accounts[a].freeze(pick),
                    1 => accounts[a].release(pick),
                    2 => accounts[a].use_up(pick),
                    3 => accounts[a].cancel_buffer(pick),
                    4 => accounts[a].cancel(pick),
                    _ if a == b => continue,
                    _ => {
                        let [from, to] = accounts.get_disjoint_mut([a, b]).unwrap();
                        transfer(from, if step == 5 { State::Held } else { State::Frozen }, to, pick)
                    }
                };
                match done {
                    Err(_) => prop_assert_eq!(&before, &accounts),
                    Ok(moved) => if let Pick::Lowest(n) = pick {
                        prop_assert_eq!(moved.iter().map(SerialRange::tonnes).sum::<u64>(), n);
                    },
                }
                let census = audit(&issued, &accounts).unwrap();
                let parts = census.held + census.frozen + census.retired + census.buffer + census.cancelled;
                prop_assert_eq!(census.issued, parts);
                // what is gone for good stays gone
                for (old, new) in before.iter().zip(&accounts) {
                    for state in [State::Retired, State::Cancelled] {
                        prop_assert!(old.of(state).iter().all(|range| new.of(state).contains(&range)));
                    }
                }
            }
            for account in &accounts {
                let again = Holdings::load(account.account(), account.rows()).unwrap();
                prop_assert_eq!(&again, account);
            }
        }
    }
}
