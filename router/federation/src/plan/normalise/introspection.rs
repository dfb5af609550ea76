//! `__schema` and `__type`: the router answers them from the API schema, under the client's own keys; only
//! their projection is planned.

use std::sync::Arc;

use apollo_compiler::{
    ast::Type,
    executable::{Selection, SelectionSet},
    schema::ExtendedType,
};

use super::{
    Input, Occurrence,
    conditions::{Conditions, Conjunction, under},
    scopes::TYPENAME,
};
use crate::plan::{
    Budget, PlanError,
    graph::selections::shared,
    nodes::{ProjectedField, ProjectedValue, Wrapper},
};

pub(super) fn project<'d>(
    input: &Input<'d>,
    budget: &mut Budget,
    key: &Arc<str>,
    occurrences: &[Occurrence<'d>],
) -> Result<ProjectedField, PlanError> {
    let conjunctions: Vec<Conjunction> = occurrences.iter().map(|one| one.conjunction.clone()).collect();
    let definition = &occurrences[0].field.definition;
    let mut writer = Writer { input, budget };
    Ok(ProjectedField {
        response_key: key.clone(),
        data_key: key.clone(),
        name: shared(&definition.name),
        types: Vec::new(),
        conditions: Conditions::any_of(conjunctions).conjunctions().to_vec(),
        wrappers: wrappers(&definition.ty),
        value: writer.value(&definition.ty, occurrences)?,
    })
}

struct Writer<'i, 'd, 'b> {
    input: &'i Input<'d>,
    budget: &'b mut Budget,
}

impl<'d> Writer<'_, 'd, '_> {
    fn value(&mut self, ty: &Type, occurrences: &[Occurrence<'d>]) -> Result<ProjectedValue, PlanError> {
        let name = shared(ty.inner_named_type());
        Ok(match self.input.api.types.get(ty.inner_named_type()) {
            Some(ExtendedType::Object(_)) => ProjectedValue::Object {
                possible_types: vec![name.clone()],
                fields: self.fields(&name, occurrences)?,
                name,
            },
            Some(ExtendedType::Enum(definition)) => {
                ProjectedValue::Enum { name, values: definition.values.keys().map(shared).collect() }
            }
            _ => ProjectedValue::Scalar { name },
        })
    }

    /// Introspection types are objects without interfaces: fragments on them always apply.
    fn fields(&mut self, owner: &Arc<str>, occurrences: &[Occurrence<'d>]) -> Result<Vec<ProjectedField>, PlanError> {
        let mut found: Vec<(Arc<str>, Vec<Occurrence<'d>>)> = Vec::new();
        for one in occurrences {
            self.collect(&one.field.selection_set, &one.conjunction, &mut found)?;
        }
        let mut fields = Vec::with_capacity(found.len());
        for (key, occurrences) in &found {
            let mut field = project(self.input, self.budget, key, occurrences)?;
            if occurrences[0].field.name == TYPENAME {
                field.value = ProjectedValue::Typename { fallback: Some(owner.clone()) };
            }
            fields.push(field);
        }
        Ok(fields)
    }

    fn collect(
        &mut self,
        set: &'d SelectionSet,
        outer: &Conjunction,
        found: &mut Vec<(Arc<str>, Vec<Occurrence<'d>>)>,
    ) -> Result<(), PlanError> {
        for selection in &set.selections {
            self.budget.step()?;
            let Some(conjunction) = under(outer, selection.directives()) else { continue };
            match selection {
                Selection::Field(field) => {
                    let occurrence = Occurrence { field, conjunction, order: 0 };
                    let key = field.response_key();
                    match found.iter_mut().find(|(known, _)| **known == **key) {
                        Some((_, occurrences)) => occurrences.push(occurrence),
                        None => found.push((shared(key), vec![occurrence])),
                    }
                }
                Selection::InlineFragment(fragment) => self.collect(&fragment.selection_set, &conjunction, found)?,
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.input.document.fragments.get(&spread.fragment_name) {
                        self.collect(&fragment.selection_set, &conjunction, found)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn wrappers(ty: &Type) -> Vec<Wrapper> {
    match ty {
        Type::Named(_) => Vec::new(),
        Type::NonNullNamed(_) => vec![Wrapper::NonNull],
        Type::List(inner) => [vec![Wrapper::List], wrappers(inner)].concat(),
        Type::NonNullList(inner) => [vec![Wrapper::NonNull, Wrapper::List], wrappers(inner)].concat(),
    }
}
