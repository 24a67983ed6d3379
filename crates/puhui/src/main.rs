//! The command line of Puhui.

mod quantify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Carbon inclusion: from daily acts to exact grams.
#[derive(Parser)]
#[command(name = "puhui", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Quantify(Box<quantify::Args>),
}

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "the clock is read once, at the door")]
    let now = jiff::Timestamp::now();
    match Cli::parse().command {
        Command::Quantify(args) => {
            let today = now.as_second().div_euclid(86_400);
            let today = domain::measure::Day::from_epoch_days(i32::try_from(today).unwrap_or(0));
            quantify::run(&args, today)
        }
    }
}
