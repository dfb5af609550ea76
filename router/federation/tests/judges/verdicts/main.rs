//! Our side of the comparison with other composers: a filter that composes what it reads.
//!
//! One JSON value a line. In: `{"subgraphs": [{"name", "url", "sdl"}], "supergraphs": {"<judge>": "<sdl>"}}`, the
//! supergraphs being what others made of the same subgraphs. Out: `{"codes": [..], "differences": {"<judge>": [..]}}`;
//! no codes mean that the subgraphs compose, no differences that our reader finds the same graph in both SDLs.

mod facts;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, Write},
};

use federation::{Subgraph, Supergraph, compose};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Federation {
    subgraphs: Vec<Part>,
    #[serde(default)]
    supergraphs: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Part {
    name: String,
    url: String,
    sdl: String,
}

#[derive(Serialize)]
struct Verdict {
    codes: BTreeSet<&'static str>,
    differences: BTreeMap<String, Vec<String>>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let verdict = judge(serde_json::from_str(&line?)?);
        writeln!(output, "{}", serde_json::to_string(&verdict)?)?;
        output.flush()?;
    }
    Ok(())
}

fn judge(federation: Federation) -> Verdict {
    let subgraphs: Vec<Subgraph> = federation
        .subgraphs
        .into_iter()
        .map(|part| Subgraph { name: part.name, url: Some(part.url), sdl: part.sdl })
        .collect();
    match compose(&subgraphs) {
        Ok(ours) => {
            let compare = |(judge, sdl)| (judge, differences(&ours, sdl));
            Verdict { codes: BTreeSet::new(), differences: federation.supergraphs.into_iter().map(compare).collect() }
        }
        Err(errors) => {
            Verdict { codes: errors.iter().map(|error| error.code.as_str()).collect(), differences: BTreeMap::new() }
        }
    }
}

/// What only one of the two supergraphs says; `-` stands for ours, `+` for theirs.
fn differences(ours: &Supergraph, theirs: String) -> Vec<String> {
    let theirs = match Supergraph::parse(&theirs) {
        Ok(theirs) => facts::of(&theirs),
        Err(error) => return vec![format!("cannot be read: {error}")],
    };
    let ours = facts::of(ours);
    let only_ours = ours.difference(&theirs).map(|fact| format!("- {fact}"));
    only_ours.chain(theirs.difference(&ours).map(|fact| format!("+ {fact}"))).collect()
}
