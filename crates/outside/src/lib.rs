//! The world: everything that touches files, chance, the clock or what strangers upload.
//!
//! Invariant: nothing here knows a rule of the programme, and nothing elsewhere reads the operating
//! system's random source or its clock. Calls that read files, hash passwords or decode photos block
//! the thread: an async caller runs them on a blocking one.

pub mod blobs;
pub mod chance;
pub mod clock;
pub mod hook;
pub mod mail;
pub mod password;
pub mod photo;
pub mod scratch;
pub mod signature;
pub mod steps;
pub mod text;
pub mod track;

use sha2::{Digest, Sha256};

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
