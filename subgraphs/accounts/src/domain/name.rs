//! A person's name: any script, any form, but something.

use super::Refusal;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// # Errors
    /// [`Refusal`] when empty, longer than 120 characters or with control characters.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let name = text.trim();
        let fits = (1..=120).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if fits { Ok(Self(name.to_owned())) } else { Err(Refusal("name must be 1 to 120 characters")) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
