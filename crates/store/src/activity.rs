//! The hot path: many acts in one transaction.
//!
//! ```text
//! load the claims and participants that a batch names -> decide each in order, in memory -> write what came out
//! ```
//!
//! Nothing is written until all of it is decided. Invariants: an act's record, its claims, both postings and the
//! participant's new balances are one transaction; a key that was used answers as it did before.

mod postgres;
pub(crate) mod raise;
pub(crate) mod read;
mod sqlite;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use domain::activity::{self, Act, ClaimKey, History, Past, Refusal, Verdict};
use domain::evidence::Grade;
use domain::measure::{Carbon, Day, EntryId, Id, ParticipantId, Points, bucket_of, make_id};
use domain::methodology::Methodology;
use domain::participant::{Consents, Standing};
use domain::programme::Programme;

pub use raise::would_confirm;
pub use read::{
    ActRow, Appeal, Code, Entry, Wanted, appeal, appeals, days, decide_appeal, entries, entries_wanted, entry,
    entry_by_claim, insert_appeal, raise_of,
};
pub(crate) use read::{COLUMNS, from_row};

use crate::{Db, Engine, StoreError};

/// An act to be decided on, with what the books need beside it.
#[derive(Debug, Clone)]
pub struct Post {
    /// The act.
    pub act: Act,
    /// The programme in which it counts.
    pub programme: Arc<Programme>,
    /// The number of the methodology version that was applied.
    pub methodology: i64,
    /// What the caller calls it.
    pub event: Option<String>,
    /// When it came in, microseconds since the epoch.
    pub at_us: i64,
}

/// What became of an act.
#[derive(Debug, Clone)]
pub enum Posted {
    /// Decided now. Without an entry nothing was kept of it.
    Decided {
        /// The record.
        entry: Option<EntryId>,
        /// What was decided.
        verdict: Verdict,
    },
    /// Decided now: it is a record that was credited before, told by a second source.
    Raised {
        /// The entry that says so.
        entry: EntryId,
        /// The record that it confirms.
        record: EntryId,
        /// What the better evidence adds; may be nothing.
        credited: Carbon,
        /// What that earns.
        points: Points,
    },
    /// The same key came before with the same body: this is what became of it then.
    Again(Entry),
    /// The same key came before with another body.
    KeyReused(EntryId),
    /// The programme has no such participant.
    UnknownParticipant,
}

/// Methodology versions by number; published ones never change, so they are read once.
#[derive(Debug, Default)]
pub(crate) struct Versions(RwLock<HashMap<i64, Arc<Methodology>>>);

impl Versions {
    /// The version of a number, read from the books if it was never needed before.
    pub(crate) async fn get(&self, db: &mut Db, number: i64) -> Result<Arc<Methodology>, StoreError> {
        let known = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&number)
            .cloned();
        if let Some(methodology) = known {
            return Ok(methodology);
        }
        let row = db
            .row("SELECT text FROM methodology WHERE number = $1", &[number.into()])
            .await?;
        let row = row.ok_or_else(|| StoreError::corrupt(format!("no methodology {number}")))?;
        let methodology =
            Methodology::parse(row.text(0)?).map_err(|e| StoreError::corrupt(format!("methodology {number}: {e}")))?;
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(number, Arc::clone(&methodology));
        Ok(methodology)
    }
}

/// What all lanes share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) versions: Versions,
    counter: AtomicU32,
}

/// A participant's row as it was loaded and as the batch leaves it.
struct Person {
    programme: i64,
    standing: Standing,
    /// Partners whose events it does not want; nearly always empty.
    partners_out: String,
    history: History,
    credited_mg: i64,
    points_in: i64,
    last_entry: i64,
    version: i64,
    changed: bool,
}

type PersonKey = (u8, i64);

/// The claims and participants that a batch names, as they are in the books.
type Loaded = (HashMap<ClaimKey, Claimed>, HashMap<PersonKey, Person>);

/// Who holds a claim.
#[derive(Debug, Clone, Copy)]
struct Claimed {
    participant: i64,
    entry: i64,
    body: i64,
}

/// A row of the journal to be written.
struct NewEntry<'a> {
    bucket: u8,
    id: i64,
    post: &'a Post,
    code: Code,
    mg: i64,
    points: i64,
    about: Option<i64>,
    methodology: i64,
    grade: Grade,
    interval_us: (i64, i64),
    day: Day,
    inputs: String,
    factors: String,
    reason: Option<String>,
}

/// What a batch adds to a programme's accounts.
#[derive(Default)]
struct Issued {
    mg: i64,
    points: i64,
}

/// What a batch adds to a programme's figures of a day and methodology version.
#[derive(Default)]
struct Figures {
    acts: i64,
    refused: i64,
    mg: i64,
    points: i64,
}

/// Programme, civil day of the act, number of the methodology version.
type FiguresKey = (i64, i32, i64);

/// Over how many rows the figures of a day are spread, so that lanes do not wait for each other.
const SHARDS: u8 = 16;

/// Everything that a batch writes.
struct Writes<'a> {
    entries: Vec<NewEntry<'a>>,
    claims: Vec<(ClaimKey, Claimed)>,
    people: Vec<(PersonKey, Person, String)>,
    issued: Vec<((u8, i64), Issued)>,
    daily: Vec<(FiguresKey, Figures)>,
    shard: u8,
}

/// The bucket of a claim: of its key, not of a participant, since it must be unique over all of them.
pub(crate) const fn claim_bucket(key: &ClaimKey) -> u8 {
    key.0[0]
}

fn person_key(participant: ParticipantId) -> PersonKey {
    (bucket_of(participant.number()), participant.number())
}

/// Reads a participant's stored history.
pub(crate) fn read_history(text: &str) -> Result<History, StoreError> {
    History::read(text).ok_or_else(|| StoreError::corrupt("a participant's history".to_owned()))
}

/// Decides on all acts in order and writes what came out, within the open transaction.
pub(crate) async fn post(db: &mut Db, shared: &Shared, posts: &[&Post]) -> Result<Vec<Posted>, StoreError> {
    let mut keys: Vec<ClaimKey> = Vec::with_capacity(posts.len() * 2);
    let mut wanted: HashSet<PersonKey> = HashSet::with_capacity(posts.len());
    for post in posts {
        keys.push(post.act.retry);
        keys.extend_from_slice(&post.act.claims);
        wanted.insert(person_key(post.act.participant));
    }
    // in order of their keys: two writers never wait for each other, and pages are touched in sequence
    keys.sort_unstable();
    keys.dedup();
    let mut wanted: Vec<PersonKey> = wanted.into_iter().collect();
    wanted.sort_unstable();
    let (mut claims, mut people) = match db.engine() {
        Engine::Sqlite => sqlite::load(db, &keys, &wanted)?,
        Engine::Postgres => postgres::load(db, &keys, &wanted).await?,
    };
    // what came before is answered, not decided
    let fresh: Vec<&Post> = posts
        .iter()
        .copied()
        .filter(|post| !claims.contains_key(&post.act.retry))
        .collect();
    load_whole_histories(db, shared, &fresh, &mut people).await?;

    let mut results = Vec::with_capacity(posts.len());
    let mut entries: Vec<NewEntry<'_>> = Vec::with_capacity(posts.len());
    let mut new_claims = Vec::with_capacity(keys.len());
    let mut issued: HashMap<(u8, i64), Issued> = HashMap::new();
    let mut daily: HashMap<FiguresKey, Figures> = HashMap::new();
    let mut again: Vec<(usize, Claimed)> = Vec::new();
    for (i, &post) in posts.iter().enumerate() {
        let act = &post.act;
        let key = person_key(act.participant);
        let person = people
            .get_mut(&key)
            .filter(|person| person.programme == post.programme.id.number());
        let Some(person) = person else {
            results.push(Posted::UnknownParticipant);
            continue;
        };
        if let Some(before) = claims.get(&act.retry) {
            results.push(Posted::KeyReused(EntryId::new(before.entry)));
            if before.body == act.body && before.participant == act.participant.number() {
                again.push((i, *before));
            }
            continue;
        }
        let claimed = act
            .claims
            .iter()
            .find_map(|claim| claims.get(claim))
            .map(|c| Id::new(c.entry));
        let verdict = activity::credit(
            act,
            &post.programme,
            Standing {
                partner_out: act.partner > 0 && holds(&person.partners_out, act.partner),
                ..person.standing
            },
            claimed,
            &mut person.history,
            post.at_us,
        );
        // only what is refused costs a look at what it may confirm
        let raised = match &verdict {
            Verdict::Refused(Refusal::Overlap | Refusal::Duplicate(_)) if act.refused_for.is_none() => {
                let found = raise::confirmed(db, shared, post, &claims, &entries).await?;
                found.and_then(|found| {
                    let more = activity::raise(&found.first, &post.programme, &mut person.history)?;
                    Some((found, more))
                })
            }
            _ => None,
        };
        let kept = match &verdict {
            Verdict::Credited { .. } => true,
            Verdict::Refused(refusal) => refusal.is_kept(),
        };
        if !kept {
            results.push(Posted::Decided { entry: None, verdict });
            continue;
        }
        let counter = shared.counter.fetch_add(1, Ordering::Relaxed);
        // never before the participant's last one, whatever the clock does
        let id = make_id(post.at_us, counter).max(person.last_entry + 1);
        let claim = Claimed {
            participant: act.participant.number(),
            entry: id,
            body: act.body,
        };
        let mut claim_it = |key: ClaimKey, claim: Claimed| {
            claims.insert(key, claim);
            new_claims.push((key, claim));
        };
        claim_it(act.retry, claim);
        let (code, mg, points, reason) = match (&verdict, &raised) {
            (_, Some((_, (credited, points)))) => {
                for key in activity::photo_claims(&post.programme, act.photo.as_ref()) {
                    claim_it(key, Claimed { body: 0, ..claim });
                }
                let said = raise::said(&act.second());
                (Code::Raised, credited.mg(), points.milli(), Some(said))
            }
            (Verdict::Credited { credited, points, caps }, None) => {
                for key in &act.claims {
                    claim_it(*key, Claimed { body: 0, ..claim });
                }
                let cuts: Vec<String> = caps
                    .iter()
                    .map(|cut| format!("{:?} {}", cut.per, cut.cut.mg()))
                    .collect();
                let cuts = (!cuts.is_empty()).then(|| cuts.join(";").to_lowercase());
                (Code::Credited, credited.mg(), points.milli(), cuts)
            }
            (Verdict::Refused(refusal), None) => (Code::Refused, 0, 0, Some(reason(refusal))),
        };
        let sums = issued.entry((key.0, person.programme)).or_default();
        let plus = |sum: i64, more: i64| sum.checked_add(more).ok_or(StoreError::Range);
        sums.mg = plus(sums.mg, mg)?;
        sums.points = plus(sums.points, points)?;
        let (day, methodology) = raised.as_ref().map_or((act.day, post.methodology), |(found, _)| {
            (found.first.day, found.methodology)
        });
        let figures = daily
            .entry((person.programme, day.epoch_days(), methodology))
            .or_default();
        figures.acts += i64::from(code == Code::Credited);
        figures.refused += i64::from(code == Code::Refused);
        figures.mg = plus(figures.mg, mg)?;
        figures.points = plus(figures.points, points)?;
        person.credited_mg = plus(person.credited_mg, mg)?;
        person.points_in = plus(person.points_in, points)?;
        person.last_entry = id;
        person.changed = true;
        let row = NewEntry {
            bucket: key.0,
            id,
            post,
            code,
            mg,
            points,
            about: None,
            methodology,
            grade: act.working.grade,
            interval_us: (act.started_us, act.ended_us),
            day,
            inputs: String::new(),
            factors: String::new(),
            reason,
        };
        if let Some((found, (credited, points))) = raised {
            let record = EntryId::new(found.id);
            entries.push(NewEntry {
                about: Some(found.id),
                grade: Grade::E4,
                interval_us: found.first.interval_us,
                inputs: found.inputs,
                factors: found.factors,
                ..row
            });
            results.push(Posted::Raised {
                entry: EntryId::new(id),
                record,
                credited,
                points,
            });
            continue;
        }
        entries.push(NewEntry {
            inputs: act.working.methodology.write_inputs(&act.working.inputs),
            factors: act.working.stored_factor_rows(),
            ..row
        });
        results.push(Posted::Decided {
            entry: Some(EntryId::new(id)),
            verdict,
        });
    }

    let mut changed = Vec::with_capacity(people.len());
    for (key, person) in people.into_iter().filter(|(_, person)| person.changed) {
        let history = person.history.write();
        changed.push((key, person, history));
    }
    changed.sort_unstable_by_key(|(key, _, _)| *key);
    new_claims.sort_unstable_by_key(|(key, _)| *key);
    entries.sort_by_key(|entry| (entry.bucket, entry.post.act.participant, entry.id));
    let mut issued: Vec<((u8, i64), Issued)> = issued.into_iter().collect();
    issued.sort_unstable_by_key(|(key, _)| *key);
    let mut daily: Vec<(FiguresKey, Figures)> = daily.into_iter().collect();
    daily.sort_unstable_by_key(|(key, _)| *key);
    let shard = entries.first().map_or(0, |entry| entry.bucket % SHARDS);
    let writes = Writes {
        entries,
        claims: new_claims,
        people: changed,
        issued,
        daily,
        shard,
    };
    match db.engine() {
        Engine::Sqlite => sqlite::store(db, &writes)?,
        Engine::Postgres => postgres::store(db, &writes).await?,
    }
    for (i, before) in again {
        let participant = ParticipantId::new(before.participant);
        let earlier = entry(db, participant, EntryId::new(before.entry)).await?;
        results[i] = Posted::Again(earlier.ok_or_else(|| StoreError::corrupt("a claim without its entry".to_owned()))?);
    }
    Ok(results)
}

/// Participant and entry that hold each of these claims.
pub async fn claim_holders(db: &mut Db, keys: &[ClaimKey]) -> Result<HashMap<ClaimKey, (i64, i64)>, StoreError> {
    let (claims, _) = match db.engine() {
        Engine::Sqlite => sqlite::load(db, keys, &[])?,
        Engine::Postgres => postgres::load(db, keys, &[]).await?,
    };
    Ok(claims
        .into_iter()
        .map(|(key, claimed)| (key, (claimed.participant, claimed.entry)))
        .collect())
}

/// A refusal as it is stored: its code and what makes it concrete.
fn reason(refusal: &Refusal) -> String {
    format!("{} {}", refusal.code(), refusal.detail()).trim_end().to_owned()
}

/// A credited act of before: methodology, day, begin and end, credit, whether a second source raised another one by it.
type PastRow = (i64, Day, (i64, i64), Carbon, bool);

/// Loads the whole history of those whose kept part cannot decide: acts that come in long after they happened.
async fn load_whole_histories(
    db: &mut Db,
    shared: &Shared,
    posts: &[&Post],
    people: &mut HashMap<PersonKey, Person>,
) -> Result<(), StoreError> {
    for post in posts {
        let key = person_key(post.act.participant);
        let Some(person) = people.get_mut(&key).filter(|person| person.history.lacks(&post.act)) else {
            continue;
        };
        let mut rows: Vec<PastRow> = Vec::new();
        db.each(
            "SELECT methodology, day, started_us, ended_us, mg, code FROM entry
             WHERE bucket = $1 AND participant = $2 AND code IN (1, 7) ORDER BY id",
            &[key.0.into(), key.1.into()],
            |row| {
                let day = i32::try_from(row.int(1)?).map_err(|_| StoreError::corrupt("a day".to_owned()))?;
                let interval = (row.int(2)?, row.int(3)?);
                rows.push((
                    row.int(0)?,
                    Day::from_epoch_days(day),
                    interval,
                    Carbon::from_mg(row.int(4)?),
                    row.int(5)? == Code::Raised.number(),
                ));
                Ok(())
            },
        )
        .await?;
        let mut versions: HashMap<i64, Arc<Methodology>> = HashMap::new();
        for (number, ..) in &rows {
            if !versions.contains_key(number) {
                versions.insert(*number, shared.versions.get(db, *number).await?);
            }
        }
        let past = rows.iter().filter_map(|(number, day, interval_us, credited, raise)| {
            let methodology = versions.get(number)?;
            Some(Past {
                methodology,
                day: *day,
                interval_us: *interval_us,
                credited: *credited,
                raise: *raise,
            })
        });
        person.history = History::whole(past);
    }
    Ok(())
}

/// Whether a list of numbers with spaces between them holds one.
fn holds(list: &str, number: i64) -> bool {
    !list.is_empty() && list.split(' ').any(|one| one.parse() == Ok(number))
}

/// A participant's row as both engines give it: its columns from `programme` to `version`.
fn person(
    number: impl Fn(usize) -> Result<i64, StoreError>,
    history: &str,
    partners_out: String,
) -> Result<Person, StoreError> {
    Ok(Person {
        programme: number(2)?,
        standing: Standing {
            open: number(3)? == 1,
            consents: Consents::from_bits(number(4)?),
            partner_out: false, // depends on the act
        },
        partners_out,
        credited_mg: number(5)?,
        points_in: number(6)?,
        last_entry: number(7)?,
        version: number(8)?,
        history: read_history(history)?,
        changed: false,
    })
}
