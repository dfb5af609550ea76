//! The part of the graph that accounts answers.

mod address;
mod customer;
mod internal;
mod loaders;
mod mutation;
mod node;
mod query;
mod session;

use async_graphql::{EmptySubscription, MergedObject, Request, Schema, SchemaBuilder};
use souk_subgraph::db::Db;

use mutation::Mutation;
use query::AccountsQuery;

#[derive(MergedObject, Default)]
pub struct Query(AccountsQuery, internal::InternalQuery);

/// The schema without its data.
pub fn build() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query::default(), Mutation, EmptySubscription)
        .register_output_type::<node::Node>()
        .enable_federation()
}

/// Loaders live for one request.
pub fn per_request(request: Request, db: &Db) -> Request {
    request.data(loaders::customers(db)).data(loaders::addresses(db))
}
