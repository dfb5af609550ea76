//! What customers do while the shop is being hurt. Each goes on asking until told, and then says what was seen.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use serde_json::{Value, json};
use souk_testing::http_client;
use souk_tests::{Client, LIMIT, Seen, Shop, client, eventually};

use crate::{dice::Dice, webhooks};

/// How one customer buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Story {
    /// Pays with this, and leaves it at that.
    Pays(&'static str, &'static str),
    /// Approves or declines at the provider.
    Decides(&'static str, &'static str),
    /// Approves while somebody sends forged, old and repeated webhooks about the payment.
    Attacked,
    CancelsAtOnce,
    CancelsLater,
    /// Gets a part back from staff, asked twice with one key.
    Refunded,
    /// The money comes after the order has failed.
    PaysLate,
    /// One cart sent from four tabs, each with its key.
    FourTabs,
    /// One key sent eight times at once.
    OneKey,
}

/// Of each kind that some point needs to be reached; the others by the dice.
const ALWAYS: [Story; 6] = [
    Story::Pays("CARD", "tok_ok"),
    Story::Attacked,
    Story::CancelsLater,
    Story::Refunded,
    Story::PaysLate,
    Story::Pays("CARD", "tok_declined"),
];
const CHOICES: [Story; 11] = [
    Story::Pays("WALLET", "tok_ok"),
    Story::Pays("CARD", "tok_slow"),
    Story::Pays("CARD", "tok_timeout_after"),
    Story::Pays("CARD", "tok_timeout_before"),
    Story::Pays("CARD", "tok_500_then_ok"),
    Story::Decides("UPI", "approve"),
    Story::Decides("NET_BANKING", "decline"),
    Story::CancelsAtOnce,
    Story::CancelsLater,
    Story::FourTabs,
    Story::OneKey,
];

pub fn stories(dice: &mut Dice) -> Vec<Story> {
    ALWAYS.into_iter().chain((0..4).map(|_| dice.pick(&CHOICES))).collect()
}

/// Two skus in an order of the dice's choice: carts that lock the same rows from both ends.
pub fn lines(dice: &mut Dice, [one, other]: &[String; 2]) -> Value {
    let (first, second) = if dice.below(2) == 0 { (one, other) } else { (other, one) };
    json!([{ "sku": first, "quantity": 1 }, { "sku": second, "quantity": 1 + dice.below(2) }])
}

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
            Story::Pays(method, token) => {
                let id = self.place(&cart(lines, method, token)).await;
                self.ended(&id).await;
            }
            Story::Decides(method, decision) => {
                let id = self.place(&cart(lines, method, "tok_ok")).await;
                self.decide(&id, decision).await;
            }
            Story::Attacked => {
                let id = self.place(&cart(lines, "UPI", "tok_ok")).await;
                let order = self.waits_or_ended(&id).await;
                webhooks::attack(self.shop, &order).await;
                self.decide(&id, "approve").await;
            }
            Story::CancelsAtOnce => self.cancel(&self.place(&cart(lines, "CARD", "tok_ok")).await).await,
            Story::CancelsLater => {
                let id = self.place(&cart(lines, "CARD", "tok_ok")).await;
                self.ended(&id).await;
                self.cancel(&id).await;
            }
            Story::Refunded => self.refunded(&self.place(&cart(lines, "CARD", "tok_ok")).await).await,
            Story::PaysLate => self.pays_late(&self.place(&cart(lines, "CARD", "tok_failed_then_ok")).await).await,
            Story::FourTabs => {
                let tabs: Vec<Value> = (0..4).map(|_| cart(lines, "CARD", "tok_ok")).collect();
                for id in join_all(tabs.iter().map(|input| self.place(input))).await {
                    self.ended(&id).await;
                }
            }
            Story::OneKey => {
                let input = cart(lines, "CARD", "tok_ok");
                let ids = join_all((0..8).map(|_| self.place(&input))).await;
                assert!(ids.iter().all(|id| *id == ids[0]), "one key, several orders: {ids:?}");
                self.ended(&ids[0]).await;
            }
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

    async fn decide(&self, id: &Value, decision: &str) {
        let order = self.waits_or_ended(id).await;
        if let Some(url) = action(&order) {
            eventually("the provider takes a decision", LIMIT, || async {
                let answer = http_client().post(format!("{url}/{decision}")).send().await.ok()?;
                // Refused when the window has passed: that is an answer too.
                (!answer.status().is_server_error()).then_some(())
            })
            .await;
        }
        self.ended(id).await;
    }

    async fn cancel(&self, id: &Value) {
        let query = "mutation($input: OrderCancelInput!) { orderCancel(input: $input) { order { status } userErrors { code } } }";
        let input = json!({ "id": id, "reason": "changed my mind", "idempotencyKey": client::key() });
        eventually("an answer to orderCancel", LIMIT, || async {
            let told = ask(self.customer, query, json!({ "input": input })).await?["orderCancel"].clone();
            let refused = told["userErrors"][0]["code"] == "INVALID_TRANSITION";
            (refused || told["order"]["status"].is_string()).then_some(())
        })
        .await;
        self.order_when(id, "the cancel", |order| has_ended(order) && order["status"] != "CONFIRMED").await;
    }

    async fn refunded(&self, id: &Value) {
        let order = self.ended(id).await;
        if order["status"] != "CONFIRMED" {
            return;
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
        self.order_when(id, "the refund", |order| order["payments"][0]["refunded"]["amount"] == "1.00").await;
    }

    async fn pays_late(&self, id: &Value) {
        if self.ended(id).await["status"] == "PAYMENT_FAILED" {
            self.order_when(id, "the late money's way back", |order| order["paymentStatus"] == "REFUNDED").await;
        }
    }
}

fn cart(lines: &Value, method: &'static str, token: &'static str) -> Value {
    let mut input = client::cart("", 1, (method, Some(token)));
    input["lines"] = lines.clone();
    input
}

fn has_ended(order: &Value) -> bool {
    order["status"].as_str().is_some_and(|status| !["PENDING", "RESERVED", "AWAITING_PAYMENT"].contains(&status))
}

fn action(order: &Value) -> Option<&str> {
    order["payments"][0]["nextAction"]["url"].as_str()
}

/// The data of an operation; none while something on its way is gone.
async fn ask(client: &Client, query: &str, variables: Value) -> Option<Value> {
    let mut request = http_client().post(&client.endpoint).json(&json!({ "query": query, "variables": variables }));
    if let Some(token) = &client.token {
        request = request.bearer_auth(token);
    }
    let answer: Value = request.send().await.ok()?.json().await.ok()?;
    (answer["errors"].is_null() && answer["data"].is_object()).then(|| answer["data"].clone())
}
