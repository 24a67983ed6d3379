//! Participants in the books: the hot row, the profile apart from it, consents, and what partners call them.

use domain::measure::{Carbon, ParticipantId, PartnerId, Points, ProgrammeId, bucket_of};
use domain::participant::{Consent, Consents, Kind};

use crate::{Db, Row, StoreError};

/// A participant's row: balances and standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Its id.
    pub id: ParticipantId,
    /// The programme it takes part in.
    pub programme: ProgrammeId,
    /// Person or small entity.
    pub kind: Kind,
    /// Whether the account is open.
    pub open: bool,
    /// Whether staff stopped the account; it is not open then.
    pub frozen: bool,
    /// Consents in force.
    pub consents: Consents,
    /// Partners whose events it does not want.
    pub partners_out: Vec<PartnerId>,
    /// Reductions ever credited.
    pub credited: Carbon,
    /// Of these, taken back.
    pub reversed: Carbon,
    /// Points ever earned.
    pub points_in: Points,
    /// Points spent or taken back.
    pub points_out: Points,
    /// Points held for orders.
    pub points_held: Points,
    /// The last entry of its journal.
    pub last_entry: i64,
    /// Grows with every change.
    pub version: i64,
}

impl Participant {
    /// What it holds in the reduction ledger.
    pub fn reduction(&self) -> Carbon {
        Carbon::from_mg(self.credited.mg() - self.reversed.mg())
    }

    /// Points that can be spent.
    pub fn available(&self) -> Points {
        Points::from_milli(self.points_in.milli() - self.points_out.milli() - self.points_held.milli())
    }
}

/// Who a participant is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// What others see.
    pub alias: String,
    /// The language it is spoken to in: `zh` or `en`.
    pub lang: String,
    /// When it joined.
    pub joined_us: i64,
}

/// `participant.open`: 0 closed, and these.
const OPEN: i64 = 1;
const FROZEN: i64 = 2;

const COLUMNS: &str = "id, programme, kind, open, consents, credited_mg, reversed_mg, points_in, points_out,
    points_held, last_entry, version, partners_out";

fn from_row(row: &Row) -> Result<Participant, StoreError> {
    Ok(Participant {
        id: ParticipantId::new(row.int(0)?),
        programme: ProgrammeId::new(row.int(1)?),
        kind: Kind::from_number(row.int(2)?).ok_or_else(|| StoreError::corrupt("a participant's kind"))?,
        open: row.int(3)? == OPEN,
        frozen: row.int(3)? == FROZEN,
        consents: Consents::from_bits(row.int(4)?),
        credited: Carbon::from_mg(row.int(5)?),
        reversed: Carbon::from_mg(row.int(6)?),
        points_in: Points::from_milli(row.int(7)?),
        points_out: Points::from_milli(row.int(8)?),
        points_held: Points::from_milli(row.int(9)?),
        last_entry: row.int(10)?,
        version: row.int(11)?,
        partners_out: row
            .text(12)?
            .split(' ')
            .filter_map(|number| number.parse().ok().map(PartnerId::new))
            .collect(),
    })
}

/// A participant's row.
pub async fn get(db: &mut Db, id: ParticipantId) -> Result<Option<Participant>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM participant WHERE bucket = $1 AND id = $2");
    let row = db
        .row(&sql, &[bucket_of(id.number()).into(), id.number().into()])
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Every participant of a bucket, with its history as it is stored.
pub(crate) async fn of_bucket(db: &mut Db, bucket: u8) -> Result<Vec<(Participant, String)>, StoreError> {
    let sql = format!("SELECT {COLUMNS}, history FROM participant WHERE bucket = $1");
    let rows = db.rows(&sql, &[bucket.into()]).await?;
    rows.iter()
        .map(|row| Ok((from_row(row)?, row.text(13)?.to_owned())))
        .collect()
}

/// A participant's profile; gone once the person left.
pub async fn profile(db: &mut Db, id: ParticipantId) -> Result<Option<Profile>, StoreError> {
    let row = db
        .row(
            "SELECT alias, lang, joined_us FROM profile WHERE bucket = $1 AND id = $2",
            &[bucket_of(id.number()).into(), id.number().into()],
        )
        .await?;
    row.map(|row| {
        Ok(Profile {
            alias: row.text(0)?.to_owned(),
            lang: row.text(1)?.to_owned(),
            joined_us: row.int(2)?,
        })
    })
    .transpose()
}

/// Everything needed to enrol somebody.
#[derive(Debug, Clone)]
pub struct NewParticipant {
    /// Its id.
    pub id: ParticipantId,
    /// The programme.
    pub programme: ProgrammeId,
    /// Person or small entity.
    pub kind: Kind,
    /// What others see.
    pub alias: String,
    /// `zh` or `en`.
    pub lang: String,
    /// What a partner calls it, unique in the programme.
    pub reference: Option<String>,
    /// Consents given on joining.
    pub consents: Consents,
    /// On whose word: `participant` or `partner NAME`.
    pub made_by: String,
}

/// Enrols a participant; if its reference is taken, nothing is written and the one who has it comes back.
pub async fn insert(db: &mut Db, new: &NewParticipant, now_us: i64) -> Result<Result<(), ParticipantId>, StoreError> {
    if let Some(reference) = &new.reference
        && let Some(holder) = by_reference(db, new.programme, reference).await?
    {
        return Ok(Err(holder));
    }
    let (bucket, id) = (bucket_of(new.id.number()), new.id.number());
    let programme = new.programme.number();
    db.run(
        "INSERT INTO participant (bucket, id, programme, kind, open, consents, credited_mg, reversed_mg, points_in,
                                  points_out, points_held, last_entry, history, version)
         VALUES ($1, $2, $3, $4, 1, $5, 0, 0, 0, 0, 0, 0, '', 0)",
        &[
            bucket.into(),
            id.into(),
            programme.into(),
            new.kind.number().into(),
            new.consents.bits().into(),
        ],
    )
    .await?;
    db.run(
        "INSERT INTO profile (bucket, id, programme, alias, lang, joined_us) VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            bucket.into(),
            id.into(),
            programme.into(),
            (&new.alias).into(),
            (&new.lang).into(),
            now_us.into(),
        ],
    )
    .await?;
    if let Some(reference) = &new.reference {
        db.run(
            "INSERT INTO reference (programme, name, participant) VALUES ($1, $2, $3)",
            &[programme.into(), reference.into(), id.into()],
        )
        .await?;
    }
    for consent in new.consents.iter() {
        log_consent(db, new.id, consent.name(), true, &new.made_by, now_us).await?;
    }
    Ok(Ok(()))
}

/// What partners call a participant, if one of them does.
pub async fn reference_of(
    db: &mut Db,
    programme: ProgrammeId,
    id: ParticipantId,
) -> Result<Option<String>, StoreError> {
    let row = db
        .row(
            "SELECT name FROM reference WHERE programme = $1 AND participant = $2 ORDER BY name LIMIT 1",
            &[programme.number().into(), id.number().into()],
        )
        .await?;
    row.map(|row| Ok(row.text(0)?.to_owned())).transpose()
}

/// The participant that a reference names.
pub async fn by_reference(
    db: &mut Db,
    programme: ProgrammeId,
    name: &str,
) -> Result<Option<ParticipantId>, StoreError> {
    let row = db
        .row(
            "SELECT participant FROM reference WHERE programme = $1 AND name = $2",
            &[programme.number().into(), name.into()],
        )
        .await?;
    row.map(|row| row.int(0).map(ParticipantId::new)).transpose()
}

async fn log_consent(
    db: &mut Db,
    id: ParticipantId,
    name: &str,
    given: bool,
    made_by: &str,
    now_us: i64,
) -> Result<(), StoreError> {
    db.run(
        "INSERT INTO consent (bucket, participant, at_us, name, given, made_by) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (bucket, participant, at_us, name) DO UPDATE SET given = excluded.given",
        &[
            bucket_of(id.number()).into(),
            id.number().into(),
            now_us.into(),
            name.into(),
            given.into(),
            made_by.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Gives or withdraws a consent; the one who changed it and when is kept. Doing it twice changes nothing.
pub async fn set_consent(
    db: &mut Db,
    before: &Participant,
    consent: Consent,
    given: bool,
    made_by: &str,
    now_us: i64,
) -> Result<Consents, StoreError> {
    let consents = if given {
        before.consents.with(consent)
    } else {
        before.consents.without(consent)
    };
    if consents == before.consents {
        return Ok(consents);
    }
    log_consent(db, before.id, consent.name(), given, made_by, now_us).await?;
    guarded(
        db,
        "UPDATE participant SET consents = $4, version = version + 1 WHERE bucket = $1 AND id = $2 AND version = $3",
        before,
        &[consents.bits()],
    )
    .await?;
    Ok(consents)
}

/// Wants a partner's events, or no longer; who changed it and when is kept. Doing it twice changes nothing.
pub async fn set_partner(
    db: &mut Db,
    before: &Participant,
    partner: PartnerId,
    wanted: bool,
    made_by: &str,
    now_us: i64,
) -> Result<(), StoreError> {
    let mut out = before.partners_out.clone();
    if out.contains(&partner) != wanted {
        return Ok(());
    }
    out.retain(|one| *one != partner);
    if !wanted {
        out.push(partner);
    }
    let words: Vec<String> = out.iter().map(|one| one.number().to_string()).collect();
    let name = format!("{PARTNER}{}", partner.number());
    log_consent(db, before.id, &name, wanted, made_by, now_us).await?;
    let changed = db
        .run(
            "UPDATE participant SET partners_out = $4, version = version + 1
             WHERE bucket = $1 AND id = $2 AND version = $3",
            &[
                bucket_of(before.id.number()).into(),
                before.id.number().into(),
                before.version.into(),
                (&words.join(" ")).into(),
            ],
        )
        .await?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict("a participant changed meanwhile".to_owned()))
    }
}

/// How the log of consents names one partner: this, and its number.
const PARTNER: &str = "partner ";

/// What somebody agreed to, or no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreed {
    /// A consent.
    To(Consent),
    /// The events of one partner.
    Partner(PartnerId),
}

/// Partners that ever reported an act of a participant.
pub async fn partners_of(db: &mut Db, id: ParticipantId) -> Result<Vec<PartnerId>, StoreError> {
    let rows = db
        .rows(
            "SELECT DISTINCT partner FROM entry WHERE bucket = $1 AND participant = $2 AND partner > 0",
            &[bucket_of(id.number()).into(), id.number().into()],
        )
        .await?;
    rows.iter().map(|row| row.int(0).map(PartnerId::new)).collect()
}

/// Stops an account that is open, or lets a stopped one go on; `false` if it stands otherwise, and nothing is written.
pub async fn set_frozen(db: &mut Db, before: &Participant, frozen: bool) -> Result<bool, StoreError> {
    if frozen != before.open || frozen == before.frozen {
        return Ok(false);
    }
    let sql = "UPDATE participant SET open = $4, version = version + 1 WHERE bucket = $1 AND id = $2 AND version = $3";
    guarded(db, sql, before, &[if frozen { FROZEN } else { OPEN }]).await?;
    Ok(true)
}

/// Every consent given and withdrawn, newest first: which, whether it was given, when.
pub async fn consent_log(db: &mut Db, id: ParticipantId) -> Result<Vec<(Agreed, bool, i64)>, StoreError> {
    let rows = db
        .rows(
            "SELECT name, given, at_us FROM consent WHERE bucket = $1 AND participant = $2 ORDER BY at_us DESC, name",
            &[bucket_of(id.number()).into(), id.number().into()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let name = row.text(0)?;
            let partner = name.strip_prefix(PARTNER).and_then(|number| number.parse().ok());
            let agreed = partner.map(|number| Agreed::Partner(PartnerId::new(number)));
            let agreed = agreed.or_else(|| Consent::named(name).map(Agreed::To));
            let agreed = agreed.ok_or_else(|| StoreError::corrupt(format!("consent {name}")))?;
            Ok((agreed, row.int(1)? == 1, row.int(2)?))
        })
        .collect()
}

/// Changes what others see of a participant, and the language it is spoken to in; `false` if it left.
pub async fn rename(db: &mut Db, id: ParticipantId, alias: &str, lang: &str) -> Result<bool, StoreError> {
    let changed = db
        .run(
            "UPDATE profile SET alias = $3, lang = $4 WHERE bucket = $1 AND id = $2",
            &[
                bucket_of(id.number()).into(),
                id.number().into(),
                alias.into(),
                lang.into(),
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Writes balances that an entry changed, if nobody changed the row since it was read.
pub(crate) async fn update_balances(db: &mut Db, before: &Participant, after: &Participant) -> Result<(), StoreError> {
    guarded(
        db,
        "UPDATE participant SET reversed_mg = $4, points_out = $5, points_held = $6, last_entry = $7,
                                points_in = $8, version = version + 1
         WHERE bucket = $1 AND id = $2 AND version = $3",
        before,
        &[
            after.reversed.mg(),
            after.points_out.milli(),
            after.points_held.milli(),
            after.last_entry,
            after.points_in.milli(),
        ],
    )
    .await
}

async fn guarded(db: &mut Db, sql: &str, before: &Participant, values: &[i64]) -> Result<(), StoreError> {
    let mut params = vec![
        bucket_of(before.id.number()).into(),
        before.id.number().into(),
        before.version.into(),
    ];
    params.extend(values.iter().map(|value| crate::Param::Int(*value)));
    if db.run(sql, &params).await? == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict("a participant changed meanwhile".to_owned()))
    }
}

/// How many participants with a profile a programme has, counted up to `most`.
pub async fn count(db: &mut Db, programme: ProgrammeId, most: i64) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM (SELECT id FROM profile WHERE programme = $1 LIMIT $2) counted";
    let row = db.row(sql, &[programme.number().into(), most.into()]).await?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Aliases and rows of a programme, by id, for lists.
pub async fn list(
    db: &mut Db,
    programme: ProgrammeId,
    after: Option<ParticipantId>,
    limit: u32,
) -> Result<Vec<(ParticipantId, String)>, StoreError> {
    let rows = db
        .rows(
            "SELECT id, alias FROM profile WHERE programme = $1 AND id > $2 ORDER BY id LIMIT $3",
            &[
                programme.number().into(),
                after.map_or(-1, ParticipantId::number).into(),
                i64::from(limit).into(),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((ParticipantId::new(row.int(0)?), row.text(1)?.to_owned())))
        .collect()
}
