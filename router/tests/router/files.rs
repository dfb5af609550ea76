//! A graph without a registry: from a supergraph, or composed from a list, and read again when a file changes.

use std::path::{Path, PathBuf};

use axum::{Json as Body, Router, extract::State, routing::post};
use federation::{Subgraph, compose};
use router::Flags;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::shop::{RunningRouter, Served, client::codes, reviews, subgraph_list, until, users};

const ACROSS: &str = "{ topReview { body author { name } } }";

fn across() -> Json {
    json!({"topReview": {"body": "review 3", "author": {"name": "Ann"}}})
}

/// Both subgraphs of the shop, and a folder for the router's files.
struct Pair {
    users: Served,
    reviews: Served,
    folder: TempDir,
}

impl Pair {
    async fn open() -> Self {
        let users = Served::start(users::routes()).await;
        let reviews = Served::start(reviews::routes(&reviews::Open::default())).await;
        Self { users, reviews, folder: TempDir::new().unwrap() }
    }

    /// The supergraph of both, with this schema of `users`.
    fn supergraph(&self, users_sdl: &str) -> String {
        let subgraph = |name: &str, served: &Served, sdl: &str| Subgraph {
            name: name.to_owned(),
            url: Some(format!("http://{}/graphql", served.address)),
            sdl: sdl.to_owned(),
        };
        let parts = [subgraph("users", &self.users, users_sdl), subgraph("reviews", &self.reviews, reviews::SDL)];
        compose(&parts).unwrap().sdl
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

async fn start(flags: Flags, folder: &Path) -> RunningRouter {
    RunningRouter::start(&[], flags, folder).await
}

fn with_more(sdl: &str) -> String {
    sdl.replace("users: [User!]!", "users: [User!]! more: Int")
}

async fn has_more(router: &RunningRouter) {
    until("the new field is there", || async {
        let answer = router.ask("{ __type(name: \"Query\") { fields { name } } }").await;
        answer.to_string().contains("\"more\"").then_some(())
    })
    .await;
}

/// The errors of the one refusal.
async fn refused(router: &RunningRouter) -> Json {
    until("the refusal is told", || async {
        let report = router.admin_json("/admin/supergraph").await;
        report["refusals"].get(0).map(|refusal| refusal["errors"].clone())
    })
    .await
}

#[tokio::test]
async fn a_supergraph_is_served_and_read_again_when_it_changes() {
    let pair = Pair::open().await;
    let file = pair.write("supergraph.graphql", &pair.supergraph(users::SDL));
    let router = start(Flags { supergraph: Some(file), ..Flags::default() }, pair.folder.path()).await;
    assert_eq!(router.ask(ACROSS).await["data"], across());
    assert_eq!(codes(&router.ask("{ more }").await), ["GRAPHQL_VALIDATION_FAILED"]);

    pair.write("supergraph.graphql", "type Query { a: Int }");
    let errors = refused(&router).await;
    assert!(errors[0]["message"].as_str().unwrap().contains("is not a supergraph"), "{errors}");
    assert_eq!(router.ask(ACROSS).await["data"], across());

    pair.write("supergraph.graphql", &pair.supergraph(&with_more(users::SDL)));
    has_more(&router).await;
    assert_eq!(router.ask(ACROSS).await["data"], across());
    assert_eq!(router.admin_json("/admin/supergraph").await["refusals"], json!([]));
}

#[tokio::test]
async fn a_list_in_yaml_composes_schema_files_and_is_composed_again_when_one_changes() {
    let pair = Pair::open().await;
    pair.write("users.graphql", users::SDL);
    let list = format!(
        "subgraphs:\n- name: users\n  url: http://{}/graphql\n  schema_file: users.graphql\n\
         - name: reviews\n  url: http://{}/graphql\n  introspect: true\n",
        pair.users.address, pair.reviews.address
    );
    let file = pair.write("subgraphs.yaml", &list);
    let router = start(Flags { subgraphs: Some(file), ..Flags::default() }, pair.folder.path()).await;
    assert_eq!(router.ask(ACROSS).await["data"], across());

    pair.write("users.graphql", "type Query { users: [Nobody] }");
    let errors = refused(&router).await;
    assert_eq!(
        (&errors[0]["code"], &errors[0]["subgraph"], &errors[0]["line"]),
        (&json!("INVALID_GRAPHQL"), &json!("users"), &json!(1)),
        "{errors}"
    );
    assert_eq!(router.ask(ACROSS).await["data"], across());

    pair.write("users.graphql", &with_more(users::SDL));
    has_more(&router).await;
    assert_eq!(router.ask(ACROSS).await["data"], across());
}

/// A subgraph that, when asked for its schema, first has the list that names it rewritten.
async fn rewriting(folder: PathBuf) -> Served {
    let tell = |State(folder): State<PathBuf>| async move {
        let address = std::fs::read_to_string(folder.join("address")).unwrap().parse().unwrap();
        let list = subgraph_list(&[("late", address, "type Query { more: Int }")]);
        std::fs::write(folder.join("subgraphs.json"), list).unwrap();
        Body(json!({"data": {"_service": {"sdl": "type Query { early: Int }"}}}))
    };
    Served::start(Router::new().route("/graphql", post(tell)).with_state(folder)).await
}

#[tokio::test]
async fn a_list_that_changes_while_it_is_being_loaded_is_loaded_again() {
    let folder = TempDir::new().unwrap();
    let subgraph = rewriting(folder.path().to_owned()).await;
    std::fs::write(folder.path().join("address"), subgraph.address.to_string()).unwrap();
    let list = json!({"subgraphs": [{"name": "late", "url": format!("http://{}/graphql", subgraph.address), "introspect": true}]});
    let file = folder.path().join("subgraphs.json");
    std::fs::write(&file, list.to_string()).unwrap();
    let router = start(Flags { subgraphs: Some(file), ..Flags::default() }, folder.path()).await;
    has_more(&router).await;
}
