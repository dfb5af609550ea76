//! Reads a type reference such as `[Foo!]!`.
//!
//! Written here because the compiler's own `parse_type` panics on some texts (an unclosed list, for one), and a
//! supergraph may come from anywhere.

use apollo_compiler::{Name, ast::Type};

/// Lists in lists in lists; no real type comes near.
const MAX_DEPTH: usize = 16;

/// None when the text is not one type reference.
pub(super) fn parse(text: &str) -> Option<Type> {
    parse_at(text.trim(), 0)
}

fn parse_at(text: &str, depth: usize) -> Option<Type> {
    let (bare, is_required) = match text.strip_suffix('!') {
        Some(bare) => (bare.trim_end(), true),
        None => (text, false),
    };
    let Some(rest) = bare.strip_prefix('[') else {
        let name = Name::new(bare).ok()?;
        return Some(if is_required { Type::NonNullNamed(name) } else { Type::Named(name) });
    };
    if depth == MAX_DEPTH {
        return None;
    }
    let item = Box::new(parse_at(rest.strip_suffix(']')?.trim(), depth + 1)?);
    Some(if is_required { Type::NonNullList(item) } else { Type::List(item) })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_reference_is_read_as_it_is_printed() {
        for text in ["Foo", "Foo!", "[Foo]", "[Foo!]!", "[[Foo!]]!"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        assert_eq!(parse(" [ Foo ! ] ").unwrap().to_string(), "[Foo!]");
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        let deep = "[".repeat(40) + "Foo" + &"]".repeat(40);
        for text in ["", "!", "Foo!!", "[Foo", "Foo]", "[]", "[Foo]]", "Foo Bar", "1a", "é", &deep] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
