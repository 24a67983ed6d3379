//! Competitions: windows of civil days, scores, standings, days that become final, and prizes.
//!
//! ```text
//! reading ─ take ─> day's value ─ score ─> standings (live)        draft → open → frozen → closed
//!                       └─ cut-off: the day is final ─ close ─> podium, awards
//! ```
//!
//! Invariant: everything here is a function of terms and totals, so that a close can be replayed to the same podium.

mod close;
mod day;
mod draw;
mod league;
pub mod standings;
mod template;

pub use close::{
    Award, Changes, DayLine, Line, Place, Podium, Status, TeamLine, TeamPlace, Won, award_changes, baseline, champion,
    close, score,
};
pub use day::{DayError, DayState, HourCurve, Measured, Taken, Told, best, civil_day, day_signs, raise};
pub use draw::{Lots, digest, promise};
pub use league::{Group, Member, Moves, Round, TIERS, divide, moves};
pub use template::Template;

use serde::{Deserialize, Serialize};

use crate::measure::{Day, RewardId, Text};

/// What is counted. The unit of a score follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Steps of a day, as a source counts them.
    Steps,
    /// Metres of credited acts.
    Distance,
    /// Milligrams of credited reduction.
    Carbon,
    /// Credited acts.
    Acts,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Metric; 4] = [Metric::Steps, Metric::Distance, Metric::Carbon, Metric::Acts];

    /// Its name in requests and in the books.
    pub const fn name(self) -> &'static str {
        match self {
            Metric::Steps => "steps",
            Metric::Distance => "distance",
            Metric::Carbon => "carbon",
            Metric::Acts => "acts",
        }
    }

    /// The metric of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }
}

/// How a score is shown. Everybody's days are the days of the window, so both rank alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scoring {
    /// The mean over the days of the window that have begun; a day without a value counts zero.
    Average,
    /// The sum.
    Total,
}

/// Scores against one's own past, so that whoever walks little can win by walking more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handicap {
    /// The days before the window whose mean is the baseline; 1 to 92.
    pub days: u32,
    /// The least that a baseline counts as, in the metric's unit a day; above zero. It is the baseline of whoever has
    /// none.
    pub floor: i64,
}

/// Teams: the mean over members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamRule {
    /// A team with fewer members is shown but not ranked.
    pub min_members: u32,
    /// The most members of a team; prizes for teams are escrowed for as many.
    pub max_members: u32,
    /// The last civil day on which one may join, change or leave a team. Later the members are fixed: whoever leaves
    /// the competition counts on with what was reached by then, so that no mean rises by sending somebody away.
    pub fixed_after: Day,
}

/// Leagues: groups of about equal strength, sorted anew every seven days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeagueRule {
    /// Members of a league, about; 4 to 100.
    pub size: u32,
    /// How many go up, and how many down, after seven days; less than half of `size`.
    pub moving: u32,
}

/// Who gets a prize.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum To {
    /// Those on these ranks, each.
    Rank {
        /// The first rank, from 1.
        first: u32,
        /// The last rank.
        last: u32,
    },
    /// The members of the teams on these ranks, each.
    Team {
        /// The first rank, from 1.
        first: u32,
        /// The last rank.
        last: u32,
    },
    /// So many drawn by lot from all with at least this score.
    Draw {
        /// How many win.
        winners: u32,
        /// The score that a lot takes.
        at_least: i64,
    },
    /// All with at least this score, as far as the pieces go: by rank.
    Threshold {
        /// The score.
        at_least: i64,
        /// How many pieces there are.
        pieces: u32,
    },
}

/// What a prize is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// Points, from the programme's prize budget.
    Points {
        /// Thousandths of a point, above zero.
        milli: i64,
    },
    /// A piece of a reward of the store, handed over as a voucher.
    Reward {
        /// Which.
        reward: RewardId,
    },
    /// Leave, told to the employer.
    Leave {
        /// Half days, above zero.
        half_days: u32,
    },
    /// Goods that somebody hands out.
    Goods,
}

/// A prize, as declared before anybody competes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prize {
    /// Who gets it.
    #[serde(flatten)]
    pub to: To,
    /// What it is.
    #[serde(flatten)]
    pub what: What,
    /// What it is called.
    pub title: Text,
}

/// What everybody agrees to by joining. Fixed once the competition is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The first civil day, in the programme's zone.
    pub first: Day,
    /// The last civil day.
    pub last: Day,
    /// What is counted.
    pub metric: Metric,
    /// The behaviours whose acts count, for every metric but steps; none means all.
    #[serde(default)]
    pub behaviours: Vec<String>,
    /// How a score is shown.
    pub scoring: Scoring,
    /// The most that a day counts, in the metric's unit.
    pub day_ceiling: Option<i64>,
    /// Scores against one's own past.
    pub handicap: Option<Handicap>,
    /// Teams.
    pub teams: Option<TeamRule>,
    /// Leagues.
    pub leagues: Option<LeagueRule>,
    /// Until when a day's value may still rise: minutes of the civil clock after the day's end; 720 is noon of the
    /// next day. 0 to 10080.
    pub cut_off_min: u32,
    /// Days after the last cut-off that are kept for a look at the results; 0 to 60.
    pub audit_days: u32,
    /// The prizes.
    pub prizes: Vec<Prize>,
}

/// How far a competition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It is being written; nobody else sees it.
    Draft,
    /// It can be joined; prizes are in escrow; days come and become final.
    Open,
    /// Every day is final; results are being looked at.
    Frozen,
    /// Results are final; prizes are given.
    Closed,
    /// It was called off; prizes went back.
    Cancelled,
}

impl Stage {
    /// As it is stored.
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// From the stored number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Stage::Draft),
            1 => Some(Stage::Open),
            2 => Some(Stage::Frozen),
            3 => Some(Stage::Closed),
            4 => Some(Stage::Cancelled),
            _ => None,
        }
    }
}

/// Why terms cannot stand: the field, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct TermsError {
    /// The field, e.g. `prizes[2].last`.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

/// The longest window, in days.
pub const MOST_DAYS: i32 = 400;
const MOST_PRIZES: usize = 30;
const MOST_PIECES: u32 = 1_000_000;

fn wrong(field: impl Into<String>, problem: impl Into<String>) -> TermsError {
    TermsError {
        field: field.into(),
        problem: problem.into(),
    }
}

impl Terms {
    /// Days of the window.
    pub fn days(&self) -> i64 {
        i64::from(self.last.epoch_days()) - i64::from(self.first.epoch_days()) + 1
    }

    /// Whether a civil day lies in the window.
    pub fn covers(&self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    /// What of a day's value counts.
    pub fn counted(&self, value: i64) -> i64 {
        self.day_ceiling.map_or(value, |ceiling| value.min(ceiling)).max(0)
    }

    /// Whether these terms can stand.
    pub fn check(&self) -> Result<(), TermsError> {
        if self.last < self.first {
            return Err(wrong("last", "it lies before the first day"));
        }
        if self.days() > i64::from(MOST_DAYS) {
            return Err(wrong("last", format!("the window is longer than {MOST_DAYS} days")));
        }
        if self.metric == Metric::Steps && !self.behaviours.is_empty() {
            return Err(wrong("behaviours", "steps are not counted by behaviour"));
        }
        if self.day_ceiling.is_some_and(|ceiling| ceiling <= 0) {
            return Err(wrong("day_ceiling", "it is not above zero"));
        }
        if let Some(handicap) = &self.handicap {
            if !(1..=92).contains(&handicap.days) {
                return Err(wrong("handicap.days", "it is not from 1 to 92"));
            }
            if handicap.floor <= 0 {
                return Err(wrong("handicap.floor", "it is not above zero"));
            }
        }
        if let Some(teams) = &self.teams {
            if teams.min_members == 0 {
                return Err(wrong("teams.min_members", "a team has at least one member"));
            }
            if teams.max_members < teams.min_members || teams.max_members > 100_000 {
                return Err(wrong("teams.max_members", "it is not from min_members to 100000"));
            }
            if teams.fixed_after < self.first.plus(-1) || teams.fixed_after > self.last {
                return Err(wrong("teams.fixed_after", "it lies outside the window"));
            }
        }
        if let Some(leagues) = &self.leagues {
            if !(4..=100).contains(&leagues.size) {
                return Err(wrong("leagues.size", "it is not from 4 to 100"));
            }
            if leagues.moving == 0 || leagues.moving * 2 >= leagues.size {
                return Err(wrong("leagues.moving", "it is not from 1 to less than half a league"));
            }
        }
        if self.cut_off_min > 10_080 {
            return Err(wrong("cut_off_min", "it is more than a week"));
        }
        if self.audit_days > 60 {
            return Err(wrong("audit_days", "it is more than 60 days"));
        }
        if self.prizes.len() > MOST_PRIZES {
            return Err(wrong("prizes", format!("there are more than {MOST_PRIZES}")));
        }
        for (number, prize) in self.prizes.iter().enumerate() {
            self.check_prize(prize)
                .map_err(|error| wrong(format!("prizes[{number}].{}", error.field), error.problem))?;
        }
        Ok(())
    }

    fn check_prize(&self, prize: &Prize) -> Result<(), TermsError> {
        if prize.title.zh.trim().is_empty() || prize.title.en.trim().is_empty() {
            return Err(wrong("title", "it is empty in a language"));
        }
        match prize.to {
            To::Rank { first, last } | To::Team { first, last } if first == 0 || last < first => {
                return Err(wrong("last", "ranks go from 1 upwards"));
            }
            To::Team { .. } if self.teams.is_none() => return Err(wrong("by", "there are no teams")),
            To::Draw { winners: 0, .. } | To::Threshold { pieces: 0, .. } => {
                return Err(wrong("pieces", "there is not one"));
            }
            To::Draw { at_least, .. } | To::Threshold { at_least, .. } if at_least <= 0 => {
                return Err(wrong("at_least", "it is not above zero"));
            }
            _ => {}
        }
        match prize.what {
            What::Points { milli } if milli <= 0 => return Err(wrong("milli", "it is not above zero")),
            What::Leave { half_days: 0 } => return Err(wrong("half_days", "it is not above zero")),
            _ => {}
        }
        match self.pieces(prize) {
            Some(pieces) if pieces <= MOST_PIECES => Ok(()),
            _ => Err(wrong("pieces", format!("there are more than {MOST_PIECES}"))),
        }
    }

    /// The most pieces of a prize that can be won: what is escrowed. `None` beyond the range.
    pub fn pieces(&self, prize: &Prize) -> Option<u32> {
        match prize.to {
            To::Rank { first, last } => last.checked_sub(first)?.checked_add(1),
            To::Team { first, last } => {
                let members = self.teams.as_ref().map_or(0, |teams| teams.max_members);
                last.checked_sub(first)?.checked_add(1)?.checked_mul(members)
            }
            To::Draw { winners, .. } => Some(winners),
            To::Threshold { pieces, .. } => Some(pieces),
        }
    }
}
