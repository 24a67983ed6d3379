//! What tells one phone from another.

use domain::measure::ProgrammeId;

/// The mark of a browser in a programme, out of the random words of its cookie. The hash is all that is kept, and no
/// two programmes can tell by it that a phone is the same.
pub fn device_mark(programme: ProgrammeId, words: &str) -> [u8; 32] {
    outside::chance::fingerprint(&format!("device {programme} {words}"))
}
