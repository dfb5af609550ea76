//! Stripe as the provider: through the door, with a stand-in that answers as its API does, and its webhooks.

use axum::http::StatusCode;
use serde_json::{Value, json};
use souk_process::clock;
use souk_testing::eventually;
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{method, path},
};

use crate::{
    harness::{LIMIT, Till, an_order, card, input},
    webhooks::signature,
};

const SECRET: &str = "whsec_stripe";
pub const INTENTS: &str = "/v1/payment_intents";
pub const INTENT: &str = "/v1/payment_intents/pi_1";

pub struct Stripe {
    pub server: MockServer,
    pub till: Till,
}

pub fn intent(status: &str) -> Value {
    json!({ "id": "pi_1", "status": status, "last_payment_error": null, "next_action": null, "metadata": {} })
}

pub fn answer(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

impl Stripe {
    pub async fn open() -> Self {
        let server = MockServer::start().await;
        let url = server.uri();
        let till = Till::open_with(&[
            ("SOUK_PAYMENTS_PROVIDER", "stripe"),
            ("SOUK_STRIPE_URL", &url),
            ("SOUK_STRIPE_API_KEY", "sk_test_1"),
            ("SOUK_STRIPE_RETURN_URL", "https://shop.example/back"),
            ("SOUK_STRIPE_WEBHOOK_SECRET", SECRET),
        ])
        .await;
        let stripe = Self { server, till };
        stripe.on("GET", "/v1/payment_intents/search", answer(&json!({ "data": [] }))).await;
        stripe
    }

    pub async fn on(&self, verb: &str, at: &str, answer: ResponseTemplate) {
        Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(&self.server).await;
    }

    /// The requests that would change something there.
    pub async fn posts(&self, at: &str) -> Vec<Request> {
        let requests = self.server.received_requests().await.unwrap();
        requests.into_iter().filter(|request| request.method == "POST" && request.url.path() == at).collect()
    }

    async fn post(&self, header: &str, body: String) -> StatusCode {
        let url = format!("{}/webhooks/stripe", self.till.service.base);
        let request = reqwest::Client::new().post(url).header("stripe-signature", header).body(body);
        request.send().await.unwrap().status()
    }

    pub async fn tell(&self, event: &Value) -> StatusCode {
        let body = event.to_string();
        self.post(&signature(SECRET, clock::unix_seconds(), &body), body).await
    }
}

fn event(id: &str, kind: &str, status: &str, payment: &Value) -> Value {
    let mut object = intent(status);
    object["metadata"] = json!({ "payment_id": payment["paymentId"] });
    json!({ "id": id, "type": kind, "data": { "object": object } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_authorised_and_captured_at_stripe() {
    let stripe = Stripe::open().await;
    stripe.on("POST", INTENTS, answer(&intent("requires_capture"))).await;
    stripe.on("POST", &format!("{INTENT}/capture"), answer(&intent("succeeded"))).await;
    let payment = stripe.till.start(card(an_order(), "pm_1")).await;
    assert_eq!((&payment["state"], &payment["version"]), (&json!("CAPTURED"), &json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_asked_for_with_the_same_key_and_the_same_words() {
    let stripe = Stripe::open().await;
    let broken = Mock::given(method("POST")).and(path(INTENTS)).respond_with(ResponseTemplate::new(500));
    broken.up_to_n_times(2).mount(&stripe.server).await;
    let replayed = answer(&intent("processing")).insert_header("idempotent-replayed", "true");
    stripe.on("POST", INTENTS, replayed).await;
    stripe.on("GET", INTENT, answer(&intent("requires_capture"))).await;
    stripe.on("POST", &format!("{INTENT}/capture"), answer(&intent("succeeded"))).await;
    let order = an_order();
    let payment = stripe.till.start(card(order, "pm_1")).await;
    stripe.till.told(order, "CAPTURED").await;
    let posts = stripe.posts(INTENTS).await;
    assert_eq!(posts.len(), 3);
    let key = format!("{}:charge:1", payment["paymentId"].as_str().unwrap());
    for post in &posts {
        assert_eq!((post.headers["idempotency-key"].to_str().unwrap(), &post.body), (key.as_str(), &posts[0].body));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_under_way_is_looked_at_by_its_id_until_it_is_decided() {
    let stripe = Stripe::open().await;
    stripe.on("POST", INTENTS, answer(&intent("processing"))).await;
    let undecided = Mock::given(method("GET")).and(path(INTENT)).respond_with(answer(&intent("processing")));
    undecided.up_to_n_times(2).mount(&stripe.server).await;
    stripe.on("GET", INTENT, answer(&intent("requires_capture"))).await;
    stripe.on("POST", &format!("{INTENT}/capture"), answer(&intent("succeeded"))).await;
    let order = an_order();
    assert_eq!(stripe.till.start(card(order, "pm_1")).await["state"], "PROCESSING");
    assert_eq!(stripe.till.told(order, "CAPTURED").await["version"], 2);
    assert_eq!(stripe.posts(INTENTS).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stripe_has_no_word_for_fails_with_the_reason() {
    let stripe = Stripe::open().await;
    let failed = stripe.till.start(input(an_order(), "UPI", None)).await;
    assert_eq!((&failed["state"], &failed["failureReason"]), (&json!("FAILED"), &json!("method_unsupported")));
    let declined = json!({ "error": { "type": "card_error", "code": "card_declined", "decline_code": "lost_card" } });
    stripe.on("POST", INTENTS, ResponseTemplate::new(402).set_body_json(declined)).await;
    let failed = stripe.till.start(card(an_order(), "pm_1")).await;
    assert_eq!((&failed["state"], &failed["failureReason"]), (&json!("FAILED"), &json!("lost_card")));
}

impl Stripe {
    /// A payment that waits for its customer's 3-D Secure.
    async fn waiting(&self) -> Value {
        let mut waiting = intent("requires_action");
        waiting["next_action"] = json!({ "redirect_to_url": { "url": "https://bank.example/1" } });
        self.on("POST", INTENTS, answer(&waiting)).await;
        let payment = self.till.start(card(an_order(), "pm_1")).await;
        assert_eq!(
            (&payment["state"], &payment["nextAction"]["url"]),
            (&json!("REQUIRES_ACTION"), &json!("https://bank.example/1"))
        );
        payment
    }

    pub async fn payment(&self, like: &Value) -> Value {
        let order = like["orderId"].as_str().unwrap().parse().unwrap();
        self.till.payments(order).await.remove(0)
    }

    async fn becomes(&self, like: &Value, state: &str) -> Value {
        eventually(state, LIMIT, || async {
            Some(self.payment(like).await).filter(|payment| payment["state"] == state)
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_of_stripe_has_its_effect_once_in_any_order() {
    let stripe = Stripe::open().await;
    let waiting = stripe.waiting().await;
    stripe.on("POST", &format!("{INTENT}/capture"), answer(&intent("succeeded"))).await;
    let approved = event("evt_1", "payment_intent.amount_capturable_updated", "requires_capture", &waiting);
    for _ in 0..5 {
        assert_eq!(stripe.tell(&approved).await, StatusCode::NO_CONTENT);
    }
    let captured = stripe.becomes(&waiting, "CAPTURED").await;
    // The same news under another id, and older news that comes late.
    let again = event("evt_2", "payment_intent.amount_capturable_updated", "requires_capture", &waiting);
    let failed = event("evt_3", "payment_intent.payment_failed", "requires_payment_method", &waiting);
    let created = event("evt_4", "payment_intent.created", "requires_payment_method", &waiting);
    for event in [again, failed, created, approved] {
        assert_eq!(stripe.tell(&event).await, StatusCode::NO_CONTENT);
    }
    assert_eq!(stripe.payment(&waiting).await, captured);
    assert_eq!(captured["version"], 3);
    assert_eq!(stripe.posts(&format!("{INTENT}/capture")).await.len(), 1);
    stripe.till.events_arrive(&waiting, &[1, 2, 3]).await;
    // Old news is no news, so nothing of it was found to be wrong; each id was taken once.
    let mut connection = stripe.till.world.database.connect().await;
    let (findings,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM provider_findings").fetch_one(&mut connection).await.unwrap();
    let taken: Vec<(String,)> =
        sqlx::query_as("SELECT webhook_id FROM webhooks ORDER BY webhook_id").fetch_all(&mut connection).await.unwrap();
    assert_eq!((findings, taken.len()), (0, 3), "{taken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_old_and_malformed_webhooks_of_stripe_change_nothing() {
    let stripe = Stripe::open().await;
    let waiting = stripe.waiting().await;
    let body = event("evt_1", "payment_intent.canceled", "canceled", &waiting).to_string();
    let now_s = clock::unix_seconds();
    let good = signature(SECRET, now_s, &body);
    for forged in [
        signature("another", now_s, &body),
        signature(crate::harness::WEBHOOK_SECRET, now_s, &body),
        signature(SECRET, now_s - 301, &body),
        signature(SECRET, now_s + 360, &body),
        signature(SECRET, now_s, "{}"),
        good.replace("v1=", "v0="),
        String::new(),
    ] {
        assert_eq!(stripe.post(&forged, body.clone()).await, StatusCode::UNAUTHORIZED, "{forged}");
    }
    assert_eq!(stripe.post(&good, body.replace("evt_1", "evt_2")).await, StatusCode::UNAUTHORIZED);
    let nonsense = signature(SECRET, now_s, "[]");
    assert_eq!(stripe.post(&nonsense, "[]".to_owned()).await, StatusCode::BAD_REQUEST);
    // The door of the provider that is not used is shut.
    let sandbox = signature(crate::harness::WEBHOOK_SECRET, now_s, &body);
    let shut = crate::harness::post_webhook(&stripe.till.webhook_url, &sandbox, body.clone()).await;
    assert_eq!(shut, StatusCode::NOT_FOUND);
    assert_eq!(stripe.payment(&waiting).await, waiting);

    // While a secret is changed there are two signatures; one that fits is enough.
    let (_, digest) = good.split_once("v1=").unwrap();
    let rolled = format!("t={now_s},v1={},v1={digest}", "0".repeat(64));
    assert_eq!(stripe.post(&rolled, body).await, StatusCode::NO_CONTENT);
    stripe.becomes(&waiting, "FAILED").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_is_pending_is_done_when_stripe_says_so() {
    let stripe = Stripe::open().await;
    let waiting = stripe.waiting().await;
    let captured = event("evt_1", "payment_intent.succeeded", "succeeded", &waiting);
    assert_eq!(stripe.tell(&captured).await, StatusCode::NO_CONTENT);
    stripe.becomes(&waiting, "CAPTURED").await;

    stripe.on("GET", INTENT, answer(&intent("succeeded"))).await;
    stripe.on("GET", "/v1/refunds", answer(&json!({ "data": [], "has_more": false }))).await;
    let pending = json!({ "id": "re_1", "payment_intent": "pi_1", "status": "pending", "metadata": {} });
    stripe.on("POST", "/v1/refunds", answer(&pending)).await;
    let order = waiting["orderId"].as_str().unwrap().parse().unwrap();
    assert_eq!(stripe.till.cancel(order, Some(1)).await[0]["cancelled"], false);

    let post = stripe.posts("/v1/refunds").await.remove(0);
    let form = String::from_utf8(post.body).unwrap();
    let refund = form.split("refund_id%5D=").nth(1).unwrap().split('&').next().unwrap();
    let made = json!({ "id": "evt_2", "type": "charge.refund.updated", "data": { "object": {
        "id": "re_1", "payment_intent": "pi_1", "status": "succeeded",
        "metadata": { "payment_id": waiting["paymentId"], "refund_id": refund },
    } } });
    for _ in 0..2 {
        assert_eq!(stripe.tell(&made).await, StatusCode::NO_CONTENT);
    }
    let back = stripe.payment(&waiting).await;
    assert_eq!((&back["cancelled"], &back["refunded"]["amount"]), (&json!(true), &json!("19.90")));
}
