//! The board of one competition.

use askama::Template;

use super::super::form::{Field, Form, Input};
use super::super::{Chart, ChartBar, Icon, of};
use super::{Place, Scale, sample_places};
use crate::lang::Lang;

/// The board.
#[derive(Clone, Debug, Template)]
#[template(path = "compete/board.html")]
pub struct Board {
    /// The language of the page.
    pub lang: Lang,
    /// The address of the page.
    pub here: String,
    /// What it is called.
    pub title: String,
    /// From when to when, and which day it is.
    pub when: String,
    /// How far it is: tone of the mark and words.
    pub stage: (&'static str, String),
    /// What else is to be known about how far it is; may be empty.
    pub stage_words: String,
    /// How many compete.
    pub entrants: String,
    /// What went wrong, if something did.
    pub error: Option<String>,
    /// The viewer's place, if it competes.
    pub mine: Option<Standing>,
    /// How to get in, if it does not and may.
    pub joining: Option<Joining>,
    /// What a script needs to follow the board.
    pub live: Option<Live>,
    /// How scores are written.
    pub scale: Scale,
    /// How the values of a day are written.
    pub day_scale: Scale,
    /// The viewer among its neighbours.
    pub around: Vec<Place>,
    /// The viewer's league: about it in words, and its members by what the round's days count to.
    pub league: Option<(String, Vec<Place>)>,
    /// The first.
    pub top: Vec<Place>,
    /// Whether there are more than these.
    pub more: bool,
    /// The day of `today`, in words.
    pub day: String,
    /// Where that day's page is.
    pub day_href: String,
    /// The first of the day.
    pub today: Vec<Place>,
    /// Who leads the day, in words; empty while nobody does.
    pub leader: String,
    /// Whether there are teams.
    pub has_teams: bool,
    /// The first teams.
    pub teams: Vec<Place>,
    /// The viewer's team, if it is none of these.
    pub my_team: Option<Place>,
    /// The viewer's days.
    pub chart: Option<Chart>,
    /// The days that have begun, newest first.
    pub days: Vec<BoardDay>,
    /// What can be won.
    pub prizes: Vec<Prize>,
    /// The rules in plain words.
    pub rules: Vec<String>,
    /// Where the result is, once there is one.
    pub result: Option<String>,
    /// What the viewer can still change about taking part.
    pub deeds: Vec<Form>,
    /// Where the viewer's team is looked after, with the words of the link.
    pub team_door: Option<(String, String)>,
}

/// The viewer's place.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// The rank.
    pub rank: String,
    /// Out of how many.
    pub among: String,
    /// The number of the score.
    pub score: String,
    /// How far the next one is, in words.
    pub gap: String,
    /// What today has so far, in words.
    pub today: String,
    /// Until when that may still change, in words.
    pub until: String,
    /// Why it is not ranked, if it is not.
    pub out: Option<String>,
}

/// How to get in.
#[derive(Clone, Debug)]
pub struct Joining {
    /// What to know before.
    pub words: String,
    /// What has to be agreed to first.
    pub needs: Option<String>,
    /// The form, if nothing is missing.
    pub form: Option<Form>,
}

/// What a script needs to follow the board; `%1` and `%2` in the words stand for what it fills in.
#[derive(Clone, Debug)]
pub struct Live {
    /// Where the stream is.
    pub href: String,
    /// The day that the page was made for.
    pub day: String,
    /// The civil day that it is: what counts of an earlier one is not what today has.
    pub civil: String,
    /// `%1` of `%2`.
    pub among: String,
    /// `%1` to rank `%2`.
    pub gap: String,
    /// Whether differences are told in the unit of a day: not those of shares.
    pub gap_by_day: bool,
    /// Level with rank `%1`.
    pub level: String,
    /// Leading, `%1` ahead of the next.
    pub ahead: String,
    /// Leading, nobody else there.
    pub first: String,
    /// Today `%1`.
    pub today: String,
    /// `%1` leads with `%2`.
    pub leader: String,
    /// Rank `%1`, `%2`.
    pub said: String,
    /// What somebody without a name is called.
    pub nameless: String,
    /// `%1` members.
    pub members: String,
}

/// A day in the list of days.
#[derive(Clone, Debug)]
pub struct BoardDay {
    /// Where its page is.
    pub href: String,
    /// The day.
    pub day: String,
    /// Who was the best, or how far it is.
    pub words: String,
    /// What the viewer had; may be empty.
    pub mine: String,
    /// Whether the viewer was the best.
    pub champion: bool,
}

/// A prize.
#[derive(Clone, Debug)]
pub struct Prize {
    /// Its symbol.
    pub icon: Icon,
    /// What it is.
    pub title: String,
    /// Who gets it.
    pub to: String,
    /// What kind it is and how many there are.
    pub what: String,
}

impl Board {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// The words of the board that a script fills in.
    pub fn live_words(lang: Lang, href: String, day: String) -> Live {
        let two = |key: &str, one: &str, other: &str| lang.say_with(key, &[(one, "%1"), (other, "%2")]);
        let one = |key: &str, name: &str| lang.say_with(key, &[(name, "%1")]);
        Live {
            href,
            civil: day.clone(),
            day,
            among: one("competition-among", "count"),
            gap: two("competition-gap", "gap", "rank"),
            gap_by_day: true,
            level: one("competition-level", "rank"),
            ahead: one("competition-ahead", "gap"),
            first: lang.say("competition-alone"),
            today: one("competition-today", "value"),
            leader: two("competition-leader", "name", "value"),
            said: two("competition-said", "rank", "gap"),
            nameless: lang.say("competition-nameless"),
            members: one("competition-members", "count"),
        }
    }

    /// The board in the middle of a month.
    pub fn sample(lang: Lang) -> Self {
        let scale = Scale {
            divisor: 12,
            digits: 0,
            unit: lang.say("competition-unit-steps-day"),
        };
        let day_scale = Scale {
            divisor: 1,
            digits: 0,
            unit: lang.say("competition-unit-steps"),
        };
        let both = |zh: &str, en: &str| of(lang, zh, en);
        let bar = |day: i64| {
            let steps = 6_000 + day * 731 % 5_000;
            let text = day_scale.words(steps);
            let parts = if day == 12 {
                [(0, String::new()), (steps, text)]
            } else {
                [(steps, text), (0, String::new())]
            };
            ChartBar {
                label: day.to_string(),
                parts: parts.to_vec(),
            }
        };
        let day = |number: i64| BoardDay {
            href: format!("/compete/1/days/2026-11-{number:02}"),
            day: both(&format!("11月{number}日"), &format!("{number} Nov")),
            words: both("青禾 15,204 步", "Robin 15,204 steps"),
            mine: day_scale.words(8_211),
            champion: number == 11,
        };
        let leave = Form {
            danger: true,
            ..Form::new("/compete/1/leave", "sample", lang.say("competition-leave"))
        };
        let alias =
            Form::new("/compete/1/alias", "sample", lang.say("competition-hide")).with(Field::hidden("nameless", "1"));
        let live = Self::live_words(lang, "/api/v1/live".to_owned(), "2026-11-12".to_owned());
        Board {
            lang,
            here: "/compete/1".to_owned(),
            title: both("十一月健步赢假期", "Walk & Win in November"),
            when: both("11月1日 – 11月30日 · 第 12 天，共 30 天", "1 – 30 Nov · day 12 of 30"),
            stage: ("", lang.say("competition-stage-running")),
            stage_words: String::new(),
            entrants: lang.say_with("competition-entrants", &[("count", "180")]),
            error: None,
            mine: Some(Standing {
                rank: "4".to_owned(),
                among: lang.say_with("competition-among", &[("count", "180")]),
                score: "8,213".to_owned(),
                gap: lang.say_with("competition-gap", &[("gap", &day_scale.words(612)), ("rank", "3")]),
                today: lang.say_with("competition-today", &[("value", &day_scale.words(7_884))]),
                until: lang.say_with(
                    "competition-until",
                    &[
                        ("day", &both("11月12日", "12 Nov")),
                        ("until", &both("11月13日 12:00", "13 Nov, 12:00")),
                    ],
                ),
                out: None,
            }),
            joining: None,
            live: Some(live),
            around: sample_places(lang, 2, 4),
            league: Some((
                lang.say_with(
                    "competition-league-words",
                    &[
                        ("tier", "2"),
                        ("tiers", "5"),
                        ("round", "2"),
                        ("until", &both("11月14日", "14 Nov")),
                        ("up", "5"),
                        ("down", "5"),
                    ],
                ),
                sample_places(lang, 1, 4),
            )),
            top: sample_places(lang, 1, 4),
            more: true,
            day: both("11月12日", "12 Nov"),
            day_href: "/compete/1/days/2026-11-12".to_owned(),
            today: sample_places(lang, 1, 4),
            leader: lang.say_with(
                "competition-leader",
                &[("name", &both("青禾", "Robin")), ("value", &day_scale.words(11_204))],
            ),
            has_teams: true,
            teams: sample_places(lang, 1, 2),
            my_team: None,
            chart: Some(Chart {
                id: "my-days".to_owned(),
                words: lang.say_with("competition-chart", &[("best", &day_scale.words(10_386))]),
                series: vec![lang.say("competition-final"), lang.say("competition-provisional")],
                bars: (1..=12).map(bar).collect(),
                axis: lang.say("competition-day"),
                top: day_scale.words(10_386),
            }),
            days: (8..=12).rev().map(day).collect(),
            prizes: vec![Prize {
                icon: Icon::Gift,
                title: both("一天带薪假", "A day of leave"),
                to: lang.say_with("competition-to-ranks", &[("first", "1"), ("last", "3")]),
                what: lang.say_with("competition-pieces", &[("count", "3")]),
            }],
            rules: vec![lang.say("competition-rule-ties"), lang.say("competition-rule-sources")],
            result: None,
            deeds: vec![alias, leave],
            team_door: Some(("/compete/1/team".to_owned(), lang.say("competition-team-mine"))),
            scale,
            day_scale,
        }
    }

    /// The board for somebody who may come in.
    pub fn sample_open(lang: Lang) -> Self {
        Board {
            mine: None,
            joining: Some(Joining {
                words: lang.say("competition-join-words"),
                needs: Some(lang.say("competition-consent-needed")),
                form: None,
            }),
            around: Vec::new(),
            chart: None,
            deeds: Vec::new(),
            team_door: None,
            today: Vec::new(),
            leader: String::new(),
            ..Self::sample(lang)
        }
    }
}
