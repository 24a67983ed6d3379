//! What staff did is noted with the deed: every verb that changes something, once, and only if it was done.

use app::{AuditFilter, Key, NewParticipant, RewardChange};
use domain::measure::{Currency, Money};
use domain::participant::{Consent, Kind};
use domain::programme::Role;
use store::testing::each_engine;

use crate::world::{MINUTE_US, World, text};

/// Deed, about and detail of what was noted about a thing, or of everything; newest first.
async fn noted(world: &World, about: &str) -> Vec<(String, String, String)> {
    let regulator = world.staff(150, &[Role::Regulator]);
    let filter = AuditFilter {
        about: about.to_owned(),
        ..AuditFilter::default()
    };
    let page = world.app.audit(&regulator, &world.programme, filter, 1_000).await;
    let deed = |deed: app::AuditView| (deed.deed, deed.about, deed.detail);
    page.unwrap().deeds.into_iter().map(deed).collect()
}

#[tokio::test]
async fn whoever_keeps_the_store_leaves_a_note_of_each_deed_and_of_nothing_else() {
    each_engine("notes store", async |store| {
        let world = World::new(&store).await;
        world.clock.advance(MINUTE_US);
        let (app, programme) = (&world.app, &world.programme);
        let (support, finance) = (world.staff(101, &[Role::Support]), world.staff(102, &[Role::Finance]));
        let tea = world.offer("tea", "200", 0, |_| {}).await;
        let other = world.offer("other", "300", 5, |_| {}).await;
        let import = async |codes: &str, key: &str| {
            let key = Key::new(&support, "codes", key, codes.as_bytes());
            app.import_codes(&support, programme, tea, codes, Some(key)).await
        };
        assert_eq!(import("T-1\nT-2", "a").await.unwrap().added, 2);
        // the same again changes nothing, and neither does a list with a fault
        assert_eq!(import("T-1\nT-2", "a").await.unwrap().added, 2);
        assert_eq!(import("T-2\nT-3", "b").await.unwrap().added, 0);
        let change = RewardChange {
            title: text("green tea"),
            price: "150".to_owned(),
            per_person: Some(2),
            hold_days: 2,
            voucher_days: 3,
            on_sale: false,
            at_once: false,
            icon: String::new(),
        };
        for _ in 0..2 {
            let key = Some(Key::new(&support, "edit", "k", b"tea"));
            let edited = app.edit_reward(&support, programme, tea, change.clone(), key).await;
            assert_eq!(edited.unwrap().price_milli, 150_000);
        }
        assert!(app.edit_reward(&finance, programme, tea, change, None).await.is_err());
        assert!(app.restock(&support, programme, other, -9, true, None).await.is_err());
        app.restock(&support, programme, other, 3, true, None).await.unwrap();
        let money = Money {
            minor: 5_000,
            currency: Currency::CNY,
        };
        app.fund_rewards(&finance, programme, "Demo Drinks", money, None)
            .await
            .unwrap();
        let about = format!("reward {tea}");
        let changed = "zh: tea → green tea; en: tea → green tea; price: 200 → 150; per_person: - → 2; \
                       on_sale: true → false";
        let expected = [
            ("reward.edit", changed),
            ("reward.codes", "+2"),
            ("reward.create", "tea, 0 × 200"),
        ];
        let expected = expected.map(|(deed, detail)| (deed.to_owned(), about.clone(), detail.to_owned()));
        assert_eq!(noted(&world, &about).await, expected);
        // no code stands in the log: it is worth what it buys
        let all = noted(&world, "").await;
        assert!(all.iter().all(|(_, _, detail)| !detail.contains("T-1")), "{all:?}");
        let deeds: Vec<&str> = all.iter().map(|(deed, ..)| deed.as_str()).collect();
        assert_eq!(deeds[..2], ["reward.fund", "reward.restock"]);
        assert_eq!(deeds.iter().filter(|deed| deed.starts_with("reward.")).count(), 6);
        assert_eq!(noted(&world, "reward").await, []);
    })
    .await;
}

#[tokio::test]
async fn whoever_enrols_somebody_at_the_desk_leaves_a_note_and_a_partner_does_not() {
    each_engine("notes enrol", async |store| {
        let world = World::new(&store).await;
        world.clock.advance(MINUTE_US);
        let sent = world.enrol("by the partner").await;
        let new = || NewParticipant {
            kind: Kind::Person,
            alias: "Li".to_owned(),
            lang: String::new(),
            reference: Some("card 7".to_owned()),
            consents: Consent::ALL.to_vec(),
        };
        let support = world.staff(101, &[Role::Support]);
        let enrol = async || {
            let made = world.app.register_participant(&support, &world.programme, new(), None);
            made.await.unwrap().id
        };
        let made = enrol().await;
        // a reference that is known gives its participant again: nothing was done
        assert_eq!(enrol().await, made);
        let about = format!("participant {made}");
        let expected = ("participant.enrol".to_owned(), about.clone(), String::new());
        assert_eq!(noted(&world, &about).await, [expected]);
        assert_eq!(noted(&world, &format!("participant {sent}")).await, []);
    })
    .await;
}
