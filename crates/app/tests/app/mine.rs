//! What a participant sees of its own acts.

use app::{Caller, Mode, RecordView, Standing, Which};
use domain::measure::Day;
use domain::methodology::Category;
use domain::programme::Role;
use image::ImageFormat;
use store::testing::each_engine;

use crate::photo::{encoded, picture};
use crate::world::{DAY_US, HOUR_US, Told, World, refused};

fn ids(records: &[RecordView]) -> Vec<String> {
    let names = records
        .iter()
        .map(|r| r.record.map(|id| id.to_string()).unwrap_or_default());
    names.collect()
}

#[tokio::test]
async fn a_statement_can_be_asked_for_by_kind_and_category() {
    each_engine("statement by kind", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let now = world.clock.now_us();
        world.earn(&[li], 2).await;
        let meal = Told::new(li, "meal", "no-tableware", now - HOUR_US);
        world.submit(&meal).await.unwrap();
        let twice = Told::new(li, "again", "metro-trip", now - 8 * HOUR_US).lasting(20);
        assert_eq!(world.submit(&twice).await.unwrap().state, "refused");
        let me = world.person(li);
        let page = async |which, category, before, limit| {
            let asked = world
                .app
                .statement_of(&me, &world.programme, li, (which, category), before, limit);
            asked.await.unwrap()
        };
        let all = page(Which::All, None, None, 50).await;
        assert_eq!(all.entries.len(), 4);
        assert_eq!(page(Which::Credited, None, None, 50).await.entries.len(), 3);
        assert_eq!(page(Which::Refused, None, None, 50).await.entries.len(), 1);
        assert_eq!(page(Which::Orders, None, None, 50).await.entries.len(), 0);
        let food = page(Which::All, Some(Category::Food), None, 50).await;
        assert_eq!(food.entries.len(), 1);
        assert_eq!(food.entries[0].act.as_ref().unwrap().behaviour, "no-tableware");
        // pages of two are the whole, in order
        let first = page(Which::All, None, None, 2).await;
        let second = page(Which::All, None, first.next, 2).await;
        assert_eq!(second.next, None);
        let mut both = ids(&first.entries);
        both.extend(ids(&second.entries));
        assert_eq!(both, ids(&all.entries));
    })
    .await;
}

#[tokio::test]
async fn days_hold_what_was_credited_and_not_taken_back() {
    each_engine("days", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let today = world.programme.zone.day_of(world.clock.now_us());
        let yesterday = Day::from_epoch_days(today.epoch_days() - 1);
        world.earn(&[li], 3).await;
        let before = Told::new(li, "before", "no-tableware", world.clock.now_us() - DAY_US);
        world.submit(&before).await.unwrap();
        let me = world.person(li);
        let days = async |from| {
            let days = world.app.days(&me, &world.programme, li, from).await.unwrap();
            days.into_iter()
                .map(|(day, carbon, acts)| (day, carbon.mg(), acts))
                .collect::<Vec<_>>()
        };
        assert_eq!(days(yesterday).await, [(yesterday, 47_500, 1), (today, 600_000, 3)]);
        assert_eq!(days(today).await, [(today, 600_000, 3)]);
        let page = world.app.statement(&me, &world.programme, li, None, 1).await.unwrap();
        let newest = page.entries[0].record.unwrap();
        let trip = world
            .app
            .statement(&me, &world.programme, li, Some(newest), 1)
            .await
            .unwrap();
        let trip = trip.entries[0].record.unwrap();
        let (asks, agrees) = (world.staff(1, &[Role::Support]), world.staff(2, &[Role::Finance]));
        world
            .app
            .request_reversal(&asks, &world.programme, (li, trip), "seen twice")
            .await
            .unwrap();
        assert_eq!(days(today).await, [(today, 600_000, 3)], "nobody has agreed yet");
        world
            .app
            .approve_reversal(&agrees, &world.programme, (li, trip))
            .await
            .unwrap();
        assert_eq!(days(today).await, [(today, 400_000, 2)]);
        let other = world.person(world.enrol("wang").await);
        let theirs = world.app.days(&other, &world.programme, li, today).await;
        assert!(refused(theirs).is_err());
    })
    .await;
}

#[tokio::test]
async fn a_photo_is_shown_to_its_owner_and_to_staff_and_waits_with_what_it_would_earn() {
    each_engine("evidence", async |store| {
        let world = World::new(&store).await;
        let (li, wang) = (world.enrol("li").await, world.enrol("wang").await);
        let start = world.clock.now_us() - 3 * HOUR_US;
        let trip = Told::new(li, "one", "metro-trip", start).lasting(20);
        let jpeg = encoded(&picture(7), ImageFormat::Jpeg);
        let sent = world.submit_photo(li, trip.report(), &jpeg).await.unwrap().submission;
        let photo = async |caller: Caller, of, id| refused(world.app.evidence(&caller, &world.programme, of, id).await);
        let own = photo(world.person(li), li, sent).await.unwrap();
        assert_eq!(own[..3], [0xff, 0xd8, 0xff]);
        assert_eq!(photo(world.staff(1, &[Role::Reviewer]), li, sent).await.unwrap(), own);
        assert!(photo(world.person(wang), li, sent).await.is_err());
        assert!(
            photo(world.person(wang), wang, sent).await.is_err(),
            "under one's own name"
        );
        assert!(photo(Caller::anonymous(), li, sent).await.is_err());
        let me = world.person(li);
        let waiting = world.app.waiting(&me, &world.programme, li).await.unwrap();
        let act = waiting[0].act.as_ref().unwrap();
        assert_eq!(
            (waiting[0].state, act.weighted_mg, act.started_us),
            (Standing::Submitted, 200_000, start)
        );
        world.work().await;
        let record = world.app.record(&me, &world.programme, li, sent).await.unwrap();
        let by_entry = world
            .app
            .record(&me, &world.programme, li, record.record.unwrap())
            .await
            .unwrap();
        assert_eq!((record.submission, by_entry.submission), (Some(sent), Some(sent)));
    })
    .await;
}

#[tokio::test]
async fn an_appeal_keeps_its_words_and_its_answer() {
    each_engine("appeal", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        world.earn(&[li], 1).await;
        let start = world.clock.now_us() - 8 * HOUR_US;
        let again = Told::new(li, "again", "metro-trip", start).lasting(20);
        let record = world.submit(&again).await.unwrap().record.unwrap();
        let me = world.person(li);
        let appeal = async |words: &str| refused(world.app.appeal(&me, &world.programme, li, record, words).await);
        assert_eq!(appeal("  ").await.unwrap_err().pointer().as_deref(), Some("/words"));
        appeal("I rode twice.").await.unwrap();
        assert_eq!(appeal("Once more.").await.unwrap_err().code(), "settled");
        let shown = async || world.app.record(&me, &world.programme, li, record).await.unwrap();
        let open = shown().await;
        assert_eq!(
            (open.state, open.appeal_words.as_deref()),
            (Standing::Appealed, Some("I rode twice."))
        );
        assert_eq!((open.appeal_upheld, open.appeal_answer), (None, None));
        let judge = world.staff(1, &[Role::Reviewer]);
        let decided = world
            .app
            .decide_appeal(&judge, &world.programme, (li, record), false, "The gate saw one ride.");
        decided.await.unwrap();
        let closed = shown().await;
        assert_eq!(closed.state, Standing::Refused);
        assert_eq!(closed.appeal_upheld, Some(false));
        assert_eq!(closed.appeal_answer.as_deref(), Some("The gate saw one ride."));
    })
    .await;
}

#[tokio::test]
async fn what_a_person_declares_earns_less_and_once() {
    each_engine("declared", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let me = world.person(li);
        let act = Told::new(li, "mine", "no-tableware", world.clock.now_us() - HOUR_US);
        let declare = async || {
            let sent = world.app.submit(&me, &world.programme, Mode::Event, act.report());
            sent.await.unwrap()
        };
        assert_eq!(declare().await.credited_mg, 23_750);
        assert!(declare().await.repeated);
        assert_eq!(world.available(li).await, 23_750);
    })
    .await;
}
