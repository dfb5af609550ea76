//! The demo catalogue: committed, one file a category, built into the binary.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};

/// Raised when the catalogue changes, so that an older shop is completed at its next start.
pub const EDITION: u32 = 1;

const FILES: [(&str, &str); 10] = [
    ("kitchen", include_str!("../../demo/kitchen.json")),
    ("tea-and-coffee", include_str!("../../demo/tea-and-coffee.json")),
    ("pantry", include_str!("../../demo/pantry.json")),
    ("home", include_str!("../../demo/home.json")),
    ("lighting", include_str!("../../demo/lighting.json")),
    ("stationery", include_str!("../../demo/stationery.json")),
    ("clothing", include_str!("../../demo/clothing.json")),
    ("bags", include_str!("../../demo/bags.json")),
    ("garden", include_str!("../../demo/garden.json")),
    ("play", include_str!("../../demo/play.json")),
];

#[derive(Debug, Clone, Deserialize)]
pub struct Category {
    pub slug: String,
    pub name: String,
    pub products: Vec<Product>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Product {
    pub slug: String,
    pub title: String,
    pub description: String,
    pub tags: Vec<String>,
    pub variants: Vec<Variant>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Variant {
    pub sku: String,
    pub title: String,
    pub weight_grams: u32,
    /// The first is the base currency's.
    pub prices: Vec<Price>,
    /// Units on hand at the beginning.
    pub stock: u32,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Price(pub String, pub String);

/// Every category with its products.
///
/// # Errors
/// When a committed file is damaged.
pub fn all() -> anyhow::Result<Vec<Category>> {
    let read = |(name, text): (&str, &str)| -> anyhow::Result<Category> {
        serde_json::from_str(text).with_context(|| format!("demo/{name}.json is damaged"))
    };
    FILES.into_iter().map(read).collect()
}

/// Sku -> units at the beginning; some are sold out from the first day.
pub fn stock(categories: &[Category]) -> BTreeMap<String, u32> {
    let variants = categories.iter().flat_map(|category| &category.products).flat_map(|product| &product.variants);
    let stocked = variants.filter(|variant| variant.stock > 0);
    stocked.map(|variant| (variant.sku.clone(), variant.stock)).collect()
}

impl Product {
    /// As `productCreate` takes it.
    pub fn input(&self, category: &str) -> Value {
        let variants: Vec<Value> = self.variants.iter().map(Variant::input).collect();
        json!({
            "slug": self.slug, "title": self.title, "description": self.description, "categorySlug": category,
            "tags": self.tags, "status": "ACTIVE", "variants": variants,
        })
    }
}

impl Variant {
    fn input(&self) -> Value {
        let price = |Price(amount, currency): &Price| json!({ "amount": amount, "currencyCode": currency });
        let prices: Vec<Value> = self.prices.iter().map(price).collect();
        json!({ "sku": self.sku, "title": self.title, "weightGrams": self.weight_grams, "prices": prices })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use souk_contracts::{CurrencyCode, Money, Sku};

    use super::*;

    #[test]
    fn the_catalogue_is_whole() {
        let categories = all().unwrap();
        let products: Vec<&Product> = categories.iter().flat_map(|category| &category.products).collect();
        assert!(products.len() >= 200, "{} products", products.len());
        let slugs: BTreeSet<&str> = products.iter().map(|product| product.slug.as_str()).collect();
        assert_eq!(slugs.len(), products.len(), "slugs are unique");
        let variants: Vec<&Variant> = products.iter().flat_map(|product| &product.variants).collect();
        let skus: BTreeSet<&str> = variants.iter().map(|variant| variant.sku.as_str()).collect();
        assert_eq!(skus.len(), variants.len(), "skus are unique");
        for product in products {
            assert!(product.description.len() > 60, "{} deserves a description", product.slug);
            assert!(!product.variants.is_empty() && !product.tags.is_empty(), "{}", product.slug);
        }
    }

    #[test]
    fn every_price_and_sku_is_one_that_the_shop_takes() {
        for category in all().unwrap() {
            for variant in category.products.iter().flat_map(|product| &product.variants) {
                assert_eq!(variant.sku.parse::<Sku>().unwrap().as_str(), variant.sku);
                let currencies: BTreeSet<CurrencyCode> = variant
                    .prices
                    .iter()
                    .map(|Price(amount, currency)| {
                        let currency = currency.parse().unwrap();
                        assert!(Money::parse(amount, currency).unwrap().minor > 0, "{}", variant.sku);
                        currency
                    })
                    .collect();
                assert_eq!(currencies.len(), 4, "{} is priced in every currency", variant.sku);
            }
        }
    }
}
