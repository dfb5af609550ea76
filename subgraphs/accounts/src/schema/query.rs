//! Queries of accounts.

use async_graphql::{Context, ID, Object};
use souk_contracts::CustomerId;
use souk_subgraph::{ApiError, auth};

use super::{
    customer::{Customer, may_see},
    loaders,
};

#[derive(Default)]
pub struct AccountsQuery;

#[Object]
impl AccountsQuery {
    /// The customer who is signed in; null for guests.
    async fn me(&self, ctx: &Context<'_>) -> Result<Option<Customer>, ApiError> {
        let Some(id) = auth::principal(ctx).customer_id() else { return Ok(None) };
        let row = ctx.data_unchecked::<loaders::Customers>().one(id).await?;
        Ok(row.map(Customer::new))
    }

    #[graphql(entity)]
    async fn customer_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Customer>, ApiError> {
        let id: CustomerId = id.parse()?;
        if !may_see(auth::principal(ctx), id) {
            return Ok(None);
        }
        let row = ctx.data_unchecked::<loaders::Customers>().one(id).await?;
        Ok(row.map(Customer::new))
    }
}
