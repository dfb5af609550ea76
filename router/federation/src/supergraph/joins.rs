//! Reads `@join__*` directives, one function each.

use std::sync::Arc;

use apollo_compiler::{Name, Schema, ast, collections::IndexMap};

use super::{
    SupergraphError,
    features::Terms,
    model::{FieldJoin, FieldSet, GraphId, SubgraphEntry, TypeJoin},
    type_reference,
};

/// The subgraphs of `enum join__Graph`, by value name, and what the join directives are called.
pub(super) struct Graphs {
    pub(super) terms: Terms,
    pub(super) entries: Vec<SubgraphEntry>,
    by_value: IndexMap<Name, GraphId>,
}

impl Graphs {
    pub(super) fn read(schema: &Schema, terms: &Terms) -> Result<Self, SupergraphError> {
        let graph_enum = schema.get_enum(&terms.graph_enum).ok_or(SupergraphError::NotASupergraph)?;
        let mut graphs = Self { terms: terms.clone(), entries: Vec::new(), by_value: IndexMap::default() };
        for (index, (value, definition)) in graph_enum.values.iter().enumerate() {
            let id = GraphId(u32::try_from(index).unwrap_or(u32::MAX));
            let directive = definition.directives.get(&terms.graph);
            let argument = |name| directive.and_then(|directive| text(directive, name));
            graphs.entries.push(SubgraphEntry {
                id,
                enum_value: value.clone(),
                name: argument("name").map_or_else(|| Arc::from(value.as_str()), Arc::from),
                url: argument("url").filter(|url| !url.is_empty()).map(Arc::from),
            });
            graphs.by_value.insert(value.clone(), id);
        }
        Ok(graphs)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = GraphId> {
        self.entries.iter().map(|entry| entry.id)
    }

    /// The `graph:` argument; None when the directive has none.
    pub(super) fn of(&self, place: &Place<'_>) -> Result<Option<GraphId>, SupergraphError> {
        let Some(value) = place.directive.specified_argument_by_name("graph") else {
            return Ok(None);
        };
        value
            .as_enum()
            .and_then(|name| self.by_value.get(name).copied())
            .map(Some)
            .ok_or_else(|| place.fault(format!("{value} is not a value of join__Graph")))
    }

    pub(super) fn required(&self, place: &Place<'_>) -> Result<GraphId, SupergraphError> {
        self.of(place)?.ok_or_else(|| place.fault("the argument graph is missing".to_owned()))
    }
}

/// A directive and where it stands, for errors.
pub(super) struct Place<'a> {
    pub(super) directive: &'a ast::Directive,
    /// `Type` or `Type.field`.
    pub(super) coordinate: &'a str,
}

impl Place<'_> {
    pub(super) fn fault(&self, reason: String) -> SupergraphError {
        SupergraphError::Metadata {
            directive: self.directive.name.to_string(),
            coordinate: self.coordinate.to_owned(),
            reason,
        }
    }

    fn flag(&self, argument: &str, default: bool) -> bool {
        self.directive.specified_argument_by_name(argument).and_then(|value| value.to_bool()).unwrap_or(default)
    }

    pub(super) fn text(&self, argument: &str) -> Option<&str> {
        text(self.directive, argument)
    }

    fn field_set(&self, argument: &str) -> Result<Option<FieldSet>, SupergraphError> {
        self.text(argument)
            .map(|text| {
                FieldSet::parse(text)
                    .map_err(|fault| self.fault(format!("{argument}: {text:?} is not a field set: {fault}")))
            })
            .transpose()
    }
}

fn text<'a>(directive: &'a ast::Directive, argument: &str) -> Option<&'a str> {
    directive.specified_argument_by_name(argument).and_then(|value| value.as_str())
}

/// `@join__type(graph:, key:, extension:, resolvable:, isInterfaceObject:)`
pub(super) fn type_join(graphs: &Graphs, place: &Place<'_>) -> Result<TypeJoin, SupergraphError> {
    Ok(TypeJoin {
        graph: graphs.required(place)?,
        key: place.field_set("key")?,
        resolvable: place.flag("resolvable", true),
        extension: place.flag("extension", false),
        is_interface_object: place.flag("isInterfaceObject", false),
    })
}

/// `@join__field(graph:, requires:, provides:, type:, external:, override:, overrideLabel:, usedOverridden:)`;
/// None for the form without a graph, which says "through an interface object".
pub(super) fn field_join(graphs: &Graphs, place: &Place<'_>) -> Result<Option<FieldJoin>, SupergraphError> {
    if place.directive.specified_argument_by_name("contextArguments").is_some() {
        return Err(SupergraphError::Unsupported { coordinate: place.coordinate.to_owned(), feature: "@fromContext" });
    }
    let Some(graph) = graphs.of(place)? else {
        return Ok(None);
    };
    let ty = place
        .text("type")
        .map(|text| {
            type_reference::parse(text).ok_or_else(|| place.fault(format!("type: {text:?} is not a type reference")))
        })
        .transpose()?;
    Ok(Some(FieldJoin {
        graph,
        ty,
        external: place.flag("external", false),
        // Some composers mark progressive overrides too; there the label decides.
        used_overridden: place.flag("usedOverridden", false) && place.text("overrideLabel").is_none(),
        override_from: place.text("override").map(Arc::from),
        override_label: place.text("overrideLabel").map(Arc::from),
        requires: place.field_set("requires")?,
        provides: place.field_set("provides")?,
    }))
}
