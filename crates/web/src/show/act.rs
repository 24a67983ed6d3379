//! What can be done: the list of acts, one act's sheet, what became of it, and the objection to a refusal.
// long because: one view a step of an act's way, each small

use super::{Amount, Choice, Form, FormField, Icon, Input, Method, grams, of};
use crate::lang::Lang;
use askama::Template;

/// All acts of a programme, by category.
#[derive(Clone, Debug, Template)]
#[template(path = "acts/list.html")]
pub struct Acts {
    /// The language of the page.
    pub lang: Lang,
    /// What was looked for.
    pub query: String,
    /// What is said if nothing was found.
    pub nothing: Option<String>,
    /// The categories that have some.
    pub groups: Vec<Group>,
    /// Those for which no factor is known.
    pub unknown: Vec<(Icon, String)>,
}

/// The acts of a category.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its word, for the id of its heading.
    pub word: &'static str,
    /// Its name.
    pub name: String,
    /// The acts, those that can be recorded by hand first.
    pub acts: Vec<Act>,
}

/// An act in the list.
#[derive(Clone, Debug)]
pub struct Act {
    /// Its symbol.
    pub icon: Icon,
    /// Its name.
    pub name: String,
    /// What one earns, e.g. `+200 g` or `250 g/km`.
    pub earns: String,
    /// How it is proven.
    pub proof: String,
    /// Its sheet.
    pub href: String,
}

/// One act: what it is, what it earns and why, and the form to record it.
#[derive(Clone, Debug, Template)]
#[template(path = "acts/sheet.html")]
pub struct ActSheet {
    /// The language of the page.
    pub lang: Lang,
    /// Its symbol.
    pub icon: Icon,
    /// Its name.
    pub title: String,
    /// What counts as one.
    pub scope: String,
    /// What people should know of the number.
    pub note: Option<String>,
    /// What one earns.
    pub earns: String,
    /// The ceilings, a sentence each.
    pub limits: Vec<String>,
    /// The accepted proofs with their weights.
    pub proofs: Vec<Proof>,
    /// What counts it.
    pub method: Method,
    /// How it is recorded by hand; nothing if it cannot be.
    pub sending: Option<Sending>,
    /// What is said if it cannot be.
    pub closed: String,
}

/// A proof and its weight, in words.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The symbol without `i-`.
    pub icon: &'static str,
    /// What it is and how much of the reduction it earns.
    pub words: String,
}

/// The form that records an act.
#[derive(Clone, Debug)]
pub struct Sending {
    /// Where it posts to.
    pub action: String,
    /// The token of the session.
    pub csrf: String,
    /// The name of the event: sent twice, it counts once.
    pub event: String,
    /// Whose it is, for what waits on the phone.
    pub who: String,
    /// What has to be said.
    pub fields: Vec<FormField>,
    /// The photo, if one is accepted and consented to.
    pub photo: Option<FormField>,
    /// Bytes of the largest photo.
    pub most: usize,
    /// The words of the button that sends the photo.
    pub send: String,
    /// The words of the button that only declares, if that is accepted.
    pub declare: Option<String>,
    /// Other ways to prove it, a form each.
    pub files: Vec<FileForm>,
    /// The consents that ways to prove it still need.
    pub consents: Vec<AskConsent>,
    /// What was wrong with the whole.
    pub error: Option<String>,
}

/// A form that proves an act by a file, or by what a meter shows.
#[derive(Clone, Debug)]
pub struct FileForm {
    /// `track`, `steps` or `meter`.
    pub kind: &'static str,
    /// Its heading.
    pub title: String,
    /// What to send and where to find it.
    pub words: String,
    /// The file and whatever else has to be said.
    pub fields: Vec<FormField>,
    /// The words of its button.
    pub send: String,
    /// What was wrong with the whole.
    pub error: Option<String>,
}

/// What is to be agreed to before proof of some kind is sent.
#[derive(Clone, Debug)]
pub struct AskConsent {
    /// Where it is given.
    pub href: String,
    /// Its name in the request.
    pub name: String,
    /// What is asked, as a heading.
    pub title: String,
    /// One sentence.
    pub brief: String,
    /// The whole text, a paragraph each.
    pub text: Vec<String>,
}

/// What became of an act that was sent.
#[derive(Clone, Debug, Template)]
#[template(path = "acts/sent.html")]
pub struct Sent {
    /// The language of the page.
    pub lang: Lang,
    /// Its symbol.
    pub icon: Icon,
    /// What was done.
    pub title: String,
    /// When.
    pub when: String,
    /// Where its photo is.
    pub photo: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// What was seen that speaks for or against it, a sentence each.
    pub reasons: Vec<String>,
    /// Where more proof is added, if it helps.
    pub more: Option<String>,
    /// This page.
    pub here: String,
    /// Where the number is explained.
    pub why: Option<String>,
    /// Where another one is recorded.
    pub another: String,
}

/// What became of an act.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Its photo is being looked at.
    Checking {
        /// What it would earn, a sentence.
        would: Option<String>,
    },
    /// A person decides.
    InReview {
        /// Within what time, a sentence.
        within: String,
    },
    /// More proof is wanted.
    More {
        /// What was asked for, in the reviewer's words.
        asked: Option<String>,
    },
    /// It counts.
    Credited {
        /// What was credited.
        amount: Amount,
    },
    /// It does not.
    Refused {
        /// Why.
        reason: String,
    },
}

/// More proof for an act that was sent.
#[derive(Clone, Debug, Template)]
#[template(path = "acts/more.html")]
pub struct MoreProof {
    /// The language of the page.
    pub lang: Lang,
    /// Where what became of it is told.
    pub back: String,
    /// What was done.
    pub title: String,
    /// When.
    pub when: String,
    /// What was asked for.
    pub asked: Option<String>,
    /// The file.
    pub form: Form,
}

impl MoreProof {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A reviewer asked for the metro app's record.
    pub fn sample(lang: Lang) -> Self {
        let file = FormField::new(
            "photo-file",
            lang.say("activity-photo"),
            Input::File { accept: "image/*" },
        );
        Self {
            lang,
            back: "/sent/0000000000007".to_owned(),
            title: of(lang, "地铁出行（按次）", "Metro trip, flat"),
            when: of(lang, "今天 08:12", "Today 08:12"),
            asked: Some(of(
                lang,
                "请补拍当天的乘车记录。",
                "Please add that day's trip from the metro app.",
            )),
            form: Form::new("/sent/0000000000007/more", "sample", lang.say("activity-more-send")).with(file),
        }
    }
}

/// What became of the days of a file of steps.
#[derive(Clone, Debug, Template)]
#[template(path = "acts/steps.html")]
pub struct StepsSent {
    /// The language of the page.
    pub lang: Lang,
    /// The sheet.
    pub back: String,
    /// How many days are being checked, a sentence.
    pub told: String,
    /// Newest first.
    pub days: Vec<StepsDay>,
}

/// One day of a file of steps.
#[derive(Clone, Debug)]
pub struct StepsDay {
    /// The day as the reader would say it.
    pub day: String,
    /// Its steps, with what counted them.
    pub steps: String,
    /// The class of its chip.
    pub tone: &'static str,
    /// What became of it.
    pub state: String,
    /// Where that is told.
    pub href: Option<String>,
}

impl StepsSent {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// Three days: one to be checked, one sent before, today.
    pub fn sample(lang: Lang) -> Self {
        let day = |zh: &str, en: &str, key: &str, tone, href: Option<&str>| StepsDay {
            day: of(lang, zh, en),
            steps: lang.say_with("activity-steps-of", &[("steps", "7,412"), ("source", "fitbit")]),
            tone,
            state: lang.say(key),
            href: href.map(str::to_owned),
        };
        Self {
            lang,
            back: "/act/walking-by-steps".to_owned(),
            told: lang.say_with("activity-steps-told", &[("days", "1")]),
            days: vec![
                day("今天", "Today", "activity-steps-open", "calm", None),
                day(
                    "昨天",
                    "Yesterday",
                    "activity-steps-sent",
                    "wait",
                    Some("/sent/0000000000007"),
                ),
                day("11月22日", "22 Nov", "activity-steps-before", "calm", None),
            ],
        }
    }
}

/// An objection to a refusal: to be written, waiting, or answered.
#[derive(Clone, Debug, Template)]
#[template(path = "acts/appeal.html")]
pub struct Appeal {
    /// The language of the page.
    pub lang: Lang,
    /// Where the refusal is explained.
    pub back: String,
    /// What was reported.
    pub title: String,
    /// When.
    pub when: String,
    /// Why it was refused.
    pub reason: String,
    /// The form.
    pub form: Form,
}

impl Acts {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A few acts of two categories.
    pub fn sample(lang: Lang) -> Self {
        let act = |icon, name: String, earns: String, proof: String| Act {
            icon,
            name,
            earns,
            proof,
            href: "/act/metro-trip".to_owned(),
        };
        let both = of(lang, "照片 100 % · 申报 50 %", "photo 100 % · declared 50 %");
        let by_itself = lang.say("activity-by-itself");
        let plus = |number| format!("+{}", grams(lang, number));
        Self {
            lang,
            query: String::new(),
            nothing: None,
            groups: vec![
                Group {
                    word: "travel",
                    name: lang.say("activity-category-travel"),
                    acts: vec![
                        act(
                            Icon::Metro,
                            of(lang, "地铁出行（按次）", "Metro trip, flat"),
                            plus("200"),
                            both.clone(),
                        ),
                        act(
                            Icon::Cycling,
                            of(lang, "骑行代替开车", "Cycling instead of driving"),
                            of(lang, "250 克/公里", "250 g/km"),
                            by_itself.clone(),
                        ),
                    ],
                },
                Group {
                    word: "food",
                    name: lang.say("activity-category-food"),
                    acts: vec![act(
                        Icon::NoTableware,
                        of(lang, "外卖不要餐具", "Order without tableware"),
                        plus("47.5"),
                        both,
                    )],
                },
            ],
            unknown: vec![
                (Icon::Cup, of(lang, "自带杯", "Own cup")),
                (Icon::Stairs, of(lang, "走楼梯", "Stairs instead of the lift")),
            ],
        }
    }

    /// A search that finds nothing.
    pub fn sample_nothing(lang: Lang) -> Self {
        Self {
            query: "xyz".to_owned(),
            nothing: Some(lang.say_with("activity-search-none", &[("words", "xyz")])),
            groups: Vec::new(),
            unknown: Vec::new(),
            ..Self::sample(lang)
        }
    }
}

impl ActSheet {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A metro trip with a photo or without.
    pub fn sample(lang: Lang) -> Self {
        let when = Input::Line {
            kind: "datetime-local",
            autocomplete: "off",
        };
        let photo = FormField::new("photo", lang.say("activity-photo"), Input::File { accept: "image/*" })
            .hint(lang.say("activity-photo-hint"))
            .optional();
        let choices = vec![
            Choice::new("petrol", lang.say("activity-choice-petrol"), true),
            Choice::new("electric", lang.say("activity-choice-electric"), false),
        ];
        Self {
            lang,
            icon: Icon::Metro,
            title: of(lang, "地铁出行（按次）", "Metro trip, flat"),
            scope: of(lang, "一次地铁出行。", "One trip by metro."),
            note: Some(of(
                lang,
                "各平台对同一次地铁出行的计量在 46 至 274 克之间。",
                "Programmes credit 46 to 274 g for the same trip.",
            )),
            earns: format!("+{}", grams(lang, "200")),
            limits: vec![lang.say_with(
                "activity-limit-count",
                &[("per", lang.say("refusal-per-day").as_str()), ("limit", "5")],
            )],
            proofs: vec![
                Proof {
                    icon: "photo",
                    words: lang.say_with("activity-weight-photo", &[("weight", "100 %")]),
                },
                Proof {
                    icon: "me",
                    words: lang.say_with("activity-weight-declared", &[("weight", "50 %")]),
                },
            ],
            method: Method {
                name: of(lang, "地铁出行（按次）", "Metro trip, flat"),
                version: "1.0.0".to_owned(),
                href: Some("/methodologies/metro-trip/1.0.0".to_owned()),
            },
            closed: lang.say("activity-cannot-send"),
            sending: Some(Sending {
                action: "/act/metro-trip".to_owned(),
                csrf: "sample".to_owned(),
                event: "sample-event".to_owned(),
                who: "0000000000001".to_owned(),
                fields: vec![
                    FormField::new(
                        "in-car",
                        of(lang, "替代的车", "The car it replaces"),
                        Input::Select(choices),
                    ),
                    FormField::new("started", lang.say("activity-started"), when).value("2026-11-24T08:12"),
                ],
                photo: Some(photo),
                most: 10 * 1024 * 1024,
                send: lang.say_with("activity-send", &[("weight", "100 %")]),
                declare: Some(lang.say_with("activity-declare", &[("weight", "50 %")])),
                files: vec![FileForm {
                    kind: "track",
                    title: lang.say("activity-track"),
                    words: lang.say("activity-track-words"),
                    fields: vec![FormField::new(
                        "track-file",
                        lang.say("activity-file"),
                        Input::File {
                            accept: ".gpx,.fit,.csv",
                        },
                    )],
                    send: lang.say_with("activity-send-file", &[("weight", "100 %")]),
                    error: None,
                }],
                consents: Vec::new(),
                error: None,
            }),
        }
    }

    /// The same without the consent to photos and with something wrong.
    pub fn sample_wrong(lang: Lang) -> Self {
        let mut sheet = Self::sample(lang);
        if let Some(sending) = &mut sheet.sending {
            sending.photo = None;
            let photos = domain::participant::Consent::Photos;
            let agree = super::Agree::all(lang, &[], &[]);
            let agree = agree.into_iter().filter(|one| one.name == photos.name());
            sending.consents = agree
                .map(|agree| AskConsent {
                    href: "/act/metro-trip/consent".to_owned(),
                    name: agree.name,
                    title: lang.say("activity-consent-photos"),
                    brief: agree.brief,
                    text: agree.text,
                })
                .collect();
            sending.files[0].error = Some(lang.say("refusal-steps-broken"));
            sending.error = Some(lang.say("refusal-consent-missing"));
            sending.fields[1].error = Some(lang.say("refusal-time-future"));
        }
        sheet
    }

    /// An act that nobody reports by hand.
    pub fn sample_by_itself(lang: Lang) -> Self {
        Self {
            icon: Icon::Cycling,
            title: of(lang, "骑行代替开车", "Cycling instead of driving"),
            earns: of(lang, "250 克/公里", "250 g/km"),
            proofs: vec![Proof {
                icon: "phone",
                words: lang.say_with("activity-weight-device", &[("weight", "100 %")]),
            }],
            sending: None,
            ..Self::sample(lang)
        }
    }
}

impl Sent {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    fn is_checking(&self) -> bool {
        matches!(self.outcome, Outcome::Checking { .. })
    }

    /// A metro photo that is being looked at.
    pub fn sample(lang: Lang) -> Self {
        Self {
            lang,
            icon: Icon::Metro,
            title: of(lang, "地铁出行（按次）", "Metro trip, flat"),
            when: of(lang, "今天 08:12", "Today 08:12"),
            photo: Some("/evidence/0000000000007".to_owned()),
            outcome: Outcome::Checking {
                would: Some(lang.say_with("activity-sent-would", &[("amount", grams(lang, "200").as_str())])),
            },
            reasons: Vec::new(),
            more: None,
            here: "/sent/0000000000007".to_owned(),
            why: None,
            another: "/acts".to_owned(),
        }
    }

    /// The same, credited.
    pub fn sample_credited(lang: Lang) -> Self {
        Self {
            outcome: Outcome::Credited {
                amount: Amount::new("+200", of(lang, "克", "g")),
            },
            why: Some("/why/0000000000006".to_owned()),
            ..Self::sample(lang)
        }
    }

    /// The same, for a person to decide on.
    pub fn sample_review(lang: Lang) -> Self {
        Self {
            outcome: Outcome::InReview {
                within: lang.say_with("activity-sent-within", &[("days", "7")]),
            },
            reasons: vec![lang.say("evidence-photo-untimed")],
            ..Self::sample(lang)
        }
    }

    /// The same, with more wanted.
    pub fn sample_more(lang: Lang) -> Self {
        Self {
            outcome: Outcome::More {
                asked: Some(of(
                    lang,
                    "请补拍当天的乘车记录。",
                    "Please add that day's trip from the metro app.",
                )),
            },
            more: Some("/sent/0000000000007/more".to_owned()),
            ..Self::sample(lang)
        }
    }

    /// The same, refused.
    pub fn sample_refused(lang: Lang) -> Self {
        Self {
            outcome: Outcome::Refused {
                reason: lang.say("refusal-evidence-refused"),
            },
            reasons: vec![lang.say("evidence-photo-untimed")],
            why: Some("/why/0000000000006".to_owned()),
            ..Self::sample(lang)
        }
    }
}

impl Appeal {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// An objection that says nothing yet.
    pub fn sample(lang: Lang) -> Self {
        let words = FormField::new("words", lang.say("activity-appeal-words"), Input::Area)
            .hint(lang.say("activity-appeal-hint"))
            .error(Some(lang.say("refusal-field-invalid")));
        Self {
            lang,
            back: "/why/0000000000006".to_owned(),
            title: of(lang, "地铁出行", "Metro trip"),
            when: of(lang, "昨天 08:03", "Yesterday 08:03"),
            reason: lang.say("refusal-claim-duplicate"),
            form: Form::new("/appeal/0000000000006", "sample", lang.say("activity-appeal-send")).with(words),
        }
    }
}
