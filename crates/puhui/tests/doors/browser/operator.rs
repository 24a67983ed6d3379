//! An operator's day, with a second person where one is not enough.

use fantoccini::key::Key;
use serde_json::json;

use super::driver::{Browser, Look};
use super::tongue;
use crate::world::World;

#[test]
fn support_asks_for_a_reversal_and_finance_agrees() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let traces = server.live(&world);
    let look = Look::desktop("zh");
    let lang = tongue(look.lang);
    let Some(support) = Browser::open("an operator's day", &server, look) else {
        return;
    };
    support.sign_in("support");
    assert_eq!(support.path(), "/console/campus");
    support.see("示范校园");
    support.tap(&lang.say("console-records"));
    support.until("the records", || {
        support.path().starts_with("/console/campus/records").then_some(())
    });
    let record = format!("a[href*='{}']", traces.record);
    support.tap_css(&record);
    support.see("200");
    support.fill("why", "照片不是车站");
    support.tap_css("section[aria-labelledby=reversal] form button");
    support.see_css("[role=status]");
    assert_eq!(world.points_milli(&server), 13_000, "one person alone reverses nothing");
    // who asked cannot agree
    support.see_css("section[aria-labelledby=reversal] button[disabled]");

    let Some(finance) = Browser::open("finance agrees", &server, look) else {
        return;
    };
    finance.sign_in("finance");
    finance.tap(&lang.say("console-work"));
    finance.tap_css(&record);
    finance.tap_css("section[aria-labelledby=reversal] form button");
    finance.until("the reversal", || (world.points_milli(&server) < 13_000).then_some(()));
    world.verify();
}

#[test]
fn the_canteen_hands_cola_over_and_takes_the_voucher_in() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    server.earn(&world);
    let order = server.order_cola(&world);
    let Some(canteen) = Browser::open("the canteen", &server, Look::desktop("zh")) else {
        return;
    };
    canteen.sign_in("merchant");
    canteen.goto("/console/campus/orders");
    canteen.tap_css(&format!("a[href*='{order}']"));
    canteen.tap_css("form[action$='/fulfil'] button");
    // the code shows once it is handed over, and there is nothing left to decide
    let code = canteen.until("the code", || {
        let code = "return document.querySelector('main').innerText.match(/[0-9A-Z]{4}(-[0-9A-Z]{4}){2}/)?.[0]";
        canteen.script(code, vec![])?.as_str().map(str::to_owned)
    });
    canteen.until("nothing left to decide", || {
        let button = "return !!document.querySelector('main form button')";
        canteen.script(button, vec![]).filter(|there| *there == json!(false))
    });
    canteen.goto("/console/campus/voucher");
    canteen.fill("code", &code);
    canteen.press(Key::Enter);
    canteen.tap_css("section[aria-labelledby=found] form button");
    canteen.see_css("[role=status]");
    // a second time it is worth nothing
    canteen.fill("code", &code);
    canteen.press(Key::Enter);
    canteen.see_css("section[aria-labelledby=found]");
    canteen.until("no button", || {
        let button = "return !!document.querySelector('section[aria-labelledby=found] form button')";
        canteen.script(button, vec![]).filter(|there| *there == json!(false))
    });
    world.verify();
}

#[test]
fn whoever_only_reads_sees_nothing_to_press() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let traces = server.live(&world);
    for account in ["verifier", "regulator"] {
        let Some(desk) = Browser::open("read only", &server, Look::desktop("zh")) else {
            return;
        };
        desk.sign_in(account);
        let mut seen = 0;
        for path in [
            "",
            "/work",
            "/records",
            "/records/$student/$record",
            "/participants",
            "/participants/$student",
            "/methodologies",
            "/rewards",
            "/orders",
            "/partners",
            "/audit",
            "/settings",
        ] {
            desk.goto(&traces.fill(&format!("/console/campus{path}"), &world));
            let status = desk.evaluate("performance.getEntriesByType('navigation')[0].responseStatus");
            let buttons = desk.evaluate("document.querySelectorAll('main form[method=post] button').length");
            assert_eq!(buttons, json!(0), "{account} {path}");
            seen += usize::from(status == json!(200));
        }
        assert!(seen >= 6, "{account} reads the console: {seen} pages");
    }
}
