//! The frame around every page: brand, tabs, language, person.

use crate::asset::{self, Asset};
use crate::lang::Lang;
use askama::Template;

/// A page's inside in its frame.
#[derive(Clone, Debug, Template)]
#[template(path = "shell.html")]
pub struct Shell {
    /// The language of the page.
    pub lang: Lang,
    /// The title of the page; the product's name is added.
    pub title: String,
    /// What kind of page stands inside; decides about the look of the header.
    pub page: Page,
    /// The name of the programme that the person is in; the product's name where there is none.
    pub programme: Option<String>,
    /// Who is signed in.
    pub person: Option<Person>,
    /// The four tabs; shown to a person who is signed in.
    pub tabs: Vec<Tab>,
    /// Whether someone who is not signed in is offered to (not on the sign-in page itself).
    pub sign_in: bool,
    /// Path and query of the page: switching the language keeps them.
    pub address: String,
    /// Sheets and scripts of this page beside those of every page.
    pub more: Vec<Asset>,
    /// The rendered inside. The only text of all templates that is not escaped.
    pub inner: String,
}

/// What kind of page stands in the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Opens with a coloured head that the header melts into: home and welcome.
    Hero,
    /// Everything else.
    Plain,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct Person {
    /// The name that others see.
    pub alias: String,
    /// The token of the sign-out form.
    pub csrf: String,
    /// As whom the person can look at pages, if there is more than one choice.
    pub hats: Vec<Hat>,
}

/// A participant that a person is or is in charge of.
#[derive(Clone, Debug)]
pub struct Hat {
    /// Its value in the request.
    pub value: String,
    /// What it is called.
    pub alias: String,
    /// What it is, and where.
    pub words: String,
    /// Whether the person acts as it now.
    pub here: bool,
}

impl Person {
    /// The first letter of the alias, for the round mark.
    pub fn initial(&self) -> String {
        self.alias
            .chars()
            .next()
            .map(|letter| letter.to_uppercase().to_string())
            .unwrap_or_default()
    }
}

/// One of the four tabs.
#[derive(Clone, Debug)]
pub struct Tab {
    /// Which one.
    pub word: TabWord,
    /// Where it leads; none while the page does not exist.
    pub href: Option<String>,
    /// Whether the page is in this tab.
    pub here: bool,
    /// Whether something new waits there.
    pub news: bool,
}

/// The four tabs of a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum TabWord {
    Home,
    Compete,
    Store,
    Me,
}

impl TabWord {
    /// The tabs in their order.
    pub const ALL: [Self; 4] = [Self::Home, Self::Compete, Self::Store, Self::Me];

    /// The symbol of the tab.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Home => "i-home",
            Self::Compete => "i-compete",
            Self::Store => "i-store",
            Self::Me => "i-me",
        }
    }

    /// The key of the tab's name.
    pub fn message(self) -> &'static str {
        match self {
            Self::Home => "shell-tab-home",
            Self::Compete => "shell-tab-compete",
            Self::Store => "shell-tab-store",
            Self::Me => "shell-tab-me",
        }
    }
}

/// What everybody may look at.
const ROOMS: [(&str, &str); 3] = [
    ("/methodologies", "shell-methodologies"),
    ("/factors", "shell-factors"),
    ("/calculator", "shell-calculator"),
];

/// What is said once after something was done: a word in the address, never free text.
const DONE: [(&str, &str); 10] = [
    ("appealed", "activity-done-appealed"),
    ("cancelled", "rewards-done-cancelled"),
    ("changed", "participant-consent-done"),
    ("joined", "competition-done-joined"),
    ("left", "participant-removed"),
    ("left-race", "competition-done-left"),
    ("password", "participant-password-changed"),
    ("recorded", "activity-done-recorded"),
    ("removed", "participant-removed"),
    ("saved", "participant-saved"),
];

/// The address of the same page in a language.
pub(super) fn in_language(address: &str, lang: Lang) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut kept: Vec<&str> = query.split('&').collect();
    // what was just done is said once
    kept.retain(|pair| !pair.is_empty() && !pair.starts_with("lang=") && !pair.starts_with("done="));
    let lang = format!("lang={}", lang.word());
    kept.push(&lang);
    format!("{path}?{}", kept.join("&"))
}

impl Tab {
    /// The four tabs: those named in `exist` lead somewhere, `here` is the current one.
    pub fn four(exist: &[(TabWord, &str)], here: Option<TabWord>) -> Vec<Self> {
        TabWord::ALL
            .into_iter()
            .map(|word| Self {
                word,
                href: exist
                    .iter()
                    .find(|(there, _)| *there == word)
                    .map(|(_, href)| (*href).to_owned()),
                here: here == Some(word),
                news: false,
            })
            .collect()
    }
}

impl Shell {
    /// The whole page.
    pub fn render(&self) -> Result<String, askama::Error> {
        Ok(super::icon::with_symbols(&Template::render(self)?))
    }

    /// A frame for someone who has not signed in.
    pub fn open(lang: Lang, title: impl Into<String>, page: Page, inner: String) -> Self {
        Self {
            lang,
            title: title.into(),
            page,
            programme: None,
            person: None,
            tabs: Vec::new(),
            sign_in: true,
            address: String::new(),
            more: Vec::new(),
            inner,
        }
    }

    /// The frame of the sample participant.
    pub fn sample(lang: Lang, title: &str, page: Page, here: Option<TabWord>, inner: String) -> Self {
        Self {
            lang,
            title: title.to_owned(),
            page,
            programme: Some(super::of(lang, "示范校园碳普惠", "Demo Campus")),
            person: Some(Person {
                alias: super::of(lang, "小满", "Xiaoman"),
                csrf: "sample".to_owned(),
                hats: Vec::new(),
            }),
            tabs: Tab::four(
                &[
                    (TabWord::Home, "/"),
                    (TabWord::Compete, "/compete"),
                    (TabWord::Store, "/store"),
                    (TabWord::Me, "/me"),
                ],
                here,
            ),
            sign_in: false,
            address: String::new(),
            more: Vec::new(),
            inner,
        }
    }

    fn sheets(&self) -> Vec<String> {
        self.links("text/css", asset::CSS)
    }

    fn scripts(&self) -> Vec<String> {
        self.links("text/javascript", asset::SCRIPT)
    }

    fn links(&self, media: &str, first: Asset) -> Vec<String> {
        let more = self.more.iter().filter(|asset| asset.media.starts_with(media));
        std::iter::once(&first).chain(more).map(Asset::href).collect()
    }

    /// Where one signs in, to come back to this page.
    fn door(&self) -> String {
        if matches!(self.address.as_str(), "" | "/") {
            return "/signin".to_owned();
        }
        let next: String = form_urlencoded::byte_serialize(self.address.as_bytes()).collect();
        format!("/signin?next={next}")
    }

    /// What was just done.
    fn done(&self) -> Option<String> {
        let (_, query) = self.address.split_once('?')?;
        let word = query.split('&').find_map(|pair| pair.strip_prefix("done="))?;
        let (_, key) = DONE.iter().find(|(name, _)| *name == word)?;
        Some(self.lang.say(key))
    }

    fn tongue(&self) -> String {
        in_language(&self.address, self.lang.other())
    }

    /// The rooms for everybody: address, key of the name, and how far the page is in there, as ARIA says it.
    fn rooms(&self) -> [(&'static str, &'static str, Option<&'static str>); 3] {
        let path = self.address.split('?').next().unwrap_or_default();
        ROOMS.map(|(href, message)| {
            let below = path
                .strip_prefix(href)
                .map(|rest| rest.is_empty() || rest.starts_with('/'));
            let here = match below {
                Some(true) if path == href => Some("page"),
                Some(true) => Some("true"),
                _ => None,
            };
            (href, message, here)
        })
    }

    fn look(&self) -> &'static str {
        match (self.page, self.person.is_some()) {
            (Page::Hero, true) => "lead-in tabbed",
            (Page::Hero, false) => "lead-in",
            (_, true) => "tabbed",
            (_, false) => "",
        }
    }

    fn name(&self) -> String {
        self.programme.clone().unwrap_or_else(|| self.lang.say("shell-product"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switching_the_language_keeps_the_rest_of_the_address() {
        for (address, link) in [
            ("", "?lang=en"),
            ("/factors", "/factors?lang=en"),
            ("/factors?q=a%26b&lang=zh&page=2", "/factors?q=a%26b&page=2&lang=en"),
            ("/signin?next=%2Fstore", "/signin?next=%2Fstore&lang=en"),
            ("/me?done=left", "/me?lang=en"),
        ] {
            assert_eq!(in_language(address, Lang::En), link);
        }
    }

    #[test]
    fn what_was_done_is_said_in_known_words_only() {
        let said = |address: &str| {
            let mut shell = Shell::sample(Lang::En, "t", Page::Plain, None, String::new());
            address.clone_into(&mut shell.address);
            shell.render().unwrap().contains("class=\"toast\"")
        };
        assert!(said("/me/settings?done=saved&lang=en"));
        assert!(!said("/me/settings?done=%3Cb%3E"));
        assert!(!said("/me/settings"));
    }

    #[test]
    fn a_visitor_sees_which_room_this_is() {
        let here = |address: &str| {
            let shell = Shell {
                address: address.to_owned(),
                ..Shell::open(Lang::En, "t", Page::Plain, String::new())
            };
            shell.rooms().map(|(.., here)| here)
        };
        assert_eq!(here("/factors?kind=average"), [None, Some("page"), None]);
        assert_eq!(here("/methodologies/metro-trip/1.0.0"), [Some("true"), None, None]);
        assert_eq!(here("/factors-of-old"), [None, None, None]);
        let shell = Shell {
            address: "/p/campus?a=b&c".to_owned(),
            ..Shell::open(Lang::En, "t", Page::Plain, String::new())
        };
        assert_eq!(shell.door(), "/signin?next=%2Fp%2Fcampus%3Fa%3Db%26c");
    }
}
