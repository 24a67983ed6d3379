//! Teams: sums of their members, ordered by their mean.

use super::ids::Ids;
use super::order::{Order, Seats, push};
use super::{NO_TEAM, Refused};

/// Score and instant of a member.
type Reading = (i64, i64);

/// The team board.
#[derive(Debug, Clone)]
pub(super) struct Teams {
    ids: Ids,
    all: All,
    order: Order<Rest>,
    least: usize,
}

/// The teams by slot.
#[derive(Debug, Clone, Default)]
struct All(Vec<Team>);

/// What decides between teams of the same mean: when they reached it, when they were formed; listed by number.
type Rest = (Option<i64>, i64, i64);

#[derive(Debug, Clone)]
struct Team {
    number: i64,
    formed_us: i64,
    sum: i128,
    /// The latest instant at which a member with a score reached it; none while all have zero.
    reached_us: Option<i64>,
    members: Vec<u32>,
    /// Its leaf in the order.
    home: u32,
    /// Whether it is in the order.
    listed: bool,
}

/// A team in its place.
///
/// The higher mean over all members first, those without score counting zero; then the team that reached its sum earlier;
/// then the one formed earlier. Teams equal in all three share a rank and are listed by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TeamStanding {
    /// One more than the number of teams that are strictly better; none where the team has too few members.
    pub rank: Option<u64>,
    /// Its number.
    pub number: i64,
    /// When it was formed, in microseconds since 1970.
    pub formed_us: i64,
    /// The sum of its members' scores. The mean is `sum / members`.
    pub sum: i128,
    /// How many members it has.
    pub members: u32,
    /// When it reached its sum: the latest instant at which one of its members reached a score above zero, in
    /// microseconds since 1970. None while all have zero. It follows from the members, so that a board built again agrees.
    pub reached_us: Option<i64>,
}

/// What a reading gives to the team's instant.
fn instant((score, reached_us): Reading) -> Option<i64> {
    (score > 0).then_some(reached_us)
}

/// Orders means exactly, the smaller the better: `sum / members` with 64 binary digits behind the point, rounded down.
///
/// Different fractions with denominators up to 2^32 are at least 2^-64 apart, so that they differ in these digits; equal
/// ones have equal digits.
fn key(sum: i128, members: u32) -> u128 {
    let (sum, members) = (sum.unsigned_abs(), u128::from(members.max(1)));
    let (whole, rest) = (sum / members, sum % members);
    !((whole << 64) | ((rest << 64) / members))
}

impl Team {
    fn key(&self) -> u128 {
        key(self.sum, u32::try_from(self.members.len()).unwrap_or(u32::MAX))
    }
}

impl Seats for All {
    type Rest = Rest;

    fn rest(&self, slot: u32) -> Rest {
        let team = &self.0[slot as usize];
        (team.reached_us, team.formed_us, team.number)
    }

    fn level(&self, slot: u32) -> Rest {
        let (reached_us, formed_us, _) = self.rest(slot);
        (reached_us, formed_us, i64::MIN)
    }

    fn home(&self, slot: u32) -> u32 {
        self.0[slot as usize].home
    }

    fn set_home(&mut self, slot: u32, leaf: u32) {
        self.0[slot as usize].home = leaf;
    }
}

impl Teams {
    /// No teams.
    pub(super) fn new(least: u32) -> Teams {
        Teams {
            ids: Ids::default(),
            all: All::default(),
            order: Order::default(),
            least: (least as usize).max(1),
        }
    }

    /// Takes in a team without members.
    pub(super) fn form(&mut self, number: i64, formed_us: i64) -> Result<(), Refused> {
        if self.slot(number).is_some() {
            return Err(Refused::TeamExists(number));
        }
        let slot = u32::try_from(self.all.0.len()).map_err(|_| Refused::Full)?;
        if slot == NO_TEAM {
            return Err(Refused::Full);
        }
        push(
            &mut self.all.0,
            Team {
                number,
                formed_us,
                sum: 0,
                reached_us: None,
                members: Vec::new(),
                home: 0,
                listed: false,
            },
        );
        self.ids.insert(number, slot, |slot| self.all.0[slot as usize].number);
        Ok(())
    }

    /// The slot of a team.
    pub(super) fn slot(&self, number: i64) -> Option<u32> {
        self.ids.find(number, |slot| self.all.0[slot as usize].number == number)
    }

    /// The number of the team in a slot.
    pub(super) fn number(&self, slot: u32) -> i64 {
        self.all.0[slot as usize].number
    }

    /// The members of a team, as they came.
    pub(super) fn members(&self, slot: u32) -> &[u32] {
        &self.all.0[slot as usize].members
    }

    /// A member with this reading joins.
    pub(super) fn enter(&mut self, slot: u32, member: u32, reading: Reading) {
        let team = &mut self.all.0[slot as usize];
        team.members.push(member);
        team.sum += i128::from(reading.0);
        team.reached_us = team.reached_us.max(instant(reading));
        self.settle(slot);
    }

    /// A member with this reading leaves.
    pub(super) fn leave(&mut self, slot: u32, member: u32, reading: Reading, of: impl Fn(u32) -> Reading) {
        let team = &mut self.all.0[slot as usize];
        team.members.retain(|other| *other != member);
        self.change(slot, reading, (0, 0), of);
    }

    /// A member's reading changed. `of` reads those of all who are in the team now.
    pub(super) fn change(&mut self, slot: u32, before: Reading, now: Reading, of: impl Fn(u32) -> Reading) {
        let team = &mut self.all.0[slot as usize];
        team.sum += i128::from(now.0) - i128::from(before.0);
        if instant(now) >= team.reached_us {
            team.reached_us = instant(now);
        } else if instant(before) == team.reached_us {
            // the one who was last is so no more, which only a correction or a leave brings about
            team.reached_us = team.members.iter().filter_map(|member| instant(of(*member))).max();
        }
        self.settle(slot);
    }

    /// Puts a team where it now belongs.
    fn settle(&mut self, slot: u32) {
        let team = &mut self.all.0[slot as usize];
        let (was, is) = (team.listed, team.members.len() >= self.least);
        team.listed = is;
        let key = team.key();
        match (was, is) {
            (false, false) => {}
            (true, false) => self.order.remove(&mut self.all, slot),
            (false, true) => self.order.insert(&mut self.all, slot, key),
            (true, true) => {
                let goal = self.order.goal(key);
                self.order.shift(&mut self.all, slot, key, goal);
            }
        }
    }

    /// Counts all members at once: the team of each slot, and its reading.
    pub(super) fn count(&mut self, teams: impl Iterator<Item = u32> + Clone, of: impl Fn(u32) -> Reading) {
        if self.all.0.is_empty() {
            return;
        }
        let mut sizes = vec![0_u32; self.all.0.len()];
        for team in teams.clone().filter(|team| *team != NO_TEAM) {
            sizes[team as usize] += 1;
        }
        for (team, size) in self.all.0.iter_mut().zip(sizes) {
            team.members.reserve_exact(size as usize);
        }
        for (slot, team) in (0..).zip(teams).filter(|(_, team)| *team != NO_TEAM) {
            let (team, reading) = (&mut self.all.0[team as usize], of(slot));
            team.members.push(slot);
            team.sum += i128::from(reading.0);
            team.reached_us = team.reached_us.max(instant(reading));
        }
        let mut entries = Vec::new();
        for (slot, team) in (0..).zip(&mut self.all.0) {
            team.listed = team.members.len() >= self.least;
            if team.listed {
                entries.push((team.key(), slot));
            }
        }
        let rest = |slot: u32| self.all.rest(slot);
        entries.sort_unstable_by(|(one, a), (other, b)| one.cmp(other).then_with(|| rest(*a).cmp(&rest(*b))));
        self.order = Order::laid(&mut self.all, &entries);
    }

    /// Bytes that they take.
    pub(super) fn bytes(&self) -> usize {
        let members: usize = self.all.0.iter().map(|team| team.members.capacity() * 4).sum();
        self.ids.bytes() + self.all.0.capacity() * size_of::<Team>() + members + self.order.bytes()
    }

    /// A team in its place.
    pub(super) fn standing(&self, slot: u32) -> TeamStanding {
        let team = &self.all.0[slot as usize];
        let rank = team.listed.then(|| u64::from(self.order.better(&self.all, slot)) + 1);
        TeamStanding {
            rank,
            number: team.number,
            formed_us: team.formed_us,
            sum: team.sum,
            members: u32::try_from(team.members.len()).unwrap_or(u32::MAX),
            reached_us: team.reached_us,
        }
    }

    /// The teams in order from a position on.
    pub(super) fn from(&self, position: u32) -> impl Iterator<Item = TeamStanding> {
        self.order
            .from(&self.all, position)
            .map(|(_, slot)| self.standing(slot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn means_are_compared_as_by_multiplication_across(
            one in (0..=i64::MAX, 1..=u32::MAX), other in (0..=i64::MAX, 1..=u32::MAX), near in any::<bool>(),
        ) {
            // sums of a member's range, and fractions that are as near to each other as they can be
            let (a, n) = (i128::from(one.0) * i128::from(one.1) / 3, one.1);
            let m = other.1;
            let b = if near { a / i128::from(n) * i128::from(m) + a % i128::from(n) * i128::from(m) / i128::from(n) }
                else { i128::from(other.0) };
            let crossed = (a * i128::from(m)).cmp(&(b * i128::from(n)));
            prop_assert_eq!(key(b, m).cmp(&key(a, n)), crossed);
        }
    }

    #[test]
    fn neighbouring_fractions_differ() {
        let (n, m) = (u32::MAX, u32::MAX - 1);
        assert!(key(i128::from(n) - 1, n) < key(i128::from(m) - 1, m));
        assert_eq!(key(6, 4), key(3, 2));
    }
}
