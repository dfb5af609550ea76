//! A plan as text, in the manner that other federation routers print theirs.

use std::fmt::{self, Display, Formatter, Write as _};

use apollo_compiler::ast;

use super::nodes::{FetchNode, PathSegment, Plan, PlanNode, Representation, RepresentationField};

impl Display for Plan {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        match &self.root {
            Some(root) => {
                text.push_str("QueryPlan {\n");
                node(&mut text, root, 1)?;
                text.push_str("}\n");
            }
            None => text.push_str("QueryPlan {}\n"),
        }
        out.write_str(&text)
    }
}

fn node(out: &mut String, plan: &PlanNode, depth: usize) -> fmt::Result {
    let pad = "  ".repeat(depth);
    match plan {
        PlanNode::Fetch(one) => return fetch(out, one, depth),
        PlanNode::Sequence { nodes } => {
            writeln!(out, "{pad}Sequence {{")?;
            nodes.iter().try_for_each(|inner| node(out, inner, depth + 1))?;
        }
        PlanNode::Parallel { nodes } => {
            writeln!(out, "{pad}Parallel {{")?;
            nodes.iter().try_for_each(|inner| node(out, inner, depth + 1))?;
        }
        PlanNode::Flatten { paths, node: inner } => {
            match paths.as_slice() {
                [path] => writeln!(out, "{pad}Flatten(path: {:?}) {{", dotted(path))?,
                paths => {
                    let paths: Vec<String> = paths.iter().map(|path| dotted(path)).collect();
                    writeln!(out, "{pad}Flatten(paths: {paths:?}) {{")?;
                }
            }
            node(out, inner, depth + 1)?;
        }
        PlanNode::Condition { variable, if_true, if_false } => {
            for (word, branch) in [("Include", if_true), ("Skip", if_false)] {
                if let Some(branch) = branch {
                    writeln!(out, "{pad}{word}(if: ${variable}) {{")?;
                    node(out, branch, depth + 1)?;
                    writeln!(out, "{pad}}},")?;
                }
            }
            return Ok(());
        }
        PlanNode::Subscription { primary, rest } => {
            writeln!(out, "{pad}Subscription {{")?;
            writeln!(out, "{pad}  Primary: {{")?;
            fetch(out, primary, depth + 2)?;
            writeln!(out, "{pad}  }},")?;
            if let Some(rest) = rest {
                writeln!(out, "{pad}  Rest: {{")?;
                node(out, rest, depth + 2)?;
                writeln!(out, "{pad}  }},")?;
            }
        }
    }
    writeln!(out, "{pad}}},")
}

fn fetch(out: &mut String, fetch: &FetchNode, depth: usize) -> fmt::Result {
    let pad = "  ".repeat(depth);
    writeln!(out, "{pad}Fetch(service: {:?}) {{", &*fetch.subgraph)?;
    if let Some(entities) = &fetch.entities {
        writeln!(out, "{pad}  {{")?;
        entities.iter().try_for_each(|one| representation(out, one, depth + 2))?;
        writeln!(out, "{pad}  }} =>")?;
    }
    for line in pretty(&fetch.operation, fetch.entities.is_some()).lines() {
        writeln!(out, "{pad}  {line}")?;
    }
    writeln!(out, "{pad}}},")
}

fn representation(out: &mut String, one: &Representation, depth: usize) -> fmt::Result {
    let pad = "  ".repeat(depth);
    let typename = one.typename.as_ref().map(|name| format!(" as {name}")).unwrap_or_default();
    writeln!(out, "{pad}... on {}{typename} {{", one.types.join(" | "))?;
    writeln!(out, "{pad}  __typename")?;
    one.fields.iter().try_for_each(|field| representation_field(out, field, depth + 1))?;
    writeln!(out, "{pad}}}")
}

fn representation_field(out: &mut String, field: &RepresentationField, depth: usize) -> fmt::Result {
    let pad = "  ".repeat(depth);
    let types = if field.types.is_empty() { String::new() } else { format!("[{}] ", field.types.join("|")) };
    let name = if field.name == field.data_key {
        field.name.to_string()
    } else {
        format!("{}: {}", field.name, field.data_key)
    };
    if field.fields.is_empty() {
        return writeln!(out, "{pad}{types}{name}");
    }
    writeln!(out, "{pad}{types}{name} {{")?;
    field.fields.iter().try_for_each(|inner| representation_field(out, inner, depth + 1))?;
    writeln!(out, "{pad}}}")
}

/// `a.@|[Dog|Cat].owner`: keys, `@` for a list, types in brackets.
pub fn dotted(path: &[PathSegment]) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            PathSegment::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
            PathSegment::List => text.push_str(".@"),
            PathSegment::Types(types) => {
                text.push_str("|[");
                text.push_str(&types.join("|"));
                text.push(']');
            }
        }
    }
    text
}

/// The operation over several lines. An entity fetch shows what it selects, without the `_entities` around it.
fn pretty(operation: &str, entities: bool) -> String {
    let Ok(document) = ast::Document::parse(operation, "fetch.graphql") else { return operation.to_owned() };
    let text = document.to_string();
    if !entities {
        return text.strip_prefix("query ").filter(|rest| rest.starts_with('{')).unwrap_or(&text).to_owned();
    }
    let inner: Vec<&str> = text.lines().collect();
    match inner.as_slice() {
        [header, _, lines @ .., _, _] => {
            let variables = header.trim_start_matches("query(").trim_end_matches(") {");
            let others: Vec<&str> = variables.split(", ").filter(|one| !one.ends_with(": [_Any!]!")).collect();
            let head = if others.is_empty() { "{".to_owned() } else { format!("({}) {{", others.join(", ")) };
            let body: Vec<&str> = lines.iter().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
            format!("{head}\n{}\n}}", body.join("\n"))
        }
        _ => text,
    }
}
