//! The prints of all photos of a programme, in memory, to be looked up in microseconds.
//!
//! Shape: almost all entries lie in flat arrays sorted by the first 24 bits of their print ([`Sorted`]); photos that came
//! since are in a small hash table ([`Fresh`]) that is merged into the arrays when it has grown to a sixteenth of them.

use super::{Looks, prints};

/// Entries are sorted by so many first bits of their print; the other 16 are compared.
const FIRST_BITS: u32 = 24;

/// How many of the other 16 bits may differ.
const OTHER_OFF: u32 = 4;

/// Prints that share their first bits with more than this many others say nothing, and are passed over.
const CROWD: usize = 20_000;

/// Most photos that a search returns.
pub const MOST: usize = 16;

/// The fewest photos that are merged at a time.
const MERGE_FROM: usize = 1 << 16;

/// A photo that shares prints with the one searched for: to be compared by [`super::apart`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The photo.
    pub id: i64,
    /// How many different parts of the picture are found again in it.
    pub parts: u8,
}

/// The prints of many photos. 6 bytes a print, 8 a photo, and 64 MiB; a merge takes as much again for a few seconds.
#[derive(Debug, Clone, Default)]
pub struct Index {
    ids: Vec<i64>,
    sorted: Sorted,
    fresh: Fresh,
    /// Photos whose prints are in `sorted`.
    merged: usize,
}

/// Entries in the order of the first bits of their prints.
#[derive(Debug, Clone, Default)]
struct Sorted {
    /// Where the entries of each value of the first bits begin; one more for the end. Empty until the first merge.
    begins: Vec<u32>,
    photos: Vec<u32>,
    others: Vec<u16>,
}

/// Entries in the order in which they came, chained by a hash of the first bits.
#[derive(Debug, Clone, Default)]
struct Fresh {
    /// The last entry of each chain, counted from one.
    last: Vec<u32>,
    entries: Vec<FreshEntry>,
}

#[derive(Debug, Clone, Copy)]
struct FreshEntry {
    print: u64,
    photo: u32,
    /// The entry of the chain before this one, counted from one.
    before: u32,
}

fn first(print: u64) -> usize {
    usize::try_from(print >> 16).unwrap_or(0) & ((1 << FIRST_BITS) - 1)
}

fn other(print: u64) -> u16 {
    u16::try_from(print & 0xffff).unwrap_or(0)
}

impl Sorted {
    /// The entries with these first bits.
    fn with(&self, first: usize) -> (&[u32], &[u16]) {
        let (Some(from), Some(to)) = (self.begins.get(first), self.begins.get(first + 1)) else {
            return (&[], &[]);
        };
        let range = *from as usize..*to as usize;
        (&self.photos[range.clone()], &self.others[range])
    }

    /// These entries and those.
    fn merge(&mut self, entries: &[(u64, u32)]) {
        let mut begins = vec![0_u32; (1 << FIRST_BITS) + 1];
        for (print, _) in entries {
            begins[first(*print) + 1] += 1;
        }
        let mut sum = 0;
        for (n, begin) in begins.iter_mut().enumerate() {
            let old = match n {
                0 => 0,
                _ => self.with(n - 1).0.len(),
            };
            sum += *begin + u32::try_from(old).unwrap_or(u32::MAX);
            *begin = sum;
        }
        let count = sum as usize;
        let (mut photos, mut others) = (vec![0; count], vec![0; count]);
        // the next free slot of each value of the first bits; afterwards the end of its entries, which is where the next begin
        let mut free = begins;
        for (n, free) in free.iter_mut().enumerate() {
            let (old_photos, old_others) = self.with(n);
            let at = *free as usize;
            photos[at..at + old_photos.len()].copy_from_slice(old_photos);
            others[at..at + old_others.len()].copy_from_slice(old_others);
            *free += u32::try_from(old_photos.len()).unwrap_or(u32::MAX);
        }
        for (print, photo) in entries {
            let slot = &mut free[first(*print)];
            photos[*slot as usize] = *photo;
            others[*slot as usize] = other(*print);
            *slot += 1;
        }
        free.rotate_right(1);
        free[0] = 0;
        *self = Sorted {
            begins: free,
            photos,
            others,
        };
    }
}

impl Fresh {
    fn chain(&self, first: usize) -> usize {
        // Fibonacci hashing (Knuth, volume 3, 6.4): chains are as many as a power of two
        first.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20 & (self.last.len() - 1)
    }

    fn push(&mut self, print: u64, photo: u32) {
        if self.entries.len() >= self.last.len() {
            self.last = vec![0; (self.last.len() * 4).max(1 << 12)];
            for n in 0..self.entries.len() {
                self.link(n);
            }
        }
        self.entries.push(FreshEntry {
            print,
            photo,
            before: 0,
        });
        self.link(self.entries.len() - 1);
    }

    fn link(&mut self, n: usize) {
        let chain = self.chain(first(self.entries[n].print));
        self.entries[n].before = self.last[chain];
        self.last[chain] = u32::try_from(n + 1).unwrap_or(0);
    }

    fn with(&self, wanted: usize) -> impl Iterator<Item = FreshEntry> {
        let mut next = if self.last.is_empty() {
            0
        } else {
            self.last[self.chain(wanted)]
        };
        std::iter::from_fn(move || {
            while next > 0 {
                let entry = self.entries[next as usize - 1];
                next = entry.before;
                if first(entry.print) == wanted {
                    return Some(entry);
                }
            }
            None
        })
    }
}

impl Index {
    /// Of photos that are there already: what a start does, with the prints that the store kept.
    pub fn build(photos: impl IntoIterator<Item = (i64, Vec<u64>)>) -> Self {
        let mut index = Index::default();
        let mut entries = Vec::new();
        for (id, prints) in photos {
            let photo = u32::try_from(index.ids.len()).unwrap_or(u32::MAX);
            index.ids.push(id);
            entries.extend(prints.into_iter().map(|print| (print, photo)));
        }
        index.sorted.merge(&entries);
        index.merged = index.ids.len();
        index
    }

    /// How many photos it holds.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Takes in another photo. Now and then this merges what came lately, which takes a few seconds at ten million photos.
    pub fn insert(&mut self, id: i64, looks: &Looks) {
        self.insert_prints(id, looks.prints());
    }

    /// The same, for a photo of which only the prints were read.
    pub fn insert_prints(&mut self, id: i64, prints: &[u64]) {
        let photo = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.ids.push(id);
        for print in prints {
            self.fresh.push(*print, photo);
        }
        if self.ids.len() - self.merged >= MERGE_FROM.max(self.merged / 16) {
            self.merge();
        }
    }

    /// Merges what came lately into the sorted entries.
    pub(super) fn merge(&mut self) {
        let entries: Vec<_> = self
            .fresh
            .entries
            .iter()
            .map(|entry| (entry.print, entry.photo))
            .collect();
        self.fresh = Fresh::default();
        self.sorted.merge(&entries);
        self.merged = self.ids.len();
    }

    /// Photos that may show the same, the likeliest first, at most [`MOST`].
    pub fn search(&self, looks: &Looks) -> Vec<Candidate> {
        if looks.is_plain() {
            return Vec::new();
        }
        // the same print is wanted at several scales: it is looked up once
        let mut wanted = Vec::new();
        for probe in prints::probes(looks) {
            for doubts in (0..1_u64 << prints::DOUBTFUL).filter(|doubts| doubts.count_ones() <= probe.flips) {
                let flips = (0..prints::DOUBTFUL)
                    .filter(|n| doubts >> n & 1 == 1)
                    .map(|n| probe.doubtful[n]);
                wanted.push((flips.fold(probe.print, |print, flip| print ^ flip), probe.blob));
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        let mut hits: Vec<(u32, u8)> = Vec::new();
        for (print, blob) in wanted {
            let (first, wanted) = (first(print), other(print));
            let (photos, others) = self.sorted.with(first);
            if photos.len() <= CROWD {
                let near = others
                    .iter()
                    .zip(photos)
                    .filter(|(other, _)| (*other ^ wanted).count_ones() <= OTHER_OFF);
                hits.extend(near.map(|(_, photo)| (*photo, blob)));
            }
            let fresh = self
                .fresh
                .with(first)
                .filter(|entry| (other(entry.print) ^ wanted).count_ones() <= OTHER_OFF);
            hits.extend(fresh.map(|entry| (entry.photo, blob)));
        }
        hits.sort_unstable();
        hits.dedup();
        let mut found: Vec<(usize, u32)> = hits
            .chunk_by(|one, other| one.0 == other.0)
            .map(|hits| (hits.len(), hits[0].0))
            .collect();
        found.sort_unstable_by_key(|(parts, photo)| (std::cmp::Reverse(*parts), *photo));
        found.truncate(MOST);
        found
            .into_iter()
            .filter_map(|(parts, photo)| {
                Some(Candidate {
                    id: *self.ids.get(photo as usize)?,
                    parts: u8::try_from(parts).unwrap_or(u8::MAX),
                })
            })
            .collect()
    }
}
