//! One act, told by two sources: the evidence is raised, and nothing counts twice.

use app::{Caller, Mode, Receipt};
use domain::evidence::Grade;
use domain::measure::{EntryId, ParticipantId};
use domain::programme::Role;
use image::ImageFormat;
use store::testing::each_engine;

use crate::photo::{encoded, picture};
use crate::world::{DAY_US, HOUR_US, MINUTE_US, Told, World, refused};

impl World {
    async fn tell(&self, caller: &Caller, told: &Told) -> Receipt {
        let sent = self.app.submit(caller, &self.programme, Mode::Event, told.report());
        refused(sent.await).unwrap()
    }

    async fn reduction(&self, who: ParticipantId) -> i64 {
        let balances = self.app.balances(&Caller::console(), &self.programme, who).await;
        balances.unwrap().reduction_mg
    }

    fn trip(&self, who: ParticipantId, event: &str, minutes_ago: i64) -> Told {
        let start = self.clock.now_us() - minutes_ago * MINUTE_US;
        Told::new(who, event, "metro-trip", start).lasting(20)
    }
}

fn answer(receipt: &Receipt) -> (&'static str, Option<EntryId>, i64, i64) {
    (receipt.state, receipt.about, receipt.credited_mg, receipt.points_milli)
}

#[tokio::test]
async fn a_gate_that_confirms_what_was_declared_adds_the_rest_and_a_resend_answers_the_same() {
    each_engine("declared, then confirmed", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let first = world.tell(&world.person(li), &world.trip(li, "said", 120)).await;
        assert_eq!(answer(&first), ("credited", None, 100_000, 100_000));
        let gate = world.trip(li, "gate", 118);
        let raised = world.tell(&world.partner, &gate).await;
        assert_eq!(answer(&raised), ("raised", first.record, 100_000, 100_000));
        let again = world.tell(&world.partner, &gate).await;
        assert_eq!(
            (answer(&again), again.record, again.repeated),
            (answer(&raised), raised.record, true)
        );
        // a third source finds it raised
        let maas = world.another_partner("Trips").await;
        let third = world.tell(&maas, &world.trip(li, "app", 121)).await;
        assert_eq!(third.reason.as_deref(), Some("claim.overlap"));
        assert_eq!(world.reduction(li).await, 200_000);
        let caller = world.person(li);
        let view = world
            .app
            .record(&caller, &world.programme, li, first.record.unwrap())
            .await
            .unwrap();
        let act = view.act.unwrap();
        assert_eq!((view.mg, act.grade, act.weighted_mg), (100_000, Grade::E4, 200_000));
        let more = view.raised.unwrap();
        assert_eq!(
            (more.record, more.mg, more.points_milli),
            (raised.record.unwrap(), 100_000, 100_000)
        );
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_photo_of_a_ride_that_the_operator_reported_says_that_two_sources_agree_and_adds_nothing() {
    each_engine("reported, then a photo", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let ride = |event: &str| {
            let start = world.clock.now_us() - 3 * HOUR_US;
            Told::new(li, event, "bus-trip", start).lasting(20)
        };
        let first = world.tell(&world.partner, &ride("gate")).await;
        let jpeg = encoded(&picture(1), ImageFormat::Jpeg);
        let sent = world.submit_photo(li, ride("photo").report(), &jpeg).await.unwrap();
        world.work().await;
        let caller = world.person(li);
        let shown = world
            .app
            .record(&caller, &world.programme, li, sent.submission)
            .await
            .unwrap();
        assert_eq!(
            (shown.state, shown.about, shown.mg),
            (app::Standing::Raised, first.record, 0)
        );
        assert_eq!(world.reduction(li).await, first.credited_mg);
        // the photo is used up
        let wang = world.enrol("wang").await;
        let start = world.clock.now_us() - HOUR_US;
        let other = Told::new(wang, "mine", "bus-trip", start).lasting(20);
        let other = world.submit_photo(wang, other.report(), &jpeg).await.unwrap();
        world.work().await;
        let caller = world.person(wang);
        let shown = world
            .app
            .record(&caller, &world.programme, wang, other.submission)
            .await
            .unwrap();
        assert_eq!(shown.state, app::Standing::Refused);
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_photo_at_half_weight_earns_the_other_half_when_the_operator_reports_the_ride() {
    each_engine("a photo, then reported", async |store| {
        let world = World::new(&store).await;
        let (li, wang) = (world.enrol("li").await, world.enrol("wang").await);
        let ride = |who, event: &str| {
            let start = world.clock.now_us() - 3 * HOUR_US;
            Told::new(who, event, "bus-trip", start).lasting(20)
        };
        let jpeg = encoded(&picture(1), ImageFormat::Jpeg);
        world.submit_photo(li, ride(li, "photo").report(), &jpeg).await.unwrap();
        world.work().await;
        let half = world.reduction(li).await;
        let raised = world.tell(&world.partner, &ride(li, "gate")).await;
        let whole = world.tell(&world.partner, &ride(wang, "other gate")).await.credited_mg;
        assert_eq!((raised.state, raised.credited_mg), ("raised", whole - half));
        assert!(half > 0 && half < whole);
        assert_eq!(world.reduction(li).await, whole);
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn whatever_the_order_and_the_resends_the_same_is_earned() {
    each_engine("permutations", async |store| {
        let world = World::new(&store).await;
        let maas = world.another_partner("Trips").await;
        let mut orders: Vec<Vec<usize>> = vec![Vec::new()];
        for next in 0..4 {
            let grown = orders.iter().flat_map(|order| {
                (0..=order.len()).map(move |at| {
                    let mut order = order.clone();
                    order.insert(at, next);
                    order
                })
            });
            orders = grown.collect();
        }
        assert_eq!(orders.len(), 24);
        for (n, order) in orders.iter().enumerate() {
            let who = world.enrol(&format!("p{n}")).await;
            // said, seen at the gate, seen again under another number, seen by another partner
            let told = |i: usize| match i {
                0 => (world.person(who), world.trip(who, "said", 120)),
                1 => (world.partner.clone(), world.trip(who, &format!("gate {n}"), 119)),
                2 => (world.partner.clone(), world.trip(who, &format!("gate again {n}"), 118)),
                _ => (maas.clone(), world.trip(who, &format!("app {n}"), 121)),
            };
            let mut answers = Vec::new();
            for &i in order {
                let (caller, told) = told(i);
                answers.push((i, world.tell(&caller, &told).await));
            }
            let states = answers.iter().filter(|(_, receipt)| receipt.state == "raised").count();
            assert_eq!(states, 1, "{order:?}");
            for (i, before) in answers.iter().rev() {
                let (caller, told) = told(*i);
                let again = world.tell(&caller, &told).await;
                assert_eq!(
                    (answer(&again), again.record),
                    (answer(before), before.record),
                    "{order:?}"
                );
            }
            assert_eq!(world.reduction(who).await, 200_000, "{order:?}");
        }
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn one_partner_is_one_source_and_another_amount_or_another_time_is_no_agreement() {
    each_engine("no agreement", async |store| {
        let world = World::new(&store).await;
        let maas = world.another_partner("Trips").await;
        let li = world.enrol("li").await;
        world.tell(&world.partner, &world.trip(li, "gate", 120)).await;
        let overlap = |receipt: &Receipt| receipt.reason.as_deref() == Some("claim.overlap");
        assert!(overlap(
            &world.tell(&world.partner, &world.trip(li, "gate 2", 120)).await
        ));
        assert!(overlap(&world.tell(&maas, &world.trip(li, "late", 109)).await));
        let ride = |event: &str, km: &str| {
            let start = world.clock.now_us() - DAY_US;
            Told::new(li, event, "cycling-for-driving", start)
                .lasting(60)
                .with("distance", km)
        };
        let first = world.tell(&world.partner, &ride("ride", "10")).await;
        assert!(overlap(&world.tell(&maas, &ride("far", "12.1")).await));
        let raised = world.tell(&maas, &ride("near", "12")).await;
        assert_eq!(answer(&raised), ("raised", first.record, 0, 0));
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_reversal_takes_back_what_was_added_and_nothing_is_raised_after_it() {
    each_engine("reversed", async |store| {
        let world = World::new(&store).await;
        let maas = world.another_partner("Trips").await;
        let li = world.enrol("li").await;
        let (support, finance) = (world.staff(101, &[Role::Support]), world.staff(102, &[Role::Finance]));
        let (app, programme) = (&world.app, &world.programme);
        let reverse = async |record: EntryId| {
            app.request_reversal(&support, programme, (li, record), "a mistake")
                .await
                .unwrap();
            app.approve_reversal(&finance, programme, (li, record)).await.unwrap();
        };
        let first = world.tell(&world.person(li), &world.trip(li, "said", 120)).await;
        let raised = world.tell(&world.partner, &world.trip(li, "gate", 120)).await;
        let of_raise = app
            .request_reversal(&support, programme, (li, raised.record.unwrap()), "no")
            .await;
        assert!(refused(of_raise).is_err());
        reverse(first.record.unwrap()).await;
        assert_eq!((world.reduction(li).await, world.available(li).await), (0, 0));
        let late = world.tell(&maas, &world.trip(li, "app", 120)).await;
        assert_eq!(late.reason.as_deref(), Some("claim.overlap"));
        let second = world.tell(&world.person(li), &world.trip(li, "said 2", 60)).await;
        reverse(second.record.unwrap()).await;
        let gate = world.tell(&world.partner, &world.trip(li, "gate 2", 60)).await;
        assert_eq!(gate.reason.as_deref(), Some("claim.overlap"));
        let page = app.statement(&world.person(li), programme, li, None, 50).await.unwrap();
        let of = |id| page.entries.iter().find(|line| line.record == id).unwrap().state;
        assert_eq!(of(raised.record), app::Standing::Reversed);
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn a_raise_is_no_further_act_before_a_ceiling() {
    each_engine("ceilings", async |store| {
        let world = World::new(&store).await;
        let li = world.enrol("li").await;
        let today = world.clock.now_us() - 8 * HOUR_US;
        // five trips count in a day: a raise is no sixth
        for trip in 0..5 {
            let told = |event: String| Told::new(li, &event, "metro-trip", today + trip * HOUR_US).lasting(20);
            let said = world.tell(&world.person(li), &told(format!("said {trip}"))).await;
            assert_eq!(said.credited_mg, 100_000);
        }
        for trip in 0..5 {
            let told = Told::new(li, &format!("gate {trip}"), "metro-trip", today + trip * HOUR_US).lasting(20);
            assert_eq!(world.tell(&world.partner, &told).await.credited_mg, 100_000);
        }
        assert_eq!(world.reduction(li).await, 1_000_000);
        world.verified().await;
        // the books stay whole when the person is erased
        let now_us = world.clock.now_us();
        let close = async move |db: &mut store::Db| {
            let before = store::participant::get(db, li).await?.unwrap();
            store::leave::close(db, &before, "tests", now_us).await
        };
        world.store.write(0, close).await.unwrap();
        world.verified().await;
    })
    .await;
}
