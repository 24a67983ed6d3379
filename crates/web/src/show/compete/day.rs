//! A day of a competition: who had the most, and how one's own day went.

use askama::Template;

use super::super::{Fact, of};
use super::{Place, Scale, sample_places};
use crate::lang::Lang;

/// A day.
#[derive(Clone, Debug, Template)]
#[template(path = "compete/day.html")]
pub struct DayPage {
    /// The language of the page.
    pub lang: Lang,
    /// The competition: address and title.
    pub back: (String, String),
    /// The day in words.
    pub title: String,
    /// How far it is: tone and words.
    pub state: (&'static str, String),
    /// Until when it may change, or who was its best.
    pub words: String,
    /// The viewer's day: what counts, what does not and why.
    pub mine: Vec<Fact>,
    /// When the viewer led, in words.
    pub led: Vec<Spell>,
    /// The viewer's ranks by the hour.
    pub curve: Option<Curve>,
    /// The first of the day.
    pub rows: Vec<Place>,
    /// How values are written.
    pub scale: Scale,
    /// The days before and after, as addresses.
    pub before: Option<String>,
    /// The day after.
    pub after: Option<String>,
}

/// A stretch in which one led.
#[derive(Clone, Debug)]
pub struct Spell {
    /// In words.
    pub words: String,
}

/// Ranks by the hour: the best and the worst that they can have been.
#[derive(Clone, Debug)]
pub struct Curve {
    /// In one sentence.
    pub words: String,
    /// Hour at its end, value and rank, in words.
    pub hours: Vec<(String, String, String)>,
    /// The drawn line, as points of the SVG.
    pub line: String,
    /// The band in which the rank lay.
    pub band: String,
    /// The worst rank that is drawn.
    pub worst: String,
}

const WIDTH: i64 = 640;
const HEIGHT: i64 = 152;
const EDGE: i64 = 8;

impl Curve {
    /// The drawing of hour, value in words, best and worst rank; nothing without an hour.
    pub fn of(lang: Lang, hours: &[(u8, String, u64, u64)]) -> Option<Self> {
        let worst = hours.iter().map(|hour| hour.3).max()?;
        let x = |hour: u8| i64::from(hour) * WIDTH / 23;
        let y = |rank: u64| {
            let part = i128::from(rank.max(1) - 1) * i128::from(HEIGHT - 2 * EDGE) / i128::from(worst.max(2) - 1);
            EDGE + i64::try_from(part).unwrap_or(0)
        };
        let point = |hour: u8, rank: u64| format!("{},{}", x(hour), y(rank));
        let line: Vec<String> = hours.iter().map(|one| point(one.0, one.2)).collect();
        let below: Vec<String> = hours.iter().rev().map(|one| point(one.0, one.3)).collect();
        let told = |(hour, value, best, worst): &(u8, String, u64, u64)| {
            let rank = if best == worst {
                best.to_string()
            } else {
                format!("{best}–{worst}")
            };
            (format!("{:02}:00", hour + 1), value.clone(), rank)
        };
        let last = hours.last()?;
        let best = hours.iter().map(|hour| hour.2).min()?;
        Some(Curve {
            words: lang.say_with(
                "competition-curve",
                &[
                    ("best", best.to_string().as_str()),
                    ("last", last.2.to_string().as_str()),
                    ("hour", format!("{:02}:00", last.0 + 1).as_str()),
                ],
            ),
            hours: hours.iter().map(told).collect(),
            band: [line.clone(), below].concat().join(" "),
            line: line.join(" "),
            worst: worst.to_string(),
        })
    }
}

impl DayPage {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A day on which one led until late.
    pub fn sample(lang: Lang) -> Self {
        let hours: Vec<(u8, String, u64, u64)> = (6..24_u8)
            .map(|hour| {
                let steps = format!("{} {}", u32::from(hour) * 500, lang.say("competition-unit-steps"));
                let rank = 1 + u64::from(hour.abs_diff(18)) * 3;
                (hour, steps, rank, rank + 2)
            })
            .collect();
        DayPage {
            lang,
            back: (
                "/compete/1".to_owned(),
                of(lang, "十一月健步赢假期", "Walk & Win in November"),
            ),
            title: of(lang, "11月11日 星期三", "Wednesday, 11 Nov"),
            state: ("calm", lang.say("competition-final")),
            words: of(
                lang,
                "当日冠军：青禾，15,204 步",
                "Champion of the day: Robin, 15,204 steps",
            ),
            mine: vec![Fact::new(
                lang.say("competition-counts"),
                of(lang, "12,004 步", "12,004 steps"),
            )],
            led: vec![Spell {
                words: lang.say_with("competition-led", &[("from", "17:02"), ("until", "23:12")]),
            }],
            curve: Curve::of(lang, &hours),
            rows: sample_places(lang, 1, 3),
            scale: Scale {
                divisor: 1,
                digits: 0,
                unit: lang.say("competition-unit-steps"),
            },
            before: Some("/compete/1/days/2026-11-10".to_owned()),
            after: Some("/compete/1/days/2026-11-12".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_rank_is_at_the_top() {
        let hours = [(0, String::new(), 5, 5), (23, String::new(), 1, 2)];
        let curve = Curve::of(Lang::En, &hours).unwrap();
        assert_eq!(curve.line, "0,144 640,8");
        assert_eq!(curve.band, "0,144 640,8 640,42 0,144");
        assert_eq!(curve.hours[1].2, "1–2");
        assert!(Curve::of(Lang::En, &[]).is_none());
        // alone at the first place the whole day
        assert_eq!(Curve::of(Lang::En, &[(9, String::new(), 1, 1)]).unwrap().line, "250,8");
    }
}
