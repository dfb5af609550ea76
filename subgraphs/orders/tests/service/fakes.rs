//! Products, inventory and payments as orders sees them, in one small server. It keeps books, so that a test can ask
//! what was held, charged and given back.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{Json, Router, extract::State, routing::post};
use serde_json::{Value, json};
use tokio::sync::watch;

#[derive(Debug, Clone)]
pub struct Fakes {
    books: Arc<Mutex<Books>>,
    /// False while a call is to be kept waiting.
    gate: watch::Sender<bool>,
}

#[derive(Debug, Default)]
pub struct Books {
    /// Units on the shelf.
    pub stock: HashMap<String, i64>,
    /// What is held or committed, by order.
    pub held: BTreeMap<String, Vec<(String, i64)>>,
    pub payments: BTreeMap<String, FakePayment>,
    /// Names of the operations asked, in order.
    pub asked: Vec<String>,
    /// What payments still has of the events of a payment.
    pub events: HashMap<String, Vec<Value>>,
    /// The provider gives nothing back for now.
    pub stuck: bool,
    /// Services that answer nothing but UNAVAILABLE.
    pub away: Vec<&'static str>,
    /// The operation whose next call is kept at the gate.
    pub gated: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub struct FakePayment {
    pub id: String,
    pub order: String,
    pub state: &'static str,
    pub version: u64,
    pub amount: Value,
    pub authorized: bool,
    pub captured: bool,
    pub refunded: bool,
    pub cancelled: bool,
    pub failure_reason: Option<&'static str>,
}

impl Fakes {
    /// Starts the server; gives it and its base URL.
    pub async fn start() -> (Self, String) {
        let stock = [("MUG", 100), ("TEE", 100), ("RARE", 1), ("OLD", 100), ("RUPEE", 100)];
        let stock = stock.into_iter().map(|(sku, units)| (sku.to_owned(), units)).collect();
        let books = Books { stock, ..Books::default() };
        let fakes = Self { books: Arc::new(Mutex::new(books)), gate: watch::channel(true).0 };
        let app = Router::new().route("/graphql", post(answer)).with_state(fakes.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        (fakes, base)
    }

    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the next call of this operation waiting, before it has an effect, until [`Fakes::open_gate`].
    pub fn close_gate(&self, operation: &'static str) {
        self.books().gated = Some(operation);
        self.gate.send_replace(false);
    }

    pub fn open_gate(&self) {
        self.gate.send_replace(true);
    }

    pub fn payment(&self, order: &str) -> Option<FakePayment> {
        self.books().payments.get(order).cloned()
    }

    /// The customer has approved, or the bank has taken it late after all.
    pub fn capture(&self, order: &str) -> FakePayment {
        let mut books = self.books();
        let payment = books.payments.get_mut(order).expect("a payment was started");
        payment.move_to("CAPTURED");
        payment.clone()
    }

    /// The payment that paymentStart makes with these variables, before orders has its reply.
    pub fn start_payment(&self, variables: &Value) -> FakePayment {
        let mut books = self.books();
        books.answer("PaymentStart", variables);
        books.payments[variables["input"]["orderId"].as_str().unwrap()].clone()
    }

    pub fn decline(&self, order: &str) -> FakePayment {
        let mut books = self.books();
        let payment = books.payments.get_mut(order).expect("a payment was started");
        payment.failure_reason = Some("declined");
        payment.move_to("FAILED");
        payment.clone()
    }
}

impl Books {
    pub fn count(&self, operation: &str) -> usize {
        self.asked.iter().filter(|asked| *asked == operation).count()
    }
}

async fn answer(State(fakes): State<Fakes>, Json(request): Json<Value>) -> Json<Value> {
    let operation = request["operationName"].as_str().unwrap_or_default().to_owned();
    let service = match operation.as_str() {
        "CheckoutVariants" => "products",
        name if name.starts_with("Reservation") => "inventory",
        _ => "payments",
    };
    {
        let mut books = fakes.books();
        books.asked.push(operation.clone());
        if books.away.contains(&service) {
            let error = json!({ "message": "away", "extensions": { "code": "UNAVAILABLE" } });
            return Json(json!({ "errors": [error] }));
        }
    }
    let is_gated = {
        let mut books = fakes.books();
        books.gated.take_if(|gated| *gated == operation).is_some()
    };
    if is_gated {
        let mut gate = fakes.gate.subscribe();
        let _ = gate.wait_for(|open| *open).await;
    }
    let data = fakes.books().answer(&operation, &request["variables"]);
    Json(json!({ "data": data }))
}

impl Books {
    fn answer(&mut self, operation: &str, variables: &Value) -> Value {
        let order = variables["orderId"].as_str().or(variables["input"]["orderId"].as_str()).unwrap_or_default();
        match operation {
            "CheckoutVariants" => json!({ "checkoutVariants": variants(variables) }),
            "ReservationHold" => self.hold(order, &variables["input"]["lines"]),
            "ReservationExtend" => json!({ "done": self.held.contains_key(order) }),
            "ReservationRelease" | "ReservationRestock" => {
                for (sku, units) in self.held.remove(order).unwrap_or_default() {
                    *self.stock.get_mut(&sku).unwrap() += units;
                }
                json!({ "done": true })
            }
            "PaymentStart" => {
                let payment =
                    self.payments.entry(order.to_owned()).or_insert_with(|| FakePayment::start(&variables["input"]));
                json!({ "payment": payment.snapshot() })
            }
            "PaymentCapture" => {
                let payment = self.payments.get_mut(order).unwrap();
                payment.move_to("CAPTURED");
                json!({ "payment": payment.snapshot() })
            }
            "PaymentCancel" => {
                let stuck = self.stuck;
                let payment = self.payments.get_mut(order).map(|payment| {
                    if !stuck {
                        payment.cancel();
                    }
                    payment.snapshot()
                });
                json!({ "payments": payment.into_iter().collect::<Vec<_>>() })
            }
            "PaymentsForOrder" => {
                json!({ "payments": self.payments.get(order).map(FakePayment::snapshot).into_iter().collect::<Vec<_>>() })
            }
            "PaymentEventsSince" => {
                let kept = self.events.get(variables["id"].as_str().unwrap()).cloned().unwrap_or_default();
                let since = variables["version"].as_u64().unwrap();
                let newer = kept.iter().filter(|event| event["version"].as_u64().unwrap() > since);
                json!({ "events": newer.map(Value::to_string).collect::<Vec<_>>() })
            }
            other => panic!("orders asked {other}, which no fake knows"),
        }
    }

    fn hold(&mut self, order: &str, lines: &Value) -> Value {
        if self.held.contains_key(order) {
            return json!({ "reservationHold": { "held": true, "shortSkus": [] } });
        }
        let lines: Vec<(String, i64)> = lines.as_array().unwrap().iter().map(line).collect();
        let short: Vec<&String> =
            lines.iter().filter(|(sku, units)| self.stock[sku] < *units).map(|(sku, _)| sku).collect();
        if !short.is_empty() {
            return json!({ "reservationHold": { "held": false, "shortSkus": short } });
        }
        for (sku, units) in &lines {
            *self.stock.get_mut(sku).unwrap() -= units;
        }
        self.held.insert(order.to_owned(), lines);
        json!({ "reservationHold": { "held": true, "shortSkus": [] } })
    }
}

fn line(line: &Value) -> (String, i64) {
    (line["sku"].as_str().unwrap().to_owned(), line["quantity"].as_i64().unwrap())
}

fn variants(variables: &Value) -> Vec<Value> {
    let currency = variables["currencyCode"].as_str().unwrap();
    let catalogue = [
        ("MUG", Some("19.90"), true),
        ("TEE", Some("25.00"), true),
        ("RARE", Some("99.00"), true),
        ("OLD", Some("5.00"), false),
        ("RUPEE", None, true),
    ];
    let asked = variables["skus"].as_array().unwrap();
    let found = catalogue.into_iter().filter(|(sku, ..)| asked.iter().any(|wanted| wanted == sku));
    found
        .map(|(sku, price, on_sale)| {
            let price = price.map(|amount| json!({ "amount": amount, "currencyCode": currency }));
            json!({ "sku": sku, "title": format!("The {sku}"), "onSale": on_sale, "price": price })
        })
        .collect()
}

impl FakePayment {
    fn start(input: &Value) -> Self {
        let id = souk_contracts::PaymentId(uuid::Uuid::now_v7()).to_string();
        let mut payment = Self {
            id,
            order: input["orderId"].as_str().unwrap().to_owned(),
            state: "CREATED",
            version: 0,
            amount: input["amount"].clone(),
            authorized: false,
            captured: false,
            refunded: false,
            cancelled: false,
            failure_reason: None,
        };
        match (input["method"].as_str().unwrap(), input["token"].as_str()) {
            ("CASH_ON_DELIVERY", _) => payment.move_to("AUTHORIZED"),
            ("CARD", Some("tok_declined")) => {
                payment.failure_reason = Some("declined");
                payment.move_to("FAILED");
            }
            ("CARD", Some("tok_slow")) => payment.move_to("PROCESSING"),
            ("CARD", _) => payment.move_to("CAPTURED"),
            _ => payment.move_to("REQUIRES_ACTION"),
        }
        payment
    }

    fn move_to(&mut self, state: &'static str) {
        self.state = state;
        self.version += 1;
        self.authorized |= matches!(state, "AUTHORIZED" | "CAPTURED");
        self.captured |= state == "CAPTURED";
    }

    fn cancel(&mut self) {
        if self.cancelled {
            return;
        }
        self.cancelled = true;
        self.version += 1;
        match self.state {
            "CAPTURED" => self.refunded = true,
            "AUTHORIZED" => self.state = "VOIDED",
            _ => self.state = "FAILED",
        }
    }

    fn money(&self, is: bool) -> Value {
        if is { self.amount.clone() } else { json!({ "amount": "0", "currencyCode": self.amount["currencyCode"] }) }
    }

    /// As payments answers.
    pub fn snapshot(&self) -> Value {
        json!({
            "paymentId": self.id, "orderId": self.order, "attempt": 1, "version": self.version, "state": self.state,
            "failureReason": self.failure_reason, "cancelled": self.cancelled,
            "authorized": self.money(self.authorized), "captured": self.money(self.captured),
            "refunded": self.money(self.refunded),
        })
    }

    /// As payments tells it to `paymentSettled`.
    pub fn told(&self) -> Value {
        let mut told = self.snapshot();
        told.as_object_mut().unwrap().remove("cancelled");
        told
    }
}
