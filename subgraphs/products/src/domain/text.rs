//! Texts of the catalogue, each with its limits.

/// A text that was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("must not be empty")]
    Empty,
    #[error("must be {0} characters at most")]
    TooLong(usize),
    #[error("must not hold control characters")]
    Control,
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $min:literal to $max:literal, newlines $newlines:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// # Errors
            /// [`TextError`].
            pub fn parse(text: &str) -> Result<Self, TextError> {
                trimmed(text, $min, $max, $newlines).map(|text| Self(text.to_owned()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    )*};
}

texts! {
    /// The title of a product or variant.
    Title: 1 to 200, newlines false;
    /// A product's description, plain text.
    Description: 0 to 10_000, newlines true;
    /// A category's name.
    CategoryName: 1 to 120, newlines false;
}

/// A tag, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    /// # Errors
    /// [`TextError`].
    pub fn parse(text: &str) -> Result<Self, TextError> {
        trimmed(text, 1, 40, false).map(|text| Self(text.to_lowercase()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn trimmed(text: &str, min: usize, max: usize, newlines: bool) -> Result<&str, TextError> {
    let text = text.trim();
    let length = text.chars().count();
    if length < min {
        return Err(TextError::Empty);
    }
    if length > max {
        return Err(TextError::TooLong(max));
    }
    let allowed = |c: char| !c.is_control() || (newlines && matches!(c, '\n' | '\r' | '\t'));
    if text.chars().all(allowed) { Ok(text) } else { Err(TextError::Control) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_trimmed_and_limited() {
        assert_eq!(Title::parse("  Blue mug ").unwrap().as_str(), "Blue mug");
        assert_eq!(Title::parse(" "), Err(TextError::Empty));
        assert_eq!(Title::parse(&"x".repeat(201)), Err(TextError::TooLong(200)));
        assert_eq!(Title::parse("a\nb"), Err(TextError::Control));
        assert_eq!(Description::parse("a\nb").unwrap().as_str(), "a\nb");
        assert_eq!(Tag::parse("Gift Idea").unwrap().as_str(), "gift idea");
    }
}
