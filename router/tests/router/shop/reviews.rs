//! The subgraph that owns reviews, extends users, and streams.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_graphql::{
    ComplexObject, Context, Data, ID, Object, Schema, SimpleObject, Subscription, http::ALL_WEBSOCKET_PROTOCOLS,
};
use async_graphql_axum::{GraphQLProtocol, GraphQLRequest, GraphQLResponse, GraphQLWebSocket};
use axum::{
    Router,
    extract::{State, WebSocketUpgrade},
    response::Response,
    routing::post,
};
use futures_util::{Stream, StreamExt as _, stream};

pub const SDL: &str = r#"
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@authenticated"])
    type Query { reviews: [Review!]! topReview: Review }
    type Review @key(fields: "id") { id: ID! body: String! stars: Int author: User! }
    type User @key(fields: "id") { id: ID! reviews: [Review!]! }
    type Mutation { addReview(body: String!): Review! }
    type Subscription {
        "Ends after so many events; 0 never ends."
        reviewAdded(count: Int!): Review!
        mine: Review! @authenticated
        heard: Review!
    }
"#;

#[derive(Clone, SimpleObject)]
pub struct Review {
    pub id: ID,
    pub body: String,
    pub stars: Option<i32>,
    pub author: User,
}

#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct User {
    pub id: ID,
}

#[ComplexObject]
impl User {
    async fn reviews(&self) -> Vec<Review> {
        all().into_iter().filter(|review| review.author.id == self.id).collect()
    }
}

fn review(number: i32, author: &str) -> Review {
    let body = format!("review {number}");
    Review { id: number.to_string().into(), body, stars: Some(number), author: User { id: author.into() } }
}

fn all() -> Vec<Review> {
    vec![review(1, "1"), review(2, "2"), review(3, "1")]
}

pub struct Query;

#[Object]
impl Query {
    async fn reviews(&self) -> Vec<Review> {
        all()
    }

    async fn top_review(&self) -> Option<Review> {
        all().pop()
    }

    #[graphql(entity)]
    async fn find_user(&self, id: ID) -> User {
        User { id }
    }

    #[graphql(entity)]
    async fn find_review(&self, id: ID) -> Option<Review> {
        all().into_iter().find(|review| review.id == id)
    }
}

pub struct Mutation;

#[Object]
impl Mutation {
    async fn add_review(&self, body: String) -> Review {
        Review { body, ..review(9, "2") }
    }
}

/// Subscriptions that are open.
#[derive(Clone, Default)]
pub struct Open(Arc<AtomicUsize>);

impl Open {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

struct Seat(Open);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

pub struct Subscriptions;

#[Subscription]
impl Subscriptions {
    async fn review_added(&self, ctx: &Context<'_>, count: usize) -> impl Stream<Item = Review> + use<> {
        let open = ctx.data_unchecked::<Open>().clone();
        open.0.fetch_add(1, Ordering::SeqCst);
        let seat = Arc::new(Seat(open));
        stream::iter(1..).take(if count == 0 { usize::MAX } else { count }).then(move |number: i32| {
            let held = Arc::clone(&seat);
            async move {
                tokio::time::sleep(Duration::from_millis(10)).await;
                drop(held);
                review(number, if number % 2 == 1 { "1" } else { "2" })
            }
        })
    }

    async fn mine(&self, ctx: &Context<'_>) -> impl Stream<Item = Review> + use<> {
        heard(ctx)
    }

    /// The credential of the connection.
    async fn heard(&self, ctx: &Context<'_>) -> impl Stream<Item = Review> + use<> {
        heard(ctx)
    }
}

fn heard(ctx: &Context<'_>) -> impl Stream<Item = Review> + use<> {
    let body = ctx.data_opt::<Credential>().map_or("nobody".to_owned(), |credential| credential.0.clone());
    stream::iter([Review { body, ..review(1, "1") }])
}

struct Credential(String);

pub type ReviewSchema = Schema<Query, Mutation, Subscriptions>;

pub fn routes(open: &Open) -> Router {
    let schema = Schema::build(Query, Mutation, Subscriptions).data(open.clone()).limit_recursive_depth(400).finish();
    Router::new().route("/graphql", post(serve).get(subscribe)).with_state(schema)
}

async fn serve(State(schema): State<ReviewSchema>, request: GraphQLRequest) -> GraphQLResponse {
    schema.execute(request.into_inner()).await.into()
}

async fn subscribe(
    State(schema): State<ReviewSchema>,
    protocol: GraphQLProtocol,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade.protocols(ALL_WEBSOCKET_PROTOCOLS).on_upgrade(move |socket| async move {
        let init = |payload: serde_json::Value| async move {
            let mut data = Data::default();
            if let Some(credential) = payload["authorization"].as_str() {
                data.insert(Credential(credential.to_owned()));
            }
            Ok(data)
        };
        GraphQLWebSocket::new(socket, schema, protocol).on_connection_init(init).serve().await;
    })
}
