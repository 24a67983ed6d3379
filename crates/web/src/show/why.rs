//! Why this number: a credited record step by step, or a refused one with its reason.

use super::{Amount, Fact, Icon, grams, of};
use crate::lang::Lang;
use askama::Template;

/// "Why this number": how a record was worked out and where its grams are.
#[derive(Clone, Debug, Template)]
#[template(path = "why.html")]
pub struct Why {
    /// The language of the page.
    pub lang: Lang,
    /// Where "back" leads.
    pub back: String,
    /// The symbol of the behaviour.
    pub icon: Icon,
    /// What was done.
    pub title: String,
    /// When.
    pub when: String,
    /// What was credited.
    pub amount: Amount,
    /// What it was before proof and limits, and after, in a sentence; nothing if both are the same.
    pub gross_to: Option<String>,
    /// The grade of the evidence, e.g. `E1 · photo checked`.
    pub grade: String,
    /// What that grade means.
    pub means: String,
    /// Where the person's own photo is.
    pub photo: Option<String>,
    /// What the record itself says: trips, distance, place.
    pub inputs: Vec<Fact>,
    /// The formula in symbols.
    pub formula: Option<String>,
    /// The calculation, caps included, ending in its sum.
    pub steps: Vec<Step>,
    /// How it was rounded.
    pub rounding: Option<String>,
    /// The factors that stand in the calculation.
    pub factors: Vec<Factor>,
    /// The methodology and its version.
    pub method: Method,
    /// The way of the grams: what is done, where they are, what may come.
    pub path: Vec<Stop>,
    /// Where the record's numbers can be fetched.
    pub data: String,
    /// The command that recomputes it.
    pub command: String,
}

/// A row of the calculation.
#[derive(Clone, Debug)]
pub struct Step {
    /// `+`, `−`, `×`, `=` or nothing.
    pub sign: String,
    /// What it is, in words.
    pub words: String,
    /// The same as a formula of names, e.g. `Distance × Factor`.
    pub symbols: Option<String>,
    /// The same with numbers, e.g. `3.2 km × 250 g/km`.
    pub numbers: Option<String>,
    /// The value with its unit.
    pub value: String,
    /// Whether a line is drawn above it because it is the result.
    pub sum: bool,
}

/// An emission factor with its origin.
#[derive(Clone, Debug)]
pub struct Factor {
    /// Its name.
    pub name: String,
    /// Its value with unit.
    pub value: String,
    /// Where it holds.
    pub region: String,
    /// For which year.
    pub year: String,
    /// Average, residual, life-cycle and so on.
    pub kind: String,
    /// Who says so.
    pub source: String,
    /// Where that can be read; a link only if it is `http` or `https`.
    pub source_url: Option<String>,
    /// How sure it is.
    pub note: Option<String>,
}

impl Factor {
    /// The address of the source if it is one that a reader may follow.
    fn source_link(&self) -> Option<&str> {
        self.source_url
            .as_deref()
            .filter(|url| url.starts_with("https://") || url.starts_with("http://"))
    }
}

/// A methodology by name and version.
#[derive(Clone, Debug)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it can be read.
    pub href: Option<String>,
}

/// A stop on the way of the grams.
#[derive(Clone, Debug)]
pub struct Stop {
    /// What happened or may happen.
    pub words: String,
    /// When, or what it depends on.
    pub when: String,
    /// Whether it is past, present or to come.
    pub stage: Stage,
}

/// Past, present or to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Has happened.
    Done,
    /// Is so now.
    Now,
    /// May come.
    Later,
}

impl Stage {
    fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Now => "done here",
            Self::Later => "later",
        }
    }

    fn is_now(self) -> bool {
        self == Self::Now
    }
}

impl Why {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// The first of Xiaoman's metro trips.
    pub fn sample(lang: Lang) -> Self {
        let step = |sign: &str, zh: &str, en: &str, symbols: Option<String>, value: String| Step {
            sign: sign.to_owned(),
            words: of(lang, zh, en),
            symbols: symbols
                .as_ref()
                .map(|_| of(lang, "次数 × 每次减排量", "Trips × Avoided per trip")),
            numbers: symbols,
            value,
            sum: sign == "=",
        };
        let point = |zh: &str, en: &str, when: String, stage| Stop {
            words: of(lang, zh, en),
            when,
            stage,
        };
        Self {
            lang,
            back: "/".to_owned(),
            icon: Icon::Metro,
            title: of(lang, "地铁出行", "Metro trip"),
            when: of(lang, "今天 08:12", "Today 08:12"),
            amount: Amount::new("200", of(lang, "克", "g")),
            gross_to: None,
            grade: of(lang, "E1 · 照片已核对", "E1 · photo checked"),
            means: lang.say("activity-grade-means-1"),
            photo: Some("/evidence/0000000000007".to_owned()),
            inputs: vec![
                Fact::new(of(lang, "次数", "Trips"), "1"),
                Fact::new(
                    of(lang, "证明", "Proof"),
                    of(lang, "照片，与以往照片不重复", "Photo, unlike any earlier one"),
                ),
            ],
            formula: Some("ER = n × EF × w".to_owned()),
            steps: vec![
                step(
                    "",
                    "坐地铁而不开车，一次少排",
                    "One trip by metro instead of by car",
                    Some(of(lang, "1 次 × 200 克/次", "1 trip × 200 g/trip")),
                    grams(lang, "200"),
                ),
                step(
                    "×",
                    "证据权重（E1）",
                    "Weight of this proof (E1)",
                    None,
                    "100 %".to_owned(),
                ),
                step(
                    "−",
                    "超出每日上限的部分",
                    "Above the daily limit",
                    Some(of(lang, "每天最多 2 次", "at most 2 trips a day")),
                    grams(lang, "0"),
                ),
                step("=", "计入", "Credited", None, grams(lang, "200")),
            ],
            rounding: Some(of(
                lang,
                "不足 1 毫克的部分舍去，从不进位。",
                "Anything below 1 mg is dropped, never rounded up.",
            )),
            factors: vec![Factor {
                name: of(lang, "地铁出行一次", "One metro trip"),
                value: of(lang, "200 克 CO₂e/次", "200 g CO₂e per trip"),
                region: of(lang, "中国", "China"),
                year: "2023".to_owned(),
                kind: of(lang, "每次，示例值", "Per act, example value"),
                source: of(lang, "示例报纸 2023 年报道", "Example Daily, report of 2023"),
                source_url: Some("https://example.com/metro".to_owned()),
                note: Some(of(
                    lang,
                    "其他项目每次计 46–274 克。",
                    "Other programmes credit 46–274 g a trip.",
                )),
            }],
            method: Method {
                name: of(lang, "地铁出行", "Metro trip"),
                version: "1.0.0".to_owned(),
                href: None,
            },
            path: vec![
                point("已计入你的账户", "Credited to you", "08:13".to_owned(), Stage::Done),
                point("由你持有", "Held by you", of(lang, "现在", "now"), Stage::Now),
                point(
                    "经你同意，进入批次",
                    "Joins a batch, if you agree",
                    of(lang, "12 月 1 日", "1 Dec"),
                    Stage::Later,
                ),
                point(
                    "获得编号、卖出、分给你",
                    "Serial numbers, sale, your share",
                    of(lang, "以后", "later"),
                    Stage::Later,
                ),
            ],
            data: "/why/0000000000006/data".to_owned(),
            command: "puhui quantify trip.ndjson -m metro-trip@1.0.0 --region CN-SH --day 2026-11-24 --grade E1"
                .to_owned(),
        }
    }
}

/// An objection to a refusal.
#[derive(Clone, Debug)]
pub struct Appealed {
    /// How it stands, in words.
    pub state: String,
    /// `wait`, `no` or nothing for a good end.
    pub tone: &'static str,
    /// In the person's words.
    pub words: String,
    /// The answer, once there is one.
    pub answer: Option<String>,
}

/// A refused record: the reason, and what can be done.
#[derive(Clone, Debug, Template)]
#[template(path = "refused.html")]
pub struct Refused {
    /// The language of the page.
    pub lang: Lang,
    /// Where "back" leads.
    pub back: String,
    /// The symbol of the behaviour.
    pub icon: Icon,
    /// What was reported.
    pub title: String,
    /// When.
    pub when: String,
    /// Why it was refused, a full sentence.
    pub reason: String,
    /// What was seen in its proofs, a sentence each.
    pub reasons: Vec<String>,
    /// Where proof is added while an objection waits.
    pub more: Option<String>,
    /// What was found, in names and values.
    pub facts: Vec<Fact>,
    /// What the person can do, a sentence each.
    pub todo: Vec<String>,
    /// The photo that was sent.
    pub photo: Option<String>,
    /// Where the person can disagree.
    pub appeal: Option<String>,
    /// The objection, once there is one.
    pub appealed: Option<Appealed>,
}

impl Refused {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A metro photo that was used twice.
    pub fn sample(lang: Lang) -> Self {
        Self {
            lang,
            back: "/".to_owned(),
            icon: Icon::Metro,
            title: of(lang, "地铁出行", "Metro trip"),
            when: of(lang, "昨天 08:03", "Yesterday 08:03"),
            reason: of(
                lang,
                "这张照片和周一的一张几乎相同，同一次出行只能计一次。",
                "This photo is nearly the same as one from Monday, and a trip counts once.",
            ),
            reasons: vec![lang.say("evidence-photo-untimed")],
            more: None,
            facts: vec![
                Fact::new(of(lang, "相似记录", "Look-alike"), of(lang, "周一 08:05", "Mon 08:05")),
                Fact::new(of(lang, "证明", "Proof"), of(lang, "E1 照片", "E1 photo")),
            ],
            todo: vec![
                of(lang, "下次出行时拍一张新照片。", "Take a new photo on your next trip."),
                of(
                    lang,
                    "如果这是另一次出行，请申请人工复核，并说明两次的区别。",
                    "If it was another trip, ask for a review and say what differs.",
                ),
            ],
            photo: Some("/evidence/0000000000007".to_owned()),
            appeal: Some("/appeal/0000000000004".to_owned()),
            appealed: None,
        }
    }

    /// The same after an objection was answered.
    pub fn sample_answered(lang: Lang) -> Self {
        Self {
            appeal: None,
            appealed: Some(Appealed {
                state: lang.say("activity-appeal-declined"),
                tone: "no",
                words: of(lang, "那天我坐了两次。", "I rode twice that day."),
                answer: Some(of(lang, "闸机当天只有一次记录。", "The gate recorded one ride.")),
            }),
            ..Self::sample(lang)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_become_links() {
        let mut why = Why::sample(Lang::En);
        assert!(why.render().unwrap().contains("href=\"https://example.com/metro\""));
        why.factors[0].source_url = Some("javascript:alert(1)".to_owned());
        assert!(!why.render().unwrap().contains("javascript:"));
    }
}
