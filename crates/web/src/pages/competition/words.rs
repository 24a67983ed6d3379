//! Terms, scores and days in words.

use app::{BoardView, CompetitionView, Row, TeamRow};
use domain::competition::{Metric, Scoring, Stage, Terms, To, What};
use domain::measure::{Day, Points, Zone};
use domain::programme::Programme;

use crate::lang::Lang;
use crate::show::{CompetePlace, CompetePrize, CompeteStanding, Icon, Scale};

/// How the values of a day are written.
pub(super) fn day_scale(metric: Metric, lang: Lang) -> Scale {
    let (divisor, digits, unit) = match metric {
        Metric::Steps => (1, 0, "competition-unit-steps"),
        Metric::Distance => (1_000, 2, "competition-unit-km"),
        Metric::Carbon => (1_000_000, 3, "competition-unit-kg"),
        Metric::Acts => (1, 0, "competition-unit-acts"),
    };
    Scale {
        divisor,
        digits,
        unit: lang.say(unit),
    }
}

/// How scores are written: the mean of the days that have begun, or the sum; a share of one's own mean with a handicap.
pub(super) fn scale(terms: &Terms, today: Day, lang: Lang) -> Scale {
    let days = match terms.scoring {
        Scoring::Average => terms.begun(today).max(1),
        Scoring::Total => 1,
    };
    if terms.handicap.is_some() {
        return Scale {
            divisor: 10 * days,
            digits: 1,
            unit: lang.say("competition-unit-own"),
        };
    }
    let day = day_scale(terms.metric, lang);
    let unit = match (terms.scoring, terms.metric) {
        (Scoring::Total, _) => day.unit,
        (_, Metric::Steps) => lang.say("competition-unit-steps-day"),
        (_, Metric::Distance) => lang.say("competition-unit-km-day"),
        (_, Metric::Carbon) => lang.say("competition-unit-kg-day"),
        (_, Metric::Acts) => lang.say("competition-unit-acts-day"),
    };
    Scale {
        divisor: day.divisor * days,
        digits: if terms.metric == Metric::Acts && days > 1 {
            1
        } else {
            day.digits
        },
        unit,
    }
}

/// A difference of scores: of sums in the unit of a day, of shares in the unit of the board.
fn difference(terms: &Terms, score: i64, today: Day, lang: Lang) -> String {
    if terms.handicap.is_some() {
        scale(terms, today, lang).words(score)
    } else {
        day_scale(terms.metric, lang).words(score)
    }
}

/// A score that takes a prize.
fn score_words(terms: &Terms, score: i64, lang: Lang) -> String {
    scale(terms, terms.last, lang).words(score)
}

/// A civil day without its year.
pub(super) fn date(day: Day, lang: Lang) -> String {
    let format = match lang {
        Lang::Zh => "%-m月%-d日",
        Lang::En => "%-d %b",
    };
    day.date().strftime(format).to_string()
}

/// An instant without its year: day and time.
pub(super) fn moment(zone: &Zone, at_us: i64, lang: Lang) -> String {
    let day = date(zone.day_of(at_us), lang);
    let clock = clock(zone, at_us);
    match lang {
        Lang::Zh => format!("{day} {clock}"),
        Lang::En => format!("{clock} on {day}"),
    }
}

/// The time of an instant: `08:12`.
pub(super) fn clock(zone: &Zone, at_us: i64) -> String {
    zone.clock_time(at_us).get(11..16).unwrap_or_default().to_owned()
}

/// From when to when, and which day it is.
pub(super) fn when(terms: &Terms, today: Day, lang: Lang) -> String {
    let (first, last) = (date(terms.first, lang), date(terms.last, lang));
    let dates = lang.say_with(
        "competition-dates",
        &[("first", first.as_str()), ("last", last.as_str())],
    );
    if !terms.covers(today) {
        return dates;
    }
    let (day, days) = (terms.begun(today).to_string(), terms.days().to_string());
    let day = lang.say_with("competition-day-of", &[("day", day.as_str()), ("days", days.as_str())]);
    format!("{dates} · {day}")
}

pub(super) fn entrants(count: u64, lang: Lang) -> String {
    let count = domain::measure::Decimal::new(i64::try_from(count).unwrap_or(i64::MAX), 0).grouped();
    lang.say_with("competition-entrants", &[("count", count.as_str())])
}

/// How far it is: the tone of a mark, and words.
pub(super) fn stage(one: &CompetitionView, now_us: i64, lang: Lang) -> (&'static str, String) {
    let zone_free = now_us >= one.ends_us;
    let (tone, key) = match one.stage {
        Stage::Draft => ("calm", "competition-stage-ahead"),
        Stage::Open if zone_free => ("wait", "competition-stage-ending"),
        Stage::Open => ("", "competition-stage-running"),
        Stage::Frozen => ("wait", "competition-stage-frozen"),
        Stage::Closed => ("calm", "competition-stage-closed"),
        Stage::Cancelled => ("no", "competition-stage-cancelled"),
    };
    (tone, lang.say(key))
}

/// Somebody's row.
pub(super) fn place(row: &Row, scale: &Scale, lang: Lang) -> CompetePlace {
    CompetePlace {
        rank: row.rank.to_string(),
        name: row.name.clone().unwrap_or_else(|| lang.say("competition-nameless")),
        below: row.team.clone().unwrap_or_default(),
        score: scale.number(row.score, 1),
        mine: row.mine,
        key: row.ticket.clone(),
        href: None,
    }
}

/// A team's row.
pub(super) fn team_place(competition: domain::measure::Id, row: &TeamRow, scale: &Scale, lang: Lang) -> CompetePlace {
    CompetePlace {
        rank: row.rank.map(|rank| rank.to_string()).unwrap_or_default(),
        name: row.name.clone(),
        below: lang.say_with("competition-members", &[("count", row.members.to_string().as_str())]),
        score: scale.number(row.sum, row.members),
        mine: row.mine,
        key: row.id.to_string(),
        href: Some(format!("/compete/{competition}/teams/{}", row.id)),
    }
}

/// How far the next one is, in words; empty for who does not compete.
pub(super) fn gap(terms: &Terms, seen: &BoardView, today: Day, lang: Lang) -> String {
    let Some(at) = seen.around.iter().position(|row| row.mine) else {
        return String::new();
    };
    let (mine, words) = (seen.around[at].score, |score| difference(terms, score, today, lang));
    let above = at.checked_sub(1).and_then(|above| seen.around.get(above));
    match (above, seen.around.get(at + 1)) {
        (Some(above), _) if above.score > mine => {
            let (gap, rank) = (words(above.score - mine), above.rank.to_string());
            lang.say_with("competition-gap", &[("gap", gap.as_str()), ("rank", rank.as_str())])
        }
        (Some(above), _) => lang.say_with("competition-level", &[("rank", above.rank.to_string().as_str())]),
        (None, Some(below)) => lang.say_with("competition-ahead", &[("gap", words(mine - below.score).as_str())]),
        (None, None) => lang.say("competition-alone"),
    }
}

/// The viewer's place, if it competes.
pub(super) fn standing(
    programme: &Programme,
    terms: &Terms,
    seen: &BoardView,
    now_us: i64,
    lang: Lang,
) -> Option<CompeteStanding> {
    let mine = seen.me.as_ref()?;
    let today = programme.zone.day_of(now_us);
    let count = domain::measure::Decimal::new(i64::try_from(seen.entrants).unwrap_or(i64::MAX), 0).grouped();
    let value = seen.me_today.as_ref().filter(|_| seen.day == today);
    let until = if terms.covers(today) {
        let (day, until) = (
            date(today, lang),
            moment(&programme.zone, terms.cut_off_us(&programme.zone, today), lang),
        );
        lang.say_with("competition-until", &[("day", day.as_str()), ("until", until.as_str())])
    } else {
        String::new()
    };
    let today_words = match value {
        Some(row) => {
            let value = day_scale(terms.metric, lang).words(row.score);
            lang.say_with("competition-today", &[("value", value.as_str())])
        }
        None if terms.covers(today) => lang.say("competition-today-none"),
        None => String::new(),
    };
    Some(CompeteStanding {
        rank: mine.rank.to_string(),
        among: lang.say_with("competition-among", &[("count", count.as_str())]),
        score: scale(terms, today, lang).number(mine.score, 1),
        gap: gap(terms, seen, today, lang),
        today: today_words,
        until,
        out: None,
    })
}

/// The prizes.
pub(super) fn prizes(programme: &Programme, terms: &Terms, lang: Lang) -> Vec<CompetePrize> {
    let say = |key: &str, pairs: &[(&str, String)]| {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, text)| (*name, text.as_str())).collect();
        lang.say_with(key, &pairs)
    };
    let one = |prize: &domain::competition::Prize| {
        let to = match prize.to {
            To::Rank { first, last } if first == last => say("competition-to-rank", &[("rank", first.to_string())]),
            To::Rank { first, last } => say(
                "competition-to-ranks",
                &[("first", first.to_string()), ("last", last.to_string())],
            ),
            To::Team { first, last } if first == last => say("competition-to-team", &[("rank", first.to_string())]),
            To::Team { first, last } => say(
                "competition-to-teams",
                &[("first", first.to_string()), ("last", last.to_string())],
            ),
            To::Draw { winners, at_least } => say(
                "competition-to-draw",
                &[
                    ("count", winners.to_string()),
                    ("score", score_words(terms, at_least, lang)),
                ],
            ),
            To::Threshold { at_least, pieces } => say(
                "competition-to-threshold",
                &[
                    ("count", pieces.to_string()),
                    ("score", score_words(terms, at_least, lang)),
                ],
            ),
        };
        let (icon, kind) = match prize.what {
            What::Points { milli } => {
                let unit = programme.points.unit.in_lang(lang.into());
                let points = format!("{} {unit}", Points::from_milli(milli));
                (Icon::Leaf, say("competition-prize-points", &[("points", points)]))
            }
            What::Reward { .. } => (Icon::Ticket, lang.say("competition-prize-reward")),
            What::Leave { half_days } => {
                let days = domain::measure::Decimal::new(i64::from(half_days) * 5, 1).grouped();
                (Icon::Clock, say("competition-prize-leave", &[("count", days)]))
            }
            What::Goods => (Icon::Gift, lang.say("competition-prize-goods")),
        };
        let pieces = terms.pieces(prize).unwrap_or_default().to_string();
        let pieces = say("competition-pieces", &[("count", pieces)]);
        CompetePrize {
            icon,
            title: prize.title.in_lang(lang.into()).to_owned(),
            to,
            what: format!("{kind} · {pieces}"),
        }
    };
    terms.prizes.iter().map(one).collect()
}

/// The rules in plain words; `behaviours` are the names of those that count.
pub(in crate::pages) fn rules(
    one: &CompetitionView,
    behaviours: &str,
    baseline: Option<i64>,
    lang: Lang,
) -> Vec<String> {
    let terms = &one.terms;
    let with = |key: &str, pairs: &[(&str, String)]| {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, text)| (*name, text.as_str())).collect();
        lang.say_with(key, &pairs)
    };
    let day = day_scale(terms.metric, lang);
    let mut rules = vec![lang.say(match terms.metric {
        Metric::Steps => "competition-rule-steps",
        Metric::Distance => "competition-rule-distance",
        Metric::Carbon => "competition-rule-carbon",
        Metric::Acts => "competition-rule-acts",
    })];
    if !behaviours.is_empty() {
        rules.push(with("competition-rule-behaviours", &[("list", behaviours.to_owned())]));
    }
    rules.push(lang.say(match terms.scoring {
        Scoring::Average => "competition-rule-average",
        Scoring::Total => "competition-rule-total",
    }));
    if let Some(handicap) = &terms.handicap {
        let floor = day.words(handicap.floor);
        rules.push(with(
            "competition-rule-handicap",
            &[("days", handicap.days.to_string()), ("floor", floor)],
        ));
        if let Some(mean) = baseline {
            let mean = day.words(mean.max(handicap.floor));
            rules.push(with("competition-rule-handicap-mine", &[("mean", mean)]));
        }
    }
    if let Some(most) = terms.day_ceiling {
        rules.push(with("competition-rule-ceiling", &[("most", day.words(most))]));
    }
    let time = format!("{:02}:{:02}", terms.cut_off_min / 60 % 24, terms.cut_off_min % 60);
    let until = match terms.cut_off_min / 1440 {
        0 => with("competition-next-day", &[("time", time)]),
        days => with(
            "competition-days-later",
            &[("time", time), ("days", (days + 1).to_string())],
        ),
    };
    rules.push(with("competition-rule-cut-off", &[("until", until)]));
    rules.push(lang.say("competition-rule-sources"));
    rules.push(lang.say("competition-rule-ties"));
    if let Some(teams) = &terms.teams {
        rules.push(with(
            "competition-rule-teams",
            &[
                ("least", teams.min_members.to_string()),
                ("most", teams.max_members.to_string()),
                ("day", date(teams.fixed_after, lang)),
            ],
        ));
    }
    if let Some(leagues) = &terms.leagues {
        rules.push(with(
            "competition-rule-leagues",
            &[
                ("size", leagues.size.to_string()),
                ("moving", leagues.moving.to_string()),
            ],
        ));
    }
    if terms.audit_days > 0 {
        rules.push(with(
            "competition-rule-audit",
            &[("days", terms.audit_days.to_string())],
        ));
    }
    rules.push(with("competition-rule-lots", &[("hash", one.seed_hash.clone())]));
    rules
}
