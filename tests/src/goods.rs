//! Things to sell, each test its own.

use serde_json::{Value, json};

use crate::{Client, LIMIT, client::key, eventually};

/// A new product with one variant at 19.90 EUR and `units` in stock; gives the sku.
///
/// # Panics
/// When it is refused, or its stock row does not come.
pub async fn product(staff: &Client, units: u32) -> String {
    let sku = format!("T-{}", uuid::Uuid::new_v4().simple()).to_uppercase();
    let query = "mutation($input: ProductCreateInput!) { productCreate(input: $input) { product { id } userErrors { code message } } }";
    let variant = json!({ "sku": sku, "title": "One size", "weightGrams": 300, "prices": [{ "amount": "19.90", "currencyCode": "EUR" }] });
    let input = json!({ "title": format!("Test mug {sku}"), "description": "For tests.", "tags": ["test"], "variants": [variant] });
    let created = staff.ask(query, json!({ "input": input })).await;
    assert_eq!(created["productCreate"]["userErrors"], json!([]), "{created}");
    // The stock row comes with products.events.
    eventually("the stock row of a new sku", LIMIT, || async { (!levels(staff, &sku).await.is_empty()).then_some(()) })
        .await;
    if units > 0 {
        adjust(staff, &sku, i64::from(units)).await;
    }
    sku
}

/// Adds or takes units.
///
/// # Panics
/// When it is refused.
pub async fn adjust(staff: &Client, sku: &str, delta: i64) {
    let query = "mutation($input: StockAdjustInput!) { stockAdjust(input: $input) { stockLevel { onHand } userErrors { code message } } }";
    let input = json!({ "sku": sku, "delta": delta, "reason": "count", "idempotencyKey": key() });
    let adjusted = staff.ask(query, json!({ "input": input })).await;
    assert_eq!(adjusted["stockAdjust"]["userErrors"], json!([]), "{adjusted}");
}

async fn levels(staff: &Client, sku: &str) -> Vec<Value> {
    let query = "query($sku: String!) { stockLevels(sku: $sku) { onHand reserved available } }";
    staff.ask(query, json!({ "sku": sku })).await["stockLevels"].as_array().cloned().unwrap_or_default()
}

/// (on hand, reserved) of a sku in its only warehouse.
///
/// # Panics
/// When the sku has no stock row.
pub async fn stock(staff: &Client, sku: &str) -> (i64, i64) {
    let levels = levels(staff, sku).await;
    let level = levels.first().unwrap_or_else(|| panic!("{sku} has no stock row"));
    (level["onHand"].as_i64().unwrap_or(-1), level["reserved"].as_i64().unwrap_or(-1))
}

/// Waits until a sku's stock is exactly this.
///
/// # Panics
/// When it is not within the limit: with what it was.
pub async fn settles(staff: &Client, sku: &str, expected: (i64, i64)) {
    let deadline = tokio::time::Instant::now() + LIMIT;
    loop {
        let found = stock(staff, sku).await;
        if found == expected {
            return;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "stock of {sku} is {found:?}, expected {expected:?} (on hand, reserved)"
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
