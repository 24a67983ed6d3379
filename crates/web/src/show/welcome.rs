//! The front page of someone who has not signed in.

use super::{Amount, Fact, Icon, of};
use crate::lang::Lang;
use askama::Template;

/// What this is, the way in, and the programmes of this deployment.
#[derive(Clone, Debug, Template)]
#[template(path = "welcome.html")]
pub struct Welcome {
    /// The language of the page.
    pub lang: Lang,
    /// The programmes that show themselves.
    pub programmes: Vec<Programme>,
    /// Where one joins, if a programme lets people in by themselves.
    pub join: Option<String>,
    /// One act from doing to return.
    pub receipt: Option<Receipt>,
    /// What else can be looked at.
    pub doors: Vec<Door>,
}

/// A programme on the front page.
#[derive(Clone, Debug)]
pub struct Programme {
    /// Its name.
    pub name: String,
    /// One sentence about it.
    pub words: String,
    /// Its symbol.
    pub icon: Icon,
    /// Where its public page is, once there is one.
    pub href: Option<String>,
    /// Up to three figures.
    pub figures: Vec<Fact>,
}

/// A worked example on its way: act, proof, number, return.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The symbol of the act.
    pub icon: Icon,
    /// What was done.
    pub title: String,
    /// What proved it.
    pub grade: String,
    /// The sum in symbols.
    pub sum: String,
    /// The factor in it.
    pub factor: String,
    /// Who says so.
    pub source: String,
    /// What came out.
    pub amount: Amount,
}

/// A room that is open to all.
#[derive(Clone, Debug)]
pub struct Door {
    /// Its symbol's id.
    pub icon: &'static str,
    /// Its name.
    pub title: String,
    /// What is in there.
    pub words: String,
    /// Where it is.
    pub href: String,
}

impl Welcome {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A deployment with three demo programmes.
    pub fn sample(lang: Lang) -> Self {
        let programme = |icon, name: String, words: String, people: &str, avoided: String| Programme {
            name,
            words,
            icon,
            href: Some("/p/campus".to_owned()),
            figures: vec![
                Fact::new(of(lang, "累计减排", "Credited in all"), avoided),
                Fact::new(of(lang, "参与者", "Participants"), people),
            ],
        };
        let kg = |number: &str| format!("{number} {}", of(lang, "千克", "kg"));
        let door = |icon, title: &str, words: String, href: &str| Door {
            icon,
            title: lang.say(title),
            words,
            href: href.to_owned(),
        };
        let counted = |key: &str, count: &str| lang.say_with(key, &[("count", count)]);
        Self {
            lang,
            join: Some("/join".to_owned()),
            receipt: Some(Receipt {
                icon: Icon::Cycling,
                title: of(lang, "骑行代替开车", "Cycling instead of driving"),
                grade: lang.say("activity-grade-2"),
                sum: "3.2 km × 250 g CO₂e/km".to_owned(),
                factor: of(lang, "小汽车排放因子", "Emission factor of driving"),
                source: of(lang, "虚构的来源，2023 年", "A fictional source, 2023"),
                amount: Amount::new("800", of(lang, "克", "g")),
            }),
            doors: vec![
                door(
                    "i-book",
                    "shell-methodologies",
                    counted("programme-door-methods", "53"),
                    "/methodologies",
                ),
                door(
                    "i-list",
                    "paper-book",
                    counted("programme-door-factors", "35"),
                    "/factors",
                ),
                door(
                    "i-overview",
                    "potential-title",
                    lang.say("programme-door-calculator"),
                    "/calculator",
                ),
            ],
            programmes: vec![
                programme(
                    Icon::Metro,
                    of(lang, "示范校园", "Demo Campus"),
                    of(lang, "上海 · 自 2026-09-01", "Shanghai · since 2026-09-01"),
                    "1,204",
                    kg("318.2"),
                ),
                programme(
                    Icon::Walking,
                    of(lang, "示范公司走路赛", "Demo Company, Walk & Win"),
                    of(lang, "北京 · 自 2026-11-01", "Beijing · since 2026-11-01"),
                    "86",
                    kg("41.7"),
                ),
                programme(
                    Icon::Cycling,
                    of(lang, "示范城市", "Demo City"),
                    of(lang, "广东 · 自 2026-01-01", "Guangdong · since 2026-01-01"),
                    "24,310",
                    kg("9,480"),
                ),
            ],
        }
    }

    /// A deployment without a programme.
    pub fn sample_empty(lang: Lang) -> Self {
        Self {
            programmes: Vec::new(),
            join: None,
            ..Self::sample(lang)
        }
    }
}
