//! A running inventory service and short ways to fill and ask it.

use serde_json::{Value, json};
use souk_contracts::{LineId, OrderId};
use souk_testing::{Answer, Running, World, graphql};
use uuid::Uuid;

pub struct Shop {
    pub world: World,
    pub running: Running,
    pub staff: String,
}

pub const ADJUST: &str = "mutation($input: StockAdjustInput!) { stockAdjust(input: $input) {
    stockLevel { sku warehouse onHand reserved available version } userErrors { code field message } } }";

const HOLD: &str =
    "mutation($input: ReservationHoldInput!) { reservationHold(input: $input) { held shortSkus expiresAt } }";

impl Shop {
    pub async fn open() -> Self {
        let world = World::new("inventory").await;
        Self::open_in(world).await
    }

    pub async fn open_in(world: World) -> Self {
        let running = run(&world).await;
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
        let token = self.world.identity.service_token(caller, "inventory");
        graphql(&self.running.graphql, Some(&token), query, variables).await
    }

    /// Puts units of a sku on the shelf. The row itself, which else comes with a product's event, is written here.
    pub async fn stock(&self, sku: &str, warehouse: &str, units: i64) {
        let mut connection = self.world.database.connect().await;
        let row = "INSERT IGNORE INTO stock (sku, warehouse, version) VALUES (?, ?, 1)";
        sqlx::query(row).bind(sku).bind(warehouse).execute(&mut connection).await.unwrap();
        if units > 0 {
            let data = self.staff(ADJUST, adjustment(sku, warehouse, units)).await.ok();
            assert_eq!(data["stockAdjust"]["userErrors"], json!([]));
        }
    }

    /// (on hand, reserved, available) of a sku in `main`.
    pub async fn level(&self, sku: &str) -> (i64, i64, i64) {
        let query = "query($sku: String!) { stockLevels(sku: $sku) { warehouse onHand reserved available } }";
        let data = self.staff(query, json!({ "sku": sku })).await.ok();
        let levels = data["stockLevels"].as_array().unwrap().clone();
        let main = levels.iter().find(|level| level["warehouse"] == "main").expect("main holds the sku");
        let field = |name: &str| main[name].as_i64().unwrap();
        (field("onHand"), field("reserved"), field("available"))
    }

    pub async fn hold(&self, order: OrderId, lines: &[(&str, i32)]) -> Value {
        let mut data = self.service("orders", HOLD, json!({ "input": hold_input(order, lines) })).await.ok();
        data["reservationHold"].take()
    }

    /// `release`, `commit` or `restock`.
    pub async fn settle(&self, action: &str, order: OrderId) -> bool {
        let field = format!("reservation{}{}", action[..1].to_uppercase(), &action[1..]);
        let mutation = format!("mutation($order: ID!) {{ done: {field}(orderId: $order) }}");
        let data = self.service("orders", &mutation, json!({ "order": order.to_string() })).await.ok();
        data["done"].as_bool().unwrap()
    }

    pub async fn states(&self, order: OrderId) -> Vec<String> {
        let query = "query($order: ID!) { reservations(orderId: $order) { state } }";
        let data = self.service("orders", query, json!({ "order": order.to_string() })).await.ok();
        let rows = data["reservations"].as_array().unwrap().clone();
        rows.iter().map(|row| row["state"].as_str().unwrap().to_owned()).collect()
    }

    /// Moves the end of an order's reservations to so many seconds from now.
    pub async fn reservation_ends_in(&self, order: OrderId, seconds: i64) {
        let mut connection = self.world.database.connect().await;
        sqlx::query("UPDATE reservations SET expires_at = NOW(6) + INTERVAL ? SECOND WHERE order_id = ?")
            .bind(seconds)
            .bind(order.uuid())
            .execute(&mut connection)
            .await
            .unwrap();
    }

    /// The invariants of stock at rest: reserved is what is held, and the ledger adds up to what is on hand.
    pub async fn assert_books_balance(&self) {
        let mut connection = self.world.database.connect().await;
        let wrong: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT s.sku, s.on_hand, s.reserved FROM stock s
             WHERE s.on_hand <> (SELECT CAST(COALESCE(SUM(l.delta), 0) AS SIGNED) FROM stock_ledger l
                                 WHERE l.sku = s.sku AND l.warehouse = s.warehouse)
                OR s.reserved <> (SELECT CAST(COALESCE(SUM(r.quantity), 0) AS SIGNED) FROM reservations r
                                  WHERE r.sku = s.sku AND r.warehouse = s.warehouse AND r.state = 'HELD')",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        assert_eq!(wrong, []);
    }
}

pub async fn run(world: &World) -> Running {
    world
        .run(|mut env, telemetry, shutdown| async move {
            let config = inventory::Config::read(&mut env).expect("the world's variables are complete");
            inventory::run(config, telemetry, shutdown).await
        })
        .await
}

pub fn adjustment(sku: &str, warehouse: &str, delta: i64) -> Value {
    let key = Uuid::new_v4().to_string();
    json!({ "input": { "sku": sku, "warehouse": warehouse, "delta": delta, "reason": "counted", "idempotencyKey": key } })
}

pub fn new_order() -> OrderId {
    OrderId(Uuid::new_v4())
}

pub fn hold_input(order: OrderId, lines: &[(&str, i32)]) -> Value {
    let lines: Vec<Value> = lines
        .iter()
        .map(
            |(sku, quantity)| json!({ "lineId": LineId(Uuid::new_v4()).to_string(), "sku": sku, "quantity": quantity }),
        )
        .collect();
    json!({ "orderId": order.to_string(), "lines": lines, "ttlSeconds": 900 })
}
