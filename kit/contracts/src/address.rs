//! Postal addresses, as they cross from clients to accounts and orders.

use serde::{Deserialize, Serialize};

/// A checked postal address. Country is ISO 3166-1 alpha-2 in upper case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostalAddress {
    pub name: String,
    pub line1: String,
    pub line2: Option<String>,
    pub city: String,
    pub region: Option<String>,
    pub postal_code: String,
    pub country_code: String,
    pub phone: Option<String>,
}

/// A field of an address that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct AddressFault {
    /// The field's name in the graph, e.g. `postalCode`.
    pub field: &'static str,
    pub problem: String,
}

impl PostalAddress {
    /// Checks and trims; empty optional fields become None.
    ///
    /// # Errors
    /// Every fault, in the order of the fields.
    pub fn parse(raw: Self) -> Result<Self, Vec<AddressFault>> {
        let mut faults = Vec::new();
        let mut required = |field, text: String, limit| {
            let text = text.trim().to_owned();
            if text.is_empty() {
                faults.push(AddressFault { field, problem: "must not be empty".to_owned() });
            } else if text.chars().count() > limit || text.chars().any(char::is_control) {
                faults.push(AddressFault { field, problem: format!("must be at most {limit} printable characters") });
            }
            text
        };
        let mut address = Self {
            name: required("name", raw.name, 120),
            line1: required("line1", raw.line1, 120),
            city: required("city", raw.city, 80),
            postal_code: required("postalCode", raw.postal_code, 16),
            country_code: required("countryCode", raw.country_code, 2).to_ascii_uppercase(),
            line2: None,
            region: None,
            phone: None,
        };
        let optional =
            |required: &mut dyn FnMut(&'static str, String, usize) -> String, field, text: Option<String>, limit| {
                text.filter(|text| !text.trim().is_empty()).map(|text| required(field, text, limit))
            };
        address.line2 = optional(&mut required, "line2", raw.line2, 120);
        address.region = optional(&mut required, "region", raw.region, 80);
        address.phone = optional(&mut required, "phone", raw.phone, 32);
        let country = address.country_code.as_bytes();
        if country.len() != 2 || !country.iter().all(u8::is_ascii_uppercase) {
            faults.push(AddressFault {
                field: "countryCode",
                problem: "must be two letters, e.g. IN (ISO 3166-1)".to_owned(),
            });
        }
        if faults.is_empty() { Ok(address) } else { Err(faults) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(country_code: &str, city: &str) -> PostalAddress {
        PostalAddress {
            name: " Asha Rao ".into(),
            line1: "12 Bazaar Road".into(),
            line2: Some("  ".into()),
            city: city.into(),
            region: None,
            postal_code: "411001".into(),
            country_code: country_code.into(),
            phone: None,
        }
    }

    #[test]
    fn addresses_are_trimmed_and_countries_upper_case() {
        let address = PostalAddress::parse(raw("in", "Pune")).unwrap();
        assert_eq!((address.name.as_str(), address.country_code.as_str(), address.line2), ("Asha Rao", "IN", None));
    }

    #[test]
    fn every_fault_is_named() {
        let faults = PostalAddress::parse(raw("India", "")).unwrap_err();
        let fields: Vec<_> = faults.iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["city", "countryCode", "countryCode"]);
    }
}
