//! The selection set that a request sends, written from the visits it is made of.

use std::{fmt::Write as _, sync::Arc};

use indexmap::IndexSet;

use super::Needed;
use crate::{
    plan::{
        graph::{Arguments, TypeId},
        nodes::Condition,
        normalise::{FieldId, FieldKind, Tree, conditions::Conditions, scopes::TYPENAME},
        paths::{Entry, Scene, State, VisitId},
    },
    supergraph::{GraphId, TypeKind},
};

/// Writes selections for one request.
pub struct Writer<'w> {
    pub scene: &'w Scene<'w>,
    pub tree: &'w Tree,
    pub state: &'w State,
    pub needed: &'w Needed,
    pub subgraph: GraphId,
    /// What holds whenever the request is sent, and need not be said again.
    pub known: &'w [Condition],
    /// Variables used so far.
    pub variables: IndexSet<Arc<str>>,
}

/// One field to select on objects of one type.
struct Line {
    first: FieldId,
    data_key: Arc<str>,
    name: Arc<str>,
    arguments: Arc<Arguments>,
    conditions: Conditions,
    below: Vec<VisitId>,
}

/// What is selected on objects of one type, written down.
struct Block {
    ty: TypeId,
    /// Field name and text.
    lines: Vec<(Arc<str>, String)>,
}

impl Writer<'_> {
    /// The content of the braces for objects that the subgraph types as `local`.
    pub fn selection(&mut self, visits: &[VisitId], local: TypeId) -> String {
        let graph = self.scene.graph;
        let as_one = !graph.is_abstract(local) || graph.is_interface_object(local, self.subgraph);
        let blocks = self.blocks(visits, as_one.then_some(local));
        let text = if as_one {
            join_lines(blocks.into_iter().flat_map(|block| block.lines))
        } else {
            self.fold(blocks, local)
        };
        if text.is_empty() { TYPENAME.to_owned() } else { text }
    }

    fn blocks(&mut self, visits: &[VisitId], one_type: Option<TypeId>) -> Vec<Block> {
        let mut collected: Vec<(TypeId, Vec<Line>)> = Vec::new();
        for visit in visits {
            for leaf in &self.needed.leaves[visit.0 as usize] {
                self.add(&mut collected, one_type, *leaf, None);
            }
            for child in &self.needed.below[visit.0 as usize] {
                if let Entry::Move { field, .. } = self.state.visit(*child).entry {
                    self.add(&mut collected, one_type, field, Some(*child));
                }
            }
        }
        collected.sort_by_key(|(ty, _)| *ty);
        let mut blocks = Vec::with_capacity(collected.len());
        for (ty, mut lines) in collected {
            lines.sort_by_key(|line| (*line.name != *TYPENAME, line.first));
            let lines = lines.iter().map(|line| (line.name.clone(), self.write(line))).collect();
            blocks.push(Block { ty, lines });
        }
        blocks
    }

    fn add(
        &self,
        collected: &mut Vec<(TypeId, Vec<Line>)>,
        one_type: Option<TypeId>,
        field: FieldId,
        child: Option<VisitId>,
    ) {
        let ty = one_type.unwrap_or_else(|| self.tree.owner(field));
        let at = collected.iter().position(|(known, _)| *known == ty).unwrap_or_else(|| {
            collected.push((ty, Vec::new()));
            collected.len() - 1
        });
        let lines = &mut collected[at].1;
        let node = &self.tree[field];
        let conditions = node.conditions.given(self.known);
        // A leaf that is asked for anyway need not be asked for on conditions.
        if child.is_none() && lines.iter().any(|line| line.data_key == node.data_key && line.conditions.is_always()) {
            return;
        }
        if child.is_none() && conditions.is_always() {
            lines.retain(|line| line.data_key != node.data_key);
        }
        if let Some(line) =
            lines.iter_mut().find(|line| line.data_key == node.data_key && line.conditions == conditions)
        {
            line.first = line.first.min(field);
            line.below.extend(child);
            return;
        }
        let (name, arguments) = match &node.kind {
            FieldKind::Selected { def, arguments, .. } => (self.scene.graph[*def].name.clone(), arguments.clone()),
            _ => (Arc::from(TYPENAME), Arguments::none()),
        };
        let data_key = node.data_key.clone();
        lines.push(Line { first: field, data_key, name, arguments, conditions, below: child.into_iter().collect() });
    }

    fn write(&mut self, line: &Line) -> String {
        self.variables.extend(line.arguments.variables.iter().cloned());
        let mut field = String::new();
        if line.data_key != line.name {
            write!(field, "{}:", line.data_key).expect("a String takes every write");
        }
        field.push_str(&line.name);
        field.push_str(&line.arguments.text);
        let below = line.below.first().map(|first| {
            let local = self.state.visit(*first).local;
            format!("{{{}}}", self.selection(&line.below, local))
        });
        let below = below.unwrap_or_default();
        if line.conditions.is_always() {
            return format!("{field}{below}");
        }
        let conjunctions = line.conditions.conjunctions().iter();
        let written: Vec<String> = conjunctions.map(|literals| self.condition(literals, &field, &below)).collect();
        written.join(" ")
    }

    /// Each of @skip and @include fits once on a field; further ones go on fragments around it.
    fn condition(&mut self, literals: &[Condition], field: &str, below: &str) -> String {
        let mut own = String::new();
        let mut around = Vec::new();
        for literal in literals {
            self.variables.insert(literal.variable.clone());
            let name = if literal.equals { "include" } else { "skip" };
            let text = format!("@{name}(if:${})", literal.variable);
            if own.contains(&format!("@{name}(")) { around.push(text) } else { own.push_str(&text) }
        }
        let mut text = format!("{field}{own}{below}");
        for directive in around {
            text = format!("...{directive}{{{text}}}");
        }
        text
    }

    /// Says once what all types of an abstract place have in common, and the rest type by type.
    fn fold(&self, blocks: Vec<Block>, local: TypeId) -> String {
        let graph = self.scene.graph;
        let possible = graph.local_type(local, self.subgraph).map_or(&[][..], |node| node.possible.as_slice());
        let (whole, blocks): (Vec<Block>, Vec<Block>) = blocks
            .into_iter()
            .filter(|one| one.ty == local || possible.contains(&one.ty))
            .partition(|one| one.ty == local);
        let everywhere =
            possible.iter().filter(|ty| graph[**ty].visible).all(|ty| blocks.iter().any(|block| block.ty == *ty));
        let mut shared: Vec<(Arc<str>, String)> = whole.into_iter().flat_map(|block| block.lines).collect();
        // Whoever needs the type of some objects is told the type of all: an object without one has no type, and
        // not the one that is left.
        let typename = blocks.iter().flat_map(|block| &block.lines).find(|line| line.1 == TYPENAME);
        shared.extend(typename.filter(|line| !shared.contains(line)).cloned());
        if let Some(first) = blocks.first().filter(|_| everywhere) {
            let common = first.lines.iter().filter(|line| {
                self.is_selectable(local, &line.0) && blocks.iter().all(|block| block.lines.contains(line))
            });
            let common: Vec<_> = common.filter(|line| !shared.contains(line)).cloned().collect();
            shared.extend(common);
        }
        shared.sort_by_key(|line| line.1 != TYPENAME);
        let mut text = join_lines(shared.iter().cloned());
        for block in blocks {
            let rest = join_lines(block.lines.into_iter().filter(|line| !shared.contains(line)));
            if !rest.is_empty() {
                let space = if text.is_empty() { "" } else { " " };
                write!(text, "{space}...on {}{{{rest}}}", graph[block.ty].name).expect("a String takes every write");
            }
        }
        text
    }

    fn is_selectable(&self, local: TypeId, field: &str) -> bool {
        let graph = self.scene.graph;
        field == TYPENAME
            || graph[local].kind == TypeKind::Interface
                && graph.field(local, field).is_some_and(|def| graph.local_field(def, self.subgraph).is_some())
    }
}

fn join_lines(lines: impl Iterator<Item = (Arc<str>, String)>) -> String {
    let texts: Vec<String> = lines.map(|(_, text)| text).collect();
    texts.join(" ")
}
