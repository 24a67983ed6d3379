//! Finding and reading the repository's files. A missing file is a failed test, never a skip.

use std::fs;
use std::path::{Path, PathBuf};

pub fn root() -> &'static Path {
    let tidy = Path::new(env!("CARGO_MANIFEST_DIR"));
    tidy.ancestors().nth(2).expect("tidy lies two folders below the root")
}

pub fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn read_toml(path: impl AsRef<Path>) -> toml::Table {
    let path = path.as_ref();
    read(path)
        .parse()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Files below a folder of the repository, sorted, as paths from the root. The folder must hold
/// at least one: a rule over no files would pass for ever.
pub fn files_below(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&root().join(folder), extension, &mut found);
    found.sort();
    assert!(!found.is_empty(), "{folder} has no .{extension} file");
    found
}

fn collect(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a readable folder entry").path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                collect(&path, extension, found);
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path.strip_prefix(root()).expect("a path below the root").to_owned());
        }
    }
}

pub fn file_name(path: &Path) -> String {
    path.file_name()
        .expect("a file has a name")
        .to_string_lossy()
        .into_owned()
}

/// Names of the folders in `crates`.
pub fn crates() -> Vec<String> {
    let folders = fs::read_dir(root().join("crates")).expect("the folder crates");
    let mut names: Vec<String> = folders
        .map(|entry| entry.expect("a readable folder entry").path())
        .filter(|path| path.join("Cargo.toml").is_file())
        .map(|path| file_name(&path))
        .collect();
    names.sort();
    names
}

/// Fails with every fault at once, so that one run shows all there is to mend.
pub fn none(rule: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{rule}:\n  {}", faults.join("\n  "));
}
