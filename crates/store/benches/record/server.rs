//! A PostgreSQL cluster for one run, with the settings it comes with but a gigabyte of shared buffers; and what a
//! cluster and this process cost the processor.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The variable that names a server to use instead of a cluster of one's own.
pub const SERVER: &str = "PUHUI_BENCH_POSTGRES";

pub enum Server {
    /// Started here; stopped and removed at the end.
    Own { folder: PathBuf, binaries: PathBuf },
    /// Somebody else's.
    Given(String),
}

impl Server {
    /// `None` where PostgreSQL is not installed.
    pub fn start(folder: &Path) -> Option<Self> {
        if let Ok(url) = std::env::var(SERVER) {
            return Some(Self::Given(url));
        }
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
        let newest =
            versions.max_by_key(|version| version.file_name().to_string_lossy().parse::<u32>().unwrap_or(0))?;
        let folder = folder.join("postgres");
        std::fs::create_dir_all(&folder).expect("a folder for the cluster");
        let server = Self::Own {
            folder: folder.clone(),
            binaries: newest.path().join("bin"),
        };
        // initdb refuses to run as root
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&folder));
        }
        let data = folder.join("data");
        let user = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"];
        run(server.command("initdb").arg("-D").arg(&data).args(user));
        let settings = format!(
            "-c shared_buffers=1GB -c listen_addresses= -c unix_socket_directories={}",
            folder.display()
        );
        let log = folder.join("log");
        run(server
            .command("pg_ctl")
            .arg("-D")
            .arg(&data)
            .args(["-w", "-o", &settings, "-l"])
            .arg(log)
            .arg("start"));
        Some(server)
    }

    fn command(&self, program: &str) -> Command {
        let Self::Own { binaries, folder } = self else {
            unreachable!("only for a cluster of one's own")
        };
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(binaries.join(program));
            command
        } else {
            Command::new(binaries.join(program))
        };
        command.current_dir(folder);
        command
    }

    /// The address of a database.
    pub fn url(&self, database: &str) -> String {
        match self {
            Self::Own { folder, .. } => {
                let socket = folder.display().to_string().replace('/', "%2F");
                format!("postgres://postgres@{socket}/{database}")
            }
            Self::Given(url) => {
                let (address, options) = url.split_once('?').unwrap_or((url, ""));
                let (host, _) = address.rsplit_once('/').expect("the server's address names a database");
                format!(
                    "{host}/{database}{}{options}",
                    if options.is_empty() { "" } else { "?" }
                )
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Self::Own { folder, .. } = self {
            let data = folder.join("data");
            drop(
                self.command("pg_ctl")
                    .arg("-D")
                    .arg(data)
                    .args(["-m", "fast", "-w", "stop"])
                    .stdout(Stdio::null())
                    .status(),
            );
        }
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
}

fn run(command: &mut Command) {
    let status = command.stdout(Stdio::null()).status().expect("the command starts");
    assert!(status.success(), "{command:?}: {status}");
}

/// The fields of `/proc/PID/stat` after the name, which may hold spaces.
fn stat(process: &str) -> Option<Vec<i64>> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    Some(
        fields
            .split(' ')
            .map(|field| field.trim().parse().unwrap_or(0))
            .collect(),
    )
}

/// Processor time so far, user and system, in microseconds: of this process, and of all processes of a cluster.
pub fn cpu_us(postmaster: Option<u32>) -> (i64, i64) {
    const TICK_US: i64 = 10_000; // USER_HZ is 100 on Linux
    const PARENT: usize = 1;
    let sum = |fields: &[i64], range: std::ops::RangeInclusive<usize>| fields[range].iter().sum::<i64>() * TICK_US;
    let own = stat("self").map_or(0, |fields| sum(&fields, 11..=12));
    let Some(postmaster) = postmaster else {
        return (own, 0);
    };
    // with the children that ended
    let mut server = stat(&postmaster.to_string()).map_or(0, |fields| sum(&fields, 11..=14));
    for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = process.file_name();
        let fields = name.to_str().filter(|name| name.parse::<u32>().is_ok()).and_then(stat);
        if let Some(fields) = fields.filter(|fields| fields[PARENT] == i64::from(postmaster)) {
            server += sum(&fields, 11..=12);
        }
    }
    (own, server)
}
