//! What a participant sees of its own acts: statement, what waits, days, the photo that was sent.

use domain::evidence::Kind;
use domain::measure::{Carbon, Day, EntryId, ParticipantId};
use domain::methodology::Category;
use domain::programme::{Deed, Programme};
use store::Db;
use store::activity::{self as books, Code, Wanted};
use store::evidence;

use super::{RecordView, Standing, StatementPage};
use crate::{App, Caller, Error, Refused};

/// Which lines of a statement are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// Everything.
    #[default]
    All,
    /// Acts that were credited, taken back or not, and what took them back.
    Credited,
    /// Acts that were refused.
    Refused,
    /// What happened to points for orders.
    Orders,
}

impl Which {
    fn codes(self) -> Vec<Code> {
        match self {
            Which::All => Vec::new(),
            Which::Credited => vec![Code::Credited, Code::Raised, Code::Reversal],
            Which::Refused => vec![Code::Refused],
            Which::Orders => vec![Code::Held, Code::Spent, Code::Released],
        }
    }
}

/// What was credited on civil days and not taken back: day, reduction, number of acts; oldest first, empty days left
/// out.
pub type Days = Vec<(Day, Carbon, i64)>;

impl App {
    /// A page of a participant's journal, newest first.
    pub async fn statement(
        &self,
        caller: &Caller,
        programme: &Programme,
        participant: ParticipantId,
        before: Option<EntryId>,
        limit: u32,
    ) -> Result<StatementPage, Error> {
        self.statement_of(caller, programme, participant, (Which::All, None), before, limit)
            .await
    }

    /// The same, only of some kind and, for acts, of one category.
    pub async fn statement_of(
        &self,
        caller: &Caller,
        programme: &Programme,
        participant: ParticipantId,
        (which, category): (Which, Option<Category>),
        before: Option<EntryId>,
        limit: u32,
    ) -> Result<StatementPage, Error> {
        self.readable(caller, programme, participant).await?;
        let limit = limit.clamp(1, 200);
        let catalogue = self.catalogue();
        let wanted = Wanted {
            codes: which.codes(),
            methodologies: category.map(|category| {
                let versions = catalogue.published();
                let of_category = versions.filter(|version| version.methodology.category == category);
                of_category.map(|version| version.number).collect()
            }),
        };
        let (mut entries, reversed) = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let entries = books::entries_wanted(db, participant, &wanted, before, limit + 1).await?;
                let reversed = store::ledger::reversed_among(db, participant, &entries).await?;
                Ok((entries, reversed))
            })
            .await?;
        let more = entries.len() > limit as usize;
        entries.truncate(limit as usize);
        let next = more.then(|| entries.last().map(|entry| entry.id)).flatten();
        let records = entries.iter().map(|entry| {
            let mut view = RecordView::of_entry(&catalogue, entry, None, None)?;
            // what raised a record goes with it
            let raises = entry.about.filter(|_| entry.code == Code::Raised).map(EntryId::new);
            if reversed.contains(&entry.id) || raises.is_some_and(|record| reversed.contains(&record)) {
                view.state = Standing::Reversed;
            }
            Ok(view)
        });
        Ok(StatementPage {
            entries: records.collect::<Result<_, Refused>>()?,
            next,
        })
    }

    /// A participant's acts that still wait to be decided on.
    pub async fn waiting(
        &self,
        caller: &Caller,
        programme: &Programme,
        participant: ParticipantId,
    ) -> Result<Vec<RecordView>, Error> {
        self.readable(caller, programme, participant).await?;
        let waiting = self
            .0
            .store
            .read(async move |db: &mut Db| evidence::waiting(db, participant).await)
            .await?;
        let catalogue = self.catalogue();
        let views = waiting
            .iter()
            .map(|submission| RecordView::of_submission(&catalogue, submission));
        Ok(views.collect::<Result<_, _>>()?)
    }

    /// What a participant was credited on each civil day since `from`.
    pub async fn days(
        &self,
        caller: &Caller,
        programme: &Programme,
        participant: ParticipantId,
        from: Day,
    ) -> Result<Days, Error> {
        self.readable(caller, programme, participant).await?;
        Ok(self
            .0
            .store
            .read(async move |db: &mut Db| books::days(db, participant, from).await)
            .await?)
    }

    /// The photo of a submission, a JPEG without metadata.
    pub async fn evidence(
        &self,
        caller: &Caller,
        programme: &Programme,
        participant: ParticipantId,
        submission: EntryId,
    ) -> Result<Vec<u8>, Error> {
        caller.may(Deed::ReadEvidence, programme.id, Some(participant))?;
        self.readable(caller, programme, participant).await?;
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| evidence::proofs(db, participant, submission).await)
            .await?;
        let photo = found.into_iter().find(|proof| proof.kind == Kind::Photo);
        let name = photo.ok_or(Refused::NotFound("photo"))?.blob;
        let name = name.parse().map_err(Error::outside)?;
        let blobs = self.0.blobs.clone();
        let read = tokio::task::spawn_blocking(move || blobs.get(&name)).await;
        match read.map_err(Error::outside)? {
            Ok(bytes) => Ok(bytes),
            Err(outside::blobs::BlobError::Missing(_)) => Err(Refused::NotFound("photo").into()),
            Err(error) => Err(Error::outside(error)),
        }
    }
}
