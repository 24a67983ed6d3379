//! The hot path on PostgreSQL: one statement a table, over arrays, so that a batch costs a handful of round trips.

use std::collections::HashMap;
use std::error::Error;

use domain::activity::ClaimKey;
use futures_util::future::{try_join, try_join3};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Kind, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Statement};

use super::{Claimed, Figures, FiguresKey, Loaded, PersonKey, Writes, claim_bucket, person};
use crate::{Db, StoreError};

const FIND_CLAIMS: &str = "
    SELECT c.key, c.participant, c.entry, c.body
    FROM unnest($1::smallint[], $2::bytea[]) AS k (bucket, key)
    JOIN claim c ON c.bucket = k.bucket AND c.key = k.key";

const FIND_PEOPLE: &str = "
    SELECT p.bucket::bigint, p.id, p.programme, p.open::bigint, p.consents, p.credited_mg, p.points_in, p.last_entry,
           p.version, p.history, p.partners_out
    FROM unnest($1::smallint[], $2::bigint[]) AS k (bucket, id)
    JOIN participant p ON p.bucket = k.bucket AND p.id = k.id";

// One array of rows is unpacked at half the cost of one array a column. A row has every column of its table, in order.
const INSERT_ENTRIES: &str = "INSERT INTO entry SELECT * FROM unnest($1::entry[])";

const INSERT_CLAIMS: &str = "INSERT INTO claim SELECT * FROM unnest($1::claim[])";

const UPDATE_PEOPLE: &str = "
    UPDATE participant p
    SET credited_mg = n.credited_mg, points_in = n.points_in, last_entry = n.last_entry, history = n.history,
        version = n.version + 1
    FROM unnest($1::participant[]) AS n
    WHERE p.bucket = n.bucket AND p.id = n.id AND p.version = n.version";

const UPSERT_ACCOUNTS: &str = "
    INSERT INTO programme_account AS a
        (bucket, programme, issued_mg, reversed_mg, points_issued, points_returned, points_held, points_spent)
    SELECT bucket, programme, mg, 0, points, 0, 0, 0
    FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::bigint[]) AS n (bucket, programme, mg, points)
    ON CONFLICT (bucket, programme) DO UPDATE
    SET issued_mg = a.issued_mg + excluded.issued_mg, points_issued = a.points_issued + excluded.points_issued";

const UPSERT_DAILY: &str = "
    INSERT INTO daily AS d (programme, day, methodology, shard, acts, refused, mg, points)
    SELECT programme, day, methodology, $8, acts, refused, mg, points
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
         AS n (programme, day, methodology, acts, refused, mg, points)
    ON CONFLICT (programme, day, methodology, shard) DO UPDATE
    SET acts = d.acts + excluded.acts, refused = d.refused + excluded.refused,
        mg = d.mg + excluded.mg, points = d.points + excluded.points";

async fn statement(db: &mut Db, sql: &str) -> Result<Statement, StoreError> {
    db.statement(sql).await?.ok_or_else(not_postgres)
}

fn client(db: &Db) -> Result<&Client, StoreError> {
    db.postgres().ok_or_else(not_postgres)
}

fn not_postgres() -> StoreError {
    StoreError::Engine("not PostgreSQL".to_owned())
}

fn buckets<T>(rows: &[T], bucket: impl Fn(&T) -> u8) -> Vec<i16> {
    rows.iter().map(|row| i16::from(bucket(row))).collect()
}

pub(super) async fn load(db: &mut Db, keys: &[ClaimKey], wanted: &[PersonKey]) -> Result<Loaded, StoreError> {
    let (find_claims, find_people) = (statement(db, FIND_CLAIMS).await?, statement(db, FIND_PEOPLE).await?);
    let client = client(db)?;
    let claim_buckets = buckets(keys, claim_bucket);
    let claim_keys: Vec<&[u8]> = keys.iter().map(|key| key.0.as_slice()).collect();
    let person_buckets = buckets(wanted, |key| key.0);
    let person_ids: Vec<i64> = wanted.iter().map(|key| key.1).collect();
    let claim_params: [&(dyn ToSql + Sync); 2] = [&claim_buckets, &claim_keys];
    let person_params: [&(dyn ToSql + Sync); 2] = [&person_buckets, &person_ids];
    let (claim_rows, person_rows) = try_join(
        client.query(&find_claims, &claim_params),
        client.query(&find_people, &person_params),
    )
    .await?;
    let mut claims = HashMap::with_capacity(claim_rows.len());
    for row in &claim_rows {
        let key: &[u8] = row.try_get(0)?;
        let key = key
            .try_into()
            .map_err(|_| StoreError::corrupt("a claim's key".to_owned()))?;
        let claimed = Claimed {
            participant: row.try_get(1)?,
            entry: row.try_get(2)?,
            body: row.try_get(3)?,
        };
        claims.insert(ClaimKey(key), claimed);
    }
    let mut people = HashMap::with_capacity(person_rows.len());
    for row in &person_rows {
        let bucket: i64 = row.try_get(0)?;
        let key = (u8::try_from(bucket).unwrap_or_default(), row.try_get(1)?);
        let history: &str = row.try_get(9)?;
        people.insert(key, person(|i| Ok(row.try_get(i)?), history, row.try_get(10)?)?);
    }
    Ok((claims, people))
}

pub(super) async fn store(db: &mut Db, writes: &Writes<'_>) -> Result<(), StoreError> {
    if writes.entries.is_empty() {
        return Ok(());
    }
    let insert_entries = statement(db, INSERT_ENTRIES).await?;
    let insert_claims = statement(db, INSERT_CLAIMS).await?;
    let update_people = statement(db, UPDATE_PEOPLE).await?;
    let upsert_accounts = statement(db, UPSERT_ACCOUNTS).await?;
    let upsert_daily = statement(db, UPSERT_DAILY).await?;
    let client = client(db)?;

    let mut entries = Rows::default();
    for entry in &writes.entries {
        let act = &entry.post.act;
        entries.add(&[
            Field::Short(entry.bucket.into()),
            Field::Long(act.participant.number()),
            Field::Long(entry.id),
            Field::Short(entry.code.number()),
            Field::Long(entry.post.at_us),
            Field::Long(entry.mg),
            Field::Long(entry.points),
            entry.about.map_or(Field::NoLong, Field::Long),
            Field::Long(entry.methodology),
            Field::Short(act.channel.number()),
            Field::Short(entry.grade.number()),
            Field::Long(act.partner),
            Field::Text(entry.post.event.as_deref()),
            Field::Long(entry.interval_us.0),
            Field::Long(entry.interval_us.1),
            Field::Int(entry.day.epoch_days()),
            Field::Text(Some(&entry.inputs)),
            Field::Text(Some(&entry.factors)),
            Field::Text(entry.reason.as_deref()),
            Field::Bytes(act.photo.as_ref().map(|prints| prints.as_flattened())),
        ])?;
    }
    let mut claims = Rows::default();
    for (key, claim) in &writes.claims {
        claims.add(&[
            Field::Short(claim_bucket(key).into()),
            Field::Bytes(Some(&key.0)),
            Field::Long(claim.participant),
            Field::Long(claim.entry),
            Field::Long(claim.body),
        ])?;
    }
    let mut people = Rows::default();
    for ((bucket, id), person, history) in &writes.people {
        people.add(&[
            Field::Short((*bucket).into()),
            Field::Long(*id),
            Field::NoLong,  // programme
            Field::NoShort, // kind
            Field::NoShort, // open
            Field::NoLong,  // consents
            Field::Long(person.credited_mg),
            Field::NoLong, // reversed_mg
            Field::Long(person.points_in),
            Field::NoLong, // points_out
            Field::NoLong, // points_held
            Field::Long(person.last_entry),
            Field::Text(Some(history)),
            Field::Long(person.version),
            Field::Text(None), // partners_out
        ])?;
    }

    let issued = &writes.issued;
    let account_buckets = buckets(issued, |(key, _)| key.0);
    let programmes: Vec<i64> = issued.iter().map(|(key, _)| key.1).collect();
    let (issued_mg, issued_points): (Vec<i64>, Vec<i64>) = issued.iter().map(|(_, i)| (i.mg, i.points)).unzip();
    let account_params: [&(dyn ToSql + Sync); 4] = [&account_buckets, &programmes, &issued_mg, &issued_points];

    let daily = &writes.daily;
    let of_key = |part: fn(&FiguresKey) -> i64| daily.iter().map(|(key, _)| part(key)).collect::<Vec<i64>>();
    let of_sums = |part: fn(&Figures) -> i64| daily.iter().map(|(_, sums)| part(sums)).collect::<Vec<i64>>();
    let (programmes_of, days, versions) = (of_key(|key| key.0), of_key(|key| key.1.into()), of_key(|key| key.2));
    let (acts, refused) = (of_sums(|sums| sums.acts), of_sums(|sums| sums.refused));
    let (mg, points) = (of_sums(|sums| sums.mg), of_sums(|sums| sums.points));
    let shard = i64::from(writes.shard);
    let daily_params: [&(dyn ToSql + Sync); 8] =
        [&programmes_of, &days, &versions, &acts, &refused, &mg, &points, &shard];

    // sent together, answered in one round trip
    let (changed, _, _) = try_join3(
        client.execute(&update_people, &[&people]),
        client.execute(&insert_entries, &[&entries]),
        try_join3(
            client.execute(&insert_claims, &[&claims]),
            client.execute(&upsert_accounts, &account_params),
            client.execute(&upsert_daily, &daily_params),
        ),
    )
    .await?;
    if usize::try_from(changed).is_ok_and(|changed| changed == writes.people.len()) {
        Ok(())
    } else {
        Err(StoreError::Conflict("a participant changed meanwhile".to_owned()))
    }
}

/// One column of a row on its way to PostgreSQL.
enum Field<'a> {
    Short(i64),
    Int(i32),
    Long(i64),
    Text(Option<&'a str>),
    Bytes(Option<&'a [u8]>),
    NoShort,
    NoLong,
}

/// Rows of a table, for one parameter that is an array of the table's row type; held as they are sent.
#[derive(Debug, Default)]
struct Rows {
    count: usize,
    bytes: Vec<u8>,
}

impl Rows {
    fn add(&mut self, fields: &[Field<'_>]) -> Result<(), StoreError> {
        let out = &mut self.bytes;
        let start = out.len();
        out.extend_from_slice(&[0; 4]); // the row's length, set below
        out.extend_from_slice(&length(fields.len())?.to_be_bytes());
        let mut column = |ty: Type, value: Option<&[u8]>| {
            out.extend_from_slice(&ty.oid().to_be_bytes());
            let bytes = value.map_or(Ok(-1), |value| length(value.len()))?;
            out.extend_from_slice(&bytes.to_be_bytes());
            out.extend_from_slice(value.unwrap_or_default());
            Ok::<(), StoreError>(())
        };
        for field in fields {
            match field {
                Field::Short(number) => {
                    let number = i16::try_from(*number).map_err(|_| StoreError::Range)?;
                    column(Type::INT2, Some(&number.to_be_bytes()))?;
                }
                Field::Int(number) => column(Type::INT4, Some(&number.to_be_bytes()))?,
                Field::Long(number) => column(Type::INT8, Some(&number.to_be_bytes()))?,
                Field::Text(text) => column(Type::TEXT, text.map(str::as_bytes))?,
                Field::Bytes(bytes) => column(Type::BYTEA, *bytes)?,
                Field::NoShort => column(Type::INT2, None)?,
                Field::NoLong => column(Type::INT8, None)?,
            }
        }
        let row = length(out.len() - start - 4)?;
        out[start..start + 4].copy_from_slice(&row.to_be_bytes());
        self.count += 1;
        Ok(())
    }
}

fn length(bytes: usize) -> Result<i32, StoreError> {
    i32::try_from(bytes).map_err(|_| StoreError::Range)
}

impl ToSql for Rows {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let Kind::Array(row) = ty.kind() else {
            return Err(format!("{ty} is no array").into());
        };
        out.extend_from_slice(&i32::from(self.count > 0).to_be_bytes()); // dimensions
        out.extend_from_slice(&0_i32.to_be_bytes()); // no row is NULL
        out.extend_from_slice(&row.oid().to_be_bytes());
        if self.count > 0 {
            out.extend_from_slice(&i32::try_from(self.count)?.to_be_bytes());
            out.extend_from_slice(&1_i32.to_be_bytes()); // the first index
        }
        out.extend_from_slice(&self.bytes);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Array(row) if matches!(row.kind(), Kind::Composite(_)))
    }

    to_sql_checked!();
}
