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

use federation::{CompositionError, ErrorCode, Subgraph, Supergraph, compose};

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

/// What no line of any subgraph stands for.
const WITHOUT_A_PLACE: [ErrorCode; 3] = [
    // Names are given beside the SDL.
    ErrorCode::InvalidSubgraphName,
    // Any subgraph may be the one that gets a query field.
    ErrorCode::NoQueries,
    // The paths are too many because of all that is shared.
    ErrorCode::MaxValidationSubgraphPathsExceeded,
];

/// Whether an error points into the text of one of its subgraphs, or cannot.
fn is_placed(error: &CompositionError, subgraphs: &[Subgraph]) -> bool {
    let Some(subgraph) = subgraphs.iter().find(|subgraph| Some(&subgraph.name) == error.subgraph.as_ref()) else {
        return WITHOUT_A_PLACE.contains(&error.code);
    };
    let (Some(line), Some(column)) = (error.line, error.column) else {
        return WITHOUT_A_PLACE.contains(&error.code);
    };
    let text = subgraph.sdl.split_inclusive('\n').nth(line as usize - 1).unwrap_or_default();
    // A text that ends too early is faulty right after its last character.
    (1..=text.chars().count() + 1).contains(&(column as usize))
}

#[test]
fn every_error_points_to_a_line_that_must_change() {
    let mut astray = Vec::new();
    for folder in case_folders() {
        let subgraphs = read_subgraphs(&folder);
        let errors = compose(&subgraphs).err().unwrap_or_default();
        astray.extend(
            errors.into_iter().filter(|error| !is_placed(error, &subgraphs)).map(|error| (folder.clone(), error)),
        );
    }
    assert!(astray.is_empty(), "{astray:#?}");
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

/// Long texts are read side by side.
#[test]
fn the_length_of_the_input_does_not_change_the_output() {
    let comment = format!("# {}\n", "long ".repeat(4_000));
    for folder in case_folders() {
        let mut subgraphs = read_subgraphs(&folder);
        let first = verdict(&subgraphs);
        if first.1.contains("got EOF") {
            // The end is somewhere else then.
            continue;
        }
        for subgraph in &mut subgraphs {
            subgraph.sdl.push_str(&comment);
        }
        assert_eq!(first, verdict(&subgraphs), "{}", folder.display());
    }
}

#[test]
fn a_text_that_is_wrong_everywhere_is_told_fifty_times() {
    let subgraph = Subgraph { name: "noise".to_owned(), url: None, sdl: "!".repeat(100_000) };
    let errors = compose(&[subgraph]).unwrap_err();
    assert_eq!(errors.len(), 50, "{errors:?}");
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

/// A generator that needs no clock: the same mutations in every run.
struct Lottery(u64);

impl Lottery {
    fn draw(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below.max(1)
    }
}

/// Takes a token out, doubles it, or puts another one in its place.
fn mutate(sdl: &str, lottery: &mut Lottery) -> String {
    let mut tokens: Vec<&str> = sdl.split_inclusive([' ', '\n', '(', ')', '{', '}', '"', ':', '!', '@']).collect();
    for _ in 0..=lottery.draw(3) {
        let (at, other) = (lottery.draw(tokens.len()), lottery.draw(tokens.len()));
        match lottery.draw(3) {
            0 => {
                tokens.remove(at);
            }
            1 => tokens.insert(at, tokens[other]),
            _ => tokens[at] = tokens[other],
        }
        if tokens.is_empty() {
            break;
        }
    }
    tokens.concat()
}

#[test]
fn no_mutation_of_a_case_makes_composition_panic_or_lose_the_place() {
    let mut lottery = Lottery(7);
    for folder in case_folders() {
        let subgraphs = read_subgraphs(&folder);
        for _ in 0..20 {
            let mut mutated = subgraphs.clone();
            let at = lottery.draw(mutated.len());
            mutated[at].sdl = mutate(&mutated[at].sdl, &mut lottery);
            match compose(&mutated) {
                Ok(supergraph) => {
                    let text = mutate(&supergraph.sdl, &mut lottery);
                    let _ = Supergraph::parse(&text);
                }
                Err(errors) => {
                    let astray: Vec<_> = errors.iter().filter(|error| !is_placed(error, &mutated)).collect();
                    assert!(astray.is_empty(), "{astray:#?} {mutated:#?}");
                }
            }
        }
    }
}
