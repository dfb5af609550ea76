//! `@composeDirective`: directives of other specifications that subgraphs want to see in the supergraph.

use std::collections::BTreeMap;

use apollo_compiler::Name;

use super::{
    error::ErrorCode,
    report::Report,
    subgraph::{ComposeRequest, DirectiveDef, Import, Link, SubgraphSchema},
};

/// A directive of another specification that is carried into the supergraph.
pub struct ComposedDirective<'a> {
    /// Its name in the specification.
    pub original: String,
    pub definition: &'a DirectiveDef,
    /// The index of the subgraph that defines it so.
    pub subgraph: usize,
    /// The newest version that a subgraph composes it from.
    pub link: &'a Link,
}

/// Composed directives by their local name. Faults go to `report`.
pub fn read<'a>(subgraphs: &'a [SubgraphSchema], report: &mut Report) -> BTreeMap<Name, ComposedDirective<'a>> {
    let mut found: BTreeMap<Name, ComposedDirective<'_>> = BTreeMap::new();
    for (at, subgraph) in subgraphs.iter().enumerate() {
        for request in &subgraph.composed {
            match resolve((at, subgraph), request) {
                Ok(Some((name, directive))) => {
                    if let Some(reason) = add(&mut found, name, directive) {
                        fault(subgraph, request, &reason, report);
                    }
                }
                Ok(None) => {}
                Err(reason) => fault(subgraph, request, reason, report),
            }
        }
    }
    check_automatic(subgraphs, &found, report);
    found
}

fn fault(subgraph: &SubgraphSchema, request: &ComposeRequest, reason: &str, report: &mut Report) {
    let message = format!("@composeDirective(name: {:?}): {reason}", request.name);
    report.at(ErrorCode::DirectiveCompositionError, subgraph, request.span, message);
}

/// None: federation carries the directive by itself.
fn resolve<'a>(
    (at, subgraph): (usize, &'a SubgraphSchema),
    request: &ComposeRequest,
) -> Result<Option<(Name, ComposedDirective<'a>)>, &'static str> {
    let bare = request.name.strip_prefix('@').ok_or("the name begins with @; write it so")?;
    match request.is_carried_anyway {
        Some(true) => return Ok(None),
        Some(false) => return Err("a directive of federation itself cannot be composed; remove this"),
        None => {}
    }
    let (name, definition) =
        subgraph.directives.get_key_value(bare).ok_or("this subgraph does not define the directive; define it")?;
    let (link, original) = subgraph
        .links
        .iter()
        .find_map(|link| Some((link, link.original_directive(bare)?)))
        .ok_or("the directive comes from no @link; link its specification")?;
    Ok(Some((name.clone(), ComposedDirective { original, definition, subgraph: at, link })))
}

/// Adds a directive, or says how it contradicts those of other subgraphs.
fn add<'a>(
    found: &mut BTreeMap<Name, ComposedDirective<'a>>,
    name: Name,
    directive: ComposedDirective<'a>,
) -> Option<String> {
    for (known_name, known) in &*found {
        let is_same_spec = known.link.identity == directive.link.identity;
        if is_same_spec && known.link.version.0 != directive.link.version.0 {
            return Some(format!("{} is composed in two major versions; link the same one", known.link.identity));
        }
        if is_same_spec && known.original == directive.original && *known_name != name {
            return Some(format!("@{} is composed as @{known_name} elsewhere; use one name", directive.original));
        }
        if *known_name == name && !(is_same_spec && known.original == directive.original) {
            let (spec, original) = (&known.link.identity, &known.original);
            return Some(format!("@{name} is composed as @{original} of {spec} elsewhere; use another name"));
        }
    }
    match found.get_mut(&name) {
        Some(known) if directive.link.version < known.link.version => {}
        _ => {
            found.insert(name, directive);
        }
    }
    None
}

/// A composed directive must not take the name of one that federation carries.
fn check_automatic(subgraphs: &[SubgraphSchema], found: &BTreeMap<Name, ComposedDirective<'_>>, report: &mut Report) {
    for subgraph in subgraphs {
        for Import { directive, local, span } in &subgraph.imported {
            if matches!(*directive, "tag" | "inaccessible") && found.contains_key(&**local) {
                report.at(
                    ErrorCode::DirectiveCompositionError,
                    subgraph,
                    *span,
                    format!(
                        "@{local} is composed from another specification, while subgraph {:?} gives that name to \
                         federation's @{directive}; use another name",
                        subgraph.name
                    ),
                );
            }
        }
    }
}
