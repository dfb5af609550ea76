//! Operations for other services.

use serde_json::json;

use crate::harness::Shop;

const CHECKOUT: &str = "query($skus: [String!]!, $currency: CurrencyCode!) {
    checkoutVariants(skus: $skus, currencyCode: $currency) {
        sku productId title weightGrams price { amount currencyCode } onSale } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkout_learns_price_weight_and_whether_it_may_sell() {
    let shop = Shop::open().await;
    let id = shop.product("Mug", "MUG", &[("EUR", "10"), ("INR", "900")]).await;
    let gone = shop.product("Gone", "GONE", &[("EUR", "1")]).await;
    shop.staff("mutation($id: ID!) { productArchive(id: $id) { product { id } } }", json!({ "id": gone })).await.ok();
    let variables = json!({ "skus": ["mug", "GONE", "NEVER"], "currency": "INR" });
    let data = shop.service("orders", CHECKOUT, variables.clone()).await.ok();
    let mug = json!({ "sku": "MUG", "productId": id, "title": "Mug, One size", "weightGrams": 500,
        "price": { "amount": "900.00", "currencyCode": "INR" }, "onSale": true });
    assert_eq!(data["checkoutVariants"][1], mug);
    assert_eq!(data["checkoutVariants"][0]["onSale"], false);
    assert_eq!(data["checkoutVariants"][0]["price"], json!(null));
    assert_eq!(data["checkoutVariants"].as_array().unwrap().len(), 2, "unknown skus are absent");
    for caller in ["payments", "inventory"] {
        assert_eq!(shop.service(caller, CHECKOUT, variables.clone()).await.code(), "FORBIDDEN", "{caller}");
    }
    assert_eq!(shop.staff(CHECKOUT, variables.clone()).await.code(), "FORBIDDEN");
    assert_eq!(shop.ask(CHECKOUT, variables).await.code(), "FORBIDDEN");
    let bad = shop.service("orders", CHECKOUT, json!({ "skus": ["a b"], "currency": "EUR" })).await;
    assert_eq!(bad.code(), "BAD_USER_INPUT");
}
