//! Passwords in clear, for as long as it takes to hash them.

use secrecy::SecretString;

use super::Refusal;

/// 8 to 128 characters, nothing else asked for (NIST SP 800-63B section 3.1.1.2).
#[derive(Debug, Clone)]
pub struct Password(pub SecretString);

impl Password {
    /// # Errors
    /// [`Refusal`] outside the length.
    pub fn parse(text: String) -> Result<Self, Refusal> {
        if (8..=128).contains(&text.chars().count()) {
            Ok(Self(text.into()))
        } else {
            Err(Refusal("password must be 8 to 128 characters"))
        }
    }
}
