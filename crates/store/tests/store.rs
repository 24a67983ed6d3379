//! The base of the books, on both engines.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails it by panicking")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use store::testing::{FreshUrl, each_engine, fresh_postgres_url, fresh_sqlite_url};
use store::{Db, Engine, Options, Param, Role, Store, StoreError, restore};
use tokio::sync::Notify;
use tokio::task::JoinSet;

const TABLE: &str = "CREATE TABLE item (id BIGINT PRIMARY KEY, name TEXT)";
const PUT: &str = "INSERT INTO item (id, name) VALUES ($1, $2)";
const COUNT: &str = "SELECT count(*) FROM item";

async fn with_table(store: &Store) {
    store
        .write(0, async |db: &mut Db| db.script(TABLE).await)
        .await
        .unwrap();
}

async fn put(store: &Store, id: i64) -> Result<u64, StoreError> {
    store
        .write(0, async move |db: &mut Db| {
            db.run(PUT, &[id.into(), "tea".into()]).await
        })
        .await
}

async fn count(store: &Store) -> i64 {
    store
        .read(async |db: &mut Db| db.row(COUNT, &[]).await?.unwrap().int(0))
        .await
        .unwrap()
}

fn path_of(url: &FreshUrl) -> PathBuf {
    PathBuf::from(url.strip_prefix("sqlite://").unwrap())
}

#[tokio::test]
async fn values_of_every_kind_come_back_as_they_went() {
    each_engine("values_of_every_kind_come_back_as_they_went", async |store| {
        let bytes = match store.engine() {
            Engine::Sqlite => "BLOB",
            Engine::Postgres => "BYTEA",
        };
        let table = format!(
            "CREATE TABLE kind (id BIGINT PRIMARY KEY, small SMALLINT, middle INTEGER, yes BOOLEAN,
             name TEXT, bytes {bytes}, CHECK (middle < 100))"
        );
        let check = async move |db: &mut Db| {
            db.script(&table).await?;
            // The parameters stand out of order, and one stands twice.
            let sql = "INSERT INTO kind (name, bytes, yes, middle, small, id)
                       VALUES ($5, $6, $4, $3, $2, $1) ON CONFLICT (id) DO UPDATE SET name = $5";
            let name = String::from("能量 ☕");
            let bytes = [0_u8, 1, 255];
            let full: [Param<'_>; 6] = [
                i64::MIN.into(),
                (-7_i64).into(),
                99_i64.into(),
                true.into(),
                (&name).into(),
                (&bytes).into(),
            ];
            assert_eq!(db.run(sql, &full).await?, 1);
            let empty = [
                i64::MAX.into(),
                Param::Null,
                Param::Null,
                Param::Null,
                Param::Null,
                Param::Null,
            ];
            assert_eq!(db.run(sql, &empty).await?, 1);
            let sql = "SELECT id, small, middle, yes, name, bytes FROM kind
                       WHERE id = $2 OR id = $1 ORDER BY id";
            let rows = db.rows(sql, &[i64::MIN.into(), Some(i64::MAX).into()]).await?;
            let mut seen = 0;
            let shown = db
                .each(sql, &[i64::MIN.into(), i64::MAX.into()], |row| {
                    assert_eq!(row, &rows[seen]);
                    seen += 1;
                    Ok(())
                })
                .await?;
            assert_eq!((shown, seen), (2, 2));
            let [full, empty] = &rows[..] else { panic!("{rows:?}") };
            assert_eq!((full.int(0)?, full.int(1)?), (i64::MIN, -7));
            assert_eq!((full.int(2)?, full.int(3)?), (99, 1));
            assert_eq!((full.text(4)?, full.blob(5)?), (name.as_str(), &bytes[..]));
            assert_eq!((empty.int(0)?, empty.opt_int(1)?), (i64::MAX, None));
            assert_eq!((empty.opt_text(4)?, empty.opt_blob(5)?), (None, None));
            assert_eq!(
                empty.int(1).unwrap_err().to_string(),
                "the books are damaged: column 1: wanted integer, found NULL"
            );
            assert!(full.text(0).unwrap_err().to_string().contains("column 0: wanted text"));
            assert!(full.opt_int(6).unwrap_err().to_string().contains("no such column"));
            Ok(())
        };
        store.write(0, check).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_wrong_number_of_values_is_refused() {
    each_engine("a_wrong_number_of_values_is_refused", async |store| {
        with_table(&store).await;
        for params in [vec![], vec![1_i64, 2]] {
            let read = async move |db: &mut Db| {
                let params: Vec<_> = params.into_iter().map(Param::from).collect();
                db.rows("SELECT name FROM item WHERE id = $1", &params).await
            };
            let error = store.read(read).await.unwrap_err();
            assert!(matches!(error, StoreError::Engine(_)), "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn those_who_wait_share_a_commit() {
    each_engine("those_who_wait_share_a_commit", async |store| {
        with_table(&store).await;
        let before = store.commits();
        let mut writers = JoinSet::new();
        for id in 0..200 {
            let store = store.clone();
            writers.spawn(async move { put(&store, id).await.unwrap() });
        }
        assert_eq!(writers.join_all().await.len(), 200);
        assert_eq!(count(&store).await, 200);
        let commits = store.commits() - before;
        assert!((1..50).contains(&commits), "{commits} commits");
    })
    .await;
}

#[tokio::test]
async fn a_failing_write_takes_nobody_down() {
    each_engine("a_failing_write_takes_nobody_down", async |store| {
        with_table(&store).await;
        let mut writers = JoinSet::new();
        for id in 0..60 {
            let store = store.clone();
            writers.spawn(async move {
                let write = async move |db: &mut Db| {
                    db.run(PUT, &[id.into(), "tea".into()]).await?;
                    if id % 20 == 7 {
                        db.run("INSERT INTO nowhere VALUES ($1)", &[1_i64.into()]).await?;
                    }
                    Ok(())
                };
                (id, store.write(0, write).await)
            });
        }
        for (id, outcome) in writers.join_all().await {
            match outcome {
                Ok(()) => assert_ne!(id % 20, 7),
                Err(StoreError::Engine(_)) => assert_eq!(id % 20, 7),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(count(&store).await, 57);
    })
    .await;
}

#[tokio::test]
async fn an_error_that_was_swallowed_is_not_taken_for_success() {
    each_engine("an_error_that_was_swallowed_is_not_taken_for_success", async |store| {
        with_table(&store).await;
        let write = async |db: &mut Db| {
            db.run(PUT, &[1_i64.into(), "tea".into()]).await?;
            assert!(db.script("SELECT * FROM nowhere").await.is_err());
            Ok(())
        };
        let outcome = store.write(0, write).await;
        assert_eq!(i64::from(outcome.is_ok()), count(&store).await);
    })
    .await;
}

#[tokio::test]
async fn a_write_that_ends_the_transaction_is_refused() {
    each_engine("a_write_that_ends_the_transaction_is_refused", async |store| {
        with_table(&store).await;
        let ends = async |db: &mut Db| {
            db.run(PUT, &[1_i64.into(), Param::Null]).await?;
            db.rollback().await
        };
        assert!(matches!(store.write(0, ends).await, Err(StoreError::Engine(_))));
        assert_eq!((put(&store, 1).await, count(&store).await), (Ok(1), 1));
    })
    .await;
}

#[tokio::test]
async fn a_full_queue_says_busy() {
    each_engine("a_full_queue_says_busy", async |store| {
        let options = Options {
            queue: 1,
            batch: 1,
            ..Options::default()
        };
        let url = match store.engine() {
            Engine::Sqlite => fresh_sqlite_url(),
            Engine::Postgres => fresh_postgres_url().unwrap(),
        };
        let store = Store::open(&url, options).await.unwrap();
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let slow = {
            let (store, begun, go_on) = (store.clone(), begun.clone(), go_on.clone());
            tokio::spawn(async move {
                let write = async move |_: &mut Db| {
                    begun.notify_one();
                    go_on.notified().await;
                    Ok(())
                };
                store.write(0, write).await
            })
        };
        begun.notified().await;
        let waits = {
            let store = store.clone();
            tokio::spawn(async move { store.write(1, async |_: &mut Db| Ok(())).await })
        };
        tokio::task::yield_now().await;
        let third = store.write(2, async |_: &mut Db| Ok(())).await;
        assert_eq!(third, Err(StoreError::Busy));
        go_on.notify_one();
        assert_eq!((slow.await.unwrap(), waits.await.unwrap()), (Ok(()), Ok(())));
        store.close().await;
        let late = store.write(0, async |_: &mut Db| Ok(())).await;
        assert!(matches!(late, Err(StoreError::Unavailable(_))));
    })
    .await;
}

#[tokio::test]
async fn closing_finishes_what_was_accepted() {
    each_engine("closing_finishes_what_was_accepted", async |store| {
        with_table(&store).await;
        let mut writers = JoinSet::new();
        for id in 0..100 {
            let store = store.clone();
            writers.spawn(async move { put(&store, id).await });
        }
        tokio::task::yield_now().await;
        store.close().await;
        let outcomes = writers.join_all().await;
        assert!(outcomes.iter().any(Result::is_ok));
        assert!(
            outcomes
                .iter()
                .all(|o| matches!(o, Ok(1) | Err(StoreError::Unavailable(_))))
        );
    })
    .await;
}

#[tokio::test]
async fn dropping_the_last_store_ends_its_threads() {
    let url = fresh_sqlite_url();
    let store = Store::open(&url, Options::default()).await.unwrap();
    with_table(&store).await;
    // The last clone dies inside the lane, which must not wait for itself.
    let (held, begun, go_on) = (store.clone(), Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (ready, go) = (begun.clone(), go_on.clone());
    let caller = tokio::spawn(async move {
        let lane = held.clone();
        let write = async move |_: &mut Db| {
            ready.notify_one();
            go.notified().await;
            Ok(lane.commits())
        };
        held.write(0, write).await
    });
    begun.notified().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    drop(store);
    go_on.notify_one();
    let mut again = Store::open(&url, Options::default()).await;
    for _ in 0..100 {
        if again.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        again = Store::open(&url, Options::default()).await;
    }
    again.unwrap().close().await;
}

#[tokio::test]
async fn one_process_serves_a_file_and_others_may_look() {
    let url = fresh_sqlite_url();
    let looking = Options {
        role: Role::ReadOnly,
        ..Options::default()
    };
    assert!(Store::open(&url, looking).await.is_err());
    let store = Store::open(&url, Options::default()).await.unwrap();
    with_table(&store).await;
    let second = Store::open(&url, Options::default()).await.err().unwrap();
    assert!(matches!(second, StoreError::Locked(_)), "{second}");

    let looker = Store::open(&url, looking).await.unwrap();
    put(&store, 1).await.unwrap();
    assert_eq!(count(&looker).await, 1);
    assert_eq!(put(&looker, 2).await, Err(StoreError::ReadOnly));
    let sneaky = looker
        .read(async |db: &mut Db| db.script("DELETE FROM item").await)
        .await;
    assert!(matches!(sneaky, Err(StoreError::Engine(_))), "{sneaky:?}");
    looker.close().await;
    store.close().await;
    assert!(!path_of(&url).with_extension("db-wal").exists());
    let newer = "INSERT INTO refinery_schema_history (version, name) VALUES (999, 'later')";
    rusqlite_script(&url, newer);
    let error = Store::open(&url, looking).await.err().unwrap().to_string();
    assert!(error.contains("at version 999"), "{error}");
}

fn rusqlite_script(url: &FreshUrl, sql: &str) {
    rusqlite::Connection::open(path_of(url))
        .unwrap()
        .execute_batch(sql)
        .unwrap();
}

#[tokio::test]
async fn readers_see_a_committed_write_at_once() {
    each_engine("readers_see_a_committed_write_at_once", async |store| {
        with_table(&store).await;
        for id in 0..20 {
            put(&store, id).await.unwrap();
            assert_eq!(count(&store).await, id + 1);
        }
        // A snapshot that its reader left open ends with the read.
        for id in 20..30 {
            let look = async |db: &mut Db| {
                db.snapshot().await?;
                db.row(COUNT, &[]).await?.unwrap().int(0)
            };
            assert_eq!(store.read(look).await.unwrap(), id);
            put(&store, id).await.unwrap();
        }
        let write = store
            .read(async |db: &mut Db| db.run("DELETE FROM item", &[]).await)
            .await;
        assert!(matches!(write, Err(StoreError::Engine(_))), "{write:?}");
    })
    .await;
}

#[tokio::test]
async fn a_conflict_is_tried_again() {
    each_engine("a_conflict_is_tried_again", async |store| {
        with_table(&store).await;
        let tries = Arc::new(AtomicU32::new(0));
        let seen = tries.clone();
        let write = async move |db: &mut Db| {
            db.run(PUT, &[1_i64.into(), "tea".into()]).await?;
            if tries.fetch_add(1, Ordering::Relaxed) < 5 {
                return Err(StoreError::Conflict("version".to_owned()));
            }
            Ok("done")
        };
        assert_eq!(store.write(0, write).await, Ok("done"));
        assert_eq!(seen.load(Ordering::Relaxed), 6);
        let again = put(&store, 1).await;
        assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
        assert_eq!(count(&store).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_backup_made_while_writing_is_whole() {
    let url = fresh_sqlite_url();
    let store = Store::open(&url, Options::default()).await.unwrap();
    with_table(&store).await;
    let folder = path_of(&url).parent().unwrap().to_owned();
    let copy = folder.join("copy.db");
    let writer = {
        let store = store.clone();
        tokio::spawn(async move {
            let mut id = 0;
            while put(&store, id).await.is_ok() {
                id += 1;
            }
        })
    };
    while count(&store).await < 20 {}
    let before = count(&store).await;
    store.backup(&copy).await.unwrap();
    let after = count(&store).await;
    store.close().await;
    writer.await.unwrap();

    let restored = folder.join("restored.db");
    restore(&copy, &restored).unwrap();
    assert!(matches!(restore(&copy, &restored), Err(StoreError::Exists(_))));
    let restored = format!("sqlite://{}", restored.display());
    let restored = Store::open(&restored, Options::default()).await.unwrap();
    assert!((before..=after).contains(&count(&restored).await));
    restored.close().await;

    std::fs::write(&copy, b"this is no database, however long it may be").unwrap();
    let error = restore(&copy, &folder.join("never.db")).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert!(!folder.join("never.db").exists() && !folder.join("never.db.partial").exists());
}

#[tokio::test]
async fn postgres_survives_a_killed_connection() {
    each_engine("postgres_survives_a_killed_connection", async |store| {
        with_table(&store).await;
        if store.engine() == Engine::Sqlite {
            return;
        }
        let error = store.backup(&PathBuf::from("/tmp/books.dump")).await.unwrap_err();
        assert!(
            error
                .to_string()
                .contains("pg_dump --format=custom --file=/tmp/books.dump")
        );
        for id in 0..5 {
            let pid = async |db: &mut Db| db.row("SELECT pg_backend_pid()", &[]).await?.unwrap().int(0);
            let pid = store.write(0, pid).await.unwrap();
            let kill = async move |db: &mut Db| {
                let sql = "SELECT pg_terminate_backend($1, 5000)";
                db.row(sql, &[pid.into()]).await?.unwrap().int(0)
            };
            assert_eq!(store.read(kill).await, Ok(1));
            put(&store, id).await.unwrap();
        }
        // Killed in the middle of its work, the caller is told that nothing was acknowledged.
        let dies = async |db: &mut Db| {
            db.run(PUT, &[99_i64.into(), "tea".into()]).await?;
            db.row("SELECT pg_terminate_backend(pg_backend_pid())", &[]).await
        };
        let outcome = store.write(0, dies).await;
        assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
        put(&store, 5).await.unwrap();
        assert_eq!(count(&store).await, 6);
    })
    .await;
}

#[tokio::test]
async fn an_address_is_checked_and_never_quoted() {
    let secret = "hunter2";
    for url in [
        "mysql://puhui:hunter2@host/books",
        "sqlite://",
        "sqlite://:memory:",
        "postgres://puhui:hunter2@127.0.0.1:x/books",
        "postgres://puhui:hunter2@127.0.0.1:1/books",
        "sqlite:///no/such/folder/books.db",
    ] {
        let error = Store::open(url, Options::default()).await.err().unwrap();
        assert!(
            matches!(error, StoreError::Url(_) | StoreError::Unavailable(_)),
            "{url}: {error}"
        );
        assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
    }
}
