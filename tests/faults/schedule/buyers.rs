//! What customers do while the shop is being hurt. Each goes on asking until told, and then says what was seen.

use std::{
    future::Future,
    sync::atomic::{AtomicUsize, Ordering},
};

use futures_util::future::join_all;
use serde_json::{Value, json};
use souk_testing::http_client;
use souk_tests::{Client, LIMIT, Seen, Shop, client, eventually};

use crate::{stories::Story, watchers::Watcher, webhooks};

/// Who buys where, and how far the round is.
#[derive(Debug)]
pub struct Round<'a> {
    pub shop: &'a Shop,
    pub customer: &'a Client,
    pub staff: &'a Client,
    pub seen: &'a Seen,
    /// Orders that customers were told of.
    pub told: AtomicUsize,
}

impl Round<'_> {
    /// One customer from the cart to the end.
    pub async fn play(&self, story: Story, lines: &Value) {
        match story {
            Story::FourTabs => {
                let tabs: Vec<Value> = (0..4).map(|_| cart(lines, "CARD", Some("tok_ok"))).collect();
                join_all(tabs.iter().map(|input| async {
                    let id = self.place(input).await;
                    self.watched(&id, self.ended(&id)).await;
                }))
                .await;
            }
            Story::OneKey => {
                let input = cart(lines, "CARD", Some("tok_ok"));
                let ids = join_all((0..8).map(|_| self.place(&input))).await;
                assert!(ids.iter().all(|id| *id == ids[0]), "one key, several orders: {ids:?}");
                self.watched(&ids[0], self.ended(&ids[0])).await;
            }
            _ => {
                let (method, token) = means(story);
                let id = self.place(&cart(lines, method, token)).await;
                self.watched(&id, self.go_on(story, &id)).await;
            }
        }
    }

    /// What the customer does once told of the order; gives it as it was when nothing was left to do.
    async fn go_on(&self, story: Story, id: &Value) -> Value {
        match story {
            Story::Pays(..) | Story::Forgets | Story::FourTabs | Story::OneKey => self.ended(id).await,
            Story::Decides(_, _, decision) => self.decide(id, decision).await,
            Story::Cash => self.delivered(id).await,
            Story::Attacked => {
                let order = self.waits_or_ended(id).await;
                webhooks::attack(self.shop, &order).await;
                self.decide(id, "approve").await
            }
            Story::CancelsAtOnce(_) => self.cancel(id).await,
            Story::CancelsLater | Story::CancelsCash => {
                self.ended(id).await;
                self.cancel(id).await
            }
            Story::Regrets => {
                self.waits_or_ended(id).await;
                self.cancel(id).await
            }
            Story::Refunded => self.refunded(id).await,
            Story::PaysLate => self.pays_late(id).await,
        }
    }

    /// Looks on while the customer acts, and until the subscription has told all that the customer knows.
    async fn watched(&self, id: &Value, act: impl Future<Output = Value>) {
        let mut watcher = Watcher::new(self.shop, self.customer.token.as_deref(), id);
        let order = tokio::select! {
            order = act => order,
            () = watcher.until(u64::MAX) => unreachable!("no order has so many versions"),
        };
        watcher.until(order["version"].as_u64().unwrap_or_default()).await;
        if is_over(&order) {
            self.seen.watched(id, &watcher.versions);
        } else {
            self.seen.watched_in_part(id, &watcher.versions);
        }
    }

    /// Asks with the same key until told of an order.
    async fn place(&self, input: &Value) -> Value {
        let query = "mutation($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } userErrors { code message } } }";
        let id = eventually("an answer to orderPlace", LIMIT, || async {
            let data = ask(self.customer, query, json!({ "input": input })).await?;
            let id = data["orderPlace"]["order"]["id"].clone();
            id.is_string().then_some(id)
        })
        .await;
        self.seen.placed(&id, input);
        self.told.fetch_add(1, Ordering::SeqCst);
        id
    }

    async fn order_when(&self, id: &Value, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let query = format!("query($id: ID!) {{ order(id: $id) {{ ...Told }} }} {}", client::ORDER);
        eventually(&format!("{what} of {id}"), LIMIT, || async {
            let order = ask(self.customer, &query, json!({ "id": id })).await?["order"].clone();
            holds(&order).then_some(order)
        })
        .await
    }

    /// Confirmed, or ended badly: both are fine, `souk verify` tells whether it was done well.
    async fn ended(&self, id: &Value) -> Value {
        self.order_when(id, "the end", has_ended).await
    }

    async fn waits_or_ended(&self, id: &Value) -> Value {
        self.order_when(id, "the question to the customer", |order| has_ended(order) || action(order).is_some()).await
    }

    async fn decide(&self, id: &Value, decision: &str) -> Value {
        let order = self.waits_or_ended(id).await;
        if let Some(url) = action(&order) {
            eventually("the provider takes a decision", LIMIT, || async {
                let answer = http_client().post(format!("{url}/{decision}")).send().await.ok()?;
                // Refused when the window has passed: that is an answer too.
                (!answer.status().is_server_error()).then_some(())
            })
            .await;
        }
        self.ended(id).await
    }

    async fn cancel(&self, id: &Value) -> Value {
        self.change(
            self.customer,
            "orderCancel",
            json!({ "id": id, "reason": "changed my mind", "idempotencyKey": client::key() }),
        )
        .await;
        self.order_when(id, "the cancel", |order| has_ended(order) && order["status"] != "CONFIRMED").await
    }

    /// The parcel is sent and brought, and the money taken at the door.
    async fn delivered(&self, id: &Value) -> Value {
        let order = self.ended(id).await;
        if order["status"] != "CONFIRMED" {
            return order;
        }
        self.change(self.staff, "orderShip", json!({ "id": id })).await;
        self.change(self.staff, "orderDeliver", json!({ "id": id, "idempotencyKey": client::key() })).await;
        let is_paid = |order: &Value| order["status"] == "DELIVERED" && order["paymentStatus"] == "CAPTURED";
        self.order_when(id, "the delivery", is_paid).await
    }

    /// Asks for a change until it is made, or refused because it was made or cannot be any more.
    async fn change(&self, who: &Client, field: &str, input: Value) {
        let kind = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {field}(input: $input) {{ order {{ status }} userErrors {{ code }} }} }}"
        );
        eventually(&format!("an answer to {field}"), LIMIT, || async {
            let told = ask(who, &query, json!({ "input": input })).await?[field].clone();
            let refused = told["userErrors"][0]["code"] == "INVALID_TRANSITION";
            (refused || told["order"]["status"].is_string()).then_some(())
        })
        .await;
    }

    async fn refunded(&self, id: &Value) -> Value {
        let order = self.ended(id).await;
        if order["status"] != "CONFIRMED" {
            return order;
        }
        let order = self.order_when(id, "the payment", |order| order["payments"][0]["state"] == "CAPTURED").await;
        let query = "mutation($input: PaymentRefundInput!) { paymentRefund(input: $input) { payment { id } userErrors { code } } }";
        let amount = json!({ "amount": "1.00", "currencyCode": "EUR" });
        let input = json!({ "paymentId": order["payments"][0]["id"], "amount": amount, "reason": "late", "idempotencyKey": client::key() });
        join_all((0..2).map(|_| {
            eventually("an answer to paymentRefund", LIMIT, || async {
                let told = ask(self.staff, query, json!({ "input": input })).await?["paymentRefund"].clone();
                told["payment"]["id"].is_string().then_some(())
            })
        }))
        .await;
        let is_back = |order: &Value| {
            order["payments"][0]["refunded"]["amount"] == "1.00" && order["paymentStatus"] == "PARTIALLY_REFUNDED"
        };
        self.order_when(id, "the refund", is_back).await
    }

    async fn pays_late(&self, id: &Value) -> Value {
        let order = self.ended(id).await;
        if order["status"] != "PAYMENT_FAILED" {
            return order;
        }
        self.order_when(id, "the late money's way back", |order| order["paymentStatus"] == "REFUNDED").await
    }
}

/// What a customer pays with.
const fn means(story: Story) -> (&'static str, Option<&'static str>) {
    match story {
        Story::Pays(method, token) | Story::Decides(method, token, _) => (method, Some(token)),
        Story::Cash | Story::CancelsCash => ("CASH_ON_DELIVERY", None),
        Story::Attacked | Story::Regrets | Story::Forgets => ("UPI", Some("tok_ok")),
        Story::CancelsAtOnce(token) => ("CARD", Some(token)),
        Story::PaysLate => ("CARD", Some("tok_failed_then_ok")),
        Story::CancelsLater | Story::Refunded | Story::FourTabs | Story::OneKey => ("CARD", Some("tok_ok")),
    }
}

fn cart(lines: &Value, method: &'static str, token: Option<&'static str>) -> Value {
    let mut input = client::cart("", 1, (method, token));
    input["lines"] = lines.clone();
    input
}

/// Whether nothing moves an order any more by itself: money that is still to go back would.
fn is_over(order: &Value) -> bool {
    match (order["status"].as_str().unwrap_or_default(), order["paymentStatus"].as_str().unwrap_or_default()) {
        ("REJECTED", _) => true,
        ("CONFIRMED" | "DELIVERED", paid) => paid != "NONE",
        (_, paid) => paid == "REFUNDED" || paid == "VOIDED",
    }
}

fn has_ended(order: &Value) -> bool {
    order["status"].as_str().is_some_and(|status| !["PENDING", "RESERVED", "AWAITING_PAYMENT"].contains(&status))
}

fn action(order: &Value) -> Option<&str> {
    order["payments"][0]["nextAction"]["url"].as_str()
}

/// The data of an operation; none while something on its way is gone.
pub async fn ask(client: &Client, query: &str, variables: Value) -> Option<Value> {
    let mut request = http_client().post(&client.endpoint).json(&json!({ "query": query, "variables": variables }));
    if let Some(token) = &client.token {
        request = request.bearer_auth(token);
    }
    let answer: Value = request.send().await.ok()?.json().await.ok()?;
    (answer["errors"].is_null() && answer["data"].is_object()).then(|| answer["data"].clone())
}
