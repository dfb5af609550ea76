//! Registering, signing in, rotation and sign-out, through GraphQL over HTTP against MySQL.

use serde_json::{Value, json};
use souk_testing::{Running, Statements, World, graphql, http_client, until};

const REGISTER: &str = "mutation($input: CustomerRegisterInput!) { customerRegister(input: $input) {
    session { accessToken refreshToken expiresAt customer { id email name } } userErrors { code field message } } }";
const SIGN_IN: &str = "mutation($input: SessionCreateInput!) { sessionCreate(input: $input) {
    session { accessToken refreshToken customer { email } } userErrors { code } } }";
const REFRESH: &str = "mutation($input: SessionRefreshInput!) { sessionRefresh(input: $input) {
    session { accessToken refreshToken } userErrors { code } } }";
const REVOKE: &str = "mutation($input: SessionRefreshInput!) { sessionRevoke(input: $input) { session { accessToken } userErrors { code } } }";

async fn accounts(world: &World) -> Running {
    world
        .run(|mut env, telemetry, shutdown| async move {
            let config = accounts::Config::read(&mut env).map_err(|error| error.to_string())?;
            accounts::run(config, telemetry, shutdown).await.map_err(|error| error.to_string())
        })
        .await
}

async fn register(service: &Running, email: &str) -> Value {
    let input = json!({ "email": email, "password": "correct horse", "name": "Asha Rao" });
    graphql(&service.graphql, None, REGISTER, json!({ "input": input })).await.ok()["customerRegister"].clone()
}

async fn refresh(service: &Running, token: &Value) -> Value {
    let variables = json!({ "input": { "refreshToken": token } });
    graphql(&service.graphql, None, REFRESH, variables).await.ok()["sessionRefresh"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_registers_signs_in_and_sees_only_themselves() {
    let world = World::new("accounts").await;
    let service = accounts(&world).await;
    let registered = register(&service, " Asha@Example.com").await;
    assert_eq!(registered["userErrors"], json!([]));
    assert_eq!(registered["session"]["customer"]["email"], "asha@example.com");
    let token = registered["session"]["accessToken"].as_str().unwrap();

    let me = graphql(&service.graphql, Some(token), "{ me { email addresses { city } } }", json!({})).await.ok();
    assert_eq!(me, json!({ "me": { "email": "asha@example.com", "addresses": [] } }));
    let nobody = graphql(&service.graphql, None, "{ me { email } }", json!({})).await.ok();
    assert_eq!(nobody, json!({ "me": null }));

    let entity = "query($id: ID!) { _entities(representations: [{ __typename: \"Customer\", id: $id }]) { ... on Customer { name } } }";
    let id = json!({ "id": registered["session"]["customer"]["id"] });
    let own = graphql(&service.graphql, Some(token), entity, id.clone()).await.ok();
    assert_eq!(own["_entities"][0]["name"], "Asha Rao");
    let stranger = register(&service, "other@example.com").await;
    let others = graphql(&service.graphql, stranger["session"]["accessToken"].as_str(), entity, id.clone()).await.ok();
    assert_eq!(others["_entities"][0], Value::Null);
    let staff = graphql(&service.graphql, Some(&world.identity.staff_token()), entity, id).await.ok();
    assert_eq!(staff["_entities"][0]["name"], "Asha Rao");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_name_their_field_and_change_nothing() {
    let world = World::new("accounts").await;
    let service = accounts(&world).await;
    register(&service, "asha@example.com").await;
    let again = register(&service, "ASHA@example.com").await;
    assert_eq!(again["userErrors"][0]["code"], "EMAIL_TAKEN");
    assert_eq!(again["session"], Value::Null);

    let bad = json!({ "input": { "email": "nobody", "password": "short", "name": "" } });
    let refused = graphql(&service.graphql, None, REGISTER, bad).await.ok();
    let fields: Vec<_> =
        refused["customerRegister"]["userErrors"].as_array().unwrap().iter().map(|e| e["field"][0].clone()).collect();
    assert_eq!(fields, ["email", "name", "password"]);

    for (email, password) in
        [("asha@example.com", "wrong horse"), ("nobody@example.com", "correct horse"), ("?", "correct horse")]
    {
        let input = json!({ "input": { "email": email, "password": password } });
        let refused = graphql(&service.graphql, None, SIGN_IN, input).await.ok();
        assert_eq!(refused["sessionCreate"]["userErrors"][0]["code"], "INVALID_CREDENTIALS", "{email}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_is_good_once_and_its_second_use_ends_the_session() {
    let world = World::new("accounts").await;
    let service = accounts(&world).await;
    let first = register(&service, "asha@example.com").await["session"]["refreshToken"].clone();
    let second = refresh(&service, &first).await["session"]["refreshToken"].clone();
    assert!(second.is_string() && second != first);
    assert_eq!(refresh(&service, &first).await["userErrors"][0]["code"], "INVALID_CREDENTIALS");
    assert_eq!(
        refresh(&service, &second).await["userErrors"][0]["code"],
        "INVALID_CREDENTIALS",
        "the thief's copy ends too"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_eight_parallel_uses_of_one_refresh_token_one_wins() {
    let world = World::new("accounts").await;
    let service = accounts(&world).await;
    let token = register(&service, "asha@example.com").await["session"]["refreshToken"].clone();
    let tries = futures_util::future::join_all((0..8).map(|_| refresh(&service, &token))).await;
    assert_eq!(tries.iter().filter(|answer| answer["session"].is_object()).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_out_ends_the_session() {
    let world = World::new("accounts").await;
    let service = accounts(&world).await;
    let token = register(&service, "asha@example.com").await["session"]["refreshToken"].clone();
    let revoked = graphql(&service.graphql, None, REVOKE, json!({ "input": { "refreshToken": token } })).await.ok();
    assert_eq!(revoked["sessionRevoke"]["userErrors"], json!([]));
    assert_eq!(refresh(&service, &token).await["userErrors"][0]["code"], "INVALID_CREDENTIALS");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_tokens_are_refused_before_anything_runs() {
    let world = World::new("accounts").await;
    let service = accounts(&world).await;
    for token in ["nonsense", "eyJhbGciOiJub25lIn0.e30.", &world.identity.service_token("orders", "payments")] {
        let answer = graphql(&service.graphql, Some(token), "{ me { email } }", json!({})).await;
        assert_eq!(answer.code(), "UNAUTHENTICATED", "{token}");
    }
    let contact = "query($id: ID!) { customerContact(id: $id) { email } }";
    let id = register(&service, "asha@example.com").await["session"]["customer"]["id"].clone();
    let staff = graphql(&service.graphql, Some(&world.identity.staff_token()), contact, json!({ "id": id })).await;
    assert_eq!(staff.code(), "FORBIDDEN");
    let orders = world.identity.service_token("orders", "accounts");
    let answer = graphql(&service.graphql, Some(&orders), contact, json!({ "id": id })).await.ok();
    assert_eq!(answer["customerContact"]["email"], "asha@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_kept_and_removed_by_their_owner_only() {
    let world = World::new("accounts").await;
    let service = accounts(&world).await;
    let save = "mutation($input: AddressInput!) { addressSave(input: $input) { address { id city countryCode } userErrors { code field } } }";
    let remove = "mutation($id: ID!) { addressRemove(id: $id) { address { id } userErrors { code } } }";
    let asha = register(&service, "asha@example.com").await["session"]["accessToken"].as_str().unwrap().to_owned();
    let ben = register(&service, "ben@example.com").await["session"]["accessToken"].as_str().unwrap().to_owned();
    let input = json!({ "input": { "name": "Asha", "line1": "12 Bazaar Road", "city": "Pune", "postalCode": "411001", "countryCode": "in" } });

    let anonymous = graphql(&service.graphql, None, save, input.clone()).await;
    assert_eq!(anonymous.code(), "UNAUTHENTICATED");
    let saved = graphql(&service.graphql, Some(&asha), save, input).await.ok()["addressSave"].clone();
    assert_eq!(saved["address"]["countryCode"], "IN");
    let bad = json!({ "input": { "name": "", "line1": "x", "city": "x", "postalCode": "x", "countryCode": "India" } });
    let refused = graphql(&service.graphql, Some(&asha), save, bad).await.ok();
    assert_eq!(refused["addressSave"]["userErrors"][0]["field"], json!(["input", "name"]));

    let id = json!({ "id": saved["address"]["id"] });
    let others = graphql(&service.graphql, Some(&ben), remove, id.clone()).await.ok();
    assert_eq!(others["addressRemove"]["userErrors"][0]["code"], "NOT_FOUND");
    let own = graphql(&service.graphql, Some(&asha), remove, id).await.ok();
    assert_eq!(own["addressRemove"]["userErrors"], json!([]));
    let malformed = graphql(&service.graphql, Some(&asha), remove, json!({ "id": "adr_nope" })).await;
    assert_eq!(malformed.code(), "BAD_USER_INPUT");
}

#[tokio::test(flavor = "multi_thread")]
async fn public_keys_are_published_and_accounts_to_start_with_are_made_once() {
    let mut world = World::new("accounts").await;
    let file = world.folder().join("accounts.json");
    std::fs::write(
        &file,
        r#"[{"email":"staff@souk.example","name":"Staff","password":"a long secret","role":"STAFF"}]"#,
    )
    .unwrap();
    world.set("SOUK_BOOTSTRAP_ACCOUNTS", file.display());
    let service = accounts(&world).await;
    let input = json!({ "input": { "email": "staff@souk.example", "password": "a long secret" } });
    let signed_in = graphql(&service.graphql, None, SIGN_IN, input).await.ok();
    assert!(signed_in["sessionCreate"]["session"]["accessToken"].is_string());

    let jwks: Value = http_client()
        .get(format!("{}/.well-known/jwks.json", service.base))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(jwks["keys"][0]["kty"], "OKP");
    assert!(jwks["keys"][0].get("d").is_none(), "no private part");
}

#[tokio::test(flavor = "multi_thread")]
async fn spellings_of_an_email_are_different_people() {
    let world = World::new("accounts").await;
    let service = accounts(&world).await;
    register(&service, "asha@example.com").await;
    // Under a collation that takes a for á this would be one account, with tries of its own for each spelling.
    let input = json!({ "email": "ashá@example.com", "password": "correct horse" });
    let refused = graphql(&service.graphql, None, SIGN_IN, json!({ "input": input })).await.ok();
    assert_eq!(refused["sessionCreate"]["userErrors"][0]["code"], "INVALID_CREDENTIALS");
    assert_eq!(register(&service, "ashá@example.com").await["userErrors"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_at_one_password_and_the_queue_for_hashing_are_limited() {
    let mut world = World::new("accounts").await;
    world.set("SOUK_SIGN_INS_A_MINUTE", 5);
    let service = accounts(&world).await;
    let sign_in = |email: String| {
        let (url, input) = (service.graphql.clone(), json!({ "email": email, "password": "wrong horse" }));
        async move { graphql(&url, None, SIGN_IN, json!({ "input": input })).await.code().to_owned() }
    };
    for _ in 0..5 {
        assert_eq!(sign_in("asha@example.com".to_owned()).await, "");
    }
    assert_eq!(sign_in(" ASHA@example.com".to_owned()).await, "RATE_LIMITED");
    let crowd = futures_util::future::join_all((0..150).map(|n| sign_in(format!("{n}@example.com")))).await;
    let (sent_away, answered) = crowd.iter().partition::<Vec<_>, _>(|code| *code == "RATE_LIMITED");
    assert!(
        answered.len() >= 66 && !sent_away.is_empty(),
        "{} answered, {} sent away",
        answered.len(),
        sent_away.len()
    );
    assert!(answered.iter().all(|code| code.is_empty()), "{answered:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_expired_is_forgotten_and_the_rest_is_kept() {
    let world = World::new("accounts").await;
    let service = accounts(&world).await;
    register(&service, "old@example.com").await;
    let kept = register(&service, "new@example.com").await["session"]["refreshToken"].clone();
    service.shutdown.request();
    let mut database = world.database.connect().await;
    for statement in [
        "UPDATE refresh_tokens t JOIN sessions s ON s.id = t.session_id JOIN customers c ON c.id = s.customer_id
         SET t.expires_at = NOW(6) - INTERVAL 1 DAY WHERE c.email = 'old@example.com'",
        "UPDATE sessions SET created_at = NOW(6) - INTERVAL 31 DAY",
    ] {
        sqlx::raw_sql(statement).execute(&mut database).await.unwrap();
    }
    let service = accounts(&world).await;
    until("the end of the old session", std::time::Duration::from_secs(30), || async {
        let mut database = world.database.connect().await;
        let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sessions").fetch_one(&mut database).await.unwrap();
        left == 1
    })
    .await;
    assert!(refresh(&service, &kept).await["session"].is_object());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_twenty_customers_is_one_statement_a_table() {
    let world = World::new("accounts").await;
    let service = accounts(&world).await;
    let mut representations = Vec::new();
    for n in 0..20 {
        let registered = register(&service, &format!("{n}@example.com")).await;
        representations.push(json!({ "__typename": "Customer", "id": registered["session"]["customer"]["id"] }));
    }
    let statements = Statements::record(&world.database).await;
    let query =
        "query($all: [_Any!]!) { _entities(representations: $all) { ... on Customer { email addresses { city } } } }";
    let staff = world.identity.staff_token();
    let found = graphql(&service.graphql, Some(&staff), query, json!({ "all": representations })).await.ok();
    assert_eq!(found["_entities"].as_array().unwrap().len(), 20);
    assert_eq!(found["_entities"][7]["email"], "7@example.com");
    let said = statements.naming(&["customers", "addresses"]).await;
    assert_eq!(said.len(), 2, "{said:#?}");
}
