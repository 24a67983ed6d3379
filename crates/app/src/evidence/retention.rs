//! Raw files go on time, and it can be shown that they did.
//!
//! A file goes first and its proof is marked afterwards, so a worker that dies in between does it again. What stays is
//! what a decision was made on: the summary of a track, the looks of a photo. The places of a track go with it.

use std::collections::HashSet;

use domain::evidence::Kind;
use domain::measure::{ParticipantId, ProgrammeId, bucket_of};
use domain::participant::Consent;
use domain::programme::{Deed, Programme};
use serde::Serialize;
use store::Db;
use store::evidence::retention::{self as books, Due};
use store::evidence::{self as submissions, State};

use crate::{App, Caller, Error};

const AT_ONCE: u32 = 200;
const HOUR_US: i64 = 3_600_000_000;
/// The job runs once a day: what was due longer ago than this must be gone.
const GRACE_US: i64 = 26 * HOUR_US;
/// A file comes before its proof stands in the books; after so long it never will.
const FRESH_US: i64 = 24 * HOUR_US;

/// What became of raw files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Retention {
    /// Raw files that are kept, in time.
    pub live: i64,
    /// Of these, files of acts that are not settled: their time has not begun.
    pub waiting: i64,
    /// Raw files whose time was up, ever.
    pub due: i64,
    /// Raw files that were deleted, ever.
    pub deleted: i64,
    /// Raw files that should be gone and are not; must be zero.
    pub overdue: i64,
    /// When the last one was deleted, microseconds since the epoch.
    pub last_us: Option<i64>,
}

/// What is on the disk beside what should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Scan {
    /// Files looked at.
    pub files: u64,
    /// Of these, files that no proof needs, and that are too old to be on their way; must be zero.
    pub orphans: u64,
    /// Files that a proof needs and that are not there; must be zero.
    pub missing: u64,
}

impl From<books::Kept> for Retention {
    fn from(kept: books::Kept) -> Self {
        Retention {
            live: kept.live - kept.overdue,
            waiting: kept.waiting,
            due: kept.due,
            deleted: kept.deleted,
            overdue: kept.overdue,
            last_us: kept.last_us,
        }
    }
}

impl Scan {
    /// Adds what was found elsewhere.
    fn and(self, other: Scan) -> Scan {
        Scan {
            files: self.files + other.files,
            orphans: self.orphans + other.orphans,
            missing: self.missing + other.missing,
        }
    }
}

/// The consent without which raw files of a kind are not kept.
const fn kind_of(consent: Consent) -> Option<Kind> {
    match consent {
        Consent::Location => Some(Kind::Track),
        Consent::Steps => Some(Kind::Steps),
        Consent::Photos => Some(Kind::Photo),
        Consent::Programme | Consent::PartnerEvents | Consent::DeviceReadings | Consent::Delegation => None,
    }
}

impl App {
    /// Deletes the raw files whose time is up, and files that no proof needs; says how many of each. Doing it again
    /// changes nothing.
    pub async fn delete_due(&self) -> Result<(u64, u64), Error> {
        let now_us = self.now_us();
        let mut gone = 0;
        loop {
            let due = async move |db: &mut Db| books::due(db, now_us, AT_ONCE).await;
            let due = self.0.store.read(due).await?;
            if due.is_empty() {
                break;
            }
            gone += due.len() as u64;
            for one in due {
                self.delete_raw(one, now_us).await?;
            }
        }
        let swept = self.scan(true).await?;
        Ok((gone, swept.orphans))
    }

    /// Deletes the raw file of a proof, unless another one needs the very same file, and marks the proof.
    async fn delete_raw(&self, due: Due, now_us: i64) -> Result<(), Error> {
        let asked = due.clone();
        let needed = async move |db: &mut Db| books::needed(db, &asked, now_us).await;
        if !due.blob.is_empty()
            && !self.0.store.read(needed).await?
            && let Ok(name) = due.blob.parse()
        {
            self.heavy(move |app| app.0.blobs.delete(&name))
                .await?
                .map_err(Error::outside)?;
        }
        let bucket = bucket_of(due.participant.number());
        let mark = async move |db: &mut Db| books::deleted(db, &due, now_us).await;
        Ok(self.0.store.write(bucket, mark).await?)
    }

    /// Looks at every file among the blobs. Those that nothing needs are deleted if that is asked, and counted.
    async fn scan(&self, delete: bool) -> Result<Scan, Error> {
        let now_us = self.now_us();
        let mut all = Scan::default();
        for outer in 0..=u8::MAX {
            // names first: a file that comes in afterwards is younger than any orphan
            let names = async move |db: &mut Db| books::live_names(db, outer).await;
            let mut wanted: HashSet<String> = self.0.store.read(names).await?.into_iter().collect();
            let found = self
                .heavy(move |app| -> Result<Scan, Error> {
                    let mut found = Scan::default();
                    for file in app.0.blobs.files(outer).map_err(Error::outside)? {
                        found.files += 1;
                        let known = file.name.as_ref().is_some_and(|name| wanted.remove(name.as_str()));
                        if !known && file.modified_us < now_us - FRESH_US {
                            found.orphans += 1;
                            if delete {
                                app.0.blobs.remove(&file).map_err(Error::outside)?;
                            }
                        }
                    }
                    found.missing = wanted.len() as u64;
                    Ok(found)
                })
                .await??;
            all = all.and(found);
        }
        Ok(all)
    }

    /// What became of raw files in the whole of the books, and what is on the disk; nothing is changed.
    pub async fn check_retention(&self) -> Result<(Retention, Scan), Error> {
        let counts = self.kept_counts(None).await?;
        Ok((counts, self.scan(false).await?))
    }

    /// What became of the raw files of a programme.
    pub async fn retention(&self, caller: &Caller, programme: &Programme) -> Result<Retention, Error> {
        caller.may(Deed::ReadConsole, programme.id, None)?;
        self.kept_counts(Some(programme.id)).await
    }

    async fn kept_counts(&self, programme: Option<ProgrammeId>) -> Result<Retention, Error> {
        let now_us = self.now_us();
        let at_us = (now_us, now_us - GRACE_US);
        let count = async move |db: &mut Db| books::kept_counts(db, programme, at_us).await;
        Ok(self.0.store.read(count).await?.into())
    }

    /// The job that is asked for when a consent is withdrawn, if raw files were kept under it: kind and number of what
    /// it is about.
    pub(crate) fn wipe_job(consent: Consent) -> Option<(&'static str, usize)> {
        let kind = kind_of(consent)?;
        let about = Kind::ALL.iter().position(|one| *one == kind)?;
        Some(("wipe-raw", about))
    }

    /// Deletes what was kept of somebody who withdrew the consent for it: the job behind the withdrawal. What still
    /// waits is settled first, without credit; credits that were made stay, with the summary they were made on.
    pub(crate) async fn wipe_raw(&self, participant: ParticipantId, about: i64) -> Result<(), Error> {
        let kind = usize::try_from(about).ok().and_then(|about| Kind::ALL.get(about));
        let Some(kind) = kind.copied() else {
            return Err(Error::outside(format!("no kind of proof has the number {about}")));
        };
        let consent = domain::activity::Channel::of(kind).consent();
        let now_us = self.now_us();
        let again = async move |db: &mut Db| store::participant::get(db, participant).await;
        let standing = self.0.store.read(again).await?;
        if standing.is_none_or(|standing| standing.consents.has(consent)) {
            return Ok(()); // it was given again meanwhile
        }
        self.judge_waiting(participant).await?;
        self.0
            .store
            .write(bucket_of(participant.number()), async move |db: &mut Db| {
                for (id, from) in books::asked_with(db, participant, kind).await? {
                    let Some(from) = State::from_number(from) else { continue };
                    if submissions::step(db, participant, id, (from, State::Decided), None).await? {
                        let nothing = (None, Some("consent.missing"), false);
                        submissions::settle(db, participant, id, nothing, now_us).await?;
                    }
                }
                Ok(())
            })
            .await?;
        let kept = async move |db: &mut Db| books::kept(db, participant, kind).await;
        for one in self.0.store.read(kept).await? {
            self.delete_raw(one, now_us).await?;
        }
        Ok(())
    }
}
