//! The student at a real browser, in both languages.

use serde_json::json;

use store::testing::FreshUrl;

use super::driver::{Browser, Look};
use super::tongue;
use crate::world::{World, skip};

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

/// An act as the catalogue calls it, in both languages, and how many hours before now it began.
const ACTS: [([&str; 2], u8); 4] = [
    (["地铁出行（按次）", "Metro trip, flat"], 5),
    (["地铁出行（按次）", "Metro trip, flat"], 3),
    (["随手关灯", "Turning lights off"], 2),
    (["外卖无需餐具", "Take-out without tableware"], 1),
];

/// A form's time, so many hours earlier; forms speak the programme's time, whatever the machine's.
const EARLIER: &str = "
    const field = document.getElementsByName('started')[0];
    const then = new Date(field.value.slice(0, 16) + 'Z');
    then.setUTCHours(then.getUTCHours() - arguments[0]);
    return then.toISOString().slice(0, 16);";

/// Reports an act with a photo, from the list of acts to the credit.
fn act(phone: &Browser, world: &World, look: Look, title: &str, hours_ago: u8, photo: u8) {
    let lang = tongue(look.lang);
    phone.goto("/acts");
    phone.tap(title);
    phone.upload("photo", &world.photo_file(photo));
    let then = phone.until("the time of the act", || phone.script(EARLIER, vec![json!(hours_ago)]));
    phone.fill("started", then.as_str().unwrap());
    phone.tap_css("button[name=proof][value=photo]");
    let (credited, again) = (lang.say("activity-sent-credited"), lang.say("activity-sent-look"));
    phone.until("the credit", || {
        if phone.text().contains(&credited) {
            return Some(());
        }
        // without scripts the page has a link for it, to itself
        if !look.javascript && phone.path().starts_with("/sent/") && phone.text().contains(&again) {
            phone.goto(&phone.path());
        }
        None
    });
}

/// The seed's student: two metro trips, lights off, no tableware, why this number, cola, a code to show.
fn the_whole_story(url: FreshUrl, test: &str, look: Look) {
    let world = World::new(url);
    let server = world.serve();
    let Some(phone) = Browser::open(test, &server, look) else {
        return;
    };
    let lang = tongue(look.lang);
    let zh = look.lang == "zh";
    phone.sign_in("student");
    for ((titles, hours_ago), photo) in ACTS.into_iter().zip(1..) {
        act(&phone, &world, look, titles[usize::from(!zh)], hours_ago, photo);
    }
    assert_eq!(world.points_milli(&server), 513_000);

    phone.goto("/");
    phone.see("513");
    phone.tap_css("a[href^='/why/']");
    for words in [lang.say("activity-why").as_str(), "1.1.0"] {
        phone.see(words);
    }

    phone.goto("/store");
    phone.tap_css("main a[href^='/store/'], form[action='/store'] button");
    if phone.path().starts_with("/store/") {
        phone.see("13");
        phone.tap_css("main form button:not([type=button])");
    }
    phone.until("the page of the order", || {
        phone.path().starts_with("/vouchers/").then_some(())
    });
    let order = phone
        .path()
        .rsplit('/')
        .next()
        .unwrap()
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    let code = server.hand_over(&world, &order)["voucher"]["code"]
        .as_str()
        .unwrap()
        .to_owned();
    phone.goto(&format!("/vouchers/{order}"));
    phone.see(&code);
    phone.see_css("svg.qr, .qr svg");
    assert_eq!(world.points_milli(&server), 13_000);

    // one more is refused, and the store says what is missing
    phone.goto("/store");
    phone.see("487");
    world.verify();
}

#[test]
fn the_student_earns_and_spends_on_a_phone_in_chinese() {
    let url = store::testing::fresh_sqlite_url();
    the_whole_story(url, "the student's story, Chinese", Look::phone("zh"));
}

#[test]
fn the_student_earns_and_spends_on_a_desktop_in_english() {
    let url = store::testing::fresh_sqlite_url();
    the_whole_story(url, "the student's story, English", Look::desktop("en"));
}

#[test]
fn the_student_earns_and_spends_where_no_script_runs() {
    let url = store::testing::fresh_sqlite_url();
    the_whole_story(
        url,
        "the student's story without scripts",
        Look::phone("zh").without_javascript(),
    );
}

#[test]
fn the_student_earns_and_spends_in_a_messenger_on_postgresql() {
    let test = "the student's story in a messenger on PostgreSQL";
    match store::testing::fresh_postgres_url() {
        Some(url) => the_whole_story(url, test, Look::web_view("zh")),
        None => skip(test, "PUHUI_TEST_POSTGRES is not set"),
    }
}

#[test]
fn signing_in_and_reading_work_where_no_script_runs() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    server.earn(&world);
    let look = Look::phone("zh").without_javascript();
    let Some(phone) = Browser::open("reading without scripts", &server, look) else {
        return;
    };
    phone.sign_in("student");
    phone.see("513");
    phone.tap_css("a[href^='/why/']");
    phone.see("怎么算的");
}

#[test]
fn a_browser_without_scripts_runs_none() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    for (look, title) in [
        (Look::phone("zh"), "ran"),
        (Look::phone("zh").without_javascript(), "stood"),
    ] {
        let Some(phone) = Browser::open("no scripts", &server, look) else {
            return;
        };
        let page = "data:text/html,<title>stood</title><p>here</p><script>document.title='ran'</script>";
        phone.cdp("Page.navigate", &json!({ "url": page }));
        phone.see("here");
        assert_eq!(phone.script("return document.title", vec![]), Some(json!(title)));
    }
}
