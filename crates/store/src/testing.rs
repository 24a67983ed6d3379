//! Fresh books on both engines, for tests. Invariant: no two tests share books, and none leaves any behind.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test that cannot get its books should stop"
)]

use std::io::Write as _;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Options, Store, thread};

/// The variable that names a PostgreSQL server on which databases may be created.
pub const POSTGRES: &str = "PUHUI_TEST_POSTGRES";

/// Runs a test on fresh books on SQLite, then on PostgreSQL where there is a server.
pub async fn each_engine(test_name: &str, body: impl AsyncFn(Store)) {
    let urls = [Some(fresh_sqlite_url()), fresh_postgres_url()];
    if urls[1].is_none() {
        skipped(&format!("{test_name} on PostgreSQL: {POSTGRES} is not set"));
    }
    for url in urls.into_iter().flatten() {
        let store = Store::open(&url, Options::default()).await.expect("fresh books open");
        body(store.clone()).await;
        store.close().await;
    }
}

/// Says aloud that something was not tested, and notes it in the file `$PUHUI_TEST_SKIPS`.
fn skipped(what: &str) {
    println!("skipped: {what}");
    if let Ok(path) = std::env::var("PUHUI_TEST_SKIPS") {
        let file = std::fs::File::options().create(true).append(true).open(path);
        writeln!(file.expect("the list of skips opens"), "{what}").expect("a skip is noted");
    }
}

/// The address of books that nobody else has; they are removed when it is dropped.
pub struct FreshUrl {
    url: String,
    rest: Rest,
}

enum Rest {
    Folder(PathBuf),
    Database { server: String, name: String },
}

impl Deref for FreshUrl {
    type Target = str;

    fn deref(&self) -> &str {
        &self.url
    }
}

/// The address of a SQLite file that does not exist yet, in a folder of its own.
pub fn fresh_sqlite_url() -> FreshUrl {
    loop {
        let folder = std::env::temp_dir().join(fresh_name());
        match std::fs::create_dir(&folder) {
            Ok(()) => {
                let url = format!("sqlite://{}/books.db", folder.display());
                return FreshUrl {
                    url,
                    rest: Rest::Folder(folder),
                };
            }
            // Left by a test that was killed, long ago, under the same process number.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => panic!("{}: {error}", folder.display()),
        }
    }
}

/// The address of an empty PostgreSQL database, where there is a server.
pub fn fresh_postgres_url() -> Option<FreshUrl> {
    let server = std::env::var(POSTGRES).ok()?;
    let name = fresh_name();
    on_server(&server, vec![drop_database(&name), format!("CREATE DATABASE {name}")]);
    let (address, options) = server.split_once('?').unwrap_or((&server, ""));
    let (host, _) = address.rsplit_once('/').expect("the server's address names a database");
    let url = format!("{host}/{name}{}{options}", if options.is_empty() { "" } else { "?" });
    Some(FreshUrl {
        url,
        rest: Rest::Database { server, name },
    })
}

impl Drop for FreshUrl {
    fn drop(&mut self) {
        match &self.rest {
            Rest::Folder(folder) => drop(std::fs::remove_dir_all(folder)),
            Rest::Database { server, name } => on_server(server, vec![drop_database(name)]),
        }
    }
}

fn fresh_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!(
        "puhui_test_{}_{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

fn drop_database(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")
}

/// On a thread of its own, as `drop` has to wait for it and may be called inside a runtime.
fn on_server(server: &str, statements: Vec<String>) {
    let server = server.to_owned();
    let work = thread("test-server".to_owned(), async move || {
        let connected = tokio_postgres::connect(&server, tokio_postgres::NoTls).await;
        let (client, connection) = connected.expect("the PostgreSQL server of the tests answers");
        tokio::spawn(connection);
        for statement in statements {
            client
                .batch_execute(&statement)
                .await
                .expect("the server makes room for a test");
        }
    });
    drop(work.expect("a thread").join());
}
