//! One small GraphQL executor, by the letter of the specification's section 6: for the monolith, and for each
//! subgraph, where it also notes what the subgraph should never have been asked.

use std::sync::Mutex;

use apollo_compiler::{
    ExecutableDocument, Schema,
    ast::{self, Type},
    collections::IndexMap,
    executable::{Field, Operation, Selection, SelectionSet},
    schema::ExtendedType,
    validation::Valid,
};
use serde_json::{Map, Value};

use super::{
    answer::{Answer, Fault, Step},
    subgraph::Subgraph,
    values,
    world::{Raw, Thing, World},
};

/// What is executed, by whom.
pub struct Engine<'e> {
    pub world: &'e World,
    pub schema: &'e Valid<Schema>,
    pub document: &'e ExecutableDocument,
    /// Coerced.
    pub variables: &'e Map<String, Value>,
    /// None: the monolith.
    pub subgraph: Option<&'e Subgraph>,
    pub errors: Mutex<Vec<Fault>>,
    /// What a subgraph was wrongly asked for.
    pub complaints: Mutex<Vec<String>>,
}

/// An object being answered.
#[derive(Clone)]
pub struct Place<'p> {
    pub thing: Thing,
    /// Its type in this schema (an interface object's differs from the thing's).
    pub ty: String,
    /// The representation it came from.
    pub representation: Option<&'p Map<String, Value>>,
    /// External fields that the path provides.
    pub provides: Vec<&'p [ast::Selection]>,
}

/// A null that may not stay where it arose.
struct Bubble;

/// One field under completion.
struct Frame<'f> {
    fields: &'f [&'f Field],
    provides: &'f [&'f [ast::Selection]],
}

/// Fields by response key.
type Collected<'d> = IndexMap<String, Vec<&'d Field>>;

impl<'e> Engine<'e> {
    pub fn new(
        world: &'e World,
        schema: &'e Valid<Schema>,
        (document, variables): (&'e ExecutableDocument, &'e Map<String, Value>),
        subgraph: Option<&'e Subgraph>,
    ) -> Self {
        Self { world, schema, document, variables, subgraph, errors: Mutex::default(), complaints: Mutex::default() }
    }

    /// What went wrong, and what should not have been asked.
    pub fn finish(self) -> (Vec<Fault>, Vec<String>) {
        (self.errors.into_inner().unwrap(), self.complaints.into_inner().unwrap())
    }

    pub fn execute(&self, operation: &Operation) -> Answer {
        let root = operation.object_type();
        let canonical = self.subgraph.map_or(root.as_str(), |subgraph| subgraph.canonical(root));
        let thing = World::root(canonical);
        let place = Place { thing, ty: root.to_string(), representation: None, provides: Vec::new() };
        self.object(&place, &[&operation.selection_set], &[]).unwrap_or(Answer::NULL)
    }

    fn object(&self, place: &Place<'_>, sets: &[&SelectionSet], path: &[Step]) -> Result<Answer, Bubble> {
        let mut collected = Collected::default();
        for set in sets {
            self.collect(set, place, &mut collected);
        }
        let mut answer = Vec::new();
        let mut bubbles = false;
        for (key, fields) in collected {
            let first = fields[0];
            let path = [path, &[Step::Key(key.clone())]].concat();
            let value = match first.name.as_str() {
                "__typename" => Ok(Answer::Leaf(Value::String(place.ty.clone()))),
                // Answered elsewhere.
                "__schema" | "__type" => Ok(Answer::NULL),
                "_entities" => Ok(self.entities(first, &fields, &path)),
                _ => self.field(place, (first, &fields), &path),
            };
            match value {
                Ok(value) => answer.push((key, value)),
                // The others are executed all the same: every error is known then.
                Err(Bubble) => bubbles = true,
            }
        }
        if bubbles { Err(Bubble) } else { Ok(Answer::Object(answer)) }
    }

    fn collect<'d>(&self, set: &'d SelectionSet, place: &Place<'_>, found: &mut Collected<'d>)
    where
        'e: 'd,
    {
        for selection in &set.selections {
            if !self.is_included(selection) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    found.entry(field.response_key().to_string()).or_default().push(field);
                }
                Selection::InlineFragment(inline) => {
                    if inline.type_condition.as_ref().is_none_or(|on| self.is_a(&place.ty, on)) {
                        self.collect(&inline.selection_set, place, found);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = &self.document.fragments[&spread.fragment_name];
                    if self.is_a(&place.ty, fragment.type_condition()) {
                        self.collect(&fragment.selection_set, place, found);
                    }
                }
            }
        }
    }

    fn is_included(&self, selection: &Selection) -> bool {
        [("skip", false), ("include", true)].into_iter().all(|(name, wanted)| {
            let condition = selection.directives().get(name).and_then(|one| one.specified_argument_by_name("if"));
            match condition.map(|value| &**value) {
                Some(ast::Value::Boolean(flag)) => *flag == wanted,
                Some(ast::Value::Variable(name)) => {
                    self.variables.get(name.as_str()).and_then(Value::as_bool).unwrap_or(false) == wanted
                }
                _ => true,
            }
        })
    }

    fn is_a(&self, ty: &str, condition: &str) -> bool {
        ty == condition || self.schema.is_subtype(condition, ty)
    }

    fn field(&self, place: &Place<'_>, (first, fields): (&Field, &[&Field]), path: &[Step]) -> Result<Answer, Bubble> {
        let name = first.name.as_str();
        // The object's own definition counts, not that of the interface it was asked through.
        let definition = self.schema.type_field(&place.ty, name).map_or(&first.definition, |own| &own.node);
        let arguments = values::arguments(self.schema, &definition.arguments, &first.arguments, self.variables);
        let provides = self.check(place, name);
        let raw = self.world.value(&place.thing, name, arguments);
        self.complete(&raw, &definition.ty, &Frame { fields, provides: &provides }, path)
    }

    fn complete(&self, raw: &Raw, ty: &Type, frame: &Frame<'_>, path: &[Step]) -> Result<Answer, Bubble> {
        match self.complete_nullable(raw, ty, frame, path) {
            Ok(null) if ty.is_non_null() && null == Answer::NULL => self.fail(path, "it may not be null".to_owned()),
            Err(Bubble) if !ty.is_non_null() => Ok(Answer::NULL),
            completed => completed,
        }
    }

    fn complete_nullable(&self, raw: &Raw, ty: &Type, frame: &Frame<'_>, path: &[Step]) -> Result<Answer, Bubble> {
        match (raw, ty) {
            (Raw::Null, _) => Ok(Answer::NULL),
            (Raw::Error(message), _) => self.fail(path, message.clone()),
            (Raw::List(items), Type::List(inner) | Type::NonNullList(inner)) => {
                let items = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| self.complete(item, inner, frame, &[path, &[Step::Index(index)]].concat()));
                // All of them, though one may have failed: every error is known then.
                let items: Vec<Result<Answer, Bubble>> = items.collect();
                items.into_iter().collect::<Result<_, _>>().map(Answer::List)
            }
            (Raw::Leaf(value), _) => match self.schema.get_enum(ty.inner_named_type()) {
                Some(known) if !value.as_str().is_some_and(|value| known.values.contains_key(value)) => {
                    self.fail(path, "it is a value that nobody may see".to_owned())
                }
                _ => Ok(Answer::Leaf(value.clone())),
            },
            (Raw::Object(thing), _) => self.typed_object(thing, ty.inner_named_type(), frame, path),
            (Raw::List(_), _) => self.fail(path, "it is a list and should not be one".to_owned()),
        }
    }

    fn typed_object(&self, thing: &Thing, declared: &str, frame: &Frame<'_>, path: &[Step]) -> Result<Answer, Bubble> {
        let local = self.subgraph.map_or(thing.ty.as_str(), |subgraph| subgraph.local(&thing.ty));
        let ty = match self.schema.types.get(declared) {
            Some(ExtendedType::Object(_)) => declared,
            _ if self.is_a(local, declared) => local,
            // A type that clients may not see.
            _ => return self.fail(path, format!("it is a {}, which nobody may see", thing.ty)),
        };
        let sets = sets(frame.fields);
        let place =
            Place { thing: thing.clone(), ty: ty.to_owned(), representation: None, provides: frame.provides.to_vec() };
        self.object(&place, &sets, path)
    }

    fn fail(&self, path: &[Step], message: String) -> Result<Answer, Bubble> {
        self.errors.lock().unwrap().push(Fault { path: path.to_vec(), message });
        // Told already: whether the null may stay is for the type to say.
        Err(Bubble)
    }

    /// The objects that `_entities` names, each answered.
    fn entities(&self, first: &Field, fields: &[&Field], path: &[Step]) -> Answer {
        let Some(subgraph) = self.subgraph else { return Answer::NULL };
        let definition = &first.definition;
        let mut given = values::arguments(self.schema, &definition.arguments, &first.arguments, self.variables);
        let given = given.remove("representations").and_then(|list| list.as_array().cloned()).unwrap_or_default();
        let sets = sets(fields);
        let answer = |(index, representation): (usize, &Value)| match self.entity(subgraph, representation) {
            Some(place) => {
                let path = [path, &[Step::Index(index)]].concat();
                self.object(&place, &sets, &path).unwrap_or(Answer::NULL)
            }
            None => Answer::NULL,
        };
        Answer::List(given.iter().enumerate().map(answer).collect())
    }
}

/// What all mentions of a field select.
fn sets<'d>(fields: &[&'d Field]) -> Vec<&'d SelectionSet> {
    fields.iter().map(|field| &field.selection_set).collect()
}
