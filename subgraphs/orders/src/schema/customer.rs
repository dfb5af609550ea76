//! Types of other subgraphs that orders adds to or points at.

use async_graphql::{ComplexObject, Context, ID, SimpleObject};
use souk_contracts::CustomerId;
use souk_subgraph::{
    ApiError,
    auth::{principal, require_scope},
    graphql::or_null,
};

use super::connection::OrderConnection;
use crate::domain::access;

/// A customer, with their orders.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Customer {
    /// The customer.
    pub id: ID,
}

#[ComplexObject]
impl Customer {
    /// The customer's orders, newest first. For the customer and for staff (orders:read).
    async fn orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20, desc = "How many, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "An endCursor of this list.")] after: Option<String>,
    ) -> Option<OrderConnection> {
        or_null(ctx, self.page_of_orders(ctx, first, after)).await
    }
}

impl Customer {
    async fn page_of_orders(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Option<OrderConnection>, ApiError> {
        let customer: CustomerId = self.id.parse()?;
        let caller = principal(ctx);
        if caller.customer_id() != Some(customer) {
            require_scope(caller, access::READ)?;
        }
        OrderConnection::of_customer(ctx, customer, first, after.as_deref()).await.map(Some)
    }
}

/// A variant of the catalogue.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(unresolvable = "sku")]
pub struct ProductVariant {
    /// The stock keeping unit.
    pub sku: String,
}
