//! Rows as they lie in the tables, and the way back to values. A row that our own code could not have written is
//! told with table, column and id.

use std::{fmt::Display, str::FromStr};

use chrono::{DateTime, Utc};
use souk_contracts::{CurrencyCode, CustomerId, LineId, Money, OrderId, PostalAddress, Quantity, Sku};
use souk_subgraph::StoreError;
use sqlx::types::Json;
use uuid::Uuid;

use crate::domain::{Change, Ending, Line, Order, OrderAction, OrderStatus, Refusal, pricing::Totals};

/// The columns of [`OrderRow`] with the rest of a statement on `orders`.
macro_rules! select_orders {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, customer_id, email, status, payment_status, version, ending, ending_reason,
                    refusal_code, refusal_detail, payment_method, currency, subtotal_minor, discount_minor,
                    shipping_minor, tax_minor, total_minor, shipping_address, tracking_number, placed_at
             FROM orders ",
            $rest
        )
    };
}
pub(super) use select_orders;

#[derive(sqlx::FromRow)]
pub(super) struct OrderRow {
    pub id: Uuid,
    number: String,
    customer_id: Option<Uuid>,
    email: Option<String>,
    status: String,
    payment_status: String,
    version: i64,
    ending: Option<String>,
    ending_reason: Option<String>,
    refusal_code: Option<String>,
    refusal_detail: Option<String>,
    payment_method: String,
    currency: String,
    subtotal_minor: i64,
    discount_minor: i64,
    shipping_minor: i64,
    tax_minor: i64,
    total_minor: i64,
    shipping_address: Json<PostalAddress>,
    tracking_number: Option<String>,
    placed_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
pub(super) struct LineRow {
    pub order_id: Uuid,
    id: Uuid,
    sku: String,
    title: String,
    quantity: i32,
    unit_price_minor: i64,
    total_minor: i64,
}

#[derive(sqlx::FromRow)]
pub(super) struct ChangeRow {
    pub order_id: Uuid,
    version: i64,
    from_status: Option<String>,
    to_status: String,
    payment_status: String,
    reason: Option<String>,
    at: DateTime<Utc>,
}

/// A text column as the value it stands for.
pub(super) fn parsed<T>(table: &'static str, column: &'static str, id: Uuid, text: &str) -> Result<T, StoreError>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse().map_err(|error: T::Err| StoreError::bad_row(table, column, id, error))
}

impl OrderRow {
    /// The order of this row and its lines.
    pub(super) fn with_lines(self, lines: Vec<LineRow>) -> Result<Order, StoreError> {
        let currency: CurrencyCode = parsed("orders", "currency", self.id, &self.currency)?;
        let money = |minor| Money::new(minor, currency);
        let lines = lines.into_iter().map(|line| line.line(currency)).collect::<Result<_, _>>()?;
        Ok(Order {
            id: OrderId(self.id),
            customer: self.customer_id.map(CustomerId),
            status: parsed("orders", "status", self.id, &self.status)?,
            payment_status: parsed("orders", "payment_status", self.id, &self.payment_status)?,
            version: self.version.unsigned_abs(),
            ending: self.ending()?,
            refusal: self.refusal()?,
            lines,
            totals: Totals {
                subtotal: money(self.subtotal_minor),
                discount: money(self.discount_minor),
                shipping: money(self.shipping_minor),
                tax: money(self.tax_minor),
                total: money(self.total_minor),
            },
            payment_method: parsed("orders", "payment_method", self.id, &self.payment_method)?,
            number: self.number,
            email: self.email,
            shipping_address: self.shipping_address.0,
            tracking_number: self.tracking_number,
            placed_at: self.placed_at,
        })
    }

    fn ending(&self) -> Result<Option<Ending>, StoreError> {
        let Some(target) = &self.ending else { return Ok(None) };
        let target: OrderStatus = parsed("orders", "ending", self.id, target)?;
        let action = OrderAction::ALL
            .into_iter()
            .find(|action| action.target() == target)
            .ok_or_else(|| StoreError::bad_row("orders", "ending", self.id, "no end of an order"))?;
        Ok(Some(Ending { action, reason: self.ending_reason.clone().unwrap_or_default() }))
    }

    fn refusal(&self) -> Result<Option<Refusal>, StoreError> {
        let detail = self.refusal_detail.clone().unwrap_or_default();
        match self.refusal_code.as_deref() {
            None => Ok(None),
            Some(OUT_OF_STOCK) => {
                let skus = detail.split(',').filter(|sku| !sku.is_empty());
                let skus = skus.map(|sku| parsed::<Sku>("orders", "refusal_detail", self.id, sku));
                Ok(Some(Refusal::OutOfStock(skus.collect::<Result<_, _>>()?)))
            }
            Some(PAYMENT_DECLINED) => Ok(Some(Refusal::PaymentDeclined(detail))),
            Some(other) => Err(StoreError::bad_row("orders", "refusal_code", self.id, format!("unknown: {other}"))),
        }
    }
}

const OUT_OF_STOCK: &str = "OUT_OF_STOCK";
const PAYMENT_DECLINED: &str = "PAYMENT_DECLINED";

/// The columns of a refusal that is remembered; the others never touch an order.
pub(super) fn refusal_columns(refusal: Option<&Refusal>) -> (Option<&'static str>, Option<String>) {
    match refusal {
        Some(Refusal::OutOfStock(skus)) => {
            let skus: Vec<&str> = skus.iter().map(Sku::as_str).collect();
            (Some(OUT_OF_STOCK), Some(skus.join(",")))
        }
        Some(Refusal::PaymentDeclined(reason)) => (Some(PAYMENT_DECLINED), Some(reason.clone())),
        Some(
            Refusal::Invalid { .. }
            | Refusal::UnknownSku { .. }
            | Refusal::NotFound
            | Refusal::InvalidTransition { .. }
            | Refusal::Ending(_)
            | Refusal::AddressFixed(_)
            | Refusal::KeyReused,
        )
        | None => (None, None),
    }
}

impl LineRow {
    fn line(self, currency: CurrencyCode) -> Result<Line, StoreError> {
        Ok(Line {
            id: LineId(self.id),
            sku: parsed("order_lines", "sku", self.order_id, &self.sku)?,
            title: self.title,
            quantity: Quantity::new(self.quantity.into())
                .map_err(|error| StoreError::bad_row("order_lines", "quantity", self.order_id, error))?,
            unit_price: Money::new(self.unit_price_minor, currency),
            total: Money::new(self.total_minor, currency),
        })
    }
}

impl ChangeRow {
    pub(super) fn change(self) -> Result<Change, StoreError> {
        let status = |column, text: &str| parsed::<OrderStatus>("order_history", column, self.order_id, text);
        Ok(Change {
            from: self.from_status.as_deref().map(|text| status("from_status", text)).transpose()?,
            to: status("to_status", &self.to_status)?,
            payment_status: parsed("order_history", "payment_status", self.order_id, &self.payment_status)?,
            version: self.version.unsigned_abs(),
            reason: self.reason,
            at: self.at,
        })
    }
}
