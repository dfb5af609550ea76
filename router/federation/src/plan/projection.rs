//! How the client's answer is written from the merged data.

use std::sync::Arc;

use super::{
    fetches::Fetches,
    graph::{Graph, TypeId},
    nodes::{ProjectedField, ProjectedValue, Projection},
    normalise::{CaseIndex, FieldId, FieldKind, PositionId, Tree},
};
use crate::supergraph::TypeKind;

pub fn project(graph: &Graph, tree: &Tree, fetches: &Fetches<'_>) -> Projection {
    Projection { fields: Projector { graph, tree, fetches }.fields(Tree::ROOT) }
}

struct Projector<'p> {
    graph: &'p Graph,
    tree: &'p Tree,
    fetches: &'p Fetches<'p>,
}

impl Projector<'_> {
    /// The fields of a place: once for all its types where they agree, else type by type.
    fn fields(&self, position: PositionId) -> Vec<ProjectedField> {
        if self.tree[position].whole {
            return self.case(position, 0);
        }
        let cases = &self.tree[position].cases;
        let mut groups: Vec<(Vec<ProjectedField>, Vec<TypeId>)> = Vec::new();
        let visible = (0..cases.len()).filter(|case| self.graph[cases[*case].ty].visible);
        let mut count = 0;
        for case in visible {
            count += 1;
            let fields = self.case(position, case);
            match groups.iter_mut().find(|(known, _)| *known == fields) {
                Some((_, types)) => types.push(cases[case].ty),
                None => groups.push((fields, vec![cases[case].ty])),
            }
        }
        let mut all = Vec::new();
        for (fields, types) in groups {
            let types: Vec<Arc<str>> =
                if types.len() == count { Vec::new() } else { types.iter().map(|ty| self.name(*ty)).collect() };
            all.extend(fields.into_iter().map(|field| ProjectedField { types: types.clone(), ..field }));
        }
        all
    }

    fn case(&self, position: PositionId, case: CaseIndex) -> Vec<ProjectedField> {
        let case = &self.tree[position].cases[case];
        let Some(order) = &case.order else {
            return case.fields.iter().filter_map(|id| self.field(position, *id)).collect();
        };
        let placed = order.iter().filter_map(|(id, conditions)| {
            let conditions = conditions.conjunctions().to_vec();
            Some(ProjectedField { conditions, ..self.field(position, *id)? })
        });
        placed.collect()
    }

    fn field(&self, position: PositionId, id: FieldId) -> Option<ProjectedField> {
        let field = &self.tree[id];
        let response_key = field.response_key.clone()?;
        let conditions = field.conditions.conjunctions().to_vec();
        let (name, wrappers, value) = match &field.kind {
            FieldKind::Introspection(projected) => {
                return Some(ProjectedField { conditions, ..(**projected).clone() });
            }
            FieldKind::Typename | FieldKind::AnyTypename => {
                let ty = self.tree[position].ty;
                let fallback = (!self.graph.is_abstract(ty)).then(|| self.name(ty));
                (Arc::from("__typename"), vec![super::nodes::Wrapper::NonNull], ProjectedValue::Typename { fallback })
            }
            FieldKind::Selected { def, child, .. } => {
                let def = &self.graph[*def];
                (def.name.clone(), def.wrappers.to_vec(), self.value(def.base, *child))
            }
        };
        Some(ProjectedField {
            response_key,
            data_key: field.data_key.clone(),
            name,
            types: Vec::new(),
            conditions,
            wrappers,
            value,
        })
    }

    fn value(&self, base: TypeId, child: Option<PositionId>) -> ProjectedValue {
        let name = self.name(base);
        match (child, self.graph[base].kind) {
            (Some(child), _) => ProjectedValue::Object {
                name,
                possible_types: self.possible_types(base, child),
                fields: self.fields(child),
            },
            (None, TypeKind::Enum) => ProjectedValue::Enum { name, values: self.graph[base].values.clone() },
            (None, _) => ProjectedValue::Scalar { name },
        }
    }

    /// Where nobody needs the real type, an object may still be called by the interface that stands for it.
    fn possible_types(&self, base: TypeId, child: PositionId) -> Vec<Arc<str>> {
        let possible = self.graph[base].possible.iter().copied().filter(|ty| self.graph[*ty].visible);
        let mut types: Vec<Arc<str>> = possible.map(|ty| self.name(ty)).collect();
        if self.wants_real_type(child) {
            return types;
        }
        for visit in self.fetches.state.visits_at(child) {
            let at = self.fetches.state.visit(*visit);
            if self.fetches.needed.has(*visit) && self.graph.is_interface_object(at.local, at.subgraph) {
                let name = self.name(at.local);
                if !types.contains(&name) {
                    types.push(name);
                }
            }
        }
        types
    }

    /// Whether the answer cannot be written by the name of an interface object.
    fn wants_real_type(&self, position: PositionId) -> bool {
        let at = &self.tree[position];
        let fields = at.cases.iter().flat_map(|case| &case.fields).map(|id| &self.tree[*id]);
        let mut mentioned = fields.filter(|field| field.response_key.is_some());
        at.discriminated || mentioned.any(|field| matches!(field.kind, FieldKind::Typename))
    }

    fn name(&self, ty: TypeId) -> Arc<str> {
        self.graph[ty].name.clone()
    }
}
