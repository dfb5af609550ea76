//! Authorization directives stand on objects and their fields: an interface asks for what its implementations do.

use apollo_compiler::{Node, ast};

use crate::{
    compose::{
        error::ErrorCode,
        report::Report,
        subgraph::{SubgraphSchema, TypeKind},
    },
    supergraph::{AnyOf, Authorization, Draft, FieldSelection, TypeModel},
};

pub fn check_interfaces(subgraph: &SubgraphSchema, report: &mut Report) {
    for ty in subgraph.types.values().filter(|ty| ty.kind == TypeKind::Interface || ty.is_interface_object) {
        for directive in requirements(&ty.applied) {
            refuse(subgraph, directive, &format!("interface {:?}", ty.name), report);
        }
        for field in ty.fields.values().filter(|_| ty.kind == TypeKind::Interface) {
            for directive in requirements(&field.applied) {
                refuse(subgraph, directive, &format!("interface field \"{}.{}\"", ty.name, field.name), report);
            }
        }
    }
}

fn requirements(applied: &[Node<ast::Directive>]) -> impl Iterator<Item = &Node<ast::Directive>> {
    applied.iter().filter(|directive| matches!(directive.name.as_str(), "authenticated" | "requiresScopes" | "policy"))
}

fn refuse(subgraph: &SubgraphSchema, directive: &Node<ast::Directive>, place: &str, report: &mut Report) {
    report.at(
        ErrorCode::AuthRequirementsAppliedOnInterface,
        subgraph,
        directive.location(),
        format!("@{} on {place} has no effect; put it on the implementations", directive.name),
    );
}

/// A field that requires others passes on what they say: its readers must be allowed to read them.
pub fn check_requirements(draft: &Draft, report: &mut Report) {
    for ty in draft.types.values() {
        for field in ty.fields.values() {
            let mut own = ty.authorization.clone();
            own.require(&field.authorization);
            for requires in field.joins.iter().filter_map(|join| join.requires.as_ref()) {
                let mut asked = Authorization::default();
                collect(draft, ty, &requires.selections, &mut asked);
                if !implies(&own, &asked) {
                    report.about(
                        ErrorCode::MissingTransitiveAuthRequirements,
                        format!("{}.{}", ty.name, field.name),
                        format!(
                            "field \"{}.{}\" requires fields that ask for more authorization than it does itself; repeat \
                             their @authenticated, @requiresScopes or @policy on it",
                            ty.name, field.name
                        ),
                    );
                }
            }
        }
    }
}

fn collect(draft: &Draft, ty: &TypeModel, selections: &[FieldSelection], asked: &mut Authorization) {
    asked.require(&ty.authorization);
    for selection in selections {
        match selection {
            FieldSelection::Field { name, selections, .. } => {
                let Some(field) = ty.fields.get(name) else { continue };
                asked.require(&field.authorization);
                if let Some(target) = draft.types.get(field.ty.inner_named_type()) {
                    collect(draft, target, selections, asked);
                }
            }
            FieldSelection::Inline { on, selections } => {
                let target = on.as_ref().map_or(Some(ty), |on| draft.types.get(on));
                if let Some(target) = target {
                    collect(draft, target, selections, asked);
                }
            }
        }
    }
}

/// Whether everyone who meets `own` also meets `asked`.
fn implies(own: &Authorization, asked: &Authorization) -> bool {
    (own.authenticated || !asked.authenticated)
        && asked.scopes.iter().all(|wanted| implies_any(&own.scopes, wanted))
        && asked.policies.iter().all(|wanted| implies_any(&own.policies, wanted))
}

/// Each way to meet all of `own` must contain a way to meet `wanted`. One list of `own` that does so is enough; a
/// combination of several that only together do is asked to be written out.
fn implies_any(own: &[AnyOf], wanted: &AnyOf) -> bool {
    own.iter()
        .any(|held| held.iter().all(|group| wanted.iter().any(|needed| needed.iter().all(|name| group.contains(name)))))
}
