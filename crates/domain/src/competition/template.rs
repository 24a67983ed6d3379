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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Policy;
    use crate::methodology::{Methodology, catalogue};

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn every_template_stands_on_any_day_and_has_a_name_of_its_own() {
        for template in Template::ALL {
            assert_eq!(Template::named(template.name()), Some(template));
            assert!(!template.title().zh.is_empty() && !template.title().en.is_empty());
            for number in 0..1500 {
                let first = day("2026-01-01").plus(number);
                let terms = template.terms(first);
                assert_eq!(terms.check(), Ok(()), "{template:?} {first}");
                assert_eq!(terms.first, first);
                assert!(!terms.prizes.is_empty());
            }
        }
        assert_eq!(Template::named("fly-and-win"), None);
    }

    #[test]
    fn a_month_runs_to_its_end_and_a_week_has_seven_days() {
        for (first, last) in [
            ("2026-11-01", "2026-11-30"),
            ("2026-12-15", "2026-12-31"),
            ("2026-10-31", "2026-10-31"),
            ("2027-02-01", "2027-02-28"),
            ("2028-02-01", "2028-02-29"),
            ("2028-02-29", "2028-02-29"),
        ] {
            assert_eq!(Template::WalkAndWin.terms(day(first)).last, day(last));
            assert_eq!(Template::MetroMonth.terms(day(first)).last, day(last));
        }
        assert_eq!(Template::CarFreeWeek.terms(day("2028-02-26")).last, day("2028-03-03"));
    }

    #[test]
    fn walk_and_win_gives_leave_to_three_and_goods_to_a_team() {
        let terms = Template::WalkAndWin.terms(day("2026-11-01"));
        let pieces: Vec<_> = terms.prizes.iter().map(|prize| terms.pieces(prize)).collect();
        assert_eq!(pieces, [Some(3), Some(6)]);
        assert_eq!(terms.counted(98_800), i64::from(Policy::shipped().limits.steps_ask));
    }

    #[test]
    fn what_counts_is_a_behaviour_that_is_known_and_has_a_distance_where_metres_count() {
        let known: Vec<_> = catalogue::FILES
            .iter()
            .map(|(_, text)| Methodology::parse(text).unwrap())
            .collect();
        for template in Template::ALL {
            let terms = template.terms(day("2026-11-01"));
            for behaviour in &terms.behaviours {
                let ways: Vec<_> = known.iter().filter(|one| one.behaviour == *behaviour).collect();
                assert!(!ways.is_empty(), "{behaviour}");
                let distance = ways
                    .iter()
                    .any(|one| one.inputs.iter().any(|input| input.name == "distance"));
                assert!(terms.metric != Metric::Distance || distance, "{behaviour}");
            }
        }
    }

    #[test]
    fn the_metro_draw_can_be_reached_in_any_month() {
        for number in 0..62 {
            let terms = Template::MetroMonth.terms(day("2026-11-01").plus(number));
            let To::Draw { at_least, .. } = terms.prizes[0].to else {
                panic!("{:?}", terms.prizes)
            };
            let most = terms.day_ceiling.unwrap() * terms.days();
            assert!((1..=most).contains(&at_least), "{at_least} of {most}");
        }
    }
}
