//! The text inside `@key`, `@requires` and `@provides`, parsed: a selection without its outer braces.

use std::sync::Arc;

use apollo_compiler::{ast, parser::Parser};

use super::model::{FieldSelection, FieldSet};

/// Deep enough for any real key, and far from the end of the stack.
const MAX_DEPTH: usize = 64;

/// Why a text is not a field set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldSetError {
    #[error("{0}")]
    Syntax(String),
    #[error("a field set cannot use the alias {0:?}; name the field itself")]
    Alias(String),
    #[error("a field set cannot use the fragment {0:?}; write the fragment inline (... on Type {{ }})")]
    Fragment(String),
    #[error("a field set cannot apply directives; remove @{0}")]
    Directive(String),
}

impl FieldSet {
    /// Parses `id org { id }`; outer braces are allowed.
    ///
    /// # Errors
    /// When the text is not a selection, or uses an alias, a named fragment or a directive.
    pub fn parse(text: &str) -> Result<Self, FieldSetError> {
        let trimmed = text.trim();
        let braced = trimmed.starts_with('{') && trimmed.ends_with('}');
        let source = if braced { trimmed.to_owned() } else { format!("{{{trimmed}}}") };
        let document = Parser::new()
            .recursion_limit(MAX_DEPTH)
            .parse_ast(source, "fields")
            .map_err(|failure| FieldSetError::Syntax(first_message(&failure.errors)))?;
        let [ast::Definition::OperationDefinition(operation)] = document.definitions.as_slice() else {
            return Err(FieldSetError::Syntax("expected one selection of fields".to_owned()));
        };
        if operation.selection_set.is_empty() {
            return Err(FieldSetError::Syntax("expected at least one field".to_owned()));
        }
        Ok(Self { text: Arc::from(text), selections: convert(&operation.selection_set)? })
    }
}

fn first_message(errors: &apollo_compiler::validation::DiagnosticList) -> String {
    errors.iter().next().map_or_else(|| "syntax error".to_owned(), |diagnostic| diagnostic.error.to_string())
}

fn convert(selections: &[ast::Selection]) -> Result<Vec<FieldSelection>, FieldSetError> {
    selections.iter().map(convert_one).collect()
}

fn convert_one(selection: &ast::Selection) -> Result<FieldSelection, FieldSetError> {
    match selection {
        ast::Selection::Field(field) => {
            refuse_directives(&field.directives)?;
            if let Some(alias) = &field.alias {
                return Err(FieldSetError::Alias(alias.to_string()));
            }
            Ok(FieldSelection::Field {
                name: field.name.clone(),
                arguments: field
                    .arguments
                    .iter()
                    .map(|argument| (argument.name.clone(), argument.value.clone()))
                    .collect(),
                selections: convert(&field.selection_set)?,
            })
        }
        ast::Selection::InlineFragment(fragment) => {
            refuse_directives(&fragment.directives)?;
            Ok(FieldSelection::Inline {
                on: fragment.type_condition.clone(),
                selections: convert(&fragment.selection_set)?,
            })
        }
        ast::Selection::FragmentSpread(spread) => Err(FieldSetError::Fragment(spread.fragment_name.to_string())),
    }
}

fn refuse_directives(directives: &ast::DirectiveList) -> Result<(), FieldSetError> {
    match directives.first() {
        Some(directive) => Err(FieldSetError::Directive(directive.name.to_string())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compound_key_keeps_its_shape() {
        let set = FieldSet::parse("sku org { id }").unwrap();
        let FieldSelection::Field { name, selections, .. } = &set.selections[1] else { panic!("a field") };
        assert_eq!((name.as_str(), selections.len()), ("org", 1));
    }

    #[test]
    fn outer_braces_are_allowed() {
        assert_eq!(FieldSet::parse("{ id }").unwrap().selections.len(), 1);
    }

    #[test]
    fn a_text_cannot_smuggle_in_a_second_operation() {
        for text in ["id } { other", "id } query X { other", "", "{}", "id { ", "$a", "\u{0}"] {
            assert!(matches!(FieldSet::parse(text), Err(FieldSetError::Syntax(_))), "{text:?}");
        }
    }

    #[test]
    fn aliases_fragments_and_directives_are_refused() {
        assert_eq!(FieldSet::parse("a: id"), Err(FieldSetError::Alias("a".to_owned())));
        assert_eq!(FieldSet::parse("...F"), Err(FieldSetError::Fragment("F".to_owned())));
        assert_eq!(FieldSet::parse("id @x"), Err(FieldSetError::Directive("x".to_owned())));
    }
}
