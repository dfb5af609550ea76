//! The text inside `@key`, `@requires` and `@provides`, parsed: a selection without its outer braces.

use std::sync::Arc;

use apollo_compiler::{Name, ast, parser::Parser};

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
        let (set, directive) = Self::parse_with_directives(text)?;
        match directive {
            Some(directive) => Err(FieldSetError::Directive(directive.to_string())),
            None => Ok(set),
        }
    }

    /// Like [`Self::parse`], for whoever must say more of a directive than that it is there: the first one.
    ///
    /// # Errors
    /// When the text is not a selection, or uses an alias or a named fragment.
    pub(crate) fn parse_with_directives(text: &str) -> Result<(Self, Option<Name>), FieldSetError> {
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
        let mut directive = None;
        let selections = convert(&operation.selection_set, &mut directive)?;
        Ok((Self { text: Arc::from(text), selections }, directive))
    }
}

/// Selections as text, e.g. `sku org { id }`.
pub(crate) fn print(selections: &[FieldSelection]) -> String {
    let parts: Vec<String> = selections.iter().map(print_one).collect();
    parts.join(" ")
}

fn print_one(selection: &FieldSelection) -> String {
    let (head, selections) = match selection {
        FieldSelection::Field { name, arguments, selections } if arguments.is_empty() => (name.to_string(), selections),
        FieldSelection::Field { name, arguments, selections } => {
            let arguments: Vec<String> =
                arguments.iter().map(|(name, value)| format!("{name}: {}", value.serialize().no_indent())).collect();
            (format!("{name}({})", arguments.join(", ")), selections)
        }
        FieldSelection::Inline { on: Some(on), selections } => (format!("... on {on}"), selections),
        FieldSelection::Inline { on: None, selections } => ("...".to_owned(), selections),
    };
    if selections.is_empty() { head } else { format!("{head} {{ {} }}", print(selections)) }
}

fn first_message(errors: &apollo_compiler::validation::DiagnosticList) -> String {
    errors.iter().next().map_or_else(|| "syntax error".to_owned(), |diagnostic| diagnostic.error.to_string())
}

fn convert(selections: &[ast::Selection], directive: &mut Option<Name>) -> Result<Vec<FieldSelection>, FieldSetError> {
    selections.iter().map(|selection| convert_one(selection, directive)).collect()
}

fn convert_one(selection: &ast::Selection, directive: &mut Option<Name>) -> Result<FieldSelection, FieldSetError> {
    match selection {
        ast::Selection::Field(field) => {
            note_directive(&field.directives, directive);
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
                selections: convert(&field.selection_set, directive)?,
            })
        }
        ast::Selection::InlineFragment(fragment) => {
            note_directive(&fragment.directives, directive);
            Ok(FieldSelection::Inline {
                on: fragment.type_condition.clone(),
                selections: convert(&fragment.selection_set, directive)?,
            })
        }
        ast::Selection::FragmentSpread(spread) => Err(FieldSetError::Fragment(spread.fragment_name.to_string())),
    }
}

fn note_directive(directives: &ast::DirectiveList, noted: &mut Option<Name>) {
    if let (None, Some(directive)) = (&noted, directives.first()) {
        *noted = Some(directive.name.clone());
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
    fn what_is_printed_reads_the_same() {
        let text = "sku org(n: {a: [1]}) { id ... on T { x } ... { y } }";
        assert_eq!(print(&FieldSet::parse(text).unwrap().selections), text);
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
