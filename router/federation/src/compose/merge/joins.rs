//! Builds `@join__*` applications.

use apollo_compiler::{Name, Node, ast};

use super::{Merger, Sources};

/// A directive from its arguments.
pub(super) fn directive(name: &'static str, arguments: Vec<(&'static str, ast::Value)>) -> Node<ast::Directive> {
    ast::Directive {
        name: Name::new_static_unchecked(name),
        arguments: arguments
            .into_iter()
            .map(|(name, value)| ast::Argument { name: Name::new_static_unchecked(name), value: value.into() }.into())
            .collect(),
    }
    .into()
}

pub(super) fn text(value: impl Into<String>) -> ast::Value {
    ast::Value::String(value.into())
}

impl Merger<'_> {
    pub(super) fn graph(&self, subgraph: usize) -> (&'static str, ast::Value) {
        ("graph", ast::Value::Enum(self.subgraphs[subgraph].graph.clone()))
    }

    /// `@join__type`, once for each key; the query root is in every subgraph, since each answers `_entities`.
    pub(super) fn type_joins(&self, name: &Name, sources: &Sources<'_>) -> Vec<Node<ast::Directive>> {
        if name == "Query" {
            return (0..self.subgraphs.len())
                .map(|subgraph| directive("join__type", vec![self.graph(subgraph)]))
                .collect();
        }
        let mut joins = Vec::new();
        for (subgraph, ty) in sources {
            let mut tail = Vec::new();
            if ty.is_interface_object {
                tail.push(("isInterfaceObject", ast::Value::Boolean(true)));
            }
            if ty.keys.is_empty() {
                let arguments = [vec![self.graph(*subgraph)], tail].concat();
                joins.push(directive("join__type", arguments));
                continue;
            }
            for key in &ty.keys {
                let mut arguments = vec![self.graph(*subgraph), ("key", text(key.fields.text.trim()))];
                if !key.resolvable {
                    arguments.push(("resolvable", ast::Value::Boolean(false)));
                }
                if key.of_extension || ty.extends {
                    arguments.push(("extension", ast::Value::Boolean(true)));
                }
                arguments.extend(tail.iter().cloned());
                let join = directive("join__type", arguments);
                if !joins.contains(&join) {
                    joins.push(join);
                }
            }
        }
        joins
    }
}
