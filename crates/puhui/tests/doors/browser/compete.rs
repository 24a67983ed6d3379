//! Competing at a real browser: in by an invitation link, overtaken and overtaking while one looks.

use serde_json::{Value, json};

use super::axe;
use super::driver::{Browser, Look};
use super::tongue;
use crate::world::World;

/// The rank that the page shows now.
fn rank(phone: &Browser) -> Value {
    phone.evaluate("document.getElementById('my-rank')?.textContent")
}

/// Somebody follows a friend's link, agrees to steps, joins, and the board moves while it looks.
fn story(test: &str, look: Look) {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let Some(phone) = Browser::open(test, &server, look) else {
        return;
    };
    let lang = tongue(look.lang);
    let link = format!("/compete/join/{}", server.race(&world));
    phone.sign_in("other");
    phone.goto(&link);
    phone.see("走走停停");
    // steps are counted: it has to be agreed to first
    phone.see(&lang.say("competition-consent-needed"));
    let (student, second) = (server.sign_in("student"), server.sign_in("other"));
    let consent = format!("/api/v1/programmes/campus/participants/{}/consents/steps", world.other);
    let bearer = format!("Bearer {second}");
    server
        .call("PUT", &consent, &[("authorization", &bearer)], b"")
        .unwrap();
    phone.goto(&link);
    phone.tap_css("main form button");
    phone.see_css("#my-rank");
    let here = phone.path();
    assert!(here.starts_with("/compete/") && !here.contains("join"), "{here}");
    // the student has 6,000 steps, and who looks has none
    phone.see("6,000");
    assert_eq!(rank(&phone), json!("2"));
    phone.evaluate("window.stayed = true");
    server.walk(&second, 7_000);
    phone.until("the first place, live", || (rank(&phone) == json!("1")).then_some(()));
    let ahead = lang.say_with(
        "competition-ahead",
        &[("gap", &format!("1,000 {}", lang.say("competition-unit-steps")))],
    );
    phone.see(&ahead);
    server.walk(&student, 9_500);
    phone.until("the second place, live", || (rank(&phone) == json!("2")).then_some(()));
    phone.see("9,500");
    let first = "document.querySelector('[data-list=around] li:first-child b').textContent";
    phone.until("the neighbour above", || {
        (phone.evaluate(first) == json!("小满")).then_some(())
    });
    assert_eq!(
        phone.evaluate("window.stayed"),
        json!(true),
        "the page was not loaded again"
    );
    if let Some(source) = axe::source(test) {
        assert_eq!(phone.axe(&source), Vec::<String>::new());
        assert_eq!((phone.measures(), phone.sideways()), (Vec::new(), None));
    }
    // the story of the day
    phone.tap_css("a[href*='/days/']");
    phone.see(&lang.say("competition-story"));
    phone.see("7,000");
    // whoever does not want to be named is not
    phone.goto(&here);
    phone.tap(&lang.say("competition-hide"));
    phone.see(&lang.say("competition-show"));
    let board = format!("/api/v1/programmes/campus/competitions/{}/board", world.race);
    assert_eq!(server.get(&board, &student).json()["top"][1]["name"], Value::Null);
}

#[test]
fn one_joins_by_a_link_and_the_board_moves_on_a_phone_in_chinese() {
    story("the board moves, Chinese", Look::phone("zh"));
}

#[test]
fn one_joins_by_a_link_and_the_board_moves_on_a_phone_in_english() {
    story("the board moves, English", Look::phone("en"));
}

#[test]
fn the_board_can_be_read_where_no_script_runs() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    server.race(&world);
    let look = Look::phone("zh").without_javascript();
    let Some(phone) = Browser::open("the board without scripts", &server, look) else {
        return;
    };
    phone.sign_in("student");
    phone.goto(&format!("/compete/{}", world.race));
    phone.see("6,000");
    server.walk(&server.sign_in("student"), 8_100);
    phone.tap(&tongue("zh").say("competition-reload"));
    phone.see("8,100");
}
