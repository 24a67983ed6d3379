//! What a competition's terms are in the words of the console: amounts, scores, prizes.

use domain::competition::{Metric, Scoring, Terms, To, What};
use domain::measure::{Carbon, Day, Decimal, RewardId, Text};

use crate::lang::Lang;

/// A value of a day in its unit: `12,345 steps`, `3.2 km`.
pub fn amount(metric: Metric, value: i64, lang: Lang) -> String {
    match metric {
        Metric::Carbon => Carbon::from_mg(value).show(lang.into()),
        Metric::Distance => lang.say_with("contest-km", &[("count", Decimal::new(value, 3).grouped().as_str())]),
        Metric::Steps => lang.say_with("contest-steps", &[("count", Decimal::new(value, 0).grouped().as_str())]),
        Metric::Acts => lang.say_with("contest-acts", &[("count", Decimal::new(value, 0).grouped().as_str())]),
    }
}

/// A score as the board shows it on a civil day: a sum or a mean a day, with a handicap as a share of one's own past.
pub fn score(terms: &Terms, score: i64, today: Day, lang: Lang) -> String {
    let shown = terms.shown(score, today);
    let mean = terms.scoring == Scoring::Average;
    if terms.handicap.is_some() {
        // thousandths: a tenth of one is a hundredth of a per cent
        let share = Decimal::new(shown.mantissa(), shown.places().saturating_add(1)).grouped();
        return format!("{share} %");
    }
    let places = shown.places();
    let text = match terms.metric {
        Metric::Carbon => Carbon::from_mg(shown.at_places(0).map_or(score, |(whole, _)| whole)).show(lang.into()),
        Metric::Distance => {
            let km = Decimal::new(shown.mantissa(), places.saturating_add(3)).grouped();
            lang.say_with("contest-km", &[("count", km.as_str())])
        }
        Metric::Steps => lang.say_with("contest-steps", &[("count", shown.grouped().as_str())]),
        Metric::Acts => lang.say_with("contest-acts", &[("count", shown.grouped().as_str())]),
    };
    if mean {
        lang.say_with("contest-a-day", &[("amount", text.as_str())])
    } else {
        text
    }
}

/// What a sum of the whole window is called: what a prize asks for.
pub fn sum(terms: &Terms, score: i64, lang: Lang) -> String {
    if terms.handicap.is_some() {
        return format!("{} %", Decimal::new(score, 1).grouped());
    }
    amount(terms.metric, score, lang)
}

/// Who gets a prize, in words.
pub fn winners(terms: &Terms, to: &To, lang: Lang) -> String {
    let number = |number: u32| number.to_string();
    match *to {
        To::Rank { first, last } if first == last => {
            lang.say_with("contest-to-rank-one", &[("first", number(first).as_str())])
        }
        To::Rank { first, last } => lang.say_with(
            "contest-to-rank",
            &[("first", number(first).as_str()), ("last", number(last).as_str())],
        ),
        To::Team { first, last } if first == last => {
            lang.say_with("contest-to-team-one", &[("first", number(first).as_str())])
        }
        To::Team { first, last } => lang.say_with(
            "contest-to-team",
            &[("first", number(first).as_str()), ("last", number(last).as_str())],
        ),
        To::Draw { winners, at_least } => lang.say_with(
            "contest-to-draw",
            &[
                ("count", number(winners).as_str()),
                ("score", sum(terms, at_least, lang).as_str()),
            ],
        ),
        To::Threshold { at_least, pieces } => lang.say_with(
            "contest-to-threshold",
            &[
                ("count", number(pieces).as_str()),
                ("score", sum(terms, at_least, lang).as_str()),
            ],
        ),
    }
}

/// What a prize is, in words; `unit` is what the programme calls its points, `reward` names what the store has.
pub fn what(what: &What, unit: &Text, reward: impl Fn(RewardId) -> String, lang: Lang) -> String {
    match what {
        What::Points { milli } => format!("{} {}", Decimal::new(*milli, 3).grouped(), unit.in_lang(lang.into())),
        What::Reward { reward: id } => reward(*id),
        What::Leave { half_days } => {
            let days = Decimal::new(i64::from(*half_days) * 5, 1).grouped();
            lang.say_with("contest-what-leave", &[("days", days.as_str())])
        }
        What::Goods => lang.say("contest-what-goods"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::competition::{Handicap, Template};

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn scores_are_shown_in_their_unit_and_a_handicap_as_a_share() {
        let first = day("2026-12-01");
        let walk = Template::WalkAndWin.terms(first);
        assert_eq!(
            score(&walk, 25_001, day("2026-12-02"), Lang::En),
            "12,500.5 steps a day"
        );
        let own = Terms {
            handicap: Some(Handicap { days: 28, floor: 1 }),
            ..walk.clone()
        };
        assert_eq!(score(&own, 2_161, day("2026-12-02"), Lang::En), "108.05 %");
        let ride = Template::CarFreeWeek.terms(first);
        assert_eq!(score(&ride, 30_500, first, Lang::En), "30.5 km");
        assert_eq!(sum(&ride, 30_000, Lang::Zh), "30 公里");
    }
}
