//! One round: a federation from a seed, composed, and operations held against the monolith.

use std::{collections::BTreeSet, fmt::Write as _};

use apollo_compiler::Schema;
use federation::{CompositionError, Supergraph, compose};

use crate::{
    coverage::Coverage,
    dice::Dice,
    generate::{self, Generated},
    judge::{Bench, Kind, Mismatch, Question},
    operations,
    subgraph::Subgraph,
    world::World,
};

/// Attempts at a cut that composes; each uses fewer features.
const ATTEMPTS: usize = 8;
/// Draws for one operation that is valid.
const DRAWS: u64 = 20;

/// Everything that a case is made of.
#[derive(Debug, Clone)]
pub struct Case {
    /// Names and SDLs.
    pub subgraphs: Vec<(String, String)>,
    pub labels: BTreeSet<String>,
    /// What the data is derived from.
    pub data: u64,
}

/// A federation, and what was wrong with it.
pub struct Failure {
    pub seed: u64,
    pub case: Case,
    pub question: Option<Question>,
    pub mismatch: Mismatch,
}

/// What a round came to.
#[derive(Default)]
pub struct Round {
    /// Operations that were held against the monolith.
    pub questions: Vec<Question>,
    pub case: Option<Case>,
    pub failures: Vec<Failure>,
    pub coverage: Coverage,
}

impl Case {
    pub fn compose(&self) -> Result<Supergraph, Vec<CompositionError>> {
        let subgraphs = self.subgraphs.iter().map(|(name, sdl)| federation::Subgraph {
            name: name.clone(),
            url: Some(format!("http://{name}/graphql")),
            sdl: sdl.clone(),
        });
        compose(&subgraphs.collect::<Vec<_>>())
    }

    pub fn bench(&self, supergraph: Supergraph) -> Result<Bench, String> {
        let subgraphs = self.subgraphs.iter().map(|(name, sdl)| Subgraph::read(name, sdl));
        Bench::new(World::new(subgraphs.collect(), self.labels.clone(), self.data), supergraph)
    }
}

/// `operations` of them, unless the first failure comes sooner.
pub fn play(seed: u64, operations: usize) -> Round {
    let mut round = Round::default();
    let Some((case, expected, supergraph)) = find(seed, &mut round) else { return round };
    let fail = |question: Option<&Question>, mismatch| Failure {
        seed,
        case: case.clone(),
        question: question.cloned(),
        mismatch,
    };
    round.coverage.federation(&case);
    if let Some(told) = differs(&expected, &supergraph.api_schema) {
        round.failures.push(fail(None, Mismatch { kind: Kind::Schema, told }));
    }
    let bench = match case.bench(supergraph) {
        Ok(bench) => bench,
        Err(told) => {
            round.failures.push(fail(None, Mismatch { kind: Kind::Refused, told }));
            return round;
        }
    };
    let mut dice = Dice::new(seed ^ 0x5eed);
    for _ in 0..operations as u64 * DRAWS {
        if round.questions.len() == operations {
            break;
        }
        let question = operations::draw(&bench.supergraph.api_schema, dice.number());
        match bench.judge(&question) {
            None => {}
            Some(Ok(answered)) => {
                round.coverage.operation(&question, &answered);
                round.questions.push(question);
            }
            Some(Err(mismatch)) => {
                round.failures.push(fail(Some(&question), mismatch));
                break;
            }
        }
    }
    round.case = Some(case);
    round
}

/// The first cut that composes.
fn find(seed: u64, round: &mut Round) -> Option<(Case, String, Supergraph)> {
    for attempt in 0..ATTEMPTS {
        let Generated { subgraphs, expected, labels } = generate::federation(seed, attempt);
        let case = Case { subgraphs, labels, data: seed };
        match case.compose() {
            Ok(supergraph) => return Some((case, expected, supergraph)),
            Err(errors) => errors.iter().for_each(|error| round.coverage.refused(error.code.as_str())),
        }
    }
    None
}

/// How the composed schema differs from the one that was cut.
fn differs(expected: &str, actual: &Schema) -> Option<String> {
    let schema = Schema::parse(expected, "expected.graphql").unwrap_or_else(|failure| failure.partial);
    let (expected, actual) = (lines(&schema), lines(actual));
    if expected == actual {
        return None;
    }
    let mut told = String::new();
    for (sign, from, other) in [("missing", &expected, &actual), ("too much", &actual, &expected)] {
        for line in from.difference(other) {
            writeln!(told, "  {sign}: {line}").unwrap();
        }
    }
    Some(told)
}

/// A schema's facts, each by itself, in no order.
fn lines(schema: &Schema) -> BTreeSet<String> {
    use apollo_compiler::schema::ExtendedType;
    let mut lines = BTreeSet::new();
    for (name, ty) in schema.types.iter().filter(|(name, ty)| !ty.is_built_in() && !name.starts_with('_')) {
        match ty {
            ExtendedType::Scalar(_) => drop(lines.insert(format!("scalar {name}"))),
            ExtendedType::Enum(one) => lines.extend(one.values.keys().map(|value| format!("enum {name} {value}"))),
            ExtendedType::Union(one) => lines.extend(one.members.iter().map(|member| format!("union {name} {member}"))),
            ExtendedType::InputObject(one) => {
                lines.extend(one.fields.values().map(|field| format!("input {name} {}", plain(&field.node))));
            }
            ExtendedType::Object(one) => {
                lines.extend(one.implements_interfaces.iter().map(|parent| format!("{name} implements {parent}")));
                lines.extend(one.fields.values().map(|field| format!("type {name} {}", field_line(field))));
            }
            ExtendedType::Interface(one) => {
                lines.extend(one.fields.values().map(|field| format!("interface {name} {}", field_line(field))));
            }
        }
    }
    lines
}

fn field_line(field: &apollo_compiler::ast::FieldDefinition) -> String {
    let mut arguments: Vec<String> = field.arguments.iter().map(|argument| plain(argument)).collect();
    arguments.sort();
    format!("{}({}): {}", field.name, arguments.join(", "), field.ty)
}

fn plain(value: &apollo_compiler::ast::InputValueDefinition) -> String {
    let default = value.default_value.as_ref().map(|value| format!(" = {value}")).unwrap_or_default();
    format!("{}: {}{default}", value.name, value.ty)
}
