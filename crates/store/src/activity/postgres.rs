//! The hot path on PostgreSQL: one statement a table, over arrays, so that a batch costs a handful of round trips.

use std::collections::HashMap;

use domain::activity::ClaimKey;
use futures_util::future::{try_join, try_join3};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::{Claimed, Person, PersonKey, Writes, claim_bucket, person};
use crate::{Db, StoreError};

const FIND_CLAIMS: &str = "
    SELECT c.key, c.participant, c.entry, c.body
    FROM unnest($1::smallint[], $2::bytea[]) AS k (bucket, key)
    JOIN claim c ON c.bucket = k.bucket AND c.key = k.key";

const FIND_PEOPLE: &str = "
    SELECT p.bucket::bigint, p.id, p.programme, p.open::bigint, p.consents, p.credited_mg, p.points_in, p.last_entry,
           p.version, p.history
    FROM unnest($1::smallint[], $2::bigint[]) AS k (bucket, id)
    JOIN participant p ON p.bucket = k.bucket AND p.id = k.id";

const INSERT_ENTRIES: &str = "
    INSERT INTO entry (bucket, participant, id, code, at_us, mg, points, methodology, channel, grade, partner, event,
                       started_us, ended_us, day, inputs, factors, reason, photo)
    SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::smallint[], $5::bigint[], $6::bigint[],
                         $7::bigint[], $8::bigint[], $9::smallint[], $10::smallint[], $11::bigint[], $12::text[],
                         $13::bigint[], $14::bigint[], $15::integer[], $16::text[], $17::text[], $18::text[],
                         $19::bytea[])";

const INSERT_CLAIMS: &str = "
    INSERT INTO claim (bucket, key, participant, entry, body)
    SELECT * FROM unnest($1::smallint[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[])";

const UPDATE_PEOPLE: &str = "
    UPDATE participant p
    SET credited_mg = n.credited_mg, points_in = n.points_in, last_entry = n.last_entry, history = n.history,
        version = n.version + 1
    FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[])
         AS n (bucket, id, version, credited_mg, points_in, last_entry, history)
    WHERE p.bucket = n.bucket AND p.id = n.id AND p.version = n.version";

const UPSERT_ACCOUNTS: &str = "
    INSERT INTO programme_account AS a
        (bucket, programme, issued_mg, reversed_mg, points_issued, points_returned, points_held, points_spent)
    SELECT bucket, programme, mg, 0, points, 0, 0, 0
    FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::bigint[]) AS n (bucket, programme, mg, points)
    ON CONFLICT (bucket, programme) DO UPDATE
    SET issued_mg = a.issued_mg + excluded.issued_mg, points_issued = a.points_issued + excluded.points_issued";

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

pub(super) async fn load(
    db: &mut Db,
    keys: &[ClaimKey],
    wanted: &[PersonKey],
) -> Result<(HashMap<ClaimKey, Claimed>, HashMap<PersonKey, Person>), StoreError> {
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
        people.insert(key, person(|i| Ok(row.try_get(i)?), history)?);
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
    let client = client(db)?;

    let entries = &writes.entries;
    let (entry_buckets, codes) = (
        buckets(entries, |e| e.bucket),
        shorts(entries.iter().map(|e| e.code.number())),
    );
    let participants: Vec<i64> = entries.iter().map(|e| e.post.act.participant.number()).collect();
    let ids: Vec<i64> = entries.iter().map(|e| e.id).collect();
    let at: Vec<i64> = entries.iter().map(|e| e.post.at_us).collect();
    let (mg, points): (Vec<i64>, Vec<i64>) = entries.iter().map(|e| (e.mg, e.points)).unzip();
    let methodologies: Vec<i64> = entries.iter().map(|e| e.post.methodology).collect();
    let channels = shorts(entries.iter().map(|e| e.post.act.channel.number()));
    let grades = shorts(entries.iter().map(|e| e.post.act.working.grade.number()));
    let partners: Vec<i64> = entries.iter().map(|e| e.post.act.partner).collect();
    let events: Vec<Option<&str>> = entries.iter().map(|e| e.post.event.as_deref()).collect();
    let (started, ended): (Vec<i64>, Vec<i64>) = entries
        .iter()
        .map(|e| (e.post.act.started_us, e.post.act.ended_us))
        .unzip();
    let days: Vec<i32> = entries.iter().map(|e| e.post.act.day.epoch_days()).collect();
    let inputs: Vec<&str> = entries.iter().map(|e| e.inputs.as_str()).collect();
    let factors: Vec<&str> = entries.iter().map(|e| e.factors.as_str()).collect();
    let reasons: Vec<Option<&str>> = entries.iter().map(|e| e.reason.as_deref()).collect();
    let photos: Vec<Option<&[u8]>> = entries
        .iter()
        .map(|e| e.post.act.photo.as_ref().map(|prints| prints.as_flattened()))
        .collect();
    let entry_params: [&(dyn ToSql + Sync); 19] = [
        &entry_buckets,
        &participants,
        &ids,
        &codes,
        &at,
        &mg,
        &points,
        &methodologies,
        &channels,
        &grades,
        &partners,
        &events,
        &started,
        &ended,
        &days,
        &inputs,
        &factors,
        &reasons,
        &photos,
    ];

    let claims = &writes.claims;
    let claim_buckets = buckets(claims, |(key, _)| claim_bucket(key));
    let claim_keys: Vec<&[u8]> = claims.iter().map(|(key, _)| key.0.as_slice()).collect();
    let claimants: Vec<i64> = claims.iter().map(|(_, claim)| claim.participant).collect();
    let claimed: Vec<i64> = claims.iter().map(|(_, claim)| claim.entry).collect();
    let bodies: Vec<i64> = claims.iter().map(|(_, claim)| claim.body).collect();
    let claim_params: [&(dyn ToSql + Sync); 5] = [&claim_buckets, &claim_keys, &claimants, &claimed, &bodies];

    let people = &writes.people;
    let person_buckets = buckets(people, |(key, _, _)| key.0);
    let person_ids: Vec<i64> = people.iter().map(|(key, _, _)| key.1).collect();
    let versions: Vec<i64> = people.iter().map(|(_, person, _)| person.version).collect();
    let credited: Vec<i64> = people.iter().map(|(_, person, _)| person.credited_mg).collect();
    let points_in: Vec<i64> = people.iter().map(|(_, person, _)| person.points_in).collect();
    let last: Vec<i64> = people.iter().map(|(_, person, _)| person.last_entry).collect();
    let histories: Vec<&str> = people.iter().map(|(_, _, history)| history.as_str()).collect();
    let person_params: [&(dyn ToSql + Sync); 7] = [
        &person_buckets,
        &person_ids,
        &versions,
        &credited,
        &points_in,
        &last,
        &histories,
    ];

    let issued = &writes.issued;
    let account_buckets = buckets(issued, |(key, _)| key.0);
    let programmes: Vec<i64> = issued.iter().map(|(key, _)| key.1).collect();
    let (issued_mg, issued_points): (Vec<i64>, Vec<i64>) = issued.iter().map(|(_, i)| (i.mg, i.points)).unzip();
    let account_params: [&(dyn ToSql + Sync); 4] = [&account_buckets, &programmes, &issued_mg, &issued_points];

    // sent together, answered in one round trip
    let (changed, _, (_, _)) = try_join3(
        client.execute(&update_people, &person_params),
        client.execute(&insert_entries, &entry_params),
        try_join(
            client.execute(&insert_claims, &claim_params),
            client.execute(&upsert_accounts, &account_params),
        ),
    )
    .await?;
    if usize::try_from(changed).is_ok_and(|changed| changed == people.len()) {
        Ok(())
    } else {
        Err(StoreError::Conflict("a participant changed meanwhile".to_owned()))
    }
}

fn shorts(numbers: impl Iterator<Item = i64>) -> Vec<i16> {
    numbers
        .map(|number| i16::try_from(number).unwrap_or_default())
        .collect()
}
