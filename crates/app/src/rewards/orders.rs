//! Orders: made, handed over, called off; their vouchers.

use domain::ledger::{Floor, Ledger, Refused as LedgerRefused, Transfer};
use domain::measure::{Carbon, OrderId, ParticipantId, Points, ProgrammeId, RewardId, Text, bucket_of};
use domain::programme::{Deed, Programme};
use domain::rewards::{self, Buyer, Refused as No, Reward, State, Voucher};
use outside::chance::voucher_code;
use serde::{Deserialize, Serialize};
use store::activity::Code;
use store::ledger::{self as ledger, Posting};
use store::rewards::{self as books, ListedOrder, StoredOrder};
use store::{Db, StoreError, participant};

use super::PAYABLE;
use crate::audit::Note;
use crate::{App, Caller, Error, Key, Refused};

pub use store::rewards::OrderFilter;

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

/// An order of a programme with who made it.
#[derive(Debug, Clone)]
pub struct OrderRow {
    /// The order.
    pub order: OrderView,
    /// What its owner is called; empty if the owner was erased.
    pub alias: String,
}

impl From<ListedOrder> for OrderRow {
    fn from(listed: ListedOrder) -> Self {
        OrderRow {
            order: view(&listed.stored.order, listed.title, listed.voucher),
            alias: listed.alias,
        }
    }
}

pub(crate) fn order_view(order: &rewards::Order, reward: &Reward, voucher: Option<Voucher>) -> OrderView {
    view(order, reward.title.clone(), voucher)
}

fn view(order: &rewards::Order, title: Text, voucher: Option<Voucher>) -> OrderView {
    OrderView {
        id: order.id,
        participant: order.participant,
        reward: order.reward,
        title,
        price_milli: order.price.milli(),
        state: order.state,
        made_us: order.made_us,
        expires_us: order.expires_us,
        voucher: voucher.map(VoucherView::from),
    }
}

impl From<Voucher> for VoucherView {
    fn from(voucher: Voucher) -> Self {
        VoucherView {
            code: voucher.code,
            expires_us: voucher.expires_us,
            used_us: voucher.used_us,
        }
    }
}

/// What it takes to move an order on.
struct Step {
    state: State,
    now_us: i64,
    transfer: i64,
    /// The code of a voucher, unless somebody else made one.
    code: String,
}

/// Books an order's next state: points, money, pieces, voucher.
async fn book_step(
    db: &mut Db,
    found: &StoredOrder,
    settled: &rewards::Order,
    step: &Step,
) -> Result<OrderView, StoreError> {
    let missing = || StoreError::Engine("an order names no participant or reward".to_owned());
    let owner = settled.participant;
    let person = participant::get(db, owner).await?.ok_or_else(missing)?;
    let stored = books::get(db, settled.reward).await?.ok_or_else(missing)?;
    let spent = settled.state == State::Fulfilled;
    let points = Posting {
        code: if spent { Code::Spent } else { Code::Released },
        mg: Carbon::ZERO,
        points: settled.price,
        about: settled.id.number(),
    };
    ledger::book(db, &person, points, step.now_us)
        .await?
        .map_err(disagree)?;
    if let Some(number) = found.hold_transfer {
        let hold = ledger::pending(db, number).await?;
        let done = hold.and_then(|hold| if spent { hold.post(number) } else { hold.void(number) });
        let done = done.ok_or_else(|| disagree(LedgerRefused::Foreign))?;
        ledger::transfer(db, step.transfer, &done, Some(settled.id.number()), step.now_us)
            .await?
            .map_err(disagree)?;
    }
    if !spent {
        books::move_piece(db, &stored, 1, -1, 0).await?;
        books::settle_order(db, settled).await?;
        return Ok(order_view(settled, &stored.reward, None));
    }
    books::move_piece(db, &stored, 0, -1, 1).await?;
    books::settle_order(db, settled).await?;
    let code = if books::has_codes(db, settled.reward).await? {
        let code = books::take_code(db, settled.reward, settled.id).await?;
        code.ok_or_else(|| StoreError::Engine("a reserved piece has no code".to_owned()))?
    } else {
        step.code.clone()
    };
    let voucher = Voucher::new(settled, &stored.reward, code, step.now_us);
    books::insert_voucher(db, found.programme, owner, &voucher).await?;
    Ok(order_view(settled, &stored.reward, Some(voucher)))
}

/// A piece of a reward that somebody won.
pub(crate) struct WonPiece {
    /// Who won it.
    pub(crate) participant: ParticipantId,
    /// What.
    pub(crate) reward: RewardId,
    /// In which competition.
    pub(crate) competition: i64,
    /// The number of the order that hands it over.
    pub(crate) order: i64,
    /// The code of its voucher, unless somebody else made one.
    pub(crate) code: String,
}

/// Hands over a piece that was reserved for a prize: points worth its price come in as a prize and are spent at once on an
/// order of it. The voucher's code.
pub(crate) async fn hand_over_won(db: &mut Db, won: &WonPiece, now_us: i64) -> Result<String, StoreError> {
    let missing = || StoreError::Engine("a prize names no participant or reward".to_owned());
    let stored = books::get(db, won.reward).await?.ok_or_else(missing)?;
    let price = stored.reward.price;
    let mut hold_entry = 0;
    for (code, about) in [(Code::Prize, won.competition), (Code::Held, won.order)] {
        let person = participant::get(db, won.participant).await?.ok_or_else(missing)?;
        let posting = Posting {
            code,
            mg: Carbon::ZERO,
            points: price,
            about,
        };
        hold_entry = ledger::book(db, &person, posting, now_us)
            .await?
            .map_err(disagree)?
            .number();
    }
    let order = rewards::Order {
        id: OrderId::new(won.order),
        participant: won.participant,
        reward: won.reward,
        price,
        state: State::Reserved,
        made_us: now_us,
        expires_us: now_us,
    };
    let new = StoredOrder {
        order,
        programme: stored.reward.programme,
        hold_entry,
        hold_transfer: None,
    };
    books::insert_order(db, &new).await?;
    let settled = new.order.settle(State::Fulfilled, now_us);
    let settled = settled.map_err(|no| StoreError::Engine(no.to_string()))?;
    let step = Step {
        state: State::Fulfilled,
        now_us,
        // nothing of a sponsor's is held
        transfer: 0,
        code: won.code.clone(),
    };
    let view = book_step(db, &new, &settled, &step).await?;
    view.voucher.map(|voucher| voucher.code).ok_or_else(missing)
}

impl App {
    /// Orders one piece: stock reserved, points held and the sponsor's money held, together or not at all. What is
    /// handed over at once comes with its voucher.
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
        let step = self.step(State::Fulfilled)?;
        self.once(bucket_of(participant.number()), key, async move |db: &mut Db| {
            let Some(person) = participant::get(db, participant)
                .await?
                .filter(|p| p.programme == programme)
            else {
                return Ok(Err(Refused::NotFound("participant")));
            };
            if person.frozen {
                return Ok(Err(Refused::Frozen));
            }
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
            if stored.reward.at_once {
                let settled = match order.settle(State::Fulfilled, now_us) {
                    Ok(settled) => settled,
                    Err(no) => return Err(StoreError::Engine(no.to_string())),
                };
                return book_step(db, &new, &settled, &step).await.map(Ok);
            }
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
        // what participants do with their own orders is no deed of staff
        let own = caller.participants().contains(&(programme.id, participant));
        let about = format!("order {participant} {order}");
        let note = (!own).then(|| self.note(caller, programme.id, "order.cancel", about, ""));
        self.settle(programme.id, participant, order, State::Cancelled, note)
            .await
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
        let about = format!("order {participant} {order}");
        let note = self.note(caller, programme.id, "order.fulfil", about, "");
        self.settle(programme.id, participant, order, State::Fulfilled, Some(note))
            .await
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
        match self
            .settle(found.programme, participant, order, State::Expired, None)
            .await
        {
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
        note: Option<Note>,
    ) -> Result<OrderView, Error> {
        let step = self.step(state)?;
        self.once(bucket_of(participant.number()), None, async move |db: &mut Db| {
            let Some(found) = books::order(db, participant, order)
                .await?
                .filter(|o| o.programme == programme)
            else {
                return Ok(Err(Refused::NotFound("order")));
            };
            if found.order.state == step.state {
                let Some(stored) = books::get(db, found.order.reward).await? else {
                    return Ok(Err(Refused::NotFound("order")));
                };
                let voucher = books::voucher_of(db, order).await?;
                return Ok(Ok(order_view(&found.order, &stored.reward, voucher)));
            }
            let spent = step.state == State::Fulfilled;
            if spent
                && participant::get(db, participant)
                    .await?
                    .is_some_and(|owner| owner.frozen)
            {
                return Ok(Err(Refused::Frozen));
            }
            match found.order.settle(step.state, step.now_us) {
                Ok(settled) => {
                    if let Some(note) = &note {
                        note.write(db).await?;
                    }
                    book_step(db, &found, &settled, &step).await.map(Ok)
                }
                Err(no) => Ok(Err(no.into())),
            }
        })
        .await
    }

    fn step(&self, state: State) -> Result<Step, Error> {
        Ok(Step {
            state,
            now_us: self.now_us(),
            transfer: self.next_id(),
            code: voucher_code().map_err(Error::outside)?,
        })
    }

    /// One order of a participant.
    pub async fn order(
        &self,
        caller: &Caller,
        programme: &Programme,
        participant: ParticipantId,
        order: OrderId,
    ) -> Result<OrderView, Error> {
        self.readable(caller, programme, participant).await?;
        let id = programme.id;
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| books::listed_order(db, id, order).await)
            .await?;
        let found = found.filter(|listed| listed.stored.order.participant == participant);
        Ok(OrderRow::from(found.ok_or(Refused::NotFound("order"))?).order)
    }

    /// Orders of a programme, at most `limit` (up to 1000), in the order that the filter asks for.
    pub async fn order_list(
        &self,
        caller: &Caller,
        programme: &Programme,
        filter: OrderFilter,
        limit: u32,
    ) -> Result<Vec<OrderRow>, Error> {
        caller.may(Deed::ReadOrders, programme.id, None)?;
        let (id, limit) = (programme.id, limit.clamp(1, 1_000));
        let list = async move |db: &mut Db| books::order_list(db, id, filter, limit).await;
        let found = self.0.store.read(list).await?;
        Ok(found.into_iter().map(OrderRow::from).collect())
    }

    /// One order of a programme.
    pub async fn order_row(&self, caller: &Caller, programme: &Programme, order: OrderId) -> Result<OrderRow, Error> {
        caller.may(Deed::ReadOrders, programme.id, None)?;
        let id = programme.id;
        let one = async move |db: &mut Db| books::listed_order(db, id, order).await;
        let found = self.0.store.read(one).await?;
        Ok(found.ok_or(Refused::NotFound("order"))?.into())
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

    /// The order of a voucher, by its code.
    pub async fn voucher(&self, caller: &Caller, programme: &Programme, code: &str) -> Result<OrderRow, Error> {
        caller.may(Deed::UseVoucher, programme.id, None)?;
        let (code, id) = (typed(code), programme.id);
        let look = async move |db: &mut Db| match voucher_of_code(db, id, &code).await? {
            Some((_, voucher)) => books::listed_order(db, id, voucher.order).await,
            None => Ok(None),
        };
        let found = self.0.store.read(look).await?;
        Ok(found.ok_or(Refused::NotFound("voucher"))?.into())
    }

    /// Takes a voucher in, once.
    pub async fn use_voucher(&self, caller: &Caller, programme: &Programme, code: &str) -> Result<VoucherView, Error> {
        caller.may(Deed::UseVoucher, programme.id, None)?;
        let (code, id, now_us) = (typed(code), programme.id, self.now_us());
        let note = self.note(caller, id, "voucher.use", "", "");
        self.once(0, None, async move |db: &mut Db| {
            let Some((who, voucher)) = voucher_of_code(db, id, &code).await? else {
                return Ok(Err(Refused::NotFound("voucher")));
            };
            let used = match voucher.take(now_us) {
                Ok(used) => used,
                Err(no) => return Ok(Err(no.into())),
            };
            books::use_voucher(db, &used).await?;
            note.about(format!("order {who} {}", used.order)).write(db).await?;
            Ok(Ok(used.into()))
        })
        .await
    }
}

/// A code as it was typed or scanned; PostgreSQL cannot be asked for a zero byte.
fn typed(code: &str) -> String {
    code.trim().replace('\0', " ")
}

/// The voucher of a code. Our own codes are in capitals and may be typed otherwise; others are taken as they are.
async fn voucher_of_code(
    db: &mut Db,
    programme: ProgrammeId,
    code: &str,
) -> Result<Option<(ParticipantId, Voucher)>, StoreError> {
    for code in [code, &code.to_uppercase()] {
        match books::voucher(db, code).await? {
            Some((there, who, voucher)) if there == programme => return Ok(Some((who, voucher))),
            _ => {}
        }
    }
    Ok(None)
}

/// The rules allowed what the books do not: on several lanes somebody else came between the decision and the booking.
/// The transaction is undone and decided anew; a fault that stays is reported.
fn disagree(refused: LedgerRefused) -> StoreError {
    StoreError::Conflict(format!("the books disagree with the decision: {refused}"))
}
