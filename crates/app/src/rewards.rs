//! Rewards: offering, stocking, paying for them. Ordering and handing over are in `orders`.

mod codes;
mod orders;

use domain::ledger::{Floor, Ledger, Transfer};
use domain::measure::{Currency, Money, Points, ProgrammeId, RewardId, Text};
use domain::programme::{Deed, Programme};
use domain::rewards::Reward;
use outside::chance::random_id;
use serde::{Deserialize, Serialize};
use store::ledger::{self as ledger};
use store::rewards::{self as books, Codes, StoredReward};
use store::{Db, StoreError};

use crate::{App, Caller, Error, Key, Refused};

pub use codes::Imported;
pub use orders::{OrderFilter, OrderRow, OrderView, VoucherView};
pub(crate) use orders::{WonPiece, hand_over_won, order_view};

/// What a reward is made with.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReward {
    /// Its title.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub title: Text,
    /// Who pays for it.
    pub sponsor: String,
    /// What a piece costs the sponsor's budget, in minor units; without it there is no budget.
    pub cost_minor: Option<i64>,
    /// The currency of the cost.
    #[schema(value_type = Option<String>)]
    pub currency: Option<Currency>,
    /// What it costs in points, e.g. `"500"`.
    pub price: String,
    /// Pieces.
    pub stock: i64,
    /// How many one person may have.
    pub per_person: Option<u32>,
    /// Days after which an order that nobody fulfilled is called off.
    pub hold_days: Option<u32>,
    /// Days for which a voucher can be used.
    pub voucher_days: Option<u32>,
    /// Whether an order is handed over as it is made; not, unless said.
    #[serde(default)]
    pub at_once: bool,
    /// The word of its picture; empty for the usual one.
    #[serde(default)]
    pub icon: String,
}

/// What a reward becomes; sponsor, cost and stock stay.
#[derive(Debug, Clone)]
pub struct RewardChange {
    /// Its title.
    pub title: Text,
    /// What it costs in points, e.g. `"500"`.
    pub price: String,
    /// How many one person may have.
    pub per_person: Option<u32>,
    /// Days after which an order that nobody fulfilled is called off.
    pub hold_days: u32,
    /// Days for which a voucher can be used.
    pub voucher_days: u32,
    /// Whether it can be ordered.
    pub on_sale: bool,
    /// Whether an order is handed over as it is made.
    pub at_once: bool,
    /// The word of its picture; empty for the usual one.
    pub icon: String,
}

/// A reward as those see it who keep the store.
#[derive(Debug, Clone)]
pub struct RewardRow {
    /// What everybody sees.
    pub reward: RewardView,
    /// Pieces in orders that are not yet fulfilled.
    pub reserved: i64,
    /// Pieces handed over.
    pub handed_over: i64,
    /// What a piece costs the sponsor.
    pub cost: Option<Money>,
    /// What the sponsor's budget still holds, if the sponsor pays a piece.
    pub budget_left: Option<Money>,
    /// Codes that somebody else made; none of its own.
    pub codes: Codes,
}

/// A reward, as shown.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RewardView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: RewardId,
    /// Its title.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub title: Text,
    /// Who pays for it.
    pub sponsor: String,
    /// What it costs, in thousandths of a point.
    pub price_milli: i64,
    /// Pieces that can be ordered.
    pub stock: i64,
    /// How many one person may have.
    pub per_person: Option<u32>,
    /// Whether it can be ordered.
    pub on_sale: bool,
    /// Whether an order is handed over as it is made.
    #[serde(default)]
    pub at_once: bool,
    /// The word of its picture; empty for the usual one.
    #[serde(default)]
    pub icon: String,
    /// Days after which an order that nobody fulfilled is called off.
    #[serde(default)]
    pub hold_days: u32,
    /// Days for which a voucher can be used.
    #[serde(default)]
    pub voucher_days: u32,
}

fn reward_view(stored: StoredReward) -> RewardView {
    let reward = stored.reward;
    RewardView {
        id: reward.id,
        title: reward.title,
        sponsor: reward.sponsor,
        price_milli: reward.price.milli(),
        stock: reward.stock,
        per_person: reward.per_person,
        on_sale: reward.on_sale,
        at_once: reward.at_once,
        icon: reward.icon,
        hold_days: reward.hold_days,
        voucher_days: reward.voucher_days,
    }
}

/// The account that a sponsor's money leaves for pieces that were handed over.
const PAYABLE: &str = "payable to suppliers";
/// The account that deposits come from: the world outside.
pub(crate) const WORLD: &str = "world";

/// More pieces than any store has: sums of them stay far inside 64 bits.
const MOST_PIECES: i64 = 1_000_000_000;
/// Ten years.
const MOST_DAYS: u32 = 3_650;

fn budget_name(sponsor: &str) -> String {
    format!("sponsor {sponsor}")
}

/// The price of a reward whose words and numbers can be kept.
fn plain(title: &Text, price: &str, (hold_days, voucher_days): (u32, u32), icon: &str) -> Result<Points, Refused> {
    let price = Points::parse(price).map_err(|e| Refused::invalid("price", e.to_string()))?;
    if price <= Points::ZERO {
        return Err(Refused::invalid("price", "must be more than nothing"));
    }
    for (field, days) in [("hold_days", hold_days), ("voucher_days", voucher_days)] {
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(Refused::invalid(field, format!("needs 1 to {MOST_DAYS}")));
        }
    }
    Refused::unless_plain("title/zh", &title.zh, 200)?;
    Refused::unless_plain("title/en", &title.en, 200)?;
    if icon.len() > 32 || icon.contains(|c: char| !c.is_ascii_lowercase() && c != '-') {
        return Err(Refused::invalid("icon", "needs lower-case letters and hyphens"));
    }
    Ok(price)
}

/// What differs between two states of a reward, for the log.
fn changed(before: &Reward, after: &Reward) -> String {
    let most = |reward: &Reward| reward.per_person.map_or("-".to_owned(), |most| most.to_string());
    let rows = [
        ("zh", before.title.zh.clone(), after.title.zh.clone()),
        ("en", before.title.en.clone(), after.title.en.clone()),
        ("price", before.price.to_string(), after.price.to_string()),
        ("per_person", most(before), most(after)),
        ("hold_days", before.hold_days.to_string(), after.hold_days.to_string()),
        (
            "voucher_days",
            before.voucher_days.to_string(),
            after.voucher_days.to_string(),
        ),
        ("on_sale", before.on_sale.to_string(), after.on_sale.to_string()),
        ("at_once", before.at_once.to_string(), after.at_once.to_string()),
        ("icon", before.icon.clone(), after.icon.clone()),
    ];
    let rows = rows.into_iter().filter(|(_, before, after)| before != after);
    let words: Vec<String> = rows
        .map(|(field, before, after)| format!("{field}: {before} → {after}"))
        .collect();
    words.join("; ")
}

async fn reward_row(db: &mut Db, stored: StoredReward) -> Result<RewardRow, StoreError> {
    let reward = &stored.reward;
    let budget = match reward.budget {
        Some(budget) => ledger::account(db, budget).await?,
        None => None,
    };
    Ok(RewardRow {
        reserved: reward.reserved,
        handed_over: stored.handed_over,
        cost: reward.cost,
        budget_left: budget.zip(reward.cost).map(|(budget, cost)| Money {
            minor: budget.account.available(),
            currency: cost.currency,
        }),
        codes: books::codes(db, reward.id).await?,
        reward: reward_view(stored),
    })
}

impl App {
    /// Offers a reward.
    pub async fn create_reward(
        &self,
        caller: &Caller,
        programme: &Programme,
        new: NewReward,
        key: Option<Key>,
    ) -> Result<RewardView, Error> {
        caller.may(Deed::ManageRewards, programme.id, None)?;
        let (hold_days, voucher_days) = (new.hold_days.unwrap_or(7), new.voucher_days.unwrap_or(30));
        let price = plain(&new.title, &new.price, (hold_days, voucher_days), &new.icon)?;
        if !(0..=MOST_PIECES).contains(&new.stock) {
            return Err(Refused::invalid("stock", format!("needs 0 to {MOST_PIECES}")).into());
        }
        Refused::unless_plain("sponsor", &new.sponsor, 200)?;
        let cost = match (new.cost_minor, new.currency) {
            (Some(minor), Some(currency)) if minor > 0 => Some(Money { minor, currency }),
            (None, None) => None,
            _ => return Err(Refused::invalid("cost_minor", "is positive and goes with a currency").into()),
        };
        let mut reward = Reward {
            id: RewardId::new(random_id().map_err(Error::outside)?),
            programme: programme.id,
            title: new.title,
            sponsor: new.sponsor,
            budget: None,
            cost,
            price,
            stock: new.stock,
            reserved: 0,
            per_person: new.per_person,
            on_sale: true,
            hold_days,
            voucher_days,
            at_once: new.at_once,
            icon: new.icon,
        };
        if let Some(cost) = cost {
            reward.budget = Some(self.budget(programme.id, &reward.sponsor, cost.currency).await?);
        }
        let detail = format!("{}, {} × {}", reward.title.zh, reward.stock, reward.price);
        let note = self.note(
            caller,
            programme.id,
            "reward.create",
            format!("reward {}", reward.id),
            detail,
        );
        self.once(0, key, async move |db: &mut Db| {
            books::insert(db, &reward).await?;
            note.write(db).await?;
            Ok(Ok(reward_view(StoredReward {
                reward: reward.clone(),
                handed_over: 0,
                version: 0,
            })))
        })
        .await
    }

    /// The account of a sponsor's budget, opened if there is none.
    async fn budget(&self, programme: ProgrammeId, sponsor: &str, currency: Currency) -> Result<i64, Error> {
        let (name, ids) = (budget_name(sponsor), [self.next_id(), self.next_id(), self.next_id()]);
        let open = async move |db: &mut Db| {
            let money = Ledger::Money(currency);
            ledger::open_account(db, programme, money, WORLD, Floor::Free, ids[0]).await?;
            ledger::open_account(db, programme, money, PAYABLE, Floor::Free, ids[1]).await?;
            ledger::open_account(db, programme, money, &name, Floor::Zero, ids[2]).await
        };
        Ok(self.0.store.write(0, open).await?.account.id)
    }

    /// Puts money into a sponsor's budget.
    pub async fn fund_rewards(
        &self,
        caller: &Caller,
        programme: &Programme,
        sponsor: &str,
        amount: Money,
        key: Option<Key>,
    ) -> Result<i64, Error> {
        caller.may(Deed::FundRewards, programme.id, None)?;
        Refused::unless_plain("sponsor", sponsor, 200)?;
        if amount.minor <= 0 {
            return Err(Refused::invalid("amount_minor", "must be more than nothing").into());
        }
        let budget = self.budget(programme.id, sponsor, amount.currency).await?;
        let (number, now_us, id) = (self.next_id(), self.now_us(), programme.id);
        let detail = format!("{sponsor}: {amount}");
        let note = self.note(
            caller,
            id,
            "reward.fund",
            format!("transfer {}", domain::measure::Id::new(number)),
            detail,
        );
        self.once(0, key, async move |db: &mut Db| {
            let missing = || StoreError::Engine("an account that was just opened is gone".to_owned());
            let world = ledger::open_account(db, id, Ledger::Money(amount.currency), WORLD, Floor::Free, 0).await?;
            let budget = ledger::account(db, budget).await?.ok_or_else(missing)?;
            let Ok(deposit) = Transfer::between(&world.account, &budget.account, amount) else {
                return Ok(Err(Refused::invalid("amount_minor", "cannot be booked")));
            };
            match ledger::transfer(db, number, &deposit, None, now_us).await? {
                Ok(()) => {
                    note.write(db).await?;
                    Ok(Ok(budget.account.available() + amount.minor))
                }
                Err(_) => Ok(Err(Refused::invalid("amount_minor", "is out of range"))),
            }
        })
        .await
    }

    /// What the store of a programme offers, cheapest first.
    pub async fn rewards(&self, programme: &Programme) -> Result<Vec<RewardView>, Error> {
        let id = programme.id;
        let all = self
            .0
            .store
            .read(async move |db: &mut Db| books::all(db, id).await)
            .await?;
        Ok(all.into_iter().map(reward_view).collect())
    }

    /// The rewards of a programme as those see them who keep the store, cheapest first.
    pub async fn reward_rows(&self, caller: &Caller, programme: &Programme) -> Result<Vec<RewardRow>, Error> {
        caller.may(Deed::ReadConsole, programme.id, None)?;
        let id = programme.id;
        let rows = async move |db: &mut Db| {
            let mut rows = Vec::new();
            for stored in books::all(db, id).await? {
                rows.push(reward_row(db, stored).await?);
            }
            Ok(rows)
        };
        Ok(self.0.store.read(rows).await?)
    }

    /// One of them.
    pub async fn reward_row(
        &self,
        caller: &Caller,
        programme: &Programme,
        reward: RewardId,
    ) -> Result<RewardRow, Error> {
        caller.may(Deed::ReadConsole, programme.id, None)?;
        let id = programme.id;
        let row = async move |db: &mut Db| match books::get(db, reward).await? {
            Some(stored) if stored.reward.programme == id => reward_row(db, stored).await.map(Some),
            _ => Ok(None),
        };
        Ok(self.0.store.read(row).await?.ok_or(Refused::NotFound("reward"))?)
    }

    /// Changes what a reward is. Orders that were made keep their price.
    pub async fn edit_reward(
        &self,
        caller: &Caller,
        programme: &Programme,
        reward: RewardId,
        change: RewardChange,
        key: Option<Key>,
    ) -> Result<RewardView, Error> {
        caller.may(Deed::ManageRewards, programme.id, None)?;
        let days = (change.hold_days, change.voucher_days);
        let price = plain(&change.title, &change.price, days, &change.icon)?;
        if change.per_person == Some(0) {
            return Err(Refused::invalid("per_person", "must be more than nothing").into());
        }
        let id = programme.id;
        let note = self.note(caller, id, "reward.edit", format!("reward {reward}"), "");
        self.once(0, key, async move |db: &mut Db| {
            let Some(before) = books::get(db, reward).await?.filter(|r| r.reward.programme == id) else {
                return Ok(Err(Refused::NotFound("reward")));
            };
            let after = Reward {
                title: change.title.clone(),
                price,
                per_person: change.per_person,
                hold_days: change.hold_days,
                voucher_days: change.voucher_days,
                on_sale: change.on_sale,
                at_once: change.at_once,
                icon: change.icon.clone(),
                ..before.reward.clone()
            };
            books::edit(db, &before, &after).await?;
            note.with_detail(changed(&before.reward, &after)).write(db).await?;
            Ok(Ok(reward_view(StoredReward {
                reward: after,
                ..before
            })))
        })
        .await
    }

    /// Adds to a reward's stock, or takes it on or off sale.
    pub async fn restock(
        &self,
        caller: &Caller,
        programme: &Programme,
        reward: RewardId,
        pieces: i64,
        on_sale: bool,
        key: Option<Key>,
    ) -> Result<RewardView, Error> {
        caller.may(Deed::ManageRewards, programme.id, None)?;
        let id = programme.id;
        let detail = format!("{pieces:+}, {}", if on_sale { "on sale" } else { "off sale" });
        let note = self.note(caller, id, "reward.restock", format!("reward {reward}"), detail);
        self.once(0, key, async move |db: &mut Db| {
            let Some(before) = books::get(db, reward).await?.filter(|r| r.reward.programme == id) else {
                return Ok(Err(Refused::NotFound("reward")));
            };
            let stock = before.reward.stock.checked_add(pieces);
            if stock.is_none_or(|stock| !(0..=MOST_PIECES).contains(&stock)) {
                return Ok(Err(Refused::invalid(
                    "pieces",
                    "takes more than there is, or adds too many",
                )));
            }
            if pieces != 0 && books::has_codes(db, reward).await? {
                return Ok(Err(Refused::invalid("pieces", "come with codes for this reward")));
            }
            books::restock(db, &before, pieces, on_sale).await?;
            note.write(db).await?;
            let after = books::get(db, reward).await?;
            Ok(after.map(reward_view).ok_or(Refused::NotFound("reward")))
        })
        .await
    }
}
