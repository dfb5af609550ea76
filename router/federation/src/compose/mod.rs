//! Composition: subgraph schemas into one supergraph, or every reason why not.

pub mod error;

pub use error::{CompositionError, ErrorCode};

/// A subgraph as it is handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subgraph {
    pub name: String,
    /// None when the address comes from discovery.
    pub url: Option<String>,
    /// Federation 1 or 2 SDL.
    pub sdl: String,
}
