//! What can be done with orders, a file a command.

mod cancel_order;
mod deliver_order;
mod error;
mod guest_token;
mod persist;
mod place_order;
mod reconcile;
mod record_payment;
mod saga;
mod settle;
mod ship_order;
mod update_address;

pub use cancel_order::{CancelOrder, cancel_order};
pub use deliver_order::{DeliverOrder, deliver_order};
pub use error::CommandError;
pub use place_order::{Checkout, PlaceOrder, Placed, place_order};
pub use reconcile::Ledger;
pub use record_payment::{record_payment, record_payment_in};
pub use saga::worker::worker;
pub use ship_order::ship_order;
pub use update_address::update_address;

use souk_contracts::{OrderId, identity::Principal};
use souk_subgraph::StoreError;

use crate::{
    domain::{Order, Refusal, access},
    shop::Shop,
    store,
};

/// The order, whoever asks: for internal operations.
///
/// # Errors
/// [`StoreError`].
pub async fn read_order(shop: &Shop, id: OrderId) -> Result<Option<Order>, StoreError> {
    store::orders::find(&shop.db, id).await
}

/// The order, when this caller may see it; to others it does not exist.
///
/// # Errors
/// [`StoreError`].
pub async fn visible_order(shop: &Shop, caller: &Principal, id: OrderId) -> Result<Option<Order>, StoreError> {
    Ok(read_order(shop, id).await?.filter(|order| access::may_read(caller, order)))
}

/// Who the caller is to idempotency keys: guests are their email.
fn key_holder(caller: &Principal, order: &Order) -> String {
    match (caller.customer_id(), &order.email) {
        (Some(id), _) => id.to_string(),
        (None, Some(email)) => email.clone(),
        (None, None) => caller.to_string(),
    }
}

/// The row as it is now, after a replay or when another has gone on with it.
async fn as_it_stands(shop: &Shop, id: OrderId) -> Result<Order, CommandError> {
    read_order(shop, id).await?.ok_or_else(|| Refusal::NotFound.into())
}
