//! Postings other than credits: a participant's holds, spends and reversals in the journal, and the accounts and
//! transfers of money.

mod statement;

use domain::ledger::{Account, Floor, Ledger, Phase, Refused, Transfer};
use domain::measure::{Carbon, EntryId, ParticipantId, Points, ProgrammeId, bucket_of, make_id};

use crate::activity::Code;
use crate::participant::{self, Participant};
use crate::{Db, Row, StoreError};

pub use statement::{Avoided, Booked, Moved, avoided, booked, moved, order_titles};

/// A posting of a participant that is no act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// Reversal, hold, spend, release, prize or prize taken back.
    pub code: Code,
    /// Reduction taken back, for a reversal.
    pub mg: Carbon,
    /// Points it moves.
    pub points: Points,
    /// The entry, order or competition that it is about.
    pub about: i64,
}

/// Books a posting: a row in the journal, the participant's balances, the programme's accounts. The participant's two
/// accounts are rebuilt from the row, the transfer applied to them by the rules, and the row written from the result.
///
/// `Ok(Err(_))` if the balance does not allow it; nothing is written then.
pub async fn book(
    db: &mut Db,
    before: &Participant,
    posting: Posting,
    now_us: i64,
) -> Result<Result<EntryId, Refused>, StoreError> {
    let after = match apply(before, posting) {
        Ok(after) => after,
        Err(refused) => return Ok(Err(refused)),
    };
    let id = make_id(now_us, 0).max(before.last_entry + 1);
    let after = Participant {
        last_entry: id,
        ..after
    };
    let bucket = bucket_of(before.id.number());
    db.run(
        "INSERT INTO entry (bucket, participant, id, code, at_us, mg, points, about)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            bucket.into(),
            before.id.number().into(),
            id.into(),
            posting.code.number().into(),
            now_us.into(),
            posting.mg.mg().into(),
            posting.points.milli().into(),
            posting.about.into(),
        ],
    )
    .await?;
    participant::update_balances(db, before, &after).await?;
    let points = posting.points.milli();
    let (reversed, issued, returned, held, spent) = match posting.code {
        Code::Reversal => (posting.mg.mg(), 0, points, 0, 0),
        Code::Held => (0, 0, 0, points, 0),
        Code::Spent => (0, 0, 0, -points, points),
        Code::Released => (0, 0, 0, -points, 0),
        Code::Prize => (0, points, 0, 0, 0),
        Code::Returned => (0, 0, points, 0, 0),
        Code::Credited | Code::Refused | Code::Raised => {
            return Err(StoreError::Engine("an act is posted, not booked".to_owned()));
        }
    };
    db.run(
        "INSERT INTO programme_account AS a
             (bucket, programme, issued_mg, reversed_mg, points_issued, points_returned, points_held, points_spent)
         VALUES ($1, $2, 0, $3, $4, $5, $6, $7)
         ON CONFLICT (bucket, programme) DO UPDATE
         SET reversed_mg = a.reversed_mg + excluded.reversed_mg,
             points_issued = a.points_issued + excluded.points_issued,
             points_returned = a.points_returned + excluded.points_returned,
             points_held = a.points_held + excluded.points_held,
             points_spent = a.points_spent + excluded.points_spent",
        &[
            bucket.into(),
            before.programme.number().into(),
            reversed.into(),
            issued.into(),
            returned.into(),
            held.into(),
            spent.into(),
        ],
    )
    .await?;
    Ok(Ok(EntryId::new(id)))
}

/// The number under which the programme's side of a posting goes, in rules that know no bucket.
const PROGRAMME_SIDE: i64 = -1;

/// A participant after a posting, by the rules of the ledger.
pub(crate) fn apply(before: &Participant, posting: Posting) -> Result<Participant, Refused> {
    let id = before.id.number();
    let mut points = Account {
        debits_posted: before.points_out.milli(),
        debits_pending: before.points_held.milli(),
        credits_posted: before.points_in.milli(),
        ..Account::new(id, Ledger::Points, Floor::Zero)
    };
    let mut reduction = Account {
        debits_posted: before.reversed.mg(),
        credits_posted: before.credited.mg(),
        ..Account::new(id, Ledger::Reduction, Floor::Zero)
    };
    // the other side of a post or void must hold what is let go
    let other = |ledger, pending| Account {
        credits_pending: pending,
        ..Account::new(PROGRAMME_SIDE, ledger, Floor::Free)
    };
    let foreign = |_| Refused::Foreign;
    if posting.mg > Carbon::ZERO {
        let mut programme = other(Ledger::Reduction, 0);
        let transfer = Transfer::between(&reduction, &programme, posting.mg).map_err(foreign)?;
        transfer.apply(&mut reduction, &mut programme)?;
    }
    if posting.code == Code::Prize {
        let mut programme = other(Ledger::Points, 0);
        let transfer = Transfer::between(&programme, &points, posting.points).map_err(foreign)?;
        transfer.apply(&mut programme, &mut points)?;
    } else if posting.points > Points::ZERO {
        let mut programme = other(Ledger::Points, points.debits_pending);
        let hold = Transfer::hold(&points, &programme, posting.points).map_err(foreign)?;
        let transfer = match posting.code {
            Code::Held => hold,
            Code::Spent => hold.post(posting.about).ok_or(Refused::Foreign)?,
            Code::Released => hold.void(posting.about).ok_or(Refused::Foreign)?,
            _ => Transfer::between(&points, &programme, posting.points).map_err(foreign)?,
        };
        transfer.apply(&mut points, &mut programme)?;
    }
    Ok(Participant {
        reversed: Carbon::from_mg(reduction.debits_posted),
        points_in: Points::from_milli(points.credits_posted),
        points_out: Points::from_milli(points.debits_posted),
        points_held: Points::from_milli(points.debits_pending),
        ..before.clone()
    })
}

/// An account with the version of its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAccount {
    /// The account.
    pub account: Account,
    /// What it is called.
    pub name: String,
    /// Grows with every change.
    pub version: i64,
}

const ACCOUNT_COLUMNS: &str = "id, ledger, name, never_negative, debits_posted, debits_pending, credits_posted,
    credits_pending, version";

fn account_from_row(row: &Row) -> Result<StoredAccount, StoreError> {
    let ledger = row.text(1)?.to_owned();
    let ledger = Ledger::named(&ledger).ok_or_else(|| StoreError::corrupt(format!("ledger {ledger}")))?;
    Ok(StoredAccount {
        account: Account {
            id: row.int(0)?,
            ledger,
            floor: if row.int(3)? == 1 { Floor::Zero } else { Floor::Free },
            debits_posted: row.int(4)?,
            debits_pending: row.int(5)?,
            credits_posted: row.int(6)?,
            credits_pending: row.int(7)?,
        },
        name: row.text(2)?.to_owned(),
        version: row.int(8)?,
    })
}

/// The account of a name in a programme and ledger, opened empty with this id if there is none.
pub async fn open_account(
    db: &mut Db,
    programme: ProgrammeId,
    ledger: Ledger,
    name: &str,
    floor: Floor,
    id: i64,
) -> Result<StoredAccount, StoreError> {
    db.run(
        "INSERT INTO account (id, programme, ledger, name, never_negative, debits_posted, debits_pending,
                              credits_posted, credits_pending, version)
         VALUES ($1, $2, $3, $4, $5, 0, 0, 0, 0, 0) ON CONFLICT (programme, ledger, name) DO NOTHING",
        &[
            id.into(),
            programme.number().into(),
            (&ledger.name()).into(),
            name.into(),
            (floor == Floor::Zero).into(),
        ],
    )
    .await?;
    let sql = format!("SELECT {ACCOUNT_COLUMNS} FROM account WHERE programme = $1 AND ledger = $2 AND name = $3");
    let row = db
        .row(&sql, &[programme.number().into(), (&ledger.name()).into(), name.into()])
        .await?;
    account_from_row(&row.ok_or_else(|| StoreError::corrupt(format!("no account {name}")))?)
}

/// The account of an id.
pub async fn account(db: &mut Db, id: i64) -> Result<Option<StoredAccount>, StoreError> {
    let sql = format!("SELECT {ACCOUNT_COLUMNS} FROM account WHERE id = $1");
    db.row(&sql, &[id.into()])
        .await?
        .as_ref()
        .map(account_from_row)
        .transpose()
}

/// Every account of a programme, by name.
pub async fn accounts(db: &mut Db, programme: ProgrammeId) -> Result<Vec<StoredAccount>, StoreError> {
    let sql = format!("SELECT {ACCOUNT_COLUMNS} FROM account WHERE programme = $1 ORDER BY ledger, name");
    db.rows(&sql, &[programme.number().into()])
        .await?
        .iter()
        .map(account_from_row)
        .collect()
}

const fn phase_number(phase: Phase) -> (i64, Option<i64>) {
    match phase {
        Phase::Plain => (0, None),
        Phase::Pending => (1, None),
        Phase::Post(hold) => (2, Some(hold)),
        Phase::Void(hold) => (3, Some(hold)),
    }
}

/// Books a transfer between two stored accounts under this number.
///
/// `Ok(Err(_))` if a balance does not allow it; nothing is written then.
pub async fn transfer(
    db: &mut Db,
    number: i64,
    transfer: &Transfer,
    about: Option<i64>,
    now_us: i64,
) -> Result<Result<(), Refused>, StoreError> {
    let missing = || StoreError::corrupt("a transfer names no account");
    let debit = account(db, transfer.debit()).await?.ok_or_else(missing)?;
    let credit = account(db, transfer.credit()).await?.ok_or_else(missing)?;
    let (mut debited, mut credited) = (debit.account.clone(), credit.account.clone());
    if let Err(refused) = transfer.apply(&mut debited, &mut credited) {
        return Ok(Err(refused));
    }
    let (phase, pending) = phase_number(transfer.phase());
    let amount = transfer.amount();
    db.run(
        "INSERT INTO transfer (id, debit, credit, ledger, amount, phase, pending, about, at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            number.into(),
            transfer.debit().into(),
            transfer.credit().into(),
            (&amount.ledger.name()).into(),
            amount.quantity.into(),
            phase.into(),
            pending.into(),
            about.into(),
            now_us.into(),
        ],
    )
    .await?;
    for (before, after) in [(debit, debited), (credit, credited)] {
        let changed = db
            .run(
                "UPDATE account SET debits_posted = $3, debits_pending = $4, credits_posted = $5,
                                    credits_pending = $6, version = version + 1
                 WHERE id = $1 AND version = $2",
                &[
                    after.id.into(),
                    before.version.into(),
                    after.debits_posted.into(),
                    after.debits_pending.into(),
                    after.credits_posted.into(),
                    after.credits_pending.into(),
                ],
            )
            .await?;
        if changed != 1 {
            return Err(StoreError::Conflict("an account changed meanwhile".to_owned()));
        }
    }
    Ok(Ok(()))
}

/// The accounts and amount of a pending transfer.
pub async fn pending(db: &mut Db, number: i64) -> Result<Option<Transfer>, StoreError> {
    let Some(row) = db
        .row(
            "SELECT debit, credit, amount FROM transfer WHERE id = $1 AND phase = 1",
            &[number.into()],
        )
        .await?
    else {
        return Ok(None);
    };
    let missing = || StoreError::corrupt("a transfer names no account");
    let debit = account(db, row.int(0)?).await?.ok_or_else(missing)?.account;
    let credit = account(db, row.int(1)?).await?.ok_or_else(missing)?.account;
    let amount = domain::ledger::Amount {
        ledger: debit.ledger,
        quantity: row.int(2)?,
    };
    Transfer::hold(&debit, &credit, amount)
        .map(Some)
        .map_err(|e| StoreError::corrupt(e.to_string()))
}

/// What a programme has issued, taken back, holds and has seen spent, over all buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Supply {
    /// Reductions credited.
    pub issued: Carbon,
    /// Of these, taken back.
    pub reversed: Carbon,
    /// Points issued.
    pub points_issued: Points,
    /// Points taken back.
    pub points_returned: Points,
    /// Points held for orders.
    pub points_held: Points,
    /// Points spent.
    pub points_spent: Points,
}

/// The supply of a programme.
pub async fn supply(db: &mut Db, programme: ProgrammeId) -> Result<Supply, StoreError> {
    let row = db
        .row(
            "SELECT CAST(sum(issued_mg) AS BIGINT), CAST(sum(reversed_mg) AS BIGINT),
                    CAST(sum(points_issued) AS BIGINT), CAST(sum(points_returned) AS BIGINT),
                    CAST(sum(points_held) AS BIGINT), CAST(sum(points_spent) AS BIGINT)
             FROM programme_account WHERE programme = $1",
            &[programme.number().into()],
        )
        .await?;
    let Some(row) = row else { return Ok(Supply::default()) };
    let sum = |i| row.opt_int(i).map(Option::unwrap_or_default);
    Ok(Supply {
        issued: Carbon::from_mg(sum(0)?),
        reversed: Carbon::from_mg(sum(1)?),
        points_issued: Points::from_milli(sum(2)?),
        points_returned: Points::from_milli(sum(3)?),
        points_held: Points::from_milli(sum(4)?),
        points_spent: Points::from_milli(sum(5)?),
    })
}

/// A reversal that somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversal {
    /// Why.
    pub why: String,
    /// Who asked.
    pub asked_by: i64,
    /// Who declined, if somebody did.
    pub declined_by: Option<i64>,
    /// The reversing entry, once somebody agreed.
    pub reversing: Option<EntryId>,
}

/// The reversal of an entry, if one was asked for.
pub async fn reversal(db: &mut Db, participant: ParticipantId, entry: EntryId) -> Result<Option<Reversal>, StoreError> {
    let row = db
        .row(
            "SELECT why, asked_by, declined_by, reversing FROM reversal
             WHERE bucket = $1 AND participant = $2 AND entry = $3",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                entry.number().into(),
            ],
        )
        .await?;
    row.map(|row| {
        Ok(Reversal {
            why: row.text(0)?.to_owned(),
            asked_by: row.int(1)?,
            declined_by: row.opt_int(2)?,
            reversing: row.opt_int(3)?.map(EntryId::new),
        })
    })
    .transpose()
}

/// Notes that somebody asks for a reversal; `false` if somebody did before and nobody declined it.
pub async fn ask_reversal(
    db: &mut Db,
    participant: ParticipantId,
    entry: EntryId,
    why: &str,
    asked_by: i64,
    now_us: i64,
) -> Result<bool, StoreError> {
    let added = db
        .run(
            "INSERT INTO reversal (bucket, participant, entry, why, asked_by, asked_us)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (bucket, participant, entry) DO UPDATE
             SET why = excluded.why, asked_by = excluded.asked_by, asked_us = excluded.asked_us,
                 declined_by = NULL, declined_us = NULL
             WHERE reversal.declined_by IS NOT NULL",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                entry.number().into(),
                why.into(),
                asked_by.into(),
                now_us.into(),
            ],
        )
        .await?;
    Ok(added == 1)
}

/// Notes that another person agreed and which entry reverses.
pub async fn agree_reversal(
    db: &mut Db,
    participant: ParticipantId,
    entry: EntryId,
    agreed_by: i64,
    reversing: EntryId,
    now_us: i64,
) -> Result<(), StoreError> {
    let changed = db
        .run(
            "UPDATE reversal SET agreed_by = $4, agreed_us = $5, reversing = $6
             WHERE bucket = $1 AND participant = $2 AND entry = $3 AND agreed_by IS NULL AND declined_by IS NULL",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                entry.number().into(),
                agreed_by.into(),
                now_us.into(),
                reversing.number().into(),
            ],
        )
        .await?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict("the reversal was agreed meanwhile".to_owned()))
    }
}

/// Notes that another person declined; `false` if it was settled before.
pub async fn decline_reversal(
    db: &mut Db,
    participant: ParticipantId,
    entry: EntryId,
    declined_by: i64,
    now_us: i64,
) -> Result<bool, StoreError> {
    let changed = db
        .run(
            "UPDATE reversal SET declined_by = $4, declined_us = $5
             WHERE bucket = $1 AND participant = $2 AND entry = $3 AND agreed_by IS NULL AND declined_by IS NULL",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                entry.number().into(),
                declined_by.into(),
                now_us.into(),
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Which of these entries, and of those that they raise, were taken back.
pub async fn reversed_among(
    db: &mut Db,
    participant: ParticipantId,
    entries: &[crate::activity::Entry],
) -> Result<Vec<EntryId>, StoreError> {
    let Some((newest, oldest)) = entries.first().zip(entries.last()) else {
        return Ok(Vec::new());
    };
    let raised = entries.iter().filter(|entry| entry.code == Code::Raised);
    let oldest = raised
        .filter_map(|entry| entry.about)
        .fold(oldest.id.number(), i64::min);
    let rows = db
        .rows(
            "SELECT entry FROM reversal
             WHERE bucket = $1 AND participant = $2 AND entry BETWEEN $3 AND $4 AND reversing IS NOT NULL",
            &[
                bucket_of(participant.number()).into(),
                participant.number().into(),
                oldest.into(),
                newest.id.number().into(),
            ],
        )
        .await?;
    rows.iter().map(|row| row.int(0).map(EntryId::new)).collect()
}
