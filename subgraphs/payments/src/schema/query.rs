//! Queries of payments.

use async_graphql::{Context, ID, Object};
use souk_contracts::{CurrencyCode, PaymentId};
use souk_subgraph::{ApiError, auth};

use super::{
    loaders,
    order::Order,
    payment::{Payment, PaymentMethodInfo, may_see},
};
use crate::domain::Method;

#[derive(Debug, Default)]
pub struct PaymentsQuery;

#[Object]
impl PaymentsQuery {
    /// How orders can be paid.
    async fn payment_methods(&self) -> Vec<PaymentMethodInfo> {
        let currencies: Vec<_> = CurrencyCode::ALL.into_iter().map(Into::into).collect();
        let info = |method: Method| PaymentMethodInfo {
            method: method.into(),
            name: method.name().to_owned(),
            currencies: currencies.clone(),
        };
        Method::ALL.map(info).into()
    }

    #[graphql(entity)]
    async fn order_by_id(&self, id: ID) -> Option<Order> {
        id.parse().ok().map(Order::new)
    }

    #[graphql(entity)]
    async fn payment_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Payment>, ApiError> {
        let Ok(id) = id.parse::<PaymentId>() else { return Ok(None) };
        let caller = auth::principal(ctx);
        let found = ctx.data_unchecked::<loaders::Payments>().one(id).await?;
        Ok(found.filter(|payment| may_see(caller, payment)).map(|payment| Payment::for_caller(&payment, caller)))
    }
}
