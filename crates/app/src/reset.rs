//! A new password for somebody who forgot theirs, by a link that goes to their e-mail address.

use std::net::IpAddr;

use outside::chance::fingerprint;
use outside::password::Password;
use store::access as books;
use store::{Db, job, mail};

use crate::access::{secret, sought};
use crate::throttle::Attempt;
use crate::{App, Error, Letter, Refused};

/// How long a link is good, in microseconds.
const LINK_US: i64 = 3_600_000_000;

impl App {
    /// Asks for a link to choose a new password. Whether the account is known shows neither in the answer nor in the
    /// time it takes. `letter` words the letter around the secret of the link; an account that is a phone number gets
    /// none. `from` is the client's address, where it is known.
    pub async fn forgot(
        &self,
        account: &str,
        from: Option<IpAddr>,
        letter: impl FnOnce(&str) -> Letter,
    ) -> Result<(), Error> {
        let (account, now_us) = (sought(account), self.now_us());
        let throttle = &self.0.throttle;
        if let Some(from) = from {
            throttle.check(Attempt::Letter(from), now_us)?;
            throttle.count(Attempt::Letter(from), now_us);
        }
        // nobody's letter box is filled by strangers
        let wanted = account.contains('@') && throttle.check(Attempt::LetterTo(&account), now_us).is_ok();
        throttle.count(Attempt::LetterTo(&account), now_us);
        let token = secret("pr_")?;
        let (hash, letter) = (fingerprint(&token), letter(&token));
        let (id, job) = (self.next_id(), self.next_id());
        self.0
            .store
            .write(hash[0], async move |db: &mut Db| {
                let login = books::login(db, &account).await?.filter(|_| wanted);
                mail::insert(db, id, &account, &letter.subject, &letter.body, now_us).await?;
                job::ask(db, job, "mail", &id.to_string(), now_us).await?;
                if let Some(login) = login {
                    return books::insert_reset(db, &hash, login.id, now_us, now_us + LINK_US).await;
                }
                // written and taken back: as much work as for a known account
                mail::delete(db, id).await?;
                job::done(db, job).await
            })
            .await?;
        self.0.jobs_wanted.notify_one();
        Ok(())
    }

    /// Whether the secret of a link is good still.
    pub async fn may_reset(&self, token: &str) -> Result<bool, Error> {
        let (hash, now_us) = (fingerprint(token), self.now_us());
        let login = self
            .0
            .store
            .read(async move |db: &mut Db| books::reset(db, &hash, now_us).await)
            .await?;
        Ok(login.is_some())
    }

    /// Chooses a new password by the secret of a link, which is good for once. Every session of the login ends, and
    /// `letter` tells the owner of the address.
    pub async fn reset(&self, token: &str, password: &str, from: Option<IpAddr>, letter: Letter) -> Result<(), Error> {
        let (hash, now_us) = (fingerprint(token), self.now_us());
        let gone = Refused::NotFound("link that is good still");
        if let Some(from) = from {
            self.0.throttle.check(Attempt::Wrong(from), now_us)?;
        }
        if !self.may_reset(token).await? {
            if let Some(from) = from {
                self.0.throttle.count(Attempt::Wrong(from), now_us);
            }
            return Err(gone.into());
        }
        let password = Password::new(password).map_err(|e| Refused::invalid("password", e.to_string()))?;
        let made = self.heavy(move |app| app.0.passwords.hash(&password)).await?;
        let made = made.map_err(Error::outside)?;
        let post = self.post(letter);
        let account = self
            .0
            .store
            .write(hash[0], async move |db: &mut Db| {
                let Some(login) = books::reset(db, &hash, now_us).await? else {
                    return Ok(None);
                };
                books::set_password(db, login, &made).await?;
                books::delete_resets(db, login).await?;
                books::delete_sessions(db, login).await?;
                let account = books::account(db, login).await?;
                if let Some(account) = &account {
                    post.to(db, account).await?;
                }
                Ok(account)
            })
            .await?
            .ok_or(gone)?;
        self.0.jobs_wanted.notify_one();
        // whoever locked the account by guessing has lost, too
        self.0.throttle.clear(Attempt::Password(&account));
        Ok(())
    }
}
