//! Every folder of tests/plan is a case: the plan is as written in plan.txt, and the oracle finds it right.
//!
//! A case: supergraph.graphql (join-spec SDL), query.graphql (one or more operations), why.md (one line),
//! plan.txt (written when `UPDATE_PLANS=1` is set), and, where operations have variables, variables.json
//! (a list of variable sets, each tried with every operation that declares them).

#[path = "plan/limits.rs"]
mod limits;
mod oracle;

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use apollo_compiler::{ExecutableDocument, Name, executable::Operation, validation::Valid};
use federation::{
    Supergraph,
    plan::{PlanOptions, Planner},
};
use serde_json::{Map, Value};

#[test]
fn every_case_has_its_plan_and_the_plan_is_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plan");
    let mut failures = Vec::new();
    let mut count = 0;
    let wanted = std::env::var("CASE").ok();
    let entries: BTreeSet<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    for case in entries.iter().filter(|path| path.is_dir()) {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        if wanted.as_ref().is_some_and(|wanted| !name.contains(wanted.as_str())) {
            continue;
        }
        count += 1;
        if let Err(problem) = run(case) {
            failures.push(format!("== {name}\n{problem}"));
        }
    }
    assert!(count > 0, "there are cases");
    assert!(failures.is_empty(), "{} of {count} cases fail\n{}", failures.len(), failures.join("\n"));
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
    let planner = Planner::new(&supergraph).map_err(|error| error.to_string())?;
    let mut printed = String::new();
    let mut problems = String::new();
    for operation in document.operations.iter() {
        let name = operation.name.as_ref().map(Name::as_str);
        let plan = planner.plan(&document, name, &PlanOptions::default()).map_err(|error| error.to_string())?;
        if let Some(name) = name {
            writeln!(printed, "# {name}").unwrap();
        }
        write!(printed, "{plan}").unwrap();
        for set in variable_sets(operation, &variables) {
            problems.push_str(&judge(&supergraph, &document, name, &plan, &set));
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

fn judge(
    supergraph: &Supergraph,
    document: &Valid<ExecutableDocument>,
    name: Option<&str>,
    plan: &federation::plan::Plan,
    variables: &Map<String, Value>,
) -> String {
    let verdict = oracle::judge(supergraph, document, name, plan, variables);
    let mut problem = String::new();
    let shown = Value::Object(variables.clone());
    for fault in verdict.faults {
        writeln!(problem, "fault with {shown}: {fault}").unwrap();
    }
    let (expected, actual) = (verdict.expected.to_string(), verdict.actual.to_string());
    if expected != actual {
        writeln!(problem, "wrong answer with {shown}\n  wanted {expected}\n  got    {actual}").unwrap();
    }
    problem
}
