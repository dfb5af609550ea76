//! What payments adds to orders.

use async_graphql::{ComplexObject, Context, ID, SimpleObject};
use souk_contracts::OrderId;
use souk_subgraph::{auth, graphql::or_null};

use super::{
    loaders,
    payment::{Payment, may_see},
};

/// An order; payments adds how it is paid.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Order {
    /// Opaque id, `ord_...`.
    pub id: ID,
    #[graphql(skip)]
    key: OrderId,
}

impl Order {
    pub fn new(key: OrderId) -> Self {
        Self { id: key.to_string().into(), key }
    }
}

#[ComplexObject]
impl Order {
    /// The payments of this order, oldest first; null when the service cannot be reached.
    async fn payments(&self, ctx: &Context<'_>) -> Option<Vec<Payment>> {
        or_null(ctx, async move {
            let caller = auth::principal(ctx);
            let found = ctx.data_unchecked::<loaders::PaymentsOfOrders>().one(self.key).await?.unwrap_or_default();
            let seen = found.iter().filter(|payment| may_see(caller, payment));
            Ok(Some(seen.map(|payment| Payment::for_caller(payment, caller)).collect()))
        })
        .await
    }
}
