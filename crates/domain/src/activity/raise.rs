//! Raising: a second source tells of an act that was credited before, and the evidence becomes the best there is.
//!
//! Invariant: the first record and its raise together never earn more than the act would have at the best grade.

use super::History;
use crate::evidence::{Source, agree, independent};
use crate::measure::{Carbon, Day, Points};
use crate::methodology::Working;
use crate::programme::Programme;

/// A credited record that another source may confirm.
#[derive(Debug, Clone)]
pub struct First {
    /// Its working at grade E4, before ceilings.
    pub working: Working,
    /// The civil day on which it counts.
    pub day: Day,
    /// When it began and ended.
    pub interval_us: (i64, i64),
    /// On whose word it came in.
    pub source: Source,
    /// What was credited for it.
    pub credited: Carbon,
    /// What that earned.
    pub points: Points,
}

/// What the other source says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Second {
    /// When it began and ended.
    pub interval_us: (i64, i64),
    /// On whose word.
    pub source: Source,
    /// The reduction before weight and ceilings by what it says.
    pub gross: Carbon,
}

impl First {
    /// Whether the other source confirms this record: it is independent, tells of the same time, and of an amount that
    /// differs by at most a fifth.
    pub fn is_confirmed_by(&self, second: &Second) -> bool {
        let gross = self.working.gross.mg();
        self.working.methodology.accepts(self.working.grade)
            && independent(self.source, second.source)
            && agree(self.interval_us, second.interval_us)
            && i128::from(second.gross.mg().abs_diff(gross)) * 5 <= i128::from(gross)
    }
}

/// What the best grade adds to a record: reduction and points, either may be zero. It is added to the history, which
/// must know the counts of the record's periods.
///
/// The amount is that of the first record's inputs, less what was credited, within what ceilings leave; a raise is no
/// further act. `None` if a number is out of range, or the history cannot tell.
pub fn raise(first: &First, programme: &Programme, history: &mut History) -> Option<(Carbon, Points)> {
    let methodology = &first.working.methodology;
    if history.lacks_counts(methodology, first.day) {
        return None;
    }
    let mut more = first.working.weighted.mg().saturating_sub(first.credited.mg()).max(0);
    for cap in &methodology.caps {
        if let Some(limit) = cap.mass {
            let (_, mg) = history.counted(&methodology.id, cap.per, first.day);
            more = more.min(limit.mg().saturating_sub(mg).max(0));
        }
    }
    let whole = Carbon::from_mg(first.credited.mg().checked_add(more)?);
    let points = programme.earned(whole, first.day)?.milli() - first.points.milli();
    history.raise(methodology, first.day, Carbon::from_mg(more));
    Some((Carbon::from_mg(more), Points::from_milli(points.max(0))))
}
