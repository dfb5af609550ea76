//! Whether an instance with another schema than the composed one can answer a fetch: during a rolling deploy
//! new fields go only to the instances that have them.

use apollo_compiler::{
    Name, Schema,
    ast::{Definition, Document, Field, OperationType, Selection},
};

/// True when every field and argument of `document` is in `schema`.
pub(crate) fn fits(schema: &Schema, document: &Document) -> bool {
    let checker = Checker { schema, document };
    document.definitions.iter().all(|definition| match definition {
        Definition::OperationDefinition(operation) => {
            let declared = schema.root_operation(operation.operation_type).map(Name::as_str);
            let root = declared.unwrap_or_else(|| usual_root(operation.operation_type));
            checker.selections(root, &operation.selection_set)
        }
        _ => true,
    })
}

/// Federation 1 SDL may leave the roots' names unsaid.
fn usual_root(operation: OperationType) -> &'static str {
    match operation {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

struct Checker<'a> {
    schema: &'a Schema,
    document: &'a Document,
}

impl Checker<'_> {
    fn selections(&self, parent: &str, selections: &[Selection]) -> bool {
        selections.iter().all(|selection| match selection {
            Selection::Field(field) if field.name == "__typename" => true,
            // Below `_entities` everything stands in fragments.
            Selection::Field(field) if field.name == "_entities" => self.selections("_Entity", &field.selection_set),
            Selection::Field(field) => self.field(parent, field),
            Selection::InlineFragment(inline) => {
                let on = inline.type_condition.as_ref().map_or(parent, Name::as_str);
                self.knows(on) && self.selections(on, &inline.selection_set)
            }
            Selection::FragmentSpread(spread) => self.document.definitions.iter().any(|definition| match definition {
                Definition::FragmentDefinition(fragment) if fragment.name == spread.fragment_name => {
                    self.knows(&fragment.type_condition)
                        && self.selections(&fragment.type_condition, &fragment.selection_set)
                }
                _ => false,
            }),
        })
    }

    fn field(&self, parent: &str, field: &Field) -> bool {
        let Ok(definition) = self.schema.type_field(parent, &field.name) else { return false };
        let known = |name: &Name| definition.arguments.iter().any(|argument| argument.name == *name);
        field.arguments.iter().all(|argument| known(&argument.name))
            && self.selections(definition.ty.inner_named_type(), &field.selection_set)
    }

    fn knows(&self, type_name: &str) -> bool {
        type_name == "_Entity" || self.schema.types.contains_key(type_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_fields_arguments_and_types_do_not_fit_an_old_schema() {
        let sdl = "type Query { p(id: ID): P } type P @key(fields: \"id\") { id: ID! n: N } type N { x: Int }";
        let schema = Schema::parse(sdl, "old.graphql").unwrap_or_else(|failure| failure.partial);
        for (operation, expected) in [
            ("{ p(id: 1) { __typename id n { x } } }", true),
            (
                "query($representations: [_Any!]!) { _entities(representations: $representations) { ... on P { n { x } } } }",
                true,
            ),
            ("query { _entities(representations: []) { ...F } } fragment F on P { id }", true),
            ("{ p { fresh } }", false),
            ("{ p(sku: 1) { id } }", false),
            ("{ q }", false),
            ("query { _entities(representations: []) { ... on Z { id } } }", false),
            ("mutation { m }", false),
        ] {
            let document = Document::parse(operation, "fetch.graphql").unwrap();
            assert_eq!(fits(&schema, &document), expected, "{operation}");
        }
    }
}
