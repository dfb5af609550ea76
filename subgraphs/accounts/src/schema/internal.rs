//! Operations for our own services; not in the graph that clients see.

use async_graphql::{Context, ID, Object, SimpleObject};
use souk_contracts::CustomerId;
use souk_subgraph::{ApiError, auth::CalledBy};

use super::loaders;

/// Where a customer is reached.
#[derive(Debug, SimpleObject)]
#[graphql(inaccessible)]
pub struct CustomerContact {
    /// Opaque id, `cus_...`.
    pub id: ID,
    /// Email address.
    pub email: String,
    /// Name as the customer writes it.
    pub name: String,
}

#[derive(Default)]
pub struct InternalQuery;

#[Object]
impl InternalQuery {
    /// Where a customer is reached; null for an unknown id. For orders and notifications.
    #[graphql(inaccessible, guard = "CalledBy(&[\"orders\", \"notifications\"])")]
    async fn customer_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer's id.")] id: ID,
    ) -> Result<Option<CustomerContact>, ApiError> {
        let id: CustomerId = id.parse()?;
        let row = ctx.data_unchecked::<loaders::Customers>().one(id).await?;
        Ok(row.map(|row| CustomerContact { id: row.id.to_string().into(), email: row.email, name: row.name }))
    }
}
