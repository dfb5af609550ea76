//! Authorization directives stand on objects and their fields: an interface asks for what its implementations do.

use apollo_compiler::{Node, ast};

use crate::compose::{
    error::ErrorCode,
    report::Report,
    subgraph::{SubgraphSchema, TypeKind},
};

pub fn check_interfaces(subgraph: &SubgraphSchema, report: &mut Report) {
    for ty in subgraph.types.values().filter(|ty| ty.kind == TypeKind::Interface || ty.is_interface_object) {
        for directive in requirements(&ty.applied) {
            refuse(subgraph, directive, &format!("interface {:?}", ty.name), report);
        }
        for field in ty.fields.values() {
            for directive in requirements(&field.applied) {
                refuse(subgraph, directive, &format!("interface field \"{}.{}\"", ty.name, field.name), report);
            }
        }
    }
}

fn requirements(applied: &[Node<ast::Directive>]) -> impl Iterator<Item = &Node<ast::Directive>> {
    applied
        .iter()
        .filter(|directive| matches!(directive.name.as_str(), "authenticated" | "requiresScopes" | "policy"))
}

fn refuse(subgraph: &SubgraphSchema, directive: &Node<ast::Directive>, place: &str, report: &mut Report) {
    report.at(
        ErrorCode::AuthRequirementsAppliedOnInterface,
        subgraph,
        directive.location(),
        format!("@{} on {place} has no effect; put it on the implementations", directive.name),
    );
}
