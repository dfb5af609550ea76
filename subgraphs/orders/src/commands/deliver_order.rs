//! The parcel was handed over; what was to be paid at the door is paid.

use souk_contracts::{OrderId, identity::Principal};
use souk_process::clock;
use souk_subgraph::{
    db::in_transaction,
    idempotency::{IdempotencyKey, Seen},
};

use super::{CommandError, as_it_stands, key_holder, persist, settle};
use crate::{
    clients::payments::{ByOrder, PaymentCapture},
    domain::{
        Order, OrderAction, PaymentAction, PaymentMethod, PaymentStatus, Progress, Refusal, payment::PaymentFact,
    },
    shop::Shop,
    store,
};

#[derive(Debug, Clone)]
pub struct DeliverOrder {
    pub caller: Principal,
    pub id: OrderId,
    pub idempotency_key: String,
}

/// SHIPPED becomes DELIVERED. Cash on delivery is captured first: an order is never DELIVERED unpaid.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::InvalidTransition`]; [`CommandError::Client`] when payments cannot be reached:
/// nothing has changed, the same request may be sent again.
pub async fn deliver_order(shop: &Shop, request: DeliverOrder) -> Result<Order, CommandError> {
    let order = as_it_stands(shop, request.id).await?;
    let holder = key_holder(&request.caller, &order);
    let key = IdempotencyKey::parse(&holder, "orderDeliver", &request.idempotency_key, &request.id)
        .map_err(CommandError::Request)?;
    match key.find(&shop.db).await? {
        Seen::Replay { .. } => return Ok(order),
        Seen::Reused => return Err(Refusal::KeyReused.into()),
        Seen::Fresh => order.check(OrderAction::Deliver)?,
    }
    let cash = capture(shop, &order).await?;
    deliver(shop, request.id, &key, cash.as_ref()).await
}

/// Takes the cash of an order that is paid at the door; asked again, it is taken once.
async fn capture(shop: &Shop, order: &Order) -> Result<Option<PaymentFact>, CommandError> {
    if order.payment_method != PaymentMethod::CashOnDelivery || order.payment_status != PaymentStatus::Authorized {
        return Ok(None);
    }
    let fact = shop.client.call::<PaymentCapture>(&ByOrder { order_id: order.id }).await?.payment.fact()?;
    if fact.captured != order.totals.total {
        let reason = format!("{} of {} were captured for {}", fact.captured, order.totals.total, order.id);
        return Err(CommandError::Broken(reason));
    }
    Ok(Some(fact))
}

async fn deliver(
    shop: &Shop,
    id: OrderId,
    key: &IdempotencyKey,
    cash: Option<&PaymentFact>,
) -> Result<Order, CommandError> {
    let order = in_transaction(&shop.db, |tx| {
        Box::pin(async move {
            let order = store::orders::lock(tx, id).await?.ok_or(Refusal::NotFound)?;
            match key.record(tx, &id.to_string()).await? {
                Seen::Fresh => {}
                Seen::Replay { .. } => return Ok(order),
                Seen::Reused => return Err(CommandError::from(Refusal::KeyReused)),
            }
            order.check(OrderAction::Deliver)?;
            if let Some(fact) = cash {
                settle::keep(tx, fact).await?;
            }
            // When payments' event was faster, the order is CAPTURED already and only its status moves.
            let money = cash.map(|_| PaymentAction::Capture);
            let progress = Progress::of(order, clock::now()).step(OrderAction::Deliver, money, None)?;
            persist::save(tx, &shop.outbox, &progress).await?;
            Ok(progress.order)
        })
    })
    .await?;
    shop.committed();
    Ok(order)
}
