//! Every invariant is seen to break once: one row of a sound shop is damaged, and the check names it.

use futures_util::{StreamExt as _, stream};
use serde_json::json;
use souk_contracts::OrderId;
use uuid::Uuid;

use super::{
    copy::{ShopCopy, finding},
    stories::{self, STORIES},
};
use crate::verify::{Sighting, report::Rest};

/// What is done to a sound shop, and what must be said about it.
struct Damage {
    invariant: usize,
    service: &'static str,
    statements: &'static str,
    of: String,
    what: &'static str,
}

fn damage(invariant: usize, service: &'static str, statements: &'static str, told: (String, &'static str)) -> Damage {
    Damage { invariant, service, statements, of: told.0, what: told.1 }
}

fn damages() -> Vec<Damage> {
    [stock_damages(), money_damages(), order_damages(), told_damages()].into_iter().flatten().collect()
}

fn order(number: usize) -> String {
    STORIES[number - 1].order().to_string()
}

fn payment(number: usize) -> String {
    STORIES[number - 1].payment().to_string()
}

fn stock_damages() -> Vec<Damage> {
    let shelf = || "MUG@main".to_owned();
    vec![
        damage(
            1,
            "inventory",
            "ALTER TABLE stock DROP CONSTRAINT stock_not_oversold; UPDATE stock SET reserved = 18",
            (shelf(), "on hand 17, reserved 18"),
        ),
        damage(2, "inventory", "UPDATE stock SET reserved = 2", (shelf(), "reserved 2, but reservations hold 1")),
        damage(3, "inventory", "UPDATE stock SET on_hand = 16", (shelf(), "the ledger sums up to 17")),
        damage(
            3,
            "inventory",
            "UPDATE stock_ledger SET kind = 'ADJUSTED' WHERE kind = 'RESTOCKED'",
            (shelf(), "is not the 21 that adjustments put in"),
        ),
        damage(
            4,
            "orders",
            "UPDATE order_lines SET quantity = 20 WHERE quantity = 2",
            ("MUG".to_owned(), "21 units are sold"),
        ),
    ]
}

fn money_damages() -> Vec<Damage> {
    vec![
        damage(
            5,
            "payments",
            "UPDATE payments SET captured_minor = 1900 WHERE refunded_minor = 0 AND captured_minor > 0",
            (order(1), "1900 EUR of 1990 EUR are captured"),
        ),
        damage(
            5,
            "inventory",
            "UPDATE reservations SET state = 'EXPIRED' WHERE quantity = 2",
            (order(1), "is EXPIRED"),
        ),
        damage(
            6,
            "payments",
            "UPDATE payments SET refunded_minor = 1000 WHERE refunded_minor > 0; UPDATE refunds SET amount_minor = 1000",
            (payment(2), "1990 EUR captured, 1000 refunded"),
        ),
        damage(
            7,
            "payments",
            "ALTER TABLE payments DROP CONSTRAINT payments_captured;
             UPDATE payments SET captured_minor = 1991 WHERE refunded_minor = 0 AND captured_minor > 0",
            (payment(1), "captured 1991, authorised 1990, of 1990"),
        ),
        damage(7, "payments", "DELETE FROM refunds", (payment(2), "its refunds come to 0")),
        damage(
            8,
            "payments",
            "UPDATE payments SET state = 'VOIDED' WHERE refunded_minor = 0 AND captured_minor > 0",
            (payment(1), "it is VOIDED, the charge ch_1 is captured"),
        ),
    ]
}

fn order_damages() -> Vec<Damage> {
    vec![
        damage(
            9,
            "inventory",
            "UPDATE reservations SET expires_at = NOW(6) - INTERVAL 1 HOUR WHERE state = 'HELD'",
            (STORIES[4].reservation().to_string(), "ms past its time"),
        ),
        damage(
            9,
            "orders",
            "UPDATE sagas SET step = 'PAY', entered_at = NOW(6) - INTERVAL 1 DAY WHERE step = 'AWAIT'",
            (order(5), "its checkout has been in PAY for"),
        ),
        damage(
            10,
            "inventory",
            "UPDATE reservations SET state = 'HELD' WHERE state = 'RELEASED'; UPDATE stock SET reserved = 2",
            (order(6), "it is PAYMENT_FAILED, and"),
        ),
        damage(11, "orders", "DELETE FROM idempotency_keys ORDER BY scope_hash LIMIT 1", (order(1), "no key names it")),
        damage(
            12,
            "orders",
            "DELETE FROM order_history WHERE version = 4 AND to_status = 'CONFIRMED' AND payment_status = 'AUTHORIZED'",
            (order(4), "version 4 is missing: 5 comes next"),
        ),
    ]
}

fn told_damages() -> Vec<Damage> {
    vec![
        damage(
            13,
            "orders",
            "UPDATE outbox SET published_at = NULL WHERE version = 5 ORDER BY id LIMIT 1",
            (format!("{} version 5", order(2)), "is not published to orders.events"),
        ),
        damage(
            13,
            "inventory",
            "UPDATE version_gates SET version = 1 WHERE version = 2",
            (order(3), "inventory.orders has taken version 1 of 2"),
        ),
        damage(
            13,
            "notifications",
            "DELETE FROM notifications WHERE kind = 'ORDER_SHIPPED'",
            (order(4), "ORDER_SHIPPED was never written"),
        ),
        damage(
            13,
            "orders",
            "UPDATE order_payments SET captured_minor = 0 WHERE captured_minor > refunded_minor",
            (payment(1), "orders has version 1 of it"),
        ),
        damage(
            14,
            "orders",
            "UPDATE orders SET version = 6 WHERE version = 4",
            (order(1), "a subscription ends at version 4, the database is at 6"),
        ),
        damage(
            15,
            "orders",
            "DELETE FROM orders WHERE status = 'REJECTED'",
            (order(3), "it does not exist, and is one of the orders that clients were told of"),
        ),
    ]
}

/// What the clients of the sound shop saw: every order, and its every version.
fn seen() -> Vec<Sighting> {
    let sighting = |story: &stories::Story| Sighting {
        order: story.order(),
        key: Some(story.number.to_string()),
        versions: (1..=story.version()).collect(),
        left: false,
    };
    STORIES.iter().map(sighting).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_shop_holds_every_invariant() {
    let report = ShopCopy::make().await.verify(&seen()).await;
    assert!(report.holds(), "{report}");
    assert!(matches!(report.rest, Rest::Came { .. }));
    let numbers: Vec<usize> = report.findings.iter().map(|finding| finding.invariant.number()).collect();
    assert_eq!(numbers, (1..=15).collect::<Vec<_>>());
    for finding in &report.findings {
        assert!(finding.figures.values().any(|looked_at| *looked_at > 0), "it looked at nothing: {finding}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_invariant_names_the_row_that_breaks_it() {
    let faults: Vec<Option<String>> = stream::iter(damages())
        .map(|damage| async move {
            let copy = ShopCopy::make().await;
            copy.damage(damage.service, damage.statements).await;
            let report = copy.verify(&seen()).await;
            let Damage { invariant, of, what, statements, .. } = damage;
            let named = finding(&report, invariant)
                .violations
                .iter()
                .any(|violation| violation.of == of && violation.what.contains(what));
            (!named || report.holds())
                .then(|| format!("{invariant} {of} {what:?} is not told after {statements}:\n{report}"))
        })
        .buffer_unordered(3)
        .collect()
        .await;
    let faults: Vec<String> = faults.into_iter().flatten().collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let mut seen_to_break: Vec<usize> = damages().iter().map(|damage| damage.invariant).collect();
    seen_to_break.dedup();
    assert_eq!(seen_to_break, (1..=15).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_charged_twice_is_found_in_the_providers_ledger() {
    let mut charges = stories::charges();
    let mut second = charges[0].clone();
    second["id"] = json!("ch_again");
    charges.push(second);
    let report = ShopCopy::with_charges(charges).await.verify(&seen()).await;
    let told = &finding(&report, 8).violations;
    assert_eq!((told.len(), told[0].of.clone()), (1, STORIES[0].payment().to_string()), "{report}");
    assert_eq!(told[0].what, "the provider has 2 charges for it: ch_1, ch_again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_clients_saw_is_held_against_the_database() {
    let copy = ShopCopy::make().await;
    let nobodys = OrderId(Uuid::from_u128(77));
    let sighting = |order, key: &str, versions: &[u64]| Sighting {
        order,
        key: Some(key.to_owned()),
        versions: versions.to_vec(),
        left: false,
    };
    let first = STORIES[0].order();
    let report = copy.verify(&[sighting(first, "k", &[1, 3, 2, 4]), sighting(nobodys, "k", &[])]).await;
    assert_eq!(finding(&report, 11).violations[0].of, "k", "{report}");
    assert_eq!(finding(&report, 14).violations[0].what, "a subscription was told version 2 after 3");
    assert_eq!(finding(&report, 15).violations[0].of, nobodys.to_string());
}
