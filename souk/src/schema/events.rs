//! One example of each kind of event, with fixed ids and times: what a consumer in another language reads first,
//! and what shows in a review when a body changes.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use souk_contracts::{
    CurrencyCode, CustomerId, EventId, LineId, Money, OrderId, PaymentId, ProductId, Sku, VariantId,
    events::{
        Envelope, EventBody, OrderChanged, OrderLineBody, PaymentChanged, ProductChanged, StockChanged, VariantBody,
    },
};
use uuid::Uuid;

use super::Documents;

/// `events/<type>.json` for each.
///
/// # Errors
/// When a body cannot be written as JSON.
pub fn documents() -> anyhow::Result<Documents> {
    let mut examples = Vec::new();
    for (version, change) in (1..).zip(["created", "updated", "archived", "variant-added", "price-changed"]) {
        examples.push(example(&product(version, change)?)?);
    }
    for (version, change) in (1..).zip(["opened", "adjusted", "reserved", "committed", "released", "restocked"]) {
        examples.push(example(&stock(version, change)?)?);
    }
    for (version, step) in (1..).zip(ORDER_STEPS) {
        examples.push(example(&order(version, step)?)?);
    }
    for (version, state) in (1..).zip(["AUTHORIZED", "CAPTURED", "FAILED", "VOIDED", "REQUIRES_ACTION", "UNKNOWN"]) {
        examples.push(example(&payment(version, state))?);
    }
    let path = |event: &Envelope| PathBuf::from(format!("events/{}.json", event.kind));
    examples.iter().map(|event| Ok((path(event), format!("{}\n", serde_json::to_string_pretty(event)?)))).collect()
}

/// Previous status, status, payment status, reason.
const ORDER_STEPS: [(Option<&str>, &str, &str, Option<&str>); 10] = [
    (None, "PENDING", "NONE", None),
    (Some("PENDING"), "RESERVED", "NONE", None),
    (Some("RESERVED"), "AWAITING_PAYMENT", "NONE", None),
    (Some("AWAITING_PAYMENT"), "CONFIRMED", "CAPTURED", None),
    (Some("CONFIRMED"), "CONFIRMED", "PARTIALLY_REFUNDED", Some("one cup arrived broken")),
    (Some("CONFIRMED"), "SHIPPED", "PARTIALLY_REFUNDED", None),
    (Some("SHIPPED"), "DELIVERED", "PARTIALLY_REFUNDED", None),
    (Some("PENDING"), "REJECTED", "NONE", Some("out of stock")),
    (Some("RESERVED"), "PAYMENT_FAILED", "NONE", Some("the card was declined")),
    (Some("CONFIRMED"), "CANCELLED", "REFUNDED", Some("ordered twice")),
];

fn example<B: EventBody>(body: &B) -> anyhow::Result<Envelope> {
    Ok(Envelope::new(EventId(id(0xe0)), body)?)
}

fn product(version: u64, change: &str) -> anyhow::Result<ProductChanged> {
    Ok(ProductChanged {
        product_id: ProductId(id(1)),
        version,
        change: change.to_owned(),
        status: if change == "archived" { "ARCHIVED" } else { "ACTIVE" }.to_owned(),
        variants: vec![VariantBody { variant_id: VariantId(id(2)), sku: sku()? }],
        at: at(),
    })
}

fn stock(version: u64, change: &str) -> anyhow::Result<StockChanged> {
    Ok(StockChanged {
        sku: sku()?,
        warehouse: "main".to_owned(),
        version,
        on_hand: 40,
        reserved: 2,
        available: 38,
        change: change.to_owned(),
        at: at(),
    })
}

fn order(version: u64, step: (Option<&str>, &str, &str, Option<&str>)) -> anyhow::Result<OrderChanged> {
    let (previous, status, payment_status, reason) = step;
    Ok(OrderChanged {
        order_id: OrderId(id(3)),
        number: "S-2026-000042".to_owned(),
        version,
        customer_id: Some(CustomerId(id(4))),
        previous_status: previous.map(str::to_owned),
        status: status.to_owned(),
        payment_status: payment_status.to_owned(),
        reason: reason.map(str::to_owned),
        lines: vec![OrderLineBody { line_id: LineId(id(5)), sku: sku()?, quantity: 2 }],
        total: Money::new(6_480, CurrencyCode::Eur),
        at: at(),
    })
}

fn payment(version: u64, state: &str) -> PaymentChanged {
    let total = 6_480;
    let authorized = matches!(state, "AUTHORIZED" | "CAPTURED" | "VOIDED");
    PaymentChanged {
        payment_id: PaymentId(id(6)),
        order_id: OrderId(id(3)),
        version,
        method: "CARD".to_owned(),
        state: state.to_owned(),
        amount: Money::new(total, CurrencyCode::Eur),
        authorized_minor: if authorized { total } else { 0 },
        captured_minor: if state == "CAPTURED" { total } else { 0 },
        refunded_minor: 0,
        failure_reason: (state == "FAILED").then(|| "the card was declined".to_owned()),
        at: at(),
    }
}

fn sku() -> anyhow::Result<Sku> {
    Ok("KIT-OLIVE-WOOD-SMA".parse()?)
}

/// A UUIDv7 of a fixed moment.
fn id(number: u8) -> Uuid {
    let millis = u64::try_from(at().timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &[0, 0, 0, 0, 0, 0, 0, 0, 0, number]).into_uuid()
}

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600, 123_456_000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_reads_back_as_what_it_says() {
        for (path, text) in documents().unwrap() {
            let event = Envelope::parse(text.as_bytes()).unwrap();
            assert_eq!(path, PathBuf::from(format!("events/{}.json", event.kind)));
            let body = match event.kind.split('.').nth(1).unwrap() {
                "product" => event.body::<ProductChanged>().map(|body| body.subject()),
                "stock" => event.body::<StockChanged>().map(|body| body.subject()),
                "order" => event.body::<OrderChanged>().map(|body| body.subject()),
                _ => event.body::<PaymentChanged>().map(|body| body.subject()),
            };
            assert_eq!(body.unwrap(), event.subject, "{}", path.display());
        }
    }
}
