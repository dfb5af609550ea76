//! Reservations against their orders, and stock against its reservations.

use souk_contracts::OrderId;
use souk_testing::{World, until};
use std::time::Duration;

use crate::{
    harness::{Shop, new_order},
    owners::Owners,
};

const SOON: Duration = Duration::from_secs(30);

/// (kind, subject, repaired), by kind.
type Findings = Vec<(String, String, bool)>;

/// A shop that reconciles all the time, with 60 units of A and of B.
async fn counted() -> (Shop, Owners) {
    let owners = Owners::default();
    let mut world = World::new("inventory").await;
    world.set("SOUK_SERVICES", format!("orders={}", owners.start().await));
    world.set("SOUK_RECONCILE_MS", 20);
    let shop = Shop::open_in(world).await;
    shop.stock("A", "main", 60).await;
    shop.stock("B", "main", 60).await;
    (shop, owners)
}

impl Shop {
    async fn held(&self) -> OrderId {
        let order = new_order();
        assert_eq!(self.hold(order, &[("A", 1), ("B", 2)]).await["held"], true);
        order
    }

    async fn damage(&self, sql: &'static str) {
        let mut connection = self.world.database.connect().await;
        assert!(sqlx::query(sql).execute(&mut connection).await.unwrap().rows_affected() > 0, "{sql}");
    }

    async fn findings(&self) -> Findings {
        let mut connection = self.world.database.connect().await;
        sqlx::query_as("SELECT kind, subject, repaired FROM reconcile_findings ORDER BY kind, subject")
            .fetch_all(&mut connection)
            .await
            .unwrap()
    }

    /// How many are not over.
    async fn open_findings(&self) -> i64 {
        let mut connection = self.world.database.connect().await;
        let open = "SELECT COUNT(*) FROM reconcile_findings WHERE over_at IS NULL";
        sqlx::query_scalar(open).fetch_one(&mut connection).await.unwrap()
    }

    /// Waits for three looks more: two that must agree, and one that was under way.
    async fn looked(&self) {
        let looks = || async {
            let mut connection = self.world.database.connect().await;
            let fence: i64 =
                sqlx::query_scalar("SELECT fence FROM reconcile_turns").fetch_one(&mut connection).await.unwrap();
            fence
        };
        let enough = looks().await + 4;
        until("three looks of the reconciler", SOON, || async { looks().await >= enough }).await;
    }
}

fn finding(kind: &str, subject: impl ToString, repaired: bool) -> (String, String, bool) {
    (kind.to_owned(), subject.to_string(), repaired)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sound_store_gives_no_finding() {
    let (shop, owners) = counted().await;
    // Two open ones, so that what is held is not as much as what is committed.
    let [open, other] = [shop.held().await, shop.held().await];
    let [confirmed, failed, cancelled] = [shop.held().await, shop.held().await, shop.held().await];
    shop.settle("commit", confirmed).await;
    shop.settle("release", failed).await;
    shop.settle("commit", cancelled).await;
    shop.settle("restock", cancelled).await;
    owners.orders_stand(&[
        (open, "AWAITING_PAYMENT"),
        (other, "PENDING"),
        (confirmed, "SHIPPED"),
        (failed, "PAYMENT_FAILED"),
        (cancelled, "CANCELLED"),
    ]);
    shop.looked().await;
    assert_eq!(shop.findings().await, []);
    assert_eq!(shop.states(open).await, ["HELD", "HELD"]);
    shop.assert_books_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_lost_event_should_have_done_is_done() {
    let (shop, owners) = counted().await;
    let [confirmed, failed, cancelled] = [shop.held().await, shop.held().await, shop.held().await];
    shop.settle("commit", cancelled).await;
    owners.orders_stand(&[(confirmed, "CONFIRMED"), (failed, "EXPIRED"), (cancelled, "CANCELLED")]);
    until("three findings", SOON, || async { shop.findings().await.len() == 3 }).await;
    for (order, state) in [(confirmed, "COMMITTED"), (failed, "RELEASED"), (cancelled, "RESTOCKED")] {
        assert_eq!(shop.states(order).await, [state, state]);
    }
    shop.looked().await;
    let expected = [
        finding("units-not-committed", confirmed, true),
        finding("units-not-released", failed, true),
        finding("units-not-restocked", cancelled, true),
    ];
    assert_eq!(shop.findings().await, expected);
    assert_eq!(shop.level("B").await, (58, 0, 58));
    shop.assert_books_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_a_count_can_tell_is_written_down_and_left_as_it_is() {
    let (shop, owners) = counted().await;
    let [shipped, unknown, ending] = [shop.held().await, shop.held().await, shop.held().await];
    shop.settle("release", shipped).await;
    // Its cancellation waits for the money.
    shop.settle("restock", ending).await;
    shop.settle("commit", unknown).await;
    shop.damage("UPDATE stock SET reserved = reserved + 3 WHERE sku = 'A'").await;
    owners.orders_stand(&[(shipped, "SHIPPED"), (ending, "CONFIRMED")]);
    let expected = [
        finding("confirmed-without-units", shipped, false),
        finding("stock-reserved-differs", "A@main", false),
        finding("units-without-order", unknown, false),
    ];
    until("three findings", SOON, || async { shop.findings().await.len() == 3 }).await;
    shop.looked().await;
    assert_eq!(shop.findings().await, expected);
    assert_eq!(shop.level("A").await, (59, 3, 56), "nobody counted");
    assert_eq!(shop.states(unknown).await, ["COMMITTED", "COMMITTED"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shelf_that_sells_between_two_looks_is_seen_and_told_anew_when_it_is_wrong_again() {
    let (shop, _owners) = counted().await;
    let mut connection = shop.world.database.connect().await;
    // A sale at the beginning of each look.
    let sale = "CREATE TRIGGER sale AFTER UPDATE ON reconcile_turns FOR EACH ROW
                UPDATE stock SET version = version + 1 WHERE sku = 'A'";
    sqlx::raw_sql(sale).execute(&mut connection).await.unwrap();
    for _ in 0..2 {
        shop.damage("UPDATE stock SET reserved = reserved + 3 WHERE sku = 'A'").await;
        until("the finding", SOON, || async { shop.open_findings().await == 1 }).await;
        shop.looked().await;
        assert_eq!(shop.findings().await, [finding("stock-reserved-differs", "A@main", false)]);
        shop.damage("UPDATE stock SET reserved = reserved - 3 WHERE sku = 'A'").await;
        until("its being over", SOON, || async { shop.open_findings().await == 0 }).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reservations_that_changed_lately_are_looked_at_however_old_beside_one_that_cannot_be_read() {
    let (shop, owners) = counted().await;
    let mut orders = [shop.held().await, shop.held().await];
    // They are asked about in this order.
    orders.sort_unstable();
    let [broken, confirmed] = orders;
    let long_ago = "UPDATE reservations SET id = UNHEX(CONCAT('0100', SUBSTRING(HEX(id), 5)))";
    shop.damage(long_ago).await;
    let mut connection = shop.world.database.connect().await;
    sqlx::query("UPDATE reservations SET state = 'LOST' WHERE order_id = ?")
        .bind(broken.uuid())
        .execute(&mut connection)
        .await
        .unwrap();
    owners.orders_stand(&[(broken, "CONFIRMED"), (confirmed, "CONFIRMED")]);
    until("four findings", SOON, || async { shop.findings().await.len() == 4 }).await;
    let expected = [
        finding("stock-reserved-differs", "A@main", false),
        finding("stock-reserved-differs", "B@main", false),
        finding("units-not-committed", confirmed, true),
        finding("units-unreadable", broken, false),
    ];
    assert_eq!(shop.findings().await, expected);
    assert_eq!(shop.states(confirmed).await, ["COMMITTED", "COMMITTED"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_orders_has_mended_is_over_however_long_ago_the_reservations_changed() {
    let (shop, owners) = counted().await;
    let order = shop.held().await;
    shop.settle("release", order).await;
    owners.orders_stand(&[(order, "SHIPPED")]);
    until("the finding", SOON, || async { shop.open_findings().await == 1 }).await;
    assert_eq!(shop.findings().await, [finding("confirmed-without-units", order, false)]);
    shop.damage("UPDATE reservations SET updated_at = NOW(6) - INTERVAL 1 DAY").await;
    owners.orders_stand(&[(order, "CANCELLED")]);
    until("its being over", SOON, || async { shop.open_findings().await == 0 }).await;
}
