//! Events to a programme's own systems: signed, sent until they are taken, the same each time.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use app::{Refused, signature};
use domain::competition::Terms;
use domain::programme::Role;
use store::testing::each_engine;

use crate::close::leave_days;
use crate::compete::terms;
use crate::world::{World, refused};

const SECOND_US: i64 = 1_000_000;

/// What somebody posted.
struct Post {
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

fn read(stream: &TcpStream) -> Post {
    let mut reader = BufReader::new(stream);
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() && !headers.is_empty() {
            break;
        }
        match line.trim().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_lowercase(), value.to_owned()),
            None => headers.insert("request".to_owned(), line.trim().to_owned()),
        };
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    Post { headers, body }
}

/// A receiver that answers with these statuses, one after the other.
fn receiver(statuses: Vec<&'static str>) -> (String, Receiver<Post>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks/leave?team=hr", listener.local_addr().unwrap());
    let (sender, posts) = channel();
    std::thread::spawn(move || {
        for status in statuses.into_iter().chain(std::iter::repeat("200 OK")) {
            let (mut stream, _) = listener.accept().unwrap();
            let post = read(&stream);
            let answer = format!("HTTP/1.1 {status}\r\nlocation: /elsewhere\r\ncontent-length: 4\r\n\r\nnope");
            stream.write_all(answer.as_bytes()).unwrap();
            if sender.send(post).is_err() {
                return;
            }
        }
    });
    (url, posts)
}

impl World {
    async fn hook(&self) -> app::HookView {
        let admin = self.staff(41, &[Role::Admin]);
        self.app.hook_view(&admin, &self.programme).await.unwrap().unwrap()
    }

    /// Lets time pass until so many events were taken; what is sent goes on beside the worker.
    async fn sent(&self, count: i64) {
        while self.hook().await.sent < count {
            self.clock.advance(SECOND_US);
            self.work().await;
            // an event is taken again after a minute of the clock: the answer to it must come before
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn an_event_is_signed_and_sent_until_it_is_taken() {
    each_engine("hook", async |store| {
        let world = World::new(&store).await;
        let (app, here) = (&world.app, &world.programme);
        let admin = world.staff(41, &[Role::Admin]);
        for wrong in ["ftp://example.org", "http://example.org/hook", "nothing", "https://"] {
            let set = app.set_hook(&admin, here, wrong).await;
            assert!(matches!(refused(set), Err(Refused::Invalid { .. })), "{wrong}");
        }
        let support = world.staff(31, &[Role::Support]);
        let (url, posts) = receiver(vec![
            "500 Oops",
            "302 Found",
            "204 No Content",
            "200 OK",
            "200 OK",
            "200 OK",
        ]);
        assert!(refused(app.set_hook(&support, here, &url).await).is_err());
        let set = app.set_hook(&admin, here, &url).await.unwrap();
        let day = Terms {
            prizes: vec![leave_days()],
            ..terms(&world, 1)
        };
        let open = world.compete(day.clone()).await;
        let people = world.walkers(open.id, 1).await;
        world.walk_window(&day, &people).await;
        world.until_frozen(&day).await;
        app.close_competition(&support, here, open.id).await.unwrap();
        world.work().await;
        let told = loop {
            match world.hook().await.problem {
                Some(told) => break told,
                None => tokio::task::yield_now().await,
            }
        };
        assert!(told.contains("500") && told.contains("nope"), "{told}");
        // the second answer would lead elsewhere: it is not followed
        world.sent(1).await;
        assert_eq!(world.hook().await.problem, None);
        let secret = signature::Secret::parse(&set.secret).unwrap();
        let mut seen = Vec::new();
        for _ in 0..3 {
            let post = posts.recv().unwrap();
            let header = |name: &str| post.headers.get(name).map(String::as_str);
            let headers = signature::Headers {
                id: header(signature::ID),
                timestamp: header(signature::TIMESTAMP),
                signature: header(signature::SIGNATURE),
            };
            let secrets = std::slice::from_ref(&secret);
            let sent_s: i64 = header(signature::TIMESTAMP).unwrap().parse().unwrap();
            assert!(sent_s * SECOND_US <= world.clock.now_us());
            signature::verify(headers, &post.body, secrets, sent_s * SECOND_US).unwrap();
            assert_eq!(header("request"), Some("POST /hooks/leave?team=hr HTTP/1.1"));
            assert_eq!(header("content-type"), Some("application/cloudevents+json"));
            seen.push((header(signature::ID).unwrap().to_owned(), post.body.clone()));
        }
        // each try is the same event
        assert!(seen.windows(2).all(|two| two[0] == two[1]));
        let event: serde_json::Value = serde_json::from_slice(&seen[0].1).unwrap();
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["type"], "org.puhui.prize.won");
        assert_eq!(event["id"], seen[0].0.as_str());
        assert_eq!(
            (&event["data"]["half_days"], &event["data"]["reference"]),
            (&2.into(), &"card-0".into())
        );
        // taken back by two people: another event
        let asked = app.ask_correction(&admin, here, open.id, people[0], "a shaker").await;
        let other = world.staff(42, &[Role::Support]);
        app.decide_correction(&other, here, open.id, asked.unwrap(), true)
            .await
            .unwrap();
        world.sent(2).await;
        // what was sent may be sent again, as the same event
        let event: serde_json::Value = loop {
            let post = posts.recv().unwrap();
            if post.body != seen[0].1 {
                break serde_json::from_slice(&post.body).unwrap();
            }
        };
        assert_eq!(
            (&event["type"], &event["data"]["reason"]),
            (&"org.puhui.prize.taken_back".into(), &"a shaker".into())
        );
        world.verified().await;
    })
    .await;
}
