//! The part of the graph that payments answers.

mod internal;
mod loaders;
mod mutation;
mod order;
mod payment;
mod query;

use std::sync::Arc;

use async_graphql::{Context, EmptySubscription, MergedObject, Request, Schema, SchemaBuilder};
use souk_subgraph::Db;

use crate::commands::Parts;

#[derive(Debug, Default, MergedObject)]
pub struct Query(query::PaymentsQuery, internal::InternalQuery);

#[derive(Debug, Default, MergedObject)]
pub struct Mutation(mutation::PaymentsMutation, internal::InternalMutation);

/// The schema without its data.
pub fn build() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .register_output_type::<payment::Node>()
        .enable_federation()
}

/// Loaders live for one request.
pub fn per_request(request: Request, db: &Db) -> Request {
    request.data(loaders::payments(db)).data(loaders::payments_of_orders(db))
}

fn parts<'a>(ctx: &Context<'a>) -> &'a Arc<Parts> {
    ctx.data_unchecked::<Arc<Parts>>()
}
