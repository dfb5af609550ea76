//! Customers in the graph.

use async_graphql::{ComplexObject, Context, ID, SimpleObject};
use souk_contracts::{CustomerId, identity::Principal};
use souk_subgraph::{ApiError, graphql::Address};

use super::{address::address, loaders};
use crate::store::CustomerRow;

/// A person with an account.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Customer {
    /// Opaque id, `cus_...`.
    pub id: ID,
    /// Email address: login name, and where messages go.
    pub email: String,
    /// Name as the customer writes it.
    pub name: String,
    #[graphql(skip)]
    key: CustomerId,
}

impl Customer {
    pub fn new(row: CustomerRow) -> Self {
        Self { id: row.id.to_string().into(), email: row.email, name: row.name, key: row.id }
    }
}

#[ComplexObject]
impl Customer {
    /// The customer's address book, oldest first.
    async fn addresses(&self, ctx: &Context<'_>) -> Result<Vec<Address>, ApiError> {
        let rows = ctx.data_unchecked::<loaders::Addresses>().one(self.key).await?.unwrap_or_default();
        Ok(rows.into_iter().map(address).collect())
    }
}

/// Customers see themselves; staff who see orders see whose they are.
pub fn may_see(caller: &Principal, id: CustomerId) -> bool {
    caller.customer_id() == Some(id) || caller.has_scope("orders:read") || caller.has_scope("accounts:read")
}
