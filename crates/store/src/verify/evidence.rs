//! The check of what was decided on evidence: every decision of today's rules is made again from its grounds, and what
//! became of a submission is what was decided last.

use std::collections::{BTreeSet, HashMap};

use domain::evidence::{Grounds, Outcome, Policy, RULES, Verdict};
use domain::measure::{EntryId, ParticipantId};

use super::{Report, VerifyError, fault};
use crate::activity::Code;
use crate::evidence::{Decision, State};
use crate::{Db, StoreError};

/// The policies that decisions name. One that was written by other software may not be readable any more; that is told
/// where a decision of today's rules needs it.
pub(super) type Policies = HashMap<i64, Result<Policy, String>>;

/// Every policy that ever held.
pub(super) async fn policies(db: &mut Db) -> Result<Policies, StoreError> {
    let rows = db.rows("SELECT number, whole FROM policy", &[]).await?;
    let read = |text: &str| Policy::parse(text).map_err(|e| e.to_string());
    rows.iter().map(|row| Ok((row.int(0)?, read(row.text(1)?)))).collect()
}

/// What was decided on one submission, and what reviewers said of it.
#[derive(Default)]
struct Told {
    decisions: Vec<Decision>,
    reviews: Vec<(i64, String)>,
}

/// A submission and what became of it.
struct Sent {
    place: String,
    key: (i64, i64),
    state: State,
    worth_mg: i64,
    faulted: bool,
    /// Whether the rules left their mark and what was said is still there: then a decision must be as well.
    judged: bool,
    entry: Option<EntryId>,
    /// Whether it says why nothing became of it: somebody withdrew what it needs.
    called_off: bool,
    /// Of the entry: its code and reason, if there is such an entry.
    became: Option<(i64, String)>,
}

/// Checks the decisions on the submissions of a bucket.
pub(super) async fn bucket(
    db: &mut Db,
    bucket: u8,
    policies: &Policies,
    report: &mut Report,
) -> Result<(), VerifyError> {
    let mut told: HashMap<(i64, i64), Told> = HashMap::new();
    let decisions = "SELECT participant, submission, n, at_us, made_by, rules, policy, grounds, verdict FROM decision
                     WHERE bucket = $1 ORDER BY participant, submission, n";
    let mut failure = None;
    report.decisions += db
        .each(decisions, &[bucket.into()], |row| {
            let key = (row.int(0)?, row.int(1)?);
            let decision = Decision {
                n: row.int(2)?,
                at_us: row.int(3)?,
                made_by: row.int(4)?,
                rules: row.int(5)?,
                policy: row.int(6)?,
                grounds: row.text(7)?.to_owned(),
                verdict: row.text(8)?.to_owned(),
            };
            let before = told.entry(key).or_default();
            if failure.is_none() {
                failure = again(&place(key), &decision, before.decisions.len(), policies).err();
            }
            // what it was made on is long, and was looked at
            before.decisions.push(Decision {
                grounds: String::new(),
                ..decision
            });
            Ok(())
        })
        .await?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let reviews = "SELECT participant, submission, login, said FROM review WHERE bucket = $1
                   ORDER BY participant, submission, n";
    db.each(reviews, &[bucket.into()], |row| {
        let said = (row.int(2)?, row.text(3)?.to_owned());
        told.entry((row.int(0)?, row.int(1)?)).or_default().reviews.push(said);
        Ok(())
    })
    .await?;
    let submissions = "SELECT s.participant, s.id, s.state, s.worth, s.faulted, s.entry, e.code, e.reason,
                              CASE WHEN s.signs <> '' AND s.body <> '' THEN 1 ELSE 0 END, s.problem
                       FROM submission s
                       LEFT JOIN entry e ON e.bucket = s.bucket AND e.participant = s.participant AND e.id = s.entry
                       WHERE s.bucket = $1 ORDER BY s.participant, s.id";
    let mut failure = None;
    db.each(submissions, &[bucket.into()], |row| {
        let key = (row.int(0)?, row.int(1)?);
        let became = match row.opt_int(6)? {
            Some(code) => Some((code, row.opt_text(7)?.unwrap_or_default().to_owned())),
            None => None,
        };
        let sent = Sent {
            place: place(key),
            key,
            state: State::from_number(row.int(2)?).ok_or_else(|| StoreError::corrupt("the state of a submission"))?,
            worth_mg: row.int(3)?,
            faulted: row.int(4)? != 0,
            entry: row.opt_int(5)?.map(EntryId::new),
            became,
            judged: row.int(8)? != 0,
            called_off: row.opt_text(9)?.is_some(),
        };
        if failure.is_none() {
            let known = told.remove(&sent.key).unwrap_or_default();
            failure = followed(&sent, &known, policies).err();
        }
        Ok(())
    })
    .await?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    match told.into_iter().find(|(_, left)| !left.decisions.is_empty()) {
        Some((key, _)) => fault(place(key), "was decided on, but is not in the books"),
        None => Ok(()),
    }
}

fn place((participant, submission): (i64, i64)) -> String {
    let (participant, submission) = (ParticipantId::new(participant), EntryId::new(submission));
    format!("submission {submission} of participant {participant}")
}

/// Makes a decision of today's rules again, from what they used then.
fn again(place: &str, decision: &Decision, before: usize, policies: &Policies) -> Result<(), VerifyError> {
    if usize::try_from(decision.n) != Ok(before) {
        return fault(
            place,
            format!("decision {} follows {before} others: one is missing", decision.n),
        );
    }
    let which = format!("{place}, decision {}", decision.n);
    let stored = match serde_json::from_str::<Verdict>(&decision.verdict) {
        Ok(stored) => stored,
        // the signs of later or earlier rules may be others
        Err(_) if decision.rules != RULES => return Ok(()),
        Err(e) => return fault(which, format!("its verdict cannot be read: {e}")),
    };
    if decision.made_by != 0 || decision.rules != RULES || decision.grounds.is_empty() {
        return Ok(());
    }
    let policy = match policies.get(&decision.policy) {
        Some(Ok(policy)) => policy,
        Some(Err(e)) => return fault(which, format!("policy {} cannot be read: {e}", decision.policy)),
        None => {
            return fault(
                which,
                format!("names policy {}, which is not in the books", decision.policy),
            );
        }
    };
    let grounds: Grounds = match serde_json::from_str(&decision.grounds) {
        Ok(grounds) => grounds,
        Err(e) => return fault(which, format!("what it was made on cannot be read: {e}")),
    };
    let derived = grounds.judge(policy);
    if derived == stored {
        return Ok(());
    }
    fault(
        which,
        format!("was decided {}, must be {}", words(&stored), words(&derived)),
    )
}

/// A verdict in a few words.
fn words(verdict: &Verdict) -> String {
    let outcome = match &verdict.outcome {
        Outcome::Credit(grade) => format!("credit at {grade}"),
        Outcome::Ask(grade) => format!("ask at {grade}"),
        Outcome::Refuse(code) => format!("refuse for {code}"),
    };
    let signs: Vec<&str> = verdict.signs.iter().map(domain::evidence::Sign::code).collect();
    format!("{outcome} with risk {} and [{}]", verdict.risk, signs.join(" "))
}

/// What became of a submission is what was decided last.
fn followed(sent: &Sent, told: &Told, policies: &Policies) -> Result<(), VerifyError> {
    let place = &sent.place;
    let Some(last) = told.decisions.last() else {
        // of those who left, and of what came in before there were decisions, none is kept
        return if sent.judged && matches!(sent.state, State::Asked | State::Decided | State::Settled) {
            fault(place, "was decided on, but by nothing that is stored")
        } else {
            Ok(())
        };
    };
    let Ok(verdict) = serde_json::from_str::<Verdict>(&last.verdict) else {
        return Ok(());
    };
    if sent.state == State::Decided && matches!(verdict.outcome, Outcome::Ask(_)) {
        return fault(place, "is to be booked, though its last decision asks a person");
    }
    if last.made_by != 0 {
        reviewed(sent, last, &verdict, &told.reviews, policies)?;
    }
    if sent.state != State::Settled {
        return Ok(());
    }
    let credited = sent.became.as_ref().map(|(code, _)| *code == Code::Credited.number());
    match (&verdict.outcome, &sent.became) {
        (_, None) if sent.entry.is_some() => fault(place, "became an entry that is not in the books"),
        (Outcome::Ask(_), None) if sent.called_off => Ok(()),
        (Outcome::Ask(_), _) => fault(place, "is settled, though its last decision asks a person"),
        (Outcome::Refuse(_), _) if credited == Some(true) => {
            fault(place, "is credited, though its last decision refuses it")
        }
        (Outcome::Refuse(sign), Some((_, reason))) if names_another(reason, sign) => fault(
            place,
            format!("was decided to be refused for {sign}, and is for \"{reason}\""),
        ),
        (Outcome::Refuse(_), _) if !sent.faulted => fault(place, "was refused for cause, and is not marked so"),
        (Outcome::Credit(_), Some((_, reason))) if reason.starts_with("evidence.refused") => fault(
            place,
            "is refused for its evidence, though its last decision credits it",
        ),
        (Outcome::Credit(_), _) if sent.faulted => fault(place, "was not refused for cause, and is marked so"),
        _ => Ok(()),
    }
}

/// Whether an entry was refused for its evidence, and for another sign. One that was a duplicate by then says so.
fn names_another(reason: &str, sign: &str) -> bool {
    let mut words = reason.split(' ');
    words.next() == Some("evidence.refused") && words.next() != Some(sign)
}

/// What a person decided was said by that person, and by two above the limit.
fn reviewed(
    sent: &Sent,
    last: &Decision,
    verdict: &Verdict,
    reviews: &[(i64, String)],
    policies: &Policies,
) -> Result<(), VerifyError> {
    let Some((_, said)) = reviews.iter().rev().find(|(login, _)| *login == last.made_by) else {
        return fault(&sent.place, "was decided by a person who said nothing");
    };
    let limit_g = match policies.get(&last.policy) {
        Some(Ok(policy)) => policy.limits.two_reviewers_above_g,
        Some(Err(_)) => return Ok(()),
        None => {
            let what = format!("names policy {}, which is not in the books", last.policy);
            return fault(&sent.place, what);
        }
    };
    let agree: BTreeSet<i64> = reviews
        .iter()
        .filter(|(_, other)| other == said)
        .map(|(login, _)| *login)
        .collect();
    if matches!(verdict.outcome, Outcome::Credit(_)) && sent.worth_mg / 1000 > limit_g && agree.len() < 2 {
        return fault(
            &sent.place,
            format!("is worth more than {limit_g} g, and one person decided to credit it"),
        );
    }
    Ok(())
}
