//! Placing an order: parse, look for a replay, price, insert the order with its saga, run it as far as it goes.

use std::{collections::HashMap, time::Duration};

use serde::Serialize;
use souk_contracts::{CurrencyCode, LineId, Money, OrderId, PostalAddress, Sku, identity::Principal};
use souk_process::{clock, failpoint};
use souk_subgraph::{
    ApiError,
    db::in_transaction,
    error::ErrorCode,
    idempotency::{IdempotencyKey, Seen},
    random,
};

use super::{
    CommandError, as_it_stands, guest_token,
    persist::{self, Opening},
    saga,
};
use crate::{
    clients::products::{CheckoutVariant, CheckoutVariants, CheckoutVariantsInput},
    domain::{
        Line, NewOrder, Order, Progress, Refusal,
        cart::{Cart, CartLine, Payment},
        email::Email,
        pricing::{self, Coupon},
        saga::{Saga, Step},
    },
    shop::Shop,
    store,
};

/// How often a replay looks whether the first request has come to rest.
const LOOK_AGAIN: Duration = Duration::from_millis(40);

/// What is bought, parsed. Its serialization is the canonical input of the idempotency key.
#[derive(Debug, Clone, Serialize)]
pub struct Checkout {
    pub cart: Cart,
    pub currency: CurrencyCode,
    pub shipping_address: PostalAddress,
    pub payment: Payment,
    pub email: Option<Email>,
    pub coupon_code: Option<String>,
}

#[derive(Debug, Clone)]
pub struct PlaceOrder {
    pub caller: Principal,
    pub idempotency_key: String,
    pub checkout: Checkout,
}

/// The order as it stands, and what a guest needs to come back to it.
#[derive(Debug)]
pub struct Placed {
    pub order: Order,
    pub guest_token: Option<String>,
}

/// Places an order, or gives the one that this key has placed.
///
/// # Errors
/// [`CommandError::Refused`] when nothing was created; a refusal after that stands on the order.
pub async fn place_order(shop: &Shop, request: PlaceOrder) -> Result<Placed, CommandError> {
    let started = tokio::time::Instant::now();
    let holder = key_holder(&request)?;
    let (checkout, raw_key) = (&request.checkout, &request.idempotency_key);
    let key = IdempotencyKey::parse(&holder, "orderPlace", raw_key, checkout).map_err(CommandError::Request)?;
    let order = match key.find(&shop.db).await? {
        Seen::Replay { result_id } => replay(shop, &result_id).await?,
        Seen::Reused => return Err(Refusal::KeyReused.into()),
        Seen::Fresh => {
            let order = price(shop, &request).await?;
            match insert(shop, order, &key, checkout).await? {
                Inserted::New(saga, order) => run_inline(shop, saga, *order, started).await?,
                Inserted::Replay(result_id) => replay(shop, &result_id).await?,
            }
        }
    };
    let is_guest = request.caller.customer_id().is_none();
    let token = is_guest.then(|| guest_token::issue(&shop.signer, order.id, clock::unix_seconds())).transpose();
    let guest_token = token.map_err(|error| CommandError::Broken(error.to_string()))?;
    Ok(Placed { order, guest_token })
}

fn key_holder(request: &PlaceOrder) -> Result<String, CommandError> {
    match (&request.caller, &request.checkout.email) {
        (Principal::Customer { id, .. }, _) => Ok(id.to_string()),
        (Principal::Anonymous | Principal::Guest { .. }, Some(email)) => Ok(email.to_string()),
        (Principal::Anonymous | Principal::Guest { .. }, None) => {
            Err(Refusal::invalid(["email"], "guests need an email: where to write about the order").into())
        }
        (Principal::Service { .. }, _) => {
            Err(CommandError::Request(ApiError::new(ErrorCode::Forbidden, "services place no orders")))
        }
    }
}

/// The order at today's prices, not yet written.
async fn price(shop: &Shop, request: &PlaceOrder) -> Result<Order, CommandError> {
    let checkout = &request.checkout;
    let asked = CheckoutVariantsInput { skus: checkout.cart.skus(), currency_code: checkout.currency };
    let answer = shop.client.call::<CheckoutVariants>(&asked).await?;
    let lines = lines(checkout, answer.checkout_variants)?;
    let coupon = find_coupon(shop, checkout).await?;
    let totals = pricing::quote(&lines, coupon.as_ref(), &shop.rules.rates, checkout.currency)
        .map_err(|error| Refusal::invalid(["lines"], error.to_string()))?;
    let new = NewOrder {
        customer: request.caller.customer_id(),
        email: checkout.email.as_ref().map(Email::to_string),
        lines,
        totals,
        payment_method: checkout.payment.method,
        shipping_address: checkout.shipping_address.clone(),
    };
    let now = clock::now();
    Ok(Order::place(new, OrderId::new(now, random::bytes()), now))
}

fn lines(checkout: &Checkout, variants: Vec<CheckoutVariant>) -> Result<Vec<Line>, CommandError> {
    let variants: HashMap<Sku, CheckoutVariant> =
        variants.into_iter().map(|variant| (variant.sku.clone(), variant)).collect();
    let (mut lines, mut refusals) = (Vec::new(), Vec::new());
    for CartLine { sku, quantity, asked_at } in &checkout.cart.0 {
        let Some(variant) = variants.get(sku).filter(|variant| variant.on_sale) else {
            refusals.push(Refusal::UnknownSku { line: *asked_at, sku: sku.to_string() });
            continue;
        };
        let Some(price) = &variant.price else {
            let message = format!("{sku} is not sold in {}", checkout.currency);
            refusals.push(Refusal::invalid(["currencyCode"], message));
            continue;
        };
        let broken = |error: souk_contracts::MoneyError| CommandError::Broken(format!("the price of {sku}: {error}"));
        let unit_price: Money = price.money().map_err(broken)?;
        let total = unit_price
            .times(quantity.get().into())
            .map_err(|error| Refusal::invalid(["lines", &asked_at.to_string()], error.to_string()))?;
        let id = LineId::new(clock::now(), random::bytes());
        let title = variant.title.chars().take(400).collect();
        lines.push(Line { id, sku: sku.clone(), title, quantity: *quantity, unit_price, total });
    }
    if refusals.is_empty() { Ok(lines) } else { Err(CommandError::Refused(refusals)) }
}

async fn find_coupon(shop: &Shop, checkout: &Checkout) -> Result<Option<Coupon>, CommandError> {
    let Some(code) = &checkout.coupon_code else { return Ok(None) };
    match store::coupons::find(&shop.db, code).await? {
        Some(coupon) => Ok(Some(coupon)),
        None => Err(Refusal::invalid(["couponCode"], "this coupon is not known or no longer valid").into()),
    }
}

enum Inserted {
    New(Saga, Box<Order>),
    /// A parallel request with the same key was first.
    Replay(String),
}

async fn insert(
    shop: &Shop,
    order: Order,
    key: &IdempotencyKey,
    checkout: &Checkout,
) -> Result<Inserted, CommandError> {
    let progress = &Progress::placed(order);
    let opening = Opening {
        coupon_code: checkout.coupon_code.as_deref(),
        payment_token: checkout.payment.token.as_deref(),
        lease: shop.rules.lease,
    };
    let seen = in_transaction(&shop.db, |tx| {
        Box::pin(async move {
            let seen = key.record(tx, &progress.order.id.to_string()).await?;
            if seen == Seen::Fresh {
                persist::insert(tx, &shop.outbox, progress, opening).await?;
                failpoint::hit("orders.place.uncommitted");
            }
            Ok::<_, CommandError>(seen)
        })
    })
    .await?;
    let order = progress.order.clone();
    match seen {
        Seen::Fresh => {
            failpoint::hit("orders.place.committed");
            shop.outbox.committed();
            metrics::counter!("souk_orders_placed_total").increment(1);
            let saga = Saga {
                order: order.id,
                step: Step::Reserve,
                version: 1,
                attempt: 1,
                tries: 0,
                payment_token: checkout.payment.token.clone(),
                step_age: Duration::ZERO,
            };
            Ok(Inserted::New(saga, Box::new(order)))
        }
        Seen::Replay { result_id } => Ok(Inserted::Replay(result_id)),
        Seen::Reused => Err(Refusal::KeyReused.into()),
    }
}

/// Runs the saga in a task of its own, so that a client that leaves does not stop it, and waits for it for what is
/// left of the time since `started`.
pub(super) async fn run_inline(
    shop: &Shop,
    saga: Saga,
    order: Order,
    started: tokio::time::Instant,
) -> Result<Order, CommandError> {
    let (id, deadline) = (order.id, started + shop.rules.inline_wait);
    let wait = deadline.saturating_duration_since(tokio::time::Instant::now());
    let runner = {
        let shop = shop.clone();
        shop.clone().shutdown.spawn(async move { saga::run(&shop, saga, order, wait).await })
    };
    match tokio::time::timeout_at(deadline, runner).await {
        Ok(Ok(Some(order))) => Ok(order),
        // Others have gone on with it, e.g. because payments told of the outcome before it answered: theirs counts.
        Ok(Ok(None)) => outcome(shop, id, deadline).await,
        // It takes longer: the row tells.
        Ok(Err(_)) | Err(_) => as_it_stands(shop, id).await,
    }
}

/// The order that this key has placed. While the first request is at work its outcome is waited for, as the first
/// request waits.
async fn replay(shop: &Shop, result_id: &str) -> Result<Order, CommandError> {
    let id: OrderId = result_id.parse().map_err(|error: souk_contracts::ids::IdError| {
        CommandError::Broken(format!("an idempotency key names {result_id:?}: {error}"))
    })?;
    outcome(shop, id, tokio::time::Instant::now() + shop.rules.inline_wait).await
}

/// The order once whoever is at work on it is done, or as it stands at the deadline.
async fn outcome(shop: &Shop, id: OrderId, deadline: tokio::time::Instant) -> Result<Order, CommandError> {
    loop {
        let order = as_it_stands(shop, id).await?;
        if !order.status.is_under_way() || tokio::time::Instant::now() >= deadline {
            return Ok(order);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
