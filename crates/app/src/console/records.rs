//! Records: the whole programme's, newest first; one with everything about it.

use domain::activity::Channel;
use domain::measure::{Day, EntryId, Lang, ParticipantId};
use domain::methodology::Explained;
use domain::programme::{Deed, Programme};
use store::console::{self as books};
use store::{Db, activity, ledger};

pub use store::console::{Cursor as RecordCursor, Stand};

use super::asker;
use crate::activity::recomputed;
use crate::{App, Caller, Error, RecordView, Refused, Standing as State};

/// How many entries of the journal a page looks at before it says where to go on.
const SCAN: u32 = 5_000;

/// A clock of a partner may run ahead of ours, and an act be booked before it happened.
const AHEAD_US: i64 = 86_400_000_000;

/// Which records are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// Only of this behaviour; empty narrows nothing.
    pub behaviour: String,
    /// Only in this state.
    pub stand: Option<Stand>,
    /// Only of this evidence grade: 0 to 4.
    pub grade: Option<i64>,
    /// Only of this participant.
    pub participant: Option<ParticipantId>,
    /// Only acts of this civil day or later.
    pub from: Option<Day>,
    /// Only acts of this civil day or earlier.
    pub to: Option<Day>,
    /// After this one.
    pub after: Option<RecordCursor>,
}

/// A page of records.
#[derive(Debug, Clone)]
pub struct RecordsPage {
    /// Newest first; perhaps fewer than asked for, or none, and more to look at.
    pub records: Vec<RecordView>,
    /// Where to go on, if there is more to look at.
    pub next: Option<RecordCursor>,
}

/// A reversal that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReversalState {
    /// Why.
    pub why: String,
    /// Who asked.
    pub asker: String,
    /// Whether the caller asked.
    pub own: bool,
    /// Whether somebody declined.
    pub declined: bool,
    /// The reversing entry, once somebody agreed.
    pub reversing: Option<EntryId>,
}

/// A record with everything that staff may see of it.
#[derive(Debug, Clone)]
pub struct RecordDetail {
    /// The record.
    pub record: RecordView,
    /// How it came to its number.
    pub working: Explained,
    /// How it came in.
    pub channel: Channel,
    /// The partner that reported it.
    pub partner: Option<String>,
    /// Whether a photo proves it.
    pub photo: bool,
    /// The reversal, if one was asked for.
    pub reversal: Option<ReversalState>,
    /// The appeal that waits, in the participant's words.
    pub appeal: Option<String>,
    /// Whether the caller is the participant, and may not decide.
    pub own: bool,
}

impl App {
    /// A page of the acts of a programme, newest first, at most `limit`.
    pub async fn records(
        &self,
        caller: &Caller,
        programme: &Programme,
        filter: RecordFilter,
        limit: u32,
    ) -> Result<RecordsPage, Error> {
        caller.may(Deed::ReadParticipant, programme.id, None)?;
        let (id, limit, catalogue) = (programme.id, limit.clamp(1, 1_000), self.catalogue());
        let mut methodologies = Vec::new();
        if !filter.behaviour.is_empty() {
            let versions = catalogue
                .published()
                .filter(|v| v.methodology.behaviour == filter.behaviour);
            methodologies.extend(versions.map(|version| version.number));
            if methodologies.is_empty() {
                return Ok(RecordsPage {
                    records: Vec::new(),
                    next: None,
                });
            }
        }
        let since_us = filter.from.map_or(0, |day| programme.zone.start_of(day) - AHEAD_US);
        let wanted = books::RecordFilter {
            methodologies,
            stand: filter.stand,
            grade: filter.grade,
            participant: filter.participant,
            from: filter.from,
            to: filter.to,
            since_us,
            after: filter.after,
        };
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| books::records(db, id, &wanted, SCAN, limit).await)
            .await?;
        let records = found.records.iter().map(|listed| {
            let mut view = RecordView::of_entry(&catalogue, &listed.entry, None, None)?;
            if listed.reversed {
                view.state = State::Reversed;
            } else if listed.appealed {
                view.state = State::Appealed;
            }
            Ok(view)
        });
        Ok(RecordsPage {
            records: records.collect::<Result<_, Refused>>()?,
            next: found.next,
        })
    }

    /// A record with everything that staff may see of it.
    pub async fn record_detail(
        &self,
        caller: &Caller,
        programme: &Programme,
        (participant, id): (ParticipantId, EntryId),
        lang: Lang,
    ) -> Result<RecordDetail, Error> {
        self.readable(caller, programme, participant).await?;
        let ((entry, sent), appeal, reversal, account, partner) = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let entry = activity::entry(db, participant, id).await?;
                let sent = store::evidence::submission_of(db, participant, id).await?;
                let appeal = activity::appeal(db, participant, id).await?;
                let reversal = ledger::reversal(db, participant, id).await?;
                let account = match &reversal {
                    Some(reversal) => store::access::account(db, reversal.asked_by).await?,
                    None => None,
                };
                let partner = entry
                    .as_ref()
                    .and_then(|entry| entry.act.as_ref())
                    .map(|act| act.partner);
                let partner = match partner {
                    Some(number) if number > 0 => {
                        store::partner::get(db, domain::measure::PartnerId::new(number)).await?
                    }
                    _ => None,
                };
                Ok(((entry, sent), appeal, reversal, account, partner))
            })
            .await?;
        let entry = entry.ok_or(Refused::NotFound("record"))?;
        let act = entry.act.as_ref().ok_or(Refused::NotFound("record"))?;
        let catalogue = self.catalogue();
        let me = caller.person();
        let open_appeal = appeal.as_ref().filter(|appeal| appeal.upheld.is_none());
        Ok(RecordDetail {
            working: recomputed(&catalogue, act)?.explain(lang),
            channel: act.channel,
            partner: partner.map(|partner| partner.name),
            photo: act.photo.is_some(),
            appeal: open_appeal.map(|appeal| appeal.words.clone()),
            reversal: reversal.as_ref().map(|reversal| ReversalState {
                why: reversal.why.clone(),
                asker: asker(account, reversal.asked_by),
                own: reversal.asked_by == me,
                declined: reversal.declined_by.is_some(),
                reversing: reversal.reversing,
            }),
            record: RecordView {
                submission: sent,
                ..RecordView::of_entry(&catalogue, &entry, appeal, reversal)?
            },
            own: caller.participants().contains(&(programme.id, participant)),
        })
    }
}
