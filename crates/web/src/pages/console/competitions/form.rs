//! The terms of a competition as they are typed: read, and said back with what is wrong.

mod fields;

use app::{NewCompetition, Refused};
use domain::competition::{Handicap, LeagueRule, Metric, Prize, Scoring, TeamRule, Terms, To, What};
use domain::measure::{Day, Decimal, RewardId, Text};

use super::super::partners::Sent;

pub(super) use fields::Shelf;

/// Rows for prizes that a form has at most.
const MOST_ROWS: usize = 30;

/// A prize as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TypedPrize {
    by: String,
    first: String,
    last: String,
    at_least: String,
    pieces: String,
    kind: String,
    amount: String,
    reward: String,
    title_zh: String,
    title_en: String,
}

/// What the form holds, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Typed {
    title_zh: String,
    title_en: String,
    first: String,
    last: String,
    metric: String,
    behaviours: Vec<String>,
    scoring: String,
    day_ceiling: String,
    handicap_days: String,
    handicap_floor: String,
    teams_min: String,
    teams_max: String,
    teams_fixed: String,
    leagues_size: String,
    leagues_moving: String,
    cut_off_day: String,
    cut_off_time: String,
    audit_days: String,
    prizes: Vec<TypedPrize>,
}

/// Digits after the point of what is typed: kilometres and kilograms stand for metres and milligrams.
fn places(metric: Metric) -> u8 {
    match metric {
        Metric::Steps | Metric::Acts => 0,
        Metric::Distance => 3,
        Metric::Carbon => 6,
    }
}

fn in_unit(metric: Metric, value: i64) -> String {
    Decimal::new(value, places(metric)).to_string()
}

/// Which field is wrong.
fn wrong(field: impl Into<String>) -> Refused {
    Refused::Invalid {
        field: field.into(),
        what: String::new(),
    }
}

fn whole<T: std::str::FromStr>(text: &str, field: &str) -> Result<T, Refused> {
    text.trim().parse().map_err(|_| wrong(field))
}

/// A number with at most so many digits after the point, in units of the last of them.
fn exact(text: &str, places: u8, field: &str) -> Result<i64, Refused> {
    let number = Decimal::parse_grouped(text.trim())
        .ok()
        .and_then(|one| one.at_places(places));
    match number {
        Some((value, true)) => Ok(value),
        _ => Err(wrong(field)),
    }
}

fn day(text: &str, field: &str) -> Result<Day, Refused> {
    Day::parse(text.trim()).ok_or_else(|| wrong(field))
}

/// Minutes of `12:30`.
fn minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.trim().split_once(':')?;
    // a browser may send seconds
    let minutes = minutes.split(':').next()?;
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

impl TypedPrize {
    fn of(prize: &Prize, terms: &Terms) -> Self {
        let number = |number: u32| number.to_string();
        let score = |score: i64| match terms.handicap {
            Some(_) => Decimal::new(score, 1).to_string(),
            None => in_unit(terms.metric, score),
        };
        let mut typed = TypedPrize {
            title_zh: prize.title.zh.clone(),
            title_en: prize.title.en.clone(),
            ..TypedPrize::default()
        };
        match prize.to {
            To::Rank { first, last } | To::Team { first, last } => {
                let team = matches!(prize.to, To::Team { .. });
                (if team { "team" } else { "rank" }).clone_into(&mut typed.by);
                (typed.first, typed.last) = (number(first), number(last));
            }
            To::Draw { winners, at_least } => {
                "draw".clone_into(&mut typed.by);
                (typed.pieces, typed.at_least) = (number(winners), score(at_least));
            }
            To::Threshold { at_least, pieces } => {
                "threshold".clone_into(&mut typed.by);
                (typed.pieces, typed.at_least) = (number(pieces), score(at_least));
            }
        }
        match &prize.what {
            What::Points { milli } => {
                "points".clone_into(&mut typed.kind);
                typed.amount = Decimal::new(*milli, 3).to_string();
            }
            What::Reward { reward } => {
                "reward".clone_into(&mut typed.kind);
                typed.reward = reward.to_string();
            }
            What::Leave { half_days } => {
                "leave".clone_into(&mut typed.kind);
                typed.amount = Decimal::new(i64::from(*half_days) * 5, 1).to_string();
            }
            What::Goods => "goods".clone_into(&mut typed.kind),
        }
        typed
    }

    fn prize(&self, at: usize, metric: Metric, handicap: bool) -> Result<Prize, Refused> {
        let field = |name: &str| format!("prize_{at}_{name}");
        let score = || {
            let places = if handicap { 1 } else { places(metric) };
            exact(&self.at_least, places, &field("at_least"))
        };
        let ranks = || -> Result<(u32, u32), Refused> {
            let first = whole(&self.first, &field("first"))?;
            let last = match self.last.trim() {
                "" => first,
                last => whole(last, &field("last"))?,
            };
            Ok((first, last))
        };
        let to = match self.by.as_str() {
            "rank" => ranks().map(|(first, last)| To::Rank { first, last })?,
            "team" => ranks().map(|(first, last)| To::Team { first, last })?,
            "draw" => To::Draw {
                winners: whole(&self.pieces, &field("pieces"))?,
                at_least: score()?,
            },
            "threshold" => To::Threshold {
                pieces: whole(&self.pieces, &field("pieces"))?,
                at_least: score()?,
            },
            _ => return Err(wrong(field("by"))),
        };
        let what = match self.kind.as_str() {
            "points" => What::Points {
                milli: exact(&self.amount, 3, &field("amount"))?,
            },
            "reward" => What::Reward {
                reward: self.reward.parse::<RewardId>().map_err(|_| wrong(field("reward")))?,
            },
            "leave" => {
                // tenths of a day, of which a half is five
                let tenths = exact(&self.amount, 1, &field("amount"))?;
                let halves = u32::try_from(tenths).ok().filter(|tenths| tenths % 5 == 0);
                What::Leave {
                    half_days: halves.ok_or_else(|| wrong(field("amount")))? / 5,
                }
            }
            "goods" => What::Goods,
            _ => return Err(wrong(field("kind"))),
        };
        Ok(Prize {
            to,
            what,
            title: Text {
                zh: self.title_zh.trim().to_owned(),
                en: self.title_en.trim().to_owned(),
            },
        })
    }
}

impl Typed {
    /// What a competition says now.
    pub(super) fn of(title: &Text, terms: &Terms) -> Self {
        let number = |number: u32| number.to_string();
        let teams = terms.teams.as_ref();
        let leagues = terms.leagues.as_ref();
        let handicap = terms.handicap.as_ref();
        let (days, minutes) = (terms.cut_off_min / 1_440, terms.cut_off_min % 1_440);
        Typed {
            title_zh: title.zh.clone(),
            title_en: title.en.clone(),
            first: terms.first.to_string(),
            last: terms.last.to_string(),
            metric: terms.metric.name().to_owned(),
            behaviours: terms.behaviours.clone(),
            scoring: match terms.scoring {
                Scoring::Average => "average",
                Scoring::Total => "total",
            }
            .to_owned(),
            day_ceiling: terms
                .day_ceiling
                .map(|most| in_unit(terms.metric, most))
                .unwrap_or_default(),
            handicap_days: handicap.map(|one| number(one.days)).unwrap_or_default(),
            handicap_floor: handicap.map(|one| in_unit(terms.metric, one.floor)).unwrap_or_default(),
            teams_min: teams.map(|one| number(one.min_members)).unwrap_or_default(),
            teams_max: teams.map(|one| number(one.max_members)).unwrap_or_default(),
            teams_fixed: teams.map(|one| one.fixed_after.to_string()).unwrap_or_default(),
            leagues_size: leagues.map(|one| number(one.size)).unwrap_or_default(),
            leagues_moving: leagues.map(|one| number(one.moving)).unwrap_or_default(),
            cut_off_day: number(days + 1),
            cut_off_time: format!("{:02}:{:02}", minutes / 60, minutes % 60),
            audit_days: number(terms.audit_days),
            prizes: terms.prizes.iter().map(|prize| TypedPrize::of(prize, terms)).collect(),
        }
    }

    pub(super) fn sent(sent: &Sent) -> Self {
        let text = |name: &str| sent.get(name).to_owned();
        let rows: usize = sent.get("rows").parse().unwrap_or(0);
        let prize = |at: usize| {
            let text = |name: &str| sent.get(&format!("prize_{at}_{name}")).to_owned();
            TypedPrize {
                by: text("by"),
                first: text("first"),
                last: text("last"),
                at_least: text("at_least"),
                pieces: text("pieces"),
                kind: text("kind"),
                amount: text("amount"),
                reward: text("reward"),
                title_zh: text("title_zh"),
                title_en: text("title_en"),
            }
        };
        Typed {
            title_zh: text("title_zh"),
            title_en: text("title_en"),
            first: text("first"),
            last: text("last"),
            metric: text("metric"),
            behaviours: sent.all("behaviours").map(str::to_owned).collect(),
            scoring: text("scoring"),
            day_ceiling: text("day_ceiling"),
            handicap_days: text("handicap_days"),
            handicap_floor: text("handicap_floor"),
            teams_min: text("teams_min"),
            teams_max: text("teams_max"),
            teams_fixed: text("teams_fixed"),
            leagues_size: text("leagues_size"),
            leagues_moving: text("leagues_moving"),
            cut_off_day: text("cut_off_day"),
            cut_off_time: text("cut_off_time"),
            audit_days: text("audit_days"),
            prizes: (0..rows.min(MOST_ROWS)).map(prize).collect(),
        }
    }

    /// With one more row for a prize.
    pub(super) fn with_row(mut self) -> Self {
        if self.prizes.len() < MOST_ROWS {
            self.prizes.push(TypedPrize::default());
        }
        self
    }

    /// Rows that are filled in; one without winners is left out.
    fn filled(&self) -> impl Iterator<Item = (usize, &TypedPrize)> {
        self.prizes.iter().enumerate().filter(|(_, prize)| !prize.by.is_empty())
    }

    /// What was typed, as far as it can be read.
    pub(super) fn read(&self) -> Result<NewCompetition, Refused> {
        let metric = Metric::named(&self.metric).ok_or_else(|| wrong("metric"))?;
        let empty = |text: &str| text.trim().is_empty();
        let (first, last) = (day(&self.first, "first")?, day(&self.last, "last")?);
        let unit = |text: &str, field| exact(text, places(metric), field);
        let handicap = if empty(&self.handicap_days) && empty(&self.handicap_floor) {
            None
        } else {
            Some(Handicap {
                days: whole(&self.handicap_days, "handicap_days")?,
                floor: unit(&self.handicap_floor, "handicap_floor")?,
            })
        };
        let teams = if empty(&self.teams_min) && empty(&self.teams_max) {
            None
        } else {
            Some(TeamRule {
                min_members: whole(&self.teams_min, "teams_min")?,
                max_members: whole(&self.teams_max, "teams_max")?,
                fixed_after: day(&self.teams_fixed, "teams_fixed")?,
            })
        };
        let leagues = if empty(&self.leagues_size) && empty(&self.leagues_moving) {
            None
        } else {
            Some(LeagueRule {
                size: whole(&self.leagues_size, "leagues_size")?,
                moving: whole(&self.leagues_moving, "leagues_moving")?,
            })
        };
        let days: u32 = whole(&self.cut_off_day, "cut_off_day")?;
        let clock = minutes(&self.cut_off_time).ok_or_else(|| wrong("cut_off_time"))?;
        let after = days.checked_sub(1).and_then(|days| days.checked_mul(1_440));
        let prizes = self
            .filled()
            .map(|(at, prize)| prize.prize(at, metric, handicap.is_some()));
        Ok(NewCompetition {
            title: Text {
                zh: self.title_zh.trim().to_owned(),
                en: self.title_en.trim().to_owned(),
            },
            terms: Terms {
                first,
                last,
                metric,
                behaviours: if metric == Metric::Steps {
                    Vec::new()
                } else {
                    self.behaviours.clone()
                },
                scoring: match self.scoring.as_str() {
                    "average" => Scoring::Average,
                    "total" => Scoring::Total,
                    _ => return Err(wrong("scoring")),
                },
                day_ceiling: if empty(&self.day_ceiling) {
                    None
                } else {
                    Some(unit(&self.day_ceiling, "day_ceiling")?)
                },
                handicap,
                teams,
                leagues,
                cut_off_min: after.ok_or_else(|| wrong("cut_off_day"))?.saturating_add(clock),
                audit_days: whole(&self.audit_days, "audit_days")?,
                prizes: prizes.collect::<Result<_, _>>()?,
            },
        })
    }

    /// The field of the form that a refusal is about.
    pub(super) fn field_of(&self, refused: &Refused) -> Option<String> {
        let Refused::Invalid { field, .. } = refused else {
            return None;
        };
        let Some(field) = field.strip_prefix("terms/") else {
            return Some(field.replace("title/", "title_"));
        };
        if let Some(prize) = field.strip_prefix("prizes/") {
            let (place, name) = prize.split_once('/')?;
            // prizes are counted without the rows that were left out
            let (at, _) = self.filled().nth(place.parse().ok()?)?;
            let name = match name {
                "milli" | "half_days" => "amount",
                "title" | "title/zh" => "title_zh",
                "title/en" => "title_en",
                other => other,
            };
            return Some(format!("prize_{at}_{name}"));
        }
        let name = match field {
            "handicap/days" => "handicap_days",
            "handicap/floor" => "handicap_floor",
            "teams/min_members" => "teams_min",
            "teams/max_members" => "teams_max",
            "teams/fixed_after" => "teams_fixed",
            "leagues/size" => "leagues_size",
            "leagues/moving" => "leagues_moving",
            "cut_off_min" => "cut_off_day",
            behaviours if behaviours.starts_with("behaviours") => "behaviours",
            other => other,
        };
        Some(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::fields::error;
    use super::*;
    use crate::lang::Lang;
    use crate::show::Input;
    use domain::competition::Template;

    fn walk() -> (Text, Terms) {
        let template = Template::WalkAndWin;
        (template.title(), template.terms(Day::parse("2026-12-01").unwrap()))
    }

    #[test]
    fn what_is_shown_is_read_back_the_same() {
        for template in Template::ALL {
            let terms = Terms {
                handicap: Some(Handicap { days: 28, floor: 1_500 }),
                leagues: Some(LeagueRule { size: 30, moving: 5 }),
                cut_off_min: 2_910,
                ..template.terms(Day::parse("2026-12-01").unwrap())
            };
            let read = Typed::of(&template.title(), &terms).read().unwrap();
            assert_eq!(read.terms, terms);
            assert_eq!(read.title, template.title());
        }
        let (title, mut terms) = walk();
        terms.prizes[0].what = What::Points { milli: 12_500 };
        terms.prizes[1].what = What::Leave { half_days: 3 };
        assert_eq!(Typed::of(&title, &terms).read().unwrap().terms, terms);
    }

    #[test]
    fn a_fault_is_said_at_its_field_though_rows_were_left_out() {
        let (title, mut terms) = walk();
        terms.prizes[1].to = To::Rank { first: 5, last: 2 };
        let mut typed = Typed::of(&title, &terms);
        typed.prizes.insert(0, TypedPrize::default());
        let refused = Refused::from(typed.read().unwrap().terms.check().unwrap_err());
        assert_eq!(typed.field_of(&refused).unwrap(), "prize_2_last");
        typed.prizes[1].amount = "0.7".to_owned();
        let refused = typed.read().unwrap_err();
        assert_eq!(typed.field_of(&refused).unwrap(), "prize_1_amount");
        let last = Terms {
            last: Day::parse("2026-11-01").unwrap(),
            ..walk().1
        };
        assert_eq!(typed.field_of(&last.check().unwrap_err().into()).unwrap(), "last");
    }

    #[test]
    fn every_field_has_its_words_and_its_fault() {
        let (title, terms) = walk();
        let typed = Typed::of(&title, &terms);
        let shelf = Shelf {
            behaviours: &[],
            rewards: &[],
        };
        for lang in Lang::ALL {
            let groups = typed.groups(&shelf, None, lang).into_iter();
            for group in groups.chain(typed.prize_groups(&shelf, None, lang)) {
                let mut said = vec![group.title, group.words];
                for field in group.fields {
                    said.push(error(Some(&field.name), &field.name, lang).unwrap());
                    said.extend([field.label, field.hint.unwrap_or_default()]);
                    if let Input::Select(choices) = field.input {
                        said.extend(choices.into_iter().map(|choice| choice.label));
                    }
                }
                for words in said {
                    assert!(!words.contains("contest-"), "{words}");
                }
            }
        }
    }
}
