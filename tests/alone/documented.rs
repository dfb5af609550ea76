//! docs/OPERATIONS.md names every variable and every metric of the code, and none that is not there.

use std::{collections::BTreeSet, fs, path::Path};

use crate::guide;

/// Where services and the launcher read variables and count things.
const SOURCES: [&str; 7] =
    ["kit", "subgraphs", "router", "discovery", "souk/src/infra", "souk/src/home.rs", "souk/src/cli/verify.rs"];
/// Between the launcher and its children, for nobody else.
const INTERNAL: [&str; 1] = ["SOUK_LAUNCHER_PID"];

#[test]
fn every_variable_is_documented_and_no_other() {
    let code = words(&sources(), |word| word.starts_with("SOUK_") && word.len() > 6);
    let code: BTreeSet<String> = code.into_iter().filter(|name| !INTERNAL.contains(&name.as_str())).collect();
    let told = words(&guide::page().replace('`', "\""), |word| word.starts_with("SOUK_"));
    assert_eq!(told.difference(&code).collect::<Vec<_>>(), [""; 0], "documented, but not read");
    assert_eq!(code.difference(&told).collect::<Vec<_>>(), [""; 0], "read, but not documented");
}

#[test]
fn every_metric_is_documented_and_no_other() {
    let is_metric = |word: &str| {
        let prefixed = ["souk_", "router_", "discovery_"].iter().any(|prefix| word.starts_with(prefix));
        prefixed && word == word.to_lowercase()
    };
    let counted: String = sources().split("metrics::").skip(1).map(|after| first_line(after) + "\n").collect();
    let code = words(&counted, is_metric);
    assert!(code.len() > 20, "{code:?}");
    let page = guide::page();
    let table = page.split_once("**Metrics**").unwrap().1.split_once("## Upgrades").unwrap().0.replace('`', "\"");
    let told = words(&table, is_metric);
    assert_eq!(told.difference(&code).collect::<Vec<_>>(), [""; 0], "documented, but not counted");
    assert_eq!(code.difference(&told).collect::<Vec<_>>(), [""; 0], "counted, but not documented");
}

/// What stands in quotes and is one word that `wanted` takes.
fn words(text: &str, wanted: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let word = |part: &&str| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && wanted(part);
    text.split('"').filter(word).map(str::to_owned).collect()
}

fn first_line(text: &str) -> String {
    text.chars().take(120).filter(|c| *c != '\n').collect()
}

/// All code that is not a test, with test modules at the end of files cut off.
fn sources() -> String {
    let mut text = String::new();
    for source in SOURCES {
        read(&guide::root().join(source), &mut text);
    }
    text
}

fn read(path: &Path, text: &mut String) {
    if path.is_dir() {
        let name = path.file_name().unwrap_or_default();
        if ["tests", "testing", "target", "node_modules"].iter().any(|passed_over| name == *passed_over) {
            return;
        }
        for entry in fs::read_dir(path).unwrap() {
            read(&entry.unwrap().path(), text);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        let whole = fs::read_to_string(path).unwrap();
        let code = whole.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        // Comments quote names too.
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            text.push_str(line);
            text.push('\n');
        }
    }
}
