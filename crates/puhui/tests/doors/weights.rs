//! What a first visit weighs on the wire, and the headers that keep a browser safe.

use std::collections::BTreeSet;

use crate::visit::{Page, Visitor};
use crate::world::{PASSWORD, Server, World};

/// Who looks at which page in its first visit, beside all that links lead to.
const PAGES: [(&str, &str); 11] = [
    ("", "/"),
    ("", "/signin"),
    ("", "/join/campus"),
    ("", "/p/campus"),
    ("student", "/"),
    ("student", "/acts"),
    ("student", "/store"),
    ("student", "/compete/$race"),
    ("student", "/why/$record"),
    ("support", "/console/campus"),
    ("support", "/console/campus/records"),
];

const HTML_BYTES: usize = 10 * 1024;
const LOAD_BYTES: usize = 60 * 1024;
const SCRIPT_BYTES: usize = 30 * 1024;

fn visitor(server: &Server, account: &str) -> Visitor {
    if account.is_empty() {
        Visitor::anonymous(server)
    } else {
        Visitor::signed(server, account)
    }
}

/// Files that a page makes a browser fetch, with the modules that its modules import.
fn linked(visitor: &Visitor, page: &Page) -> Vec<Page> {
    let mut waiting = Vec::new();
    for (tag, name) in [
        ("link", "href"),
        ("script", "src"),
        ("img", "src"),
        ("use", "href"),
        ("image", "href"),
    ] {
        waiting.extend(page.attributes(tag, name));
    }
    let (mut known, mut files) = (BTreeSet::new(), Vec::new());
    while let Some(path) = waiting.pop() {
        let path = path.split('#').next().unwrap_or_default().to_owned();
        if !path.starts_with('/') || !known.insert(path.clone()) {
            continue;
        }
        let file = visitor.get_with(&path, &[("accept-encoding", "gzip")]);
        assert_eq!(file.status, 200, "{path} of {}", page.path);
        if path.contains(".js") {
            let source = visitor.get(&path).text();
            for start in ["from \"", "import \"", "import(\""] {
                let names = source.split(start).skip(1).filter_map(|rest| rest.split('"').next());
                waiting.extend(names.map(|name| name.replace("./", "/assets/")));
            }
        }
        files.push(file);
    }
    files
}

#[test]
fn a_first_visit_is_light() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let traces = server.live(&world);
    let mut table = String::new();
    let mut heavy = Vec::new();
    let mut weighed = 0;
    for account in ["", "student", "support", "admin"] {
        let visitor = visitor(&server, account);
        let all = PAGES.iter().filter(|(whose, _)| *whose == account);
        let mut paths: BTreeSet<String> = all.map(|(_, path)| traces.fill(path, &world)).collect();
        let found = visitor.crawl(&["/"], 300).into_iter();
        // the reference of the API is for developers, who read it whole
        let found = found.filter(|found| found.page.is_html() && found.page.status == 200);
        paths.extend(found.map(|found| found.page.path).filter(|path| path != "/api/docs"));
        for (path, lang) in paths.iter().flat_map(|path| [(path, "zh"), (path, "en")]) {
            let path = path.replace("?lang=zh", "").replace("?lang=en", "");
            let page = visitor.get_with(&path, &[("accept-encoding", "gzip"), ("accept-language", lang)]);
            assert_eq!(page.status, 200, "{path}");
            assert_eq!(page.header("content-encoding"), "gzip", "{path}");
            let plain = visitor.get_with(&path, &[("accept-language", lang)]);
            let files = linked(&visitor, &plain);
            let html = page.bytes.len();
            let load = html + files.iter().map(|file| file.bytes.len()).sum::<usize>();
            table += &format!("{account:8} {lang} {path:60.60} {html:6} B, with all files {load:6} B\n");
            weighed += 1;
            if html >= HTML_BYTES || load >= LOAD_BYTES {
                heavy.push(path);
            }
        }
    }
    assert!(weighed > 100, "only {weighed} pages were weighed");
    println!("{table}");
    assert!(heavy.is_empty(), "too heavy: {heavy:?}\n{table}");
}

#[test]
fn all_scripts_together_stay_small() {
    let scripts = web::asset::ALL.iter().filter(|file| file.media.contains("javascript"));
    let bytes: usize = scripts.map(|file| file.text.len()).sum();
    assert!(bytes < SCRIPT_BYTES, "{bytes} bytes of script");
}

fn assert_safe(page: &Page) {
    let path = &page.path;
    let policy = page.header("content-security-policy");
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(rule), "{path}: {rule} in {policy}");
    }
    for hole in ["unsafe-", "*", "http:", "https:"] {
        assert!(!policy.contains(hole), "{path}: {hole} in {policy}");
    }
    assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
    assert_eq!(page.header("cross-origin-opener-policy"), "same-origin", "{path}");
    let referrer = page.header("referrer-policy");
    assert!(
        ["same-origin", "no-referrer", "strict-origin"].contains(&referrer),
        "{path}: {referrer}"
    );
    assert!(page.header("server").is_empty(), "{path} says what serves it");
}

#[test]
fn every_answer_carries_the_headers_that_keep_a_browser_safe() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let traces = server.live(&world);
    for (account, path) in PAGES {
        let page = visitor(&server, account).get(&traces.fill(path, &world));
        assert_safe(&page);
        if page.status == 200 && !account.is_empty() {
            assert_eq!(page.header("cache-control"), "no-store", "{path}");
        }
    }
    let anonymous = Visitor::anonymous(&server);
    for path in [
        "/nowhere",
        "/api/docs",
        "/api/openapi.json",
        "/healthz",
        "/api/v1/nowhere",
    ] {
        assert_safe(&anonymous.get(path));
    }
    for path in linked(&anonymous, &anonymous.get("/"))
        .iter()
        .map(|file| file.path.clone())
    {
        let file = anonymous.get(&path);
        assert_safe(&file);
        let kept = file.header("cache-control");
        let versioned = path.contains("?v=");
        assert_eq!(kept.contains("immutable"), versioned, "{path} is kept {kept}");
    }
}

#[test]
fn the_cookie_of_a_session_stays_in_this_browser_and_on_this_site() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let anonymous = Visitor::anonymous(&server);
    assert!(
        anonymous.get("/").all("set-cookie").is_empty(),
        "a visitor gets no cookie"
    );
    let form = format!("account=student&password={}", PASSWORD.replace(' ', "+"));
    let signed = anonymous.post("/signin", &form);
    assert_eq!(signed.status, 303, "{}", signed.text());
    let cookies = signed.all("set-cookie");
    let session = cookies.iter().find(|cookie| cookie.starts_with("__Host-")).unwrap();
    for flag in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(session.split("; ").any(|part| part == flag), "{flag} in {session}");
    }
    assert!(!session.contains("Domain"), "{session}");
}
