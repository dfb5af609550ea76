//! Images and films.

use async_graphql::SimpleObject;

use crate::domain::MediaLink;

/// An image or film of a product.
#[derive(Debug, Clone, SimpleObject)]
pub struct Media {
    /// Where it lies.
    url: String,
    /// What it shows, for those who cannot see it.
    alt: String,
}

impl From<MediaLink> for Media {
    fn from(link: MediaLink) -> Self {
        Self { url: link.url, alt: link.alt }
    }
}
