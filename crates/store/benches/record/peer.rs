//! The peer: the same checks and the same decision, one transaction an act, and no row that all acts share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use domain::activity::{ClaimKey, History, Past, Refusal, Verdict, credit};
use domain::measure::{Carbon, Day, Id, bucket_of, make_id};
use domain::participant::{Consents, Standing};
use rusqlite::{OptionalExtension, params};
use store::activity::Post;
use store::{Db, Store, StoreError};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};

use crate::workload::Workload;

// the parameters stand in order, so that both engines number them alike
const FIND_CLAIM: &str = "SELECT participant, entry, body FROM claim WHERE bucket = $1 AND key = $2";
const FIND_PERSON: &str = "
    SELECT programme, open, consents, credited_mg, points_in, last_entry, version, history
    FROM participant WHERE bucket = $1 AND id = $2";
const FIND_HISTORY: &str = "
    SELECT methodology, day, started_us, ended_us, mg FROM entry
    WHERE bucket = $1 AND participant = $2 AND code = 1";
const FIND_ENTRY: &str =
    "SELECT code, mg, points, reason FROM entry WHERE bucket = $1 AND participant = $2 AND id = $3";
const INSERT_ENTRY: &str = "
    INSERT INTO entry (bucket, participant, id, code, at_us, mg, points, methodology, channel, grade, partner, event,
                       started_us, ended_us, day, inputs, factors, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
const INSERT_CLAIM: &str = "INSERT INTO claim (bucket, key, participant, entry, body) VALUES ($1, $2, $3, $4, $5)";
const UPDATE_PERSON: &str = "
    UPDATE participant SET credited_mg = $1, points_in = $2, last_entry = $3, history = $4, version = $5 + 1
    WHERE bucket = $6 AND id = $7 AND version = $5";

/// A participant's row.
struct Person {
    standing: Standing,
    history: History,
    credited_mg: i64,
    points_in: i64,
    last_entry: i64,
    version: i64,
}

/// What one act writes.
struct Writes {
    id: i64,
    code: i64,
    mg: i64,
    points: i64,
    reason: Option<String>,
    inputs: String,
    factors: String,
    history: String,
    claims: Vec<(ClaimKey, i64)>,
}

fn history(text: &str) -> History {
    History::read(text).expect("a history that we wrote")
}

fn decide(post: &Post, person: &mut Person, claimed: Option<i64>) -> Option<Writes> {
    static COUNTER: AtomicU32 = AtomicU32::new(0x8_0000);
    let act = &post.act;
    let claimed = claimed.map(Id::new);
    let verdict = credit(
        act,
        &post.programme,
        person.standing,
        claimed,
        &mut person.history,
        post.at_us,
    );
    let mut claims = vec![(act.retry, act.body)];
    let (code, mg, points, reason) = match verdict {
        Verdict::Credited { credited, points, .. } => {
            claims.extend(act.claims.iter().map(|key| (*key, 0)));
            (1, credited.mg(), points.milli(), None)
        }
        Verdict::Refused(why) if why.is_kept() => (2, 0, 0, Some(refused(&why))),
        Verdict::Refused(_) => return None,
    };
    let id = make_id(post.at_us, COUNTER.fetch_add(1, Ordering::Relaxed)).max(person.last_entry + 1);
    person.credited_mg += mg;
    person.points_in += points;
    person.last_entry = id;
    Some(Writes {
        id,
        code,
        mg,
        points,
        reason,
        inputs: act.working.methodology.write_inputs(&act.working.inputs),
        factors: act.working.stored_factor_rows(),
        history: person.history.write(),
        claims,
    })
}

fn refused(why: &Refusal) -> String {
    format!("{} {}", why.code(), why.detail())
}

fn whole(workload: &Workload, rows: &[(i64, i32, (i64, i64), i64)]) -> History {
    History::whole(rows.iter().map(|(number, day, interval_us, mg)| Past {
        methodology: workload.methodology(*number).expect("a methodology of this run"),
        day: Day::from_epoch_days(*day),
        interval_us: *interval_us,
        credited: Carbon::from_mg(*mg),
        raise: false,
    }))
}

/// One act on SQLite: a store that puts one request into a commit is the best that one writer can do.
pub async fn on_sqlite(store: &Store, workload: &Arc<Workload>, post: Post) -> Result<(), StoreError> {
    let workload = Arc::clone(workload);
    let bucket = bucket_of(post.act.participant.number());
    store
        .write(bucket, async move |db: &mut Db| {
            let books = db.sqlite().expect("SQLite");
            Ok(in_transaction(books, &workload, &post)?)
        })
        .await
}

fn in_transaction(books: &rusqlite::Connection, workload: &Workload, post: &Post) -> rusqlite::Result<()> {
    let act = &post.act;
    let participant = act.participant.number();
    let bucket = bucket_of(participant);
    let mut find = books.prepare_cached(FIND_CLAIM)?;
    let mut claim = |key: &ClaimKey| -> rusqlite::Result<Option<(i64, i64, i64)>> {
        find.query_row(params![key.0[0], key.0], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()
    };
    if let Some((holder, entry, body)) = claim(&act.retry)? {
        assert_eq!(
            (holder, body),
            (participant, act.body),
            "the same key with the same body"
        );
        let mut find = books.prepare_cached(FIND_ENTRY)?;
        return find.query_row(params![bucket, participant, entry], |_| Ok(()));
    }
    let mut claimed = None;
    for key in &act.claims {
        claimed = claimed.or(claim(key)?.map(|(_, entry, _)| entry));
    }
    let mut person = books
        .prepare_cached(FIND_PERSON)?
        .query_row(params![bucket, participant], |row| {
            Ok(Person {
                standing: Standing {
                    open: row.get::<_, i64>(1)? == 1,
                    consents: Consents::from_bits(row.get(2)?),
                    partner_out: false,
                },
                credited_mg: row.get(3)?,
                points_in: row.get(4)?,
                last_entry: row.get(5)?,
                version: row.get(6)?,
                history: history(row.get_ref(7)?.as_str()?),
            })
        })?;
    if person.history.lacks(act) {
        let mut find = books.prepare_cached(FIND_HISTORY)?;
        let rows = find.query_map(params![bucket, participant], |row| {
            Ok((row.get(0)?, row.get(1)?, (row.get(2)?, row.get(3)?), row.get(4)?))
        })?;
        person.history = whole(workload, &rows.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    let Some(writes) = decide(post, &mut person, claimed) else {
        return Ok(());
    };
    books.prepare_cached(INSERT_ENTRY)?.execute(params![
        bucket,
        participant,
        writes.id,
        writes.code,
        post.at_us,
        writes.mg,
        writes.points,
        post.methodology,
        act.channel.number(),
        act.working.grade.number(),
        act.partner,
        post.event,
        act.started_us,
        act.ended_us,
        act.day.epoch_days(),
        writes.inputs,
        writes.factors,
        writes.reason,
    ])?;
    let mut insert = books.prepare_cached(INSERT_CLAIM)?;
    for (key, body) in &writes.claims {
        insert.execute(params![key.0[0], key.0, participant, writes.id, body])?;
    }
    let changed = books.prepare_cached(UPDATE_PERSON)?.execute(params![
        person.credited_mg,
        person.points_in,
        person.last_entry,
        writes.history,
        person.version,
        bucket,
        participant,
    ])?;
    assert_eq!(changed, 1, "one writer meets no conflict");
    Ok(())
}

/// A connection of one's own to PostgreSQL, with its statements.
pub struct Connection {
    client: Client,
    find_claim: Statement,
    find_person: Statement,
    find_history: Statement,
    find_entry: Statement,
    insert_entry: Statement,
    insert_claim: Statement,
    update_person: Statement,
}

impl Connection {
    pub async fn open(url: &str) -> Result<Self, tokio_postgres::Error> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        // as the lanes have it: without, statements prepared on small tables scan them for ever
        client
            .batch_execute(
                "SET synchronous_commit = on; SET enable_seqscan = off; SET jit = off;
                 SET plan_cache_mode = force_generic_plan",
            )
            .await?;
        Ok(Self {
            find_claim: client.prepare(FIND_CLAIM).await?,
            find_person: client.prepare(FIND_PERSON).await?,
            find_history: client.prepare(FIND_HISTORY).await?,
            find_entry: client.prepare(FIND_ENTRY).await?,
            insert_entry: client.prepare(INSERT_ENTRY).await?,
            insert_claim: client.prepare(INSERT_CLAIM).await?,
            update_person: client.prepare(UPDATE_PERSON).await?,
            client,
        })
    }

    /// One act; again if it met another of the same participant.
    pub async fn act(&self, workload: &Workload, post: &Post) -> Result<(), tokio_postgres::Error> {
        loop {
            self.client.batch_execute("BEGIN").await?;
            let end = match self.in_transaction(workload, post).await {
                Ok(true) => "COMMIT",
                Ok(false) => "ROLLBACK",
                Err(error) if error.code().is_some_and(|code| code.code() == "23505") => "ROLLBACK",
                Err(error) => return Err(error),
            };
            self.client.batch_execute(end).await?;
            if end == "COMMIT" {
                return Ok(());
            }
        }
    }

    async fn in_transaction(&self, workload: &Workload, post: &Post) -> Result<bool, tokio_postgres::Error> {
        let act = &post.act;
        let participant = act.participant.number();
        let bucket = i16::from(bucket_of(participant));
        let mut claimed = None;
        for (i, key) in [act.retry].iter().chain(&act.claims).enumerate() {
            let key_bucket = i16::from(key.0[0]);
            let found = self
                .client
                .query_opt(&self.find_claim, &[&key_bucket, &key.0.as_slice()])
                .await?;
            let Some(row) = found else { continue };
            let entry: i64 = row.get(1);
            if i == 0 {
                self.client
                    .query_one(&self.find_entry, &[&bucket, &participant, &entry])
                    .await?;
                return Ok(true);
            }
            claimed = claimed.or(Some(entry));
        }
        let row = self
            .client
            .query_one(&self.find_person, &[&bucket, &participant])
            .await?;
        let mut person = Person {
            standing: Standing {
                open: row.get::<_, i16>(1) == 1,
                consents: Consents::from_bits(row.get(2)),
                partner_out: false,
            },
            credited_mg: row.get(3),
            points_in: row.get(4),
            last_entry: row.get(5),
            version: row.get(6),
            history: history(row.get(7)),
        };
        if person.history.lacks(act) {
            let rows = self.client.query(&self.find_history, &[&bucket, &participant]).await?;
            let rows: Vec<_> = rows
                .iter()
                .map(|row| (row.get(0), row.get(1), (row.get(2), row.get(3)), row.get(4)))
                .collect();
            person.history = whole(workload, &rows);
        }
        let Some(writes) = decide(post, &mut person, claimed) else {
            return Ok(true);
        };
        let small = |number: i64| i16::try_from(number).unwrap_or_default();
        let entry: [&(dyn ToSql + Sync); 18] = [
            &bucket,
            &participant,
            &writes.id,
            &small(writes.code),
            &post.at_us,
            &writes.mg,
            &writes.points,
            &post.methodology,
            &small(act.channel.number()),
            &small(act.working.grade.number()),
            &act.partner,
            &post.event,
            &act.started_us,
            &act.ended_us,
            &act.day.epoch_days(),
            &writes.inputs,
            &writes.factors,
            &writes.reason,
        ];
        self.client.execute(&self.insert_entry, &entry).await?;
        for (key, body) in &writes.claims {
            let claim: [&(dyn ToSql + Sync); 5] =
                [&i16::from(key.0[0]), &key.0.as_slice(), &participant, &writes.id, body];
            self.client.execute(&self.insert_claim, &claim).await?;
        }
        let update: [&(dyn ToSql + Sync); 7] = [
            &person.credited_mg,
            &person.points_in,
            &person.last_entry,
            &writes.history,
            &person.version,
            &bucket,
            &participant,
        ];
        Ok(self.client.execute(&self.update_person, &update).await? == 1)
    }
}
