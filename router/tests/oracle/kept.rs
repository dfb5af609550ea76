//! Cases that failed once. A folder holds `<subgraph>.graphql` files, `query.graphql`, `variables.json` where the
//! operation has variables, `labels.txt` where progressive overrides are on, `data.txt` (the number that the data
//! derives from) and `why.md`.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::Map;

use crate::{judge::Question, round::Case};

pub fn write(folder: &Path, case: &Case, question: &Question) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, sdl) in &case.subgraphs {
        fs::write(folder.join(format!("{name}.graphql")), sdl.trim_end().to_owned() + "\n")?;
    }
    fs::write(folder.join("query.graphql"), question.text.trim_end().to_owned() + "\n")?;
    if !question.variables.is_empty() {
        fs::write(folder.join("variables.json"), serde_json::to_string_pretty(&question.variables)? + "\n")?;
    }
    if !case.labels.is_empty() {
        let labels: Vec<&str> = case.labels.iter().map(String::as_str).collect();
        fs::write(folder.join("labels.txt"), labels.join("\n") + "\n")?;
    }
    fs::write(folder.join("data.txt"), format!("{}\n", case.data))
}

/// The folders that are kept, by name.
pub fn folders() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/cases");
    let mut folders: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

/// What is wrong with the case now.
pub fn fault(folder: &Path) -> Option<String> {
    let optional = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    let why = optional("why.md");
    if why.trim().lines().count() != 1 {
        return Some("why.md says in one line what was wrong".to_owned());
    }
    let mut subgraphs = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_some_and(|extension| extension == "graphql") && name != "query" {
            subgraphs.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    subgraphs.sort();
    let labels: BTreeSet<String> = optional("labels.txt").lines().map(str::to_owned).collect();
    let case = Case { subgraphs, labels, data: optional("data.txt").trim().parse().unwrap() };
    let variables = serde_json::from_str(&optional("variables.json")).unwrap_or_else(|_| Map::new());
    let question = Question { text: optional("query.graphql"), variables };
    let supergraph = match case.compose() {
        Ok(supergraph) => supergraph,
        Err(errors) => return Some(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    };
    match case.bench(supergraph) {
        Ok(bench) => match bench.judge(&question) {
            Some(Ok(_)) => None,
            Some(Err(mismatch)) => Some(mismatch.told),
            None => Some("query.graphql is not valid".to_owned()),
        },
        Err(told) => Some(told),
    }
}
