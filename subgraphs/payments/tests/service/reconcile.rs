//! The payments against the provider's book: news that was lost is taken, what cannot be explained is written down, and
//! a sound till gives no finding.

use serde_json::{Value, json};
use souk_contracts::PaymentId;
use souk_process::clock;
use souk_testing::until;

use crate::harness::{LIMIT, Till, amount, an_order, card, input, run};

/// (kind, subject, repaired), by kind.
pub type Findings = Vec<(String, String, bool)>;

impl Till {
    /// Payments again, with a reconciler that looks all the time.
    pub async fn reconcile(&mut self) {
        self.service.shutdown.request();
        self.service.shutdown.drain(LIMIT).await;
        self.world.set("SOUK_RECONCILE_MS", 20);
        self.service = run(&self.world).await;
    }

    pub async fn damage(&self, sql: &'static str, payment: &Value) {
        let id: PaymentId = payment["paymentId"].as_str().unwrap().parse().unwrap();
        let mut connection = self.world.database.connect().await;
        let done = sqlx::query(sql).bind(id.uuid()).execute(&mut connection).await.unwrap();
        assert!(done.rows_affected() > 0, "{sql}");
    }

    pub async fn number(&self, sql: &'static str) -> i64 {
        let mut connection = self.world.database.connect().await;
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    }

    /// Waits for three looks more: two that must agree, and one that was under way.
    pub async fn looked(&self) {
        let looks = || self.number("SELECT fence FROM reconcile_turns");
        let enough = looks().await + 4;
        until("three looks of the reconciler", LIMIT, || async { looks().await >= enough }).await;
    }

    pub async fn findings(&self) -> Findings {
        let mut connection = self.world.database.connect().await;
        sqlx::query_as("SELECT kind, subject, repaired FROM reconcile_findings ORDER BY kind")
            .fetch_all(&mut connection)
            .await
            .unwrap()
    }
}

pub fn id(payment: &Value) -> String {
    payment["paymentId"].as_str().unwrap().to_owned()
}

pub fn finding(kind: &str, subject: &str, repaired: bool) -> (String, String, bool) {
    (kind.to_owned(), subject.to_owned(), repaired)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_till_gives_no_finding() {
    let mut till = Till::open().await;
    till.start(card(an_order(), "tok_ok")).await;
    till.start(card(an_order(), "tok_declined")).await;
    till.start(input(an_order(), "UPI", None)).await;
    till.start(input(an_order(), "CASH_ON_DELIVERY", None)).await;
    let refunded = an_order();
    till.start(card(refunded, "tok_ok")).await;
    till.cancel(refunded, None).await;
    let lost = an_order();
    till.start(card(lost, "tok_timeout_after")).await;
    till.becomes(lost, "CAPTURED").await;

    till.reconcile().await;
    till.looked().await;
    assert_eq!(till.findings().await, []);
    assert_eq!(till.number("SELECT COUNT(*) FROM payments").await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_whose_webhook_was_lost_is_taken_and_orders_is_told() {
    let mut till = Till::open().await;
    till.courier.deliver_to(None);
    let order = an_order();
    let waiting = till.start(input(order, "UPI", None)).await;
    till.decide(&waiting, "approve").await;
    assert_eq!(till.payments(order).await[0]["state"], "REQUIRES_ACTION");

    till.reconcile().await;
    let told = till.told(order, "CAPTURED").await;
    assert_eq!(told["paymentId"], waiting["paymentId"]);
    until("the finding", LIMIT, || async { !till.findings().await.is_empty() }).await;
    assert_eq!(till.findings().await, [finding("payment-missed-news", &id(&waiting), true)]);
    till.looked().await;
    assert_eq!(till.number("SELECT times FROM reconcile_findings").await, 1, "it is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_forgot_what_its_charge_says_is_repaired_by_the_charge() {
    let mut till = Till::open().await;
    let order = an_order();
    let payment = till.start(card(order, "tok_ok")).await;
    assert_eq!(payment["state"], "CAPTURED");
    till.damage("UPDATE payments SET state = 'AUTHORIZED', captured_minor = 0 WHERE id = ?", &payment).await;

    till.reconcile().await;
    let again = till.becomes(order, "CAPTURED").await;
    assert_eq!(amount(&again, "captured"), "19.90");
    till.looked().await;
    assert_eq!(till.findings().await, [finding("payment-state-differs", &id(&payment), true)]);
    assert_eq!(till.provider.charges_of(&payment).await.len(), 1, "nothing was charged for it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_provider_cannot_explain_is_written_down_and_left_as_it_is() {
    let mut till = Till::open().await;
    let [refund, failed, gone] = [an_order(), an_order(), an_order()];
    let refund_payment = till.start(card(refund, "tok_ok")).await;
    till.damage("UPDATE payments SET refunded_minor = 100 WHERE id = ?", &refund_payment).await;
    let failed_payment = till.start(card(failed, "tok_declined")).await;
    let taken = "UPDATE payments
                 SET state = 'CAPTURED', authorized_minor = amount_minor, captured_minor = amount_minor,
                     failure_reason = NULL
                 WHERE id = ?";
    till.damage(taken, &failed_payment).await;
    let gone_payment = till.start(card(gone, "tok_ok")).await;
    let charge = till.provider.charges_of(&gone_payment).await[0].clone();
    till.damage("DELETE FROM provider_operations WHERE payment_id = ?", &gone_payment).await;
    till.damage("DELETE FROM payments WHERE id = ?", &gone_payment).await;
    let invented = invent(&till, PaymentId::new(clock::now(), [7; 10])).await;

    till.reconcile().await;
    until("four findings", LIMIT, || async { till.findings().await.len() == 4 }).await;
    let expected = [
        finding("charge-without-payment", charge["id"].as_str().unwrap(), false),
        finding("payment-refunded-differs", &id(&refund_payment), false),
        finding("payment-state-differs", &id(&failed_payment), false),
        finding("payment-without-charge", &invented.to_string(), false),
    ];
    assert_eq!(till.findings().await, expected);
    till.looked().await;
    assert_eq!(till.findings().await, expected, "however often it is seen");
    assert!(till.number("SELECT MIN(times) FROM reconcile_findings").await > 1);
    let refunded = till.payments(refund).await;
    assert_eq!((amount(&refunded[0], "refunded"), amount(&refunded[0], "captured")), ("1.00", "19.90"));
    assert_eq!(till.payments(failed).await[0]["state"], json!("CAPTURED"));
}

/// A payment that no provider knows.
pub async fn invent(till: &Till, payment: PaymentId) -> PaymentId {
    let order = an_order();
    let mut connection = till.world.database.connect().await;
    sqlx::query(
        "INSERT INTO payments (id, order_id, attempt, live_order_id, method, token, state, version, currency,
                               amount_minor, authorized_minor, captured_minor, charge_id, charge_version)
         VALUES (?, ?, 1, ?, 'CARD', 'tok_ok', 'CAPTURED', 2, 'EUR', 1990, 1990, 1990, 'ch_invented', 2)",
    )
    .bind(payment.uuid())
    .bind(order.uuid())
    .bind(order.uuid())
    .execute(&mut connection)
    .await
    .unwrap();
    payment
}
