//! What was seen in the proofs of an act, in words: the same for the participant and for whoever decides.

use domain::evidence::track::Mode;
use domain::evidence::{Policy, Sign, Tone, Value};
use domain::measure::{Decimal, Zone};

use crate::lang::Lang;

/// What a sign says, with its values written out; instants on the clocks of this zone.
pub fn sign_words(sign: &Sign, zone: &Zone, lang: Lang) -> String {
    let values: Vec<(&str, String)> = sign
        .values()
        .into_iter()
        .map(|(name, value)| (name, value_words(&value, zone, lang)))
        .collect();
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    lang.say_with(&key(sign.code()), &values)
}

/// The key of a sign's message.
fn key(code: &str) -> String {
    format!("evidence-{}", code.replace('.', "-"))
}

/// A reason with how much it weighs, as pages list it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The class of its chip: `no`, `wait`, or none for what speaks against nothing.
    pub tone: &'static str,
    /// `strong`, `weak` or `clear`, in words.
    pub weight: String,
    /// What the sign says.
    pub words: String,
}

impl Reason {
    /// A sign as a programme's policy weighs it.
    pub fn of(sign: &Sign, policy: &Policy, zone: &Zone, lang: Lang) -> Self {
        let tone = policy.tone(sign.code());
        Self {
            tone: tone_class(tone),
            weight: tone_words(tone, lang),
            words: sign_words(sign, zone, lang),
        }
    }
}

/// The class of the chip of a sign that weighs so much.
pub fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Strong => "no",
        Tone::Weak => "wait",
        Tone::Clear => "",
    }
}

/// How much a sign weighs, in words.
pub fn tone_words(tone: Tone, lang: Lang) -> String {
    match tone {
        Tone::Strong => lang.say("evidence-tone-strong"),
        Tone::Weak => lang.say("evidence-tone-weak"),
        Tone::Clear => lang.say("evidence-tone-clear"),
    }
}

fn value_words(value: &Value, zone: &Zone, lang: Lang) -> String {
    match value {
        Value::Number(number) => Decimal::new(*number, 0).grouped(),
        Value::Permille(permille) => format!("{} %", Decimal::new(*permille, 1)),
        Value::Metres(metres) => metres_words(*metres, lang),
        Value::Speed(tenths) => speed_words(*tenths, lang),
        Value::Milli(milli) => Decimal::new(*milli, 3).grouped(),
        Value::Carbon(carbon) => carbon.show(lang.into()),
        Value::At(at_us) => zone.clock_time(*at_us),
        Value::Day(day) => day.to_string(),
        Value::Record(id) => id.to_string(),
        Value::Text(text) => text.clone(),
        Value::Mode(mode) => mode_words(*mode, lang),
        Value::Own(true) => lang.say("evidence-own-same"),
        Value::Own(false) => lang.say("evidence-own-other"),
    }
}

/// A way in the unit that suits it: `850 m`, `12.4 km`.
pub fn metres_words(metres: i64, lang: Lang) -> String {
    let (number, en, zh) = if metres.abs() < 1000 {
        (Decimal::new(metres, 0), "m", "米")
    } else {
        (Decimal::new(metres / 100, 1), "km", "公里")
    };
    let unit = if lang == Lang::Zh { zh } else { en };
    format!("{} {unit}", number.grouped())
}

/// A speed from tenths of km/h.
pub fn speed_words(tenths: i64, lang: Lang) -> String {
    let unit = if lang == Lang::Zh { "公里/小时" } else { "km/h" };
    format!("{} {unit}", Decimal::new(tenths, 1).grouped())
}

/// A way of moving.
pub fn mode_words(mode: Mode, lang: Lang) -> String {
    match mode {
        Mode::Walking => lang.say("evidence-mode-walking"),
        Mode::Cycling => lang.say("evidence-mode-cycling"),
        Mode::Bus => lang.say("evidence-mode-bus"),
        Mode::Metro => lang.say("evidence-mode-metro"),
        Mode::Car => lang.say("evidence-mode-car"),
        Mode::Rail => lang.say("evidence-mode-rail"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Messages;

    fn zone() -> Zone {
        Zone::named("Asia/Shanghai").unwrap()
    }

    #[test]
    fn every_sign_is_said_in_both_languages_with_its_values_written_out() {
        for lang in Lang::ALL {
            for sign in Sign::samples() {
                assert!(Messages::of(lang).has(&key(sign.code())), "{}", sign.code());
                let words = sign_words(&sign, &zone(), lang);
                assert!(words.chars().count() > 8, "{}: {words}", sign.code());
                assert!(!words.contains(['{', '}', '$']), "{}: {words}", sign.code());
                for (name, value) in sign.values() {
                    let shown = value_words(&value, &zone(), lang);
                    assert!(name == "record" || words.contains(&shown), "{words}: no {shown}");
                }
            }
        }
    }

    #[test]
    fn a_photo_that_was_sent_before_is_named_with_its_day_and_how_near_it_is() {
        let words = sign_words(&Sign::samples()[0], &zone(), Lang::En);
        let told =
            "This looks like a photo that was sent before, on 2026-11-03 16:00, by another participant (4.5 % apart).";
        assert_eq!(words, told);
    }

    #[test]
    fn ways_and_speeds_have_the_unit_that_suits_them() {
        assert_eq!(metres_words(850, Lang::En), "850 m");
        assert_eq!(metres_words(12_449, Lang::Zh), "12.4 公里");
        assert_eq!(speed_words(412, Lang::En), "41.2 km/h");
    }
}
