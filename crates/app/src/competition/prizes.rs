//! What is set aside for prizes: points of the programme's prize budget, pieces of the store. Leave and goods are counted
//! only.
//!
//! ```text
//! world ─ fund ─> prize budget ═ held from the opening on ═> prizes given      stock ─> reserved ─> a winner's order
//! ```
//!
//! Invariant: what is held for a prize is what its pieces are worth that are neither given nor returned.

use std::collections::BTreeMap;

use domain::competition::What;
use domain::ledger::{Account, Floor, Ledger, Refused as LedgerRefused, Transfer};
use domain::measure::{Points, ProgrammeId, RewardId};
use domain::programme::{Deed, Programme};
use store::competition::{self as books, Escrow, Stored};
use store::ledger as accounts;
use store::rewards as shelf;
use store::{Db, StoreError};

use crate::rewards::WORLD;
use crate::{App, Caller, Error, Key, Refused};

/// The account that points of prizes are paid from.
pub(super) const BUDGET: &str = "prize budget";
/// The account of the points that winners have.
const GIVEN: &str = "prizes given";

/// The two accounts of prizes.
struct Purse {
    budget: Account,
    given: Account,
}

async fn purse(db: &mut Db, programme: ProgrammeId, ids: [i64; 2]) -> Result<Purse, StoreError> {
    let open = async |db: &mut Db, name, floor, id| {
        let opened = accounts::open_account(db, programme, Ledger::Points, name, floor, id).await?;
        Ok::<_, StoreError>(opened.account)
    };
    Ok(Purse {
        budget: open(db, BUDGET, Floor::Zero, ids[0]).await?,
        given: open(db, GIVEN, Floor::Free, ids[1]).await?,
    })
}

/// The books do not allow what was looked up a moment ago: decided anew, and reported if it stays so.
fn disagree(refused: LedgerRefused) -> StoreError {
    StoreError::Conflict(format!("the books disagree about a prize: {refused}"))
}

/// What the books should hold and do not.
pub(super) fn damaged(what: &str) -> StoreError {
    StoreError::Engine(what.to_owned())
}

fn unbalanced(error: domain::ledger::Unbalanced) -> StoreError {
    StoreError::Engine(format!("points of a prize: {error}"))
}

/// What must be there for the prizes of a competition.
#[derive(Default)]
struct Needed {
    points: i128,
    pieces: BTreeMap<RewardId, i64>,
}

/// Sets aside what the prizes are: all of them, or nothing, and then it says which is short. `ids` are fresh numbers, two
/// more than there are prizes at least.
pub(super) async fn set_aside(
    db: &mut Db,
    programme: &Programme,
    stored: &Stored,
    ids: &[i64],
    now_us: i64,
) -> Result<Result<(), Refused>, StoreError> {
    let [budget_id, given_id, transfers @ ..] = ids else {
        return Err(StoreError::Engine("there are no numbers for prizes".to_owned()));
    };
    let purse = purse(db, programme.id, [*budget_id, *given_id]).await?;
    let mut needed = Needed::default();
    for (number, prize) in stored.terms.prizes.iter().enumerate() {
        let pieces = i64::from(stored.terms.pieces(prize).unwrap_or(u32::MAX));
        if let Err(no) = enough(db, programme, &purse, &mut needed, (number, pieces, &prize.what)).await? {
            return Ok(Err(no));
        }
    }
    for ((number, prize), transfer) in (0_i64..).zip(&stored.terms.prizes).zip(transfers) {
        let pieces = i64::from(stored.terms.pieces(prize).unwrap_or(u32::MAX));
        let empty = Escrow {
            prize: number,
            pieces,
            given: 0,
            transfer: None,
            reward: match prize.what {
                What::Reward { reward } => Some(reward.number()),
                _ => None,
            },
            returned: pieces,
        };
        books::insert_escrow(db, stored.id, &empty).await?;
        hold(db, programme.id, stored, number, pieces, [0, *transfer], now_us).await?;
    }
    Ok(Ok(()))
}

/// Whether there is enough for a prize beside those before it.
async fn enough(
    db: &mut Db,
    programme: &Programme,
    purse: &Purse,
    needed: &mut Needed,
    (number, pieces, what): (usize, i64, &What),
) -> Result<Result<(), Refused>, StoreError> {
    match what {
        What::Points { milli } => {
            needed.points += i128::from(*milli) * i128::from(pieces);
            let there = i128::from(purse.budget.available());
            if needed.points > there {
                let (there, needed) = (points(there), points(needed.points));
                return Ok(Err(Refused::invalid(
                    format!("terms/prizes/{number}/milli"),
                    format!("the prize budget holds {there} points, and the prizes up to this one need {needed}"),
                )));
            }
        }
        What::Reward { reward } => {
            let field = format!("terms/prizes/{number}/reward");
            let Some(found) = shelf::get(db, *reward)
                .await?
                .filter(|found| found.reward.programme == programme.id)
            else {
                return Ok(Err(Refused::invalid(field, "is no reward of this programme")));
            };
            if found.reward.budget.is_some() {
                return Ok(Err(Refused::invalid(
                    field,
                    "is paid for by its sponsor a piece, from a budget that nobody can promise; choose a reward without one",
                )));
            }
            let all = needed.pieces.entry(*reward).or_default();
            *all += pieces;
            if *all > found.reward.stock {
                let (stock, all) = (found.reward.stock, *all);
                return Ok(Err(Refused::invalid(
                    field,
                    format!("has {stock} pieces in stock, and the prizes up to this one need {all}"),
                )));
            }
        }
        What::Leave { .. } | What::Goods => {}
    }
    Ok(Ok(()))
}

/// Points for people.
fn points(milli: i128) -> String {
    Points::from_milli(i64::try_from(milli).unwrap_or(i64::MAX)).to_string()
}

/// Brings back what was set aside and not given. `ids` are fresh numbers, as many as there are prizes at least.
pub(super) async fn bring_back(
    db: &mut Db,
    programme: &Programme,
    stored: &Stored,
    ids: &[i64],
    now_us: i64,
) -> Result<(), StoreError> {
    for (escrow, id) in books::escrows(db, stored.id).await?.iter().zip(ids) {
        hold(db, programme.id, stored, escrow.prize, 0, [*id, 0], now_us).await?;
    }
    Ok(())
}

/// The escrow of a prize as it is now.
pub(super) async fn escrow(db: &mut Db, competition: i64, prize: i64) -> Result<Escrow, StoreError> {
    let found = books::escrows(db, competition).await?;
    let found = found.into_iter().find(|escrow| escrow.prize == prize);
    found.ok_or_else(|| damaged("nothing is set aside for a prize"))
}

/// Pieces that are neither given nor returned.
pub(super) const fn left(escrow: &Escrow) -> i64 {
    escrow.pieces - escrow.given - escrow.returned
}

/// Sees to it that so many pieces of a prize are set aside: what is too much goes back, what is missing is taken from
/// where it came from, as far as there is any. Says how many are set aside now. `ids` are two fresh numbers.
pub(super) async fn hold(
    db: &mut Db,
    programme: ProgrammeId,
    stored: &Stored,
    prize: i64,
    wanted: i64,
    ids: [i64; 2],
    now_us: i64,
) -> Result<i64, StoreError> {
    let before = escrow(db, stored.id, prize).await?;
    let there = left(&before);
    if there == wanted {
        return Ok(there);
    }
    let after = match what(stored, prize)? {
        What::Points { milli } => {
            let purse = let_go(db, programme, stored.id, &before, ids[0], now_us).await?;
            let after = wanted.min(purse.budget.available() / milli.max(&1)).max(0);
            hold_points(db, &purse, stored.id, prize, milli * after, ids[1], now_us).await?;
            after
        }
        What::Reward { reward } => {
            let missing = || damaged("a prize is no reward");
            let found = shelf::get(db, *reward).await?.ok_or_else(missing)?;
            let more = (wanted - there).min(found.reward.stock);
            if more != 0 {
                shelf::move_piece(db, &found, -more, more, 0).await?;
            }
            there + more
        }
        What::Leave { .. } | What::Goods => wanted,
    };
    let more = after - there;
    // pieces that had gone back come first, others are new
    let again = more.min(before.returned);
    if more > again {
        books::extend_escrow(db, stored.id, prize, more - again).await?;
    }
    books::move_escrow(db, stored.id, prize, 0, -again).await?;
    Ok(after)
}

/// What a prize is.
pub(super) fn what(stored: &Stored, prize: i64) -> Result<&What, StoreError> {
    let number = usize::try_from(prize).ok();
    let found = number.and_then(|number| stored.terms.prizes.get(number));
    found
        .map(|prize| &prize.what)
        .ok_or_else(|| damaged("a prize that is not in the terms"))
}

/// Lets go of all the points that are held for a prize.
async fn let_go(
    db: &mut Db,
    programme: ProgrammeId,
    competition: i64,
    escrow: &Escrow,
    id: i64,
    now_us: i64,
) -> Result<Purse, StoreError> {
    if let Some(number) = escrow.transfer {
        let held = accounts::pending(db, number).await?;
        let void = held.and_then(|held| held.void(number));
        let void = void.ok_or_else(|| damaged("points of a prize are not held"))?;
        accounts::transfer(db, id, &void, Some(competition), now_us)
            .await?
            .map_err(disagree)?;
        books::set_escrow_transfer(db, competition, escrow.prize, None).await?;
    }
    // they were opened at the opening of the competition
    purse(db, programme, [0, 0]).await
}

async fn hold_points(
    db: &mut Db,
    purse: &Purse,
    competition: i64,
    prize: i64,
    milli: i64,
    id: i64,
    now_us: i64,
) -> Result<(), StoreError> {
    if milli == 0 {
        return Ok(());
    }
    let hold = Transfer::hold(&purse.budget, &purse.given, Points::from_milli(milli)).map_err(unbalanced)?;
    accounts::transfer(db, id, &hold, Some(competition), now_us)
        .await?
        .map_err(disagree)?;
    books::set_escrow_transfer(db, competition, prize, Some(id)).await
}

/// Pays a piece of a prize of points out of what is held for it. `ids` are three fresh numbers.
pub(super) async fn pay(
    db: &mut Db,
    programme: ProgrammeId,
    stored: &Stored,
    escrow: &Escrow,
    milli: i64,
    ids: [i64; 3],
    now_us: i64,
) -> Result<(), StoreError> {
    let purse = let_go(db, programme, stored.id, escrow, ids[0], now_us).await?;
    let paid = Transfer::between(&purse.budget, &purse.given, Points::from_milli(milli)).map_err(unbalanced)?;
    accounts::transfer(db, ids[1], &paid, Some(stored.id), now_us)
        .await?
        .map_err(disagree)?;
    let rest = milli * (left(escrow) - 1);
    hold_points(db, &purse, stored.id, escrow.prize, rest, ids[2], now_us).await
}

/// Takes points of a prize back into the budget; what is held for it stays as it is until it is held anew.
pub(super) async fn unpay(
    db: &mut Db,
    programme: ProgrammeId,
    competition: i64,
    milli: i64,
    id: i64,
    now_us: i64,
) -> Result<(), StoreError> {
    let purse = purse(db, programme, [0, 0]).await?;
    let back = Transfer::between(&purse.given, &purse.budget, Points::from_milli(milli)).map_err(unbalanced)?;
    accounts::transfer(db, id, &back, Some(competition), now_us)
        .await?
        .map_err(disagree)
}

impl App {
    /// Puts points into the budget that prizes are paid from, in thousandths; says how many can be set aside now.
    pub async fn fund_prizes(
        &self,
        caller: &Caller,
        programme: &Programme,
        points: Points,
        key: Option<Key>,
    ) -> Result<Points, Error> {
        caller.may(Deed::FundRewards, programme.id, None)?;
        if points <= Points::ZERO {
            return Err(Refused::invalid("points", "must be more than nothing").into());
        }
        let (number, now_us, id) = (self.next_id(), self.now_us(), programme.id);
        let ids = [self.next_id(), self.next_id(), self.next_id()];
        let about = format!("transfer {}", domain::measure::Id::new(number));
        let note = self.note(caller, id, "prize.fund", about, points.to_string());
        self.once(0, key, async move |db: &mut Db| {
            let world = accounts::open_account(db, id, Ledger::Points, WORLD, Floor::Free, ids[0]).await?;
            let purse = purse(db, id, [ids[1], ids[2]]).await?;
            let deposit = Transfer::between(&world.account, &purse.budget, points).map_err(unbalanced)?;
            if accounts::transfer(db, number, &deposit, None, now_us).await?.is_err() {
                return Ok(Err(Refused::invalid("points", "is out of range")));
            }
            note.write(db).await?;
            Ok(Ok(Points::from_milli(purse.budget.available() + points.milli())))
        })
        .await
    }

    /// Points that prizes of new competitions can be made of.
    pub async fn prize_budget(&self, caller: &Caller, programme: &Programme) -> Result<Points, Error> {
        caller.may(Deed::ReadConsole, programme.id, None)?;
        let id = programme.id;
        let all = self
            .0
            .store
            .read(async move |db: &mut Db| accounts::accounts(db, id).await)
            .await?;
        let budget = all
            .iter()
            .find(|one| one.account.ledger == Ledger::Points && one.name == BUDGET);
        Ok(Points::from_milli(budget.map_or(0, |one| one.account.available())))
    }
}
