//! Holds the router's answer against the monolith's.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use apollo_compiler::{
    ExecutableDocument, request::coerce_variable_values, response::JsonMap, schema::Implementers, validation::Valid,
};
use federation::{
    Supergraph,
    plan::{Limits, PlanOptions, Planner},
};
use router::embedded::Embedded;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    answer::{Answer, Fault, Step},
    engine::Engine,
    transport::InProcess,
    world::World,
};

/// A federation under test: the subgraphs with their data, and the router over what they compose to.
pub struct Bench {
    pub world: World,
    pub supergraph: Supergraph,
    router: Embedded,
    /// For what the router would not tell its clients.
    planner: Planner,
    options: PlanOptions,
    implementers: apollo_compiler::collections::HashMap<apollo_compiler::Name, Implementers>,
    runtime: tokio::runtime::Runtime,
}

/// One operation with values for its variables.
#[derive(Debug, Clone)]
pub struct Question {
    pub text: String,
    pub variables: Map<String, Value>,
}

/// What both sides said.
pub struct Expected {
    pub data: Answer,
    pub errors: Vec<Fault>,
}

/// A question that was answered rightly.
pub struct Answered {
    pub document: Valid<ExecutableDocument>,
    pub expected: Expected,
    /// To subgraphs.
    pub requests: u64,
}

/// How an answer is wrong; shrinking keeps the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Panic,
    Refused,
    Complaint,
    Data,
    Errors,
    /// The composed schema is not the monolith's.
    Schema,
}

#[derive(Debug, Clone)]
pub struct Mismatch {
    pub kind: Kind,
    pub told: String,
}

#[derive(Deserialize)]
struct ResponseError {
    message: String,
    path: Option<Vec<Step>>,
}

impl Bench {
    pub fn new(world: World, supergraph: Supergraph) -> Result<Self, String> {
        let labels: BTreeSet<Arc<str>> = world.labels.iter().map(|label| Arc::from(label.as_str())).collect();
        let planner = Planner::new(&supergraph).map_err(|error| error.to_string())?;
        // Fields stand in the order of the monolith's, however often that takes saying.
        let limits = Limits { max_copies: 4_096, ..Limits::default() };
        let options = PlanOptions { limits: limits.clone(), override_labels: labels.clone(), ..PlanOptions::default() };
        let router = Embedded::new(supergraph.clone(), labels).map_err(|error| error.to_string())?.within(limits);
        let implementers = supergraph.api_schema.implementers_map();
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
        Ok(Self { world, supergraph, router, planner, options, implementers, runtime })
    }

    /// None: the operation is not valid.
    pub fn judge(&self, question: &Question) -> Option<Result<Answered, Mismatch>> {
        let (document, expected) = self.expect(question)?;
        let body = json!({ "query": question.text, "variables": question.variables }).to_string();
        self.world.reset();
        let transport = InProcess::new(&self.world, super::world::hash(&[&question.text]));
        let answered =
            catch_unwind(AssertUnwindSafe(|| self.runtime.block_on(self.router.answer(body.as_bytes(), &transport))));
        let (requests, complaints) = transport.finish();
        let wrong = |kind, told: String| Some(Err(Mismatch { kind, told }));
        let Ok(answered) = answered else { return wrong(Kind::Panic, "the router panicked".to_owned()) };
        if let Err(error) = self.planner.plan(&document, None, &self.options) {
            return wrong(Kind::Refused, error.to_string());
        }
        if !complaints.is_empty() {
            return wrong(Kind::Complaint, complaints.join("\n"));
        }
        Some(self.compare(&expected, &answered).map(|()| Answered { document, expected, requests }))
    }

    /// The plan as text; None when there is none.
    pub fn plan(&self, question: &Question) -> Option<String> {
        let schema = &self.supergraph.api_schema;
        let document = ExecutableDocument::parse_and_validate(schema, question.text.as_str(), "drawn.graphql").ok()?;
        Some(self.planner.plan(&document, None, &self.options).ok()?.to_string())
    }

    /// What the monolith answers; None when the operation is not valid, or its variables do not fit.
    pub fn expect(&self, question: &Question) -> Option<(Valid<ExecutableDocument>, Expected)> {
        let schema = &self.supergraph.api_schema;
        let document = ExecutableDocument::parse_and_validate(schema, question.text.as_str(), "drawn.graphql").ok()?;
        let operation = document.operations.get(None).ok()?;
        let given: JsonMap = serde_json::from_value(Value::Object(question.variables.clone())).ok()?;
        let variables = coerce_variable_values(schema, operation, &given).ok()?;
        let introspected = apollo_compiler::introspection::partial_execute(
            schema,
            &self.implementers,
            &document,
            operation,
            &variables,
        );
        let introspected = json!(introspected.ok()?.data.unwrap_or_default());
        let Value::Object(variables) = json!(&*variables) else { return None };
        self.world.reset();
        let engine = Engine::new(&self.world, schema, (&document, &variables), None);
        let mut data = engine.execute(operation);
        if let Answer::Object(fields) = &mut data {
            for (key, value) in fields {
                if let Some(known) = introspected.get(key.as_str()) {
                    *value = Answer::Leaf(known.clone());
                }
            }
        }
        let errors = engine.finish().0;
        Some((document, Expected { data, errors }))
    }

    pub fn compare(&self, expected: &Expected, answered: &[u8]) -> Result<(), Mismatch> {
        let wrong = |kind, told: String| Err(Mismatch { kind, told });
        let text = String::from_utf8_lossy(answered);
        let mut entries = match serde_json::from_slice(answered) {
            Ok(Answer::Object(entries)) => entries.into_iter().collect::<BTreeMap<_, _>>(),
            Ok(_) => return wrong(Kind::Data, format!("not a response: {text}")),
            Err(error) => return wrong(Kind::Data, format!("not a response: {error}\n  {text}")),
        };
        let Some(data) = entries.remove("data") else { return wrong(Kind::Refused, text.into_owned()) };
        let errors = entries.remove("errors").map_or(json!([]), |errors| errors.to_json());
        let errors: Vec<ResponseError> = match serde_json::from_value(errors) {
            Ok(errors) => errors,
            Err(error) => return wrong(Kind::Errors, format!("{error}\n  {text}")),
        };
        if !data.equals(&expected.data) {
            return wrong(Kind::Data, format!("  wanted {}\n  got    {data}\n  whole  {text}", expected.data));
        }
        let told = self.compare_errors(expected, &errors);
        if told.is_empty() {
            return Ok(());
        }
        let wanted: Vec<String> = expected.errors.iter().map(|fault| show(&fault.path)).collect();
        wrong(Kind::Errors, format!("{}\n  wanted at {}\n  got {text}", told.join("\n"), wanted.join(", ")))
    }

    /// Every error is one that the monolith has too, once; and each null that errors caused has one. (Of several
    /// errors that end in the same null, the specification leaves it open how many are told.)
    fn compare_errors(&self, expected: &Expected, given: &[ResponseError]) -> Vec<String> {
        let mut told = Vec::new();
        let wanted: BTreeSet<&[Step]> = expected.errors.iter().map(|fault| fault.path.as_slice()).collect();
        let mut seen: BTreeMap<&[Step], usize> = BTreeMap::new();
        for error in given {
            match &error.path {
                Some(path) if wanted.contains(path.as_slice()) => *seen.entry(path).or_default() += 1,
                Some(path) if self.is_unasked(&error.message) && expected.data.null_on(path).is_some() => {
                    seen.insert(path, 1);
                }
                Some(path) => told.push(format!("an error that should not be: {} ({})", show(path), error.message)),
                None if self.is_unasked(&error.message) => {}
                None => told.push(format!("an error without a path: {}", error.message)),
            }
        }
        told.extend(seen.iter().filter(|(_, count)| **count > 1).map(|(path, _)| format!("twice: {}", show(path))));
        let nulls: BTreeSet<&[Step]> = expected
            .errors
            .iter()
            .filter_map(|fault| Some(&fault.path[..expected.data.null_on(&fault.path)?]))
            .collect();
        // The router tells no more than 500.
        for null in nulls.into_iter().filter(|_| given.len() < 500) {
            if !seen.keys().any(|path| path.starts_with(null)) {
                told.push(format!("no error for the null at {}", show(null)));
            }
        }
        told
    }

    /// A type that clients may not see makes a null where it stands. Whoever sees it as an interface object resolves
    /// its fields all the same, and what fails there makes that null before anybody knows the type.
    fn is_of_a_hidden_type(&self, message: &str) -> bool {
        let ty = message.strip_prefix("boom ").and_then(|place| place.split_once('.')).map(|(ty, _)| ty);
        ty.is_some_and(|ty| !self.supergraph.api_schema.types.contains_key(ty))
    }

    /// Errors of what the monolith never asks for, as far as the client can see.
    fn is_unasked(&self, message: &str) -> bool {
        self.is_of_a_hidden_type(message) || self.may_be_nowhere(message)
    }

    /// An error has no place in the answer when only a requirement asked for the field, or when it had to be asked of
    /// every object behind an interface object, though the client wants it of some types only.
    fn may_be_nowhere(&self, message: &str) -> bool {
        let place = message.strip_prefix("boom ").and_then(|place| place.split_once('.'));
        let facts = place.and_then(|(ty, field)| self.world.facts.field(ty, field));
        facts.is_some_and(|facts| facts.in_requires || facts.in_interface_object)
    }
}

fn show(path: &[Step]) -> String {
    let parts = path.iter().map(|step| match step {
        Step::Key(key) => key.clone(),
        Step::Index(index) => index.to_string(),
    });
    format!("{:?}", parts.collect::<Vec<_>>().join("."))
}
