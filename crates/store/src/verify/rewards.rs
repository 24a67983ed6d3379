//! The check of orders, vouchers, pieces, money.

use std::collections::HashMap;

use domain::measure::Id;
use domain::rewards::State;

use super::competition::held;
use super::{Report, Tally, VerifyError, fault, same};
use crate::activity::Code;
use crate::{Db, StoreError};

/// Every order must stand where the entries about it say, and every entry about an order must have one.
pub(super) async fn orders(
    db: &mut Db,
    bucket: u8,
    tallies: &mut HashMap<i64, Tally>,
    report: &mut Report,
) -> Result<(), VerifyError> {
    let rows = db
        .rows(
            "SELECT participant, id, price, state FROM reward_order WHERE bucket = $1",
            &[bucket.into()],
        )
        .await?;
    for row in rows {
        let (participant, id) = (row.int(0)?, row.int(1)?);
        let place = format!("order {}", Id::new(id));
        let tally = tallies.get_mut(&participant);
        let Some((code, points)) = tally.and_then(|tally| tally.orders.remove(&id)) else {
            return fault(place, "holds no points");
        };
        same(&place, "the points held", points.milli(), row.int(2)?)?;
        let stands = match State::from_number(row.int(3)?) {
            Some(State::Reserved) => Code::Held,
            Some(State::Fulfilled) => Code::Spent,
            Some(State::Cancelled | State::Expired) => Code::Released,
            None => return fault(place, "is in no known state"),
        };
        if code != stands {
            return fault(place, format!("is {stands:?}, its points are {code:?}"));
        }
        report.orders += 1;
    }
    match tallies.values().find(|tally| !tally.orders.is_empty()) {
        Some(tally) => fault(format!("participant {}", tally.stored.id), "holds points for no order"),
        None => Ok(()),
    }
}

/// Sums the transfers of every account.
pub(super) async fn transfers(db: &mut Db, report: &mut Report) -> Result<(), VerifyError> {
    let mut sums: HashMap<i64, [i128; 4]> = HashMap::new();
    let mut open: HashMap<i64, (i64, i64, i64)> = HashMap::new();
    let mut failure = None;
    report.transfers += db
        .each(
            "SELECT id, debit, credit, amount, phase, pending FROM transfer ORDER BY phase, id",
            &[],
            |row| {
                let (id, debit, credit, amount) = (row.int(0)?, row.int(1)?, row.int(2)?, row.int(3)?);
                let (posted, pending) = match row.int(4)? {
                    0 => (1, 0),
                    1 => (0, 1),
                    2 => (1, -1),
                    _ => (0, -1),
                };
                if pending == 1 {
                    open.insert(id, (debit, credit, amount));
                } else if pending == -1 {
                    let hold = row.opt_int(5)?.and_then(|hold| open.remove(&hold));
                    if hold != Some((debit, credit, amount)) && failure.is_none() {
                        failure = Some(id);
                    }
                }
                let amount = i128::from(amount);
                let debits = sums.entry(debit).or_default();
                debits[0] += posted * amount;
                debits[1] += pending * amount;
                let credits = sums.entry(credit).or_default();
                credits[2] += posted * amount;
                credits[3] += pending * amount;
                Ok(())
            },
        )
        .await?;
    if let Some(id) = failure {
        return fault(format!("transfer {id}"), "settles no hold of this amount");
    }
    let reserved = db
        .rows(
            "SELECT hold_transfer, id FROM reward_order WHERE state = 0 AND hold_transfer IS NOT NULL",
            &[],
        )
        .await?;
    for row in reserved {
        if open.remove(&row.int(0)?).is_none() {
            return fault(format!("order {}", Id::new(row.int(1)?)), "holds no money");
        }
    }
    for (transfer, amount, place) in held(db).await? {
        let Some((_, _, holds)) = open.remove(&transfer) else {
            return fault(place, "holds no points");
        };
        same(&place, "the points held", holds, amount)?;
    }
    if let Some(id) = open.keys().next() {
        return fault(
            format!("transfer {id}"),
            "holds money for no order, or points for no prize",
        );
    }
    let rows = db
        .rows(
            "SELECT id, debits_posted, debits_pending, credits_posted, credits_pending, name FROM account",
            &[],
        )
        .await?;
    for row in rows {
        let place = format!("account {}", row.text(5)?);
        let derived = sums.get(&row.int(0)?).copied().unwrap_or_default();
        for (i, name) in ["debits", "pending debits", "credits", "pending credits"]
            .into_iter()
            .enumerate()
        {
            let derived = i64::try_from(derived[i]).map_err(|_| StoreError::Range)?;
            same(&place, name, row.int(i + 1)?, derived)?;
        }
    }
    Ok(())
}

/// Pieces in orders and hands must be those that the rewards count; a voucher stands for a fulfilled order.
pub(super) async fn pieces(db: &mut Db) -> Result<(), VerifyError> {
    let rows = db
        .rows(
            "SELECT r.id, r.reserved, r.handed_over, r.stock + r.reserved + r.handed_over - r.supplied,
                    (SELECT count(*) FROM reward_order o WHERE o.reward = r.id AND o.state = 0)
                    + (SELECT CAST(coalesce(sum(e.pieces - e.given - e.returned), 0) AS BIGINT) FROM escrow e
                       WHERE e.reward = r.id),
                    (SELECT count(*) FROM reward_order o WHERE o.reward = r.id AND o.state = 1)
             FROM reward r",
            &[],
        )
        .await?;
    for row in rows {
        let place = format!("reward {}", Id::new(row.int(0)?));
        same(&place, "pieces reserved", row.int(1)?, row.int(4)?)?;
        same(&place, "pieces handed over", row.int(2)?, row.int(5)?)?;
        same(&place, "pieces beyond those supplied", row.int(3)?, 0)?;
    }
    codes(db).await?;
    let strays = db
        .row(
            "SELECT v.code FROM voucher v
             LEFT JOIN reward_order o ON o.id = v.order_id AND o.participant = v.participant AND o.state = 1
             WHERE o.id IS NULL LIMIT 1",
            &[],
        )
        .await?;
    if strays.is_some() {
        return fault("vouchers", "one stands for no fulfilled order");
    }
    let bare = db
        .row(
            "SELECT o.id FROM reward_order o LEFT JOIN voucher v ON v.order_id = o.id
             WHERE o.state = 1 AND v.code IS NULL LIMIT 1",
            &[],
        )
        .await?;
    match bare {
        Some(row) => fault(
            format!("order {}", Id::new(row.int(0)?)),
            "is fulfilled and has no voucher",
        ),
        None => Ok(()),
    }
}

/// A code of somebody else's is in the hands of the order whose voucher it is, and of no other; of a reward with such
/// codes every piece that is left is a free code.
async fn codes(db: &mut Db) -> Result<(), VerifyError> {
    let rows = db
        .rows(
            "SELECT r.id, r.stock + r.reserved, count(*) - count(c.order_id)
             FROM reward r JOIN reward_code c ON c.reward = r.id GROUP BY r.id, r.stock, r.reserved",
            &[],
        )
        .await?;
    for row in rows {
        let place = format!("reward {}", Id::new(row.int(0)?));
        same(&place, "codes left", row.int(2)?, row.int(1)?)?;
    }
    let astray = db
        .row(
            "SELECT c.reward FROM reward_code c
             LEFT JOIN reward_order o ON o.id = c.order_id AND o.reward = c.reward AND o.state = 1
             LEFT JOIN voucher v ON v.order_id = c.order_id AND v.code = c.code
             WHERE c.order_id IS NOT NULL AND (o.id IS NULL OR v.code IS NULL) LIMIT 1",
            &[],
        )
        .await?;
    if let Some(row) = astray {
        let place = format!("reward {}", Id::new(row.int(0)?));
        return fault(place, "a code was handed over with no order of its voucher");
    }
    let free = db
        .row(
            "SELECT c.reward FROM reward_code c JOIN voucher v ON v.code = c.code WHERE c.order_id IS NULL LIMIT 1",
            &[],
        )
        .await?;
    match free {
        Some(row) => fault(
            format!("reward {}", Id::new(row.int(0)?)),
            "a code that nobody has is somebody's voucher",
        ),
        None => Ok(()),
    }
}
