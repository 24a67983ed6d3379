//! How fast activity data become grams, beside DuckDB and Polars doing the same sum, all in one run.
//!
//! `cargo bench -p puhui --bench quantify [-- ROUNDS]`. CPU time on one core is what counts; see
//! `docs/guides/benchmarks.md`. The sums of everyone must be equal to the milligram, or the run fails.

use std::error::Error;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use domain::evidence::Grade;
use domain::measure::Day;
use domain::methodology::{ColumnResults, Context, Methodology, Said, quantify};

type Done<T> = Result<T, Box<dyn Error>>;

const COMMUTE: &str = include_str!("commute.toml");
const COMMUTE_PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/commute.toml");
const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers.py");
const ROWS: usize = 10_000_000;
const MODES: [&str; 10] = [
    "walk", "bike", "ebike", "bus", "ebus", "metro", "tram", "train", "ferry", "pool",
];

/// The data: the same for everyone and in every run.
struct Data {
    folder: PathBuf,
    metres: Vec<i64>,
    modes: Vec<i64>,
}

impl Data {
    fn new() -> Done<Self> {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("quantify-bench");
        fs::create_dir_all(&folder)?;
        let mut state = 1u64;
        // splitmix64
        let mut below = move |most: u64| {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            (z ^ (z >> 31)) % most
        };
        let mut data = Data {
            folder,
            metres: Vec::with_capacity(ROWS),
            modes: Vec::with_capacity(ROWS),
        };
        let mut all = BufWriter::new(File::create(data.csv(ROWS))?);
        let mut tenth = BufWriter::new(File::create(data.csv(ROWS / 10))?);
        writeln!(all, "id,distance,mode")?;
        writeln!(tenth, "id,distance,mode")?;
        for row in 0..ROWS {
            let (id, metres, mode) = (below(1_000_000), 100 + below(29_900), below(10));
            let km = format!("{}.{:03}", metres / 1000, metres % 1000);
            let km = km.trim_end_matches('0').trim_end_matches('.');
            let mode = usize::try_from(mode)?;
            let line = format!("{id},{km},{}\n", MODES[mode]);
            all.write_all(line.as_bytes())?;
            if row < ROWS / 10 {
                tenth.write_all(line.as_bytes())?;
            }
            data.metres.push(i64::try_from(metres)?);
            data.modes.push(i64::try_from(mode)?);
        }
        all.flush()?;
        tenth.flush()?;
        Ok(data)
    }

    fn csv(&self, rows: usize) -> PathBuf {
        self.folder.join(format!("rows-{rows}.csv"))
    }
}

/// User and system time in hundredths of a second: of this process, or of its children that have ended.
fn cpu_seconds(of_children: bool) -> Done<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat[stat.rfind(')').ok_or("no name")? + 2..].split(' ').collect();
    let first = if of_children { 13 } else { 11 };
    let ticks = fields[first].parse::<f64>()? + fields[first + 1].parse::<f64>()?;
    Ok(ticks / 100.0) // USER_HZ is 100 on every Linux
}

/// Millions of rows per second of CPU time, and the sum.
type Measured = (f64, i128);

fn columns(data: &Data, methodology: &Arc<Methodology>, context: &Context<'_>) -> Done<Measured> {
    const PASSES: usize = 8;
    const CHUNK: usize = 8192;
    let mut results = ColumnResults::default();
    let start = cpu_seconds(false)?;
    let mut sum = 0i128;
    for _ in 0..PASSES {
        sum = 0;
        for (metres, modes) in data.metres.chunks(CHUNK).zip(data.modes.chunks(CHUNK)) {
            methodology.quantify_columns(context, &[metres, modes], &mut results)?;
            sum += results.gross_mg.iter().map(|mg| i128::from(*mg)).sum::<i128>();
            if !results.failed.is_empty() {
                return Err("a row failed".into());
            }
        }
        black_box(sum);
    }
    Ok((rate(ROWS * PASSES, cpu_seconds(false)? - start), sum))
}

/// Row by row, each with its full working, from text.
fn workings(data: &Data, methodology: &Arc<Methodology>, context: &Context<'_>, from_text: bool) -> Done<Measured> {
    const SOME: usize = ROWS / 10;
    let texts: Vec<String> = data.metres[..SOME]
        .iter()
        .map(|metres| format!("{}.{:03}", metres / 1000, metres % 1000))
        .collect();
    let said = |row: usize| {
        let mode = MODES[usize::try_from(data.modes[row]).unwrap_or(0)];
        [("distance", Said::Text(&texts[row])), ("mode", Said::Text(mode))]
    };
    let mut inputs = Vec::with_capacity(SOME);
    if !from_text {
        for row in 0..SOME {
            inputs.push(methodology.read_inputs(said(row))?);
        }
    }
    let mut inputs = inputs.into_iter();
    let start = cpu_seconds(false)?;
    let mut sum = 0;
    for row in 0..SOME {
        let inputs = match inputs.next() {
            Some(inputs) => inputs,
            None => methodology.read_inputs(said(row))?,
        };
        let working = black_box(quantify(methodology, inputs, context)?);
        sum += i128::from(working.gross.mg());
    }
    Ok((rate(SOME, cpu_seconds(false)? - start), sum))
}

fn puhui(csv: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_puhui"));
    command.arg("quantify").arg(csv);
    command.args([
        "--methodology",
        COMMUTE_PATH,
        "--day",
        "2026-11-24",
        "--summary",
        "--json",
    ]);
    command.stdout(Stdio::piped());
    command
}

/// The command as a process, its start included.
fn command(csv: &Path, rows: usize) -> Done<Measured> {
    let start = cpu_seconds(true)?;
    let output = puhui(csv).output()?;
    let seconds = cpu_seconds(true)? - start;
    let json: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let sum = json["gross_mg"].as_i64().ok_or("no sum")?;
    Ok((rate(rows, seconds), i128::from(sum)))
}

/// The most memory that the command ever held, in KiB.
fn peak_memory(csv: &Path) -> Done<u64> {
    let mut child = puhui(csv).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        let now = fs::read_to_string(&status).unwrap_or_default();
        let line = now.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(kib.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(1));
    }
    let mut rest = String::new();
    child.stdout.take().ok_or("no output")?.read_to_string(&mut rest)?;
    Ok(peak)
}

fn rate(rows: usize, seconds: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rows = rows as f64;
    rows / seconds / 1e6
}

/// Puts the peers into a folder of their own, once; `None` if that cannot be done.
fn peers(folder: &Path) -> Option<PathBuf> {
    let venv = folder.join("peers");
    let python = venv.join("bin/python");
    let ready = |python: &Path| {
        let import = Command::new(python)
            .args(["-c", "import duckdb, polars"])
            .stderr(Stdio::null())
            .status();
        import.is_ok_and(|status| status.success())
    };
    if ready(&python) {
        return Some(python);
    }
    eprintln!("installing DuckDB and Polars into {}", venv.display());
    let made = Command::new("python3").args(["-m", "venv"]).arg(&venv).status();
    let got = Command::new(&python)
        .args(["-m", "pip", "install", "-q", "duckdb==2.0.0", "polars==2.1.0"])
        .status();
    (made.is_ok() && got.is_ok() && ready(&python)).then_some(python)
}

fn peer(python: &Path, job: &str, csv: &Path) -> Done<Measured> {
    let output = Command::new(python)
        .args([PEERS, job])
        .arg(csv)
        .arg(ROWS.to_string())
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let (rate, sum) = text.trim().split_once(' ').ok_or("the peer failed")?;
    Ok((rate.parse()?, sum.parse()?))
}

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn main() -> Done<()> {
    let rounds: usize = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(5);
    let data = Data::new()?;
    let methodology = Methodology::parse(COMMUTE)?;
    let context = Context {
        region: "CN",
        day: Day::parse("2026-11-24").ok_or("no day")?,
        grade: Grade::E3,
    };
    let csv = data.csv(ROWS);
    let python = peers(&data.folder);
    if python.is_none() {
        eprintln!("no python3 with DuckDB and Polars: measuring Puhui alone");
    }
    // name, the peers it stands beside, and the rates of every round
    let mut table: Vec<(&str, Vec<f64>)> = [
        "columns in memory",
        "  DuckDB",
        "  Polars",
        "puhui quantify FILE.csv --summary",
        "  DuckDB",
        "  Polars",
        "row by row with working",
        "row by row with working, from text",
    ]
    .map(|name| (name, Vec::new()))
    .into();
    for round in 0..rounds {
        eprintln!("round {} of {rounds}", round + 1);
        let mut sums = Vec::new();
        let mut note = |line: usize, measured: Measured, counts: bool| {
            table[line].1.push(measured.0);
            if counts {
                sums.push((line, measured.1));
            }
        };
        note(0, columns(&data, &methodology, &context)?, true);
        note(3, command(&csv, ROWS)?, true);
        note(6, workings(&data, &methodology, &context, false)?, false);
        note(7, workings(&data, &methodology, &context, true)?, false);
        if let Some(python) = &python {
            for (line, job) in [
                (1, "duckdb-memory"),
                (2, "polars-memory"),
                (4, "duckdb-csv"),
                (5, "polars-csv"),
            ] {
                note(line, peer(python, job, &csv)?, true);
            }
        }
        if sums.iter().any(|(_, sum)| *sum != sums[0].1) {
            return Err(format!("the sums differ: {sums:?}").into());
        }
    }
    println!(
        "{ROWS} rows, {} bytes of CSV, median of {rounds} rounds",
        fs::metadata(&csv)?.len()
    );
    println!("{:<36}{:>14}{:>12}", "", "M rows/s/core", "Puhui is");
    let mut ours = 0.0;
    for (name, rates) in &mut table {
        if rates.is_empty() {
            continue;
        }
        let median = median(rates);
        if name.starts_with(' ') {
            println!("{name:<36}{median:>14.1}{:>11.1}x", ours / median);
        } else {
            ours = median;
            println!("{name:<36}{median:>14.1}");
        }
    }
    for rows in [ROWS / 10, ROWS] {
        println!(
            "peak memory at {rows:>8} rows: {:>6} KiB",
            peak_memory(&data.csv(rows))?
        );
    }
    println!("every sum was equal");
    Ok(())
}
