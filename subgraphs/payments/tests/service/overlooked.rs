//! What a look must not overlook: payments whose operation never ends, that changed long after they were made, or that
//! lie beside one that cannot be read.

use std::time::Duration;

use souk_contracts::PaymentId;
use souk_process::clock;
use souk_testing::until;

use crate::{
    harness::{LIMIT, Till, amount, an_order, card},
    reconcile::{finding, id, invent},
};

const WINDOW_MS: u64 = 2_000;

impl Till {
    async fn open_findings(&self) -> i64 {
        self.number("SELECT COUNT(*) FROM reconcile_findings WHERE NOT repaired AND over_at IS NULL").await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_never_ends_is_told_and_hides_nothing() {
    let mut till = Till::open().await;
    let stuck = till.start(card(an_order(), "tok_ok")).await;
    let busy = till.start(card(an_order(), "tok_ok")).await;
    let wrong = "UPDATE payments SET refunded_minor = 100 WHERE id = ?";
    let asked_since_yesterday =
        "INSERT INTO provider_operations (payment_id, kind, n, state, tries, run_at, created_at, last_outcome)
         VALUES (?, 'VOID', 1, 'PENDING', 9, NOW(6) + INTERVAL 1 DAY, NOW(6) - INTERVAL 1 DAY, 'no answer in time')";
    let asked_now = "INSERT INTO provider_operations (payment_id, kind, n, state, tries, run_at)
                     VALUES (?, 'VOID', 1, 'PENDING', 1, NOW(6) + INTERVAL 1 DAY)";
    till.damage(wrong, &stuck).await;
    till.damage(asked_since_yesterday, &stuck).await;
    till.damage(wrong, &busy).await;
    till.damage(asked_now, &busy).await;

    till.reconcile().await;
    until("two findings", LIMIT, || async { till.findings().await.len() == 2 }).await;
    till.looked().await;
    let expected = [
        finding("payment-operation-overdue", &id(&stuck), false),
        finding("payment-refunded-differs", &id(&stuck), false),
    ];
    assert_eq!(till.findings().await, expected, "the other is under way");
    till.damage("UPDATE payments SET refunded_minor = 0 WHERE id = ?", &stuck).await;
    till.damage("UPDATE provider_operations SET state = 'DONE' WHERE n = 1 AND payment_id = ?", &stuck).await;
    until("both being over", LIMIT, || async { till.open_findings().await == 0 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_changed_lately_is_looked_at_however_long_ago_it_was_made() {
    let mut till = Till::open().await;
    till.world.set("SOUK_RECONCILE_WINDOW_MS", WINDOW_MS);
    let order = an_order();
    let payment = till.start(card(order, "tok_ok")).await;
    let made = clock::now();
    let window = Duration::from_millis(WINDOW_MS);
    until("the window to pass", LIMIT, || async { clock::now() - made > chrono::TimeDelta::from_std(window).unwrap() })
        .await;
    till.reconcile().await;
    till.damage("UPDATE payments SET state = 'AUTHORIZED', captured_minor = 0 WHERE id = ?", &payment).await;
    let again = till.becomes(order, "CAPTURED").await;
    assert_eq!(amount(&again, "captured"), "19.90");

    let old = invent(&till, PaymentId::new(clock::now() - chrono::TimeDelta::hours(3), [7; 10])).await;
    until("two findings", LIMIT, || async { till.findings().await.len() == 2 }).await;
    let expected = [
        finding("payment-state-differs", &id(&payment), true),
        finding("payment-without-charge", &old.to_string(), false),
    ];
    assert_eq!(till.findings().await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_cannot_be_read_holds_no_other_one_up() {
    let mut till = Till::open().await;
    let [broken, wrong] = [till.start(card(an_order(), "tok_ok")).await, till.start(card(an_order(), "tok_ok")).await];
    till.damage("UPDATE payments SET state = 'LOST' WHERE id = ?", &broken).await;
    till.damage("UPDATE payments SET refunded_minor = 100 WHERE id = ?", &wrong).await;
    till.reconcile().await;
    until("two findings", LIMIT, || async { till.findings().await.len() == 2 }).await;
    till.looked().await;
    let expected =
        [finding("payment-refunded-differs", &id(&wrong), false), finding("payment-unreadable", &id(&broken), false)];
    assert_eq!(till.findings().await, expected);
    till.damage("UPDATE payments SET state = 'CAPTURED' WHERE id = ?", &broken).await;
    until("one being over", LIMIT, || async { till.open_findings().await == 1 }).await;
}
