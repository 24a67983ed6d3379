//! Lots that anybody can draw again.
//!
//! A seed of 32 random bytes is made at the opening; its SHA-256 is published then, the seed itself at the close. The
//! lots follow from the seed and from every final score, so that nobody can choose the winners afterwards:
//!
//! ```text
//! digest = SHA-256 of (ticket, score, reached) of every line, by ticket
//! tie    = SHA-256(seed ‖ digest ‖ ticket)            the lower hash is ahead
//! draw   = SHA-256(seed ‖ digest ‖ ticket ‖ prize)    the lowest hashes win
//! ```
//!
//! Numbers are big-endian: tickets, scores and instants 8 bytes, the number of a prize (from 0, as declared) 4. The
//! number of the prize keeps two draws of one competition from having the same winners.
//!
//! A worked example, for Python; tests hold what it prints. The seed is 32 bytes of zero, four people have scored,
//! and two are drawn for the first prize, number 0:
//!
//! ```text
//! import hashlib, struct
//! h = lambda *parts: hashlib.sha256(b"".join(parts)).digest()
//! seed, lines = bytes(32), [(11, 900, 50), (12, 700, 40), (13, 700, 40), (14, 100, 30)]
//! digest = h(*(struct.pack(">Qqq", *line) for line in sorted(lines)))
//! print(h(seed).hex(), digest.hex())
//! print(sorted((t for t, _, _ in lines), key=lambda t: h(seed, digest, struct.pack(">QI", t, 0)))[:2])
//! ```

use sha2::{Digest, Sha256};

use super::Line;

/// The hash of a seed: published at the opening, it binds whoever holds the seed.
pub fn promise(seed: &[u8; 32]) -> [u8; 32] {
    Sha256::digest(seed).into()
}

/// The hash of all final scores, in any order of lines. Lines of those who left or were disqualified are part of it, so
/// that a disqualification does not draw everybody's lot anew.
pub fn digest(lines: &[Line]) -> [u8; 32] {
    let mut rows: Vec<(u64, i64, i64)> = lines
        .iter()
        .map(|line| (line.ticket, line.score, line.reached_us))
        .collect();
    rows.sort_unstable();
    let mut hasher = Sha256::new();
    for (ticket, score, reached_us) in rows {
        hasher.update(ticket.to_be_bytes());
        hasher.update(score.to_be_bytes());
        hasher.update(reached_us.to_be_bytes());
    }
    hasher.finalize().into()
}

/// The lots of a competition.
#[derive(Debug, Clone)]
pub struct Lots {
    /// What every lot begins with: the seed and the digest of all lines.
    base: Sha256,
}

impl Lots {
    /// The lots that follow from a seed and [`digest`].
    pub fn new(seed: &[u8; 32], digest: &[u8; 32]) -> Self {
        Lots {
            base: Sha256::new().chain_update(seed).chain_update(digest),
        }
    }

    /// The lot of a ticket where everything else is equal: the lower is ahead.
    pub fn tie(&self, ticket: u64) -> [u8; 32] {
        self.base.clone().chain_update(ticket.to_be_bytes()).finalize().into()
    }

    /// The lot of a ticket in the draw for a prize: the lowest win.
    pub fn draw(&self, ticket: u64, prize: u32) -> [u8; 32] {
        let hasher = self.base.clone().chain_update(ticket.to_be_bytes());
        hasher.chain_update(prize.to_be_bytes()).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Status;
    use super::*;
    use crate::measure::ParticipantId;

    fn line(ticket: u64, score: i64, reached_us: i64) -> Line {
        Line {
            participant: ParticipantId::new(1),
            ticket,
            joined_us: 0,
            team: None,
            status: Status::In,
            score,
            reached_us,
        }
    }

    fn example() -> [Line; 4] {
        [
            line(14, 100, 30),
            line(11, 900, 50),
            line(13, 700, 40),
            line(12, 700, 40),
        ]
    }

    fn hex(bytes: [u8; 32]) -> String {
        bytes
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }

    fn sorted(lot: impl Fn(u64) -> [u8; 32]) -> [u64; 4] {
        let mut tickets = [11, 12, 13, 14];
        tickets.sort_by_key(|ticket| lot(*ticket));
        tickets
    }

    #[test]
    fn the_worked_example_comes_out_as_python_prints_it() {
        let seed = [0; 32];
        let digest = digest(&example());
        assert_eq!(
            hex(promise(&seed)),
            "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
        );
        assert_eq!(
            hex(digest),
            "dc0947101482dbaa3fa63ed90bb35e75ad0c9b84787d991c067868d43ac35763"
        );
        let lots = Lots::new(&seed, &digest);
        assert_eq!(sorted(|ticket| lots.draw(ticket, 0)), [13, 12, 11, 14]);
        assert_eq!(sorted(|ticket| lots.draw(ticket, 1)), [13, 14, 11, 12]);
        assert_eq!(sorted(|ticket| lots.tie(ticket)), [14, 12, 11, 13]);
    }

    #[test]
    fn the_digest_knows_every_score_and_no_status() {
        let whole = digest(&example());
        let mut turned = example();
        turned.reverse();
        turned[0].status = Status::Out;
        assert_eq!(digest(&turned), whole);
        for change in [
            |line: &mut Line| line.ticket += 1,
            |line: &mut Line| line.score += 1,
            |line: &mut Line| line.reached_us += 1,
        ] {
            let mut other = example();
            change(&mut other[2]);
            assert_ne!(digest(&other), whole);
        }
        assert_ne!(digest(&example()[1..]), whole);
    }
}
