//! Statements: months of the programme's zone, what was avoided and what was booked.

use app::{AvoidedView, Like, Standing};
use domain::measure::{Carbon, Month};
use domain::methodology::Category;
use domain::programme::Role;
use store::testing::each_engine;

use crate::world::{DAY_US, HOUR_US, MIDNIGHT_US, MINUTE_US, Told, World};

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

#[tokio::test]
async fn acts_count_in_the_month_of_their_civil_day_and_reversed_ones_do_not() {
    each_engine("statement months", async |store| {
        let world = World::new(&store).await;
        let person = world.enrol("a").await;
        // midnight of 1 December in Shanghai is 16:00 of 30 November in UTC
        let december = MIDNIGHT_US + 7 * DAY_US;
        world.clock.set(december + 10 * HOUR_US);
        let mut records = Vec::new();
        for (event, behaviour, start) in [
            ("oct", "metro-trip", MIDNIGHT_US - 26 * DAY_US),
            ("last", "metro-trip", december - MINUTE_US),
            ("first", "metro-trip", december + 60 * MINUTE_US),
            ("light", "lights-off", december + 2 * HOUR_US),
        ] {
            let told = Told::new(person, event, behaviour, start);
            let told = if behaviour == "metro-trip" {
                told.lasting(20)
            } else {
                told
            };
            records.push(world.submit(&told).await.unwrap());
        }
        let (app, programme, caller) = (&world.app, &world.programme, world.person(person));
        let year = (month("2026-01"), month("2026-12"));
        let view = |text: &str, category, mg| AvoidedView {
            month: month(text),
            category,
            mg,
            acts: 1,
        };
        let light = records[3].credited_mg;
        assert!(light > 0);
        let travel = Category::Travel;
        let expected = [
            view("2026-10", travel, 200_000),
            view("2026-11", travel, 200_000),
            view("2026-12", travel, 200_000),
        ];
        let found = app.avoided(&caller, programme, person, year).await.unwrap();
        assert_eq!(found.len(), 4);
        assert!(expected.iter().all(|view| found.contains(view)), "{found:?}");
        let november = (month("2026-11"), month("2026-11"));
        assert_eq!(
            app.avoided(&caller, programme, person, november).await.unwrap(),
            expected[1..2]
        );

        // everything was booked in December; one is taken back
        let staff = world.staff(7, &[Role::Support]);
        let other = world.staff(8, &[Role::Finance]);
        let first = records[2].record.unwrap();
        app.request_reversal(&staff, programme, (person, first), "wrong card")
            .await
            .unwrap();
        app.approve_reversal(&other, programme, (person, first)).await.unwrap();
        let found = app
            .avoided(&caller, programme, person, (month("2026-12"), month("2026-12")))
            .await
            .unwrap();
        assert_eq!((found.len(), found[0].mg), (1, light));
        let booked = app
            .month(&caller, programme, person, month("2026-12"), 3)
            .await
            .unwrap();
        assert_eq!(booked.net_mg, 400_000 + light);
        assert_eq!((booked.returned_milli, booked.earned_milli), (200_000, 600_000 + light));
        assert!(booked.more && booked.lines.len() == 3);
        assert_eq!(booked.lines[0].state, Standing::Reversal);
        assert_eq!(booked.lines[0].title, booked.lines[2].title);
        let nothing = app
            .month(&caller, programme, person, month("2026-11"), 9)
            .await
            .unwrap();
        assert!(nothing.lines.is_empty() && nothing.earned_milli == 0);
    })
    .await;
}

#[tokio::test]
async fn a_month_says_what_was_spent_and_what_was_held_at_its_end() {
    each_engine("statement points", async |store| {
        let world = World::new(&store).await;
        let person = world.enrol("a").await;
        world.earn(&[person], 3).await;
        let tea = world.offer("tea", "100", 9, |new| new.hold_days = Some(60)).await;
        let (app, programme, caller) = (&world.app, &world.programme, world.person(person));
        let support = world.staff(7, &[Role::Support]);
        let mut orders = Vec::new();
        for _ in 0..3 {
            orders.push(app.redeem(&caller, programme, person, tea, None).await.unwrap().id);
        }
        app.fulfil_order(&support, programme, person, orders[0]).await.unwrap();
        world.clock.advance(10 * DAY_US);
        app.fulfil_order(&support, programme, person, orders[1]).await.unwrap();
        app.cancel_order(&caller, programme, person, orders[2]).await.unwrap();
        let sums = async |text: &str| {
            let view = app.month(&caller, programme, person, month(text), 50).await.unwrap();
            (view.earned_milli, view.spent_milli, view.held_milli)
        };
        assert_eq!(sums("2026-11").await, (600_000, 100_000, 200_000));
        assert_eq!(sums("2026-12").await, (0, 100_000, 0));
        let december = app
            .month(&caller, programme, person, month("2026-12"), 50)
            .await
            .unwrap();
        let states: Vec<Standing> = december.lines.iter().map(|line| line.state).collect();
        assert_eq!(states, [Standing::Released, Standing::Spent]);
        assert_eq!(december.lines[0].title.as_ref().unwrap().en, "tea");
    })
    .await;
}

#[tokio::test]
async fn a_likeness_comes_with_its_factor_and_never_flatters() {
    each_engine("statement likeness", async |store| {
        let world = World::new(&store).await;
        let alike = world.app.likenesses(&world.programme, Carbon::from_mg(1_000_000));
        let driving = alike.iter().find(|alike| alike.like == Like::Driving).unwrap();
        // 1 kg at 250 g/km
        assert_eq!((driving.milli, driving.value.as_str()), (4_000, "250 gCO2e/km"));
        let power = alike.iter().find(|alike| alike.like == Like::Electricity).unwrap();
        assert!((1_000..4_000).contains(&power.milli), "{power:?}");
        assert!(alike.iter().all(|alike| !alike.source.is_empty()));
    })
    .await;
}
