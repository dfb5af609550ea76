//! Builds the graph from the supergraph's model.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use apollo_compiler::{ast, schema::ExtendedType};

use super::{
    Access, Arguments, FieldDef, FieldDefId, Graph, KeyPart, KeySelection, LocalField, LocalType, TypeId, TypeNode,
    selections::shared,
};
use crate::{
    plan::{PlanError, nodes::Wrapper},
    supergraph::{FieldJoin, FieldModel, FieldSelection, FieldSet, GraphId, Supergraph, TypeKind, TypeModel},
};

const BUILT_IN_SCALARS: [&str; 5] = ["Int", "Float", "String", "Boolean", "ID"];

impl Graph {
    /// # Errors
    /// When the model names a type that it does not have.
    pub fn build(supergraph: &Supergraph) -> Result<Self, PlanError> {
        Builder::new(supergraph).build()
    }
}

struct Builder<'s> {
    supergraph: &'s Supergraph,
    ids: HashMap<Arc<str>, TypeId>,
    shapes: HashMap<String, u32>,
    fields: Vec<FieldDef>,
    /// (type, field, subgraph) of key fields that an `extend type` marks external by the customs of
    /// Federation 1, although the subgraph has them.
    key_externals: HashSet<(TypeId, Arc<str>, GraphId)>,
}

impl<'s> Builder<'s> {
    fn new(supergraph: &'s Supergraph) -> Self {
        let names = supergraph.types.keys().map(shared).chain(BUILT_IN_SCALARS.iter().map(|name| Arc::from(*name)));
        let mut ids = HashMap::new();
        for name in names {
            let next = TypeId(ids.len() as u32);
            ids.entry(name).or_insert(next);
        }
        Self { supergraph, ids, shapes: HashMap::new(), fields: Vec::new(), key_externals: HashSet::new() }
    }

    fn build(mut self) -> Result<Graph, PlanError> {
        let supergraph = self.supergraph;
        for model in supergraph.types.values() {
            self.note_key_externals(model)?;
        }
        let mut types = Vec::with_capacity(self.ids.len());
        for model in supergraph.types.values() {
            types.push(self.type_node(model)?);
        }
        for scalar in BUILT_IN_SCALARS {
            if !supergraph.types.contains_key(scalar) {
                types.push(self.scalar_node(scalar));
            }
        }
        let root = |name: &Option<apollo_compiler::Name>| name.as_ref().map(|name| self.type_id(name)).transpose();
        let (mutation, subscription) = (root(&supergraph.mutation_type)?, root(&supergraph.subscription_type)?);
        let query = self.type_id(&supergraph.query_type)?;
        link_interfaces(&mut types);
        let mut graph = Graph {
            subgraphs: supergraph.subgraphs.iter().map(|entry| entry.name.clone()).collect(),
            types,
            fields: self.fields,
            ids: self.ids,
            query,
            mutation,
            subscription,
        };
        lend_interface_object_fields(&mut graph);
        Ok(graph)
    }

    fn type_id(&self, name: &str) -> Result<TypeId, PlanError> {
        self.ids.get(name).copied().ok_or_else(|| PlanError::UnknownType(Arc::from(name)))
    }

    fn scalar_node(&self, name: &str) -> TypeNode {
        TypeNode {
            name: Arc::from(name),
            kind: TypeKind::Scalar,
            visible: true,
            possible: Vec::new(),
            interfaces: Vec::new(),
            fields: HashMap::new(),
            locals: self.supergraph.subgraphs.iter().map(|_| None).collect(),
            values: Vec::new(),
        }
    }

    fn type_node(&mut self, model: &TypeModel) -> Result<TypeNode, PlanError> {
        let id = self.type_id(&model.name)?;
        let possible = match model.kind {
            TypeKind::Object => vec![id],
            _ => model.possible_types.iter().map(|name| self.type_id(name)).collect::<Result<_, _>>()?,
        };
        let locals = self
            .supergraph
            .subgraphs
            .iter()
            .map(|entry| self.local_type(model, id, entry.id))
            .collect::<Result<_, _>>()?;
        let mut fields = HashMap::new();
        if matches!(model.kind, TypeKind::Object | TypeKind::Interface) {
            for field in model.fields.values() {
                let def = self.field_def(id, field)?;
                fields.insert(shared(&field.name), FieldDefId(self.fields.len() as u32));
                self.fields.push(def);
            }
        }
        Ok(TypeNode {
            name: shared(&model.name),
            kind: model.kind,
            visible: !model.inaccessible,
            possible,
            interfaces: Vec::new(),
            fields,
            locals,
            values: self.visible_values(&model.name),
        })
    }

    fn visible_values(&self, name: &str) -> Vec<Arc<str>> {
        match self.supergraph.api_schema.types.get(name) {
            Some(ExtendedType::Enum(definition)) => definition.values.keys().map(shared).collect(),
            _ => Vec::new(),
        }
    }

    fn local_type(&self, model: &TypeModel, id: TypeId, graph: GraphId) -> Result<Option<LocalType>, PlanError> {
        if !model.is_in(graph) && !model.fields.values().any(|field| field.join(graph).is_some()) {
            return Ok(None);
        }
        let keys = model
            .keys_in(graph)
            .filter(|(_, resolvable)| *resolvable)
            .map(|(key, _)| self.selection(key).map(Arc::new))
            .collect::<Result<_, _>>()?;
        let possible = match model.kind {
            TypeKind::Object => vec![id],
            _ => self.local_possible(model, graph)?,
        };
        Ok(Some(LocalType { is_interface_object: model.is_interface_object_in(graph), keys, possible }))
    }

    fn local_possible(&self, model: &TypeModel, graph: GraphId) -> Result<Vec<TypeId>, PlanError> {
        let mut found = Vec::new();
        for name in &model.possible_types {
            let Some(member) = self.supergraph.types.get(name) else { continue };
            let known = match model.kind {
                TypeKind::Union => {
                    model.members.is_empty() && member.is_in(graph)
                        || model.members.iter().any(|join| join.graph == graph && join.member == *name)
                }
                _ => member.implements.is_empty() && member.is_in(graph) || member.implements_in(graph, &model.name),
            };
            if known {
                found.push(self.type_id(name)?);
            }
        }
        Ok(found)
    }

    fn field_def(&mut self, owner: TypeId, model: &FieldModel) -> Result<FieldDef, PlanError> {
        let base = self.type_id(model.ty.inner_named_type())?;
        let mut locals: Vec<Option<LocalField>> = self.supergraph.subgraphs.iter().map(|_| None).collect();
        for join in &model.joins {
            locals[join.graph.0 as usize] = Some(self.local_field(owner, model, join)?);
        }
        Ok(FieldDef {
            name: shared(&model.name),
            wrappers: wrappers(&model.ty).into(),
            base,
            shape: self.shape(model),
            locals,
        })
    }

    fn local_field(&self, owner: TypeId, model: &FieldModel, join: &FieldJoin) -> Result<LocalField, PlanError> {
        let set = |set: &Option<FieldSet>| set.as_ref().map(|set| self.selection(set).map(Arc::new)).transpose();
        Ok(LocalField {
            base: self.type_id(model.ty_in(join.graph).inner_named_type())?,
            access: self.access(owner, model, join),
            requires: set(&join.requires)?,
            provides: set(&join.provides)?,
            via: None,
        })
    }

    fn access(&self, owner: TypeId, model: &FieldModel, join: &FieldJoin) -> Access {
        if join.external && self.key_externals.contains(&(owner, shared(&model.name), join.graph)) {
            return Access::Open;
        }
        if let (Some(label), Some(_)) = (&join.override_label, &join.override_from) {
            return Access::Labelled { label: label.clone(), when: true };
        }
        // The subgraph that a labelled override takes the field from keeps it while the label is off. Older
        // composers write the label on the taking side alone.
        let own_name = &self.supergraph.subgraph(join.graph).name;
        let taken = model.joins.iter().find(|other| other.override_from.as_ref() == Some(own_name));
        if let Some(label) = taken.and_then(|other| other.override_label.as_ref()) {
            return Access::Labelled { label: label.clone(), when: false };
        }
        if join.is_resolvable() { Access::Open } else { Access::External }
    }

    /// Types as each subgraph writes them. Composite types compare by their wrappers alone: what is inside is
    /// compared field by field.
    fn shape(&mut self, model: &FieldModel) -> u32 {
        let own = self.shape_text(&model.ty);
        let mut text = own.clone();
        for join in &model.joins {
            let local = join.ty.as_ref().map_or_else(|| own.clone(), |ty| self.shape_text(ty));
            if local != own {
                text = format!("{text}|{}={local}", join.graph.0);
            }
        }
        let next = self.shapes.len() as u32;
        *self.shapes.entry(text).or_insert(next)
    }

    fn shape_text(&self, ty: &ast::Type) -> String {
        let name = ty.inner_named_type();
        let leaf = self.supergraph.types.get(name).is_none_or(TypeModel::is_leaf);
        let text = ty.to_string();
        if leaf { text } else { text.replace(name.as_str(), "_") }
    }

    fn selection(&self, set: &FieldSet) -> Result<KeySelection, PlanError> {
        Ok(KeySelection { parts: self.parts(&set.selections)?.into() })
    }

    fn parts(&self, selections: &[FieldSelection]) -> Result<Vec<KeyPart>, PlanError> {
        let mut parts = Vec::with_capacity(selections.len());
        for selection in selections {
            match selection {
                // Representations always carry the type's name; a set need not ask for it.
                FieldSelection::Field { name, .. } if name == "__typename" => {}
                FieldSelection::Field { name, arguments, selections } => parts.push(KeyPart::Field {
                    name: shared(name),
                    arguments: Arguments::from_pairs(arguments.iter().map(|(name, value)| (name, value))),
                    parts: self.parts(selections)?.into(),
                }),
                FieldSelection::Inline { on: None, selections } => parts.extend(self.parts(selections)?),
                FieldSelection::Inline { on: Some(name), selections } => {
                    let types = match self.supergraph.types.get(name) {
                        Some(model) if model.is_abstract() => {
                            model.possible_types.iter().map(|name| self.type_id(name)).collect::<Result<_, _>>()?
                        }
                        _ => vec![self.type_id(name)?],
                    };
                    parts.push(KeyPart::On { types, parts: self.parts(selections)?.into() });
                }
            }
        }
        Ok(parts)
    }

    fn note_key_externals(&mut self, model: &TypeModel) -> Result<(), PlanError> {
        for join in model.joins.iter().filter(|join| join.extension) {
            if let Some(key) = &join.key {
                self.note_externals(model, &key.selections, join.graph)?;
            }
        }
        Ok(())
    }

    fn note_externals(
        &mut self,
        model: &TypeModel,
        selections: &[FieldSelection],
        graph: GraphId,
    ) -> Result<(), PlanError> {
        let owner = self.type_id(&model.name)?;
        for selection in selections {
            let FieldSelection::Field { name, selections, .. } = selection else { continue };
            self.key_externals.insert((owner, shared(name), graph));
            let inner = model.fields.get(name).and_then(|field| self.supergraph.types.get(field.ty.inner_named_type()));
            if let Some(inner) = inner {
                self.note_externals(inner, selections, graph)?;
            }
        }
        Ok(())
    }
}

fn wrappers(ty: &ast::Type) -> Vec<Wrapper> {
    match ty {
        ast::Type::Named(_) => Vec::new(),
        ast::Type::NonNullNamed(_) => vec![Wrapper::NonNull],
        ast::Type::List(inner) => [vec![Wrapper::List], wrappers(inner)].concat(),
        ast::Type::NonNullList(inner) => [vec![Wrapper::NonNull, Wrapper::List], wrappers(inner)].concat(),
    }
}

fn link_interfaces(types: &mut [TypeNode]) {
    for index in 0..types.len() {
        if types[index].kind == TypeKind::Interface {
            for member in types[index].possible.clone() {
                types[member.0 as usize].interfaces.push(TypeId(index as u32));
            }
        }
    }
}

/// A subgraph that holds an interface as one object resolves the interface's fields for every type behind it.
fn lend_interface_object_fields(graph: &mut Graph) {
    for interface in (0..graph.types.len()).map(|index| TypeId(index as u32)) {
        for subgraph in graph.graph_ids() {
            if graph.is_interface_object(interface, subgraph) {
                lend_fields(graph, interface, subgraph);
            }
        }
    }
}

fn lend_fields(graph: &mut Graph, interface: TypeId, subgraph: GraphId) {
    for (name, def) in graph[interface].fields.clone() {
        let Some(local) = graph.local_field(def, subgraph) else { continue };
        let lent = LocalField { via: Some(interface), ..local.clone() };
        let owners = graph[interface].possible.iter().filter_map(|member| graph.field(*member, &name));
        for own in owners.collect::<Vec<_>>() {
            graph.fields[own.0 as usize].locals[subgraph.0 as usize].get_or_insert(lent.clone());
        }
    }
}
