//! Every folder of tests/plan is a case: the plan is as written in plan.txt, and the oracle finds it right.
//!
//! A case: supergraph.graphql (join-spec SDL), query.graphql (one or more operations), why.md (one line),
//! plan.txt (written when `UPDATE_PLANS=1` is set); where operations have variables, variables.json (a list of
//! variable sets, each tried with every operation that declares them); where progressive overrides are on, their
//! labels in labels.txt.

#![expect(clippy::unwrap_used, reason = "a case that cannot be read has failed")]

#[path = "plan/interface_objects.rs"]
mod interface_objects;
#[path = "plan/limits.rs"]
mod limits;
mod oracle;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use apollo_compiler::{ExecutableDocument, Name, executable::Operation};
use federation::{
    Supergraph,
    plan::{PlanError, PlanOptions, Planner},
};
use oracle::Question;
use serde_json::{Map, Value};

/// The case folders, or those of them that `CASE=part-of-a-name` asks for. The place is read when the test runs,
/// so that a copy of the binary can be pointed at other cases.
fn cases() -> Vec<(String, PathBuf)> {
    let folder = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("tests/plan");
    let wanted = std::env::var("CASE").unwrap_or_default();
    let mut found: Vec<(String, PathBuf)> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path))
        .filter(|(name, _)| name.contains(&wanted))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "there are cases in {} that contain {wanted:?}", folder.display());
    found
}

#[test]
fn every_case_has_its_plan_and_the_plan_is_right() {
    let cases = cases();
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|(name, folder)| run(folder).err().map(|problem| format!("== {name}\n{problem}")))
        .collect();
    assert!(failures.is_empty(), "{} of {} cases fail\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// `SEEDS=n` draws more (or, `SEEDS=from..to`, others) for each case.
#[test]
fn random_operations_on_every_case_are_answered_as_the_monolith_would() {
    let supergraphs: Vec<(String, PathBuf)> =
        cases().into_iter().map(|(name, folder)| (name, folder.join("supergraph.graphql"))).collect();
    draw_and_judge(&supergraphs, 40);
}

#[test]
fn random_operations_on_the_shop_are_answered_as_the_monolith_would() {
    let sdl = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/supergraph.graphql");
    draw_and_judge(&[("shop".to_owned(), sdl)], 400);
}

fn draw_and_judge(supergraphs: &[(String, PathBuf)], default_seeds: u64) {
    let seeds = std::env::var("SEEDS").unwrap_or_else(|_| default_seeds.to_string());
    let (from, to) = seeds.split_once("..").unwrap_or(("0", &seeds));
    let seeds: std::ops::Range<u64> = from.parse().unwrap()..to.parse().unwrap();
    let (mut drawn, mut judged, mut failures) = (0, 0, Vec::new());
    for (name, sdl) in supergraphs {
        let supergraph = Supergraph::parse(&fs::read_to_string(sdl).unwrap()).unwrap();
        let planner = Planner::new(&supergraph).unwrap();
        for seed in seeds.clone() {
            drawn += 1;
            match random(&supergraph, &planner, seed) {
                Ok(valid) => judged += usize::from(valid),
                Err(problem) => failures.push(format!("== {name} seed {seed}\n{problem}")),
            }
        }
    }
    let shown = failures[..failures.len().min(4)].join("\n");
    assert!(failures.is_empty(), "{} of {judged} fail\n{shown}", failures.len());
    assert!(judged * 4 > drawn, "only {judged} of {drawn} operations were valid");
}

/// False: the operation drawn is not valid.
fn random(supergraph: &Supergraph, planner: &Planner, seed: u64) -> Result<bool, String> {
    let drawn = oracle::operations::draw(&supergraph.api_schema, seed);
    let text = &drawn.text;
    let Ok(document) = ExecutableDocument::parse_and_validate(&supergraph.api_schema, text.as_str(), "drawn") else {
        return Ok(false);
    };
    let plan = match planner.plan(&document, None, &PlanOptions::default()) {
        Ok(plan) => plan,
        Err(PlanError::Limit(_)) => return Ok(false),
        Err(error) => return Err(format!("{error}\n{}", document.serialize())),
    };
    let labels = BTreeSet::new();
    let question = Question { supergraph, labels: &labels, document: &document, operation: None, plan: &plan };
    let problem = judge(&question, &drawn.variables);
    if problem.is_empty() { Ok(true) } else { Err(format!("{problem}{}{plan}", document.serialize())) }
}

fn run(case: &Path) -> Result<(), String> {
    let read = |name: &str| fs::read_to_string(case.join(name)).map_err(|error| format!("{name}: {error}"));
    let why = read("why.md")?;
    if why.trim().lines().count() != 1 {
        return Err("why.md says in one line why the case is there".to_owned());
    }
    let supergraph = Supergraph::parse(&read("supergraph.graphql")?).map_err(|error| error.to_string())?;
    let document =
        ExecutableDocument::parse_and_validate(&supergraph.api_schema, read("query.graphql")?, "query.graphql")
            .map_err(|failure| failure.errors.to_string())?;
    let variables: Vec<Map<String, Value>> = match fs::read_to_string(case.join("variables.json")) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| error.to_string())?,
        Err(_) => vec![Map::new()],
    };
    let labels = fs::read_to_string(case.join("labels.txt")).unwrap_or_default();
    let override_labels: BTreeSet<Arc<str>> = labels.lines().map(Arc::from).collect();
    let options = PlanOptions { override_labels, ..PlanOptions::default() };
    let planner = Planner::new(&supergraph).map_err(|error| error.to_string())?;
    let mut printed = String::new();
    let mut problems = String::new();
    for operation in document.operations.iter() {
        let name = operation.name.as_ref().map(Name::as_str);
        let plan = planner.plan(&document, name, &options).map_err(|error| error.to_string())?;
        if let Some(name) = name {
            writeln!(printed, "# {name}").unwrap();
        }
        write!(printed, "{plan}").unwrap();
        for set in variable_sets(operation, &variables) {
            let question = Question {
                supergraph: &supergraph,
                labels: &options.override_labels,
                document: &document,
                operation: name,
                plan: &plan,
            };
            problems.push_str(&judge(&question, &set));
        }
    }
    if std::env::var_os("UPDATE_PLANS").is_some() {
        fs::write(case.join("plan.txt"), &printed).map_err(|error| error.to_string())?;
    }
    let expected = read("plan.txt").unwrap_or_default();
    if expected != printed {
        write!(problems, "plan.txt differs; the plan is now\n{printed}").unwrap();
    } else if !problems.is_empty() {
        write!(problems, "the plan is\n{printed}").unwrap();
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn variable_sets(operation: &Operation, all: &[Map<String, Value>]) -> Vec<Map<String, Value>> {
    if operation.variables.is_empty() {
        return vec![Map::new()];
    }
    let declares = |name: &str| operation.variables.iter().any(|definition| definition.name == name);
    let required = operation.variables.iter().filter(|one| one.ty.is_non_null() && one.default_value.is_none());
    let required: Vec<&str> = required.map(|one| one.name.as_str()).collect();
    let fits = |set: &&Map<String, Value>| {
        set.keys().all(|name| declares(name)) && required.iter().all(|name| set.contains_key(*name))
    };
    let sets: Vec<_> = all.iter().filter(fits).cloned().collect();
    assert!(!sets.is_empty(), "no set of variables fits {:?}", operation.name);
    sets
}

fn judge(question: &Question<'_>, variables: &Map<String, Value>) -> String {
    let verdict = oracle::judge(question, variables);
    let mut problem = String::new();
    let shown = Value::Object(variables.clone());
    for fault in verdict.faults {
        writeln!(problem, "fault with {shown}: {fault}").unwrap();
    }
    let (expected, actual) = (verdict.expected, verdict.actual);
    if expected != actual {
        writeln!(problem, "wrong answer with {shown}\n  wanted {expected}\n  got    {actual}").unwrap();
    }
    problem
}
