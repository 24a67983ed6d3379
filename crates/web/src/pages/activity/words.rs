//! Units, formulas and regions as people write them.

use crate::lang::Lang;

/// The message of a key, if there is one.
fn said(lang: Lang, key: &str) -> Option<String> {
    let words = lang.say(key);
    (words != key).then_some(words)
}

fn one_unit(name: &str, many: bool, lang: Lang) -> String {
    let Some(word) = said(lang, &format!("activity-unit-{}", name.to_ascii_lowercase())) else {
        return name.to_owned();
    };
    // in English what is counted has a plural; a symbol has none
    let counted = lang == Lang::En
        && many
        && word.len() > 2
        && word != "min"
        && word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    match word.as_bytes().last() {
        Some(b'x' | b's') if counted => word + "es",
        _ if counted => word + "s",
        _ => word,
    }
}

/// A unit such as `gCO2e/(person*km)` in words: `克 CO₂e/(人·公里)`.
pub(in crate::pages) fn unit(name: &str, lang: Lang) -> String {
    units(name, false, lang)
}

fn units(name: &str, many: bool, lang: Lang) -> String {
    if name == "one" {
        return String::new();
    }
    let (mut out, mut word) = (String::new(), String::new());
    for c in name.replace("m*m", "m²").chars().chain([' ']) {
        if c.is_ascii_alphanumeric() || c == '²' {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            // only what is before the line is counted
            out.push_str(&one_unit(&word, many && !out.contains('/'), lang));
            word.clear();
        }
        out.push(if c == '*' { '·' } else { c });
    }
    out.trim_end().to_owned()
}

/// A value with its unit.
pub(in crate::pages) fn amount(value: &str, name: &str, lang: Lang) -> String {
    let unit = units(name, value != "1", lang);
    if unit.is_empty() {
        return value.to_owned();
    }
    format!("{value} {unit}")
}

/// A region code in words, as it is if there are none.
pub(in crate::pages) fn region(code: &str, lang: Lang) -> String {
    said(lang, &format!("activity-region-{}", code.to_ascii_lowercase())).unwrap_or_else(|| code.to_owned())
}

/// A formula with its names replaced, in the signs that people write.
pub(in crate::pages) fn formula(formula: &str, lang: Lang, of: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(formula.len() * 2);
    let mut word = String::new();
    let mut bracket = false;
    for c in formula.chars().chain(['\0']) {
        if c.is_alphanumeric() || c == '_' || (bracket && c != ']') {
            word.push(c);
            continue;
        }
        if bracket {
            out.push_str(&unit(&word, lang));
        } else {
            out.push_str(&of(&word).unwrap_or_else(|| word.clone()));
        }
        word.clear();
        match c {
            '[' => bracket = true,
            ']' => bracket = false,
            '*' => out.push('×'),
            '/' => out.push('÷'),
            '-' => out.push('−'),
            '\0' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_said_in_both_languages() {
        assert_eq!(unit("gCO2e/km", Lang::Zh), "克 CO₂e/公里");
        assert_eq!(unit("kgCO2e/(person*km)", Lang::Zh), "千克 CO₂e/(人·公里)");
        assert_eq!(unit("kgCO2e/(person*km)", Lang::En), "kg CO₂e/(person·km)");
        assert_eq!(amount("3", "trip", Lang::En), "3 trips");
        assert_eq!(amount("1", "trip", Lang::En), "1 trip");
        assert_eq!(amount("2", "box", Lang::En), "2 boxes");
        assert_eq!(amount("5", "gCO2e/trip", Lang::En), "5 g CO₂e/trip");
        assert_eq!(amount("0.5", "one", Lang::Zh), "0.5");
        assert_eq!(unit("furlong", Lang::Zh), "furlong");
    }

    #[test]
    fn a_formula_is_spelled_with_what_its_names_mean() {
        let of = |name: &str| (name == "trips").then(|| "次数".to_owned());
        assert_eq!(
            formula("trips * (ef - 0.5 [gCO2e/trip])", Lang::Zh, of),
            "次数 × (ef − 0.5 克 CO₂e/次)"
        );
        assert_eq!(formula("0 [gCO2e]", Lang::En, of), "0 g CO₂e");
    }

    #[test]
    fn regions_have_names() {
        assert_eq!(region("CN-SH", Lang::Zh), "上海");
        assert_eq!(region("GB", Lang::En), "GB");
    }
}
