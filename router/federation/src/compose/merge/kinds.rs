//! What kind a type is, when every subgraph agrees.

use apollo_compiler::Name;

use super::{Merger, Sources};
use crate::compose::{
    error::ErrorCode,
    subgraph::{TypeDef, TypeKind},
};

impl Merger<'_> {
    /// None: the subgraphs disagree, or none of them defines the type; both are reported.
    pub(super) fn merged_kind(&mut self, name: &Name, sources: &Sources<'_>) -> Option<TypeKind> {
        let (_, first) = sources.first()?;
        let has_interface = sources.iter().any(|(_, ty)| ty.kind == TypeKind::Interface);
        let kind = if has_interface { TypeKind::Interface } else { first.kind };
        let agrees = |ty: &TypeDef| ty.kind == kind || (has_interface && ty.is_interface_object);
        if !sources.iter().all(|(_, ty)| agrees(ty)) {
            let list: Vec<String> =
                sources.iter().map(|(at, ty)| format!("{} in {}", called(ty), self.called(*at))).collect();
            self.report.about(
                ErrorCode::TypeKindMismatch,
                name.as_str(),
                format!("type {name:?} is of different kinds: {}; make them one kind or rename one", list.join(", ")),
            );
            return None;
        }
        if !has_interface && sources.iter().all(|(_, ty)| ty.is_interface_object) {
            self.report.about(
                ErrorCode::InterfaceObjectUsageError,
                name.as_str(),
                format!(
                    "type {name:?} is an @interfaceObject in every subgraph that has it; one subgraph must define the \
                     interface with its implementations"
                ),
            );
            return None;
        }
        self.check_base(name, sources);
        Some(kind)
    }

    /// Extensions need something to extend; root types are exempt.
    fn check_base(&mut self, name: &Name, sources: &Sources<'_>) {
        let is_root = matches!(name.as_str(), "Query" | "Mutation" | "Subscription");
        if is_root || sources.iter().any(|(_, ty)| ty.is_defined) {
            return;
        }
        for (index, ty) in sources {
            self.report.at(
                ErrorCode::ExtensionWithNoBase,
                &self.subgraphs[*index],
                ty.span,
                format!("type {name:?} is only ever extended; write `type` instead of `extend type` in one subgraph"),
            );
        }
    }
}

fn called(ty: &TypeDef) -> &'static str {
    match ty.kind {
        TypeKind::Scalar => "a scalar",
        TypeKind::Object if ty.is_interface_object => "an interface object",
        TypeKind::Object => "an object type",
        TypeKind::Interface => "an interface",
        TypeKind::Union => "a union",
        TypeKind::Enum => "an enum",
        TypeKind::InputObject => "an input object",
    }
}
