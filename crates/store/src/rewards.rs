//! Rewards, orders and vouchers in the books.

mod codes;
mod list;

use domain::measure::{Currency, Money, OrderId, ParticipantId, Points, ProgrammeId, RewardId, Text, bucket_of};
use domain::rewards::{Order, Reward, State, Voucher};

use crate::{Db, Row, StoreError};

pub use codes::{Codes, codes, has_codes, insert_codes, known_codes, take_code};
pub use list::{ListedOrder, OrderFilter, listed_order, order_list};

/// A reward with the version of its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredReward {
    /// The reward.
    pub reward: Reward,
    /// Pieces handed over.
    pub handed_over: i64,
    /// Grows with every change.
    pub version: i64,
}

const COLUMNS: &str =
    "id, programme, title_zh, title_en, sponsor, budget, cost_minor, currency, price, stock, reserved,
    per_person, on_sale, hold_days, voucher_days, handed_over, version, at_once, icon";

fn from_row(row: &Row) -> Result<StoredReward, StoreError> {
    let damaged = |what: &str| StoreError::corrupt(format!("the {what} of a reward"));
    let cost = match (row.opt_int(6)?, row.opt_text(7)?.map(str::to_owned)) {
        (Some(minor), Some(code)) => {
            let currency = Currency::from_code(&code).ok_or_else(|| damaged("currency"))?;
            Some(Money { minor, currency })
        }
        _ => None,
    };
    let small = |number: i64, what: &str| u32::try_from(number).map_err(|_| damaged(what));
    Ok(StoredReward {
        reward: Reward {
            id: RewardId::new(row.int(0)?),
            programme: ProgrammeId::new(row.int(1)?),
            title: Text {
                zh: row.text(2)?.to_owned(),
                en: row.text(3)?.to_owned(),
            },
            sponsor: row.text(4)?.to_owned(),
            budget: row.opt_int(5)?,
            cost,
            price: Points::from_milli(row.int(8)?),
            stock: row.int(9)?,
            reserved: row.int(10)?,
            per_person: row.opt_int(11)?.map(|limit| small(limit, "limit")).transpose()?,
            on_sale: row.int(12)? == 1,
            hold_days: small(row.int(13)?, "hold days")?,
            voucher_days: small(row.int(14)?, "voucher days")?,
            at_once: row.int(17)? == 1,
            icon: row.text(18)?.to_owned(),
        },
        handed_over: row.int(15)?,
        version: row.int(16)?,
    })
}

/// A reward.
pub async fn get(db: &mut Db, id: RewardId) -> Result<Option<StoredReward>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM reward WHERE id = $1");
    db.row(&sql, &[id.number().into()])
        .await?
        .as_ref()
        .map(from_row)
        .transpose()
}

/// Every reward of a programme, cheapest first.
pub async fn all(db: &mut Db, programme: ProgrammeId) -> Result<Vec<StoredReward>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM reward WHERE programme = $1 ORDER BY price, id");
    db.rows(&sql, &[programme.number().into()])
        .await?
        .iter()
        .map(from_row)
        .collect()
}

/// Offers a new reward.
pub async fn insert(db: &mut Db, reward: &Reward) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO reward (id, programme, title_zh, title_en, sponsor, budget, cost_minor, currency, price, stock,
                             reserved, handed_over, supplied, per_person, on_sale, hold_days, voucher_days, version, at_once,
                             icon)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, $10, $11, $12, $13, $14, 0, $15, $16)",
        &[
            reward.id.number().into(),
            reward.programme.number().into(),
            (&reward.title.zh).into(),
            (&reward.title.en).into(),
            (&reward.sponsor).into(),
            reward.budget.into(),
            reward.cost.map(|cost| cost.minor).into(),
            reward.cost.map(|cost| cost.currency.code()).into(),
            reward.price.milli().into(),
            reward.stock.into(),
            reward.per_person.into(),
            reward.on_sale.into(),
            reward.hold_days.into(),
            reward.voucher_days.into(),
            reward.at_once.into(),
            (&reward.icon).into(),
        ],
    )
    .await?;
    Ok(())
}

/// Moves one piece between stock, orders and hands, if nobody changed the reward since it was read.
pub async fn move_piece(
    db: &mut Db,
    before: &StoredReward,
    stock: i64,
    reserved: i64,
    handed_over: i64,
) -> Result<(), StoreError> {
    let changed = db
        .run(
            "UPDATE reward SET stock = stock + $3, reserved = reserved + $4, handed_over = handed_over + $5,
                               version = version + 1
             WHERE id = $1 AND version = $2",
            &[
                before.reward.id.number().into(),
                before.version.into(),
                stock.into(),
                reserved.into(),
                handed_over.into(),
            ],
        )
        .await?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict("a reward changed meanwhile".to_owned()))
    }
}

/// Adds pieces to the stock, or takes a reward on or off sale, if nobody changed it since it was read.
pub async fn restock(db: &mut Db, before: &StoredReward, pieces: i64, on_sale: bool) -> Result<(), StoreError> {
    let changed = db
        .run(
            "UPDATE reward SET stock = stock + $2, supplied = supplied + $2, on_sale = $3, version = version + 1
             WHERE id = $1 AND version = $4",
            &[
                before.reward.id.number().into(),
                pieces.into(),
                on_sale.into(),
                before.version.into(),
            ],
        )
        .await?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict("a reward changed meanwhile".to_owned()))
    }
}

/// Changes what a reward is, not how many there are, if nobody changed it since it was read.
pub async fn edit(db: &mut Db, before: &StoredReward, after: &Reward) -> Result<(), StoreError> {
    let changed = db
        .run(
            "UPDATE reward SET title_zh = $3, title_en = $4, price = $5, per_person = $6, on_sale = $7, hold_days = $8,
                               voucher_days = $9, at_once = $10, icon = $11, version = version + 1
             WHERE id = $1 AND version = $2",
            &[
                before.reward.id.number().into(),
                before.version.into(),
                (&after.title.zh).into(),
                (&after.title.en).into(),
                after.price.milli().into(),
                after.per_person.into(),
                after.on_sale.into(),
                after.hold_days.into(),
                after.voucher_days.into(),
                after.at_once.into(),
                (&after.icon).into(),
            ],
        )
        .await?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict("a reward changed meanwhile".to_owned()))
    }
}

/// An order and what was held for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOrder {
    /// The order.
    pub order: Order,
    /// The programme.
    pub programme: ProgrammeId,
    /// The journal entry that holds the points.
    pub hold_entry: i64,
    /// The transfer that holds the sponsor's money.
    pub hold_transfer: Option<i64>,
}

const ORDER_COLUMNS: &str =
    "participant, id, programme, reward, price, state, made_us, expires_us, hold_entry, hold_transfer";

fn order_from_row(row: &Row) -> Result<StoredOrder, StoreError> {
    Ok(StoredOrder {
        order: Order {
            id: OrderId::new(row.int(1)?),
            participant: ParticipantId::new(row.int(0)?),
            reward: RewardId::new(row.int(3)?),
            price: Points::from_milli(row.int(4)?),
            state: State::from_number(row.int(5)?).ok_or_else(|| StoreError::corrupt("an order's state"))?,
            made_us: row.int(6)?,
            expires_us: row.int(7)?,
        },
        programme: ProgrammeId::new(row.int(2)?),
        hold_entry: row.int(8)?,
        hold_transfer: row.opt_int(9)?,
    })
}

/// One order.
pub async fn order(db: &mut Db, participant: ParticipantId, id: OrderId) -> Result<Option<StoredOrder>, StoreError> {
    let sql = format!("SELECT {ORDER_COLUMNS} FROM reward_order WHERE bucket = $1 AND participant = $2 AND id = $3");
    let bucket = bucket_of(participant.number());
    let row = db
        .row(&sql, &[bucket.into(), participant.number().into(), id.number().into()])
        .await?;
    row.as_ref().map(order_from_row).transpose()
}

/// A participant's orders, newest first.
pub async fn orders(db: &mut Db, participant: ParticipantId, limit: u32) -> Result<Vec<StoredOrder>, StoreError> {
    let sql = format!(
        "SELECT {ORDER_COLUMNS} FROM reward_order WHERE bucket = $1 AND participant = $2 ORDER BY id DESC LIMIT $3"
    );
    let bucket = bucket_of(participant.number());
    let rows = db
        .rows(
            &sql,
            &[bucket.into(), participant.number().into(), i64::from(limit).into()],
        )
        .await?;
    rows.iter().map(order_from_row).collect()
}

/// How many orders of a reward a participant has that were not called off.
pub async fn taken(db: &mut Db, participant: ParticipantId, reward: RewardId) -> Result<u32, StoreError> {
    let row = db
        .row(
            "SELECT count(*) FROM reward_order
             WHERE bucket = $1 AND participant = $2 AND reward = $3 AND state IN (0, 1)",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                reward.number().into(),
            ],
        )
        .await?;
    let count = row.map_or(Ok(0), |row| row.int(0))?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Writes a new order.
pub async fn insert_order(db: &mut Db, stored: &StoredOrder) -> Result<(), StoreError> {
    let order = &stored.order;
    db.run(
        "INSERT INTO reward_order (bucket, participant, id, programme, reward, price, state, made_us, expires_us,
                                   hold_entry, hold_transfer)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            bucket_of(order.participant.number()).into(),
            order.participant.number().into(),
            order.id.number().into(),
            stored.programme.number().into(),
            order.reward.number().into(),
            order.price.milli().into(),
            order.state.number().into(),
            order.made_us.into(),
            order.expires_us.into(),
            stored.hold_entry.into(),
            stored.hold_transfer.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Moves an order on from reserved.
pub async fn settle_order(db: &mut Db, order: &Order) -> Result<(), StoreError> {
    let changed = db
        .run(
            "UPDATE reward_order SET state = $4 WHERE bucket = $1 AND participant = $2 AND id = $3 AND state = 0",
            &[
                bucket_of(order.participant.number()).into(),
                order.participant.number().into(),
                order.id.number().into(),
                order.state.number().into(),
            ],
        )
        .await?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict("the order was settled meanwhile".to_owned()))
    }
}

/// Writes a new voucher.
pub async fn insert_voucher(
    db: &mut Db,
    programme: ProgrammeId,
    participant: ParticipantId,
    voucher: &Voucher,
) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO voucher (code, programme, participant, order_id, expires_us) VALUES ($1, $2, $3, $4, $5)",
        &[
            (&voucher.code).into(),
            programme.number().into(),
            participant.number().into(),
            voucher.order.number().into(),
            voucher.expires_us.into(),
        ],
    )
    .await?;
    Ok(())
}

fn voucher_from_row(row: &Row) -> Result<(ProgrammeId, ParticipantId, Voucher), StoreError> {
    let voucher = Voucher {
        code: row.text(0)?.to_owned(),
        order: OrderId::new(row.int(3)?),
        expires_us: row.int(4)?,
        used_us: row.opt_int(5)?,
    };
    Ok((ProgrammeId::new(row.int(1)?), ParticipantId::new(row.int(2)?), voucher))
}

/// A voucher by its code, with its programme and owner.
pub async fn voucher(db: &mut Db, code: &str) -> Result<Option<(ProgrammeId, ParticipantId, Voucher)>, StoreError> {
    let sql = "SELECT code, programme, participant, order_id, expires_us, used_us FROM voucher WHERE code = $1";
    db.row(sql, &[code.into()])
        .await?
        .as_ref()
        .map(voucher_from_row)
        .transpose()
}

/// The voucher of an order.
pub async fn voucher_of(db: &mut Db, order: OrderId) -> Result<Option<Voucher>, StoreError> {
    let sql = "SELECT code, programme, participant, order_id, expires_us, used_us FROM voucher WHERE order_id = $1";
    let row = db.row(sql, &[order.number().into()]).await?;
    row.map(|row| voucher_from_row(&row).map(|(_, _, voucher)| voucher))
        .transpose()
}

/// Says until when a voucher that was not used can be; says whether there is one.
pub async fn set_voucher_expiry(db: &mut Db, code: &str, expires_us: i64) -> Result<bool, StoreError> {
    let changed = db
        .run(
            "UPDATE voucher SET expires_us = $2 WHERE code = $1 AND used_us IS NULL",
            &[code.into(), expires_us.into()],
        )
        .await?;
    Ok(changed == 1)
}

/// Marks a voucher as used.
pub async fn use_voucher(db: &mut Db, voucher: &Voucher) -> Result<(), StoreError> {
    let changed = db
        .run(
            "UPDATE voucher SET used_us = $2 WHERE code = $1 AND used_us IS NULL",
            &[(&voucher.code).into(), voucher.used_us.into()],
        )
        .await?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict("the voucher was used meanwhile".to_owned()))
    }
}
