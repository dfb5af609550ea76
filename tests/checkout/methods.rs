//! Each way to pay, and each way out.

use serde_json::{Value, json};
use souk_tests::{
    Client, Shop,
    client::{CARD, cart, key},
    goods, shared,
};

/// What the customer does at the provider: approves or declines.
async fn at_provider(order: &Value, decision: &str) {
    let url = order["payments"][0]["nextAction"]["url"].as_str().unwrap_or_else(|| panic!("no next action in {order}"));
    let response = reqwest::Client::new().post(format!("{url}/{decision}")).send().await.unwrap();
    assert!(response.status().is_success(), "{}", response.status());
}

async fn set_up() -> (&'static Shop, Client, Client) {
    let shop = shared().await;
    (shop, shop.anonymous().register().await, shop.login("staff").await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_order_is_confirmed_captured_and_its_stock_committed() {
    let (_, customer, staff) = set_up().await;
    let sku = goods::product(&staff, 5).await;
    let placed = customer.place(cart(&sku, 2, CARD)).await;
    assert_eq!(placed["userErrors"], json!([]), "{placed}");
    let order = customer.order_in(&placed["order"]["id"], "CONFIRMED").await;
    assert_eq!(order["paymentStatus"], "CAPTURED");
    assert_eq!(order["payments"][0]["state"], "CAPTURED");
    assert_eq!(order["payments"][0]["captured"]["amount"], order["total"]["amount"]);
    goods::settles(&staff, &sku, (3, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_upi_order_waits_and_is_confirmed_by_the_webhook() {
    let (_, customer, staff) = set_up().await;
    let sku = goods::product(&staff, 5).await;
    let placed = customer.place(cart(&sku, 1, ("UPI", Some("tok_ok")))).await;
    let id = &placed["order"]["id"];
    let waiting = customer.order_in(id, "AWAITING_PAYMENT").await;
    assert_eq!(waiting["payments"][0]["state"], "REQUIRES_ACTION");
    assert_eq!(goods::stock(&staff, &sku).await, (5, 1), "held while it waits");
    at_provider(&waiting, "approve").await;
    let order = customer.order_in(id, "CONFIRMED").await;
    assert_eq!(order["paymentStatus"], "CAPTURED");
    goods::settles(&staff, &sku, (4, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_upi_order_that_is_declined_leaves_nothing_reserved() {
    let (_, customer, staff) = set_up().await;
    let sku = goods::product(&staff, 5).await;
    let placed = customer.place(cart(&sku, 1, ("UPI", Some("tok_ok")))).await;
    let waiting = customer.order_in(&placed["order"]["id"], "AWAITING_PAYMENT").await;
    at_provider(&waiting, "decline").await;
    customer.order_in(&placed["order"]["id"], "PAYMENT_FAILED").await;
    goods::settles(&staff, &sku, (5, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_leaves_nothing_reserved() {
    let (_, customer, staff) = set_up().await;
    let sku = goods::product(&staff, 5).await;
    let placed = customer.place(cart(&sku, 1, ("CARD", Some("tok_declined")))).await;
    assert_eq!(placed["userErrors"][0]["code"], "PAYMENT_DECLINED", "{placed}");
    assert_eq!(placed["order"]["status"], "PAYMENT_FAILED");
    assert_eq!(goods::stock(&staff, &sku).await, (5, 0));
    assert_eq!(placed["order"]["availableTransitions"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_orders_follows_and_cancels_with_the_guest_token() {
    let (shop, stranger, staff) = set_up().await;
    let sku = goods::product(&staff, 5).await;
    let mut input = cart(&sku, 2, CARD);
    input["email"] = json!("guest@example.com");
    let placed = shop.anonymous().place(input).await;
    let guest = shop
        .anonymous()
        .with_token(placed["guestToken"].as_str().unwrap_or_else(|| panic!("no guest token: {placed}")));
    let id = &placed["order"]["id"];
    let order = guest.order_in(id, "CONFIRMED").await;
    assert_eq!(order["payments"][0]["state"], "CAPTURED", "the payments of the order open too");
    assert_eq!(stranger.order(id).await, Value::Null);
    assert_eq!(shop.anonymous().order(id).await, Value::Null);

    let cancelled = guest.cancel(id).await;
    assert_eq!(cancelled["userErrors"], json!([]), "{cancelled}");
    let order = guest.order_in(id, "CANCELLED").await;
    assert_eq!(order["paymentStatus"], "REFUNDED");
    goods::settles(&staff, &sku, (5, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cash_order_is_captured_at_delivery() {
    let (_, customer, staff) = set_up().await;
    let sku = goods::product(&staff, 5).await;
    let placed = customer.place(cart(&sku, 1, ("CASH_ON_DELIVERY", None))).await;
    let id = &placed["order"]["id"];
    let order = customer.order_in(id, "CONFIRMED").await;
    assert_eq!(order["paymentStatus"], "AUTHORIZED");
    staff.change("orderShip", "OrderShipInput", json!({ "id": id })).await;
    let delivered =
        staff.change("orderDeliver", "OrderDeliverInput", json!({ "id": id, "idempotencyKey": key() })).await;
    assert_eq!(delivered["order"]["paymentStatus"], "CAPTURED", "{delivered}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_shows_on_the_order_and_never_exceeds_what_was_captured() {
    let (_, customer, staff) = set_up().await;
    let sku = goods::product(&staff, 5).await;
    let placed = customer.place(cart(&sku, 1, CARD)).await;
    let id = &placed["order"]["id"];
    let order = customer.order_in(id, "CONFIRMED").await;
    let refund = "mutation($input: PaymentRefundInput!) { paymentRefund(input: $input) { payment { refunded { amount } } userErrors { code } } }";
    let asked = |amount: Value, key: String| json!({ "input": { "paymentId": order["payments"][0]["id"], "amount": { "amount": amount, "currencyCode": "EUR" }, "reason": "r", "idempotencyKey": key } });

    let refused = customer.send(refund, asked(json!("1.00"), key())).await;
    assert_eq!(refused.code(), "FORBIDDEN");
    let too_much = staff.ask(refund, asked(json!("9999.00"), key())).await;
    assert_eq!(too_much["paymentRefund"]["userErrors"][0]["code"], "AMOUNT_TOO_HIGH");
    let once = key();
    for _ in 0..2 {
        let partial = staff.ask(refund, asked(json!("1.00"), once.clone())).await;
        assert_eq!(partial["paymentRefund"]["payment"]["refunded"]["amount"], "1.00", "one key, one refund");
    }
    souk_tests::until("the refund on the order", souk_tests::LIMIT, || async {
        customer.order(id).await["paymentStatus"] == "PARTIALLY_REFUNDED"
    })
    .await;
}
