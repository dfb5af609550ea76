//! Text into worse text: tokens, lines and blocks are taken out, doubled, swapped, spliced and nested.

use crate::{
    grammar,
    operations::Dice,
    tokens::{block, lines, pick, tokens, words},
};

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

/// One change of `text`, or a few, with parts of `other`. Most texts stay GraphQL if they can.
pub fn mutate(text: &str, other: &str, dice: &mut Dice) -> String {
    let change = if dice.below(6) > 0 { grammar::change } else { change };
    let changes = if dice.below(3) > 0 { 1 } else { 2 + dice.below(4) };
    (0..changes).fold(text.to_owned(), |text, _| change(&text, other, dice))
}

fn change(text: &str, other: &str, dice: &mut Dice) -> String {
    match dice.below(16) {
        0..=3 => change_parts(&tokens(text), &tokens(other), dice),
        4..=7 => change_parts(&lines(text), &lines(other), dice),
        8 => splice(&words(text), &words(other), dice),
        9 => splice(&lines(text), &lines(other), dice),
        10 => change_byte(text, dice),
        11 | 12 => repeat_block(text, dice),
        13 | 14 => nest_block(text, dice),
        _ => grammar::change(text, other, dice),
    }
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

/// A field with what it selects is asked for many times, under as many aliases.
pub fn alias_block(text: &str, dice: &mut Dice) -> String {
    let parts = tokens(text);
    let Some((open, close)) = block(&parts, dice).filter(|(open, _)| *open > 1) else { return text.to_owned() };
    let field = parts[open - 1..=close].concat();
    let is_field = parts[open].starts_with('{') && field.starts_with(|first: char| first.is_ascii_lowercase());
    if !is_field || !parts[open - 2].starts_with(['{', '}', ')']) {
        return text.to_owned();
    }
    let times = (MAX_BYTES.saturating_sub(text.len()) / field.len()).min([2, 10, 80][dice.below(3)]);
    let aliased: String = (0..times).fold(String::new(), |all, number| all + &format!("a{number}: {field} "));
    [parts[..=close].concat(), aliased, parts[close + 1..].concat()].concat()
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
