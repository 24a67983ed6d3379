//! Splits Rust text into code and string literals, so that a rule about code is not upset by the
//! same word in a comment or a message. Line numbers are kept: every newline stays in `code`.

/// What a source file says, taken apart.
pub struct Parts {
    /// The text without comments and without the insides of literals.
    pub code: String,
    /// Each string literal with the line on which it starts.
    pub strings: Vec<(usize, String)>,
}

pub fn split(text: &str) -> Parts {
    let chars: Vec<char> = text.chars().collect();
    let mut parts = Parts {
        code: String::with_capacity(text.len()),
        strings: Vec::new(),
    };
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let next = chars.get(at + 1).copied();
        let end = match (c, next) {
            ('/', Some('/')) => line_end(&chars, at),
            ('/', Some('*')) => comment_end(&chars, at),
            ('"', _) => {
                let end = string_end(&chars, at + 1);
                parts.keep_string(&chars, at, end);
                end
            }
            ('r', Some('"' | '#')) if !in_word(&chars, at) => match raw_end(&chars, at + 1) {
                Some(end) => {
                    parts.keep_string(&chars, at, end);
                    end
                }
                None => at,
            },
            ('\'', _) => char_end(&chars, at).unwrap_or(at),
            _ => at,
        };
        if end == at {
            parts.code.push(c);
            at += 1;
        } else {
            parts.code.push(' ');
            parts.code.extend(chars[at..end].iter().filter(|&&c| c == '\n'));
            at = end;
        }
    }
    parts
}

impl Parts {
    fn keep_string(&mut self, chars: &[char], from: usize, to: usize) {
        let line = 1 + self.code.matches('\n').count();
        self.strings.push((line, chars[from..to].iter().collect()));
    }
}

/// Whether the character continues an identifier. `br"…"` and `cr"…"` start literals as well.
fn in_word(chars: &[char], at: usize) -> bool {
    let word = |at: usize| chars.get(at).is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let Some(before) = at.checked_sub(1) else {
        return false;
    };
    let longer = before.checked_sub(1).is_some_and(word);
    word(before) && (longer || !matches!(chars[before], 'b' | 'c'))
}

fn line_end(chars: &[char], from: usize) -> usize {
    chars[from..]
        .iter()
        .position(|&c| c == '\n')
        .map_or(chars.len(), |length| from + length)
}

fn comment_end(chars: &[char], from: usize) -> usize {
    let mut depth = 0;
    let mut at = from;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at.min(chars.len())
}

fn string_end(chars: &[char], mut at: usize) -> usize {
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// The end of a raw string whose hashes start at `from`; `None` where it is a raw identifier.
fn raw_end(chars: &[char], from: usize) -> Option<usize> {
    let hashes = chars[from..].iter().take_while(|&&c| c == '#').count();
    if chars.get(from + hashes) != Some(&'"') {
        return None;
    }
    let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let inside = from + hashes + 1;
    let length = chars[inside..].windows(close.len()).position(|window| window == close);
    Some(length.map_or(chars.len(), |length| inside + length + close.len()))
}

/// The end of a character literal; `None` where the quote starts a lifetime or a label.
fn char_end(chars: &[char], at: usize) -> Option<usize> {
    if chars.get(at + 1) == Some(&'\\') {
        let close = chars[at + 3..].iter().position(|&c| c == '\'')?;
        return Some(at + 3 + close + 1);
    }
    (chars.get(at + 2) == Some(&'\'')).then_some(at + 3)
}

#[test]
fn code_is_told_from_comments_and_literals() {
    let text = concat!(
        "let a = \"in // \\\" string\"; // gone \"too\"\n",
        "/* /* nested */ gone */ fn b<'a>(c: char) { c == '\"' || c == '\\''; }\n",
        "let d = br#\"raw \" one\"#; let r#type = \"last\";\n",
    );
    let parts = split(text);
    let strings: Vec<&str> = parts.strings.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(strings, ["\"in // \\\" string\"", "r#\"raw \" one\"#", "\"last\""]);
    assert_eq!(parts.strings[1].0, 3);
    assert!(!parts.code.contains("gone"));
    assert!(parts.code.contains("fn b<'a>(c: char)"));
    assert!(parts.code.contains("let r#type ="));
    assert_eq!(parts.code.matches('\n').count(), 3);
}
