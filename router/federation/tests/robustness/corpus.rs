//! Real texts to begin from: the cases of composition and planning, the shop's schemas and its queries.

use std::{
    fs,
    path::{Path, PathBuf},
};

use federation::Subgraph;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// In the order of their names, so that a seed picks the same one everywhere.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

fn graphql_files(folder: &Path) -> Vec<PathBuf> {
    let is_graphql = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "graphql");
    entries(folder).into_iter().filter(is_graphql).collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// The subgraphs of every case of composition, and last the shop's.
pub fn federations() -> Vec<Vec<Subgraph>> {
    let cases = entries(&root().join("tests/compose")).into_iter().filter(|path| path.is_dir());
    let folders: Vec<PathBuf> = cases.chain([root().join("../../schema")]).collect();
    let subgraph = |path: &PathBuf| Subgraph { name: stem(path), url: None, sdl: fs::read_to_string(path).unwrap() };
    let is_subgraph = |path: &PathBuf| !["supergraph", "api"].contains(&stem(path).as_str());
    folders
        .iter()
        .map(|folder| graphql_files(folder).iter().filter(|path| is_subgraph(path)).map(subgraph).collect())
        .filter(|federation: &Vec<Subgraph>| !federation.is_empty())
        .collect()
}

/// A supergraph and queries against it.
pub struct Planned {
    pub name: String,
    pub supergraph: String,
    pub queries: Vec<String>,
}

/// The cases of planning, and last the shop.
pub fn planned() -> Vec<Planned> {
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let mut found: Vec<Planned> = entries(&root().join("tests/plan"))
        .into_iter()
        .filter(|path| path.is_dir())
        .map(|folder| Planned {
            name: stem(&folder),
            supergraph: read(&folder.join("supergraph.graphql")),
            queries: vec![read(&folder.join("query.graphql"))],
        })
        .collect();
    let queries = graphql_files(&root().join("../../frontend-examples/queries"));
    found.push(Planned {
        name: "shop".to_owned(),
        supergraph: read(&root().join("../../schema/supergraph.graphql")),
        queries: queries.iter().map(|path| read(path)).collect(),
    });
    found
}
