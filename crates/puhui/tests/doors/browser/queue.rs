//! A photo taken where there is no network.

use super::driver::{Browser, Look};
use crate::world::{Server, World};

fn credited(world: &World, server: &Server) -> usize {
    let statement = server
        .get(&world.at("/statement?limit=200"), &server.sign_in("student"))
        .json();
    statement["entries"].as_array().unwrap().len()
}

/// Waits until nothing waits on the phone.
fn empties(phone: &Browser) {
    phone.until("an empty queue", || {
        phone
            .script("return document.querySelector('[data-queue] li')", vec![])
            .filter(serde_json::Value::is_null)
    });
}

#[test]
fn a_photo_waits_for_the_network_and_counts_once() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let Some(phone) = Browser::open("a photo without network", &server, Look::phone("zh")) else {
        return;
    };
    phone.sign_in("student");
    phone.goto("/act/metro-trip");
    phone.upload("photo", &world.photo_file(1));
    phone.see_css("img.preview");
    phone.offline(true);
    phone.tap_css("button[name=proof][value=photo]");
    phone.see_css("[data-queue] li");
    assert_eq!(credited(&world, &server), 0);
    phone.offline(false);
    phone.until("the credit", || (credited(&world, &server) == 1).then_some(()));
    empties(&phone);
    phone.goto("/");
    phone.see("200");
    assert_eq!(world.points_milli(&server), 200_000);
    world.verify();
}

#[test]
fn a_photo_survives_closing_the_page() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let Some(phone) = Browser::open("a photo that outlives its page", &server, Look::phone("zh")) else {
        return;
    };
    phone.sign_in("student");
    phone.goto("/act/metro-trip");
    phone.upload("photo", &world.photo_file(1));
    phone.offline(true);
    phone.tap_css("button[name=proof][value=photo]");
    phone.see_css("[data-queue] li");
    phone.offline(false);
    phone.goto("/store");
    phone.goto("/");
    phone.until("the credit", || (credited(&world, &server) == 1).then_some(()));
    world.verify();
}

/// The server books the act, and the way back breaks: whoever asks again must not earn twice.
#[test]
fn an_answer_that_is_lost_costs_nothing_and_earns_nothing() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let Some(phone) = Browser::open("a lost answer", &server, Look::phone("zh")) else {
        return;
    };
    phone.sign_in("student");
    phone.goto("/act/metro-trip");
    phone.upload("photo", &world.photo_file(1));
    // slow enough to book before the answer is there
    phone.network(false, 4000, -1);
    phone.tap_css("button[name=proof][value=photo]");
    phone.until("the booking", || (credited(&world, &server) == 1).then_some(()));
    phone.offline(true);
    phone.see_css("[data-queue] li");
    assert!(phone.path().starts_with("/act/"), "no answer came: {}", phone.path());
    phone.offline(false);
    empties(&phone);
    phone.goto("/");
    phone.see("200");
    assert_eq!(world.points_milli(&server), 200_000);
    assert_eq!(credited(&world, &server), 1);
    world.verify();
}
