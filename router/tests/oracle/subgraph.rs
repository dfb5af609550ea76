//! What a subgraph says about itself, read from its own SDL and from nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use apollo_compiler::{
    Schema,
    ast::{self, DirectiveList, Type},
    schema::ExtendedType,
    validation::Valid,
};

/// One subgraph.
pub struct Subgraph {
    pub name: String,
    pub sdl: String,
    /// Its executable schema: as written, with `_entities`.
    pub schema: Valid<Schema>,
    pub types: BTreeMap<String, LocalType>,
    pub directives: Directives,
}

/// An object, interface or interface object as this subgraph has it.
#[derive(Debug, Default)]
pub struct LocalType {
    pub keys: Vec<Key>,
    pub is_interface_object: bool,
    pub is_interface: bool,
    pub implements: BTreeSet<String>,
    pub fields: BTreeMap<String, LocalField>,
}

#[derive(Debug)]
pub struct Key {
    pub selections: Vec<ast::Selection>,
    pub resolvable: bool,
}

#[derive(Debug)]
pub struct LocalField {
    pub ty: Type,
    pub external: bool,
    pub requires: Option<Vec<ast::Selection>>,
    pub provides: Option<Vec<ast::Selection>>,
    /// Taken over from the subgraph of this name, with a label always or while the label is on.
    pub override_from: Option<(String, Option<String>)>,
}

impl Subgraph {
    pub fn read(name: &str, sdl: &str) -> Self {
        let written = build(sdl, "");
        let directives = Directives::of(&written);
        let mut types = BTreeMap::new();
        for (type_name, ty) in &written.types {
            if let Some(local) = local_type(ty, &directives) {
                types.insert(type_name.to_string(), local);
            }
        }
        let entities: Vec<&str> = types
            .iter()
            .filter(|(_, local)| !local.is_interface && !local.keys.is_empty())
            .map(|(name, _)| name.as_str())
            .collect();
        let schema = Valid::assume_valid(build(sdl, &additions(&written, &entities)));
        Self { name: name.to_owned(), sdl: sdl.to_owned(), schema, types, directives }
    }

    /// The name that a type has in the supergraph: root types have their usual ones there.
    pub fn canonical<'n>(&self, name: &'n str) -> &'n str {
        let roots = &self.schema.schema_definition;
        let is =
            |root: &Option<apollo_compiler::schema::ComponentName>| root.as_ref().is_some_and(|root| *root == *name);
        if is(&roots.query) {
            "Query"
        } else if is(&roots.mutation) {
            "Mutation"
        } else {
            name
        }
    }

    /// The other way round.
    pub fn local<'n>(&'n self, canonical: &'n str) -> &'n str {
        let roots = &self.schema.schema_definition;
        let root = match canonical {
            "Query" => &roots.query,
            "Mutation" => &roots.mutation,
            _ => return canonical,
        };
        root.as_ref().map_or(canonical, |root| root.as_str())
    }

    pub fn field(&self, canonical: &str, field: &str) -> Option<&LocalField> {
        self.types.get(self.local(canonical))?.fields.get(field)
    }

    /// The object types that a type stands for here; None where it is an interface object, which stands for any.
    pub fn possible_types(&self, name: &str) -> Option<BTreeSet<String>> {
        match self.schema.types.get(name)? {
            ExtendedType::Object(_) if self.types.get(name).is_some_and(|local| local.is_interface_object) => None,
            ExtendedType::Object(_) => Some(BTreeSet::from([self.canonical(name).to_owned()])),
            ExtendedType::Union(union) => Some(union.members.iter().map(ToString::to_string).collect()),
            ExtendedType::Interface(_) => {
                let implementing = self.types.iter().filter(|(_, local)| !local.is_interface);
                Some(implementing.filter(|(_, l)| l.implements.contains(name)).map(|(name, _)| name.clone()).collect())
            }
            ExtendedType::Scalar(_) | ExtendedType::Enum(_) | ExtendedType::InputObject(_) => Some(BTreeSet::new()),
        }
    }
}

fn build(sdl: &str, more: &str) -> Schema {
    let mut builder = Schema::builder().adopt_orphan_extensions().ignore_builtin_redefinitions();
    builder = builder.parse(sdl, "subgraph.graphql");
    if !more.is_empty() {
        builder = builder.parse(more, "federation.graphql");
    }
    builder.build().unwrap_or_else(|failure| failure.partial)
}

/// What every federated subgraph adds to its schema.
fn additions(written: &Schema, entities: &[&str]) -> String {
    let query = written.schema_definition.query.as_ref().map_or("Query", |name| name.as_str());
    let extend = if written.types.contains_key(query) { "extend " } else { "" };
    let mut text = format!("{extend}type {query} {{ _service: _Service! }}\ntype _Service {{ sdl: String }}\n");
    if !entities.is_empty() {
        writeln!(text, "scalar _Any\nunion _Entity = {}", entities.join(" | ")).unwrap();
        writeln!(text, "extend type {query} {{ _entities(representations: [_Any!]!): [_Entity]! }}").unwrap();
    }
    text
}

fn local_type(ty: &ExtendedType, directives: &Directives) -> Option<LocalType> {
    let (fields, implements, is_interface) = match ty {
        ExtendedType::Object(object) => (&object.fields, &object.implements_interfaces, false),
        ExtendedType::Interface(interface) => (&interface.fields, &interface.implements_interfaces, true),
        _ => return None,
    };
    let applied: Vec<(&str, &ast::Directive)> =
        ty.directives().iter().filter_map(|one| Some((directives.known(&one.name)?, &***one))).collect();
    let keys = applied.iter().filter(|(name, _)| *name == "key");
    let keys = keys.filter_map(|(_, key)| {
        let resolvable = argument(key, "resolvable").and_then(ast::Value::to_bool).unwrap_or(true);
        Some(Key { selections: field_set(argument(key, "fields")?)?, resolvable })
    });
    let type_external = applied.iter().any(|(name, _)| *name == "external");
    let fields = fields.iter().map(|(name, field)| {
        (name.to_string(), local_field(&field.ty, (&field.directives, type_external), directives))
    });
    Some(LocalType {
        keys: keys.collect(),
        is_interface_object: applied.iter().any(|(name, _)| *name == "interfaceObject"),
        is_interface,
        implements: implements.iter().map(ToString::to_string).collect(),
        fields: fields.collect(),
    })
}

fn local_field(ty: &Type, (applied, type_external): (&DirectiveList, bool), directives: &Directives) -> LocalField {
    let find = |wanted: &str| applied.iter().find(|one| directives.known(&one.name) == Some(wanted));
    let set = |wanted: &str| field_set(argument(find(wanted)?, "fields")?);
    let text = |directive: &ast::Directive, name: &str| Some(argument(directive, name)?.as_str()?.to_owned());
    LocalField {
        ty: ty.clone(),
        external: type_external || find("external").is_some(),
        requires: set("requires"),
        provides: set("provides"),
        override_from: find("override").and_then(|one| Some((text(one, "from")?, text(one, "label")))),
    }
}

fn argument<'d>(directive: &'d ast::Directive, name: &str) -> Option<&'d ast::Value> {
    directive.specified_argument_by_name(name).map(|value| &**value)
}

/// `id org { id }` as selections.
pub fn field_set(text: &ast::Value) -> Option<Vec<ast::Selection>> {
    let document = ast::Document::parse(format!("{{{}}}", text.as_str()?), "fields").ok()?;
    match document.definitions.first()? {
        ast::Definition::OperationDefinition(operation) => Some(operation.selection_set.clone()),
        _ => None,
    }
}

/// What this subgraph calls the federation directives.
pub struct Directives {
    names: BTreeMap<String, String>,
    prefix: Option<String>,
}

impl Directives {
    fn of(schema: &Schema) -> Self {
        let links = schema.schema_definition.directives.iter().filter(|one| one.name == "link");
        let url = |link: &ast::Directive| argument(link, "url").and_then(ast::Value::as_str).map(str::to_owned);
        let Some(link) = links.into_iter().find(|link| url(link).is_some_and(|url| url.contains("/federation/")))
        else {
            return Self { names: BTreeMap::new(), prefix: None };
        };
        let namespace = argument(link, "as").and_then(ast::Value::as_str).unwrap_or("federation");
        let mut names = BTreeMap::new();
        for import in argument(link, "import").and_then(ast::Value::as_list).unwrap_or_default() {
            let (name, local) = match &**import {
                ast::Value::String(name) => (name.clone(), name.clone()),
                ast::Value::Object(entries) => {
                    let entry = |wanted: &str| {
                        entries.iter().find(|(name, _)| name == wanted).and_then(|(_, value)| value.as_str())
                    };
                    let name = entry("name").unwrap_or_default();
                    (name.to_owned(), entry("as").unwrap_or(name).to_owned())
                }
                _ => continue,
            };
            names.insert(local.trim_start_matches('@').to_owned(), name.trim_start_matches('@').to_owned());
        }
        Self { names, prefix: Some(format!("{namespace}__")) }
    }

    /// The directive's usual name, when it is federation's.
    pub fn known<'n>(&'n self, local: &'n str) -> Option<&'n str> {
        match &self.prefix {
            None => Some(local),
            Some(prefix) => local.strip_prefix(prefix.as_str()).or_else(|| self.names.get(local).map(String::as_str)),
        }
    }
}
