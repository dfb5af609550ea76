//! A subgraph that is not ours: joins a running shop under the name `reviews` with a schema chosen by a flag.

use std::{collections::BTreeMap, fmt::Write as _, net::SocketAddr};

use async_graphql::{EmptyMutation, EmptySubscription, ID, Object, ObjectType, SDLExportOptions, Schema, SimpleObject};
use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use clap::{Parser, ValueEnum};
use discovery_client::{Discovery, DiscoveryConfig, Registration};
use sha2::{Digest as _, Sha256};
use souk_process::Shutdown;

#[derive(Parser)]
struct Options {
    /// Which schema it brings
    #[arg(long, value_enum)]
    schema: Which,
    /// The shop's registry
    #[arg(long)]
    discovery: url::Url,
}

#[derive(Clone, Copy, ValueEnum)]
enum Which {
    /// A new field on Product
    Reviews,
    /// Product.title as an Int, which products has as a String!
    Clash,
}

/// A product, with what reviewers think of it.
#[derive(SimpleObject)]
#[graphql(name = "Product")]
struct ReviewedProduct {
    /// The product's id.
    id: ID,
    /// Average of its reviews, 1 to 5.
    rating: f64,
}

struct Reviews;

#[Object]
impl Reviews {
    /// How many reviews there are.
    async fn review_count(&self) -> i32 {
        2
    }

    #[graphql(entity)]
    async fn product(&self, id: ID) -> ReviewedProduct {
        let rating = 1.0 + f64::from(u8::from(id.len().is_multiple_of(2))) * 3.5;
        ReviewedProduct { id, rating }
    }
}

/// A product with a title of another type.
#[derive(SimpleObject)]
#[graphql(name = "Product")]
struct ClashingProduct {
    /// The product's id.
    id: ID,
    /// Not a title.
    #[graphql(shareable)]
    title: i32,
}

struct Clash;

#[Object]
impl Clash {
    #[graphql(entity)]
    async fn product(&self, id: ID) -> ClashingProduct {
        ClashingProduct { id, title: 0 }
    }
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    match options.schema {
        Which::Reviews => serve(options, Reviews).await,
        Which::Clash => serve(options, Clash).await,
    }
}

async fn serve<Q: ObjectType + 'static>(options: Options, query: Q) {
    let schema = Schema::build(query, EmptyMutation, EmptySubscription).enable_federation().finish();
    let sdl = schema.sdl_with_options(SDLExportOptions::new().federation().compose_directive());
    let shown = sdl.clone();
    let router = Router::new()
        .route("/graphql", post(answer::<Q>))
        .route("/graphql/sdl", get(move || async move { shown }))
        .route("/health/ready", get(|| async { "ready" }))
        .with_state(schema);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let shutdown = Shutdown::on_signals();
    let serving = tokio::spawn(axum::serve(listener, router).with_graceful_shutdown(shutdown.signal()).into_future());

    let discovery = Discovery::start(DiscoveryConfig::new([with_credential(options.discovery)]), &shutdown);
    let handle = discovery.register(registration(address, &sdl)).await;
    shutdown.requested().await;
    handle.deregister().await;
    let _ = serving.await;
}

async fn answer<Q: ObjectType + 'static>(
    State(schema): State<Schema<Q, EmptyMutation, EmptySubscription>>,
    Json(request): Json<async_graphql::Request>,
) -> Json<async_graphql::Response> {
    Json(schema.execute(request).await)
}

fn with_credential(mut registry: url::Url) -> url::Url {
    let secret = std::env::var("SOUK_DISCOVERY_SECRET").expect("SOUK_DISCOVERY_SECRET holds the credential");
    registry.set_username("reviews").expect("an http URL takes a user");
    registry.set_password(Some(&secret)).expect("an http URL takes a password");
    registry
}

fn registration(address: SocketAddr, sdl: &str) -> Registration {
    let mut sha256 = String::new();
    for byte in Sha256::digest(sdl) {
        write!(sha256, "{byte:02x}").expect("writing to a String cannot fail");
    }
    let mut registration = Registration::new("REVIEWS", "127.0.0.1", address.port());
    registration.metadata = BTreeMap::from(
        [
            ("graphql.subgraph", "reviews"),
            ("graphql.path", "/graphql"),
            ("graphql.subscriptions", ""),
            ("graphql.sdl.path", "/graphql/sdl"),
            ("graphql.sdl.sha256", sha256.as_str()),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    registration
}
