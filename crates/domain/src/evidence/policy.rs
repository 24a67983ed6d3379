//! A programme's evidence policy: what counts as proof of which behaviour, from where on something is odd, and what
//! follows from it. A reviewed TOML text; a programme states only where it differs from the one that is shipped.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::photo::Place;
use super::track::Mode;
use super::{Kind, SIGNS};

/// What follows from a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", untagged)]
pub enum Action {
    /// So many thousandths of risk: a decision adds them up.
    Risk(u16),
    /// One of the plain consequences.
    Plain(Plain),
}

/// A consequence that does not add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plain {
    /// It is told, nothing else.
    Note,
    /// The evidence counts one grade less.
    Lower,
    /// Two sources agree: the best grade.
    Raise,
    /// A person decides.
    Ask,
    /// No credit; the participant may appeal.
    Refuse,
}

/// How much a sign speaks against an act, told to whoever reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tone {
    /// Nothing: it speaks for the act, or only says why a person looks.
    Clear,
    /// A little.
    Weak,
    /// By itself enough to ask a person, or to refuse.
    Strong,
}

/// Signs that let a person look without anything being odd.
const HARMLESS: [&str; 2] = ["audit.sample", "review.more"];

/// From where on something is odd. Every limit says its unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Risk in thousandths from which a person decides.
    pub ask_from_risk: u16,
    /// Clean evidence drawn by lot for a person to look at, in thousandths.
    pub audit_permille: u16,
    /// A credit of more than this, in grams, is decided by a person.
    pub ask_above_g: i64,
    /// A credit of more than this, in grams, takes two reviewers.
    pub two_reviewers_above_g: i64,
    /// An act may be reported so many days after it happened.
    pub report_within_days: i64,
    /// A photo may be so many hours old when it is sent.
    pub photo_age_hours: i64,
    /// A photo may be taken so many minutes before or after the act.
    pub photo_off_minutes: i64,
    /// Photos no further apart than this, in thousandths, are the same picture.
    pub photo_alike_permille: u16,
    /// Photos no further apart than this, in thousandths, show the same scene.
    pub photo_resembles_permille: u16,
    /// A photo has at least so many pixels along its longer side.
    pub photo_side: u32,
    /// With a mean brightness above this, 0 to 255, the lights are not off.
    pub dark_mean: u8,
    /// A time that was read may lie so many minutes before or after the act.
    pub text_off_minutes: u32,
    /// A place counts within so many metres.
    pub place_metres: u32,
    /// A track has at least so many points.
    pub track_points: u32,
    /// Straighter than this, in thousandths, no street is (asked of tracks of more than 2 km).
    pub straight_permille: u16,
    /// A pace that varies less than this, in thousandths of its mean, is no person's.
    pub regular_permille: u16,
    /// A gap of more than so many seconds is long.
    pub gap_seconds: u32,
    /// Two tracks whose points lie no further apart than this at the same share of their time are one recording.
    pub again_metres: u32,
    /// A recording that ended so many days before it is sent is old.
    pub track_age_days: i64,
    /// 85th percentile of walking speed, tenths of km/h: above it nobody walks.
    pub walk_p85: u32,
    /// 85th percentile of cycling speed, tenths of km/h.
    pub cycle_p85: u32,
    /// Mean of cycling speed, tenths of km/h.
    pub cycle_mean: u32,
    /// Between two points nothing on the ground is faster, in tenths of km/h.
    pub teleport: u32,
    /// Steps of a day from which a person decides.
    pub steps_ask: u32,
    /// Steps of a day that nobody makes.
    pub steps_refuse: u32,
    /// Steps a minute, over ten minutes, that nobody makes.
    pub steps_a_minute: u32,
    /// Steps between 0:00 and 5:00 that are odd.
    pub night_steps: u32,
    /// Hours of a day with 250 steps or more each that are odd.
    pub restless_hours: u8,
    /// Hours whose steps vary less than this, in thousandths of their mean, are a machine's.
    pub flat_permille: u16,
    /// Proofs within one hour that are odd.
    pub proofs_an_hour: u32,
    /// Proofs within 24 hours that are odd.
    pub proofs_a_day: u32,
    /// Accounts on one device that are odd.
    pub accounts_a_device: u32,
    /// Units a day through a meter that are odd.
    pub meter_units_a_day: i64,
    /// An appeal is answered within so many days.
    pub appeal_days: i64,
    /// A raw track is deleted so many days after the decision.
    pub track_days: i64,
    /// The original upload of a photo, and its re-encoded copy, are deleted so many days after the decision.
    pub photo_days: i64,
}

/// What counts as proof of a behaviour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a question that a rule asks or does not ask"
)]
pub struct Rule {
    /// Kinds of proof that a participant can send.
    #[serde(default)]
    pub proofs: Vec<Kind>,
    /// How one moves, where one does.
    #[serde(default)]
    pub mode: Option<Mode>,
    /// The methodology's input that a track's distance fills, in km.
    #[serde(default)]
    pub distance: Option<String>,
    /// The methodology's input that a day's steps fill.
    #[serde(default)]
    pub steps: Option<String>,
    /// The methodology's input that the units between two readings of a meter fill.
    #[serde(default)]
    pub used: Option<String>,
    /// Whether only a camera's picture will do.
    #[serde(default)]
    pub camera: bool,
    /// Whether the picture must be dark.
    #[serde(default)]
    pub dark: bool,
    /// Places where it can happen; empty is anywhere.
    #[serde(default)]
    pub places: Vec<Place>,
    /// Words of which one must be read in a photo, if there is a reader: station names, the name of a line or shop.
    /// `#` stands for a digit, as in `#号线`.
    #[serde(default)]
    pub words: Vec<String>,
    /// Whether a time read in the photo must fit that of the act.
    #[serde(default)]
    pub time: bool,
    /// Whether an amount of money must be read in the photo. It never decides how much is credited.
    #[serde(default)]
    pub amount: bool,
}

impl Default for Rule {
    /// A photo or screenshot of anything.
    fn default() -> Self {
        Rule {
            proofs: vec![Kind::Photo],
            mode: None,
            distance: None,
            steps: None,
            used: None,
            camera: false,
            dark: false,
            places: Vec::new(),
            words: Vec::new(),
            time: false,
            amount: false,
        }
    }
}

/// A whole policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// From where on something is odd.
    pub limits: Limits,
    /// What follows from each sign, by its code.
    pub signs: BTreeMap<String, Action>,
    /// What counts as proof, by behaviour.
    pub behaviour: BTreeMap<String, Rule>,
}

/// Why a text is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It is no TOML, or has a field that is none, or of the wrong kind.
    #[error("{0}")]
    Text(String),
    /// There is no such sign.
    #[error("signs.\"{0}\": there is no such sign")]
    NoSuchSign(String),
    /// A sign without a consequence.
    #[error("signs: \"{0}\" has no consequence")]
    Missing(&'static str),
    /// A number out of its range.
    #[error("{field}: must be from {least} to {most}")]
    Range {
        /// Where it stands.
        field: String,
        /// The least that is allowed.
        least: i64,
        /// The most that is allowed.
        most: i64,
    },
}

/// The policy that is shipped.
pub const SHIPPED: &str = include_str!("../../../../policies/evidence.toml");

static DEFAULT: LazyLock<Option<Policy>> = LazyLock::new(|| Policy::read(toml::Table::new()).ok());

impl Policy {
    /// The shipped policy.
    #[expect(clippy::missing_panics_doc, reason = "the file is compiled in; a test reads it")]
    pub fn shipped() -> &'static Policy {
        #[expect(clippy::expect_used, reason = "the file is compiled in; a test reads it")]
        DEFAULT.as_ref().expect("the shipped policy can be read")
    }

    /// The shipped policy with the differences that a programme states.
    pub fn parse(differences: &str) -> Result<Self, PolicyError> {
        let table: toml::Table = differences
            .parse()
            .map_err(|e: toml::de::Error| PolicyError::Text(e.message().to_owned()))?;
        Self::read(table)
    }

    fn read(differences: toml::Table) -> Result<Self, PolicyError> {
        let text = |e: toml::de::Error| PolicyError::Text(e.message().to_owned());
        let mut table: toml::Table = SHIPPED.parse().map_err(text)?;
        overlay(&mut table, differences, 0);
        let policy: Policy = table.try_into().map_err(text)?;
        policy.check()?;
        Ok(policy)
    }

    fn check(&self) -> Result<(), PolicyError> {
        if let Some(odd) = self.signs.keys().find(|code| !SIGNS.contains(&code.as_str())) {
            return Err(PolicyError::NoSuchSign(odd.clone()));
        }
        if let Some(missing) = SIGNS.into_iter().find(|code| !self.signs.contains_key(*code)) {
            return Err(PolicyError::Missing(missing));
        }
        let limits = &self.limits;
        let risks = self.signs.iter().filter_map(|(code, action)| match action {
            Action::Risk(risk) => Some((format!("signs.\"{code}\""), i64::from(*risk), 0, 1000)),
            Action::Plain(_) => None,
        });
        let days = [
            ("report_within_days", limits.report_within_days, 1, 366),
            ("appeal_days", limits.appeal_days, 1, 90),
            ("track_days", limits.track_days, 1, 30),
            ("photo_days", limits.photo_days, 1, 3660),
            ("audit_permille", limits.audit_permille.into(), 0, 1000),
            ("ask_from_risk", limits.ask_from_risk.into(), 1, 10_000),
            ("ask_above_g", limits.ask_above_g, 0, i64::MAX / 1000),
            (
                "two_reviewers_above_g",
                limits.two_reviewers_above_g,
                0,
                i64::MAX / 1000,
            ),
        ];
        let days = days
            .into_iter()
            .map(|(name, value, least, most)| (format!("limits.{name}"), value, least, most));
        for (field, value, least, most) in risks.chain(days) {
            if !(least..=most).contains(&value) {
                return Err(PolicyError::Range { field, least, most });
            }
        }
        Ok(())
    }

    /// All of it, as a text that [`Policy::parse`] reads.
    pub fn write(&self) -> String {
        toml::to_string(self).unwrap_or_default() // maps of plain values can always be written
    }

    /// Every limit by its name, for whoever writes a policy out.
    pub fn limits_by_name(&self) -> BTreeMap<String, i64> {
        let table = toml::Table::try_from(&self.limits).unwrap_or_default(); // plain numbers can always be written
        let number = |(name, value): (String, toml::Value)| Some((name, value.as_integer()?));
        table.into_iter().filter_map(number).collect()
    }

    /// What follows from a sign.
    pub fn action(&self, code: &str) -> Action {
        self.signs.get(code).copied().unwrap_or(Action::Plain(Plain::Ask))
    }

    /// How much a sign speaks against an act.
    pub fn tone(&self, code: &str) -> Tone {
        match self.action(code) {
            _ if HARMLESS.contains(&code) => Tone::Clear,
            // large is not odd
            Action::Plain(Plain::Ask) if code == "act.large" => Tone::Weak,
            Action::Plain(Plain::Ask | Plain::Refuse) => Tone::Strong,
            Action::Plain(Plain::Note | Plain::Raise) | Action::Risk(0) => Tone::Clear,
            Action::Plain(Plain::Lower) | Action::Risk(_) => Tone::Weak,
        }
    }

    /// What counts as proof of a behaviour.
    pub fn rule(&self, behaviour: &str) -> Rule {
        self.behaviour.get(behaviour).cloned().unwrap_or_default()
    }
}

/// Lays differences over a table: limits and signs one by one, a behaviour's rule as a whole.
fn overlay(table: &mut toml::Table, over: toml::Table, depth: usize) {
    for (key, value) in over {
        match (table.get_mut(&key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) if depth == 0 => {
                overlay(below, above, depth + 1);
            }
            (_, value) => {
                table.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_policy_can_be_read_and_names_every_sign() {
        let policy = Policy::shipped();
        assert_eq!(policy.signs.len(), SIGNS.len());
        assert_eq!(policy.rule("nothing-known"), Rule::default());
    }

    #[test]
    fn a_programme_states_only_where_it_differs() {
        let text = "[limits]\naudit_permille = 0\n[signs]\n\"photo.edited\" = \"refuse\"\n\"photo.old\" = 70\n";
        let policy = Policy::parse(text).unwrap();
        assert_eq!(policy.limits.audit_permille, 0);
        assert_eq!(policy.action("photo.edited"), Action::Plain(Plain::Refuse));
        assert_eq!(policy.action("photo.old"), Action::Risk(70));
        assert_eq!(policy.action("track.mode"), Policy::shipped().action("track.mode"));
        assert_eq!(Policy::parse(&policy.write()).unwrap(), policy);
    }

    #[test]
    fn what_only_lets_a_person_look_speaks_against_nobody() {
        let policy = Policy::shipped();
        for (code, tone) in [
            ("photo.alike", Tone::Strong),
            ("photo.resembles", Tone::Strong),
            ("photo.edited", Tone::Weak),
            ("track.unsure", Tone::Weak),
            ("act.large", Tone::Weak),
            ("text.fits", Tone::Clear),
            ("audit.sample", Tone::Clear),
            ("review.more", Tone::Clear),
        ] {
            assert_eq!(policy.tone(code), tone, "{code}");
        }
    }

    #[test]
    fn what_is_wrong_in_a_policy_is_named() {
        for (text, told) in [
            ("[signs]\n\"photo.nice\" = 3\n", "photo.nice"),
            ("[limits]\naudit_permille = 1001\n", "limits.audit_permille"),
            ("[limits]\ntrack_days = 31\n", "limits.track_days"),
            ("[limits]\nnonsense = 1\n", "nonsense"),
            ("[behaviour.metro-trip]\nproofs = [\"song\"]\n", "song"),
            ("[[[", ""),
        ] {
            let error = Policy::parse(text).unwrap_err().to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
