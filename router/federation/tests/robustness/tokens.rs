//! A text as parts that can be moved: tokens, words, lines, brackets.

use crate::operations::Dice;

/// Words, strings, and every other character alone; each with the white space after it.
pub fn tokens(text: &str) -> Vec<&str> {
    split(text, string_end)
}

/// The same, and what is inside strings too.
pub fn words(text: &str) -> Vec<&str> {
    split(text, |_| None)
}

fn split(text: &str, whole: impl Fn(&str) -> Option<usize>) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = whole(rest).unwrap_or_else(|| word_end(rest, first));
        let space = rest[end..].find(|one: char| !one.is_whitespace()).unwrap_or(rest.len() - end);
        let (token, after) = rest.split_at(end + space);
        found.push(token);
        rest = after;
    }
    found
}

fn word_end(text: &str, first: char) -> usize {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    if is_word(first) { text.find(|one| !is_word(one)).unwrap_or(text.len()) } else { first.len_utf8() }
}

/// Of a string without escapes, or a block string.
fn string_end(text: &str) -> Option<usize> {
    let mark = if text.starts_with("\"\"\"") { "\"\"\"" } else { "\"" };
    let inner = text.strip_prefix(mark)?;
    Some(mark.len() + inner.find(mark)? + mark.len())
}

pub fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// One of them; nothing when there is none.
pub fn pick<'t>(parts: &[&'t str], dice: &mut Dice) -> &'t str {
    parts.get(dice.below(parts.len())).copied().unwrap_or_default()
}

/// The token that closes the bracket at `open`.
pub fn closing(parts: &[&str], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, part) in parts.iter().enumerate().skip(open) {
        match part.as_bytes()[0] {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' if depth == 1 => return Some(at),
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// A pair of brackets, as places in tokens.
pub fn block(parts: &[&str], dice: &mut Dice) -> Option<(usize, usize)> {
    let opening: Vec<usize> = (0..parts.len()).filter(|at| parts[*at].starts_with(['{', '(', '['])).collect();
    let open = *opening.get(dice.below(opening.len()))?;
    Some((open, closing(parts, open)?))
}
