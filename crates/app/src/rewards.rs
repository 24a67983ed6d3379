//! Rewards: offering, ordering, handing over, calling off.

use domain::ledger::{Floor, Ledger, Refused as LedgerRefused, Transfer};
use domain::measure::{
    Carbon, Currency, Money, OrderId, ParticipantId, Points, ProgrammeId, RewardId, Text, bucket_of,
};
use domain::programme::{Deed, Programme};
use domain::rewards::{self, Buyer, Refused as No, Reward, State, Voucher};
use outside::chance::{random_id, voucher_code};
use serde::{Deserialize, Serialize};
use store::activity::Code;
use store::ledger::{self as ledger, Posting};
use store::rewards::{self as books, StoredOrder, StoredReward};
use store::{Db, StoreError, participant};

use crate::{App, Caller, Error, Key, Refused};

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
}

/// An order, as shown.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrderView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: OrderId,
    /// Whose it is.
    #[schema(value_type = String)]
    pub participant: ParticipantId,
    /// What was ordered.
    #[schema(value_type = String)]
    pub reward: RewardId,
    /// Its title.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub title: Text,
    /// What it cost, in thousandths of a point.
    pub price_milli: i64,
    /// Where it stands.
    #[schema(value_type = String)]
    pub state: State,
    /// When it was made, microseconds since the epoch.
    pub made_us: i64,
    /// When it is called off if nobody fulfils it.
    pub expires_us: i64,
    /// The voucher, once it is fulfilled.
    pub voucher: Option<VoucherView>,
}

/// A voucher, as shown.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct VoucherView {
    /// What to show.
    pub code: String,
    /// Until when it can be used, microseconds since the epoch.
    pub expires_us: i64,
    /// When it was used.
    pub used_us: Option<i64>,
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
    }
}

pub(crate) fn order_view(order: &rewards::Order, reward: &Reward, voucher: Option<Voucher>) -> OrderView {
    OrderView {
        id: order.id,
        participant: order.participant,
        reward: order.reward,
        title: reward.title.clone(),
        price_milli: order.price.milli(),
        state: order.state,
        made_us: order.made_us,
        expires_us: order.expires_us,
        voucher: voucher.map(|v| VoucherView {
            code: v.code,
            expires_us: v.expires_us,
            used_us: v.used_us,
        }),
    }
}

/// The account that a sponsor's money leaves for pieces that were handed over.
const PAYABLE: &str = "payable to suppliers";
/// The account that sponsors' deposits come from: the world outside.
const WORLD: &str = "world";

/// More pieces than any store has: sums of them stay far inside 64 bits.
const MOST_PIECES: i64 = 1_000_000_000;
/// Ten years.
const MOST_DAYS: u32 = 3_650;

fn budget_name(sponsor: &str) -> String {
    format!("sponsor {sponsor}")
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
        let price = Points::parse(&new.price).map_err(|e| Refused::invalid("price", e.to_string()))?;
        if price <= Points::ZERO {
            return Err(Refused::invalid("price", "must be more than nothing").into());
        }
        if !(0..=MOST_PIECES).contains(&new.stock) {
            return Err(Refused::invalid("stock", format!("needs 0 to {MOST_PIECES}")).into());
        }
        for (field, days) in [("hold_days", new.hold_days), ("voucher_days", new.voucher_days)] {
            if days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
                return Err(Refused::invalid(field, format!("needs 1 to {MOST_DAYS}")).into());
            }
        }
        Refused::unless_plain("title/zh", &new.title.zh, 200)?;
        Refused::unless_plain("title/en", &new.title.en, 200)?;
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
            hold_days: new.hold_days.unwrap_or(7),
            voucher_days: new.voucher_days.unwrap_or(30),
        };
        if let Some(cost) = cost {
            reward.budget = Some(self.budget(programme.id, &reward.sponsor, cost.currency).await?);
        }
        self.once(0, key, async move |db: &mut Db| {
            books::insert(db, &reward).await?;
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
        self.once(0, key, async move |db: &mut Db| {
            let missing = || StoreError::Engine("an account that was just opened is gone".to_owned());
            let world = ledger::open_account(db, id, Ledger::Money(amount.currency), WORLD, Floor::Free, 0).await?;
            let budget = ledger::account(db, budget).await?.ok_or_else(missing)?;
            let Ok(deposit) = Transfer::between(&world.account, &budget.account, amount) else {
                return Ok(Err(Refused::invalid("amount_minor", "cannot be booked")));
            };
            match ledger::transfer(db, number, &deposit, None, now_us).await? {
                Ok(()) => Ok(Ok(budget.account.available() + amount.minor)),
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
            books::restock(db, &before, pieces, on_sale).await?;
            let after = books::get(db, reward).await?;
            Ok(after.map(reward_view).ok_or(Refused::NotFound("reward")))
        })
        .await
    }

    /// Orders one piece: stock reserved, points held and the sponsor's money held, together or not at all.
    pub async fn redeem(
        &self,
        caller: &Caller,
        programme: &Programme,
        participant: ParticipantId,
        reward: RewardId,
        key: Option<Key>,
    ) -> Result<OrderView, Error> {
        caller.may(Deed::Redeem, programme.id, Some(participant))?;
        let (programme, now_us) = (programme.id, self.now_us());
        let (order_id, transfer_id, job) = (self.next_id(), self.next_id(), self.next_id());
        self.once(bucket_of(participant.number()), key, async move |db: &mut Db| {
            let Some(person) = participant::get(db, participant)
                .await?
                .filter(|p| p.programme == programme)
            else {
                return Ok(Err(Refused::NotFound("participant")));
            };
            let Some(stored) = books::get(db, reward)
                .await?
                .filter(|r| r.reward.programme == programme)
            else {
                return Ok(Err(Refused::NotFound("reward")));
            };
            let budget = match stored.reward.budget {
                Some(id) => ledger::account(db, id).await?,
                None => None,
            };
            let buyer = Buyer {
                participant,
                available: if person.open { person.available() } else { Points::ZERO },
                taken: books::taken(db, participant, reward).await?,
                budget_left: budget.as_ref().map(|budget| budget.account.available()),
            };
            let order = match rewards::redeem(&stored.reward, buyer, OrderId::new(order_id), now_us) {
                Ok(order) => order,
                Err(no) => return Ok(Err(no.into())),
            };
            let points = Posting {
                code: Code::Held,
                mg: Carbon::ZERO,
                points: order.price,
                about: order_id,
            };
            let hold_entry = match ledger::book(db, &person, points, now_us).await? {
                Ok(entry) => entry.number(),
                Err(_) => {
                    return Ok(Err(No::Short {
                        have: buyer.available,
                        need: order.price,
                    }
                    .into()));
                }
            };
            let mut hold_transfer = None;
            if let (Some(budget), Some(cost)) = (&budget, stored.reward.cost) {
                let currency = Ledger::Money(cost.currency);
                let payable = ledger::open_account(db, programme, currency, PAYABLE, Floor::Free, 0).await?;
                let hold = Transfer::hold(&budget.account, &payable.account, cost)
                    .map_err(|e| StoreError::Engine(e.to_string()))?;
                // the decision has looked at the budget; if the books disagree, everything above is undone
                ledger::transfer(db, transfer_id, &hold, Some(order_id), now_us)
                    .await?
                    .map_err(disagree)?;
                hold_transfer = Some(transfer_id);
            }
            books::move_piece(db, &stored, -1, 1, 0).await?;
            let new = StoredOrder {
                order: order.clone(),
                programme,
                hold_entry,
                hold_transfer,
            };
            books::insert_order(db, &new).await?;
            let payload = format!("{} {order_id}", participant.number());
            store::job::ask(db, job, "expire", &payload, order.expires_us).await?;
            Ok(Ok(order_view(&order, &stored.reward, None)))
        })
        .await
    }

    /// Calls an order off: stock, points and money go back.
    pub async fn cancel_order(
        &self,
        caller: &Caller,
        programme: &Programme,
        participant: ParticipantId,
        order: OrderId,
    ) -> Result<OrderView, Error> {
        caller.may(Deed::CancelOrder, programme.id, Some(participant))?;
        self.settle(programme.id, participant, order, State::Cancelled).await
    }

    /// Hands an order over: points and money are spent, a single-use voucher is made.
    pub async fn fulfil_order(
        &self,
        caller: &Caller,
        programme: &Programme,
        participant: ParticipantId,
        order: OrderId,
    ) -> Result<OrderView, Error> {
        caller.may(Deed::FulfilOrder, programme.id, Some(participant))?;
        self.settle(programme.id, participant, order, State::Fulfilled).await
    }

    /// Calls an order off whose time is over: the job behind every order.
    pub(crate) async fn expire_order(&self, participant: ParticipantId, order: OrderId) -> Result<(), Error> {
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| books::order(db, participant, order).await)
            .await?;
        let Some(found) = found.filter(|found| found.order.state == State::Reserved) else {
            return Ok(());
        };
        match self.settle(found.programme, participant, order, State::Expired).await {
            Ok(_) | Err(Error::Refused(Refused::Reward(No::Settled))) => Ok(()),
            Err(other) => Err(other),
        }
    }

    /// Moves an order on. The same state again answers the same.
    async fn settle(
        &self,
        programme: ProgrammeId,
        participant: ParticipantId,
        order: OrderId,
        state: State,
    ) -> Result<OrderView, Error> {
        let (now_us, transfer_id) = (self.now_us(), self.next_id());
        let code = voucher_code().map_err(Error::outside)?;
        self.once(bucket_of(participant.number()), None, async move |db: &mut Db| {
            let Some(found) = books::order(db, participant, order)
                .await?
                .filter(|o| o.programme == programme)
            else {
                return Ok(Err(Refused::NotFound("order")));
            };
            let (person, stored) = (
                participant::get(db, participant).await?,
                books::get(db, found.order.reward).await?,
            );
            let (Some(person), Some(stored)) = (person, stored) else {
                return Ok(Err(Refused::NotFound("order")));
            };
            if found.order.state == state {
                let voucher = books::voucher_of(db, order).await?;
                return Ok(Ok(order_view(&found.order, &stored.reward, voucher)));
            }
            let settled = match found.order.settle(state, now_us) {
                Ok(settled) => settled,
                Err(no) => return Ok(Err(no.into())),
            };
            let spent = state == State::Fulfilled;
            let code_of_entry = if spent { Code::Spent } else { Code::Released };
            let points = Posting {
                code: code_of_entry,
                mg: Carbon::ZERO,
                points: settled.price,
                about: order.number(),
            };
            ledger::book(db, &person, points, now_us).await?.map_err(disagree)?;
            if let Some(number) = found.hold_transfer {
                let hold = ledger::pending(db, number).await?;
                let done = hold.and_then(|hold| if spent { hold.post(number) } else { hold.void(number) });
                let done = done.ok_or_else(|| disagree(LedgerRefused::Foreign))?;
                ledger::transfer(db, transfer_id, &done, Some(order.number()), now_us)
                    .await?
                    .map_err(disagree)?;
            }
            if spent {
                books::move_piece(db, &stored, 0, -1, 1).await?;
            } else {
                books::move_piece(db, &stored, 1, -1, 0).await?;
            }
            books::settle_order(db, &settled).await?;
            let mut voucher = None;
            if spent {
                let made = Voucher::new(&settled, &stored.reward, code.clone(), now_us);
                books::insert_voucher(db, programme, participant, &made).await?;
                voucher = Some(made);
            }
            Ok(Ok(order_view(&settled, &stored.reward, voucher)))
        })
        .await
    }

    /// A participant's orders with their vouchers, newest first.
    pub async fn orders(
        &self,
        caller: &Caller,
        programme: &Programme,
        participant: ParticipantId,
    ) -> Result<Vec<OrderView>, Error> {
        self.readable(caller, programme, participant).await?;
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let mut views = Vec::new();
                for found in books::orders(db, participant, 100).await? {
                    let Some(stored) = books::get(db, found.order.reward).await? else {
                        continue;
                    };
                    let voucher = books::voucher_of(db, found.order.id).await?;
                    views.push(order_view(&found.order, &stored.reward, voucher));
                }
                Ok(views)
            })
            .await?;
        Ok(found)
    }

    /// Takes a voucher in, once.
    pub async fn use_voucher(&self, caller: &Caller, programme: &Programme, code: &str) -> Result<VoucherView, Error> {
        caller.may(Deed::UseVoucher, programme.id, None)?;
        let (code, id, now_us) = (
            code.trim().to_uppercase().replace('\0', " "),
            programme.id,
            self.now_us(),
        );
        self.once(0, None, async move |db: &mut Db| {
            let found = books::voucher(db, &code)
                .await?
                .filter(|(programme, ..)| *programme == id);
            let Some((_, _, voucher)) = found else {
                return Ok(Err(Refused::NotFound("voucher")));
            };
            let used = match voucher.take(now_us) {
                Ok(used) => used,
                Err(no) => return Ok(Err(no.into())),
            };
            books::use_voucher(db, &used).await?;
            Ok(Ok(VoucherView {
                code: used.code,
                expires_us: used.expires_us,
                used_us: used.used_us,
            }))
        })
        .await
    }
}

/// The rules allowed what the books do not: on several lanes somebody else came between the decision and the booking.
/// The transaction is undone and decided anew; a fault that stays is reported.
fn disagree(refused: LedgerRefused) -> StoreError {
    StoreError::Conflict(format!("the books disagree with the decision: {refused}"))
}
