//! The participant's first page: balance, what earns, recent records, the week.

use super::{Amount, Icon, grams, of};
use crate::lang::Lang;
use askama::Template;

/// The participant's first page.
#[derive(Clone, Debug, Template)]
#[template(path = "home.html")]
pub struct Home {
    /// The language of the page.
    pub lang: Lang,
    /// What can be spent now.
    pub to_spend: Amount,
    /// A line below it, e.g. what today brought.
    pub today: Option<String>,
    /// What is still being checked, with unit.
    pub in_review: String,
    /// What was avoided this month, with unit.
    pub avoided: String,
    /// What came back to the person in money, once there is any.
    pub returned: Option<String>,
    /// The programme's behaviours.
    pub acts: Vec<Act>,
    /// The newest records, newest first.
    pub records: Vec<Record>,
    /// Where all records are listed, once there is such a page.
    pub all_records: Option<String>,
    /// The last seven days; none before the first record.
    pub week: Option<Week>,
}

/// A behaviour of the programme and what it earns.
#[derive(Clone, Debug)]
pub struct Act {
    /// Its symbol.
    pub icon: Icon,
    /// Its name, short.
    pub name: String,
    /// What one of it earns, e.g. `+200 g` or `250 g/km`.
    pub earns: String,
    /// Where it is recorded, if a person can do that here.
    pub href: Option<String>,
}

/// One activity record as a row.
#[derive(Clone, Debug)]
pub struct Record {
    /// The symbol of its behaviour or category.
    pub icon: Icon,
    /// What was done.
    pub title: String,
    /// When, as the reader would say it.
    pub when: String,
    /// The grade of its evidence, short.
    pub evidence: Option<String>,
    /// What became of it.
    pub state: State,
    /// Where it is explained.
    pub href: Option<String>,
}

/// What became of a record.
#[derive(Clone, Debug)]
pub enum State {
    /// Posted to the ledger.
    Credited {
        /// With sign and unit, e.g. `+200 g`.
        amount: String,
    },
    /// Waiting for a check.
    Checking {
        /// What it would be.
        amount: String,
    },
    /// Not credited.
    Refused {
        /// Why, in a few words.
        reason: String,
    },
    /// Credited once and taken back by a visible entry.
    Reversed {
        /// What was taken back.
        amount: String,
    },
}

impl State {
    fn tone(&self) -> &'static str {
        match self {
            Self::Credited { .. } => "",
            Self::Checking { .. } => "wait",
            Self::Refused { .. } => "no",
            Self::Reversed { .. } => "calm",
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Refused { reason } => Some(reason),
            _ => None,
        }
    }
}

/// The last seven days as a chart with its words.
#[derive(Clone, Debug)]
pub struct Week {
    /// The sum, with unit.
    pub total: String,
    /// The chart in words, for those who do not see it.
    pub words: String,
    /// One bar a day, oldest first.
    pub bars: Vec<Bar>,
}

/// One day of the chart.
#[derive(Clone, Debug)]
pub struct Bar {
    /// The place from the left, 0 to 6.
    pub place: u32,
    /// The name of the day.
    pub day: String,
    /// What the day brought, with unit.
    pub amount: String,
    /// The same without unit, to stand above the bar.
    pub short: String,
    /// Whether the day brought anything.
    pub some: bool,
    /// The height of the bar in the drawing, 3 to 84.
    pub height: u32,
    /// Whether this is today.
    pub today: bool,
}

impl Bar {
    /// Where the floor of the chart lies.
    const FLOOR: u32 = 108;
    /// The tallest bar.
    const TALLEST: i64 = 84;
    /// A day without anything still has a foot to stand on.
    const SHORTEST: i64 = 3;

    fn left(&self) -> u32 {
        self.place * 48 + 11
    }

    fn middle(&self) -> u32 {
        self.place * 48 + 24
    }

    fn top(&self) -> u32 {
        Self::FLOOR.saturating_sub(self.height)
    }
}

impl Week {
    /// The chart of these days (name, amount with unit, amount without, milligrams), oldest first,
    /// the last one being today.
    pub fn new(lang: Lang, total: String, week: Vec<(String, String, String, i64)>) -> Self {
        let most = week.iter().map(|day| day.3).max().unwrap_or_default().max(1);
        let listed: Vec<String> = week
            .iter()
            .map(|(day, amount, _, _)| format!("{day} {amount}"))
            .collect();
        let list = listed.join(&of(lang, "、", ", "));
        let words = lang.say_with("home-week-words", &[("days", list.as_str()), ("total", total.as_str())]);
        let newest = week.len().saturating_sub(1);
        let bars = (0_u32..)
            .zip(week)
            .map(|(place, (day, amount, short, mg))| {
                let part = i128::from(mg.max(0)) * i128::from(Bar::TALLEST) / i128::from(most);
                let height = part.max(i128::from(Bar::SHORTEST));
                Bar {
                    place,
                    day,
                    amount,
                    short,
                    some: mg > 0,
                    height: u32::try_from(height).unwrap_or_default(),
                    today: usize::try_from(place).is_ok_and(|place| place == newest),
                }
            })
            .collect();
        Self { total, words, bars }
    }
}

impl Home {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// Xiaoman's page: 513 g, made of two metro photos, a light and an order without tableware.
    pub fn sample(lang: Lang) -> Self {
        let plus = |number: &str| format!("+{}", grams(lang, number));
        let act = |icon, zh: &str, en: &str, earns: String| Act {
            icon,
            name: of(lang, zh, en),
            earns,
            href: Some("/record".to_owned()),
        };
        let days = [
            ("周六", "Sat", "0", 0),
            ("周日", "Sun", "0", 0),
            ("周一", "Mon", "65.5", 65_500),
            ("周二", "Tue", "0", 0),
            ("周三", "Wed", "47.5", 47_500),
            ("昨天", "Yest.", "200", 200_000),
            ("今天", "Today", "200", 200_000),
        ];
        Self {
            lang,
            to_spend: Amount::new("513", of(lang, "克", "g")),
            today: Some(of(lang, "今天 +200 克", "+200 g today")),
            in_review: grams(lang, "200"),
            avoided: grams(lang, "513"),
            returned: Some("¥0.00".to_owned()),
            acts: vec![
                act(Icon::Metro, "地铁", "Metro", plus("200")),
                act(Icon::LightsOff, "随手关灯", "Lights off", plus("65.5")),
                act(Icon::NoTableware, "不要餐具", "No tableware", plus("47.5")),
                act(Icon::Cycling, "骑行", "Cycling", of(lang, "250 克/公里", "250 g/km")),
            ],
            records: Self::sample_records(lang),
            all_records: None,
            week: Some(Week::new(
                lang,
                grams(lang, "513"),
                days.into_iter()
                    .map(|(zh, en, short, mg)| (of(lang, zh, en), grams(lang, short), short.to_owned(), mg))
                    .collect(),
            )),
        }
    }

    fn sample_records(lang: Lang) -> Vec<Record> {
        let plus = |number: &str| format!("+{}", grams(lang, number));
        let record = |icon, title: String, when: String, evidence: String, state, href: &str| Record {
            icon,
            title,
            when,
            evidence: Some(evidence),
            state,
            href: Some(href.to_owned()),
        };
        let photo = of(lang, "E1 照片", "E1 photo");
        let partner = of(lang, "E3 合作方", "E3 partner");
        let metro = of(lang, "地铁出行", "Metro trip");
        let today = |time: &str| of(lang, &format!("今天 {time}"), &format!("Today {time}"));
        let yesterday = |time: &str| of(lang, &format!("昨天 {time}"), &format!("Yesterday {time}"));
        vec![
            record(
                Icon::Metro,
                metro.clone(),
                today("18:20"),
                photo.clone(),
                State::Checking {
                    amount: grams(lang, "200"),
                },
                "/record/7",
            ),
            record(
                Icon::Metro,
                metro.clone(),
                today("08:12"),
                photo.clone(),
                State::Credited { amount: plus("200") },
                "/record/6",
            ),
            record(
                Icon::Metro,
                metro.clone(),
                yesterday("17:55"),
                photo.clone(),
                State::Credited { amount: plus("200") },
                "/record/5",
            ),
            record(
                Icon::Metro,
                metro,
                yesterday("08:03"),
                photo.clone(),
                State::Refused {
                    reason: of(lang, "这张照片之前用过", "This photo was used before"),
                },
                "/record/4",
            ),
            record(
                Icon::NoTableware,
                of(lang, "外卖不要餐具", "Order without tableware"),
                of(lang, "周三 12:31", "Wed 12:31"),
                partner,
                State::Credited { amount: plus("47.5") },
                "/record/3",
            ),
            record(
                Icon::LightsOff,
                of(lang, "离开教室随手关灯", "Classroom lights off"),
                of(lang, "周一 21:40", "Mon 21:40"),
                photo.clone(),
                State::Credited { amount: plus("65.5") },
                "/record/2",
            ),
            record(
                Icon::LightsOff,
                of(lang, "离开教室随手关灯", "Classroom lights off"),
                of(lang, "周一 21:38", "Mon 21:38"),
                photo,
                State::Reversed {
                    amount: grams(lang, "65.5"),
                },
                "/record/1",
            ),
        ]
    }

    /// The page of someone who has just joined.
    pub fn sample_empty(lang: Lang) -> Self {
        Self {
            to_spend: Amount::new("0", of(lang, "克", "g")),
            today: None,
            in_review: grams(lang, "0"),
            avoided: grams(lang, "0"),
            returned: None,
            records: Vec::new(),
            week: None,
            ..Self::sample(lang)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_on_the_floor_and_the_best_day_is_tallest() {
        let week = Home::sample(Lang::En).week.unwrap();
        assert!(week.bars.iter().all(|bar| bar.top() + bar.height == Bar::FLOOR));
        assert_eq!(week.bars[6].height, 84);
        assert_eq!(week.bars[0].height, 3);
        assert!(week.bars[6].today && !week.bars[5].today);
        assert!(week.words.contains("Mon 65.5 g"));
    }

    #[test]
    fn a_week_of_nothing_and_a_week_of_tonnes_can_be_drawn() {
        let day = |mg| ("d".to_owned(), "a".to_owned(), "s".to_owned(), mg);
        let nothing = Week::new(Lang::En, String::new(), vec![day(0); 7]);
        assert!(nothing.bars.iter().all(|bar| bar.height == 3));
        let tonnes = Week::new(Lang::En, String::new(), vec![day(i64::MAX), day(-5)]);
        assert_eq!(tonnes.bars[0].height, 84);
        assert_eq!(tonnes.bars[1].height, 3);
    }
}
