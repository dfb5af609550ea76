//! Cancelling in every state.

use serde_json::json;
use souk_testing::eventually;

use crate::harness::{LIMIT, Till, amount, an_order, card, input};

#[tokio::test(flavor = "multi_thread")]
async fn captured_money_goes_back_once() {
    let till = Till::open().await;
    let order = an_order();
    let payment = till.start(card(order, "tok_ok")).await;
    let all = futures_util::future::join_all((0..4).map(|_| till.cancel(order, Some(1)))).await;
    assert!(all.iter().all(|payments| payments.len() == 1));
    let back = &till.cancel(order, None).await[0];
    assert_eq!((&back["cancelled"], amount(back, "refunded")), (&json!(true), "19.90"));
    let charge = &till.provider.charges_of(&payment).await[0];
    assert_eq!((&charge["refunded_minor"], charge["refunds"].as_array().unwrap().len()), (&json!(1990), 1));
    till.events_arrive(&payment, &[1, 2, 3]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_the_customer_is_withdrawn() {
    let till = Till::open().await;
    let order = an_order();
    let waiting = till.start(input(order, "UPI", None)).await;
    let cancelled = till.cancel(order, Some(1)).await.remove(0);
    assert_eq!((&cancelled["state"], &cancelled["failureReason"]), (&json!("FAILED"), &json!("cancelled")));
    assert_eq!(till.provider.charges_of(&waiting).await[0]["status"], "voided");
}

#[tokio::test(flavor = "multi_thread")]
async fn authorised_cash_is_voided() {
    let till = Till::open().await;
    let order = an_order();
    till.start(input(order, "CASH_ON_DELIVERY", None)).await;
    let cancelled = till.cancel(order, None).await.remove(0);
    assert_eq!((&cancelled["state"], &cancelled["cancelled"]), (&json!("VOIDED"), &json!(true)));
    assert_eq!(till.try_capture(order).await.code(), "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_payment_is_cancelled_once_it_is_known() {
    let till = Till::open().await;
    let order = an_order();
    let payment = till.start(card(order, "tok_timeout_after")).await;
    let pending = till.cancel(order, Some(1)).await.remove(0);
    assert_eq!(pending["cancelled"], false);
    let done = eventually("the cancellation", LIMIT, || async {
        till.payments(order).await.into_iter().find(|payment| payment["cancelled"] == true)
    })
    .await;
    assert_eq!(done["state"], "VOIDED");
    assert_eq!(till.provider.charges_of(&payment).await[0]["status"], "voided");
    till.told(order, "VOIDED").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_attempt_cannot_start_later() {
    let till = Till::open().await;
    let (one, all) = (an_order(), an_order());
    assert!(till.cancel(one, Some(1)).await.is_empty());
    assert!(till.cancel(all, None).await.is_empty());
    for order in [one, all] {
        assert_eq!(till.try_start(card(order, "tok_ok")).await.code(), "CONFLICT");
        assert!(till.payments(order).await.is_empty());
    }
    let mut second = card(one, "tok_ok");
    second["attempt"] = json!(2);
    assert_eq!(till.start(second).await["state"], "CAPTURED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_and_its_cancellation_at_once_leave_no_money() {
    let till = Till::open().await;
    for _ in 0..12 {
        let order = an_order();
        let (_, _) = tokio::join!(till.try_start(card(order, "tok_ok")), till.cancel(order, Some(1)));
        eventually("no money being kept", LIMIT, || async {
            let payments = till.payments(order).await;
            payments.iter().all(|payment| payment["cancelled"] == true).then_some(())
        })
        .await;
    }
}
