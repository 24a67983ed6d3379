//! Submissions with their proofs, what was decided on them and by whom, and the policies by which it was.
//!
//! Invariant: a decision is written before anything is booked by it, so that a worker that dies in between books what
//! was decided, not what it would decide now.
// long because: one word's tables

pub mod months;
pub mod retention;

pub mod queue;
use domain::evidence::Kind;
use domain::measure::{Carbon, EntryId, ParticipantId, ProgrammeId, bucket_of};

use crate::{Db, Row, StoreError};

/// Where a submission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It waits for the rules.
    New,
    /// A person decides.
    Asked,
    /// The participant was asked for more.
    More,
    /// It was decided and waits to be booked.
    Decided,
    /// It is done with.
    Settled,
}

impl State {
    const ALL: [State; 5] = [State::New, State::Asked, State::More, State::Decided, State::Settled];

    /// As it is stored.
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// From the stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }
}

/// An act that was sent with proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Its number, by which its state can be asked.
    pub id: EntryId,
    /// Whose act it is.
    pub participant: ParticipantId,
    /// In which programme.
    pub programme: ProgrammeId,
    /// The behaviour.
    pub behaviour: String,
    /// What was said about it, as JSON; empty once it is forgotten.
    pub body: String,
    /// When it came in, microseconds since the epoch.
    pub made_us: i64,
    /// Where it stands.
    pub state: State,
    /// What it would be credited before ceilings.
    pub worth: Carbon,
    /// The lot for the audit, 0 to 999.
    pub draw: i64,
    /// A keyed hash of what tells one phone from another.
    pub device: Option<Vec<u8>>,
    /// Thousandths of risk, once it was judged.
    pub risk: i64,
    /// Codes of what was seen, heaviest first, separated by spaces.
    pub signs: String,
    /// Since when a person is waited for.
    pub asked_us: Option<i64>,
    /// When it was settled.
    pub settled_us: Option<i64>,
    /// What became of it.
    pub entry: Option<EntryId>,
    /// Why nothing became of it.
    pub problem: Option<String>,
}

const COLUMNS: &str = "id, participant, programme, behaviour, body, made_us, state, worth, draw, device, risk, signs,
    asked_us, settled_us, entry, problem";

fn from_row(row: &Row) -> Result<Submission, StoreError> {
    Ok(Submission {
        id: EntryId::new(row.int(0)?),
        participant: ParticipantId::new(row.int(1)?),
        programme: ProgrammeId::new(row.int(2)?),
        behaviour: row.text(3)?.to_owned(),
        body: row.text(4)?.to_owned(),
        made_us: row.int(5)?,
        state: State::from_number(row.int(6)?).ok_or_else(|| StoreError::corrupt("the state of a submission"))?,
        worth: Carbon::from_mg(row.int(7)?),
        draw: row.int(8)?,
        device: row.opt_blob(9)?.map(<[u8]>::to_vec),
        risk: row.int(10)?,
        signs: row.text(11)?.trim().to_owned(),
        asked_us: row.opt_int(12)?,
        settled_us: row.opt_int(13)?,
        entry: row.opt_int(14)?.map(EntryId::new),
        problem: row.opt_text(15)?.map(str::to_owned),
    })
}

/// Keeps a new submission.
pub async fn insert(db: &mut Db, submission: &Submission) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO submission (bucket, participant, id, programme, behaviour, body, made_us, state, worth, draw, device)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            bucket_of(submission.participant.number()).into(),
            submission.participant.number().into(),
            submission.id.number().into(),
            submission.programme.number().into(),
            (&submission.behaviour).into(),
            (&submission.body).into(),
            submission.made_us.into(),
            submission.state.number().into(),
            submission.worth.mg().into(),
            submission.draw.into(),
            submission.device.as_ref().into(),
        ],
    )
    .await?;
    Ok(())
}

/// A submission of a participant.
pub async fn submission(
    db: &mut Db,
    participant: ParticipantId,
    id: EntryId,
) -> Result<Option<Submission>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM submission WHERE bucket = $1 AND participant = $2 AND id = $3");
    let key = [
        bucket_of(participant.number()).into(),
        participant.number().into(),
        id.number().into(),
    ];
    db.row(&sql, &key).await?.as_ref().map(from_row).transpose()
}

/// The submission that became an entry, if it was one.
pub async fn submission_of(
    db: &mut Db,
    participant: ParticipantId,
    entry: EntryId,
) -> Result<Option<EntryId>, StoreError> {
    let row = db
        .row(
            "SELECT id FROM submission WHERE bucket = $1 AND participant = $2 AND entry = $3",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                entry.number().into(),
            ],
        )
        .await?;
    row.map(|row| row.int(0).map(EntryId::new)).transpose()
}

/// A participant's submissions that are not settled, newest first, at most 20.
pub async fn waiting(db: &mut Db, participant: ParticipantId) -> Result<Vec<Submission>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM submission WHERE bucket = $1 AND participant = $2 AND state < 4
         ORDER BY made_us DESC, id DESC LIMIT 20"
    );
    let key = [bucket_of(participant.number()).into(), participant.number().into()];
    db.rows(&sql, &key).await?.iter().map(from_row).collect()
}

/// A participant's submissions that the rules or the books still have to do with, the first one first.
pub async fn undecided(db: &mut Db, participant: ParticipantId) -> Result<Vec<EntryId>, StoreError> {
    let rows = db
        .rows(
            "SELECT id FROM submission WHERE bucket = $1 AND participant = $2 AND state IN (0, 3) ORDER BY made_us, id",
            &[bucket_of(participant.number()).into(), participant.number().into()],
        )
        .await?;
    rows.iter().map(|row| row.int(0).map(EntryId::new)).collect()
}

/// Moves a submission from one state to another; `false` if it stood elsewhere.
pub async fn step(
    db: &mut Db,
    participant: ParticipantId,
    id: EntryId,
    (from, to): (State, State),
    asked_us: Option<i64>,
) -> Result<bool, StoreError> {
    let moved = db
        .run(
            "UPDATE submission SET state = $5, asked_us = coalesce($6, asked_us)
             WHERE bucket = $1 AND participant = $2 AND id = $3 AND state = $4",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                id.number().into(),
                from.number().into(),
                to.number().into(),
                asked_us.into(),
            ],
        )
        .await?;
    Ok(moved == 1)
}

/// Notes on a submission what the rules saw.
pub async fn note_signs(
    db: &mut Db,
    participant: ParticipantId,
    id: EntryId,
    (risk, signs): (i64, &str),
) -> Result<(), StoreError> {
    db.run(
        "UPDATE submission SET risk = $4, signs = $5 WHERE bucket = $1 AND participant = $2 AND id = $3",
        &[
            bucket_of(participant.number()).into(),
            participant.number().into(),
            id.number().into(),
            risk.into(),
            signs.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Settles a submission: what became of it, or why nothing did; and whether it was refused for cause.
pub async fn settle(
    db: &mut Db,
    participant: ParticipantId,
    id: EntryId,
    (entry, problem, faulted): (Option<EntryId>, Option<&str>, bool),
    now_us: i64,
) -> Result<bool, StoreError> {
    let settled = db
        .run(
            "UPDATE submission SET state = 4, entry = $4, problem = $5, faulted = $6, settled_us = $7
             WHERE bucket = $1 AND participant = $2 AND id = $3 AND state = 3",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                id.number().into(),
                entry.map(EntryId::number).into(),
                problem.into(),
                faulted.into(),
                now_us.into(),
            ],
        )
        .await?;
    Ok(settled == 1)
}

/// How many proofs a participant sent in the hour and in the day before an instant, and how many of those of the 90
/// days before were refused for cause; the one of `but` left out. Days of steps are not counted among the proofs: one
/// file holds a month of them, and each civil day counts once anyway.
pub async fn counts(
    db: &mut Db,
    participant: ParticipantId,
    but: EntryId,
    at_us: i64,
) -> Result<(i64, i64, i64), StoreError> {
    const HOUR_US: i64 = 3_600_000_000;
    let row = db
        .row(
            "SELECT count(CASE WHEN made_us > $4 AND steps = 0 THEN 1 END),
                    count(CASE WHEN made_us > $5 AND steps = 0 THEN 1 END),
                    count(CASE WHEN faulted = 1 THEN 1 END)
             FROM (SELECT s.made_us, s.faulted,
                          CASE WHEN EXISTS (
                              SELECT 1 FROM proof p WHERE p.bucket = s.bucket AND p.participant = s.participant
                                                      AND p.submission = s.id AND p.kind = 'steps'
                          ) THEN 1 ELSE 0 END AS steps
                   FROM submission s WHERE s.bucket = $1 AND s.participant = $2 AND s.made_us > $6
                                       AND s.made_us <= $7 AND s.id <> $3) AS sent",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                but.number().into(),
                (at_us - HOUR_US).into(),
                (at_us - 24 * HOUR_US).into(),
                (at_us - 90 * 24 * HOUR_US).into(),
                at_us.into(),
            ],
        )
        .await?;
    row.map_or(Ok((0, 0, 0)), |row| Ok((row.int(0)?, row.int(1)?, row.int(2)?)))
}

/// How many other participants of a programme sent from the same device.
pub async fn accounts_on(
    db: &mut Db,
    programme: ProgrammeId,
    device: &[u8],
    but: ParticipantId,
) -> Result<i64, StoreError> {
    let row = db
        .row(
            "SELECT count(DISTINCT participant) FROM submission
             WHERE programme = $1 AND device = $2 AND participant <> $3",
            &[programme.number().into(), device.into(), but.number().into()],
        )
        .await?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// One proof of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Which of the submission's proofs it is, from 0.
    pub n: i64,
    /// Its own number; grows with time.
    pub id: i64,
    /// What kind it is.
    pub kind: Kind,
    /// The name of the raw file among the blobs; empty where there is none.
    pub blob: String,
    /// What a reader found, as JSON; empty for photos of earlier versions.
    pub facts: String,
    /// What finds its like among others.
    pub print: Option<Vec<u8>>,
    /// When it came in.
    pub made_us: i64,
    /// Until when the raw file is kept, once that is known.
    pub keep_until_us: Option<i64>,
    /// When the raw file was deleted.
    pub deleted_us: Option<i64>,
}

fn proof_from_row(row: &Row) -> Result<Proof, StoreError> {
    Ok(Proof {
        n: row.int(0)?,
        id: row.int(1)?,
        kind: Kind::named(row.text(2)?).ok_or_else(|| StoreError::corrupt("the kind of a proof"))?,
        blob: row.text(3)?.to_owned(),
        facts: row.text(4)?.to_owned(),
        print: row.opt_blob(5)?.map(<[u8]>::to_vec),
        made_us: row.int(6)?,
        keep_until_us: row.opt_int(7)?,
        deleted_us: row.opt_int(8)?,
    })
}

/// Keeps a proof of a submission, with the keys by which its like is found.
pub async fn insert_proof(
    db: &mut Db,
    programme: ProgrammeId,
    (participant, submission): (ParticipantId, EntryId),
    proof: &Proof,
    keys: &[i64],
) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO proof (bucket, participant, submission, n, id, programme, kind, blob, facts, print, made_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            bucket_of(participant.number()).into(),
            participant.number().into(),
            submission.number().into(),
            proof.n.into(),
            proof.id.into(),
            programme.number().into(),
            proof.kind.name().into(),
            (&proof.blob).into(),
            (&proof.facts).into(),
            proof.print.as_ref().into(),
            proof.made_us.into(),
        ],
    )
    .await?;
    for key in keys {
        db.run(
            "INSERT INTO proof_key (programme, kind, key, proof, participant) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
            &[
                programme.number().into(),
                proof.kind.name().into(),
                (*key).into(),
                proof.id.into(),
                participant.number().into(),
            ],
        )
        .await?;
    }
    Ok(())
}

/// The proofs of a submission, the first one first.
pub async fn proofs(db: &mut Db, participant: ParticipantId, submission: EntryId) -> Result<Vec<Proof>, StoreError> {
    let rows = db
        .rows(
            "SELECT n, id, kind, blob, facts, print, made_us, keep_until_us, deleted_us FROM proof
             WHERE bucket = $1 AND participant = $2 AND submission = $3 ORDER BY n",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                submission.number().into(),
            ],
        )
        .await?;
    rows.iter().map(proof_from_row).collect()
}

/// What readers found in a participant's last proofs of a kind, newest first, as JSON.
pub async fn facts_of(
    db: &mut Db,
    participant: ParticipantId,
    kind: Kind,
    most: u32,
) -> Result<Vec<String>, StoreError> {
    let rows = db
        .rows(
            "SELECT facts FROM proof WHERE bucket = $1 AND participant = $2 AND kind = $3 ORDER BY id DESC LIMIT $4",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                kind.name().into(),
                i64::from(most).into(),
            ],
        )
        .await?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

/// A proof as a search for likes finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Like {
    /// The proof's number.
    pub id: i64,
    /// Whose it is.
    pub participant: ParticipantId,
    /// Of which submission.
    pub submission: EntryId,
    /// When it came in.
    pub made_us: i64,
    /// What a reader found, as JSON.
    pub facts: String,
    /// What is compared.
    pub print: Vec<u8>,
}

fn like_from_row(row: &Row) -> Result<Like, StoreError> {
    Ok(Like {
        id: row.int(0)?,
        participant: ParticipantId::new(row.int(1)?),
        submission: EntryId::new(row.int(2)?),
        made_us: row.int(3)?,
        facts: row.text(4)?.to_owned(),
        print: row.opt_blob(5)?.map(<[u8]>::to_vec).unwrap_or_default(),
    })
}

/// The proofs of a kind with these numbers.
pub async fn likes(db: &mut Db, programme: ProgrammeId, kind: Kind, ids: &[i64]) -> Result<Vec<Like>, StoreError> {
    let mut likes = Vec::with_capacity(ids.len());
    for id in ids {
        let row = db
            .row(
                "SELECT id, participant, submission, made_us, facts, print FROM proof
                 WHERE programme = $1 AND kind = $2 AND id = $3",
                &[programme.number().into(), kind.name().into(), (*id).into()],
            )
            .await?;
        likes.extend(row.as_ref().map(like_from_row).transpose()?);
    }
    Ok(likes)
}

/// The numbers of earlier proofs of a kind that share one of these keys, at most `limit`, those that share most first.
pub async fn sharing_keys(
    db: &mut Db,
    programme: ProgrammeId,
    kind: Kind,
    keys: &[i64],
    limit: usize,
) -> Result<Vec<i64>, StoreError> {
    let mut shared: std::collections::HashMap<i64, u32> = std::collections::HashMap::new();
    for key in keys {
        let rows = db
            .rows(
                "SELECT proof FROM proof_key WHERE programme = $1 AND kind = $2 AND key = $3 ORDER BY proof DESC LIMIT 500",
                &[programme.number().into(), kind.name().into(), (*key).into()],
            )
            .await?;
        for row in rows {
            *shared.entry(row.int(0)?).or_default() += 1;
        }
    }
    let mut ids: Vec<(u32, i64)> = shared.into_iter().map(|(id, count)| (count, id)).collect();
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.truncate(limit);
    Ok(ids.into_iter().map(|(_, id)| id).collect())
}

/// The heads of the prints of a programme's proofs of a kind from a number on, in order, for an index in memory; says
/// how many there were.
pub async fn prints(
    db: &mut Db,
    programme: ProgrammeId,
    kind: Kind,
    from_id: i64,
    mut each: impl FnMut(i64, &[u8]) + Send,
) -> Result<u64, StoreError> {
    db.each(
        "SELECT id, substr(print, 1, 128) FROM proof
         WHERE programme = $1 AND kind = $2 AND id >= $3 AND print IS NOT NULL ORDER BY id",
        &[programme.number().into(), kind.name().into(), from_id.into()],
        |row| {
            each(row.int(0)?, row.blob(1)?);
            Ok(())
        },
    )
    .await
}

/// A participant's own proofs of a kind since an instant, newest first, at most 200: number, submission, facts.
pub async fn own_proofs(
    db: &mut Db,
    participant: ParticipantId,
    kind: Kind,
    since_us: i64,
) -> Result<Vec<(EntryId, String)>, StoreError> {
    let rows = db
        .rows(
            "SELECT submission, facts FROM proof WHERE bucket = $1 AND participant = $2 AND kind = $3 AND made_us >= $4
             ORDER BY made_us DESC LIMIT 200",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                kind.name().into(),
                since_us.into(),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((EntryId::new(row.int(0)?), row.text(1)?.to_owned())))
        .collect()
}

/// A decision on a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Which of the submission's decisions it is, from 0.
    pub n: i64,
    /// When, microseconds since the epoch.
    pub at_us: i64,
    /// The login of a person, or zero for the rules.
    pub made_by: i64,
    /// The version of the rules.
    pub rules: i64,
    /// The number of the policy.
    pub policy: i64,
    /// What the rules used, as JSON; empty for a person.
    pub grounds: String,
    /// What was decided, as JSON.
    pub verdict: String,
}

/// Keeps a decision.
pub async fn insert_decision(
    db: &mut Db,
    (participant, submission): (ParticipantId, EntryId),
    decision: &Decision,
) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO decision (bucket, participant, submission, n, at_us, made_by, rules, policy, grounds, verdict)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            bucket_of(participant.number()).into(),
            participant.number().into(),
            submission.number().into(),
            decision.n.into(),
            decision.at_us.into(),
            decision.made_by.into(),
            decision.rules.into(),
            decision.policy.into(),
            (&decision.grounds).into(),
            (&decision.verdict).into(),
        ],
    )
    .await?;
    Ok(())
}

fn decision_from_row(row: &Row) -> Result<Decision, StoreError> {
    Ok(Decision {
        n: row.int(0)?,
        at_us: row.int(1)?,
        made_by: row.int(2)?,
        rules: row.int(3)?,
        policy: row.int(4)?,
        grounds: row.text(5)?.to_owned(),
        verdict: row.text(6)?.to_owned(),
    })
}

/// The decisions on a submission, the first one first.
pub async fn decisions(
    db: &mut Db,
    participant: ParticipantId,
    submission: EntryId,
) -> Result<Vec<Decision>, StoreError> {
    let rows = db
        .rows(
            "SELECT n, at_us, made_by, rules, policy, grounds, verdict FROM decision
             WHERE bucket = $1 AND participant = $2 AND submission = $3 ORDER BY n",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                submission.number().into(),
            ],
        )
        .await?;
    rows.iter().map(decision_from_row).collect()
}

/// What a reviewer last asked a participant for.
pub async fn asked_words(
    db: &mut Db,
    participant: ParticipantId,
    submission: EntryId,
) -> Result<Option<String>, StoreError> {
    let row = db
        .row(
            "SELECT words FROM review WHERE bucket = $1 AND participant = $2 AND submission = $3 AND said = 'more'
             ORDER BY n DESC LIMIT 1",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                submission.number().into(),
            ],
        )
        .await?;
    Ok(row
        .map(|row| row.text(0).map(str::to_owned))
        .transpose()?
        .filter(|words| !words.is_empty()))
}

/// A policy of a programme, as it was stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRow {
    /// The number under which decisions name it.
    pub number: i64,
    /// Whose it is.
    pub programme: ProgrammeId,
    /// Since when it holds.
    pub since_us: i64,
    /// Who made it; zero for the software.
    pub made_by: i64,
    /// Why it was made.
    pub why: String,
    /// Where it differs from the one that is shipped.
    pub differences: String,
    /// All of it.
    pub whole: String,
}

const POLICY: &str = "SELECT number, programme, since_us, made_by, why, differences, whole FROM policy";

fn policy_from_row(row: &Row) -> Result<PolicyRow, StoreError> {
    Ok(PolicyRow {
        number: row.int(0)?,
        programme: ProgrammeId::new(row.int(1)?),
        since_us: row.int(2)?,
        made_by: row.int(3)?,
        why: row.text(4)?.to_owned(),
        differences: row.text(5)?.to_owned(),
        whole: row.text(6)?.to_owned(),
    })
}

/// Every policy that ever held in a programme, newest first, at most 100, with the account of who made it.
pub async fn policies_named(
    db: &mut Db,
    programme: ProgrammeId,
) -> Result<Vec<(PolicyRow, Option<String>)>, StoreError> {
    let rows = db
        .rows(
            "SELECT p.number, p.programme, p.since_us, p.made_by, p.why, p.differences, p.whole, l.account
             FROM policy p LEFT JOIN login l ON l.id = p.made_by
             WHERE p.programme = $1 ORDER BY p.number DESC LIMIT 100",
            &[programme.number().into()],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((policy_from_row(row)?, row.opt_text(7)?.map(str::to_owned))))
        .collect()
}

/// The policies that hold now, one a programme that has any.
pub async fn policies_in_force(db: &mut Db) -> Result<Vec<PolicyRow>, StoreError> {
    let sql = format!("{POLICY} WHERE number IN (SELECT max(number) FROM policy GROUP BY programme)");
    db.rows(&sql, &[]).await?.iter().map(policy_from_row).collect()
}

/// Keeps a policy, unless one of its number is there already.
pub async fn insert_policy(db: &mut Db, policy: &PolicyRow) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO policy (number, programme, since_us, made_by, why, differences, whole)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            policy.number.into(),
            policy.programme.number().into(),
            policy.since_us.into(),
            policy.made_by.into(),
            (&policy.why).into(),
            (&policy.differences).into(),
            (&policy.whole).into(),
        ],
    )
    .await?;
    Ok(())
}

/// Counts what happened to evidence in a month; `month` is [`domain::measure::Period::Month`]'s number of a day.
pub async fn count(db: &mut Db, programme: ProgrammeId, month: i32, what: &str, mg: Carbon) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO evidence_month (programme, month, what, count, mg) VALUES ($1, $2, $3, 1, $4)
         ON CONFLICT (programme, month, what)
         DO UPDATE SET count = evidence_month.count + 1, mg = evidence_month.mg + excluded.mg",
        &[
            programme.number().into(),
            i64::from(month).into(),
            what.into(),
            mg.mg().into(),
        ],
    )
    .await?;
    Ok(())
}

/// What was counted in a month: what, how often, about how much.
pub async fn month(db: &mut Db, programme: ProgrammeId, month: i32) -> Result<Vec<(String, i64, Carbon)>, StoreError> {
    let rows = db
        .rows(
            "SELECT what, count, mg FROM evidence_month WHERE programme = $1 AND month = $2 ORDER BY what",
            &[programme.number().into(), i64::from(month).into()],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.text(0)?.to_owned(), row.int(1)?, Carbon::from_mg(row.int(2)?))))
        .collect()
}

/// Sets until when the raw files of a submission are kept: tracks, and everything else, for so many days from now.
pub async fn keep_until(
    db: &mut Db,
    (participant, submission): (ParticipantId, EntryId),
    now_us: i64,
    (track_days, other_days): (i64, i64),
) -> Result<(), StoreError> {
    const DAY_US: i64 = 86_400_000_000;
    db.run(
        "UPDATE proof SET keep_until_us = CASE WHEN kind = 'track' THEN CAST($4 AS BIGINT) ELSE CAST($5 AS BIGINT) END
         WHERE bucket = $1 AND participant = $2 AND submission = $3",
        &[
            bucket_of(participant.number()).into(),
            participant.number().into(),
            submission.number().into(),
            now_us.saturating_add(track_days.saturating_mul(DAY_US)).into(),
            now_us.saturating_add(other_days.saturating_mul(DAY_US)).into(),
        ],
    )
    .await?;
    Ok(())
}
