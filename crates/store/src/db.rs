//! One connection, and the one place where the engine is matched: one SQL text with `$1` parameters
//! serves both. Invariant: a `Db` stays on the thread that opened it, so on SQLite every call runs inline.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::TryStreamExt;
use rusqlite::OpenFlags;
use tokio_postgres::{Client, NoTls, Statement};

use crate::{Param, Row, StoreError};

/// Which engine keeps the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file, in this process.
    Sqlite,
    /// A server.
    Postgres,
}

/// Where the books are.
#[derive(Clone)]
pub(crate) enum Place {
    Sqlite(PathBuf),
    Postgres(Box<tokio_postgres::Config>),
}

impl Place {
    pub(crate) fn parse(url: &str) -> Result<Self, StoreError> {
        let wrong = |what: &str| StoreError::Url(what.to_owned());
        if let Some(path) = url.strip_prefix("sqlite://") {
            if path.is_empty() || path.starts_with(':') {
                return Err(wrong("sqlite:// wants the path of a file"));
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(wrong("it begins with neither sqlite:// nor postgres://"));
        }
        // The parser's own message may quote the address, and with it the password.
        let mut config: tokio_postgres::Config = url
            .parse()
            .map_err(|_| wrong("postgres://user:password@host:port/database is malformed"))?;
        if config.get_hosts().is_empty() {
            return Err(wrong("the host of the PostgreSQL server is missing"));
        }
        // Without these a host that vanished would hold its lane for hours.
        config
            .application_name("puhui")
            .connect_timeout(Duration::from_secs(5))
            .keepalives_idle(Duration::from_secs(30))
            .tcp_user_timeout(Duration::from_secs(30));
        Ok(Self::Postgres(Box::new(config)))
    }

    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }
}

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Write,
    Read,
}

pub(crate) enum Link {
    Sqlite(rusqlite::Connection),
    Postgres {
        client: Client,
        statements: HashMap<String, Statement>,
    },
}

/// One open connection to the books.
pub struct Db {
    pub(crate) link: Link,
    /// Whether a transaction was begun and has not ended.
    open: bool,
}

const SQLITE_SETTINGS: &str = "
    PRAGMA foreign_keys = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA mmap_size = 268435456;";

// FULL, because NORMAL may lose acknowledged commits when the power goes. Checkpoints belong to a thread
// of their own (wal.rs): done here, they would hold up everybody who waits for the lane.
const SQLITE_WRITER: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA cache_size = -65536;";

const SQLITE_READER: &str = "
    PRAGMA query_only = ON;
    PRAGMA cache_size = -16384;";

// A statement prepared while its tables are empty keeps a sequential scan for ever, twelve times slower
// once they have grown. Every hot statement goes by a key, so the writer is left no other plan.
const POSTGRES_WRITER: &str = "
    SET synchronous_commit = on;
    SET enable_seqscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET enable_bitmapscan = off;
    SET jit = off;
    SET plan_cache_mode = force_generic_plan;";

const POSTGRES_READER: &str = "SET default_transaction_read_only = on;";

impl Db {
    pub(crate) async fn open(place: &Place, purpose: Purpose) -> Result<Self, StoreError> {
        let link = match place {
            Place::Sqlite(path) => {
                let (access, settings) = match purpose {
                    Purpose::Write => (
                        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
                        SQLITE_WRITER,
                    ),
                    Purpose::Read => (OpenFlags::SQLITE_OPEN_READ_ONLY, SQLITE_READER),
                };
                let connection = rusqlite::Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
                connection.busy_timeout(Duration::from_secs(5))?;
                connection.set_prepared_statement_cache_capacity(512);
                connection.execute_batch(SQLITE_SETTINGS)?;
                connection.execute_batch(settings)?;
                Link::Sqlite(connection)
            }
            Place::Postgres(config) => {
                let (client, connection) = config.connect(NoTls).await?;
                tokio::spawn(async move {
                    if let Err(error) = connection.await {
                        tracing::warn!(%error, "the connection to PostgreSQL ended");
                    }
                });
                client
                    .batch_execute(match purpose {
                        Purpose::Write => POSTGRES_WRITER,
                        Purpose::Read => POSTGRES_READER,
                    })
                    .await?;
                Link::Postgres {
                    client,
                    statements: HashMap::new(),
                }
            }
        };
        Ok(Self { link, open: false })
    }

    /// Which engine this is, for the few statements that measured speed wants twice.
    pub fn engine(&self) -> Engine {
        match self.link {
            Link::Sqlite(_) => Engine::Sqlite,
            Link::Postgres { .. } => Engine::Postgres,
        }
    }

    /// All rows of an answer.
    pub async fn rows(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        self.scan(sql, params, |row| {
            rows.push(row);
            Ok(())
        })
        .await?;
        Ok(rows)
    }

    /// The first row of an answer, if there is one.
    pub async fn row(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Option<Row>, StoreError> {
        let mut first = None;
        self.scan(sql, params, |row| {
            first.get_or_insert(row);
            Ok(())
        })
        .await?;
        Ok(first)
    }

    /// Shows each row of an answer, however long, without holding them all; says how many there were.
    pub async fn each(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        mut show: impl FnMut(&Row) -> Result<(), StoreError>,
    ) -> Result<u64, StoreError> {
        self.scan(sql, params, |row| show(&row)).await
    }

    async fn scan(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        mut take: impl FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<u64, StoreError> {
        let mut count = 0;
        match &mut self.link {
            Link::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                bind(&mut statement, params)?;
                let mut rows = statement.raw_query();
                while let Some(row) = rows.next()? {
                    take(Row::from_sqlite(row)?)?;
                    count += 1;
                }
            }
            Link::Postgres { client, statements } => {
                let statement = prepared(client, statements, sql).await?;
                let mut rows = std::pin::pin!(client.query_raw(&statement, params).await?);
                while let Some(row) = rows.try_next().await? {
                    take(Row::from_postgres(&row)?)?;
                    count += 1;
                }
            }
        }
        Ok(count)
    }

    /// Runs a statement that answers no rows; says how many it touched.
    pub async fn run(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        match &mut self.link {
            Link::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                bind(&mut statement, params)?;
                Ok(statement.raw_execute()? as u64)
            }
            Link::Postgres { client, statements } => {
                let statement = prepared(client, statements, sql).await?;
                Ok(client.execute_raw(&statement, params).await?)
            }
        }
    }

    /// Runs several statements without parameters, one after the other.
    pub async fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        match &self.link {
            Link::Sqlite(connection) => Ok(connection.execute_batch(sql)?),
            Link::Postgres { client, .. } => Ok(client.batch_execute(sql).await?),
        }
    }

    /// Begins a transaction that writes.
    pub async fn begin(&mut self) -> Result<(), StoreError> {
        self.open = true;
        match self.engine() {
            Engine::Sqlite => self.run("BEGIN IMMEDIATE", &[]).await.map(drop),
            Engine::Postgres => self.script("BEGIN").await,
        }
    }

    /// Begins a transaction whose every read sees the books at one and the same moment.
    pub async fn snapshot(&mut self) -> Result<(), StoreError> {
        self.open = true;
        match self.engine() {
            Engine::Sqlite => self.run("BEGIN", &[]).await.map(drop),
            Engine::Postgres => self.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await,
        }
    }

    /// Makes the transaction durable. After an error it is still to be rolled back.
    pub async fn commit(&mut self) -> Result<(), StoreError> {
        match self.engine() {
            Engine::Sqlite => self.run("COMMIT", &[]).await.map(drop)?,
            // In a transaction that failed, PostgreSQL takes COMMIT as ROLLBACK and reports success: the
            // statement before it is refused there, in the same round trip.
            Engine::Postgres => self.script("SELECT 1; COMMIT").await?,
        }
        self.open = false;
        Ok(())
    }

    /// Undoes the transaction; does nothing where there is none.
    pub async fn rollback(&mut self) -> Result<(), StoreError> {
        if !self.lost_transaction() {
            self.script("ROLLBACK").await?;
        }
        self.open = false;
        Ok(())
    }

    /// The connection, when it is SQLite: for the hot path.
    pub fn sqlite(&mut self) -> Option<&mut rusqlite::Connection> {
        match &mut self.link {
            Link::Sqlite(connection) => Some(connection),
            Link::Postgres { .. } => None,
        }
    }

    /// The connection, when it is PostgreSQL: for the hot path.
    pub fn postgres(&self) -> Option<&Client> {
        match &self.link {
            Link::Sqlite(_) => None,
            Link::Postgres { client, .. } => Some(client),
        }
    }

    /// A statement out of the connection's cache, when it is PostgreSQL: for the hot path.
    pub async fn statement(&mut self, sql: &str) -> Result<Option<Statement>, StoreError> {
        match &mut self.link {
            Link::Sqlite(_) => Ok(None),
            Link::Postgres { client, statements } => prepared(client, statements, sql).await.map(Some),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.postgres().is_some_and(Client::is_closed)
    }

    /// Whether there is no transaction (any more): what follows would commit by itself. SQLite ends one
    /// after some errors, as for a full disk.
    pub(crate) fn lost_transaction(&self) -> bool {
        !self.open || matches!(&self.link, Link::Sqlite(connection) if connection.is_autocommit())
    }
}

async fn prepared(
    client: &Client,
    statements: &mut HashMap<String, Statement>,
    sql: &str,
) -> Result<Statement, StoreError> {
    if let Some(statement) = statements.get(sql) {
        return Ok(statement.clone());
    }
    let statement = client.prepare(sql).await?;
    statements.insert(sql.to_owned(), statement.clone());
    Ok(statement)
}

/// To SQLite `$2` is a name, numbered by where it first appears: the digits say which value is meant.
fn bind(statement: &mut rusqlite::Statement<'_>, params: &[Param<'_>]) -> Result<(), StoreError> {
    let mut highest = 0;
    for index in 1..=statement.parameter_count() {
        let name = statement.parameter_name(index).unwrap_or("?");
        let number = name.strip_prefix('$').and_then(|digits| digits.parse::<usize>().ok());
        let param = number.and_then(|number| params.get(number.checked_sub(1)?));
        let (Some(number), Some(param)) = (number, param) else {
            return Err(StoreError::Engine(format!("no value for the parameter {name}")));
        };
        highest = highest.max(number);
        statement.raw_bind_parameter(index, param)?;
    }
    if highest == params.len() {
        Ok(())
    } else {
        Err(StoreError::Engine(format!(
            "{} values for {highest} parameters",
            params.len()
        )))
    }
}
