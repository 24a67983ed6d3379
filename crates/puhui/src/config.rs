//! Configuration: flags first, then the environment (`PUHUI_*`), then a TOML file.

use std::path::{Path, PathBuf};

use app::{App, Parts};
use outside::blobs::Blobs;
use outside::clock::Clock;
use outside::mail::Mailer;
use outside::password::Passwords;
use serde::Deserialize;
use store::{Options, Role, Store};

use crate::Stop;

/// Where the books and everything beside them are.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Place {
    /// The books: `sqlite://FILE` or `postgres://USER:PASSWORD@HOST:PORT/NAME` [default: a file in --data-dir]
    #[arg(long, env = "PUHUI_DATABASE")]
    pub(crate) database: Option<String>,
    /// Folder for photos and, without --database, for the books [default: puhui-data]
    #[arg(long, env = "PUHUI_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// A TOML file with any of: database, data_dir, listen, lanes, public_url, trusted_proxy, and tables `mail` and
    /// `limits`
    #[arg(long, env = "PUHUI_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

/// What a configuration file may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    database: Option<String>,
    data_dir: Option<PathBuf>,
    pub(crate) listen: Option<String>,
    lanes: Option<usize>,
    /// The address that people reach this at, e.g. `https://puhui.example`; letters link it.
    pub(crate) public_url: Option<String>,
    /// Whether a proxy in front writes `X-Forwarded-For`; anybody could write it otherwise.
    #[serde(default)]
    pub(crate) trusted_proxy: bool,
    mail: Option<Mail>,
    #[serde(default)]
    limits: Limits,
}

/// How letters go out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mail {
    /// `smtps://user:password@host`
    smtp: String,
    /// The sender's address.
    from: String,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("from", &self.from).finish_non_exhaustive()
    }
}

/// Limits, so that tests and small machines can lower them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    request_bytes: Option<usize>,
    bulk_bytes: Option<usize>,
    line_bytes: Option<usize>,
    photo_bytes: Option<usize>,
    steps_bytes: Option<u64>,
    streams: Option<usize>,
    queue: Option<usize>,
}

/// Everything settled.
pub(crate) struct Settled {
    pub(crate) database: String,
    data_dir: PathBuf,
    pub(crate) file: File,
}

impl Place {
    pub(crate) fn settle(self) -> Result<Settled, Stop> {
        let file = match &self.config {
            None => File::default(),
            Some(path) => read(path)?,
        };
        let data_dir = self
            .data_dir
            .or_else(|| file.data_dir.clone())
            .unwrap_or_else(|| PathBuf::from("puhui-data"));
        let database = match self.database.or_else(|| file.database.clone()) {
            Some(database) => database,
            None => format!("sqlite://{}", data_dir.join("puhui.db").display()),
        };
        Ok(Settled {
            database,
            data_dir,
            file,
        })
    }
}

fn read(path: &Path) -> Result<File, Stop> {
    let text = std::fs::read_to_string(path).map_err(|e| Stop::new(format!("{}: {e}", path.display())))?;
    // the message alone: the line that it would quote may hold a password
    toml::from_str(&text).map_err(|e| Stop::new(format!("{}: {}", path.display(), where_in(&text, &e))))
}

fn where_in(text: &str, error: &toml::de::Error) -> String {
    let line = error
        .span()
        .map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let line = line.map(|line| format!("line {line}: ")).unwrap_or_default();
    format!("{line}{}", error.message())
}

impl Settled {
    /// Opens the application on these books.
    pub(crate) async fn open(&self) -> Result<App, Stop> {
        self.open_by(Clock::System).await
    }

    /// Opens the books by a clock of one's own, for what replays the past.
    pub(crate) async fn open_by(&self, clock: Clock) -> Result<App, Stop> {
        std::fs::create_dir_all(&self.data_dir).map_err(|e| Stop::new(format!("{}: {e}", self.data_dir.display())))?;
        let mut options = Options {
            role: Role::Serve,
            ..Options::default()
        };
        options.lanes = self.file.lanes.unwrap_or(options.lanes);
        options.queue = self.file.limits.queue.unwrap_or(options.queue);
        let store = Store::open(&self.database, options).await?;
        self.open_on(store, clock).await
    }

    /// Opens the application on books that are open already, by a clock of its own.
    pub(crate) async fn open_on(&self, store: Store, clock: Clock) -> Result<App, Stop> {
        let mut photos = outside::photo::Limits::default();
        photos.bytes = self.file.limits.photo_bytes.unwrap_or(photos.bytes);
        let parts = Parts {
            store,
            blobs: Blobs::open(self.data_dir.join("blobs"))?,
            clock,
            passwords: Passwords::owasp()?,
            photos,
            models: Some(self.models()),
            mailer: self.mailer()?,
        };
        App::open(parts).await.map_err(Stop::from)
    }

    /// The folder of the models that read text in photos; it may be missing.
    pub(crate) fn models(&self) -> PathBuf {
        self.data_dir.join("models")
    }

    fn mailer(&self) -> Result<Option<Mailer>, Stop> {
        let mail = self.file.mail.as_ref();
        let mailer = mail.map(|mail| Mailer::new(&mail.smtp, &mail.from)).transpose();
        mailer.map_err(Stop::from)
    }

    /// The address that people reach this at, without a slash at its end; `listen` where none is configured.
    pub(crate) fn public_url(&self, listen: &str) -> String {
        let url = std::env::var("PUHUI_PUBLIC_URL").ok().filter(|url| !url.is_empty());
        let url = url.or_else(|| self.file.public_url.clone());
        url.unwrap_or_else(|| listen.to_owned())
            .trim_end_matches('/')
            .to_owned()
    }

    /// How large requests may be.
    pub(crate) fn limits(&self) -> web::Limits {
        let (given, default) = (&self.file.limits, web::Limits::default());
        web::Limits {
            request: given.request_bytes.unwrap_or(default.request),
            bulk: given.bulk_bytes.unwrap_or(default.bulk),
            line: given.line_bytes.unwrap_or(default.line),
            upload: given.photo_bytes.map_or(default.upload, |bytes| bytes + 64 * 1024),
            steps: given.steps_bytes.unwrap_or(default.steps),
            streams: given.streams.unwrap_or(default.streams),
        }
    }
}

/// Logs to standard error, JSON a line, at the level that `PUHUI_LOG` says; warnings if it says nothing.
pub(crate) fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("PUHUI_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
