//! A ride that a recording proves, on a phone: consent where it is needed, credit, and what a copy meets.

use std::fmt::Write as _;
use std::path::Path;

use super::axe;
use super::driver::{Browser, Look};
use super::tongue;
use crate::world::{Server, World};

const SHEET: &str = "/act/cycling-for-driving";

/// About five kilometres of streets at a pace that varies, a day before the test, as an app exports it.
fn ride() -> String {
    let mut state = 7_u64;
    // from −1 to 1
    let mut any = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from((state >> 40) as u32 % 20_001) / 10_000.0 - 1.0
    };
    let mut at = jiff::Timestamp::from_microsecond(outside::clock::Clock::System.now_us()).unwrap()
        - jiff::SignedDuration::from_hours(24);
    let (mut lat, mut lon, mut heading, mut speed, mut gone) = (31.2_f64, 121.45_f64, 0.4_f64, 4.7_f64, 0.0);
    let mut gpx = "<?xml version=\"1.0\"?><gpx version=\"1.1\" creator=\"Test\" \
                   xmlns=\"http://www.topografix.com/GPX/1/1\"><trk><trkseg>"
        .to_owned();
    while gone < 5_000.0 {
        speed = (0.7 * speed + 1.41 * (1.0 + 0.56 * any())).max(0.3);
        heading += if any() > 0.92 { 1.4 * any() } else { 0.1 * any() };
        lat += speed * 5.0 / 111_200.0 * heading.cos();
        lon += speed * 5.0 / (111_200.0 * lat.to_radians().cos()) * heading.sin();
        gone += speed * 5.0;
        at += jiff::SignedDuration::from_secs(5);
        let (lat, lon) = (lat + any() * 2.7e-5, lon + any() * 2.7e-5);
        write!(
            gpx,
            "<trkpt lat=\"{lat:.7}\" lon=\"{lon:.7}\"><time>{at:.0}</time></trkpt>"
        )
        .unwrap();
    }
    gpx.push_str("</trkseg></trk></gpx>");
    gpx
}

/// Somebody with a phone, and a judge of pages.
struct Rider<'a> {
    phone: Browser,
    look: Look,
    axe: Option<&'a String>,
}

impl<'a> Rider<'a> {
    fn open(test: &str, server: &Server, look: Look, account: &str, axe: Option<&'a String>) -> Option<Self> {
        let phone = Browser::open(test, server, look)?;
        phone.sign_in(account);
        Some(Rider { phone, look, axe })
    }

    fn say(&self, key: &str) -> String {
        tongue(self.look.lang).say(key)
    }

    /// axe-core and our own measures find nothing wrong with the page as it stands.
    #[track_caller]
    fn usable(&self) {
        if let Some(source) = self.axe {
            assert_eq!(self.phone.axe(source), Vec::<String>::new(), "{}", self.phone.path());
        }
        let wrong: Vec<String> = self.phone.measures().into_iter().chain(self.phone.sideways()).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{}", self.phone.path());
    }

    /// The sheet asks for the consent first, and takes files once it is given.
    #[track_caller]
    fn agree(&self) {
        self.phone.goto(SHEET);
        self.phone.see(&self.say("activity-consent-location"));
        self.usable();
        self.phone.tap(&self.say("activity-consent-give"));
        self.phone.see_css("input[type=file][name=track-file]");
        self.usable();
    }

    /// Sends the recording, and waits for what becomes of it.
    #[track_caller]
    fn send(&self, file: &Path, becomes: &str) {
        self.phone.upload("track-file", file);
        self.phone.tap_css("section[aria-labelledby=by-track] .send button");
        let (becomes, again) = (self.say(becomes), self.say("activity-sent-look"));
        self.phone.until("what became of it", || {
            let there = self.phone.path().starts_with("/sent/");
            if there && self.phone.text().contains(&becomes) {
                return Some(());
            }
            // without scripts the page has a link for it, to itself
            if !self.look.javascript && there && self.phone.text().contains(&again) {
                self.phone.goto(&self.phone.path());
            }
            None
        });
        self.usable();
    }
}

fn the_ride(test: &str, look: Look) {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    // axe is a script itself; on a page that runs none our own measures have to do
    let axe = look.javascript.then(|| axe::source(test)).flatten();
    let file = world.dir.join("ride.gpx");
    std::fs::write(&file, ride()).unwrap();

    let Some(student) = Rider::open(test, &server, look, "student", axe.as_ref()) else {
        return;
    };
    student.agree();
    student.send(&file, "activity-sent-credited");
    student.phone.tap(&student.say("activity-why"));
    student.phone.until("why this number", || {
        student.phone.path().starts_with("/why/").then_some(())
    });
    let unit = if look.lang == "zh" { " 公里" } else { " km" };
    let text = student.phone.text();
    let told = |before: &str| {
        let km = before.rsplit(' ').next().and_then(|km| km.parse::<f64>().ok());
        km.is_some_and(|km| (4.9..5.2).contains(&km))
    };
    assert!(text.split(unit).any(told), "{text}");
    student.usable();
    drop(student);

    let Some(other) = Rider::open(test, &server, look, "other", axe.as_ref()) else {
        return;
    };
    other.agree();
    other.send(&file, "activity-sent-refused");
    other.phone.see(&other.say("evidence-own-other"));
    other.phone.tap(&other.say("activity-why"));
    other.phone.until("why it was refused", || {
        other.phone.path().starts_with("/why/").then_some(())
    });
    other.phone.see(&other.say("evidence-own-other"));
    other.usable();
    other.phone.tap(&other.say("activity-appeal"));
    other.phone.fill("words", "We rode together / 我们一起骑的");
    other.usable();
    other.phone.tap(&other.say("activity-appeal-send"));
    other.phone.see(&other.say("activity-appeal-open"));
    other.usable();

    other.phone.tap(&other.say("activity-more-add"));
    other.phone.see_css("input[type=file]");
    other.usable();
    let more = world.dir.join("more.gpx");
    std::fs::write(&more, ride().replace("Test", "Another app")).unwrap();
    other.phone.upload("track", &more);
    other.phone.tap(&other.say("activity-more-send"));
    other.phone.until("the act again", || {
        (!other.phone.path().ends_with("/more")).then_some(())
    });
    other.usable();

    // the consent goes, and with it the form; the next recording is asked for anew
    other.phone.goto("/me/consents");
    other.phone.tap_css("button[aria-labelledby=c-location]");
    other
        .phone
        .see_css("button[aria-labelledby=c-location][aria-checked=false]");
    other.agree();
    world.verify();
}

#[test]
fn a_ride_is_proven_by_its_recording_on_a_phone_in_chinese() {
    the_ride("a ride, Chinese", Look::phone("zh"));
}

#[test]
fn a_ride_is_proven_by_its_recording_where_no_script_runs() {
    the_ride("a ride without scripts", Look::phone("en").without_javascript());
}
