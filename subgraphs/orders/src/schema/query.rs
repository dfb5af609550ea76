//! Reading orders.

use async_graphql::{Context, ID, Object};
use souk_contracts::{CustomerId, OrderId};
use souk_subgraph::{
    ApiError,
    auth::{RequiresScope, principal},
    graphql::or_null,
};

use super::{connection::OrderConnection, customer::Customer, enums::OrderStatus, loaders, order::OrderObject, shop};
use crate::{
    commands,
    domain::access::{self, READ},
};

#[derive(Debug, Default)]
pub struct OrderQuery;

#[Object]
impl OrderQuery {
    /// An order; null when there is none, or none that you may see: its owner, the holder of its guest token, staff.
    async fn order(&self, ctx: &Context<'_>, #[graphql(desc = "The order's id.")] id: ID) -> Option<OrderObject> {
        or_null(ctx, async move {
            let order = commands::visible_order(shop(ctx), principal(ctx), id.parse()?).await?;
            Ok(order.map(OrderObject))
        })
        .await
    }

    /// All orders, newest first.
    #[graphql(guard = "RequiresScope(READ)", requires_scopes = "orders:read")]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20, desc = "How many, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "An endCursor of this list.")] after: Option<String>,
        #[graphql(desc = "Only orders that stand here.")] status: Option<OrderStatus>,
    ) -> Result<OrderConnection, ApiError> {
        OrderConnection::of_status(ctx, status.map(Into::into), first, after.as_deref()).await
    }

    /// Orders that other subgraphs point at; a stranger's is null.
    #[graphql(entity)]
    async fn find_order_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<OrderObject>, ApiError> {
        let Ok(id) = id.parse::<OrderId>() else { return Ok(None) };
        let order = loaders(ctx).orders.one(id).await?;
        Ok(order.filter(|order| access::may_read(principal(ctx), order)).map(OrderObject))
    }

    /// Customers, for their orders.
    #[graphql(entity)]
    async fn find_customer_by_id(&self, id: ID) -> Option<Customer> {
        let id: CustomerId = id.parse().ok()?;
        Some(Customer { id: id.to_string().into() })
    }
}
