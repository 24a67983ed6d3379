//! Activity: acts come in by API, bulk feed, photo or file; are quantified, decided, explained.
//!
//! Reading and quantifying an act needs no books and runs on the caller's thread; only what is left, the decision,
//! waits in the lane of its participant.
// long because: every verb of the word

mod mine;
pub(crate) mod record;
mod report;

use std::collections::HashMap;
use std::sync::Arc;

use domain::activity::{Channel, Verdict};
use domain::evidence::Outcome;
use domain::measure::{Carbon, EntryId, Lang, ParticipantId, Period, ProgrammeId, bucket_of};
use domain::methodology::Explained;
use domain::programme::{Deed, Programme};
use serde::Serialize;
use store::activity::{self as books, Code, Entry, Post, Posted};
use store::evidence;
use store::{Db, participant};

pub use mine::{Days, Which};
pub(crate) use record::recomputed;
pub use record::{ActView, RaisedView, RecordView, Standing, StatementPage};
pub use report::{Inputs, Mode, Report, Said};

use crate::evidence::{figures, named, odd};
use crate::{App, Caller, Error, Refused, Who};
pub(crate) use report::{Origin, prepare};

/// What became of an act that was reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Receipt {
    /// Whose act it is.
    #[schema(value_type = String)]
    pub participant: ParticipantId,
    /// The record; none if nothing was kept.
    #[schema(value_type = Option<String>)]
    pub record: Option<EntryId>,
    /// The number under which its state can be asked, if a person has to look at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub submission: Option<EntryId>,
    /// `credited`, `raised` (it is a record that was credited before, told by a second source), `refused` or
    /// `in_review`.
    #[schema(value_type = String)]
    pub state: &'static str,
    /// The record that it confirms, if it was raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub about: Option<EntryId>,
    /// What was credited, in mg CO2e; of a raise, what it adds.
    pub credited_mg: i64,
    /// What it earned, in thousandths of a point.
    pub points_milli: i64,
    /// Why it was refused: a stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What makes the reason concrete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Whether this is the answer to an earlier report of the same event: nothing changed.
    pub repeated: bool,
}

impl Receipt {
    fn of_entry(entry: &Entry) -> Self {
        let (reason, detail) = record::reason(entry);
        Receipt {
            participant: entry.participant,
            record: Some(entry.id),
            submission: None,
            state: match entry.code {
                Code::Credited => "credited",
                Code::Raised => "raised",
                _ => "refused",
            },
            about: entry.about.map(EntryId::new),
            credited_mg: entry.mg.mg(),
            points_milli: entry.points.milli(),
            reason,
            detail,
            repeated: true,
        }
    }

    /// An act that a person has to look at.
    pub(crate) fn in_review(participant: ParticipantId, submission: EntryId) -> Self {
        Receipt {
            participant,
            record: None,
            submission: Some(submission),
            state: "in_review",
            about: None,
            credited_mg: 0,
            points_milli: 0,
            reason: None,
            detail: None,
            repeated: false,
        }
    }

    pub(crate) fn of_posted(participant: ParticipantId, posted: Posted) -> Result<Self, Refused> {
        match posted {
            Posted::Decided {
                entry,
                verdict: Verdict::Credited { credited, points, .. },
            } => Ok(Receipt {
                participant,
                record: entry,
                submission: None,
                state: "credited",
                about: None,
                credited_mg: credited.mg(),
                points_milli: points.milli(),
                reason: None,
                detail: None,
                repeated: false,
            }),
            Posted::Decided {
                entry: entry @ Some(_),
                verdict: Verdict::Refused(why),
            } => Ok(Receipt {
                participant,
                record: entry,
                submission: None,
                state: "refused",
                about: None,
                credited_mg: 0,
                points_milli: 0,
                reason: Some(why.code().to_owned()),
                detail: Some(why.detail()).filter(|detail| !detail.is_empty()),
                repeated: false,
            }),
            Posted::Decided {
                entry: None,
                verdict: Verdict::Refused(why),
            } => Err(why.into()),
            Posted::Raised {
                entry,
                record,
                credited,
                points,
            } => Ok(Receipt {
                participant,
                record: Some(entry),
                submission: None,
                state: "raised",
                about: Some(record),
                credited_mg: credited.mg(),
                points_milli: points.milli(),
                reason: None,
                detail: None,
                repeated: false,
            }),
            Posted::Again(entry) => Ok(Receipt::of_entry(&entry)),
            Posted::KeyReused(_) => Err(Refused::KeyReused),
            Posted::UnknownParticipant => Err(Refused::NotFound("participant")),
        }
    }
}

impl App {
    /// How what somebody sends with proof comes in.
    pub(crate) fn origin_of(&self, caller: &Caller, channel: Channel) -> Result<Origin, Refused> {
        Ok(Origin {
            channel,
            ..self.origin(caller, Mode::Event)?
        })
    }

    /// How a caller's reports come in: a partner vouches for its events, a person declares.
    fn origin(&self, caller: &Caller, mode: Mode) -> Result<Origin, Refused> {
        let (partner, channel) = match (&caller.who, mode) {
            (Who::Partner { id, .. }, Mode::Event) => (id.number(), Channel::Partner),
            (Who::Partner { id, .. }, Mode::Reading) => (id.number(), Channel::Device),
            (Who::Person { .. }, _) => (0, Channel::Declaration),
            // files that an operator brings in count as readings of devices, under a name of their own
            (Who::Console, Mode::Reading) => (-1, Channel::Device),
            (Who::Console, Mode::Event) => (-1, Channel::Partner),
            (Who::Anonymous, _) => return Err(Refused::SignIn),
        };
        Ok(Origin {
            partner,
            channel,
            photo: None,
            now_us: self.now_us(),
            grade: None,
            refused_for: None,
        })
    }

    /// Reports one act.
    pub async fn submit(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        mode: Mode,
        report: Report<'_>,
    ) -> Result<Receipt, Error> {
        let mut receipts = self.submit_many(caller, programme, mode, vec![Ok(report)]).await?;
        match receipts.pop() {
            Some(Ok(receipt)) => Ok(receipt),
            Some(Err(refused)) => Err(refused.into()),
            None => Err(Refused::NotFound("report").into()),
        }
    }

    /// Reports many acts; the answers are in the order of the reports, each for itself. What could not be read comes
    /// in as its error and goes out as it.
    pub async fn submit_many(
        &self,
        caller: &Caller,
        programme: &Arc<Programme>,
        mode: Mode,
        reports: Vec<Result<Report<'_>, Refused>>,
    ) -> Result<Vec<Result<Receipt, Refused>>, Error> {
        let origin = self.origin(caller, mode)?;
        let catalogue = self.catalogue();
        let people: Vec<_> = reports
            .iter()
            .map(|report| match report {
                Ok(report) => {
                    let by_id = report.participant.as_ref().and_then(|id| id.parse().ok());
                    (by_id, report.reference.as_deref())
                }
                Err(_) => (None, None),
            })
            .collect();
        let participants = self.resolve(programme.id, &people).await?;
        let own = caller.participant_in(programme.id);
        let mut answers: Vec<Result<Receipt, Refused>> = Vec::with_capacity(reports.len());
        let mut posts: Vec<Post> = Vec::with_capacity(reports.len());
        let policy = self.policy(programme.id).policy;
        let mut held = Vec::new();
        let mut positions: Vec<usize> = Vec::with_capacity(reports.len());
        let events: Vec<_> = reports.iter().map(|r| Some(r.as_ref().ok()?.event.clone())).collect();
        for (position, (report, participant)) in reports.into_iter().zip(participants).enumerate() {
            let prepared = report.and_then(|report| {
                let participant = participant.or(if report.names_nobody() { own } else { None });
                let participant = participant.ok_or(Refused::NotFound("participant"))?;
                caller.may(Deed::SubmitActivity, programme.id, Some(participant))?;
                let post = prepare(&catalogue, programme, &origin, participant, &report)?;
                Ok((post, report))
            });
            match prepared {
                Ok((mut post, report)) => {
                    match odd(&post, &policy) {
                        Some(Outcome::Ask(_)) => {
                            held.push((position, post, report));
                            answers.push(Err(Refused::NotFound("answer"))); // replaced below
                            continue;
                        }
                        Some(Outcome::Refuse(code)) => post.act.refused_for = named(&code),
                        Some(Outcome::Credit(_)) | None => {}
                    }
                    posts.push(post);
                    positions.push(position);
                    answers.push(Err(Refused::NotFound("answer"))); // replaced below
                }
                Err(refused) => answers.push(Err(refused)),
            }
        }
        let participants: Vec<ParticipantId> = posts.iter().map(|post| post.act.participant).collect();
        let posted = if posts.is_empty() {
            Vec::new()
        } else {
            self.0.store.post(posts).await?
        };
        for ((position, participant), posted) in positions.into_iter().zip(participants).zip(posted) {
            answers[position] = Receipt::of_posted(participant, posted);
        }
        for (position, post, report) in held {
            answers[position] = match self.hold(post, &report).await {
                Ok(receipt) => Ok(receipt),
                Err(Error::Refused(refused)) => Err(refused),
                Err(broken) => return Err(broken),
            };
        }
        self.count_feed(caller, &events, &answers);
        Ok(answers)
    }

    /// The participants that are named, by id or by the partner's own, those named by reference looked up together.
    pub(crate) async fn resolve(
        &self,
        programme: ProgrammeId,
        named: &[(Option<ParticipantId>, Option<&str>)],
    ) -> Result<Vec<Option<ParticipantId>>, Error> {
        let mut found: Vec<Option<ParticipantId>> = Vec::with_capacity(named.len());
        let mut unknown: HashMap<String, Vec<usize>> = HashMap::new();
        {
            let known = self
                .0
                .references
                .read()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            for (i, (by_id, name)) in named.iter().enumerate() {
                // nobody is called by a zero byte, and PostgreSQL cannot be asked for one
                let name = name.filter(|name| !name.contains('\0'));
                let by_reference = name.map(|name| (programme, name.to_owned()));
                let cached = by_reference.as_ref().and_then(|name| known.get(name)).copied();
                if by_id.is_none()
                    && cached.is_none()
                    && let Some((_, name)) = by_reference
                {
                    unknown.entry(name).or_default().push(i);
                }
                found.push(by_id.or(cached));
            }
        }
        if unknown.is_empty() {
            return Ok(found);
        }
        let names: Vec<String> = unknown.keys().cloned().collect();
        let looked_up = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let mut looked_up = Vec::with_capacity(names.len());
                for name in names {
                    let id = participant::by_reference(db, programme, &name).await?;
                    looked_up.push((name, id));
                }
                Ok(looked_up)
            })
            .await?;
        let mut known = self
            .0
            .references
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if known.len() > MOST_REFERENCES {
            known.clear();
        }
        for (name, id) in looked_up {
            let Some(id) = id else { continue };
            for i in unknown.remove(&name).unwrap_or_default() {
                found[i] = Some(id);
            }
            known.insert((programme, name), id);
        }
        Ok(found)
    }

    /// A record, or an act that still waits, as shown.
    pub async fn record(
        &self,
        caller: &Caller,
        programme: &Programme,
        participant: ParticipantId,
        id: EntryId,
    ) -> Result<RecordView, Error> {
        self.readable(caller, programme, participant).await?;
        let (submission, entry, appeal, reversal, raise, evidence) = self
            .0
            .store
            .read(async move |db: &mut Db| {
                let asked = evidence::submission(db, participant, id).await?;
                let submission = match (&asked, evidence::submission_of(db, participant, id).await?) {
                    (None, Some(sent)) => evidence::submission(db, participant, sent).await?,
                    _ => asked.clone(),
                };
                let id = asked.and_then(|submission| submission.entry).unwrap_or(id);
                let entry = books::entry(db, participant, id).await?;
                let appeal = books::appeal(db, participant, id).await?;
                let reversal = store::ledger::reversal(db, participant, id).await?;
                let raise = match &entry {
                    Some(entry) if entry.code == Code::Credited => books::raise_of(db, participant, id).await?,
                    _ => None,
                };
                let evidence = match &submission {
                    Some(sent) => Some((
                        evidence::decisions(db, participant, sent.id).await?,
                        evidence::proofs(db, participant, sent.id).await?,
                        evidence::asked_words(db, participant, sent.id).await?,
                    )),
                    None => None,
                };
                Ok((submission, entry, appeal, reversal, raise, evidence))
            })
            .await?;
        let catalogue = self.catalogue();
        let view = match (entry, submission) {
            (Some(entry), sent) => RecordView {
                submission: sent.map(|sent| sent.id),
                ..RecordView::of_entry(&catalogue, &entry, appeal, reversal)?.with_raise(&catalogue, &entry, raise)?
            },
            (None, Some(submission)) => RecordView::of_submission(&catalogue, &submission)?,
            (None, None) => return Err(Refused::NotFound("record").into()),
        };
        Ok(match evidence {
            Some((decisions, proofs, asked)) => view.with_evidence(&decisions, &proofs, asked),
            None => view,
        })
    }

    /// How a record came to its number, written out.
    pub async fn working(
        &self,
        caller: &Caller,
        programme: &Programme,
        participant: ParticipantId,
        id: EntryId,
        lang: Lang,
    ) -> Result<(RecordView, Explained), Error> {
        let record = self.record(caller, programme, participant, id).await?;
        let Some(entry) = record.record else {
            return Err(Refused::NotFound("working").into());
        };
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| books::entry(db, participant, entry).await)
            .await?;
        let act = found.and_then(|entry| entry.act).ok_or(Refused::NotFound("working"))?;
        // a record that was raised is worked out at its new grade
        let grade = record.act.as_ref().map_or(act.grade, |act| act.grade);
        let working = record::recomputed(&self.catalogue(), &store::activity::ActRow { grade, ..act })?;
        Ok((record, working.explain(lang)))
    }

    /// Asks for a refused record to be looked at again.
    pub async fn appeal(
        &self,
        caller: &Caller,
        programme: &Programme,
        participant: ParticipantId,
        record: EntryId,
        words: &str,
    ) -> Result<(), Error> {
        caller.may(Deed::Appeal, programme.id, Some(participant))?;
        let words = words.trim().to_owned();
        Refused::unless_plain("words", &words, 2000)?;
        self.readable(caller, programme, participant).await?;
        let now_us = self.now_us();
        let (scope, month) = (programme.id, Period::Month.number(programme.zone.day_of(now_us)));
        self.0
            .store
            .write(bucket_of(participant.number()), async move |db: &mut Db| {
                let entry = books::entry(db, participant, record).await?;
                if entry.is_none_or(|entry| entry.code != Code::Refused) {
                    return Ok(Err(Refused::NotFound("refused record")));
                }
                let added = books::insert_appeal(db, participant, record, &words, now_us).await?;
                if added {
                    evidence::count(db, scope, month, figures::APPEAL, Carbon::ZERO).await?;
                }
                Ok(if added {
                    Ok(())
                } else {
                    Err(Refused::Settled("an appeal was made before"))
                })
            })
            .await??;
        Ok(())
    }

    /// Decides an appeal with a reasoned answer; whoever reviewed the proof before leaves it to somebody else. Where it
    /// is upheld and the record came with proof, that is credited; else the act has to be reported anew.
    pub async fn decide_appeal(
        &self,
        caller: &Caller,
        programme: &Programme,
        (participant, record): (ParticipantId, EntryId),
        upheld: bool,
        answer: &str,
    ) -> Result<(), Error> {
        caller.may(Deed::DecideAppeal, programme.id, Some(participant))?;
        if caller.participants().contains(&(programme.id, participant)) {
            return Err(Refused::SecondPerson.into()); // nobody judges their own case
        }
        let answer = answer.trim().to_owned();
        Refused::unless_plain("answer", &answer, 2000)?;
        self.readable(caller, programme, participant).await?;
        let (person, now_us) = (caller.person(), self.now_us());
        let (scope, month) = (programme.id, Period::Month.number(programme.zone.day_of(now_us)));
        let deed = if upheld { "appeal.uphold" } else { "appeal.decline" };
        let about = crate::ledger::record_words(participant, record);
        let note = self.note(caller, programme.id, deed, about, &*answer);
        let proof = self.appealed(caller, programme, participant);
        let decided = self
            .0
            .store
            .write(bucket_of(participant.number()), async move |db: &mut Db| {
                let open = books::appeal(db, participant, record).await?;
                if open.is_none_or(|appeal| appeal.upheld.is_some()) {
                    return Ok(Ok(false));
                }
                if let Err(refused) = proof.write(db, record, (upheld, &answer)).await? {
                    return Ok(Err(refused));
                }
                let decided = books::decide_appeal(db, participant, record, (upheld, &answer), person, now_us).await?;
                if decided {
                    note.write(db).await?;
                    if upheld {
                        evidence::count(db, scope, month, figures::UPHELD, Carbon::ZERO).await?;
                    }
                }
                Ok(Ok(decided))
            })
            .await??;
        self.0.kept.recount(programme.id);
        self.0.jobs_wanted.notify_one();
        if decided {
            Ok(())
        } else {
            Err(Refused::Settled("there is no open appeal").into())
        }
    }
}

/// References kept in memory: 64 MB or so.
const MOST_REFERENCES: usize = 500_000;
