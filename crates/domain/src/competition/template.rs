//! Terms to begin from: a draft that stands as it is, and that its maker changes before it is opened.

use super::{Metric, Prize, Scoring, TeamRule, Terms, To, What};
use crate::measure::{Day, Month, Text};

/// A competition that is often held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Template {
    /// A month of steps, alone and in teams.
    WalkAndWin,
    /// A week of ways by bicycle.
    CarFreeWeek,
    /// A month of metro trips, with a draw.
    MetroMonth,
}

/// Noon of the next day.
const NOON_MIN: u32 = 720;

fn text(zh: &str, en: &str) -> Text {
    Text {
        zh: zh.to_owned(),
        en: en.to_owned(),
    }
}

impl Template {
    /// Every template.
    pub const ALL: [Template; 3] = [Template::WalkAndWin, Template::CarFreeWeek, Template::MetroMonth];

    /// Its name in requests.
    pub const fn name(self) -> &'static str {
        match self {
            Template::WalkAndWin => "walk-and-win",
            Template::CarFreeWeek => "car-free-week",
            Template::MetroMonth => "metro-month",
        }
    }

    /// The template of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.name() == name)
    }

    /// What a competition made from it is called at first.
    pub fn title(self) -> Text {
        match self {
            Template::WalkAndWin => text("健步赢假期", "Walk & Win"),
            Template::CarFreeWeek => text("无车周", "Car-free week"),
            Template::MetroMonth => text("地铁月", "Metro month"),
        }
    }

    /// Its terms. Templates of a month run from `first` to the end of its calendar month.
    pub fn terms(self, first: Day) -> Terms {
        let month_end = Month::of(first).plus(1).first().plus(-1);
        let plain = |last: Day, metric: Metric, scoring: Scoring| Terms {
            first,
            last,
            metric,
            behaviours: Vec::new(),
            scoring,
            day_ceiling: None,
            handicap: None,
            teams: None,
            leagues: None,
            cut_off_min: NOON_MIN,
            audit_days: 3,
            prizes: Vec::new(),
        };
        match self {
            Template::WalkAndWin => Terms {
                day_ceiling: Some(45_000), // from here on the shipped policy asks a person
                teams: Some(TeamRule {
                    min_members: 3,
                    max_members: 6,
                    fixed_after: first.plus(6).min(month_end),
                }),
                prizes: vec![
                    Prize {
                        to: To::Rank { first: 1, last: 3 },
                        what: What::Leave { half_days: 2 },
                        title: text("带薪假一天", "A day of paid leave"),
                    },
                    Prize {
                        to: To::Team { first: 1, last: 1 },
                        what: What::Goods,
                        title: text("冠军队纪念品", "Souvenirs for the winning team"),
                    },
                ],
                ..plain(month_end, Metric::Steps, Scoring::Average)
            },
            Template::CarFreeWeek => Terms {
                behaviours: vec!["cycling-for-driving".to_owned(), "shared-bike".to_owned()],
                prizes: vec![Prize {
                    to: To::Threshold {
                        at_least: 30_000, // metres
                        pieces: 100,
                    },
                    what: What::Goods,
                    title: text("骑行 30 公里礼包", "A gift for 30 km by bicycle"),
                }],
                ..plain(first.plus(6), Metric::Distance, Scoring::Total)
            },
            Template::MetroMonth => {
                let terms = plain(month_end, Metric::Acts, Scoring::Total);
                Terms {
                    behaviours: vec!["metro-trip".to_owned()],
                    day_ceiling: Some(4),
                    prizes: vec![Prize {
                        to: To::Draw {
                            winners: 20,
                            at_least: (terms.days() / 2).max(1), // a trip every other day
                        },
                        what: What::Goods,
                        title: text("地铁月票", "A month's metro ticket"),
                    }],
                    ..terms
                }
            }
        }
    }
}
