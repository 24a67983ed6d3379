//! The list itself: two columns as a spreadsheet writes them, one member a line.

/// Why a line of a list does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineFault {
    /// It has not the two columns `team,member`.
    Columns,
    /// The team's name is empty, longer than 60 bytes, or no plain text.
    Name,
    /// Nobody in the programme has this reference or id.
    Unknown,
    /// The member stood on a line before.
    Twice,
    /// The member did not agree to what the competition needs.
    NoConsent,
    /// The member's account is stopped.
    Frozen,
    /// The member left the competition.
    Left,
    /// The member was disqualified.
    Disqualified,
    /// The team is full.
    Full,
    /// There are as many teams as there can be.
    TooManyTeams,
}

impl LineFault {
    /// Every fault.
    pub const ALL: [LineFault; 10] = [
        LineFault::Columns,
        LineFault::Name,
        LineFault::Unknown,
        LineFault::Twice,
        LineFault::NoConsent,
        LineFault::Frozen,
        LineFault::Left,
        LineFault::Disqualified,
        LineFault::Full,
        LineFault::TooManyTeams,
    ];

    /// A stable name.
    pub const fn name(self) -> &'static str {
        match self {
            LineFault::Columns => "columns",
            LineFault::Name => "name",
            LineFault::Unknown => "unknown",
            LineFault::Twice => "twice",
            LineFault::NoConsent => "no-consent",
            LineFault::Frozen => "frozen",
            LineFault::Left => "left",
            LineFault::Disqualified => "disqualified",
            LineFault::Full => "full",
            LineFault::TooManyTeams => "too-many-teams",
        }
    }
}

/// A line as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) team: String,
    pub(super) member: String,
    pub(super) fault: Option<LineFault>,
}

/// The most bytes of a team's name.
const MOST_NAME: usize = 60;

/// The lines of a list; empty ones and a head `team,member` are passed over. Columns stand apart by commas, semicolons
/// or tabs, whichever comes first in a line; quotes are as in RFC 4180, but no cell has a line break.
pub(super) fn read(text: &str) -> Vec<Line> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let mut read: Vec<Line> = lines.map(|(at, line)| one(at + 1, line)).collect();
    let is_head = |line: &Line| line.team.eq_ignore_ascii_case("team") && line.member.eq_ignore_ascii_case("member");
    if read.first().is_some_and(is_head) {
        read.remove(0);
    }
    read
}

fn one(number: usize, line: &str) -> Line {
    let cells = cells(line);
    let (team, member, fault) = match cells.as_deref() {
        Some([team, member]) if !member.is_empty() => (team.clone(), member.clone(), None),
        _ => (
            line.trim().chars().take(80).collect(),
            String::new(),
            Some(LineFault::Columns),
        ),
    };
    let odd = team.is_empty() || team.len() > MOST_NAME || team.chars().any(char::is_control);
    Line {
        number,
        fault: fault.or(odd.then_some(LineFault::Name)),
        team,
        member,
    }
}

/// The cells of a line, trimmed; `None` if a quote is not closed.
fn cells(line: &str) -> Option<Vec<String>> {
    let mut cells = vec![String::new()];
    let (mut quoted, mut mark) = (false, None);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let cell = cells.last_mut()?;
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            ',' | ';' | '\t' if !quoted && mark.is_none_or(|mark| mark == c) => {
                mark = Some(c);
                cells.push(String::new());
            }
            c => cell.push(c),
        }
    }
    for cell in &mut cells {
        *cell = cell.trim().to_owned();
    }
    // a spreadsheet leaves empty columns behind
    while cells.len() > 2 && cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
    (!quoted).then_some(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<(usize, String, String, Option<LineFault>)> {
        let lines = read(text).into_iter();
        lines
            .map(|line| (line.number, line.team, line.member, line.fault))
            .collect()
    }

    fn line(number: usize, team: &str, member: &str) -> (usize, String, String, Option<LineFault>) {
        (number, team.to_owned(), member.to_owned(), None)
    }

    #[test]
    fn lists_of_spreadsheets_are_read_with_their_line_numbers() {
        let text =
            "\u{feff}Team,Member\r\n财务部,emp-1\r\n\r\n\"Sales, North\",emp-2\r\n\"The \"\"A\"\" team\" , emp-3,,\r\n";
        let wanted = [
            line(2, "财务部", "emp-1"),
            line(4, "Sales, North", "emp-2"),
            line(5, "The \"A\" team", "emp-3"),
        ];
        assert_eq!(plain(text), wanted);
        assert_eq!(plain("a;b,c\nx\ty"), [line(1, "a", "b,c"), line(2, "x", "y")]);
    }

    #[test]
    fn what_is_no_line_is_told() {
        let faults = |text: &str| -> Vec<_> { read(text).into_iter().map(|line| line.fault).collect() };
        let columns = Some(LineFault::Columns);
        assert_eq!(faults("one\na,b,c\n\"open,x\nteam,"), [columns; 4]);
        assert_eq!(faults(&format!("{},m\n,m", "x".repeat(61))), [Some(LineFault::Name); 2]);
        assert!(faults("team,member").is_empty() && faults(" \n").is_empty());
    }
}
