//! What staff did: noted in the transaction of the deed, read by those who watch.

use domain::measure::ProgrammeId;
use domain::programme::{Deed, Programme};
use store::audit::{self as books, Filter};
use store::{Db, StoreError};

use crate::{App, Caller, Error, Who};

/// How many rows a page of the log looks at before it says where to go on.
const SCAN: u32 = 2_000;

/// A deed that is about to be noted.
#[derive(Debug, Clone)]
pub(crate) struct Note(books::Deed);

impl Note {
    /// Writes the note; call it in the transaction of the deed, once the deed is done.
    pub(crate) async fn write(&self, db: &mut Db) -> Result<(), StoreError> {
        books::insert(db, &self.0).await
    }

    /// About what only the transaction knows.
    pub(crate) fn about(&self, about: String) -> Self {
        Note(books::Deed {
            about,
            ..self.0.clone()
        })
    }

    /// One of several notes of a deed, each with a number of its own.
    pub(crate) fn numbered(&self, id: i64) -> Self {
        Note(books::Deed { id, ..self.0.clone() })
    }

    /// With a detail that only the transaction knows.
    pub(crate) fn with_detail(&self, detail: impl Into<String>) -> Self {
        let detail = short(detail.into());
        Note(books::Deed {
            detail,
            ..self.0.clone()
        })
    }
}

/// A deed of staff, as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditView {
    /// Its number.
    pub id: i64,
    /// When, microseconds since the epoch.
    pub at_us: i64,
    /// The account name.
    pub who: String,
    /// A stable name, e.g. `reversal.agree`.
    pub deed: String,
    /// What it is about: a kind and its ids, separated by spaces.
    pub about: String,
    /// Why, or what changed.
    pub detail: String,
}

/// A page of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// Newest first.
    pub deeds: Vec<AuditView>,
    /// Where to go on, if there is more to look at.
    pub next: Option<i64>,
}

/// What narrows the audit log down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// The beginning of the deed's name; empty narrows nothing.
    pub deed: String,
    /// A part of the account name; empty narrows nothing.
    pub who: String,
    /// What the deeds are about, whole, e.g. `reward 0A..`; empty narrows nothing.
    pub about: String,
    /// Only deeds before this number.
    pub before: Option<i64>,
}

impl App {
    /// A note of a deed by this caller: its stable name, the kind and ids of what it is about, and why. The caller's
    /// right must have been asked.
    pub(crate) fn note(
        &self,
        caller: &Caller,
        programme: ProgrammeId,
        deed: &'static str,
        about: impl Into<String>,
        detail: impl Into<String>,
    ) -> Note {
        let (login, who) = match &caller.who {
            Who::Person { login, account, .. } => (*login, account.clone()),
            Who::Partner { name, .. } => (0, format!("partner {name}")),
            Who::Console => (0, "console".to_owned()),
            Who::Anonymous => (0, String::new()),
        };
        Note(books::Deed {
            id: self.next_id(),
            programme,
            at_us: self.now_us(),
            login,
            who,
            deed: deed.to_owned(),
            about: about.into(),
            detail: short(detail.into()),
        })
    }

    /// A page of what staff did in a programme, newest first, at most `limit` rows.
    pub async fn audit(
        &self,
        caller: &Caller,
        programme: &Programme,
        filter: AuditFilter,
        limit: u32,
    ) -> Result<AuditPage, Error> {
        caller.may(Deed::ReadAudit, programme.id, None)?;
        let (id, limit) = (programme.id, limit.clamp(1, 1_000));
        let filter = Filter {
            deed: filter.deed,
            who: filter.who,
            about: filter.about,
            before: filter.before,
        };
        let (deeds, next) = self
            .0
            .store
            .read(async move |db: &mut Db| books::list(db, id, &filter, SCAN, limit).await)
            .await?;
        let deeds = deeds.into_iter().map(|deed| AuditView {
            id: deed.id,
            at_us: deed.at_us,
            who: deed.who,
            deed: deed.deed,
            about: deed.about,
            detail: deed.detail,
        });
        Ok(AuditPage {
            deeds: deeds.collect(),
            next,
        })
    }
}

/// At most 500 characters: the log says what happened, the rest stands where it happened.
fn short(detail: String) -> String {
    match detail.char_indices().nth(500) {
        Some((at, _)) => format!("{}…", &detail[..at]),
        None => detail,
    }
}
