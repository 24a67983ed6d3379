//! The journal of a programme, as a list that can be narrowed down.

use domain::measure::{Day, EntryId, ParticipantId, ProgrammeId, bucket_of};

use crate::activity::{Code, Entry, read};
use crate::{Db, Param, Row, StoreError};

/// Where a record stands, as far as a list asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// Credited and not taken back.
    Credited,
    /// Refused, with or without an appeal.
    Refused,
    /// Refused, and an appeal waits.
    Appealed,
    /// Credited and taken back.
    Reversed,
}

/// The place in the journal after which a list goes on: instant, participant, entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When the entry was booked, microseconds since the epoch.
    pub at_us: i64,
    /// Whose it is.
    pub participant: ParticipantId,
    /// The entry.
    pub entry: EntryId,
}

/// Which records are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// Only by these methodology versions; empty narrows nothing.
    pub methodologies: Vec<i64>,
    /// Only in this state.
    pub stand: Option<Stand>,
    /// Only of this evidence grade.
    pub grade: Option<i64>,
    /// Only of this participant.
    pub participant: Option<ParticipantId>,
    /// Only acts of this day or later.
    pub from: Option<Day>,
    /// Only acts of this day or earlier.
    pub to: Option<Day>,
    /// Nothing that was booked before this instant, microseconds since the epoch.
    pub since_us: i64,
    /// After this one.
    pub after: Option<Cursor>,
}

/// A record in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRecord {
    /// The record.
    pub entry: Entry,
    /// Whether it was taken back.
    pub reversed: bool,
    /// Whether an appeal against it waits.
    pub appealed: bool,
}

/// A part of a list of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Records {
    /// Newest first.
    pub records: Vec<ListedRecord>,
    /// Where to go on, if there is more to look at.
    pub next: Option<Cursor>,
}

/// Acts of a programme, newest first: of the next `scan` entries of the journal those that the filter lets through, at
/// most `limit`.
pub async fn records(
    db: &mut Db,
    programme: ProgrammeId,
    filter: &RecordFilter,
    scan: u32,
    limit: u32,
) -> Result<Records, StoreError> {
    let last = Cursor {
        at_us: i64::MAX,
        participant: ParticipantId::new(i64::MAX),
        entry: EntryId::new(i64::MAX),
    };
    let after = filter.after.unwrap_or(last);
    let bucket = if filter.after.is_none() {
        u8::MAX
    } else {
        bucket_of(after.participant.number())
    };
    // $1 to $4: the place, and a participant's own bucket where one is asked for
    let (place, order) = match filter.participant {
        None => (
            "(at_us, bucket, participant, id) < ($1, $2, $3, $4) AND at_us >= $5",
            "at_us DESC, bucket DESC, participant DESC, id DESC",
        ),
        Some(_) => (
            "at_us <= $1 AND bucket = $2 AND participant = $3 AND id < $4 AND at_us >= $5",
            "id DESC",
        ),
    };
    let (bucket, participant) = match filter.participant {
        None => (bucket, after.participant),
        Some(own) => (bucket_of(own.number()), own),
    };
    let place_params: [Param<'_>; 5] = [
        after.at_us.into(),
        bucket.into(),
        participant.number().into(),
        after.entry.number().into(),
        filter.since_us.into(),
    ];
    let columns: Vec<String> = read::COLUMNS.split(',').map(|c| format!("e.{}", c.trim())).collect();
    let order_of_e: Vec<String> = order.split(", ").map(|c| format!("e.{c}")).collect();
    let sql = format!(
        "SELECT {}, r.reversing, a.made_us
         FROM (SELECT bucket, {} FROM entry WHERE {place} ORDER BY {order} LIMIT $6) e
         JOIN participant p ON p.bucket = e.bucket AND p.id = e.participant
         LEFT JOIN reversal r ON r.bucket = e.bucket AND r.participant = e.participant AND r.entry = e.id
                             AND r.reversing IS NOT NULL
         LEFT JOIN appeal a ON a.bucket = e.bucket AND a.participant = e.participant AND a.entry = e.id
                           AND a.upheld IS NULL
         WHERE p.programme = $7 AND e.code IN (1, 2)
           AND ($8 = '' OR $8 LIKE '%,' || CAST(e.methodology AS TEXT) || ',%')
           AND ($9 = 0 OR $9 = 1 AND e.code = 1 AND r.reversing IS NULL OR $9 = 2 AND e.code = 2
                OR $9 = 3 AND e.code = 2 AND a.made_us IS NOT NULL OR $9 = 4 AND r.reversing IS NOT NULL)
           AND ($10 < 0 OR e.grade = $10) AND e.day >= $11 AND e.day <= $12
         ORDER BY {} LIMIT $13",
        columns.join(", "),
        read::COLUMNS,
        order_of_e.join(", "),
    );
    let mut versions = filter
        .methodologies
        .iter()
        .fold(String::new(), |text, n| format!("{text},{n}"));
    if !versions.is_empty() {
        versions.push(',');
    }
    let stand = match filter.stand {
        None => 0_i64,
        Some(Stand::Credited) => 1,
        Some(Stand::Refused) => 2,
        Some(Stand::Appealed) => 3,
        Some(Stand::Reversed) => 4,
    };
    let mut params = place_params.to_vec();
    params.extend([
        i64::from(scan).into(),
        programme.number().into(),
        Param::Text(&versions),
        stand.into(),
        filter.grade.unwrap_or(-1).into(),
        i64::from(filter.from.map_or(i32::MIN, Day::epoch_days)).into(),
        i64::from(filter.to.map_or(i32::MAX, Day::epoch_days)).into(),
        (i64::from(limit) + 1).into(),
    ]);
    let rows = db.rows(&sql, &params).await?;
    let mut records: Vec<ListedRecord> = rows.iter().map(listed_record).collect::<Result<_, _>>()?;
    if records.len() > limit as usize {
        records.truncate(limit as usize);
        let next = records.last().map(|record| Cursor {
            at_us: record.entry.at_us,
            participant: record.entry.participant,
            entry: record.entry.id,
        });
        return Ok(Records { records, next });
    }
    let sql = format!("SELECT at_us, participant, id FROM entry WHERE {place} ORDER BY {order} LIMIT 1 OFFSET $6");
    let mut params = place_params.to_vec();
    params.push((i64::from(scan) - 1).into());
    let next = db.row(&sql, &params).await?.map(|row| {
        Ok::<_, StoreError>(Cursor {
            at_us: row.int(0)?,
            participant: ParticipantId::new(row.int(1)?),
            entry: EntryId::new(row.int(2)?),
        })
    });
    Ok(Records {
        records,
        next: next.transpose()?,
    })
}

fn listed_record(row: &Row) -> Result<ListedRecord, StoreError> {
    let entry = read::from_row(row)?;
    Ok(ListedRecord {
        reversed: entry.code == Code::Credited && row.opt_int(19)?.is_some(),
        appealed: row.opt_int(20)?.is_some(),
        entry,
    })
}
