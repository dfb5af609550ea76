//! Checkouts to each of their ends.

use std::collections::HashMap;

use futures_util::future::join_all;
use serde_json::json;
use souk_testing::eventually;

use crate::harness::{Basket, SOON, Shop, codes, id, path};

#[tokio::test]
async fn a_card_order_is_confirmed_and_captured() {
    let shop = Shop::open().await;
    let placed = shop.place(&Basket::card()).await;
    let order = &placed["order"];
    assert_eq!((order["status"].as_str(), order["paymentStatus"].as_str()), (Some("CONFIRMED"), Some("CAPTURED")));
    assert_eq!(path(order), ["PENDING", "RESERVED", "AWAITING_PAYMENT", "CONFIRMED"]);
    assert_eq!((codes(&placed).len(), placed["guestToken"].is_null()), (0, true));
    assert_eq!(order["lines"][0]["title"], "The MUG");
    let books = shop.fakes.books();
    assert_eq!((books.stock["MUG"], books.count("PaymentStart"), books.count("ReservationHold")), (98, 1, 1));
}

#[tokio::test]
async fn forty_buyers_at_once_are_all_served_and_the_last_units_go_once() {
    let shop = Shop::open().await;
    let baskets: Vec<Basket> = (0..40)
        .map(|buyer| {
            let sku = if buyer % 4 == 0 { "RARE" } else { "TEE" };
            Basket::of(json!([{ "sku": "MUG", "quantity": 1 }, { "sku": sku, "quantity": 1 }]))
        })
        .collect();
    let placed = join_all(baskets.iter().map(|basket| shop.place(basket))).await;
    let mut ends: HashMap<String, usize> = HashMap::new();
    for payload in &placed {
        let order = id(payload);
        let rested = eventually("the end of a checkout", SOON, || async {
            let order = shop.order(&order).await;
            let status = order["status"].as_str().unwrap().to_owned();
            matches!(status.as_str(), "CONFIRMED" | "REJECTED").then_some(order)
        })
        .await;
        path(&rested);
        *ends.entry(rested["status"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!((ends["CONFIRMED"], ends["REJECTED"]), (31, 9), "one unit of the rare one");
    let books = shop.fakes.books();
    assert_eq!((books.stock["MUG"], books.stock["TEE"], books.stock["RARE"]), (69, 70, 0));
    assert_eq!(books.payments.len(), 31);
}

#[tokio::test]
async fn totals_are_goods_less_coupon_with_shipping_and_tax() {
    let shop = Shop::open().await;
    let lines = json!([{ "sku": "mug", "quantity": 2 }, { "sku": "TEE", "quantity": 1 }]);
    let placed = shop.place(&Basket { coupon: Some("welcome10"), ..Basket::of(lines) }).await;
    let order = &placed["order"];
    // 2 x 19.90 + 25.00, 10 % off, 4.90 shipping, 19 % tax on both
    for (field, amount) in
        [("subtotal", "64.80"), ("discount", "6.48"), ("shipping", "4.90"), ("tax", "12.01"), ("total", "75.23")]
    {
        assert_eq!(order[field]["amount"], amount, "{field}");
    }
    assert_eq!(shop.fakes.payment(&id(&placed)).unwrap().amount["amount"], "75.23");
}

#[tokio::test]
async fn a_declined_card_leaves_nothing_reserved() {
    let shop = Shop::open().await;
    let basket = Basket::token("tok_declined");
    let placed = shop.place(&basket).await;
    assert_eq!(placed["order"]["status"], "PAYMENT_FAILED");
    assert_eq!(
        (codes(&placed), path(&placed["order"])),
        (
            vec!["PAYMENT_DECLINED".to_owned()],
            vec!["PENDING".to_owned(), "RESERVED".to_owned(), "PAYMENT_FAILED".to_owned()]
        )
    );
    {
        let books = shop.fakes.books();
        assert!(books.held.is_empty() && books.stock["MUG"] == 100);
        assert!(books.payments[&id(&placed)].cancelled, "the attempt is closed for good");
    }
    let again = shop.place(&basket).await;
    assert_eq!((id(&again), codes(&again)), (id(&placed), codes(&placed)), "a replay answers the same");
}

#[tokio::test]
async fn an_order_beyond_the_stock_is_rejected() {
    let shop = Shop::open().await;
    let basket = Basket::of(json!([{ "sku": "MUG", "quantity": 1 }, { "sku": "RARE", "quantity": 2 }]));
    let placed = shop.place(&basket).await;
    assert_eq!(placed["order"]["status"], "REJECTED");
    assert_eq!(codes(&placed), ["OUT_OF_STOCK"]);
    assert!(placed["userErrors"][0]["message"].as_str().unwrap().contains("RARE"));
    {
        let books = shop.fakes.books();
        assert_eq!((books.stock["MUG"], books.count("PaymentStart")), (100, 0));
    }
    let again = shop.place(&basket).await;
    assert_eq!((id(&again), codes(&again)), (id(&placed), codes(&placed)));
}

#[tokio::test]
async fn a_upi_order_waits_and_is_confirmed_when_payments_tells() {
    let shop = Shop::open().await;
    let placed = shop.place(&Basket::upi()).await;
    assert_eq!(placed["order"]["status"], "AWAITING_PAYMENT");
    let order = id(&placed);
    let payment = shop.fakes.capture(&order);
    assert!(shop.tell(&payment).await);
    let confirmed = shop.order(&order).await;
    assert_eq!((confirmed["status"].as_str(), confirmed["version"].as_u64()), (Some("CONFIRMED"), Some(4)));
    assert!(shop.tell(&payment).await, "told again, it is known");
    assert_eq!(shop.order(&order).await["version"], 4);
}

#[tokio::test]
async fn a_upi_order_that_is_declined_later_gives_its_stock_back() {
    let shop = Shop::open().await;
    let order = id(&shop.place(&Basket::upi()).await);
    shop.tell(&shop.fakes.decline(&order)).await;
    let failed = shop.wait_for(&order, "PAYMENT_FAILED", "NONE").await;
    assert_eq!(path(&failed), ["PENDING", "RESERVED", "AWAITING_PAYMENT", "PAYMENT_FAILED"]);
    assert!(shop.fakes.books().held.is_empty());
}

#[tokio::test]
async fn an_order_that_nobody_pays_expires() {
    let shop = Shop::open_with(&[("SOUK_ORDERS_PAYMENT_WINDOW_MS", "200")]).await;
    let order = id(&shop.place(&Basket::upi()).await);
    let expired = shop.wait_for(&order, "EXPIRED", "NONE").await;
    assert_eq!(path(&expired).last().unwrap(), "EXPIRED");
    let books = shop.fakes.books();
    assert!(books.held.is_empty() && books.payments[&order].cancelled);
    assert!(books.count("PaymentsForOrder") >= 1, "payments is asked before the order expires");
}

#[tokio::test]
async fn a_payment_that_was_missed_is_found_before_the_order_expires() {
    let shop = Shop::open_with(&[("SOUK_ORDERS_PAYMENT_WINDOW_MS", "400")]).await;
    let order = id(&shop.place(&Basket::upi()).await);
    shop.fakes.capture(&order);
    shop.wait_for(&order, "CONFIRMED", "CAPTURED").await;
    assert_eq!(shop.fakes.books().held.len(), 1);
}

#[tokio::test]
async fn cash_on_delivery_is_captured_at_the_door() {
    let shop = Shop::open().await;
    let placed = shop.place(&Basket::cash()).await;
    let order = id(&placed);
    assert_eq!(placed["order"]["paymentStatus"], "AUTHORIZED");
    let shipped = shop.mutate(&shop.staff, "orderShip", json!({ "id": order, "trackingNumber": " JD014600 " })).await;
    assert_eq!(
        (shipped["order"]["status"].as_str(), shipped["order"]["trackingNumber"].as_str()),
        (Some("SHIPPED"), Some("JD014600"))
    );
    let deliver = json!({ "id": order, "idempotencyKey": "deliver-0123456789" });
    for _ in 0..2 {
        let delivered = shop.mutate(&shop.staff, "orderDeliver", deliver.clone()).await;
        assert_eq!(delivered["order"]["status"], "DELIVERED", "{delivered}");
        assert_eq!(
            (delivered["order"]["paymentStatus"].as_str(), delivered["order"]["version"].as_u64()),
            (Some("CAPTURED"), Some(6))
        );
    }
    assert_eq!(shop.fakes.books().count("PaymentCapture"), 1);
}
