//! Live boards: exact ranks in memory, following the books.
//!
//! A board is built from the books when it is first looked at, and from then on takes in what changed there since its last
//! look: whoever writes only says that there is something new. So a board needs no message from the writer, is right
//! after a crash, and two processes on the same books show the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use domain::competition::standings::{Member, Outline, Standing, Standings, TeamStanding};
use domain::competition::{Stage, Status, Terms};
use domain::measure::{Day, Id, ParticipantId};
use domain::programme::{Deed, Programme};
use serde::{Deserialize, Serialize};
use store::competition::{self as books, Lead, Seat, Stored};
use store::{Db, StoreError, participant};
use tokio::sync::watch;

use crate::{App, Caller, Error, Refused};

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
}

struct Places {
    /// Everybody who is in.
    total: Standings,
    /// What counts of the newest day, of those who have something there.
    today: Standings,
    day: Day,
    /// Teams, with those who left after teams were fixed.
    teams: Option<Standings>,
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

/// Somebody on a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Row {
    /// The rank: one more than how many are strictly better.
    pub rank: u64,
    /// What the board calls it; without a name, if it does not want to be named.
    pub name: Option<String>,
    /// What stands for the participant in public, in hexadecimal.
    pub ticket: String,
    /// Its team's name.
    pub team: Option<String>,
    /// The score, in the metric's unit, or in thousandths of its own baseline with a handicap.
    pub score: i64,
    /// When that was reached, in microseconds since the epoch.
    pub reached_us: i64,
    /// Whether it is the caller.
    pub mine: bool,
}

/// A team on a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TeamRow {
    /// The rank; none with too few members.
    pub rank: Option<u64>,
    /// The team.
    #[schema(value_type = String)]
    pub id: Id,
    /// Its name.
    pub name: String,
    /// The sum of its members' scores; the score is `sum / members`.
    #[schema(value_type = i64)]
    pub sum: i64,
    /// How many members it has.
    pub members: u32,
    /// Whether the caller belongs to it.
    pub mine: bool,
}

/// What a viewer sees of a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BoardView {
    /// Grows with every change.
    pub version: u64,
    /// How many compete.
    pub entrants: u64,
    /// The newest civil day with a value.
    #[schema(value_type = String)]
    pub day: Day,
    /// The caller's own place.
    pub me: Option<Row>,
    /// The first of the whole competition.
    pub top: Vec<Row>,
    /// The caller with those around it.
    pub around: Vec<Row>,
    /// The first of the newest day.
    pub today: Vec<Row>,
    /// The caller's place on the newest day.
    pub me_today: Option<Row>,
    /// The first teams.
    pub teams: Vec<TeamRow>,
    /// The caller's team.
    pub my_team: Option<TeamRow>,
}

/// How many rows a view has.
const TOP: usize = 10;
const AROUND: u32 = 3;

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
        self.leader = self.today.top(1).first().map(|first| first.member.id);
        self.built = true;
        Ok(())
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
        }
    }

    fn places(&self) -> RwLockReadGuard<'_, Places> {
        self.places.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn places_mut(&self) -> RwLockWriteGuard<'_, Places> {
        self.places.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What changes when the board does.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// How scores stand to each other: of the newest day.
    pub(super) fn outline(&self) -> (Day, Outline) {
        let places = self.places();
        (places.day, places.today.outline())
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
    /// Who took the lead of the newest day, with what and when.
    pub(super) lead: Option<Lead>,
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
            board.names.lock().unwrap_or_else(PoisonError::into_inner).remove(&who);
        }
    }

    /// Takes in what changed in the books; tells what is worth telling.
    pub(super) async fn follow(&self, board: &Arc<Board>) -> Result<News, Error> {
        let mut follow = board.follow.lock().await;
        let woken = board.woken.swap(false, std::sync::atomic::Ordering::SeqCst);
        let now_us = self.now_us();
        // a clock that was set back must not stop the board
        let looked_lately = (0..STALE_US).contains(&(now_us - follow.looked_us));
        if !woken && looked_lately {
            return Ok(News::default());
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
                seen = true;
            }
        }
        if seen {
            board.version.send_modify(|version| *version += 1);
        }
        Ok(news)
    }

    /// What the board calls these, looked up together.
    pub(super) async fn names(
        &self,
        board: &Board,
        who: &[ParticipantId],
    ) -> Result<HashMap<ParticipantId, Name>, Error> {
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

    /// A board as somebody sees it: the first, and the viewer among its neighbours.
    pub async fn see_board(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
        who: Option<ParticipantId>,
    ) -> Result<BoardView, Error> {
        caller.may(Deed::ReadPublic, programme.id, None)?;
        if let Some(who) = who {
            caller.may(Deed::ReadParticipant, programme.id, Some(who))?;
        }
        let stored = self.find_competition(caller, programme, id).await?;
        if stored.stage == Stage::Draft {
            return Err(Refused::NotFound("competition").into());
        }
        let board = self.board(&stored).await?;
        self.view_board(&board, who).await
    }

    /// What a viewer sees of a board as it is.
    pub(super) async fn view_board(&self, board: &Board, who: Option<ParticipantId>) -> Result<BoardView, Error> {
        let version = *board.version.borrow();
        let seen = {
            let places = board.places();
            let around = who.and_then(|who| places.total.around(who, AROUND));
            let today = who.and_then(|who| {
                let rank = places.today.rank(who)?;
                Some(Standing {
                    rank,
                    member: places.today.get(who)?,
                })
            });
            let teams = places.teams.as_ref();
            let my_team = who.and_then(|who| teams?.get(who)?.team);
            Seen {
                entrants: places.total.len() as u64,
                day: places.day,
                top: places.total.top(TOP),
                around: around.unwrap_or_default(),
                today: places.today.top(TOP),
                me_today: today,
                teams: teams.map(|teams| teams.team_page(1, TOP)).unwrap_or_default(),
                my_team: my_team.and_then(|team| teams?.team(team)),
            }
        };
        self.told(board, who, version, seen).await
    }

    /// Places with the names that go with them.
    pub(super) async fn rows(
        &self,
        board: &Board,
        who: Option<ParticipantId>,
        places: &[Standing],
    ) -> Result<Vec<Row>, Error> {
        let ids: Vec<ParticipantId> = places.iter().map(|place| place.member.id).collect();
        let names = self.names(board, &ids).await?;
        let teams: Vec<Option<i64>> = {
            let all = board.places();
            let team = |id: &ParticipantId| all.teams.as_ref()?.get(*id)?.team;
            ids.iter().map(team).collect()
        };
        let called = board.teams.read().unwrap_or_else(PoisonError::into_inner);
        let row = |(place, team): (&Standing, &Option<i64>)| {
            let name = names.get(&place.member.id);
            Row {
                rank: place.rank,
                name: name.and_then(|name| name.alias.clone()),
                ticket: name.map(|name| format!("{:016x}", name.ticket)).unwrap_or_default(),
                team: team.and_then(|team| called.get(&team).cloned()),
                score: place.member.score,
                reached_us: place.member.reached_us,
                mine: who == Some(place.member.id),
            }
        };
        Ok(places.iter().zip(&teams).map(row).collect())
    }

    async fn told(
        &self,
        board: &Board,
        who: Option<ParticipantId>,
        version: u64,
        seen: Seen,
    ) -> Result<BoardView, Error> {
        let around = self.rows(board, who, &seen.around).await?;
        let me_today = match seen.me_today {
            Some(place) => self.rows(board, who, &[place]).await?.pop(),
            None => None,
        };
        let called = board.teams.read().unwrap_or_else(PoisonError::into_inner).clone();
        let team_row = |team: &TeamStanding| TeamRow {
            rank: team.rank,
            id: Id::new(team.number),
            name: called.get(&team.number).cloned().unwrap_or_default(),
            // beyond the range only with scores that no day can have
            sum: i64::try_from(team.sum).unwrap_or(i64::MAX),
            members: team.members,
            mine: seen.my_team.is_some_and(|mine| mine.number == team.number),
        };
        Ok(BoardView {
            version,
            entrants: seen.entrants,
            day: seen.day,
            me: around.iter().find(|row| row.mine).cloned(),
            top: self.rows(board, who, &seen.top).await?,
            around,
            today: self.rows(board, who, &seen.today).await?,
            me_today,
            teams: seen.teams.iter().map(team_row).collect(),
            my_team: seen.my_team.as_ref().map(team_row),
        })
    }

    /// A page of the whole board, from a place on.
    pub async fn board_page(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
        first: u64,
        limit: u32,
    ) -> Result<Vec<Row>, Error> {
        caller.may(Deed::ReadPublic, programme.id, None)?;
        let stored = self.find_competition(caller, programme, id).await?;
        let board = self.board(&stored).await?;
        let places = board.places().total.page(first, limit.min(MOST_ROWS) as usize);
        self.rows(&board, caller.participant_in(programme.id), &places).await
    }

    /// A page of the teams, from a place on; after the ranked ones come none.
    pub async fn team_page(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
        first: u64,
        limit: u32,
    ) -> Result<Vec<TeamRow>, Error> {
        caller.may(Deed::ReadPublic, programme.id, None)?;
        let stored = self.find_competition(caller, programme, id).await?;
        let board = self.board(&stored).await?;
        let teams = {
            let places = board.places();
            let teams = places.teams.as_ref();
            teams
                .map(|teams| teams.team_page(first, limit.min(MOST_ROWS) as usize))
                .unwrap_or_default()
        };
        let called = board.teams.read().unwrap_or_else(PoisonError::into_inner);
        let row = |team: TeamStanding| TeamRow {
            rank: team.rank,
            id: Id::new(team.number),
            name: called.get(&team.number).cloned().unwrap_or_default(),
            sum: i64::try_from(team.sum).unwrap_or(i64::MAX),
            members: team.members,
            mine: false,
        };
        Ok(teams.into_iter().map(row).collect())
    }

    /// A team's members in their order.
    pub async fn team_members(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
        team: Id,
    ) -> Result<Vec<Row>, Error> {
        caller.may(Deed::ReadPublic, programme.id, None)?;
        let stored = self.find_competition(caller, programme, id).await?;
        let board = self.board(&stored).await?;
        let members = {
            let places = board.places();
            let teams = places.teams.as_ref().and_then(|teams| teams.members_of(team.number()));
            let whole = |place: Standing| Standing {
                rank: places.total.rank(place.member.id).unwrap_or(place.rank),
                ..place
            };
            let members = teams.ok_or(Refused::NotFound("team"))?;
            members.into_iter().map(whole).collect::<Vec<_>>()
        };
        self.rows(&board, caller.participant_in(programme.id), &members).await
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
    let leader = places.today.top(1).first().map(|first| first.member);
    if let Some(leader) = leader
        && places.leader != Some(leader.id)
    {
        places.leader = Some(leader.id);
        news.lead = Some(Lead {
            at_us: leader.reached_us,
            day: places.day,
            participant: leader.id,
            value: leader.score,
        });
    }
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
/// The most rows of a page.
const MOST_ROWS: u32 = 200;

/// What was read from a board under its lock.
struct Seen {
    entrants: u64,
    day: Day,
    top: Vec<Standing>,
    around: Vec<Standing>,
    today: Vec<Standing>,
    me_today: Option<Standing>,
    teams: Vec<TeamStanding>,
    my_team: Option<TeamStanding>,
}

/// Names that a board keeps at once.
const MOST_NAMES: usize = 100_000;
