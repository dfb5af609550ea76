//! Composition, case by case: every folder of `tests/compose` is a federation, its verdict and its reason.
//!
//! A case holds `<subgraph>.graphql` files, a line of `why.md`, and either `supergraph.graphql` (what it composes to)
//! or `errors.json` (why it does not). `UPDATE_CASES=1` writes the verdicts anew; read the difference. `judges/` holds
//! the same cases against other people's composers; where those differ from each other `why.md` says why.

#![expect(clippy::unwrap_used, reason = "a case that cannot be read has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use federation::{Subgraph, Supergraph, compose};

fn case_folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compose");
    let mut folders: Vec<PathBuf> =
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn read_subgraphs(folder: &Path) -> Vec<Subgraph> {
    let mut subgraphs: Vec<Subgraph> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "graphql"))
        .filter(|path| path.file_stem().is_some_and(|stem| stem != "supergraph"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            Subgraph { url: Some(format!("http://{name}")), name, sdl: fs::read_to_string(&path).unwrap() }
        })
        .collect();
    subgraphs.sort_by(|left, right| left.name.cmp(&right.name));
    subgraphs
}

/// What composing gives: the file it is kept in, and its content.
fn verdict(subgraphs: &[Subgraph]) -> (&'static str, String) {
    match compose(subgraphs) {
        Ok(supergraph) => ("supergraph.graphql", supergraph.sdl),
        Err(errors) => ("errors.json", format!("{}\n", serde_json::to_string_pretty(&errors).unwrap())),
    }
}

#[test]
fn every_case_has_its_verdict() {
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let mut failures = Vec::new();
    let folders = case_folders();
    for folder in &folders {
        let (file, content) = verdict(&read_subgraphs(folder));
        let other = if file == "errors.json" { "supergraph.graphql" } else { "errors.json" };
        if update {
            fs::write(folder.join(file), &content).unwrap();
            let _ = fs::remove_file(folder.join(other));
        }
        let kept = fs::read_to_string(folder.join(file)).unwrap_or_default();
        if kept != content {
            failures.push(format!("{}: expected {file}\n{content}", folder.display()));
        }
        if !folder.join("why.md").exists() {
            failures.push(format!("{}: why.md is missing", folder.display()));
        }
    }
    assert!(failures.is_empty(), "{} of {} cases\n{}", failures.len(), folders.len(), failures.join("\n"));
}

#[test]
fn the_order_of_the_input_does_not_change_the_output() {
    for folder in case_folders() {
        let mut subgraphs = read_subgraphs(&folder);
        let first = verdict(&subgraphs);
        subgraphs.reverse();
        assert_eq!(first, verdict(&subgraphs), "{}", folder.display());
    }
}

#[test]
fn what_is_composed_can_be_read_back() {
    for folder in case_folders() {
        if let Ok(composed) = compose(&read_subgraphs(&folder)) {
            let read = Supergraph::parse(&composed.sdl).unwrap();
            assert_eq!(read.api_sdl(), composed.api_sdl(), "{}", folder.display());
            assert_eq!(read.types.len(), composed.types.len(), "{}", folder.display());
        }
    }
}
