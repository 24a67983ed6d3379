//! Codes that somebody else made: a partner's coupons, tickets, gift cards. Each is handed over with one order.
//!
//! Invariant: of a reward with such codes every piece is a code; free ones are in stock or reserved.

use domain::measure::{OrderId, RewardId};

use crate::{Db, Param, StoreError};

/// Rows a statement: few texts for the cache of statements, few round trips.
const CHUNK: usize = 200;

/// How many codes a reward was given, and how many of them nobody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Codes {
    /// All.
    pub all: i64,
    /// Those in no hands.
    pub free: i64,
}

/// The codes of a reward.
pub async fn codes(db: &mut Db, reward: RewardId) -> Result<Codes, StoreError> {
    let sql = "SELECT count(*), count(*) - count(order_id) FROM reward_code WHERE reward = $1";
    match db.row(sql, &[reward.number().into()]).await? {
        Some(row) => Ok(Codes {
            all: row.int(0)?,
            free: row.int(1)?,
        }),
        None => Ok(Codes::default()),
    }
}

/// Whether a reward was ever given codes.
pub async fn has_codes(db: &mut Db, reward: RewardId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM reward_code WHERE reward = $1 LIMIT 1";
    Ok(db.row(sql, &[reward.number().into()]).await?.is_some())
}

/// Takes a free code of a reward for an order, if one is left.
pub async fn take_code(db: &mut Db, reward: RewardId, order: OrderId) -> Result<Option<String>, StoreError> {
    let sql = "SELECT code FROM reward_code WHERE reward = $1 AND order_id IS NULL ORDER BY code LIMIT 1";
    let Some(row) = db.row(sql, &[reward.number().into()]).await? else {
        return Ok(None);
    };
    let code = row.text(0)?.to_owned();
    let taken = db
        .run(
            "UPDATE reward_code SET order_id = $3 WHERE reward = $1 AND code = $2 AND order_id IS NULL",
            &[reward.number().into(), (&code).into(), order.number().into()],
        )
        .await?;
    if taken == 1 {
        Ok(Some(code))
    } else {
        Err(StoreError::Conflict("the code was taken meanwhile".to_owned()))
    }
}

/// Which of these codes the books know, as a code or as a voucher.
pub async fn known_codes(db: &mut Db, codes: &[String]) -> Result<Vec<String>, StoreError> {
    let mut known = Vec::new();
    for chunk in codes.chunks(CHUNK) {
        let places = places(chunk.len(), 1);
        let sql = format!(
            "SELECT code FROM reward_code WHERE code IN ({places}) UNION SELECT code FROM voucher WHERE code IN ({places})"
        );
        let params: Vec<Param<'_>> = chunk.iter().map(Param::from).collect();
        for row in db.rows(&sql, &params).await? {
            known.push(row.text(0)?.to_owned());
        }
    }
    Ok(known)
}

/// Keeps new codes of a reward.
pub async fn insert_codes(db: &mut Db, reward: RewardId, codes: &[String]) -> Result<(), StoreError> {
    for chunk in codes.chunks(CHUNK) {
        let rows: Vec<String> = (2..chunk.len() + 2).map(|at| format!("($1, ${at})")).collect();
        let sql = format!("INSERT INTO reward_code (reward, code) VALUES {}", rows.join(", "));
        let mut params: Vec<Param<'_>> = vec![reward.number().into()];
        params.extend(chunk.iter().map(Param::from));
        db.run(&sql, &params).await?;
    }
    Ok(())
}

fn places(count: usize, first: usize) -> String {
    let places: Vec<String> = (first..first + count).map(|at| format!("${at}")).collect();
    places.join(", ")
}
