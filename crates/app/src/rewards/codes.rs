//! Codes that somebody else made, taken in as stock.

use std::collections::HashSet;

use domain::measure::RewardId;
use domain::programme::{Deed, Programme};
use domain::rewards::{CodeFault, read_codes};
use serde::{Deserialize, Serialize};
use store::Db;
use store::rewards as books;

use super::MOST_PIECES;
use crate::{App, Caller, Error, Key, Refused};

/// More codes than any list has; one transaction keeps them all.
const MOST_CODES: usize = 20_000;
/// As many as somebody reads.
const MOST_FAULTS: usize = 20;

/// What became of a list of codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// How many were added: all, or none if a line is wrong.
    pub added: i64,
    /// What is wrong, by line from 1; the first of them.
    pub faults: Vec<(u32, CodeFault)>,
}

impl App {
    /// Takes in codes, one a line or the first column of a table, and adds as many pieces to the stock: all of them,
    /// or none if one is wrong. A reward that has pieces without codes must be sold out first: every piece of a reward
    /// is of one kind.
    pub async fn import_codes(
        &self,
        caller: &Caller,
        programme: &Programme,
        reward: RewardId,
        text: &str,
        key: Option<Key>,
    ) -> Result<Imported, Error> {
        caller.may(Deed::ManageRewards, programme.id, None)?;
        let lines = match read_codes(text) {
            Ok(lines) => lines,
            Err(mut faults) => {
                faults.truncate(MOST_FAULTS);
                return Ok(Imported { added: 0, faults });
            }
        };
        if lines.is_empty() || lines.len() > MOST_CODES {
            return Err(Refused::invalid("codes", format!("needs 1 to {MOST_CODES} codes")).into());
        }
        let id = programme.id;
        // how many, never which: a code is worth what it buys
        let note = self.note(
            caller,
            id,
            "reward.codes",
            format!("reward {reward}"),
            format!("+{}", lines.len()),
        );
        self.once(0, key, async move |db: &mut Db| {
            let Some(before) = books::get(db, reward).await?.filter(|r| r.reward.programme == id) else {
                return Ok(Err(Refused::NotFound("reward")));
            };
            let codes: Vec<String> = lines.iter().map(|(_, code)| code.clone()).collect();
            let known: HashSet<String> = books::known_codes(db, &codes).await?.into_iter().collect();
            if !known.is_empty() {
                let taken = lines.iter().filter(|(_, code)| known.contains(code));
                let faults = taken
                    .map(|(line, _)| (*line, CodeFault::Taken))
                    .take(MOST_FAULTS)
                    .collect();
                return Ok(Ok(Imported { added: 0, faults }));
            }
            let pieces = before.reward.stock + before.reward.reserved;
            if pieces > 0 && !books::has_codes(db, reward).await? {
                return Ok(Err(Refused::Settled("the reward has pieces without codes")));
            }
            let added = i64::try_from(codes.len()).unwrap_or(i64::MAX);
            if before.reward.stock.saturating_add(added) > MOST_PIECES {
                return Ok(Err(Refused::invalid("codes", "adds too many pieces")));
            }
            books::insert_codes(db, reward, &codes).await?;
            books::restock(db, &before, added, before.reward.on_sale).await?;
            note.write(db).await?;
            Ok(Ok(Imported {
                added,
                faults: Vec::new(),
            }))
        })
        .await
    }
}
