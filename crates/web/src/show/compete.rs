//! Competitions as participants see them: the list, the board, a day, teams, news, results.

mod board;
mod day;
mod list;
mod prize;
mod team;

use domain::measure::Decimal;

use crate::lang::Lang;

pub use board::{Board, BoardDay, Joining, Live, Prize, Standing};
pub use day::{Curve, DayPage, Spell};
pub use list::{Compete, Group as CompeteGroup, Listing as CompeteRow, NewsPage, NewsRow};
pub use prize::{Certificate, ResultPage, Step, Won as WonPrize, share_image};
pub use team::{Ranks, TeamPage};

/// How scores of a competition are written: divided, rounded half up, with a unit. A script does the same to what
/// comes in live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale {
    /// What a score is divided by; above zero.
    pub divisor: i64,
    /// Digits behind the point, at most 3.
    pub digits: u8,
    /// What stands behind the number.
    pub unit: String,
}

impl Scale {
    /// The number of a score, or of a sum of so many scores as their mean.
    pub fn number(&self, score: i64, among: u32) -> String {
        let by = i128::from(self.divisor.max(1)) * i128::from(among.max(1));
        let scaled = i128::from(score) * 10_i128.pow(u32::from(self.digits)) * 2 + by;
        let rounded = i64::try_from(scaled.div_euclid(by * 2)).unwrap_or(i64::MAX);
        Decimal::new(rounded, self.digits).grouped()
    }

    /// A score with its unit.
    pub fn words(&self, score: i64) -> String {
        format!("{} {}", self.number(score, 1), self.unit)
    }
}

/// Somebody, or a team, at its place.
#[derive(Clone, Debug)]
pub struct Place {
    /// The rank; empty without one.
    pub rank: String,
    /// What it is called.
    pub name: String,
    /// What stands below the name; may be empty.
    pub below: String,
    /// The number of the score.
    pub score: String,
    /// Whether it is the one who looks.
    pub mine: bool,
    /// What stands for it, so that a script knows it again.
    pub key: String,
    /// Where more of it is.
    pub href: Option<String>,
}

impl Place {
    /// The class of the mark of the rank: the first three have one of their own.
    pub fn medal(&self) -> &'static str {
        match self.rank.as_str() {
            "1" => "rank r1",
            "2" => "rank r2",
            "3" => "rank r3",
            _ => "rank",
        }
    }
}

/// Places of the sample, of a name of the language each.
fn sample_places(lang: Lang, first: u64, mine: u64) -> Vec<Place> {
    let names = match lang {
        Lang::Zh => ["青禾", "望舒", "小满", "石榴", "北风"],
        Lang::En => ["Robin", "Wren", "Xiaoman", "Juniper", "Skylark"],
    };
    let place = |(at, name): (u64, &&str)| Place {
        rank: (first + at).to_string(),
        name: (*name).to_owned(),
        below: super::of(lang, "走走停停队", "Stop and Go"),
        score: Decimal::new(i64::try_from(15_200 - 300 * (first + at)).unwrap_or(0), 0).grouped(),
        mine: first + at == mine,
        key: format!("{:016x}", first + at),
        href: None,
    };
    (0..).zip(&names).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_divided_and_rounded_half_up() {
        let scale = |divisor, digits| Scale {
            divisor,
            digits,
            unit: "u".into(),
        };
        for (score, divisor, digits, among, text) in [
            (246_402, 30, 0, 1, "8,213"),
            (15, 10, 0, 1, "2"),
            (14, 10, 0, 1, "1"),
            (1_234_567, 1_000, 2, 1, "1,234.57"),
            (3_000, 1_000, 2, 1, "3"),
            (100, 1, 0, 3, "33"),
            (0, 30, 1, 0, "0"),
            (i64::MAX, 1, 3, 1, "9,223,372,036,854,775.807"),
        ] {
            assert_eq!(scale(divisor, digits).number(score, among), text, "{score}");
        }
        assert_eq!(scale(1, 0).words(1_200), "1,200 u");
    }
}
