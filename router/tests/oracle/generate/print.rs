//! Each subgraph's part of the graph as SDL, in the manner of its federation version.

use std::fmt::Write as _;

use apollo_compiler::ast::Type;

use super::{
    Maker,
    differences::with_inner,
    features::Feature,
    model::{FieldDef, Kind, Sub, TypeDef},
};

const DIRECTIVES: [&str; 14] = [
    "key",
    "shareable",
    "external",
    "requires",
    "provides",
    "override",
    "inaccessible",
    "tag",
    "extends",
    "interfaceObject",
    "composeDirective",
    "authenticated",
    "requiresScopes",
    "policy",
];
/// Known from version 2.9 on.
const COSTS: [&str; 2] = ["cost", "listSize"];
const NEWEST: &str = "v2.9";
/// A directive of the subgraphs' own that is kept in the supergraph.
const MARK: &str = "\
extend schema @link(url: \"https://specs.souk.example/mark/v1.0\", import: [\"@mark\"])
directive @mark(level: Int) on FIELD_DEFINITION
";

impl Maker {
    pub fn print(&mut self) -> Vec<(String, String)> {
        (0..self.model.subgraphs.len())
            .map(|sub| (self.model.subgraphs[sub].name.clone(), self.subgraph(sub)))
            .collect()
    }

    fn subgraph(&mut self, sub: Sub) -> String {
        let mut sdl = self.header(sub);
        for name in self.names(|ty| ty.places.contains(&sub)) {
            self.type_in(&name, sub, &mut sdl);
        }
        sdl
    }

    fn header(&self, sub: Sub) -> String {
        let subgraph = &self.model.subgraphs[sub];
        let has = |root: &str| self.model.types[root].fields.values().any(|field| field.homes.contains_key(&sub));
        let mut roots = String::new();
        for (word, root, local) in [("query", "Query", &subgraph.query), ("mutation", "Mutation", &subgraph.mutation)] {
            if has(root) && has("Query") && local != root {
                write!(roots, " {word}: {local}").unwrap();
            }
        }
        let roots = if roots.is_empty() { String::new() } else { format!("schema {{{roots} }}\n") };
        if subgraph.is_fed1 {
            return roots;
        }
        let costs = if subgraph.version == NEWEST { &COSTS[..] } else { &[] };
        let imports = DIRECTIVES.iter().chain(costs).filter_map(|name| {
            let local = subgraph.renamed.get(*name).map_or(*name, String::as_str);
            if local == *name {
                Some(format!("\"@{name}\""))
            } else if local.contains("__") {
                None
            } else {
                Some(format!("{{ name: \"@{name}\", as: \"@{local}\" }}"))
            }
        });
        let imports = imports.collect::<Vec<_>>().join(", ");
        let namespace = &subgraph.namespace;
        let namespace = if namespace == "federation" { String::new() } else { format!(", as: \"{namespace}\"") };
        let url = format!("https://specs.apollo.dev/federation/{}", subgraph.version);
        let mut header = format!("{roots}extend schema @link(url: \"{url}\"{namespace}, import: [{imports}])\n");
        if self.has(Feature::ComposedDirective) {
            writeln!(header, "extend schema {}(name: \"@mark\")\n{MARK}", self.directive("composeDirective", sub))
                .unwrap();
        }
        header
    }

    fn type_in(&mut self, name: &str, sub: Sub, sdl: &mut String) {
        let ty = &self.model.types[name];
        let is_interface_object = ty.interface_object_in.contains(&sub);
        let (kind, places) = (ty.kind, ty.places.clone());
        let body = match kind {
            Kind::Scalar => String::new(),
            Kind::Union => {
                let members = ty.members.iter().filter(|(_, subs)| subs.contains(&sub)).map(|(name, _)| name.clone());
                format!(" = {}", members.collect::<Vec<_>>().join(" | "))
            }
            Kind::Enum => format!(" {{{} }}", self.values_in(name, sub)),
            Kind::Interface | Kind::Entity | Kind::Object | Kind::Input => {
                let fields = self.fields_in(name, sub);
                if fields.is_empty() {
                    return;
                }
                format!(" {{\n{fields}}}")
            }
        };
        let is_first = places.first() == Some(&sub);
        let fed1 = self.model.subgraphs[sub].is_fed1;
        let keyword = match kind {
            Kind::Scalar => "scalar",
            Kind::Union => "union",
            Kind::Enum => "enum",
            Kind::Input => "input",
            Kind::Interface if !is_interface_object => "interface",
            Kind::Entity if !is_first && fed1 && self.extends(name, sub) && !self.says_extends(name, sub) => {
                "extend type"
            }
            _ => "type",
        };
        let head = self.head_in(name, sub);
        let local = self.local(name, sub).to_owned();
        if !fed1 && self.uses(Feature::Decoration, 4) {
            sdl.push_str("\"\"\"\nWhat it is.\n\"\"\"\n");
        }
        writeln!(sdl, "{keyword} {local}{head}{body}").unwrap();
    }

    /// Federation 1 writes an entity of another subgraph as an extension.
    fn extends(&self, name: &str, sub: Sub) -> bool {
        let first = self.model.types[name].places.first();
        first.is_some_and(|first| *first != sub) && (name.len() + sub).is_multiple_of(2)
    }

    /// Either way, in words of a directive.
    fn says_extends(&self, name: &str, sub: Sub) -> bool {
        let is_entity = self.model.types[name].kind == Kind::Entity;
        is_entity && self.has(Feature::Extends) && self.extends(name, sub) && (name.len() + sub).is_multiple_of(4)
    }

    /// Interfaces and directives of a type.
    fn head_in(&mut self, name: &str, sub: Sub) -> String {
        let mut head = String::new();
        let ty = &self.model.types[name];
        let implements: Vec<&str> = self
            .model
            .parents(name)
            .filter(|(_, parent)| parent.kind == Kind::Interface && parent.members[name].contains(&sub))
            .map(|(parent, _)| parent.as_str())
            .collect();
        if !implements.is_empty() {
            write!(head, " implements {}", implements.join(" & ")).unwrap();
        }
        for key in &ty.keys {
            if let Some(resolvable) = key.holders.get(&sub) {
                let resolvable = if *resolvable { "" } else { ", resolvable: false" };
                write!(head, " {}(fields: \"{}\"{resolvable})", self.directive("key", sub), key.text).unwrap();
            }
        }
        if ty.interface_object_in.contains(&sub) {
            write!(head, " {}", self.directive("interfaceObject", sub)).unwrap();
        }
        if self.says_extends(name, sub) {
            write!(head, " {}", self.directive("extends", sub)).unwrap();
        }
        if ty.hidden_by == Some(sub) {
            write!(head, " {}", self.directive("inaccessible", sub)).unwrap();
        }
        if self.uses(Feature::Decoration, 5) {
            write!(head, " {}(name: \"t{sub}\")", self.directive("tag", sub)).unwrap();
        }
        head
    }

    fn values_in(&self, name: &str, sub: Sub) -> String {
        let ty = &self.model.types[name];
        let mut text = String::new();
        for (value, _) in ty.values.iter().filter(|(_, subs)| subs.contains(&sub)) {
            write!(text, " {value}").unwrap();
            if ty.hidden_value.as_ref().is_some_and(|(hidden, by)| hidden == value && *by == sub) {
                write!(text, " {}", self.directive("inaccessible", sub)).unwrap();
            }
        }
        text
    }

    fn fields_in(&mut self, name: &str, sub: Sub) -> String {
        let fields = self.model.types[name].fields.iter().filter(|(_, field)| field.homes.contains_key(&sub));
        let fields: Vec<(String, FieldDef)> = fields.map(|(name, field)| (name.clone(), field.clone())).collect();
        let mut text = String::new();
        for (field_name, field) in fields {
            let ty = field.homes[&sub].ty.as_ref().unwrap_or(&field.ty);
            let ty = with_inner(ty, self.local(ty.inner_named_type(), sub));
            let arguments = self.arguments_in(&field, sub);
            let default = field.default.as_ref().map(|value| format!(" = {value}")).unwrap_or_default();
            let directives = self.directives_in((name, &field_name), &field, sub);
            writeln!(text, "  {field_name}{arguments}: {ty}{default}{directives}").unwrap();
        }
        text
    }

    fn arguments_in(&self, field: &FieldDef, sub: Sub) -> String {
        let here = field.arguments.iter().filter(|argument| argument.only_in.is_none_or(|only| only == sub));
        let arguments = here.map(|argument| {
            let ty: Type =
                if argument.strict_in == Some(sub) { argument.ty.clone().non_null() } else { argument.ty.clone() };
            let default = argument.default.as_ref().map(|value| format!(" = {value}")).unwrap_or_default();
            let hidden = if argument.hidden_by == Some(sub) {
                format!(" {}", self.directive("inaccessible", sub))
            } else {
                String::new()
            };
            format!("{}: {ty}{default}{hidden}", argument.name)
        });
        let arguments: Vec<String> = arguments.collect();
        if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) }
    }

    fn directives_in(&mut self, (type_name, name): (&str, &str), field: &FieldDef, sub: Sub) -> String {
        let (ty, home) = (&self.model.types[type_name], &field.homes[&sub]);
        let is_object = ty.is_object();
        let is_fed1 = self.model.subgraphs[sub].is_fed1;
        let mut text = String::new();
        let is_held_key =
            ty.keys.iter().any(|key| key.holders.contains_key(&sub) && key.fields.iter().any(|f| f == name));
        let extends = is_fed1 && ty.kind == Kind::Entity && self.extends(type_name, sub);
        if home.external || is_held_key && extends {
            write!(text, " {}", self.directive("external", sub)).unwrap();
        }
        if ty.is_object() && !is_fed1 && !home.external && is_shared(ty, field) {
            write!(text, " {}", self.directive("shareable", sub)).unwrap();
        }
        for (word, set) in [("requires", &home.requires), ("provides", &home.provides)] {
            if let Some(set) = set {
                write!(text, " {}(fields: {})", self.directive(word, sub), quoted(set)).unwrap();
            }
        }
        if let Some((from, label)) = &home.override_from {
            let from = &self.model.subgraphs[*from].name;
            let label = label.as_ref().map(|label| format!(", label: \"{label}\"")).unwrap_or_default();
            write!(text, " {}(from: \"{from}\"{label})", self.directive("override", sub)).unwrap();
        }
        if field.hidden_by == Some(sub) {
            write!(text, " {}", self.directive("inaccessible", sub)).unwrap();
        }
        if !home.external && self.uses(Feature::Decoration, 6) {
            write!(text, " {}(name: \"f\")", self.directive("tag", sub)).unwrap();
        }
        if is_object && !home.external && self.uses(Feature::Decoration, 6) {
            text.push_str(" @deprecated(reason: \"old\")");
        }
        if is_object && !is_fed1 && !home.external {
            self.add_newer_directives((type_name, field), sub, &mut text);
        }
        text
    }

    /// Of Federation 2 alone; none of them changes an answer here, where everybody may see everything.
    fn add_newer_directives(&mut self, (type_name, field): (&str, &FieldDef), sub: Sub, text: &mut String) {
        if self.uses(Feature::ComposedDirective, 4) {
            text.push_str(" @mark(level: 2)");
        }
        // Whoever requires a guarded field must be guarded too: roots are never required.
        if matches!(type_name, "Query" | "Mutation") && self.uses(Feature::Authorization, 3) {
            let (name, arguments) = [
                ("authenticated", ""),
                ("requiresScopes", "(scopes: [[\"read\", \"all\"], [\"write\"]])"),
                ("policy", "(policies: [[\"night\"]])"),
            ][self.dice.below(3)];
            write!(text, " {}{arguments}", self.directive(name, sub)).unwrap();
        }
        if self.model.subgraphs[sub].version == NEWEST && self.uses(Feature::Costs, 3) {
            write!(text, " {}(weight: 3)", self.directive("cost", sub)).unwrap();
            if matches!(field.ty, Type::List(_) | Type::NonNullList(_)) {
                write!(text, " {}(assumedSize: 5)", self.directive("listSize", sub)).unwrap();
            }
        }
    }

    /// `@key`, as the subgraph calls it.
    fn directive(&self, name: &str, sub: Sub) -> String {
        let subgraph = &self.model.subgraphs[sub];
        format!("@{}", subgraph.renamed.get(name).map_or(name, String::as_str))
    }

    /// A type's name in the subgraph.
    fn local<'m>(&'m self, name: &'m str, sub: Sub) -> &'m str {
        let subgraph = &self.model.subgraphs[sub];
        match name {
            "Query" => &subgraph.query,
            // A schema that names its roots names its query type too.
            "Mutation" if self.model.types["Query"].fields.values().any(|field| field.homes.contains_key(&sub)) => {
                &subgraph.mutation
            }
            other => other,
        }
    }
}

/// Whether several subgraphs resolve the field for good.
fn is_shared(ty: &TypeDef, field: &FieldDef) -> bool {
    let left: Vec<Sub> =
        field.homes.values().filter_map(|home| home.override_from.as_ref()).map(|from| from.0).collect();
    let is_key = field.is_key && ty.kind == Kind::Entity;
    !is_key && field.owners().iter().filter(|owner| !left.contains(owner)).count() > 1
}

/// A field set may hold strings of its own.
fn quoted(set: &str) -> String {
    format!("\"{}\"", set.replace('\\', "\\\\").replace('"', "\\\""))
}
