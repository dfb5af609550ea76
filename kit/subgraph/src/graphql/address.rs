//! Addresses in the graph: those that customers keep (accounts) and those that orders ship to.

use async_graphql::{ID, InputObject, SimpleObject};
use souk_contracts::PostalAddress;

use super::{UserError, UserErrorCode};

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
#[graphql(shareable)]
pub struct Address {
    /// Id in the customer's address book; null for the address of an order.
    pub id: Option<ID>,
    /// Who receives the parcel.
    pub name: String,
    /// Street and number.
    pub line1: String,
    /// Floor, flat, care of.
    pub line2: Option<String>,
    /// City or town.
    pub city: String,
    /// State, province or region.
    pub region: Option<String>,
    /// Postal or ZIP code.
    pub postal_code: String,
    /// Country as two letters (ISO 3166-1), e.g. IN.
    pub country_code: String,
    /// Phone number for the carrier.
    pub phone: Option<String>,
}

/// A postal address as input.
#[derive(Debug, Clone, PartialEq, Eq, InputObject, serde::Serialize)]
pub struct AddressInput {
    /// Who receives the parcel.
    pub name: String,
    /// Street and number.
    pub line1: String,
    /// Floor, flat, care of.
    pub line2: Option<String>,
    /// City or town.
    pub city: String,
    /// State, province or region.
    pub region: Option<String>,
    /// Postal or ZIP code.
    pub postal_code: String,
    /// Country as two letters (ISO 3166-1), e.g. IN.
    pub country_code: String,
    /// Phone number for the carrier.
    pub phone: Option<String>,
}

impl Address {
    pub fn new(id: Option<String>, address: PostalAddress) -> Self {
        Self {
            id: id.map(ID),
            name: address.name,
            line1: address.line1,
            line2: address.line2,
            city: address.city,
            region: address.region,
            postal_code: address.postal_code,
            country_code: address.country_code,
            phone: address.phone,
        }
    }
}

impl AddressInput {
    /// The checked address, or a user error for each field that cannot be accepted; `at` is the path of the input.
    ///
    /// # Errors
    /// INVALID for each faulty field.
    pub fn parse(self, at: &[&str]) -> Result<PostalAddress, Vec<UserError>> {
        let raw = PostalAddress {
            name: self.name,
            line1: self.line1,
            line2: self.line2,
            city: self.city,
            region: self.region,
            postal_code: self.postal_code,
            country_code: self.country_code,
            phone: self.phone,
        };
        PostalAddress::parse(raw).map_err(|faults| {
            let told = faults.into_iter().map(|fault| {
                let path = at.iter().copied().chain([fault.field]);
                UserError::at(UserErrorCode::Invalid, path, fault.to_string())
            });
            told.collect()
        })
    }
}
