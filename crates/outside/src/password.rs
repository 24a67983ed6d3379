//! Passwords: Argon2id with a salt each, kept as PHC strings (`$argon2id$v=19$m=…`).
//!
//! A hash carries its own cost, so old hashes stay valid when the cost changes. Checking an unknown
//! user takes as long as a known one, so the time says nothing about who has an account.

use std::fmt;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use thiserror::Error;

use crate::chance::{self, ChanceError};

/// Fewest characters of a password.
pub const CHARS_MIN: usize = 8;
/// Most characters of a password: more would only buy work for the server.
pub const CHARS_MAX: usize = 128;

/// Why a password was not accepted or could not be checked. A *wrong* password is no error but
/// `false`.
#[derive(Debug, Error)]
pub enum PasswordError {
    /// Fewer than [`CHARS_MIN`] characters.
    #[error("a password has at least {CHARS_MIN} characters")]
    TooShort,
    /// More than [`CHARS_MAX`] characters.
    #[error("a password has at most {CHARS_MAX} characters")]
    TooLong,
    /// The cost is outside what Argon2 allows, the stored hash is no PHC string, or memory ran out.
    #[error("password hashing failed: {0}")]
    Broken(String),
    /// No salt could be drawn.
    #[error(transparent)]
    Chance(#[from] ChanceError),
}

/// A password as typed, of allowed length. Its text shows in no `Debug` output.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Accepts [`CHARS_MIN`] to [`CHARS_MAX`] characters (Unicode scalar values, so Chinese counts by
    /// character); blanks count and stay.
    pub fn new(text: impl Into<String>) -> Result<Self, PasswordError> {
        let text = text.into();
        match text.chars().take(CHARS_MAX + 1).count() {
            ..CHARS_MIN => Err(PasswordError::TooShort),
            CHARS_MIN..=CHARS_MAX => Ok(Self(text)),
            _ => Err(PasswordError::TooLong),
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Hashes and checks passwords at one cost.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    nobody: String,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Passwords").field(self.argon2.params()).finish()
    }
}

impl Passwords {
    /// The cost OWASP recommends: 19 MiB, two passes, one lane; some 20 to 50 ms.
    pub fn owasp() -> Result<Self, PasswordError> {
        Self::with_cost(19 * 1024, 2, 1)
    }

    /// Another cost: `memory_kib` KiB (at least 8 a lane), `passes` and `lanes` at least 1. Tests take
    /// `(8, 1, 1)`. Hashes once, so that [`Passwords::verify_unknown`] has something to check against.
    pub fn with_cost(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, PasswordError> {
        let params = Params::new(memory_kib, passes, lanes, None).map_err(broken)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hash(&argon2, &chance::bytes::<16>()?)?;
        Ok(Self { argon2, nobody })
    }

    /// The PHC string to store, about 100 ASCII characters; another one at every call.
    pub fn hash(&self, password: &Password) -> Result<String, PasswordError> {
        hash(&self.argon2, password.0.as_bytes())
    }

    /// Whether `password` is the one behind the stored `phc`, at the cost written there.
    pub fn verify(&self, password: &Password, phc: &str) -> Result<bool, PasswordError> {
        let stored = PasswordHash::new(phc).map_err(broken)?;
        match self.argon2.verify_password(password.0.as_bytes(), &stored) {
            Ok(()) => Ok(true),
            Err(HashError::PasswordInvalid) => Ok(false),
            Err(error) => Err(broken(error)),
        }
    }

    /// Takes as long as [`Passwords::verify`] for a hash of this cost and says `false`: for a name
    /// that nobody has.
    pub fn verify_unknown(&self, password: &Password) -> Result<bool, PasswordError> {
        self.verify(password, &self.nobody).map(|_| false)
    }
}

fn hash(argon2: &Argon2<'_>, password: &[u8]) -> Result<String, PasswordError> {
    let salt = chance::bytes::<16>()?;
    let hash = argon2.hash_password_with_salt(password, &salt).map_err(broken)?;
    Ok(hash.to_string())
}

fn broken(error: impl fmt::Display) -> PasswordError {
    PasswordError::Broken(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap() -> Passwords {
        Passwords::with_cost(8, 1, 1).unwrap()
    }

    #[test]
    fn the_right_password_is_known_and_a_wrong_one_is_not() {
        let passwords = cheap();
        let right = Password::new("碳普惠 walk & win").unwrap();
        let phc = passwords.hash(&right).unwrap();
        assert!(passwords.verify(&right, &phc).unwrap());
        assert!(
            !passwords
                .verify(&Password::new("碳普惠 walk & WIN").unwrap(), &phc)
                .unwrap()
        );
        assert!(!passwords.verify_unknown(&right).unwrap());
        assert_ne!(phc, passwords.hash(&right).unwrap(), "every hash has its own salt");
    }

    #[test]
    fn the_cost_is_the_one_owasp_recommends_and_old_costs_stay_valid() {
        let password = Password::new("correct horse").unwrap();
        let owasp = Passwords::owasp().unwrap();
        let phc = owasp.hash(&password).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(owasp.verify(&password, &cheap().hash(&password).unwrap()).unwrap());
        assert!(cheap().verify(&password, &phc).unwrap());
        assert!(owasp.nobody.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }

    #[test]
    fn length_counts_characters() {
        for (chars, fits) in [(0, false), (7, false), (8, true), (128, true), (129, false)] {
            assert_eq!(Password::new("步".repeat(chars)).is_ok(), fits, "{chars}");
        }
    }

    #[test]
    fn a_hash_that_is_no_phc_string_is_broken_not_wrong() {
        let password = Password::new("correct horse").unwrap();
        for phc in ["", "plain", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv"] {
            let answer = cheap().verify(&password, phc);
            assert!(matches!(answer, Err(PasswordError::Broken(_))), "{phc}: {answer:?}");
        }
        assert!(Passwords::with_cost(0, 0, 0).is_err());
    }

    #[test]
    fn no_password_and_no_hash_shows_in_debug() {
        let password = Password::new("very secret indeed").unwrap();
        assert_eq!(format!("{password:?}"), "Password(…)");
        assert!(!format!("{:?}", cheap()).contains("argon2id$"));
    }
}
