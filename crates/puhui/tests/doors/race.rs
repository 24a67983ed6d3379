//! Competitions by the API: entering, teams, readings, the board as it moves; and who is let in where.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use app::{App, Caller, NewCompetition};
use domain::competition::{Template, Terms, What};
use domain::measure::Text;
use domain::programme::Programme;
use serde_json::{Value, json};

use crate::world::{Answer, Server, World};

const PROGRAMME: &str = "/api/v1/programmes/campus";

/// Opens a competition of steps with teams, from yesterday's eve on: its id.
pub(crate) async fn found(app: &App, programme: &Arc<Programme>) -> String {
    let console = Caller::console();
    let today = programme.zone.day_of(app.now_us());
    let template = Template::WalkAndWin.terms(today);
    let terms = Terms {
        last: today.plus(29),
        teams: template.teams.map(|rule| domain::competition::TeamRule {
            min_members: 1,
            fixed_after: today.plus(20),
            ..rule
        }),
        prizes: template
            .prizes
            .into_iter()
            .filter(|prize| matches!(prize.what, What::Leave { .. }))
            .collect(),
        ..template
    };
    let title = Text {
        zh: "校园健步赛".into(),
        en: "Campus walk".into(),
    };
    let made = app.create_competition(&console, programme, NewCompetition { title, terms }, None);
    let id = made.await.unwrap().id;
    app.open_competition(&console, programme, id).await.unwrap();
    id.to_string()
}

/// Writes one that nobody opened: its id.
pub(crate) async fn draft(app: &App, programme: &Arc<Programme>) -> String {
    let template = Template::MetroMonth;
    let new = NewCompetition {
        title: template.title(),
        terms: template.terms(programme.zone.day_of(app.now_us()).plus(30)),
    };
    let made = app.create_competition(&Caller::console(), programme, new, None).await;
    made.unwrap().id.to_string()
}

impl Server {
    fn say(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        self.call(method, path, &headers, body.to_string().as_bytes()).unwrap()
    }

    /// The student agrees to steps, enters, forms a team and walks: the secret of the team's invitation.
    pub(crate) fn race(&self, world: &World) -> String {
        let student = self.sign_in("student");
        self.say("PUT", &world.at("/consents/steps"), &student, &json!({}));
        let entry = world.at(&format!("/competitions/{}", world.race));
        let entered = self.say("PUT", &entry, &student, &json!({}));
        assert_eq!(entered.status, 200, "{}", entered.text);
        let team = self.post_once(&format!("{entry}/team"), &student, &json!({ "name": "走走停停" }));
        assert_eq!(team.status, 201, "{}", team.text);
        self.walk(&student, 6_000);
        team.json()["invitation"].as_str().unwrap().to_owned()
    }

    /// Somebody's own phone tells today's steps.
    pub(crate) fn walk(&self, token: &str, steps: i64) {
        let now = jiff::Timestamp::now().to_string();
        let told = json!({ "source": "phone", "measured_at": now, "steps": steps });
        let answer = self.post(&format!("{PROGRAMME}/readings"), token, &told);
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

fn other(world: &World) -> String {
    world.other.to_string()
}

fn participant(who: &str, rest: &str) -> String {
    format!("{PROGRAMME}/participants/{who}{rest}")
}

#[test]
fn two_compete_in_a_team_and_the_board_says_so() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    let invitation = server.race(&world);
    let (student, second) = (server.sign_in("student"), server.sign_in("other"));
    let entry = participant(&other(&world), &format!("/competitions/{}", world.race));
    let invited = json!({ "invitation": invitation });
    // steps are counted, so it has to be agreed that they are
    let refused = server.say("PUT", &entry, &second, &invited);
    assert_eq!(
        refused.json()["type"],
        "urn:puhui:problem:consent.missing",
        "{}",
        refused.text
    );
    let consent = participant(&other(&world), "/consents/steps");
    server.say("PUT", &consent, &second, &json!({}));
    for _ in 0..2 {
        let entered = server.say("PUT", &entry, &second, &invited).json();
        assert_eq!(entered["team"]["members"], 2, "{entered}");
    }
    server.walk(&second, 9_000);
    let at = |rest: &str| format!("{PROGRAMME}/competitions/{}{rest}", world.race);
    let board = server.get(&at("/board"), &student).json();
    assert_eq!(
        (&board["me"]["rank"], &board["me"]["score"]),
        (&json!(2), &json!(6_000)),
        "{board}"
    );
    assert_eq!(board["top"][0]["name"], "阿禾");
    assert_eq!(
        (&board["teams"][0]["sum"], &board["teams"][0]["rank"]),
        (&json!(15_000), &json!(1))
    );
    let team = board["teams"][0]["id"].as_str().unwrap();
    let members = at(&format!("/teams/{team}/members"));
    assert_eq!(server.get(&members, &second).json()[1]["name"], "小满");
    // strangers see no names
    assert_eq!(server.get(&members, "").json()[1]["name"], Value::Null);
    assert_eq!(server.get(&at("/ranks?first=2&limit=5"), "").json()[0]["score"], 6_000);
    // whoever does not want to be named is not, at once
    server.say("PUT", &format!("{entry}/alias"), &second, &json!({ "shown": false }));
    let board = server.get(&at("/board"), &student).json();
    assert_eq!(
        (&board["top"][0]["name"], &board["top"][0]["rank"]),
        (&Value::Null, &json!(1))
    );
    let day = board["day"].as_str().unwrap();
    let story = server.get(&format!("{entry}/days/{day}"), &second).json();
    assert_eq!(story["day"], board["day"]);
    assert_eq!(
        server
            .get(&at(&format!("/days/{day}")), "")
            .json()
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let wanted = participant(&other(&world), "/notices/wanted");
    let set = json!({ "off": ["passed"], "quiet": [23, 7] });
    assert_eq!(server.say("PUT", &wanted, &second, &set).status, 204);
    assert_eq!(server.get(&wanted, &second).json(), set);
    assert_eq!(server.say("DELETE", &entry, &second, &json!({})).status, 204);
    assert_eq!(server.get(&at("/board"), &student).json()["entrants"], 1);
}

#[test]
fn a_feed_of_readings_is_answered_line_by_line() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    server.race(&world);
    let student = server.sign_in("student");
    let day = jiff::Timestamp::now().in_tz("Asia/Shanghai").unwrap().date();
    let mut feed = String::new();
    for number in 0..2_500 {
        feed += &match number {
            7 => "{\"source\":\"phone\"}\n".to_owned(),
            1_100 => "no JSON\n".to_owned(),
            1_200 => "\n".to_owned(),
            2_000 => json!({ "source": "phone", "day": day.to_string(), "steps": -1 }).to_string() + "\n",
            _ => {
                json!({ "source": format!("phone-{number}"), "day": day.to_string(), "steps": number }).to_string()
                    + "\n"
            }
        };
    }
    let bearer = format!("Bearer {student}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/x-ndjson"),
    ];
    let send = || {
        let answer = server
            .call("POST", &format!("{PROGRAMME}/readings/bulk"), &headers, feed.as_bytes())
            .unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text);
        let lines: Vec<Value> = answer
            .text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        lines
    };
    let first = send();
    assert_eq!(first.len(), 2_499);
    let problems: Vec<&Value> = first.iter().filter(|line| !line["problem"].is_null()).collect();
    let at: Vec<i64> = problems.iter().map(|line| line["line"].as_i64().unwrap()).collect();
    assert_eq!(at, [8, 1_101, 2_001]);
    assert_eq!(problems[2]["problem"]["pointer"], "/steps");
    assert!(first.iter().any(|line| line["state"] == "raised"));
    let again = send();
    assert!(
        again
            .iter()
            .all(|line| line["problem"].is_object() || line["state"] == "same")
    );
    let board = server.get(&format!("{PROGRAMME}/competitions/{}/board", world.race), &student);
    // two sources of a day count once, the higher
    assert_eq!(board.json()["me"]["score"], 6_000);
}

/// An open stream of a board.
struct Stream(BufReader<TcpStream>);

impl Stream {
    fn open(server: &Server, path: &str, token: &str) -> (u16, Self) {
        let address = server.address.trim_start_matches("http://");
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let ask = format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nlast-event-id: 12345\r\n\r\n"
        );
        socket.write_all(ask.as_bytes()).unwrap();
        let mut stream = Stream(BufReader::new(socket));
        let status = stream.line().split(' ').nth(1).unwrap().parse().unwrap();
        (status, stream)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line
    }

    /// The board of the next event.
    fn board(&mut self) -> Value {
        loop {
            let line = self.line();
            assert!(!line.is_empty(), "the stream ended");
            if let Some(data) = line.strip_prefix("data: ") {
                return serde_json::from_str(data).unwrap();
            }
        }
    }
}

#[test]
fn the_board_is_told_as_it_moves_and_only_so_many_listen() {
    let world = World::new(store::testing::fresh_sqlite_url());
    let config = world.dir.join("puhui.toml");
    std::fs::write(&config, "[limits]\nstreams = 1\n").unwrap();
    let mut server = world.serve_with(&["--config", config.to_str().unwrap()]);
    server.race(&world);
    let student = server.sign_in("student");
    let path = format!("{PROGRAMME}/competitions/{}/live", world.race);
    let (status, mut stream) = Stream::open(&server, &path, &student);
    assert_eq!(status, 200);
    let first = stream.board();
    assert_eq!(first["me"]["score"], 6_000, "{first}");
    assert_eq!(first, server.get(&path.replace("/live", "/board"), &student).json());
    server.walk(&student, 7_000);
    assert_eq!(stream.board()["me"]["score"], 7_000);
    let (status, _) = Stream::open(&server, &path, &student);
    assert_eq!(status, 503, "there is room for one");
    drop(stream);
    let nothing = path.replace(&world.race, "0000000000001");
    assert_eq!(server.get(&nothing, &student).status, 404);
    // whoever stops the server does not wait for those who listen
    let open = (0..200).find_map(|_| {
        let (status, stream) = Stream::open(&server, &path, "");
        std::thread::sleep(Duration::from_millis(50));
        (status == 200).then_some(stream)
    });
    server.stop();
    let mut rest = String::new();
    open.unwrap().0.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("event: board"), "{rest}");
}

/// Who is let in by the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    /// Everybody.
    Public,
    /// Whose it is.
    Own,
    /// Whose it is, and staff that reads participants.
    Read,
    /// Who runs competitions.
    Staff,
    /// Whoever takes part, for itself, and partners.
    Takers,
}

use Gate::{Own, Public, Read, Staff, Takers};

/// A row for every operation about competitions, below the programme.
const GATES: &[(&str, &str, Gate)] = &[
    ("get", "/competitions", Public),
    ("post", "/competitions", Staff),
    ("get", "/competitions/{competition}", Public),
    ("put", "/competitions/{competition}", Staff),
    ("post", "/competitions/{competition}/open", Staff),
    ("post", "/competitions/{competition}/cancel", Staff),
    ("get", "/competitions/{competition}/board", Public),
    ("get", "/competitions/{competition}/live", Public),
    ("get", "/competitions/{competition}/ranks", Public),
    ("get", "/competitions/{competition}/teams", Public),
    ("get", "/competitions/{competition}/teams/{team}/members", Public),
    ("get", "/competitions/{competition}/days", Public),
    ("get", "/competitions/{competition}/days/{day}", Public),
    ("get", "/competitions/{competition}/podium", Public),
    ("get", "/participants/{participant}/competitions/{competition}", Read),
    ("put", "/participants/{participant}/competitions/{competition}", Own),
    ("delete", "/participants/{participant}/competitions/{competition}", Own),
    (
        "put",
        "/participants/{participant}/competitions/{competition}/alias",
        Own,
    ),
    (
        "post",
        "/participants/{participant}/competitions/{competition}/team",
        Own,
    ),
    (
        "put",
        "/participants/{participant}/competitions/{competition}/team",
        Own,
    ),
    (
        "delete",
        "/participants/{participant}/competitions/{competition}/team",
        Own,
    ),
    (
        "post",
        "/participants/{participant}/competitions/{competition}/team/invitation",
        Own,
    ),
    (
        "get",
        "/participants/{participant}/competitions/{competition}/days",
        Read,
    ),
    (
        "get",
        "/participants/{participant}/competitions/{competition}/league",
        Read,
    ),
    (
        "get",
        "/participants/{participant}/competitions/{competition}/days/{day}",
        Read,
    ),
    (
        "get",
        "/participants/{participant}/competitions/{competition}/result",
        Read,
    ),
    ("get", "/participants/{participant}/awards", Read),
    ("get", "/participants/{participant}/notices", Own),
    ("post", "/participants/{participant}/notices/read", Own),
    ("get", "/participants/{participant}/notices/wanted", Own),
    ("put", "/participants/{participant}/notices/wanted", Own),
    ("post", "/readings", Takers),
    ("post", "/readings/bulk", Takers),
];

/// A body that the operation reads.
fn body(path: &str, method: &str) -> Value {
    match (path.rsplit('/').next().unwrap(), method) {
        ("cancel", _) => json!({ "reason": "rain" }),
        ("alias", _) => json!({ "shown": false }),
        ("team", "post" | "put") => json!({ "name": "不请自来" }),
        ("read", _) => json!({ "last": "0000000000001" }),
        ("wanted", "put") => json!({ "off": [], "quiet": [1, 2] }),
        ("competitions" | "{competition}", "post") | ("{competition}", "put") if !path.contains("participants") => {
            let terms = serde_json::to_value(Template::WalkAndWin.terms(domain::measure::Day::from_epoch_days(30_000)));
            json!({ "title": { "zh": "赛", "en": "Race" }, "terms": terms.unwrap() })
        }
        _ => json!({}),
    }
}

#[test]
fn every_operation_about_competitions_lets_in_whom_it_should() {
    let document = serde_json::to_value(web::openapi()).unwrap();
    let mut missing = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["tags"][0] != "competitions" {
                continue;
            }
            let below = path.strip_prefix("/api/v1/programmes/{programme}").unwrap();
            if !GATES.iter().any(|(verb, gate, _)| verb == method && *gate == below) {
                missing.push(format!("{method} {below}"));
            }
        }
    }
    assert!(missing.is_empty(), "add rows to GATES for {missing:#?}");
    let world = World::new(store::testing::fresh_sqlite_url());
    let server = world.serve();
    server.race(&world);
    let board = format!("{PROGRAMME}/competitions/{}/board", world.race);
    let before = server.get(&board, "").json();
    let team = before["teams"][0]["id"].as_str().unwrap();
    let partner = server.partner(&world);
    let guests = ["other", "reviewer", "merchant", "verifier"].map(|account| (account, server.sign_in(account)));
    let mut wrong = Vec::new();
    for (method, path, gate) in GATES {
        let filled = path
            .replace("{competition}", &world.race)
            .replace("{participant}", &world.student.to_string())
            .replace("{team}", team)
            .replace("{day}", before["day"].as_str().unwrap());
        let body = body(path, method);
        let tried = guests
            .iter()
            .map(|(name, token)| (*name, token.as_str()))
            .chain([("nobody", ""), ("a partner", &partner)]);
        for (name, token) in tried {
            if path.ends_with("/live") {
                continue;
            }
            let at = |programme: &str| format!("/api/v1/programmes/{programme}{filled}");
            let answer = server.say(&method.to_uppercase(), &at("campus"), token, &body);
            let right = match gate {
                Public => answer.status == 200 || path.ends_with("podium") && answer.status == 409,
                Read if ["reviewer", "verifier"].contains(&name) => [200, 409].contains(&answer.status),
                Own | Read | Staff => [401, 403, 404].contains(&answer.status),
                Takers => answer.status != 200 || path.ends_with("bulk"),
            };
            if !right {
                wrong.push(format!("{name}: {method} {path}: {} {}", answer.status, answer.text));
            }
            // of another programme nobody finds anything
            let elsewhere = server.say(&method.to_uppercase(), &at("elsewhere"), token, &body);
            if elsewhere.status != 404 {
                wrong.push(format!("{name} elsewhere: {method} {path}: {}", elsewhere.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(server.get(&board, "").json(), before, "nobody changed anything");
}
