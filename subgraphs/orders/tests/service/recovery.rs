//! What a crash or an outage leaves is carried on.

use souk_testing::{Statements, until};

use crate::harness::{Basket, SOON, Shop, id, path, run};

#[tokio::test]
async fn payments_away_is_never_a_declined_payment() {
    let shop = Shop::open_with(&[("SOUK_ORDERS_INLINE_MS", "300")]).await;
    shop.fakes.books().away = vec!["payments"];
    let placed = shop.place(&Basket::card()).await;
    assert_eq!(
        (placed["order"]["status"].as_str(), placed["userErrors"].as_array().unwrap().len()),
        (Some("RESERVED"), 0)
    );
    let order = id(&placed);
    shop.fakes.books().away.clear();
    let confirmed = shop.wait_for(&order, "CONFIRMED", "CAPTURED").await;
    assert_eq!(path(&confirmed), ["PENDING", "RESERVED", "AWAITING_PAYMENT", "CONFIRMED"]);
}

#[tokio::test]
async fn inventory_away_leaves_the_order_pending_until_it_is_back() {
    let shop = Shop::open_with(&[("SOUK_ORDERS_INLINE_MS", "300")]).await;
    shop.fakes.books().away = vec!["inventory"];
    let placed = shop.place(&Basket::card()).await;
    assert_eq!(placed["order"]["status"], "PENDING");
    shop.fakes.books().away.clear();
    shop.wait_for(&id(&placed), "CONFIRMED", "CAPTURED").await;
}

#[tokio::test]
async fn a_payment_still_processing_is_asked_again() {
    let shop = Shop::open_with(&[("SOUK_ORDERS_INLINE_MS", "300")]).await;
    let placed = shop.place(&Basket::token("tok_slow")).await;
    assert_eq!(placed["order"]["status"], "RESERVED");
    let order = id(&placed);
    shop.fakes.capture(&order);
    shop.wait_for(&order, "CONFIRMED", "CAPTURED").await;
    assert!(shop.fakes.books().count("ReservationExtend") >= 1, "the units are kept while the outcome is open");
}

#[tokio::test]
async fn another_replica_takes_over_when_the_lease_runs_out_and_the_sleeper_does_nothing() {
    let shop = Shop::open_with(&[("SOUK_ORDERS_INLINE_MS", "100"), ("SOUK_ORDERS_SAGA_LEASE_MS", "500")]).await;
    let other = run(&shop.world).await;
    shop.fakes.close_gate("PaymentStart");
    let order = id(&shop.place(&Basket::card()).await);
    let confirmed = shop.wait_for(&order, "CONFIRMED", "CAPTURED").await;
    // The first runner wakes up with an answer, long after it has lost the saga.
    shop.fakes.open_gate();
    shop.cancel(&shop.customer, &order).await;
    let ended = shop.wait_for(&order, "CANCELLED", "REFUNDED").await;
    assert_eq!(path(&confirmed), ["PENDING", "RESERVED", "AWAITING_PAYMENT", "CONFIRMED"]);
    assert_eq!(path(&ended)[4..], ["CANCELLED"]);
    assert_eq!(shop.fakes.books().payments.len(), 1);
    other.shutdown.drain(SOON).await;
}

#[tokio::test]
async fn a_stop_in_the_middle_loses_nothing() {
    let shop = Shop::open_with(&[("SOUK_ORDERS_INLINE_MS", "100")]).await;
    shop.fakes.books().away = vec!["payments"];
    let order = id(&shop.place(&Basket::card()).await);
    shop.running.shutdown.drain(SOON).await;
    shop.fakes.books().away.clear();
    let running = run(&shop.world).await;
    let shop = Shop { running, ..shop };
    shop.wait_for(&order, "CONFIRMED", "CAPTURED").await;
}

#[tokio::test]
async fn stock_is_counted_on_from_before_it_was_asked_for() {
    let shop = Shop::open().await;
    let placed = shop.place(&Basket::upi()).await;
    let mut connection = shop.world.database.connect().await;
    // The order's first event was written when its saga was leased, before inventory was asked. However long the
    // answer took, the units are sure for a minute less than their fifteen from then on, and not from the answer.
    let (sure,): (bool,) = sqlx::query_as(
        "SELECT s.reserved_until <= o.leased_at + INTERVAL 840 SECOND
                AND s.reserved_until > o.leased_at + INTERVAL 830 SECOND
         FROM sagas s JOIN (SELECT MIN(created_at) AS leased_at FROM outbox WHERE subject = ?) o",
    )
    .bind(id(&placed))
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert!(sure, "the reservation may lapse before orders stops to count on it");
}

#[tokio::test]
async fn a_worker_that_has_nothing_to_do_locks_nothing() {
    let shop = Shop::open().await;
    let statements = Statements::record(&shop.world.database).await;
    until("three looks for work", SOON, || async { statements.naming(&["sagas"]).await.len() >= 3 }).await;
    let said = statements.naming(&["sagas"]).await;
    assert!(!said.iter().any(|statement| statement.contains("FOR UPDATE")), "{said:#?}");
}
