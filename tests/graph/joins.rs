//! One query over orders, accounts, payments, products and inventory.

use serde_json::json;
use souk_tests::{
    client::{CARD, cart},
    goods, shared,
};

#[tokio::test(flavor = "multi_thread")]
async fn one_query_joins_five_subgraphs() {
    let shop = shared().await;
    let (customer, staff) = (shop.anonymous().register().await, shop.login("staff").await);
    let sku = goods::product(&staff, 9).await;
    let placed = customer.place(cart(&sku, 2, CARD)).await;
    customer.order_in(&placed["order"]["id"], "CONFIRMED").await;
    goods::settles(&staff, &sku, (7, 0)).await;

    let query = "{ me { name orders(first: 1) { totalCount nodes {
        status customer { email } payments { method state captured { amount currencyCode } }
        lines { quantity variant { title product { title } price(currency: EUR) { amount }
            availability { available } shippingEstimate(countryCode: \"DE\") { currencyCode } } } } } } }";
    let data = customer.ask(query, json!({})).await;
    let order = &data["me"]["orders"]["nodes"][0];
    assert_eq!(data["me"]["orders"]["totalCount"], 1);
    assert!(order["customer"]["email"].as_str().unwrap().ends_with("@example.com"));
    assert_eq!(order["payments"][0]["state"], "CAPTURED");
    let variant = &order["lines"][0]["variant"];
    assert_eq!(variant["product"]["title"], format!("Test mug {sku}"));
    assert_eq!(variant["price"]["amount"], "19.90");
    assert_eq!(variant["availability"]["available"], 7);
    assert_eq!(variant["shippingEstimate"]["currencyCode"], "EUR", "weight and base price came from products");
}
