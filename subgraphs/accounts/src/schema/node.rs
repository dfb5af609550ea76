//! The interface Node.

use async_graphql::{ID, Interface};

use super::customer::Customer;

/// A thing with a globally unique, opaque id.
#[derive(Debug, Interface)]
#[graphql(field(name = "id", ty = "&ID", desc = "Globally unique, opaque id."))]
pub enum Node {
    Customer(Customer),
}
