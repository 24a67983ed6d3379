//! The command line of Puhui: one program that serves, imports, quantifies, verifies.

mod books;
mod config;
mod demo;
mod import;
mod methodology;
mod models;
mod quantify;
mod serve;
mod simulate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Carbon inclusion (碳普惠): from daily acts to exact, explained, double-booked grams.
#[derive(Parser)]
#[command(
    name = "puhui",
    version,
    after_help = "Examples:
  puhui demo                                   a seeded world on this machine, nothing else needed
  puhui init --database sqlite://puhui.db      new books with an administrator
  puhui serve --database sqlite://puhui.db     serve them
  puhui simulate steps.csv --speed 3600         a month of Walk & Win in minutes, live in the browser
  puhui quantify rides.csv -m cycling-for-driving --summary
  puhui verify --database sqlite://puhui.db    recompute every gram and balance"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Args),
    Serve(serve::Args),
    Simulate(simulate::Args),
    Init(books::InitArgs),
    Quantify(Box<quantify::Args>),
    Import(import::Args),
    Methodology(methodology::Args),
    Models(models::Args),
    Verify(books::VerifyArgs),
    Retention(books::RetentionArgs),
    Backup(books::BackupArgs),
    Restore(books::RestoreArgs),
}

fn main() -> ExitCode {
    let command = match Cli::parse().command {
        Command::Quantify(args) => return quantify::run(&args, today()),
        Command::Methodology(args) => return methodology::run(&args),
        Command::Restore(args) => return finish(books::restore(&args)),
        Command::Models(args) => return finish(models::run(args)),
        other => other,
    };
    config::log();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return finish(Err(Stop::new(format!("cannot start: {error}")))),
    };
    finish(runtime.block_on(async {
        match command {
            Command::Demo(args) => demo::run(args).await,
            Command::Serve(args) => serve::run(args).await,
            Command::Simulate(args) => simulate::run(args).await,
            Command::Init(args) => books::init(args).await,
            Command::Import(args) => import::run(args).await,
            Command::Verify(args) => books::verify(args).await,
            Command::Retention(args) => books::retention(args).await,
            Command::Backup(args) => books::backup(args).await,
            Command::Quantify(_) | Command::Methodology(_) | Command::Restore(_) | Command::Models(_) => Ok(()),
        }
    }))
}

/// Why a command ended: what went wrong and the exit status, 1 for a finding, 2 for what could not be done.
#[derive(Debug)]
pub(crate) struct Stop {
    words: String,
    status: u8,
}

impl Stop {
    pub(crate) fn new(words: impl Into<String>) -> Self {
        Stop {
            words: words.into(),
            status: 2,
        }
    }

    pub(crate) fn finding(words: impl Into<String>) -> Self {
        Stop {
            words: words.into(),
            status: 1,
        }
    }
}

impl<E: std::error::Error> From<E> for Stop {
    fn from(error: E) -> Self {
        Stop::new(error.to_string())
    }
}

fn finish(outcome: Result<(), Stop>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            eprintln!("puhui: {}", stop.words);
            ExitCode::from(stop.status)
        }
    }
}

/// The civil day in UTC, read once at the door.
fn today() -> domain::measure::Day {
    let days = outside::clock::Clock::System.now_us().div_euclid(86_400_000_000);
    domain::measure::Day::from_epoch_days(i32::try_from(days).unwrap_or(0))
}
