//! Changes that mostly leave GraphQL GraphQL, so that more than the parser sees them.

use std::ops::Range;

use crate::{
    operations::Dice,
    tokens::{block, closing, lines, pick, tokens, words},
};

/// One change of `text`, with parts of `other`.
pub fn change(text: &str, other: &str, dice: &mut Dice) -> String {
    match dice.below(16) {
        0..=4 => change_directives(text, other, dice),
        5 | 6 => change_string(text, other, dice),
        7 | 8 => rename(text, dice),
        9 | 10 => change_type(text, dice),
        11 | 12 => change_lines(&lines(text), &lines(other), is_field, dice),
        13 | 14 => change_lines(&definitions(text), &definitions(other), |_| true, dice),
        _ => exchange_blocks(text, other, dice),
    }
}

/// One name becomes another of the same text, everywhere or in one place.
fn rename(text: &str, dice: &mut Dice) -> String {
    let parts = words(text);
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

/// Every `@name(arguments)` but the links, as ranges of tokens.
fn directives(parts: &[&str]) -> Vec<Range<usize>> {
    let begins = (0..parts.len().saturating_sub(1)).filter(|at| parts[*at] == "@" && parts[at + 1] != "link");
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

/// What a string says: a name in it, or all of it.
fn change_string(text: &str, other: &str, dice: &mut Dice) -> String {
    let is_string = |part: &&str| part.starts_with('"');
    let mut parts = tokens(text);
    let own: Vec<usize> = (0..parts.len()).filter(|at| is_string(&parts[*at])).collect();
    let Some(at) = own.get(dice.below(own.len())).copied() else { return text.to_owned() };
    let foreign: Vec<&str> =
        tokens(if dice.below(2) == 0 { text } else { other }).into_iter().filter(is_string).collect();
    let inner = words(parts[at].trim_end().trim_matches('"'));
    let names = words(text);
    let (place, name) = (dice.below(inner.len()), pick(&names, dice).trim_end());
    let changed = match dice.below(4) {
        0 if !inner.is_empty() => format!("\"{}{name} {}\" ", inner[..place].concat(), inner[place..].concat()),
        1 if !inner.is_empty() => format!("\"{}{}\" ", inner[..place].concat(), inner[place + 1..].concat()),
        2 if !inner.is_empty() => format!("\"{}{name} {}\" ", inner[..place].concat(), inner[place + 1..].concat()),
        _ => pick(&foreign, dice).to_owned(),
    };
    parts[at] = &changed;
    parts.concat()
}

/// What comes after a colon: another name, a list of it, or never null.
fn change_type(text: &str, dice: &mut Dice) -> String {
    let mut parts = tokens(text);
    let after: Vec<usize> = (1..parts.len()).filter(|at| is_type(parts[at - 1], parts[*at])).collect();
    let Some(at) = after.get(dice.below(after.len())).copied() else { return text.to_owned() };
    let name = parts[at].trim_end();
    let changed = match dice.below(4) {
        0 => format!("[{name}] "),
        1 => format!("{name}! "),
        _ => parts[after[dice.below(after.len())]].to_owned(),
    };
    parts[at] = &changed;
    if parts.get(at + 1).is_some_and(|next| next.starts_with('!')) && dice.below(2) == 0 {
        parts[at + 1] = "\n";
    }
    parts.concat()
}

/// Types are written with a capital, what else stands behind a colon is not.
fn is_type(before: &str, part: &str) -> bool {
    before.trim_end() == ":" && part.starts_with(|first: char| first.is_ascii_uppercase())
}

fn is_field(line: &str) -> bool {
    line.starts_with(' ') && line.contains(':') && !line.contains("@link")
}

/// Cut where a definition begins in the first column.
fn definitions(text: &str) -> Vec<&str> {
    let begins: Vec<usize> = text
        .match_indices('\n')
        .map(|(at, _)| at + 1)
        .filter(|at| text[*at..].starts_with(|first: char| first.is_ascii_alphabetic()))
        .collect();
    let ends = begins.iter().copied().chain([text.len()]);
    let mut from = 0;
    ends.map(|to| &text[std::mem::replace(&mut from, to)..to]).collect()
}

/// One part goes, comes twice, or gives way to one from elsewhere.
fn change_lines(parts: &[&str], others: &[&str], which: impl Fn(&str) -> bool, dice: &mut Dice) -> String {
    let mut parts = parts.to_vec();
    let own: Vec<usize> = (0..parts.len()).filter(|at| which(parts[*at])).collect();
    let foreign: Vec<&str> = others.iter().copied().filter(|part| which(part)).collect();
    let Some(at) = own.get(dice.below(own.len())).copied() else { return parts.concat() };
    let to = own[dice.below(own.len())];
    match dice.below(6) {
        0 => drop(parts.remove(at)),
        1 => parts.swap(at, to),
        2 => parts[at] = parts[to],
        3 => parts[at] = pick(&foreign, dice),
        _ => parts.insert(at, pick(&foreign, dice)),
    }
    parts.concat()
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
