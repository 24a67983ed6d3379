//! The overview: figures, alarms, charts.

use askama::Template;

use super::Segment;
use crate::lang::Lang;
use crate::show::chart::{Bar, Chart};
use crate::show::{Amount, Fact, grams, of};

/// The first page of the console.
#[derive(Clone, Debug, Template)]
#[template(path = "console/overview.html")]
pub struct Overview {
    /// The language of the page.
    pub lang: Lang,
    /// The civil day, as text.
    pub today: String,
    /// Whether the reader may change nothing.
    pub read_only: bool,
    /// The large figures: name and amount.
    pub figures: Vec<(String, Amount)>,
    /// What is not as it should be, and what waits.
    pub alarms: Vec<Alarm>,
    /// The heads of the periods.
    pub periods: Vec<String>,
    /// The figures of the periods.
    pub sums: Vec<Sums>,
    /// What was issued in points, and where it is.
    pub supply: Vec<Fact>,
    /// Over how many days the charts go.
    pub spans: Vec<Segment>,
    /// The charts with their titles.
    pub charts: Vec<(String, Chart)>,
    /// What stands there instead of charts.
    pub empty: Option<String>,
    /// Where the figures by day can be had as CSV.
    pub csv: String,
}

/// Something that wants to be looked at, or the word that all is well.
#[derive(Clone, Debug)]
pub struct Alarm {
    /// `""` for well, `wait`, `no` or `calm`.
    pub tone: &'static str,
    /// The symbol without `i-`.
    pub icon: &'static str,
    /// What it is.
    pub words: String,
    /// What makes it concrete.
    pub detail: String,
    /// Where one can do something about it.
    pub href: Option<String>,
}

/// One figure over the periods.
#[derive(Clone, Debug)]
pub struct Sums {
    /// What it counts.
    pub name: String,
    /// A value a period.
    pub values: Vec<String>,
}

impl Overview {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A programme in its third month.
    pub fn sample(lang: Lang) -> Self {
        let sums = |key: &str, values: [&str; 3]| Sums {
            name: lang.say(key),
            values: values.map(str::to_owned).to_vec(),
        };
        let kg = |number: &str| format!("{number} {}", of(lang, "千克", "kg"));
        let bars = (0..30_i64).map(|day| {
            let travel = 40 + (day * 37) % 23;
            let food = 8 + (day * 11) % 7;
            Bar {
                label: format!("11-{:02}", day + 1),
                parts: vec![
                    (travel, kg(&travel.to_string())),
                    (food, kg(&food.to_string())),
                    (day % 5, kg(&(day % 5).to_string())),
                ],
            }
        });
        let chart = Chart {
            id: "by-category".to_owned(),
            words: lang.say("console-chart-credited"),
            series: ["travel", "food", "home"]
                .map(|word| lang.say(&format!("console-category-{word}")))
                .to_vec(),
            bars: bars.collect(),
            axis: lang.say("console-day"),
            top: kg("82"),
        };
        Overview {
            lang,
            today: "2026-11-30".to_owned(),
            read_only: true,
            figures: vec![
                (
                    lang.say("console-credited-today"),
                    Amount::new("64.2", of(lang, "千克", "kg")),
                ),
                (lang.say("console-active-today"), Amount::new("412", "/ 1,204")),
                (
                    lang.say("console-outstanding"),
                    Amount::new("1,880,204", of(lang, "克", "g")),
                ),
                (lang.say("console-waiting"), Amount::new("7", "")),
            ],
            alarms: vec![
                Alarm {
                    tone: "",
                    icon: "check",
                    words: lang.say("console-balanced"),
                    detail: lang.say("console-balanced-detail"),
                    href: None,
                },
                Alarm {
                    tone: "wait",
                    icon: "wait",
                    words: lang.say_with("console-waiting-appeals", &[("count", "3")]),
                    detail: String::new(),
                    href: Some("/console/demo/work".to_owned()),
                },
            ],
            periods: ["today", "week", "month"]
                .map(|word| lang.say(&format!("console-{word}")))
                .to_vec(),
            sums: vec![
                sums("console-credited", [&grams(lang, "64,200"), &kg("431"), &kg("1,822")]),
                sums("console-acts", ["318", "2,204", "9,377"]),
                sums("console-refused", ["4", "31", "140"]),
            ],
            supply: vec![
                Fact::new(lang.say("console-supply-issued"), "2,400,000"),
                Fact::new(lang.say("console-supply-outstanding"), "1,880,204"),
            ],
            spans: vec![
                Segment {
                    name: lang.say_with("console-days", &[("count", "30")]),
                    href: "?days=30".to_owned(),
                    here: true,
                },
                Segment {
                    name: lang.say_with("console-days", &[("count", "90")]),
                    href: "?days=90".to_owned(),
                    here: false,
                },
            ],
            charts: vec![(lang.say("console-chart-credited-title"), chart)],
            empty: None,
            csv: "/console/demo/overview.csv".to_owned(),
        }
    }

    /// A programme on its first day.
    pub fn sample_empty(lang: Lang) -> Self {
        Overview {
            charts: Vec::new(),
            empty: Some(lang.say("console-no-figures")),
            read_only: false,
            alarms: Vec::new(),
            ..Self::sample(lang)
        }
    }
}
