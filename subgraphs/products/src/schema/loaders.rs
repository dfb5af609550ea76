//! Batched reads: whatever many resolvers of one request want from a table becomes one statement.

use std::collections::HashMap;

use souk_contracts::{CategoryId, Money, ProductId, VariantId};
use souk_subgraph::{
    ApiError, Db,
    loader::{Batch, Loader},
};

use crate::{
    domain::MediaLink,
    store::{self, Category, Product, Variant, prices::PriceChange},
};

/// A batch that one store function answers.
macro_rules! batches {
    ($($name:ident: $key:ty => $value:ty, $read:path;)*) => {$(
        #[derive(Debug, Clone)]
        pub struct $name(Db);

        impl Batch for $name {
            type Key = $key;
            type Value = $value;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, $value>, ApiError> {
                Ok($read(&self.0, keys).await?)
            }
        }
    )*};
}

batches! {
    ProductsById: ProductId => Product, store::products::by_ids;
    CategoriesById: CategoryId => Category, store::categories::by_ids;
    TagsOfProduct: ProductId => Vec<String>, store::tags::of_products;
    MediaOfProduct: ProductId => Vec<MediaLink>, store::media::of_products;
    VariantsOfProduct: ProductId => Vec<Variant>, store::variants::of_products;
    VariantsById: VariantId => Variant, store::variants::by_ids;
    VariantsBySku: String => Variant, store::variants::by_skus;
    PricesOfVariant: VariantId => Vec<Money>, store::prices::of_variants;
    CountsOfCategory: CategoryId => i64, store::listing::counts_of_categories;
}

/// The newest `first` price changes; one statement for each `first` in a request.
#[derive(Debug, Clone)]
pub struct HistoryOfVariant(Db);

impl Batch for HistoryOfVariant {
    type Key = (VariantId, u32);
    type Value = Vec<PriceChange>;

    async fn load(&self, keys: &[Self::Key]) -> Result<HashMap<Self::Key, Self::Value>, ApiError> {
        let mut loaded = HashMap::new();
        for (first, ids) in grouped(keys) {
            let history = store::prices::history_of_variants(&self.0, &ids, first).await?;
            loaded.extend(history.into_iter().map(|(id, changes)| ((id, first), changes)));
        }
        Ok(loaded)
    }
}

/// How much of a category's list to read and from where: equal for all categories of one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CategoryPage {
    pub before: Option<ProductId>,
    pub limit: u32,
}

#[derive(Debug, Clone)]
pub struct ProductsOfCategory(Db);

impl Batch for ProductsOfCategory {
    type Key = (CategoryId, CategoryPage);
    type Value = Vec<Product>;

    async fn load(&self, keys: &[Self::Key]) -> Result<HashMap<Self::Key, Self::Value>, ApiError> {
        let mut loaded = HashMap::new();
        for (page, ids) in grouped(keys) {
            let products = store::listing::newest_of_categories(&self.0, &ids, page.before, page.limit).await?;
            loaded.extend(products.into_iter().map(|(id, products)| ((id, page), products)));
        }
        Ok(loaded)
    }
}

fn grouped<I: Copy, A: Copy + Eq + std::hash::Hash>(keys: &[(I, A)]) -> HashMap<A, Vec<I>> {
    let mut groups: HashMap<A, Vec<I>> = HashMap::new();
    for (id, arguments) in keys {
        groups.entry(*arguments).or_default().push(*id);
    }
    groups
}

/// The loaders of one request.
#[derive(Debug, Clone)]
pub struct Loaders {
    pub products: Loader<ProductsById>,
    pub categories: Loader<CategoriesById>,
    pub tags: Loader<TagsOfProduct>,
    pub media: Loader<MediaOfProduct>,
    pub variants_of_product: Loader<VariantsOfProduct>,
    pub variants_by_id: Loader<VariantsById>,
    pub variants_by_sku: Loader<VariantsBySku>,
    pub prices: Loader<PricesOfVariant>,
    pub history: Loader<HistoryOfVariant>,
    pub products_of_category: Loader<ProductsOfCategory>,
    pub counts_of_category: Loader<CountsOfCategory>,
}

impl Loaders {
    pub fn new(db: &Db) -> Self {
        Self {
            products: Loader::new(ProductsById(db.clone())),
            categories: Loader::new(CategoriesById(db.clone())),
            tags: Loader::new(TagsOfProduct(db.clone())),
            media: Loader::new(MediaOfProduct(db.clone())),
            variants_of_product: Loader::new(VariantsOfProduct(db.clone())),
            variants_by_id: Loader::new(VariantsById(db.clone())),
            variants_by_sku: Loader::new(VariantsBySku(db.clone())),
            prices: Loader::new(PricesOfVariant(db.clone())),
            history: Loader::new(HistoryOfVariant(db.clone())),
            products_of_category: Loader::new(ProductsOfCategory(db.clone())),
            counts_of_category: Loader::new(CountsOfCategory(db.clone())),
        }
    }
}
