//! Writing a new order: its row and its lines.

use souk_subgraph::{StoreError, Tx};
use sqlx::{MySql, QueryBuilder, types::Json};

use crate::domain::{Line, Order};

/// The order's row, without its lines.
pub async fn order(tx: &mut Tx, order: &Order, coupon_code: Option<&str>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO orders (id, number, customer_id, email, status, payment_status, version, payment_method,
                             coupon_code, currency, subtotal_minor, discount_minor, shipping_minor, tax_minor,
                             total_minor, shipping_address, placed_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(order.id.uuid())
    .bind(&order.number)
    .bind(order.customer.map(souk_contracts::CustomerId::uuid))
    .bind(&order.email)
    .bind(order.status.as_str())
    .bind(order.payment_status.as_str())
    .bind(order.version)
    .bind(order.payment_method.as_str())
    .bind(coupon_code)
    .bind(order.currency().as_str())
    .bind(order.totals.subtotal.minor)
    .bind(order.totals.discount.minor)
    .bind(order.totals.shipping.minor)
    .bind(order.totals.tax.minor)
    .bind(order.totals.total.minor)
    .bind(Json(&order.shipping_address))
    .bind(order.placed_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// All lines with one statement.
pub async fn lines(tx: &mut Tx, order: &Order) -> Result<(), StoreError> {
    let mut statement = QueryBuilder::<MySql>::new(
        "INSERT INTO order_lines (order_id, position, id, sku, title, quantity, unit_price_minor, total_minor) ",
    );
    statement.push_values(order.lines.iter().enumerate(), |mut row, (position, line): (usize, &Line)| {
        row.push_bind(order.id.uuid())
            .push_bind(position as u16)
            .push_bind(line.id.uuid())
            .push_bind(line.sku.as_str().to_owned())
            .push_bind(line.title.clone())
            .push_bind(line.quantity.get())
            .push_bind(line.unit_price.minor)
            .push_bind(line.total.minor);
    });
    statement.build().execute(tx).await?;
    Ok(())
}
