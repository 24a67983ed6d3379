//! Results as people see them: places, teams, champions, who won what; provisional while they are being looked at, and the
//! same for ever afterwards, because anybody can make them again from the books.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use domain::competition::standings::{Member, Standing};
use domain::competition::{Place, Stage, To, What, promise};
use domain::measure::{Day, Id, ParticipantId, Text};
use domain::programme::{Deed, Programme};
use serde::{Deserialize, Serialize};
use store::Db;
use store::competition::{self as books, AwardState, Results, Stored};

use super::view::Eyes;
use super::{DayView, Row, hex};
use crate::{App, Caller, Error, Refused};

/// How many places and teams a page has.
const MOST_ROWS: u32 = 200;
/// Results that are kept in memory.
const MOST_KEPT: usize = 8;

/// Results that somebody looked at, by competition, with the version of its row that they follow from.
#[derive(Default)]
pub(crate) struct Kept(Mutex<HashMap<i64, (i64, Arc<Results>)>>);

/// What somebody won, as everybody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WinnerRow {
    /// The prize's place in the terms, from 0.
    pub prize: i64,
    /// What the prize is called.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub title: Text,
    /// What it is.
    #[schema(value_type = Object)]
    pub what: What,
    /// By which rank it was won, or in which turn of a draw; none for a team's prize.
    pub rank: Option<i64>,
    /// What the board calls the winner; without a name, if it does not want to be named.
    pub name: Option<String>,
    /// What stands for the winner in public, in hexadecimal.
    pub ticket: String,
    /// With which team.
    pub team: Option<String>,
    /// Whether it is the caller.
    pub mine: bool,
}

/// A team's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TeamResult {
    /// The rank; none with too few members.
    pub rank: Option<u32>,
    /// The team.
    #[schema(value_type = String)]
    pub id: Id,
    /// Its name.
    pub name: String,
    /// The sum of its members' scores; the score is `sum / members`.
    pub sum: i64,
    /// How many members count.
    pub members: u32,
    /// Whether the caller belongs to it.
    pub mine: bool,
}

/// The results of a competition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PodiumView {
    /// How far the competition is.
    #[schema(value_type = String)]
    pub stage: Stage,
    /// Whether results may still change: they are being looked at.
    pub provisional: bool,
    /// How many are ranked.
    pub entrants: u64,
    /// A page of the places.
    pub places: Vec<Row>,
    /// The caller's own place.
    pub me: Option<Row>,
    /// The first teams.
    pub teams: Vec<TeamResult>,
    /// The days with their champions.
    pub days: Vec<DayView>,
    /// Who won what, by prize; at most 200 a prize.
    pub winners: Vec<WinnerRow>,
    /// How often results were changed after they had become final.
    pub revision: i64,
    /// The SHA-256 of all final scores, in hexadecimal: what lots are drawn with.
    pub digest: String,
    /// The SHA-256 of the seed of the lots, in hexadecimal, published at the opening.
    pub seed_hash: String,
    /// The seed, once results are final.
    pub seed: Option<String>,
}

/// What a participant made of a competition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OwnResult {
    /// Its place; none, if it left or was disqualified.
    pub place: Option<Row>,
    /// Its team's place.
    pub team: Option<TeamResult>,
    /// How many are ranked.
    pub entrants: u64,
    /// Days of which it was champion.
    #[schema(value_type = Vec<String>)]
    pub champion: Vec<Day>,
    /// What it won.
    pub won: Vec<WinnerRow>,
    /// Whether this may still change.
    pub provisional: bool,
}

/// Whether the results are what the books make of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Replay {
    /// The digest that was written when results became final, in hexadecimal; none before.
    pub written: Option<String>,
    /// The digest of the scores as they are in the books now.
    pub made: String,
    /// Whether every entrant's score is what its days count to.
    pub sums_agree: bool,
    /// Whether those who hold awards are those who win by the scores, the seed and the terms.
    pub awards_agree: bool,
    /// Whether all of it agrees.
    pub agrees: bool,
}

/// A place as the board lists it, which knows the teams.
fn standing(place: &Place) -> Standing {
    Standing {
        rank: u64::from(place.rank),
        member: Member {
            id: place.participant,
            joined_us: place.joined_us,
            team: None,
            score: place.score,
            reached_us: place.reached_us,
        },
    }
}

impl App {
    /// The results of a competition that is being looked at or closed, as they follow from the books.
    async fn results(&self, caller: &Caller, programme: &Programme, id: Id) -> Result<(Stored, Arc<Results>), Error> {
        caller.may(Deed::ReadPublic, programme.id, None)?;
        let stored = self.find_competition(caller, programme, id).await?;
        if !matches!(stored.stage, Stage::Frozen | Stage::Closed) {
            return Err(Refused::Settled("not every day is final").into());
        }
        let kept = {
            let kept = self.0.results.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.get(&stored.id).cloned()
        };
        if let Some((version, results)) = kept
            && version == stored.version
        {
            return Ok((stored, results));
        }
        let number = stored.id;
        // the row and what it vouches for are read at one moment
        let look = async move |db: &mut Db| {
            db.snapshot().await?;
            let Some(stored) = books::get(db, number).await? else {
                return Ok(None);
            };
            let results = books::results(db, &stored).await?;
            Ok(Some((stored, results)))
        };
        let (stored, results) = self.0.store.read(look).await?.ok_or(Refused::NotFound("competition"))?;
        let results = Arc::new(results);
        let mut kept = self.0.results.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT && !kept.contains_key(&number) {
            kept.clear();
        }
        kept.insert(number, (stored.version, Arc::clone(&results)));
        drop(kept);
        Ok((stored, results))
    }

    /// The results of a competition: places from `first` (1) on, at most `limit` (up to 200).
    pub async fn podium(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
        first: u64,
        limit: u32,
    ) -> Result<PodiumView, Error> {
        let (stored, results) = self.results(caller, programme, id).await?;
        let eyes = Eyes::of(caller, programme);
        let own = eyes.who;
        let board = self.board(&stored).await?;
        let limit = usize::try_from(limit.clamp(1, MOST_ROWS)).unwrap_or(usize::MAX);
        let skip = usize::try_from(first.saturating_sub(1)).unwrap_or(usize::MAX);
        let places = &results.podium.places;
        let page: Vec<Standing> = places.iter().skip(skip).take(limit).map(standing).collect();
        let mine = places.iter().find(|one| own == Some(one.participant));
        let mine: Vec<Standing> = mine.into_iter().map(standing).collect();
        let closed = stored.stage == Stage::Closed;
        Ok(PodiumView {
            provisional: !closed,
            entrants: places.len() as u64,
            places: self.rows(&board, eyes, &page).await?,
            me: self.rows(&board, eyes, &mine).await?.pop(),
            teams: team_results(&results, own).into_iter().take(limit).collect(),
            days: self.competition_days(caller, programme, id).await?,
            winners: self.winners(&stored, &results, eyes, None).await?,
            revision: stored.revision,
            digest: hex(&results.podium.digest),
            seed_hash: hex(&promise(&stored.seed)),
            seed: closed.then(|| hex(&stored.seed)),
            stage: stored.stage,
        })
    }

    /// What a participant made of a competition.
    pub async fn own_result(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
        who: ParticipantId,
    ) -> Result<OwnResult, Error> {
        caller.may(Deed::ReadParticipant, programme.id, Some(who))?;
        let (stored, results) = self.results(caller, programme, id).await?;
        let board = self.board(&stored).await?;
        let places = &results.podium.places;
        let place = places.iter().find(|one| one.participant == who);
        let place: Vec<Standing> = place.into_iter().map(standing).collect();
        let number = id.number();
        let finals = self
            .0
            .store
            .read(async move |db: &mut Db| books::final_days(db, number).await)
            .await?;
        let champion = finals.iter().filter(|done| done.champion == Some(who));
        Ok(OwnResult {
            place: self.rows(&board, Eyes::own(who), &place).await?.pop(),
            team: team_results(&results, Some(who)).into_iter().find(|team| team.mine),
            entrants: places.len() as u64,
            champion: champion.map(|done| done.day).collect(),
            won: self.winners(&stored, &results, Eyes::own(who), Some(who)).await?,
            provisional: stored.stage != Stage::Closed,
        })
    }

    /// Who wins what, as the board names them; only of `whose`, if that is somebody.
    async fn winners(
        &self,
        stored: &Stored,
        results: &Results,
        eyes: Eyes,
        whose: Option<ParticipantId>,
    ) -> Result<Vec<WinnerRow>, Error> {
        let board = self.board(stored).await?;
        let mut shown: HashMap<usize, u32> = HashMap::new();
        let mut awards = results.podium.awards.clone();
        awards.retain(|award| {
            let count = shown.entry(award.prize).or_default();
            *count += 1;
            whose.map_or(*count <= MOST_ROWS, |whose| award.participant == whose)
        });
        let people: Vec<ParticipantId> = awards.iter().map(|award| award.participant).collect();
        let names = self.names(&board, eyes, &people).await?;
        let teams: HashMap<i64, &str> = results.teams.iter().map(|team| (team.id, team.name.as_str())).collect();
        let row = |award: &domain::competition::Award| {
            let prize = stored.terms.prizes.get(award.prize)?;
            let name = names.get(&award.participant);
            let by_team = matches!(prize.to, To::Team { .. });
            Some(WinnerRow {
                prize: i64::try_from(award.prize).ok()?,
                title: prize.title.clone(),
                what: prize.what.clone(),
                rank: (!by_team).then(|| award.by.number()),
                name: name.and_then(|name| name.alias.clone()),
                ticket: name.map(|name| format!("{:016x}", name.ticket)).unwrap_or_default(),
                team: by_team
                    .then(|| teams.get(&award.by.number()).map(|name| (*name).to_owned()))
                    .flatten(),
                mine: eyes.who == Some(award.participant),
            })
        };
        Ok(awards.iter().filter_map(row).collect())
    }

    /// Makes the results again from the books: days, sums, places, lots, awards. Says whether they are what was published.
    pub async fn replay(&self, caller: &Caller, programme: &Programme, id: Id) -> Result<Replay, Error> {
        caller.may(Deed::ReadPublic, programme.id, None)?;
        let stored = self.find_competition(caller, programme, id).await?;
        if !matches!(stored.stage, Stage::Frozen | Stage::Closed) {
            return Err(Refused::Settled("not every day is final").into());
        }
        let number = stored.id;
        let look = async move |db: &mut Db| {
            db.snapshot().await?;
            let Some(stored) = books::get(db, number).await? else {
                return Ok(None);
            };
            let replayed = books::replay(db, &stored).await?;
            Ok(Some((stored, replayed, books::awards(db, number).await?)))
        };
        let found = self.0.store.read(look).await?;
        let (stored, replayed, awards) = found.ok_or(Refused::NotFound("competition"))?;
        let won = replayed.podium.awards.iter();
        let won: BTreeSet<(i64, ParticipantId)> = won
            .map(|award| (i64::try_from(award.prize).unwrap_or(i64::MAX), award.participant))
            .collect();
        // of somebody whose account was closed a prize was taken back, and went to nobody else
        let known: BTreeSet<(i64, ParticipantId)> =
            awards.iter().map(|award| (award.prize, award.participant)).collect();
        let mut held = awards.iter().filter(|award| award.state != AwardState::TakenBack);
        let closed = stored.stage == Stage::Closed;
        let awards_agree =
            !closed || won.is_subset(&known) && held.all(|award| won.contains(&(award.prize, award.participant)));
        let same = stored
            .result
            .as_deref()
            .is_none_or(|digest| digest == replayed.podium.digest);
        Ok(Replay {
            written: stored.result.as_deref().map(hex),
            made: hex(&replayed.podium.digest),
            sums_agree: replayed.differing.is_none(),
            awards_agree,
            agrees: same && replayed.differing.is_none() && awards_agree,
        })
    }
}

/// Teams in their order.
fn team_results(results: &Results, own: Option<ParticipantId>) -> Vec<TeamResult> {
    let names: HashMap<i64, &str> = results.teams.iter().map(|team| (team.id, team.name.as_str())).collect();
    let mine = results.entrants.iter().find(|one| own == Some(one.participant));
    let mine = mine.and_then(|one| one.team);
    let row = |place: &domain::competition::TeamPlace| TeamResult {
        rank: place.rank,
        id: Id::new(place.team),
        name: names
            .get(&place.team)
            .map(|name| (*name).to_owned())
            .unwrap_or_default(),
        sum: place.sum,
        members: place.members,
        mine: mine == Some(place.team),
    };
    results.podium.teams.iter().map(row).collect()
}
