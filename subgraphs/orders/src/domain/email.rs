//! Email addresses of guests: enough of a check to catch slips, none to pretend that the address exists.

use std::{fmt, str::FromStr};

/// An address in lower case, so that `Asha@Example.com` and `asha@example.com` are one guest.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Email(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not an email address: write it as name@example.com")]
pub struct EmailError;

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        let (name, host) = text.rsplit_once('@').ok_or(EmailError)?;
        let printable = text.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"<>(),;:\\\"[]".contains(c));
        let labels = host.split('.').all(|label| !label.is_empty());
        // RFC 5321 section 4.5.3.1: 64 octets before the @, 254 in all.
        let fits = (1..=64).contains(&name.len()) && text.len() <= 254;
        if printable && labels && fits && host.contains('.') && !name.contains('@') {
            return Ok(Self(text.to_lowercase()));
        }
        Err(EmailError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_caught_and_case_is_one() {
        assert_eq!(" Asha@Example.COM ".parse::<Email>().unwrap().to_string(), "asha@example.com");
        for text in ["", "asha", "asha@", "@example.com", "a@b", "a b@c.de", "a@b..c", "a@b@c.de", "a@c.de\r\nBcc: x"] {
            assert!(text.parse::<Email>().is_err(), "{text}");
        }
    }
}
