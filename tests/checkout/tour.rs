//! The README's tour: sign in, browse, place, watch, ship, deliver, refund.

use serde_json::json;
use souk_tests::{
    LIMIT,
    client::{CARD, cart, key},
    eventually,
    live::{Live, WATCH},
    shared,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_of_the_readme_works() {
    let shop = shared().await;
    let customer = shop.login("customer").await;
    let staff = shop.login("staff").await;

    // Browse: the demo catalogue has at least 200 products with prices and stock.
    let query =
        "{ products(first: 20, sort: TITLE) { totalCount nodes { title variants { sku price(currency: EUR) { amount }
        availability { available inStock } } } pageInfo { hasNextPage } } categories { slug } }";
    let data = customer.ask(query, json!({})).await;
    assert!(data["products"]["totalCount"].as_i64().unwrap() >= 200, "{}", data["products"]["totalCount"]);
    assert!(data["categories"].as_array().unwrap().len() >= 3);
    let variants =
        data["products"]["nodes"].as_array().unwrap().iter().flat_map(|node| node["variants"].as_array().unwrap());
    let on_sale =
        variants.clone().find(|variant| variant["availability"]["inStock"] == true && variant["price"].is_object());
    let sku = on_sale.expect("something in stock with a price in euro")["sku"].as_str().unwrap().to_owned();

    // Place.
    let placed = customer.place(cart(&sku, 1, CARD)).await;
    assert_eq!(placed["userErrors"], json!([]), "{placed}");
    let id = &placed["order"]["id"];
    let order = customer.order_in(id, "CONFIRMED").await;
    assert_eq!(order["paymentStatus"], "CAPTURED");

    // Watch: the snapshot first, then what staff do.
    let mut live = Live::open(&shop.ready.ws, customer.token.as_deref(), WATCH, json!({ "id": id })).await;
    assert_eq!(live.until_status("CONFIRMED").await.len(), 1, "the snapshot");

    // Ship, deliver.
    let shipped = staff.change("orderShip", "OrderShipInput", json!({ "id": id, "trackingNumber": "T-42" })).await;
    assert_eq!(shipped["order"]["status"], "SHIPPED", "{shipped}");
    assert_eq!(live.until_status("SHIPPED").await.len(), 1);
    let delivered =
        staff.change("orderDeliver", "OrderDeliverInput", json!({ "id": id, "idempotencyKey": key() })).await;
    assert_eq!(delivered["order"]["status"], "DELIVERED", "{delivered}");
    live.until_status("DELIVERED").await;

    // Refund: it shows on the order.
    let payment = &order["payments"][0]["id"];
    let refund = "mutation($input: PaymentRefundInput!) { paymentRefund(input: $input) { payment { state refunded { amount } } userErrors { code message } } }";
    let input =
        json!({ "paymentId": payment, "amount": order["total"], "reason": "too small", "idempotencyKey": key() });
    let refunded = staff.ask(refund, json!({ "input": input })).await;
    assert_eq!(refunded["paymentRefund"]["payment"]["refunded"]["amount"], order["total"]["amount"], "{refunded}");
    eventually("the refund on the order", LIMIT, || async {
        (customer.order(id).await["paymentStatus"] == "REFUNDED").then_some(())
    })
    .await;

    // Told: by mail and in the feed.
    let feed = "{ notifications(first: 50) { nodes { kind orderId } } }";
    eventually("both messages in the feed", LIMIT, || async {
        let data = customer.ask(feed, json!({})).await;
        let nodes = data["notifications"]["nodes"].as_array().unwrap().clone();
        let kinds: Vec<_> =
            nodes.iter().filter(|node| node["orderId"] == *id).map(|node| node["kind"].clone()).collect();
        (kinds.contains(&json!("ORDER_CONFIRMED")) && kinds.contains(&json!("ORDER_SHIPPED"))).then_some(())
    })
    .await;
    let number = order["number"].as_str().unwrap();
    eventually("a mail with the order's number", LIMIT, || async {
        let mails = std::fs::read_dir(&shop.ready.mailbox)
            .unwrap()
            .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path()).ok());
        mails.into_iter().any(|mail| mail.contains(number)).then_some(())
    })
    .await;
}
