//! Words and amounts of money in a line.

/// A word of so many characters may be read with one of them wrong.
const FORGIVING: usize = 4;

/// Whether a line, as [`super::normalised`] gives it, says a word of a rule. Case and spaces do not count, `#` in the
/// word is any digit, and of four characters or more one may be wrong. Latin words and numbers must stand by themselves:
/// `Bus` is not said by `business`, but by `MetroBus`.
pub fn says(line: &[char], word: &str) -> bool {
    let word: Vec<char> = super::normalised(word).into_iter().filter(|c| *c != ' ').collect();
    let (Some(first), Some(last)) = (word.first(), word.last()) else {
        return false;
    };
    let letters: Vec<Letter> = letters(line);
    let wrong = usize::from(word.len() >= FORGIVING);
    letters.windows(word.len()).enumerate().any(|(start, seen)| {
        let mut off = 0;
        for (seen, meant) in seen.iter().zip(&word) {
            let alike = same(seen.character, *meant);
            if !alike && (*meant == '#' || off == wrong) {
                return false;
            }
            off += usize::from(!alike);
        }
        let after = letters.get(start + word.len());
        let before = start.checked_sub(1).and_then(|before| letters.get(before));
        let begins = *first == '#' || before.is_none_or(|before| before.ends(&seen[0]));
        let ends = *last == '#' || after.is_none_or(|after| seen[seen.len() - 1].ends(after));
        begins && ends
    })
}

/// A character that is no space.
struct Letter {
    character: char,
    /// Whether a space stands before it.
    apart: bool,
}

impl Letter {
    /// Whether a word or number can end here when `next` follows.
    fn ends(&self, next: &Letter) -> bool {
        let kind = |c: char| match c {
            '0'..='9' => 1,
            'a'..='z' => 2,
            'A'..='Z' => 3,
            _ => 0,
        };
        let (this, that) = (kind(self.character), kind(next.character));
        next.apart || this == 0 || that == 0 || (this == 1) != (that == 1) || (this, that) == (2, 3)
    }
}

fn letters(line: &[char]) -> Vec<Letter> {
    let mut apart = true;
    let mut letters = Vec::with_capacity(line.len());
    for character in line.iter().copied() {
        if character != ' ' {
            letters.push(Letter { character, apart });
        }
        apart = character == ' ';
    }
    letters
}

fn same(seen: char, meant: char) -> bool {
    match meant {
        '#' => seen.is_ascii_digit() || "一二三四五六七八九十".contains(seen),
        _ => seen == meant || seen.to_lowercase().eq(meant.to_lowercase()),
    }
}

/// Amounts of money in a line, as `¥5.00`: with a sign or name of the currency before or after.
pub fn amounts(line: &[char]) -> Vec<String> {
    let line: Vec<char> = line.iter().copied().filter(|c| *c != ' ').collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = line[at..].iter().position(char::is_ascii_digit).map(|next| at + next) {
        let digits = |from: usize| line[from..].iter().take_while(|c| c.is_ascii_digit()).count();
        let whole = digits(start);
        let mut end = start + whole;
        if line.get(end) == Some(&'.') {
            let cents = digits(end + 1);
            end += if cents == 0 { 0 } else { cents + 1 };
        }
        at = end;
        let before = &line[..start];
        let named = |names: &[&str]| names.iter().any(|name| ends_with(before, name));
        let after = line.get(end);
        let money = named(&["¥", "CNY", "RMB"]) || matches!(after, Some('元' | '圆'));
        if money && whole <= 7 && end - start <= 10 {
            let number: String = line[start..end].iter().collect();
            found.push(format!("¥{number}"));
        }
    }
    found
}

fn ends_with(line: &[char], name: &str) -> bool {
    let name = name.chars().rev();
    let mut line = line.iter().rev();
    name.into_iter()
        .all(|c| line.next().is_some_and(|seen| seen.eq_ignore_ascii_case(&c)))
}
