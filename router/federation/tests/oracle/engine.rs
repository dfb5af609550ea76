//! One small GraphQL executor, for the monolith and for subgraphs.

use std::cell::RefCell;

use apollo_compiler::{
    ExecutableDocument, Schema,
    ast::{self, DirectiveList, Type},
    collections::IndexMap,
    executable::{Field, Operation, Selection, SelectionSet},
    schema::ExtendedType,
    validation::Valid,
};
use federation::supergraph::{FieldModel, FieldSelection, GraphId};
use serde_json::{Map, Value};

use super::{
    answer::Answer,
    world::{Raw, Thing, World},
};

pub struct Engine<'e> {
    world: &'e World<'e>,
    schema: &'e Valid<Schema>,
    document: &'e ExecutableDocument,
    variables: &'e Map<String, Value>,
    /// None: the monolith.
    subgraph: Option<GraphId>,
    pub faults: RefCell<Vec<String>>,
}

/// An object being answered.
#[derive(Clone)]
struct Place<'p> {
    thing: Thing,
    /// Its type in this schema (an interface object's differs from the thing's).
    ty: String,
    /// The representation it came from.
    representation: Option<&'p Map<String, Value>>,
    /// External fields that the path provides.
    provides: Vec<&'p [FieldSelection]>,
}

/// A null that may not stay where it arose.
struct Bubble;

type Collected<'d> = IndexMap<String, Vec<&'d Field>>;

impl<'e> Engine<'e> {
    pub fn monolith(world: &'e World<'e>, document: &'e ExecutableDocument, variables: &'e Map<String, Value>) -> Self {
        let schema = &world.supergraph.api_schema;
        Self { world, schema, document, variables, subgraph: None, faults: RefCell::default() }
    }

    pub fn subgraph(
        world: &'e World<'e>,
        subgraph: (GraphId, &'e Valid<Schema>),
        document: &'e ExecutableDocument,
        variables: &'e Map<String, Value>,
    ) -> Self {
        Self { world, schema: subgraph.1, document, variables, subgraph: Some(subgraph.0), faults: RefCell::default() }
    }

    pub fn execute(&self, operation: &Operation) -> Answer {
        let root = operation.object_type();
        let place =
            Place { thing: World::root(root), ty: root.to_string(), representation: None, provides: Vec::new() };
        self.object(&place, &[&operation.selection_set]).unwrap_or(Answer::NULL)
    }

    fn object(&self, place: &Place<'_>, sets: &[&SelectionSet]) -> Result<Answer, Bubble> {
        let mut collected = Collected::default();
        for set in sets {
            self.collect(set, &place.ty, &mut collected);
        }
        let mut answer = Vec::new();
        for (key, fields) in collected {
            let value = match fields[0].name.as_str() {
                "__typename" => Answer::Leaf(Value::String(place.ty.clone())),
                "__schema" | "__type" => continue,
                "_entities" => self.entities(&fields),
                _ => self.field(place, &fields)?,
            };
            answer.push((key, value));
        }
        Ok(Answer::Object(answer))
    }

    fn collect<'d>(&self, set: &'d SelectionSet, ty: &str, found: &mut Collected<'d>)
    where
        'e: 'd,
    {
        for selection in &set.selections {
            if !included(selection.directives(), self.variables) {
                continue;
            }
            match selection {
                Selection::Field(field) => found.entry(field.response_key().to_string()).or_default().push(field),
                Selection::InlineFragment(inline) => {
                    if inline.type_condition.as_ref().is_none_or(|on| self.is_a(ty, on)) {
                        self.collect(&inline.selection_set, ty, found);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = &self.document.fragments[&spread.fragment_name];
                    if self.is_a(ty, fragment.type_condition()) {
                        self.collect(&fragment.selection_set, ty, found);
                    }
                }
            }
        }
    }

    fn is_a(&self, ty: &str, condition: &str) -> bool {
        ty == condition || self.schema.is_subtype(condition, ty)
    }

    fn field(&self, place: &Place<'_>, fields: &[&Field]) -> Result<Answer, Bubble> {
        let field = fields[0];
        let arguments = self.arguments(field);
        let provides = self.check_subgraph(place, &field.name);
        let raw = self.world.value(&place.thing, &field.name, &arguments);
        self.complete(&raw, &field.definition.ty, fields, &provides)
    }

    fn complete(
        &self,
        raw: &Raw,
        ty: &Type,
        fields: &[&Field],
        provides: &[&[FieldSelection]],
    ) -> Result<Answer, Bubble> {
        let value = match (raw, ty) {
            (Raw::Null, _) => Answer::NULL,
            (Raw::List(items), Type::List(inner) | Type::NonNullList(inner)) => {
                let items: Result<Vec<Answer>, Bubble> =
                    items.iter().map(|item| self.complete(item, inner, fields, provides)).collect();
                items.map_or(Answer::NULL, Answer::List)
            }
            (Raw::Leaf(value), _) => Answer::Leaf(value.clone()),
            (Raw::Object(thing), _) => {
                let sets: Vec<&SelectionSet> = fields.iter().map(|field| &field.selection_set).collect();
                self.typed_object(thing, ty.inner_named_type(), &sets, provides)
            }
            (Raw::List(_), _) => panic!("the world and the schema agree on lists"),
        };
        if value.is_null() && ty.is_non_null() { Err(Bubble) } else { Ok(value) }
    }

    fn typed_object(
        &self,
        thing: &Thing,
        declared: &str,
        sets: &[&SelectionSet],
        provides: &[&[FieldSelection]],
    ) -> Answer {
        // A type that clients may not see is null to them.
        let ty = match self.schema.types.get(declared) {
            Some(ExtendedType::Object(_)) => declared.to_owned(),
            _ if self.schema.types.contains_key(thing.ty.as_str()) => thing.ty.clone(),
            _ => return Answer::NULL,
        };
        let place = Place { thing: thing.clone(), ty, representation: None, provides: provides.to_vec() };
        self.object(&place, sets).unwrap_or(Answer::NULL)
    }

    fn arguments(&self, field: &Field) -> Map<String, Value> {
        let mut arguments = Map::new();
        for definition in &field.definition.arguments {
            let given = field.arguments.iter().find(|argument| argument.name == definition.name);
            let value = match given.map(|argument| &*argument.value) {
                Some(ast::Value::Variable(name)) => self.variables.get(name.as_str()).cloned(),
                Some(value) => Some(literal(value, self.variables)),
                None => None,
            };
            let default = || definition.default_value.as_ref().map(|value| literal(value, self.variables));
            if let Some(value) = value.or_else(default) {
                arguments.insert(definition.name.to_string(), value);
            }
        }
        arguments
    }

    /// Notes a fault when this subgraph does not resolve the field here; returns what the field provides.
    fn check_subgraph<'w>(&self, place: &Place<'w>, field: &str) -> Vec<&'w [FieldSelection]>
    where
        'e: 'w,
    {
        let Some(graph) = self.subgraph else { return Vec::new() };
        let model = self.world.model(&place.ty);
        let Some(join) = model.fields.get(field).and_then(|model| model.join(graph)) else { return Vec::new() };
        let mut provided = Vec::new();
        for selections in &place.provides {
            below(selections, field, &mut provided);
        }
        let in_key = model.keys_in(graph).any(|(key, _)| key.text.contains(field)) && join.external;
        let overridden = self.is_overridden(graph, &model.fields[field]);
        if (!join.is_resolvable() || overridden) && provided.is_empty() && !in_key {
            self.fault(graph, format!("{}.{field} is not resolved there", place.ty));
        }
        if let Some(requires) = &join.requires
            && provided.is_empty()
        {
            let wanted = self.world.show(&place.thing, &requires.selections);
            let given = place.representation.cloned().map_or(Value::Null, Value::Object);
            if !contains(&given, &wanted) {
                self.fault(graph, format!("{}.{field} requires {wanted}, and was given {given}", place.ty));
            }
        }
        provided.extend(join.provides.as_ref().map(|set| set.selections.as_slice()));
        provided
    }

    /// A labelled override moves the field only while its label is on.
    fn is_overridden(&self, graph: GraphId, field: &FieldModel) -> bool {
        let own_name = &self.world.supergraph.subgraph(graph).name;
        field.joins.iter().any(|join| {
            let Some(label) = &join.override_label else { return false };
            let on = self.world.labels.contains(label);
            if join.graph == graph {
                join.override_from.is_some() && !on
            } else {
                on && join.override_from.as_ref() == Some(own_name)
            }
        })
    }

    fn entities(&self, fields: &[&Field]) -> Answer {
        let sets: Vec<&SelectionSet> = fields.iter().map(|field| &field.selection_set).collect();
        let mut arguments = self.arguments(fields[0]);
        let representations = arguments.remove("representations").and_then(|given| given.as_array().cloned());
        let representations = representations.unwrap_or_default();
        Answer::List(representations.iter().map(|representation| self.entity(representation, &sets)).collect())
    }

    fn entity(&self, representation: &Value, sets: &[&SelectionSet]) -> Answer {
        let graph = self.subgraph.expect("only subgraphs resolve entities");
        let Some(fields) = representation.as_object() else { return Answer::NULL };
        let ty = fields.get("__typename").and_then(Value::as_str).unwrap_or_default();
        let Some(model) = self.world.supergraph.types.get(ty) else {
            self.fault(graph, format!("no type for {representation}"));
            return Answer::NULL;
        };
        let keys: Vec<_> = model.keys_in(graph).filter(|(_, resolvable)| *resolvable).collect();
        let found = self.world.things(ty).into_iter().find(|thing| {
            keys.iter().any(|(key, _)| contains(representation, &self.world.show(thing, &key.selections)))
        });
        let Some(thing) = found else {
            self.fault(graph, format!("no entity for {representation}"));
            return Answer::NULL;
        };
        let ty = if self.schema.get_object(ty).is_some() { ty.to_owned() } else { thing.ty.clone() };
        let place = Place { thing, ty, representation: Some(fields), provides: Vec::new() };
        self.object(&place, sets).unwrap_or(Answer::NULL)
    }

    fn fault(&self, graph: GraphId, text: String) {
        self.faults.borrow_mut().push(format!("{}: {text}", self.world.supergraph.subgraph(graph).name));
    }
}

fn below<'s>(selections: &'s [FieldSelection], field: &str, found: &mut Vec<&'s [FieldSelection]>) {
    for selection in selections {
        match selection {
            FieldSelection::Field { name, selections, .. } if name == field => found.push(selections),
            FieldSelection::Inline { selections, .. } => below(selections, field, found),
            FieldSelection::Field { .. } => {}
        }
    }
}

/// Whether `given` says everything that `wanted` says.
fn contains(given: &Value, wanted: &Value) -> bool {
    match (given, wanted) {
        (Value::Object(given), Value::Object(wanted)) => {
            wanted.iter().all(|(name, value)| given.get(name).is_some_and(|given| contains(given, value)))
        }
        (Value::Array(given), Value::Array(wanted)) => {
            given.len() == wanted.len() && given.iter().zip(wanted).all(|(given, wanted)| contains(given, wanted))
        }
        _ => given == wanted,
    }
}

pub fn included(directives: &DirectiveList, variables: &Map<String, Value>) -> bool {
    let says = |name: &str| {
        let directive = directives.get(name)?;
        literal(directive.specified_argument_by_name("if")?, variables).as_bool()
    };
    says("skip") != Some(true) && says("include") != Some(false)
}

/// A literal as JSON.
pub fn literal(value: &ast::Value, variables: &Map<String, Value>) -> Value {
    match value {
        ast::Value::Null => Value::Null,
        ast::Value::Enum(name) => Value::String(name.to_string()),
        ast::Value::Variable(name) => variables.get(name.as_str()).cloned().unwrap_or(Value::Null),
        ast::Value::String(text) => Value::String(text.clone()),
        ast::Value::Float(_) => value.to_f64().map_or(Value::Null, Value::from),
        ast::Value::Int(_) => value.to_i32().map_or(Value::Null, Value::from),
        ast::Value::Boolean(flag) => Value::Bool(*flag),
        ast::Value::List(items) => items.iter().map(|item| literal(item, variables)).collect(),
        ast::Value::Object(entries) => {
            Value::Object(entries.iter().map(|(name, value)| (name.to_string(), literal(value, variables))).collect())
        }
    }
}
