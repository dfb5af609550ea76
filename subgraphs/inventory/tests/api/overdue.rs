//! Reservations whose time is up: orders is asked, then they end.

use std::time::Duration;

use souk_contracts::OrderId;
use souk_testing::{World, until};

use crate::{
    harness::{Shop, new_order, run},
    owners::Owners,
};

const SOON: Duration = Duration::from_secs(20);

/// A shop whose sweeper is quick, with as many overdue holds of one unit of A, of 60.
async fn overdue(count: usize) -> (Shop, Owners, Vec<OrderId>) {
    let owners = Owners::default();
    let mut world = World::new("inventory").await;
    world.set("SOUK_SERVICES", format!("orders={}", owners.start().await));
    world.set("SOUK_SWEEP_MS", 20);
    let shop = Shop::open_in(world).await;
    shop.stock("A", "main", 60).await;
    let orders: Vec<_> = (0..count).map(|_| new_order()).collect();
    for order in &orders {
        assert_eq!(shop.hold(*order, &[("A", 1)]).await["held"], true);
        shop.reservation_ends_in(*order, -1).await;
    }
    (shop, owners, orders)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_reservation_frees_its_stock_once_whoever_sweeps() {
    let (shop, owners, orders) = overdue(20).await;
    let second = run(&shop.world).await;
    let kept = new_order();
    assert_eq!(shop.hold(kept, &[("A", 1)]).await["held"], true);
    owners.orders_stand(&orders.iter().map(|order| (*order, "AWAITING_PAYMENT")).collect::<Vec<_>>());
    until("all overdue reservations expire", SOON, || async { shop.level("A").await == (60, 1, 59) }).await;
    assert_eq!(shop.states(orders[0]).await, ["EXPIRED"]);
    assert!(!shop.settle("commit", orders[0]).await, "an expired reservation is not committed");
    assert_eq!(shop.states(kept).await, ["HELD"]);
    shop.assert_books_balance().await;
    second.shutdown.request();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmed_order_keeps_its_units_however_late_its_event_is() {
    let (shop, owners, orders) = overdue(5).await;
    let [confirmed, shipped, failed, moving, unknown] = orders[..] else { unreachable!() };
    // Nothing is freed while orders cannot be asked.
    until("orders is asked", SOON, || async { owners.times_asked(&unknown.to_string()) > 1 }).await;
    assert_eq!(shop.level("A").await, (60, 5, 55));
    owners.orders_stand(&[
        (confirmed, "CONFIRMED"),
        (shipped, "SHIPPED"),
        (failed, "PAYMENT_FAILED"),
        (moving, "MOVING"),
    ]);
    until("four end", SOON, || async { shop.level("A").await == (58, 1, 57) }).await;
    for (order, state) in
        [(confirmed, "COMMITTED"), (shipped, "COMMITTED"), (failed, "RELEASED"), (moving, "HELD"), (unknown, "EXPIRED")]
    {
        assert_eq!(shop.states(order).await, [state]);
    }
    owners.orders_stand(&[(moving, "CONFIRMED")]);
    until("the last ends", SOON, || async { shop.states(moving).await == ["COMMITTED"] }).await;
    shop.assert_books_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_whose_reservations_cannot_be_read_holds_no_other_one_up() {
    let (shop, owners, _) = overdue(0).await;
    let mut orders = [new_order(), new_order()];
    orders.sort_unstable();
    let [broken, confirmed] = orders;
    for order in orders {
        assert_eq!(shop.hold(order, &[("A", 1), ("A", 2)]).await["held"], true);
    }
    let mut connection = shop.world.database.connect().await;
    sqlx::query("UPDATE reservations SET state = 'LOST' WHERE order_id = ? AND quantity = 2")
        .bind(broken.uuid())
        .execute(&mut connection)
        .await
        .unwrap();
    owners.orders_stand(&[(broken, "CONFIRMED"), (confirmed, "CONFIRMED")]);
    for order in orders {
        shop.reservation_ends_in(order, -1).await;
    }
    until("the sound one ends", SOON, || async { shop.states(confirmed).await == ["COMMITTED"; 2] }).await;
    assert_eq!(shop.level("A").await, (57, 3, 54), "what cannot be read is not touched");
}
