//! Makes a failing case small: takes part after part away, of the operation and of the subgraphs, as long as the
//! same kind of failure stays. The data comes from names, so what is left keeps its values.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use apollo_compiler::{
    Node,
    ast::{Definition, DirectiveList, Document, FieldDefinition, InputValueDefinition, Selection, Value},
};

use crate::{
    judge::{Kind, Mismatch, Question},
    round::{Case, Failure},
};

/// Enough for most; what hangs for seconds at each trial stays larger.
const LIMIT: Duration = Duration::from_secs(120);

/// The same failure, smaller, and how it shows there.
pub fn shrink(failure: &Failure) -> (Case, Question, Mismatch) {
    let question = failure.question.clone().unwrap_or(Question { text: String::new(), variables: Default::default() });
    let until = Instant::now() + LIMIT;
    let mut small = Small { case: failure.case.clone(), question, mismatch: failure.mismatch.clone(), until };
    if failure.question.is_some() {
        small.shrink_operation();
        small.shrink_subgraphs();
        small.shrink_operation();
        small.shrink_subgraphs();
    }
    (small.case, small.question, small.mismatch)
}

struct Small {
    case: Case,
    question: Question,
    mismatch: Mismatch,
    until: Instant,
}

impl Small {
    /// Takes the smaller one when it fails alike.
    fn accept(&mut self, case: Case, question: Question) -> bool {
        if Instant::now() > self.until {
            return false;
        }
        match fails(&case, &question) {
            Some(mismatch) if mismatch.kind == self.mismatch.kind => {
                *self = Self { case, question, mismatch, until: self.until };
                true
            }
            _ => false,
        }
    }

    fn shrink_operation(&mut self) {
        loop {
            let before = self.question.text.clone();
            let mut next = 0;
            while let Some(document) = parse(&self.question.text).and_then(|one| cut(&one, next, cut_operation)) {
                let document = without_unused(document);
                let mut question = Question { text: document.to_string(), variables: self.question.variables.clone() };
                question.variables.retain(|name, _| question.text.contains(&format!("${name}")));
                if !self.accept(self.case.clone(), question) {
                    next += 1;
                }
            }
            if self.question.text == before {
                return;
            }
        }
    }

    fn shrink_subgraphs(&mut self) {
        loop {
            let before = self.case.subgraphs.clone();
            let mut sub = 0;
            while sub < self.case.subgraphs.len() {
                let mut case = self.case.clone();
                case.subgraphs.remove(sub);
                if self.accept(case, self.question.clone()) {
                    continue;
                }
                self.shrink_subgraph(sub);
                sub += 1;
            }
            if self.case.subgraphs == before {
                return;
            }
        }
    }

    fn shrink_subgraph(&mut self, sub: usize) {
        let mut next = 0;
        while let Some(document) = parse(&self.case.subgraphs[sub].1).and_then(|one| cut(&one, next, cut_schema)) {
            let mut case = self.case.clone();
            case.subgraphs[sub].1 = document.to_string();
            if !self.accept(case, self.question.clone()) {
                next += 1;
            }
        }
    }
}

fn fails(case: &Case, question: &Question) -> Option<Mismatch> {
    let supergraph = case.compose().ok()?;
    match case.bench(supergraph) {
        Ok(bench) => bench.judge(question)?.err(),
        Err(told) => Some(Mismatch { kind: Kind::Refused, told }),
    }
}

fn parse(text: &str) -> Option<Document> {
    Document::parse(text, "shrink.graphql").ok()
}

/// Counts down to the cut that is wanted.
struct Cutter {
    left: usize,
    done: bool,
}

impl Cutter {
    fn hits(&mut self) -> bool {
        if self.done {
            return false;
        }
        self.done = self.left == 0;
        self.left = self.left.saturating_sub(1);
        self.done
    }

    /// Takes one of `all` away, or goes into each.
    fn vec<T>(&mut self, all: &mut Vec<T>, mut inside: impl FnMut(&mut Self, &mut T)) {
        for index in 0..all.len() {
            if self.hits() {
                all.remove(index);
                return;
            }
        }
        for item in all {
            if self.done {
                return;
            }
            inside(self, item);
        }
    }
}

/// The document without its part number `number`; None when there are not so many.
fn cut(document: &Document, number: usize, walk: fn(&mut Cutter, &mut Document)) -> Option<Document> {
    let mut cutter = Cutter { left: number, done: false };
    let mut smaller = document.clone();
    walk(&mut cutter, &mut smaller);
    cutter.done.then_some(smaller)
}

fn cut_operation(cutter: &mut Cutter, document: &mut Document) {
    cutter.vec(&mut document.definitions, |cutter, definition| match definition {
        Definition::OperationDefinition(operation) => {
            cut_selections(cutter, &mut operation.make_mut().selection_set);
        }
        Definition::FragmentDefinition(fragment) => cut_selections(cutter, &mut fragment.make_mut().selection_set),
        _ => {}
    });
}

fn cut_selections(cutter: &mut Cutter, selections: &mut Vec<Selection>) {
    for index in 0..selections.len() {
        if let Selection::InlineFragment(inline) = &selections[index]
            && cutter.hits()
        {
            // What is inside takes its place.
            let inside = inline.selection_set.clone();
            selections.splice(index..=index, inside);
            return;
        }
    }
    cutter.vec(selections, |cutter, selection| match selection {
        Selection::Field(field) => {
            let field = field.make_mut();
            if field.alias.is_some() && cutter.hits() {
                field.alias = None;
                return;
            }
            cut_directives(cutter, &mut field.directives);
            cutter.vec(&mut field.arguments, |_, _| {});
            cut_selections(cutter, &mut field.selection_set);
        }
        Selection::InlineFragment(inline) => {
            let inline = inline.make_mut();
            cut_directives(cutter, &mut inline.directives);
            cut_selections(cutter, &mut inline.selection_set);
        }
        Selection::FragmentSpread(spread) => cut_directives(cutter, &mut spread.make_mut().directives),
    });
}

fn cut_schema(cutter: &mut Cutter, document: &mut Document) {
    cutter.vec(&mut document.definitions, |cutter, definition| match definition {
        Definition::ObjectTypeDefinition(ty) => {
            let ty = ty.make_mut();
            ty.description = None;
            cut_directives(cutter, &mut ty.directives);
            cutter.vec(&mut ty.implements_interfaces, |_, _| {});
            cutter.vec(&mut ty.fields, cut_field);
        }
        Definition::ObjectTypeExtension(ty) => {
            let ty = ty.make_mut();
            cut_directives(cutter, &mut ty.directives);
            cutter.vec(&mut ty.fields, cut_field);
        }
        Definition::InterfaceTypeDefinition(ty) => {
            let ty = ty.make_mut();
            ty.description = None;
            cut_directives(cutter, &mut ty.directives);
            cutter.vec(&mut ty.fields, cut_field);
        }
        Definition::UnionTypeDefinition(ty) => {
            let ty = ty.make_mut();
            cut_directives(cutter, &mut ty.directives);
            cutter.vec(&mut ty.members, |_, _| {});
        }
        Definition::EnumTypeDefinition(ty) => {
            let ty = ty.make_mut();
            cut_directives(cutter, &mut ty.directives);
            cutter.vec(&mut ty.values, |cutter, value| cut_directives(cutter, &mut value.make_mut().directives));
        }
        Definition::InputObjectTypeDefinition(ty) => {
            let ty = ty.make_mut();
            cut_directives(cutter, &mut ty.directives);
            cutter.vec(&mut ty.fields, cut_input);
        }
        Definition::ScalarTypeDefinition(ty) => cut_directives(cutter, &mut ty.make_mut().directives),
        _ => {}
    });
}

fn cut_field(cutter: &mut Cutter, field: &mut Node<FieldDefinition>) {
    let field = field.make_mut();
    if field.ty.is_non_null() && cutter.hits() {
        field.ty = field.ty.clone().nullable();
        return;
    }
    cut_directives(cutter, &mut field.directives);
    cutter.vec(&mut field.arguments, cut_input);
}

fn cut_input(cutter: &mut Cutter, input: &mut Node<InputValueDefinition>) {
    let input = input.make_mut();
    if input.default_value.is_some() && cutter.hits() {
        input.default_value = None;
        return;
    }
    cut_directives(cutter, &mut input.directives);
}

fn cut_directives(cutter: &mut Cutter, directives: &mut DirectiveList) {
    cutter.vec(&mut directives.0, |_, _| {});
}

/// Fragments and variables that nothing names any more make an operation invalid.
fn without_unused(mut document: Document) -> Document {
    loop {
        let mut used = Used::default();
        for definition in &document.definitions {
            match definition {
                Definition::OperationDefinition(operation) => used.selections(&operation.selection_set),
                Definition::FragmentDefinition(fragment) => used.selections(&fragment.selection_set),
                _ => {}
            }
        }
        let before = document.definitions.len();
        document.definitions.retain(|definition| match definition {
            Definition::FragmentDefinition(fragment) => used.fragments.contains(fragment.name.as_str()),
            _ => true,
        });
        for definition in &mut document.definitions {
            if let Definition::OperationDefinition(operation) = definition {
                operation.make_mut().variables.retain(|variable| used.variables.contains(variable.name.as_str()));
            }
        }
        if document.definitions.len() == before {
            return document;
        }
    }
}

#[derive(Default)]
struct Used {
    fragments: BTreeSet<String>,
    variables: BTreeSet<String>,
}

impl Used {
    fn selections(&mut self, selections: &[Selection]) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    self.directives(&field.directives);
                    field.arguments.iter().for_each(|argument| self.value(&argument.value));
                    self.selections(&field.selection_set);
                }
                Selection::InlineFragment(inline) => {
                    self.directives(&inline.directives);
                    self.selections(&inline.selection_set);
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(&spread.directives);
                    self.fragments.insert(spread.fragment_name.to_string());
                }
            }
        }
    }

    fn directives(&mut self, directives: &DirectiveList) {
        for argument in directives.iter().flat_map(|directive| &directive.arguments) {
            self.value(&argument.value);
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Variable(name) => drop(self.variables.insert(name.to_string())),
            Value::List(items) => items.iter().for_each(|item| self.value(item)),
            Value::Object(entries) => entries.iter().for_each(|(_, value)| self.value(value)),
            _ => {}
        }
    }
}
