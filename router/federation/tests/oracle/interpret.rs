//! Runs a plan over the subgraphs, strictly: what runs in parallel sees nothing of its neighbours.

use apollo_compiler::ExecutableDocument;
use federation::plan::nodes::{FetchNode, PathSegment, Plan, PlanNode, Representation, RepresentationField};
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
            self.node(root, &[], &mut data);
        }
        data
    }

    fn node(&mut self, node: &PlanNode, path: &[PathSegment], data: &mut Value) {
        match node {
            PlanNode::Fetch(fetch) => self.fetch(fetch, path, data),
            PlanNode::Sequence { nodes } => nodes.iter().for_each(|node| self.node(node, path, data)),
            PlanNode::Parallel { nodes } => {
                let before = data.clone();
                for node in nodes {
                    let mut own = before.clone();
                    self.node(node, path, &mut own);
                    self.merge(data, own);
                }
            }
            PlanNode::Flatten { path, node } => self.node(node, path, data),
            PlanNode::Condition { variable, if_true, if_false } => {
                let is_true = self.variables.get(&**variable).and_then(Value::as_bool).unwrap_or(false);
                if let Some(branch) = if is_true { if_true } else { if_false } {
                    self.node(branch, path, data);
                }
            }
            PlanNode::Subscription { primary, rest } => {
                self.fetch(primary, path, data);
                if let Some(rest) = rest {
                    self.node(rest, path, data);
                }
            }
        }
    }

    fn fetch(&mut self, fetch: &FetchNode, path: &[PathSegment], data: &mut Value) {
        let mut found = Vec::new();
        locate(data, path, Vec::new(), &mut found);
        let mut variables: Map<String, Value> = self
            .variables
            .iter()
            .filter(|(name, _)| fetch.variables.iter().any(|used| **used == **name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let Some(entities) = &fetch.entities else {
            let answer = self.ask(fetch, &variables);
            for location in found {
                let object = at(data, &location).expect("the location was just found");
                self.merge(object, answer.clone());
            }
            return;
        };
        let mut targets = Vec::new();
        let mut representations = Vec::new();
        for location in found {
            let object = at(data, &location).expect("the location was just found");
            if let Some(representation) = represent(object, entities) {
                targets.push(location);
                representations.push(representation);
            }
        }
        if representations.is_empty() {
            return;
        }
        variables.insert("representations".to_owned(), Value::Array(representations));
        let answer = self.ask(fetch, &variables);
        let answers = answer.get("_entities").and_then(Value::as_array).cloned().unwrap_or_default();
        for (location, answer) in targets.iter().zip(answers) {
            let object = at(data, location).expect("the location was just found");
            if !answer.is_null() {
                self.merge(object, answer);
            }
        }
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
            let known = definition.name == "representations" || fetch.variables.iter().any(|v| **v == *definition.name);
            assert!(known, "{} is declared and not forwarded", definition.name);
        }
        let engine = Engine::subgraph(self.world, (graph, schema), &document, variables);
        let answer = engine.execute(operation).into_json();
        self.faults.extend(engine.faults.into_inner());
        answer
    }

    fn merge(&self, target: &mut Value, source: Value) {
        match (target, source) {
            (Value::Object(target), Value::Object(source)) => {
                for (key, value) in source {
                    match target.get_mut(&key) {
                        // An interface object's name must not hide the real type, whichever comes first.
                        Some(_) if key == "__typename" && self.is_interface(&value) => {}
                        Some(known) => self.merge(known, value),
                        None => {
                            target.insert(key, value);
                        }
                    }
                }
            }
            (Value::Array(target), Value::Array(source)) => {
                for (target, source) in target.iter_mut().zip(source) {
                    self.merge(target, source);
                }
            }
            (_, Value::Null) => {}
            (target, source) => *target = source,
        }
    }

    fn is_interface(&self, typename: &Value) -> bool {
        let model = typename.as_str().and_then(|name| self.world.supergraph.types.get(name));
        model.is_some_and(federation::supergraph::TypeModel::is_abstract)
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
        if value.is_null() && field.is_key {
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
