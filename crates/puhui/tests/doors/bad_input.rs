//! What must be refused, over HTTP, with the field named and nothing half done.

use serde_json::json;

use crate::world::{Server, World};

fn record(server: &Server, token: &str, change: &serde_json::Value) -> (u16, serde_json::Value) {
    let mut body = json!({
        "event": "e1", "reference": "r0", "behaviour": "cycling-for-driving",
        "started_at": "2026-11-20T08:00:00+08:00", "inputs": { "distance": 3.2 },
    });
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    let answer = server.post("/api/v1/programmes/campus/records", token, &body);
    (answer.status, answer.json())
}

#[test]
fn bad_acts_are_refused_by_name_and_leave_nothing_behind() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let partner = server.partner(&world);
    let enrolled =
        json!({ "kind": "person", "alias": "甲", "reference": "r0", "consents": ["programme", "partner_events"] });
    server.post("/api/v1/programmes/campus/participants", &partner, &enrolled);
    let before = world.verify();
    for (change, status, kind, pointer) in [
        (json!({ "behaviour": "flying" }), 422, "field.invalid", "/behaviour"),
        (
            json!({ "behaviour": "plant-based-meal" }),
            422,
            "behaviour.no_factor_known",
            "/behaviour",
        ),
        (
            json!({ "inputs": { "distance": "3 kWh" } }),
            422,
            "input.wrong_unit",
            "/inputs/distance",
        ),
        (
            json!({ "inputs": { "distance": -1 } }),
            422,
            "input.out_of_bounds",
            "/inputs/distance",
        ),
        (
            json!({ "inputs": { "distance": 0 } }),
            422,
            "input.out_of_bounds",
            "/inputs/distance",
        ),
        (
            json!({ "inputs": { "distance": "NaN" } }),
            422,
            "input.not_a_number",
            "/inputs/distance",
        ),
        (
            json!({ "inputs": { "distance": "1e400" } }),
            422,
            "input.not_a_number",
            "/inputs/distance",
        ),
        (json!({ "inputs": {} }), 422, "input.missing", "/inputs/distance"),
        (
            json!({ "inputs": { "speed": 3 } }),
            422,
            "input.unknown",
            "/inputs/speed",
        ),
        (
            json!({ "started_at": "2099-01-01T00:00:00Z" }),
            422,
            "time.future",
            "/started_at",
        ),
        (
            json!({ "started_at": "1999-01-01T00:00:00Z" }),
            422,
            "methodology.no_factor",
            "",
        ),
        (
            json!({ "started_at": "yesterday" }),
            422,
            "field.invalid",
            "/started_at",
        ),
        (json!({ "reference": "nobody" }), 404, "not_found", ""),
        (json!({ "event": "" }), 422, "field.invalid", "/event"),
        (json!({ "colour": "green" }), 422, "field.invalid", "/colour"),
    ] {
        let (found, problem) = record(&server, &partner, &change);
        assert_eq!(found, status, "{change}: {problem}");
        assert_eq!(
            problem["type"],
            format!("urn:puhui:problem:{kind}"),
            "{change}: {problem}"
        );
        assert_eq!(
            problem["pointer"].as_str().unwrap_or_default(),
            pointer,
            "{change}: {problem}"
        );
    }
    assert_eq!(world.verify(), before);
    assert_eq!(record(&server, &partner, &json!({})).0, 200);
    let (status, problem) = record(&server, &partner, &json!({ "inputs": { "distance": 4 } }));
    assert_eq!(
        (status, &problem["type"]),
        (422, &json!("urn:puhui:problem:key.reused"))
    );
    assert_eq!(record(&server, "pt_wrong", &json!({})).0, 401);
}

#[test]
fn a_malformed_line_fails_alone_and_what_is_too_large_is_refused() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let partner = server.partner(&world);
    let enrolled =
        json!({ "kind": "person", "alias": "甲", "reference": "r0", "consents": ["programme", "partner_events"] });
    server.post("/api/v1/programmes/campus/participants", &partner, &enrolled);
    let line = |event: &str, hour: u8| {
        json!({ "event": event, "reference": "r0", "behaviour": "metro-trip",
                "started_at": format!("2026-11-20T{hour:02}:00:00+08:00") })
        .to_string()
    };
    let feed = format!(
        "{}\n{{\"event\": \n\n{}\n{}",
        line("a", 8),
        line("b", 9),
        "x".repeat(20_000)
    );
    let bearer = format!("Bearer {partner}");
    let send = |body: &[u8]| {
        server.call(
            "POST",
            "/api/v1/programmes/campus/records/bulk",
            &[("authorization", bearer.as_str())],
            body,
        )
    };
    let answer = send(feed.as_bytes()).unwrap();
    let lines: Vec<serde_json::Value> = answer.text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        (&lines[0]["state"], &lines[2]["state"]),
        (&json!("credited"), &json!("credited"))
    );
    assert_eq!((&lines[1]["line"], &lines[2]["line"]), (&json!(2), &json!(4)));
    assert!(
        lines[1]["problem"]["type"].is_string() && lines[3]["problem"]["detail"].as_str().unwrap().contains("longer")
    );
    // an answer of 413, or a connection closed on the sender
    if let Ok(answer) = send(&vec![b'x'; 70 * 1024 * 1024]) {
        assert_eq!(answer.status, 413);
    }
    world.verify();
}

#[test]
fn what_is_no_photo_is_refused() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let student = server.sign_in("student");
    let act = json!({ "event": "p", "behaviour": "metro-trip", "started_at": "2026-11-20T08:00:00+08:00" });
    let mut picture = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(320, 240, |x, y| image::Rgb([(x / 2) as u8, y as u8, 9]))
        .write_to(&mut picture, image::ImageFormat::Jpeg)
        .unwrap();
    let jpeg = picture.into_inner();
    // a PNG header that claims 50,000 × 50,000 pixels
    let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bomb.extend_from_slice(&50_000u32.to_be_bytes());
    bomb.extend_from_slice(&50_000u32.to_be_bytes());
    bomb.extend_from_slice(&[8, 2, 0, 0, 0, 0, 0, 0, 0]);
    for (photo, status) in [
        (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(), 415),
        (b"<!doctype html><script>alert(1)</script>".to_vec(), 415),
        (jpeg[..jpeg.len() / 2].to_vec(), 422),
        (bomb, 422),
        (Vec::new(), 415),
    ] {
        let answer = server.photo(&student, &act, &photo);
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    let accepted = server.photo(&student, &act, &jpeg);
    let decided = server.decided(&world, &student, &accepted);
    assert_eq!(decided["mg"], 200_000);
    world.verify();
}

#[test]
fn rights_are_closed_unless_opened() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let (student, regulator, merchant) = (
        server.sign_in("student"),
        server.sign_in("regulator"),
        server.sign_in("merchant"),
    );
    assert_eq!(
        server.call("GET", &world.at("/balances"), &[], b"").unwrap().status,
        401
    );
    assert_eq!(server.get(&world.at("/balances"), &student).status, 200);
    assert_eq!(server.get(&world.at("/balances"), &regulator).status, 200);
    assert_eq!(server.get(&world.at("/balances"), &merchant).status, 403);
    let reward = json!({ "title": { "zh": "x", "en": "x" }, "sponsor": "x", "price": "1", "stock": 1 });
    for token in [&student, &regulator, &merchant] {
        assert_eq!(
            server.post("/api/v1/programmes/campus/rewards", token, &reward).status,
            403
        );
    }
    assert_eq!(
        server
            .post("/api/v1/programmes/campus/partners", &student, &json!({ "name": "x" }))
            .status,
        403
    );
    // another site's form, with the person's cookie
    let cookie = format!("__Host-puhui={student}");
    let headers = [
        ("cookie", cookie.as_str()),
        ("origin", "https://elsewhere.example"),
        ("content-type", "application/json"),
    ];
    let answer = server.call(
        "POST",
        &world.at("/orders"),
        &headers,
        json!({ "reward": world.cola }).to_string().as_bytes(),
    );
    assert_eq!(answer.unwrap().status, 403);
    // a reversal takes two people
    let (support, finance) = (server.sign_in("support"), server.sign_in("finance"));
    let partner = server.partner(&world);
    server
        .call(
            "PUT",
            &world.at("/consents/partner_events"),
            &[("authorization", &format!("Bearer {student}"))],
            b"",
        )
        .unwrap();
    let act = json!({ "event": "m", "participant": world.student.to_string(), "behaviour": "metro-trip",
                      "started_at": "2026-11-20T08:00:00+08:00" });
    let receipt = server.post("/api/v1/programmes/campus/records", &partner, &act).json();
    let record = receipt["record"].as_str().unwrap();
    // nobody judges their own case
    let mut again = act.clone();
    again["event"] = json!("m2");
    let refused = server
        .post("/api/v1/programmes/campus/records", &partner, &again)
        .json();
    assert_eq!(refused["reason"], "claim.overlap");
    let appeal = world.at(&format!("/records/{}/appeal", refused["record"].as_str().unwrap()));
    assert_eq!(
        server.post(&appeal, &student, &json!({ "words": "two gates" })).status,
        204
    );
    let decision = json!({ "upheld": false, "answer": "one ride" });
    let (judge, reviewer) = (server.sign_in("judge"), server.sign_in("reviewer"));
    assert_eq!(
        server.post(&format!("{appeal}/decision"), &judge, &decision).status,
        403
    );
    assert_eq!(
        server.post(&format!("{appeal}/decision"), &reviewer, &decision).status,
        204
    );
    let at = world.at(&format!("/records/{record}/reversal"));
    assert_eq!(server.post(&at, &finance, &json!({ "why": "x" })).status, 403);
    assert_eq!(server.post(&at, &support, &json!({ "why": "lent ticket" })).status, 204);
    assert_eq!(server.post(&format!("{at}/approval"), &support, &json!({})).status, 403);
    assert_eq!(server.post(&format!("{at}/approval"), &finance, &json!({})).status, 200);
    assert_eq!(server.get(&world.at("/balances"), &student).json()["reduction_mg"], 0);
    world.verify();
}
