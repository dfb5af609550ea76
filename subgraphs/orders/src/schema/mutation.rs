//! Changing orders.

use async_graphql::{Context, Object};
use souk_subgraph::{
    ApiError,
    auth::{RequiresScope, SignedIn, principal},
};

use super::{
    inputs::{OrderAddressUpdateInput, OrderCancelInput, OrderDeliverInput, OrderPlaceInput, OrderShipInput},
    payloads::{OrderPayload, OrderPlacePayload},
    shop,
};
use crate::{
    commands::{self, CancelOrder, DeliverOrder, PlaceOrder},
    domain::access::WRITE,
};

#[derive(Debug, Default)]
pub struct OrderMutation;

#[Object]
impl OrderMutation {
    /// Places an order: prices it, reserves the units, takes the payment. Anyone may, guests with an email. Answers
    /// after at most 2 s with the order as it stands; what is left to do goes on by itself.
    async fn order_place(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to buy, how to pay, where to send it.")] input: OrderPlaceInput,
    ) -> Result<OrderPlacePayload, ApiError> {
        let idempotency_key = input.idempotency_key.clone();
        let checkout = match input.parse() {
            Ok(checkout) => checkout,
            Err(errors) => return Ok(OrderPlacePayload::refused(errors)),
        };
        let request = PlaceOrder { caller: principal(ctx).clone(), idempotency_key, checkout };
        OrderPlacePayload::of(commands::place_order(shop(ctx), request).await)
    }

    /// Changes the address of your order while it is not shipped.
    #[graphql(guard = "SignedIn")]
    async fn order_address_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order and its new address.")] input: OrderAddressUpdateInput,
    ) -> Result<OrderPayload, ApiError> {
        let id = input.id.parse()?;
        match input.shipping_address.parse(&["shippingAddress"]) {
            Ok(address) => OrderPayload::of(commands::update_address(shop(ctx), principal(ctx), id, address).await),
            Err(errors) => Ok(OrderPayload::refused(errors)),
        }
    }

    /// Cancels an order that is not shipped: its units go back, its money is given back. For its owner, the holder
    /// of its guest token, and staff (orders:write).
    #[graphql(guard = "SignedIn")]
    async fn order_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order and the reason.")] input: OrderCancelInput,
    ) -> Result<OrderPayload, ApiError> {
        let id = input.id.parse()?;
        let reason = match input.reason() {
            Ok(reason) => reason,
            Err(error) => return Ok(OrderPayload::refused(vec![error])),
        };
        let request =
            CancelOrder { caller: principal(ctx).clone(), id, reason, idempotency_key: input.idempotency_key };
        OrderPayload::of(commands::cancel_order(shop(ctx), request).await)
    }

    /// Tells that the parcel has left the house.
    #[graphql(guard = "RequiresScope(WRITE)", requires_scopes = "orders:write")]
    async fn order_ship(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order and the carrier's number.")] input: OrderShipInput,
    ) -> Result<OrderPayload, ApiError> {
        let id = input.id.parse()?;
        match input.tracking_number() {
            Ok(number) => OrderPayload::of(commands::ship_order(shop(ctx), id, number.as_deref()).await),
            Err(error) => Ok(OrderPayload::refused(vec![error])),
        }
    }

    /// Tells that the parcel was handed over; cash on delivery is captured.
    #[graphql(guard = "RequiresScope(WRITE)", requires_scopes = "orders:write")]
    async fn order_deliver(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order.")] input: OrderDeliverInput,
    ) -> Result<OrderPayload, ApiError> {
        let id = input.id.parse()?;
        let request = DeliverOrder { caller: principal(ctx).clone(), id, idempotency_key: input.idempotency_key };
        OrderPayload::of(commands::deliver_order(shop(ctx), request).await)
    }
}
