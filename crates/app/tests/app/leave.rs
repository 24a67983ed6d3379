//! Closing an account, and taking along what was kept.

use std::io::Read as _;

use app::{Caller, Error, Key, NewParticipant, Proof, Refused};
use domain::measure::{EntryId, Lang, ParticipantId};
use domain::participant::{Consent, Kind};
use domain::programme::Role;
use image::ImageFormat;
use store::testing::each_engine;
use store::{Db, Engine, Store};

use crate::photo::{encoded, picture};
use crate::world::{HOUR_US, PASSWORD, Told, World, refused, text};

/// Every table with a row in which this text stands.
async fn tables_with(store: &Store, canary: &'static str) -> Vec<String> {
    store
        .read(async move |db: &mut Db| {
            let list = match db.engine() {
                Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
                Engine::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()",
            };
            let mut found = Vec::new();
            let mut looked = 0;
            for row in db.rows(list, &[]).await? {
                let table = row.text(0)?.to_owned();
                if table.starts_with("refinery") {
                    continue;
                }
                looked += 1;
                let rows = db.rows(&format!("SELECT * FROM {table}"), &[]).await?;
                if rows.iter().any(|row| format!("{row:?}").contains(canary)) {
                    found.push(table);
                }
            }
            assert!(looked > 20, "{looked} tables");
            Ok(found)
        })
        .await
        .unwrap()
}

/// Somebody with everything that a person can have, all of it marked.
async fn canary(world: &World) -> (ParticipantId, Caller, String) {
    let new = NewParticipant {
        kind: Kind::Person,
        alias: "canary-alias".to_owned(),
        lang: String::new(),
        reference: Some("canary-reference".to_owned()),
        consents: Consent::ALL.to_vec(),
    };
    let key = Key::new(&world.partner, "register", "one", b"");
    let made = world
        .app
        .register_participant(&world.partner, &world.programme, new, Some(key));
    let id = made.await.unwrap().id;
    let (caller, token) = world.signed_in("canary@demo.example", &[id]).await;
    world.earn(&[id], 3).await;
    // an act that overlaps another is refused, and objected to
    let start = world.clock.now_us() - 8 * HOUR_US;
    let twice = Told::new(id, "twice", "metro-trip", start).lasting(30);
    let twice = world.submit(&twice).await.unwrap();
    assert_eq!(twice.credited_mg, 0);
    let objected = world
        .app
        .appeal(&caller, &world.programme, id, twice.record.unwrap(), "canary words");
    objected.await.unwrap();
    for (number, hours) in [(1, 10), (2, 11)] {
        let start = world.clock.now_us() - hours * HOUR_US;
        let told = Told::new(id, &format!("photo-{number}"), "metro-trip", start).lasting(20);
        let photo = encoded(&picture(number), ImageFormat::Jpeg);
        world.submit_photo(id, told.report(), &photo).await.unwrap();
        if number == 1 {
            world.work().await;
        }
    }
    (id, caller, token)
}

#[tokio::test]
async fn who_left_stands_nowhere_and_the_books_stay_whole() {
    each_engine("leaving", async |store| {
        let world = World::new(&store).await;
        let (id, caller, token) = canary(&world).await;
        let other = world.enrol("other").await;
        let same = world.clock.now_us() - 9 * HOUR_US;
        let same = Told::new(other, "same", "metro-trip", same).lasting(20);
        let shared = encoded(&picture(1), ImageFormat::Jpeg);
        world.submit_photo(other, same.report(), &shared).await.unwrap();
        let (cup, bag) = (
            world.offer("cup", "100", 5, |_| {}).await,
            world.offer("bag", "50", 5, |_| {}).await,
        );
        let order = world
            .app
            .redeem(&caller, &world.programme, id, cup, None)
            .await
            .unwrap();
        let support = world.staff(101, &[Role::Support]);
        let fulfilled = world
            .app
            .fulfil_order(&support, &world.programme, id, order.id)
            .await
            .unwrap();
        assert!(fulfilled.voucher.is_some());
        world
            .app
            .redeem(&caller, &world.programme, id, bag, None)
            .await
            .unwrap();
        let left = world.available(id).await + 50_000;
        let before = tables_with(&store, "canary").await;
        for table in ["profile", "login", "reference", "appeal"] {
            assert!(before.contains(&table.to_owned()), "{table}");
        }
        assert!(
            !before.contains(&"answer".to_owned()),
            "what is kept for a retry names nobody"
        );
        assert_eq!(world.photos_kept(), 2);

        let wrong = world
            .app
            .leave(&caller, &world.programme, id, None, &Proof::Password("wrong password"))
            .await;
        assert_eq!(refused(wrong), Err(Refused::Credentials));
        let stranger = world.person(other);
        let proof = Proof::Password(PASSWORD);
        let foreign = world.app.leave(&stranger, &world.programme, id, None, &proof).await;
        assert_eq!(refused(foreign).unwrap_err().code(), "auth.not_allowed");

        world.clock.advance(HOUR_US);
        let gone = world.app.leave(&caller, &world.programme, id, None, &proof).await;
        assert!(gone.unwrap(), "nothing else hangs on the login");
        world.work().await;
        assert_eq!(tables_with(&store, "canary").await, Vec::<String>::new());
        assert_eq!(world.photos_kept(), 1, "the photo that somebody else sent too stays");
        world.verified().await;

        assert!(matches!(
            world.app.caller(&token).await,
            Err(Error::Refused(Refused::SignIn))
        ));
        let again = world.app.sign_in("canary@demo.example", PASSWORD, None).await;
        assert_eq!(refused(again), Err(Refused::Credentials));
        let twice = world.app.leave(&caller, &world.programme, id, None, &proof).await;
        assert!(twice.is_err());
        assert_eq!(
            world.available(id).await,
            left,
            "the order was called off, nothing else moved"
        );
        let log = world
            .app
            .consent_log(&Caller::console(), &world.programme, id)
            .await
            .unwrap();
        let withdrawn = log.iter().filter(|change| !change.given).count();
        assert_eq!((withdrawn, log.len()), (Consent::ALL.len(), 2 * Consent::ALL.len()));

        let late = Told::new(id, "late", "metro-trip", world.clock.now_us() - HOUR_US).lasting(20);
        let late = world.submit(&late).await;
        assert!(late.map_or_else(
            |no| no.code() == "participant.closed",
            |receipt| receipt.credited_mg == 0
        ));
        // what the partner called it is free again
        assert_ne!(world.enrol("canary-reference").await, id);
    })
    .await;
}

#[tokio::test]
async fn one_who_is_frozen_may_leave_and_keeps_what_else_hangs_on_the_login() {
    each_engine("leaving frozen", async |store| {
        let world = World::new(&store).await;
        let (id, household) = (world.enrol("frozen").await, world.enrol("household").await);
        let (caller, token) = world.signed_in("frozen@demo.example", &[id, household]).await;
        world
            .sql(&format!("UPDATE participant SET open = 0 WHERE id = {}", id.number()))
            .await
            .unwrap();
        let proof = Proof::Password(PASSWORD);
        let gone = world.app.leave(&caller, &world.programme, id, None, &proof).await;
        assert!(!gone.unwrap());
        let caller = world.app.caller(&token).await.unwrap();
        assert_eq!(caller.participants(), [(world.programme.id, household)]);
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn what_one_takes_along_is_everything_of_oneself_and_nothing_of_others() {
    each_engine("export", async |store| {
        let world = World::new(&store).await;
        let (id, caller, _) = canary(&world).await;
        let other = world.enrol("somebody-else").await;
        world.earn(&[other], 2).await;
        let cup = world.offer("cup", "100", 5, |reward| reward.title = text("=cup")).await;
        world
            .app
            .redeem(&caller, &world.programme, id, cup, None)
            .await
            .unwrap();

        let stranger = world.person(other);
        let taken = world
            .app
            .export(&stranger, &world.programme, id, Lang::En, "read me")
            .await;
        assert_eq!(refused(taken.map(|_| ())).unwrap_err().code(), "auth.not_allowed");

        let file = world
            .app
            .export(&caller, &world.programme, id, Lang::En, "read me")
            .await
            .unwrap();
        let mut archive = zip::ZipArchive::new(file).unwrap();
        let mut read = |name: &str| {
            let mut text = String::new();
            archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            assert!(
                !text.contains("somebody-else") && !text.contains(&other.to_string()),
                "{name}"
            );
            text
        };
        assert_eq!(read("README.txt"), "read me");
        let profile = read("profile.json");
        assert!(profile.contains("canary-alias") && profile.contains("canary@demo.example"));
        let records: Vec<serde_json::Value> = serde_json::from_str(&read("records.json")).unwrap();
        let credited: i64 = records
            .iter()
            .filter(|record| record["state"] == "credited")
            .map(|record| record["mg"].as_i64().unwrap())
            .sum();
        assert_eq!(credited, 4 * 200_000);
        let trip = records.iter().find(|record| record["state"] == "credited").unwrap();
        assert!(
            trip["working"]["factors"].as_array().is_some_and(|all| !all.is_empty()),
            "{trip}"
        );
        assert!(trip["act"]["methodology"].as_str().unwrap().starts_with("metro-trip@"));
        assert_eq!(read("records.csv").lines().count(), records.len() + 1);
        assert_eq!(read("consents.csv").lines().count(), Consent::ALL.len() + 1);
        assert!(read("orders.csv").contains("\"'=cup\""));
        assert!(read("appeals.json").contains("canary words"));
        let photos: Vec<_> = archive
            .file_names()
            .filter(|name| name.starts_with("photos/"))
            .map(str::to_owned)
            .collect();
        assert_eq!(photos.len(), 2);
        let mut photo = Vec::new();
        archive.by_name(&photos[0]).unwrap().read_to_end(&mut photo).unwrap();
        assert!(image::load_from_memory(&photo).is_ok());
        // a record of its own is found by its number, as the pages name it
        let number: EntryId = trip["record"].as_str().unwrap().parse().unwrap();
        world.app.record(&caller, &world.programme, id, number).await.unwrap();
    })
    .await;
}
