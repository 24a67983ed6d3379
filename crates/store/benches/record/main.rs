//! Recording acts: the committer against one transaction an act, on both engines, in one run.
//!
//! ```text
//! cargo bench -p store --bench record -- [options]
//!   --engine sqlite|postgres|both   both
//!   --participants 100000           enrolled before the first act
//!   --rounds 3                      each round runs every variant once, interleaved; medians are shown
//!   --seconds 5                     measured in each, after one second to warm up
//!   --lanes 1                       writing connections on PostgreSQL to try, e.g. 1,2,4
//!   --variants bulk,single,peer     what to run
//!   --grow 0                        instead: bulk until so many acts, the rate of each successive million
//!   --folder PATH                   for the books; a temporary one, removed at the end
//! ```
//!
//! All variants of an engine write to the same books, which grow from round to round. PostgreSQL: a cluster of the
//! run's own over a Unix socket, or the server that `PUHUI_BENCH_POSTGRES` names.
#![expect(
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    reason = "a benchmark that goes wrong should stop, and shows rounded numbers"
)]

mod peer;
mod server;
mod workload;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use server::{Server, cpu_us};
use store::{Db, Engine, Options, Store};
use workload::Workload;

const CALLERS: usize = 64;
const BULK: usize = 100;

struct Settings {
    engines: Vec<Engine>,
    participants: u64,
    rounds: usize,
    seconds: f64,
    lanes: Vec<usize>,
    variants: Vec<String>,
    grow: u64,
    folder: Option<PathBuf>,
}

impl Settings {
    fn from_args() -> Self {
        let mut settings = Self {
            engines: vec![Engine::Sqlite, Engine::Postgres],
            participants: 100_000,
            rounds: 3,
            seconds: 5.0,
            lanes: vec![1],
            variants: ["bulk", "single", "peer"].map(str::to_owned).to_vec(),
            grow: 0,
            folder: None,
        };
        let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
        while let Some(option) = args.next() {
            let value = args.next().unwrap_or_default();
            let number = || value.parse().expect("a number");
            match option.as_str() {
                "--engine" if value == "sqlite" => settings.engines = vec![Engine::Sqlite],
                "--engine" if value == "postgres" => settings.engines = vec![Engine::Postgres],
                "--engine" if value == "both" => {}
                "--participants" => settings.participants = number(),
                "--rounds" => settings.rounds = value.parse().expect("a number"),
                "--seconds" => settings.seconds = value.parse().expect("a number"),
                "--lanes" => settings.lanes = value.split(',').map(|n| n.parse().expect("a number")).collect(),
                "--variants" => settings.variants = value.split(',').map(str::to_owned).collect(),
                "--grow" => settings.grow = number(),
                "--folder" => settings.folder = Some(value.into()),
                _ => {
                    eprintln!("record: {option} {value}? See the head of crates/store/benches/record/main.rs");
                    std::process::exit(2);
                }
            }
        }
        settings
    }
}

/// One way of recording acts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Variant {
    /// [`Store::post`] over so many lanes, so many acts a call.
    Committer { lanes: usize, acts: usize },
    /// One transaction an act.
    Peer,
}

impl Variant {
    fn name(self) -> String {
        match self {
            Self::Committer { lanes, acts } => {
                let kind = if acts == 1 { "single" } else { "bulk" };
                format!("{kind}, {lanes} lane{}", if lanes == 1 { "" } else { "s" })
            }
            Self::Peer => "peer".to_owned(),
        }
    }
}

/// One caller's way in.
enum Caller {
    Committer(Store, usize),
    SqlitePeer(Store),
    PostgresPeer(Box<peer::Connection>),
}

impl Caller {
    /// Makes one call; how many acts it was.
    async fn call(&self, workload: &Arc<Workload>) -> u64 {
        let acts = if let Self::Committer(_, acts) = self { *acts } else { 1 };
        let mut posts = workload.posts(acts);
        match self {
            Self::Committer(store, _) => {
                let posted = store.post(posts).await.expect("acts are decided");
                assert_eq!(posted.len(), acts, "every act is answered");
            }
            Self::SqlitePeer(store) => {
                let post = posts.pop().expect("one");
                peer::on_sqlite(store, workload, post).await.expect("an act is decided");
            }
            Self::PostgresPeer(connection) => {
                let post = posts.pop().expect("one");
                connection.act(workload, &post).await.expect("an act is decided");
            }
        }
        acts as u64
    }
}

/// What was seen in one measured stretch.
#[derive(Clone, Copy)]
struct Sample {
    rate: f64,
    p50_ms: f64,
    p99_ms: f64,
    client_us: f64,
    server_us: f64,
    acts_a_commit: f64,
}

/// The books of one engine.
struct Books {
    url: String,
    engine: Engine,
    postmaster: Option<u32>,
    workload: Arc<Workload>,
    bytes_before: i64,
}

impl Books {
    async fn prepare(url: String, participants: u64) -> Self {
        let store = Store::open(&url, Options::default()).await.expect("books open");
        let workload = Workload::prepare(&store, participants)
            .await
            .expect("everybody is enrolled");
        let postmaster = postmaster(&store).await;
        let mut books = Self {
            engine: store.engine(),
            url,
            postmaster,
            workload,
            bytes_before: 0,
        };
        store.close().await;
        books.bytes_before = books.bytes().await;
        books
    }

    /// Lets callers call until `until` says so after the warming up.
    async fn measure(&self, variant: Variant, seconds: f64) -> Sample {
        let options = match variant {
            Variant::Committer { lanes, .. } => Options {
                lanes,
                ..Options::default()
            },
            Variant::Peer => Options {
                batch: 1,
                ..Options::default()
            },
        };
        let store = Store::open(&self.url, options).await.expect("books open");
        let (counting, stop) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let acts = Arc::new(AtomicU64::new(0));
        let mut callers = Vec::new();
        for _ in 0..CALLERS {
            let caller = match (variant, self.engine) {
                (Variant::Committer { acts, .. }, _) => Caller::Committer(store.clone(), acts),
                (Variant::Peer, Engine::Sqlite) => Caller::SqlitePeer(store.clone()),
                (Variant::Peer, Engine::Postgres) => {
                    let connection = peer::Connection::open(&self.url).await.expect("a connection");
                    Caller::PostgresPeer(Box::new(connection))
                }
            };
            let (workload, counting, stop, acts) =
                (self.workload.clone(), counting.clone(), stop.clone(), acts.clone());
            callers.push(tokio::spawn(async move {
                let mut times_us: Vec<u32> = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let counted = counting.load(Ordering::Relaxed);
                    let began = Instant::now();
                    let done = caller.call(&workload).await;
                    acts.fetch_add(done, Ordering::Relaxed);
                    if counted {
                        times_us.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
                    }
                }
                times_us
            }));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        counting.store(true, Ordering::Relaxed);
        let (acts_before, commits_before) = (acts.load(Ordering::Relaxed), store.commits());
        let (cpu_before, began) = (cpu_us(self.postmaster), Instant::now());
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        let (cpu_after, took) = (cpu_us(self.postmaster), began.elapsed());
        let commits = store.commits() - commits_before;
        let count = (acts.load(Ordering::Relaxed) - acts_before) as f64;
        stop.store(true, Ordering::Relaxed);
        let mut times_us = Vec::new();
        for caller in callers {
            times_us.extend(caller.await.expect("a caller ends well"));
        }
        store.close().await;
        times_us.sort_unstable();
        let quantile = |q: f64| {
            let at = (times_us.len() as f64 * q) as usize;
            times_us.get(at).map_or(f64::NAN, |us| f64::from(*us) / 1000.0)
        };
        Sample {
            rate: count / took.as_secs_f64(),
            p50_ms: quantile(0.50),
            p99_ms: quantile(0.99),
            client_us: (cpu_after.0 - cpu_before.0) as f64 / count,
            server_us: (cpu_after.1 - cpu_before.1) as f64 / count,
            acts_a_commit: if commits == 0 { 1.0 } else { count / commits as f64 },
        }
    }

    /// One stretch of bulk, told million by million.
    async fn grow(&self, acts: u64) {
        const MILLION: u64 = 1_000_000;
        let store = Store::open(&self.url, Options::default()).await.expect("books open");
        let done = Arc::new(AtomicU64::new(0));
        let mut callers = Vec::new();
        for _ in 0..CALLERS {
            let (caller, workload, done) = (
                Caller::Committer(store.clone(), BULK),
                self.workload.clone(),
                done.clone(),
            );
            callers.push(tokio::spawn(async move {
                while done.load(Ordering::Relaxed) < acts {
                    done.fetch_add(caller.call(&workload).await, Ordering::Relaxed);
                }
            }));
        }
        let (mut mark, mut began, mut cpu) = (0, Instant::now(), cpu_us(self.postmaster));
        let whole = began;
        println!("{:>12} {:>10} {:>10}", "acts", "acts/s", "µs CPU");
        while mark < acts {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let now = done.load(Ordering::Relaxed);
            if now >= (mark + MILLION).min(acts) {
                let (used, count) = (cpu_us(self.postmaster), (now - mark) as f64);
                let us = (used.0 + used.1 - cpu.0 - cpu.1) as f64 / count;
                println!("{now:>12} {:>10.0} {us:>10.1}", count / began.elapsed().as_secs_f64());
                (mark, began, cpu) = (now, Instant::now(), used);
            }
        }
        println!("{:>12} {:>10.0}", "all", mark as f64 / whole.elapsed().as_secs_f64());
        for caller in callers {
            caller.await.expect("a caller ends well");
        }
        store.close().await;
    }

    /// What the books take on disk.
    async fn bytes(&self) -> i64 {
        if let Some(path) = self.url.strip_prefix("sqlite://") {
            return std::fs::metadata(path).map_or(0, |file| file.len().cast_signed());
        }
        let sql = "SELECT sum(pg_total_relation_size(relid))::bigint FROM pg_stat_user_tables";
        self.ask(sql).await
    }

    async fn ask(&self, sql: &'static str) -> i64 {
        let options = Options {
            role: store::Role::ReadOnly,
            ..Options::default()
        };
        let store = Store::open(&self.url, options).await.expect("books open");
        let answer = store
            .read(async move |db: &mut Db| db.row(sql, &[]).await?.map_or(Ok(0), |row| row.int(0)))
            .await;
        store.close().await;
        answer.expect("the books answer")
    }

    /// Size, and that balances are the sums of the entries.
    async fn tell(&self) {
        let entries = self.ask("SELECT count(*) FROM entry").await;
        let grew = self.bytes().await - self.bytes_before;
        println!(
            "{entries} records, {:.0} bytes on disk each, claims and participants' rows with them",
            grew as f64 / entries as f64
        );
        let differ = self
            .ask("SELECT CAST((SELECT sum(mg) FROM entry) - (SELECT sum(credited_mg) FROM participant) AS BIGINT)")
            .await;
        assert_eq!(differ, 0, "balances are the sums of the entries");
    }
}

/// The first process of the cluster that keeps the books.
async fn postmaster(store: &Store) -> Option<u32> {
    if store.engine() == Engine::Sqlite {
        return None;
    }
    let folder = store
        .read(async move |db: &mut Db| {
            let row = db.row("SELECT current_setting('data_directory')", &[]).await?;
            row.map_or(Ok(String::new()), |row| row.text(0).map(str::to_owned))
        })
        .await;
    let file = PathBuf::from(folder.expect("a superuser may ask")).join("postmaster.pid");
    let text = std::fs::read_to_string(file).expect("the server runs on this machine");
    text.lines().next().and_then(|number| number.parse().ok())
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("?").to_owned()
}

async fn compare(books: &Books, settings: &Settings) {
    let lanes: &[usize] = if books.engine == Engine::Sqlite {
        &[1]
    } else {
        &settings.lanes
    };
    let wanted = |name: &str| settings.variants.iter().any(|variant| variant == name);
    let mut variants = Vec::new();
    for (name, acts) in [("bulk", BULK), ("single", 1)] {
        if wanted(name) {
            variants.extend(lanes.iter().map(|lanes| Variant::Committer { lanes: *lanes, acts }));
        }
    }
    if wanted("peer") {
        variants.push(Variant::Peer);
    }
    let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); variants.len()];
    for _ in 0..settings.rounds {
        for (variant, samples) in variants.iter().zip(&mut samples) {
            samples.push(books.measure(*variant, settings.seconds).await);
        }
    }
    let of = |samples: &[Sample], value: fn(&Sample) -> f64| median(samples.iter().map(value).collect());
    let peer = variants.iter().position(|variant| *variant == Variant::Peer);
    let peer = peer.map(|at| of(&samples[at], |sample| sample.rate));
    println!(
        "{:<16} {:>8} {:>17} {:>8} {:>9} {:>9} {:>8} {:>8} {:>8} {:>11}",
        "variant",
        "acts/s",
        "lowest-highest",
        "to peer",
        "p50 ms",
        "p99 ms",
        "µs CPU",
        "client",
        "server",
        "acts/commit"
    );
    for (variant, samples) in variants.iter().zip(&samples) {
        let rate = of(samples, |sample| sample.rate);
        let rates: Vec<f64> = samples.iter().map(|sample| sample.rate).collect();
        let (least, most) = (
            rates.iter().copied().fold(f64::MAX, f64::min),
            rates.iter().copied().fold(0.0, f64::max),
        );
        println!(
            "{:<16} {rate:>8.0} {:>17} {:>8} {:>9.1} {:>9.1} {:>8.1} {:>8.1} {:>8.1} {:>11.0}",
            variant.name(),
            format!("{least:.0}-{most:.0}"),
            peer.map_or_else(String::new, |peer| format!("{:.1}", rate / peer)),
            of(samples, |sample| sample.p50_ms),
            of(samples, |sample| sample.p99_ms),
            of(samples, |sample| sample.client_us + sample.server_us),
            of(samples, |sample| sample.client_us),
            of(samples, |sample| sample.server_us),
            of(samples, |sample| sample.acts_a_commit),
        );
    }
}

#[tokio::main]
async fn main() {
    let settings = Settings::from_args();
    let own = std::env::temp_dir().join(format!("puhui-bench-{}", std::process::id()));
    let folder = settings.folder.clone().unwrap_or_else(|| own.clone());
    std::fs::create_dir_all(&folder).expect("a folder for the books");
    for engine in &settings.engines {
        let (url, server) = match engine {
            Engine::Sqlite => (format!("sqlite://{}/books.db", folder.display()), None),
            Engine::Postgres => {
                let Some(server) = Server::start(&folder) else {
                    println!("\nPostgreSQL: not installed");
                    continue;
                };
                let name = format!("puhui_bench_{}", std::process::id());
                let (client, connection) = tokio_postgres::connect(&server.url("postgres"), tokio_postgres::NoTls)
                    .await
                    .expect("the server answers");
                tokio::spawn(connection);
                client
                    .batch_execute(&format!("CREATE DATABASE {name}"))
                    .await
                    .expect("a database");
                (server.url(&name), Some(server))
            }
        };
        let books = Books::prepare(url, settings.participants).await;
        println!(
            "\n{engine:?}: {} participants, load average {}",
            settings.participants,
            load_average()
        );
        if settings.grow > 0 {
            books.grow(settings.grow).await;
        } else {
            compare(&books, &settings).await;
        }
        books.tell().await;
        drop(server);
    }
    if settings.folder.is_none() {
        drop(std::fs::remove_dir_all(own));
    }
}
