//! The front page of someone who has not signed in.

use super::{Fact, Icon, of};
use crate::lang::Lang;
use askama::Template;

/// What this is, the way in, and the programmes of this deployment.
#[derive(Clone, Debug, Template)]
#[template(path = "welcome.html")]
pub struct Welcome {
    /// The language of the page.
    pub lang: Lang,
    /// Whether there is one to join.
    pub join: bool,
    /// The programmes that show themselves.
    pub programmes: Vec<Programme>,
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
            href: None,
            figures: vec![
                Fact::new(of(lang, "参与者", "Participants"), people),
                Fact::new(of(lang, "本月少排", "Avoided this month"), avoided),
            ],
        };
        let kg = |number: &str| format!("{number} {}", of(lang, "千克", "kg"));
        Self {
            lang,
            join: true,
            programmes: vec![
                programme(
                    Icon::Metro,
                    of(lang, "示范校园", "Demo Campus"),
                    of(
                        lang,
                        "学生坐地铁、关灯、不要餐具，换可乐和日用品。",
                        "Students ride the metro, switch off and skip tableware for everyday rewards.",
                    ),
                    "1,204",
                    kg("318.2"),
                ),
                programme(
                    Icon::Walking,
                    of(lang, "示范公司走路赛", "Demo Company, Walk & Win"),
                    of(
                        lang,
                        "员工走一个月，团队比平均步数。",
                        "A month of steps; teams rank by their members' average.",
                    ),
                    "86",
                    kg("41.7"),
                ),
                programme(
                    Icon::Cycling,
                    of(lang, "示范城市", "Demo City"),
                    of(
                        lang,
                        "骑行、公交和地铁减排汇成批次，卖出后回馈市民。",
                        "Rides pooled into batches; what they sell for goes back to citizens.",
                    ),
                    "24,310",
                    kg("9,480"),
                ),
            ],
        }
    }
}
