//! The pages under Me.

use askama::Template;

use super::form::{Choice, Field, Form, Input};
use super::{Amount, of};
use crate::lang::Lang;

/// Everything that is mine, as a list of doors.
#[derive(Clone, Debug, Template)]
#[template(path = "me/hub.html")]
pub struct Hub {
    /// The language of the page.
    pub lang: Lang,
    /// What others see.
    pub alias: String,
    /// The letter in the round mark.
    pub initial: String,
    /// What one is, and where.
    pub words: String,
    /// Points to spend.
    pub balance: Amount,
    /// What was avoided in all.
    pub avoided: String,
    /// Since when and why the account is stopped, if it is.
    pub stopped: Option<(String, String)>,
    /// The lists of doors.
    pub groups: Vec<Group>,
    /// The token of the forms.
    pub csrf: String,
}

/// A list of doors.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its heading.
    pub title: String,
    /// The doors.
    pub doors: Vec<Door>,
}

/// A row that leads somewhere.
#[derive(Clone, Debug)]
pub struct Door {
    /// The symbol, without `i-`.
    pub icon: &'static str,
    /// What is behind it.
    pub title: String,
    /// What stands there now; may be empty.
    pub value: String,
    /// Where it leads.
    pub href: String,
}

impl Door {
    /// A door with nothing to say of what is behind it.
    pub fn new(icon: &'static str, title: String, value: impl Into<String>, href: &str) -> Self {
        Door {
            icon,
            title,
            value: value.into(),
            href: href.to_owned(),
        }
    }
}

impl Hub {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A student's page.
    pub fn sample(lang: Lang) -> Self {
        let say = |key: &str| lang.say(key);
        let books = vec![
            Door::new("chart", say("participant-statement"), "", "/me/statement"),
            Door::new("list", say("participant-records"), "", "/records"),
            Door::new("ticket", say("participant-vouchers"), "2", "/vouchers"),
            Door::new("scale", say("participant-appeals"), "1", "/me/appeals"),
        ];
        let mine = vec![
            Door::new("audit", say("participant-consents"), "4 / 5", "/me/consents"),
            Door::new(
                "signature",
                say("access-consent-delegation"),
                say("participant-delegated"),
                "/me/consents#c-delegation",
            ),
            Door::new("key", say("participant-settings"), "", "/me/settings"),
            Door::new(
                "globe",
                say("participant-language"),
                of(lang, "中文", "English"),
                "/me/settings",
            ),
            Door::new("people", say("participant-entity-new"), "", "/me/entities/new"),
            Door::new("down", say("participant-export"), "", "/me/export"),
        ];
        Hub {
            lang,
            alias: of(lang, "小满", "Xiaoman"),
            initial: of(lang, "小", "X"),
            words: of(lang, "个人 · 示范校园碳普惠", "Person · Demo Campus"),
            balance: Amount::new("1,313", of(lang, "克", "g")),
            avoided: of(lang, "12.48 千克", "12.48 kg"),
            stopped: Some((
                lang.say_with("policy-stopped", &[("day", "2026-11-20")]),
                lang.say_with("policy-stopped-words", &[("why", "示例 / an example")]),
            )),
            groups: vec![
                Group {
                    title: say("participant-books"),
                    doors: books,
                },
                Group {
                    title: say("participant-account"),
                    doors: mine,
                },
            ],
            csrf: "sample".to_owned(),
        }
    }
}

/// What one agreed to, one switch each.
#[derive(Clone, Debug, Template)]
#[template(path = "me/consents.html")]
pub struct Consents {
    /// The language of the page.
    pub lang: Lang,
    /// One row a consent.
    pub rows: Vec<Consent>,
    /// The partners that may report acts, or once did.
    pub partners: Vec<Partner>,
    /// What changed and when, newest first: what, given or withdrawn, when.
    pub log: Vec<(String, String, String)>,
    /// The token of the forms.
    pub csrf: String,
}

/// One partner.
#[derive(Clone, Debug)]
pub struct Partner {
    /// Its id in the request.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether its events are wanted.
    pub wanted: bool,
    /// Where it stands, in words.
    pub words: String,
}

/// One consent.
#[derive(Clone, Debug)]
pub struct Consent {
    /// Its name in the request.
    pub name: &'static str,
    /// What it is about.
    pub title: String,
    /// One sentence.
    pub brief: String,
    /// The whole text one agrees to, a paragraph each.
    pub text: Vec<String>,
    /// Whether it is in force.
    pub given: bool,
    /// Since when; empty where that is not known.
    pub when: String,
    /// Whether withdrawing it is closing the account.
    pub basic: bool,
}

impl Consents {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A student's consents.
    pub fn sample(lang: Lang) -> Self {
        let texts = super::Agree::all(lang, &[], &[]);
        let rows = domain::participant::Consent::ALL.into_iter().zip(texts);
        let row = |(consent, text): (domain::participant::Consent, super::Agree)| Consent {
            name: consent.name(),
            title: text.title,
            brief: text.brief,
            text: text.text,
            given: consent != domain::participant::Consent::DeviceReadings,
            when: of(lang, "2026年11月3日 08:12", "3 Nov 2026, 08:12"),
            basic: text.required,
        };
        Consents {
            lang,
            rows: rows.map(row).collect(),
            partners: vec![
                Partner {
                    id: "1".to_owned(),
                    name: of(lang, "示范地铁", "Demo Metro"),
                    wanted: true,
                    words: lang.say("participant-partner-reported"),
                },
                Partner {
                    id: "2".to_owned(),
                    name: of(lang, "示范单车", "Demo Bikes"),
                    wanted: false,
                    words: lang.say("participant-partner-out"),
                },
            ],
            log: vec![(
                super::consent_title(lang, domain::participant::Consent::DeviceReadings),
                lang.say("participant-withdrawn"),
                of(lang, "2026年11月20日 21:40", "20 Nov 2026, 21:40"),
            )],
            csrf: "sample".to_owned(),
        }
    }
}

/// How one is called and signs in.
#[derive(Clone, Debug, Template)]
#[template(path = "me/settings.html")]
pub struct Settings {
    /// The language of the page.
    pub lang: Lang,
    /// Alias and language.
    pub profile: Form,
    /// The account's name.
    pub account: String,
    /// A new password.
    pub password: Form,
    /// The passkeys.
    pub passkeys: Vec<Passkey>,
    /// Whether browsers offer passkeys here.
    pub offered: bool,
    /// The token of the forms.
    pub csrf: String,
}

/// A passkey.
#[derive(Clone, Debug)]
pub struct Passkey {
    /// Its id, as digits.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was added and last used.
    pub when: String,
}

impl Settings {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// The form of alias and language.
    pub fn profile(lang: Lang, csrf: &str, alias: &str, language: &str, error: Option<String>) -> Form {
        let languages = Lang::ALL
            .into_iter()
            .map(|one| Choice::new(one.word(), one.say("shell-language"), one.word() == language))
            .collect();
        Form::new("/me/settings/profile", csrf, lang.say("participant-save"))
            .with(
                Field::line("alias", lang.say("participant-alias"))
                    .value(alias)
                    .hint(lang.say("participant-alias-hint"))
                    .error(error),
            )
            .with(Field::new(
                "lang",
                lang.say("participant-language"),
                Input::Select(languages),
            ))
    }

    /// The form of a new password. `wrong` is the field that is, with what is wrong.
    pub fn password(lang: Lang, csrf: &str, wrong: Option<(&str, &str)>) -> Form {
        let error = |field: &str| wrong.filter(|(name, _)| *name == field).map(|(_, key)| lang.say(key));
        let field = |name: &'static str, label: &str, autocomplete| {
            let kind = "password";
            Field::new(name, lang.say(label), Input::Line { kind, autocomplete }).error(error(name))
        };
        Form::new("/me/settings/password", csrf, lang.say("participant-password-change"))
            .with(field("old", "participant-password-old", "current-password"))
            .with(field("new", "participant-password-new", "new-password").hint(lang.say("participant-password-hint")))
    }

    /// A student's settings.
    pub fn sample(lang: Lang) -> Self {
        let name = of(lang, "小满", "Xiaoman");
        let wrong = ("old", "participant-password-wrong");
        Settings {
            lang,
            profile: Self::profile(lang, "sample", &name, lang.word(), None),
            account: "xiaoman@demo.example".to_owned(),
            password: Self::password(lang, "sample", Some(wrong)),
            passkeys: vec![Passkey {
                id: "0a1b".to_owned(),
                name: of(lang, "我的手机", "My phone"),
                when: of(lang, "2026年11月3日添加", "added 3 Nov 2026"),
            }],
            offered: true,
            csrf: "sample".to_owned(),
        }
    }
}

/// Who is in charge of a small entity.
#[derive(Clone, Debug, Template)]
#[template(path = "me/people.html")]
pub struct People {
    /// The language of the page.
    pub lang: Lang,
    /// What the small entity is called.
    pub alias: String,
    /// Those in charge.
    pub people: Vec<Keeper>,
    /// A link that was just made.
    pub link: Option<String>,
    /// The token of the forms.
    pub csrf: String,
    /// What was wrong.
    pub error: Option<String>,
}

/// Somebody in charge.
#[derive(Clone, Debug)]
pub struct Keeper {
    /// Its value in the request.
    pub value: String,
    /// Its account, shortened where it is somebody else's.
    pub account: String,
    /// Whether it is the one who looks.
    pub me: bool,
}

impl People {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// A dormitory with two in charge.
    pub fn sample(lang: Lang) -> Self {
        let keeper = |value: &str, account: &str, me| Keeper {
            value: value.to_owned(),
            account: account.to_owned(),
            me,
        };
        People {
            lang,
            alias: of(lang, "示范宿舍 302", "Demo dormitory 302"),
            people: vec![
                keeper("1", "xiaoman@demo.example", true),
                keeper("2", "l…@demo.example", false),
            ],
            link: Some("https://carbon.example/invitation/0123456789abcdefghjkmnpqrstvwxyz".to_owned()),
            csrf: "sample".to_owned(),
            error: None,
        }
    }
}

/// A page with something to read and one form.
#[derive(Clone, Debug, Template)]
#[template(path = "me/sheet.html")]
pub struct Sheet {
    /// The language of the page.
    pub lang: Lang,
    /// Where one came from: address and words; none outside Me.
    pub back: Option<(&'static str, String)>,
    /// The symbol, without `i-`.
    pub icon: &'static str,
    /// The heading.
    pub title: String,
    /// What one should know.
    pub words: String,
    /// Lists of what one should know: heading and points.
    pub lists: Vec<(String, Vec<String>)>,
    /// The form, if there is something to do.
    pub form: Option<Form>,
    /// Whether a passkey may stand in for the password of the form.
    pub passkey: bool,
    /// A link instead of, or beside the form: address and words.
    pub link: Option<(String, String)>,
}

impl Sheet {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    fn danger(&self) -> bool {
        self.form.as_ref().is_some_and(|form| form.danger)
    }

    /// Closing an account.
    pub fn sample(lang: Lang) -> Self {
        Sheet {
            lang,
            back: Some(("/me", lang.say("shell-tab-me"))),
            icon: "out",
            title: lang.say("participant-close"),
            words: lang.say("participant-close-words"),
            lists: vec![
                (
                    lang.say("participant-close-goes"),
                    vec![
                        lang.say("participant-close-goes-name"),
                        lang.say("participant-close-goes-photos"),
                    ],
                ),
                (
                    lang.say("participant-close-stays"),
                    vec![lang.say("participant-close-stays-books")],
                ),
            ],
            form: Some(Self::closing(lang, "sample", None, true)),
            passkey: true,
            link: None,
        }
    }

    /// The form that closes an account. `wrong` is the field that is, with what is wrong.
    pub fn closing(lang: Lang, csrf: &str, wrong: Option<(&str, &str)>, sure: bool) -> Form {
        let error = |field: &str| wrong.filter(|(name, _)| *name == field).map(|(_, key)| lang.say(key));
        let password = Input::Line {
            kind: "password",
            autocomplete: "current-password",
        };
        let form = Form::new("/me/close", csrf, lang.say("participant-close-do"))
            .with(
                Field::new("sure", lang.say("participant-close-sure"), Input::Check)
                    .value(if sure { "1" } else { "" })
                    .error(error("sure")),
            )
            .with(Field::new("password", lang.say("shell-password"), password).error(error("password")));
        Form {
            danger: true,
            error: error(""),
            ..form
        }
    }
}

/// What one objected to, and the answers.
#[derive(Clone, Debug, Template)]
#[template(path = "me/appeals.html")]
pub struct Appeals {
    /// The language of the page.
    pub lang: Lang,
    /// The objections, newest first.
    pub appeals: Vec<Appeal>,
}

/// An objection.
#[derive(Clone, Debug)]
pub struct Appeal {
    /// What the act was.
    pub title: String,
    /// When it was made.
    pub when: String,
    /// In one's own words.
    pub words: String,
    /// What came of it.
    pub state: String,
    /// The look of that: `wait`, `no`, or nothing for success.
    pub tone: &'static str,
    /// The answer, once there is one.
    pub answer: Option<String>,
    /// Where the record is.
    pub href: String,
}

impl Appeals {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// One that waits and one that was answered.
    pub fn sample(lang: Lang) -> Self {
        let appeal = |state: &str, tone, answer: Option<String>| Appeal {
            title: of(lang, "乘坐地铁", "Metro trip"),
            when: of(lang, "2026年11月20日 21:40", "20 Nov 2026, 21:40"),
            words: of(
                lang,
                "那天闸机坏了,我拍了车厢。",
                "The gate was broken, so I took a photo inside.",
            ),
            state: lang.say(state),
            tone,
            answer,
            href: "/why/1".to_owned(),
        };
        let answer = of(
            lang,
            "照片清楚,已重新计入。",
            "The photo is clear; the trip was credited.",
        );
        Appeals {
            lang,
            appeals: vec![
                appeal("participant-appeal-waits", "wait", None),
                appeal("participant-appeal-upheld", "", Some(answer)),
            ],
        }
    }

    /// Somebody who never objected.
    pub fn sample_empty(lang: Lang) -> Self {
        Appeals {
            lang,
            appeals: Vec::new(),
        }
    }
}
