//! A shared field of an abstract type must be able to answer with the same types everywhere.

use apollo_compiler::{Name, collections::IndexSet};

use super::sharing::Resolver;
use crate::compose::{error::ErrorCode, report::Report, subgraph::SubgraphSchema};

pub(super) fn check(
    subgraphs: &[SubgraphSchema],
    (ty, field): (&Name, &Name),
    resolvers: &[Resolver<'_>],
    report: &mut Report,
) {
    let possible: Vec<(usize, IndexSet<&Name>)> = resolvers
        .iter()
        .map(|resolver| {
            let types = subgraphs[resolver.at].possible_types(resolver.field.ty.inner_named_type());
            (resolver.at, types.into_iter().map(|ty| &ty.name).collect())
        })
        .collect();
    let Some((_, first)) = possible.first() else { return };
    let has_common = first.iter().any(|name| possible.iter().all(|(_, types)| types.contains(name)));
    // Scalars and interface objects have no runtime types of their own.
    if has_common || possible.iter().any(|(_, types)| types.is_empty()) {
        return;
    }
    let list: Vec<String> = possible
        .iter()
        .map(|(at, types)| {
            let names: Vec<&str> = types.iter().map(|name| name.as_str()).collect();
            format!("{} in subgraph {:?}", names.join(", "), subgraphs[*at].name)
        })
        .collect();
    report.between(
        ErrorCode::ShareableHasMismatchedRuntimeTypes,
        format!(
            "the shared field \"{ty}.{field}\" has no type in common: it can be {}; a shared field must give the same \
             answer everywhere",
            list.join("; ")
        ),
    );
}
