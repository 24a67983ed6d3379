//! Credited acts as scores: what of the journal counts for a day. Boards follow the journal; no credit waits for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::competition::{Metric, Stage, Status};
use domain::measure::{Day, Id, ParticipantId, bucket_of};
use domain::programme::Programme;
use store::Db;
use store::competition::{self as books, CountedAct, Stored, Tallied};

use super::readings::sum;
use crate::evidence::moved;
use crate::{App, Error};

/// How far before the last look the journal is looked at again.
const OVERLAP_US: i64 = 5_000_000;

/// What counts of a day: in time, and with what came in after the cut-off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    value: i64,
    reached_us: i64,
    with_late: i64,
    late_us: i64,
}

impl App {
    /// Takes into the tallies of every competition that counts acts what the journal has got since the last look.
    pub(super) async fn follow_acts(&self) -> Result<(), Error> {
        for programme in self.catalogue().programmes() {
            for stored in self.running(programme.id).await?.iter() {
                if stored.terms.metric != Metric::Steps && matches!(stored.stage, Stage::Open | Stage::Frozen) {
                    self.follow_journal(programme, stored).await?;
                }
            }
        }
        Ok(())
    }

    async fn follow_journal(&self, programme: &Arc<Programme>, stored: &Stored) -> Result<(), Error> {
        let board = self.board(stored).await?;
        let begin_us = programme.zone.start_of(stored.terms.first);
        let since_us = board.journal_us().map_or(begin_us, |seen| seen - OVERLAP_US);
        let (competition, now_us) = (stored.id, self.now_us());
        let look = async move |db: &mut Db| books::acted_since(db, competition, since_us).await;
        for (who, at_us) in self.0.store.read(look).await? {
            self.count_acts(programme, stored, who).await?;
            board.saw_journal(at_us);
        }
        board.saw_journal(begin_us.max(now_us - OVERLAP_US));
        Ok(())
    }

    /// Counts a participant's acts of the window anew.
    pub(super) async fn count_acts(
        &self,
        programme: &Arc<Programme>,
        stored: &Stored,
        who: ParticipantId,
    ) -> Result<(), Error> {
        let (here, stored, app) = (Arc::clone(programme), stored.clone(), self.clone());
        let changed_us = self.changed_us();
        let id = Id::new(stored.id);
        let count = async move |db: &mut Db| {
            // results that are final stay as they are, whatever another process knew when it asked
            let fresh = books::get(db, stored.id).await?;
            let Some(fresh) = fresh.filter(|one| matches!(one.stage, Stage::Open | Stage::Frozen)) else {
                return Ok(());
            };
            let Some(entrant) = books::entrant_alone(db, stored.id, who).await? else {
                return Ok(());
            };
            if entrant.status != Status::In {
                return Ok(());
            }
            let acts = books::counted_acts(db, who, stored.terms.first, stored.terms.last).await?;
            let mut days: BTreeMap<Day, Sum> = BTreeMap::new();
            for act in &acts {
                let Some(worth) = app.worth(&stored, act) else {
                    continue;
                };
                let day = days.entry(act.day).or_default();
                day.with_late += worth;
                if act.at_us < stored.terms.cut_off_us(&here.zone, act.day) {
                    day.value += worth;
                    day.reached_us = day.reached_us.max(act.at_us);
                } else {
                    day.late_us = day.late_us.max(act.at_us);
                }
            }
            let before = books::tallies(db, stored.id, who).await?;
            // a credit that was taken back leaves its day
            for gone in before.iter().filter(|one| !days.contains_key(&one.day)) {
                let after = Tallied {
                    value: 0,
                    ..gone.clone()
                };
                if after != *gone {
                    books::set_tally(db, stored.id, who, &after).await?;
                }
            }
            for (day, sum) in days {
                let there = before.iter().find(|one| one.day == day);
                let counted = stored.terms.counted(sum.value);
                let late = (sum.with_late > sum.value).then(|| stored.terms.counted(sum.with_late));
                let unchanged = there.is_some_and(|there| there.value == counted);
                let after = Tallied {
                    day,
                    value: counted,
                    reached_us: there
                        .filter(|_| unchanged)
                        .map_or(sum.reached_us, |there| there.reached_us),
                    late,
                    late_us: late.map(|_| sum.late_us),
                    signs: there.map_or_else(String::new, |there| there.signs.clone()),
                    checked_by: there.and_then(|there| there.checked_by),
                    voided: there.and_then(|there| there.voided.clone()),
                };
                if there != Some(&after) {
                    books::set_tally(db, stored.id, who, &after).await?;
                }
            }
            let tallies = books::tallies(db, stored.id, who).await?;
            let after = sum(&stored.terms, entrant.clone(), &tallies);
            if after != entrant {
                books::set_entrant(db, &after, changed_us).await?;
                if fresh.stage == Stage::Frozen {
                    // a close that comes in between is decided anew
                    books::update(db, &fresh).await?;
                }
            }
            Ok(())
        };
        self.0.store.write(bucket_of(who.number()), count).await?;
        self.wake_board(id);
        Ok(())
    }

    /// What an act counts in a competition; nothing, if it is none of its behaviours.
    fn worth(&self, stored: &Stored, act: &CountedAct) -> Option<i64> {
        let catalogue = self.catalogue();
        let methodology = &catalogue.version(act.methodology)?.methodology;
        let behaviours = &stored.terms.behaviours;
        if !behaviours.is_empty() && !behaviours.contains(&methodology.behaviour) {
            return None;
        }
        match stored.terms.metric {
            Metric::Steps => None,
            Metric::Carbon => Some(act.mg),
            // what a second source adds is no act of its own
            Metric::Acts => Some(i64::from(act.first)),
            Metric::Distance if !act.first => None,
            Metric::Distance => {
                let inputs = methodology.stored_inputs(&act.inputs).ok()?;
                let (distance_m, _) = moved(methodology, &inputs, &self.policy(stored.programme).policy);
                distance_m.map(i64::from)
            }
        }
    }
}
