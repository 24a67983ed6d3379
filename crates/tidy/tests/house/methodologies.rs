//! Rules for the reviewed data: every number names its source, every file is known to the catalogue.

use crate::files::{file_name, files_below, none, read, read_toml};
use crate::rust_text;

fn states_source(table: &toml::Table) -> bool {
    table
        .get("source")
        .and_then(toml::Value::as_str)
        .is_some_and(|source| !source.trim().is_empty())
}

/// Counts the values in a factor and notes those that have a source neither on themselves nor on
/// a table around them. A value is a table with a `value` that is no list, and every row of a list
/// called `value` or `values`.
fn values_without_source(table: &toml::Table, around: bool, is_row: bool, found: &mut (usize, usize)) {
    let has = around || states_source(table);
    if is_row
        || table
            .get("value")
            .is_some_and(|value| !value.is_array() && !value.is_table())
    {
        found.0 += 1;
        found.1 += usize::from(!has);
    }
    for (key, inner) in table {
        let rows = key == "value" || key == "values";
        match inner {
            toml::Value::Table(inner) => values_without_source(inner, has, rows, found),
            toml::Value::Array(items) => {
                for item in items {
                    match item {
                        toml::Value::Table(item) => values_without_source(item, has, rows, found),
                        _ if rows => {
                            found.0 += 1;
                            found.1 += usize::from(!has);
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

#[test]
fn every_value_of_a_factor_has_a_source() {
    let mut faults = Vec::new();
    let mut values = 0;
    for path in files_below("methodologies", "toml") {
        let methodology = read_toml(&path);
        let Some(factors) = methodology.get("factor") else {
            continue;
        };
        let factors = factors
            .as_array()
            .unwrap_or_else(|| panic!("{}: [[factor]]", path.display()));
        for factor in factors {
            let factor = factor.as_table().expect("a factor is a table");
            let name = factor.get("name").or_else(|| factor.get("id")).map(ToString::to_string);
            let name = format!("{}: factor {}", path.display(), name.unwrap_or_default());
            let mut found = (0, 0);
            values_without_source(factor, false, false, &mut found);
            values += found.0;
            if found.0 == 0 {
                faults.push(format!("{name} has no value"));
            }
            if found.1 > 0 {
                faults.push(format!("{name}: {} of {} values have no source", found.1, found.0));
            }
        }
    }
    none("a factor without a source", &faults);
    assert!(values > 0, "no methodology has a factor with a value");
}

#[test]
fn a_factor_without_a_source_is_found() {
    let count = |text: &str| {
        let mut found = (0, 0);
        values_without_source(&text.parse().expect("TOML"), false, false, &mut found);
        found
    };
    assert_eq!(count("value = \"1\"\nsource = \"S1\""), (1, 0));
    assert_eq!(count("value = \"1\"\nsource = \" \""), (1, 1));
    assert_eq!(count("source = \"S1\"\n[[values]]\nyear = 2022\nvalue = \"1\""), (1, 0));
    assert_eq!(
        count("[[value]]\nvalue = \"1\"\nsource = \"S1\"\n[[value]]\nvalue = \"2\""),
        (2, 1)
    );
    assert_eq!(count("values = [1, 2]"), (2, 2));
    assert_eq!(count("unit = \"g\""), (0, 0));
}

#[test]
fn every_methodology_is_in_the_catalogue() {
    let catalogue = read("crates/domain/src/methodology/catalogue.rs");
    let named: Vec<String> = rust_text::split(&catalogue)
        .strings
        .into_iter()
        .map(|(_, literal)| literal)
        .collect();
    let in_catalogue = |name: &String| {
        let (path, alone) = (format!("/{name}\""), format!("\"{name}\""));
        named
            .iter()
            .any(|literal| literal.ends_with(&path) || literal.ends_with(&alone))
    };
    let files = files_below("methodologies", "toml");
    let faults: Vec<String> = files
        .iter()
        .map(|path| file_name(path))
        .filter(|name| !in_catalogue(name))
        .collect();
    none("a methodology that catalogue.rs does not list", &faults);
}
