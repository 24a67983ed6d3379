//! Who stands where: exact ranks while everybody moves.
//!
//! Shape: a live board in memory, derived from the books and built again from them at any time. [`Standings`] maps outside
//! ids to slots (`ids`), keeps who they are by slot, and orders slots by score (`order`): a counted tree, so that a rank, a
//! page and the neighbours of a member cost the same at thirty members as at ten million. Teams are a second such order.
//!
//! The tie rule: the higher score first, then who reached it earlier, then who joined earlier; never the id. Members equal
//! in all three share a rank (1, 1, 3). They are *listed* by id, so that a page is the same whenever it is asked for.

mod ids;
mod order;
mod outline;
mod teams;
#[cfg(test)]
mod tests;

use std::hint::black_box;

use crate::measure::ParticipantId;

use ids::Ids;
use order::{Entries, Order, Seats, Spot, push};
pub use outline::{Outline, OutlineError};
pub use teams::TeamStanding;
use teams::Teams;

/// How many readings of a batch are looked up before the first of them moves: enough to wait for memory together.
const AT_ONCE: usize = 64;

/// A member with all that decides its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub id: ParticipantId,
    /// When it joined, in microseconds since 1970; the last to decide between equals.
    pub joined_us: i64,
    /// The number of its team.
    pub team: Option<i64>,
    /// The unit is the board's: steps, milligrams. Never negative.
    pub score: i64,
    /// When this score was reached, in microseconds since 1970.
    pub reached_us: i64,
}

/// A member's score as it now is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Whose.
    pub id: ParticipantId,
    /// The whole score, not a difference; may be lower than before.
    pub score: i64,
    /// When this score was reached, in microseconds since 1970; may be earlier than before.
    pub reached_us: i64,
}

/// A member in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// One more than the number of members who are strictly better.
    pub rank: u64,
    /// Who stands there.
    pub member: Member,
}

/// What a board does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nobody of this id is on the board.
    #[error("{0} is not on the board")]
    Unknown(ParticipantId),
    /// Somebody of this id is on the board already.
    #[error("{0} is on the board already")]
    AlreadyIn(ParticipantId),
    /// Scores begin at zero.
    #[error("the score of {0} is negative")]
    Negative(ParticipantId),
    /// The team was not formed.
    #[error("there is no team {0}")]
    NoTeam(i64),
    /// The team was formed before.
    #[error("team {0} exists already")]
    TeamExists(i64),
    /// Four billion members or teams.
    #[error("the board is full")]
    Full,
}

/// A live board. About 60 bytes a member, about 10 more where members are in teams of twenty.
#[derive(Debug, Clone)]
pub struct Standings {
    ids: Ids,
    people: People,
    /// Slots that nobody has.
    spare: Vec<u32>,
    order: Order<(i64, i64)>,
    teams: Teams,
}

/// The members by slot.
#[derive(Debug, Clone, Default)]
struct People(Vec<Person>);

/// What is known of a member, beside its place.
#[derive(Debug, Clone, Copy)]
struct Person {
    number: i64,
    joined_us: i64,
    /// The team's slot, or [`NO_TEAM`].
    team: u32,
    /// The leaf of its entry in the order.
    home: u32,
}

const NO_TEAM: u32 = u32::MAX;

/// Orders as the tie rule does as far as score and instant go: the smaller the better.
fn key(score: i64, reached_us: i64) -> u128 {
    // flipping the sign bit orders signed numbers as unsigned ones
    let score = (i64::MAX - score).cast_unsigned();
    let reached = (reached_us ^ i64::MIN).cast_unsigned();
    (u128::from(score) << 64) | u128::from(reached)
}

/// Score and instant of a key.
fn read(key: u128) -> (i64, i64) {
    let low = |half: u128| u64::try_from(half & u128::from(u64::MAX)).unwrap_or(0).cast_signed();
    (i64::MAX - low(key >> 64), low(key) ^ i64::MIN)
}

impl People {
    fn is(&self, number: i64) -> impl Fn(u32) -> bool {
        move |slot| self.0[slot as usize].number == number
    }

    fn team(&self, slot: u32) -> u32 {
        self.0[slot as usize].team
    }
}

impl Seats for People {
    /// When it joined; listed by id.
    type Rest = (i64, i64);

    fn rest(&self, slot: u32) -> (i64, i64) {
        let person = &self.0[slot as usize];
        (person.joined_us, person.number)
    }

    fn level(&self, slot: u32) -> (i64, i64) {
        (self.0[slot as usize].joined_us, i64::MIN)
    }

    fn home(&self, slot: u32) -> u32 {
        self.0[slot as usize].home
    }

    fn set_home(&mut self, slot: u32, leaf: u32) {
        self.0[slot as usize].home = leaf;
    }
}

impl Standings {
    /// An empty board. Teams of fewer than `least_members`, and empty ones, have no rank.
    pub fn new(least_members: u32) -> Standings {
        Standings {
            ids: Ids::default(),
            people: People::default(),
            spare: Vec::new(),
            order: Order::default(),
            teams: Teams::new(least_members),
        }
    }

    /// A board with these teams (number, formed at, in microseconds since 1970) and members, in whatever order they come.
    ///
    /// Ten million members take seconds, and as much memory again while they are sorted.
    pub fn from_members(
        least_members: u32,
        teams: impl IntoIterator<Item = (i64, i64)>,
        members: impl IntoIterator<Item = Member>,
    ) -> Result<Standings, Refused> {
        let members = members.into_iter();
        let mut board = Standings::new(least_members);
        for (number, formed_us) in teams {
            board.form(number, formed_us)?;
        }
        let many = members.size_hint().0;
        board.ids = Ids::for_many(many);
        board.people.0.reserve_exact(many);
        let mut entries = Vec::with_capacity(many);
        for member in members {
            let slot = board.seat(&member)?;
            entries.push((key(member.score, member.reached_us), slot));
        }
        let rest = |slot: u32| board.people.rest(slot);
        entries.sort_unstable_by(|(one, a), (other, b)| one.cmp(other).then_with(|| rest(*a).cmp(&rest(*b))));
        board.order = Order::laid(&mut board.people, &entries);
        drop(entries);
        let (people, order) = (&board.people, &board.order);
        let teams = people.0.iter().map(|person| person.team);
        board.teams.count(teams, |slot| read(order.key(people, slot)));
        Ok(board)
    }

    /// Forms a team. `formed_us`, in microseconds since 1970, decides last between teams.
    pub fn form(&mut self, number: i64, formed_us: i64) -> Result<(), Refused> {
        self.teams.form(number, formed_us)
    }

    /// Takes a member in. Its score is its own, commonly zero, which is reached by joining.
    pub fn enter(&mut self, member: &Member) -> Result<(), Refused> {
        let slot = self.seat(member)?;
        let key = key(member.score, member.reached_us);
        self.order.insert(&mut self.people, slot, key);
        let team = self.people.team(slot);
        if team != NO_TEAM {
            self.teams.enter(team, slot, (member.score, member.reached_us));
        }
        Ok(())
    }

    /// Gives a member a slot; places it nowhere.
    fn seat(&mut self, member: &Member) -> Result<u32, Refused> {
        let number = member.id.number();
        if member.score < 0 {
            return Err(Refused::Negative(member.id));
        }
        let team = match member.team {
            None => NO_TEAM,
            Some(team) => self.teams.slot(team).ok_or(Refused::NoTeam(team))?,
        };
        let people = &mut self.people;
        if self.ids.find(number, people.is(number)).is_some() {
            return Err(Refused::AlreadyIn(member.id));
        }
        let person = Person {
            number,
            joined_us: member.joined_us,
            team,
            home: 0,
        };
        let slot = if let Some(slot) = self.spare.pop() {
            people.0[slot as usize] = person;
            slot
        } else {
            let slot = u32::try_from(people.0.len()).map_err(|_| Refused::Full)?;
            if slot == u32::MAX {
                return Err(Refused::Full);
            }
            push(&mut people.0, person);
            slot
        };
        self.ids.insert(number, slot, |slot| people.0[slot as usize].number);
        Ok(slot)
    }

    /// Takes a member off the board: it left, or was disqualified. Who it was; the same id may enter again.
    pub fn remove(&mut self, id: ParticipantId) -> Result<Member, Refused> {
        let number = id.number();
        let slot = self.ids.remove(number, self.people.is(number));
        let slot = slot.ok_or(Refused::Unknown(id))?;
        let member = self.member(self.order.key(&self.people, slot), slot);
        self.order.remove(&mut self.people, slot);
        let team = self.people.team(slot);
        if team != NO_TEAM {
            let reading = (member.score, member.reached_us);
            let (people, order) = (&self.people, &self.order);
            self.teams
                .leave(team, slot, reading, |slot| read(order.key(people, slot)));
        }
        self.spare.push(slot);
        Ok(member)
    }

    /// Sets a score, in whatever direction.
    pub fn set(&mut self, id: ParticipantId, score: i64, reached_us: i64) -> Result<(), Refused> {
        if score < 0 {
            return Err(Refused::Negative(id));
        }
        let slot = self.slot(id).ok_or(Refused::Unknown(id))?;
        let goal = self.order.goal(key(score, reached_us));
        self.move_to(slot, score, reached_us, goal);
        Ok(())
    }

    /// Sets many scores in the order given; all of them, or none where one is refused. Takes less time than as
    /// many single ones on a large board: what the next readings need is fetched from memory together.
    pub fn set_many(&mut self, readings: &[Reading]) -> Result<(), Refused> {
        let mut slots = Vec::with_capacity(readings.len());
        for some in readings.chunks(AT_ONCE) {
            black_box(some.iter().fold(0, |all, next| all ^ self.ids.glance(next.id.number())));
            for Reading { id, score, .. } in some {
                if *score < 0 {
                    return Err(Refused::Negative(*id));
                }
                slots.push(self.slot(*id).ok_or(Refused::Unknown(*id))?);
            }
        }
        for (slots, some) in slots.chunks(AT_ONCE).zip(readings.chunks(AT_ONCE)) {
            let mut goals = [(0, 0); AT_ONCE];
            for ((slot, next), goal) in slots.iter().zip(some).zip(&mut goals) {
                black_box(self.order.glance(self.people.home(*slot)));
                *goal = self.order.goal(key(next.score, next.reached_us));
            }
            for ((slot, next), goal) in slots.iter().zip(some).zip(goals) {
                self.move_to(*slot, next.score, next.reached_us, goal);
            }
        }
        Ok(())
    }

    fn move_to(&mut self, slot: u32, score: i64, reached_us: i64, goal: Spot) {
        let key = key(score, reached_us);
        let team = self.people.team(slot);
        if team == NO_TEAM {
            self.order.shift(&mut self.people, slot, key, goal);
            return;
        }
        let before = read(self.order.key(&self.people, slot));
        self.order.shift(&mut self.people, slot, key, goal);
        let (people, order) = (&self.people, &self.order);
        self.teams
            .change(team, before, (score, reached_us), |slot| read(order.key(people, slot)));
    }

    fn slot(&self, id: ParticipantId) -> Option<u32> {
        self.ids.find(id.number(), self.people.is(id.number()))
    }

    fn member(&self, key: u128, slot: u32) -> Member {
        let (score, reached_us) = read(key);
        let Person {
            number,
            joined_us,
            team,
            ..
        } = self.people.0[slot as usize];
        Member {
            id: ParticipantId::new(number),
            joined_us,
            team: (team != NO_TEAM).then(|| self.teams.number(team)),
            score,
            reached_us,
        }
    }

    fn rank_of(&self, slot: u32) -> u64 {
        u64::from(self.order.better(&self.people, slot)) + 1
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Bytes of memory that it takes, without what the allocator adds.
    pub fn bytes(&self) -> usize {
        let people = self.people.0.capacity() * size_of::<Person>() + self.spare.capacity() * 4;
        self.ids.bytes() + people + self.order.bytes() + self.teams.bytes()
    }

    /// Whether nobody is on the board.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A member as it is on the board.
    pub fn get(&self, id: ParticipantId) -> Option<Member> {
        let slot = self.slot(id)?;
        Some(self.member(self.order.key(&self.people, slot), slot))
    }

    /// The rank of a member: one more than the number of members who are strictly better.
    pub fn rank(&self, id: ParticipantId) -> Option<u64> {
        Some(self.rank_of(self.slot(id)?))
    }

    /// The ranks of many, as [`Standings::rank`] gives them, but on a large board in less time: see [`Standings::set_many`].
    pub fn ranks(&self, ids: &[ParticipantId]) -> Vec<Option<u64>> {
        let mut ranks = Vec::with_capacity(ids.len());
        for some in ids.chunks(AT_ONCE) {
            black_box(some.iter().fold(0, |all, id| all ^ self.ids.glance(id.number())));
            let mut slots = [None; AT_ONCE];
            for (slot, id) in slots.iter_mut().zip(some) {
                *slot = self.slot(*id);
            }
            let found = slots.iter().flatten();
            black_box(found.fold(0, |all, slot| {
                let home = self.people.home(*slot);
                all ^ self.order.glance_keys(home) ^ u128::from(self.order.glance(home))
            }));
            ranks.extend(
                slots[..some.len()]
                    .iter()
                    .map(|slot| slot.map(|slot| self.rank_of(slot))),
            );
        }
        ranks
    }

    /// Everybody in order.
    pub fn iter(&self) -> Ranked<'_> {
        self.from(0)
    }

    fn from(&self, position: u32) -> Ranked<'_> {
        Ranked {
            board: self,
            entries: self.order.from(&self.people, position),
            position: u64::from(position),
            last: None,
        }
    }

    /// The first `n`.
    pub fn top(&self, n: usize) -> Vec<Standing> {
        self.iter().take(n).collect()
    }

    /// A page of at most `n` members: those listed from place `first` on, the first place being 1. Since ranks may be shared,
    /// the rank of the first on the page may be less than `first`.
    pub fn page(&self, first: u64, n: usize) -> Vec<Standing> {
        match u32::try_from(first.saturating_sub(1)) {
            Ok(position) => self.from(position).take(n).collect(),
            Err(_) => Vec::new(),
        }
    }

    /// A member with the `n` listed above and the `n` below it.
    pub fn around(&self, id: ParticipantId, n: u32) -> Option<Vec<Standing>> {
        let position = self.order.position(&self.people, self.slot(id)?);
        let first = position.saturating_sub(n);
        let many = (position - first) as usize + n as usize + 1;
        Some(self.from(first).take(many).collect())
    }

    /// Where scores stand to each other, small enough to be kept every hour.
    pub fn outline(&self) -> Outline {
        Outline::of(|| self.order.from(&self.people, 0).map(|(key, _)| read(key).0))
    }

    /// A team; without rank where it has too few members.
    pub fn team(&self, number: i64) -> Option<TeamStanding> {
        Some(self.teams.standing(self.teams.slot(number)?))
    }

    /// The rank of a team: one more than the number of teams that are strictly better; none where it has too few members.
    pub fn team_rank(&self, number: i64) -> Option<u64> {
        self.team(number)?.rank
    }

    /// The teams that have a rank, in order.
    pub fn teams(&self) -> impl Iterator<Item = TeamStanding> {
        self.teams.from(0)
    }

    /// A page of at most `n` teams, as [`Standings::page`].
    pub fn team_page(&self, first: u64, n: usize) -> Vec<TeamStanding> {
        match u32::try_from(first.saturating_sub(1)) {
            Ok(position) => self.teams.from(position).take(n).collect(),
            Err(_) => Vec::new(),
        }
    }

    /// The members of a team in order, with their ranks on the whole board.
    pub fn members_of(&self, number: i64) -> Option<Vec<Standing>> {
        let slots = self.teams.members(self.teams.slot(number)?);
        let mut places: Vec<(u32, u32)> = slots
            .iter()
            .map(|slot| (self.order.position(&self.people, *slot), *slot))
            .collect();
        places.sort_unstable();
        let standing = |(_, slot)| Standing {
            rank: self.rank_of(slot),
            member: self.member(self.order.key(&self.people, slot), slot),
        };
        Some(places.into_iter().map(standing).collect())
    }
}

impl<'a> IntoIterator for &'a Standings {
    type Item = Standing;
    type IntoIter = Ranked<'a>;

    fn into_iter(self) -> Ranked<'a> {
        self.iter()
    }
}

/// Members in order, with their ranks.
#[derive(Debug, Clone)]
pub struct Ranked<'a> {
    board: &'a Standings,
    entries: Entries<'a, People>,
    position: u64,
    /// What the last one had, by which the next may be its equal.
    last: Option<(u128, i64, u64)>,
}

impl Iterator for Ranked<'_> {
    type Item = Standing;

    fn next(&mut self) -> Option<Standing> {
        let (key, slot) = self.entries.next()?;
        self.position += 1;
        let joined = self.board.people.0[slot as usize].joined_us;
        let rank = match self.last {
            None => self.board.rank_of(slot),
            Some((last, then, rank)) if (last, then) == (key, joined) => rank,
            Some(_) => self.position,
        };
        self.last = Some((key, joined, rank));
        Some(Standing {
            rank,
            member: self.board.member(key, slot),
        })
    }
}
