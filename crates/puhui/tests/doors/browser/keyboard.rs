//! Without a mouse and without a finger.

use fantoccini::key::Key;

use super::driver::{Browser, Look};
use super::tongue;
use crate::world::{PASSWORD, World};

#[test]
fn the_keyboard_alone_signs_in_and_opens_a_number() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    server.earn(&world);
    let look = Look::desktop("en");
    let Some(desk) = Browser::open("the keyboard alone", &server, look) else {
        return;
    };
    desk.goto("/");
    desk.tab_to(&tongue(look.lang).say("shell-skip"));
    desk.press(Key::Enter);
    desk.goto("/signin");
    desk.tab_to_field("account");
    desk.type_text("student");
    desk.tab_to_field("password");
    desk.type_text(PASSWORD);
    desk.press(Key::Enter);
    desk.see("513");
    // the profile has a language of its own
    desk.goto("/?lang=en");
    desk.tab_to("/why/");
    desk.press(Key::Enter);
    desk.see("Why this number");
}

#[test]
fn the_keyboard_alone_earns_and_spends() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    server.earn(&world);
    let look = Look::desktop("en");
    let lang = tongue(look.lang);
    let Some(desk) = Browser::open("the keyboard alone earns and spends", &server, look) else {
        return;
    };
    desk.goto("/signin");
    desk.tab_to_field("account");
    desk.type_text("student");
    desk.tab_to_field("password");
    desk.type_text(PASSWORD);
    desk.press(Key::Enter);
    desk.see("513");
    // the profile has a language of its own
    desk.goto("/?lang=en");

    desk.tab_to(&lang.say("home-all-acts"));
    desk.press(Key::Enter);
    desk.until("the acts", || desk.path().starts_with("/acts").then_some(()));
    desk.tab_to("/act/metro-trip");
    desk.press(Key::Enter);
    desk.until("the act", || desk.path().starts_with("/act/").then_some(()));
    // a keyboard chooses a file in a window of the system; what is merely declared needs none
    let declare = "return document.querySelector('button[value=declared]')?.innerText";
    let declare = desk.until("the declaration", || desk.script(declare, vec![]));
    desk.tab_to(declare.as_str().unwrap());
    desk.press(Key::Enter);
    desk.see(&lang.say("activity-sent-credited"));

    desk.tab_to(&lang.say("shell-tab-store"));
    desk.press(Key::Enter);
    desk.until("the store", || (desk.path() == "/store").then_some(()));
    desk.tab_to("cola");
    desk.press(Key::Enter);
    if desk.path().starts_with("/store/") {
        let button = desk.script("return document.querySelector('main form button').innerText", vec![]);
        desk.tab_to(button.unwrap().as_str().unwrap());
        desk.press(Key::Enter);
    }
    desk.until("the order", || desk.path().starts_with("/vouchers/").then_some(()));
    world.verify();
}
