//! The live board over HTTP: a reading until it is durable, and until everybody who looks has seen it.
//!
//! ```text
//! cargo bench -p puhui --bench live -- [options]
//!   --walkers 5000     who compete
//!   --viewers 5000     who look, one in ten of them signed in as a walker
//!   --updates 20       readings that everybody waits for, one in two seconds
//!   --callers 32       who post readings at once, one reading a request
//!   --seconds 5        for so long
//!   --database URL     the books; SQLite in a temporary folder unless told otherwise
//! ```
//!
//! The server is the real binary in a process of its own. Delays are from the moment in which the request is sent to the
//! one in which the viewer has read the event; both sides share the machine.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a benchmark that goes wrong should stop, measures time and shows rounded numbers"
)]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use app::{App, Caller, Membership, NewCompetition, NewParticipant, NewProgramme, Parts};
use domain::competition::Template;
use domain::measure::{Id, ParticipantId, Text};
use domain::participant::{Consent, Kind};
use domain::programme::{PointsRule, Role, Scope};
use outside::blobs::Blobs;
use outside::clock::Clock;
use outside::password::Passwords;
use store::{Options, Store};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

struct Settings {
    walkers: usize,
    viewers: usize,
    updates: usize,
    callers: usize,
    seconds: u64,
    database: Option<String>,
}

fn settings() -> Settings {
    let mut settings = Settings {
        walkers: 5_000,
        viewers: 5_000,
        updates: 20,
        callers: 32,
        seconds: 5,
        database: None,
    };
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(name) = args.next() {
        let value = args.next().expect("each option has a value");
        let number = || value.parse().expect("a number");
        match name.as_str() {
            "--walkers" => settings.walkers = number(),
            "--viewers" => settings.viewers = number(),
            "--updates" => settings.updates = number(),
            "--callers" => settings.callers = number(),
            "--seconds" => settings.seconds = value.parse().expect("a number"),
            "--database" => settings.database = Some(value),
            other => panic!("no option {other}"),
        }
    }
    settings
}

fn text(text: &str) -> Text {
    Text {
        zh: text.to_owned(),
        en: text.to_owned(),
    }
}

/// What the measuring needs to know of the books.
struct World {
    competition: Id,
    client: (String, String),
    walkers: Vec<ParticipantId>,
    sessions: Vec<String>,
    day: String,
}

async fn set(url: &str, folder: &std::path::Path, settings: &Settings) -> World {
    let store = Store::open(url, Options::default()).await.expect("books");
    let app = App::open(Parts {
        store,
        blobs: Blobs::open(folder.join("blobs")).expect("blobs"),
        clock: Clock::System,
        passwords: Passwords::with_cost(8, 1, 1).expect("a cost that is allowed"),
        photos: outside::photo::Limits::default(),
        models: None,
        mailer: None,
    })
    .await
    .expect("an application");
    let console = Caller::console();
    let programme = app
        .create_programme(
            &console,
            NewProgramme {
                slug: "bench".to_owned(),
                title: text("bench"),
                zone: "Asia/Shanghai".to_owned(),
                region: "CN".to_owned(),
                starts_us: app.now_us() - 86_400_000_000,
                points: PointsRule {
                    milli_per_g: 1000,
                    unit: text("g"),
                },
                joinable: false,
            },
        )
        .await
        .expect("a programme");
    let programme = Arc::new(programme);
    let today = programme.zone.day_of(app.now_us());
    let mut terms = Template::WalkAndWin.terms(today);
    terms.last = today.plus(6);
    terms.teams = None;
    terms.day_ceiling = None;
    terms.prizes.clear();
    let new = NewCompetition {
        title: text("bench"),
        terms,
    };
    let made = app
        .create_competition(&console, &programme, new, None)
        .await
        .expect("a draft");
    app.open_competition(&console, &programme, made.id)
        .await
        .expect("opened");
    let mut walkers = Vec::with_capacity(settings.walkers);
    for number in 0..settings.walkers {
        let new = NewParticipant {
            kind: Kind::Person,
            alias: format!("walker {number}"),
            lang: "en".to_owned(),
            reference: Some(format!("w{number}")),
            consents: vec![Consent::Programme, Consent::Steps, Consent::PartnerEvents],
        };
        let who = app
            .register_participant(&console, &programme, new, None)
            .await
            .expect("enrolled")
            .id;
        app.enter_competition(&console, &programme, made.id, who, None)
            .await
            .expect("entered");
        walkers.push(who);
    }
    let mut sessions = Vec::new();
    for (number, who) in walkers.iter().take(settings.viewers / 10).enumerate() {
        let account = format!("walker-{number}");
        let membership = Membership {
            programme: programme.id,
            role: Role::Participant,
            participant: Some(*who),
        };
        app.create_login(&console, &account, "a password for benches", "en", vec![membership])
            .await
            .expect("a login");
        let session = app
            .sign_in(&account, "a password for benches", None)
            .await
            .expect("signed in");
        sessions.push(session.token);
    }
    let partner = app
        .create_partner(&console, &programme, "bench", &[Scope::Records], None)
        .await
        .expect("a partner");
    app.close().await;
    World {
        competition: made.id,
        client: (partner.client_id, partner.client_secret),
        walkers,
        sessions,
        day: today.to_string(),
    }
}

/// The server, ended with the bench.
struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    fn start(url: &str, folder: &std::path::Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_puhui"))
            .args(["serve", "--listen", "127.0.0.1:0", "--database", url, "--data-dir"])
            .arg(folder)
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let line = lines.next().expect("an address").expect("text");
        let address = line.trim().trim_start_matches("http://").to_owned();
        Server { child, address }
    }

    /// CPU time of the server so far, from `/proc`, whose clock ticks a hundred times a second.
    fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
        Duration::from_millis((ticks(11) + ticks(12)) * 10)
    }

    /// Resident memory in MiB.
    fn memory_mib(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/statm", self.child.id())).unwrap_or_default();
        let pages: u64 = stat
            .split_whitespace()
            .nth(1)
            .and_then(|pages| pages.parse().ok())
            .unwrap_or(0);
        pages * 4 / 1024
    }
}

fn token(agent: &ureq::Agent, address: &str, (id, secret): &(String, String)) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
    ];
    let mut answer = agent
        .post(format!("http://{address}/oauth/token"))
        .send_form(form)
        .expect("a token");
    let text = answer.body_mut().read_to_string().expect("a body");
    let body: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    body["access_token"].as_str().expect("a token").to_owned()
}

fn reading(reference: &str, day: &str, steps: i64) -> String {
    format!("{{\"reference\":\"{reference}\",\"day\":\"{day}\",\"source\":\"bench\",\"steps\":{steps}}}")
}

fn post(agent: &ureq::Agent, address: &str, bearer: &str, path: &str, body: &str) {
    let kind = if path.ends_with("bulk") {
        "application/x-ndjson"
    } else {
        "application/json"
    };
    let request = agent
        .post(format!("http://{address}/api/v1/programmes/bench/{path}"))
        .header("authorization", bearer)
        .header("content-type", kind);
    let mut answer = request.send(body).expect("an answer");
    let text = answer.body_mut().read_to_string().expect("a body");
    assert!(!text.contains("\"problem\""), "{text}");
}

/// One who looks: notes when it has read the score that everybody waits for.
async fn view(
    address: String,
    path: String,
    session: Option<String>,
    wanted: Arc<AtomicI64>,
    seen: tokio::sync::mpsc::UnboundedSender<(i64, Instant)>,
) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(&address).await?;
    let cookie = session
        .map(|token| format!("cookie: __Host-puhui={token}\r\n"))
        .unwrap_or_default();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\n{cookie}\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut lines = tokio::io::BufReader::with_capacity(8 * 1024, stream);
    let mut line = Vec::new();
    let mut last = 0;
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        if !line.starts_with(b"data:") {
            continue;
        }
        let score = wanted.load(Ordering::SeqCst);
        let mark = format!("\"score\":{score},");
        if score == 0 {
            // the first picture: the viewer is there
            let _ = seen.send((0, Instant::now()));
        } else if score != last && line.windows(mark.len()).any(|at| at == mark.as_bytes()) {
            last = score;
            let _ = seen.send((score, Instant::now()));
        }
    }
}

fn quantile(sorted: &[Duration], permille: usize) -> Duration {
    let at = (sorted.len() * permille / 1000).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default()
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn main() {
    let settings = settings();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let folder: PathBuf = std::env::temp_dir().join(format!("puhui-bench-live-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let url = settings
        .database
        .clone()
        .unwrap_or_else(|| format!("sqlite://{}", folder.join("books.db").display()));
    let world = runtime.block_on(set(&url, &folder, &settings));
    let server = Server::start(&url, &folder);
    let agent: ureq::Agent = ureq::Agent::config_builder().build().into();
    let bearer = format!("Bearer {}", token(&agent, &server.address, &world.client));
    println!(
        "{} walkers on {}",
        settings.walkers,
        url.split(':').next().unwrap_or_default()
    );

    singly(&settings, &world, &server, &bearer);
    in_bulk(&settings, &world, &server, &agent, &bearer);
    runtime.block_on(watched(&settings, &world, &server, &agent, &bearer));
    drop(server);
    drop(std::fs::remove_dir_all(&folder));
}

/// One reading a request, many callers at once.
fn singly(settings: &Settings, world: &World, server: &Server, bearer: &str) {
    let stop = AtomicBool::new(false);
    let cpu = server.cpu();
    let begun = Instant::now();
    let mut taken: Vec<Duration> = std::thread::scope(|scope| {
        let work: Vec<_> = (0..settings.callers)
            .map(|caller| {
                let stop = &stop;
                scope.spawn(move || {
                    let agent: ureq::Agent = ureq::Agent::config_builder().build().into();
                    let mut taken = Vec::new();
                    let mut round = 0_i64;
                    while !stop.load(Ordering::Relaxed) {
                        let at = (caller + taken.len() * settings.callers) % world.walkers.len();
                        round += i64::from(at < settings.callers);
                        let body = reading(&format!("w{at}"), &world.day, 10 + round);
                        let sent = Instant::now();
                        post(&agent, &server.address, bearer, "readings", &body);
                        taken.push(sent.elapsed());
                    }
                    taken
                })
            })
            .collect();
        std::thread::sleep(Duration::from_secs(settings.seconds));
        stop.store(true, Ordering::Relaxed);
        work.into_iter().flat_map(|one| one.join().expect("a caller")).collect()
    });
    let (wall, cpu) = (begun.elapsed().as_secs_f64(), server.cpu().saturating_sub(cpu));
    taken.sort_unstable();
    println!(
        "one reading a request, {} callers: {:.0}/s, until durable p50 {:.1} ms, p99 {:.1} ms, server CPU {:.0} us each",
        settings.callers,
        taken.len() as f64 / wall,
        ms(quantile(&taken, 500)),
        ms(quantile(&taken, 990)),
        cpu.as_secs_f64() * 1e6 / taken.len() as f64,
    );
}

/// Everybody's reading in feeds of a thousand.
fn in_bulk(settings: &Settings, world: &World, server: &Server, agent: &ureq::Agent, bearer: &str) {
    let (mut count, cpu, begun) = (0, server.cpu(), Instant::now());
    let mut steps = 1_000;
    while begun.elapsed() < Duration::from_secs(settings.seconds) {
        steps += 1;
        let numbers: Vec<usize> = (0..world.walkers.len()).collect();
        for some in numbers.chunks(1_000) {
            let lines: Vec<String> = some
                .iter()
                .map(|at| reading(&format!("w{at}"), &world.day, steps))
                .collect();
            post(agent, &server.address, bearer, "readings/bulk", &lines.join("\n"));
            count += some.len();
        }
    }
    let (wall, cpu) = (begun.elapsed().as_secs_f64(), server.cpu().saturating_sub(cpu));
    println!(
        "feeds of a thousand, one caller: {:.0} readings/s, server CPU {:.0} us each",
        count as f64 / wall,
        cpu.as_secs_f64() * 1e6 / f64::from(u32::try_from(count).unwrap_or(u32::MAX)),
    );
}

/// Readings that everybody who looks waits for.
async fn watched(settings: &Settings, world: &World, server: &Server, agent: &ureq::Agent, bearer: &str) {
    let wanted = Arc::new(AtomicI64::new(0));
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let path = format!("/api/v1/programmes/bench/competitions/{}/live", world.competition);
    for viewer in 0..settings.viewers {
        let session = world.sessions.get(viewer).cloned();
        let (address, path, wanted, tell) = (server.address.clone(), path.clone(), wanted.clone(), tell.clone());
        tokio::spawn(view(address, path, session, wanted, tell));
        if viewer % 100 == 99 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    for _ in 0..settings.viewers {
        told.recv().await.expect("viewers that came");
    }
    println!(
        "{} viewers are there; the server has {} MiB",
        settings.viewers,
        server.memory_mib()
    );
    let (mut delays, mut missed) = (Vec::new(), 0);
    let cpu = server.cpu();
    for update in 0..settings.updates {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let steps = 100_000 + i64::try_from(update).unwrap_or(0);
        wanted.store(steps, Ordering::SeqCst);
        let (agent, address, bearer) = (agent.clone(), server.address.clone(), bearer.to_owned());
        let body = reading("w0", &world.day, steps);
        let sent = Instant::now();
        tokio::task::spawn_blocking(move || post(&agent, &address, &bearer, "readings", &body))
            .await
            .expect("a reading");
        let mut waiting = settings.viewers;
        while waiting > 0 {
            match tokio::time::timeout(Duration::from_secs(10), told.recv()).await {
                Ok(Some((score, at))) if score == steps => {
                    delays.push(at.duration_since(sent));
                    waiting -= 1;
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
        missed += waiting;
    }
    let cpu = server.cpu().saturating_sub(cpu);
    delays.sort_unstable();
    println!(
        "from sending a reading until a viewer has read it, {} deliveries, {missed} missed: p50 {:.0} ms, p99 {:.0} ms, \
         most {:.0} ms; server CPU {:.1} us a delivery",
        delays.len(),
        ms(quantile(&delays, 500)),
        ms(quantile(&delays, 990)),
        ms(delays.last().copied().unwrap_or_default()),
        cpu.as_secs_f64() * 1e6 / delays.len().max(1) as f64,
    );
}
