//! Outcomes of changes.

use async_graphql::{Context, SimpleObject};
use souk_contracts::ProductId;
use souk_subgraph::{
    ApiError,
    graphql::{UserError, UserErrorCode},
};

use super::{category::Category, loaders, product::Product};
use crate::{commands::CommandError, domain::Refusal, store};

/// The outcome of a change of a product.
#[derive(Debug, SimpleObject)]
pub struct ProductPayload {
    /// The product after the change; null when it was refused.
    product: Option<Product>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<UserError>,
}

/// The outcome of a change of a category.
#[derive(Debug, SimpleObject)]
pub struct CategoryPayload {
    /// The category after the change; null when it was refused.
    category: Option<Category>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<UserError>,
}

impl ProductPayload {
    /// Reads the changed product anew, so that the answer is what a query would give.
    pub async fn of(ctx: &Context<'_>, done: Result<ProductId, CommandError>) -> Result<Self, ApiError> {
        match done {
            Ok(id) => {
                let product = loaders(ctx).products.one(id).await?.map(Product::from);
                Ok(Self { product, user_errors: Vec::new() })
            }
            Err(CommandError::Refused(refusals)) => {
                Ok(Self { product: None, user_errors: refusals.into_iter().map(user_error).collect() })
            }
            Err(CommandError::Store(error)) => Err(error.into()),
        }
    }
}

impl CategoryPayload {
    pub fn of(done: Result<store::Category, CommandError>) -> Result<Self, ApiError> {
        match done {
            Ok(category) => Ok(Self { category: Some(category.into()), user_errors: Vec::new() }),
            Err(CommandError::Refused(refusals)) => {
                Ok(Self { category: None, user_errors: refusals.into_iter().map(user_error).collect() })
            }
            Err(CommandError::Store(error)) => Err(error.into()),
        }
    }
}

fn user_error(refusal: Refusal) -> UserError {
    match refusal {
        Refusal::Invalid { field, message } => UserError::at(UserErrorCode::Invalid, field, message),
        Refusal::NotFound { field, what } => UserError::at(UserErrorCode::NotFound, field, format!("no such {what}")),
        Refusal::SkuTaken { field, sku } => {
            UserError::at(UserErrorCode::SkuTaken, field, format!("the sku {sku} is taken: skus are unique"))
        }
        Refusal::SlugTaken { field, slug } => {
            UserError::at(UserErrorCode::Conflict, field, format!("the slug {slug} is taken"))
        }
    }
}
