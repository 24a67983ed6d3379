//! The store: what is handed over at once, codes that somebody else made, orders of a whole programme.

use std::collections::HashSet;

use app::{App, Imported, Key, NewReward, OrderFilter, Refused, RewardChange};
use domain::measure::{OrderId, ParticipantId, RewardId};
use domain::programme::Role;
use domain::rewards::{CodeFault, Refused as No, State};
use store::testing::each_engine;

use crate::world::{DAY_US, World, refused, text};

fn at_once(new: &mut NewReward) {
    new.at_once = true;
    "drink".clone_into(&mut new.icon);
}

async fn import(world: &World, reward: RewardId, codes: &str) -> Result<Imported, Refused> {
    let support = world.staff(101, &[Role::Support]);
    let (app, programme) = (&world.app, &world.programme);
    refused(app.import_codes(&support, programme, reward, codes, None).await)
}

#[tokio::test]
async fn what_is_handed_over_at_once_comes_with_its_voucher_once_a_key() {
    each_engine("shop at once", async |store| {
        let world = World::new(&store).await;
        let buyer = world.enrol("a").await;
        world.earn(&[buyer], 3).await;
        let tea = world.offer("tea", "200", 2, at_once).await;
        let (app, programme, caller) = (&world.app, &world.programme, world.person(buyer));
        let buy = async || {
            let key = Key::new(&caller, "order", "k", b"tea");
            app.redeem(&caller, programme, buyer, tea, Some(key)).await.unwrap()
        };
        let bought = buy().await;
        assert_eq!(bought.state, State::Fulfilled);
        let code = bought.voucher.unwrap().code;
        assert_eq!(buy().await.voucher.unwrap().code, code);
        assert_eq!(world.available(buyer).await, 400_000);
        let support = world.staff(101, &[Role::Support]);
        let row = app.reward_row(&support, programme, tea).await.unwrap();
        assert_eq!(
            (
                row.reward.stock,
                row.reserved,
                row.handed_over,
                row.reward.icon.as_str()
            ),
            (1, 0, 1, "drink")
        );
        // nothing waits to be called off
        world.clock.set(world.clock.now_us() + 30 * DAY_US);
        world.work().await;
        assert_eq!(world.verified().await.orders, 1);
        let found = app.voucher(&support, programme, &code.to_lowercase()).await.unwrap();
        assert_eq!((found.order.id, found.alias.as_str()), (bought.id, "a"));
    })
    .await;
}

#[tokio::test]
async fn every_code_is_handed_over_once_and_then_there_is_nothing_left() {
    each_engine("shop codes", async |store| {
        let world = World::new(&store).await;
        let buyers = world.crowd(5).await;
        world.earn(&buyers, 1).await;
        let ticket = world.offer("ticket", "150", 0, at_once).await;
        let later = world.offer("later", "50", 0, |_| {}).await;
        assert_eq!(
            import(&world, ticket, "code,x\nFILM-1\nfilm-2\nFILM-3,y\n")
                .await
                .unwrap()
                .added,
            3
        );
        assert_eq!(import(&world, later, "L-1").await.unwrap().added, 1);
        let (app, programme) = (&world.app, &world.programme);
        let mut codes = HashSet::new();
        for (i, buyer) in buyers.iter().enumerate() {
            let bought = refused(app.redeem(&world.person(*buyer), programme, *buyer, ticket, None).await);
            if i < 3 {
                codes.insert(bought.unwrap().voucher.unwrap().code);
            } else {
                assert_eq!(bought.unwrap_err(), Refused::Reward(No::OutOfStock));
                assert_eq!(world.available(*buyer).await, 200_000);
            }
        }
        let expected = ["FILM-1", "film-2", "FILM-3"].map(str::to_owned);
        assert_eq!(codes, HashSet::from(expected));
        let support = world.staff(101, &[Role::Support]);
        let used = app.use_voucher(&support, programme, "film-2").await.unwrap();
        assert!(used.used_us.is_some());
        let again = refused(app.use_voucher(&support, programme, " film-2 ").await);
        assert_eq!(again.unwrap_err(), Refused::Reward(No::Settled));

        // an order that waits keeps a code, and gives it back when it is called off
        let buyer = buyers[3];
        let caller = world.person(buyer);
        let held = app.redeem(&caller, programme, buyer, later, None).await.unwrap();
        world.verified().await;
        app.cancel_order(&caller, programme, buyer, held.id).await.unwrap();
        let held = app.redeem(&caller, programme, buyer, later, None).await.unwrap();
        let done = app.fulfil_order(&support, programme, buyer, held.id).await.unwrap();
        assert_eq!(done.voucher.unwrap().code, "L-1");
        assert_eq!(world.verified().await.orders, 5);
    })
    .await;
}

#[tokio::test]
async fn a_list_of_codes_is_taken_whole_or_not_at_all() {
    each_engine("shop lists", async |store| {
        let world = World::new(&store).await;
        let ticket = world.offer("ticket", "150", 0, at_once).await;
        let other = world.offer("other", "150", 4, |_| {}).await;
        assert_eq!(import(&world, ticket, "A-1\nA-2").await.unwrap().added, 2);
        let faults = import(&world, ticket, "B-1\nB 2\nB-1").await.unwrap();
        assert_eq!(faults.faults, [(2, CodeFault::Unusable), (3, CodeFault::Repeated)]);
        let many: Vec<String> = (0..450).map(|i| format!("C-{i}")).collect();
        let many = many.join("\n");
        let faults = import(&world, ticket, &format!("{many}\nA-2")).await.unwrap();
        assert_eq!((faults.added, faults.faults), (0, vec![(451, CodeFault::Taken)]));
        assert_eq!(import(&world, ticket, &many).await.unwrap().added, 450);
        assert_eq!(import(&world, ticket, " \n").await.unwrap_err().code(), "field.invalid");
        // pieces of one kind only
        assert_eq!(import(&world, other, "D-1").await.unwrap_err().code(), "settled");
        let support = world.staff(101, &[Role::Support]);
        let (app, programme) = (&world.app, &world.programme);
        let loose = refused(app.restock(&support, programme, ticket, 1, true, None).await);
        assert_eq!(loose.unwrap_err().pointer().as_deref(), Some("/pieces"));
        let finance = world.staff(102, &[Role::Finance]);
        let no = refused(app.import_codes(&finance, programme, ticket, "E-1", None).await);
        assert_eq!(no.unwrap_err().code(), "auth.not_allowed");
        let row = app.reward_row(&finance, programme, ticket).await.unwrap();
        assert_eq!((row.reward.stock, row.codes.all, row.codes.free), (452, 452, 452));
        world.verified().await;
        // damage is found
        world
            .sql("UPDATE reward_code SET order_id = 7 WHERE code = 'A-1'")
            .await
            .unwrap();
        assert!(world.app.verify().await.unwrap().is_err());
    })
    .await;
}

async fn listed(app: &App, world: &World, filter: OrderFilter, limit: u32) -> Vec<OrderId> {
    let merchant = world.staff(103, &[Role::Merchant]);
    let rows = app
        .order_list(&merchant, &world.programme, filter, limit)
        .await
        .unwrap();
    rows.into_iter().map(|row| row.order.id).collect()
}

#[tokio::test]
async fn orders_of_a_programme_are_listed_page_by_page() {
    each_engine("shop orders", async |store| {
        let world = World::new(&store).await;
        let buyers: Vec<ParticipantId> = world.crowd(3).await;
        world.earn(&buyers, 2).await;
        let (tea, cola) = (
            world.offer("tea", "10", 9, at_once).await,
            world.offer("cola", "20", 9, |_| {}).await,
        );
        let (app, programme) = (&world.app, &world.programme);
        let mut all = Vec::new();
        for reward in [tea, cola] {
            for buyer in &buyers {
                world.clock.set(world.clock.now_us() + 1_000_000);
                let order = app.redeem(&world.person(*buyer), programme, *buyer, reward, None).await;
                all.push(order.unwrap().id);
            }
        }
        let oldest = OrderFilter {
            oldest_first: true,
            ..OrderFilter::default()
        };
        assert_eq!(listed(app, &world, oldest, 50).await, all);
        all.reverse();
        let first = listed(app, &world, OrderFilter::default(), 4).await;
        assert_eq!(first, all[..4]);
        let after = Some(first[3]);
        let next = OrderFilter {
            after,
            ..OrderFilter::default()
        };
        assert_eq!(listed(app, &world, next, 4).await, all[4..]);
        let waiting = OrderFilter {
            state: Some(State::Reserved),
            reward: Some(cola),
            ..OrderFilter::default()
        };
        assert_eq!(listed(app, &world, waiting, 50).await, all[..3]);
        let none = OrderFilter {
            state: Some(State::Reserved),
            reward: Some(tea),
            ..OrderFilter::default()
        };
        assert!(listed(app, &world, none, 50).await.is_empty());
        // a participant reads its own orders only
        let (one, two) = (world.person(buyers[0]), world.person(buyers[1]));
        assert!(app.order(&one, programme, buyers[0], all[2]).await.is_ok());
        let foreign = refused(app.order(&two, programme, buyers[1], all[2]).await);
        assert_eq!(foreign.unwrap_err().code(), "not_found");
        let no = refused(app.order_list(&one, programme, OrderFilter::default(), 9).await);
        assert_eq!(no.unwrap_err().code(), "auth.not_allowed");
    })
    .await;
}

#[tokio::test]
async fn a_changed_reward_sells_at_its_new_price_and_old_orders_keep_theirs() {
    each_engine("shop edit", async |store| {
        let world = World::new(&store).await;
        let buyer = world.enrol("a").await;
        world.earn(&[buyer], 2).await;
        let tea = world.offer("tea", "100", 5, |_| {}).await;
        let (app, programme, caller) = (&world.app, &world.programme, world.person(buyer));
        let before = app.redeem(&caller, programme, buyer, tea, None).await.unwrap();
        let support = world.staff(101, &[Role::Support]);
        let change = |price: &str| RewardChange {
            title: text("Green tea"),
            price: price.to_owned(),
            per_person: Some(2),
            hold_days: 3,
            voucher_days: 9,
            on_sale: true,
            at_once: true,
            icon: "drink".to_owned(),
        };
        let wrong = refused(app.edit_reward(&support, programme, tea, change("0"), None).await);
        assert_eq!(wrong.unwrap_err().pointer().as_deref(), Some("/price"));
        app.edit_reward(&support, programme, tea, change("250"), None)
            .await
            .unwrap();
        let after = app.redeem(&caller, programme, buyer, tea, None).await.unwrap();
        assert_eq!(
            (after.price_milli, after.state, after.title.en.as_str()),
            (250_000, State::Fulfilled, "Green tea")
        );
        let old = app.fulfil_order(&support, programme, buyer, before.id).await.unwrap();
        assert_eq!(old.price_milli, 100_000);
        let limit = refused(app.redeem(&caller, programme, buyer, tea, None).await);
        assert_eq!(limit.unwrap_err(), Refused::Reward(No::Limit { limit: 2 }));
        world.verified().await;
    })
    .await;
}
