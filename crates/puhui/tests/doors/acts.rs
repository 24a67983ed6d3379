//! The pages on which people record acts: what a form brings, told in words or to the script that keeps photos.

use crate::world::{Answer, Server, World, engines};

/// A form as a browser sends it, without what the browser makes of the answer.
fn send(server: &Server, token: &str, path: &str, script: bool, fields: &[(&str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    for (name, value) in fields {
        let file = if *name == "photo" { "; filename=\"p.jpg\"" } else { "" };
        let head = format!("--puhui\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(value);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--puhui--\r\n");
    let cookie = format!("__Host-puhui={token}");
    let headers = [
        ("cookie", cookie.as_str()),
        ("content-type", "multipart/form-data; boundary=puhui"),
        ("accept", if script { "application/json" } else { "text/html" }),
    ];
    server.call("POST", path, &headers, &body).unwrap()
}

fn page(server: &Server, token: &str, path: &str) -> Answer {
    let cookie = format!("__Host-puhui={token}; lang=en");
    server.call("GET", path, &[("cookie", &cookie)], b"").unwrap()
}

#[test]
fn acts_are_recorded_by_form_once_and_only_from_ones_own_page() {
    for url in engines("acts by form") {
        let world = World::new(url);
        let server = world.serve();
        let student = server.sign_in("student");
        let session = page(&server, &student, "/csrf").json();
        assert_eq!(session["who"], world.student.to_string());
        let csrf = session["csrf"].as_str().unwrap().to_owned();
        let fields = |event: &'static str, started: &'static str, proof: &'static str| {
            [
                ("csrf", csrf.clone()),
                ("event", event.to_owned()),
                ("started", started.to_owned()),
                ("proof", proof.to_owned()),
            ]
        };
        let post = |path: &str, script: bool, fields: &[(&str, String)], photo: Option<&[u8]>| {
            let mut parts: Vec<(&str, &[u8])> = fields.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
            parts.extend(photo.map(|photo| ("photo", photo)));
            send(&server, &student, path, script, &parts)
        };
        let declared = fields("one", "2026-11-20T09:00", "declared");

        let mut foreign = declared.clone();
        foreign[0].1 = "0".repeat(32);
        assert_eq!(post("/act/no-tableware", true, &foreign, None).status, 404);
        assert_eq!(server.call("GET", "/csrf", &[], b"").unwrap().status, 401);

        let first = post("/act/no-tableware", true, &declared, None);
        let again = post("/act/no-tableware", true, &declared, None);
        assert_eq!(first.json()["href"], again.json()["href"], "sent twice, it counts once");
        let why = first.json()["href"]
            .as_str()
            .unwrap()
            .split('?')
            .next()
            .unwrap()
            .to_owned();
        assert!(page(&server, &student, &why).text.contains("Check it yourself"));
        let balances = server.get(&world.at("/balances"), &student).json();
        assert_eq!(balances["points_available_milli"], 23_750);
        assert!(page(&server, &student, &format!("{why}/data")).json()["working"]["factors"].is_array());

        // what is wrong is said beside its field, and what was typed is kept
        let future = post(
            "/act/metro-trip",
            false,
            &fields("two", "2126-01-01T09:00", "declared"),
            None,
        );
        assert_eq!(future.status, 422);
        assert!(future.text.contains("id=\"started-error\"") && future.text.contains("2126-01-01T09:00"));
        let bare = post(
            "/act/metro-trip",
            false,
            &fields("three", "2026-11-20T09:00", "photo"),
            None,
        );
        assert_eq!((bare.status, bare.text.contains("id=\"photo-error\"")), (422, true));
        let mut walk = fields("four", "2026-11-20T09:00", "photo").to_vec();
        walk.push(("in-steps", "9999999".to_owned()));
        let walk = post("/act/walking-by-steps", false, &walk, Some(b"no photo"));
        assert!(walk.text.contains("id=\"in-steps-error\"") && walk.text.contains("value=\"9999999\""));
        let large = vec![0; 12 * 1024 * 1024];
        let large = post(
            "/act/metro-trip",
            true,
            &fields("five", "2026-11-20T09:00", "photo"),
            Some(&large),
        );
        assert_eq!((large.status, large.json()["pointer"].as_str()), (413, Some("/photo")));
        assert_eq!(page(&server, &student, "/act/nothing-like-it").status, 404);
        world.verify();
    }
}

#[test]
fn a_photo_that_was_sent_is_seen_by_its_owner_and_reviewers_alone() {
    let photo = crate::world::photo(1);
    for url in engines("a photo by form") {
        let world = World::new(url);
        let server = world.serve();
        let student = server.sign_in("student");
        let session = page(&server, &student, "/csrf").json();
        let sent = send(
            &server,
            &student,
            "/act/metro-trip",
            true,
            &[
                ("csrf", session["csrf"].as_str().unwrap().as_bytes()),
                ("event", b"one"),
                ("started", b"2026-11-20T09:00"),
                ("proof", b"photo"),
                ("photo", &photo),
            ],
        );
        let href = sent.json()["href"].as_str().unwrap().to_owned();
        let id = href.rsplit('/').next().unwrap().to_owned();
        let shown = (0..400).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            page(&server, &student, &href).text.contains("/why/")
        });
        assert!(shown, "nobody decided on {href}");
        let status = |account: &str, path: &str| page(&server, &server.sign_in(account), path).status;
        let whose = format!("/evidence/{id}?programme=campus&participant={}", world.student);
        // a photo is no text, so the answer cannot be read here where it is given
        let given = |account: &str, path: &str| {
            let cookie = format!("__Host-puhui={}", server.sign_in(account));
            server.call("HEAD", path, &[("cookie", &cookie)], b"").unwrap().status
        };
        assert_eq!(given("student", &format!("/evidence/{id}")), 200);
        assert_eq!(given("reviewer", &whose), 200);
        assert_eq!(status("merchant", &whose), 404);
        assert_eq!(status("finance", &whose), 404);
        assert_eq!(status("reviewer", &format!("/evidence/{id}")), 404);
    }
}
