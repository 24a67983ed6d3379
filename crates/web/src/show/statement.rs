//! The statement: a month of one's account, a year as a chart, and what all that is like.

use super::{Amount, Chart, ChartBar, Icon, grams, of};
use crate::lang::Lang;
use askama::Template;

/// A month of a participant's account.
#[derive(Clone, Debug, Template)]
#[template(path = "statement.html")]
pub struct Statement {
    /// The language of the page.
    pub lang: Lang,
    /// The month in words.
    pub month: String,
    /// The month before.
    pub previous: Option<String>,
    /// The month after.
    pub next: Option<String>,
    /// Reduction of the month: credited less taken back.
    pub avoided: Amount,
    /// Points earned, spent, held: name and amount.
    pub sums: Vec<(String, Amount)>,
    /// The last twelve months.
    pub year: Option<Chart>,
    /// The month's acts by category.
    pub kinds: Vec<Kind>,
    /// What the reduction of the twelve months is like.
    pub likes: Vec<Like>,
    /// The reduction that they are about, in words.
    pub liked: String,
    /// What was booked, newest first.
    pub lines: Vec<Line>,
    /// Whether there are more, which only the file holds.
    pub more: bool,
    /// Where the month is as CSV.
    pub csv: String,
}

/// A category of acts.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Its symbol.
    pub icon: Icon,
    /// Its name.
    pub name: String,
    /// How many acts, in words.
    pub acts: String,
    /// What they avoided.
    pub amount: String,
    /// That as a share of the largest category, 0 to 100.
    pub percent: u8,
}

/// Something that would have emitted as much.
#[derive(Clone, Debug)]
pub struct Like {
    /// Its symbol.
    pub icon: Icon,
    /// What, in words.
    pub words: String,
    /// The factor, in words.
    pub factor: String,
    /// Where it was published.
    pub source: String,
    /// An address of the source.
    pub url: Option<String>,
}

/// Something that was booked.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its page, if it has one.
    pub href: Option<String>,
    /// Its symbol.
    pub icon: Icon,
    /// What it is about.
    pub title: String,
    /// When it was booked.
    pub when: String,
    /// What became of points or reduction, in a word.
    pub state: String,
    /// The tone of that word.
    pub tone: &'static str,
    /// What it moves, with its sign; empty for nothing.
    pub amount: String,
    /// The tone of the amount: `plus`, `less` or `calm`.
    pub sign: &'static str,
}

impl Statement {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A month of Xiaoman's.
    pub fn sample(lang: Lang) -> Self {
        let unit = of(lang, "克", "g");
        let amount = |value: &str| Amount::new(value, unit.clone());
        let bar = |label: &str, travel: i64, home: i64| ChartBar {
            label: label.to_owned(),
            parts: [travel, home].map(|g| (g, grams(lang, &g.to_string()))).to_vec(),
        };
        let months = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"];
        let bars = months.iter().zip(1_i64..).map(|(month, n)| {
            let label = of(lang, &format!("{month}月"), month);
            bar(&label, 90 * n, 300 - 20 * n)
        });
        let line = |icon, title: String, when: &str, state: String, tone, amount: String, sign| Line {
            href: Some("/why/0".to_owned()),
            icon,
            title,
            when: when.to_owned(),
            state,
            tone,
            amount,
            sign,
        };
        Self {
            lang,
            month: of(lang, "2026年11月", "November 2026"),
            previous: Some("/me/statement?month=2026-10".to_owned()),
            next: None,
            avoided: Amount::new("1.313", of(lang, "千克", "kg")),
            sums: vec![
                (of(lang, "获得", "Earned"), amount("1,313")),
                (of(lang, "已用", "Spent"), amount("500")),
                (of(lang, "冻结中", "Held"), amount("200")),
            ],
            year: Some(Chart {
                id: "year".to_owned(),
                words: of(lang, "最近 12 个月避免的排放", "Avoided in the last twelve months"),
                series: vec![of(lang, "行", "Travel"), of(lang, "住", "Home")],
                bars: bars.collect(),
                axis: of(lang, "月份", "Month"),
                top: grams(lang, "1,140"),
            }),
            kinds: vec![
                Kind {
                    icon: Icon::Travel,
                    name: of(lang, "行", "Travel"),
                    acts: of(lang, "6 次", "6 acts"),
                    amount: of(lang, "1.2 千克", "1.2 kg"),
                    percent: 100,
                },
                Kind {
                    icon: Icon::House,
                    name: of(lang, "住", "Home"),
                    acts: of(lang, "2 次", "2 acts"),
                    amount: grams(lang, "113"),
                    percent: 9,
                },
            ],
            likes: vec![Like {
                icon: Icon::Carpool,
                words: of(lang, "开车 5.2 公里", "5.2 km by car"),
                factor: of(
                    lang,
                    "小汽车排放因子 250 gCO2e/km（示例地区，2022）",
                    "Factor of driving 250 gCO2e/km (sample region, 2022)",
                ),
                source: of(lang, "示例来源，第 1 页", "A sample source, page 1"),
                url: Some("https://example.org/factor".to_owned()),
            }],
            liked: of(lang, "1.313 千克", "1.313 kg"),
            lines: vec![
                line(
                    Icon::Metro,
                    of(lang, "地铁出行", "Metro trip"),
                    "2026-11-24 09:12",
                    of(lang, "获得", "Earned"),
                    "",
                    format!("+200 {unit}"),
                    "plus",
                ),
                line(
                    Icon::Gift,
                    of(lang, "可乐 12 罐", "12 cans of cola"),
                    "2026-11-23 18:40",
                    of(lang, "冻结", "Held"),
                    "wait",
                    format!("500 {unit}"),
                    "calm",
                ),
                line(
                    Icon::LightsOff,
                    of(lang, "随手关灯", "Lights off"),
                    "2026-11-22 20:05",
                    of(lang, "未计入", "Not credited"),
                    "no",
                    String::new(),
                    "calm",
                ),
            ],
            more: true,
            csv: "/me/statement.csv?month=2026-11".to_owned(),
        }
    }

    /// A month without anything.
    pub fn sample_empty(lang: Lang) -> Self {
        let zero = Amount::new("0", of(lang, "克", "g"));
        let full = Self::sample(lang);
        Self {
            avoided: zero.clone(),
            sums: full.sums.iter().map(|(name, _)| (name.clone(), zero.clone())).collect(),
            year: None,
            kinds: Vec::new(),
            likes: Vec::new(),
            lines: Vec::new(),
            more: false,
            ..full
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_likeness_names_its_source() {
        let page = Statement::sample(Lang::En).render().unwrap();
        let like = page.split_once("5.2 km by car").unwrap().1;
        assert!(like.contains("A sample source, page 1") && like.contains("250 gCO2e/km"));
        let empty = Statement::sample_empty(Lang::En).render().unwrap();
        assert!(!empty.contains("class=\"like\"") && !empty.contains("<figure"));
    }
}
