//! What a caller must bring: `@authenticated`, `@requiresScopes` and `@policy`, read and joined.

use std::sync::Arc;

use apollo_compiler::{Node, ast};

use super::{
    Supergraph,
    features::Terms,
    model::{AnyOf, Authorization, TypeKind, TypeModel},
};

impl Supergraph {
    /// What reading `field` of `type_name` asks for: the type's own requirement, the field's, and that of the
    /// type it returns. Through an interface it is also what any implementation asks for, so that a field
    /// cannot be read unguarded by naming the interface instead of the type.
    ///
    /// Open for unknown types and fields: validation has refused them before.
    pub fn authorization(&self, type_name: &str, field: &str) -> Authorization {
        let mut required = Authorization::default();
        let Some(model) = self.types.get(type_name) else {
            return required;
        };
        self.require_of(model, field, &mut required);
        if model.kind == TypeKind::Interface {
            for implementation in model.possible_types.iter().filter_map(|name| self.types.get(name)) {
                self.require_of(implementation, field, &mut required);
            }
        }
        required
    }

    fn require_of(&self, model: &TypeModel, field: &str, required: &mut Authorization) {
        required.require(&model.authorization);
        let Some(field) = model.fields.get(field) else {
            return;
        };
        required.require(&field.authorization);
        if let Some(returned) = self.types.get(field.ty.inner_named_type()) {
            required.require(&returned.authorization);
        }
    }
}

/// Reads the three directives from an element.
pub(super) fn read_authorization<'a>(
    directives: impl Iterator<Item = &'a ast::Directive>,
    terms: &Terms,
) -> Authorization {
    let mut required = Authorization::default();
    for directive in directives {
        let name = directive.name.as_str();
        required.authenticated |= name == terms.authenticated;
        if name == terms.requires_scopes {
            required.scopes.extend(any_of(directive, "scopes"));
        } else if name == terms.policy {
            required.policies.extend(any_of(directive, "policies"));
        }
    }
    required
}

/// `[["a", "b"], ["c"]]`; a single group or a single name is coerced to a list, as GraphQL does.
fn any_of(directive: &ast::Directive, argument: &str) -> Option<AnyOf> {
    let value = directive.specified_argument_by_name(argument)?;
    Some(items(value).map(|group| items(group).filter_map(|name| name.as_str().map(Arc::from)).collect()).collect())
}

fn items(value: &Node<ast::Value>) -> impl Iterator<Item = &Node<ast::Value>> {
    match value.as_list() {
        Some(list) => list.iter(),
        None => std::slice::from_ref(value).iter(),
    }
}
