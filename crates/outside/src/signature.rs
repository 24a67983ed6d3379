//! Signatures of events: a partner proves that an event is its own, as the Standard Webhooks specification has it.
//!
//! Shape: three headers beside a body, `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature`
//! (`v1,<base64>`, several apart by spaces while a secret is changed). What is signed is `id.timestamp.body` with
//! HMAC-SHA256. A signature proves origin and freshness, not that the event is new: the caller takes every id once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use thiserror::Error;

use crate::chance::ChanceError;

/// The header with the event's id.
pub const ID: &str = "webhook-id";
/// The header with the second at which it was sent.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signatures.
pub const SIGNATURE: &str = "webhook-signature";

/// An event may be so many seconds old, or ahead of our clock.
pub const TOLERANCE_S: i64 = 5 * 60;

/// Bytes of an id.
const ID_MAX: usize = 256;
/// Bytes of the header with signatures.
const SIGNATURE_MAX: usize = 4096;
/// Signatures that are looked at: a sender changes one secret at a time.
const SIGNATURES_MAX: usize = 16;

const PREFIX: &str = "whsec_";
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// What a partner and we share. It is not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Reads `whsec_` and the base64 of 24 to 64 bytes.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(SignatureError::Secret)?;
        let bytes = BASE64.decode(encoded).map_err(|_| SignatureError::Secret)?;
        Self::from_bytes(&bytes)
    }

    /// From 24 to 64 random bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SignatureError> {
        if SECRET_BYTES.contains(&bytes.len()) {
            Ok(Secret(bytes.to_vec()))
        } else {
            Err(SignatureError::Secret)
        }
    }

    /// A new one, of 32 random bytes.
    pub fn random() -> Result<Self, ChanceError> {
        Ok(Secret(crate::chance::bytes::<32>()?.to_vec()))
    }

    /// As it is kept: a check needs the bytes themselves, so a hash would not do.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As it is handed to a partner, once.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", BASE64.encode(&self.0))
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Result<Hmac<Sha256>, SignatureError> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).map_err(|_| SignatureError::Secret)?;
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        Ok(mac)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// The three headers as they came; `None` where one is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Headers<'a> {
    /// [`ID`]
    pub id: Option<&'a str>,
    /// [`TIMESTAMP`]
    pub timestamp: Option<&'a str>,
    /// [`SIGNATURE`]
    pub signature: Option<&'a str>,
}

/// What a valid signature vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed<'a> {
    /// The event's id: to be taken once.
    pub id: &'a str,
    /// When the partner sent it, seconds since the epoch.
    pub sent_s: i64,
}

/// Why an event is not believed to be the partner's. No case tells anything about the right signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// A header is not there.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// A header cannot be read.
    #[error("the header {0} cannot be read; see the Standard Webhooks specification")]
    Malformed(&'static str),
    /// Sent more than [`TOLERANCE_S`] ago.
    #[error("the event was signed {seconds} s ago, more than {TOLERANCE_S}: sign it again when it is sent again")]
    Old {
        /// Seconds between.
        seconds: i64,
    },
    /// Sent more than [`TOLERANCE_S`] ahead of our clock.
    #[error("the event was signed {seconds} s ahead of our clock: set the sender's")]
    Future {
        /// Seconds between.
        seconds: i64,
    },
    /// No signature fits: another secret, or a body that was changed on its way.
    #[error("no signature fits this body; sign the very bytes that are sent, with the secret of this programme")]
    Wrong,
    /// A secret that is none: configuration, not a sender's fault.
    #[error("a secret is whsec_ and the base64 of 24 to 64 bytes")]
    Secret,
}

impl SignatureError {
    /// A stable name for machines and message files.
    pub const fn code(&self) -> &'static str {
        match self {
            SignatureError::Missing(_) => "signature.missing",
            SignatureError::Malformed(_) => "signature.malformed",
            SignatureError::Old { .. } => "signature.old",
            SignatureError::Future { .. } => "signature.future",
            SignatureError::Wrong => "signature.wrong",
            SignatureError::Secret => "signature.secret",
        }
    }
}

/// Checks that one of the partner's secrets (two while they are changed) signed this very body within the tolerance.
/// `now_us` in microseconds since the epoch. Signatures are compared in constant time.
pub fn verify<'a>(
    headers: Headers<'a>,
    body: &[u8],
    secrets: &[Secret],
    now_us: i64,
) -> Result<Signed<'a>, SignatureError> {
    let id = headers.id.ok_or(SignatureError::Missing(ID))?;
    let timestamp = headers.timestamp.ok_or(SignatureError::Missing(TIMESTAMP))?;
    let signature = headers.signature.ok_or(SignatureError::Missing(SIGNATURE))?;
    check_id(id)?;
    let sent_s = seconds(timestamp).ok_or(SignatureError::Malformed(TIMESTAMP))?;
    let given = signatures(signature)?;

    let late_s = now_us.div_euclid(1_000_000).saturating_sub(sent_s);
    if late_s > TOLERANCE_S {
        return Err(SignatureError::Old { seconds: late_s });
    }
    if late_s < -TOLERANCE_S {
        return Err(SignatureError::Future { seconds: -late_s });
    }
    for secret in secrets {
        let mac = secret.mac(id, timestamp, body)?;
        if given.iter().any(|given| mac.clone().verify_slice(given).is_ok()) {
            return Ok(Signed { id, sent_s });
        }
    }
    Err(SignatureError::Wrong)
}

/// The value of [`SIGNATURE`] for an event.
pub fn sign(secret: &Secret, id: &str, timestamp_s: i64, body: &[u8]) -> Result<String, SignatureError> {
    check_id(id)?;
    let timestamp = timestamp_s.to_string();
    seconds(&timestamp).ok_or(SignatureError::Malformed(TIMESTAMP))?;
    let tag = secret.mac(id, &timestamp, body)?.finalize().into_bytes();
    Ok(format!("v1,{}", BASE64.encode(tag)))
}

/// An id has no full stop: with one, the same signature would fit another id, time and body.
fn check_id(id: &str) -> Result<(), SignatureError> {
    let plain = id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'.');
    if plain && (1..=ID_MAX).contains(&id.len()) {
        Ok(())
    } else {
        Err(SignatureError::Malformed(ID))
    }
}

/// One to twelve digits; a sign or a space would be signed, and could be read in two ways.
fn seconds(text: &str) -> Option<i64> {
    let plain = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// The signatures of version 1; those of other versions (`v1a` is of public keys) are passed over.
fn signatures(header: &str) -> Result<Vec<[u8; 32]>, SignatureError> {
    let malformed = SignatureError::Malformed(SIGNATURE);
    if header.len() > SIGNATURE_MAX {
        return Err(malformed);
    }
    let mut found = Vec::new();
    for part in header.split_ascii_whitespace().take(SIGNATURES_MAX) {
        let (version, encoded) = part.split_once(',').ok_or(malformed)?;
        if version == "v1" {
            let bytes = BASE64.decode(encoded).map_err(|_| malformed)?;
            found.push(bytes.try_into().map_err(|_| malformed)?);
        }
    }
    if found.is_empty() { Err(malformed) } else { Ok(found) }
}

#[cfg(test)]
mod tests;
