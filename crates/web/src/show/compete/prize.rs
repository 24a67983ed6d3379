//! How a competition ended: podium, prizes, a certificate and an image to share.

use std::fmt::Write as _;

use askama::Template;

use super::super::{Fact, Icon, of};
use super::{Place, Scale, sample_places};
use crate::lang::Lang;

/// How a competition ended.
#[derive(Clone, Debug, Template)]
#[template(path = "compete/result.html")]
pub struct ResultPage {
    /// The language of the page.
    pub lang: Lang,
    /// The competition: address and title.
    pub back: (String, String),
    /// What is said of the result: final since when, changed how often.
    pub words: String,
    /// The viewer's rank and score in words, if it took part.
    pub mine: Option<(String, String)>,
    /// The first three.
    pub podium: Vec<Step>,
    /// The first.
    pub rows: Vec<Place>,
    /// How their scores are written.
    pub scale: Scale,
    /// The first teams.
    pub teams: Vec<Place>,
    /// What the viewer won.
    pub won: Vec<Won>,
    /// Where certificate and image are, for whoever took part.
    pub certificate: Option<(String, String)>,
    /// What anybody can check: digest, seed and its hash.
    pub proof: Vec<Fact>,
}

/// A step of the podium.
#[derive(Clone, Debug)]
pub struct Step {
    /// 1 to 3.
    pub rank: u8,
    /// Who stands on it.
    pub name: String,
    /// The score in words.
    pub score: String,
}

/// What somebody won.
#[derive(Clone, Debug)]
pub struct Won {
    /// Its symbol.
    pub icon: Icon,
    /// What it is.
    pub title: String,
    /// What becomes of it.
    pub words: String,
    /// Where it is, if it is anywhere.
    pub href: Option<String>,
}

/// A certificate to print.
#[derive(Clone, Debug, Template)]
#[template(path = "compete/certificate.html")]
pub struct Certificate {
    /// The language of the page.
    pub lang: Lang,
    /// The result: address and title.
    pub back: (String, String),
    /// The programme.
    pub programme: String,
    /// The competition.
    pub title: String,
    /// Who.
    pub alias: String,
    /// What was reached, in words.
    pub words: String,
    /// The rank.
    pub rank: String,
    /// What makes it checkable.
    pub facts: Vec<Fact>,
}

impl ResultPage {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A month that was won.
    pub fn sample(lang: Lang) -> Self {
        let step = |rank: u8, zh: &str, en: &str| Step {
            rank,
            name: of(lang, zh, en),
            score: of(lang, "15,204 步/天", "15,204 steps a day"),
        };
        ResultPage {
            lang,
            back: (
                "/compete/1".to_owned(),
                of(lang, "十一月健步赢假期", "Walk & Win in November"),
            ),
            words: lang.say_with("competition-closed-on", &[("day", &of(lang, "12月8日", "8 Dec"))]),
            mine: Some((
                lang.say_with("competition-rank", &[("rank", "3")]),
                of(lang, "14,300 步/天", "14,300 steps a day"),
            )),
            podium: vec![
                step(2, "望舒", "Wren"),
                step(1, "青禾", "Robin"),
                step(3, "小满", "Xiaoman"),
            ],
            rows: sample_places(lang, 1, 3),
            scale: Scale {
                divisor: 1,
                digits: 0,
                unit: lang.say("competition-unit-steps-day"),
            },
            teams: sample_places(lang, 1, 2),
            won: vec![Won {
                icon: Icon::Gift,
                title: of(lang, "一天带薪假", "A day of leave"),
                words: of(lang, "已告知人事部门", "The employer was told"),
                href: None,
            }],
            certificate: Some(("/compete/1/certificate".to_owned(), "/compete/1/share.svg".to_owned())),
            proof: vec![Fact::new(
                lang.say("competition-digest"),
                "9f86d081884c7d659a2feaa0c55ad015",
            )],
        }
    }
}

impl Certificate {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A third place.
    pub fn sample(lang: Lang) -> Self {
        Certificate {
            lang,
            back: ("/compete/1/result".to_owned(), lang.say("competition-result")),
            programme: of(lang, "示范校园碳普惠", "Demo Campus"),
            title: of(lang, "十一月健步赢假期", "Walk & Win in November"),
            alias: of(lang, "小满", "Xiaoman"),
            words: of(
                lang,
                "180 人中第 3 名，平均 14,300 步/天",
                "Rank 3 of 180, with 14,300 steps a day",
            ),
            rank: "3".to_owned(),
            facts: vec![Fact::new(
                lang.say("competition-digest"),
                "9f86d081884c7d659a2feaa0c55ad015",
            )],
        }
    }
}

/// Text as it may stand in an SVG.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

/// At most so many characters, so that a line stays in the picture.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// A square image to share, as SVG: the rank, the alias, the competition; nothing else of the person.
pub fn share_image(of: &Certificate) -> String {
    let lines = [
        (250, 44, 400, cut(&of.programme, 30)),
        (330, 62, 700, cut(&of.title, 24)),
        (840, 76, 700, cut(&of.alias, 20)),
        (920, 40, 400, cut(&of.words, 44)),
    ];
    let mut texts = String::new();
    for (y, size, weight, text) in lines {
        let text = escaped(&text);
        let _ = write!(
            texts,
            "<text x=\"540\" y=\"{y}\" font-size=\"{size}\" font-weight=\"{weight}\">{text}</text>"
        );
    }
    let font = "-apple-system, 'PingFang SC', 'Noto Sans SC', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif";
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1080 1080\" width=\"1080\" height=\"1080\" role=\"img\" \
         aria-label=\"{words}\"><rect width=\"1080\" height=\"1080\" fill=\"#0b6b3a\"/><path d=\"M0 760q270-90 540 0t540 \
         0v320H0z\" fill=\"#06462a\"/><circle cx=\"540\" cy=\"560\" r=\"150\" fill=\"#fff\"/><g text-anchor=\"middle\" \
         fill=\"#fff\" font-family=\"{font}\"><text x=\"540\" y=\"{high}\" font-size=\"{large}\" font-weight=\"700\" \
         fill=\"#0b6b3a\">{rank}</text>{texts}</g></svg>",
        words = escaped(&format!("{} · {} · {}", of.title, of.alias, of.words)),
        rank = escaped(&of.rank),
        large = if of.rank.len() > 4 { 84 } else { 130 },
        high = if of.rank.len() > 4 { 590 } else { 606 },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_holds_what_people_wrote_as_text_only() {
        let certificate = Certificate {
            alias: "<script>\"&".to_owned(),
            title: "x".repeat(60),
            ..Certificate::sample(Lang::En)
        };
        let image = share_image(&certificate);
        assert!(image.contains("&lt;script&gt;&quot;&amp;") && !image.contains("<script"));
        assert!(image.contains(&format!(">{}…<", "x".repeat(23))));
    }
}
