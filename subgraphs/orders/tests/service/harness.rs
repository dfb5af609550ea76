//! A shop with nothing but orders in it, and what tests do with it.

use std::time::Duration;

use serde_json::{Value, json};
use souk_contracts::CustomerId;
use souk_testing::{Answer, Running, World, eventually, graphql};

use crate::fakes::{FakePayment, Fakes};

pub const SOON: Duration = Duration::from_secs(20);

const PLACE: &str = "mutation($input: OrderPlaceInput!) { orderPlace(input: $input) {
    order { id number status paymentStatus version trackingNumber
            subtotal { amount } discount { amount } shipping { amount } tax { amount } total { amount currencyCode }
            lines { sku title quantity unitPrice { amount } total { amount } }
            history { from to paymentStatus version reason } }
    guestToken userErrors { code field message } } }";

const ORDER: &str = "query($id: ID!) { order(id: $id) {
    id status paymentStatus version availableTransitions trackingNumber customer { id }
    shippingAddress { id city } history { from to paymentStatus version reason } } }";

pub struct Shop {
    pub world: World,
    pub fakes: Fakes,
    pub running: Running,
    pub customer: String,
    pub staff: String,
}

/// One order to place; tests change what they are about.
#[derive(Debug, Clone)]
pub struct Basket {
    pub key: String,
    pub lines: Value,
    pub method: &'static str,
    pub token: Option<&'static str>,
    pub email: Option<&'static str>,
    pub coupon: Option<&'static str>,
    pub currency: &'static str,
    pub city: &'static str,
}

impl Basket {
    pub fn card() -> Self {
        Self {
            key: uuid::Uuid::new_v4().to_string(),
            lines: json!([{ "sku": "MUG", "quantity": 2 }]),
            method: "CARD",
            token: Some("tok_ok"),
            email: None,
            coupon: None,
            currency: "EUR",
            city: "Pune",
        }
    }

    pub fn token(token: &'static str) -> Self {
        Self { token: Some(token), ..Self::card() }
    }

    pub fn upi() -> Self {
        Self { method: "UPI", token: None, ..Self::card() }
    }

    pub fn cash() -> Self {
        Self { method: "CASH_ON_DELIVERY", token: None, ..Self::card() }
    }

    pub fn of(lines: Value) -> Self {
        Self { lines, ..Self::card() }
    }

    fn input(&self) -> Value {
        json!({
            "idempotencyKey": self.key, "lines": self.lines, "currencyCode": self.currency,
            "shippingAddress": { "name": "Asha Rao", "line1": "12 Bazaar Road", "city": self.city,
                                 "postalCode": "411001", "countryCode": "IN" },
            "payment": { "method": self.method, "token": self.token },
            "email": self.email, "couponCode": self.coupon,
        })
    }
}

impl Shop {
    pub async fn open() -> Self {
        Self::open_with(&[]).await
    }

    pub async fn open_with(variables: &[(&str, &str)]) -> Self {
        let mut world = World::new("orders").await;
        let (fakes, base) = Fakes::start().await;
        world.set("SOUK_SERVICES", format!("products={base},inventory={base},payments={base}"));
        world.set("SOUK_ORDERS_WORKER_POLL_MS", 50);
        for (name, value) in variables {
            world.set(name, value);
        }
        let running = run(&world).await;
        let customer = world.identity.customer_token(CustomerId(uuid::Uuid::new_v4()));
        let staff = world.identity.staff_token();
        Self { world, fakes, running, customer, staff }
    }

    pub async fn ask(&self, token: Option<&str>, query: &str, variables: Value) -> Answer {
        graphql(&self.running.graphql, token, query, variables).await
    }

    /// Places as this caller; gives the payload.
    pub async fn place_as(&self, token: Option<&str>, basket: &Basket) -> Value {
        self.ask(token, PLACE, json!({ "input": basket.input() })).await.ok()["orderPlace"].clone()
    }

    pub async fn try_place(&self, token: Option<&str>, basket: &Basket) -> Answer {
        self.ask(token, PLACE, json!({ "input": basket.input() })).await
    }

    /// Places as the customer; gives the payload.
    pub async fn place(&self, basket: &Basket) -> Value {
        self.place_as(Some(&self.customer), basket).await
    }

    /// The order as this caller sees it; null for strangers.
    pub async fn order_as(&self, token: Option<&str>, id: &str) -> Value {
        self.ask(token, ORDER, json!({ "id": id })).await.ok()["order"].clone()
    }

    pub async fn order(&self, id: &str) -> Value {
        self.order_as(Some(&self.staff), id).await
    }

    pub async fn mutate(&self, token: &str, field: &str, input: Value) -> Value {
        let kind = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {field}(input: $input) {{ order {{ id status paymentStatus version
               trackingNumber shippingAddress {{ city }} }} userErrors {{ code field message }} }} }}"
        );
        self.ask(Some(token), &query, json!({ "input": input })).await.ok()[field].clone()
    }

    pub async fn cancel(&self, token: &str, id: &str) -> Value {
        let key = uuid::Uuid::new_v4().to_string();
        self.mutate(token, "orderCancel", json!({ "id": id, "reason": "changed my mind", "idempotencyKey": key })).await
    }

    pub async fn wait_for(&self, id: &str, status: &str, payment_status: &str) -> Value {
        eventually(&format!("{status} and {payment_status}"), SOON, || async {
            let order = self.order(id).await;
            (order["status"] == status && order["paymentStatus"] == payment_status).then_some(order)
        })
        .await
    }

    /// Payments tells orders about a payment.
    pub async fn tell(&self, payment: &FakePayment) -> bool {
        let token = self.world.identity.service_token("payments", "orders");
        let query = "mutation($input: PaymentSettledInput!) { paymentSettled(input: $input) }";
        let answer = self.ask(Some(&token), query, json!({ "input": payment.told() })).await;
        answer.ok()["paymentSettled"].as_bool().unwrap()
    }
}

/// Another replica over the same database.
pub async fn run(world: &World) -> Running {
    world
        .run(|mut env, telemetry, shutdown| async move {
            let config = orders::Config::read(&mut env).map_err(|error| error.to_string())?;
            orders::run(config, telemetry, shutdown).await.map_err(|error| error.to_string())
        })
        .await
}

/// The statuses of an order's history, in order; also checks that versions have no gap.
pub fn path(order: &Value) -> Vec<String> {
    let history = order["history"].as_array().unwrap();
    for (index, entry) in history.iter().enumerate() {
        assert_eq!(entry["version"], index + 1, "versions have no gap: {history:?}");
    }
    history.iter().map(|entry| entry["to"].as_str().unwrap().to_owned()).collect()
}

pub fn codes(payload: &Value) -> Vec<String> {
    let errors = payload["userErrors"].as_array().unwrap();
    errors.iter().map(|error| error["code"].as_str().unwrap().to_owned()).collect()
}

pub fn id(payload: &Value) -> String {
    payload["order"]["id"].as_str().unwrap_or_else(|| panic!("no order: {payload}")).to_owned()
}
