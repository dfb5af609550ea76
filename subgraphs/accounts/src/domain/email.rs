//! Email addresses: a login name and where mail goes. Never in a log.

use super::Refusal;

/// Trimmed and in lower case, so that one person has one account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Checks the shape only; whether mail arrives is found out by sending some.
    ///
    /// # Errors
    /// [`Refusal`] for what cannot be an address.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let email = text.trim().to_lowercase();
        let shaped = email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && domain.contains('.')
                && !domain.contains('@')
                && domain.split('.').all(|label| !label.is_empty())
                && domain.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-'))
        });
        let plain = email.chars().all(|letter| !letter.is_whitespace() && !letter.is_control());
        // 254: RFC 5321's limit of a path, less its brackets
        if shaped && plain && email.len() <= 254 {
            Ok(Self(email))
        } else {
            Err(Refusal("email must look like name@example.com"))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_trimmed_and_in_lower_case() {
        assert_eq!(Email::parse(" Asha.Rao@Example.com ").unwrap().as_str(), "asha.rao@example.com");
    }

    #[test]
    fn what_cannot_be_an_address_is_refused() {
        for text in [
            "",
            "asha",
            "@example.com",
            "asha@",
            "asha@example",
            "a b@example.com",
            "a@b@c.de",
            "a@.de",
            "a@b..de",
            "a@b.de\r\nBcc: x@y.z",
        ] {
            assert!(Email::parse(text).is_err(), "{text}");
        }
    }
}
