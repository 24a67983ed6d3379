//! Refused or broken: what the caller can act on, and everything else.

use domain::activity::Refusal;
use domain::methodology::{MethodologyError, Unquantified};
use domain::programme::NotAllowed;
use domain::rewards;
use outside::signature::SignatureError;
use store::StoreError;

/// Why nothing was done, in a way that the caller can act on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nobody is signed in, or what was shown is not in force.
    #[error("sign in first")]
    SignIn,
    /// The account, client or secret is wrong; which of them is not said.
    #[error("account or password is wrong")]
    Credentials,
    /// The role may not do that.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such thing, or it is none of the caller's business.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// A field of the request is wrong.
    #[error("{field}: {what}")]
    Invalid {
        /// Its JSON pointer without the leading slash.
        field: String,
        /// What is wrong with it.
        what: String,
    },
    /// An act could not be quantified.
    #[error(transparent)]
    Unquantified(#[from] Unquantified),
    /// An act may not be credited, and nothing was kept of it.
    #[error(transparent)]
    Activity(#[from] Refusal),
    /// The store says no.
    #[error(transparent)]
    Reward(#[from] rewards::Refused),
    /// A methodology file is wrong.
    #[error(transparent)]
    Methodology(#[from] MethodologyError),
    /// A behaviour is known, but nobody knows its factor: it cannot be credited.
    #[error("no factor is known for {0}, so it cannot be credited")]
    NoFactorKnown(String),
    /// What was sent is no photo that can be used.
    #[error("{what}")]
    Photo {
        /// A stable name.
        code: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// What was sent is no file of its kind that can be used: a track, an export of steps.
    #[error("{what}")]
    Proof {
        /// A stable name.
        code: &'static str,
        /// What is wrong with it, and what to do.
        what: String,
    },
    /// What a partner sent is not signed as it has to be.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A passkey could not be added, or did not show who somebody is.
    #[error("passkey: {0}")]
    Passkey(String),
    /// The same idempotency key came before with another body.
    #[error("this key was used before for something else")]
    KeyReused,
    /// The name is taken.
    #[error("{0} is taken")]
    Taken(String),
    /// It is past that: decided, reversed, settled.
    #[error("{0}")]
    Settled(&'static str),
    /// Staff stopped the account: it neither earns nor spends until they let it go on.
    #[error("the account is frozen")]
    Frozen,
    /// Somebody else changed it after it was shown.
    #[error("it was changed in the meantime; look again before changing it")]
    Changed,
    /// Without this one nobody could let anybody in.
    #[error("a programme needs an administrator")]
    LastAdmin,
    /// The one who agrees must not be the one who asked.
    #[error("a second person has to agree")]
    SecondPerson,
    /// It was tried too often; nothing was looked at this time.
    #[error("too many attempts, try again in {seconds} s")]
    TooMany {
        /// After how many seconds it makes sense to try again.
        seconds: i64,
    },
}

impl Refused {
    /// A stable name for machines and message files.
    pub fn code(&self) -> &'static str {
        match self {
            Refused::SignIn => "auth.sign_in",
            Refused::Credentials => "auth.credentials",
            Refused::NotAllowed(_) => "auth.not_allowed",
            Refused::NotFound(_) => "not_found",
            Refused::Invalid { .. } => "field.invalid",
            Refused::Unquantified(why) => why.code(),
            Refused::Activity(why) => why.code(),
            Refused::Reward(why) => why.code(),
            Refused::Methodology(_) => "methodology.invalid",
            Refused::NoFactorKnown(_) => "behaviour.no_factor_known",
            Refused::Photo { code, .. } | Refused::Proof { code, .. } => code,
            Refused::Signature(why) => why.code(),
            Refused::Passkey(_) => "passkey.refused",
            Refused::KeyReused => "key.reused",
            Refused::Taken(_) => "name.taken",
            Refused::Settled(_) => "settled",
            Refused::Frozen => "participant.frozen",
            Refused::Changed => "changed",
            Refused::LastAdmin => "access.last_admin",
            Refused::SecondPerson => "second_person",
            Refused::TooMany { .. } => "too_many",
        }
    }

    /// The field of the request that is wrong, as a JSON pointer, if one is.
    pub fn pointer(&self) -> Option<String> {
        match self {
            // the empty pointer is the whole body
            Refused::Invalid { field, .. } if field.is_empty() => Some(String::new()),
            Refused::Invalid { field, .. } => Some(format!("/{field}")),
            Refused::Photo { .. } => Some("/photo".to_owned()),
            Refused::Proof { .. } => Some("/file".to_owned()),
            Refused::Unquantified(why) => why.input().map(|input| format!("/inputs/{input}")),
            Refused::NoFactorKnown(_) => Some("/behaviour".to_owned()),
            Refused::Activity(Refusal::Future | Refusal::BeforeProgramme) => Some("/started_at".to_owned()),
            _ => None,
        }
    }

    pub(crate) fn invalid(field: impl Into<String>, what: impl Into<String>) -> Self {
        Refused::Invalid {
            field: field.into(),
            what: what.into(),
        }
    }

    /// Refuses a text that is empty, longer than `most` bytes, or holds control characters other than line breaks
    /// and tabs; a zero byte is more than PostgreSQL can keep.
    pub(crate) fn unless_plain(field: &str, text: &str, most: usize) -> Result<(), Self> {
        let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if text.is_empty() || text.len() > most || text.chars().any(odd) {
            return Err(Refused::invalid(
                field,
                format!("needs 1 to {most} bytes of plain text"),
            ));
        }
        Ok(())
    }
}

/// Everything else that can go wrong; logged once at the door and shown as an id.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// Too many callers at once; nothing was done, try again.
    #[error("busy")]
    Busy,
    /// The books.
    #[error(transparent)]
    Store(StoreError),
    /// The blobs, passwords or chance.
    #[error("{0}")]
    Outside(String),
}

/// Why a verb did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller can act on it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The caller cannot.
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Error::Broken(match error {
            StoreError::Busy => Broken::Busy,
            other => Broken::Store(other),
        })
    }
}

impl From<domain::programme::NotAllowed> for Error {
    fn from(error: NotAllowed) -> Self {
        Error::Refused(error.into())
    }
}

impl Error {
    pub(crate) fn outside(error: impl std::fmt::Display) -> Self {
        Error::Broken(Broken::Outside(error.to_string()))
    }
}
