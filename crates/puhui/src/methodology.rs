//! `puhui methodology`: reading, testing and comparing methodology files.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use domain::measure::{Carbon, Lang};
use domain::methodology::{Methodology, Unquantified, catalogue, diff};

/// Read, test and compare methodologies.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Check files and their worked examples; without FILE, those that Puhui ships
    Test {
        /// Methodology files
        files: Vec<PathBuf>,
    },
    /// Show a methodology: a file, or the id of one that Puhui ships
    Show {
        /// FILE.toml or ID
        methodology: String,
    },
    /// Show what differs between two: formulas, factors, weights, caps, and what the examples come out as
    Diff {
        /// FILE.toml or ID
        old: String,
        /// FILE.toml or ID
        new: String,
    },
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let outcome = match &args.command {
        Command::Test { files } => test(files),
        Command::Show { methodology } => find(methodology).map(|methodology| show(&methodology)),
        Command::Diff { old, new } => find(old).and_then(|old| {
            diff(&old, &find(new)?);
            Ok(())
        }),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            eprintln!("puhui: {words}");
            ExitCode::from(if words.ends_with("not clean") { 1 } else { 2 })
        }
    }
}

/// A methodology by file or by shipped id.
fn find(name: &str) -> Result<Arc<Methodology>, String> {
    if Path::new(name)
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("toml"))
    {
        let text = std::fs::read_to_string(name).map_err(|e| format!("{name}: {e}"))?;
        return Methodology::parse(&text).map_err(|e| format!("{name}: {e}"));
    }
    let file = format!("{name}.toml");
    let shipped = catalogue::FILES.iter().find(|(shipped, _)| *shipped == file);
    let (_, text) = shipped.ok_or_else(|| format!("\"{name}\" is neither a .toml file nor a shipped methodology"))?;
    Methodology::parse(text).map_err(|e| format!("{name}: {e}"))
}

fn test(files: &[PathBuf]) -> Result<(), String> {
    let mut texts: Vec<(String, String)> = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
        texts.push((file.display().to_string(), text));
    }
    if files.is_empty() {
        texts.extend(
            catalogue::FILES
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned())),
        );
    }
    let mut wrong = 0;
    for (name, text) in &texts {
        match Methodology::parse(text) {
            Ok(methodology) => {
                say(&format!(
                    "ok    {name}: {} examples come out right",
                    methodology.examples.len()
                ));
            }
            Err(error) => {
                wrong += 1;
                say(&format!("WRONG {name}: {error}"));
            }
        }
    }
    if wrong == 0 {
        Ok(())
    } else {
        Err(format!("{wrong} of {} files are not clean", texts.len()))
    }
}

fn lines(methodology: &Methodology) -> Vec<String> {
    let mut out = vec![
        format!(
            "{} — {} / {}",
            methodology.reference(),
            methodology.title.zh,
            methodology.title.en
        ),
        format!("behaviour {} ({:?})", methodology.behaviour, methodology.category),
    ];
    out.extend(
        methodology
            .inputs
            .iter()
            .map(|input| format!("input {}: {}", input.name, input.label.en)),
    );
    for factor in &methodology.factors {
        for row in &factor.rows {
            out.push(format!(
                "factor {} = {} {} ({} {}, {}; {})",
                factor.name,
                row.value,
                factor.unit.name(),
                row.region,
                row.year,
                row.kind,
                row.source
            ));
        }
    }
    out.extend(
        methodology
            .steps
            .iter()
            .map(|step| format!("step {} = {}", step.name, step.formula)),
    );
    out.push(format!("baseline = {}", methodology.formulas.baseline));
    out.push(format!("project = {}", methodology.formulas.project));
    out.extend(
        methodology
            .formulas
            .leakage
            .iter()
            .map(|leakage| format!("leakage = {leakage}")),
    );
    for grade in domain::evidence::Grade::ALL {
        if methodology.accepts(grade) {
            out.push(format!("weight {grade} = {}", methodology.weight(grade)));
        }
    }
    for cap in &methodology.caps {
        let count = cap.count.map(|count| format!(" {count} acts")).unwrap_or_default();
        let mass = cap.mass.map(|mass| format!(" {mass}")).unwrap_or_default();
        out.push(format!("cap per {:?}:{count}{mass}", cap.per).to_lowercase());
    }
    out.extend(
        methodology
            .examples
            .iter()
            .map(|e| format!("example {}: {}", e.name, e.expect)),
    );
    out
}

/// One line to standard output; whoever reads it may have seen enough and gone.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn show(methodology: &Methodology) {
    for line in lines(methodology) {
        say(&line);
    }
    for (heading, text) in &methodology.headings {
        say(&format!("\n{heading}\n  {}\n  {}", text.zh, text.en));
    }
}

fn diff(old: &Arc<Methodology>, new: &Arc<Methodology>) {
    if old.reference() != new.reference() {
        say(&format!("- {}\n+ {}", old.reference(), new.reference()));
    }
    for difference in diff::differences(old, new, Lang::En) {
        let about = format!("{} {}", difference.part.name(), difference.name);
        for (sign, text) in [("-", difference.old), ("+", difference.new)] {
            if let Some(text) = text {
                say(&format!("{sign} {about}: {text}"));
            }
        }
    }
    let said = |outcome: Result<Carbon, Unquantified>| match outcome {
        Ok(mass) => mass.to_string(),
        Err(why) => format!("nothing ({why})"),
    };
    for effect in diff::effects(old, new) {
        if effect.old != effect.new {
            let (old, new) = (said(effect.old), said(effect.new));
            say(&format!("~ \"{}\": {old} becomes {new}", effect.example.name));
        }
    }
}
