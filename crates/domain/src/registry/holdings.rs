//! Who holds which units, in which state: sets of serial ranges, and moves between them.
//!
//! Invariant: a move takes units out of one set and puts the same units into another, or changes nothing; so no order
//! of moves doubles or loses a unit. [`audit`](super::audit) checks it from outside, against what was issued.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::serial::{Prefix, SerialRange};
use crate::measure::Id;

/// What can be done with a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// At its holder's disposal.
    Held,
    /// Bound by an order or by a rule; cannot move otherwise.
    Frozen,
    /// Used up, with a purpose and a beneficiary. For good.
    Retired,
    /// Withheld at issue, for reductions that turn out false.
    Buffer,
    /// Taken out of the world against reductions that turned out false. For good.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [State; 5] = [
        State::Held,
        State::Frozen,
        State::Retired,
        State::Buffer,
        State::Cancelled,
    ];

    /// Its name in requests and in the books.
    pub const fn name(self) -> &'static str {
        match self {
            State::Held => "held",
            State::Frozen => "frozen",
            State::Retired => "retired",
            State::Buffer => "buffer",
            State::Cancelled => "cancelled",
        }
    }

    /// The state of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Which units move.
#[derive(Debug, Clone, Copy)]
pub enum Pick<'a> {
    /// So many, the lowest serials first: by programme, methodology, vintage, batch, number.
    Lowest(u64),
    /// So many of one batch, the lowest numbers first.
    LowestOf(&'a Prefix, u64),
    /// Exactly these.
    These(&'a [SerialRange]),
}

/// Why units do not move.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Fewer are there.
    #[error("{have} t are there, {need} t were asked for")]
    Short {
        /// What is there, in tonnes.
        have: u64,
        /// What was asked for.
        need: u64,
    },
    /// No units were named.
    #[error("a move takes at least one tonne")]
    Nothing,
    /// Some of these are not there.
    #[error("{0} is not there as a whole")]
    NotThere(SerialRange),
    /// Some of these are there already, or were named twice.
    #[error("{0} is there already")]
    Doubled(SerialRange),
    /// Both sides are the same account.
    #[error("a transfer has two accounts")]
    SameAccount,
    /// Units in this state do not change hands.
    #[error("units that are {} do not change hands", .0.name())]
    Bound(State),
}

/// A set of units. Ranges that touch are one; no two overlap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ranges {
    /// By batch, first number to last number. No batch is empty.
    batches: BTreeMap<Prefix, BTreeMap<u64, u64>>,
    tonnes: u64,
}

impl Ranges {
    /// How many units, in tonnes.
    pub const fn tonnes(&self) -> u64 {
        self.tonnes
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.tonnes == 0
    }

    /// How many units of one batch, in tonnes.
    pub fn tonnes_of(&self, prefix: &Prefix) -> u64 {
        let ranges = self.batches.get(prefix).into_iter().flatten();
        ranges.map(|(first, last)| last - first + 1).sum()
    }

    /// The ranges, lowest serial first.
    pub fn iter(&self) -> impl Iterator<Item = SerialRange> {
        self.batches.iter().flat_map(|(prefix, ranges)| {
            // a set holds only what was a range, or a part of one
            ranges
                .iter()
                .filter_map(|(first, last)| SerialRange::new(prefix.clone(), *first, *last).ok())
        })
    }

    /// Whether all units of a range are here.
    pub fn contains(&self, range: &SerialRange) -> bool {
        self.around(range).is_some()
    }

    /// The stored range that all of this one lies in.
    fn around(&self, range: &SerialRange) -> Option<(u64, u64)> {
        let (first, last) = self.batches.get(range.prefix())?.range(..=range.first()).next_back()?;
        (range.last() <= *last).then_some((*first, *last))
    }

    /// Whether any unit of a range is here.
    pub fn meets(&self, range: &SerialRange) -> bool {
        let ranges = self.batches.get(range.prefix());
        let before = ranges.and_then(|ranges| ranges.range(..=range.last()).next_back());
        before.is_some_and(|(_, end)| *end >= range.first())
    }

    /// Adds units that are not here yet.
    pub fn insert(&mut self, range: &SerialRange) -> Result<(), Refused> {
        if self.meets(range) {
            return Err(Refused::Doubled(range.clone()));
        }
        let (mut first, mut last) = (range.first(), range.last());
        let ranges = self.batches.entry(range.prefix().clone()).or_default();
        if let Some((begin, end)) = ranges.range(..first).next_back() {
            first = if end + 1 == first { *begin } else { first };
        }
        if let Some(end) = ranges.remove(&(last + 1)) {
            last = end;
        }
        ranges.insert(first, last);
        self.tonnes += range.tonnes();
        Ok(())
    }

    /// Takes units out, all or none.
    pub fn remove(&mut self, range: &SerialRange) -> Result<(), Refused> {
        let (first, last) = self.around(range).ok_or_else(|| Refused::NotThere(range.clone()))?;
        if let Some(ranges) = self.batches.get_mut(range.prefix()) {
            ranges.remove(&first);
            if first < range.first() {
                ranges.insert(first, range.first() - 1);
            }
            if last > range.last() {
                ranges.insert(range.last() + 1, last);
            }
            if ranges.is_empty() {
                self.batches.remove(range.prefix());
            }
        }
        self.tonnes -= range.tonnes();
        Ok(())
    }

    /// The units that a pick means, without taking them. Each once, lowest first unless they were named.
    pub fn picked(&self, pick: Pick<'_>) -> Result<Vec<SerialRange>, Refused> {
        let (need, have) = match pick {
            Pick::These(these) => {
                let mut once = Ranges::default();
                for range in these {
                    once.insert(range)?;
                    if !self.contains(range) {
                        return Err(Refused::NotThere(range.clone()));
                    }
                }
                return if these.is_empty() {
                    Err(Refused::Nothing)
                } else {
                    Ok(these.to_vec())
                };
            }
            Pick::Lowest(n) => (n, self.tonnes),
            Pick::LowestOf(prefix, n) => (n, self.tonnes_of(prefix)),
        };
        if need == 0 {
            return Err(Refused::Nothing);
        }
        if need > have {
            return Err(Refused::Short { have, need });
        }
        let (mut left, mut taken) = (need, Vec::new());
        let wanted = self.iter().filter(|range| match pick {
            Pick::LowestOf(prefix, _) => range.prefix() == prefix,
            _ => true,
        });
        for range in wanted {
            let n = left.min(range.tonnes());
            let Ok((part, _)) = range.take(n) else { break }; // only at zero, when enough is taken
            left -= n;
            taken.push(part);
        }
        Ok(taken)
    }
}

/// The units of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holdings {
    account: Id,
    states: [Ranges; 5],
}

impl Holdings {
    /// An account without units.
    pub fn new(account: Id) -> Self {
        Holdings {
            account,
            states: Default::default(),
        }
    }

    /// From stored rows; refuses rows that overlap.
    pub fn load(account: Id, rows: impl IntoIterator<Item = (State, SerialRange)>) -> Result<Self, Refused> {
        let mut loaded = Self::new(account);
        for (state, range) in rows {
            loaded.deposit(state, &range)?;
        }
        Ok(loaded)
    }

    /// The account.
    pub const fn account(&self) -> Id {
        self.account
    }

    /// The units in a state.
    pub const fn of(&self, state: State) -> &Ranges {
        &self.states[state as usize]
    }

    /// Every range with its state, to be stored.
    pub fn rows(&self) -> impl Iterator<Item = (State, SerialRange)> {
        State::ALL
            .into_iter()
            .flat_map(|state| self.of(state).iter().map(move |range| (state, range)))
    }

    /// Enters units that come from outside: an issue. Nothing changes if any is here already, in whatever state.
    pub fn deposit(&mut self, state: State, range: &SerialRange) -> Result<(), Refused> {
        if self.states.iter().any(|ranges| ranges.meets(range)) {
            return Err(Refused::Doubled(range.clone()));
        }
        self.states[state as usize].insert(range)
    }

    /// Binds units to an order. Returns which.
    pub fn freeze(&mut self, pick: Pick<'_>) -> Result<Vec<SerialRange>, Refused> {
        self.turn(State::Held, State::Frozen, pick)
    }

    /// Lets bound units go. Returns which.
    pub fn release(&mut self, pick: Pick<'_>) -> Result<Vec<SerialRange>, Refused> {
        self.turn(State::Frozen, State::Held, pick)
    }

    /// Takes units of the buffer out of the world, against reductions that turned out false. Returns which.
    pub fn cancel_buffer(&mut self, pick: Pick<'_>) -> Result<Vec<SerialRange>, Refused> {
        self.turn(State::Buffer, State::Cancelled, pick)
    }

    /// Takes the holder's units out of the world, to settle what the buffer could not cover. Returns which.
    pub fn cancel(&mut self, pick: Pick<'_>) -> Result<Vec<SerialRange>, Refused> {
        self.turn(State::Held, State::Cancelled, pick)
    }

    /// Uses units up; see [`super::retire::retire`], which writes the certificate.
    pub(super) fn use_up(&mut self, pick: Pick<'_>) -> Result<Vec<SerialRange>, Refused> {
        self.turn(State::Held, State::Retired, pick)
    }

    fn turn(&mut self, from: State, to: State, pick: Pick<'_>) -> Result<Vec<SerialRange>, Refused> {
        let sets = self.states.get_disjoint_mut([from as usize, to as usize]);
        let [source, target] = sets.map_err(|_| Refused::Bound(from))?; // no state turns into itself
        shift(source, target, pick)
    }
}

/// Moves units from one account to another, where they are held: the giver's held units, or those that an order froze
/// when it is settled. Returns which; nothing changes if it is refused.
pub fn transfer(
    from: &mut Holdings,
    state: State,
    to: &mut Holdings,
    pick: Pick<'_>,
) -> Result<Vec<SerialRange>, Refused> {
    if from.account == to.account {
        return Err(Refused::SameAccount);
    }
    if !matches!(state, State::Held | State::Frozen) {
        return Err(Refused::Bound(state));
    }
    shift(
        &mut from.states[state as usize],
        &mut to.states[State::Held as usize],
        pick,
    )
}

/// Moves units out of one set into another, or changes neither.
fn shift(source: &mut Ranges, target: &mut Ranges, pick: Pick<'_>) -> Result<Vec<SerialRange>, Refused> {
    let moved = source.picked(pick)?;
    if let Some(range) = moved.iter().find(|range| target.meets(range)) {
        return Err(Refused::Doubled(range.clone()));
    }
    for range in &moved {
        source.remove(range)?;
        target.insert(range)?;
    }
    Ok(moved)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn range(text: &str) -> SerialRange {
        text.parse().unwrap()
    }

    pub(in super::super) fn seller() -> Holdings {
        let mut seller = Holdings::new(Id::new(1));
        seller.deposit(State::Held, &range("CN-BJ-walk-2026-1-1-95")).unwrap();
        seller
            .deposit(State::Buffer, &range("CN-BJ-walk-2026-1-96-100"))
            .unwrap();
        seller.deposit(State::Held, &range("CN-BJ-walk-2025-9-1-10")).unwrap();
        seller
    }

    #[test]
    fn a_transfer_takes_the_lowest_serials() {
        let (mut seller, mut buyer) = (seller(), Holdings::new(Id::new(2)));
        let moved = transfer(&mut seller, State::Held, &mut buyer, Pick::Lowest(30)).unwrap();
        assert_eq!(
            moved,
            [range("CN-BJ-walk-2025-9-1-10"), range("CN-BJ-walk-2026-1-1-20")]
        );
        let batch = range("CN-BJ-walk-2026-1-1-1").prefix().clone();
        let moved = transfer(&mut buyer, State::Held, &mut seller, Pick::LowestOf(&batch, 5)).unwrap();
        assert_eq!(moved, [range("CN-BJ-walk-2026-1-1-5")]);
        let rows: Vec<_> = seller
            .rows()
            .map(|(state, range)| format!("{} {range}", state.name()))
            .collect();
        assert_eq!(
            rows,
            [
                "held CN-BJ-walk-2026-1-1-5",
                "held CN-BJ-walk-2026-1-21-95",
                "buffer CN-BJ-walk-2026-1-96-100"
            ]
        );
        assert_eq!(seller.of(State::Held).tonnes() + buyer.of(State::Held).tonnes(), 105);
    }

    #[test]
    fn units_that_touch_are_one_range_again() {
        let mut ranges = Ranges::default();
        for (first, last) in [(1, 10), (21, 30), (11, 20)] {
            ranges
                .insert(&range(&format!("CN-BJ-walk-2026-1-{first}-{last}")))
                .unwrap();
        }
        assert_eq!(ranges.iter().collect::<Vec<_>>(), [range("CN-BJ-walk-2026-1-1-30")]);
        ranges.remove(&range("CN-BJ-walk-2026-1-5-25")).unwrap();
        let parts = [range("CN-BJ-walk-2026-1-1-4"), range("CN-BJ-walk-2026-1-26-30")];
        assert_eq!(ranges.iter().collect::<Vec<_>>(), parts);
        for overlapping in ["4-5", "25-26", "1-30", "27-28"] {
            let overlapping = range(&format!("CN-BJ-walk-2026-1-{overlapping}"));
            assert_eq!(ranges.insert(&overlapping), Err(Refused::Doubled(overlapping.clone())));
            assert!(ranges.meets(&overlapping));
        }
        assert_eq!(ranges.tonnes(), 9);
    }

    #[test]
    fn what_is_bound_does_not_move() {
        let (mut seller, mut buyer) = (seller(), Holdings::new(Id::new(2)));
        let before = (seller.clone(), buyer.clone());
        let some = [range("CN-BJ-walk-2026-1-90-96")];
        let twice = [range("CN-BJ-walk-2026-1-1-9"), range("CN-BJ-walk-2026-1-9-9")];
        for (pick, refused) in [
            (Pick::Lowest(0), Refused::Nothing),
            (Pick::These(&[]), Refused::Nothing),
            (Pick::Lowest(106), Refused::Short { have: 105, need: 106 }),
            (
                Pick::LowestOf(some[0].prefix(), 96),
                Refused::Short { have: 95, need: 96 },
            ),
            (Pick::These(&some), Refused::NotThere(some[0].clone())),
            (Pick::These(&twice), Refused::Doubled(twice[1].clone())),
        ] {
            assert_eq!(transfer(&mut seller, State::Held, &mut buyer, pick), Err(refused));
        }
        assert_eq!(
            transfer(&mut seller, State::Buffer, &mut buyer, Pick::Lowest(1)),
            Err(Refused::Bound(State::Buffer))
        );
        let mut same = seller.clone();
        assert_eq!(
            transfer(&mut seller, State::Held, &mut same, Pick::Lowest(1)),
            Err(Refused::SameAccount)
        );
        assert_eq!((seller.clone(), buyer), before);
        let frozen = seller.freeze(Pick::Lowest(105)).unwrap();
        assert_eq!(seller.freeze(Pick::Lowest(1)), Err(Refused::Short { have: 0, need: 1 }));
        assert_eq!(seller.release(Pick::These(&frozen)), Ok(frozen));
        assert_eq!(seller, before.0);
    }
}
