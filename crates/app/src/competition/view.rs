//! What one sees of a board: a part that everybody sees alike, made once for each change, and a small one of one's own.

use std::collections::HashMap;
use std::sync::Arc;

use domain::competition::Stage;
use domain::competition::standings::{Standing, TeamStanding};
use domain::measure::{Day, Id, ParticipantId};
use domain::programme::{Deed, Programme};
use serde::{Deserialize, Serialize};

use super::board::Board;
use crate::{App, Caller, Error, Refused};

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

/// Who looks: as which participant, and whether it may know what others are called. Those of the programme may; strangers
/// see tickets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Eyes {
    pub(super) who: Option<ParticipantId>,
    pub(super) named: bool,
}

impl Eyes {
    /// Of the product itself.
    pub(super) const OPEN: Eyes = Eyes { who: None, named: true };

    /// Of a participant.
    pub(super) const fn own(who: ParticipantId) -> Self {
        Eyes {
            who: Some(who),
            named: true,
        }
    }

    /// Of a caller.
    pub(super) fn of(caller: &Caller, programme: &Programme) -> Self {
        let who = caller.participant_in(programme.id);
        Eyes {
            who,
            named: who.is_some() || caller.can(Deed::ReadConsole, programme.id),
        }
    }
}

/// How many rows a view has.
const TOP: usize = 10;
const AROUND: u32 = 3;

/// The most rows of a page.
const MOST_ROWS: u32 = 200;

/// A list that everybody sees alike, as rows and as JSON. In both nobody is the caller.
struct Listed<T> {
    rows: Vec<T>,
    json: String,
}

impl<T: Serialize> Listed<T> {
    fn new(rows: Vec<T>) -> Result<Self, Error> {
        let json = serde_json::to_string(&rows).map_err(Error::outside)?;
        Ok(Listed { rows, json })
    }
}

/// What everybody sees alike.
pub(super) struct Shared {
    version: u64,
    entrants: u64,
    day: Day,
    top: Listed<Row>,
    today: Listed<Row>,
    teams: Listed<TeamRow>,
}

/// What only the viewer sees.
#[derive(Clone, PartialEq, Eq, Serialize)]
struct Mine {
    me: Option<Row>,
    around: Vec<Row>,
    me_today: Option<Row>,
    my_team: Option<TeamRow>,
}

/// What a viewer sees of a board at a moment.
#[derive(Clone)]
pub struct Picture {
    shared: Arc<Shared>,
    mine: Mine,
}

impl Picture {
    /// Grows with every change.
    pub fn version(&self) -> u64 {
        self.shared.version
    }

    /// Whether the viewer would see no difference.
    pub(super) fn looks_like(&self, other: &Picture) -> bool {
        let (one, two) = (&self.shared, &other.shared);
        let alike = Arc::ptr_eq(one, two)
            || (one.entrants, one.day) == (two.entrants, two.day)
                && one.top.json == two.top.json
                && one.today.json == two.today.json
                && one.teams.json == two.teams.json;
        alike && self.mine == other.mine
    }

    fn own(&self, rows: &[Row]) -> Option<Vec<Row>> {
        let mine = self.mine.me.as_ref().or(self.mine.me_today.as_ref())?;
        let at = rows.iter().position(|row| row.ticket == mine.ticket)?;
        let mut rows = rows.to_vec();
        rows[at].mine = true;
        Some(rows)
    }

    fn own_teams(&self) -> Option<Vec<TeamRow>> {
        let mine = self.mine.my_team.as_ref()?;
        let teams = &self.shared.teams.rows;
        let at = teams.iter().position(|team| team.id == mine.id)?;
        let mut teams = teams.clone();
        teams[at].mine = true;
        Some(teams)
    }

    /// The whole.
    pub fn view(&self) -> BoardView {
        let (shared, mine) = (&self.shared, self.mine.clone());
        BoardView {
            version: shared.version,
            entrants: shared.entrants,
            day: shared.day,
            me: mine.me,
            top: self.own(&shared.top.rows).unwrap_or_else(|| shared.top.rows.clone()),
            around: mine.around,
            today: self
                .own(&shared.today.rows)
                .unwrap_or_else(|| shared.today.rows.clone()),
            me_today: mine.me_today,
            teams: self.own_teams().unwrap_or_else(|| shared.teams.rows.clone()),
            my_team: mine.my_team,
        }
    }

    /// [`Picture::view`] as JSON: only what differs from what everybody sees is written anew.
    pub fn json(&self) -> Result<String, Error> {
        let shared = &self.shared;
        let written = |rows: Option<Vec<Row>>| rows.map(|rows| serde_json::to_string(&rows)).transpose();
        let top = written(self.own(&shared.top.rows)).map_err(Error::outside)?;
        let today = written(self.own(&shared.today.rows)).map_err(Error::outside)?;
        let teams = self.own_teams().map(|teams| serde_json::to_string(&teams)).transpose();
        let teams = teams.map_err(Error::outside)?;
        let mine = serde_json::to_string(&self.mine).map_err(Error::outside)?;
        Ok(format!(
            "{{\"version\":{},\"entrants\":{},\"day\":\"{}\",\"top\":{},\"today\":{},\"teams\":{},{}",
            shared.version,
            shared.entrants,
            shared.day,
            top.as_ref().unwrap_or(&shared.top.json),
            today.as_ref().unwrap_or(&shared.today.json),
            teams.as_ref().unwrap_or(&shared.teams.json),
            mine.trim_start_matches('{'),
        ))
    }
}

fn team_row(team: &TeamStanding, called: &HashMap<i64, String>) -> TeamRow {
    TeamRow {
        rank: team.rank,
        id: Id::new(team.number),
        name: called.get(&team.number).cloned().unwrap_or_default(),
        // beyond the range only with scores that no day can have
        sum: i64::try_from(team.sum).unwrap_or(i64::MAX),
        members: team.members,
        mine: false,
    }
}

impl App {
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
        let eyes = Eyes {
            who,
            ..Eyes::of(caller, programme)
        };
        Ok(self.picture(&board, eyes).await?.view())
    }

    /// What a viewer sees of a board as it is.
    pub(super) async fn picture(&self, board: &Board, eyes: Eyes) -> Result<Picture, Error> {
        let who = eyes.who;
        let shared = self.shared(board, eyes.named).await?;
        let (around, today, my_team) = {
            let places = board.places();
            let around = who.and_then(|who| places.total.around(who, AROUND));
            let today = who.and_then(|who| {
                let (rank, member) = (places.today.rank(who)?, places.today.get(who)?);
                Some(Standing { rank, member })
            });
            let team = |who| {
                let teams = places.teams.as_ref()?;
                teams.team(teams.get(who)?.team?)
            };
            (around.unwrap_or_default(), today, who.and_then(team))
        };
        let rows = self.rows(board, eyes, &around).await?;
        let me_today = match today {
            Some(place) => self.rows(board, eyes, &[place]).await?.pop(),
            None => None,
        };
        let called = board.team_names(my_team.iter().map(|team| team.number));
        let mine = Mine {
            me: rows.iter().find(|row| row.mine).cloned(),
            around: rows,
            me_today,
            my_team: my_team.map(|team| TeamRow {
                mine: true,
                ..team_row(&team, &called)
            }),
        };
        Ok(Picture { shared, mine })
    }

    /// What everybody sees alike: made once for each change, however many look.
    async fn shared(&self, board: &Board, named: bool) -> Result<Arc<Shared>, Error> {
        let mut both = board.shared().await;
        let kept = &mut both[usize::from(named)];
        let eyes = Eyes { who: None, named };
        let version = board.version();
        if let Some(known) = kept.as_ref().filter(|known| known.version == version) {
            return Ok(Arc::clone(known));
        }
        let (entrants, day, top, today, teams) = {
            let places = board.places();
            let teams = places.teams.as_ref().map(|teams| teams.team_page(1, TOP));
            (
                places.total.len() as u64,
                places.day,
                places.total.top(TOP),
                places.today.top(TOP),
                teams.unwrap_or_default(),
            )
        };
        let called = board.team_names(teams.iter().map(|team| team.number));
        let top = self.rows(board, eyes, &top).await?;
        let today = self.rows(board, eyes, &today).await?;
        let teams: Vec<TeamRow> = teams.iter().map(|team| team_row(team, &called)).collect();
        let shared = Arc::new(Shared {
            version,
            entrants,
            day,
            top: Listed::new(top)?,
            today: Listed::new(today)?,
            teams: Listed::new(teams)?,
        });
        *kept = Some(Arc::clone(&shared));
        Ok(shared)
    }

    /// Places with the names that go with them.
    pub(super) async fn rows(&self, board: &Board, eyes: Eyes, places: &[Standing]) -> Result<Vec<Row>, Error> {
        let ids: Vec<ParticipantId> = places.iter().map(|place| place.member.id).collect();
        let names = self.names(board, eyes, &ids).await?;
        let teams: Vec<Option<i64>> = {
            let all = board.places();
            let team = |id: &ParticipantId| all.teams.as_ref()?.get(*id)?.team;
            ids.iter().map(team).collect()
        };
        let called = board.team_names(teams.iter().flatten().copied());
        let row = |(place, team): (&Standing, &Option<i64>)| {
            let name = names.get(&place.member.id);
            Row {
                rank: place.rank,
                name: name.and_then(|name| name.alias.clone()),
                ticket: name.map(|name| format!("{:016x}", name.ticket)).unwrap_or_default(),
                team: team.and_then(|team| called.get(&team).cloned()),
                score: place.member.score,
                reached_us: place.member.reached_us,
                mine: eyes.who == Some(place.member.id),
            }
        };
        Ok(places.iter().zip(&teams).map(row).collect())
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
        self.rows(&board, Eyes::of(caller, programme), &places).await
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
        let called = board.team_names(teams.iter().map(|team| team.number));
        Ok(teams.iter().map(|team| team_row(team, &called)).collect())
    }

    /// What a team is called.
    pub async fn team_name(&self, caller: &Caller, programme: &Programme, id: Id, team: Id) -> Result<String, Error> {
        caller.may(Deed::ReadPublic, programme.id, None)?;
        let stored = self.find_competition(caller, programme, id).await?;
        let board = self.board(&stored).await?;
        let number = team.number();
        let called = board.team_names(std::iter::once(number)).remove(&number);
        Ok(called.ok_or(Refused::NotFound("team"))?)
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
        self.rows(&board, Eyes::of(caller, programme), &members).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(rank: u64, mine: bool) -> Row {
        Row {
            rank,
            name: Some(format!("\"{rank}\" of {{}}")),
            ticket: format!("{rank:016x}"),
            team: None,
            score: 1_000 - i64::try_from(rank).unwrap(),
            reached_us: 1,
            mine,
        }
    }

    fn team(number: i64, mine: bool) -> TeamRow {
        TeamRow {
            rank: u64::try_from(number).ok(),
            id: Id::new(number),
            name: format!("{{team {number}"),
            sum: 10,
            members: 3,
            mine,
        }
    }

    fn picture(me: Option<u64>, my_team: Option<i64>) -> Picture {
        let shared = Shared {
            version: 7,
            entrants: 30,
            day: Day::from_epoch_days(20_000),
            top: Listed::new((1..=10).map(|rank| row(rank, false)).collect()).unwrap(),
            today: Listed::new((2..=4).map(|rank| row(rank, false)).collect()).unwrap(),
            teams: Listed::new((1..=3).map(|number| team(number, false)).collect()).unwrap(),
        };
        Picture {
            shared: Arc::new(shared),
            mine: Mine {
                me: me.map(|rank| row(rank, true)),
                around: me.map(|rank| vec![row(rank, true)]).unwrap_or_default(),
                me_today: None,
                my_team: my_team.map(|number| team(number, true)),
            },
        }
    }

    #[test]
    fn what_is_put_together_from_pieces_is_the_whole() {
        for me in [None, Some(1), Some(3), Some(10), Some(20)] {
            for my_team in [None, Some(2), Some(9)] {
                let picture = picture(me, my_team);
                let told: BoardView = serde_json::from_str(&picture.json().unwrap()).unwrap();
                assert_eq!(told, picture.view(), "{me:?} {my_team:?}");
                assert_eq!(
                    told.top.iter().filter(|row| row.mine).count(),
                    usize::from(me.is_some_and(|me| me <= 10))
                );
                assert_eq!(
                    told.teams.iter().filter(|team| team.mine).count(),
                    usize::from(my_team == Some(2))
                );
            }
        }
    }

    #[test]
    fn another_version_alone_is_no_difference() {
        let (one, mut two) = (picture(Some(3), None), picture(Some(3), None));
        Arc::get_mut(&mut two.shared).unwrap().version += 1;
        assert!(one.looks_like(&two));
        assert!(!one.looks_like(&picture(Some(4), None)) && !one.looks_like(&picture(Some(3), Some(1))));
        Arc::get_mut(&mut two.shared).unwrap().entrants += 1;
        assert!(!one.looks_like(&two));
    }
}
