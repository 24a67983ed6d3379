//! Crowds: many buyers of few things at once, and two processes on the same books.

use std::collections::HashMap;
use std::slice::from_ref;

use app::{App, Mode, OrderView, Refused};
use domain::measure::{Currency, Money, ParticipantId, RewardId};
use domain::programme::Role;
use store::testing::{each_engine, fresh_postgres_url};
use store::{Options, Store};
use tokio::task::JoinSet;

use crate::world::{HOUR_US, Told, World, refused};

/// Both engines as they are served, and PostgreSQL with several lanes, where only the version guards help.
async fn each_way(test_name: &str, body: impl AsyncFn(Store)) {
    each_engine(test_name, &body).await;
    if let Some(url) = fresh_postgres_url() {
        body(open(&url).await).await;
    }
}

async fn open(url: &str) -> Store {
    let lanes = Options {
        lanes: 4,
        ..Options::default()
    };
    Store::open(url, lanes).await.unwrap()
}

/// Everybody buys at once; says what each was told.
async fn rush(
    world: &World,
    apps: &[App],
    buyers: &[ParticipantId],
    reward: RewardId,
) -> Vec<(ParticipantId, Result<OrderView, Refused>)> {
    let mut tasks = JoinSet::new();
    for (i, buyer) in buyers.iter().enumerate() {
        let (app, programme) = (apps[i % apps.len()].clone(), world.programme.clone());
        let (caller, buyer) = (world.person(*buyer), *buyer);
        tasks.spawn(async move {
            let bought = app.redeem(&caller, &programme, buyer, reward, None).await;
            (buyer, refused(bought))
        });
    }
    tasks.join_all().await
}

fn counted(answers: &[(ParticipantId, Result<OrderView, Refused>)]) -> HashMap<&'static str, usize> {
    let mut counts = HashMap::new();
    for (_, answer) in answers {
        let what = answer.as_ref().map_or_else(Refused::code, |_| "bought");
        *counts.entry(what).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn one_of_300_buyers_gets_the_last_piece() {
    each_way("the last piece", async |store| {
        let world = World::new(&store).await;
        let buyers = world.crowd(300).await;
        world.earn(&buyers, 2).await;
        let cola = world.offer("cola", "300", 1, |_| {}).await;
        let answers = rush(&world, from_ref(&world.app), &buyers, cola).await;
        assert_eq!(
            counted(&answers),
            HashMap::from([("bought", 1), ("reward.out_of_stock", 299)])
        );
        for (buyer, answer) in answers {
            let left = if answer.is_ok() { 100_000 } else { 400_000 };
            assert_eq!(world.available(buyer).await, left);
        }
        assert_eq!(world.verified().await.orders, 1);
    })
    .await;
}

#[tokio::test]
async fn ten_codes_go_to_ten_of_100_buyers() {
    each_way("ten codes", async |store| {
        let world = World::new(&store).await;
        let buyers = world.crowd(100).await;
        world.earn(&buyers, 1).await;
        let ticket = world.offer("ticket", "100", 0, |new| new.at_once = true).await;
        let (app, programme) = (&world.app, &world.programme);
        let support = world.staff(101, &[Role::Support]);
        let codes: Vec<String> = (0..10).map(|i| format!("FILM-{i}")).collect();
        app.import_codes(&support, programme, ticket, &codes.join("\n"), None)
            .await
            .unwrap();
        let answers = rush(&world, from_ref(&world.app), &buyers, ticket).await;
        assert_eq!(
            counted(&answers),
            HashMap::from([("bought", 10), ("reward.out_of_stock", 90)])
        );
        let mut given: Vec<String> = answers
            .into_iter()
            .filter_map(|(_, answer)| answer.ok()?.voucher)
            .map(|voucher| voucher.code)
            .collect();
        given.sort();
        assert_eq!(given, codes);
        assert_eq!(world.verified().await.orders, 10);
    })
    .await;
}

#[tokio::test]
async fn a_budget_for_40_sells_40_of_50_pieces_and_one_to_each() {
    each_way("a budget for 40", async |store| {
        let world = World::new(&store).await;
        let buyers = world.crowd(100).await;
        world.earn(&buyers, 2).await;
        let finance = world.staff(102, &[Role::Finance]);
        let deposit = Money {
            minor: 40 * 250 + 249,
            currency: Currency::CNY,
        };
        let (app, programme) = (&world.app, &world.programme);
        app.fund_rewards(&finance, programme, "Demo Drinks", deposit, None)
            .await
            .unwrap();
        let change = |new: &mut app::NewReward| {
            new.per_person = Some(1);
            new.cost_minor = Some(250);
            new.currency = Some(Currency::CNY);
        };
        let cola = world.offer("cola", "100", 50, change).await;
        // each of the hundred asks twice
        let twice: Vec<ParticipantId> = buyers.iter().chain(&buyers).copied().collect();
        let answers = rush(&world, from_ref(&world.app), &twice, cola).await;
        let counts = counted(&answers);
        assert_eq!(counts["bought"], 40);
        assert_eq!(counts["reward.limit"] + counts["reward.budget"], 160);
        let mut bought: HashMap<ParticipantId, usize> = HashMap::new();
        for (buyer, _) in answers.iter().filter(|(_, answer)| answer.is_ok()) {
            *bought.entry(*buyer).or_default() += 1;
        }
        assert!(bought.values().all(|pieces| *pieces == 1));
        for buyer in buyers {
            let left = if bought.contains_key(&buyer) { 300_000 } else { 400_000 };
            assert_eq!(world.available(buyer).await, left);
        }
        let offered = app.rewards(programme).await.unwrap();
        assert_eq!(offered[0].stock, 10);
        assert_eq!(world.verified().await.orders, 40);
    })
    .await;
}

#[tokio::test]
async fn who_buys_twice_at_once_with_points_for_one_gets_one() {
    each_way("points for one", async |store| {
        let world = World::new(&store).await;
        let buyer = world.enrol("card").await;
        world.earn(&[buyer], 2).await;
        let cola = world.offer("cola", "300", 10, |_| {}).await;
        let answers = rush(&world, from_ref(&world.app), &[buyer; 8], cola).await;
        assert_eq!(counted(&answers), HashMap::from([("bought", 1), ("reward.short", 7)]));
        assert_eq!(world.available(buyer).await, 100_000);
        assert_eq!(world.verified().await.orders, 1);
    })
    .await;
}

#[tokio::test]
async fn a_voucher_that_two_merchants_take_at_once_is_taken_once() {
    each_way("one voucher", async |store| {
        let world = World::new(&store).await;
        let buyer = world.enrol("card").await;
        world.earn(&[buyer], 1).await;
        let tea = world.offer("tea", "100", 1, |_| {}).await;
        let (caller, merchant) = (world.person(buyer), world.staff(104, &[Role::Merchant]));
        let (app, programme) = (&world.app, &world.programme);
        let order = app.redeem(&caller, programme, buyer, tea, None).await.unwrap();
        let mut tasks = JoinSet::new();
        // handing over and calling off at once: one of the two happens
        for hand_over in [true, false, true, false] {
            let (app, programme) = (world.app.clone(), world.programme.clone());
            let (caller, merchant, id) = (caller.clone(), merchant.clone(), order.id);
            tasks.spawn(async move {
                refused(if hand_over {
                    app.fulfil_order(&merchant, &programme, buyer, id).await
                } else {
                    app.cancel_order(&caller, &programme, buyer, id).await
                })
                .map_err(|why| why.code())
            });
        }
        let answers = tasks.join_all().await;
        let done: Vec<_> = answers.iter().flatten().collect();
        assert_eq!(done.len(), 2, "{answers:?}");
        assert_eq!(done[0].state, done[1].state);
        world.verified().await;
        let Some(voucher) = &done[0].voucher else { return };
        let mut tasks = JoinSet::new();
        for _ in 0..8 {
            let (app, programme) = (world.app.clone(), world.programme.clone());
            let (merchant, code) = (merchant.clone(), voucher.code.clone());
            tasks.spawn(async move {
                let used = app.use_voucher(&merchant, &programme, &code).await;
                refused(used).map(drop).map_err(|why| why.code())
            });
        }
        let answers = tasks.join_all().await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert_eq!(answers.iter().filter(|a| **a == Err("order.settled")).count(), 7);
        world.verified().await;
    })
    .await;
}

#[tokio::test]
async fn the_same_key_at_once_buys_once() {
    each_way("one key", async |store| {
        let world = World::new(&store).await;
        let buyer = world.enrol("card").await;
        world.earn(&[buyer], 4).await;
        let tea = world.offer("tea", "100", 100, |_| {}).await;
        let mut tasks = JoinSet::new();
        for _ in 0..16 {
            let (app, programme) = (world.app.clone(), world.programme.clone());
            let caller = world.person(buyer);
            tasks.spawn(async move {
                let key = app::Key::new(&caller, "redeem", "one", tea.to_string().as_bytes());
                app.redeem(&caller, &programme, buyer, tea, Some(key)).await.unwrap().id
            });
        }
        let orders = tasks.join_all().await;
        assert!(orders.iter().all(|order| *order == orders[0]));
        assert_eq!(world.available(buyer).await, 700_000);
        assert_eq!(world.verified().await.orders, 1);
    })
    .await;
}

/// A feed of metro trips and evenings without light, told by the partner.
fn feed(people: &[ParticipantId], now_us: i64) -> Vec<Told> {
    let mut acts = Vec::new();
    for (i, person) in people.iter().enumerate() {
        for trip in 0..6 {
            let start = now_us - (8 - trip) * HOUR_US;
            acts.push(Told::new(*person, &format!("ride-{i}-{trip}"), "metro-trip", start).lasting(20));
        }
        acts.push(Told::new(*person, &format!("dark-{i}"), "lights-off", now_us));
    }
    acts
}

#[tokio::test]
async fn two_processes_on_the_same_books_credit_nothing_twice() {
    let Some(url) = fresh_postgres_url() else {
        println!("skipped: two processes on PostgreSQL: there is no server");
        return;
    };
    let (one, two) = (open(&url).await, open(&url).await);
    let world = World::new(&one).await;
    let people = world.crowd(40).await;
    let tea = world.offer("tea", "300", 25, |new| new.per_person = Some(1)).await;
    let apps = [world.app.clone(), world.second(&two).await];
    let mut tasks = JoinSet::new();
    for (i, app) in apps.iter().enumerate() {
        let mut acts = feed(&people, world.clock.now_us());
        if i == 1 {
            acts.reverse();
        }
        for chunk in acts.chunks(7) {
            let (app, partner, programme) = (app.clone(), world.partner.clone(), world.programme.clone());
            let reports = chunk.iter().map(|act| Ok(act.report())).collect();
            tasks.spawn(async move {
                let answers = app.submit_many(&partner, &programme, Mode::Event, reports).await;
                answers.unwrap()
            });
        }
    }
    let answers: Vec<_> = tasks
        .join_all()
        .await
        .into_iter()
        .flatten()
        .map(Result::unwrap)
        .collect();
    let first = answers.iter().filter(|a| !a.repeated && a.state == "credited").count();
    let again = answers.iter().filter(|a| a.repeated && a.state == "credited").count();
    // five of six trips count a day, and one evening
    assert_eq!((first, again), (40 * 6, 40 * 6));
    for person in &people {
        assert_eq!(world.available(*person).await, 1_065_500);
    }
    assert_eq!(world.verified().await.entries, 40 * 7);

    let twice: Vec<ParticipantId> = people.iter().flat_map(|person| [*person, *person]).collect();
    let answers = rush(&world, &apps, &twice, tea).await;
    assert_eq!(counted(&answers)["bought"], 25);
    assert_eq!(world.verified().await.orders, 25);
    world.clock.advance(72 * HOUR_US);
    // both find the same orders late: each is called off once
    let (here, there) = tokio::join!(apps[0].run_due_jobs(), apps[1].run_due_jobs());
    assert!(here.unwrap() + there.unwrap() >= 25);
    world.verified().await;
    assert_eq!(world.app.rewards(&world.programme).await.unwrap()[0].stock, 25);
    one.close().await;
    two.close().await;
}
