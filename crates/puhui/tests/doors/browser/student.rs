//! The student at a real browser, in both languages.

use serde_json::json;

use super::driver::{Browser, Look};
use crate::world::World;

#[test]
fn the_student_signs_in_and_sees_why_this_number() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let Some(desk) = Browser::open("the student at a browser", &server, Look::desktop("en")) else {
        return;
    };
    let (student, partner) = (server.sign_in("student"), server.partner(&world));
    let bearer = format!("Bearer {student}");
    let consent = world.at("/consents/partner_events");
    server
        .call("PUT", &consent, &[("authorization", &bearer)], b"")
        .unwrap();
    let act = json!({ "event": "m", "participant": world.student.to_string(), "behaviour": "cycling-for-driving",
                      "started_at": "2026-11-20T08:00:00+08:00", "inputs": { "distance": 3.2 } });
    let posted = server.post("/api/v1/programmes/campus/records", &partner, &act);
    assert_eq!(posted.status, 200, "{}", posted.text);
    desk.sign_in("student");
    desk.see("800");
    desk.tap_css("a[href^='/why/']");
    for words in [
        "Why this number",
        "800",
        "3.2 km",
        "China Daily",
        "250",
        "1.0.0",
        "rounded down",
    ] {
        desk.see(words);
    }
    let here = desk.path();
    desk.goto(&format!("{here}?lang=zh"));
    for words in ["怎么算的", "骑行代替开车", "800"] {
        desk.see(words);
    }
}
