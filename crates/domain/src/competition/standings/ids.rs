//! From outside numbers to slots: open addressing in cache lines, without a copy of the numbers.
//!
//! Shape: a group is one cache line with 12 slots and a byte of hash for each. A number that finds its group full goes to
//! the next with room, and `passed` counts those in every group that it went by, so that a search knows when to stop and
//! nothing is left behind by a removal. The numbers themselves are the caller's: `is` compares, `number` reads them.

const SLOTS: usize = 12;

/// Slots of a hundred that may be taken before the table grows by half.
const FULL: usize = 86;

#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Group {
    /// Zero where there is no slot.
    tags: [u8; SLOTS],
    /// How many went on from here; 255 stays, and means many.
    passed: u8,
    slots: [u32; SLOTS],
}

const EMPTY: Group = Group {
    tags: [0; SLOTS],
    passed: 0,
    slots: [0; SLOTS],
};

/// The table.
#[derive(Debug, Clone, Default)]
pub(super) struct Ids {
    groups: Vec<Group>,
    len: usize,
}

/// splitmix64's finish: every bit of the number reaches every bit.
fn hash(number: i64) -> u64 {
    let mut z = number.cast_unsigned();
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Group {
    /// The places of a tag, as bits 8 apart; there may be more after a true one.
    fn places(&self, tag: u8) -> u128 {
        const ONES: u128 = (u128::MAX / 255) & ((1 << (8 * SLOTS)) - 1);
        let mut bytes = [0; 16];
        bytes[..SLOTS].copy_from_slice(&self.tags);
        // the classic test for a zero byte (Warren, Hacker's Delight, 6-1)
        let differ = u128::from_le_bytes(bytes) ^ (ONES * u128::from(tag));
        differ.wrapping_sub(ONES) & !differ & (ONES << 7)
    }

    fn place(&self, tag: u8, is: &impl Fn(u32) -> bool) -> Option<usize> {
        let mut places = self.places(tag);
        while places != 0 {
            let place = places.trailing_zeros() as usize / 8;
            if self.tags[place] == tag && is(self.slots[place]) {
                return Some(place);
            }
            places &= places - 1;
        }
        None
    }
}

impl Ids {
    /// A table for so many.
    pub(super) fn for_many(many: usize) -> Ids {
        let groups = (many * 100).div_ceil(SLOTS * FULL) + 1;
        Ids {
            groups: vec![EMPTY; groups],
            len: 0,
        }
    }

    fn start(&self, hash: u64) -> usize {
        let scaled = u128::from(hash) * self.groups.len() as u128;
        usize::try_from(scaled >> 64).unwrap_or(0)
    }

    fn after(&self, group: usize) -> usize {
        if group + 1 == self.groups.len() { 0 } else { group + 1 }
    }

    /// Reads where the search for a number begins, so that it is near when its turn comes.
    pub(super) fn glance(&self, number: i64) -> u8 {
        self.groups
            .get(self.start(hash(number)))
            .map_or(0, |group| group.passed)
    }

    /// The slot of a number, or nothing.
    pub(super) fn find(&self, number: i64, is: impl Fn(u32) -> bool) -> Option<u32> {
        let (group, place) = self.locate(number, is)?;
        Some(self.groups[group].slots[place])
    }

    fn locate(&self, number: i64, is: impl Fn(u32) -> bool) -> Option<(usize, usize)> {
        if self.groups.is_empty() {
            return None;
        }
        let hash = hash(number);
        let (mut group, tag) = (self.start(hash), tag_of(hash));
        for _ in 0..self.groups.len() {
            let here = &self.groups[group];
            if let Some(place) = here.place(tag, &is) {
                return Some((group, place));
            }
            if here.passed == 0 {
                return None;
            }
            group = self.after(group);
        }
        None
    }

    /// Takes in a number that is not there. `number_of` reads the numbers of slots that are.
    pub(super) fn insert(&mut self, number: i64, slot: u32, number_of: impl Fn(u32) -> i64) {
        if (self.len + 1) * 100 > self.groups.len() * SLOTS * FULL {
            let mut larger = Ids {
                groups: vec![EMPTY; self.groups.len() + self.groups.len() / 2 + 1],
                len: 0,
            };
            for group in &self.groups {
                for (_, slot) in group.tags.iter().zip(group.slots).filter(|(tag, _)| **tag != 0) {
                    larger.put(number_of(slot), slot);
                }
            }
            *self = larger;
        }
        self.put(number, slot);
    }

    fn put(&mut self, number: i64, slot: u32) {
        let hash = hash(number);
        let mut at = self.start(hash);
        // ends: the table is never full
        loop {
            let group = &mut self.groups[at];
            if let Some(place) = group.tags.iter().position(|tag| *tag == 0) {
                group.tags[place] = tag_of(hash);
                group.slots[place] = slot;
                self.len += 1;
                return;
            }
            group.passed = group.passed.saturating_add(1);
            at = self.after(at);
        }
    }

    /// Takes out a number.
    pub(super) fn remove(&mut self, number: i64, is: impl Fn(u32) -> bool) -> Option<u32> {
        let (found, place) = self.locate(number, is)?;
        self.groups[found].tags[place] = 0;
        self.len -= 1;
        let mut at = self.start(hash(number));
        while at != found {
            let group = &mut self.groups[at];
            if group.passed < u8::MAX {
                group.passed -= 1;
            }
            at = self.after(at);
        }
        Some(self.groups[found].slots[place])
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.groups.capacity() * size_of::<Group>()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }
}

fn tag_of(hash: u64) -> u8 {
    u8::try_from(hash & 0xff).unwrap_or(0).max(1)
}
