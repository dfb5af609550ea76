//! One output field of all subgraphs that have it.

use apollo_compiler::{Name, Node, ast};

use super::{
    Merger, Sources,
    composites::FieldSources,
    description,
    interface_objects::abstracting,
    joins::{directive, text},
    placed,
};
use crate::compose::{error::ErrorCode, subgraph::FieldDef, usage::is_interface_field};

/// What is left of a field in one subgraph after overrides.
enum Standing {
    /// Its own.
    Plain,
    /// Taken over, and still named by a key, a requirement or an interface here.
    UsedOverridden,
    /// Taken over: as if it were not there.
    Gone,
}

/// What the subgraphs that resolve a field make of it.
struct MergedField<'a> {
    coordinate: &'a str,
    ty: &'a ast::Type,
    /// Their types are not all the same.
    differs: bool,
    arguments: &'a [Node<ast::InputValueDefinition>],
}

impl Merger<'_> {
    /// None: no subgraph resolves the field, neither on the type nor through an interface object (reported).
    pub(super) fn merge_field(
        &mut self,
        parent: &Name,
        owners: &Sources<'_>,
        sources: &FieldSources<'_>,
    ) -> Option<Node<ast::FieldDefinition>> {
        let (_, first) = sources.first()?;
        let mut own: FieldSources<'_> = sources.iter().filter(|(_, field)| !field.external).copied().collect();
        let coordinate = format!("{parent}.{}", first.name);
        if own.is_empty() && abstracting(self.subgraphs, parent, &first.name).any(|(_, _, field)| !field.external) {
            own.clone_from(sources);
        }
        if own.is_empty() {
            let places: Vec<String> = sources.iter().map(|(at, _)| self.called(*at)).collect();
            let (at, field) = sources[0];
            self.report.at(
                ErrorCode::ExternalMissingOnBase,
                &self.subgraphs[at],
                field.span,
                format!(
                    "field {coordinate:?} is @external wherever it is listed ({}); one subgraph must resolve it",
                    places.join(", ")
                ),
            );
            return None;
        }
        let ty = self.merge_field_type(&coordinate, &own);
        self.enums.output.entry(ty.inner_named_type().clone()).or_insert_with(|| coordinate.clone());
        let lists = own.iter().map(|(at, field)| (*at, &field.arguments)).collect();
        let arguments = self.merge_arguments(&coordinate, &lists);
        // Where the owners themselves differ, an external may repeat any of their types.
        let differs = own.windows(2).any(|pair| pair[0].1.ty != pair[1].1.ty);
        let merged = MergedField { coordinate: &coordinate, ty: &ty, differs, arguments: &arguments };
        self.check_externals(&merged, sources);
        let mut directives = self.field_joins(parent, owners, sources);
        let lists: Vec<&[Node<ast::Directive>]> = own.iter().map(|(_, field)| field.applied.as_slice()).collect();
        directives.extend(self.merge_applied(&lists));
        // The definition that the merged one is like is the one to change where an interface wants it otherwise.
        let is_like = |field: &FieldDef| field.ty == ty && field.arguments.len() == arguments.len();
        let span = own.iter().rev().find(|(_, field)| is_like(field)).or(own.last()).and_then(|(_, field)| field.span);
        Some(placed(
            ast::FieldDefinition {
                description: description(own.iter().map(|(_, field)| field.description.as_ref())),
                name: first.name.clone(),
                arguments,
                ty,
                directives: ast::DirectiveList(directives),
            },
            span,
        ))
    }

    fn merge_field_type(&mut self, coordinate: &str, own: &FieldSources<'_>) -> ast::Type {
        let types: Vec<&ast::Type> = own.iter().map(|(_, field)| &field.ty).collect();
        if let Some(general) = self.hierarchy.most_general(&types) {
            return general.clone();
        }
        let list = self.list_types(own.iter().map(|(at, field)| (*at, &field.ty)));
        self.report.about(
            ErrorCode::FieldTypeMismatch,
            coordinate,
            format!(
                "the type of field {coordinate:?} differs: {list}; give it one type (or one that includes the others)"
            ),
        );
        types[0].clone()
    }

    /// `Int in subgraph "a", String in subgraph "b"`
    pub(super) fn list_types<'t>(&self, types: impl Iterator<Item = (usize, &'t ast::Type)>) -> String {
        let list: Vec<String> = types.map(|(at, ty)| format!("{ty} in {}", self.called(at))).collect();
        list.join(", ")
    }

    /// What an @external field says of its type must be true of the field it stands for.
    fn check_externals(&mut self, merged: &MergedField<'_>, sources: &FieldSources<'_>) {
        let MergedField { coordinate, ty, .. } = merged;
        for (at, field) in sources.iter().filter(|(_, field)| field.external) {
            let fits = field.ty == **ty || (merged.differs && self.hierarchy.is_subtype(&field.ty, ty));
            if !fits {
                let message = format!(
                    "field {coordinate:?} is @external with type {}, but its type is {ty}; write {ty}",
                    field.ty
                );
                self.report.at(ErrorCode::ExternalTypeMismatch, &self.subgraphs[*at], field.span, message);
            }
            for argument in merged.arguments {
                self.check_external_argument(coordinate, argument, *at, field);
            }
        }
    }

    fn check_external_argument(
        &mut self,
        coordinate: &str,
        argument: &ast::InputValueDefinition,
        at: usize,
        field: &FieldDef,
    ) {
        let coordinate = format!("{coordinate}({}:)", argument.name);
        let subgraph = &self.subgraphs[at];
        let Some(own) = field.arguments.get(&argument.name) else {
            self.report.at(
                ErrorCode::ExternalArgumentMissing,
                subgraph,
                field.span,
                format!("argument {coordinate:?} is missing on the @external field; add it as it is where the field is resolved"),
            );
            return;
        };
        if !self.hierarchy.is_subtype(&argument.ty, &own.ty) {
            self.report.at(
                ErrorCode::ExternalArgumentTypeMismatch,
                subgraph,
                own.span,
                format!(
                    "argument {coordinate:?} of the @external field has type {}, it should be {}",
                    own.ty, argument.ty
                ),
            );
        }
        if own.default != argument.default_value {
            self.report.at(
                ErrorCode::ExternalArgumentDefaultMismatch,
                subgraph,
                own.span,
                format!("argument {coordinate:?} of the @external field has another default than where it is resolved"),
            );
        }
    }

    /// `@join__field` for each subgraph; none when every subgraph of the type has the field in the same way.
    fn field_joins(
        &mut self,
        parent: &Name,
        owners: &Sources<'_>,
        sources: &FieldSources<'_>,
    ) -> Vec<Node<ast::Directive>> {
        let same_type = sources.windows(2).all(|pair| pair[0].1.ty == pair[1].1.ty);
        let owner_count = if parent == "Query" { self.subgraphs.len() } else { owners.len() };
        let mut is_plain = same_type && sources.len() == owner_count;
        let mut joins = Vec::with_capacity(sources.len());
        for (at, field) in sources {
            let mut arguments = vec![self.graph(*at)];
            let label = self.label(parent, *at, field).map(str::to_owned);
            self.has_labels |= label.is_some();
            match self.standing(parent, *at, field) {
                Standing::Gone if label.is_none() => {
                    is_plain = false;
                    continue;
                }
                Standing::UsedOverridden => arguments.push(("usedOverridden", ast::Value::Boolean(true))),
                Standing::Plain | Standing::Gone => {}
            }
            if !same_type {
                arguments.push(("type", text(field.ty.to_string())));
            }
            if field.external {
                arguments.push(("external", ast::Value::Boolean(true)));
            }
            for (name, set) in [("requires", &field.requires), ("provides", &field.provides)] {
                if let Some(set) = set {
                    arguments.push((name, text(set.text.trim())));
                }
            }
            is_plain &= arguments.len() == 1 && label.is_none();
            // An override by itself is no reason to write a join: what it takes is not written at its source.
            arguments.extend(field.overrides.as_ref().map(|taking| ("override", text(taking.from.as_str()))));
            arguments.extend(label.map(|label| ("overrideLabel", text(label))));
            joins.push(directive("join__field", arguments));
        }
        if is_plain { Vec::new() } else { joins }
    }

    fn standing(&self, parent: &Name, at: usize, field: &FieldDef) -> Standing {
        if field.external || self.overrides.taken(parent, &field.name, at).is_none() {
            return Standing::Plain;
        }
        let subgraph = &self.subgraphs[at];
        let used = self.usages[at].names(parent, &field.name)
            || subgraph.types.get(parent).is_some_and(|ty| is_interface_field(subgraph, ty, &field.name));
        if used { Standing::UsedOverridden } else { Standing::Gone }
    }

    /// The label of a progressive override, on both sides of it.
    fn label(&self, parent: &Name, at: usize, field: &FieldDef) -> Option<&str> {
        let taken = self.overrides.taken(parent, &field.name, at).and_then(|taken| taken.label.as_deref());
        taken.or_else(|| self.overrides.taking(parent, &field.name, at).and_then(|taken| taken.label.as_deref()))
    }
}
