//! Letters: written with the fact that wants them told, sent afterwards by the worker.

use outside::mail::MailError;
use store::mail as books;
use store::{Db, StoreError, job};

use crate::{App, Caller, Error, Refused, Who};

/// What a letter says. The words belong to the doors, which know the languages.
#[derive(Debug, Clone)]
pub struct Letter {
    /// What it is about.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

/// A letter, as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterView {
    /// To whom: an e-mail address.
    pub recipient: String,
    /// What it is about.
    pub subject: String,
    /// Plain text; empty once it was sent.
    pub body: String,
    /// When it was written, in microseconds since the epoch.
    pub made_us: i64,
    /// When it was sent.
    pub sent_us: Option<i64>,
}

/// A letter that is written with the fact it tells.
#[derive(Clone)]
pub(crate) struct Post {
    id: i64,
    job: i64,
    letter: Letter,
    now_us: i64,
}

impl Post {
    /// Writes it to an account; one that is a phone number gets none.
    pub(crate) async fn to(&self, db: &mut Db, account: &str) -> Result<(), StoreError> {
        if !account.contains('@') {
            return Ok(());
        }
        let Letter { subject, body } = &self.letter;
        books::insert(db, self.id, account, subject, body, self.now_us).await?;
        job::ask(db, self.job, "mail", &self.id.to_string(), self.now_us).await
    }
}

impl App {
    pub(crate) fn post(&self, letter: Letter) -> Post {
        Post {
            id: self.next_id(),
            job: self.next_id(),
            letter,
            now_us: self.now_us(),
        }
    }

    /// The latest letters, newest first, for somebody at the machine.
    pub async fn outbox(&self, caller: &Caller) -> Result<Vec<LetterView>, Error> {
        if caller.who != Who::Console {
            return Err(Refused::NotFound("outbox").into());
        }
        let letters = self
            .0
            .store
            .read(async |db: &mut Db| books::latest(db, 50).await)
            .await?;
        let view = |letter: books::Message| LetterView {
            recipient: letter.recipient,
            subject: letter.subject,
            body: letter.body,
            made_us: letter.made_us,
            sent_us: letter.sent_us,
        };
        Ok(letters.into_iter().map(view).collect())
    }

    /// Sends a letter that waits. Without a mailer it stays where it is.
    pub(crate) async fn mail(&self, id: i64) -> Result<(), Error> {
        let Some(mailer) = &self.0.mailer else { return Ok(()) };
        let letter = self
            .0
            .store
            .read(async move |db: &mut Db| books::get(db, id).await)
            .await?;
        let waits = |letter: &books::Message| letter.sent_us.is_none() && letter.problem.is_none();
        let Some(letter) = letter.filter(waits) else {
            return Ok(());
        };
        let now_us = self.now_us();
        let sent = mailer
            .send(&letter.recipient, &letter.subject, &letter.body, now_us)
            .await;
        let problem = match sent {
            Ok(()) => None,
            Err(MailError::Refused(why)) => {
                tracing::warn!(letter = id, why, "a letter was refused");
                Some(why)
            }
            Err(error) => return Err(Error::outside(error)),
        };
        let note = async move |db: &mut Db| match &problem {
            None => books::sent(db, id, now_us).await,
            Some(why) => books::given_up(db, id, why).await,
        };
        Ok(self.0.store.write(0, note).await?)
    }
}
