//! What clients send to change the catalogue, and how it is read: every fault is told with its field.

use async_graphql::{InputObject, MaybeUndefined};
use souk_contracts::{Money, Sku};
use souk_subgraph::graphql::MoneyInput;

use super::status::ProductStatus;
use crate::domain::{
    CategoryEdit, Description, Faults, MediaLink, NewProduct, NewVariant, ProductEdit, Refusal, Slug, Tag, Title,
    VARIANTS_MAX, prices,
};

/// Tags of one product at most.
const TAGS_MAX: usize = 30;
/// Images and films of one product at most.
const MEDIA_MAX: usize = 20;
const WEIGHT_MAX_GRAMS: i32 = 1_000_000;

/// A variant to be sold.
#[derive(Debug, InputObject)]
pub struct ProductVariantInput {
    /// The stock keeping unit: 1 to 64 letters, digits, '.', '_' or '-'; unique over all products.
    sku: String,
    /// What sets it apart from its siblings.
    title: String,
    /// Weight with packaging, in grams.
    weight_grams: i32,
    /// At least one, one a currency; the first is in the base currency.
    prices: Vec<MoneyInput>,
}

/// An image or film of a product.
#[derive(Debug, InputObject)]
pub struct MediaInput {
    /// Where it lies: an http or https address, or a path on the shop's own host.
    url: String,
    /// What it shows, for those who cannot see it.
    alt: String,
}

/// A new product.
#[derive(Debug, InputObject)]
pub struct ProductCreateInput {
    /// What it is called.
    title: String,
    /// The readable part of its page's address; derived from the title when left out.
    slug: Option<String>,
    /// What it is, in plain text.
    description: String,
    /// The slug of its category.
    category_slug: Option<String>,
    /// Words it is found by.
    tags: Option<Vec<String>>,
    /// Images and films, the main one first.
    media: Option<Vec<MediaInput>>,
    /// Whether it is on sale at once.
    #[graphql(default_with = "Some(ProductStatus::Active)")]
    status: Option<ProductStatus>,
    /// What can be bought: at least one.
    variants: Vec<ProductVariantInput>,
}

/// A change of a product; what is left out stays as it is.
#[derive(Debug, InputObject)]
pub struct ProductUpdateInput {
    /// What it is called. The slug stays, so links keep working.
    title: Option<String>,
    /// What it is, in plain text.
    description: Option<String>,
    /// The slug of its category; null takes it out of its category.
    category_slug: MaybeUndefined<String>,
    /// Words it is found by, in the place of the present ones.
    tags: Option<Vec<String>>,
    /// Images and films, in the place of the present ones.
    media: Option<Vec<MediaInput>>,
    /// Whether it is on sale.
    status: Option<ProductStatus>,
}

impl ProductCreateInput {
    /// # Errors
    /// All faults together.
    pub fn parse(self) -> Result<NewProduct, Vec<Refusal>> {
        let mut faults = Faults::default();
        let title = faults.take("title", Title::parse(&self.title));
        let description = faults.take("description", Description::parse(&self.description));
        let slug = self.slug.and_then(|slug| faults.take("slug", Slug::parse(&slug)));
        let category = self.category_slug.and_then(|slug| faults.take("categorySlug", Slug::parse(&slug)));
        let tags = read_tags(&self.tags.unwrap_or_default(), &mut faults);
        let media = read_media(self.media.unwrap_or_default(), &mut faults);
        let variants = read_variants(&self.variants, &mut faults);
        let status = self.status.unwrap_or(ProductStatus::Active).into();
        let read = title.zip(description).zip(variants).map(|((title, description), variants)| NewProduct {
            title,
            slug,
            description,
            category,
            tags,
            media,
            status,
            variants,
        });
        faults.finish(read)
    }
}

impl ProductUpdateInput {
    /// # Errors
    /// All faults together.
    pub fn parse(self) -> Result<ProductEdit, Vec<Refusal>> {
        let mut faults = Faults::default();
        let category = match self.category_slug {
            MaybeUndefined::Undefined => CategoryEdit::Keep,
            MaybeUndefined::Null => CategoryEdit::Leave,
            MaybeUndefined::Value(slug) => {
                faults.take("categorySlug", Slug::parse(&slug)).map_or(CategoryEdit::Keep, CategoryEdit::Enter)
            }
        };
        let edit = ProductEdit {
            title: self.title.and_then(|title| faults.take("title", Title::parse(&title))),
            description: self
                .description
                .and_then(|description| faults.take("description", Description::parse(&description))),
            category,
            tags: self.tags.map(|tags| read_tags(&tags, &mut faults)),
            media: self.media.map(|media| read_media(media, &mut faults)),
            status: self.status.map(Into::into),
        };
        faults.finish(Some(edit))
    }
}

impl ProductVariantInput {
    /// # Errors
    /// All faults together.
    pub fn parse(&self) -> Result<NewVariant, Vec<Refusal>> {
        let mut faults = Faults::default();
        let read = self.read(&mut faults);
        faults.finish(read)
    }

    fn read(&self, faults: &mut Faults) -> Option<NewVariant> {
        let sku: Option<Sku> = faults.take("sku", self.sku.parse());
        let title = faults.take("title", Title::parse(&self.title));
        if !(0..=WEIGHT_MAX_GRAMS).contains(&self.weight_grams) {
            faults.invalid("weightGrams", format!("must be 0 to {WEIGHT_MAX_GRAMS}"));
        }
        let read: Vec<Option<Money>> = (0..)
            .zip(&self.prices)
            .map(|(index, price)| {
                let step: i32 = index;
                faults.below(["prices", &step.to_string()], |faults| faults.take("amount", price.parse()))
            })
            .collect();
        let prices = prices(read, faults);
        let weight_grams = self.weight_grams.unsigned_abs();
        Some(NewVariant { sku: sku?, title: title?, weight_grams, prices: prices? })
    }
}

fn read_variants(inputs: &[ProductVariantInput], faults: &mut Faults) -> Option<Vec<NewVariant>> {
    if !(1..=VARIANTS_MAX).contains(&inputs.len()) {
        faults.invalid("variants", format!("a product has 1 to {VARIANTS_MAX} variants"));
        return None;
    }
    let mut variants: Vec<NewVariant> = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        faults.below(["variants", &index.to_string()], |faults| {
            let Some(variant) = input.read(faults) else { return };
            if variants.iter().any(|earlier| earlier.sku == variant.sku) {
                faults.push(Refusal::SkuTaken { field: faults.path_of("sku"), sku: variant.sku.to_string() });
            }
            variants.push(variant);
        });
    }
    Some(variants)
}

fn read_tags(texts: &[String], faults: &mut Faults) -> Vec<Tag> {
    if texts.len() > TAGS_MAX {
        faults.invalid("tags", format!("a product has {TAGS_MAX} tags at most"));
        return Vec::new();
    }
    let mut tags: Vec<Tag> = texts.iter().filter_map(|text| faults.take("tags", Tag::parse(text))).collect();
    tags.sort();
    tags.dedup();
    tags
}

fn read_media(inputs: Vec<MediaInput>, faults: &mut Faults) -> Vec<MediaLink> {
    if inputs.len() > MEDIA_MAX {
        faults.invalid("media", format!("a product has {MEDIA_MAX} images and films at most"));
        return Vec::new();
    }
    let mut media = Vec::new();
    for (index, MediaInput { url, alt }) in inputs.into_iter().enumerate() {
        faults.below(["media", &index.to_string()], |faults| {
            let known = ["https://", "http://", "/"].iter().any(|start| url.starts_with(start));
            if !known || url.len() > 500 || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
                faults.invalid("url", "must be an http or https address, or a path, of 500 characters at most");
            }
            if alt.chars().count() > 200 {
                faults.invalid("alt", "must be 200 characters at most");
            }
        });
        media.push(MediaLink { url, alt });
    }
    media
}
