//! What anybody may look at, without a login and with one.

use crate::world::{Server, World};

fn visit(server: &Server, path: &str) -> (u16, String) {
    let headers = [("accept-language", "en")];
    let answer = server.call("GET", path, &headers, b"").unwrap();
    (answer.status, answer.text)
}

#[test]
fn a_visitor_can_walk_from_a_programme_to_every_source() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    for (path, says) in [
        ("/", "800</strong> g"),
        ("/", "href=\"/p/campus\""),
        ("/p/campus", "href=\"/join/campus\""),
        ("/p/campus", "href=\"/methodologies/metro-trip/1.0.0\""),
        ("/methodologies", "Methodologies: 6"),
        ("/methodologies?q=tableware", "Methodologies: 1"),
        (
            "/methodologies?q=%E5%85%B3%E7%81%AF",
            "href=\"/methodologies/lights-off/1.0.0\"",
        ),
        ("/methodologies/cycling-for-driving", "3.2 km"),
        ("/methodologies/cycling-for-driving/1.0.0", "As in the file"),
        ("/factors", "Emission factor of driving"),
        ("/factors?q=driving&sort=-year&lang=en", "lang=zh"),
        ("/calculator", "Half the people"),
        (
            "/calculator?share=50&replaced=60&n-metro-trip=5&p-metro-trip=week&n-bus-trip=&p-bus-trip=day",
            "21.9",
        ),
    ] {
        let (status, page) = visit(&server, path);
        assert_eq!(status, 200, "{path}");
        assert!(page.contains(says), "{path} lacks {says}: {page}");
    }
    let (status, file) = visit(&server, "/methodologies/lights-off/1.0.0/file");
    assert!(status == 200 && file.starts_with("id = \"lights-off\""), "{file}");
    let (status, csv) = visit(&server, "/factors.csv?kind=convention");
    assert_eq!(status, 200);
    assert!(
        csv.starts_with("\u{feff}factor,value,unit,region") && csv.lines().count() >= 2,
        "{csv}"
    );
    assert!(csv.lines().skip(1).all(|line| line.contains("convention")), "{csv}");
}

#[test]
fn what_is_not_there_or_cannot_be_read_is_said_so() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    for (path, expected) in [
        ("/p/nowhere", 404),
        ("/methodologies/nothing", 404),
        ("/methodologies/lights-off/9.9.9", 404),
        ("/methodologies/lights-off/9.9.9/file", 404),
        ("/calculator?people=many&n-metro-trip=1", 422),
        ("/calculator?n-metro-trip=-1", 422),
        ("/factors?page=99999999999999999999", 200),
        ("/factors?page=0&kind=%00&region=%F0%9F", 200),
        ("/methodologies?q=%3Cscript%3E", 200),
    ] {
        let (status, page) = visit(&server, path);
        assert_eq!(status, expected, "{path}");
        assert!(!page.contains("<script>"), "{path}");
    }
}

#[test]
fn a_participant_keeps_the_tabs_on_public_pages() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let student = server.sign_in("student");
    for path in ["/p/campus", "/methodologies", "/factors", "/calculator"] {
        let answer = server.get(path, &student);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.text.contains("action=\"/signout\""), "{path}");
        assert!(!answer.text.contains("href=\"/signin\""), "{path}");
    }
    let regulator = server.sign_in("regulator");
    assert_eq!(server.get("/p/campus", &regulator).status, 200);
}
