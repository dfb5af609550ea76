//! Orders at rest against what payments says of them.

use souk_testing::until;

use crate::harness::{Basket, SOON, Shop, id, path};

/// (kind, subject, repaired), by kind.
type Findings = Vec<(String, String, bool)>;

impl Shop {
    async fn reconciling() -> Self {
        Self::open_with(&[("SOUK_RECONCILE_MS", "20")]).await
    }

    async fn findings(&self) -> Findings {
        let mut connection = self.world.database.connect().await;
        sqlx::query_as("SELECT kind, subject, repaired FROM reconcile_findings ORDER BY kind, subject")
            .fetch_all(&mut connection)
            .await
            .unwrap()
    }

    async fn found(&self, count: usize) {
        until(&format!("{count} findings"), SOON, || async { self.findings().await.len() == count }).await;
    }

    async fn damage(&self, sql: &'static str, order: &str) {
        let order: souk_contracts::OrderId = order.parse().unwrap();
        let mut connection = self.world.database.connect().await;
        let done = sqlx::query(sql).bind(order.uuid()).execute(&mut connection).await.unwrap();
        assert!(done.rows_affected() > 0, "{sql}");
    }

    async fn all_over(&self) {
        until("the findings being over", SOON, || async {
            let mut connection = self.world.database.connect().await;
            let open = "SELECT COUNT(*) FROM reconcile_findings WHERE NOT repaired AND over_at IS NULL";
            let open: i64 = sqlx::query_scalar(open).fetch_one(&mut connection).await.unwrap();
            open == 0
        })
        .await;
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

const FORGET: &str = "UPDATE orders SET payment_status = 'NONE' WHERE id = ?";

fn finding(kind: &str, order: &str, repaired: bool) -> (String, String, bool) {
    (kind.to_owned(), order.to_owned(), repaired)
}

#[tokio::test]
async fn a_sound_shop_gives_no_finding() {
    let shop = Shop::reconciling().await;
    let confirmed = id(&shop.place(&Basket::card()).await);
    let declined = id(&shop.place(&Basket::token("tok_declined")).await);
    let cash = id(&shop.place(&Basket::cash()).await);
    id(&shop.place(&Basket::upi()).await);
    let cancelled = id(&shop.place(&Basket::card()).await);
    shop.cancel(&shop.customer, &cancelled).await;
    shop.wait_for(&confirmed, "CONFIRMED", "CAPTURED").await;
    shop.wait_for(&declined, "PAYMENT_FAILED", "NONE").await;
    shop.wait_for(&cash, "CONFIRMED", "AUTHORIZED").await;
    shop.wait_for(&cancelled, "CANCELLED", "REFUNDED").await;
    shop.looked().await;
    assert_eq!(shop.findings().await, []);
    assert!(shop.fakes.books().count("PaymentsForOrder") >= 8, "four orders at rest were asked for twice");
}

#[tokio::test]
async fn money_that_came_for_an_order_that_ended_goes_back_although_nobody_told_of_it() {
    let shop = Shop::reconciling().await;
    let order = id(&shop.place(&Basket::token("tok_declined")).await);
    shop.wait_for(&order, "PAYMENT_FAILED", "NONE").await;
    {
        let mut books = shop.fakes.books();
        let payment = books.payments.get_mut(&order).unwrap();
        // The bank took it after all.
        (payment.state, payment.captured, payment.authorized, payment.cancelled) = ("CAPTURED", true, true, false);
        payment.version += 1;
    }
    shop.wait_for(&order, "PAYMENT_FAILED", "REFUNDED").await;
    assert!(shop.fakes.payment(&order).unwrap().refunded);
    shop.looked().await;
    assert_eq!(shop.findings().await, [finding("ended-order-holds-money", &order, true)]);
}

#[tokio::test]
async fn a_refund_that_nobody_told_of_is_followed() {
    let shop = Shop::reconciling().await;
    let order = id(&shop.place(&Basket::card()).await);
    {
        let mut books = shop.fakes.books();
        let payment = books.payments.get_mut(&order).unwrap();
        payment.refunded = true;
        payment.version += 1;
    }
    let refunded = shop.wait_for(&order, "CONFIRMED", "REFUNDED").await;
    path(&refunded);
    shop.looked().await;
    assert_eq!(shop.findings().await, [finding("payment-not-followed", &order, true)]);
}

#[tokio::test]
async fn a_row_that_forgot_its_payment_is_told_again_and_one_that_nothing_pays_is_written_down() {
    let shop = Shop::reconciling().await;
    let (forgetful, unpaid) = (id(&shop.place(&Basket::card()).await), id(&shop.place(&Basket::card()).await));
    shop.fakes.books().payments.remove(&unpaid);
    shop.damage(FORGET, &forgetful).await;
    shop.wait_for(&forgetful, "CONFIRMED", "CAPTURED").await;
    shop.found(2).await;
    shop.looked().await;
    let expected =
        [finding("confirmed-without-payment", &unpaid, false), finding("payment-not-followed", &forgetful, true)];
    assert_eq!(shop.findings().await, expected);
    assert_eq!(shop.order(&unpaid).await["status"], "CONFIRMED", "people decide what becomes of it");
}

#[tokio::test]
async fn an_order_that_cannot_be_read_is_told_and_holds_no_other_one_up() {
    let shop = Shop::reconciling().await;
    let (broken, forgetful) = (id(&shop.place(&Basket::card()).await), id(&shop.place(&Basket::card()).await));
    shop.damage("UPDATE orders SET payment_method = 'SHELLS' WHERE id = ?", &broken).await;
    shop.damage(FORGET, &forgetful).await;
    shop.wait_for(&forgetful, "CONFIRMED", "CAPTURED").await;
    shop.found(2).await;
    let expected = [finding("order-unreadable", &broken, false), finding("payment-not-followed", &forgetful, true)];
    assert_eq!(shop.findings().await, expected);
    shop.damage("UPDATE orders SET payment_method = 'CARD' WHERE id = ?", &broken).await;
    shop.all_over().await;
}

#[tokio::test]
async fn what_payments_has_mended_is_over_however_long_ago_the_order_changed() {
    let shop = Shop::reconciling().await;
    let order = id(&shop.place(&Basket::card()).await);
    let payment = shop.fakes.books().payments.remove(&order).unwrap();
    shop.found(1).await;
    assert_eq!(shop.findings().await, [finding("confirmed-without-payment", &order, false)]);
    shop.damage("UPDATE orders SET changed_at = NOW(6) - INTERVAL 1 DAY WHERE id = ?", &order).await;
    shop.fakes.books().payments.insert(order, payment);
    shop.all_over().await;
}

#[tokio::test]
async fn an_order_that_changed_lately_is_looked_at_however_long_ago_it_was_placed() {
    let window_ms = 2_000;
    let shop =
        Shop::open_with(&[("SOUK_RECONCILE_MS", "20"), ("SOUK_RECONCILE_WINDOW_MS", &window_ms.to_string())]).await;
    let order = id(&shop.place(&Basket::card()).await);
    let placed = std::time::Instant::now();
    until("the window to pass", SOON, || async { placed.elapsed().as_millis() > window_ms }).await;
    shop.damage(FORGET, &order).await;
    shop.wait_for(&order, "CONFIRMED", "CAPTURED").await;
    shop.found(1).await;
    assert_eq!(shop.findings().await, [finding("payment-not-followed", &order, true)]);
}
