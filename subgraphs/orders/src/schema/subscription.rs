//! Watching an order, live.
//!
//! The tail of orders.events is opened first and the rows are read after, so nothing falls between; versions that
//! were given already are passed over. Whenever the tail skips one, the history fills the gap. So any instance can
//! serve any order, and the stream stays open after an end: a refund may follow.

use async_graphql::{ComplexObject, Context, ID, SimpleObject, Subscription as GraphqlSubscription};
use chrono::{DateTime, Utc};
use futures_util::Stream;
use souk_contracts::{
    OrderId,
    events::{Envelope, OrderChanged},
};
use souk_subgraph::{
    ApiError,
    auth::principal,
    error::ErrorCode,
    kafka::{Tail, TailMessage},
};

use super::{
    enums::{OrderStatus, PaymentStatus},
    loaders,
    order::OrderObject,
    shop,
};
use crate::{commands, domain::Change, store};

#[derive(Debug, Clone, Copy)]
pub struct Subscription;

/// A change of an order, or how it stands when you begin to watch.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct OrderStatusChange {
    #[graphql(skip)]
    id: OrderId,
    /// The status before this change; null when it was placed.
    pub previous_status: Option<OrderStatus>,
    /// The status after it; the same as before when only paymentStatus changed.
    pub status: OrderStatus,
    /// The payment status after it.
    pub payment_status: PaymentStatus,
    /// The order's version after it; strictly rising.
    pub version: u64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Pass it as `after` to go on from here.
    pub cursor: String,
}

#[ComplexObject]
impl OrderStatusChange {
    /// The order as it stands now; it may be ahead of this change.
    async fn order(&self, ctx: &Context<'_>) -> Result<OrderObject, ApiError> {
        let order = loaders(ctx).orders.one(self.id).await?;
        order.map(OrderObject).ok_or_else(not_found)
    }
}

#[GraphqlSubscription]
impl Subscription {
    /// Follows one order: how it stands first, then every change. For its owner, the holder of its guest token, and
    /// staff (orders:read).
    async fn order_status_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order to follow.")] order_id: ID,
        #[graphql(desc = "The cursor of the last change you have: you get what came after it.")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<OrderStatusChange, ApiError>> + use<>, ApiError> {
        let id: OrderId = order_id.parse()?;
        let shop = shop(ctx).clone();
        let order = commands::visible_order(&shop, principal(ctx), id).await?.ok_or_else(not_found)?;
        let have = after.map(|cursor| parse_cursor(&cursor, order.version)).transpose()?;
        Ok(follow(shop, ctx.data_unchecked::<Tail>().clone(), id, have))
    }
}

fn follow(
    shop: crate::shop::Shop,
    tail: Tail,
    id: OrderId,
    have: Option<u64>,
) -> impl Stream<Item = Result<OrderStatusChange, ApiError>> {
    async_stream::try_stream! {
        tail.opened().await;
        let mut events = tail.subscribe(&id.to_string());
        let mut last = have.unwrap_or(0);
        let mut missed = store::history::since(&shop.db, id, last).await?;
        if have.is_none() {
            // Without a cursor the newest row is the snapshot.
            missed.drain(..missed.len().saturating_sub(1));
        }
        loop {
            for change in missed.drain(..) {
                last = change.version;
                yield OrderStatusChange::of(id, change);
            }
            match events.next().await {
                None => break,
                Some(TailMessage::Event(event)) if event.version <= last => {}
                Some(TailMessage::Event(event)) if event.version == last + 1 => missed.push(change_of(&event)?),
                Some(TailMessage::Event(_) | TailMessage::Gap) => {
                    missed = store::history::since(&shop.db, id, last).await?;
                }
            }
        }
    }
}

impl OrderStatusChange {
    fn of(id: OrderId, change: Change) -> Self {
        Self {
            id,
            previous_status: change.from.map(OrderStatus::from),
            status: change.to.into(),
            payment_status: change.payment_status.into(),
            cursor: change.version.to_string(),
            version: change.version,
            at: change.at,
        }
    }
}

fn change_of(event: &Envelope) -> Result<Change, ApiError> {
    let broken = |error: String| ApiError::internal(&format!("event {} of {}: {error}", event.id, event.subject));
    let body: OrderChanged = event.body().map_err(|error| broken(error.to_string()))?;
    Ok(Change {
        from: body.previous_status.map(|status| status.parse()).transpose().map_err(broken)?,
        to: body.status.parse().map_err(broken)?,
        payment_status: body.payment_status.parse().map_err(broken)?,
        version: body.version,
        reason: body.reason,
        at: body.at,
    })
}

fn parse_cursor(cursor: &str, newest: u64) -> Result<u64, ApiError> {
    match cursor.parse() {
        Ok(version) if version <= newest => Ok(version),
        _ => Err(ApiError::bad_input("after is not a cursor of this order: pass one that orderStatusChanged gave you")),
    }
}

fn not_found() -> ApiError {
    ApiError::new(ErrorCode::NotFound, "there is no order with this id that you may follow")
}
