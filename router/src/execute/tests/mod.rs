//! Hand-written plans against canned answers: what the executor does, without planner and network.

mod failures;
mod merging;
mod nulls;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use federation::plan::nodes::{
    FetchNode, OperationKind, PathSegment, Plan, PlanNode, ProjectedField, ProjectedValue, Projection, Representation,
    RepresentationField, Wrapper,
};
use futures_util::FutureExt as _;
use serde_json::{Value as Json, json};

use super::*;
use crate::errors::Code;

/// Answers by subgraph, taken in order; remembers what was asked.
#[derive(Default)]
struct Canned {
    answers: Mutex<HashMap<String, Vec<Result<String, GraphqlError>>>>,
    asked: Mutex<Vec<(String, Json)>>,
}

impl Canned {
    fn answer(self, subgraph: &str, answer: impl ToString) -> Self {
        self.push(subgraph, Ok(answer.to_string()))
    }

    fn down(self, subgraph: &str) -> Self {
        self.push(subgraph, Err(GraphqlError::new(Code::Unavailable, format!("subgraph {subgraph} is unavailable"))))
    }

    fn push(self, subgraph: &str, answer: Result<String, GraphqlError>) -> Self {
        self.answers.lock().unwrap().entry(subgraph.to_owned()).or_default().push(answer);
        self
    }

    fn representations(&self, index: usize) -> Json {
        self.asked.lock().unwrap()[index].1["variables"]["representations"].clone()
    }
}

impl Ask for Canned {
    async fn ask(&self, fetch: &PreparedFetch, body: Bytes) -> Result<Bytes, GraphqlError> {
        let body = serde_json::from_slice(&body).unwrap();
        self.asked.lock().unwrap().push((fetch.subgraph.to_string(), body));
        let mut answers = self.answers.lock().unwrap();
        answers.get_mut(&*fetch.subgraph).expect("an unexpected request").remove(0).map(Bytes::from)
    }
}

fn run(root: PlanNode, fields: Vec<ProjectedField>, canned: &Canned) -> Json {
    run_with(root, fields, &json!({}), canned)
}

fn run_with(root: PlanNode, fields: Vec<ProjectedField>, variables: &Json, canned: &Canned) -> Json {
    let kind = OperationKind::Query;
    let projection = Projection { fields };
    let shape = Shape::compile(&projection, "Query".into(), &HashMap::new());
    let plan = PreparedPlan::new(Plan { kind, root: Some(root), projection }, shape, &|_, _| None);
    let map = serde_json::from_value(variables.clone()).unwrap();
    let execution = Execution {
        plan: &plan,
        variables: &Variables::new(&apollo_compiler::validation::Valid::assume_valid(map)),
        interfaces: &Arc::new(HashSet::from(["Media".to_owned()])),
        ask: canned,
    };
    let executed = execution.run(None).now_or_never().expect("canned answers never wait");
    let data = executed.body.strip_prefix(b"{\"data\":").expect("data comes first");
    let data: Json = serde_json::from_slice(data).expect("the answer is JSON");
    if executed.errors.is_empty() {
        json!({ "data": data })
    } else {
        json!({ "data": data, "errors": executed.errors })
    }
}

/// The paths and codes of the errors.
fn told(answer: &Json) -> Vec<(String, String)> {
    let text = |value: &Json| value.as_str().unwrap_or("-").to_owned();
    let path = |error: &Json| match error["path"].as_array() {
        Some(parts) => parts.iter().map(|p| p.to_string().replace('"', "")).collect::<Vec<_>>().join("."),
        None => "-".to_owned(),
    };
    let errors = answer["errors"].as_array().map_or(&[][..], Vec::as_slice);
    errors.iter().map(|error| (path(error), text(&error["extensions"]["code"]))).collect()
}

fn fetch(id: usize, subgraph: &str, operation: &str) -> PlanNode {
    PlanNode::Fetch(fetch_node(id, subgraph, operation, None))
}

fn fetch_node(id: usize, subgraph: &str, operation: &str, entities: Option<Vec<Representation>>) -> FetchNode {
    let kind = OperationKind::Query;
    FetchNode { id, subgraph: subgraph.into(), kind, operation: operation.into(), variables: Vec::new(), entities }
}

/// An entity fetch of `selection` on `type_name` by its `id`, below `path` (`*` is every item of a list).
fn entities(id: usize, subgraph: &str, path: &str, (type_name, selection): (&str, &str)) -> PlanNode {
    let operation = format!(
        "query($representations: [_Any!]!) {{ _entities(representations: $representations) {{ ... on {type_name} {{ {selection} }} }} }}"
    );
    let representation =
        Representation { types: vec![type_name.into()], typename: None, fields: vec![input("id", true, Vec::new())] };
    flatten(path, fetch_node(id, subgraph, &operation, Some(vec![representation])))
}

fn flatten(path: &str, node: FetchNode) -> PlanNode {
    let segment = |part: &str| match part {
        "*" => PathSegment::List,
        types if types.starts_with('<') => {
            PathSegment::Types(types.trim_matches(['<', '>']).split('|').map(Into::into).collect())
        }
        key => PathSegment::Key(key.into()),
    };
    PlanNode::Flatten { paths: vec![path.split('.').map(segment).collect()], node: Box::new(PlanNode::Fetch(node)) }
}

fn input(name: &str, is_key: bool, fields: Vec<RepresentationField>) -> RepresentationField {
    RepresentationField {
        data_key: name.into(),
        name: name.into(),
        is_key,
        never_null: is_key,
        types: Vec::new(),
        fields,
    }
}

fn sequence(nodes: Vec<PlanNode>) -> PlanNode {
    PlanNode::Sequence { nodes }
}

/// `key` or `key: data_key`, and the type as SDL writes it.
fn leaf(key: &str, ty: &str) -> ProjectedField {
    let name: Arc<str> = ty.trim_matches(['[', ']', '!']).into();
    projected(key, ty, ProjectedValue::Scalar { name })
}

fn object(key: &str, ty: &str, fields: Vec<ProjectedField>) -> ProjectedField {
    let name: Arc<str> = ty.trim_matches(['[', ']', '!']).into();
    let possible_types = vec![Arc::clone(&name)];
    projected(key, ty, ProjectedValue::Object { name, possible_types, fields })
}

fn projected(key: &str, ty: &str, value: ProjectedValue) -> ProjectedField {
    let (response_key, data_key) = key.split_once(": ").unwrap_or((key, key));
    ProjectedField {
        response_key: response_key.into(),
        data_key: data_key.into(),
        name: data_key.into(),
        types: Vec::new(),
        conditions: Vec::new(),
        wrappers: wrappers(ty),
        value,
    }
}

fn wrappers(ty: &str) -> Vec<Wrapper> {
    if let Some(inner) = ty.strip_suffix('!') {
        return [vec![Wrapper::NonNull], wrappers(inner)].concat();
    }
    match ty.strip_prefix('[').and_then(|ty| ty.strip_suffix(']')) {
        Some(inner) => [vec![Wrapper::List], wrappers(inner)].concat(),
        None => Vec::new(),
    }
}
