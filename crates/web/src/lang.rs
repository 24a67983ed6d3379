//! The two languages and their words.
//!
//! Shape: Fluent files per language and word, compiled in, one bundle per language built on first
//! use. Invariant: arguments arrive as finished text; no message formats a number, date or unit.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use std::sync::LazyLock;

/// A language of the product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Simplified Chinese.
    Zh,
    /// English, also for readers of any third language.
    #[default]
    En,
}

impl Lang {
    /// Both languages, for tests and switches.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The language that an `Accept-Language` header likes best.
    ///
    /// The highest `q` wins, the first of equals; anything that is neither Chinese nor English
    /// is passed over.
    pub fn from_accept_language(header: &str) -> Self {
        let mut best: Option<(u16, Self)> = None;
        for part in header.split(',') {
            let mut pieces = part.split(';').map(str::trim);
            let Some(lang) = pieces.next().and_then(Self::from_tag) else {
                continue;
            };
            let weight = pieces
                .find_map(|piece| piece.strip_prefix("q=").or_else(|| piece.strip_prefix("Q=")))
                .map_or(1000, thousandths);
            if weight > 0 && best.is_none_or(|(so_far, _)| weight > so_far) {
                best = Some((weight, lang));
            }
        }
        best.map_or_else(Self::default, |(_, lang)| lang)
    }

    /// The language of a tag such as `zh`, `zh-Hans-CN` or `en-GB`; none for others.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("zh") {
            Some(Self::Zh)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }

    /// The tag for `<html lang>`: `zh-CN` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The short word used in addresses and profiles: `zh` or `en`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The language to switch to.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    /// The message of this key; the key itself where there is none (a test keeps that from happening).
    pub fn say(self, key: &str) -> String {
        self.say_with(key, &[])
    }

    /// The message of this key with its arguments, which are finished text.
    pub fn say_with(self, key: &str, values: &[(&str, &str)]) -> String {
        Messages::of(self).say(key, values)
    }
}

/// Thousandths of a `q` value: `0.8` is 800; what cannot be read weighs nothing.
fn thousandths(text: &str) -> u16 {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = rest.chars().chain("000".chars()).take(3).collect();
    match (whole.parse::<u16>(), digits.parse::<u16>()) {
        (Ok(0), Ok(part)) => part,
        (Ok(1), Ok(_)) => 1000,
        _ => 0,
    }
}

/// All messages of one language.
pub struct Messages {
    bundle: FluentBundle<FluentResource>,
}

static ZH: LazyLock<Messages> = LazyLock::new(|| Messages::load(Lang::Zh));
static EN: LazyLock<Messages> = LazyLock::new(|| Messages::load(Lang::En));

/// The message files of one language, by word.
macro_rules! files {
    ($lang:literal) => {
        &[
            include_str!(concat!("../messages/", $lang, "/shell.ftl")),
            include_str!(concat!("../messages/", $lang, "/home.ftl")),
            include_str!(concat!("../messages/", $lang, "/activity.ftl")),
            include_str!(concat!("../messages/", $lang, "/rewards.ftl")),
            include_str!(concat!("../messages/", $lang, "/programme.ftl")),
            include_str!(concat!("../messages/", $lang, "/errors.ftl")),
            include_str!(concat!("../messages/", $lang, "/api.ftl")),
            include_str!(concat!("../messages/", $lang, "/refusal.ftl")),
            include_str!(concat!("../messages/", $lang, "/access.ftl")),
            include_str!(concat!("../messages/", $lang, "/participant.ftl")),
            include_str!(concat!("../messages/", $lang, "/ledger.ftl")),
            include_str!(concat!("../messages/", $lang, "/methodology.ftl")),
            include_str!(concat!("../messages/", $lang, "/partner.ftl")),
            include_str!(concat!("../messages/", $lang, "/settings.ftl")),
            include_str!(concat!("../messages/", $lang, "/competition.ftl")),
            include_str!(concat!("../messages/", $lang, "/contest.ftl")),
            include_str!(concat!("../messages/", $lang, "/console.ftl")),
            include_str!(concat!("../messages/", $lang, "/part.ftl")),
            include_str!(concat!("../messages/", $lang, "/paper.ftl")),
            include_str!(concat!("../messages/", $lang, "/potential.ftl")),
            include_str!(concat!("../messages/", $lang, "/policy.ftl")),
            include_str!(concat!("../messages/", $lang, "/evidence.ftl")),
            include_str!(concat!("../messages/", $lang, "/review.ftl")),
        ]
    };
}

impl Messages {
    /// The messages of a language, loaded once.
    pub fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::Zh => &ZH,
            Lang::En => &EN,
        }
    }

    /// The text of every message file of a language.
    pub fn files(lang: Lang) -> &'static [&'static str] {
        match lang {
            Lang::Zh => files!("zh"),
            Lang::En => files!("en"),
        }
    }

    fn load(lang: Lang) -> Self {
        let locales = lang.code().parse().map(|code| vec![code]).unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(locales);
        // Isolation marks would show up as boxes in some web-views, and both scripts run left to right.
        bundle.set_use_isolating(false);
        for file in Self::files(lang) {
            let resource = match FluentResource::try_new((*file).to_owned()) {
                Ok(resource) | Err((resource, _)) => resource,
            };
            bundle.add_resource_overriding(resource);
        }
        Self { bundle }
    }

    /// Whether there is a message of this key.
    pub fn has(&self, key: &str) -> bool {
        self.bundle
            .get_message(key)
            .is_some_and(|message| message.value().is_some())
    }

    fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let args: FluentArgs = values.iter().map(|&(name, value)| (name, value)).collect();
        // An argument that is missing stays visible as `{$name}`; tests look for it.
        self.bundle
            .format_pattern(pattern, Some(&args), &mut Vec::new())
            .into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn keys(lang: Lang) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        for file in Messages::files(lang) {
            assert!(
                FluentResource::try_new((*file).to_owned()).is_ok(),
                "a file does not parse"
            );
            for line in file.lines() {
                let Some((key, _)) = line.split_once(" = ") else {
                    continue;
                };
                if !line.starts_with(['#', ' ']) {
                    assert!(keys.insert(key.to_owned()), "{key} stands twice");
                }
            }
        }
        keys
    }

    /// The arguments that a message names.
    fn arguments(lang: Lang, key: &str) -> BTreeSet<String> {
        let text = lang.say(key);
        text.split("{$")
            .skip(1)
            .filter_map(|s| s.split('}').next())
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn both_languages_have_the_same_keys_and_arguments() {
        assert_eq!(keys(Lang::Zh), keys(Lang::En));
        for key in keys(Lang::En) {
            assert_eq!(arguments(Lang::Zh, &key), arguments(Lang::En, &key), "{key}");
        }
    }

    #[test]
    fn every_key_written_in_code_or_template_exists() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut seen = 0;
        let mut folders = vec![root.join("templates"), root.join("src")];
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                let here = text.split("#[cfg(test)]").next().unwrap_or_default();
                for after in here.split("say(\"").chain(here.split("say_with(\"")).skip(1) {
                    let key = after.split('"').next().unwrap_or_default();
                    if key.is_empty() || key.contains(['<', '\n', ' ']) {
                        continue; // the piece before the first key of a file
                    }
                    seen += 1;
                    for lang in Lang::ALL {
                        assert!(Messages::of(lang).has(key), "{key} of {} lacks", path.display());
                    }
                }
            }
        }
        assert!(seen > 60, "only {seen} keys found: has the way to write them changed?");
    }

    #[test]
    fn a_missing_key_shows_itself() {
        assert_eq!(Lang::En.say("no-such-key"), "no-such-key");
    }

    #[test]
    fn arguments_come_through_without_marks() {
        assert_eq!(
            Lang::En.say_with("rewards-paid-by", &[("sponsor", "Demo Drinks")]),
            "Paid by Demo Drinks"
        );
    }

    #[test]
    fn the_header_decides_by_weight() {
        for (header, lang) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("en-GB,en;q=0.9,zh;q=0.8", Lang::En),
            ("en;q=0.3, zh-Hans-CN;q=0.7", Lang::Zh),
            ("fr-FR, zh;q=0.2", Lang::Zh),
            ("zh;q=0, en;q=0.1", Lang::En),
            ("de", Lang::En),
            ("", Lang::En),
            (";;q=,zh;q=oops", Lang::En),
        ] {
            assert_eq!(Lang::from_accept_language(header), lang, "{header}");
        }
    }
}
