//! Texts of the inventory, each with its limits.

/// Why stock was corrected, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

/// 1 to 32 of `a-z 0-9 -`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarehouseName(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("a reason is 1 to 200 characters on one line")]
    Reason,
    #[error("a warehouse's name is 1 to 32 lower-case letters, digits and '-'")]
    Warehouse,
}

impl Reason {
    /// # Errors
    /// [`TextError::Reason`].
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        let fits = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits { Ok(Self(text.to_owned())) } else { Err(TextError::Reason) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl WarehouseName {
    /// # Errors
    /// [`TextError::Warehouse`].
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits = (1..=32).contains(&text.len()) && text.bytes().all(letter);
        if fits { Ok(Self(text.to_owned())) } else { Err(TextError::Warehouse) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_their_limits() {
        assert_eq!(Reason::parse(" counted ").unwrap().as_str(), "counted");
        for text in ["", "  ", "a\nb", &"x".repeat(201)] {
            assert!(Reason::parse(text).is_err(), "{text}");
        }
        assert_eq!(WarehouseName::parse("main-2").unwrap().as_str(), "main-2");
        for text in ["", "Main", "a b", "a@b", &"x".repeat(33)] {
            assert!(WarehouseName::parse(text).is_err(), "{text}");
        }
    }
}
