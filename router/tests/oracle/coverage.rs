//! What the federations and operations of a run have used: a run that covers little proves little.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Display, Formatter},
};

use apollo_compiler::{ExecutableDocument, ast, executable::SelectionSet, schema::ExtendedType};

use super::{
    answer::{Answer, Step},
    judge::{Answered, Question},
    round::Case,
    subgraph::Subgraph,
};

/// The directives that a run of a few hundred federations must have met.
pub const DIRECTIVES: [&str; 18] = [
    "@authenticated",
    "@composeDirective",
    "@cost",
    "@extends",
    "@external",
    "@inaccessible",
    "@interfaceObject",
    "@key",
    "@listSize",
    "@override",
    "@override with a label",
    "@policy",
    "@provides",
    "@requires",
    "@requires with arguments",
    "@requiresScopes",
    "@shareable",
    "@tag",
];

/// Name of what was used -> in how many federations, operations or answers.
#[derive(Debug, Default)]
pub struct Coverage {
    pub federations: u64,
    pub operations: u64,
    /// To subgraphs.
    pub requests: u64,
    counts: BTreeMap<&'static str, BTreeMap<String, u64>>,
}

impl Coverage {
    pub fn add(&mut self, other: Self) {
        self.federations += other.federations;
        self.operations += other.operations;
        self.requests += other.requests;
        for (group, counts) in other.counts {
            for (name, count) in counts {
                *self.counts.entry(group).or_default().entry(name).or_default() += count;
            }
        }
    }

    pub fn missing<'n>(&self, group: &str, names: &'n [&'n str]) -> Vec<&'n str> {
        let counts = self.counts.get(group);
        names.iter().filter(|name| !counts.is_some_and(|counts| counts.contains_key(**name))).copied().collect()
    }

    pub fn refused(&mut self, code: &str) {
        self.note("cuts that did not compose", BTreeSet::from([code.to_owned()]));
    }

    pub fn federation(&mut self, case: &Case) {
        self.federations += 1;
        let (mut directives, mut shapes) = (BTreeSet::new(), BTreeSet::new());
        for (name, sdl) in &case.subgraphs {
            let subgraph = Subgraph::read(name, sdl);
            directives_of(&subgraph, &mut directives);
            shapes_of(&subgraph, &mut shapes);
        }
        shapes.insert(format!("{} subgraphs", case.subgraphs.len()));
        self.note("directives", directives);
        self.note("shapes", shapes);
    }

    pub fn operation(&mut self, question: &Question, answered: &Answered) {
        let document: &ExecutableDocument = &answered.document;
        self.operations += 1;
        self.requests += answered.requests;
        let mut used = BTreeSet::new();
        for operation in document.operations.iter() {
            used.insert(operation.operation_type.to_string());
            if !operation.variables.is_empty() {
                used.insert("variables".to_owned());
            }
            selections(&operation.selection_set, &mut used);
        }
        for fragment in document.fragments.values() {
            selections(&fragment.selection_set, &mut used);
        }
        if question.variables.values().any(serde_json::Value::is_null) {
            used.insert("a variable that is null".to_owned());
        }
        self.note("operations", used);
        let mut told = BTreeSet::new();
        let expected = &answered.expected;
        for fault in &expected.errors {
            told.insert("an error".to_owned());
            match expected.data.null_on(&fault.path) {
                Some(0) => drop(told.insert("data is null".to_owned())),
                Some(depth) if depth < fault.path.len() => drop(told.insert("a null that propagated".to_owned())),
                _ => {}
            }
            if fault.path.iter().any(|step| matches!(step, Step::Index(_))) {
                told.insert("an error below a list".to_owned());
            }
        }
        if holds_nested_lists(&expected.data) {
            told.insert("a list in a list".to_owned());
        }
        let hops = match answered.requests {
            0 => "no request",
            1 => "1 request",
            2..=4 => "2 to 4 requests",
            5..=9 => "5 to 9 requests",
            _ => "10 requests or more",
        };
        told.insert(hops.to_owned());
        self.note("answers", told);
    }

    fn note(&mut self, group: &'static str, names: BTreeSet<String>) {
        let counts = self.counts.entry(group).or_default();
        for name in names {
            *counts.entry(name).or_default() += 1;
        }
    }
}

fn directives_of(subgraph: &Subgraph, found: &mut BTreeSet<String>) {
    let mut note = |list: &mut dyn Iterator<Item = &ast::Directive>| {
        for directive in list {
            let name = subgraph.directives.known(&directive.name).unwrap_or(&directive.name);
            found.insert(format!("@{name}"));
            if name == "override" && directive.specified_argument_by_name("label").is_some() {
                found.insert("@override with a label".to_owned());
            }
            let set = directive.specified_argument_by_name("fields").and_then(|set| set.as_str());
            if name == "requires" && set.is_some_and(|set| set.contains('(')) {
                found.insert("@requires with arguments".to_owned());
            }
        }
    };
    note(&mut subgraph.schema.schema_definition.directives.iter().map(|one| &***one));
    for ty in subgraph.schema.types.values() {
        note(&mut ty.directives().iter().map(|one| &***one));
        let fields = match ty {
            ExtendedType::Object(object) => &object.fields,
            ExtendedType::Interface(interface) => &interface.fields,
            _ => continue,
        };
        for field in fields.values() {
            note(&mut field.directives.iter().map(|one| &**one));
            for argument in &field.arguments {
                note(&mut argument.directives.iter().map(|one| &**one));
            }
        }
    }
}

fn shapes_of(subgraph: &Subgraph, found: &mut BTreeSet<String>) {
    let mut note = |name: &str| {
        found.insert(name.to_owned());
    };
    if !subgraph.sdl.contains("@link") {
        note("Federation 1");
    }
    if subgraph.schema.schema_definition.mutation.is_some() {
        note("mutations");
    }
    for (name, ty) in &subgraph.schema.types {
        match ty {
            ExtendedType::Union(union) if union.name != "_Entity" => note("unions"),
            ExtendedType::Enum(one) if !ty.is_built_in() && !one.name.starts_with('_') => note("enums"),
            ExtendedType::InputObject(_) => note("input objects"),
            ExtendedType::Scalar(one) if !ty.is_built_in() && !one.name.starts_with('_') => note("custom scalars"),
            ExtendedType::Interface(_) => note("interfaces"),
            _ => {}
        }
        let Some(local) = subgraph.types.get(name.as_str()) else { continue };
        if local.is_interface && !local.keys.is_empty() {
            note("entity interfaces");
        }
        match local.keys.len() {
            0 => {}
            1 => note("one key"),
            _ => note("several keys"),
        }
        for key in &local.keys {
            if !key.resolvable {
                note("keys that cannot be resolved");
            }
            if key.selections.len() > 1 {
                note("compound keys");
            }
            let is_nested = |one: &ast::Selection| one.as_field().is_some_and(|field| !field.selection_set.is_empty());
            if key.selections.iter().any(is_nested) {
                note("nested keys");
            }
        }
    }
}

fn selections(set: &SelectionSet, found: &mut BTreeSet<String>) {
    use apollo_compiler::executable::Selection;
    for selection in &set.selections {
        for name in ["skip", "include"] {
            if let Some(one) = selection.directives().get(name) {
                let is_variable =
                    one.specified_argument_by_name("if").is_some_and(|value| value.as_variable().is_some());
                found.insert(format!("@{name} by a {}", if is_variable { "variable" } else { "constant" }));
            }
        }
        match selection {
            Selection::Field(field) => {
                if let Some(alias) = &field.alias {
                    let shadows = set.ty == *alias || *alias == "id" || *alias == "__typename";
                    found.insert(if shadows { "an alias that shadows" } else { "an alias" }.to_owned());
                }
                if field.name.starts_with("__") && field.name != "__typename" {
                    found.insert("introspection".to_owned());
                }
                if !field.arguments.is_empty() {
                    found.insert("arguments".to_owned());
                }
                selections(&field.selection_set, found);
            }
            Selection::InlineFragment(inline) => {
                found.insert("inline fragments".to_owned());
                selections(&inline.selection_set, found);
            }
            Selection::FragmentSpread(_) => drop(found.insert("named fragments".to_owned())),
        }
    }
}

fn holds_nested_lists(answer: &Answer) -> bool {
    match answer {
        Answer::Leaf(_) => false,
        Answer::List(items) => items.iter().any(|item| matches!(item, Answer::List(_)) || holds_nested_lists(item)),
        Answer::Object(fields) => fields.iter().any(|(_, value)| holds_nested_lists(value)),
    }
}

impl Display for Coverage {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Self { federations, operations, requests, counts } = self;
        writeln!(out, "{federations} federations, {operations} operations, {requests} requests to subgraphs")?;
        for (group, counts) in counts {
            writeln!(out, "{group}")?;
            for (name, count) in counts {
                writeln!(out, "  {count:>9}  {name}")?;
            }
        }
        Ok(())
    }
}
