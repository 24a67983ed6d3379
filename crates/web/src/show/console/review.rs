//! The review queue and one act in it, with everything that bears on it.

use askama::Template;

use crate::asset;
use crate::lang::Lang;
use crate::show::evidence::Reason;
use crate::show::form::{Choice, Field, Form, Input};
use crate::show::table::{Cell, Column, Table};
use crate::show::{Chart, ChartBar, Fact, grams, of};

/// The queue on the left, one act on the right.
#[derive(Clone, Debug, Template)]
#[template(path = "console/review.html")]
pub struct ReviewPage {
    /// The language of the page.
    pub lang: Lang,
    /// How many wait.
    pub count: String,
    /// Whether the reader may change nothing.
    pub read_only: bool,
    /// What was just done.
    pub done: Option<String>,
    /// Why nothing was done.
    pub error: Option<String>,
    /// Where the filter asks.
    pub here: String,
    /// What the queue can be narrowed by.
    pub filters: Vec<Field>,
    /// Whether it is.
    pub filtered: bool,
    /// What waits.
    pub rows: Vec<Queued>,
    /// What is said where nothing does.
    pub empty: String,
    /// Where the queue begins, if this is not its beginning.
    pub first: Option<String>,
    /// Where it goes on.
    pub more: Option<String>,
    /// Where several are approved together.
    pub together: Option<String>,
    /// The act that is looked at.
    pub pane: Option<Pane>,
}

/// One act in the queue.
#[derive(Clone, Debug)]
pub struct Queued {
    /// What was done.
    pub title: String,
    /// What it is worth.
    pub worth: String,
    /// For how long it waits.
    pub age: String,
    /// Whose it is: an id.
    pub who: String,
    /// The heaviest sign: the class of its chip, and its name.
    pub sign: Option<(&'static str, String)>,
    /// What else there is to know: a second reviewer is needed, it is one's own.
    pub mark: Option<String>,
    /// Where it is looked at.
    pub href: String,
    /// Whether it is.
    pub here: bool,
}

/// A photo with what there is to know of it.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Where it is.
    pub href: String,
    /// What it is, for those who do not see it.
    pub alt: String,
    /// Where it comes from.
    pub words: String,
}

/// A group of facts under a title.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What they are about.
    pub title: String,
    /// The facts.
    pub facts: Vec<Fact>,
}

/// The line of a track, without a map.
#[derive(Clone, Debug)]
pub struct Sketch {
    /// Corners as SVG reads them: `0,0 500,500`, in a square of 1000.
    pub corners: String,
    /// The first corner.
    pub start: (u16, u16),
    /// What was measured of it.
    pub facts: Vec<Fact>,
}

/// What a reviewer can say.
#[derive(Clone, Debug)]
pub struct Deeds {
    /// Where it is said.
    pub action: String,
    /// The token that only a page of this session knows.
    pub csrf: String,
    /// The idempotency key.
    pub key: String,
    /// The act, and what is looked at afterwards and by which filter: hidden fields.
    pub hidden: Vec<(&'static str, String)>,
    /// The words of the button that credits.
    pub approve: String,
    /// Reasons for a refusal.
    pub reasons: Vec<Choice>,
    /// Whether more was not asked for already.
    pub can_ask: bool,
}

/// One act with everything that bears on it.
#[derive(Clone, Debug)]
pub struct Pane {
    /// What was done.
    pub title: String,
    /// What it is worth.
    pub worth: String,
    /// Where in the queue it stands, and how long answers take.
    pub place: String,
    /// The photos, and those that look like them.
    pub pictures: Vec<Picture>,
    /// What is said where there is no photo to look at.
    pub no_picture: Option<String>,
    /// The line of a track.
    pub sketch: Option<Sketch>,
    /// Steps by hour.
    pub steps: Option<Chart>,
    /// Lines of text that were read, with how sure the reader is.
    pub lines: Vec<(String, String)>,
    /// What was seen, what weighs most first.
    pub reasons: Vec<Reason>,
    /// What is claimed, what the photo, the meter say.
    pub groups: Vec<Facts>,
    /// What reviewers said: who and when, what.
    pub said: Vec<Fact>,
    /// What there is to know before deciding, or why one cannot.
    pub note: Option<String>,
    /// What can be said.
    pub deeds: Option<Deeds>,
    /// The act before in the queue.
    pub previous: Option<String>,
    /// The act after.
    pub next: Option<String>,
    /// Where the participant is.
    pub participant: String,
}

impl ReviewPage {
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

    /// Two that wait, and a look-alike.
    pub fn sample(lang: Lang) -> Self {
        let row = |zh: &str, en: &str, worth: &str, sign: (&'static str, &str), here: bool| Queued {
            title: of(lang, zh, en),
            worth: grams(lang, worth),
            age: lang.say_with(
                "review-ago",
                &[("time", &lang.say_with("review-minutes", &[("count", "6")]))],
            ),
            who: "4Q7X0M2N9K3PA".to_owned(),
            sign: Some((sign.0, lang.say(sign.1))),
            mark: (!here).then(|| lang.say("review-one-more")),
            href: "/console/demo/review?at=4Q7X0M2N9K3PA.0R5S6T7V8W9XY".to_owned(),
            here,
        };
        let reason = |tone, weight: &str, words: String| Reason {
            tone,
            weight: lang.say(weight),
            words,
        };
        let alike = [
            ("at", "2026-11-03 16:00"),
            ("own", &*lang.say("evidence-own-other")),
            ("apart", "4.5 %"),
        ];
        let hours = (0..24_u32).map(|hour| {
            let steps = if (8..20).contains(&hour) { hour * 90 } else { 0 };
            ChartBar {
                label: hour.to_string(),
                parts: vec![(i64::from(steps), steps.to_string())],
            }
        });
        let picture = |alt: String, words: String| Picture {
            href: "/console/demo/review/4Q7X0M2N9K3PA/0R5S6T7V8W9XY/0".to_owned(),
            alt,
            words,
        };
        Self {
            lang,
            count: "2".to_owned(),
            read_only: false,
            done: Some(lang.say("review-done-credit")),
            error: None,
            here: "/console/demo/review".to_owned(),
            filters: vec![
                Field::new(
                    "behaviour",
                    lang.say("review-behaviour"),
                    Input::Select(vec![Choice::new("", lang.say("part-any"), true)]),
                )
                .optional(),
            ],
            filtered: false,
            rows: vec![
                row("地铁出行", "Metro trip", "200", ("no", "review-sign-photo-alike"), true),
                row(
                    "随手关灯",
                    "Lights off",
                    "65.5",
                    ("wait", "review-sign-photo-untimed"),
                    false,
                ),
            ],
            empty: lang.say("review-none"),
            first: None,
            more: None,
            together: Some("/console/demo/review/together".to_owned()),
            pane: Some(Pane {
                title: of(lang, "地铁出行", "Metro trip"),
                worth: grams(lang, "200"),
                place: lang.say_with("review-place", &[("place", "1"), ("count", "2")]),
                pictures: vec![
                    picture(
                        lang.say_with("review-photo-alt", &[("number", "1")]),
                        lang.say_with("review-photo-sent", &[("when", "2026-11-24 12:40")]),
                    ),
                    picture(lang.say("review-alike-alt"), "2026-11-03 16:00".to_owned()),
                ],
                no_picture: None,
                sketch: Some(Sketch {
                    corners: "20,900 200,620 480,600 760,240 980,60".to_owned(),
                    start: (20, 900),
                    facts: vec![Fact::new(lang.say("review-distance"), "14.8 km")],
                }),
                steps: Some(Chart {
                    id: "hours".to_owned(),
                    words: lang.say("review-steps"),
                    axis: lang.say("review-steps-hour"),
                    series: vec![lang.say("review-steps")],
                    bars: hours.collect(),
                    top: "1,710".to_owned(),
                }),
                lines: vec![(
                    "人民广场 2 号线".to_owned(),
                    lang.say_with("review-text-sure", &[("share", "96 %")]),
                )],
                reasons: vec![
                    reason(
                        "no",
                        "evidence-tone-strong",
                        lang.say_with("evidence-photo-alike", &alike),
                    ),
                    reason("wait", "evidence-tone-weak", lang.say("evidence-photo-untimed")),
                    reason("", "evidence-tone-clear", lang.say("evidence-act-agreed")),
                ],
                groups: vec![Facts {
                    title: lang.say("review-claim"),
                    facts: vec![Fact::new(lang.say("review-when"), "2026-11-24 08:12")],
                }],
                said: vec![Fact::new("2026-11-24 12:41", lang.say("review-said-more"))],
                note: Some(lang.say_with("review-takes-two", &[("worth", &*grams(lang, "200"))])),
                deeds: Some(Deeds {
                    action: "/console/demo/review".to_owned(),
                    csrf: "sample".to_owned(),
                    key: "sample".to_owned(),
                    hidden: vec![("at", "4Q7X0M2N9K3PA.0R5S6T7V8W9XY".to_owned())],
                    approve: lang.say("review-approve"),
                    reasons: vec![Choice::new("photo.alike", lang.say("review-sign-photo-alike"), true)],
                    can_ask: true,
                }),
                previous: None,
                next: Some("/console/demo/review?at=4Q7X0M2N9K3PA.0R5S6T7V8W9XZ".to_owned()),
                participant: "/console/demo/participants/4Q7X0M2N9K3PA".to_owned(),
            }),
        }
    }

    /// Nothing waits.
    pub fn sample_none(lang: Lang) -> Self {
        Self {
            count: "0".to_owned(),
            read_only: true,
            done: None,
            rows: Vec::new(),
            together: None,
            pane: None,
            ..Self::sample(lang)
        }
    }
}

/// What would be approved together, before it is.
#[derive(Clone, Debug, Template)]
#[template(path = "console/together.html")]
pub struct TogetherPage {
    /// The language of the page.
    pub lang: Lang,
    /// Where the queue is.
    pub back: String,
    /// How many, and what they are worth.
    pub words: String,
    /// What is approved together at most.
    pub rule: String,
    /// The acts.
    pub table: Table,
    /// The form that approves them.
    pub form: Option<Form>,
}

impl TogetherPage {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// One act.
    pub fn sample(lang: Lang) -> Self {
        let worth = grams(lang, "200");
        Self {
            lang,
            back: "/console/demo/review".to_owned(),
            words: lang.say_with(
                "review-together-words",
                &[("count", "1"), ("worth", worth.as_str()), ("left", "1")],
            ),
            rule: lang.say_with("review-together-rule", &[("most", "200")]),
            table: Table {
                caption: lang.say("review-together-title"),
                columns: vec![
                    Column::text(lang.say("review-behaviour")),
                    Column::number(lang.say("review-worth")),
                ],
                rows: vec![vec![
                    Cell::text(of(lang, "地铁出行", "Metro trip")),
                    Cell::text(worth.clone()),
                ]],
                ..Table::default()
            },
            form: Some(Form::new(
                "/console/demo/review/together",
                "sample",
                lang.say_with("review-together-go", &[("count", "1")]),
            )),
        }
    }
}
