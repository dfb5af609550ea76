//! Another address, while the parcel is still here.

use souk_contracts::{OrderId, PostalAddress, identity::Principal};
use souk_subgraph::db::in_transaction;

use super::CommandError;
use crate::{
    domain::{Order, Refusal, access},
    shop::Shop,
    store,
};

/// Changes the shipping address. It moves no status, so it makes no version and no event.
///
/// # Errors
/// [`Refusal::NotFound`] for all but the owner, [`Refusal::AddressFixed`] once shipped or ended.
pub async fn update_address(
    shop: &Shop,
    caller: &Principal,
    id: OrderId,
    address: PostalAddress,
) -> Result<Order, CommandError> {
    let address = &address;
    in_transaction(&shop.db, |tx| {
        Box::pin(async move {
            let found = store::orders::lock(tx, id).await?.filter(|order| access::owns(caller, order));
            let mut order = found.ok_or(Refusal::NotFound)?;
            if order.ending.is_some() || !order.status.may_change_address() {
                return Err(CommandError::from(Refusal::AddressFixed(order.status)));
            }
            store::changes::address(tx, id, address).await?;
            order.shipping_address = address.clone();
            Ok(order)
        })
    })
    .await
}
