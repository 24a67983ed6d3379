//! The potential calculator.

use askama::Template;

use super::{Amount, FormField, Icon, Input, of};
use crate::lang::Lang;

/// Assumptions and what they come to.
#[derive(Clone, Debug, Template)]
#[template(path = "public/calculator.html")]
pub struct Calculator {
    /// The language of the page.
    pub lang: Lang,
    /// Examples to start from: words and address.
    pub presets: Vec<(String, String)>,
    /// What is wrong with the whole, if something is.
    pub wrong: Option<String>,
    /// What holds for every behaviour.
    pub general: Vec<FormField>,
    /// The behaviours by category.
    pub shelves: Vec<Choosing>,
    /// What the assumptions come to, if there are some.
    pub outcome: Option<Outcome>,
}

/// The behaviours of a category.
#[derive(Clone, Debug)]
pub struct Choosing {
    /// The category's name in addresses.
    pub name: &'static str,
    /// The category.
    pub title: String,
    /// Its symbol.
    pub icon: Icon,
    /// How many are chosen; none if none are.
    pub chosen: Option<String>,
    /// The behaviours.
    pub lines: Vec<Line>,
}

/// A behaviour to choose.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its title.
    pub title: String,
    /// What one act avoids, and what was said about the act.
    pub each: String,
    /// How many times.
    pub times: FormField,
    /// Over what.
    pub per: FormField,
}

/// What the assumptions come to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// A year of it.
    pub amount: Amount,
    /// What part of personal consumption that is.
    pub of_all: String,
    /// Whether it is more than all of it.
    pub over: bool,
    /// The length of its bar, of 1000.
    pub width: i64,
    /// Behaviour by behaviour, the largest first.
    pub parts: Vec<Part>,
    /// Every assumption, a sentence each.
    pub assumed: Vec<String>,
    /// The address that carries the choice.
    pub link: String,
}

/// What a behaviour adds.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its title.
    pub title: String,
    /// A year of it.
    pub amount: String,
    /// Its part of the sum.
    pub share: String,
    /// The length of its bar, of 1000.
    pub width: i64,
}

impl Calculator {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// Half the people on the metro.
    pub fn sample(lang: Lang) -> Self {
        let field = |name: &str, key: &str, value: &str| FormField::line(name, lang.say(key)).value(value);
        Self {
            lang,
            presets: vec![(
                lang.say("potential-preset-metro"),
                "/calculator?n-metro-trip=5".to_owned(),
            )],
            wrong: None,
            general: vec![
                field("people", "potential-people", "1,400,000,000"),
                field("share", "potential-share", "50"),
                field("replaced", "potential-replaced", "60").hint(lang.say("potential-replaced-hint")),
            ],
            shelves: vec![Choosing {
                name: "travel",
                title: of(lang, "行", "Travel"),
                icon: Icon::Travel,
                chosen: Some("1".to_owned()),
                lines: vec![Line {
                    title: of(lang, "地铁出行", "Metro trip"),
                    each: lang.say_with("potential-each", &[("mass", &super::grams(lang, "200"))]),
                    times: field("n-metro-trip", "potential-times", "5"),
                    per: FormField::new(
                        "p-metro-trip",
                        lang.say("potential-per"),
                        Input::Select(vec![super::Choice::new("week", lang.say("potential-per-week"), true)]),
                    ),
                }],
            }],
            outcome: Some(Outcome {
                amount: Amount::new("21.9", lang.say("potential-mt")),
                of_all: lang.say_with("potential-of-all", &[("percent", "0.59 %")]),
                over: false,
                width: 6,
                parts: vec![Part {
                    title: of(lang, "地铁出行", "Metro trip"),
                    amount: format!("21.9 {}", lang.say("potential-mt")),
                    share: "100 %".to_owned(),
                    width: 1000,
                }],
                assumed: vec![lang.say("potential-assumed-year"), lang.say("potential-assumed-source")],
                link: "/calculator?n-metro-trip=5&p-metro-trip=week".to_owned(),
            }),
        }
    }

    /// Something cannot be read.
    pub fn sample_wrong(lang: Lang) -> Self {
        let mut page = Self::sample(lang);
        page.wrong = Some(lang.say("potential-wrong"));
        page.outcome = None;
        if let Some(field) = page.general.first_mut() {
            "many".clone_into(&mut field.value);
            field.error = Some(lang.say("potential-bad-population"));
        }
        page
    }
}
