//! The fields of the form, with their words and what is wrong with them.

use domain::competition::Metric;
use domain::measure::RewardId;

use super::{Typed, TypedPrize};
use crate::lang::Lang;
use crate::show::{Choice, FieldGroup, FormField as Field, Input};

/// Rows for prizes that a form has at least.
const ROWS: usize = 2;

/// What the form chooses from: behaviours and rewards, each with what it is called.
pub(in super::super) struct Shelf<'a> {
    pub(in super::super) behaviours: &'a [(String, String)],
    pub(in super::super) rewards: &'a [(RewardId, String)],
}

/// Words about a field, below `contest-field-` and the like: those of a prize are the same in every row.
fn word(field: &str) -> String {
    let name = match field.strip_prefix("prize_") {
        Some(rest) => match rest.split_once('_') {
            Some((_, name @ ("title_zh" | "title_en" | "first" | "last"))) => format!("prize_{name}"),
            Some((_, name)) => name.to_owned(),
            None => rest.to_owned(),
        },
        None => field.to_owned(),
    };
    name.replace('_', "-")
}

/// What is wrong with a field.
pub(super) fn error(wrong: Option<&str>, field: &str, lang: Lang) -> Option<String> {
    wrong
        .filter(|wrong| *wrong == field)
        .map(|_| lang.say(&format!("contest-wrong-{}", word(field))))
}

/// A field with its words, and what is wrong with it.
struct Maker<'a> {
    wrong: Option<&'a str>,
    lang: Lang,
}

impl Maker<'_> {
    fn field(&self, name: &str, input: Input, value: &str) -> Field {
        Field::new(name, self.lang.say(&format!("contest-field-{}", word(name))), input)
            .value(value)
            .error(error(self.wrong, name, self.lang))
    }

    fn of_kind(&self, kind: &'static str, name: &str, value: &str) -> Field {
        let input = Input::Line {
            kind,
            autocomplete: "off",
        };
        self.field(name, input, value)
    }

    fn select(&self, name: &str, prefix: &str, values: &[&str], chosen: &str) -> Field {
        let choices = values
            .iter()
            .map(|value| Choice::new(*value, self.lang.say(&format!("{prefix}{value}")), *value == chosen));
        self.field(name, Input::Select(choices.collect()), "")
    }

    fn hint(&self, field: Field) -> Field {
        let key = format!("contest-hint-{}", word(&field.name));
        let hint = self.lang.say(&key);
        field.hint(hint)
    }
}

impl Typed {
    /// The groups before the prizes.
    pub(in super::super) fn groups(&self, shelf: &Shelf<'_>, wrong: Option<&str>, lang: Lang) -> Vec<FieldGroup> {
        let make = Maker { wrong, lang };
        let group = |name: &str, fields| FieldGroup {
            title: lang.say(&format!("contest-group-{name}")),
            words: lang.say(&format!("contest-group-{name}-words")),
            fields,
        };
        let metrics = Metric::ALL.map(Metric::name);
        let behaviours = shelf.behaviours.iter().map(|(id, title)| {
            let chosen = self.behaviours.iter().any(|one| one == id);
            Choice::new(id, title, chosen)
        });
        let mut days: Vec<String> = (1..=7_u32).map(|day| day.to_string()).collect();
        if !self.cut_off_day.is_empty() && !days.contains(&self.cut_off_day) {
            days.push(self.cut_off_day.clone());
        }
        let days = days.into_iter().map(|day| {
            let key = if day == "1" {
                "contest-next-day"
            } else {
                "contest-days-later"
            };
            Choice::new(&*day, lang.say_with(key, &[("count", &*day)]), day == self.cut_off_day)
        });
        let days = Input::Select(days.collect());
        vec![
            group(
                "about",
                vec![
                    make.of_kind("text", "title_zh", &self.title_zh),
                    make.of_kind("text", "title_en", &self.title_en),
                    make.of_kind("date", "first", &self.first),
                    make.of_kind("date", "last", &self.last),
                ],
            ),
            group(
                "count",
                vec![
                    make.select("metric", "contest-metric-", &metrics, &self.metric),
                    make.select("scoring", "contest-scoring-", &["average", "total"], &self.scoring),
                    make.hint(make.of_kind("number", "day_ceiling", &self.day_ceiling).optional()),
                    make.hint(make.field("behaviours", Input::Checks(behaviours.collect()), "")),
                ],
            ),
            group(
                "days",
                vec![
                    make.field("cut_off_day", days, ""),
                    make.hint(make.of_kind("time", "cut_off_time", &self.cut_off_time)),
                    make.hint(make.of_kind("number", "audit_days", &self.audit_days)),
                ],
            ),
            group(
                "teams",
                vec![
                    make.hint(make.of_kind("number", "teams_min", &self.teams_min).optional()),
                    make.hint(make.of_kind("number", "teams_max", &self.teams_max).optional()),
                    make.hint(make.of_kind("date", "teams_fixed", &self.teams_fixed).optional()),
                ],
            ),
            group(
                "fair",
                vec![
                    make.hint(make.of_kind("number", "handicap_days", &self.handicap_days).optional()),
                    make.hint(
                        make.of_kind("number", "handicap_floor", &self.handicap_floor)
                            .optional(),
                    ),
                    make.hint(make.of_kind("number", "leagues_size", &self.leagues_size).optional()),
                    make.hint(
                        make.of_kind("number", "leagues_moving", &self.leagues_moving)
                            .optional(),
                    ),
                ],
            ),
        ]
    }

    /// A group for each prize, and empty ones to fill in.
    pub(in super::super) fn prize_groups(&self, shelf: &Shelf<'_>, wrong: Option<&str>, lang: Lang) -> Vec<FieldGroup> {
        let make = Maker { wrong, lang };
        let blank = TypedPrize::default();
        let rows = self.prizes.len().max(ROWS);
        let group = |at: usize| {
            let prize = self.prizes.get(at).unwrap_or(&blank);
            let name = |field: &str| format!("prize_{at}_{field}");
            let text = |field: &str, value: &str| make.of_kind("text", &name(field), value).optional();
            let number = |field: &str, value: &str| make.of_kind("number", &name(field), value).optional();
            let by = ["", "rank", "team", "draw", "threshold"];
            let kinds = ["goods", "leave", "points", "reward"];
            let mut rewards = vec![Choice::new("", lang.say("contest-no-reward"), prize.reward.is_empty())];
            rewards.extend(shelf.rewards.iter().map(|(id, title)| {
                let id = id.to_string();
                let chosen = id == prize.reward;
                Choice::new(id, title, chosen)
            }));
            let reward = make.field(&name("reward"), Input::Select(rewards), "").optional();
            FieldGroup {
                title: lang.say_with("contest-prize", &[("number", (at + 1).to_string().as_str())]),
                words: String::new(),
                fields: vec![
                    make.select(&name("by"), "contest-by-", &by, &prize.by).optional(),
                    text("title_zh", &prize.title_zh),
                    text("title_en", &prize.title_en),
                    make.select(&name("kind"), "contest-kind-", &kinds, &prize.kind)
                        .optional(),
                    make.hint(number("first", &prize.first)),
                    make.hint(number("last", &prize.last)),
                    make.hint(number("pieces", &prize.pieces)),
                    make.hint(number("at_least", &prize.at_least)),
                    make.hint(number("amount", &prize.amount)),
                    make.hint(reward),
                ],
            }
        };
        (0..rows).map(group).collect()
    }
}
