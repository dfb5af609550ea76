//! Fills the model from a supergraph schema, writing out what the join spec leaves unsaid.
//!
//! Left unsaid are, by version: a field without `@join__field` is in every subgraph of its type; a type without
//! `@join__type` (v0.1 value types) is in every subgraph; membership without `@join__implements`,
//! `@join__unionMember` (before v0.3) or `@join__enumValue` holds wherever both sides are.

use apollo_compiler::{
    Name, Node, Schema, ast,
    collections::IndexMap,
    schema::{ComponentName, EnumType, ExtendedType, FieldDefinition, UnionType},
};

use super::{
    SupergraphError,
    authorization::read_authorization,
    features::Features,
    joins::{Graphs, Place, field_join, type_join},
    model::{
        Authorization, EnumValueModel, FieldJoin, FieldModel, FieldSelection, GraphId, ImplementsJoin, MemberJoin,
        TypeJoin, TypeKind, TypeModel,
    },
};

/// Reads every type that is not machinery, in schema order.
pub(super) fn read_types(
    schema: &Schema,
    graphs: &Graphs,
    features: &Features,
) -> Result<IndexMap<Name, TypeModel>, SupergraphError> {
    let mut types = IndexMap::default();
    for (name, ty) in &schema.types {
        if !ty.is_built_in() && !features.owns_type(name) {
            types.insert(name.clone(), read_type(ty, graphs)?);
        }
    }
    fill_possible_types(&mut types);
    Ok(types)
}

fn read_type(ty: &ExtendedType, graphs: &Graphs) -> Result<TypeModel, SupergraphError> {
    let name = ty.name().clone();
    let mut model = TypeModel {
        kind: kind_of(ty),
        inaccessible: ty.directives().has(&graphs.terms.inaccessible),
        joins: read_type_joins(ty, graphs)?,
        fields: IndexMap::default(),
        implements: Vec::new(),
        possible_types: Vec::new(),
        members: Vec::new(),
        values: IndexMap::default(),
        authorization: read_authorization(ty.directives().0.iter().map(|directive| &***directive), &graphs.terms),
        name,
    };
    match ty {
        ExtendedType::Scalar(_) => {}
        ExtendedType::Object(object) => {
            read_fields(&mut model, graphs, object.fields.values().map(|field| &field.node))?;
            read_implements(&mut model, ty, graphs, object.implements_interfaces.iter())?;
        }
        ExtendedType::Interface(interface) => {
            read_fields(&mut model, graphs, interface.fields.values().map(|field| &field.node))?;
            read_implements(&mut model, ty, graphs, interface.implements_interfaces.iter())?;
        }
        ExtendedType::Union(union_) => read_members(&mut model, union_, graphs)?,
        ExtendedType::Enum(enum_) => read_values(&mut model, enum_, graphs)?,
        ExtendedType::InputObject(input) => {
            for field in input.fields.values() {
                let read = read_input_field(&model, field, graphs)?;
                model.fields.insert(field.name.clone(), read);
            }
        }
    }
    if ty.directives().has(&graphs.terms.owner) {
        add_owned_keys(&mut model);
    }
    Ok(model)
}

fn kind_of(ty: &ExtendedType) -> TypeKind {
    match ty {
        ExtendedType::Scalar(_) => TypeKind::Scalar,
        ExtendedType::Object(_) => TypeKind::Object,
        ExtendedType::Interface(_) => TypeKind::Interface,
        ExtendedType::Union(_) => TypeKind::Union,
        ExtendedType::Enum(_) => TypeKind::Enum,
        ExtendedType::InputObject(_) => TypeKind::InputObject,
    }
}

fn read_type_joins(ty: &ExtendedType, graphs: &Graphs) -> Result<Vec<TypeJoin>, SupergraphError> {
    let coordinate = ty.name().as_str();
    let joins: Vec<TypeJoin> = ty
        .directives()
        .get_all(&graphs.terms.type_join)
        .map(|directive| type_join(graphs, &Place { directive, coordinate }))
        .collect::<Result<_, _>>()?;
    if !joins.is_empty() {
        return Ok(joins);
    }
    Ok(graphs
        .ids()
        .map(|graph| TypeJoin { graph, key: None, resolvable: true, extension: false, is_interface_object: false })
        .collect())
}

fn read_fields<'a>(
    model: &mut TypeModel,
    graphs: &Graphs,
    fields: impl Iterator<Item = &'a Node<FieldDefinition>>,
) -> Result<(), SupergraphError> {
    for field in fields {
        let read = FieldModel {
            name: field.name.clone(),
            ty: field.ty.clone(),
            arguments: field.arguments.clone(),
            inaccessible: field.directives.has(&graphs.terms.inaccessible),
            joins: read_field_joins(model, &field.name, &field.directives, graphs)?,
            authorization: read_authorization(field.directives.iter().map(|directive| &**directive), &graphs.terms),
        };
        model.fields.insert(field.name.clone(), read);
    }
    Ok(())
}

fn read_input_field(
    model: &TypeModel,
    field: &ast::InputValueDefinition,
    graphs: &Graphs,
) -> Result<FieldModel, SupergraphError> {
    Ok(FieldModel {
        name: field.name.clone(),
        ty: (*field.ty).clone(),
        arguments: Vec::new(),
        inaccessible: field.directives.has(&graphs.terms.inaccessible),
        joins: read_field_joins(model, &field.name, &field.directives, graphs)?,
        authorization: Authorization::default(),
    })
}

fn read_field_joins(
    model: &TypeModel,
    field: &Name,
    directives: &ast::DirectiveList,
    graphs: &Graphs,
) -> Result<Vec<FieldJoin>, SupergraphError> {
    let mut written = false;
    let mut joins = Vec::new();
    let coordinate = format!("{}.{field}", model.name);
    for directive in directives.get_all(&graphs.terms.field) {
        written = true;
        joins.extend(field_join(graphs, &Place { directive, coordinate: &coordinate })?);
    }
    if !written {
        joins.extend(model.graphs().into_iter().map(FieldJoin::plain));
    }
    Ok(joins)
}

fn read_implements<'a>(
    model: &mut TypeModel,
    ty: &ExtendedType,
    graphs: &Graphs,
    interfaces: impl Iterator<Item = &'a ComponentName>,
) -> Result<(), SupergraphError> {
    for directive in ty.directives().get_all(&graphs.terms.implements) {
        let place = Place { directive, coordinate: ty.name() };
        let interface = read_name(&place, "interface")?;
        model.implements.push(ImplementsJoin { graph: graphs.required(&place)?, interface });
    }
    for interface in interfaces {
        if !model.implements.iter().any(|join| join.interface == interface.name) {
            for graph in model.graphs() {
                model.implements.push(ImplementsJoin { graph, interface: interface.name.clone() });
            }
        }
    }
    Ok(())
}

fn read_members(model: &mut TypeModel, union_: &UnionType, graphs: &Graphs) -> Result<(), SupergraphError> {
    for directive in union_.directives.get_all(&graphs.terms.union_member) {
        let place = Place { directive, coordinate: &union_.name };
        let member = read_name(&place, "member")?;
        model.members.push(MemberJoin { graph: graphs.required(&place)?, member });
    }
    model.possible_types = union_.members.iter().map(|member| member.name.clone()).collect();
    if model.members.is_empty() {
        for graph in model.graphs() {
            for member in &model.possible_types {
                model.members.push(MemberJoin { graph, member: member.clone() });
            }
        }
    }
    Ok(())
}

fn read_name(place: &Place<'_>, argument: &str) -> Result<Name, SupergraphError> {
    place
        .text(argument)
        .and_then(|text| Name::new(text).ok())
        .ok_or_else(|| place.fault(format!("the argument {argument} must be the name of a type")))
}

fn read_values(model: &mut TypeModel, enum_: &EnumType, graphs: &Graphs) -> Result<(), SupergraphError> {
    for (name, value) in &enum_.values {
        let coordinate = format!("{}.{name}", enum_.name);
        let mut in_graphs: Vec<GraphId> = value
            .directives
            .get_all(&graphs.terms.enum_value)
            .map(|directive| graphs.required(&Place { directive, coordinate: &coordinate }))
            .collect::<Result<_, _>>()?;
        if in_graphs.is_empty() {
            in_graphs = model.graphs();
        }
        let read = EnumValueModel { inaccessible: value.directives.has(&graphs.terms.inaccessible), graphs: in_graphs };
        model.values.insert(name.clone(), read);
    }
    Ok(())
}

/// Join spec v0.1: fields of an entity stand once, with their owner; its keys exist in every subgraph that
/// declares them all the same.
fn add_owned_keys(model: &mut TypeModel) {
    let TypeModel { joins, fields, .. } = model;
    for join in joins {
        for selection in join.key.iter().flat_map(|key| &key.selections) {
            let FieldSelection::Field { name, .. } = selection else { continue };
            if let Some(field) = fields.get_mut(name)
                && field.join(join.graph).is_none()
            {
                field.joins.push(FieldJoin::plain(join.graph));
            }
        }
    }
}

/// Interfaces learn their implementations; drops what no reader may meet: memberships of unknown types.
fn fill_possible_types(types: &mut IndexMap<Name, TypeModel>) {
    let mut implementations: IndexMap<Name, Vec<Name>> = IndexMap::default();
    for model in types.values().filter(|model| model.kind == TypeKind::Object) {
        let mut seen: Vec<&Name> = Vec::new();
        for join in &model.implements {
            if !seen.contains(&&join.interface) {
                seen.push(&join.interface);
                implementations.entry(join.interface.clone()).or_default().push(model.name.clone());
            }
        }
    }
    for (interface, possible) in implementations {
        if let Some(model) = types.get_mut(&interface) {
            model.possible_types = possible;
        }
    }
}
