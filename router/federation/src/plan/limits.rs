//! Stage 1: how much an operation may ask for, counted before anything expands it.
//!
//! `check_text` needs only the text and comes before parsing (a parser recurses). `check_document` comes after
//! parsing and before validation (which compares fields pairwise). A fragment is counted once and its count is
//! used at every spread, with saturating arithmetic: a fragment bomb costs as much to refuse as it is long.

use std::collections::HashMap;

use apollo_compiler::{
    Name,
    ast::{Definition, Document, FragmentDefinition, OperationDefinition, Selection},
};

/// Ceilings for one operation. The defaults let any hand-written operation pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Lexical tokens of the document. Default 15,000.
    pub max_tokens: usize,
    /// Levels of fields, fragments inlined; also of brackets in the text. Default 64.
    pub max_depth: usize,
    /// Aliased fields, fragments inlined. Default 500.
    pub max_aliases: usize,
    /// Fields of the root type, fragments inlined. Default 200.
    pub max_root_fields: usize,
    /// Fields, fragments inlined and abstract types expanded. Default 20,000.
    pub max_selections: usize,
    /// How often the answer's shape may say one part of it, so that fields stand where the first mention that counts
    /// puts them; beyond it they stand where they are first mentioned. The specification asks for the order with a
    /// "should" (section 7.2.2), and a shape is memory. Refuses nothing. Default 16.
    pub max_copies: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_tokens: 15_000,
            max_depth: 64,
            max_aliases: 500,
            max_root_fields: 200,
            max_selections: 20_000,
            max_copies: 16,
        }
    }
}

/// Which ceiling an operation hits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    #[error("the document has more than {limit} tokens; ask for less in one operation")]
    Tokens { limit: usize },
    #[error("the operation is nested more than {limit} levels deep")]
    Depth { limit: usize },
    #[error("the operation uses more than {limit} aliases")]
    Aliases { limit: usize },
    #[error("the operation selects more than {limit} root fields")]
    RootFields { limit: usize },
    #[error("the operation selects more than {limit} fields once its fragments are inlined")]
    Selections { limit: usize },
    #[error("the fragment {fragment} spreads itself")]
    Cycle { fragment: String },
}

/// Tokens and bracket depth of the bare text.
///
/// # Errors
/// When a ceiling is hit.
pub fn check_text(text: &str, limits: &Limits) -> Result<(), LimitError> {
    let (mut tokens, mut depth) = (0usize, 0usize);
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0 };
    while let Some(token) = scanner.next_token() {
        tokens += 1;
        if tokens > limits.max_tokens {
            return Err(LimitError::Tokens { limit: limits.max_tokens });
        }
        match token {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        // Inline fragments and arguments open brackets without adding a level of fields.
        if depth > limits.max_depth.saturating_mul(2) {
            return Err(LimitError::Depth { limit: limits.max_depth });
        }
    }
    Ok(())
}

/// Everything that can be counted without a schema.
///
/// # Errors
/// When a ceiling is hit, or a fragment spreads itself.
pub fn check_document(document: &Document, operation: Option<&str>, limits: &Limits) -> Result<(), LimitError> {
    let mut counter = Counter { fragments: HashMap::new(), counted: HashMap::new(), limits };
    for definition in &document.definitions {
        if let Definition::FragmentDefinition(fragment) = definition {
            counter.fragments.insert(&fragment.name, fragment);
        }
    }
    for definition in &document.definitions {
        if let Definition::OperationDefinition(found) = definition
            && operation.is_none_or(|name| found.name.as_ref().is_some_and(|own| own == name))
        {
            counter.check(found)?;
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    selections: usize,
    aliases: usize,
    /// Fields at the outermost level.
    outer: usize,
    depth: usize,
}

struct Counter<'d> {
    fragments: HashMap<&'d Name, &'d FragmentDefinition>,
    /// None: being counted.
    counted: HashMap<&'d Name, Option<Count>>,
    limits: &'d Limits,
}

impl<'d> Counter<'d> {
    fn check(&mut self, operation: &'d OperationDefinition) -> Result<(), LimitError> {
        let limits = self.limits;
        let count = self.count(&operation.selection_set, 0)?;
        if count.depth > limits.max_depth {
            return Err(LimitError::Depth { limit: limits.max_depth });
        }
        if count.aliases > limits.max_aliases {
            return Err(LimitError::Aliases { limit: limits.max_aliases });
        }
        if count.outer > limits.max_root_fields {
            return Err(LimitError::RootFields { limit: limits.max_root_fields });
        }
        if count.selections > limits.max_selections {
            return Err(LimitError::Selections { limit: limits.max_selections });
        }
        Ok(())
    }

    /// `nesting` counts fragments too: it bounds our own recursion.
    fn count(&mut self, selections: &'d [Selection], nesting: usize) -> Result<Count, LimitError> {
        if nesting > self.limits.max_depth.saturating_mul(4) {
            return Err(LimitError::Depth { limit: self.limits.max_depth });
        }
        let mut total = Count::default();
        for selection in selections {
            let one = match selection {
                Selection::Field(field) => {
                    let below = self.count(&field.selection_set, nesting + 1)?;
                    Count {
                        selections: below.selections.saturating_add(1),
                        aliases: below.aliases.saturating_add(usize::from(field.alias.is_some())),
                        outer: 1,
                        depth: below.depth.saturating_add(1),
                    }
                }
                Selection::InlineFragment(fragment) => self.count(&fragment.selection_set, nesting + 1)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.fragment_name, nesting + 1)?,
            };
            total.selections = total.selections.saturating_add(one.selections);
            total.aliases = total.aliases.saturating_add(one.aliases);
            total.outer = total.outer.saturating_add(one.outer);
            total.depth = total.depth.max(one.depth);
        }
        Ok(total)
    }

    fn fragment(&mut self, name: &'d Name, nesting: usize) -> Result<Count, LimitError> {
        match self.counted.get(name) {
            Some(Some(count)) => return Ok(*count),
            Some(None) => return Err(LimitError::Cycle { fragment: name.to_string() }),
            None => {}
        }
        // An unknown fragment is for validation to report.
        let Some(fragment) = self.fragments.get(name).copied() else { return Ok(Count::default()) };
        self.counted.insert(name, None);
        let count = self.count(&fragment.selection_set, nesting)?;
        self.counted.insert(name, Some(count));
        Ok(count)
    }
}

/// Just enough of the lexical grammar to count tokens: never fails, never allocates.
struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Scanner<'_> {
    /// The first byte of the next token.
    fn next_token(&mut self) -> Option<u8> {
        loop {
            let first = *self.bytes.get(self.at)?;
            match first {
                b'#' => self.skip_while(|byte| byte != b'\n' && byte != b'\r'),
                b' ' | b'\t' | b'\n' | b'\r' | b',' => self.at += 1,
                b'"' => {
                    self.skip_string();
                    return Some(first);
                }
                b'.' => {
                    self.skip_while(|byte| byte == b'.');
                    return Some(first);
                }
                _ if is_word(first) => {
                    self.skip_while(is_word);
                    return Some(first);
                }
                _ => {
                    self.at += 1;
                    return Some(first);
                }
            }
        }
    }

    fn skip_while(&mut self, keep: impl Fn(u8) -> bool) {
        while self.bytes.get(self.at).is_some_and(|byte| keep(*byte)) {
            self.at += 1;
        }
    }

    fn skip_string(&mut self) {
        let block = self.bytes[self.at..].starts_with(b"\"\"\"");
        self.at += if block { 3 } else { 1 };
        while let Some(byte) = self.bytes.get(self.at) {
            let rest = &self.bytes[self.at..];
            if block && rest.starts_with(b"\\\"\"\"") {
                self.at += 4;
            } else if block && rest.starts_with(b"\"\"\"") {
                self.at += 3;
                return;
            } else if !block && *byte == b'\\' {
                self.at += 2;
            } else {
                self.at += 1;
                if !block && matches!(byte, b'"' | b'\n') {
                    return;
                }
            }
        }
    }
}

/// What no name or number consists of is a token by itself, byte by byte: the parser makes an error of each.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
