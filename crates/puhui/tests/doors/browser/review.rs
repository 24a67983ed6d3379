//! A reviewer's day, by keys alone.

use serde_json::json;

use super::axe;
use super::driver::{Browser, Look};
use super::tongue;
use crate::world::World;

#[test]
fn a_reviewer_goes_through_the_queue_by_keys_alone() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let partner = server.partner(&world);
    let rider = json!({ "kind": "person", "alias": "Rider", "reference": "rider",
                        "consents": ["programme", "partner_events"] });
    let enrolled = server.post_once("/api/v1/programmes/campus/participants", &partner, &rider);
    assert!(enrolled.json()["id"].is_string(), "{}", enrolled.json());
    for hour in 9..12 {
        // faster than anybody cycles, so that a person looks
        let act = json!({
            "event": format!("ride {hour}"), "reference": "rider", "behaviour": "cycling-for-driving", "inputs": { "distance": 30 },
            "started_at": format!("2026-11-20T{hour:02}:00:00+08:00"),
            "ended_at": format!("2026-11-20T{hour:02}:20:00+08:00"),
        });
        let answer = server.post("/api/v1/programmes/campus/records", &partner, &act).json();
        assert_eq!(answer["state"], "in_review", "{answer}");
    }
    let look = Look::desktop("en");
    let lang = tongue(look.lang);
    let Some(desk) = Browser::open("a reviewer's day", &server, look) else {
        return;
    };
    desk.sign_in("reviewer");
    desk.until("three that wait", || {
        desk.goto("/console/campus/review");
        let count = desk.script("return document.querySelectorAll('.waits a').length", vec![])?;
        (count == json!(3)).then_some(())
    });
    if let Some(source) = axe::source("a reviewer's day") {
        assert_eq!(desk.axe(&source), Vec::<String>::new());
    }
    let here = || {
        let at = "return [...document.querySelectorAll('.waits a')].findIndex(a => a.ariaCurrent)";
        desk.script(at, vec![])
    };
    desk.type_text("j");
    desk.until("the second", || here().filter(|at| *at == json!(1)));
    desk.type_text("k");
    desk.until("the first again", || here().filter(|at| *at == json!(0)));
    desk.type_text("m");
    desk.see_css("details#more[open]");
    desk.type_text("Please send the track.");
    desk.tap_css("#more form button");
    desk.see(&lang.say("review-done-more"));
    desk.type_text("r");
    desk.see_css("details#refuse[open]");
    desk.tap_css("#refuse form button");
    desk.see(&lang.say("review-done-refuse"));
    desk.type_text("a");
    desk.see(&lang.say("review-done-credit"));
    desk.see(&lang.say("review-none"));
    world.verify();
}
