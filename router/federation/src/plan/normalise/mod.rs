//! Stage 2: from the client's operation to the tree of what is asked for.
//!
//! Fragments are inlined, abstract selections are expanded to concrete types, fields are merged as the
//! specification's CollectFields and MergeSelectionSets say, constant @skip and @include are resolved, and
//! every field gets the key under which the merged data will hold it.

pub mod conditions;
mod internal;
mod introspection;
mod order;
pub mod scopes;
pub mod tree;
mod whole;

use std::{collections::HashSet, sync::Arc};

use apollo_compiler::{
    ExecutableDocument, Schema,
    ast::DirectiveList,
    collections::IndexMap,
    executable::{self, Operation, Selection, SelectionSet},
};

use super::{
    Budget, PlanError,
    graph::{Arguments, FieldDefId, Graph, TypeId, selections::shared},
    limits::{LimitError, Limits},
    nodes::Wrapper,
};
use conditions::{Conditions, Conjunction, conjoin, under};
pub use internal::Requirement;
use order::mentions_in_order;
use scopes::{Signature, TYPENAME};
pub use tree::{CaseIndex, Field, FieldId, FieldKind, Position, PositionId, Tree};

/// What normalisation reads.
pub struct Input<'d> {
    pub graph: &'d Graph,
    pub api: &'d Schema,
    pub document: &'d ExecutableDocument,
    pub operation: &'d Operation,
    pub limits: &'d Limits,
}

/// # Errors
/// When the operation grows past the limits while it is expanded, or uses an unsupported directive.
pub fn normalise(input: &Input<'_>, budget: &mut Budget) -> Result<Tree, PlanError> {
    let name = input.operation.object_type();
    let root = input.graph.type_id(name).ok_or_else(|| PlanError::UnknownType(shared(name)))?;
    let mut normaliser = Normaliser { input, budget, tree: Tree::new(root), depth: 0, order: 0 };
    let source = Source { set: &input.operation.selection_set, conjunction: Vec::new() };
    normaliser.fill(Tree::ROOT, &[source])?;
    Ok(normaliser.tree)
}

/// A selection set, and what must hold for it to count.
#[derive(Clone)]
struct Source<'d> {
    set: &'d SelectionSet,
    conjunction: Conjunction,
}

/// One place in the document where a field is selected.
#[derive(Clone)]
struct Occurrence<'d> {
    field: &'d executable::Field,
    conjunction: Conjunction,
    /// Rises along the document.
    order: usize,
}

/// One field of the answer, with all its mentions.
struct Mention<'d> {
    response_key: Arc<str>,
    occurrences: Vec<Occurrence<'d>>,
    conditions: Conditions,
}

/// Fields of one concrete type, by response key in the order of the answer.
type Collected<'d> = IndexMap<&'d str, Vec<Occurrence<'d>>>;

/// Equal for types of which the same is selected.
type Class = Vec<(usize, Conjunction)>;

/// Where the data of a case's fields lies, and of which type it is.
type Look = Vec<(Arc<str>, Option<(TypeId, Arc<[Wrapper]>)>)>;

struct Normaliser<'d, 'i, 'b> {
    input: &'i Input<'d>,
    budget: &'b mut Budget,
    tree: Tree,
    depth: usize,
    order: usize,
}

impl<'d> Normaliser<'d, '_, '_> {
    fn fill(&mut self, position: PositionId, sources: &[Source<'d>]) -> Result<(), PlanError> {
        self.depth += 1;
        if self.depth > self.input.limits.max_depth + 1 {
            return Err(LimitError::Depth { limit: self.input.limits.max_depth }.into());
        }
        if self.is_whole(position, sources)? {
            self.fill_whole(position, sources)?;
        } else {
            self.fill_cases(position, sources)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn fill_cases(&mut self, position: PositionId, sources: &[Source<'d>]) -> Result<(), PlanError> {
        let graph = self.input.graph;
        let ty = self.tree[position].ty;
        let mut classes: HashSet<Class> = HashSet::new();
        let mut looks: Vec<Look> = Vec::new();
        for concrete in graph[ty].possible.iter().copied().filter(|concrete| graph[*concrete].visible) {
            let collected = self.collect_all(sources, concrete)?;
            classes.insert(class_of(&collected));
            let case = self.tree.case_for(position, concrete);
            self.add_fields(position, case, collected)?;
            let look = self.look(position, case);
            if !looks.contains(&look) {
                looks.push(look);
            }
        }
        self.tree[position].discriminated = classes.len() > 1 || looks.len() > 1;
        Ok(())
    }

    /// The same selection lies elsewhere in the data, or has another type, where the types' fields are not alike.
    fn look(&self, position: PositionId, case: CaseIndex) -> Look {
        let graph = self.input.graph;
        let fields = self.tree[position].cases[case].fields.iter().map(|id| {
            let def = self.tree.def(*id);
            (self.tree[*id].data_key.clone(), def.map(|def| (graph[def].base, graph[def].wrappers.clone())))
        });
        fields.collect()
    }

    fn collect_all(&mut self, sources: &[Source<'d>], concrete: TypeId) -> Result<Collected<'d>, PlanError> {
        let mut collected = Collected::default();
        for source in sources {
            self.collect(source.set, &source.conjunction, concrete, &mut collected)?;
        }
        Ok(collected)
    }

    /// The specification's CollectFields for objects of `concrete`.
    fn collect(
        &mut self,
        set: &'d SelectionSet,
        outer: &Conjunction,
        concrete: TypeId,
        found: &mut Collected<'d>,
    ) -> Result<(), PlanError> {
        for selection in &set.selections {
            self.budget.step()?;
            refuse_unsupported(selection.directives())?;
            let Some(conjunction) = under(outer, selection.directives()) else { continue };
            match selection {
                Selection::Field(field) => {
                    self.order += 1;
                    let occurrence = Occurrence { field, conjunction, order: self.order };
                    found.entry(field.response_key().as_str()).or_default().push(occurrence);
                }
                Selection::InlineFragment(fragment) => {
                    let applies = fragment.type_condition.as_ref().is_none_or(|name| self.is_a(concrete, name));
                    if applies {
                        self.collect(&fragment.selection_set, &conjunction, concrete, found)?;
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let Some(fragment) = self.input.document.fragments.get(&spread.fragment_name) else { continue };
                    if self.is_a(concrete, fragment.type_condition()) {
                        self.collect(&fragment.selection_set, &conjunction, concrete, found)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn is_a(&self, concrete: TypeId, condition: &str) -> bool {
        let graph = self.input.graph;
        graph.type_id(condition).is_some_and(|ty| ty == concrete || graph[ty].possible.contains(&concrete))
    }

    fn add_fields(&mut self, position: PositionId, case: CaseIndex, collected: Collected<'d>) -> Result<(), PlanError> {
        self.reserve_introspection(position, &collected);
        let in_order = position == Tree::ROOT && self.input.operation.is_mutation();
        let ordered = if in_order { mentions_in_order(&collected) } else { None };
        let max_copies = self.input.limits.max_copies;
        let places = if in_order { None } else { order::places(&collected, max_copies / self.tree[position].copies) };
        let first = self.tree[position].cases[case].fields.len();
        for (index, mention) in ordered.unwrap_or_else(|| mentions(collected)).into_iter().enumerate() {
            if self.tree.field_count() >= self.input.limits.max_selections {
                return Err(LimitError::Selections { limit: self.input.limits.max_selections }.into());
            }
            match mention.occurrences[0].field.name.as_str() {
                TYPENAME => self.add_typename(position, case, mention),
                "__schema" | "__type" => self.add_introspection(position, case, &mention)?,
                _ => {
                    let copies = places.as_ref().map_or(1, |places| places.iter().filter(|one| one.0 == index).count());
                    self.add_selected(position, case, &mention, copies)?;
                }
            }
        }
        let case = &mut self.tree[position].cases[case];
        case.order = places.map(|places| {
            places.into_iter().map(|(index, conditions)| (case.fields[first + index], conditions)).collect()
        });
        Ok(())
    }

    /// The router's answer to introspection uses the client's own keys; nothing else may take them.
    fn reserve_introspection(&mut self, position: PositionId, collected: &Collected<'d>) {
        for (key, occurrences) in collected {
            let name = &occurrences[0].field.name;
            if name == "__schema" || name == "__type" {
                let scope = self.tree[position].scope;
                let signature =
                    Signature { field: shared(name), arguments: Arc::from(*key), shape: u32::MAX, apart: false };
                self.tree.scopes.allocate(scope, &Arc::from(*key), &signature);
            }
        }
    }

    fn add_typename(&mut self, position: PositionId, case: CaseIndex, mention: Mention<'d>) {
        self.tree.add_field(Field {
            position,
            case,
            response_key: Some(mention.response_key),
            data_key: Arc::from(TYPENAME),
            conditions: mention.conditions,
            kind: FieldKind::Typename,
        });
    }

    fn add_introspection(
        &mut self,
        position: PositionId,
        case: CaseIndex,
        mention: &Mention<'d>,
    ) -> Result<(), PlanError> {
        let projected = introspection::project(self.input, self.budget, &mention.response_key, &mention.occurrences)?;
        self.tree.add_field(Field {
            position,
            case,
            data_key: mention.response_key.clone(),
            response_key: Some(mention.response_key.clone()),
            conditions: mention.conditions.clone(),
            kind: FieldKind::Introspection(Box::new(projected)),
        });
        Ok(())
    }

    /// `copies`: at how many places of the answer it stands.
    fn add_selected(
        &mut self,
        position: PositionId,
        case: CaseIndex,
        mention: &Mention<'d>,
        copies: usize,
    ) -> Result<(), PlanError> {
        let graph = self.input.graph;
        let owner = self.tree[position].cases[case].ty;
        let first = mention.occurrences[0].field;
        let def = graph
            .field(owner, &first.name)
            .ok_or_else(|| PlanError::Unreachable { path: format!("{}.{}", graph[owner].name, first.name) })?;
        let arguments = Arguments::from_pairs(first.arguments.iter().map(|each| (&each.name, &each.value)));
        let (data_key, scope) = self.tree.data_key(position, &mention.response_key, (graph, def, &arguments), false);
        let field = self.tree.add_field(Field {
            position,
            case,
            response_key: Some(mention.response_key.clone()),
            data_key,
            conditions: mention.conditions.clone(),
            kind: FieldKind::Selected { def, arguments, child: None },
        });
        if graph.is_leaf(graph[def].base) {
            return Ok(());
        }
        let child = self.add_child(field, def, scope);
        self.tree[child].copies = self.tree[position].copies * copies;
        self.fill(child, &child_sources(&mention.occurrences))
    }

    fn add_child(&mut self, field: FieldId, def: FieldDefId, scope: scopes::ScopeId) -> PositionId {
        let literals = self.tree.literals(field);
        let child = self.tree.add_position(Position {
            parent: Some(field),
            ty: self.input.graph[def].base,
            cases: Vec::new(),
            scope,
            discriminated: false,
            whole: false,
            literals,
            copies: 1,
        });
        if let FieldKind::Selected { child: slot, .. } = &mut self.tree[field].kind {
            *slot = Some(child);
        }
        child
    }
}

fn class_of(collected: &Collected<'_>) -> Class {
    collected.values().flatten().map(|one| (address(one.field), one.conjunction.clone())).collect()
}

fn address(field: &executable::Field) -> usize {
    std::ptr::from_ref(field).addr()
}

fn mentions(collected: Collected<'_>) -> Vec<Mention<'_>> {
    let all = collected.into_iter().map(|(key, occurrences)| Mention {
        response_key: Arc::from(key),
        conditions: Conditions::any_of(occurrences.iter().map(|one| one.conjunction.clone()).collect()),
        occurrences,
    });
    all.collect()
}

/// Where the mentions of a field differ in their conditions, each passes its own on to what it selects.
fn child_sources<'d>(occurrences: &[Occurrence<'d>]) -> Vec<Source<'d>> {
    let alike = occurrences.iter().all(|one| one.conjunction == occurrences[0].conjunction);
    occurrences
        .iter()
        .filter_map(|one| {
            let conjunction = if alike { Vec::new() } else { conjoin(&one.conjunction, &[])? };
            Some(Source { set: &one.field.selection_set, conjunction })
        })
        .collect()
}

fn refuse_unsupported(directives: &DirectiveList) -> Result<(), PlanError> {
    match directives.iter().find(|directive| directive.name == "defer" || directive.name == "stream") {
        Some(directive) => Err(PlanError::UnsupportedDirective(directive.name.to_string())),
        None => Ok(()),
    }
}
