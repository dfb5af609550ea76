//! Runs a plan over the subgraphs, strictly: what runs in parallel sees nothing of its neighbours, and is merged
//! last branch first, since no order is promised.

use apollo_compiler::ExecutableDocument;
use federation::plan::nodes::{
    FetchNode, PathSegment, Plan, PlanNode, Representation, RepresentationField, representations_variable,
};
use serde_json::{Map, Value, json};

use super::{engine::Engine, subgraphs::Subgraphs, world::World};

pub struct Interpreter<'i> {
    world: &'i World<'i>,
    subgraphs: &'i Subgraphs,
    variables: &'i Map<String, Value>,
    pub faults: Vec<String>,
}

/// Keys and indexes from the root of the merged data.
type Location = Vec<Step>;

/// Answers and where they were merged.
type Writes = Vec<(Location, Value)>;

#[derive(Clone)]
enum Step {
    Key(String),
    Index(usize),
}

impl<'i> Interpreter<'i> {
    pub fn new(world: &'i World<'i>, subgraphs: &'i Subgraphs, variables: &'i Map<String, Value>) -> Self {
        Self { world, subgraphs, variables, faults: Vec::new() }
    }

    /// The merged data.
    pub fn run(&mut self, plan: &Plan) -> Value {
        let mut data = json!({});
        if let Some(root) = &plan.root {
            self.node(root, &[Vec::new()], &mut data);
        }
        data
    }

    /// Runs a node on `data`; returns what was merged where.
    fn node(&mut self, node: &PlanNode, paths: &[Vec<PathSegment>], data: &mut Value) -> Writes {
        match node {
            PlanNode::Fetch(fetch) => self.fetch(fetch, paths, data),
            PlanNode::Sequence { nodes } => nodes.iter().flat_map(|node| self.node(node, paths, data)).collect(),
            PlanNode::Parallel { nodes } => {
                let branches: Vec<Writes> =
                    nodes.iter().map(|node| self.node(node, paths, &mut data.clone())).collect();
                let writes: Writes = branches.into_iter().rev().flatten().collect();
                for (location, answer) in &writes {
                    merge(at(data, location).expect("what a branch found is still there"), answer.clone());
                }
                writes
            }
            PlanNode::Flatten { paths, node } => self.node(node, paths, data),
            PlanNode::Condition { variable, if_true, if_false } => {
                let is_true = self.variables.get(&**variable).and_then(Value::as_bool).unwrap_or(false);
                let branch = if is_true { if_true } else { if_false };
                branch.as_ref().map(|branch| self.node(branch, paths, data)).unwrap_or_default()
            }
            PlanNode::Subscription { primary, rest } => {
                let mut writes = self.fetch(primary, paths, data);
                writes.extend(rest.iter().flat_map(|rest| self.node(rest, paths, data)));
                writes
            }
        }
    }

    fn fetch(&mut self, fetch: &FetchNode, paths: &[Vec<PathSegment>], data: &mut Value) -> Writes {
        let mut found = Vec::new();
        for path in paths {
            locate(data, path, Vec::new(), &mut found);
        }
        let mut variables: Map<String, Value> = self
            .variables
            .iter()
            .filter(|(name, _)| fetch.variables.iter().any(|used| **used == **name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let writes: Writes = match &fetch.entities {
            None => {
                let answer = self.ask(fetch, &variables);
                found.into_iter().map(|location| (location, answer.clone())).collect()
            }
            Some(entities) => {
                let represented: Vec<(Location, Value)> = found
                    .into_iter()
                    .filter_map(|location| {
                        let representation = represent(at(data, &location)?, entities)?;
                        Some((location, representation))
                    })
                    .collect();
                let (targets, representations): (Vec<Location>, Vec<Value>) = represented.into_iter().unzip();
                if representations.is_empty() {
                    return Writes::new();
                }
                variables.insert(representations_variable(&fetch.variables), Value::Array(representations));
                let answer = self.ask(fetch, &variables);
                let answers = answer.get("_entities").and_then(Value::as_array).cloned().unwrap_or_default();
                targets.into_iter().zip(answers).filter(|(_, answer)| !answer.is_null()).collect()
            }
        };
        for (location, answer) in &writes {
            merge(at(data, location).expect("the location was just found"), answer.clone());
        }
        writes
    }

    fn ask(&mut self, fetch: &FetchNode, variables: &Map<String, Value>) -> Value {
        let (graph, schema) = self.subgraphs.named(&fetch.subgraph);
        let document = match ExecutableDocument::parse_and_validate(schema, &*fetch.operation, "fetch.graphql") {
            Ok(document) => document,
            Err(failure) => {
                self.faults
                    .push(format!("{}: invalid request {}\n{}", fetch.subgraph, fetch.operation, failure.errors));
                return Value::Null;
            }
        };
        let operation = document.operations.get(None).expect("a request has one operation");
        for definition in &operation.variables {
            let known =
                definition.ty.inner_named_type() == "_Any" || fetch.variables.iter().any(|v| **v == *definition.name);
            assert!(known, "{} is declared and not forwarded", definition.name);
        }
        let engine = Engine::subgraph(self.world, (graph, schema), &document, variables);
        let answer = engine.execute(operation).into_json();
        self.faults.extend(engine.faults.into_inner());
        answer
    }
}

/// The later answer counts.
fn merge(target: &mut Value, source: Value) {
    match (target, source) {
        (Value::Object(target), Value::Object(source)) => {
            for (key, value) in source {
                match target.get_mut(&key) {
                    Some(known) => merge(known, value),
                    None => {
                        target.insert(key, value);
                    }
                }
            }
        }
        (Value::Array(target), Value::Array(source)) => {
            for (target, source) in target.iter_mut().zip(source) {
                merge(target, source);
            }
        }
        (_, Value::Null) => {}
        (target, source) => *target = source,
    }
}

fn locate(data: &Value, path: &[PathSegment], here: Location, found: &mut Vec<Location>) {
    match path.split_first() {
        None => {
            if data.is_object() {
                found.push(here);
            }
        }
        Some((PathSegment::Key(key), rest)) => {
            if let Some(inner) = data.get(&**key) {
                locate(inner, rest, [here, vec![Step::Key(key.to_string())]].concat(), found);
            }
        }
        Some((PathSegment::List, rest)) => {
            for (index, item) in data.as_array().into_iter().flatten().enumerate() {
                locate(item, rest, [here.clone(), vec![Step::Index(index)]].concat(), found);
            }
        }
        Some((PathSegment::Types(types), rest)) => {
            let typename = data.get("__typename").and_then(Value::as_str);
            if typename.is_some_and(|name| types.iter().any(|ty| **ty == *name)) {
                locate(data, rest, here, found);
            }
        }
    }
}

fn at<'d>(data: &'d mut Value, location: &Location) -> Option<&'d mut Value> {
    location.iter().try_fold(data, |data, step| match step {
        Step::Key(key) => data.get_mut(key),
        Step::Index(index) => data.get_mut(index),
    })
}

fn represent(object: &Value, entities: &[Representation]) -> Option<Value> {
    let typename = object.get("__typename")?.as_str()?;
    let chosen = entities.iter().find(|one| one.types.iter().any(|ty| **ty == *typename))?;
    let mut fields = Map::new();
    fields.insert("__typename".to_owned(), json!(chosen.typename.as_deref().unwrap_or(typename)));
    read(object, &chosen.fields, &mut fields)?;
    Some(Value::Object(fields))
}

fn read(object: &Value, fields: &[RepresentationField], into: &mut Map<String, Value>) -> Option<()> {
    let typename = object.get("__typename").and_then(Value::as_str).unwrap_or_default();
    for field in fields {
        if !field.types.is_empty() && !field.types.iter().any(|ty| **ty == *typename) {
            continue;
        }
        let value = object.get(&*field.data_key).unwrap_or(&Value::Null);
        if value.is_null() && field.never_null {
            return None;
        }
        into.insert(field.name.to_string(), read_value(value, &field.fields)?);
    }
    Some(())
}

fn read_value(value: &Value, fields: &[RepresentationField]) -> Option<Value> {
    match value {
        Value::Array(items) => items.iter().map(|item| read_value(item, fields)).collect(),
        Value::Object(_) if !fields.is_empty() => {
            let mut inner = Map::new();
            read(value, fields, &mut inner)?;
            Some(Value::Object(inner))
        }
        other => Some(other.clone()),
    }
}
