//! Text into worse text: tokens, lines and blocks are taken out, doubled, swapped, spliced and nested.

use std::ops::Range;

use crate::operations::Dice;

/// Longer texts only shrink: a client's operation may be 256 KiB long.
const MAX_BYTES: usize = 128 << 10;

/// What a text of GraphQL is likely to stumble over.
const STUMBLING: [&str; 24] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "!",
    ":",
    "@",
    "...",
    "\"",
    "\"\"\"",
    "#",
    "$",
    "|",
    "&",
    "=",
    "_",
    "__typename",
    "\u{feff}",
    "é😀",
    "99999999999999999999",
    "-1.0e999",
    "\\u{110000}",
];

/// Bytes of any kind, as the text that a lenient reader makes of them.
pub fn bytes(dice: &mut Dice) -> String {
    let length = dice.below(600);
    let any: Vec<u8> = (0..length).map(|_| dice.below(256) as u8).collect();
    String::from_utf8_lossy(&any).into_owned()
}

/// Tokens of `text` and what it may stumble over, in any order.
pub fn soup(text: &str, dice: &mut Dice) -> String {
    let tokens = tokens(text);
    let count = dice.below(80);
    (0..count).map(|_| if dice.below(3) == 0 { pick(&STUMBLING, dice) } else { pick(&tokens, dice) }).collect()
}

/// One change of `text`, or a few, with parts of `other`. Half of them keep it GraphQL, so that later stages see it.
pub fn mutate(text: &str, other: &str, dice: &mut Dice) -> String {
    let changes = if dice.below(3) > 0 { 1 } else { 2 + dice.below(6) };
    (0..changes).fold(text.to_owned(), |text, _| change(&text, other, dice))
}

fn change(text: &str, other: &str, dice: &mut Dice) -> String {
    match dice.below(32) {
        0..=3 => change_parts(&tokens(text), &tokens(other), dice),
        4..=7 => change_parts(&lines(text), &lines(other), dice),
        8 => splice(&tokens(text), &tokens(other), dice),
        9 => splice(&lines(text), &lines(other), dice),
        10 => change_byte(text, dice),
        11..=12 => repeat_block(text, dice),
        13..=15 => nest_block(text, dice),
        16..=18 => exchange_blocks(text, other, dice),
        19..=24 => rename(text, dice),
        _ => change_directives(text, other, dice),
    }
}

/// Words, and every other character alone; each with the white space after it.
fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let end = if word(first) { rest.find(|one| !word(one)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let space = rest[end..].find(|one: char| !one.is_whitespace()).unwrap_or(rest.len() - end);
        let (token, after) = rest.split_at(end + space);
        found.push(token);
        rest = after;
    }
    found
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn pick<'t>(parts: &[&'t str], dice: &mut Dice) -> &'t str {
    parts.get(dice.below(parts.len())).copied().unwrap_or_default()
}

fn change_parts(parts: &[&str], others: &[&str], dice: &mut Dice) -> String {
    let mut parts = parts.to_vec();
    if parts.is_empty() {
        return pick(others, dice).to_owned();
    }
    let (at, to) = (dice.below(parts.len()), dice.below(parts.len()));
    match dice.below(8) {
        0 => drop(parts.remove(at)),
        1 => parts.insert(at, parts[to]),
        2 => parts.swap(at, to),
        3 => parts[at] = parts[to],
        4 => parts[at] = pick(others, dice),
        5 => parts.insert(at, pick(others, dice)),
        6 => parts.insert(at, pick(&STUMBLING, dice)),
        _ => drop(parts.drain(at..parts.len().min(at + 1 + dice.below(12)))),
    }
    parts.concat()
}

/// The head of one and the tail of the other.
fn splice(head: &[&str], tail: &[&str], dice: &mut Dice) -> String {
    let (to, from) = (dice.below(head.len() + 1), dice.below(tail.len() + 1));
    [&head[..to], &tail[from..]].concat().concat()
}

/// One name becomes another of the same text, everywhere or in one place.
fn rename(text: &str, dice: &mut Dice) -> String {
    let parts = tokens(text);
    let names: Vec<&str> =
        parts.iter().map(|part| part.trim_end()).filter(|part| part.starts_with(char::is_alphabetic)).collect();
    let (old, new) = (pick(&names, dice), pick(&names, dice));
    let everywhere = dice.below(2) == 0;
    let mut left = if everywhere { usize::MAX } else { 1 + dice.below(3) };
    let replaced = parts.iter().map(|part| {
        let space = &part[part.trim_end().len()..];
        if part.trim_end() != old || left == 0 {
            return (*part).to_owned();
        }
        left -= 1;
        format!("{new}{space}")
    });
    replaced.collect()
}

/// The token that closes the bracket at `open`.
fn closing(parts: &[&str], open: usize) -> Option<usize> {
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
fn block(parts: &[&str], dice: &mut Dice) -> Option<(usize, usize)> {
    let opening: Vec<usize> = (0..parts.len()).filter(|at| parts[*at].starts_with(['{', '(', '['])).collect();
    let open = *opening.get(dice.below(opening.len()))?;
    Some((open, closing(parts, open)?))
}

/// Every `@name(arguments)`, as ranges of tokens.
fn directives(parts: &[&str]) -> Vec<Range<usize>> {
    let begins = (0..parts.len().saturating_sub(1)).filter(|at| parts[*at] == "@");
    let end = |at: usize| match parts.get(at + 2) {
        Some(next) if next.starts_with('(') => closing(parts, at + 2).map_or(at + 2, |close| close + 1),
        _ => at + 2,
    };
    begins.map(|at| at..end(at)).collect()
}

/// One use of a directive goes, or another one stands there or beside it.
fn change_directives(text: &str, other: &str, dice: &mut Dice) -> String {
    let (parts, others) = (tokens(text), tokens(other));
    let (here, there) = (directives(&parts), directives(&others));
    let Some(place) = here.get(dice.below(here.len())) else { return text.to_owned() };
    let foreign = there.get(dice.below(there.len())).map(|range| others[range.clone()].concat());
    let own = here.get(dice.below(here.len())).map(|range| parts[range.clone()].concat());
    let new = match dice.below(5) {
        0 => None,
        1 | 2 => own,
        _ => foreign,
    };
    let from = if new.is_some() && dice.below(2) == 0 { place.end } else { place.start };
    let new = new.map_or_else(String::new, |text| format!(" {text} "));
    [parts[..from].concat(), new, parts[place.end..].concat()].concat()
}

/// What is between two brackets gives way to what is between two others of the same kind.
fn exchange_blocks(text: &str, other: &str, dice: &mut Dice) -> String {
    let (parts, others) = (tokens(text), tokens(if dice.below(2) == 0 { text } else { other }));
    let Some((open, close)) = block(&parts, dice) else { return text.to_owned() };
    let Some((from, to)) = (0..8).find_map(|_| block(&others, dice).filter(|found| others[found.0] == parts[open]))
    else {
        return text.to_owned();
    };
    [parts[..=open].concat(), others[from + 1..to].concat(), parts[close..].concat()].concat()
}

/// What is between two brackets stands there many times.
fn repeat_block(text: &str, dice: &mut Dice) -> String {
    let parts = tokens(text);
    let Some((open, close)) = block(&parts, dice) else { return text.to_owned() };
    let inner = parts[open + 1..close].concat();
    let times = (MAX_BYTES.saturating_sub(text.len()) / inner.len().max(1)).min(1 + dice.below(60));
    [parts[..=open].concat(), inner.repeat(times), parts[close..].concat()].concat()
}

/// A block, with the word before it, stands inside itself, again and again.
fn nest_block(text: &str, dice: &mut Dice) -> String {
    let parts = tokens(text);
    let Some((open, close)) = block(&parts, dice) else { return text.to_owned() };
    let from = open.saturating_sub(1 + dice.below(2));
    let (head, tail) = (parts[from..close].concat(), parts[close]);
    let room = MAX_BYTES.saturating_sub(text.len()) / (head.len() + tail.len());
    let times = room.min([1, 2, 5, 40, 300][dice.below(5)]);
    let nested = [head.repeat(times), tail.repeat(times)].concat();
    [parts[..close].concat(), nested, parts[close..].concat()].concat()
}

fn change_byte(text: &str, dice: &mut Dice) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let (at, byte) = (dice.below(bytes.len() + 1), dice.below(256) as u8);
    match (dice.below(3), bytes.get_mut(at)) {
        (0, Some(old)) => *old = byte,
        (1, Some(_)) => bytes.truncate(at),
        _ => bytes.insert(at, byte),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
