//! What staff looks at in a competition: who competes, what came late, what waits.

use std::collections::HashMap;

use domain::competition::{HourCurve, Stage, Status, What};
use domain::ledger::Ledger;
use domain::measure::{Day, Id, ParticipantId, Points, RewardId};
use domain::programme::{Deed, Programme};
use store::Db;
use store::competition::{self as books, CompetitionWaits, EntrantFilter, ListedEntrant, Stored};

use super::prizes::BUDGET;
use super::{CompetitionView, of_programme, view};
use crate::{App, Caller, Error, Refused};

/// A competition in the list of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompetitionListed {
    /// The competition.
    pub competition: CompetitionView,
    /// How many compete.
    pub entrants: i64,
    /// What waits, the most urgent first.
    pub waits: Vec<Need>,
}

/// What a competition needs from somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A draft whose first day is near or here: it opens today or never.
    Opening {
        /// Civil days until the first one; 0 today, below zero too late.
        days: i32,
    },
    /// Days against which something speaks.
    Days(i64),
    /// Every day is final and looked at, and the time for it is over.
    Closing,
    /// Corrections on which a second person decides.
    Corrections(i64),
    /// Prizes that nobody handed out.
    Prizes(i64),
}

/// A draft whose first day is at most so many days away wants to be opened.
const NEAR_DAYS: i32 = 3;

fn needs(stored: &Stored, waits: CompetitionWaits, today: Day, audited: bool) -> Vec<Need> {
    let mut needs = Vec::new();
    match stored.stage {
        Stage::Draft => {
            let days = stored.terms.first.epoch_days() - today.epoch_days();
            needs.extend((days <= NEAR_DAYS).then_some(Need::Opening { days }));
        }
        Stage::Open | Stage::Frozen => {
            needs.extend((waits.days > 0).then_some(Need::Days(waits.days)));
            let ready = stored.stage == Stage::Frozen && waits.days == 0 && audited;
            needs.extend(ready.then_some(Need::Closing));
        }
        Stage::Closed => {
            needs.extend((waits.corrections > 0).then_some(Need::Corrections(waits.corrections)));
            needs.extend((waits.awards > 0).then_some(Need::Prizes(waits.awards)));
        }
        Stage::Cancelled => {}
    }
    needs
}

/// An entrant in a list, with its rank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntrantListed {
    /// The rank, while it competes and the competition is open or over.
    pub rank: Option<u64>,
    /// Who, and how far.
    pub entrant: ListedEntrant,
}

/// What a prize needs, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PrizeStock {
    /// The most pieces that can be won.
    pub pieces: i64,
    /// What it needs of the prize budget, in thousandths of a point, or of the store, in pieces; none, if somebody hands
    /// it out.
    pub needed: Option<i64>,
    /// What there is beside the prizes before it; none, if the store does not have it or cannot promise it.
    pub there: Option<i64>,
    /// Whether the two are thousandths of a point.
    pub in_points: bool,
    /// Pieces that are set aside and not given.
    pub aside: i64,
    /// Pieces that were given.
    pub given: i64,
    /// Pieces that went back where they came from.
    pub returned: i64,
}

impl PrizeStock {
    /// Whether there is not enough of it.
    pub fn is_short(&self) -> bool {
        self.needed
            .is_some_and(|needed| self.there.is_none_or(|there| there < needed))
    }
}

/// What a source counted on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayCurve {
    /// What counted it.
    pub source: String,
    /// The highest value it told.
    pub value: i64,
    /// When it told that, in microseconds since the epoch.
    pub reached_us: i64,
    /// What was counted in each hour, if it told so.
    pub hours: Option<[u32; 24]>,
}

/// A value that came after a day's cut-off.
pub use store::competition::LateDay;

/// The most late values that are shown.
const MOST_LATE: u32 = 200;

impl App {
    /// The competitions of a programme for staff, drafts too, the one that ends last first.
    pub async fn competitions_listed(
        &self,
        caller: &Caller,
        programme: &Programme,
    ) -> Result<Vec<CompetitionListed>, Error> {
        caller.may(Deed::ReadConsole, programme.id, None)?;
        let id = programme.id;
        let look = async move |db: &mut Db| {
            let entrants: HashMap<i64, i64> = books::entrant_counts(db, id).await?.into_iter().collect();
            let mut found = Vec::new();
            for stored in books::all(db, id).await? {
                let waits = books::waits(db, stored.id).await?;
                found.push((entrants.get(&stored.id).copied().unwrap_or(0), waits, stored));
            }
            Ok(found)
        };
        let found = self.0.store.read(look).await?;
        let now_us = self.now_us();
        let today = programme.zone.day_of(now_us);
        let listed = found.into_iter().map(|(entrants, waits, stored)| {
            let audited = stored.terms.audited_us(&programme.zone) <= now_us;
            CompetitionListed {
                entrants,
                waits: needs(&stored, waits, today, audited),
                competition: view(programme, stored),
            }
        });
        Ok(listed.collect())
    }

    /// Who competes, as staff searches it; at most `limit`.
    pub async fn entrants(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
        filter: EntrantFilter,
        limit: u32,
    ) -> Result<Vec<EntrantListed>, Error> {
        caller.may(Deed::ReadParticipant, programme.id, None)?;
        let stored = self.find_competition(caller, programme, id).await?;
        let number = id.number();
        let look = async move |db: &mut Db| books::listed_entrants(db, number, &filter, limit).await;
        let found = self.0.store.read(look).await?;
        let board = match stored.stage {
            Stage::Draft => None,
            _ => Some(self.board(&stored).await?),
        };
        let listed = found.into_iter().map(|entrant| EntrantListed {
            rank: board
                .as_ref()
                .filter(|_| entrant.status == Status::In)
                .and_then(|board| board.rank(entrant.participant)),
            entrant,
        });
        Ok(listed.collect())
    }

    /// Values that came after their day's cut-off and do not count, the newest first.
    pub async fn late_days(&self, caller: &Caller, programme: &Programme, id: Id) -> Result<Vec<LateDay>, Error> {
        caller.may(Deed::ReadParticipant, programme.id, None)?;
        self.find_competition(caller, programme, id).await?;
        let number = id.number();
        let look = async move |db: &mut Db| books::late_days(db, number, MOST_LATE).await;
        Ok(self.0.store.read(look).await?)
    }

    /// Points of the prize budget that are set aside for competitions that are open or whose winners wait.
    pub async fn prizes_held(&self, caller: &Caller, programme: &Programme) -> Result<Points, Error> {
        caller.may(Deed::ReadConsole, programme.id, None)?;
        let id = programme.id;
        let look = async move |db: &mut Db| store::ledger::accounts(db, id).await;
        let all = self.0.store.read(look).await?;
        let budget = all
            .iter()
            .find(|one| one.account.ledger == Ledger::Points && one.name == BUDGET);
        Ok(Points::from_milli(budget.map_or(0, |one| one.account.debits_pending)))
    }

    /// The prizes of a competition in their order: what each needs before the opening, what became of it afterwards.
    pub async fn prize_stock(&self, caller: &Caller, programme: &Programme, id: Id) -> Result<Vec<PrizeStock>, Error> {
        caller.may(Deed::ReadConsole, programme.id, None)?;
        let stored = self.find_competition(caller, programme, id).await?;
        let mut budget = self.prize_budget(caller, programme).await?.milli();
        let (terms, number, here) = (stored.terms.clone(), stored.id, programme.id);
        let look = async move |db: &mut Db| {
            let mut shelf: HashMap<RewardId, Option<i64>> = HashMap::new();
            for prize in &terms.prizes {
                if let What::Reward { reward } = prize.what {
                    let found = store::rewards::get(db, reward).await?;
                    // a reward whose sponsor pays a piece cannot be promised
                    let found = found.filter(|one| one.reward.programme == here && one.reward.budget.is_none());
                    shelf.insert(reward, found.map(|one| one.reward.stock));
                }
            }
            Ok((shelf, books::escrows(db, number).await?))
        };
        let (mut shelf, escrows) = self.0.store.read(look).await?;
        let mut stock = Vec::new();
        for (place, prize) in (0_i64..).zip(&stored.terms.prizes) {
            let pieces = i64::from(stored.terms.pieces(prize).unwrap_or(u32::MAX));
            let mut one = PrizeStock {
                pieces,
                ..PrizeStock::default()
            };
            match &prize.what {
                What::Points { milli } => {
                    let needed = milli.saturating_mul(pieces);
                    (one.needed, one.there, one.in_points) = (Some(needed), Some(budget.max(0)), true);
                    budget = budget.saturating_sub(needed);
                }
                What::Reward { reward } => {
                    let left = shelf.get_mut(reward).and_then(Option::as_mut);
                    (one.needed, one.there) = (Some(pieces), left.as_deref().map(|left| (*left).max(0)));
                    if let Some(left) = left {
                        *left = left.saturating_sub(pieces);
                    }
                }
                What::Leave { .. } | What::Goods => {}
            }
            if let Some(escrow) = escrows.iter().find(|escrow| escrow.prize == place) {
                (one.given, one.returned) = (escrow.given, escrow.returned);
                one.aside = escrow.pieces - escrow.given - escrow.returned;
            }
            stock.push(one);
        }
        Ok(stock)
    }

    /// What each source counted on a participant's day, for staff that looks at it.
    pub async fn day_curves(
        &self,
        caller: &Caller,
        programme: &Programme,
        id: Id,
        who: ParticipantId,
        day: Day,
    ) -> Result<Vec<DayCurve>, Error> {
        caller.may(Deed::ReadParticipant, programme.id, None)?;
        let here = programme.clone();
        let look = async move |db: &mut Db| {
            let found = of_programme(db, &here, id.number()).await?;
            let entered = books::entrant(db, id.number(), who).await?.is_some();
            if !entered || found.is_none_or(|stored| !stored.terms.covers(day)) {
                return Ok(Err(Refused::NotFound("day")));
            }
            Ok(Ok(books::readings(db, who, day, day).await?))
        };
        let readings = self.0.store.read(look).await??;
        let told = readings.into_iter().filter_map(|one| {
            let curve = HourCurve::from_bytes(&one.curve)?;
            Some(DayCurve {
                source: one.source,
                value: one.value,
                reached_us: one.reached_us,
                hours: curve.hours(),
            })
        });
        Ok(told.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::competition::{Metric, Scoring, Terms};
    use domain::measure::{ProgrammeId, Text};

    fn at(stage: Stage) -> Stored {
        let day = |text| Day::parse(text).unwrap();
        Stored {
            id: 1,
            programme: ProgrammeId::new(1),
            title: Text {
                zh: "走".into(),
                en: "Walk".into(),
            },
            terms: Terms {
                first: day("2026-12-01"),
                last: day("2026-12-31"),
                metric: Metric::Steps,
                behaviours: Vec::new(),
                scoring: Scoring::Average,
                day_ceiling: None,
                handicap: None,
                teams: None,
                leagues: None,
                cut_off_min: 720,
                audit_days: 3,
                prizes: Vec::new(),
            },
            stage,
            seed: [0; 32],
            made_us: 0,
            opened_us: None,
            frozen_us: None,
            closed_us: None,
            revision: 0,
            result: None,
            version: 0,
        }
    }

    #[test]
    fn a_competition_says_what_it_needs_and_nothing_else() {
        let today = |text| Day::parse(text).unwrap();
        let none = CompetitionWaits::default();
        let some = CompetitionWaits {
            days: 2,
            awards: 3,
            corrections: 1,
        };
        let draft = at(Stage::Draft);
        assert_eq!(needs(&draft, none, today("2026-11-20"), false), []);
        assert_eq!(
            needs(&draft, none, today("2026-11-29"), false),
            [Need::Opening { days: 2 }]
        );
        assert_eq!(
            needs(&draft, none, today("2026-12-02"), false),
            [Need::Opening { days: -1 }]
        );
        assert_eq!(
            needs(&at(Stage::Open), some, today("2026-12-09"), false),
            [Need::Days(2)]
        );
        assert_eq!(
            needs(&at(Stage::Frozen), some, today("2027-01-09"), true),
            [Need::Days(2)]
        );
        assert_eq!(needs(&at(Stage::Frozen), none, today("2027-01-02"), false), []);
        assert_eq!(
            needs(&at(Stage::Frozen), none, today("2027-01-09"), true),
            [Need::Closing]
        );
        let closed = [Need::Corrections(1), Need::Prizes(3)];
        assert_eq!(needs(&at(Stage::Closed), some, today("2027-01-09"), true), closed);
        assert_eq!(needs(&at(Stage::Cancelled), some, today("2027-01-09"), true), []);
    }
}
