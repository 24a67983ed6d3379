//! How scores stood to each other at an instant, in few bytes.

/// Steps of an outline at most.
const MOST: usize = 4096;

/// Of these, how many belong to the highest scores, one score each.
const SHARP: usize = 1024;

/// Scores from `high` down to `low`, both of which somebody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    high: i64,
    low: i64,
    /// Members with more than `high`.
    ahead: u64,
    /// Members of the step.
    members: u64,
}

/// The distribution of a board's scores: which ranks a score had.
///
/// Exact while there are at most 4,096 different scores. Above that the highest 1,024 scores stay exact, every score that
/// very many share too, and the others are gathered in steps of at most about a fifteen-hundredth of the members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// From the highest scores down.
    steps: Vec<Step>,
}

/// These bytes are not an outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an outline of a board's scores")]
pub struct OutlineError;

/// The first byte, for what may come after this form.
const FORM: u8 = 1;

impl Outline {
    /// Of scores that descend; they are read twice if there are many different ones.
    pub(super) fn of<I: Iterator<Item = i64>>(scores: impl Fn() -> I) -> Outline {
        let mut steps: Vec<Step> = Vec::new();
        for group in groups(scores()) {
            if steps.len() == MOST {
                return Outline::gathered(&scores);
            }
            steps.push(group);
        }
        Outline { steps }
    }

    fn gathered<I: Iterator<Item = i64>>(scores: impl Fn() -> I) -> Outline {
        let all = scores().count();
        // two steps side by side have more members than this together, so the steps are at most twice all / limit, and one
        let limit = all.div_ceil((MOST - SHARP) / 2 - 1) as u64;
        let mut steps: Vec<Step> = Vec::with_capacity(MOST);
        for group in groups(scores()) {
            let sharp = steps.len() <= SHARP;
            match steps.last_mut() {
                Some(step) if !sharp && step.members + group.members <= limit => {
                    step.low = group.low;
                    step.members += group.members;
                }
                _ => steps.push(group),
            }
        }
        Outline { steps }
    }

    /// How many members there were.
    pub fn members(&self) -> u64 {
        self.steps.last().map_or(0, |last| last.ahead + last.members)
    }

    /// The best and the worst rank that somebody with this score can have had then. They differ where members shared the
    /// score, since the outline keeps no instants, and where it gathers several scores.
    pub fn rank_of(&self, score: i64) -> (u64, u64) {
        let at = self.steps.partition_point(|step| step.low > score);
        let Some(step) = self.steps.get(at) else {
            return (self.members() + 1, self.members() + 1);
        };
        let Step {
            high,
            low,
            ahead,
            members,
        } = *step;
        if score > high {
            return (ahead + 1, ahead + 1);
        }
        match (score == high, score == low) {
            (true, true) => (ahead + 1, ahead + members),
            // who has the lowest score of the step is not ahead, who has the highest is
            (true, false) => (ahead + 1, ahead + members - 1),
            (false, _) => (ahead + 2, ahead + members),
        }
    }

    /// In few bytes: numbers of 7 bits a byte, each step by its distance from the one before.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![FORM];
        let mut last = i64::MAX;
        for step in &self.steps {
            // scores descend, so that no distance is negative
            write(&mut bytes, last.abs_diff(step.high));
            write(&mut bytes, step.high.abs_diff(step.low));
            write(&mut bytes, step.members);
            last = step.low;
        }
        bytes
    }

    /// What [`Outline::to_bytes`] wrote. Never panics, and takes no more memory than twice what so many steps may need.
    pub fn from_bytes(bytes: &[u8]) -> Result<Outline, OutlineError> {
        let (form, mut rest) = bytes.split_first().ok_or(OutlineError)?;
        if *form != FORM {
            return Err(OutlineError);
        }
        let mut steps: Vec<Step> = Vec::new();
        let (mut last, mut ahead) = (i64::MAX, 0_u64);
        while !rest.is_empty() {
            let (gap, width, members) = (take(&mut rest)?, take(&mut rest)?, take(&mut rest)?);
            let high = last.checked_sub_unsigned(gap).ok_or(OutlineError)?;
            let low = high.checked_sub_unsigned(width).ok_or(OutlineError)?;
            let descends = steps.is_empty() || gap > 0;
            let peopled = members > u64::from(width > 0);
            let after = ahead.checked_add(members).ok_or(OutlineError)?;
            // a board has at most 2^32 members, and ranks are one more
            if steps.len() == MOST || low < 0 || !descends || !peopled || after > 1 << 32 {
                return Err(OutlineError);
            }
            steps.push(Step {
                high,
                low,
                ahead,
                members,
            });
            (last, ahead) = (low, after);
        }
        Ok(Outline { steps })
    }
}

/// A step for each different score.
fn groups(scores: impl Iterator<Item = i64>) -> impl Iterator<Item = Step> {
    let mut scores = scores.peekable();
    let mut ahead = 0;
    std::iter::from_fn(move || {
        let score = scores.next()?;
        let mut members = 1;
        while scores.next_if_eq(&score).is_some() {
            members += 1;
        }
        let step = Step {
            high: score,
            low: score,
            ahead,
            members,
        };
        ahead += members;
        Some(step)
    })
}

/// Little-endian base 128, as in DWARF (LEB128).
fn write(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push(u8::try_from(number & 0x7f).unwrap_or(0) | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap_or(0));
}

/// One way to write each number: no empty last byte.
fn take(bytes: &mut &[u8]) -> Result<u64, OutlineError> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(OutlineError)?;
        *bytes = rest;
        let part = u64::from(byte & 0x7f);
        if part << shift >> shift != part || (*byte == 0 && shift > 0) {
            return Err(OutlineError);
        }
        number |= part << shift;
        if *byte < 0x80 {
            return Ok(number);
        }
    }
    Err(OutlineError)
}
