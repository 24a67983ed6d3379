//! The check that the books are what the rules make of what is stored.
//!
//! Every credited amount is recomputed from its inputs and factor rows, every ceiling and overlap decided again, every
//! claim looked up, every balance summed from its entries. It trusts nothing that can be derived, stops at the first
//! fault, and holds one bucket's participants in memory at a time.

mod competition;
mod daily;
mod evidence;
mod rewards;

use std::collections::HashMap;
use std::sync::Arc;

use domain::activity::{self, Act, ClaimKey, History, PhotoPrints, Verdict, claims, photo_claims, retry_key};
use domain::evidence::{Grade, Source};
use domain::measure::{Carbon, ParticipantId, Points, ProgrammeId};
use domain::methodology::{Methodology, Working, recompute};
use domain::participant::{Consent, Consents, Standing};
use domain::programme::Programme;
use sha2::{Digest, Sha256};

use crate::activity::{ActRow, Code, Entry, read};
use crate::ledger::{self, Posting};
use crate::participant::Participant;
use crate::{Db, StoreError, programme};

/// What was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Report {
    /// Participants whose balances were summed.
    pub participants: u64,
    /// Entries that were recomputed.
    pub entries: u64,
    /// Claims that were looked up.
    pub claims: u64,
    /// Transfers that were summed.
    pub transfers: u64,
    /// Orders that were matched with their holds.
    pub orders: u64,
    /// Methodology versions whose text was hashed.
    pub methodologies: u64,
    /// Competitions whose results were made again from the days.
    pub competitions: u64,
    /// Decisions on evidence that were looked at; those of today's rules were made again.
    pub decisions: u64,
}

/// The first thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Fault {
    /// Where: a participant, an entry, an account.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

/// Either the books could not be read, or they are wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// They could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// They are wrong.
    #[error(transparent)]
    Fault(#[from] Fault),
}

fn fault<T>(place: impl Into<String>, what: impl Into<String>) -> Result<T, VerifyError> {
    Err(VerifyError::Fault(Fault {
        place: place.into(),
        what: what.into(),
    }))
}

/// Compares a stored number with what it must be.
fn same(place: &str, what: &str, stored: i64, derived: i64) -> Result<(), VerifyError> {
    if stored == derived {
        Ok(())
    } else {
        fault(place, format!("{what} is {stored}, must be {derived}"))
    }
}

/// Checks the books, all of them, as they are at one moment.
pub async fn verify(db: &mut Db) -> Result<Report, VerifyError> {
    db.snapshot().await?;
    let mut report = Report::default();
    let versions = methodologies(db, &mut report).await?;
    let programmes: HashMap<ProgrammeId, Programme> = programme::all(db)
        .await?
        .into_iter()
        .map(|programme| (programme.id, programme))
        .collect();
    let policies = evidence::policies(db).await?;
    let mut prizes = competition::prizes(db, &programmes).await?;
    let mut claimed = 0;
    let mut daily = daily::Daily::default();
    for bucket in 0..=u8::MAX {
        let checked = Bucket {
            bucket,
            versions: &versions,
            programmes: &programmes,
        };
        claimed += checked.check(db, &mut report, &mut daily, &mut prizes).await?;
        evidence::bucket(db, bucket, &policies, &mut report).await?;
    }
    let stored = db
        .row("SELECT count(*) FROM claim", &[])
        .await?
        .map_or(Ok(0), |row| row.int(0))?;
    same(
        "claims",
        "the number of claims",
        stored,
        i64::try_from(claimed).unwrap_or(i64::MAX),
    )?;
    daily.check(db).await?;
    rewards::transfers(db, &mut report).await?;
    rewards::pieces(db).await?;
    prizes.check(db, &programmes, &mut report).await?;
    Ok(report)
}

async fn methodologies(db: &mut Db, report: &mut Report) -> Result<HashMap<i64, Arc<Methodology>>, VerifyError> {
    let mut versions = HashMap::new();
    for row in db.rows("SELECT number, text, sha256 FROM methodology", &[]).await? {
        let (number, text) = (row.int(0)?, row.text(1)?);
        let place = format!("methodology {number}");
        if Sha256::digest(text.as_bytes()).as_slice() != row.blob(2)? {
            return fault(place, "its text was changed after it was published");
        }
        match Methodology::parse(text) {
            Ok(methodology) => versions.insert(number, methodology),
            Err(e) => return fault(place, e.to_string()),
        };
        report.methodologies += 1;
    }
    Ok(versions)
}

struct Bucket<'a> {
    bucket: u8,
    versions: &'a HashMap<i64, Arc<Methodology>>,
    programmes: &'a HashMap<ProgrammeId, Programme>,
}

/// What the entries of a participant add up to, as they are read.
struct Tally {
    stored: Participant,
    derived: Participant,
    history: History,
    kept: String,
    /// Points held, spent or released, by order.
    orders: HashMap<i64, (Code, Points)>,
    /// Points and entries of prizes less those that were returned, by competition.
    prizes: HashMap<i64, competition::Given>,
    /// Credits that were not taken back, by entry.
    credits: HashMap<i64, Credit>,
}

/// A credit as far as a raise or a reversal of it needs it.
struct Credit {
    mg: Carbon,
    points: Points,
    source: Source,
    /// Of what a raise repeats.
    print: ClaimKey,
    /// What a second source added, if one did.
    raised: Option<Carbon>,
}

/// The print of what a raise repeats of the act that it is about.
fn print(row: &ActRow) -> ClaimKey {
    let numbers = [
        row.methodology,
        row.started_us,
        row.ended_us,
        row.day.epoch_days().into(),
    ];
    let numbers = numbers.map(i64::to_le_bytes);
    ClaimKey::of(&[numbers.as_flattened(), row.inputs.as_bytes(), row.factors.as_bytes()])
}

/// A programme's side, as the entries of a bucket add up to it, in the order of the columns.
type Sums = [i64; 6];

impl Bucket<'_> {
    /// Checks everything that is keyed by this bucket; says how many claims its entries make.
    async fn check(
        &self,
        db: &mut Db,
        report: &mut Report,
        daily: &mut daily::Daily,
        prizes: &mut competition::Prizes,
    ) -> Result<usize, VerifyError> {
        let mut tallies = self.participants(db).await?;
        report.participants += tallies.len() as u64;
        let mut sums: HashMap<ProgrammeId, Sums> = HashMap::new();
        let mut expected: Vec<(ClaimKey, i64, i64)> = Vec::new();
        let mut failure: Option<VerifyError> = None;
        let sql = format!(
            "SELECT {} FROM entry WHERE bucket = $1 ORDER BY participant, id",
            read::COLUMNS
        );
        report.entries += db
            .each(&sql, &[self.bucket.into()], |row| {
                if failure.is_none() {
                    let entry = read::from_row(row)?;
                    failure = self.entry(&entry, &mut tallies, &mut sums, &mut expected).err();
                    if let Some(tally) = tallies.get(&entry.participant.number()) {
                        daily.add(tally.stored.programme, &entry);
                    }
                }
                Ok(())
            })
            .await?;
        if let Some(failure) = failure {
            return Err(failure);
        }
        // an act that counts twice throws every sum off: it is named before they are
        for chunk in expected.chunks(1000) {
            claims_are_held(db, chunk).await?;
        }
        for tally in tallies.values() {
            balances(tally)?;
            prizes.booked(tally.stored.id, &tally.prizes)?;
        }
        self.programme_accounts(db, &sums).await?;
        rewards::orders(db, self.bucket, &mut tallies, report).await?;
        report.claims += expected.len() as u64;
        Ok(expected.len())
    }

    async fn participants(&self, db: &mut Db) -> Result<HashMap<i64, Tally>, VerifyError> {
        let mut tallies = HashMap::new();
        for (stored, kept) in crate::participant::of_bucket(db, self.bucket).await? {
            let place = format!("participant {}", stored.id);
            if domain::measure::bucket_of(stored.id.number()) != self.bucket {
                return fault(place, "stands in another's bucket");
            }
            if !self.programmes.contains_key(&stored.programme) {
                return fault(place, "belongs to no programme");
            }
            let none = Participant {
                credited: Carbon::ZERO,
                reversed: Carbon::ZERO,
                points_in: Points::ZERO,
                points_out: Points::ZERO,
                points_held: Points::ZERO,
                last_entry: 0,
                ..stored.clone()
            };
            let history = History::whole([]);
            let tally = Tally {
                derived: none,
                history,
                kept,
                orders: HashMap::new(),
                prizes: HashMap::new(),
                credits: HashMap::new(),
                stored,
            };
            tallies.insert(tally.stored.id.number(), tally);
        }
        Ok(tallies)
    }

    fn entry(
        &self,
        entry: &Entry,
        tallies: &mut HashMap<i64, Tally>,
        sums: &mut HashMap<ProgrammeId, Sums>,
        expected: &mut Vec<(ClaimKey, i64, i64)>,
    ) -> Result<(), VerifyError> {
        let place = format!("entry {} of participant {}", entry.id, entry.participant);
        let Some(tally) = tallies.get_mut(&entry.participant.number()) else {
            return fault(place, "belongs to no participant");
        };
        tally.derived.last_entry = entry.id.number();
        let sums = sums.entry(tally.stored.programme).or_default();
        match (entry.code, &entry.act) {
            (Code::Credited | Code::Refused, Some(act)) => {
                self.act(&place, entry, act, tally, expected)?;
                sums[0] += entry.mg.mg();
                sums[2] += entry.points.milli();
            }
            (Code::Raised, Some(act)) => {
                self.raise(&place, entry, act, tally, expected)?;
                sums[0] += entry.mg.mg();
                sums[2] += entry.points.milli();
            }
            (Code::Credited | Code::Refused | Code::Raised, None) | (_, Some(_)) => {
                return fault(place, "is half an act");
            }
            (code, None) => {
                let about = entry.about.unwrap_or_default();
                let points = entry.points.milli();
                match code {
                    Code::Held => {
                        if tally.orders.insert(about, (code, entry.points)).is_some() {
                            return fault(place, "holds points for an order twice");
                        }
                        sums[4] += points;
                    }
                    Code::Spent | Code::Released => {
                        if tally.orders.insert(about, (code, entry.points)) != Some((Code::Held, entry.points)) {
                            return fault(place, "settles points that were not held");
                        }
                        sums[4] -= points;
                        sums[5] += if code == Code::Spent { points } else { 0 };
                    }
                    Code::Prize => {
                        let booked = tally.prizes.entry(about).or_default();
                        *booked = (booked.0 + points, booked.1 + 1);
                        sums[2] += points;
                    }
                    Code::Returned => {
                        let booked = tally.prizes.entry(about).or_default();
                        *booked = (booked.0 - points, booked.1 - 1);
                        sums[3] += points;
                    }
                    _ => {
                        // a record and what raised it go together
                        let held = tally.credits.remove(&about);
                        let held = held.map(|credit| credit.mg.mg() + credit.raised.unwrap_or_default().mg());
                        if held != Some(entry.mg.mg()) {
                            return fault(place, "takes back what was not credited, or was taken back before");
                        }
                        sums[1] += entry.mg.mg();
                        sums[3] += points;
                    }
                }
                let posting = Posting {
                    code,
                    mg: entry.mg,
                    points: entry.points,
                    about,
                };
                match ledger::apply(&tally.derived, posting) {
                    Ok(after) => tally.derived = after,
                    Err(refused) => return fault(place, refused.to_string()),
                }
            }
        }
        Ok(())
    }

    /// Recomputes an act and decides on it again.
    fn act(
        &self,
        place: &str,
        entry: &Entry,
        row: &ActRow,
        tally: &mut Tally,
        expected: &mut Vec<(ClaimKey, i64, i64)>,
    ) -> Result<(), VerifyError> {
        let Some(programme) = self.programmes.get(&tally.stored.programme) else {
            return fault(place, "belongs to no programme");
        };
        let Some(methodology) = self.versions.get(&row.methodology) else {
            return fault(
                place,
                format!("names methodology {}, which is not in the books", row.methodology),
            );
        };
        let working = match recompute(methodology, &row.inputs, &row.factors, row.grade) {
            Ok(working) => working,
            Err(e) => return fault(place, format!("cannot be recomputed: {e}")),
        };
        let (participant, id) = (entry.participant.number(), entry.id.number());
        if programme.zone.day_of(row.started_us) != row.day {
            return fault(
                place,
                format!("counts on {}, which is not the day on which it began", row.day),
            );
        }
        let act = Self::rebuilt(programme, entry.participant, row, working);
        let event = row.event.as_deref().unwrap_or_default();
        let retry = retry_key(programme.id.number(), row.partner, entry.participant, event);
        expected.push((retry, participant, id));
        if entry.code == Code::Refused {
            same(place, "the credit of a refused act", entry.mg.mg(), 0)?;
            return same(place, "the points of a refused act", entry.points.milli(), 0);
        }
        expected.extend(act.claims.iter().map(|key| (*key, participant, id)));
        let everything = Consent::ALL.into_iter().fold(Consents::default(), Consents::with);
        let standing = Standing {
            open: true,
            consents: everything,
            partner_out: false,
        };
        match activity::credit(&act, programme, standing, None, &mut tally.history, entry.at_us) {
            Verdict::Credited { credited, points, .. } => {
                same(place, "the credit in mg", entry.mg.mg(), credited.mg())?;
                same(place, "the points", entry.points.milli(), points.milli())?;
            }
            Verdict::Refused(refusal) => return fault(place, format!("must not be credited: {refusal}")),
        }
        let credit = Credit {
            mg: entry.mg,
            points: entry.points,
            source: act.source(),
            print: print(row),
            raised: None,
        };
        tally.credits.insert(id, credit);
        Self::add(entry, tally)
    }

    /// Decides on a raise again, from the record that it is about.
    fn raise(
        &self,
        place: &str,
        entry: &Entry,
        row: &ActRow,
        tally: &mut Tally,
        expected: &mut Vec<(ClaimKey, i64, i64)>,
    ) -> Result<(), VerifyError> {
        let programme = self.programmes.get(&tally.stored.programme);
        let (Some(programme), Some(methodology)) = (programme, self.versions.get(&row.methodology)) else {
            return fault(place, "names a methodology that is not in the books");
        };
        let Some(credit) = tally.credits.get_mut(&entry.about.unwrap_or_default()) else {
            return fault(place, "raises what was not credited, or was taken back before");
        };
        if credit.raised.is_some() {
            return fault(place, "raises a record that was raised before");
        }
        if credit.print != print(row) || row.grade != Grade::E4 {
            return fault(place, "is not the act that it raises");
        }
        let source = Source {
            channel: row.channel,
            partner: row.partner,
        };
        let mut first = crate::activity::raise::first(methodology, entry, row)?;
        (first.source, first.credited, first.points) = (credit.source, credit.mg, credit.points);
        let said = entry.reason.as_deref().unwrap_or_default();
        let second = crate::activity::raise::read_said(said, source);
        if !second.is_some_and(|second| first.is_confirmed_by(&second)) {
            return fault(place, "raises a record with which it does not agree");
        }
        let Some((more, points)) = activity::raise(&first, programme, &mut tally.history) else {
            return fault(place, "raises by more than can be counted");
        };
        same(place, "the credit in mg", entry.mg.mg(), more.mg())?;
        same(place, "the points", entry.points.milli(), points.milli())?;
        credit.raised = Some(entry.mg);
        let (participant, id) = (entry.participant.number(), entry.id.number());
        let event = row.event.as_deref().unwrap_or_default();
        let retry = retry_key(programme.id.number(), row.partner, entry.participant, event);
        let claims = photo_claims(programme, photo(row).as_ref());
        expected.extend(claims.into_iter().chain([retry]).map(|key| (key, participant, id)));
        Self::add(entry, tally)
    }

    fn add(entry: &Entry, tally: &mut Tally) -> Result<(), VerifyError> {
        let add = |a: i64, b: i64| a.checked_add(b).ok_or(StoreError::Range);
        tally.derived.credited = Carbon::from_mg(add(tally.derived.credited.mg(), entry.mg.mg())?);
        tally.derived.points_in = Points::from_milli(add(tally.derived.points_in.milli(), entry.points.milli())?);
        Ok(())
    }

    fn rebuilt(programme: &Programme, participant: ParticipantId, row: &ActRow, working: Working) -> Act {
        let event = row.event.as_deref().unwrap_or_default();
        let retry = retry_key(programme.id.number(), row.partner, participant, event);
        let photo = photo(row);
        let said = working.methodology.said_inputs(&working.inputs);
        let when = (row.started_us, row.day);
        let claims = claims(
            &working.methodology,
            programme,
            participant,
            when,
            &retry,
            &said,
            photo.as_ref(),
        );
        Act {
            participant,
            channel: row.channel,
            partner: row.partner,
            started_us: row.started_us,
            ended_us: row.ended_us,
            day: row.day,
            working,
            retry,
            body: 0,
            claims,
            photo,
            refused_for: None,
        }
    }

    async fn programme_accounts(&self, db: &mut Db, sums: &HashMap<ProgrammeId, Sums>) -> Result<(), VerifyError> {
        const NAMES: [&str; 6] = [
            "issued mg",
            "reversed mg",
            "points issued",
            "points returned",
            "points held",
            "points spent",
        ];
        let rows = db
            .rows(
                "SELECT programme, issued_mg, reversed_mg, points_issued, points_returned, points_held, points_spent
                 FROM programme_account WHERE bucket = $1",
                &[self.bucket.into()],
            )
            .await?;
        let mut missing: Vec<ProgrammeId> = sums
            .iter()
            .filter(|(_, sums)| **sums != [0; 6])
            .map(|(programme, _)| *programme)
            .collect();
        for row in rows {
            let programme = ProgrammeId::new(row.int(0)?);
            let place = format!("account of programme {programme} in bucket {}", self.bucket);
            let derived = sums.get(&programme).copied().unwrap_or_default();
            for (i, name) in NAMES.into_iter().enumerate() {
                same(&place, name, row.int(i + 1)?, derived[i])?;
            }
            missing.retain(|one| *one != programme);
        }
        match missing.first() {
            Some(programme) => fault(
                format!("programme {programme}"),
                format!("no account in bucket {}", self.bucket),
            ),
            None => Ok(()),
        }
    }
}

fn photo(row: &ActRow) -> Option<PhotoPrints> {
    let (first, second) = row.photo.as_deref()?.split_at_checked(32)?;
    Some([first.try_into().ok()?, second.try_into().ok()?])
}

fn balances(tally: &Tally) -> Result<(), VerifyError> {
    let (stored, derived) = (&tally.stored, &tally.derived);
    let place = format!("participant {}", stored.id);
    same(&place, "credited mg", stored.credited.mg(), derived.credited.mg())?;
    same(&place, "reversed mg", stored.reversed.mg(), derived.reversed.mg())?;
    same(
        &place,
        "points earned",
        stored.points_in.milli(),
        derived.points_in.milli(),
    )?;
    same(
        &place,
        "points gone",
        stored.points_out.milli(),
        derived.points_out.milli(),
    )?;
    same(
        &place,
        "points held",
        stored.points_held.milli(),
        derived.points_held.milli(),
    )?;
    same(&place, "the last entry", stored.last_entry, derived.last_entry)?;
    let kept = crate::activity::read_history(&tally.kept)?;
    // trips may have been kept in another order, and what is kept after many batches may name other trips
    if kept.tallies_differ(&tally.history) {
        return fault(
            place,
            format!("its counts are {}, must be {}", tally.kept, tally.history.write()),
        );
    }
    Ok(())
}

/// Each of these claims must be held by the entry that makes it: were a key used twice, one of two entries fails.
async fn claims_are_held(db: &mut Db, expected: &[(ClaimKey, i64, i64)]) -> Result<(), VerifyError> {
    let keys: Vec<ClaimKey> = expected.iter().map(|(key, ..)| *key).collect();
    let held = crate::activity::claim_holders(db, &keys).await?;
    for (key, participant, entry) in expected {
        let place = || {
            let (participant, entry) = (domain::measure::Id::new(*participant), domain::measure::Id::new(*entry));
            format!("entry {entry} of participant {participant}")
        };
        match held.get(key) {
            Some((holder, of)) if holder == participant && of == entry => {}
            Some((_, of)) => {
                let other = domain::measure::Id::new(*of);
                return fault(
                    place(),
                    format!("makes a claim that entry {other} holds: one act counted twice"),
                );
            }
            None => return fault(place(), "makes a claim that is not in the books"),
        }
    }
    Ok(())
}
