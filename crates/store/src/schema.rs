//! The schema and its migrations, twin files for both engines. Invariant: all pending migrations are one
//! transaction, made by one process at a time.

use refinery::Runner;

use crate::StoreError;
use crate::db::{Db, Engine, Link};

mod sqlite {
    refinery::embed_migrations!("migrations/sqlite");
}

mod postgres {
    refinery::embed_migrations!("migrations/postgres");
}

// "puhui" in hexadecimal: any number will do that no other program locks in this database.
const MIGRATION_LOCK: i64 = 0x70_75_68_75_69;

fn runner(engine: Engine) -> Runner {
    match engine {
        Engine::Sqlite => sqlite::migrations::runner(),
        Engine::Postgres => postgres::migrations::runner(),
    }
    .set_grouped(true)
}

/// Brings the schema to this program's version.
pub(crate) async fn migrate(db: &mut Db) -> Result<(), StoreError> {
    let runner = runner(db.engine());
    let failed = |error: refinery::Error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        StoreError::Migration(format!("{error} {}", cause.unwrap_or_default()))
    };
    let report = match &mut db.link {
        Link::Sqlite(connection) => runner.run(connection).map_err(failed)?,
        Link::Postgres { client, .. } => {
            // Released with the connection if anything goes wrong.
            client
                .execute("SELECT pg_advisory_lock($1)", &[&MIGRATION_LOCK])
                .await?;
            let report = runner.run_async(client).await.map_err(failed)?;
            client
                .execute("SELECT pg_advisory_unlock($1)", &[&MIGRATION_LOCK])
                .await?;
            report
        }
    };
    for migration in report.applied_migrations() {
        tracing::info!(%migration, "migrated");
    }
    Ok(())
}

/// Refuses books whose schema is not this program's.
pub(crate) async fn check(db: &mut Db) -> Result<(), StoreError> {
    let wanted = runner(db.engine())
        .get_migrations()
        .iter()
        .map(refinery::Migration::version)
        .max();
    let wanted = i64::from(wanted.unwrap_or_default());
    let found = match db.row("SELECT max(version) FROM refinery_schema_history", &[]).await {
        Ok(row) => row.map_or(Ok(None), |row| row.opt_int(0))?.unwrap_or_default(),
        Err(StoreError::Engine(_)) => 0, // books without a history are at version 0
        Err(other) => return Err(other),
    };
    if found == wanted {
        return Ok(());
    }
    Err(StoreError::Migration(format!(
        "the books are at version {found}, this program wants {wanted}"
    )))
}
