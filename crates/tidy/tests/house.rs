//! The house rules. Each test names one; a failure lists every place that breaks it.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a file that cannot be read is a failed test, and the helpers are outside #[test]"
)]

#[path = "house/files.rs"]
mod files;
#[path = "house/licence.rs"]
mod licence;
#[path = "house/methodologies.rs"]
mod methodologies;
#[path = "house/rust_text.rs"]
mod rust_text;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use files::{crates, file_name, files_below, none, read, read_toml};

/// Who may import whom among our own crates: dependencies point down only.
const LAYERS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("store", &["domain"]),
    ("outside", &["domain"]),
    ("app", &["domain", "store", "outside"]),
    ("web", &["domain", "app"]),
    ("puhui", &["domain", "app", "web", "store", "outside"]),
    ("tidy", &[]),
];

/// What the rules may be built on. Nothing here does I/O.
const DOMAIN_MAY_USE: &[&str] = &["serde", "thiserror", "jiff", "toml", "sha2"];

const VOCABULARY: &[&str] = &[
    "programme",
    "participant",
    "methodology",
    "activity",
    "evidence",
    "ledger",
    "competition",
    "rewards",
    "registry",
    "market",
    "proceeds",
];

const LINES_MAX: usize = 600;

// --- who may import whom ------------------------------------------------------------------------

/// Names in every dependency table of a manifest (dev, build and per target too, unless
/// `shipped_only`), with what stands beside them.
fn dependencies(manifest: &toml::Table, shipped_only: bool) -> Vec<(String, toml::Value)> {
    let mut found = Vec::new();
    for (key, value) in manifest {
        let Some(table) = value.as_table() else {
            continue;
        };
        match key.as_str() {
            "dependencies" | "build-dependencies" => found.extend(table.clone()),
            "dev-dependencies" if !shipped_only => found.extend(table.clone()),
            "target" => {
                let targets = table.values().filter_map(toml::Value::as_table);
                found.extend(targets.flat_map(|target| dependencies(target, shipped_only)));
            }
            _ => {}
        }
    }
    found
}

fn manifest(name: &str) -> toml::Table {
    read_toml(format!("crates/{name}/Cargo.toml"))
}

#[test]
fn every_crate_has_its_place_in_the_layers() {
    let placed: BTreeSet<String> = LAYERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(crates().into_iter().collect::<BTreeSet<_>>(), placed);
}

#[test]
fn crates_import_only_crates_that_lie_below_them() {
    let ours: Vec<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
    let mut faults = Vec::new();
    for (name, below) in LAYERS {
        for (dependency, _) in dependencies(&manifest(name), false) {
            let dependency = dependency.as_str();
            // a crate may use itself in its tests, with the features that only tests want
            if ours.contains(&dependency) && dependency != *name && !below.contains(&dependency) {
                faults.push(format!("{name} imports {dependency}"));
            }
        }
    }
    none("dependencies point down only", &faults);
}

#[test]
fn the_domain_is_built_on_its_allow_list_only() {
    let faults: Vec<String> = dependencies(&manifest("domain"), true)
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| !DOMAIN_MAY_USE.contains(&name.as_str()))
        .collect();
    none("domain depends on what is not on its allow-list", &faults);
}

#[test]
fn every_dependency_is_taken_from_the_workspace_manifest() {
    let mut faults = Vec::new();
    for name in crates() {
        for (dependency, value) in dependencies(&manifest(&name), false) {
            if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                faults.push(format!("{name}: {dependency}"));
            }
        }
    }
    none(
        "a dependency stands once, in the root Cargo.toml, and is used by `.workspace = true`",
        &faults,
    );
}

#[test]
fn every_workspace_dependency_states_its_reason() {
    let text = read("Cargo.toml");
    let mut inside = false;
    // Name and whether a reason was seen; an entry may run over several lines.
    let mut entries: Vec<(String, bool)> = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            assert!(
                !line.starts_with("[workspace.dependencies."),
                "one line each, please: {line}"
            );
            inside = line == "[workspace.dependencies]";
            continue;
        }
        let (value, reason) = split_toml_comment(line);
        if !inside || value.trim().is_empty() {
            continue;
        }
        let name: String = value
            .chars()
            .take_while(|c| c.is_alphanumeric() || "-_".contains(*c))
            .collect();
        if !name.is_empty() {
            let ours = value.contains("path = \"crates/");
            entries.push((name, ours));
        }
        if let Some(entry) = entries.last_mut() {
            entry.1 |= !reason.trim().is_empty();
        }
    }
    assert!(
        !entries.is_empty(),
        "the root Cargo.toml has no [workspace.dependencies]"
    );
    let faults: Vec<String> = entries
        .into_iter()
        .filter(|(_, has)| !has)
        .map(|(name, _)| name)
        .collect();
    none("a dependency without a reason beside it", &faults);
}

/// Splits a line at the `#` that starts a comment, not at one inside quotes.
fn split_toml_comment(line: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted => return (&line[..at], &line[at + 1..]),
            _ => {}
        }
    }
    (line, "")
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let takes = |name: &String| {
        let manifest = manifest(name);
        manifest.get("lints").and_then(|lints| lints.get("workspace")) == Some(&toml::Value::Boolean(true))
    };
    let faults: Vec<String> = crates().into_iter().filter(|name| !takes(name)).collect();
    none("a crate without `[lints] workspace = true`", &faults);
    let unsafe_code = read_toml("Cargo.toml")["workspace"]["lints"]["rust"]["unsafe_code"].clone();
    assert_eq!(unsafe_code.as_str(), Some("forbid"));
}

// --- licences, bans, sources --------------------------------------------------------------------

fn metadata() -> serde_json::Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(files::root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

fn strings(value: &toml::Value) -> Vec<&str> {
    let list = value.as_array().expect("a list in deny.toml");
    list.iter()
        .map(|item| item.as_str().expect("a string in deny.toml"))
        .collect()
}

#[test]
fn dependencies_keep_the_rules_of_deny_toml() {
    let deny = read_toml("deny.toml");
    let licences = strings(&deny["licenses"]["allow"]);
    let exceptions = deny["licenses"]["exceptions"].as_array().expect("exceptions");
    let banned = deny["bans"]["deny"].as_array().expect("bans.deny");
    let banned: BTreeMap<&str, &str> = banned
        .iter()
        .map(|ban| {
            (
                ban["crate"].as_str().expect("a name"),
                ban["reason"].as_str().expect("a reason"),
            )
        })
        .collect();

    let mut faults = Vec::new();
    let metadata = metadata();
    for package in metadata["packages"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name");
        let version = package["version"].as_str().expect("a version");
        let licence = package["license"].as_str().unwrap_or_default();
        let excepted = exceptions.iter().filter(|one| one["crate"].as_str() == Some(name));
        let excepted: Vec<&str> = excepted.flat_map(|one| strings(&one["allow"])).collect();
        if !licence::is_met(licence, &|one| licences.contains(&one) || excepted.contains(&one)) {
            faults.push(format!("{name} {version}: licence {licence:?}"));
        }
        if let Some(reason) = banned.get(name) {
            faults.push(format!("{name} {version} is banned: {reason}"));
        }
        if let Some(source) = package["source"].as_str() {
            let allowed = source
                .strip_prefix("registry+")
                .is_some_and(|source| source.ends_with("/crates.io-index"));
            if !allowed {
                faults.push(format!("{name} {version} comes from {source}"));
            }
        } else {
            let dependencies = package["dependencies"].as_array().expect("dependencies");
            for wild in dependencies
                .iter()
                .filter(|one| one["req"] == "*" && one["path"].is_null())
            {
                faults.push(format!("{name} takes any version of {}", wild["name"]));
            }
        }
    }
    none("a dependency against deny.toml", &faults);
}

// --- Rust sources -------------------------------------------------------------------------------

fn has_word(text: &str, word: &str) -> bool {
    let continues = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word)
        .any(|(at, _)| !continues(text[..at].chars().next_back()) && !continues(text[at + word.len()..].chars().next()))
}

#[test]
fn no_source_file_is_over_600_lines_without_a_reason() {
    let mut faults = Vec::new();
    for path in files_below("crates", "rs") {
        let text = read(&path);
        let lines = text.lines().count();
        let reason = text
            .lines()
            .take(10)
            .find_map(|line| line.trim().strip_prefix("// long because:"));
        if lines > LINES_MAX && reason.is_none_or(|reason| reason.trim().is_empty()) {
            faults.push(format!("{}: {lines} lines", path.display()));
        }
    }
    none(
        "a long file without `// long because: ...` in its first ten lines",
        &faults,
    );
}

#[test]
fn no_half_done_work_and_no_unsafe_code_is_left_in_sources() {
    let mut faults = Vec::new();
    for path in files_below("crates", "rs") {
        let code = rust_text::split(&read(&path)).code;
        for (at, line) in code.lines().enumerate() {
            let mut fault = |what: &str| faults.push(format!("{}:{}: {what}", path.display(), at + 1));
            for name in ["todo", "unimplemented", "dbg"] {
                if has_word(line, name) && line.contains(&format!("{name}!")) {
                    fault(name);
                }
            }
            if has_word(line, "unsafe") {
                fault("unsafe");
            }
        }
    }
    none("no todo, unimplemented, dbg or unsafe", &faults);
}

/// Tests may look into the books with their own eyes, and benchmarks set them up.
fn may_speak_sql(path: &Path) -> bool {
    path.starts_with("crates/store")
        || path.starts_with("crates/puhui/benches")
        || path.components().any(|part| part.as_os_str() == "tests")
}

fn speaks_sql(text: &str) -> bool {
    let starts = [
        "SELECT ",
        "INSERT INTO ",
        "DELETE FROM ",
        "CREATE TABLE ",
        "ALTER TABLE ",
        "DROP TABLE ",
    ];
    let update = text
        .split_once("UPDATE ")
        .is_some_and(|(_, rest)| has_word(rest, "SET"));
    update || starts.iter().any(|start| text.contains(start))
}

#[test]
fn only_the_store_speaks_sql() {
    let mut faults = Vec::new();
    for path in files_below("crates", "rs").iter().filter(|path| !may_speak_sql(path)) {
        let text = read(path);
        // Unit tests come last in a file.
        let shipped = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        for (line, literal) in rust_text::split(shipped).strings {
            // A statement may be broken over lines, in the text or by a backslash.
            let literal = literal
                .replace("\\\n", " ")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            if speaks_sql(&(literal + " ")) {
                faults.push(format!("{}:{line}", path.display()));
            }
        }
    }
    none("SQL outside crates/store", &faults);
}

// --- twins: messages and migrations -------------------------------------------------------------

/// Keys of a Fluent file; an attribute counts as `message.attribute`.
fn message_keys(path: &Path) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    let mut message = String::new();
    for line in read(path).lines() {
        let Some((key, _)) = line.split_once('=') else {
            continue;
        };
        let key = key.trim_end();
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        };
        if is_name(key.strip_prefix('-').unwrap_or(key)) {
            key.clone_into(&mut message);
            keys.push(message.clone());
        } else if let Some(attribute) = key.trim_start().strip_prefix('.').filter(|name| is_name(name)) {
            keys.push(format!("{message}.{attribute}"));
        }
    }
    keys
}

#[test]
fn both_languages_have_the_same_messages_in_the_same_files() {
    let mut faults = Vec::new();
    let mut keys: BTreeMap<&str, BTreeSet<(String, String)>> = BTreeMap::new();
    for language in ["zh", "en"] {
        let mut seen = BTreeMap::new();
        for path in files_below(&format!("crates/web/messages/{language}"), "ftl") {
            for key in message_keys(&path) {
                if let Some(first) = seen.insert(key.clone(), file_name(&path)) {
                    faults.push(format!("{language}: {key} stands twice: {first}, {}", file_name(&path)));
                }
                keys.entry(language).or_default().insert((file_name(&path), key));
            }
        }
    }
    for (file, key) in keys["zh"].symmetric_difference(&keys["en"]) {
        let language = if keys["zh"].contains(&(file.clone(), key.clone())) {
            "zh"
        } else {
            "en"
        };
        faults.push(format!("{file}: {key} stands in {language} only"));
    }
    none("messages that the two languages do not share", &faults);
}

#[test]
fn every_migration_has_its_twin_for_the_other_engine() {
    let names = |engine: &str| -> BTreeSet<String> {
        let files = files_below(&format!("crates/store/migrations/{engine}"), "sql");
        files.iter().map(|path| file_name(path)).collect()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    let faults: Vec<String> = sqlite.symmetric_difference(&postgres).cloned().collect();
    none("a migration on one engine only", &faults);
}

// --- documents ----------------------------------------------------------------------------------

#[test]
fn the_guide_to_evidence_describes_every_limit_and_sign_as_it_is_shipped() {
    let policy = read_toml("policies/evidence.toml");
    let guide = read("docs/guides/evidence.md");
    for part in ["limits", "signs"] {
        for (name, value) in policy[part].as_table().unwrap() {
            let shown = match (part, value) {
                ("signs", toml::Value::Integer(risk)) => format!("{risk} of risk"),
                (_, toml::Value::String(word)) => word.clone(),
                (_, other) => other.to_string(),
            };
            let line = format!("| `{name}` | {shown} | ");
            assert!(guide.contains(&line), "docs/guides/evidence.md lacks {line}");
        }
    }
}

#[test]
fn every_word_of_the_vocabulary_stands_in_architecture_md() {
    let text = read("ARCHITECTURE.md").to_lowercase();
    let missing = VOCABULARY.iter().filter(|word| !has_word(&text, word));
    let faults: Vec<String> = missing.map(ToString::to_string).collect();
    none("ARCHITECTURE.md does not name", &faults);
}
