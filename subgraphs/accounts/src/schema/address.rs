//! The address book in the graph.

use async_graphql::SimpleObject;
use souk_subgraph::graphql::{Address, UserError};

use crate::store::AddressRow;

/// Outcome of a change to the address book.
#[derive(Debug, SimpleObject)]
pub struct AddressPayload {
    /// The address saved or removed; null when refused.
    pub address: Option<Address>,
    /// Why it was refused; empty when done.
    pub user_errors: Vec<UserError>,
}

pub fn address(row: AddressRow) -> Address {
    Address::new(Some(row.id.to_string()), row.address)
}
