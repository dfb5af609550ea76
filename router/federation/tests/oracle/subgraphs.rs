//! Each subgraph's schema, derived from the join metadata of the supergraph.

use std::fmt::Write as _;

use apollo_compiler::{Schema, validation::Valid};
use federation::{
    Supergraph,
    supergraph::{GraphId, TypeKind, TypeModel},
};

pub struct Subgraphs {
    /// By `GraphId`.
    schemas: Vec<Valid<Schema>>,
    names: Vec<String>,
}

impl Subgraphs {
    pub fn derive(supergraph: &Supergraph) -> Self {
        let schemas = supergraph.subgraphs.iter().map(|entry| schema(supergraph, entry.id)).collect();
        Self { schemas, names: supergraph.subgraphs.iter().map(|entry| entry.name.to_string()).collect() }
    }

    pub fn named(&self, name: &str) -> (GraphId, &Valid<Schema>) {
        let index = self.names.iter().position(|known| known == name).unwrap_or_else(|| panic!("a subgraph {name}"));
        (GraphId(index as u32), &self.schemas[index])
    }
}

fn schema(supergraph: &Supergraph, graph: GraphId) -> Valid<Schema> {
    let mut sdl = String::new();
    let mut entities = Vec::new();
    let mut has_query = false;
    for model in supergraph.types.values() {
        let fields = fields(model, graph);
        if !model.is_in(graph) && fields.is_empty() {
            continue;
        }
        let is_object = model.kind == TypeKind::Object || model.is_interface_object_in(graph);
        if is_object && model.keys_in(graph).next().is_some() {
            entities.push(model.name.to_string());
        }
        let is_query = model.name == supergraph.query_type;
        has_query |= is_query;
        define(&mut sdl, model, graph, if is_query { format!("{fields}\n  _service: String") } else { fields });
    }
    let query = &supergraph.query_type;
    if !has_query {
        writeln!(sdl, "type {query} {{ _service: String }}").unwrap();
    }
    if !entities.is_empty() {
        writeln!(sdl, "scalar _Any\nunion _Entity = {}", entities.join(" | ")).unwrap();
        writeln!(sdl, "extend type {query} {{ _entities(representations: [_Any!]!): [_Entity]! }}").unwrap();
    }
    let mut roots = format!("query: {query}");
    for (word, root) in [("mutation", &supergraph.mutation_type), ("subscription", &supergraph.subscription_type)] {
        if let Some(root) = root
            && supergraph.types.get(root).is_some_and(|model| model.is_in(graph))
        {
            write!(roots, " {word}: {root}").unwrap();
        }
    }
    writeln!(sdl, "schema {{ {roots} }}").unwrap();
    Schema::parse_and_validate(&sdl, "subgraph.graphql")
        .unwrap_or_else(|failure| panic!("the subgraph's schema is valid: {}\n{sdl}", failure.errors))
}

fn define(sdl: &mut String, model: &TypeModel, graph: GraphId, fields: String) {
    let name = &model.name;
    let body = if fields.trim().is_empty() { "_nothing: Boolean".to_owned() } else { fields };
    let implements: Vec<String> =
        model.implements.iter().filter(|join| join.graph == graph).map(|join| join.interface.to_string()).collect();
    let implements =
        if implements.is_empty() { String::new() } else { format!(" implements {}", implements.join(" & ")) };
    let text = match model.kind {
        TypeKind::Scalar => format!("scalar {name}"),
        TypeKind::Enum => {
            let values =
                model.values.iter().filter(|(_, value)| value.graphs.is_empty() || value.graphs.contains(&graph));
            let values: Vec<String> = values.map(|(name, _)| name.to_string()).collect();
            format!("enum {name} {{ {} }}", values.join(" "))
        }
        TypeKind::InputObject => format!("input {name} {{\n{body}\n}}"),
        TypeKind::Union => {
            let members = model.members.iter().filter(|join| join.graph == graph);
            let members: Vec<String> = members.map(|join| join.member.to_string()).collect();
            format!("union {name} = {}", members.join(" | "))
        }
        TypeKind::Interface if !model.is_interface_object_in(graph) => {
            format!("interface {name}{implements} {{\n{body}\n}}")
        }
        TypeKind::Interface | TypeKind::Object => format!("type {name}{implements} {{\n{body}\n}}"),
    };
    writeln!(sdl, "{text}").unwrap();
}

fn fields(model: &TypeModel, graph: GraphId) -> String {
    let mut text = String::new();
    for field in model.fields.values().filter(|field| field.join(graph).is_some()) {
        let arguments: Vec<String> = field
            .arguments
            .iter()
            .map(|argument| {
                let default = argument.default_value.as_ref().map(|value| format!(" = {value}")).unwrap_or_default();
                format!("{}: {}{default}", argument.name, argument.ty)
            })
            .collect();
        let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        writeln!(text, "  {}{arguments}: {}", field.name, field.ty_in(graph)).unwrap();
    }
    text
}
