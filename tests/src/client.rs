//! GraphQL as somebody.

use serde_json::{Value, json};
use souk_testing::{Answer, graphql};

/// Who sends operations to the router; cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    pub endpoint: String,
    pub token: Option<String>,
}

/// What most tests want to know of an order.
pub const ORDER: &str = "fragment Told on Order { id number status paymentStatus version availableTransitions
    total { amount currencyCode } history { from to paymentStatus version reason }
    lines { sku quantity } payments { id method state captured { amount } refunded { amount } nextAction { kind url } } }";

impl Client {
    pub fn new(endpoint: &str, token: Option<String>) -> Self {
        Self { endpoint: endpoint.to_owned(), token }
    }

    /// The same endpoint with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    pub async fn send(&self, query: &str, variables: Value) -> Answer {
        graphql(&self.endpoint, self.token.as_deref(), query, variables).await
    }

    /// The data of an operation that must succeed.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        let answer = self.send(query, variables).await;
        assert!(answer.errors.is_empty(), "unexpected errors of {query}: {:#?}", answer.errors);
        answer.data
    }

    /// # Panics
    /// When the sign-in is refused.
    pub async fn sign_in(&self, email: &str, password: &str) -> Self {
        let query = "mutation($input: SessionCreateInput!) { sessionCreate(input: $input) { session { accessToken } userErrors { message } } }";
        let data = self.ask(query, json!({ "input": { "email": email, "password": password } })).await;
        let token = data["sessionCreate"]["session"]["accessToken"].as_str();
        self.with_token(token.unwrap_or_else(|| panic!("the sign-in of {email} is refused: {data}")))
    }

    /// A new customer with a name of their own.
    ///
    /// # Panics
    /// When the registration is refused.
    pub async fn register(&self) -> Self {
        let query = "mutation($input: CustomerRegisterInput!) { customerRegister(input: $input) { session { accessToken } userErrors { message } } }";
        let email = format!("{}@example.com", uuid::Uuid::new_v4().simple());
        let input = json!({ "email": email, "password": "correct horse battery", "name": "Asha Rao" });
        let data = self.ask(query, json!({ "input": input })).await;
        let token = data["customerRegister"]["session"]["accessToken"].as_str();
        self.with_token(token.unwrap_or_else(|| panic!("the registration is refused: {data}")))
    }

    /// Places an order and gives the whole payload.
    pub async fn place(&self, input: Value) -> Value {
        let query = format!(
            "mutation($input: OrderPlaceInput!) {{ orderPlace(input: $input) {{ order {{ ...Told }} guestToken userErrors {{ code field message }} }} }} {ORDER}"
        );
        self.ask(&query, json!({ "input": input })).await["orderPlace"].clone()
    }

    /// The order as this client sees it; null when they may not.
    pub async fn order(&self, id: &Value) -> Value {
        let query = format!("query($id: ID!) {{ order(id: $id) {{ ...Told }} }} {ORDER}");
        self.ask(&query, json!({ "id": id })).await["order"].clone()
    }

    /// Waits until the order has this status.
    ///
    /// # Panics
    /// When it does not within the limit.
    pub async fn order_in(&self, id: &Value, status: &str) -> Value {
        let what = format!("{id} in {status}");
        crate::eventually(&what, crate::LIMIT, || async move {
            let order = self.order(id).await;
            (order["status"] == status).then_some(order)
        })
        .await
    }

    /// Runs a mutation on an order that gives an `OrderPayload`.
    pub async fn change(&self, field: &str, input_type: &str, input: Value) -> Value {
        let query = format!(
            "mutation($input: {input_type}!) {{ {field}(input: $input) {{ order {{ ...Told }} userErrors {{ code message }} }} }} {ORDER}"
        );
        self.ask(&query, json!({ "input": input })).await[field].clone()
    }

    pub async fn cancel(&self, id: &Value) -> Value {
        self.change(
            "orderCancel",
            "OrderCancelInput",
            json!({ "id": id, "reason": "changed my mind", "idempotencyKey": key() }),
        )
        .await
    }
}

/// A fresh idempotency key.
pub fn key() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// The input of an order of `quantity` units of one sku, paid with `method` and `token`.
pub fn cart(sku: &str, quantity: u32, (method, token): (&str, Option<&str>)) -> Value {
    json!({
        "idempotencyKey": key(),
        "lines": [{ "sku": sku, "quantity": quantity }],
        "currencyCode": "EUR",
        "shippingAddress": { "name": "Asha Rao", "line1": "12 Bazaar Road", "city": "Pune", "postalCode": "411001", "countryCode": "IN" },
        "payment": { "method": method, "token": token },
    })
}

/// A card that the sandbox accepts.
pub const CARD: (&str, Option<&str>) = ("CARD", Some("tok_ok"));
