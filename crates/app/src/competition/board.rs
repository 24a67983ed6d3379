//! Live boards: exact ranks in memory, following the books.
//!
//! A board is built from the books when it is first looked at, and from then on takes in what changed there since its last
//! look: whoever writes only says that there is something new. So a board needs no message from the writer, is right
//! after a crash, and two processes on the same books show the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use domain::competition::standings::{Member, Outline, Standings};
use domain::competition::{Status, Terms};
use domain::measure::{Day, Id, ParticipantId};
use store::competition::{self as books, Lead, Seat, Stored};
use store::{Db, StoreError, participant};
use tokio::sync::watch;

use super::view::{Eyes, Shared};
use crate::{App, Error};

/// How far before its last look a board looks again: what was being written then had its time already.
const OVERLAP_US: i64 = 5_000_000;
/// How long a board waits before it looks whether another process wrote something.
const STALE_US: i64 = 1_000_000;

/// Boards that somebody looked at.
#[derive(Default)]
pub(crate) struct Boards(Mutex<HashMap<i64, Arc<Board>>>);

/// A competition's board.
pub(crate) struct Board {
    pub(super) competition: i64,
    pub(super) terms: Terms,
    places: RwLock<Places>,
    names: Mutex<HashMap<ParticipantId, Name>>,
    teams: RwLock<HashMap<i64, String>>,
    follow: tokio::sync::Mutex<Follow>,
    /// Whether this process wrote something since the last look.
    woken: std::sync::atomic::AtomicBool,
    /// Grows with every change that can be seen.
    version: watch::Sender<u64>,
    /// The hour whose end was kept last, as day and hour.
    kept: Mutex<Option<(Day, u8)>>,
    /// Until when the journal was followed.
    journal_us: Mutex<Option<i64>>,
    /// What looks have brought and nobody was told yet: a page may look before the beat does.
    untold: Mutex<News>,
    /// What everybody sees alike, as of the newest version that somebody looked at.
    /// As those see it who may not know what people are called, and as everybody else does.
    shared: tokio::sync::Mutex<[Option<Arc<Shared>>; 2]>,
}

pub(super) struct Places {
    /// Everybody who is in.
    pub(super) total: Standings,
    /// What counts of the newest day, of those who have something there.
    pub(super) today: Standings,
    pub(super) day: Day,
    /// Teams, with those who left after teams were fixed.
    pub(super) teams: Option<Standings>,
    leader: Option<ParticipantId>,
    /// Members that a team needs to be ranked.
    least: u32,
    built: bool,
}

#[derive(Default)]
struct Follow {
    since_us: i64,
    looked_us: i64,
}

/// What the board calls somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// The alias, if it is shown.
    pub(super) alias: Option<String>,
    /// What stands for the participant in public.
    pub(super) ticket: i64,
}

/// Everything of a competition that a board begins with.
async fn seats(db: &mut Db, competition: i64, since_us: i64) -> Result<Vec<Seat>, StoreError> {
    let mut seats = Vec::new();
    books::changed_since(db, competition, since_us, |seat| seats.push(seat)).await?;
    Ok(seats)
}

fn member(seat: &Seat) -> Member {
    Member {
        id: seat.participant,
        joined_us: seat.joined_us,
        team: None,
        score: seat.score,
        reached_us: seat.reached_us,
    }
}

impl Places {
    fn new(terms: &Terms) -> Self {
        Places {
            total: Standings::new(1),
            today: Standings::new(1),
            day: terms.first,
            teams: terms.teams.map(|rule| Standings::new(rule.min_members)),
            leader: None,
            least: terms.teams.map_or(1, |rule| rule.min_members),
            built: false,
        }
    }

    /// Everybody at once: how a board begins.
    fn build(&mut self, seats: &[Seat], formed: &[(i64, i64)]) -> Result<(), domain::competition::standings::Refused> {
        let ranked = |seat: &&Seat| seat.status == Status::In;
        self.total = Standings::from_members(1, [], seats.iter().filter(ranked).map(member))?;
        self.day = seats
            .iter()
            .map(|seat| seat.today)
            .max()
            .unwrap_or(self.day)
            .max(self.day);
        let day = self.day;
        let walked = |seat: &&Seat| ranked(seat) && seat.today == day && seat.today_value > 0;
        self.today = Standings::from_members(1, [], seats.iter().filter(walked).map(walker))?;
        if self.teams.is_some() {
            let least = self.least;
            let of_team = |seat: &Seat| {
                let team = seat.team.filter(|_| seat.status != Status::Out)?;
                Some(Member {
                    team: Some(team),
                    ..member(seat)
                })
            };
            let members = seats.iter().filter_map(of_team);
            self.teams = Some(Standings::from_members(least, formed.iter().copied(), members)?);
        }
        self.built = true;
        Ok(())
    }

    /// Who leads the newest day, if that is somebody else than at the last look.
    fn new_leader(&mut self) -> Option<Lead> {
        let first = self.today.top(1).first()?.member;
        (self.leader.replace(first.id) != Some(first.id)).then_some(Lead {
            at_us: first.reached_us,
            day: self.day,
            participant: first.id,
            value: first.score,
        })
    }

    /// Puts somebody where the books say; says whether anything changed.
    fn put(&mut self, seat: &Seat) -> Result<bool, domain::competition::standings::Refused> {
        let wanted = (seat.status == Status::In).then(|| member(seat));
        let mut changed = place(&mut self.total, seat.participant, wanted)?;
        if seat.today > self.day {
            self.day = seat.today;
            self.today = Standings::new(1);
            self.leader = None;
            changed = true;
        }
        let walked = seat.status == Status::In && seat.today == self.day && seat.today_value > 0;
        changed |= place(&mut self.today, seat.participant, walked.then(|| walker(seat)))?;
        if let Some(teams) = &mut self.teams {
            let team = seat.team.filter(|_| seat.status != Status::Out);
            let wanted = team.map(|team| Member {
                team: Some(team),
                ..member(seat)
            });
            changed |= place(teams, seat.participant, wanted)?;
        }
        Ok(changed)
    }
}

/// Somebody with what counts of the newest day.
fn walker(seat: &Seat) -> Member {
    Member {
        score: seat.today_value,
        reached_us: seat.today_us,
        ..member(seat)
    }
}

/// Puts somebody into an order, moves it there, or takes it out; says whether anything changed.
fn place(
    order: &mut Standings,
    id: ParticipantId,
    wanted: Option<Member>,
) -> Result<bool, domain::competition::standings::Refused> {
    let there = order.get(id);
    if there == wanted {
        return Ok(false);
    }
    match (there, wanted) {
        (Some(before), Some(after)) if before.team == after.team && before.joined_us == after.joined_us => {
            order.set(id, after.score, after.reached_us)?;
        }
        (before, after) => {
            if before.is_some() {
                order.remove(id)?;
            }
            if let Some(after) = after {
                order.enter(&after)?;
            }
        }
    }
    Ok(true)
}

impl Board {
    fn new(stored: &Stored) -> Self {
        Board {
            competition: stored.id,
            terms: stored.terms.clone(),
            places: RwLock::new(Places::new(&stored.terms)),
            names: Mutex::default(),
            teams: RwLock::default(),
            follow: tokio::sync::Mutex::default(),
            woken: true.into(),
            version: watch::Sender::new(0),
            kept: Mutex::default(),
            journal_us: Mutex::default(),
            untold: Mutex::default(),
            shared: tokio::sync::Mutex::default(),
        }
    }

    pub(super) fn places(&self) -> RwLockReadGuard<'_, Places> {
        self.places.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn places_mut(&self) -> RwLockWriteGuard<'_, Places> {
        self.places.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the teams of these numbers are called.
    pub(super) fn team_names(&self, numbers: impl Iterator<Item = i64>) -> HashMap<i64, String> {
        let called = self.teams.read().unwrap_or_else(PoisonError::into_inner);
        let name = |number: i64| Some((number, called.get(&number)?.clone()));
        numbers.filter_map(name).collect()
    }

    /// What everybody sees alike, and the lock to renew it under.
    pub(super) async fn shared(&self) -> tokio::sync::MutexGuard<'_, [Option<Arc<Shared>>; 2]> {
        self.shared.lock().await
    }

    /// How often the board has changed.
    pub(super) fn version(&self) -> u64 {
        *self.version.borrow()
    }

    /// Forgets what it calls somebody; whoever looks is to see the new name.
    fn forget(&self, who: ParticipantId) {
        let known = self.names.lock().unwrap_or_else(PoisonError::into_inner).remove(&who);
        if known.is_some() {
            self.version.send_modify(|version| *version += 1);
        }
    }

    /// What changes when the board does.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// The newest day with a value.
    pub(super) fn day(&self) -> Day {
        self.places().day
    }

    /// How scores of the newest day stand to each other. It goes through everybody.
    pub(super) fn outline(&self) -> Outline {
        self.places().today.outline()
    }

    fn hear(&self, news: News) {
        let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        untold.leads.extend(news.leads);
        untold.passed.extend(news.passed);
        untold.passed.truncate(MOST_MOVES);
    }

    /// What looks have brought since this was asked last.
    pub(super) fn untold(&self) -> News {
        std::mem::take(&mut *self.untold.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Somebody's rank.
    pub(super) fn rank(&self, who: ParticipantId) -> Option<u64> {
        self.places().total.rank(who)
    }

    /// Whether an hour was not kept yet; it is from now on.
    pub(super) fn first_of_hour(&self, day: Day, hour: u8) -> bool {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.replace((day, hour)) != Some((day, hour))
    }

    /// Until when the journal was followed.
    pub(super) fn journal_us(&self) -> Option<i64> {
        *self.journal_us.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the journal was followed until an instant.
    pub(super) fn saw_journal(&self, at_us: i64) {
        let mut seen = self.journal_us.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = seen.max(Some(at_us));
    }
}

/// What a look at the books brought.
#[derive(Debug, Default)]
pub(super) struct News {
    /// Who took the lead of the newest day, with what and when, in the order in which it was seen.
    pub(super) leads: Vec<Lead>,
    /// Who passed whom in the whole competition: the one who moved up, and at most three whom it passed last.
    pub(super) passed: Vec<(ParticipantId, Vec<ParticipantId>)>,
}

/// How many moves a look tells of: a board of millions moves everywhere at once.
const MOST_MOVES: usize = 200;

impl App {
    /// The board of a competition, built if nobody looked at it before.
    pub(super) async fn board(&self, stored: &Stored) -> Result<Arc<Board>, Error> {
        let board = {
            let mut boards = self.0.boards.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(boards.entry(stored.id).or_insert_with(|| Arc::new(Board::new(stored))))
        };
        self.follow(&board).await?;
        Ok(board)
    }

    /// Keeps a board up to date though nobody looks at it.
    pub(super) fn keep_board(&self, stored: &Stored) {
        let mut boards = self.0.boards.0.lock().unwrap_or_else(PoisonError::into_inner);
        boards.entry(stored.id).or_insert_with(|| Arc::new(Board::new(stored)));
    }

    /// Boards that are being kept.
    pub(super) fn kept_boards(&self) -> Vec<Arc<Board>> {
        let boards = self.0.boards.0.lock().unwrap_or_else(PoisonError::into_inner);
        boards.values().cloned().collect()
    }

    /// Says that something was written that a board shows.
    pub(super) fn wake_board(&self, id: Id) {
        let boards = self.0.boards.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(board) = boards.get(&id.number()) {
            board.woken.store(true, std::sync::atomic::Ordering::SeqCst);
        }
    }

    /// Forgets what a board calls somebody: it changed.
    pub(super) fn forget_name(&self, id: Id, who: ParticipantId) {
        let boards = self.0.boards.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(board) = boards.get(&id.number()) {
            board.forget(who);
        }
    }

    /// Forgets what every board calls somebody: its alias changed, or it is gone.
    pub(crate) fn forget_alias(&self, who: ParticipantId) {
        let boards = self.0.boards.0.lock().unwrap_or_else(PoisonError::into_inner);
        for board in boards.values() {
            board.forget(who);
        }
    }

    /// Takes in what changed in the books; what is worth telling waits for the beat.
    pub(super) async fn follow(&self, board: &Arc<Board>) -> Result<(), Error> {
        let mut follow = board.follow.lock().await;
        let woken = board.woken.swap(false, std::sync::atomic::Ordering::SeqCst);
        let now_us = self.now_us();
        // a clock that was set back must not stop the board
        let looked_lately = (0..STALE_US).contains(&(now_us - follow.looked_us));
        if !woken && looked_lately {
            return Ok(());
        }
        let (competition, since_us) = (board.competition, (follow.since_us - OVERLAP_US).max(0));
        let with_teams = board.terms.teams.is_some();
        let look = async move |db: &mut Db| {
            let teams = if with_teams {
                books::teams(db, competition).await?
            } else {
                Vec::new()
            };
            Ok((seats(db, competition, since_us).await?, teams))
        };
        let (changed, teams) = match self.0.store.read(look).await {
            Ok(found) => found,
            Err(error) => {
                board.woken.store(true, std::sync::atomic::Ordering::SeqCst);
                return Err(error.into());
            }
        };
        follow.since_us = changed
            .iter()
            .map(|seat| seat.changed_us)
            .max()
            .unwrap_or(0)
            .max(follow.since_us);
        follow.looked_us = now_us;
        let mut news = News::default();
        let mut seen = false;
        {
            let mut places = board.places_mut();
            let mut names = board.teams.write().unwrap_or_else(PoisonError::into_inner);
            let formed: Vec<(i64, i64)> = teams.iter().map(|team| (team.id, team.formed_us)).collect();
            for team in teams {
                seen |= names.insert(team.id, team.name.clone()) != Some(team.name);
            }
            drop(names);
            if places.built {
                seen |= take_in(&mut places, &changed, &formed, &mut news).map_err(Error::outside)?;
            } else {
                places.build(&changed, &formed).map_err(Error::outside)?;
                news.leads.extend(places.new_leader());
                seen = true;
            }
        }
        board.hear(news);
        if seen {
            board.version.send_modify(|version| *version += 1);
        }
        Ok(())
    }

    /// What the board calls these to somebody, looked up together.
    pub(super) async fn names(
        &self,
        board: &Board,
        eyes: Eyes,
        who: &[ParticipantId],
    ) -> Result<HashMap<ParticipantId, Name>, Error> {
        let mut names = self.known_names(board, who).await?;
        if !eyes.named {
            for name in names.values_mut() {
                name.alias = None;
            }
        }
        Ok(names)
    }

    /// What the board calls these.
    async fn known_names(&self, board: &Board, who: &[ParticipantId]) -> Result<HashMap<ParticipantId, Name>, Error> {
        let mut found = HashMap::new();
        let mut unknown = Vec::new();
        {
            let names = board.names.lock().unwrap_or_else(PoisonError::into_inner);
            for id in who {
                match names.get(id) {
                    Some(name) => drop(found.insert(*id, name.clone())),
                    None => unknown.push(*id),
                }
            }
        }
        if unknown.is_empty() {
            return Ok(found);
        }
        let competition = board.competition;
        let look = async move |db: &mut Db| {
            let mut names = Vec::new();
            for id in unknown {
                let Some(entrant) = books::entrant(db, competition, id).await? else {
                    continue;
                };
                let profile = participant::profile(db, id).await?.filter(|_| !entrant.nameless);
                let alias = profile.map(|profile| profile.alias).filter(|alias| !alias.is_empty());
                names.push((
                    id,
                    Name {
                        alias,
                        ticket: entrant.ticket,
                    },
                ));
            }
            Ok(names)
        };
        let looked_up = self.0.store.read(look).await?;
        let mut names = board.names.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() > MOST_NAMES {
            names.clear();
        }
        for (id, name) in looked_up {
            names.insert(id, name.clone());
            found.insert(id, name);
        }
        Ok(found)
    }
}

/// Takes in what changed; says whether anything did.
fn take_in(
    places: &mut Places,
    changed: &[Seat],
    formed: &[(i64, i64)],
    news: &mut News,
) -> Result<bool, domain::competition::standings::Refused> {
    if let Some(teams) = &mut places.teams {
        for (team, formed_us) in formed {
            if teams.team(*team).is_none() {
                teams.form(*team, *formed_us)?;
            }
        }
    }
    let mut seen = false;
    let mut moves: Vec<(ParticipantId, u64)> = Vec::new();
    for seat in changed {
        let before = places.total.rank(seat.participant);
        if places.put(seat)? {
            seen = true;
            if moves.len() < MOST_MOVES {
                moves.extend(before.map(|rank| (seat.participant, rank)));
            }
        }
    }
    news.passed = passed(&places.total, &moves);
    news.leads.extend(places.new_leader());
    Ok(seen)
}

/// Who passed whom: of those who moved up, the ones right below them now that were above before.
fn passed(total: &Standings, moves: &[(ParticipantId, u64)]) -> Vec<(ParticipantId, Vec<ParticipantId>)> {
    let mut told = Vec::new();
    for (who, before) in moves {
        let Some(now) = total.rank(*who).filter(|now| now < before) else {
            continue;
        };
        let many = usize::try_from(before - now).unwrap_or(usize::MAX).min(PASSED);
        let behind = total.page(now + 1, many).into_iter().map(|place| place.member.id);
        let behind: Vec<ParticipantId> = behind.filter(|id| id != who).collect();
        if !behind.is_empty() {
            told.push((*who, behind));
        }
    }
    told
}

/// Of those who were passed, so many hear of it.
const PASSED: usize = 3;
/// Names that a board keeps at once.
const MOST_NAMES: usize = 100_000;
