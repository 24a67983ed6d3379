//! Coming and going: joining, a passkey, leaving without a trace.

use fantoccini::key::Key;
use serde_json::json;

use super::driver::{Browser, Look};
use super::tongue;
use crate::visit::Visitor;
use crate::world::World;

const ACCOUNT: &str = "qinghe@example.org";
const SECRET: &str = "correct horse battery";

#[test]
#[ignore = "waits for its pages"]
fn somebody_joins_earns_and_closes_the_account() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let look = Look::phone("zh");
    let Some(phone) = Browser::open("joining and leaving", &server, look) else {
        return;
    };
    phone.goto("/");
    phone.tap_css("a[href^='/join']");
    // too short a password, and no consent: each is said at its field, and what was typed stays
    phone.fill("account", ACCOUNT);
    phone.fill("password", "short");
    phone.fill("alias", "青禾");
    phone.fill("programme", "1");
    phone.tap(&tongue(look.lang).say("access-join-do"));
    phone.see_css("[name=password][aria-invalid=true], [name=password]:invalid");
    phone.fill("password", SECRET);
    phone.fill("photos", "1");
    phone.tap(&tongue(look.lang).say("access-join-do"));
    phone.until("the first page", || (!phone.path().starts_with("/join")).then_some(()));
    phone.goto("/me");
    phone.see("青禾");

    phone.tap_css("a[href='/me/close']");
    phone.fill("password", SECRET);
    phone.script(
        "for (const box of document.querySelectorAll('input[type=checkbox]')) box.checked = true;",
        vec![],
    );
    phone.tap_css("main form button:not([type=button])");
    phone.until("the farewell", || (phone.path() != "/me/close").then_some(()));
    phone.goto("/me");
    assert!(
        phone.path().starts_with("/signin"),
        "the session is gone: {}",
        phone.path()
    );
    phone.fill("account", ACCOUNT);
    phone.fill("password", SECRET);
    phone.tap_css("form[action='/signin'] button:not([type=button])");
    phone.see_css("[role=alert]");
    world.verify();
}

#[test]
#[ignore = "waits for its pages"]
fn a_passkey_signs_in_without_a_password() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let Some(phone) = Browser::open("passkeys", &server, Look::phone("zh")) else {
        return;
    };
    let authenticator = phone.authenticator();
    phone.sign_in("student");
    phone.goto("/me/settings");
    phone.tap_css("[data-passkey=add] button");
    phone.until("the passkey", || (phone.passkeys(&authenticator) == 1).then_some(()));
    phone.see_css("ul.keys li");
    phone.goto("/me");
    phone.tap_css("main form[action='/signout'] button");
    phone.goto("/signin");
    phone.tap_css("[data-passkey=signin] button");
    phone.until("home", || (phone.path() == "/").then_some(()));
    phone.see("小满");
}

#[test]
fn signing_out_ends_the_session_for_the_back_button_too() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    server.live(&world);
    let Some(phone) = Browser::open("signing out", &server, Look::phone("zh")) else {
        return;
    };
    phone.sign_in("student");
    phone.see("13");
    phone.tap_css("form[action='/signout'] button");
    phone.until("being signed out", || {
        phone
            .script("return !document.querySelector(\"form[action='/signout']\")", vec![])
            .filter(|out| *out == json!(true))
    });
    phone.script("history.back()", vec![]);
    phone.see_no("小满");
    assert_eq!(Visitor::anonymous(&server).get("/store").status, 303);
}

#[test]
fn a_wrong_password_is_said_at_the_field_and_the_account_stays() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let Some(phone) = Browser::open("a wrong password", &server, Look::phone("en")) else {
        return;
    };
    phone.goto("/signin");
    phone.fill("account", "student");
    phone.fill("password", "not this one");
    phone.press(Key::Enter);
    phone.see_css("[role=alert]");
    phone.see_css("[name=password][aria-invalid=true]");
    let kept = phone.script("return document.getElementsByName('account')[0].value", vec![]);
    assert_eq!(kept, Some(json!("student")));
}
