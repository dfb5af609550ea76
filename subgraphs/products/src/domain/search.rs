//! What a text search means.
//!
//! A product matches when each word of the phrase occurs in its title, tags, skus or description, also inside
//! longer words, without regard to case and accents. RELEVANCE ranks, best first: 0 the title is the phrase, 1 the
//! title begins with it, 2 the title holds every word, 3 the rest; within a rank the newest comes first. Ranks are
//! whole numbers, so a cursor into them is exact, which a full-text score would not be.

use super::Tag;

/// Words of a phrase that count; a longer phrase is refused.
const WORDS_MAX: usize = 10;
const LENGTH_MAX: usize = 200;

/// A phrase to search for; it has at least one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPhrase {
    words: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("text must be {LENGTH_MAX} characters and {WORDS_MAX} words at most")]
pub struct SearchError;

impl SearchPhrase {
    /// None for a blank text, which filters nothing.
    ///
    /// # Errors
    /// [`SearchError`].
    pub fn parse(text: &str) -> Result<Option<Self>, SearchError> {
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        if text.chars().count() > LENGTH_MAX || words.len() > WORDS_MAX {
            return Err(SearchError);
        }
        Ok((!words.is_empty()).then_some(Self { words }))
    }

    pub fn text(&self) -> String {
        self.words.join(" ")
    }

    /// A LIKE pattern for a title that begins with the phrase.
    pub fn prefix_pattern(&self) -> String {
        format!("{}%", escaped(&self.text()))
    }

    /// LIKE patterns, one a word.
    pub fn word_patterns(&self) -> impl Iterator<Item = String> {
        self.words.iter().map(|word| format!("%{}%", escaped(word)))
    }
}

/// LIKE's own signs stand for themselves in a phrase.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// What a product's searches look into, one part a line.
pub fn search_text<'a>(
    title: &'a str,
    tags: &'a [Tag],
    skus: impl IntoIterator<Item = &'a str>,
    description: &'a str,
) -> String {
    let tags = tags.iter().map(Tag::as_str);
    [title].into_iter().chain(tags).chain(skus).chain([description]).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_its_words() {
        let phrase = SearchPhrase::parse("  Blue   MUG_50% ").unwrap().unwrap();
        assert_eq!(phrase.text(), "blue mug_50%");
        assert_eq!(phrase.word_patterns().collect::<Vec<_>>(), ["%blue%", "%mug\\_50\\%%"]);
        assert_eq!(SearchPhrase::parse(" \t"), Ok(None));
        assert!(SearchPhrase::parse(&"a ".repeat(11)).is_err());
        assert!(SearchPhrase::parse(&"a".repeat(201)).is_err());
    }
}
