//! A running products service and short ways to fill it.

use serde_json::{Value, json};
use souk_testing::{Answer, Running, World, graphql};

pub struct Shop {
    pub world: World,
    pub running: Running,
    pub staff: String,
}

pub const CREATE: &str = "mutation($input: ProductCreateInput!) { productCreate(input: $input) {
    product { id slug title status tags variants { id sku } }
    userErrors { code field message } } }";

impl Shop {
    pub async fn open() -> Self {
        let world = World::new("products").await;
        let running = world
            .run(|mut env, telemetry, shutdown| async move {
                let config = products::Config::read(&mut env).expect("the world's variables are complete");
                products::run(config, telemetry, shutdown).await
            })
            .await;
        let staff = world.identity.staff_token();
        Self { world, running, staff }
    }

    pub async fn ask(&self, query: &str, variables: Value) -> Answer {
        graphql(&self.running.graphql, None, query, variables).await
    }

    pub async fn staff(&self, query: &str, variables: Value) -> Answer {
        graphql(&self.running.graphql, Some(&self.staff), query, variables).await
    }

    pub async fn service(&self, caller: &str, query: &str, variables: Value) -> Answer {
        let token = self.world.identity.service_token(caller, "products");
        graphql(&self.running.graphql, Some(&token), query, variables).await
    }

    /// Creates a product with one variant and gives its id.
    pub async fn product(&self, title: &str, sku: &str, prices: &[(&str, &str)]) -> String {
        let product = self.create(product(title, sku, prices)).await;
        product["id"].as_str().unwrap().to_owned()
    }

    pub async fn create(&self, input: Value) -> Value {
        let mut data = self.staff(CREATE, json!({ "input": input })).await.ok();
        let payload = data["productCreate"].take();
        assert_eq!(payload["userErrors"], json!([]));
        payload["product"].clone()
    }
}

/// The input of a product with one variant.
pub fn product(title: &str, sku: &str, prices: &[(&str, &str)]) -> Value {
    json!({ "title": title, "description": "As good as any.", "variants": [variant(sku, prices)] })
}

pub fn variant(sku: &str, prices: &[(&str, &str)]) -> Value {
    let prices: Vec<Value> =
        prices.iter().map(|(currency, amount)| json!({ "amount": amount, "currencyCode": currency })).collect();
    json!({ "sku": sku, "title": "One size", "weightGrams": 500, "prices": prices })
}
