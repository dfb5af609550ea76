//! A new category. Products that enter it say so in their own events; the category itself has none.

use souk_contracts::CategoryId;
use souk_process::clock;
use souk_subgraph::{Db, random};

use super::CommandError;
use crate::{
    domain::{CategoryName, Refusal, Slug},
    store::{self, Category},
};

/// # Errors
/// [`CommandError`]: a slug that is taken is refused.
pub async fn create_category(db: &Db, slug: &Slug, name: &CategoryName) -> Result<Category, CommandError> {
    let id = CategoryId::new(clock::now(), random::bytes());
    if !store::categories::insert(db, id, slug, name).await? {
        return Err(Refusal::SlugTaken { field: vec!["slug".to_owned()], slug: slug.as_str().to_owned() }.into());
    }
    Ok(Category { id, slug: slug.as_str().to_owned(), name: name.as_str().to_owned() })
}
