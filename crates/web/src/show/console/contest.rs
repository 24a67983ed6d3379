//! The form of a competition's terms, and the days of one that are looked at.

use askama::Template;

use super::review::Queued;
use crate::asset;
use crate::lang::Lang;
use crate::show::evidence::Reason;
use crate::show::form::{Choice, Field, Input};
use crate::show::{Chart, ChartBar, Fact, of};

/// Fields that belong together.
#[derive(Clone, Debug)]
pub struct FieldGroup {
    /// What they are about.
    pub title: String,
    /// What helps to fill them in; may be empty.
    pub words: String,
    /// The fields.
    pub fields: Vec<Field>,
}

/// The terms of a competition as a form: one for a new one and a draft.
#[derive(Clone, Debug, Template)]
#[template(path = "console/terms.html")]
pub struct TermsPage {
    /// The language of the page.
    pub lang: Lang,
    /// The heading.
    pub title: String,
    /// Where "back" leads, and what stands there.
    pub back: (String, String),
    /// Templates to begin from: name, address, whether it is this one.
    pub templates: Vec<(String, String, bool)>,
    /// What was wrong with the whole.
    pub error: Option<String>,
    /// Where it posts to.
    pub action: String,
    /// The token that only a page of this session knows.
    pub csrf: String,
    /// The idempotency key.
    pub key: String,
    /// The groups before the prizes.
    pub groups: Vec<FieldGroup>,
    /// The prizes, a group each.
    pub prizes: Vec<FieldGroup>,
    /// The words of the button that saves.
    pub save: String,
}

impl TermsPage {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn sheet(&self) -> String {
        asset::CONTEST_CSS.href()
    }

    /// A month of steps with a prize; one field is wrong.
    pub fn sample(lang: Lang) -> Self {
        let select = |name: &str, key: &str, words: &str| {
            let choices = vec![Choice::new("", lang.say(words), true)];
            Field::new(name, lang.say(key), Input::Select(choices))
        };
        let date = |name: &str, key: &str, value: &str| {
            let input = Input::Line {
                kind: "date",
                autocomplete: "off",
            };
            Field::new(name, lang.say(key), input).value(value)
        };
        TermsPage {
            lang,
            title: lang.say("contest-new"),
            back: (
                "/console/demo/competitions".to_owned(),
                lang.say("console-competitions"),
            ),
            templates: vec![
                (
                    lang.say("contest-template-walk-and-win"),
                    "?template=walk-and-win".to_owned(),
                    true,
                ),
                (lang.say("contest-template-empty"), "?template=empty".to_owned(), false),
            ],
            error: Some(lang.say("contest-wrong-some")),
            action: "/console/demo/competitions/new".to_owned(),
            csrf: "sample".to_owned(),
            key: "sample".to_owned(),
            groups: vec![FieldGroup {
                title: lang.say("contest-group-about"),
                words: lang.say("contest-group-about-words"),
                fields: vec![
                    Field::line("title_zh", lang.say("contest-field-title-zh")).value("健步赢假期"),
                    date("first", "contest-field-first", "2026-12-01"),
                    date("last", "contest-field-last", "2026-11-30").error(Some(lang.say("contest-wrong-last"))),
                ],
            }],
            prizes: vec![FieldGroup {
                title: lang.say_with("contest-prize", &[("number", "1")]),
                words: String::new(),
                fields: vec![
                    select("prize_0_by", "contest-field-by", "contest-by-rank"),
                    Field::line("prize_0_title_zh", lang.say("contest-field-prize-title-zh")).value("带薪假一天"),
                ],
            }],
            save: lang.say("contest-save"),
        }
    }
}

/// What can be said of a day.
#[derive(Clone, Debug)]
pub struct DayDeeds {
    /// Where it is said.
    pub action: String,
    /// The token that only a page of this session knows.
    pub csrf: String,
    /// Where a person is disqualified.
    pub disqualify: String,
    /// The value that the form sends back, to come to the next day.
    pub hidden: Vec<(&'static str, String)>,
}

/// A day that is looked at.
#[derive(Clone, Debug)]
pub struct DayPane {
    /// Whose day, and which.
    pub title: String,
    /// What it counts.
    pub worth: String,
    /// Where it stands among the others.
    pub place: String,
    /// Steps by hour, a chart for each source that told hours.
    pub curves: Vec<Chart>,
    /// What is said where no source told hours.
    pub no_curve: Option<String>,
    /// What speaks against it.
    pub reasons: Vec<Reason>,
    /// What there is to know.
    pub facts: Vec<Fact>,
    /// What was decided.
    pub note: Option<String>,
    /// What can be said.
    pub deeds: Option<DayDeeds>,
    /// The day before in the list.
    pub previous: Option<String>,
    /// The day after.
    pub next: Option<String>,
    /// Where the entrant is.
    pub entrant: String,
}

/// Days against which something speaks: a list on the left, one of them on the right.
#[derive(Clone, Debug, Template)]
#[template(path = "console/days.html")]
pub struct DaysPage {
    /// The language of the page.
    pub lang: Lang,
    /// The competition.
    pub title: String,
    /// Where the list of competitions is, and what it is called.
    pub back: (String, String),
    /// The pages of the competition.
    pub tabs: Vec<super::Segment>,
    /// How many are open.
    pub count: String,
    /// Whether the reader may change nothing.
    pub read_only: bool,
    /// What was done, or went wrong: `true` if it went wrong.
    pub said: Option<(bool, String)>,
    /// What this is about, and until when.
    pub lead: String,
    /// The days.
    pub rows: Vec<Queued>,
    /// What is said where there is none.
    pub empty: String,
    /// The one that is looked at.
    pub pane: Option<DayPane>,
}

impl DaysPage {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn sheet(&self) -> String {
        asset::REVIEW_CSS.href()
    }

    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn script(&self) -> String {
        asset::REVIEW.href()
    }

    /// Two days, one of them flat.
    pub fn sample(lang: Lang) -> Self {
        let row = |zh: &str, en: &str, steps: &str, here: bool| Queued {
            title: of(lang, zh, en),
            worth: lang.say_with("contest-steps", &[("count", steps)]),
            age: "2026-12-09".to_owned(),
            who: "4Q7X0M2N9K3PA".to_owned(),
            sign: Some(("no", lang.say("review-sign-steps-flat"))),
            mark: (!here).then(|| lang.say("contest-day-kept")),
            href: "/console/demo/competitions/0R5S6T7V8W9XY/audit?at=4Q7X0M2N9K3PA.2026-12-09".to_owned(),
            here,
        };
        let bars = (0..24_u32).map(|hour| ChartBar {
            label: hour.to_string(),
            parts: vec![(1_500, "1,500".to_owned())],
        });
        Self {
            lang,
            title: of(lang, "健步赢假期", "Walk & Win"),
            back: (
                "/console/demo/competitions".to_owned(),
                lang.say("console-competitions"),
            ),
            tabs: vec![super::Segment {
                name: lang.say("contest-tab-audit"),
                href: "/console/demo/competitions/0R5S6T7V8W9XY/audit".to_owned(),
                here: true,
            }],
            count: "1".to_owned(),
            read_only: false,
            said: Some((false, lang.say("contest-done-kept"))),
            lead: lang.say_with("contest-audit-until", &[("when", "2027-01-04 12:00")]),
            rows: vec![
                row("小满", "Xiaoman", "36,000", true),
                row("阿禾", "Ahe", "41,204", false),
            ],
            empty: lang.say("contest-audit-none"),
            pane: Some(DayPane {
                title: of(lang, "小满 · 2026-12-09", "Xiaoman · 2026-12-09"),
                worth: lang.say_with("contest-steps", &[("count", "36,000")]),
                place: lang.say_with("review-place", &[("place", "1"), ("count", "2")]),
                curves: vec![Chart {
                    id: "hours-1".to_owned(),
                    words: lang.say_with("contest-curve", &[("source", "wechat")]),
                    axis: lang.say("review-steps-hour"),
                    series: vec![lang.say("review-steps")],
                    bars: bars.collect(),
                    top: "1,500".to_owned(),
                }],
                no_curve: None,
                reasons: vec![Reason {
                    tone: "no",
                    weight: lang.say("evidence-tone-strong"),
                    words: lang.say("review-sign-steps-flat"),
                }],
                facts: vec![Fact::new(
                    lang.say("contest-column-team"),
                    of(lang, "财务部", "Finance"),
                )],
                note: None,
                deeds: Some(DayDeeds {
                    action: "/console/demo/competitions/0R5S6T7V8W9XY/audit".to_owned(),
                    csrf: "sample".to_owned(),
                    disqualify: "/console/demo/competitions/0R5S6T7V8W9XY/entrants/4Q7X0M2N9K3PA".to_owned(),
                    hidden: vec![("at", "4Q7X0M2N9K3PA.2026-12-09".to_owned())],
                }),
                previous: None,
                next: Some("?at=x".to_owned()),
                entrant: "/console/demo/competitions/0R5S6T7V8W9XY/entrants/4Q7X0M2N9K3PA".to_owned(),
            }),
        }
    }

    /// Nothing speaks against any day.
    pub fn sample_none(lang: Lang) -> Self {
        Self {
            count: "0".to_owned(),
            read_only: true,
            said: None,
            rows: Vec::new(),
            pane: None,
            ..Self::sample(lang)
        }
    }
}
