//! What staff did: one row a deed, written in the deed's own transaction, never changed.

use domain::measure::ProgrammeId;

use crate::{Db, Row, StoreError};

/// A deed of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// Its number; grows with time.
    pub id: i64,
    /// The programme.
    pub programme: ProgrammeId,
    /// When, microseconds since the epoch.
    pub at_us: i64,
    /// The login; 0 for somebody at the machine.
    pub login: i64,
    /// Its account name, as it was then.
    pub who: String,
    /// A stable name of the deed, e.g. `reversal.agree`.
    pub deed: String,
    /// What it is about: a kind and its ids, e.g. `record 0A.. 0B..`.
    pub about: String,
    /// Why, or what changed; never a secret.
    pub detail: String,
}

/// Notes a deed.
pub async fn insert(db: &mut Db, deed: &Deed) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO audit (id, programme, at_us, login, who, deed, about, detail)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            deed.id.into(),
            deed.programme.number().into(),
            deed.at_us.into(),
            deed.login.into(),
            (&deed.who).into(),
            (&deed.deed).into(),
            (&deed.about).into(),
            (&deed.detail).into(),
        ],
    )
    .await?;
    Ok(())
}

/// What narrows the list down; empty texts narrow nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The beginning of the deed's name.
    pub deed: String,
    /// A part of the account name.
    pub who: String,
    /// What it is about, whole.
    pub about: String,
    /// Deeds before this number.
    pub before: Option<i64>,
}

/// Deeds of a programme, newest first, of those among the `scan` next ones that the filter lets through at most
/// `limit`; and the number from which to go on, if there is more to look at.
pub async fn list(
    db: &mut Db,
    programme: ProgrammeId,
    filter: &Filter,
    scan: u32,
    limit: u32,
) -> Result<(Vec<Deed>, Option<i64>), StoreError> {
    let before = filter.before.unwrap_or(i64::MAX);
    let rows = db
        .rows(
            "SELECT id, programme, at_us, login, who, deed, about, detail FROM audit
             WHERE programme = $1 AND id < $2 AND ($4 = '' OR about = $4) ORDER BY id DESC LIMIT $3",
            &[
                programme.number().into(),
                before.into(),
                i64::from(scan).into(),
                (&filter.about).into(),
            ],
        )
        .await?;
    let whole = rows.len() < scan as usize;
    let mut deeds = Vec::new();
    let mut seen = None;
    for row in &rows {
        let deed = from_row(row)?;
        if deeds.len() == limit as usize {
            return Ok((deeds, seen));
        }
        seen = Some(deed.id);
        if deed.deed.starts_with(&filter.deed) && deed.who.contains(&filter.who) {
            deeds.push(deed);
        }
    }
    Ok((deeds, if whole { None } else { seen }))
}

/// The last deed of a name about something, among the latest `scan` ones of a programme.
pub async fn last(
    db: &mut Db,
    programme: ProgrammeId,
    deed: &str,
    about: &str,
    scan: u32,
) -> Result<Option<Deed>, StoreError> {
    let row = db
        .row(
            "SELECT id, programme, at_us, login, who, deed, about, detail FROM
                 (SELECT * FROM audit WHERE programme = $1 ORDER BY id DESC LIMIT $2) latest
             WHERE deed = $3 AND about = $4 ORDER BY id DESC LIMIT 1",
            &[
                programme.number().into(),
                i64::from(scan).into(),
                deed.into(),
                about.into(),
            ],
        )
        .await?;
    row.as_ref().map(from_row).transpose()
}

fn from_row(row: &Row) -> Result<Deed, StoreError> {
    Ok(Deed {
        id: row.int(0)?,
        programme: ProgrammeId::new(row.int(1)?),
        at_us: row.int(2)?,
        login: row.int(3)?,
        who: row.text(4)?.to_owned(),
        deed: row.text(5)?.to_owned(),
        about: row.text(6)?.to_owned(),
        detail: row.text(7)?.to_owned(),
    })
}
