//! A live board beside Redis: what updates, ranks and pages cost, and how much memory a member takes.
//!
//! `cargo bench -p domain --bench standings [-- MEMBERS...]`, 100 thousand and 1 million unless told otherwise. Starts a
//! `redis-server` of its own on a free port of the loopback, without persistence, and stops it; where the program is
//! missing, only our own figures are printed.
//!
//! Both boards hold the same members and are given the same changes: nineteen of twenty raise a member by 50 to 3,000
//! steps reached now, the others are corrections downwards that come late. The two take turns in each of several rounds and
//! the median is printed. Times are CPU time of the thread (ours) and of the server's main thread (Redis), from
//! `/proc`: the client, the network card and others on the machine do not count. Redis's figures include its protocol, ours
//! are calls of a function. Memory is what the board counts itself, beside the growth of the resident set while it is
//! built, and for Redis the growth of `used_memory`.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use domain::competition::standings::{Member, Reading, Standings};
use domain::measure::ParticipantId;

type Outcome<T> = Result<T, Box<dyn Error>>;

const ROUNDS: usize = 5;
/// Changes or questions of a round, in batches.
const MANY: usize = 200_000;
/// The same, one at a time.
const FEW: usize = 20_000;
/// Pages of a round.
const PAGES: usize = 1_000;
/// Commands that are sent together.
const PIPELINE: usize = 64;
/// Members of a team.
const TEAM: usize = 20;

/// splitmix64
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 += 1;
        usize::try_from((u128::from(mixed(self.0)) * end as u128) >> 64).unwrap_or(0)
    }
}

fn id(n: usize) -> ParticipantId {
    ParticipantId::new((mixed(n as u64 + 1) >> 1).cast_signed())
}

/// A month of steps: most between 100 and 400 thousand, and one of ten who has not begun.
fn members(size: usize, chance: &mut Chance) -> Vec<Member> {
    let member = |n| {
        let score = match chance.below(10) {
            0 => 0,
            _ => number((0..5).map(|_| chance.below(100_000)).sum()),
        };
        Member {
            id: id(n),
            joined_us: number(n * 7),
            team: None,
            score,
            reached_us: number(size * 7 + chance.below(1 << 40)),
        }
    };
    (0..size).map(member).collect()
}

/// A change of a member, and what it adds.
struct Change {
    who: usize,
    by: i64,
    reading: Reading,
}

fn changes(many: usize, members: &mut [Member], now: &mut i64, chance: &mut Chance) -> Vec<Change> {
    let change = |_| {
        let who = chance.below(members.len());
        let member = &mut members[who];
        *now += 10;
        let by = match chance.below(20) {
            0 => -number(chance.below(2_000)).min(member.score),
            _ => 50 + number(chance.below(2_951)),
        };
        member.score += by;
        member.reached_us = if by < 0 { *now - 3_600_000_000 } else { *now };
        let Member {
            id, score, reached_us, ..
        } = *member;
        Change {
            who,
            by,
            reading: Reading { id, score, reached_us },
        }
    };
    (0..many).map(change).collect()
}

fn resident_bytes() -> i64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<i64>().ok());
    kib.unwrap_or(0) * 1024
}

fn computed(path: &str) -> Duration {
    let stat = fs::read_to_string(path).unwrap_or_default();
    Duration::from_nanos(stat.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

/// Time that this thread was computing.
fn timed<T>(job: impl FnOnce() -> T) -> (T, Duration) {
    let now = || {
        // the kernel adds up when a thread gives way, and a few milliseconds later otherwise
        std::thread::yield_now();
        computed("/proc/thread-self/schedstat")
    };
    let start = now();
    let result = black_box(job());
    (result, now().saturating_sub(start))
}

/// A server and a connection to it. Stopped when dropped.
struct Redis {
    child: Child,
    stream: BufReader<TcpStream>,
    schedstat: String,
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer, as far as it is looked at.
#[derive(Debug, PartialEq)]
enum Reply {
    Number(i64),
    Text(String),
    List(usize),
}

impl Redis {
    /// None if the program is missing.
    fn start() -> Outcome<Option<Redis>> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"])
            .arg(port.to_string())
            .stdout(Stdio::null())
            .spawn();
        let Ok(mut child) = child else {
            return Ok(None);
        };
        for _ in 0..100 {
            std::thread::sleep(Duration::from_millis(50));
            if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
                stream.set_nodelay(true)?;
                let schedstat = format!("/proc/{}/schedstat", child.id());
                return Ok(Some(Redis {
                    child,
                    stream: BufReader::new(stream),
                    schedstat,
                }));
            }
        }
        let _ = child.kill();
        Err("redis-server does not answer".into())
    }

    fn reply(&mut self) -> Outcome<Reply> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let (kind, rest) = line.trim_end().split_at(1);
        match kind {
            ":" => Ok(Reply::Number(rest.parse()?)),
            "+" => Ok(Reply::Text(rest.to_owned())),
            "$" => {
                let mut text = vec![0; rest.parse::<usize>()? + 2];
                self.stream.read_exact(&mut text)?;
                text.truncate(text.len() - 2);
                Ok(Reply::Text(String::from_utf8(text)?))
            }
            "*" => {
                let many = rest.parse()?;
                for _ in 0..many {
                    self.reply()?;
                }
                Ok(Reply::List(many))
            }
            _ => Err(line.into()),
        }
    }

    /// Sends commands so many at a time, and has each answer seen.
    fn send(&mut self, commands: &[Vec<u8>], at_once: usize, mut see: impl FnMut(Reply)) -> Outcome<()> {
        for some in commands.chunks(at_once) {
            self.stream.get_mut().write_all(&some.concat())?;
            for _ in some {
                see(self.reply()?);
            }
        }
        Ok(())
    }

    fn ask(&mut self, words: &[&str]) -> Outcome<Reply> {
        let mut answer = Reply::List(0);
        self.send(&[command(words)], 1, |reply| answer = reply)?;
        Ok(answer)
    }

    /// CPU time of the server for these commands.
    fn timed(&mut self, commands: &[Vec<u8>], at_once: usize) -> Outcome<Duration> {
        let start = computed(&self.schedstat);
        self.send(commands, at_once, |_| ())?;
        // it counts once the server sleeps again
        std::thread::sleep(Duration::from_millis(20));
        Ok(computed(&self.schedstat).saturating_sub(start))
    }

    fn used_memory(&mut self) -> Outcome<i64> {
        let Reply::Text(info) = self.ask(&["INFO", "memory"])? else {
            return Err("no memory in INFO".into());
        };
        let line = info.lines().find_map(|line| line.strip_prefix("used_memory:"));
        Ok(line.ok_or("no used_memory in INFO")?.trim().parse()?)
    }
}

/// A command in Redis's protocol (RESP 2).
fn command(words: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
    }
    bytes
}

fn zadd(reading: &Reading) -> Vec<u8> {
    command(&["ZADD", "board", &reading.score.to_string(), &reading.id.to_string()])
}

/// Durations of one thing, a round each, and over how many they are spread.
#[derive(Default)]
struct Row {
    ours: Vec<Duration>,
    peer: Vec<Duration>,
    /// Of ours, and of the peer.
    counts: (usize, usize),
}

fn each(times: &mut [Duration], count: usize) -> Option<f64> {
    times.sort_unstable();
    let median = times.get(times.len() / 2)?;
    Some(median.as_secs_f64() * 1e6 / f64::from(u32::try_from(count).ok()?))
}

fn print(name: &str, row: &mut Row) {
    let (ours, peer) = (each(&mut row.ours, row.counts.0), each(&mut row.peer, row.counts.1));
    let show = |time: Option<f64>| time.map_or("-".to_owned(), |time| format!("{time:.3}"));
    let ratio = ours
        .zip(peer)
        .map_or("-".to_owned(), |(ours, peer)| format!("{:.1}", peer / ours));
    println!("  {name:<52} {:>9} {:>9} {ratio:>7}", show(ours), show(peer));
}

fn bench(size: usize) -> Outcome<()> {
    let mut chance = Chance(7);
    let mut people = members(size, &mut chance);
    let teams = || (0..size.div_ceil(TEAM)).map(|team| (number(team), number(team)));

    let mut redis = Redis::start()?;
    let mut peer_memory = None;
    if let Some(redis) = &mut redis {
        let before = redis.used_memory()?;
        for some in people.chunks(10_000) {
            let adds: Vec<_> = some.iter().map(|member| zadd(&of(member))).collect();
            redis.send(&adds, 1_000, |_| ())?;
        }
        peer_memory = Some(redis.used_memory()? - before);
        for (some, n) in people.chunks(TEAM).zip(0..) {
            let sum: i64 = some.iter().map(|member| member.score).sum();
            redis.ask(&["ZADD", "teams", &sum.to_string(), &format!("team-{n}")])?;
        }
    } else {
        println!("redis-server is missing: skipped");
    }

    let before = resident_bytes();
    let (board, built) = timed(|| Standings::from_members(1, [], people.iter().copied()));
    let mut board = board?;
    let memory = resident_bytes() - before;
    let in_teams = (0..).zip(&people).map(|(n, member)| Member {
        team: Some(n / number(TEAM)),
        ..*member
    });
    let before = resident_bytes();
    let (team_board, team_built) = timed(|| Standings::from_members(1, teams(), in_teams));
    let mut team_board = team_board?;
    let team_memory = resident_bytes() - before;

    let built_bytes = (bytes(&board), bytes(&team_board));

    let mut now = 1 << 42;
    let mut rows: [Row; 9] = Default::default();
    for _ in 0..ROUNDS {
        // the same changes to both, so that the boards stay equal
        let batch = changes(MANY, &mut people, &mut now, &mut chance);
        let readings: Vec<Reading> = batch.iter().map(|change| change.reading).collect();
        rows[0].ours.push(ours(&readings, Standings::set_many, &mut board)?);
        if let Some(redis) = &mut redis {
            let adds: Vec<_> = readings.iter().map(zadd).collect();
            rows[0].peer.push(redis.timed(&adds, PIPELINE)?);
        }

        let batch = changes(MANY, &mut people, &mut now, &mut chance);
        let readings: Vec<Reading> = batch.iter().map(|change| change.reading).collect();
        let single = |board: &mut Standings, some: &[Reading]| {
            some.iter()
                .try_for_each(|next| board.set(next.id, next.score, next.reached_us))
        };
        let took = ours(&readings, single, &mut board)?;
        rows[1].ours.push(took);
        if let Some(redis) = &mut redis {
            let add = |change: &Change| {
                let by = change.by.to_string();
                command(&["ZINCRBY", "board", &by, &change.reading.id.to_string()])
            };
            let adds: Vec<_> = batch.iter().map(add).collect();
            rows[1].peer.push(redis.timed(&adds, PIPELINE)?);
        }
        rows[2].ours.push(took);
        let batch = changes(FEW, &mut people, &mut now, &mut chance);
        let readings: Vec<Reading> = batch.iter().map(|change| change.reading).collect();
        board.set_many(&readings)?;
        if let Some(redis) = &mut redis {
            let adds: Vec<_> = readings.iter().map(zadd).collect();
            rows[2].peer.push(redis.timed(&adds, 1)?);
        }

        let batch = changes(MANY, &mut people, &mut now, &mut chance);
        let readings: Vec<Reading> = batch.iter().map(|change| change.reading).collect();
        rows[3]
            .ours
            .push(ours(&readings, Standings::set_many, &mut team_board)?);
        board.set_many(&readings)?;
        if let Some(redis) = &mut redis {
            let both = |change: &Change| {
                let team = format!("team-{}", change.who / TEAM);
                let of_team = command(&["ZINCRBY", "teams", &change.by.to_string(), &team]);
                [zadd(&change.reading), of_team]
            };
            let adds: Vec<_> = batch.iter().flat_map(both).collect();
            rows[3].peer.push(redis.timed(&adds, PIPELINE)?);
        }

        let asked: Vec<ParticipantId> = (0..MANY).map(|_| id(chance.below(size))).collect();
        let rank = |who: &ParticipantId| command(&["ZREVRANK", "board", &who.to_string()]);
        let commands: Vec<_> = asked.iter().map(rank).collect();
        let batches = || {
            asked
                .chunks(PIPELINE)
                .fold(0, |sum, some| sum + board.ranks(some).len())
        };
        rows[4].ours.push(timed(batches).1);
        let singles = || asked.iter().fold(0, |sum, who| sum ^ board.rank(*who).unwrap_or(0));
        let took = timed(singles).1;
        rows[5].ours.push(took);
        rows[6].ours.push(took);
        if let Some(redis) = &mut redis {
            let took = redis.timed(&commands, PIPELINE)?;
            rows[4].peer.push(took);
            rows[5].peer.push(took);
            rows[6].peer.push(redis.timed(&commands[..FEW], 1)?);
        }

        rows[7]
            .ours
            .push(timed(|| (0..PAGES).for_each(|_| drop(black_box(board.top(100))))).1);
        let near = || {
            asked[..PAGES]
                .iter()
                .for_each(|who| drop(black_box(board.around(*who, 5))));
        };
        rows[8].ours.push(timed(near).1);
        if let Some(redis) = &mut redis {
            let tops = vec![command(&["ZREVRANGE", "board", "0", "99", "WITHSCORES"]); PAGES];
            rows[7].peer.push(redis.timed(&tops, PIPELINE)?);
            let mut ranks = Vec::new();
            redis.send(&commands[..PAGES], PIPELINE, |reply| {
                if let Reply::Number(rank) = reply {
                    ranks.push(rank);
                }
            })?;
            let page = |rank: &i64| {
                let (from, to) = ((rank - 5).max(0).to_string(), (rank + 5).to_string());
                command(&["ZREVRANGE", "board", &from, &to, "WITHSCORES"])
            };
            let pages: Vec<_> = ranks.iter().map(page).collect();
            let took = redis.timed(&commands[..PAGES], PIPELINE)? + redis.timed(&pages, PIPELINE)?;
            rows[8].peer.push(took);
        }
    }
    if let Some(redis) = &mut redis {
        agree(&board, redis, size, &mut chance)?;
    }

    let counts = [
        ("update, by 64 | ZADD, pipelined by 64", MANY, MANY),
        ("update, singly | ZINCRBY, pipelined by 64", MANY, MANY),
        ("update, singly | ZADD, singly", MANY, FEW),
        ("update with team, by 64 | ZADD and ZINCRBY, by 64", MANY, MANY),
        ("rank, by 64 | ZREVRANK, pipelined by 64", MANY, MANY),
        ("rank, singly | ZREVRANK, pipelined by 64", MANY, MANY),
        ("rank, singly | ZREVRANK, singly", MANY, FEW),
        ("top 100 | ZREVRANGE 0 99, by 64", PAGES, PAGES),
        ("around, 5 and 5 | ZREVRANK and ZREVRANGE, by 64", PAGES, PAGES),
    ];
    println!("{size} members: median of {ROUNDS} rounds, CPU microseconds each");
    println!("  {:<52} {:>9} {:>9} {:>7}", "", "ours", "Redis", "times");
    for (row, (name, one, other)) in rows.iter_mut().zip(counts) {
        row.counts = (one, other);
        print(name, row);
    }
    let a_member = |bytes: i64| bytes / number(size);
    println!(
        "  bytes a member: {} built (resident {}), in teams of {TEAM} {} (resident {}); Redis {}",
        a_member(built_bytes.0),
        a_member(memory),
        a_member(built_bytes.1),
        a_member(team_memory),
        peer_memory.map_or("-".to_owned(), |bytes| a_member(bytes).to_string()),
    );
    drop(redis);
    drop(team_board);

    let (outline, outlined) = timed(|| board.outline());
    let (entered, took) = timed(|| {
        let mut board = Standings::new(1);
        people.iter().try_for_each(|member| board.enter(member)).map(|()| board)
    });
    let entered = entered?;
    println!(
        "  by its own count: {} after the updates, {} entered one by one (CPU {took:.2?}, same order: {})",
        a_member(bytes(&board)),
        a_member(bytes(&entered)),
        entered.iter().eq(board.iter()),
    );
    println!(
        "  built from members in CPU {built:.2?}, with teams {team_built:.2?}; outline in {outlined:.2?}, {} bytes",
        outline.to_bytes().len()
    );
    Ok(())
}

fn bytes(board: &Standings) -> i64 {
    number(board.bytes())
}

fn of(member: &Member) -> Reading {
    Reading {
        id: member.id,
        score: member.score,
        reached_us: member.reached_us,
    }
}

/// Time for readings by 64.
fn ours<E: Error + 'static>(
    readings: &[Reading],
    set: impl Fn(&mut Standings, &[Reading]) -> Result<(), E>,
    board: &mut Standings,
) -> Outcome<Duration> {
    let (done, took) = timed(|| readings.chunks(PIPELINE).try_for_each(|some| set(board, some)));
    done?;
    Ok(took)
}

/// Redis must count as many above a member's score, and as many at or above it, as its rank allows.
fn agree(board: &Standings, redis: &mut Redis, size: usize, chance: &mut Chance) -> Outcome<()> {
    for _ in 0..1_000 {
        let who = id(chance.below(size));
        let (Some(member), Some(rank)) = (board.get(who), board.rank(who)) else {
            return Err(format!("{who} is not on the board").into());
        };
        let above = redis.ask(&["ZCOUNT", "board", &format!("({}", member.score), "+inf"])?;
        let level = redis.ask(&["ZCOUNT", "board", &member.score.to_string(), "+inf"])?;
        let (Reply::Number(above), Reply::Number(level)) = (above, level) else {
            return Err("no counts".into());
        };
        let rank = rank.cast_signed();
        if above >= rank || rank > level {
            return Err(format!("{who} has rank {rank}, but Redis counts {above} above and {level} level").into());
        }
    }
    Ok(())
}

fn main() -> Outcome<()> {
    let sizes: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let sizes = if sizes.is_empty() {
        vec![100_000, 1_000_000]
    } else {
        sizes
    };
    sizes.into_iter().try_for_each(bench)
}
