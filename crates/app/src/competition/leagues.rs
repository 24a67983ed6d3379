//! Leagues: groups of about equal strength, sorted anew every seven days.
//!
//! The first are formed once the first day is final, so that whoever joined on it is in; the next once the last day of a
//! round is. Invariant: a round is sorted once, and what was sorted stays.

use std::collections::{BTreeMap, HashMap};

use domain::competition::standings::{Member as Placed, Standing, Standings};
use domain::competition::{LeagueRule, Member, Round, Status, TIERS, divide, moves};
use domain::measure::{Day, Id, ParticipantId};
use domain::programme::{Deed, Programme};
use serde::{Deserialize, Serialize};
use store::competition::{self as books, Seated, Stored};
use store::{Db, StoreError};

use super::Row;
use super::view::Eyes;
use crate::{App, Caller, Error};

/// A participant's league.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LeagueView {
    /// The round, from 1.
    pub round: u32,
    /// Its first day.
    #[schema(value_type = String)]
    pub first: Day,
    /// Its last day.
    #[schema(value_type = String)]
    pub last: Day,
    /// The tier, from 1, the lowest.
    pub tier: u32,
    /// How many tiers there are.
    pub tiers: u32,
    /// How many of the best go up after the round; none from the highest tier.
    pub up: u32,
    /// How many of the last go down; none from the lowest.
    pub down: u32,
    /// The members by what the round's days count to.
    pub rows: Vec<Row>,
}

/// The round that is to be sorted once a day is final, with the one before it.
fn due(stored: &Stored, day: Day) -> Option<(Round, Option<Round>)> {
    let terms = &stored.terms;
    let round = terms.round_of(day)?;
    if day == round.last
        && let Some(next) = terms.round_of(day.plus(1))
    {
        return Some((next, Some(round)));
    }
    (day == terms.first).then_some((round, None))
}

/// Everybody with the tier that follows from the round before.
async fn members(
    db: &mut Db,
    stored: &Stored,
    rule: &LeagueRule,
    before: Option<Round>,
) -> Result<Vec<Member>, StoreError> {
    let mut sums = HashMap::new();
    let mut tiers: HashMap<ParticipantId, u32> = HashMap::new();
    let entrants = books::entrants(db, stored.id).await?;
    let known: HashMap<ParticipantId, _> = entrants.iter().map(|one| (one.participant, one)).collect();
    let member = |who: ParticipantId, tier: u32, sums: &HashMap<ParticipantId, (i64, i64)>| {
        let entrant = known.get(&who)?;
        let (score, reached_us) = sums.get(&who).copied().unwrap_or_default();
        Some(Member {
            participant: who,
            ticket: entrant.ticket.cast_unsigned(),
            joined_us: entrant.joined_us,
            tier,
            score,
            reached_us,
        })
    };
    if let Some(round) = before {
        sums = books::sums(db, stored.id, round.first, round.last).await?;
        let mut groups: BTreeMap<i64, Vec<Member>> = BTreeMap::new();
        for seated in books::seated(db, stored.id, i64::from(round.number)).await? {
            let tier = u32::try_from(seated.tier).map_err(|_| StoreError::Engine("a league's tier".to_owned()))?;
            tiers.insert(seated.participant, tier);
            groups
                .entry(seated.group)
                .or_default()
                .extend(member(seated.participant, tier, &sums));
        }
        for group in groups.values() {
            let moved = moves(rule, group);
            for who in moved.up {
                tiers.entry(who).and_modify(|tier| *tier += 1);
            }
            for who in moved.down {
                tiers.entry(who).and_modify(|tier| *tier = tier.saturating_sub(1));
            }
        }
    }
    let playing = entrants.iter().filter(|one| one.status == Status::In);
    let all = playing.filter_map(|one| {
        let tier = tiers.get(&one.participant).copied().unwrap_or(0);
        member(one.participant, tier, &sums)
    });
    Ok(all.collect())
}

impl App {
    /// Sorts the leagues of the round that is due once a day is final; again, nothing changes.
    pub(super) async fn sort_leagues(&self, stored: &Stored, day: Day) -> Result<(), Error> {
        let Some(rule) = stored.terms.leagues else {
            return Ok(());
        };
        let Some((round, before)) = due(stored, day) else {
            return Ok(());
        };
        let stored = stored.clone();
        let sort = async move |db: &mut Db| {
            let number = i64::from(round.number);
            if !books::seated(db, stored.id, number).await?.is_empty() {
                return Ok(());
            }
            let members = members(db, &stored, &rule, before).await?;
            for (place, group) in (0_i64..).zip(divide(&rule, &members)) {
                for participant in group.members {
                    let seated = Seated {
                        participant,
                        round: number,
                        tier: i64::from(group.tier),
                        group: place,
                    };
                    books::seat(db, stored.id, &seated).await?;
                }
            }
            Ok(())
        };
        Ok(self.0.store.write(0, sort).await?)
    }

    /// A participant's league in the newest round; none before the first are formed, and where there are none.
    pub async fn own_league(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
        who: ParticipantId,
    ) -> Result<Option<LeagueView>, Error> {
        caller.may(Deed::ReadParticipant, programme.id, Some(who))?;
        let stored = self.find_competition(caller, programme, id).await?;
        let Some(rule) = stored.terms.leagues else {
            return Ok(None);
        };
        let number = id.number();
        let terms = stored.terms.clone();
        let look = async move |db: &mut Db| {
            let Some(seat) = books::own_seat(db, number, who).await? else {
                return Ok(None);
            };
            let Some(round) = terms.rounds().find(|round| i64::from(round.number) == seat.round) else {
                return Err(StoreError::Engine("a league's round".to_owned()));
            };
            let group = books::group(db, number, seat.round, seat.group).await?;
            let sums = books::sums(db, number, round.first, round.last).await?;
            let mut members = Vec::with_capacity(group.len());
            for participant in group {
                if let Some(entrant) = books::entrant(db, number, participant).await?
                    && entrant.status == Status::In
                {
                    let (score, reached_us) = sums.get(&participant).copied().unwrap_or((0, entrant.joined_us));
                    members.push(Placed {
                        id: participant,
                        joined_us: entrant.joined_us,
                        team: None,
                        score,
                        reached_us,
                    });
                }
            }
            Ok(Some((seat, round, members)))
        };
        let Some((seat, round, members)) = self.0.store.read(look).await? else {
            return Ok(None);
        };
        let order = Standings::from_members(1, [], members).map_err(Error::outside)?;
        let places: Vec<Standing> = order.iter().collect();
        let board = self.board(&stored).await?;
        let tier = u32::try_from(seat.tier).unwrap_or(0);
        let moving = rule.moving.min(u32::try_from(places.len() / 2).unwrap_or(u32::MAX));
        let eyes = Eyes {
            who: Some(who),
            ..Eyes::of(caller, programme)
        };
        Ok(Some(LeagueView {
            round: round.number + 1,
            first: round.first,
            last: round.last,
            tier: tier + 1,
            tiers: TIERS,
            up: if tier + 1 < TIERS { moving } else { 0 },
            down: if tier > 0 { moving } else { 0 },
            rows: self.rows(&board, eyes, &places).await?,
        }))
    }
}
