//! The orders of a whole programme, as those who hand over see them.

use domain::measure::{OrderId, ProgrammeId, RewardId, Text};
use domain::rewards::{State, Voucher};

use super::{ORDER_COLUMNS, StoredOrder, order_from_row};
use crate::{Db, Row, StoreError};

/// An order with what its row in a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedOrder {
    /// The order.
    pub stored: StoredOrder,
    /// The reward's title.
    pub title: Text,
    /// What its owner is called; empty if the owner was erased.
    pub alias: String,
    /// Its voucher, once it is fulfilled.
    pub voucher: Option<Voucher>,
}

/// Which orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrderFilter {
    /// Only those that stand there.
    pub state: Option<State>,
    /// Only those of this reward.
    pub reward: Option<RewardId>,
    /// Only those after this one, in the order of the list.
    pub after: Option<OrderId>,
    /// Oldest first; newest first otherwise.
    pub oldest_first: bool,
}

const JOINS: &str = "FROM reward_order o JOIN reward r ON r.id = o.reward
    LEFT JOIN profile p ON p.bucket = o.bucket AND p.id = o.participant
    LEFT JOIN voucher v ON v.order_id = o.id";

fn columns() -> String {
    let order: Vec<String> = ORDER_COLUMNS
        .split(',')
        .map(|column| format!("o.{}", column.trim()))
        .collect();
    format!(
        "{}, r.title_zh, r.title_en, p.alias, v.code, v.expires_us, v.used_us",
        order.join(", ")
    )
}

fn listed(row: &Row) -> Result<ListedOrder, StoreError> {
    let stored = order_from_row(row)?;
    let voucher = match row.opt_text(13)?.map(str::to_owned) {
        Some(code) => Some(Voucher {
            order: stored.order.id,
            code,
            expires_us: row.int(14)?,
            used_us: row.opt_int(15)?,
        }),
        None => None,
    };
    Ok(ListedOrder {
        title: Text {
            zh: row.text(10)?.to_owned(),
            en: row.text(11)?.to_owned(),
        },
        alias: row.opt_text(12)?.unwrap_or_default().to_owned(),
        stored,
        voucher,
    })
}

/// Orders of a programme, at most `limit`.
pub async fn order_list(
    db: &mut Db,
    programme: ProgrammeId,
    filter: OrderFilter,
    limit: u32,
) -> Result<Vec<ListedOrder>, StoreError> {
    let (sign, way, start) = if filter.oldest_first {
        (">", "ASC", 0)
    } else {
        ("<", "DESC", i64::MAX)
    };
    let sql = format!(
        "SELECT {} {JOINS}
         WHERE o.programme = $1 AND o.id {sign} $2 AND (o.state = $3 OR $3 < 0) AND (o.reward = $4 OR $4 < 0)
         ORDER BY o.id {way} LIMIT $5",
        columns()
    );
    let rows = db
        .rows(
            &sql,
            &[
                programme.number().into(),
                filter.after.map_or(start, OrderId::number).into(),
                filter.state.map_or(-1, State::number).into(),
                filter.reward.map_or(-1, RewardId::number).into(),
                i64::from(limit).into(),
            ],
        )
        .await?;
    rows.iter().map(listed).collect()
}

/// An order of a programme, whoever owns it.
pub async fn listed_order(
    db: &mut Db,
    programme: ProgrammeId,
    order: OrderId,
) -> Result<Option<ListedOrder>, StoreError> {
    let sql = format!("SELECT {} {JOINS} WHERE o.programme = $1 AND o.id = $2", columns());
    let row = db
        .row(&sql, &[programme.number().into(), order.number().into()])
        .await?;
    row.as_ref().map(listed).transpose()
}
