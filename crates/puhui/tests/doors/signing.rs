//! A partner that must sign: turned on in the console, asked at both doors for events.

use app::signature::{ID, SIGNATURE, Secret, TIMESTAMP, sign};
use outside::clock::Clock;
use serde_json::json;

use crate::visit::Visitor;
use crate::world::{Answer, Server, World, engines};

/// The doors for readings, which are signed as events are.
const READINGS: [&str; 2] = ["readings", "readings/bulk"];
const RECORDS: &str = "/api/v1/programmes/campus/records";

/// Sends a body as JSON, signed now.
fn send(server: &Server, path: &str, token: &str, signed: Option<(&Secret, &str)>, body: &[u8]) -> Answer {
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
    let now_s = Clock::System.now_us() / 1_000_000;
    let timestamp = now_s.to_string();
    let signature = signed.map(|(secret, id)| sign(secret, id, now_s, body).unwrap());
    if let (Some((_, id)), Some(signature)) = (signed, &signature) {
        headers.extend([
            (ID, id),
            (TIMESTAMP, timestamp.as_str()),
            (SIGNATURE, signature.as_str()),
        ]);
    }
    server.call("POST", path, &headers, body).unwrap()
}

/// Presses a button of the section about signing; gives the secret that the page shows.
fn press(world: &World, admin: &Visitor, name: &str) -> Option<Secret> {
    let here = format!("/console/campus/partners/{}", world.partner);
    let page = admin.get(&here).text();
    let csrf = page
        .split("name=\"csrf\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let csrf = csrf.unwrap();
    let key = app::form_key().unwrap();
    let page = admin.post(
        &format!("{here}/signing"),
        &format!("csrf={csrf}&key={key}&signing={name}"),
    );
    assert!(page.status < 400, "{name}: {} {}", page.status, page.text());
    let text = page.text();
    let at = text.find("whsec_")?;
    let secret: String = text[at..]
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "_+/=".contains(*c))
        .collect();
    assert!(!admin.get(&here).text().contains("whsec_"), "shown once only");
    Some(Secret::parse(&secret).unwrap())
}

#[test]
fn a_partner_told_to_sign_is_heard_only_with_its_signature() {
    for url in engines("signed events") {
        let world = World::new(url);
        let server = world.serve();
        let token = server.partner(&world);
        let enrolled = json!({ "kind": "person", "alias": "甲", "reference": "r0", "consents": ["programme", "partner_events", "steps"] });
        server.post("/api/v1/programmes/campus/participants", &token, &enrolled);
        let act = |event: &str, hour: u8| {
            json!({ "event": event, "reference": "r0", "behaviour": "metro-trip",
                    "started_at": format!("2026-11-20T{hour:02}:00:00+08:00") })
            .to_string()
            .into_bytes()
        };
        let (first, second) = (act("one", 8), act("two", 10));
        assert_eq!(send(&server, RECORDS, &token, None, &first).status, 200);

        let admin = Visitor::signed(&server, "admin");
        let secret = press(&world, &admin, "on").unwrap();
        let bulk = format!("{RECORDS}/bulk");
        let readings = READINGS.map(|path| format!("/api/v1/programmes/campus/{path}"));
        for path in [RECORDS, bulk.as_str(), readings[0].as_str(), readings[1].as_str()] {
            let unsigned = send(&server, path, &token, None, &second);
            assert_eq!(unsigned.status, 401, "{path}");
            assert_eq!(unsigned.json()["type"], "urn:puhui:problem:signature.missing");
            let other = Secret::random().unwrap();
            let wrong = send(&server, path, &token, Some((&other, "m0")), &second);
            assert_eq!(
                (wrong.status, wrong.json()["type"].as_str()),
                (401, Some("urn:puhui:problem:signature.wrong"))
            );
        }
        let credited = send(&server, RECORDS, &token, Some((&secret, "m1")), &second);
        assert_eq!(credited.json()["state"], "credited", "{}", credited.text);
        let again = send(&server, RECORDS, &token, Some((&secret, "m1")), &second);
        assert_eq!(again.json()["repeated"], true, "{}", again.text);
        let other = send(&server, RECORDS, &token, Some((&secret, "m1")), &act("three", 12));
        assert_eq!(
            (other.status, other.json()["type"].as_str()),
            (422, Some("urn:puhui:problem:key.reused"))
        );

        let walked = json!({ "reference": "r0", "source": "wristband", "day": "2026-11-20", "steps": 9_000 });
        let walked = walked.to_string().into_bytes();
        let told = send(&server, &readings[0], &token, Some((&secret, "m4")), &walked);
        assert_eq!(told.json()["state"], "raised", "{}", told.text);
        let again = send(&server, &readings[1], &token, Some((&secret, "m5")), &walked);
        assert_eq!(again.json()["state"], "same", "{}", again.text);

        let renewed = press(&world, &admin, "renew").unwrap();
        for (secret, id, event, hour) in [(&secret, "m2", "four", 14), (&renewed, "m3", "five", 16)] {
            let line = send(&server, &bulk, &token, Some((secret, id)), &act(event, hour));
            assert_eq!(line.json()["state"], "credited", "{}", line.text);
        }
        assert_eq!(press(&world, &admin, "off"), None);
        assert_eq!(send(&server, RECORDS, &token, None, &act("six", 18)).status, 200);
        world.verify();
    }
}
