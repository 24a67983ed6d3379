//! Events sent to a programme's own systems, signed as the Standard Webhooks specification has it.
//!
//! Shape: one POST over a connection of its own, with a limit of time, of redirects (none) and of what is read of the
//! answer. Any 2xx means that the event was taken; everything else, that it is to be sent again.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::signature::{self, Secret, SignatureError};

/// How long sending may take, from looking the name up to the answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of the answer that are read: a receiver may say why not.
const ANSWER_MAX: u64 = 4 * 1024;
/// Characters of it that are told.
const TOLD_MAX: usize = 200;

/// Where events go.
#[derive(Debug, Clone)]
pub struct Hook {
    /// The address.
    pub url: String,
    /// What signs them.
    pub secret: Secret,
}

/// Why an event was not taken.
#[derive(Debug, Error)]
pub enum HookError {
    /// No address that events can go to.
    #[error("needs an address that begins with https://, or http:// on this machine")]
    Address,
    /// The event cannot be signed.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The receiver does not want it.
    #[error("it answered {status}: {words}")]
    Answer {
        /// The status.
        status: u16,
        /// The beginning of what it says.
        words: String,
    },
    /// It could not be reached, or did not answer in time.
    #[error("{0}")]
    Unreachable(String),
}

/// Whether events can go to an address: over TLS, or to this machine.
pub fn check(url: &str) -> Result<(), HookError> {
    let uri: Uri = url.parse().map_err(|_| HookError::Address)?;
    let host = uri.host().unwrap_or_default();
    let here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match uri.scheme_str() {
        Some("https") if !host.is_empty() => Ok(()),
        Some("http") if here => Ok(()),
        _ => Err(HookError::Address),
    }
}

/// TLS by the roots of the system.
fn tls() -> TlsConfig {
    let roots = rustls_native_certs::load_native_certs().certs;
    let roots = roots.iter().map(|root| Certificate::from_der(root).to_owned());
    TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&roots.collect::<Vec<_>>()))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build()
}

impl Hook {
    /// Sends an event; blocks for ten seconds at most. `seconds` are those of the sending, since the epoch.
    pub fn send(&self, id: &str, seconds: i64, body: &[u8]) -> Result<(), HookError> {
        check(&self.url)?;
        let signed = signature::sign(&self.secret, id, seconds, body)?;
        let config = Agent::config_builder()
            .tls_config(tls())
            .timeout_global(Some(TIMEOUT))
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent("puhui")
            .proxy(None);
        let agent: Agent = config.build().into();
        let answer = agent
            .post(&self.url)
            .content_type("application/cloudevents+json")
            .header(signature::ID, id)
            .header(signature::TIMESTAMP, seconds.to_string())
            .header(signature::SIGNATURE, signed)
            .send(body);
        let mut answer = answer.map_err(|error| HookError::Unreachable(error.to_string()))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let words = answer
            .body_mut()
            .with_config()
            .limit(ANSWER_MAX)
            .lossy_utf8(true)
            .read_to_string();
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        let words = words.unwrap_or_default();
        Err(HookError::Answer {
            status: status.as_u16(),
            words: words.chars().map(plain).take(TOLD_MAX).collect(),
        })
    }
}
