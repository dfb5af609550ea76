//! A supergraph as a set of sentences, so that two of them can be compared whatever order they are written in.

use std::collections::BTreeSet;

use apollo_compiler::{
    ast,
    collections::IndexSet,
    schema::{ComponentName, ExtendedType},
};
use federation::{
    Supergraph,
    supergraph::{Authorization, FieldJoin, FieldModel, FieldSelection, FieldSet, GraphId, TypeModel},
};

/// Everything that a planner and a client can learn from a supergraph.
pub fn of(supergraph: &Supergraph) -> BTreeSet<String> {
    let mut facts = Facts { supergraph, found: BTreeSet::new() };
    for entry in &supergraph.subgraphs {
        facts.say(format!("subgraph {} {:?} at {:?}", entry.enum_value, entry.name, entry.url));
    }
    for ty in supergraph.types.values() {
        facts.ty(ty);
    }
    for ty in supergraph.api_schema.types.values().filter(|ty| !ty.is_built_in()) {
        facts.api_type(ty);
    }
    // Some composers print what GraphQL itself defines.
    let is_own = |name: &str| !matches!(name, "skip" | "include");
    for definition in supergraph.api_schema.directive_definitions.values().filter(|found| is_own(&found.name)) {
        facts.say(format!("clients see {}", definition.serialize().no_indent()));
    }
    facts.found
}

struct Facts<'a> {
    supergraph: &'a Supergraph,
    found: BTreeSet<String>,
}

impl Facts<'_> {
    fn say(&mut self, fact: String) {
        self.found.insert(fact);
    }

    fn graph(&self, id: GraphId) -> String {
        self.supergraph.subgraph(id).name.to_string()
    }

    fn ty(&mut self, ty: &TypeModel) {
        let name = &ty.name;
        self.say(format!("{:?} {name}{}", ty.kind, hidden(ty.inaccessible)));
        self.authorization(name, &ty.authorization);
        for join in &ty.joins {
            let key = join.key.as_ref().map(|key| format!("key {}", set(key)));
            let flags = [
                (key.is_some() && !join.resolvable, "not resolvable"),
                (join.extension, "extension"),
                (join.is_interface_object, "interface object"),
            ];
            let details: Vec<String> = key.into_iter().chain(words(&flags)).map(|part| format!(", {part}")).collect();
            self.say(format!("{name} is in {}{}", self.graph(join.graph), details.concat()));
        }
        for join in &ty.implements {
            self.say(format!("{name} implements {} in {}", join.interface, self.graph(join.graph)));
        }
        for join in &ty.members {
            self.say(format!("{name} has the member {} in {}", join.member, self.graph(join.graph)));
        }
        for (value, model) in &ty.values {
            for graph in &model.graphs {
                self.say(format!(
                    "{name} has the value {value}{} in {}",
                    hidden(model.inaccessible),
                    self.graph(*graph)
                ));
            }
        }
        for field in ty.fields.values() {
            self.field(ty, field);
        }
    }

    fn field(&mut self, ty: &TypeModel, field: &FieldModel) {
        let coordinate = format!("{}.{}", ty.name, field.name);
        self.say(format!("{coordinate}: {}{}", field.ty, hidden(field.inaccessible)));
        self.authorization(&coordinate, &field.authorization);
        for argument in &field.arguments {
            self.say(format!("{coordinate} has the argument {}", argument.serialize().no_indent()));
        }
        if field.joins.is_empty() {
            self.say(format!("{coordinate} is in no subgraph"));
        }
        for join in &field.joins {
            self.join(&coordinate, field, join);
        }
    }

    fn join(&mut self, coordinate: &str, field: &FieldModel, join: &FieldJoin) {
        let flags = [(join.external, "external"), (join.used_overridden, "used and overridden")];
        let mut parts: Vec<String> = words(&flags).collect();
        for (text, word) in [(&join.override_from, "overrides"), (&join.override_label, "label")] {
            parts.extend(text.as_ref().map(|text| format!("{word} {text}")));
        }
        for (fields, word) in [(&join.requires, "requires"), (&join.provides, "provides")] {
            parts.extend(fields.as_ref().map(|fields| format!("{word} {}", set(fields))));
        }
        let (graph, ty) = (self.graph(join.graph), field.ty_in(join.graph));
        let details: Vec<String> = parts.into_iter().map(|part| format!(", {part}")).collect();
        self.say(format!("{coordinate} is in {graph} with type {ty}{}", details.concat()));
    }

    fn authorization(&mut self, coordinate: &str, authorization: &Authorization) {
        if authorization.authenticated {
            self.say(format!("{coordinate} asks for a token"));
        }
        for (lists, word) in [(&authorization.scopes, "scopes"), (&authorization.policies, "policies")] {
            for groups in lists {
                let groups: BTreeSet<BTreeSet<&str>> =
                    groups.iter().map(|group| group.iter().map(|name| &**name).collect()).collect();
                self.say(format!("{coordinate} asks for {word} {groups:?}"));
            }
        }
    }

    fn api_type(&mut self, ty: &ExtendedType) {
        let name = ty.name();
        self.say(format!(
            "clients see {name}, described {:?}",
            ty.description().map(apollo_compiler::Node::as_str).filter(|text| !text.is_empty())
        ));
        for directive in &ty.directives().0 {
            self.say(format!("clients see {name} {}", directive.serialize().no_indent()));
        }
        match ty {
            ExtendedType::Scalar(_) => {}
            ExtendedType::Object(object) => {
                self.api_names(name, &object.implements_interfaces);
                object.fields.values().for_each(|field| self.api_field(name, field));
            }
            ExtendedType::Interface(interface) => {
                self.api_names(name, &interface.implements_interfaces);
                interface.fields.values().for_each(|field| self.api_field(name, field));
            }
            ExtendedType::Union(union_) => self.api_names(name, &union_.members),
            ExtendedType::Enum(enum_) => {
                for value in enum_.values.values() {
                    self.say(format!("clients see {name}: {}", value.serialize().no_indent()));
                }
            }
            ExtendedType::InputObject(input) => {
                for field in input.fields.values() {
                    self.say(format!("clients see {name}: {}", field.serialize().no_indent()));
                }
            }
        }
    }

    fn api_names(&mut self, name: &str, names: &IndexSet<ComponentName>) {
        for other in names {
            self.say(format!("clients see {name} with {other}"));
        }
    }

    fn api_field(&mut self, name: &str, field: &ast::FieldDefinition) {
        self.say(format!("clients see {name}: {}", field.serialize().no_indent()));
    }
}

fn words(flags: &[(bool, &str)]) -> impl Iterator<Item = String> {
    flags.iter().filter(|(is_set, _)| *is_set).map(|(_, word)| (*word).to_owned())
}

fn hidden(inaccessible: bool) -> &'static str {
    if inaccessible { ", inaccessible" } else { "" }
}

fn set(fields: &FieldSet) -> String {
    selection(&fields.selections)
}

fn selection(selections: &[FieldSelection]) -> String {
    let parts: BTreeSet<String> = selections
        .iter()
        .map(|one| match one {
            FieldSelection::Field { name, arguments, selections } => {
                let arguments: Vec<String> = arguments
                    .iter()
                    .map(|(name, value)| format!("{name}: {}", value.serialize().no_indent()))
                    .collect();
                let arguments =
                    if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
                format!("{name}{arguments}{}", selection(selections))
            }
            FieldSelection::Inline { on, selections } => {
                format!("...{}{}", on.as_ref().map_or("", |on| on.as_str()), selection(selections))
            }
        })
        .collect();
    if parts.is_empty() { String::new() } else { format!("{{{}}}", parts.into_iter().collect::<Vec<_>>().join(" ")) }
}
