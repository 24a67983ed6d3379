//! Coming and going: joining, a passkey, leaving without a trace.

use fantoccini::key::Key;
use serde_json::json;

use super::driver::{Browser, Look};
use super::pictures::demo;
use super::tongue;
use crate::visit::Visitor;
use crate::world::{PASSWORD, World, skip};

const ACCOUNT: &str = "qinghe@example.org";
const SECRET: &str = "correct horse battery";

#[test]
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

    // the word alone closes nothing
    let lang = tongue(look.lang);
    phone.tap_css("a[href='/me/close']");
    phone.fill("sure", "1");
    phone.fill("password", "not this one");
    phone.tap_css("main form button:not([type=button])");
    phone.see(&lang.say("participant-password-wrong"));
    phone.fill("sure", "1");
    phone.fill("password", SECRET);
    phone.tap_css("main form button:not([type=button])");
    phone.see(&lang.say("participant-closed"));
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
fn a_passkey_signs_in_and_closes_the_account_without_a_password() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let look = Look::phone("zh");
    let lang = tongue(look.lang);
    let Some(phone) = Browser::open("passkeys", &server, look) else {
        return;
    };
    let authenticator = phone.authenticator();
    phone.sign_in("other");
    phone.goto("/me/settings");
    phone.tap_css("[data-passkey=add] button");
    phone.until("the passkey", || (phone.passkeys(&authenticator) == 1).then_some(()));
    phone.see_css("ul.keys li");
    phone.goto("/me");
    phone.tap_css("main form[action='/signout'] button");
    phone.see(&lang.say("shell-signin"));
    // back to the page that was wanted
    phone.goto("/me");
    phone.tap_css("[data-passkey=signin] button");
    phone.until("the page that was wanted", || (phone.path() == "/me").then_some(()));
    phone.see("阿禾");
    phone.goto("/me/close");
    phone.fill("sure", "1");
    phone.tap_css("[data-passkey=prove] button");
    phone.see(&lang.say("participant-closed"));
    phone.goto("/signin");
    phone.tap_css("[data-passkey=signin] button");
    phone.see(&lang.say("participant-passkey-failed"));
    world.verify();
}

#[test]
fn a_forgotten_password_is_chosen_anew_by_a_letter() {
    let look = Look::phone("zh");
    let lang = tongue(look.lang);
    if std::env::var("PUHUI_TEST_WEBDRIVER").is_err() {
        return skip("a forgotten password", "PUHUI_TEST_WEBDRIVER is not set");
    }
    // only a demo shows its letters
    let demo = demo();
    let Some(phone) = Browser::open_at("a forgotten password", &demo.address, look) else {
        return;
    };
    phone.goto("/join/campus");
    phone.fill("account", ACCOUNT);
    phone.fill("password", SECRET);
    phone.fill("alias", "青禾");
    phone.fill("programme", "1");
    phone.tap(&lang.say("access-join-do"));
    phone.until("the first page", || (phone.path() == "/").then_some(()));
    phone.tap_css("form[action='/signout'] button");
    phone.see(&lang.say("shell-signin"));

    phone.goto("/signin");
    phone.tap_css("main a[href='/forgot']");
    phone.fill("account", ACCOUNT);
    phone.tap(&lang.say("access-forgot-do"));
    phone.see(&lang.say("access-asked"));
    phone.tap_css("a[href='/outbox']");
    phone.see(ACCOUNT);
    phone.tap_css(".paper a");
    phone.see(&lang.say("access-reset-words"));
    // the letter has the address of the configuration, the browser another name for it
    let link = phone.path();
    phone.goto(&link);
    phone.fill("password", "another horse battery");
    phone.tap(&lang.say("access-reset-do"));
    phone.see(&lang.say("access-reset-done"));
    phone.fill("account", ACCOUNT);
    phone.fill("password", "another horse battery");
    phone.tap_css("form[action='/signin'].form button:not([type=button])");
    phone.until("home", || (phone.path() == "/").then_some(()));
    phone.goto(&link);
    phone.see(&lang.say("access-gone"));
}

#[test]
fn a_household_is_made_and_a_second_person_comes_in() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let look = Look::phone("zh");
    let lang = tongue(look.lang);
    let Some(phone) = Browser::open("a household", &server, look) else {
        return;
    };
    phone.sign_in("other");
    phone.goto("/me");
    phone.tap_css("a[href='/me/entities/new']");
    phone.fill("alias", "春风小店");
    phone.fill("consents", "programme");
    phone.tap_css("main form button:not([type=button])");
    phone.until("the household's own page", || (phone.path() == "/me").then_some(()));
    phone.see("春风小店");
    phone.tap_css("a[href='/me/people']");
    phone.tap(&lang.say("participant-invite-do"));
    let link = phone.until("the link", || {
        phone.script("return document.getElementById('link').value", vec![])
    });
    let link = link.as_str().unwrap();
    let path = &link[link.find("/invitation/").unwrap()..];

    let Some(second) = Browser::open("a second person", &server, look) else {
        return;
    };
    // invited first, signed in after
    second.goto(path);
    second.tap_css("main a[href^='/signin']");
    second.fill("account", "student");
    second.fill("password", PASSWORD);
    second.tap_css("form[action='/signin'] button:not([type=button])");
    second.see("春风小店");
    second.tap(&lang.say("participant-invited-accept"));
    second.until("the household's page", || (second.path() == "/me").then_some(()));
    second.see("春风小店");
    // and back to the own hat
    second.tap_css("details.hats summary");
    second.tap("小满");
    second.see("小满");

    phone.goto("/me/people");
    // somebody else's account is shown in part
    phone.see("stu…nt");
    world.verify();
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
