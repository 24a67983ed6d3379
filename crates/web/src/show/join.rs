//! Becoming a participant.

use super::{FormField, Icon, Input, Programme, of};
use crate::lang::Lang;
use askama::Template;

/// Which of several programmes to join.
#[derive(Clone, Debug, Template)]
#[template(path = "choose.html")]
pub struct Choose {
    /// The language of the page.
    pub lang: Lang,
    /// Those that are open; each leads to its form.
    pub programmes: Vec<Programme>,
}

impl Choose {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// Two programmes.
    pub fn sample(lang: Lang) -> Self {
        let programme = |icon, name: String, slug: &str| Programme {
            name,
            words: String::new(),
            icon,
            href: Some(format!("/join/{slug}")),
            figures: Vec::new(),
        };
        Self {
            lang,
            programmes: vec![
                programme(Icon::Metro, of(lang, "示范校园", "Demo Campus"), "campus"),
                programme(
                    Icon::Cycling,
                    of(
                        lang,
                        "示范城市碳普惠与绿色出行联合项目",
                        "Demo City, carbon inclusion and green travel together",
                    ),
                    "city",
                ),
            ],
        }
    }
}

/// The form that makes somebody a participant of a programme.
#[derive(Clone, Debug, Template)]
#[template(path = "join.html")]
pub struct Join {
    /// The language of the page.
    pub lang: Lang,
    /// That it is about joining this programme.
    pub title: String,
    /// Where the form posts to.
    pub action: String,
    /// The token of a session; empty for somebody new.
    pub csrf: String,
    /// The idempotency key.
    pub key: String,
    /// Account, password and alias; the alias alone for somebody who is signed in.
    pub fields: Vec<FormField>,
    /// What to agree to, each by itself.
    pub agrees: Vec<Agree>,
    /// What is wrong about what was agreed to.
    pub unagreed: Option<String>,
    /// What was wrong with the whole.
    pub error: Option<String>,
    /// Whether somebody has this account already: then there are other ways on.
    pub taken: bool,
}

/// One thing to agree to.
#[derive(Clone, Debug)]
pub struct Agree {
    /// Its name in the request.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// One sentence.
    pub brief: String,
    /// The whole text, a paragraph each.
    pub text: Vec<String>,
    /// Whether nobody takes part without it.
    pub required: bool,
    /// Whether it is ticked.
    pub given: bool,
}

impl Join {
    /// The inside of the page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Template::render(self)
    }

    /// The three fields of somebody new.
    pub fn fields(lang: Lang, account: &str, alias: &str) -> Vec<FormField> {
        let line = |kind, autocomplete| Input::Line { kind, autocomplete };
        vec![
            FormField::new("account", lang.say("shell-account"), line("text", "username"))
                .value(account)
                .hint(lang.say("access-account-hint")),
            FormField::new("password", lang.say("shell-password"), line("password", "new-password"))
                .hint(lang.say("access-password-hint")),
            Self::alias(lang, alias),
        ]
    }

    /// What others see.
    pub fn alias(lang: Lang, alias: &str) -> FormField {
        let input = Input::Line {
            kind: "text",
            autocomplete: "nickname",
        };
        FormField::new("alias", lang.say("access-alias"), input)
            .value(alias)
            .hint(lang.say("access-alias-hint"))
    }

    /// The form of the sample campus.
    pub fn sample(lang: Lang) -> Self {
        Self {
            lang,
            title: lang.say_with(
                "access-join-one",
                &[("programme", &of(lang, "示范校园碳普惠", "Demo Campus"))],
            ),
            action: "/join/campus".to_owned(),
            csrf: String::new(),
            key: "sample".to_owned(),
            fields: Self::fields(lang, "", ""),
            agrees: Agree::all(lang, &[], &[]),
            unagreed: None,
            error: None,
            taken: false,
        }
    }

    /// The same after somebody pressed the button too early.
    pub fn sample_error(lang: Lang) -> Self {
        let mut page = Self::sample(lang);
        let wrong = ["access-taken", "access-wrong-password", "access-wrong-alias"];
        for (field, key) in page.fields.iter_mut().zip(wrong) {
            field.error = Some(lang.say(key));
        }
        page.fields[0].value.push_str("xiaoman@demo.example");
        page.unagreed = Some(lang.say("access-wrong-consents"));
        page.taken = true;
        page
    }
}

impl Agree {
    /// Everything to agree to; `own` are the programme's own texts, `given` the names of those that are ticked.
    pub fn all(lang: Lang, own: &[app::ConsentView], given: &[String]) -> Vec<Self> {
        domain::participant::Consent::ALL
            .into_iter()
            .map(|consent| {
                let name = consent.name();
                let text = own.iter().find(|one| one.consent == consent);
                let text = text.and_then(|one| one.text.as_ref());
                Agree {
                    name: name.to_owned(),
                    title: consent_title(lang, consent),
                    brief: lang.say(&format!("access-consent-{}-brief", word(consent))),
                    text: consent_text(lang, consent, text),
                    required: consent == domain::participant::Consent::Programme,
                    given: given.iter().any(|one| one == name),
                }
            })
            .collect()
    }
}

fn word(consent: domain::participant::Consent) -> String {
    consent.name().replace('_', "-")
}

/// What a consent is called.
pub fn consent_title(lang: Lang, consent: domain::participant::Consent) -> String {
    lang.say(&format!("access-consent-{}", word(consent)))
}

/// What a consent means, a paragraph each: the programme's own words, or those that come with the product.
pub fn consent_text(
    lang: Lang,
    consent: domain::participant::Consent,
    own: Option<&domain::measure::Text>,
) -> Vec<String> {
    let text = own.map_or_else(
        || lang.say(&format!("access-consent-{}-text", word(consent))),
        |own| own.in_lang(lang.into()).to_owned(),
    );
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}
