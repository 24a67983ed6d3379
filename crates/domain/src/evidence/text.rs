//! Text that was read in a photo. It supports a decision; it never alone decides an amount.
//!
//! Shape: lines are brought into one form; words of the rule, times and amounts are looked for in them; what the rule
//! asks for is there, is missing, or tells of another time. Invariant: work grows with the length of the text alone,
//! for a given rule.

mod times;
mod words;

use serde::{Deserialize, Serialize};

use super::{Claim, Policy, Sign};
pub use times::{Date, Moment, moments};
pub use words::{amounts, says};

/// Most characters of a line.
pub const LINE_CHARACTERS: usize = 200;

/// What a reader of text found in the photos of an act.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TextFacts {
    /// Lines from top to bottom, at most 200.
    pub lines: Vec<Line>,
}

/// One line of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The characters, at most 200.
    pub text: String,
    /// How sure the reader is, in thousandths.
    pub sure_permille: u16,
}

/// A line in one form: full-width letters and signs as half-width ones, one kind of yen sign, colon and dash.
pub fn normalised(line: &str) -> Vec<char> {
    line.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{3000}' | '\t' | '\u{a0}' => ' ',
            '￥' => '¥',
            '∶' | '︰' | '꞉' => ':',
            '‐'..='―' | '−' => '-',
            c => c,
        })
        .collect()
}

/// Most words told in a sign.
const TOLD: usize = 5;

/// What the text says for or against the act. `None` where no reader is installed.
pub(super) fn signs(text: Option<&TextFacts>, claim: &Claim, policy: &Policy) -> Vec<Sign> {
    let rule = policy.rule(&claim.behaviour);
    if rule.words.is_empty() && !rule.time && !rule.amount {
        return Vec::new();
    }
    let Some(text) = text else {
        return vec![Sign::TextUnread];
    };
    let lines: Vec<Vec<char>> = text.lines.iter().map(|line| normalised(&line.text)).collect();
    let mut signs = Vec::new();
    let (mut found, mut wanted) = (Vec::new(), Vec::new());

    let words = || rule.words.iter().filter(|word| !word.trim().is_empty());
    found.extend(
        words()
            .filter(|word| lines.iter().any(|line| says(line, word)))
            .take(TOLD)
            .cloned(),
    );
    if found.is_empty() {
        wanted.extend(words().take(TOLD).cloned());
    }
    if rule.amount {
        match lines.iter().flat_map(|line| amounts(line)).next() {
            Some(amount) => found.push(amount),
            None => wanted.push("¥".to_owned()),
        }
    }
    if rule.time
        && let Some(act) = times::Act::of(claim, policy.limits.text_off_minutes)
    {
        match act.nearest(&moments(&lines)) {
            None => signs.push(Sign::TextUntimed),
            Some((moment, 0)) => found.push(moment.to_string()),
            Some((moment, _)) => signs.push(Sign::TextTime {
                found: moment.to_string(),
            }),
        }
    }
    if !wanted.is_empty() {
        let wanted = told(&wanted);
        signs.push(Sign::TextMissing { wanted });
    }
    if signs.is_empty() && !found.is_empty() {
        signs.push(Sign::TextFits { found: told(&found) });
    }
    signs
}

/// A few words in one string.
fn told(words: &[String]) -> String {
    let short: Vec<String> = words.iter().map(|word| word.chars().take(30).collect()).collect();
    short.join(" · ")
}

#[cfg(test)]
mod tests;
