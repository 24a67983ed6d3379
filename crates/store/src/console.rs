//! Lists and figures of the operator's console. Invariant: every question is bounded: by an index, a limit, or a number
//! of rows to look at, after which the answer says where to go on.

mod records;

use domain::measure::{Carbon, Day, EntryId, ParticipantId, Points, ProgrammeId, make_id};
use domain::participant::Kind;

pub use records::{Cursor, ListedRecord, RecordFilter, Records, Stand, records};

use crate::activity::{Entry, read};
use crate::{Db, StoreError};

/// What one methodology version did on one civil day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// The day on which the acts happened.
    pub day: Day,
    /// The number of the methodology version.
    pub methodology: i64,
    /// Acts that were credited.
    pub acts: i64,
    /// Acts that were refused and kept.
    pub refused: i64,
    /// What was credited, later reversals included.
    pub credited: Carbon,
    /// What it earned.
    pub points: Points,
}

/// The figures of a programme from one day to another, both included, by day.
pub async fn figures(db: &mut Db, programme: ProgrammeId, from: Day, to: Day) -> Result<Vec<Figures>, StoreError> {
    let rows = db
        .rows(
            "SELECT day, methodology, CAST(sum(acts) AS BIGINT), CAST(sum(refused) AS BIGINT),
                    CAST(sum(mg) AS BIGINT), CAST(sum(points) AS BIGINT)
             FROM daily WHERE programme = $1 AND day BETWEEN $2 AND $3
             GROUP BY day, methodology ORDER BY day, methodology",
            &[
                programme.number().into(),
                i64::from(from.epoch_days()).into(),
                i64::from(to.epoch_days()).into(),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let day = i32::try_from(row.int(0)?).map_err(|_| StoreError::corrupt("a day of the figures"))?;
            Ok(Figures {
                day: Day::from_epoch_days(day),
                methodology: row.int(1)?,
                acts: row.int(2)?,
                refused: row.int(3)?,
                credited: Carbon::from_mg(row.int(4)?),
                points: Points::from_milli(row.int(5)?),
            })
        })
        .collect()
}

/// Everything that was ever credited by the figures: mg and thousandths of a point, to be held against the accounts.
pub async fn credited_ever(db: &mut Db, programme: ProgrammeId) -> Result<(i64, i64), StoreError> {
    let row = db
        .row(
            "SELECT CAST(sum(mg) AS BIGINT), CAST(sum(points) AS BIGINT) FROM daily WHERE programme = $1",
            &[programme.number().into()],
        )
        .await?;
    row.map_or(Ok((0, 0)), |row| {
        Ok((row.opt_int(0)?.unwrap_or_default(), row.opt_int(1)?.unwrap_or_default()))
    })
}

/// Points spent on orders that were made since an instant and handed over.
pub async fn spent_since(db: &mut Db, programme: ProgrammeId, since_us: i64) -> Result<Points, StoreError> {
    let row = db
        .row(
            "SELECT CAST(sum(price) AS BIGINT) FROM reward_order WHERE programme = $1 AND id >= $2 AND state = 1",
            &[programme.number().into(), make_id(since_us, 0).into()],
        )
        .await?;
    let sum = row.map_or(Ok(None), |row| row.opt_int(0))?;
    Ok(Points::from_milli(sum.unwrap_or_default()))
}

/// How many participants a programme has, and how many of them have an entry since each of three instants.
pub async fn active(db: &mut Db, programme: ProgrammeId, since_us: [i64; 3]) -> Result<(i64, [i64; 3]), StoreError> {
    let [first, second, third] = since_us.map(|since_us| make_id(since_us, 0));
    let row = db
        .row(
            "SELECT count(*), count(CASE WHEN last_entry >= $2 THEN 1 END),
                    count(CASE WHEN last_entry >= $3 THEN 1 END), count(CASE WHEN last_entry >= $4 THEN 1 END)
             FROM participant WHERE programme = $1",
            &[programme.number().into(), first.into(), second.into(), third.into()],
        )
        .await?;
    row.map_or(Ok((0, [0; 3])), |row| {
        Ok((row.int(0)?, [row.int(1)?, row.int(2)?, row.int(3)?]))
    })
}

/// What waits for staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Proofs that a person has to decide on.
    pub submissions: i64,
    /// Appeals that nobody answered.
    pub appeals: i64,
    /// Reversals that need a second person.
    pub reversals: i64,
    /// Orders that nobody handed over.
    pub orders: i64,
}

/// How much waits in a programme.
pub async fn waiting(db: &mut Db, programme: ProgrammeId) -> Result<Waiting, StoreError> {
    let id = programme.number();
    let mut counts = [0; 4];
    for (count, sql) in counts.iter_mut().zip([
        "SELECT count(*) FROM submission WHERE programme = $1 AND state = 1",
        "SELECT count(*) FROM appeal w JOIN participant p ON p.bucket = w.bucket AND p.id = w.participant
         WHERE w.upheld IS NULL AND p.programme = $1",
        "SELECT count(*) FROM reversal w JOIN participant p ON p.bucket = w.bucket AND p.id = w.participant
         WHERE w.agreed_by IS NULL AND w.declined_by IS NULL AND p.programme = $1",
        "SELECT CAST(sum(reserved) AS BIGINT) FROM reward WHERE programme = $1",
    ]) {
        let row = db.row(sql, &[id.into()]).await?;
        *count = row.map_or(Ok(None), |row| row.opt_int(0))?.unwrap_or_default();
    }
    let [submissions, appeals, reversals, orders] = counts;
    Ok(Waiting {
        submissions,
        appeals,
        reversals,
        orders,
    })
}

/// A job that failed and will be tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailingJob {
    /// Its id.
    pub id: i64,
    /// Which handler does it.
    pub kind: String,
    /// When it is tried next, microseconds since the epoch.
    pub run_us: i64,
    /// How often it was tried.
    pub tries: i64,
    /// What went wrong.
    pub problem: String,
}

/// Jobs that failed, by when they are tried next; none of another programme's participants.
pub async fn failing_jobs(db: &mut Db, programme: ProgrammeId, limit: u32) -> Result<Vec<FailingJob>, StoreError> {
    let rows = db
        .rows(
            "SELECT id, kind, run_us, tries, problem, payload FROM job
             WHERE problem IS NOT NULL ORDER BY run_us LIMIT $1",
            &[i64::from(limit).into()],
        )
        .await?;
    let mut jobs = Vec::new();
    for row in rows {
        let first = row.text(5)?.split(' ').next().map(str::parse::<i64>);
        if let Some(Ok(number)) = first
            && let Some(owner) = crate::participant::get(db, ParticipantId::new(number)).await?
            && owner.programme != programme
        {
            continue;
        }
        jobs.push(FailingJob {
            id: row.int(0)?,
            kind: row.text(1)?.to_owned(),
            run_us: row.int(2)?,
            tries: row.int(3)?,
            problem: row.text(4)?.to_owned(),
        });
    }
    Ok(jobs)
}

/// An appeal that nobody answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAppeal {
    /// The refused record.
    pub entry: Entry,
    /// In the participant's words.
    pub words: String,
    /// When it was made, microseconds since the epoch.
    pub made_us: i64,
}

/// Open appeals of a programme, oldest first.
pub async fn open_appeals(db: &mut Db, programme: ProgrammeId, limit: u32) -> Result<Vec<OpenAppeal>, StoreError> {
    let rows = db
        .rows(
            "SELECT w.participant, w.entry, w.words, w.made_us
             FROM appeal w JOIN participant p ON p.bucket = w.bucket AND p.id = w.participant
             WHERE w.upheld IS NULL AND p.programme = $1 ORDER BY w.made_us, w.entry LIMIT $2",
            &[programme.number().into(), i64::from(limit).into()],
        )
        .await?;
    let mut appeals = Vec::with_capacity(rows.len());
    for row in rows {
        let (participant, id) = (ParticipantId::new(row.int(0)?), EntryId::new(row.int(1)?));
        if let Some(entry) = read::entry(db, participant, id).await? {
            appeals.push(OpenAppeal {
                entry,
                words: row.text(2)?.to_owned(),
                made_us: row.int(3)?,
            });
        }
    }
    Ok(appeals)
}

/// A reversal that somebody asked for and nobody has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReversal {
    /// The credited record.
    pub entry: Entry,
    /// Why.
    pub why: String,
    /// Who asked: a login.
    pub asked_by: i64,
    /// Its account name, if it still has one.
    pub asker: Option<String>,
    /// When, microseconds since the epoch.
    pub asked_us: i64,
}

/// Reversals of a programme that need a second person, oldest first.
pub async fn open_reversals(db: &mut Db, programme: ProgrammeId, limit: u32) -> Result<Vec<OpenReversal>, StoreError> {
    let rows = db
        .rows(
            "SELECT w.participant, w.entry, w.why, w.asked_by, w.asked_us, l.account
             FROM reversal w JOIN participant p ON p.bucket = w.bucket AND p.id = w.participant
             LEFT JOIN login l ON l.id = w.asked_by
             WHERE w.agreed_by IS NULL AND w.declined_by IS NULL AND p.programme = $1
             ORDER BY w.asked_us, w.entry LIMIT $2",
            &[programme.number().into(), i64::from(limit).into()],
        )
        .await?;
    let mut reversals = Vec::with_capacity(rows.len());
    for row in rows {
        let (participant, id) = (ParticipantId::new(row.int(0)?), EntryId::new(row.int(1)?));
        if let Some(entry) = read::entry(db, participant, id).await? {
            reversals.push(OpenReversal {
                entry,
                why: row.text(2)?.to_owned(),
                asked_by: row.int(3)?,
                asked_us: row.int(4)?,
                asker: row.opt_text(5)?.map(str::to_owned),
            });
        }
    }
    Ok(reversals)
}

/// By what a list of participants is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By id: no matter how many there are, a page costs the same.
    #[default]
    Id,
    /// By what was credited and not taken back, most first.
    Reduction,
    /// By points that can be spent, most first.
    Points,
    /// By the last entry, newest first.
    Last,
    /// By when they joined, newest first.
    Joined,
}

impl Order {
    const fn column(self) -> &'static str {
        match self {
            Order::Id => "f.id",
            Order::Reduction => "p.credited_mg - p.reversed_mg",
            Order::Points => "p.points_in - p.points_out - p.points_held",
            Order::Last => "p.last_entry",
            Order::Joined => "f.joined_us",
        }
    }
}

/// Which participants are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeopleFilter {
    /// A part of the alias; empty narrows nothing.
    pub alias: String,
    /// Only this participant.
    pub id: Option<ParticipantId>,
    /// Only those that this account is or is in charge of.
    pub account: Option<String>,
    /// Only stopped ones.
    pub frozen: bool,
    /// By what they are sorted.
    pub order: Order,
    /// After this one: the value by which is sorted, and the id.
    pub after: Option<(i64, ParticipantId)>,
}

/// A participant in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: ParticipantId,
    /// Person or small entity.
    pub kind: Kind,
    /// Whether the account is open.
    pub open: bool,
    /// Whether staff stopped it.
    pub frozen: bool,
    /// What others see.
    pub alias: String,
    /// When it joined, microseconds since the epoch.
    pub joined_us: i64,
    /// Credited and not taken back.
    pub reduction: Carbon,
    /// Points that can be spent.
    pub available: Points,
    /// Its last entry; 0 if it has none.
    pub last_entry: i64,
    /// The value by which the list is sorted.
    pub sorted_by: i64,
}

/// Participants of a programme.
pub async fn people(
    db: &mut Db,
    programme: ProgrammeId,
    filter: &PeopleFilter,
    limit: u32,
) -> Result<Vec<Listed>, StoreError> {
    let column = filter.order.column();
    let (after, from) = match (filter.order, filter.after) {
        (Order::Id, after) => (after.map_or(-1, |(_, id)| id.number()), -1),
        (_, None) => (i64::MAX, i64::MAX),
        (_, Some((value, id))) => (value, id.number()),
    };
    // by id upwards along the index of the programme; by values downwards
    let (than, way) = match filter.order {
        Order::Id => (">", "ASC"),
        _ => ("<", "DESC"),
    };
    let page = match filter.order {
        Order::Id => "f.id > $2 AND $3 = -1".to_owned(),
        _ => format!("({column} {than} $2 OR {column} = $2 AND f.id {than} $3)"),
    };
    let sql = format!(
        "SELECT f.id, p.kind, p.open, f.alias, f.joined_us, p.credited_mg - p.reversed_mg,
                p.points_in - p.points_out - p.points_held, p.last_entry, {column}
         FROM profile f JOIN participant p ON p.bucket = f.bucket AND p.id = f.id
         WHERE f.programme = $1 AND {page}
           AND ($4 = '' OR lower(f.alias) LIKE '%' || $4 || '%' ESCAPE '!')
           AND ($5 = -1 OR f.id = $6) AND ($7 = 0 OR p.open = 2)
           AND ($8 = '' OR f.id IN (SELECT m.participant FROM membership m JOIN login l ON l.id = m.login
                                    WHERE l.account = $8 AND m.programme = $1))
         ORDER BY {column} {way}, f.id {way} LIMIT $9"
    );
    let alias = like(&filter.alias);
    let only = filter.id.map_or(-1, ParticipantId::number);
    let account = filter.account.as_deref().unwrap_or_default();
    let rows = db
        .rows(
            &sql,
            &[
                programme.number().into(),
                after.into(),
                from.into(),
                alias.as_str().into(),
                (if only == -1 { -1 } else { 0 }).into(),
                only.into(),
                filter.frozen.into(),
                account.into(),
                i64::from(limit).into(),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let open = row.int(2)?;
            Ok(Listed {
                id: ParticipantId::new(row.int(0)?),
                kind: Kind::from_number(row.int(1)?).ok_or_else(|| StoreError::corrupt("a participant's kind"))?,
                open: open == 1,
                frozen: open == 2,
                alias: row.text(3)?.to_owned(),
                joined_us: row.int(4)?,
                reduction: Carbon::from_mg(row.int(5)?),
                available: Points::from_milli(row.int(6)?),
                last_entry: row.int(7)?,
                sorted_by: row.int(8)?,
            })
        })
        .collect()
}

/// What somebody typed, in lower case, with what `LIKE` would take for a pattern made plain by `!`.
pub(crate) fn like(typed: &str) -> String {
    let mut pattern = String::with_capacity(typed.len());
    for c in typed.chars().filter(|c| *c != '\0').flat_map(char::to_lowercase) {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern
}

/// The accounts that are a participant or in charge of it.
pub async fn accounts(db: &mut Db, participant: ParticipantId) -> Result<Vec<String>, StoreError> {
    let rows = db
        .rows(
            "SELECT DISTINCT l.account FROM membership m JOIN login l ON l.id = m.login
             WHERE m.participant = $1 ORDER BY l.account LIMIT 20",
            &[participant.number().into()],
        )
        .await?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}
