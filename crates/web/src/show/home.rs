//! The participant's first page: balance, what earns, recent records, the week.

use super::record::sample_days;
use super::{Amount, Fact, Icon, RecordDay, State, grams, of};
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
    /// What today brought, in words.
    pub today: String,
    /// What the month avoided, in words.
    pub month: Option<String>,
    /// What is still being checked, what was avoided and what came back: name and value, two or three.
    pub parts: Vec<Fact>,
    /// The programme's behaviours that this person is likeliest to record.
    pub acts: Vec<Act>,
    /// The newest records by day, newest first.
    pub days: Vec<RecordDay>,
    /// Whether something is being checked, so that the page should look again.
    pub checking: bool,
    /// The last seven days.
    pub week: Week,
    /// Whose page it is, for photos that wait on the phone.
    pub who: String,
    /// The competition that runs, if one does.
    pub race: Option<Race>,
}

/// The competition that runs.
#[derive(Clone, Debug)]
pub struct Race {
    /// Where its board is.
    pub href: String,
    /// What it is called.
    pub title: String,
    /// The viewer's rank; empty for who does not compete.
    pub rank: String,
    /// How far the next one is, or that one can join.
    pub words: String,
    /// What today has so far, or how many compete.
    pub below: String,
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
    /// Where it is recorded.
    pub href: String,
}

/// The last seven days as a chart with its words.
#[derive(Clone, Debug)]
pub struct Week {
    /// The sum, with unit.
    pub total: String,
    /// How many of the days had an act, in words.
    pub streak: String,
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
    /// Whether the day brought anything.
    pub some: bool,
    /// The height of the bar in the drawing, 4 to 72.
    pub height: u32,
    /// Whether this is today.
    pub today: bool,
}

impl Bar {
    /// Where the floor of the chart lies.
    const FLOOR: u32 = 72;
    /// The tallest bar.
    const TALLEST: i64 = 72;
    /// A day without anything still has a foot to stand on.
    const SHORTEST: i64 = 4;

    fn left(&self) -> u32 {
        self.place * 14
    }

    fn top(&self) -> u32 {
        Self::FLOOR.saturating_sub(self.height)
    }
}

impl Week {
    /// The chart of these days (name, amount with unit, milligrams), oldest first,
    /// the last one being today.
    pub fn new(lang: Lang, total: String, week: Vec<(String, String, i64)>) -> Self {
        let most = week.iter().map(|day| day.2).max().unwrap_or_default().max(1);
        let listed: Vec<String> = week.iter().map(|(day, amount, _)| format!("{day} {amount}")).collect();
        let list = listed.join(&of(lang, "、", ", "));
        let words = lang.say_with("home-week-words", &[("days", list.as_str()), ("total", total.as_str())]);
        let newest = week.len().saturating_sub(1);
        let bars: Vec<Bar> = (0_u32..)
            .zip(week)
            .map(|(place, (day, amount, mg))| {
                let part = i128::from(mg.max(0)) * i128::from(Bar::TALLEST) / i128::from(most);
                let height = part.max(i128::from(Bar::SHORTEST));
                Bar {
                    place,
                    day,
                    amount,
                    some: mg > 0,
                    height: u32::try_from(height).unwrap_or_default(),
                    today: usize::try_from(place).is_ok_and(|place| place == newest),
                }
            })
            .collect();
        let active = bars.iter().filter(|bar: &&Bar| bar.some).count();
        let streak = match active {
            0 => lang.say("home-week-none"),
            days => lang.say_with("home-week-days", &[("count", days.to_string().as_str())]),
        };
        Self {
            total,
            streak,
            words,
            bars,
        }
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
            href: "/act/metro-trip".to_owned(),
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
        let days = days.map(|(zh, en, short, mg)| (of(lang, zh, en), grams(lang, short), mg));
        Self {
            lang,
            to_spend: Amount::new("513", of(lang, "克", "g")),
            today: of(lang, "今天 +200 克", "+200 g today"),
            month: Some(of(lang, "本月少排 12.6 千克", "12.6 kg avoided this month")),
            parts: vec![
                Fact::new(lang.say("home-in-review"), grams(lang, "200")),
                Fact::new(lang.say("home-avoided"), of(lang, "31.84 千克", "31.84 kg")),
                Fact::new(lang.say("home-returned"), "¥0.06"),
            ],
            acts: vec![
                act(Icon::Metro, "地铁出行", "Metro trip", plus("200")),
                act(Icon::LightsOff, "随手关灯", "Lights off", plus("65.5")),
                act(
                    Icon::NoTableware,
                    "外卖不要餐具",
                    "Order without tableware",
                    plus("47.5"),
                ),
                act(Icon::Plate, "光盘行动", "Clean plate", plus("30")),
                act(
                    Icon::Walking,
                    "步行",
                    "Walking",
                    of(lang, "8.2 克/1000 步", "8.2 g/1000 steps"),
                ),
                act(
                    Icon::Clothes,
                    "旧衣回收",
                    "Old clothes",
                    of(lang, "3.6 千克/千克", "3.6 kg/kg"),
                ),
                act(Icon::Bottle, "塑料瓶回收", "Plastic bottle returned", plus("50")),
                act(Icon::Carrot, "素食一餐", "Vegetarian meal", plus("400")),
            ],
            days: sample_days(lang),
            checking: true,
            week: Week::new(lang, grams(lang, "513"), days.into_iter().collect()),
            who: "0000000000001".to_owned(),
            race: Some(Race {
                href: "/compete/1".to_owned(),
                title: of(lang, "十一月健步赢假期", "Walk & Win in November"),
                rank: "4".to_owned(),
                words: lang.say_with(
                    "competition-gap",
                    &[("gap", &of(lang, "612 步", "612 steps")), ("rank", "3")],
                ),
                below: lang.say_with("competition-today", &[("value", &of(lang, "7,884 步", "7,884 steps"))]),
            }),
        }
    }

    /// The page of someone who has just joined.
    pub fn sample_empty(lang: Lang) -> Self {
        let days = ["六 Sat", "日 Sun", "一 Mon", "二 Tue", "三 Wed", "四 Thu", "五 Fri"];
        let none = days.map(|day| (day.to_owned(), grams(lang, "0"), 0));
        Self {
            to_spend: Amount::new("0", of(lang, "克", "g")),
            today: lang.say("home-today-none"),
            month: None,
            parts: vec![
                Fact::new(lang.say("home-in-review"), grams(lang, "0")),
                Fact::new(lang.say("home-avoided"), grams(lang, "0")),
            ],
            days: Vec::new(),
            checking: false,
            week: Week::new(lang, grams(lang, "0"), none.into_iter().collect()),
            ..Self::sample(lang)
        }
    }

    /// The page of a household with large numbers and long names.
    pub fn sample_full(lang: Lang) -> Self {
        let mut full = Self::sample(lang);
        full.to_spend = Amount::new("12,345,678.905", of(lang, "绿色生活积分", "green living points"));
        full.parts[1].value = of(lang, "1,234,567.891 千克", "1,234,567.891 kg");
        "¥1,234,567.89".clone_into(&mut full.parts[2].value);
        let long = of(
            lang,
            "在社区智能回收箱投放塑料瓶与易拉罐并分类",
            "Plastic bottles and aluminium cans returned to the neighbourhood's machine",
        );
        full.acts[1].name.clone_from(&long);
        full.days[0].records[1].title = long;
        full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_on_the_floor_and_the_best_day_is_tallest() {
        let week = Home::sample(Lang::En).week;
        assert!(week.bars.iter().all(|bar| bar.top() + bar.height == Bar::FLOOR));
        assert_eq!(week.bars[6].height, 72);
        assert_eq!(week.bars[0].height, 4);
        assert!(week.bars[6].today && !week.bars[5].today);
        assert!(week.words.contains("Mon 65.5 g"));
    }

    #[test]
    fn a_week_of_nothing_and_a_week_of_tonnes_can_be_drawn() {
        let day = |mg| ("d".to_owned(), "a".to_owned(), mg);
        let nothing = Week::new(Lang::En, String::new(), vec![day(0); 7]);
        assert!(nothing.bars.iter().all(|bar| bar.height == 4));
        let tonnes = Week::new(Lang::En, String::new(), vec![day(i64::MAX), day(-5)]);
        assert_eq!(tonnes.bars[0].height, 72);
        assert_eq!(tonnes.bars[1].height, 4);
    }
}
