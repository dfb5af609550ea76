//! Operations, read once and kept: what a subgraph is asked is always the same few texts.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use apollo_compiler::{
    Name,
    ast::{self, Definition, Document},
};

/// A selection, ready to be answered.
#[derive(Debug)]
pub enum Selection {
    Field(Field),
    /// Only on objects of this type.
    On(Name, Arc<[Selection]>),
}

#[derive(Debug)]
pub struct Field {
    /// `"name":`
    pub key: String,
    pub name: Name,
    /// A list's length, where a number is given.
    pub first: Option<usize>,
    /// The variable with the representations.
    pub representations: Option<Name>,
    pub below: Arc<[Selection]>,
}

/// Operations by their texts.
#[derive(Debug, Default)]
pub struct Operations {
    known: RwLock<HashMap<String, Arc<[Selection]>>>,
}

impl Operations {
    /// The operation's selections; None for a text that is not GraphQL.
    pub fn read(&self, text: &str) -> Option<Arc<[Selection]>> {
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(text) {
            return Some(Arc::clone(known));
        }
        let document = Document::parse(text, "operation.graphql").ok()?;
        let operation = document.definitions.iter().find_map(|definition| match definition {
            Definition::OperationDefinition(operation) => Some(operation),
            _ => None,
        })?;
        let selections = compile(&document, &operation.selection_set);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(text.to_owned(), Arc::clone(&selections));
        Some(selections)
    }
}

fn compile(document: &Document, selections: &[ast::Selection]) -> Arc<[Selection]> {
    let one = |selection: &ast::Selection| match selection {
        ast::Selection::Field(field) => vec![Selection::Field(compile_field(document, field))],
        ast::Selection::InlineFragment(inline) => {
            let below = compile(document, &inline.selection_set);
            inline.type_condition.clone().map(|on| Selection::On(on, below)).into_iter().collect()
        }
        ast::Selection::FragmentSpread(spread) => {
            let found = document.definitions.iter().find_map(|definition| match definition {
                Definition::FragmentDefinition(fragment) if fragment.name == spread.fragment_name => Some(fragment),
                _ => None,
            });
            let below = |fragment: &ast::FragmentDefinition| compile(document, &fragment.selection_set);
            found.map(|fragment| Selection::On(fragment.type_condition.clone(), below(fragment))).into_iter().collect()
        }
    };
    selections.iter().flat_map(one).collect()
}

fn compile_field(document: &Document, field: &ast::Field) -> Field {
    let argument =
        |name: &str| field.arguments.iter().find(|argument| argument.name == name).map(|found| &*found.value);
    let first = match argument("first") {
        Some(ast::Value::Int(number)) => number.try_to_i32().ok().and_then(|number| usize::try_from(number).ok()),
        _ => None,
    };
    let representations = match argument("representations") {
        Some(ast::Value::Variable(name)) => Some(name.clone()),
        _ => None,
    };
    Field {
        key: format!("\"{}\":", field.response_name()),
        name: field.name.clone(),
        first,
        representations,
        below: compile(document, &field.selection_set),
    }
}
