//! Directives on one element in several subgraphs become the directives of the merged element.

use std::collections::BTreeSet;

use apollo_compiler::{Name, Node, ast, collections::IndexSet};

/// Merges the applications of all subgraphs, in subgraph order.
pub fn merge_applied(sources: &[&[Node<ast::Directive>]]) -> Vec<Node<ast::Directive>> {
    let all: Vec<&Node<ast::Directive>> = sources.iter().copied().flatten().collect();
    let mut merged: Vec<Node<ast::Directive>> = Vec::new();
    let mut done: IndexSet<&Name> = IndexSet::default();
    for directive in &all {
        let name = &directive.name;
        if MERGED_INTO_ONE.contains(&name.as_str()) && !done.insert(name) {
            continue;
        }
        let same = || all.iter().copied().filter(|other| other.name == *name);
        match name.as_str() {
            "oneOf" => {
                if sources.iter().all(|source| source.iter().any(|other| other.name == "oneOf")) {
                    merged.push((*directive).clone());
                }
            }
            "requiresScopes" => merged.push(all_groups(directive, "scopes", same())),
            "policy" => merged.push(all_groups(directive, "policies", same())),
            "cost" => merged.push(highest_cost(directive, same())),
            "listSize" => merged.push(widest_list(directive, same())),
            // Of those that are merged into one, the first subgraph's reason or address stands for all.
            _ if merged.iter().any(|other| other == *directive) => {}
            _ => merged.push((*directive).clone()),
        }
    }
    merged
}

/// Directives that stand once on a merged element; all others as often as they differ.
const MERGED_INTO_ONE: [&str; 9] = [
    "inaccessible",
    "authenticated",
    "deprecated",
    "specifiedBy",
    "oneOf",
    "requiresScopes",
    "policy",
    "cost",
    "listSize",
];

/// Alternatives of one merged requirement.
const MAX_GROUPS: usize = 512;

/// Every subgraph's requirement must hold: the conjunction of their lists, again as a list of groups, without
/// groups that ask for more than another one does.
fn all_groups<'a>(
    first: &ast::Directive,
    argument: &str,
    directives: impl Iterator<Item = &'a Node<ast::Directive>>,
) -> Node<ast::Directive> {
    let mut groups: BTreeSet<BTreeSet<String>> = BTreeSet::from([BTreeSet::new()]);
    for directive in directives {
        let wanted = read_groups(directive, argument);
        groups = groups
            .iter()
            .flat_map(|group| wanted.iter().map(move |other| group.union(other).cloned().collect()))
            .collect();
        if groups.len() > MAX_GROUPS {
            // Absurdly many alternatives: asking for all of them at once is never too little.
            groups = BTreeSet::from([groups.into_iter().flatten().collect()]);
        }
        let smallest = groups.clone();
        groups.retain(|group| !smallest.iter().any(|other| other != group && other.is_subset(group)));
    }
    let value =
        list(groups.into_iter().map(|group| list(group.into_iter().map(|name| ast::Value::String(name).into()))));
    with_arguments(first, vec![(argument, value)])
}

fn read_groups(directive: &ast::Directive, argument: &str) -> Vec<BTreeSet<String>> {
    let items = |value: &Node<ast::Value>| match value.as_list() {
        Some(list) => list.to_vec(),
        None => vec![value.clone()],
    };
    directive.specified_argument_by_name(argument).map_or_else(Vec::new, |value| {
        items(value)
            .iter()
            .map(|group| items(group).iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
            .collect()
    })
}

fn highest_cost<'a>(
    first: &ast::Directive,
    directives: impl Iterator<Item = &'a Node<ast::Directive>>,
) -> Node<ast::Directive> {
    let highest = directives.filter_map(|directive| integer(directive, "weight")).max();
    with_arguments(first, highest.map(|weight| ("weight", int(weight))).into_iter().collect())
}

fn widest_list<'a>(
    first: &ast::Directive,
    directives: impl Iterator<Item = &'a Node<ast::Directive>>,
) -> Node<ast::Directive> {
    let directives: Vec<_> = directives.collect();
    let mut arguments = Vec::new();
    if let Some(size) = directives.iter().filter_map(|directive| integer(directive, "assumedSize")).max() {
        arguments.push(("assumedSize", int(size)));
    }
    for name in ["slicingArguments", "sizedFields"] {
        let mut names: Vec<Node<ast::Value>> = Vec::new();
        for directive in &directives {
            for value in
                directive.specified_argument_by_name(name).and_then(|value| value.as_list()).unwrap_or_default()
            {
                if !names.contains(value) {
                    names.push(value.clone());
                }
            }
        }
        if !names.is_empty() {
            arguments.push((name, list(names.into_iter())));
        }
    }
    let one = directives.iter().all(|directive| {
        directive
            .specified_argument_by_name("requireOneSlicingArgument")
            .is_none_or(|value| value.to_bool() != Some(false))
    });
    arguments.push(("requireOneSlicingArgument", ast::Value::Boolean(one).into()));
    with_arguments(first, arguments)
}

fn integer(directive: &ast::Directive, argument: &str) -> Option<i32> {
    directive.specified_argument_by_name(argument)?.to_i32()
}

fn int(value: i32) -> Node<ast::Value> {
    ast::Value::Int(value.into()).into()
}

fn list(items: impl Iterator<Item = Node<ast::Value>>) -> Node<ast::Value> {
    ast::Value::List(items.collect()).into()
}

fn with_arguments(first: &ast::Directive, arguments: Vec<(&str, Node<ast::Value>)>) -> Node<ast::Directive> {
    ast::Directive {
        name: first.name.clone(),
        arguments: arguments
            .into_iter()
            .map(|(name, value)| ast::Argument { name: Name::new_unchecked(name), value }.into())
            .collect(),
    }
    .into()
}
