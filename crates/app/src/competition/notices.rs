//! News in the product itself: a colleague passed you, results are final, a prize was won.

use std::sync::Arc;

use domain::measure::{Id, ParticipantId, bucket_of};
use domain::programme::{Deed, Programme};
use serde::{Deserialize, Serialize};
use store::notice::{self as books, Notice, Wanted};
use store::{Db, StoreError};

use super::board::Board;
use super::view::Eyes;
use crate::{App, Caller, Error, Refused};

/// What news there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum News {
    /// Somebody passed the participant on a board.
    Passed {
        /// On which.
        #[schema(value_type = String)]
        competition: Id,
        /// Who, if it is named.
        name: Option<String>,
        /// The participant's rank after it.
        rank: u64,
    },
    /// Results are final.
    Closed {
        /// Of which competition.
        #[schema(value_type = String)]
        competition: Id,
        /// The participant's rank.
        rank: Option<u64>,
    },
    /// The participant won a prize.
    Won {
        /// In which competition.
        #[schema(value_type = String)]
        competition: Id,
        /// Its place among the prizes.
        prize: i64,
    },
    /// A prize was taken back.
    TakenBack {
        /// In which competition.
        #[schema(value_type = String)]
        competition: Id,
        /// Its place among the prizes.
        prize: i64,
        /// Why.
        reason: String,
    },
    /// The participant was disqualified.
    Disqualified {
        /// In which competition.
        #[schema(value_type = String)]
        competition: Id,
        /// Why.
        reason: String,
    },
    /// A competition was called off.
    Cancelled {
        /// Which.
        #[schema(value_type = String)]
        competition: Id,
        /// Why.
        reason: String,
    },
}

impl News {
    /// Its kind, by which one may not want it. What is about rights and prizes is always told.
    pub const fn kind(&self) -> &'static str {
        match self {
            News::Passed { .. } => "passed",
            News::Closed { .. } => "closed",
            News::Won { .. } => "won",
            News::TakenBack { .. } => "taken_back",
            News::Disqualified { .. } => "disqualified",
            News::Cancelled { .. } => "cancelled",
        }
    }
}

/// Kinds that one may do without.
pub const NEWS_TO_CHOOSE: [&str; 2] = ["passed", "closed"];

/// What a participant was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NoticeView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: Id,
    /// What.
    #[serde(flatten)]
    pub news: News,
    /// When it happened, in microseconds since the epoch.
    pub made_us: i64,
    /// Whether it was read.
    pub read: bool,
}

/// Which news a participant wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewsWanted {
    /// Kinds that are not wanted, of [`NEWS_TO_CHOOSE`].
    pub off: Vec<String>,
    /// From which hour of the civil clock (0 to 23) nobody is told that somebody passed, and until which; equal hours
    /// mean that there are no quiet hours.
    #[schema(value_type = [i64; 2])]
    pub quiet: (i64, i64),
}

const HOUR_US: i64 = 3_600_000_000;

/// Whether an hour lies in quiet hours.
const fn quiet(hour: i64, (from, to): (i64, i64)) -> bool {
    if from <= to {
        from <= hour && hour < to
    } else {
        hour >= from || hour < to
    }
}

/// Tells a participant something, in the transaction of the fact.
pub(super) async fn tell(
    db: &mut Db,
    who: ParticipantId,
    (id, now_us): (i64, i64),
    news: &News,
) -> Result<(), StoreError> {
    let notice = Notice {
        id,
        kind: news.kind().to_owned(),
        body: serde_json::to_string(news).map_err(|e| StoreError::Engine(format!("news: {e}")))?,
        made_us: now_us,
        read_us: None,
    };
    books::notify(db, who, &notice).await
}

impl App {
    /// Tells those who were passed, unless they do not want to know, and at most once an hour and competition.
    pub(super) async fn tell_passed(
        &self,
        board: &Arc<Board>,
        passed: &[(ParticipantId, Vec<ParticipantId>)],
    ) -> Result<(), Error> {
        if passed.is_empty() {
            return Ok(());
        }
        let stored = self.stored(board.competition).await?;
        let programme = Arc::clone(self.catalogue().programme_by_id(stored.programme)?);
        let now_us = self.now_us();
        let hour: i64 = programme
            .zone
            .clock_time(now_us)
            .get(11..13)
            .and_then(|h| h.parse().ok())
            .unwrap_or(0);
        let movers: Vec<ParticipantId> = passed.iter().map(|(who, _)| *who).collect();
        let names = self.names(board, Eyes::OPEN, &movers).await?;
        let competition = Id::new(board.competition);
        let mut writes = Vec::new();
        for (mover, behind) in passed {
            let name = names.get(mover).and_then(|name| name.alias.clone());
            for who in behind.iter().copied() {
                let news = News::Passed {
                    competition,
                    name: name.clone(),
                    rank: board.rank(who).unwrap_or(0),
                };
                let id = self.next_id();
                let write = async move |db: &mut Db| {
                    let Some(wanted) = books::wanted(db, who).await? else {
                        return Ok(());
                    };
                    if wanted.off.iter().any(|kind| kind == "passed") || quiet(hour, wanted.quiet) {
                        return Ok(());
                    }
                    if books::told_since(db, who, "passed", now_us - HOUR_US).await? {
                        return Ok(());
                    }
                    tell(db, who, (id, now_us), &news).await
                };
                writes.push(self.0.store.write(bucket_of(who.number()), write));
            }
        }
        // all of them wait for one commit, not each for its own
        let told = futures_util::future::join_all(writes).await;
        told.into_iter().collect::<Result<(), _>>().map_err(Error::from)
    }

    /// What a participant was told, newest first.
    pub async fn notices(
        &self,
        caller: &Caller,
        programme: &Programme,
        who: ParticipantId,
        limit: u32,
    ) -> Result<Vec<NoticeView>, Error> {
        caller.may(Deed::Compete, programme.id, Some(who))?;
        let look = async move |db: &mut Db| books::notices(db, who, limit.min(200)).await;
        let found = self.0.store.read(look).await?;
        let view = |notice: Notice| {
            Some(NoticeView {
                id: Id::new(notice.id),
                // of a later version, after going back to this one
                news: serde_json::from_str(&notice.body).ok()?,
                made_us: notice.made_us,
                read: notice.read_us.is_some(),
            })
        };
        Ok(found.into_iter().filter_map(view).collect())
    }

    /// Whether a participant was told anything that it has not read.
    pub async fn has_news(&self, caller: &Caller, programme: &Programme, who: ParticipantId) -> Result<bool, Error> {
        caller.may(Deed::Compete, programme.id, Some(who))?;
        let look = async move |db: &mut Db| books::unread(db, who).await;
        Ok(self.0.store.read(look).await?)
    }

    /// Notes that everything until `last` was read.
    pub async fn read_notices(
        &self,
        caller: &Caller,
        programme: &Programme,
        who: ParticipantId,
        last: Id,
    ) -> Result<(), Error> {
        caller.may(Deed::Compete, programme.id, Some(who))?;
        let now_us = self.now_us();
        let read = async move |db: &mut Db| books::read_notices(db, who, last.number(), now_us).await;
        Ok(self.0.store.write(bucket_of(who.number()), read).await?)
    }

    /// Which news a participant wants.
    pub async fn news_wanted(
        &self,
        caller: &Caller,
        programme: &Programme,
        who: ParticipantId,
    ) -> Result<NewsWanted, Error> {
        caller.may(Deed::Compete, programme.id, Some(who))?;
        let found = self
            .0
            .store
            .read(async move |db: &mut Db| books::wanted(db, who).await)
            .await?;
        let found = found.ok_or(Refused::NotFound("participant"))?;
        Ok(NewsWanted {
            off: found.off,
            quiet: found.quiet,
        })
    }

    /// Changes which news a participant wants.
    pub async fn want_news(
        &self,
        caller: &Caller,
        programme: &Programme,
        who: ParticipantId,
        wanted: NewsWanted,
    ) -> Result<(), Error> {
        caller.may(Deed::Compete, programme.id, Some(who))?;
        if let Some(odd) = wanted.off.iter().find(|kind| !NEWS_TO_CHOOSE.contains(&kind.as_str())) {
            return Err(Refused::invalid("off", format!("{odd} is always told")).into());
        }
        let hours = 0..24;
        if !hours.contains(&wanted.quiet.0) || !hours.contains(&wanted.quiet.1) {
            return Err(Refused::invalid("quiet", "hours go from 0 to 23").into());
        }
        let after = Wanted {
            off: wanted.off,
            quiet: wanted.quiet,
        };
        let set = async move |db: &mut Db| books::set_wanted(db, who, &after).await;
        Ok(self.0.store.write(bucket_of(who.number()), set).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::quiet;

    #[test]
    fn quiet_hours_may_span_midnight() {
        for (hour, expected) in [(21, false), (22, true), (23, true), (0, true), (7, true), (8, false)] {
            assert_eq!(quiet(hour, (22, 8)), expected, "{hour}");
        }
        assert!(quiet(13, (12, 14)) && !quiet(14, (12, 14)));
        assert!((0..24).all(|hour| !quiet(hour, (5, 5))));
    }
}
