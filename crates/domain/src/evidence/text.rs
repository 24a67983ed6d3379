//! Text that was read in a photo. It supports a decision; it never alone decides an amount.

use serde::{Deserialize, Serialize};

use super::{Claim, Policy, Sign};

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

/// What the text says for or against the act. `None` where no reader is installed.
pub(super) fn signs(_text: Option<&TextFacts>, _claim: &Claim, _policy: &Policy) -> Vec<Sign> {
    Vec::new()
}
