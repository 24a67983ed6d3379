//! Chance: the only place that reads the operating system's random source.
//!
//! Text is drawn from Crockford's 32 letters, which leave out I, L, O and U: nothing looks like
//! something else, and since 32 divides 256 every letter is equally likely.

use thiserror::Error;

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 52 letters of 5 bits: 260 bits, no fewer than 32 random bytes.
const TOKEN_LETTERS: usize = 52;

/// The operating system gave no random bytes; nothing secret may be made until it does.
#[derive(Debug, Error)]
#[error("no random bytes from the operating system")]
pub struct ChanceError(#[from] getrandom::Error);

/// A secret for a session, a form or a partner: `prefix` (such as `pk_`, or empty) and 52 lower-case
/// letters and digits, 260 bits. Show it once and keep only its [`fingerprint`].
pub fn secret_token(prefix: &str) -> Result<String, ChanceError> {
    let mut token = prefix.to_owned();
    token.extend(letters::<TOKEN_LETTERS>()?.map(|letter| letter.to_ascii_lowercase()));
    Ok(token)
}

/// A positive 63-bit number for a row that must not be guessed or counted.
pub fn random_id() -> Result<i64, ChanceError> {
    let id = i64::from_le_bytes(bytes()?) & i64::MAX;
    Ok(id.max(1))
}

/// 32 bytes that nobody can foresee.
pub fn seed() -> Result<[u8; 32], ChanceError> {
    bytes()
}

/// A code to be read aloud or typed: 12 letters (60 bits) as `ABCD-EFGH-JKMN`. Unique only as far as
/// 60 bits go: the store refuses a second one.
pub fn voucher_code() -> Result<String, ChanceError> {
    let letters = letters::<12>()?;
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Ok(groups.join("-"))
}

/// SHA-256 of a secret token, for storing and finding it. Right for tokens of full strength only: a
/// password needs [`crate::password`].
pub fn fingerprint(secret: &str) -> [u8; 32] {
    crate::sha256(secret.as_bytes())
}

fn letters<const N: usize>() -> Result<[char; N], ChanceError> {
    Ok(bytes::<N>()?.map(|byte| char::from(LETTERS[usize::from(byte % 32)])))
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the random source"
)]
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], ChanceError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn tokens_carry_their_prefix_and_never_repeat() {
        let tokens: HashSet<String> = (0..500).map(|_| secret_token("pk_").unwrap()).collect();
        assert_eq!(tokens.len(), 500);
        for token in &tokens {
            let secret = token.strip_prefix("pk_").unwrap();
            assert_eq!(secret.len(), TOKEN_LETTERS);
            assert!(secret.bytes().all(|b| LETTERS.contains(&b.to_ascii_uppercase())));
            assert_eq!(secret, secret.to_ascii_lowercase());
        }
    }

    #[test]
    fn ids_are_positive() {
        assert!((0..1_000).all(|_| random_id().unwrap() > 0));
    }

    #[test]
    fn vouchers_are_three_groups_without_look_alikes() {
        for _ in 0..200 {
            let code = voucher_code().unwrap();
            let groups: Vec<&str> = code.split('-').collect();
            assert_eq!(groups.iter().map(|g| g.len()).collect::<Vec<_>>(), [4, 4, 4]);
            assert!(!code.contains(['I', 'L', 'O', 'U']));
        }
    }

    #[test]
    fn every_letter_is_drawn() {
        let drawn: HashSet<char> = (0..100).flat_map(|_| letters::<52>().unwrap()).collect();
        assert_eq!(drawn.len(), 32);
    }

    #[test]
    fn a_fingerprint_is_sha_256() {
        assert_eq!(fingerprint("abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_ne!(fingerprint("abc"), fingerprint("abd"));
    }
}
