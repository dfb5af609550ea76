//! Field sharing: a field that several subgraphs resolve must say so in each of them.

use std::collections::BTreeMap;

use apollo_compiler::{Name, collections::IndexMap};

use crate::compose::{
    error::ErrorCode,
    merge::{Sources, overrides::Overrides},
    report::Report,
    subgraph::{FieldDef, SubgraphSchema, TypeDef, TypeKind},
    usage::Usage,
};

/// `@shareable` belongs on fields of objects.
pub fn check_usage(subgraph: &SubgraphSchema, report: &mut Report) {
    for ty in subgraph.types.values().filter(|ty| ty.kind == TypeKind::Interface) {
        for field in ty.fields.values().filter(|field| field.shareable) {
            report.at(
                ErrorCode::InvalidShareableUsage,
                subgraph,
                field.span,
                format!(
                    "interface field \"{}.{}\" cannot be @shareable; mark the implementations",
                    ty.name, field.name
                ),
            );
        }
    }
}

/// A subgraph that resolves a field.
struct Resolver<'a> {
    at: usize,
    field: &'a FieldDef,
    is_shareable: bool,
    /// Through this interface object.
    through: Option<&'a Name>,
}

/// Everything that is resolved more than once is shared everywhere.
pub fn check(subgraphs: &[SubgraphSchema], usages: &[Usage], types: &BTreeMap<Name, Sources<'_>>, report: &mut Report) {
    let mut check = Check { subgraphs, usages, overrides: Overrides::of(subgraphs), types, report };
    for (name, sources) in types.iter().filter(|(_, sources)| is_object(sources)) {
        if name == "Subscription" {
            check.subscription(sources);
        }
        for (field, resolvers) in check.resolvers(name, sources) {
            check.field(name, field, &resolvers);
        }
    }
}

fn is_object(sources: &Sources<'_>) -> bool {
    sources.iter().all(|(_, ty)| ty.kind == TypeKind::Object && !ty.is_interface_object)
}

struct Check<'a, 'r> {
    subgraphs: &'a [SubgraphSchema],
    usages: &'a [Usage],
    overrides: Overrides,
    types: &'a BTreeMap<Name, Sources<'a>>,
    report: &'r mut Report,
}

impl<'a> Check<'a, '_> {
    fn resolvers(&self, name: &'a Name, sources: &Sources<'a>) -> IndexMap<&'a Name, Vec<Resolver<'a>>> {
        let mut found: IndexMap<&Name, Vec<Resolver<'_>>> = IndexMap::default();
        for (at, ty) in sources {
            self.add(&mut found, (*at, ty), None);
        }
        let mut seen: Vec<&Name> = Vec::new();
        for interface in sources.iter().flat_map(|(_, ty)| &ty.interfaces) {
            if seen.contains(&interface) || interface == name {
                continue;
            }
            seen.push(interface);
            for (at, ty) in self.types.get(interface).into_iter().flatten().filter(|(_, ty)| ty.is_interface_object) {
                self.add(&mut found, (*at, ty), Some(&ty.name));
            }
        }
        found
    }

    fn add(
        &self,
        found: &mut IndexMap<&'a Name, Vec<Resolver<'a>>>,
        (at, ty): (usize, &'a TypeDef),
        through: Option<&'a Name>,
    ) {
        for (name, field) in &ty.fields {
            let coordinate = (ty.name.clone(), name.clone());
            // An external field that some path provides is resolved there.
            let is_provided = field.external && self.usages[at].provided.contains(&coordinate);
            if (field.external && !is_provided) || self.overrides.taken(&ty.name, name, at).is_some() {
                continue;
            }
            let is_shareable = field.shareable || is_provided || self.usages[at].keys.contains(&coordinate);
            found.entry(name).or_default().push(Resolver { at, field, is_shareable, through });
        }
    }

    fn field(&mut self, ty: &Name, field: &Name, resolvers: &[Resolver<'_>]) {
        if resolvers.len() < 2 {
            return;
        }
        let Some(unshared) = resolvers.iter().find(|resolver| !resolver.is_shareable) else { return };
        let places: Vec<String> = resolvers
            .iter()
            .map(|resolver| {
                let name = &self.subgraphs[resolver.at].name;
                match resolver.through {
                    Some(interface) => format!("{name:?} (through the interface object {interface:?})"),
                    None => format!("{name:?}"),
                }
            })
            .collect();
        self.report.at(
            ErrorCode::InvalidFieldSharing,
            &self.subgraphs[unshared.at],
            unshared.field.span,
            format!(
                "field \"{ty}.{field}\" is resolved by {}; mark it @shareable in each of them, or @external where it is \
                 not resolved",
                places.join(" and ")
            ),
        );
    }

    /// A stream has one source.
    fn subscription(&mut self, sources: &Sources<'_>) {
        for (at, ty) in sources {
            for field in ty.fields.values().filter(|field| field.shareable) {
                self.report.at(
                    ErrorCode::InvalidFieldSharing,
                    &self.subgraphs[*at],
                    field.span,
                    format!(
                        "subscription field \"Subscription.{}\" cannot be @shareable; one subgraph must own it",
                        field.name
                    ),
                );
            }
        }
    }
}
