//! What cannot be answered: a clear error with a code, nothing changed, nothing leaked.

use serde_json::{Value, json};
use souk_tests::{
    Client,
    client::{CARD, cart, key},
    goods, shared,
};

/// What no client may ever see in an error.
fn leaks(text: &str) -> bool {
    ["SELECT", "mysql://", "sqlx", "panicked", "/src/", "127.0.0.1"].iter().any(|secret| text.contains(secret))
}

async fn code(client: &Client, query: &str, variables: Value) -> String {
    let answer = client.send(query, variables).await;
    let text = serde_json::to_string(&answer.errors).unwrap();
    assert!(!leaks(&text), "{text}");
    answer.code().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_cannot_be_are_refused_and_nothing_is_created() {
    let shop = shared().await;
    let (customer, staff) = (shop.anonymous().register().await, shop.login("staff").await);
    let sku = goods::product(&staff, 5).await;
    let refused = |mutate: &dyn Fn(&mut Value)| {
        let mut input = cart(&sku, 1, CARD);
        mutate(&mut input);
        let customer = customer.clone();
        async move {
            let placed = customer.place(input).await;
            assert_eq!(placed["order"], Value::Null, "{placed}");
            placed["userErrors"][0]["code"].as_str().unwrap_or_default().to_owned()
        }
    };
    assert_eq!(refused(&|input| input["lines"][0]["sku"] = json!("NO-SUCH-SKU")).await, "UNKNOWN_SKU");
    for quantity in [0, -1, 1_000_000] {
        assert_eq!(refused(&|input| input["lines"][0]["quantity"] = json!(quantity)).await, "INVALID", "{quantity}");
    }
    assert_eq!(refused(&|input| input["lines"] = json!([])).await, "INVALID");
    // The product has a price in euro only.
    assert_eq!(refused(&|input| input["currencyCode"] = json!("USD")).await, "INVALID");
    assert_eq!(refused(&|input| input["shippingAddress"]["countryCode"] = json!("Atlantis")).await, "INVALID");
    let mut malformed = cart(&sku, 1, CARD);
    malformed["idempotencyKey"] = json!("short");
    let place = "mutation($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } } }";
    assert_eq!(code(&customer, place, json!({ "input": malformed })).await, "BAD_USER_INPUT");

    let mine = customer.ask("{ me { orders { totalCount } } }", json!({})).await;
    assert_eq!(mine["me"]["orders"]["totalCount"], 0, "nothing was created");
    assert_eq!(goods::stock(&staff, &sku).await, (5, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_ids_cursors_and_amounts_are_named() {
    let shop = shared().await;
    let (customer, staff) = (shop.anonymous().register().await, shop.login("staff").await);
    for id in ["", "nonsense", "pay_00000000000000000000000000", "ord_zzz"] {
        assert_eq!(
            code(&customer, "query($id: ID!) { order(id: $id) { id } }", json!({ "id": id })).await,
            "BAD_USER_INPUT",
            "{id}"
        );
    }
    for arguments in ["first: 0", "first: 101", "after: \"nonsense\""] {
        assert_eq!(
            code(&customer, &format!("{{ products({arguments}) {{ nodes {{ id }} }} }}"), json!({})).await,
            "BAD_USER_INPUT"
        );
    }
    let adjust = "mutation($input: StockAdjustInput!) { stockAdjust(input: $input) { userErrors { code } } }";
    let input = json!({ "input": { "sku": "NO-SUCH-SKU", "delta": 1, "reason": "r", "idempotencyKey": key() } });
    let answer = staff.ask(adjust, input).await;
    assert!(
        matches!(answer["stockAdjust"]["userErrors"][0]["code"].as_str(), Some("UNKNOWN_SKU" | "NOT_FOUND")),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_expired_and_forged_tokens_run_nothing() {
    let shop = shared().await;
    let customer = shop.anonymous().register().await;
    let real = customer.token.clone().unwrap();
    let (head, signature) = real.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", "A".repeat(signature.len()));
    for token in ["nonsense", "eyJhbGciOiJub25lIn0.e30.", forged.as_str()] {
        let client = shop.anonymous().with_token(token);
        assert_eq!(code(&client, "{ me { email } }", json!({})).await, "UNAUTHENTICATED", "{token}");
    }
    assert_eq!(code(&shop.anonymous(), "{ orders { totalCount } }", json!({})).await, "UNAUTHENTICATED");
    assert_eq!(code(&customer, "{ orders { totalCount } }", json!({})).await, "FORBIDDEN");
    let write = "mutation { productArchive(id: \"prd_00000000000000000000000000\") { userErrors { code } } }";
    assert_eq!(code(&customer, write, json!({})).await, "FORBIDDEN");
    let internal = "mutation { reservationRelease(orderId: \"ord_00000000000000000000000000\") }";
    assert_eq!(
        code(&customer, internal, json!({})).await,
        "GRAPHQL_VALIDATION_FAILED",
        "internal operations are not in the graph"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_customers_order_is_not_there() {
    let shop = shared().await;
    let (customer, staff) = (shop.anonymous().register().await, shop.login("staff").await);
    let sku = goods::product(&staff, 5).await;
    let placed = customer.place(cart(&sku, 1, CARD)).await;
    let id = &placed["order"]["id"];
    customer.order_in(id, "CONFIRMED").await;
    let stranger = shop.anonymous().register().await;
    assert_eq!(stranger.order(id).await, Value::Null);
    let cancelled = stranger.cancel(id).await;
    assert_eq!(cancelled["userErrors"][0]["code"], "NOT_FOUND", "{cancelled}");
    assert_eq!(customer.order(id).await["status"], "CONFIRMED");
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_are_not_graphql_or_too_much_are_refused() {
    let shop = shared().await;
    let client = shop.anonymous();
    assert_eq!(code(&client, "{ products { nodes {", json!({})).await, "GRAPHQL_PARSE_FAILED");
    assert_eq!(code(&client, "{ products { nodes { nonsense } } }", json!({})).await, "GRAPHQL_VALIDATION_FAILED");
    let deep =
        format!("{{ {} id {} }}", "categories { products { nodes { category { ".repeat(40), "} } } }".repeat(40));
    assert!(!code(&client, &deep, json!({})).await.is_empty());
    let long = format!(
        "{{ {} }}",
        (0..3_000).fold(String::new(), |text, n| text + &format!("a{n}: paymentMethods {{ name }} "))
    );
    assert!(!code(&client, &long, json!({})).await.is_empty());

    let http = reqwest::Client::new();
    for body in ["", "not json", "[]", "{\"query\": 7}", "{}"] {
        let response =
            http.post(&shop.ready.graphql).header("content-type", "application/json").body(body).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 400, "{body}");
        let answer: Value = response.json().await.unwrap();
        assert!(answer["errors"][0]["extensions"]["code"].is_string(), "{answer}");
    }
}
