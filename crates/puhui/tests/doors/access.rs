//! Joining, signing in and out over HTTP, as a browser does it and as it must not.

use ureq::http::{HeaderMap, Request};

use crate::world::{PASSWORD, Server, World};

/// What a form's answer says.
struct Said {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Said {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    /// The cookie of the session that was given.
    fn session(&self) -> Option<String> {
        let cookies = self.headers.get_all("set-cookie").iter();
        let mut cookies = cookies.map(|cookie| cookie.to_str().unwrap().to_owned());
        let cookie = cookies.find(|cookie| cookie.starts_with("__Host-puhui="))?;
        for rule in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(rule), "{cookie}");
        }
        cookie.split(';').next().map(str::to_owned)
    }
}

fn send(server: &Server, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Said {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0);
    let agent: ureq::Agent = config.build().into();
    let mut request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", server.address));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = agent.run(request.body(body.as_bytes()).unwrap()).unwrap();
    Said {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.body_mut().read_to_string().unwrap(),
    }
}

fn post(server: &Server, path: &str, cookie: &str, body: &str) -> Said {
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", server.address.as_str()),
        ("cookie", cookie),
    ];
    send(server, "POST", path, &headers, body)
}

fn get(server: &Server, path: &str, cookie: &str) -> Said {
    send(server, "GET", path, &[("cookie", cookie)], "")
}

fn field<'a>(page: &'a str, name: &str) -> &'a str {
    let start = format!("name=\"{name}\" value=\"");
    page.split_once(&start).unwrap().1.split('"').next().unwrap()
}

#[test]
fn somebody_joins_and_is_at_home() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let choice = get(&server, "/join", "");
    assert_eq!((choice.status, choice.header("location")), (303, "/join/campus"));
    let page = get(&server, "/join/campus", "lang=zh");
    let key = field(&page.text, "key").to_owned();
    assert_eq!(page.text.matches("checkbox").count(), 7);
    assert!(!page.text.contains(" checked"), "nothing is agreed to in advance");
    assert_eq!(get(&server, "/join/nowhere", "").status, 404);

    let body = format!("key={key}&account=damai%40demo.example&password=a+long+one&alias=%E5%A4%A7%E9%BA%A6");
    let missing = post(&server, "/join/campus", "lang=zh", &body);
    assert_eq!(missing.status, 422);
    assert!(missing.text.contains("agrees-error") && missing.text.contains("damai@demo.example"));
    assert!(!missing.text.contains("a long one"), "a password does not come back");
    let body = format!("{body}&programme=1&photos=1");
    let joined = post(&server, "/join/campus", "lang=zh", &body);
    assert_eq!(
        (joined.status, joined.header("location")),
        (303, "/"),
        "{}",
        joined.text
    );
    let session = joined.session().unwrap();
    assert!(get(&server, "/", &session).text.contains("大麦"));
    let again = post(&server, "/join/campus", "lang=zh", &body);
    assert_eq!(again.status, 303, "pressed twice");
    let other = body.replace(&key, "another-key");
    let taken = post(&server, "/join/campus", "lang=zh", &other);
    assert_eq!(taken.status, 409);
    assert!(taken.text.contains("account-error") && taken.text.contains("href=\"/forgot\""));
    // who is in already finds home
    let csrf = app::form_token(session.strip_prefix("__Host-puhui=").unwrap());
    let twice = post(
        &server,
        "/join/campus",
        &session,
        &format!("csrf={csrf}&alias=x&programme=1"),
    );
    assert_eq!((twice.status, twice.header("location")), (303, "/"));
    assert_eq!(
        post(&server, "/join/campus", &session, "csrf=x&alias=x&programme=1").status,
        404
    );
    world.verify();
}

#[test]
fn the_door_gives_a_new_session_each_time_and_back_leads_to_the_page_that_was_wanted() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let sent = get(&server, "/store?page=2", "");
    assert_eq!(
        (sent.status, sent.header("location")),
        (303, "/signin?next=/store%3Fpage%3D2")
    );
    let sign_in = |cookie: &str, account: &str, next: &str| {
        let body = format!("account={account}&password={}&next={next}", PASSWORD.replace(' ', "+"));
        post(&server, "/signin", cookie, &body)
    };
    let first = sign_in("", "student", "/store");
    assert_eq!((first.status, first.header("location")), (303, "/store"));
    assert!(
        first
            .headers
            .get_all("set-cookie")
            .iter()
            .any(|c| c.to_str().unwrap().starts_with("lang=zh")),
        "the profile's language"
    );
    let before = first.session().unwrap();
    for elsewhere in [
        "https://elsewhere.example",
        "//elsewhere.example",
        "/%5Celsewhere.example",
    ] {
        assert_eq!(sign_in("", "student", elsewhere).header("location"), "/");
    }
    let again = sign_in(&before, "student", "");
    let now = again.session().unwrap();
    assert_ne!(before, now);
    assert_eq!(
        get(&server, "/store", &before).status,
        303,
        "the session before has ended"
    );
    assert_eq!(get(&server, "/store", &now).status, 200);
    // staff sign out as well
    let staff = sign_in("lang=zh", "support", "").session().unwrap();
    assert_eq!(get(&server, "/", &staff).header("location"), "/console");
    let csrf = app::form_token(staff.strip_prefix("__Host-puhui=").unwrap());
    assert_eq!(post(&server, "/signout", &staff, "csrf=x").status, 404);
    assert_eq!(post(&server, "/signout", &staff, &format!("csrf={csrf}")).status, 303);
    assert_eq!(get(&server, "/console", &staff).status, 303);
}

#[test]
fn guesses_and_forms_from_elsewhere_are_turned_away() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let wrong = "account=student&password=wrong+password";
    for _ in 0..5 {
        assert_eq!(post(&server, "/signin", "", wrong).status, 401);
    }
    let waits = post(&server, "/signin", "", wrong);
    assert_eq!(waits.status, 429);
    assert!((890..=901).contains(&waits.header("retry-after").parse::<i64>().unwrap()));
    let body = serde_json::json!({ "account": "student", "password": PASSWORD }).to_string();
    let api = send(
        &server,
        "POST",
        "/api/v1/session",
        &[("content-type", "application/json")],
        &body,
    );
    assert_eq!(api.status, 429, "{}", api.text);
    assert!(api.text.contains("urn:puhui:problem:too_many"));

    let form = ("content-type", "application/x-www-form-urlencoded");
    let right = format!("account=support&password={}", PASSWORD.replace(' ', "+"));
    for headers in [&[form][..], &[form, ("origin", "https://elsewhere.example")]] {
        let sent = send(&server, "POST", "/signin", headers, &right);
        assert_eq!(sent.status, 403);
        assert!(sent.session().is_none());
    }
    // nobody learns who has an account, and letters go nowhere but to the outbox of a demo
    let answers = ["student", "nobody%40demo.example"].map(|account| {
        let answer = post(&server, "/forgot", "lang=en", &format!("account={account}"));
        (answer.status, answer.text)
    });
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, 200);
    assert_eq!(get(&server, "/reset?token=x", "").status, 410);
    assert_eq!(get(&server, "/outbox", "").status, 404);

    let page = get(&server, "/signin", "");
    for (name, value) in [
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(page.header(name), value);
    }
    assert!(page.header("permissions-policy").contains("geolocation=()"));
    assert!(
        page.headers.get("strict-transport-security").is_none(),
        "plain HTTP is not to be locked out of itself"
    );
}
