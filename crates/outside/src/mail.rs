//! Letters by SMTP.
//!
//! Shape: [`Mailer::new`] reads an address, [`Mailer::send`] hands one letter of plain text over. The library carries
//! it; what it looks like on the wire ([RFC 5322], UTF-8 in base64) is written here, since letters are that simple.
//! Neither the address nor the password of the server shows in an error or in `Debug`.
//!
//! [RFC 5322]: https://www.rfc-editor.org/rfc/rfc5322

use std::fmt::{self, Write};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::fmt::rfc2822::DateTimePrinter;
use lettre::address::Envelope;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use thiserror::Error;

use crate::chance::{self, ChanceError};

/// How long a server may keep us waiting. Shorter than a job is hidden from other workers.
const PATIENCE: Duration = Duration::from_secs(20);
/// Most bytes of an encoded word: with its marks it stays below the 75 that RFC 2047 allows.
const WORD_BYTES: usize = 42;
/// Most letters of a line in base64.
const LINE_LETTERS: usize = 76;

/// Why a letter did not go out.
#[derive(Debug, Error)]
pub enum MailError {
    /// The configured address of the server or of the sender is malformed. Says nothing of what was written there.
    #[error("{0}")]
    Setting(&'static str),
    /// No letter can go to this recipient, now or later.
    #[error("the letter was refused: {0}")]
    Refused(String),
    /// The server did not take it this time.
    #[error("the letter was not taken: {0}")]
    Later(String),
    /// No message id could be drawn.
    #[error(transparent)]
    Chance(#[from] ChanceError),
}

/// A way to send letters.
#[derive(Clone)]
pub struct Mailer {
    smtp: AsyncSmtpTransport<Tokio1Executor>,
    from: Address,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer")
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

impl Mailer {
    /// A mailer for `smtps://user:password@host` (TLS from the start), `smtp://…?tls=required` (STARTTLS) or, for a
    /// server on the same machine, `smtp://host:port`; `from` is the sender's bare address.
    pub fn new(smtp: &str, from: &str) -> Result<Self, MailError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(smtp).map_err(|_| {
            MailError::Setting("mail.smtp is no address like smtps://user:password@host, with special letters as %40")
        })?;
        let from = from
            .parse()
            .map_err(|_| MailError::Setting("mail.from is no e-mail address"))?;
        Ok(Mailer {
            smtp: builder.timeout(Some(PATIENCE)).build(),
            from,
        })
    }

    /// Sends a letter of plain text. `now_us` is its date, in microseconds since the epoch. At most once for each
    /// call; a caller that died in between does not know whether it went out.
    pub async fn send(&self, to: &str, subject: &str, body: &str, now_us: i64) -> Result<(), MailError> {
        let refused = |what: &dyn fmt::Display| MailError::Refused(what.to_string());
        let to: Address = to.parse().map_err(|e| refused(&e))?;
        let raw = letter(&self.from, &to, subject, body, now_us, &chance::secret_token("")?);
        let envelope = Envelope::new(Some(self.from.clone()), vec![to]).map_err(|e| refused(&e))?;
        match self.smtp.send_raw(&envelope, raw.as_bytes()).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(refused(&error)),
            Err(error) => Err(MailError::Later(error.to_string())),
        }
    }
}

/// A letter as it goes over the wire. Addresses were parsed, so none holds a line break; everything else is encoded.
fn letter(from: &Address, to: &Address, subject: &str, body: &str, now_us: i64, id: &str) -> String {
    let date = jiff::Timestamp::from_microsecond(now_us)
        .ok()
        .and_then(|at| DateTimePrinter::new().timestamp_to_string(&at).ok())
        .unwrap_or_default();
    let domain = from.domain();
    // 150 bits: nobody else's letter has it, and its line stays short
    let id: String = id.chars().take(30).collect();
    let mut text = format!(
        "From: <{from}>\r\nTo: <{to}>\r\nSubject: {}\r\nDate: {date}\r\nMessage-ID: <{id}@{domain}>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\
         Auto-Submitted: auto-generated\r\n\r\n",
        encoded_words(subject)
    );
    let body = STANDARD.encode(body.replace("\r\n", "\n").replace('\n', "\r\n"));
    let mut rest = body.as_str();
    while !rest.is_empty() {
        // base64 is ASCII: any byte is a boundary
        let (line, after) = rest.split_at(rest.len().min(LINE_LETTERS));
        let _ = write!(text, "{line}\r\n");
        rest = after;
    }
    text
}

/// A header's text as encoded words of RFC 2047, one a line; no character is cut in two.
fn encoded_words(text: &str) -> String {
    let mut words = vec![String::new()];
    for letter in text.chars() {
        match words.last_mut() {
            Some(word) if word.len() + letter.len_utf8() <= WORD_BYTES => word.push(letter),
            _ => words.push(letter.to_string()),
        }
    }
    let encoded: Vec<String> = words
        .iter()
        .map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word)))
        .collect();
    encoded.join("\r\n ")
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;

    use super::*;

    /// A server for one letter: what it was sent, once the client is gone. `answer` is what it says to the recipient.
    async fn server(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("smtp://{}", listener.local_addr().unwrap());
        let heard = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            stream.write_all(b"220 test\r\n").await.unwrap();
            let (mut all, mut line, mut data) = (String::new(), String::new(), false);
            while stream.read_line(&mut line).await.unwrap() > 0 {
                all.push_str(&line);
                let said = match line.trim_end() {
                    "." => "250 taken",
                    _ if data => "",
                    "DATA" => "354 go on",
                    other if other.starts_with("RCPT") => answer,
                    _ => "250 ok",
                };
                data = (data || line.starts_with("DATA")) && line.trim_end() != ".";
                if !said.is_empty() {
                    stream.write_all(format!("{said}\r\n").as_bytes()).await.unwrap();
                }
                line.clear();
            }
            all
        });
        (address, heard)
    }

    #[tokio::test]
    async fn a_letter_arrives_with_its_words() {
        let (address, heard) = server("250 ok").await;
        let mailer = Mailer::new(&address, "puhui@demo.example").unwrap();
        let subject = "重新设置密码,请在一小时内完成,过期后需要再申请一次";
        let sent = mailer.send(
            "xiaoman@demo.example",
            subject,
            "您好\n\n.\n链接",
            1_795_449_600_000_000,
        );
        sent.await.unwrap();
        drop(mailer);
        let heard = heard.await.unwrap();
        assert!(heard.contains("RCPT TO:<xiaoman@demo.example>"), "{heard}");
        assert!(heard.contains("From: <puhui@demo.example>\r\nTo: <xiaoman@demo.example>\r\n"));
        assert!(heard.contains("Date: Mon, 23 Nov 2026 16:00:00 "), "{heard}");
        let words = heard.split("=?utf-8?B?").skip(1).map(|w| w.split("?=").next().unwrap());
        let read: String = words
            .map(|w| String::from_utf8(STANDARD.decode(w).unwrap()).unwrap())
            .collect();
        assert_eq!(read, subject);
        let body = heard
            .split("\r\n\r\n")
            .nth(1)
            .unwrap()
            .split("\r\n.\r\n")
            .next()
            .unwrap();
        assert_eq!(
            STANDARD.decode(body.replace("\r\n", "")).unwrap(),
            "您好\r\n\r\n.\r\n链接".as_bytes()
        );
        assert!(heard.lines().all(|line| line.len() <= 78), "{heard}");
    }

    #[tokio::test]
    async fn a_recipient_who_is_refused_for_good_is_told_from_a_server_that_is_away() {
        let (address, _heard) = server("550 nobody of that name").await;
        let send = async |address: &str, to: &str| {
            let mailer = Mailer::new(address, "puhui@demo.example").unwrap();
            mailer.send(to, "s", "b", 0).await.unwrap_err()
        };
        let refused = send(&address, "nobody@demo.example").await;
        assert!(matches!(refused, MailError::Refused(_)), "{refused:?}");
        assert!(matches!(send(&address, "no address").await, MailError::Refused(_)));
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let later = send(&format!("smtp://{closed}"), "xiaoman@demo.example").await;
        assert!(matches!(later, MailError::Later(_)), "{later:?}");
    }

    #[test]
    fn no_password_shows() {
        let mailer = Mailer::new("smtps://user:hunter2hunter2@mail.demo.example", "a@demo.example").unwrap();
        assert!(!format!("{mailer:?}").contains("hunter2"));
        for (smtp, from) in [("hunter2", "a@demo.example"), ("smtp://hunter2@x", "hunter2")] {
            let error = Mailer::new(smtp, from).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
