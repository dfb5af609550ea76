//! Nullable fields whose value cannot be told just now.

use std::future::Future;

use async_graphql::Context;

use crate::error::ApiError;

/// The value of a nullable field; when it cannot be told, null and the error beside it, with the field's path
/// (GraphQL, section 6.4.4). async-graphql 7.2.1 gives the error of a resolver to the nearest nullable parent instead:
/// one field that another part answers would take the whole product or order with it.
///
/// ```ignore
/// async fn availability(&self, ctx: &Context<'_>) -> Option<Availability> {
///     or_null(ctx, async { Ok(loaders(ctx).available.one(self.sku.clone()).await?.map(Availability::of)) }).await
/// }
/// ```
pub async fn or_null<T>(
    ctx: &Context<'_>,
    telling: impl Future<Output = Result<Option<T>, ApiError>> + Send,
) -> Option<T> {
    match telling.await {
        Ok(told) => told,
        Err(error) => {
            let error = async_graphql::Error::from(error).into_server_error(ctx.item.pos);
            ctx.add_error(ctx.set_error_path(error));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};

    use super::*;

    struct Query;
    struct Shelf;

    #[Object]
    impl Query {
        async fn shelf(&self) -> Option<Shelf> {
            Some(Shelf)
        }
    }

    #[Object]
    impl Shelf {
        async fn name(&self) -> &str {
            "A"
        }

        async fn stock(&self, ctx: &Context<'_>) -> Option<i32> {
            or_null(ctx, async { Err(ApiError::unavailable("away")) }).await
        }
    }

    #[tokio::test]
    async fn a_field_that_cannot_be_told_leaves_its_parent_whole() {
        let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
        let answer = serde_json::to_value(schema.execute("{ shelf { name stock } }").await).unwrap();
        assert_eq!(answer["data"], serde_json::json!({ "shelf": { "name": "A", "stock": null } }));
        let error = &answer["errors"][0];
        assert_eq!(error["path"], serde_json::json!(["shelf", "stock"]));
        assert_eq!((&error["extensions"]["code"], &error["message"]), (&"UNAVAILABLE".into(), &"away".into()));
    }
}
